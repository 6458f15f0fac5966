//! The one account behind a key.

use super::auth::Host;
use super::fetch::me;
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, Result};
use crate::record::{RemoteAccount, Warning};

/// The account. Its zone and currency are named nowhere.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let host = proven(ctx).await?;
    Ok(AccountsFound { accounts: vec![RemoteAccount::bare(host.label)], ..AccountsFound::default() })
}

/// The account, if it is the one that is asked for.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let host = proven(ctx).await?;
    if !id.trim().eq_ignore_ascii_case(&host.label) {
        return Err(Error::configuration(format!(
            "The key belongs to account {}, not to {:?}.",
            host.label,
            id.trim()
        ))
        .with_hint("Read that account, or connect the other one."));
    }
    Ok((RemoteAccount::bare(host.label), Vec::new()))
}

/// The host, once the key has opened it.
async fn proven(ctx: &Context) -> Result<Host> {
    let host = Host::of(ctx)?;
    me(ctx, &ctx.session.budget()).await?;
    Ok(host)
}
