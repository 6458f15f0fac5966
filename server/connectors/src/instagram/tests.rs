use super::map::{audience, by_name, days, post, post_figures, profile, totals};
use super::streams::SPECS;
use crate::connector::Slice;
use crate::http::node::canonical;
use crate::http::{Budget, Node};
use crate::record::{FactRecord, Record, RemoteAccount};
use chrono::NaiveDate;
use model::DayRange;
use model::entities::EntityKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

fn slice<'a>(account: &'a RemoteAccount, stream: &str) -> Slice<'a> {
    Slice {
        account,
        stream: SPECS.iter().find(|s| s.name == stream).unwrap(),
        days: DayRange::new(day("2026-03-07"), day("2026-03-09")).unwrap(),
        budget: Budget::new(Duration::ZERO),
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn values(fact: &FactRecord) -> Vec<String> {
    fact.values.iter().map(|(metric, value)| format!("{} {}", metric.name(), canonical(*value))).collect()
}

fn of_post(row: Value, insights: Value) -> Option<FactRecord> {
    let account = RemoteAccount::bare("1");
    let figures = by_name(&Node::root(&insights, "data")).unwrap();
    post_figures(&slice(&account, "media_insights"), &Node::root(&row, "row"), figures, day("2026-03-10"))
        .unwrap()
}

fn lifetime(name: &str, value: Value) -> Value {
    json!({"name": name, "period": "lifetime", "values": [{"value": value}]})
}

#[test]
fn insights_win_over_the_counters_of_the_post() {
    let row = json!({"id": "0990000000000000012", "like_count": 12, "comments_count": 2});
    let both =
        json!([lifetime("likes", 108.into()), lifetime("comments", 0.into()), lifetime("saved", 7.into())]);
    let fact = of_post(row.clone(), both).unwrap();
    assert_eq!(values(&fact), ["likes 108", "comments 0", "saves 7"]);
    assert_eq!((fact.entity.as_str(), fact.kind), ("0990000000000000012", EntityKind::Post));
    assert_eq!(fact.date, day("2026-03-10"));
    assert_eq!(values(&of_post(row, json!([])).unwrap()), ["likes 12", "comments 2"]);
    // Likes may be hidden.
    assert_eq!(values(&of_post(json!({"id": "1", "comments_count": 0}), json!([])).unwrap()), ["comments 0"]);
    assert!(of_post(json!({"id": "1"}), json!([])).is_none());
}

#[test]
fn of_the_names_that_views_had_the_first_counts() {
    let check = |insights: Value, expected: &[&str]| {
        assert_eq!(values(&of_post(json!({"id": "1"}), insights).unwrap()), expected);
    };
    check(json!([lifetime("plays", 5.into()), lifetime("views", 7.into())]), &["video_views 7"]);
    check(json!([lifetime("video_views", 4.into()), lifetime("plays", 5.into())]), &["video_views 5"]);
    check(
        json!([
            lifetime("views", Value::Null),
            lifetime("video_views", 0.into()),
            lifetime("impressions", 9.into())
        ]),
        &["video_views 0", "impressions 9"],
    );
    // A total, as stories have it; and what is split has no single value.
    let fact = of_post(
        json!({"id": "1"}),
        json!([{"name": "views", "total_value": {"value": 3}}, {"name": "total_interactions", "total_value": {"value": 4}},
               {"name": "navigation", "total_value": {"breakdowns": []}}, lifetime("ig_reels_avg_watch_time", 12_549.into())]),
    );
    let fact = fact.unwrap();
    assert_eq!(values(&fact), ["video_views 3", "engagements 4"]);
    assert_eq!(Value::Object(fact.extra), json!({"ig_reels_avg_watch_time": 12549}));
}

#[test]
fn a_value_belongs_to_the_day_that_its_midnight_ends() {
    let check = |end: &str, expected: Option<&str>| {
        let answer = json!({"data": [{"name": "reach", "values": [{"value": 5, "end_time": end}]}]});
        let mut found = BTreeMap::new();
        let asked = DayRange::new(day("2026-03-07"), day("2026-03-09")).unwrap();
        days(&answer, asked, &mut found).unwrap();
        assert_eq!(found.keys().next().copied(), expected.map(day), "{end}");
    };
    // California, before and after its clocks go forward.
    check("2026-03-08T08:00:00+0000", Some("2026-03-07"));
    check("2026-03-09T07:00:00+0000", Some("2026-03-08"));
    // Auckland and Tokyo are early, Pago Pago is late.
    check("2026-03-07T12:00:00+0000", Some("2026-03-07"));
    check("2026-03-07T15:00:00+0000", Some("2026-03-07"));
    check("2026-03-08T11:00:00+0000", Some("2026-03-07"));
    check("2026-03-08T00:00:00+0000", Some("2026-03-07"));
    // Not asked for.
    check("2026-03-07T08:00:00+0000", None);
    check("2026-03-11T07:00:00+0000", None);
}

#[test]
fn days_may_have_lost_followers_and_no_value() {
    let answer = json!({"data": [
        {"name": "follower_count", "values": [{"value": -2, "end_time": "2026-03-08T08:00:00+0000"},
                                              {"value": 0, "end_time": "2026-03-09T07:00:00+0000"},
                                              {"end_time": "2026-03-10T07:00:00+0000"}]},
        {"name": "something_new", "values": [{"value": {"a": 1}}]},
    ], "paging": {"next": "https://a.example/later"}});
    let mut found = BTreeMap::new();
    let asked = DayRange::new(day("2026-03-07"), day("2026-03-09")).unwrap();
    days(&answer, asked, &mut found).unwrap();
    let figures: Vec<_> = found
        .iter()
        .flat_map(|(day, values)| values.iter().map(move |(m, v)| format!("{day} {} {v}", m.name())))
        .collect();
    assert_eq!(figures, ["2026-03-07 new_followers -2", "2026-03-08 new_followers 0"]);
    let timeless = json!({"data": [{"name": "reach", "values": [{"value": 1}]}]});
    let error = days(&timeless, asked, &mut found).unwrap_err();
    assert!(error.message.contains("data[0].values[0].end_time"), "{error}");
}

#[test]
fn totals_are_the_accounts_own() {
    let account = RemoteAccount::bare("1");
    let total = |name: &str, value: Value| json!({"name": name, "total_value": {"value": value}});
    let answer = json!({"data": [total("views", 4_120.into()), total("website_clicks", 3.into()),
        total("profile_links_taps", 0.into()), total("accounts_engaged", 88.into()), total("reach", 9.into()),
        {"name": "follows_and_unfollows", "total_value": {"breakdowns": [{"results": []}]}}]});
    let fact = totals(&slice(&account, "account_totals"), &answer, day("2026-03-08")).unwrap();
    let fact = fact.unwrap();
    assert_eq!(values(&fact), ["video_views 4120", "clicks 0"]);
    assert_eq!(Value::Object(fact.extra), json!({"accounts_engaged": 88, "reach": 9}));
    let none = json!({"data": []});
    assert!(totals(&slice(&account, "account_totals"), &none, day("2026-03-08")).unwrap().is_none());
}

#[test]
fn followers_are_split_by_what_they_have_in_common() {
    let account = RemoteAccount::bare("1");
    let answer = json!({"data": [{"name": "follower_demographics", "total_value": {"breakdowns": [
        {"dimension_keys": ["age", "gender"], "results": [
            {"dimension_values": ["18-24", "F"], "value": 10}, {"dimension_values": ["18-24", "U"], "value": 0}]},
        {"dimension_keys": ["city"], "results": [{"dimension_values": ["Zürich, Zürich (canton)"], "value": 1}]}]}}]});
    let records = audience(&slice(&account, "audience"), &answer, day("2026-03-10")).unwrap();
    let told: Vec<_> = records
        .iter()
        .map(|record| match record {
            Record::Fact(fact) => {
                format!("{:?} {}", fact.breakdown.values().collect::<Vec<_>>(), values(fact)[0])
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        told,
        [
            r#"["18-24", "F"] followers 10"#,
            r#"["18-24", "U"] followers 0"#,
            r#"["Zürich, Zürich (canton)"] followers 1"#
        ]
    );
}

#[test]
fn accounts_and_posts_have_names() {
    let account = RemoteAccount { name: "known".into(), ..RemoteAccount::bare("1") };
    let row = json!({"id": "1", "username": "acme", "followers_count": 0, "media_count": 2});
    let records = profile(&slice(&account, "profile"), &Node::root(&row, "$"), day("2026-03-10")).unwrap();
    let (Record::Entity(named), Record::Fact(fact)) = (&records[0], &records[1]) else { panic!() };
    assert_eq!((named.name.as_str(), values(fact)), ("acme", vec!["followers 0".to_owned()]));
    let quiet = json!({"id": "1"});
    assert_eq!(
        profile(&slice(&account, "profile"), &Node::root(&quiet, "$"), day("2026-03-10")).unwrap().len(),
        1
    );

    let caption = format!("{} und mehr\nzweite Zeile", "ä".repeat(90));
    let row = json!({"id": "7", "caption": caption, "media_type": "CAROUSEL_ALBUM", "media_product_type": "FEED",
                     "like_count": 3, "children": {"data": [{"id": "8"}, {"id": "9"}]}});
    let thing = post(&slice(&account, "media"), &Node::root(&row, "$")).unwrap();
    assert_eq!((thing.name.chars().count(), thing.status.as_deref()), (81, Some("FEED")));
    assert_eq!(thing.attributes["children"], json!(["8", "9"]));
    assert!(!thing.attributes.contains_key("like_count"));
    let bare = json!({"id": "7"});
    assert_eq!(post(&slice(&account, "media"), &Node::root(&bare, "$")).unwrap().name, "7");
}
