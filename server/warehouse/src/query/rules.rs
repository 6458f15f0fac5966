//! Mapping rules: what they catch, and changing them.

use super::campaigns::{cost, places, told, whole_cost};
use super::context::Context;
use super::{QueryError, Warehouse};
use crate::load::kind_number;
use crate::mapping::assign::{self, StoredRule, assign_all, assign_one, compiled, forget_empty};
use crate::mapping::rule::{Rule, first};
use crate::mapping::{KINDS, kind_numbers, store, things};
use database::Tx;
use metrics::Metric;
use model::DayRange;
use model::access::Member;
use model::entities::EntityKind;
use model::error::AppError;
use model::ids::{EntityId, RuleId};
use model::live::Topic;
use model::mapping::{
    Assignment, Catch, Caught, Condition, MAX_NAME, MAX_RULES, MappingRule, RuleDraft, RuleField, RuleList,
    RulePreview, RuleTest, Suggestion, ThingName,
};
use sqlx::types::Json;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Things of a preview.
const SAMPLE: usize = 50;
/// Of them, those that others have, where there are more of both.
const OTHERS: usize = 15;
/// Rules that are suggested at once.
const SUGGESTED: usize = 12;

fn gone() -> QueryError {
    AppError::not_found("This rule is not there any more: somebody has removed it.").into()
}

impl Warehouse {
    pub(super) async fn try_rules(&self, member: &Member, days: DayRange) -> Result<RuleList, QueryError> {
        let mut tx = self.database.scoped_snapshot(member.workspace).await?;
        let context = Context::read(&mut tx, member.workspace).await?;
        let told = told(&mut tx, &context, days, |metric| metric == Metric::Spend).await?;
        let places = places(&mut tx, member.workspace).await?;
        // Pages of web sites are many, and nobody expects each to belong to a campaign.
        let counted: Vec<i16> =
            KINDS.into_iter().filter(|kind| *kind != EntityKind::Page).map(kind_number).collect();
        let unmapped: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM entities e WHERE workspace_id = $1 AND kind = ANY($2) AND NOT EXISTS (
                 SELECT FROM entity_campaigns c
                 WHERE c.workspace_id = e.workspace_id AND c.entity_id = e.id AND c.campaign_id IS NOT NULL
             )",
        )
        .bind(member.workspace.0)
        .bind(counted)
        .fetch_one(&mut *tx)
        .await?;
        let mut by_rule: HashMap<i32, HashSet<i64>> = HashMap::new();
        let (mut mapped, mut by_hand) = (HashSet::new(), 0);
        for (thing, (campaign, rule)) in &places {
            match rule {
                Some(rule) => drop(by_rule.entry(*rule).or_default().insert(*thing)),
                None => by_hand += 1,
            }
            if campaign.is_some() {
                mapped.insert(*thing);
            }
        }
        let stored = assign::rules(&mut tx, member.workspace).await?;
        let rules = stored.into_iter().map(|rule| {
            let things = by_rule.remove(&rule.id).unwrap_or_default();
            let spend = cost(&told, &things)?;
            let count = i64::try_from(things.len()).unwrap_or(i64::MAX);
            Ok(MappingRule { id: RuleId(rule.id), draft: rule.draft, things: count, spend })
        });
        let rules: Vec<MappingRule> = rules.collect::<Result<_, QueryError>>()?;
        let spent = cost(&told, &mapped)?.unwrap_or(0);
        Ok(RuleList {
            rules,
            by_hand,
            unmapped,
            unmapped_spend: whole_cost(&told).map(|whole| whole.saturating_sub(spent)),
        })
    }

    pub(super) async fn try_preview(
        &self,
        member: &Member,
        rule: Option<RuleId>,
        draft: &RuleDraft,
        days: DayRange,
    ) -> Result<RulePreview, QueryError> {
        let own = Rule::read(draft)?;
        let mut tx = self.database.scoped_snapshot(member.workspace).await?;
        let context = Context::read(&mut tx, member.workspace).await?;
        let stored = assign::rules(&mut tx, member.workspace).await?;
        let place = rule.and_then(|rule| stored.iter().position(|stored| stored.id == rule.0));
        let earlier = &stored[..place.unwrap_or(stored.len())];
        let earlier_rules = compiled(earlier);
        let places = places(&mut tx, member.workspace).await?;
        let mut preview = RulePreview::default();
        let (mut mine, mut others, mut ids) = (Vec::new(), Vec::new(), HashSet::new());
        for thing in things::read(&mut tx, member.workspace, None).await? {
            let Some(target) = own.catch(&thing) else { continue };
            preview.matching += 1;
            let by_hand = places.get(&thing.id).is_some_and(|(_, rule)| rule.is_none());
            let before = first(earlier_rules.iter().map(|(_, rule)| rule), &thing);
            let by = match (by_hand, before) {
                (true, _) => Catch::ByHand,
                (false, Some((at, _))) => Catch::Earlier(place_of(earlier, earlier_rules[at].0)),
                (false, None) => Catch::Mine,
            };
            let list = if by == Catch::Mine { &mut mine } else { &mut others };
            if by == Catch::Mine {
                preview.mine += 1;
                ids.insert(thing.id);
            }
            if list.len() < SAMPLE {
                let thing = ThingName {
                    entity: EntityId(thing.id),
                    name: thing.name,
                    kind: thing.kind,
                    platform: thing.platform,
                    account: thing.account,
                };
                list.push(Caught { thing, target, by });
            }
        }
        mine.truncate(SAMPLE - others.len().min(OTHERS));
        others.truncate(SAMPLE - mine.len());
        preview.sample = mine.into_iter().chain(others).collect();
        let told = told(&mut tx, &context, days, |metric| metric == Metric::Spend).await?;
        preview.spend = cost(&told, &ids)?;
        Ok(preview)
    }

    pub(super) async fn try_suggestions(&self, member: &Member) -> Result<Vec<Suggestion>, QueryError> {
        let mut tx = self.database.scoped_snapshot(member.workspace).await?;
        let places = places(&mut tx, member.workspace).await?;
        // By small letters: what is spelled in two ways is one campaign.
        let mut found: BTreeMap<String, (String, i64)> = BTreeMap::new();
        for thing in things::read(&mut tx, member.workspace, None).await? {
            if places.contains_key(&thing.id) {
                continue;
            }
            for value in thing.utm.campaign {
                found.entry(value.to_lowercase()).or_insert((value, 0)).1 += 1;
            }
        }
        let mut found: Vec<(String, i64)> = found.into_values().collect();
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        found.truncate(SUGGESTED);
        let suggested = found.into_iter().map(|(text, things)| {
            let target = title(&text);
            let condition = Condition { field: RuleField::UtmCampaign, test: RuleTest::Is, text };
            Suggestion { draft: RuleDraft { target, conditions: vec![condition] }, things }
        });
        Ok(suggested.collect())
    }

    pub(super) async fn try_save(
        &self,
        member: &Member,
        rule: Option<RuleId>,
        place: Option<u32>,
        draft: &RuleDraft,
    ) -> Result<RuleId, QueryError> {
        Rule::read(draft)?;
        let mut tx = self.begin_mapping(member).await?;
        let id = if let Some(rule) = rule {
            let changed: Option<i32> = sqlx::query_scalar(
                "UPDATE mapping_rules SET target = $3, conditions = $4 WHERE workspace_id = $1 AND id = $2
                 RETURNING id",
            )
            .bind(member.workspace.0)
            .bind(rule.0)
            .bind(draft.target.trim())
            .bind(Json(&draft.conditions))
            .fetch_optional(&mut *tx)
            .await?;
            changed.ok_or_else(gone)?
        } else {
            let count: i64 = sqlx::query_scalar("SELECT count(*) FROM mapping_rules WHERE workspace_id = $1")
                .bind(member.workspace.0)
                .fetch_one(&mut *tx)
                .await?;
            if count >= i64::try_from(MAX_RULES).unwrap_or(i64::MAX) {
                let message = format!("There can be at most {MAX_RULES} rules.");
                return Err(AppError::invalid(message)
                    .with_hint("A pattern with a group can take the place of many rules: “$1” stands for what it finds.")
                    .into());
            }
            let place = place.map_or(count, |place| count.min(place.into()));
            sqlx::query("UPDATE mapping_rules SET place = place + 1 WHERE workspace_id = $1 AND place >= $2")
                .bind(member.workspace.0)
                .bind(place)
                .execute(&mut *tx)
                .await?;
            let place = i32::try_from(place).unwrap_or(i32::MAX);
            store::insert(&mut tx, member.workspace, place, draft).await?
        };
        assign_all(&mut tx, member.workspace).await?;
        tx.commit().await?;
        Ok(RuleId(id))
    }

    pub(super) async fn try_move(&self, member: &Member, rule: RuleId, place: u32) -> Result<(), QueryError> {
        let mut tx = self.begin_mapping(member).await?;
        let mut order: Vec<i32> =
            assign::rules(&mut tx, member.workspace).await?.into_iter().map(|rule| rule.id).collect();
        let from = order.iter().position(|id| *id == rule.0).ok_or_else(gone)?;
        order.remove(from);
        let to = usize::try_from(place).unwrap_or(usize::MAX).min(order.len());
        order.insert(to, rule.0);
        number(&mut tx, member, &order).await?;
        assign_all(&mut tx, member.workspace).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn try_remove(&self, member: &Member, rule: RuleId) -> Result<(), QueryError> {
        let mut tx = self.begin_mapping(member).await?;
        let removed = sqlx::query("DELETE FROM mapping_rules WHERE workspace_id = $1 AND id = $2")
            .bind(member.workspace.0)
            .bind(rule.0)
            .execute(&mut *tx)
            .await?;
        if removed.rows_affected() == 0 {
            return Err(gone());
        }
        let order: Vec<i32> =
            assign::rules(&mut tx, member.workspace).await?.into_iter().map(|rule| rule.id).collect();
        number(&mut tx, member, &order).await?;
        assign_all(&mut tx, member.workspace).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn try_assign(
        &self,
        member: &Member,
        thing: EntityId,
        assignment: &Assignment,
    ) -> Result<(), QueryError> {
        let mut tx = self.begin_mapping(member).await?;
        let is_there: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM entities WHERE workspace_id = $1 AND id = $2 AND kind = ANY($3))",
        )
        .bind(member.workspace.0)
        .bind(thing.0)
        .bind(kind_numbers())
        .fetch_one(&mut *tx)
        .await?;
        if !is_there {
            return Err(AppError::not_found("There is no such thing that could be assigned.").into());
        }
        let campaign = match assignment {
            Assignment::ByRules => None,
            Assignment::Nothing => Some(None),
            Assignment::To(name) => {
                let name = name.trim();
                if name.is_empty() || name.chars().count() > MAX_NAME {
                    let message = format!("The name of a campaign has 1 to {MAX_NAME} characters.");
                    return Err(AppError::invalid_field("name", message).into());
                }
                let found = assign::campaigns(&mut tx, member.workspace, std::iter::once(name)).await?;
                Some(found.get(&name.to_lowercase()).copied())
            }
        };
        if let Some(campaign) = campaign {
            sqlx::query(
                "INSERT INTO entity_campaigns (workspace_id, entity_id, campaign_id) VALUES ($1, $2, $3)
                 ON CONFLICT ON CONSTRAINT entity_campaigns_pkey
                 DO UPDATE SET campaign_id = excluded.campaign_id, rule_id = NULL",
            )
            .bind(member.workspace.0)
            .bind(thing.0)
            .bind(campaign)
            .execute(&mut *tx)
            .await?;
        } else {
            sqlx::query("DELETE FROM entity_campaigns WHERE workspace_id = $1 AND entity_id = $2")
                .bind(member.workspace.0)
                .bind(thing.0)
                .execute(&mut *tx)
                .await?;
            assign_one(&mut tx, member.workspace, thing.0).await?;
        }
        forget_empty(&mut tx, member.workspace).await?;
        Ok(tx.commit().await?)
    }

    /// A transaction that assigns: counted up first, see [`crate::mapping::assign`].
    async fn begin_mapping(&self, member: &Member) -> Result<Tx, QueryError> {
        let mut tx = self.database.scoped(member.workspace).await?;
        database::bump(&mut tx, member.workspace, Topic::Figures).await?;
        Ok(tx)
    }
}

/// The place of a rule as people count.
fn place_of(rules: &[StoredRule], id: i32) -> u32 {
    let at = rules.iter().position(|rule| rule.id == id).unwrap_or(0);
    u32::try_from(at + 1).unwrap_or(u32::MAX)
}

/// Puts the rules into that order.
async fn number(tx: &mut Tx, member: &Member, order: &[i32]) -> Result<(), QueryError> {
    sqlx::query(
        "UPDATE mapping_rules r SET place = t.place - 1
         FROM unnest($2::integer[]) WITH ORDINALITY AS t (id, place)
         WHERE r.workspace_id = $1 AND r.id = t.id AND r.place <> t.place - 1",
    )
    .bind(member.workspace.0)
    .bind(order)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A UTM value as a name: `spring_sale-26` becomes `Spring sale 26`.
fn title(value: &str) -> String {
    let words: Vec<&str> = value.split(['_', '-', '+', ' ']).filter(|word| !word.is_empty()).collect();
    let text = words.join(" ");
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    // A dollar sign would be a reference to a pattern.
    let name: String = (first + letters.as_str()).replace('$', "$$").chars().take(MAX_NAME).collect();
    if name.is_empty() { value.replace('$', "$$") } else { name }
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn values_of_links_read_as_names() {
        assert_eq!(title("spring_sale-26"), "Spring sale 26");
        assert_eq!(title("überraschung"), "Überraschung");
        assert_eq!(title("__"), "__");
        assert_eq!(title("a$1"), "A$$1");
    }
}
