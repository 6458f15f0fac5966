//! Clicks in e-mails, which only version 4 gives in bulk.

use super::auth::{page_size, request};
use super::failure::{Place, UNSERVED, judge};
use crate::connector::{Context, Slice};
use crate::error::{Result, spare};
use crate::http::{Batch, Node};
use crate::mapping::fact;
use crate::record::{Page, Record, Warning};
use async_stream::try_stream;
use chrono::{Days, NaiveDate, NaiveTime, SecondsFormat};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

const PATH: &str = "/api/emailClick/version/4/do/query";

/// Rows of one page, at most.
const MOST_ROWS: u32 = 200;

/// Clicks per e-mail, link and day.
#[derive(Debug, Default)]
struct Clicks {
    known: HashSet<String>,
    counts: BTreeMap<(String, NaiveDate, String), u64>,
}

impl Clicks {
    /// Takes a click, once. Its moment is written without an offset, so that the day that is written counts.
    fn take(&mut self, slice: &Slice<'_>, row: &Node<'_>) -> Result<()> {
        let id = row.at("id").need_text()?;
        let day = row.at("created_at").written_day()?.filter(|day| slice.days.contains(*day));
        let (Some(email), Some(day)) = (row.at("list_email_id").filled()?, day) else {
            return Ok(());
        };
        if self.known.insert(id) {
            let url = row.at("url").filled()?.unwrap_or_default();
            *self.counts.entry((email, day, url)).or_default() += 1;
        }
        Ok(())
    }

    fn records(self, slice: &Slice<'_>) -> Vec<Record> {
        let record = |((email, day, url), count): ((String, NaiveDate, String), u64)| {
            let mut row = fact(slice, EntityKind::Campaign, email, day);
            row.breakdown.insert("url".into(), url);
            row.values.push((Metric::Clicks, Decimal::from(count)));
            Record::Fact(row)
        };
        self.counts.into_iter().map(record).collect()
    }
}

/// All clicks of the days, page after page by their ids. A day more is asked for on both sides, because nobody says in
/// which zone a row's moment is written.
pub(super) fn read<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let place = Place::of(slice.account);
        let written = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().to_rfc3339_opts(SecondsFormat::Secs, false);
        let (after, before) =
            (written(slice.days.from() - Days::new(1)), written(slice.days.until() + Days::new(2)));
        let limit = page_size(ctx).min(MOST_ROWS);
        let limit_text = limit.to_string();
        let mut clicks = Clicks::default();
        let mut last: Option<u64> = None;
        loop {
            let greater = last.map(|id| id.to_string());
            let mut query = vec![
                ("format", "json"),
                ("output", "bulk"),
                ("sort_by", "id"),
                ("sort_order", "ascending"),
                ("created_after", after.as_str()),
                ("created_before", before.as_str()),
                ("limit", limit_text.as_str()),
            ];
            query.extend(greater.as_deref().map(|id| ("id_greater_than", id)));
            let request = request(ctx, &slice.budget, &slice.account.id, PATH, &query).await?;
            let answer = ctx.session.batch(&request, &slice.budget, |answer| judge(answer, place)).await;
            // The version is older than that of all else, and ends before it.
            let Some(batch) = spare(answer, UNSERVED)? else {
                let message = "Version 4 of the API, which alone gives clicks by link, is not served here.";
                yield Page::of_warnings([Warning::stream(&slice.account.id, slice.stream.name, message)]);
                return;
            };
            let rows = rows(&batch.value);
            for (index, row) in rows.iter().enumerate() {
                clicks.take(&slice, &Node::root(row, &format!("result.emailClick[{index}]")))?;
            }
            let highest = highest_id(&rows);
            let count = rows.len();
            yield page(batch, count);
            // Short pages are the last, and one that leads no further, too.
            if count < limit as usize || highest <= last {
                break;
            }
            last = highest;
        }
        yield Page { records: clicks.records(&slice), ..Page::default() };
    };
    pages.boxed()
}

fn page(batch: Batch, rows: usize) -> Page {
    Page { records: Vec::new(), rows: rows as u64, raw: Some(batch.raw) }
}

/// The rows of a page: a single one stands there without a list.
fn rows(page: &Value) -> Vec<Value> {
    match page.pointer("/result/emailClick") {
        Some(Value::Array(rows)) => rows.clone(),
        Some(row @ Value::Object(_)) => vec![row.clone()],
        _ => Vec::new(),
    }
}

fn highest_id(rows: &[Value]) -> Option<u64> {
    rows.iter().filter_map(|row| Node::root(row, "row").at("id").text().ok()??.parse().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_single_click_stands_without_a_list() {
        let row = json!({"id": "9007199254740993"});
        assert_eq!(rows(&json!({"result": {"emailClick": row}})).len(), 1);
        assert_eq!(rows(&json!({"result": {"emailClick": [row, row]}})).len(), 2);
        assert!(rows(&json!({"result": null})).is_empty());
        assert_eq!(highest_id(&[json!({"id": 7}), row]), Some(9_007_199_254_740_993));
    }
}
