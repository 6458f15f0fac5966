//! Klaviyo by its recordings and by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Server};
use crate::support::{Outcome, Read, accounts, credentials};
use serde_json::{Value, json};

fn read(since: &str, until: &str) -> Read {
    let mut read = Read::new("Acc1", since, until);
    read.slug = "klaviyo".into();
    read.now = "2026-06-15".into();
    read
}

fn june() -> Read {
    read("2026-06-01", "2026-06-15")
}

fn get(path: &str) -> Interaction {
    Interaction::new("GET", path, &[])
}

fn post(path: &str, body: &[&str]) -> Interaction {
    Interaction::new("POST", path, body)
}

fn asking(mut interaction: Interaction, name: &str, value: &str) -> Interaction {
    interaction.query.push((name.into(), Some(json!(value))));
    interaction
}

fn metric(id: &str, name: &str, source: &str, category: &str) -> Value {
    json!({"type": "metric", "id": id, "attributes": {"name": name, "integration": {"key": source, "category": category}}})
}

/// Token endpoint, account and metrics.
fn basics() -> Vec<Interaction> {
    let account = json!({"id": "Acc1", "attributes": {"timezone": "Asia/Tokyo", "preferred_currency": "JPY",
                         "contact_information": {"organization_name": "Größe", "default_sender_email": "me@example.com"}}});
    let metrics = [
        metric("api1", "Placed Order", "api", "API"),
        metric("shop1", "Placed Order", "shopify", "eCommerce"),
        metric("join1", "Subscribed to List", "klaviyo", "Internal"),
    ];
    vec![
        post("^/oauth/token$", &["grant_type=refresh_token"])
            .gives(200, &json!({"access_token": "at-2", "refresh_token": "rt-2", "expires_in": 3600})),
        get("^/api/accounts$").gives(200, &json!({"data": [account]})),
        get("^/api/metrics$").gives(200, &json!({"data": metrics, "links": {"next": null}})),
    ]
}

async fn serve(more: Vec<Interaction>) -> Server {
    let mut interactions = more;
    interactions.extend(basics());
    Server::start(interactions).await
}

fn row(campaign: &str, message: &str, statistics: &Value) -> Value {
    json!({"groupings": {"campaign_id": campaign, "campaign_message_id": message, "send_channel": "email"},
           "statistics": statistics})
}

fn results(rows: &[Value], next: Option<&str>) -> Value {
    json!({"data": {"attributes": {"results": rows}}, "links": {"next": next}})
}

fn refusal(code: &str, detail: &str) -> Value {
    json!({"errors": [{"code": code, "title": "No.", "detail": detail}]})
}

fn calls(server: &Server, path: &str) -> usize {
    server.seen().iter().filter(|s| s.path == path).count()
}

fn sent(outcome: &Outcome) -> Vec<String> {
    outcome.figures().into_iter().filter(|f| f.contains(" emails_sent ")).collect()
}

const VALUES: &str = "^/api/campaign-values-reports$";
const SERIES: &str = "^/api/flow-series-reports$";

#[tokio::test]
async fn what_goes_wrong_on_the_way_of_the_recording_passes() {
    let Some(folder) = recordings("klaviyo") else { return };
    let file = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let (notes, expected) = (file("expected_notes.json"), file("expected.json"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let request = &notes["read"][0];
    let mut read = read(&text(&request["since"]), &text(&request["until"]));
    read.account = text(&request["account"]);
    read.now = text(&notes["as_of"]);
    let read = read.setting("page_size", "2").setting("revision", &text(&notes["settings"]["revision"]));

    let server = Server::replay(&folder).await;
    let found = accounts(&server, "klaviyo", &credentials(), &read.settings, &read.now).await;
    assert_eq!(found.code, 0, "{}", found.words);
    assert_eq!(found.of("account")[0]["id"], request["account"]);

    let server = Server::replay(&folder).await;
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.metrics().len(), expected.as_array().unwrap().len(), "no figure besides");
    assert_eq!(calls(&server, "/oauth/token"), 1, "one refresh");
    assert!(outcome.warnings().join("").contains("forms:read"), "{:?}", outcome.warnings());
    for seen in server.seen().iter().filter(|s| s.path.starts_with("/api/")) {
        assert_eq!(seen.header("revision"), Some("2026-04-15"), "{}", seen.path);
        assert_eq!(seen.header("accept"), Some("application/vnd.api+json"), "{}", seen.path);
        let body = (!seen.body.is_empty()).then_some("application/vnd.api+json");
        assert_eq!(seen.header("content-type"), body, "{}", seen.path);
    }
    // What is read on request only adds nothing to a key that is known.
    let server = Server::replay(&folder).await;
    let more = read.stream("flow_values").stream("events").run(&server).await;
    assert_eq!(more.code, 0, "{}", more.words);
    assert!(more.metrics().iter().all(|line| line["entity_kind"] == "email"), "{:?}", more.figures());
}

#[tokio::test]
async fn the_daily_quota_of_reports_parks_them_and_the_others_are_read() {
    let series = json!({"data": {"attributes": {"date_times": ["2026-06-02T00:00:00+09:00"], "results": [
        {"groupings": {"flow_id": "f1", "flow_message_id": "m"}, "statistics": {"opens": [3]}}]}}});
    let server = serve(vec![
        post(VALUES, &[]).gives(429, &refusal("throttled", "Quota.")).with_header("Retry-After", "73473"),
        post(SERIES, &[]).gives(200, &series),
    ])
    .await;
    let outcome = june().stream("campaign_values").stream("flow_series").run(&server).await;
    assert_eq!(
        (outcome.code, outcome.figures()),
        (4, vec!["f1 2026-06-02 opens 3".to_owned()]),
        "{}",
        outcome.words
    );
    assert_eq!(calls(&server, "/api/campaign-values-reports"), 1, "not tried again");
    assert!(outcome.words.contains("2026-06-16T08:24:3"), "{}", outcome.words);
}

#[tokio::test]
async fn a_refused_key_and_a_dead_grant_need_a_new_consent() {
    let refused = || get("^/api/accounts$").gives(401, &refusal("not_authenticated", "Expired."));
    let server = serve(vec![refused().times(1)]).await;
    assert_eq!(june().stream("account").run(&server).await.code, 0);
    let basic = server.seen().into_iter().find(|s| s.path == "/oauth/token").unwrap();
    assert_eq!(basic.header("authorization"), Some("Basic Y2xpZW50OnNlY3JldA=="));
    assert!(!basic.body.contains("secret") && basic.body.contains("refresh_token=rt-1"), "{}", basic.body);

    let server = serve(vec![refused()]).await;
    let mut keyed = june();
    keyed.credentials = json!({"api_key": "pk_1"});
    assert_eq!(keyed.run(&server).await.code, 3);
    assert_eq!(
        (server.seen().len(), server.seen()[0].header("authorization")),
        (1, Some("Klaviyo-API-Key pk_1"))
    );

    let dead = post("^/oauth/token$", &[]).gives(400, &json!({"error": "invalid_grant"}));
    assert_eq!(june().run(&serve(vec![refused(), dead]).await).await.code, 3);
    assert_eq!(june().run(&serve(vec![refused()]).await).await.code, 3, "refreshed once only");
}

#[tokio::test]
async fn pages_of_reports_are_followed_and_an_empty_one_is_not_the_end() {
    let next = |page: &str| format!("https://a.klaviyo.com/api/campaign-values-reports?page_cursor={page}");
    let page =
        |page: &str| asking(post(VALUES, &["\"conversion_metric_id\":\"shop1\""]), "page_cursor", page);
    let one = json!({"recipients": 10, "delivered": 9});
    let server = serve(vec![
        page("3").gives(200, &results(&[row("c1", "m1", &one), row("c1", "m2", &one)], None)),
        page("2").gives(200, &results(&[], Some(&next("3")))),
        post(
            VALUES,
            &["\"conversion_metric_id\":\"shop1\"", "2026-06-01T00:00:00+09:00", "2026-06-15T23:59:59+09:00"],
        )
        .gives(200, &results(&[row("c1", "m1", &one)], Some(&next("2")))),
    ])
    .await;
    let outcome = june().stream("campaign_values").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
    assert_eq!(
        outcome.figures(),
        ["c1 2026-06-15 delivered 18", "c1 2026-06-15 emails_sent 20"],
        "each message once"
    );
    assert!(outcome.warnings().join("").contains("unsubscribe_uniques"), "what never came is named");
}

/// A campaign as the list has it.
fn sent_at(id: &str, time: Option<&str>) -> Value {
    json!({"type": "campaign", "id": id, "attributes": {"name": id, "send_time": time}})
}

/// The report of exactly those days of June, in Tokyo.
fn values_of(from: u32, until: u32) -> Interaction {
    let from = format!("\"start\":\"2026-06-{from:02}");
    let until = format!("\"end\":\"2026-06-{until:02}");
    post(VALUES, &[&from, &until])
}

#[tokio::test]
async fn only_days_on_which_something_was_sent_are_asked_for() {
    let recipients = |count: i64| json!({"recipients": count});
    let daily = || june().stream("campaign_values").setting("campaign_window", "day");
    // c1 went out on the 3rd in Tokyo, c2 on the 5th.
    let campaigns = json!({"data": [
        sent_at("c0", Some("2026-05-01T00:00:00+00:00")),
        sent_at("c1", Some("2026-06-02T20:00:00+00:00")),
        sent_at("c2", Some("2026-06-05T02:00:00+00:00")),
    ]});
    let both = results(&[row("c1", "m1", &recipients(10)), row("c2", "m2", &recipients(7))], None);
    let server = serve(vec![
        values_of(1, 15).gives(200, &both),
        get("^/api/campaigns").gives(200, &campaigns),
        values_of(3, 3).gives(200, &results(&[row("c1", "m1", &recipients(10))], None)),
        values_of(5, 5).gives(200, &results(&[row("c2", "m2", &recipients(7))], None)),
    ])
    .await;
    let outcome = daily().run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(sent(&outcome), ["c1 2026-06-03 emails_sent 10", "c2 2026-06-05 emails_sent 7"]);
    assert_eq!(calls(&server, "/api/campaign-values-reports"), 3, "all days, the 3rd, the 5th");
    assert_eq!(calls(&server, "/api/campaigns"), 1, "all are found in the first channel");

    // c2 went to nobody, and its own day leaves it out: nothing is short.
    let with_none = results(&[row("c1", "m1", &recipients(10)), row("c2", "m2", &recipients(0))], None);
    let server = serve(vec![
        values_of(1, 15).gives(200, &with_none),
        get("^/api/campaigns").gives(200, &campaigns),
        values_of(3, 3).gives(200, &results(&[row("c1", "m1", &recipients(10))], None)),
        post(VALUES, &[]).gives(200, &results(&[], None)),
    ])
    .await;
    let outcome = daily().run(&server).await;
    assert_eq!(sent(&outcome), ["c1 2026-06-03 emails_sent 10"], "{}", outcome.words);
    assert_eq!(calls(&server, "/api/campaign-values-reports"), 3);

    // c1 goes on sending on the 4th, so its days do not add up to its whole, whatever c2 has sent meanwhile: then every day is
    // asked for.
    let server = serve(vec![
        values_of(1, 15).gives(200, &both),
        get("^/api/campaigns").gives(200, &campaigns),
        values_of(3, 3).gives(200, &results(&[row("c1", "m1", &recipients(6))], None)),
        values_of(4, 4).gives(200, &results(&[row("c1", "m1", &recipients(4))], None)),
        values_of(5, 5).gives(200, &results(&[row("c2", "m2", &recipients(11))], None)),
        post(VALUES, &[]).gives(200, &results(&[], None)),
    ])
    .await;
    let outcome = daily().run(&server).await;
    assert_eq!(
        sent(&outcome),
        ["c1 2026-06-03 emails_sent 6", "c1 2026-06-04 emails_sent 4", "c2 2026-06-05 emails_sent 11"],
        "{}",
        outcome.words
    );
    assert_eq!(calls(&server, "/api/campaign-values-reports"), 16);

    // Nothing was sent: one report says so.
    let server = serve(vec![post(VALUES, &[]).gives(200, &results(&[], None))]).await;
    assert!(sent(&daily().run(&server).await).is_empty());
    assert_eq!(calls(&server, "/api/campaign-values-reports"), 1);
}

#[tokio::test]
async fn a_campaign_that_does_not_say_when_it_was_sent_is_found_day_by_day() {
    let one = json!({"recipients": 10});
    let server = serve(vec![
        values_of(1, 2).gives(200, &results(&[row("c1", "m1", &one), row("c2", "m2", &one)], None)),
        get("^/api/campaigns").gives(200, &json!({"data": [sent_at("c2", None)]})),
        values_of(1, 1).gives(200, &results(&[row("c1", "m1", &one)], None)),
        values_of(2, 2).gives(200, &results(&[row("c2", "m2", &one)], None)),
    ])
    .await;
    let outcome = read("2026-06-01", "2026-06-02")
        .stream("campaign_values")
        .setting("campaign_window", "day")
        .run(&server)
        .await;
    assert_eq!(
        sent(&outcome),
        ["c1 2026-06-01 emails_sent 10", "c2 2026-06-02 emails_sent 10"],
        "{}",
        outcome.words
    );
    assert_eq!(calls(&server, "/api/campaigns"), 3, "every channel is looked through");
}

#[tokio::test]
async fn a_statistic_that_is_gone_is_left_out_and_another_refusal_fails_the_stream() {
    let gone = refusal("invalid", "'clicks_unique' is not a valid statistic.");
    let good = results(&[row("c1", "m1", &json!({"recipients": 10}))], None);
    let server = serve(vec![
        post(VALUES, &["\"clicks_unique\""]).gives(400, &gone),
        post(VALUES, &[]).gives(200, &good),
    ])
    .await;
    let outcome = june().stream("campaign_values").run(&server).await;
    assert_eq!((outcome.code, sent(&outcome).len()), (0, 1), "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("clicks_unique"), "{:?}", outcome.warnings());
    let server = serve(vec![
        post(VALUES, &[]).gives(400, &refusal("invalid", "Unsupported conversion metric.")),
        post(SERIES, &[]).gives(200, &json!({"data": {"attributes": {"date_times": [], "results": []}}})),
    ])
    .await;
    let outcome = june().stream("campaign_values").stream("flow_series").run(&server).await;
    assert_eq!((outcome.code, calls(&server, "/api/flow-series-reports")), (2, 1), "{}", outcome.words);
    let server =
        serve(vec![get("/campaigns$").gives(400, &refusal("invalid", "Revision 2026-04-15 is retired."))])
            .await;
    let outcome = june().stream("campaigns").run(&server).await;
    assert!(outcome.code == 2 && outcome.words.contains("api_version"), "{}", outcome.words);
}

#[tokio::test]
async fn without_orders_there_are_no_conversions() {
    let only = json!({"data": [metric("open1", "Opened Email", "klaviyo", "Internal")]});
    let server = serve(vec![
        get("^/api/metrics$").gives(200, &only),
        post(VALUES, &["\"conversions\""]).gives(400, &refusal("invalid", "Unsupported.")),
        post(VALUES, &["\"conversion_metric_id\":\"open1\""])
            .gives(200, &results(&[row("c1", "m1", &json!({"recipients": 10}))], None)),
    ])
    .await;
    let outcome = june().stream("campaign_values").run(&server).await;
    assert_eq!((outcome.code, sent(&outcome).len()), (0, 1), "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("no metric Placed Order"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn who_joined_is_asked_in_the_accounts_zone() {
    let counts = json!({"data": {"attributes": {"dates": ["2026-06-01T00:00:00+00:00", "2026-06-16T00:00:00+00:00"],
                        "data": [{"dimensions": [], "measurements": {"count": [4, 5]}}]}}});
    let body = [
        "\"metric_id\":\"join1\"",
        "\"timezone\":\"Asia/Tokyo\"",
        "\"interval\":\"day\"",
        "datetime,2026-05-31T00:00:00",
    ];
    let server = serve(vec![post("^/api/metric-aggregates$", &body).gives(200, &counts)]).await;
    let outcome = june().stream("metric_aggregates").run(&server).await;
    assert_eq!(outcome.figures(), ["Acc1 2026-06-01 subscribers_added 4"], "{}", outcome.words);
    assert_eq!(calls(&server, "/api/metric-aggregates"), 1, "nobody can leave by a metric that is not there");
}

#[tokio::test]
async fn lists_that_are_gone_are_left_out() {
    let listed = |id: &str| json!({"id": id, "attributes": {"name": id}});
    let counted =
        |id: &str, count: Value| json!({"data": {"id": id, "attributes": {"profile_count": count}}});
    let next = "https://a.klaviyo.com/api/lists?page%5Bcursor%5D=b";
    let server = serve(vec![
        get("^/api/lists/l1$").gives(404, &refusal("not_found", "Gone.")),
        asking(get("^/api/lists/l2$"), "additional-fields[list]", "profile_count")
            .gives(200, &counted("l2", json!(0))),
        get("^/api/lists/l3$").gives(200, &counted("l3", json!(null))),
        asking(get("^/api/lists$"), "page[cursor]", "b")
            .gives(200, &json!({"data": [listed("l2"), listed("l3")], "links": {"next": null}})),
        asking(get("^/api/lists$"), "page[size]", "10")
            .gives(200, &json!({"data": [listed("l1"), listed("l2")], "links": {"next": next}})),
    ])
    .await;
    let mut read = june().stream("lists");
    read.now = "2026-06-15T20:00:00Z".into();
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["l2 2026-06-16 subscribers 0"], "tomorrow where the account is");
    assert_eq!(calls(&server, "/api/lists/l2"), 1);
}

#[tokio::test]
async fn campaigns_are_asked_for_by_channel() {
    let campaigns = |id: &str| json!({"data": [{"id": id, "attributes": {"name": id, "status": "Sent"}}]});
    let channel =
        |name: &str| asking(get("^/api/campaigns$"), "filter", &format!("equals(messages.channel,'{name}')"));
    let server = serve(vec![
        channel("email").gives(429, &refusal("throttled", "Slow.")).with_header("Retry-After", "1").times(1),
        channel("email").gives_text(502, "<html><title>Bad gateway</title></html>").times(1),
        channel("email").gives_text(200, r#"{"data":[{"id":"#).times(1),
        channel("email").gives(200, &campaigns("c1")),
        channel("sms").gives(200, &campaigns("c2")),
        channel("mobile_push").gives(200, &campaigns("c3")),
    ])
    .await;
    let outcome = june().stream("campaigns").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let names: Vec<_> = outcome.of("entity").iter().map(|e| e["entity"].clone()).collect();
    assert_eq!(names, ["c1", "c2", "c3"]);
}

#[tokio::test]
async fn an_account_that_refuses_everything_is_a_warning_and_exit_2() {
    let denied = Interaction::new("GET", "", &[]).gives(403, &refusal("permission_denied", "No scope."));
    let outcome = june().stream("campaigns").stream("lists").run(&Server::start(vec![denied]).await).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("Acc1"), "{:?}", outcome.warnings());
    let mut other = june();
    other.account = "Acc2".into();
    let outcome = other.run(&serve(Vec::new()).await).await;
    assert!(outcome.code == 2 && outcome.words.contains("belongs to account Acc1"), "{}", outcome.words);
}
