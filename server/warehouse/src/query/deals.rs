//! Which unified campaign a won deal came from, and what it is worth.

use super::campaigns::{Places, add, none, place_of};
use super::context::Context;
use super::leads::{Owners, utm};
use super::{QueryError, frames};
use crate::load::kind_number;
use metrics::campaigns::Values;
use metrics::{Dimension, Family, Filter, FilterMode, Level, Metric, Query};
use model::DayRange;
use model::entities::EntityKind;
use model::ids::WorkspaceId;
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::{BTreeMap, HashMap};

/// What deals come to, besides leads.
const FIGURES: [Metric; 2] = [Metric::DealsWon, Metric::Revenue];

/// A won deal that says where it came from.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct WonDeal {
    /// As a thing with figures.
    id: i64,
    /// The campaign that the CRM gives it.
    campaign: Option<i64>,
    /// Its own UTM campaign; where it has none, those of the leads and contacts behind it.
    pub(super) links: Vec<String>,
}

/// Those of some days.
pub(super) async fn won(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    days: DayRange,
) -> Result<Vec<WonDeal>, QueryError> {
    let (own, of_person) = (utm("d.attributes"), utm("l.attributes"));
    // Salesforce and Zoho name the campaign by its id. Links are told from either side.
    let rows = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT e.id, c.id AS campaign,
                CASE WHEN {own} IS NOT NULL THEN ARRAY[{own}] ELSE coalesce(people.links, '{{}}') END AS links
         FROM crm_deals d
         JOIN entities e ON e.workspace_id = d.workspace_id AND e.account_id = d.account_id AND e.kind = $4
              AND e.remote_id = d.remote_id
         LEFT JOIN entities c ON c.workspace_id = d.workspace_id AND c.account_id = d.account_id AND c.kind = $5
              AND c.remote_id = coalesce(d.attributes ->> 'campaign_id', d.attributes ->> 'campaign')
         LEFT JOIN LATERAL (
             SELECT array_agg(DISTINCT {of_person}) AS links
             FROM (SELECT to_record AS record, to_id AS remote_id FROM crm_links
                   WHERE workspace_id = d.workspace_id AND account_id = d.account_id
                     AND from_record = 'deal' AND from_id = d.remote_id
                   UNION
                   SELECT from_record, from_id FROM crm_links
                   WHERE workspace_id = d.workspace_id AND account_id = d.account_id
                     AND to_record = 'deal' AND to_id = d.remote_id) k
             JOIN crm_leads l ON l.workspace_id = d.workspace_id AND l.account_id = d.account_id
                  AND l.record = k.record AND l.remote_id = k.remote_id
             WHERE l.record IN ('contact', 'lead') AND l.deleted_at IS NULL AND {of_person} IS NOT NULL
         ) people ON true
         WHERE d.workspace_id = $1 AND d.state = 'won' AND d.closed BETWEEN $2 AND $3 AND d.deleted_at IS NULL
           AND (c.id IS NOT NULL OR {own} IS NOT NULL OR people.links IS NOT NULL)"
    )))
    .bind(workspace.0)
    .bind(days.from())
    .bind(days.until())
    .bind(kind_number(EntityKind::Deal))
    .bind(kind_number(EntityKind::Campaign))
    .fetch_all(tx)
    .await?;
    Ok(rows)
}

/// Adds what the deals come to to their unified campaigns: the figures are those of frames, so that money is converted as
/// everywhere, and what belongs nowhere is the rest of the totals.
pub(super) async fn add_up(
    tx: &mut PgConnection,
    context: &Context,
    days: DayRange,
    deals: &[WonDeal],
    (places, owners): (&Places, &Owners),
    found: &mut BTreeMap<i32, Values>,
) -> Result<(), QueryError> {
    let of_campaign = |deal: &WonDeal| places.get(&deal.campaign?)?.0;
    let placed = deals
        .iter()
        .filter_map(|deal| Some((deal.id, of_campaign(deal).or_else(|| owners.only(&deal.links))?)));
    let placed: HashMap<i64, i32> = placed.collect();
    if placed.is_empty() {
        return Ok(());
    }
    let only = Filter {
        dimension: Dimension::Deal,
        mode: FilterMode::Include,
        members: placed.keys().map(ToString::to_string).collect(),
    };
    let query = Query {
        family: Family::Crm,
        level: Level::Only(EntityKind::Deal),
        days,
        group_by: vec![Dimension::Deal],
        metrics: FIGURES.to_vec(),
        filters: vec![only],
    };
    for row in frames::answer(tx, context, &query).await?.rows {
        let id = row.members.first().and_then(|member| member.key.parse::<i64>().ok());
        let Some(campaign) = id.and_then(|id| placed.get(&id)) else { continue };
        let values = found.entry(*campaign).or_insert_with(none);
        for (metric, value) in FIGURES.into_iter().zip(row.values) {
            if let Some(at) = place_of(metric) {
                add(&mut values[at], value)?;
            }
        }
    }
    Ok(())
}
