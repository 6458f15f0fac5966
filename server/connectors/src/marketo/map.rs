//! Descriptions become entities, and costs of programs become facts.

use crate::connector::Slice;
use crate::error::Result;
use crate::http::Node;
use crate::mapping::{self, attributes, entity, fact};
use crate::record::{EntityRecord, FactRecord, Record, Warning};
use chrono::{DateTime, NaiveDate, Utc};
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A moment. Those of assets bear two marks of their zone: `2026-09-01T12:00:00Z+0000`.
pub(super) fn moment(node: &Node<'_>) -> Result<Option<DateTime<Utc>>> {
    let Some(text) = node.filled()? else {
        return Ok(None);
    };
    match text.trim().strip_suffix("Z+0000") {
        Some(bare) => {
            let value = Value::String(format!("{bare}Z"));
            Node::root(&value, &node.path()).instant()
        }
        None => node.instant(),
    }
}

/// A calendar day, whatever time stands behind it.
fn day(node: &Node<'_>) -> Result<Option<NaiveDate>> {
    let Some(text) = node.filled()? else {
        return Ok(None);
    };
    let day = text.trim().get(..10).and_then(|day| day.parse().ok());
    day.map(Some).ok_or_else(|| node.drift(format!("{text:?} is no day such as 2026-09-01")))
}

/// How much was asked of the instance on the day that is under way. Who asked is not kept: they are named by address.
pub(super) fn usage(slice: &Slice<'_>, rows: &Node<'_>) -> Result<Record> {
    let mut kept = Map::new();
    rows.each(|row| {
        for (field, name) in [("date", "api_calls_day"), ("total", "api_calls")] {
            kept.extend(row.at(field).value().map(|value| (name.to_owned(), value.clone())));
        }
        Ok(())
    })?;
    Ok(Record::Entity(mapping::account(slice, kept)))
}

/// A kind of activity.
pub(super) fn activity_type(slice: &Slice<'_>, row: &Node<'_>) -> Result<Record> {
    let mut attributes = attributes(row, &["id", "name"])?;
    let primary = row.at("primaryAttribute").at("name").filled()?;
    attributes.extend(primary.map(|name| ("primary_attribute".to_owned(), Value::String(name))));
    let kind = entity(slice, EntityKind::Event, row.at("id").need_text()?, row.at("name").filled()?);
    Ok(Record::Entity(EntityRecord { attributes, ..kind }))
}

/// A smart campaign, below its program where it has one.
pub(super) fn campaign(slice: &Slice<'_>, row: &Node<'_>) -> Result<Record> {
    let attributes = attributes(row, &["id", "name", "active", "programId"])?;
    let campaign = entity(slice, EntityKind::Campaign, row.at("id").need_text()?, row.at("name").filled()?);
    let status = row.at("active").boolean()?.map(|is| if is { "active" } else { "inactive" }.to_owned());
    let parent = row.at("programId").filled()?.map(|id| (EntityKind::Program, id)).or(campaign.parent);
    Ok(Record::Entity(EntityRecord { parent, status, attributes, ..campaign }))
}

/// An asset, with the folder that it lies in.
fn asset(slice: &Slice<'_>, kind: EntityKind, row: &Node<'_>) -> Result<EntityRecord> {
    let mut attributes = attributes(row, &["id", "name", "status"])?;
    let folder = row.at("folder");
    let name = folder.at("folderName").filled()?;
    attributes.extend(name.map(|name| ("folder".to_owned(), Value::String(name))));
    let asset = entity(slice, kind, row.at("id").need_text()?, row.at("name").filled()?);
    // Ids are unique per type only: the folder says whether it is a program.
    let is_program = folder.at("type").text()?.as_deref() == Some("Program");
    let program = folder.at("value").filled()?.filter(|_| is_program);
    let parent = program.map(|id| (EntityKind::Program, id)).or(asset.parent);
    Ok(EntityRecord { parent, status: row.at("status").filled()?, attributes, ..asset })
}

/// An e-mail as an asset.
pub(super) fn email(slice: &Slice<'_>, row: &Node<'_>) -> Result<EntityRecord> {
    asset(slice, EntityKind::Email, row)
}

/// Costs of programs, each program once, as it came last.
#[derive(Debug, Default)]
pub(super) struct Costs {
    of_programs: BTreeMap<String, BTreeMap<NaiveDate, Decimal>>,
    /// Costs without a month.
    undated: u64,
}

impl Costs {
    /// Takes a program and gives its description.
    pub(super) fn program(&mut self, slice: &Slice<'_>, row: &Node<'_>) -> Result<Record> {
        let mut days: BTreeMap<NaiveDate, Decimal> = BTreeMap::new();
        row.at("costs").each(|cost| {
            let Some(amount) = cost.at("cost").decimal()? else {
                return Ok(());
            };
            match day(&cost.at("startDate"))? {
                Some(day) => *days.entry(day).or_default() += amount,
                None => self.undated += 1,
            }
            Ok(())
        })?;
        let mut program = asset(slice, EntityKind::Program, row)?;
        program.attributes.remove("costs");
        self.of_programs.insert(program.id.clone(), days);
        Ok(Record::Entity(program))
    }

    /// What programs cost under the days of the slice.
    pub(super) fn records(self, slice: &Slice<'_>) -> Vec<Record> {
        let warning = (self.undated > 0).then(|| {
            let message = format!("{} costs of programs name no month and are left out.", self.undated);
            Record::Warning(Warning::field(&slice.account.id, slice.stream.name, "costs.startDate", message))
        });
        let rows = self.of_programs.into_iter().flat_map(|(program, days)| {
            days.into_iter().map(move |(day, amount)| (program.clone(), day, amount))
        });
        rows.filter(|(_, day, _)| slice.days.contains(*day))
            .map(|(program, day, amount)| {
                Record::Fact(FactRecord {
                    currency: slice.account.currency.clone(),
                    values: vec![(Metric::Spend, amount)],
                    ..fact(slice, EntityKind::Program, program, day)
                })
            })
            .chain(warning)
            .collect()
    }
}
