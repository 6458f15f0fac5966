//! Deals, their moves and contacts become records of a CRM.

use super::map::{day, id, is_yes, moment};
use crate::connector::Slice;
use crate::crm::{
    CrmKind, CrmRecord, DealRecord, DealState, LinkRecord, Origin, PartyRecord, TombstoneRecord,
    TransitionRecord, changes,
};
use crate::error::Result;
use crate::http::Node;
use crate::mapping::{Seen, attributes};
use crate::record::{Record, Warning};
use chrono::{DateTime, Utc};
use metrics::format::minor_digits;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// Fields of a deal that figures hang on.
const WATCHED: &[&str] = &["value", "currency", "status", "stage", "cdate", "mdate"];

/// What the activity log tells about one deal, each entry once however often it was served.
#[derive(Debug, Clone, Default)]
pub(super) struct Log(BTreeMap<(DateTime<Utc>, u64, String), Change>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Stage { from: Option<String>, to: String },
    Status(String),
}

impl Log {
    /// Takes an entry. Notes, tasks and the making of the deal say nothing here.
    pub(super) fn take(&mut self, row: &Node<'_>) -> Result<()> {
        let kind = row.at("dataType").text()?.unwrap_or_default();
        let is_stage = kind == "d_stageid";
        if is_yes(&row.at("deleted")) || !(is_stage || matches!(kind.as_str(), "status" | "d_status")) {
            return Ok(());
        }
        let (to, from) = (row.at("dataAction").need_text()?, id(&row.at("dataOldval"))?);
        let at = row.at("cdate");
        let at = moment(&at)?.ok_or_else(|| at.drift("it is missing, so the change belongs nowhere"))?;
        // Ids grow: they order what happened in one second.
        let entry = row.at("id").text()?.unwrap_or_default();
        let key = (at, entry.parse().unwrap_or_default(), format!("{kind} {entry} {to}"));
        self.0.insert(key, if is_stage { Change::Stage { from, to } } else { Change::Status(to) });
        Ok(())
    }

    /// The moves from stage to stage.
    pub(super) fn moves(&self, origin: &Origin, deal: &str) -> Vec<TransitionRecord> {
        let moves = self.0.iter().filter_map(|((at, ..), change)| match change {
            Change::Stage { from, to } => Some((*at, from.clone(), to.clone())),
            Change::Status(_) => None,
        });
        changes(origin, deal, moves.collect())
    }

    /// When the deal took on the status that it has now: the first of the last entries that name it. None where the log
    /// does not end with it.
    pub(super) fn since(&self, status: &str) -> Option<DateTime<Utc>> {
        let statuses = self.0.iter().rev().filter_map(|((at, ..), change)| match change {
            Change::Status(to) => Some((*at, to)),
            Change::Stage { .. } => None,
        });
        statuses.take_while(|(_, to)| *to == status).last().map(|(at, _)| at)
    }
}

/// Whether only title and status of a deal are shown, because the key's user may not manage its pipeline.
pub(super) fn is_disabled(row: &Node<'_>) -> bool {
    is_yes(&row.at("isDisabled"))
}

/// What a deal's status means.
pub(super) fn state(status: &str) -> Option<DealState> {
    match status {
        "0" => Some(DealState::Open),
        "1" => Some(DealState::Won),
        "2" => Some(DealState::Lost),
        _ => None,
    }
}

/// The id and status of a deal that is closed.
pub(super) fn closed(row: &Node<'_>) -> Result<Option<(String, String)>> {
    let status = row.at("status").text()?.unwrap_or_default();
    let is_closed = matches!(state(&status), Some(DealState::Won | DealState::Lost));
    if !is_closed || is_disabled(row) {
        return Ok(None);
    }
    Ok(Some((row.at("id").need_text()?, status)))
}

/// Turns rows of deals into records.
#[derive(Debug, Default)]
pub(super) struct Deals {
    seen: Seen,
    disabled: BTreeSet<String>,
    undated: BTreeSet<String>,
}

impl Deals {
    /// A deal. `since` is when it was closed, where the log says so; otherwise it was when it was last changed.
    pub(super) fn take(
        &mut self,
        slice: &Slice<'_>,
        row: &Node<'_>,
        since: Option<DateTime<Utc>>,
        origin: &Origin,
    ) -> Result<Vec<Record>> {
        let deal_id = row.at("id").need_text()?;
        if is_disabled(row) && row.at("value").is_absent() {
            self.disabled.insert(deal_id.clone());
        } else {
            self.seen.fields_of(row)?;
        }
        let state = row.at("status").text()?.as_deref().and_then(state);
        let changed_at = moment(&row.at("mdate"))?;
        let closed_at = match state {
            Some(DealState::Won | DealState::Lost) => since.or(changed_at),
            _ => None,
        };
        if closed_at.is_none() && state.is_some_and(|s| s != DealState::Open) && !is_disabled(row) {
            self.undated.insert(deal_id.clone());
        }
        let currency = row.at("currency").filled()?.map(|code| code.trim().to_uppercase());
        let title = row.at("title").filled()?;
        let deal = DealRecord {
            name: title.unwrap_or_else(|| deal_id.clone()),
            pipeline: id(&row.at("group"))?,
            stage: id(&row.at("stage"))?,
            state,
            probability: probability(row)?,
            amount: amount(row, currency.as_deref())?,
            currency: currency.or_else(|| slice.account.currency.clone()),
            owner: id(&row.at("owner"))?,
            created: day(&row.at("cdate"))?,
            closed: closed_at.map(|at| at.date_naive()),
            changed_at,
            attributes: attributes(row, PLACED)?,
            ..DealRecord::new(origin.clone(), deal_id.clone())
        };
        let mut records = vec![Record::from(CrmRecord::Deal(deal))];
        for (field, kind) in [("contact", CrmKind::Contact), ("account", CrmKind::Company)] {
            let link = |to| LinkRecord {
                origin: origin.clone(),
                from: (CrmKind::Deal, deal_id.clone()),
                to: (kind, to),
                role: field.to_owned(),
            };
            records.extend(id(&row.at(field))?.map(|to| Record::from(CrmRecord::Link(link(to)))));
        }
        Ok(records)
    }

    /// What was odd about them.
    pub(super) fn warnings(&self, slice: &Slice<'_>) -> Vec<Warning> {
        let (account, stream) = (&slice.account.id, slice.stream.name);
        let mut warnings = self.seen.missing(slice, WATCHED.iter().copied());
        if !self.disabled.is_empty() {
            let message = format!(
                "{} deals come without value and stage, because the key's user may not manage their pipeline. Give \
                 that user the permission, or use the key of another one.",
                self.disabled.len()
            );
            warnings.push(Warning::field(account, stream, "isDisabled", message));
        }
        if !self.undated.is_empty() {
            let message =
                format!("{} closed deals say nowhere when, so they count as made only.", self.undated.len());
            warnings.push(Warning::field(account, stream, "mdate", message));
        }
        warnings
    }
}

/// Fields of a deal that have a place of their own, or are free text.
const PLACED: &[&str] = &[
    "id",
    "title",
    "group",
    "stage",
    "status",
    "value",
    "currency",
    "owner",
    "cdate",
    "mdate",
    "description",
    "hash",
    "contact",
    "account",
];

/// Values are in the smallest unit of their currency: cents, but whole yen.
fn amount(row: &Node<'_>, currency: Option<&str>) -> Result<Option<Decimal>> {
    let digits = currency.map_or(2, minor_digits);
    Ok(row.at("value").decimal()?.map(|value| value * Decimal::new(1, digits)))
}

/// The deal's own chance where it has one, otherwise that of its stage. 0 is a chance.
fn probability(row: &Node<'_>) -> Result<Option<Decimal>> {
    let percent = match row.at("winProbability").decimal()? {
        None => row.at("percent").decimal()?,
        own => own,
    };
    Ok(percent.map(|percent| percent * Decimal::new(1, 2)))
}

/// A contact without name and address; one that was deleted is gone.
pub(super) fn contact(row: &Node<'_>, origin: &Origin) -> Result<Record> {
    let id = row.at("id").need_text()?;
    let changed_at = moment(&row.at("udate"))?;
    if is_yes(&row.at("deleted")) {
        let at = moment(&row.at("deleted_at"))?.or(changed_at);
        let gone = TombstoneRecord::new(origin.clone(), CrmKind::Contact, id, at);
        return Ok(CrmRecord::Tombstone(gone).into());
    }
    let mut attributes = attributes(row, &[])?;
    attributes.retain(|name, _| matches!(name.as_str(), "bounced_hard" | "bounced_soft" | "bounced_date"));
    Ok(CrmRecord::Party(PartyRecord {
        created_at: moment(&row.at("cdate"))?,
        changed_at,
        attributes,
        ..PartyRecord::new(origin.clone(), CrmKind::Contact, id)
    })
    .into())
}
