//! Asks one query and hands out its batches: pages of `search`, or the array of `searchStream`.

use super::auth::request;
use super::failure::{judge, judge_batch};
use crate::connector::Context;
use crate::error::{Error, Result};
use crate::http::paginate::{Pagination, Place};
use crate::http::{Answer, Batch, Budget, Request, Verdict};
use crate::record::RawPage;
use async_stream::try_stream;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::{HeaderMap, Method, StatusCode};
use serde_json::json;

const PAGES: Pagination = Pagination::Token { send: "pageToken", place: Place::Body, read: "/nextPageToken" };

/// Runs a query on a customer. Ends after the first error.
pub(super) fn run<'a>(
    ctx: &'a Context,
    customer: &str,
    manager: Option<&str>,
    query: &str,
    budget: &Budget,
) -> BoxStream<'a, Result<Batch>> {
    let method = ctx.settings.get("method");
    let path = format!("customers/{customer}/googleAds:{method}");
    let request = request(ctx, Method::POST, &path, manager)
        .map(|r| r.paced_by(customer).json(json!({ "query": query })));
    let budget = budget.clone();
    match (request, method) {
        (Err(error), _) => futures_util::stream::iter([Err(error)]).boxed(),
        (Ok(request), "searchStream") => whole(ctx, request, budget),
        (Ok(request), _) => {
            let pages = ctx.session.pages(request, PAGES, "/results", budget, judge);
            pages.map(|page| page.and_then(refuse)).boxed()
        }
    }
}

fn whole(ctx: &Context, request: Request, budget: Budget) -> BoxStream<'_, Result<Batch>> {
    let batches = try_stream! {
        let mut body = ctx.session.open(&request, &budget, &judge).await?;
        let at = body.started_at();
        while let Some((bytes, value)) = body.next().await? {
            let raw = RawPage { request: request.describe(), body: bytes, fetched_at: at };
            yield refuse(Batch { value, raw })?;
        }
    };
    batches.boxed()
}

/// A refusal that comes after the answer has started can't be retried by itself: the slice is read again.
fn refuse(batch: Batch) -> Result<Batch> {
    let at = batch.raw.fetched_at;
    let answer = Answer { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::new(), at };
    match judge_batch(&batch.value, &answer) {
        None | Some(Verdict::Done) => Ok(batch),
        Some(Verdict::GiveUp(error)) => Err(*error),
        Some(Verdict::Retry { error, .. } | Verdict::Refresh(error)) => {
            let again = Error::interrupted(error.message.clone());
            Err(Error { kind: again.kind, ..*error })
        }
    }
}
