//! Descriptions become entities, and filled-in forms become records without what people wrote.

use super::auth::last_part;
use super::report::decimal;
use super::streams::Listed;
use crate::connector::Slice;
use crate::crm::{CrmKind, CrmRecord, Origin, PartyRecord};
use crate::error::Result;
use crate::http::node::canonical;
use crate::http::{Batch, Node};
use crate::mapping::{self, attributes, entity};
use crate::record::{EntityRecord, Page, Record};
use chrono::NaiveDate;
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::Value;

/// The number of a thing, which some lists give as a URN.
fn id_of(row: &Node<'_>) -> Result<String> {
    Ok(last_part(&row.at("id").need_text()?).to_owned())
}

/// The ad account itself.
pub(super) fn ad_account(slice: &Slice<'_>, root: &Node<'_>) -> Result<Record> {
    let attributes = attributes(root, &["id", "name", "status"])?;
    let mut account = mapping::account(slice, attributes);
    if let Some(name) = root.at("name").filled()? {
        account.name = name;
    }
    Ok(Record::Entity(EntityRecord { status: root.at("status").filled()?, ..account }))
}

/// A campaign group, campaign or creative.
pub(super) fn listed(
    slice: &Slice<'_>,
    list: &Listed,
    row: &Node<'_>,
    records: &mut Vec<Record>,
) -> Result<()> {
    // Creatives have another word for it.
    let status = row.at("status").filled()?.or(row.at("intendedStatus").filled()?);
    let mut attributes = attributes(row, &["id", "name", "status", "intendedStatus", "account"])?;
    for (name, field) in
        [("daily_budget", "dailyBudget"), ("total_budget", "totalBudget"), ("unit_cost", "unitCost")]
    {
        let budget = row.at(field);
        if let Some(amount) = decimal(&budget.at("amount"))? {
            attributes.insert(name.to_owned(), Value::String(canonical(amount)));
        }
        if let Some(currency) = budget.at("currencyCode").filled()? {
            attributes.insert(format!("{name}_currency"), Value::String(currency));
        }
    }
    if let Some(group) = row.at("campaignGroup").filled()? {
        attributes.insert("campaign_group".to_owned(), Value::String(last_part(&group).to_owned()));
    }
    let known = entity(slice, list.kind, id_of(row)?, row.at("name").filled()?);
    let parent = match list.parent {
        Some((kind, field)) => {
            attributes.remove(field);
            row.at(field).filled()?.map(|urn| (kind, last_part(&urn).to_owned()))
        }
        None => None,
    };
    let parent = parent.or(known.parent);
    records.push(Record::Entity(EntityRecord { parent, status, attributes, ..known }));
    Ok(())
}

/// A lead form.
pub(super) fn form(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let attributes = attributes(row, &["id", "name", "state"])?;
    let form = entity(slice, EntityKind::Form, id_of(row)?, row.at("name").filled()?);
    records.push(Record::Entity(EntityRecord { status: row.at("state").filled()?, attributes, ..form }));
    Ok(())
}

/// Filled-in forms. They are records and count nowhere: leads are among the figures of campaigns. What people wrote is
/// not kept, not even as a raw page.
pub(super) fn leads(slice: &Slice<'_>, batch: Batch) -> Result<Page> {
    let origin = Origin::new(slice, batch.raw.fetched_at);
    let page = mapping::needed_page(batch, super::fetch::ROWS, |row, records| {
        let mut lead = PartyRecord::new(origin.clone(), CrmKind::Lead, id_of(row)?);
        lead.created_at = row.at("submittedAt").instant()?;
        lead.changed_at = lead.created_at;
        let metadata = row.at("leadMetadataInfo");
        let sponsored = metadata.at("sponsoredLeadMetadata");
        let texts = [
            ("form", row.at("form").at("leadGenFormUrn").filled()?),
            ("versioned_form", row.at("versionedLeadGenFormUrn").filled()?),
            ("campaign", sponsored.at("campaign").filled()?),
            ("creative", row.at("associatedEntity").at("associatedCreative").filled()?),
            ("lead_type", row.at("leadType").filled()?),
        ];
        for (name, text) in texts {
            let text = text.map(|urn| Value::String(last_part(&urn).to_owned()));
            lead.attributes.extend(text.map(|text| (name.to_owned(), text)));
        }
        if let Some(is_test) = row.at("testLead").boolean()? {
            lead.attributes.insert("is_test".to_owned(), Value::Bool(is_test));
        }
        records.push(CrmRecord::Party(lead).into());
        Ok(())
    })?;
    Ok(Page { raw: None, ..page })
}

/// The organization itself, as the list of what the member manages tells.
pub(super) fn organization(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let urn = organization_of(row)?;
    if last_part(&urn) == slice.account.id {
        let mut attributes = attributes(row, &["organization", "roleAssignee", "state"])?;
        attributes.insert("urn".to_owned(), Value::String(urn));
        let account = mapping::account(slice, attributes);
        records.push(Record::Entity(EntityRecord { status: row.at("state").filled()?, ..account }));
    }
    Ok(())
}

/// The URN of the organization in a row of the list.
pub(super) fn organization_of(row: &Node<'_>) -> Result<String> {
    // Older versions have other names for it.
    for name in ["organizationTarget", "organizationalTarget"] {
        if let Some(urn) = row.at(name).filled()? {
            return Ok(urn);
        }
    }
    row.at("organization").need_text()
}

/// How many follow the page, dated by the day of the pull.
pub(super) fn followers(slice: &Slice<'_>, root: &Node<'_>, today: NaiveDate) -> Result<Option<Record>> {
    let Some(count) = root.at("firstDegreeSize").integer()? else {
        return Ok(None);
    };
    let mut fact = mapping::fact(slice, EntityKind::Account, slice.account.id.clone(), today);
    fact.values = vec![(Metric::Followers, Decimal::from(count))];
    Ok(Some(Record::Fact(fact)))
}
