//! Objects become entities, records of a CRM and facts.

use super::discovery::OBJECT_ID;
use super::streams::{Object, PROSPECTS};
use crate::connector::{Context, Slice};
use crate::crm::{
    CrmKind, CrmRecord, DealRecord, DealState, LifecycleStage, Origin, PartyRecord, TombstoneRecord,
};
use crate::email;
use crate::error::Result;
use crate::http::node::snake_case;
use crate::http::{Batch, Node};
use crate::mapping::{self, Form, Measure, attributes, entity, fact};
use crate::record::{EntityRecord, FactRecord, Page, Record};
use chrono::{DateTime, NaiveDate, Utc};
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::BTreeMap;

/// Figures of list e-mails.
pub(super) const STATS: &[Measure] = &[
    (Metric::EmailsSent, &["sent"], Form::Whole),
    (Metric::Delivered, &["delivered"], Form::Whole),
    (Metric::Opens, &["opens"], Form::Whole),
    (Metric::UniqueOpens, &["uniqueOpens"], Form::Whole),
    (Metric::Clicks, &["totalClicks"], Form::Whole),
    (Metric::UniqueClicks, &["uniqueClicks"], Form::Whole),
    (Metric::HardBounces, &["hardBounced"], Form::Whole),
    (Metric::SoftBounces, &["softBounced"], Form::Whole),
    (Metric::Unsubscribes, &["optOuts"], Form::Whole),
    (Metric::SpamComplaints, &["spamComplaints"], Form::Whole),
];

/// A form was sent ("Visitor activity types").
const FORM_SENT: &str = "4";

/// Maps each row of a page.
pub(super) fn page(batch: Batch, row: impl FnMut(&Node<'_>, &mut Vec<Record>) -> Result<()>) -> Result<Page> {
    mapping::needed_page(batch, "/values", row)
}

/// The business unit itself.
pub(super) fn account(slice: &Slice<'_>, details: &Node<'_>) -> Result<Record> {
    Ok(Record::Entity(mapping::account(slice, attributes(details, &[])?)))
}

/// A campaign, list e-mail, list, form or landing page. A deleted one stays known.
pub(super) fn thing(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let kind = slice.stream.kind;
    let thing = entity(slice, kind, row.at("id").need_text()?, row.at("name").filled()?);
    let is = |name: &str| Ok::<_, crate::Error>(row.at(name).boolean()? == Some(true));
    let status = match (is("isDeleted")?, is("isPaused")?, row.at("isSent").boolean()?) {
        (true, ..) => Some("deleted"),
        (_, true, _) => Some("paused"),
        (.., Some(true)) => Some("sent"),
        (.., Some(false)) => Some("not sent"),
        _ => None,
    };
    let campaign = if kind == EntityKind::Program { "parentCampaignId" } else { "campaignId" };
    let parent =
        row.at(campaign).filled()?.map(|id| (EntityKind::Program, id)).or_else(|| thing.parent.clone());
    let attributes = attributes(row, &["id", "name", "isDeleted", "isPaused", "isSent"])?;
    let status = status.map(str::to_owned);
    records.push(Record::Entity(EntityRecord { parent, status, attributes, ..thing }));
    Ok(())
}

/// A list e-mail that was sent, and the UTC day of it.
pub(super) fn sent(row: &Node<'_>) -> Result<Option<(String, NaiveDate)>> {
    let id = row.at("id").need_text()?;
    let day = row.at("sentAt").instant()?.map(|at| at.date_naive());
    let is_sent = row.at("isSent").boolean()? != Some(false);
    Ok(day.filter(|_| is_sent).map(|day| (id, day)))
}

/// What has come of a list e-mail so far. Rates are left out: they follow from the figures.
pub(super) fn stats(
    slice: &Slice<'_>,
    email: &str,
    day: NaiveDate,
    stats: &Node<'_>,
) -> Result<Option<Record>> {
    let mut values = mapping::values(stats, STATS)?;
    let is_delivered_known = values.iter().any(|(metric, _)| *metric == Metric::Delivered);
    email::derive(&mut values);
    values.retain(|(metric, _)| is_delivered_known || *metric != Metric::Delivered);
    let mut row = fact(slice, EntityKind::Campaign, email.to_owned(), day);
    for (name, value) in stats.object()?.into_iter().flatten() {
        let is_known = STATS.iter().any(|(_, fields, _)| fields.contains(&name.as_str()));
        if !is_known && !name.ends_with("Rate") && name != "listEmailId" && !value.is_null() {
            row.extra.insert(snake_case(name), value.clone());
        }
    }
    if values.is_empty() {
        return Ok(None);
    }
    Ok(Some(Record::Fact(FactRecord { values, ..row })))
}

/// What makes a prospect ready by marketing's judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ready {
    /// It was assigned to somebody.
    Assigned,
    /// Its score reached that.
    Score(i64),
}

impl Ready {
    /// As it is set.
    pub(super) fn of(ctx: &Context) -> Self {
        match ctx.settings.get("mql_by") {
            "score" => Self::Score(i64::from(ctx.settings.integer("mql_score").unwrap_or(u32::MAX))),
            _ => Self::Assigned,
        }
    }
}

/// A prospect. Its moments have offsets, and belong to their UTC days.
pub(super) fn prospect(
    origin: &Origin,
    ready: Ready,
    row: &Node<'_>,
    records: &mut Vec<Record>,
) -> Result<()> {
    let id = row.at("id").need_text()?;
    let changed_at = row.at("updatedAt").instant()?;
    if is_deleted(row)? {
        records.push(gone(origin, CrmKind::Lead, id, changed_at));
        return Ok(());
    }
    let created_at = row.at("createdAt").instant()?;
    let is_ready_at = match ready {
        Ready::Assigned => row.at("firstAssignedAt").instant()?,
        Ready::Score(least) => {
            let score = row.at("score").decimal()?;
            created_at.filter(|_| score.is_some_and(|score| score >= Decimal::from(least)))
        }
    };
    let mut entered = BTreeMap::new();
    entered.extend(created_at.map(|at| (LifecycleStage::Lead, at)));
    entered.extend(is_ready_at.map(|at| (LifecycleStage::Mql, at)));
    // What was not asked for is not kept: it may be about a person.
    let fields = row.object()?.into_iter().flatten().map(|(name, _)| name.as_str());
    let mut left_out: Vec<&str> = fields.filter(|name| !PROSPECTS.has(name)).collect();
    left_out.extend(["id", "isDeleted", "createdAt", "updatedAt"]);
    records.push(Record::from(CrmRecord::Party(PartyRecord {
        entered,
        created_at,
        changed_at,
        attributes: attributes(row, &left_out)?,
        ..PartyRecord::new(origin.clone(), CrmKind::Lead, id)
    })));
    Ok(())
}

/// Prospects are counted under the id of the account object.
pub(super) fn origin_of_prospects(slice: &Slice<'_>, seen_at: DateTime<Utc>) -> Origin {
    Origin { counted_under: slice.account.detail(OBJECT_ID), ..Origin::new(slice, seen_at) }
}

/// Whether a page holds a won opportunity with a value: only then it matters which money that is.
pub(super) fn has_revenue(page: &Value) -> Result<bool> {
    let mut has = false;
    Node::root(page, "$").at("values").each(|row| {
        let is_won = row.at("status").filled()?.is_some_and(|status| state(&status) == Some(DealState::Won));
        has |= is_won && row.at("value").decimal()?.is_some();
        Ok(())
    })?;
    Ok(has)
}

/// What a status says. Open ones have none: their value is Salesforce's to tell.
fn state(status: &str) -> Option<DealState> {
    match status.trim().to_ascii_lowercase().as_str() {
        "won" => Some(DealState::Won),
        "lost" => Some(DealState::Lost),
        _ => None,
    }
}

/// An opportunity. It counts when it was won or lost, and only then: the making and the value of open ones are Salesforce's
/// to tell.
pub(super) fn opportunity(
    origin: &Origin,
    currency: Option<&str>,
    is_counted: bool,
    row: &Node<'_>,
    records: &mut Vec<Record>,
) -> Result<()> {
    let id = row.at("id").need_text()?;
    let changed_at = row.at("updatedAt").instant()?;
    if is_deleted(row)? {
        records.push(gone(origin, CrmKind::Deal, id, changed_at));
        return Ok(());
    }
    let text = |name: &str| row.at(name).filled();
    let state = text("status")?.filter(|_| is_counted).and_then(|status| state(&status));
    let placed = ["id", "name", "value", "probability", "stage", "closedAt", "updatedAt"];
    records.push(Record::from(CrmRecord::Deal(DealRecord {
        name: text("name")?.unwrap_or_else(|| id.clone()),
        stage: text("stage")?,
        state,
        probability: row.at("probability").decimal()?.map(|percent| percent * Decimal::new(1, 2)),
        amount: row.at("value").decimal()?,
        currency: currency.map(str::to_owned),
        closed: row.at("closedAt").instant()?.map(|at| at.date_naive()).filter(|_| state.is_some()),
        changed_at,
        attributes: attributes(row, &placed)?,
        ..DealRecord::new(origin.clone(), id)
    })));
    Ok(())
}

/// The form that an activity sent, and the UTC day. All other activities say what the figures of e-mails say already.
pub(super) fn form_sent(row: &Node<'_>) -> Result<Option<(String, NaiveDate)>> {
    if row.at("type").text()?.as_deref().map(str::trim) != Some(FORM_SENT) {
        return Ok(None);
    }
    let day = row.at("createdAt").instant()?.map(|at| at.date_naive());
    Ok(row.at("formId").filled()?.zip(day))
}

/// The list that a prospect came to, and the UTC day.
pub(super) fn joined(row: &Node<'_>) -> Result<Option<(String, NaiveDate)>> {
    let day = row.at("createdAt").instant()?.map(|at| at.date_naive());
    let list = row.at("listId").filled()?;
    Ok(if is_deleted(row)? { None } else { list.zip(day) })
}

fn is_deleted(row: &Node<'_>) -> Result<bool> {
    Ok(row.at("isDeleted").boolean()?.unwrap_or(false))
}

fn gone(origin: &Origin, kind: CrmKind, id: String, at: Option<DateTime<Utc>>) -> Record {
    CrmRecord::Tombstone(TombstoneRecord::new(origin.clone(), kind, id, at)).into()
}

/// The moment by which rows of an object are found: events happen, everything else changes.
pub(super) fn moment(object: &Object) -> &'static str {
    if object.needed.contains(&"updatedAt") { "updatedAt" } else { "createdAt" }
}
