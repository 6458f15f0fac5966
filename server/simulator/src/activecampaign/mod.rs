//! `ActiveCampaign`'s API v3: campaigns, lists, contacts and deals of a coffee roaster.

mod deals;
mod mail;
mod people;

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::asked::{self, Call, moment};
use crate::quota::{Quota, Wait};
use crate::vendor::{self, Access, Trouble, Vendor, with_header};
use crate::world::leads::OWNERS;

const SLUG: &str = "activecampaign";

/// The business whose account it is.
const ACCOUNT: usize = 3;

/// Where its API is.
const HOST: &str = "https://cafeaguila.api-us1.com";

/// Calls of the whole account.
const QUOTA: Quota = Quota { calls: 5, seconds: 1 };

/// Rows on a page, unless the call says otherwise, and at most.
const USUAL: usize = 20;
const MOST: usize = 100;

/// Seconds that a key lives: it never ends.
const FOR_EVER: i64 = 10 * 365 * 86_400;

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: SLUG,
    name: "ActiveCampaign",
    routes: || asked::routes(answer),
    is_api_call: |_| true,
    refuse: |_, _, trouble| refuse(trouble),
    access: |state| Access {
        credentials: vec![
            ("account_url", HOST.to_owned()),
            ("api_key", key_of(&state.issue_access_token_of(SLUG, FOR_EVER))),
        ],
        settings: Vec::new(),
    },
};

/// Keys are 72 hexadecimal digits.
fn key_of(token: &str) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16);
    let bytes = format!("ac:{token}").into_bytes().into_iter();
    bytes.flat_map(|byte| [byte >> 4, byte & 15]).filter_map(digit).collect()
}

fn token_of(key: &str) -> Option<String> {
    let digits = |at: usize| u8::from_str_radix(key.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..key.len()).step_by(2).map(digits).collect();
    String::from_utf8(bytes?).ok()?.strip_prefix("ac:").map(str::to_owned)
}

fn answer(call: &Call) -> Response<Body> {
    let token = call.header("api-token").and_then(token_of);
    if !token.is_some_and(|token| call.state.is_live_in(SLUG, &token)) {
        return refuse(Trouble::Unauthenticated);
    }
    if let Err(Wait(seconds)) = call.count(SLUG, HOST, QUOTA) {
        return refuse(Trouble::Throttled(seconds));
    }
    let path = call.segments();
    let ["api", "3", rest @ ..] = path.as_slice() else { return no_route() };
    if call.method != Method::GET {
        return no_route();
    }
    match *rest {
        ["users", "me"] => ok(&json!({"user": user(call, 0)})),
        ["users"] => listed(call, "users", (0..OWNERS.len()).map(|index| user(call, index)).collect()),
        ["campaigns"] => listed(call, "campaigns", mail::campaigns(call)),
        ["campaigns", id] => one(call, "campaign", id, mail::campaigns(call)),
        ["campaigns", id, below] => mail::below(call, id, below),
        ["automations"] => listed(call, "automations", mail::automations(call)),
        ["automations", id] => one(call, "automation", id, mail::automations(call)),
        ["automations", mail::WELCOME, "campaigns"] => {
            listed(call, "campaigns", vec![mail::welcome_mail(call)])
        }
        ["contactAutomations"] => listed(call, "contactAutomations", people::enrolments(call)),
        ["lists"] => listed(call, "lists", mail::lists(call)),
        ["lists", id] => one(call, "list", id, mail::lists(call)),
        ["contacts"] => people::contacts(call),
        ["contacts", id] => people::contact(call, id),
        ["contacts", id, "contactLists"] => listed(call, "contactLists", people::memberships(call, Some(id))),
        ["contactLists"] => listed(call, "contactLists", people::memberships(call, None)),
        ["deals"] => deals::list(call),
        ["deals", id] => deals::one(call, id),
        ["deals", id, "dealActivities"] => deals::history(call, id),
        ["dealActivities"] => listed(call, "dealActivities", deals::activities(call)),
        ["dealGroups"] => listed(call, "dealGroups", vec![deals::group(call)]),
        ["dealStages"] => listed(call, "dealStages", deals::stages(call)),
        _ => no_route(),
    }
}

fn ok(body: &Value) -> Response<Body> {
    vendor::json(StatusCode::OK, body)
}

/// A page of rows below `name`, in the order that is asked for; unknown orders are ignored.
fn listed(call: &Call, name: &str, rows: Vec<Value>) -> Response<Body> {
    listed_with(call, name, rows, json!({}))
}

/// The same with more in `meta`.
fn listed_with(call: &Call, name: &str, mut rows: Vec<Value>, mut meta: Value) -> Response<Body> {
    let order = call.params.iter().find_map(|(key, value)| {
        let field = key.strip_prefix("orders[")?.strip_suffix(']')?;
        Some((field.to_owned(), value.eq_ignore_ascii_case("desc")))
    });
    if let Some((field, is_down)) = order {
        rows.sort_by_cached_key(|row| {
            let text = row[&field].as_str().unwrap_or_default().to_owned();
            (text.parse::<i64>().ok(), text)
        });
        if is_down {
            rows.reverse();
        }
    }
    let size = call.number("limit").unwrap_or(USUAL).clamp(1, MOST);
    let offset = call.number("offset").unwrap_or(0);
    meta["total"] = rows.len().to_string().into();
    let page: Vec<_> = rows.into_iter().skip(offset).take(size).map(|row| call.row(row)).collect();
    ok(&json!({name: page, "meta": meta}))
}

/// One of some rows.
fn one(call: &Call, name: &str, id: &str, rows: Vec<Value>) -> Response<Body> {
    match rows.into_iter().find(|row| row["id"] == id) {
        Some(row) => ok(&json!({name: call.row(row)})),
        None => missing(name, id),
    }
}

fn user(call: &Call, index: usize) -> Value {
    let (name, email) = OWNERS[index];
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    let id = user_id(index);
    call.row(json!({
        "username": email.split('@').next(),
        "firstName": first,
        "lastName": last,
        "email": email,
        "phone": "",
        "signature": null,
        "lang": "english",
        "localZoneid": "",
        "links": {"lists": format!("{HOST}/api/3/users/{id}/lists")},
        "id": id,
    }))
}

/// A user's id, by the owner's position.
fn user_id(owner: usize) -> String {
    (owner + 1).to_string()
}

/// A moment on the account's clock, with its offset.
fn written(call: &Call, at: DateTime<Utc>) -> String {
    let zone = call.state.world().accounts[ACCOUNT].zone();
    at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// Whether something that changed at `at` is asked for.
fn is_updated(call: &Call, at: DateTime<Utc>) -> bool {
    let bound = |name: &str| call.get(name).and_then(moment);
    bound("filters[updated_after]").is_none_or(|after| at > after)
        && bound("filters[updated_before]").is_none_or(|before| at < before)
}

fn said(status: StatusCode, message: &str) -> Response<Body> {
    vendor::json(status, &json!({"message": message}))
}

fn missing(what: &str, id: &str) -> Response<Body> {
    let name: String = what[..1].to_uppercase() + &what[1..];
    said(StatusCode::NOT_FOUND, &format!("No Result found for {name} with id {id}"))
}

fn no_route() -> Response<Body> {
    said(StatusCode::NOT_FOUND, "No route found")
}

fn refuse(trouble: Trouble) -> Response<Body> {
    match trouble {
        Trouble::Throttled(seconds) | Trouble::Quota(seconds) => {
            with_header(said(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"), "retry-after", seconds)
        }
        Trouble::Unauthenticated => said(StatusCode::FORBIDDEN, "Unauthorized"),
        Trouble::PermissionDenied => {
            said(StatusCode::FORBIDDEN, "You do not have permission to view this resource")
        }
        Trouble::Server(status) => said(status, "An error occurred while processing the request"),
    }
}
