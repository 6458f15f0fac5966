//! Account Engagement (Pardot) by scripted traffic.

use crate::server::{Interaction, Seen, Server};
use crate::support::{Read, accounts, credentials};
use serde_json::{Value, json};

const UNIT: &str = "0Uv000000000001AAA";
const HEADER: &str = "pardot-business-unit-id";

fn read() -> Read {
    let mut read = Read::new(UNIT, "2026-06-01", "2026-06-15");
    read.slug = "pardot".into();
    read.now = "2026-06-15".into();
    read
}

fn objects(name: &str) -> Interaction {
    Interaction::new("GET", &format!("^/api/v5/objects/{name}$"), &[])
}

/// With that part of the query; none: without it.
fn asking(mut interaction: Interaction, name: &str, value: Option<&str>) -> Interaction {
    interaction.query.push((name.into(), value.map(|value| json!(value))));
    interaction
}

fn tenants(rows: &[(&str, &str)]) -> Interaction {
    let rows: Vec<Value> = rows
        .iter()
        .map(|(id, status)| json!({"PardotTenantId": id, "PardotTenantName": format!("Unit {status}"), "CreationStatus": status}))
        .collect();
    Interaction::new("GET", "^/services/data/v62.0/tooling/query$", &[])
        .gives(200, &json!({"size": rows.len(), "done": true, "records": rows}))
}

fn unit() -> Interaction {
    objects("account").gives(
        200,
        &json!({"id": 77, "company": "Acme", "level": "Plus", "createdAt": "2020-01-01T00:00:00-05:00"}),
    )
}

async fn serve(mut first: Vec<Interaction>) -> Server {
    let token = Interaction::new("POST", "^/services/oauth2/token$", &["grant_type=refresh_token"])
        .gives(200, &json!({"access_token": "at-2", "instance_url": "https://acme.my.salesforce.com"}));
    first.extend([token, tenants(&[(UNIT, "Created")]), unit()]);
    Server::start(first).await
}

fn page(rows: &[Value], token: Option<&str>) -> Value {
    json!({"values": rows, "nextPageToken": token,
           "nextPageUrl": token.map(|token| format!("https://pi.pardot.com/api/v5/objects/x?nextPageToken={token}"))})
}

fn code(code: u16, message: &str) -> Value {
    json!({"code": code, "message": message})
}

fn prospect(id: u64, day: &str) -> Value {
    json!({"id": id, "createdAt": format!("{day}T10:00:00-04:00"), "updatedAt": format!("{day}T11:00:00-04:00"), "isDeleted": false})
}

fn calls<'a>(seen: &'a [Seen], path: &str) -> Vec<&'a Seen> {
    seen.iter().filter(|s| s.path == path).collect()
}

#[tokio::test]
async fn units_that_are_ready_and_answer_are_offered() {
    let server = serve(vec![tenants(&[
        (UNIT, "Created"),
        ("0Uv000000000002AAA", "Deprovisioned"),
        ("0Uv000000000003AAA", "Backfilled"),
        ("0Uv000000000004AAA", "Creating"),
    ])])
    .await;
    let found = accounts(&server, "pardot", &credentials(), &[], "2026-06-15").await;
    assert_eq!(found.code, 0, "{}", found.words);
    let ids: Vec<_> = found.of("account").iter().map(|a| a["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [UNIT, "0Uv000000000003AAA"]);
    assert_eq!(found.of("account")[0]["name"], "Unit Created");
    let seen = server.seen();
    let asked: Vec<_> = calls(&seen, "/api/v5/objects/account").iter().map(|s| s.header(HEADER)).collect();
    assert_eq!(asked, [Some(UNIT), Some("0Uv000000000003AAA")]);
}

#[tokio::test]
async fn a_unit_is_named_by_hand_where_none_can_be_listed() {
    let hidden =
        json!([{"errorCode": "INVALID_TYPE", "message": "sObject type 'PardotTenant' is not supported."}]);
    let list = || Interaction::new("GET", "/tooling/query$", &[]);
    for first in [list().gives(400, &hidden), list().gives(200, &json!({"records": [], "done": true}))] {
        let server = serve(vec![first]).await;
        let without = accounts(&server, "pardot", &credentials(), &[], "2026-06-15").await;
        assert_eq!(without.code, 2, "{}", without.words);
        assert!(without.words.contains("Account Engagement Account Setup"), "{}", without.words);
        let mut named = credentials();
        named["business_unit_id"] = json!(UNIT);
        let found = accounts(&server, "pardot", &named, &[], "2026-06-15").await;
        assert_eq!((found.code, &found.of("account")[0]["name"]), (0, &json!("Acme")), "{}", found.words);
    }
}

#[tokio::test]
async fn follow_up_pages_carry_the_token_and_the_fields_alone() {
    let mut second = asking(objects("prospects"), "nextPageToken", Some("t2"));
    for name in ["limit", "orderBy", "deleted", "updatedAtAfterOrEqualTo"] {
        second = asking(second, name, None);
    }
    let second = asking(second, "fields", Some("~createdAt"));
    let mut third = asking(objects("prospects"), "nextPageToken", Some("t3"));
    third = asking(third, "limit", None);
    let first = asking(objects("prospects"), "nextPageToken", None);
    let first = asking(first, "updatedAtAfterOrEqualTo", Some("2026-05-31T23:50:00+00:00"));
    let first = asking(asking(first, "deleted", Some("all")), "orderBy", Some("updatedAt ASC"));
    let server = serve(vec![
        second.gives(200, &page(&[], Some("t3"))),
        third.gives(200, &page(&[prospect(2, "2026-06-03")], None)),
        first.gives(
            200,
            &page(&[prospect(1, "2026-06-02"), prospect(9_007_199_254_740_993, "2026-06-02")], Some("t2")),
        ),
    ])
    .await;
    let outcome = read().stream("prospects").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["77 2026-06-02 leads 2", "77 2026-06-03 leads 1"]);
    assert!(outcome.metrics().iter().all(|l| l["account"] == UNIT && l["entity_kind"] == "account"));
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
    assert!(
        server.seen().iter().filter(|s| s.path.starts_with("/api/")).all(|s| s.header(HEADER) == Some(UNIT))
    );
}

#[tokio::test]
async fn a_chain_that_is_cut_goes_on_at_its_last_row() {
    let again = asking(objects("prospects"), "updatedAtAfterOrEqualTo", Some("2026-06-03T11:00:00-04:00"));
    let server = serve(vec![
        again.gives(200, &page(&[prospect(2, "2026-06-03"), prospect(3, "2026-06-04")], None)),
        objects("prospects")
            .gives(200, &page(&[prospect(1, "2026-06-02"), prospect(2, "2026-06-03")], Some("t2")))
            .with_header("Pardot-Warning", "203"),
    ])
    .await;
    let outcome = read().stream("prospects").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        ["77 2026-06-02 leads 1", "77 2026-06-03 leads 1", "77 2026-06-04 leads 1"]
    );
}

#[tokio::test]
async fn a_full_page_without_a_token_may_not_be_the_last() {
    let again = asking(objects("prospects"), "updatedAtAfterOrEqualTo", Some("2026-06-03T11:00:00-04:00"));
    let server = serve(vec![
        again.gives(200, &page(&[prospect(2, "2026-06-03"), prospect(3, "2026-06-04")], None)).times(1),
        asking(objects("prospects"), "updatedAtAfterOrEqualTo", Some("2026-06-04T11:00:00-04:00"))
            .gives(200, &page(&[prospect(3, "2026-06-04")], None)),
        objects("prospects").gives(200, &page(&[prospect(1, "2026-06-02"), prospect(2, "2026-06-03")], None)),
    ])
    .await;
    let outcome = read().stream("prospects").setting("page_size", "2").run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 3), "{}", outcome.words);
    assert_eq!(calls(&server.seen(), "/api/v5/objects/prospects").len(), 3);
}

fn email(id: u64, sent: Value) -> Value {
    json!({"id": id, "name": format!("E-mail {id}"), "isSent": !sent.is_null(), "sentAt": sent, "campaignId": 5,
           "isDeleted": id == 3, "updatedAt": "2026-06-03T11:00:00-04:00"})
}

#[tokio::test]
async fn each_email_that_was_sent_is_asked_once_and_a_deleted_one_keeps_its_figures() {
    let figures = |sent: u32| json!({"sent": sent, "delivered": sent, "opens": 0, "deliveryRate": 100});
    let rows = [
        email(1, json!("2026-06-03T22:00:00-04:00")),
        email(2, json!(null)),
        email(3, json!("2026-05-02T10:00:00Z")),
        email(4, json!("2026-06-02T10:00:00Z")),
        email(5, json!("2026-06-02T10:00:00Z")),
    ];
    let server = serve(vec![
        objects("list-emails/1/stats").gives(200, &figures(10)),
        objects("list-emails/3/stats").gives(200, &figures(30)),
        objects("list-emails/4/stats").gives(400, &code(109, "It has no statistics.")),
        objects("list-emails/5/stats").gives(404, &json!({"error": "Not Found"})),
        objects("list-emails").gives(200, &page(&rows, None)),
    ])
    .await;
    let outcome = read().stream("list_emails").stream("list_email_stats").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "1 2026-06-04 delivered 10",
            "1 2026-06-04 emails_sent 10",
            "1 2026-06-04 opens 0",
            "3 2026-05-02 delivered 30",
            "3 2026-05-02 emails_sent 30",
            "3 2026-05-02 opens 0",
        ]
    );
    let statuses: Vec<_> = outcome.of("entity").iter().map(|e| e["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["sent", "not sent", "deleted", "sent", "sent"]);
    assert!(calls(&server.seen(), "/api/v5/objects/list-emails/2/stats").is_empty());
}

#[tokio::test]
async fn emails_that_no_longer_say_when_they_were_sent_are_not_silent() {
    let row = json!({"id": 1, "name": "A", "isSent": true, "updatedAt": "2026-06-03T11:00:00-04:00"});
    let server = serve(vec![objects("list-emails").gives(200, &page(&[row], None))]).await;
    let outcome = read().stream("list_email_stats").run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (0, 0), "{}", outcome.words);
    assert!(outcome.warnings()[0].contains("sentAt"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn closed_opportunities_count_in_the_currency_that_is_set() {
    let row = |id: u64, status: &str| {
        json!({"id": id, "name": "D", "value": 10.5, "status": status, "stage": "S",
        "closedAt": "2026-06-05T10:00:00Z", "createdAt": "2026-06-02T10:00:00Z", "updatedAt": "2026-06-05T10:00:00Z"})
    };
    let rows = page(&[row(1, "Won"), row(2, "Lost"), row(3, "Open")], None);
    let server = serve(vec![objects("opportunities").gives(200, &rows)]).await;
    let outcome = read().stream("opportunities").setting("currency", "EUR").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        ["1 2026-06-05 deals_won 1", "1 2026-06-05 revenue 10.5", "2 2026-06-05 deals_lost 1"]
    );
    assert!(outcome.metrics().iter().any(|l| l["currency"] == "EUR"));
    let outcome =
        read().stream("opportunities").setting("opportunities", "keep_uncounted").run(&server).await;
    assert!(outcome.code == 0 && outcome.figures().is_empty() && outcome.of("entity").len() == 3);
}

#[tokio::test]
async fn the_money_of_won_opportunities_is_that_of_the_org() {
    let won = json!({"id": 1, "name": "D", "value": 10.5, "status": "Won", "closedAt": "2026-06-05T10:00:00Z",
                     "updatedAt": "2026-06-05T10:00:00Z"});
    let rows = page(&[won], None);
    let query =
        |of: &str| asking(Interaction::new("GET", "^/services/data/v62.0/query$", &[]), "q", Some(of));
    let single = query("~CurrencyType").gives(400, &json!([{"errorCode": "INVALID_TYPE", "message": "No."}]));
    let locale = query("~Organization")
        .gives(200, &json!({"done": true, "records": [{"DefaultLocaleSidKey": "de_CH"}]}));
    let several = query("~CurrencyType").gives(200, &json!({"done": true, "records": [{"IsoCode": "SEK"}]}));
    let cases =
        [(vec![single, locale], json!("CHF")), (vec![several], json!("SEK")), (Vec::new(), json!(null))];
    for (mut first, currency) in cases {
        first.push(objects("opportunities").gives(200, &rows));
        let server = serve(first).await;
        let outcome = read().stream("opportunities").run(&server).await;
        assert_eq!(outcome.code, 0, "{}", outcome.words);
        let revenue = outcome.metrics().into_iter().find(|l| l["metric"] == "revenue").unwrap();
        assert_eq!(revenue["currency"], currency);
        assert_eq!(outcome.warnings().is_empty(), !currency.is_null(), "{:?}", outcome.warnings());
    }
}

#[tokio::test]
async fn clicks_split_a_day_and_never_add_to_its_figures() {
    let click = |id: u64, url: &str| {
        json!({"id": id, "prospect_id": 1, "url": url, "list_email_id": 5,
        "created_at": "2026-06-03 23:30:00"})
    };
    let list = || Interaction::new("GET", "^/api/emailClick/version/4/do/query$", &[]);
    let answer =
        |rows: &[Value]| json!({"@attributes": {"stat": "ok", "version": 4}, "result": {"emailClick": rows}});
    let server = serve(vec![
        asking(list(), "id_greater_than", Some("2")).gives(200, &answer(&[click(3, "https://b.example/ü")])),
        asking(list(), "id_greater_than", None)
            .gives(200, &answer(&[click(1, "https://a.example"), click(2, "https://a.example")])),
    ])
    .await;
    let outcome = read().stream("email_clicks").setting("page_size", "2").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["5 2026-06-03 clicks 1", "5 2026-06-03 clicks 2"]);
    assert!(outcome.metrics().iter().all(|l| l["breakdown"]["url"].is_string()));
}

#[tokio::test]
async fn clicks_stay_out_where_the_older_version_is_not_served() {
    let gone = Interaction::new("GET", "^/api/emailClick/version/4/do/query$", &[])
        .gives(404, &json!({"error": "Not Found"}));
    let outcome = read()
        .stream("email_clicks")
        .stream("lists")
        .run(&serve(vec![gone, objects("lists").gives(200, &page(&[], None))]).await)
        .await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(outcome.warnings()[0].contains("Version 4"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn too_many_at_once_pass_and_the_quota_of_a_day_does_not() {
    let good = page(&[prospect(1, "2026-06-02")], None);
    let server = serve(vec![
        objects("prospects").gives(429, &code(66, "Concurrent request limit.")).times(3),
        objects("prospects").gives_text(502, "<html><title>Bad gateway</title></html>").times(1),
        objects("prospects").gives_text(200, r#"{"values": ["#).times(1),
        objects("prospects").gives(200, &good),
    ])
    .await;
    let outcome = read().stream("prospects").run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 1), "{}", outcome.words);
    let full = serve(vec![objects("prospects").gives(429, &code(122, "Daily API rate limit met."))]).await;
    let outcome = read().stream("prospects").setting("time_zone", "America/New_York").run(&full).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);
    assert!(outcome.words.contains("2026-06-16T04:00:00Z"), "{}", outcome.words);
}

#[tokio::test]
async fn a_unit_that_does_not_fit_is_said_without_a_new_token() {
    let server =
        serve(vec![Interaction::new("GET", "^/api/", &[]).gives(401, &code(49, "Access Denied"))]).await;
    let outcome = read().run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert!(outcome.words.contains("business unit does not fit"), "{}", outcome.words);
    assert!(calls(&server.seen(), "/services/oauth2/token").is_empty());
    assert_eq!(calls(&server.seen(), "/api/v5/objects/account").len(), 1);
    let mut nonsense = read();
    nonsense.account = "acme".into();
    assert_eq!(nonsense.run(&server).await.code, 2);
}

#[tokio::test]
async fn a_feature_that_is_off_is_a_warning() {
    let server = serve(vec![
        objects("landing-pages").gives(401, &code(49, "Access Denied")),
        objects("forms").gives(
            200,
            &page(&[json!({"id": 3, "name": "Contact", "updatedAt": "2026-01-01T00:00:00-05:00"})], None),
        ),
    ])
    .await;
    let outcome = read().stream("landing_pages").stream("forms").run(&server).await;
    assert_eq!((outcome.code, outcome.of("entity").len()), (0, 1), "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("landing_pages"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn a_field_that_is_no_more_is_left_out() {
    let refused = asking(objects("prospects"), "fields", Some("~grade"));
    let server = serve(vec![
        refused.gives(400, &code(61, "Invalid parameter: fields has an unknown value: grade.")),
        objects("prospects").gives(200, &page(&[prospect(1, "2026-06-02")], None)),
    ])
    .await;
    let outcome = read().stream("prospects").run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 1), "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("grade"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn a_dead_consent_needs_a_new_one() {
    let dead = Interaction::new("POST", "^/services/oauth2/token$", &[])
        .gives(400, &json!({"error": "invalid_grant", "error_description": "expired access/refresh token"}));
    let server = serve(vec![
        dead,
        Interaction::new("GET", "^/api/", &[]).gives(401, &code(184, "access_token is invalid")),
    ])
    .await;
    let outcome = read().run(&server).await;
    assert_eq!(outcome.code, 3, "{}", outcome.words);
}
