//! Reports that a vendor makes while we wait: asked for once, then looked at until they are done.

use super::{Answer, Budget, Request, Session, Verdict};
use crate::error::{Error, Result};
use serde_json::Value;
use std::time::Duration;

/// How long a job may take. Waiting for it is no sign of trouble, so it costs nothing of a slice's budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The first wait; doubles with each look.
    pub first: Duration,
    /// The longest wait between two looks.
    pub longest: Duration,
    /// All waits together.
    pub total: Duration,
}

impl Patience {
    /// Looks after five seconds, and once a minute at last, for an hour.
    pub const USUAL: Self = Self {
        first: Duration::from_secs(5),
        longest: Duration::from_mins(1),
        total: Duration::from_hours(1),
    };
}

impl Session {
    /// Looks at a job until it is done. `done` reads the answer: what the job came to, none while it runs, an error where
    /// it failed.
    ///
    /// # Errors
    /// What `done` says, as [`Session::call_json`], and [`crate::ErrorKind::VendorDown`] when it takes too long.
    pub async fn job<T>(
        &self,
        look: &Request,
        budget: &Budget,
        judge: impl Fn(&Answer) -> Verdict + Sync,
        patience: Patience,
        done: impl Fn(&Value) -> Result<Option<T>>,
    ) -> Result<T> {
        let (mut waited, mut wait) = (Duration::ZERO, patience.first);
        loop {
            let (_, value) = self.call_json(look, budget, &judge).await?;
            if let Some(result) = done(&value)? {
                return Ok(result);
            }
            if waited >= patience.total {
                let minutes = patience.total.as_secs() / 60;
                return Err(Error::vendor_down(format!(
                    "The vendor has not finished a report after {minutes} minutes."
                )));
            }
            self.sleep(wait).await;
            waited += wait;
            wait = wait.saturating_mul(2).min(patience.longest);
        }
    }
}
