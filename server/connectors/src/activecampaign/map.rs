//! Descriptions become entities, and what campaigns have come to becomes facts.

use crate::connector::Slice;
use crate::email;
use crate::error::Result;
use crate::http::Node;
use crate::mapping::{self, Form, Measure, attributes, entity, fact, values};
use crate::record::{EntityRecord, FactRecord, Record};
use chrono::{DateTime, NaiveDate, Utc};
use metrics::Metric;
use model::entities::EntityKind;
use serde_json::{Map, Value};

/// Figures of a campaign. `subscriberclicks` are people; `uniquelinkclicks` count a person once per link.
pub(super) const FIGURES: &[Measure] = &[
    (Metric::EmailsSent, &["send_amt"], Form::Whole),
    (Metric::Opens, &["opens"], Form::Whole),
    (Metric::UniqueOpens, &["uniqueopens"], Form::Whole),
    (Metric::Clicks, &["linkclicks"], Form::Whole),
    (Metric::UniqueClicks, &["subscriberclicks"], Form::Whole),
    (Metric::HardBounces, &["hardbounces"], Form::Whole),
    (Metric::SoftBounces, &["softbounces"], Form::Whole),
    (Metric::Unsubscribes, &["unsubscribes"], Form::Whole),
];

/// Further figures, and our names for them. Verified opens are those that no machine made.
const MORE: &[(&str, &str)] = &[
    ("verified_opens", "opens_verified"),
    ("verified_unique_opens", "unique_opens_verified"),
    ("uniquelinkclicks", "unique_link_clicks"),
    ("total_amt", "recipients"),
    ("forwards", "forwards"),
    ("uniqueforwards", "unique_forwards"),
    ("replies", "replies"),
    ("uniquereplies", "unique_replies"),
    ("socialshares", "social_shares"),
    ("updates", "updates"),
    ("unsubreasons", "unsubscribe_reasons"),
];

/// Figures of a list.
pub(super) const MEMBERS: &[Measure] = &[(Metric::Subscribers, &["active_subscribers"], Form::Whole)];

/// Words for the states of a campaign.
const CAMPAIGN_STATES: &[(&str, &str)] = &[
    ("0", "draft"),
    ("1", "scheduled"),
    ("2", "sending"),
    ("3", "paused"),
    ("4", "stopped"),
    ("5", "completed"),
];

/// A moment with its offset. Zeros mean that there is none, as null does.
pub(super) fn moment(node: &Node<'_>) -> Result<Option<DateTime<Utc>>> {
    match node.filled()? {
        Some(text) if text.trim().starts_with("0000-00-00") => Ok(None),
        _ => node.instant(),
    }
}

/// The UTC day of a moment.
pub(super) fn day(node: &Node<'_>) -> Result<Option<NaiveDate>> {
    Ok(moment(node)?.map(|at| at.date_naive()))
}

/// A yes, which the vendor also writes as 1. Everything else is a no.
pub(super) fn is_yes(node: &Node<'_>) -> bool {
    match node.value() {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::Number(number)) => number.as_str() == "1",
        Some(Value::String(text)) => matches!(text.trim(), "1" | "true"),
        _ => false,
    }
}

/// The id of another thing. 0 means none.
pub(super) fn id(node: &Node<'_>) -> Result<Option<String>> {
    Ok(node.filled()?.filter(|id| id.trim() != "0"))
}

/// The user whose key it is. The address is kept only where there is no name.
pub(super) fn me(slice: &Slice<'_>, user: &Node<'_>) -> Result<Record> {
    let name = match user.at("username").filled()? {
        None => user.at("email").filled()?,
        name => name,
    };
    Ok(Record::Entity(entity(slice, EntityKind::Owner, user.at("id").need_text()?, name)))
}

/// An automation.
pub(super) fn automation(slice: &Slice<'_>, row: &Node<'_>) -> Result<EntityRecord> {
    let flow = entity(slice, EntityKind::Flow, row.at("id").need_text()?, row.at("name").filled()?);
    let attributes = attributes(row, &["id", "name", "status"])?;
    Ok(EntityRecord { status: row.at("status").filled()?, attributes, ..flow })
}

/// The automation that sends a campaign.
pub(super) fn automation_of(row: &Node<'_>) -> Result<Option<String>> {
    id(&row.at("automation"))
}

/// Whether it is sent again and again, so that its figures never stop growing.
pub(super) fn is_automated(row: &Node<'_>) -> Result<bool> {
    Ok(automation_of(row)?.is_some() || row.at("type").text()?.as_deref() == Some("responder"))
}

/// A campaign, below its automation where it has one.
pub(super) fn campaign(
    slice: &Slice<'_>,
    row: &Node<'_>,
    automation: Option<String>,
) -> Result<EntityRecord> {
    let mut attributes = attributes(row, &["id", "name", "status"])?;
    let is_figure = |name: &str| {
        FIGURES.iter().any(|(_, fields, _)| fields.contains(&name)) || MORE.iter().any(|(f, _)| *f == name)
    };
    attributes.retain(|name, _| !is_figure(name));
    let campaign = entity(slice, EntityKind::Campaign, row.at("id").need_text()?, row.at("name").filled()?);
    let status = row.at("status").filled()?.map(|status| {
        let word = CAMPAIGN_STATES.iter().find(|(number, _)| *number == status);
        word.map_or(status, |(_, word)| (*word).to_owned())
    });
    let parent = automation.map(|id| (EntityKind::Flow, id)).or(campaign.parent);
    Ok(EntityRecord { parent, status, attributes, ..campaign })
}

/// What a campaign has come to, under the UTC day of its sending; none where it was never sent.
pub(super) fn figures(slice: &Slice<'_>, row: &Node<'_>) -> Result<Option<FactRecord>> {
    let Some(day) = day(&row.at("sdate"))? else {
        return Ok(None);
    };
    let mut values = values(row, FIGURES)?;
    email::derive(&mut values);
    let mut extra = Map::new();
    for (field, name) in MORE {
        let value = row.at(field).integer()?;
        extra.extend(value.map(|value| ((*name).to_owned(), Value::from(value))));
    }
    let campaign = row.at("id").need_text()?;
    Ok(Some(FactRecord { values, extra, ..fact(slice, EntityKind::Campaign, campaign, day) }))
}

/// A list, and how many people are in it on the day of the pull. Senders' addresses and tokens are not kept.
pub(super) fn list(slice: &Slice<'_>, row: &Node<'_>, today: NaiveDate) -> Result<[Option<Record>; 2]> {
    const ASIDE: &[&str] = &["token", "sender", "address", "carboncopy", "notify", "session"];
    let id = row.at("id").need_text()?;
    let mut attributes = attributes(row, &["id", "name", "fulladdress", "active_subscribers"])?;
    attributes.retain(|name, _| !ASIDE.iter().any(|part| name.contains(part)));
    let list = entity(slice, EntityKind::List, id.clone(), row.at("name").filled()?);
    let list = Record::Entity(EntityRecord { attributes, ..list });
    let members = FactRecord { values: values(row, MEMBERS)?, ..fact(slice, EntityKind::List, id, today) };
    Ok([Some(list), (!members.values.is_empty()).then_some(Record::Fact(members))])
}

/// A pipeline.
pub(super) fn pipeline(slice: &Slice<'_>, row: &Node<'_>) -> Result<Record> {
    let mut attributes = attributes(row, &["id", "title", "currency"])?;
    let currency = row.at("currency").filled()?;
    attributes.extend(currency.map(|code| ("currency".to_owned(), Value::String(code.to_uppercase()))));
    let pipeline = entity(slice, EntityKind::Pipeline, row.at("id").need_text()?, row.at("title").filled()?);
    Ok(Record::Entity(EntityRecord { attributes, ..pipeline }))
}

/// A stage of a pipeline.
pub(super) fn stage(slice: &Slice<'_>, row: &Node<'_>) -> Result<Record> {
    let attributes = attributes(row, &["id", "title", "group"])?;
    let stage = entity(slice, EntityKind::Stage, row.at("id").need_text()?, row.at("title").filled()?);
    let parent = id(&row.at("group"))?.map(|id| (EntityKind::Pipeline, id)).or(stage.parent);
    Ok(Record::Entity(EntityRecord { parent, attributes, ..stage }))
}

/// Rows that say more about a campaign become one of its attributes, which holds what `take` finds in each.
pub(super) fn detail(
    campaign: &EntityRecord,
    name: &str,
    rows: &Node<'_>,
    take: impl Fn(&Node<'_>) -> Result<Option<Value>>,
) -> Result<Option<Record>> {
    let mut found = Vec::new();
    rows.each(|row| {
        found.extend(take(row)?.filter(|value| !found.contains(value)));
        Ok(())
    })?;
    let attributes = Map::from_iter([(name.to_owned(), Value::Array(found.clone()))]);
    Ok((!found.is_empty()).then(|| Record::Entity(EntityRecord { attributes, ..campaign.clone() })))
}

/// A text as an element of an attribute.
pub(super) fn text(node: &Node<'_>) -> Result<Option<Value>> {
    Ok(node.filled()?.map(Value::String))
}

/// The plain fields of a row as an element of an attribute.
pub(super) fn plain(row: &Node<'_>) -> Result<Option<Value>> {
    let fields = mapping::attributes(row, &["id", "links"])?;
    Ok((!fields.is_empty()).then_some(Value::Object(fields)))
}
