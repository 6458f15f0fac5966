//! The account, its metrics, campaigns, flows, lists and events.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, ACCOUNT_ID, Fault, page, written};
use crate::asked::{Asked, moment};
use crate::num;
use crate::state::SimulatorState;
use crate::world::mail::Newsletter;

/// What a metric counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    Received,
    Opened,
    Clicked,
    Bounced,
    Spam,
    Unsubscribed,
    Ordered,
    Joined,
    Left,
}

/// Id, name, integration and its category, and what each metric counts. Two have one name, as in many accounts.
pub(super) const METRICS: [(&str, &str, (&str, &str), Counts); 10] = [
    ("RcvEm1", "Received Email", ("klaviyo", "Internal"), Counts::Received),
    ("OpnEm2", "Opened Email", ("klaviyo", "Internal"), Counts::Opened),
    ("ClkEm3", "Clicked Email", ("klaviyo", "Internal"), Counts::Clicked),
    ("BncEm4", "Bounced Email", ("klaviyo", "Internal"), Counts::Bounced),
    ("SpmEm5", "Marked Email as Spam", ("klaviyo", "Internal"), Counts::Spam),
    ("UnsEm6", "Unsubscribed from Email Marketing", ("klaviyo", "Internal"), Counts::Unsubscribed),
    ("OrdAp7", "Placed Order", ("api", "API"), Counts::Ordered),
    ("OrdSh8", "Placed Order", ("shopify", "eCommerce"), Counts::Ordered),
    ("SubLs9", "Subscribed to List", ("klaviyo", "Internal"), Counts::Joined),
    ("UnsLs0", "Unsubscribed from List", ("klaviyo", "Internal"), Counts::Left),
];

/// Id and name of each flow, and ids of its messages.
pub(super) const FLOWS: [(&str, &str, [&str; 2]); 1] = [("WT7rFE", "Welcome series", ["QSNJxA", "QTvPmB"])];

/// Ids of the lists.
const NEWSLETTER: &str = "Rd9MHS";
const TEXTS: &str = "UfBLtB";
/// The sign-up form.
const FORM: &str = "TsQ4kW";

/// A campaign's id.
pub(super) fn id(mail: &Newsletter) -> String {
    format!("01KS{:022}", mail.number)
}

/// Its message's id.
pub(super) fn message(mail: &Newsletter) -> String {
    format!("01KM{:022}", mail.number)
}

/// The value behind `op(field,` in a filter, without quotes.
fn bound<'a>(filter: &'a str, op: &str, field: &str) -> Option<&'a str> {
    let begin = format!("{op}({field},");
    let rest = &filter[filter.find(&begin)? + begin.len()..];
    Some(rest.split(')').next()?.trim().trim_matches(['\'', '"']))
}

/// Whether a moment fits all bounds that a filter sets to a field.
fn fits(filter: &str, field: &str, at: DateTime<Utc>) -> Result<bool, Fault> {
    let mut fits = true;
    for (op, test) in [
        ("greater-than", DateTime::<Utc>::gt as fn(&DateTime<Utc>, &DateTime<Utc>) -> bool),
        ("greater-or-equal", DateTime::<Utc>::ge),
        ("less-than", DateTime::<Utc>::lt),
        ("less-or-equal", DateTime::<Utc>::le),
    ] {
        if let Some(text) = bound(filter, op, field) {
            let limit = moment(text);
            let limit = limit.ok_or_else(|| Fault::invalid("filter", format!("Invalid datetime: {text}")))?;
            fits &= test(&at, &limit);
        }
    }
    Ok(fits)
}

/// `GET /accounts`.
pub(super) fn accounts(state: &SimulatorState) -> Value {
    let of = &state.world().accounts[ACCOUNT];
    json!({
        "data": [{
            "type": "account",
            "id": ACCOUNT_ID,
            "attributes": {
                "test_account": false,
                "contact_information": {
                    "default_sender_name": of.name,
                    "default_sender_email": "hello@demo.example",
                    "website_url": of.template.site(),
                    "organization_name": of.name,
                },
                "industry": "Apparel / Fashion",
                "timezone": of.template.zone.name(),
                "preferred_currency": of.template.currency,
                "public_api_key": ACCOUNT_ID,
                "locale": "en-US",
            },
            "links": {"self": format!("https://a.klaviyo.com/api/accounts/{ACCOUNT_ID}/")},
        }],
        "links": {"self": "https://a.klaviyo.com/api/accounts", "next": null, "prev": null},
    })
}

/// `GET /metrics`.
pub(super) fn metrics(asked: &Asked) -> Result<Value, Fault> {
    let filter = asked.get("filter").unwrap_or_default();
    let name = bound(filter, "equals", "integration.name");
    let category = bound(filter, "equals", "integration.category");
    let of = |(_, _, (key, kind), _): &&(&str, &str, (&str, &str), Counts)| {
        name.is_none_or(|name| name.eq_ignore_ascii_case(key))
            && category.is_none_or(|category| category == *kind)
    };
    let list: Vec<_> = METRICS.iter().filter(of).collect();
    page(asked, 100, list.len(), |at| {
        let (id, name, (key, category), _) = list[at];
        json!({
            "type": "metric",
            "id": id,
            "attributes": {
                "name": name,
                "created": "2023-05-02T10:00:00+00:00",
                "updated": "2025-01-14T10:00:00+00:00",
                "integration": {"object": "integration", "id": "0rG4eQ", "key": key, "name": key, "category": category},
            },
            "links": {"self": format!("https://a.klaviyo.com/api/metrics/{id}/")},
        })
    })
}

/// `GET /campaigns`, which must name a channel.
pub(super) fn campaigns(state: &SimulatorState, asked: &Asked) -> Result<Value, Fault> {
    let filter = asked.get("filter").unwrap_or_default();
    let channel = bound(filter, "equals", "messages.channel")
        .ok_or_else(|| Fault::invalid("/filter", "A channel filter is required to list campaigns."))?;
    if !matches!(channel, "email" | "sms" | "mobile_push") {
        return Err(Fault::invalid("/filter", format!("{channel} is no channel.")));
    }
    let all = state.newsletters(ACCOUNT);
    let mut list = Vec::new();
    for mail in all.iter().filter(|_| channel == "email") {
        if fits(filter, "updated_at", updated(mail))? && fits(filter, "created_at", created(mail))? {
            list.push(mail);
        }
    }
    if asked.get("sort").is_some_and(|sort| sort.starts_with('-')) {
        list.reverse();
    }
    let mut body = page(asked, 100, list.len(), |at| campaign(state, list[at]))?;
    if asked.get("include").is_some_and(|include| include.contains("campaign-messages")) {
        let ids: Vec<_> =
            body["data"].as_array().into_iter().flatten().map(|row| row["id"].clone()).collect();
        let shown = list.iter().filter(|mail| ids.iter().any(|shown| *shown == id(mail)));
        body["included"] = shown.map(|mail| message_of(state, mail)).collect();
    }
    Ok(body)
}

fn created(mail: &Newsletter) -> DateTime<Utc> {
    mail.sent_at - TimeDelta::hours(20)
}

fn updated(mail: &Newsletter) -> DateTime<Utc> {
    mail.sent_at + TimeDelta::minutes(4)
}

fn campaign(state: &SimulatorState, mail: &Newsletter) -> Value {
    let id = id(mail);
    let sent = mail.sent_at <= state.counted_at() - TimeDelta::minutes(4);
    json!({
        "type": "campaign",
        "id": id,
        "attributes": {
            "name": mail.name,
            "status": if sent { "Sent" } else { "Sending" },
            "archived": false,
            "audiences": {"included": [NEWSLETTER], "excluded": []},
            "send_options": {"use_smart_sending": true},
            "tracking_options": {
                "add_tracking_params": true,
                "custom_tracking_params": [{"type": "static", "name": "utm_campaign", "value": mail.utm}],
                "is_tracking_clicks": true,
                "is_tracking_opens": true,
            },
            "send_strategy": {"method": "static", "datetime": written(mail.sent_at), "options": {"is_local": false}},
            "created_at": written(created(mail)),
            "scheduled_at": written(created(mail) + TimeDelta::minutes(5)),
            "updated_at": written(updated(mail)),
            "send_time": written(mail.sent_at),
        },
        "relationships": {"campaign-messages": {"data": [{"type": "campaign-message", "id": message(mail)}]}},
        "links": {"self": format!("https://a.klaviyo.com/api/campaigns/{id}/")},
    })
}

fn message_of(state: &SimulatorState, mail: &Newsletter) -> Value {
    json!({
        "type": "campaign-message",
        "id": message(mail),
        "attributes": {
            "definition": {
                "channel": "email",
                "label": mail.name,
                "content": {"subject": mail.subject, "from_label": state.world().accounts[ACCOUNT].name},
            },
            "send_times": [{"datetime": written(mail.sent_at), "is_local": false}],
            "created_at": written(created(mail)),
            "updated_at": written(updated(mail)),
        },
        "relationships": {"campaign": {"data": {"type": "campaign", "id": id(mail)}}},
    })
}

/// `GET /flows`.
pub(super) fn flows(state: &SimulatorState, asked: &Asked) -> Result<Value, Fault> {
    let updated = state.world().first_day.and_hms_opt(9, 0, 0).unwrap_or_default().and_utc();
    let is_asked = fits(asked.get("filter").unwrap_or_default(), "updated", updated)?;
    let total = if is_asked { FLOWS.len() } else { 0 };
    page(asked, 50, total, |at| {
        let (id, name, _) = FLOWS[at];
        json!({
            "type": "flow",
            "id": id,
            "attributes": {
                "name": name,
                "status": "live",
                "archived": false,
                "created": "2023-06-12T08:00:00+00:00",
                "updated": written(updated),
                "trigger_type": "Added to List",
            },
            "links": {"self": format!("https://a.klaviyo.com/api/flows/{id}/")},
        })
    })
}

fn list_of(state: &SimulatorState, id: &str, with_count: bool) -> Value {
    let level = state.list_days(ACCOUNT).last().map_or(0, |(_, day)| day.level);
    let (name, count) = if id == NEWSLETTER { ("Newsletter", level) } else { ("Text messages", 0) };
    let mut list = json!({
        "type": "list",
        "id": id,
        "attributes": {
            "name": name,
            "created": "2023-05-02T10:00:00+00:00",
            "updated": written(state.counted_at()),
            "opt_in_process": "double_opt_in",
        },
        "links": {"self": format!("https://a.klaviyo.com/api/lists/{id}/")},
    });
    if with_count {
        list["attributes"]["profile_count"] = count.into();
    }
    list
}

/// `GET /lists`; counts come with single lists only.
pub(super) fn lists(state: &SimulatorState, asked: &Asked) -> Result<Value, Fault> {
    page(asked, 10, 2, |at| list_of(state, [NEWSLETTER, TEXTS][at], false))
}

/// `GET /lists/{id}`.
pub(super) fn list(state: &SimulatorState, asked: &Asked, id: &str) -> Result<Value, Fault> {
    if id != NEWSLETTER && id != TEXTS {
        return Err(Fault::missing("list"));
    }
    let with_count =
        asked.get("additional-fields[list]").is_some_and(|fields| fields.contains("profile_count"));
    let link = format!("https://a.klaviyo.com/api/lists/{id}");
    Ok(json!({"data": list_of(state, id, with_count), "links": {"self": link}}))
}

/// `GET /forms`: the one that fills the newsletter's list.
pub(super) fn forms(state: &SimulatorState, asked: &Asked) -> Result<Value, Fault> {
    let begin = state.world().first_day;
    page(asked, 20, 1, |_| {
        json!({
            "type": "form",
            "id": FORM,
            "attributes": {
                "name": "Newsletter sign-up",
                "status": "live",
                "ab_test": false,
                "created_at": format!("{begin}T09:00:00+00:00"),
                "updated_at": format!("{begin}T09:00:00+00:00"),
            },
            "links": {"self": format!("https://a.klaviyo.com/api/forms/{FORM}/")},
        })
    })
}

/// `GET /events`: bounces and orders one by one, oldest first unless asked otherwise.
pub(super) fn events(state: &SimulatorState, asked: &Asked) -> Result<Value, Fault> {
    let filter = asked.get("filter").unwrap_or_default();
    let metric = bound(filter, "equals", "metric_id");
    let mails = state.newsletters(ACCOUNT);
    let mut list = Vec::new();
    for of in state.mail_days(ACCOUNT).iter() {
        let mail = &mails[of.mail];
        let begin = of.day.and_time(chrono::NaiveTime::MIN).and_utc().max(mail.sent_at);
        let order = num::real(of.gained.revenue_micros) / 1e6 / num::real(of.gained.orders.max(1));
        let kinds = [
            ("OrdSh8", of.gained.orders, json!({"$value": order, "utm_campaign": mail.utm})),
            ("BncEm4", of.gained.hard_bounces, json!({"Bounce Type": "Hard", "$message": message(mail)})),
            ("BncEm4", of.gained.soft_bounces, json!({"Bounce Type": "Soft", "$message": message(mail)})),
        ];
        for (id, count, properties) in
            kinds.into_iter().filter(|(id, ..)| metric.is_none_or(|metric| metric == *id))
        {
            for nth in 0..count {
                let at = begin + TimeDelta::seconds(nth * 36_000 / count);
                if fits(filter, "datetime", at)? {
                    list.push((at, id, properties.clone(), of.mail * 10_000 + list.len()));
                }
            }
        }
    }
    list.sort_by_key(|(at, ..)| *at);
    if asked.get("sort").is_some_and(|sort| sort.starts_with('-')) {
        list.reverse();
    }
    page(asked, 1_000, list.len(), |row| {
        let (at, metric, properties, number) = &list[row];
        json!({
            "type": "event",
            "id": format!("7f{number:09}"),
            "attributes": {
                "timestamp": at.timestamp(),
                "event_properties": properties,
                "datetime": at.to_rfc3339(),
                "uuid": format!("62bd6000-7544-11f1-8001-{number:012}"),
            },
            "relationships": {
                "metric": {"data": {"type": "metric", "id": metric}},
                "profile": {"data": {"type": "profile", "id": format!("01KP{:022}", number % 30_000)}},
            },
        })
    })
}
