//! Asks for rows: page by page, or in bulk where there are very many; minds the calls that all programs of an org share.

use super::{auth, bulk};
use crate::connector::{Context, Slice};
use crate::error::{Error, ErrorKind, Result};
use crate::force::{self, AtLimit, PRODUCT, judge};
use crate::http::paginate::{Pagination, Progress};
use crate::http::{Answer, Batch, Budget, Node, QuotaSpec, Request, Told};
use async_stream::try_stream;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use serde_json::Value;
use std::time::Duration;

/// The first wait where too many long calls run at once.
pub(super) const WINDOW: Duration = Duration::from_secs(5);

const NEXT: Pagination = Pagination::NextUrl { read: "/nextRecordsUrl" };

/// The bounds of the hint for rows per page.
const PAGE_SIZES: (u32, u32) = (200, 2_000);

/// How the org's calls stood after an answer.
const USAGE: &str = "usage";

/// What is found out about a used-up share counts that long.
const USAGE_COUNTS: TimeDelta = TimeDelta::hours(1);

/// Asks once. At a limit the org is asked how many calls are left: none ends the run, some mean that too many long ones
/// run at once, which passes.
pub(super) async fn ask(ctx: &Context, request: &Request, budget: &Budget) -> Result<(Answer, Value)> {
    leave_some(ctx)?;
    let answer = match ctx.session.call_json(request, budget, &|answer| judge(answer, AtLimit::Ask)).await {
        Err(error) if force::is_limit(&error) => {
            at_limit(ctx, budget, error).await?;
            ctx.session.slow_down(WINDOW, budget).await;
            ctx.session.call_json(request, budget, &|answer| judge(answer, AtLimit::Wait)).await?
        }
        answer => answer?,
    };
    note_usage(ctx, &answer.0);
    Ok(answer)
}

/// As [`ask`], for what comes whole.
pub(super) async fn batch(ctx: &Context, request: &Request, budget: &Budget) -> Result<Batch> {
    let (answer, value) = ask(ctx, request, budget).await?;
    Ok(Batch::new(request, answer, value))
}

/// Fails where no calls are left.
async fn at_limit(ctx: &Context, budget: &Budget, error: Error) -> Result<()> {
    let left = match calls_left(ctx, budget).await {
        Ok(left) => left,
        Err(limits) if matches!(limits.kind, ErrorKind::Quota { .. } | ErrorKind::NeedsReauthorisation) => {
            return Err(limits);
        }
        Err(_) => None,
    };
    if left.map_or_else(|| force::is_total(&error), |left| left <= 0) {
        let until = force::stay_away(ctx.session.now());
        return Err(Error { kind: ErrorKind::Quota { until }, ..error });
    }
    Ok(())
}

/// Calls that the org has left of its 24 hours.
async fn calls_left(ctx: &Context, budget: &Budget) -> Result<Option<i64>> {
    let request = auth::data(ctx, budget, "/limits", &[]).await?;
    let judge = |answer: &_| judge(answer, AtLimit::ByMessage);
    let (_, limits) = ctx.session.call_json(&request, budget, &judge).await?;
    Node::root(&limits, "limits").at("DailyApiRequests").at("Remaining").integer()
}

/// Tells with each answer how many calls the org has used.
pub(super) const QUOTAS: &[QuotaSpec] = &[QuotaSpec {
    name: "calls of the org in 24 hours",
    told: Told::By(|answer| answer.header("sforce-limit-info").and_then(usage)),
}];

/// Used calls and all calls, from `api-usage=24/15000`; details per app may stand behind it.
fn usage(header: &str) -> Option<(u64, u64)> {
    let own = header.split([';', ',']).find_map(|part| part.trim().strip_prefix("api-usage="))?;
    let (used, most) = own.split_once('/')?;
    Some((used.trim().parse().ok()?, most.trim().parse().ok()?))
}

fn note_usage(ctx: &Context, answer: &Answer) {
    let Some((used, most)) = answer.header("sforce-limit-info").and_then(usage) else { return };
    let percent = u64::from(ctx.settings.integer("quota_percent").unwrap_or(100));
    let is_too_much = used.saturating_mul(100) >= most.saturating_mul(percent);
    let noted = if is_too_much { format!("{used}/{most} {}", answer.at.to_rfc3339()) } else { String::new() };
    ctx.memory.keep(USAGE, noted);
}

/// Stops of our own accord where the org's programs together have used up their share.
fn leave_some(ctx: &Context) -> Result<()> {
    let noted = ctx.memory.recall(USAGE).unwrap_or_default();
    let Some((calls, at)) = noted.split_once(' ') else { return Ok(()) };
    let until = at.parse::<DateTime<Utc>>().map(|at| at + USAGE_COUNTS).unwrap_or_default();
    if ctx.session.now() >= until {
        return Ok(());
    }
    let message =
        format!("The org's programs have used {calls} of the day's calls; the rest is left to others.");
    Err(Error::new(ErrorKind::Quota { until }, message)
        .with_hint(format!("Raise quota_percent, or wait: it goes on after {until}.")))
}

/// The rows of a query, also deleted ones, page after page. Ends after the first error.
pub(super) fn query<'a>(ctx: &'a Context, slice: &Slice<'a>, soql: String) -> BoxStream<'a, Result<Batch>> {
    let budget = slice.budget.clone();
    let batches = try_stream! {
        let first = query_request(ctx, &budget, &soql).await?;
        let mut progress = Progress::default();
        let mut following = Some(first);
        let mut is_first = true;
        while let Some(request) = following {
            let (answer, value) = ask(ctx, &request, &budget).await?;
            following = next(ctx, &budget, (&request, &answer, &value), &mut progress).await?;
            let tables = match is_first && following.is_some() && is_bulky(ctx, &value)? {
                true => bulk::query(ctx, &budget, &soql).await?,
                false => None,
            };
            if let Some(mut tables) = tables {
                while let Some(table) = tables.next().await {
                    yield table?;
                }
                return;
            }
            is_first = false;
            yield Batch::new(&request, answer, value);
        }
    };
    batches.boxed()
}

/// The first page of a query.
pub(super) async fn query_request(ctx: &Context, budget: &Budget, soql: &str) -> Result<Request> {
    let rows = ctx.settings.integer("page_size").unwrap_or(PAGE_SIZES.1).clamp(PAGE_SIZES.0, PAGE_SIZES.1);
    let request = auth::data(ctx, budget, "/queryAll", &[("q", soql)]).await?;
    request.header("sforce-query-options", &format!("batchSize={rows}"), false)
}

/// The next page: until `done`, whatever a page holds. The path leads on where the org lives now.
async fn next(
    ctx: &Context,
    budget: &Budget,
    (sent, answer, value): (&Request, &Answer, &Value),
    progress: &mut Progress,
) -> Result<Option<Request>> {
    let done = Node::root(value, "$").at("done").boolean()?;
    if done == Some(true) {
        return Ok(None);
    }
    let Some(mut following) = NEXT.next(sent, answer, value, 0, progress)? else {
        return match done {
            Some(false) => Err(Error::drift("nextRecordsUrl", "it is missing, and the query is not done")),
            _ => Ok(None),
        };
    };
    let origin = Request::get(&force::instance(ctx, budget).await?, &[])?.url;
    if following.url.set_host(origin.host_str()).is_err() {
        return Err(Error::drift("instance_url", format!("{PRODUCT} names no host")));
    }
    Ok(Some(following))
}

fn is_bulky(ctx: &Context, page: &Value) -> Result<bool> {
    let rows = Node::root(page, "$").at("totalSize").integer()?.unwrap_or(0);
    let from = ctx.settings.integer("bulk_from_rows").unwrap_or(u32::MAX);
    Ok(rows >= i64::from(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn used_calls_are_read_beside_those_of_single_apps() {
        assert_eq!(usage("api-usage=24/15000"), Some((24, 15_000)));
        assert_eq!(usage("api-usage=25/5000; per-app-api-usage=17/250(appName=x)"), Some((25, 5_000)));
        assert_eq!(usage("per-app-api-usage=17/250(appName=x), api-usage=1/2"), Some((1, 2)));
        assert_eq!(usage("soon"), None);
    }
}
