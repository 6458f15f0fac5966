use super::posts::Posts;
use super::streams::{SPECS, ask};
use super::{ads, auth, map};
use crate::connector::Slice;
use crate::http::node::canonical;
use crate::http::{Batch, Budget, Node};
use crate::record::{EntityRecord, FactRecord, Page, RawPage, Record, RemoteAccount};
use crate::totals::Totals;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use model::DayRange;
use model::entities::EntityKind;
use serde_json::{Value, json};
use std::time::Duration;

fn today() -> NaiveDate {
    "2026-09-03".parse().unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-09-03T12:00:00Z".parse().unwrap()
}

fn slice<'a>(account: &'a RemoteAccount, stream: &str, from: &str, until: &str) -> Slice<'a> {
    Slice {
        account,
        stream: SPECS.iter().find(|s| s.name == stream).unwrap(),
        days: DayRange::new(from.parse().unwrap(), until.parse().unwrap()).unwrap(),
        budget: Budget::new(Duration::ZERO),
    }
}

fn facts(page: &Page) -> Vec<&FactRecord> {
    let mut facts = Vec::new();
    for record in &page.records {
        if let Record::Fact(fact) = record {
            facts.push(fact);
        }
    }
    facts
}

fn entities(page: &Page) -> Vec<&EntityRecord> {
    let mut entities = Vec::new();
    for record in &page.records {
        if let Record::Entity(entity) = record {
            entities.push(entity);
        }
    }
    entities
}

fn figures(fact: &FactRecord) -> Vec<String> {
    fact.values.iter().map(|(m, v)| format!("{} {}", m.name(), canonical(*v))).collect()
}

fn page_of(pages: &[Value], look_ups: &[Value]) -> Page {
    let account = auth::user("7");
    let mut posts = Posts::default();
    for page in pages {
        posts.take(page).unwrap();
    }
    for page in look_ups {
        posts.complete(page).unwrap();
    }
    posts.page(&slice(&account, "posts", "2026-08-01", "2026-09-03"), today()).unwrap()
}

fn data(posts: &[Value]) -> Value {
    json!({ "data": posts })
}

fn public(likes: i64) -> Value {
    json!({"like_count": likes, "reply_count": 0, "retweet_count": 2, "quote_count": 1, "bookmark_count": 4,
           "impression_count": 100})
}

#[test]
fn each_stream_has_something_to_ask() {
    assert!(SPECS.iter().all(|s| ask(s.name).is_some()));
}

#[test]
fn figures_come_from_the_block_that_knows_best() {
    let page = page_of(
        &[data(&[
            json!({"id": "9007199254740993", "text": "a &lt;b&gt; &amp;amp; c", "public_metrics": public(7)}),
        ])],
        &[data(&[
            json!({"id": "9007199254740993", "public_metrics": public(8),
                   "organic_metrics": {"impression_count": 90, "url_link_clicks": 11, "like_count": 1},
                   "non_public_metrics": {"impression_count": 95, "url_link_clicks": 12, "engagements": 0}}),
            json!({"id": "1", "public_metrics": public(1)}),
        ])],
    );
    let facts = facts(&page);
    assert_eq!(facts.len(), 1, "what was not in the timeline is none of ours");
    assert_eq!((facts[0].kind, facts[0].entity.as_str()), (EntityKind::Post, "9007199254740993"));
    assert_eq!(facts[0].date, today());
    assert_eq!(
        figures(facts[0]),
        ["impressions 90", "likes 8", "comments 0", "saves 4", "shares 3", "link_clicks 11", "engagements 0",]
    );
    assert_eq!(entities(&page)[0].name, "a <b> &amp; c");
}

#[test]
fn a_block_that_is_missing_is_unknown() {
    let of = |post: Value| {
        let page = page_of(&[data(&[post])], &[]);
        facts(&page).first().map(|fact| figures(fact)).unwrap_or_default()
    };
    assert!(of(json!({"id": "1", "text": "old"})).is_empty());
    assert_eq!(of(json!({"id": "1", "public_metrics": {"like_count": 0}})), ["likes 0"]);
    assert_eq!(of(json!({"id": "1", "public_metrics": {"quote_count": 5}})), ["shares 5"]);
    let private = json!({"impression_count": 9, "engagements": null, "url_link_clicks": 3});
    let organic = json!({"impression_count": null});
    let post = json!({"id": "1", "non_public_metrics": private, "organic_metrics": organic});
    assert_eq!(of(post), ["impressions 9", "link_clicks 3"]);
}

#[test]
fn reposts_and_replaced_versions_are_left_out_and_each_post_counts_once() {
    let page = page_of(
        &[
            data(&[
                json!({"id": "10", "edit_history_tweet_ids": ["9", "10"], "public_metrics": public(1)}),
                json!({"id": "8", "referenced_tweets": [{"type": "retweeted", "id": "1"}], "public_metrics": public(1)}),
                json!({"id": "7", "referenced_tweets": [{"type": "quoted", "id": "2"}], "public_metrics": public(1)}),
            ]),
            data(&[
                json!({"id": "9", "edit_history_tweet_ids": ["9", "10"], "public_metrics": public(9)}),
                json!({"id": "7", "public_metrics": public(2)}),
                json!({"id": "5", "edit_history_tweet_ids": ["5", "6"], "public_metrics": public(5)}),
            ]),
        ],
        &[],
    );
    let ids: Vec<_> = facts(&page).iter().map(|fact| fact.entity.clone()).collect();
    assert_eq!(ids, ["10", "7", "5"], "a version stays where the later one is not known");
    assert_eq!(figures(facts(&page)[1])[1], "likes 2", "as it came last");
    assert_eq!(entities(&page)[1].attributes["quoted"], "2");
}

#[test]
fn videos_are_viewed_and_photos_are_not() {
    let posts = data(&[
        json!({"id": "1", "attachments": {"media_keys": ["v"]}, "public_metrics": public(0)}),
        json!({"id": "2", "attachments": {"media_keys": ["p"]}, "public_metrics": public(0)}),
    ]);
    let mut page = posts;
    page["includes"] = json!({"media": [{"media_key": "v", "type": "video", "public_metrics": {"view_count": 0}},
                                        {"media_key": "p", "type": "photo"}]});
    let page = page_of(&[page], &[]);
    let facts = facts(&page);
    assert!(figures(facts[0]).contains(&"video_views 0".to_owned()));
    assert!(!figures(facts[1]).join(" ").contains("video_views"));
}

#[test]
fn only_young_posts_are_looked_up() {
    let mut posts = Posts::default();
    let repost = json!([{"type": "retweeted", "id": "9"}]);
    let page = data(&[
        json!({"id": "1", "created_at": "2026-08-04T12:00:01.000Z"}),
        json!({"id": "2", "created_at": "2026-08-04T12:00:00.000Z"}),
        json!({"id": "3"}),
        json!({"id": "4", "created_at": "2026-09-01T00:00:00.000Z", "referenced_tweets": repost}),
    ]);
    assert_eq!(posts.take(&page).unwrap(), 4);
    assert_eq!(posts.young(now()).unwrap(), ["1", "3"]);
}

#[test]
fn what_is_refused_beside_good_rows_is_named_and_so_is_a_field_that_went() {
    let mut page = data(&[json!({"id": "1", "public_metrics": {"like_count": 1}})]);
    page["errors"] = json!([{"title": "Field Authorization Error", "detail": "Not this."},
                            {"title": "Field Authorization Error", "detail": "Nor that."}]);
    let page = page_of(&[page, json!({"meta": {"result_count": 0}})], &[]);
    let mut warnings = Vec::new();
    for record in &page.records {
        if let Record::Warning(warning) = record {
            warnings.push(warning.to_string());
        }
    }
    assert!(warnings[0].contains("Field Authorization Error, 2 times") && warnings[0].contains("Not this."));
    assert!(warnings.iter().any(|w| w.contains("field bookmark_count")), "{warnings:?}");
    assert_eq!(facts(&page).len(), 1);
}

#[test]
fn a_row_without_an_id_is_drift() {
    let error = Posts::default().take(&data(&[json!({"text": "?"})])).unwrap_err();
    assert!(error.message.contains("data[0].id"), "{error}");
}

#[test]
fn a_user_has_followers_where_x_says_so() {
    let account = auth::user("7");
    let slice = slice(&account, "account_snapshot", "2026-09-03", "2026-09-03");
    let of = |user: Value| {
        let value = json!({ "data": user });
        map::user(&slice, &Node::root(&value, "$"), today()).unwrap()
    };
    let records =
        of(json!({"id": "7", "name": "Ünï", "public_metrics": {"followers_count": 0, "tweet_count": 3}}));
    let Record::Fact(fact) = &records[1] else { panic!() };
    assert_eq!((figures(fact), fact.date), (vec!["followers 0".to_owned()], today()));
    assert_eq!(fact.extra["tweet_count"], json!(3));
    assert_eq!(of(json!({"id": "7"})).len(), 1);
    let nothing = json!({});
    assert!(map::user(&slice, &Node::root(&nothing, "$"), today()).is_err());
}

#[test]
fn posts_of_others_have_no_figures_and_followers_no_names() {
    let account = auth::user("7");
    let slice = slice(&account, "mentions", "2026-09-03", "2026-09-03");
    let batch = |value: Value| Batch {
        value,
        raw: RawPage { request: "GET /".into(), body: Bytes::new(), fetched_at: now() },
    };
    let posts = data(&[json!({"id": "9", "text": "@x hi", "public_metrics": public(1)})]);
    let page = map::others(&slice, batch(posts), "mention").unwrap();
    assert!(facts(&page).is_empty());
    assert_eq!(entities(&page)[0].attributes["relation"], "mention");
    assert_eq!(entities(&page)[0].attributes["like_count"], public(1)["like_count"], "kept, but no figure");
    let page = map::followers(&slice, batch(data(&[json!({"id": "9", "name": "Ann"})]))).unwrap();
    assert_eq!(page.records.len(), 1);
    assert!(page.raw.is_none() && !format!("{:?}", page.records).contains("Ann"));
    assert_eq!(map::others(&slice, batch(json!({"meta": {}})), "mention").unwrap().rows, 0);
}

fn stats(zone: &str, days: (&str, &str), answers: &[(&str, Value)]) -> Vec<String> {
    let account = RemoteAccount {
        currency: Some("JPY".into()),
        time_zone: Some(zone.into()),
        ..auth::ads_account("abc")
    };
    let slice = slice(&account, "ads_daily", days.0, days.1);
    let mut totals = Totals::default();
    for (placement, answer) in answers {
        ads::take(&slice, placement, &Node::root(answer, "$"), &mut totals).unwrap();
    }
    let line = |fact: FactRecord| {
        assert_eq!((fact.kind, fact.currency.as_deref()), (EntityKind::Campaign, Some("JPY")));
        format!("{} {}: {}", fact.entity, fact.date, figures(&fact).join(", "))
    };
    totals.facts().map(line).collect()
}

fn answer(start: &str, metrics: Value) -> Value {
    json!({"data": [{"id": "c1", "id_data": [{"segment": null, "metrics": metrics}]}],
           "request": {"params": {"start_time": start}}})
}

#[test]
fn slots_are_days_of_the_accounts_zone_and_placements_are_added() {
    let x = answer(
        "2026-09-01T07:00:00Z",
        json!({"impressions": [10, null, 5], "clicks": [0, null, null], "billed_charge_local_micro": [1_500_000, 1, null],
               "video_total_views": null, "card_engagements": [1, 1, 1]}),
    );
    let network = answer("2026-09-01T07:00:00Z", json!({"impressions": [1, null, null], "clicks": null}));
    let both = [("ALL_ON_TWITTER", x.clone()), ("PUBLISHER_NETWORK", network)];
    assert_eq!(
        stats("America/Los_Angeles", ("2026-09-01", "2026-09-02"), &both),
        ["c1 2026-09-01: impressions 11, clicks 0, spend 1.5", "c1 2026-09-02: spend 0.000001"],
        "the third day was not asked for"
    );
    let again = [("ALL_ON_TWITTER", x.clone()), ("ALL_ON_TWITTER", x)];
    let once = stats("America/Los_Angeles", ("2026-09-01", "2026-09-01"), &again);
    assert_eq!(once, ["c1 2026-09-01: impressions 10, clicks 0, spend 1.5"]);
}

#[test]
fn days_stay_days_where_clocks_change() {
    // New York goes back on 1 November 2026: that day has 25 hours.
    let of = |start: &str| {
        let asked = [("ALL_ON_TWITTER", answer(start, json!({"clicks": [1, 2, 3]})))];
        stats("America/New_York", ("2026-10-31", "2026-11-02"), &asked)
    };
    let expected = ["c1 2026-10-31: clicks 1", "c1 2026-11-01: clicks 2", "c1 2026-11-02: clicks 3"];
    assert_eq!(of("2026-10-31T04:00:00Z"), expected);
}
