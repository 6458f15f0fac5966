//! Rows of histories are visits: when something entered a stage or status, and where it went next.

use crate::crm::{First, Origin, TransitionRecord, moves};
use crate::error::Result;
use crate::http::Node;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashSet};

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visit {
    at: DateTime<Utc>,
    stage: String,
    /// None while it is still there.
    moved_to: Option<String>,
}

/// Visits by the id of what made them.
#[derive(Debug, Default)]
pub(super) struct Visits {
    known: HashSet<String>,
    by_owner: BTreeMap<String, Vec<Visit>>,
}

impl Visits {
    /// Takes a row; `stage` is the name of its field. One that is served twice is one, and one without a stage is none.
    pub(super) fn take(&mut self, owner: &str, row: &Node<'_>, stage: &str) -> Result<()> {
        let Some(entered) = row.at(stage).filled()? else { return Ok(()) };
        let time = row.at("Modified_Time");
        let at = time.instant()?.ok_or_else(|| time.drift("it is missing, so the visit belongs nowhere"))?;
        if row.at("id").filled()?.is_some_and(|id| !self.known.insert(id)) {
            return Ok(());
        }
        let visit = Visit { at, stage: entered, moved_to: row.at("Moved_To__s").filled()? };
        self.by_owner.entry(owner.to_owned()).or_default().push(visit);
        Ok(())
    }

    /// Takes a row of a ledger, which names its owner in `lookup`. Rows of deleted records name none and are dropped.
    pub(super) fn take_from_ledger(&mut self, row: &Node<'_>, lookup: &str, stage: &str) -> Result<()> {
        match row.at(lookup).at("id").filled()? {
            Some(owner) => self.take(&owner, row, stage),
            None => Ok(()),
        }
    }

    /// All visits of each owner, oldest first.
    pub(super) fn ordered(self) -> impl Iterator<Item = (String, Vec<Visit>)> {
        self.by_owner.into_iter().map(|(owner, visits)| (owner, ordered(visits)))
    }
}

/// Oldest first, from newest first. Whole batches share a timestamp: among visits of one moment the one comes first that
/// the visit before led to.
fn ordered(mut visits: Vec<Visit>) -> Vec<Visit> {
    visits.reverse();
    visits.sort_by_key(|visit| visit.at);
    let mut ordered: Vec<Visit> = Vec::with_capacity(visits.len());
    let mut rest = visits.into_iter().peekable();
    while let Some(first) = rest.next() {
        let mut moment = vec![first];
        while let Some(visit) = rest.next_if(|visit| visit.at == moment[0].at) {
            moment.push(visit);
        }
        while !moment.is_empty() {
            let index = following(&moment, ordered.last());
            ordered.push(moment.remove(index));
        }
    }
    ordered
}

fn following(moment: &[Visit], before: Option<&Visit>) -> usize {
    let led_to = before.and_then(|before| before.moved_to.as_deref());
    let follows = moment.iter().position(|visit| Some(visit.stage.as_str()) == led_to);
    let starts = || {
        moment.iter().position(|visit| {
            let own = Some(visit.stage.as_str());
            !moment.iter().any(|other| !std::ptr::eq(other, visit) && other.moved_to.as_deref() == own)
        })
    };
    follows.or_else(starts).unwrap_or(0)
}

/// The stage that it is in by its history.
pub(super) fn current(visits: &[Visit]) -> Option<&str> {
    visits.last().map(|visit| visit.stage.as_str())
}

/// The moves of a deal from its visits. The first is a move from nothing; the same stage again is none.
pub(super) fn stage_moves(origin: &Origin, deal: &str, visits: Vec<Visit>) -> Vec<TransitionRecord> {
    moves(origin, deal, visits.into_iter().map(|visit| (visit.at, visit.stage)).collect(), First::IsMove)
}

/// When it first entered one of these stages.
pub(super) fn entered(visits: &[Visit], stages: &[String]) -> Option<DateTime<Utc>> {
    visits.iter().find(|visit| stages.contains(&visit.stage)).map(|visit| visit.at)
}

/// Each entering of another stage than before.
pub(super) fn entries(visits: &[Visit]) -> impl Iterator<Item = (DateTime<Utc>, &str)> {
    let mut before = None;
    visits.iter().filter_map(move |visit| {
        let is_new = before != Some(visit.stage.as_str());
        before = Some(visit.stage.as_str());
        is_new.then_some((visit.at, visit.stage.as_str()))
    })
}
