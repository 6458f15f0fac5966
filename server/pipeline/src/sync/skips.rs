//! What a run leaves out after an error that concerns one account or stream.

use super::plan::Work;
use connectors::{DeniedScope, Error, ErrorKind};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Accounts and streams that are left out. Who fetches ahead asks it as well as who writes.
#[derive(Debug, Default)]
pub(super) struct Skips(Mutex<Left>);

#[derive(Debug, Default)]
struct Left {
    accounts: BTreeSet<usize>,
    streams: BTreeSet<(usize, &'static str)>,
}

impl Skips {
    /// Leaves out what the error concerns: the whole account where it is refused, else the stream of that account.
    pub(super) fn add(&self, work: &Work, error: &Error) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if error.kind == ErrorKind::Permission(DeniedScope::Account) {
            left.accounts.insert(work.account);
        } else {
            left.streams.insert((work.account, work.stream.name));
        }
    }

    /// Whether the slice is left out.
    pub(super) fn has(&self, work: &Work) -> bool {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        left.accounts.contains(&work.account) || left.streams.contains(&(work.account, work.stream.name))
    }
}
