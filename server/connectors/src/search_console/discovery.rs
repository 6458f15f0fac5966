//! Which sites a grant reaches.

use super::auth::{site, sites_request};
use super::failure::{DAYS, judge};
use crate::connector::{AccountsFound, Context};
use crate::error::Result;
use crate::http::{Batch, Budget, Node};
use crate::record::{RemoteAccount, Warning};

/// A user who was never shown to own the site, and can read nothing of it.
const UNVERIFIED: &str = "siteUnverifiedUser";

/// All sites that can be read.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let batch = listed(ctx, &ctx.session.budget()).await?;
    let root = Node::root(&batch.value, "$");
    let mut found = AccountsFound::default();
    // A user without sites: the key is simply missing.
    root.at("siteEntry").each(|entry| {
        let id = entry.at("siteUrl").need_text()?;
        if is_readable(entry)? && !found.accounts.iter().any(|known| known.id == id) {
            found.accounts.push(of_site(id));
        }
        Ok(())
    })?;
    if found.accounts.is_empty() {
        found.warnings.push(Warning {
            account: None,
            stream: None,
            field: None,
            message: "The Google user can read no site of Search Console.".into(),
        });
    }
    Ok(found)
}

/// The site of that name. Whether it can be read shows when it is.
pub(super) fn account(id: &str) -> Result<RemoteAccount> {
    Ok(of_site(site(id)?))
}

/// Google counts days in California, wherever the site is.
fn of_site(id: String) -> RemoteAccount {
    RemoteAccount { time_zone: Some(DAYS.name().to_owned()), ..RemoteAccount::bare(id) }
}

/// The list of sites.
pub(super) async fn listed(ctx: &Context, budget: &Budget) -> Result<Batch> {
    ctx.session.batch(&sites_request(ctx)?, budget, judge).await
}

/// Whether the user may read the site of that entry.
pub(super) fn is_readable(entry: &Node<'_>) -> Result<bool> {
    Ok(entry.at("permissionLevel").text()?.as_deref() != Some(UNVERIFIED))
}
