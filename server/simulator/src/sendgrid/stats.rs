//! Statistics by the day (UTC) on which something happened.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate, TimeDelta};
use serde_json::{Map, Value, json};

use super::{ACCOUNT, Refusal, bad};
use crate::asked::Asked;
use crate::num;
use crate::state::SimulatorState;
use crate::world::audience;
use crate::world::mail::{MailResult, Newsletter};

/// Categories of one call, at most.
const CATEGORIES: usize = 10;

/// The subuser of old.
const CLOSED: &str = "brightwave-events";

/// Months that statistics of categories reach back.
const MONTHS: u32 = 13;

/// The categories that a newsletter was sent with.
pub(super) fn categories_of(mail: &Newsletter) -> [String; 2] {
    let topic = mail.subject.split(" – ").next().unwrap_or_default();
    ["newsletter".to_owned(), crate::world::build::slug(topic)].map(|name| name.trim_matches('-').to_owned())
}

/// All figures of some e-mails.
pub(super) fn metrics(of: &MailResult) -> Value {
    // Who bounced or left before is not tried again.
    let drops = of.sent / 900;
    json!({
        "blocks": of.soft_bounces,
        "bounce_drops": drops,
        "bounces": of.hard_bounces,
        "clicks": of.clicks,
        "deferred": of.soft_bounces * 2,
        "delivered": (of.sent - of.hard_bounces - of.soft_bounces - drops).max(0),
        "invalid_emails": 0,
        "opens": of.opens,
        "processed": of.sent - drops,
        "requests": of.sent,
        "spam_report_drops": 0,
        "spam_reports": of.complaints,
        "unique_clicks": of.unique_clicks,
        "unique_opens": of.unique_opens,
        "unsubscribe_drops": 0,
        "unsubscribes": of.unsubscribes,
    })
}

/// First and last day of a call.
fn window(state: &SimulatorState, asked: &Asked) -> Result<(NaiveDate, NaiveDate), Refusal> {
    let today = state.counted_at().date_naive();
    let wrong = |field| bad(field, &format!("{field} must be a date, for example 2026-11-22"));
    let since = asked.day("start_date").ok_or_else(|| wrong("start_date"))?;
    let until = match asked.get("end_date") {
        None => today,
        Some(_) => asked.day("end_date").ok_or_else(|| wrong("end_date"))?,
    };
    if until < since {
        return Err(bad("end_date", "end_date must not be before start_date"));
    }
    Ok((since, until.min(today)))
}

/// The first day of each stretch that is summed up, and the days in it.
fn stretches(
    asked: &Asked,
    since: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<(NaiveDate, NaiveDate)>, Refusal> {
    let next = |day: NaiveDate| match asked.get("aggregated_by") {
        None | Some("day") => Ok(day + TimeDelta::days(1)),
        Some("week") => Ok(day + TimeDelta::days(7 - i64::from(day.weekday().num_days_from_monday()))),
        Some("month") => Ok(day.with_day(1).unwrap_or(day) + Months::new(1)),
        Some(_) => Err(bad("aggregated_by", "aggregated_by must be day, week or month")),
    };
    let (mut list, mut day) = (Vec::new(), since);
    while day <= until {
        let after = next(day)?;
        list.push((day, after.min(until + TimeDelta::days(1)) - TimeDelta::days(1)));
        day = after;
    }
    Ok(list)
}

/// What happened on each stretch, of all newsletters or those of a category.
fn sums(
    state: &SimulatorState,
    stretches: &[(NaiveDate, NaiveDate)],
    category: Option<&str>,
) -> BTreeMap<NaiveDate, MailResult> {
    let mails = state.newsletters(ACCOUNT);
    let mut sums = BTreeMap::new();
    for of in state.mail_days(ACCOUNT).iter() {
        if category.is_some_and(|name| !categories_of(&mails[of.mail]).iter().any(|of| of == name)) {
            continue;
        }
        let stretch = stretches.iter().find(|(from, to)| (*from..=*to).contains(&of.day));
        if let Some((from, _)) = stretch {
            *sums.entry(*from).or_insert_with(MailResult::default) += of.gained;
        }
    }
    sums
}

fn dated(asked: &Asked, rows: impl Iterator<Item = (NaiveDate, Vec<Value>)>) -> Value {
    let mut rows: Vec<_> =
        rows.map(|(day, stats)| json!({"date": day.to_string(), "stats": stats})).collect();
    asked.odd(&mut rows);
    rows.into()
}

/// `GET /stats`. Days before the first one have no statistics.
pub(super) fn global(state: &SimulatorState, asked: &Asked) -> Result<Value, Refusal> {
    let (since, until) = window(state, asked)?;
    let stretches = stretches(asked, since, until)?;
    let sums = sums(state, &stretches, None);
    let first = state.world().first_day;
    Ok(dated(
        asked,
        stretches.iter().map(|(day, last)| {
            let of = sums.get(day).copied().unwrap_or_default();
            (*day, if *last < first { Vec::new() } else { vec![json!({"metrics": metrics(&of)})] })
        }),
    ))
}

/// `GET /categories`.
pub(super) fn categories(state: &SimulatorState, asked: &Asked) -> Result<Value, Refusal> {
    let mut names: Vec<_> = state.newsletters(ACCOUNT).iter().flat_map(categories_of).collect();
    names.sort_unstable();
    names.dedup();
    let wanted = asked.get("category");
    let limit = asked.number("limit").unwrap_or(50);
    if limit > 500 {
        return Err(bad("limit", "limit must not be more than 500"));
    }
    let names = names.into_iter().filter(|name| wanted.is_none_or(|wanted| name.starts_with(wanted)));
    let page = names.skip(asked.number("offset").unwrap_or(0)).take(limit);
    Ok(page.map(|name| json!({"category": name})).collect())
}

/// `GET /categories/stats`.
pub(super) fn of_categories(state: &SimulatorState, asked: &Asked) -> Result<Value, Refusal> {
    let names = asked.all("categories");
    if names.is_empty() || names.len() > CATEGORIES {
        return Err(bad("categories", "between 1 and 10 categories must be given"));
    }
    let (since, until) = window(state, asked)?;
    let stretches = stretches(asked, since, until)?;
    let oldest = state.counted_at().date_naive() - Months::new(MONTHS);
    let by_name: Vec<_> = names.iter().map(|name| (*name, sums(state, &stretches, Some(name)))).collect();
    Ok(dated(
        asked,
        stretches.iter().map(|(day, _)| {
            let stats = by_name.iter().filter_map(|(name, sums)| {
                // A category has no rows on days on which it was not used.
                let of = sums.get(day).filter(|_| *day >= oldest)?;
                Some(json!({"type": "category", "name": name, "metrics": metrics(of)}))
            });
            (*day, stats.collect())
        }),
    ))
}

/// `GET /subusers/stats`: one subuser that was closed since, and sent a tenth of what the account does.
pub(super) fn of_subusers(state: &SimulatorState, asked: &Asked) -> Result<Value, Refusal> {
    let names = asked.all("subusers");
    let is_asked = names.is_empty() || names.contains(&CLOSED);
    let (since, until) = window(state, asked)?;
    let stretches = stretches(asked, since, until)?;
    let sums = sums(state, &stretches, None);
    Ok(dated(
        asked,
        stretches.iter().map(|(day, _)| {
            let of = sums.get(day).filter(|_| is_asked);
            let tenth = |mut metrics: Value| {
                for value in metrics.as_object_mut().into_iter().flat_map(Map::values_mut) {
                    *value = (value.as_i64().unwrap_or_default() / 10).into();
                }
                metrics
            };
            let row = |of| json!({"type": "subuser", "name": CLOSED, "metrics": tenth(metrics(of))});
            (*day, of.map(row).into_iter().collect())
        }),
    ))
}

/// Statistics by who reads with what and where; only what readers do is told.
pub(super) fn split(state: &SimulatorState, asked: &Asked, kind: &str) -> Result<Value, Refusal> {
    let (since, until) = window(state, asked)?;
    let stretches = stretches(asked, since, until)?;
    let sums = sums(state, &stretches, None);
    let shares: audience::Shares = match kind {
        "mailbox_provider" => &[("Gmail", 0.46), ("Microsoft", 0.31), ("Apple", 0.14), ("Other", 0.09)],
        "device" => &[("Desktop", 0.51), ("Phone", 0.39), ("Webmail", 0.07), ("Tablet", 0.03)],
        _ => audience::countries(state.world().accounts[ACCOUNT].template),
    };
    Ok(dated(
        asked,
        stretches.iter().map(|(day, _)| {
            let of = sums.get(day).copied().unwrap_or_default();
            let mut done = 0.0;
            let stats = shares.iter().map(|(name, share)| {
                let part =
                    |n: i64| num::floor(num::real(n) * (done + share)) - num::floor(num::real(n) * done);
                let mut metrics = Map::new();
                metrics.insert("opens".to_owned(), part(of.opens).into());
                metrics.insert("unique_opens".to_owned(), part(of.unique_opens).into());
                if kind != "device" {
                    metrics.insert("clicks".to_owned(), part(of.clicks).into());
                    metrics.insert("unique_clicks".to_owned(), part(of.unique_clicks).into());
                }
                done += share;
                json!({"type": kind, "name": name, "metrics": metrics})
            });
            (*day, stats.collect())
        }),
    ))
}
