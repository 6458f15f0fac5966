//! What Meta says about the token itself: asked for beside the accounts, so that a person hears in time.

use super::auth::DOOR;
use crate::connector::Context;
use crate::error::Result;
use crate::http::{Budget, Node, Request};
use crate::meta;
use crate::record::Warning;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use serde_json::Value;

/// Permissions of which one is enough for figures of ads.
const NEEDED: &[&str] = &["ads_read", "ads_management"];

/// What is wrong with the token, or soon will be. Only apps may ask, and nothing is lost where they may not.
pub(super) async fn warnings(ctx: &Context, budget: &Budget) -> Vec<Warning> {
    match told(ctx, budget).await {
        Ok(Some(told)) => read(&told, ctx.session.now()).unwrap_or_default(),
        Ok(None) => Vec::new(),
        Err(error) => {
            tracing::debug!("nothing is known of the token: {error}");
            Vec::new()
        }
    }
}

async fn told(ctx: &Context, budget: &Budget) -> Result<Option<Value>> {
    let credentials = &ctx.credentials;
    let (Some(id), Some(secret)) = (credentials.text("client_id"), credentials.text("client_secret")) else {
        return Ok(None);
    };
    let token = ctx.session.secret(budget).await?;
    let version = ctx.settings.get("api_version");
    let request = Request::get(&format!("{}/{version}/debug_token", DOOR.host), &[])?
        .without_token()
        .paced_by("discovery")
        .secret_query("input_token", token.expose_secret().into())
        .secret_query("access_token", format!("{id}|{secret}").into());
    Ok(Some(DOOR.call(ctx, &request, budget).await?.1))
}

fn read(told: &Value, now: DateTime<Utc>) -> Result<Vec<Warning>> {
    let root = Node::root(told, "$");
    let data = root.at("data");
    let mut messages = Vec::new();
    if data.at("is_valid").boolean()? == Some(false) {
        messages.push("Facebook says that the access token is not valid; connect again.".to_owned());
    }
    for (field, what) in [("expires_at", "The access token"), ("data_access_expires_at", "Access to data")] {
        // 0 means never.
        let end = data.at(field).integer()?.filter(|&seconds| seconds > 0);
        let end = end.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        if let Some(end) = end.filter(|end| *end < now + TimeDelta::days(meta::EARLY_DAYS)) {
            messages.push(format!("{what} ends on {}; connect again before.", end.date_naive()));
        }
    }
    let mut scopes = Vec::new();
    data.at("scopes").each(|scope| {
        scopes.extend(scope.text()?);
        Ok(())
    })?;
    if !scopes.is_empty() && !scopes.iter().any(|scope| NEEDED.contains(&scope.as_str())) {
        messages.push("The consent lacks ads_read, without which no figures can be read.".to_owned());
    }
    let warning = |message| Warning { account: None, stream: None, field: None, message };
    Ok(messages.into_iter().map(warning).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(data: Value, words: &[&str]) {
        let now = "2026-09-04T12:00:00Z".parse().unwrap();
        let warnings = read(&json!({ "data": data }), now).unwrap();
        assert_eq!(warnings.len(), words.len(), "{warnings:?}");
        for (warning, words) in warnings.iter().zip(words) {
            assert!(warning.message.contains(words), "{warning}");
        }
    }

    #[test]
    fn a_person_hears_in_time() {
        check(json!({"is_valid": true, "expires_at": 0, "scopes": ["ads_read"]}), &[]);
        check(json!({"is_valid": false}), &["not valid"]);
        check(
            json!({"expires_at": 1_788_900_000, "data_access_expires_at": 1_798_900_000}),
            &["The access token ends on 2026-09-08"],
        );
        check(json!({"scopes": ["public_profile"]}), &["lacks ads_read"]);
        check(json!({}), &[]);
    }
}
