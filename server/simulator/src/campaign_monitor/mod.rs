//! Campaign Monitor's API 3.3: one client with campaigns, a list and a journey.

mod campaigns;
mod lists;
mod sign_in;

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use axum::routing::post;
use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Value, json};

use crate::asked::{self, Call};
use crate::oauth::token::basic;
use crate::quota::{Left, Quota, Wait};
use crate::vendor::{self, Access, Trouble, Vendor, with_header};
use sign_in::SIGN_IN;

const SLUG: &str = "campaign_monitor";

/// The business that is the client.
const ACCOUNT: usize = 1;

/// The client's id.
const CLIENT: &str = "4a397ccaaa55eb4e6aa1221e1e2d7122";

/// Calls of one token.
const QUOTA: Quota = Quota { calls: 600, seconds: 60 };

/// Rows on a page, at least and at most.
const FEWEST: usize = 10;
const MOST: usize = 1_000;

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: SLUG,
    name: "Campaign Monitor",
    routes: || SIGN_IN.routes().route("/oauth/token", post(sign_in::token)).merge(asked::routes(answer)),
    is_api_call: |path| path.starts_with("/api/"),
    refuse: |_, _, trouble| refuse(trouble),
    access: |state| Access::of_client([("refresh_token", state.issue_refresh_token_of(SLUG))]),
};

/// A refusal: status, code and message.
type Problem = (StatusCode, u16, String);

/// The token of a call, or the key that stands for a user; any password will do.
fn check(call: &Call) -> Result<String, Problem> {
    let denied = |code: u16, message: &str| (StatusCode::UNAUTHORIZED, code, message.to_owned());
    let wrong = || denied(50, "Must supply a valid HTTP Basic Authorization header");
    let is_good = |token: &str| call.state.is_live_in(SLUG, token);
    if let Some((key, _)) = basic(&call.headers) {
        return is_good(&key).then_some(key).ok_or_else(wrong);
    }
    let token = vendor::bearer(&call.headers).ok_or_else(wrong)?;
    if is_good(token) {
        return Ok(token.to_owned());
    }
    // One that was good once has expired.
    let is_old = token.contains("sim-");
    Err(if is_old { denied(121, "Expired OAuth Token") } else { denied(120, "Invalid OAuth Token") })
}

fn answer(call: &Call) -> Response<Body> {
    let token = match check(call) {
        Ok(token) => token,
        Err(problem) => return respond(&problem),
    };
    let left = match call.count(SLUG, &token, QUOTA) {
        Ok(left) => left,
        Err(Wait(seconds)) => return refuse(Trouble::Throttled(seconds)),
    };
    let response = match route(call) {
        Ok(body) => vendor::json(StatusCode::OK, &body),
        Err(problem) => respond(&problem),
    };
    limited(response, left)
}

fn route(call: &Call) -> Result<Value, Problem> {
    let mut path = call.segments();
    // Only those about single messages to single people have no ending.
    if !path.contains(&"transactional") {
        let last = path.pop().and_then(|last| last.strip_suffix(".json")).ok_or_else(missing)?;
        path.push(last);
    }
    let ["api", "v3.3" | "v3.2", rest @ ..] = path.as_slice() else { return Err(missing()) };
    if call.method != Method::GET {
        return Err(missing());
    }
    match *rest {
        ["clients"] => Ok(json!([call.row(json!({"ClientID": CLIENT, "Name": name(call)}))])),
        ["systemdate"] => Ok(json!({"SystemDate": local(call, call.state.clock().now())})),
        ["clients", CLIENT] => Ok(client(call)),
        ["clients", CLIENT, "campaigns"] => campaigns::sent(call),
        ["clients", CLIENT, "scheduled"] => Ok(campaigns::scheduled(call)),
        ["clients", CLIENT, "drafts"] => Ok(campaigns::drafts(call)),
        ["clients", CLIENT, "lists"] => Ok(lists::lists(call)),
        ["clients", CLIENT, "journeys"] => Ok(lists::journeys(call)),
        ["campaigns", id, "summary"] => campaigns::summary(call, id),
        ["campaigns", id, "recipients"] => campaigns::recipients(call, id),
        ["campaigns", id, "listsandsegments"] => campaigns::targets(call, id),
        ["campaigns", id, kind] => campaigns::events(call, id, kind),
        ["lists", lists::ID, "stats"] => Ok(lists::stats(call)),
        ["lists", lists::ID, kind] => lists::subscribers(call, kind),
        ["journeys", lists::JOURNEY] => Ok(lists::journey(call)),
        ["journeys", "email", lists::EMAIL, kind] => lists::journey_events(call, kind),
        ["transactional", "statistics"] => Ok(json!({
            "Query": {"From": call.get("from"), "To": call.get("to"), "Group": null, "TimeZone": "client"},
            "Sent": 0, "Bounces": 0, "Delivered": 0, "Opened": 0, "Clicked": 0,
        })),
        _ => Err(missing()),
    }
}

fn name(call: &Call) -> &str {
    &call.state.world().accounts[ACCOUNT].name
}

fn client(call: &Call) -> Value {
    call.row(json!({
        "ApiKey": "639d8cc27198202f5fe6037a8b17a29a59984b86d3289bc9",
        "BasicDetails": {
            "ClientID": CLIENT,
            "CompanyName": name(call),
            "ContactName": "Maya Lindholm",
            "EmailAddress": "maya@demo.example",
            "Country": "United Kingdom",
            "TimeZone": "(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London",
        },
        "AccessDetails": {"Username": "maya", "AccessLevel": 63},
        "BillingDetails": {
            "CanPurchaseCredits": false,
            "MarkupOnDesignSpamTest": 0.0,
            "ClientPays": true,
            "BaseRatePerRecipient": 1.0,
            "MarkupPerRecipient": 0.0,
            "Credits": 0,
            "Currency": call.state.world().accounts[ACCOUNT].template.currency,
        },
    }))
}

/// A moment on the client's clock, which nothing names.
fn local(call: &Call, at: DateTime<Utc>) -> String {
    let zone = call.state.world().accounts[ACCOUNT].zone();
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A parameter that is a moment on the client's clock, or a day's first one.
fn since(call: &Call) -> Result<Option<String>, Problem> {
    let Some(text) = call.get("date") else { return Ok(None) };
    let at = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .or_else(|| call.day("date").map(Into::into));
    let wrong = || bad(15, "Date must be in the format yyyy-mm-dd hh:mm");
    at.map(|at| Some(at.format("%Y-%m-%d %H:%M:%S").to_string())).ok_or_else(wrong)
}

/// A page of rows with what stands around it. `order` is what they are ordered by, oldest or smallest first.
fn page(
    call: &Call,
    order: &str,
    usual: &str,
    total: usize,
    mut row: impl FnMut(usize) -> Value,
) -> Result<Value, Problem> {
    let number = |name: &str, usual: usize| match call.whole(name) {
        Ok(number) => Ok(number.unwrap_or(usual)),
        Err(_) => Err(bad(3, &format!("{name} must be a number"))),
    };
    let (at, size) = (number("page", 1)?, number("pagesize", MOST)?);
    if at == 0 || !(FEWEST..=MOST).contains(&size) {
        return Err(bad(3, "page starts at 1, and pagesize must be from 10 to 1000"));
    }
    let direction = call.get("orderdirection").unwrap_or(usual).to_lowercase();
    let is_down = match direction.as_str() {
        "asc" => false,
        "desc" => true,
        _ => return Err(bad(3, "orderdirection must be asc or desc")),
    };
    let from = (at - 1).saturating_mul(size).min(total);
    let nth = |nth: usize| if is_down { total - 1 - nth } else { nth };
    let rows: Vec<_> = (from..(from + size).min(total)).map(|at| call.row(row(nth(at)))).collect();
    Ok(json!({
        "ResultsOrderedBy": order,
        "OrderDirection": direction,
        "PageNumber": at,
        "PageSize": size,
        "RecordsOnThisPage": rows.len(),
        "TotalNumberOfRecords": total,
        "NumberOfPages": total.div_ceil(size),
        "Results": rows,
    }))
}

fn limited(response: Response<Body>, left: Left) -> Response<Body> {
    let response = with_header(response, "x-ratelimit-limit", QUOTA.calls);
    let response = with_header(response, "x-ratelimit-remaining", left.calls);
    with_header(response, "x-ratelimit-reset", left.seconds)
}

fn said(status: StatusCode, code: u16, message: &str) -> Response<Body> {
    vendor::json(status, &json!({"Code": code, "Message": message}))
}

fn respond((status, code, message): &Problem) -> Response<Body> {
    said(*status, *code, message)
}

fn bad(code: u16, message: &str) -> Problem {
    (StatusCode::BAD_REQUEST, code, message.to_owned())
}

fn missing() -> Problem {
    (StatusCode::NOT_FOUND, 404, "We couldn't find the resource you're looking for.".to_owned())
}

fn refuse(trouble: Trouble) -> Response<Body> {
    match trouble {
        Trouble::Throttled(seconds) | Trouble::Quota(seconds) => {
            let response = said(StatusCode::TOO_MANY_REQUESTS, 429, "Rate limit exceeded");
            limited(response, Left { calls: 0, seconds: i64::try_from(seconds).unwrap_or(i64::MAX) })
        }
        Trouble::Unauthenticated => said(StatusCode::UNAUTHORIZED, 122, "Revoked OAuth Token"),
        Trouble::PermissionDenied => {
            said(StatusCode::FORBIDDEN, 403, "You do not have access to the requested resource")
        }
        Trouble::Server(status) => {
            said(status, status.as_u16(), "An error occurred while processing the request")
        }
    }
}
