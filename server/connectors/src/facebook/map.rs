//! Rows become records.

use super::insights::PLAIN;
use super::streams::{Figures, Level};
use crate::connector::Slice;
use crate::error::Result;
use crate::fields::Fields;
use crate::http::node::{canonical, snake_case};
use crate::http::{Batch, Node};
use crate::mapping::{self, Form, Measure, Seen};
use crate::meta::ROWS;
use crate::record::{EntityRecord, FactRecord, Page, Record, Warning};
use chrono::NaiveDate;
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

const MEASURES: &[Measure] = &[
    (Metric::Impressions, &["impressions"], Form::Whole),
    (Metric::Reach, &["reach"], Form::Whole),
    (Metric::Clicks, &["clicks"], Form::Whole),
    (Metric::LinkClicks, &["inline_link_clicks"], Form::Whole),
    (Metric::Spend, &["spend"], Form::Decimal),
];

/// The same purchase, and the same lead, appear as several types: the first that is there counts, and none are added.
const PURCHASES: &[&str] = &["omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"];

const ACTIONS: &[Measure] = &[
    (Metric::Conversions, PURCHASES, Form::Decimal),
    (
        Metric::Leads,
        &["lead", "onsite_conversion.lead_grouped", "offsite_conversion.fb_pixel_lead"],
        Form::Whole,
    ),
    (Metric::Likes, &["post_reaction"], Form::Whole),
    (Metric::Comments, &["comment"], Form::Whole),
    (Metric::Shares, &["post"], Form::Whole),
    (Metric::Saves, &["onsite_conversion.post_save"], Form::Whole),
    (Metric::VideoViews, &["video_view"], Form::Whole),
];

const ACTION_VALUES: &[Measure] = &[(Metric::ConversionValue, PURCHASES, Form::Decimal)];

/// Kept beside the figures.
const LANDING_PAGE_VIEWS: &str = "landing_page_view";

/// Fields that split a row. One with such a field is never a total.
const SPLITS: &[&str] = &[
    "publisher_platform",
    "platform_position",
    "impression_device",
    "device_platform",
    "age",
    "gender",
    "country",
    "region",
    "dma",
    "product_id",
    "frequency_value",
    "hourly_stats_aggregated_by_advertiser_time_zone",
    "hourly_stats_aggregated_by_audience_time_zone",
    "user_segment_key",
];

/// Fields with a place of their own.
const KNOWN: &[&str] = &[
    "account_id",
    "account_name",
    "account_currency",
    "campaign_id",
    "campaign_name",
    "adset_id",
    "adset_name",
    "ad_id",
    "ad_name",
    "date_start",
    "date_stop",
    "actions",
    "action_values",
];

/// Derived by Facebook from others: recomputed by us, never stored.
const DERIVED: &[&str] = &["ctr", "cpc", "cpm", "cpp", "frequency", "purchase_roas", "website_purchase_roas"];

/// Currencies without a smaller unit at Meta: budgets are in whole units of them, and in hundredths of all others.
const WHOLE_UNITS: &[&str] = &["CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"];

/// Why rows were left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LeftOut {
    SeveralDays,
    Split,
    Unsplit,
}

/// Turns the pages of one reading into records.
pub(super) struct Mapper<'a> {
    slice: Slice<'a>,
    figures: Figures,
    seen: Seen,
    described: HashSet<(EntityKind, String)>,
    left_out: BTreeMap<LeftOut, u64>,
    lacks_currency: bool,
    /// The field of an action that counts.
    counted: &'a str,
}

impl<'a> Mapper<'a> {
    /// `window`: the only one that conversions are counted within; none for each ad set's own.
    pub(super) fn new(slice: &Slice<'a>, figures: Figures, window: Option<&'a str>) -> Self {
        Self {
            slice: slice.clone(),
            figures,
            seen: Seen::default(),
            described: HashSet::new(),
            left_out: BTreeMap::new(),
            lacks_currency: false,
            counted: window.unwrap_or("value"),
        }
    }

    pub(super) fn page(&mut self, batch: Batch) -> Result<Page> {
        mapping::needed_page(batch, ROWS, |row, records| self.row(row, records))
    }

    /// Rows that were left out, figures that no row had, and money without a currency.
    pub(super) fn warnings(&self, asked: &Fields) -> Vec<Warning> {
        let (account, stream) = (&self.slice.account.id, self.slice.stream.name);
        let counted = self.left_out.iter().map(|(why, count)| {
            let why = match why {
                LeftOut::SeveralDays => "span several days and belong to none",
                LeftOut::Split => "only split others and are no totals",
                LeftOut::Unsplit => "don't say which part they are",
            };
            Warning::stream(account, stream, format!("{count} rows were left out: they {why}."))
        });
        let mut warnings: Vec<_> = counted.collect();
        // Clicks on links are left away where there were none.
        let always = PLAIN.iter().filter(|name| !matches!(**name, "inline_link_clicks" | "frequency"));
        let asked = always.filter(|name| asked.names().any(|asked| asked == **name));
        warnings.extend(self.seen.missing(&self.slice, asked.copied()));
        if self.lacks_currency {
            let message = "Neither the rows nor the account say in which currency the money is.";
            warnings.push(Warning::field(account, stream, "account_currency", message));
        }
        warnings
    }

    fn row(&mut self, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
        let start = row.at("date_start");
        let day =
            start.day()?.ok_or_else(|| start.drift("the day is missing, so the row belongs nowhere"))?;
        if row.at("date_stop").day()?.is_some_and(|stop| stop != day) {
            self.leave_out(LeftOut::SeveralDays);
            return Ok(());
        }
        if !self.slice.days.contains(day) {
            // Not asked for: the slice that covers the day brings it.
            return Ok(());
        }
        let Some(breakdown) = self.breakdown(row)? else {
            let is_total = self.figures.split.is_empty();
            self.leave_out(if is_total { LeftOut::Split } else { LeftOut::Unsplit });
            return Ok(());
        };
        self.describe(row, records)?;
        let fact = self.fact(row, day)?;
        if !fact.values.is_empty() || !fact.extra.is_empty() {
            records.push(Record::Fact(FactRecord { breakdown, ..fact }));
        }
        Ok(())
    }

    fn leave_out(&mut self, why: LeftOut) {
        *self.left_out.entry(why).or_default() += 1;
    }

    /// The parts that the stream splits by; none where the row is split by something else, or not by those.
    fn breakdown(&self, row: &Node<'_>) -> Result<Option<BTreeMap<String, String>>> {
        let mut breakdown = BTreeMap::new();
        for name in SPLITS {
            let part = row.at(name).filled()?;
            match (part, self.figures.split.contains(name)) {
                (Some(part), true) => {
                    breakdown.insert((*name).to_owned(), part);
                }
                (None, false) => {}
                (Some(_), false) | (None, true) => return Ok(None),
            }
        }
        Ok(Some(breakdown))
    }

    fn fact(&mut self, row: &Node<'_>, day: NaiveDate) -> Result<FactRecord> {
        let level = self.figures.level;
        let entity = row.at(level.id_field).need_text()?;
        self.seen.fields_of(row)?;
        let mut values = mapping::values(row, MEASURES)?;
        let actions = row.at("actions");
        let done = by_type(&actions, self.counted)?;
        let place = actions.path();
        values.extend(mapping::values(&Node::root(&done, &place), ACTIONS)?);
        let amounts = row.at("action_values");
        let place = amounts.path();
        values
            .extend(mapping::values(&Node::root(&by_type(&amounts, self.counted)?, &place), ACTION_VALUES)?);
        let currency = row.at("account_currency").filled()?.or_else(|| self.slice.account.currency.clone());
        self.lacks_currency |= currency.is_none() && values.iter().any(|(m, v)| m.is_money() && !v.is_zero());
        let mut extra = extra(row)?;
        if let Some(views) = Node::root(&done, &place).at(LANDING_PAGE_VIEWS).value() {
            extra.insert("landing_page_views".to_owned(), views.clone());
        }
        let fact = mapping::fact(&self.slice, level.kind, entity, day);
        Ok(FactRecord { currency, values, extra, ..fact })
    }

    /// Names the campaign, ad set or ad of a row, once per reading.
    fn describe(&mut self, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
        let level = self.figures.level;
        let id = row.at(level.id_field).need_text()?;
        let Some(name) = row.at(level.name_field).filled()? else {
            return Ok(());
        };
        if self.described.insert((level.kind, id.clone())) {
            let thing = mapping::entity(&self.slice, level.kind, id, Some(name));
            records.push(Record::Entity(under_parent(level, row, thing)?));
        }
        Ok(())
    }
}

fn under_parent(level: &Level, row: &Node<'_>, thing: EntityRecord) -> Result<EntityRecord> {
    let Some((kind, field)) = level.parent else {
        return Ok(thing);
    };
    let parent = row.at(field).filled()?.map(|id| (kind, id));
    Ok(EntityRecord { parent: parent.or_else(|| thing.parent.clone()), ..thing })
}

/// Actions by their type. `value` is the figure of the default window; keys such as `7d_click` beside it are other figures
/// of the same, never addends: `counted` names the one that is taken.
fn by_type(actions: &Node<'_>, counted: &str) -> Result<Value> {
    let mut by_type = Map::new();
    actions.each(|action| {
        let name = action.at("action_type").need_text()?;
        if let Some(value) = action.at(counted).value() {
            by_type.entry(name).or_insert_with(|| value.clone());
        }
        Ok(())
    })?;
    Ok(Value::Object(by_type))
}

/// Fields of the vendor's without a canonical name.
fn extra(row: &Node<'_>) -> Result<Map<String, Value>> {
    let is_measure = |name: &str| MEASURES.iter().any(|(_, fields, _)| fields.contains(&name));
    let is_derived = |name: &str| {
        DERIVED.contains(&name)
            || name.starts_with("cost_per_")
            || name.ends_with("_ctr")
            || name.ends_with("_roas")
    };
    let is_kept = |name: &str| {
        !KNOWN.contains(&name) && !SPLITS.contains(&name) && !is_measure(name) && !is_derived(name)
    };
    let fields = row.object()?.into_iter().flatten();
    let kept = fields.filter(|(name, value)| is_kept(name) && !value.is_null());
    Ok(kept.map(|(name, value)| (snake_case(name), value.clone())).collect())
}

/// Joins the rows of one entity, day and part that came by two queries. What was there first stays.
pub(super) fn merged(records: Vec<Record>) -> Vec<Record> {
    let mut rows: BTreeMap<(String, NaiveDate, BTreeMap<String, String>), FactRecord> = BTreeMap::new();
    for record in records {
        let Record::Fact(fact) = record else { continue };
        let key = (fact.entity.clone(), fact.date, fact.breakdown.clone());
        match rows.get_mut(&key) {
            None => {
                rows.insert(key, fact);
            }
            Some(known) => {
                for (metric, value) in fact.values {
                    if !known.values.iter().any(|(m, _)| *m == metric) {
                        known.values.push((metric, value));
                    }
                }
                for (name, value) in fact.extra {
                    known.extra.entry(name).or_insert(value);
                }
            }
        }
    }
    rows.into_values().map(Record::Fact).collect()
}

/// The ad account itself.
pub(super) fn account(slice: &Slice<'_>, row: &Node<'_>) -> Result<EntityRecord> {
    let mut attributes = mapping::attributes(row, &["id", "account_id", "name", "account_status"])?;
    let business = row.at("business");
    for (name, field) in [("business_id", "id"), ("business_name", "name")] {
        attributes.extend(business.at(field).filled()?.map(|text| (name.to_owned(), Value::String(text))));
    }
    let status = row.at("account_status").filled()?.map(|code| match code.as_str() {
        "1" => "active".to_owned(),
        "2" => "disabled".to_owned(),
        "3" => "unsettled".to_owned(),
        "7" => "pending_review".to_owned(),
        "9" => "in_grace_period".to_owned(),
        "101" => "closed".to_owned(),
        _ => code,
    });
    let name = row.at("name").filled()?.unwrap_or_else(|| slice.account.name.clone());
    Ok(EntityRecord { name, status, ..mapping::account(slice, attributes) })
}

/// A campaign, ad set or ad of a list.
pub(super) fn thing(slice: &Slice<'_>, level: &Level, row: &Node<'_>) -> Result<EntityRecord> {
    const OWN: &[&str] = &["id", "name", "effective_status", "daily_budget", "lifetime_budget"];
    let thing = mapping::entity(slice, level.kind, row.at("id").need_text()?, row.at("name").filled()?);
    let mut attributes = mapping::attributes(row, OWN)?;
    for (name, field) in [("budget", "daily_budget"), ("lifetime_budget", "lifetime_budget")] {
        let amount = budget(&row.at(field), slice.account.currency.as_deref())?;
        attributes.extend(amount.map(|amount| (name.to_owned(), Value::String(canonical(amount)))));
    }
    let status = match row.at("effective_status").filled()? {
        Some(status) => Some(status),
        None => row.at("status").filled()?,
    };
    under_parent(level, row, EntityRecord { status, attributes, ..thing })
}

/// A budget in major units. Those come in minor ones, other than spend. A 0 says that there is none.
fn budget(amount: &Node<'_>, currency: Option<&str>) -> Result<Option<Decimal>> {
    let Some(currency) = currency else { return Ok(None) };
    let scale = if WHOLE_UNITS.contains(&currency) { 0 } else { 2 };
    let amount = amount.decimal()?.filter(|amount| !amount.is_zero());
    Ok(amount.map(|amount| amount * Decimal::new(1, scale)))
}
