//! Runs against the simulator: what comes in, what a second run does, and what trouble gets.

use crate::common::{day, days, services_on};
use crate::vendor::{HISTORY_FROM, Vendor};
use chrono::TimeDelta;
use database::{Database, PoolOptions};
use metrics::{Level, Metric};
use model::DayRange;
use model::connections::{
    ConnectionChange, ConnectionState, ConnectionSummary, DayCompleteness, RunOutcome, RunSummary,
};
use model::ids::ConnectionId;
use model::ports::Connections;
use serde_json::json;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

async fn summary(vendor: &Vendor) -> ConnectionSummary {
    vendor.world.pipeline.list(vendor.member()).await.unwrap().remove(0)
}

async fn last_run(vendor: &Vendor) -> RunSummary {
    summary(vendor).await.last_run.unwrap()
}

async fn facts(vendor: &Vendor) -> i64 {
    vendor.world.number("SELECT count(*) FROM facts_ads").await
}

#[tokio::test]
async fn a_first_run_loads_exactly_what_the_vendor_says_and_a_second_one_changes_nothing() {
    let (vendor, connection) = Vendor::connected().await;
    assert_eq!(vendor.world.number("SELECT count(*) FROM graphile_worker._private_jobs").await, 1);
    let ending = vendor.run(connection).await;
    let run = last_run(&vendor).await;
    assert_eq!(ending.outcome, RunOutcome::Succeeded, "{run:#?}");
    assert_eq!((run.outcome, run.error.clone(), run.warnings.len()), (RunOutcome::Succeeded, None, 0));
    assert!(run.rows_read > 500 && run.rows_changed > 500, "{run:?}");
    assert_eq!(run.days_done, run.days_planned, "the progress bar ends at its end");
    vendor.assert_equal().await;

    let detail = vendor.world.pipeline.detail(vendor.member(), connection).await.unwrap();
    assert_eq!(detail.summary.state, ConnectionState::Ready);
    assert_eq!(detail.summary.complete_until, Some(day("2026-11-21")));
    assert_eq!(detail.summary.provisional_from, Some(day("2026-10-23")));
    let states: Vec<DayCompleteness> = detail.days.iter().map(|d| d.state).collect();
    assert_eq!(detail.days.first().map(|d| d.day), Some(day(HISTORY_FROM)));
    assert_eq!(states[..3], [DayCompleteness::Complete; 3]);
    assert!(states[3..33].iter().all(|s| *s == DayCompleteness::Provisional), "{states:?}");
    assert_eq!(states[33..], [DayCompleteness::Partial], "today");

    // Budgets are known from the first day on.
    let with_budget = "SELECT count(*) FROM facts_ads WHERE kind = 1 AND budget_total IS NOT NULL AND day";
    assert_eq!(vendor.world.number(&format!("{with_budget} < '2026-11-22'")).await, 0);
    assert!(vendor.world.number(&format!("{with_budget} = '2026-11-22'")).await > 0);

    // Where a number comes from says how the platform attributes it.
    let remarks = "SELECT string_agg(DISTINCT remark, '|') FROM accounts WHERE source = 'connector'";
    let remark = vendor.world.text(remarks).await;
    assert!(
        remark.starts_with("Conversions count on the day of the click") && !remark.contains('|'),
        "{remark}"
    );

    let per_stream = vendor
        .world
        .text("SELECT DISTINCT concat(count(*), ' ', count(*) FILTER (WHERE is_partial), ' ', min(day), ' ', max(day)) FROM stream_days GROUP BY remote_id, stream")
        .await;
    assert_eq!(per_stream, "34 1 2026-10-20 2026-11-22");
    assert_eq!(
        vendor.world.number("SELECT count(DISTINCT (remote_id, stream)) FROM stream_days").await,
        2 * 6,
        "two accounts, six streams of days"
    );
    assert_eq!(vendor.world.number("SELECT count(*) FROM reconciliations").await, 0);

    let before = vendor.world.all_facts().await;
    let ending = vendor.run(connection).await;
    let run = last_run(&vendor).await;
    assert_eq!((ending.outcome, run.rows_changed), (RunOutcome::Succeeded, 0), "{run:#?}");
    assert_eq!(vendor.world.all_facts().await, before);
    let due = ending.next_run_at.unwrap() - vendor.world.clock.now();
    assert!((TimeDelta::minutes(54)..=TimeDelta::minutes(66)).contains(&due), "{due}");
}

#[tokio::test]
async fn restated_days_converge() {
    let (vendor, connection) = Vendor::connected().await;
    vendor.run(connection).await;
    vendor.advance(3 * 86_400 + 7_200).await;
    let ending = vendor.run(connection).await;
    assert_eq!(ending.outcome, RunOutcome::Succeeded, "{:#?}", last_run(&vendor).await);
    assert!(last_run(&vendor).await.rows_changed > 0);
    vendor.assert_equal().await;
    let restated = vendor
        .world
        .number("SELECT count(*) FROM restatements WHERE metric = 'conversions' AND old_value IS DISTINCT FROM new_value AND day < '2026-11-22'")
        .await;
    assert!(restated > 0, "old and new values of changed days are kept");
    assert_eq!(summary(&vendor).await.complete_until, Some(day("2026-11-24")));
}

#[tokio::test]
async fn figures_are_there_while_the_run_goes_on_newest_days_first() {
    let (vendor, connection) = Vendor::connected().await;
    vendor.fault(json!({"kind": "slow", "ms": 150, "times": 0})).await;
    let stop = CancellationToken::new();
    let (pipeline, workspace, inner) =
        (vendor.world.pipeline.clone(), vendor.world.workspace(), stop.clone());
    let running =
        tokio::spawn(async move { pipeline::sync::run::run(&pipeline, workspace, connection, &inner).await });
    let mut seen = None;
    for _ in 0..200 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        if vendor.world.number("SELECT count(*) FROM facts_ads WHERE kind = 1").await > 0 {
            let days = vendor
                .world
                .text("SELECT concat(min(day), ' ', max(day)) FROM facts_ads WHERE kind = 1")
                .await;
            seen = Some((summary(&vendor).await, days));
            break;
        }
    }
    let (during, days) = seen.expect("figures before the end");
    assert_eq!(during.state, ConnectionState::Syncing);
    let run = during.last_run.unwrap();
    assert!(
        run.outcome == RunOutcome::Running && run.days_done > 0 && run.days_done < run.days_planned,
        "{run:?}"
    );
    let (first, last) = days.split_once(' ').unwrap();
    assert!(first > "2026-11-01" && last >= "2026-11-21", "newest days come first: {days}");
    vendor.clear_faults().await;
    assert_eq!(running.await.unwrap().unwrap().unwrap().outcome, RunOutcome::Succeeded);
    vendor.assert_equal().await;
}

#[tokio::test]
async fn a_revoked_grant_asks_for_a_new_consent_and_figures_stay() {
    let (vendor, connection) = Vendor::connected().await;
    vendor.run(connection).await;
    let before = vendor.world.all_facts().await;
    vendor.fault(json!({"kind": "revoke"})).await;
    let ending = vendor.run(connection).await;
    assert_eq!((ending.outcome, ending.next_run_at), (RunOutcome::NeedsReconnect, None));
    let state = summary(&vendor).await.state;
    assert!(
        matches!(&state, ConnectionState::NeedsReconnect { reason } if reason.contains("Connect again")),
        "{state:?}"
    );
    assert_eq!(vendor.world.all_facts().await, before);
    assert!(
        vendor.run_until(connection, &CancellationToken::new()).await.is_none(),
        "nothing runs until then"
    );
    let refused = vendor.world.pipeline.sync_now(vendor.member(), connection).await.unwrap_err();
    assert!(refused.hint.unwrap_or_default().contains("Reconnect"), "{}", refused.message);

    vendor.reconnect(connection).await;
    assert_eq!(summary(&vendor).await.state, ConnectionState::Ready);
    assert_eq!(vendor.run(connection).await.outcome, RunOutcome::Succeeded);
    assert_eq!(vendor.world.all_facts().await, before);
}

#[tokio::test]
async fn one_forbidden_account_warns_and_the_other_loads() {
    let (vendor, connection) = Vendor::connected().await;
    let denied = vendor.state.world().accounts[0].id.to_string();
    vendor.fault(json!({"kind": "permission_denied", "customer": denied, "times": 0})).await;
    let ending = vendor.run(connection).await;
    let run = last_run(&vendor).await;
    assert_eq!(ending.outcome, RunOutcome::Incomplete, "{run:#?}");
    assert_eq!(run.warnings.len(), 1, "{:#?}", run.warnings);
    assert!(
        run.warnings[0].contains(&denied) && run.warnings[0].contains("read access"),
        "{}",
        run.warnings[0]
    );
    assert_eq!(summary(&vendor).await.state, ConnectionState::Ready);
    let accounts = vendor
        .world
        .text("SELECT DISTINCT a.remote_id FROM facts_ads f JOIN accounts a ON a.id = f.account_id")
        .await;
    assert_eq!(accounts, vendor.state.world().accounts[1].id.to_string());
    assert_eq!(summary(&vendor).await.complete_until, None, "one account is not complete");
    vendor.clear_faults().await;
    assert_eq!(vendor.run(connection).await.outcome, RunOutcome::Succeeded);
    vendor.assert_equal().await;
}

#[tokio::test]
async fn a_quota_of_two_hours_is_waited_for() {
    let (vendor, connection) = Vendor::connected().await;
    vendor.fault(json!({"kind": "slow", "ms": 1, "times": 12})).await;
    vendor.fault(json!({"kind": "quota_daily", "retry_delay_s": 7200, "times": 0})).await;
    let ending = vendor.run(connection).await;
    let until = ending.next_run_at.expect("it says when");
    let wait = until - vendor.world.clock.now();
    assert!((TimeDelta::minutes(119)..=TimeDelta::minutes(121)).contains(&wait), "{wait}");
    assert_eq!(ending.outcome, RunOutcome::WaitingForQuota);
    assert_eq!(summary(&vendor).await.state, ConnectionState::WaitingForQuota { until });
    let due = vendor
        .world
        .text("SELECT (run_at AT TIME ZONE 'UTC')::text FROM graphile_worker._private_jobs")
        .await;
    assert!(until.naive_utc().to_string().starts_with(&due[..19]), "{due} {until}");
    let read = facts(&vendor).await;
    assert!(read > 0, "what came before stays");
    vendor.clear_faults().await;
    vendor.advance(7_300).await;
    assert_eq!(vendor.run(connection).await.outcome, RunOutcome::Succeeded);
    vendor.assert_equal().await;
}

#[tokio::test]
async fn passing_trouble_passes() {
    let (vendor, connection) = Vendor::connected().await;
    let faults = [
        json!({"kind": "throttle_short", "retry_delay_s": 2, "times": 2}),
        json!({"kind": "truncated_json", "times": 1}),
        json!({"kind": "cut_body", "times": 1}),
        json!({"kind": "http_500", "times": 1}),
        json!({"kind": "html_error", "times": 1}),
        json!({"kind": "unknown_field", "times": 3}),
        json!({"kind": "expire_tokens", "path": "googleAds", "times": 1}),
    ];
    for fault in faults {
        vendor.fault(fault).await;
    }
    let ending = vendor.run(connection).await;
    let run = last_run(&vendor).await;
    assert!(matches!(ending.outcome, RunOutcome::Succeeded | RunOutcome::Incomplete), "{run:#?}");
    assert!(
        run.warnings.iter().all(|w| w.contains("field")),
        "only added fields may be told: {:#?}",
        run.warnings
    );
    vendor.clear_faults().await;
    vendor.assert_equal().await;
}

#[tokio::test]
async fn a_vendor_that_is_down_is_tried_again_soon() {
    let (vendor, connection) = Vendor::connected().await;
    vendor.fault(json!({"kind": "http_500", "status": 503, "times": 0})).await;
    let ending = vendor.run(connection).await;
    assert_eq!(ending.outcome, RunOutcome::Failed, "{:#?}", last_run(&vendor).await);
    let wait = ending.next_run_at.unwrap() - vendor.world.clock.now();
    assert!(wait <= TimeDelta::minutes(11), "{wait}");
    assert!(matches!(summary(&vendor).await.state, ConnectionState::Failing { .. }));
    vendor.clear_faults().await;
    assert_eq!(vendor.run(connection).await.outcome, RunOutcome::Succeeded);
    assert_eq!(summary(&vendor).await.state, ConnectionState::Ready);
}

#[tokio::test]
async fn a_run_can_be_cancelled_and_a_connection_paused() {
    let (vendor, connection) = Vendor::connected().await;
    vendor.fault(json!({"kind": "slow", "ms": 100, "times": 0})).await;
    let running = {
        let (pipeline, workspace) = (vendor.world.pipeline.clone(), vendor.world.workspace());
        tokio::spawn(async move {
            pipeline::sync::run::run(&pipeline, workspace, connection, &CancellationToken::new()).await
        })
    };
    for _ in 0..200 {
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        if vendor.world.number("SELECT count(*) FROM sync_runs WHERE days_done > 0").await > 0 {
            break;
        }
    }
    vendor.world.pipeline.cancel_run(vendor.member(), connection).await.unwrap();
    let ending = running.await.unwrap().unwrap().unwrap();
    assert_eq!(ending.outcome, RunOutcome::Cancelled);
    let run = last_run(&vendor).await;
    assert!(run.error.unwrap().contains("Stopped by a person") && run.days_done < run.days_planned);
    vendor.clear_faults().await;

    let pause = |paused| ConnectionChange { paused: Some(paused), ..ConnectionChange::default() };
    vendor.world.pipeline.change(vendor.member(), connection, pause(true)).await.unwrap();
    assert_eq!(summary(&vendor).await.state, ConnectionState::Paused);
    assert!(vendor.run_until(connection, &CancellationToken::new()).await.is_none());
    assert!(vendor.world.pipeline.sync_now(vendor.member(), connection).await.is_err());
    vendor.world.pipeline.change(vendor.member(), connection, pause(false)).await.unwrap();
    assert_eq!(vendor.run(connection).await.outcome, RunOutcome::Succeeded);
    vendor.assert_equal().await;
}

#[tokio::test]
async fn disconnecting_keeps_figures_or_deletes_them() {
    for delete in [false, true] {
        let (vendor, connection) = Vendor::connected().await;
        vendor.run(connection).await;
        let before = facts(&vendor).await;
        vendor.world.pipeline.disconnect(vendor.member(), connection, delete).await.unwrap();
        assert_eq!(facts(&vendor).await, if delete { 0 } else { before });
        let counts = "SELECT (SELECT count(*) FROM connections) + (SELECT count(*) FROM sync_runs) + (SELECT count(*) FROM stream_days)
                      + (SELECT count(*) FROM graphile_worker._private_jobs)";
        assert_eq!(vendor.world.number(counts).await, 0);
        let accounts = if delete { 0 } else { 2 };
        assert_eq!(
            vendor.world.number("SELECT count(*) FROM accounts WHERE connection_id IS NULL").await,
            accounts
        );
        assert!(vendor.run_until(connection, &CancellationToken::new()).await.is_none());
        if !delete {
            // Connected again, the same accounts go on where they are.
            let again = vendor.connect().await;
            vendor.start(again).await;
            assert_eq!(vendor.run(again).await.outcome, RunOutcome::Succeeded);
            assert_eq!(vendor.world.number("SELECT count(*) FROM accounts").await, 2);
            vendor.assert_equal().await;
        }
    }
}

#[tokio::test]
async fn accounts_that_do_not_add_up_are_told() {
    let (vendor, connection) = Vendor::connected().await;
    sqlx::raw_sql(
        "CREATE FUNCTION lose_clicks() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF NEW.kind = 1 THEN NEW.clicks := NEW.clicks * 0.98; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER lose_clicks BEFORE INSERT OR UPDATE ON rollup_ads_account_day
             FOR EACH ROW EXECUTE FUNCTION lose_clicks();",
    )
    .execute(vendor.world.db.pool())
    .await
    .unwrap();
    let ending = vendor.run(connection).await;
    let run = last_run(&vendor).await;
    assert_eq!(ending.outcome, RunOutcome::Incomplete);
    assert_eq!(run.warnings.len(), 2, "one per account: {:#?}", run.warnings);
    assert!(
        run.warnings[0].contains("Clicks of its campaigns from 2026-10-20 to 2026-11-21"),
        "{:#?}",
        run.warnings
    );
    let rows = vendor.world.text("SELECT DISTINCT concat_ws(' ', metric, first_day, last_day, served_total < vendor_total) FROM reconciliations").await;
    assert_eq!(rows, "clicks 2026-10-20 2026-11-21 t");
}

#[tokio::test]
async fn served_figures_are_the_vendors() {
    let (vendor, connection) = Vendor::connected().await;
    vendor.run(connection).await;
    let range: DayRange = days(HISTORY_FROM, "2026-11-22");
    let vendor_clicks: i64 = vendor
        .vendor_figures()
        .await
        .iter()
        .filter(|(key, _)| key.starts_with("1 "))
        .map(|(_, values)| values[1])
        .sum();
    let frame = vendor.world.served(Level::Campaign, range, &[Metric::Clicks]).await;
    assert_eq!(frame.totals, [Some(vendor_clicks)]);
}

/// Runs until one run ends by itself, starting again after each interruption.
async fn finish(vendor: &Vendor, connection: ConnectionId) {
    assert_eq!(vendor.run(connection).await.outcome, RunOutcome::Succeeded, "{:#?}", last_run(vendor).await);
    let running = vendor.world.number("SELECT count(*) FROM sync_runs WHERE outcome = 'running'").await;
    assert_eq!(running, 0);
}

#[tokio::test]
async fn stopped_and_killed_runs_end_in_the_facts_of_an_undisturbed_one() {
    let (undisturbed, connection) = Vendor::connected().await;
    finish(&undisturbed, connection).await;
    let expected = undisturbed.world.all_facts().await;
    undisturbed.assert_equal().await;

    // A soft stop lets the slice end and leaves the rest to the next start.
    let (stopped, connection) = Vendor::connected().await;
    for _ in 0..3 {
        let stop = CancellationToken::new();
        stop.cancel();
        let ending = stopped.run_until(connection, &stop).await.unwrap();
        assert_eq!(
            (ending.outcome, ending.next_run_at),
            (RunOutcome::Cancelled, Some(stopped.world.clock.now()))
        );
        assert_eq!(summary(&stopped).await.state, ConnectionState::Ready);
    }
    finish(&stopped, connection).await;
    assert_eq!(stopped.world.all_facts().await, expected);

    // A kill drops everything where it is.
    let (killed, connection) = Vendor::connected().await;
    killed.fault(json!({"kind": "slow", "ms": 60, "times": 0})).await;
    let mut seed = 20_261_122_u64;
    let mut cut_off = 0;
    for number in 0..20 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let wait = Duration::from_millis(100 + (seed >> 33) % 500);
        cut_off += u32::from(kill_after(&killed, connection, wait, number).await);
    }
    assert!(cut_off >= 18, "{cut_off} of 20 runs were cut off");
    let in_the_middle = killed
        .world
        .number("SELECT count(*) FROM sync_runs WHERE days_done > 0 AND days_done < days_planned")
        .await;
    // How many depends on the machine: on a busy one, more are killed before their first slice is written.
    assert!(in_the_middle >= 5, "{in_the_middle} of 20 runs had written something");
    killed.clear_faults().await;
    finish(&killed, connection).await;
    assert_eq!(killed.world.all_facts().await, expected);
    killed.assert_equal().await;
    let ends = killed.world.text("SELECT DISTINCT error FROM sync_runs WHERE outcome = 'cancelled'").await;
    assert!(ends.contains("goes on from there"), "{ends}");
}

/// A run of a server of its own that is killed: its tasks stop where they are, and its connections break. Answers whether
/// that was before the run's end.
async fn kill_after(vendor: &Vendor, connection: ConnectionId, wait: Duration, number: u32) -> bool {
    let name = format!("killed-{number}");
    let options =
        PoolOptions { max_connections: 5, application_name: name.clone(), ..PoolOptions::default() };
    let database = Database::connect(&vendor.world.db.url(), &options).await.unwrap();
    let settings = vendor.world.pipeline.settings.clone();
    let pipeline = services_on(database, &vendor.world.clock, settings);
    let workspace = vendor.world.workspace();
    let running = tokio::spawn(async move {
        pipeline::sync::run::run(&pipeline, workspace, connection, &CancellationToken::new()).await
    });
    tokio::time::sleep(wait).await;
    running.abort();
    let is_cut = running.await.is_err_and(|error| error.is_cancelled());
    let broken = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{name}'"
    );
    vendor.world.number(&broken).await;
    let left = format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}'");
    while vendor.world.number(&left).await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    is_cut
}
