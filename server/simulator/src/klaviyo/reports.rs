//! Reports: figures of campaigns by the day of their sending, of flows day by day, and of metrics by the day of
//! what happened.

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::objects::{Counts, FLOWS, METRICS, id, message};
use super::{ACCOUNT, Fault};
use crate::asked::{Asked, moment};
use crate::num;
use crate::state::SimulatorState;
use crate::world::mail::{ListDay, MailResult};

/// Days that a report may span.
const DAYS: i64 = 366;

/// All names of statistics.
const STATISTICS: [&str; 24] = [
    "average_order_value",
    "bounce_rate",
    "bounced",
    "bounced_or_failed",
    "click_rate",
    "click_to_open_rate",
    "clicks",
    "clicks_unique",
    "conversion_rate",
    "conversion_uniques",
    "conversion_value",
    "conversions",
    "delivered",
    "delivery_rate",
    "failed",
    "open_rate",
    "opens",
    "opens_unique",
    "recipients",
    "revenue_per_recipient",
    "spam_complaint_rate",
    "spam_complaints",
    "unsubscribe_rate",
    "unsubscribe_uniques",
];

/// What a report was asked for.
struct Wanted {
    statistics: Vec<String>,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

fn attributes(asked: &Asked, kind: &str) -> Result<Value, Fault> {
    let body = asked.json().ok_or_else(|| Fault::invalid("/data", "The body is no JSON."))?;
    if body["data"]["type"] != kind {
        return Err(Fault::invalid("/data/type", format!("The type must be {kind}.")));
    }
    Ok(body["data"]["attributes"].clone())
}

fn wanted(state: &SimulatorState, asked: &Asked, kind: &str) -> Result<Wanted, Fault> {
    let of = attributes(asked, kind)?;
    let metric = of["conversion_metric_id"].as_str().unwrap_or_default();
    if !METRICS.iter().any(|(id, ..)| *id == metric) {
        let detail =
            "conversion_metric_id is required and must be the id of a metric that supports conversions.";
        return Err(Fault::invalid("/data/attributes/conversion_metric_id", detail));
    }
    let names: Vec<String> = serde_json::from_value(of["statistics"].clone()).unwrap_or_default();
    let odd =
        names.iter().find(|name| !STATISTICS.contains(&name.as_str()) && name.as_str() != "unsubscribes");
    if names.is_empty() || odd.is_some() {
        let detail = format!("{} is not a valid statistic.", odd.map_or("An empty list", String::as_str));
        return Err(Fault::invalid("/data/attributes/statistics", detail));
    }
    let (start, end) = timeframe(state, &of["timeframe"])?;
    Ok(Wanted { statistics: names, start, end })
}

fn timeframe(state: &SimulatorState, frame: &Value) -> Result<(DateTime<Utc>, DateTime<Utc>), Fault> {
    let now = state.clock().now();
    let wrong = |detail: &str| Fault::invalid("/data/attributes/timeframe", detail);
    if let Some(key) = frame["key"].as_str() {
        let days = match key {
            "last_7_days" => 7,
            "last_30_days" => 30,
            "last_90_days" => 90,
            "last_12_months" | "last_365_days" => 365,
            _ => return Err(wrong("This is no key of a time frame.")),
        };
        return Ok((now - TimeDelta::days(days), now));
    }
    let zone = state.world().accounts[ACCOUNT].zone();
    let read = |name: &str| frame[name].as_str().and_then(|text| local(text, zone));
    let (Some(start), Some(end)) = (read("start"), read("end")) else {
        return Err(wrong("start and end must be datetimes."));
    };
    if start > end {
        return Err(wrong("start must lie before end."));
    }
    if end - start > TimeDelta::days(DAYS) {
        return Err(wrong("The time frame can be one year at most."));
    }
    if start < "2023-06-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap_or_default() - TimeDelta::days(1) {
        return Err(wrong("Data is available from 2023-06-01 on."));
    }
    // The end is included, up to the last second of its hour.
    let end = end.timestamp() - end.timestamp().rem_euclid(3_600) + 3_599;
    Ok((start, DateTime::from_timestamp(end, 0).unwrap_or(start)))
}

/// A moment; without a zone it is the account's.
fn local(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    let naive = text.parse::<chrono::NaiveDateTime>();
    match naive.ok().or_else(|| text.parse::<NaiveDate>().ok().map(Into::into)) {
        Some(naive) => zone.from_local_datetime(&naive).earliest().map(|at| at.to_utc()),
        None => moment(text),
    }
}

fn share(part: i64, of: i64) -> Value {
    if of == 0 { json!(0.0) } else { json!(num::real(part) / num::real(of)) }
}

fn money(micros: i64) -> f64 {
    num::real(micros / 10_000) / 100.0
}

fn statistic(name: &str, of: &MailResult) -> Value {
    let bounced = of.hard_bounces + of.soft_bounces;
    let delivered = of.sent - bounced;
    match name {
        "recipients" => of.sent.into(),
        "delivered" => delivered.into(),
        "delivery_rate" => share(delivered, of.sent),
        "opens" => of.opens.into(),
        "opens_unique" => of.unique_opens.into(),
        "open_rate" => share(of.unique_opens, delivered),
        "clicks" => of.clicks.into(),
        "clicks_unique" => of.unique_clicks.into(),
        "click_rate" => share(of.unique_clicks, delivered),
        "click_to_open_rate" => share(of.unique_clicks, of.unique_opens),
        "bounced" | "bounced_or_failed" => bounced.into(),
        "bounce_rate" => share(bounced, of.sent),
        "unsubscribes" | "unsubscribe_uniques" => of.unsubscribes.into(),
        "unsubscribe_rate" => share(of.unsubscribes, delivered),
        "spam_complaints" => of.complaints.into(),
        "spam_complaint_rate" => share(of.complaints, delivered),
        "conversions" | "conversion_uniques" => of.orders.into(),
        "conversion_value" => money(of.revenue_micros).into(),
        "conversion_rate" => share(of.orders, delivered),
        "average_order_value" => (money(of.revenue_micros) / num::real(of.orders.max(1))).into(),
        "revenue_per_recipient" => (money(of.revenue_micros) / num::real(delivered.max(1))).into(),
        _ => 0.into(),
    }
}

fn report(asked: &Asked, kind: &str, mut results: Vec<Value>, more: Value) -> Value {
    asked.odd(&mut results);
    let mut attributes = json!({"results": results});
    if let (Some(attributes), Value::Object(more)) = (attributes.as_object_mut(), more) {
        attributes.extend(more);
    }
    json!({
        "data": {"type": kind, "id": "c42f9bb8-f036-4d99-a1fa-e46bda61b63f", "attributes": attributes},
        "links": {"self": format!("https://a.klaviyo.com/{}", asked.path.join("/")), "next": null, "prev": null},
    })
}

/// `POST /campaign-values-reports`: what has come of the campaigns that were sent within the time frame.
pub(super) fn campaigns(state: &SimulatorState, asked: &Asked) -> Result<Value, Fault> {
    let wanted = wanted(state, asked, "campaign-values-report")?;
    let now = state.counted_at();
    let value = state.world().accounts[ACCOUNT].template.order_value;
    let mails = state.newsletters(ACCOUNT);
    let sent = mails.iter().filter(|mail| (wanted.start..=wanted.end).contains(&mail.sent_at));
    let rows = sent.map(|mail| {
        let result = mail.result(value, now);
        let statistics: Map<String, Value> =
            wanted.statistics.iter().map(|name| (name.clone(), statistic(name, &result))).collect();
        json!({
            "groupings": {"send_channel": "email", "campaign_id": id(mail), "campaign_message_id": message(mail)},
            "statistics": statistics,
        })
    });
    Ok(report(asked, "campaign-values-report", rows.collect(), json!({})))
}

/// What came of the `nth` message of the series for those who joined on a day.
fn welcomed(day: &ListDay, nth: usize, value: f64) -> MailResult {
    let sent = day.added * if nth == 0 { 10 } else { 8 } / 10;
    let part = |share: f64| num::floor(num::real(sent) * share);
    let orders = part(0.03);
    MailResult {
        sent,
        hard_bounces: part(0.02),
        opens: part(0.95),
        unique_opens: part(0.62),
        proxied_opens: part(0.25),
        clicks: part(0.24),
        unique_clicks: part(0.18),
        unsubscribes: part(0.01),
        orders,
        revenue_micros: num::whole(num::real(orders) * value * 100.0) * 10_000,
        ..MailResult::default()
    }
}

/// The days of a time frame that have begun, in the account's zone.
fn days_within(
    state: &SimulatorState,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Vec<(NaiveDate, ListDay)> {
    let zone = state.world().accounts[ACCOUNT].zone();
    let (first, last) = (start.with_timezone(&zone).date_naive(), end.with_timezone(&zone).date_naive());
    state.list_days(ACCOUNT).iter().filter(|(day, _)| (first..=last).contains(day)).copied().collect()
}

fn flow_rows(
    state: &SimulatorState,
    wanted: &Wanted,
    statistics: impl Fn(usize) -> Map<String, Value>,
) -> Vec<Value> {
    let zone_days = days_within(state, wanted.start, wanted.end);
    if zone_days.is_empty() {
        return Vec::new();
    }
    let messages =
        FLOWS.iter().flat_map(|(flow, _, messages)| messages.iter().enumerate().map(move |m| (flow, m)));
    messages
        .map(|(flow, (nth, message))| {
            json!({
                "groupings": {"flow_id": flow, "send_channel": "email", "flow_message_id": message},
                "statistics": statistics(nth),
            })
        })
        .collect()
}

/// `POST /flow-values-reports`.
pub(super) fn flow_values(state: &SimulatorState, asked: &Asked) -> Result<Value, Fault> {
    let wanted = wanted(state, asked, "flow-values-report")?;
    let value = state.world().accounts[ACCOUNT].template.order_value;
    let days = days_within(state, wanted.start, wanted.end);
    let rows = flow_rows(state, &wanted, |nth| {
        let mut sum = MailResult::default();
        days.iter().for_each(|(_, day)| sum += welcomed(day, nth, value));
        wanted.statistics.iter().map(|name| (name.clone(), statistic(name, &sum))).collect()
    });
    Ok(report(asked, "flow-values-report", rows, json!({})))
}

/// `POST /flow-series-reports`, day by day.
pub(super) fn flow_series(state: &SimulatorState, asked: &Asked) -> Result<Value, Fault> {
    let wanted = wanted(state, asked, "flow-series-report")?;
    if attributes(asked, "flow-series-report")?["interval"] != "daily" {
        return Err(Fault::invalid(
            "/data/attributes/interval",
            "This interval is not supported here: use daily.",
        ));
    }
    let of = &state.world().accounts[ACCOUNT];
    let days = days_within(state, wanted.start, wanted.end);
    let rows = flow_rows(state, &wanted, |nth| {
        let series = |name: &String| {
            let values =
                days.iter().map(|(_, day)| statistic(name, &welcomed(day, nth, of.template.order_value)));
            (name.clone(), values.collect())
        };
        wanted.statistics.iter().map(series).collect()
    });
    let dates: Vec<_> = days.iter().map(|(day, _)| midnight(*day, of.zone())).collect();
    Ok(report(asked, "flow-series-report", rows, json!({"date_times": dates})))
}

fn midnight(day: NaiveDate, zone: Tz) -> String {
    let naive = day.and_time(chrono::NaiveTime::MIN);
    let at = zone.from_local_datetime(&naive).earliest();
    at.map_or_else(|| naive.and_utc().to_rfc3339(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, false))
}

/// `POST /metric-aggregates`, day by day.
pub(super) fn aggregates(state: &SimulatorState, asked: &Asked) -> Result<Value, Fault> {
    let of = attributes(asked, "metric-aggregate")?;
    let metric = METRICS.iter().find(|(id, ..)| of["metric_id"] == *id);
    let (_, _, _, counts) = metric.ok_or_else(|| Fault::missing("metric"))?;
    if of["interval"].as_str().unwrap_or("day") != "day" {
        return Err(Fault::invalid(
            "/data/attributes/interval",
            "This interval is not supported here: use day.",
        ));
    }
    let zone: Tz = of["timezone"]
        .as_str()
        .unwrap_or("UTC")
        .parse()
        .map_err(|_| Fault::invalid("/data/attributes/timezone", "The time zone is not valid."))?;
    let filters: Vec<String> = serde_json::from_value(of["filter"].clone()).unwrap_or_default();
    let limit = |op: &str| {
        let begin = format!("{op}(datetime,");
        let filter = filters.iter().find_map(|filter| filter.strip_prefix(begin.as_str())?.strip_suffix(')'));
        filter.and_then(|text| local(text, zone))
    };
    let (Some(from), Some(to)) = (limit("greater-or-equal"), limit("less-than")) else {
        let detail = "filter must hold greater-or-equal(datetime,…) and less-than(datetime,…).";
        return Err(Fault::invalid("/data/attributes/filter", detail));
    };
    if to - from > TimeDelta::days(DAYS) {
        return Err(Fault::invalid("/data/attributes/filter", "The time frame can be one year at most."));
    }
    let today = state.counted_at().with_timezone(&zone).date_naive();
    let last = (to - TimeDelta::seconds(1)).with_timezone(&zone).date_naive().min(today);
    let dates: Vec<_> =
        from.with_timezone(&zone).date_naive().iter_days().take_while(|day| *day <= last).collect();
    let values: Vec<_> = dates.iter().map(|day| happened(state, *counts, *day)).collect();
    let names: Vec<String> = serde_json::from_value(of["measurements"].clone()).unwrap_or_default();
    let measurements: Map<String, Value> = names
        .into_iter()
        .map(|name| {
            let series = values.iter().map(|(count, unique, sum)| match name.as_str() {
                "unique" => num::real(*unique),
                "sum_value" => money(*sum),
                _ => num::real(*count),
            });
            let series: Value = series.collect();
            (name, series)
        })
        .collect();
    let dates: Vec<_> = dates.into_iter().map(|day| midnight(day, zone)).collect();
    let mut data = vec![json!({"dimensions": [], "measurements": measurements})];
    asked.odd(&mut data);
    Ok(json!({
        "data": {
            "type": "metric-aggregate",
            "id": "-7123143776111407103",
            "attributes": {"dates": dates, "data": data},
        },
        "links": {"self": "https://a.klaviyo.com/api/metric-aggregates", "next": null, "prev": null},
    }))
}

/// How often something happened on a day, to how many people, and its worth in millionths.
fn happened(state: &SimulatorState, counts: Counts, day: NaiveDate) -> (i64, i64, i64) {
    if matches!(counts, Counts::Joined | Counts::Left) {
        let list = state.list_days(ACCOUNT);
        let list = list.iter().find(|(of, _)| *of == day).map(|(_, list)| *list);
        let count = list.map_or(0, |list| if counts == Counts::Joined { list.added } else { list.removed });
        return (count, count, 0);
    }
    let mut did = MailResult::default();
    state.mail_days(ACCOUNT).iter().filter(|of| of.day == day).for_each(|of| did += of.gained);
    let bounced = did.hard_bounces + did.soft_bounces;
    match counts {
        Counts::Opened => (did.opens, did.unique_opens, 0),
        Counts::Clicked => (did.clicks, did.unique_clicks, 0),
        Counts::Bounced => (bounced, bounced, 0),
        Counts::Spam => (did.complaints, did.complaints, 0),
        Counts::Unsubscribed => (did.unsubscribes, did.unsubscribes, 0),
        Counts::Ordered => (did.orders, did.orders, did.revenue_micros),
        _ => ((did.sent - bounced).max(0), (did.sent - bounced).max(0), 0),
    }
}
