//! Asks for pages: by cursor in newer resources, by the number of the first row in older ones.

use super::auth::{Resource, get, page_size};
use super::failure::judge;
use super::streams::Deals;
use crate::connector::{Context, Slice};
use crate::error::{Error, Result};
use crate::http::paginate::{Pagination, Place, Progress};
use crate::http::{Answer, Batch, Request};
use crate::moments::start_of;
use async_stream::try_stream;
use chrono::{DateTime, Days, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use serde_json::Value;

const CURSOR: Pagination =
    Pagination::Token { send: "cursor", place: Place::Query, read: "/additional_data/next_cursor" };

const MORE: &str = "/additional_data/pagination/more_items_in_collection";
const START: Pagination = Pagination::TokenWhile {
    send: "start",
    place: Place::Query,
    read: "/additional_data/pagination/next_start",
    more: MORE,
};

/// What was written shortly before may be listed late.
const LAG: TimeDelta = TimeDelta::minutes(5);

/// Parts of a query.
pub(super) type Query = Vec<(&'static str, String)>;

/// Asks page after page. Ends after the first error.
pub(super) fn list<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    resource: Resource,
    rest: String,
    query: Query,
) -> BoxStream<'a, Result<Batch>> {
    let (account, budget) = (slice.account, slice.budget.clone());
    let pages = try_stream! {
        let size = page_size(ctx);
        let mut pairs: Vec<(&str, &str)> = query.iter().map(|(name, text)| (*name, text.as_str())).collect();
        pairs.push(("limit", &size));
        let first = get(ctx, Some(account), resource, &rest, &pairs).await?.paced_by(account.id.as_str());
        let mut batches = ctx.session.pages_by(first, turner(), budget, judge);
        while let Some(batch) = batches.next().await {
            yield batch?;
        }
    };
    pages.boxed()
}

/// An empty page is not the end, and neither is one without a list.
fn turner() -> impl FnMut(&Request, &Answer, &Value) -> Result<Option<Request>> + Send {
    let (mut cursors, mut starts) = (Progress::default(), Progress::default());
    move |sent, answer, body| {
        if let Some(next) = CURSOR.next(sent, answer, body, 0, &mut cursors)? {
            return Ok(Some(next));
        }
        let next = START.next(sent, answer, body, 0, &mut starts)?;
        if next.is_none() && body.pointer(MORE) == Some(&Value::Bool(true)) {
            return Err(Error::drift(
                "additional_data.pagination.next_start",
                "there is more, but not said where",
            ));
        }
        Ok(next)
    }
}

/// Deals of a kind.
pub(super) fn deals<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    deals: Deals,
    status: &'static str,
) -> BoxStream<'a, Result<Batch>> {
    let mut query = vec![("status", status.to_owned()), ("include_fields", "first_won_time".to_owned())];
    query.extend(if deals.is_changed { changed(ctx, slice) } else { by("id") });
    list(ctx, slice, Resource::Deals, deals.path.to_owned(), query)
}

/// What was changed on the days of the slice; with the newest day, everything since. Oldest changes first: what is
/// changed while it is read moves to the end, and is read again there.
pub(super) fn changed(ctx: &Context, slice: &Slice<'_>) -> Query {
    let mut query = vec![("updated_since", written(start_of(slice.days.from(), Tz::UTC) - LAG))];
    let now = ctx.session.now();
    let is_newest = slice.days.until() >= slice.account.today(now).min(now.date_naive());
    if !is_newest {
        query.push(("updated_until", written(start_of(slice.days.until() + Days::new(1), Tz::UTC))));
    }
    query.extend(by("update_time"));
    query
}

/// In an order that does not change under way.
pub(super) fn by(field: &str) -> Query {
    vec![("sort_by", field.to_owned()), ("sort_direction", "asc".to_owned())]
}

fn written(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}
