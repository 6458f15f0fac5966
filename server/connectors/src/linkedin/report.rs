//! Figures of advertising: what is asked for, and rows that become records.
//!
//! An answer has no pages. It holds 15,000 rows at most, and a request names 20 metrics at most.

use super::auth::{ad_account_urn, encoded, get, last_part, names};
use super::fetch;
use crate::connector::{Context, Slice};
use crate::error::{Error, ErrorKind, Result};
use crate::fields::{Fields, read_without_refused};
use crate::http::node::snake_case;
use crate::http::{Batch, Node, Request};
use crate::mapping::{self, Form, Measure, Seen};
use crate::record::{FactRecord, Page, Record, Warning};
use async_stream::try_stream;
use chrono::{Datelike, NaiveDate};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use metrics::Metric;
use model::DayRange;
use model::entities::EntityKind;
use rust_decimal::Decimal;

/// Rows of a full answer: there may be more that did not fit.
pub(super) const MOST_ROWS: usize = 15_000;

/// What rows belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// The first pivot is the entity.
    Entity,
    /// The first pivot is the entity, the second splits it by that name.
    Split(&'static str),
    /// The account is the entity, the pivot splits it by that name.
    Account(&'static str),
}

/// A question to `adAnalytics`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report {
    pub(super) pivots: &'static [&'static str],
    pub(super) shape: Shape,
    pub(super) metrics: &'static [&'static str],
}

/// What campaigns and creatives are asked for.
const METRICS: &[&str] = &[
    "impressions",
    "clicks",
    "landingPageClicks",
    "costInLocalCurrency",
    "costInUsd",
    "externalWebsiteConversions",
    "conversionValueInLocalCurrency",
    "oneClickLeads",
    "reactions",
    "comments",
    "shares",
    "follows",
    "videoViews",
    "approximateMemberReach",
];

/// What demographics are asked for: approximate figures, so only the main ones.
const MAIN_METRICS: &[&str] =
    &["impressions", "clicks", "landingPageClicks", "costInLocalCurrency", "oneClickLeads", "videoViews"];

pub(super) const CAMPAIGNS: Report = Report { pivots: &["CAMPAIGN"], shape: Shape::Entity, metrics: METRICS };

pub(super) const CREATIVES: Report = Report { pivots: &["CREATIVE"], shape: Shape::Entity, metrics: METRICS };

pub(super) const CAMPAIGNS_AND_CREATIVES: Report =
    Report { pivots: &["CAMPAIGN", "CREATIVE"], shape: Shape::Split("creative"), metrics: METRICS };

const fn demographic(pivots: &'static [&'static str], name: &'static str) -> (&'static str, Report) {
    (name, Report { pivots, shape: Shape::Account(name), metrics: MAIN_METRICS })
}

/// What demographics may be split by.
pub(super) const DEMOGRAPHICS: &[(&str, Report)] = &[
    demographic(&["MEMBER_COUNTRY_V2"], "country"),
    demographic(&["MEMBER_REGION_V2"], "region"),
    demographic(&["MEMBER_INDUSTRY"], "industry"),
    demographic(&["MEMBER_JOB_TITLE"], "job_title"),
    demographic(&["MEMBER_JOB_FUNCTION"], "job_function"),
    demographic(&["MEMBER_SENIORITY"], "seniority"),
    demographic(&["MEMBER_COMPANY_SIZE"], "company_size"),
    demographic(&["MEMBER_COMPANY"], "company"),
];

const COUNTS: &[Measure] = &[
    (Metric::Impressions, &["impressions"], Form::Whole),
    (Metric::Clicks, &["clicks"], Form::Whole),
    (Metric::LinkClicks, &["landingPageClicks"], Form::Whole),
    (Metric::Leads, &["oneClickLeads"], Form::Whole),
    // All kinds of reactions, of which likes are one.
    (Metric::Likes, &["reactions", "likes"], Form::Whole),
    (Metric::Comments, &["comments"], Form::Whole),
    (Metric::Shares, &["shares"], Form::Whole),
    (Metric::NewFollowers, &["follows"], Form::Whole),
    (Metric::VideoViews, &["videoViews"], Form::Whole),
    // Older versions have another name for it.
    (Metric::Reach, &["approximateMemberReach", "approximateUniqueImpressions"], Form::Whole),
];

/// Decimals as text, which may be ever so small.
const DECIMALS: &[(Metric, &str)] = &[
    (Metric::Spend, "costInLocalCurrency"),
    (Metric::Conversions, "externalWebsiteConversions"),
    (Metric::ConversionValue, "conversionValueInLocalCurrency"),
];

/// The report of a stream, read without the metrics that LinkedIn refuses by name.
pub(super) fn report<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    report: &'static Report,
) -> BoxStream<'a, Result<Page>> {
    let fields = Fields::new(["dateRange", "pivotValues"], report.metrics.iter().copied());
    let read = {
        let slice = slice.clone();
        move |fields| attempt(ctx, slice.clone(), report, fields)
    };
    read_without_refused(ctx, slice, fields, refused, read)
}

/// One report per split that the setting names.
pub(super) fn demographics<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let wanted = names(ctx.settings.get("demographics"));
    let reports = DEMOGRAPHICS.iter().filter(move |(name, _)| wanted.contains(name));
    futures_util::stream::iter(reports.map(move |(_, of)| report(ctx, &slice, of))).flatten().boxed()
}

fn refused(fields: &Fields, error: &Error) -> Option<String> {
    (error.kind == ErrorKind::Rejected).then(|| fields.dispensable(&error.message)).flatten()
}

fn attempt<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    report: &'static Report,
    fields: Fields,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let names: Vec<&str> = fields.names().collect();
        let request = request(ctx, &slice.account.id, report, slice.days, &names)?;
        let batch = fetch::one(ctx, &request, &slice.budget).await?;
        let mut mapper = Mapper::new(&slice, report);
        yield mapper.page(batch)?;
        yield Page::of_warnings(mapper.warnings(fields.optional()));
    };
    pages.boxed()
}

fn request(
    ctx: &Context,
    account: &str,
    report: &Report,
    days: DayRange,
    fields: &[&str],
) -> Result<Request> {
    Ok(get(ctx, &path(account, report, days, fields))?.paced_by(account))
}

/// Brackets, commas and colons of the structure stay as they are.
pub(super) fn path(account: &str, report: &Report, days: DayRange, fields: &[&str]) -> String {
    let finder = match report.pivots {
        [pivot] => format!("q=analytics&pivot={pivot}"),
        pivots => format!("q=statistics&pivots=List({})", pivots.join(",")),
    };
    let day = |day: NaiveDate| format!("(year:{},month:{},day:{})", day.year(), day.month(), day.day());
    format!(
        "adAnalytics?{finder}&timeGranularity=DAILY&dateRange=(start:{},end:{})&accounts=List({})&fields={}",
        day(days.from()),
        day(days.until()),
        encoded(&ad_account_urn(account)),
        fields.join(",")
    )
}

/// Turns an answer into records.
pub(super) struct Mapper<'a> {
    slice: Slice<'a>,
    report: &'static Report,
    seen: Seen,
    is_full: bool,
    lacks_currency: bool,
}

impl<'a> Mapper<'a> {
    pub(super) fn new(slice: &Slice<'a>, report: &'static Report) -> Self {
        Self { slice: slice.clone(), report, seen: Seen::default(), is_full: false, lacks_currency: false }
    }

    /// # Errors
    /// When rows may be missing and fewer days would bring them, and when a row is not understood.
    pub(super) fn page(&mut self, batch: Batch) -> Result<Page> {
        let rows = batch.value.get("elements").and_then(|rows| rows.as_array()).map_or(0, Vec::len);
        self.is_full = rows >= MOST_ROWS;
        if self.is_full && self.slice.days.len() > 1 {
            return Err(Error::too_much(format!("LinkedIn answers with {MOST_ROWS} rows at most.")));
        }
        mapping::needed_page(batch, fetch::ROWS, |row, records| {
            records.extend(self.row(row)?.map(Record::Fact));
            Ok(())
        })
    }

    /// Metrics that never came, and what else is odd.
    pub(super) fn warnings(&self, asked: &[String]) -> Vec<Warning> {
        let (account, stream) = (&self.slice.account.id, self.slice.stream.name);
        let mut warnings = self.seen.missing(&self.slice, asked.iter().map(String::as_str));
        if self.is_full {
            let message = format!(
                "LinkedIn answers with {MOST_ROWS} rows at most, and there are as many on {}: some may be missing.",
                self.slice.days.from()
            );
            warnings.push(Warning::stream(account, stream, message));
        }
        if self.lacks_currency {
            let message = "Nothing says in which currency the money is.";
            warnings.push(Warning::field(account, stream, "currency", message));
        }
        warnings
    }

    fn row(&mut self, row: &Node<'_>) -> Result<Option<FactRecord>> {
        let day = day(&row.at("dateRange").at("start"))?;
        // Not asked for: the slice that covers the day brings it.
        if !self.slice.days.contains(day) {
            return Ok(None);
        }
        let pivots = row.at("pivotValues");
        let pivot = |index| Ok::<_, Error>(last_part(&pivots.nth(index).need_text()?).to_owned());
        let mut fact = match self.report.shape {
            Shape::Entity => mapping::fact(&self.slice, self.slice.stream.kind, pivot(0)?, day),
            Shape::Split(name) => {
                let mut fact = mapping::fact(&self.slice, self.slice.stream.kind, pivot(0)?, day);
                fact.breakdown.insert(name.to_owned(), pivot(1)?);
                fact
            }
            Shape::Account(name) => {
                let account = self.slice.account.id.clone();
                let mut fact = mapping::fact(&self.slice, EntityKind::Account, account, day);
                fact.breakdown.insert(name.to_owned(), pivot(0)?);
                fact
            }
        };
        self.see(row)?;
        fact.values = values(row)?;
        fact.currency.clone_from(&self.slice.account.currency);
        let is_money = |(metric, value): &(Metric, Decimal)| metric.is_money() && !value.is_zero();
        self.lacks_currency |= fact.currency.is_none() && fact.values.iter().any(is_money);
        for (name, value) in row.object()?.into_iter().flatten() {
            if !is_placed(name) && !value.is_null() {
                fact.extra.insert(snake_case(name), value.clone());
            }
        }
        Ok(Some(fact))
    }

    fn see(&mut self, row: &Node<'_>) -> Result<()> {
        self.seen.fields_of(row)?;
        // What comes by another name is not missing.
        for (_, names, _) in COUNTS {
            if names.iter().any(|name| !row.at(name).is_absent()) {
                self.seen.field(names[0]);
            }
        }
        Ok(())
    }
}

/// Fields that have a place of their own in a record.
fn is_placed(name: &str) -> bool {
    matches!(name, "dateRange" | "pivotValues" | "pivot" | "pivotValue")
        || COUNTS.iter().any(|(_, names, _)| names.contains(&name))
        || DECIMALS.iter().any(|(_, known)| *known == name)
}

fn values(row: &Node<'_>) -> Result<Vec<(Metric, Decimal)>> {
    let mut values = mapping::values(row, COUNTS)?;
    for (metric, name) in DECIMALS {
        values.extend(decimal(&row.at(name))?.map(|value| (*metric, value)));
    }
    Ok(values)
}

/// The day of year, month and day as numbers.
fn day(start: &Node<'_>) -> Result<NaiveDate> {
    let part = |name: &str| {
        let node = start.at(name);
        node.integer()?.ok_or_else(|| node.drift("it is missing, so the row belongs to no day"))
    };
    let (year, month, day) = (part("year")?, part("month")?, part("day")?);
    let date = i32::try_from(year)
        .ok()
        .zip(u32::try_from(month).ok())
        .zip(u32::try_from(day).ok())
        .and_then(|((year, month), day)| NaiveDate::from_ymd_opt(year, month, day));
    date.ok_or_else(|| start.drift(format!("{year}-{month}-{day} is no day")))
}

/// A decimal. What is smaller than a millionth is zero: the vendor's sums leave such remains.
pub(super) fn decimal(node: &Node<'_>) -> Result<Option<Decimal>> {
    let millionth = Decimal::new(1, 6);
    Ok(node.decimal()?.map(|value| if value.abs() < millionth { Decimal::ZERO } else { value }))
}
