//! Leads, opportunities and what became of them. Names and addresses of people are neither asked for nor kept.

use super::auth::{Family, get, page_size};
use super::events::{NEW_LEADS, Stages, new_lead};
use super::fetch::{ROWS, ask, log};
use super::map::moment;
use crate::connector::{Context, Slice};
use crate::crm::{CrmKind, CrmRecord, DealRecord, LifecycleStage, Origin, PartyRecord, TombstoneRecord};
use crate::error::{ErrorKind, Result};
use crate::http::{Batch, Node};
use crate::mapping::{attributes, page};
use crate::record::{Page, Record, Warning};
use async_stream::try_stream;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use metrics::Metric;
use std::collections::{BTreeMap, BTreeSet};

/// Most values of one look-up.
const MOST_VALUES: usize = 300;

/// What is asked for a lead, besides its status.
pub(super) const LEAD_FIELDS: &[&str] = &["id", "createdAt", "updatedAt"];

fn origin(slice: &Slice<'_>, batch: &Batch) -> Origin {
    Origin::new(slice, batch.raw.fetched_at)
}

/// A lead that was looked up. It is not counted: new leads are, by their activities.
pub(super) fn lead(row: &Node<'_>, status_field: &str, origin: &Origin) -> Result<Record> {
    Ok(CrmRecord::Party(PartyRecord {
        stage: row.at(status_field).filled()?,
        created_at: moment(&row.at("createdAt"))?,
        changed_at: moment(&row.at("updatedAt"))?,
        ..PartyRecord::new(origin.clone(), CrmKind::Lead, row.at("id").need_text()?)
    })
    .into())
}

/// Rows that the vendor skipped say so themselves.
fn skipped(slice: &Slice<'_>, row: &Node<'_>) -> Result<Option<Warning>> {
    if row.at("status").value().and_then(|status| status.as_str()) != Some("skipped") {
        return Ok(None);
    }
    let mut reasons = Vec::new();
    row.at("reasons").each(|reason| {
        reasons.extend(reason.at("message").filled()?);
        Ok(())
    })?;
    let message = format!("Marketo skipped a record: {}.", reasons.join("; "));
    Ok(Some(Warning::stream(&slice.account.id, slice.stream.name, message)))
}

/// Changes of leads' status, each lead as it stands at last. When it became an MQL or SQL is kept from all its changes.
#[derive(Debug, Default)]
pub(super) struct Statuses {
    leads: BTreeMap<String, PartyRecord>,
    known: BTreeSet<String>,
}

impl Statuses {
    pub(super) fn take(
        &mut self,
        row: &Node<'_>,
        field: &str,
        stages: &Stages,
        origin: &Origin,
    ) -> Result<()> {
        let at = row.at("activityDate");
        let at = moment(&at)?.ok_or_else(|| at.drift("it is missing, so the change belongs nowhere"))?;
        let guid = row.at("marketoGUID").filled()?;
        let id = guid.map_or_else(|| row.at("id").text(), |guid| Ok(Some(guid)))?;
        if id.is_some_and(|id| !self.known.insert(id)) {
            return Ok(());
        }
        let lead = row.at("leadId").need_text()?;
        row.at("fields").each(|change| {
            if change.at("name").text()?.as_deref() != Some(field) {
                return Ok(());
            }
            let new = || PartyRecord::new(origin.clone(), CrmKind::Lead, lead.clone());
            let party = self.leads.entry(lead.clone()).or_insert_with(new);
            let status = change.at("newValue").filled()?;
            for metric in status.iter().flat_map(|status| stages.metrics(status)) {
                let stage = if metric == Metric::Mqls { LifecycleStage::Mql } else { LifecycleStage::Sql };
                let entered = party.entered.entry(stage).or_insert(at);
                *entered = at.max(*entered);
            }
            if party.changed_at.is_none_or(|known| known <= at) {
                party.stage = status;
                party.changed_at = Some(at);
            }
            Ok(())
        })?;
        Ok(())
    }

    pub(super) fn records(self) -> Vec<Record> {
        self.leads.into_values().map(|party| CrmRecord::Party(party).into()).collect()
    }
}

/// Changes of leads' status.
pub(super) fn changes<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let (field, stages) = (ctx.settings.get("lead_status_field"), Stages::of_statuses(ctx));
        let mut statuses = Statuses::default();
        let query = vec![("fields", field.to_owned())];
        let mut batches = log(ctx, &slice, "/activities/leadchanges.json", query, None);
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let origin = origin(&slice, &batch);
            yield page(batch, ROWS, |row, _| statuses.take(row, field, &stages, &origin))?;
        }
        yield Page { records: statuses.records(), ..Page::default() };
    };
    stream.boxed()
}

/// Leads that were deleted. Their names come along, so that the answer is not kept.
pub(super) fn deleted<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let mut batches = log(ctx, &slice, "/activities/deletedleads.json", Vec::new(), None);
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let origin = origin(&slice, &batch);
            let read = page(batch, ROWS, |row, records| {
                let (lead, at) = (row.at("leadId").need_text()?, moment(&row.at("activityDate"))?);
                let gone = TombstoneRecord::new(origin.clone(), CrmKind::Lead, lead, at);
                records.push(CrmRecord::Tombstone(gone).into());
                Ok(())
            })?;
            yield Page { raw: None, ..read };
        }
    };
    stream.boxed()
}

/// Looks records up by their ids, many at once: one request per record would use up the rate. Where an address is too
/// long, half as many. Answers with what it found.
async fn look_up(
    ctx: &Context,
    slice: &Slice<'_>,
    (path, filter): (&str, &str),
    fields: Option<&str>,
    ids: Vec<String>,
) -> Result<Vec<Batch>> {
    let size = page_size(ctx).to_string();
    let mut found = Vec::new();
    let mut parts: Vec<Vec<String>> = ids.chunks(MOST_VALUES).map(<[String]>::to_vec).rev().collect();
    while let Some(part) = parts.pop() {
        let values = part.join(",");
        let mut query = vec![("filterType", filter), ("filterValues", values.as_str()), ("batchSize", &size)];
        query.extend(fields.map(|fields| ("fields", fields)));
        let mut token: Option<String> = None;
        loop {
            let mut query = query.clone();
            query.extend(token.as_deref().map(|token| ("nextPageToken", token)));
            let batch = match ask(ctx, slice, &get(ctx, Family::Rest, path, &query)?).await {
                Err(error)
                    if error.kind == (ErrorKind::Interrupted { needs_fewer_days: true })
                        && part.len() > 1 =>
                {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second.to_vec(), first.to_vec()]);
                    break;
                }
                other => other?,
            };
            let next = Node::root(&batch.value, "$").at("nextPageToken").filled()?;
            let is_last = next.is_none() || next == token;
            found.push(batch);
            token = next;
            if is_last {
                break;
            }
        }
    }
    Ok(found)
}

/// Leads that came on the days of the slice.
pub(super) fn leads<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let mut ids = BTreeSet::new();
        let query = vec![("activityTypeIds", NEW_LEADS.to_string())];
        let mut batches = log(ctx, &slice, "/activities.json", query, Some(slice.days.until()));
        while let Some(batch) = batches.try_next().await? {
            Node::root(&batch.value, "$").at("result").each(|row| {
                ids.extend(new_lead(&slice, row)?);
                Ok(())
            })?;
        }
        let status = ctx.settings.get("lead_status_field");
        let fields = [LEAD_FIELDS, &[status]].concat().join(",");
        let ids = ids.into_iter().collect();
        for batch in look_up(ctx, &slice, ("/leads.json", "id"), Some(&fields), ids).await? {
            let origin = origin(&slice, &batch);
            yield page(batch, ROWS, |row, records| {
                match skipped(&slice, row)? {
                    Some(warning) => records.push(Record::Warning(warning)),
                    None => records.push(lead(row, status, &origin)?),
                }
                Ok(())
            })?;
        }
    };
    stream.boxed()
}

/// An opportunity. What became of it is not told in words that all instances share, so that it is not counted.
pub(super) fn opportunity(slice: &Slice<'_>, row: &Node<'_>, origin: &Origin) -> Result<Record> {
    const PLACED: &[&str] = &["marketoGUID", "externalOpportunityId", "name", "amount", "stage", "seq"];
    let external = row.at("externalOpportunityId");
    let id = match row.at("marketoGUID").filled()? {
        Some(guid) => guid,
        None => external.need_text()?,
    };
    let mut more = attributes(row, PLACED)?;
    more.extend(external.filled()?.map(|id| ("external_id".to_owned(), id.into())));
    let name = row.at("name").filled()?.unwrap_or_else(|| id.clone());
    let changed_at: Option<DateTime<Utc>> = moment(&row.at("updatedAt"))?;
    Ok(CrmRecord::Deal(DealRecord {
        name,
        stage: row.at("stage").filled()?,
        amount: row.at("amount").decimal()?,
        currency: slice.account.currency.clone(),
        changed_at,
        attributes: more,
        ..DealRecord::new(origin.clone(), id)
    })
    .into())
}

/// Opportunities whose ids are set: nothing lists them.
pub(super) fn opportunities<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let ids: Vec<String> = ctx.settings.get("opportunity_ids").split(',').map(|id| id.trim().to_owned()).collect();
        let ids: Vec<_> = ids.into_iter().filter(|id| !id.is_empty()).collect();
        if ids.is_empty() {
            let message = "Marketo does not list opportunities: set opportunity_ids to those that are to be read.";
            yield Page::of_warnings([Warning::stream(&slice.account.id, slice.stream.name, message)]);
        }
        let question = ("/opportunities.json", "externalOpportunityId");
        for batch in look_up(ctx, &slice, question, None, ids).await? {
            let origin = origin(&slice, &batch);
            yield page(batch, ROWS, |row, records| {
                match skipped(&slice, row)? {
                    Some(warning) => records.push(Record::Warning(warning)),
                    None => records.push(opportunity(&slice, row, &origin)?),
                }
                Ok(())
            })?;
        }
    };
    stream.boxed()
}
