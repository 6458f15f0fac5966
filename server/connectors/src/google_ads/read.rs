//! Reads one stream for some days, once; a field that Google no longer knows is left out and named.

use super::map::Mapper;
use super::streams::Plan;
use super::{auth, fetch, gaql, streams};
use crate::connector::{Context, Slice};
use crate::error::{Error, Result};
use crate::fields::{Fields, read_without_refused};
use crate::record::Page;
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
    let stream = slice.stream.name;
    let Some(plan) = streams::plan(stream) else {
        let error = Error::configuration(format!("Google Ads has no stream {stream:?}."));
        return futures_util::stream::iter([Err(error)]).boxed();
    };
    let fields = gaql::fields(plan, auth::major_version(ctx));
    let read = {
        let slice = slice.clone();
        move |fields| attempt(ctx, slice.clone(), plan, fields)
    };
    read_without_refused(ctx, &slice, fields, refused, read)
}

fn attempt<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    plan: &'static Plan,
    fields: Fields,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let account = slice.account;
        let mut mapper = Mapper::new(plan, account, slice.days, slice.stream);
        let manager = account.access_path.as_deref();
        let query = gaql::text(plan, &fields, slice.days);
        let mut batches = fetch::run(ctx, &account.id, manager, &query, &slice.budget);
        while let Some(batch) = batches.next().await {
            yield mapper.page(batch?)?;
        }
        let missing = mapper.never_seen(fields.optional());
        if !missing.is_empty() {
            yield Page::of_warnings(missing);
        }
    };
    pages.boxed()
}

fn refused(fields: &Fields, error: &Error) -> Option<String> {
    let code = error.vendor_code.as_deref()?;
    FIELD_REFUSALS.contains(&code).then(|| fields.dispensable(&error.message)).flatten()
}
