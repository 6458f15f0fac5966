//! Pipedrive by its recordings and by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Seen, Server};
use crate::support::{Read, accounts, credentials};
use serde_json::{Value, json};

fn june() -> Read {
    let mut read = Read::new("77", "2026-06-01", "2026-06-15");
    read.slug = "pipedrive".into();
    read.now = "2026-06-15".into();
    read
}

fn get(path: &str) -> Interaction {
    Interaction::new("GET", path, &[])
}

fn with_query(mut interaction: Interaction, name: &str, value: &str) -> Interaction {
    interaction.query.push((name.to_owned(), Some(json!(value))));
    interaction
}

fn page(rows: &[Value], cursor: Option<&str>) -> Value {
    json!({"success": true, "data": rows, "additional_data": {"next_cursor": cursor}})
}

fn deal(id: u64, status: &str, value: &str) -> Value {
    let value: Value = serde_json::from_str(value).unwrap();
    json!({"id": id, "title": "A", "status": status, "value": value, "currency": "EUR", "stage_id": 1, "probability": null,
           "add_time": "2026-06-02T00:00:00Z", "update_time": "2026-06-10T00:00:00Z", "is_deleted": false,
           "won_time": (status == "won").then_some("2026-06-10T00:00:00Z"), "lost_time": null})
}

/// Token endpoint, company and one stage.
fn basics() -> Vec<Interaction> {
    vec![
        Interaction::new("POST", "^/oauth/token$", &["grant_type=refresh_token", "refresh_token=rt-1"]).gives(
            200,
            &json!({"access_token": "at-2", "refresh_token": "rt-2", "expires_in": 3599,
                    "api_domain": "https://acme.pipedrive.com"}),
        ),
        get("/v1/users/me$").gives(
            200,
            &json!({"success": true, "data": {"id": 1, "name": "Jo", "company_id": 77, "company_name": "Acme",
                    "company_domain": "acme", "default_currency": "EUR", "timezone_name": "Pacific/Auckland"}}),
        ),
        get("^/api/v2/stages$").gives(200, &page(&[json!({"id": 1, "deal_probability": 50})], None)),
    ]
}

async fn serve(more: Vec<Interaction>) -> Server {
    let mut interactions = basics();
    interactions.extend(more);
    Server::start(interactions).await
}

fn calls<'a>(seen: &'a [Seen], path: &str) -> Vec<&'a Seen> {
    seen.iter().filter(|s| s.path == path).collect()
}

const DEALS: &str = "^/api/v2/deals$";

#[tokio::test]
async fn what_goes_wrong_on_the_way_of_the_recording_passes() {
    let Some(folder) = recordings("pipedrive") else { return };
    let file = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let (notes, expected) = (file("expected_notes.json"), file("expected.json"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let request = &notes["read"][0];
    let mut read = Read::new(&text(&request["account"]), &text(&request["since"]), &text(&request["until"]));
    read.slug = "pipedrive".into();
    read.now = text(&notes["as_of"]);
    read = read.setting("page_size", &notes["settings"]["page_size"].to_string());

    let server = Server::replay(&folder).await;
    let found = accounts(&server, "pipedrive", &credentials(), &read.settings, &read.now).await;
    assert_eq!((found.code, &found.of("account")[0]["id"]), (0, &request["account"]), "{}", found.words);

    let server = Server::replay(&folder).await;
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.metrics().len(), expected.as_array().unwrap().len(), "no figure besides");
    assert!(outcome.warnings().is_empty(), "{:?}", outcome.warnings());
    let seen = server.seen();
    let tokens = calls(&seen, "/oauth/token");
    assert_eq!(tokens.len(), 1, "one refresh");
    assert_eq!(tokens[0].header("authorization"), Some("Basic Y2xpZW50OnNlY3JldA=="));
    assert!(!tokens[0].body.contains("secret"), "{}", tokens[0].body);
}

#[tokio::test]
async fn an_empty_page_in_the_middle_does_not_end_the_reading_and_a_row_that_comes_again_counts_once() {
    let server = serve(vec![
        with_query(get(DEALS), "cursor", "c2")
            .gives(200, &page(&[deal(9_007_199_254_740_993, "won", "2.5"), deal(1, "open", "0")], None)),
        with_query(get(DEALS), "cursor", "c1").gives(200, &page(&[], Some("c2"))),
        get(DEALS).gives(200, &page(&[deal(1, "open", "0")], Some("c1"))),
    ])
    .await;
    let outcome = june().stream("deals").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "1 2026-06-02 deals_created 1",
            "1 2026-06-15 pipeline_value 0",
            "1 2026-06-15 weighted_pipeline_value 0",
            "9007199254740993 2026-06-02 deals_created 1",
            "9007199254740993 2026-06-10 deals_won 1",
            "9007199254740993 2026-06-10 revenue 2.5",
        ]
    );
}

#[tokio::test]
async fn a_person_with_a_token_needs_no_consent_and_the_token_is_in_no_address() {
    let server = serve(vec![get(DEALS).gives(200, &page(&[deal(1, "open", "1")], None))]).await;
    let mut read = june().stream("deals");
    read.credentials = json!({"api_key": "key-1"});
    let outcome = read.run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (0, 3), "{}", outcome.words);
    let seen = server.seen();
    assert!(
        seen.iter().all(|s| s.header("x-api-token") == Some("key-1") && s.header("authorization").is_none())
    );

    let refused = json!({"success": false, "error": "unauthorized access", "errorCode": 401});
    let server = Server::start(vec![get("").gives(401, &refused)]).await;
    let outcome = read.run(&server).await;
    assert_eq!((outcome.code, server.seen().len()), (3, 1), "{}", outcome.words);
}

#[tokio::test]
async fn a_revoked_consent_needs_a_new_one() {
    let refused = json!({"success": false, "error": "unauthorized access", "errorCode": 401});
    let server = Server::start(vec![
        Interaction::new("POST", "^/oauth/token$", &[])
            .gives(400, &json!({"error": "invalid_grant", "message": "gone"})),
        get("").gives(401, &refused),
    ])
    .await;
    let outcome = june().run(&server).await;
    assert_eq!(outcome.code, 3, "{}", outcome.words);
    assert_eq!(calls(&server.seen(), "/oauth/token").len(), 1);
}

#[tokio::test]
async fn a_burst_passes_and_a_used_up_day_waits_for_midnight_in_utc() {
    let burst = json!({"success": false, "error": "Rate limit exceeded"});
    let server = serve(vec![
        get(DEALS).gives(429, &burst).with_header("x-ratelimit-reset", "2").times(2),
        get(DEALS).gives_text(502, "<html><title>Bad gateway</title></html>").times(1),
        get(DEALS).gives_text(200, r#"{"success":true,"data":[{"id":"#).times(1),
        get(DEALS).gives(200, &page(&[deal(1, "open", "1")], None)),
    ])
    .await;
    let outcome = june().stream("deals").run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (0, 3), "{}", outcome.words);

    let server =
        serve(vec![get(DEALS).gives(429, &burst).with_header("x-daily-ratelimit-token-remaining", "0")])
            .await;
    let outcome = june().stream("deals").run(&server).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);
    assert!(outcome.words.contains("2026-06-16T00:00:00Z"), "{}", outcome.words);
    assert_eq!(calls(&server.seen(), "/api/v2/deals").len(), 1);

    let server = serve(vec![get(DEALS).gives_text(403, "<html><body>error code: 1015</body></html>")]).await;
    let outcome = june().stream("deals").run(&server).await;
    assert!(outcome.code == 4 && outcome.words.contains("2026-06-15T12:10:0"), "{}", outcome.words);
}

#[tokio::test]
async fn a_refused_stream_leaves_the_others_running() {
    let denied =
        json!({"success": false, "error": "Scope and URL mismatch", "code": "feature_capping_leads"});
    let server = serve(vec![
        get("/v1/leads$").gives(403, &denied),
        get("^/api/v2/persons$").gives(410, &json!({"success": false, "error": "Gone"})),
        get(DEALS).gives(200, &page(&[deal(1, "open", "1")], None)),
    ])
    .await;
    let outcome = june().stream("leads").stream("persons").stream("deals").run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (0, 3), "{}", outcome.words);
    let warnings = outcome.warnings().join("\n");
    assert!(warnings.contains("\"leads\"") && warnings.contains("\"persons\""), "{warnings}");

    let closed = json!({"success": false, "error": "Payment required"});
    let server = Server::start(vec![get("").gives(402, &closed)]).await;
    let outcome = june().run(&server).await;
    assert!(outcome.code == 2 && outcome.words.contains("closed"), "{}", outcome.words);
    let server = Server::start(vec![get("").gives(410, &json!({"success": false}))]).await;
    let outcome = june().run(&server).await;
    assert!(outcome.code == 2 && outcome.words.contains("api_version"), "{}", outcome.words);
}

#[tokio::test]
async fn deals_are_read_also_where_stages_may_not_be() {
    let mut interactions =
        vec![get("^/api/v2/stages$").gives(403, &json!({"success": false, "error": "No."}))];
    interactions.extend(basics());
    interactions.push(get(DEALS).gives(200, &page(&[deal(1, "open", "1")], None)));
    let server = Server::start(interactions).await;
    let outcome = june().stream("deals").run(&server).await;
    assert_eq!(outcome.figures(), ["1 2026-06-02 deals_created 1", "1 2026-06-15 pipeline_value 1"]);
    assert!(outcome.warnings().join("").contains("Stages can't be read"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn moves_come_from_all_pages_of_a_history_and_a_deal_that_vanished_is_named() {
    let change = |from: &str, to: &str, time: &str| json!({"field_key": "stage_id", "old_value": from, "new_value": to, "time": time});
    let server = serve(vec![
        get(DEALS).gives(200, &page(&[deal(1, "open", "1"), deal(2, "open", "1")], None)),
        get("^/api/v2/deals/archived$").gives(200, &page(&[deal(1, "open", "1")], None)),
        with_query(get("/v1/deals/1/changelog$"), "cursor", "h2").gives(
            200,
            &page(&[change("1", "2", "2026-06-03 08:00:00"), change("2", "1", "2026-05-31 23:59:59")], None),
        ),
        get("/v1/deals/1/changelog$").gives(
            200,
            &page(
                &[change("2", "3", "2026-06-03 09:00:00"), change("1", "2", "2026-06-03 08:00:00")],
                Some("h2"),
            ),
        ),
        get("/v1/deals/2/changelog$")
            .gives(404, &json!({"success": false, "error": "Deal not found", "code": "ERR_X"})),
    ])
    .await;
    let outcome = june().stream("deal_changelog").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["1 2026-06-03 stage_transition 2"], "two moves on one day are one row");
    assert_eq!(outcome.of("transition").len(), 3);
    assert!(outcome.warnings().join("").contains("history of 1 deals"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn deleted_deals_count_nowhere_and_archived_ones_do() {
    let mut archived = deal(3, "won", "7");
    archived["is_archived"] = json!(true);
    let server = serve(vec![
        with_query(get(DEALS), "status", "deleted")
            .gives(200, &page(&[json!({"id": 2, "status": "deleted"})], None)),
        get(DEALS).gives(200, &page(&[deal(1, "open", "1"), deal(2, "won", "5")], None)),
        get("^/api/v2/deals/archived$").gives(200, &page(&[archived], None)),
    ])
    .await;
    let read = june().stream("deals_deleted").stream("deals").stream("deals_archived").stream("open_deals");
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let figures = outcome.figures();
    assert_eq!(figures.len(), 6, "{figures:?}");
    assert!(
        figures.iter().all(|f| !f.starts_with("2 "))
            && figures.contains(&"3 2026-06-10 revenue 7".to_owned())
    );
}

#[tokio::test]
async fn leads_of_both_lists_are_one_sum_and_lists_of_the_first_version_are_walked_by_their_start() {
    let lead = |id: &str, at: &str| json!({"id": id, "title": "Jo", "add_time": at, "value": null});
    let more = |rows: Value, start: u32, more: bool| {
        json!({"success": true, "data": rows, "additional_data": {"pagination":
               {"start": start, "limit": 2, "more_items_in_collection": more, "next_start": more.then_some(start + 2)}}})
    };
    let server = serve(vec![
        with_query(get("/v1/leads$"), "start", "4")
            .gives(200, &more(json!([lead("b", "2026-06-03 23:59:59")]), 4, false)),
        with_query(get("/v1/leads$"), "start", "2").gives(200, &more(Value::Null, 2, true)),
        get("/v1/leads$").gives(
            200,
            &more(json!([lead("a", "2026-06-03T00:00:00Z"), lead("x", "2026-05-31T00:00:00Z")]), 0, true),
        ),
        get("/v1/leads/archived$").gives(
            200,
            &more(json!([lead("b", "2026-06-03 23:59:59"), lead("c", "2026-06-04T00:00:00Z")]), 0, false),
        ),
    ])
    .await;
    let outcome = june().stream("leads").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["77 2026-06-03 leads 2", "77 2026-06-04 leads 1"]);
    assert!(!outcome.lines.iter().any(|l| l.to_string().contains("Jo")), "a title is mostly a name");
}

#[tokio::test]
async fn versions_are_settings_and_another_companys_token_is_named() {
    let server = serve(vec![get("^/api/v3/deals$").gives(200, &page(&[deal(1, "open", "1")], None))]).await;
    let outcome = june().stream("deals").setting("deals_version", "v3").run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (0, 3), "{}", outcome.words);
    let mut other = june();
    other.account = "78".into();
    let outcome = other.run(&server).await;
    assert!(outcome.code == 2 && outcome.words.contains("belongs to company 77"), "{}", outcome.words);
}

#[tokio::test]
async fn which_deals_there_are_is_known_from_the_list_and_the_archive_together() {
    let lists =
        |archive: Interaction| vec![get(DEALS).gives(200, &page(&[deal(1, "open", "1")], None)), archive];
    let archive = get("^/api/v2/deals/archived$");
    let server = serve(lists(archive.gives(200, &page(&[deal(3, "won", "7")], None)))).await;
    let outcome = june().stream("deals_full").run(&server).await;
    assert_eq!((outcome.code, outcome.of("entity").len()), (0, 2), "{}", outcome.words);
    assert_eq!(outcome.of("roster")[0]["count"], 2);
    let refused = json!({"success": false, "error": "No access", "code": "ERR_FORBIDDEN"});
    let server = serve(lists(get("^/api/v2/deals/archived$").gives(403, &refused))).await;
    let outcome = june().stream("deals_full").run(&server).await;
    assert_eq!((outcome.code, outcome.of("entity").len()), (0, 1), "{}", outcome.words);
    assert!(outcome.of("roster").is_empty(), "archived deals are not deleted");
}
