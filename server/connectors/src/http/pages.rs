//! Turns the pages of one query.

use super::paginate::{Pagination, Progress, comes_again, print_of};
use super::{Answer, Budget, Request, Session, Verdict};
use crate::error::Result;
use crate::record::RawPage;
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use serde_json::Value;

/// A part of an answer: a page, or an element of a stream.
#[derive(Debug)]
pub struct Batch {
    /// What it says.
    pub value: Value,
    /// The bytes that it was read from.
    pub raw: RawPage,
}

impl Batch {
    /// An answer that was read, with the request that it answers.
    pub fn new(request: &Request, answer: Answer, value: Value) -> Self {
        Self { value, raw: RawPage { request: request.describe(), body: answer.body, fetched_at: answer.at } }
    }
}

impl Session {
    /// Asks for what comes whole.
    ///
    /// # Errors
    /// As [`Session::call_json`].
    pub async fn batch(
        &self,
        request: &Request,
        budget: &Budget,
        judge: impl Fn(&Answer) -> Verdict + Sync,
    ) -> Result<Batch> {
        let (answer, value) = self.call_json(request, budget, &judge).await?;
        Ok(Batch::new(request, answer, value))
    }

    /// Asks page after page until the pagination ends. `rows` is the JSON pointer to the array that holds a page's rows.
    /// The next page is asked for when the one before has been taken. Where pages are counted, one that comes again is asked
    /// for anew, once: an answer of old must not take the place of another page. Ends after the first error, which is
    /// [`crate::ErrorKind::Drift`] where it keeps coming.
    pub fn pages<'a>(
        &'a self,
        first: Request,
        style: Pagination,
        rows: &'static str,
        budget: Budget,
        judge: impl Fn(&Answer) -> Verdict + Send + Sync + 'a,
    ) -> BoxStream<'a, Result<Batch>> {
        let batches = try_stream! {
            let (mut progress, mut following) = (Progress::default(), Some(first));
            let (mut last, mut is_anew) = (None, false);
            while let Some(request) = following {
                let (answer, value) = self.call_json(&request, &budget, &judge).await?;
                let count = value.pointer(rows).and_then(Value::as_array).map_or(0, Vec::len);
                let print = (count > 0 && style.is_counted()).then(|| print_of(&value));
                if print.is_some() && print == last {
                    if is_anew {
                        Err(comes_again(rows))?;
                    }
                    is_anew = true;
                    following = Some(request);
                    continue;
                }
                (last, is_anew) = (print, false);
                following = style.next(&request, &answer, &value, count as u64, &mut progress)?;
                yield Batch::new(&request, answer, value);
            }
        };
        batches.boxed()
    }

    /// As [`Self::pages`], for vendors that turn pages in a way of their own: `next` makes the next request from the one
    /// that was sent and its answer, and gives none at the end.
    pub fn pages_by<'a>(
        &'a self,
        first: Request,
        mut next: impl FnMut(&Request, &Answer, &Value) -> Result<Option<Request>> + Send + 'a,
        budget: Budget,
        judge: impl Fn(&Answer) -> Verdict + Send + Sync + 'a,
    ) -> BoxStream<'a, Result<Batch>> {
        let batches = try_stream! {
            let mut following = Some(first);
            while let Some(request) = following {
                let (answer, value) = self.call_json(&request, &budget, &judge).await?;
                following = next(&request, &answer, &value)?;
                yield Batch::new(&request, answer, value);
            }
        };
        batches.boxed()
    }
}
