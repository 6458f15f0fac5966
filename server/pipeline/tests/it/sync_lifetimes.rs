//! Slices of what things have come to so far, in the one transaction of a slice.

use crate::common::{day, days};
use crate::sync_families::{Slices, fact, stream};
use connectors::{FactRecord, Record};
use metrics::Metric;
use model::entities::EntityKind;
use pipeline::sync::slice::{Part, write};

fn post(stream_name: &str, on: &str, began: Option<&str>, likes: i64) -> Record {
    let Record::Fact(record) =
        fact(stream("instagram", stream_name), EntityKind::Post, "p", on, &[(Metric::Likes, likes)])
    else {
        panic!("a fact");
    };
    Record::Fact(FactRecord { began: began.map(day), ..record })
}

const FACTS: &str = "SELECT concat_ws(' ', day, likes) FROM facts_social ORDER BY day";

#[tokio::test]
async fn snapshots_become_days_or_nothing_does() {
    let slices = Slices::new("instagram").await;
    let (recent, older) =
        (stream("instagram", "media_insights"), stream("instagram", "media_insights_older"));
    let today = days("2026-11-22", "2026-11-22");
    let published = Some("2026-10-01");
    slices.write(recent, today, vec![post(recent.name, "2026-11-20", published, 10)]).await.unwrap();
    assert_eq!(slices.text(FACTS).await, "2026-10-01 10");
    // Killed before the end: neither snapshot nor gain.
    let part = Part {
        stream: recent,
        remote_id: slices.remote_id.clone(),
        days: today,
        pages: vec![connectors::Page {
            rows: 1,
            records: vec![post(recent.name, "2026-11-21", published, 99)],
            ..connectors::Page::default()
        }],
    };
    let mut tx = slices.vendor.world.db.database().begin().await.unwrap();
    write(&mut tx, &mut slices.place.clone(), part).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(slices.text(FACTS).await, "2026-10-01 10");
    slices.write(recent, today, vec![post(recent.name, "2026-11-21", published, 13)]).await.unwrap();
    // A post that has grown old comes by another stream, and is not counted anew.
    slices.write(older, today, vec![post(older.name, "2026-11-22", published, 12)]).await.unwrap();
    assert_eq!(slices.text(FACTS).await, "2026-10-01 10\n2026-11-21 3\n2026-11-22 -1");
    assert_eq!(
        slices.text("SELECT concat_ws(' ', stream, day) FROM stream_snapshots ORDER BY 1").await,
        "media_insights 2026-11-22\nmedia_insights_older 2026-11-22"
    );
    assert_eq!(slices.text("SELECT count(*)::text FROM stream_days").await, "0");
}

#[tokio::test]
async fn of_a_thing_without_a_day_only_what_comes_is_a_figure() {
    let slices = Slices::new("sendgrid").await;
    let flows = stream("sendgrid", "automation_stats");
    let today = days("2026-11-22", "2026-11-22");
    let of = |on, opens| vec![fact(flows, EntityKind::Flow, "welcome", on, &[(Metric::Opens, opens)])];
    slices.write(flows, today, of("2026-11-20", 5_000)).await.unwrap();
    slices.write(flows, today, of("2026-11-21", 5_007)).await.unwrap();
    let facts = "SELECT concat_ws(' ', day, opens) FROM facts_email ORDER BY day";
    assert_eq!(slices.text(facts).await, "2026-11-21 7");
    assert_eq!(slices.text("SELECT totals::text FROM lifetime_snapshots").await, "{\"opens\": 5007}");
}
