//! What campaigns and the e-mails that they consist of have come to.

use super::auth::{page_size, request};
use super::failure::{GONE, judge};
use super::map::{self, Summaries};
use super::{fetch, streams};
use crate::connector::{Context, Slice};
use crate::error::{Result, spare};
use crate::events::{Counted, Events};
use crate::http::{Batch, Node};
use crate::mapping::{attributes, entity, fact};
use crate::record::{EntityRecord, FactRecord, Page, Record, Warning};
use async_stream::try_stream;
use chrono::{Days, NaiveDate};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Campaigns and activities in one call.
const CAMPAIGNS: usize = 25;
const ACTIVITIES: usize = 10;

/// Only these are sent to people, so only these have reports.
const SENT_ROLES: &[&str] = &["primary_email", "resend"];

/// What people do, as it is asked for, and what it is counted as.
const TRACKED: &[(&str, &str)] = &[
    ("sends", "send_events"),
    ("opens", "open_events"),
    ("unique_opens", "unique_open_events"),
    ("clicks", "click_events"),
    ("bounces", "bounce_events"),
    ("optouts", "optout_events"),
    ("forwards", "forward_events"),
    ("didnotopens", "not_opened_events"),
];

/// All summaries around the days of the slice. A day more is asked for on both sides, because nothing says in which zone the
/// vendor cuts.
fn summary_pages<'a>(ctx: &'a Context, slice: &Slice<'a>) -> Result<BoxStream<'a, Result<Batch>>> {
    let start = (slice.days.from() - Days::new(1)).to_string();
    let end = (slice.days.until() + Days::new(1)).to_string();
    let size = page_size(ctx, 500);
    let query = [("limit", size.as_str()), ("start", start.as_str()), ("end", end.as_str())];
    let first = request(ctx, "/reports/summary_reports/email_campaign_summaries", &query)?;
    Ok(fetch::pages(ctx, slice.budget.clone(), first))
}

/// What the campaigns of the slice have come to.
pub(super) fn summaries<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut summaries = Summaries::default();
        let mut batches = summary_pages(ctx, &slice)?;
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let rows = summaries.add(&slice, &batch)?;
            yield Page { records: Vec::new(), rows, raw: Some(batch.raw) };
        }
        let (facts, mut records) = summaries.finish(&slice);
        let facts = facts.into_iter().map(|(_, fact)| fact);
        records.extend(facts.filter(|fact| !fact.values.is_empty()).map(Record::Fact));
        yield Page { records, ..Page::default() };
    };
    pages.boxed()
}

/// The campaigns of the slice, with their days and what their summaries say.
async fn campaigns(ctx: &Context, slice: &Slice<'_>) -> Result<BTreeMap<String, FactRecord>> {
    Ok(listed(ctx, slice).await?.into_iter().collect())
}

/// The same as they are listed: the newest first.
async fn listed(ctx: &Context, slice: &Slice<'_>) -> Result<Vec<(String, FactRecord)>> {
    let mut summaries = Summaries::default();
    let mut batches = summary_pages(ctx, slice)?;
    while let Some(batch) = batches.try_next().await? {
        summaries.add(slice, &batch)?;
    }
    Ok(summaries.finish(slice).0)
}

/// Statistics of several things in one call. One bad id spoils it for all: then halves are asked for, down to the id that is
/// left out.
fn in_calls<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    path: &'static str,
    ids: Vec<String>,
    most: usize,
) -> BoxStream<'a, Result<Batch>> {
    let budget = slice.budget.clone();
    let batches = try_stream! {
        let mut groups: Vec<Vec<String>> = ids.chunks(most).map(<[String]>::to_vec).rev().collect();
        while let Some(mut group) = groups.pop() {
            let request = request(ctx, &format!("{path}/{}", group.join(",")), &[])?;
            match spare(ctx.session.batch(&request, &budget, judge).await, GONE)? {
                Some(batch) => yield batch,
                None if group.len() > 1 => {
                    let rest = group.split_off(group.len() / 2);
                    groups.extend([rest, group]);
                }
                None => {}
            }
        }
    };
    batches.boxed()
}

/// What only the statistics of campaigns tell, under the days of the summaries.
pub(super) fn statistics<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let campaigns = listed(ctx, &slice).await?;
        let ids: Vec<String> = campaigns.iter().map(|(id, _)| id.clone()).collect();
        let campaigns: BTreeMap<String, FactRecord> = campaigns.into_iter().collect();
        let mut facts: BTreeMap<String, FactRecord> = BTreeMap::new();
        let mut batches = in_calls(ctx, &slice, "/reports/stats/email_campaigns", ids, CAMPAIGNS);
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let root = Node::root(&batch.value, "$");
            let rows = root.at("results").each(|row| {
                let id = row.at("campaign_id").need_text()?;
                let Some(summary) = campaigns.get(&id) else { return Ok(()) };
                let place = fact(&slice, EntityKind::Campaign, id.clone(), summary.date);
                let row = map::statistics(&row.at("stats"), place)?;
                facts.extend(map::beside(summary, row).map(|fact| (id, fact)));
                Ok(())
            })? as u64;
            let records = failed(&slice, &root)?.into_iter().map(Record::Warning).collect();
            yield Page { records, rows, raw: Some(batch.raw) };
        }
        yield Page { records: facts.into_values().map(Record::Fact).collect(), ..Page::default() };
    };
    pages.boxed()
}

/// What the vendor could not give of what was asked for.
fn failed(slice: &Slice<'_>, root: &Node<'_>) -> Result<Option<Warning>> {
    let errors = root.at("errors");
    let count = errors.array()?.len();
    if count == 0 {
        return Ok(None);
    }
    let first = errors.nth(0).value().map(ToString::to_string).unwrap_or_default();
    let message =
        format!("Constant Contact has no statistics for {count} of what was asked for; the first: {first}");
    Ok(Some(Warning::stream(&slice.account.id, slice.stream.name, message)))
}

/// An e-mail of a campaign.
struct Activity {
    record: EntityRecord,
    /// The day of the campaign's last sending.
    day: NaiveDate,
    is_sent: bool,
}

/// The e-mails of the campaigns of the slice, one request per campaign.
async fn activities_of(
    ctx: &Context,
    slice: &Slice<'_>,
    campaigns: &BTreeMap<String, FactRecord>,
) -> Result<BTreeMap<String, Activity>> {
    let mut activities = BTreeMap::new();
    for (campaign, summary) in campaigns {
        let request = request(ctx, &format!("/emails/{campaign}"), &[])?;
        let Some(batch) = spare(ctx.session.batch(&request, &slice.budget, judge).await, GONE)? else {
            continue;
        };
        let root = Node::root(&batch.value, "$");
        let name = root.at("name").filled()?;
        root.at("campaign_activities").each(|row| {
            let id = row.at("campaign_activity_id").need_text()?;
            let role = row.at("role").filled()?.unwrap_or_default();
            let attributes = attributes(row, &["campaign_activity_id"])?;
            let parent = Some((EntityKind::Campaign, campaign.clone()));
            let email = entity(slice, EntityKind::Email, id.clone(), name.clone());
            let record = EntityRecord { parent, attributes, ..email };
            let is_sent = SENT_ROLES.contains(&role.as_str());
            activities.insert(id, Activity { record, day: summary.date, is_sent });
            Ok(())
        })?;
    }
    Ok(activities)
}

/// The e-mails of the campaigns of the slice.
pub(super) fn activities<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let campaigns = campaigns(ctx, &slice).await?;
        let activities = activities_of(ctx, &slice, &campaigns).await?;
        let rows = activities.len() as u64;
        let records = activities.into_values().map(|activity| Record::Entity(activity.record)).collect();
        yield Page { records, rows, raw: None };
    };
    pages.boxed()
}

/// What these e-mails have come to. A row counts under its campaign's day, and not at all where that campaign is not listed.
pub(super) fn activity_statistics<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let campaigns = campaigns(ctx, &slice).await?;
        let activities = activities_of(ctx, &slice, &campaigns).await?;
        let sent = activities.iter().filter(|(_, activity)| activity.is_sent);
        let ids: Vec<String> = sent.map(|(id, _)| id.clone()).collect();
        let mut facts: BTreeMap<String, FactRecord> = BTreeMap::new();
        let path = "/reports/stats/email_campaign_activities";
        let mut batches = in_calls(ctx, &slice, path, ids, ACTIVITIES);
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let root = Node::root(&batch.value, "$");
            let rows = root.at("results").each(|row| {
                let id = row.at("campaign_activity_id").need_text()?;
                let day = match row.at("campaign_id").filled()? {
                    Some(campaign) => campaigns.get(&campaign).map(|summary| summary.date),
                    None => activities.get(&id).map(|activity| activity.day),
                };
                let Some(day) = day else { return Ok(()) };
                let place = fact(&slice, EntityKind::Email, id.clone(), day);
                facts.insert(id, map::statistics(&row.at("stats"), place)?);
                Ok(())
            })? as u64;
            let records = failed(&slice, &root)?.into_iter().map(Record::Warning).collect();
            yield Page { records, rows, raw: Some(batch.raw) };
        }
        yield Page { records: facts.into_values().map(Record::Fact).collect(), ..Page::default() };
    };
    pages.boxed()
}

/// The e-mails whose doings are asked for: those sent on the days of the slice, and so long before that people may still open
/// them.
fn with_earlier<'a>(slice: &Slice<'a>) -> Slice<'a> {
    let tail = Days::new(u64::from(streams::TRACKED_DAYS));
    let days = model::DayRange::new(slice.days.from() - tail, slice.days.until()).unwrap_or(slice.days);
    Slice { days, ..slice.clone() }
}

/// What people did, counted per day. Raw pages are not kept: they hold addresses.
pub(super) fn tracking<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let around = with_earlier(&slice);
        let campaigns = campaigns(ctx, &around).await?;
        let activities = activities_of(ctx, &around, &campaigns).await?;
        let size = page_size(ctx, 500);
        for (activity, _) in activities.iter().filter(|(_, activity)| activity.is_sent) {
            let mut events = Events::default();
            let mut rows = 0;
            for (tracked, counted) in TRACKED {
                let path = format!("/reports/email_reports/{activity}/tracking/{tracked}");
                let first = request(ctx, &path, &[("limit", &size)])?;
                let mut batches = fetch::pages(ctx, slice.budget.clone(), first);
                while let Some(batch) = spare(batches.next().await.transpose(), GONE)?.flatten() {
                    rows += Node::root(&batch.value, "$").at("tracking_activities").each(|row| {
                        let Some(at) = row.at("created_time").instant()? else { return Ok(()) };
                        if slice.days.contains(at.date_naive()) {
                            let mut key = vec![row.at("contact_id").need_text()?, at.to_rfc3339()];
                            key.extend(row.at("link_url").filled()?);
                            events.add(activity, at.date_naive(), Counted::Extra(counted), key);
                        }
                        Ok(())
                    })? as u64;
                }
            }
            yield Page { records: events.records(&slice, EntityKind::Email), rows, raw: None };
        }
    };
    pages.boxed()
}

/// Clicks per link. A link may stand in an e-mail several times.
pub(super) fn links<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let campaigns = campaigns(ctx, &slice).await?;
        let activities = activities_of(ctx, &slice, &campaigns).await?;
        for (id, activity) in activities.iter().filter(|(_, activity)| activity.is_sent) {
            let request = request(ctx, &format!("/reports/email_reports/{id}/links"), &[])?;
            let Some(batch) = spare(ctx.session.batch(&request, &slice.budget, judge).await, GONE)? else { continue };
            let mut clicks: BTreeMap<String, Decimal> = BTreeMap::new();
            let rows = Node::root(&batch.value, "$").at("link_click_counts").each(|row| {
                if let Some(count) = row.at("unique_clicks").integer()? {
                    *clicks.entry(row.at("link_url").need_text()?).or_default() += Decimal::from(count);
                }
                Ok(())
            })? as u64;
            let records = clicks.into_iter().map(|(link, count)| {
                let place = fact(&slice, EntityKind::Email, id.clone(), activity.day);
                let breakdown = BTreeMap::from([("link".to_owned(), link)]);
                Record::Fact(FactRecord { breakdown, values: vec![(Metric::UniqueClicks, count)], ..place })
            });
            yield Page { records: records.collect(), rows, raw: Some(batch.raw) };
        }
    };
    pages.boxed()
}
