//! Asks for pages, wherever the account lives.

use super::auth::{ask_where_it_lives, page_size};
use crate::connector::{Context, Slice};
use crate::error::{Error, ErrorKind, Result, spare};
use crate::http::{Batch, Budget, Node};
use crate::record::Warning;
use async_stream::try_stream;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use serde_json::Value;

/// Pages are not made smaller than that when the vendor fails: less does not help it any more.
const SMALLEST: u32 = 125;

/// What a vendor code says that a thing is gone, or was never sent.
pub(super) const GONE: &[&str] = &["404", "410"];

/// What is asked for, without the place and the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    /// Behind the version; starts with a slash.
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    /// Rows per page, where it is not the setting's.
    pub(super) rows: Option<u32>,
}

impl Question {
    pub(super) fn new(path: impl Into<String>, query: &[(&'static str, &str)]) -> Self {
        let query = query.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { path: path.into(), query, rows: None }
    }

    /// About one thing: its id becomes part of the path.
    pub(super) fn about(before: &str, id: &str, after: &str, query: &[(&'static str, &str)]) -> Result<Self> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if id.is_empty() || !id.chars().all(is_plain) {
            return Err(Error::drift("id", format!("{id:?} is no id that can be asked for")));
        }
        Ok(Self::new(format!("{before}{id}{after}"), query))
    }

    pub(super) fn with_rows(self, rows: u32) -> Self {
        Self { rows: Some(rows), ..self }
    }

    fn page(&self, rows: u32, offset: u64) -> Self {
        let mut page = self.clone();
        page.query.push(("count", rows.to_string()));
        page.query.push(("offset", offset.to_string()));
        page
    }
}

/// Asks once.
pub(super) async fn ask(
    ctx: &Context,
    question: &Question,
    pace_key: &str,
    budget: &Budget,
) -> Result<Batch> {
    let make = |place: &super::auth::DataCentre| {
        Ok(place.get(ctx, &question.path, &question.query)?.paced_by(pace_key))
    };
    ask_where_it_lives(ctx, budget, &make).await
}

/// Asks page after page; `rows` is the JSON pointer to the list. Goes on by the rows that came, until the total is
/// reached or a page is empty: the total may count rows that nobody may read. Ends after the first error.
pub(super) fn pages<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    question: Question,
    rows: &'static str,
) -> BoxStream<'a, Result<Batch>> {
    let slice = slice.clone();
    let batches = try_stream! {
        let (mut offset, mut last) = (0, Value::Null);
        loop {
            let (batch, size) = page(ctx, &slice, &question, offset).await?;
            let root = Node::root(&batch.value, "$");
            let total = root.at("total_items").integer()?.and_then(|total| u64::try_from(total).ok());
            let count = batch.value.pointer(rows).and_then(Value::as_array).map_or(0, Vec::len) as u64;
            offset += count;
            // Where nobody tells the total, the same page again is the end, too.
            let is_last = count == 0
                || total.map_or(count < u64::from(size) || batch.value == last, |total| offset >= total);
            if total.is_none() {
                last.clone_from(&batch.value);
            }
            yield batch;
            if is_last {
                break;
            }
        }
    };
    batches.boxed()
}

/// One page, and the rows that were asked for. Large pages that the vendor fails to make are asked for in halves.
async fn page(ctx: &Context, slice: &Slice<'_>, question: &Question, offset: u64) -> Result<(Batch, u32)> {
    const MEMORY: &str = "page_size";
    let wanted = question.rows.unwrap_or_else(|| page_size(ctx));
    let known = ctx.memory.recall(MEMORY).and_then(|text| text.parse().ok());
    let mut size = known.map_or(wanted, |known: u32| wanted.min(known));
    loop {
        let asked = ask(ctx, &question.page(size, offset), &slice.account.id, &slice.budget).await;
        match asked {
            Err(error) if error.kind == ErrorKind::VendorDown && size > SMALLEST => {
                size = (size / 2).max(SMALLEST);
                ctx.memory.keep(MEMORY, size.to_string());
            }
            other => return Ok((other?, size)),
        }
    }
}

/// What `read` takes from the rows of all pages.
pub(super) async fn rows_of<T>(
    ctx: &Context,
    slice: &Slice<'_>,
    question: Question,
    rows: &'static str,
    mut read: impl FnMut(&Node<'_>) -> Result<Option<T>>,
) -> Result<Vec<T>> {
    let mut found = Vec::new();
    let mut batches = pages(ctx, slice, question, rows);
    while let Some(batch) = batches.try_next().await? {
        let none = Value::Null;
        let list = batch.value.pointer(rows).unwrap_or(&none);
        Node::root(list, rows.trim_start_matches('/')).each(|row| {
            found.extend(read(row)?);
            Ok(())
        })?;
    }
    Ok(found)
}

/// Each id once.
pub(super) fn unique(ids: Vec<String>) -> Vec<String> {
    let mut known = std::collections::HashSet::new();
    ids.into_iter().filter(|id| known.insert(id.clone())).collect()
}

/// A page of one of several things.
pub(super) enum Part {
    /// Of which thing.
    Rows(String, Batch),
    /// The thing is left out.
    Refused(Warning),
}

/// Pages of each thing. One that is gone by now is left out. One that is refused is a warning, unless all are.
pub(super) fn each<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    ids: Vec<String>,
    rows: &'static str,
    question: impl Fn(&str) -> Result<Question> + Send + 'a,
) -> BoxStream<'a, Result<Part>> {
    let slice = slice.clone();
    let parts = try_stream! {
        let (mut is_any_read, mut refusal) = (false, None);
        for id in ids {
            let mut batches = pages(ctx, &slice, question(&id)?, rows);
            while let Some(batch) = batches.next().await {
                match spare(batch, GONE) {
                    Ok(Some(batch)) => {
                        is_any_read = true;
                        yield Part::Rows(id.clone(), batch);
                    }
                    Ok(None) => break,
                    Err(error) if matches!(error.kind, ErrorKind::Permission(_)) && !error.stops_run() => {
                        let message = format!("{id} is left out. {}", error.message);
                        yield Part::Refused(Warning::stream(&slice.account.id, slice.stream.name, message));
                        refusal = Some(error);
                        break;
                    }
                    Err(error) => Err(error)?,
                }
            }
        }
        if let (Some(refusal), false) = (refusal, is_any_read) {
            Err(refusal)?;
        }
    };
    parts.boxed()
}
