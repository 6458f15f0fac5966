//! Leads by unified campaign. Most systems tell leads of the account as a whole; but a lead often carries the UTM campaign of
//! the link by which it came, and so belongs where the things with that link are.

use super::QueryError;
use super::campaigns::Places;
use crate::mapping::things::links;
use model::DayRange;
use model::ids::WorkspaceId;
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Leads of those days by unified campaign, of accounts that do not tell leads by campaign themselves (`tells`). A lead whose
/// link several unified campaigns have is nobody's.
pub(super) async fn by_campaign(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    days: DayRange,
    places: &Places,
    tells: impl Fn(i32) -> bool,
) -> Result<BTreeMap<i32, i64>, QueryError> {
    // As totals count them: each step to a lead on its day, unless the record was deleted.
    let rows: Vec<(i32, String, i64)> = sqlx::query_as(
        "SELECT t.account_id, lower(trim(coalesce(l.attributes ->> 'utm_campaign', l.attributes ->> 'utm_campaign__c'))) AS utm,
                count(*)
         FROM crm_stage_transitions t
         JOIN crm_leads l ON l.workspace_id = t.workspace_id AND l.account_id = t.account_id AND l.record = t.record
              AND l.remote_id = t.remote_id
         WHERE t.workspace_id = $1 AND t.record IN ('contact', 'lead') AND t.to_stage = 'lead'
           AND t.day BETWEEN $2 AND $3 AND l.deleted_at IS NULL
           AND coalesce(l.attributes ->> 'utm_campaign', l.attributes ->> 'utm_campaign__c') IS NOT NULL
         GROUP BY 1, 2",
    )
    .bind(workspace.0)
    .bind(days.from())
    .bind(days.until())
    .fetch_all(&mut *tx)
    .await?;
    let mut leads: BTreeMap<i32, i64> = BTreeMap::new();
    if rows.is_empty() {
        return Ok(leads);
    }
    let assigned: Vec<i64> = places.keys().copied().collect();
    let mut owners: HashMap<String, BTreeSet<i32>> = HashMap::new();
    for (thing, utm) in links(tx, workspace, Some(&assigned)).await? {
        let Some((Some(campaign), _)) = places.get(&thing) else { continue };
        for value in utm.campaign {
            owners.entry(value.to_lowercase()).or_default().insert(*campaign);
        }
    }
    for (account, utm, count) in rows {
        let Some(campaigns) = owners.get(&utm).filter(|campaigns| campaigns.len() == 1) else { continue };
        for campaign in campaigns.iter().filter(|_| !tells(account)) {
            *leads.entry(*campaign).or_default() += count;
        }
    }
    Ok(leads)
}
