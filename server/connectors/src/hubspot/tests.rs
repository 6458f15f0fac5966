use super::crm::{Mapper, Stages, history, links, partial_errors};
use super::failure::judge;
use super::fetch::{Filter, Search};
use super::map;
use super::streams::{CONTACTS, DEALS, LIFECYCLE, SPECS, ask};
use crate::connector::Slice;
use crate::crm::{CrmRecord, DealRecord, DealState, LifecycleStage, PartyRecord, TransitionRecord};
use crate::error::{DeniedScope, ErrorKind, Result};
use crate::http::{Answer, Batch, Budget, RetryReason, Verdict};
use crate::record::{FactRecord, Page, RawPage, Record, RemoteAccount};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use model::DayRange;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;

fn portal() -> RemoteAccount {
    RemoteAccount {
        id: "77".into(),
        name: "77".into(),
        currency: Some("EUR".into()),
        time_zone: Some("America/Sao_Paulo".into()),
        access_path: None,
    }
}

fn slice<'a>(portal: &'a RemoteAccount, stream: &str) -> Slice<'a> {
    Slice {
        account: portal,
        stream: SPECS.iter().find(|s| s.name == stream).unwrap(),
        days: DayRange::new("2026-06-01".parse().unwrap(), "2026-06-30".parse().unwrap()).unwrap(),
        budget: Budget::new(Duration::ZERO),
    }
}

fn batch(value: Value) -> Batch {
    let raw = RawPage {
        request: "GET /".into(),
        body: Bytes::new(),
        fetched_at: "2026-06-15T12:00:00Z".parse().unwrap(),
    };
    Batch { value, raw }
}

fn stages() -> Stages {
    let stage = |id: &str, closed: &str, chance: &str| json!({"id": id, "label": id, "metadata": {"isClosed": closed, "probability": chance}});
    Stages::read(&json!({"results": [
        {"id": "p1", "stages": [stage("new", "false", "0.25"), stage("yes", "true", "1.0"),
                                stage("no", "true", "0.0"), stage("parked", "true", "0.5")]},
        {"id": "p2", "stages": [stage("new", "false", "0.75"), {"id": "odd", "metadata": {}}]},
    ]}))
    .unwrap()
}

fn crm_records(page: Page) -> Vec<CrmRecord> {
    let record = |record| match record {
        Record::Crm(record) => Some(*record),
        _ => None,
    };
    page.records.into_iter().filter_map(record).collect()
}

fn deal_with(stages: Stages, properties: Value) -> Result<DealRecord> {
    let portal = portal();
    let mut mapper = Mapper::new(&slice(&portal, "deals"), &DEALS, stages);
    let row =
        json!({"id": "9007199254740993", "properties": properties, "createdAt": "2026-06-02T01:00:00Z"});
    match crm_records(mapper.page(batch(json!({"results": [row]})))?).remove(0) {
        CrmRecord::Deal(deal) => Ok(deal),
        other => panic!("{other:?}"),
    }
}

fn deal(properties: Value) -> DealRecord {
    deal_with(stages(), properties).unwrap()
}

#[test]
fn each_stream_has_something_to_ask() {
    let names: HashSet<_> = SPECS.iter().map(|s| s.name).collect();
    assert_eq!(names.len(), SPECS.len());
    assert!(SPECS.iter().all(|s| ask(s.name).is_some()));
}

#[test]
fn a_stage_says_what_became_of_a_deal_unless_the_deal_is_won() {
    let state = |stage: Value, won: Value| {
        deal(
            json!({"pipeline": "p1", "dealstage": stage, "hs_is_closed_won": won, "closedate": "2026-06-09"}),
        )
        .state
    };
    assert_eq!(state(json!("new"), json!("false")), Some(DealState::Open));
    assert_eq!(state(json!("yes"), json!("true")), Some(DealState::Won));
    assert_eq!(state(json!("yes"), json!(null)), Some(DealState::Won));
    assert_eq!(state(json!("yes"), json!("false")), Some(DealState::Closed));
    assert_eq!(state(json!("no"), json!("false")), Some(DealState::Lost));
    assert_eq!(state(json!("parked"), json!("")), Some(DealState::Closed));
    assert_eq!(state(json!(null), json!(null)), Some(DealState::Open));
    assert_eq!(state(json!("of yesterday"), json!(null)), Some(DealState::Open));
    let blind =
        |won| deal_with(Stages::default(), json!({"dealstage": "no", "hs_is_closed_won": won})).unwrap();
    assert_eq!(blind("false").state, None);
    assert_eq!(blind("true").state, Some(DealState::Won));
}

#[test]
fn the_chance_is_that_of_the_stage_in_the_deals_own_pipeline() {
    let chance = |pipeline: Value, stage: &str| {
        deal(json!({"pipeline": pipeline, "dealstage": stage})).probability.map(|p| p.to_string())
    };
    assert_eq!(chance(json!("p1"), "new").as_deref(), Some("0.25"));
    assert_eq!(chance(json!("p2"), "new").as_deref(), Some("0.75"));
    assert_eq!(chance(json!(null), "yes").as_deref(), Some("1.0"));
    assert_eq!(chance(json!("p2"), "odd"), None);
    assert_eq!(chance(json!("p1"), "gone"), None);
}

#[test]
fn texts_of_a_deal_become_values() {
    let plain = deal(json!({
        "dealname": " ", "amount": "1234567890123.45", "deal_currency_code": "", "dealstage": "new",
        "createdate": "2026-06-01T23:30:00-03:00", "closedate": "1782777600000", "hs_analytics_source": "PAID_SEARCH",
        "hs_is_closed": "false", "a_new_one": "x",
    }));
    assert_eq!((plain.id.as_str(), plain.name.as_str()), ("9007199254740993", "9007199254740993"));
    assert_eq!(plain.amount.unwrap().to_string(), "1234567890123.45");
    assert_eq!(plain.currency.as_deref(), Some("EUR"));
    assert_eq!(plain.created.unwrap().to_string(), "2026-06-02", "the UTC day");
    assert_eq!(plain.closed, None, "what is expected is no closing");
    assert_eq!(plain.attributes["expected_close"], "2026-06-30");
    assert_eq!(plain.attributes["hs_analytics_source"], "PAID_SEARCH");
    assert!(!plain.attributes.contains_key("a_new_one"), "it may be about a person");
    assert_eq!(deal(json!({"amount": "", "deal_currency_code": "SEK"})).amount, None);
    assert_eq!(deal(json!({"deal_currency_code": "SEK"})).currency.as_deref(), Some("SEK"));
    let error = deal_with(stages(), json!({"amount": "lots"})).unwrap_err();
    assert!(error.message.contains("results[0].properties.amount"), "{error}");
}

#[test]
fn an_archived_or_merged_deal_is_gone() {
    let portal = portal();
    let mut mapper = Mapper::new(&slice(&portal, "deals"), &DEALS, stages());
    let page = json!({"results": [
        {"id": "1", "properties": {"hs_merged_object_ids": "5;6;1"}},
        {"id": "2", "archived": true, "archivedAt": "2026-06-03T00:00:00Z", "properties": {"hs_is_closed": "true"}},
    ]});
    let records = crm_records(mapper.page(batch(page)).unwrap());
    let kinds: Vec<_> = records
        .iter()
        .map(|r| match r {
            CrmRecord::Deal(deal) => format!("deal {}", deal.id),
            CrmRecord::Tombstone(gone) => format!("gone {} {:?}", gone.id, gone.merged_into),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["gone 5 Some(\"1\")", "gone 6 Some(\"1\")", "deal 1", "gone 2 None"]);
}

#[test]
fn what_no_record_has_is_named_and_a_page_without_rows_is_refused() {
    let portal = portal();
    let mut mapper = Mapper::new(&slice(&portal, "deals"), &DEALS, stages());
    assert!(mapper.warnings().is_empty());
    let row = json!({"id": "1", "properties": {"dealstage": "no", "createdate": "2026-06-01", "closedate": null,
                                               "hs_is_closed_won": "false"}});
    mapper.page(batch(json!({"results": [row]}))).unwrap();
    let fields: Vec<_> = mapper.warnings().into_iter().filter_map(|w| w.field).collect();
    assert_eq!(fields, ["amount", "closedate"], "the second because a lost deal has no date");
    assert!(mapper.page(batch(json!({"items": []}))).unwrap_err().message.contains("results"));
    assert!(mapper.page(batch(json!({"results": [{"properties": {}}]}))).is_err());
}

fn contact(properties: Value) -> PartyRecord {
    let portal = portal();
    let mut mapper = Mapper::new(&slice(&portal, "contacts"), &CONTACTS, Stages::default());
    let page = json!({"results": [{"id": "1", "properties": properties}]});
    match crm_records(mapper.page(batch(page)).unwrap()).remove(0) {
        CrmRecord::Party(party) => party,
        other => panic!("{other:?}"),
    }
}

#[test]
fn contacts_tell_their_stages_and_nothing_about_the_person() {
    let party = contact(json!({
        "email": "somebody@example.com", "firstname": "Some", "lifecyclestage": "lead",
        "hs_v2_date_entered_lead": "2026-06-03T10:00:00Z", "hs_v2_date_entered_marketingqualifiedlead": null,
        "hs_lifecyclestage_marketingqualifiedlead_date": "2026-06-04T10:00:00Z",
        "hs_lifecyclestage_customer_date": "1780531200000", "hs_analytics_source": "ORGANIC_SEARCH",
    }));
    let stages: Vec<_> = party.entered.iter().map(|(s, at)| (*s, at.to_rfc3339())).collect();
    assert_eq!(
        stages,
        [
            (LifecycleStage::Lead, "2026-06-03T10:00:00+00:00".to_owned()),
            // Taken back: the old property does not count beside the blank new one.
            (LifecycleStage::Customer, "2026-06-04T00:00:00+00:00".to_owned()),
        ]
    );
    assert_eq!(party.name, None);
    let attributes: Vec<_> = party.attributes.keys().collect();
    assert_eq!(attributes, ["hs_analytics_source"]);
}

fn moves(page: Value) -> Vec<(Option<String>, String, Option<i64>)> {
    let portal = portal();
    let records = crm_records(history(&slice(&portal, "deal_stage_history"), batch(page)).unwrap());
    let step = |record| match record {
        CrmRecord::Transition(TransitionRecord { from, to, seconds_in_from, .. }) => {
            (from, to, seconds_in_from)
        }
        other => panic!("{other:?}"),
    };
    records.into_iter().map(step).collect()
}

#[test]
fn a_history_becomes_moves_in_the_order_of_time() {
    let entry = |stage: &str, at: &str| json!({"value": stage, "timestamp": at});
    let row = json!({"id": "1", "propertiesWithHistory": {"dealstage": [
        entry("c", "2026-06-05T00:01:00Z"), entry("c", "2026-06-05T00:00:00Z"), entry("", "2026-06-04T12:00:00Z"),
        entry("b", "2026-06-02T00:00:00Z"), entry("a", "2026-06-02T00:00:00Z"), entry("a", "2026-06-01T00:00:00Z"),
    ]}});
    let text = |t: &str| t.to_owned();
    assert_eq!(
        moves(json!({"results": [row, {"id": "2"}, {"id": "3", "archived": true}]})),
        [
            (None, text("a"), None),
            (Some(text("a")), text("b"), Some(86_400)),
            (Some(text("b")), text("c"), Some(259_200)),
        ]
    );
}

#[test]
fn links_have_their_kind_and_errors_are_counted() {
    let portal = portal();
    let page = json!({"results": [{"from": {"id": "1"}, "to": [
        {"toObjectId": 9_007_199_254_740_993_u64, "associationTypes": [{"typeId": 3}, {"typeId": 17}]}]}],
        "errors": [{"category": "X", "message": "one"}, {"category": "X", "message": "two"}, {"subCategory": "y.Z"}]});
    let records = crm_records(links(&slice(&portal, "deal_contacts"), batch(page.clone())).unwrap());
    let roles: Vec<_> = records
        .iter()
        .map(|r| match r {
            CrmRecord::Link(link) => format!("{} {} {}", link.from.1, link.to.1, link.role),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(roles, ["1 9007199254740993 3", "1 9007199254740993 17"]);
    assert_eq!(
        partial_errors(&page),
        [("X".to_owned(), 2, "one".to_owned()), ("y.Z".to_owned(), 1, String::new())]
    );
}

fn intervals(rows: Value) -> Vec<FactRecord> {
    let portal = portal();
    let slice = slice(&portal, "email_daily");
    let page = map::page(batch(json!({ "results": rows })), |row, records| {
        map::interval(&slice, "12", row, records)
    });
    let fact = |record| match record {
        Record::Fact(fact) => fact,
        other => panic!("{other:?}"),
    };
    page.unwrap().records.into_iter().map(fact).collect()
}

#[test]
fn an_interval_keeps_the_day_that_it_says() {
    let row = |start: &str, counters: Value| json!({"interval": {"start": start}, "aggregations": {"counters": counters, "ratios": {"openratio": 3}}});
    let facts = intervals(json!([
        row("2026-05-31T00:00:00-03:00", json!({"sent": 1})),
        row("2026-06-01T23:00:00-03:00", json!({"sent": 10, "open": 0, "click": null, "reply": 2})),
        row("2026-06-02T00:00:00Z", json!({})),
    ]));
    assert_eq!(facts.len(), 1, "days outside, and days without a counter");
    assert_eq!((facts[0].entity.as_str(), facts[0].date.to_string().as_str()), ("12", "2026-06-01"));
    let mut values: Vec<_> = facts[0].values.iter().map(|(m, v)| format!("{}={v}", m.name())).collect();
    values.sort();
    assert_eq!(values, ["emails_sent=10", "unique_opens=0"]);
    assert_eq!(serde_json::Value::from(facts[0].extra.clone()), json!({"reply": 2}));
}

#[test]
fn a_search_is_sorted_by_id_and_starts_anew_behind_the_last() {
    let since = Filter::since(DEALS.changed, "2026-06-01T00:00:00Z".parse().unwrap());
    let groups = vec![vec![since.clone()], vec![since]];
    let search = Search { object: &DEALS, groups, properties: vec!["amount"] };
    let modified =
        json!({"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "1780272000000"});
    let id = json!({"propertyName": "hs_object_id", "operator": "GTE", "value": "42"});
    let sorts = json!([{"propertyName": "hs_object_id", "direction": "ASCENDING"}]);
    assert_eq!(
        search.body(None, 200),
        json!({"filterGroups": [{"filters": [modified]}, {"filters": [modified]}], "sorts": sorts,
               "properties": ["amount"], "limit": 200})
    );
    assert_eq!(
        search.body(Some(42), 200)["filterGroups"],
        json!([{"filters": [modified, id]}, {"filters": [modified, id]}])
    );
}

#[test]
fn contacts_are_found_by_their_own_property() {
    assert_eq!(CONTACTS.changed, "lastmodifieddate");
    assert_eq!(DEALS.changed, "hs_lastmodifieddate");
    assert!(LIFECYCLE.iter().all(|(_, names)| names[0].starts_with("hs_v2_date_entered_")));
}

fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, value.parse().unwrap());
    }
    Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: map,
        body: Bytes::copy_from_slice(body.as_bytes()),
        at: "2026-06-15T12:00:00Z".parse().unwrap(),
    }
}

/// What a verdict comes to.
fn outcome(answer: &Answer) -> (&'static str, Option<u64>, ErrorKind) {
    match judge(answer, "America/Sao_Paulo".parse().unwrap()) {
        Verdict::Done => panic!("an error was taken for an answer"),
        Verdict::Refresh(error) => ("refresh", None, error.kind),
        Verdict::GiveUp(error) => ("give up", None, error.kind),
        Verdict::Retry { after, reason, error } => {
            let word = match reason {
                RetryReason::Throttled => "throttled",
                RetryReason::Fault => "fault",
                RetryReason::Broken => "broken",
            };
            (word, after.map(|a| a.as_secs()), error.kind)
        }
    }
}

#[test]
fn refusals_are_judged_as_the_sheet_says() {
    let json = |category: &str| format!(r#"{{"status":"error","message":"No.","category":"{category}"}}"#);
    let policy = |name: &str| format!(r#"{{"message":"limit","policyName":"{name}"}}"#);
    let check = |status,
                 headers: &[(&'static str, &str)],
                 body: &str,
                 expected: (&'static str, Option<u64>, ErrorKind)| {
        assert_eq!(outcome(&answer(status, headers, body)), expected, "{status} {body}");
    };
    let reauthorise = ErrorKind::NeedsReauthorisation;
    let (down, rejected) = (ErrorKind::VendorDown, ErrorKind::Rejected);
    check(401, &[], &json("EXPIRED_AUTHENTICATION"), ("refresh", None, reauthorise.clone()));
    check(401, &[], "", ("refresh", None, reauthorise.clone()));
    check(401, &[], &json("INVALID_AUTHENTICATION"), ("give up", None, reauthorise));
    check(403, &[], &json("MISSING_SCOPES"), ("give up", None, ErrorKind::Permission(DeniedScope::Stream)));
    check(429, &[], &policy("TEN_SECONDLY_ROLLING"), ("throttled", None, down.clone()));
    check(429, &[("retry-after", "4")], &policy("SECONDLY"), ("throttled", Some(4), down.clone()));
    // Midnight in São Paulo is 03:00 UTC.
    check(429, &[], &policy("DAILY"), ("throttled", Some(15 * 3600), down.clone()));
    check(429, &[("retry-after", "1")], &policy("DAILY"), ("throttled", Some(15 * 3600), down.clone()));
    check(
        429,
        &[("x-hubspot-ratelimit-daily-remaining", "0")],
        "{}",
        ("throttled", Some(15 * 3600), down.clone()),
    );
    check(429, &[], "", ("throttled", None, down.clone()));
    check(477, &[("retry-after", "86400")], "", ("throttled", Some(86_400), down.clone()));
    check(477, &[], "", ("throttled", Some(3_600), down.clone()));
    for status in [423, 500, 502, 503, 504, 521, 524] {
        check(status, &[], "<html><title>Oops</title></html>", ("fault", None, down.clone()));
    }
    check(530, &[], "", ("give up", None, ErrorKind::Configuration));
    check(400, &[], &json("VALIDATION_ERROR"), ("give up", None, rejected.clone()));
    check(404, &[], &json("OBJECT_NOT_FOUND"), ("give up", None, ErrorKind::Permission(DeniedScope::Stream)));
    check(414, &[], "", ("give up", None, rejected));
    check(404, &[], "<html>Not here</html>", ("give up", None, ErrorKind::Permission(DeniedScope::Stream)));
    check(302, &[], "", ("give up", None, ErrorKind::Configuration));
}

#[test]
fn missing_scopes_are_named() {
    let body = r#"{"message":"Not granted.","category":"MISSING_SCOPES","correlationId":"c-1","errors":[
        {"context":{"requiredGranularScopes":["crm.objects.owners.read"],"other":["x"]}}]}"#;
    let Verdict::GiveUp(error) = judge(&answer(403, &[], body), chrono_tz::UTC) else {
        panic!("not given up")
    };
    assert_eq!(
        error.message,
        "The consent or the portal's plan does not cover it: Not granted (crm.objects.owners.read)."
    );
    assert!(error.raw.unwrap().contains("correlation c-1"));
}
