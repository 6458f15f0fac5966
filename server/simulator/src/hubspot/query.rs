//! Lists, searches and associations of records.

use std::cmp::Ordering;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::objects::{Object, Portal, portal};
use super::{PORTAL, invalid, iso, not_found, ok, said};
use crate::asked::Call;
use crate::num;
use crate::vendor;

/// The rows that a search gives at most, over all its pages.
const SEARCH_CAP: usize = 10_000;

/// A kind of records: its number, and the properties that come without being asked for.
struct Kind {
    number: &'static str,
    usual: &'static [&'static str],
    pick: fn(&Portal) -> &Vec<Object>,
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "contacts" | "contact" | "0-1" => Kind {
            number: "0-1",
            usual: &["createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"],
            pick: |portal| &portal.contacts,
        },
        "companies" | "company" | "0-2" => Kind {
            number: "0-2",
            usual: &["createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"],
            pick: |portal| &portal.companies,
        },
        "deals" | "deal" | "0-3" => Kind {
            number: "0-3",
            usual: &[
                "amount",
                "closedate",
                "createdate",
                "dealname",
                "dealstage",
                "hs_lastmodifieddate",
                "hs_object_id",
                "pipeline",
            ],
            pick: |portal| &portal.deals,
        },
        "leads" | "lead" | "0-136" => Kind {
            number: "0-136",
            usual: &["hs_createdate", "hs_lastmodifieddate", "hs_object_id"],
            pick: |portal| &portal.leads,
        },
        _ => return None,
    })
}

/// A record with the properties that were asked for: null where it has none.
fn row(call: &Call, kind: &Kind, object: &Object, names: &[&str], history: &[&str]) -> Value {
    let always = ["hs_object_id", "createdate", "hs_lastmodifieddate", "lastmodifieddate"];
    let names = if names.is_empty() { kind.usual } else { names };
    let mut properties = serde_json::Map::new();
    for name in names.iter().copied().chain(history.iter().copied()) {
        properties.insert(name.to_owned(), object.properties.get(name).cloned().into());
    }
    for name in always {
        if let Some(value) = object.properties.get(name) {
            properties.insert(name.to_owned(), value.clone().into());
        }
    }
    let mut row = json!({
        "id": object.id.to_string(),
        "properties": properties,
        "createdAt": iso(object.created_at),
        "updatedAt": iso(object.updated_at),
        "archived": object.archived_at.is_some(),
        "url": format!("https://app.hubspot.com/contacts/{PORTAL}/record/{}/{}", kind.number, object.id),
    });
    if let Some(at) = object.archived_at {
        row["archivedAt"] = iso(at).into();
    }
    for name in history {
        row["propertiesWithHistory"][*name] = past(object, name);
    }
    call.row(row)
}

/// A property's values, newest first.
fn past(object: &Object, name: &str) -> Value {
    let said = |(value, at): &(String, DateTime<Utc>)| {
        json!({"value": value, "timestamp": iso(*at), "sourceType": "CRM_UI", "sourceId": "userId:88842095",
               "updatedByUserId": 88_842_095})
    };
    match (object.history.get(name), object.properties.get(name)) {
        (Some(values), _) => values.iter().rev().map(said).collect(),
        (None, Some(value)) => json!([said(&(value.clone(), object.created_at))]),
        (None, None) => json!([]),
    }
}

/// `GET /crm/v3/objects/{kind}`: all of them by id.
pub(super) fn list(call: &Call, name: &str) -> Response<Body> {
    let Some(kind) = kind(name) else { return not_found(&call.state) };
    let history = call.list("propertiesWithHistory");
    let most = if history.is_empty() { 100 } else { 50 };
    let size = match call.whole("limit") {
        Ok(size) => size.unwrap_or(10),
        Err(text) => return invalid(&call.state, &format!("limit must be an integer, not {text}")),
    };
    if size == 0 || size > most {
        return invalid(&call.state, &format!("Request must have a limit of 1 to {most}, not {size}."));
    }
    let after: i64 = match call.get("after").map(str::parse).transpose() {
        Ok(after) => after.unwrap_or(0),
        Err(_) => return invalid(&call.state, "after is not a valid cursor"),
    };
    let wants_archived = call.get("archived") == Some("true");
    let portal = portal(call);
    let mut rest = (kind.pick)(&portal)
        .iter()
        .filter(|object| object.archived_at.is_some() == wants_archived && object.id > after);
    let names = call.list("properties");
    let page: Vec<_> = rest.by_ref().take(size).collect();
    let rows: Vec<_> = page.iter().map(|object| row(call, &kind, object, &names, &history)).collect();
    let mut body = json!({"results": rows});
    if let (Some(last), Some(_)) = (page.last(), rest.next()) {
        let link = format!("https://api.hubapi.com/crm/v3/objects/{name}?after={}", last.id);
        body["paging"] = json!({"next": {"after": last.id.to_string(), "link": link}});
    }
    ok(&body)
}

/// `GET /crm/v3/objects/{kind}/{id}`.
pub(super) fn one(call: &Call, name: &str, id: &str) -> Response<Body> {
    let Some(kind) = kind(name) else { return not_found(&call.state) };
    let portal = portal(call);
    let found = (kind.pick)(&portal).iter().find(|o| o.id.to_string() == id && o.archived_at.is_none());
    let Some(object) = found else {
        let message = "Object not found.  objectId are usually numeric.";
        return said(
            &call.state,
            StatusCode::NOT_FOUND,
            json!({"message": message, "category": "OBJECT_NOT_FOUND"}),
        );
    };
    ok(&row(call, &kind, object, &call.list("properties"), &call.list("propertiesWithHistory")))
}

/// `POST /crm/v3/objects/{kind}/search`: never those that are archived.
pub(super) fn search(call: &Call, name: &str) -> Response<Body> {
    let Some(kind) = kind(name) else { return not_found(&call.state) };
    let body = call.json().unwrap_or_default();
    if !body.is_object() {
        return invalid(&call.state, "Invalid input JSON on line 1, column 1");
    }
    let size = body["limit"].as_u64().unwrap_or(10);
    if !(1..=200).contains(&size) {
        return invalid(&call.state, &format!("Request must have a limit of 1 to 200, not {size}."));
    }
    let size = usize::try_from(size).unwrap_or(200);
    let after = match &body["after"] {
        Value::Null => Ok(0),
        Value::String(text) => text.parse().map_err(|_| ()),
        other => other.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or(()),
    };
    let Ok(after) = after else { return invalid(&call.state, "after is not a valid cursor") };
    if after + size > SEARCH_CAP {
        return invalid(&call.state, "There was a problem with the request. (The maximum is 10000 results.)");
    }
    let portal = portal(call);
    let mut found = Vec::new();
    for object in (kind.pick)(&portal).iter().filter(|object| object.archived_at.is_none()) {
        match fits(object, &body["filterGroups"]) {
            Ok(true) => found.push(object),
            Ok(false) => {}
            Err(message) => return invalid(&call.state, &message),
        }
    }
    if let Some(by) = body["sorts"].get(0) {
        let property = by["propertyName"].as_str().or(by.as_str()).unwrap_or("createdate");
        found.sort_by(|a, b| compare(property, text(a, property), text(b, property)));
        if by["direction"] == "DESCENDING" {
            found.reverse();
        }
    }
    let names: Vec<_> =
        body["properties"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let page = found.iter().skip(after).take(size);
    let rows: Vec<_> = page.map(|object| row(call, &kind, object, &names, &[])).collect();
    let mut answer = json!({"total": found.len(), "results": rows});
    if after + rows.len() < found.len() {
        answer["paging"] = json!({"next": {"after": (after + rows.len()).to_string()}});
    }
    ok(&answer)
}

fn text<'a>(object: &'a Object, property: &str) -> Option<&'a str> {
    object.properties.get(property).map(String::as_str).filter(|text| !text.is_empty())
}

/// Any of the groups must fit, and all filters of it; no group fits everything.
fn fits(object: &Object, groups: &Value) -> Result<bool, String> {
    let groups: Vec<_> = groups.as_array().into_iter().flatten().collect();
    if groups.is_empty() {
        return Ok(true);
    }
    for group in groups {
        let mut all = true;
        for filter in group["filters"].as_array().into_iter().flatten() {
            all &= passes(object, filter)?;
        }
        if all {
            return Ok(true);
        }
    }
    Ok(false)
}

fn passes(object: &Object, filter: &Value) -> Result<bool, String> {
    let said = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let property = filter["propertyName"].as_str().ok_or("propertyName is required")?;
    let operator = filter["operator"].as_str().ok_or("operator is required")?;
    let own = text(object, property);
    match operator {
        "HAS_PROPERTY" => return Ok(own.is_some()),
        "NOT_HAS_PROPERTY" => return Ok(own.is_none()),
        _ => {}
    }
    if let "IN" | "NOT_IN" = operator {
        let mut values = filter["values"].as_array().ok_or("values is required")?.iter().map(said);
        let is_in = own.is_some_and(|own| values.any(|value| value.eq_ignore_ascii_case(own)));
        return Ok(is_in == (operator == "IN"));
    }
    let value = filter.get("value").map(said).ok_or("value is required")?;
    // What has no value fits nothing but "not equal".
    let Some(own) = own else { return Ok(operator == "NEQ") };
    let order = compare(property, Some(own), Some(&value));
    Ok(match operator {
        "EQ" => order == Ordering::Equal,
        "NEQ" => order != Ordering::Equal,
        "LT" => order == Ordering::Less,
        "LTE" => order != Ordering::Greater,
        "GT" => order == Ordering::Greater,
        "GTE" => order != Ordering::Less,
        "BETWEEN" => {
            let high = filter.get("highValue").map(said).ok_or("highValue is required")?;
            order != Ordering::Less && compare(property, Some(own), Some(&high)) != Ordering::Greater
        }
        other => return Err(format!("operator {other} is unknown")),
    })
}

fn compare(property: &str, a: Option<&str>, b: Option<&str>) -> Ordering {
    let (Some(a), Some(b)) = (a, b) else { return a.cmp(&b) };
    if property.contains("date") {
        return instant(a).cmp(&instant(b));
    }
    match (a.parse::<i64>(), b.parse::<i64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => a.total_cmp(&b),
            _ => a.to_lowercase().cmp(&b.to_lowercase()),
        },
    }
}

/// Milliseconds, or a date in ISO 8601.
fn instant(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis()))
}

/// `POST /crm/v4/associations/{from}/{to}/batch/read`.
pub(super) fn associations(call: &Call, from: &str, to: &str) -> Response<Body> {
    let (Some(of), Some(with)) = (kind(from), kind(to)) else { return not_found(&call.state) };
    let body = call.json().unwrap_or_default();
    let Some(inputs) = body["inputs"].as_array() else {
        return invalid(&call.state, "Invalid input JSON: inputs is required");
    };
    if inputs.len() > 1_000 {
        return invalid(&call.state, "The maximum number of inputs supported in a batch request is 1000");
    }
    let number = match (of.number, with.number) {
        ("0-3", "0-1") => 3,
        ("0-3", "0-2") => 341,
        ("0-1", "0-2") => 279,
        ("0-2", "0-1") => 280,
        _ => 578,
    };
    let portal = portal(call);
    let objects = (of.pick)(&portal);
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for id in inputs.iter().filter_map(|input| input["id"].as_str()) {
        let found = id.parse().ok().and_then(|id: i64| objects.binary_search_by_key(&id, |o| o.id).ok());
        let links = found.map(|at| &objects[at].links);
        let linked = match (links, with.number) {
            (Some((contacts, _)), "0-1") => contacts.as_slice(),
            (Some((_, companies)), "0-2") => companies.as_slice(),
            _ => &[],
        };
        if linked.is_empty() {
            errors.push(json!({
                "status": "error",
                "category": "OBJECT_NOT_FOUND",
                "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                "message": format!("No {to} is associated with {from} {id}."),
                "context": {"fromObjectId": [id], "fromObjectType": [from], "toObjectType": [to]},
            }));
            continue;
        }
        let kinds = json!([{"category": "HUBSPOT_DEFINED", "typeId": number, "label": null}]);
        let to: Vec<_> =
            linked.iter().map(|id| json!({"toObjectId": id, "associationTypes": kinds})).collect();
        results.push(call.row(json!({"from": {"id": id}, "to": to})));
    }
    let now = iso(call.state.clock().now());
    let mut answer = json!({"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now});
    if errors.is_empty() {
        return ok(&answer);
    }
    answer["numErrors"] = num::key(errors.len()).into();
    answer["errors"] = errors.into();
    vendor::json(StatusCode::MULTI_STATUS, &answer)
}
