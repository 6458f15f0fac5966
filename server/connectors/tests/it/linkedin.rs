//! LinkedIn by its recordings and by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Server};
use crate::support::{Outcome, Read, accounts, credentials};
use serde_json::{Value, json};

fn read(account: &str) -> Read {
    let mut read = Read::new(account, "2026-09-01", "2026-09-03");
    read.slug = "linkedin".into();
    read.now = "2026-09-03".into();
    read
}

fn get(path: &str) -> Interaction {
    Interaction::new("GET", &format!("^/rest/{path}$"), &[])
}

fn with_query(mut interaction: Interaction, name: &str, value: Value) -> Interaction {
    interaction.query.push((name.into(), (!value.is_null()).then_some(value)));
    interaction
}

fn refreshed() -> Interaction {
    Interaction::new("POST", "^/oauth/v2/accessToken$", &["grant_type=refresh_token", "refresh_token=rt-1"])
        .gives(
            200,
            &json!({"access_token": "at-2", "expires_in": 5_184_000, "refresh_token_expires_in": 31_000_000}),
        )
}

fn elements(rows: &[Value]) -> Value {
    json!({"elements": rows, "paging": {"start": 0, "count": 10, "links": []}, "metadata": {}})
}

/// Token endpoint, ad account 7 in yen, organization 8.
fn basics() -> Vec<Interaction> {
    vec![
        refreshed(),
        get("organizationAcls").gives(200, &elements(&[json!({"organization": "urn:li:organization:8"})])),
        get("adAccounts/7")
            .gives(200, &json!({"id": 7, "name": "Acme", "status": "ACTIVE", "currency": "JPY"})),
    ]
}

async fn serve(more: Vec<Interaction>) -> Server {
    let mut interactions = basics();
    interactions.extend(more);
    Server::start(interactions).await
}

fn row(campaign: &str, day: u32, figures: Value) -> Value {
    let mut row = json!({"pivotValues": [format!("urn:li:sponsoredCampaign:{campaign}")],
        "dateRange": {"start": {"year": 2026, "month": 9, "day": day}, "end": {"year": 2026, "month": 9, "day": day}}});
    row.as_object_mut().unwrap().extend(figures.as_object().unwrap().clone());
    row
}

fn daily() -> Read {
    read("7").stream("campaign_daily")
}

fn analytics(rows: &[Value]) -> Interaction {
    get("adAnalytics").gives(200, &elements(rows))
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_of_the_recording_passes() {
    let Some(folder) = recordings("linkedin") else { return };
    let server = Server::replay(&folder).await;
    let found = accounts(&server, "linkedin", &credentials(), &[], "2026-09-03").await;
    assert_eq!(found.code, 0, "{}", found.words);
    let ids: Vec<_> = found.of("account").iter().map(|a| a["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["512345678", "900000403", "2414183"]);
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());

    let server = Server::replay(&folder).await;
    let mut read = Read::new("urn:li:sponsoredAccount:512345678", "2023-01-02", "2023-01-05");
    (read.slug, read.now) = ("linkedin".into(), "2026-09-03".into());
    let outcome = read.run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (0, 12), "{}", outcome.words);
    let leads = outcome.of("entity").into_iter().filter(|e| e["entity_kind"] == "lead").count();
    assert_eq!(leads, 3);
    assert!(!outcome.lines.iter().any(|l| l.to_string().contains("Test Answer")));
    assert!(outcome.of("entity").iter().any(|e| e["name"] == "Leads – EMEA"));
}

#[tokio::test]
async fn requests_carry_version_and_protocol_and_are_written_as_the_vendor_wants() {
    let server = serve(vec![with_query(
        analytics(&[row("1", 1, json!({"clicks": 1}))]),
        "fields",
        json!("~^dateRange,pivotValues,impressions,.*approximateMemberReach$"),
    )])
    .await;
    let outcome = daily().setting("api_version", "202605").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    for call in server.calls() {
        assert_eq!(call.header("linkedin-version"), Some("202605"), "{}", call.path);
        assert_eq!(call.header("x-restli-protocol-version"), Some("2.0.0"));
    }
}

#[tokio::test]
async fn money_is_exact_in_the_accounts_currency() {
    let figures = json!({"costInLocalCurrency": "1234.000000000000000001", "costInUsd": "8", "clicks": 0});
    let tiny = json!({"costInLocalCurrency": "-2E-18"});
    let server = serve(vec![analytics(&[row("9007199254740993", 1, figures), row("2", 2, tiny)])]).await;
    let outcome = daily().run(&server).await;
    assert_eq!(
        outcome.figures(),
        [
            "2 2026-09-02 spend 0",
            "9007199254740993 2026-09-01 clicks 0",
            "9007199254740993 2026-09-01 spend 1234.000000000000000001",
        ]
    );
    assert!(outcome.metrics().iter().all(|l| l["metric"] != "spend" || l["currency"] == "JPY"));
}

#[tokio::test]
async fn a_full_answer_is_split_by_days() {
    let full = vec![row("1", 1, json!({"clicks": 1})); 15_000];
    let of = |pattern: &str, rows: &[Value]| with_query(analytics(rows), "dateRange", json!(pattern));
    let server = serve(vec![
        of("~day:1\\),end:\\(year:2026,month:9,day:3\\)", &full),
        of("~day:2\\),end:\\(year:2026,month:9,day:3\\)", &[row("1", 3, json!({"clicks": 3}))]),
        of("~day:1\\),end:\\(year:2026,month:9,day:1\\)", &[row("1", 1, json!({"clicks": 1}))]),
    ])
    .await;
    let outcome = daily().run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["1 2026-09-01 clicks 1", "1 2026-09-03 clicks 3"]);
}

#[tokio::test]
async fn a_metric_that_is_refused_is_left_out_and_named() {
    let refusal = json!({"status": 400, "message": "Unknown field: approximateMemberReach in fields"});
    let server = serve(vec![
        with_query(get("adAnalytics"), "fields", json!("~approximateMemberReach")).gives(400, &refusal),
        analytics(&[row("1", 1, json!({"clicks": 1}))]),
    ])
    .await;
    let outcome = daily().run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 1), "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("approximateMemberReach"));
}

#[tokio::test]
async fn pages_of_a_search_go_on_over_an_empty_one() {
    let page = |rows: &[Value], token: &str| json!({"elements": rows, "metadata": {"nextPageToken": token}});
    let of = |token: Value, body: Value| {
        with_query(get("adAccounts/7/adCampaigns"), "pageToken", token).gives(200, &body)
    };
    let server = serve(vec![
        of(Value::Null, page(&[json!({"id": 1})], "b+/=")),
        of(json!("b+/="), page(&[], "c")),
        of(json!("c"), page(&[json!({"id": 2})], "")),
    ])
    .await;
    let outcome = read("7").stream("campaigns").run(&server).await;
    assert_eq!((outcome.code, outcome.of("entity").len()), (0, 2), "{}", outcome.words);
}

#[tokio::test]
async fn organizations_are_found_on_later_pages_that_the_server_cut() {
    let rows = |ids: std::ops::Range<u32>| -> Vec<Value> {
        ids.map(|id| json!({"organization": format!("urn:li:organization:{id}"), "state": "APPROVED"}))
            .collect()
    };
    let page = |start: u32, rows: &[Value], rel: &str| json!({"elements": rows, "paging": {"start": start, "count": 2, "links": [{"rel": rel}]}});
    let of = |start: &str| with_query(get("organizationAcls"), "start", json!(start));
    let server = Server::start(vec![
        of("0").gives(200, &page(0, &rows(1..3), "next")),
        of("2").gives(200, &page(2, &rows(2..4), "prev")),
        get("adAccounts").gives(403, &json!({"code": "ACCESS_DENIED", "message": "Not enough permissions"})),
    ])
    .await;
    let found = accounts(&server, "linkedin", &credentials(), &[], "2026-09-03").await;
    assert_eq!(found.code, 0, "{}", found.words);
    assert_eq!(found.of("account").len(), 3, "each once: {:?}", found.lines);
    assert!(found.warnings().join("").contains("Not enough permissions"));
}

fn statistics(path: &str, row: &Value) -> Interaction {
    let mut row = row.clone();
    row["timeRange"] = json!({"start": 1_788_307_200_000_i64, "end": 1_788_393_600_000_i64});
    get(path).gives(200, &elements(&[row]))
}

#[tokio::test]
async fn a_refused_stream_of_a_page_leaves_the_others() {
    let server = serve(vec![
        get("organizationalEntityShareStatistics").gives(403, &json!({"message": "Not enough permissions"})),
        statistics(
            "organizationalEntityFollowerStatistics",
            &json!({"followerGains": {"organicFollowerGain": -4}}),
        ),
        statistics(
            "organizationPageStatistics",
            &json!({"totalPageStatistics": {"views": {"allPageViews": {"pageViews": 0}}}}),
        ),
        get("networkSizes/urn%3Ali%3Aorganization%3A8")
            .gives(200, &json!({"firstDegreeSize": 9_007_199_254_740_993_i64})),
    ])
    .await;
    let outcome = read("8").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "8 2026-09-02 new_followers -4",
            "8 2026-09-02 pageviews 0",
            "8 2026-09-03 followers 9007199254740993",
        ]
    );
    assert!(outcome.warnings().join("").contains("page_shares_daily"), "{:?}", outcome.warnings());
    assert!(!server.calls().iter().any(|c| c.path.contains("adA")), "a page has no ads");
}

#[tokio::test]
async fn an_account_that_is_refused_as_a_whole_is_a_warning_and_exit_2() {
    // What is not there by itself may be listed.
    for (status, calls) in [(403, 2), (404, 3)] {
        let server = serve(vec![get("adAccounts/9").gives(status, &json!({"message": "Not yours"}))]).await;
        let outcome = read("9").run(&server).await;
        assert_eq!(outcome.code, 2, "{}", outcome.words);
        let warnings = outcome.warnings().join("");
        assert!(warnings.contains("Not yours") && warnings.contains("\"9\""), "{warnings}");
        assert_eq!(server.calls().len(), calls, "asked once: {:?}", server.calls());
    }
}

#[tokio::test]
async fn the_old_version_of_the_api_is_named() {
    let gone = json!({"status": 426, "code": "NONEXISTENT_VERSION", "message": "Requested version 20240101 is not active"});
    let server = Server::start(vec![Interaction::new("GET", "", &[]).gives(426, &gone)]).await;
    let outcome = daily().run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert!(outcome.words.contains("api_version"), "{}", outcome.words);
}

fn at(outcome: &Outcome) -> String {
    outcome.of("state")[0]["state"]["read"][0]["at"].as_str().unwrap()[..19].to_owned()
}

#[tokio::test]
async fn limits_are_waited_out_by_the_time_that_they_are_counted_over() {
    let limit = |message: &str| get("adAnalytics").gives(429, &json!({"message": message}));
    for (message, times, moment) in [
        (
            "Data limit for all queries over a 5 min interval: 45 million metric values",
            1,
            "2026-09-03T12:05:00",
        ),
        ("Resource level throttle APPLICATION MINUTE limit for calls", 3, "2026-09-03T12:03:00"),
    ] {
        let server = serve(vec![limit(message).times(times), analytics(&[])]).await;
        let outcome = daily().run(&server).await;
        assert_eq!((outcome.code, at(&outcome).as_str()), (0, moment), "{}", outcome.words);
    }
    let server =
        serve(vec![limit("APPLICATION_AND_MEMBER DAY limit for calls to this resource is reached.")]).await;
    let outcome = daily().stream("creative_daily").run(&server).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);
    assert!(outcome.words.contains("2026-09-04T00:00:00Z"), "{}", outcome.words);
    assert_eq!(server.calls().iter().filter(|c| c.path.contains("adAnalytics")).count(), 1);
}

#[tokio::test]
async fn faults_pages_in_html_and_broken_answers_pass() {
    let good = elements(&[row("1", 1, json!({"clicks": 1}))]);
    let server = serve(vec![
        get("adAnalytics").gives_text(504, "<html><title>Gateway time-out</title></html>").times(2),
        get("adAnalytics").gives_text(200, r#"{"elements":[{"pivotV"#).times(1),
        get("adAnalytics").gives(200, &good),
    ])
    .await;
    let outcome = daily().run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 1), "{}", outcome.words);
    let down = serve(vec![get("adAnalytics").gives(500, &json!({}))]).await;
    let outcome = daily().run(&down).await;
    assert_eq!(outcome.code, 6, "{}", outcome.words);
    assert_eq!(down.calls().iter().filter(|c| c.path.contains("adAnalytics")).count(), 5);
}

#[tokio::test]
async fn a_renewed_token_that_is_not_known_everywhere_yet_gets_a_moment() {
    let refused =
        || get("adAnalytics").gives(401, &json!({"serviceErrorCode": 65_600, "message": "Invalid"}));
    let server = serve(vec![refused().times(2), analytics(&[])]).await;
    let outcome = daily().run(&server).await;
    assert_eq!((outcome.code, at(&outcome).as_str()), (0, "2026-09-03T12:00:30"), "{}", outcome.words);
    let server = serve(vec![refused()]).await;
    let outcome = daily().run(&server).await;
    assert_eq!(outcome.code, 3, "{}", outcome.words);
    assert_eq!(server.seen().iter().filter(|s| s.path.ends_with("accessToken")).count(), 1);
}

#[tokio::test]
async fn any_refusal_of_the_refresh_token_needs_a_new_consent() {
    for body in [json!({"error": "invalid_grant"}), json!({"message": "The refresh token has expired"})] {
        let mut interactions = vec![
            Interaction::new("POST", "^/oauth/v2/accessToken$", &[]).gives(400, &body),
            get("adAnalytics").gives(401, &json!({"code": "EXPIRED_ACCESS_TOKEN"})),
        ];
        interactions.extend(basics());
        let outcome = daily().run(&Server::start(interactions).await).await;
        assert_eq!(outcome.code, 3, "{}", outcome.words);
    }
    // Without a refresh token, which only partners get, the person connects again.
    let server = serve(vec![get("adAnalytics").gives(401, &json!({}))]).await;
    let mut bare = daily();
    bare.credentials.as_object_mut().unwrap().remove("refresh_token");
    assert_eq!(bare.run(&server).await.code, 3);
}

#[tokio::test]
async fn a_consent_that_ends_soon_is_told() {
    let soon =
        json!({"access_token": "at-2", "expires_in": 5_184_000, "refresh_token_expires_in": 2_160_000});
    let mut interactions = vec![
        Interaction::new("POST", "^/oauth/v2/accessToken$", &[]).gives(200, &soon),
        get("organizationAcls").gives(401, &json!({})).times(1),
    ];
    interactions.extend(basics());
    interactions.push(analytics(&[]));
    let outcome = daily().run(&Server::start(interactions).await).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(
        outcome.warnings().join("").contains("the consent ends 25 days later"),
        "{:?}",
        outcome.warnings()
    );
}

#[tokio::test]
async fn demographics_are_breakdowns_of_the_account() {
    let rows = |pivot: &str| {
        json!([{"pivotValues": [pivot], "impressions": 5,
                "dateRange": {"start": {"year": 2026, "month": 9, "day": 1}}}])
    };
    let of = |name: &str, pivot: &str| {
        with_query(get("adAnalytics"), "pivot", json!(name)).gives(200, &json!({"elements": rows(pivot)}))
    };
    let server = serve(vec![
        of("MEMBER_COUNTRY_V2", "urn:li:geo:103644278"),
        of("MEMBER_SENIORITY", "urn:li:seniority:5"),
    ])
    .await;
    let read = read("7").stream("demographics").setting("demographics", "seniority, country");
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let breakdowns: Vec<_> = outcome.metrics().iter().map(|l| l["breakdown"].to_string()).collect();
    assert_eq!(breakdowns, [r#"{"country":"103644278"}"#, r#"{"seniority":"5"}"#]);
    assert!(outcome.metrics().iter().all(|l| l["entity"] == "7" && l["entity_kind"] == "account"));
}

#[tokio::test]
async fn a_run_goes_on_from_its_state_and_reads_restated_days_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut read = daily();
    read.state = Some(folder.path().join("state.json"));
    let server = serve(vec![
        analytics(&[row("1", 3, json!({"clicks": 1}))]).times(1),
        analytics(&[row("1", 3, json!({"clicks": 2}))]),
    ])
    .await;
    assert_eq!(read.run(&server).await.figures(), ["1 2026-09-03 clicks 1"]);
    assert_eq!(read.run(&server).await.figures(), ["1 2026-09-03 clicks 2"]);
    let mut later = daily().setting("lookback_days", "1");
    (later.state, later.now) = (read.state, "2026-10-03".into());
    assert_eq!(
        later.run(&server).await.figures(),
        ["1 2026-09-03 clicks 2"],
        "had not settled when it was read"
    );
    assert!(later.run(&server).await.figures().is_empty());
}
