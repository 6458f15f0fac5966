//! Descriptions become entities, counts of days become facts.

use super::choice::Kind;
use super::reports::{days_of, per_day};
use crate::connector::Slice;
use crate::error::Result;
use crate::http::{Batch, Node};
use crate::mapping::{self, Form, attributes, entity, fact, needed_page, values};
use crate::record::{EntityRecord, FactRecord, Page, Record};
use crate::totals::Totals;
use chrono::NaiveDate;
use chrono_tz::Tz;
use metrics::Metric;
use model::entities::EntityKind;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The account itself. Who answers for it and where they live is not kept.
pub(super) fn account(slice: &Slice<'_>, row: &Node<'_>) -> Result<Record> {
    const KEPT: &[&str] = &["industry", "locale", "test_account", "preferred_currency"];
    let mut attributes = attributes(&row.at("attributes"), &[])?;
    attributes.retain(|name, _| KEPT.contains(&name.as_str()));
    Ok(Record::Entity(mapping::account(slice, attributes)))
}

/// A kind of event.
pub(super) fn metric(slice: &Slice<'_>, row: &Node<'_>) -> Result<Record> {
    let Kind { id, name, source, category } = super::choice::kind(row)?;
    let name = Some(name).filter(|name| !name.trim().is_empty());
    let mut metric = entity(slice, EntityKind::Event, id, name);
    for (name, text) in [("integration", source), ("category", category)] {
        if !text.is_empty() {
            metric.attributes.insert(name.to_owned(), json!(text));
        }
    }
    Ok(Record::Entity(metric))
}

/// A thing with a name and a state below `attributes`.
pub(super) fn described(slice: &Slice<'_>, kind: EntityKind, row: &Node<'_>) -> Result<EntityRecord> {
    let described = row.at("attributes");
    let thing = entity(slice, kind, row.at("id").need_text()?, described.at("name").filled()?);
    let attributes = attributes(&described, &["name", "status", "profile_count"])?;
    Ok(EntityRecord { status: described.at("status").filled()?, attributes, ..thing })
}

/// Campaigns of a channel, and their messages, which come along.
pub(super) fn campaigns(slice: &Slice<'_>, channel: &str, batch: Batch) -> Result<Page> {
    let root = Node::root(&batch.value, "$");
    let mut owners = HashMap::new();
    root.at("data").each(|row| {
        let id = row.at("id").need_text()?;
        row.at("relationships").at("campaign-messages").at("data").each(|message| {
            owners.insert(message.at("id").need_text()?, id.clone());
            Ok(())
        })?;
        Ok(())
    })?;
    let mut messages = Vec::new();
    root.at("included").each(|row| {
        let owner = row.at("id").text()?.and_then(|id| owners.get(&id));
        if let (Some("campaign-message"), Some(owner)) = (row.at("type").text()?.as_deref(), owner) {
            messages.push(Record::Entity(message(slice, owner, row)?));
        }
        Ok(())
    })?;
    let mut page = needed_page(batch, super::fetch::ROWS, |row, records| {
        let mut campaign = described(slice, EntityKind::Campaign, row)?;
        campaign.attributes.insert("channel".into(), json!(channel));
        let lists = row.at("attributes").at("audiences").at("included").value().cloned();
        campaign.attributes.extend(lists.map(|lists| ("audiences".to_owned(), lists)));
        records.push(Record::Entity(campaign));
        Ok(())
    })?;
    page.records.extend(messages);
    Ok(page)
}

fn message(slice: &Slice<'_>, campaign: &str, row: &Node<'_>) -> Result<EntityRecord> {
    let described = row.at("attributes");
    let definition = described.at("definition");
    let texts = [
        described.at("label").filled()?,
        definition.at("label").filled()?,
        described.at("content").at("subject").filled()?,
        definition.at("content").at("subject").filled()?,
    ];
    let name = texts.into_iter().flatten().next();
    let message = entity(slice, EntityKind::Email, row.at("id").need_text()?, name);
    let parent = Some((EntityKind::Campaign, campaign.to_owned()));
    Ok(EntityRecord { parent, ..message })
}

/// How many profiles are in a list on the day of the pull, where the vendor counts them.
pub(super) fn profiles(slice: &Slice<'_>, body: &Value, today: NaiveDate) -> Result<Option<Record>> {
    const COUNT: &[mapping::Measure] = &[(Metric::Subscribers, &["profile_count"], Form::Whole)];
    let root = Node::root(body, "$");
    let row = root.at("data");
    let values = values(&row.at("attributes"), COUNT)?;
    let fact = fact(slice, EntityKind::List, row.at("id").need_text()?, today);
    Ok((!values.is_empty()).then_some(Record::Fact(FactRecord { values, ..fact })))
}

/// Events of one kind per day, as a figure of the account. The dates are kept as they are written.
pub(super) fn aggregates(
    slice: &Slice<'_>,
    (kind, metric): (&str, Metric),
    batch: Batch,
    totals: &mut Totals,
) -> Result<Page> {
    let root = Node::root(&batch.value, "$");
    let days = days_of(&root.at("data").at("attributes").at("dates"))?;
    needed_page(batch, "/data/attributes/data", |row, _| {
        let part =
            vec![kind.to_owned(), row.at("dimensions").value().map(Value::to_string).unwrap_or_default()];
        for (day, count) in per_day(&row.at("measurements").at("count"), &days, Form::Whole)? {
            if slice.days.contains(day) {
                let fact = fact(slice, EntityKind::Account, slice.account.id.clone(), day);
                totals.add(part.clone(), FactRecord { values: vec![(metric, count)], ..fact });
            }
        }
        Ok(())
    })
}

/// Events per kind and day of the account, each once.
#[derive(Debug, Default)]
pub(super) struct Events {
    known: HashSet<String>,
    counts: BTreeMap<(String, NaiveDate), BTreeMap<&'static str, u64>>,
}

impl Events {
    pub(super) fn take(&mut self, slice: &Slice<'_>, zone: Tz, row: &Node<'_>) -> Result<()> {
        let kind = row.at("relationships").at("metric").at("data").at("id").need_text()?;
        let described = row.at("attributes");
        let at = described.at("datetime");
        let at = at.instant()?.ok_or_else(|| at.drift("it is missing, so the event belongs to no day"))?;
        let day = crate::moments::day_in(at, zone);
        if !slice.days.contains(day) || !self.known.insert(row.at("id").need_text()?) {
            return Ok(());
        }
        let counts = self.counts.entry((kind, day)).or_default();
        *counts.entry("events").or_default() += 1;
        let properties = described.at("event_properties");
        match properties.at("Bounce Type").value().and_then(Value::as_str) {
            Some("Hard") => *counts.entry("hard_bounces").or_default() += 1,
            Some("Soft") => *counts.entry("soft_bounces").or_default() += 1,
            _ => {}
        }
        Ok(())
    }

    /// Counts without a metric of ours: what they stand for is in the reports, by the day of the sending.
    pub(super) fn records(self, slice: &Slice<'_>) -> Vec<Record> {
        let record = |((kind, day), counts): ((String, NaiveDate), BTreeMap<&'static str, u64>)| {
            let fact = fact(slice, EntityKind::Event, kind, day);
            let extra = counts.into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect();
            Record::Fact(FactRecord { extra, ..fact })
        };
        self.counts.into_iter().map(record).collect()
    }
}
