//! Reading: cubes, frames, freshness.

mod attributes;
mod cache;
mod campaigns;
mod context;
mod cube;
mod deals;
mod describe;
mod details;
mod families;
mod frames;
mod freshness;
mod grouping;
mod leads;
mod rules;
mod selection;
mod sql;
mod things;

use crate::error::LoadError;
use crate::rates;
use async_trait::async_trait;
use cache::CubeCache;
use context::Context;
use database::Database;
use metrics::ports::{CubeAnswer, Figures, Freshness, Thing, ThingsQuestion};
use metrics::{Frame, Query, Scope};
use model::access::Member;
use model::clock::Clock;
use model::error::{AppError, ErrorKind};
use model::live::{Topic, Versions};
use model::ports::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// More facts than this are not sent to a browser.
pub(crate) const MAX_CELLS: u64 = 300_000;

/// Most queries in one request: a dashboard has some dozens of widgets with a comparison each.
const MAX_QUERIES: usize = 500;

/// Answers questions about figures. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Warehouse {
    database: Database,
    clock: Clock,
    cubes: Arc<CubeCache>,
    failures: Arc<AtomicU32>,
}

impl Warehouse {
    /// A warehouse on that database.
    pub fn new(database: Database, clock: Clock) -> Self {
        Self { database, clock, cubes: Arc::default(), failures: Arc::default() }
    }

    /// What the person sees of a failure; the cause goes to the log.
    fn fail(&self, error: &QueryError) -> AppError {
        let cause = match error {
            QueryError::App(error) => return error.clone(),
            QueryError::Database(sql) | QueryError::Load(LoadError::Sql(sql)) if database::is_away(sql) => {
                tracing::warn!(%error, "the database is not there");
                return AppError::new(ErrorKind::Unavailable, "The database does not answer now.")
                    .retry_after(5);
            }
            other => other,
        };
        let number = self.failures.fetch_add(1, Ordering::Relaxed);
        let reference = format!("w{:x}-{number}", self.clock.now().timestamp());
        tracing::error!(%reference, %cause, "figures can't be answered");
        AppError::internal(reference)
    }

    async fn try_cube(&self, member: &Member, scope: &Scope) -> Result<CubeAnswer, QueryError> {
        let mut tx = self.database.scoped_snapshot(member.workspace).await?;
        let context = Context::read(&mut tx, member.workspace).await?;
        let selection = cube::select(&context, scope)?;
        let cells = match &selection {
            Some(selection) => cube::count(&mut tx, selection).await?,
            None => 0,
        };
        if cells > MAX_CELLS {
            return Ok(CubeAnswer::TooLarge { cells });
        }
        let key = cache::Key::new(&context, scope);
        let build = cube::build(&mut tx, &context, scope, selection.as_ref());
        Ok(CubeAnswer::Cube(self.cubes.get_or_build(key, build).await?.to_vec()))
    }

    async fn try_frames(&self, member: &Member, queries: &[Query]) -> Result<Vec<Frame>, QueryError> {
        if queries.len() > MAX_QUERIES {
            let message = format!("{} queries at once; at most {MAX_QUERIES} are answered.", queries.len());
            return Err(AppError::invalid(message).into());
        }
        let mut tx = self.database.scoped_snapshot(member.workspace).await?;
        let context = Context::read(&mut tx, member.workspace).await?;
        let mut frames = Vec::with_capacity(queries.len());
        for query in queries {
            frames.push(frames::answer(&mut tx, &context, query).await?);
        }
        Ok(frames)
    }

    async fn try_versions(&self, member: &Member) -> Result<Versions, QueryError> {
        let mut tx = self.database.scoped(member.workspace).await?;
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT topic, version FROM data_versions WHERE workspace_id = $1")
                .bind(member.workspace.0)
                .fetch_all(&mut *tx)
                .await?;
        let versions =
            rows.into_iter().filter_map(|(topic, version)| Some((Topic::from_name(&topic)?, version)));
        Ok(Versions(versions.collect()))
    }

    async fn try_load_rates(&self, member: &Member, csv: &[u8]) -> Result<u64, QueryError> {
        let quotes = rates::parse(csv).map_err(|error| {
            AppError::invalid(format!("The rates can't be read: {error}.")).with_hint(
                "Use the file eurofxref-hist.csv that the European Central Bank publishes, unzipped.",
            )
        })?;
        let mut tx = self.database.scoped(member.workspace).await?;
        rates::store_rates(&mut tx, member.workspace, &quotes).await?;
        tx.commit().await?;
        Ok(quotes.len() as u64)
    }
}

#[async_trait]
impl Figures for Warehouse {
    async fn cube(&self, member: &Member, scope: &Scope) -> Result<CubeAnswer> {
        // In a task of its own: a browser that goes away drops this future, and a COPY that is dropped leaves its
        // connection out of step (see `crate::copy`).
        let (this, member, scope) = (self.clone(), member.clone(), scope.clone());
        let answer = tokio::spawn(async move { this.try_cube(&member, &scope).await }).await;
        answer.map_err(QueryError::from).flatten().map_err(|error| self.fail(&error))
    }

    async fn frames(&self, member: &Member, queries: &[Query]) -> Result<Vec<Frame>> {
        self.try_frames(member, queries).await.map_err(|error| self.fail(&error))
    }

    async fn freshness(&self, member: &Member) -> Result<Freshness> {
        freshness::read(&self.database, member.workspace).await.map_err(|error| self.fail(&error))
    }

    async fn things(&self, member: &Member, question: &ThingsQuestion) -> Result<Vec<Thing>> {
        things::read(&self.database, member.workspace, question).await.map_err(|error| self.fail(&error))
    }

    async fn versions(&self, member: &Member) -> Result<Versions> {
        self.try_versions(member).await.map_err(|error| self.fail(&error))
    }

    async fn load_rates(&self, member: &Member, csv: &[u8]) -> Result<u64> {
        self.try_load_rates(member, csv).await.map_err(|error| self.fail(&error))
    }
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QueryError {
    /// The person can be told.
    #[error("{0}")]
    App(#[from] AppError),
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// Reading rows failed.
    #[error("{0}")]
    Load(#[from] LoadError),
    /// The cube can't be made.
    #[error("cube: {0}")]
    Build(#[from] metrics::cube::BuildError),
    /// A sum or a converted amount leaves the range of 64-bit integers.
    #[error("a figure is too large")]
    Overflow,
    /// A worker thread was lost.
    #[error("worker: {0}")]
    Worker(#[from] tokio::task::JoinError),
}
