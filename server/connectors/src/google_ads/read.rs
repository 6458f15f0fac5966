//! Reads one stream for some days, once; a field that Google no longer knows is left out and named.

use super::map::Mapper;
use super::{auth, fetch, gaql, streams};
use crate::connector::{Context, Slice};
use crate::error::{Error, Result};
use crate::record::{Page, Warning};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

/// Refusals that name a field that the query can do without.
const FIELD_REFUSALS: &[&str] = &[
    "queryError.UNRECOGNIZED_FIELD",
    "queryError.PROHIBITED_FIELD_IN_SELECT_CLAUSE",
    "queryError.PROHIBITED_FIELD_COMBINATION_IN_SELECT_CLAUSE",
    "queryError.PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE",
    "queryError.PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE",
    "queryError.BAD_FIELD_NAME",
];

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let (account, stream) = (slice.account, slice.stream.name);
        let plan = streams::plan(stream)
            .ok_or_else(|| Error::configuration(format!("Google Ads has no stream {stream:?}.")))?;
        let memory = format!("dropped/{stream}/");
        let mut query = gaql::Query::new(plan, slice.days, auth::major_version(ctx));
        let dropped = ctx.memory.recall_names(&memory);
        for field in &dropped {
            query.drop(field);
        }
        if !dropped.is_empty() {
            yield Page::of_warnings(dropped.iter().map(|field| without(account, stream, field)));
        }
        loop {
            let mut mapper = Mapper::new(plan, account, slice.days, slice.stream);
            let manager = account.access_path.as_deref();
            let mut batches = fetch::run(ctx, &account.id, manager, &query.text(), &slice.budget);
            let mut refused_field = None;
            while let Some(batch) = batches.next().await {
                match batch {
                    Ok(batch) => yield mapper.page(batch)?,
                    Err(error) => {
                        refused_field = Some(refused(&query, &error).ok_or(error)?);
                        break;
                    }
                }
            }
            let Some(field) = refused_field else {
                let missing = mapper.never_seen(query.optional());
                if !missing.is_empty() {
                    yield Page::of_warnings(missing);
                }
                break;
            };
            query.drop(field);
            ctx.memory.keep(format!("{memory}{field}"), "");
            yield Page::of_warnings([without(account, stream, field)]);
        }
    };
    pages.boxed()
}

fn refused(query: &gaql::Query, error: &Error) -> Option<&'static str> {
    let code = error.vendor_code.as_deref()?;
    FIELD_REFUSALS.contains(&code).then(|| query.dispensable(&error.message)).flatten()
}

fn without(account: &crate::record::RemoteAccount, stream: &str, field: &str) -> Warning {
    let message =
        format!("Google no longer knows {field} in this version; it is left out, the rest is read.");
    Warning::field(&account.id, stream, field, message)
}
