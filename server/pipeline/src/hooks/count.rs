//! Counts events by the hour. Each is counted once, in the hour in which it happened: replays change nothing, and the
//! order of deliveries does not matter.

use crate::error::{PipelineError, Result};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Timelike, Utc};
use chrono_tz::Tz;
use connectors::hook::{HookEvent, Moment};
use metrics::{Family, Metric};
use model::DayRange;
use model::entities::EntityKind;
use model::ids::{AccountId, ConnectionId, WorkspaceId};
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet};
use warehouse::load::{self, Cause, Duplicates, FactBatch, FactRow, LoadScope};
use warehouse::{Currency, Measures};

/// The stream by which pushed events are told from what runs read.
const STREAM: &str = "pushed_events";

/// An account of the connection.
#[derive(Debug, Clone)]
struct Account {
    id: AccountId,
    remote_id: String,
    currency: Currency,
    zone: Tz,
}

/// What has to be counted anew.
type Touched = BTreeSet<(i32, String, NaiveDate)>;

/// Stores events and counts the hours that new ones fall into. Answers how many were new.
///
/// # Errors
/// When the database fails, or the connection has no account yet.
pub async fn count(
    tx: &mut PgConnection,
    (workspace, connection): (WorkspaceId, ConnectionId),
    family: Family,
    events: Vec<HookEvent>,
    now: DateTime<Utc>,
) -> Result<usize> {
    if events.is_empty() {
        return Ok(0);
    }
    let accounts = accounts(tx, workspace, connection).await?;
    let mut touched = Touched::new();
    let mut new = 0;
    for event in events {
        let Some(account) = whose(tx, workspace, &accounts, &event).await? else { continue };
        let at = local(event.at, account.zone);
        let (kind, entity) =
            event.entity.clone().unwrap_or_else(|| (EntityKind::Account, account.remote_id.clone()));
        let inserted = sqlx::query(
            "INSERT INTO hook_events
                 (workspace_id, connection_id, event_key, account_id, kind, entity, metric, day, hour)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT ON CONSTRAINT hook_events_pkey DO NOTHING",
        )
        .bind(workspace.0)
        .bind(connection.0)
        .bind(event.key.as_slice())
        .bind(account.id.0)
        .bind(kind.name())
        .bind(&entity)
        .bind(event.metric.name())
        .bind(at.date())
        .bind(i16::try_from(at.hour()).unwrap_or(0))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if inserted > 0 {
            new += 1;
            touched.insert((account.id.0, kind.name().to_owned(), at.date()));
        }
    }
    for (account, kind, day) in touched {
        let Some(account) = accounts.iter().find(|of| of.id.0 == account) else { continue };
        let Some(kind) = EntityKind::from_name(&kind) else { continue };
        serve(tx, workspace, account, family, kind, day, now).await?;
    }
    Ok(new)
}

/// Writes a day's hours into the warehouse, as all stored events have them.
async fn serve(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    account: &Account,
    family: Family,
    kind: EntityKind,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<()> {
    let counts: Vec<(String, i16, String, i64)> = sqlx::query_as(
        "SELECT entity, hour, metric, count(*) FROM hook_events
         WHERE workspace_id = $1 AND account_id = $2 AND kind = $3 AND day = $4 GROUP BY 1, 2, 3",
    )
    .bind(workspace.0)
    .bind(account.id.0)
    .bind(kind.name())
    .bind(day)
    .fetch_all(&mut *tx)
    .await?;
    let mut rows: BTreeMap<(String, i16), Measures> = BTreeMap::new();
    for (entity, hour, metric, count) in counts {
        let Some(metric) = Metric::from_name(&metric) else { continue };
        let measures = rows.entry((entity, hour)).or_insert_with(|| Measures::of(family));
        measures.set(metric, count).map_err(PipelineError::unexpected)?;
    }
    let mut batch = FactBatch::new();
    for ((entity, hour), measures) in &rows {
        batch
            .push(&FactRow {
                remote_id: entity,
                day,
                segment: Some(&hour.to_string()),
                currency: account.currency,
                measures: *measures,
                extra: None,
            })
            .map_err(PipelineError::unexpected)?;
    }
    let scope = LoadScope {
        workspace,
        account: account.id,
        family,
        kind,
        breakdown: Some("hour".to_owned()),
        stream: Some(STREAM),
        replace_days: Some(DayRange::single(day)),
        duplicates: Duplicates::LastWins,
        cause: Cause::Push,
        at: now,
    };
    load::merge(tx, &scope, batch).await.map_err(PipelineError::unexpected)?;
    Ok(())
}

async fn accounts(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    connection: ConnectionId,
) -> Result<Vec<Account>> {
    let rows: Vec<(i32, String, String, String)> = sqlx::query_as(
        "SELECT id, remote_id, currency::text, time_zone FROM accounts
         WHERE workspace_id = $1 AND connection_id = $2 ORDER BY id",
    )
    .bind(workspace.0)
    .bind(connection.0)
    .fetch_all(tx)
    .await?;
    let account = |(id, remote_id, currency, zone): (i32, String, String, String)| {
        let currency = currency.parse().map_err(PipelineError::unexpected)?;
        let zone = zone.parse().unwrap_or(Tz::UTC);
        Ok(Account { id: AccountId(id), remote_id, currency, zone })
    };
    rows.into_iter().map(account).collect()
}

/// The account that an event belongs to: the one that knows the thing, else the connection's only one.
async fn whose<'a>(
    tx: &mut PgConnection,
    workspace: WorkspaceId,
    accounts: &'a [Account],
    event: &HookEvent,
) -> Result<Option<&'a Account>> {
    let [first, _, ..] = accounts else { return Ok(accounts.first()) };
    let Some((kind, entity)) = &event.entity else { return Ok(Some(first)) };
    let ids: Vec<i32> = accounts.iter().map(|account| account.id.0).collect();
    let id = load::owner_of(tx, workspace, &ids, *kind, entity).await.map_err(PipelineError::unexpected)?;
    Ok(Some(accounts.iter().find(|account| Some(account.id) == id).unwrap_or(first)))
}

fn local(at: Moment, zone: Tz) -> NaiveDateTime {
    match at {
        Moment::Instant(at) => at.with_timezone(&zone).naive_local(),
        Moment::Local(at) => at,
    }
}
