//! Descriptions become entities, reports and the days of audiences become facts.

use crate::connector::Slice;
use crate::email;
use crate::error::Result;
use crate::http::Node;
use crate::http::node::snake_case;
use crate::mapping::{self, Form, Measure, Seen, attributes, entity, fact, values};
use crate::record::{EntityRecord, FactRecord, Record, Warning};
use chrono::{NaiveDate, Timelike};
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// Figures of a report, by the part of it that holds them. Rates are left to us, and revenue is what the orders came to
/// without shipping and taxes (`total_spent` has them).
const FIGURES: &[(&str, &[Measure])] = &[
    (
        "",
        &[
            (Metric::EmailsSent, &["emails_sent"], Form::Whole),
            (Metric::Unsubscribes, &["unsubscribed"], Form::Whole),
            (Metric::SpamComplaints, &["abuse_reports"], Form::Whole),
        ],
    ),
    (
        "bounces",
        &[
            (Metric::HardBounces, &["hard_bounces"], Form::Whole),
            (Metric::SoftBounces, &["soft_bounces"], Form::Whole),
        ],
    ),
    (
        "opens",
        &[
            (Metric::Opens, &["opens_total"], Form::Whole),
            (Metric::UniqueOpens, &["unique_opens"], Form::Whole),
        ],
    ),
    (
        "clicks",
        &[
            (Metric::Clicks, &["clicks_total"], Form::Whole),
            // People. `unique_clicks` counts a person once per link.
            (Metric::UniqueClicks, &["unique_subscriber_clicks"], Form::Whole),
        ],
    ),
];

/// Only accounts with a shop have it.
const SHOP: &[Measure] = &[(Metric::Revenue, &["total_revenue"], Form::Decimal)];

/// Parts of a report that repeat others, or are about something else.
const ASIDE: &[&str] = &["list_stats", "industry_stats", "delivery_status", "ab_split", "share_report"];

/// Names that would be taken for something else among ours.
const RENAMED: &[(&str, &str)] = &[("unique_clicks", "unique_link_clicks"), ("total_orders", "orders")];

/// Fields of a day of an audience: each figure is the sum of two.
const LIST_DAYS: &[(Metric, [&str; 2])] = &[
    (Metric::SubscribersAdded, ["subs", "other_adds"]),
    (Metric::SubscribersRemoved, ["unsubs", "other_removes"]),
];

/// The account itself. Whose it is and where they live is not kept.
pub(super) fn account(slice: &Slice<'_>, root: &Node<'_>) -> Result<Record> {
    const KEPT: &[&str] =
        &["pricing_plan_type", "total_subscribers", "account_industry", "pro_enabled", "member_since"];
    let mut attributes = attributes(root, &[])?;
    attributes.retain(|name, _| KEPT.contains(&name.as_str()));
    Ok(Record::Entity(mapping::account(slice, attributes)))
}

/// A campaign. Without a title its subject names it.
pub(super) fn campaign(slice: &Slice<'_>, row: &Node<'_>) -> Result<EntityRecord> {
    let mut attributes = attributes(row, &["id", "status"])?;
    add(&mut attributes, "list_id", &row.at("recipients").at("list_id"))?;
    let settings = row.at("settings");
    add(&mut attributes, "subject_line", &settings.at("subject_line"))?;
    let name = first(&[settings.at("title"), settings.at("subject_line")])?;
    let campaign = entity(slice, EntityKind::Campaign, row.at("id").need_text()?, name);
    Ok(EntityRecord { status: row.at("status").filled()?, attributes, ..campaign })
}

/// The campaign that a report is about, as far as the report describes it.
pub(super) fn campaign_of_report(slice: &Slice<'_>, row: &Node<'_>) -> Result<EntityRecord> {
    let mut attributes = attributes(row, &["id", "campaign_title"])?;
    attributes.retain(|_, value| value.is_string());
    let name = first(&[row.at("campaign_title"), row.at("subject_line")])?;
    let campaign = entity(slice, EntityKind::Campaign, row.at("id").need_text()?, name);
    Ok(EntityRecord { attributes, ..campaign })
}

/// What a report says, under the UTC day of the sending; none where nothing was sent yet.
pub(super) fn report(
    slice: &Slice<'_>,
    kind: EntityKind,
    row: &Node<'_>,
    seen: &mut Seen,
) -> Result<Option<FactRecord>> {
    let id = row.at("id").need_text()?;
    let Some(at) = row.at("send_time").instant()? else {
        return Ok(None);
    };
    let mut fact = fact(slice, kind, id, at.date_naive());
    seen.row();
    for (part, measures) in FIGURES {
        let named = row.at(part);
        let node = if part.is_empty() { row } else { &named };
        for (name, _) in node.object()?.into_iter().flatten() {
            seen.field(&path(part, name));
        }
        fact.values.extend(values(node, measures)?);
    }
    email::derive(&mut fact.values);
    let shop = row.at("ecommerce");
    fact.values.extend(values(&shop, SHOP)?);
    fact.currency = shop.at("currency_code").filled()?;
    fact.extra = extra(row)?;
    Ok(Some(fact))
}

/// Fields of reports that no report had.
pub(super) fn missing_figures(slice: &Slice<'_>, seen: &Seen) -> Vec<Warning> {
    let measures = FIGURES.iter().flat_map(|(part, measures)| measures.iter().map(move |m| (part, m)));
    let names: Vec<String> = measures.map(|(part, (_, fields, _))| path(part, fields[0])).collect();
    seen.missing(slice, names.iter().map(String::as_str))
}

fn path(part: &str, field: &str) -> String {
    if part.is_empty() { field.to_owned() } else { format!("{part}.{field}") }
}

/// Numbers that are no figure of ours, rates apart: opens without those that a privacy proxy made, orders, forwards.
fn extra(row: &Node<'_>) -> Result<Map<String, Value>> {
    let is_mapped = |part: &str, field: &str| {
        let groups = FIGURES.iter().filter(|(known, _)| *known == part).flat_map(|(_, measures)| *measures);
        let shop = SHOP.iter().filter(|_| part == "ecommerce");
        groups.chain(shop).any(|(_, fields, _)| fields.contains(&field))
    };
    let mut extra = Map::new();
    let mut keep = |part: &str, field: &str, value: &Value| {
        if value.is_number() && !field.ends_with("_rate") && !is_mapped(part, field) {
            let ours = RENAMED.iter().find(|(theirs, _)| *theirs == field).map(|(_, ours)| *ours);
            extra.insert(ours.map_or_else(|| snake_case(field), str::to_owned), value.clone());
        }
    };
    for (name, value) in row.object()?.into_iter().flatten() {
        match value {
            Value::Object(fields) if !ASIDE.contains(&name.as_str()) => {
                fields.iter().for_each(|(field, value)| keep(name, field, value));
            }
            value => keep("", name, value),
        }
    }
    Ok(extra)
}

/// The first hours of a report, on the days of the slice.
pub(super) fn hours(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    const HOUR: &[Measure] = &[
        (Metric::EmailsSent, &["emails_sent"], Form::Whole),
        (Metric::UniqueOpens, &["unique_opens"], Form::Whole),
        (Metric::UniqueClicks, &["recipients_clicks"], Form::Whole),
    ];
    let id = row.at("id").need_text()?;
    row.at("timeseries").each(|hour| {
        let at = hour.at("timestamp");
        let at = at.instant()?.ok_or_else(|| at.drift("it is missing, so the hour belongs nowhere"))?;
        let values = values(hour, HOUR)?;
        if !slice.days.contains(at.date_naive()) || values.is_empty() {
            return Ok(());
        }
        let hour = u8::try_from(at.hour()).ok();
        let fact = fact(slice, EntityKind::Campaign, id.clone(), at.date_naive());
        records.push(Record::Fact(FactRecord { hour, values, ..fact }));
        Ok(())
    })?;
    Ok(())
}

/// An audience, and how many people are in it on the day of the pull. Addresses of people are not kept.
pub(super) fn list(
    slice: &Slice<'_>,
    row: &Node<'_>,
    today: NaiveDate,
    seen: &mut Seen,
) -> Result<[Option<Record>; 2]> {
    const PLACED: &[&str] = &[
        "id",
        "name",
        "notify_on_subscribe",
        "notify_on_unsubscribe",
        "beamer_address",
        "permission_reminder",
    ];
    const MEMBERS: &[Measure] = &[(Metric::Subscribers, &["member_count"], Form::Whole)];
    let id = row.at("id").need_text()?;
    let stats = row.at("stats");
    seen.fields_of(&stats)?;
    let mut attributes = attributes(row, PLACED)?;
    let mut more = mapping::attributes(&stats, &["member_count"])?;
    more.retain(|name, _| !name.ends_with("_rate"));
    attributes.extend(more);
    let list = entity(slice, EntityKind::List, id.clone(), row.at("name").filled()?);
    let list = Record::Entity(EntityRecord { attributes, ..list });
    let values = values(&stats, MEMBERS)?;
    let members = FactRecord { values, ..fact(slice, EntityKind::List, id, today) };
    Ok([Some(list), (!members.values.is_empty()).then_some(Record::Fact(members))])
}

/// A month of an audience, under its first day. It repeats what days say, so nothing of it is a figure.
pub(super) fn month(slice: &Slice<'_>, list: &str, row: &Node<'_>) -> Result<Record> {
    let month = row.at("month");
    let text = month.need_text()?;
    let day: Option<NaiveDate> = format!("{text}-01").parse().ok();
    let day = day.ok_or_else(|| month.drift(format!("{text:?} is no month such as 2026-09")))?;
    let mut extra = attributes(row, &["list_id"])?;
    extra.retain(|name, value| name == "month" || value.is_number());
    Ok(Record::Fact(FactRecord { extra, ..fact(slice, EntityKind::List, list.to_owned(), day) }))
}

/// A day of an audience, in the account's zone as it is written; none outside the slice. A part that is absent adds nothing;
/// where both are, there is no sum.
pub(super) fn list_day(
    slice: &Slice<'_>,
    list: &str,
    row: &Node<'_>,
    seen: &mut Seen,
) -> Result<Option<FactRecord>> {
    seen.fields_of(row)?;
    let day = row.at("day");
    let day = day.written_day()?.ok_or_else(|| day.drift("it is missing, so the row belongs nowhere"))?;
    if !slice.days.contains(day) {
        return Ok(None);
    }
    let mut fact = fact(slice, EntityKind::List, list.to_owned(), day);
    for (metric, [one, other]) in LIST_DAYS {
        let parts = [row.at(one).integer()?, row.at(other).integer()?];
        let sum = parts.into_iter().flatten().map(Decimal::from).reduce(|one, other| one + other);
        fact.values.extend(sum.map(|sum| (*metric, sum)));
    }
    // What happened to e-mails that day is in the reports, under the day of the sending.
    let mut extra = attributes(row, &["day", "subs", "unsubs", "other_adds", "other_removes"])?;
    extra.retain(|_, value| value.is_number());
    fact.extra = extra.into_iter().map(|(name, value)| (format!("activity_{name}"), value)).collect();
    Ok((!fact.values.is_empty() || !fact.extra.is_empty()).then_some(fact))
}

/// Fields of days of audiences that no day had.
pub(super) fn missing_list_days(slice: &Slice<'_>, seen: &Seen) -> Vec<Warning> {
    seen.missing(slice, LIST_DAYS.iter().flat_map(|(_, fields)| fields.iter().copied()))
}

/// A classic automation.
pub(super) fn automation(slice: &Slice<'_>, row: &Node<'_>) -> Result<Record> {
    let mut attributes = attributes(row, &["id", "status"])?;
    add(&mut attributes, "list_id", &row.at("recipients").at("list_id"))?;
    let name = first(&[row.at("settings").at("title"), row.at("trigger_settings").at("workflow_title")])?;
    let flow = entity(slice, EntityKind::Flow, row.at("id").need_text()?, name);
    Ok(Record::Entity(EntityRecord { status: row.at("status").filled()?, attributes, ..flow }))
}

/// An e-mail of a classic automation.
pub(super) fn automation_email(slice: &Slice<'_>, flow: &str, row: &Node<'_>) -> Result<Record> {
    let settings = row.at("settings");
    let mut attributes = attributes(row, &["id", "status", "workflow_id"])?;
    add(&mut attributes, "subject_line", &settings.at("subject_line"))?;
    let name = first(&[settings.at("title"), settings.at("subject_line")])?;
    let email = entity(slice, EntityKind::Email, row.at("id").need_text()?, name);
    let parent = Some((EntityKind::Flow, flow.to_owned()));
    Ok(Record::Entity(EntityRecord { parent, status: row.at("status").filled()?, attributes, ..email }))
}

fn add(attributes: &mut Map<String, Value>, name: &str, node: &Node<'_>) -> Result<()> {
    attributes.extend(node.filled()?.map(|text| (name.to_owned(), Value::String(text))));
    Ok(())
}

fn first(nodes: &[Node<'_>]) -> Result<Option<String>> {
    for node in nodes {
        if let Some(text) = node.filled()? {
            return Ok(Some(text));
        }
    }
    Ok(None)
}
