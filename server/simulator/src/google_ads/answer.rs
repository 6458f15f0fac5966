//! Runs a query and turns its rows into answers.

use std::cmp::Ordering;
use std::fmt::Write;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::Stream;

use super::fields::Field;
use super::json::Layout;
use super::plan::Plan;
use super::rows::{self, Entity, Row, Subject};
use super::values::Lookup;
use crate::world::World;
use crate::world::fact::Fact;

/// Rows in one element of a `searchStream` answer.
pub const BATCH_ROWS: usize = 1_000;

/// Sorts by the query's keys, each computed once.
fn sorted(rows: Vec<Row>, plan: &Plan, lookup: &Lookup<'_>) -> Vec<Row> {
    let keys = |row: &Row| plan.order.iter().map(|(field, _)| lookup.value(row, *field)).collect::<Vec<_>>();
    let mut keyed: Vec<_> = rows.into_iter().map(|row| (keys(&row), row)).collect();
    keyed.sort_by(|(a, _), (b, _)| {
        let orders = plan.order.iter().zip(a.iter().zip(b)).map(|((_, descending), (a, b))| {
            let order = a.order(b);
            if *descending { order.reverse() } else { order }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    });
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// What the client asked to have beside the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extras {
    /// `totalResultsCount`.
    pub total: bool,
    /// `summaryRow`.
    pub summary: bool,
    /// No rows, only the summary.
    pub summary_only: bool,
    /// Members that no schema knows.
    pub unknown: bool,
}

/// A query's rows, ready to be written.
pub struct Answer {
    world: Arc<World>,
    subject: Subject,
    now: DateTime<Utc>,
    plan: Plan,
    layout: Layout,
    rows: Vec<Row>,
    extras: Extras,
}

impl Answer {
    /// Computes, filters, sorts and cuts the rows of a query as of `now`.
    pub fn new(world: Arc<World>, subject: Subject, plan: Plan, now: DateTime<Utc>, extras: Extras) -> Self {
        let mut rows = rows::rows(&world, subject, &plan, now);
        let lookup = Lookup { world: &world, subject, now };
        if !plan.conditions.is_empty() {
            rows.retain(|row| {
                plan.conditions.iter().all(|(field, test)| lookup.value(row, *field).passes(test))
            });
        }
        if !plan.order.is_empty() {
            rows = sorted(rows, &plan, &lookup);
        }
        rows.truncate(plan.limit.unwrap_or(usize::MAX));
        let layout = Layout::new(&plan.select, extras.unknown);
        Self { world, subject, now, plan, layout, rows, extras }
    }

    /// One page of a `search` answer; `next` makes the token for the page at an offset.
    pub fn page(&self, offset: usize, size: usize, next: impl Fn(usize) -> String) -> String {
        let from = offset.min(self.rows.len());
        let until = offset.saturating_add(size).min(self.rows.len());
        let mut out = String::from("{");
        if !self.extras.summary_only {
            self.results(&mut out, &self.rows[from..until]);
            if until < self.rows.len() {
                let _ = write!(out, "\"nextPageToken\":\"{}\",", next(until));
            }
        }
        if self.extras.total {
            let _ = write!(out, "\"totalResultsCount\":\"{}\",", self.rows.len());
        }
        if self.extras.summary && until == self.rows.len() {
            self.summary(&mut out);
        }
        self.close(&mut out, None);
        out
    }

    /// The chunks of a `searchStream` answer: a JSON array of batches.
    pub fn stream(self, request_id: String) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send {
        let batches = if self.extras.summary_only { 0 } else { self.rows.len().div_ceil(BATCH_ROWS) };
        let pieces = batches + usize::from(self.extras.summary);
        // Without rows there is still one batch, which has no results.
        let pieces = pieces.max(1);
        let chunks = (0..pieces).map(move |piece| {
            let mut out = String::from(if piece == 0 { "[" } else { "," });
            out.push('{');
            if piece < batches {
                let from = piece * BATCH_ROWS;
                self.results(&mut out, &self.rows[from..(from + BATCH_ROWS).min(self.rows.len())]);
            } else if self.extras.summary {
                self.summary(&mut out);
            }
            self.close(&mut out, Some(&request_id));
            if piece + 1 == pieces {
                out.push(']');
            }
            Ok(Bytes::from(out))
        });
        futures_util::stream::iter(chunks)
    }

    /// `"results":[…],`, or nothing at all when there are no rows.
    fn results(&self, out: &mut String, rows: &[Row]) {
        if rows.is_empty() {
            return;
        }
        let lookup = self.lookup();
        out.push_str("\"results\":[");
        for (i, row) in rows.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            self.layout.write(out, &lookup, row);
        }
        out.push_str("],");
    }

    fn summary(&self, out: &mut String) {
        let mut fact = Fact::default();
        self.rows.iter().for_each(|row| fact += row.fact);
        let metrics: Vec<Field> =
            self.plan.select.iter().copied().filter(|field| field.is_metric()).collect();
        let row = Row { entity: Entity::default(), date: None, hour: None, device: None, fact };
        out.push_str("\"summaryRow\":");
        Layout::new(&metrics, false).write(out, &self.lookup(), &row);
        out.push(',');
    }

    // Writing to a String can't fail, here and elsewhere in this file.
    fn close(&self, out: &mut String, request_id: Option<&str>) {
        let _ = write!(out, "\"fieldMask\":\"{}\",", self.plan.field_mask());
        if let Some(id) = request_id {
            let _ = write!(out, "\"requestId\":\"{id}\",");
        }
        let consumption = 10 + self.rows.len() * self.plan.select.len() / 2;
        let _ = write!(out, "\"queryResourceConsumption\":\"{consumption}\"}}");
    }

    fn lookup(&self) -> Lookup<'_> {
        Lookup { world: &self.world, subject: self.subject, now: self.now }
    }
}
