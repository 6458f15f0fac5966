//! Users, persons, organizations, leads and activities.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, COMPANY, Wish, bad, iso, owner, plain, small, user_id};
use crate::asked::Call;
use crate::num;
use crate::vendor;
use crate::world::leads::{Lead, OWNERS};

/// A user as the first version shows them; the first is who signed in.
pub(super) fn user(call: &Call, index: usize) -> Value {
    let account = &call.state.world().accounts[ACCOUNT];
    let (name, email) = owner(index);
    let since = plain(call.state.world().first_day.and_time(chrono::NaiveTime::MIN).and_utc());
    let mut user = json!({
        "id": user_id(index),
        "name": name,
        "email": email,
        "lang": 1,
        "locale": "en_GB",
        "timezone_name": account.zone().name(),
        "timezone_offset": "+00:00",
        "default_currency": account.template.currency,
        "icon_url": null,
        "active_flag": true,
        "is_deleted": false,
        "is_admin": i32::from(index == 0),
        "role_id": 1,
        "created": since,
        "is_you": index == 0,
        "phone": null,
        "modified": since,
    });
    if index == 0 {
        user["company_id"] = COMPANY.into();
        user["company_name"] = account.name.as_str().into();
        user["company_domain"] = "harbourpine".into();
        user["company_country"] = "GB".into();
    }
    call.row(user)
}

/// `GET /api/v1/users`.
pub(super) fn users(call: &Call) -> Response<Body> {
    let rows: Vec<_> = (0..OWNERS.len()).map(|index| user(call, index)).collect();
    let body = json!({"success": true, "data": rows, "additional_data": {"company_id": COMPANY}});
    vendor::json(StatusCode::OK, &body)
}

/// `GET /api/v1/currencies`.
pub(super) fn currencies(call: &Call) -> Response<Body> {
    let rows: Vec<_> =
        [(1, "EUR", "Euro", "€"), (2, "USD", "US Dollar", "$"), (3, "GBP", "Pound Sterling", "£")]
            .map(|(id, code, name, symbol)| {
                call.row(json!({"id": id, "code": code, "name": name, "decimal_points": 2, "symbol": symbol,
                            "active_flag": true, "is_custom_flag": false}))
            })
            .into();
    vendor::json(StatusCode::OK, &json!({"success": true, "data": rows}))
}

/// An organization's id, by its name.
pub(super) fn organization_id(name: &str) -> i64 {
    name.bytes().fold(1, |sum, byte| (sum * 31 + i64::from(byte)) % 100_003)
}

/// `GET /api/v2/persons`.
pub(super) fn persons(call: &Call) -> Response<Body> {
    let wish = match Wish::of(call) {
        Ok(wish) => wish,
        Err(response) => return *response,
    };
    let leads = call.state.leads(ACCOUNT);
    wish.page(
        call,
        leads.iter(),
        |lead| (small(lead.number), lead.changed_at),
        |lead| {
            json!({"id": small(lead.number), "name": format!("{} {}", lead.first_name, lead.last_name),
               "first_name": lead.first_name, "last_name": lead.last_name, "owner_id": user_id(lead.owner),
               "org_id": organization_id(lead.company), "add_time": iso(lead.created_at),
               "update_time": iso(lead.changed_at), "visible_to": 3, "label_ids": [], "is_deleted": false,
               "emails": [{"value": lead.email, "primary": true, "label": "work"}], "phones": []})
        },
    )
}

/// `GET /api/v2/organizations`.
pub(super) fn organizations(call: &Call) -> Response<Body> {
    let wish = match Wish::of(call) {
        Ok(wish) => wish,
        Err(response) => return *response,
    };
    let leads = call.state.leads(ACCOUNT);
    let mut of: BTreeMap<&str, (DateTime<Utc>, DateTime<Utc>, usize)> = BTreeMap::new();
    for lead in leads.iter() {
        let entry = of.entry(lead.company).or_insert((lead.created_at, lead.changed_at, lead.owner));
        entry.1 = entry.1.max(lead.changed_at);
    }
    wish.page(call, of.into_iter(), |(name, (_, at, _))| (organization_id(name), *at), |(name, (made, at, owner))| {
        json!({"id": organization_id(name), "name": name, "owner_id": user_id(*owner), "add_time": iso(*made),
               "update_time": iso(*at), "visible_to": 3, "label_ids": [], "is_deleted": false})
    })
}

/// `GET /api/v1/leads` and `/api/v1/leads/archived`: who has a deal is in the archive.
pub(super) fn leads(call: &Call, of_archive: bool) -> Response<Body> {
    let (Ok(start), Ok(size)) = (call.whole("start"), call.whole("limit")) else {
        return bad("Validation failed: start, limit: must be numbers");
    };
    let (start, size) = (start.unwrap_or(0), size.unwrap_or(100));
    if !(1..=super::MOST).contains(&size) {
        return bad("Validation failed: limit: must be from 1 to 500");
    }
    let currency = call.state.world().accounts[ACCOUNT].template.currency;
    let leads = call.state.leads(ACCOUNT);
    let found: Vec<_> = leads.iter().filter(|lead| lead.deal.is_some() == of_archive).collect();
    let rows: Vec<_> =
        found.iter().skip(start).take(size).map(|lead| call.row(lead_row(lead, currency))).collect();
    let more = start + rows.len() < found.len();
    let mut pagination = json!({"start": start, "limit": size, "more_items_in_collection": more});
    if more {
        pagination["next_start"] = (start + rows.len()).into();
    }
    let body = json!({"success": true, "data": rows, "additional_data": {"pagination": pagination}});
    vendor::json(StatusCode::OK, &body)
}

fn lead_row(lead: &Lead, currency: &str) -> Value {
    let number = small(lead.number);
    let exact = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let value = lead
        .deal
        .as_ref()
        .map(|deal| json!({"amount": num::real(deal.amount_cents) / 100.0, "currency": currency}));
    json!({
        "id": format!("{number:08x}-3a1c-11f1-9b2e-{number:012x}"),
        "title": format!("{} {} lead", lead.first_name, lead.last_name),
        "owner_id": user_id(lead.owner),
        "creator_id": user_id(lead.owner),
        "label_ids": [],
        "person_id": number,
        "organization_id": organization_id(lead.company),
        "source_name": "Web forms",
        "origin": "WebForms",
        "is_archived": lead.deal.is_some(),
        "was_seen": true,
        "value": value,
        "expected_close_date": null,
        "add_time": exact(lead.created_at),
        "update_time": exact(lead.changed_at),
    })
}

/// One thing that was or is to be done for a lead.
struct Activity<'a> {
    lead: &'a Lead,
    nth: i64,
    kind: &'static str,
    due_at: DateTime<Utc>,
    done_at: Option<DateTime<Utc>>,
}

/// A call when somebody looks promising, a meeting when they are ripe, and a mail that follows an open deal.
fn todo(lead: &Lead) -> impl Iterator<Item = Activity<'_>> {
    let done = |nth, kind, at| Activity { lead, nth, kind, due_at: at, done_at: Some(at) };
    let call = lead.mql_at.map(|at| done(0, "call", at));
    let meeting = lead.sql_at.map(|at| done(1, "meeting", at));
    let open = lead.deal.as_ref().filter(|deal| deal.moves.len() == 1);
    let mail = open.map(|deal| Activity {
        lead,
        nth: 2,
        kind: "email",
        due_at: deal.moves[0].1 + TimeDelta::days(3),
        done_at: None,
    });
    [call, meeting, mail].into_iter().flatten()
}

/// `GET /api/v2/activities`.
pub(super) fn activities(call: &Call) -> Response<Body> {
    let wish = match Wish::of(call) {
        Ok(wish) => wish,
        Err(response) => return *response,
    };
    let done = match call.get("done") {
        None => None,
        Some("true" | "1") => Some(true),
        Some("false" | "0") => Some(false),
        Some(_) => return bad("Validation failed: done: must be a boolean"),
    };
    let leads = call.state.leads(ACCOUNT);
    let made_at = |of: &Activity<'_>| of.done_at.unwrap_or(of.due_at - TimeDelta::days(3));
    let id = |of: &Activity<'_>| small(of.lead.number) * 4 + of.nth;
    let found = leads.iter().flat_map(todo).filter(|of| done.is_none_or(|done| of.done_at.is_some() == done));
    wish.page(call, found, |of| (id(of), made_at(of)), |of| {
        json!({"id": id(of), "subject": format!("{} {}", of.lead.first_name, of.kind), "type": of.kind,
               "owner_id": user_id(of.lead.owner), "deal_id": of.lead.deal.as_ref().map(|deal| small(deal.number)),
               "person_id": small(of.lead.number), "org_id": organization_id(of.lead.company),
               "due_date": of.due_at.date_naive().to_string(), "due_time": of.due_at.format("%H:%M").to_string(),
               "duration": "00:30", "done": of.done_at.is_some(), "marked_as_done_time": of.done_at.map(iso),
               "add_time": iso(made_at(of)), "update_time": iso(made_at(of)), "is_deleted": false})
    })
}
