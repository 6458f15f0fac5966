//! Events that are counted per day: responses to campaigns, and leads that entered a status.

use super::soql::{self, Query};
use super::streams::Object;
use super::{fetch, map};
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::fields::Fields;
use crate::http::{Batch, Node};
use crate::mapping::fact;
use crate::record::{Page, Record};
use async_stream::try_stream;
use chrono::NaiveDate;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use model::entities::EntityKind;
use std::collections::{BTreeMap, HashSet};

/// Counts events per thing and day, each event once however often it is served.
#[derive(Debug, Default)]
struct Counter {
    known: HashSet<String>,
    counts: BTreeMap<(String, NaiveDate), u64>,
}

impl Counter {
    /// Takes an event, if it is on a day of the slice and has not come before.
    fn add(&mut self, slice: &Slice<'_>, event: String, thing: String, day: NaiveDate) {
        if slice.days.contains(day) && self.known.insert(event) {
            *self.counts.entry((thing, day)).or_default() += 1;
        }
    }

    /// What was counted, ordered by thing and day.
    fn counts(self) -> impl Iterator<Item = (String, NaiveDate, u64)> {
        self.counts.into_iter().map(|((thing, day), count)| (thing, day, count))
    }
}

/// Looks at the rows of a page that give no record each.
fn counted(batch: Batch, mut look: impl FnMut(&Node<'_>) -> Result<()>) -> Result<Page> {
    map::page(batch, |row, _| look(row))
}

/// How often leads entered which status.
pub(super) fn statuses<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    object: &'static Object,
    fields: Fields,
) -> BoxStream<'a, Result<Page>> {
    let mut conditions = vec!["Field = 'Status'".to_owned()];
    conditions.extend(soql::happened("CreatedDate", &slice));
    let query = Query { object: object.name, conditions, order: "CreatedDate ASC, Id ASC" };
    let pages = try_stream! {
        let mut counter = Counter::default();
        let mut batches = fetch::query(ctx, &slice, query.text(&fields));
        while let Some(batch) = batches.next().await {
            yield counted(batch?, |row| {
                let day = row.at("CreatedDate").instant()?.map(|at| at.date_naive());
                if let (Some(status), Some(day), false) = (row.at("NewValue").filled()?, day, map::is_deleted(row)?) {
                    counter.add(&slice, row.at("Id").need_text()?, status, day);
                }
                Ok(())
            })?;
        }
        let records = counter.counts().map(|(status, day, count)| {
            let mut row = fact(&slice, EntityKind::Account, slice.account.id.clone(), day);
            row.breakdown.insert("lead_status".into(), status);
            row.extra.insert("lead_status_changes".into(), count.into());
            Record::Fact(row)
        });
        yield Page { records: records.collect(), ..Page::default() };
    };
    pages.boxed()
}

/// Who responded when, counted per campaign.
pub(super) fn responses<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    object: &'static Object,
    fields: Fields,
) -> BoxStream<'a, Result<Page>> {
    let conditions = soql::dated("FirstRespondedDate", &slice);
    let query = Query { object: object.name, conditions, order: "FirstRespondedDate ASC, Id ASC" };
    let pages = try_stream! {
        let mut counter = Counter::default();
        let mut batches = fetch::query(ctx, &slice, query.text(&fields));
        while let Some(batch) = batches.next().await {
            yield counted(batch?, |row| {
                if let (Some(day), false) = (row.at("FirstRespondedDate").day()?, map::is_deleted(row)?) {
                    counter.add(&slice, row.at("Id").need_text()?, row.at("CampaignId").need_text()?, day);
                }
                Ok(())
            })?;
        }
        let records = counter.counts().map(|(campaign, day, count)| {
            let mut row = fact(&slice, EntityKind::Campaign, campaign, day);
            row.extra.insert("responses".into(), count.into());
            Record::Fact(row)
        });
        yield Page { records: records.collect(), ..Page::default() };
    };
    pages.boxed()
}
