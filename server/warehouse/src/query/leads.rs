//! Leads and won deals by unified campaign. Most systems tell leads of the account as a whole, and deals one by one; but a lead
//! often carries the UTM campaign of the link by which it came, and so belongs where the things with that link are. A deal
//! belongs where the campaign is that the CRM gives it, else where its own link or that of the people behind it leads.

use super::QueryError;
use super::campaigns::{Places, Told, add, none, place_of};
use super::context::Context;
use super::deals;
use crate::mapping::things::links;
use metrics::Metric;
use metrics::campaigns::Values;
use model::DayRange;
use model::ids::WorkspaceId;
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// SQL for the UTM campaign among the attributes of a record, as it is compared.
pub(super) fn utm(attributes: &str) -> String {
    format!(
        "nullif(lower(trim(coalesce({attributes} ->> 'utm_campaign', {attributes} ->> 'utm_campaign__c'))), '')"
    )
}

/// Which unified campaigns have things with a link of that UTM campaign.
#[derive(Debug, Default)]
pub(super) struct Owners(HashMap<String, BTreeSet<i32>>);

impl Owners {
    async fn read(
        tx: &mut PgConnection,
        workspace: WorkspaceId,
        places: &Places,
    ) -> Result<Self, QueryError> {
        let assigned: Vec<i64> = places.keys().copied().collect();
        let mut owners: HashMap<String, BTreeSet<i32>> = HashMap::new();
        for (thing, utm) in links(tx, workspace, Some(&assigned)).await? {
            let Some((Some(campaign), _)) = places.get(&thing) else { continue };
            for value in utm.campaign {
                owners.entry(value.to_lowercase()).or_default().insert(*campaign);
            }
        }
        Ok(Self(owners))
    }

    /// The one unified campaign that those links lead to. What several have is nobody's.
    pub(super) fn only<'a>(&self, links: impl IntoIterator<Item = &'a String>) -> Option<i32> {
        let mut found = links.into_iter().filter_map(|link| self.0.get(link)).flatten();
        let first = *found.next()?;
        found.all(|other| *other == first).then_some(first)
    }
}

/// What leads and won deals of those days come to by unified campaign. Leads of accounts that tell them by campaign
/// themselves are not among them.
pub(super) async fn by_campaign(
    tx: &mut PgConnection,
    context: &Context,
    days: DayRange,
    places: &Places,
    told: &Told,
) -> Result<BTreeMap<i32, Values>, QueryError> {
    let mut found: BTreeMap<i32, Values> = BTreeMap::new();
    let leads = leads(tx, context.workspace, days).await?;
    let deals = deals::won(tx, context.workspace, days).await?;
    let has_links = !leads.is_empty() || deals.iter().any(|deal| !deal.links.is_empty());
    let owners =
        if has_links { Owners::read(tx, context.workspace, places).await? } else { Owners::default() };
    for (account, utm, count) in leads {
        let Some(campaign) = owners.only([&utm]).filter(|_| !told.lead_tellers.contains(&account)) else {
            continue;
        };
        if let Some(at) = place_of(Metric::Leads) {
            add(&mut found.entry(campaign).or_insert_with(none)[at], Some(count))?;
        }
    }
    deals::add_up(tx, context, days, &deals, (places, &owners), &mut found).await?;
    Ok(found)
}

/// Leads by account and UTM campaign, as totals count them: each step to a lead on its day, unless the record was deleted.
async fn leads(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    days: DayRange,
) -> Result<Vec<(i32, String, i64)>, QueryError> {
    let utm = utm("l.attributes");
    let rows = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT t.account_id, {utm} AS utm, count(*)
         FROM crm_stage_transitions t
         JOIN crm_leads l ON l.workspace_id = t.workspace_id AND l.account_id = t.account_id AND l.record = t.record
              AND l.remote_id = t.remote_id
         WHERE t.workspace_id = $1 AND t.record IN ('contact', 'lead') AND t.to_stage = 'lead'
           AND t.day BETWEEN $2 AND $3 AND l.deleted_at IS NULL AND {utm} IS NOT NULL
         GROUP BY 1, 2"
    )))
    .bind(workspace.0)
    .bind(days.from())
    .bind(days.until())
    .fetch_all(tx)
    .await?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_several_campaigns_lead_nowhere() {
        let of = |link: &str, campaigns: &[i32]| (link.to_owned(), campaigns.iter().copied().collect());
        let owners = Owners([of("a", &[1]), of("b", &[1]), of("c", &[2]), of("d", &[1, 2])].into());
        let only = |links: &[&str]| {
            let links: Vec<String> = links.iter().map(|link| (*link).to_owned()).collect();
            owners.only(&links)
        };
        assert_eq!((only(&["a"]), only(&["a", "b"]), only(&["a", "unknown"])), (Some(1), Some(1), Some(1)));
        assert_eq!(
            (only(&["a", "c"]), only(&["d"]), only(&["unknown"]), only(&[])),
            (None, None, None, None)
        );
    }
}
