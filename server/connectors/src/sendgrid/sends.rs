//! Single sends and automations: what they have come to.

use super::failure::GONE;
use super::map::counted;
use super::{fetch, map};
use crate::connector::{Context, Slice};
use crate::error::{Result, spare};
use crate::http::{Batch, Node};
use crate::mapping::{self, entity, fact};
use crate::record::{EntityRecord, FactRecord, Page, Record};
use crate::totals::Totals;
use async_stream::try_stream;
use chrono::NaiveDate;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use model::entities::EntityKind;
use std::collections::{BTreeMap, BTreeSet};

/// Sends per page of their list, and rows per page of figures.
const SENDS: u32 = 100;
const FIGURES: u32 = 50;

/// All variations and phases of a send, all steps of an automation.
const ALL: &str = "all";

/// The list of single sends. Its rows are in `result`, while all other lists have `results`.
pub(super) fn list<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut batches = fetch::token_pages(ctx, &slice, "/marketing/singlesends", &[], SENDS)?;
        while let Some(batch) = batches.next().await {
            yield mapping::needed_page(batch?, "/result", |row, records| map::send(&slice, row, records))?;
        }
    };
    pages.boxed()
}

/// The UTC day of each send; none where it was not sent yet.
async fn days_of_sending(ctx: &Context, slice: &Slice<'_>) -> Result<BTreeMap<String, Option<NaiveDate>>> {
    let mut days = BTreeMap::new();
    let mut batches = fetch::token_pages(ctx, slice, "/marketing/singlesends", &[], SENDS)?;
    while let Some(batch) = batches.try_next().await? {
        Node::root(&batch.value, "$").at("result").each(|row| {
            let day = row.at("send_at").instant()?.map(|at| at.date_naive());
            days.insert(row.at("id").need_text()?, day);
            Ok(())
        })?;
    }
    Ok(days)
}

/// Rows of one thing: its variations and phases, or its steps.
#[derive(Default)]
struct Parts {
    whole: Totals,
    split: Totals,
    /// Things of which the vendor has a row for all parts.
    has_whole: BTreeSet<String>,
}

impl Parts {
    /// Takes a row. One that already stands for all parts is not added to them.
    fn add(&mut self, part: Vec<String>, fact: FactRecord) {
        if part.iter().all(|name| name == ALL) {
            self.has_whole.insert(fact.entity.clone());
            self.whole.add(part, fact);
        } else {
            self.split.add(part, fact);
        }
    }

    fn records(self) -> Vec<Record> {
        let split = self.split.facts().filter(|fact| !self.has_whole.contains(&fact.entity));
        self.whole.facts().chain(split).map(Record::Fact).collect()
    }
}

/// Which part of its thing a row is; what is not named stands for all.
fn part(row: &Node<'_>, names: &[&str]) -> Result<Vec<String>> {
    names.iter().map(|name| Ok(row.at(name).filled()?.unwrap_or_else(|| ALL.to_owned()))).collect()
}

/// What single sends have come to, under the day of their sending.
pub(super) fn totals<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let days = days_of_sending(ctx, &slice).await?;
        let mut parts = Parts::default();
        let mut batches = fetch::token_pages(ctx, &slice, "/marketing/stats/singlesends", &[], FIGURES)?;
        while let Some(batch) = batches.next().await {
            yield figures(batch?, |row| {
                let id = row.at("id").need_text()?;
                let Some(day) = days.get(&id).copied().flatten().filter(|day| slice.days.contains(*day)) else {
                    return Ok(());
                };
                // A finer view would have days here.
                if row.at("aggregation").filled()?.is_some_and(|aggregation| aggregation != "total") {
                    return Ok(());
                }
                let place = fact(&slice, EntityKind::Campaign, id, day);
                if let Some(fact) = counted(&row.at("stats"), place)? {
                    parts.add(part(row, &["ab_variation", "ab_phase"])?, fact);
                }
                Ok(())
            })?;
        }
        yield Page { records: parts.records(), ..Page::default() };
    };
    pages.boxed()
}

/// Looks at each row of figures; records come of all pages together.
fn figures(batch: Batch, mut look: impl FnMut(&Node<'_>) -> Result<()>) -> Result<Page> {
    mapping::needed_page(batch, "/results", |row, _| look(row))
}

/// Figures of single sends per day of the opening or click: a split of their own, never added to the totals.
pub(super) fn days<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let (from, until) = (slice.days.from().to_string(), slice.days.until().to_string());
        let query = [
            ("aggregated_by", "day"),
            ("start_date", from.as_str()),
            ("end_date", until.as_str()),
            ("timezone", "UTC"),
        ];
        let sends = days_of_sending(ctx, &slice).await?;
        let sent = sends.into_iter().filter(|(_, day)| day.is_some_and(|day| day <= slice.days.until()));
        for (id, _) in sent {
            let path = format!("/marketing/stats/singlesends/{id}");
            let mut batches = fetch::token_pages(ctx, &slice, &path, &query, FIGURES)?;
            while let Some(batch) = spare(batches.next().await.transpose(), GONE)?.flatten() {
                yield mapping::needed_page(batch, "/results", |row, records| day_of_send(&slice, &id, row, records))?;
            }
        }
    };
    pages.boxed()
}

fn day_of_send(slice: &Slice<'_>, id: &str, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let aggregation = row.at("aggregation");
    let day =
        aggregation.day()?.ok_or_else(|| aggregation.drift("it is missing, so the row belongs nowhere"))?;
    if !slice.days.contains(day) {
        return Ok(());
    }
    let names = ["ab_variation", "ab_phase"];
    let breakdown = names.map(str::to_owned).into_iter().zip(part(row, &names)?).collect();
    let place = FactRecord { breakdown, ..fact(slice, EntityKind::Campaign, id.to_owned(), day) };
    records.extend(counted(&row.at("stats"), place)?.map(Record::Fact));
    Ok(())
}

/// What automations have come to by now; they have no day.
pub(super) fn automations<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let today = ctx.session.now().date_naive();
        let mut parts = Parts::default();
        let mut known = BTreeSet::new();
        let mut batches = fetch::token_pages(ctx, &slice, "/marketing/stats/automations", &[], FIGURES)?;
        while let Some(batch) = batches.next().await {
            yield figures(batch?, |row| {
                let id = row.at("id").need_text()?;
                known.insert(id.clone());
                let place = fact(&slice, EntityKind::Flow, id, today);
                if let Some(fact) = counted(&row.at("stats"), place)? {
                    parts.add(part(row, &["step_id"])?, fact);
                }
                Ok(())
            })?;
        }
        let flows = known.into_iter().map(|id| Record::Entity(entity(&slice, EntityKind::Flow, id, None)));
        yield Page { records: flows.chain(parts.records()).collect(), ..Page::default() };
    };
    pages.boxed()
}

/// What each step of each automation has come to by now.
pub(super) fn steps<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let today = ctx.session.now().date_naive();
        let mut flows = BTreeSet::new();
        let mut batches = fetch::token_pages(ctx, &slice, "/marketing/stats/automations", &[], FIGURES)?;
        while let Some(batch) = batches.try_next().await? {
            Node::root(&batch.value, "$").at("results").each(|row| {
                flows.insert(row.at("id").need_text()?);
                Ok(())
            })?;
        }
        let query = [("group_by", "step_id"), ("aggregated_by", "total"), ("timezone", "UTC")];
        for flow in flows {
            let path = format!("/marketing/stats/automations/{flow}");
            let mut batches = fetch::token_pages(ctx, &slice, &path, &query, FIGURES)?;
            while let Some(batch) = spare(batches.next().await.transpose(), GONE)?.flatten() {
                yield mapping::needed_page(batch, "/results", |row, records| {
                    let Some(step) = row.at("step_id").filled()?.filter(|step| step != ALL) else { return Ok(()) };
                    let parent = Some((EntityKind::Flow, flow.clone()));
                    let email = entity(&slice, EntityKind::Email, step.clone(), None);
                    records.push(Record::Entity(EntityRecord { parent, ..email }));
                    let place = fact(&slice, EntityKind::Email, step, today);
                    records.extend(counted(&row.at("stats"), place)?.map(Record::Fact));
                    Ok(())
                })?;
            }
        }
    };
    pages.boxed()
}
