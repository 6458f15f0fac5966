//! All connections of a workspace at a glance: calls of the last days, quotas, and who has to act.

use super::store;
use crate::Pipeline;
use crate::error::Result;
use chrono::{DateTime, TimeDelta, Utc};
use model::connections::{ConnectionState, ConnectionSummary};
use model::health::{
    CALL_TARGET, CallCounts, ConnectionHealth, ExpiryStage, GrantExpiry, HEALTH_DAYS, HealthReport, LastRun,
    PlatformHealth, QuotaUse,
};
use model::ids::WorkspaceId;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection};
use std::collections::BTreeMap;

/// The runs of one connection, added up.
#[derive(Debug, Clone, Default, FromRow)]
struct Sums {
    connection_id: i32,
    runs: i64,
    troubled_runs: i64,
    #[sqlx(flatten)]
    calls: store::CallColumns,
}

/// How the connections fare, worst first.
///
/// # Errors
/// What the database says.
pub(super) async fn health(pipeline: &Pipeline, workspace: WorkspaceId) -> Result<HealthReport> {
    let now = pipeline.clock.now();
    let mut tx = pipeline.database.scoped(workspace).await?;
    let summaries = store::summaries(&mut tx, workspace, now).await?;
    let since = now - TimeDelta::days(HEALTH_DAYS);
    let mut sums = sums(&mut tx, workspace, since).await?;
    let mut quotas = quotas(&mut tx, workspace, since).await?;
    tx.commit().await?;
    let mut connections: Vec<ConnectionHealth> = summaries
        .into_iter()
        .map(|summary| {
            let sums = sums.remove(&summary.id.0).unwrap_or_default();
            let quotas = quotas.remove(&summary.id.0).unwrap_or_default();
            one(summary, &sums, quotas, now)
        })
        .collect();
    let mut platforms = platforms(&connections);
    connections.sort_by(|a, b| {
        let errors = |c: &ConnectionHealth| c.error_rate.unwrap_or(0.0);
        b.severity().cmp(&a.severity()).then(errors(b).total_cmp(&errors(a))).then(a.name.cmp(&b.name))
    });
    platforms.sort_by(|a, b| {
        let good = |p: &PlatformHealth| p.success_rate.unwrap_or(2.0);
        good(a).total_cmp(&good(b)).then(a.name.cmp(&b.name))
    });
    Ok(HealthReport { at: now, days: HEALTH_DAYS, target: CALL_TARGET, connections, platforms })
}

async fn sums(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    since: DateTime<Utc>,
) -> Result<BTreeMap<i32, Sums>> {
    let rows: Vec<Sums> = sqlx::query_as(
        "SELECT connection_id,
                count(*) FILTER (WHERE outcome <> 'running') AS runs,
                count(*) FILTER (WHERE outcome IN ('failed', 'needs_reconnect', 'incomplete')) AS troubled_runs,
                sum(calls_good)::bigint AS calls_good, sum(calls_throttled)::bigint AS calls_throttled,
                sum(calls_failed)::bigint AS calls_failed, sum(calls_broken)::bigint AS calls_broken,
                sum(calls_refused)::bigint AS calls_refused
         FROM sync_runs WHERE workspace_id = $1 AND started_at >= $2 GROUP BY connection_id",
    )
    .bind(workspace.0)
    .bind(since)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.connection_id, row)).collect())
}

/// What the vendors said in the last run that heard of quotas.
async fn quotas(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    since: DateTime<Utc>,
) -> Result<BTreeMap<i32, Vec<QuotaUse>>> {
    let rows: Vec<(i32, Json<Vec<QuotaUse>>)> = sqlx::query_as(
        "SELECT DISTINCT ON (connection_id) connection_id, quotas FROM sync_runs
         WHERE workspace_id = $1 AND started_at >= $2 AND quotas <> '[]'
         ORDER BY connection_id, id DESC",
    )
    .bind(workspace.0)
    .bind(since)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|(connection, quotas)| (connection, quotas.0)).collect())
}

fn one(
    summary: ConnectionSummary,
    sums: &Sums,
    mut quotas: Vec<QuotaUse>,
    now: DateTime<Utc>,
) -> ConnectionHealth {
    let calls = CallCounts::from(sums.calls);
    let used = |quota: &QuotaUse| quota.share().unwrap_or(0.0);
    quotas.sort_by(|a, b| used(b).total_cmp(&used(a)));
    let yesterday = now.date_naive() - TimeDelta::days(1);
    ConnectionHealth {
        connection: summary.id,
        what_to_do: what_to_do(&summary.state, summary.expiry, &calls, summary.warnings.len()),
        name: summary.name,
        platform: summary.platform,
        platform_name: summary.platform_name,
        state: summary.state,
        complete_until: summary.complete_until,
        days_behind: summary.complete_until.map(|day| (yesterday - day).num_days().max(0)),
        runs: sums.runs,
        troubled_runs: sums.troubled_runs,
        error_rate: calls.error_rate(),
        calls,
        quotas,
        last_run: summary.last_run.map(|run| LastRun { started_at: run.started_at, outcome: run.outcome }),
        next_run_at: summary.next_run_at,
        expiry: summary.expiry,
    }
}

/// What a person can do now; none where nothing is to be done.
fn what_to_do(
    state: &ConnectionState,
    expiry: Option<GrantExpiry>,
    calls: &CallCounts,
    warnings: usize,
) -> Option<String> {
    let text = match (state, expiry) {
        (ConnectionState::NeedsReconnect { .. }, _) => {
            "Reconnect: the consent no longer works. Figures that were read stay.".to_owned()
        }
        (ConnectionState::Failing { reason }, _) => reason.clone(),
        (ConnectionState::ChoosingAccounts, _) => "Choose the accounts that are to be read.".to_owned(),
        (_, Some(GrantExpiry { stage: ExpiryStage::Over, .. })) => "Reconnect: access has ended.".to_owned(),
        (_, Some(GrantExpiry { days_left: 1, .. })) => "Reconnect today: access ends within a day.".to_owned(),
        (_, Some(expiry)) => format!("Reconnect: access ends in {} days.", expiry.days_left),
        (ConnectionState::WaitingForQuota { .. }, _) => {
            "Nothing: it goes on by itself when the quota is back. Read less often if this comes again and again."
                .to_owned()
        }
        (ConnectionState::Paused, _) => "Resume it when its figures are wanted.".to_owned(),
        _ if warnings > 0 => "Look at what the last run left out.".to_owned(),
        _ if calls.error_rate().is_some_and(|rate| rate > 1.0 - CALL_TARGET) => advice_on(calls).to_owned(),
        _ => return None,
    };
    Some(text)
}

/// By what most calls failed with.
fn advice_on(calls: &CallCounts) -> &'static str {
    let kinds = [
        (calls.throttled, "The platform often asks to slow down: read less often, or fewer accounts."),
        (
            calls.failed,
            "The platform often fails: look at its status page; calls are tried again by themselves.",
        ),
        (calls.broken, "Answers often break off: look at the network between this server and the platform."),
        (calls.refused, "The platform refuses many calls: look at the warnings of the last runs."),
    ];
    kinds.iter().max_by_key(|(count, _)| *count).map_or("", |(_, advice)| advice)
}

fn platforms(connections: &[ConnectionHealth]) -> Vec<PlatformHealth> {
    let mut platforms: BTreeMap<&str, PlatformHealth> = BTreeMap::new();
    for connection in connections {
        let platform = platforms.entry(&connection.platform).or_insert_with(|| PlatformHealth {
            platform: connection.platform.clone(),
            name: connection.platform_name.clone(),
            connections: 0,
            calls: CallCounts::default(),
            success_rate: None,
        });
        platform.connections += 1;
        platform.calls.add(&connection.calls);
        platform.success_rate = platform.calls.success_rate();
    }
    platforms.into_values().collect()
}

/// One line per connection of all workspaces that needs a person: workspace, connection, what to do. For the command
/// line.
///
/// # Errors
/// What the database says.
pub async fn troubles(database: &database::Database, now: DateTime<Utc>) -> Result<Vec<String>> {
    let workspaces: Vec<(i32, String)> =
        sqlx::query_as("SELECT id, slug FROM workspaces ORDER BY id").fetch_all(database.pool()).await?;
    let mut lines = Vec::new();
    for (id, slug) in workspaces {
        let mut tx = database.scoped(WorkspaceId(id)).await?;
        for summary in store::summaries(&mut tx, WorkspaceId(id), now).await? {
            let has_to_act = summary.expiry.is_some()
                || matches!(
                    summary.state,
                    ConnectionState::NeedsReconnect { .. }
                        | ConnectionState::Failing { .. }
                        | ConnectionState::ChoosingAccounts
                );
            let advice = what_to_do(&summary.state, summary.expiry, &CallCounts::default(), 0);
            if let (true, Some(advice)) = (has_to_act, advice) {
                lines.push(format!("{} in {slug}: {advice}", summary.name));
            }
        }
        tx.commit().await?;
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_the_one_thing_to_do() {
        let good = CallCounts { good: 100, ..CallCounts::default() };
        let advice = |state: &ConnectionState, calls: &CallCounts, warnings| {
            what_to_do(state, None, calls, warnings).unwrap_or_default()
        };
        assert_eq!(advice(&ConnectionState::Ready, &good, 0), "");
        assert!(advice(&ConnectionState::Ready, &good, 2).contains("left out"));
        let slow = CallCounts { throttled: 10, failed: 3, ..good };
        assert!(advice(&ConnectionState::Ready, &slow, 0).contains("slow down"));
        let failing = ConnectionState::Failing { reason: "Down.".into() };
        assert_eq!(advice(&failing, &slow, 2), "Down.");
        let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let ends = GrantExpiry::announced(now + TimeDelta::days(6), now, 14);
        let told = what_to_do(&ConnectionState::Ready, ends, &slow, 1).unwrap();
        assert_eq!(told, "Reconnect: access ends in 6 days.");
    }
}
