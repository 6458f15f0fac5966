//! `read`: one account, stream by stream, newest days first.

use super::arguments::ReadArguments;
use super::{Console, connect, lines};
use crate::connector::{Connector, Context};
use crate::crm::{CrmRecord, Tally};
use crate::error::{Error, ErrorKind, Result};
use crate::read::{SliceEvent, read_slice};
use crate::record::{FactRecord, Page, Record, RemoteAccount, Warning};
use crate::setting::Settings;
use crate::state::State;
use crate::stream::{Counts, Grain, StreamSpec, cut, plan_slices};
use futures_util::StreamExt;
use model::DayRange;
use model::clock::Clock;
use model::entities::EntityKind;
use std::path::{Path, PathBuf};

/// Streams in a row that may fail by the vendor before the others are not tried any more: three can share an address that is
/// down while the others work.
const FAULTS_IN_A_ROW: u32 = 5;

struct Reading<'a> {
    connector: &'static dyn Connector,
    ctx: &'a Context,
    account: RemoteAccount,
    days: DayRange,
    state: State,
    state_file: Option<PathBuf>,
    tally: Tally,
    /// What the stream that is being read brought.
    brought: Brought,
}

/// What kinds of records came.
#[derive(Debug, Clone, Copy, Default)]
struct Brought {
    /// All of it was there already, which says nothing about what it was.
    is_nothing_new: bool,
    is_account: bool,
    is_more: bool,
}

impl Brought {
    fn note(&mut self, page: &Page) {
        for record in &page.records {
            match record {
                Record::Entity(entity) if entity.kind == EntityKind::Account => self.is_account = true,
                Record::Warning(_) => {}
                _ => self.is_more = true,
            }
        }
    }

    /// The account was described, now or before, and that is all.
    fn is_description(self) -> bool {
        (self.is_account || self.is_nothing_new) && !self.is_more
    }
}

/// What a slice brought, kept until its days are whole.
#[derive(Default)]
struct Pending {
    lines: String,
    records: Vec<CrmRecord>,
    /// What things have come to.
    lifetimes: Vec<FactRecord>,
}

pub(super) async fn read(arguments: &ReadArguments, console: &mut Console<'_>, clock: Clock) -> Result<u8> {
    let days = DayRange::new(arguments.since, arguments.until)
        .map_err(|e| Error::configuration(format!("--since and --until are no range: {e}.")))?;
    let (connector, ctx) = connect(&arguments.slug, &arguments.connection, clock)?;
    let streams = streams(connector, &ctx.settings, &arguments.streams)?;
    let state = match &arguments.state {
        Some(file) => load_state(file, connector.slug())?,
        None => State::new(connector.slug()),
    };
    let (account, warnings) = connector.account(&ctx, &arguments.account).await?;
    for warning in &warnings {
        console.warn(warning)?;
    }
    let state_file = arguments.state.clone();
    let mut reading = Reading {
        connector,
        ctx: &ctx,
        account,
        days,
        state,
        state_file,
        tally: Tally::default(),
        brought: Brought::default(),
    };
    reading.state.open(&reading.account.id);
    reading.run(&streams, console).await
}

fn streams(
    connector: &'static dyn Connector,
    settings: &Settings,
    names: &[String],
) -> Result<Vec<&'static StreamSpec>> {
    if names.is_empty() {
        return Ok(connector.streams().iter().filter(|stream| settings.reads(stream)).collect());
    }
    let find = |name: &String| {
        connector.stream(name).ok_or_else(|| {
            let known: Vec<_> = connector.streams().iter().map(|s| s.name).collect();
            Error::configuration(format!(
                "{} has no stream {name:?}; its streams are {}.",
                connector.slug(),
                known.join(", ")
            ))
        })
    };
    names.iter().map(find).collect()
}

fn load_state(file: &Path, slug: &str) -> Result<State> {
    match std::fs::read_to_string(file) {
        Ok(text) if text.trim().is_empty() => Ok(State::new(slug)),
        Ok(text) => State::from_json(&text, slug),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(State::new(slug)),
        Err(e) => Err(Error::configuration(format!("The state file {} can't be read: {e}.", file.display()))),
    }
}

impl Reading<'_> {
    async fn run(&mut self, streams: &[&'static StreamSpec], console: &mut Console<'_>) -> Result<u8> {
        let mut refusals: Vec<Error> = Vec::new();
        let mut failures: Vec<Error> = Vec::new();
        let (mut is_any_read, mut is_only_described, mut faults) = (false, true, 0);
        let account = self.account.clone();
        for stream in streams.iter().filter(|stream| self.connector.has_stream(&account, stream)) {
            let error = match self.stream(stream, console).await {
                Ok(is_read) => {
                    is_any_read |= is_read;
                    is_only_described &= !is_read || (!stream.is_dated() && self.brought.is_description());
                    faults = 0;
                    continue;
                }
                Err(error) => error,
            };
            if console.is_closed || error.stops_run_after(is_any_read) {
                return Err(error);
            }
            if matches!(error.kind, ErrorKind::Permission(_)) {
                console.warn(&Warning::stream(&self.account.id, stream.name, error.message.clone()))?;
                refusals.push(error);
                continue;
            }
            console.complain(&error);
            faults = if error.kind == ErrorKind::VendorDown { faults + 1 } else { 0 };
            failures.push(error);
            if faults >= FAULTS_IN_A_ROW {
                console.say("The remaining streams are not tried: the vendor is down.");
                break;
            }
        }
        // The most telling failure decides: drift before a vendor that is down.
        if let Some(code) = failures.iter().map(|e| e.kind.exit_code()).min() {
            return Ok(code);
        }
        // An account whose figures are all refused may still tell its name.
        if let (Some(refusal), true) = (refusals.pop(), is_only_described || !is_any_read) {
            return Err(Error { place: Box::default(), ..refusal }.in_account(&self.account.id));
        }
        self.state.close(&self.account.id);
        self.save()?;
        Ok(0)
    }

    /// Reads what is missing; false where the vendor keeps none of the days any more.
    async fn stream(&mut self, stream: &'static StreamSpec, console: &mut Console<'_>) -> Result<bool> {
        self.brought = Brought::default();
        let today = self.account.today(self.ctx.session.now());
        let is_cut = stream.is_dated() && stream.available(self.days, today) != Some(self.days);
        if is_cut && !stream.may_be_older {
            self.warn_of_age(stream, console)?;
        }
        let lookback = stream.lookback_days(&self.ctx.settings);
        let days = stream.days_to_read(self.days, today);
        let mut uncounted = Vec::new();
        let now = self.ctx.session.now();
        let missing = self.state.missing(&self.account.id, stream, lookback, days, now);
        self.brought.is_nothing_new = missing.is_empty();
        let mut is_older_read = false;
        for missing in missing {
            for slice in plan_slices(stream, missing, today) {
                self.slice(stream, slice, &mut uncounted, console).await?;
            }
            // Whoever names days gets the vendor's own answer to them.
            if let Some(older) = stream.older(missing, today).filter(|_| stream.may_be_older) {
                is_older_read |= self.older(stream, older, &mut uncounted, console).await?;
            }
        }
        self.count(stream, &uncounted, console)?;
        Ok(!is_cut || is_older_read || stream.available(self.days, today).is_some())
    }

    fn warn_of_age(&self, stream: &StreamSpec, console: &mut Console<'_>) -> Result<()> {
        let kept = stream.max_history_days.unwrap_or_default();
        let months =
            if kept > 365 { format!(" (about {} months)", (kept * 12 + 182) / 365) } else { String::new() };
        let message = format!("The vendor keeps {kept} days{months} of it; older days are not read.");
        console.warn(&Warning::stream(&self.account.id, stream.name, message))
    }

    /// Reads days that the vendor may still have, newest first, until it says that they are too old; false where it has none.
    async fn older(
        &mut self,
        stream: &'static StreamSpec,
        days: DayRange,
        uncounted: &mut Vec<DayRange>,
        console: &mut Console<'_>,
    ) -> Result<bool> {
        let mut parts = cut(days, stream.slice_days);
        parts.reverse();
        let mut is_any_read = false;
        while let Some(part) = parts.pop() {
            match self.slice(stream, part, uncounted, console).await {
                Ok(()) => is_any_read = true,
                Err(error) if !self.connector.is_too_old(&error) => return Err(error),
                // Its newer days may be there.
                Err(_) if part.len() > 1 => parts.extend(cut(part, 1).into_iter().rev()),
                Err(_) => {
                    self.warn_of_age(stream, console)?;
                    break;
                }
            }
        }
        Ok(is_any_read)
    }

    /// Prints the figures of the records of a stream that came whole.
    fn count(
        &mut self,
        stream: &'static StreamSpec,
        parts: &[DayRange],
        console: &mut Console<'_>,
    ) -> Result<()> {
        let mut text = String::new();
        for fact in self.tally.figures(stream.name, self.days) {
            lines::fact(&fact, &mut text)?;
        }
        for part in parts {
            self.note(stream, *part, &mut text)?;
        }
        console.print(&text)?;
        if parts.is_empty() { Ok(()) } else { self.save() }
    }

    fn note(&mut self, stream: &'static StreamSpec, part: DayRange, text: &mut String) -> Result<()> {
        self.state.note(&self.account.id, stream.name, part, self.ctx.session.now());
        let state = self.state.describe(&self.account.id, stream.name);
        text.push_str(&lines::state(stream.name, &self.account.id, state)?);
        Ok(())
    }

    async fn slice(
        &mut self,
        stream: &'static StreamSpec,
        days: DayRange,
        uncounted: &mut Vec<DayRange>,
        console: &mut Console<'_>,
    ) -> Result<()> {
        let account = self.account.clone();
        let mut events = read_slice(self.connector, self.ctx, &account, stream, days);
        let mut pending = Pending::default();
        while let Some(event) = events.next().await {
            match event? {
                SliceEvent::Page(page) => {
                    self.brought.note(&page);
                    print_page(page, stream, &mut pending, console)?;
                }
                SliceEvent::Discarded { days, reason } => {
                    pending = Pending::default();
                    let range = format!("{} to {}", days.from(), days.until());
                    console.say(&format!("Reading {range} of {} again: {}", stream.name, reason.message));
                }
                // Their figures are known when all records of the stream are there; until then nothing is noted.
                SliceEvent::Completed(part) if stream.grain == Grain::Record => {
                    let Pending { lines, records, .. } = std::mem::take(&mut pending);
                    console.print(&lines)?;
                    records.into_iter().for_each(|record| self.tally.add(record));
                    uncounted.push(part);
                }
                SliceEvent::Completed(part) => {
                    let Pending { mut lines, records, lifetimes } = std::mem::take(&mut pending);
                    records.into_iter().for_each(|record| self.tally.add(record));
                    self.gained(stream, &lifetimes, &mut lines)?;
                    self.note(stream, part, &mut lines)?;
                    console.print(&lines)?;
                    self.save()?;
                }
            }
        }
        Ok(())
    }

    /// Prints what things gained since the last pull, which the state remembers.
    fn gained(&mut self, stream: &StreamSpec, lifetimes: &[FactRecord], text: &mut String) -> Result<()> {
        if lifetimes.is_empty() {
            return Ok(());
        }
        let known = self.state.gains(&self.account.id, stream.name);
        for gain in lifetimes.iter().filter_map(|fact| known.take(fact)) {
            lines::fact(&gain, text)?;
        }
        Ok(())
    }

    /// Writes beside and renames, so that a crash leaves the old state or the new one.
    fn save(&self) -> Result<()> {
        let Some(file) = &self.state_file else {
            return Ok(());
        };
        let mut beside = file.clone().into_os_string();
        beside.push(".new");
        let text = self.state.to_json()?;
        std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, file)).map_err(|e| {
            Error::configuration(format!("The state file {} can't be written: {e}.", file.display()))
        })
    }
}

/// Keeps records until their days are whole; warnings are told at once.
fn print_page(
    page: Page,
    stream: &StreamSpec,
    pending: &mut Pending,
    console: &mut Console<'_>,
) -> Result<()> {
    for record in page.records {
        match record {
            Record::Fact(fact) if stream.counts == Counts::Gains => pending.lifetimes.push(fact),
            Record::Fact(fact) => lines::fact(&fact, &mut pending.lines)?,
            Record::Entity(entity) => pending.lines.push_str(&lines::entity(&entity)?),
            Record::Crm(record) => {
                pending.lines.push_str(&lines::crm(&record)?);
                pending.records.push(*record);
            }
            Record::Warning(warning) => console.warn(&warning)?,
        }
    }
    Ok(())
}
