//! Which days of a connection are there.

use crate::Pipeline;
use crate::connections::store::{AccountRow, ConnectionRow};
use crate::error::Result;
use crate::sync::plan::gives_totals;
use chrono::NaiveDate;
use connectors::{Connector, StreamSpec};
use model::DayRange;
use model::connections::{DayCompleteness, DayState};
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet};

/// One stream of one account whose days are looked at.
struct Wanted {
    stream: &'static StreamSpec,
    today: NaiveDate,
}

/// The calendar strip over a part of the history: each day, judged by the streams that give the totals of the chosen
/// accounts.
///
/// # Errors
/// What the database says.
pub async fn days(
    pipeline: &Pipeline,
    tx: &mut PgConnection,
    row: &ConnectionRow,
    accounts: &[AccountRow],
    range: DayRange,
    provisional_from: Option<NaiveDate>,
) -> Result<Vec<DayState>> {
    let Some(connector) = pipeline.settings.connectors.find(&row.platform) else { return Ok(Vec::new()) };
    let totals: Vec<&'static StreamSpec> =
        connector.streams().iter().filter(|stream| gives_totals(connector, stream)).collect();
    let names: Vec<&str> = totals.iter().map(|stream| stream.name).collect();
    let chosen: Vec<&str> = accounts.iter().filter(|a| a.is_selected).map(|a| a.remote_id.as_str()).collect();
    let ever: Vec<(String, String)> = sqlx::query_as(
        "SELECT DISTINCT remote_id, stream FROM stream_days
         WHERE workspace_id = $1 AND connection_id = $2 AND stream = ANY ($3) AND remote_id = ANY ($4)",
    )
    .bind(row.workspace_id)
    .bind(row.id)
    .bind(&names)
    .bind(&chosen)
    .fetch_all(&mut *tx)
    .await?;
    let ever: BTreeSet<(String, String)> = ever.into_iter().collect();
    let wanted = wanted(connector, &totals, accounts, &ever, pipeline.clock.now());
    let found: Vec<(NaiveDate, i64, i64)> = sqlx::query_as(
        "SELECT day, count(*), count(*) FILTER (WHERE is_partial) FROM stream_days
         WHERE workspace_id = $1 AND connection_id = $2 AND stream = ANY ($3) AND remote_id = ANY ($4)
           AND day BETWEEN $5 AND $6
         GROUP BY day",
    )
    .bind(row.workspace_id)
    .bind(row.id)
    .bind(&names)
    .bind(&chosen)
    .bind(range.from())
    .bind(range.until())
    .fetch_all(tx)
    .await?;
    let found: BTreeMap<NaiveDate, (i64, i64)> =
        found.into_iter().map(|(day, read, partial)| (day, (read, partial))).collect();
    let of_day = |day: NaiveDate| {
        let (read, partial) = found.get(&day).copied().unwrap_or_default();
        let there = |w: &&Wanted| w.stream.available(DayRange::single(day), w.today).is_some();
        let available = i64::try_from(wanted.iter().filter(there).count()).unwrap_or(i64::MAX);
        let is_provisional = provisional_from.is_some_and(|from| day >= from);
        DayState { day, state: judge(read, partial, available, is_provisional) }
    };
    Ok(range.days().map(of_day).collect())
}

/// What has to be there for a day to be complete. A stream that has read no day at all (it may not be allowed) does not
/// count, as long as the account has another.
fn wanted(
    connector: &dyn Connector,
    totals: &[&'static StreamSpec],
    accounts: &[AccountRow],
    ever: &BTreeSet<(String, String)>,
    now: chrono::DateTime<chrono::Utc>,
) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for account in accounts.iter().filter(|account| account.is_selected) {
        let remote = account.remote();
        let today = remote.today(now);
        let own: Vec<&'static StreamSpec> =
            totals.iter().copied().filter(|stream| connector.has_stream(&remote, stream)).collect();
        let is_read =
            |s: &&&'static StreamSpec| ever.contains(&(account.remote_id.clone(), s.name.to_owned()));
        let read: Vec<_> = own.iter().filter(is_read).copied().collect();
        let counted = if read.is_empty() { own.into_iter().take(1).collect() } else { read };
        wanted.extend(counted.into_iter().map(|stream| Wanted { stream, today }));
    }
    wanted
}

fn judge(read: i64, partial: i64, available: i64, is_provisional: bool) -> DayCompleteness {
    match (read, partial) {
        (0, _) if available == 0 => DayCompleteness::Unavailable,
        (0, _) => DayCompleteness::Missing,
        (read, partial) if read < available || partial > 0 => DayCompleteness::Partial,
        _ if is_provisional => DayCompleteness::Provisional,
        _ => DayCompleteness::Complete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_missing_account_makes_a_day_partial() {
        assert_eq!(judge(0, 0, 2, false), DayCompleteness::Missing);
        assert_eq!(judge(1, 0, 2, false), DayCompleteness::Partial);
        assert_eq!(judge(2, 1, 2, false), DayCompleteness::Partial);
        assert_eq!(judge(2, 0, 2, true), DayCompleteness::Provisional);
        assert_eq!(judge(2, 0, 2, false), DayCompleteness::Complete);
    }

    #[test]
    fn what_the_vendor_no_longer_gives_is_not_missing() {
        assert_eq!(judge(0, 0, 0, false), DayCompleteness::Unavailable);
        assert_eq!(judge(1, 0, 0, false), DayCompleteness::Complete);
    }
}
