//! Reads one stream for some days, once.

use super::auth::get;
use super::deals::{Mapper, Stages};
use super::failure::judge;
use super::fetch::{self, List};
use super::streams::{Ask, CAMPAIGNS, DEALS, Module, ask};
use super::{discovery, ledger, map, members};
use crate::connector::{Context, Slice};
use crate::crm::Origin;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Batch, Node};
use crate::mapping::Seen;
use crate::record::{Page, Record, Warning};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use serde_json::Value;

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let Some(ask) = ask(slice.stream.name) else {
        let error = Error::configuration(format!("Zoho CRM has no stream {:?}.", slice.stream.name));
        return futures_util::stream::iter([Err(error)]).boxed();
    };
    match ask {
        Ask::Org => org(ctx, slice),
        Ask::Currencies => currencies(ctx, slice),
        Ask::Users => users(ctx, slice),
        Ask::Pipelines => pipelines(ctx, slice),
        Ask::Deleted(module) => deleted(ctx, slice, module),
        Ask::Deals => {
            let changed = fetch::list(ctx, &slice, List::module(&DEALS).changed(ctx, &slice));
            deals(ctx, slice, changed)
        }
        Ask::AllDeals => {
            let all = fetch::list(ctx, &slice, List::module(&DEALS));
            deals(ctx, slice, all)
        }
        Ask::QueriedDeals => {
            let queried = fetch::query(ctx, &slice, &DEALS);
            deals(ctx, slice, queried)
        }
        Ask::History => ledger::history(ctx, slice),
        Ask::Ledger => ledger::stages(ctx, slice),
        Ask::LeadLedger => ledger::statuses(ctx, slice),
        Ask::Parties(module) => parties(ctx, slice, module),
        Ask::Campaigns => campaigns(ctx, slice),
        Ask::Members => members::members(ctx, slice),
    }
}

fn org<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let batch = discovery::org(ctx, &slice.budget).await?;
        yield map::page(batch, "org", |row, records| map::org(&slice, row, records))?;
    };
    pages.boxed()
}

async fn one(ctx: &Context, slice: &Slice<'_>, path: &str, query: &[(&str, &str)]) -> Result<Batch> {
    let request = get(ctx, &slice.budget, path, query).await?.paced_by(slice.account.id.as_str());
    ctx.session.batch(&request, &slice.budget, judge).await
}

fn currencies<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        yield map::currencies(&slice, one(ctx, &slice, "/org/currencies", &[]).await?)?;
    };
    pages.boxed()
}

fn users<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let list = List { rows: "users", ..List::of("/users").with("type", "AllUsers") };
        let mut batches = fetch::list(ctx, &slice, list);
        while let Some(batch) = batches.next().await {
            yield map::page(batch?, "users", |row, records| map::user(&slice, row, records))?;
        }
    };
    pages.boxed()
}

/// The pipelines of each layout.
async fn pipelines_of_deals(ctx: &Context, slice: &Slice<'_>) -> Result<Vec<Batch>> {
    let layouts = one(ctx, slice, "/settings/layouts", &[("module", DEALS.name)]).await?;
    let mut ids = Vec::new();
    map::page(layouts, "layouts", |row, _| {
        ids.push(row.at("id").need_text()?);
        Ok(())
    })?;
    let mut pipelines = Vec::new();
    for id in ids {
        pipelines.push(one(ctx, slice, "/settings/pipeline", &[("layout_id", &id)]).await?);
    }
    Ok(pipelines)
}

fn pipelines<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        for batch in pipelines_of_deals(ctx, &slice).await? {
            yield map::page(batch, "pipeline", |row, records| map::pipeline(&slice, row, records))?;
        }
    };
    pages.boxed()
}

/// The stages of deals, learned once per run. Where they may not be read, deals are, but nobody knows which are closed.
async fn stages(ctx: &Context, slice: &Slice<'_>) -> Result<(Stages, Option<Warning>)> {
    let key = format!("pipelines/{}", slice.account.id);
    if let Some(known) = ctx.memory.recall(&key).and_then(|text| serde_json::from_str(&text).ok()) {
        return Ok((Stages::read(&known)?, None));
    }
    match pipelines_of_deals(ctx, slice).await {
        Ok(batches) => {
            let mut pipelines = Vec::new();
            for mut batch in batches {
                let list = batch.value.get_mut("pipeline").map(Value::take);
                pipelines.extend(list.and_then(|list| list.as_array().cloned()).unwrap_or_default());
            }
            let pipelines = Value::Array(pipelines);
            ctx.memory.keep(key, pipelines.to_string());
            let stages = Stages::read(&pipelines)?;
            let warning = (!stages.are_known()).then(|| {
                let message = "No stage has it, so open, won and lost deals can't be told.";
                Warning::field(&slice.account.id, slice.stream.name, "forecast_type", message)
            });
            Ok((stages, warning))
        }
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) && !error.stops_run() => {
            let message =
                format!("Stages can't be read, so open, won and lost deals can't be told. {}", error.message);
            let warning = Warning::stream(&slice.account.id, slice.stream.name, message);
            Ok((Stages::default(), Some(warning)))
        }
        Err(error) => Err(error),
    }
}

fn deals<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    mut batches: BoxStream<'a, Result<Batch>>,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let (stages, warning) = stages(ctx, &slice).await?;
        yield Page::of_warnings(warning);
        let mut mapper = Mapper::new(&slice, stages);
        while let Some(batch) = batches.next().await {
            yield mapper.page(batch?)?;
        }
        yield Page::of_warnings(mapper.warnings());
    };
    pages.boxed()
}

fn deleted<'a>(ctx: &'a Context, slice: Slice<'a>, module: &'static Module) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let list = List::of(format!("/{}/deleted", module.name)).with("type", "all");
        let mut batches = fetch::list(ctx, &slice, List { since: Some(fetch::since(&slice)), ..list });
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let origin = Origin::new(&slice, batch.raw.fetched_at);
            yield map::page(batch, "data", |row, records| map::deleted(&slice, &origin, module, row, records))?;
        }
    };
    pages.boxed()
}

fn parties<'a>(ctx: &'a Context, slice: Slice<'a>, module: &'static Module) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let Some(kind) = module.kind else { return };
        let (ready, warning) = ledger::ready(ctx, &slice, kind).await?;
        yield Page::of_warnings(warning);
        let mut seen = Seen::default();
        let mut batches = fetch::list(ctx, &slice, List::module(module).changed(ctx, &slice));
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let origin = Origin::new(&slice, batch.raw.fetched_at);
            yield map::page(batch, "data", |row, records| {
                seen.fields_of(row)?;
                map::party(&origin, kind, &ready, row, records)
            })?;
        }
        yield Page::of_warnings(seen.missing(&slice, module.watched.iter().copied()));
    };
    pages.boxed()
}

/// All campaigns: their totals grow for as long as they run, whenever they were changed.
fn campaigns<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let (mut seen, mut known) = (Seen::default(), std::collections::HashSet::new());
        let mut odd: Vec<String> = Vec::new();
        let mut batches = fetch::list(ctx, &slice, List::module(&CAMPAIGNS));
        while let Some(batch) = batches.next().await {
            yield map::page(batch?, "data", |row, records| {
                seen.fields_of(row)?;
                campaign(&slice, row, &mut known, &mut odd, records)
            })?;
        }
        let mut warnings = seen.missing(&slice, CAMPAIGNS.watched.iter().copied());
        if let Some(first) = odd.first() {
            let message = format!("{} campaigns hold no number there, the first {first:?}.", odd.len());
            warnings.push(Warning::field(&slice.account.id, slice.stream.name, "Num_sent", message));
        }
        yield Page::of_warnings(warnings);
    };
    pages.boxed()
}

fn campaign(
    slice: &Slice<'_>,
    row: &Node<'_>,
    known: &mut std::collections::HashSet<String>,
    odd: &mut Vec<String>,
    records: &mut Vec<Record>,
) -> Result<()> {
    let campaign = map::campaign(slice, row)?;
    let is_new = known.insert(campaign.id.clone());
    records.push(Record::Entity(campaign));
    let written = map::campaign_totals(slice, row, records)?;
    odd.extend(written.filter(|_| is_new));
    Ok(())
}
