//! What becomes of rows: exact numbers, odd text, fields that come and go, pages, and going on from a state.

use crate::server::{Interaction, Server};
use crate::support::{Read, SEARCH, accounts, basics, campaign_row, credentials, figures, refusal};
use serde_json::{Value, json};

async fn serve(more: Vec<Interaction>) -> Server {
    let mut interactions = basics();
    interactions.extend(more);
    Server::start(interactions).await
}

fn read() -> Read {
    Read::new("42", "2026-09-01", "2026-09-03").stream("campaign_daily")
}

fn campaigns(rows: &[Value]) -> Interaction {
    Interaction::new("POST", SEARCH, &["FROM campaign "]).gives(200, &json!({"results": rows}))
}

#[tokio::test]
async fn pages_go_on_over_an_empty_one() {
    let page = |token: &str, body: Value| {
        Interaction::new("POST", SEARCH, &["FROM campaign ", &format!(r#""pageToken":"{token}""#)])
            .gives(200, &body)
    };
    let row = |id: &str| campaign_row(id, "2026-09-01", &figures("1"));
    let server = serve(vec![
        page("p2", json!({"nextPageToken": "p3"})),
        page("p3", json!({"results": [row("3")], "nextPageToken": ""})),
        Interaction::new("POST", SEARCH, &["FROM campaign "])
            .gives(200, &json!({"results": [row("1"), row("2")], "nextPageToken": "p2"})),
    ])
    .await;
    let outcome = read().run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    for id in ["1", "2", "3"] {
        assert_eq!(outcome.value(id, "2026-09-01", "clicks").as_deref(), Some("1"));
    }
    assert!(!server.seen().iter().any(|s| s.body.contains("pageSize")), "Google refuses pageSize");
}

#[tokio::test]
async fn no_rows_is_done() {
    let server =
        serve(vec![Interaction::new("POST", SEARCH, &[]).gives(200, &json!({"fieldMask": "x"}))]).await;
    let outcome = Read::new("42", "2026-09-01", "2026-09-03").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(outcome.metrics().is_empty());
    assert!(outcome.warnings().is_empty(), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn large_ids_money_and_fractions_stay_exact() {
    let id = "9007199254740993";
    let metrics = json!({"impressions": "9007199254740993", "clicks": 9_007_199_254_740_995_u64, "costMicros": "1",
                         "conversions": 0.1, "conversionsValue": "1234567890123.456789"});
    // A number with more digits than a float holds must come through the text of the answer.
    let body = json!({"results": [campaign_row(id, "2026-09-01", &metrics)]})
        .to_string()
        .replace("\"conversions\":0.1,", "\"conversions\":0.30000000000000004441,");
    let server =
        serve(vec![Interaction::new("POST", SEARCH, &["FROM campaign "]).gives_text(200, &body)]).await;
    let outcome = read().run(&server).await;
    let value = |metric| outcome.value(id, "2026-09-01", metric).unwrap();
    assert_eq!(value("impressions"), "9007199254740993");
    assert_eq!(value("clicks"), "9007199254740995");
    assert_eq!(value("spend"), "0.000001");
    assert_eq!(value("conversions"), "0.30000000000000004441");
    assert_eq!(value("conversion_value"), "1234567890123.456789");
}

#[tokio::test]
async fn yen_have_micros_too() {
    let mut row =
        campaign_row("7", "2026-09-01", &json!({"costMicros": "123000000", "conversionsValue": 4500.0}));
    row["customer"]["currencyCode"] = json!("JPY");
    let server = serve(vec![campaigns(&[row])]).await;
    let outcome = read().run(&server).await;
    let line = outcome.metrics().into_iter().find(|l| l["metric"] == "spend").unwrap().clone();
    assert_eq!((line["value"].as_str(), line["currency"].as_str()), (Some("123"), Some("JPY")));
    assert_eq!(outcome.value("7", "2026-09-01", "conversion_value").as_deref(), Some("4500"));
}

#[tokio::test]
async fn currency_belongs_to_money_only_and_falls_back_to_the_account() {
    let mut row = campaign_row("7", "2026-09-01", &json!({"costMicros": "1000000", "clicks": "1"}));
    row["customer"] = json!({"resourceName": "customers/42"});
    let server = serve(vec![campaigns(&[row])]).await;
    let outcome = read().run(&server).await;
    for line in outcome.metrics() {
        let expected = (line["metric"] == "spend").then(|| json!("EUR"));
        assert_eq!(line.get("currency"), expected.as_ref(), "{line}");
    }
}

#[tokio::test]
async fn names_keep_every_character() {
    let name = "Été — 夏のセール 🌞 \"50%\"\n\\o/ \u{202e}rtl";
    let mut row = campaign_row("7", "2026-09-01", &figures("1"));
    row["campaign"]["name"] = json!(name);
    let server = serve(vec![campaigns(&[row])]).await;
    let outcome = read().run(&server).await;
    assert_eq!(outcome.of("entity")[0]["name"], name);
    assert_eq!(outcome.of("entity")[0]["parent_kind"], "account");
}

#[tokio::test]
async fn a_new_field_does_no_harm_and_an_absent_one_is_named() {
    let mut with_more = campaign_row("7", "2026-09-01", &figures("1"));
    with_more["metrics"]["holographicViews"] = json!("17");
    with_more["campaign"]["moodColour"] = json!("mauve");
    with_more["planet"] = json!({"name": "Mars"});
    let server = serve(vec![campaigns(&[with_more])]).await;
    let outcome = read().run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(outcome.warnings().is_empty(), "{:?}", outcome.warnings());
    assert_eq!(outcome.of("entity")[0]["attributes"]["mood_colour"], "mauve");

    let mut with_less = figures("1");
    with_less.as_object_mut().unwrap().remove("conversions");
    let server = serve(vec![campaigns(&[campaign_row("7", "2026-09-01", &with_less)])]).await;
    let outcome = read().run(&server).await;
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.value("7", "2026-09-01", "clicks").as_deref(), Some("1"));
    assert!(outcome.value("7", "2026-09-01", "conversions").is_none(), "missing is not zero");
    assert_eq!(outcome.warnings().len(), 1);
    assert!(outcome.warnings()[0].contains("metrics.conversions"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn a_field_that_google_no_longer_knows_is_left_out_once() {
    let unknown = refusal(
        400,
        "queryError",
        "UNRECOGNIZED_FIELD",
        "Unrecognized field in the query: 'metrics.video_trueview_views'.",
    );
    let mut row = figures("1");
    row.as_object_mut().unwrap().remove("videoTrueviewViews");
    let server = serve(vec![
        Interaction::new("POST", SEARCH, &["FROM campaign ", "video_trueview_views"]).gives(400, &unknown),
        campaigns(&[campaign_row("7", "2026-09-01", &row)]),
    ])
    .await;
    let outcome = Read::new("42", "2026-08-01", "2026-09-03").stream("campaign_daily").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.value("7", "2026-09-01", "clicks").as_deref(), Some("1"));
    assert_eq!(outcome.warnings().len(), 1, "{:?}", outcome.warnings());
    let refused = server.calls().iter().filter(|c| c.body.contains("video_trueview_views")).count();
    assert_eq!(refused, 1, "learned once, not once per slice");

    let unknown = refusal(400, "queryError", "UNRECOGNIZED_FIELD", "Unrecognized field: 'segments.date'.");
    let server =
        serve(vec![Interaction::new("POST", SEARCH, &["FROM campaign "]).gives(400, &unknown)]).await;
    let outcome = read().run(&server).await;
    assert_eq!(outcome.code, 2, "a field that carries the rows can't be left out: {}", outcome.words);
}

#[tokio::test]
async fn days_that_were_not_asked_for_are_not_taken() {
    let rows: Vec<_> =
        ["2026-08-31", "2026-09-01", "2026-09-04"].map(|d| campaign_row("7", d, &figures("1"))).into();
    let server = serve(vec![campaigns(&rows)]).await;
    let outcome = read().run(&server).await;
    assert!(outcome.metrics().iter().all(|l| l["date"] == "2026-09-01"), "{:?}", outcome.figures());
}

#[tokio::test]
async fn breakdowns_are_told_from_totals() {
    let row = json!({"customer": {"currencyCode": "EUR"}, "adGroup": {"id": "4"}, "campaign": {"id": "7"},
                     "searchTermView": {"searchTerm": "红色 shoes", "status": "NONE"},
                     "segments": {"date": "2026-09-01"}, "metrics": {"clicks": "1"}});
    let keyword = json!({"customer": {"currencyCode": "EUR"}, "adGroup": {"id": "4"},
                         "adGroupCriterion": {"criterionId": "77", "keyword": {"text": "shoes", "matchType": "EXACT"}},
                         "segments": {"date": "2026-09-01"}, "metrics": {"clicks": "1"}});
    let click = json!({"clickView": {"gclid": "abc"}, "campaign": {"id": "7"}, "segments": {"date": "2026-09-01"},
                       "metrics": {"clicks": "1"}});
    let server = serve(vec![
        Interaction::new("POST", SEARCH, &["FROM search_term_view"]).gives(200, &json!({"results": [row]})),
        Interaction::new("POST", SEARCH, &["FROM keyword_view"]).gives(200, &json!({"results": [keyword]})),
        Interaction::new("POST", SEARCH, &["FROM click_view", "'2026-09-01'"])
            .gives(200, &json!({"results": [click]})),
        Interaction::new("POST", SEARCH, &[]).gives(200, &json!({})),
    ])
    .await;
    let read = Read::new("42", "2026-09-01", "2026-09-03")
        .stream("search_terms")
        .stream("keyword_daily")
        .stream("clicks");
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let breakdowns: Vec<_> = outcome.metrics().iter().map(|l| l["breakdown"].clone()).collect();
    assert_eq!(
        breakdowns,
        [
            json!({"search_term": "红色 shoes"}),
            json!({"criterion": "77", "keyword": "shoes"}),
            json!({"gclid": "abc"})
        ]
    );
    assert_eq!(outcome.metrics()[2]["entity_kind"], "campaign", "Performance Max has no ad groups");
    let days = server.calls().iter().filter(|c| c.body.contains("FROM click_view")).count();
    assert_eq!(days, 3, "one query per day");
}

#[tokio::test]
async fn rows_that_show_no_ad_group_name_it_in_their_resource() {
    let of = |mut row: Value| {
        row["segments"] = json!({"date": "2026-09-01"});
        row["metrics"] = json!({"clicks": "1"});
        json!({ "results": [row] })
    };
    let term = of(
        json!({"searchTermView": {"resourceName": "customers/42/searchTermViews/700001~400001~c2hvZXM", "searchTerm": "shoes"}}),
    );
    let keyword = of(
        json!({"adGroupCriterion": {"resourceName": "customers/42/adGroupCriteria/400001~33", "keyword": {"text": "shoes"}}}),
    );
    let server = serve(vec![
        Interaction::new("POST", SEARCH, &["FROM search_term_view"]).gives(200, &term),
        Interaction::new("POST", SEARCH, &["FROM keyword_view"]).gives(200, &keyword),
        Interaction::new("POST", SEARCH, &[]).gives(200, &json!({})),
    ])
    .await;
    let read = Read::new("42", "2026-09-01", "2026-09-01").stream("search_terms").stream("keyword_daily");
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["400001 2026-09-01 clicks 1", "400001 2026-09-01 clicks 1"]);
    let breakdowns: Vec<_> = outcome.metrics().iter().map(|l| l["breakdown"].clone()).collect();
    assert_eq!(breakdowns, [json!({"search_term": "shoes"}), json!({"criterion": "33", "keyword": "shoes"})]);
}

#[tokio::test]
async fn clicks_older_than_ninety_days_are_not_asked_for() {
    let server = serve(Vec::new()).await;
    let outcome = Read::new("42", "2024-06-01", "2024-06-07").stream("clicks").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(outcome.warnings()[0].contains("90 days"), "{:?}", outcome.warnings());
    assert!(!server.seen().iter().any(|s| s.body.contains("click_view")));
}

#[tokio::test]
async fn a_budget_is_an_attribute_of_its_campaign() {
    let row = json!({"campaign": {"id": "7", "name": "A", "status": "PAUSED", "startDateTime": "2026-01-01 00:00:00"},
                     "campaignBudget": {"amountMicros": "12500000", "period": "DAILY", "explicitlyShared": false}});
    let answer =
        Interaction::new("POST", SEARCH, &["FROM campaign\""]).gives(200, &json!({"results": [row]}));
    let server = serve(vec![answer]).await;
    let outcome = Read::new("42", "2026-09-01", "2026-09-03").stream("campaigns").run(&server).await;
    let attributes = &outcome.of("entity")[0]["attributes"];
    assert_eq!(attributes["budget"], "12.5");
    assert_eq!(attributes["budget_period"], "DAILY");
    assert_eq!(attributes["start_date_time"], "2026-01-01 00:00:00");
}

#[tokio::test]
async fn a_run_that_was_stopped_goes_on_from_its_state_to_the_same_figures() {
    let folder = tempfile::tempdir().unwrap();
    let slice = |from: &str, until: &str, day: &str| {
        let between = format!("BETWEEN '{from}' AND '{until}'");
        Interaction::new("POST", SEARCH, &["FROM campaign ", &between])
            .gives(200, &json!({"results": [campaign_row("7", day, &figures("1"))]}))
    };
    let newest = || slice("2026-08-21", "2026-09-03", "2026-09-01");
    let middle = || slice("2026-08-07", "2026-08-20", "2026-08-10");
    let oldest = || slice("2026-08-01", "2026-08-06", "2026-08-02");
    let mut read = Read::new("42", "2026-08-01", "2026-09-03").stream("campaign_daily");
    let undisturbed = read.run(&serve(vec![newest(), middle(), oldest()]).await).await;

    read.state = Some(folder.path().join("state.json"));
    let spent = refusal(429, "quotaError", "RESOURCE_EXHAUSTED", "Too many operations.");
    let server =
        serve(vec![newest(), Interaction::new("POST", SEARCH, &["FROM campaign "]).gives(429, &spent)]).await;
    let first = read.run(&server).await;
    assert_eq!(first.code, 4, "{}", first.words);

    let server = serve(vec![middle(), oldest()]).await;
    let second = read.run(&server).await;
    assert_eq!(second.code, 0, "{}", second.words);
    let mut both = first.figures();
    both.extend(second.figures());
    both.sort();
    assert_eq!(both, undisturbed.figures());

    // A new run reads again what may be restated: 30 days before the day of the pull.
    let server = serve(vec![
        slice("2026-08-21", "2026-09-03", "2026-09-01"),
        slice("2026-08-07", "2026-08-20", "2026-08-10"),
        slice("2026-08-05", "2026-08-06", "2026-08-05"),
    ])
    .await;
    let third = read.run(&server).await;
    assert_eq!(third.code, 0, "{} {:?}", third.words, server.unmatched());
}

#[tokio::test]
async fn roots_that_refuse_are_warned_of_and_direct_access_wins() {
    let client = |root: &str, id: &str, manager: bool, status: &str| {
        json!({"customerClient": {"clientCustomer": format!("customers/{id}"), "level": if root == id { "0" } else { "1" },
               "manager": manager, "descriptiveName": format!("N{id}"), "currencyCode": "EUR",
               "timeZone": "Europe/Berlin", "id": id, "status": status}})
    };
    let tree = |root: &str, rows: Vec<Value>| {
        Interaction::new("POST", &format!("/customers/{root}/googleAds:search$"), &["FROM customer_client"])
            .gives(200, &json!({"results": rows}))
    };
    let server = Server::start(vec![
        Interaction::new("GET", "/customers:listAccessibleCustomers$", &[])
            .gives(200, &json!({"resourceNames": ["customers/1", "customers/2", "customers/3"]})),
        tree(
            "1",
            vec![
                client("1", "1", true, "ENABLED"),
                client("1", "3", false, "ENABLED"),
                client("1", "5", false, "CANCELED"),
                client("1", "6", false, "ENABLED"),
            ],
        ),
        Interaction::new("POST", "/customers/2/", &[])
            .gives(403, &refusal(403, "authorizationError", "CUSTOMER_NOT_ENABLED", "Closed.")),
        tree("3", vec![client("3", "3", false, "ENABLED")]),
        Interaction::new("POST", SEARCH, &[]).gives(200, &json!({})),
    ])
    .await;
    let outcome = accounts(&server, "google_ads", &credentials(), &[], "2026-09-04").await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let ids: Vec<_> = outcome.of("account").iter().map(|a| a["id"].clone()).collect();
    assert_eq!(ids, ["3", "6"]);
    assert!(outcome.warnings()[0].contains("\"2\""), "{:?}", outcome.warnings());

    for (account, manager) in [("3", None), ("6", Some("1"))] {
        Read::new(account, "2026-09-01", "2026-09-01").stream("account_daily").run(&server).await;
        assert_eq!(server.calls().pop().unwrap().header("login-customer-id"), manager);
    }
}
