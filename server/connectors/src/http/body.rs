//! A good answer that is read while it comes.

use super::answer::parse_json;
use super::array::ArraySplitter;
use super::calls::Calls;
use crate::error::{Error, Result};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::VecDeque;

/// A JSON array that is read element by element.
pub struct BodyStream {
    response: Option<reqwest::Response>,
    splitter: ArraySplitter,
    ready: VecDeque<Bytes>,
    at: DateTime<Utc>,
    calls: Calls,
}

impl BodyStream {
    /// An answer that has started.
    pub(super) fn new(response: Option<reqwest::Response>, at: DateTime<Utc>, calls: Calls) -> Self {
        Self { response, splitter: ArraySplitter::default(), ready: VecDeque::new(), at, calls }
    }

    /// When the answer started.
    pub fn started_at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The next element with its bytes, or none at the end.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Interrupted`] when the answer breaks off: what was read of the slice must be discarded.
    pub async fn next(&mut self) -> Result<Option<(Bytes, Value)>> {
        loop {
            if let Some(element) = self.ready.pop_front() {
                let value = parse_json(&element)?;
                return Ok(Some((element, value)));
            }
            let Some(response) = &mut self.response else {
                return Ok(None);
            };
            match response.chunk().await {
                Ok(Some(chunk)) => self.ready.extend(self.splitter.push(&chunk)),
                Ok(None) => {
                    self.response = None;
                    match std::mem::take(&mut self.splitter).finish() {
                        Ok(rest) => self.ready.extend(rest),
                        Err(left) => {
                            self.calls.broke_off();
                            let what = format!("The vendor's answer breaks off, {left} bytes into a batch.");
                            return Err(Error::interrupted(what));
                        }
                    }
                }
                Err(e) => {
                    self.calls.broke_off();
                    return Err(cut_off(0, &e));
                }
            }
        }
    }
}

/// The answer ended before its end.
pub(super) fn cut_off(bytes: usize, error: &reqwest::Error) -> Error {
    let why = if error.is_timeout() { "the vendor went silent" } else { "the connection was cut" };
    Error::interrupted(format!("The vendor's answer breaks off after {bytes} bytes: {why}."))
        .with_raw(chain(error))
}

/// An error with its causes; without the address, whose query may hold a key.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let mut texts = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        texts.push(cause.to_string());
        source = cause.source();
    }
    if texts.is_empty() { "no further detail".to_owned() } else { texts.join(": ") }
}
