//! How `ActiveCampaign` lets us in, on which host an account lives, and what can be set.

use crate::connector::Context;
use crate::error::{Error, Result};
use crate::http::{KeySpec, Request, Scheme};
use crate::setting::{Rule, SettingSpec};

/// The key of one user of the account, who never has to consent.
pub(super) const KEY: KeySpec = KeySpec { names: &["api_key"], scheme: Scheme::bare("api-token") };

/// Most rows of one page.
const MOST_ROWS: u32 = 100;

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version in the paths.",
        default: "3",
        rule: Rule::Matching(is_version, "a number such as 3"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page. ActiveCampaign allows 100, and gives 20 where none are asked for.",
        default: "100",
        rule: Rule::Integer(1, MOST_ROWS),
    },
    SettingSpec {
        name: "campaign_lookback_days",
        help: "Days before today whose campaigns are read again, because opens and clicks still arrive. Automated e-mails always are.",
        default: "60",
        rule: Rule::Integer(1, 365),
    },
];

fn is_version(text: &str) -> bool {
    !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Rows per page as they are set.
pub(super) fn page_size(ctx: &Context) -> u32 {
    ctx.settings.integer("page_size").unwrap_or(MOST_ROWS)
}

/// The host of an account. Its first label is the account's id, because nothing in the API names the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// For example `acme`.
    pub(super) label: String,
    domain: String,
}

impl Host {
    /// The host in the credentials.
    pub(super) fn of(ctx: &Context) -> Result<Self> {
        const HINT: &str = "Copy the API URL from ActiveCampaign: Settings, Developer; for example https://acme.api-us1.com.";
        let text = ctx.credentials.text("account_url").ok_or_else(|| {
            Error::configuration("The credentials lack account_url, which says where the account lives.")
                .with_hint(HINT)
        })?;
        Self::parse(text).ok_or_else(|| {
            Error::configuration(format!(
                "account_url can't be {text:?}: it is no API URL of ActiveCampaign."
            ))
            .with_hint(HINT)
        })
    }

    /// Reads the address that stands beside the key, whatever path it has. Only hosts of the vendor are taken, because
    /// the key goes there.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url: url::Url = whole.parse().ok()?;
        if url.scheme() != "https" || url.port().is_some() || !url.username().is_empty() {
            return None;
        }
        let (label, domain) = url.host_str()?.split_once('.')?;
        let region = domain.strip_prefix("api-").and_then(|rest| rest.strip_suffix(".com"));
        let is_regional =
            region.is_some_and(|r| !r.is_empty() && r.bytes().all(|b| b.is_ascii_alphanumeric()));
        let is_ours = is_regional || domain == "activehosted.com";
        (is_ours && !label.is_empty()).then(|| Self { label: label.to_owned(), domain: domain.to_owned() })
    }

    /// A reading request; `path` starts with a slash.
    pub(super) fn get(&self, ctx: &Context, path: &str, query: &[(&str, &str)]) -> Result<Request> {
        let version = ctx.settings.get("api_version");
        let url = format!("https://{}.{}/api/{version}{path}", self.label, self.domain);
        // All keys of an account share its rate.
        let request = Request::get(&url, query)?.paced_by(self.label.as_str());
        request.header("accept", "application/json", false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_of_the_vendor_get_the_key() {
        for (text, label) in [
            ("https://acme.api-us1.com", "acme"),
            ("https://Acme-2.api-eu1.com/api/3/", "acme-2"),
            (" acme.activehosted.com ", "acme"),
        ] {
            assert_eq!(Host::parse(text).unwrap().label, label, "{text}");
        }
        for text in [
            "",
            "acme",
            "http://acme.api-us1.com",
            "https://acme.api-us1.com.evil.example",
            "https://acme.api-.com",
            "https://acme.api-us1.evil.com",
            "https://api-us1.com",
            "https://activehosted.com",
            "https://a.b.activehosted.com",
            "https://me@acme.api-us1.com",
            "https://acme.api-us1.com:8443",
            "https://evilactivehosted.com",
        ] {
            assert_eq!(Host::parse(text), None, "{text}");
        }
        assert!(is_version("3") && !is_version("v3") && !is_version("") && !is_version("3/.."));
    }
}
