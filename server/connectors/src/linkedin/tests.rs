use super::report::{
    CAMPAIGNS, CAMPAIGNS_AND_CREATIVES, CREATIVES, DEMOGRAPHICS, MOST_ROWS, Mapper, Report, decimal, path,
};
use super::statistics::{self, FOLLOWER_GAINS, PAGE_VIEWS, SHARES, Statistic};
use super::streams::{Ask, SPECS, STREAMS, ask};
use super::{auth, map};
use crate::connector::Slice;
use crate::crm::CrmRecord;
use crate::error::{ErrorKind, Result};
use crate::http::node::canonical;
use crate::http::{Batch, Budget, Node};
use crate::mapping::Seen;
use crate::record::{EntityRecord, FactRecord, Page, RawPage, Record, RemoteAccount};
use bytes::Bytes;
use model::DayRange;
use model::entities::EntityKind;
use serde_json::{Value, json};
use std::time::Duration;

fn days(from: &str, until: &str) -> DayRange {
    DayRange::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
}

fn ads() -> RemoteAccount {
    RemoteAccount { currency: Some("EUR".into()), ..auth::ad_account("7") }
}

fn slice<'a>(account: &'a RemoteAccount, stream: &str) -> Slice<'a> {
    Slice {
        account,
        stream: SPECS.iter().find(|s| s.name == stream).unwrap(),
        days: days("2026-08-31", "2026-09-02"),
        budget: Budget::new(Duration::ZERO),
    }
}

fn batch(value: Value) -> Batch {
    let fetched_at = "2026-09-03T12:00:00Z".parse().unwrap();
    Batch { value, raw: RawPage { request: "GET /".into(), body: Bytes::new(), fetched_at } }
}

fn facts(page: &Page) -> Vec<FactRecord> {
    let fact = |record: &Record| match record {
        Record::Fact(fact) => Some(fact.clone()),
        _ => None,
    };
    page.records.iter().filter_map(fact).collect()
}

fn figures(fact: &FactRecord) -> Vec<String> {
    fact.values.iter().map(|(m, v)| format!("{} {}", m.name(), canonical(*v))).collect()
}

fn entities(records: Vec<Record>) -> Vec<EntityRecord> {
    let entity = |record| match record {
        Record::Entity(entity) => Some(entity),
        _ => None,
    };
    records.into_iter().filter_map(entity).collect()
}

fn start(year: i32, month: u32, day: u32) -> Value {
    json!({"start": {"year": year, "month": month, "day": day}, "end": {"year": year, "month": month, "day": day}})
}

fn with_report<T>(
    stream: &str,
    report: &'static Report,
    rows: Value,
    look: impl FnOnce(Result<Page>, &Mapper<'_>) -> T,
) -> T {
    let account = ads();
    let mut mapper = Mapper::new(&slice(&account, stream), report);
    let page = mapper.page(batch(json!({ "elements": rows })));
    look(page, &mapper)
}

#[test]
fn each_stream_has_something_to_ask_and_a_request_names_no_more_than_allowed() {
    assert!(SPECS.iter().all(|s| ask(s.name).is_some()));
    for (spec, ask) in STREAMS {
        if let Ask::Report(report) = ask {
            assert!(report.metrics.len() <= 20 && spec.slice_days <= 31, "{}", spec.name);
        }
    }
    let breakdowns = STREAMS.iter().find(|(s, _)| s.name == "demographics").unwrap().0.breakdowns;
    assert!(DEMOGRAPHICS.iter().all(|(name, _)| breakdowns.contains(&(EntityKind::Account, name))));
}

#[test]
fn the_structure_of_a_query_stays_and_urns_are_encoded() {
    let asked = path("7", &CAMPAIGNS, days("2026-08-31", "2026-09-07"), &["dateRange", "clicks"]);
    assert_eq!(
        asked,
        "adAnalytics?q=analytics&pivot=CAMPAIGN&timeGranularity=DAILY&dateRange=(start:(year:2026,month:8,day:31),\
         end:(year:2026,month:9,day:7))&accounts=List(urn%3Ali%3AsponsoredAccount%3A7)&fields=dateRange,clicks"
    );
    let several = path("7", &CAMPAIGNS_AND_CREATIVES, days("2026-08-31", "2026-09-07"), &["clicks"]);
    assert!(several.starts_with("adAnalytics?q=statistics&pivots=List(CAMPAIGN,CREATIVE)&"), "{several}");
    let shares = statistics::path(&SHARES, "urn:li:organization:8", days("2026-09-01", "2026-09-02"));
    assert_eq!(
        shares,
        "organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity=urn%3Ali%3Aorganization%3A8\
         &timeIntervals=(timeRange:(start:1788220800000,end:1788393600000),timeGranularityType:DAY)"
    );
}

#[test]
fn a_row_of_a_campaign_has_its_figures_by_their_names() {
    let rows = json!([{
        "pivotValues": ["urn:li:sponsoredCampaign:9007199254740993"], "dateRange": start(2026, 9, 1),
        "impressions": 9_007_199_254_740_993_i64, "clicks": 0, "landingPageClicks": "3",
        "costInLocalCurrency": "12.340000000000000001", "costInUsd": "14.5",
        "externalWebsiteConversions": 2, "conversionValueInLocalCurrency": "1.5E+2", "oneClickLeads": null,
        "reactions": 5, "likes": 4, "comments": 1, "follows": 2, "videoViews": 8,
        "approximateUniqueImpressions": 77, "sends": 1,
    }, {
        "pivotValues": ["urn:li:sponsoredCampaign:2"], "dateRange": start(2026, 9, 3), "clicks": 1,
    }]);
    with_report("campaign_daily", &CAMPAIGNS, rows, |page, mapper| {
        let facts = facts(&page.unwrap());
        assert_eq!(facts.len(), 1, "the other is of a day that was not asked for");
        let fact = &facts[0];
        assert_eq!((fact.kind, fact.entity.as_str()), (EntityKind::Campaign, "9007199254740993"));
        assert_eq!((fact.date.to_string(), fact.currency.as_deref()), ("2026-09-01".into(), Some("EUR")));
        assert_eq!(
            figures(fact),
            [
                "impressions 9007199254740993",
                "clicks 0",
                "link_clicks 3",
                "likes 5",
                "comments 1",
                "new_followers 2",
                "video_views 8",
                "reach 77",
                "spend 12.340000000000000001",
                "conversions 2",
                "conversion_value 150",
            ]
        );
        assert_eq!(Value::Object(fact.extra.clone()), json!({"cost_in_usd": "14.5", "sends": 1}));
        let asked = ["shares".to_owned(), "oneClickLeads".into(), "approximateMemberReach".into()];
        let warnings = mapper.warnings(&asked);
        let fields: Vec<_> = warnings.iter().filter_map(|w| w.field.as_deref()).collect();
        assert_eq!(fields, ["shares"], "null is a value that is not there, not a field that went");
    });
}

#[test]
fn creatives_are_ads_and_other_pivots_split() {
    let row = |pivots: &[&str]| json!([{"pivotValues": pivots, "dateRange": start(2026, 9, 1), "clicks": 1}]);
    let of = |stream, report, pivots: &[&str]| {
        with_report(stream, report, row(pivots), |page, _| facts(&page.unwrap()).remove(0))
    };
    let ad = of("creative_daily", &CREATIVES, &["urn:li:sponsoredCreative:5"]);
    assert_eq!((ad.kind, ad.entity.as_str(), ad.breakdown.len()), (EntityKind::Ad, "5", 0));
    let split = of(
        "campaign_creative_daily",
        &CAMPAIGNS_AND_CREATIVES,
        &["urn:li:sponsoredCampaign:4", "urn:li:sponsoredCreative:5"],
    );
    assert_eq!((split.kind, split.entity.as_str()), (EntityKind::Campaign, "4"));
    assert_eq!(split.breakdown["creative"], "5");
    let country = of("demographics", &DEMOGRAPHICS[0].1, &["urn:li:geo:103644278"]);
    assert_eq!((country.kind, country.entity.as_str()), (EntityKind::Account, "7"));
    assert_eq!(country.breakdown["country"], "103644278");
}

#[test]
fn a_row_that_belongs_nowhere_is_drift() {
    for (row, place) in [
        (json!({"pivotValues": ["a:1"], "clicks": 1}), "dateRange.start.year"),
        (json!({"pivotValues": ["a:1"], "dateRange": start(2026, 13, 1)}), "dateRange.start"),
        (json!({"dateRange": start(2026, 9, 1)}), "pivotValues[0]"),
        (json!({"pivotValues": ["a:1"], "dateRange": start(2026, 9, 1), "clicks": "many"}), "clicks"),
    ] {
        with_report("campaign_daily", &CAMPAIGNS, json!([row]), |page, _| {
            let error = page.unwrap_err();
            assert!(error.message.contains(&format!("elements[0].{place}")), "{error}");
        });
    }
    with_report("campaign_daily", &CAMPAIGNS, Value::Null, |page, _| {
        assert!(matches!(page.unwrap_err().kind, ErrorKind::Drift { .. }), "no list at all");
    });
}

#[test]
fn a_full_answer_is_asked_for_again_with_fewer_days() {
    let row = json!({"pivotValues": ["a:1"], "dateRange": start(2026, 9, 1), "clicks": 1});
    let rows = || vec![row.clone(); MOST_ROWS];
    with_report("campaign_daily", &CAMPAIGNS, json!(rows()), |page, _| {
        assert_eq!(page.unwrap_err().kind, ErrorKind::Interrupted { needs_fewer_days: true });
    });
    let account = ads();
    let one_day = Slice { days: days("2026-09-01", "2026-09-01"), ..slice(&account, "campaign_daily") };
    let mut mapper = Mapper::new(&one_day, &CAMPAIGNS);
    assert!(mapper.page(batch(json!({ "elements": rows() }))).is_ok());
    assert!(mapper.warnings(&[])[0].message.contains("some may be missing"));
}

#[test]
fn money_without_a_currency_is_named() {
    let account = RemoteAccount { currency: None, ..ads() };
    let mut mapper = Mapper::new(&slice(&account, "campaign_daily"), &CAMPAIGNS);
    let row = json!({"pivotValues": ["a:1"], "dateRange": start(2026, 9, 1), "costInLocalCurrency": "1"});
    mapper.page(batch(json!({"elements": [row]}))).unwrap();
    assert_eq!(mapper.warnings(&[])[0].field.as_deref(), Some("currency"));
}

#[test]
fn decimals_may_be_ever_so_small_or_long() {
    let check = |text: &str, expected: Option<&str>| {
        let value = json!({ "v": text });
        let read = decimal(&Node::root(&value, "$").at("v")).unwrap();
        assert_eq!(read.map(canonical).as_deref(), expected, "{text}");
    };
    check("509.980", Some("509.98"));
    check("-2E-18", Some("0"));
    check("-3e-40", Some("0"));
    check("0.0000009", Some("0"));
    check("-0.000001", Some("-0.000001"));
    check("1.234E1", Some("12.34"));
    check("1E-6", Some("0.000001"));
    check("12345678901234567.8901234567890123456789", Some("12345678901234567.890123456789"));
    check("9.876543210987654321098765432E-3", Some("0.0098765432109876543210987654"));
    check("-", None);
    check("", None);
    for wrong in ["many", "1E", "E5", "1E400"] {
        let value = json!({ "v": wrong });
        assert!(decimal(&Node::root(&value, "$").at("v")).is_err(), "{wrong}");
    }
}

fn statistic(statistic: &'static Statistic, stream: &str, rows: Value) -> (Vec<FactRecord>, Vec<String>) {
    let account = auth::organization("urn:li:organization:8");
    let slice = slice(&account, stream);
    let mut mapper = statistics::Mapper { slice: &slice, statistic, seen: Seen::default() };
    let page = mapper.page(batch(json!({ "elements": rows }))).unwrap();
    let missing = mapper.warnings().into_iter().filter_map(|w| w.field);
    (facts(&page), missing.collect())
}

/// Midnight in UTC of 1 September 2026.
const SEPTEMBER: i64 = 1_788_220_800_000;

#[test]
fn counts_of_a_page_may_be_negative_and_days_are_those_of_utc() {
    let row = |start: i64, owner: &str, likes: i64| {
        json!({"timeRange": {"start": start, "end": start + 86_400_000}, "organizationalEntity": owner,
               "totalShareStatistics": {"likeCount": likes, "shareCount": 0, "engagement": 0.5}})
    };
    let own = "urn:li:organization:8";
    let rows = json!([
        row(SEPTEMBER, own, -3),
        row(SEPTEMBER - 1, own, 1),
        row(SEPTEMBER, "urn:li:organization:9", 5),
        row(SEPTEMBER + 2 * 86_400_000, own, 9),
    ]);
    let (facts, missing) = statistic(&SHARES, "page_shares_daily", rows);
    let days: Vec<_> = facts.iter().map(|f| f.date.to_string()).collect();
    assert_eq!(days, ["2026-09-01", "2026-08-31"], "neither another's row nor another day's");
    assert_eq!((facts[0].kind, facts[0].entity.as_str()), (EntityKind::Account, "8"));
    assert_eq!(figures(&facts[0]), ["likes -3", "shares 0"]);
    assert!(facts[0].extra.contains_key("engagement"));
    assert_eq!(missing, ["impressionCount", "uniqueImpressionsCount", "clickCount", "commentCount"]);
}

#[test]
fn gains_are_added_and_what_is_absent_is_not_zero() {
    let row = |gains: Value| json!({"timeRange": {"start": SEPTEMBER}, "followerGains": gains});
    let sum = |gains| {
        let (facts, _) = statistic(&FOLLOWER_GAINS, "page_followers_daily", json!([row(gains)]));
        facts.first().map(figures).unwrap_or_default()
    };
    assert_eq!(sum(json!({"organicFollowerGain": 10, "paidFollowerGain": 1})), ["new_followers 11"]);
    assert_eq!(sum(json!({"organicFollowerGain": -2, "paidFollowerGain": 0})), ["new_followers -2"]);
    assert_eq!(sum(json!({"organicFollowerGain": 4, "paidFollowerGain": null})), ["new_followers 4"]);
    assert!(sum(json!({})).is_empty() && sum(Value::Null).is_empty());
}

#[test]
fn only_the_views_of_all_parts_count() {
    let views = |count| json!({"pageViews": count, "uniquePageViews": count});
    let row = json!({"timeRange": {"start": SEPTEMBER}, "organization": "urn:li:organization:8",
        "totalPageStatistics": {"views": {"allPageViews": views(61), "careersPageViews": views(30)}}});
    let (facts, missing) = statistic(&PAGE_VIEWS, "page_views_daily", json!([row]));
    assert_eq!(figures(&facts[0]), ["pageviews 61", "users 61"]);
    assert!(missing.is_empty());
}

#[test]
fn only_days_that_are_over_are_asked_for() {
    let today = "2026-09-03".parse().unwrap();
    let asked = |from, until| statistics::asked(days(from, until), today);
    assert_eq!(asked("2026-09-01", "2026-09-03"), days("2026-09-01", "2026-09-02"));
    assert_eq!(asked("2026-08-01", "2026-08-03"), days("2026-08-01", "2026-08-03"));
    assert_eq!(asked("2026-09-03", "2026-09-03"), days("2026-09-03", "2026-09-03"));
}

#[test]
fn things_are_described_under_their_numbers() {
    let account = ads();
    let of = |stream: &str, row: Value| {
        let Some(Ask::Listed(list)) = ask(stream) else { panic!() };
        let mut records = Vec::new();
        map::listed(&slice(&account, stream), list, &Node::root(&row, "$"), &mut records).unwrap();
        entities(records).remove(0)
    };
    let campaign = of(
        "campaigns",
        json!({"id": 9_007_199_254_740_993_i64, "name": "Été — 夏", "status": "ACTIVE", "costType": "CPM",
               "account": "urn:li:sponsoredAccount:7", "campaignGroup": "urn:li:sponsoredCampaignGroup:77",
               "dailyBudget": {"amount": "50.00", "currencyCode": "EUR"}}),
    );
    assert_eq!((campaign.id.as_str(), campaign.name.as_str()), ("9007199254740993", "Été — 夏"));
    assert_eq!(campaign.parent, Some((EntityKind::Account, "7".into())));
    assert_eq!(
        Value::Object(campaign.attributes),
        json!({"campaign_group": "77", "cost_type": "CPM", "daily_budget": "50", "daily_budget_currency": "EUR"})
    );
    let creative = of(
        "creatives",
        json!({"id": "urn:li:sponsoredCreative:5", "campaign": "urn:li:sponsoredCampaign:4", "intendedStatus": "PAUSED"}),
    );
    assert_eq!((creative.kind, creative.id.as_str()), (EntityKind::Ad, "5"));
    assert_eq!(creative.parent, Some((EntityKind::Campaign, "4".into())));
    assert_eq!(creative.status.as_deref(), Some("PAUSED"));
}

#[test]
fn filled_in_forms_keep_no_answers() {
    let account = ads();
    let row = json!({"id": "r-1", "leadType": "SPONSORED", "submittedAt": SEPTEMBER, "testLead": false,
        "form": {"leadGenFormUrn": "urn:li:leadGenForm:f-1"},
        "leadMetadataInfo": {"sponsoredLeadMetadata": {"campaign": "urn:li:sponsoredCampaign:4"}},
        "formResponse": {"answers": [{"answerDetails": {"textQuestionAnswer": {"answer": "a@b.example"}}}]}});
    let page = map::leads(&slice(&account, "leads"), batch(json!({"elements": [row]}))).unwrap();
    assert!(page.raw.is_none());
    let Record::Crm(record) = &page.records[0] else { panic!() };
    let CrmRecord::Party(lead) = record.as_ref() else { panic!() };
    assert!(lead.entered.is_empty(), "it counts nowhere");
    assert_eq!(lead.created_at, "2026-09-01T00:00:00Z".parse().ok());
    assert_eq!(
        Value::Object(lead.attributes.clone()),
        json!({"form": "f-1", "campaign": "4", "lead_type": "SPONSORED", "is_test": false})
    );
}

#[test]
fn followers_are_dated_by_the_pull() {
    let account = auth::organization("urn:li:organization:8");
    let slice = slice(&account, "followers_total");
    let of = |value: Value| {
        map::followers(&slice, &Node::root(&value, "$"), "2026-09-03".parse().unwrap()).unwrap()
    };
    let Some(Record::Fact(fact)) = of(json!({"firstDegreeSize": 0})) else { panic!() };
    assert_eq!((figures(&fact), fact.date.to_string()), (vec!["followers 0".into()], "2026-09-03".into()));
    assert!(of(json!({})).is_none());
}
