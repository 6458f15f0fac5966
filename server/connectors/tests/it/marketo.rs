//! Marketo by its recordings and by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Seen, Server};
use crate::support::{Outcome, Read, accounts};
use serde_json::{Value, json};

fn read() -> Read {
    let mut read = Read::new("602-EUO-598", "2026-03-01", "2026-03-31");
    read.slug = "marketo".into();
    read.now = "2026-03-31".into();
    read.credentials =
        json!({"munchkin_id": "602-EUO-598", "client_id": "client", "client_secret": "secret"});
    read
}

fn get(path: &str) -> Interaction {
    Interaction::new("GET", &format!("^/rest/{path}\\.json$"), &[])
}

fn at(mut interaction: Interaction, name: &str, value: &str) -> Interaction {
    interaction.query.push((name.to_owned(), Some(json!(value))));
    interaction
}

fn token(text: &str, seconds: u32) -> Interaction {
    Interaction::new(
        "POST",
        "^/identity/oauth/token$",
        &["grant_type=client_credentials", "client_secret=secret"],
    )
    .gives(200, &json!({"access_token": text, "token_type": "bearer", "expires_in": seconds, "scope": "api"}))
}

async fn serve(mut interactions: Vec<Interaction>) -> Server {
    interactions.extend([
        token("at-1", 3599),
        get("v1/stats/usage").gives(
            200,
            &rows(&[json!({"date": "2026-03-31", "total": 5, "users": [{"userId": "a@b.example"}]})]),
        ),
        get("v1/activities/pagingtoken").gives(200, &json!({"success": true, "nextPageToken": "START"})),
    ]);
    Server::start(interactions).await
}

fn rows(rows: &[Value]) -> Value {
    json!({"requestId": "a", "success": true, "result": rows})
}

fn failed(code: &str, message: &str) -> Value {
    json!({"requestId": "a", "success": false, "errors": [{"code": code, "message": message}]})
}

fn page(rows: &[Value], next: &str, more: bool) -> Value {
    json!({"success": true, "result": rows, "nextPageToken": next, "moreResult": more})
}

fn activity(guid: &str, kind: u32, lead: u64, at: &str, thing: u64) -> Value {
    json!({"marketoGUID": guid, "activityTypeId": kind, "leadId": lead, "activityDate": at,
           "primaryAttributeValueId": thing, "primaryAttributeValue": "Welcome", "attributes": []})
}

fn calls(server: &Server, path: &str) -> Vec<Seen> {
    server.seen().into_iter().filter(|s| s.path == path).collect()
}

fn kinds(outcome: &Outcome) -> Vec<String> {
    outcome.metrics().iter().map(|l| l["entity_kind"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_recording_leaves_a_tombstone_and_counts_no_lead() {
    let Some(folder) = recordings("marketo") else { return };
    let server = Server::replay(&folder).await;
    let mut read = read();
    (read.since, read.until, read.now) = ("2017-01-01".into(), "2023-01-24".into(), "2023-01-24".into());
    let outcome = read.setting("page_size", "2").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
    assert_eq!(outcome.metrics().len(), 7, "{:?}", outcome.figures());
    assert_eq!(outcome.of("tombstone").len(), 1);
}

#[tokio::test]
async fn the_recorded_exports_are_read_on_request() {
    let Some(folder) = recordings("marketo") else { return };
    let ask = |stream: &str| {
        let mut read = read();
        (read.since, read.until, read.now) = ("2023-01-01".into(), "2023-01-24".into(), "2023-01-24".into());
        read.stream(stream)
    };
    let leads = ask("leads_bulk").run(&Server::replay(&folder).await).await;
    assert_eq!((leads.code, leads.of("entity").len()), (0, 2), "{}", leads.words);
    assert!(leads.metrics().is_empty());
    let activities = ask("activities_bulk").run(&Server::replay(&folder).await).await;
    assert!(
        activities.code == 4 && activities.words.contains("2023-01-25T06:00:00Z"),
        "{}",
        activities.words
    );
}

#[tokio::test]
async fn the_instance_is_the_account_and_the_token_goes_into_a_header() {
    let server = serve(Vec::new()).await;
    let found =
        accounts(&server, "marketo", &read().credentials, &["currency=EUR".to_owned()], "2026-03-31").await;
    let account = found.of("account")[0];
    assert_eq!((found.code, &account["id"], &account["currency"]), (0, &json!("602-EUO-598"), &json!("EUR")));
    assert_eq!(calls(&server, "/rest/v1/stats/usage.json")[0].header("authorization"), Some("Bearer at-1"));
    let usage = read().stream("usage").run(&server).await;
    assert!(usage.code == 0 && !usage.lines.iter().any(|l| l.to_string().contains("a@b")), "{}", usage.words);
    let mut other = read();
    other.account = "111-AAA-111".into();
    let other = other.run(&server).await;
    assert!(other.code == 2 && other.words.contains("belongs to instance 602-EUO-598"), "{}", other.words);
}

#[tokio::test]
async fn an_identity_service_that_takes_no_post_is_asked_by_get() {
    // A code in the body hides the status from nobody.
    for (status, body) in [(405, "no"), (404, r#"{"error": "Not Found"}"#)] {
        let mut by_get = token("at-1", 3599);
        by_get.method = "GET".into();
        by_get.body_contains.clear();
        let by_get = at(at(by_get, "grant_type", "client_credentials"), "client_secret", "secret");
        let refused = Interaction::new("POST", "^/identity/oauth/token$", &[]).gives_text(status, body);
        let outcome = read().stream("usage").run(&serve(vec![refused, by_get]).await).await;
        assert_eq!(outcome.code, 0, "{}", outcome.words);
    }
}

#[tokio::test]
async fn a_service_that_was_taken_away_needs_a_new_connection() {
    let refused = json!({"error": "invalid_client", "error_description": "Bad client credentials"});
    let gone = Interaction::new("POST", "^/identity/oauth/token$", &[]).gives(401, &refused);
    let outcome = read().run(&Server::start(vec![gone]).await).await;
    assert!(outcome.code == 3 && outcome.words.contains("Bad client credentials"), "{}", outcome.words);
    // A token that is refused again after it was renewed is no better.
    let outcome = read()
        .run(&serve(vec![get("v1/stats/usage").gives(200, &failed("601", "Access token invalid"))]).await)
        .await;
    assert_eq!(outcome.code, 3, "{}", outcome.words);
}

#[tokio::test]
async fn a_token_that_ends_soon_is_asked_for_again() {
    let server = serve(vec![
        token("old", 30).times(1),
        get("v1/activities/types").gives(200, &failed("602", "Access token expired")).times(1),
        get("v1/activities/types").gives(200, &rows(&[json!({"id": 6, "name": "Send Email"})])),
    ])
    .await;
    let outcome = read().stream("activity_types").run(&server).await;
    assert_eq!((outcome.code, outcome.of("entity").len()), (0, 1), "{}", outcome.words);
    let types = calls(&server, "/rest/v1/activities/types.json");
    assert_eq!(types[0].header("authorization"), Some("Bearer at-1"), "30 seconds are too few");
    assert_eq!(calls(&server, "/identity/oauth/token").len(), 3);
}

#[tokio::test]
async fn the_log_goes_on_while_there_is_more_and_repeated_rows_count_once() {
    let sent = activity("a", 6, 1, "2026-03-01T00:00:00Z", 9_007_199_254_740_993);
    let empty = json!({"success": true, "nextPageToken": "P3", "moreResult": true});
    let server = serve(vec![
        at(get("v1/activities"), "nextPageToken", "START")
            .gives(200, &page(std::slice::from_ref(&sent), "P2", true)),
        at(get("v1/activities"), "nextPageToken", "P2").gives(200, &empty),
        at(get("v1/activities"), "nextPageToken", "P3").gives(
            200,
            &page(
                &[
                    sent,
                    activity("b", 7, 1, "2026-03-31T23:59:59Z", 5),
                    activity("c", 7, 1, "2026-04-01T00:00:00Z", 5),
                ],
                "END",
                false,
            ),
        ),
    ])
    .await;
    let outcome = read().stream("activities").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["5 2026-03-31 delivered 1", "9007199254740993 2026-03-01 emails_sent 1"]);
    assert!(kinds(&outcome).iter().all(|kind| kind == "email"));
    assert_eq!(calls(&server, "/rest/v1/activities.json").len(), 3);
}

#[tokio::test]
async fn pages_behind_the_days_are_not_read_and_missing_tokens_are_drift() {
    let later = |id: &str| activity(id, 6, 1, "2026-03-03T00:00:00Z", 5);
    let late = activity("e", 6, 1, "2026-03-01T23:00:00Z", 5);
    let server = serve(vec![
        at(get("v1/activities"), "nextPageToken", "START")
            .gives(200, &page(&[activity("a", 6, 1, "2026-03-01T12:00:00Z", 5)], "P2", true)),
        at(get("v1/activities"), "nextPageToken", "P2").gives(200, &page(&[later("b")], "P3", true)),
        at(get("v1/activities"), "nextPageToken", "P3").gives(200, &page(&[], "P4", true)),
        // Written late: pages are only about in order.
        at(get("v1/activities"), "nextPageToken", "P4").gives(200, &page(&[late], "P5", true)),
        at(get("v1/activities"), "nextPageToken", "P5").gives(200, &page(&[later("c")], "P6", true)),
        at(get("v1/activities"), "nextPageToken", "P6").gives(200, &page(&[later("d")], "P7", true)),
        at(get("v1/activities"), "nextPageToken", "P7").gives(200, &page(&[later("f")], "P8", true)),
    ])
    .await;
    let mut short = read().stream("activities");
    short.until = "2026-03-01".into();
    let outcome = short.run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 1), "{}", outcome.words);
    assert!(server.unmatched().is_empty());

    for broken in [json!({"success": true, "moreResult": true}), page(&[], "START", true)] {
        let outcome = read()
            .stream("activities")
            .run(&serve(vec![get("v1/activities").gives(200, &broken)]).await)
            .await;
        assert_eq!(outcome.code, 5, "{}", outcome.words);
    }
}

#[tokio::test]
async fn a_token_of_the_log_that_ended_is_replaced() {
    let server = serve(vec![
        at(get("v1/activities/pagingtoken"), "sinceDatetime", "2026-03-05T11:00:00Z")
            .gives(200, &json!({"success": true, "nextPageToken": "AGAIN"})),
        at(get("v1/activities"), "nextPageToken", "START")
            .gives(200, &page(&[activity("a", 6, 1, "2026-03-05T12:00:00Z", 5)], "P2", true)),
        at(get("v1/activities"), "nextPageToken", "P2").gives(200, &failed("1003", "Invalid paging token")),
        at(get("v1/activities"), "nextPageToken", "AGAIN").gives(
            200,
            &page(
                &[
                    activity("a", 6, 1, "2026-03-05T12:00:00Z", 5),
                    activity("b", 6, 2, "2026-03-05T13:00:00Z", 5),
                ],
                "END",
                false,
            ),
        ),
    ])
    .await;
    let outcome = read().stream("activities").run(&server).await;
    assert_eq!(
        (outcome.code, outcome.figures()),
        (0, vec!["5 2026-03-05 emails_sent 2".to_owned()]),
        "{}",
        outcome.words
    );
}

#[tokio::test]
async fn leads_are_counted_by_their_activities_only() {
    let new = |guid: &str, lead| activity(guid, 12, lead, "2026-03-05T12:00:00Z", lead);
    let looked_up = json!({"id": 7, "firstName": "Ada", "createdAt": "2026-03-05T12:00:00Z"});
    let skipped =
        json!({"id": 8, "status": "skipped", "reasons": [{"code": "1004", "message": "Lead not found"}]});
    let server = serve(vec![
        get("v1/activities").gives(200, &page(&[new("a", 7), new("b", 8)], "END", false)),
        at(get("v1/leads"), "filterValues", "7,8").gives(200, &rows(&[looked_up, skipped])),
        get("v1/activities/deletedleads")
            .gives(200, &page(&[activity("d", 37, 8, "2026-03-06T12:00:00Z", 8)], "END", false)),
    ])
    .await;
    let streams = read().stream("deleted_leads").stream("lead_activities").stream("leads");
    let outcome = streams.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["602-EUO-598 2026-03-05 leads 2"], "past figures stay");
    assert_eq!(outcome.of("tombstone").len(), 1);
    assert!(outcome.warnings().join("").contains("Lead not found"), "{:?}", outcome.warnings());
    assert!(!outcome.lines.iter().any(|l| l.to_string().contains("Ada")));
}

#[tokio::test]
async fn statuses_that_are_set_make_mqls() {
    let change = json!({"marketoGUID": "a", "leadId": 1, "activityDate": "2026-03-05T12:00:00Z",
                        "fields": [{"name": "leadStatus", "oldValue": "New", "newValue": "MQL"}]});
    let mut stage = activity("b", 101, 2, "2026-03-05T12:00:00Z", 1);
    stage["attributes"] = json!([{"name": "New Stage", "value": "Mql"}]);
    let server = serve(vec![
        at(get("v1/activities/leadchanges"), "fields", "leadStatus")
            .gives(200, &page(&[change], "END", false)),
        get("v1/activities").gives(200, &page(&[stage], "END", false)),
    ])
    .await;
    let streams = || read().stream("lead_activities").stream("lead_changes");
    assert!(streams().run(&server).await.figures().is_empty(), "nothing is an MQL by itself");
    let one = vec!["602-EUO-598 2026-03-05 mqls 1".to_owned()];
    assert_eq!(streams().setting("mql_stages", "MQL").run(&server).await.figures(), one);
    let both = streams().setting("mql_stages", "MQL").setting("mql_statuses", "mql");
    assert_eq!(both.run(&server).await.figures(), one, "nobody is counted twice");
}

#[tokio::test]
async fn assets_end_at_a_short_page_and_programs_cost_under_their_first_day() {
    let program = |id: u32, cost: Value| json!({"id": id, "name": "P", "costs": [{"startDate": "2026-03-01", "cost": cost}]});
    let server = serve(vec![
        at(get("asset/v1/programs"), "offset", "2").gives(200, &rows(&[program(3, json!(0))])),
        at(get("asset/v1/programs"), "offset", "0").gives(200, &rows(&[program(1, json!(5)), program(1, json!(6.5))])),
        at(get("asset/v1/emails"), "offset", "0")
            .gives(200, &json!({"success": true, "errors": [], "warnings": ["No assets found for the given search criteria."]})),
    ])
    .await;
    let streams =
        read().stream("programs").stream("emails").setting("page_size", "2").setting("currency", "JPY");
    let outcome = streams.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(server.unmatched().is_empty());
    assert_eq!(outcome.figures(), ["1 2026-03-01 spend 6.5", "3 2026-03-01 spend 0"]);
    assert!(outcome.metrics().iter().all(|l| l["currency"] == "JPY" && l["entity_kind"] == "program"));
}

#[tokio::test]
async fn a_page_of_assets_that_comes_for_ever_is_drift() {
    let email = json!({"id": 1, "name": "E"});
    let server = serve(vec![get("asset/v1/emails").gives(200, &rows(&[email]))]).await;
    let outcome = read().stream("emails").setting("page_size", "1").run(&server).await;
    assert!(outcome.code == 5 && outcome.words.contains("comes again and again"), "{}", outcome.words);
    assert_eq!(calls(&server, "/rest/asset/v1/emails.json").len(), 3);
}

#[tokio::test]
async fn campaigns_go_on_behind_an_empty_page() {
    let campaign = json!({"id": 1, "name": "C", "active": true, "programId": 3});
    let server = serve(vec![
        at(get("v1/campaigns"), "nextPageToken", "C3").gives(200, &rows(&[campaign])),
        at(get("v1/campaigns"), "nextPageToken", "C2")
            .gives(200, &json!({"success": true, "nextPageToken": "C3"})),
        get("v1/campaigns").gives(200, &json!({"success": true, "result": [], "nextPageToken": "C2"})),
    ])
    .await;
    let outcome = read().stream("smart_campaigns").run(&server).await;
    let entities = outcome.of("entity");
    assert_eq!((outcome.code, entities.len()), (0, 1), "{}", outcome.words);
    assert_eq!((&entities[0]["parent_kind"], &entities[0]["status"]), (&json!("program"), &json!("active")));
}

#[tokio::test]
async fn waits_faults_and_refused_streams_pass() {
    let log = || page(&[activity("a", 6, 1, "2026-03-05T12:00:00Z", 5)], "END", false);
    let server = serve(vec![
        get("asset/v1/emails").gives(200, &failed("603", "Access denied")),
        get("v1/activities")
            .gives(200, &failed("606", "Max rate limit '100' exceeded with in '20' secs"))
            .times(3),
        get("v1/activities").gives(200, &failed("615", "Concurrent access limit reached")).times(1),
        get("v1/activities").gives(200, &failed("604", "Request timed out")).times(1),
        get("v1/activities").gives_text(502, "<html><title>Bad gateway</title></html>").times(1),
        get("v1/activities").gives_text(200, r#"{"success":true,"result":[{"#).times(1),
        get("v1/activities").gives(200, &log()),
    ])
    .await;
    let outcome = read().stream("emails").stream("activities").run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 1), "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("Access denied"), "{:?}", outcome.warnings());
    let states = outcome.of("state");
    let at: chrono::DateTime<chrono::Utc> =
        states[0]["state"]["read"][0]["at"].as_str().unwrap().parse().unwrap();
    assert!(at >= "2026-03-31T12:01:03Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap(), "{at}");
}

#[tokio::test]
async fn the_daily_quota_ends_at_midnight_in_the_middle_of_america() {
    let server =
        serve(vec![get("v1/campaigns").gives(200, &failed("607", "Daily quota '50000' exceeded"))]).await;
    let outcome = read().stream("smart_campaigns").stream("activities").run(&server).await;
    assert!(outcome.code == 4 && outcome.words.contains("2026-04-01T05:00:00Z"), "{}", outcome.words);
    assert!(calls(&server, "/rest/v1/activities.json").is_empty(), "nothing else is tried");
}

fn bulk(method: &str, path: &str) -> Interaction {
    Interaction::new(method, &format!("^/bulk/v1/{path}\\.json$"), &[])
}

#[tokio::test]
async fn exports_are_waited_for_and_fields_that_are_not_there_left_out() {
    let job = |status: &str| rows(&[json!({"exportId": "e-1", "status": status})]);
    let refusing = Interaction::new("POST", "^/bulk/v1/leads/export/create\\.json$", &["leadStatus"]);
    let server = serve(vec![
        refusing.gives(200, &failed("1003", "Invalid value for field 'leadStatus'")),
        bulk("POST", "leads/export/create").gives(200, &job("Created")),
        bulk("POST", "leads/export/e-1/enqueue").gives(200, &job("Queued")),
        bulk("GET", "leads/export/e-1/status").gives(200, &job("Processing")).times(7),
        bulk("GET", "leads/export/e-1/status").gives(200, &job("Completed")),
        bulk("GET", "leads/export/e-1/file")
            .gives_text(200, "id,createdAt,updatedAt\n1,null,2026-03-02T00:00:00Z\u{0}\n2,,null\n"),
    ])
    .await;
    let outcome = read().stream("leads_bulk").run(&server).await;
    assert_eq!((outcome.code, outcome.of("entity").len()), (0, 2), "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("leadStatus"), "{:?}", outcome.warnings());
    let made = &calls(&server, "/bulk/v1/leads/export/create.json")[1].body;
    assert!(
        made.contains(r#""createdAt":{"endAt":"2026-04-01T00:00:00Z","startAt":"2026-03-01T00:00:00Z"}"#),
        "{made}"
    );
}

#[tokio::test]
async fn exported_activities_count_as_others_do() {
    let job = |status: &str| rows(&[json!({"exportId": "e-1", "status": status})]);
    let table = "marketoGUID,leadId,activityDate,activityTypeId,campaignId,primaryAttributeValueId,primaryAttributeValue,attributes\n\
                 a,1,2026-03-05T12:00:00Z,10,null,5,Welcome,{}\n\
                 a,1,2026-03-05T12:00:00Z,10,null,5,Welcome,{}\n\
                 b,1,2026-03-05T12:00:00Z,104,null,3,P,\"{\"\"Success\"\":true}\"\n";
    let server = serve(vec![
        bulk("POST", "activities/export/create").gives(200, &job("Created")),
        bulk("POST", "activities/export/e-1/enqueue").gives(200, &job("Queued")),
        bulk("GET", "activities/export/e-1/status").gives(200, &job("Completed")),
        bulk("GET", "activities/export/e-1/file").gives_text(200, table),
    ])
    .await;
    let outcome = read().stream("activities_bulk").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "3 2026-03-05 program_successes 1",
            "3 2026-03-05 stage_transition 1",
            "5 2026-03-05 opens 1",
            "5 2026-03-05 unique_opens 1",
        ]
    );
}
