//! Asks for pages.

use super::auth::{Host, page_size};
use super::failure::{judge, judge_me};
use crate::connector::{Context, Slice};
use crate::error::{DeniedScope, Error, ErrorKind, Result};
use crate::http::{Batch, Budget, Node, Request};
use async_stream::try_stream;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use futures_util::StreamExt;
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use serde_json::Value;
use std::collections::HashSet;

/// What the code says where a thing is gone.
pub(super) const GONE: &[&str] = &["404"];

/// What the code says where either the key is dead or its user may not see a thing.
const AMBIGUOUS: &str = "403";

/// What is asked for, without the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    path: String,
    query: Vec<(&'static str, String)>,
    /// JSON pointer to the rows.
    pub(super) rows: &'static str,
}

impl Question {
    pub(super) fn new(path: impl Into<String>, rows: &'static str) -> Self {
        Self { path: path.into(), query: Vec::new(), rows }
    }

    /// About one thing: its id becomes part of the path.
    pub(super) fn about(before: &str, id: &str, after: &str, rows: &'static str) -> Result<Self> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if id.is_empty() || !id.chars().all(is_plain) {
            return Err(Error::drift("id", format!("{id:?} is no id that can be asked for")));
        }
        Ok(Self::new(format!("{before}{id}{after}"), rows))
    }

    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    fn request(&self, ctx: &Context, more: &[(&str, &str)]) -> Result<Request> {
        let query: Vec<_> = self.query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let size = page_size(ctx).to_string();
        let query = [query.as_slice(), &[("limit", size.as_str())], more].concat();
        Host::of(ctx)?.get(ctx, &self.path, &query)
    }
}

/// The user whose key it is: fails only where the key is dead, or nothing works.
pub(super) async fn me(ctx: &Context, budget: &Budget) -> Result<Batch> {
    let request = Host::of(ctx)?.get(ctx, "/users/me", &[])?;
    ctx.session.batch(&request, budget, judge_me).await
}

/// Asks once. The vendor refuses a dead key and what a user may not see in the same way (403); the key's own user tells
/// which it is. What is missing (404) says nothing about the key.
async fn ask(ctx: &Context, budget: &Budget, request: &Request) -> Result<Batch> {
    match ctx.session.batch(request, budget, judge).await {
        Err(error)
            if error.kind == ErrorKind::Permission(DeniedScope::Stream)
                && error.vendor_code.as_deref() == Some(AMBIGUOUS) =>
        {
            me(ctx, budget).await?;
            Err(error)
        }
        other => other,
    }
}

/// Asks page after page. Goes on by the rows that came, because more may come than were asked for, until the total is
/// reached or a page is empty. Without a total, a page that brings nothing new is the end too. Ends after the first error.
pub(super) fn pages<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    question: Question,
) -> BoxStream<'a, Result<Batch>> {
    let budget = slice.budget.clone();
    let batches = try_stream! {
        let (mut offset, mut known) = (0_u64, HashSet::new());
        loop {
            let request = question.request(ctx, &[("offset", &offset.to_string())])?;
            let batch = ask(ctx, &budget, &request).await?;
            let rows = rows(&batch, question.rows);
            offset += rows.len() as u64;
            let is_any_new = rows.iter().filter(|row| known.insert(id_of(row))).count() > 0;
            let is_last = rows.is_empty() || total(&batch).map_or(!is_any_new, |total| offset >= total);
            yield batch;
            if is_last {
                break;
            }
        }
    };
    batches.boxed()
}

/// How many rows there are altogether, as a page tells.
pub(super) fn total(batch: &Batch) -> Option<u64> {
    let told = Node::root(&batch.value, "$").at("meta").at("total").integer().ok().flatten();
    told.and_then(|total| u64::try_from(total).ok())
}

/// Asks for rows behind the last id, in the order of ids: deep offsets are slow. The total says nothing here.
pub(super) fn pages_by_id<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    question: Question,
) -> BoxStream<'a, Result<Batch>> {
    let budget = slice.budget.clone();
    let question = question.with("orders[id]", "ASC");
    let batches = try_stream! {
        let mut last: Option<u64> = None;
        loop {
            let last_text = last.map(|id| id.to_string());
            let more: Vec<_> = last_text.iter().map(|id| ("id_greater", id.as_str())).collect();
            let batch = ask(ctx, &budget, &question.request(ctx, &more)?).await?;
            let highest = rows(&batch, question.rows).iter().filter_map(|row| id_of(row)?.parse().ok()).max();
            yield batch;
            if highest <= last {
                break;
            }
            last = highest;
        }
    };
    batches.boxed()
}

/// All rows of all pages that `take` accepts.
pub(super) async fn all<T>(
    ctx: &Context,
    slice: &Slice<'_>,
    question: Question,
    mut take: impl FnMut(&Node<'_>) -> Result<Option<T>>,
) -> Result<Vec<T>> {
    let (pointer, mut found) = (question.rows, Vec::new());
    let mut batches = pages(ctx, slice, question);
    while let Some(batch) = batches.try_next().await? {
        let none = Value::Null;
        let list = batch.value.pointer(pointer).unwrap_or(&none);
        Node::root(list, pointer.trim_start_matches('/')).each(|row| {
            found.extend(take(row)?);
            Ok(())
        })?;
    }
    Ok(found)
}

fn rows<'b>(batch: &'b Batch, pointer: &str) -> &'b [Value] {
    batch.value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn id_of(row: &Value) -> Option<String> {
    Node::root(row, "$").at("id").text().ok().flatten()
}

/// The first moment of a day, as filters want it.
pub(super) fn midnight(day: NaiveDate) -> String {
    let at: DateTime<Utc> = day.and_time(NaiveTime::MIN).and_utc();
    at.to_rfc3339()
}
