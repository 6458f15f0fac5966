//! The page on which a person allows or denies access.

use axum::extract::{Form, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use url::Url;

use super::grants::Consent;
use crate::state::SimulatorState;

/// Parameters of an authorisation request; all optional here, so that each absence gets its own message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Request {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    scope: String,
    state: String,
    access_type: String,
    prompt: String,
    code_challenge: String,
    code_challenge_method: String,
    decision: String,
}

/// An authorisation request that makes sense.
#[derive(Debug)]
struct Checked {
    consent: Consent,
    redirect: Url,
    state: String,
}

/// What is wrong with an authorisation request: the OAuth error and what to do.
#[derive(Debug, PartialEq, Eq)]
struct Wrong(&'static str, String);

impl Request {
    fn check(&self) -> Result<Checked, Wrong> {
        let missing = |name: &str| Wrong("invalid_request", format!("Required parameter is missing: {name}"));
        for (name, value) in [
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", &self.response_type),
            ("scope", &self.scope),
            ("state", &self.state),
        ] {
            if value.trim().is_empty() {
                return Err(missing(name));
            }
        }
        if self.response_type != "code" {
            let message = format!("response_type must be code, not {}", self.response_type);
            return Err(Wrong("unsupported_response_type", message));
        }
        let redirect = Url::parse(&self.redirect_uri).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https") && url.has_host() && url.fragment().is_none()
        });
        let redirect = redirect.ok_or_else(|| {
            let message = format!("redirect_uri is no absolute http(s) address: {}", self.redirect_uri);
            Wrong("redirect_uri_mismatch", message)
        })?;
        let strange = self.scope.split(' ').find(|scope| !known_scope(scope));
        if let Some(scope) = strange {
            return Err(Wrong("invalid_scope", format!("Unknown scope: {scope}")));
        }
        let challenge = match (self.code_challenge.as_str(), self.code_challenge_method.as_str()) {
            ("", "") => None,
            ("", _) => return Err(missing("code_challenge")),
            (challenge, "S256") => Some((challenge.to_owned(), true)),
            (challenge, "" | "plain") => Some((challenge.to_owned(), false)),
            (_, method) => {
                let message = format!("code_challenge_method must be S256 or plain, not {method}");
                return Err(Wrong("invalid_request", message));
            }
        };
        Ok(Checked {
            consent: Consent {
                client_id: self.client_id.clone(),
                redirect_uri: self.redirect_uri.clone(),
                scope: self.scope.clone(),
                challenge,
                offline: self.access_type == "offline",
                fresh: self.prompt.split(' ').any(|prompt| prompt == "consent"),
            },
            redirect,
            state: self.state.clone(),
        })
    }
}

fn known_scope(scope: &str) -> bool {
    scope.starts_with("https://www.googleapis.com/auth/") || matches!(scope, "openid" | "email" | "profile")
}

/// `GET /o/oauth2/v2/auth`: shows what is asked, with Allow and Deny.
pub async fn page(State(state): State<SimulatorState>, Query(request): Query<Request>) -> Response {
    match request.check() {
        Err(wrong) => refuse(&wrong),
        Ok(_) => show(StatusCode::OK, &consent_page(&state, &request)),
    }
}

/// `POST /o/oauth2/v2/auth`: sends the browser back with a code, or with `access_denied`.
pub async fn decide(State(state): State<SimulatorState>, Form(request): Form<Request>) -> Response {
    let Checked { consent, mut redirect, state: echoed } = match request.check() {
        Err(wrong) => return refuse(&wrong),
        Ok(checked) => checked,
    };
    let scope = consent.scope.clone();
    match request.decision.as_str() {
        "allow" => {
            let now = state.clock().real_now();
            let code = state.grants(super::REALM, |grants| grants.issue_code(consent, now));
            redirect
                .query_pairs_mut()
                .append_pair("code", &code)
                .append_pair("scope", &scope)
                .append_pair("state", &echoed);
        }
        "deny" => {
            redirect.query_pairs_mut().append_pair("error", "access_denied").append_pair("state", &echoed);
        }
        _ => return refuse(&Wrong("invalid_request", "decision must be allow or deny".to_owned())),
    }
    Redirect::to(redirect.as_str()).into_response()
}

fn refuse(wrong: &Wrong) -> Response {
    let Wrong(code, message) = wrong;
    let main = format!(
        "<h1>Access blocked</h1><p>This request can't be shown for consent.</p>\
         <p class=\"code\">Error 400: {code}</p><p>{}</p>",
        escape(message)
    );
    show(StatusCode::BAD_REQUEST, &main)
}

/// A page of the simulator's own, which may run nothing.
pub(crate) fn show(status: StatusCode, main: &str) -> Response {
    let mut response = (status, Html(format!("{HEAD}<main>{main}</main></body></html>"))).into_response();
    let policy =
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn consent_page(state: &SimulatorState, request: &Request) -> String {
    let host = Url::parse(&request.redirect_uri).ok();
    let host = host.as_ref().and_then(Url::host_str).unwrap_or_default();
    let scopes: Vec<String> = request
        .scope
        .split(' ')
        .map(|scope| format!("<li><b>{}</b><small>{}</small></li>", purpose(scope), escape(scope)))
        .collect();
    let hidden: Vec<String> = [
        ("response_type", &request.response_type),
        ("client_id", &request.client_id),
        ("redirect_uri", &request.redirect_uri),
        ("scope", &request.scope),
        ("state", &request.state),
        ("access_type", &request.access_type),
        ("prompt", &request.prompt),
        ("code_challenge", &request.code_challenge),
        ("code_challenge_method", &request.code_challenge_method),
    ]
    .iter()
    .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value)))
    .collect();
    format!(
        "<h1>{} wants to access your Google account</h1>\
         <p class=\"who\"><span aria-hidden=\"true\">A</span>analyst@demo.example</p>\
         <p>This is a stand-in for Google's consent page. It gives access to {} invented accounts and to \
         nothing else.</p><p>Allowing lets the application:</p><ul>{}</ul>\
         <form method=\"post\" action=\"\">{}\
         <button id=\"deny\" name=\"decision\" value=\"deny\">Deny</button>\
         <button id=\"allow\" name=\"decision\" value=\"allow\" class=\"primary\">Allow</button></form>\
         <p class=\"foot\">Client {} · the answer goes to {}</p>",
        escape(host),
        state.world().accounts.len(),
        scopes.concat(),
        hidden.concat(),
        escape(&request.client_id),
        escape(&request.redirect_uri),
    )
}

fn purpose(scope: &str) -> &'static str {
    match scope.rsplit('/').next().unwrap_or_default() {
        "adwords" => "See and manage your Google Ads campaigns",
        "analytics.readonly" => "See your Google Analytics data",
        "webmasters.readonly" | "webmasters" => "See your Search Console data",
        _ => "Use this permission",
    }
}

pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

const HEAD: &str = r#"<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Windhover simulator – consent</title>
<style>
:root{color-scheme:light dark;--bg:#eef1f5;--card:#fff;--ink:#1b2430;--dim:#56616f;--line:#d5dbe3;--go:#1557c0}
@media(prefers-color-scheme:dark){:root{--bg:#11161d;--card:#1a212b;--ink:#e8edf3;--dim:#a3afbd;--line:#36404d;--go:#7db1ff}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--bg);color:var(--ink);
font:16px/1.5 system-ui,sans-serif;padding:16px}
body>div{width:100%;max-width:480px;font-size:13px;color:var(--dim);letter-spacing:.02em;align-self:end;padding-bottom:8px}
body>main{align-self:start}
main{width:100%;max-width:480px;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:28px 32px}
h1{font-size:22px;line-height:1.3;margin:0 0 16px;overflow-wrap:anywhere}
p{margin:0 0 14px}
.who{display:inline-flex;gap:10px;align-items:center;border:1px solid var(--line);border-radius:99px;padding:4px 14px 4px 4px;font-size:14px}
.who span{display:grid;place-items:center;width:28px;height:28px;border-radius:50%;background:var(--go);color:var(--card)}
ul{list-style:none;margin:0 0 22px;padding:0}
li{border-top:1px solid var(--line);padding:12px 0}
li:last-child{border-bottom:1px solid var(--line)}
b{display:block;font-weight:600}
small,.foot{color:var(--dim);font-size:13px;overflow-wrap:anywhere}
form{display:flex;gap:12px;justify-content:flex-end;margin-bottom:18px}
button{font:inherit;font-weight:600;padding:10px 22px;min-height:44px;border-radius:10px;border:1px solid var(--line);
background:transparent;color:var(--go);cursor:pointer}
button.primary{background:var(--go);border-color:var(--go);color:var(--card)}
button:focus-visible{outline:3px solid var(--go);outline-offset:2px}
.code{font-family:ui-monospace,monospace;font-size:14px}
.foot{margin:0}
</style></head><body><div>Windhover simulator · consent</div>"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Request {
        Request {
            response_type: "code".into(),
            client_id: "c".into(),
            redirect_uri: "http://127.0.0.1:9/back?x=1".into(),
            scope: super::super::ADS_SCOPE.into(),
            state: "s".into(),
            ..Request::default()
        }
    }

    #[test]
    fn each_mistake_has_its_own_error() {
        type Change = fn(&mut Request);
        let check = |change: Change| {
            let mut request = good();
            change(&mut request);
            request.check().map(|_| ()).map_err(|Wrong(code, _)| code)
        };
        assert_eq!(check(|_| {}), Ok(()));
        assert_eq!(check(|r| r.client_id.clear()), Err("invalid_request"));
        assert_eq!(check(|r| r.state.clear()), Err("invalid_request"));
        assert_eq!(check(|r| r.scope.clear()), Err("invalid_request"));
        assert_eq!(check(|r| r.scope = "adwords".into()), Err("invalid_scope"));
        assert_eq!(check(|r| r.response_type = "token".into()), Err("unsupported_response_type"));
        assert_eq!(check(|r| r.redirect_uri = "/back".into()), Err("redirect_uri_mismatch"));
        assert_eq!(check(|r| r.redirect_uri = "javascript:alert(1)".into()), Err("redirect_uri_mismatch"));
        assert_eq!(check(|r| r.code_challenge_method = "S256".into()), Err("invalid_request"));
        assert_eq!(
            check(|r| {
                r.code_challenge = "x".into();
                r.code_challenge_method = "MD5".into();
            }),
            Err("invalid_request")
        );
    }

    #[test]
    fn nothing_from_the_request_becomes_markup() {
        assert_eq!(escape("<a href='x\">&"), "&lt;a href=&#39;x&quot;&gt;&amp;");
    }
}
