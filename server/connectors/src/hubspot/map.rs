//! Descriptions become entities, and statistics of e-mails become facts.

use crate::connector::Slice;
use crate::error::Result;
use crate::http::node::snake_case;
use crate::http::{Batch, Node};
use crate::record::{EntityRecord, FactRecord, Page, Record};
use chrono::NaiveDate;
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Counters of e-mails. Opens and clicks are counted once per recipient: the vendor divides them by the delivered.
const COUNTERS: &[(&str, Metric)] = &[
    ("sent", Metric::EmailsSent),
    ("delivered", Metric::Delivered),
    ("open", Metric::UniqueOpens),
    ("click", Metric::UniqueClicks),
    ("bounce", Metric::Bounces),
    ("hardbounced", Metric::HardBounces),
    ("softbounced", Metric::SoftBounces),
    ("unsubscribed", Metric::Unsubscribes),
    ("spamreport", Metric::SpamComplaints),
];

/// Maps each row of a page; `row` puts its records behind those of the rows before.
pub(super) fn page(
    batch: Batch,
    mut row: impl FnMut(&Node<'_>, &mut Vec<Record>) -> Result<()>,
) -> Result<Page> {
    let root = Node::root(&batch.value, "$");
    let results = root.at("results");
    if results.is_absent() {
        return Err(results.drift("it is missing"));
    }
    let rows = results.array()?.len();
    let mut records = Vec::with_capacity(rows);
    for index in 0..rows {
        row(&results.nth(index), &mut records)?;
    }
    Ok(Page { records, rows: rows as u64, raw: Some(batch.raw) })
}

/// A text that is not blank.
pub(super) fn filled(node: &Node<'_>) -> Result<Option<String>> {
    Ok(node.text()?.filter(|text| !text.trim().is_empty()))
}

/// Plain fields besides those that have a place of their own; nested ones are left to the raw page.
pub(super) fn attributes(node: &Node<'_>, but: &[&str]) -> Result<Map<String, Value>> {
    let is_plain = |value: &Value| match value {
        Value::Null | Value::Object(_) => false,
        Value::Array(items) => items.iter().all(|i| !i.is_array() && !i.is_object()),
        Value::String(text) => !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    };
    let fields = node.object()?.into_iter().flatten();
    let kept = fields.filter(|(name, value)| !but.contains(&name.as_str()) && is_plain(value));
    Ok(kept.map(|(name, value)| (snake_case(name), value.clone())).collect())
}

fn entity(slice: &Slice<'_>, kind: EntityKind, id: String, name: Option<String>) -> EntityRecord {
    EntityRecord {
        stream: slice.stream.name,
        account: slice.account.id.clone(),
        kind,
        name: name.unwrap_or_else(|| id.clone()),
        id,
        parent: (kind != EntityKind::Account).then(|| (EntityKind::Account, slice.account.id.clone())),
        status: None,
        attributes: Map::new(),
    }
}

/// The portal itself.
pub(super) fn account(slice: &Slice<'_>, details: &Node<'_>) -> Result<Record> {
    let attributes = attributes(details, &["portalId"])?;
    let portal =
        entity(slice, EntityKind::Account, slice.account.id.clone(), Some(slice.account.name.clone()));
    Ok(Record::Entity(EntityRecord { attributes, ..portal }))
}

/// A person who owns records. The address is not kept where there is a name.
pub(super) fn owner(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let words = [filled(&row.at("firstName"))?, filled(&row.at("lastName"))?];
    let name = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = if name.is_empty() { filled(&row.at("email"))? } else { Some(name) };
    let is_archived = row.at("archived").boolean()?.unwrap_or(false);
    let attributes = attributes(row, &["id", "firstName", "lastName", "email", "archived"])?;
    let owner = entity(slice, EntityKind::Owner, row.at("id").need_text()?, name);
    let status = is_archived.then(|| "archived".to_owned());
    records.push(Record::Entity(EntityRecord { status, attributes, ..owner }));
    Ok(())
}

/// A pipeline, and its stages below it.
pub(super) fn pipeline(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    const OWN: &[&str] = &["id", "label", "archived", "createdAt", "updatedAt"];
    let named = |kind, node: &Node<'_>| -> Result<EntityRecord> {
        let named = entity(slice, kind, node.at("id").need_text()?, filled(&node.at("label"))?);
        let is_archived = node.at("archived").boolean()?.unwrap_or(false);
        let attributes = attributes(node, OWN)?;
        Ok(EntityRecord { status: is_archived.then(|| "archived".to_owned()), attributes, ..named })
    };
    let pipeline = named(EntityKind::Pipeline, row)?;
    let parent = Some((EntityKind::Pipeline, pipeline.id.clone()));
    records.push(Record::Entity(pipeline));
    let stages = row.at("stages");
    for index in 0..stages.array()?.len() {
        let node = stages.nth(index);
        let mut stage = EntityRecord { parent: parent.clone(), ..named(EntityKind::Stage, &node)? };
        stage.attributes.extend(attributes(&node.at("metadata"), &[])?);
        records.push(Record::Entity(stage));
    }
    Ok(())
}

/// A marketing e-mail. The key of its preview opens it for anybody, so it is not kept.
pub(super) fn email(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let attributes = attributes(row, &["id", "name", "state", "previewKey"])?;
    let email = entity(slice, EntityKind::Campaign, row.at("id").need_text()?, filled(&row.at("name"))?);
    records.push(Record::Entity(EntityRecord { status: filled(&row.at("state"))?, attributes, ..email }));
    Ok(())
}

/// A form.
pub(super) fn form(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let attributes = attributes(row, &["id", "name"])?;
    let form = entity(slice, EntityKind::Form, row.at("id").need_text()?, filled(&row.at("name"))?);
    records.push(Record::Entity(EntityRecord { attributes, ..form }));
    Ok(())
}

/// A row without values yet.
pub(super) fn fact(slice: &Slice<'_>, kind: EntityKind, entity: String, date: NaiveDate) -> FactRecord {
    FactRecord {
        stream: slice.stream.name,
        account: slice.account.id.clone(),
        kind,
        entity,
        date,
        hour: None,
        breakdown: BTreeMap::new(),
        currency: None,
        values: Vec::new(),
        extra: Map::new(),
    }
}

/// An interval of an e-mail's histogram: the day keeps the date at which the interval starts, as it is written.
pub(super) fn interval(
    slice: &Slice<'_>,
    email: &str,
    row: &Node<'_>,
    records: &mut Vec<Record>,
) -> Result<()> {
    let interval = row.at("interval");
    let start = interval.at("start");
    let day =
        start.written_day()?.ok_or_else(|| start.drift("the day is missing, so the row belongs nowhere"))?;
    if !slice.days.contains(day) {
        return Ok(());
    }
    let aggregations = row.at("aggregations");
    let row = fact(slice, EntityKind::Campaign, email.to_owned(), day);
    records.extend(counted(&aggregations.at("counters"), row)?.map(Record::Fact));
    Ok(())
}

/// The fact with its counters; none where there is not one.
pub(super) fn counted(counters: &Node<'_>, mut fact: FactRecord) -> Result<Option<FactRecord>> {
    for (name, value) in counters.object()?.into_iter().flatten() {
        match COUNTERS.iter().find(|(known, _)| known == name) {
            Some((_, metric)) => {
                let count = counters.at(name).integer()?.map(Decimal::from);
                fact.values.extend(count.map(|count| (*metric, count)));
            }
            None if value.is_null() => {}
            None => {
                fact.extra.insert(snake_case(name), value.clone());
            }
        }
    }
    Ok((!fact.values.is_empty() || !fact.extra.is_empty()).then_some(fact))
}
