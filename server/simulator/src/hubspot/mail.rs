//! Marketing e-mails and their figures.

use axum::body::Body;
use axum::http::Response;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, PORTAL, invalid, iso, ok};
use crate::asked::Call;
use crate::world::mail::{MailResult, Newsletter};

const EMAILS: i64 = 180_000_000_000;

fn id_of(mail: &Newsletter) -> String {
    (EMAILS + mail.number).to_string()
}

/// What happened to an e-mail between two moments.
fn between(mail: &Newsletter, value: f64, from: DateTime<Utc>, until: DateTime<Utc>) -> [i64; 8] {
    // The result of the moment of the sending already holds all that was sent.
    let before = if from > mail.sent_at { mail.result(value, from) } else { MailResult::default() };
    let after = mail.result(value, until);
    let of = |r: MailResult| {
        let bounced = r.hard_bounces + r.soft_bounces;
        // Deliveries are settled with the sending; bounces that arrive later were never deliveries.
        [
            r.sent,
            r.unique_opens,
            bounced,
            r.unsubscribes,
            r.unique_clicks,
            r.complaints,
            r.hard_bounces,
            r.soft_bounces,
        ]
    };
    let (before, after) = (of(before), of(after));
    std::array::from_fn(|i| after[i] - before[i])
}

fn counters(figures: [i64; 8], delivered: i64) -> Value {
    let [sent, open, bounce, unsubscribed, click, spam, hard, soft] = figures;
    json!({
        "sent": sent, "open": open, "delivered": delivered, "bounce": bounce, "unsubscribed": unsubscribed,
        "click": click, "reply": 0, "dropped": 0, "selected": sent, "spamreport": spam, "suppressed": 0,
        "hardbounced": hard, "softbounced": soft, "pending": 0, "contactslost": unsubscribed + spam, "notsent": 0,
    })
}

/// Deliveries: what was sent in the time less what bounced in it.
fn delivered(figures: &[i64; 8]) -> i64 {
    (figures[0] - figures[2]).max(0)
}

fn statistics(figures: [i64; 8]) -> Value {
    let delivered = delivered(&figures);
    json!({
        "counters": counters(figures, delivered),
        "deviceBreakdown": {
            "open_device_type": {"computer": 0, "mobile": 0, "unknown": 0},
            "click_device_type": {"computer": 0, "mobile": 0, "unknown": 0},
        },
        "qualifierStats": {},
        "ratios": {"clickratio": 0, "openratio": 0, "deliveredratio": 0},
    })
}

/// `GET /marketing/v3/emails`.
pub(super) fn list(call: &Call) -> Response<Body> {
    let size = match call.whole("limit") {
        Ok(size) => size.unwrap_or(10),
        Err(text) => return invalid(&call.state, &format!("limit must be an integer, not {text}")),
    };
    if !(1..=100).contains(&size) {
        return invalid(&call.state, &format!("Request must have a limit of 1 to 100, not {size}."));
    }
    let Ok(after) = call.whole("after") else {
        return invalid(&call.state, "after is not a valid cursor");
    };
    let Ok(since) = call.get("updatedAfter").map(DateTime::parse_from_rfc3339).transpose() else {
        return invalid(&call.state, "updatedAfter is no date-time in ISO 8601");
    };
    let (now, mails) = (call.state.counted_at(), call.state.newsletters(ACCOUNT));
    let value = call.state.world().accounts[ACCOUNT].template.order_value;
    let found: Vec<_> = mails
        .iter()
        .filter(|mail| since.is_none_or(|since| mail.sent_at > since) && call.get("archived") != Some("true"))
        .collect();
    let after = after.unwrap_or(0);
    let rows: Vec<_> = found
        .iter()
        .skip(after)
        .take(size)
        .map(|mail| {
            let made = iso(mail.sent_at - TimeDelta::hours(20));
            let mut row = json!({
                "activeDomain": format!("{PORTAL}.hs-sites.com"),
                "archived": false,
                "campaign": mail.utm,
                "campaignName": mail.utm,
                "createdAt": made,
                "from": {"fromName": "Brightwave", "replyTo": "hello@brightwave.example"},
                "id": id_of(mail),
                "isAb": false,
                "isPublished": true,
                "language": "en",
                "name": mail.name,
                "publishDate": mail.sent_at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
                "state": "PUBLISHED",
                "subcategory": "batch",
                "subject": mail.subject,
                "type": "BATCH_EMAIL",
                "updatedAt": iso(mail.sent_at),
            });
            if call.get("includeStats") == Some("true") {
                row["stats"] = statistics(between(mail, value, mail.sent_at, now));
            }
            call.row(row)
        })
        .collect();
    let mut body = json!({"total": found.len(), "results": rows});
    if after + rows.len() < found.len() {
        let next = (after + rows.len()).to_string();
        let link = format!("https://api.hubapi.com/marketing/v3/emails?after={next}");
        body["paging"] = json!({"next": {"after": next, "link": link}});
    }
    ok(&body)
}

/// The e-mails and the time that are asked about; all e-mails where none is named.
fn asked(call: &Call) -> Result<(Vec<Newsletter>, DateTime<Utc>, DateTime<Utc>), String> {
    let instant = |name: &str| {
        let text = call.get(name).ok_or_else(|| format!("{name} is required"))?;
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| format!("{name} is no date-time: {text}"))?;
        Ok::<_, String>(at.to_utc())
    };
    let (from, until) = (instant("startTimestamp")?, instant("endTimestamp")?);
    if until < from {
        return Err("endTimestamp must not be before startTimestamp".to_owned());
    }
    let ids = call.list("emailIds");
    let mails = call.state.newsletters(ACCOUNT);
    let mails = mails.iter().filter(|mail| ids.is_empty() || ids.contains(&id_of(mail).as_str()));
    Ok((mails.cloned().collect(), from, until))
}

/// `GET /marketing/v3/emails/statistics/histogram`: days in UTC, none before the sending.
pub(super) fn histogram(call: &Call) -> Response<Body> {
    let (mails, from, until) = match asked(call) {
        Ok(asked) => asked,
        Err(message) => return invalid(&call.state, &message),
    };
    if call.get("interval") != Some("DAY") {
        return invalid(&call.state, "interval must be DAY here");
    }
    let now = call.state.counted_at();
    let value = call.state.world().accounts[ACCOUNT].template.order_value;
    let Some(first) = mails.iter().map(|mail| mail.sent_at).min() else {
        return ok(&json!({"total": 0, "results": []}));
    };
    let first = from.max(first).date_naive();
    let last = until.min(now).date_naive();
    let rows: Vec<_> = first
        .iter_days()
        .take_while(|day| *day <= last)
        .filter_map(|day| {
            let start = day.and_time(NaiveTime::MIN).and_utc();
            let end = start + TimeDelta::days(1);
            let mut sum = [0; 8];
            for mail in mails.iter().filter(|mail| mail.sent_at < end) {
                let figures = between(mail, value, start, end.min(now));
                sum = std::array::from_fn(|i| sum[i] + figures[i]);
            }
            // The window may end with the day's first moment.
            (start < until || start == from).then(|| {
                call.row(json!({"interval": {"start": day.format("%Y-%m-%dT00:00:00Z").to_string(),
                                             "end": end.format("%Y-%m-%dT00:00:00Z").to_string()},
                                "aggregations": statistics(sum)}))
            })
        })
        .collect();
    ok(&json!({"total": rows.len(), "results": rows}))
}

/// `GET /marketing/v3/emails/statistics/list`: sums over a window.
pub(super) fn totals(call: &Call) -> Response<Body> {
    let (mails, from, until) = match asked(call) {
        Ok(asked) => asked,
        Err(message) => return invalid(&call.state, &message),
    };
    let until = until.min(call.state.counted_at());
    let value = call.state.world().accounts[ACCOUNT].template.order_value;
    let mut sum = [0; 8];
    let mut ids = Vec::new();
    for mail in mails.iter().filter(|mail| mail.sent_at < until) {
        let figures = between(mail, value, from, until);
        if figures.iter().any(|figure| *figure != 0) {
            ids.push(id_of(mail).parse::<i64>().unwrap_or(0));
        }
        sum = std::array::from_fn(|i| sum[i] + figures[i]);
    }
    ok(&json!({"aggregate": statistics(sum), "campaignAggregations": {}, "emails": ids}))
}
