//! Which advertisers a grant reaches, and whose `TikTok` account it belongs to.

use super::auth::{Door, account_id, behind, door_of, get, is_ads_only, list};
use super::describe::{described, granted};
use super::failure::judge;
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Answer, Budget, Node};
use crate::record::{RemoteAccount, Warning};
use chrono_tz::Tz;

/// Advertisers that are described in one request.
const AT_ONCE: usize = 100;

/// Advertisers, then the `TikTok` account. Both kinds are listed; most connections have one of them.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let budget = ctx.session.budget();
    let is_ads_only = is_ads_only(&ctx.settings);
    let mut found = AccountsFound::default();
    let refusal = match advertisers(ctx, &mut found, &budget).await {
        Ok(()) => None,
        // The token of a TikTok account opens no advertisers.
        Err(error) if !is_ads_only && concerns_door(&error) => Some(error),
        Err(error) => return Err(error),
    };
    if !is_ads_only {
        match business(ctx, &budget).await {
            Ok(account) => found.accounts.extend(account),
            Err(error) if concerns_door(&error) && !found.accounts.is_empty() => {
                found
                    .warnings
                    .push(general(format!("The TikTok account can't be found out. {}", error.message)));
            }
            Err(error) => return Err(error),
        }
    }
    match refusal {
        Some(refusal) if found.accounts.is_empty() => return Err(refusal),
        Some(refusal) => {
            found.warnings.push(general(format!("Advertisers can't be listed. {}", refusal.message)));
        }
        None if found.accounts.is_empty() => {
            found.warnings.push(general("The grant reaches no advertiser and no TikTok account.".into()));
        }
        None => {}
    }
    Ok(found)
}

/// Whether another door may still be open.
fn concerns_door(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::NeedsReauthorisation | ErrorKind::Permission(_) | ErrorKind::Rejected)
}

fn general(message: String) -> Warning {
    Warning { account: None, stream: None, field: None, message }
}

/// One account. An advertiser is tried even where it can't be described: its reports may still be open to us.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let id = account_id(id)?;
    if door_of(&id) == Door::Account {
        return Ok((behind(Door::Account, id), Vec::new()));
    }
    let budget = ctx.session.budget();
    let (account, warning) =
        advertiser(ctx, &id, None, &budget).await.map_err(|error| error.in_account(&id))?;
    Ok((account, warning.into_iter().collect()))
}

async fn advertisers(ctx: &Context, found: &mut AccountsFound, budget: &Budget) -> Result<()> {
    let batch = granted(ctx, budget).await?;
    let root = Node::root(&batch.value, "$");
    let mut listed: Vec<(String, Option<String>)> = Vec::new();
    root.at("data").at("list").each(|row| {
        let id = row.at("advertiser_id").need_text()?;
        if !listed.iter().any(|(known, _)| *known == id) {
            listed.push((id, row.at("advertiser_name").filled()?));
        }
        Ok(())
    })?;
    for part in listed.chunks(AT_ONCE) {
        let ids: Vec<String> = part.iter().map(|(id, _)| id.clone()).collect();
        // One that refuses may refuse for all: then each is asked by itself.
        let known = match many(ctx, &ids, budget).await {
            Ok(known) => Some(known),
            Err(error) if matches!(error.kind, ErrorKind::Permission(_) | ErrorKind::Rejected) => None,
            Err(error) => return Err(error),
        };
        for (id, name) in part {
            let (account, warning) = match known.as_ref().map(|k| k.iter().find(|a| a.id == *id)) {
                Some(Some(account)) => (account.clone(), None),
                Some(None) => (named(id, name.as_deref()), Some(undescribed(id, ""))),
                None => advertiser(ctx, id, name.as_deref(), budget).await?,
            };
            found.accounts.push(account);
            found.warnings.extend(warning);
        }
    }
    Ok(())
}

fn named(id: &str, name: Option<&str>) -> RemoteAccount {
    let account = behind(Door::Ads, id);
    RemoteAccount { name: name.unwrap_or(id).to_owned(), ..account }
}

fn undescribed(id: &str, why: &str) -> Warning {
    let message = format!("The advertiser is not described; currency and time zone are unknown. {why}");
    Warning::account(id, message.trim_end())
}

async fn advertiser(
    ctx: &Context,
    id: &str,
    name: Option<&str>,
    budget: &Budget,
) -> Result<(RemoteAccount, Option<Warning>)> {
    match many(ctx, &[id.to_owned()], budget).await {
        Ok(known) => Ok(match known.into_iter().find(|account| account.id == id) {
            Some(account) => (account, None),
            None => (named(id, name), Some(undescribed(id, ""))),
        }),
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
            Ok((named(id, name), Some(undescribed(id, &error.message))))
        }
        Err(error) => Err(error),
    }
}

async fn many(ctx: &Context, ids: &[String], budget: &Budget) -> Result<Vec<RemoteAccount>> {
    let batch = described(ctx, ids, budget).await?;
    let root = Node::root(&batch.value, "$");
    let mut accounts = Vec::new();
    root.at("data").at("list").each(|row| {
        let account = behind(Door::Ads, row.at("advertiser_id").need_text()?);
        accounts.push(RemoteAccount {
            name: row.at("name").filled()?.unwrap_or_else(|| account.id.clone()),
            currency: row.at("currency").filled()?,
            time_zone: zone(row)?,
            ..account
        });
        Ok(())
    })?;
    Ok(accounts)
}

/// The zone that reports are in. The other field holds a fixed offset, which knows no daylight saving.
fn zone(row: &Node<'_>) -> Result<Option<String>> {
    for name in ["display_timezone", "timezone"] {
        if let Some(zone) = row.at(name).filled()?.filter(|zone| zone.parse::<Tz>().is_ok()) {
            return Ok(Some(zone));
        }
    }
    Ok(None)
}

/// The `TikTok` account that the tokens belong to: their answer says its `open_id`.
async fn business(ctx: &Context, budget: &Budget) -> Result<Option<RemoteAccount>> {
    let Some(id) = ctx.kept("open_id", &["open_id", "business_id"], budget).await? else {
        return Ok(None);
    };
    let fields = list(["username", "display_name"]);
    let request = get(ctx, "/business/get/", &[("business_id", &id), ("fields", &fields)])?;
    let judge = |answer: &Answer| judge(answer, Door::Account);
    let name = match ctx.session.batch(&request, budget, judge).await {
        Ok(batch) => {
            let root = Node::root(&batch.value, "$");
            let data = root.at("data");
            data.at("display_name").filled()?.or(data.at("username").filled()?)
        }
        // It can be read without a name.
        Err(error) if matches!(error.kind, ErrorKind::Permission(_) | ErrorKind::Rejected) => None,
        Err(error) => return Err(error),
    };
    let account = behind(Door::Account, id);
    Ok(Some(RemoteAccount { name: name.unwrap_or_else(|| account.id.clone()), ..account }))
}
