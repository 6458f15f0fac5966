//! Rates in the database.

use crate::common::World;
use rust_decimal::Decimal;
use warehouse::rates::{parse, store_rates};

#[tokio::test]
async fn the_ecb_s_history_loads_with_its_control_totals() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ecb-rates");
    let Ok(file) = std::fs::read(folder.join("eurofxref-2023-on.csv")) else {
        eprintln!("skipped: no ../shared/data/ecb-rates");
        return;
    };
    let control = std::fs::read_to_string(folder.join("control_totals.json")).unwrap();
    let control: serde_json::Value = serde_json::from_str(&control).unwrap();
    let world = World::new().await;
    let mut tx = world.db.scoped(world.workspace).await.unwrap();
    let rates = parse(&file).unwrap();
    assert_eq!(rates.len(), 9790);
    store_rates(&mut tx, world.workspace, &rates).await.unwrap();
    tx.commit().await.unwrap();
    for (currency, totals) in
        control["columns"].as_object().unwrap().iter().filter(|(name, _)| *name != "Date")
    {
        let (count, sum, distinct): (i64, Decimal, i64) = sqlx::query_as(
            "SELECT count(*), sum(per_eur), count(DISTINCT per_eur) FROM fx_rates WHERE currency = $1",
        )
        .bind(currency)
        .fetch_one(world.db.pool())
        .await
        .unwrap();
        assert_eq!(count, 979, "{currency}");
        assert_eq!(sum, totals["sum"].as_str().unwrap().parse().unwrap(), "{currency}");
        assert_eq!(distinct, totals["distinct"].as_i64().unwrap(), "{currency}");
    }
}

#[tokio::test]
async fn quotes_are_replaced_and_announced_only_when_they_differ() {
    let world = World::new().await;
    let store = async |file: &str| {
        let mut tx = world.db.scoped(world.workspace).await.unwrap();
        store_rates(&mut tx, world.workspace, &parse(file.as_bytes()).unwrap()).await.unwrap();
        tx.commit().await.unwrap();
        world.version().await
    };
    let first = store("Date,USD,\n2026-01-02,1.1,\n").await;
    assert_eq!(store("Date,USD\n2026-01-02,1.10\n").await, first);
    assert_eq!(store("Date,USD\n2026-01-02,1.2\n2026-01-01,N/A\n").await, first + 1);
    assert_eq!(world.text("SELECT day || ' ' || trim_scale(per_eur) FROM fx_rates").await, "2026-01-02 1.2");
}
