//! Figures of an organization's page per day: posts, followers, views.

use super::auth::{encoded, get, last_part, organization_urn};
use super::fetch;
use crate::connector::{Context, Slice};
use crate::error::{Error, Result};
use crate::http::node::snake_case;
use crate::http::{Batch, Node};
use crate::mapping::{self, Form, Measure, Seen};
use crate::moments::start_of;
use crate::record::{Page, Record};
use async_stream::try_stream;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use metrics::Metric;
use model::DayRange;
use model::entities::EntityKind;
use rust_decimal::Decimal;

/// A kind of statistics.
#[derive(Debug)]
pub(super) struct Statistic {
    pub(super) path: &'static str,
    /// Name of the finder, of its parameter and of the row's field with the organization.
    pub(super) owner: &'static str,
    /// The object with the figures.
    pub(super) block: &'static [&'static str],
    pub(super) measures: &'static [Measure],
    /// Fields that are added to one figure.
    pub(super) sum: Option<(Metric, &'static [&'static str])>,
}

pub(super) const SHARES: Statistic = Statistic {
    path: "organizationalEntityShareStatistics",
    owner: "organizationalEntity",
    block: &["totalShareStatistics"],
    // Any of them may be negative: reactions are taken back.
    measures: &[
        (Metric::Impressions, &["impressionCount"], Form::Whole),
        (Metric::Reach, &["uniqueImpressionsCount"], Form::Whole),
        (Metric::Clicks, &["clickCount"], Form::Whole),
        (Metric::Likes, &["likeCount"], Form::Whole),
        (Metric::Comments, &["commentCount"], Form::Whole),
        (Metric::Shares, &["shareCount"], Form::Whole),
    ],
    sum: None,
};

pub(super) const FOLLOWER_GAINS: Statistic = Statistic {
    path: "organizationalEntityFollowerStatistics",
    owner: "organizationalEntity",
    block: &["followerGains"],
    measures: &[],
    sum: Some((Metric::NewFollowers, &["organicFollowerGain", "paidFollowerGain"])),
};

/// The views of all parts of the page together: its parts are never added to them.
pub(super) const PAGE_VIEWS: Statistic = Statistic {
    path: "organizationPageStatistics",
    owner: "organization",
    block: &["totalPageStatistics", "views", "allPageViews"],
    measures: &[
        (Metric::Pageviews, &["pageViews"], Form::Whole),
        (Metric::Users, &["uniquePageViews"], Form::Whole),
    ],
    sum: None,
};

pub(super) fn statistic<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    statistic: &'static Statistic,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let today = slice.account.today(ctx.session.now());
        let path = path(statistic, &organization_urn(slice.account), asked(slice.days, today));
        let mut batches = fetch::followed(ctx, get(ctx, &path), &slice.account.id, &slice.budget);
        let mut mapper = Mapper { slice: &slice, statistic, seen: Seen::default() };
        while let Some(batch) = batches.next().await {
            yield mapper.page(batch?)?;
        }
        yield Page::of_warnings(mapper.warnings());
    };
    pages.boxed()
}

/// Only days that are over have statistics, so today is asked for only where it is the only day.
pub(super) fn asked(days: DayRange, today: NaiveDate) -> DayRange {
    let yesterday = today.pred_opt().unwrap_or(today);
    DayRange::new(days.from(), days.until().min(yesterday)).unwrap_or(days)
}

/// Whole days in UTC: the start is included, the end is not.
pub(super) fn path(statistic: &Statistic, urn: &str, days: DayRange) -> String {
    let midnight = |day: NaiveDate| start_of(day, Tz::UTC).timestamp_millis();
    let end = days.until().succ_opt().unwrap_or(days.until());
    format!(
        "{}?q={owner}&{owner}={}&timeIntervals=(timeRange:(start:{},end:{}),timeGranularityType:DAY)",
        statistic.path,
        encoded(urn),
        midnight(days.from()),
        midnight(end),
        owner = statistic.owner,
    )
}

/// Turns pages into records.
pub(super) struct Mapper<'a> {
    pub(super) slice: &'a Slice<'a>,
    pub(super) statistic: &'static Statistic,
    pub(super) seen: Seen,
}

impl Mapper<'_> {
    pub(super) fn page(&mut self, batch: Batch) -> Result<Page> {
        mapping::needed_page(batch, fetch::ROWS, |row, records| self.row(row, records))
    }

    /// Fields that never came.
    pub(super) fn warnings(&self) -> Vec<crate::record::Warning> {
        let sum = self.statistic.sum.map(|(_, names)| names).unwrap_or_default();
        let mut warnings = self.seen.missing_measures(self.slice, self.statistic.measures);
        warnings.extend(self.seen.missing(self.slice, sum.iter().copied()));
        warnings
    }

    fn row(&mut self, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
        let range = row.at("timeRange");
        let start = range.at("start");
        let at: DateTime<Utc> =
            start.instant()?.ok_or_else(|| start.drift("it is missing, so the row belongs to no day"))?;
        let owner = row.at(self.statistic.owner).filled()?;
        let is_own = owner.is_none_or(|owner| last_part(&owner) == self.slice.account.id);
        if !is_own || !self.slice.days.contains(at.date_naive()) {
            return Ok(());
        }
        let (measures, sum) = (self.statistic.measures, self.statistic.sum);
        let (seen, slice) = (&mut self.seen, self.slice);
        inside(row, self.statistic.block, &mut |block| {
            seen.fields_of(block)?;
            let mut fact =
                mapping::fact(slice, EntityKind::Account, slice.account.id.clone(), at.date_naive());
            fact.values = mapping::values(block, measures)?;
            if let Some((metric, names)) = sum {
                fact.values.extend(total(block, names)?.map(|value| (metric, value)));
            }
            for (name, value) in block.object()?.into_iter().flatten() {
                let is_placed = measures.iter().any(|(_, names, _)| names.contains(&name.as_str()))
                    || sum.is_some_and(|(_, names)| names.contains(&name.as_str()));
                if !is_placed && !value.is_null() && !value.is_object() && !value.is_array() {
                    fact.extra.insert(snake_case(name), value.clone());
                }
            }
            if !fact.values.is_empty() || !fact.extra.is_empty() {
                records.push(Record::Fact(fact));
            }
            Ok(())
        })
    }
}

/// Looks at the object at the end of a path.
fn inside(
    node: &Node<'_>,
    path: &[&str],
    look: &mut dyn FnMut(&Node<'_>) -> Result<(), Error>,
) -> Result<()> {
    match path.split_first() {
        Some((key, rest)) => inside(&node.at(key), rest, look),
        None => look(node),
    }
}

/// The sum of what is there; none where nothing is.
fn total(block: &Node<'_>, names: &[&str]) -> Result<Option<Decimal>> {
    let mut sum: Option<Decimal> = None;
    for name in names {
        if let Some(value) = block.at(name).integer()? {
            sum = Some(sum.unwrap_or_default() + Decimal::from(value));
        }
    }
    Ok(sum)
}
