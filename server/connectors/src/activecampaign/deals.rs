//! Deals and their history, which one request per deal tells.

use super::crm::{Deals, Log, closed, is_disabled};
use super::fetch::{GONE, Question, midnight, pages, total};
use super::map::id;
use super::streams::Which;
use crate::connector::{Context, Slice};
use crate::crm::{DealState, Origin, RosterRecord, records};
use crate::error::{ErrorKind, Result, spare};
use crate::http::{Batch, Node};
use crate::mapping::needed_page;
use crate::record::{Page, Warning};
use async_stream::try_stream;
use chrono::{DateTime, Days, Utc};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

const ROWS: &str = "/deals";

/// Sorted by what never changes, so that a deal that is changed meanwhile moves no page. Whether the vendor means its own
/// zone is not known, so a day more is asked for.
fn question(slice: &Slice<'_>, which: Which) -> Question {
    let question = Question::new("/deals", ROWS).with("orders[cdate]", "ASC");
    match which {
        Which::Changed => question.with("filters[updated_after]", midnight(slice.days.from() - Days::new(1))),
        // A filter that the vendor does not know gives everything: rows that are not open are left out below.
        Which::Open => question.with("filters[status]", "0"),
        Which::All => question,
    }
}

fn each_deal(batch: &Batch, mut look: impl FnMut(&Node<'_>) -> Result<()>) -> Result<()> {
    let root = Node::root(&batch.value, "$");
    root.at("deals").each(|row| look(row)).map(|_| ())
}

/// The log of one deal, and the pages that it was read from. A deal that is gone by now has none.
async fn log(ctx: &Context, slice: &Slice<'_>, deal: &str) -> Result<(Log, Vec<Page>)> {
    const LOG: &str = "/dealActivities";
    let (mut log, mut read) = (Log::default(), Vec::new());
    let mut batches = pages(ctx, slice, Question::about("/deals/", deal, LOG, LOG)?);
    while let Some(batch) = batches.next().await {
        let Some(batch) = spare(batch, GONE)? else { break };
        read.push(needed_page(batch, LOG, |row, _| log.take(row))?);
    }
    Ok((log, read))
}

/// What of a log is remembered for the run: the deal as it stood, and when it was closed.
fn remember(ctx: &Context, deal: &Node<'_>, log: &Log) -> Result<()> {
    if let Some((id, status)) = closed(deal)? {
        let since = log.since(&status).map(|at| at.to_rfc3339()).unwrap_or_default();
        ctx.memory.keep(key(&id), format!("{}|{since}", version(deal, &status)?));
    }
    Ok(())
}

fn key(deal: &str) -> String {
    format!("closed/{deal}")
}

fn version(deal: &Node<'_>, status: &str) -> Result<String> {
    Ok(format!("{status}@{}", deal.at("mdate").text()?.unwrap_or_default()))
}

/// When each closed deal of a page was closed, where the log says so. Logs that may not be read are a warning.
async fn closings(
    ctx: &Context,
    slice: &Slice<'_>,
    batch: &Batch,
    refused: &mut Option<Warning>,
) -> Result<HashMap<String, DateTime<Utc>>> {
    let mut asked = Vec::new();
    each_deal(batch, |row| {
        if let Some((id, status)) = closed(row)? {
            asked.push((id, version(row, &status)?, status));
        }
        Ok(())
    })?;
    let mut closings = HashMap::new();
    for (id, version, status) in asked {
        let known = ctx.memory.recall(&key(&id));
        let known =
            known.as_deref().and_then(|text| text.rsplit_once('|')).filter(|(known, _)| *known == version);
        if let Some((_, since)) = known {
            closings.extend(since.parse().ok().map(|at| (id, at)));
            continue;
        }
        if refused.is_some() {
            continue;
        }
        match log(ctx, slice, &id).await {
            Ok((log, _)) => closings.extend(log.since(&status).map(|at| (id, at))),
            Err(error) if matches!(error.kind, ErrorKind::Permission(_)) && !error.stops_run() => {
                let message = format!(
                    "The history of deals can't be read, so deals count as closed when they were last changed. {}",
                    error.message
                );
                *refused = Some(Warning::stream(&slice.account.id, slice.stream.name, message));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(closings)
}

/// Deals as they stand now.
pub(super) fn deals<'a>(ctx: &'a Context, slice: Slice<'a>, which: Which) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let (mut deals, mut refused) = (Deals::default(), None);
        let mut batches = pages(ctx, &slice, question(&slice, which));
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let closings = match which {
                Which::Open => HashMap::new(),
                Which::Changed | Which::All => closings(ctx, &slice, &batch, &mut refused).await?,
            };
            let origin = Origin::new(&slice, batch.raw.fetched_at);
            yield needed_page(batch, ROWS, |row, records| {
                let state = row.at("status").text()?.as_deref().and_then(super::crm::state);
                if which == Which::Open && state != Some(DealState::Open) {
                    return Ok(());
                }
                let since = row.at("id").text()?.and_then(|id| closings.get(&id).copied());
                records.extend(deals.take(&slice, row, since, &origin)?);
                Ok(())
            })?;
        }
        yield Page::of_warnings(deals.warnings(&slice).into_iter().chain(refused));
    };
    stream.boxed()
}

/// Which deals there are. A deal that is deleted while they are listed moves another one to a page that was read already; the
/// total tells, and then nothing follows from what is missing.
pub(super) fn roster<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let mut roster = RosterRecord::new(Origin::new(&slice, ctx.session.now()));
        let mut totals = BTreeSet::new();
        let mut batches = pages(ctx, &slice, question(&slice, Which::All));
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            totals.extend(total(&batch));
            yield needed_page(batch, ROWS, |row, _| {
                roster.deals.insert(row.at("id").need_text()?);
                Ok(())
            })?;
        }
        if totals.iter().any(|total| *total != roster.deals.len() as u64) {
            let message = "The list of deals changed while it was read: deals that were deleted are looked for next time.";
            yield Page::of_warnings([Warning::stream(&slice.account.id, slice.stream.name, message)]);
            return;
        }
        yield roster.into();
    };
    stream.boxed()
}

/// Each move of the deals that were changed. When they were closed is remembered for the stream of deals.
pub(super) fn history<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let mut batches = pages(ctx, &slice, question(&slice, Which::Changed));
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            if batch.value.pointer(ROWS).is_none_or(Value::is_null) {
                Err(crate::Error::drift("deals", "it is missing"))?;
            }
            let mut asked = Vec::new();
            each_deal(&batch, |row| {
                if !is_disabled(row) {
                    asked.extend(id(&row.at("id"))?.map(|id| (id, row.value().cloned().unwrap_or_default())));
                }
                Ok(())
            })?;
            for (deal, row) in asked {
                let (log, read) = log(ctx, &slice, &deal).await?;
                remember(ctx, &Node::root(&row, "deals[]"), &log)?;
                let mut read = read.into_iter();
                // The moves stand on the first page of the log; how long a stage lasted is known from all of them.
                if let Some(first) = read.next() {
                    let seen_at = first.raw.as_ref().map_or_else(|| ctx.session.now(), |raw| raw.fetched_at);
                    let moves = log.moves(&Origin::new(&slice, seen_at), &deal);
                    yield Page { records: records(moves).collect(), ..first };
                }
                for page in read {
                    yield page;
                }
            }
        }
    };
    stream.boxed()
}
