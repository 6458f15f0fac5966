//! What a first synchronisation would take: counted by the plan that the run would have, measured by earlier runs.

use crate::Pipeline;
use crate::connections::store::{AccountRow, ConnectionRow};
use crate::error::Result;
use crate::sync::plan::{AccountPlan, Work, plan, planned_days};
use chrono::{DateTime, Utc};
use connectors::{Connector, RemoteAccount, Settings, StreamSpec};
use model::DayRange;
use model::connect::{HistoryEstimate, StreamLimit};
use model::entities::EntityKind;
use std::collections::BTreeMap;

/// Fewer account-days say nothing about the next ones.
const ENOUGH_DAYS: i64 = 200;
/// Milliseconds from a request to its answer.
const ROUND_TRIP_MS: i64 = 350;
/// Requests of a run that are under way at once.
const AT_ONCE: i64 = 3;

/// What earlier runs of the platform took, in this workspace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Measured {
    account_days: i64,
    rows: i64,
    milliseconds: i64,
}

/// Reads what earlier runs took.
///
/// # Errors
/// What the database says.
pub(super) async fn measured(pipeline: &Pipeline, row: &ConnectionRow) -> Result<Measured> {
    let mut tx = pipeline.database.scoped(row.workspace()).await?;
    let (account_days, rows, milliseconds): (i64, i64, i64) = sqlx::query_as(
        "SELECT coalesce(sum(r.days_done), 0)::bigint, coalesce(sum(r.rows_read), 0)::bigint,
                coalesce(sum(extract(epoch FROM r.alive_at - r.started_at) * 1000), 0)::bigint
         FROM sync_runs r JOIN connections c ON c.workspace_id = r.workspace_id AND c.id = r.connection_id
         WHERE r.workspace_id = $1 AND c.platform = $2 AND r.days_done > 0",
    )
    .bind(row.workspace_id)
    .bind(&row.platform)
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Measured { account_days, rows, milliseconds })
}

/// The estimate for accounts and days.
pub(super) fn estimate(
    connector: &dyn Connector,
    settings: &Settings,
    accounts: &[AccountRow],
    days: DayRange,
    measured: Measured,
    now: DateTime<Utc>,
) -> HistoryEstimate {
    let remotes: Vec<RemoteAccount> = accounts.iter().map(AccountRow::remote).collect();
    let plans: Vec<AccountPlan> = remotes
        .iter()
        .map(|remote| AccountPlan {
            today: remote.today(now),
            history_from: days.from(),
            read: BTreeMap::new(),
            snapshots: BTreeMap::new(),
        })
        .collect();
    let mut work = plan(&plans, connector.streams(), settings);
    work.retain(|item| connector.has_stream(&remotes[item.account], item.stream));
    let is_measured = measured.account_days >= ENOUGH_DAYS;
    let planned = i64::from(planned_days(&work));
    let rows = if is_measured {
        planned.saturating_mul(measured.rows) / measured.account_days
    } else {
        work.iter().map(typical_rows).sum()
    };
    let requests: i64 = work.iter().map(requests).sum();
    let rate = connector.rate();
    let period = i64::try_from(rate.period.as_millis()).unwrap_or(i64::MAX);
    let pace = (period / i64::from(rate.requests.get())).max(ROUND_TRIP_MS / AT_ONCE);
    // A clock that stands still measures nothing.
    let milliseconds = if is_measured && measured.milliseconds > 0 {
        planned.saturating_mul(measured.milliseconds) / measured.account_days
    } else {
        requests.saturating_mul(pace)
    };
    HistoryEstimate {
        days,
        rows,
        requests,
        seconds: u32::try_from(milliseconds / 1000).unwrap_or(u32::MAX).max(1),
        measured_days: if is_measured { measured.account_days } else { 0 },
        limits: limits(connector, settings, &remotes, days),
    }
}

/// Rows per account and day that are usual, by what a row is.
fn rows_per_day(stream: &StreamSpec) -> i64 {
    match (stream.is_breakdown(), stream.kind) {
        (true, _) => 60,
        (false, EntityKind::Account) => 1,
        (false, EntityKind::Campaign) => 12,
        (false, _) => 30,
    }
}

fn typical_rows(work: &Work) -> i64 {
    rows_per_day(work.stream).saturating_mul(i64::from(work.days.len()))
}

fn requests(work: &Work) -> i64 {
    let page = work.stream.page_size.map_or(1000, i64::from).max(1);
    1 + typical_rows(work).saturating_sub(1) / page
}

/// What the vendor does not keep for all of the days, by how far it goes back.
fn limits(
    connector: &dyn Connector,
    settings: &Settings,
    accounts: &[RemoteAccount],
    days: DayRange,
) -> Vec<StreamLimit> {
    let is_read = |stream: &&StreamSpec| {
        settings.reads(stream)
            && stream.is_dated()
            && accounts.iter().any(|account| connector.has_stream(account, stream))
    };
    let mut limits: Vec<StreamLimit> = connector
        .streams()
        .iter()
        .filter(is_read)
        .filter_map(|stream| {
            let kept = stream.max_history_days.filter(|kept| kept.saturating_add(1) < days.len())?;
            Some(StreamLimit { what: stream.summary.to_owned(), days: kept })
        })
        .collect();
    limits.sort_by_key(|limit| limit.days);
    limits
}

/// The most days of history that the platform has of anything that is read; none where it keeps something for ever.
pub(super) fn longest_history(connector: &dyn Connector, settings: &Settings) -> Option<u32> {
    let dated = connector.streams().iter().filter(|stream| settings.reads(stream) && stream.is_dated());
    dated.map(|stream| stream.max_history_days).collect::<Option<Vec<_>>>()?.into_iter().max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn now() -> DateTime<Utc> {
        "2026-09-04T12:00:00Z".parse().unwrap()
    }

    fn account(id: &str) -> AccountRow {
        AccountRow {
            connection_id: 1,
            remote_id: id.to_owned(),
            name: id.to_owned(),
            currency: "EUR".to_owned(),
            time_zone: "UTC".to_owned(),
            access_path: None,
            is_selected: true,
        }
    }

    fn of(slug: &str, accounts: usize, days: u32, measured: Measured) -> HistoryEstimate {
        let connector = connectors::find(slug).unwrap();
        let settings = Settings::of(connector, &BTreeMap::new()).unwrap();
        let until: NaiveDate = "2026-09-04".parse().unwrap();
        let accounts: Vec<_> = (0..accounts).map(|n| account(&n.to_string())).collect();
        estimate(connector, &settings, &accounts, DayRange::ending(until, days), measured, now())
    }

    #[test]
    fn what_was_switched_on_is_counted() {
        let google = connectors::find("google_ads").unwrap();
        let given = BTreeMap::from([("more_streams".to_owned(), "clicks".to_owned())]);
        let more = Settings::of(google, &given).unwrap();
        let until: NaiveDate = "2026-09-04".parse().unwrap();
        let days = DayRange::ending(until, 180);
        let clicks = estimate(google, &more, &[account("1")], days, Measured::default(), now());
        let usual = of("google_ads", 1, 180, Measured::default());
        assert!(clicks.requests >= usual.requests + 90, "{} {}", clicks.requests, usual.requests);
        assert!(clicks.limits.iter().any(|limit| limit.days == 90) && usual.limits.is_empty());
    }

    #[test]
    fn twice_the_accounts_or_days_take_about_twice_as_much() {
        let one = of("google_ads", 1, 90, Measured::default());
        let two = of("google_ads", 2, 90, Measured::default());
        let long = of("google_ads", 1, 180, Measured::default());
        assert_eq!((two.rows, two.requests), (2 * one.rows, 2 * one.requests));
        assert!(long.rows > one.rows * 3 / 2 && long.seconds > one.seconds, "{one:?} {long:?}");
        assert_eq!(one.measured_days, 0);
        assert!(one.requests > 10 && one.seconds >= 1, "{one:?}");
    }

    #[test]
    fn what_was_measured_counts_more_than_what_is_usual() {
        let slow = Measured { account_days: 1_000, rows: 50_000, milliseconds: 2_000_000 };
        let guess = of("google_ads", 1, 30, Measured::default());
        let measured = of("google_ads", 1, 30, slow);
        assert_eq!(measured.measured_days, 1_000);
        assert_eq!(
            measured.rows / i64::from(measured.seconds),
            25,
            "50 rows and two seconds a day: {measured:?}"
        );
        let few = of("google_ads", 1, 30, Measured { account_days: 3, rows: 9_000, milliseconds: 1 });
        assert_eq!(few, guess);
    }

    #[test]
    fn a_slow_vendor_takes_longer_and_what_it_does_not_keep_is_told() {
        let days = 730;
        let long = of("sendgrid", 1, days, Measured::default());
        assert!(!long.limits.is_empty(), "{long:?}");
        assert!(long.limits.iter().all(|limit| limit.days < days && !limit.what.is_empty()));
        let short = of("sendgrid", 1, 30, Measured::default());
        assert!(short.limits.is_empty() && short.seconds < long.seconds, "{short:?}");
        assert_eq!(longest_history(connectors::find("hubspot").unwrap(), &Settings::default()), None);
    }
}
