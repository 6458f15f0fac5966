//! Reports: which days, which statistics, and what their rows say.

use super::choice::Conversion;
use super::fetch::{RESULTS, report};
use crate::connector::{Context, Slice};
use crate::error::{Error, ErrorKind, Result};
use crate::fields::{Fields, read_without_refused};
use crate::http::{Batch, Node};
use crate::mapping::{Form, Measure, Seen, fact, needed_page, values};
use crate::moments::{instant_of, start_of};
use crate::record::{FactRecord, Page, Warning};
use crate::totals::Totals;
use async_stream::try_stream;
use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use metrics::Metric;
use model::DayRange;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// Statistics with a metric of ours. Rates are left to us; bounces are not split into hard and soft ones.
const STATISTICS: &[Measure] = &[
    (Metric::EmailsSent, &["recipients"], Form::Whole),
    (Metric::Delivered, &["delivered"], Form::Whole),
    (Metric::Opens, &["opens"], Form::Whole),
    (Metric::UniqueOpens, &["opens_unique"], Form::Whole),
    (Metric::Clicks, &["clicks"], Form::Whole),
    (Metric::UniqueClicks, &["clicks_unique"], Form::Whole),
    (Metric::Bounces, &["bounced"], Form::Whole),
    // People. `unsubscribes` counts one who leaves twice two times.
    (Metric::Unsubscribes, &["unsubscribe_uniques"], Form::Whole),
    (Metric::SpamComplaints, &["spam_complaints"], Form::Whole),
];

/// Those that depend on what counts as a conversion.
const CONVERSIONS: &[Measure] = &[
    (Metric::Conversions, &["conversions"], Form::Decimal),
    (Metric::Revenue, &["conversion_value"], Form::Decimal),
];

/// Asked for beside them, and kept as they are.
const MORE: &[&str] = &["failed", "unsubscribes", "conversion_uniques"];

/// The vendor has no reports of earlier days.
const FLOOR: NaiveDate = NaiveDate::from_ymd_opt(2023, 6, 1).expect("a day of the calendar");

/// A kind of report.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report {
    /// Its JSON:API type.
    pub(super) kind: &'static str,
    /// What its figures belong to, and the grouping that names it.
    pub(super) entity: (EntityKind, &'static str),
    /// Whether it has days instead of one sum.
    pub(super) has_days: bool,
}

/// The days that the vendor has.
pub(super) fn available(slice: &Slice<'_>) -> (Option<DayRange>, Option<Warning>) {
    let days = DayRange::new(slice.days.from().max(FLOOR), slice.days.until()).ok();
    let warning = (days != Some(slice.days)).then(|| {
        let message = format!("Klaviyo has no reports of days before {FLOOR}; they are not read.");
        Warning::stream(&slice.account.id, slice.stream.name, message)
    });
    (days, warning)
}

/// Whole days of the account. The offset stands with the time, so that it is right whether the vendor looks at it or not.
pub(super) fn timeframe(days: DayRange, zone: Tz) -> Value {
    let written = |at: DateTime<Utc>| at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false);
    let last_second = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
    let end = instant_of(days.until().and_time(last_second), zone);
    json!({ "start": written(start_of(days.from(), zone)), "end": written(end) })
}

fn fields(conversion: &Conversion) -> Fields {
    let measures = STATISTICS.iter().chain(CONVERSIONS.iter().filter(|_| conversion.is_orders));
    let more = MORE.iter().filter(|name| conversion.is_orders || !name.starts_with("conversion"));
    Fields::new([], measures.map(|(_, fields, _)| fields[0]).chain(more.copied()))
}

/// The statistic that a refusal is about.
fn refused(fields: &Fields, error: &Error) -> Option<String> {
    let is_about_one = error.kind == ErrorKind::Rejected && error.message.contains("statistic");
    is_about_one.then(|| fields.dispensable(&error.message)).flatten()
}

/// Reads the report for each window, without statistics that the vendor no longer knows.
pub(super) fn read<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    what: Report,
    conversion: Conversion,
    windows: Vec<DayRange>,
) -> BoxStream<'a, Result<Page>> {
    let fields = fields(&conversion);
    let of_slice = slice.clone();
    let read =
        move |fields: Fields| read_with(ctx, of_slice.clone(), what, &conversion, fields, windows.clone());
    read_without_refused(ctx, slice, fields, refused, read)
}

/// Reads the report for each window with those statistics.
fn read_with<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    what: Report,
    conversion: &Conversion,
    fields: Fields,
    windows: Vec<DayRange>,
) -> BoxStream<'a, Result<Page>> {
    let statistics: Vec<&str> = fields.names().collect();
    let mut attributes = json!({ "statistics": statistics, "conversion_metric_id": conversion.id });
    if what.has_days {
        attributes["interval"] = json!("daily");
    }
    let pages = try_stream! {
        let (mut seen, mut totals) = (Seen::default(), Totals::default());
        for window in windows {
            attributes["timeframe"] = timeframe(window, slice.account.zone());
            let mut batches = report(ctx, &slice, what.kind, &attributes)?;
            let mut parts = Parts::default();
            while let Some(batch) = batches.next().await {
                yield rows(&slice, what, window, batch?, &mut parts, &mut seen, &mut totals)?;
            }
        }
        let asked: Vec<String> = fields.names().map(str::to_owned).collect();
        let is_ours = |name: &&str| !MORE.contains(name);
        let missing = seen.missing(&slice, asked.iter().map(String::as_str).filter(is_ours));
        let mut page = Page::of_warnings(missing);
        page.records.extend(totals.records());
        yield page;
    };
    pages.boxed()
}

/// The figures of the rows of a report by campaign or flow and groupings.
pub(super) type Parts = HashMap<(String, Vec<String>), Vec<Value>>;

/// Takes the rows of a page: each message and variation is a part of its campaign or flow.
pub(super) fn rows(
    slice: &Slice<'_>,
    what: Report,
    window: DayRange,
    batch: Batch,
    parts: &mut Parts,
    seen: &mut Seen,
    totals: &mut Totals,
) -> Result<Page> {
    let dates = if what.has_days { Some(dates(&batch.value)?) } else { None };
    // Each page of a series has days of its own.
    if what.has_days {
        parts.clear();
    }
    needed_page(batch, RESULTS, |row, _| {
        let groupings = row.at("groupings");
        let (kind, name) = what.entity;
        let id = groupings.at(name).need_text()?;
        let mut part = part(&groupings)?;
        let statistics = row.at("statistics");
        // Variations may come without a grouping of their own: other figures are another part, the same ones the same part
        // again.
        let figures = statistics.value().cloned().unwrap_or_default();
        let known = parts.entry((id.clone(), part.clone())).or_default();
        let place = known.iter().position(|other| *other == figures).unwrap_or_else(|| {
            known.push(figures);
            known.len() - 1
        });
        part.push(place.to_string());
        seen.fields_of(&statistics)?;
        let mut facts = match &dates {
            None => vec![sum(fact(slice, kind, id, window.until()), &statistics)?],
            Some(dates) => series(slice, (kind, &id), dates, &statistics)?,
        };
        for mut fact in facts.drain(..).filter(|fact| !fact.values.is_empty() || !fact.extra.is_empty()) {
            fact.currency.clone_from(&slice.account.currency);
            totals.add(part.clone(), fact);
        }
        Ok(())
    })
}

/// What tells a row from the others of its campaign or flow: all groupings.
fn part(groupings: &Node<'_>) -> Result<Vec<String>> {
    let named = groupings.object()?.into_iter().flatten();
    let mut part: Vec<String> = named.map(|(name, value)| format!("{name}={value}")).collect();
    part.sort();
    Ok(part)
}

fn measures() -> impl Iterator<Item = &'static Measure> {
    STATISTICS.iter().chain(CONVERSIONS)
}

fn sum(mut fact: FactRecord, statistics: &Node<'_>) -> Result<FactRecord> {
    fact.values = values(statistics, STATISTICS)?;
    fact.values.extend(values(statistics, CONVERSIONS)?);
    let is_mapped = |name: &str| measures().any(|(_, fields, _)| fields.contains(&name));
    for (name, value) in statistics.object()?.into_iter().flatten() {
        if value.is_number() && !is_mapped(name) && !is_derived(name) {
            fact.extra.insert(name.clone(), value.clone());
        }
    }
    Ok(fact)
}

/// Follows from others, and can't be added.
fn is_derived(name: &str) -> bool {
    name.ends_with("_rate")
        || matches!(name, "average_order_value" | "revenue_per_recipient" | "text_message_roi")
}

/// The calendar dates of a series as they are written, whatever the offset.
fn dates(body: &Value) -> Result<Vec<NaiveDate>> {
    let root = Node::root(body, "$");
    days_of(&root.at("data").at("attributes").at("date_times"))
}

/// A list of moments as the days that are written there.
pub(super) fn days_of(list: &Node<'_>) -> Result<Vec<NaiveDate>> {
    let mut days = Vec::new();
    list.each(|at| {
        days.push(at.written_day()?.ok_or_else(|| at.drift("it is missing, so its values belong nowhere"))?);
        Ok(())
    })?;
    Ok(days)
}

/// The value of each day, where there is one. A list of another length can't be told which day is whose.
pub(super) fn per_day(list: &Node<'_>, days: &[NaiveDate], form: Form) -> Result<Vec<(NaiveDate, Decimal)>> {
    let count = list.array()?.len();
    if !list.is_absent() && count != days.len() {
        return Err(list.drift(format!("there are {count} values for {} days", days.len())));
    }
    let mut found = Vec::new();
    for (index, day) in days.iter().enumerate().take(count) {
        let node = list.nth(index);
        let value = match form {
            Form::Whole => node.integer()?.map(Decimal::from),
            _ => node.decimal()?,
        };
        found.extend(value.map(|value| (*day, value)));
    }
    Ok(found)
}

fn series(
    slice: &Slice<'_>,
    (kind, id): (EntityKind, &str),
    days: &[NaiveDate],
    statistics: &Node<'_>,
) -> Result<Vec<FactRecord>> {
    let mut facts: BTreeMap<NaiveDate, FactRecord> = BTreeMap::new();
    for (metric, names, form) in measures() {
        for (day, value) in per_day(&statistics.at(names[0]), days, *form)? {
            if slice.days.contains(day) {
                let fact = facts.entry(day).or_insert_with(|| fact(slice, kind, id.to_owned(), day));
                fact.values.push((*metric, value));
            }
        }
    }
    Ok(facts.into_values().collect())
}
