//! What histories tell: moves of deals, and when leads entered which status.

use super::map::is_deleted;
use crate::crm::{First, LifecycleStage, Origin, TransitionRecord, changes, moves};
use crate::error::Result;
use crate::http::Node;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;

/// The rows of histories, by what they belong to, each once however often it is served. They are kept until the end,
/// because those of one thing may stand on several pages.
#[derive(Debug, Default)]
pub(super) struct Histories(BTreeMap<String, BTreeMap<(DateTime<Utc>, String), Row>>);

/// One row: the value that it left, where that is told, and the one that it entered.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    from: Option<String>,
    to: Option<String>,
}

impl Histories {
    /// Takes the rows of a page; `of` is the field that names what a row belongs to, `values` those of the value before
    /// and after. Gives the number of rows.
    pub(super) fn take(&mut self, page: &Value, of: &str, values: (&str, &str)) -> Result<u64> {
        let root = Node::root(page, "$");
        let records = root.at("records");
        if records.is_absent() {
            return Err(records.drift("it is missing"));
        }
        let rows = records.each(|row| {
            let thing = row.at(of).need_text()?;
            if is_deleted(row)? {
                return Ok(());
            }
            let at = row.at("CreatedDate");
            let at = at.instant()?.ok_or_else(|| at.drift("it is missing, so the row belongs nowhere"))?;
            let value = |name: &str| if name.is_empty() { Ok(None) } else { row.at(name).filled() };
            let entry = Row { from: value(values.0)?, to: value(values.1)? };
            self.0.entry(thing).or_default().insert((at, row.at("Id").need_text()?), entry);
            Ok(())
        })?;
        Ok(rows as u64)
    }

    /// Moves of deals from rows that each hold the stage of that moment. Where only an amount changed, there is none. Of
    /// rows of one moment the one with the lower id, which was made first, happened first.
    pub(super) fn moves(self, origin: &Origin) -> Vec<TransitionRecord> {
        let of_deal = |(deal, rows): (String, BTreeMap<(DateTime<Utc>, String), Row>)| {
            let entered = rows.into_iter().filter_map(|((at, _), row)| Some((at, row.to?)));
            moves(origin, &deal, entered.collect(), First::IsMove)
        };
        self.0.into_iter().flat_map(of_deal).collect()
    }

    /// Moves of deals from rows that hold both stages.
    pub(super) fn changes(self, origin: &Origin) -> Vec<TransitionRecord> {
        let of_deal = |(deal, rows): (String, BTreeMap<(DateTime<Utc>, String), Row>)| {
            let steps = rows.into_iter().filter_map(|((at, _), row)| Some((at, row.from, row.to?)));
            changes(origin, &deal, steps.collect())
        };
        self.0.into_iter().flat_map(of_deal).collect()
    }
}

/// When leads entered the statuses that have a meaning.
#[derive(Debug, Default)]
pub(super) struct Statuses {
    histories: Histories,
    meanings: Vec<(LifecycleStage, Vec<String>)>,
}

impl Statuses {
    /// `meanings` are the statuses, in lower case, of each step.
    pub(super) fn new(histories: Histories, meanings: Vec<(LifecycleStage, Vec<String>)>) -> Self {
        Self { histories, meanings }
    }

    /// When a lead first entered each step. The value before the first change is the one that it was made with.
    pub(super) fn of(
        &self,
        lead: &str,
        created_at: Option<DateTime<Utc>>,
    ) -> BTreeMap<LifecycleStage, DateTime<Utc>> {
        let Some(rows) = self.histories.0.get(lead) else {
            return BTreeMap::new();
        };
        let made = rows.values().next().and_then(|row| Some((created_at?, row.from.as_deref()?)));
        let changed = rows.iter().filter_map(|((at, _), row)| Some((*at, row.to.as_deref()?)));
        let mut entered = BTreeMap::new();
        for (at, status) in made.into_iter().chain(changed) {
            let status = status.trim().to_lowercase();
            for (stage, _) in self.meanings.iter().filter(|(_, statuses)| statuses.contains(&status)) {
                entered.entry(*stage).or_insert(at);
            }
        }
        entered
    }
}
