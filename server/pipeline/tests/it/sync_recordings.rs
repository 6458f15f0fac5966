//! Recordings of vendors, synchronised as a connection is: what ends in the warehouse is what the vendor told.

use crate::common::World;
use crate::recorded::Server;
use chrono::{DateTime, NaiveDate, Utc};
use identity::secrets::Place;
use metrics::{Class, Metric};
use model::clock::Clock;
use model::connections::{RunOutcome, Schedule, StartSync};
use model::ids::ConnectionId;
use model::ports::Connections;
use pipeline::PipelineSettings;
use pipeline::sync::run::{Ending, run};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

struct Recorded {
    world: World,
    folder: PathBuf,
    connection: ConnectionId,
}

impl Recorded {
    /// A connection to one account of a recording, under way since `from`; none where there are no recordings.
    async fn of(platform: &str, account: &str, from: &str, now: &str, settings: Value) -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contracts").join(platform);
        if !folder.is_dir() {
            println!(
                "skipped: there are no recordings of {platform} at ../shared/contracts beside the repository"
            );
            return None;
        }
        let server = Server::replay(&folder).await;
        let now: DateTime<Utc> = now.parse().unwrap();
        let world = World::on(Clock::frozen(now), PipelineSettings::default()).await;
        pipeline::jobs::migrate(&world.pipeline).await.unwrap();
        let connection = ConnectionId(900);
        let secret = json!({
            "fields": {"client_id": "client", "client_secret": "secret", "api_key": "key-us3", "server_prefix": "us3"},
            "access_token": "at-1",
            "refresh_token": "rt-1",
        });
        let place = Place { table: "connections", row: &connection.to_string() };
        let secret = world.pipeline.secrets.seal(secret.to_string().as_bytes(), place);
        sqlx::query(
            "INSERT INTO connections (id, workspace_id, platform, name, history_from, settings, base_url, secret, created_at)
             OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $3, $4::date, $5, $6, $7, $8)",
        )
        .bind(connection.0)
        .bind(world.workspace().0)
        .bind(platform)
        .bind(from.parse::<NaiveDate>().unwrap())
        .bind(settings)
        .bind(&server.address)
        .bind(secret)
        .bind(now)
        .execute(world.db.pool())
        .await
        .unwrap();
        world.pipeline.discover(&world.member, connection).await.unwrap();
        let start = StartSync {
            connection,
            accounts: vec![account.to_owned()],
            history_from: from.parse().unwrap(),
            schedule: Schedule::Daily,
        };
        world.pipeline.start(&world.member, start).await.unwrap();
        Some(Self { world, folder, connection })
    }

    async fn sync(&self) -> Ending {
        let stop = CancellationToken::new();
        run(&self.world.pipeline, self.world.workspace(), self.connection, &stop).await.unwrap().unwrap()
    }

    /// What the recordings must come to: kind, entity, day, metric, value in the catalogue's scale.
    fn expected(&self, account: &str) -> Vec<(String, String, NaiveDate, Metric, i64)> {
        let text = std::fs::read_to_string(self.folder.join("expected.json")).unwrap();
        let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
        let own = rows.into_iter().filter(|row| row.get("account").is_none_or(|a| a == account));
        own.map(|row| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            let metric = Metric::from_name(&text("metric")).unwrap();
            let value: Decimal = row["value"].to_string().parse().unwrap();
            let units = pipeline::sync::slice::scale(value, metric.scale()).unwrap();
            (text("entity_type"), text("entity"), text("date").parse().unwrap(), metric, units)
        })
        .collect()
    }

    /// The sum of a metric over the facts of an entity, on one day or on all.
    async fn sum(&self, entity: &str, metric: Metric, day: Option<NaiveDate>) -> Option<i64> {
        let tables = metric.families().iter().map(|family| {
            let (family, metric) = (family.name(), metric.name());
            format!("SELECT entity_id, day, {metric} AS value FROM facts_{family}")
        });
        let tables: Vec<String> = tables.collect();
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT sum(f.value)::bigint FROM ({}) f JOIN entities e ON e.id = f.entity_id
             WHERE e.remote_id = $1 AND ($2::date IS NULL OR f.day = $2)",
            tables.join(" UNION ALL ")
        )))
        .bind(entity)
        .bind(day)
        .fetch_one(self.world.db.pool())
        .await
        .unwrap()
    }

    /// What an entity has come to, as it was last told.
    async fn stands(&self, entity: &str, metric: Metric) -> Option<i64> {
        sqlx::query_scalar(
            "SELECT (s.totals ->> $2)::bigint FROM lifetime_snapshots s JOIN entities e ON e.id = s.entity_id
             WHERE e.remote_id = $1",
        )
        .bind(entity)
        .bind(metric.name())
        .fetch_one(self.world.db.pool())
        .await
        .unwrap()
    }

    async fn check(&self, account: &str, kind: &str, days: &[&str]) -> usize {
        let mut checked = 0;
        for (of_kind, entity, day, metric, value) in self.expected(account) {
            if of_kind != kind || !(days.is_empty() || days.contains(&day.to_string().as_str())) {
                continue;
            }
            let place = format!("{entity} {day} {}", metric.name());
            if kind == "post" {
                assert_eq!(self.stands(&entity, metric).await, Some(value), "as it stands: {place}");
                let sum = self.sum(&entity, metric, None).await;
                let is_summed = metric.class() == Class::Additive;
                assert_eq!(sum, is_summed.then_some(value), "over all days: {place}");
            } else {
                assert_eq!(self.sum(&entity, metric, Some(day)).await, Some(value), "{place}");
            }
            checked += 1;
        }
        checked
    }
}

#[tokio::test]
async fn videos_of_tiktok_add_up_to_what_they_have_come_to() {
    let day = "2026-09-03T12:00:00Z";
    let Some(tiktok) = Recorded::of("tiktok", "biz-1", "2026-09-01", day, json!({"page_size": "2"})).await
    else {
        return;
    };
    let ending = tiktok.sync().await;
    assert_eq!(ending.outcome, RunOutcome::Succeeded, "{ending:?}");
    assert_eq!(tiktok.check("biz-1", "post", &[]).await, 16);
    assert!(tiktok.check("biz-1", "account", &["2026-09-01", "2026-09-02"]).await > 5);
    // A post counts on the day of its publication, also before the days that were asked for.
    let published = "SELECT string_agg(DISTINCT (f.day = s.began)::text, ',') FROM facts_social f
                     JOIN lifetime_snapshots s ON s.entity_id = f.entity_id";
    assert_eq!(tiktok.world.text(published).await, "true");
    // The next day with the same answers: nothing was gained, and the sums stay.
    let facts = tiktok.world.number("SELECT count(*) FROM facts_social WHERE kind = 10").await;
    tiktok.world.clock.sleep(std::time::Duration::from_hours(24)).await;
    tiktok.sync().await;
    assert_eq!(tiktok.check("biz-1", "post", &[]).await, 16);
    let now = tiktok.world.number("SELECT count(*) FROM facts_social WHERE kind = 10").await;
    // Rows that say that nothing was gained: as many as it takes to tell it of each metric (the oldest video has no saves).
    assert_eq!(now, facts + 2);
    assert_eq!(
        tiktok.world.number("SELECT sum(likes)::bigint FROM facts_social WHERE day = '2026-09-04'").await,
        0
    );
}

#[tokio::test]
async fn posts_and_stories_of_instagram_add_up_to_what_they_have_come_to() {
    let account = "17841462785487205";
    let Some(instagram) =
        Recorded::of("instagram", account, "2024-07-13", "2024-07-15T12:00:00Z", json!({})).await
    else {
        return;
    };
    instagram.sync().await;
    assert!(instagram.check(account, "post", &[]).await > 30);
    let again = instagram
        .world
        .text("SELECT concat(entity_id, ' ', day, ' ', hash) FROM facts_social ORDER BY 1")
        .await;
    instagram.sync().await;
    assert_eq!(
        instagram
            .world
            .text("SELECT concat(entity_id, ' ', day, ' ', hash) FROM facts_social ORDER BY 1")
            .await,
        again,
        "the same day again"
    );
    // What need not be read every day was read once.
    assert_eq!(
        instagram
            .world
            .text("SELECT day::text FROM stream_snapshots WHERE stream = 'media_insights_older'")
            .await,
        "2024-07-15"
    );
}

#[tokio::test]
async fn campaigns_of_mailchimp_stand_under_the_day_of_their_sending() {
    let account = "d8ba0a687ccbd9857e68a507c";
    let settings = json!({"page_size": "2"});
    let Some(mailchimp) =
        Recorded::of("mailchimp", account, "2026-05-21", "2026-06-15T12:00:00Z", settings).await
    else {
        return;
    };
    let ending = mailchimp.sync().await;
    let warnings = mailchimp.world.text("SELECT to_jsonb(warnings)::text FROM sync_runs").await;
    println!("{ending:?}: {warnings}");
    assert!(mailchimp.check(account, "campaign", &[]).await > 20);
    assert!(mailchimp.check(account, "list", &[]).await > 2);
}

#[tokio::test]
async fn campaigns_of_facebook_are_those_of_the_recording() {
    let account = "act_798085168510957";
    let Some(facebook) =
        Recorded::of("facebook", account, "2026-09-01", "2026-09-02T12:00:00Z", json!({})).await
    else {
        return;
    };
    facebook.sync().await;
    assert!(facebook.check(account, "campaign", &["2026-09-01", "2026-09-02"]).await > 10);
}
