//! Asks once, and page after page.

use super::auth::{Size, post};
use super::failure::{judge, judge_report};
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::http::paginate::Pagination;
use crate::http::{Batch, Request};
use futures_util::stream::BoxStream;
use serde_json::{Value, json};

/// The address of the next page, until it is null. An empty page is not the end.
const NEXT: Pagination = Pagination::NextUrl { read: "/links/next" };

/// Where lists have their rows.
pub(super) const ROWS: &str = "/data";

/// Where reports have theirs.
pub(super) const RESULTS: &str = "/data/attributes/results";

/// Asks once.
pub(super) async fn one(ctx: &Context, slice: &Slice<'_>, request: Request) -> Result<Batch> {
    ctx.session.batch(&request, &slice.budget, judge).await
}

/// Asks page after page. Ends after the first error.
pub(super) fn list<'a>(ctx: &'a Context, slice: &Slice<'a>, first: Request) -> BoxStream<'a, Result<Batch>> {
    ctx.session.pages(first, NEXT, ROWS, slice.budget.clone(), judge)
}

/// A report, page after page. `kind` is its JSON:API type.
pub(super) fn report<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    kind: &str,
    attributes: &Value,
) -> Result<BoxStream<'a, Result<Batch>>> {
    let body = json!({ "data": { "type": kind, "attributes": attributes } });
    let request = post(ctx, &format!("/{kind}s"), body, Size::Report, &slice.account.id)?;
    Ok(ctx.session.pages(request, NEXT, RESULTS, slice.budget.clone(), judge_report))
}
