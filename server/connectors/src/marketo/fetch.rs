//! Asks for pages: assets by offset, the lead database by token, and the log of activities from a moment on.

use super::auth::{Family, asset_page_size, get, page_size};
use super::failure::judge;
use super::map::moment;
use crate::connector::{Context, Slice};
use crate::error::{Error, ErrorKind, Result};
use crate::http::paginate::{Pagination, Place};
use crate::http::{Batch, Node, Request};
use async_stream::try_stream;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

/// Where all answers have their rows.
pub(super) const ROWS: &str = "/result";

/// New tokens for one page that goes on being refused.
const TOKENS: u32 = 3;

/// Activities are ordered by their moments, but may be written late by hours: that much behind the last day is read.
const LATE: Days = Days::new(1);

/// Pages in a row that are all behind the days before the rest is left unread.
const BEHIND: u32 = 3;

/// The first moment of a day.
pub(super) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// A moment as the vendor writes it.
pub(super) fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Asks once.
pub(super) async fn ask(ctx: &Context, slice: &Slice<'_>, request: &Request) -> Result<Batch> {
    ctx.session.batch(request, &slice.budget, judge).await
}

/// Assets, page after page. The last page is shorter than asked for, or has no rows at all. Ends after the first error.
pub(super) fn assets<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    path: &'static str,
) -> BoxStream<'a, Result<Batch>> {
    let size = asset_page_size(ctx);
    let style =
        Pagination::Offset { send: "offset", place: Place::Query, total: None, size: u64::from(size) };
    let first = get(ctx, Family::Asset, path, &[("offset", "0"), ("maxReturn", &size.to_string())]);
    match first {
        Ok(first) => ctx.session.pages(first, style, ROWS, slice.budget.clone(), judge),
        Err(error) => futures_util::stream::iter([Err(error)]).boxed(),
    }
}

/// Where a page of the lead database leads to: the token of the next page, none at the end. Where it is told whether
/// there is more, that alone decides.
fn next_token(batch: &Batch, sent: Option<&str>) -> Result<Option<String>> {
    let root = Node::root(&batch.value, "$");
    let (more, token) = (root.at("moreResult"), root.at("nextPageToken"));
    let next = token.filled()?;
    match more.boolean()? {
        Some(false) => return Ok(None),
        Some(true) if next.is_none() => return Err(token.drift("it is missing, though there is more")),
        _ => {}
    }
    if next.is_some() && next.as_deref() == sent {
        return Err(token.drift("the same page is named twice in a row"));
    }
    Ok(next)
}

/// Rows of the lead database, page after page. A page without rows is not the end. Ends after the first error.
pub(super) fn pages<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    path: &'static str,
    query: Vec<(&'static str, String)>,
) -> BoxStream<'a, Result<Batch>> {
    let slice = slice.clone();
    let batches = try_stream! {
        let size = page_size(ctx).to_string();
        let mut token: Option<String> = None;
        loop {
            let mut parts: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
            parts.push(("batchSize", &size));
            parts.extend(token.as_deref().map(|token| ("nextPageToken", token)));
            let batch = ask(ctx, &slice, &get(ctx, Family::Rest, path, &parts)?).await?;
            let next = next_token(&batch, token.as_deref())?;
            yield batch;
            token = Some(match next {
                Some(next) => next,
                None => break,
            });
        }
    };
    batches.boxed()
}

async fn paging_token(ctx: &Context, slice: &Slice<'_>, since: DateTime<Utc>) -> Result<String> {
    let query = [("sinceDatetime", written(since))];
    let query = query.each_ref().map(|(name, value)| (*name, value.as_str()));
    let batch = ask(ctx, slice, &get(ctx, Family::Rest, "/activities/pagingtoken.json", &query)?).await?;
    Node::root(&batch.value, "$").at("nextPageToken").need_text()
}

/// Whether a paging token is refused because it ended, about a day after it was given. (A refused access token is another
/// kind of error.)
fn is_stale_token(error: &Error) -> bool {
    error.kind == ErrorKind::Rejected && error.message.to_ascii_lowercase().contains("token")
}

/// The first and the last moment on a page.
fn moments(batch: &Batch) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>> {
    let root = Node::root(&batch.value, "$");
    let mut ends: Option<(DateTime<Utc>, DateTime<Utc>)> = None;
    root.at("result").each(|row| {
        if let Some(at) = moment(&row.at("activityDate"))? {
            let (first, last) = ends.unwrap_or((at, at));
            ends = Some((first.min(at), last.max(at)));
        }
        Ok(())
    })?;
    Ok(ends)
}

/// The log from the first day of the slice on, page after page: to the end, or until several pages in a row are all behind
/// the day that is given (rows are only about in order). There is no upper bound to ask for, so that rows of other days come too. A token that ended is replaced by one
/// from an hour before the last row. Ends after the first error.
pub(super) fn log<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    path: &'static str,
    query: Vec<(&'static str, String)>,
    until: Option<NaiveDate>,
) -> BoxStream<'a, Result<Batch>> {
    let slice = slice.clone();
    let batches = try_stream! {
        let size = page_size(ctx).to_string();
        let end = until.map(|day| midnight(day + LATE + Days::new(1)));
        // A bound may leave out its own moment.
        let mut since = midnight(slice.days.from()) - TimeDelta::minutes(1);
        let mut token = paging_token(ctx, &slice, since).await?;
        let (mut refusals, mut behind) = (0, 0);
        loop {
            let mut parts: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
            parts.extend([("batchSize", size.as_str()), ("nextPageToken", &token)]);
            let batch = match ask(ctx, &slice, &get(ctx, Family::Rest, path, &parts)?).await {
                Err(error) if is_stale_token(&error) && refusals < TOKENS => {
                    refusals += 1;
                    token = paging_token(ctx, &slice, since).await?;
                    continue;
                }
                other => other?,
            };
            refusals = 0;
            let ends = moments(&batch)?;
            if let Some((_, last)) = ends {
                since = since.max(last - TimeDelta::hours(1));
            }
            match (ends, end) {
                (Some((first, _)), Some(end)) if first >= end => behind += 1,
                (Some(_), _) => behind = 0,
                (None, _) => {}
            }
            // The log names a token also where it ends.
            let has_more = Node::root(&batch.value, "$").at("moreResult").boolean()?.unwrap_or(false);
            let next = if has_more && behind < BEHIND { next_token(&batch, Some(&token))? } else { None };
            yield batch;
            token = match next {
                Some(next) => next,
                None => break,
            };
        }
    };
    batches.boxed()
}
