//! Constant Contact's V3 API: campaigns, reports, lists and contacts of a furnisher.

mod campaigns;
mod people;
mod reports;

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::asked::{self, Call, moment};
use crate::quota::{Quota, Wait};
use crate::sign_in::{Renewal, SignIn};
use crate::vendor::{self, Access, Trouble, Vendor};

const SLUG: &str = "constant_contact";

/// The business whose account it is.
const ACCOUNT: usize = 4;

/// Calls of one app.
const PACE: Quota = Quota { calls: 4, seconds: 1 };
const DAILY: Quota = Quota { calls: 10_000, seconds: 86_400 };

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: SLUG,
    name: "Constant Contact",
    routes: || SIGN_IN.routes().merge(asked::routes(answer)),
    is_api_call: |path| path.starts_with("/v3"),
    refuse: |_, _, trouble| refuse(trouble),
    access: |state| {
        Access::of_client([
            // A refresh token works once, so that a client that does not keep the next one has this for a start.
            ("access_token", state.issue_access_token_of(SLUG, SIGN_IN.access_seconds)),
            ("refresh_token", state.issue_refresh_token_of(SLUG)),
        ])
    },
};

static SIGN_IN: SignIn = SignIn {
    realm: SLUG,
    vendor: "Constant Contact",
    authorize: "/oauth2/default/v1/authorize",
    token: Some("/oauth2/default/v1/token"),
    client_param: "client_id",
    code_param: "code",
    needs_scope: true,
    needs_pkce: false,
    renewal: Renewal::Rotates,
    access_seconds: 86_400,
    more: |_, body| {
        body["token_type"] = "Bearer".into();
        body["scope"] = "offline_access campaign_data account_read contact_data".into();
    },
    back: &[],
};

fn answer(call: &Call) -> Response<Body> {
    if !vendor::bearer(&call.headers).is_some_and(|token| call.state.is_live_in(SLUG, token)) {
        return refuse(Trouble::Unauthenticated);
    }
    let today = call.state.clock().real_now().date_naive().to_string();
    if let Err(Wait(seconds)) = call.count(SLUG, &today, DAILY) {
        return refuse(Trouble::Quota(seconds));
    }
    if let Err(Wait(seconds)) = call.count(SLUG, "app", PACE) {
        return refuse(Trouble::Throttled(seconds));
    }
    let path = call.segments();
    let ["v3", rest @ ..] = path.as_slice() else { return missing() };
    if call.method != Method::GET {
        return missing();
    }
    match *rest {
        ["account", "summary"] => ok(&account(call)),
        ["emails"] => campaigns::list(call),
        ["emails", id] => campaigns::one(call, id),
        ["reports", "summary_reports", "email_campaign_summaries"] => reports::summaries(call),
        ["reports", "stats", "email_campaigns", ids] => reports::of_campaigns(call, ids),
        ["reports", "stats", "email_campaign_activities", ids] => reports::of_activities(call, ids),
        ["reports", "email_reports", id, "links"] => reports::links(call, id),
        ["reports", "email_reports", id, "tracking", kind] => people::tracking(call, id, kind),
        ["contact_lists"] => people::lists(call),
        ["contacts"] => people::contacts(call),
        _ => missing(),
    }
}

fn ok(body: &Value) -> Response<Body> {
    vendor::json(StatusCode::OK, body)
}

fn account(call: &Call) -> Value {
    let of = &call.state.world().accounts[ACCOUNT];
    json!({
        "encoded_account_id": "a07e1hdsvqtw",
        "contact_email": "maya@demo.example",
        "country_code": "GB",
        "first_name": "Maya",
        "last_name": "Lindholm",
        "organization_name": of.name,
        "time_zone_id": of.zone().name(),
        "website": of.template.site(),
    })
}

/// How large pages of a collection are, and how it links to the next one.
struct Pages {
    usual: usize,
    most: usize,
    /// What stands before the path of the next page: usually nothing.
    host: &'static str,
}

/// What a call asks for: its own parameters, or those that its cursor stands for, and where to begin.
struct Wish {
    params: Vec<(String, String)>,
    from: usize,
    size: usize,
}

impl Wish {
    fn of(call: &Call, pages: &Pages) -> Result<Self, asked::Refusal> {
        let (params, from) = match call.get("cursor") {
            None => (call.params.clone(), 0),
            Some(cursor) => opened(cursor).ok_or_else(|| Box::new(bad("The cursor is not valid.")))?,
        };
        let limit = params.iter().find(|(name, _)| name == "limit").map(|(_, value)| value.parse());
        match limit.unwrap_or(Ok(pages.usual)) {
            Ok(size) if (1..=pages.most).contains(&size) => Ok(Self { params, from, size }),
            _ => Err(Box::new(bad(&format!("limit must be from 1 to {}.", pages.most)))),
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// A parameter that is a moment, if it is there.
    fn moment(&self, name: &str) -> Result<Option<DateTime<Utc>>, asked::Refusal> {
        let wrong = || Box::new(bad(&format!("{name} is not a valid ISO-8601 date.")));
        self.get(name).map(|text| moment(text).ok_or_else(wrong)).transpose()
    }

    /// A page of rows below `name`.
    fn page(
        &self,
        call: &Call,
        pages: &Pages,
        name: &str,
        total: usize,
        row: impl FnMut(usize) -> Value,
    ) -> Response<Body> {
        let end = (self.from + self.size).min(total);
        let mut rows: Vec<_> = (self.from.min(end)..end).map(row).collect();
        call.odd(&mut rows);
        let mut body = json!({name: rows});
        if end < total {
            let mut query = form_urlencoded::Serializer::new(format!("{end}?"));
            let cursor = URL_SAFE_NO_PAD.encode(query.extend_pairs(&self.params).finish());
            let href = format!("{}/{}?cursor={cursor}", pages.host, call.path.join("/"));
            body["_links"] = json!({"next": {"href": href}});
        }
        ok(&body)
    }
}

/// A cursor holds all of a query and how far it has come.
fn opened(cursor: &str) -> Option<(Vec<(String, String)>, usize)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (from, query) = text.split_once('?')?;
    let query = query.trim_start_matches('&');
    Some((form_urlencoded::parse(query.as_bytes()).into_owned().collect(), from.parse().ok()?))
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn said(status: StatusCode, key: &str, message: &str) -> Response<Body> {
    vendor::json(status, &json!([{"error_key": key, "error_message": message}]))
}

fn bad(message: &str) -> Response<Body> {
    said(StatusCode::BAD_REQUEST, "query.parameter.invalid", message)
}

fn missing() -> Response<Body> {
    said(StatusCode::NOT_FOUND, "not_found", "The requested resource was not found.")
}

/// What stands before the API says it with an object, and the API itself with a list.
fn gate(status: StatusCode, key: &str, message: &str) -> Response<Body> {
    vendor::json(status, &json!({"error_key": key, "error_message": message}))
}

fn refuse(trouble: Trouble) -> Response<Body> {
    match trouble {
        Trouble::Throttled(_) => {
            gate(StatusCode::TOO_MANY_REQUESTS, "throttled", "Too many requests per second.")
        }
        Trouble::Quota(_) => {
            gate(StatusCode::TOO_MANY_REQUESTS, "quota_exceeded", "The daily quota of requests is used up.")
        }
        Trouble::Unauthenticated => gate(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized"),
        Trouble::PermissionDenied => said(
            StatusCode::FORBIDDEN,
            "forbidden",
            "User does not have the privilege ui:campaign:metrics to use this method.",
        ),
        Trouble::Server(status) => {
            said(status, "server_error", "There was a problem with our internal service.")
        }
    }
}
