//! Asks for lists: whole ones, and pages that are counted.

use super::auth::{page_size, request};
use super::failure::judge;
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::http::Batch;
use crate::http::paginate::{Pagination, Place};
use futures_util::stream::BoxStream;

/// Asks once.
pub(super) async fn one(
    ctx: &Context,
    slice: &Slice<'_>,
    path: &str,
    query: &[(&str, &str)],
) -> Result<Batch> {
    let request = request(ctx, path, query)?.paced_by(slice.account.id.as_str());
    ctx.session.batch(&request, &slice.budget, judge).await
}

/// Asks page after page, as many as the answer says that there are.
pub(super) fn pages<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    path: &str,
    query: &[(&str, &str)],
) -> Result<BoxStream<'a, Result<Batch>>> {
    let size = page_size(ctx);
    let counted = [query, &[("page", "1"), ("pagesize", size.as_str())]].concat();
    let first = request(ctx, path, &counted)?.paced_by(slice.account.id.as_str());
    let style = Pagination::PageNumber {
        send: "page",
        place: Place::Query,
        first: 1,
        pages: Some("/NumberOfPages"),
        size: size.parse().unwrap_or(1_000),
    };
    Ok(ctx.session.pages(first, style, "/Results", slice.budget.clone(), judge))
}
