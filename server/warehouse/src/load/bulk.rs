//! Loads that may be larger than memory.

use crate::columns::{self, Measures};
use crate::copy::{Writer, day_of, read};
use crate::error::LoadError;
use crate::load::batch::{FactBatch, FactRow, NO_SEGMENT, Row};
use crate::load::entities::resolve;
use crate::load::kind_number;
use crate::load::merge::{Applied, apply, begin, end};
use crate::load::scope::{LoadCounts, LoadScope};
use chrono::NaiveDate;
use metrics::Family;
use sqlx::{AssertSqlSafe, PgConnection};

/// Rows in memory: about 100 MB while they are merged.
const IN_MEMORY: usize = 250_000;

/// A load of any size: rows beyond what fits into memory wait in a temporary table of the transaction, and are merged
/// some days at a time, so that rows with the same key meet wherever they stood in the file. All calls must be given
/// the same transaction.
#[derive(Debug)]
pub struct BulkLoad {
    scope: LoadScope,
    batch: FactBatch,
    limit: usize,
    staged: u64,
}

impl BulkLoad {
    /// A load without rows.
    pub fn new(scope: LoadScope) -> Self {
        Self::with_limit(scope, IN_MEMORY)
    }

    /// Like [`BulkLoad::new`], with another number of rows that stay in memory.
    pub fn with_limit(scope: LoadScope, limit: usize) -> Self {
        Self { scope, batch: FactBatch::new(), limit: limit.max(1), staged: 0 }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// As [`FactBatch::push`], or when the database fails.
    pub async fn push(&mut self, tx: &mut PgConnection, row: &FactRow<'_>) -> Result<(), LoadError> {
        if row.measures.family() != self.scope.family {
            let (expected, found) = (self.scope.family, row.measures.family());
            return Err(LoadError::ForeignFamily { expected, found });
        }
        self.batch.push(row)?;
        if self.batch.len() >= self.limit {
            self.spill(tx, false).await?;
        }
        Ok(())
    }

    /// Rows so far.
    pub fn len(&self) -> u64 {
        self.staged + self.batch.len() as u64
    }

    /// Whether there are no rows so far.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Merges all rows, as [`super::merge`] does. `merged` hears after each part how many rows are in.
    ///
    /// # Errors
    /// As [`super::merge`].
    pub async fn finish(
        mut self,
        tx: &mut PgConnection,
        merged: &(dyn Fn(u64) + Sync),
    ) -> Result<LoadCounts, LoadError> {
        if self.staged == 0 {
            let rows = self.len();
            let counts = super::merge(tx, &self.scope, self.batch).await?;
            merged(rows);
            return Ok(counts);
        }
        self.spill(tx, true).await?;
        let ground = begin(tx, &self.scope).await?;
        let scope = &self.scope;
        let FactBatch { entities, mut segments, .. } = std::mem::take(&mut self.batch);
        let ids = resolve(tx, scope.workspace, scope.account, scope.kind, entities.texts(), scope.at).await?;
        let stage = self.stage();
        let days: Vec<(NaiveDate, i64)> = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT day, count(*) FROM {stage} GROUP BY day ORDER BY day"
        )))
        .persistent(false)
        .fetch_all(&mut *tx)
        .await?;
        let mut all = Applied::default();
        let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(all.counts) };
        // Days read in full before and after those with rows belong to the first and the last part.
        let replaced = scope.replace_days;
        let (first, last) = (first.0, last.0);
        let parts = parts(&days, self.limit);
        for (at, (from, until)) in parts.iter().copied().enumerate() {
            let rows = staged_rows(tx, &stage, scope.family, from, until).await?;
            let next = parts.get(at + 1).and_then(|part| part.0.pred_opt());
            let owns_from = if from == first { NaiveDate::MIN } else { from };
            let owns_until = if until == last { NaiveDate::MAX } else { next.unwrap_or(until) };
            let own = model::DayRange::new(owns_from, owns_until).ok();
            let replaced: Vec<_> =
                replaced.zip(own).and_then(|(days, own)| days.intersection(own)).into_iter().collect();
            let part = apply(tx, scope, &ground, &entities, &ids, &mut segments, rows, &replaced).await?;
            all.counts += part.counts;
            all.present |= part.present;
            merged(all.counts.read);
        }
        sqlx::query(AssertSqlSafe(format!("DROP TABLE {stage}"))).persistent(false).execute(&mut *tx).await?;
        end(tx, scope, &ground, all).await?;
        Ok(all.counts)
    }

    /// One name per account, family, kind, stream and breakdown: loads of several may be under way in one transaction.
    fn stage(&self) -> String {
        let scope = &self.scope;
        let texts = [scope.stream, scope.breakdown.as_deref()].map(Option::unwrap_or_default).join("\0");
        let number = texts.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let (family, kind) = (scope.family.name(), kind_number(scope.kind));
        format!("pg_temp.load_{family}_{}_{kind}_{number:x}", scope.account.0)
    }

    async fn spill(&mut self, tx: &mut PgConnection, is_last: bool) -> Result<(), LoadError> {
        self.batch.compact(self.scope.duplicates);
        // What became few rows goes on gathering; its memory is bounded all the same.
        if self.batch.len() * 2 < self.limit && !is_last {
            return Ok(());
        }
        let stage = self.stage();
        let measures = columns::metrics(self.scope.family).len();
        let columns = columns::columns(self.scope.family, "");
        if self.staged == 0 {
            let typed = columns.replace(',', " bigint,");
            sqlx::query(AssertSqlSafe(format!(
                "CREATE TEMPORARY TABLE {stage} (
                     place bigint, entity integer, segment integer, day date, currency char(3), extra text,
                     {typed} bigint
                 ) ON COMMIT DROP"
            )))
            .persistent(false)
            .execute(&mut *tx)
            .await?;
        }
        let columns = format!("place, entity, segment, day, currency, extra, {columns}");
        let mut copy = Writer::begin(tx, &stage, &columns).await?;
        for row in self.batch.rows.drain(..) {
            copy.row(i16::try_from(6 + measures).unwrap_or(i16::MAX));
            copy.int8(self.staged.cast_signed());
            copy.int4(row.entity.cast_signed());
            copy.int4(row.segment.cast_signed());
            copy.int4(row.day);
            copy.bytes(&row.currency.bytes());
            match &row.extra {
                Some(text) => copy.bytes(text.as_bytes()),
                None => copy.null(),
            }
            for at in 0..measures {
                copy.int8_or_null(row.measures.at(at));
            }
            copy.end_row().await?;
            self.staged += 1;
        }
        copy.finish().await.map(drop)
    }
}

/// Consecutive days with at most `limit` rows together (or one day with more).
fn parts(days: &[(NaiveDate, i64)], limit: usize) -> Vec<(NaiveDate, NaiveDate)> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut parts: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    let mut rows = 0;
    for (day, count) in days {
        if let Some(part) = parts.last_mut().filter(|_| rows + count <= limit) {
            part.1 = *day;
            rows += count;
        } else {
            parts.push((*day, *day));
            rows = *count;
        }
    }
    parts
}

async fn staged_rows(
    tx: &mut PgConnection,
    stage: &str,
    family: Family,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<Row>, LoadError> {
    let query = format!(
        "SELECT entity, segment, day, currency, extra, {} FROM {stage}
         WHERE day BETWEEN '{from}' AND '{until}' ORDER BY place",
        columns::columns(family, "")
    );
    let mut rows = Vec::new();
    read(tx, &query, |mut fields| {
        let (entity, segment) = (fields.int4()?.cast_unsigned(), fields.int4()?.cast_unsigned());
        let (day, currency) = (fields.int4()?, fields.currency()?);
        let extra = fields.text_or_null()?.map(Into::into);
        let mut measures = Measures::of(family);
        for at in 0..columns::metrics(family).len() {
            if let Some(value) = fields.int8_or_null()? {
                measures.set_at(at, value);
            }
        }
        debug_assert!(segment == NO_SEGMENT || day_of(day) >= from, "rows of the asked days");
        rows.push(Row { entity, segment, day, currency, measures, extra });
        Ok(())
    })
    .await?;
    Ok(rows)
}
