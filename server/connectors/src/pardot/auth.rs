//! How Account Engagement lets us in, where its data is, and what can be set.

use crate::connector::Context;
use crate::error::{Error, Result};
use crate::force::{self, LOGIN_HOST};
use crate::http::{Budget, Request};
use crate::oauth::OAuthSpec;
use crate::setting::{Rule, SettingSpec};

/// `api` is what the list of business units needs.
pub(super) const OAUTH: OAuthSpec = force::oauth(&["pardot_api", "api", "refresh_token"]);

/// Which host serves the business unit follows from the kind of the org.
const HOST: &str = "https://pi.pardot.com";
const TEST_HOST: &str = "https://pi.demo.pardot.com";

/// Rows of one page, at most.
const MOST_ROWS: u32 = 1_000;

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version of the API.",
        default: "v5",
        rule: Rule::Matching(is_version, "a version such as v5"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page; more than 1000 is asked for as 1000, of clicks no more than 200.",
        default: "1000",
        rule: Rule::Integer(1, 10_000),
    },
    LOGIN_HOST,
    SettingSpec {
        name: "salesforce_version",
        help: "Version of the Salesforce API that lists business units; 56 is the first that does.",
        default: "v62.0",
        rule: Rule::Matching(is_salesforce_version, "a version such as v62.0"),
    },
    SettingSpec {
        name: "host",
        help: "Host of the business unit; auto means that of tests for sandboxes and orgs of developers.",
        default: "auto",
        rule: Rule::OneOf(&["auto", "pi.pardot.com", "pi.demo.pardot.com"]),
    },
    SettingSpec {
        name: "time_zone",
        help: "Time zone of the business unit, which its API does not tell: its daily quota starts anew at midnight there.",
        default: "",
        rule: Rule::Matching(is_zone, "a name such as America/New_York, or nothing"),
    },
    force::currency(
        "ISO 4217 code of the money of opportunities, which the API does not tell; without it Salesforce is asked.",
    ),
    SettingSpec {
        name: "opportunities",
        help: "Whether won and lost opportunities are counted: not where the same org is connected through Salesforce, too, because then they would count twice.",
        default: "count",
        rule: Rule::OneOf(&["count", "keep_uncounted"]),
    },
    SettingSpec {
        name: "mql_by",
        help: "What makes a prospect ready by marketing's judgement: that it was assigned, or that its score reached mql_score.",
        default: "assigned",
        rule: Rule::OneOf(&["assigned", "score"]),
    },
    SettingSpec {
        name: "mql_score",
        help: "The score for mql_by=score. The API does not tell when a score was reached, so such a prospect counts on the day when it was made.",
        default: "100",
        rule: Rule::Integer(0, 1_000_000),
    },
    SettingSpec {
        name: "stats_lookback_days",
        help: "Days for which the figures of a list e-mail are read again after it was sent.",
        default: "60",
        rule: Rule::Integer(1, 730),
    },
];

fn is_version(text: &str) -> bool {
    text.strip_prefix('v')
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

fn is_salesforce_version(text: &str) -> bool {
    let is_number = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let parts = text.strip_prefix('v').and_then(|number| number.split_once('.'));
    parts.is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

fn is_zone(text: &str) -> bool {
    text.is_empty() || text.parse::<chrono_tz::Tz>().is_ok()
}

/// Rows per page.
pub(super) fn page_size(ctx: &Context) -> u32 {
    ctx.settings.integer("page_size").unwrap_or(MOST_ROWS).min(MOST_ROWS)
}

/// The id of a business unit in the form of 15 or 18 characters.
pub(super) fn unit_id(text: &str) -> Result<String> {
    let id = text.trim();
    if !force::is_id(id, "0Uv") {
        let message = format!(
            "{text:?} is no business unit; its id has 18 characters and starts with 0Uv, as Salesforce Setup shows it."
        );
        return Err(Error::configuration(message));
    }
    Ok(id.to_owned())
}

/// The origin that serves business units of the org.
async fn origin(ctx: &Context, budget: &Budget) -> Result<&'static str> {
    Ok(match ctx.settings.get("host") {
        "pi.pardot.com" => HOST,
        "pi.demo.pardot.com" => TEST_HOST,
        _ => {
            let instance = force::instance(ctx, budget).await?;
            let login = ctx.credentials.text("login_host").unwrap_or_else(|| ctx.settings.get("login_host"));
            if force::is_test_org(login, &instance) { TEST_HOST } else { HOST }
        }
    })
}

/// A request to a business unit; `path` starts with a slash. Its place is a header, without which all is refused.
pub(super) async fn request(
    ctx: &Context,
    budget: &Budget,
    unit: &str,
    path: &str,
    query: &[(&str, &str)],
) -> Result<Request> {
    let origin = origin(ctx, budget).await?;
    let request = Request::get(&format!("{origin}{path}"), query)?.paced_by(unit);
    request.header("pardot-business-unit-id", unit, false)
}

/// A request for objects of a business unit; `rest` starts with a slash.
pub(super) async fn objects(
    ctx: &Context,
    budget: &Budget,
    unit: &str,
    rest: &str,
    query: &[(&str, &str)],
) -> Result<Request> {
    let version = ctx.settings.get("api_version");
    request(ctx, budget, unit, &format!("/api/{version}/objects{rest}"), query).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_versions_and_zones_are_checked() {
        assert_eq!(unit_id(" 0UvB00000004XyzKAE ").unwrap(), "0UvB00000004XyzKAE");
        assert!(unit_id("00DB00000004XyzKAE").unwrap_err().message.contains("0Uv"));
        assert!(is_version("v5") && !is_version("5") && !is_version("v") && !is_version("v5/x"));
        assert!(
            is_salesforce_version("v62.0") && !is_salesforce_version("v62") && !is_salesforce_version("62.0")
        );
        assert!(is_zone("") && is_zone("America/New_York") && !is_zone("Nowhere"));
    }
}
