//! How Salesforce lets us in, where its data is, and what can be set.

use crate::connector::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::force::{self, LOGIN_HOST};
use crate::http::{Budget, Node, Request};
use crate::oauth::OAuthSpec;
use crate::setting::{Rule, SettingSpec};
use serde_json::Value;

/// `id` is what the description of the user needs.
pub(super) const OAUTH: OAuthSpec = force::oauth(&["api", "refresh_token", "id"]);

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "The newest version of the API to use; the highest one that the org serves and that is not above it is taken.",
        default: "v60.0",
        rule: Rule::Matching(|text| version(text).is_some(), "a version such as v60.0"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page. Salesforce takes it as a hint from 200 to 2000; the nearest of these is asked for.",
        default: "2000",
        rule: Rule::Integer(1, 10_000),
    },
    LOGIN_HOST,
    force::currency(
        "ISO 4217 code of the org's money where records name none; without it that of the org's locale counts.",
    ),
    SettingSpec {
        name: "mql_statuses",
        help: "Values of the field Status of leads, with commas between them, that make a lead ready by marketing's judgement.",
        default: "",
        rule: Rule::Matching(|_| true, "values with commas between them"),
    },
    SettingSpec {
        name: "sql_statuses",
        help: "Values of the field Status of leads, with commas between them, that make a lead ready by sales' judgement.",
        default: "",
        rule: Rule::Matching(|_| true, "values with commas between them"),
    },
    SettingSpec {
        name: "email_types",
        help: "Values of the field Type of campaigns, with commas between them, whose number of sent things is one of e-mails.",
        default: "Email,E-mail",
        rule: Rule::Matching(|_| true, "values with commas between them"),
    },
    SettingSpec {
        name: "quota_percent",
        help: "Share of the org's calls of a day, used by all its programs together, from which on we stop until later.",
        default: "80",
        rule: Rule::Integer(1, 100),
    },
    SettingSpec {
        name: "bulk_from_rows",
        help: "Queries with at least that many rows are read by the Bulk API instead of page by page.",
        default: "4000000",
        rule: Rule::Integer(1, u32::MAX),
    },
];

/// Values of a setting with commas between them, in lower case.
pub(super) fn listed(ctx: &Context, setting: &str) -> Vec<String> {
    let values = ctx.settings.get(setting).split(',').map(|value| value.trim().to_lowercase());
    values.filter(|value| !value.is_empty()).collect()
}

/// `v60.0`, `60.0` and `v60` are version 60, minor 0.
fn version(text: &str) -> Option<(u32, u32)> {
    let number = text.strip_prefix('v').unwrap_or(text);
    let (major, minor) = number.split_once('.').unwrap_or((number, "0"));
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The highest of the served versions that is not above the wanted one; the wanted one where none is named at all.
///
/// # Errors
/// When the org serves higher ones only.
fn best(served: &Value, wanted: (u32, u32)) -> Result<(u32, u32)> {
    let list = Node::root(served, "$");
    let mut known = Vec::new();
    list.each(|node| {
        known.extend(node.at("version").text()?.as_deref().and_then(version));
        Ok(())
    })?;
    match known.iter().copied().filter(|found| *found <= wanted).max() {
        Some(found) => Ok(found),
        None if known.is_empty() => Ok(wanted),
        None => {
            let (major, minor) = wanted;
            let message = format!("Salesforce no longer serves version {major}.{minor} of its API.");
            Err(Error::new(ErrorKind::VersionSunset, message))
        }
    }
}

/// The version in use, as it stands in paths; found out once per run.
async fn api_version(ctx: &Context, budget: &Budget) -> Result<String> {
    const KEY: &str = "api_version";
    if let Some(known) = ctx.memory.recall(KEY) {
        return Ok(known);
    }
    let wanted = version(ctx.settings.get("api_version")).unwrap_or((60, 0));
    let origin = force::instance(ctx, budget).await?;
    // Everybody may ask that.
    let request =
        Request::get(&format!("{origin}/services/data"), &[])?.without_token().paced_by("discovery");
    let judge = |answer: &_| force::judge(answer, force::AtLimit::ByMessage);
    let (major, minor) = match ctx.session.call_json(&request, budget, &judge).await {
        Ok((_, served)) => best(&served, wanted)?,
        // Who may not ask goes on with what is set: the next answer shows whether it is served.
        Err(error) if force::is_not_for_us(&error) => wanted,
        Err(error) => return Err(error),
    };
    let found = format!("v{major}.{minor}");
    ctx.memory.keep(KEY, found.clone());
    Ok(found)
}

/// A request below the data of the org; `rest` starts with a slash.
pub(super) async fn data(
    ctx: &Context,
    budget: &Budget,
    rest: &str,
    query: &[(&str, &str)],
) -> Result<Request> {
    let origin = force::instance(ctx, budget).await?;
    let version = api_version(ctx, budget).await?;
    Ok(Request::get(&format!("{origin}/services/data/{version}{rest}"), query)?.paced_by("org"))
}

/// The org's id in the form of 15 or 18 characters.
pub(super) fn org_id(text: &str) -> Result<String> {
    let id = text.trim();
    if !force::is_id(id, "00D") {
        return Err(Error::configuration(format!(
            "{text:?} is no Salesforce org; the id of an org has 15 or 18 characters and starts with 00D."
        )));
    }
    Ok(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_highest_version_that_is_not_above_the_setting_is_taken() {
        let served =
            json!([{"version": "31.0"}, {"version": "59.0"}, {"version": "9.0"}, {"version": "66.0"}]);
        assert_eq!(best(&served, (60, 0)).unwrap(), (59, 0));
        assert_eq!(best(&served, (66, 0)).unwrap(), (66, 0));
        assert_eq!(best(&served, (99, 0)).unwrap(), (66, 0));
        assert_eq!(best(&json!([]), (60, 0)).unwrap(), (60, 0));
        assert_eq!(best(&json!([{"version": "61.0"}]), (60, 0)).unwrap_err().kind, ErrorKind::VersionSunset);
    }

    #[test]
    fn versions_and_orgs_are_checked() {
        assert_eq!(version("v60.0"), Some((60, 0)));
        assert_eq!(version("60.0"), Some((60, 0)));
        assert_eq!(version("v60"), Some((60, 0)));
        assert!(version("v").is_none() && version("60.x").is_none() && version("").is_none());
        assert_eq!(org_id(" 00D5g000004AbCdEAK ").unwrap(), "00D5g000004AbCdEAK");
        assert!(org_id("acme").unwrap_err().message.contains("00D"));
    }
}
