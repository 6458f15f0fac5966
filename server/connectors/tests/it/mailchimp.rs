//! Mailchimp by its recordings and by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Server};
use crate::support::{Read, accounts, credentials};
use serde_json::{Value, json};

fn read(since: &str, until: &str) -> Read {
    let mut read = Read::new("acc1", since, until);
    read.slug = "mailchimp".into();
    read.now = "2026-06-15".into();
    read
}

fn june() -> Read {
    read("2026-06-01", "2026-06-15")
}

fn get(path: &str) -> Interaction {
    Interaction::new("GET", path, &[])
}

fn asking(mut interaction: Interaction, name: &str, value: &str) -> Interaction {
    interaction.query.push((name.into(), Some(json!(value))));
    interaction
}

/// The login host and the account.
fn basics() -> Vec<Interaction> {
    let root = json!({"account_id": "acc1", "account_name": "Größe", "account_timezone": "Asia/Tokyo", "email": "me@example.com"});
    vec![
        get("^/oauth2/metadata$").gives(200, &json!({"dc": "us3", "login": {"email": "me@example.com"}})),
        get("^/3\\.0/$").gives(200, &root),
    ]
}

async fn serve(more: Vec<Interaction>) -> Server {
    let mut interactions = more;
    interactions.extend(basics());
    Server::start(interactions).await
}

fn report(id: &str, sent: &str, opens: u32) -> Value {
    json!({"id": id, "campaign_title": id, "send_time": sent, "emails_sent": 10, "abuse_reports": 0, "unsubscribed": 0,
           "bounces": {"hard_bounces": 0, "soft_bounces": 0}, "opens": {"opens_total": opens, "unique_opens": 0},
           "clicks": {"clicks_total": 0, "unique_subscriber_clicks": 0}})
}

fn reports(rows: &[Value], total: u32) -> Value {
    json!({"reports": rows, "total_items": total})
}

fn problem(title: &str) -> Value {
    json!({"title": title, "detail": "So it is."})
}

fn calls(server: &Server, path: &str) -> usize {
    server.seen().iter().filter(|s| s.path == path).count()
}

fn opens(outcome: &crate::support::Outcome) -> Vec<String> {
    outcome.figures().into_iter().filter(|f| f.contains(" opens ")).collect()
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_of_the_recording_passes() {
    let Some(folder) = recordings("mailchimp") else { return };
    let file = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let (notes, expected) = (file("expected_notes.json"), file("expected.json"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let request = &notes["read"][0];
    let mut read = read(&text(&request["since"]), &text(&request["until"]));
    read.account = text(&request["account"]);
    read.now = text(&notes["as_of"]);
    let read = read.setting("page_size", &notes["settings"]["page_size"].to_string());

    let server = Server::replay(&folder).await;
    let found = accounts(&server, "mailchimp", &credentials(), &read.settings, &read.now).await;
    assert_eq!(found.code, 0, "{}", found.words);
    assert_eq!(found.of("account")[0]["id"], request["account"]);
    assert_eq!(calls(&server, "/oauth2/metadata"), 2, "asked again after the refusal");

    let server = Server::replay(&folder).await;
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.metrics().len(), expected.as_array().unwrap().len(), "no figure besides");
    assert!(outcome.warnings().is_empty(), "{:?}", outcome.warnings());
    assert_eq!(calls(&server, "/3.0/reports"), 1, "the total was reached");
    // Events, too, which nobody acted on.
    let server = Server::replay(&folder).await;
    let events = read.stream("email_activity").stream("unsubscribes").stream("members").run(&server).await;
    assert_eq!((events.code, events.figures().len()), (0, 0), "{}", events.words);
}

#[tokio::test]
async fn tokens_and_keys_are_shown_as_the_vendor_wants_them() {
    let server = serve(Vec::new()).await;
    assert_eq!(june().stream("account").run(&server).await.code, 0);
    let header = |path: &str| {
        let seen = server.seen();
        let call = seen.iter().rev().find(|s| s.path == path).cloned();
        call.and_then(|call| call.header("authorization").map(str::to_owned))
    };
    assert_eq!(header("/oauth2/metadata").as_deref(), Some("OAuth at-1"));
    assert_eq!(header("/3.0/").as_deref(), Some("Bearer at-1"));

    let server = serve(Vec::new()).await;
    let mut keyed = june().stream("account");
    keyed.credentials = json!({"api_key": "k-us20"});
    assert_eq!(keyed.run(&server).await.code, 0);
    assert_eq!(calls(&server, "/oauth2/metadata"), 0, "the key says where it lives");
    assert_eq!(server.seen()[0].header("authorization"), Some("Bearer k-us20"));
    keyed.credentials = json!({"api_key": "nowhere"});
    let outcome = keyed.run(&server).await;
    assert!(outcome.code == 2 && outcome.words.contains("data centre"), "{}", outcome.words);
    keyed.credentials = json!({"api_key": "nowhere", "server_prefix": "us3"});
    assert_eq!(keyed.run(&server).await.code, 0);
}

#[tokio::test]
async fn two_refusals_in_a_row_need_a_new_consent() {
    let refused = || get("^/3\\.0/$").gives(401, &problem("API Key Invalid"));
    let server = serve(vec![refused()]).await;
    assert_eq!(june().run(&server).await.code, 3);
    assert_eq!((calls(&server, "/oauth2/metadata"), calls(&server, "/3.0/")), (2, 2), "no loop");
    let server = serve(vec![refused()]).await;
    let mut keyed = june();
    keyed.credentials = json!({"api_key": "k-us20"});
    assert_eq!(keyed.run(&server).await.code, 3);
    assert_eq!(calls(&server, "/3.0/"), 2);
    // The login host answers a dead token with HTTP 200.
    let dead = get("^/oauth2/metadata$").gives(200, &json!({"error": "invalid_token"}));
    let server = serve(vec![dead]).await;
    assert_eq!(june().run(&server).await.code, 3);
    assert_eq!(calls(&server, "/3.0/"), 0);
    // One that does not work says nothing of the token.
    let down = get("^/oauth2/metadata$").gives(503, &json!({"error": "temporarily_unavailable"}));
    let server = serve(vec![down.times(1), get("/reports$").gives(200, &reports(&[], 0))]).await;
    let outcome = june().stream("reports").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    // An account that moves while pages are turned is followed.
    let server = serve(vec![
        asking(get("/reports$"), "offset", "1").gives(401, &problem("API Key Invalid")).times(1),
        asking(get("/reports$"), "offset", "1")
            .gives(200, &reports(&[report("c2", "2026-06-02T00:00:00+00:00", 2)], 2)),
        get("/reports$").gives(200, &reports(&[report("c1", "2026-06-01T00:00:00+00:00", 1)], 2)),
    ])
    .await;
    let outcome = june().stream("reports").run(&server).await;
    assert_eq!(opens(&outcome), ["c1 2026-06-01 opens 1", "c2 2026-06-02 opens 2"], "{}", outcome.words);
}

#[tokio::test]
async fn pages_go_on_by_the_rows_that_came_until_the_total_or_an_empty_one() {
    let row = |id: &str, opens| report(id, "2026-06-02T12:00:00+00:00", opens);
    let server = serve(vec![
        asking(get("/reports$"), "offset", "5").gives(200, &reports(&[], 9)),
        // Less came than was asked for, one of them a second time.
        asking(get("/reports$"), "offset", "3").gives(200, &reports(&[row("c2", 7), row("c4", 4)], 9)),
        asking(get("/reports$"), "offset", "0")
            .gives(200, &reports(&[row("c1", 1), row("c2", 2), row("c3", 3)], 9)),
    ])
    .await;
    let outcome = june().stream("reports").setting("page_size", "4").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        opens(&outcome),
        ["c1 2026-06-02 opens 1", "c2 2026-06-02 opens 7", "c3 2026-06-02 opens 3", "c4 2026-06-02 opens 4"]
    );
    assert_eq!(calls(&server, "/3.0/reports"), 3);
}

#[tokio::test]
async fn reports_of_other_days_stay_out() {
    let rows = [
        report("early", "2026-05-31T23:59:59+00:00", 1),
        report("first", "2026-06-01T00:00:00+00:00", 2),
        report("last", "2026-06-15T23:59:59+00:00", 3),
        report("late", "2026-06-16T00:00:00+00:00", 4),
        report("never", "", 5),
    ];
    let asked = asking(get("/reports$"), "since_send_time", "2026-05-31T23:59:59+00:00");
    let asked = asking(asked, "before_send_time", "2026-06-16T00:00:00+00:00");
    let server = serve(vec![asked.gives(200, &reports(&rows, 5))]).await;
    let outcome = june().stream("reports").run(&server).await;
    assert_eq!(opens(&outcome), ["first 2026-06-01 opens 2", "last 2026-06-15 opens 3"], "{}", outcome.words);
}

#[tokio::test]
async fn a_campaign_that_only_its_report_knows_was_deleted() {
    let campaigns = json!({"campaigns": [{"id": "c1", "status": "sent"}], "total_items": 1});
    let sent = "2026-06-02T12:00:00+00:00";
    let server = serve(vec![
        get("/campaigns$").gives(200, &campaigns),
        get("/reports$").gives(200, &reports(&[report("c1", sent, 1), report("c2", sent, 2)], 2)),
    ])
    .await;
    let outcome = june().stream("campaigns").stream("reports").run(&server).await;
    let states: Vec<_> =
        outcome.of("entity").iter().map(|e| (e["entity"].clone(), e["status"].clone())).collect();
    assert_eq!(states, [(json!("c1"), json!("sent")), (json!("c2"), json!("deleted"))]);
    assert_eq!(opens(&outcome).len(), 2, "its figures stay");
}

#[tokio::test]
async fn throttles_faults_and_broken_answers_pass() {
    let good = reports(&[report("c1", "2026-06-02T12:00:00+00:00", 1)], 1);
    let server = serve(vec![
        get("/reports$").gives(429, &problem("Too Many Requests")).times(3),
        get("/reports$").gives_text(503, "<html><title>Down</title></html>").times(1),
        get("/reports$").gives_text(200, r#"{"reports":[{"id":"#).times(1),
        get("/reports$").gives(200, &good).cut_after(20).times(1),
        get("/reports$").gives(200, &good),
    ])
    .await;
    let outcome = june().stream("reports").run(&server).await;
    assert_eq!((outcome.code, opens(&outcome).len()), (0, 1), "{}", outcome.words);
}

#[tokio::test]
async fn the_edge_is_left_alone_for_minutes() {
    let edge = || get("/reports$").gives_text(403, "<html><title>403 Forbidden</title></html>");
    let good = reports(&[], 0);
    let server = serve(vec![edge().times(1), get("/reports$").gives(200, &good)]).await;
    let outcome = june().stream("reports").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let at = outcome.of("state")[0]["state"]["read"][0]["at"].clone();
    assert!(at.as_str().unwrap().starts_with("2026-06-15T12:05"), "{at}");
    let server = serve(vec![edge()]).await;
    let outcome = june().stream("reports").run(&server).await;
    assert_eq!(
        (outcome.code, calls(&server, "/3.0/reports")),
        (4, 5),
        "four waits of five minutes: {}",
        outcome.words
    );
}

#[tokio::test]
async fn large_pages_that_fail_are_asked_for_in_halves() {
    let page = |count: &str| asking(get("/reports$"), "count", count);
    let server = serve(vec![
        page("1000").gives(504, &problem("Timeout")),
        page("500").gives(200, &reports(&[report("c1", "2026-06-02T12:00:00+00:00", 1)], 1)),
    ])
    .await;
    let outcome = june().stream("reports").run(&server).await;
    assert_eq!((outcome.code, opens(&outcome).len()), (0, 1), "{}", outcome.words);
    let down = serve(vec![get("/reports$").gives(500, &problem("Internal Server Error"))]).await;
    assert_eq!(june().stream("reports").run(&down).await.code, 6);
}

#[tokio::test]
async fn what_is_refused_is_named_and_the_rest_is_read() {
    let lists = json!({"lists": [{"id": "l1", "stats": {"member_count": 5}}, {"id": "l2", "stats": {"member_count": 6}},
                                 {"id": "l3", "stats": {}}], "total_items": 3});
    let day = json!({"activity": [{"day": "2026-06-02", "subs": 1, "other_adds": 0, "unsubs": 0, "other_removes": 0}]});
    let server = serve(vec![
        get("/campaigns$").gives(403, &problem("User Forbidden")),
        get("/lists$").gives(200, &lists),
        get("/lists/l1/activity$").gives(404, &problem("Resource Not Found")),
        get("/lists/l2/activity$").gives(403, &problem("Forbidden")),
        get("/lists/l3/activity$").gives(200, &day),
    ])
    .await;
    let read = june().stream("campaigns").stream("lists").stream("list_activity");
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "l1 2026-06-15 subscribers 5",
            "l2 2026-06-15 subscribers 6",
            "l3 2026-06-02 subscribers_added 1",
            "l3 2026-06-02 subscribers_removed 0",
        ]
    );
    let warnings = outcome.warnings().join("\n");
    assert!(warnings.contains("User Forbidden") && warnings.contains("l2 is left out"), "{warnings}");
    let denied = serve(vec![get("^/3\\.0/.+").gives(403, &problem("User Forbidden"))]).await;
    let outcome = june().stream("campaigns").stream("reports").run(&denied).await;
    assert!(outcome.code == 2 && outcome.warnings().join("").contains("acc1"), "{}", outcome.words);
}

#[tokio::test]
async fn emails_of_automations_have_reports_of_their_own() {
    let email =
        |id: &str, sent: &str| json!({"id": id, "workflow_id": "w1", "send_time": sent, "status": "sending"});
    let june_second = "2026-06-02T12:00:00+00:00";
    let emails = [
        email("e1", june_second),
        email("e2", ""),
        email("e3", "2024-01-01T00:00:00+00:00"),
        email("e4", june_second),
        email("e5", june_second),
    ];
    let server = serve(vec![
        get("/reports$").gives(200, &reports(&[report("e5", june_second, 5)], 1)),
        get("/automations$")
            .gives(200, &json!({"automations": [{"id": "w1", "status": "sending"}], "total_items": 1})),
        get("/automations/w1/emails$").gives(200, &json!({"emails": emails, "total_items": 5})),
        get("/reports/e1$").gives(200, &report("e1", june_second, 1)),
        get("/reports/e4$").gives(404, &problem("Resource Not Found")),
    ])
    .await;
    let outcome = june().stream("reports").stream("automation_emails").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
    assert_eq!(opens(&outcome), ["e1 2026-06-02 opens 1", "e5 2026-06-02 opens 5"]);
    let line = outcome.metrics().into_iter().find(|l| l["entity"] == "e1").unwrap().clone();
    assert_eq!(line["entity_kind"], "email");
    let parent = outcome.of("entity").into_iter().find(|e| e["entity"] == "e2").unwrap().clone();
    assert_eq!((&parent["parent_kind"], &parent["parent"]), (&json!("flow"), &json!("w1")));
}

#[tokio::test]
async fn events_are_counted_without_the_people() {
    let activity = json!({"emails": [{"email_id": "p1", "email_address": "ada@example.com", "activity": [
        {"action": "click", "timestamp": "2026-06-03T10:00:00+00:00", "ip": "192.0.2.1"}]}], "total_items": 1});
    let left = json!({"unsubscribes": [{"email_id": "p1", "email_address": "ada@example.com", "reason": "Normal",
                                        "timestamp": "2026-06-04T10:00:00+00:00"}], "total_items": 1});
    let members =
        json!({"members": [{"id": "p1", "status": "archived", "last_changed": "2026-06-05T10:00:00+00:00"}]});
    let server = serve(vec![
        get("/reports$").gives(200, &reports(&[report("c1", "2026-05-02T12:00:00+00:00", 1)], 1)),
        get("/reports/c1/email-activity$").gives(200, &activity),
        get("/reports/c1/unsubscribed$").gives(200, &left),
        get("/lists$").gives(200, &json!({"lists": [{"id": "l1"}], "total_items": 1})),
        get("/lists/l1/members$").gives(200, &members),
    ])
    .await;
    let read = june().stream("email_activity").stream("unsubscribes").stream("members");
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["c1 2026-06-03 clicks 1", "c1 2026-06-04 unsubscribes 1"]);
    assert!(outcome.metrics().iter().all(|l| l.get("breakdown").is_some()), "they never add to totals");
    assert!(!outcome.lines.iter().any(|l| l.to_string().contains("ada@example.com")));
}

#[tokio::test]
async fn another_account_and_another_version_are_named() {
    let server = serve(Vec::new()).await;
    let mut other = june();
    other.account = "acc2".into();
    let outcome = other.run(&server).await;
    assert!(outcome.code == 2 && outcome.words.contains("belongs to account acc1"), "{}", outcome.words);
    other.account = "a/b".into();
    assert_eq!(other.run(&server).await.code, 2);
    let gone = serve(vec![get("^/4\\.0/$").gives(404, &problem("Resource Not Found"))]).await;
    let outcome = june().setting("api_version", "4.0").run(&gone).await;
    assert!(outcome.code == 2 && outcome.words.contains("api_version"), "{}", outcome.words);
}

#[tokio::test]
async fn a_finished_run_reads_again_what_may_change() {
    let page = reports(&[report("c1", "2026-06-02T12:00:00+00:00", 1)], 1);
    let since = |day: &str| asking(get("/reports$"), "since_send_time", day).gives(200, &page);
    let server = serve(vec![since("~^2025-12-31"), since("~^2026-04-")]).await;
    let folder = tempfile::tempdir().unwrap();
    let mut read = read("2026-01-01", "2026-06-15").stream("reports");
    read.state = Some(folder.path().join("state.json"));
    assert_eq!(read.run(&server).await.code, 0);
    let again = read.run(&server).await;
    assert_eq!(opens(&again).len(), 1, "{}", again.words);
    let by: Vec<_> = server.seen().iter().filter_map(|s| s.answered_by).filter(|by| *by < 2).collect();
    assert_eq!(by, [0, 1], "older days have settled");
}

#[tokio::test]
async fn lists_that_are_not_there_are_warnings() {
    let page = reports(&[report("c1", "2026-06-02T12:00:00+00:00", 1)], 1);
    let mut interactions = basics();
    interactions.push(get("/reports$").gives(200, &page));
    interactions.push(get("").gives(404, &problem("Resource Not Found")));
    let server = Server::start(interactions).await;
    let outcome = june().run(&server).await;
    assert_eq!((outcome.code, opens(&outcome).len()), (0, 1), "{}", outcome.words);
    let warnings = outcome.warnings().join("");
    assert!(warnings.contains("automations") && warnings.contains("lists"), "{warnings}");
}

#[tokio::test]
async fn an_automations_email_without_a_time_has_it_in_its_report() {
    let flows = json!({"automations": [{"id": "f1", "settings": {"title": "Welcome"}}], "total_items": 1});
    let emails = json!({"emails": [{"id": "e1", "emails_sent": 40, "status": "sending"}, {"id": "e2", "send_time": ""}], "total_items": 2});
    let server = serve(vec![
        get("/automations$").gives(200, &flows),
        get("/automations/f1/emails$").gives(200, &emails),
        get("/reports/e1$").gives(200, &report("e1", "2026-06-02T08:00:00+00:00", 7)),
    ])
    .await;
    let outcome = june().stream("automation_emails").run(&server).await;
    assert_eq!(
        (outcome.code, opens(&outcome)),
        (0, vec!["e1 2026-06-02 opens 7".to_owned()]),
        "{}",
        outcome.words
    );
    assert_eq!(calls(&server, "/3.0/reports/e2"), 0, "it was never sent");
}

#[tokio::test]
async fn a_list_that_goes_on_coming_again_ends() {
    let page = json!({"reports": [report("c1", "2026-06-02T12:00:00+00:00", 1)]});
    let server = serve(vec![get("/reports$").gives(200, &page)]).await;
    let outcome = june().stream("reports").setting("page_size", "1").run(&server).await;
    assert_eq!((outcome.code, opens(&outcome).len()), (0, 1), "{}", outcome.words);
}
