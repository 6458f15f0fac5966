//! Power cuts: kill -9 at any point loses nothing and duplicates nothing.

use crate::house::NOW;
use crate::machine::{Machine, Server};
use crate::vendor::Vendor;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rustix::process::{Signal, kill_process};
use serde_json::json;
use std::time::{Duration, Instant};

const KILLS: usize = 20;
/// Longer than the 30 days that are read again by each run, so that later runs also go on where earlier ones ended.
const HISTORY_FROM: &str = "2026-07-10";
/// Per request, so that a synchronisation lasts long enough to be hit in the middle.
const VENDOR_DELAY: Duration = Duration::from_millis(10);

/// Everything that a synchronisation leaves, by natural keys: numbers of rows and times of reading differ between two
/// installations, values must not.
const STATE: &str = "
    SELECT t FROM (
        SELECT concat_ws('|', 'fact', a.remote_id, f.kind, e.remote_id, f.day, f.currency, f.import_id, f.impressions,
            f.clicks, f.link_clicks, f.video_views, f.engagements, f.reach, f.spend, f.conversions, f.all_conversions,
            f.conversion_value, f.revenue, f.leads, f.budget, f.extra, f.hash) AS t
        FROM facts_ads f JOIN entities e ON e.workspace_id = f.workspace_id AND e.id = f.entity_id
            JOIN accounts a ON a.workspace_id = f.workspace_id AND a.id = f.account_id
        UNION ALL
        SELECT concat_ws('|', 'by', a.remote_id, f.kind, e.remote_id, f.day, f.currency, f.dimension, f.value,
            f.impressions, f.clicks, f.link_clicks, f.video_views, f.engagements, f.reach, f.spend, f.conversions,
            f.all_conversions, f.conversion_value, f.revenue, f.leads, f.extra, f.hash)
        FROM facts_ads_by f JOIN entities e ON e.workspace_id = f.workspace_id AND e.id = f.entity_id
            JOIN accounts a ON a.workspace_id = f.workspace_id AND a.id = f.account_id
        UNION ALL
        SELECT concat_ws('|', 'rollup', a.remote_id, r.kind, r.day, r.currency, r.facts, r.impressions, r.clicks,
            r.link_clicks, r.video_views, r.engagements, r.spend, r.conversions, r.all_conversions, r.conversion_value,
            r.revenue, r.leads)
        FROM rollup_ads_account_day r JOIN accounts a ON a.workspace_id = r.workspace_id AND a.id = r.account_id
        UNION ALL
        SELECT concat_ws('|', 'entity', a.remote_id, e.kind, e.remote_id, p.kind, p.remote_id, c.remote_id, g.remote_id,
            e.name, e.status, e.attributes)
        FROM entities e JOIN accounts a ON a.workspace_id = e.workspace_id AND a.id = e.account_id
            LEFT JOIN entities p ON p.id = e.parent_id LEFT JOIN entities c ON c.id = e.campaign_id
            LEFT JOIN entities g ON g.id = e.ad_group_id
        UNION ALL
        SELECT concat_ws('|', 'former name', e.remote_id, n.name) FROM entity_names n JOIN entities e ON e.id = n.entity_id
        UNION ALL
        SELECT concat_ws('|', 'day', remote_id, stream, day, is_partial) FROM stream_days
        UNION ALL
        SELECT concat_ws('|', 'account', platform, source, remote_id, name, currency, time_zone,
            (SELECT string_agg(concat(t.family, t.kind, t.metrics), ' ' ORDER BY t.family, t.kind) FROM reported_metrics t
             WHERE t.workspace_id = accounts.workspace_id AND t.account_id = accounts.id),
            complete_until, provisional_from, remark)
        FROM accounts
        UNION ALL
        SELECT concat_ws('|', 'restated', a.remote_id, r.day, r.metric, r.old_value, r.new_value)
        FROM restatements r JOIN accounts a ON a.workspace_id = r.workspace_id AND a.id = r.account_id
    ) x ORDER BY t COLLATE \"C\"";

async fn until_called(vendor: &Vendor, server: &Server, calls: u64) -> bool {
    let mut looked = Instant::now();
    while vendor.calls() < calls {
        // Asked now and then only, so that the run is not disturbed.
        if looked.elapsed() > Duration::from_secs(1) {
            looked = Instant::now();
            if server.outcome().await == "succeeded" {
                return false;
            }
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    true
}

#[tokio::test]
async fn twenty_kills_in_the_middle_of_a_sync_change_no_value() {
    let seed = std::env::var("WINDHOVER_TEST_SEED")
        .map_or_else(|_| rand::random::<u64>(), |text| text.parse().unwrap());
    println!("WINDHOVER_TEST_SEED={seed} repeats this run");
    let mut rng = StdRng::seed_from_u64(seed);
    let vendor = Vendor::start(NOW).await;
    vendor.take_time(VENDOR_DELAY);

    let calm = Machine::with(&vendor);
    let mut server = calm.start("serve").await;
    server.set_up().await;
    let begun = Instant::now();
    let before = vendor.calls();
    server.connect(&vendor, HISTORY_FROM).await;
    server.wait_for_success().await;
    let calls = vendor.calls() - before;
    println!("undisturbed: {calls} requests in {:?}", begun.elapsed());
    let expected = calm.text(STATE).await;
    let facts = expected.iter().filter(|line| line.starts_with("fact|")).count();
    assert!(facts > 500 && calls > 50, "{facts} facts, {calls} requests: too little to be killed in");
    server.stop().await;

    let machine = Machine::with(&vendor);
    let mut server = machine.start("serve").await;
    server.set_up().await;
    let token = server.token.clone();
    server.connect(&vendor, HISTORY_FROM).await;
    let mut hits = 0;
    for kill in 1..=KILLS {
        // The first run reads everything; runs after it at least the days that may be restated.
        let most = if kill == 1 { calls } else { calls / 2 };
        let at = vendor.calls() + rng.random_range(1..=most);
        let is_under_way = until_called(&vendor, &server, at).await;
        if !is_under_way {
            server.call("sync_now", json!({"ws": "acme", "connection": 1})).await;
            until_called(&vendor, &server, vendor.calls() + rng.random_range(1..=calls / 3)).await;
        }
        tokio::time::sleep(Duration::from_micros(rng.random_range(0..40_000))).await;
        server.kill_9().await;
        server = machine.start("serve").await;
        server.token.clone_from(&token);
        let cut = machine
            .number("SELECT count(*) FROM sync_runs WHERE error LIKE 'The server stopped in the middle%'")
            .await;
        let running = machine.number("SELECT count(*) FROM sync_runs WHERE outcome = 'running'").await;
        hits = cut + running;
        println!(
            "kill {kill}: {hits} runs cut so far, {} slices written",
            machine.number("SELECT count(*) FROM stream_days").await
        );
    }
    server.wait_for_success().await;
    assert!(hits >= 15, "only {hits} of {KILLS} kills hit a run");
    let found = machine.text(STATE).await;
    let difference: Vec<&String> = expected
        .iter()
        .filter(|l| !found.contains(l))
        .chain(found.iter().filter(|l| !expected.contains(l)))
        .take(20)
        .collect();
    assert!(found == expected, "the states differ, for example:\n{difference:#?}");
    let runs = machine.text("SELECT DISTINCT outcome FROM sync_runs ORDER BY 1").await;
    assert_eq!(runs, ["cancelled", "succeeded"], "every cut run says so");
    // The session outlived it all.
    assert_eq!(server.ask("sessions", "").await.as_array().map(Vec::len), Some(1));
    server.stop().await;
}

#[tokio::test]
async fn a_demo_killed_while_it_is_made_is_made_whole_at_the_next_start() {
    let seed = std::env::var("WINDHOVER_TEST_SEED")
        .map_or_else(|_| rand::random::<u64>(), |text| text.parse().unwrap());
    println!("WINDHOVER_TEST_SEED={seed} repeats this run");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut machine = Machine::new();
    machine.set("WINDHOVER_LISTEN", "127.0.0.1:0");
    // One platform is made by the same steps as twenty.
    machine.set("WINDHOVER_DEMO_PLATFORMS", "google_ads");
    // The cluster exists, so that the kills hit what comes after it.
    assert_eq!(machine.run(&["migrate"]).await.code, Some(0));
    for _ in 0..6 {
        let server = machine.launch("demo");
        tokio::time::sleep(Duration::from_millis(rng.random_range(300..3_500))).await;
        server.kill_9().await;
    }
    let mut server = machine.start("demo").await;
    server.set_up().await;
    assert_eq!(server.call("open_demo", json!({})).await, "demo");
    assert_eq!(machine.number("SELECT count(*) FROM workspaces WHERE is_demo").await, 1);
    assert_eq!(machine.number("SELECT count(*) FROM connections").await, 1);
    assert_eq!(machine.number("SELECT count(*) FROM connection_accounts WHERE is_selected").await, 6);
    assert!(machine.number("SELECT count(*) FROM fx_rates").await > 100);
    // Rules that were written once, by which what comes is assigned: some for a season, some for lasting efforts.
    assert_eq!(machine.number("SELECT count(*) - count(DISTINCT place) FROM mapping_rules").await, 0);
    let begun = Instant::now();
    let (facts, brand) = (
        "SELECT count(*) FROM facts_ads",
        "SELECT count(*) FROM entity_campaigns c JOIN unified_campaigns u ON u.id = c.campaign_id
         WHERE u.name = 'Brand' OR u.name ~ ' 20\\d\\d$'",
    );
    while machine.number(facts).await == 0 || machine.number(brand).await == 0 {
        assert!(begun.elapsed() < Duration::from_mins(1), "no figures come: {}", server.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // Whoever enters it while its simulator runs finds it as it is: what waits for a consent goes on waiting.
    let grants = "SELECT sum(grant_number) FROM connections";
    let before = machine.number(grants).await;
    assert_eq!(server.call("open_demo", json!({})).await, "demo");
    assert_eq!(machine.number(grants).await, before);
    server.stop().await;
}

#[tokio::test]
async fn a_killed_database_comes_back_and_work_goes_on() {
    let vendor = Vendor::start(NOW).await;
    vendor.take_time(VENDOR_DELAY);
    let machine = Machine::with(&vendor);
    let mut server = machine.start("serve").await;
    server.set_up().await;
    server.connect(&vendor, "2026-08-20").await;
    until_called(&vendor, &server, vendor.calls() + 10).await;
    let first = machine.postmaster().unwrap();
    kill_process(first, Signal::KILL).unwrap();
    let begun = Instant::now();
    while server.try_get("/readyz").await != Some(200) || machine.postmaster() == Some(first) {
        assert!(begun.elapsed() < Duration::from_secs(30), "not ready again: {}", server.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("ready again after {:?}", begun.elapsed());
    assert_eq!(server.ask("sessions", "").await.as_array().map(Vec::len), Some(1));
    // The run that was hit failed or was cut off. The next one works: the workers live too.
    let begun = Instant::now();
    while server.outcome().await != "succeeded" {
        assert!(begun.elapsed() < Duration::from_mins(1), "no run works any more: {}", server.log());
        tokio::time::sleep(Duration::from_millis(500)).await;
        server.call("sync_now", json!({"ws": "acme", "connection": 1})).await;
    }
    println!("a run worked after {:?}", begun.elapsed());
    server.stop().await;
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused() {
    let machine = Machine::new();
    let server = machine.start("serve").await;
    let second = machine.run(&["serve"]).await;
    assert_eq!(second.code, Some(1), "{second:?}");
    assert!(
        second.err.contains(&server.pid().as_raw_nonzero().to_string()),
        "it names the other: {}",
        second.err
    );
    assert_eq!(server.try_get("/readyz").await, Some(200), "the first one does not mind");
    server.stop().await;
}
