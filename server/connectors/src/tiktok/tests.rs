use super::auth::{ADS, Door, behind};
use super::describe::page_of_things;
use super::failure::judge;
use super::organic::{Comments, hashtags, profile, videos};
use super::report::Mapper;
use super::streams::{AD_GROUPS, CAMPAIGNS, Call, Report, SPECS, belongs, call};
use crate::connector::Slice;
use crate::error::{DeniedScope, ErrorKind};
use crate::http::node::canonical;
use crate::http::{Answer, Batch, Budget, RetryReason, Verdict};
use crate::mapping::Seen;
use crate::oauth::Renewal;
use crate::record::{EntityRecord, FactRecord, Page, RawPage, Record, RemoteAccount};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use model::DayRange;
use model::entities::EntityKind;
use serde_json::{Value, json};
use std::time::Duration;

fn with_slice<T>(stream: &str, check: impl FnOnce(&Slice<'_>) -> T) -> T {
    let spec = SPECS.iter().find(|s| s.name == stream).unwrap();
    let door = if belongs(spec, Door::Ads) { Door::Ads } else { Door::Account };
    let account = RemoteAccount { currency: Some("JPY".into()), ..behind(door, "77") };
    let days = DayRange::new("2026-03-28".parse().unwrap(), "2026-03-29".parse().unwrap()).unwrap();
    check(&Slice { account: &account, stream: spec, days, budget: Budget::new(Duration::ZERO) })
}

fn report(stream: &str) -> &'static Report {
    match call(stream) {
        Ok(Call::Report(report)) => report,
        other => panic!("{stream} is {other:?}"),
    }
}

fn batch(value: Value) -> Batch {
    let at = chrono::DateTime::UNIX_EPOCH;
    Batch { value, raw: RawPage { request: "GET /".into(), body: Bytes::new(), fetched_at: at } }
}

fn facts(page: &Page) -> Vec<&FactRecord> {
    page.records.iter().filter_map(|r| if let Record::Fact(fact) = r { Some(fact) } else { None }).collect()
}

fn entities(page: &Page) -> Vec<&EntityRecord> {
    page.records
        .iter()
        .filter_map(|r| if let Record::Entity(entity) = r { Some(entity) } else { None })
        .collect()
}

fn warnings(page: &Page) -> String {
    let text = |record: &Record| if let Record::Warning(w) = record { Some(w.to_string()) } else { None };
    page.records.iter().filter_map(text).collect::<Vec<_>>().join("\n")
}

fn text(fact: &FactRecord) -> String {
    let splits: Vec<_> = fact.breakdown.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let values: Vec<_> = fact.values.iter().map(|(m, v)| format!("{}={}", m.name(), canonical(*v))).collect();
    format!("{} {} [{}] {}", fact.entity, fact.date.format("%d"), splits.join(" "), values.join(" "))
}

fn rows(stream: &str, list: Value) -> Vec<String> {
    with_slice(stream, |slice| {
        let page = Mapper::new(slice, report(stream)).page(batch(json!({"data": {"list": list}}))).unwrap();
        facts(&page).into_iter().map(text).collect()
    })
}

#[test]
fn figures_are_read_as_they_are_written_and_a_dash_is_no_zero() {
    let list = json!([
        {"dimensions": {"campaign_id": 9_007_199_254_740_993_i64, "stat_time_day": "2026-03-28 00:00:00"},
         "metrics": {"spend": "1200", "impressions": 10, "clicks": "0", "reach": "-", "conversion": "1",
                     "complete_payment": "9", "total_complete_payment_rate": "3500.50", "likes": 2, "comments": null,
                     "follows": "4", "video_play_actions": 7, "ctr": "1.09", "cost_per_conversion": "-",
                     "profile_visits": 3, "secondary_goal_result": "-", "campaign_name": "春"}},
        {"dimensions": {"campaign_id": "9007199254740993", "stat_time_day": "2026-03-30 00:00:00"},
         "metrics": {"spend": "1"}},
    ]);
    with_slice("campaign_daily", |slice| {
        let mut mapper = Mapper::new(slice, report("campaign_daily"));
        let page =
            mapper.page(batch(json!({"data": {"list": list, "page_info": {"total_number": 5}}}))).unwrap();
        let found = facts(&page);
        assert_eq!(found.len(), 1, "a day that was not asked for is left out");
        assert_eq!(
            text(found[0]),
            "9007199254740993 28 [] spend=1200 impressions=10 clicks=0 conversions=1 conversion_value=3500.5 \
             video_views=7 likes=2 new_followers=4"
        );
        assert_eq!(found[0].currency.as_deref(), Some("JPY"));
        assert_eq!(
            Value::Object(found[0].extra.clone()),
            json!({"complete_payment": "9", "profile_visits": 3})
        );
        let named = entities(&page);
        assert_eq!(
            (named.len(), named[0].name.as_str(), named[0].id.as_str()),
            (1, "春", "9007199254740993")
        );
        let said = warnings(&mapper.finish(["spend", "shares"].into_iter()));
        assert!(said.contains("field shares") && !said.contains("field spend"), "{said}");
        assert!(said.contains("5 rows, but delivered 2"), "{said}");
    });
}

#[test]
fn ad_groups_and_ads_hang_under_what_the_report_names() {
    let list = json!([{"dimensions": {"adgroup_id": "5", "stat_time_day": "2026-03-28 00:00:00"},
                       "metrics": {"spend": "1", "adgroup_name": "Group", "campaign_id": 4}}]);
    with_slice("adgroup_daily", |slice| {
        let page =
            Mapper::new(slice, report("adgroup_daily")).page(batch(json!({"data": {"list": list}}))).unwrap();
        let named = entities(&page);
        assert_eq!((named[0].kind, named[0].name.as_str()), (EntityKind::AdGroup, "Group"));
        assert_eq!(named[0].parent, Some((EntityKind::Campaign, "4".into())));
    });
}

#[test]
fn hours_and_audiences_are_kept_apart_from_totals() {
    let hour = |at: &str| json!([{"dimensions": {"campaign_id": "1", "stat_time_hour": at}, "metrics": {"clicks": 1}}]);
    assert_eq!(rows("campaign_hourly", hour("2026-03-29 09:00:00")), ["1 29 [hour=9] clicks=1"]);
    let list = json!([{"dimensions": {"campaign_id": "1", "stat_time_day": "2026-03-29 00:00:00", "age": "AGE_35_44",
                                      "gender": null}, "metrics": {"clicks": "2"}}]);
    assert_eq!(rows("audience_daily", list), ["1 29 [age=AGE_35_44 gender=NONE] clicks=2"]);
    for spec in SPECS {
        let Ok(Call::Report(report)) = call(spec.name) else { continue };
        assert_eq!(spec.breakdowns.is_empty(), report.splits.is_empty() && report.time == "stat_time_day");
    }
}

#[test]
fn rows_that_belong_nowhere_are_drift() {
    let of =
        |dimensions: Value| json!({"data": {"list": [{"dimensions": dimensions, "metrics": {"clicks": 1}}]}});
    for (answer, path) in [
        (of(json!({"stat_time_hour": "2026-03-29 09:00:00"})), "data.list[0].dimensions.campaign_id"),
        (of(json!({"campaign_id": "1"})), "data.list[0].dimensions.stat_time_hour"),
        (
            of(json!({"campaign_id": "1", "stat_time_hour": "2026-03-29"})),
            "data.list[0].dimensions.stat_time_hour",
        ),
        (
            of(json!({"campaign_id": "1", "stat_time_hour": "tomörrow!!"})),
            "data.list[0].dimensions.stat_time_hour",
        ),
        (json!({"data": {"rows": []}}), "data.list"),
    ] {
        with_slice("campaign_hourly", |slice| {
            let error = Mapper::new(slice, report("campaign_hourly")).page(batch(answer)).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Drift { path: path.to_owned() });
        });
    }
}

#[test]
fn things_are_described_with_their_parents() {
    let list = json!([{"campaign_id": 1_714_125_042_508_817_i64, "campaign_name": "Spring", "advertiser_id": 77,
                       "budget": 100.5, "secondary_status": "CAMPAIGN_STATUS_ENABLE", "operation_status": "ENABLE"},
                      {"campaign_id": "2", "campaign_name": ""}]);
    with_slice("campaigns", |slice| {
        let page = page_of_things(batch(json!({"data": {"list": list}})), slice, CAMPAIGNS).unwrap();
        let found = entities(&page);
        assert_eq!((found[0].id.as_str(), found[0].name.as_str()), ("1714125042508817", "Spring"));
        assert_eq!(found[0].status.as_deref(), Some("CAMPAIGN_STATUS_ENABLE"));
        assert_eq!(found[0].attributes["budget"].to_string(), "100.5");
        assert!(!found[0].attributes.contains_key("advertiser_id"));
        assert_eq!((found[1].name.as_str(), found[1].status.as_deref()), ("2", None));
    });
    let list = json!([{"adgroup_id": "5", "campaign_id": 4}]);
    with_slice("adgroups", |slice| {
        let page = page_of_things(batch(json!({"data": {"list": list}})), slice, AD_GROUPS).unwrap();
        assert_eq!(entities(&page)[0].parent, Some((EntityKind::Campaign, "4".into())));
    });
}

#[test]
fn days_of_an_account_are_those_of_its_metrics() {
    let answer = json!({"data": {
    "username": "acme", "display_name": "Acme ☕", "followers_count": 12, "profile_image": "https://x.example/i",
    "audience_countries": [{"country": "US", "percentage": 0.7}], "audience_ages": [],
    "metrics": [
        {"date": "2026-03-28", "video_views": "5", "profile_views": 0, "likes": null, "comments": 1, "shares": 2,
         "followers_count": 11, "unique_video_views": 4, "audience_activity": []},
        {"date": "2026-03-30", "video_views": 9},
    ]}});
    with_slice("account_daily", |slice| {
        let page = profile(batch(answer), slice).unwrap();
        let found: Vec<_> = facts(&page).into_iter().map(text).collect();
        assert_eq!(found, ["77 28 [] video_views=5 profile_views=0 comments=1 shares=2 followers=11"]);
        assert_eq!(Value::Object(facts(&page)[0].extra.clone()), json!({"unique_video_views": 4}));
        let own = entities(&page)[0];
        assert_eq!((own.name.as_str(), own.kind), ("Acme ☕", EntityKind::Account));
        assert_eq!(
            Value::Object(own.attributes.clone()),
            json!({"username": "acme", "display_name": "Acme ☕", "followers_count": 12,
                   "audience_countries": [{"country": "US", "percentage": 0.7}]})
        );
        let none = profile(batch(json!({"data": {"metrics": []}})), slice).unwrap();
        assert!(facts(&none).is_empty() && warnings(&none).is_empty());
        let private = json!({"data": {"is_business_account": false, "username": "me"}});
        // A refusal, because an empty reading would take away what is stored of the days.
        for (answer, says) in
            [(private, "no business account"), (json!({"data": {"username": "acme"}}), "no figures per day")]
        {
            let error = profile(batch(answer), slice).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Permission(DeniedScope::Stream));
            assert!(error.message.contains(says), "{error}");
        }
        let other = profile(batch(json!({"data": {"days": []}})), slice).unwrap_err();
        assert_eq!(other.kind, ErrorKind::Drift { path: "data.metrics".into() });
    });
}

#[test]
fn videos_have_come_to_something_by_the_day_of_the_pull() {
    let answer = json!({"data": {"videos": [
        {"item_id": "7300000000000000001", "create_time": "1774656000", "caption": "Émile", "media_type": "VIDEO",
         "video_views": "35600", "likes": 0, "comments": "-", "shares": 22, "favorites": null, "reach": 18_000,
         "average_time_watched": 6.8, "impression_sources": [{"impression_source": "For You", "percentage": 0.8}]},
        {"item_id": 7_300_000_000_000_000_002_i64, "create_time": 1_774_656_000, "video_views": 1},
    ]}});
    with_slice("videos", |slice| {
        let mut seen = Seen::default();
        let page = videos(batch(answer), slice, "2026-04-02".parse().unwrap(), &mut seen).unwrap();
        let found: Vec<_> = facts(&page).into_iter().map(text).collect();
        assert_eq!(
            found,
            [
                "7300000000000000001 02 [] video_views=35600 likes=0 shares=22 reach=18000",
                "7300000000000000002 02 [] video_views=1",
            ]
        );
        assert_eq!(facts(&page)[0].extra["average_time_watched"].to_string(), "6.8");
        let own = entities(&page)[0];
        assert_eq!((own.name.as_str(), own.kind), ("Émile", EntityKind::Post));
        assert_eq!(own.attributes["created_at"], "2026-03-28T00:00:00Z");
        assert_eq!(own.attributes["impression_sources"][0]["impression_source"], "For You");
        assert!(!own.attributes.contains_key("likes"));
        let bad = batch(json!({"data": {"videos": [{"video_views": 1}]}}));
        let error = videos(bad, slice, "2026-04-02".parse().unwrap(), &mut seen).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Drift { path: "data.videos[0].item_id".into() });
    });
}

#[test]
fn of_comments_only_their_number_and_time_stay() {
    with_slice("comments", |slice| {
        let mut found = Comments::default();
        let first = json!({"data": {"comments": [{"create_time": "1774656000", "text": "hush"}, {"create_time": 1_774_742_400}]}});
        let page = found.page(batch(first)).unwrap();
        assert!(page.records.is_empty() && page.raw.is_none());
        found.page(batch(json!({"data": {"comments": [{"create_time": "1774699200"}]}}))).unwrap();
        let Record::Entity(video) = found.below(slice, "9", None) else { panic!() };
        assert_eq!(
            Value::Object(video.attributes),
            json!({"comments_listed": 3, "last_comment_at": "2026-03-29T00:00:00Z"})
        );
    });
    with_slice("hashtags", |slice| {
        let answer = json!({"data": {"suggestions": [{"name": "coffee", "view_count": "91000000000"}]}});
        let page = hashtags(batch(answer), slice, "coffee").unwrap();
        assert!(facts(&page).is_empty(), "no figure of the account");
        assert_eq!(entities(&page)[0].attributes["hashtag_suggestions"][0]["view_count"], "91000000000");
    });
}

fn judged(status: u16, body: &str, door: Door) -> String {
    let answer = Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        at: "2026-09-05T12:00:00Z".parse().unwrap(),
    };
    match judge(&answer, door) {
        Verdict::Done => "done".into(),
        Verdict::Refresh(_) => "renew".into(),
        Verdict::Retry { reason: RetryReason::Throttled, .. } => "throttled".into(),
        Verdict::Retry { reason, .. } => format!("{reason:?}"),
        Verdict::GiveUp(error) => match error.kind {
            ErrorKind::Quota { until } => format!("quota {until}"),
            ErrorKind::Permission(DeniedScope::Account) => "advertiser denied".into(),
            ErrorKind::Permission(_) => "stream denied".into(),
            kind => kind.name().into(),
        },
    }
}

#[test]
fn the_code_in_the_body_decides() {
    let said = |code: Value, message: &str| json!({"code": code, "message": message, "data": {}}).to_string();
    for (code, message, ads, account) in [
        (json!(0), "OK", "done", "done"),
        (json!("0"), "OK", "done", "done"),
        (json!(40100), "App reaches the QPS limit.", "throttled", "throttled"),
        (json!("40133"), "Too many requests.", "throttled", "throttled"),
        (
            json!(40100),
            "App reaches the daily limit.",
            "quota 2026-09-06 00:00:00 UTC",
            "quota 2026-09-06 00:00:00 UTC",
        ),
        (json!(40105), "Access token is incorrect or has been revoked.", "needs_reauthorisation", "renew"),
        (json!(40199), "Something new about tokens.", "needs_reauthorisation", "renew"),
        (json!(40001), "No permission to operate advertiser 77", "advertiser denied", "stream denied"),
        (json!(40001), "No permission: scope", "stream denied", "stream denied"),
        (json!(40002), "metrics: invalid", "rejected", "rejected"),
        (json!(40007), "Not a valid request.", "rejected", "rejected"),
        (json!(40007), "This API version is no longer served.", "version_sunset", "version_sunset"),
        (json!(40201), "The task is not ready.", "Fault", "Fault"),
        (json!(40700), "Try again.", "Fault", "Fault"),
        (json!(50000), "System error.", "Fault", "Fault"),
        (json!(51010), "Internal error.", "Fault", "Fault"),
    ] {
        let body = said(code, message);
        assert_eq!(judged(200, &body, Door::Ads), ads, "{body}");
        assert_eq!(judged(200, &body, Door::Account), account, "{body}");
    }
    assert_eq!(judged(200, r#"{"data":{"list":["#, Door::Ads), "done", "the engine sees that it breaks off");
    assert_eq!(judged(502, "<html>Bad gateway</html>", Door::Ads), "Fault");
    assert_eq!(judged(404, "<html>Not found</html>", Door::Ads), "stream denied", "others are read");
    assert_eq!(judged(429, &said(json!(1), "Slow down."), Door::Ads), "throttled");
}

#[test]
fn streams_belong_to_one_kind_of_account() {
    for spec in SPECS {
        assert!(belongs(spec, Door::Ads) != belongs(spec, Door::Account), "{}", spec.name);
    }
    assert_eq!(ADS.renewal, Renewal::Never);
}
