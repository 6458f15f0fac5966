//! Cohorts: how far the people got who came to be known on a day. Each person's day and furthest step are kept with the
//! record, so that a day is counted without reading the steps of all people. A person whose step may have become another is
//! marked by having none, and settled before the transaction ends.

use super::days::{Touched, touch};
use super::{CrmBatch, CrmKind, CrmScope, Link};
use crate::error::LoadError;
use crate::load::kind_number;
use chrono::NaiveDate;
use metrics::{Family, Metric};
use model::entities::EntityKind;
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// How far somebody got, as stored; each step includes those before it, also where the vendor skipped them. 0 is nowhere.
const STEPS: [Metric; 4] =
    [Metric::CohortLeads, Metric::CohortMqls, Metric::CohortSqls, Metric::CohortCustomers];

/// Marks people who are linked with those deals: a deal that is won makes a customer.
pub(super) async fn mark_linked_with(
    tx: &mut PgConnection,
    scope: &CrmScope,
    deals: &[&str],
) -> Result<(), LoadError> {
    if deals.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "UPDATE crm_leads l SET reached = NULL
         FROM (SELECT from_record AS record, from_id AS remote_id FROM crm_links
               WHERE workspace_id = $1 AND account_id = $2 AND to_record = 'deal' AND to_id = ANY($3)
               UNION
               SELECT to_record, to_id FROM crm_links
               WHERE workspace_id = $1 AND account_id = $2 AND from_record = 'deal' AND from_id = ANY($3)) linked
         WHERE l.workspace_id = $1 AND l.account_id = $2 AND l.record = linked.record
           AND l.remote_id = linked.remote_id AND l.reached IS NOT NULL",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(deals)
    .execute(tx)
    .await?;
    Ok(())
}

/// Marks both sides of links that are new.
pub(super) async fn mark_sides(
    tx: &mut PgConnection,
    scope: &CrmScope,
    links: &[Link],
) -> Result<(), LoadError> {
    mark(
        tx,
        scope,
        links.iter().flat_map(|link| [&link.from, &link.to]).map(|(kind, id)| (*kind, id.as_str())),
    )
    .await
}

/// Marks people.
pub(super) async fn mark<'a>(
    tx: &mut PgConnection,
    scope: &CrmScope,
    people: impl Iterator<Item = (CrmKind, &'a str)>,
) -> Result<(), LoadError> {
    let (records, ids): (Vec<&str>, Vec<&str>) = people
        .filter(|(kind, _)| matches!(kind, CrmKind::Contact | CrmKind::Lead))
        .map(|(kind, id)| (kind.name(), id))
        .unzip();
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "UPDATE crm_leads l SET reached = NULL FROM unnest($3::text[], $4::text[]) AS n (record, remote_id)
         WHERE l.workspace_id = $1 AND l.account_id = $2 AND l.record = n.record AND l.remote_id = n.remote_id
           AND l.reached IS NOT NULL",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(records)
    .bind(ids)
    .execute(tx)
    .await?;
    Ok(())
}

/// Settles the day and the step of everybody who is marked, and touches the days that gain or lose somebody by it.
pub(super) async fn settle(
    tx: &mut PgConnection,
    scope: &CrmScope,
    batch: &CrmBatch,
    touched: &mut Touched,
) -> Result<(), LoadError> {
    if batch.is_empty() {
        return Ok(());
    }
    let days: Vec<(Option<NaiveDate>, Option<NaiveDate>)> = sqlx::query_as(
        "WITH marked AS (
             SELECT l.record, l.remote_id, l.cohort_day AS old_day, l.created_at, steps.first_day,
                    CASE WHEN l.deleted_at IS NOT NULL OR l.record = 'company' OR steps.furthest IS NULL THEN 0
                         WHEN EXISTS (
                             SELECT FROM crm_links k JOIN crm_deals d
                                 ON d.workspace_id = $1 AND d.account_id = $2 AND d.remote_id = k.to_id
                             WHERE k.workspace_id = $1 AND k.account_id = $2 AND k.from_record = l.record
                               AND k.from_id = l.remote_id AND k.to_record = 'deal' AND d.state = 'won'
                               AND d.deleted_at IS NULL
                         ) OR EXISTS (
                             SELECT FROM crm_links k JOIN crm_deals d
                                 ON d.workspace_id = $1 AND d.account_id = $2 AND d.remote_id = k.from_id
                             WHERE k.workspace_id = $1 AND k.account_id = $2 AND k.to_record = l.record
                               AND k.to_id = l.remote_id AND k.from_record = 'deal' AND d.state = 'won'
                               AND d.deleted_at IS NULL
                         ) THEN 4
                         ELSE steps.furthest END AS reached
             FROM crm_leads l
             LEFT JOIN LATERAL (
                 SELECT min(t.day) AS first_day,
                        max(CASE t.to_stage WHEN 'customer' THEN 4 WHEN 'mql' THEN 2 WHEN 'lead' THEN 1 ELSE 3 END)
                            AS furthest
                 FROM crm_stage_transitions t
                 WHERE t.workspace_id = $1 AND t.account_id = $2 AND t.record = l.record
                   AND t.remote_id = l.remote_id
             ) steps ON true
             WHERE l.workspace_id = $1 AND l.account_id = $2 AND l.reached IS NULL
         )
         UPDATE crm_leads l
         SET reached = marked.reached,
             cohort_day = CASE WHEN marked.reached > 0
                 THEN coalesce((marked.created_at AT TIME ZONE 'UTC')::date, marked.first_day) END
         FROM marked
         WHERE l.workspace_id = $1 AND l.account_id = $2 AND l.record = marked.record
           AND l.remote_id = marked.remote_id
         RETURNING marked.old_day, l.cohort_day",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .fetch_all(&mut *tx)
    .await?;
    if days.is_empty() {
        return Ok(());
    }
    touch(&mut touched.parties, days.into_iter().flat_map(|(old, new)| [old, new]));
    let told = told(tx, scope).await?;
    if told.steps().len() > told.by_figures {
        let all: Vec<Option<NaiveDate>> = sqlx::query_scalar(
            "SELECT DISTINCT cohort_day FROM crm_leads WHERE workspace_id = $1 AND account_id = $2",
        )
        .bind(scope.workspace.0)
        .bind(scope.account.0)
        .fetch_all(tx)
        .await?;
        touch(&mut touched.parties, all);
    }
    Ok(())
}

/// How many of the steps the account tells: by its people, and by its figures so far. Nobody is a number where others got that
/// far, and is not reported where nobody ever did.
struct Told {
    by_people: usize,
    by_figures: usize,
}

async fn told(tx: &mut PgConnection, scope: &CrmScope) -> Result<Told, LoadError> {
    let (furthest, known): (Option<i16>, Option<Vec<String>>) = sqlx::query_as(
        "SELECT (SELECT max(reached) FROM crm_leads WHERE workspace_id = $1 AND account_id = $2 AND reached > 0),
                (SELECT metrics FROM reported_metrics
                 WHERE workspace_id = $1 AND account_id = $2 AND family = $3 AND kind = $4)",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(Family::Crm.name())
    .bind(kind_number(EntityKind::Account))
    .fetch_one(tx)
    .await?;
    let known = known.unwrap_or_default();
    let is_known = |metric: &&Metric| known.iter().any(|name| name == metric.name());
    Ok(Told {
        by_people: furthest.and_then(|step| usize::try_from(step).ok()).unwrap_or(0),
        by_figures: STEPS.iter().take_while(is_known).count(),
    })
}

impl Told {
    /// An account that tells no step beyond leads (forms, systems without a life cycle) has no cohorts: its leads would
    /// lower everybody's rates.
    fn steps(&self) -> &'static [Metric] {
        let count = self.by_people.max(self.by_figures);
        if count < 2 { &[] } else { STEPS.get(..count).unwrap_or(&STEPS) }
    }
}

/// How many people of each day got how far.
pub(super) async fn count(
    tx: &mut PgConnection,
    scope: &CrmScope,
    days: &[NaiveDate],
) -> Result<BTreeMap<NaiveDate, Vec<(Metric, i64)>>, LoadError> {
    let told = told(tx, scope).await?.steps();
    if told.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(NaiveDate, i64, i64, i64, i64)> = sqlx::query_as(
        "SELECT cohort_day, count(*), count(*) FILTER (WHERE reached >= 2), count(*) FILTER (WHERE reached >= 3),
                count(*) FILTER (WHERE reached >= 4)
         FROM crm_leads WHERE workspace_id = $1 AND account_id = $2 AND cohort_day = ANY($3)
         GROUP BY cohort_day",
    )
    .bind(scope.workspace.0)
    .bind(scope.account.0)
    .bind(days)
    .fetch_all(tx)
    .await?;
    let row = |(day, leads, mqls, sqls, customers)| {
        (day, told.iter().copied().zip([leads, mqls, sqls, customers]).collect())
    };
    Ok(rows.into_iter().map(row).collect())
}
