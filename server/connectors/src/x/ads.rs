//! Campaigns of the Ads API per day.

use super::auth::{get_ads, page_size};
use super::failure::judge;
use super::fetch::written;
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::http::paginate::{Pagination, Place};
use crate::http::{Batch, Budget, Node, Request};
use crate::mapping::{self, attributes, entity};
use crate::moments::{day_in, start_of};
use crate::record::{EntityRecord, FactRecord, Page, Record};
use crate::totals::Totals;
use async_stream::try_stream;
use chrono::{Days, NaiveDate};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Campaigns of one request.
const MOST_CAMPAIGNS: usize = 20;

/// Where ads are shown; each is asked for alone, and the two are added.
const PLACEMENTS: &[&str] = &["ALL_ON_TWITTER", "PUBLISHER_NETWORK"];

const PAGES: Pagination = Pagination::Token { send: "cursor", place: Place::Query, read: "/next_cursor" };

/// Figures by their names, with the places behind the comma.
const METRICS: &[(Metric, &str, u32)] = &[
    (Metric::Impressions, "impressions", 0),
    (Metric::Clicks, "clicks", 0),
    (Metric::Engagements, "engagements", 0),
    (Metric::Spend, "billed_charge_local_micro", 6),
    (Metric::VideoViews, "video_total_views", 0),
];

/// Pages of a list.
pub(super) fn listed<'a>(
    ctx: &'a Context,
    path: &str,
    query: &[(&str, &str)],
    budget: &Budget,
) -> BoxStream<'a, Result<Batch>> {
    let size = page_size(ctx, 1, 1_000);
    let query: Vec<_> = query.iter().copied().chain([("count", size.as_str())]).collect();
    match get_ads(ctx, path, &query) {
        Ok(request) => ctx.session.pages(request.paced_by("ads"), PAGES, "/data", budget.clone(), judge),
        Err(error) => stream::iter([Err(error)]).boxed(),
    }
}

pub(super) fn daily<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let path = format!("accounts/{}/campaigns", slice.account.id);
        // A campaign that was deleted has spent what it has.
        let mut lists = listed(ctx, &path, &[("with_deleted", "true")], &slice.budget);
        let mut ids: Vec<String> = Vec::new();
        while let Some(batch) = lists.next().await {
            yield mapping::needed_page(batch?, "/data", |row, records| {
                let campaign = campaign(&slice, row)?;
                if !ids.contains(&campaign.id) {
                    ids.push(campaign.id.clone());
                    records.push(Record::Entity(campaign));
                }
                Ok(())
            })?;
        }
        let mut totals = Totals::default();
        for ids in ids.chunks(MOST_CAMPAIGNS) {
            for placement in PLACEMENTS {
                let request = stats(ctx, &slice, ids, placement)?;
                let batch = ctx.session.batch(&request, &slice.budget, judge).await?;
                let rows = take(&slice, placement, &Node::root(&batch.value, "$"), &mut totals)?;
                yield Page { records: Vec::new(), rows, raw: Some(batch.raw) };
            }
        }
        yield Page { records: totals.records(), ..Page::default() };
    };
    pages.boxed()
}

fn campaign(slice: &Slice<'_>, row: &Node<'_>) -> Result<EntityRecord> {
    let mut attributes = attributes(row, &["id", "name", "entity_status", "account_id"])?;
    for name in ["daily_budget", "total_budget"] {
        attributes.remove(&format!("{name}_amount_local_micro"));
        let micros = row.at(&format!("{name}_amount_local_micro")).decimal()?;
        let budget = micros.map(|micros| crate::http::node::canonical(micros * Decimal::new(1, 6)));
        attributes.extend(budget.map(|budget| (name.to_owned(), budget.into())));
    }
    let campaign = entity(slice, EntityKind::Campaign, row.at("id").need_text()?, row.at("name").filled()?);
    Ok(EntityRecord { status: row.at("entity_status").filled()?, attributes, ..campaign })
}

/// Bounds are midnights of the account's zone, written in UTC.
fn stats(ctx: &Context, slice: &Slice<'_>, ids: &[String], placement: &str) -> Result<Request> {
    let zone = slice.account.zone();
    let next = slice.days.until() + Days::new(1);
    let (start, end) = (written(start_of(slice.days.from(), zone)), written(start_of(next, zone)));
    let query = [
        ("entity", "CAMPAIGN"),
        ("entity_ids", &ids.join(",")),
        ("start_time", start.as_str()),
        ("end_time", end.as_str()),
        ("granularity", "DAY"),
        ("placement", placement),
        ("metric_groups", "ENGAGEMENT,BILLING,VIDEO"),
    ];
    Ok(get_ads(ctx, &format!("stats/accounts/{}", slice.account.id), &query)?.paced_by("ads"))
}

/// Takes an answer: a list per figure with a slot per day, the first for the day at which the answer says that it starts.
///
/// A list or a slot without a value is unknown; where another placement has one, that is the sum.
pub(super) fn take(slice: &Slice<'_>, placement: &str, root: &Node<'_>, totals: &mut Totals) -> Result<u64> {
    let request = root.at("request");
    let parameters = request.at("params");
    let start = parameters.at("start_time").instant()?;
    let first = start.map_or(slice.days.from(), |at| day_in(at, slice.account.zone()));
    let rows = root.at("data").each(|row| {
        let id = row.at("id").need_text()?;
        let mut days: BTreeMap<NaiveDate, FactRecord> = BTreeMap::new();
        row.at("id_data").each(|part| {
            // Split by something that was not asked for.
            if !part.at("segment").is_absent() {
                return Ok(());
            }
            let metrics = part.at("metrics");
            for (metric, name, places) in METRICS {
                let slots = metrics.at(name);
                for index in 0..slots.array()?.len() {
                    let Some(count) = slots.nth(index).integer()? else { continue };
                    let day = first + Days::new(index as u64);
                    let fact = days
                        .entry(day)
                        .or_insert_with(|| mapping::fact(slice, EntityKind::Campaign, id.clone(), day));
                    fact.values.push((*metric, Decimal::from(count) * Decimal::new(1, *places)));
                }
            }
            Ok(())
        })?;
        for (day, mut fact) in days {
            fact.currency.clone_from(&slice.account.currency);
            // Not asked for: the slice that covers the day brings it.
            if slice.days.contains(day) {
                totals.add(vec![placement.to_owned()], fact);
            }
        }
        Ok(())
    })?;
    Ok(rows as u64)
}
