use super::deals::{Mapper, Stages, stages_of};
use super::history::{Visits, current, entered, entries, stage_moves};
use super::map::{self, Ready};
use super::streams::{SPECS, ask};
use crate::connector::Slice;
use crate::crm::{CrmKind, CrmRecord, DealRecord, DealState, LifecycleStage, Origin, PartyRecord};
use crate::http::{Batch, Budget, Node};
use crate::record::{Page, RawPage, Record, RemoteAccount};
use bytes::Bytes;
use model::DayRange;
use serde_json::{Value, json};
use std::time::Duration;

fn org() -> RemoteAccount {
    RemoteAccount { currency: Some("KES".into()), ..RemoteAccount::bare("77") }
}

fn slice<'a>(org: &'a RemoteAccount, stream: &str) -> Slice<'a> {
    Slice {
        account: org,
        stream: SPECS.iter().find(|s| s.name == stream).unwrap(),
        days: DayRange::new("2026-06-01".parse().unwrap(), "2026-06-30".parse().unwrap()).unwrap(),
        budget: Budget::new(Duration::ZERO),
    }
}

fn batch(value: Value) -> Batch {
    let at = "2026-06-15T12:00:00Z".parse().unwrap();
    Batch { value, raw: RawPage { request: "GET /".into(), body: Bytes::new(), fetched_at: at } }
}

fn crm_records(records: Vec<Record>) -> Vec<CrmRecord> {
    let record = |record| match record {
        Record::Crm(record) => Some(*record),
        _ => None,
    };
    records.into_iter().filter_map(record).collect()
}

fn stages() -> Stages {
    let map = |value: &str, shown: &str, forecast: Value| json!({"actual_value": value, "display_value": shown, "forecast_type": forecast});
    Stages::read(&json!([
        {"display_value": "Sales", "maps": [map("Hot", "Closed Won", json!("Open")), map("Closed Won", "Gewonnen", json!("Closed Won")),
                                            map("Gone", "Weg", json!("Closed Lost")), map("Odd", "Odd", Value::Null)]},
        {"display_value": "Renewal", "maps": [map("Gone", "Weg", json!("Open")), map("Parked", "P", json!("Closed"))]},
    ]))
    .unwrap()
}

fn deal_with(stages: Stages, row: Value) -> DealRecord {
    let org = org();
    let mut mapper = Mapper::new(&slice(&org, "deals"), stages);
    let page = mapper.page(batch(json!({"data": [row], "info": {}}))).unwrap();
    match crm_records(page.records).remove(0) {
        CrmRecord::Deal(deal) => deal,
        other => panic!("{other:?}"),
    }
}

fn deal(row: Value) -> DealRecord {
    deal_with(stages(), row)
}

#[test]
fn each_stream_has_something_to_ask() {
    assert!(SPECS.iter().all(|s| ask(s.name).is_some()));
}

#[test]
fn the_own_value_of_a_stage_says_what_became_of_a_deal() {
    let state = |pipeline: Value, stage: Value| {
        deal(json!({"id": "1", "Pipeline": pipeline, "Stage": stage, "Closing_Date": "2026-06-03"})).state
    };
    assert_eq!(state(Value::Null, json!("Hot")), Some(DealState::Open), "shown as won, but it is not");
    assert_eq!(state(Value::Null, json!("Closed Won")), Some(DealState::Won));
    assert_eq!(state(Value::Null, json!("Gewonnen")), Some(DealState::Open), "what is shown is no value");
    assert_eq!(state(json!("Sales"), json!("Gone")), Some(DealState::Lost));
    assert_eq!(state(json!("Renewal"), json!("Gone")), Some(DealState::Open));
    assert_eq!(state(json!("Renewal"), json!("Parked")), Some(DealState::Closed));
    assert_eq!(state(json!("Of yesterday"), json!("Closed Won")), Some(DealState::Won));
    for open in [json!("Odd"), json!("unlisted"), Value::Null] {
        assert_eq!(state(Value::Null, open), Some(DealState::Open));
    }
    assert_eq!(deal_with(Stages::default(), json!({"id": "1", "Stage": "Closed Won"})).state, None);
    // Stages that say nothing are no open ones; a stage that nobody lists is.
    let silent = Stages::read(&json!([{"display_value": "Sales", "maps": [{"actual_value": "Closed Won"}]}]));
    assert_eq!(deal_with(silent.unwrap(), json!({"id": "1", "Stage": "Closed Won"})).state, None);
    let none = Stages::read(&json!([])).unwrap();
    assert_eq!(deal_with(none, json!({"id": "1", "Stage": "Odd"})).state, Some(DealState::Open));
}

#[test]
fn a_deal_is_made_in_utc_and_closed_on_the_day_that_is_written() {
    let won = deal(json!({
        "id": "9007199254740993", "Deal_Name": "Ærø", "Stage": "Closed Won", "Amount": "1234567.89", "Currency": "JPY",
        "Probability": 100, "Closing_Date": "2026-06-30", "Created_Time": "2026-06-02T01:30:00+03:00",
        "Owner": {"id": "5", "name": "Jo", "email": "a@b.example"}, "Contact_Name": {"id": "8", "name": "Jo Doe"},
        "Account_Name": null, "$currency_symbol": "Ksh", "Lead_Source": "Web", "Reason_For_Loss__s": "Price", "A_New_One": 1,
    }));
    assert_eq!((won.id.as_str(), won.name.as_str()), ("9007199254740993", "Ærø"));
    assert_eq!(won.created.unwrap().to_string(), "2026-06-01");
    assert_eq!(won.closed.unwrap().to_string(), "2026-06-30");
    assert_eq!(
        (won.amount.unwrap().to_string(), won.currency.as_deref()),
        ("1234567.89".into(), Some("JPY"))
    );
    assert_eq!(won.owner.as_deref(), Some("5"));
    let expected =
        json!({"contact": "8", "lead_source": "Web", "reason_for_loss_s": "Price", "a_new_one": 1});
    assert_eq!(Value::Object(won.attributes), expected);
    let open = deal(
        json!({"id": "1", "Stage": "Hot", "Amount": 0, "Probability": 35, "Closing_Date": "2026-06-30"}),
    );
    assert_eq!(
        (open.closed, open.amount.unwrap().to_string(), open.currency.as_deref()),
        (None, "0".into(), Some("KES"))
    );
    assert_eq!(
        (open.probability.unwrap().to_string(), &open.attributes["expected_close"]),
        ("0.35".into(), &json!("2026-06-30"))
    );
    let bare = deal(json!({"id": "1", "Amount": null, "Closing_Date": null, "Probability": null}));
    assert_eq!((bare.amount, bare.closed, bare.probability), (None, None, None));
}

#[test]
fn nothing_at_all_is_an_empty_page_and_an_answer_without_rows_is_refused() {
    let org = org();
    let mut mapper = Mapper::new(&slice(&org, "deals"), stages());
    assert_eq!(mapper.page(batch(Value::Null)).unwrap().rows, 0);
    assert!(mapper.warnings().is_empty());
    assert!(mapper.page(batch(json!({"items": []}))).unwrap_err().message.contains("at data: it is missing"));
    let row =
        json!({"id": "1", "Stage": "Gone", "Probability": 0, "Created_Time": null, "Closing_Date": null});
    mapper.page(batch(json!({"data": [row]}))).unwrap();
    let fields: Vec<_> = mapper.warnings().into_iter().filter_map(|w| w.field).collect();
    assert_eq!(fields, ["Amount", "Closing_Date"], "the second because a lost deal has no date");
    let error = mapper.page(batch(json!({"data": [{"id": "1", "Amount": "lots"}]}))).unwrap_err();
    assert!(error.message.contains("data[0].Amount"), "{error}");
    let rows = json!({"data": [{"id": "1", "Stage": "Hot"}, {"id": "2"}]});
    assert_eq!(stages_of(&rows).unwrap(), [("1".into(), Some("Hot".into())), ("2".into(), None)]);
    assert!(stages_of(&Value::Null).unwrap().is_empty());
}

fn visits(rows: &Value) -> Visits {
    let mut visits = Visits::default();
    Node::root(rows, "data").each(|row| visits.take("1", row, "Stage")).unwrap();
    visits
}

fn lines(rows: &Value) -> Vec<String> {
    let org = org();
    let origin = Origin::new(&slice(&org, "stage_history"), "2026-06-15T12:00:00Z".parse().unwrap());
    let (_, visits) = visits(rows).ordered().next().unwrap();
    let moves = stage_moves(&origin, "1", visits);
    moves
        .iter()
        .map(|step| {
            format!(
                "{}>{} {} {:?}",
                step.from.as_deref().unwrap_or("-"),
                step.to,
                step.at.date_naive(),
                step.seconds_in_from
            )
        })
        .collect()
}

fn visit(id: &str, stage: &str, to: Value, at: &str) -> Value {
    json!({"id": id, "Stage": stage, "Moved_To__s": to, "Modified_Time": at})
}

#[test]
fn visits_become_moves_and_one_stage_in_a_row_is_one_visit() {
    let rows = json!([
        visit("5", "A", Value::Null, "2026-06-05T02:00:00+03:00"),
        visit("4", "B", json!("A"), "2026-06-04T00:00:00+00:00"),
        visit("3", "A", json!("B"), "2026-06-03T00:00:00+00:00"),
        visit("3", "A", json!("B"), "2026-06-03T00:00:00+00:00"),
        visit("2", "A", json!("A"), "2026-06-02T01:00:00+03:00"),
        {"id": "1", "Stage": null, "Modified_Time": "2026-05-01T00:00:00+00:00"},
    ]);
    assert_eq!(
        lines(&rows),
        ["->A 2026-06-01 None", "A>B 2026-06-04 Some(180000)", "B>A 2026-06-04 Some(82800)"]
    );
    let (_, visits) = visits(&rows).ordered().next().unwrap();
    assert_eq!(current(&visits), Some("A"));
    let wanted = ["B".to_owned(), "Z".to_owned()];
    assert_eq!(entered(&visits, &wanted), "2026-06-04T00:00:00Z".parse().ok());
    assert_eq!(entries(&visits).count(), 3);
}

#[test]
fn visits_of_one_moment_follow_each_other_as_they_say() {
    let at = "2026-06-03T00:00:00+00:00";
    for rows in [
        json!([
            visit("3", "C", Value::Null, at),
            visit("2", "B", json!("C"), at),
            visit("1", "B", json!("B"), "2026-06-01T00:00:00Z")
        ]),
        json!([
            visit("2", "B", json!("C"), at),
            visit("3", "C", Value::Null, at),
            visit("1", "B", json!("B"), "2026-06-01T00:00:00Z")
        ]),
    ] {
        assert_eq!(lines(&rows), ["->B 2026-06-01 None", "B>C 2026-06-03 Some(172800)"]);
    }
    let first = json!([visit("1", "A", json!("B"), at), visit("2", "B", Value::Null, at)]);
    assert_eq!(lines(&first), ["->A 2026-06-03 None", "A>B 2026-06-03 Some(0)"]);
}

#[test]
fn ledger_rows_without_a_deal_are_dropped_and_undated_ones_are_refused() {
    let mut visits = Visits::default();
    let take = |visits: &mut Visits, row: Value| {
        visits.take_from_ledger(&Node::root(&row, "$"), "Potential_Name", "Stage")
    };
    take(&mut visits, json!({"id": "1", "Potential_Name": null, "Stage": "A"})).unwrap();
    take(&mut visits, json!({"id": "2", "Potential_Name": {"id": "7"}, "Stage": "A", "Modified_Time": "2026-06-01T00:00:00Z"})).unwrap();
    let error =
        take(&mut visits, json!({"id": "3", "Potential_Name": {"id": "7"}, "Stage": "B"})).unwrap_err();
    assert!(error.message.contains("Modified_Time"), "{error}");
    assert_eq!(visits.ordered().map(|(deal, _)| deal).collect::<Vec<_>>(), ["7"]);
}

fn party(kind: CrmKind, ready: &Ready, row: &Value) -> PartyRecord {
    let org = org();
    let origin = Origin::new(&slice(&org, "leads"), "2026-06-15T12:00:00Z".parse().unwrap());
    let mut records = Vec::new();
    map::party(&origin, kind, ready, &Node::root(row, "$"), &mut records).unwrap();
    let party = crm_records(records).into_iter().find_map(|record| match record {
        CrmRecord::Party(party) => Some(party),
        _ => None,
    });
    party.unwrap()
}

#[test]
fn a_converted_lead_is_linked_with_what_it_became() {
    let became = |kind, row: Value| {
        let org = org();
        let origin = Origin::new(&slice(&org, "leads"), "2026-06-15T12:00:00Z".parse().unwrap());
        let mut records = Vec::new();
        map::party(&origin, kind, &Ready::new(), &Node::root(&row, "$"), &mut records).unwrap();
        let links = crm_records(records).into_iter().filter_map(|record| match record {
            CrmRecord::Link(link) => Some(format!(
                "{} {} {} {} {}",
                link.from.0.name(),
                link.from.1,
                link.role,
                link.to.0.name(),
                link.to.1
            )),
            _ => None,
        });
        links.collect::<Vec<_>>()
    };
    let whole =
        json!({"id": "5", "Converted_Deal": {"id": "9", "name": "D"}, "Converted_Contact": {"id": "7"}});
    let both = ["lead 5 converted deal 9", "lead 5 converted contact 7"];
    assert_eq!(became(CrmKind::Lead, whole.clone()), both);
    assert_eq!(became(CrmKind::Lead, json!({"id": "5", "Converted_Deal": null})), Vec::<String>::new());
    assert_eq!(became(CrmKind::Contact, whole), Vec::<String>::new());
}

#[test]
fn leads_tell_their_steps_and_nothing_about_the_person() {
    let row = json!({
        "id": "5", "Full_Name": "Jo Doe", "Email": "a@b.example", "Company": "Doe", "Lead_Status": "Contacted", "Lead_Source": "Web",
        "Created_Time": "2026-06-02T01:00:00+03:00", "Converted_Date_Time": "2026-06-09T23:59:59Z", "$converted": true,
        "Converted_Deal": {"id": "9", "name": "Jo's deal"}, "Owner": {"id": "3", "name": "N"}, "Account_Name": "Acme",
    });
    let ready =
        Ready::from([("5".into(), [(LifecycleStage::Mql, "2026-06-03T00:00:00Z".parse().unwrap())].into())]);
    let lead = party(CrmKind::Lead, &ready, &row);
    let steps: Vec<_> =
        lead.entered.iter().map(|(stage, at)| format!("{} {}", stage.name(), at.date_naive())).collect();
    assert_eq!(steps, ["lead 2026-06-01", "mql 2026-06-03", "converted 2026-06-09"]);
    assert_eq!(
        (lead.name, lead.stage.as_deref(), lead.owner.as_deref()),
        (None, Some("Contacted"), Some("3"))
    );
    assert_eq!(
        Value::Object(lead.attributes),
        json!({"lead_source": "Web", "converted_deal": "9", "is_converted": true})
    );
    let contact = party(CrmKind::Contact, &ready, &row);
    assert!(contact.name.is_none() && contact.entered.is_empty());
    let company = party(CrmKind::Company, &Ready::new(), &row);
    assert_eq!((company.name.as_deref(), company.attributes.len()), (Some("Acme"), 0));
}

fn totals(row: Value) -> (Vec<String>, Option<String>) {
    let org = org();
    let mut records = Vec::new();
    let odd = map::campaign_totals(&slice(&org, "campaigns"), &Node::root(&row, "$"), &mut records).unwrap();
    let lines = records.iter().flat_map(|record| match record {
        Record::Fact(fact) => fact
            .values
            .iter()
            .map(|(m, v)| format!("{} {} {v} {:?}", fact.date, m.name(), fact.currency))
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    });
    (lines.collect(), odd)
}

#[test]
fn totals_of_campaigns_stand_under_their_start() {
    let (lines, _) =
        totals(json!({"id": "1", "Start_Date": "2026-06-01", "Actual_Cost": "15000.5", "Num_sent": "1,500"}));
    assert_eq!(
        lines,
        ["2026-06-01 spend 15000.5 Some(\"KES\")", "2026-06-01 emails_sent 1500 Some(\"KES\")"]
    );
    let (lines, odd) =
        totals(json!({"id": "1", "Start_Date": "2026-06-30", "Actual_Cost": 0, "Num_sent": "many"}));
    assert_eq!((lines.len(), odd.as_deref()), (1, Some("many")));
    for row in [
        json!({"id": "1", "Start_Date": null, "Actual_Cost": 5}),
        json!({"id": "1", "Start_Date": "", "Actual_Cost": 5}),
        json!({"id": "1", "Start_Date": "2026-05-31", "Actual_Cost": 5}),
        json!({"id": "1", "Start_Date": "2026-06-01", "Actual_Cost": null, "Num_sent": ""}),
        json!({"id": "1", "Start_Date": "2026-06-01", "Num_sent": "-"}),
    ] {
        assert_eq!(totals(row), (Vec::new(), None));
    }
}

#[test]
fn descriptions_become_entities() {
    let org = org();
    let slice = slice(&org, "pipelines");
    let entities = |page: Page| -> Vec<_> {
        let entity = |record| match record {
            Record::Entity(entity) => entity,
            other => panic!("{other:?}"),
        };
        page.records.into_iter().map(entity).collect()
    };
    let body = json!({"pipeline": [{"id": "1", "display_value": "Sales", "maps": [
        {"id": "100", "actual_value": "Hot", "display_value": "Heiß", "forecast_type": "Open", "sequence_number": 1}]}]});
    let found = entities(
        map::page(batch(body), "pipeline", |row, records| map::pipeline(&slice, row, records)).unwrap(),
    );
    assert_eq!((found[1].id.as_str(), found[1].name.as_str()), ("Hot", "Heiß"));
    assert_eq!(found[1].parent.as_ref().unwrap().1, "1");
    assert_eq!(found[1].attributes["forecast_type"], json!("Open"));
    let body = json!({"currencies": [{"iso_code": "EUR", "is_base": true, "exchange_rate": "1.000000000", "is_active": true}]});
    let found = entities(map::currencies(&slice, batch(body)).unwrap());
    assert_eq!(found[0].attributes["currencies"]["EUR"]["is_base"], json!(true));
    assert!(map::currencies(&slice, batch(Value::Null)).unwrap().records.is_empty());
    let body = json!({"users": [{"id": "1", "full_name": "Jo", "email": "a@b.example", "status": "active", "time_zone": "Africa/Nairobi"}]});
    let found =
        entities(map::page(batch(body), "users", |row, records| map::user(&slice, row, records)).unwrap());
    assert_eq!(Value::Object(found[0].attributes.clone()), json!({"time_zone": "Africa/Nairobi"}));
}
