//! Descriptions become entities, and statistics of e-mails become facts.

use crate::connector::Slice;
use crate::error::Result;
use crate::http::node::snake_case;
use crate::http::{Batch, Node};
use crate::mapping::{self, attributes, entity, fact};
use crate::record::{EntityRecord, FactRecord, Page, Record};
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;

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

/// Maps each row of a page.
pub(super) fn page(batch: Batch, row: impl FnMut(&Node<'_>, &mut Vec<Record>) -> Result<()>) -> Result<Page> {
    mapping::needed_page(batch, "/results", row)
}

/// The portal itself.
pub(super) fn account(slice: &Slice<'_>, details: &Node<'_>) -> Result<Record> {
    let attributes = attributes(details, &["portalId"])?;
    Ok(Record::Entity(mapping::account(slice, attributes)))
}

/// A person who owns records. The address is not kept where there is a name.
pub(super) fn owner(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let words = [row.at("firstName").filled()?, row.at("lastName").filled()?];
    let name = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = if name.is_empty() { row.at("email").filled()? } else { Some(name) };
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
        let named = entity(slice, kind, node.at("id").need_text()?, node.at("label").filled()?);
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
    let email = entity(slice, EntityKind::Campaign, row.at("id").need_text()?, row.at("name").filled()?);
    records.push(Record::Entity(EntityRecord { status: row.at("state").filled()?, attributes, ..email }));
    Ok(())
}

/// A form.
pub(super) fn form(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let attributes = attributes(row, &["id", "name"])?;
    let form = entity(slice, EntityKind::Form, row.at("id").need_text()?, row.at("name").filled()?);
    records.push(Record::Entity(EntityRecord { attributes, ..form }));
    Ok(())
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
