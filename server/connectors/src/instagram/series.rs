//! Figures of the account: a row of days, days one by one, and who follows.
//!
//! The addresses of next and previous pages in these answers are other stretches of time, so they are never followed.

use super::map;
use super::metrics::{Question, ask};
use crate::connector::{Context, Slice};
use crate::error::{DeniedScope, Error, ErrorKind, Result};
use crate::http::Batch;
use crate::mapping;
use crate::record::{FactRecord, Page, Record, Warning};
use async_stream::try_stream;
use chrono::{Days, NaiveDate};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use model::entities::EntityKind;
use std::collections::BTreeMap;

const REACH: &str = "reach";
const FOLLOWERS: &str = "follower_count";

/// Followers gained are told for the last 30 days; the oldest of those has partly passed.
const FOLLOWERS_DAYS: u64 = 29;

/// Midnight of the last day is up to a day and a half later in UTC.
const DAYS_AFTER: u64 = 2;

const TOTALS: &[&str] = &[
    "views",
    "accounts_engaged",
    "total_interactions",
    "likes",
    "comments",
    "shares",
    "saves",
    "replies",
    "follows_and_unfollows",
    "profile_links_taps",
];

/// Groups of followers, each asked for by itself.
const GROUPS: &[&str] = &["age,gender", "country", "city"];

pub(super) fn days<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let today = slice.account.today(ctx.session.now());
        let until = (slice.days.until() + Days::new(DAYS_AFTER)).to_string();
        let mut warnings = Vec::new();
        let mut days = BTreeMap::new();
        for (from, metrics) in stretches(slice.days.from(), slice.days.until(), today) {
            let since = from.to_string();
            let more = [("period", "day"), ("since", since.as_str()), ("until", until.as_str())];
            let question = |metrics| Question { id: &slice.account.id, alike: "", metrics, more: &more };
            let told = match ask(ctx, &slice, &question(metrics), &mut warnings).await {
                // Small accounts have none; what else was asked for must not be lost with them.
                Err(error) if is_refused(&error) && metrics.contains(&FOLLOWERS) => {
                    let message = format!("Instagram does not tell the followers gained. {}", error.message);
                    warnings.push(Warning::field(&slice.account.id, slice.stream.name, FOLLOWERS, message));
                    if metrics.len() == 1 { None } else { ask(ctx, &slice, &question(&[REACH]), &mut warnings).await? }
                }
                told => told?,
            };
            let Some(Batch { value, raw }) = told else {
                continue;
            };
            let rows = map::days(&value, slice.days, &mut days)?;
            yield Page { records: Vec::new(), rows: rows as u64, raw: Some(raw) };
        }
        yield Page::of_warnings(warnings);
        let fact = |(day, values): (NaiveDate, BTreeMap<_, _>)| {
            let fact = mapping::fact(&slice, EntityKind::Account, slice.account.id.clone(), day);
            Record::Fact(FactRecord { values: values.into_iter().collect(), ..fact })
        };
        yield Page { records: days.into_iter().map(fact).collect(), ..Page::default() };
    };
    pages.boxed()
}

fn is_refused(error: &Error) -> bool {
    let is_this = matches!(error.kind, ErrorKind::Rejected | ErrorKind::Permission(DeniedScope::Stream));
    is_this && !error.stops_run()
}

/// What is asked from which day on. A first day that has not come is refused, and so are followers gained of days that are
/// too old.
fn stretches(
    from: NaiveDate,
    until: NaiveDate,
    today: NaiveDate,
) -> Vec<(NaiveDate, &'static [&'static str])> {
    let oldest = today.checked_sub_days(Days::new(FOLLOWERS_DAYS)).unwrap_or(NaiveDate::MIN);
    if from > today {
        Vec::new()
    } else if from >= oldest {
        vec![(from, &[REACH, FOLLOWERS])]
    } else if until < oldest {
        vec![(from, &[REACH])]
    } else {
        vec![(from, &[REACH]), (oldest, &[FOLLOWERS])]
    }
}

pub(super) fn totals<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let today = slice.account.today(ctx.session.now());
        for day in slice.days.days().filter(|day| *day <= today) {
            let (since, until) = (day.to_string(), (day + Days::new(1)).to_string());
            let more = [
                ("metric_type", "total_value"),
                ("period", "day"),
                ("since", since.as_str()),
                ("until", until.as_str()),
            ];
            let question = Question { id: &slice.account.id, alike: "", metrics: TOTALS, more: &more };
            let mut warnings = Vec::new();
            let told = ask(ctx, &slice, &question, &mut warnings).await?;
            yield Page::of_warnings(warnings);
            if let Some(Batch { value, raw }) = told {
                let fact = map::totals(&slice, &value, day)?;
                yield Page { records: fact.into_iter().map(Record::Fact).collect(), rows: 1, raw: Some(raw) };
            }
        }
    };
    pages.boxed()
}

/// Small accounts have no groups: that is told, and no failure.
pub(super) fn audience<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut refusals = Vec::new();
        for group in GROUPS {
            let more = [("period", "lifetime"), ("metric_type", "total_value"), ("breakdown", *group)];
            let metrics = ["follower_demographics"];
            let question = Question { id: &slice.account.id, alike: group, metrics: &metrics, more: &more };
            let mut warnings = Vec::new();
            match ask(ctx, &slice, &question, &mut warnings).await {
                Ok(Some(Batch { value, raw })) => {
                    let today = slice.account.today(raw.fetched_at);
                    let records = map::audience(&slice, &value, today)?;
                    yield Page { rows: records.len() as u64, records, raw: Some(raw) };
                }
                Ok(None) => {}
                Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => refusals.push((group, error)),
                Err(error) if error.kind == ErrorKind::Rejected => warnings.push(unread(&slice, group, &error)),
                Err(error) => Err(error)?,
            }
            yield Page::of_warnings(warnings);
        }
        yield Page::of_warnings(refusals.iter().map(|(group, error)| unread(&slice, group, error)));
        if let (Some((_, error)), true) = (refusals.pop(), refusals.len() + 1 == GROUPS.len()) {
            Err(error)?;
        }
    };
    pages.boxed()
}

fn unread(slice: &Slice<'_>, group: &str, error: &Error) -> Warning {
    let message = format!("Followers by {group} can't be read. {}", error.message);
    Warning::stream(&slice.account.id, slice.stream.name, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn followers_gained_are_asked_for_where_they_are_told() {
        let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let check = |from: &str, until: &str, expected: &[(&str, &[&str])]| {
            let stretches = stretches(day(from), day(until), day("2026-09-30"));
            let expected: Vec<_> = expected.iter().map(|(from, names)| (day(from), *names)).collect();
            assert_eq!(stretches.len(), expected.len(), "{from}");
            for (got, expected) in stretches.iter().zip(expected) {
                assert_eq!((got.0, got.1), expected);
            }
        };
        check("2026-09-01", "2026-09-28", &[("2026-09-01", &["reach", "follower_count"])]);
        check("2026-08-31", "2026-09-27", &[("2026-08-31", &["reach"]), ("2026-09-01", &["follower_count"])]);
        check("2026-08-01", "2026-08-28", &[("2026-08-01", &["reach"])]);
        check("2026-10-01", "2026-10-02", &[]);
    }
}
