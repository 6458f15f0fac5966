//! A database with a workspace, the services on it, and what tests ask of them.

use chrono::{DateTime, NaiveDate, Utc};
use connectors::http::Pace;
use database::testing::{TestDatabase, fresh};
use identity::secrets::SecretBox;
use identity::{Entropy, Identity};
use metrics::ports::Figures;
use metrics::{Family, Frame, Level, Metric, Query};
use model::DayRange;
use model::access::{Member, Role};
use model::clock::Clock;
use model::ids::{ImportId, UserId, WorkspaceId};
use model::imports::{ImportPreview, ImportSummary, Mapping};
use pipeline::file_import::preview::SourceFile;
use pipeline::{Parts, Pipeline, PipelineError, PipelineSettings};
use rust_decimal::Decimal;
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;
use warehouse::Warehouse;

pub fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn days(from: &str, until: &str) -> DayRange {
    DayRange::new(day(from), day(until)).unwrap()
}

pub struct World {
    pub db: TestDatabase,
    pub pipeline: Pipeline,
    pub warehouse: Warehouse,
    pub member: Member,
    pub clock: Clock,
    pub dir: TempDir,
}

impl World {
    pub async fn new() -> Self {
        Self::on(Clock::frozen(now()), PipelineSettings::default()).await
    }

    pub async fn on(clock: Clock, mut settings: PipelineSettings) -> Self {
        let db = fresh().await;
        let dir = tempfile::tempdir().unwrap();
        settings.data_dir = dir.path().to_owned();
        let workspace: i32 = sqlx::query_scalar(
            "INSERT INTO workspaces (slug, name, currency, time_zone, created_at)
             VALUES ('one', 'One', 'EUR', 'Europe/Berlin', $1) RETURNING id",
        )
        .bind(now())
        .fetch_one(db.pool())
        .await
        .unwrap();
        let user: i32 = sqlx::query_scalar(
            "INSERT INTO users (email, password_hash, password_changed_at, created_at)
             VALUES ('ada@example.com', 'x', $1, $1) RETURNING id",
        )
        .bind(now())
        .fetch_one(db.pool())
        .await
        .unwrap();
        let member = Member { user: UserId(user), workspace: WorkspaceId(workspace), role: Role::Admin };
        let pipeline = services(&db, &clock, settings);
        let warehouse = Warehouse::new(db.database(), clock.clone());
        Self { db, pipeline, warehouse, member, clock, dir }
    }

    pub fn workspace(&self) -> WorkspaceId {
        self.member.workspace
    }

    /// Writes a file and looks at it.
    pub async fn look_at(&self, name: &str, content: &[u8]) -> (ImportId, SourceFile, ImportPreview) {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        self.look(&path).await
    }

    /// Looks at a file under the guessed or remembered mapping.
    pub async fn look(&self, path: &Path) -> (ImportId, SourceFile, ImportPreview) {
        let (import, file) = self.pipeline.import_local(self.workspace(), path.to_owned()).await.unwrap();
        let preview = self.pipeline.preview_file(self.workspace(), import, &file, None).await.unwrap();
        (import, file, preview)
    }

    pub async fn load(
        &self,
        import: ImportId,
        file: &SourceFile,
        mapping: Mapping,
    ) -> Result<ImportSummary, String> {
        let loaded = self.pipeline.load_file(self.workspace(), import, file.clone(), mapping, None).await;
        loaded.map_err(|error| match error {
            PipelineError::Told(told) => told.message,
            other => panic!("{other}"),
        })
    }

    /// Looks, changes the mapping, loads.
    pub async fn import(&self, path: &Path, change: impl FnOnce(&mut Mapping)) -> (ImportId, ImportPreview) {
        let (import, file, preview) = self.look(path).await;
        let mut mapping = preview.mapping.clone();
        change(&mut mapping);
        self.load(import, &file, mapping).await.unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        (import, preview)
    }

    /// As [`World::import`], with content.
    pub async fn import_text(&self, name: &str, content: &str) -> (ImportId, ImportPreview) {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        self.import(&path, |_| {}).await
    }

    /// Takes an import back.
    pub async fn take_back(&self, import: ImportId) {
        use model::ports::Imports;
        self.pipeline.undo(&self.member, import).await.unwrap();
    }

    pub async fn number(&self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(self.db.pool()).await.unwrap()
    }

    pub async fn text(&self, sql: &str) -> String {
        let rows: Vec<Option<String>> =
            sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(self.db.pool()).await.unwrap();
        rows.into_iter().map(|row| row.unwrap_or_else(|| "null".into())).collect::<Vec<_>>().join("\n")
    }

    /// Sums of the facts of a kind (0 account, 1 campaign, 2 ad group, 3 ad), as decimals without needless zeros.
    pub async fn sums(&self, kind: i16) -> BTreeMap<&'static str, String> {
        self.sums_in(metrics::Family::Ads, "", &format!("kind = {kind}")).await
    }

    /// As [`World::sums`], of another family; of its breakdowns with the suffix `_by`.
    pub async fn sums_in(&self, family: Family, suffix: &str, whose: &str) -> BTreeMap<&'static str, String> {
        let mut sums = BTreeMap::new();
        for metric in Metric::ALL.iter().filter(|m| m.families().contains(&family)) {
            let table = family.name();
            let sql =
                format!("SELECT sum({})::bigint FROM facts_{table}{suffix} WHERE {whose}", metric.name());
            let sum: Option<i64> =
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(self.db.pool()).await.unwrap();
            if let Some(sum) = sum {
                sums.insert(metric.name(), decimal(*metric, sum));
            }
        }
        sums
    }

    /// Every fact of the workspace as text, for comparing whole states.
    pub async fn all_facts(&self) -> String {
        self.text(
            "SELECT t FROM (
                SELECT concat_ws(' ', a.platform, a.remote_id, f.kind, e.remote_id, e.name, f.day, f.currency, f.import_id,
                    f.impressions, f.clicks, f.link_clicks, f.video_views, f.spend, f.conversions, f.all_conversions,
                    f.conversion_value, f.revenue, f.leads, f.reach, f.engagements, f.extra) AS t
                FROM facts_ads f JOIN entities e ON e.id = f.entity_id JOIN accounts a ON a.id = f.account_id
                UNION ALL
                SELECT concat_ws(' ', 'by', a.remote_id, f.kind, e.remote_id, f.dimension, f.value, f.day, f.currency,
                    f.impressions, f.clicks, f.spend, f.conversions, f.conversion_value, f.revenue)
                FROM facts_ads_by f JOIN entities e ON e.id = f.entity_id JOIN accounts a ON a.id = f.account_id
                UNION ALL
                SELECT concat_ws(' ', 'rollup', a.remote_id, r.kind, r.day, r.currency, r.facts, r.impressions, r.clicks,
                    r.spend, r.conversions, r.conversion_value, r.revenue)
                FROM rollup_ads_account_day r JOIN accounts a ON a.id = r.account_id
            ) x ORDER BY t COLLATE \"C\"",
        )
        .await
    }

    /// One row of totals, as a dashboard asks for it, in the currency of the workspace.
    pub async fn served(&self, level: Level, days: DayRange, metrics: &[Metric]) -> Frame {
        let query = Query {
            family: metrics::Family::Ads,
            level,
            days,
            group_by: Vec::new(),
            metrics: metrics.to_vec(),
            filters: Vec::new(),
        };
        self.warehouse.frames(&self.member, &[query]).await.unwrap().remove(0)
    }

    /// Sets the workspace's currency, so that figures of a file in it need no rates.
    pub async fn report_in(&self, currency: &str) {
        sqlx::query("UPDATE workspaces SET currency = $1")
            .bind(currency)
            .execute(self.db.pool())
            .await
            .unwrap();
    }
}

/// Services on a database.
pub fn services(db: &TestDatabase, clock: &Clock, settings: PipelineSettings) -> Pipeline {
    services_on(db.database(), clock, settings)
}

/// Services on a pool.
pub fn services_on(database: database::Database, clock: &Clock, settings: PipelineSettings) -> Pipeline {
    let entropy = Entropy::system();
    Pipeline::new(Parts {
        identity: Identity::new(database.clone(), clock.clone(), entropy.clone()),
        database,
        secrets: SecretBox::with_key([7; 32], entropy),
        clock: clock.clone(),
        pace: Pace::new(clock.clone()),
        settings,
        demo: None,
        tasks: TaskTracker::new(),
    })
}

/// A stored value as a decimal without needless zeros.
pub fn decimal(metric: Metric, units: i64) -> String {
    Decimal::new(units, metric.scale()).normalize().to_string()
}

/// A file of this crate's fixtures.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A file beside the repository; none, with a message, where it is not.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}
