//! One day of a connection: what is there of it, and reading it again.

use super::{calendar, store};
use crate::error::Result;
use crate::{Pipeline, jobs};
use chrono::{DateTime, NaiveDate, Utc};
use connectors::{Connector, Settings};
use model::access::Member;
use model::connections::DayCompleteness;
use model::ids::ConnectionId;
use model::live::Topic;
use model::upkeep::{AccountDay, DayDetail, StreamDay};
use model::{AppError, DayRange};
use std::collections::BTreeMap;

/// What a connection has of one day, by account and stream.
///
/// # Errors
/// When the day is none of its history, or the database fails.
pub(super) async fn day(
    pipeline: &Pipeline,
    member: &Member,
    connection: ConnectionId,
    day: NaiveDate,
) -> Result<DayDetail> {
    let now = pipeline.clock.now();
    let mut tx = pipeline.database.scoped(member.workspace).await?;
    let row = store::connection(&mut tx, member.workspace, connection).await?;
    let mut accounts = store::accounts(&mut tx, member.workspace, Some(connection)).await?;
    accounts.retain(|account| account.is_selected);
    let provisional_from = store::provisional_from(&mut tx, member.workspace, connection).await?;
    check(&row, &accounts, day, now)?;
    let read: Vec<(String, String, DateTime<Utc>, bool)> = sqlx::query_as(
        "SELECT remote_id, stream, read_at, is_partial FROM stream_days
         WHERE workspace_id = $1 AND connection_id = $2 AND day = $3",
    )
    .bind(member.workspace.0)
    .bind(connection.0)
    .bind(day)
    .fetch_all(&mut *tx)
    .await?;
    let read: BTreeMap<(String, String), (DateTime<Utc>, bool)> = read
        .into_iter()
        .map(|(account, stream, at, is_partial)| ((account, stream), (at, is_partial)))
        .collect();
    let run = store::run_of_day(&mut tx, member.workspace, connection, day).await?;
    let strip =
        calendar::days(pipeline, &mut tx, &row, &accounts, DayRange::single(day), provisional_from).await?;
    tx.commit().await?;
    let connector = pipeline.settings.connectors.find(&row.platform);
    // With wrong settings nothing is read at all: the ordinary streams are shown.
    let parsed =
        connector.and_then(|connector| Settings::of(connector, &row.settings.0).ok()).unwrap_or_default();
    let is_provisional = provisional_from.is_some_and(|from| day >= from);
    let accounts = accounts
        .iter()
        .map(|account| AccountDay {
            remote_id: account.remote_id.clone(),
            name: account.name.clone(),
            streams: connector.map_or_else(Vec::new, |connector| {
                streams(connector, &parsed, account, day, now, is_provisional, &read)
            }),
        })
        .collect();
    Ok(DayDetail {
        day,
        state: strip.first().map_or(DayCompleteness::Missing, |day| day.state),
        accounts,
        is_queued: jobs::waiting_days(pipeline, connection).await?.contains(&day),
        run: run.map(store::RunRow::summary),
    })
}

fn streams(
    connector: &dyn Connector,
    settings: &Settings,
    account: &store::AccountRow,
    day: NaiveDate,
    now: DateTime<Utc>,
    is_provisional: bool,
    read: &BTreeMap<(String, String), (DateTime<Utc>, bool)>,
) -> Vec<StreamDay> {
    let remote = account.remote();
    let today = remote.today(now);
    let all = connector.streams().iter();
    all.filter(|stream| settings.reads(stream) && stream.is_dated() && connector.has_stream(&remote, stream))
        .map(|stream| {
            let found = read.get(&(account.remote_id.clone(), stream.name.to_owned()));
            let state = match found {
                Some((_, true)) => DayCompleteness::Partial,
                Some(_) if is_provisional => DayCompleteness::Provisional,
                Some(_) => DayCompleteness::Complete,
                None if stream.available(DayRange::single(day), today).is_none() => {
                    DayCompleteness::Unavailable
                }
                None => DayCompleteness::Missing,
            };
            StreamDay {
                stream: stream.name.to_owned(),
                summary: stream.summary.to_owned(),
                state,
                read_at: found.map(|(at, _)| *at),
            }
        })
        .collect()
}

/// Only days of the history can be asked for.
fn check(
    row: &store::ConnectionRow,
    accounts: &[store::AccountRow],
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<()> {
    let today = store::today(accounts, now);
    if day > today {
        return Err(AppError::invalid_field("day", format!("{day} has not come yet.")).into());
    }
    if day < row.history_from {
        let text = format!("The history of this connection begins on {}.", row.history_from);
        return Err(AppError::invalid_field("day", text)
            .with_hint("Choose a longer history where accounts are chosen.")
            .into());
    }
    Ok(())
}

/// Puts a run for exactly that day into the connection's queue: it comes after the run under way.
///
/// # Errors
/// When the connection can't run now, or the day is none of its history.
pub(super) async fn read_day(
    pipeline: &Pipeline,
    member: &Member,
    connection: ConnectionId,
    day: NaiveDate,
) -> Result<()> {
    let now = pipeline.clock.now();
    let mut tx = pipeline.database.begin().await?;
    let row = store::connection(&mut tx, member.workspace, connection).await?;
    store::ensure_runs(&row)?;
    let mut accounts = store::accounts(&mut tx, member.workspace, Some(connection)).await?;
    accounts.retain(|account| account.is_selected);
    check(&row, &accounts, day, now)?;
    jobs::enqueue_day(&mut tx, member.workspace, connection, day, now).await?;
    database::changes::bump(&mut tx, member.workspace, Topic::Connections).await?;
    Ok(tx.commit().await?)
}
