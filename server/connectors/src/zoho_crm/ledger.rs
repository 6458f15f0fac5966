//! Reads histories: of single deals where few were changed, of all at once where many were.

use super::deals::stages_of;
use super::failure::spare_missing;
use super::fetch::{self, List};
use super::history::{Visits, current, entered, entries, stage_moves};
use super::map::{self, Ready};
use super::streams::{DEALS, STATUS};
use crate::connector::{Context, Slice};
use crate::crm::{CrmKind, LifecycleStage, Origin, records};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Batch;
use crate::mapping::fact;
use crate::record::{Page, Record, Warning};
use async_stream::try_stream;
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use model::entities::EntityKind;
use std::collections::BTreeMap;

const DEAL_FIELDS: &[&str] = &[
    "Stage",
    "Moved_To__s",
    "Amount",
    "Probability",
    "Expected_Revenue",
    "Close_Date",
    "Duration_Days",
    "Stage_Duration_Calendar_Days",
    "Modified_Time",
];

/// A module that holds the history of all records.
#[derive(Clone, Copy)]
struct Ledger {
    module: &'static str,
    /// The field that names whose history it is.
    lookup: &'static str,
    stage: &'static str,
}

const STAGES: Ledger = Ledger { module: "DealHistory", lookup: "Potential_Name", stage: "Stage" };
const STATUSES: Ledger = Ledger { module: "Lead_Status_History", lookup: "Full_Name", stage: "Lead_Status" };

impl Ledger {
    /// All of it: a filter would be accepted and ignored.
    fn list(self) -> List {
        let fields =
            [self.lookup, self.stage, "Moved_To__s", "Modified_Time", "Stage_Duration_Calendar_Days"];
        // Durations of leads go by another name.
        let count = if self.stage == STAGES.stage { fields.len() } else { fields.len() - 1 };
        let list = List::of(format!("/{}", self.module)).fields(&fields[..count]);
        list.with("sort_by", "Modified_Time").with("sort_order", "desc")
    }

    fn take(self, visits: &mut Visits, batch: Batch) -> Result<Page> {
        map::page(batch, "data", |row, _| visits.take_from_ledger(row, self.lookup, self.stage))
    }
}

fn is_refused(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Permission(_)) && !error.stops_run()
}

fn moves_page(slice: &Slice<'_>, at: DateTime<Utc>, visits: Visits, wanted: impl Fn(&str) -> bool) -> Page {
    let origin = Origin::new(slice, at);
    let wanted = visits.ordered().filter(|(deal, _)| wanted(deal));
    let moves = wanted.flat_map(|(deal, visits)| records(stage_moves(&origin, &deal, visits)));
    Page { records: moves.collect(), ..Page::default() }
}

/// The moves of all deals.
pub(super) fn stages<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut visits = Visits::default();
        let mut batches = fetch::list(ctx, &slice, STAGES.list());
        while let Some(batch) = batches.next().await {
            yield STAGES.take(&mut visits, batch?)?;
        }
        yield moves_page(&slice, ctx.session.now(), visits, |_| true);
    };
    pages.boxed()
}

/// The moves of the deals that were changed in the slice. Each is read from its beginning, because whether a row is a move
/// depends on the one before.
pub(super) fn history<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let deals = changed(ctx, &slice).await?;
        let most = ctx.settings.integer("history_calls").unwrap_or_default() as usize;
        let mut is_told = false;
        if deals.len() > most {
            let mut visits = Visits::default();
            let mut batches = fetch::list(ctx, &slice, STAGES.list());
            loop {
                match batches.try_next().await {
                    Ok(Some(batch)) => yield STAGES.take(&mut visits, batch)?,
                    Ok(None) => {
                        is_told = true;
                        break;
                    }
                    // Then one by one.
                    Err(error) if is_refused(&error) => break,
                    Err(error) => Err(error)?,
                }
            }
            if is_told {
                yield moves_page(&slice, ctx.session.now(), visits, |deal| deals.contains_key(deal));
            }
        }
        let mut found = Found::default();
        for (deal, stage) in deals.iter().filter(|_| !is_told) {
            let path = format!("/{}/{deal}/Stage_History", DEALS.name);
            let mut visits = Visits::default();
            let mut batches = fetch::list(ctx, &slice, List::of(path).fields(DEAL_FIELDS));
            loop {
                match spare_missing(batches.try_next().await)? {
                    Some(Some(batch)) => {
                        yield map::page(batch, "data", |row, _| visits.take(deal, row, STAGES.stage))?;
                    }
                    Some(None) => break,
                    None => {
                        found.unknown += 1;
                        break;
                    }
                }
            }
            yield found.moves(&slice, ctx.session.now(), visits, stage.as_deref());
        }
        yield Page::of_warnings(found.warnings(&slice));
    };
    pages.boxed()
}

/// What was odd in the histories of single deals.
#[derive(Default)]
struct Found {
    unknown: u64,
    contradicted: Vec<String>,
}

impl Found {
    /// The moves of one deal. By its history it must be in the stage that it says itself.
    fn moves(&mut self, slice: &Slice<'_>, at: DateTime<Utc>, visits: Visits, stage: Option<&str>) -> Page {
        let origin = Origin::new(slice, at);
        let mut page = Page::default();
        for (deal, visits) in visits.ordered() {
            if stage.is_some() && current(&visits) != stage {
                self.contradicted.push(deal.clone());
            }
            page.records.extend(records(stage_moves(&origin, &deal, visits)));
        }
        page
    }

    fn warnings(&self, slice: &Slice<'_>) -> Vec<Warning> {
        let warning = |message| Warning::stream(&slice.account.id, slice.stream.name, message);
        let unknown = (self.unknown > 0)
            .then(|| format!("Zoho has no history of {} deals, so their moves are not known.", self.unknown));
        let contradicted = self.contradicted.first().map(|first| {
            let count = self.contradicted.len();
            format!("{count} deals are in another stage than their history ends with, the first {first}.")
        });
        unknown.into_iter().chain(contradicted).map(warning).collect()
    }
}

/// The deals that were changed in the slice, with the stage of each.
async fn changed(ctx: &Context, slice: &Slice<'_>) -> Result<BTreeMap<String, Option<String>>> {
    let mut deals = BTreeMap::new();
    let mut batches = fetch::list(ctx, slice, List::module(&DEALS).changed(ctx, slice));
    while let Some(batch) = batches.try_next().await? {
        deals.extend(stages_of(&batch.value)?);
    }
    Ok(deals)
}

/// How many leads entered which status on which day.
pub(super) fn statuses<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut visits = Visits::default();
        let mut batches = fetch::list(ctx, &slice, STATUSES.list());
        while let Some(batch) = batches.next().await {
            yield STATUSES.take(&mut visits, batch?)?;
        }
        let mut counts: BTreeMap<(NaiveDate, String), u64> = BTreeMap::new();
        for (_, visits) in visits.ordered() {
            for (at, status) in entries(&visits).filter(|(at, _)| slice.days.contains(at.date_naive())) {
                *counts.entry((at.date_naive(), status.to_owned())).or_default() += 1;
            }
        }
        let facts = counts.into_iter().map(|((day, status), count)| {
            let mut fact = fact(&slice, EntityKind::Account, slice.account.id.clone(), day);
            fact.breakdown.insert(STATUS.into(), status);
            fact.extra.insert("leads_entered".into(), count.into());
            Record::Fact(fact)
        });
        yield Page { records: facts.collect(), ..Page::default() };
    };
    pages.boxed()
}

/// When leads were taken for ready, by the statuses that the settings name; learned once per run. Where no history is
/// kept nobody knows when.
pub(super) async fn ready(
    ctx: &Context,
    slice: &Slice<'_>,
    kind: CrmKind,
) -> Result<(Ready, Option<Warning>)> {
    let wanted = [(LifecycleStage::Mql, "mql_statuses"), (LifecycleStage::Sql, "sql_statuses")]
        .map(|(stage, setting)| (stage, names(ctx.settings.get(setting))));
    if kind != CrmKind::Lead || wanted.iter().all(|(_, names)| names.is_empty()) {
        return Ok((Ready::new(), None));
    }
    let key = format!("ready/{}", slice.account.id);
    if let Some(known) = ctx.memory.recall(&key) {
        return Ok((from_text(&known), None));
    }
    let mut visits = Visits::default();
    let mut batches = fetch::list(ctx, slice, STATUSES.list());
    loop {
        match batches.try_next().await {
            Ok(Some(batch)) => {
                STATUSES.take(&mut visits, batch)?;
            }
            Ok(None) => break,
            Err(error) if is_refused(&error) => {
                let message = format!(
                    "The history of statuses can't be read, so nobody knows when leads were ready. {}",
                    error.message
                );
                return Ok((
                    Ready::new(),
                    Some(Warning::stream(&slice.account.id, slice.stream.name, message)),
                ));
            }
            Err(error) => return Err(error),
        }
    }
    let mut ready = Ready::new();
    for (lead, visits) in visits.ordered() {
        let stages = wanted.iter().filter_map(|(stage, names)| Some((*stage, entered(&visits, names)?)));
        ready.insert(lead, stages.collect());
    }
    ctx.memory.keep(key, to_text(&ready));
    Ok((ready, None))
}

fn names(setting: &str) -> Vec<String> {
    setting.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A line per lead and stage.
fn to_text(ready: &Ready) -> String {
    let lines = ready.iter().flat_map(|(lead, stages)| {
        stages.iter().map(move |(stage, at)| format!("{lead}\t{}\t{}\n", stage.name(), at.to_rfc3339()))
    });
    lines.collect()
}

fn from_text(text: &str) -> Ready {
    let mut ready = Ready::new();
    for line in text.lines() {
        let mut parts = line.split('\t');
        let (Some(lead), Some(stage), Some(at)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let stage =
            if stage == LifecycleStage::Mql.name() { LifecycleStage::Mql } else { LifecycleStage::Sql };
        if let Ok(at) = at.parse() {
            ready.entry(lead.to_owned()).or_default().insert(stage, at);
        }
    }
    ready
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_learned_survives_being_remembered() {
        let at = "2026-06-02T10:00:00Z".parse().unwrap();
        let ready = Ready::from([(
            "9007199254740993".into(),
            [(LifecycleStage::Mql, at), (LifecycleStage::Sql, at)].into(),
        )]);
        assert_eq!(from_text(&to_text(&ready)), ready);
        assert_eq!(names(" Contacted , ,Pre-Qualified"), ["Contacted", "Pre-Qualified"]);
    }

    #[test]
    fn a_ledger_is_asked_for_what_it_has() {
        let fields = |ledger: Ledger| ledger.list().query[0].1.clone();
        assert!(fields(STAGES).starts_with("Potential_Name,Stage,Moved_To__s,Modified_Time,"));
        assert_eq!(fields(STATUSES), "Full_Name,Lead_Status,Moved_To__s,Modified_Time");
    }
}
