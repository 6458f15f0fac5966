//! Deals and their moves.

use super::map::{id_of, is_set, owner_of, page};
use crate::connector::Slice;
use crate::crm::{CrmKind, CrmRecord, DealRecord, DealState, Origin, TombstoneRecord, changes};
use crate::error::Result;
use crate::http::{Batch, Node};
use crate::mapping::{Seen, attributes};
use crate::record::{Page, Record, Warning};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// What figures hang on.
const WATCHED: &[&str] =
    &["status", "value", "currency", "stage_id", "probability", "add_time", "won_time", "lost_time"];

/// What has a place of its own.
const PLACED: &[&str] = &[
    "id",
    "title",
    "value",
    "currency",
    "status",
    "stage_id",
    "pipeline_id",
    "owner_id",
    "user_id",
    "person_id",
    "org_id",
    "probability",
    "add_time",
    "update_time",
    "is_deleted",
    "deleted",
];

/// What the first version says about persons.
const PERSONAL: &[&str] = &["person_name", "org_name", "owner_name", "cc_email", "next_activity_note"];

/// The chances of the stages, in hundredths; unknown where stages may not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Chances(BTreeMap<String, Decimal>);

impl Chances {
    /// Takes a page of stages.
    pub(super) fn read(&mut self, stages: &Value) -> Result<()> {
        let root = Node::root(stages, "$");
        root.at("data").each(|stage| {
            let chance = stage.at("deal_probability").decimal()?;
            self.0.extend(
                chance
                    .map(|chance| Ok::<_, crate::Error>((stage.at("id").need_text()?, chance)))
                    .transpose()?,
            );
            Ok(())
        })?;
        Ok(())
    }

    /// As text, to be remembered.
    pub(super) fn to_text(&self) -> String {
        let pairs = self.0.iter().map(|(id, chance)| (id.clone(), Value::String(chance.to_string())));
        Value::Object(pairs.collect()).to_string()
    }

    /// What [`Self::to_text`] wrote.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let pairs: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
        let known = pairs.into_iter().map(|(id, chance)| Some((id, chance.parse().ok()?)));
        known.collect::<Option<_>>().map(Self)
    }
}

/// Turns the pages of one reading into records. One that is served again comes again, as it stands by then.
pub(super) struct Mapper<'a> {
    slice: Slice<'a>,
    chances: Chances,
    /// Only deleted ones were asked for.
    are_gone: bool,
    seen: Seen,
    undated: HashSet<String>,
}

impl<'a> Mapper<'a> {
    pub(super) fn new(slice: &Slice<'a>, chances: Chances, are_gone: bool) -> Self {
        Self { slice: slice.clone(), chances, are_gone, seen: Seen::default(), undated: HashSet::new() }
    }

    pub(super) fn page(&mut self, batch: Batch) -> Result<Page> {
        let origin = Origin::new(&self.slice, batch.raw.fetched_at);
        page(batch, |row, records| self.row(row, &origin, records))
    }

    /// Fields that figures hang on and that no row has, and deals that were closed nobody knows when.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let (account, stream) = (&self.slice.account.id, self.slice.stream.name);
        let mut warnings = self.seen.missing(&self.slice, WATCHED.iter().copied());
        if !self.undated.is_empty() {
            let message =
                format!("{} closed deals do not say when, so they count as made only.", self.undated.len());
            warnings.push(Warning::field(account, stream, "won_time", message));
        }
        warnings
    }

    fn row(&mut self, row: &Node<'_>, origin: &Origin, records: &mut Vec<Record>) -> Result<()> {
        let id = row.at("id").need_text()?;
        let status = row.at("status").filled()?;
        if self.is_gone(row, status.as_deref())? {
            let at = row.at("update_time").instant()?;
            let gone = TombstoneRecord::new(origin.clone(), CrmKind::Deal, id, at);
            records.push(CrmRecord::Tombstone(gone).into());
            return Ok(());
        }
        self.seen.fields_of(row)?;
        records.push(CrmRecord::Deal(self.deal(id, status.as_deref(), row, origin)?).into());
        Ok(())
    }

    fn is_gone(&self, row: &Node<'_>, status: Option<&str>) -> Result<bool> {
        let said = match is_set(&row.at("is_deleted"))? {
            Some(said) => Some(said),
            None => is_set(&row.at("deleted"))?,
        };
        Ok(status == Some("deleted") || said.unwrap_or(self.are_gone))
    }

    fn deal(
        &mut self,
        id: String,
        status: Option<&str>,
        row: &Node<'_>,
        origin: &Origin,
    ) -> Result<DealRecord> {
        let state = match status {
            Some("open") => Some(DealState::Open),
            Some("won") => Some(DealState::Won),
            Some("lost") => Some(DealState::Lost),
            _ => None,
        };
        let day = |name: &str| Ok::<_, crate::Error>(row.at(name).instant()?.map(|at| at.date_naive()));
        let closed = match state {
            Some(DealState::Won) => day("won_time")?,
            Some(DealState::Lost) => day("lost_time")?,
            _ => None,
        };
        if closed.is_none() && matches!(state, Some(DealState::Won | DealState::Lost)) {
            self.undated.insert(id.clone());
        }
        let stage = row.at("stage_id").filled()?;
        let own = row.at("probability").decimal()?;
        let chance = own.or_else(|| self.chances.0.get(stage.as_deref()?).copied());
        let currency = row.at("currency").filled()?.or_else(|| self.slice.account.currency.clone());
        Ok(DealRecord {
            name: row.at("title").filled()?.unwrap_or_else(|| id.clone()),
            pipeline: row.at("pipeline_id").filled()?,
            stage,
            state,
            probability: chance.map(|chance| chance * Decimal::new(1, 2)),
            amount: row.at("value").decimal()?,
            currency,
            owner: owner_of(row)?,
            created: day("add_time")?,
            closed,
            changed_at: row.at("update_time").instant()?,
            attributes: details(row)?,
            ..DealRecord::new(origin.clone(), id)
        })
    }
}

/// Everything else that is known of a deal.
fn details(row: &Node<'_>) -> Result<Map<String, Value>> {
    let mut known = attributes(row, PLACED)?;
    known.retain(|name, _| !PERSONAL.contains(&name.as_str()) && !name.starts_with("formatted_"));
    for name in ["person_id", "org_id"] {
        known.extend(id_of(&row.at(name))?.map(|id| (name.to_owned(), Value::String(id))));
    }
    Ok(known)
}

/// Deals of a page that live, and when each was made.
pub(super) fn living(deals: &Value) -> Result<Vec<(String, Option<DateTime<Utc>>)>> {
    super::map::checked(deals)?;
    let mut living = Vec::new();
    let root = Node::root(deals, "$");
    root.at("data").each(|row| {
        let is_gone = super::map::is_gone(row)? || row.at("status").text()?.as_deref() == Some("deleted");
        if !is_gone {
            living.push((row.at("id").need_text()?, row.at("add_time").instant()?));
        }
        Ok(())
    })?;
    Ok(living)
}

/// A change of the stage: when, from where, to where.
pub(super) type Change = (DateTime<Utc>, Option<String>, String);

/// Changes of the stage among the rows of a changelog or flow. Being made in a stage is none.
pub(super) fn stage_changes(history: &Value, rows: &mut Vec<Change>) -> Result<()> {
    super::map::checked(history)?;
    let root = Node::root(history, "$");
    root.at("data").each(|row| {
        let object = row.at("object").filled()?;
        let inner = row.at("data");
        let is_flow = object.is_some() || !inner.is_absent();
        if object.is_some_and(|object| object != "dealChange") {
            return Ok(());
        }
        let change = if is_flow { &inner } else { row };
        if change.at("field_key").text()?.as_deref() != Some("stage_id") {
            return Ok(());
        }
        let (from, to) = (change.at("old_value").filled()?, change.at("new_value").filled()?);
        let (Some(from), Some(to)) = (from, to) else { return Ok(()) };
        if from == to {
            return Ok(());
        }
        let time = if is_flow { change.at("log_time") } else { change.at("time") };
        let at = match time.instant()? {
            Some(at) => at,
            None => {
                let stamp = row.at("timestamp");
                stamp.instant()?.ok_or_else(|| time.drift("it is missing, so the move belongs nowhere"))?
            }
        };
        rows.push((at, Some(from), to));
        Ok(())
    })?;
    Ok(())
}

/// The moves of a deal from all its changes, newest first. A row that is served twice is one.
pub(super) fn moves(
    origin: &Origin,
    deal: &str,
    made: Option<DateTime<Utc>>,
    mut rows: Vec<Change>,
) -> impl Iterator<Item = Record> {
    rows.reverse();
    let mut known = HashSet::new();
    rows.retain(|row| known.insert(row.clone()));
    let mut moves = changes(origin, deal, rows);
    if let (Some(first), Some(made)) = (moves.first_mut(), made) {
        // The stage that it was made in lasted since then.
        first.seconds_in_from = Some((first.at - made).num_seconds()).filter(|seconds| *seconds >= 0);
    }
    crate::crm::records(moves)
}
