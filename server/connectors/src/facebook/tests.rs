use super::map::{Mapper, account, merged, thing};
use super::streams::{AD, AD_SET, Ask, CAMPAIGN, Figures, SPECS, ask};
use crate::connector::Slice;
use crate::fields::Fields;
use crate::http::node::canonical;
use crate::http::{Batch, Budget, Node};
use crate::record::{EntityRecord, FactRecord, Page, RawPage, Record, RemoteAccount};
use bytes::Bytes;
use model::DayRange;
use model::entities::EntityKind;
use serde_json::{Value, json};
use std::time::Duration;

fn ad_account(currency: Option<&str>) -> RemoteAccount {
    RemoteAccount {
        name: "Acme".into(),
        currency: currency.map(Into::into),
        time_zone: Some("America/Los_Angeles".into()),
        ..RemoteAccount::bare("act_7")
    }
}

fn slice<'a>(account: &'a RemoteAccount, stream: &str) -> Slice<'a> {
    Slice {
        account,
        stream: SPECS.iter().find(|s| s.name == stream).unwrap(),
        days: DayRange::new("2026-09-01".parse().unwrap(), "2026-09-02".parse().unwrap()).unwrap(),
        budget: Budget::new(Duration::ZERO),
    }
}

fn figures(stream: &str) -> Figures {
    match ask(stream) {
        Some(Ask::Figures(figures)) => figures,
        other => panic!("{other:?}"),
    }
}

fn batch(rows: &Value) -> Batch {
    let raw = RawPage {
        request: "GET /".into(),
        body: Bytes::new(),
        fetched_at: "2026-09-03T12:00:00Z".parse().unwrap(),
    };
    Batch { value: json!({ "data": rows }), raw }
}

fn asked() -> Fields {
    Fields::new(["campaign_id"], ["impressions", "reach", "clicks", "spend"])
}

/// The records and warnings of rows.
fn mapped(account: &RemoteAccount, stream: &str, rows: &Value) -> (Vec<Record>, Vec<String>) {
    let slice = slice(account, stream);
    let mut mapper = Mapper::new(&slice, figures(stream), None);
    let Page { records, .. } = mapper.page(batch(rows)).unwrap();
    (records, mapper.warnings(&asked()).iter().map(ToString::to_string).collect())
}

fn facts(records: Vec<Record>) -> Vec<FactRecord> {
    let fact = |record| if let Record::Fact(fact) = record { Some(fact) } else { None };
    records.into_iter().filter_map(fact).collect()
}

fn entities(records: Vec<Record>) -> Vec<EntityRecord> {
    let entity = |record| if let Record::Entity(entity) = record { Some(entity) } else { None };
    records.into_iter().filter_map(entity).collect()
}

fn values(fact: &FactRecord) -> Vec<String> {
    fact.values.iter().map(|(metric, value)| format!("{} {}", metric.name(), canonical(*value))).collect()
}

fn row(more: &Value) -> Value {
    let mut row = json!({"account_id": "7", "campaign_id": "9007199254740993", "date_start": "2026-09-01",
                         "date_stop": "2026-09-01", "impressions": "10", "reach": "9", "clicks": "0", "spend": "0.50"});
    for (name, value) in more.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

fn one(more: &Value) -> FactRecord {
    let mut facts = facts(mapped(&ad_account(Some("EUR")), "campaign_daily", &json!([row(more)])).0);
    assert_eq!(facts.len(), 1, "{more}");
    facts.remove(0)
}

#[test]
fn a_row_becomes_figures_of_its_day() {
    let fact =
        one(&json!({"inline_link_clicks": "-", "account_currency": "JPY", "spend": "1234", "ctr": "1.5",
                           "frequency": "1.1", "quality_ranking": "AVERAGE", "reach": null}));
    assert_eq!(values(&fact), ["impressions 10", "clicks 0", "spend 1234"], "yen are not divided");
    assert_eq!((fact.kind, fact.entity.as_str()), (EntityKind::Campaign, "9007199254740993"));
    assert_eq!((fact.date.to_string().as_str(), fact.currency.as_deref()), ("2026-09-01", Some("JPY")));
    assert_eq!(Value::Object(fact.extra), json!({"quality_ranking": "AVERAGE"}));
    assert_eq!(one(&json!({})).currency.as_deref(), Some("EUR"), "that of the account");
}

#[test]
fn of_actions_of_one_meaning_the_first_counts_and_none_are_added() {
    let action = |name: &str, value: Value| json!({"action_type": name, "value": value, "7d_click": "99"});
    let check = |actions: Value, amounts: Value, expected: &[&str]| {
        let fact = one(&json!({"actions": actions, "action_values": amounts}));
        assert_eq!(values(&fact)[4..], *expected, "{actions}");
    };
    check(
        json!([
            action("offsite_conversion.fb_pixel_purchase", "5".into()),
            action("purchase", "4".into()),
            action("omni_purchase", "3.5".into()),
            action("web_in_store_purchase", "9".into())
        ]),
        json!([action("purchase", "10.10".into())]),
        &["conversions 3.5", "conversion_value 10.1"],
    );
    check(
        json!([action("offsite_conversion.fb_pixel_purchase", "5".into()), action("purchase", Value::Null)]),
        Value::Null,
        &["conversions 5"],
    );
    check(
        json!([
            action("onsite_conversion.lead_grouped", "2".into()),
            action("offsite_conversion.fb_pixel_lead", "7".into())
        ]),
        json!([]),
        &["leads 2"],
    );
    check(
        json!([
            action("like", "3".into()),
            action("post_reaction", "109".into()),
            action("comment", "0".into()),
            action("post", "2".into()),
            action("onsite_conversion.post_save", "4".into()),
            action("video_view", "17".into()),
            action("post_engagement", "999".into())
        ]),
        json!(null),
        &["likes 109", "comments 0", "shares 2", "saves 4", "video_views 17"],
    );
    let fact = one(&json!({"actions": [action("landing_page_view", "33".into())]}));
    assert_eq!((values(&fact).len(), fact.extra["landing_page_views"].clone()), (4, json!("33")));
}

#[test]
fn only_whole_rows_of_single_days_are_totals() {
    let rows = json!([
        row(&json!({})),
        row(&json!({"date_stop": "2026-09-18"})),
        row(&json!({"publisher_platform": "instagram"})),
        row(&json!({"product_id": "77"})),
        row(&json!({"date_start": "2026-08-31", "date_stop": "2026-08-31"})),
    ]);
    let (records, warnings) = mapped(&ad_account(Some("EUR")), "campaign_daily", &rows);
    assert_eq!(facts(records).len(), 1);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("1 rows were left out: they span several days"));
    assert!(warnings[1].contains("2 rows were left out: they only split others"));
}

#[test]
fn parts_are_named_as_the_vendor_names_them() {
    let rows = json!([
        row(&json!({"age": "25-34", "gender": "female"})),
        row(&json!({"age": "25-34"})),
        row(&json!({})),
    ]);
    let (records, warnings) = mapped(&ad_account(Some("EUR")), "campaign_by_age_gender", &rows);
    let facts = facts(records);
    assert_eq!(facts.len(), 1);
    let breakdown: Vec<_> = facts[0].breakdown.iter().map(|(n, v)| format!("{n}={v}")).collect();
    assert_eq!(breakdown, ["age=25-34", "gender=female"]);
    assert!(warnings[0].contains("2 rows were left out: they don't say which part"), "{warnings:?}");
}

#[test]
fn what_is_missing_is_told() {
    let mut lacking = row(&json!({"spend": "3"}));
    lacking.as_object_mut().unwrap().remove("reach");
    let (_, warnings) = mapped(&ad_account(None), "campaign_daily", &json!([lacking]));
    assert!(warnings[0].contains("field reach"), "{warnings:?}");
    assert!(warnings[1].contains("in which currency"), "{warnings:?}");
    assert!(mapped(&ad_account(None), "campaign_daily", &json!([])).1.is_empty());
}

#[test]
fn a_chosen_window_counts_alone() {
    let account = ad_account(Some("EUR"));
    let slice = slice(&account, "campaign_daily");
    let counted = |window: Option<&str>| {
        let actions = json!([{"action_type": "lead", "value": "9", "1d_click": "4", "7d_click": "7"}]);
        let mut mapper = Mapper::new(&slice, figures("campaign_daily"), window);
        let page = mapper.page(batch(&json!([row(&json!({ "actions": actions }))]))).unwrap();
        values(&facts(page.records)[0]).into_iter().find(|value| value.starts_with("leads"))
    };
    assert_eq!(counted(None).as_deref(), Some("leads 9"));
    assert_eq!(counted(Some("7d_click")).as_deref(), Some("leads 7"));
    // What the vendor does not tell of a window is missing, and never that of another.
    assert_eq!(counted(Some("1d_view")), None);
}

#[test]
fn rows_that_belong_nowhere_fail_with_their_place() {
    let account = ad_account(Some("EUR"));
    let slice = slice(&account, "campaign_daily");
    let fail = |row: Value| {
        let mut mapper = Mapper::new(&slice, figures("campaign_daily"), None);
        mapper.page(batch(&json!([row]))).unwrap_err().message
    };
    assert!(fail(json!({"campaign_id": "1"})).contains("data[0].date_start"));
    let nameless = json!({"date_start": "2026-09-01", "date_stop": "2026-09-01", "clicks": "1"});
    assert!(fail(nameless).contains("data[0].campaign_id"));
    assert!(fail(row(&json!({"clicks": "many"}))).contains("data[0].clicks"));
    assert!(fail(row(&json!({"actions": [{"action_type": "lead", "value": "x"}]}))).contains("actions.lead"));
}

#[test]
fn rows_name_their_campaign_once() {
    let rows = json!([
        row(&json!({"campaign_name": "Übung 🍔"})),
        row(&json!({"campaign_name": "Übung 🍔", "date_start": "2026-09-02", "date_stop": "2026-09-02"})),
    ]);
    let things = entities(mapped(&ad_account(Some("EUR")), "campaign_daily", &rows).0);
    assert_eq!(things.len(), 1);
    assert_eq!((things[0].name.as_str(), things[0].id.as_str()), ("Übung 🍔", "9007199254740993"));
    let ad = row(&json!({"ad_id": "1", "ad_name": "A", "adset_id": "2"}));
    let things = entities(mapped(&ad_account(Some("EUR")), "ad_daily", &json!([ad])).0);
    assert_eq!(things[0].parent, Some((EntityKind::AdGroup, "2".into())));
}

#[test]
fn rows_in_parts_are_joined() {
    let account = ad_account(Some("EUR"));
    let part = |more: Value| mapped(&account, "campaign_daily", &json!([row(&more)])).0;
    let mut records = part(json!({}));
    records.extend(part(json!({"impressions": "11", "actions": [{"action_type": "lead", "value": "2"}]})));
    records.extend(part(json!({"date_start": "2026-09-02", "date_stop": "2026-09-02"})));
    let facts = facts(merged(records));
    assert_eq!(facts.len(), 2);
    assert_eq!(values(&facts[0]), ["impressions 10", "reach 9", "clicks 0", "spend 0.5", "leads 2"]);
}

#[test]
fn things_have_states_parents_and_budgets_in_major_units() {
    let euros = ad_account(Some("EUR"));
    let map = |account: &RemoteAccount, level, row: Value| {
        thing(&slice(account, "campaigns"), level, &Node::root(&row, "$")).unwrap()
    };
    let campaign = map(
        &euros,
        &CAMPAIGN,
        json!({"id": "0000123", "name": "N", "status": "ARCHIVED",
        "effective_status": "ARCHIVED", "daily_budget": "1050", "lifetime_budget": "0"}),
    );
    assert_eq!((campaign.id.as_str(), campaign.status.as_deref()), ("0000123", Some("ARCHIVED")));
    assert_eq!(campaign.parent, Some((EntityKind::Account, "act_7".into())));
    assert_eq!(Value::Object(campaign.attributes), json!({"status": "ARCHIVED", "budget": "10.5"}));
    let yen = ad_account(Some("JPY"));
    let ad_set = map(&yen, &AD_SET, json!({"id": 1, "campaign_id": 2, "daily_budget": 1050}));
    assert_eq!((ad_set.name.as_str(), ad_set.attributes["budget"].as_str()), ("1", Some("1050")));
    assert_eq!(ad_set.parent, Some((EntityKind::Campaign, "2".into())));
    let unknown = map(&ad_account(None), &AD, json!({"id": "1", "daily_budget": "5"}));
    assert_eq!(unknown.attributes.get("budget"), None);
}

#[test]
fn the_account_says_whether_it_is_open() {
    let known = ad_account(Some("EUR"));
    let map = |row: Value| account(&slice(&known, "ad_accounts"), &Node::root(&row, "$")).unwrap();
    let closed = map(
        json!({"id": "act_7", "account_status": 101, "currency": "EUR", "business": {"id": "5", "name": "B"}}),
    );
    assert_eq!((closed.status.as_deref(), closed.name.as_str()), (Some("closed"), "Acme"));
    assert_eq!(
        Value::Object(closed.attributes),
        json!({"currency": "EUR", "business_id": "5", "business_name": "B"})
    );
    assert_eq!(map(json!({"account_status": 202})).status.as_deref(), Some("202"));
}
