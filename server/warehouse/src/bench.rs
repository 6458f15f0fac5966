//! How fast rows come in, against the plain floor of the same database. Called by `windhover bench`.
//!
//! Works in a workspace of its own, which it removes at the end. Rows are made before the clock runs; what is timed
//! starts with parsed rows and ends with the commit of facts and rollup.

use crate::columns::{self, Measures};
use crate::copy::{Writer, day_number};
use crate::currency::Currency;
use crate::error::LoadError;
use crate::load::{
    AccountSource, AccountSpec, Cause, Duplicates, FactBatch, FactRow, LoadCounts, LoadScope,
    delete_workspace_data, ensure_months, merge, months_of, open_account,
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use database::Database;
use metrics::{Family, Metric};
use model::DayRange;
use model::entities::EntityKind;
use model::ids::{AccountId, RunId, WorkspaceId};
use sqlx::AssertSqlSafe;
use std::time::Instant;

/// One measured value.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Name that it is followed by.
    pub name: &'static str,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
    /// Under which circumstances.
    pub detail: String,
}

/// Entities with rows on each day.
const ENTITIES: usize = 4_000;
/// Days of one transaction.
const SLICE_DAYS: usize = 25;
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a date");

/// Loads new days, then changes all of them, then reads them again; each beside its floor. `rows` is rounded down to
/// whole days of 4,000 rows, at least one.
///
/// # Errors
/// What the database says.
pub async fn run(database: &Database, rows: usize, at: DateTime<Utc>) -> Result<Vec<Figure>, LoadError> {
    let bench = Bench::open(database, rows, at).await?;
    let result = bench.measure().await;
    bench.close().await?;
    result
}

/// New days only, beside the plain COPY.
///
/// # Errors
/// What the database says.
pub async fn ingest_new(
    database: &Database,
    rows: usize,
    at: DateTime<Utc>,
) -> Result<Vec<Figure>, LoadError> {
    only(database, rows, at, &["ingest_new", "floor_copy"]).await
}

/// Changed rows of days that exist, beside a staged `ON CONFLICT` merge.
///
/// # Errors
/// What the database says.
pub async fn ingest_merge(
    database: &Database,
    rows: usize,
    at: DateTime<Utc>,
) -> Result<Vec<Figure>, LoadError> {
    only(database, rows, at, &["ingest_merge", "floor_merge"]).await
}

/// Rows that are there just so, read again.
///
/// # Errors
/// What the database says.
pub async fn reread_unchanged(
    database: &Database,
    rows: usize,
    at: DateTime<Utc>,
) -> Result<Vec<Figure>, LoadError> {
    only(database, rows, at, &["reread_unchanged", "floor_merge"]).await
}

async fn only(
    database: &Database,
    rows: usize,
    at: DateTime<Utc>,
    names: &[&str],
) -> Result<Vec<Figure>, LoadError> {
    let mut figures = run(database, rows, at).await?;
    figures.retain(|figure| names.contains(&figure.name));
    Ok(figures)
}

struct Row {
    entity: usize,
    day: NaiveDate,
    measures: Measures,
}

struct Bench<'a> {
    database: &'a Database,
    workspace: WorkspaceId,
    account: AccountId,
    ids: Vec<String>,
    days: usize,
    at: DateTime<Utc>,
}

impl<'a> Bench<'a> {
    async fn open(database: &'a Database, rows: usize, at: DateTime<Utc>) -> Result<Self, LoadError> {
        let days = (rows / ENTITIES).max(1);
        let mut tx = database.begin().await?;
        let slug = format!("bench-{}", std::process::id());
        let workspace: i32 = sqlx::query_scalar(
            "INSERT INTO workspaces (slug, name, currency, time_zone, created_at)
             VALUES ($1, 'Benchmark', 'EUR', 'UTC', $2) RETURNING id",
        )
        .bind(slug)
        .bind(at)
        .fetch_one(&mut *tx)
        .await?;
        let workspace = WorkspaceId(workspace);
        let spec = AccountSpec {
            platform: "bench".into(),
            remote_id: "bench".into(),
            name: "Benchmark".into(),
            currency: Currency::EUR,
            time_zone: "UTC".into(),
            source: AccountSource::Connector,
            connection: None,
            remark: None,
        };
        let account = open_account(&mut tx, workspace, &spec).await?;
        tx.commit().await?;
        let last = FIRST_DAY.checked_add_days(Days::new(days as u64)).unwrap_or(FIRST_DAY);
        if let Ok(range) = DayRange::new(FIRST_DAY, last) {
            ensure_months(database, [Family::Ads], &months_of(range)).await?;
        }
        let ids = (0..ENTITIES).map(|entity| format!("{}", 140_000_000_000 + entity * 7919)).collect();
        Ok(Self { database, workspace, account, ids, days, at })
    }

    async fn close(&self) -> Result<(), LoadError> {
        let mut tx = self.database.begin().await?;
        delete_workspace_data(&mut tx, self.workspace).await?;
        sqlx::query("DELETE FROM workspaces WHERE id = $1").bind(self.workspace.0).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    async fn measure(&self) -> Result<Vec<Figure>, LoadError> {
        let first = self.rows(0);
        let changed = self.rows(1);
        let shape =
            format!("{} rows, {} per transaction, 9 measures each", first.len(), SLICE_DAYS * ENTITIES);
        let rate = |name, rows: usize, seconds: f64, more: &str| {
            #[expect(clippy::cast_precision_loss, reason = "a count of rows, far below 2^52")]
            let value = (rows as f64 / seconds).round();
            Figure { name, value, unit: "rows/s", detail: format!("{shape}{more}") }
        };
        let floor_copy = self.floor_copy(&first).await?;
        let (new, counts) = self.load(&first).await?;
        debug_assert_eq!(counts.inserted, first.len() as u64, "all rows are new");
        let (merged, counts) = self.load(&changed).await?;
        debug_assert_eq!(counts.updated, first.len() as u64, "all rows have changed");
        let before = self.now_in_transactions().await?;
        let (reread, counts) = self.load(&changed).await?;
        let written = self.written_since(before).await?;
        debug_assert_eq!(counts.unchanged, first.len() as u64, "no row has changed");
        let floor_merge = self.floor_merge(&first, &changed).await?;
        let rows = first.len();
        Ok(vec![
            rate("ingest_new", rows, new, ", new days, facts and rollup"),
            rate("floor_copy", rows, floor_copy, ", plain COPY into a table without index"),
            rate("ingest_merge", rows, merged, ", every row changed"),
            rate(
                "floor_merge",
                rows,
                floor_merge,
                ", staged INSERT … ON CONFLICT DO UPDATE, every row changed",
            ),
            rate("reread_unchanged", rows, reread, &format!(", {written} rows written")),
        ])
    }

    /// The next transaction's number.
    async fn now_in_transactions(&self) -> Result<i64, LoadError> {
        Ok(sqlx::query_scalar("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
            .fetch_one(self.database.pool())
            .await?)
    }

    /// Facts written by that transaction or a later one. Not from PostgreSQL's statistics, which every connection
    /// reports when it likes.
    async fn written_since(&self, transaction: i64) -> Result<i64, LoadError> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM facts_ads WHERE xmin::text::bigint >= $1 % 4294967296")
            .bind(transaction)
            .fetch_one(self.database.pool())
            .await?)
    }

    /// Rows of all days, by day; `version` changes each of them.
    fn rows(&self, version: i64) -> Vec<Row> {
        let mut rows = Vec::with_capacity(self.days * ENTITIES);
        for number in 0..self.days {
            let day = FIRST_DAY.checked_add_days(Days::new(number as u64)).unwrap_or(FIRST_DAY);
            for entity in 0..ENTITIES {
                let seed = i64::try_from(number * ENTITIES + entity).unwrap_or_default();
                let mut measures = Measures::of(Family::Ads);
                for (metric, value) in [
                    (Metric::Impressions, 1_000 + seed % 9_000),
                    (Metric::Clicks, seed % 300),
                    (Metric::LinkClicks, seed % 250),
                    (Metric::Engagements, seed % 400),
                    (Metric::Spend, 1_230_000 + seed * 977 % 90_000_000 + version),
                    (Metric::Conversions, seed % 12 * 1_000_000),
                    (Metric::AllConversions, seed % 19 * 500_000),
                    (Metric::ConversionValue, seed * 31 % 400_000_000),
                    (Metric::Leads, seed % 5),
                ] {
                    // All of these belong to advertising.
                    let _ = measures.set(metric, value);
                }
                rows.push(Row { entity, day, measures });
            }
        }
        rows
    }

    /// Loads all rows as a connector's run does; answers the seconds.
    async fn load(&self, rows: &[Row]) -> Result<(f64, LoadCounts), LoadError> {
        let mut total = LoadCounts::default();
        let start = Instant::now();
        for slice in rows.chunks(SLICE_DAYS * ENTITIES) {
            let mut batch = FactBatch::with_capacity(slice.len());
            for row in slice {
                batch.push(&FactRow {
                    remote_id: &self.ids[row.entity],
                    day: row.day,
                    segment: None,
                    currency: Currency::EUR,
                    measures: row.measures,
                    extra: None,
                })?;
            }
            let days = slice.first().zip(slice.last()).and_then(|(a, b)| DayRange::new(a.day, b.day).ok());
            let scope = LoadScope {
                workspace: self.workspace,
                account: self.account,
                family: Family::Ads,
                kind: EntityKind::Ad,
                breakdown: None,
                stream: Some("bench"),
                replace_days: days,
                duplicates: Duplicates::LastWins,
                cause: Cause::Run(RunId(1)),
                at: self.at,
            };
            let mut tx = self.database.begin().await?;
            total += merge(&mut tx, &scope, batch).await?;
            tx.commit().await?;
        }
        Ok((start.elapsed().as_secs_f64(), total))
    }

    /// Seconds of a plain COPY of the same rows, with the same transactions.
    async fn floor_copy(&self, rows: &[Row]) -> Result<f64, LoadError> {
        let table = "bench_floor_copy";
        self.make(table, "").await?;
        let start = Instant::now();
        for slice in rows.chunks(SLICE_DAYS * ENTITIES) {
            let mut tx = self.database.begin().await?;
            self.copy(&mut tx, table, slice).await?;
            tx.commit().await?;
        }
        let seconds = start.elapsed().as_secs_f64();
        self.drop(table).await?;
        Ok(seconds)
    }

    /// Seconds of the usual way to merge: COPY into a staging table, then one statement.
    async fn floor_merge(&self, rows: &[Row], changed: &[Row]) -> Result<f64, LoadError> {
        let table = "bench_floor_merge";
        self.make(table, ", PRIMARY KEY (entity_id, day)").await?;
        let mut tx = self.database.begin().await?;
        self.copy(&mut tx, table, rows).await?;
        tx.commit().await?;
        let sets: Vec<String> = columns::metrics(Family::Ads)
            .iter()
            .map(|metric| format!("{0} = excluded.{0}", metric.name()))
            .chain(["hash = excluded.hash".into()])
            .collect();
        let start = Instant::now();
        for slice in changed.chunks(SLICE_DAYS * ENTITIES) {
            let mut tx = self.database.begin().await?;
            sqlx::raw_sql(AssertSqlSafe(format!(
                "CREATE TEMPORARY TABLE bench_stage (LIKE {table}) ON COMMIT DROP"
            )))
            .execute(&mut *tx)
            .await?;
            self.copy(&mut tx, "bench_stage", slice).await?;
            sqlx::raw_sql(AssertSqlSafe(format!(
                "INSERT INTO {table} AS t SELECT * FROM bench_stage
                 ON CONFLICT (entity_id, day) DO UPDATE SET {} WHERE t.hash <> excluded.hash",
                sets.join(", ")
            )))
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
        }
        let seconds = start.elapsed().as_secs_f64();
        self.drop(table).await?;
        Ok(seconds)
    }

    async fn make(&self, table: &str, key: &str) -> Result<(), LoadError> {
        self.drop(table).await?;
        let measures = columns::columns(Family::Ads, "").replace(',', " bigint,");
        let sql =
            format!("CREATE TABLE {table} (entity_id bigint, day date, {measures} bigint, hash bigint{key})");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(self.database.pool()).await?;
        Ok(())
    }

    async fn drop(&self, table: &str) -> Result<(), LoadError> {
        sqlx::raw_sql(AssertSqlSafe(format!("DROP TABLE IF EXISTS {table}")))
            .execute(self.database.pool())
            .await?;
        Ok(())
    }

    async fn copy(&self, tx: &mut sqlx::PgConnection, table: &str, rows: &[Row]) -> Result<(), LoadError> {
        let measures = columns::metrics(Family::Ads).len();
        let columns = columns::columns(Family::Ads, "");
        let mut copy = Writer::begin(tx, table, &format!("entity_id, day, {columns}, hash")).await?;
        for row in rows {
            copy.row(i16::try_from(3 + measures).unwrap_or(i16::MAX));
            copy.int8(i64::try_from(row.entity).unwrap_or_default());
            copy.int4(day_number(row.day));
            for at in 0..measures {
                copy.int8_or_null(row.measures.at(at));
            }
            copy.int8(row.measures.get(Metric::Spend).unwrap_or_default());
            copy.end_row().await?;
        }
        copy.finish().await.map(drop)
    }
}
