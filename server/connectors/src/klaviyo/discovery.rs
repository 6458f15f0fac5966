//! The one account behind a token or key.

use super::auth::{Size, get};
use super::failure::judge;
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Batch, Budget, Node};
use crate::record::{RemoteAccount, Warning};
use serde_json::Value;

/// The account.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let batch = details(ctx, &ctx.session.budget()).await?;
    Ok(AccountsFound { accounts: accounts_of(&batch.value)?, ..AccountsFound::default() })
}

/// The account, if it is the one that is asked for. One that may not be described is read without currency and zone.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let id = id.trim();
    if id.is_empty() || !super::auth::is_id(id) {
        return Err(Error::configuration(format!("{id:?} is no Klaviyo account; its id is like AbC123.")));
    }
    let batch = match details(ctx, &ctx.session.budget()).await {
        Ok(batch) => batch,
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
            let message =
                format!("The account can't be described; currency and zone are unknown. {}", error.message);
            return Ok((RemoteAccount::bare(id), vec![Warning::account(id, message)]));
        }
        Err(error) => return Err(error.in_account(id)),
    };
    let found = accounts_of(&batch.value)?;
    let known: Vec<String> = found.iter().map(|account| account.id.clone()).collect();
    let account = found.into_iter().find(|account| account.id == id).ok_or_else(|| {
        let message = format!("The token or key belongs to account {}, not to {id}.", known.join(", "));
        Error::configuration(message).with_hint("Read that account, or connect the other one.")
    })?;
    Ok((account, Vec::new()))
}

/// What the account says about itself.
pub(super) async fn details(ctx: &Context, budget: &Budget) -> Result<Batch> {
    let request = get(ctx, "/accounts", &[], Size::Xs, "discovery")?;
    ctx.session.batch(&request, budget, judge).await
}

fn accounts_of(body: &Value) -> Result<Vec<RemoteAccount>> {
    let root = Node::root(body, "$");
    let list = root.at("data");
    let mut accounts = Vec::new();
    list.each(|row| {
        let attributes = row.at("attributes");
        let id = row.at("id").need_text()?;
        let name = attributes.at("contact_information").at("organization_name").filled()?;
        accounts.push(RemoteAccount {
            name: name.unwrap_or_else(|| id.clone()),
            currency: attributes.at("preferred_currency").filled()?,
            time_zone: attributes.at("timezone").filled()?,
            ..RemoteAccount::bare(id)
        });
        Ok(())
    })?;
    if accounts.is_empty() {
        return Err(list.drift("there is no account"));
    }
    Ok(accounts)
}
