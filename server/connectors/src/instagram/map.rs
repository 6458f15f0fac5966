//! Answers become records.

use crate::connector::Slice;
use crate::error::Result;
use crate::http::Node;
use crate::http::node::snake_case;
use crate::mapping::{self, Form, Measure};
use crate::meta;
use crate::record::{EntityRecord, FactRecord, Record};
use chrono::{NaiveDate, TimeDelta};
use metrics::Metric;
use model::DayRange;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Characters of a caption that make up a name.
const NAME: usize = 80;

/// Of posts and stories. What insights say wins over the counters of the post itself, which remain where those are refused.
const POST: &[Measure] = &[
    (Metric::VideoViews, &["views", "plays", "video_views"], Form::Whole),
    (Metric::Impressions, &["impressions"], Form::Whole),
    (Metric::Reach, &["reach"], Form::Whole),
    (Metric::Likes, &["likes", "like_count"], Form::Whole),
    (Metric::Comments, &["comments", "comments_count"], Form::Whole),
    (Metric::Shares, &["shares"], Form::Whole),
    (Metric::Saves, &["saved", "saves"], Form::Whole),
    (Metric::Engagements, &["total_interactions"], Form::Whole),
];

/// Of the account, for one day. Its reach comes with the row of days.
const TOTALS: &[Measure] = &[
    (Metric::VideoViews, &["views"], Form::Whole),
    (Metric::Engagements, &["total_interactions"], Form::Whole),
    (Metric::Likes, &["likes"], Form::Whole),
    (Metric::Comments, &["comments"], Form::Whole),
    (Metric::Shares, &["shares"], Form::Whole),
    (Metric::Saves, &["saves", "saved"], Form::Whole),
    (Metric::Clicks, &["profile_links_taps", "website_clicks"], Form::Whole),
];

const PROFILE: &[Measure] = &[(Metric::Followers, &["followers_count"], Form::Whole)];

/// Of the account, as a row of days.
const DAYS: &[(&str, Metric)] = &[("reach", Metric::Reach), ("follower_count", Metric::NewFollowers)];

/// A day is told by the midnight that ends it where the account is, which nobody tells. Twelve hours before, the date in UTC
/// is that of the day in all zones from UTC-11 to UTC+12.
const HALF_A_DAY: TimeDelta = TimeDelta::hours(12);

/// The account and its followers.
pub(super) fn profile(slice: &Slice<'_>, row: &Node<'_>, today: NaiveDate) -> Result<Vec<Record>> {
    let attributes = mapping::attributes(row, &["id", "name", "followers_count"])?;
    let name = match row.at("name").filled()? {
        Some(name) => Some(name),
        None => row.at("username").filled()?,
    };
    let account = mapping::account(slice, attributes);
    let account = EntityRecord { name: name.unwrap_or_else(|| account.name.clone()), ..account };
    let values = mapping::values(row, PROFILE)?;
    let fact = mapping::fact(slice, EntityKind::Account, slice.account.id.clone(), today);
    let fact = (!values.is_empty()).then_some(Record::Fact(FactRecord { values, ..fact }));
    Ok([Record::Entity(account)].into_iter().chain(fact).collect())
}

/// A post or story as a thing.
pub(super) fn post(slice: &Slice<'_>, row: &Node<'_>) -> Result<EntityRecord> {
    const OWN: &[&str] = &["id", "like_count", "comments_count", "media_url", "thumbnail_url", "children"];
    let name = match row.at("caption").filled()? {
        Some(caption) => Some(shortened(&caption)),
        None => row.at("permalink").filled()?,
    };
    let thing = mapping::entity(slice, EntityKind::Post, row.at("id").need_text()?, name);
    let mut attributes = mapping::attributes(row, OWN)?;
    let mut children = Vec::new();
    row.at("children").at("data").each(|child| {
        children.extend(child.at("id").filled()?.map(Value::String));
        Ok(())
    })?;
    if !children.is_empty() {
        attributes.insert("children".to_owned(), Value::Array(children));
    }
    Ok(EntityRecord { status: row.at("media_product_type").filled()?, attributes, ..thing })
}

/// The first line, cut.
fn shortened(caption: &str) -> String {
    let line = caption.trim().lines().next().unwrap_or_default().trim_end();
    match line.char_indices().nth(NAME) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

/// Figures by their name: `values[0].value` of lifetimes, `total_value.value` of totals. One that is split only is left out.
pub(super) fn by_name(data: &Node<'_>) -> Result<Map<String, Value>> {
    let mut figures = Map::new();
    data.each(|figure| {
        let name = figure.at("name").need_text()?;
        let (values, total) = (figure.at("values"), figure.at("total_value"));
        let first = values.nth(0);
        let value = first.at("value").value().or_else(|| total.at("value").value());
        if let Some(value) = value.filter(|value| !value.is_object()) {
            figures.insert(name, value.clone());
        }
        Ok(())
    })?;
    Ok(figures)
}

/// What a post has come to; none where nothing is known.
pub(super) fn post_figures(
    slice: &Slice<'_>,
    row: &Node<'_>,
    mut figures: Map<String, Value>,
    today: NaiveDate,
) -> Result<Option<FactRecord>> {
    for counter in ["like_count", "comments_count"] {
        if let Some(count) = row.at(counter).value() {
            figures.insert(counter.to_owned(), count.clone());
        }
    }
    let began = row.at("timestamp").instant()?.map(|at| slice.account.today(at));
    let fact = mapping::fact(slice, EntityKind::Post, row.at("id").need_text()?, today);
    let fact = FactRecord { began, ..fact };
    figured(fact, figures, POST)
}

/// The account's totals of a day; none where nothing is known.
pub(super) fn totals(slice: &Slice<'_>, answer: &Value, day: NaiveDate) -> Result<Option<FactRecord>> {
    let figures = by_name(&meta::rows(answer)?)?;
    let fact = mapping::fact(slice, EntityKind::Account, slice.account.id.clone(), day);
    figured(fact, figures, TOTALS)
}

/// Figures without a canonical name stay beside those that have one.
fn figured(
    fact: FactRecord,
    figures: Map<String, Value>,
    measures: &[Measure],
) -> Result<Option<FactRecord>> {
    let figures = Value::Object(figures);
    let root = Node::root(&figures, "data");
    let values = mapping::values(&root, measures)?;
    let is_known = |name: &str| measures.iter().any(|(_, fields, _)| fields.contains(&name));
    let others = root.object()?.into_iter().flatten().filter(|(name, _)| !is_known(name));
    let extra: Map<String, Value> = others.map(|(name, value)| (snake_case(name), value.clone())).collect();
    let is_empty = values.is_empty() && extra.is_empty();
    Ok((!is_empty).then_some(FactRecord { values, extra, ..fact }))
}

/// Figures of days: each value under the day that its midnight ends. Days that were not asked for are left out.
pub(super) fn days(
    answer: &Value,
    asked: DayRange,
    days: &mut BTreeMap<NaiveDate, BTreeMap<Metric, Decimal>>,
) -> Result<usize> {
    meta::rows(answer)?.each(|figure| {
        let name = figure.at("name").need_text()?;
        let Some((_, metric)) = DAYS.iter().find(|(known, _)| *known == name) else {
            return Ok(());
        };
        figure.at("values").each(|value| {
            let Some(count) = value.at("value").integer()? else { return Ok(()) };
            let end = value.at("end_time");
            let at =
                end.instant()?.ok_or_else(|| end.drift("it is missing, so the value belongs to no day"))?;
            let day = (at - HALF_A_DAY).date_naive();
            if asked.contains(day) {
                days.entry(day).or_default().insert(*metric, Decimal::from(count));
            }
            Ok(())
        })?;
        Ok(())
    })
}

/// Followers by what they have in common.
pub(super) fn audience(slice: &Slice<'_>, answer: &Value, today: NaiveDate) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    meta::rows(answer)?.each(|figure| {
        figure.at("total_value").at("breakdowns").each(|split| {
            let mut names = Vec::new();
            split.at("dimension_keys").each(|name| {
                names.push(name.need_text()?);
                Ok(())
            })?;
            split.at("results").each(|group| {
                let mut breakdown = BTreeMap::new();
                let parts = group.at("dimension_values");
                for (index, name) in names.iter().enumerate() {
                    // A group that nobody names can't be told from the others.
                    let Some(value) = parts.nth(index).filled()? else { return Ok(()) };
                    breakdown.insert(name.clone(), value);
                }
                let Some(count) = group.at("value").integer()? else { return Ok(()) };
                let values = vec![(Metric::Followers, Decimal::from(count))];
                let fact = mapping::fact(slice, EntityKind::Account, slice.account.id.clone(), today);
                records.push(Record::Fact(FactRecord { breakdown, values, ..fact }));
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(records)
}
