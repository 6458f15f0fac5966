use super::failure::judge;
use super::fetch::next_by_token;
use super::map::{self, counted};
use super::streams::{Ask, SPECS, Statistics, ask};
use super::webhook::{events, is_genuine};
use crate::connector::Slice;
use crate::error::ErrorKind;
use crate::http::{Answer, Batch, Budget, Node, Request, RetryReason, Verdict};
use crate::mapping::{Seen, fact};
use crate::record::{FactRecord, RawPage, Record, RemoteAccount};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode};
use model::DayRange;
use model::entities::EntityKind;
use serde_json::{Value, json};
use std::time::Duration;

fn with_slice<T>(stream: &str, check: impl FnOnce(&Slice<'_>) -> T) -> T {
    let account = RemoteAccount::bare("acme");
    check(&Slice {
        account: &account,
        stream: SPECS.iter().find(|s| s.name == stream).unwrap(),
        days: DayRange::new("2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap()).unwrap(),
        budget: Budget::new(Duration::ZERO),
    })
}

fn facts(source: Statistics, stream: &str, body: Value) -> Vec<FactRecord> {
    with_slice(stream, |slice| {
        let raw =
            RawPage { request: "GET /".into(), body: Bytes::new(), fetched_at: chrono::DateTime::UNIX_EPOCH };
        let page = map::statistics(slice, source, Batch { value: body, raw }, &mut Seen::default()).unwrap();
        let fact = |record| if let Record::Fact(fact) = record { Some(fact) } else { None };
        page.records.into_iter().filter_map(fact).collect()
    })
}

fn shown(fact: &FactRecord) -> Vec<String> {
    fact.values.iter().map(|(metric, value)| format!("{} {value}", metric.name())).collect()
}

#[test]
fn each_stream_has_something_to_ask() {
    assert!(SPECS.iter().all(|s| ask(s.name).is_some()));
    let names: std::collections::HashSet<_> = SPECS.iter().map(|s| s.name).collect();
    assert_eq!(names.len(), SPECS.len());
    assert_eq!(ask("geo_stats"), Some(Ask::Statistics(Statistics::Split("/geo/stats", "country"))));
}

#[test]
fn missing_is_not_zero_and_drops_are_no_bounces() {
    let counters = json!({"requests": 9_007_199_254_740_993_u64, "delivered": 0, "bounces": 2, "blocks": 3,
                          "bounce_drops": 1, "invalid_emails": 4, "processed": 8, "opens": null, "moods": 7});
    with_slice("global_stats", |slice| {
        let place = || fact(slice, EntityKind::Account, "acme".into(), "2026-03-01".parse().unwrap());
        let row = counted(&Node::root(&counters, "$"), place()).unwrap().unwrap();
        let values =
            ["emails_sent 9007199254740993", "delivered 0", "hard_bounces 2", "soft_bounces 3", "bounces 5"];
        assert_eq!(shown(&row), values);
        let extra = json!({"bounce_drops": 1, "invalid_emails": 4, "processed": 8, "moods": 7, "drops": 5});
        assert_eq!(Value::Object(row.extra), extra);
        let hard = json!({"bounces": 9});
        let values = |counters| shown(&counted(&Node::root(counters, "$"), place()).unwrap().unwrap());
        assert_eq!(values(&hard), ["hard_bounces 9", "bounces 9"]);
        assert_eq!(values(&json!({"blocks": 9})), ["soft_bounces 9"]);
        assert!(counted(&Node::root(&json!({}), "$"), place()).unwrap().is_none());
    });
}

#[test]
fn days_without_figures_and_days_that_nobody_asked_for_give_no_rows() {
    let stats = |opens: u32| json!([{"metrics": {"opens": opens}}]);
    let rows = facts(
        Statistics::Account,
        "global_stats",
        json!([
            {"date": "2026-02-28", "stats": stats(1)},
            {"date": "2026-03-01", "stats": stats(0)},
            {"date": "2026-03-02", "stats": []},
            {"date": "2026-03-03"},
            {"date": "2026-03-04", "stats": stats(3)},
            {"date": "2026-03-04", "stats": stats(4)},
        ]),
    );
    let rows: Vec<_> = rows.iter().map(|f| (f.date.to_string(), shown(f).join(","))).collect();
    assert_eq!(rows, [("2026-03-01".into(), "opens 0".into()), ("2026-03-04".into(), "opens 4".into())]);
}

#[test]
fn names_are_entities_or_splits() {
    let body = json!([{"date": "2026-03-01", "stats": [
        {"type": "category", "name": "été & co", "metrics": {"opens": 1}},
        {"type": "category", "name": "b", "metrics": {"opens": 2}}]}]);
    let rows = facts(Statistics::Categories, "category_stats", body.clone());
    assert!(
        rows.iter()
            .any(|f| f.kind == EntityKind::Category && f.entity == "été & co" && f.breakdown.is_empty())
    );
    let rows = facts(Statistics::Split("/geo/stats", "country"), "geo_stats", body);
    assert!(rows.iter().all(|f| f.kind == EntityKind::Account && f.entity == "acme"));
    assert!(rows.iter().any(|f| f.breakdown.get("country").is_some_and(|name| name == "b")));
}

fn answer(status: u16, body: &str, headers: &[(&'static str, &str)]) -> Answer {
    let headers = headers.iter().map(|(n, v)| (HeaderName::from_static(n), v.parse().unwrap()));
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.collect::<HeaderMap>(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        at: "2026-07-15T15:59:30Z".parse().unwrap(),
    }
}

#[test]
fn refusals_are_told_apart_by_their_status() {
    let kind = |status| match judge(&answer(status, r#"{"errors":[{"field":null,"message":"no"}]}"#, &[])) {
        Verdict::GiveUp(error) => error.kind.name(),
        Verdict::Retry { .. } => "again",
        Verdict::Refresh(_) => "refresh",
        Verdict::Done => "done",
    };
    let kinds = [200, 400, 401, 403, 404, 413, 429, 503].map(kind);
    let expected = ["done", "rejected", "needs_reauthorisation", "permission", "permission", "rejected"];
    assert_eq!(kinds, [&expected[..], &["again", "again"]].concat()[..]);
    let page = answer(502, "<html><title>Bad gateway</title></html>", &[]);
    let Verdict::Retry { reason: RetryReason::Fault, error, .. } = judge(&page) else { panic!() };
    assert!(error.kind == ErrorKind::VendorDown && error.message.contains("Bad gateway"), "{error}");
}

#[test]
fn a_limit_is_waited_out_until_a_second_behind_its_reset() {
    let after = |reset: &str| match judge(&answer(429, "{}", &[("x-ratelimit-reset", reset)])) {
        Verdict::Retry { after, reason: RetryReason::Throttled, .. } => after,
        other => panic!("{other:?}"),
    };
    assert_eq!(after("1784131200"), Some(Duration::from_secs(31)));
    assert_eq!(after("1784000000"), Some(Duration::from_secs(1)));
    assert_eq!(after("soon"), None);
}

#[test]
fn only_the_token_of_the_next_address_counts() {
    let sent =
        Request::get("https://api.sendgrid.com/v3/marketing/stats/singlesends?page_size=2", &[]).unwrap();
    let next = |link: &str, last: &mut Option<String>| {
        let page = json!({"results": [], "_metadata": {"next": link}});
        next_by_token(&sent, &page, last).map(|next| next.map(|next| next.url.to_string()))
    };
    let last = &mut None;
    let address = next("https://evil.example/v3/x?page_token=a%2Bb", last).unwrap().unwrap();
    assert_eq!(
        address,
        "https://api.sendgrid.com/v3/marketing/stats/singlesends?page_size=2&page_token=a%2Bb"
    );
    assert!(next("https://api.sendgrid.com/v3/x?page_token=a%2Bb", last).is_err(), "it would never end");
    assert!(next("https://api.sendgrid.com/v3/x?page=2", last).is_err());
    assert_eq!(next("", last).unwrap(), None);
    assert!(next_by_token(&sent, &json!({"results": []}), last).unwrap().is_none());
}

#[test]
fn pushed_events_are_read_once_and_without_addresses() {
    let body = br#"[{"email":"a@b.example","event":"open","timestamp":1600112492,"sg_event_id":"1","category":"x",
                     "sg_machine_open":true},
                    {"email":"a@b.example","event":"open","timestamp":1600112492,"sg_event_id":"1","category":"x"},
                    {"event":"bounce","type":"blocked","timestamp":1600112493,"category":["x","y"],
                     "singlesend_id":"s","sg_message_id":"m"}]"#;
    let events = events(body).unwrap();
    assert_eq!(events.len(), 2);
    assert!(events[0].is_machine_open && events[0].categories == ["x"]);
    assert!(events[1].is_blocked && events[1].categories == ["x", "y"]);
    assert_eq!(events[1].single_send.as_deref(), Some("s"));
    assert!(super::webhook::events(b"{").is_err() && super::webhook::events(b"[{\"event\":\"x\"}]").is_err());
    assert!(!is_genuine("", "1600112492", body, ""));
}
