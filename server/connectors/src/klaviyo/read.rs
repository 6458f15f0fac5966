//! Reads one stream for some days, once.

use super::auth::{Size, get, page_size, post};
use super::choice::{Conversion, LIST_CHANGES, conversion, kinds, own};
use super::failure::GONE;
use super::fetch::{ROWS, list, one};
use super::reports::{self, Report, available};
use super::streams::{Ask, ask};
use super::{daily, discovery, map};
use crate::connector::{Context, Slice};
use crate::error::{Error, Result, spare};
use crate::http::{Batch, Node, Request};
use crate::mapping::needed_page;
use crate::moments::start_of;
use crate::record::{Page, Record, Warning};
use crate::totals::Totals;
use async_stream::try_stream;
use chrono::{DateTime, Days, SecondsFormat, Utc};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use model::entities::EntityKind;
use serde_json::json;

/// Campaigns are listed by channel, and not at all without one.
pub(super) const CHANNELS: &[&str] = &["email", "sms", "mobile_push"];

pub(super) const CAMPAIGN_VALUES: Report =
    Report { kind: "campaign-values-report", entity: (EntityKind::Campaign, "campaign_id"), has_days: false };

pub(super) const FLOW_SERIES: Report =
    Report { kind: "flow-series-report", entity: (EntityKind::Flow, "flow_id"), has_days: true };

/// By message, so that it never meets the figures of flows.
pub(super) const FLOW_VALUES: Report =
    Report { kind: "flow-values-report", entity: (EntityKind::Email, "flow_message_id"), has_days: false };

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let Some(ask) = ask(slice.stream.name) else {
        let error = Error::configuration(format!("Klaviyo has no stream {:?}.", slice.stream.name));
        return futures_util::stream::iter([Err(error)]).boxed();
    };
    match ask {
        Ask::Account => account(ctx, slice),
        Ask::Metrics => {
            let request = get(ctx, "/metrics", &[], Size::M, &slice.account.id);
            rows(ctx, slice, request, map::metric)
        }
        Ask::Campaigns => campaigns(ctx, slice),
        Ask::Flows => {
            let size = page_size(ctx, 50);
            let request = get(ctx, "/flows", &[("page[size]", &size)], Size::S, &slice.account.id);
            rows(ctx, slice, request, |slice, row| {
                Ok(Record::Entity(map::described(slice, EntityKind::Flow, row)?))
            })
        }
        Ask::Forms => {
            let size = page_size(ctx, 100);
            let request = get(ctx, "/forms", &[("page[size]", &size)], Size::S, &slice.account.id);
            rows(ctx, slice, request, |slice, row| {
                Ok(Record::Entity(map::described(slice, EntityKind::Form, row)?))
            })
        }
        Ask::CampaignValues => report(ctx, slice, CAMPAIGN_VALUES),
        Ask::FlowSeries => report(ctx, slice, FLOW_SERIES),
        Ask::FlowValues => report(ctx, slice, FLOW_VALUES),
        Ask::Aggregates => aggregates(ctx, slice),
        Ask::Lists => lists(ctx, slice),
        Ask::Events => events(ctx, slice),
    }
}

/// A list whose rows are mapped one by one.
fn rows<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    request: Result<Request>,
    map: fn(&Slice<'_>, &Node<'_>) -> Result<Record>,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut batches = list(ctx, &slice, request?);
        while let Some(batch) = batches.next().await {
            yield needed_page(batch?, ROWS, |row, records| {
                records.push(map(&slice, row)?);
                Ok(())
            })?;
        }
    };
    pages.boxed()
}

fn account<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let batch = discovery::details(ctx, &slice.budget).await?;
        let page = needed_page(batch, ROWS, |row, records| {
            if row.at("id").text()?.as_deref() == Some(slice.account.id.as_str()) {
                records.push(map::account(&slice, row)?);
            }
            Ok(())
        })?;
        // The answer names people and their address, so it is not kept.
        yield Page { raw: None, ..page };
    };
    pages.boxed()
}

/// The campaigns of a channel, page after page.
pub(super) fn campaigns_of<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    channel: &str,
    more: &[(&str, &str)],
) -> Result<BoxStream<'a, Result<Batch>>> {
    let filter = format!("equals(messages.channel,'{channel}')");
    let query = [&[("filter", filter.as_str())], more, &[("sort", "updated_at")]].concat();
    Ok(list(ctx, slice, get(ctx, "/campaigns", &query, Size::M, &slice.account.id)?))
}

fn campaigns<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        for channel in CHANNELS {
            let mut batches = campaigns_of(ctx, &slice, channel, &[("include", "campaign-messages")])?;
            while let Some(batch) = batches.next().await {
                yield map::campaigns(&slice, channel, batch?)?;
            }
        }
    };
    pages.boxed()
}

fn report<'a>(ctx: &'a Context, slice: Slice<'a>, what: Report) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let (days, warning) = available(&slice);
        yield Page::of_warnings(warning);
        let (conversion, warning) = conversion_of(ctx, &slice).await?;
        yield Page::of_warnings(warning);
        if let (Some(days), Some(conversion)) = (days, conversion) {
            let is_daily = !what.has_days && ctx.settings.get("campaign_window") == "day";
            let mut pages = if is_daily {
                daily::read(ctx, slice, what, conversion, days)
            } else {
                reports::read(ctx, &slice, what, conversion, vec![days])
            };
            while let Some(page) = pages.next().await {
                yield page?;
            }
        }
    };
    pages.boxed()
}

/// The metric to ask with; a warning where none stands for orders.
async fn conversion_of(ctx: &Context, slice: &Slice<'_>) -> Result<(Option<Conversion>, Option<Warning>)> {
    let set = ctx.settings.get("conversion_metric_id");
    let kinds = if set.is_empty() { kinds(ctx, slice).await? } else { Vec::new() };
    let found = conversion(set, &kinds);
    let warning = |message: &str| Some(Warning::stream(&slice.account.id, slice.stream.name, message));
    let warning = match &found {
        Some(Conversion { is_orders: true, .. }) => None,
        Some(_) => warning(
            "The account has no metric Placed Order, so there are no conversions and no revenue. The setting conversion_metric_id names another one.",
        ),
        None => warning("The account has no metrics at all, and Klaviyo gives no reports without one."),
    };
    Ok((found, warning))
}

/// A day more is asked for on both sides, because the vendor does not say in which zone it takes the bounds; days outside
/// are dropped, and those inside are whole.
fn aggregates<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut totals = Totals::default();
        let kinds = kinds(ctx, &slice).await?;
        let (from, until) = (slice.days.from() - Days::new(1), slice.days.until() + Days::new(2));
        for (name, metric) in LIST_CHANGES {
            let Some(kind) = own(name, &kinds) else { continue };
            let body = json!({ "data": { "type": "metric-aggregate", "attributes": {
                "metric_id": kind.id,
                "measurements": ["count"],
                "interval": "day",
                "timezone": slice.account.zone().name(),
                "filter": [
                    format!("greater-or-equal(datetime,{from}T00:00:00)"),
                    format!("less-than(datetime,{until}T00:00:00)"),
                ],
                "page_size": 500,
            }}});
            let request = post(ctx, "/metric-aggregates", body, Size::S, &slice.account.id)?;
            let mut batches = list(ctx, &slice, request);
            while let Some(batch) = batches.next().await {
                yield map::aggregates(&slice, (&kind.id, *metric), batch?, &mut totals)?;
            }
        }
        yield Page { records: totals.records(), ..Page::default() };
    };
    pages.boxed()
}

/// The listing counts nobody: each list is asked for alone. One that is gone by then is left out.
fn lists<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        // Profiles are counted at one moment: a run over midnight gives one day.
        let today = slice.account.today(ctx.session.now());
        let mut ids = Vec::new();
        let size = page_size(ctx, 10);
        let request = get(ctx, "/lists", &[("page[size]", &size)], Size::L, &slice.account.id)?;
        let mut batches = list(ctx, &slice, request);
        while let Some(batch) = batches.next().await {
            yield needed_page(batch?, ROWS, |row, records| {
                let found = map::described(&slice, EntityKind::List, row)?;
                if !ids.contains(&found.id) {
                    ids.push(found.id.clone());
                }
                records.push(Record::Entity(found));
                Ok(())
            })?;
        }
        drop(batches);
        for id in ids {
            let counted = spare(list_with_profiles(ctx, &slice, &id).await, GONE)?;
            let Some(Batch { value, raw }) = counted else { continue };
            let records = map::profiles(&slice, &value, today)?.into_iter().collect();
            yield Page { records, rows: 1, raw: Some(raw) };
        }
    };
    pages.boxed()
}

/// Counting profiles makes it the slowest of requests.
async fn list_with_profiles(ctx: &Context, slice: &Slice<'_>, id: &str) -> Result<Batch> {
    if !super::auth::is_id(id) {
        return Err(Error::drift("data.id", format!("{id:?} is no id that can be asked for")));
    }
    let query = [("additional-fields[list]", "profile_count")];
    one(ctx, slice, get(ctx, &format!("/lists/{id}"), &query, Size::Xs, &slice.account.id)?).await
}

/// Counts events. What came is not kept: it is about people.
fn events<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let zone = slice.account.zone();
        let written = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let from = written(start_of(slice.days.from(), zone));
        let until = written(start_of(slice.days.until() + Days::new(1), zone));
        let filter = format!("greater-or-equal(datetime,{from}),less-than(datetime,{until})");
        let size = page_size(ctx, 1000);
        let query = [("filter", filter.as_str()), ("sort", "datetime"), ("page[size]", &size)];
        let mut events = map::Events::default();
        let mut batches = list(ctx, &slice, get(ctx, "/events", &query, Size::Xl, &slice.account.id)?);
        while let Some(batch) = batches.next().await {
            let page = needed_page(batch?, ROWS, |row, _| events.take(&slice, zone, row))?;
            yield Page { raw: None, ..page };
        }
        yield Page { records: events.records(&slice), ..Page::default() };
    };
    pages.boxed()
}
