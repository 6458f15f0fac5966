//! HubSpot by its recordings and by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Server};
use crate::support::{Outcome, Read, accounts, credentials};
use serde_json::{Value, json};

fn read(account: &str, since: &str, until: &str) -> Read {
    let mut read = Read::new(account, since, until);
    read.slug = "hubspot".into();
    read.now = "2026-06-15".into();
    read
}

fn june() -> Read {
    read("77", "2026-06-01", "2026-06-15")
}

/// Token endpoint, portal and two stages.
fn basics() -> Vec<Interaction> {
    vec![
        Interaction::new("POST", "^/oauth/v1/token$", &["grant_type=refresh_token", "client_secret=secret"])
            .gives(200, &json!({"access_token": "at-2", "refresh_token": "rt-2", "expires_in": 1800})),
        Interaction::new("GET", "^/account-info/v3/details$", &[])
            .gives(200, &json!({"portalId": 77, "companyCurrency": "EUR", "timeZone": "America/Sao_Paulo"})),
        Interaction::new("GET", "^/crm/v3/pipelines/deals$", &[]).gives(
            200,
            &json!({"results": [{"id": "p", "label": "Sales", "stages": [
                {"id": "new", "label": "New", "metadata": {"isClosed": "false", "probability": "0.5"}},
                {"id": "lost", "label": "Lost", "metadata": {"isClosed": "true", "probability": "0.0"}}]}]}),
        ),
    ]
}

async fn serve(more: Vec<Interaction>) -> Server {
    let mut interactions = basics();
    interactions.extend(more);
    Server::start(interactions).await
}

fn search(object: &str, more: &[&str]) -> Interaction {
    Interaction::new("POST", &format!("^/crm/v3/objects/{object}/search$"), more)
}

fn deal(id: &str, stage: &str, amount: &str) -> Value {
    json!({"id": id, "properties": {"dealstage": stage, "pipeline": "p", "amount": amount, "closedate": "2026-06-10",
           "createdate": "2026-06-02T00:00:00Z", "hs_is_closed_won": "false"}})
}

fn page(rows: &[Value], after: Option<&str>) -> Value {
    match after {
        Some(after) => json!({"results": rows, "paging": {"next": {"after": after}}}),
        None => json!({"results": rows}),
    }
}

fn calls<'a>(seen: &'a [crate::server::Seen], path: &str) -> Vec<&'a crate::server::Seen> {
    seen.iter().filter(|s| s.path == path).collect()
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_of_the_recording_passes() {
    let Some(folder) = recordings("hubspot") else { return };
    let file = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let (notes, expected) = (file("expected_notes.json"), file("expected.json"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let request = &notes["read"][0];
    let mut read = read(&text(&request["account"]), &text(&request["since"]), &text(&request["until"]));
    read.now = text(&notes["as_of"]);
    read = read.setting("page_size", &notes["settings"]["page_size"].to_string());

    let server = Server::replay(&folder).await;
    let found = accounts(&server, "hubspot", &credentials(), &read.settings, &read.now).await;
    assert_eq!(found.code, 0, "{}", found.words);
    assert_eq!(found.of("account")[0]["id"], request["account"]);

    let server = Server::replay(&folder).await;
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.metrics().len(), expected.as_array().unwrap().len(), "no figure besides");
    let seen = server.seen();
    assert_eq!(seen.iter().filter(|s| s.path.ends_with("/token")).count(), 1, "one refresh");
    let warnings = outcome.warnings().join("\n");
    for named in ["NO_ASSOCIATIONS_FOUND", "crm.objects.owners.read"] {
        assert!(warnings.contains(named), "{warnings}");
    }
    assert!(!outcome.of("link").is_empty(), "what could be answered is taken");
    let moves: Vec<_> =
        outcome.of("transition").iter().map(|m| (m["from"].clone(), m["to"].clone())).collect();
    for row in expected.as_array().unwrap() {
        let Some((from, to)) = row["detail"].as_str().and_then(|d| d.split_once("->")) else { continue };
        let from = if from == "(new)" { Value::Null } else { json!(from) };
        assert!(moves.contains(&(from, json!(to))), "{row}");
    }
}

#[tokio::test]
async fn an_empty_page_in_the_middle_does_not_end_the_reading() {
    let server = serve(vec![
        search("deals", &["\"after\":\"2\""])
            .gives(200, &page(&[deal("9007199254740993", "lost", "2")], None)),
        search("deals", &["\"after\":\"1\""]).gives(200, &page(&[], Some("2"))),
        search("deals", &[]).gives(200, &page(&[deal("1", "new", "1.10")], Some("1"))),
    ])
    .await;
    let outcome = june().stream("deals").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "1 2026-06-02 deals_created 1",
            "1 2026-06-15 pipeline_value 1.1",
            "1 2026-06-15 weighted_pipeline_value 0.55",
            "9007199254740993 2026-06-02 deals_created 1",
            "9007199254740993 2026-06-10 deals_lost 1",
        ]
    );
}

#[tokio::test]
async fn a_deal_that_changes_between_two_pages_counts_once_as_it_stands_at_last() {
    let server = serve(vec![
        search("deals", &["\"after\""]).gives(200, &page(&[deal("1", "lost", "2")], None)),
        search("deals", &[]).gives(200, &page(&[deal("1", "new", "1")], Some("1"))),
    ])
    .await;
    let outcome = june().stream("deals").run(&server).await;
    assert_eq!(outcome.figures(), ["1 2026-06-02 deals_created 1", "1 2026-06-10 deals_lost 1"]);
}

#[tokio::test]
async fn a_search_walks_past_ten_thousand_rows() {
    let mut interactions = vec![
        search("deals", &["hs_object_id\",\"value\":\"1050\"", "\"operator\":\"GTE\""])
            .gives(200, &page(&[deal("1051", "new", "5")], None)),
    ];
    // Pages 2 to 50 of the first window; to ask behind it would be refused.
    for number in (1..50).rev() {
        let after = (number * 200).to_string();
        let next = ((number + 1) * 200).to_string();
        interactions.push(
            search("deals", &[&format!("\"after\":\"{after}\"")])
                .gives(200, &page(&[deal(&(1000 + number).to_string(), "new", "1")], Some(&next))),
        );
    }
    interactions.push(search("deals", &["\"after\""]).gives(400, &json!({"category": "VALIDATION_ERROR"})));
    interactions.push(search("deals", &[]).gives(200, &page(&[deal("1000", "new", "1")], Some("200"))));
    let server = serve(interactions).await;
    let outcome = june().stream("deals").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.value("1051", "2026-06-15", "pipeline_value").as_deref(), Some("5"));
    assert_eq!(outcome.of("entity").len(), 51);
}

#[tokio::test]
async fn slices_are_bounded_but_the_newest_is_not_and_counts_are_over_all_of_them() {
    let contact = |id: &str| json!({"id": id, "properties": {"lifecyclestage": "lead", "hs_v2_date_entered_lead": "2026-02-20T12:00:00Z"}});
    let server = serve(vec![
        search("contacts", &["\"LT\""]).gives(200, &page(&[contact("1"), contact("2")], None)),
        search("contacts", &[]).gives(200, &page(&[contact("2"), contact("3")], None)),
    ])
    .await;
    let outcome = read("77", "2026-02-01", "2026-02-28").stream("contacts").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["77 2026-02-20 leads 3"], "what was changed since February counts too");
    let seen = server.seen();
    let calls = calls(&seen, "/crm/v3/objects/contacts/search");
    assert_eq!(calls.iter().filter(|c| !c.body.contains("\"LT\"")).count(), 1);
    assert!(
        calls.len() > 1 && calls.iter().all(|c| c.body.contains("\"propertyName\":\"lastmodifieddate\""))
    );
    // Ten minutes before 1 February, because the index lags.
    assert!(calls.iter().any(|c| c.body.contains("\"1769903400000\"")), "{calls:?}");
}

#[tokio::test]
async fn a_new_run_counts_all_again_and_an_unfinished_one_goes_on() {
    let rows = page(&[json!({"id": "1", "properties": {"hs_v2_date_entered_lead": "2026-06-03"}})], None);
    let server = serve(vec![
        search("contacts", &[]).gives(200, &rows),
        search("companies", &[]).gives(503, &json!({})).times(5),
        search("companies", &[]).gives(200, &page(&[], None)),
    ])
    .await;
    let folder = tempfile::tempdir().unwrap();
    let mut read = june().stream("contacts").stream("companies");
    read.state = Some(folder.path().join("state.json"));
    let first = read.run(&server).await;
    assert_eq!((first.code, first.figures().len()), (6, 1), "{}", first.words);
    let second = read.run(&server).await;
    assert_eq!(
        (second.code, second.figures().len()),
        (0, 0),
        "contacts are done in this run: {}",
        second.words
    );
    let third = read.run(&server).await;
    assert_eq!(third.figures(), ["77 2026-06-03 leads 1"], "{}", third.words);
}

#[tokio::test]
async fn what_is_archived_counts_nowhere_even_if_the_search_still_finds_it() {
    let server = serve(vec![
        Interaction::new("GET", "^/crm/v3/objects/deals$", &[]).gives(
            200,
            &json!({"results": [{"id": "1", "archived": true, "archivedAt": "2026-06-14T00:00:00Z"}]}),
        ),
        search("deals", &[]).gives(200, &page(&[deal("1", "new", "1"), deal("2", "new", "2")], None)),
    ])
    .await;
    let outcome = june().stream("deals_archived").stream("deals").stream("open_deals").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures().len(), 3, "{:?}", outcome.figures());
    assert!(outcome.figures().iter().all(|f| f.starts_with("2 ")));
    assert_eq!(outcome.of("tombstone").len(), 1);
}

#[tokio::test]
async fn deals_are_read_also_where_stages_may_not_be() {
    let denied = json!({"category": "MISSING_SCOPES", "message": "No."});
    let mut interactions =
        vec![Interaction::new("GET", "^/crm/v3/pipelines/deals$", &[]).gives(403, &denied)];
    interactions.extend(basics());
    interactions.push(search("deals", &[]).gives(200, &page(&[deal("1", "new", "1")], None)));
    let server = Server::start(interactions).await;
    let outcome = june().stream("deals").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["1 2026-06-02 deals_created 1"]);
    assert!(outcome.warnings().join("").contains("Stages can't be read"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn the_daily_quota_ends_at_the_portals_midnight() {
    let used_up = json!({"message": "You have reached your daily limit.", "policyName": "DAILY"});
    let server = serve(vec![search("deals", &[]).gives(429, &used_up)]).await;
    let outcome = june().stream("deals").run(&server).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);
    assert!(outcome.words.contains("2026-06-16T03:00:00Z"), "{}", outcome.words);
    assert_eq!(calls(&server.seen(), "/crm/v3/objects/deals/search").len(), 1);
}

#[tokio::test]
async fn bursts_faults_and_broken_answers_pass() {
    let good = page(&[deal("1", "new", "1")], None);
    let burst = json!({"message": "limit", "policyName": "TEN_SECONDLY_ROLLING"});
    let server = serve(vec![
        search("deals", &[]).gives(429, &burst).times(2),
        search("deals", &[]).gives_text(502, "<html><title>Bad gateway</title></html>").times(1),
        search("deals", &[]).gives_text(200, r#"{"results":[{"id":"#).times(1),
        search("deals", &[]).gives(200, &good).cut_after(20).times(1),
        search("deals", &[]).gives(200, &good),
    ])
    .await;
    let outcome = june().stream("deals").run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 3), "{}", outcome.words);
}

#[tokio::test]
async fn a_burst_is_waited_out_for_the_ten_seconds_that_it_is_counted_over() {
    let burst = json!({"message": "limit", "policyName": "TEN_SECONDLY_ROLLING"});
    let server = serve(vec![
        search("deals", &[]).gives(429, &burst).times(1),
        search("deals", &[]).gives(200, &page(&[], None)),
    ])
    .await;
    let outcome = june().stream("deals").run(&server).await;
    let states = outcome.of("state");
    let at = states[0]["state"]["read"][0]["at"].as_str().unwrap();
    assert!(at.starts_with("2026-06-15T12:00:10"), "{at}");
}

fn revoked(status: u16, body: &Value) -> Vec<Interaction> {
    let mut interactions = vec![
        Interaction::new("POST", "^/oauth/v1/token$", &[]).gives(status, body),
        search("deals", &[])
            .gives(401, &json!({"category": "EXPIRED_AUTHENTICATION", "message": "Expired."})),
    ];
    interactions.extend(basics());
    interactions
}

#[tokio::test]
async fn a_dead_grant_needs_a_new_consent() {
    for body in [
        json!({"status": "BAD_REFRESH_TOKEN", "message": "missing or unknown refresh token"}),
        json!({"status": "BAD_HUB", "error": "access_denied"}),
    ] {
        let server = Server::start(revoked(400, &body)).await;
        let outcome = june().stream("deals").run(&server).await;
        assert_eq!(outcome.code, 3, "{}", outcome.words);
        assert_eq!(calls(&server.seen(), "/oauth/v1/token").len(), 1);
    }
    // A token of a private app has no refresh token.
    let server = Server::start(revoked(400, &json!({}))).await;
    let mut private = june().stream("deals");
    private.credentials = json!({"access_token": "pat-eu1-1"});
    assert_eq!(private.run(&server).await.code, 3);
    assert!(calls(&server.seen(), "/oauth/v1/token").is_empty());
}

#[tokio::test]
async fn another_portals_token_is_named() {
    let server = serve(Vec::new()).await;
    let other = read("78", "2026-06-01", "2026-06-02").run(&server).await;
    assert_eq!(other.code, 2);
    assert!(other.words.contains("belongs to portal 77"), "{}", other.words);
    let nonsense = read("acme", "2026-06-01", "2026-06-02").run(&server).await;
    assert!(nonsense.code == 2 && nonsense.words.contains("is no HubSpot portal"), "{}", nonsense.words);
}

#[tokio::test]
async fn a_portal_that_refuses_everything_is_a_warning_and_exit_2() {
    let denied = || json!({"category": "MISSING_SCOPES", "message": "No."});
    let server = Server::start(vec![Interaction::new("GET", "", &[]).gives(403, &denied())]).await;
    let outcome = june().stream("owners").stream("marketing_emails").run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("77"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn each_email_that_was_sent_is_asked_alone() {
    let email = |id: &str, state: &str| json!({"id": id, "name": id, "state": state, "createdAt": "2026-01-01T00:00:00Z"});
    let day = |start: &str, sent: u32| json!({"interval": {"start": start}, "aggregations": {"counters": {"sent": sent, "open": 0}}});
    let emails = json!({"results": [email("5", "PUBLISHED"), email("6", "DRAFT"), email("4", "PUBLISHED"), email("7", "AUTOMATED")]});
    let mut deleted = Interaction::new("GET", "^/marketing/v3/emails/statistics/histogram$", &[])
        .gives(404, &json!({"category": "OBJECT_NOT_FOUND", "message": "No such e-mail."}));
    deleted.query.push(("emailIds".into(), Some(json!("4"))));
    let server = serve(vec![
        Interaction::new("GET", "^/marketing/v3/emails$", &[]).gives(200, &emails),
        deleted,
        Interaction::new("GET", "^/marketing/v3/emails/statistics/histogram$", &[]).gives(
            200,
            &json!({"results": [day("2026-05-31T00:00:00Z", 1), day("2026-06-01T00:00:00Z", 2)]}),
        ),
    ])
    .await;
    let outcome = june().stream("email_daily").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "5 2026-06-01 emails_sent 2",
            "5 2026-06-01 unique_opens 0",
            "7 2026-06-01 emails_sent 2",
            "7 2026-06-01 unique_opens 0",
        ]
    );
    assert!(outcome.metrics().iter().all(|l| l["entity_kind"] == "campaign"));
    assert!(outcome.warnings().is_empty(), "{:?}", outcome.warnings());
    // Days without any figures are not silent.
    let bare = json!({"results": [{"interval": {"start": "2026-06-01T00:00:00Z"}, "totals": {"sent": 2}}]});
    let server = serve(vec![
        Interaction::new("GET", "^/marketing/v3/emails$", &[]).gives(200, &emails),
        Interaction::new("GET", "^/marketing/v3/emails/statistics/histogram$", &[]).gives(200, &bare),
    ])
    .await;
    let outcome = june().stream("email_daily").run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (0, 0), "{}", outcome.words);
    assert!(outcome.warnings()[0].contains("counters"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn submissions_are_counted_without_what_people_wrote() {
    let sent = |id: &str, at: &str| json!({"conversionId": id, "submittedAt": at, "values": [{"value": "a@b.example"}]});
    let server = serve(vec![
        Interaction::new("GET", "^/marketing/v3/forms$", &[])
            .gives(200, &json!({"results": [{"id": "f", "name": "F"}]})),
        Interaction::new("GET", "^/form-integrations/v1/submissions/forms/f$", &[])
            .gives(200, &page(&[sent("1", "1780488000000"), sent("2", "1767225600000")], Some("more"))),
    ])
    .await;
    let outcome = june().stream("form_submissions").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        calls(&server.seen(), "/form-integrations/v1/submissions/forms/f").len(),
        1,
        "older ones are not asked"
    );
    assert!(!outcome.lines.iter().any(|l| l.to_string().contains("a@b.example")));
}

#[tokio::test]
async fn paths_are_settings() {
    let rows = page(&[deal("1", "new", "1")], None);
    let server = serve(vec![
        Interaction::new("GET", "^/crm/pipelines/2026-03/deals$", &[]).gives(200, &json!({"results": []})),
        Interaction::new("GET", "^/account-info/2026-03/details$", &[]).gives(200, &json!({"portalId": 77})),
        Interaction::new("POST", "^/crm/objects/2026-03/deals/search$", &[]).gives(200, &rows),
    ])
    .await;
    let read = june().stream("deals").setting("api_version", "2026-03");
    let read = read.setting("objects_path", "/crm/objects/{api_version}");
    let outcome: Outcome = read.setting("pipelines_path", "/crm/pipelines/{api_version}").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.metrics().len(), 2, "without a currency, but with figures: {:?}", outcome.figures());
}
