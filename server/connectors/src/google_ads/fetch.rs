//! Asks one query and hands out its batches: pages of `search`, or the array of `searchStream`.

use super::auth::request;
use super::failure::{judge, judge_batch};
use crate::connector::Context;
use crate::error::{Error, Result};
use crate::http::paginate::{Pagination, Place, Progress};
use crate::http::{Answer, Budget, Request, Verdict};
use crate::record::RawPage;
use async_stream::try_stream;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

/// One page or one element of the stream.
pub(super) struct Batch {
    pub(super) value: Value,
    pub(super) raw: RawPage,
}

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
        (Ok(request), _) => paged(ctx, request, budget),
    }
}

fn paged(ctx: &Context, first: Request, budget: Budget) -> BoxStream<'_, Result<Batch>> {
    let batches = try_stream! {
        let mut progress = Progress::default();
        let mut next = Some(first);
        while let Some(request) = next {
            let (answer, value) = ctx.session.call_json(&request, &budget, &judge).await?;
            refuse(&value, &answer)?;
            let rows = value.get("results").and_then(Value::as_array).map_or(0, Vec::len);
            next = PAGES.next(&request, &answer, &value, rows as u64, &mut progress)?;
            let raw = RawPage { request: request.describe(), body: answer.body, fetched_at: answer.at };
            yield Batch { value, raw };
        }
    };
    batches.boxed()
}

fn whole(ctx: &Context, request: Request, budget: Budget) -> BoxStream<'_, Result<Batch>> {
    let batches = try_stream! {
        let mut body = ctx.session.open(&request, &budget, &judge).await?;
        let at = body.started_at();
        while let Some((bytes, value)) = body.next().await? {
            let answer = Answer { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::new(), at };
            refuse(&value, &answer)?;
            let raw = RawPage { request: request.describe(), body: bytes, fetched_at: at };
            yield Batch { value, raw };
        }
    };
    batches.boxed()
}

/// A refusal that comes after the answer has started can't be retried by itself: the slice is read again.
fn refuse(batch: &Value, answer: &Answer) -> Result<()> {
    match judge_batch(batch, answer) {
        None | Some(Verdict::Done) => Ok(()),
        Some(Verdict::GiveUp(error)) => Err(*error),
        Some(Verdict::Retry { error, .. } | Verdict::Refresh(error)) => {
            let again = Error::interrupted(error.message.clone());
            Err(Error { kind: again.kind, ..*error })
        }
    }
}
