//! How Klaviyo lets us in, how requests are made, how often, and what can be set.

use crate::connector::Context;
use crate::error::Result;
use crate::http::{KeySpec, Rate, Request, Scheme};
use crate::oauth::{ClientAuth, OAuthSpec};
use crate::setting::{Rule, SettingSpec};
use http::Method;
use serde_json::Value;

const HOST: &str = "https://a.klaviyo.com/api";

/// Asked for and given: <https://jsonapi.org>.
const JSON_API: &str = "application/vnd.api+json";

/// Klaviyo's OAuth: PKCE always, the app's id and secret in a header.
pub(super) const OAUTH: OAuthSpec = OAuthSpec {
    authorize_url: "https://www.klaviyo.com/oauth/authorize",
    token_url: "https://a.klaviyo.com/oauth/token",
    scopes: &[
        "accounts:read",
        "campaigns:read",
        "flows:read",
        "metrics:read",
        "events:read",
        "lists:read",
        "segments:read",
        "forms:read",
        "profiles:read",
    ],
    has_pkce: true,
    client_auth: ClientAuth::Basic,
    ..OAuthSpec::STANDARD
};

/// A private key, which lives until it is taken back.
pub(super) const KEY: KeySpec = KeySpec {
    names: &["api_key"],
    scheme: Scheme::Header { name: "authorization", prefix: "Klaviyo-API-Key " },
};

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Revision of the API. Klaviyo serves each for two years.",
        default: "2026-04-15",
        rule: Rule::Matching(is_revision, REVISION),
    },
    SettingSpec {
        name: "revision",
        help: "The same by the vendor's name; counts where it is set.",
        default: "",
        rule: Rule::Matching(|text| text.is_empty() || is_revision(text), REVISION),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page where Klaviyo lets us choose. It allows 50 flows, 10 lists, 100 forms, and less is asked for \
               there.",
        default: "100",
        rule: Rule::Integer(1, 1000),
    },
    SettingSpec {
        name: "lookback_days",
        help: "Days before today that are read again, because opens, clicks and orders still arrive.",
        default: "30",
        rule: Rule::Integer(1, 365),
    },
    SettingSpec {
        name: "conversion_metric_id",
        help: "The metric whose events count as conversions. Blank: Placed Order of the shop.",
        default: "",
        rule: Rule::Matching(is_id, "the id of a metric, such as TspjNE"),
    },
    SettingSpec {
        name: "campaign_window",
        help: "Klaviyo gives one sum per campaign and window. read: one window for all days that are read, under the last of \
               them. day: one per day, so that days can be added; two requests a minute and 225 a day are allowed.",
        default: "read",
        rule: Rule::OneOf(&["read", "day"]),
    },
];

const REVISION: &str = "a revision such as 2026-04-15";

fn is_revision(text: &str) -> bool {
    let (day, suffix) = text.split_once('.').unwrap_or((text, "pre"));
    let is_day = day.len() == 10 && day.parse::<chrono::NaiveDate>().is_ok();
    is_day && !suffix.is_empty() && suffix.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// A blank one is none.
pub(super) fn is_id(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// How often endpoints of a family may be asked: steadily per minute, and at once after a quiet time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Xs,
    S,
    M,
    L,
    Xl,
    /// Reports, which have a quota per day, too.
    Report,
}

impl Size {
    fn rate(self) -> (&'static str, Rate) {
        match self {
            Self::Xs => ("xs", Rate::per_minute(15)),
            Self::S => ("s", Rate::per_minute(60).at_once(3)),
            Self::M => ("m", Rate::per_minute(150).at_once(10)),
            Self::L => ("l", Rate::per_minute(700).at_once(75)),
            Self::Xl => ("xl", Rate::per_minute(3500).at_once(350)),
            Self::Report => ("report", Rate::per_minute(2)),
        }
    }
}

/// Rows per page: the setting, but no more than Klaviyo allows there.
pub(super) fn page_size(ctx: &Context, most: u32) -> String {
    ctx.settings.integer("page_size").unwrap_or(most).min(most).to_string()
}

fn request(ctx: &Context, method: Method, path: &str, size: Size, account: &str) -> Result<Request> {
    let own = ctx.settings.get("revision");
    let revision = if own.is_empty() { ctx.settings.get("api_version") } else { own };
    let (name, rate) = size.rate();
    let request = Request::new(method, &format!("{HOST}{path}"))?
        .header("revision", revision, false)?
        .header("accept", JSON_API, false)?;
    Ok(request.paced_by(format!("{account}/{name}")).within(rate))
}

/// A reading request; `path` starts with a slash.
pub(super) fn get(
    ctx: &Context,
    path: &str,
    query: &[(&str, &str)],
    size: Size,
    account: &str,
) -> Result<Request> {
    Ok(request(ctx, Method::GET, path, size, account)?.query(query))
}

/// A question that needs a body. It changes nothing.
pub(super) fn post(ctx: &Context, path: &str, body: Value, size: Size, account: &str) -> Result<Request> {
    Ok(request(ctx, Method::POST, path, size, account)?.header("content-type", JSON_API, false)?.json(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_and_ids() {
        assert!(is_revision("2026-04-15") && is_revision("2026-04-15.pre"));
        for wrong in ["", "2026-4-15", "2026-04-31", "v3", "2026-04-15.", "2026-04-15.a/b"] {
            assert!(!is_revision(wrong), "{wrong}");
        }
        assert!(is_id("TspjNE") && is_id("") && !is_id("a/b"));
    }
}
