//! Reading and writing fact rows: those of all families, and their breakdowns, alike.

use crate::columns::{self, Tables};
use crate::copy::{Writer, day_of, read};
use crate::error::LoadError;
use crate::load::batch::{Fact, Key, NO_SEGMENT, Names};
use crate::load::diff::Existing;
use crate::load::scope::{LoadScope, kind_number, partitions};
use crate::load::totals::StreamNumber;
use chrono::{Datelike, NaiveDate};
use metrics::Family;
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The stretch of a fact table that a load is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) workspace: i32,
    pub(crate) account: i32,
    pub(crate) family: Family,
    pub(crate) kind: i16,
    pub(crate) stream: StreamNumber,
    pub(crate) dimension: Option<&'a str>,
}

impl<'a> Target<'a> {
    pub(crate) fn of(scope: &'a LoadScope, stream: StreamNumber) -> Self {
        Self {
            workspace: scope.workspace.0,
            account: scope.account.0,
            family: scope.family,
            kind: kind_number(scope.kind),
            stream,
            dimension: scope.breakdown.as_deref(),
        }
    }

    pub(crate) fn table(&self) -> &'static str {
        let Tables { facts, breakdowns, .. } = columns::tables(self.family);
        if self.dimension.is_some() { breakdowns } else { facts }
    }
}

/// Text as an SQL literal, for COPY, which takes no parameters. (`standard_conforming_strings` is on since 9.1.)
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Keys and hashes of the stored rows of those days, sorted by key.
pub(crate) async fn existing(
    tx: &mut PgConnection,
    target: Target<'_>,
    days: (i32, i32),
    segments: &mut Names,
) -> Result<Vec<Existing>, LoadError> {
    let mut query = String::from("SELECT day, entity_id, hash, import_id");
    if target.dimension.is_some() {
        query.push_str(", value");
    }
    let _ = write!(
        query,
        " FROM {} WHERE workspace_id = {} AND account_id = {} AND kind = {} AND stream = {} \
         AND day BETWEEN '{}' AND '{}'",
        target.table(),
        target.workspace,
        target.account,
        target.kind,
        target.stream.number,
        day_of(days.0),
        day_of(days.1),
    );
    if let Some(dimension) = target.dimension {
        let _ = write!(query, " AND dimension = {}", literal(dimension));
    }
    let mut rows = Vec::new();
    read(tx, &query, |mut row| {
        let (day, entity) = (row.int4()?, row.int8()?);
        let (hash, import) = (row.int8()?, row.int4_or_null()?);
        let segment = if target.dimension.is_some() { segments.number(row.text()?) } else { NO_SEGMENT };
        rows.push(Existing { key: Key { day, entity, segment }, hash, import });
        Ok(())
    })
    .await?;
    rows.sort_unstable_by_key(|row| row.key);
    Ok(rows)
}

/// Stores rows that are not there yet.
pub(crate) async fn write(
    tx: &mut PgConnection,
    target: Target<'_>,
    facts: &[Fact],
    segments: &Names,
    import: Option<i32>,
) -> Result<(), LoadError> {
    if facts.is_empty() {
        return Ok(());
    }
    let months: BTreeSet<NaiveDate> = facts
        .chunk_by(|a, b| a.key.day == b.key.day)
        .filter_map(|day| day_of(day[0].key.day).with_day(1))
        .collect();
    partitions(tx, target.table(), &months).await?;
    let measures = columns::metrics(target.family).len();
    let mut columns = format!(
        "workspace_id, account_id, entity_id, day, kind, stream, currency, import_id, {}, extra, hash",
        columns::columns(target.family, "")
    );
    if target.dimension.is_some() {
        columns.push_str(", dimension, value");
    }
    let fields =
        i16::try_from(10 + measures).unwrap_or(i16::MAX) + if target.dimension.is_some() { 2 } else { 0 };
    let mut copy = Writer::begin(tx, target.table(), &columns).await?;
    for fact in facts {
        copy.row(fields);
        copy.int4(target.workspace);
        copy.int4(target.account);
        copy.int8(fact.key.entity);
        copy.int4(fact.key.day);
        copy.int2(target.kind);
        copy.int2(target.stream.number);
        copy.bytes(&fact.currency.bytes());
        match import {
            Some(import) => copy.int4(import),
            None => copy.null(),
        }
        for at in 0..measures {
            copy.int8_or_null(fact.measures.at(at));
        }
        copy.jsonb(fact.extra.as_deref());
        copy.int8(fact.hash);
        if let Some(dimension) = target.dimension {
            copy.bytes(dimension.as_bytes());
            copy.bytes(segments.get(fact.key.segment).as_bytes());
        }
        copy.end_row().await?;
    }
    copy.finish().await?;
    Ok(())
}

/// How many keys go into one statement.
const KEYS: usize = 50_000;

/// Rows to delete, as in [`super::diff::Plan`].
pub(crate) struct Doomed<'a> {
    pub(crate) days: &'a [i32],
    pub(crate) keys: &'a [Key],
}

/// Keeps copies of rows that an import is about to replace. Its own earlier rows need none.
pub(crate) async fn remember(
    tx: &mut PgConnection,
    target: Target<'_>,
    doomed: &Doomed<'_>,
    segments: &Names,
    import: i32,
) -> Result<(), LoadError> {
    let value = if target.dimension.is_some() { "f.value" } else { "''" };
    let (family, columns) = (target.family.name(), columns::columns(target.family, ""));
    let insert = format!(
        "INSERT INTO fact_undo (workspace_id, import_id, account_id, family, kind, dimension, value, day, entity_id,
             currency, previous_import_id, {columns}, extra, hash)
         SELECT f.workspace_id, {import}, f.account_id, '{family}', f.kind, $4, {value}, f.day, f.entity_id,
             f.currency, f.import_id, {columns}, f.extra, f.hash FROM {} f",
        target.table()
    );
    // A second load under the same number keeps the first copy.
    let end = format!(
        " AND f.import_id IS DISTINCT FROM {import} ON CONFLICT ON CONSTRAINT fact_undo_pkey DO NOTHING"
    );
    each_chunk(tx, target, doomed, segments, (&insert, ", "), &end).await
}

/// Deletes rows.
pub(crate) async fn delete(
    tx: &mut PgConnection,
    target: Target<'_>,
    doomed: &Doomed<'_>,
    segments: &Names,
) -> Result<(), LoadError> {
    let delete = format!("DELETE FROM {} f", target.table());
    each_chunk(tx, target, doomed, segments, (&delete, " USING "), "").await
}

/// Runs a statement over all doomed rows: `start.0 [start.1 keys] WHERE … end`.
async fn each_chunk(
    tx: &mut PgConnection,
    target: Target<'_>,
    doomed: &Doomed<'_>,
    segments: &Names,
    start: (&str, &str),
    end: &str,
) -> Result<(), LoadError> {
    let number = target.stream.number;
    let stretch =
        format!("f.workspace_id = $1 AND f.account_id = $2 AND f.kind = $3 AND f.stream = {number}");
    let (stretch, values) = if target.dimension.is_some() {
        (format!("{stretch} AND f.dimension = $4"), " AND f.value = k.value")
    } else {
        // The parameter is there in either case, so that both statements are bound alike.
        (format!("{stretch} AND $4::text = ''"), "")
    };
    let dimension = target.dimension.unwrap_or_default();
    if !doomed.days.is_empty() {
        let days: Vec<NaiveDate> = doomed.days.iter().map(|day| day_of(*day)).collect();
        sqlx::query(AssertSqlSafe(format!("{} WHERE {stretch} AND f.day = ANY($5){end}", start.0)))
            .bind(target.workspace)
            .bind(target.account)
            .bind(target.kind)
            .bind(dimension)
            .bind(days)
            .persistent(false)
            .execute(&mut *tx)
            .await?;
    }
    for keys in doomed.keys.chunks(KEYS) {
        let days: Vec<NaiveDate> = keys.iter().map(|key| day_of(key.day)).collect();
        let entities: Vec<i64> = keys.iter().map(|key| key.entity).collect();
        let texts: Vec<&str> = keys.iter().map(|key| segments.get(key.segment)).collect();
        // The bounds tell the planner which partitions there are.
        let bounds = (days.first().copied(), days.last().copied());
        sqlx::query(AssertSqlSafe(format!(
            "{}{}unnest($5::date[], $6::bigint[], $7::text[]) AS k (day, entity_id, value)
             WHERE {stretch} AND f.day BETWEEN $8 AND $9 AND f.day = k.day AND f.entity_id = k.entity_id{values}{end}",
            start.0, start.1
        )))
        .bind(target.workspace)
        .bind(target.account)
        .bind(target.kind)
        .bind(dimension)
        .bind(days)
        .bind(entities)
        .bind(texts)
        .bind(bounds.0)
        .bind(bounds.1)
        .persistent(false)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
