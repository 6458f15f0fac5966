//! Files of other families than advertising that people really have, with known control totals.

use crate::common::{World, days, shared};
use metrics::Family;
use model::imports::{ImportPreview, Question};

fn totals(preview: &ImportPreview) -> String {
    preview.totals.iter().map(|t| format!("{} {}", t.metric, t.total)).collect::<Vec<_>>().join(", ")
}

fn has_note(preview: &ImportPreview, text: &str) -> bool {
    preview.notes.iter().any(|note| note.contains(text))
}

#[tokio::test]
async fn a_daily_report_of_google_analytics() {
    let Some(path) = shared("vendor-exports/ga4-daily-report.csv") else { return };
    let world = World::new().await;
    let (_, preview) = world.import(&path, |_| {}).await;
    assert_eq!(
        (preview.rows, preview.rejected_rows, preview.total_rows),
        (241, 0, 0),
        "{:?}",
        preview.rejected
    );
    assert_eq!(totals(&preview), "events 1003468, users 283560, new_users 242119");
    assert_eq!(preview.mapping.platform, "ga4");
    assert_eq!(preview.days, Some(days("2023-07-08", "2024-03-04")));
    let sums = world.sums_in(Family::Web, "", "kind = 0").await;
    assert_eq!(sums["events"], "1003468");
    assert_eq!(sums["users"], "283560");
    assert_eq!(sums["new_users"], "242119");
    assert_eq!(sums.len(), 3);
    assert_eq!(world.number("SELECT count(*) FROM facts_web").await, 241);
    assert_eq!(world.number("SELECT count(*) FROM facts_web_by").await, 0);
    assert_eq!(world.number("SELECT count(*) FROM facts_ads").await, 0);
}

#[tokio::test]
async fn channels_by_hour_keep_their_users_and_make_totals_of_sessions() {
    let Some(path) = shared("vendor-exports/ga4-channel-by-hour.csv") else { return };
    let world = World::new().await;
    let (import, preview) = world.import(&path, |_| {}).await;
    assert_eq!(
        (preview.rows, preview.rejected_rows, preview.repeated_rows),
        (3182, 0, 0),
        "{:?}",
        preview.rejected
    );
    let expected = "users 133440, sessions 162895, engaged_sessions 90132, events 770911";
    assert_eq!(totals(&preview), expected);
    assert!(has_note(&preview, "Users can't be added up"), "{:?}", preview.notes);
    let by = world.sums_in(Family::Web, "_by", "dimension = 'channel_group+hour'").await;
    assert_eq!(by["users"], "133440");
    assert_eq!(by["sessions"], "162895");
    assert_eq!(world.number("SELECT count(*) FROM facts_web_by").await, 3182);
    assert_eq!(
        world
            .text("SELECT users::text FROM facts_web_by WHERE value = 'Direct · 23' AND day = '2024-04-16'")
            .await,
        "237"
    );
    let sums = world.sums_in(Family::Web, "", "kind = 0").await;
    let shown: Vec<String> = sums.iter().map(|(m, v)| format!("{m} {v}")).collect();
    assert_eq!(shown, ["engaged_sessions 90132", "events 770911", "sessions 162895"]);
    assert_eq!(world.number("SELECT count(*) FROM facts_web").await, 28);
    world.take_back(import).await;
    for table in ["facts_web", "facts_web_by", "rollup_web_account_day"] {
        assert_eq!(world.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
}

/// Sums and days of a metric by platform.
async fn by_platform(world: &World, metric: &str) -> String {
    world
        .text(&format!(
            "SELECT concat_ws(' ', a.platform, count(*), sum({metric}), min(day), max(day)) FROM facts_social f
             JOIN accounts a ON a.id = f.account_id GROUP BY a.platform ORDER BY 1"
        ))
        .await
}

#[tokio::test]
async fn two_tables_of_one_file_are_two_platforms() {
    let Some(path) = shared("vendor-exports/meta-page-reach-utf16.csv") else { return };
    let world = World::new().await;
    let (_, preview) = world.import(&path, |_| {}).await;
    assert_eq!((preview.rows, preview.rejected_rows), (484, 0), "{:?}", preview.rejected);
    assert_eq!(totals(&preview), "reach 4047896");
    assert_eq!(
        by_platform(&world, "reach").await,
        "facebook 242 3897137 2023-07-08 2024-03-05\ninstagram 242 150759 2023-07-08 2024-03-05"
    );
}

#[tokio::test]
async fn a_title_without_a_platform_is_of_the_file() {
    let Some(path) = shared("vendor-exports/meta-page-follows-utf16.csv") else { return };
    let world = World::new().await;
    let (_, preview) = world.import(&path, |_| {}).await;
    assert_eq!((preview.rows, preview.rejected_rows), (471, 0), "{:?}", preview.rejected);
    assert_eq!(totals(&preview), "new_followers 6147");
    assert_eq!(
        by_platform(&world, "new_followers").await,
        "facebook 242 4795 2023-07-08 2024-03-05\ninstagram 229 1352 2023-07-08 2024-03-04"
    );
}

#[tokio::test]
async fn weeks_of_search_are_spread_and_keep_their_position() {
    let Some(path) = shared("vendor-exports/gsc-weekly-chart.csv") else { return };
    let world = World::new().await;
    let (_, preview) = world.import(&path, |_| {}).await;
    assert_eq!((preview.rows, preview.rejected_rows), (13, 0), "{:?}", preview.rejected);
    assert_eq!(totals(&preview), "clicks 2001, impressions 137622, position 150.6");
    assert_eq!(preview.mapping.platform, "search_console");
    let sums = world.sums_in(Family::Search, "", "kind = 0").await;
    assert_eq!((sums["clicks"].as_str(), sums["impressions"].as_str()), ("2001", "137622"));
    assert_eq!(world.number("SELECT count(*) FROM facts_search").await, 90);
    let week =
        "SELECT concat_ws(' ', sum(clicks), sum(impressions), sum(position * impressions) / sum(impressions))
                FROM facts_search WHERE day BETWEEN '2025-12-08' AND '2025-12-13'";
    assert!(world.text(week).await.starts_with("109 5640 12200000"));
}

#[tokio::test]
async fn queries_ask_for_their_period_and_make_no_totals() {
    let Some(path) = shared("vendor-exports/gsc-queries.csv") else { return };
    let world = World::new().await;
    let (import, file, preview) = world.look(&path).await;
    assert_eq!(preview.questions, [Question::Period { suggestion: None }]);
    assert_eq!((preview.rows, preview.rejected_rows), (1000, 0), "{:?}", preview.rejected);
    assert_eq!(totals(&preview), "clicks 1391, impressions 55634, position 19312.75");
    assert!(has_note(&preview, "rare queries"), "{:?}", preview.notes);
    let mut mapping = preview.mapping.clone();
    mapping.period = Some(days("2025-12-08", "2026-03-07"));
    world.load(import, &file, mapping).await.unwrap();
    let by = world.sums_in(Family::Search, "_by", "dimension = 'query'").await;
    assert_eq!((by["clicks"].as_str(), by["impressions"].as_str()), ("1391", "55634"));
    assert_eq!(world.number("SELECT count(DISTINCT value) FROM facts_search_by").await, 1000);
    assert_eq!(world.number("SELECT count(*) FROM facts_search").await, 0);
}

#[tokio::test]
async fn devices_make_the_totals_of_their_period() {
    let Some(path) = shared("vendor-exports/gsc-devices.csv") else { return };
    let world = World::new().await;
    let (import, file, preview) = world.look(&path).await;
    assert_eq!(preview.questions, [Question::Period { suggestion: None }]);
    assert_eq!(totals(&preview), "clicks 2001, impressions 137622, position 32.83");
    let mut mapping = preview.mapping.clone();
    mapping.period = Some(days("2025-12-08", "2025-12-08"));
    world.load(import, &file, mapping).await.unwrap();
    let by = world.sums_in(Family::Search, "_by", "dimension = 'device'").await;
    assert_eq!(
        (by["clicks"].as_str(), by["impressions"].as_str(), by["position"].as_str()),
        ("2001", "137622", "32.83")
    );
    let sums = world.sums_in(Family::Search, "", "kind = 0").await;
    // (11.39 × 102487 + 11.86 × 29288 + 9.58 × 5847) ÷ 137622
    assert_eq!(
        (sums["clicks"].as_str(), sums["impressions"].as_str(), sums["position"].as_str()),
        ("2001", "137622", "11.413123")
    );
}
