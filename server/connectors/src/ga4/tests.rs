use super::failure::judge;
use super::fetch::body;
use super::map::Mapper;
use super::streams::{Call, Columns, SPECS, STREAMS, call};
use super::table::Table;
use crate::error::{DeniedScope, ErrorKind};
use crate::http::{Answer, Batch, Node, RetryReason, Verdict};
use crate::record::{FactRecord, Page, RawPage, Record, RemoteAccount};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use model::DayRange;
use model::entities::EntityKind;
use serde_json::{Value, json};
use std::time::Duration;

fn days() -> DayRange {
    DayRange::new("2026-09-01".parse().unwrap(), "2026-09-02".parse().unwrap()).unwrap()
}

fn columns(stream: &str) -> Columns {
    match call(stream).unwrap() {
        Call::Report(report) => Columns::of(report),
        other => panic!("{other:?} is no report"),
    }
}

#[test]
fn streams_are_complete_and_known() {
    assert_eq!(SPECS.len(), STREAMS.len());
    assert!(SPECS.iter().all(|spec| call(spec.name).is_ok()));
    assert!(call("traffic").is_err());
    for spec in SPECS.iter().filter(|s| matches!(call(s.name), Ok(Call::Report(_)))) {
        let names: Vec<String> = columns(spec.name).fields().names().map(str::to_owned).collect();
        let metrics = names.iter().filter(|n| columns(spec.name).is_metric(n)).count();
        assert!(metrics <= 10 && names.len() - metrics <= 9, "{} asks for too much", spec.name);
        assert_eq!(names[0], "date", "{}", spec.name);
    }
}

#[test]
fn the_query_of_events_per_day() {
    let columns = columns("events_daily");
    assert_eq!(
        body(&columns, &columns.fields(), days(), 7),
        json!({
            "dateRanges": [{"startDate": "2026-09-01", "endDate": "2026-09-02"}],
            "dimensions": [{"name": "date"}, {"name": "eventName"}],
            "metrics": [{"name": "eventCount"}, {"name": "totalUsers"}, {"name": "eventValue"}],
            "orderBys": [{"dimension": {"dimensionName": "date"}}, {"dimension": {"dimensionName": "eventName"}}],
            "limit": 7, "offset": 0, "keepEmptyRows": false, "returnPropertyQuota": true,
        })
    );
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::from(body.to_string()),
        at: "2026-09-03T12:00:00Z".parse().unwrap(),
    }
}

/// What a verdict comes to, in one comparable word.
fn outcome(verdict: Verdict) -> (&'static str, Option<u64>, ErrorKind) {
    let seconds = |after: Option<Duration>| after.map(|a| a.as_secs());
    match verdict {
        Verdict::Done => panic!("an error was taken for an answer"),
        Verdict::Refresh(error) => ("refresh", None, error.kind),
        Verdict::GiveUp(error) => ("give up", None, error.kind),
        Verdict::Retry { after, reason, error } => {
            let word = if reason == RetryReason::Throttled { "throttled" } else { "fault" };
            (word, seconds(after), error.kind)
        }
    }
}

#[test]
fn refusals_are_judged_as_the_sheet_says() {
    let reason =
        |reason: &str| json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}]);
    let none = Value::Null;
    let account = ErrorKind::Permission(DeniedScope::Account);
    for (status, name, message, details, expected) in [
        (401, "UNAUTHENTICATED", "Expired.", &none, ("refresh", None, ErrorKind::NeedsReauthorisation)),
        (403, "PERMISSION_DENIED", "Not enough.", &none, ("give up", None, account.clone())),
        (
            403,
            "PERMISSION_DENIED",
            "Google Analytics Data API has not been used in project 1 before or it is disabled.",
            &none,
            ("give up", None, ErrorKind::Configuration),
        ),
        (
            403,
            "PERMISSION_DENIED",
            "Off.",
            &reason("SERVICE_DISABLED"),
            ("give up", None, ErrorKind::Configuration),
        ),
        (
            403,
            "PERMISSION_DENIED",
            "Scopes.",
            &reason("ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
            ("give up", None, ErrorKind::NeedsReauthorisation),
        ),
        (400, "INVALID_ARGUMENT", "What?", &none, ("give up", None, ErrorKind::Rejected)),
        (404, "NOT_FOUND", "Requested entity was not found.", &none, ("give up", None, account)),
        (404, "NOT_FOUND", "Method not found.", &none, ("give up", None, ErrorKind::VersionSunset)),
        (500, "INTERNAL", "Oh.", &none, ("fault", None, ErrorKind::VendorDown)),
        (503, "UNAVAILABLE", "Oh.", &none, ("fault", None, ErrorKind::VendorDown)),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "Exhausted concurrent requests quota.",
            &none,
            ("throttled", Some(30), ErrorKind::VendorDown),
        ),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "Exhausted property tokens for a project per hour.",
            &none,
            ("throttled", Some(3_600), ErrorKind::VendorDown),
        ),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "Exhausted property tokens for a project per hour.",
            &json!([{"retryDelay": "7s"}]),
            ("throttled", Some(7), ErrorKind::VendorDown),
        ),
        (429, "RESOURCE_EXHAUSTED", "Slow down.", &none, ("throttled", None, ErrorKind::VendorDown)),
    ] {
        let body = json!({"error": {"code": status, "status": name, "message": message, "details": details}});
        assert_eq!(outcome(judge(&answer(status, &body))), expected, "{status} {message}");
    }
    let page = Answer { body: Bytes::from_static(b"<html><title>Error 404</title>"), ..answer(404, &none) };
    assert_eq!(outcome(judge(&page)), ("give up", None, ErrorKind::Permission(DeniedScope::Stream)));
    let bare = json!({"error": {"message": "Backend.", "status": "UNAVAILABLE"}});
    assert_eq!(outcome(judge(&answer(503, &bare))), ("fault", None, ErrorKind::VendorDown));
}

fn report(dimensions: &[&str], metrics: &[(&str, &str)], rows: &[(&[&str], &[&str])]) -> Value {
    let cells = |cells: &[&str]| -> Vec<Value> { cells.iter().map(|v| json!({"value": v})).collect() };
    json!({
        "dimensionHeaders": dimensions.iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
        "metricHeaders": metrics.iter().map(|(name, kind)| json!({"name": name, "type": kind})).collect::<Vec<_>>(),
        "rows": rows.iter().map(|(dimensions, metrics)| json!({
            "dimensionValues": cells(dimensions), "metricValues": cells(metrics),
        })).collect::<Vec<_>>(),
        "rowCount": rows.len(),
    })
}

fn account() -> RemoteAccount {
    RemoteAccount {
        id: "42".into(),
        name: "Shop".into(),
        currency: Some("EUR".into()),
        time_zone: None,
        access_path: None,
    }
}

fn batch(value: Value) -> Batch {
    let fetched_at = "2026-09-03T12:00:00Z".parse().unwrap();
    Batch { value, raw: RawPage { request: String::new(), body: Bytes::new(), fetched_at } }
}

/// `kind entity breakdown metric=value …` of all facts.
fn facts(pages: &[Page]) -> Vec<String> {
    let text = |fact: &FactRecord| {
        let values: Vec<_> = fact.values.iter().map(|(m, v)| format!("{}={v}", m.name())).collect();
        let split: Vec<_> = fact.breakdown.values().map(String::as_str).collect();
        format!("{} {} [{}] {}", fact.kind.name(), fact.entity, split.join("/"), values.join(" "))
    };
    let records = pages.iter().flat_map(|page| &page.records);
    records.filter_map(|r| if let Record::Fact(fact) = r { Some(text(fact)) } else { None }).collect()
}

fn map(stream: &str, answers: &[Value]) -> Vec<String> {
    let spec = SPECS.iter().find(|s| s.name == stream).unwrap();
    let account = account();
    let mut mapper = Mapper::new(spec, &account, days());
    let mut pages: Vec<Page> = answers.iter().map(|a| mapper.page(batch(a.clone())).unwrap()).collect();
    pages.push(mapper.finish(std::iter::empty()));
    facts(&pages)
}

const SPLIT: &[&str] = &["sessionMedium", "date", "sessionCampaignName", "sessionSource"];
const VISITS: &[(&str, &str)] = &[("totalUsers", "TYPE_INTEGER"), ("sessions", "TYPE_INTEGER")];

#[test]
fn split_rows_add_up_over_pages_but_people_do_not() {
    let first = report(
        SPLIT,
        VISITS,
        &[
            (&["cpc", "20260901", "Spring", "google"], &["8", "10"]),
            (&["mail", "20260901", "Solo", "us"], &["3", "4"]),
        ],
    );
    let second = report(SPLIT, VISITS, &[(&["cpc", "20260901", "Spring", "bing"], &["5", "6"])]);
    assert_eq!(
        map("traffic_daily", &[first.clone(), second.clone(), second]),
        [
            "campaign Spring [cpc/google] sessions=10 users=8",
            "campaign Solo [mail/us] sessions=4 users=3",
            "campaign Spring [cpc/bing] sessions=6 users=5",
            "campaign Spring [cpc/bing] sessions=6 users=5",
            "campaign Solo [] sessions=4 users=3",
            "campaign Spring [] sessions=16",
        ],
        "a page that comes twice changes no total"
    );
}

#[test]
fn a_value_that_no_row_of_a_total_has_is_missing_and_a_zero_is_a_zero() {
    let metrics =
        &[("sessions", "TYPE_INTEGER"), ("totalRevenue", "TYPE_CURRENCY"), ("keyEvents", "TYPE_FLOAT")];
    let rows: &[(&[&str], &[&str])] = &[
        (&["cpc", "20260901", "Spring", "google"], &["1", "-5.10", ""]),
        (&["cpc", "20260901", "Spring", "bing"], &["0", "5.10", ""]),
    ];
    let facts = map("traffic_daily", &[report(SPLIT, metrics, rows)]);
    assert_eq!(facts[2], "campaign Spring [] sessions=1 conversion_value=0.00");
}

#[test]
fn nameless_values_are_one_entity_and_all_of_their_rows_count() {
    let rows: &[(&[&str], &[&str])] = &[
        (&["cpc", "20260901", "", "google"], &["1", "1"]),
        (&["cpc", "20260901", "(not set)", "google"], &["2", "2"]),
    ];
    let facts = map("traffic_daily", &[report(SPLIT, VISITS, rows)]);
    assert_eq!(facts[2..], ["campaign (not set) [] sessions=3"]);
}

#[test]
fn columns_decide_what_rows_belong_to() {
    for (dimensions, row, expected) in [
        (&["date"][..], &["20260901"][..], "account 42 [] sessions=1"),
        (&["eventName", "date"], &["purchase", "20260901"], "event purchase [] sessions=1"),
        (
            &["pagePath", "date", "hostName"],
            &["/a?b", "20260901", "x.example"],
            "page x.example/a?b [] sessions=1",
        ),
        (&["date", "pagePath"], &["20260901", "/a"], "page /a [] sessions=1"),
        (
            &["date", "sessionGoogleAdsCampaignId"],
            &["20260901", "9007199254740993"],
            "campaign 9007199254740993 [] sessions=1",
        ),
        (
            &["date", "sessionCampaignId", "sessionCampaignName"],
            &["20260901", "7", "Spring"],
            "campaign Spring [7] sessions=1",
        ),
        (&["date", "dateRange"], &["20260901", "date_range_0"], "account 42 [] sessions=1"),
        (&["date", "deviceCategory"], &["20260901", "mobile"], "account 42 [mobile] sessions=1"),
    ] {
        let answer = report(dimensions, &[("sessions", "TYPE_INTEGER")], &[(row, &["1"])]);
        assert_eq!(map("account_daily", &[answer]), [expected]);
    }
}

#[test]
fn days_of_other_slices_and_rows_without_a_day_are_left_out() {
    let rows: &[(&[&str], &[&str])] =
        &[(&["20260831"], &["1"]), (&["20260902"], &["2"]), (&["20260903"], &["3"]), (&["(other)"], &["4"])];
    let answer = report(&["date"], &[("sessions", "TYPE_INTEGER")], rows);
    assert_eq!(map("account_daily", &[answer]), ["account 42 [] sessions=2"]);
}

#[test]
fn numbers_are_read_by_the_type_of_their_column() {
    let read = |kind: &str, value: &str| {
        let answer = report(&["date"], &[("eventCount", kind)], &[(&["20260901"], &[value])]);
        let root = Node::root(&answer, "$");
        let (table, rows) = (Table::read(&root).unwrap(), root.at("rows"));
        let figures = table.figures(&rows.nth(0), &[]);
        figures.map(|f| f.values.iter().map(|(_, v)| v.to_string()).collect::<Vec<_>>())
    };
    assert_eq!(read("TYPE_INTEGER", "9007199254740993").unwrap(), ["9007199254740993"]);
    assert_eq!(read("TYPE_FLOAT", "0.30000000000000004").unwrap(), ["0.30000000000000004"]);
    assert!(read("TYPE_INTEGER", "").unwrap().is_empty());
    let error = read("TYPE_INTEGER", "1.5").unwrap_err();
    assert!(error.message.contains("rows[0].metricValues[0].value"), "{error}");
}

#[test]
fn figures_without_a_name_of_ours_are_kept_and_derived_ones_are_not() {
    let metrics = &[
        ("eventValue", "TYPE_FLOAT"),
        ("bounceRate", "TYPE_FLOAT"),
        ("conversions", "TYPE_FLOAT"),
        ("purchaseRevenue", "TYPE_CURRENCY"),
        ("totalRevenue", "TYPE_CURRENCY"),
    ];
    let answer = report(&["date"], metrics, &[(&["20260901"], &["7.5", "0.3", "2", "9", "10"])]);
    let root = Node::root(&answer, "$");
    let (table, rows) = (Table::read(&root).unwrap(), root.at("rows"));
    let figures = table.figures(&rows.nth(0), &[]).unwrap();
    assert_eq!(Value::Object(figures.extra), json!({"event_value": "7.5", "purchase_revenue": "9"}));
    let values: Vec<_> = figures.values.iter().map(|(m, v)| format!("{}={v}", m.name())).collect();
    assert_eq!(values, ["conversions=2", "conversion_value=10"]);
    let hidden = table.figures(&rows.nth(0), &["totalRevenue".to_owned()]).unwrap();
    let values: Vec<_> = hidden.values.iter().map(|(m, v)| format!("{}={v}", m.name())).collect();
    assert_eq!(values, ["conversions=2", "conversion_value=9"]);
}

#[test]
fn rows_that_belong_nowhere_are_drift() {
    let spec = SPECS.iter().find(|s| s.name == "pages_daily").unwrap();
    let account = account();
    let sessions = &[("sessions", "TYPE_INTEGER")];
    let short = report(&["date", "hostName"], sessions, &[(&["20260901"], &["1"])]);
    let dayless = report(&["hostName"], sessions, &[(&["a"], &["1"])]);
    let odd = report(&["date", "hostName"], sessions, &[(&["2026-09-01", "a"], &["1"])]);
    for (answer, path) in [
        (short, "rows[0].dimensionValues"),
        (dayless, "dimensionHeaders"),
        (odd, "rows[0].dimensionValues[0].value"),
    ] {
        let error = Mapper::new(spec, &account, days()).page(batch(answer)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Drift { path: path.to_owned() });
    }
}

#[test]
fn pages_and_events_are_described_once() {
    let spec = SPECS.iter().find(|s| s.name == "pages_daily").unwrap();
    let account = account();
    let rows: &[(&[&str], &[&str])] =
        &[(&["20260901", "a.example", "/x"], &["1"]), (&["20260902", "a.example", "/x"], &["2"])];
    let answer = report(&["date", "hostName", "pagePath"], &[("screenPageViews", "TYPE_INTEGER")], rows);
    let page = Mapper::new(spec, &account, days()).page(batch(answer)).unwrap();
    let entities: Vec<_> =
        page.records.iter().filter_map(|r| if let Record::Entity(e) = r { Some(e) } else { None }).collect();
    assert_eq!(entities.len(), 1);
    assert_eq!((entities[0].kind, entities[0].id.as_str()), (EntityKind::Page, "a.example/x"));
    assert_eq!(entities[0].parent, Some((EntityKind::Account, "42".to_owned())));
    assert_eq!(Value::Object(entities[0].attributes.clone()), json!({"host": "a.example", "path": "/x"}));
}
