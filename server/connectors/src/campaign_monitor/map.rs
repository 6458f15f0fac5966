//! Descriptions become entities, and totals become facts.

use super::zones::wall_clock;
use crate::connector::Slice;
use crate::email;
use crate::error::Result;
use crate::http::Node;
use crate::http::node::snake_case;
use crate::mapping::{self, Form, Measure, Seen, attributes, entity, fact};
use crate::moments::instant_of;
use crate::record::{EntityRecord, FactRecord, Record};
use chrono::{NaiveDate, NaiveDateTime};
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// What a campaign has come to. Clicks are people who clicked. Figures that look impossible (more opens than recipients) stay
/// as they are.
pub(super) const SUMMARY: &[Measure] = &[
    (Metric::EmailsSent, &["Recipients"], Form::Whole),
    (Metric::Opens, &["TotalOpened"], Form::Whole),
    (Metric::UniqueOpens, &["UniqueOpened"], Form::Whole),
    (Metric::UniqueClicks, &["Clicks"], Form::Whole),
    (Metric::Bounces, &["Bounced"], Form::Whole),
    (Metric::Unsubscribes, &["Unsubscribed"], Form::Whole),
    (Metric::SpamComplaints, &["SpamComplaints"], Form::Whole),
];

/// What an e-mail of a journey has come to.
const JOURNEY: &[Measure] = &[
    (Metric::EmailsSent, &["Sent"], Form::Whole),
    (Metric::Opens, &["Opened"], Form::Whole),
    (Metric::UniqueOpens, &["UniqueOpened"], Form::Whole),
    (Metric::UniqueClicks, &["Clicked"], Form::Whole),
    (Metric::Bounces, &["Bounced"], Form::Whole),
    (Metric::Unsubscribes, &["Unsubscribed"], Form::Whole),
];

/// E-mails that are set off one by one.
pub(super) const TRANSACTIONAL: &[Measure] = &[
    (Metric::EmailsSent, &["Sent"], Form::Whole),
    (Metric::Delivered, &["Delivered"], Form::Whole),
    (Metric::Bounces, &["Bounces"], Form::Whole),
    (Metric::Opens, &["Opened"], Form::Whole),
    (Metric::Clicks, &["Clicked"], Form::Whole),
];

/// Who left a list yesterday, in whatever way.
const REMOVED: &[&str] = &["UnsubscribesYesterday", "DeletedYesterday", "BouncesYesterday"];

/// A moment on the client's clock; none where it is absent or blank.
pub(super) fn local(node: &Node<'_>) -> Result<Option<NaiveDateTime>> {
    let Some(text) = node.filled()? else { return Ok(None) };
    wall_clock(&text)
        .map(Some)
        .ok_or_else(|| node.drift(format!("{text:?} is no moment such as 2026-09-01 12:00:00")))
}

/// The UTC day of a moment on the client's clock.
pub(super) fn utc_day(slice: &Slice<'_>, node: &Node<'_>) -> Result<Option<NaiveDate>> {
    Ok(local(node)?.map(|at| instant_of(at, slice.account.zone()).date_naive()))
}

/// The client, without its key and the people behind it.
pub(super) fn client(slice: &Slice<'_>, details: &Node<'_>) -> Result<Record> {
    let (basic, billing) = (details.at("BasicDetails"), details.at("BillingDetails"));
    let texts = [
        ("company_name", basic.at("CompanyName").filled()?),
        ("country", basic.at("Country").filled()?),
        ("time_zone", basic.at("TimeZone").filled()?),
        ("currency", billing.at("Currency").filled()?),
    ];
    let known = texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::String(text?))));
    Ok(Record::Entity(mapping::account(slice, known.collect())))
}

/// A campaign; names begin with capitals, so attributes lose the line in front.
pub(super) fn campaign(
    slice: &Slice<'_>,
    status: &str,
    row: &Node<'_>,
    records: &mut Vec<Record>,
) -> Result<()> {
    let attributes = plain(row, &["CampaignID", "Name", "FromEmail", "ReplyTo"])?;
    let id = row.at("CampaignID").need_text()?;
    let campaign = entity(slice, EntityKind::Campaign, id, row.at("Name").filled()?);
    let status = Some(status.to_owned());
    records.push(Record::Entity(EntityRecord { status, attributes, ..campaign }));
    Ok(())
}

fn plain(row: &Node<'_>, but: &[&str]) -> Result<Map<String, Value>> {
    let named = attributes(row, but)?.into_iter();
    Ok(named.map(|(name, value)| (name.trim_start_matches('_').to_owned(), value)).collect())
}

/// A list.
pub(super) fn list(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let list = entity(slice, EntityKind::List, row.at("ListID").need_text()?, row.at("Name").filled()?);
    records.push(Record::Entity(list));
    Ok(())
}

/// A journey.
pub(super) fn journey(slice: &Slice<'_>, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
    let journey = entity(slice, EntityKind::Flow, row.at("JourneyID").need_text()?, row.at("Name").filled()?);
    let attributes = plain(row, &["JourneyID", "Name", "Status"])?;
    records.push(Record::Entity(EntityRecord { status: row.at("Status").filled()?, attributes, ..journey }));
    Ok(())
}

/// What a campaign has come to, put into the row.
pub(super) fn summary(totals: &Node<'_>, seen: &mut Seen, row: FactRecord) -> Result<FactRecord> {
    seen.fields_of(totals)?;
    counted(totals, SUMMARY, row)
}

fn counted(totals: &Node<'_>, measures: &[Measure], mut row: FactRecord) -> Result<FactRecord> {
    row.values = mapping::values(totals, measures)?;
    email::derive(&mut row.values);
    let is_measure = |name: &str| measures.iter().any(|(_, fields, _)| fields.contains(&name));
    // Counts without a canonical name; addresses of web pages are no figures.
    let fields = totals.object()?.into_iter().flatten();
    let others = fields.filter(|(name, value)| value.is_number() && !is_measure(name));
    row.extra = others
        .map(|(name, value)| (snake_case(name).trim_start_matches('_').to_owned(), value.clone()))
        .collect();
    Ok(row)
}

/// How a list stands on the day of the pull, and what became of it the day before.
pub(super) fn list_stats(
    slice: &Slice<'_>,
    id: &str,
    today: NaiveDate,
    stats: &Node<'_>,
    seen: &mut Seen,
) -> Result<Vec<Record>> {
    seen.fields_of(stats)?;
    let mut rows = Vec::new();
    let row = |day| fact(slice, EntityKind::List, id.to_owned(), day);
    let mut level = row(today);
    let subscribers = stats.at("TotalActiveSubscribers").integer()?;
    level.values.extend(subscribers.map(|count| (Metric::Subscribers, Decimal::from(count))));
    for name in ["TotalUnsubscribes", "TotalDeleted", "TotalBounces"] {
        if let Some(count) = stats.at(name).integer()? {
            level.extra.insert(snake_case(name).trim_start_matches('_').to_owned(), count.into());
        }
    }
    rows.push(level);
    if let Some(yesterday) = today.pred_opt() {
        let mut moves = row(yesterday);
        let added = stats.at("NewActiveSubscribersYesterday").integer()?;
        moves.values.extend(added.map(|count| (Metric::SubscribersAdded, Decimal::from(count))));
        // A way to leave that is absent adds nothing; where all are, there is no sum.
        let counts =
            REMOVED.iter().map(|name| stats.at(name).integer()).collect::<Result<Vec<Option<i64>>>>()?;
        let removed = counts.into_iter().flatten().map(Decimal::from).reduce(|one, other| one + other);
        moves.values.extend(removed.map(|count| (Metric::SubscribersRemoved, count)));
        rows.push(moves);
    }
    let is_filled = |fact: &FactRecord| !fact.values.is_empty() || !fact.extra.is_empty();
    Ok(rows.into_iter().filter(is_filled).map(Record::Fact).collect())
}

/// What list statistics are made of, to tell what never came.
pub(super) fn list_fields() -> impl Iterator<Item = &'static str> {
    ["TotalActiveSubscribers", "NewActiveSubscribersYesterday"].into_iter().chain(REMOVED.iter().copied())
}

/// An e-mail of a journey, and what it has come to by now.
pub(super) fn journey_email(
    slice: &Slice<'_>,
    journey: &str,
    today: NaiveDate,
    row: &Node<'_>,
) -> Result<(EntityRecord, FactRecord)> {
    let id = row.at("EmailID").need_text()?;
    let email = entity(slice, EntityKind::Email, id.clone(), row.at("Name").filled()?);
    let email = EntityRecord { parent: Some((EntityKind::Flow, journey.to_owned())), ..email };
    Ok((email, counted(row, JOURNEY, fact(slice, EntityKind::Email, id, today))?))
}
