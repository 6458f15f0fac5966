//! Google Analytics: pages, quotas, columns that come and go, discovery, and streams on request.

use crate::server::{Interaction, Server};
use crate::support::{Outcome, Read, accounts, credentials};
use serde_json::{Value, json};

const REPORT: &str = "^/v1beta/properties/42:runReport$";

fn basics() -> Vec<Interaction> {
    vec![
        Interaction::new("POST", "^/token$", &["grant_type=refresh_token"])
            .gives(200, &json!({"access_token": "at-2", "expires_in": 3599})),
        Interaction::new("GET", "^/v1beta/properties/42$", &[]).gives(
            200,
            &json!({"name": "properties/42", "displayName": "Shop", "timeZone": "Europe/Berlin", "currencyCode": "EUR",
                    "serviceLevel": "GOOGLE_ANALYTICS_STANDARD"}),
        ),
    ]
}

async fn serve(more: Vec<Interaction>) -> Server {
    let mut interactions = basics();
    interactions.extend(more);
    interactions.push(reports("").gives(200, &json!({"metadata": {"currencyCode": "EUR"}})));
    Server::start(interactions).await
}

/// A report whose request holds that text.
fn reports(text: &str) -> Interaction {
    Interaction::new("POST", REPORT, &[text])
}

fn events(rows: &[(&str, &str, &str)]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|(day, name, count)| {
            json!({"dimensionValues": [{"value": day}, {"value": name}], "metricValues": [{"value": count},
                   {"value": "1"}, {"value": "0"}]})
        })
        .collect();
    json!({
        "dimensionHeaders": [{"name": "date"}, {"name": "eventName"}],
        "metricHeaders": [{"name": "eventCount", "type": "TYPE_INTEGER"}, {"name": "totalUsers", "type": "TYPE_INTEGER"},
                          {"name": "eventValue", "type": "TYPE_FLOAT"}],
        "rows": rows, "rowCount": rows.len(), "metadata": {"currencyCode": "EUR", "timeZone": "Europe/Berlin"},
    })
}

fn with_count(mut answer: Value, count: u64) -> Value {
    answer["rowCount"] = json!(count);
    answer
}

fn refusal(status: u16, message: &str) -> Value {
    json!({"error": {"code": status, "message": message, "status": "X"}})
}

fn read_all() -> Read {
    let mut read = Read::new("42", "2026-09-01", "2026-09-03");
    read.slug = "ga4".into();
    read
}

fn read(stream: &str) -> Read {
    read_all().stream(stream)
}

fn events_of(outcome: &Outcome) -> Vec<String> {
    outcome.figures().into_iter().filter(|f| f.contains(" events ")).collect()
}

fn asked(server: &Server) -> usize {
    server.calls().iter().filter(|c| c.path.ends_with(":runReport")).count()
}

#[tokio::test]
async fn pages_are_turned_in_the_body_until_all_rows_came() {
    let server = serve(vec![
        reports("\"offset\":0,")
            .gives(200, &with_count(events(&[("20260901", "a", "1"), ("20260901", "b", "2")]), 5)),
        reports("\"offset\":2,").gives(200, &with_count(events(&[("20260902", "a", "3")]), 5)),
        reports("\"offset\":3,")
            .gives(200, &with_count(events(&[("20260902", "b", "4"), ("20260903", "a", "5")]), 5)),
    ])
    .await;
    let outcome = read("events_daily").setting("page_size", "2").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(events_of(&outcome).len(), 5);
    assert!(outcome.warnings().is_empty(), "{:?}", outcome.warnings());
    assert_eq!(asked(&server), 3);
    assert!(server.calls().iter().skip(1).all(|c| c.body.contains("\"limit\":2")));
}

#[tokio::test]
async fn rows_that_are_announced_but_do_not_come_are_told() {
    let server = serve(vec![
        reports("\"offset\":0,").gives(200, &with_count(events(&[("20260901", "a", "1")]), 9)),
        reports("\"offset\":1,").gives(200, &json!({"rowCount": 9})),
    ])
    .await;
    let outcome = read("events_daily").setting("page_size", "1").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("9 rows, but delivered 1"), "{:?}", outcome.warnings());
    assert_eq!(asked(&server), 2);
}

#[tokio::test]
async fn faults_that_pass_are_waited_out() {
    let good = events(&[("20260901", "a", "1")]);
    let server = serve(vec![
        reports("eventName").gives(503, &refusal(503, "busy")).times(1),
        reports("eventName").gives_text(502, "<html><title>Bad Gateway</title></html>").times(1),
        reports("eventName").gives_text(200, r#"{"rows":[{"#).times(1),
        reports("eventName").gives(200, &good).cut_after(20).times(1),
        reports("eventName").gives(429, &refusal(429, "Exhausted concurrent requests quota.")).times(2),
        reports("eventName").gives(200, &good),
    ])
    .await;
    let outcome = read("events_daily").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(events_of(&outcome), ["a 2026-09-01 events 1"]);
}

#[tokio::test]
async fn what_is_no_answer_ends_the_stream_with_its_kind() {
    for (status, body, code, says) in [
        (200, "<!DOCTYPE html><title>Hotel network</title>", 5, "Hotel network"),
        (503, "<html><title>Unavailable</title></html>", 6, "Unavailable"),
        (404, "<html><title>Error 404</title></html>", 2, "api_version"),
        (
            400,
            "{\"error\":{\"code\":400,\"message\":\"What is this?\",\"status\":\"INVALID_ARGUMENT\"}}",
            2,
            "What is this?",
        ),
    ] {
        let server = serve(vec![reports("eventName").gives_text(status, body)]).await;
        let outcome = read("events_daily").run(&server).await;
        assert_eq!(outcome.code, code, "{}", outcome.words);
        assert!(outcome.words.contains(says), "{}", outcome.words);
        assert!(outcome.metrics().is_empty());
    }
}

#[tokio::test]
async fn a_spent_quota_says_until_when_and_is_not_asked_again() {
    for (message, until) in [
        ("Exhausted property tokens for a project per hour.", "2026-09-04T13:00:00Z"),
        ("Exhausted property tokens per day.", "2026-09-05T07:00:00Z"),
    ] {
        let server = serve(vec![reports("").gives(429, &refusal(429, message))]).await;
        let outcome = read_all().run(&server).await;
        assert_eq!(outcome.code, 4, "{}", outcome.words);
        assert!(outcome.words.contains(until), "{}", outcome.words);
        assert_eq!(asked(&server), 1);
    }
}

#[tokio::test]
async fn a_denied_report_is_a_warning_and_a_denied_property_is_an_error() {
    let denied = refusal(403, "User does not have sufficient permissions for this property.");
    let server = serve(vec![
        reports("advertiserAdCost").gives(403, &denied),
        reports("eventName").gives(200, &events(&[("20260901", "a", "1")])),
    ])
    .await;
    let outcome = read_all().run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("ads_daily"), "{:?}", outcome.warnings());
    assert_eq!(events_of(&outcome), ["a 2026-09-01 events 1"]);

    let server = Server::start(vec![
        Interaction::new("GET", "/properties/42$", &[]).gives(403, &denied),
        Interaction::new("POST", REPORT, &[]).gives(403, &denied),
    ])
    .await;
    let outcome = read_all().run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    let warnings = outcome.warnings().join("\n");
    assert!(warnings.contains("\"42\"") && warnings.contains("sufficient permissions"), "{warnings}");
    assert_eq!(asked(&server), 5, "each report once");

    // The Admin API may still tell its name.
    let server = serve(vec![Interaction::new("POST", REPORT, &[]).gives(403, &denied)]).await;
    let outcome = read_all().run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert!(outcome.metrics().is_empty() && outcome.of("entity").len() == 1);

    // Nor is it enough to have told it the time before.
    let folder = tempfile::tempdir().unwrap();
    let mut again = read_all();
    again.state = Some(folder.path().join("state.json"));
    assert_eq!(again.run(&server).await.code, 2);
    let outcome = again.run(&server).await;
    assert_eq!((outcome.code, outcome.of("entity").len()), (2, 0), "{}", outcome.words);
}

#[tokio::test]
async fn a_sampled_range_is_read_day_by_day() {
    let sampled = |mut answer: Value| {
        answer["metadata"]["samplingMetadatas"] =
            json!([{"samplesReadCount": "5", "samplingSpaceSize": "10"}]);
        answer
    };
    let day = |day: &str| format!("\"endDate\":\"{day}\",\"startDate\":\"{day}\"");
    let server = serve(vec![
        reports(&day("2026-09-01")).gives(200, &events(&[("20260901", "a", "1")])),
        reports(&day("2026-09-02")).gives(200, &sampled(events(&[("20260902", "a", "2")]))),
        reports(&day("2026-09-03")).gives(200, &events(&[("20260903", "a", "3")])),
        reports("eventName").gives(200, &sampled(events(&[("20260901", "a", "99")]))),
    ])
    .await;
    let outcome = read("events_daily").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        events_of(&outcome),
        ["a 2026-09-01 events 1", "a 2026-09-02 events 2", "a 2026-09-03 events 3"]
    );
    assert_eq!(outcome.warnings().len(), 1, "{:?}", outcome.warnings());
    assert!(outcome.warnings()[0].contains("from a sample"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn a_column_that_google_refuses_is_left_out_once() {
    let unknown =
        refusal(400, "Did you mean eventCount? Field eventValue is not a valid metric. See the schema.");
    let server = serve(vec![
        reports("eventValue").gives(400, &unknown),
        reports("eventName").gives(200, &events(&[("20260901", "a", "1")])),
    ])
    .await;
    let mut long = read("events_daily");
    long.since = "2026-08-01".into();
    let outcome = long.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(events_of(&outcome), ["a 2026-09-01 events 1"]);
    assert!(outcome.warnings().join("").contains("eventValue"), "{:?}", outcome.warnings());
    let refused = server.calls().iter().filter(|c| c.body.contains("eventValue")).count();
    assert_eq!(refused, 1, "learned once, not once per slice");

    let unknown = refusal(400, "Field eventName is not a valid dimension.");
    let server = serve(vec![reports("eventName").gives(400, &unknown)]).await;
    let outcome = read("events_daily").run(&server).await;
    assert_eq!(outcome.code, 2, "what rows belong to can't be left out: {}", outcome.words);
}

#[tokio::test]
async fn what_google_says_about_quality_is_told_and_hidden_metrics_have_no_value() {
    let mut answer = json!({
        "dimensionHeaders": [{"name": "date"}, {"name": "sessionGoogleAdsCampaignId"}],
        "metricHeaders": [{"name": "advertiserAdClicks", "type": "TYPE_INTEGER"},
                          {"name": "advertiserAdCost", "type": "TYPE_CURRENCY"}],
        "rows": [{"dimensionValues": [{"value": "20260901"}, {"value": "9007199254740993"}],
                  "metricValues": [{"value": "7"}, {"value": "0"}]}],
        "rowCount": 1, "metadata": {"currencyCode": "JPY"},
    });
    answer["metadata"]["dataLossFromOtherRow"] = json!(true);
    answer["metadata"]["subjectToThresholding"] = json!(true);
    answer["metadata"]["schemaRestrictionResponse"] = json!({"activeMetricRestrictions": [
        {"metricName": "advertiserAdCost", "restrictedMetricTypes": ["COST_DATA"]}]});
    let server = serve(vec![reports("advertiserAdCost").gives(200, &answer)]).await;
    let outcome = read("ads_daily").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["9007199254740993 2026-09-01 clicks 7"]);
    let warnings = outcome.warnings().join("\n");
    for part in ["(other)", "thresholding", "advertiserAdCost", "advertiserAdImpressions"] {
        assert!(warnings.contains(part), "{part} is missing in {warnings}");
    }

    answer["metadata"] = json!({"currencyCode": "JPY"});
    answer["rows"][0]["metricValues"][1]["value"] = json!("1234.5");
    let server = serve(vec![reports("advertiserAdCost").gives(200, &answer)]).await;
    let outcome = read("ads_daily").run(&server).await;
    let spend = outcome.metrics().into_iter().find(|l| l["metric"] == "spend").unwrap().clone();
    assert_eq!((spend["value"].as_str(), spend["currency"].as_str()), (Some("1234.5"), Some("JPY")));
    assert!(outcome.metrics().iter().all(|l| l["metric"] == "spend" || l.get("currency").is_none()));
}

#[tokio::test]
async fn little_quota_slows_down_and_does_not_stop() {
    let mut first = with_count(events(&[("20260901", "a", "1")]), 2);
    first["propertyQuota"] = json!({"tokensPerProjectPerHour": {"consumed": 5, "remaining": 12}});
    let server = serve(vec![
        reports("\"offset\":1,").gives(200, &with_count(events(&[("20260902", "a", "2")]), 2)),
        reports("eventName").gives(200, &first),
    ])
    .await;
    let outcome = read("events_daily").setting("page_size", "1").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(events_of(&outcome).len(), 2);
    let at = outcome.of("state")[0]["state"]["read"][0]["at"].as_str().unwrap().to_owned();
    assert!(at.as_str() >= "2026-09-04T12:00:05", "{at}");
}

#[tokio::test]
async fn discovery_turns_pages_over_an_empty_one_and_warns_of_what_is_closed() {
    let summary = |properties: &Value| json!({"account": "accounts/1", "propertySummaries": properties});
    let entry = |id: &str| json!({"property": format!("properties/{id}"), "displayName": format!("P{id}")});
    let page = |token: Option<&str>, body: &Value| {
        let mut page = Interaction::new("GET", "^/v1beta/accountSummaries$", &[]).gives(200, body);
        page.query.push(("pageToken".to_owned(), token.map(|t| json!(t))));
        page
    };
    let details = |id: &str, body: &Value| {
        Interaction::new("GET", &format!("^/v1beta/properties/{id}$"), &[]).gives(200, body)
    };
    let denied = Interaction::new("GET", "^/v1beta/properties/3$", &[]).gives(403, &refusal(403, "No."));
    let server = Server::start(vec![
        page(None, &json!({"accountSummaries": [summary(&json!([entry("1")]))], "nextPageToken": "b"})),
        page(Some("b"), &json!({"nextPageToken": "c"})),
        page(
            Some("c"),
            &json!({"accountSummaries": [{"account": "accounts/2"}, summary(&json!([entry("3"), entry("2"), entry("1")]))]}),
        ),
        details("1", &json!({"displayName": "One", "timeZone": "Asia/Tokyo", "currencyCode": "JPY"})),
        details("2", &json!({"name": "properties/2"})),
        denied,
    ])
    .await;
    let outcome = accounts(&server, "ga4", &credentials(), &[], "2026-09-04").await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let found: Vec<Value> = outcome.of("account").into_iter().cloned().collect();
    assert_eq!(
        found,
        [
            json!({"record": "account", "id": "1", "name": "One", "currency": "JPY", "time_zone": "Asia/Tokyo"}),
            json!({"record": "account", "id": "2", "name": "P2", "currency": null, "time_zone": null}),
        ]
    );
    assert!(outcome.warnings()[0].contains("\"3\""), "{:?}", outcome.warnings());
    assert!(server.calls().iter().all(|c| c.header("developer-token").is_none()));

    let server = Server::start(vec![page(None, &json!({}))]).await;
    let outcome = accounts(&server, "ga4", &credentials(), &[], "2026-09-04").await;
    assert_eq!((outcome.code, outcome.of("account").len()), (0, 0));
    assert!(outcome.warnings()[0].contains("can see no"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn streams_on_request_ask_for_what_the_settings_say() {
    let funnel = json!({"funnelTable": {
        "dimensionHeaders": [{"name": "funnelStepName"}],
        "metricHeaders": [{"name": "activeUsers", "type": "TYPE_INTEGER"},
                          {"name": "funnelStepCompletionRate", "type": "TYPE_PERCENT"}],
        "rows": [{"dimensionValues": [{"value": "1. view_item"}], "metricValues": [{"value": "10"}, {"value": "0.5"}]},
                 {"dimensionValues": [{"value": "2. purchase"}], "metricValues": [{"value": "5"}, {"value": ""}]}],
    }});
    let own = json!({
        "dimensionHeaders": [{"name": "date"}, {"name": "country"}],
        "metricHeaders": [{"name": "sessions", "type": "TYPE_INTEGER"}, {"name": "activeUsers", "type": "TYPE_INTEGER"}],
        "rows": [{"dimensionValues": [{"value": "20260901"}, {"value": "Peru"}], "metricValues": [{"value": "1"}, {"value": "1"}]},
                 {"dimensionValues": [{"value": "20260901"}, {"value": "Chad"}], "metricValues": [{"value": "2"}, {"value": "2"}]}],
        "rowCount": 2,
    });
    let now = json!({"dimensionHeaders": [{"name": "country"}], "metricHeaders": [{"name": "activeUsers", "type": "TYPE_INTEGER"}],
                     "rows": [{"dimensionValues": [{"value": "Peru"}], "metricValues": [{"value": "7"}]}]});
    let metadata = json!({"dimensions": [{"apiName": "customEvent:plan", "customDefinition": true}],
                          "metrics": [{"apiName": "keyEvents", "deprecatedApiNames": ["conversions"]}]});
    let server = serve(vec![
        Interaction::new("POST", "^/v1alpha/properties/42:runFunnelReport$", &["view_item"])
            .gives(200, &funnel),
        Interaction::new("POST", "^/v1beta/properties/42:runRealtimeReport$", &[]).gives(200, &now),
        Interaction::new("GET", "^/v1beta/properties/42/metadata$", &[]).gives(200, &metadata),
        reports("\"country\"").gives(200, &own),
    ])
    .await;
    let outcome = read_all()
        .stream("report")
        .stream("funnel")
        .stream("realtime")
        .stream("metadata")
        .stream("property")
        .setting("report_dimensions", "country")
        .setting("report_metrics", "sessions,activeUsers")
        .setting("funnel_steps", "view_item, purchase")
        .run(&server)
        .await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let days = server.calls().iter().filter(|c| c.path.ends_with(":runFunnelReport")).count();
    assert_eq!(days, 3, "one funnel per day");
    let steps: Vec<_> = outcome.metrics().into_iter().filter(|l| l["stream"] == "funnel").collect();
    assert_eq!(steps.len(), 6);
    assert_eq!(steps[0]["breakdown"], json!({"funnel_step": "1. view_item"}));
    let total: Vec<_> = outcome.metrics().into_iter().filter(|l| l.get("breakdown").is_none()).collect();
    assert_eq!(total.len(), 1, "people of several rows can't be added: {total:?}");
    assert_eq!((total[0]["entity"].as_str(), total[0]["value"].as_str()), (Some("42"), Some("3")));
    let attributes: Vec<&Value> = outcome.of("entity").iter().map(|e| &e["attributes"]).collect();
    assert_eq!(attributes[0]["last_30_minutes"], json!([{"country": "Peru", "active_users": "7"}]));
    assert_eq!(attributes[1]["custom_dimensions"], json!(["customEvent:plan"]));
    assert_eq!(attributes[1]["renamed"], json!({"conversions": "keyEvents"}));
    assert_eq!(attributes[2]["service_level"], "GOOGLE_ANALYTICS_STANDARD");
}

#[tokio::test]
async fn a_service_account_signs_for_itself() {
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
    let server = Server::start(vec![
        Interaction::new("POST", "^/token$", &[grant, "assertion=ey"])
            .gives(200, &json!({"access_token": "at-robot", "expires_in": 3599})),
        reports("").gives(401, &refusal(401, "Expired.")).times(1),
        reports("").gives(200, &events(&[("20260901", "a", "1")])),
        Interaction::new("GET", "/properties/42$", &[]).gives(200, &json!({"currencyCode": "EUR"})),
    ])
    .await;
    let mut read = read("events_daily");
    read.credentials =
        json!({"type": "service_account", "client_email": "robot@p.example", "private_key": key()});
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(server.calls().pop().unwrap().header("authorization"), Some("Bearer at-robot"));
    assert_eq!(server.token_calls(), 2, "at first, and after the refusal");
}

/// A private key that nobody else has.
fn key() -> String {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use base64::Engine;
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let text = base64::engine::general_purpose::STANDARD.encode(der.as_ref());
    format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
}

#[tokio::test]
async fn wrong_use_says_what_is_wrong() {
    let server = serve(Vec::new()).await;
    let mut measurement = read_all();
    measurement.account = "G-ABC123".into();
    for (read, says) in [
        (measurement, "not a measurement"),
        (read("funnel"), "funnel_steps"),
        (read("report").setting("report_metrics", ","), "names of metrics"),
        (read("events_daily").setting("page_size", "250001"), "from 1 to 250000"),
    ] {
        let outcome = read.run(&server).await;
        assert_eq!(outcome.code, 2, "{says}: {}", outcome.words);
        assert!(outcome.words.contains(says), "{says}\n{}", outcome.words);
    }
    let mut named = read("events_daily");
    named.account = "properties/42".into();
    assert_eq!(named.run(&server).await.code, 0);
}
