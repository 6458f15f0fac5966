//! Search Console by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Server};
use crate::support::{Outcome, Read, accounts, credentials};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SITE: &str = "https://acme.example/";
const QUERY: &str = "^/webmasters/v3/sites/https%3A%2F%2Facme\\.example%2F/searchAnalytics/query$";

fn read_of(site: &str, since: &str, until: &str) -> Read {
    let mut read = Read::new(site, since, until);
    read.slug = "search_console".into();
    read.now = "2026-09-05".into();
    read
}

fn read() -> Read {
    read_of(SITE, "2026-09-01", "2026-09-02")
}

fn query(more: &[&str]) -> Interaction {
    Interaction::new("POST", QUERY, more)
}

fn row(keys: &[&str], clicks: u32) -> Value {
    json!({"keys": keys, "clicks": clicks, "impressions": clicks * 10, "ctr": 0.1, "position": 2.5})
}

fn rows(rows: &[Value]) -> Value {
    json!({"rows": rows, "responseAggregationType": "byPage"})
}

fn none() -> Interaction {
    query(&[]).gives(200, &json!({"responseAggregationType": "byPage"}))
}

fn token() -> Interaction {
    Interaction::new("POST", "^/token$", &["grant_type=refresh_token"])
        .gives(200, &json!({"access_token": "at-2", "expires_in": 3599}))
}

fn sites(entries: &Value) -> Interaction {
    Interaction::new("GET", "^/webmasters/v3/sites$", &[]).gives(200, entries)
}

fn refusal(status: u16, reason: &str, message: &str) -> Value {
    json!({"error": {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}})
}

/// `entity breakdown value` of all clicks, sorted.
fn clicks(outcome: &Outcome) -> Vec<String> {
    let lines = outcome.metrics().into_iter().filter(|line| line["metric"] == "clicks");
    let text = |line: &Value| format!("{} {} {}", line["date"], line["breakdown"], line["value"]);
    let mut clicks: Vec<_> = lines.map(|line| text(line).replace('"', "")).collect();
    clicks.sort();
    clicks
}

#[tokio::test]
async fn pages_go_on_until_one_is_not_full_and_each_kind_of_search_stands_alone() {
    let server = Server::start(vec![
        query(&["\"type\":\"web\"", "\"startRow\":4"]).gives(200, &json!({})),
        query(&["\"type\":\"web\"", "\"startRow\":2"])
            .gives(200, &rows(&[row(&["2026-09-02", "q"], 3), row(&["2026-09-02", "日本"], 4)])),
        query(&["\"type\":\"web\"", "\"startRow\":0", "\"rowLimit\":2"])
            .gives(200, &rows(&[row(&["2026-09-01", "q"], 1), row(&["2026-09-01", "r"], 2)])),
        query(&["\"type\":\"image\""]).gives(200, &rows(&[row(&["2026-09-01", "q"], 9)])),
        none(),
    ])
    .await;
    let outcome = read().stream("query_daily").setting("page_size", "2").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        clicks(&outcome),
        [
            "2026-09-01 {query:q,search_type:image} 9",
            "2026-09-01 {query:q} 1",
            "2026-09-01 {query:r} 2",
            "2026-09-02 {query:q} 3",
            "2026-09-02 {query:日本} 4",
        ]
    );
    let bodies: Vec<_> = server.seen().into_iter().map(|s| s.body).collect();
    assert_eq!(bodies.len(), 6, "three pages of the web, and three other kinds of search");
    assert!(
        !bodies.iter().any(|b| b.contains("discover") || b.contains("googleNews")),
        "feeds have no queries"
    );
}

#[tokio::test]
async fn a_first_page_that_comes_again_and_again_is_not_read_for_ever() {
    let full = rows(&[row(&["2026-09-01", "q"], 1), row(&["2026-09-01", "r"], 2)]);
    let server = Server::start(vec![query(&["\"type\":\"web\""]).gives(200, &full), none()]).await;
    let outcome = read().stream("query_daily").setting("page_size", "2").run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (5, 0), "{}", outcome.words);
    assert!(outcome.words.contains("comes again"), "{}", outcome.words);
    let asked = server.seen().iter().filter(|seen| seen.body.contains("\"startRow\":2")).count();
    assert_eq!(asked, 2, "the second page is asked for once more");
}

#[tokio::test]
async fn an_answer_of_old_does_not_take_the_place_of_a_page() {
    let first = rows(&[row(&["2026-09-01", "q"], 1), row(&["2026-09-01", "r"], 2)]);
    let server = Server::start(vec![
        query(&["\"startRow\":0"]).gives(200, &first),
        query(&["\"startRow\":2"]).gives(200, &first).times(1),
        query(&["\"startRow\":2"])
            .gives(200, &rows(&[row(&["2026-09-02", "q"], 3), row(&["2026-09-02", "r"], 4)])),
        query(&["\"startRow\":4"]).gives(200, &rows(&[row(&["2026-09-02", "s"], 5)])),
    ])
    .await;
    let web = || read().stream("query_daily").setting("page_size", "2").setting("search_types", "web");
    let outcome = web().run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        clicks(&outcome),
        [
            "2026-09-01 {query:q} 1",
            "2026-09-01 {query:r} 2",
            "2026-09-02 {query:q} 3",
            "2026-09-02 {query:r} 4",
            "2026-09-02 {query:s} 5",
        ]
    );

    // The same rows with other figures are no other page.
    let changed = rows(&[row(&["2026-09-01", "q"], 7), row(&["2026-09-01", "r"], 2)]);
    let server =
        Server::start(vec![query(&["\"startRow\":0"]).gives(200, &first), query(&[]).gives(200, &changed)])
            .await;
    assert_eq!(web().run(&server).await.code, 5);
}

#[tokio::test]
async fn a_site_that_refuses_another_kind_of_search_is_not_read_without_it() {
    let forbidden = refusal(403, "forbidden", "User does not have sufficient permission for site.");
    let server = Server::start(vec![
        query(&["\"type\":\"image\""]).gives(403, &forbidden),
        query(&["\"type\":\"web\""]).gives(200, &rows(&[row(&["2026-09-01"], 5)])),
        none(),
    ])
    .await;
    let outcome = read().stream("site_daily").run(&server).await;
    assert_eq!((outcome.code, outcome.of("state").len()), (2, 0), "{}", outcome.words);
}

#[tokio::test]
async fn a_kind_of_search_that_google_no_longer_knows_takes_nothing_along() {
    let server = Server::start(vec![
        query(&["\"type\":\"news\""]).gives(400, &refusal(400, "invalidParameter", "Invalid value 'news'.")),
        query(&["\"type\":\"web\""]).gives(200, &rows(&[row(&["2026-09-01"], 5)])),
        none(),
    ])
    .await;
    let outcome = read().stream("site_daily").run(&server).await;
    assert_eq!(
        (outcome.code, clicks(&outcome)),
        (0, vec!["2026-09-01 null 5".to_owned()]),
        "{}",
        outcome.words
    );
    assert!(outcome.warnings().join("\n").contains("Invalid value 'news'"), "{:?}", outcome.warnings());

    let server = Server::start(vec![none()]).await;
    let outcome = read().stream("site_daily").setting("search_types", "web").run(&server).await;
    assert_eq!((outcome.code, server.seen().len()), (0, 1));

    let refused = query(&[]).gives(400, &refusal(400, "invalidParameter", "Bad dimension mix."));
    let server = Server::start(vec![refused]).await;
    let outcome = read().stream("site_daily").run(&server).await;
    assert_eq!((outcome.code, server.seen().len()), (2, 1), "{}", outcome.words);
}

#[tokio::test]
async fn ways_of_being_shown_are_read_one_by_one() {
    let server = Server::start(vec![
        query(&["\"dimensions\":[\"searchAppearance\"]", "\"type\":\"web\""])
            .gives(200, &rows(&[row(&["VIDEO"], 7)])),
        query(&["\"dimensions\":[\"date\"]", "\"expression\":\"VIDEO\"", "\"type\":\"web\""])
            .gives(200, &rows(&[row(&["2026-09-01"], 4), row(&["2026-09-02"], 3)])),
        none(),
    ])
    .await;
    let outcome = read().stream("appearance_daily").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        clicks(&outcome),
        ["2026-09-01 {search_appearance:VIDEO} 4", "2026-09-02 {search_appearance:VIDEO} 3"]
    );
}

#[tokio::test]
async fn a_refused_site_is_asked_once_but_a_refused_stream_leaves_the_others() {
    let forbidden = refusal(403, "forbidden", "User does not have sufficient permission for site.");
    let sitemaps = || {
        Interaction::new("GET", "/sitemaps$", &[])
            .gives(200, &json!({"sitemap": [{"path": "https://acme.example/s.xml", "errors": "0"}]}))
    };
    let own = json!({"siteEntry": [{"siteUrl": SITE, "permissionLevel": "siteFullUser"}]});
    let server = Server::start(vec![query(&[]).gives(403, &forbidden), sitemaps(), sites(&own)]).await;
    let outcome = read().run(&server).await;
    assert_eq!((outcome.code, server.seen().len()), (2, 1), "{}", outcome.words);
    assert!(outcome.warnings().join("\n").contains("sufficient permission"));

    let page_only = query(&["\"page\""]).gives(403, &forbidden);
    let web = query(&["\"dimensions\":[\"date\"]", "\"type\":\"web\""]);
    let server = Server::start(vec![
        page_only,
        web.gives(200, &rows(&[row(&["2026-09-01"], 5)])),
        none(),
        sitemaps(),
        sites(&own),
    ])
    .await;
    let outcome = read().run(&server).await;
    assert_eq!((outcome.code, clicks(&outcome).len()), (0, 1), "{}", outcome.words);
    assert!(outcome.warnings().iter().any(|w| w.contains("page_daily")));
    let entities = outcome.of("entity");
    assert!(entities.iter().any(|e| e["attributes"]["permission_level"] == "siteFullUser"));
    assert!(entities.iter().any(|e| e["attributes"]["sitemaps"][0]["errors"] == "0"));
}

#[tokio::test]
async fn quotas_are_waited_out_or_named_with_their_end() {
    let throttled = refusal(403, "quotaExceeded", "Search Analytics load quota exceeded.");
    let server = Server::start(vec![
        query(&["\"type\":\"web\""]).gives(403, &throttled).times(2),
        query(&["\"type\":\"web\""]).gives(200, &rows(&[row(&["2026-09-01"], 5)])),
        none(),
        token(),
    ])
    .await;
    let outcome = read().stream("site_daily").run(&server).await;
    assert_eq!((outcome.code, clicks(&outcome).len()), (0, 1), "{}", outcome.words);

    let server = Server::start(vec![query(&[]).gives(403, &throttled), token()]).await;
    let outcome = read().run(&server).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);

    let daily = refusal(403, "dailyLimitExceeded", "Daily Limit Exceeded");
    let server = Server::start(vec![query(&[]).gives(403, &daily)]).await;
    let outcome = read().run(&server).await;
    assert_eq!((outcome.code, server.seen().len()), (4, 1), "{}", outcome.words);
    assert!(outcome.words.contains("2026-09-06T07:00:00Z"), "{}", outcome.words);
}

#[tokio::test]
async fn broken_answers_are_asked_for_again() {
    let whole = rows(&[row(&["2026-09-01"], 5)]);
    let server = Server::start(vec![
        query(&["\"type\":\"web\""]).gives_text(200, &whole.to_string()[..40]).times(1),
        query(&["\"type\":\"web\""]).gives_text(502, "<html><title>Error 502</title></html>").times(1),
        query(&["\"type\":\"web\""]).gives(401, &refusal(401, "authError", "Expired.")).times(1),
        query(&["\"type\":\"web\""]).gives(200, &whole),
        none(),
        token(),
    ])
    .await;
    let outcome = read().stream("site_daily").run(&server).await;
    assert_eq!((outcome.code, clicks(&outcome).len()), (0, 1), "{}", outcome.words);
    let last = server.calls().pop().unwrap();
    assert_eq!(last.header("authorization"), Some("Bearer at-2"));

    let page = query(&[]).gives_text(200, "<!doctype html><title>Sign in</title>");
    let outcome = read().stream("site_daily").run(&Server::start(vec![page]).await).await;
    assert_eq!(outcome.code, 5, "{}", outcome.words);
}

#[tokio::test]
async fn sites_are_listed_as_they_are_spelled_without_those_that_are_not_verified() {
    let entry = |site: &str, level: &str| json!({"siteUrl": site, "permissionLevel": level});
    let found = json!({"siteEntry": [
        entry("sc-domain:acme.example", "siteOwner"), entry(SITE, "siteRestrictedUser"),
        entry("https://other.example/", "siteUnverifiedUser"), entry(SITE, "siteRestrictedUser")]});
    let list = async |entries: &Value| {
        let server = Server::start(vec![sites(entries)]).await;
        accounts(&server, "search_console", &credentials(), &[], "2026-09-05").await
    };
    let outcome = list(&found).await;
    let ids: Vec<_> = outcome.of("account").iter().map(|a| a["id"].clone()).collect();
    assert_eq!(ids, ["sc-domain:acme.example", SITE]);
    assert!(outcome.of("account").iter().all(|a| a["time_zone"] == "America/Los_Angeles"));
    let outcome = list(&json!({})).await;
    assert_eq!((outcome.code, outcome.of("account").len(), outcome.warnings().len()), (0, 0, 1));
}

#[tokio::test]
async fn a_new_run_reads_only_what_google_may_still_change() {
    let server = Server::start(vec![none()]).await;
    let folder = tempfile::tempdir().unwrap();
    let mut read = Read { since: "2026-08-25".into(), until: "2026-09-04".into(), ..read() };
    read = read.stream("site_daily").setting("search_types", "web");
    read.state = Some(folder.path().join("state.json"));
    assert_eq!(read.run(&server).await.code, 0);
    assert_eq!(read.run(&server).await.code, 0);
    let bodies: Vec<_> = server.seen().into_iter().map(|s| s.body).collect();
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].contains("\"startDate\":\"2026-08-25\""), "{bodies:?}");
    assert!(bodies[1].contains("\"startDate\":\"2026-08-31\""), "{bodies:?}");
}

#[tokio::test]
async fn the_recording_gives_no_totals_besides_those_that_are_expected() {
    let Some(folder) = recordings("search_console") else { return };
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
