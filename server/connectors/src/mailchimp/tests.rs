use super::events::{Events, metric_of_action};
use super::failure::{judge, judge_metadata};
use super::fetch::Question;
use super::map;
use super::streams::{SPECS, ask};
use crate::connector::Slice;
use crate::error::{DeniedScope, ErrorKind};
use crate::http::node::canonical;
use crate::http::{Answer, Budget, Node, RetryReason, Verdict};
use crate::mapping::Seen;
use crate::record::{FactRecord, Record, RemoteAccount};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use model::DayRange;
use model::entities::EntityKind;
use serde_json::{Value, json};
use std::time::Duration;

fn with_slice<T>(stream: &str, check: impl FnOnce(&Slice<'_>) -> T) -> T {
    let account = RemoteAccount::bare("acc1");
    check(&Slice {
        account: &account,
        stream: SPECS.iter().find(|s| s.name == stream).unwrap(),
        days: DayRange::new("2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap()).unwrap(),
        budget: Budget::new(Duration::ZERO),
    })
}

fn figures(fact: &FactRecord) -> Vec<String> {
    fact.values.iter().map(|(metric, value)| format!("{} {}", metric.name(), canonical(*value))).collect()
}

fn report(row: &Value) -> Option<FactRecord> {
    let root = Node::root(row, "$");
    with_slice("reports", |slice| {
        map::report(slice, EntityKind::Campaign, &root, &mut Seen::default()).unwrap()
    })
}

#[test]
fn each_stream_has_something_to_ask() {
    for spec in SPECS {
        assert!(ask(spec.name).is_some(), "{}", spec.name);
    }
    assert_eq!(ask("nothing"), None);
}

#[test]
fn a_report_stands_under_the_utc_day_of_its_sending() {
    let row = json!({
        "id": "c1", "emails_sent": 1000, "send_time": "2026-03-01T23:30:00-05:00", "abuse_reports": 0,
        "unsubscribed": "3", "unopened": 7,
        "bounces": {"hard_bounces": 4, "soft_bounces": 6, "syntax_errors": 90},
        "opens": {"opens_total": 500, "unique_opens": 300, "open_rate": 0.3, "proxy_excluded_opens": 400},
        "clicks": {"clicks_total": 50, "unique_clicks": 40, "unique_subscriber_clicks": 30, "click_rate": 0.03},
        "ecommerce": {"total_orders": 2, "total_spent": 120.5, "total_revenue": 99.99, "currency_code": "JPY"},
        "list_stats": {"sub_rate": 5},
    });
    let fact = report(&row).unwrap();
    assert_eq!(fact.date.to_string(), "2026-03-02");
    assert_eq!(
        figures(&fact),
        [
            "emails_sent 1000",
            "unsubscribes 3",
            "spam_complaints 0",
            "hard_bounces 4",
            "soft_bounces 6",
            "opens 500",
            "unique_opens 300",
            "clicks 50",
            "unique_clicks 30",
            "bounces 10",
            "delivered 990",
            "revenue 99.99",
        ]
    );
    assert_eq!(fact.currency.as_deref(), Some("JPY"));
    let extra: Vec<&str> = fact.extra.keys().map(String::as_str).collect();
    for kept in
        ["orders", "total_spent", "syntax_errors", "unique_link_clicks", "proxy_excluded_opens", "unopened"]
    {
        assert!(extra.contains(&kept), "{kept}: {extra:?}");
    }
    assert_eq!(extra.len(), 6, "neither rates nor what is no part of the campaign: {extra:?}");
}

#[test]
fn what_was_never_sent_has_no_day_and_what_is_missing_no_value() {
    for never in [json!(""), json!(null)] {
        assert!(report(&json!({"id": "c1", "emails_sent": 0, "send_time": never})).is_none());
    }
    assert!(report(&json!({"id": "c1", "emails_sent": 0})).is_none());
    let row = json!({"id": "c1", "send_time": "2026-03-01T00:00:00+00:00", "emails_sent": 9_007_199_254_740_993_u64,
                     "bounces": {"hard_bounces": 1, "soft_bounces": null}, "opens": {"opens_total": 0}});
    assert_eq!(
        figures(&report(&row).unwrap()),
        ["emails_sent 9007199254740993", "hard_bounces 1", "opens 0"]
    );
}

#[test]
fn figures_that_no_report_has_are_named() {
    let row = json!({"id": "c1", "send_time": "2026-03-01T00:00:00+00:00", "emails_sent": 1, "unsubscribed": null,
                     "opens": {"opens_total": 0, "unique_opens": 0}, "clicks": {"unique_subscriber_clicks": 0}});
    let missing: Vec<_> = with_slice("reports", |slice| {
        let mut seen = Seen::default();
        assert!(map::missing_figures(slice, &seen).is_empty());
        map::report(slice, EntityKind::Campaign, &Node::root(&row, "$"), &mut seen).unwrap();
        map::missing_figures(slice, &seen).into_iter().filter_map(|w| w.field).collect()
    });
    assert_eq!(
        missing,
        ["abuse_reports", "bounces.hard_bounces", "bounces.soft_bounces", "clicks.clicks_total"]
    );
}

#[test]
fn hours_are_those_of_the_slice() {
    let row = json!({"id": "c1", "timeseries": [
        {"timestamp": "2026-02-28T23:00:00+00:00", "emails_sent": 5},
        {"timestamp": "2026-03-01T00:00:00+00:00", "emails_sent": 0, "unique_opens": 4, "recipients_clicks": null},
    ]});
    let mut records = Vec::new();
    with_slice("report_hours", |slice| map::hours(slice, &Node::root(&row, "$"), &mut records)).unwrap();
    let [Record::Fact(hour)] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((hour.hour, figures(hour)), (Some(0), vec!["emails_sent 0".into(), "unique_opens 4".into()]));
}

#[test]
fn a_campaign_is_named_by_its_title_or_else_its_subject() {
    let name = |settings: Value| {
        let row =
            json!({"id": "c1", "status": "sent", "settings": settings, "recipients": {"list_id": "l1"}});
        with_slice("campaigns", |slice| map::campaign(slice, &Node::root(&row, "$")).unwrap())
    };
    let titled = name(json!({"title": "Größe ✓", "subject_line": "Hi"}));
    assert_eq!((titled.name.as_str(), titled.status.as_deref()), ("Größe ✓", Some("sent")));
    assert_eq!(
        (&titled.attributes["list_id"], &titled.attributes["subject_line"]),
        (&json!("l1"), &json!("Hi"))
    );
    assert_eq!(name(json!({"title": " ", "subject_line": "Hi"})).name, "Hi");
    assert_eq!(name(json!({})).name, "c1");
}

#[test]
fn an_audience_counts_its_members_today_and_keeps_no_address() {
    let row = json!({"id": "l1", "name": "All", "notify_on_subscribe": "me@example.com", "list_rating": 3,
                     "stats": {"member_count": 0, "cleaned_count": 2, "open_rate": 12.5}});
    let records = with_slice("lists", |slice| {
        let today = "2026-03-31".parse().unwrap();
        map::list(slice, &Node::root(&row, "$"), today, &mut Seen::default()).unwrap()
    });
    let [Some(Record::Entity(list)), Some(Record::Fact(members))] = &records else { panic!("{records:?}") };
    assert_eq!(json!(list.attributes), json!({"list_rating": 3, "cleaned_count": 2}));
    assert_eq!(
        (members.date.to_string().as_str(), figures(members)),
        ("2026-03-31", vec!["subscribers 0".into()])
    );
}

#[test]
fn days_of_an_audience_are_sums_of_two() {
    let day = |row: Value| {
        with_slice("list_activity", |slice| {
            map::list_day(slice, "l1", &Node::root(&row, "$"), &mut Seen::default()).unwrap()
        })
    };
    let whole = json!({"day": "2026-03-31", "subs": 2, "other_adds": "20", "unsubs": 0, "other_removes": 0, "emails_sent": 9});
    let whole = day(whole).unwrap();
    assert_eq!(figures(&whole), ["subscribers_added 22", "subscribers_removed 0"]);
    assert_eq!(json!(whole.extra), json!({"activity_emails_sent": 9}));
    let part = json!({"day": "2026-03-01", "subs": 2, "unsubs": 1, "other_adds": null, "other_removes": 2});
    assert_eq!(figures(&day(part).unwrap()), ["subscribers_added 2", "subscribers_removed 3"]);
    let none = json!({"day": "2026-03-01", "subs": null, "unsubs": 0});
    assert_eq!(figures(&day(none).unwrap()), ["subscribers_removed 0"]);
    assert!(day(json!({"day": "2026-04-01", "subs": 2, "other_adds": 1})).is_none());
    let lost = json!({"subs": 2});
    let error = with_slice("list_activity", |slice| {
        map::list_day(slice, "l1", &Node::root(&lost, "$"), &mut Seen::default()).unwrap_err()
    });
    assert!(error.message.contains("day"), "{error}");
}

#[test]
fn months_give_no_figures() {
    let row = json!({"list_id": "l1", "month": "2026-02", "subscribed": 290, "cleaned": 1});
    let Record::Fact(month) =
        with_slice("list_growth", |slice| map::month(slice, "l1", &Node::root(&row, "$"))).unwrap()
    else {
        panic!()
    };
    assert_eq!((month.date.to_string().as_str(), month.values.len()), ("2026-02-01", 0));
    assert_eq!(json!(month.extra), json!({"month": "2026-02", "subscribed": 290, "cleaned": 1}));
    let wrong = json!({"month": "March"});
    assert!(with_slice("list_growth", |slice| map::month(slice, "l1", &Node::root(&wrong, "$"))).is_err());
}

#[test]
fn events_count_once_and_by_their_day() {
    let open = json!({"action": "open", "timestamp": "2026-03-02T10:00:00+00:00"});
    let row = json!({"email_id": "p1", "email_address": "ada@example.com", "activity": [
        open, open, {"action": "open", "timestamp": "2026-04-01T00:00:00+00:00"},
        {"action": "bounce", "type": "hard", "timestamp": "2026-03-31T23:59:59+00:00"},
        {"action": "forward", "timestamp": "2026-03-02T11:00:00+00:00"},
    ]});
    let records = with_slice("email_activity", |slice| {
        let mut events = Events::default();
        events.activity(slice, "c1", &Node::root(&row, "$")).unwrap();
        events.activity(slice, "c1", &Node::root(&row, "$")).unwrap();
        events.records(slice, EntityKind::Campaign, "action", metric_of_action)
    });
    let shown: Vec<_> = records
        .iter()
        .map(|record| {
            let Record::Fact(fact) = record else { panic!() };
            format!("{} {} {:?} {}", fact.date, fact.breakdown["action"], figures(fact), json!(fact.extra))
        })
        .collect();
    assert_eq!(
        shown,
        [
            r#"2026-03-02 forward [] {"events":1}"#,
            r#"2026-03-02 open ["opens 1"] {}"#,
            r#"2026-03-31 hard_bounce ["hard_bounces 1"] {}"#,
        ]
    );
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        at: "2026-03-31T12:00:00Z".parse().unwrap(),
    }
}

fn refused(status: u16, title: &str) -> Verdict {
    judge(&answer(status, &json!({"title": title, "status": status, "detail": "So it is."}).to_string()))
}

#[test]
fn refusals_mean_what_the_table_says() {
    assert!(matches!(refused(401, "API Key Invalid"), Verdict::Refresh(_)));
    assert!(matches!(refused(403, "Wrong Datacenter"), Verdict::Refresh(_)));
    for (status, title, kind) in [
        (403, "User Forbidden", ErrorKind::Permission(DeniedScope::Stream)),
        (403, "Forbidden", ErrorKind::Permission(DeniedScope::Stream)),
        (403, "UserDisabled", ErrorKind::Permission(DeniedScope::Grant)),
        (404, "Resource Not Found", ErrorKind::Permission(DeniedScope::Stream)),
        (400, "Invalid Resource", ErrorKind::Rejected),
        (410, "Gone", ErrorKind::VersionSunset),
    ] {
        let Verdict::GiveUp(error) = refused(status, title) else { panic!("{status} {title}") };
        assert_eq!(error.kind, kind, "{status} {title}");
        assert!(error.message.contains(title) && error.message.contains("So it is"), "{error}");
    }
    let retried = |verdict| match verdict {
        Verdict::Retry { after, reason, .. } => (after, reason),
        other => panic!("{other:?}"),
    };
    assert_eq!(retried(refused(429, "Too Many Requests")), (None, RetryReason::Throttled));
    assert_eq!(retried(refused(503, "Service Unavailable")), (None, RetryReason::Fault));
    let edge = judge(&answer(403, "<html><head><title>403 Forbidden</title></head></html>"));
    assert_eq!(retried(edge), (Some(Duration::from_mins(5)), RetryReason::Throttled));
    assert!(matches!(judge(&answer(200, "{}")), Verdict::Done));
}

#[test]
fn a_dead_token_is_found_in_a_good_answer() {
    let Verdict::GiveUp(error) = judge_metadata(&answer(200, r#"{"error":"invalid_token"}"#)) else {
        panic!()
    };
    assert_eq!((error.kind.exit_code(), error.vendor_code.as_deref()), (3, Some("invalid_token")));
    assert!(matches!(judge_metadata(&answer(200, r#"{"dc":"us3"}"#)), Verdict::Done));
    assert!(matches!(judge_metadata(&answer(401, "{}")), Verdict::Refresh(_)));
}

#[test]
fn only_plain_ids_become_parts_of_addresses() {
    assert_eq!(
        Question::about("/lists/", "16ed_22-7", "/activity", &[]).unwrap().path,
        "/lists/16ed_22-7/activity"
    );
    for wrong in ["", "../x", "a/b", "a?b", "a b"] {
        assert!(Question::about("/lists/", wrong, "", &[]).is_err(), "{wrong}");
    }
}
