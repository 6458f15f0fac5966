//! Reads one stream for some days, once.

use super::auth::Resource;
use super::deals::{Chances, Mapper, living, moves, stage_changes};
use super::discovery;
use super::failure::GONE;
use super::fetch::{self, Query};
use super::map::{self, Done};
use super::streams::{ALL, ARCHIVED, Ask, CHANGED, DELETED, Deals, ask};
use crate::connector::{Context, Slice};
use crate::crm::{CrmKind, Origin, RosterRecord};
use crate::error::{Error, ErrorKind, Result, spare};
use crate::http::{Batch, Node};
use crate::mapping::Seen;
use crate::record::{Page, Record, Warning};
use async_stream::try_stream;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use std::collections::HashSet;

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let Some(ask) = ask(slice.stream.name) else {
        let error = Error::configuration(format!("Pipedrive has no stream {:?}.", slice.stream.name));
        return futures_util::stream::iter([Err(error)]).boxed();
    };
    match ask {
        Ask::Account => account(ctx, slice),
        Ask::Currencies => currencies(ctx, slice),
        Ask::Users => rows(ctx, slice, Resource::Users, map::user),
        Ask::Pipelines => rows(ctx, slice, Resource::Pipelines, map::pipeline),
        Ask::Stages => rows(ctx, slice, Resource::Stages, map::stage),
        Ask::Deals(ALL) => all_deals(ctx, slice),
        Ask::Deals(which) => deals(ctx, slice, which),
        Ask::Changes => deal_moves(ctx, slice),
        Ask::Parties(resource, kind) => parties(ctx, slice, resource, kind),
        Ask::Activities => activities(ctx, slice),
        Ask::Leads => leads(ctx, slice),
    }
}

fn account<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let Batch { value, raw } = discovery::me(ctx, Some(slice.account), &slice.budget).await?;
        let root = Node::root(&value, "$");
        let record = map::account(&slice, &root.at("data"))?;
        yield Page { records: vec![record], rows: 1, raw: Some(raw) };
    };
    pages.boxed()
}

fn currencies<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut batches = fetch::list(ctx, &slice, Resource::Currencies, String::new(), Query::new());
        while let Some(batch) = batches.next().await {
            yield map::currencies(&slice, batch?)?;
        }
    };
    pages.boxed()
}

/// Puts the rows of a row-by-row listing behind each other.
type Map = fn(&Slice<'_>, &Node<'_>, &mut Vec<Record>) -> Result<()>;

fn rows<'a>(ctx: &'a Context, slice: Slice<'a>, resource: Resource, map: Map) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut batches = fetch::list(ctx, &slice, resource, String::new(), Query::new());
        while let Some(batch) = batches.next().await {
            yield map::page(batch?, |row, records| map(&slice, row, records))?;
        }
    };
    pages.boxed()
}

/// The chances of the stages, learned once per run. Where they may not be read, deals are, with their own chances only.
async fn chances(ctx: &Context, slice: &Slice<'_>) -> Result<(Chances, Option<Warning>)> {
    let key = format!("stages/{}", slice.account.id);
    if let Some(known) = ctx.memory.recall(&key).and_then(|text| Chances::from_text(&text)) {
        return Ok((known, None));
    }
    let mut chances = Chances::default();
    let mut batches = fetch::list(ctx, slice, Resource::Stages, String::new(), Query::new());
    loop {
        match batches.try_next().await {
            Ok(Some(batch)) => {
                map::checked(&batch.value)?;
                chances.read(&batch.value)?;
            }
            Ok(None) => break,
            Err(error) if matches!(error.kind, ErrorKind::Permission(_)) && !error.stops_run() => {
                let message = format!(
                    "Stages can't be read, so deals without a chance of their own have no weighted value. {}",
                    error.message
                );
                let warning = Warning::stream(&slice.account.id, slice.stream.name, message);
                return Ok((Chances::default(), Some(warning)));
            }
            Err(error) => return Err(error),
        }
    }
    ctx.memory.keep(key, chances.to_text());
    Ok((chances, None))
}

fn deals<'a>(ctx: &'a Context, slice: Slice<'a>, which: Deals) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let are_gone = which == DELETED;
        let (chances, warning) =
            if are_gone { (Chances::default(), None) } else { chances(ctx, &slice).await? };
        yield Page::of_warnings(warning);
        let mut mapper = Mapper::new(&slice, chances, are_gone);
        let mut batches = fetch::deals(ctx, &slice, which, which.status);
        while let Some(batch) = batches.next().await {
            yield mapper.page(batch?)?;
        }
        yield Page::of_warnings(mapper.warnings());
    };
    pages.boxed()
}

/// All deals, and so which there are: the recycle bin forgets those that were deleted after 30 days. Without the archive
/// nothing follows from what is missing.
fn all_deals<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut roster = Some(RosterRecord::new(Origin::new(&slice, ctx.session.now())));
        let (chances, warning) = chances(ctx, &slice).await?;
        yield Page::of_warnings(warning);
        let mut mapper = Mapper::new(&slice, chances, false);
        for which in [ALL, Deals { is_changed: false, ..ARCHIVED }] {
            let mut batches = fetch::deals(ctx, &slice, which, which.status);
            loop {
                let batch = match batches.try_next().await {
                    Ok(Some(batch)) => batch,
                    Ok(None) => break,
                    // The stream of archived deals says so.
                    Err(error) if which != ALL && is_refused(&error) => {
                        roster = None;
                        break;
                    }
                    Err(error) => Err(error)?,
                };
                let page = mapper.page(batch)?;
                if let Some(roster) = &mut roster {
                    roster.note(&page);
                }
                yield page;
            }
        }
        yield Page::of_warnings(mapper.warnings());
        if let Some(roster) = roster {
            yield roster.into();
        }
    };
    pages.boxed()
}

/// The deals that were changed are found first, then each is asked for all that ever happened to it: a move changes the
/// deal, so that none is missed.
fn deal_moves<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let (mut known, mut unknown) = (HashSet::new(), 0);
        for which in [CHANGED, ARCHIVED] {
            let mut found = fetch::deals(ctx, &slice, which, ARCHIVED.status);
            loop {
                let batch = match found.try_next().await {
                    Ok(Some(batch)) => batch,
                    Ok(None) => break,
                    // The stream of archived deals says so.
                    Err(e) if which == ARCHIVED && is_refused(&e) => break,
                    Err(error) => Err(error)?,
                };
                for (deal, made) in living(&batch.value)? {
                    if !known.insert(deal.clone()) {
                        continue;
                    }
                    let (mut rows, mut origin) = (Vec::new(), None);
                    let mut history = history(ctx, &slice, &deal);
                    while let Some(Some(batch)) = asked(&mut history, &mut unknown).await? {
                        stage_changes(&batch.value, &mut rows)?;
                        origin = Some(Origin::new(&slice, batch.raw.fetched_at));
                        let count = batch.value["data"].as_array().map_or(0, Vec::len) as u64;
                        yield Page { records: Vec::new(), rows: count, raw: Some(batch.raw) };
                    }
                    if let Some(origin) = origin {
                        yield Page { records: moves(&origin, &deal, made, rows).collect(), ..Page::default() };
                    }
                }
            }
        }
        yield Page::of_warnings((unknown > 0).then(|| {
            let message = format!("Pipedrive has no history of {unknown} deals, so their moves are not known.");
            Warning::stream(&slice.account.id, slice.stream.name, message)
        }));
    };
    pages.boxed()
}

/// The next page of a deal's history; none where the deal was deleted meanwhile.
async fn asked(
    history: &mut BoxStream<'_, Result<Batch>>,
    unknown: &mut u64,
) -> Result<Option<Option<Batch>>> {
    let answer = spare(history.try_next().await, GONE)?;
    if answer.is_none() {
        *unknown += 1;
    }
    Ok(answer)
}

fn is_refused(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Permission(_)) && !error.stops_run()
}

fn history<'a>(ctx: &'a Context, slice: &Slice<'a>, deal: &str) -> BoxStream<'a, Result<Batch>> {
    if ctx.settings.get("deal_history") == "flow" {
        let query = vec![("items", "change".to_owned())];
        return fetch::list(ctx, slice, Resource::History, format!("/{deal}/flow"), query);
    }
    fetch::list(ctx, slice, Resource::History, format!("/{deal}/changelog"), Query::new())
}

fn parties<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    resource: Resource,
    kind: CrmKind,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let query = fetch::changed(ctx, &slice);
        let mut batches = fetch::list(ctx, &slice, resource, String::new(), query);
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let origin = Origin::new(&slice, batch.raw.fetched_at);
            yield map::page(batch, |row, records| map::party(&origin, kind, row, records))?;
        }
    };
    pages.boxed()
}

/// Both lists in one stream, so that a day's leads are one sum.
fn leads<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut seen = Seen::default();
        for list in ["", "/archived"] {
            let mut batches = fetch::list(ctx, &slice, Resource::Leads, list.to_owned(), Query::new());
            while let Some(batch) = batches.next().await {
                let batch = match batch {
                    // The others are there all the same.
                    Err(error) if !list.is_empty() && is_refused(&error) => {
                        let message = format!("Archived leads are left out. {}", error.message);
                        yield Page::of_warnings([Warning::stream(&slice.account.id, slice.stream.name, message)]);
                        break;
                    }
                    other => other?,
                };
                let origin = Origin::new(&slice, batch.raw.fetched_at);
                yield map::page(batch, |row, records| {
                    seen.fields_of(row)?;
                    map::lead(&origin, row, records)
                })?;
            }
        }
        yield Page::of_warnings(seen.missing(&slice, ["add_time"]));
    };
    pages.boxed()
}

/// Whoever was done on a day was changed on that day or later, so that there is no end to ask for.
fn activities<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut done = Done::default();
        let mut query = fetch::changed(ctx, &slice);
        query.retain(|(name, _)| *name != "updated_until");
        query.push(("done", "true".to_owned()));
        let mut batches = fetch::list(ctx, &slice, Resource::Activities, String::new(), query);
        while let Some(batch) = batches.next().await {
            yield map::page(batch?, |row, _| done.count(&slice, row))?;
        }
        yield done.page(&slice);
    };
    pages.boxed()
}
