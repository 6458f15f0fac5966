//! Contacts: who asked for an offer, and where they stand.

use axum::body::Body;
use axum::http::Response;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::mail::{LIST, WELCOME};
use super::{ACCOUNT, is_updated, listed, missing, ok, written};
use crate::asked::{Call, moment};
use crate::world::leads::Lead;

/// A contact's id. They grow with the day on which somebody came.
pub(super) fn id(lead: &Lead) -> String {
    lead.number.rem_euclid(1_000_000_000).to_string()
}

fn row(call: &Call, lead: &Lead) -> Value {
    let (made, changed) = (written(call, lead.created_at), written(call, lead.changed_at));
    // This one is named for a zone in which it is not.
    let local = |text: &str| text.get(..19).unwrap_or_default().replace('T', " ");
    json!({
        "cdate": made,
        "email": lead.email,
        "phone": "",
        "firstName": lead.first_name,
        "lastName": lead.last_name,
        "orgid": "0",
        "orgname": lead.company,
        "segmentio_id": "",
        "bounced_hard": "0",
        "bounced_soft": "0",
        "bounced_date": null,
        "ip": "0",
        "gravatar": "0",
        "deleted": "0",
        "anonymized": "0",
        "udate": changed,
        "deleted_at": null,
        "created_utc_timestamp": local(&made),
        "updated_utc_timestamp": local(&changed),
        "scoreValues": [],
        "id": id(lead),
    })
}

/// `GET /contacts`. An e-mail address that nobody has finds the first one.
pub(super) fn contacts(call: &Call) -> Response<Body> {
    let leads = call.state.leads(ACCOUNT);
    let above: Option<i64> = call.get("id_greater").and_then(|id| id.parse().ok());
    let bound = |name: &str| call.get(name).and_then(moment);
    let (after, before) = (bound("filters[created_after]"), bound("filters[created_before]"));
    let is_asked = |lead: &&Lead| {
        above.is_none_or(|above| lead.number.rem_euclid(1_000_000_000) > above)
            && is_updated(call, lead.changed_at)
            && after.is_none_or(|after| lead.created_at > after)
            && before.is_none_or(|before| lead.created_at < before)
            && call.get("status").is_none_or(|status| matches!(status, "-1" | "1"))
    };
    listed(call, "contacts", leads.iter().filter(is_asked).map(|lead| row(call, lead)).collect())
}

/// `GET /contacts/{id}`.
pub(super) fn contact(call: &Call, wanted: &str) -> Response<Body> {
    let leads = call.state.leads(ACCOUNT);
    match leads.iter().find(|lead| id(lead) == wanted) {
        Some(lead) => ok(&json!({"contact": call.row(row(call, lead))})),
        None => missing("subscriber", wanted),
    }
}

/// Who of the contacts is on the list; every fifth has left it again a week later.
pub(super) fn memberships(call: &Call, contact: Option<&str>) -> Vec<Value> {
    let (leads, now) = (call.state.leads(ACCOUNT), call.state.counted_at());
    let of = leads.iter().filter(|lead| contact.is_none_or(|contact| id(lead) == contact));
    of.map(|lead| {
        let left = lead.created_at + TimeDelta::days(7);
        let has_left = lead.number % 5 == 0 && left <= now;
        json!({
            "contact": id(lead),
            "list": LIST,
            "form": null,
            "seriesid": "0",
            "sdate": written(call, lead.created_at),
            "udate": has_left.then(|| written(call, left)),
            "status": if has_left { "2" } else { "1" },
            "responder": "1",
            "unsubreason": "",
            "id": id(lead),
        })
    })
    .collect()
}

/// Who of the contacts went through the automation.
pub(super) fn enrolments(call: &Call) -> Vec<Value> {
    if call.get("filters[automation]").is_some_and(|automation| automation != WELCOME) {
        return Vec::new();
    }
    let (leads, now) = (call.state.leads(ACCOUNT), call.state.counted_at());
    let row = |lead: &Lead| {
        let end = lead.created_at + TimeDelta::days(2);
        let is_over = end <= now;
        json!({
            "contact": id(lead),
            "seriesid": WELCOME,
            "startid": "0",
            "status": if is_over { "2" } else { "1" },
            "adddate": written(call, lead.created_at),
            "remdate": is_over.then(|| written(call, end)),
            "lastdate": written(call, if is_over { end } else { lead.created_at }),
            "completed": i32::from(is_over),
            "automation": WELCOME,
            "id": id(lead),
        })
    };
    leads.iter().map(row).collect()
}
