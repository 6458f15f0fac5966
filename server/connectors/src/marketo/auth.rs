//! How Marketo lets us in, where an instance lives, and what can be set.

use crate::connector::Context;
use crate::error::{Error, Result};
use crate::http::Request;
use crate::oauth::{OAuthSpec, Renewal, Wire};
use crate::setting::{Rule, SettingSpec};
use http::Method;

/// A custom service asks for itself. Everybody who asks gets the same token until it ends. A service that is unknown or
/// has another secret by now was taken away: only connecting again helps.
pub(super) const OAUTH: OAuthSpec = OAuthSpec {
    token_url: "https://{munchkin_id}.mktorest.com/identity/oauth/token",
    renewal: Renewal::ClientCredentials,
    dead_grant: &["invalid_client", "unauthorized"],
    wire: Wire { takes_get: true, ..Wire::STANDARD },
    ..OAuthSpec::STANDARD
};

/// Most rows of one page of the lead database.
const MOST_ROWS: u32 = 300;

/// Most rows of one page of assets.
const MOST_ASSETS: u32 = 200;

/// A list of names; none where nothing is mapped.
const NAMES: Rule = Rule::Matching(|_| true, "names, separated by commas");

const fn names(name: &'static str, help: &'static str) -> SettingSpec {
    SettingSpec { name, help, default: "", rule: NAMES }
}

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version in the paths.",
        default: "v1",
        rule: Rule::Matching(is_version, "a version such as v1"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page. Marketo allows 300, of assets 200, and less is asked for there.",
        default: "300",
        rule: Rule::Integer(1, MOST_ROWS),
    },
    SettingSpec {
        name: "currency",
        help: "Currency of program costs. Marketo does not name it.",
        default: "USD",
        rule: Rule::Matching(is_currency, "a code such as USD"),
    },
    names("mql_stages", "Stages of the revenue model that make a lead an MQL, separated by commas."),
    names("sql_stages", "Stages of the revenue model that make a lead an SQL, separated by commas."),
    names(
        "mql_statuses",
        "Lead statuses that make a lead an MQL, separated by commas. Then stages are not counted.",
    ),
    names(
        "sql_statuses",
        "Lead statuses that make a lead an SQL, separated by commas. Then stages are not counted.",
    ),
    SettingSpec {
        name: "lead_status_field",
        help: "The field that holds a lead's status.",
        default: "leadStatus",
        rule: Rule::Matching(is_field, "a field's name such as leadStatus"),
    },
    names(
        "opportunity_ids",
        "External ids of opportunities to look up, separated by commas. Marketo does not list them.",
    ),
];

fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
}

fn is_field(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The names in a setting, in lower case.
pub(super) fn names_in(ctx: &Context, setting: &str) -> Vec<String> {
    let names = ctx.settings.get(setting).split(',').map(|name| name.trim().to_lowercase());
    names.filter(|name| !name.is_empty()).collect()
}

/// Rows per page of the lead database.
pub(super) fn page_size(ctx: &Context) -> u32 {
    ctx.settings.integer("page_size").unwrap_or(MOST_ROWS)
}

/// Rows per page of assets.
pub(super) fn asset_page_size(ctx: &Context) -> u32 {
    page_size(ctx).min(MOST_ASSETS)
}

/// The instance's id, which is also the first label of its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Munchkin(pub(super) String);

impl Munchkin {
    pub(super) fn of(ctx: &Context) -> Result<Self> {
        const HINT: &str = "Marketo shows it in Admin, Munchkin; it looks like 602-EUO-598.";
        let text = ctx.credentials.text("munchkin_id").ok_or_else(|| {
            Error::configuration("The credentials lack munchkin_id, which says where the instance lives.")
                .with_hint(HINT)
        })?;
        Self::parse(text)
            .ok_or_else(|| Error::configuration(format!("munchkin_id can't be {text:?}.")).with_hint(HINT))
    }

    /// Letters, digits and dashes: a part of a host's name, so nothing else gets through.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (is_plain && text.contains('-') && !text.starts_with('-') && !text.ends_with('-'))
            .then(|| Self(text.to_ascii_uppercase()))
    }
}

/// A family of paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Rest,
    Asset,
    Bulk,
}

/// A request; `path` starts with a slash.
pub(super) fn request(
    ctx: &Context,
    method: Method,
    family: Family,
    path: &str,
    query: &[(&str, &str)],
) -> Result<Request> {
    let Munchkin(id) = Munchkin::of(ctx)?;
    let family = match family {
        Family::Rest => "rest",
        Family::Asset => "rest/asset",
        Family::Bulk => "bulk",
    };
    let version = ctx.settings.get("api_version");
    let url = format!("https://{id}.mktorest.com/{family}/{version}{path}");
    let request = Request::new(method, &url)?.query(query).paced_by(id);
    request.header("accept", "application/json", false)
}

/// A reading request.
pub(super) fn get(ctx: &Context, family: Family, path: &str, query: &[(&str, &str)]) -> Result<Request> {
    request(ctx, Method::GET, family, path, query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_parts_of_host_names_only() {
        assert_eq!(Munchkin::parse(" 602-euo-598 ").unwrap().0, "602-EUO-598");
        for wrong in ["", "602", "602-EUO-598.mktorest.com", "602-EUO/598", "-602", "602-", "602-EUO-598?x"] {
            assert_eq!(Munchkin::parse(wrong), None, "{wrong}");
        }
        assert!(is_version("v1") && !is_version("1") && !is_version("v") && !is_version("v1/x"));
        assert!(is_currency("JPY") && !is_currency("usd") && !is_currency("EURO"));
        assert!(is_field("lead_Status2") && !is_field("a,b") && !is_field(""));
    }
}
