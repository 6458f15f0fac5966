//! `SendGrid` by its recordings and by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Seen, Server};
use crate::support::{Outcome, Read, accounts, credentials};
use serde_json::{Value, json};

fn read(streams: &[&str]) -> Read {
    let mut read = Read::new("acme", "2026-03-01", "2026-03-31");
    read.slug = "sendgrid".into();
    read.now = "2026-04-02".into();
    streams.iter().fold(read, |read, stream| read.stream(stream))
}

fn get(path: &str) -> Interaction {
    Interaction::new("GET", &format!("^/v3{path}$"), &[])
}

fn with_query(mut interaction: Interaction, name: &str, pattern: Option<&str>) -> Interaction {
    interaction.query.push((name.into(), pattern.map(|p| json!(p))));
    interaction
}

fn denied() -> Value {
    json!({"errors": [{"field": null, "message": "access forbidden"}]})
}

/// Whose key it is; it does not tell its permissions.
async fn serve(mut interactions: Vec<Interaction>) -> Server {
    interactions.push(get("/user/username").gives(200, &json!({"username": "acme", "user_id": 1})));
    interactions.push(get("/scopes").gives(403, &denied()));
    Server::start(interactions).await
}

fn calls(server: &Server, path: &str) -> Vec<Seen> {
    server.seen().into_iter().filter(|s| s.path == path).collect()
}

#[tokio::test]
async fn what_the_recording_does_not_expect_is_refused_with_a_warning() {
    let Some(folder) = recordings("sendgrid") else { return };
    let server = Server::replay(&folder).await;
    let mut all = Read::new("example-user", "2026-06-15", "2026-07-15").setting("page_size", "2");
    all.slug = "sendgrid".into();
    all.now = "2026-07-16".into();
    let outcome = all.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    for stream in ["subuser_stats", "messages"] {
        assert!(outcome.warnings().iter().any(|w| w.contains(stream)), "{:?}", outcome.warnings());
    }
    let text = outcome.lines.iter().map(ToString::to_string).collect::<String>();
    assert!(!text.contains("@example.com"), "no address comes out");
    // The streams that are only read on request are served, too.
    for stream in ["single_send_daily", "automation_step_stats", "group_suppressions"] {
        let mut read = Read::new("example-user", "2026-06-15", "2026-07-15").stream(stream);
        read.slug = "sendgrid".into();
        read.now = "2026-07-16".into();
        let outcome = read.run(&server).await;
        assert_eq!(outcome.code, 0, "{stream}: {}", outcome.words);
    }
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
}

#[tokio::test]
async fn the_published_signature_fits_its_bytes_only() {
    use connectors::sendgrid::webhook::{events, is_genuine};
    let Some(folder) = recordings("sendgrid") else { return };
    let vector: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("webhook_vector.json")).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let body = std::fs::read(folder.join(text(&vector["body_file"]))).unwrap();
    let key = text(&vector["public_key_base64_der_spki"]);
    let header = |name: &str| text(&vector["headers"][format!("X-Twilio-Email-Event-Webhook-{name}")]);
    let (signature, timestamp) = (header("Signature"), header("Timestamp"));
    assert!(is_genuine(&key, &timestamp, &body, &signature));
    assert_eq!(events(&body).unwrap()[0].name, "dropped");
    let wrong = |index: usize| text(&vector["must_fail"][index]["value"]);
    assert!(!is_genuine(&wrong(0), &timestamp, &body, &signature));
    assert!(!is_genuine(&key, &timestamp, &body, &wrong(1)));
    assert!(!is_genuine(&key, &wrong(2), &body, &signature));
    assert!(!is_genuine(&key, &timestamp, &body[..body.len() - 2], &signature));
}

fn send(id: &str, send_at: Value) -> Value {
    json!({"id": id, "name": id, "status": "triggered", "send_at": send_at})
}

fn figures(id: &str, variation: &str, phase: &str, stats: Value) -> Value {
    json!({"id": id, "ab_variation": variation, "ab_phase": phase, "aggregation": "total", "stats": stats})
}

fn rows(rows: &[Value], next: Option<&str>) -> Value {
    json!({"results": rows, "_metadata": {"next": next.map(|t| format!("https://api.sendgrid.com/v3/x?page_token={t}"))}})
}

#[tokio::test]
async fn parts_of_a_send_are_added_up_over_pages_and_an_empty_page_is_no_end() {
    let page = |token: Option<&str>, body: Value| {
        with_query(get("/marketing/stats/singlesends"), "page_token", token).gives(200, &body)
    };
    let one = figures("ab", "v1", "send", json!({"requests": 10, "unique_opens": 3, "bounces": 1}));
    let server = serve(vec![
        get("/marketing/singlesends").gives(
            200,
            &json!({"result": [send("ab", json!("2026-03-05T23:30:00-05:00")), send("whole", json!("2026-03-07T00:00:00Z")),
                               send("unsent", json!(null)), send("old", json!("2026-02-28T23:59:59Z"))]}),
        ),
        page(None, rows(std::slice::from_ref(&one), Some("b"))),
        page(Some("b"), rows(&[], Some("c"))),
        page(
            Some("c"),
            rows(
                &[
                    one.clone(),
                    figures("ab", "v2", "send", json!({"requests": 5, "unique_opens": 0, "clicks": 2})),
                    figures("whole", "all", "all", json!({"requests": 7, "bounces": 1, "blocks": 2})),
                    figures("whole", "v1", "all", json!({"requests": 4})),
                    figures("unsent", "all", "all", json!({"requests": 1})),
                    figures("old", "all", "all", json!({"requests": 1})),
                    figures("unlisted", "all", "all", json!({"requests": 1})),
                ],
                None,
            ),
        ),
    ])
    .await;
    let outcome = read(&["single_send_stats"]).run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "ab 2026-03-06 bounces 1",
            "ab 2026-03-06 clicks 2",
            "ab 2026-03-06 emails_sent 15",
            "ab 2026-03-06 hard_bounces 1",
            "ab 2026-03-06 unique_opens 3",
            "whole 2026-03-07 bounces 3",
            "whole 2026-03-07 emails_sent 7",
            "whole 2026-03-07 hard_bounces 1",
            "whole 2026-03-07 soft_bounces 2",
        ]
    );
}

#[tokio::test]
async fn categories_are_asked_in_tens() {
    let names: Vec<Value> = (0..11).map(|n| json!({"category": format!("c{n}")})).collect();
    let day = |name: &str, opens: u32| json!([{"date": "2026-03-01", "stats": [{"type": "category", "name": name, "metrics": {"opens": opens}}]}]);
    let server = serve(vec![
        get("/categories").gives(200, &json!(names)),
        with_query(get("/categories/stats"), "categories", Some("c10")).gives(200, &day("c10", 2)),
        with_query(get("/categories/stats"), "limit", None).gives(200, &day("c0", 1)),
    ])
    .await;
    let outcome = read(&["category_stats"]).run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["c0 2026-03-01 opens 1", "c10 2026-03-01 opens 2"]);
    assert_eq!(calls(&server, "/v3/categories/stats").len(), 2);
    assert!(outcome.metrics().iter().all(|l| l["entity_kind"] == "category"));
    assert!(outcome.warnings().iter().any(|w| w.contains("\"requests\"")), "a counter that is gone is named");
}

#[tokio::test]
async fn names_of_categories_and_sub_users_come_on_several_pages() {
    let paged = |path: &str, name: &str, [a, b, c]: [&str; 3]| {
        [
            with_query(get(path), "offset", Some("2")).gives(200, &json!([{ name: c }])),
            get(path).gives(200, &json!([{ name: a }, { name: b }])),
        ]
    };
    let stats = json!([{"date": "2026-03-01", "stats": [{"type": "category", "name": "c", "metrics": {"opens": 3}}]}]);
    let mut interactions = paged("/categories", "category", ["a", "b", "c"]).into_iter().collect::<Vec<_>>();
    interactions.extend(paged("/subusers", "username", ["x", "y", "z"]));
    interactions.push(with_query(get("/categories/stats"), "categories", Some("a")).gives(200, &stats));
    let server = serve(interactions).await;
    let outcome = read(&["categories", "category_stats"]).setting("page_size", "2").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.of("entity").len(), 3);
    assert_eq!(outcome.figures(), ["c 2026-03-01 opens 3"]);
    let settings = ["page_size=2".to_owned()];
    let found = accounts(&server, "sendgrid", &credentials(), &settings, "2026-04-02").await;
    assert_eq!(found.of("account").len(), 4, "{}", found.words);
}

#[tokio::test]
async fn pages_of_suppressions_end_at_a_short_one_and_where_the_offset_does_nothing() {
    let row = |email: &str| json!({"created": 1_772_409_600, "email": email, "reason": "550"});
    let page = |offset: &str, rows: &[Value]| {
        with_query(get("/suppression/bounces"), "offset", Some(offset)).gives(200, &json!(rows))
    };
    let blocks = [row("a@x.example"), row("b@x.example")];
    let server = serve(vec![
        page("0", &[row("a@x.example"), row("b@x.example")]),
        page("2", &[row("b@x.example")]),
        get("/suppression/blocks").gives(200, &json!(blocks)),
    ])
    .await;
    let outcome = read(&["bounces", "blocks"]).setting("page_size", "2").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(calls(&server, "/v3/suppression/bounces").len(), 2);
    assert_eq!(calls(&server, "/v3/suppression/blocks").len(), 2);
    assert!(outcome.metrics().is_empty());
}

#[tokio::test]
async fn a_key_without_a_permission_is_not_tried() {
    let server = Server::start(vec![
        get("/user/username").gives(200, &json!({"username": "acme"})),
        get("/scopes").gives(200, &json!({"scopes": ["categories.stats.read", "marketing.read"]})),
        get("/marketing/singlesends").gives(200, &json!({"result": []})),
    ])
    .await;
    let outcome = read(&["global_stats", "bounces", "single_sends"]).run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.warnings().len(), 2, "{:?}", outcome.warnings());
    assert!(server.unmatched().is_empty());
    assert_eq!(calls(&server, "/v3/scopes").len(), 1);
}

#[tokio::test]
async fn a_sub_user_is_read_on_its_behalf() {
    let server = serve(vec![
        get("/subusers").gives(200, &json!([{"username": "shop", "id": 7, "disabled": false}])),
        get("/stats").gives(200, &json!([{"date": "2026-03-01", "stats": [{"metrics": {"opens": 1}}]}])),
    ])
    .await;
    let found = accounts(&server, "sendgrid", &credentials(), &[], "2026-04-02").await;
    let ids: Vec<_> = found.of("account").iter().map(|a| a["id"].clone()).collect();
    assert_eq!(ids, ["acme", "shop"]);
    let mut read = read(&["global_stats"]);
    read.account = "shop".into();
    let outcome = read.run(&server).await;
    assert_eq!(outcome.figures(), ["shop 2026-03-01 opens 1"], "{}", outcome.words);
    assert_eq!(calls(&server, "/v3/stats")[0].header("on-behalf-of"), Some("shop"));
    assert_eq!(calls(&server, "/v3/stats")[0].header("accept"), Some("application/json"));
    read.account = "other".into();
    let outcome = read.run(&server).await;
    assert!(outcome.code == 2 && outcome.words.contains("belongs to acme"), "{}", outcome.words);
}

#[tokio::test]
async fn a_long_wait_says_until_when_and_a_refused_key_ends() {
    let limited = json!({"errors": [{"field": null, "message": "too many requests"}]});
    let server = serve(vec![
        // Ten hours later.
        get("/stats").gives(429, &limited).with_header("X-RateLimit-Reset", "1775167200"),
    ])
    .await;
    let outcome: Outcome = read(&["global_stats"]).run(&server).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);
    assert!(outcome.words.contains("2026-04-02T22:00:01Z"), "{}", outcome.words);
    assert_eq!(calls(&server, "/v3/stats").len(), 1);

    let server = serve(vec![get("/stats").gives(401, &denied())]).await;
    assert_eq!(read(&["global_stats"]).run(&server).await.code, 3);
    assert_eq!(calls(&server, "/v3/stats").len(), 1, "not tried again");
}

#[tokio::test]
async fn a_limit_of_one_address_leaves_the_others() {
    let limited = json!({"errors": [{"field": null, "message": "too many requests"}]});
    let server = serve(vec![
        get("/geo/stats").gives(429, &limited).with_header("X-RateLimit-Reset", "1775167200"),
        get("/stats").gives(200, &json!([{"date": "2026-03-01", "stats": [{"metrics": {"opens": 1}}]}])),
    ])
    .await;
    let outcome = read(&["geo_stats", "global_stats"]).run(&server).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);
    assert!(outcome.words.contains("2026-04-02T22:00:01Z"), "{}", outcome.words);
    assert_eq!(outcome.figures(), ["acme 2026-03-01 opens 1"]);
}

#[tokio::test]
async fn a_key_for_which_nothing_is_there_is_told() {
    let server =
        Server::start(vec![get("/.*").gives(404, &json!({"errors": [{"message": "not found"}]}))]).await;
    let outcome = read(&[]).run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert!(outcome.warnings().iter().any(|w| w.contains("subuser_stats")), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn a_row_without_its_counters_is_no_silence() {
    let answer = json!([{"date": "2026-03-01", "stats": [{"figures": {"opens": 1}}]}]);
    let server = serve(vec![get("/stats").gives(200, &answer)]).await;
    let outcome = read(&["global_stats"]).run(&server).await;
    assert_eq!(outcome.code, 5, "{}", outcome.words);
    assert!(outcome.words.contains("stats[0].metrics"), "{}", outcome.words);
    // A day without rows, and a row without one of the counters, are no drift.
    let answer = json!([{"date": "2026-03-01", "stats": []}, {"date": "2026-03-02", "stats": [{"metrics": {"opens": 1}}]}]);
    let server = serve(vec![get("/stats").gives(200, &answer)]).await;
    let outcome = read(&["global_stats"]).run(&server).await;
    assert_eq!((outcome.code, outcome.figures()), (0, vec!["acme 2026-03-02 opens 1".to_owned()]));
}

#[tokio::test]
async fn one_refused_stream_and_broken_answers_leave_the_rest() {
    let good = json!([{"date": "2026-03-01", "stats": [{"metrics": {"opens": 1}}]}]);
    let server = serve(vec![
        get("/devices/stats").gives(403, &denied()),
        get("/geo/stats").gives(404, &json!({"errors": [{"message": "not found"}]})),
        get("/stats").gives_text(502, "<html><title>Bad gateway</title></html>").times(1),
        get("/stats").gives_text(200, "[{\"date\":\"2026-").times(1),
        get("/stats").gives(200, &good),
    ])
    .await;
    let outcome = read(&["device_stats", "geo_stats", "global_stats"]).run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["acme 2026-03-01 opens 1"]);
}

#[tokio::test]
async fn messages_that_do_not_fit_are_asked_for_fewer_days() {
    let many: Vec<Value> = (0..1_000)
        .map(|n| json!({"msg_id": n.to_string(), "status": "delivered", "last_event_time": "2026-03-31T01:00:00Z"}))
        .collect();
    let server = serve(vec![get("/messages").gives(200, &json!({"messages": many}))]).await;
    let mut read = read(&["messages"]);
    read.since = "2026-03-30".into();
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(calls(&server, "/v3/messages").len(), 3, "two days, then each alone");
    assert!(outcome.warnings().iter().any(|w| w.contains("1000 messages")), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn automations_gain_what_came_since_the_last_pull() {
    let stats = |requests: u32| {
        rows(
            &[
                json!({"id": "flow", "step_id": "all", "aggregation": "total", "stats": {"requests": requests, "bounces": 1}}),
            ],
            None,
        )
    };
    let server = serve(vec![
        get("/marketing/stats/automations").gives(200, &stats(10)).times(1),
        get("/marketing/stats/automations").gives(200, &stats(14)),
    ])
    .await;
    let folder = tempfile::tempdir().unwrap();
    let mut read = read(&["automation_stats"]);
    read.state = Some(folder.path().join("state.json"));
    let first = read.run(&server).await;
    assert_eq!((first.code, first.metrics().len()), (0, 0), "{}", first.words);
    read.now = "2026-04-03".into();
    let second = read.run(&server).await;
    let gains =
        ["flow 2026-04-03 bounces 0", "flow 2026-04-03 emails_sent 4", "flow 2026-04-03 hard_bounces 0"];
    assert_eq!(second.figures(), gains, "{}", second.words);
}
