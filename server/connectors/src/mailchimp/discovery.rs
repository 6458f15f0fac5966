//! The one account behind a token or key.

use super::auth::root;
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Node;
use crate::record::{RemoteAccount, Warning};
use serde_json::Value;

/// The account.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let batch = root(ctx, &ctx.session.budget()).await?;
    Ok(AccountsFound { accounts: vec![account_of(&batch.value)?], ..AccountsFound::default() })
}

/// The account, if it is the one that is asked for. One that may not be described is read without its name and zone.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let id = id.trim();
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return Err(Error::configuration(format!(
            "{id:?} is no Mailchimp account; its id is made of letters, digits, - and _."
        )));
    }
    let batch = match root(ctx, &ctx.session.budget()).await {
        Ok(batch) => batch,
        Err(error) if is_denied(&error) => {
            let message = format!("The account can't be described; its zone is unknown. {}", error.message);
            return Ok((RemoteAccount::bare(id), vec![Warning::account(id, message)]));
        }
        Err(error) => return Err(error.in_account(id)),
    };
    let found = account_of(&batch.value)?;
    if found.id != id {
        return Err(Error::configuration(format!(
            "The token or key belongs to account {}, not to {id}.",
            found.id
        ))
        .with_hint("Read that account, or connect the other one."));
    }
    Ok((found, Vec::new()))
}

fn is_denied(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Permission(_)) && !error.stops_run()
}

/// Money has no currency of the account: each report names its own.
fn account_of(root: &Value) -> Result<RemoteAccount> {
    let root = Node::root(root, "$");
    let id = root.at("account_id").need_text()?;
    let name = root.at("account_name").filled()?.unwrap_or_else(|| id.clone());
    Ok(RemoteAccount { name, time_zone: root.at("account_timezone").filled()?, ..RemoteAccount::bare(id) })
}
