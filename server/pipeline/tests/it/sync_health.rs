//! One day again, calls and quotas, mistakes of ours, the end of consents, and what removing takes along.

use crate::common::day;
use crate::odd::{Habit, odd};
use crate::vendor::Vendor;
use chrono::TimeDelta;
use model::AppError;
use model::connections::{ConnectionChange, ConnectionState, DayCompleteness, RunOutcome, RunSummary};
use model::health::{CallCounts, ExpiryStage};
use model::ids::ConnectionId;
use model::ports::Connections;
use pipeline::Platforms;
use pipeline::sync::run::{Ending, run_job};
use serde_json::json;
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

/// Beyond the look-back, so that a regular run leaves it alone.
const OLD: &str = "2026-10-21";

async fn last_run(vendor: &Vendor) -> RunSummary {
    vendor.world.pipeline.list(vendor.member()).await.unwrap().remove(0).last_run.unwrap()
}

async fn run_day(vendor: &Vendor, connection: ConnectionId, text: &str) -> Ending {
    let stop = CancellationToken::new();
    let (pipeline, workspace) = (&vendor.world.pipeline, vendor.world.workspace());
    run_job(pipeline, workspace, connection, Some(day(text)), &stop).await.unwrap().unwrap()
}

async fn keys(vendor: &Vendor) -> String {
    vendor.world.text("SELECT key FROM graphile_worker._private_jobs ORDER BY key").await
}

#[tokio::test]
async fn one_day_is_read_again_and_nothing_else() {
    let (vendor, connection) = Vendor::connected().await;
    vendor.run(connection).await;
    vendor.assert_equal().await;
    let (pipeline, member) = (&vendor.world.pipeline, vendor.member());
    // Today goes on growing while the clock does.
    let of_day = async || -> Vec<String> {
        let facts = vendor.world.all_facts().await;
        facts.lines().filter(|line| line.contains(OLD)).map(str::to_owned).collect()
    };
    let before = of_day().await;
    let due = vendor.world.text("SELECT next_run_at::text FROM connections").await;
    vendor.advance(60).await;
    for wrong in [
        "UPDATE facts_ads SET clicks = clicks + 5, hash = hash + 1 WHERE day = $1",
        "UPDATE rollup_ads_account_day SET clicks = clicks + 5 * facts WHERE day = $1",
    ] {
        sqlx::query(wrong).bind(day(OLD)).execute(vendor.world.db.pool()).await.unwrap();
    }
    vendor.run(connection).await;
    assert!(
        before.len() > 20 && of_day().await != before,
        "a regular run leaves days alone that are settled"
    );

    pipeline.read_day(member, connection, day(OLD)).await.unwrap();
    pipeline.read_day(member, connection, day(OLD)).await.unwrap();
    assert_eq!(
        keys(&vendor).await,
        format!("sync:{connection}\nsync:{connection}:{OLD}"),
        "asked twice, run once"
    );
    let queues = "SELECT count(DISTINCT job_queue_id) FROM graphile_worker._private_jobs";
    assert_eq!(vendor.world.number(queues).await, 1, "runs of a connection come one after the other");
    let detail = pipeline.detail(member, connection).await.unwrap();
    assert_eq!(detail.queued_days, [day(OLD)]);
    let seen = pipeline.day(member, connection, day(OLD)).await.unwrap();
    assert!(seen.is_queued && seen.run.is_none());

    vendor.advance(60).await;
    let next = detail.summary.next_run_at;
    let ending = run_day(&vendor, connection, OLD).await;
    let run = last_run(&vendor).await;
    assert_eq!((ending.outcome, run.only_day), (RunOutcome::Succeeded, Some(day(OLD))), "{run:#?}");
    assert!(of_day().await == before, "the day is as the vendor has it");
    assert!(run.rows_read > 0 && run.rows_changed > 0 && run.days_done == run.days_planned, "{run:#?}");
    let read = vendor
        .world
        .text("SELECT DISTINCT day::text FROM stream_days WHERE read_at = (SELECT max(read_at) FROM stream_days)")
        .await;
    assert_eq!(read, OLD);
    let summary = pipeline.list(member).await.unwrap().remove(0);
    assert_eq!((&summary.state, summary.next_run_at), (&ConnectionState::Ready, next), "was due {due}");
    assert_eq!(summary.complete_until, Some(day("2026-11-21")));
    let seen = pipeline.day(member, connection, day(OLD)).await.unwrap();
    assert_eq!(seen.state, DayCompleteness::Complete);
    assert_eq!(seen.run.map(|run| run.outcome), Some(RunOutcome::Succeeded));
    assert_eq!(seen.accounts.len(), 2);
    assert!(
        seen.accounts[0].streams.iter().all(|s| s.state == DayCompleteness::Complete && s.read_at.is_some())
    );
    let today = pipeline.day(member, connection, day("2026-11-22")).await.unwrap();
    assert_eq!(today.state, DayCompleteness::Partial);
}

#[tokio::test]
async fn a_day_that_can_t_be_read_says_why() {
    let (vendor, connection) = Vendor::connected().await;
    let (pipeline, member) = (&vendor.world.pipeline, vendor.member());
    let refused = async |text: &str| -> AppError {
        pipeline.read_day(member, connection, day(text)).await.unwrap_err()
    };
    assert!(refused("2026-11-24").await.message.contains("has not come yet"));
    assert!(refused("2026-10-01").await.message.contains("begins on 2026-10-20"));
    let pause = ConnectionChange { paused: Some(true), ..ConnectionChange::default() };
    pipeline.change(member, connection, pause).await.unwrap();
    assert!(refused(OLD).await.hint.unwrap().contains("Resume"));
    assert!(!keys(&vendor).await.contains(OLD));
}

#[tokio::test]
async fn a_day_that_meets_a_used_up_quota_waits_with_its_connection_and_goes_when_it_is_removed() {
    let (vendor, connection) = Vendor::connected().await;
    vendor.run(connection).await;
    vendor.fault(json!({"kind": "quota_daily", "retry_delay_s": 7200, "times": 0})).await;
    let ending = run_day(&vendor, connection, OLD).await;
    let until = ending.next_run_at.expect("it says when");
    assert_eq!(ending.outcome, RunOutcome::WaitingForQuota);
    let (pipeline, member) = (&vendor.world.pipeline, vendor.member());
    let state = pipeline.list(member).await.unwrap().remove(0).state;
    assert_eq!(state, ConnectionState::WaitingForQuota { until });
    let waiting = "SELECT count(*) FROM graphile_worker._private_jobs WHERE run_at > '2026-11-22T13:50:00Z'";
    assert_eq!(vendor.world.number(waiting).await, 2, "{}", keys(&vendor).await);
    pipeline.disconnect(member, connection, false).await.unwrap();
    assert_eq!(keys(&vendor).await, "");
}

#[tokio::test]
async fn a_day_that_fails_says_nothing_about_the_connection() {
    let (vendor, connection) = Vendor::connected().await;
    vendor.run(connection).await;
    vendor.fault(json!({"kind": "html_error", "times": 0})).await;
    let ending = run_day(&vendor, connection, OLD).await;
    let run = last_run(&vendor).await;
    assert_eq!(ending.outcome, RunOutcome::Failed, "{run:#?}");
    let raw = run.raw_error.unwrap();
    assert!(raw.contains("a web page came instead of JSON, titled"), "{raw}");
    let summary = vendor.world.pipeline.list(vendor.member()).await.unwrap().remove(0);
    assert_eq!(summary.state, ConnectionState::Ready);
    assert_eq!(summary.next_run_at, ending.next_run_at);
    vendor.clear_faults().await;
    vendor.assert_equal().await;
}

#[tokio::test]
async fn calls_are_counted_by_run_and_make_the_rates_of_health() {
    let (vendor, connection) = Vendor::connected().await;
    for fault in [
        json!({"kind": "throttle_short", "retry_delay_s": 1, "times": 2}),
        json!({"kind": "http_500", "times": 1}),
        json!({"kind": "truncated_json", "times": 1}),
    ] {
        vendor.fault(fault).await;
    }
    vendor.run(connection).await;
    let first = last_run(&vendor).await.calls;
    assert_eq!(
        CallCounts { good: 0, ..first },
        CallCounts { throttled: 2, failed: 1, broken: 1, ..CallCounts::default() }
    );
    assert!(first.good > 10, "{first:?}");
    vendor.clear_faults().await;
    vendor.run(connection).await;
    let second = last_run(&vendor).await.calls;
    assert_eq!(second.bad(), 0, "each run counts its own");

    let health = vendor.world.pipeline.health(vendor.member()).await.unwrap();
    let of = &health.connections[0];
    assert_eq!((of.runs, of.troubled_runs, of.calls.total()), (2, 0, first.total() + second.total()));
    assert_eq!(of.error_rate, of.calls.error_rate());
    assert_eq!((of.complete_until, of.days_behind), (Some(day("2026-11-21")), Some(0)));
    assert_eq!(health.platforms.len(), 1);
    assert_eq!(health.platforms[0].calls, of.calls);
    assert_eq!(health.platforms[0].success_rate, of.calls.success_rate());

    // What is older than 30 days no longer counts.
    sqlx::query("UPDATE sync_runs SET started_at = started_at - interval '31 days'")
        .execute(vendor.world.db.pool())
        .await
        .unwrap();
    let health = vendor.world.pipeline.health(vendor.member()).await.unwrap();
    assert_eq!((health.connections[0].runs, health.platforms[0].success_rate), (0, None));
}

#[tokio::test]
async fn connections_that_need_somebody_come_first() {
    let (vendor, healthy) = Vendor::connected().await;
    vendor.run(healthy).await;
    let dead = vendor.connect().await;
    vendor.start(dead).await;
    vendor.fault(json!({"kind": "revoke"})).await;
    vendor.run(dead).await;
    let choosing = vendor.connect().await;
    let health = vendor.world.pipeline.health(vendor.member()).await.unwrap();
    let order: Vec<ConnectionId> = health.connections.iter().map(|c| c.connection).collect();
    assert_eq!(order, [dead, choosing, healthy]);
    assert!(health.connections[0].what_to_do.as_deref().unwrap().starts_with("Reconnect"));
    assert_eq!((health.connections[0].troubled_runs, health.connections[2].what_to_do.as_deref()), (1, None));
    assert!(health.connections[0].calls.refused > 0, "{:?}", health.connections[0].calls);

    let lines =
        pipeline::connections::troubles(&vendor.world.db.database(), vendor.world.clock.now()).await.unwrap();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| line.contains(" in one: ")), "{lines:?}");
}

#[tokio::test]
async fn the_end_of_a_consent_is_announced_and_reconnecting_ends_that() {
    let (vendor, connection) = Vendor::connected().await;
    let expiry = async || vendor.world.pipeline.list(vendor.member()).await.unwrap().remove(0).expiry;
    assert_eq!(expiry().await, None, "nothing is known of its end");
    let ends_at = vendor.world.clock.now() + TimeDelta::days(20);
    sqlx::query("UPDATE connections SET grant_ends_at = $1")
        .bind(ends_at)
        .execute(vendor.world.db.pool())
        .await
        .unwrap();
    assert_eq!(expiry().await, None);
    for (days, left, stage) in [
        (6, 14, ExpiryStage::TwoWeeks),
        (7, 7, ExpiryStage::Week),
        (6, 1, ExpiryStage::Day),
        (1, 0, ExpiryStage::Over),
    ] {
        vendor.advance(days * 86_400).await;
        let told = expiry().await.unwrap();
        assert_eq!((told.days_left, told.stage, told.ends_at), (left, stage, ends_at));
        let lines = vendor.world.pipeline.ending(vendor.member()).await.unwrap();
        assert_eq!(
            lines.iter().map(|line| (line.connection, line.expiry)).collect::<Vec<_>>(),
            [(connection, told)]
        );
    }
    let health = vendor.world.pipeline.health(vendor.member()).await.unwrap();
    assert!(health.connections[0].what_to_do.as_deref().unwrap().contains("access has ended"));
    vendor.reconnect(connection).await;
    assert_eq!(expiry().await, None);
    assert_eq!(vendor.world.pipeline.ending(vendor.member()).await.unwrap(), []);
    vendor.run(connection).await;
    assert_eq!(expiry().await, None);
}

#[tokio::test]
async fn a_stream_that_panics_takes_nothing_else_along() {
    let vendor = Vendor::reading(Platforms(|slug| odd(slug, Habit::Panics("ad_daily")))).await;
    let connection = vendor.connect().await;
    vendor.start(connection).await;
    let ending = vendor.run(connection).await;
    let run = last_run(&vendor).await;
    assert_eq!(ending.outcome, RunOutcome::Incomplete, "{run:#?}");
    assert_eq!(run.warnings.len(), 2, "one per account: {:#?}", run.warnings);
    assert!(
        run.warnings[0].contains("stream ad_daily: Reading ended by a mistake in Windhover"),
        "{:#?}",
        run.warnings
    );
    assert!(run.warnings[0].contains("Nothing to correct on your side"));
    let streams = "SELECT DISTINCT stream FROM stream_days ORDER BY 1";
    let read = vendor.world.text(streams).await;
    assert!(read.contains("campaign_daily") && !read.contains("ad_daily\n"), "{read}");
    let health = vendor.world.pipeline.health(vendor.member()).await.unwrap();
    let quota = &health.connections[0].quotas[0];
    assert_eq!((quota.name.as_str(), quota.used, quota.limit), ("operations per day", 150, 15_000));
}

#[tokio::test]
async fn a_connector_that_panics_ends_its_own_run_in_plain_words() {
    let vendor = Vendor::reading(Platforms(|slug| odd(slug, Habit::PanicsAtOnce))).await;
    let connection = vendor.connect().await;
    vendor.start(connection).await;
    let ending = vendor.run(connection).await;
    let run = last_run(&vendor).await;
    assert_eq!((ending.outcome, run.outcome), (RunOutcome::Failed, RunOutcome::Failed));
    let error = run.error.unwrap();
    assert!(error.contains("a mistake in Windhover") && error.contains("update Windhover"), "{error}");
    assert_eq!(run.raw_error.as_deref(), Some("panic: index out of bounds: the len is 0"));
    assert!(ending.next_run_at.is_some(), "it is tried again by schedule");
    let state = vendor.world.pipeline.list(vendor.member()).await.unwrap().remove(0).state;
    assert!(matches!(state, ConnectionState::Failing { .. }), "{state:?}");
}

fn setting(name: &str, value: &str) -> ConnectionChange {
    let settings = BTreeMap::from([(name.to_owned(), value.to_owned())]);
    ConnectionChange { settings: Some(settings), ..ConnectionChange::default() }
}

#[tokio::test]
async fn a_setting_that_changes_the_meaning_of_figures_reads_all_days_again() {
    let vendor = Vendor::reading(Platforms(|slug| odd(slug, Habit::None))).await;
    let connection = vendor.connect().await;
    vendor.start(connection).await;
    vendor.run(connection).await;
    let (pipeline, member) = (&vendor.world.pipeline, vendor.member());
    let days = "SELECT count(*) FROM stream_days";
    let (read, facts) = (vendor.world.number(days).await, vendor.world.all_facts().await);
    let told = pipeline.detail(member, connection).await.unwrap().known_settings;
    let restating: Vec<&str> = told.iter().filter(|s| s.restates).map(|s| s.name.as_str()).collect();
    assert_eq!(restating, ["conversion_window_days"]);

    pipeline.change(member, connection, setting("method", "searchStream")).await.unwrap();
    assert_eq!(vendor.world.number(days).await, read, "how it is read changes no figure");
    pipeline.change(member, connection, setting("conversion_window_days", "30")).await.unwrap();
    assert_eq!(vendor.world.number(days).await, read, "that is the default");
    let refused =
        pipeline.change(member, connection, setting("conversion_window_days", "900")).await.unwrap_err();
    assert_eq!(refused.field.as_deref(), Some("settings.conversion_window_days"));

    pipeline.change(member, connection, setting("conversion_window_days", "7")).await.unwrap();
    assert_eq!(vendor.world.number(days).await, 0);
    assert!(vendor.world.all_facts().await == facts, "figures stay until others are there");
    vendor.run(connection).await;
    assert_eq!(vendor.world.number(days).await, read);
    vendor.assert_equal().await;

    // A run that began before may not mark days as read under the new meaning.
    vendor.fault(json!({"kind": "slow", "ms": 100, "times": 0})).await;
    let running = {
        let (pipeline, workspace) = (pipeline.clone(), vendor.world.workspace());
        tokio::spawn(async move {
            pipeline::sync::run::run(&pipeline, workspace, connection, &CancellationToken::new()).await
        })
    };
    for _ in 0..200 {
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        if vendor
            .world
            .number("SELECT count(*) FROM sync_runs WHERE outcome = 'running' AND days_done > 0")
            .await
            > 0
        {
            break;
        }
    }
    pipeline.change(member, connection, setting("conversion_window_days", "14")).await.unwrap();
    let ending = running.await.unwrap().unwrap().unwrap();
    assert_eq!(ending.outcome, RunOutcome::Cancelled);
    assert!(last_run(&vendor).await.error.unwrap().contains("Settings were changed meanwhile"));
    assert_eq!(vendor.world.number(days).await, 0);
}

#[tokio::test]
async fn what_removing_takes_along_is_told_in_numbers() {
    let (vendor, connection) = Vendor::connected().await;
    let (pipeline, member) = (&vendor.world.pipeline, vendor.member());
    let before = pipeline.removal(member, connection).await.unwrap();
    assert_eq!((before.accounts, before.rows, before.span, before.runs), (0, 0, None, 0));
    vendor.run(connection).await;
    let told = pipeline.removal(member, connection).await.unwrap();
    let facts = vendor.world.number("SELECT count(*) FROM facts_ads").await;
    assert_eq!((told.accounts, told.rows, told.runs), (2, facts, 1));
    let span = told.span.unwrap();
    assert_eq!((span.from(), span.until()), (day("2026-10-20"), day("2026-11-22")));
}
