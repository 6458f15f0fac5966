//! Lists of records with Zoho's three ways to go on, and what was deleted.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::records::{STAGES, organization};
use super::{ORG, local, ok, said, user};
use crate::asked::{Call, Refusal};
use crate::vendor;
use crate::world::leads::Stage;

/// Rows that page numbers reach.
const NUMBERED: usize = 2_000;

/// Days after which the recycle bin is emptied.
const BIN_DAYS: i64 = 60;

/// Which page is asked for.
struct Place {
    from: usize,
    size: usize,
}

impl Place {
    fn of(call: &Call) -> Result<Self, Refusal> {
        let invalid = |name: &str| {
            let details = json!({"param_name": name});
            Box::new(said(StatusCode::BAD_REQUEST, "INVALID_DATA", details, "invalid data"))
        };
        let size = call.whole("per_page").map_err(|_| invalid("per_page"))?.unwrap_or(200);
        if !(1..=200).contains(&size) {
            return Err(invalid("per_page"));
        }
        let page = call.whole("page").map_err(|_| invalid("page"))?;
        if let Some(token) = call.get("page_token") {
            let from = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let from = from.and_then(|text| text.strip_prefix("after:")?.parse().ok());
            return match (page, from) {
                (None, Some(from)) => Ok(Self { from, size }),
                _ => Err(invalid("page_token")),
            };
        }
        let from = (page.unwrap_or(1).max(1) - 1) * size;
        if from + size > NUMBERED {
            let message = "You can only get the first 2000 records without using page_token param";
            let details = json!({"limit": NUMBERED});
            let code = "DISCRETE_PAGINATION_LIMIT_EXCEEDED";
            return Err(Box::new(said(StatusCode::BAD_REQUEST, code, details, message)));
        }
        Ok(Self { from, size })
    }

    /// A page of rows; without any there is no body.
    fn answer(&self, call: &Call, rows: &[Value], if_none: StatusCode) -> Response<Body> {
        let page: Vec<_> =
            rows.iter().skip(self.from).take(self.size).cloned().map(|row| call.row(row)).collect();
        if page.is_empty() {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = if_none;
            return response;
        }
        let next = self.from + page.len();
        let more = next < rows.len();
        let token = more.then(|| URL_SAFE_NO_PAD.encode(format!("after:{next}")));
        let expiry = more.then(|| local(&call.state, call.state.clock().real_now() + TimeDelta::days(1)));
        let info = json!({
            "per_page": self.size, "count": page.len(), "page": self.from / self.size + 1, "more_records": more,
            "next_page_token": token, "previous_page_token": null, "page_token_expiry": expiry,
            "sort_by": call.get("sort_by").unwrap_or("id"), "sort_order": call.get("sort_order").unwrap_or("desc"),
        });
        ok(&json!({"data": page, "info": info}))
    }
}

/// The header by which only newer rows are asked for.
fn since(call: &Call) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(call.header("if-modified-since")?).ok().map(|at| at.to_utc())
}

fn if_none(call: &Call) -> StatusCode {
    if since(call).is_some() { StatusCode::NOT_MODIFIED } else { StatusCode::NO_CONTENT }
}

/// The fields that are asked for; there must be some.
fn fields(call: &Call) -> Result<Vec<&str>, Refusal> {
    let fields = call.list("fields");
    if fields.is_empty() {
        let details = json!({"param_name": "fields"});
        let message = "One of the expected parameter is missing";
        return Err(Box::new(said(StatusCode::BAD_REQUEST, "REQUIRED_PARAM_MISSING", details, message)));
    }
    if fields.len() > 50 {
        let details = json!({"param_name": "fields", "limit": 50});
        let refusal = said(StatusCode::BAD_REQUEST, "LIMIT_EXCEEDED", details, "fields limit exceeded");
        return Err(Box::new(refusal));
    }
    Ok(fields)
}

fn shown(row: &Value, fields: &[&str]) -> Value {
    let mut out = Map::new();
    for name in fields.iter().copied().chain(["id"]) {
        if let Some(value) = row.get(name) {
            out.insert(name.to_owned(), value.clone());
        }
    }
    out.into()
}

/// `GET /crm/v7/{module}`.
pub(super) fn list(call: &Call, module: &str) -> Response<Body> {
    let org = organization(&call.state);
    let Some(records) = org.modules.get(module) else {
        let message = "the module name given seems to be invalid";
        return said(StatusCode::BAD_REQUEST, "INVALID_MODULE", json!({}), message);
    };
    let (place, fields) = match (Place::of(call), fields(call)) {
        (Ok(place), Ok(fields)) => (place, fields),
        (Err(response), _) | (_, Err(response)) => return *response,
    };
    let since = since(call);
    let converted = call.get("converted").unwrap_or("false");
    let mut found: Vec<_> = records
        .iter()
        .filter(|record| since.is_none_or(|since| record.modified_at >= since))
        .filter(|record| {
            let is_converted = record.row["$converted"] == Value::Bool(true);
            converted == "both" || is_converted == (converted == "true")
        })
        .collect();
    match call.get("sort_by") {
        None | Some("id") => found.sort_by_key(|record| &record.id),
        Some("Modified_Time") => found.sort_by_key(|record| (record.modified_at, &record.id)),
        Some("Created_Time") => found.sort_by_key(|record| record.row["Created_Time"].to_string()),
        Some(_) => {
            let details = json!({"param_name": "sort_by"});
            return said(StatusCode::BAD_REQUEST, "INVALID_DATA", details, "invalid data");
        }
    }
    if call.get("sort_order") != Some("asc") {
        found.reverse();
    }
    let rows: Vec<_> = found.iter().map(|record| shown(&record.row, &fields)).collect();
    place.answer(call, &rows, if_none(call))
}

/// `GET /crm/v7/{module}/deleted`.
pub(super) fn deleted(call: &Call, module: &str) -> Response<Body> {
    let org = organization(&call.state);
    if !org.modules.contains_key(module) {
        let message = "the module name given seems to be invalid";
        return said(StatusCode::BAD_REQUEST, "INVALID_MODULE", json!({}), message);
    }
    let place = match Place::of(call) {
        Ok(place) => place,
        Err(response) => return *response,
    };
    let now = call.state.clock().now();
    let since = since(call);
    let wanted = call.get("type").unwrap_or("all");
    let gone = org.gone.get(module).map_or(&[][..], Vec::as_slice);
    let mut found: Vec<_> =
        gone.iter().filter(|of| since.is_none_or(|since| of.deleted_at >= since)).collect();
    found.sort_by_key(|of| std::cmp::Reverse(of.deleted_at));
    let rows: Vec<_> = found
        .into_iter()
        .map(|of| {
            let is_in_bin = now - of.deleted_at < TimeDelta::days(BIN_DAYS);
            json!({"id": of.id, "display_name": of.name, "type": if is_in_bin { "recycle" } else { "permanent" },
                   "deleted_by": user(0), "created_by": user(0), "deleted_time": local(&call.state, of.deleted_at)})
        })
        .filter(|row| wanted == "all" || row["type"] == wanted)
        .collect();
    place.answer(call, &rows, if_none(call))
}

/// `GET /crm/v7/Deals/{id}/Stage_History`: newest first.
pub(super) fn history(call: &Call, id: &str) -> Response<Body> {
    let (place, fields) = match (Place::of(call), fields(call)) {
        (Ok(place), Ok(fields)) => (place, fields),
        (Err(response), _) | (_, Err(response)) => return *response,
    };
    let org = organization(&call.state);
    let visits = org.visits.get(id).map_or(&[][..], Vec::as_slice);
    let rows: Vec<_> = visits.iter().rev().map(|row| shown(row, &fields)).collect();
    place.answer(call, &rows, StatusCode::NO_CONTENT)
}

/// `GET /crm/v7/Campaigns/{id}/Leads` and `…/Contacts`.
pub(super) fn members(call: &Call, id: &str, module: &str) -> Response<Body> {
    let (place, fields) = match (Place::of(call), fields(call)) {
        (Ok(place), Ok(fields)) => (place, fields),
        (Err(response), _) | (_, Err(response)) => return *response,
    };
    let org = organization(&call.state);
    let found = org.members.iter().find(|((campaign, of), _)| campaign == id && *of == module);
    let rows: Vec<_> =
        found.map_or(&[][..], |(_, rows)| rows).iter().map(|row| shown(row, &fields)).collect();
    place.answer(call, &rows, StatusCode::NO_CONTENT)
}

/// `GET /crm/v7/settings/pipeline`.
pub(super) fn pipelines(call: &Call) -> Response<Body> {
    let maps = STAGES.iter().zip(1..).map(|((of, name, kind), order)| {
        let category = match of {
            Stage::Lost => "Omitted",
            Stage::Won => "Closed",
            _ => "Pipeline",
        };
        json!({"display_value": name, "sequence_number": order, "forecast_type": kind,
               "id": (ORG + 6_800 + order).to_string(), "actual_value": name,
               "forecast_category": {"name": category, "id": (ORG + 6_900).to_string()}})
    });
    let row = json!({"id": (ORG + 6_801).to_string(), "display_value": "Standard (Standard)", "default": true,
                     "maps": maps.collect::<Vec<_>>()});
    vendor::json(StatusCode::OK, &json!({"pipeline": [call.row(row)]}))
}
