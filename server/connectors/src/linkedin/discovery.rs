//! The ad accounts and organizations behind a consent.

use super::auth::{self, CONSENT_ENDS, Named, last_part, named};
use super::{fetch, map};
use crate::connector::{AccountsFound, Context};
use crate::error::{DeniedScope, Error, ErrorKind, Result};
use crate::http::{Batch, Budget, Node};
use crate::record::{RemoteAccount, Warning};
use futures_util::stream::BoxStream;

const DAY: i64 = 86_400;
/// People are told that long before the consent ends. A renewed token says it, and that is so seldom (each 60 days) that
/// it has to be told at a renewal after which none comes in time.
const EARLY: i64 = (30 + 60) * DAY;

/// All ad accounts that are in use, and all pages that the member manages.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let mut found = AccountsFound::default();
    let mut refusals = Vec::new();
    // Consents may cover one of the two only.
    for kind in [ad_accounts(ctx).await, organizations(ctx).await] {
        match kind {
            Ok(accounts) => found.accounts.extend(accounts),
            Err(error) if is_refusal(&error) => refusals.push(error),
            Err(error) => return Err(error),
        }
    }
    if let (2, Some(refusal)) = (refusals.len(), refusals.first()) {
        return Err(refusal.clone());
    }
    if refusals.is_empty() && found.accounts.is_empty() {
        found.warnings.push(general("The member can see no ad account and manages no page.".into()));
    }
    found.warnings.extend(refusals.into_iter().map(|refusal| general(refusal.message)));
    found.warnings.extend(consent_ends(ctx).await);
    Ok(found)
}

fn general(message: String) -> Warning {
    Warning { account: None, stream: None, field: None, message }
}

fn is_refusal(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Permission(_) | ErrorKind::Rejected)
}

/// One account. A number may be that of an ad account or of an organization; the member's pages are few, so they are
/// looked through first.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let (account, mut warnings) = match named(id)? {
        Named::Organization(urn) => (auth::organization(&urn), Vec::new()),
        Named::AdAccount(number) => described(ctx, &number).await?,
        Named::Number(number) => match organizations(ctx).await {
            Ok(pages) => match pages.into_iter().find(|page| page.id == number) {
                Some(page) => (page, Vec::new()),
                None => described(ctx, &number).await?,
            },
            // Consents may cover advertising only.
            Err(error) if !error.stops_run() => described(ctx, &number).await?,
            Err(error) => return Err(error.in_account(&number)),
        },
    };
    warnings.extend(consent_ends(ctx).await);
    Ok((account, warnings))
}

/// An ad account with its name and currency. One that is refused as a whole is left at its id: its streams say so.
async fn described(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    match ad_account(ctx, id, &ctx.session.budget()).await {
        Ok(batch) => Ok((account_of(id, &Node::root(&batch.value, "$"))?, Vec::new())),
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
            // One that can't be asked for by itself may still be listed.
            if error.kind == ErrorKind::Permission(DeniedScope::Account)
                && let Ok(listed) = ad_accounts(ctx).await
                && let Some(account) = listed.into_iter().find(|account| account.id == id)
            {
                return Ok((account, Vec::new()));
            }
            let warning = Warning::account(id, error.message.clone());
            ctx.memory.keep(format!("{DENIED}{id}"), error.message);
            Ok((auth::ad_account(id), vec![warning]))
        }
        Err(error) => Err(error.in_account(id)),
    }
}

const DENIED: &str = "denied/";

/// The refusal of an account that was refused as a whole: nothing of it is asked for any more.
pub(super) fn denied(ctx: &Context, account: &str) -> Option<Error> {
    let message = ctx.memory.recall(&format!("{DENIED}{account}"))?;
    Some(Error::new(ErrorKind::Permission(DeniedScope::Account), message))
}

/// The ad account as it describes itself.
pub(super) async fn ad_account(ctx: &Context, id: &str, budget: &Budget) -> Result<Batch> {
    let request = auth::get(ctx, &format!("adAccounts/{id}"))?.paced_by(id);
    fetch::one(ctx, &request, budget).await
}

fn account_of(id: &str, row: &Node<'_>) -> Result<RemoteAccount> {
    let account = auth::ad_account(id);
    Ok(RemoteAccount {
        name: row.at("name").filled()?.unwrap_or_else(|| id.to_owned()),
        currency: row.at("currency").filled()?,
        ..account
    })
}

/// Ad accounts in use; drafts and cancelled ones have no figures.
async fn ad_accounts(ctx: &Context) -> Result<Vec<RemoteAccount>> {
    let mut accounts: Vec<RemoteAccount> = Vec::new();
    let budget = ctx.session.budget();
    let pages = fetch::search(ctx, "adAccounts?q=search", 1_000, "discovery", &budget);
    fetch::each(pages, |row| {
        let id = row.at("id").need_text()?;
        let is_used = row.at("status").filled()?.is_none_or(|status| status == "ACTIVE");
        let account = account_of(last_part(&id), row)?;
        if is_used && !accounts.iter().any(|known| known.id == account.id) {
            accounts.push(account);
        }
        Ok(())
    })
    .await?;
    Ok(accounts)
}

/// The member's roles on organizations' pages.
pub(super) fn organizations_listed<'a>(ctx: &'a Context, budget: &Budget) -> BoxStream<'a, Result<Batch>> {
    let path = "organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED";
    fetch::owned(ctx, path, "discovery", budget)
}

async fn organizations(ctx: &Context) -> Result<Vec<RemoteAccount>> {
    let mut accounts: Vec<RemoteAccount> = Vec::new();
    let budget = ctx.session.budget();
    fetch::each(organizations_listed(ctx, &budget), |row| {
        let is_approved = row.at("state").filled()?.is_none_or(|state| state == "APPROVED");
        let account = auth::organization(&map::organization_of(row)?);
        if is_approved && !accounts.iter().any(|known| known.id == account.id) {
            accounts.push(account);
        }
        Ok(())
    })
    .await?;
    Ok(accounts)
}

/// A warning where the consent ends soon, as far as a renewed token said so.
async fn consent_ends(ctx: &Context) -> Option<Warning> {
    let seconds: i64 = ctx.session.tokens()?.known(CONSENT_ENDS).await?.parse().ok()?;
    (seconds <= EARLY).then(|| {
        general(format!(
            "When the access token was last renewed, LinkedIn said that the consent ends {} days later, which renewing \
             does not change. Connect again before that.",
            seconds / DAY
        ))
    })
}
