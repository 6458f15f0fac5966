//! Statistics become facts.

use super::streams::Statistics;
use crate::connector::Slice;
use crate::error::{Error, Result};
use crate::http::{Batch, Node};
use crate::mapping::{self, Form, Measure, Seen, attributes, entity, fact};
use crate::record::{EntityRecord, FactRecord, Page, Record};
use chrono::NaiveDate;
use metrics::Metric;
use model::entities::EntityKind;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The vendor's counters with a canonical name. `requests` are what was handed over for sending; what `SendGrid` accepted of it
/// (`processed`) stays its own field.
pub(super) const MEASURES: &[Measure] = &[
    (Metric::EmailsSent, &["requests"], Form::Whole),
    (Metric::Delivered, &["delivered"], Form::Whole),
    (Metric::Opens, &["opens"], Form::Whole),
    (Metric::UniqueOpens, &["unique_opens"], Form::Whole),
    (Metric::Clicks, &["clicks"], Form::Whole),
    (Metric::UniqueClicks, &["unique_clicks"], Form::Whole),
    (Metric::HardBounces, &["bounces"], Form::Whole),
    (Metric::SoftBounces, &["blocks"], Form::Whole),
    (Metric::SpamComplaints, &["spam_reports"], Form::Whole),
    (Metric::Unsubscribes, &["unsubscribes"], Form::Whole),
];

/// Never sent, so no bounces.
const DROPS: &[&str] = &["bounce_drops", "spam_report_drops", "unsubscribe_drops", "invalid_emails"];

/// The counters of a row; none where there is not one. Bounces are those for good and those for now together, and those for
/// good alone where the vendor does not count the others, as with single sends.
pub(super) fn counted(counters: &Node<'_>, mut fact: FactRecord) -> Result<Option<FactRecord>> {
    fact.values = mapping::values(counters, MEASURES)?;
    let value = |metric| fact.values.iter().find(|(known, _)| *known == metric).map(|(_, value)| *value);
    let soft = value(Metric::SoftBounces).unwrap_or_default();
    let all = value(Metric::HardBounces).map(|hard| hard + soft);
    fact.values.extend(all.map(|all| (Metric::Bounces, all)));
    fact.extra = others(counters)?;
    Ok((!fact.values.is_empty() || !fact.extra.is_empty()).then_some(fact))
}

fn others(counters: &Node<'_>) -> Result<Map<String, Value>> {
    let is_measure = |name: &str| MEASURES.iter().any(|(_, fields, _)| fields.contains(&name));
    let fields = counters.object()?.into_iter().flatten();
    let others = fields.filter(|(name, value)| !is_measure(name) && !value.is_null());
    let mut others: Map<String, Value> = others.map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut drops: Option<i64> = None;
    for name in DROPS {
        if let Some(count) = counters.at(name).integer()? {
            drops = Some(drops.unwrap_or_default().saturating_add(count));
        }
    }
    if let Some(drops) = drops {
        others.insert("drops".into(), drops.into());
    }
    Ok(others)
}

/// A page of statistics per day: `[{date, stats: [{type, name, metrics}]}]`. A day that comes twice counts as it came last.
pub(super) fn statistics(
    slice: &Slice<'_>,
    source: Statistics,
    batch: Batch,
    seen: &mut Seen,
) -> Result<Page> {
    let root = Node::root(&batch.value, "$");
    if !batch.value.is_array() {
        return Err(root.drift("it is no list of days"));
    }
    let mut facts: BTreeMap<(NaiveDate, String, BTreeMap<String, String>), FactRecord> = BTreeMap::new();
    let mut rows = 0;
    root.each(|row| {
        let date = row.at("date");
        let day = date.day()?.ok_or_else(|| date.drift("it is missing, so the row belongs nowhere"))?;
        if !slice.days.contains(day) {
            return Ok(());
        }
        let stats = row.at("stats");
        // The account has one row a day.
        let most = if source == Statistics::Account { 1 } else { usize::MAX };
        for index in 0..stats.array()?.len().min(most) {
            let stat = stats.nth(index);
            rows += 1;
            let counters = stat.at("metrics");
            // A counter may stay out, not all of them at once: that would be silence instead of figures.
            if counters.is_absent() {
                return Err(counters.drift("it is missing"));
            }
            seen.fields_of(&counters)?;
            let Some(fact) = counted(&counters, place(slice, source, &stat, day)?)? else {
                continue;
            };
            facts.insert((day, fact.entity.clone(), fact.breakdown.clone()), fact);
        }
        Ok(())
    })?;
    Ok(Page { records: facts.into_values().map(Record::Fact).collect(), rows, raw: Some(batch.raw) })
}

/// What a row belongs to.
fn place(slice: &Slice<'_>, source: Statistics, stat: &Node<'_>, day: NaiveDate) -> Result<FactRecord> {
    let own = || fact(slice, EntityKind::Account, slice.account.id.clone(), day);
    let dimension = match source {
        Statistics::Account => return Ok(own()),
        Statistics::Categories => {
            return Ok(fact(slice, EntityKind::Category, stat.at("name").need_text()?, day));
        }
        Statistics::Subusers => "subuser",
        Statistics::Split(_, dimension) => dimension,
    };
    let breakdown = BTreeMap::from([(dimension.to_owned(), stat.at("name").text()?.unwrap_or_default())]);
    Ok(FactRecord { breakdown, ..own() })
}

/// The account's own description.
pub(super) fn account(slice: &Slice<'_>, details: &Node<'_>) -> Result<Record> {
    Ok(Record::Entity(mapping::account(slice, attributes(details, &["username"])?)))
}

/// A category: its name is all there is.
pub(super) fn category(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let name = row.at("category").need_text()?;
    records.push(Record::Entity(entity(slice, EntityKind::Category, name, None)));
    Ok(())
}

/// A single send.
pub(super) fn send(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let attributes = attributes(row, &["id", "name", "status"])?;
    let send = entity(slice, EntityKind::Campaign, row.at("id").need_text()?, row.at("name").filled()?);
    records.push(Record::Entity(EntityRecord { status: row.at("status").filled()?, attributes, ..send }));
    Ok(())
}

/// A group that people can leave.
pub(super) fn group(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let attributes = attributes(row, &["id", "name"])?;
    let group = entity(slice, EntityKind::List, row.at("id").need_text()?, row.at("name").filled()?);
    records.push(Record::Entity(EntityRecord { attributes, ..group }));
    Ok(())
}

/// The UTC day of a moment in seconds since 1970.
pub(super) fn day_of_epoch(node: &Node<'_>) -> Result<NaiveDate> {
    let seconds = node.integer()?.ok_or_else(|| node.drift("it is missing, so the row belongs nowhere"))?;
    let at = chrono::DateTime::from_timestamp(seconds, 0);
    at.map(|at| at.date_naive()).ok_or_else(|| Error::drift(node.path(), format!("{seconds} is no moment")))
}
