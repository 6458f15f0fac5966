use super::failure::judge;
use super::fetch::refuse_strangers;
use super::map::{self, Summaries};
use super::streams::{SPECS, ask};
use super::webhook::is_genuine;
use crate::connector::Slice;
use crate::error::ErrorKind;
use crate::http::{Answer, BaseUrl, Batch, Budget, Node, Request, RetryReason, Verdict};
use crate::mapping::fact;
use crate::record::{FactRecord, RawPage, Record, RemoteAccount};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use model::DayRange;
use model::entities::EntityKind;
use serde_json::{Value, json};
use std::time::Duration;

fn with_slice<T>(stream: &str, check: impl FnOnce(&Slice<'_>) -> T) -> T {
    let account = RemoteAccount::bare("a07");
    check(&Slice {
        account: &account,
        stream: SPECS.iter().find(|s| s.name == stream).unwrap(),
        days: DayRange::new("2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap()).unwrap(),
        budget: Budget::new(Duration::ZERO),
    })
}

fn batch(value: Value) -> Batch {
    let raw =
        RawPage { request: "GET /".into(), body: Bytes::new(), fetched_at: chrono::DateTime::UNIX_EPOCH };
    Batch { value, raw }
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
fn summaries_stand_under_the_utc_day_of_the_last_sending_once() {
    let row = |id: &str, day: Value, counts: Value| json!({"campaign_id": id, "last_sent_date": day, "unique_counts": counts});
    let page = json!({"bulk_email_campaign_summaries": [
        row("a", json!("2026-03-31T23:59:59Z"), json!({"sends": "9007199254740993", "bounces": "1", "opens": "", "forwards": "2"})),
        row("b", json!("2026-04-01T00:00:00.000Z"), json!({"sends": "5"})),
        row("c", json!("2026-03-31T23:30:00-05:00"), json!({"sends": "5"})),
        row("d", json!(null), json!({"sends": "5"})),
        row("e", json!("2026-03-02T00:00:00Z"), json!({"sends": "5"})),
        row("e", json!("2026-03-03T00:00:00Z"), json!({"sends": "6", "abuse": "0"})),
    ]});
    with_slice("campaign_summaries", |slice| {
        let mut summaries = Summaries::default();
        assert_eq!(summaries.add(slice, &batch(page)).unwrap(), 6);
        let (facts, warnings) = summaries.finish(slice);
        let facts: Vec<_> =
            facts.iter().map(|(_, f)| format!("{} {} {}", f.entity, f.date, shown(f))).collect();
        assert_eq!(
            facts,
            [
                "a 2026-03-31 emails_sent 9007199254740993, bounces 1, delivered 9007199254740992",
                "e 2026-03-03 emails_sent 6, spam_complaints 0",
            ]
        );
        let named =
            |record: &Record| matches!(record, Record::Warning(w) if w.field.as_deref() == Some("optouts"));
        assert!(warnings.iter().any(named), "a count that is gone is named");
        assert!(Summaries::default().add(slice, &batch(json!({"campaigns": []}))).is_err());
    });
}

#[test]
fn statistics_add_only_what_the_summary_lacks() {
    let place =
        |slice: &Slice<'_>| fact(slice, EntityKind::Campaign, "a".into(), "2026-03-01".parse().unwrap());
    with_slice("campaign_stats", |slice| {
        let of = |counts: Value| map::statistics(&Node::root(&counts, "$"), place(slice)).unwrap();
        let campaign = of(
            json!({"em_sends": 10, "em_bounces": 3, "em_opens": 4, "em_opens_all": 0, "em_clicks.all": "7",
                                 "em_bounces_undeliverable": 1, "em_bounces.blocked": 2, "em_forwards": 1}),
        );
        assert_eq!(
            shown(&campaign),
            "emails_sent 10, opens 0, unique_opens 4, clicks 7, bounces 3, delivered 7, hard_bounces 1, soft_bounces 2"
        );
        assert_eq!(campaign.extra.get("em_forwards"), Some(&json!(1)));
        let summary = FactRecord { values: campaign.values[..1].to_vec(), ..campaign.clone() };
        let rest = map::beside(&summary, campaign.clone()).unwrap();
        assert!(!shown(&rest).contains("emails_sent") && shown(&rest).contains("soft_bounces 2"));
        assert!(map::beside(&campaign, campaign.clone()).is_none());
        assert_eq!(
            shown(&of(json!({"em_sends": 10, "em_bounces_other": 0, "em_bounces_undeliverable": 1}))),
            "emails_sent 10, hard_bounces 1, soft_bounces 0"
        );
        assert_eq!(shown(&of(json!({}))), "");
    });
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        at: "2026-07-15T12:00:00Z".parse().unwrap(),
    }
}

#[test]
fn refusals_come_as_objects_and_as_lists() {
    for body in [
        r#"{"error_key":"quota_exceeded","error_message":"Limit Exceeded"}"#,
        r#"[{"error_key":"quota_exceeded","error_message":"Limit Exceeded"}]"#,
    ] {
        let Verdict::GiveUp(error) = judge(&answer(429, body)) else { panic!() };
        assert_eq!(error.kind, ErrorKind::Quota { until: "2026-07-16T00:00:00Z".parse().unwrap() });
    }
    let throttled = judge(&answer(429, r#"{"error_key":"throttled"}"#));
    assert!(matches!(throttled, Verdict::Retry { after: None, reason: RetryReason::Throttled, .. }));
    assert!(matches!(judge(&answer(401, "[]")), Verdict::Refresh(_)));
    assert!(matches!(judge(&answer(503, "")), Verdict::Retry { reason: RetryReason::Fault, .. }));
    let kind = |status, body: &str| match judge(&answer(status, body)) {
        Verdict::GiveUp(error) => (error.kind.name(), error.vendor_code.unwrap_or_default().to_string()),
        other => panic!("{other:?}"),
    };
    assert_eq!(kind(403, "{}"), ("permission", "403".into()));
    assert_eq!(kind(404, r#"[{"error_key":"reports.api.not_found"}]"#), ("permission", "404".into()));
    assert_eq!(
        kind(400, r#"[{"error_key":"query.param.invalid"}]"#),
        ("rejected", "query.param.invalid".into())
    );
}

#[test]
fn addresses_of_other_hosts_are_not_followed() {
    let sent = Request::get("https://api.cc.email/v3/emails", &[]).unwrap();
    let base = BaseUrl::parse("http://127.0.0.1:8700").unwrap();
    let check = |href: &str| refuse_strangers(&base, &sent, &json!({"_links": {"next": {"href": href}}}));
    for ours in
        ["/v3/emails?cursor=a", "https://api.cc.email/v3/emails?cursor=a", "http://127.0.0.1:8700/v3/emails"]
    {
        assert!(check(ours).is_ok(), "{ours}");
    }
    assert!(check("https://api.cc.email.evil.example/v3/emails?cursor=a").is_err());
    assert!(check("//evil.example/v3/emails").is_err());
}

#[test]
fn pushed_bodies_fit_their_signature_only() {
    let key = "Jefe".into();
    let body = b"what do ya want for nothing?";
    let signature = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";
    assert!(is_genuine(&key, body, signature));
    assert!(!is_genuine(&key, b"[]", signature) && !is_genuine(&key, body, ""));
}
