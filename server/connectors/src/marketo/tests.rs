use super::events::{Counts, Kinds, Stages, new_lead};
use super::failure::{judge, judge_file};
use super::leads::{Statuses, lead, opportunity};
use super::map;
use super::streams::{SPECS, ask};
use crate::connector::Slice;
use crate::crm::{CrmRecord, LifecycleStage, Origin};
use crate::error::{DeniedScope, ErrorKind};
use crate::http::{Answer, Budget, Node, RetryReason, Verdict};
use crate::record::{Record, RemoteAccount};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use model::DayRange;
use model::entities::EntityKind;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const EMAILS: Kinds = Kinds { emails: true, leads: false };
const LEADS: Kinds = Kinds { emails: false, leads: true };

fn with_slice<T>(stream: &str, check: impl FnOnce(&Slice<'_>) -> T) -> T {
    let account = RemoteAccount { currency: Some("JPY".into()), ..RemoteAccount::bare("602-EUO-598") };
    let days = DayRange::new("2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap()).unwrap();
    let stream = SPECS.iter().find(|s| s.name == stream).unwrap();
    check(&Slice { account: &account, stream, days, budget: Budget::new(Duration::ZERO) })
}

fn origin() -> Origin {
    with_slice("leads", |slice| Origin::new(slice, "2026-03-31T12:00:00Z".parse().unwrap()))
}

fn activity(guid: &str, kind: u32, lead: u64, at: &str, thing: Value) -> Value {
    json!({"marketoGUID": guid, "activityTypeId": kind, "leadId": lead, "activityDate": at,
           "primaryAttributeValueId": thing, "primaryAttributeValue": "N", "attributes": []})
}

fn lines(records: Vec<Record>) -> Vec<String> {
    let line = |record: Record| match record {
        Record::Fact(fact) => {
            let values: Vec<_> = fact.values.iter().map(|(m, v)| format!("{}={v}", m.name())).collect();
            let extra: Vec<_> = fact.extra.iter().map(|(name, v)| format!(" {name}={v}")).collect();
            format!(
                "{} {} {} {}{}",
                fact.kind.name(),
                fact.entity,
                fact.date,
                values.join(" "),
                extra.concat()
            )
        }
        Record::Warning(warning) => warning.to_string(),
        other => panic!("{other:?}"),
    };
    records.into_iter().map(line).collect()
}

fn counted(kinds: Kinds, stages: Stages, rows: &[Value]) -> Vec<String> {
    with_slice("activities", |slice| {
        let mut counts = Counts::new(kinds, stages);
        rows.iter().for_each(|row| counts.take(slice, &Node::root(row, "activity")).unwrap());
        lines(counts.records(slice))
    })
}

#[test]
fn each_stream_has_something_to_ask_and_at_most_ten_kinds_are_asked_for() {
    assert!(SPECS.iter().all(|s| ask(s.name).is_some()));
    assert_eq!(Kinds { emails: true, leads: true }.numbers(), [6, 7, 8, 9, 10, 11, 27, 12, 101, 104]);
}

#[test]
fn activities_are_counted_per_email_and_utc_day() {
    let id = json!(9_007_199_254_740_993_i64);
    let rows = [
        activity("a", 6, 1, "2026-03-01T00:00:00Z", id.clone()),
        activity("a", 6, 1, "2026-03-01T00:00:00Z", id.clone()),
        activity("b", 10, 1, "2026-03-01T23:59:59Z", id.clone()),
        activity("c", 10, 1, "2026-03-01T23:59:59Z", id.clone()),
        activity("d", 10, 2, "2026-03-02T00:00:00Z", id.clone()),
        activity("e", 11, 2, "2026-03-01T22:30:00-05:00", id.clone()),
        activity("f", 8, 3, "2026-03-02T00:00:00Z", id.clone()),
        activity("g", 27, 3, "2026-03-02T00:00:00Z", id.clone()),
        activity("h", 27, 4, "2026-03-02T00:00:00Z", id.clone()),
        activity("i", 1, 4, "2026-03-02T00:00:00Z", id.clone()),
        activity("j", 7, 4, "2026-02-28T23:59:59Z", id),
        activity("k", 9, 4, "2026-03-02T00:00:00Z", json!(null)),
    ];
    let counted = counted(EMAILS, Stages::default(), &rows);
    let first = "email 9007199254740993 2026-03-01 opens=2 emails_sent=1 unique_opens=1";
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(words(&counted[0]), words(first));
    let second = "email 9007199254740993 2026-03-02 clicks=1 unique_clicks=1 opens=1 unique_opens=1 bounces=3 \
                  hard_bounces=1 soft_bounces=2 unique_bounces=2";
    assert_eq!(words(&counted[1]), words(second));
    assert!(counted[2].contains("1 activities do not say"), "{}", counted[2]);
}

#[test]
fn new_leads_and_moves_in_programs_are_counted_apart() {
    let with = |row: Value, attributes: Value| {
        let mut row = row;
        row["attributes"] = attributes;
        row
    };
    let move_to = |guid: &str, success: Value| {
        with(
            activity(guid, 104, 1, "2026-03-05T00:00:00Z", json!(1003)),
            json!([{"name": "New Status", "value": "Attended"}, {"name": "Success", "value": success}]),
        )
    };
    let stage = |guid: &str, lead, name: &str| {
        with(
            activity(guid, 101, lead, "2026-03-05T00:00:00Z", json!(7)),
            json!([{"name": "New Stage", "value": name}]),
        )
    };
    let rows = [
        activity("a", 12, 1, "2026-03-05T00:00:00Z", json!(1)),
        activity("b", 12, 2, "2026-03-05T00:00:00Z", json!(null)),
        move_to("c", json!(true)),
        move_to("d", json!("false")),
        with(activity("e", 104, 1, "2026-03-05T00:00:00Z", json!(1003)), json!({"Success": "true"})),
        stage("f", 1, "MQL "),
        stage("g", 1, "mql"),
        stage("h", 2, "Sales Ready"),
        activity("i", 6, 2, "2026-03-05T00:00:00Z", json!(1005)),
    ];
    let stages = Stages { mql: vec!["mql".into()], sql: vec!["sales ready".into()] };
    let account = "account 602-EUO-598 2026-03-05";
    let program = "program 1003 2026-03-05 program_successes=2 stage_transition=3";
    assert_eq!(
        counted(LEADS, stages, &rows),
        [format!("{account} leads=2 mqls=1 sqls=1"), program.to_owned()]
    );
    assert_eq!(counted(LEADS, Stages::default(), &rows), [format!("{account} leads=2"), program.to_owned()]);
}

#[test]
fn an_activity_that_belongs_nowhere_is_drift() {
    with_slice("activities", |slice| {
        let mut counts = Counts::new(EMAILS, Stages::default());
        for (field, says) in
            [("activityDate", "activityDate"), ("leadId", "leadId"), ("activityTypeId", "activityTypeId")]
        {
            let mut row = activity("a", 6, 1, "2026-03-05T00:00:00Z", json!(1));
            row[field] = Value::Null;
            let error = counts.take(slice, &Node::root(&row, "activity")).unwrap_err();
            assert!(error.message.contains(says), "{error}");
        }
    });
}

#[test]
fn old_activities_are_known_by_their_number() {
    let mut row = activity("", 7, 1, "2026-03-05T00:00:00Z", json!(1));
    row["id"] = json!(5);
    assert_eq!(counted(EMAILS, Stages::default(), &[row.clone(), row]), ["email 1 2026-03-05 delivered=1"]);
}

#[test]
fn costs_stand_under_their_first_day_and_each_program_counts_once() {
    with_slice("programs", |slice| {
        let mut costs = map::Costs::default();
        let program = |id: u32, costs: Value| {
            json!({"id": id, "name": "Ünï", "status": "on", "costs": costs, "workspace": "Default",
                   "folder": {"type": "Folder", "value": 5, "folderName": "F"}, "updatedAt": "2026-03-05T00:00:00Z+0000"})
        };
        let rows = [
            program(1, json!([{"startDate": "2026-03-01", "cost": 10}])),
            program(
                1,
                json!([{"startDate": "2026-03-01", "cost": 100.5}, {"startDate": "2026-03-01T00:00:00Z", "cost": "0.5"},
                              {"startDate": "2026-04-01", "cost": 7}, {"startDate": "2026-03-31", "cost": null}]),
            ),
            program(2, json!([{"startDate": "2026-03-31", "cost": 0}])),
            program(3, json!(null)),
            program(4, json!([{"startDate": null, "cost": 7}])),
        ];
        let read = |row: &Value| costs.program(slice, &Node::root(row, "program")).unwrap();
        let records: Vec<_> = rows.iter().map(read).collect();
        let Record::Entity(entity) = &records[0] else { panic!() };
        assert_eq!((entity.parent.as_ref().unwrap().0, entity.name.as_str()), (EntityKind::Account, "Ünï"));
        assert_eq!((&entity.attributes["folder"], entity.attributes.get("costs")), (&json!("F"), None));
        let mut records = costs.records(slice);
        let Some(Record::Warning(warning)) = records.pop() else { panic!("costs without a month are told") };
        assert!(warning.message.contains("1 costs"), "{}", warning.message);
        assert!(records.iter().all(|r| matches!(r, Record::Fact(f) if f.currency.as_deref() == Some("JPY"))));
        assert_eq!(lines(records), ["program 1 2026-03-01 spend=101.0", "program 2 2026-03-31 spend=0"]);
    });
}

#[test]
fn assets_lie_in_programs_or_folders() {
    with_slice("emails", |slice| {
        let email = |kind: &str| {
            let row =
                json!({"id": 5, "name": "E", "status": "approved", "folder": {"type": kind, "value": 1003}});
            map::email(slice, &Node::root(&row, "email")).unwrap().parent.unwrap()
        };
        assert_eq!(email("Program"), (EntityKind::Program, "1003".into()));
        assert_eq!(email("Folder").0, EntityKind::Account);
    });
    let row = json!({"a": "2015-11-18T15:25:35Z+0000", "b": "2015-11-18T15:25:35Z", "c": ""});
    let row = Node::root(&row, "$");
    assert_eq!(map::moment(&row.at("a")).unwrap(), map::moment(&row.at("b")).unwrap());
    assert_eq!(map::moment(&row.at("c")).unwrap(), None);
}

#[test]
fn statuses_make_mqls_and_the_last_one_stays() {
    let change = |guid: &str, lead: u32, at: &str, to: Value| {
        json!({"marketoGUID": guid, "leadId": lead, "activityDate": at,
               "fields": [{"name": "leadStatus", "oldValue": "x", "newValue": to}, {"name": "company", "newValue": "MQL"}]})
    };
    let rows = [
        change("b", 1, "2026-03-03T00:00:00Z", json!("SQL")),
        change("a", 1, "2026-03-02T00:00:00Z", json!("MQL")),
        change("a", 1, "2026-03-02T00:00:00Z", json!("MQL")),
        change("c", 2, "2026-03-02T00:00:00Z", json!(null)),
    ];
    let stages = Stages { mql: vec!["mql".into()], sql: vec!["sql".into()] };
    let mut statuses = Statuses::default();
    rows.iter()
        .for_each(|row| statuses.take(&Node::root(row, "change"), "leadStatus", &stages, &origin()).unwrap());
    let leads: Vec<_> = statuses
        .records()
        .into_iter()
        .map(|record| match record {
            Record::Crm(record) => match *record {
                CrmRecord::Party(party) => party,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!((leads[0].id.as_str(), leads[0].stage.as_deref()), ("1", Some("SQL")));
    assert_eq!(leads[0].entered[&LifecycleStage::Mql].to_rfc3339(), "2026-03-02T00:00:00+00:00");
    assert_eq!(leads[0].entered[&LifecycleStage::Sql].to_rfc3339(), "2026-03-03T00:00:00+00:00");
    assert_eq!((leads[1].stage.as_deref(), leads[1].entered.len()), (None, 0));
}

#[test]
fn leads_come_without_names_and_are_not_counted() {
    let row = json!({"id": 885, "firstName": "Ada", "email": "ada@example.com", "leadStatus": "Open", "createdAt": "2026-03-02T00:00:00Z"});
    let Record::Crm(record) = lead(&Node::root(&row, "lead"), "leadStatus", &origin()).unwrap() else {
        panic!()
    };
    let CrmRecord::Party(party) = *record else { panic!() };
    assert_eq!((party.id.as_str(), party.stage.as_deref()), ("885", Some("Open")));
    assert!(party.entered.is_empty() && !format!("{party:?}").contains("Ada"));
    with_slice("leads", |slice| {
        let new = |kind, at: &str| {
            new_lead(slice, &Node::root(&activity("a", kind, 7, at, json!(1)), "a")).unwrap()
        };
        assert_eq!(new(12, "2026-03-02T00:00:00Z").as_deref(), Some("7"));
        assert_eq!((new(12, "2026-04-02T00:00:00Z"), new(6, "2026-03-02T00:00:00Z")), (None, None));
        let row = json!({"marketoGUID": "g", "externalOpportunityId": "o-1", "name": "Big", "amount": 5.25, "isWon": true});
        let Record::Crm(record) = opportunity(slice, &Node::root(&row, "o"), &origin()).unwrap() else {
            panic!()
        };
        let CrmRecord::Deal(deal) = *record else { panic!() };
        assert_eq!((deal.id.as_str(), deal.state, deal.created), ("g", None, None));
        assert_eq!(deal.amount.unwrap().to_string(), "5.25");
    });
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        at: "2026-03-07T12:00:00Z".parse().unwrap(),
    }
}

fn refused(code: &str, message: &str) -> Verdict {
    let body = json!({"requestId": "a", "success": false, "errors": [{"code": code, "message": message}]});
    judge(&answer(200, &body.to_string()))
}

#[test]
fn errors_come_with_http_200() {
    assert!(matches!(
        judge(&answer(200, r#"{"success":true,"errors":[],"warnings":["No assets"]}"#)),
        Verdict::Done
    ));
    for code in ["600", "601", "602"] {
        assert!(matches!(refused(code, "Access token expired"), Verdict::Refresh(_)), "{code}");
    }
    for code in ["604", "608", "611", "713", "719"] {
        assert!(matches!(refused(code, "x"), Verdict::Retry { reason: RetryReason::Fault, .. }), "{code}");
    }
    for (code, seconds) in [("606", 20), ("615", 3)] {
        let Verdict::Retry { after, reason, .. } = refused(code, "x") else { panic!("{code}") };
        assert_eq!((after, reason), (Some(Duration::from_secs(seconds)), RetryReason::Throttled));
    }
    for (code, kind) in [
        ("603", ErrorKind::Permission(DeniedScope::Stream)),
        ("1003", ErrorKind::Rejected),
        ("609", ErrorKind::Rejected),
        ("702", ErrorKind::Rejected),
        // Six in the morning of the day before the clocks change: midnight in Chicago is at 06:00 UTC.
        ("607", ErrorKind::Quota { until: "2026-03-08T06:00:00Z".parse().unwrap() }),
    ] {
        let Verdict::GiveUp(error) = refused(code, "x") else { panic!("{code}") };
        assert_eq!(error.kind, kind, "{code}");
        assert!(!error.is_local);
    }
    // Codes are also written as numbers.
    let number = judge(&answer(200, r#"{"success":false,"errors":[{"code":602,"message":"x"}]}"#));
    assert!(matches!(number, Verdict::Refresh(_)));
    assert!(matches!(judge(&answer(200, r#"{"success":false,"errors":[]}"#)), Verdict::GiveUp(_)));
}

#[test]
fn a_full_queue_of_exports_is_told_from_their_quota() {
    let Verdict::GiveUp(quota) = refused("1029", "Export daily quota 500MB exceeded.") else { panic!() };
    assert!(matches!(quota.kind, ErrorKind::Quota { .. }) && quota.is_local);
    let Verdict::Retry { reason, error, .. } = refused("1029", "Too many jobs (10) in queue") else {
        panic!()
    };
    assert!(reason == RetryReason::Throttled && error.is_local);
}

#[test]
fn gateways_and_files_are_judged_by_their_status() {
    let page = "<html><title>Bad gateway</title></html>";
    assert!(matches!(judge(&answer(502, page)), Verdict::Retry { reason: RetryReason::Fault, .. }));
    for status in [413, 414] {
        let Verdict::GiveUp(error) = judge(&answer(status, page)) else { panic!() };
        assert_eq!(error.kind, ErrorKind::Interrupted { needs_fewer_days: true });
    }
    assert!(matches!(judge_file(&answer(200, "id,createdAt\n1,null\n")), Verdict::Done));
    let refused = r#" {"success":false,"errors":[{"code":"602","message":"x"}]}"#;
    assert!(matches!(judge_file(&answer(200, refused)), Verdict::Refresh(_)));
}
