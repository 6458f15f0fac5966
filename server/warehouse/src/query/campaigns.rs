//! Unified campaigns: what they came to, and what is in them.
//!
//! Every figure is a frame's, as dashboards ask for them. What is in no campaign is the rest of the dashboards' totals, so
//! the table adds up whatever platforms tell apart and whatever they don't.

use super::context::Context;
use super::describe::describe;
use super::leads::by_campaign;
use super::{QueryError, Warehouse, frames};
use crate::mapping::store::has_rules;
use async_trait::async_trait;
use metrics::campaigns::{CampaignContent, CampaignRow, CampaignTable, FIGURES, ThingRow, Values};
use metrics::ports::Campaigns;
use metrics::query::MissingRate;
use metrics::{Dimension, Family, Level, Metric, Query};
use model::DayRange;
use model::access::Member;
use model::entities::EntityKind;
use model::error::AppError;
use model::ids::{EntityId, RuleId, UnifiedCampaignId, WorkspaceId};
use model::mapping::{AssignedBy, Assignment, CampaignName, RuleDraft, RuleList, RulePreview, Suggestion};
use model::ports::Result;
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Most things that are listed.
const MOST: usize = 500;

/// Where customer relations tell leads apart by campaign: the first of these that an account has counts, as for totals.
const CRM_LEVELS: [EntityKind; 3] = [EntityKind::Campaign, EntityKind::Program, EntityKind::Form];

/// Figures over some days, by what they belong to.
pub(super) struct Told {
    /// What each thing came to.
    pub(super) by_thing: HashMap<i64, Values>,
    /// What the dashboards show.
    totals: Values,
    missing_rates: Vec<MissingRate>,
    /// Accounts that tell leads by campaign.
    pub(super) lead_tellers: HashSet<i32>,
}

/// Reads what things came to; of all figures, or of those that `wanted` says.
pub(super) async fn told(
    tx: &mut PgConnection,
    context: &Context,
    days: DayRange,
    wanted: impl Fn(Metric) -> bool,
) -> Result<Told, QueryError> {
    let mut told = Told {
        by_thing: HashMap::new(),
        totals: none(),
        missing_rates: Vec::new(),
        lead_tellers: HashSet::new(),
    };
    for family in Family::ALL {
        let own = FIGURES.iter().enumerate().filter(|(_, (of, metric))| *of == family && wanted(*metric));
        let (places, metrics): (Vec<usize>, Vec<Metric>) = own.map(|(at, (_, metric))| (at, *metric)).unzip();
        if metrics.is_empty() {
            continue;
        }
        let mut query = Query {
            family,
            level: Level::Campaign,
            days,
            group_by: Vec::new(),
            metrics,
            filters: Vec::new(),
        };
        let totals = frames::answer(tx, context, &query).await?;
        for (place, total) in places.iter().zip(totals.totals) {
            told.totals[*place] = total;
        }
        for missing in totals.missing_rates {
            if !told.missing_rates.contains(&missing) {
                told.missing_rates.push(missing);
            }
        }
        let levels = match family {
            Family::Crm => CRM_LEVELS.map(Level::Only).to_vec(),
            _ => vec![Level::Campaign],
        };
        // Account and metric to the level that tells it.
        let mut tellers: HashMap<(String, usize), Level> = HashMap::new();
        for level in levels {
            query.level = level;
            query.group_by = vec![Dimension::Account, Dimension::Campaign];
            for row in frames::answer(tx, context, &query).await?.rows {
                let [account, thing] = row.members.as_slice() else { continue };
                let Ok(thing) = thing.key.parse::<i64>() else { continue };
                for (place, value) in places.iter().zip(row.values) {
                    let teller = tellers.entry((account.key.clone(), *place)).or_insert(level);
                    if let Some(value) = value.filter(|_| *teller == level) {
                        let values = told.by_thing.entry(thing).or_insert_with(none);
                        add(&mut values[*place], Some(value))?;
                        if FIGURES[*place] == (Family::Crm, Metric::Leads) {
                            told.lead_tellers.extend(account.key.parse::<i32>());
                        }
                    }
                }
            }
        }
    }
    Ok(told)
}

pub(super) fn add(sum: &mut Option<i64>, value: Option<i64>) -> Result<(), QueryError> {
    if let Some(value) = value {
        *sum = Some(sum.unwrap_or(0).checked_add(value).ok_or(QueryError::Overflow)?);
    }
    Ok(())
}

fn add_all(sums: &mut Values, values: &[Option<i64>]) -> Result<(), QueryError> {
    sums.iter_mut().zip(values).try_for_each(|(sum, value)| add(sum, *value))
}

/// What is left of totals without some parts. Nothing where nobody reported the whole.
fn without(totals: &[Option<i64>], parts: &[Option<i64>]) -> Result<Values, QueryError> {
    let left = totals.iter().zip(parts).map(|(total, part)| match (total, part) {
        (Some(total), Some(part)) => total.checked_sub(*part).map(Some).ok_or(QueryError::Overflow),
        (total, _) => Ok(*total),
    });
    left.collect()
}

/// The largest cost first, then by whatever else there is.
fn larger_first(a: &[Option<i64>], b: &[Option<i64>]) -> std::cmp::Ordering {
    b.cmp(a)
}

pub(super) fn none() -> Values {
    vec![None; FIGURES.len()]
}

/// The place of a metric of customer relations among the figures.
pub(super) fn place_of(metric: Metric) -> Option<usize> {
    FIGURES.iter().position(|figure| *figure == (Family::Crm, metric))
}

/// Where a thing is: unified campaign (none = left out by hand) and rule (none = by hand).
pub(super) type Places = HashMap<i64, (Option<i32>, Option<i32>)>;

pub(super) async fn places(tx: &mut PgConnection, workspace: WorkspaceId) -> Result<Places, QueryError> {
    let rows: Vec<(i64, Option<i32>, Option<i32>)> = sqlx::query_as(
        "SELECT entity_id, campaign_id, rule_id FROM entity_campaigns WHERE workspace_id = $1",
    )
    .bind(workspace.0)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|(thing, campaign, rule)| (thing, (campaign, rule))).collect())
}

async fn names(tx: &mut PgConnection, workspace: WorkspaceId) -> Result<Vec<CampaignName>, QueryError> {
    let rows: Vec<(i32, String)> = sqlx::query_as(
        "SELECT id, name FROM unified_campaigns u WHERE workspace_id = $1 AND EXISTS (
             SELECT FROM entity_campaigns c WHERE c.workspace_id = u.workspace_id AND c.campaign_id = u.id
         ) ORDER BY lower(name), id",
    )
    .bind(workspace.0)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|(id, name)| CampaignName { id: UnifiedCampaignId(id), name }).collect())
}

impl Warehouse {
    async fn try_table(&self, member: &Member, days: DayRange) -> Result<CampaignTable, QueryError> {
        let mut tx = self.database.scoped_snapshot(member.workspace).await?;
        let context = Context::read(&mut tx, member.workspace).await?;
        let told = told(&mut tx, &context, days, |_| true).await?;
        let places = places(&mut tx, member.workspace).await?;
        let mut sums: HashMap<i32, (i64, Values)> = HashMap::new();
        for (thing, (campaign, _)) in &places {
            let Some(campaign) = campaign else { continue };
            let (things, values) = sums.entry(*campaign).or_insert_with(|| (0, none()));
            *things += 1;
            if let Some(of_thing) = told.by_thing.get(thing) {
                add_all(values, of_thing)?;
            }
        }
        let platforms: Vec<(i32, String)> = sqlx::query_as(
            "SELECT DISTINCT c.campaign_id, a.platform FROM entity_campaigns c
             JOIN entities e ON e.workspace_id = c.workspace_id AND e.id = c.entity_id
             JOIN accounts a ON a.workspace_id = e.workspace_id AND a.id = e.account_id
             WHERE c.workspace_id = $1 AND c.campaign_id IS NOT NULL ORDER BY 1, 2",
        )
        .bind(member.workspace.0)
        .fetch_all(&mut *tx)
        .await?;
        for (campaign, linked) in by_campaign(&mut tx, &context, days, &places, &told).await? {
            if let Some((_, values)) = sums.get_mut(&campaign) {
                add_all(values, &linked)?;
            }
        }
        let mut of_campaign: BTreeMap<i32, Vec<String>> = BTreeMap::new();
        for (campaign, platform) in platforms {
            of_campaign.entry(campaign).or_default().push(platform);
        }
        let mut mapped = none();
        let mut campaigns = Vec::new();
        for campaign in names(&mut tx, member.workspace).await? {
            let Some((things, values)) = sums.remove(&campaign.id.0) else { continue };
            add_all(&mut mapped, &values)?;
            let platforms = of_campaign.remove(&campaign.id.0).unwrap_or_default();
            campaigns.push(CampaignRow { campaign, platforms, things, values });
        }
        campaigns.sort_by(|a, b| larger_first(&a.values, &b.values));
        let has_rules = has_rules(&mut tx, member.workspace).await?;
        Ok(CampaignTable {
            days,
            currency: context.reporting.to_string(),
            unmapped: without(&told.totals, &mapped)?,
            campaigns,
            totals: told.totals,
            missing_rates: told.missing_rates,
            has_rules,
        })
    }

    async fn try_content(
        &self,
        member: &Member,
        campaign: Option<UnifiedCampaignId>,
        days: DayRange,
    ) -> Result<CampaignContent, QueryError> {
        let mut tx = self.database.scoped_snapshot(member.workspace).await?;
        let context = Context::read(&mut tx, member.workspace).await?;
        let all = names(&mut tx, member.workspace).await?;
        let own = campaign.map(|id| all.iter().find(|name| name.id == id).cloned());
        if own == Some(None) {
            return Err(AppError::not_found(
                "This campaign is not there: nothing is assigned to it any more.",
            )
            .with_hint("The table of campaigns shows those that there are.")
            .into());
        }
        let told = told(&mut tx, &context, days, |_| true).await?;
        let places = places(&mut tx, member.workspace).await?;
        let is_mine = |thing: &i64| places.get(thing).and_then(|(of, _)| *of) == campaign.map(|id| id.0);
        let mut mine: Vec<i64> = match campaign {
            Some(_) => places.keys().copied().filter(is_mine).collect(),
            // Of what is in none, only what has figures: there may be many thousand posts.
            None => told.by_thing.keys().copied().filter(is_mine).collect(),
        };
        let linked = by_campaign(&mut tx, &context, days, &places, &told).await?;
        let no_values = none();
        let values = |thing: &i64| told.by_thing.get(thing).unwrap_or(&no_values);
        mine.sort_unstable_by(|a, b| larger_first(values(a), values(b)).then(b.cmp(a)));
        let mut sums = none();
        mine.iter().try_for_each(|thing| add_all(&mut sums, values(thing)))?;
        let totals = match campaign {
            Some(id) => {
                linked.get(&id.0).into_iter().try_for_each(|values| add_all(&mut sums, values))?;
                sums
            }
            None => {
                let mut mapped = none();
                let assigned = told.by_thing.iter().filter(|(thing, _)| !is_mine(thing));
                assigned.into_iter().try_for_each(|(_, values)| add_all(&mut mapped, values))?;
                linked.values().try_for_each(|values| add_all(&mut mapped, values))?;
                without(&told.totals, &mapped)?
            }
        };
        let mut described = describe(&mut tx, member.workspace, &mine).await?;
        // Lists of people and the like have figures, but can't be assigned: they are in the rest.
        mine.retain(|thing| described.contains_key(thing));
        let more = i64::try_from(mine.len().saturating_sub(MOST)).unwrap_or(i64::MAX);
        mine.truncate(MOST);
        let mut shown = none();
        mine.iter().try_for_each(|thing| add_all(&mut shown, values(thing)))?;
        let things = mine.iter().filter_map(|thing| {
            let (name, link) = described.remove(thing)?;
            let by = match places.get(thing) {
                None => AssignedBy::Nothing,
                Some((_, None)) => AssignedBy::Hand,
                Some((_, Some(rule))) => AssignedBy::Rule(RuleId(*rule)),
            };
            Some(ThingRow { thing: name, link, by, values: values(thing).clone() })
        });
        Ok(CampaignContent {
            campaign: own.flatten(),
            days,
            currency: context.reporting.to_string(),
            things: things.collect(),
            more,
            rest: without(&totals, &shown)?,
            totals,
            all,
        })
    }
}

/// What some things cost; none where none of them reports it.
pub(super) fn cost(told: &Told, things: &HashSet<i64>) -> Result<Option<i64>, QueryError> {
    let at = FIGURES.iter().position(|figure| *figure == (Family::Ads, Metric::Spend)).unwrap_or(0);
    let mut sum = None;
    for values in things.iter().filter_map(|thing| told.by_thing.get(thing)) {
        add(&mut sum, values[at])?;
    }
    Ok(sum)
}

/// What everything cost.
pub(super) fn whole_cost(told: &Told) -> Option<i64> {
    FIGURES
        .iter()
        .zip(&told.totals)
        .find(|(figure, _)| **figure == (Family::Ads, Metric::Spend))?
        .1
        .to_owned()
}

#[async_trait]
impl Campaigns for Warehouse {
    async fn table(&self, member: &Member, days: DayRange) -> Result<CampaignTable> {
        self.try_table(member, days).await.map_err(|error| self.fail(&error))
    }

    async fn content(
        &self,
        member: &Member,
        campaign: Option<UnifiedCampaignId>,
        days: DayRange,
    ) -> Result<CampaignContent> {
        self.try_content(member, campaign, days).await.map_err(|error| self.fail(&error))
    }

    async fn rules(&self, member: &Member, days: DayRange) -> Result<RuleList> {
        self.try_rules(member, days).await.map_err(|error| self.fail(&error))
    }

    async fn preview(
        &self,
        member: &Member,
        rule: Option<RuleId>,
        draft: &RuleDraft,
        days: DayRange,
    ) -> Result<RulePreview> {
        self.try_preview(member, rule, draft, days).await.map_err(|error| self.fail(&error))
    }

    async fn suggestions(&self, member: &Member) -> Result<Vec<Suggestion>> {
        self.try_suggestions(member).await.map_err(|error| self.fail(&error))
    }

    async fn save_rule(
        &self,
        member: &Member,
        rule: Option<RuleId>,
        place: Option<u32>,
        draft: &RuleDraft,
    ) -> Result<RuleId> {
        self.try_save(member, rule, place, draft).await.map_err(|error| self.fail(&error))
    }

    async fn move_rule(&self, member: &Member, rule: RuleId, place: u32) -> Result<()> {
        self.try_move(member, rule, place).await.map_err(|error| self.fail(&error))
    }

    async fn remove_rule(&self, member: &Member, rule: RuleId) -> Result<()> {
        self.try_remove(member, rule).await.map_err(|error| self.fail(&error))
    }

    async fn assign(&self, member: &Member, thing: EntityId, assignment: &Assignment) -> Result<()> {
        self.try_assign(member, thing, assignment).await.map_err(|error| self.fail(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_and_the_parts_are_the_whole() {
        let left = without(&[Some(5), None, Some(3)], &[Some(7), Some(1), None]).unwrap();
        assert_eq!(left, [Some(-2), None, Some(3)]);
    }
}
