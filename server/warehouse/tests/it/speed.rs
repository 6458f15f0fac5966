//! The measurement itself: that it measures what it says, and leaves nothing behind. The figures are for
//! `windhover bench`; with `WINDHOVER_BENCH_ROWS` set this test prints them.

use crate::common::now;
use database::testing::fresh;

#[tokio::test]
async fn the_benchmark_runs_and_cleans_up() {
    let db = fresh().await;
    let rows = std::env::var("WINDHOVER_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(8_000);
    let figures = warehouse::bench::run(&db, rows, now()).await.unwrap();
    for figure in &figures {
        println!("{:>18} {:>10.0} {} ({})", figure.name, figure.value, figure.unit, figure.detail);
        assert!(figure.value > 0.0);
    }
    let names: Vec<_> = figures.iter().map(|figure| figure.name).collect();
    assert_eq!(names, ["ingest_new", "floor_copy", "ingest_merge", "floor_merge", "reread_unchanged"]);
    assert!(figures[4].detail.ends_with(", 0 rows written"), "{}", figures[4].detail);
    let left: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM workspaces) + (SELECT count(*) FROM facts_ads)
              + (SELECT count(*) FROM pg_class WHERE relname LIKE 'bench%')",
    )
    .fetch_one(db.pool())
    .await
    .unwrap();
    assert_eq!(left, 0);
}
