use super::deals::{Chances, Mapper, living, moves, stage_changes};
use super::map::{self, Done};
use super::streams::{SPECS, ask};
use crate::connector::Slice;
use crate::crm::{CrmKind, CrmRecord, DealRecord, DealState, LifecycleStage, Origin, PartyRecord};
use crate::error::ErrorKind;
use crate::http::{Batch, Budget, Node};
use crate::record::{FactRecord, Page, RawPage, Record, RemoteAccount};
use bytes::Bytes;
use model::DayRange;
use serde_json::{Value, json};
use std::time::Duration;

fn company() -> RemoteAccount {
    RemoteAccount { currency: Some("EUR".into()), ..RemoteAccount::bare("77") }
}

fn slice<'a>(company: &'a RemoteAccount, stream: &str) -> Slice<'a> {
    Slice {
        account: company,
        stream: SPECS.iter().find(|s| s.name == stream).unwrap(),
        days: DayRange::new("2026-06-01".parse().unwrap(), "2026-06-30".parse().unwrap()).unwrap(),
        budget: Budget::new(Duration::ZERO),
    }
}

fn batch(value: Value) -> Batch {
    let at = "2026-06-15T12:00:00Z".parse().unwrap();
    Batch { value, raw: RawPage { request: "GET /".into(), body: Bytes::new(), fetched_at: at } }
}

fn crm_records(page: Page) -> Vec<CrmRecord> {
    let record = |record| match record {
        Record::Crm(record) => Some(*record),
        _ => None,
    };
    page.records.into_iter().filter_map(record).collect()
}

fn chances() -> Chances {
    let mut chances = Chances::default();
    let stages =
        json!({"data": [{"id": 1, "deal_probability": 40}, {"id": 2, "deal_probability": 0}, {"id": 3}]});
    chances.read(&stages).unwrap();
    Chances::from_text(&chances.to_text()).unwrap()
}

fn records(rows: &Value, are_gone: bool) -> Vec<CrmRecord> {
    let company = company();
    let mut mapper = Mapper::new(&slice(&company, "deals"), chances(), are_gone);
    crm_records(mapper.page(batch(json!({"success": true, "data": rows}))).unwrap())
}

fn deal(row: Value) -> DealRecord {
    match records(&json!([row]), false).remove(0) {
        CrmRecord::Deal(deal) => deal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_stream_has_something_to_ask() {
    assert!(SPECS.iter().all(|s| ask(s.name).is_some()));
}

#[test]
fn a_deal_has_its_own_chance_or_that_of_its_stage() {
    let chance = |own: Value, stage: Value| {
        deal(json!({"id": 1, "status": "open", "probability": own, "stage_id": stage}))
            .probability
            .map(|p| p.to_string())
    };
    assert_eq!(chance(json!(65), json!(1)).as_deref(), Some("0.65"));
    assert_eq!(chance(json!(0), json!(1)).as_deref(), Some("0"), "a present 0 is a 0");
    assert_eq!(chance(Value::Null, json!(1)).as_deref(), Some("0.40"));
    assert_eq!(chance(Value::Null, json!(2)).as_deref(), Some("0"));
    assert_eq!(chance(json!(12.5), Value::Null).as_deref(), Some("0.125"));
    for stage in [json!(3), json!(99), Value::Null] {
        assert_eq!(chance(Value::Null, stage), None);
    }
}

#[test]
fn days_are_those_of_utc_and_a_reopened_deal_is_open() {
    let won = deal(json!({
        "id": 9_007_199_254_740_993_u64, "title": "Ærø & Söhne", "status": "won", "value": 1_234_567_890.55,
        "currency": "JPY", "add_time": "2026-06-01T23:30:00-03:00", "won_time": "2026-06-10T23:59:59Z",
        "local_won_date": "2026-06-11", "lost_time": "2026-06-03T00:00:00Z", "expected_close_date": "2026-07-01",
        "owner_id": 5, "person_id": 8, "custom_fields": {"a": 1}, "a_new_one": "x",
    }));
    assert_eq!((won.id.as_str(), won.name.as_str()), ("9007199254740993", "Ærø & Söhne"));
    assert_eq!((won.state, won.closed.unwrap().to_string()), (Some(DealState::Won), "2026-06-10".into()));
    assert_eq!(won.created.unwrap().to_string(), "2026-06-02");
    assert_eq!(won.amount.unwrap().to_string(), "1234567890.55");
    assert_eq!((won.currency.as_deref(), won.owner.as_deref()), (Some("JPY"), Some("5")));
    assert_eq!((&won.attributes["a_new_one"], &won.attributes["person_id"]), (&json!("x"), &json!("8")));
    let open = deal(
        json!({"id": 1, "status": "open", "value": 0, "won_time": null, "lost_time": "2026-06-03T00:00:00Z"}),
    );
    assert_eq!((open.state, open.closed), (Some(DealState::Open), None));
    assert_eq!((open.amount.unwrap().to_string(), open.currency.as_deref()), ("0".into(), Some("EUR")));
    assert_eq!(deal(json!({"id": 1, "status": "new word"})).state, None);
}

#[test]
fn the_first_version_has_objects_and_times_without_a_zone() {
    let old = deal(json!({
        "id": 1, "status": "lost", "user_id": {"id": 4, "name": "N", "value": 4}, "person_id": {"name": "P", "value": 6},
        "add_time": "2026-06-02 23:10:00", "lost_time": "2026-06-09 00:00:00", "person_name": "P", "cc_email": "a@b.example",
    }));
    assert_eq!((old.owner.as_deref(), old.created.unwrap().to_string()), (Some("4"), "2026-06-02".into()));
    assert_eq!(old.closed.unwrap().to_string(), "2026-06-09");
    assert_eq!(Value::Object(old.attributes), json!({"lost_time": "2026-06-09 00:00:00", "person_id": "6"}));
}

#[test]
fn deleted_deals_are_gone() {
    let gone = |row: Value, asked: bool| matches!(records(&json!([row]), asked)[0], CrmRecord::Tombstone(_));
    assert!(gone(json!({"id": 1, "status": "open", "is_deleted": true}), false));
    assert!(gone(json!({"id": 1, "status": "deleted", "is_deleted": false}), false));
    assert!(gone(json!({"id": 1, "status": "won", "deleted": true}), false));
    assert!(gone(json!({"id": 1, "status": "lost"}), true), "nothing else was asked for");
    assert!(!gone(json!({"id": 1, "status": "open", "is_deleted": false}), true));
    assert!(!gone(json!({"id": 1, "status": "open"}), false));
    let rows = json!({"data": [{"id": 1, "is_deleted": true}, {"id": 2, "status": "deleted"}, {"id": 3, "add_time": "2026-06-01"}]});
    assert_eq!(living(&rows).unwrap(), [("3".to_owned(), "2026-06-01T00:00:00Z".parse().ok())]);
}

#[test]
fn what_no_row_has_is_named_and_what_is_no_list_is_refused() {
    let company = company();
    let mut mapper = Mapper::new(&slice(&company, "deals"), chances(), false);
    let row = json!({"id": 1, "status": "won", "currency": "EUR", "stage_id": 1, "probability": null, "add_time": null,
                     "won_time": null, "lost_time": null});
    mapper.page(batch(json!({"data": [row]}))).unwrap();
    let fields: Vec<_> = mapper.warnings().into_iter().filter_map(|w| w.field).collect();
    assert_eq!(fields, ["value", "won_time"], "the second because a won deal has no date");
    assert_eq!(mapper.page(batch(json!({"success": true, "data": null}))).unwrap().rows, 0);
    assert!(mapper.page(batch(json!({"items": []}))).unwrap_err().message.contains("at data: it is missing"));
    let refused = mapper.page(batch(json!({"success": false, "error": "No.", "data": null}))).unwrap_err();
    assert_eq!((refused.kind, refused.message.contains("No.")), (ErrorKind::Rejected, true));
    let error = mapper.page(batch(json!({"data": [{"id": 1, "value": "lots"}]}))).unwrap_err();
    assert!(error.message.contains("data[0].value"), "{error}");
}

fn lines(pages: &[Value]) -> Vec<String> {
    let company = company();
    let origin = Origin::new(&slice(&company, "deal_changelog"), "2026-06-15T12:00:00Z".parse().unwrap());
    let mut rows = Vec::new();
    pages.iter().for_each(|page| stage_changes(page, &mut rows).unwrap());
    let line = |record| match record {
        Record::Crm(record) => match *record {
            CrmRecord::Transition(step) => {
                format!(
                    "{}>{} {} {:?}",
                    step.from.unwrap_or_default(),
                    step.to,
                    step.at.date_naive(),
                    step.seconds_in_from
                )
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    moves(&origin, "1", "2026-06-01T00:00:00Z".parse().ok(), rows).map(line).collect()
}

#[test]
fn only_changes_of_the_stage_are_moves_and_being_made_is_none() {
    let change = |field: &str, old: Value, new: Value, time: &str| json!({"field_key": field, "old_value": old, "new_value": new, "time": time});
    let twice = change("stage_id", json!("1"), json!("3"), "2026-06-03 00:00:00");
    let newer = json!({"data": [
        change("status", json!("open"), json!("won"), "2026-06-04 00:00:00"),
        change("stage_id", json!(3), json!(1), "2026-06-03 23:59:59"),
        twice,
    ]});
    let older = json!({"data": [
        twice,
        change("stage_id", json!("2"), json!("1"), "2026-06-02 00:00:00"),
        change("stage_id", Value::Null, json!("2"), "2026-06-01 00:00:00"),
    ]});
    assert_eq!(
        lines(&[newer, older, json!({"data": null})]),
        ["2>1 2026-06-02 Some(86400)", "1>3 2026-06-03 Some(86400)", "3>1 2026-06-03 Some(86399)"]
    );
    let mut rows = Vec::new();
    let undated = json!({"data": [{"field_key": "stage_id", "old_value": "1", "new_value": "2"}]});
    assert!(stage_changes(&undated, &mut rows).unwrap_err().message.contains("data[0].time"));
}

#[test]
fn the_flow_tells_the_same_moves() {
    let flow = json!({"data": [
        {"object": "activity", "timestamp": "2026-06-05 00:00:00", "data": {"id": 1}},
        {"object": "dealChange", "timestamp": "2026-06-02 10:00:00",
         "data": {"id": 7, "field_key": "stage_id", "old_value": "1", "new_value": "2", "log_time": "2026-06-02 09:00:00"}},
        {"object": "dealChange", "timestamp": "2026-06-02 08:00:00",
         "data": {"id": 6, "field_key": "stage_id", "old_value": "3", "new_value": "1"}},
    ]});
    assert_eq!(lines(&[flow]), ["3>1 2026-06-02 Some(115200)", "1>2 2026-06-02 Some(3600)"]);
}

fn party(row: &Value, kind: CrmKind) -> CrmRecord {
    let company = company();
    let origin = Origin::new(&slice(&company, "persons"), "2026-06-15T12:00:00Z".parse().unwrap());
    let mut records = Vec::new();
    let node = Node::root(row, "$");
    match kind {
        CrmKind::Lead => map::lead(&origin, &node, &mut records).unwrap(),
        _ => map::party(&origin, kind, &node, &mut records).unwrap(),
    }
    crm_records(Page { records, ..Page::default() }).remove(0)
}

#[test]
fn persons_and_leads_are_kept_without_what_is_personal() {
    let row = json!({"id": 5, "name": "Jo Doe", "emails": [{"value": "a@b.example"}], "first_name": "Jo", "org_id": 2, "owner_id": 3,
                     "add_time": "2026-06-02T00:00:00Z", "is_deleted": false, "label_ids": [1]});
    let CrmRecord::Party(person) = party(&row, CrmKind::Contact) else { panic!() };
    assert!(person.name.is_none() && person.entered.is_empty());
    assert_eq!(Value::Object(person.attributes), json!({"label_ids": [1], "org_id": "2"}));
    let CrmRecord::Party(company) = party(&row, CrmKind::Company) else { panic!() };
    assert_eq!(company.name.as_deref(), Some("Jo Doe"));
    let gone = party(&json!({"id": 5, "is_deleted": true}), CrmKind::Contact);
    assert!(matches!(gone, CrmRecord::Tombstone(_)));

    let row = json!({"id": "f3d2", "title": "Jo Doe lead", "add_time": "2026-06-02T23:59:59.000Z", "person_id": 5,
                     "value": {"amount": 10.5, "currency": "EUR"}, "is_archived": true});
    let CrmRecord::Party(PartyRecord { name, entered, attributes, .. }) = party(&row, CrmKind::Lead) else {
        panic!()
    };
    assert!(name.is_none());
    assert_eq!(entered[&LifecycleStage::Lead].date_naive().to_string(), "2026-06-02");
    let expected = json!({"amount": "10.5", "currency": "EUR", "person_id": "5", "is_archived": true});
    assert_eq!(Value::Object(attributes), expected);
}

#[test]
fn activities_count_once_on_the_day_when_they_were_done() {
    let company = company();
    let slice = slice(&company, "activities");
    let mut done = Done::default();
    let activity = |id: u32, at: &str| json!({"id": id, "done": true, "marked_as_done_time": at});
    for row in [
        activity(1, "2026-06-02T23:59:59Z"),
        activity(1, "2026-06-02T23:59:59Z"),
        activity(2, "2026-06-02 10:00:00"),
        activity(3, "2026-05-31T23:59:59Z"),
        activity(4, ""),
        json!({"id": 5, "done": false, "marked_as_done_time": "2026-06-02T10:00:00Z"}),
        json!({"id": 6, "done": 1, "is_deleted": true, "marked_as_done_time": "2026-06-02T10:00:00Z"}),
    ] {
        done.count(&slice, &Node::root(&row, "$")).unwrap();
    }
    let page = done.page(&slice);
    let [Record::Fact(FactRecord { entity, date, extra, values, .. })] = page.records.as_slice() else {
        panic!()
    };
    assert_eq!((entity.as_str(), date.to_string().as_str()), ("77", "2026-06-02"));
    assert!(values.is_empty() && extra["activities_done"] == json!(2));
}

#[test]
fn descriptions_become_entities() {
    let company = company();
    let entity = |map: fn(&Slice<'_>, &Node<'_>, &mut Vec<Record>) -> crate::error::Result<()>,
                  row: Value| {
        let mut records = Vec::new();
        map(&slice(&company, "stages"), &Node::root(&row, "$"), &mut records).unwrap();
        match records.remove(0) {
            Record::Entity(entity) => entity,
            other => panic!("{other:?}"),
        }
    };
    let stage = entity(
        map::stage,
        json!({"id": 7, "name": "New", "pipeline_id": 2, "deal_probability": 30, "is_deleted": true}),
    );
    assert_eq!((stage.parent.unwrap().1.as_str(), stage.status.as_deref()), ("2", Some("deleted")));
    assert_eq!(stage.attributes["deal_probability"], json!(30));
    let user = entity(
        map::user,
        json!({"id": 1, "name": "Jo", "email": "a@b.example", "phone": "1", "active_flag": false, "role_id": 1}),
    );
    assert_eq!(
        (user.status.as_deref(), Value::Object(user.attributes)),
        (Some("inactive"), json!({"role_id": 1}))
    );
}
