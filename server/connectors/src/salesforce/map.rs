//! Descriptions become entities, and totals of campaigns become facts.

use super::streams::CURRENCY;
use crate::connector::Slice;
use crate::error::Result;
use crate::http::{Batch, Node};
use crate::mapping::{self, Form, Measure, entity, fact};
use crate::record::{EntityRecord, FactRecord, Page, Record};
use metrics::Metric;
use model::entities::EntityKind;
use serde_json::{Map, Value};

const COST: Measure = (Metric::Spend, &["ActualCost"], Form::Decimal);
const SENT: Measure = (Metric::EmailsSent, &["NumberSent"], Form::Whole);

/// Maps each row of a page.
pub(super) fn page(batch: Batch, row: impl FnMut(&Node<'_>, &mut Vec<Record>) -> Result<()>) -> Result<Page> {
    mapping::needed_page(batch, "/records", row)
}

/// Plain fields besides those that have a place of their own. Names start with capitals here.
pub(super) fn attributes(row: &Node<'_>, but: &[&str]) -> Result<Map<String, Value>> {
    let fields = mapping::attributes(row, but)?;
    Ok(fields.into_iter().map(|(name, value)| (name.trim_start_matches('_').to_owned(), value)).collect())
}

/// Whether a row is in the recycle bin.
pub(super) fn is_deleted(row: &Node<'_>) -> Result<bool> {
    Ok(row.at("IsDeleted").boolean()?.unwrap_or(false))
}

/// The org itself.
pub(super) fn organization(slice: &Slice<'_>, row: &Node<'_>) -> Result<Record> {
    Ok(Record::Entity(mapping::account(slice, attributes(row, &["Id", "Name"])?)))
}

/// A currency of the org: how much of it one unit of the corporate currency is.
pub(super) fn currency(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let code = row.at("IsoCode").need_text()?;
    let mut attributes = Map::new();
    if let Some(rate) = row.at("ConversionRate").decimal()? {
        attributes
            .insert(format!("conversion_rate_{}", code.to_lowercase()), Value::String(rate.to_string()));
    }
    if row.at("IsCorporate").boolean()? == Some(true) {
        attributes.insert("corporate_currency".into(), Value::String(code));
    }
    records.push(Record::Entity(mapping::account(slice, attributes)));
    Ok(())
}

/// A stage, under the name by which opportunities say that they are in it.
pub(super) fn stage(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let name = row.at("MasterLabel").filled()?;
    let id = match row.at("ApiName").filled()? {
        Some(id) => id,
        None => row.at("MasterLabel").need_text()?,
    };
    let status = (row.at("IsActive").boolean()? == Some(false)).then(|| "inactive".to_owned());
    let attributes = attributes(row, &["ApiName", "MasterLabel", "IsActive"])?;
    let stage = entity(slice, EntityKind::Stage, id, name);
    records.push(Record::Entity(EntityRecord { status, attributes, ..stage }));
    Ok(())
}

/// A campaign, and its totals under the day of its start. A deleted one keeps them.
pub(super) fn campaign(
    slice: &Slice<'_>,
    email_types: &[String],
    row: &Node<'_>,
    records: &mut Vec<Record>,
) -> Result<()> {
    let id = row.at("Id").need_text()?;
    let is_deleted = is_deleted(row)?;
    let status = if is_deleted { Some("deleted".to_owned()) } else { row.at("Status").filled()? };
    let attributes = attributes(row, &["Id", "Name", "Status", "IsDeleted"])?;
    let campaign = entity(slice, EntityKind::Campaign, id.clone(), row.at("Name").filled()?);
    records.push(Record::Entity(EntityRecord { status, attributes, ..campaign }));
    let Some(start) = row.at("StartDate").day()? else {
        return Ok(());
    };
    let kind = row.at("Type").filled()?.map(|kind| kind.trim().to_lowercase());
    let is_email = kind.is_some_and(|kind| email_types.contains(&kind));
    let measures: &[Measure] = if is_email { &[COST, SENT] } else { &[COST] };
    let values = mapping::values(row, measures)?;
    if !values.is_empty() {
        let currency = row.at(CURRENCY).filled()?.or_else(|| slice.account.currency.clone());
        let fact = fact(slice, EntityKind::Campaign, id, start);
        records.push(Record::Fact(FactRecord { currency, values, ..fact }));
    }
    Ok(())
}
