use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};
use serde_json::Value;
use simulator::world::config::WorldConfig;

use crate::support::{Client, METRICS, NOW, Totals, int, millionths, totals, utc};

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn sum(totals: &Totals) -> [i64; 5] {
    totals.values().fold([0; 5], |sum, add| std::array::from_fn(|i| sum[i] + add[i]))
}

/// Rows of a level over some days, today included.
async fn level(client: &Client, customer: i64, fields: &str, from: &str) -> Vec<Value> {
    let (select, resource) = fields.rsplit_once(' ').unwrap();
    let query = format!(
        "SELECT campaign.id, {select} segments.date, {METRICS} FROM {resource} WHERE segments.date BETWEEN \
         '2026-11-10' AND '2026-11-22'"
    );
    client
        .rows(customer, &query.replace("campaign.id,  ", "campaign.id, ").replace("'2026-11-10'", from))
        .await
}

#[tokio::test]
async fn levels_add_up_to_the_last_millionth() {
    let client = Client::demo().await;
    for index in 0..6 {
        let customer = client.account(index);
        let campaigns =
            level(&client, customer, "campaign.advertising_channel_type, campaign", "'2026-11-10'").await;
        let groups = level(&client, customer, "ad_group.id, ad_group", "'2026-11-10'").await;
        let ads =
            level(&client, customer, "ad_group.id, ad_group_ad.ad.id, ad_group_ad", "'2026-11-10'").await;
        let keywords = level(
            &client,
            customer,
            "ad_group.id, ad_group_criterion.criterion_id, keyword_view",
            "'2026-11-10'",
        )
        .await;

        let account_query = format!(
            "SELECT customer.id, segments.date, {METRICS} FROM customer WHERE segments.date BETWEEN '2026-11-10' \
             AND '2026-11-22'"
        );
        let account = client.rows(customer, &account_query).await;
        let by_day = |row: &Value| text(&row["segments"]["date"]);
        assert_eq!(totals(&account, by_day), totals(&campaigns, by_day));

        let group_day = |row: &Value| format!("{} {}", row["adGroup"]["id"], row["segments"]["date"]);
        assert_eq!(totals(&ads, group_day), totals(&groups, group_day));

        let kind = |id: &Value| {
            let found = campaigns.iter().find(|row| row["campaign"]["id"] == *id).unwrap();
            text(&found["campaign"]["advertisingChannelType"])
        };
        assert!(ads.iter().all(|row| kind(&row["campaign"]["id"]) != "PERFORMANCE_MAX"));
        let campaign_day = |row: &Value| format!("{} {}", row["campaign"]["id"], row["segments"]["date"]);
        let from_groups = totals(&groups, campaign_day);
        for row in &campaigns {
            let key = campaign_day(row);
            let own = totals(std::slice::from_ref(row), campaign_day)[&key];
            match kind(&row["campaign"]["id"]).as_str() {
                "PERFORMANCE_MAX" => assert_eq!(from_groups.get(&key), None),
                "VIDEO" => {
                    let below = from_groups[&key];
                    assert!(own[2] > 0 && below[2] == 0, "video cost is at campaign level only");
                    assert_eq!([own[0], own[1], own[3], own[4]], [below[0], below[1], below[3], below[4]]);
                }
                _ => assert_eq!(from_groups.get(&key), Some(&own), "{key}"),
            }
        }
        let search: Vec<Value> =
            groups.iter().filter(|row| kind(&row["campaign"]["id"]) == "SEARCH").cloned().collect();
        assert_eq!(totals(&keywords, group_day), totals(&search, group_day));

        let terms = level(
            &client,
            customer,
            "ad_group.id, search_term_view.search_term, search_term_view",
            "'2026-11-10'",
        )
        .await;
        let (shown, all) = (sum(&totals(&terms, group_day)), sum(&totals(&search, group_day)));
        assert!(shown[1] < all[1] && shown[1] * 2 > all[1], "some terms are hidden: {shown:?} of {all:?}");
    }
}

#[tokio::test]
async fn hours_and_devices_add_up_to_the_day() {
    let client = Client::demo().await;
    let customer = client.account(2);
    let by_day = |row: &Value| format!("{} {}", row["campaign"]["id"], row["segments"]["date"]);
    let plain = level(&client, customer, " campaign", "'2026-11-20'").await;
    for segments in
        ["segments.hour, campaign", "segments.device, campaign", "segments.hour, segments.device, campaign"]
    {
        let cut = level(&client, customer, segments, "'2026-11-20'").await;
        assert!(cut.len() > 2 * plain.len(), "{segments}");
        assert_eq!(totals(&cut, by_day), totals(&plain, by_day), "{segments}");
        assert!(cut.iter().all(|row| int(&row["metrics"]["impressions"]) >= 0));
    }
    let devices = level(&client, customer, "segments.device, campaign", "'2026-11-20'").await;
    let seen: BTreeSet<String> = devices.iter().map(|row| text(&row["segments"]["device"])).collect();
    assert_eq!(seen.len(), 4, "{seen:?}");
    let clicks = client
        .rows(
            customer,
            "SELECT click_view.gclid, campaign.id, segments.date, metrics.clicks FROM click_view WHERE \
             segments.date = '2026-11-20'",
        )
        .await;
    let gclids: BTreeSet<String> = clicks.iter().map(|row| text(&row["clickView"]["gclid"])).collect();
    assert_eq!(gclids.len(), clicks.len());
    let ads = level(&client, customer, "ad_group_ad.ad.id, ad_group_ad", "'2026-11-20'").await;
    let of_day: i64 = ads
        .iter()
        .filter(|row| row["segments"]["date"] == "2026-11-20")
        .map(|row| int(&row["metrics"]["clicks"]))
        .sum();
    assert_eq!(i64::try_from(clicks.len()).unwrap(), of_day);
}

async fn account_days(client: &Client, customer: i64, from: &str, until: &str) -> Totals {
    let query = format!(
        "SELECT segments.date, {METRICS} FROM customer WHERE segments.date BETWEEN '{from}' AND '{until}'"
    );
    totals(&client.rows(customer, &query).await, |row| text(&row["segments"]["date"]))
}

#[tokio::test]
async fn a_day_is_restated_and_converges() {
    let client = Client::demo().await;
    let customer = client.account(0);
    let mut seen = Vec::new();
    for days in [0, 1, 2, 3, 7, 14, 29, 31, 60, 200] {
        client.state.clock().set_now(utc(NOW) + TimeDelta::days(days));
        seen.push(account_days(&client, customer, "2026-11-21", "2026-11-21").await["2026-11-21"]);
    }
    let conversions: Vec<i64> = seen.iter().map(|day| day[3]).collect();
    assert!(conversions.is_sorted(), "{conversions:?}");
    assert!(conversions[0] * 10 < conversions[7] * 8, "much of it comes late: {conversions:?}");
    assert!(conversions[4] > conversions[0] && conversions[6] > conversions[4]);
    let costs: Vec<i64> = seen.iter().map(|day| day[2]).collect();
    assert!(
        costs[0] > costs[1] && costs[1] > costs[2] && costs[2] > costs[3],
        "invalid traffic is credited: {costs:?}"
    );
    assert!(costs[0] * 100 < costs[3] * 102);
    assert!(seen.iter().all(|day| day[..2] == seen[0][..2]), "impressions and clicks stay");
    assert!(seen[7..].iter().all(|day| *day == seen[7]), "settled after the window");
    assert!(costs[3..].iter().all(|cost| *cost == costs[3]));
}

#[tokio::test]
async fn today_fills_up_and_tomorrow_is_empty() {
    let client = Client::demo().await;
    let customer = client.account(0);
    let mut last = 0;
    // Berlin: the day goes from 23:00 to 23:00 UTC.
    for hour in 0..24 {
        client.state.clock().set_now(utc("2026-11-22T23:30:00Z") + TimeDelta::hours(hour));
        let days = account_days(&client, customer, "2026-11-22", "2026-11-25").await;
        assert!(!days.contains_key("2026-11-24"));
        let clicks = days.get("2026-11-23").map_or(0, |day| day[1]);
        assert!(clicks >= last, "{hour}: {clicks} after {last}");
        last = clicks;
    }
    client.state.clock().set_now(utc("2026-11-24T12:00:00Z"));
    let whole = account_days(&client, customer, "2026-11-23", "2026-11-23").await["2026-11-23"][1];
    assert!(last < whole && last * 10 > whole * 9, "{last} of {whole}");
}

#[tokio::test]
async fn thirteen_months_without_a_gap_and_with_seasons() {
    let client = Client::demo().await;
    for index in 0..6 {
        let days = account_days(&client, client.account(index), "2020-01-01", "2026-11-22").await;
        assert_eq!(days.keys().next().map(String::as_str), Some("2025-10-22"));
        let mut expected = NaiveDate::from_ymd_opt(2025, 10, 22).unwrap();
        for day in days.keys() {
            assert_eq!(*day, expected.to_string());
            expected += TimeDelta::days(1);
        }
        assert_eq!(days.keys().last().map(String::as_str), Some("2026-11-22"));
    }
    let shop = account_days(&client, client.account(0), "2025-11-01", "2025-11-30").await;
    assert!(shop["2025-11-28"][2] * 10 > shop["2025-11-14"][2] * 15, "Black Friday stands out");
    let business = account_days(&client, client.account(5), "2026-06-01", "2026-06-28").await;
    assert!(business["2026-06-09"][2] * 10 > business["2026-06-13"][2] * 13, "Saturdays are quiet");
}

#[tokio::test]
async fn the_planted_anomaly_can_be_seen() {
    let client = Client::demo().await;
    let anomaly = client.state.world().anomaly;
    assert_eq!(
        (anomaly.from.to_string(), anomaly.until.to_string()),
        ("2026-11-10".into(), "2026-11-12".into())
    );
    let rows = client
        .rows(
            anomaly.customer,
            &format!(
                "SELECT campaign.id, segments.date, {METRICS} FROM campaign WHERE campaign.id = {} AND \
                 segments.date BETWEEN '2026-11-01' AND '2026-11-20'",
                anomaly.campaign
            ),
        )
        .await;
    let (mut broken, mut healthy) = (Vec::new(), Vec::new());
    for row in &rows {
        let day: NaiveDate = row["segments"]["date"].as_str().unwrap().parse().unwrap();
        let cost = int(&row["metrics"]["costMicros"]);
        let conversions = millionths(&row["metrics"]["conversions"]);
        assert!(cost > 10_000_000, "spend goes on");
        if (anomaly.from..=anomaly.until).contains(&day) { &mut broken } else { &mut healthy }
            .push(conversions);
    }
    assert_eq!((broken.len(), healthy.len()), (3, 17));
    let average = |list: &[i64]| list.iter().sum::<i64>() / i64::try_from(list.len()).unwrap();
    assert!(average(&broken) * 10 < *healthy.iter().min().unwrap(), "{broken:?} against {healthy:?}");
}

#[tokio::test]
async fn rows_without_activity_are_left_out_once_a_segment_is_selected() {
    let client = Client::demo().await;
    let customer = client.account(0);
    let segmented = client
        .rows(
            customer,
            "SELECT campaign.id, segments.date, metrics.impressions FROM campaign WHERE segments.date = '2026-11-20'",
        )
        .await;
    assert!(segmented.iter().all(|row| row["metrics"]["impressions"] != "0"));
    let plain = client
        .rows(
            customer,
            "SELECT campaign.id, metrics.impressions FROM campaign WHERE segments.date = '2026-11-20'",
        )
        .await;
    assert!(plain.len() > segmented.len());
    assert!(plain.iter().any(|row| row["metrics"]["impressions"] == "0"));
}

#[tokio::test]
async fn the_same_seed_gives_the_same_data_and_another_does_not() {
    let (one, two) = (Client::demo().await, Client::demo().await);
    let other = Client::load(WorldConfig { seed: 7, ..WorldConfig::default() }).await;
    let days =
        async |client: &Client| account_days(client, client.account(1), "2026-10-01", "2026-11-22").await;
    assert_eq!(days(&one).await, days(&two).await);
    assert_ne!(days(&one).await, days(&other).await);
}

#[tokio::test]
async fn the_load_world_has_exactly_the_rows_that_were_ordered() {
    let client = Client::load(WorldConfig::load(2, 12, 2, 3, 1)).await;
    let rows = client
        .rows(
            client.account(1),
            "SELECT campaign.id, segments.date, metrics.clicks FROM campaign WHERE segments.date BETWEEN \
             '2026-11-01' AND '2026-11-20'",
        )
        .await;
    assert_eq!(rows.len(), 12 * 20);
}
