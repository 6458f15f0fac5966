//! Salesforce: the leads that marketing hands over, and the sales team's opportunities.

mod soql;
pub(crate) mod tables;

use std::cmp::Ordering;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use chrono::{DateTime, Days, Utc};
use serde_json::{Map, Value, json};

use self::soql::{Query, compare, stamp};
use self::tables::{Table, tables};
use crate::asked::{self, Call, Refusal};
use crate::quota::Quota;
use crate::sign_in::{Renewal, SignIn};
use crate::state::SimulatorState;
use crate::vendor::{self, Access, Trouble, Vendor, with_header};
use crate::world::leads::OWNERS;
use crate::world::traffic::key_of;

/// What its tokens are good for: Account Engagement takes them, too.
pub(crate) const REALM: &str = "salesforce";

/// The business whose org it is.
const ACCOUNT: usize = 5;

/// The org's own host.
const INSTANCE: &str = "https://brightwave.my.salesforce.com";

/// Versions that the org serves.
const VERSIONS: std::ops::RangeInclusive<u32> = 31..=64;

/// Calls of all programs in a day: an Enterprise org with 15 licences.
const DAILY: Quota = Quota { calls: 115_000, seconds: 86_400 };

/// The stand-in.
pub static VENDOR: Vendor = Vendor {
    slug: "salesforce",
    name: "Salesforce",
    routes: || SIGN_IN.routes().merge(asked::routes(answer)),
    is_api_call: |path| path.starts_with("/services/data"),
    refuse,
    access: |state| Access::of_client([("refresh_token", state.issue_refresh_token_of(REALM))]),
};

/// Salesforce's sign-in. It never says how long an access token lives.
pub(crate) static SIGN_IN: SignIn = SignIn {
    realm: REALM,
    vendor: "Salesforce",
    authorize: "/services/oauth2/authorize",
    token: Some("/services/oauth2/token"),
    client_param: "client_id",
    code_param: "code",
    needs_scope: false,
    needs_pkce: false,
    renewal: Renewal::Stays,
    access_seconds: 7_200,
    more: |state, body| {
        if let Some(body) = body.as_object_mut() {
            body.remove("expires_in");
        }
        body["token_type"] = "Bearer".into();
        body["instance_url"] = INSTANCE.into();
        body["id"] = identity().into();
        body["issued_at"] = state.clock().real_now().timestamp_millis().to_string().into();
        body["signature"] = "c2ltdWxhdG9y".into();
    },
    back: &[],
};

fn identity() -> String {
    format!("https://login.salesforce.com/id/{}/{}", tables::org_id(), tables::user_id(0))
}

fn answer(call: &Call) -> Response<Body> {
    let path = call.segments();
    if call.method == Method::GET && path == ["services", "data"] {
        let list: Vec<_> = VERSIONS
            .map(|version| {
                json!({"label": format!("Release {version}"), "url": format!("/services/data/v{version}.0"),
                       "version": format!("{version}.0")})
            })
            .collect();
        return vendor::json(StatusCode::OK, &list.into());
    }
    let is_live = vendor::bearer(&call.headers).is_some_and(|token| call.state.is_live_in(REALM, token));
    if path == ["services", "oauth2", "userinfo"] {
        return if is_live { vendor::json(StatusCode::OK, &user_info(call)) } else { bad_token() };
    }
    let (version, rest) = match path.as_slice() {
        ["services", "data", version, rest @ ..] => (*version, rest),
        _ => return not_found(),
    };
    let number = version.strip_prefix('v').and_then(|v| v.strip_suffix(".0")).and_then(|v| v.parse().ok());
    if !number.is_some_and(|number| VERSIONS.contains(&number)) {
        return not_found();
    }
    if !is_live {
        return said(StatusCode::UNAUTHORIZED, "INVALID_SESSION_ID", "Session expired or invalid");
    }
    let Ok(left) = call.count(REALM, "org", DAILY) else { return quota() };
    let response = match (&call.method, rest) {
        (&Method::GET, ["limits"]) => limits(left.calls),
        (&Method::GET, ["query"]) if call.get("explain").is_some() => explain(call),
        (&Method::GET, ["query"]) => query(call, version, false),
        (&Method::GET, ["queryAll"]) => query(call, version, true),
        (&Method::GET, ["query" | "queryAll", locator]) => more(call, version, locator),
        (&Method::GET, ["sobjects", object, "describe"]) => describe(call, object),
        (&Method::GET, ["sobjects", object, "deleted"]) => deleted(call, object),
        _ => not_found(),
    };
    let used = format!("api-usage={}/{}", DAILY.calls - left.calls, DAILY.calls);
    with_header(response, "sforce-limit-info", used)
}

fn user_info(call: &Call) -> Value {
    let zone = call.state.world().accounts[ACCOUNT].zone().name();
    json!({
        "sub": identity(),
        "user_id": tables::user_id(0),
        "organization_id": tables::org_id(),
        "preferred_username": OWNERS[0].1,
        "name": OWNERS[0].0,
        "email": OWNERS[0].1,
        "email_verified": true,
        "zoneinfo": zone,
        "urls": {"rest": format!("{INSTANCE}/services/data/v{{version}}/")},
    })
}

fn limits(left: u64) -> Response<Body> {
    vendor::json(
        StatusCode::OK,
        &json!({
            "DailyApiRequests": {"Max": DAILY.calls, "Remaining": left},
            "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
            "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
            "ConcurrentSyncReportRuns": {"Max": 20, "Remaining": 20},
        }),
    )
}

/// One query of another org, on whose host Account Engagement is found: all of it on one page.
pub(crate) fn query_of(call: &Call, version: &str, list: &[Table]) -> Response<Body> {
    if !vendor::bearer(&call.headers).is_some_and(|token| call.state.is_live_in(REALM, token)) {
        return said(StatusCode::UNAUTHORIZED, "INVALID_SESSION_ID", "Session expired or invalid");
    }
    match run(call, version, call.get("q").unwrap_or_default(), list, false) {
        Ok(rows) => page(&rows, version, 0, 0, 2_000),
        Err(response) => *response,
    }
}

/// Works a query out, as rows that go out.
fn run(
    call: &Call,
    version: &str,
    text: &str,
    list: &[Table],
    with_deleted: bool,
) -> Result<Vec<Value>, Refusal> {
    let bad = |code: &str, message: &str| Box::new(said(StatusCode::BAD_REQUEST, code, message));
    let query = Query::parse(text).map_err(|message| bad("MALFORMED_QUERY", &message))?;
    let Some(table) = list.iter().find(|table| table.name.eq_ignore_ascii_case(&query.object)) else {
        let message = format!("\n{text}\nsObject type '{}' is not supported.", query.object);
        return Err(bad("INVALID_TYPE", &message));
    };
    let column = |field: &str| {
        table.column(field).ok_or_else(|| {
            let message = format!(
                "\n{text}\nERROR at Row:1:Column:{}\nNo such column '{field}' on entity '{}'.",
                text.find(field).map_or(1, |at| at + 1),
                table.name
            );
            bad("INVALID_FIELD", &message)
        })
    };
    let columns = query.fields.iter().map(|field| column(field)).collect::<Result<Vec<_>, _>>()?;
    for field in query.filter.fields() {
        column(field)?;
    }
    let order = query.order.iter().map(|(field, down)| Ok((column(field)?, *down)));
    let order = order.collect::<Result<Vec<_>, Refusal>>()?;
    let gone = table.column("IsDeleted").filter(|_| !with_deleted);
    let mut rows: Vec<&Vec<Value>> = table
        .rows
        .iter()
        .filter(|row| gone.is_none_or(|at| row[at] != Value::Bool(true)))
        .filter(|row| query.filter.fits(&|field| table.column(field).map_or(&Value::Null, |at| &row[at])))
        .collect();
    rows.sort_by(|a, b| {
        let each = order.iter().map(|(at, down)| {
            let by = compare(&a[*at], &b[*at]).unwrap_or(Ordering::Equal);
            if *down { by.reverse() } else { by }
        });
        each.fold(Ordering::Equal, Ordering::then)
    });
    rows.truncate(query.limit.unwrap_or(usize::MAX));
    Ok(rows.into_iter().map(|row| written(call, version, table, row, &columns)).collect())
}

fn written(call: &Call, version: &str, table: &Table, row: &[Value], columns: &[usize]) -> Value {
    let id = table.column("Id").and_then(|at| row[at].as_str()).unwrap_or_default();
    let mut out = Map::new();
    let url = format!("/services/data/{version}/sobjects/{}/{id}", table.name);
    out.insert("attributes".to_owned(), json!({"type": table.name, "url": url}));
    for &at in columns {
        match table.fields[at].split_once('.') {
            None => {
                out.insert(table.fields[at].to_owned(), row[at].clone());
            }
            Some((of, field)) => {
                let inside = out.entry(of.to_owned()).or_insert_with(|| json!({"attributes": {"type": of}}));
                inside[field] = row[at].clone();
            }
        }
    }
    call.row(out.into())
}

fn query(call: &Call, version: &str, with_deleted: bool) -> Response<Body> {
    let text = call.get("q").unwrap_or_default();
    let rows = match run(call, version, text, &tables(&call.state), with_deleted) {
        Ok(rows) => rows,
        Err(response) => return *response,
    };
    if text.to_uppercase().starts_with("SELECT COUNT()") {
        let body = json!({"totalSize": rows.len(), "done": true, "records": []});
        return vendor::json(StatusCode::OK, &body);
    }
    let size = size(call);
    if rows.len() <= size {
        return page(&rows, version, 0, 0, size);
    }
    // What needs a second page is kept for it, as the vendor keeps it.
    let number = key_of(&format!("{text}{}", call.state.counted_at())) & 0x0fff_ffff_ffff;
    let kept = keep(call, number, Some(rows));
    kept.as_ref().as_ref().map_or_else(not_found, |rows| page(rows, version, number, 0, size))
}

/// Keeps the rows of a query until others take their place, or finds them again.
fn keep(call: &Call, number: u64, rows: Option<Vec<Value>>) -> Arc<Option<Vec<Value>>> {
    let slot = usize::try_from(number % 64).unwrap_or(0);
    call.state.memo(("salesforce locator", slot, number.cast_signed()), |_| rows)
}

/// Rows on a page: a hint that is heeded within its bounds.
fn size(call: &Call) -> usize {
    let hint = call.header("sforce-query-options").and_then(|text| text.split_once("batchSize="));
    hint.and_then(|(_, size)| size.trim().parse().ok()).map_or(2_000, |size: usize| size.clamp(200, 2_000))
}

fn page(rows: &[Value], version: &str, number: u64, from: usize, size: usize) -> Response<Body> {
    let until = (from + size).min(rows.len());
    let mut body =
        json!({"totalSize": rows.len(), "done": until == rows.len(), "records": &rows[from..until]});
    if until < rows.len() {
        body["nextRecordsUrl"] = format!("/services/data/{version}/query/0r8{number:015x}-{until}").into();
    }
    vendor::json(StatusCode::OK, &body)
}

fn more(call: &Call, version: &str, locator: &str) -> Response<Body> {
    let gone = || said(StatusCode::BAD_REQUEST, "INVALID_QUERY_LOCATOR", "invalid query locator");
    let parts = locator.strip_prefix("0r8").and_then(|rest| rest.split_once('-'));
    let parts = parts.and_then(|(n, from)| Some((u64::from_str_radix(n, 16).ok()?, from.parse().ok()?)));
    let Some((number, from)) = parts else { return gone() };
    match keep(call, number, None).as_ref() {
        Some(rows) if from < rows.len() => page(rows, version, number, from, size(call)),
        _ => gone(),
    }
}

fn explain(call: &Call) -> Response<Body> {
    let text = call.get("explain").unwrap_or_default();
    match run(call, "v60.0", text, &tables(&call.state), true) {
        Ok(rows) => vendor::json(
            StatusCode::OK,
            &json!({"plans": [{"cardinality": rows.len(), "fields": [], "leadingOperationType": "TableScan",
                               "relativeCost": 1.0, "sobjectCardinality": rows.len()}],
                    "sourceQuery": text}),
        ),
        Err(response) => *response,
    }
}

fn describe(call: &Call, object: &str) -> Response<Body> {
    let list = tables(&call.state);
    let Some(table) = list.iter().find(|table| table.name.eq_ignore_ascii_case(object)) else {
        return not_found();
    };
    let fields: Vec<_> = table.fields.iter().map(|name| json!({"name": name, "label": name})).collect();
    let body = json!({"name": table.name, "label": table.name, "queryable": true, "fields": fields});
    vendor::json(StatusCode::OK, &body)
}

/// `GET …/sobjects/{object}/deleted`: what was deleted in a window of the last 30 days.
fn deleted(call: &Call, object: &str) -> Response<Body> {
    let now = call.state.counted_at();
    let instant = |name: &str| {
        let at = call.get(name).and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        at.map(|at| at.to_utc())
    };
    let (Some(start), Some(end)) = (instant("start"), instant("end")) else {
        let message = "start and end must be date-times in ISO 8601";
        return said(StatusCode::BAD_REQUEST, "INVALID_REPLICATION_DATE", message);
    };
    let earliest = call.state.clock().now() - Days::new(30);
    if start < earliest - chrono::TimeDelta::minutes(10) || start >= end {
        let message = "startDate before org replication enabled date, or after endDate";
        return said(StatusCode::BAD_REQUEST, "INVALID_REPLICATION_DATE", message);
    }
    let leads = call.state.leads(ACCOUNT);
    let rows: Vec<_> = tables::deleted(if object == "Opportunity" { &leads } else { &[] }, now)
        .into_iter()
        .filter(|(_, copy, _)| (start..end).contains(&copy.deleted_at))
        .map(|(id, copy, _)| call.row(json!({"id": id, "deletedDate": stamp(copy.deleted_at)})))
        .collect();
    let covered: DateTime<Utc> = end.min(now);
    vendor::json(
        StatusCode::OK,
        &json!({"deletedRecords": rows, "earliestDateAvailable": stamp(earliest),
                "latestDateCovered": stamp(covered)}),
    )
}

/// An error in Salesforce's shape.
fn said(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    vendor::json(status, &json!([{"message": message, "errorCode": code}]))
}

fn not_found() -> Response<Body> {
    said(StatusCode::NOT_FOUND, "NOT_FOUND", "The requested resource does not exist")
}

fn quota() -> Response<Body> {
    said(StatusCode::FORBIDDEN, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
}

/// What the identity services say instead.
fn bad_token() -> Response<Body> {
    let mut response = Response::new(Body::from("Bad_OAuth_Token"));
    *response.status_mut() = StatusCode::FORBIDDEN;
    let html = HeaderValue::from_static("text/html;charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

fn refuse(_: &SimulatorState, _: &str, trouble: Trouble) -> Response<Body> {
    match trouble {
        Trouble::Throttled(_) => {
            let message = "ConcurrentPerOrgLongTxn Limit exceeded.";
            said(StatusCode::FORBIDDEN, "REQUEST_LIMIT_EXCEEDED", message)
        }
        Trouble::Quota(_) => quota(),
        Trouble::Unauthenticated => {
            said(StatusCode::UNAUTHORIZED, "INVALID_SESSION_ID", "Session expired or invalid")
        }
        Trouble::PermissionDenied => {
            let message = "insufficient access rights on cross-reference id";
            said(StatusCode::FORBIDDEN, "INSUFFICIENT_ACCESS", message)
        }
        Trouble::Server(status) if status == StatusCode::SERVICE_UNAVAILABLE => {
            said(status, "SERVER_UNAVAILABLE", "The server is temporarily unavailable")
        }
        Trouble::Server(status) => said(status, "UNKNOWN_EXCEPTION", "An unexpected error occurred."),
    }
}
