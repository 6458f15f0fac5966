//! Unified campaigns and the rules of the mapping.

use super::ApiError;
use leptos::prelude::*;
use metrics::campaigns::{CampaignContent, CampaignTable};
use model::ids::{EntityId, RuleId, UnifiedCampaignId};
use model::mapping::{Assignment, RuleDraft, RuleList, RulePreview, Suggestion};
use server_fn::codec::{GetUrl, Json};

#[cfg(feature = "ssr")]
use super::context::{answer, member, provided};
#[cfg(feature = "ssr")]
use super::figures::day_in_zone;
#[cfg(feature = "ssr")]
use metrics::{Period, period::SpanUnit, ports::Campaigns as Port};
#[cfg(feature = "ssr")]
use model::{AppError, DayRange, access::Member, access::Role, clock::Clock, ports::Identity};
#[cfg(feature = "ssr")]
use std::sync::Arc;

/// Over which days rules say what they catch.
#[cfg(feature = "ssr")]
const RULE_DAYS: Period = Period::Last { n: 30, unit: SpanUnit::Day };

/// The days of a period, written as dashboards write it, in the workspace's zone.
#[cfg(feature = "ssr")]
async fn days(member: &Member, period: Option<&str>) -> Result<DayRange, AppError> {
    let caller = super::context::caller()?;
    let workspaces = provided::<Arc<dyn Identity>>()?.workspaces(&caller).await?;
    let workspace = workspaces.into_iter().find(|w| w.id == member.workspace);
    let workspace = workspace.ok_or_else(|| AppError::not_found("This workspace is not there any more."))?;
    let today = day_in_zone(provided::<Clock>()?.now(), &workspace.time_zone);
    let period = match period {
        None => RULE_DAYS,
        Some(text) => Period::parse(text, today, workspace.week_start)
            .map_err(|error| AppError::invalid_field("period", error.to_string()))?,
    };
    Ok(period.resolve(today, workspace.week_start, false))
}

/// All unified campaigns over a period such as `28d`, `mtd` or `2026-09-01..2026-09-30`.
#[server(prefix = "/api/f", endpoint = "campaigns", input = GetUrl)]
pub async fn campaigns(ws: String, period: String) -> Result<CampaignTable, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        let days = days(&member, Some(&period)).await?;
        provided::<Arc<dyn Port>>()?.table(&member, days).await
    })
    .await
}

/// What is in a unified campaign over a period; without a campaign, what is in none.
#[server(prefix = "/api/f", endpoint = "campaign_content", input = Json)]
pub async fn things_of_campaign(
    ws: String,
    campaign: Option<UnifiedCampaignId>,
    period: String,
) -> Result<CampaignContent, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        let days = days(&member, Some(&period)).await?;
        provided::<Arc<dyn Port>>()?.content(&member, campaign, days).await
    })
    .await
}

/// All rules with what they catch, and what that cost in the last 30 days.
#[server(prefix = "/api/f", endpoint = "mapping_rules", input = GetUrl)]
pub async fn mapping_rules(ws: String) -> Result<RuleList, ApiError> {
    answer(async {
        let member = member(&ws, Role::Viewer).await?;
        let days = days(&member, None).await?;
        provided::<Arc<dyn Port>>()?.rules(&member, days).await
    })
    .await
}

/// What a rule would catch, in the place of the one that it changes.
#[server(prefix = "/api/f", endpoint = "preview_rule", input = Json)]
pub async fn preview_rule(
    ws: String,
    rule: Option<RuleId>,
    draft: RuleDraft,
) -> Result<RulePreview, ApiError> {
    answer(async {
        let member = member(&ws, Role::Editor).await?;
        let days = days(&member, None).await?;
        provided::<Arc<dyn Port>>()?.preview(&member, rule, &draft, days).await
    })
    .await
}

/// Rules that could be made from UTM values.
#[server(prefix = "/api/f", endpoint = "suggest_rules", input = GetUrl)]
pub async fn suggest_rules(ws: String) -> Result<Vec<Suggestion>, ApiError> {
    answer(async {
        let member = member(&ws, Role::Editor).await?;
        provided::<Arc<dyn Port>>()?.suggestions(&member).await
    })
    .await
}

/// Changes a rule, or adds one: at a place counted from 0, else after all others.
#[server(prefix = "/api/f", endpoint = "save_rule", input = Json)]
pub async fn save_rule(
    ws: String,
    rule: Option<RuleId>,
    place: Option<u32>,
    draft: RuleDraft,
) -> Result<RuleId, ApiError> {
    answer(async {
        let member = member(&ws, Role::Editor).await?;
        provided::<Arc<dyn Port>>()?.save_rule(&member, rule, place, &draft).await
    })
    .await
}

/// Puts a rule at another place, counted from 0.
#[server(prefix = "/api/f", endpoint = "move_rule", input = Json)]
pub async fn move_rule(ws: String, rule: RuleId, place: u32) -> Result<(), ApiError> {
    answer(async {
        let member = member(&ws, Role::Editor).await?;
        provided::<Arc<dyn Port>>()?.move_rule(&member, rule, place).await
    })
    .await
}

/// Removes a rule.
#[server(prefix = "/api/f", endpoint = "remove_rule", input = Json)]
pub async fn remove_rule(ws: String, rule: RuleId) -> Result<(), ApiError> {
    answer(async {
        let member = member(&ws, Role::Editor).await?;
        provided::<Arc<dyn Port>>()?.remove_rule(&member, rule).await
    })
    .await
}

/// Assigns one thing by hand, or gives it back to the rules.
#[server(prefix = "/api/f", endpoint = "assign_thing", input = Json)]
pub async fn assign_thing(ws: String, thing: EntityId, assignment: Assignment) -> Result<(), ApiError> {
    answer(async {
        let member = member(&ws, Role::Editor).await?;
        provided::<Arc<dyn Port>>()?.assign(&member, thing, &assignment).await
    })
    .await
}
