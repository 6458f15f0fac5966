//! Descriptions become entities, and counts become facts.

use crate::connector::Slice;
use crate::email;
use crate::error::Result;
use crate::http::{Batch, Node};
use crate::mapping::{self, Form, Measure, Seen, attributes, entity, fact};
use crate::record::{EntityRecord, FactRecord, Record};
use chrono::{DateTime, NaiveDate, Utc};
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Counts of summaries, as text. Opens and clicks are counted once per recipient there.
pub(super) const SUMMARY: &[Measure] = &[
    (Metric::EmailsSent, &["sends"], Form::Whole),
    (Metric::UniqueOpens, &["opens"], Form::Whole),
    (Metric::UniqueClicks, &["clicks"], Form::Whole),
    (Metric::Bounces, &["bounces"], Form::Whole),
    (Metric::Unsubscribes, &["optouts"], Form::Whole),
    (Metric::SpamComplaints, &["abuse"], Form::Whole),
];

/// Counts of statistics. Campaigns and activities spell some of them differently.
const STATISTICS: &[Measure] = &[
    (Metric::EmailsSent, &["em_sends"], Form::Whole),
    (Metric::Opens, &["em_opens_all", "em_opens.all"], Form::Whole),
    (Metric::UniqueOpens, &["em_opens"], Form::Whole),
    (Metric::Clicks, &["em_clicks_all", "em_clicks.all"], Form::Whole),
    (Metric::UniqueClicks, &["em_clicks"], Form::Whole),
    (Metric::Bounces, &["em_bounces"], Form::Whole),
    (Metric::Unsubscribes, &["em_optouts"], Form::Whole),
    (Metric::SpamComplaints, &["em_abuse"], Form::Whole),
];

/// Which bounces are for good is our reading: an address that is none, or none that can be delivered to.
const HARD: &[&str] = &["nonexist_address", "undeliverable"];

/// Bounces for now.
const SOFT: &[&str] = &["blocked", "mailbox_full", "suspended", "vacation", "other"];

/// What campaigns have come to, by their ids; none under those that were never sent. A campaign that is listed twice, because
/// the list moved on while it was read, counts as it was listed last.
#[derive(Default)]
pub(super) struct Summaries {
    known: BTreeMap<String, Option<FactRecord>>,
    /// Their ids as they were listed.
    order: Vec<String>,
    seen: Seen,
}

impl Summaries {
    /// Takes a page; gives its rows.
    pub(super) fn add(&mut self, slice: &Slice<'_>, batch: &Batch) -> Result<u64> {
        let root = Node::root(&batch.value, "$");
        let list = root.at("bulk_email_campaign_summaries");
        if list.is_absent() {
            return Err(list.drift("it is missing"));
        }
        let count = list.each(|row| {
            let id = row.at("campaign_id").need_text()?;
            let counts = row.at("unique_counts");
            self.seen.fields_of(&counts)?;
            let day = row.at("last_sent_date").instant()?.map(|at| at.date_naive());
            let summary = day.map(|day| summary(slice, &id, day, &counts)).transpose()?;
            if self.known.insert(id.clone(), summary).is_none() {
                self.order.push(id);
            }
            Ok(())
        })?;
        Ok(count as u64)
    }

    /// The campaigns of the days of the slice as they were listed, and what never came.
    pub(super) fn finish(mut self, slice: &Slice<'_>) -> (Vec<(String, FactRecord)>, Vec<Record>) {
        let warnings = self.seen.missing_measures(slice, SUMMARY).into_iter().map(Record::Warning).collect();
        let known = &mut self.known;
        let dated =
            self.order.into_iter().filter_map(|id| known.remove(&id).flatten().map(|fact| (id, fact)));
        (dated.filter(|(_, fact)| slice.days.contains(fact.date)).collect(), warnings)
    }
}

fn summary(slice: &Slice<'_>, id: &str, day: NaiveDate, counts: &Node<'_>) -> Result<FactRecord> {
    let mut row = fact(slice, EntityKind::Campaign, id.to_owned(), day);
    row.values = mapping::values(counts, SUMMARY)?;
    email::derive(&mut row.values);
    row.extra = others(counts, SUMMARY)?;
    Ok(row)
}

/// Counts without a canonical name.
fn others(counts: &Node<'_>, measures: &[Measure]) -> Result<Map<String, Value>> {
    let is_measure = |name: &str| measures.iter().any(|(_, fields, _)| fields.contains(&name));
    let fields = counts.object()?.into_iter().flatten();
    let others = fields.filter(|(name, value)| !is_measure(name) && !value.is_null());
    Ok(others.map(|(name, value)| (name.replace('.', "_"), value.clone())).collect())
}

/// Statistics of a campaign or activity, put into the row.
pub(super) fn statistics(counts: &Node<'_>, mut row: FactRecord) -> Result<FactRecord> {
    row.values = mapping::values(counts, STATISTICS)?;
    // What was delivered follows from what the vendor counts as bounces, never from our sorts of them.
    if row.values.iter().any(|(metric, _)| *metric == Metric::Bounces) {
        email::derive(&mut row.values);
    }
    for (metric, kinds) in [(Metric::HardBounces, HARD), (Metric::SoftBounces, SOFT)] {
        row.values.extend(bounces(counts, kinds)?.map(|count| (metric, count)));
    }
    row.extra = others(counts, STATISTICS)?;
    Ok(row)
}

/// The sum of the kinds that are there; none where none is.
fn bounces(counts: &Node<'_>, kinds: &[&str]) -> Result<Option<Decimal>> {
    let mut sum = None;
    for kind in kinds {
        let names = [format!("em_bounces_{kind}"), format!("em_bounces.{kind}")];
        for name in &names {
            if let Some(count) = counts.at(name).integer()? {
                sum = Some(sum.unwrap_or_default() + Decimal::from(count));
                break;
            }
        }
    }
    Ok(sum)
}

/// What the statistics of a campaign add to its summary: each figure exists once.
pub(super) fn beside(summary: &FactRecord, statistics: FactRecord) -> Option<FactRecord> {
    let is_new = |metric: &Metric| !summary.values.iter().any(|(known, _)| known == metric);
    let values: Vec<_> = statistics.values.into_iter().filter(|(metric, _)| is_new(metric)).collect();
    (!values.is_empty()).then_some(FactRecord { values, ..statistics })
}

/// The account itself, without the people behind it.
pub(super) fn account(slice: &Slice<'_>, summary: &Node<'_>) -> Result<Record> {
    const PLAIN: &[&str] = &["organization_name", "time_zone_id", "country_code", "state_code", "website"];
    let attributes = attributes(summary, &[])?.into_iter().filter(|(name, _)| PLAIN.contains(&name.as_str()));
    Ok(Record::Entity(mapping::account(slice, attributes.collect())))
}

/// A campaign; `REMOVED` is a state.
pub(super) fn campaign(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let attributes = attributes(row, &["campaign_id", "name", "current_status"])?;
    let id = row.at("campaign_id").need_text()?;
    let campaign = entity(slice, EntityKind::Campaign, id, row.at("name").filled()?);
    let status = row.at("current_status").filled()?;
    records.push(Record::Entity(EntityRecord { status, attributes, ..campaign }));
    Ok(())
}

/// A list, and how many are on it on the day of the pull.
pub(super) fn list(
    slice: &Slice<'_>,
    now: DateTime<Utc>,
    row: &Node<'_>,
    records: &mut Vec<Record>,
) -> Result<()> {
    let id = row.at("list_id").need_text()?;
    let attributes = attributes(row, &["list_id", "name", "membership_count"])?;
    let is_deleted = row.at("deleted_at").filled()?.is_some();
    let status = is_deleted.then(|| "deleted".to_owned());
    let list = entity(slice, EntityKind::List, id.clone(), row.at("name").filled()?);
    records.push(Record::Entity(EntityRecord { status, attributes, ..list }));
    if let Some(count) = row.at("membership_count").integer()? {
        let mut level = fact(slice, EntityKind::List, id, now.date_naive());
        level.values.push((Metric::Subscribers, Decimal::from(count)));
        records.push(Record::Fact(level));
    }
    Ok(())
}
