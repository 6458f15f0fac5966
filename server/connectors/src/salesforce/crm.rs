//! Opportunities and leads become records of a CRM.

use super::history::Statuses;
use super::map::{attributes, is_deleted};
use super::streams::{CURRENCY, Object};
use crate::connector::Slice;
use crate::crm::{
    CrmKind, CrmRecord, DealRecord, DealState, LifecycleStage, LinkRecord, Origin, PartyRecord,
    TombstoneRecord,
};
use crate::error::Result;
use crate::http::{Batch, Node};
use crate::mapping::Seen;
use crate::record::{Page, Record, Warning};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Turns the pages of one reading into records. One that is served again comes again, as it stands by then.
pub(super) struct Mapper<'a> {
    slice: Slice<'a>,
    object: &'static Object,
    statuses: Statuses,
    seen: Seen,
    undated: u64,
}

impl<'a> Mapper<'a> {
    pub(super) fn new(slice: &Slice<'a>, object: &'static Object, statuses: Statuses) -> Self {
        Self { slice: slice.clone(), object, statuses, seen: Seen::default(), undated: 0 }
    }

    pub(super) fn page(&mut self, batch: Batch) -> Result<Page> {
        let origin = Origin::new(&self.slice, batch.raw.fetched_at);
        super::map::page(batch, |row, records| self.row(row, &origin, records))
    }

    /// Fields that figures hang on and that no row has, and deals that were closed nobody knows when. What the vendor
    /// refused is known already.
    pub(super) fn warnings(&self, is_asked: impl Fn(&str) -> bool) -> Vec<Warning> {
        let watched = self.object.watched.iter().copied().filter(|name| is_asked(name));
        let mut warnings = self.seen.missing(&self.slice, watched);
        if self.undated > 0 {
            let (account, stream) = (&self.slice.account.id, self.slice.stream.name);
            let message =
                format!("{} closed deals have no close date, so they count as made only.", self.undated);
            warnings.push(Warning::field(account, stream, "CloseDate", message));
        }
        warnings
    }

    fn row(&mut self, row: &Node<'_>, origin: &Origin, records: &mut Vec<Record>) -> Result<()> {
        self.seen.fields_of(row)?;
        let id = row.at("Id").need_text()?;
        let kind = kind(self.object);
        if is_deleted(row)? {
            let at = row.at("SystemModstamp").instant()?;
            records.push(CrmRecord::Tombstone(TombstoneRecord::new(origin.clone(), kind, id, at)).into());
            return Ok(());
        }
        if kind == CrmKind::Deal {
            records.push(CrmRecord::Deal(self.deal(id, row, origin)?).into());
            return Ok(());
        }
        records.extend(links(&id, row, origin)?.into_iter().map(|link| CrmRecord::Link(link).into()));
        records.push(CrmRecord::Party(self.lead(id, row, origin)?).into());
        Ok(())
    }

    fn deal(&mut self, id: String, row: &Node<'_>, origin: &Origin) -> Result<DealRecord> {
        let text = |name: &str| row.at(name).filled();
        let state = state(row.at("IsClosed").boolean()?, row.at("IsWon").boolean()?);
        let close_date = row.at("CloseDate").day()?;
        let is_closed = state.is_some_and(|state| state != DealState::Open);
        if is_closed && close_date.is_none() {
            self.undated += 1;
        }
        let mut attributes = self.attributes(
            row,
            &["Name", "StageName", "Amount", "CloseDate", "IsClosed", "IsWon", "Probability", "OwnerId"],
        )?;
        if let (false, Some(day)) = (is_closed, close_date) {
            attributes.insert("expected_close".into(), Value::String(day.to_string()));
        }
        Ok(DealRecord {
            name: text("Name")?.unwrap_or_else(|| id.clone()),
            stage: text("StageName")?,
            state,
            probability: row.at("Probability").decimal()?.map(|percent| percent * Decimal::new(1, 2)),
            amount: row.at("Amount").decimal()?,
            currency: text(CURRENCY)?.or_else(|| self.slice.account.currency.clone()),
            owner: text("OwnerId")?,
            created: row.at("CreatedDate").instant()?.map(|at| at.date_naive()),
            closed: close_date.filter(|_| is_closed),
            changed_at: row.at("SystemModstamp").instant()?,
            attributes,
            ..DealRecord::new(origin.clone(), id)
        })
    }

    fn lead(&self, id: String, row: &Node<'_>, origin: &Origin) -> Result<PartyRecord> {
        let created_at = row.at("CreatedDate").instant()?;
        let mut entered: BTreeMap<_, _> = self.statuses.of(&id, created_at);
        entered.extend(created_at.map(|at| (LifecycleStage::Lead, at)));
        if row.at("IsConverted").boolean()? == Some(true) {
            // A plain day, which stays the same in UTC.
            let at = row.at("ConvertedDate").instant()?;
            entered.extend(at.map(|at| (LifecycleStage::Converted, at)));
        }
        Ok(PartyRecord {
            stage: row.at("Status").filled()?,
            entered,
            created_at,
            changed_at: row.at("SystemModstamp").instant()?,
            attributes: self.attributes(row, &["Status"])?,
            ..PartyRecord::new(origin.clone(), CrmKind::Lead, id)
        })
    }

    /// Fields that were asked for and have no place of their own. What was not asked for is not kept: it may be about a
    /// person.
    fn attributes(&self, row: &Node<'_>, but: &[&str]) -> Result<Map<String, Value>> {
        let asked = row.object()?.into_iter().flatten().map(|(name, _)| name.as_str());
        let mut left_out: Vec<&str> = asked.filter(|name| !self.object.has(name)).collect();
        left_out.extend(["Id", "CreatedDate", "SystemModstamp", "IsDeleted"]);
        left_out.extend(but);
        attributes(row, &left_out)
    }
}

/// What kind of record an object is.
pub(super) fn kind(object: &Object) -> CrmKind {
    if object.name == "Lead" { CrmKind::Lead } else { CrmKind::Deal }
}

/// What became of a deal; none where the profile sees neither field.
fn state(is_closed: Option<bool>, is_won: Option<bool>) -> Option<DealState> {
    match (is_closed, is_won) {
        (_, Some(true)) => Some(DealState::Won),
        (Some(true), Some(false)) => Some(DealState::Lost),
        (Some(true), None) => Some(DealState::Closed),
        (Some(false), _) => Some(DealState::Open),
        (None, _) => None,
    }
}

/// What a lead became.
fn links(id: &str, row: &Node<'_>, origin: &Origin) -> Result<Vec<LinkRecord>> {
    let targets = [("ConvertedOpportunityId", CrmKind::Deal), ("ConvertedContactId", CrmKind::Contact)];
    let mut links = Vec::new();
    for (field, kind) in targets {
        links.extend(row.at(field).filled()?.map(|target| LinkRecord {
            origin: origin.clone(),
            from: (CrmKind::Lead, id.to_owned()),
            to: (kind, target),
            role: "converted".into(),
        }));
    }
    Ok(links)
}

/// Records that were deleted.
pub(super) fn deleted(slice: &Slice<'_>, object: &Object, batch: Batch) -> Result<Page> {
    let origin = Origin::new(slice, batch.raw.fetched_at);
    crate::mapping::needed_page(batch, "/deletedRecords", |row, records| {
        let at = row.at("deletedDate").instant()?;
        let gone = TombstoneRecord::new(origin.clone(), kind(object), row.at("id").need_text()?, at);
        records.push(CrmRecord::Tombstone(gone).into());
        Ok(())
    })
}
