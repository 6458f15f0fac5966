//! What the vendor says of an account against what its campaigns add up to.
//!
//! Vendors that report accounts and campaigns apart check each other: both are read in every run. (Below campaigns the
//! sums differ by nature: Performance Max has no ads.)

use crate::error::Result;
use chrono::{DateTime, NaiveDate, Utc};
use metrics::Metric;
use model::ids::{AccountId, ConnectionId, RunId, WorkspaceId};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::collections::BTreeSet;

/// What is compared.
const METRICS: [Metric; 3] = [Metric::Spend, Metric::Impressions, Metric::Clicks];
/// Drift above one part in this many is told: 0.5 %.
const TOLERATED_PART: i128 = 200;

/// What is compared where.
#[derive(Debug)]
pub struct Question<'a> {
    /// Whose.
    pub workspace: WorkspaceId,
    /// By which connection.
    pub connection: ConnectionId,
    /// In which run.
    pub run: RunId,
    /// The account in the warehouse.
    pub account: AccountId,
    /// The vendor's id of it.
    pub remote_id: &'a str,
    /// For people.
    pub name: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// Days of which both levels were read in full in this run.
    pub days: &'a BTreeSet<NaiveDate>,
    /// Now.
    pub at: DateTime<Utc>,
}

/// Totals that are too far apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// Of what.
    pub metric: Metric,
    /// The account's own total, in the metric's scale.
    pub vendor: i64,
    /// The sum of its campaigns, in the metric's scale.
    pub served: i64,
}

/// Compares, stores what is too far apart, and answers a sentence for each.
///
/// # Errors
/// What the database says.
pub async fn reconcile(tx: &mut PgConnection, question: &Question<'_>) -> Result<Vec<String>> {
    let (Some(first), Some(last)) = (question.days.first(), question.days.last()) else {
        return Ok(Vec::new());
    };
    let mut told = Vec::new();
    for drift in compare(tx, question).await? {
        sqlx::query(
            "INSERT INTO reconciliations (workspace_id, connection_id, run_id, remote_id, metric, first_day, last_day,
                 vendor_total, served_total, found_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(question.workspace.0)
        .bind(question.connection.0)
        .bind(question.run.0)
        .bind(question.remote_id)
        .bind(drift.metric.name())
        .bind(first)
        .bind(last)
        .bind(drift.vendor)
        .bind(drift.served)
        .bind(question.at)
        .execute(&mut *tx)
        .await?;
        told.push(sentence(question, &drift, *first, *last));
    }
    Ok(told)
}

async fn compare(tx: &mut PgConnection, question: &Question<'_>) -> Result<Vec<Drift>> {
    let days: Vec<NaiveDate> = question.days.iter().copied().collect();
    // Kind 0 is the account itself, 1 its campaigns.
    let sums: Vec<(i16, Option<i64>, Option<i64>, Option<i64>)> = sqlx::query_as(
        "SELECT kind, sum(spend)::bigint, sum(impressions)::bigint, sum(clicks)::bigint FROM rollup_ads_account_day
         WHERE workspace_id = $1 AND account_id = $2 AND kind IN (0, 1) AND day = ANY ($3) GROUP BY kind",
    )
    .bind(question.workspace.0)
    .bind(question.account.0)
    .bind(&days)
    .fetch_all(tx)
    .await?;
    let of = |kind: i16| {
        let found = sums.iter().find(|(k, ..)| *k == kind);
        found.map_or([None; 3], |(_, spend, impressions, clicks)| [*spend, *impressions, *clicks])
    };
    Ok(METRICS
        .into_iter()
        .zip(of(0))
        .zip(of(1))
        .filter_map(|((metric, vendor), served)| {
            // What the vendor does not say of an account can't be held against its campaigns.
            let (vendor, served) = (vendor?, served.unwrap_or(0));
            is_drift(vendor, served).then_some(Drift { metric, vendor, served })
        })
        .collect())
}

fn is_drift(vendor: i64, served: i64) -> bool {
    let apart = (i128::from(vendor) - i128::from(served)).abs();
    apart * TOLERATED_PART > i128::from(vendor).abs()
}

fn sentence(question: &Question<'_>, drift: &Drift, first: NaiveDate, last: NaiveDate) -> String {
    let shown = |units: i64| {
        let value = Decimal::new(units, drift.metric.scale()).round_dp(2).normalize();
        if drift.metric.is_money() { format!("{value} {}", question.currency) } else { value.to_string() }
    };
    format!(
        "Account {} ({}): {} of its campaigns from {first} to {last} is {}, but the account's own total is {}. The next \
         run compares again.",
        question.name,
        question.remote_id,
        drift.metric.label(),
        shown(drift.served),
        shown(drift.vendor)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_percent_is_tolerated() {
        for (vendor, served, expected) in [
            (1000, 1000, false),
            (1000, 995, false),
            (1000, 1005, false),
            (1000, 994, true),
            (1000, 1006, true),
            (0, 0, false),
            (0, 1, true),
            (1, 0, true),
            (i64::MAX, i64::MIN, true),
        ] {
            assert_eq!(is_drift(vendor, served), expected, "{vendor} {served}");
        }
    }
}
