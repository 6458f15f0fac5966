use super::failure::{OFFSET, Place, judge, judge_unit};
use super::map::{self, Ready};
use super::streams::{SPECS, ask};
use crate::connector::Slice;
use crate::crm::{CrmRecord, DealState, LifecycleStage, Origin};
use crate::error::{DeniedScope, ErrorKind};
use crate::http::{Answer, Budget, Node, RetryReason, Verdict};
use crate::record::{FactRecord, Record, RemoteAccount};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use model::DayRange;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;

fn unit() -> RemoteAccount {
    RemoteAccount {
        currency: Some("CAD".into()),
        ..RemoteAccount::bare("0Uv000000000001AAA").with_detail("object", "77").with_detail(OFFSET, "-05:00")
    }
}

fn slice<'a>(unit: &'a RemoteAccount, stream: &str) -> Slice<'a> {
    Slice {
        account: unit,
        stream: SPECS.iter().find(|s| s.name == stream).unwrap(),
        days: DayRange::new("2026-06-01".parse().unwrap(), "2026-06-30".parse().unwrap()).unwrap(),
        budget: Budget::new(Duration::ZERO),
    }
}

#[test]
fn each_stream_has_something_to_ask() {
    let names: HashSet<_> = SPECS.iter().map(|s| s.name).collect();
    assert_eq!(names.len(), SPECS.len());
    assert!(SPECS.iter().all(|s| ask(s.name).is_some()));
}

fn stats(fields: Value) -> Option<FactRecord> {
    let unit = unit();
    let day = "2026-06-03".parse().unwrap();
    let record =
        map::stats(&slice(&unit, "list_email_stats"), "9007199254740993", day, &Node::root(&fields, "stats"));
    record.unwrap().map(|record| match record {
        Record::Fact(fact) => fact,
        other => panic!("{other:?}"),
    })
}

fn values(fact: &FactRecord) -> Vec<String> {
    fact.values.iter().map(|(metric, value)| format!("{}={value}", metric.name())).collect()
}

#[test]
fn figures_are_taken_as_they_are_and_rates_are_not() {
    let all = stats(json!({
        "sent": 100, "delivered": 97, "opens": 0, "uniqueOpens": 0, "totalClicks": 7, "uniqueClicks": 5, "optOuts": 1,
        "hardBounced": 1, "softBounced": 2, "spamComplaints": 0, "deliveryRate": 97.0, "opensRate": 0,
        "listEmailId": 5, "forwards": 3,
    }))
    .unwrap();
    assert_eq!(
        values(&all),
        [
            "emails_sent=100",
            "delivered=97",
            "opens=0",
            "unique_opens=0",
            "clicks=7",
            "unique_clicks=5",
            "hard_bounces=1",
            "soft_bounces=2",
            "unsubscribes=1",
            "spam_complaints=0",
            "bounces=3",
        ]
    );
    assert_eq!(Value::Object(all.extra), json!({"forwards": 3}));
    // What is missing has no value: neither bounces nor what was delivered is guessed.
    let few = stats(json!({"sent": 10, "hardBounced": 1, "softBounced": null, "delivered": null})).unwrap();
    assert_eq!(values(&few), ["emails_sent=10", "hard_bounces=1"]);
    let both = stats(json!({"sent": 10, "hardBounced": 1, "softBounced": 0})).unwrap();
    assert_eq!(values(&both), ["emails_sent=10", "hard_bounces=1", "soft_bounces=0", "bounces=1"]);
    assert!(stats(json!({"sent": null})).is_none());
}

#[test]
fn only_what_was_sent_has_a_day_and_it_is_the_one_in_utc() {
    let sent =
        |row: Value| map::sent(&Node::root(&row, "row")).unwrap().map(|(id, day)| format!("{id} {day}"));
    let late = json!({"id": 5, "isSent": true, "sentAt": "2026-06-03T23:30:00-04:00"});
    assert_eq!(sent(late).as_deref(), Some("5 2026-06-04"));
    assert_eq!(sent(json!({"id": 5, "isSent": false, "sentAt": "2026-06-03T10:00:00Z"})), None);
    assert_eq!(sent(json!({"id": 5, "isSent": true, "sentAt": null})), None);
}

fn prospect(ready: Ready, fields: Value) -> CrmRecord {
    let unit = unit();
    let slice = slice(&unit, "prospects");
    let origin = map::origin_of_prospects(&slice, "2026-06-15T12:00:00Z".parse().unwrap());
    let mut records = Vec::new();
    map::prospect(&origin, ready, &Node::root(&fields, "row"), &mut records).unwrap();
    match records.remove(0) {
        Record::Crm(record) => *record,
        other => panic!("{other:?}"),
    }
}

#[test]
fn prospects_are_ready_when_assigned_or_by_their_score() {
    let row = json!({"id": 2, "email": "a@b.example", "createdAt": "2026-06-02T23:30:00-04:00", "score": 120,
                     "firstAssignedAt": "2026-06-05T10:00:00-04:00", "updatedAt": "2026-06-09T10:00:00-04:00",
                     "isDeleted": false, "grade": "A", "optedOut": false});
    let entered = |ready| match prospect(ready, row.clone()) {
        CrmRecord::Party(party) => {
            assert_eq!(party.origin.counted_under.as_deref(), Some("77"));
            assert_eq!(
                Value::Object(party.attributes),
                json!({"score": 120, "grade": "A", "opted_out": false,
                "first_assigned_at": "2026-06-05T10:00:00-04:00"})
            );
            party.entered.iter().map(|(s, at)| (*s, at.date_naive().to_string())).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let lead = (LifecycleStage::Lead, "2026-06-03".to_owned());
    assert_eq!(entered(Ready::Assigned), [lead.clone(), (LifecycleStage::Mql, "2026-06-05".to_owned())]);
    assert_eq!(entered(Ready::Score(120)), [lead.clone(), (LifecycleStage::Mql, "2026-06-03".to_owned())]);
    assert_eq!(entered(Ready::Score(121)), [lead]);
    assert!(matches!(
        prospect(Ready::Assigned, json!({"id": 3, "isDeleted": true})),
        CrmRecord::Tombstone(_)
    ));
}

fn opportunity(is_counted: bool, fields: Value) -> crate::crm::DealRecord {
    let unit = unit();
    let origin = Origin::new(&slice(&unit, "opportunities"), "2026-06-15T12:00:00Z".parse().unwrap());
    let mut records = Vec::new();
    map::opportunity(&origin, Some("CAD"), is_counted, &Node::root(&fields, "row"), &mut records).unwrap();
    match records.remove(0) {
        Record::Crm(record) => match *record {
            CrmRecord::Deal(deal) => deal,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_won_and_lost_opportunities_count() {
    let row = |status: &str| {
        json!({"id": 9, "name": "Deal", "value": 5000.25, "probability": 50, "stage": "Proposal",
        "status": status, "closedAt": "2026-06-05T22:00:00-04:00", "createdAt": "2026-06-02T10:00:00-04:00"})
    };
    let won = opportunity(true, row("Won"));
    assert_eq!((won.state, won.created), (Some(DealState::Won), None));
    assert_eq!(won.closed.unwrap().to_string(), "2026-06-06");
    assert_eq!((won.amount.unwrap().to_string().as_str(), won.currency.as_deref()), ("5000.25", Some("CAD")));
    assert_eq!(opportunity(true, row("lost")).state, Some(DealState::Lost));
    let open = opportunity(true, row("Open"));
    assert_eq!((open.state, open.closed), (None, None));
    assert_eq!(opportunity(false, row("Won")).state, None, "Salesforce counts it");
}

#[test]
fn forms_that_were_sent_are_the_only_activities_that_count() {
    let form =
        |row: Value| map::form_sent(&Node::root(&row, "row")).unwrap().map(|(id, day)| format!("{id} {day}"));
    let sent = json!({"id": 1, "type": 4, "formId": 3, "createdAt": "2026-06-05T21:00:00-04:00"});
    assert_eq!(form(sent).as_deref(), Some("3 2026-06-06"));
    assert_eq!(
        form(json!({"id": 1, "type": 11, "formId": null, "createdAt": "2026-06-05T21:00:00-04:00"})),
        None
    );
    assert_eq!(
        form(json!({"id": 1, "type": 987, "formId": 3, "createdAt": "2026-06-05T21:00:00-04:00"})),
        None
    );
    assert_eq!(
        form(json!({"id": 1, "type": 4, "landingPageId": 3, "createdAt": "2026-06-05T21:00:00-04:00"})),
        None
    );
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::from(body.to_string()),
        at: "2026-06-15T12:00:00Z".parse().unwrap(),
    }
}

fn outcome(verdict: Verdict) -> (&'static str, ErrorKind) {
    match verdict {
        Verdict::Done => panic!("an error was taken for an answer"),
        Verdict::Refresh(error) => ("refresh", error.kind),
        Verdict::GiveUp(error) => ("give up", error.kind),
        Verdict::Retry { reason: RetryReason::Throttled, error, .. } => ("throttled", error.kind),
        Verdict::Retry { error, .. } => ("fault", error.kind),
    }
}

#[test]
fn codes_decide_whatever_the_status() {
    let place = Place::of(&unit());
    let until = "2026-06-16T05:00:00Z".parse().unwrap();
    for (status, code, expected) in [
        (401, 184, ("refresh", ErrorKind::NeedsReauthorisation)),
        (400, 184, ("refresh", ErrorKind::NeedsReauthorisation)),
        (429, 66, ("throttled", ErrorKind::VendorDown)),
        (400, 66, ("throttled", ErrorKind::VendorDown)),
        (429, 122, ("give up", ErrorKind::Quota { until })),
        (401, 49, ("give up", ErrorKind::Permission(DeniedScope::Stream))),
        (400, 181, ("give up", ErrorKind::Configuration)),
        (403, 182, ("give up", ErrorKind::Configuration)),
        (404, 109, ("give up", ErrorKind::Permission(DeniedScope::Stream))),
        (400, 61, ("give up", ErrorKind::Rejected)),
        (500, 1, ("fault", ErrorKind::VendorDown)),
    ] {
        let body = json!({"code": code, "message": "No."});
        assert_eq!(outcome(judge(&answer(status, &body), place)), expected, "{status} {code}");
    }
    let denied = json!({"code": 49, "message": "Access Denied"});
    assert_eq!(outcome(judge_unit(&answer(401, &denied), place)).1, ErrorKind::Configuration);
    assert_eq!(outcome(judge(&answer(401, &json!({})), place)).0, "refresh");
    // Version 4 refuses in an answer that looks good.
    let older = json!({"@attributes": {"stat": "fail", "version": 1, "err_code": 184}, "err": "access_token is invalid"});
    assert_eq!(outcome(judge(&answer(200, &older), place)).0, "refresh");
    let good = json!({"@attributes": {"stat": "ok", "version": 4}, "result": {}});
    assert!(matches!(judge(&answer(200, &good), place), Verdict::Done));
}

#[test]
fn the_quota_of_a_day_ends_at_midnight_of_the_unit() {
    let until = |place| match judge(
        &answer(429, &json!({"code": 122, "message": "Daily API rate limit met."})),
        place,
    ) {
        Verdict::GiveUp(error) => error.kind,
        other => panic!("{other:?}"),
    };
    let quota = |until: &str| ErrorKind::Quota { until: until.parse().unwrap() };
    assert_eq!(until(Place::of(&unit())), quota("2026-06-16T05:00:00Z"));
    let zoned = RemoteAccount { time_zone: Some("America/New_York".into()), ..unit() };
    assert_eq!(until(Place::of(&zoned)), quota("2026-06-16T04:00:00Z"));
    assert_eq!(until(Place::of(&RemoteAccount::bare("0Uv"))), quota("2026-06-16T00:00:00Z"));
}
