//! Descriptions become entities, leads and contacts become records without names, campaigns become facts.

use super::streams::Module;
use crate::connector::Slice;
use crate::crm::{CrmKind, CrmRecord, LifecycleStage, LinkRecord, Origin, PartyRecord, TombstoneRecord};
use crate::error::Result;
use crate::http::{Batch, Node};
use crate::mapping::{self, entity, fact};
use crate::record::{EntityRecord, Page, Record};
use chrono::{DateTime, Utc};
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Maps each row of a page. Nothing at all (204, 304) is an empty page; an answer without its list is not understood.
pub(super) fn page(
    batch: Batch,
    rows: &str,
    row: impl FnMut(&Node<'_>, &mut Vec<Record>) -> Result<()>,
) -> Result<Page> {
    let pointer = format!("/{rows}");
    if batch.value.is_null() {
        return mapping::page(batch, &pointer, row);
    }
    mapping::needed_page(batch, &pointer, row)
}

/// Plain fields besides those with a place of their own. Names are written small; those of the system are left out.
pub(super) fn attributes(node: &Node<'_>, but: &[&str]) -> Result<Map<String, Value>> {
    let mut own: Vec<&str> = but.to_vec();
    let fields = node.object()?.into_iter().flatten();
    own.extend(fields.map(|(name, _)| name.as_str()).filter(|name| name.starts_with('$')));
    let known = mapping::attributes(node, &own)?;
    let small = |name: &str| name.trim_start_matches('_').replace("__", "_");
    Ok(known.into_iter().map(|(name, value)| (small(&name), value)).collect())
}

/// Only these fields.
fn chosen(node: &Node<'_>, names: &[&str]) -> Result<Map<String, Value>> {
    let fields = node.object()?.into_iter().flatten().map(|(name, _)| name.as_str());
    let others: Vec<&str> = fields.filter(|name| !names.contains(name)).collect();
    attributes(node, &others)
}

/// The id behind a lookup.
pub(super) fn id_of(row: &Node<'_>, name: &str) -> Result<Option<String>> {
    let lookup = row.at(name);
    match lookup.value() {
        Some(Value::Object(_)) => lookup.at("id").filled(),
        _ => lookup.filled(),
    }
}

/// Ids behind lookups, as attributes.
pub(super) fn links(row: &Node<'_>, names: &[(&str, &str)]) -> Result<Map<String, Value>> {
    let mut known = Map::new();
    for (lookup, name) in names {
        known.extend(id_of(row, lookup)?.map(|id| ((*name).to_owned(), Value::String(id))));
    }
    Ok(known)
}

/// The organization itself. Of the person who made it nothing is kept.
pub(super) fn org(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    const KEPT: &[&str] =
        &["zgid", "country_code", "currency", "iso_code", "mc_status", "time_zone", "currency_locale"];
    records.push(Record::Entity(mapping::account(slice, chosen(row, KEPT)?)));
    Ok(())
}

/// The organization's currencies, as one attribute of it.
pub(super) fn currencies(slice: &Slice<'_>, batch: Batch) -> Result<Page> {
    let mut rates = Map::new();
    let mut page = page(batch, "currencies", |row, _| {
        let rate = row.at("exchange_rate").decimal()?.map(|rate| rate.to_string());
        let known = json!({
            "exchange_rate": rate, "is_base": row.at("is_base").boolean()?, "is_active": row.at("is_active").boolean()?,
        });
        rates.insert(row.at("iso_code").need_text()?, known);
        Ok(())
    })?;
    if !rates.is_empty() {
        let known = [("currencies".to_owned(), Value::Object(rates))].into_iter().collect();
        page.records.push(Record::Entity(mapping::account(slice, known)));
    }
    Ok(page)
}

/// A person who owns records; of the rest only what is no personal matter.
pub(super) fn user(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let owner = entity(slice, EntityKind::Owner, row.at("id").need_text()?, row.at("full_name").filled()?);
    let status = row.at("status").filled()?;
    records.push(Record::Entity(EntityRecord { status, attributes: chosen(row, &["time_zone"])?, ..owner }));
    Ok(())
}

/// A pipeline, and its stages below it. Deals name a stage by its own value, which is not always what is shown.
pub(super) fn pipeline(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let name = row.at("display_value").filled()?;
    let pipeline = entity(slice, EntityKind::Pipeline, row.at("id").need_text()?, name);
    let parent = Some((EntityKind::Pipeline, pipeline.id.clone()));
    records.push(Record::Entity(EntityRecord {
        attributes: attributes(row, &["id", "display_value"])?,
        ..pipeline
    }));
    row.at("maps").each(|map| {
        let value = map.at("actual_value").need_text()?;
        let stage = entity(slice, EntityKind::Stage, value, map.at("display_value").filled()?);
        let attributes = attributes(map, &["actual_value", "display_value"])?;
        records.push(Record::Entity(EntityRecord { parent: parent.clone(), attributes, ..stage }));
        Ok(())
    })?;
    Ok(())
}

/// Something that was deleted, for a while or for ever.
pub(super) fn deleted(
    slice: &Slice<'_>,
    origin: &Origin,
    module: &Module,
    row: &Node<'_>,
    records: &mut Vec<Record>,
) -> Result<()> {
    let id = row.at("id").need_text()?;
    records.push(match module.kind {
        Some(kind) => {
            let at = row.at("deleted_time").instant()?;
            CrmRecord::Tombstone(TombstoneRecord::new(origin.clone(), kind, id, at)).into()
        }
        None => {
            let campaign = entity(slice, EntityKind::Campaign, id, row.at("display_name").filled()?);
            Record::Entity(EntityRecord { status: Some("deleted".into()), ..campaign })
        }
    });
    Ok(())
}

/// When leads were taken for ready, by lead.
pub(super) type Ready = BTreeMap<String, BTreeMap<LifecycleStage, DateTime<Utc>>>;

/// A lead, contact or company. Of people neither name nor address is kept, not even if it comes unasked.
pub(super) fn party(
    origin: &Origin,
    kind: CrmKind,
    ready: &Ready,
    row: &Node<'_>,
    records: &mut Vec<Record>,
) -> Result<()> {
    let id = row.at("id").need_text()?;
    let made = row.at("Created_Time").instant()?;
    let is_lead = kind == CrmKind::Lead;
    let (name, links, kept): (_, &[(&str, &str)], &[&str]) = match kind {
        CrmKind::Company => (row.at("Account_Name").filled()?, &[], &["Account_Type", "Industry"]),
        CrmKind::Lead => (None, &[("Converted_Deal", "converted_deal")], &["Lead_Source"]),
        _ => (None, &[("Account_Name", "company")], &["Lead_Source"]),
    };
    let mut entered = BTreeMap::new();
    if is_lead {
        entered.extend(made.map(|at| (LifecycleStage::Lead, at)));
        entered.extend(ready.get(&id).into_iter().flatten());
        let converted = row.at("Converted_Date_Time").instant()?;
        entered.extend(converted.map(|at| (LifecycleStage::Converted, at)));
    }
    let mut attributes = chosen(row, kept)?;
    attributes.extend(self::links(row, links)?);
    if let (true, Some(converted)) = (is_lead, row.at("$converted").boolean()?) {
        attributes.insert("is_converted".into(), Value::Bool(converted));
    }
    if is_lead {
        records.extend(became(&id, row, origin)?.into_iter().map(|link| CrmRecord::Link(link).into()));
    }
    let party = PartyRecord {
        name,
        stage: if is_lead { row.at("Lead_Status").filled()? } else { None },
        entered,
        owner: id_of(row, "Owner")?,
        created_at: made,
        changed_at: row.at("Modified_Time").instant()?,
        attributes,
        ..PartyRecord::new(origin.clone(), kind, id)
    };
    records.push(CrmRecord::Party(party).into());
    Ok(())
}

/// What a lead became: by its deal it is known whether it was won.
fn became(id: &str, row: &Node<'_>, origin: &Origin) -> Result<Vec<LinkRecord>> {
    let targets = [("Converted_Deal", CrmKind::Deal), ("Converted_Contact", CrmKind::Contact)];
    let mut links = Vec::new();
    for (field, kind) in targets {
        links.extend(id_of(row, field)?.map(|target| LinkRecord {
            origin: origin.clone(),
            from: (CrmKind::Lead, id.to_owned()),
            to: (kind, target),
            role: "converted".into(),
        }));
    }
    Ok(links)
}

/// A campaign by its name and state.
pub(super) fn campaign(slice: &Slice<'_>, row: &Node<'_>) -> Result<EntityRecord> {
    const OWN: &[&str] = &["id", "Campaign_Name", "Status"];
    let name = row.at("Campaign_Name").filled()?;
    let campaign = entity(slice, EntityKind::Campaign, row.at("id").need_text()?, name);
    let mut attributes = attributes(row, OWN)?;
    attributes.retain(|name, _| !matches!(name.as_str(), "created_time" | "modified_time"));
    Ok(EntityRecord { status: row.at("Status").filled()?, attributes, ..campaign })
}

/// What a campaign cost, and how many e-mails it is planned for: totals that stand under the day of its start. Gives
/// what is written as the number, if that is no number.
pub(super) fn campaign_totals(
    slice: &Slice<'_>,
    row: &Node<'_>,
    records: &mut Vec<Record>,
) -> Result<Option<String>> {
    let start = row.at("Start_Date");
    let start = if start.filled()?.is_some() { start.day()? } else { None };
    let Some(day) = start.filter(|day| slice.days.contains(*day)) else { return Ok(None) };
    let text = row.at("Num_sent").filled()?;
    let planned = text.as_deref().and_then(count_in);
    let mut totals = fact(slice, EntityKind::Campaign, row.at("id").need_text()?, day);
    totals.values.extend(row.at("Actual_Cost").decimal()?.map(|cost| (Metric::Spend, cost)));
    totals.values.extend(planned.map(|count| (Metric::EmailsSent, count)));
    totals.currency.clone_from(&slice.account.currency);
    if !totals.values.is_empty() {
        records.push(Record::Fact(totals));
    }
    Ok(text.filter(|text| planned.is_none() && text.chars().any(|c| c != '-')))
}

/// A whole number that a person wrote: `500`, `1,500`, `500.0`. What may mean several numbers (`1.500`) is none.
fn count_in(text: &str) -> Option<Decimal> {
    let (whole, fraction) = match text.trim().split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (text.trim(), ""),
    };
    if fraction.len() > 2 || !fraction.bytes().all(|b| b == b'0') {
        return None;
    }
    let mut groups = whole.split([',', ' ', '\u{a0}', '\u{202f}', '\'']);
    let first = groups.next()?;
    let digits: String = std::iter::once(first).chain(groups.clone()).collect();
    let is_grouped = groups.all(|group| group.len() == 3);
    let is_number = !first.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    (is_number && is_grouped).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_for_a_number_is_read_with_care() {
        for (text, expected) in [
            ("500", Some("500")),
            (" 1,500 ", Some("1500")),
            ("1 234 567", Some("1234567")),
            ("500.0", Some("500")),
            ("0", Some("0")),
            ("1.500", None),
            ("1,5", None),
            ("5.5", None),
            ("about 500", None),
            ("-5", None),
            (",", None),
            ("", None),
        ] {
            assert_eq!(count_in(text).map(|count| count.to_string()).as_deref(), expected, "{text:?}");
        }
    }
}
