//! Asks for reports and hands out their pages; goes slower while little is left of the property's quota.

use super::auth::data_request;
use super::failure::judge;
use super::streams::Columns;
use crate::connector::Context;
use crate::error::Result;
use crate::fields::Fields;
use crate::http::paginate::{Pagination, Place};
use crate::http::{Batch, Budget};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use model::DayRange;
use serde_json::{Value, json};
use std::time::Duration;

/// Pages of a report, asked for in the body: in the query string Google ignores them.
fn pages_of(size: u32) -> Pagination {
    Pagination::Offset { send: "offset", place: Place::Body, total: Some("/rowCount"), size: size.into() }
}

/// A bucket of the property's quota.
struct Bucket {
    name: &'static str,
    /// What a standard property has. Properties of Analytics 360 have ten times as much.
    size: u64,
    /// How long to wait when less than a tenth is left.
    wait: Duration,
}

const BUCKETS: &[Bucket] = &[
    Bucket { name: "concurrentRequests", size: 10, wait: Duration::from_secs(30) },
    Bucket { name: "tokensPerProjectPerHour", size: 14_000, wait: Duration::from_secs(5) },
    Bucket { name: "tokensPerHour", size: 40_000, wait: Duration::from_secs(5) },
    Bucket { name: "tokensPerDay", size: 200_000, wait: Duration::from_secs(5) },
];

/// What is asked for a report. Pages of rows with equal dates would overlap if only the date ordered them.
pub(super) fn body(columns: &Columns, fields: &Fields, days: DayRange, page_size: u32) -> Value {
    let (metrics, dimensions): (Vec<&str>, Vec<&str>) = fields.names().partition(|f| columns.is_metric(f));
    let named = |names: &[&str]| -> Vec<Value> { names.iter().map(|name| json!({ "name": name })).collect() };
    let orders = dimensions.iter().map(|name| json!({ "dimension": { "dimensionName": name } }));
    json!({
        "dateRanges": [{ "startDate": days.from(), "endDate": days.until() }],
        "dimensions": named(&dimensions),
        "metrics": named(&metrics),
        "orderBys": orders.collect::<Vec<_>>(),
        "limit": page_size,
        "offset": 0,
        "keepEmptyRows": false,
        "returnPropertyQuota": true,
    })
}

/// All pages of a report. Ends after the first error.
pub(super) fn report<'a>(
    ctx: &'a Context,
    property: &'a str,
    body: Value,
    budget: &Budget,
) -> BoxStream<'a, Result<Batch>> {
    let budget = budget.clone();
    let batches = try_stream! {
        let size = ctx.settings.integer("page_size").unwrap_or(1);
        let request = data_request(ctx, "api_version", property, "runReport")?.json(body);
        let mut pages = ctx.session.pages(request, pages_of(size), "/rows", budget.clone(), judge);
        while let Some(page) = pages.next().await {
            let page = page?;
            note_quota(ctx, &page.value);
            let pause = pause_after(&page.value);
            yield page;
            if let Some(wait) = pause {
                ctx.session.slow_down(wait, &budget).await;
            }
        }
    };
    batches.boxed()
}

/// Tells how many of the day's tokens the property has used.
fn note_quota(ctx: &Context, answer: &Value) {
    let number = |name| answer.pointer(name).and_then(Value::as_u64);
    let used = number("/propertyQuota/tokensPerDay/consumed");
    let left = number("/propertyQuota/tokensPerDay/remaining");
    if let (Some(_), Some(left)) = (used, left) {
        let all =
            BUCKETS.iter().find(|bucket| bucket.name == "tokensPerDay").map_or(left, |b| b.size.max(left));
        ctx.session.note_quota("tokens of the property per day", all - left, all);
    }
}

/// How long to wait after an answer that says that little is left.
fn pause_after(answer: &Value) -> Option<Duration> {
    let quota = answer.get("propertyQuota")?;
    let is_low = |bucket: &&Bucket| {
        let left = quota.get(bucket.name).and_then(|b| b.get("remaining")).and_then(Value::as_i64);
        left.is_some_and(|left| u64::try_from(left).unwrap_or(0) < bucket.size / 10)
    };
    BUCKETS.iter().filter(is_low).map(|bucket| bucket.wait).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_less_than_a_tenth() {
        let quota = |concurrent: i64, hour: i64| {
            json!({"propertyQuota": {"concurrentRequests": {"consumed": 0, "remaining": concurrent},
                                     "tokensPerProjectPerHour": {"consumed": 5, "remaining": hour}}})
        };
        assert_eq!(pause_after(&quota(10, 13_000)), None);
        assert_eq!(pause_after(&quota(1, 1_400)), None);
        assert_eq!(pause_after(&quota(1, 1_399)), Some(Duration::from_secs(5)));
        assert_eq!(pause_after(&quota(0, 13_000)), Some(Duration::from_secs(30)));
        assert_eq!(pause_after(&json!({"rows": []})), None);
    }
}
