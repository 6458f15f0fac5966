//! The one org behind a token.

use super::auth::{self, org_id};
use super::fetch;
use super::soql::Query;
use super::streams::{CURRENCY, CURRENCY_TYPE, OPPORTUNITY, ORGANIZATION, Object};
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result, spare};
use crate::force::{self, locale};
use crate::http::{Batch, Budget, Node, Request};
use crate::record::{RemoteAccount, Warning};
use serde_json::Value;
use std::collections::BTreeSet;

/// The org.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let budget = ctx.session.budget();
    let id = own_id(ctx, &budget).await?;
    let (account, warnings) = described(ctx, &budget, &id).await?;
    Ok(AccountsFound { accounts: vec![account], warnings, ..AccountsFound::default() })
}

/// The org, if it is the one that is asked for.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let asked = org_id(id)?;
    let budget = ctx.session.budget();
    let own = own_id(ctx, &budget).await.map_err(|error| error.in_account(&asked))?;
    if !force::is_same_id(&own, &asked) {
        return Err(Error::configuration(format!("The token belongs to org {own}, not to {asked}."))
            .with_hint("Read that org, or connect the other one."));
    }
    described(ctx, &budget, &own).await.map_err(|error| error.in_account(&own))
}

/// Whose token it is.
async fn own_id(ctx: &Context, budget: &Budget) -> Result<String> {
    let origin = force::instance(ctx, budget).await?;
    let request = Request::get(&format!("{origin}/services/oauth2/userinfo"), &[])?.paced_by("discovery");
    let (_, user) = fetch::ask(ctx, &request, budget).await?;
    Node::root(&user, "userinfo").at("organization_id").need_text()
}

/// The org's description of itself. One that may not describe itself is read without currency and zone.
async fn described(ctx: &Context, budget: &Budget, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let mut warnings = Vec::new();
    let mut account = RemoteAccount::bare(id);
    let mut locale = None;
    match organization(ctx, budget).await {
        Ok(batch) => {
            let root = Node::root(&batch.value, "$");
            let records = root.at("records");
            let row = records.nth(0);
            account.name = row.at("Name").filled()?.unwrap_or(account.name);
            account.time_zone = row.at("TimeZoneSidKey").filled()?;
            locale = row.at("DefaultLocaleSidKey").filled()?;
        }
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
            let message = format!("The org can't be described; its time zone is unknown. {}", error.message);
            warnings.push(Warning::account(id, message));
        }
        Err(error) => return Err(error),
    }
    account.currency = money(ctx, budget, locale.as_deref()).await?;
    if account.currency.is_none() {
        let message = "The org's currency is unknown, so that money has none; set the setting currency.";
        warnings.push(Warning::account(id, message));
    }
    Ok((account, warnings))
}

/// What the org says about itself.
pub(super) async fn organization(ctx: &Context, budget: &Budget) -> Result<Batch> {
    all(ctx, budget, &ORGANIZATION).await
}

/// The currencies of an org that has several; none where it has but one.
pub(super) async fn currencies(ctx: &Context, budget: &Budget) -> Result<Option<Batch>> {
    spare(all(ctx, budget, &CURRENCY_TYPE).await, &["INVALID_TYPE"])
}

async fn all(ctx: &Context, budget: &Budget, object: &Object) -> Result<Batch> {
    let soql = Query::of(object.name).text(&object.fields());
    fetch::batch(ctx, &fetch::query_request(ctx, budget, &soql).await?, budget).await
}

/// The org's money: what is set, else its corporate currency, else, where no record names one, that of its locale.
async fn money(ctx: &Context, budget: &Budget, locale: Option<&str>) -> Result<Option<String>> {
    let set = ctx.settings.get("currency");
    if !set.is_empty() {
        return Ok(Some(set.to_owned()));
    }
    let has_several = described_fields(ctx, budget).await?.is_some_and(|fields| fields.contains(CURRENCY));
    if has_several {
        match currencies(ctx, budget).await {
            Ok(Some(batch)) => {
                if let Some(code) = corporate(&batch.value)? {
                    return Ok(Some(code));
                }
            }
            Ok(None) => {}
            Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(locale.and_then(locale::currency).map(str::to_owned))
}

fn corporate(page: &Value) -> Result<Option<String>> {
    let root = Node::root(page, "$");
    let mut found = None;
    root.at("records").each(|row| {
        if row.at("IsCorporate").boolean()? == Some(true) {
            found = row.at("IsoCode").filled()?;
        }
        Ok(())
    })?;
    Ok(found)
}

/// The fields of opportunities that the profile can see, found out once per run; none where nobody says so.
pub(super) async fn described_fields(ctx: &Context, budget: &Budget) -> Result<Option<BTreeSet<String>>> {
    const KEY: &str = "fields of opportunities";
    let known = match ctx.memory.recall(KEY) {
        Some(known) => known,
        None => {
            let path = format!("/sobjects/{}/describe", OPPORTUNITY.name);
            let request = auth::data(ctx, budget, &path, &[]).await?;
            let names = match fetch::ask(ctx, &request, budget).await {
                Ok((_, description)) => names(&description)?,
                Err(error) if force::is_not_for_us(&error) => Vec::new(),
                Err(error) => return Err(error),
            };
            let known = names.join(",");
            ctx.memory.keep(KEY, known.clone());
            known
        }
    };
    let fields: BTreeSet<String> =
        known.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    Ok((!fields.is_empty()).then_some(fields))
}

fn names(description: &Value) -> Result<Vec<String>> {
    let root = Node::root(description, "describe");
    let mut names = Vec::new();
    root.at("fields").each(|field| {
        names.push(field.at("name").need_text()?);
        Ok(())
    })?;
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_corporate_currency_is_the_orgs() {
        let page = json!({"records": [{"IsoCode": "USD", "IsCorporate": false}, {"IsoCode": "SEK", "IsCorporate": true}]});
        assert_eq!(corporate(&page).unwrap().as_deref(), Some("SEK"));
        assert_eq!(corporate(&json!({"records": []})).unwrap(), None);
        assert_eq!(
            names(&json!({"fields": [{"name": "Id"}, {"name": "Amount"}]})).unwrap(),
            ["Id", "Amount"]
        );
    }
}
