//! Reports of advertisers: how they are asked for, and how their rows become records.

use super::auth::{get, list, page_size};
use super::fetch::need_list;
use super::streams::{Level, Report};
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::fields::Fields;
use crate::http::{Batch, Node, Request};
use crate::mapping::{self, Form, Measure, Seen};
use crate::record::{EntityRecord, Page, Record, Warning};
use chrono::NaiveDate;
use metrics::Metric;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Money is in major units of the advertiser's currency.
const MEASURES: &[Measure] = &[
    (Metric::Spend, &["spend"], Form::Decimal),
    (Metric::Impressions, &["impressions"], Form::Whole),
    (Metric::Clicks, &["clicks"], Form::Whole),
    (Metric::Reach, &["reach"], Form::Whole),
    (Metric::Conversions, &["conversion"], Form::Decimal),
    // Despite its name, the value of all complete payments.
    (Metric::ConversionValue, &["total_complete_payment_rate"], Form::Decimal),
    (Metric::VideoViews, &["video_play_actions"], Form::Whole),
    (Metric::Likes, &["likes"], Form::Whole),
    (Metric::Comments, &["comments"], Form::Whole),
    (Metric::Shares, &["shares"], Form::Whole),
    (Metric::NewFollowers, &["follows"], Form::Whole),
];

/// What names things and is no figure.
const NAMES: &[&str] = &[
    "advertiser_id",
    "advertiser_name",
    "campaign_id",
    "campaign_name",
    "adgroup_id",
    "adgroup_name",
    "ad_id",
    "ad_name",
    "currency",
];

/// Derived by `TikTok` from other figures: recomputed by us, never stored.
const DERIVED: &[&str] = &[
    "ctr",
    "cpc",
    "cpm",
    "frequency",
    "conversion_rate",
    "average_video_play",
    "average_video_play_per_user",
];

/// The first page of a report with those metrics.
pub(super) fn request(ctx: &Context, slice: &Slice<'_>, report: &Report, fields: &Fields) -> Result<Request> {
    let splits = report.splits.iter().map(|(vendor, _)| *vendor);
    let dimensions = list([report.level.id, report.time].into_iter().chain(splits));
    let metrics = list(fields.names());
    let (from, until) = (slice.days.from().to_string(), slice.days.until().to_string());
    let size = page_size(ctx, 1_000).to_string();
    let filtering = with_deleted(report.level);
    let mut query = vec![
        ("advertiser_id", slice.account.id.as_str()),
        ("report_type", report.kind),
        ("service_type", "AUCTION"),
        ("data_level", report.level.data),
        ("dimensions", &dimensions),
        ("metrics", &metrics),
        ("start_date", &from),
        ("end_date", &until),
        ("page", "1"),
        ("page_size", &size),
    ];
    if ctx.settings.get("deleted") == "include" {
        query.push(("filtering", &filtering));
    }
    get(ctx, "/report/integrated/get/", &query)
}

/// Without it, what was spent on deleted things disappears. The values are a list, as text within the text.
fn with_deleted(level: &Level) -> String {
    let filter =
        json!({ "field_name": level.status, "filter_type": "IN", "filter_value": list(["STATUS_ALL"]) });
    json!([filter]).to_string()
}

/// Turns the pages of one report into records.
pub(super) struct Mapper<'a> {
    slice: &'a Slice<'a>,
    report: &'static Report,
    described: BTreeSet<String>,
    seen: Seen,
    lacks_currency: bool,
    /// Rows that came, and rows that `TikTok` says there are.
    rows: u64,
    announced: u64,
}

impl<'a> Mapper<'a> {
    pub(super) fn new(slice: &'a Slice<'a>, report: &'static Report) -> Self {
        let (described, seen) = (BTreeSet::new(), Seen::default());
        Self { slice, report, described, seen, lacks_currency: false, rows: 0, announced: 0 }
    }

    pub(super) fn page(&mut self, batch: Batch) -> Result<Page> {
        need_list(&batch.value, "list")?;
        let root = Node::root(&batch.value, "$");
        let announced = root.at("data").at("page_info").at("total_number").integer()?;
        self.announced = announced.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
        let page = mapping::page(batch, "/data/list", |row, records| self.row(row, records))?;
        self.rows += page.rows;
        Ok(page)
    }

    fn row(&mut self, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
        let (dimensions, metrics) = (row.at("dimensions"), row.at("metrics"));
        let id = dimensions.at(self.report.level.id).need_text()?;
        let (date, hour) = self.time(&dimensions)?;
        // Not asked for: the slice that covers the day brings it.
        if !self.slice.days.contains(date) {
            return Ok(());
        }
        self.seen.fields_of(&metrics)?;
        let mut breakdown = BTreeMap::new();
        breakdown.extend(hour.map(|hour| ("hour".to_owned(), hour.to_string())));
        for (vendor, ours) in self.report.splits {
            // TikTok's own word for what it does not know.
            let value = dimensions.at(vendor).filled()?.unwrap_or_else(|| "NONE".to_owned());
            breakdown.insert((*ours).to_owned(), value);
        }
        if breakdown.is_empty() && !self.described.contains(&id) {
            records.extend(self.described_as(&id, &metrics)?.map(Record::Entity));
            self.described.insert(id.clone());
        }
        let mut fact = mapping::fact(self.slice, self.report.level.kind, id, date);
        fact.breakdown = breakdown;
        fact.currency.clone_from(&self.slice.account.currency);
        fact.values = mapping::values(&metrics, MEASURES)?;
        fact.extra = extra(&metrics)?;
        let has_money = fact.values.iter().any(|(metric, value)| metric.is_money() && !value.is_zero());
        self.lacks_currency |= has_money && fact.currency.is_none();
        records.push(Record::Fact(fact));
        Ok(())
    }

    /// Day and hour of a row, `2024-01-01 09:00:00` on the advertiser's clock.
    fn time(&self, dimensions: &Node<'_>) -> Result<(NaiveDate, Option<u8>)> {
        let node = dimensions.at(self.report.time);
        let text = node.need_text()?;
        let wrong = || node.drift(format!("{text:?} is no moment such as 2024-01-01 09:00:00"));
        let date = text.get(..10).and_then(|day| day.parse().ok()).ok_or_else(wrong)?;
        if self.report.time == "stat_time_day" {
            return Ok((date, None));
        }
        let hour = text.get(11..13).and_then(|hour| hour.parse().ok()).filter(|hour| *hour < 24);
        Ok((date, Some(hour.ok_or_else(wrong)?)))
    }

    /// The thing that a row is about, if the row names it.
    fn described_as(&self, id: &str, metrics: &Node<'_>) -> Result<Option<EntityRecord>> {
        let level = self.report.level;
        let Some(name) = metrics.at(level.name).filled()? else {
            return Ok(None);
        };
        let mut entity = mapping::entity(self.slice, level.kind, id.to_owned(), Some(name));
        if let Some((kind, field)) = level.parent
            && let Some(parent) = metrics.at(field).filled()?.filter(|parent| parent != "-")
        {
            entity.parent = Some((kind, parent));
        }
        Ok(Some(entity))
    }

    /// What was odd. `asked` are the metrics that were asked for.
    pub(super) fn finish<'f>(self, asked: impl Iterator<Item = &'f str>) -> Page {
        let (account, stream) = (&self.slice.account.id, self.slice.stream.name);
        let mut warnings = self.seen.missing(self.slice, asked);
        if self.rows < self.announced {
            let message = format!(
                "TikTok says that there are {} rows, but delivered {}: figures may be missing.",
                self.announced, self.rows
            );
            warnings.push(Warning::stream(account, stream, message));
        }
        if self.lacks_currency {
            let message = "The advertiser is not described, so the currency of the money is unknown.";
            warnings.push(Warning::field(account, stream, "currency", message));
        }
        Page::of_warnings(warnings)
    }
}

/// Figures without a name of ours. A dash is no value.
fn extra(metrics: &Node<'_>) -> Result<Map<String, Value>> {
    let is_ours = |name: &str| MEASURES.iter().any(|(_, fields, _)| fields.contains(&name));
    let is_derived = |name: &str| DERIVED.contains(&name) || name.starts_with("cost_per_");
    let is_value = |value: &Value| match value {
        Value::Number(_) | Value::Bool(_) => true,
        Value::String(text) => !text.trim().chars().all(|c| c == '-'),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    };
    let fields = metrics.object()?.into_iter().flatten();
    let kept = fields.filter(|(name, value)| {
        !is_ours(name) && !is_derived(name) && !NAMES.contains(&name.as_str()) && is_value(value)
    });
    Ok(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}
