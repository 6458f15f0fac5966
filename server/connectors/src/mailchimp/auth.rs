//! How Mailchimp lets us in, in which data centre the account lives, and what can be set.

use super::failure::{judge, judge_metadata};
use crate::connector::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Budget, KeySpec, Node, Request, Scheme};
use crate::oauth::{OAuthSpec, Renewal};
use crate::setting::{Rule, SettingSpec};

/// Says in which data centre the account of a token lives.
const METADATA: &str = "https://login.mailchimp.com/oauth2/metadata";

/// As the vendor wants a token there, unlike everywhere else.
const METADATA_SCHEME: Scheme = Scheme::Header { name: "authorization", prefix: "OAuth " };

/// Under which the data centre is remembered for a run.
const MEMORY: &str = "data_centre";

/// Mailchimp's OAuth: no scopes, and tokens that live until somebody revokes them.
pub(super) const OAUTH: OAuthSpec = OAuthSpec {
    authorize_url: "https://login.mailchimp.com/oauth2/authorize",
    token_url: "https://login.mailchimp.com/oauth2/token",
    renewal: Renewal::Never,
    ..OAuthSpec::STANDARD
};

/// A key is shown as a token is.
pub(super) const KEY: KeySpec = KeySpec { names: &["api_key"], scheme: Scheme::BEARER };

/// Most rows of one page.
const MOST_ROWS: u32 = 1000;

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version in the paths. There is only one.",
        default: "3.0",
        rule: Rule::Matching(is_version, "a version such as 3.0"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page. Mailchimp allows 1000, and gives 10 where none are asked for.",
        default: "1000",
        rule: Rule::Integer(1, MOST_ROWS),
    },
    SettingSpec {
        name: "report_lookback_days",
        help: "Days before today whose campaigns are read again, because opens, clicks and orders still arrive.",
        default: "60",
        rule: Rule::Integer(1, 365),
    },
];

fn is_version(text: &str) -> bool {
    !text.is_empty()
        && text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// Rows per page as they are set.
pub(super) fn page_size(ctx: &Context) -> u32 {
    ctx.settings.integer("page_size").unwrap_or(MOST_ROWS)
}

/// Where accounts live, for example `us3`: the first part of a host's name, so nothing else gets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DataCentre(String);

impl DataCentre {
    /// Letters, then digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.trim_start_matches(|c: char| c.is_ascii_lowercase());
        let is_one = digits.len() < text.len()
            && !digits.is_empty()
            && digits.len() <= 6
            && digits.bytes().all(|b| b.is_ascii_digit());
        is_one.then(|| Self(text.to_owned()))
    }

    /// A reading request to it; `path` starts with a slash.
    pub(super) fn get(&self, ctx: &Context, path: &str, query: &[(&str, String)]) -> Result<Request> {
        let version = ctx.settings.get("api_version");
        let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Request::get(&format!("https://{}.api.mailchimp.com/{version}{path}", self.0), &query)
    }
}

/// The data centre as it was learned in this run, or else looked up.
pub(super) async fn data_centre(ctx: &Context, budget: &Budget) -> Result<DataCentre> {
    match ctx.memory.recall(MEMORY).as_deref().and_then(DataCentre::parse) {
        Some(known) => Ok(known),
        None => look_up(ctx, budget).await,
    }
}

/// The data centre: the vendor says it of a token, and a key ends with it.
pub(super) async fn look_up(ctx: &Context, budget: &Budget) -> Result<DataCentre> {
    let given = || {
        let names = ["server_prefix", "data_center"];
        names.iter().find_map(|name| DataCentre::parse(ctx.credentials.text(name)?))
    };
    let found = if ctx.session.tokens().is_some() {
        match (ask_metadata(ctx, budget).await, given()) {
            (Ok(found), _) => found,
            // What a person gave is good enough where nothing is wrong with the token.
            (Err(error), Some(given)) if !is_final(&error.kind) => given,
            (Err(error), _) => return Err(error),
        }
    } else {
        let key = ctx.credentials.text("api_key").unwrap_or_default();
        let of_key = key.rsplit_once('-').and_then(|(_, end)| DataCentre::parse(end));
        of_key.or_else(given).ok_or_else(|| {
            Error::configuration("The API key does not say in which data centre the account lives.")
                .with_hint("Copy it whole: it ends with a dash and the data centre, such as -us3.")
        })?
    };
    ctx.memory.keep(MEMORY, found.0.clone());
    Ok(found)
}

fn is_final(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::NeedsReauthorisation | ErrorKind::Quota { .. } | ErrorKind::Configuration)
}

async fn ask_metadata(ctx: &Context, budget: &Budget) -> Result<DataCentre> {
    let request = Request::get(METADATA, &[])?.by(METADATA_SCHEME).paced_by("login");
    let batch = ctx.session.batch(&request, budget, judge_metadata).await?;
    let root = Node::root(&batch.value, "metadata");
    let dc = root.at("dc");
    let text = dc.need_text()?;
    DataCentre::parse(&text).ok_or_else(|| dc.drift(format!("{text:?} is no data centre such as us3")))
}

/// The root of the API, where the account describes itself.
pub(super) async fn root(ctx: &Context, budget: &Budget) -> Result<crate::http::Batch> {
    let question = super::fetch::Question::new("/", &[]);
    super::fetch::ask(ctx, &question, "discovery", budget).await.map_err(|error| {
        // The root is there in every version that is served.
        let is_missing = error.is_any_of(&["404"]);
        let kind = if is_missing { ErrorKind::VersionSunset } else { error.kind.clone() };
        Error { kind, ..error }
    })
}

/// Asks for one answer, and once more where the refusal may only mean that the account has moved: two refusals in a row
/// are final.
pub(super) async fn ask_where_it_lives(
    ctx: &Context,
    budget: &Budget,
    make: &(dyn Fn(&DataCentre) -> Result<Request> + Sync),
) -> Result<crate::http::Batch> {
    let request = make(&data_centre(ctx, budget).await?)?;
    match ctx.session.batch(&request, budget, judge).await {
        Err(error) if error.kind == ErrorKind::NeedsReauthorisation => {
            let request = make(&look_up(ctx, budget).await?)?;
            ctx.session.batch(&request, budget, judge).await
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_centres_are_parts_of_host_names_only() {
        for good in ["us3", "us20", " eu1 "] {
            assert_eq!(DataCentre::parse(good).unwrap().0, good.trim());
        }
        for bad in ["", "us", "3", "US3", "us3.evil.example/", "us3-", "u s3", "us3x", "us٣"] {
            assert!(DataCentre::parse(bad).is_none(), "{bad}");
        }
        assert!(is_version("3.0") && is_version("4"));
        assert!(!is_version("") && !is_version("3.") && !is_version("../3"));
    }
}
