//! Queries of objects: fields, filters, and tokens that stand for all of a query.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::objects::{Record, unit};
use super::{local, not_found, ok, said};
use crate::asked::{Call, Refusal};

/// Records after which a chain of pages ends.
const CHAIN: usize = 100_000;

fn bad(message: &str) -> Response<Body> {
    said(StatusCode::BAD_REQUEST, 61, message)
}

/// The fields of a row that are asked for; there must be some, and the object must have them.
pub(super) fn shown(call: &Call, row: &Value) -> Result<Value, Refusal> {
    let fields = call.list("fields");
    if fields.is_empty() {
        return Err(Box::new(bad("Missing required parameter: fields")));
    }
    let mut out = Map::new();
    for name in fields {
        let Some(value) = row.get(name) else {
            return Err(Box::new(bad(&format!("Invalid field: {name}"))));
        };
        out.insert(name.to_owned(), value.clone());
    }
    Ok(call.row(out.into()))
}

/// One condition or wish, by its parameter.
fn moment(of: &Record, name: &str) -> DateTime<Utc> {
    if name.starts_with("created") { of.created_at } else { of.updated_at }
}

/// `GET /api/v5/objects/{object}`.
pub(super) fn list(call: &Call, object: &str) -> Response<Body> {
    let unit = unit(&call.state);
    let Some(records) = unit.objects.get(object) else { return not_found() };
    let (mut query, mut from) = (call.params.clone(), 0);
    if let Some(token) = call.get("nextPageToken") {
        if call.params.iter().any(|(name, _)| name != "nextPageToken" && name != "fields") {
            return bad("Only fields may be given with nextPageToken");
        }
        let Some((offset, kept)) = opened(token) else { return bad("Invalid nextPageToken") };
        (from, query) = (offset, kept);
    }
    let mut found: Vec<&Record> = records.iter().collect();
    let (mut size, mut order, mut deleted) = (200, "id ASC".to_owned(), "false".to_owned());
    for (name, value) in &query {
        match name.as_str() {
            "fields" | "nextPageToken" => {}
            "limit" => match value.parse() {
                Ok(limit @ 1..=1_000) => size = limit,
                _ => return bad("limit must be from 1 to 1000"),
            },
            "orderBy" => order.clone_from(value),
            "deleted" => deleted.clone_from(value),
            "idGreaterThan" | "idGreaterThanOrEqualTo" | "idLessThan" => {
                let Ok(id) = value.parse::<i64>() else { return bad(&format!("Invalid value of {name}")) };
                found.retain(|of| match name.as_str() {
                    "idGreaterThan" => of.id > id,
                    "idGreaterThanOrEqualTo" => of.id >= id,
                    _ => of.id < id,
                });
            }
            "type" => found.retain(|of| of.row["type"].as_i64() == value.parse().ok()),
            _ if name.starts_with("createdAt") || name.starts_with("updatedAt") => {
                let Ok(at) = DateTime::parse_from_rfc3339(value) else {
                    return bad(&format!("Invalid value of {name}"));
                };
                let at = at.to_utc();
                match &name[9..] {
                    "After" => found.retain(|of| moment(of, name) > at),
                    "AfterOrEqualTo" => found.retain(|of| moment(of, name) >= at),
                    "Before" => found.retain(|of| moment(of, name) < at),
                    "BeforeOrEqualTo" => found.retain(|of| moment(of, name) <= at),
                    _ => return bad(&format!("Invalid parameter: {name}")),
                }
            }
            _ => return bad(&format!("Invalid parameter: {name}")),
        }
    }
    if deleted != "all" {
        found.retain(|of| (of.row["isDeleted"] == Value::Bool(true)) == (deleted == "true"));
    }
    let (by, direction) = order.split_once(' ').unwrap_or((&order, "ASC"));
    match by {
        "id" => found.sort_by_key(|of| of.id),
        "createdAt" | "updatedAt" => found.sort_by_key(|of| (moment(of, by), of.id)),
        _ => return bad(&format!("Invalid orderBy: {by}")),
    }
    if direction.eq_ignore_ascii_case("DESC") {
        found.reverse();
    }
    found.truncate(CHAIN);
    let page = found.iter().skip(from).take(size).map(|of| shown(call, &of.row));
    let rows = match page.collect::<Result<Vec<_>, _>>() {
        Ok(rows) => rows,
        Err(response) => return *response,
    };
    let next = from + rows.len();
    let token = (next < found.len()).then(|| closed(next, &query));
    let url = token.as_ref().map(|token| {
        let fields = call.get("fields").unwrap_or_default();
        format!("https://pi.pardot.com/api/v5/objects/{object}?nextPageToken={token}&fields={fields}")
    });
    ok(&json!({"nextPageToken": token, "nextPageUrl": url, "values": rows}))
}

/// A token holds the whole query and how far it has come.
fn closed(next: usize, query: &[(String, String)]) -> String {
    let mut text = form_urlencoded::Serializer::new(format!("{next}?"));
    text.extend_pairs(query.iter().filter(|(name, _)| name != "fields" && name != "nextPageToken"));
    URL_SAFE_NO_PAD.encode(text.finish())
}

fn opened(token: &str) -> Option<(usize, Vec<(String, String)>)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (next, query) = text.split_once('?')?;
    let query = query.strip_prefix('&').unwrap_or(query);
    Some((next.parse().ok()?, form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
}

/// `GET /api/emailClick/version/4/do/query`: the one object that only the fourth version has.
pub(super) fn clicks(call: &Call) -> Response<Body> {
    let instant = |name: &str| {
        let text = call.get(name)?;
        let exact = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
        let plain =
            |_| chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").map(|at| at.and_utc());
        exact.or_else(plain).ok()
    };
    let size = call.whole("limit").ok().flatten().unwrap_or(200).min(200);
    let (after, before) = (instant("created_after"), instant("created_before"));
    let above: i64 = call.get("id_greater_than").and_then(|id| id.parse().ok()).unwrap_or(0);
    let unit = unit(&call.state);
    let rows: Vec<_> = unit
        .clicks
        .iter()
        .filter(|click| click.id > above && after.is_none_or(|at| click.at > at))
        .filter(|click| before.is_none_or(|at| click.at < at))
        .take(size)
        .map(|click| {
            call.row(json!({"id": click.id, "prospect_id": click.prospect, "url": click.url,
                            "list_email_id": click.list_email, "created_at": local(&call.state, click.at)}))
        })
        .collect();
    let total = json!({"emailClick": rows});
    ok(&json!({"@attributes": {"stat": "ok", "version": 4}, "result": total}))
}
