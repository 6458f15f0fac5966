//! Reads one stream for some days, once.

use super::auth::{Family, get};
use super::events::{Counts, Kinds, Stages};
use super::fetch::{ROWS, ask, assets, log, pages};
use super::streams::{Ask, ask as ask_of};
use super::{bulk, discovery, leads, map};
use crate::connector::{Context, Slice};
use crate::error::{Error, Result};
use crate::http::{Batch, Node};
use crate::mapping::{entity, page};
use crate::record::{Page, Record};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use model::entities::EntityKind;

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let Some(ask) = ask_of(slice.stream.name) else {
        let error = Error::configuration(format!("Marketo has no stream {:?}.", slice.stream.name));
        return futures_util::stream::iter([Err(error)]).boxed();
    };
    match ask {
        Ask::Usage => usage(ctx, slice),
        Ask::Types => types(ctx, slice),
        Ask::Programs => programs(ctx, slice),
        Ask::Campaigns => {
            rows(slice.clone(), pages(ctx, &slice, "/campaigns.json", Vec::new()), map::campaign)
        }
        Ask::Emails => emails(ctx, slice),
        Ask::Activities => activities(ctx, slice, Kinds { emails: true, leads: false }),
        Ask::LeadActivities => activities(ctx, slice, Kinds { emails: false, leads: true }),
        Ask::Changes => leads::changes(ctx, slice),
        Ask::Deleted => leads::deleted(ctx, slice),
        Ask::Leads => leads::leads(ctx, slice),
        Ask::LeadsBulk => bulk::leads(ctx, slice),
        Ask::ActivitiesBulk => bulk::activities(ctx, slice),
        Ask::Opportunities => leads::opportunities(ctx, slice),
    }
}

/// Rows that are mapped one by one.
fn rows<'a>(
    slice: Slice<'a>,
    mut batches: BoxStream<'a, Result<Batch>>,
    map: fn(&Slice<'_>, &Node<'_>) -> Result<Record>,
) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        while let Some(batch) = batches.next().await {
            yield page(batch?, ROWS, |row, records| {
                records.push(map(&slice, row)?);
                Ok(())
            })?;
        }
    };
    stream.boxed()
}

/// Who asked is named by address, so that the answer is not kept.
fn usage<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let batch = discovery::usage(ctx, &slice.budget).await?;
        let record = map::usage(&slice, &Node::root(&batch.value, "$").at("result"))?;
        yield Page { records: vec![record], rows: 1, raw: None };
    };
    stream.boxed()
}

fn types<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let batch = ask(ctx, &slice, &get(ctx, Family::Rest, "/activities/types.json", &[])?).await?;
        yield page(batch, ROWS, |row, records| {
            records.push(map::activity_type(&slice, row)?);
            Ok(())
        })?;
    };
    stream.boxed()
}

fn programs<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let mut costs = map::Costs::default();
        let mut batches = assets(ctx, &slice, "/programs.json");
        while let Some(batch) = batches.next().await {
            yield page(batch?, ROWS, |row, records| {
                records.push(costs.program(&slice, row)?);
                Ok(())
            })?;
        }
        yield Page { records: costs.records(&slice), ..Page::default() };
    };
    stream.boxed()
}

/// Under which e-mails that were listed are remembered for a run.
const LISTED: &str = "emails";

fn emails<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let mut batches = assets(ctx, &slice, "/emails.json");
        while let Some(batch) = batches.next().await {
            yield page(batch?, ROWS, |row, records| {
                let email = map::email(&slice, row)?;
                ctx.memory.keep(format!("{LISTED}/{}", email.id), "");
                records.push(Record::Entity(email));
                Ok(())
            })?;
        }
        ctx.memory.keep(LISTED, "");
    };
    stream.boxed()
}

/// Activities, counted per day. E-mails that are no longer listed are named by their activities.
fn activities<'a>(ctx: &'a Context, slice: Slice<'a>, kinds: Kinds) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let numbers: Vec<_> = kinds.numbers().iter().map(ToString::to_string).collect();
        let query = vec![("activityTypeIds", numbers.join(","))];
        let mut counts = Counts::new(kinds, Stages::of_model(ctx));
        let mut batches = log(ctx, &slice, "/activities.json", query, Some(slice.days.until()));
        while let Some(batch) = batches.next().await {
            let page = page(batch?, ROWS, |row, _| counts.take(&slice, row))?;
            // Activities of new leads tell their names, so that those answers are not kept.
            yield Page { raw: page.raw.filter(|_| !kinds.leads), ..page };
        }
        let mut records = Vec::new();
        if ctx.memory.recall(LISTED).is_some() {
            let gone = counts.names().iter().filter(|(id, _)| ctx.memory.recall(&format!("{LISTED}/{id}")).is_none());
            let named = |(id, name): (&String, &String)| {
                Record::Entity(entity(&slice, EntityKind::Email, id.clone(), Some(name.clone())))
            };
            records.extend(gone.map(named));
        }
        records.extend(counts.records(&slice));
        yield Page { records, ..Page::default() };
    };
    stream.boxed()
}
