//! How `SendGrid` lets us in, where it is, and what can be set.

use super::discovery;
use crate::connector::Context;
use crate::error::Result;
use crate::http::{KeySpec, Request, Scheme};
use crate::record::RemoteAccount;
use crate::setting::{Rule, SettingSpec};

/// A key that never expires; there is no consent for customers.
pub(super) const KEY: KeySpec = KeySpec { names: &["api_key"], scheme: Scheme::BEARER };

/// What the key should be allowed to do.
pub(super) const PERMISSIONS: &[&str] = &[
    "stats.read",
    "stats.global.read",
    "categories.stats.read",
    "suppression.read",
    "asm.groups.read",
    "marketing.read",
    "user.account.read",
];

/// Rows of a page of suppressions at most; those of the marketing calls hold fewer.
const LARGEST_PAGE: u32 = 500;

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version in the paths.",
        default: "v3",
        rule: Rule::Matching(is_version, "a version such as v3"),
    },
    SettingSpec {
        name: "host",
        help: "Where the account lives: api.eu.sendgrid.com for those that stay in the European Union.",
        default: "api.sendgrid.com",
        rule: Rule::OneOf(&["api.sendgrid.com", "api.eu.sendgrid.com"]),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page of lists. SendGrid allows 500 of suppressions, 100 of single sends, 50 of their figures, and less is asked for there.",
        default: "500",
        rule: Rule::Integer(1, LARGEST_PAGE),
    },
];

fn is_version(text: &str) -> bool {
    text.strip_prefix('v')
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Rows per page: the setting, but no more than `SendGrid` allows there.
pub(super) fn page_size(ctx: &Context, most: u32) -> u32 {
    ctx.settings.integer("page_size").unwrap_or(most).min(most)
}

/// A reading request of the key's own account, or on behalf of one of its sub-users. `path` starts with a slash.
pub(super) fn request(
    ctx: &Context,
    account: Option<&RemoteAccount>,
    path: &str,
    query: &[(&str, &str)],
) -> Result<Request> {
    let (host, version) = (ctx.settings.get("host"), ctx.settings.get("api_version"));
    let request = Request::get(&format!("https://{host}/{version}{path}"), query)?;
    // Without it the vendor answers 406.
    let request = request.header("accept", "application/json", false)?;
    match account {
        Some(account) if discovery::is_subuser(account) => {
            request.paced_by(account.id.as_str()).header("on-behalf-of", &account.id, false)
        }
        Some(account) => Ok(request.paced_by(account.id.as_str())),
        None => Ok(request.paced_by("discovery")),
    }
}
