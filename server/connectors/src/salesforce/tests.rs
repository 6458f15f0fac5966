use super::crm::{Mapper, deleted};
use super::history::{Histories, Statuses};
use super::map;
use super::streams::{LEAD, OPPORTUNITY, SPECS, ask};
use crate::connector::Slice;
use crate::crm::{CrmRecord, DealRecord, DealState, LifecycleStage, Origin, PartyRecord, TransitionRecord};
use crate::error::Result;
use crate::http::{Batch, Budget, Node};
use crate::record::{FactRecord, Page, RawPage, Record, RemoteAccount};
use bytes::Bytes;
use model::DayRange;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;

fn org() -> RemoteAccount {
    RemoteAccount {
        currency: Some("JPY".into()),
        time_zone: Some("Asia/Tokyo".into()),
        ..RemoteAccount::bare("00D000000000001AAA")
    }
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
    let raw = RawPage {
        request: "GET /".into(),
        body: Bytes::new(),
        fetched_at: "2026-06-15T12:00:00Z".parse().unwrap(),
    };
    Batch { value, raw }
}

fn crm_records(page: Page) -> Vec<CrmRecord> {
    let record = |record| match record {
        Record::Crm(record) => Some(*record),
        _ => None,
    };
    page.records.into_iter().filter_map(record).collect()
}

fn deal(fields: Value) -> Result<DealRecord> {
    let org = org();
    let mut row =
        json!({"attributes": {"type": "Opportunity"}, "Id": "006000000000001AAA", "IsDeleted": false});
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let mut mapper = Mapper::new(&slice(&org, "opportunities"), &OPPORTUNITY, Statuses::default());
    match crm_records(mapper.page(batch(json!({"records": [row]})))?).remove(0) {
        CrmRecord::Deal(deal) => Ok(deal),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_stream_has_something_to_ask() {
    let names: HashSet<_> = SPECS.iter().map(|s| s.name).collect();
    assert_eq!(names.len(), SPECS.len());
    assert!(SPECS.iter().all(|s| ask(s.name).is_some()));
}

#[test]
fn what_becomes_of_a_deal_is_what_its_two_fields_say() {
    let state = |closed: Value, won: Value| deal(json!({"IsClosed": closed, "IsWon": won})).unwrap().state;
    assert_eq!(state(json!(false), json!(false)), Some(DealState::Open));
    assert_eq!(state(json!(true), json!(true)), Some(DealState::Won));
    assert_eq!(state(json!(true), json!(false)), Some(DealState::Lost));
    assert_eq!(state(json!("true"), json!("false")), Some(DealState::Lost), "as a table writes it");
    assert_eq!(state(json!(true), json!(null)), Some(DealState::Closed));
    assert_eq!(state(json!(null), json!(null)), None);
}

#[test]
fn fields_of_a_deal_become_values() {
    let open = deal(json!({
        "Name": "Ünïcode & Söhne", "Amount": 12_345_678_901.55_f64, "Probability": 35.0, "StageName": "Proposal",
        "CloseDate": "2026-07-31", "IsClosed": false, "IsWon": false, "OwnerId": "005000000000001AAA",
        "CreatedDate": "2026-06-01T23:30:00.000-0300", "SystemModstamp": "2026-06-05T09:00:00.000+0000",
        "LeadSource": "Web", "ForecastCategory": "Pipeline", "Secret__c": "about a person",
    }))
    .unwrap();
    assert_eq!((open.name.as_str(), open.stage.as_deref()), ("Ünïcode & Söhne", Some("Proposal")));
    assert_eq!(open.amount.unwrap().to_string(), "12345678901.55");
    assert_eq!(open.probability.unwrap().normalize().to_string(), "0.35");
    assert_eq!(open.currency.as_deref(), Some("JPY"));
    assert_eq!(open.created.unwrap().to_string(), "2026-06-02", "the UTC day");
    assert_eq!(open.closed, None, "what is expected is no closing");
    assert_eq!(open.owner.as_deref(), Some("005000000000001AAA"));
    assert_eq!(
        Value::Object(open.attributes),
        json!({"lead_source": "Web", "forecast_category": "Pipeline", "expected_close": "2026-07-31"})
    );
    let won = deal(json!({"IsClosed": true, "IsWon": true, "CloseDate": "2026-06-30", "Amount": null,
                          "CurrencyIsoCode": "SEK"}))
    .unwrap();
    assert_eq!((won.closed.unwrap().to_string().as_str(), won.amount), ("2026-06-30", None));
    assert_eq!((won.currency.as_deref(), won.name.as_str()), (Some("SEK"), "006000000000001AAA"));
    let zero = deal(json!({"Amount": 0.0})).unwrap();
    assert!(zero.amount.unwrap().is_zero());
    let error = deal(json!({"Amount": "lots"})).unwrap_err();
    assert!(error.message.contains("records[0].Amount"), "{error}");
}

#[test]
fn what_is_in_the_recycle_bin_is_gone() {
    let org = org();
    let slice = slice(&org, "opportunities");
    let mut mapper = Mapper::new(&slice, &OPPORTUNITY, Statuses::default());
    let page = json!({"records": [{"Id": "1", "IsDeleted": true, "IsClosed": true, "IsWon": true}]});
    let records = crm_records(mapper.page(batch(page)).unwrap());
    assert!(matches!(&records[..], [CrmRecord::Tombstone(gone)] if gone.id == "1"));
    let list = json!({"deletedRecords": [{"id": "2", "deletedDate": "2026-06-07T22:07:19.000+0000"}]});
    let records = crm_records(deleted(&slice, &OPPORTUNITY, batch(list)).unwrap());
    let CrmRecord::Tombstone(gone) = &records[0] else { panic!("{records:?}") };
    assert_eq!(gone.at.unwrap().to_rfc3339(), "2026-06-07T22:07:19+00:00");
    assert!(deleted(&slice, &OPPORTUNITY, batch(json!({}))).is_err());
}

#[test]
fn what_no_row_has_is_named_unless_it_was_not_asked_for() {
    let org = org();
    let mut mapper = Mapper::new(&slice(&org, "opportunities"), &OPPORTUNITY, Statuses::default());
    assert!(mapper.warnings(|_| true).is_empty());
    let row = json!({"Id": "1", "StageName": "x", "CloseDate": null, "IsClosed": true, "IsWon": false,
                     "CreatedDate": "2026-06-01T00:00:00Z"});
    mapper.page(batch(json!({"records": [row]}))).unwrap();
    let fields: Vec<_> =
        mapper.warnings(|name| name != "Probability").into_iter().filter_map(|w| w.field).collect();
    assert_eq!(fields, ["Amount", "CloseDate"], "the second because a lost deal has no date");
    assert!(mapper.page(batch(json!({"rows": []}))).unwrap_err().message.contains("records"));
    assert!(mapper.page(batch(json!({"records": [{"StageName": "x"}]}))).is_err());
}

fn lead(statuses: Statuses, fields: Value) -> (PartyRecord, Vec<String>) {
    let org = org();
    let mut row = json!({"Id": "00Q000000000001AAA", "IsDeleted": false, "Email": "a@b.example"});
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let mut mapper = Mapper::new(&slice(&org, "leads"), &LEAD, statuses);
    let mut records = crm_records(mapper.page(batch(json!({"records": [row]}))).unwrap());
    let Some(CrmRecord::Party(party)) = records.pop() else { panic!("{records:?}") };
    let link = |record| match record {
        CrmRecord::Link(link) => format!("{} {}", link.to.0.name(), link.to.1),
        other => panic!("{other:?}"),
    };
    (party, records.into_iter().map(link).collect())
}

fn days(party: &PartyRecord) -> Vec<(LifecycleStage, String)> {
    party.entered.iter().map(|(stage, at)| (*stage, at.date_naive().to_string())).collect()
}

#[test]
fn a_lead_is_converted_on_a_plain_day_and_tells_nothing_about_the_person() {
    let (party, links) = lead(
        Statuses::default(),
        json!({"Status": "Closed - Converted", "IsConverted": true, "ConvertedDate": "2026-06-06",
               "ConvertedOpportunityId": "006A", "ConvertedContactId": "003A", "LeadSource": "Web",
               "CreatedDate": "2026-06-03T23:59:59.000+0000"}),
    );
    let day = |text: &str| text.to_owned();
    assert_eq!(
        days(&party),
        [(LifecycleStage::Lead, day("2026-06-03")), (LifecycleStage::Converted, day("2026-06-06"))]
    );
    assert_eq!(links, ["deal 006A", "contact 003A"]);
    assert!(!party.attributes.contains_key("email"));
    let (party, links) =
        lead(Statuses::default(), json!({"IsConverted": false, "ConvertedDate": "2026-06-06"}));
    assert!(party.entered.is_empty() && links.is_empty());
}

fn histories(rows: Value, of: &str, values: (&str, &str)) -> Histories {
    let mut histories = Histories::default();
    histories.take(&json!({"records": rows}), of, values).unwrap();
    histories
}

#[test]
fn a_lead_is_ready_when_it_first_had_a_status_that_says_so() {
    let change = |id: &str, at: &str, from: Value, to: &str| {
        json!({"Id": id, "LeadId": "00Q000000000001AAA",
        "Field": "Status", "OldValue": from, "NewValue": to, "CreatedDate": at})
    };
    let rows = json!([
        change("3", "2026-06-09T00:00:00Z", json!("Working"), "Qualified"),
        change("1", "2026-06-05T00:00:00Z", json!("Open"), "Working"),
        change("2", "2026-06-07T00:00:00Z", json!("Working"), "Qualified"),
    ]);
    let words = |text: &str| vec![text.to_owned()];
    let statuses = |mql: &str, sql: &str| {
        let histories = histories(rows.clone(), "LeadId", ("OldValue", "NewValue"));
        Statuses::new(histories, vec![(LifecycleStage::Mql, words(mql)), (LifecycleStage::Sql, words(sql))])
    };
    let fields = json!({"CreatedDate": "2026-06-02T00:00:00Z"});
    let entered = |statuses| days(&lead(statuses, fields.clone()).0);
    let day = |text: &str| text.to_owned();
    assert_eq!(
        entered(statuses("working", "qualified")),
        [
            (LifecycleStage::Lead, day("2026-06-02")),
            (LifecycleStage::Mql, day("2026-06-05")),
            (LifecycleStage::Sql, day("2026-06-07")),
        ]
    );
    // It was made with the status that it left first.
    assert_eq!(entered(statuses("open", "none"))[1], (LifecycleStage::Mql, day("2026-06-02")));
}

fn lines(moves: &[TransitionRecord]) -> Vec<String> {
    let line = |step: &TransitionRecord| {
        format!("{} {}>{} {}", step.deal, step.from.as_deref().unwrap_or("-"), step.to, step.at.date_naive())
    };
    moves.iter().map(line).collect()
}

fn origin() -> Origin {
    Origin::new(&slice(&org(), "opportunity_history"), "2026-06-15T12:00:00Z".parse().unwrap())
}

#[test]
fn rows_of_a_history_are_moves_only_where_the_stage_changed_whatever_page_they_are_on() {
    let row = |id: &str, deal: &str, stage: &str, at: &str| {
        json!({"Id": id, "OpportunityId": deal, "StageName": stage,
        "CreatedDate": at, "IsDeleted": false})
    };
    let mut histories = histories(
        json!([
            row("04", "B", "New", "2026-06-01T00:00:00.000+0000"),
            row("03", "A", "Talks", "2026-06-05T00:00:00.000+0000"),
            row("02", "A", "Talks", "2026-06-04T00:00:00.000+0000"),
        ]),
        "OpportunityId",
        ("", "StageName"),
    );
    // Of one moment, the lower id was first; a row that comes twice counts once.
    let second = json!({"records": [
        row("05", "B", "Won", "2026-06-01T00:00:00.000+0000"),
        row("02", "A", "Talks", "2026-06-04T00:00:00.000+0000"),
        row("01", "A", "New", "2026-06-01T00:00:00.000+0000"),
        {"Id": "06", "OpportunityId": "C", "StageName": "New", "CreatedDate": "2026-06-01T00:00:00Z", "IsDeleted": true},
    ]});
    assert_eq!(histories.take(&second, "OpportunityId", ("", "StageName")).unwrap(), 4);
    assert_eq!(
        lines(&histories.moves(&origin())),
        ["A ->New 2026-06-01", "A New>Talks 2026-06-04", "B ->New 2026-06-01", "B New>Won 2026-06-01"]
    );
    let missing = json!({"records": [{"Id": "1", "OpportunityId": "A", "StageName": "New"}]});
    assert!(Histories::default().take(&missing, "OpportunityId", ("", "StageName")).is_err());
    assert!(Histories::default().take(&json!({}), "OpportunityId", ("", "StageName")).is_err());
}

#[test]
fn the_history_of_fields_has_both_stages_in_a_row() {
    let row = json!({"Id": "1", "OpportunityId": "A", "Field": "StageName", "OldValue": "New", "NewValue": "Talks",
                     "CreatedDate": "2026-06-02T00:00:00Z"});
    let histories = histories(json!([row]), "OpportunityId", ("OldValue", "NewValue"));
    assert_eq!(lines(&histories.changes(&origin())), ["A New>Talks 2026-06-02"]);
}

fn campaign(fields: Value) -> (Option<FactRecord>, Option<String>) {
    let org = org();
    let mut row = json!({"Id": "701A", "Name": "Fair", "Type": "Email", "Status": "Planned", "StartDate": "2026-06-03",
                         "ActualCost": 9500.0, "NumberSent": 2000.0});
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let mut records = Vec::new();
    let types = ["email".to_owned(), "e-mail".to_owned()];
    map::campaign(&slice(&org, "campaigns"), &types, &Node::root(&row, "row"), &mut records).unwrap();
    let Record::Entity(entity) = records.remove(0) else { panic!() };
    let fact = records.pop().map(|record| match record {
        Record::Fact(fact) => fact,
        other => panic!("{other:?}"),
    });
    (fact, entity.status)
}

fn values(fact: &FactRecord) -> Vec<String> {
    fact.values.iter().map(|(metric, value)| format!("{}={}", metric.name(), value.normalize())).collect()
}

#[test]
fn totals_of_a_campaign_stand_under_its_start() {
    let (fact, status) = campaign(json!({}));
    let fact = fact.unwrap();
    assert_eq!((fact.date.to_string().as_str(), fact.currency.as_deref()), ("2026-06-03", Some("JPY")));
    assert_eq!(values(&fact), ["spend=9500", "emails_sent=2000"]);
    assert_eq!(status.as_deref(), Some("Planned"));
    let of = |fields: Value| campaign(fields).0.map(|fact| values(&fact));
    assert_eq!(of(json!({"Type": "Webinar"})).unwrap(), ["spend=9500"]);
    assert_eq!(of(json!({"Type": " E-Mail ", "ActualCost": null})).unwrap(), ["emails_sent=2000"]);
    assert_eq!(of(json!({"ActualCost": 0.0, "NumberSent": 0.0})).unwrap(), ["spend=0", "emails_sent=0"]);
    assert_eq!(of(json!({"StartDate": null})), None);
    assert_eq!(of(json!({"Type": null, "ActualCost": null})), None);
    let (fact, status) = campaign(json!({"IsDeleted": true}));
    assert!(fact.is_some() && status.as_deref() == Some("deleted"), "what it cost stays");
    assert_eq!(of(json!({"StartDate": ""})), None);
    assert_eq!(campaign(json!({"CurrencyIsoCode": "CHF"})).0.unwrap().currency.as_deref(), Some("CHF"));
}

#[test]
fn stages_bear_the_name_by_which_deals_have_them() {
    let org = org();
    let slice = slice(&org, "opportunity_stages");
    let row = json!({"attributes": {"type": "OpportunityStage"}, "Id": "01J1", "ApiName": "Prospecting",
                     "MasterLabel": "Erstkontakt", "IsActive": false, "DefaultProbability": 10.0});
    let mut records = Vec::new();
    map::stage(&slice, &Node::root(&row, "row"), &mut records).unwrap();
    let Record::Entity(stage) = &records[0] else { panic!() };
    assert_eq!((stage.id.as_str(), stage.name.as_str()), ("Prospecting", "Erstkontakt"));
    assert_eq!(stage.status.as_deref(), Some("inactive"));
    assert_eq!(Value::Object(stage.attributes.clone()), json!({"id": "01J1", "default_probability": 10.0}));
}
