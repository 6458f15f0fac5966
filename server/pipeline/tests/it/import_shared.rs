//! Files that people really have, with known control totals.

use crate::common::{World, days, decimal, shared};
use metrics::{Level, Metric};
use model::imports::{NumberFormat, Question};
use std::collections::BTreeMap;

fn expected(pairs: &[(&'static str, &str)]) -> BTreeMap<&'static str, String> {
    pairs.iter().map(|(metric, total)| (*metric, (*total).to_owned())).collect()
}

async fn check_served(world: &World, level: Level, period: (&str, &str), totals: &[(Metric, &str)]) {
    let metrics: Vec<Metric> = totals.iter().map(|(m, _)| *m).collect();
    let frame = world.served(level, days(period.0, period.1), &metrics).await;
    for ((metric, total), value) in totals.iter().zip(&frame.totals) {
        assert_eq!(value.map(|v| decimal(*metric, v)).as_deref(), Some(*total), "{level:?} {metric:?}");
    }
    assert!(frame.missing_rates.is_empty());
}

#[tokio::test]
async fn kag_asks_for_a_period_and_carries_its_totals_at_each_level() {
    let Some(path) = shared("facebook-kag/KAG_conversion_data.csv") else { return };
    let world = World::new().await;
    world.report_in("USD").await;
    let (import, file, preview) = world.look(&path).await;
    assert_eq!(preview.questions, [Question::Period { suggestion: None }, Question::Currency]);
    assert_eq!((preview.mapping.platform.as_str(), preview.rows), ("facebook", 1143));
    let refused = world.load(import, &file, preview.mapping.clone()).await.unwrap_err();
    assert!(refused.contains("say which period"), "{refused}");
    assert_eq!(world.number("SELECT count(*) FROM facts_ads").await, 0);

    let mut mapping = preview.mapping.clone();
    mapping.period = Some(days("2026-08-01", "2026-08-31"));
    mapping.currency = Some("USD".into());
    world.load(import, &file, mapping).await.unwrap();
    let totals = expected(&[
        ("impressions", "213434828"),
        ("clicks", "38165"),
        // Stored to a millionth; the file's own sum is 58705.229958205.
        ("spend", "58705.229958"),
        ("all_conversions", "3264"),
        ("conversions", "1079"),
    ]);
    for kind in [1, 2, 3] {
        assert_eq!(world.sums(kind).await, totals, "kind {kind}");
    }
    assert_eq!(world.number("SELECT count(DISTINCT day) FROM facts_ads").await, 31);
    let entities = world.text("SELECT count(*)::text FROM entities GROUP BY kind ORDER BY kind").await;
    assert_eq!(entities, "3\n691\n1143");
    assert_eq!(
        world.number("SELECT sum(clicks)::bigint FROM facts_ads_by WHERE dimension = 'gender'").await,
        38165
    );
    for level in [Level::Campaign, Level::AdGroup, Level::Ad] {
        let totals =
            [(Metric::Spend, "58705.229958"), (Metric::Clicks, "38165"), (Metric::Conversions, "1079")];
        check_served(&world, level, ("2026-08-01", "2026-08-31"), &totals).await;
    }
    let campaigns = world
        .text(
            "SELECT concat_ws(' ', e.remote_id, sum(impressions), sum(clicks), sum(conversions) / 1000000)
             FROM facts_ads f JOIN entities e ON e.id = entity_id WHERE f.kind = 1 GROUP BY e.remote_id ORDER BY 1",
        )
        .await;
    assert!(campaigns.contains("1178 204823716 36068 872"), "{campaigns}");
}

#[tokio::test]
async fn the_daily_panel_asks_for_its_year_and_sums_repeated_rows() {
    let Some(path) = shared("online-advertising-daily/online_advertising_performance_data.csv") else {
        return;
    };
    let world = World::new().await;
    world.report_in("USD").await;
    let (import, file, preview) = world.look(&path).await;
    assert_eq!(preview.questions, [Question::Year { suggestion: Some(2026) }, Question::Currency]);
    assert_eq!((preview.rows, preview.rejected_rows, preview.total_rows), (15408, 0, 0));
    assert!(preview.repeated_rows >= 5, "{}", preview.repeated_rows);
    let mut mapping = preview.mapping.clone();
    mapping.year = Some(2020);
    mapping.currency = Some("USD".into());
    let summary = world.load(import, &file, mapping).await.unwrap();
    assert_eq!(summary.rows, 15408);
    let totals = expected(&[
        ("impressions", "239017725"),
        ("spend", "175192.9957"),
        ("clicks", "2492837"),
        ("revenue", "276264.5621"),
        ("conversions", "651768"),
        ("conversion_value", "32715622.4035"),
    ]);
    assert_eq!(world.sums(1).await, totals);
    assert_eq!(world.number("SELECT count(DISTINCT day) FROM facts_ads").await, 91);
    let months = world
        .text("SELECT concat_ws(' ', to_char(day, 'YYYY-MM'), sum(clicks)) FROM facts_ads GROUP BY to_char(day, 'YYYY-MM') ORDER BY 1")
        .await;
    assert_eq!(months, "2020-04 1661125\n2020-05 539904\n2020-06 291808");
    let served = [(Metric::Revenue, "276264.5621"), (Metric::ConversionValue, "32715622.4035")];
    check_served(&world, Level::Campaign, ("2020-04-01", "2020-06-30"), &served).await;
    // Blank placements are missing in the breakdown, never in the totals.
    assert!(
        world.number("SELECT sum(impressions)::bigint FROM facts_ads_by WHERE dimension = 'placement'").await
            < 239_017_725
    );
}

#[tokio::test]
async fn a_google_ads_download_leaves_its_four_totals_rows_out() {
    let Some(path) = shared("vendor-exports/google-ads-campaign-report-inr.csv") else { return };
    let world = World::new().await;
    world.report_in("INR").await;
    let (_, preview) = world.import(&path, |_| {}).await;
    assert_eq!((preview.rows, preview.total_rows, preview.questions.len()), (2, 4, 0), "{preview:#?}");
    assert_eq!(preview.mapping.platform, "google_ads");
    assert_eq!(preview.days, Some(days("2025-07-08", "2025-07-31")));
    let totals = expected(&[
        ("impressions", "46168"),
        ("engagements", "22061"),
        ("spend", "2565.93"),
        ("conversions", "15"),
    ]);
    assert_eq!(world.sums(1).await, totals);
    assert_eq!(world.text("SELECT DISTINCT currency FROM facts_ads").await, "INR");
    check_served(&world, Level::Campaign, ("2025-07-08", "2025-07-31"), &[(Metric::Spend, "2565.93")]).await;
}

#[tokio::test]
async fn a_meta_export_keeps_blanks_missing_and_asks_for_the_currency() {
    let Some(path) = shared("vendor-exports/meta-ads-daily-by-campaign.csv") else { return };
    let world = World::new().await;
    let (import, file, preview) = world.look(&path).await;
    assert_eq!(preview.questions, [Question::Currency]);
    assert!(world.load(import, &file, preview.mapping.clone()).await.unwrap_err().contains("currency"));
    let mut mapping = preview.mapping.clone();
    mapping.currency = Some("INR".into());
    world.load(import, &file, mapping).await.unwrap();
    let mut sums = world.sums(1).await;
    // People can't be added up; that the column was read is all that its sum shows.
    assert_eq!(sums.remove("reach").as_deref(), Some("159961"));
    let totals = expected(&[
        ("impressions", "174721"),
        ("clicks", "3478"),
        ("link_clicks", "2781"),
        ("spend", "37781.65"),
        ("conversions", "115"),
        ("video_views", "39577"),
    ]);
    assert_eq!(sums, totals);
    assert_eq!(world.number("SELECT count(*) FROM facts_ads WHERE conversions IS NULL").await, 4);
    assert_eq!(world.number("SELECT count(*) FROM facts_ads WHERE conversions = 0").await, 0);
}

#[tokio::test]
async fn a_hand_kept_linkedin_sheet_loads_its_blocks_of_months() {
    let Some(path) = shared("vendor-exports/linkedin-monthly-sheet.csv") else { return };
    let world = World::new().await;
    world.report_in("USD").await;
    let (import, file, preview) = world.look(&path).await;
    assert_eq!(preview.questions, [Question::Year { suggestion: Some(2025) }]);
    assert_eq!(
        (preview.rows, preview.total_rows, preview.rejected_rows),
        (14, 6, 0),
        "{:#?}",
        preview.rejected
    );
    assert_eq!(preview.mapping.platform, "linkedin");
    let mut mapping = preview.mapping.clone();
    mapping.year = Some(2025);
    world.load(import, &file, mapping).await.unwrap();
    let sums = world.sums(1).await;
    assert_eq!(sums["spend"], "98544");
    // The sum of the months in control_totals.json; the README's figure beside it has a slip in its first digit.
    assert_eq!(sums["impressions"], "982968");
    assert_eq!(sums["clicks"], "9506");
    let months = world
        .text(
            "SELECT concat_ws(' ', to_char(day, 'YYYY-MM'), trim_scale(sum(spend) / 1000000)) FROM facts_ads
             WHERE kind = 1 GROUP BY to_char(day, 'YYYY-MM') ORDER BY 1",
        )
        .await;
    assert_eq!(
        months,
        "2025-09 18604\n2025-10 13049\n2025-11 26607\n2025-12 21736\n2026-01 11216\n2026-02 7332"
    );
    check_served(&world, Level::Campaign, ("2025-09-01", "2026-02-28"), &[(Metric::Spend, "98544")]).await;
}

#[tokio::test]
async fn the_split_test_files_load_with_their_odd_headers() {
    let Some(path) = shared("campaign-split-test/control_group.csv") else { return };
    let world = World::new().await;
    let (_, preview) = world.import(&path, |_| {}).await;
    assert_eq!(preview.mapping.format.numbers, NumberFormat::PointDecimal);
    assert_eq!(preview.days, Some(days("2019-08-01", "2019-08-30")));
    let control: serde_json::Value =
        serde_json::from_slice(&std::fs::read(path.with_file_name("control_totals.json")).unwrap()).unwrap();
    let sums = world.sums(1).await;
    assert!(control.to_string().contains(&format!("\"{}\"", sums["spend"])), "{sums:?} {control}");
    assert!(control.to_string().contains(&format!("\"{}\"", sums["impressions"])), "{sums:?}");
}

#[tokio::test]
async fn files_without_metrics_by_day_are_refused() {
    let world = World::new().await;
    let cases = [
        ("cookie-cats/cookie_cats.csv", "no advertising metrics by day"),
        ("hillstrom-email/hillstrom.csv", "neither days nor"),
        ("ecb-rates/eurofxref-2023-on.csv", "no advertising metrics by day"),
        ("attribution-paths/paths.csv", "neither days nor"),
    ];
    for (name, reason) in cases {
        let Some(path) = shared(name) else { continue };
        let (import, file, preview) = world.look(&path).await;
        let refusal = preview.refusal.clone().unwrap_or_default();
        println!("{name}: {refusal} {:?}", preview.questions);
        assert!(refusal.contains(reason), "{name}: {refusal:?} {:?}", preview.questions);
        assert!(!refusal.is_empty() || !preview.questions.is_empty(), "{name} would be loaded: {preview:#?}");
        assert!(world.load(import, &file, preview.mapping).await.is_err(), "{name}");
    }
    assert_eq!(world.number("SELECT count(*) FROM facts_ads").await, 0);
}
