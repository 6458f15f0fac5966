use super::crm::{Deals, Log, contact, is_disabled};
use super::failure::{judge, judge_me};
use super::map;
use super::people::Steps;
use super::streams::{SPECS, ask};
use crate::connector::Slice;
use crate::crm::{CrmRecord, DealRecord, DealState, Origin};
use crate::error::{DeniedScope, ErrorKind};
use crate::http::{Answer, Budget, Node, RetryReason, Verdict};
use crate::record::{FactRecord, Record, RemoteAccount};
use bytes::Bytes;
use http::StatusCode;
use metrics::Metric;
use model::DayRange;
use model::entities::EntityKind;
use serde_json::{Value, json};
use std::time::Duration;

fn with_slice<T>(stream: &str, check: impl FnOnce(&Slice<'_>) -> T) -> T {
    let account = RemoteAccount::bare("acme");
    let days = DayRange::new("2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap()).unwrap();
    let stream = SPECS.iter().find(|s| s.name == stream).unwrap();
    check(&Slice { account: &account, stream, days, budget: Budget::new(Duration::ZERO) })
}

fn origin() -> Origin {
    with_slice("deals", |slice| Origin::new(slice, "2026-03-31T12:00:00Z".parse().unwrap()))
}

fn figures(row: &Value) -> Option<FactRecord> {
    with_slice("campaigns", |slice| map::figures(slice, &Node::root(row, "campaign")).unwrap())
}

fn value(fact: &FactRecord, metric: Metric) -> Option<String> {
    fact.values.iter().find(|(known, _)| *known == metric).map(|(_, value)| value.to_string())
}

#[test]
fn each_stream_has_something_to_ask() {
    assert!(SPECS.iter().all(|s| ask(s.name).is_some()));
}

#[test]
fn a_campaign_stands_under_the_utc_day_of_its_sending() {
    let row = json!({
        "id": 9_007_199_254_740_993_i64, "sdate": "2026-03-08T19:30:00-05:00", "send_amt": "100", "opens": "40",
        "uniqueopens": 30, "linkclicks": "9", "uniquelinkclicks": "8", "subscriberclicks": "7", "hardbounces": "2",
        "softbounces": "0", "unsubscribes": null, "verified_opens": "25", "verified_unique_opens": "",
    });
    let fact = figures(&row).unwrap();
    assert_eq!((fact.entity.as_str(), fact.date.to_string().as_str()), ("9007199254740993", "2026-03-09"));
    for (metric, expected) in [
        (Metric::EmailsSent, Some("100")),
        (Metric::Delivered, Some("98")),
        (Metric::UniqueClicks, Some("7")),
        (Metric::Clicks, Some("9")),
        (Metric::SoftBounces, Some("0")),
        (Metric::Bounces, Some("2")),
        (Metric::Unsubscribes, None),
    ] {
        assert_eq!(value(&fact, metric).as_deref(), expected, "{}", metric.name());
    }
    assert_eq!(Value::Object(fact.extra), json!({"opens_verified": 25, "unique_link_clicks": 8}));
}

#[test]
fn what_does_not_follow_is_absent() {
    let fact =
        figures(&json!({"id": "1", "sdate": "2026-03-08T19:30:00Z", "send_amt": "5", "hardbounces": "1"}))
            .unwrap();
    assert_eq!(fact.values.len(), 2, "{:?}", fact.values);
    for unset in [json!(null), json!(""), json!("0000-00-00 00:00:00")] {
        assert!(figures(&json!({"id": "1", "sdate": unset, "send_amt": "5"})).is_none());
    }
    let wrong = json!({"id": "1", "sdate": "2026-03-08T19:30:00Z", "opens": "many"});
    let error = with_slice("campaigns", |s| map::figures(s, &Node::root(&wrong, "campaign"))).unwrap_err();
    assert!(error.message.contains("campaign.opens"), "{error}");
}

#[test]
fn automated_campaigns_hang_below_their_automation() {
    with_slice("campaigns", |slice| {
        let row =
            json!({"id": "3", "name": "Grüße ✉", "status": "5", "automation": "4", "opens": "1", "new": "x"});
        let node = Node::root(&row, "campaign");
        let automation = map::automation_of(&node).unwrap();
        let campaign = map::campaign(slice, &node, automation).unwrap();
        assert_eq!(campaign.parent, Some((EntityKind::Flow, "4".into())));
        assert_eq!((campaign.name.as_str(), campaign.status.as_deref()), ("Grüße ✉", Some("completed")));
        assert_eq!(Value::Object(campaign.attributes), json!({"automation": "4", "new": "x"}));
        let single = json!({"id": "3", "status": "9", "automation": "0", "type": "single"});
        let node = Node::root(&single, "campaign");
        assert!(!map::is_automated(&node).unwrap());
        let campaign = map::campaign(slice, &node, map::automation_of(&node).unwrap()).unwrap();
        assert_eq!(
            (campaign.parent.unwrap().0, campaign.status.as_deref()),
            (EntityKind::Account, Some("9"))
        );
        assert!(
            map::is_automated(&Node::root(&json!({"id": "3", "type": "responder"}), "campaign")).unwrap()
        );
    });
}

#[test]
fn lists_keep_no_tokens_and_addresses() {
    with_slice("lists", |slice| {
        let row = json!({"id": "3", "name": "All", "active_subscribers": "0", "twitter_token_secret": "hush",
                         "sender_addr1": "Street 1", "channel": "email"});
        let day = "2026-03-31".parse().unwrap();
        let [list, members] = map::list(slice, &Node::root(&row, "list"), day).unwrap();
        let Some(Record::Entity(list)) = list else { panic!() };
        assert_eq!(Value::Object(list.attributes), json!({"channel": "email"}));
        let Some(Record::Fact(members)) = members else { panic!() };
        assert_eq!(value(&members, Metric::Subscribers).as_deref(), Some("0"));
        let blank = json!({"id": "3", "active_subscribers": null});
        assert!(map::list(slice, &Node::root(&blank, "list"), day).unwrap()[1].is_none());
    });
}

fn log(rows: &[Value]) -> Log {
    let mut log = Log::default();
    rows.iter().for_each(|row| log.take(&Node::root(row, "dealActivity")).unwrap());
    log
}

fn entry(id: u32, kind: &str, old: &str, new: &str, at: &str) -> Value {
    json!({"id": id.to_string(), "dataType": kind, "dataOldval": old, "dataAction": new, "cdate": at, "dataId": "99"})
}

#[test]
fn moves_are_the_rows_of_stages_and_each_counts_once() {
    let rows = [
        json!({"id": "1", "dataType": "", "dataAction": "add", "cdate": "2026-03-08T01:00:00-06:00"}),
        entry(3, "d_stageid", "11", "12", "2026-03-08T03:30:00-05:00"),
        entry(2, "d_stageid", "10", "11", "2026-03-08T01:30:00-06:00"),
        entry(2, "d_stageid", "10", "11", "2026-03-08T01:30:00-06:00"),
        entry(4, "note", "", "add", "2026-03-08T04:30:00-05:00"),
        json!({"id": "5", "dataType": "d_stageid", "dataOldval": "12", "dataAction": "13", "deleted": "1",
               "cdate": "2026-03-08T05:30:00-05:00"}),
    ];
    let moves = log(&rows).moves(&origin(), "16");
    let moves: Vec<_> = moves
        .iter()
        .map(|m| (m.from.as_deref(), m.to.as_str(), m.at.to_rfc3339(), m.seconds_in_from))
        .collect();
    assert_eq!(
        moves,
        [
            (Some("10"), "11", "2026-03-08T07:30:00+00:00".to_owned(), None),
            // The clocks went forward in between: an hour, not two.
            (Some("11"), "12", "2026-03-08T08:30:00+00:00".to_owned(), Some(3600)),
        ]
    );
}

#[test]
fn a_deal_is_closed_since_the_last_change_to_its_status() {
    let won = entry(1, "status", "0", "1", "2026-03-02T00:00:00Z");
    let open = entry(2, "d_status", "1", "0", "2026-03-03T00:00:00Z");
    let again = entry(3, "d_status", "0", "1", "2026-03-04T00:00:00Z");
    let since = |rows: &[&Value], status| {
        let rows: Vec<_> = rows.iter().map(|&row| row.clone()).collect();
        log(&rows).since(status).map(|at| at.date_naive().to_string())
    };
    assert_eq!(since(&[&won], "1").as_deref(), Some("2026-03-02"));
    assert_eq!(since(&[&again, &open, &won], "1").as_deref(), Some("2026-03-04"));
    assert_eq!(since(&[&won, &open], "1"), None, "the log does not know of the second time");
    assert_eq!(since(&[&won], "2"), None);
    assert_eq!(since(&[], "1"), None);
}

fn deal(row: &Value, since: Option<&str>) -> (DealRecord, Vec<String>) {
    let mut deals = Deals::default();
    with_slice("deals", |slice| {
        let since = since.map(|text| text.parse().unwrap());
        let records = deals.take(slice, &Node::root(row, "deal"), since, &origin()).unwrap();
        let Record::Crm(record) = records[0].clone() else { panic!() };
        let CrmRecord::Deal(deal) = *record else { panic!() };
        (deal, deals.warnings(slice).iter().map(ToString::to_string).collect())
    })
}

#[test]
fn values_are_in_the_smallest_unit_of_their_currency() {
    let amount = |value: Value, currency: &str| {
        deal(&json!({"id": "1", "value": value, "currency": currency}), None).0.amount.map(|a| a.to_string())
    };
    assert_eq!(amount(json!("125050"), "usd").as_deref(), Some("1250.50"));
    assert_eq!(amount(json!(125_050), "EUR").as_deref(), Some("1250.50"));
    assert_eq!(amount(json!("125050"), "jpy").as_deref(), Some("125050"));
    assert_eq!(amount(json!("125050"), "kwd").as_deref(), Some("125.050"));
    assert_eq!(amount(json!("9007199254740993"), "usd").as_deref(), Some("90071992547409.93"));
    assert_eq!(amount(json!(""), "usd"), None);
}

#[test]
fn the_chance_is_the_deals_own_or_that_of_its_stage() {
    let chance = |own: Value, stage: Value| {
        let row = json!({"id": "1", "winProbability": own, "percent": stage});
        deal(&row, None).0.probability.map(|p| p.normalize().to_string())
    };
    assert_eq!(chance(json!("35"), json!("50")).as_deref(), Some("0.35"));
    assert_eq!(chance(json!(0), json!("50")).as_deref(), Some("0"));
    assert_eq!(chance(json!(null), json!("50")).as_deref(), Some("0.5"));
    assert_eq!(chance(json!(null), json!("0")).as_deref(), Some("0"));
    assert_eq!(chance(json!(null), json!(null)), None);
}

#[test]
fn a_closed_deal_falls_back_to_its_last_change() {
    let row = |status: &str| json!({"id": "1", "status": status, "mdate": "2026-03-08T23:30:00-05:00", "currency": "usd"});
    let (won, _) = deal(&row("1"), Some("2026-03-02T00:00:00Z"));
    assert_eq!((won.state, won.closed.unwrap().to_string().as_str()), (Some(DealState::Won), "2026-03-02"));
    let (lost, _) = deal(&row("2"), None);
    assert_eq!(
        (lost.state, lost.closed.unwrap().to_string().as_str()),
        (Some(DealState::Lost), "2026-03-09")
    );
    let (open, _) = deal(&row("0"), None);
    assert_eq!(
        (open.state, open.closed, open.currency.as_deref()),
        (Some(DealState::Open), None, Some("USD"))
    );
    let (undated, warnings) = deal(&json!({"id": "1", "status": "1", "mdate": null}), None);
    assert_eq!(undated.closed, None);
    assert!(warnings.join("").contains("say nowhere when"), "{warnings:?}");
}

#[test]
fn a_deal_that_is_hidden_has_no_value_and_a_warning() {
    for hidden in [json!(true), json!(1), json!("1")] {
        let (deal, warnings) =
            deal(&json!({"id": "1", "title": "T", "status": "0", "isDisabled": hidden}), None);
        assert_eq!((deal.amount, deal.stage, deal.created), (None, None, None));
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("may not manage their pipeline"));
    }
    for shown in [json!(false), json!(0), json!("0"), json!(null)] {
        assert!(!is_disabled(&Node::root(&json!({"isDisabled": shown}), "deal")));
    }
}

#[test]
fn contacts_come_without_names_and_addresses() {
    let record = |row: &Value| match contact(&Node::root(row, "contact"), &origin()).unwrap() {
        Record::Crm(record) => *record,
        other => panic!("{other:?}"),
    };
    let row = json!({"id": "1", "email": "ada@example.com", "firstName": "Ada", "phone": "1", "bounced_hard": "1",
                     "cdate": "2026-03-08T23:30:00-05:00", "created_utc_timestamp": "2026-03-08 23:30:00"});
    let CrmRecord::Party(party) = record(&row) else { panic!() };
    assert_eq!(party.created_at.unwrap().to_rfc3339(), "2026-03-09T04:30:00+00:00");
    assert!(party.entered.is_empty() && !format!("{party:?}").contains("Ada"));
    assert_eq!(Value::Object(party.attributes), json!({"bounced_hard": "1"}));
    let gone = record(&json!({"id": "2", "deleted": "1", "deleted_at": "2026-03-08 23:30:00"}));
    assert!(matches!(gone, CrmRecord::Tombstone(t) if t.id == "2" && t.at.is_some()));
}

#[test]
fn people_are_counted_per_day_and_once_each() {
    let mut steps = Steps::default();
    let rows = [
        json!({"id": "1", "list": "5", "status": "1", "sdate": "2026-03-08T23:30:00-05:00"}),
        json!({"id": "1", "list": "5", "status": "1", "sdate": "2026-03-08T23:30:00-05:00"}),
        json!({"id": "2", "list": "5", "status": "1", "sdate": "2026-03-09T01:00:00Z"}),
        json!({"id": "3", "list": "5", "status": "2", "sdate": "2026-03-01T01:00:00Z", "udate": "2026-03-10T01:00:00Z"}),
        json!({"id": "4", "list": "5", "status": "1", "sdate": "2025-03-09T01:00:00Z"}),
        json!({"id": "5", "list": "5", "status": "0"}),
    ];
    rows.iter().for_each(|row| steps.membership(&Node::root(row, "contactList")).unwrap());
    let mut ways = Steps::default();
    let rows = [
        json!({"id": "1", "automation": "7", "adddate": "2026-03-02T00:00:00Z", "remdate": "2026-03-03T00:00:00Z", "completed": 1}),
        json!({"id": "2", "automation": "8", "adddate": "2026-03-02T00:00:00Z"}),
    ];
    rows.iter().for_each(|row| ways.enrolment("7", &Node::root(row, "contactAutomation")).unwrap());
    let lines = |records: Vec<Record>| -> Vec<String> {
        let line = |record: &Record| match record {
            Record::Fact(f) => {
                format!("{} {} {:?} {}", f.entity, f.date, f.breakdown.values().next(), f.extra["people"])
            }
            other => panic!("{other:?}"),
        };
        records.iter().map(line).collect()
    };
    with_slice("list_members", |slice| {
        assert_eq!(
            lines(steps.records(slice, EntityKind::List, "status")),
            ["5 2026-03-09 Some(\"active\") 2", "5 2026-03-10 Some(\"unsubscribed\") 1"]
        );
        assert_eq!(
            lines(ways.records(slice, EntityKind::Flow, "step")),
            [
                "7 2026-03-02 Some(\"entered\") 1",
                "7 2026-03-03 Some(\"completed\") 1",
                "7 2026-03-03 Some(\"exited\") 1"
            ]
        );
    });
}

fn answer(status: u16, body: &str, headers: &[(&'static str, &str)]) -> Answer {
    let headers = headers.iter().map(|(name, value)| {
        (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap())
    });
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: headers.collect(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        at: "2026-03-31T12:00:00Z".parse().unwrap(),
    }
}

fn given_up(verdict: Verdict) -> (ErrorKind, String) {
    match verdict {
        Verdict::GiveUp(error) => (error.kind.clone(), error.message.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn refusals_are_told_apart() {
    assert!(matches!(judge(&answer(200, "{}", &[])), Verdict::Done));
    for (status, body, kind) in [
        (401, "{}", ErrorKind::NeedsReauthorisation),
        (402, "{}", ErrorKind::Permission(DeniedScope::Grant)),
        (403, r#"{"message":"No."}"#, ErrorKind::Permission(DeniedScope::Stream)),
        (
            404,
            r#"{"message":"No Result found for Deal with id 1"}"#,
            ErrorKind::Permission(DeniedScope::Stream),
        ),
        (410, "{}", ErrorKind::VersionSunset),
        (422, r#"{"errors":[{"title":"Unknown order"}]}"#, ErrorKind::Rejected),
    ] {
        assert_eq!(given_up(judge(&answer(status, body, &[]))).0, kind, "{status}");
    }
    let (_, message) = given_up(judge(&answer(422, r#"{"errors":[{"title":"Unknown order"}]}"#, &[])));
    assert!(message.contains("Unknown order"), "{message}");
    assert_eq!(given_up(judge_me(&answer(403, "{}", &[]))).0, ErrorKind::NeedsReauthorisation);
    assert_eq!(given_up(judge_me(&answer(404, "{}", &[]))).0, ErrorKind::VersionSunset);
}

#[test]
fn being_asked_to_wait_is_told_from_not_working() {
    let page = "<html><title>Bad gateway</title></html>";
    for (status, body, headers, expected, delay) in [
        (429, "{}", vec![("retry-after", "3")], RetryReason::Throttled, Some(3)),
        (429, "", vec![], RetryReason::Throttled, None),
        (503, "{}", vec![], RetryReason::Throttled, None),
        (503, page, vec![("retry-after", "2")], RetryReason::Throttled, Some(2)),
        (503, page, vec![], RetryReason::Fault, None),
        (502, page, vec![], RetryReason::Fault, None),
        (500, "{}", vec![], RetryReason::Fault, None),
    ] {
        let Verdict::Retry { after, reason, .. } = judge(&answer(status, body, &headers)) else {
            panic!("{status}")
        };
        assert_eq!((reason, after), (expected, delay.map(Duration::from_secs)), "{status} {body}");
    }
}
