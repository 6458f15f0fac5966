//! What vendors and networks do to us.

use crate::server::{Interaction, Server};
use crate::support::{Outcome, Read, SEARCH, STREAM, basics, campaign_row, figures, refusal};
use serde_json::{Value, json};

async fn serve(more: Vec<Interaction>) -> Server {
    let mut interactions = basics();
    interactions.extend(more);
    Server::start(interactions).await
}

fn read() -> Read {
    Read::new("42", "2026-09-01", "2026-09-03").stream("campaign_daily")
}

fn campaigns() -> Interaction {
    Interaction::new("POST", SEARCH, &["FROM campaign "])
}

fn good() -> Value {
    json!({"results": [campaign_row("7", "2026-09-01", &figures("5"))]})
}

fn check_good(outcome: &Outcome) {
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.value("7", "2026-09-01", "clicks").as_deref(), Some("5"));
}

fn queries(server: &Server) -> usize {
    server.calls().iter().filter(|c| c.body.contains("FROM campaign ")).count()
}

#[tokio::test]
async fn faults_that_pass_are_waited_out() {
    let server = serve(vec![
        campaigns().gives(503, &refusal(503, "internalError", "TRANSIENT_ERROR", "busy")).times(2),
        campaigns().gives_text(502, "<html><head><title>Bad Gateway</title></head></html>").times(1),
        campaigns().gives_text(200, r#"{"results":[{"campaign":"#).times(1),
        campaigns().gives(200, &good()).cut_after(30).times(1),
        campaigns().gives(200, &good()),
    ])
    .await;
    check_good(&read().run(&server).await);
    assert_eq!(queries(&server), 6);
}

#[tokio::test]
async fn a_vendor_that_stays_down_ends_the_stream_after_five_tries() {
    let server = serve(vec![campaigns().gives_text(
        503,
        "<!doctype html><html><title>Service Unavailable</title><body>Sorry</body></html>",
    )])
    .await;
    let outcome = read().run(&server).await;
    assert_eq!(outcome.code, 6, "{}", outcome.words);
    assert!(outcome.words.contains("Service Unavailable"), "{}", outcome.words);
    assert_eq!(queries(&server), 5);
}

#[tokio::test]
async fn a_vendor_that_is_not_there_is_down() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let outcome = read().run_at(&address).await;
    assert_eq!(outcome.code, 6, "{}", outcome.words);
    assert!(outcome.words.contains("can't be reached"), "{}", outcome.words);
}

#[tokio::test]
async fn a_short_throttle_passes_and_a_long_one_is_a_state() {
    let throttled = |delay: &str| {
        json!({"error": {"code": 429, "message": "slow", "status": "RESOURCE_EXHAUSTED", "details": [{
            "errors": [{"errorCode": {"quotaError": "RESOURCE_TEMPORARILY_EXHAUSTED"}, "message": "slow",
                        "details": {"quotaErrorDetails": {"rateScope": "ACCOUNT", "retryDelay": delay}}}]}]}})
    };
    let server = serve(vec![
        campaigns().gives(429, &throttled("2s")).times(1),
        campaigns().gives_text(429, "slow down").with_header("retry-after", "3").times(1),
        campaigns().gives(200, &good()),
    ])
    .await;
    check_good(&read().run(&server).await);

    let server = serve(vec![campaigns().gives(429, &throttled("7200s"))]).await;
    let outcome = read().run(&server).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);
    assert!(outcome.words.contains("2026-09-04T14:00:00Z"), "{}", outcome.words);
    assert_eq!(queries(&server), 1);
}

#[tokio::test]
async fn endless_short_throttles_end_as_a_state_too() {
    let server = serve(vec![campaigns().gives_text(429, "slow down").with_header("retry-after", "50")]).await;
    let outcome = read().run(&server).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);
    assert_eq!(queries(&server), 25, "24 waits of 50 s fit into twenty minutes");
}

#[tokio::test]
async fn a_stream_that_is_cut_is_discarded_and_read_again() {
    let batches = json!([
        {"results": [campaign_row("8", "2026-09-02", &figures("1"))]},
        {"results": [campaign_row("9", "2026-09-02", &figures("2"))]},
    ]);
    let first_batch =
        batches.to_string().find(r#","results":[{"campaign":{"advertisingChannelType":"SEARCH","id":"9""#);
    let cut = first_batch.unwrap_or(batches.to_string().len() - 40);
    let streamed = |times| Interaction::new("POST", STREAM, &["FROM campaign "]).gives(200, times);
    let server = serve(vec![
        streamed(&batches).cut_after(cut).times(1),
        streamed(&json!([{"results": [campaign_row("7", "2026-09-01", &figures("5"))]}])),
    ])
    .await;
    let outcome = read().setting("method", "searchStream").run(&server).await;
    check_good(&outcome);
    assert!(outcome.value("8", "2026-09-02", "clicks").is_none(), "rows of a discarded attempt are gone");
    assert!(outcome.words.contains("again"), "{}", outcome.words);
}

#[tokio::test]
async fn ranges_that_never_end_are_halved_down_to_days() {
    let whole = json!({"results": [campaign_row("7", "2026-09-01", &figures("5"))]});
    let day = |day: &str| {
        campaigns_on(day, day).gives(200, &json!({"results": [campaign_row("7", day, &figures("5"))]}))
    };
    let server = serve(vec![
        day("2026-09-01"),
        day("2026-09-02"),
        day("2026-09-03"),
        day("2026-09-04"),
        campaigns().gives(200, &whole).cut_after(50),
    ])
    .await;
    let outcome = Read::new("42", "2026-09-01", "2026-09-04").stream("campaign_daily").run(&server).await;
    check_good(&outcome);
    let days: Vec<_> = outcome.figures().iter().filter(|f| f.contains("clicks")).cloned().collect();
    assert_eq!(
        days,
        ["7 2026-09-01 clicks 5", "7 2026-09-02 clicks 5", "7 2026-09-03 clicks 5", "7 2026-09-04 clicks 5"]
    );
    // The newest days come first, and the size that worked is kept for the rest.
    let states = outcome.of("state");
    assert_eq!(states.len(), 4);
    assert_eq!(states[0]["state"]["read"][0]["days"], json!(["2026-09-04", "2026-09-04"]));
}

fn campaigns_on(from: &str, until: &str) -> Interaction {
    let between = format!("BETWEEN '{from}' AND '{until}'");
    Interaction::new("POST", SEARCH, &["FROM campaign ", &between])
}

#[tokio::test]
async fn an_expired_page_token_restarts_the_slice() {
    let mut first = good();
    first["nextPageToken"] = json!("t2");
    let server = serve(vec![
        Interaction::new("POST", SEARCH, &["FROM campaign ", r#""pageToken":"t2""#])
            .gives(400, &refusal(400, "requestError", "EXPIRED_PAGE_TOKEN", "Too old."))
            .times(1),
        Interaction::new("POST", SEARCH, &["FROM campaign ", r#""pageToken":"t2""#]).gives(200, &json!({})),
        campaigns().gives(200, &first),
    ])
    .await;
    let outcome = read().run(&server).await;
    check_good(&outcome);
    assert_eq!(outcome.metrics().iter().filter(|l| l["metric"] == "clicks").count(), 1);
}

#[tokio::test]
async fn a_refusal_inside_a_stream_is_understood() {
    let refused = json!([{"results": []}, refusal(400, "queryError", "BAD_VALUE", "What is this?")]);
    let server =
        serve(vec![Interaction::new("POST", STREAM, &["FROM campaign "]).gives(200, &refused)]).await;
    let outcome = read().setting("method", "searchStream").run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert!(outcome.words.contains("What is this?"), "{}", outcome.words);
}

#[tokio::test]
async fn a_denied_stream_is_a_warning_and_a_denied_account_is_an_error() {
    let denied = refusal(403, "authorizationError", "USER_PERMISSION_DENIED", "No, you don't.");
    let server = serve(vec![
        Interaction::new("POST", SEARCH, &["FROM keyword_view"]).gives(403, &denied),
        campaigns().gives(200, &good()),
        Interaction::new("POST", SEARCH, &[]).gives(200, &json!({})),
    ])
    .await;
    let outcome = Read::new("42", "2026-09-01", "2026-09-03").run(&server).await;
    check_good(&outcome);
    assert!(outcome.warnings().join("\n").contains("keyword_daily"), "{:?}", outcome.warnings());

    let server = serve(vec![Interaction::new("POST", SEARCH, &[]).gives(403, &denied)]).await;
    let outcome = Read::new("42", "2026-09-01", "2026-09-03").run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert!(outcome.warnings().join("\n").contains("No, you don't"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn a_stream_without_any_of_the_days_does_not_count_as_read() {
    let denied = refusal(403, "authorizationError", "USER_PERMISSION_DENIED", "No, you don't.");
    let server = serve(vec![Interaction::new("POST", SEARCH, &[]).gives(403, &denied)]).await;
    // Clicks are kept for 90 days.
    let read = Read::new("42", "2026-01-01", "2026-01-02").stream("clicks").stream("campaign_daily");
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
}

#[tokio::test]
async fn one_stream_that_is_not_understood_leaves_the_others_running() {
    let odd = campaign_row("7", "2026-09-01", &json!({"clicks": "many"}));
    let server = serve(vec![
        Interaction::new("POST", SEARCH, &["FROM ad_group "]).gives(200, &json!({"results": [odd]})),
        campaigns().gives(200, &good()),
        Interaction::new("POST", SEARCH, &[]).gives(200, &json!({})),
    ])
    .await;
    let mut rows = good();
    rows["results"][0]["metrics"]["clicks"] = json!("many");
    let outcome = Read::new("42", "2026-09-01", "2026-09-03").run(&server).await;
    assert_eq!(outcome.code, 5, "{}", outcome.words);
    assert_eq!(outcome.value("7", "2026-09-01", "clicks").as_deref(), Some("5"));
    assert!(outcome.words.contains("results[0].adGroup.id"), "{}", outcome.words);

    let server = serve(vec![campaigns().gives(200, &rows)]).await;
    let outcome = read().run(&server).await;
    assert_eq!(outcome.code, 5);
    assert!(outcome.words.contains("results[0].metrics.clicks"), "{}", outcome.words);
    assert!(outcome.metrics().is_empty(), "nothing of a slice that failed");
}

#[tokio::test]
async fn a_version_that_is_gone_names_the_setting_also_as_a_web_page() {
    let server = Server::start(vec![
        Interaction::new("GET", "", &[]).gives_text(404, "<html><title>Error 404</title>"),
    ])
    .await;
    let outcome = read().setting("api_version", "v24").run(&server).await;
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.words.contains("Error 404") && outcome.words.contains("api_version"),
        "{}",
        outcome.words
    );
}

#[tokio::test]
async fn a_web_page_instead_of_json_is_shown_as_such() {
    let page = "<!DOCTYPE html><html><head><title>Log in to the hotel network</title></head></html>";
    let server = Server::start(vec![Interaction::new("GET", "", &[]).gives_text(200, page)]).await;
    let outcome = read().run(&server).await;
    assert_eq!(outcome.code, 5, "{}", outcome.words);
    assert!(outcome.words.contains("Log in to the hotel network"), "{}", outcome.words);
}

#[tokio::test]
async fn pages_that_repeat_end_in_drift_instead_of_for_ever() {
    let mut page = good();
    page["nextPageToken"] = json!("again");
    let server = serve(vec![campaigns().gives(200, &page)]).await;
    let outcome = read().run(&server).await;
    assert_eq!(outcome.code, 5, "{}", outcome.words);
}
