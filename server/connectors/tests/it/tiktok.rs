//! `TikTok` by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Seen, Server};
use crate::support::{Outcome, Read, accounts, credentials};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn read_of(account: &str, since: &str, until: &str) -> Read {
    let mut read = Read::new(account, since, until);
    read.slug = "tiktok".into();
    read.now = "2026-09-05".into();
    read
}

fn read(account: &str) -> Read {
    read_of(account, "2026-09-01", "2026-09-02")
}

fn get(path: &str, query: &[(&str, Value)]) -> Interaction {
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), Some(value.clone()))).collect();
    Interaction { query, ..Interaction::new("GET", &format!("^/open_api/v1\\.3{path}$"), &[]) }
}

fn report(query: &[(&str, Value)]) -> Interaction {
    get("/report/integrated/get/", query)
}

fn ok(data: &Value) -> Value {
    json!({"code": 0, "message": "OK", "request_id": "r", "data": data})
}

fn refusal(code: u32, message: &str) -> Value {
    json!({"code": code, "message": message, "request_id": "r", "data": {}})
}

fn info(id: &str) -> Interaction {
    let asked = json!(format!("[\"{id}\"]"));
    get("/advertiser/info/", &[("advertiser_ids", asked)]).gives(
        200,
        &ok(
            &json!({"list": [{"advertiser_id": id, "name": "Acme", "currency": "JPY", "timezone": "Etc/GMT-9",
                              "display_timezone": "Asia/Tokyo", "email": "ann@acme.example"}]}),
        ),
    )
}

fn day(campaign: &str, date: &str, clicks: u32) -> Value {
    json!({"dimensions": {"campaign_id": campaign, "stat_time_day": format!("{date} 00:00:00")},
           "metrics": {"spend": "12", "impressions": "100", "clicks": clicks.to_string(), "campaign_name": "C"}})
}

fn page(rows: &[Value], pages: u32) -> Value {
    ok(&json!({"list": rows, "page_info": {"total_page": pages}}))
}

fn refresh(from: &str, to: &str) -> Interaction {
    let (old, id) = (format!("\"refresh_token\":\"{from}\""), "\"client_id\":\"client\"");
    Interaction::new("POST", "^/open_api/v1\\.3/tt_user/oauth2/refresh_token/$", &[&old, id]).gives(
        200,
        &ok(&json!({"access_token": format!("act-{to}"), "refresh_token": to, "expires_in": 86_400, "open_id": "biz-7"})),
    )
}

fn clicks(outcome: &Outcome) -> Vec<String> {
    outcome.figures().into_iter().filter(|figure| figure.contains(" clicks ")).collect()
}

fn calls(server: &Server, path: &str) -> Vec<Seen> {
    server.seen().into_iter().filter(|s| s.path.ends_with(path)).collect()
}

#[tokio::test]
async fn reports_are_read_to_their_last_page_over_empty_and_repeated_ones() {
    let twice = day("1", "2026-09-01", 5);
    let server = Server::start(vec![
        info("77"),
        report(&[("page", json!("4"))]).gives(200, &page(&[day("3", "2026-09-02", 7), twice.clone()], 4)),
        report(&[("page", json!("3"))]).gives(200, &page(&[], 4)),
        report(&[("page", json!("2"))]).gives(200, &refusal(40100, "App reaches the QPS limit.")).times(3),
        report(&[("page", json!("2"))]).gives(200, &refusal(50002, "Processing error.")).times(1),
        report(&[("page", json!("2"))]).gives(200, &page(&[day("2", "2026-09-01", 6)], 4)),
        report(&[("dimensions", json!("[\"campaign_id\",\"stat_time_day\"]")), ("page_size", json!("2"))])
            .gives(200, &page(&[twice, day("1", "2026-09-02", 0)], 4)),
    ])
    .await;
    let outcome = read("77").stream("campaign_daily").setting("page_size", "2").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let mut found = clicks(&outcome);
    found.dedup();
    assert_eq!(
        found,
        ["1 2026-09-01 clicks 5", "1 2026-09-02 clicks 0", "2 2026-09-01 clicks 6", "3 2026-09-02 clicks 7"]
    );
    assert!(outcome.metrics().iter().all(|m| m["metric"] != "spend" || m["currency"] == "JPY"));
    let last = server.seen().pop().unwrap();
    assert_eq!(last.header("access-token"), Some("at-1"));
    assert_eq!(last.header("authorization"), None);
}

#[tokio::test]
async fn an_answer_without_a_word_about_pages_is_the_only_one() {
    let rows = json!({"list": [
        {"dimensions": {"campaign_id": "1", "stat_time_day": "2026-09-01 00:00:00", "age": "AGE_18_24", "gender": "MALE"},
         "metrics": {"clicks": "1"}},
        {"dimensions": {"campaign_id": "1", "stat_time_day": "2026-09-01 00:00:00", "age": "AGE_18_24", "gender": "NONE"},
         "metrics": {"clicks": "2"}}]});
    let server =
        Server::start(vec![info("77"), report(&[("report_type", json!("AUDIENCE"))]).gives(200, &ok(&rows))])
            .await;
    let outcome = read("77").stream("audience_daily").setting("page_size", "2").run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (0, 2), "{}", outcome.words);
    assert!(outcome.metrics().iter().all(|m| m["breakdown"]["age"] == "AGE_18_24"));
    assert_eq!(calls(&server, "/report/integrated/get/").len(), 1);
}

#[tokio::test]
async fn a_report_that_is_too_long_is_read_in_parts_and_nothing_twice() {
    let long = ok(
        &json!({"list": [day("1", "2026-09-01", 9)], "page_info": {"total_page": 20, "total_number": 20_000}}),
    );
    let of = |date: &str| report(&[("start_date", json!(date)), ("end_date", json!(date))]);
    let server = Server::start(vec![
        info("77"),
        of("2026-09-01").gives(200, &page(&[day("1", "2026-09-01", 1)], 1)),
        of("2026-09-02").gives(200, &page(&[day("1", "2026-09-02", 2)], 1)),
        report(&[]).gives(200, &long),
    ])
    .await;
    let outcome = read("77").stream("campaign_daily").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(clicks(&outcome), ["1 2026-09-01 clicks 1", "1 2026-09-02 clicks 2"]);
}

#[tokio::test]
async fn a_metric_that_tiktok_no_longer_knows_is_left_out_and_named() {
    let server = Server::start(vec![
        info("77"),
        report(&[("metrics", json!("~follows"))])
            .gives(200, &refusal(40002, "Invalid metric fields: ['follows'].")),
        report(&[]).gives(200, &page(&[day("1", "2026-09-01", 3)], 1)),
    ])
    .await;
    let outcome = read("77").stream("campaign_daily").run(&server).await;
    assert_eq!((outcome.code, clicks(&outcome).len()), (0, 1), "{}", outcome.words);
    assert!(outcome.warnings().join("\n").contains("does not give follows"));
}

#[tokio::test]
async fn a_refused_stream_leaves_the_others_and_deleted_things_count_unless_told_otherwise() {
    let denied = refusal(40001, "No permission: audience reports");
    let server = || async {
        Server::start(vec![
            info("77"),
            report(&[("report_type", json!("AUDIENCE"))]).gives(200, &denied),
            report(&[("data_level", json!("AUCTION_CAMPAIGN")), ("dimensions", json!("~stat_time_day"))])
                .gives(200, &page(&[day("1", "2026-09-01", 3)], 1)),
            report(&[]).gives(200, &page(&[], 0)),
            get("/(campaign|adgroup|ad)/get/", &[]).gives(200, &page(&[], 0)),
        ])
        .await
    };
    let running = server().await;
    let outcome = read("77").run(&running).await;
    assert_eq!((outcome.code, clicks(&outcome).len()), (0, 1), "{}", outcome.words);
    assert_eq!(outcome.warnings().iter().filter(|w| w.contains("audience reports")).count(), 3);
    let email = outcome.lines.iter().any(|line| line.to_string().contains("ann@"));
    assert!(!email, "people's addresses are not kept");
    // Both forms of the filter name the same state.
    let filtered = Interaction { query: vec![("filtering".into(), None)], ..report(&[]) };
    let plain = Server::start(vec![info("77"), filtered.gives(200, &page(&[], 1))]).await;
    let bare = read("77").stream("campaign_daily").setting("deleted", "leave_out").run(&plain).await;
    assert_eq!(bare.code, 0, "{}", bare.words);
    let with = Server::start(vec![
        info("77"),
        report(&[(
            "filtering",
            json!(
                r#"[{"field_name":"campaign_status","filter_type":"IN","filter_value":"[\"STATUS_ALL\"]"}]"#
            ),
        )])
        .gives(200, &page(&[], 1)),
    ])
    .await;
    assert_eq!(read("77").stream("campaign_daily").run(&with).await.code, 0);
}

#[tokio::test]
async fn streams_of_the_other_kind_of_account_do_not_make_a_refused_one_good() {
    let denied = || refusal(40001, "No permission to operate advertiser 77");
    let server = Server::start(vec![get("/.+", &[]).gives(200, &denied())]).await;
    let outcome = read("77").run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (2, 0), "{}", outcome.words);
    assert!(server.seen().iter().all(|call| !call.path.contains("/business/")));
    let server = Server::start(vec![get("/business/.+", &[]).gives(200, &denied())]).await;
    let outcome = read("biz-7").run(&server).await;
    assert_eq!((outcome.code, server.seen().len()), (2, 2), "{}", outcome.words);
}

#[tokio::test]
async fn a_revoked_token_of_advertisers_is_not_renewed() {
    let revoked = refusal(40105, "Access token is incorrect or has been revoked.");
    let server =
        Server::start(vec![get("/advertiser/info/", &[]).gives(200, &revoked), refresh("rt-1", "rt-2")])
            .await;
    let outcome = read("77").run(&server).await;
    assert_eq!((outcome.code, server.seen().len()), (3, 1), "{}", outcome.words);
}

#[tokio::test]
async fn the_token_of_a_tiktok_account_is_renewed_and_its_videos_read_to_the_end() {
    let video = |id: &str| {
        json!({"item_id": id, "create_time": "1788000000", "video_views": 1, "likes": 0, "comments": 0,
                                  "shares": 0, "favorites": 0, "reach": 1})
    };
    let list = |ids: &[&str], cursor: u64, more: bool| {
        let videos: Vec<_> = ids.iter().map(|id| video(id)).collect();
        ok(&json!({"videos": videos, "cursor": cursor, "has_more": more}))
    };
    let videos = |query: &[(&str, Value)]| get("/business/video/list/", query);
    let server = Server::start(vec![
        refresh("rt-1", "rt-2"),
        videos(&[]).gives(200, &refusal(40102, "Access token has expired.")).times(1),
        videos(&[("cursor", json!("30"))]).gives(200, &list(&["3"], 20, false)),
        videos(&[("cursor", json!("40"))]).gives(200, &list(&[], 30, true)),
        videos(&[("business_id", json!("biz-7")), ("max_count", json!("20"))])
            .gives(200, &list(&["1", "2"], 40, true)),
    ])
    .await;
    let outcome = read("biz-7").stream("videos").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let views: Vec<_> = outcome.figures().into_iter().filter(|f| f.contains("video_views")).collect();
    assert_eq!(
        views,
        ["1 2026-09-05 video_views 1", "2 2026-09-05 video_views 1", "3 2026-09-05 video_views 1"]
    );
    assert_eq!(server.seen().pop().unwrap().header("access-token"), Some("act-rt-2"));

    let lost = ok(&json!({"videos": [video("1")], "has_more": true}));
    let outcome =
        read("biz-7").stream("videos").run(&Server::start(vec![videos(&[]).gives(200, &lost)]).await).await;
    assert_eq!(outcome.code, 5, "more without a way there is not the end: {}", outcome.words);
}

#[tokio::test]
async fn days_of_a_tiktok_account_end_before_today_and_go_back_sixty() {
    let days =
        ok(&json!({"username": "acme", "metrics": [{"date": "2026-09-04", "video_views": 3, "likes": 1}]}));
    let asked = [("start_date", json!("2026-09-01")), ("end_date", json!("2026-09-04"))];
    let server = Server::start(vec![get("/business/get/", &asked).gives(200, &days)]).await;
    let mut until_today = read("biz-7").stream("account_daily");
    until_today.until = "2026-09-05".into();
    let outcome = until_today.run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (0, 2), "{}", outcome.words);

    let server =
        Server::start(vec![get("/business/get/", &[]).gives(200, &ok(&json!({"metrics": []})))]).await;
    let mut old = read("biz-7").stream("account_daily");
    old.since = "2026-01-01".into();
    let outcome = old.run(&server).await;
    assert_eq!((outcome.code, server.seen().len()), (0, 2), "{}", outcome.words);
    assert!(outcome.warnings().join("\n").contains("60 days"));
}

#[tokio::test]
async fn days_that_tiktok_no_longer_gives_are_not_read_as_empty_ones() {
    let server = Server::start(vec![
        get("/business/get/", &[]).gives(200, &ok(&json!({"username": "acme"}))),
        get("/business/video/list/", &[]).gives(200, &ok(&json!({"videos": [], "has_more": false}))),
    ])
    .await;
    let outcome = read("biz-7").stream("account_daily").stream("videos").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(outcome.warnings().join("\n").contains("no figures per day"), "{:?}", outcome.warnings());
    let read: Vec<_> = outcome.of("state").iter().map(|state| state["stream"].clone()).collect();
    assert_eq!(read, ["videos"]);
}

#[tokio::test]
async fn comments_and_hashtags_are_read_on_request() {
    let server = Server::start(vec![
        get("/business/video/list/", &[])
            .gives(200, &ok(&json!({"videos": [{"item_id": "1", "caption": "One"}]}))),
        get("/business/comment/list/", &[("video_id", json!("1"))]).gives(
            200,
            &ok(&json!({"comments": [{"create_time": "1788000000", "text": "hush"}], "has_more": false})),
        ),
        get("/business/hashtag/suggestion/", &[("keyword", json!("tea")), ("language", json!("en"))])
            .gives(200, &ok(&json!({"suggestions": [{"name": "teatime", "view_count": "7"}]}))),
    ])
    .await;
    let both = read("biz-7").stream("comments").stream("hashtags").setting("hashtag_keyword", "tea");
    let outcome = both.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let entities = outcome.of("entity");
    assert_eq!(entities[0]["attributes"]["comments_listed"], 1);
    assert_eq!(entities[1]["attributes"]["hashtag_suggestions"][0]["name"], "teatime");
    assert!(!outcome.lines.iter().any(|line| line.to_string().contains("hush")));
    let nothing = read("biz-7").stream("hashtags").run(&server).await;
    assert_eq!(nothing.code, 2, "{}", nothing.words);
}

fn granted(ids: &[&str]) -> Interaction {
    let rows: Vec<_> =
        ids.iter().map(|id| json!({"advertiser_id": id, "advertiser_name": format!("Name {id}")})).collect();
    get("/oauth2/advertiser/get/", &[("app_id", json!("client")), ("secret", json!("secret"))])
        .gives(200, &ok(&json!({ "list": rows })))
}

fn profile() -> Interaction {
    get("/business/get/", &[]).gives(200, &ok(&json!({"display_name": "Acme", "username": "acme"})))
}

async fn found(interactions: Vec<Interaction>, settings: &[String]) -> (Outcome, Vec<String>) {
    let server = Server::start(interactions).await;
    let outcome = accounts(&server, "tiktok", &credentials(), settings, "2026-09-05").await;
    let text = |a: &&Value| format!("{} {} {}", a["id"], a["name"], a["time_zone"]).replace('"', "");
    let found = outcome.of("account").iter().map(text).collect();
    (outcome, found)
}

#[tokio::test]
async fn discovery_finds_advertisers_and_the_tiktok_account() {
    let denied =
        || get("/advertiser/info/", &[]).gives(200, &refusal(40001, "No permission to operate advertiser 8"));
    let all = vec![granted(&["77", "8"]), info("77"), denied(), refresh("rt-1", "rt-2"), profile()];
    let (outcome, ids) = found(all, &[]).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(ids, ["77 Acme Asia/Tokyo", "8 Name 8 null", "biz-7 Acme null"]);
    assert!(outcome.warnings().join("\n").contains("advertiser 8"));

    let refused =
        || get("/oauth2/advertiser/get/", &[]).gives(200, &refusal(40105, "Access token is incorrect."));
    let (outcome, ids) = found(vec![refused(), refresh("rt-1", "rt-2"), profile()], &[]).await;
    assert_eq!((outcome.code, ids), (0, vec!["biz-7 Acme null".to_owned()]), "{}", outcome.words);

    let dead = || {
        Interaction::new("POST", "/refresh_token/$", &[])
            .gives(200, &refusal(40107, "Refresh token is invalid."))
    };
    let (outcome, _) = found(vec![refused(), dead()], &[]).await;
    assert_eq!(outcome.code, 3, "{}", outcome.words);
    let (outcome, ids) = found(vec![granted(&["77"]), info("77"), dead()], &[]).await;
    assert_eq!((outcome.code, ids.len(), outcome.warnings().len()), (0, 1, 1), "{}", outcome.words);

    let only_ads = ["connection=ads".to_owned()];
    let (outcome, ids) = found(vec![granted(&["77"]), info("77")], &only_ads).await;
    assert_eq!((outcome.code, ids.len()), (0, 1), "{}", outcome.words);
    let (outcome, _) = found(vec![refused()], &only_ads).await;
    assert_eq!(outcome.code, 3, "{}", outcome.words);
}

#[tokio::test]
async fn discovery_of_the_recording_gives_two_advertisers_and_a_tiktok_account() {
    let Some(folder) = recordings("tiktok") else { return };
    let server = Server::replay(&folder).await;
    let outcome = accounts(&server, "tiktok", &credentials(), &[], "2026-09-03").await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let ids: Vec<_> = outcome.of("account").iter().map(|a| a["id"].clone()).collect();
    assert_eq!(ids, ["872746382648", "900000403", "biz-1"]);
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
}

#[tokio::test]
async fn the_recording_gives_no_totals_besides_those_that_are_expected() {
    let Some(folder) = recordings("tiktok") else { return };
    let file = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let (notes, expected) = (file("expected_notes.json"), file("expected.json"));
    for request in notes["read"].as_array().unwrap() {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut read =
            read_of(&text(&request["account"]), &text(&request["since"]), &text(&request["until"]));
        read.now = text(&notes["as_of"]);
        read = read.setting("page_size", &notes["settings"]["page_size"].to_string());
        let server = Server::replay(&folder).await;
        let outcome = read.run(&server).await;
        let totals = outcome.metrics().into_iter().filter(|line| line.get("breakdown").is_none());
        let totals: BTreeSet<_> = totals.map(ToString::to_string).collect();
        let own = expected.as_array().unwrap().iter().filter(|row| row["account"] == request["account"]);
        assert_eq!(totals.len(), own.count(), "{}: {totals:#?}", request["account"]);
    }
}
