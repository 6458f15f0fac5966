//! The one instance behind a service.

use super::auth::{Family, Munchkin, get};
use super::failure::judge;
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Batch, Budget};
use crate::record::{RemoteAccount, Warning};

/// The instance. Nothing lists instances, and their zone is named nowhere; days are those of UTC.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let (account, warnings) = proven(ctx).await?;
    Ok(AccountsFound { accounts: vec![account], warnings, ..AccountsFound::default() })
}

/// The instance, if it is the one that is asked for.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let (account, warnings) = proven(ctx).await?;
    if !id.trim().eq_ignore_ascii_case(&account.id) {
        return Err(Error::configuration(format!(
            "The service belongs to instance {}, not to {:?}.",
            account.id,
            id.trim()
        ))
        .with_hint("Read that instance, or connect the other one."));
    }
    Ok((account, warnings))
}

/// The instance, once the service has opened it. One that may not see how much was asked may still read the rest.
async fn proven(ctx: &Context) -> Result<(RemoteAccount, Vec<Warning>)> {
    let Munchkin(id) = Munchkin::of(ctx)?;
    let currency = Some(ctx.settings.get("currency").to_owned());
    let account = RemoteAccount { currency, ..RemoteAccount::bare(id) };
    match usage(ctx, &ctx.session.budget()).await {
        Ok(_) => Ok((account, Vec::new())),
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
            let message = format!("How much was asked of the instance can't be seen. {}", error.message);
            let warning = Warning::account(&account.id, message);
            Ok((account, vec![warning]))
        }
        Err(error) => Err(error),
    }
}

/// How much was asked of the instance today: the lightest of all requests.
pub(super) async fn usage(ctx: &Context, budget: &Budget) -> Result<Batch> {
    ctx.session.batch(&get(ctx, Family::Rest, "/stats/usage.json", &[])?, budget, judge).await
}
