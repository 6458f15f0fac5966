//! Asks for pages: lists, and searches that walk past the search's limit.

use super::auth::{Family, page_size, request, zone};
use super::failure::judge;
use super::streams::Object;
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::http::paginate::{Pagination, Place, Progress};
use crate::http::{Batch, Rate, Request};
use async_stream::try_stream;
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::Method;
use serde_json::{Value, json};

const LIST: Pagination = Pagination::Token { send: "after", place: Place::Query, read: "/paging/next/after" };
const SEARCH: Pagination =
    Pagination::Token { send: "after", place: Place::Body, read: "/paging/next/after" };

/// A search gives no more rows than that, and refuses to be asked for the next one.
const SEARCH_WINDOW: u32 = 10_000;

/// Rows of one page of a search.
const SEARCH_PAGE: u32 = 200;

/// Searches are counted apart: five per second and portal, shared with all other apps.
const SEARCH_RATE: Rate = Rate::per_second(4);

/// One condition of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) property: &'static str,
    pub(super) operator: &'static str,
    pub(super) value: Option<String>,
}

impl Filter {
    pub(super) fn since(property: &'static str, moment: DateTime<Utc>) -> Self {
        Self { property, operator: "GTE", value: Some(moment.timestamp_millis().to_string()) }
    }

    pub(super) fn before(property: &'static str, moment: DateTime<Utc>) -> Self {
        Self { property, operator: "LT", value: Some(moment.timestamp_millis().to_string()) }
    }

    fn json(&self) -> Value {
        let mut filter = json!({ "propertyName": self.property, "operator": self.operator });
        if let Some(value) = &self.value {
            filter["value"] = json!(value);
        }
        filter
    }
}

/// A search: any of the groups, each with all of its filters.
pub(super) struct Search {
    pub(super) object: &'static Object,
    pub(super) groups: Vec<Vec<Filter>>,
    pub(super) properties: Vec<&'static str>,
}

impl Search {
    /// The body of the first page with ids from `first_id` on. Sorted by id, so that a walk misses nothing, however many
    /// rows were changed at one moment.
    pub(super) fn body(&self, first_id: Option<u64>, limit: u32) -> Value {
        let from = first_id.map(|id| Filter {
            property: "hs_object_id",
            operator: "GTE",
            value: Some(id.to_string()),
        });
        let groups: Vec<Value> = self
            .groups
            .iter()
            .map(
                |group| json!({ "filters": group.iter().chain(&from).map(Filter::json).collect::<Vec<_>>() }),
            )
            .collect();
        json!({
            "filterGroups": groups,
            "sorts": [{ "propertyName": "hs_object_id", "direction": "ASCENDING" }],
            "properties": self.properties,
            "limit": limit,
        })
    }
}

/// Asks once.
pub(super) async fn one(ctx: &Context, slice: &Slice<'_>, request: Request) -> Result<Batch> {
    let zone = zone(slice.account);
    let request = request.paced_by(slice.account.id.as_str());
    ctx.session.batch(&request, &slice.budget, |answer| judge(answer, zone)).await
}

/// Asks page after page. Ends after the first error.
pub(super) fn list<'a>(ctx: &'a Context, slice: &Slice<'a>, first: Request) -> BoxStream<'a, Result<Batch>> {
    let zone = zone(slice.account);
    let first = first.paced_by(slice.account.id.as_str());
    ctx.session.pages(first, LIST, "/results", slice.budget.clone(), move |answer| judge(answer, zone))
}

/// Searches page after page, and starts anew behind the last id where the search would end. Ends after the first error.
pub(super) fn search<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    search: Search,
) -> BoxStream<'a, Result<Batch>> {
    let slice = slice.clone();
    let batches = try_stream! {
        let zone = zone(slice.account);
        let limit = page_size(ctx, SEARCH_PAGE);
        let path = format!("/{}/search", search.object.path);
        let bare = request(ctx, Method::POST, Family::Objects, &path)?
            .paced_by(slice.account.id.as_str())
            .within(SEARCH_RATE);
        let (mut progress, mut asked, mut last_id) = (Progress::default(), 0, None);
        let mut next = Some(bare.clone().json(search.body(None, limit)));
        while let Some(request) = next {
            let (answer, value) = ctx.session.call_json(&request, &slice.budget, &|a| judge(a, zone)).await?;
            next = SEARCH.next(&request, &answer, &value, rows(&value), &mut progress)?;
            asked += limit;
            last_id = last_id.max(highest_id(&value));
            if let (Some(id), true) = (last_id, next.is_some() && asked + limit > SEARCH_WINDOW) {
                next = Some(bare.clone().json(search.body(Some(id + 1), limit)));
                (progress, asked) = (Progress::default(), 0);
            }
            yield Batch::new(&request, answer, value);
        }
    };
    batches.boxed()
}

fn rows(page: &Value) -> u64 {
    page.get("results").and_then(Value::as_array).map_or(0, Vec::len) as u64
}

fn highest_id(page: &Value) -> Option<u64> {
    let rows = page.get("results").and_then(Value::as_array).into_iter().flatten();
    rows.filter_map(|row| match row.get("id")? {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_u64(),
        _ => None,
    })
    .max()
}
