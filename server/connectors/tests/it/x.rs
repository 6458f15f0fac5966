//! X by its recordings and by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Server};
use crate::support::{Read, accounts, credentials};
use serde_json::{Value, json};

fn read(account: &str) -> Read {
    let mut read = Read::new(account, "2026-09-01", "2026-09-03");
    read.slug = "x".into();
    read.now = "2026-09-03".into();
    read
}

fn posts() -> Read {
    read("7").stream("posts")
}

fn get(path: &str) -> Interaction {
    Interaction::new("GET", &format!("^/2/{path}$"), &[])
}

fn with_query(mut interaction: Interaction, name: &str, value: Value) -> Interaction {
    interaction.query.push((name.into(), (!value.is_null()).then_some(value)));
    interaction
}

fn refreshed() -> Interaction {
    Interaction::new("POST", "^/2/oauth2/token$", &["grant_type=refresh_token", "refresh_token=rt-1"])
        .gives(200, &json!({"access_token": "at-2", "refresh_token": "rt-2", "expires_in": 7_200}))
}

/// Token endpoint and user 7.
fn basics() -> Vec<Interaction> {
    let user = json!({"data": {"id": "7", "name": "Acme", "public_metrics": {"followers_count": 5}}});
    vec![refreshed(), get("users/me").gives(200, &user), get("users/7").gives(200, &user)]
}

async fn serve(more: Vec<Interaction>) -> Server {
    let mut interactions = basics();
    interactions.extend(more);
    Server::start(interactions).await
}

fn post(id: &str, created: &str) -> Value {
    json!({"id": id, "text": id, "created_at": created, "public_metrics": {
        "impression_count": 10, "like_count": 1, "reply_count": 0, "retweet_count": 0, "quote_count": 0,
        "bookmark_count": 0}})
}

fn page(posts: &[Value], next: Option<&str>) -> Value {
    let mut page = json!({"meta": {"result_count": posts.len()}});
    if !posts.is_empty() {
        page["data"] = json!(posts);
    }
    if let Some(next) = next {
        page["meta"]["next_token"] = json!(next);
    }
    page
}

fn tweets(posts: &[Value], next: Option<&str>) -> Interaction {
    get("users/7/tweets").gives(200, &page(posts, next))
}

const OLD: &str = "2026-01-01T00:00:00.000Z";
const YOUNG: &str = "2026-09-01T10:00:00.000Z";

#[tokio::test]
async fn what_goes_wrong_on_the_way_of_the_recording_passes() {
    let Some(folder) = recordings("x") else { return };
    let server = Server::replay(&folder).await;
    let found = accounts(&server, "x", &credentials(), &[], "2026-09-03").await;
    assert_eq!(found.code, 0, "{}", found.words);
    let ids: Vec<_> = found.of("account").iter().map(|a| a["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["2244994945", "18ce54d4x5t"]);

    let server = Server::replay(&folder).await;
    let outcome = read("2244994945").setting("page_size", "5").run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (0, 19), "{}", outcome.words);
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
    let warnings = outcome.warnings().join("");
    assert!(warnings.contains("Field Authorization Error"), "{warnings}");
    let names: Vec<_> = outcome.of("entity").iter().map(|e| e["name"].to_string()).collect();
    assert!(names.contains(&"\"Five & <b>\"".to_owned()), "{names:?}");

    // Without keys of the Ads API only the user is there.
    let server = Server::replay(&folder).await;
    let mut bare = credentials();
    bare.as_object_mut().unwrap().remove("api_key");
    let found = accounts(&server, "x", &bare, &[], "2026-09-03").await;
    assert_eq!(found.of("account").len(), 1);
    let mut ads = read("18ce54d4x5t");
    ads.credentials = bare;
    let outcome = ads.run(&server).await;
    assert!(outcome.code == 2 && outcome.words.contains("api_key"), "{}", outcome.words);
}

#[tokio::test]
async fn pages_go_on_over_an_empty_one() {
    let at = |token: Value, interaction: Interaction| with_query(interaction, "pagination_token", token);
    let server = serve(vec![
        at(Value::Null, tweets(&[post("9007199254740993", OLD)], Some("b"))),
        at(json!("b"), tweets(&[], Some("c"))),
        at(json!("c"), tweets(&[post("2", OLD), post("9007199254740993", OLD)], None)),
    ])
    .await;
    let outcome = posts().run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures().len(), 10, "two posts, each once: {:?}", outcome.figures());
    assert_eq!(outcome.value("9007199254740993", "2026-09-03", "impressions").as_deref(), Some("10"));
    assert!(!server.calls().iter().any(|c| c.path == "/2/tweets"), "nothing is young enough to be looked up");
}

#[tokio::test]
async fn private_figures_are_asked_for_by_ids_and_only_for_young_posts() {
    let private = json!({"id": "2", "organic_metrics": {"impression_count": 4}, "non_public_metrics": {"engagements": 3}});
    let look_up = with_query(get("tweets"), "ids", json!("2,3"));
    let look_up = with_query(look_up, "tweet.fields", json!("~non_public_metrics,organic_metrics"));
    let refused = json!([{"title": "Authorization Error", "detail": "Not the tweet with ids: [3]."}]);
    let timeline = tweets(&[post("2", YOUNG), post("3", YOUNG), post("1", OLD)], None);
    let public =
        "attachments,author_id,created_at,edit_history_tweet_ids,lang,public_metrics,referenced_tweets"
            .into();
    let server = serve(vec![
        look_up.gives(200, &json!({"data": [private], "errors": refused})),
        with_query(with_query(timeline, "tweet.fields", public), "start_time", json!("2026-08-04T00:00:00Z")),
    ])
    .await;
    let outcome = posts().run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let value = |id, metric| outcome.value(id, "2026-09-03", metric);
    assert_eq!(value("2", "impressions").as_deref(), Some("4"));
    assert_eq!(value("2", "engagements").as_deref(), Some("3"));
    assert_eq!(value("3", "impressions").as_deref(), Some("10"));
    assert_eq!(value("3", "engagements"), None);
    assert!(outcome.warnings().join("").contains("Not the tweet"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn a_look_up_that_gives_nothing_leaves_the_public_figures() {
    let refused = json!({"errors": [{"title": "Authorization Error", "detail": "No."}]});
    let plan = json!({"title": "Client Forbidden", "reason": "client-not-enrolled", "detail": "No."});
    for (status, body) in [(200, refused), (403, plan)] {
        let server = serve(vec![get("tweets").gives(status, &body), tweets(&[post("2", YOUNG)], None)]).await;
        let outcome = posts().run(&server).await;
        assert_eq!((outcome.code, outcome.figures().len()), (0, 5), "{}", outcome.words);
        assert!(!outcome.warnings().is_empty());
    }
}

#[tokio::test]
async fn a_look_up_that_x_rejects_leaves_the_public_figures_and_is_named() {
    let wrong = json!({"title": "Invalid Request", "errors": [{"message": "tweet.fields [organic_metrics] is not allowed"}]});
    let server = serve(vec![
        get("tweets").gives(400, &wrong),
        tweets(&[json!({"id": "1", "created_at": YOUNG, "public_metrics": {"like_count": 4}})], None),
    ])
    .await;
    let outcome = read("7").stream("posts").run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (0, 1), "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("organic_metrics"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn earlier_days_bring_older_posts() {
    let server =
        serve(vec![with_query(tweets(&[post("1", OLD)], None), "start_time", json!("2026-01-01T00:00:00Z"))])
            .await;
    let mut early = Read::new("7", "2026-01-01", "2026-01-31").stream("posts");
    (early.slug, early.now) = ("x".into(), "2026-09-03".into());
    let outcome = early.run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 5), "{}", outcome.words);
    assert!(outcome.figures().iter().all(|f| f.contains("2026-09-03")), "dated by the pull");
}

#[tokio::test]
async fn a_refused_stream_leaves_the_others() {
    let plan = json!({"title": "Client Forbidden", "reason": "client-not-enrolled", "detail": "Not in your plan.",
                      "type": "https://api.twitter.com/2/problems/client-forbidden"});
    let server =
        serve(vec![get("users/7/mentions").gives(403, &plan), tweets(&[post("1", OLD)], None)]).await;
    let outcome = read("7").run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 6), "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("Not in your plan"), "{:?}", outcome.warnings());
    // Nor does a plan without descriptions of users hide their posts.
    let server = Server::start(vec![get("users/7").gives(403, &plan), tweets(&[post("1", OLD)], None)]).await;
    let outcome = posts().stream("account_snapshot").run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 5), "{}", outcome.words);
}

#[tokio::test]
async fn a_user_who_can_not_be_seen_is_a_warning_and_exit_2() {
    let gone =
        json!({"errors": [{"title": "Not Found Error", "detail": "Could not find user with id: [8]."}]});
    let server = serve(vec![get("users/8").gives(200, &gone)]).await;
    let outcome = read("8").run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("Could not find user"), "{:?}", outcome.warnings());
    assert_eq!(server.calls().len(), 1);
}

#[tokio::test]
async fn an_address_that_is_not_served_says_nothing_of_the_user() {
    let unserved = json!({"title": "Not Found", "detail": "Not Found", "type": "about:blank", "status": 404});
    let server =
        Server::start(vec![get("users/7").gives(404, &unserved), tweets(&[post("1", OLD)], None)]).await;
    let outcome = posts().stream("account_snapshot").run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 5), "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("account_snapshot"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn short_windows_pass_and_long_ones_and_caps_are_states() {
    let limited = |reset: &str| {
        get("users/7/tweets")
            .gives(429, &json!({"title": "Too Many Requests"}))
            .with_header("x-rate-limit-remaining", "0")
            .with_header("x-rate-limit-reset", reset)
    };
    // 12:00:05, twice.
    let server = serve(vec![limited("1788436805").times(2), tweets(&[post("1", OLD)], None)]).await;
    let outcome = posts().run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 5), "{}", outcome.words);
    // 12:15:00: a whole window of the kind that X counts most requests over.
    let server = serve(vec![limited("1788437700").times(1), tweets(&[post("1", OLD)], None)]).await;
    let outcome = posts().run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 5), "{}", outcome.words);
    // 13:00:00.
    let server = serve(vec![limited("1788440400")]).await;
    let outcome = posts().run(&server).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);
    assert!(outcome.words.contains("2026-09-03T13:00:0"), "{}", outcome.words);
    let cap = json!({"title": "UsageCapExceeded", "period": "Monthly", "detail": "Usage cap exceeded",
                     "type": "https://api.twitter.com/2/problems/usage-capped"});
    let capped = get("users/7/tweets").gives(429, &cap).with_header("x-rate-limit-remaining", "39999");
    let server = serve(vec![capped]).await;
    let outcome = posts().stream("mentions").run(&server).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);
    assert!(outcome.words.contains("2026-10-01T00:00:00Z"), "{}", outcome.words);
    assert_eq!(server.calls().len(), 2, "not tried again");
}

#[tokio::test]
async fn faults_and_broken_answers_pass() {
    let server = serve(vec![
        get("users/7/tweets").gives_text(503, "<html><title>Over capacity</title></html>").times(2),
        get("users/7/tweets").gives_text(200, r#"{"data":[{"id":"#).times(1),
        tweets(&[post("1", OLD)], None),
    ])
    .await;
    let outcome = posts().run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 5), "{}", outcome.words);
    let server = serve(vec![get("users/7/tweets").gives_text(200, "<html><title>Hm</title></html>")]).await;
    assert_eq!(posts().run(&server).await.code, 5);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_the_client_proves_itself() {
    let refused =
        || get("users/7/tweets").gives(401, &json!({"title": "Unauthorized", "detail": "Unauthorized"}));
    let server = serve(vec![refused().times(1), tweets(&[post("1", OLD)], None)]).await;
    let outcome = posts().run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let seen = server.seen();
    let tokens: Vec<_> = seen.iter().filter(|s| s.path.ends_with("/token")).collect();
    assert_eq!(tokens.len(), 1);
    // client:secret
    assert_eq!(tokens[0].header("authorization"), Some("Basic Y2xpZW50OnNlY3JldA=="));
    assert!(!tokens[0].body.contains("client_secret"));
    let last = seen.last().unwrap();
    assert_eq!(last.header("authorization"), Some("Bearer at-2"));

    let used =
        json!({"error": "invalid_request", "error_description": "Value passed for the token was invalid."});
    let mut interactions =
        vec![Interaction::new("POST", "^/2/oauth2/token$", &[]).gives(400, &used), refused()];
    interactions.extend(basics());
    let outcome = posts().run(&Server::start(interactions).await).await;
    assert_eq!(outcome.code, 3, "{}", outcome.words);
    // A public client has no secret.
    let server = serve(vec![refused().times(1), tweets(&[], None)]).await;
    let mut public = posts();
    public.credentials.as_object_mut().unwrap().remove("client_secret");
    assert_eq!(public.run(&server).await.code, 0);
    assert!(server.seen().iter().any(|s| s.body.contains("client_id=client")));
}

#[tokio::test]
async fn the_app_alone_sees_what_everybody_sees() {
    let token = Interaction::new("POST", "^/oauth2/token$", &["grant_type=client_credentials"])
        .gives(200, &json!({"token_type": "bearer", "access_token": "app"}));
    let server = serve(vec![token, tweets(&[post("2", YOUNG)], None)]).await;
    let mut alone = posts().setting("access", "app");
    alone.credentials = json!({"client_id": "client", "client_secret": "secret"});
    let outcome = alone.run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 5), "{}", outcome.words);
    assert!(!server.calls().iter().any(|c| c.path == "/2/tweets"));
}

#[tokio::test]
async fn further_users_are_found_by_their_handles() {
    let user = |id: &str| json!({"id": id, "name": format!("User {id}"), "username": "U"});
    let errors = json!([{"detail": "Could not find user with usernames: [gone]."}]);
    let by =
        |names: &str, body: Value| with_query(get("users/by"), "usernames", json!(names)).gives(200, &body);
    let server = serve(vec![
        by("U,gone", json!({"data": [user("8"), user("7")], "errors": errors})),
        by("U", json!({"data": [user("8")]})),
        get("users/8/mentions").gives(200, &page(&[], None)),
    ])
    .await;
    let bare = json!({"access_token": "at-1"});
    let found = accounts(&server, "x", &bare, &["handles=@U, gone".to_owned()], "2026-09-03").await;
    assert_eq!((found.code, found.of("account").len()), (0, 2), "{}", found.words);
    assert!(found.warnings().join("").contains("[gone]"));
    let outcome = read("@U").stream("mentions").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
}

#[tokio::test]
async fn followers_and_searches_are_records_on_request() {
    let server = serve(vec![
        get("users/7/followers").gives(200, &page(&[json!({"id": "1"}), json!({"id": "2"})], None)),
        with_query(get("tweets/search/recent"), "next_token", json!("n"))
            .gives(200, &page(&[post("3", YOUNG)], None)),
        with_query(get("tweets/search/recent"), "query", json!("#acme"))
            .gives(200, &page(&[post("4", YOUNG)], Some("n"))),
    ])
    .await;
    let outcome = read("7")
        .stream("followers")
        .stream("search_recent")
        .setting("search_query", "#acme")
        .run(&server)
        .await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(outcome.metrics().is_empty());
    assert_eq!(outcome.of("entity").len(), 4);
    let nothing = read("7").stream("search_recent").run(&server).await;
    assert!(nothing.code == 2 && nothing.words.contains("search_query"), "{}", nothing.words);
}

fn ads(path: &str) -> Interaction {
    Interaction::new("GET", &format!("^/12/{path}$"), &[])
}

fn ads_basics(zone: &str) -> Vec<Interaction> {
    let account = json!({"id": "abc", "name": "Ads", "timezone": zone, "currency": "JPY", "deleted": false});
    vec![
        with_query(ads("accounts"), "cursor", json!("n"))
            .gives(200, &json!({"data": [account], "next_cursor": null})),
        ads("accounts").gives(200, &json!({"data": [{"id": "gone", "deleted": true}], "next_cursor": "n"})),
    ]
}

fn read_ads(since: &str, until: &str) -> Read {
    let mut read = Read::new("abc", since, until);
    (read.slug, read.now) = ("x".into(), "2026-11-09".into());
    read
}

#[tokio::test]
async fn ads_are_asked_for_by_weeks_and_twenty_campaigns_and_signed() {
    let campaigns: Vec<Value> =
        (0..21).map(|n| json!({"id": format!("c{n}"), "name": "C", "entity_status": "ACTIVE"})).collect();
    let stats = |start: &str| {
        json!({"data": [{"id": "c20", "id_data": [{"metrics": {"clicks": [1, null], "billed_charge_local_micro": [123_000_000]}}]}],
               "request": {"params": {"start_time": start}}})
    };
    let mut interactions = ads_basics("America/New_York");
    interactions.push(
        with_query(ads("accounts/abc/campaigns"), "cursor", json!("n"))
            .gives(200, &json!({"data": campaigns[10..]})),
    );
    interactions.push(
        ads("accounts/abc/campaigns").gives(200, &json!({"data": campaigns[..11], "next_cursor": "n"})),
    );
    let of = |start: &str, end: &str, ids: &str, body: Value| {
        let stats = with_query(ads("stats/accounts/abc"), "start_time", json!(start));
        let stats = with_query(with_query(stats, "end_time", json!(end)), "entity_ids", json!(ids));
        with_query(stats, "placement", json!("ALL_ON_TWITTER")).gives(200, &body)
    };
    // Clocks go back on 1 November.
    interactions.push(of(
        "2026-10-27T04:00:00Z",
        "2026-11-03T05:00:00Z",
        "c20",
        stats("2026-10-27T04:00:00Z"),
    ));
    interactions.push(of(
        "2026-10-26T04:00:00Z",
        "2026-10-27T04:00:00Z",
        "c20",
        stats("2026-10-26T04:00:00Z"),
    ));
    interactions.push(ads("stats/accounts/abc").gives(200, &json!({"data": []})));
    let server = Server::start(interactions).await;
    let outcome = read_ads("2026-10-26", "2026-11-02").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "c20 2026-10-26 clicks 1",
            "c20 2026-10-26 spend 123",
            "c20 2026-10-27 clicks 1",
            "c20 2026-10-27 spend 123",
        ]
    );
    assert!(outcome.metrics().iter().all(|l| l["metric"] != "spend" || l["currency"] == "JPY"));
    let calls = server.calls();
    assert_eq!(calls.iter().filter(|c| c.path.contains("stats")).count(), 8, "weeks, chunks, placements");
    let headers: Vec<_> = calls.iter().map(|c| c.header("authorization").unwrap_or_default()).collect();
    assert!(headers.iter().all(|h| h.starts_with("OAuth oauth_consumer_key=\"key-us3\"")), "{headers:?}");
}

#[tokio::test]
async fn keys_that_are_refused_need_others_and_do_not_hide_the_user() {
    let refused = json!({"errors": [{"code": "UNAUTHORIZED_ACCESS", "message": "This request is not properly authenticated"}]});
    let server = serve(vec![ads("accounts").gives(401, &refused)]).await;
    let outcome = read_ads("2026-10-26", "2026-10-27").run(&server).await;
    assert_eq!(outcome.code, 3, "{}", outcome.words);
    let found = accounts(&server, "x", &credentials(), &[], "2026-09-03").await;
    assert_eq!((found.code, found.of("account").len()), (0, 1), "{}", found.words);
    assert!(found.warnings().join("").contains("not properly authenticated"));
    // A connection for ads alone has no consent to a user's posts.
    let other = Server::start(ads_basics("UTC")).await;
    let alone = json!({"api_key": "k", "api_secret": "s", "access_token": "t", "access_token_secret": "u"});
    let found = accounts(&other, "x", &alone, &[], "2026-09-03").await;
    assert_eq!((found.code, found.of("account").len()), (0, 1), "{}", found.words);
    let mut read = read_ads("2026-10-26", "2026-10-27");
    read.account = "xyz".into();
    assert_eq!(read.run(&other).await.code, 2);
}
