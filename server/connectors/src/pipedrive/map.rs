//! Descriptions become entities, persons and leads become records without names, activities become counts.

use crate::connector::Slice;
use crate::crm::{CrmKind, CrmRecord, LifecycleStage, Origin, PartyRecord, TombstoneRecord};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Batch, Node};
use crate::mapping::{self, attributes, entity};
use crate::record::{EntityRecord, Page, Record};
use chrono::NaiveDate;
use model::entities::EntityKind;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};

/// Maps each row of a page. An empty list of the first version is `null`; without any the answer is not understood.
pub(super) fn page(batch: Batch, row: impl FnMut(&Node<'_>, &mut Vec<Record>) -> Result<()>) -> Result<Page> {
    checked(&batch.value)?;
    mapping::page(batch, "/data", row)
}

/// Refuses what says that it failed, and what holds nothing.
pub(super) fn checked(body: &Value) -> Result<()> {
    if body.get("success") == Some(&Value::Bool(false)) {
        let said = body.get("error").and_then(Value::as_str).unwrap_or("no reason is given");
        let message = format!("Pipedrive rejects the request: {}.", said.trim_end_matches('.'));
        return Err(Error::new(ErrorKind::Rejected, message));
    }
    if body.get("data").is_none() {
        return Err(Error::drift("data", "it is missing"));
    }
    Ok(())
}

/// A yes or no, also as 0 and 1.
pub(super) fn is_set(node: &Node<'_>) -> Result<Option<bool>> {
    match node.value() {
        Some(Value::Number(number)) => Ok(Some(number.as_str() != "0")),
        _ => node.boolean(),
    }
}

/// An id; the first version gives some as objects.
pub(super) fn id_of(node: &Node<'_>) -> Result<Option<String>> {
    match node.value() {
        Some(Value::Object(_)) => match node.at("value").filled()? {
            Some(id) => Ok(Some(id)),
            None => node.at("id").filled(),
        },
        _ => node.filled(),
    }
}

/// The owner's id, by the name of either version.
pub(super) fn owner_of(row: &Node<'_>) -> Result<Option<String>> {
    match id_of(&row.at("owner_id"))? {
        Some(id) => Ok(Some(id)),
        None => id_of(&row.at("user_id")),
    }
}

/// The company. The reply is about a person, too, of whom nothing is kept.
pub(super) fn account(slice: &Slice<'_>, me: &Node<'_>) -> Result<Record> {
    let mut known = attributes(me, &[])?;
    known.retain(|name, _| {
        matches!(name.as_str(), "company_name" | "company_domain" | "company_country" | "company_industry")
            || matches!(name.as_str(), "default_currency" | "timezone_name" | "timezone_offset")
    });
    Ok(Record::Entity(mapping::account(slice, known)))
}

/// The company's currencies, as one attribute of it.
pub(super) fn currencies(slice: &Slice<'_>, batch: Batch) -> Result<Page> {
    let mut places = Map::new();
    let mut page = page(batch, |row, _| {
        let code = row.at("code").need_text()?;
        let is_active = is_set(&row.at("active_flag"))?;
        places.insert(
            code,
            json!({ "decimal_points": row.at("decimal_points").integer()?, "is_active": is_active }),
        );
        Ok(())
    })?;
    let known = [("currencies".to_owned(), Value::Object(places))].into_iter().collect();
    page.records.push(Record::Entity(mapping::account(slice, known)));
    Ok(page)
}

/// A person who owns deals; of the rest only what is no personal matter.
pub(super) fn user(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let is_gone = is_set(&row.at("is_deleted"))? == Some(true);
    let is_active = is_set(&row.at("active_flag"))?.unwrap_or(true);
    let status = if is_gone {
        Some("deleted")
    } else if is_active {
        None
    } else {
        Some("inactive")
    };
    let mut known = attributes(row, &[])?;
    known.retain(|name, _| matches!(name.as_str(), "timezone_name" | "role_id" | "is_admin" | "locale"));
    let owner = entity(slice, EntityKind::Owner, row.at("id").need_text()?, row.at("name").filled()?);
    records.push(Record::Entity(EntityRecord {
        status: status.map(str::to_owned),
        attributes: known,
        ..owner
    }));
    Ok(())
}

/// A pipeline.
pub(super) fn pipeline(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    records.push(Record::Entity(named(slice, EntityKind::Pipeline, row)?));
    Ok(())
}

/// A stage, below its pipeline.
pub(super) fn stage(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let stage = named(slice, EntityKind::Stage, row)?;
    let pipeline = row.at("pipeline_id").filled()?.map(|id| (EntityKind::Pipeline, id));
    records.push(Record::Entity(EntityRecord { parent: pipeline.or(stage.parent.clone()), ..stage }));
    Ok(())
}

fn named(slice: &Slice<'_>, kind: EntityKind, row: &Node<'_>) -> Result<EntityRecord> {
    const OWN: &[&str] = &["id", "name", "pipeline_id", "is_deleted", "add_time", "update_time"];
    let thing = entity(slice, kind, row.at("id").need_text()?, row.at("name").filled()?);
    let is_gone = is_set(&row.at("is_deleted"))?.unwrap_or(false);
    let status = is_gone.then(|| "deleted".to_owned());
    Ok(EntityRecord { status, attributes: attributes(row, OWN)?, ..thing })
}

/// A person or organization. Of persons neither name nor address is kept.
pub(super) fn party(origin: &Origin, kind: CrmKind, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    const KEPT: &[&str] = &["label_ids", "visible_to", "industry", "annual_revenue", "employee_count"];
    let id = row.at("id").need_text()?;
    if is_gone(row)? {
        let gone = TombstoneRecord::new(origin.clone(), kind, id, row.at("update_time").instant()?);
        records.push(CrmRecord::Tombstone(gone).into());
        return Ok(());
    }
    let mut known = attributes(row, &[])?;
    known.retain(|name, _| KEPT.contains(&name.as_str()));
    known.extend(id_of(&row.at("org_id"))?.map(|id| ("org_id".to_owned(), Value::String(id))));
    let name = if kind == CrmKind::Company { row.at("name").filled()? } else { None };
    records.push(
        CrmRecord::Party(PartyRecord {
            name,
            owner: owner_of(row)?,
            created_at: row.at("add_time").instant()?,
            changed_at: row.at("update_time").instant()?,
            attributes: known,
            ..PartyRecord::new(origin.clone(), kind, id)
        })
        .into(),
    );
    Ok(())
}

/// Whether a row says that it was deleted, in the words of either version.
pub(super) fn is_gone(row: &Node<'_>) -> Result<bool> {
    if is_set(&row.at("is_deleted"))? == Some(true) || is_set(&row.at("deleted"))? == Some(true) {
        return Ok(true);
    }
    Ok(is_set(&row.at("active_flag"))? == Some(false))
}

/// A lead. Its title is mostly a person's name, so it is not kept.
pub(super) fn lead(origin: &Origin, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    const KEPT: &[&str] =
        &["label_ids", "is_archived", "source_name", "origin", "channel", "expected_close_date"];
    let made = row.at("add_time").instant()?;
    let mut known = attributes(row, &[])?;
    known.retain(|name, _| KEPT.contains(&name.as_str()));
    let value = row.at("value");
    let links = [
        ("amount", value.at("amount").decimal()?.map(|amount| amount.to_string())),
        ("currency", value.at("currency").filled()?),
        ("person_id", id_of(&row.at("person_id"))?),
        ("organization_id", id_of(&row.at("organization_id"))?),
    ];
    known.extend(links.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into()))));
    records.push(
        CrmRecord::Party(PartyRecord {
            entered: made.map(|at| (LifecycleStage::Lead, at)).into_iter().collect(),
            owner: owner_of(row)?,
            created_at: made,
            changed_at: row.at("update_time").instant()?,
            attributes: known,
            ..PartyRecord::new(origin.clone(), CrmKind::Lead, row.at("id").need_text()?)
        })
        .into(),
    );
    Ok(())
}

/// Activities that were done, counted by day.
#[derive(Debug, Default)]
pub(super) struct Done {
    known: HashSet<String>,
    days: BTreeMap<NaiveDate, u64>,
}

impl Done {
    /// Counts those of the slice's days, each once. One that was opened again is not done, whenever it was.
    pub(super) fn count(&mut self, slice: &Slice<'_>, row: &Node<'_>) -> Result<()> {
        let id = row.at("id").need_text()?;
        let Some(at) = row.at("marked_as_done_time").instant()? else { return Ok(()) };
        let day = at.date_naive();
        if is_set(&row.at("done"))? == Some(false) || is_gone(row)? || !slice.days.contains(day) {
            return Ok(());
        }
        if self.known.insert(id) {
            *self.days.entry(day).or_default() += 1;
        }
        Ok(())
    }

    /// A row per day.
    pub(super) fn page(self, slice: &Slice<'_>) -> Page {
        let fact = |(day, count): (NaiveDate, u64)| {
            let mut fact = mapping::fact(slice, EntityKind::Account, slice.account.id.clone(), day);
            fact.extra.insert("activities_done".into(), count.into());
            Record::Fact(fact)
        };
        Page { records: self.days.into_iter().map(fact).collect(), ..Page::default() }
    }
}
