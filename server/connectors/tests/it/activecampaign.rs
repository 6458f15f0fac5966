//! `ActiveCampaign` by scripted traffic.

use crate::server::{Interaction, Seen, Server};
use crate::support::{Outcome, Read, accounts};
use serde_json::{Value, json};

fn read() -> Read {
    let mut read = Read::new("acme", "2026-03-01", "2026-03-31");
    read.slug = "activecampaign".into();
    read.now = "2026-03-31".into();
    read.credentials = json!({"api_key": "key", "account_url": "https://acme.api-us1.com"});
    read
}

fn get(path: &str) -> Interaction {
    Interaction::new("GET", &format!("^/api/3{path}$"), &[])
}

fn at(interaction: Interaction, name: &str, value: &str) -> Interaction {
    let mut interaction = interaction;
    interaction.query.push((name.to_owned(), Some(json!(value))));
    interaction
}

/// The key's own user, who can be read, comes last, so that tests may put others before it.
async fn serve(mut interactions: Vec<Interaction>) -> Server {
    interactions.push(get("/users/me").gives(200, &json!({"user": {"id": "1", "username": "admin"}})));
    Server::start(interactions).await
}

fn page(name: &str, rows: &[Value], total: Value) -> Value {
    json!({name: rows, "meta": {"total": total}})
}

fn campaign(id: &str, sdate: &str, sent: &str) -> Value {
    json!({"id": id, "name": id, "status": "5", "sdate": sdate, "automation": null, "send_amt": sent, "opens": "0",
           "uniqueopens": "0", "linkclicks": "0", "subscriberclicks": "0", "hardbounces": "0", "softbounces": "0",
           "unsubscribes": "0"})
}

fn deal(id: &str, status: &str) -> Value {
    json!({"id": id, "title": id, "status": status, "value": "1000", "currency": "usd", "stage": "2", "group": "1",
           "cdate": "2026-03-02T23:30:00-05:00", "mdate": "2026-03-08T23:30:00-05:00", "percent": "50", "isDisabled": "0"})
}

fn calls(server: &Server, path: &str) -> Vec<Seen> {
    server.seen().into_iter().filter(|s| s.path == path).collect()
}

fn sent(outcome: &Outcome) -> Vec<String> {
    outcome.figures().into_iter().filter(|f| f.contains("emails_sent")).collect()
}

#[tokio::test]
async fn the_account_is_the_host_and_the_key_goes_into_its_header() {
    let server = serve(Vec::new()).await;
    let found = accounts(&server, "activecampaign", &read().credentials, &[], "2026-03-31").await;
    assert_eq!((found.code, found.of("account")[0]["id"].as_str()), (0, Some("acme")), "{}", found.words);
    let me = &calls(&server, "/api/3/users/me")[0];
    assert_eq!((me.header("api-token"), me.header("authorization")), (Some("key"), None));
    let mut other = read();
    other.account = "evil".into();
    let other = other.run(&server).await;
    assert!(other.code == 2 && other.words.contains("belongs to account acme"), "{}", other.words);
    let mut foreign = read();
    foreign.credentials = json!({"api_key": "key", "account_url": "https://acme.example.com"});
    let foreign = foreign.run(&server).await;
    assert!(foreign.code == 2 && foreign.words.contains("account_url"), "{}", foreign.words);
}

#[tokio::test]
async fn pages_go_on_by_the_rows_that_came() {
    let rows: Vec<_> = (1..=3).map(|n| campaign(&n.to_string(), "2026-03-02T12:00:00Z", "1")).collect();
    let more = [campaign("3", "2026-03-02T12:00:00Z", "1"), campaign("4", "2026-03-02T12:00:00Z", "2")];
    let server = serve(vec![
        at(get("/campaigns"), "offset", "0").gives(200, &page("campaigns", &rows, json!("5"))),
        at(get("/campaigns"), "offset", "3").gives(200, &page("campaigns", &more, json!(5))),
    ])
    .await;
    let outcome = read().stream("campaigns").setting("page_size", "2").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(server.unmatched().is_empty());
    let days = ["1", "2", "3"].map(|id| format!("{id} 2026-03-02 emails_sent 1"));
    assert_eq!(sent(&outcome), [days.as_slice(), &["4 2026-03-02 emails_sent 2".to_owned()]].concat());
}

#[tokio::test]
async fn without_a_total_an_empty_page_or_nothing_new_is_the_end() {
    let stage = |id: &str| json!({"id": id, "title": id, "group": "1"});
    let server = serve(vec![
        at(get("/dealStages"), "offset", "0").gives(200, &json!({"dealStages": [stage("1"), stage("2")]})),
        at(get("/dealStages"), "offset", "2").gives(200, &json!({"dealStages": [stage("3")]})),
        at(get("/dealStages"), "offset", "3").gives(200, &json!({"dealStages": []})),
        get("/dealGroups")
            .gives(200, &json!({"dealGroups": [{"id": "1", "title": "Sales", "currency": "usd"}]})),
    ])
    .await;
    let read = read().stream("stages").stream("pipelines").setting("page_size", "2");
    let outcome = read.run(&server).await;
    assert_eq!((outcome.code, calls(&server, "/api/3/dealStages").len()), (0, 3), "{}", outcome.words);
    assert_eq!(calls(&server, "/api/3/dealGroups").len(), 2);
    let stage = outcome.of("entity").into_iter().find(|e| e["entity"] == "3").unwrap().clone();
    assert_eq!((&stage["parent_kind"], &stage["parent"]), (&json!("pipeline"), &json!("1")));
}

#[tokio::test]
async fn automated_emails_are_read_again_whatever_day_they_stand_under() {
    let mut old = campaign("1", "2025-01-02T12:00:00Z", "7");
    old["automation"] = json!("4");
    let rows = [old, campaign("2", "2025-01-02T12:00:00Z", "8"), campaign("3", "2026-03-02T12:00:00Z", "9")];
    let server = serve(vec![get("/campaigns").gives(200, &page("campaigns", &rows, json!(3)))]).await;
    let outcome = read().stream("campaigns").run(&server).await;
    assert_eq!(sent(&outcome), ["1 2025-01-02 emails_sent 7", "3 2026-03-02 emails_sent 9"]);
    let mut past = read().stream("campaigns");
    past.until = "2026-03-15".into();
    assert_eq!(sent(&past.run(&server).await), ["3 2026-03-02 emails_sent 9"]);
}

#[tokio::test]
async fn restated_days_are_read_again_from_a_state() {
    let folder = tempfile::tempdir().unwrap();
    let once = |sent| page("campaigns", &[campaign("1", "2026-03-02T12:00:00Z", sent)], json!(1));
    let server = serve(vec![
        get("/campaigns").gives(200, &once("5")).times(1),
        get("/campaigns").gives(200, &once("6")),
    ])
    .await;
    let mut read = read().stream("campaigns");
    read.state = Some(folder.path().join("state.json"));
    assert_eq!(sent(&read.run(&server).await), ["1 2026-03-02 emails_sent 5"]);
    assert_eq!(sent(&read.run(&server).await), ["1 2026-03-02 emails_sent 6"]);
}

#[tokio::test]
async fn a_refused_stream_is_a_warning_and_a_dead_key_is_the_end() {
    let denied = json!({"message": "The feature is not part of this plan."});
    let row = campaign("1", "2026-03-02T12:00:00Z", "5");
    let interactions = || {
        vec![
            get("/campaigns").gives(200, &page("campaigns", std::slice::from_ref(&row), json!(1))),
            get("/campaigns/1/aggregateRevenues").gives(403, &denied),
        ]
    };
    let server = serve(interactions()).await;
    let streams = || read().stream("campaigns").stream("campaign_revenues");
    let outcome = streams().run(&server).await;
    assert_eq!((outcome.code, sent(&outcome).len()), (0, 1), "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("not part of this plan"), "{:?}", outcome.warnings());
    assert_eq!(calls(&server, "/api/3/users/me").len(), 2, "who is asking, and whether the key lives");

    let mut dying = interactions();
    dying.push(get("/users/me").gives(200, &json!({"user": {"id": "1"}})).times(1));
    dying.push(get("/users/me").gives(403, &denied));
    let outcome = streams().run(&Server::start(dying).await).await;
    assert_eq!((outcome.code, sent(&outcome).len()), (3, 1), "{}", outcome.words);
}

#[tokio::test]
async fn an_unpaid_account_ends_the_run() {
    let server = serve(vec![get("/lists").gives(402, &json!({"message": "Pay."}))]).await;
    let outcome = read().stream("lists").stream("campaigns").run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert!(outcome.words.contains("not paid for") && calls(&server, "/api/3/campaigns").is_empty());
}

#[tokio::test]
async fn details_become_attributes_of_campaigns_and_what_is_gone_is_left_out() {
    let rows = [campaign("1", "2026-03-02T12:00:00Z", "5"), campaign("2", "2026-03-03T12:00:00Z", "5")];
    let links =
        [json!({"id": "1", "link": "https://a.example/"}), json!({"id": "2", "link": "https://a.example/"})];
    let server = serve(vec![
        get("/campaigns").gives(200, &page("campaigns", &rows, json!(2))),
        get("/campaigns/1/links").gives(404, &json!({"message": "No Result found for Campaign with id 1"})),
        get("/campaigns/2/links").gives(200, &page("links", &links, json!("2"))),
    ])
    .await;
    let outcome = read().stream("campaign_links").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let entities = outcome.of("entity");
    assert_eq!((entities.len(), entities[0]["entity"].as_str()), (1, Some("2")));
    assert_eq!(entities[0]["attributes"], json!({"links": ["https://a.example/"]}));
    assert_eq!(
        calls(&server, "/api/3/users/me").len(),
        1,
        "who is asking; what is gone says nothing of the key"
    );
}

fn history(deal: &str, rows: &[Value]) -> Interaction {
    get(&format!("/deals/{deal}/dealActivities")).gives(200, &page("dealActivities", rows, json!(rows.len())))
}

fn entry(id: &str, kind: &str, old: &str, new: &str, at: &str) -> Value {
    json!({"id": id, "dataType": kind, "dataOldval": old, "dataAction": new, "cdate": at})
}

#[tokio::test]
async fn deals_count_on_the_days_of_their_history_and_each_log_is_asked_once() {
    let rows = [deal("9007199254740993", "1"), deal("2", "2"), deal("3", "0")];
    let log = [
        entry("1", "d_stageid", "1", "2", "2026-03-05T23:30:00-05:00"),
        entry("2", "status", "0", "1", "2026-03-06T12:00:00Z"),
    ];
    let server = serve(vec![
        get("/deals").gives(200, &page("deals", &rows, json!(3))),
        history("9007199254740993", &log),
        history("2", &[]),
        history("3", &[]),
    ])
    .await;
    let outcome = read().stream("deal_history").stream("deals").stream("open_deals").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "2 2026-03-03 deals_created 1",
            "2 2026-03-09 deals_lost 1",
            "3 2026-03-03 deals_created 1",
            "3 2026-03-31 pipeline_value 10",
            "3 2026-03-31 weighted_pipeline_value 5",
            "9007199254740993 2026-03-03 deals_created 1",
            "9007199254740993 2026-03-06 deals_won 1",
            "9007199254740993 2026-03-06 revenue 10",
            "9007199254740993 2026-03-06 stage_transition 1",
        ]
    );
    assert_eq!(calls(&server, "/api/3/deals/9007199254740993/dealActivities").len(), 1);
    // Alone, the stream of deals asks for the history of those that are closed.
    let alone = read().stream("deals").run(&server).await;
    assert_eq!(alone.value("9007199254740993", "2026-03-06", "deals_won").as_deref(), Some("1"));
    assert_eq!(calls(&server, "/api/3/deals/3/dealActivities").len(), 1);
}

#[tokio::test]
async fn without_the_history_deals_count_when_they_were_last_changed() {
    let server = serve(vec![
        get("/deals").gives(200, &page("deals", &[deal("1", "1"), deal("2", "1")], json!(2))),
        get("/deals/[0-9]+/dealActivities").gives(403, &json!({"message": "No."})),
    ])
    .await;
    let outcome = read().stream("deal_history").stream("deals").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.value("2", "2026-03-09", "deals_won").as_deref(), Some("1"));
    assert!(outcome.warnings().join("").contains("last changed"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn contacts_are_read_behind_the_last_id() {
    let contact = |id: &str| json!({"id": id, "email": "ada@example.com", "deleted": "0", "udate": "2026-03-02T12:00:00Z"});
    let server = serve(vec![
        at(get("/contacts"), "id_greater", "9007199254740993").gives(200, &page("contacts", &[], json!("1"))),
        at(get("/contacts"), "id_greater", "2")
            .gives(200, &page("contacts", &[contact("9007199254740993")], json!("1"))),
        get("/contacts").gives(200, &page("contacts", &[contact("1"), contact("2")], json!("3"))),
    ])
    .await;
    let outcome = read().stream("contacts").setting("page_size", "2").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!((outcome.of("entity").len(), calls(&server, "/api/3/contacts").len()), (3, 3));
    assert!(outcome.figures().is_empty() && !outcome.lines.iter().any(|l| l.to_string().contains("ada@")));
}

#[tokio::test]
async fn waits_faults_and_broken_answers_pass() {
    let good = page("lists", &[json!({"id": "3", "name": "Ünïcode", "active_subscribers": "0"})], json!("1"));
    let server = serve(vec![
        get("/lists").gives(429, &json!({})).with_header("retry-after", "2").times(1),
        get("/lists").gives(503, &json!({"message": "Rate limit reached"})).times(2),
        get("/lists").gives_text(502, "<html><title>Bad gateway</title></html>").times(1),
        get("/lists").gives_text(200, r#"{"lists":[{"id":"#).times(1),
        get("/lists").gives(200, &good),
    ])
    .await;
    let outcome = read().stream("lists").run(&server).await;
    assert_eq!(
        (outcome.code, outcome.figures()),
        (0, vec!["3 2026-03-31 subscribers 0".to_owned()]),
        "{}",
        outcome.words
    );
}

#[tokio::test]
async fn a_long_wait_is_a_state_and_what_is_not_understood_is_drift() {
    let server = serve(vec![get("/lists").gives(429, &json!({})).with_header("retry-after", "7200")]).await;
    let outcome = read().stream("lists").run(&server).await;
    assert!(outcome.code == 4 && outcome.words.contains("2026-03-31T14:00:00Z"), "{}", outcome.words);

    let server = serve(vec![
        get("/lists").gives(200, &json!({"items": []})),
        get("/campaigns")
            .gives(200, &page("campaigns", &[campaign("1", "2026-03-02T12:00:00Z", "5")], json!(1))),
    ])
    .await;
    let outcome = read().stream("lists").stream("campaigns").run(&server).await;
    assert_eq!((outcome.code, sent(&outcome).len()), (5, 1), "{}", outcome.words);
}

#[tokio::test]
async fn which_deals_there_are_is_told_only_when_the_list_stood_still() {
    let listed = |first: Value, second: Value| {
        let rows = [deal("1", "0"), json!({"id": "2", "title": "b", "status": "1", "isDisabled": true})];
        vec![
            at(get("/deals"), "offset", "3").gives(200, &page("deals", &[], second.clone())),
            at(get("/deals"), "offset", "2").gives(200, &page("deals", &[deal("3", "1")], second)),
            at(get("/deals"), "offset", "0").gives(200, &page("deals", &rows, first)),
        ]
    };
    let read = || read().stream("deal_ids").setting("page_size", "2");
    let server = serve(listed(json!("3"), json!(3))).await;
    let outcome = read().run(&server).await;
    assert_eq!((outcome.code, server.unmatched().len()), (0, 0), "{}", outcome.words);
    let rosters = outcome.of("roster");
    assert_eq!((rosters.len(), &rosters[0]["count"]), (1, &json!(3)), "a deal that may not be read is there");
    assert!(outcome.figures().is_empty() && outcome.of("entity").is_empty() && outcome.warnings().is_empty());
    for (first, second) in [("4", "3"), ("4", "4")] {
        let server = serve(listed(json!(first), json!(second))).await;
        let outcome = read().run(&server).await;
        assert_eq!((outcome.code, outcome.of("roster").len()), (0, 0), "{first} {second}");
        assert!(outcome.warnings().join("").contains("looked for next time"), "{:?}", outcome.warnings());
    }
}
