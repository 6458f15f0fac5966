//! What was read already, so that a run can go on where it stopped.

use crate::error::{Error, Result};
use crate::gains::Gains;
use crate::stream::{Grain, StreamSpec};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use model::DayRange;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the format; a file of another version is refused, never misread.
const VERSION: u32 = 1;

/// The state of one connector's accounts.
///
/// Days that were read in an unfinished run are not read again. A new run reads all days again that the vendor may have
/// restated since, and skips those that had settled when they were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    version: u32,
    connector: String,
    #[serde(default)]
    accounts: BTreeMap<String, AccountState>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct AccountState {
    /// Number of the run that is under way, or was the last.
    run: u32,
    /// That run did not end.
    is_open: bool,
    streams: BTreeMap<String, Vec<DaysRead>>,
    /// What things had come to, by stream, where that is counted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    lifetimes: BTreeMap<String, Gains>,
}

/// Days that were read at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct DaysRead {
    days: DayRange,
    at: DateTime<Utc>,
    run: u32,
}

impl State {
    /// Nothing was read.
    pub fn new(connector: &str) -> Self {
        Self { version: VERSION, connector: connector.to_owned(), accounts: BTreeMap::new() }
    }

    /// Reads what [`State::to_json`] wrote.
    ///
    /// # Errors
    /// When it is something else, or belongs to another connector or version.
    pub fn from_json(text: &str, connector: &str) -> Result<Self> {
        let state: Self = serde_json::from_str(text).map_err(|e| {
            Error::configuration(format!("The state is not readable: {e}."))
                .with_hint("Give the file that an earlier run wrote, or remove it to start from nothing.")
        })?;
        if state.version != VERSION || state.connector != connector {
            return Err(Error::configuration(format!(
                "The state belongs to {} (format {}), not to {connector} (format {VERSION}).",
                state.connector, state.version
            ))
            .with_hint("Give the file of this connector, or remove it to start from nothing."));
        }
        Ok(state)
    }

    /// As text for a file.
    ///
    /// # Errors
    /// Never in practice: all keys are text.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self)
            .map_err(|e| Error::configuration(format!("The state can't be written: {e}.")))
    }

    /// Starts a run of the account, or goes on with one that did not end.
    pub fn open(&mut self, account: &str) {
        let account = self.accounts.entry(account.to_owned()).or_default();
        if !account.is_open {
            account.run += 1;
            account.is_open = true;
        }
    }

    /// The run of the account reached its end.
    pub fn close(&mut self, account: &str) {
        if let Some(account) = self.accounts.get_mut(account) {
            account.is_open = false;
        }
    }

    /// Notes days that came whole.
    pub fn note(&mut self, account: &str, stream: &str, days: DayRange, at: DateTime<Utc>) {
        let account = self.accounts.entry(account.to_owned()).or_default();
        let run = account.run;
        let read = account.streams.entry(stream.to_owned()).or_default();
        let mut kept: Vec<DaysRead> = read.iter().flat_map(|r| without(*r, days)).collect();
        kept.push(DaysRead { days, at, run });
        kept.sort_by_key(|r| r.days);
        *read = merged(kept);
    }

    /// The days of the range that have to be read now, newest first, in connected parts.
    pub fn missing(
        &self,
        account: &str,
        stream: &StreamSpec,
        lookback_days: u32,
        days: DayRange,
        now: DateTime<Utc>,
    ) -> Vec<DayRange> {
        let Some(account) = self.accounts.get(account) else {
            return vec![days];
        };
        let read = account.streams.get(stream.name).map(Vec::as_slice).unwrap_or_default();
        let counts = |read: &DaysRead, day: NaiveDate| {
            if account.is_open && read.run == account.run {
                return true;
            }
            stream.is_dated() && (read.at.date_naive() - day).num_days() > i64::from(lookback_days)
        };
        if !stream.is_dated() {
            let every = TimeDelta::days(i64::from(stream.every_days));
            let is_read = read.iter().any(|r| counts(r, days.until()) || now < r.at + every);
            return if is_read { Vec::new() } else { vec![days] };
        }
        let is_missing = |day: &NaiveDate| !read.iter().any(|r| r.days.contains(*day) && counts(r, *day));
        // Counts over records are only right when all of them are there.
        if stream.grain == Grain::Record {
            return if days.days().any(|day| is_missing(&day)) { vec![days] } else { Vec::new() };
        }
        let mut parts: Vec<DayRange> = Vec::new();
        for day in days.days().rev().filter(is_missing) {
            match parts.last_mut() {
                Some(part) if part.from().pred_opt() == Some(day) => *part = part.hull(DayRange::single(day)),
                _ => parts.push(DayRange::single(day)),
            }
        }
        parts
    }

    /// What the things of a stream had come to.
    pub fn gains(&mut self, account: &str, stream: &str) -> &mut Gains {
        let account = self.accounts.entry(account.to_owned()).or_default();
        account.lifetimes.entry(stream.to_owned()).or_default()
    }

    /// What is known of one stream of an account, for showing.
    pub fn describe(&self, account: &str, stream: &str) -> serde_json::Value {
        let read = self.accounts.get(account).and_then(|a| a.streams.get(stream));
        serde_json::json!({ "read": read.map(Vec::as_slice).unwrap_or_default() })
    }
}

fn without(read: DaysRead, days: DayRange) -> Vec<DaysRead> {
    if read.days.intersection(days).is_none() {
        return vec![read];
    }
    let before = days.from().pred_opt().and_then(|until| DayRange::new(read.days.from(), until).ok());
    let after = days.until().succ_opt().and_then(|from| DayRange::new(from, read.days.until()).ok());
    [before, after].into_iter().flatten().map(|days| DaysRead { days, ..read }).collect()
}

fn merged(reads: Vec<DaysRead>) -> Vec<DaysRead> {
    let mut merged: Vec<DaysRead> = Vec::new();
    for read in reads {
        match merged.last_mut() {
            Some(last)
                if (last.at, last.run) == (read.at, read.run)
                    && last.days.until().succ_opt() == Some(read.days.from()) =>
            {
                last.days = last.days.hull(read.days);
            }
            _ => merged.push(read),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAILY: StreamSpec =
        StreamSpec { name: "campaign_daily", lookback_days: 30, slice_days: 14, ..StreamSpec::DAY };

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn days(from: &str, until: &str) -> DayRange {
        DayRange::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn an_unfinished_run_goes_on_and_a_new_one_reads_what_may_be_restated() {
        let mut state = State::new("google_ads");
        let range = days("2026-06-01", "2026-09-03");
        state.open("1");
        state.note("1", DAILY.name, days("2026-08-21", "2026-09-03"), at("2026-09-04T12:00:01Z"));
        state.note("1", DAILY.name, days("2026-06-01", "2026-06-10"), at("2026-09-04T12:00:02Z"));
        let state = State::from_json(&state.to_json().unwrap(), "google_ads").unwrap();
        assert_eq!(state.missing("1", &DAILY, 30, range, NOW), [days("2026-06-11", "2026-08-20")]);
        assert_eq!(state.missing("2", &DAILY, 30, range, NOW), [range]);

        let mut done = state;
        done.note("1", DAILY.name, days("2026-06-11", "2026-08-20"), at("2026-09-04T12:00:03Z"));
        assert!(done.missing("1", &DAILY, 30, range, NOW).is_empty());
        done.close("1");
        done.open("1");
        // 4 August was 31 days old when it was read: settled. 5 August was not.
        assert_eq!(done.missing("1", &DAILY, 30, range, NOW), [days("2026-08-05", "2026-09-03")]);
    }

    #[test]
    fn snapshots_are_read_once_per_run() {
        let spec = StreamSpec { grain: Grain::Snapshot, name: "campaigns", ..DAILY };
        let mut state = State::new("google_ads");
        let range = days("2026-09-01", "2026-09-03");
        state.open("1");
        state.note("1", spec.name, range, at("2026-09-04T12:00:00Z"));
        let now = at("2026-09-05T12:00:00Z");
        assert!(state.missing("1", &spec, 0, range, now).is_empty());
        state.close("1");
        state.open("1");
        assert_eq!(state.missing("1", &spec, 0, range, now), [range]);
        // Once a week is enough.
        let weekly = StreamSpec { every_days: 7, ..spec };
        assert!(state.missing("1", &weekly, 0, range, now).is_empty());
        assert_eq!(state.missing("1", &weekly, 0, range, at("2026-09-11T12:00:00Z")), [range]);
    }

    #[test]
    fn records_are_read_all_or_not_at_all() {
        let spec = StreamSpec { grain: Grain::Record, name: "deals", lookback_days: 1, ..DAILY };
        let mut state = State::new("hubspot");
        let range = days("2026-06-01", "2026-09-03");
        state.open("1");
        state.note("1", spec.name, days("2026-06-01", "2026-09-02"), at("2026-09-04T12:00:00Z"));
        assert_eq!(state.missing("1", &spec, 1, range, NOW), [range]);
        state.note("1", spec.name, days("2026-09-03", "2026-09-03"), at("2026-09-04T12:00:00Z"));
        assert!(state.missing("1", &spec, 1, range, NOW).is_empty());
    }

    #[test]
    fn a_later_reading_replaces_an_earlier_one_and_parts_join() {
        let mut state = State::new("google_ads");
        let now = at("2026-09-04T12:00:00Z");
        state.note("1", "s", days("2026-01-01", "2026-01-31"), at("2026-02-01T00:00:00Z"));
        state.note("1", "s", days("2026-01-10", "2026-01-11"), now);
        state.note("1", "s", days("2026-01-12", "2026-01-12"), now);
        let read = &state.accounts["1"].streams["s"];
        assert_eq!(
            read.iter().map(|r| r.days).collect::<Vec<_>>(),
            [
                days("2026-01-01", "2026-01-09"),
                days("2026-01-10", "2026-01-12"),
                days("2026-01-13", "2026-01-31")
            ]
        );
    }

    #[test]
    fn a_foreign_or_broken_state_is_refused() {
        let state = State::new("ga4").to_json().unwrap();
        assert!(State::from_json(&state, "google_ads").unwrap_err().message.contains("belongs to ga4"));
        assert!(State::from_json("{", "google_ads").is_err());
    }
}
