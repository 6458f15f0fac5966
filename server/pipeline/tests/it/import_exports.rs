//! Exports in the shape of the vendors' own, with invented figures: each loads without a question, to the cent.

use crate::common::{World, days, fixture};
use model::DayRange;
use model::imports::PeriodPlacement;
use std::collections::BTreeMap;

struct Case {
    file: &'static str,
    platform: &'static str,
    currency: &'static str,
    period: (&'static str, &'static str),
    rows: u64,
    total_rows: u64,
    totals: &'static [(&'static str, &'static str)],
}

async fn check(case: &Case) {
    let world = World::new().await;
    let (import, file, preview) = world.look(&fixture(case.file)).await;
    let name = case.file;
    assert_eq!(preview.refusal, None, "{name}");
    assert!(preview.questions.is_empty(), "{name}: {:?} {:?}", preview.questions, preview.mapping);
    assert_eq!(
        (preview.rows, preview.total_rows, preview.rejected_rows),
        (case.rows, case.total_rows, 0),
        "{name}: {:#?} {:#?}",
        preview.rejected,
        preview.mapping
    );
    assert_eq!(preview.mapping.platform, case.platform, "{name}");
    assert_eq!(preview.days, Some(days(case.period.0, case.period.1)), "{name}");
    world.load(import, &file, preview.mapping).await.unwrap();
    let mut sums = world.sums(1).await;
    sums.remove("reach");
    let expected: BTreeMap<&str, String> = case.totals.iter().map(|(m, t)| (*m, (*t).to_owned())).collect();
    assert_eq!(sums, expected, "{name}");
    assert_eq!(world.text("SELECT DISTINCT currency FROM facts_ads").await, case.currency, "{name}");
    let stored: Option<DayRange> = DayRange::new(
        world.text("SELECT min(day)::text FROM facts_ads").await.parse().unwrap(),
        world.text("SELECT max(day)::text FROM facts_ads").await.parse().unwrap(),
    )
    .ok();
    assert_eq!(stored, preview.days, "{name}");
}

macro_rules! exports {
    ($($test:ident $file:literal $platform:literal $currency:literal $from:literal..$until:literal $rows:literal + $total_rows:literal $totals:expr;)*) => {
        $(#[tokio::test]
        async fn $test() {
            check(&Case {
                file: $file,
                platform: $platform,
                currency: $currency,
                period: ($from, $until),
                rows: $rows,
                total_rows: $total_rows,
                totals: &$totals,
            })
            .await;
        })*
    };
}

exports! {
    google_ads "google-ads-report.csv" "google_ads" "EUR" "2026-07-01".."2026-07-05" 15 + 2
        [("clicks", "766"), ("conversion_value", "7604.55"), ("conversions", "55.62"), ("impressions", "33377"), ("spend", "10965.52")];
    google_ads_in_german "google-ads-bericht-windows-1252.csv" "google_ads" "EUR" "2026-07-01".."2026-07-04" 8 + 1
        [("clicks", "683"), ("conversion_value", "4124.77"), ("conversions", "29.37"), ("impressions", "21705"), ("spend", "5634.56")];
    google_ads_in_french "google-ads-rapport.csv" "google_ads" "EUR" "2026-07-01".."2026-07-03" 6 + 1
        [("clicks", "4368"), ("conversion_value", "1948.82"), ("conversions", "19.35"), ("impressions", "150465"), ("spend", "5751.89")];
    meta_by_day_with_a_summary_row "meta-ads-manager-daily.csv" "facebook" "EUR" "2026-07-01".."2026-07-06" 18 + 1
        [("clicks", "964"), ("conversion_value", "6618.18"), ("conversions", "67"), ("impressions", "39628"), ("link_clicks", "494"), ("spend", "14895.41")];
    meta_over_a_period_with_a_summary_row "meta-ads-manager-period.csv" "facebook" "USD" "2026-07-01".."2026-07-31" 3 + 1
        [("conversions", "98"), ("impressions", "140325"), ("spend", "20881.09")];
    tiktok "tiktok-campaign-report.csv" "tiktok" "USD" "2026-07-01".."2026-07-05" 10 + 1
        [("conversions", "37"), ("impressions", "22270"), ("link_clicks", "611"), ("spend", "8759.25")];
    x_ads "x-ads-campaigns.csv" "x" "GBP" "2026-07-01".."2026-07-04" 8 + 0
        [("clicks", "512"), ("conversions", "84"), ("engagements", "1536"), ("impressions", "21621"), ("link_clicks", "254"), ("spend", "6708.48")];
    microsoft_advertising "microsoft-advertising.csv" "microsoft_ads" "USD" "2026-07-01".."2026-07-04" 12 + 0
        [("clicks", "930"), ("conversions", "126"), ("impressions", "30854"), ("conversion_value", "4159.15"), ("spend", "10118.74")];
    linkedin_campaign_manager "linkedin-campaign-manager-utf16.csv" "linkedin" "EUR" "2026-07-01".."2026-07-05" 10 + 0
        [("clicks", "438"), ("conversions", "96"), ("engagements", "876"), ("impressions", "23733"), ("leads", "19"), ("spend", "7538.41")];
    pinterest "pinterest-ads.csv" "pinterest" "CAD" "2026-07-01".."2026-07-04" 8 + 0
        [("clicks", "572"), ("conversion_value", "3832.28"), ("conversions", "66"), ("impressions", "17154"), ("link_clicks", "190"), ("spend", "5531.71")];
    amazon_sponsored_products "amazon-sponsored-products.csv" "amazon_ads" "USD" "2026-07-01".."2026-07-04" 8 + 0
        [("clicks", "304"), ("conversion_value", "3287.68"), ("conversions", "54"), ("impressions", "16221"), ("spend", "3490.31")];
    own_sheet_by_week_with_an_unmarked_total "weekly-sheet.txt" "file" "USD" "2026-06-01".."2026-06-21" 6 + 1
        [("clicks", "2682"), ("conversion_value", "29115.62"), ("impressions", "220845"), ("spend", "23398.72")];
}

#[tokio::test]
async fn accounts_entities_and_platforms_come_from_the_rows() {
    let world = World::new().await;
    world.import(&fixture("microsoft-advertising.csv"), |_| {}).await;
    world.import(&fixture("weekly-sheet.txt"), |_| {}).await;
    world.import(&fixture("meta-ads-manager-daily.csv"), |_| {}).await;
    let accounts = world
        .text("SELECT concat_ws(' ', platform, name, currency, time_zone) FROM accounts ORDER BY platform, name")
        .await;
    assert_eq!(
        accounts,
        "facebook meta-ads-manager-daily EUR Europe/Berlin\nfacebook weekly-sheet USD Europe/Berlin\n\
         google_ads weekly-sheet USD Europe/Berlin\nmicrosoft_ads Fabrikam USD Europe/Berlin"
    );
    let tree = world
        .text(
            "SELECT concat_ws(' < ', e.name, p.name) FROM entities e LEFT JOIN entities p ON p.id = e.parent_id
             JOIN accounts a ON a.id = e.account_id WHERE a.name = 'meta-ads-manager-daily' AND e.kind = 2 ORDER BY 1",
        )
        .await;
    assert_eq!(tree, "Prospecting < Always on\nProspecting < Sommer 2026\nRetargeting < Sommer 2026");
    assert_eq!(world.text("SELECT remote_id FROM entities WHERE name = 'Search - Shoes'").await, "12");
}

#[tokio::test]
async fn totals_of_a_period_can_be_booked_on_its_first_day() {
    let world = World::new().await;
    world
        .import(&fixture("meta-ads-manager-period.csv"), |mapping| {
            mapping.placement = PeriodPlacement::FirstDay;
        })
        .await;
    assert_eq!(world.text("SELECT DISTINCT day::text FROM facts_ads").await, "2026-07-01");
    assert_eq!(world.sums(1).await["spend"], "20881.09");
}
