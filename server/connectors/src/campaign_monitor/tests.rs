use super::failure::judge;
use super::happened::sort_of;
use super::map;
use super::streams::{SPECS, ask};
use super::webhook::events;
use crate::connector::Slice;
use crate::events::Counted;
use crate::http::{Answer, Budget, Node, RetryReason, Verdict};
use crate::mapping::{Seen, fact};
use crate::record::{FactRecord, Record, RemoteAccount};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode};
use metrics::Metric;
use model::DayRange;
use model::entities::EntityKind;
use serde_json::{Value, json};
use std::time::Duration;

fn with_slice<T>(stream: &str, check: impl FnOnce(&Slice<'_>) -> T) -> T {
    let account = RemoteAccount { time_zone: Some("Australia/Sydney".into()), ..RemoteAccount::bare("c1") };
    check(&Slice {
        account: &account,
        stream: SPECS.iter().find(|s| s.name == stream).unwrap(),
        days: DayRange::new("2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap()).unwrap(),
        budget: Budget::new(Duration::ZERO),
    })
}

fn shown(fact: &FactRecord) -> String {
    let values: Vec<_> =
        fact.values.iter().map(|(metric, value)| format!("{} {value}", metric.name())).collect();
    values.join(", ")
}

#[test]
fn each_stream_has_something_to_ask() {
    assert!(SPECS.iter().all(|s| ask(s.name).is_some()));
    let names: std::collections::HashSet<_> = SPECS.iter().map(|s| s.name).collect();
    assert_eq!(names.len(), SPECS.len());
}

#[test]
fn the_day_of_sending_is_that_of_utc_also_when_clocks_change() {
    with_slice("campaign_summaries", |slice| {
        let day = |text: Value| {
            let row = json!({"SentDate": text});
            map::utc_day(slice, &Node::root(&row, "$").at("SentDate")).map(|day| day.map(|d| d.to_string()))
        };
        // Sydney is eleven hours ahead in summer, ten from 5 April 2026 on.
        assert_eq!(day(json!("2026-04-04 10:59:00")).unwrap().as_deref(), Some("2026-04-03"));
        assert_eq!(day(json!("2026-04-04 11:00:00")).unwrap().as_deref(), Some("2026-04-04"));
        assert_eq!(day(json!("2026-04-06 09:59:00")).unwrap().as_deref(), Some("2026-04-05"));
        assert_eq!(day(json!("2026-04-06 10:00:00")).unwrap().as_deref(), Some("2026-04-06"));
        assert_eq!(day(json!("")).unwrap(), None);
        assert!(day(json!("soon")).unwrap_err().message.contains("SentDate"));
    });
}

#[test]
fn summaries_keep_impossible_figures_and_derive_what_was_delivered() {
    with_slice("campaign_summaries", |slice| {
        let of = |totals: Value| {
            let place = fact(slice, EntityKind::Campaign, "x".into(), "2026-03-01".parse().unwrap());
            map::summary(&Node::root(&totals, "$"), &mut Seen::default(), place).unwrap()
        };
        let row =
            of(json!({"Recipients": 5, "TotalOpened": "120", "UniqueOpened": 6, "Clicks": 0, "Bounced": 7,
                            "SpamComplaints": null, "Forwards": 2, "WebVersionURL": "http://x.example"}));
        let expected = "emails_sent 5, opens 120, unique_opens 6, unique_clicks 0, bounces 7, delivered -2";
        assert_eq!(shown(&row), expected);
        assert_eq!(Value::Object(row.extra), json!({"forwards": 2}));
        assert_eq!(shown(&of(json!({"Recipients": 5}))), "emails_sent 5");
    });
}

#[test]
fn lists_have_levels_of_today_and_moves_of_yesterday() {
    with_slice("list_stats", |slice| {
        let of = |stats: Value| {
            let today = "2026-03-01".parse().unwrap();
            let rows =
                map::list_stats(slice, "l", today, &Node::root(&stats, "$"), &mut Seen::default()).unwrap();
            let text = |record: &Record| match record {
                Record::Fact(fact) => format!("{}: {}", fact.date, shown(fact)),
                other => panic!("{other:?}"),
            };
            rows.iter().map(text).collect::<Vec<_>>()
        };
        let whole = json!({"TotalActiveSubscribers": 0, "NewActiveSubscribersYesterday": 4, "UnsubscribesYesterday": 1,
                           "DeletedYesterday": "2", "BouncesYesterday": 3});
        let expected =
            ["2026-03-01: subscribers 0", "2026-02-28: subscribers_added 4, subscribers_removed 6"];
        assert_eq!(of(whole), expected);
        let part = json!({"UnsubscribesYesterday": 1, "DeletedYesterday": 2, "BouncesYesterday": null});
        assert_eq!(of(part), ["2026-02-28: subscribers_removed 3"]);
        assert_eq!(of(json!({"UnsubscribesYesterday": null})), Vec::<String>::new());
    });
}

fn answer(status: u16, body: &str, headers: &[(&'static str, &str)]) -> Answer {
    let headers = headers.iter().map(|(n, v)| (HeaderName::from_static(n), v.parse().unwrap()));
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.collect::<HeaderMap>(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        at: "2026-03-15T12:00:00Z".parse().unwrap(),
    }
}

#[test]
fn codes_decide_not_the_status_alone() {
    let kind = |status, code: u32| {
        let body = json!({"Code": code, "Message": "No."}).to_string();
        match judge(&answer(status, &body, &[])) {
            Verdict::GiveUp(error) => error.kind.name(),
            Verdict::Retry { reason: RetryReason::Throttled, .. } => "later",
            Verdict::Retry { .. } => "again",
            Verdict::Refresh(_) => "refresh",
            Verdict::Done => "done",
        }
    };
    assert_eq!((kind(401, 121), kind(400, 121), kind(200, 121)), ("refresh", "refresh", "refresh"));
    assert_eq!((kind(401, 120), kind(401, 122)), ("needs_reauthorisation", "needs_reauthorisation"));
    assert_eq!((kind(401, 50), kind(401, 100)), ("needs_reauthorisation", "needs_reauthorisation"));
    assert_eq!((kind(429, 429), kind(403, 403), kind(404, 404)), ("later", "permission", "permission"));
    assert_eq!((kind(400, 310), kind(503, 500)), ("rejected", "again"));
    assert!(matches!(judge(&answer(200, r#"[{"ClientID":"x","Name":"Code"}]"#, &[])), Verdict::Done));
    assert!(matches!(judge(&answer(200, "", &[])), Verdict::Done));
    let later = answer(429, "{}", &[("x-ratelimit-reset", "60")]);
    let Verdict::Retry { after, .. } = judge(&later) else { panic!() };
    assert_eq!(after, Some(Duration::from_mins(1)));
}

#[test]
fn bounces_have_more_kinds_than_two() {
    assert_eq!(sort_of(Some("Hard")), Counted::Metric(Metric::HardBounces));
    assert_eq!(sort_of(Some("soft")), Counted::Metric(Metric::SoftBounces));
    for other in [Some("4"), Some("Spam"), None] {
        assert_eq!(sort_of(other), Counted::Extra("other_bounce_events"));
    }
}

#[test]
fn pushed_events_are_read_without_addresses() {
    let body = br#"{"ListID":"l","Events":[
        {"Type":"Subscribe","Date":"2026-03-01 10:00:00","EmailAddress":"a@b.example","State":"Active","CustomFields":[]},
        {"Type":"Deactivate","EmailAddress":"a@b.example","State":"Unsubscribed"}]}"#;
    let events = events(body).unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].at, "2026-03-01T10:00:00".parse().ok());
    assert_eq!((events[1].name.as_str(), events[1].state.as_deref()), ("Deactivate", Some("Unsubscribed")));
    assert!(super::webhook::events(b"{}").is_err() && super::webhook::events(b"").is_err());
}
