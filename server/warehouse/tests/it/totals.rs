//! Which rows make an account's total of a metric, served: neither twice nor not at all, the same by both paths.

use crate::common::{World, days, figures, now};
use metrics::cube::Cube;
use metrics::ports::{CubeAnswer, Figures};
use metrics::{Dimension, Family, Level, Metric, Query, Scope};
use model::access::{Member, Role};
use model::clock::Clock;
use model::entities::EntityKind;
use model::ids::UserId;
use warehouse::Warehouse;

type Rows<'a> = &'a [(u32, &'a str, &'a [(Metric, i64)])];

async fn plant(world: &World, family: Family, parts: &[(EntityKind, &'static str, Rows<'_>)]) {
    for (kind, stream, rows) in parts {
        world.load(&world.stream(family, *kind, stream), figures(family, rows)).await.unwrap();
    }
}

/// Rows of the answer as `member: value, …`, the same by SQL and by the cube.
async fn served(world: &World, family: Family, metrics: &[Metric], group_by: &[Dimension]) -> Vec<String> {
    let warehouse = Warehouse::new(world.db.database(), Clock::frozen(now()));
    let member = Member { user: UserId(1), workspace: world.workspace, role: Role::Viewer };
    let query = Query {
        family,
        level: Level::Campaign,
        days: days(1, 31),
        group_by: group_by.to_vec(),
        metrics: metrics.to_vec(),
        filters: Vec::new(),
    };
    let frame = warehouse.frames(&member, std::slice::from_ref(&query)).await.unwrap().remove(0);
    let scope =
        Scope { family, level: Level::Campaign, days: days(1, 31), compare: None, filters: Vec::new() };
    let CubeAnswer::Cube(bytes) = warehouse.cube(&member, &scope).await.unwrap() else { panic!("too large") };
    assert_eq!(Cube::decode(&bytes).unwrap().query(&query), frame);
    let value = |value: &Option<i64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    let rows = frame.rows.iter().map(|row| {
        let members: Vec<&str> = row.members.iter().map(|member| member.label.as_str()).collect();
        let values: Vec<String> = row.values.iter().map(value).collect();
        format!("{}: {}", members.join(" "), values.join(", "))
    });
    rows.collect()
}

#[tokio::test]
async fn statistics_of_all_messages_stand_beside_single_sends() {
    let world = World::new().await;
    plant(
        &world,
        Family::Email,
        &[
            (
                EntityKind::Account,
                "global_stats",
                &[
                    (1, "acme", &[(Metric::Delivered, 100), (Metric::Opens, 50)]),
                    (2, "acme", &[(Metric::Delivered, 90), (Metric::Opens, 40)]),
                ],
            ),
            (
                EntityKind::Campaign,
                "single_send_stats",
                &[(1, "spring", &[(Metric::Delivered, 60), (Metric::EmailsSent, 61)])],
            ),
            (EntityKind::Flow, "gains", &[(2, "welcome", &[(Metric::EmailsSent, 7)])]),
            (EntityKind::List, "lists", &[(2, "all", &[(Metric::Subscribers, 500)])]),
        ],
    )
    .await;
    let metrics = [Metric::Delivered, Metric::Opens, Metric::EmailsSent, Metric::Subscribers];
    assert_eq!(served(&world, Family::Email, &metrics, &[]).await, [": 190, 90, 68, 500"]);
    assert_eq!(
        served(&world, Family::Email, &metrics, &[Dimension::Day]).await,
        ["1 Mar 2026: 100, 50, 61, -", "2 Mar 2026: 90, 40, 7, 500"]
    );
    // Told apart by campaign, single sends answer, and the account only for what they do not report.
    assert_eq!(
        served(&world, Family::Email, &[Metric::Delivered], &[Dimension::Campaign]).await,
        ["spring: 60"]
    );
    assert_eq!(
        served(&world, Family::Email, &[Metric::Opens], &[Dimension::Campaign]).await,
        ["(no campaign): 90"]
    );
}

#[tokio::test]
async fn costs_of_web_analytics_are_there_and_people_still_are() {
    let world = World::new().await;
    plant(
        &world,
        Family::Web,
        &[
            (
                EntityKind::Account,
                "account_daily",
                &[(1, "acme", &[(Metric::Sessions, 100), (Metric::Users, 80)])],
            ),
            (
                EntityKind::Campaign,
                "traffic_daily",
                &[
                    (1, "spring", &[(Metric::Sessions, 30), (Metric::Users, 29)]),
                    (1, "summer", &[(Metric::Sessions, 20), (Metric::Users, 18)]),
                ],
            ),
            (EntityKind::Campaign, "ads_daily", &[(1, "spring", &[(Metric::Spend, 9_000_000)])]),
        ],
    )
    .await;
    let metrics = [Metric::Sessions, Metric::Users, Metric::Spend];
    assert_eq!(
        served(&world, Family::Web, &metrics, &[Dimension::Day]).await,
        ["1 Mar 2026: 100, 80, 9000000"]
    );
    assert_eq!(
        served(&world, Family::Web, &metrics, &[Dimension::Campaign]).await,
        ["spring: 30, 29, 9000000", "summer: 20, 18, -"]
    );
}

#[tokio::test]
async fn an_account_stands_in_for_what_its_campaigns_lack() {
    let world = World::new().await;
    plant(
        &world,
        Family::Ads,
        &[
            (
                EntityKind::Account,
                "account_daily",
                &[(1, "acme", &[(Metric::Clicks, 9), (Metric::AllConversions, 4)])],
            ),
            (
                EntityKind::Campaign,
                "campaign_daily",
                &[(1, "a", &[(Metric::Clicks, 3)]), (1, "b", &[(Metric::Clicks, 4)])],
            ),
        ],
    )
    .await;
    let metrics = [Metric::Clicks, Metric::AllConversions];
    assert_eq!(served(&world, Family::Ads, &metrics, &[]).await, [": 7, 4"]);
    // When campaigns report it, too, theirs counts; when their rows go, the account stands in for all.
    world
        .load(
            &world.stream(Family::Ads, EntityKind::Campaign, "campaign_daily"),
            figures(Family::Ads, &[(2, "a", &[(Metric::AllConversions, 1)])]),
        )
        .await
        .unwrap();
    assert_eq!(served(&world, Family::Ads, &metrics, &[]).await, [": 7, 1"]);
    let scope = warehouse::load::LoadScope {
        replace_days: Some(days(1, 31)),
        ..world.stream(Family::Ads, EntityKind::Campaign, "campaign_daily")
    };
    world.load(&scope, figures(Family::Ads, &[])).await.unwrap();
    assert_eq!(served(&world, Family::Ads, &metrics, &[]).await, [": 9, 4"]);
}
