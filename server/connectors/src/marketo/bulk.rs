//! Exports: asked for, put into the queue, looked at once a minute, and fetched as a table.

use super::auth::{Family, request};
use super::events::{Counts, Kinds, Stages};
use super::failure::{judge, judge_file};
use super::fetch::{ask, midnight, written};
use super::leads::{LEAD_FIELDS, lead};
use crate::connector::{Context, Slice};
use crate::crm::Origin;
use crate::error::{Error, ErrorKind, Result};
use crate::fields::{Fields, read_without_refused};
use crate::http::{Batch, Node, Patience, csv};
use crate::record::Page;
use async_stream::try_stream;
use chrono::Days;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// The vendor wants to be asked at most once a minute.
const PATIENCE: Patience = Patience {
    first: Duration::from_mins(1),
    longest: Duration::from_mins(1),
    total: Duration::from_hours(6),
};

/// What an export has come to.
#[derive(Debug, PartialEq, Eq)]
enum Export {
    Rows,
    Empty,
}

/// The state of an export; none while it is being made.
fn state(answer: &Value) -> Result<Option<Export>> {
    let root = Node::root(answer, "$");
    let job = root.at("result");
    let job = job.nth(0);
    let status = job.at("status");
    match status.need_text()?.as_str() {
        "Completed" if job.at("numberOfRecords").integer()? == Some(0) => Ok(Some(Export::Empty)),
        "Completed" => Ok(Some(Export::Rows)),
        "Failed" | "Cancelled" => {
            let why = job
                .at("errorMsg")
                .filled()?
                .unwrap_or_else(|| status.text().ok().flatten().unwrap_or_default());
            Err(Error::vendor_down(format!("Marketo did not finish an export: {why}.")))
        }
        _ => Ok(None),
    }
}

/// Texts of `null` mean that there is no value.
fn cleaned(mut row: Value) -> Value {
    if let Value::Object(fields) = &mut row {
        for value in fields.values_mut() {
            if value.as_str() == Some("null") {
                *value = Value::Null;
            }
        }
        // Exports of activities hold their attributes as JSON.
        if let Some(attributes) = fields.get_mut("attributes")
            && let Some(parsed) = attributes.as_str().and_then(|text| serde_json::from_str(text).ok())
        {
            *attributes = parsed;
        }
    }
    row
}

/// Makes an export of `leads` or `activities` and fetches its rows.
async fn export(
    ctx: &Context,
    slice: &Slice<'_>,
    what: &str,
    mut question: Value,
) -> Result<(Vec<Value>, Option<Batch>)> {
    let path = |rest: &str| format!("/{what}/export/{rest}.json");
    let (from, until) = (midnight(slice.days.from()), midnight(slice.days.until() + Days::new(1)));
    question["format"] = json!("CSV");
    question["filter"]["createdAt"] = json!({"startAt": written(from), "endAt": written(until)});
    let create = request(ctx, Method::POST, Family::Bulk, &path("create"), &[])?.json(question);
    let made = ask(ctx, slice, &create).await?;
    let root = Node::root(&made.value, "$");
    let id = root.at("result");
    let id = id.nth(0);
    let id = id.at("exportId");
    let text = id.need_text()?;
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(id.drift(format!("{text:?} is no id that can be asked for")));
    }
    let enqueue = request(ctx, Method::POST, Family::Bulk, &path(&format!("{text}/enqueue")), &[])?;
    ask(ctx, slice, &enqueue).await?;
    let look = request(ctx, Method::GET, Family::Bulk, &path(&format!("{text}/status")), &[])?;
    if ctx.session.job(&look, &slice.budget, judge, PATIENCE, state).await? == Export::Empty {
        return Ok((Vec::new(), None));
    }
    let file = request(ctx, Method::GET, Family::Bulk, &path(&format!("{text}/file")), &[])?;
    let answer = ctx.session.call(&file, &slice.budget, &judge_file).await?;
    let rows = csv::rows(&answer.body)?.into_iter().map(cleaned).collect();
    Ok((rows, Some(Batch::new(&file, answer, Value::Null))))
}

/// The error of a field that the instance does not have, and its name: exports with such a field are refused whole.
fn refused(fields: &Fields, error: &Error) -> Option<String> {
    (error.kind == ErrorKind::Rejected).then(|| fields.dispensable(&error.message)).flatten()
}

/// Leads that were made on the days of the slice.
pub(super) fn leads<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let status = ctx.settings.get("lead_status_field");
    let fields = Fields::new(LEAD_FIELDS.iter().copied(), [status]);
    let asked = slice.clone();
    read_without_refused(ctx, &slice, fields, refused, move |fields| {
        let slice = asked.clone();
        let stream = try_stream! {
            let names: Vec<&str> = fields.names().collect();
            let (rows, file) = export(ctx, &slice, "leads", json!({ "fields": names })).await?;
            let origin = Origin::new(&slice, ctx.session.now());
            let records =
                rows.iter().map(|row| lead(&Node::root(row, "lead"), status, &origin)).collect::<Result<_>>()?;
            yield Page { records, rows: rows.len() as u64, raw: file.map(|file| file.raw) };
        };
        stream.boxed()
    })
}

/// The activities that count.
pub(super) fn activities<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let kinds = Kinds { emails: true, leads: true };
        let question = json!({ "filter": { "activityTypeIds": kinds.numbers() } });
        let (rows, _) = export(ctx, &slice, "activities", question).await?;
        let mut counts = Counts::new(kinds, Stages::of_model(ctx));
        for row in &rows {
            counts.take(&slice, &Node::root(row, "activity"))?;
        }
        // Activities of new leads tell their names, so that the file is not kept.
        yield Page { records: counts.records(&slice), rows: rows.len() as u64, raw: None };
    };
    stream.boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_done_empty_or_broken() {
        let job =
            |status: &str, rows: Value| json!({"result": [{"status": status, "numberOfRecords": rows}]});
        assert_eq!(state(&job("Completed", json!(2))).unwrap(), Some(Export::Rows));
        assert_eq!(state(&job("Completed", json!(null))).unwrap(), Some(Export::Rows));
        assert_eq!(state(&job("Completed", json!(0))).unwrap(), Some(Export::Empty));
        for waiting in ["Created", "Queued", "Processing"] {
            assert_eq!(state(&job(waiting, json!(null))).unwrap(), None);
        }
        assert_eq!(state(&job("Failed", json!(null))).unwrap_err().kind, ErrorKind::VendorDown);
        assert!(state(&json!({"result": []})).is_err());
    }

    #[test]
    fn cells_of_null_are_none_and_attributes_are_read() {
        let row = cleaned(json!({"a": "null", "b": "nullable", "attributes": "{\"Success\":\"true\"}"}));
        assert_eq!(row, json!({"a": null, "b": "nullable", "attributes": {"Success": "true"}}));
    }
}
