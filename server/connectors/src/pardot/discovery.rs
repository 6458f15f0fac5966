//! Which business units a person can read.

use super::auth::{objects, unit_id};
use super::failure::{OFFSET, Place, judge_unit};
use crate::connector::{AccountsFound, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::force::{self, AtLimit, locale};
use crate::http::paginate::Pagination;
use crate::http::{Batch, Budget, Node, Request};
use crate::record::{RemoteAccount, Warning};
use chrono::DateTime;
use futures_util::StreamExt;

/// Units in other states have no data, not yet or no more.
const READY: &[&str] = &["Created", "Backfilled"];

/// The detail of an account that holds the id of the account object, which prospects are counted under.
pub(super) const OBJECT_ID: &str = "object";

/// The detail of an account that holds the id of the Salesforce org.
const ORG: &str = "org";

const ACCOUNT_FIELDS: &str = "id,company,level,website,createdAt";

/// All units that are ready and answer.
pub(super) async fn accounts(ctx: &Context) -> Result<AccountsFound> {
    let budget = ctx.session.budget();
    let mut found = AccountsFound::default();
    let mut refusal = None;
    for (id, name) in units(ctx, &budget).await? {
        match described(ctx, &budget, &id).await {
            Ok(account) => {
                let name = name.unwrap_or_else(|| account.name.clone());
                found.accounts.push(RemoteAccount { name, ..account });
            }
            Err(error) if matches!(error.kind, ErrorKind::Permission(_) | ErrorKind::Configuration) => {
                found.warnings.push(Warning::account(&id, error.message.clone()));
                refusal.get_or_insert(error.in_account(&id));
            }
            Err(error) => return Err(error.in_account(&id)),
        }
    }
    match refusal {
        Some(refusal) if found.accounts.is_empty() => Err(refusal),
        _ => Ok(found),
    }
}

/// One unit.
pub(super) async fn account(ctx: &Context, id: &str) -> Result<(RemoteAccount, Vec<Warning>)> {
    let id = unit_id(id)?;
    let account = described(ctx, &ctx.session.budget(), &id).await.map_err(|error| error.in_account(&id))?;
    Ok((account, Vec::new()))
}

/// The units that are ready, with their names, as Salesforce lists them; where it lists none, the one that is named by
/// hand.
async fn units(ctx: &Context, budget: &Budget) -> Result<Vec<(String, Option<String>)>> {
    match listed(ctx, budget).await {
        Ok(listed) if !listed.is_empty() => return Ok(listed),
        Ok(_) => {}
        // Whoever may not list them can still read one.
        Err(error) if force::is_not_for_us(&error) => {}
        Err(error) => return Err(error),
    }
    let by_hand = ctx.credentials.text("business_unit_id").ok_or_else(|| {
        Error::configuration("Salesforce lists no business unit that is ready.").with_hint(
            "Add business_unit_id to the credentials: it stands in Salesforce Setup, Account Engagement Account Setup.",
        )
    })?;
    Ok(vec![(unit_id(by_hand)?, None)])
}

async fn listed(ctx: &Context, budget: &Budget) -> Result<Vec<(String, Option<String>)>> {
    const SOQL: &str = "SELECT PardotTenantId, PardotTenantName, CreationStatus FROM PardotTenant";
    const NEXT: Pagination = Pagination::NextUrl { read: "/nextRecordsUrl" };
    let origin = force::instance(ctx, budget).await?;
    let version = ctx.settings.get("salesforce_version");
    let request = Request::get(&format!("{origin}/services/data/{version}/tooling/query"), &[("q", SOQL)])?;
    let judge = |answer: &_| force::judge(answer, AtLimit::ByMessage);
    let mut pages = ctx.session.pages(request.paced_by("discovery"), NEXT, "/records", budget.clone(), judge);
    let mut units = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page?;
        Node::root(&page.value, "$").at("records").each(|row| {
            let status = row.at("CreationStatus").filled()?.unwrap_or_default();
            if READY.iter().any(|ready| ready.eq_ignore_ascii_case(&status)) {
                units.push((row.at("PardotTenantId").need_text()?, row.at("PardotTenantName").filled()?));
            }
            Ok(())
        })?;
    }
    Ok(units)
}

/// What a unit says about itself.
pub(super) async fn details(ctx: &Context, budget: &Budget, unit: &str) -> Result<Batch> {
    let request = objects(ctx, budget, unit, "/account", &[("fields", ACCOUNT_FIELDS)]).await?;
    let zone = ctx.settings.get("time_zone").parse().unwrap_or(chrono_tz::Tz::UTC);
    ctx.session.batch(&request, budget, |answer| judge_unit(answer, Place::Zone(zone))).await
}

async fn described(ctx: &Context, budget: &Budget, id: &str) -> Result<RemoteAccount> {
    let details = details(ctx, budget, id).await?;
    let root = Node::root(&details.value, "$");
    let set = |name: &str| Some(ctx.settings.get(name).to_owned()).filter(|text| !text.is_empty());
    let mut account = RemoteAccount {
        currency: set("currency"),
        time_zone: set("time_zone"),
        ..RemoteAccount::bare(id).with_detail(OBJECT_ID, &root.at("id").need_text()?)
    };
    account.name = root.at("company").filled()?.unwrap_or(account.name);
    if let Some(offset) = root.at("createdAt").text()?.as_deref().and_then(offset) {
        account = account.with_detail(OFFSET, &offset);
    }
    if let Some(org) = org(ctx).await {
        account = account.with_detail(ORG, &org);
    }
    Ok(account)
}

/// The org's money, which opportunities are in: its corporate currency where it has several, else that of its locale.
/// None where Salesforce does not say: then there are figures all the same.
pub(super) async fn currency(ctx: &Context, budget: &Budget) -> Option<String> {
    const KEY: &str = "currency of the org";
    if let Some(known) = ctx.memory.recall(KEY) {
        return Some(known).filter(|code| !code.is_empty());
    }
    let corporate =
        field(ctx, budget, "SELECT IsoCode FROM CurrencyType WHERE IsCorporate = true", "IsoCode").await;
    let found = match corporate {
        Some(code) => Some(code),
        None => {
            let locale =
                field(ctx, budget, "SELECT DefaultLocaleSidKey FROM Organization", "DefaultLocaleSidKey");
            locale.await.as_deref().and_then(locale::currency).map(str::to_owned)
        }
    };
    ctx.memory.keep(KEY, found.clone().unwrap_or_default());
    found
}

/// A field of the first row of a query in Salesforce, where it answers.
async fn field(ctx: &Context, budget: &Budget, soql: &str, name: &str) -> Option<String> {
    let origin = force::instance(ctx, budget).await.ok()?;
    let version = ctx.settings.get("salesforce_version");
    let request = Request::get(&format!("{origin}/services/data/{version}/query"), &[("q", soql)]).ok()?;
    let judge = |answer: &_| force::judge(answer, AtLimit::ByMessage);
    let page = ctx.session.batch(&request.paced_by("discovery"), budget, judge).await.ok()?;
    Node::root(&page.value, "$").at("records").nth(0).at(name).filled().ok()?
}

/// The offset of a moment as it is written.
fn offset(moment: &str) -> Option<String> {
    DateTime::parse_from_rfc3339(moment).ok().map(|at| at.offset().to_string())
}

/// The org that a token belongs to, from the address that names its user.
async fn org(ctx: &Context) -> Option<String> {
    let address = ctx.tokens().ok()?.known("id").await?;
    address.split('/').find(|part| force::is_id(part, "00D")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_kept_as_they_are_written() {
        assert_eq!(offset("2020-01-01T00:00:00-05:00").as_deref(), Some("-05:00"));
        assert_eq!(offset("2020-01-01T00:00:00Z").as_deref(), Some("+00:00"));
        assert_eq!(offset("soon"), None);
    }
}
