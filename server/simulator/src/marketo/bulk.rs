//! Exports: asked for, queued, made while the client waits, and read as CSV.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, Problem, SLUG, activities, leads, missing, problem, request_id, written};
use crate::asked::{Call, moment};

/// Days of one export at most.
const DAYS: i64 = 31;

/// How often a client has to look until an export is made.
const LOOKS: u32 = 1;

/// What an export is of.
struct Wish {
    is_of_leads: bool,
    fields: Vec<String>,
    kinds: Vec<i64>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Wish {
    fn read(kind: &str, body: &Value) -> Result<Self, Problem> {
        let is_of_leads = kind == "leads";
        let texts = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
        };
        let range = &body["filter"]["createdAt"];
        let at = |name: &str| range[name].as_str().and_then(moment);
        let (Some(from), Some(to)) = (at("startAt"), at("endAt")) else {
            return Err((1_003, "Filter createdAt with startAt and endAt is required".to_owned()));
        };
        if to - from > TimeDelta::days(DAYS) {
            return Err((1_003, "createdAt: the date range must not be more than 31 days".to_owned()));
        }
        let fields = texts(&body["fields"]);
        if is_of_leads && fields.is_empty() {
            return Err((1_003, "fields cannot be blank".to_owned()));
        }
        let kinds = body["filter"]["activityTypeIds"].as_array().into_iter().flatten();
        Ok(Self { is_of_leads, fields, kinds: kinds.filter_map(Value::as_i64).collect(), from, to })
    }

    /// Header and lines.
    fn table(&self, call: &Call) -> Result<Vec<Vec<String>>, Problem> {
        let within = |at: DateTime<Utc>| self.from <= at && at <= self.to;
        if !self.is_of_leads {
            let names = [
                "marketoGUID",
                "leadId",
                "activityDate",
                "activityTypeId",
                "campaignId",
                "primaryAttributeValueId",
                "primaryAttributeValue",
                "attributes",
                "id",
            ];
            let log = activities::log(call);
            let asked = log
                .iter()
                .filter(|of| within(of.at()) && (self.kinds.is_empty() || self.kinds.contains(&of.kind())));
            let lines = asked.map(|of| of.cells().to_vec());
            return Ok(std::iter::once(names.map(str::to_owned).to_vec()).chain(lines).collect());
        }
        let mut table = vec![self.fields.clone()];
        for lead in call.state.leads(ACCOUNT).iter().filter(|lead| within(lead.created_at)) {
            let cell = |name: &String| match leads::field(lead, name) {
                // What is not set is the word null.
                Some(Value::Null) => Ok("null".to_owned()),
                Some(Value::String(text)) => Ok(text),
                Some(other) => Ok(other.to_string()),
                None => Err((1_006, format!("Field '{name}' not found"))),
            };
            table.push(self.fields.iter().map(cell).collect::<Result<_, _>>()?);
        }
        Ok(table)
    }

    fn csv(&self, call: &Call) -> Result<String, Problem> {
        let cell = |text: &String| {
            let is_plain = !text.contains([',', '"', '\n']);
            if is_plain { text.clone() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
        };
        let table = self.table(call)?;
        Ok(table.iter().map(|line| line.iter().map(cell).collect::<Vec<_>>().join(",") + "\n").collect())
    }
}

/// An export's id leads back to what was kept of it.
fn export_id(number: u64) -> String {
    format!("{number:08x}-8b1d-4f6e-a3c2-602598602598")
}

struct Export {
    wish: Wish,
    is_queued: bool,
    looks: u32,
}

fn find(call: &Call, id: &str, counts: bool) -> Result<Export, Problem> {
    let unknown = || (1_003, format!("Export '{id}' not found"));
    let number = u64::from_str_radix(id.split('-').next().unwrap_or_default(), 16).map_err(|_| unknown())?;
    let (params, looks) = call.state.job(SLUG, number, counts).ok_or_else(unknown)?;
    let value = |name: &str| params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let body = value("body").and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
    let wish = Wish::read(value("kind").unwrap_or_default(), &body)?;
    Ok(Export { wish, is_queued: looks > 0, looks })
}

/// All paths of exports but their files. A job is put into the queue by the first look at it that counts.
pub(super) fn route(call: &Call, kind: &str, path: &[&str]) -> Result<Value, Problem> {
    let at = written(call.state.counted_at());
    let status =
        |id: &str, status: &str| json!({"exportId": id, "format": "CSV", "status": status, "createdAt": at});
    match (&call.method, path) {
        (&Method::POST, ["create.json"]) => {
            let body = call.json().unwrap_or_default();
            Wish::read(kind, &body)?.table(call)?;
            let params = vec![("kind".to_owned(), kind.to_owned()), ("body".to_owned(), body.to_string())];
            let id = export_id(call.state.put_job(SLUG, params));
            Ok(json!({"result": [call.row(status(&id, "Created"))]}))
        }
        (&Method::POST, [id, "enqueue.json"]) => {
            find(call, id, true)?;
            Ok(json!({"result": [call.row(status(id, "Queued"))]}))
        }
        (&Method::GET, [id, "status.json"]) => {
            let export = find(call, id, false)?;
            if !export.is_queued {
                return Ok(json!({"result": [call.row(status(id, "Created"))]}));
            }
            find(call, id, true)?;
            if export.looks <= LOOKS {
                return Ok(json!({"result": [call.row(status(id, "Processing"))]}));
            }
            let mut row = status(id, "Completed");
            row["finishedAt"] = at.as_str().into();
            row["numberOfRecords"] = export.wish.table(call)?.len().saturating_sub(1).into();
            row["fileSize"] = export.wish.csv(call)?.len().into();
            Ok(json!({"result": [call.row(row)]}))
        }
        _ => Err(missing()),
    }
}

/// `GET /bulk/v1/{kind}/export/{id}/file.json`; a part of it, where only that is asked for.
pub(super) fn file(call: &Call, id: &str) -> Response<Body> {
    let found = find(call, id, false).and_then(|export| {
        if export.looks <= LOOKS {
            return Err((1_029, "Export is not completed".to_owned()));
        }
        export.wish.csv(call)
    });
    let text = match found {
        Ok(text) => text,
        Err(said) => return problem(&call.state, &said),
    };
    let range = call.header("range").and_then(|range| range.strip_prefix("bytes="));
    let from = range.and_then(|range| range.split('-').next()?.parse::<usize>().ok());
    let part = text.as_bytes()[from.unwrap_or(0).min(text.len())..].to_vec();
    let mut response = Response::new(Body::from(part));
    if from.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=UTF-8"));
    if let Ok(id) = HeaderValue::from_str(&request_id(&call.state)) {
        headers.insert("x-request-id", id);
    }
    response
}
