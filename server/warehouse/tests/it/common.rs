//! A database with a workspace and an account, and rows in short notation.

use chrono::{DateTime, NaiveDate, Utc};
use database::testing::{TestDatabase, fresh};
use metrics::{Class, Family, Metric};
use model::DayRange;
use model::entities::EntityKind;
use model::ids::{AccountId, ImportId, RunId, WorkspaceId};
use sqlx::{AssertSqlSafe, PgConnection};
use warehouse::load::{
    AccountSource, AccountSpec, Cause, Duplicates, FactBatch, FactRow, LoadCounts, LoadScope, merge,
    open_account,
};
use warehouse::{Currency, LoadError, Measures};

pub fn day(d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, d).unwrap()
}

pub fn days(from: u32, until: u32) -> DayRange {
    DayRange::new(day(from), day(until)).unwrap()
}

pub fn now() -> DateTime<Utc> {
    "2026-03-20T12:00:00Z".parse().unwrap()
}

pub struct World {
    pub db: TestDatabase,
    pub workspace: WorkspaceId,
    pub account: AccountId,
}

impl World {
    pub async fn new() -> Self {
        let db = fresh().await;
        let workspace = add_workspace(&db, "one", "EUR").await;
        let mut tx = db.pool().begin().await.unwrap();
        let account =
            open_account(&mut tx, workspace, &spec("acme", AccountSource::Connector)).await.unwrap();
        tx.commit().await.unwrap();
        Self { db, workspace, account }
    }

    /// A scope as a connector's run would use it.
    pub fn scope(&self, kind: EntityKind) -> LoadScope {
        LoadScope {
            workspace: self.workspace,
            account: self.account,
            family: Family::Ads,
            kind,
            breakdown: None,
            stream: None,
            replace_days: None,
            duplicates: Duplicates::LastWins,
            cause: Cause::Run(RunId(1)),
            at: now(),
        }
    }

    /// A scope as a file import would use it.
    pub fn import(&self, import: i32) -> LoadScope {
        LoadScope {
            duplicates: Duplicates::Sum,
            cause: Cause::Import(ImportId(import)),
            ..self.scope(EntityKind::Campaign)
        }
    }

    /// A scope as a stream of a family would use it.
    pub fn stream(&self, family: Family, kind: EntityKind, stream: &'static str) -> LoadScope {
        LoadScope { family, stream: Some(stream), ..self.scope(kind) }
    }

    pub async fn load(&self, scope: &LoadScope, batch: FactBatch) -> Result<LoadCounts, LoadError> {
        let mut tx = self.db.pool().begin().await.unwrap();
        let counts = merge(&mut tx, scope, batch).await?;
        tx.commit().await.unwrap();
        Ok(counts)
    }

    pub async fn number(&self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(self.db.pool()).await.unwrap()
    }

    pub async fn text(&self, sql: &str) -> String {
        let rows: Vec<Option<String>> =
            sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(self.db.pool()).await.unwrap();
        rows.into_iter().map(|row| row.unwrap_or_else(|| "null".into())).collect::<Vec<_>>().join("; ")
    }

    pub async fn execute(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(self.db.pool()).await.unwrap();
    }

    /// All plain facts as text: day, entity, spend, clicks.
    pub async fn facts(&self) -> String {
        self.text(
            "SELECT format('%s %s %s %s', extract(day FROM day), remote_id, spend, clicks)
             FROM facts_ads f JOIN entities e ON e.id = f.entity_id ORDER BY day, remote_id COLLATE \"C\"",
        )
        .await
    }

    /// Checks that the rollup is what it should be: the sums of the facts.
    pub async fn assert_rollup(&self) {
        for family in Family::ALL {
            let name = family.name();
            let metrics = Metric::ALL.iter().filter(|m| m.families().contains(&family));
            let mut sums: Vec<String> = metrics
                .clone()
                .filter(|m| m.class() == Class::Additive)
                .map(|m| format!("sum({})::bigint", m.name()))
                .collect();
            if family == Family::Search {
                sums.push("sum(position::numeric * impressions)".into());
                sums.push("sum(impressions) FILTER (WHERE position IS NOT NULL)::bigint".into());
            }
            let columns: Vec<String> = metrics
                .clone()
                .filter(|m| m.class() == Class::Additive)
                .map(|m| m.name().to_owned())
                .chain((family == Family::Search).then(|| "position_sum, position_weight".to_owned()))
                .collect();
            let (sums, columns) = (sums.join(", "), columns.join(", "));
            let wrong = self
                .number(&format!(
                    "WITH expected AS (
                         SELECT workspace_id, account_id, kind, day, currency, count(DISTINCT entity_id)::int, {sums}
                         FROM facts_{name} GROUP BY 1, 2, 3, 4, 5
                     ), found AS (
                         SELECT workspace_id, account_id, kind, day, currency, facts, {columns} FROM rollup_{name}_account_day
                     )
                     SELECT count(*) FROM (
                         (SELECT * FROM expected EXCEPT SELECT * FROM found) UNION ALL
                         (SELECT * FROM found EXCEPT SELECT * FROM expected)
                     ) t"
                ))
                .await;
            assert_eq!(wrong, 0, "the rollup of {name} differs from the facts");
        }
    }

    pub async fn version(&self) -> i64 {
        self.number("SELECT coalesce(sum(version), 0)::bigint FROM data_versions WHERE topic = 'figures'")
            .await
    }
}

pub async fn add_workspace(db: &TestDatabase, slug: &str, currency: &str) -> WorkspaceId {
    let id: i32 = sqlx::query_scalar(
        "INSERT INTO workspaces (slug, name, currency, time_zone, created_at)
         VALUES ($1, $1, $2, 'Europe/Berlin', $3) RETURNING id",
    )
    .bind(slug)
    .bind(currency)
    .bind(now())
    .fetch_one(db.pool())
    .await
    .unwrap();
    WorkspaceId(id)
}

pub fn spec(name: &str, source: AccountSource) -> AccountSpec {
    AccountSpec {
        platform: "somewhere".into(),
        remote_id: name.into(),
        name: name.to_uppercase(),
        currency: Currency::EUR,
        time_zone: "Europe/Berlin".into(),
        source,
        connection: None,
        remark: None,
    }
}

/// Rows as (day, entity, spend, clicks).
pub fn batch(rows: &[(u32, &str, i64, i64)]) -> FactBatch {
    let mut batch = FactBatch::new();
    for (d, remote_id, spend, clicks) in rows {
        push(&mut batch, *d, remote_id, None, *spend, *clicks);
    }
    batch
}

/// Rows of a family as (day, entity, figures).
pub fn figures(family: Family, rows: &[(u32, &str, &[(Metric, i64)])]) -> FactBatch {
    let mut batch = FactBatch::new();
    for (d, remote_id, values) in rows {
        let mut measures = Measures::of(family);
        for (metric, value) in *values {
            measures.set(*metric, *value).unwrap();
        }
        let row = FactRow {
            remote_id,
            day: day(*d),
            segment: None,
            currency: Currency::EUR,
            measures,
            extra: None,
        };
        batch.push(&row).unwrap();
    }
    batch
}

pub fn push(batch: &mut FactBatch, d: u32, remote_id: &str, segment: Option<&str>, spend: i64, clicks: i64) {
    batch.push(&row(d, remote_id, segment, spend, clicks)).unwrap();
}

pub fn row<'a>(d: u32, remote_id: &'a str, segment: Option<&'a str>, spend: i64, clicks: i64) -> FactRow<'a> {
    let mut measures = Measures::of(Family::Ads);
    measures.set(Metric::Spend, spend).unwrap();
    measures.set(Metric::Clicks, clicks).unwrap();
    FactRow { remote_id, day: day(d), segment, currency: Currency::EUR, measures, extra: None }
}

pub async fn rows_of(tx: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(tx).await.unwrap()
}
