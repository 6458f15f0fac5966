//! Users behind a consent, further users by their handles, and accounts of the Ads API.

use super::auth::{self, Named, get, handles, named};
use super::failure::{judge, judge_parts};
use super::oauth1::Keys;
use super::{ads, map};
use crate::connector::{AccountsFound, Context};
use crate::error::{DeniedScope, Error, ErrorKind, Result};
use crate::http::{Batch, Budget, Node};
use crate::record::{RemoteAccount, Warning};
use futures_util::StreamExt;

/// The user who consented, those that the setting names, and the ads accounts that the app's keys reach.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let mut found = AccountsFound::default();
    let mut refusal = None;
    let is_for_ads_alone = Keys::take_the_token(&ctx.credentials);
    if !is_for_ads_alone && !auth::is_app_only(&ctx.settings) {
        match me(ctx, &ctx.session.budget()).await {
            Ok(batch) => {
                let root = Node::root(&batch.value, "$");
                found.accounts.push(map::account(&root.at("data"))?);
            }
            Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
                found.warnings.push(general(error.message.clone()));
                refusal = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    let wanted = handles(ctx.settings.get("handles"));
    if !is_for_ads_alone && !wanted.is_empty() {
        let (users, warnings) = by_handles(ctx, &wanted).await?;
        let is_new = |user: &RemoteAccount| !found.accounts.iter().any(|known| known.id == user.id);
        let strangers: Vec<_> = users.into_iter().filter(is_new).map(auth::stranger).collect();
        found.accounts.extend(strangers);
        found.warnings.extend(warnings);
    }
    if Keys::are_among(&ctx.credentials) {
        match ads_accounts(ctx).await {
            Ok(accounts) => found.accounts.extend(accounts),
            // Few apps may use the Ads API; the users are there anyway.
            Err(error) => {
                found.warnings.push(general(format!("Ads accounts can't be listed. {}", error.message)));
                refusal = refusal.or(Some(error));
            }
        }
    }
    match refusal {
        Some(refusal) if found.accounts.is_empty() => return Err(refusal),
        None if found.accounts.is_empty() => {
            found.warnings.push(general("There is no user and no ads account to read.".into()));
        }
        _ => {}
    }
    Ok(found)
}

fn general(message: String) -> Warning {
    Warning { account: None, stream: None, field: None, message }
}

/// One account, by its number, its handle, or its id in the Ads API.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    match named(id)? {
        Named::User(id) => user(ctx, &id).await,
        Named::Handle(handle) => {
            let (users, warnings) = by_handles(ctx, &[&handle]).await?;
            match users.into_iter().next() {
                Some(user) => Ok((user, warnings)),
                None => Err(Error::configuration(format!("X knows no user @{handle}."))),
            }
        }
        Named::Ads(id) => {
            let accounts = ads_accounts(ctx).await.map_err(|error| error.in_account(&id))?;
            let found = accounts.into_iter().find(|account| account.id == id).ok_or_else(|| {
                let message = format!("The keys of the Ads API do not reach the account {id}.");
                Error::new(ErrorKind::Permission(DeniedScope::Account), message).in_account(&id)
            })?;
            Ok((found, Vec::new()))
        }
    }
}

/// A user who can't be seen is left at the id: the streams say so.
async fn user(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let request = get(ctx, &format!("users/{id}"), &[("user.fields", super::fetch::USER_FIELDS)])?;
    match ctx.session.batch(&request.paced_by(id), &ctx.session.budget(), judge).await {
        Ok(batch) => {
            let root = Node::root(&batch.value, "$");
            Ok((map::account(&root.at("data"))?, Vec::new()))
        }
        Err(Error { kind: ErrorKind::Permission(scope), message, .. }) => {
            let warning = Warning::account(id, message.clone());
            // Where only the plan lacks the description, posts may be there.
            if scope == DeniedScope::Account {
                ctx.memory.keep(format!("{DENIED}{id}"), message);
            }
            Ok((auth::user(id), vec![warning]))
        }
        Err(error) => Err(error.in_account(id)),
    }
}

const DENIED: &str = "denied/";

/// The refusal of a user who can't be seen: nothing is asked for any more.
pub(super) fn denied(ctx: &Context, account: &str) -> Option<Error> {
    let message = ctx.memory.recall(&format!("{DENIED}{account}"))?;
    Some(Error::new(ErrorKind::Permission(DeniedScope::Account), message))
}

/// The user who consented.
pub(super) async fn me(ctx: &Context, budget: &Budget) -> Result<Batch> {
    let request = get(ctx, "users/me", &[("user.fields", super::fetch::USER_FIELDS)])?;
    ctx.session.batch(&request.paced_by("discovery"), budget, judge).await
}

async fn by_handles(ctx: &Context, handles: &[&str]) -> Result<(Vec<RemoteAccount>, Vec<Warning>)> {
    let names = handles.join(",");
    let query = [("usernames", names.as_str()), ("user.fields", super::fetch::USER_FIELDS)];
    let request = get(ctx, "users/by", &query)?.paced_by("discovery");
    let batch = ctx.session.batch(&request, &ctx.session.budget(), judge_parts).await?;
    let root = Node::root(&batch.value, "$");
    let (mut users, mut warnings) = (Vec::new(), Vec::new());
    root.at("data").each(|user| {
        users.push(map::account(user)?);
        Ok(())
    })?;
    root.at("errors").each(|error| {
        warnings.extend(error.at("detail").filled()?.map(general));
        Ok(())
    })?;
    Ok((users, warnings))
}

async fn ads_accounts(ctx: &Context) -> Result<Vec<RemoteAccount>> {
    let mut accounts: Vec<RemoteAccount> = Vec::new();
    let mut pages = ads::listed(ctx, "accounts", &[], &ctx.session.budget());
    while let Some(batch) = pages.next().await {
        let batch = batch?;
        Node::root(&batch.value, "$").at("data").each(|row| {
            let id = row.at("id").need_text()?;
            let is_deleted = row.at("deleted").boolean()?.unwrap_or(false);
            if !is_deleted && !accounts.iter().any(|known| known.id == id) {
                let account = auth::ads_account(&id);
                accounts.push(RemoteAccount {
                    name: row.at("name").filled()?.unwrap_or(id),
                    currency: row.at("currency").filled()?,
                    time_zone: row.at("timezone").filled()?,
                    ..account
                });
            }
            Ok(())
        })?;
    }
    Ok(accounts)
}
