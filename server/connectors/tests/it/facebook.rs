//! Facebook by its recordings and by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Server};
use crate::support::{Read, accounts, credentials};
use serde_json::{Value, json};

fn read(account: &str, since: &str, until: &str) -> Read {
    let mut read = Read::new(account, since, until);
    read.slug = "facebook".into();
    read
}

fn two_days() -> Read {
    read("act_7", "2026-09-01", "2026-09-02")
}

fn get(path: &str, query: &[(&str, Option<&str>)]) -> Interaction {
    let mut interaction = Interaction::new("GET", path, &[]);
    interaction.query = query.iter().map(|(n, v)| ((*n).to_owned(), v.map(|v| json!(v)))).collect();
    interaction
}

const INSIGHTS: &str = "^/v25.0/act_7/insights$";

fn insights(query: &[(&str, Option<&str>)]) -> Interaction {
    get(INSIGHTS, query)
}

fn described() -> Interaction {
    get("^/v25.0/act_7$", &[("appsecret_proof", Some("~^[0-9a-f]{64}$")), ("access_token", None)]).gives(
        200,
        &json!({"id": "act_7", "account_id": "7", "name": "Acme", "currency": "EUR", "timezone_name": "Europe/Berlin"}),
    )
}

fn row(campaign: &str, day: &str, clicks: &str) -> Value {
    json!({"campaign_id": campaign, "date_start": day, "date_stop": day, "impressions": "9", "reach": "8",
           "clicks": clicks, "spend": "1.10", "account_currency": "EUR"})
}

fn page(rows: &[Value], after: &str, has_next: bool) -> Value {
    let mut page = json!({"data": rows, "paging": {"cursors": {"before": "b", "after": after}}});
    if has_next {
        page["paging"]["next"] =
            json!(format!("https://graph.facebook.com/evil?access_token=t&after={after}"));
    }
    page
}

fn refusal(code: u32, message: &str) -> Value {
    json!({"error": {"code": code, "message": message, "type": "OAuthException"}})
}

async fn serve(mut more: Vec<Interaction>) -> Server {
    more.push(described());
    Server::start(more).await
}

fn clicks(outcome: &crate::support::Outcome) -> Vec<String> {
    outcome.figures().into_iter().filter(|f| f.contains(" clicks ")).collect()
}

#[tokio::test]
async fn the_recording_gives_its_rows_and_no_others_at_once_and_by_report() {
    let Some(folder) = recordings("facebook") else { return };
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: Vec<Value> = serde_json::from_str(&text).unwrap();
    for method in ["sync", "async"] {
        let server = Server::replay(&folder).await;
        let mut read = read("act_798085168510957", "2026-09-01", "2026-09-02").setting("method", method);
        read.now = "2026-09-03".into();
        let outcome = read.run(&server).await;
        assert_eq!(outcome.code, 0, "{method}: {}", outcome.words);
        let totals = outcome.metrics().into_iter().filter(|l| l.get("breakdown").is_none()).count();
        assert_eq!(totals, expected.len(), "{method}: {:?}", outcome.figures());
        assert!(server.unmatched().is_empty(), "{method}: {:?}", server.unmatched());
    }
    let server = Server::replay(&folder).await;
    let found = accounts(&server, "facebook", &credentials(), &[], "2026-09-03").await;
    assert_eq!(found.code, 0, "{}", found.words);
    let ids: Vec<_> = found.of("account").iter().map(|a| a["id"].clone()).collect();
    assert_eq!(ids, ["act_798085168510957", "act_1135898378327369", "act_900000000000403"]);
    assert_eq!(found.of("account")[2]["time_zone"], "Europe/Berlin");
}

#[tokio::test]
async fn pages_end_where_no_next_one_is_named() {
    let server = serve(vec![
        insights(&[("after", Some("c3"))])
            .gives(200, &page(&[row("3", "2026-09-02", "3"), row("1", "2026-09-01", "1")], "c4", false)),
        insights(&[("after", Some("c2"))]).gives(200, &page(&[], "c3", true)),
        insights(&[
            ("after", None),
            ("time_increment", Some("1")),
            ("time_range", Some(r#"{"since":"2026-09-01","until":"2026-09-02"}"#)),
            ("level", Some("campaign")),
            ("use_unified_attribution_setting", Some("true")),
            ("filtering", Some("~campaign.effective_status.*DELETED")),
            ("limit", Some("2")),
            ("appsecret_proof", Some("~^[0-9a-f]{64}$")),
            ("access_token", None),
        ])
        .gives(200, &page(&[row("1", "2026-09-01", "1"), row("2", "2026-09-01", "2")], "c2", true)),
    ])
    .await;
    let outcome = two_days().stream("campaign_daily").setting("page_size", "2").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let mut clicks = clicks(&outcome);
    clicks.dedup();
    assert_eq!(clicks, ["1 2026-09-01 clicks 1", "2 2026-09-01 clicks 2", "3 2026-09-02 clicks 3"]);
    let seen = server.seen();
    assert!(seen.iter().all(|s| s.header("authorization") == Some("Bearer at-1")));
    assert_eq!(outcome.value("1", "2026-09-01", "spend").as_deref(), Some("1.1"));
}

#[tokio::test]
async fn a_chosen_window_is_asked_for_instead_of_each_ad_sets_own() {
    let server = serve(vec![
        insights(&[
            ("action_attribution_windows", Some(r#"["1d_click"]"#)),
            ("use_unified_attribution_setting", None),
        ])
        .gives(200, &page(&[row("1", "2026-09-01", "1")], "c2", false)),
    ])
    .await;
    let read = two_days().stream("campaign_daily").setting("attribution_window", "1d_click");
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(clicks(&outcome), ["1 2026-09-01 clicks 1"]);
    let wrong = two_days().stream("campaign_daily").setting("attribution_window", "7d_view");
    assert_eq!(wrong.run(&server).await.code, 2, "windows that Meta withdrew are refused");
}

#[tokio::test]
async fn a_next_page_without_a_cursor_is_not_overlooked() {
    let lost =
        json!({"data": [row("1", "2026-09-01", "1")], "paging": {"next": "https://a.example/?offset=2"}});
    let server = serve(vec![insights(&[]).gives(200, &lost)]).await;
    let outcome = two_days().stream("campaign_daily").run(&server).await;
    assert_eq!(outcome.code, 5, "{}", outcome.words);
    assert!(outcome.metrics().is_empty());
}

#[tokio::test]
async fn one_day_that_is_too_much_is_read_in_parts_and_then_by_report() {
    let too_much = refusal(1, "Please reduce the amount of data you're asking for, then retry your request");
    let plain = ("fields", Some("~^campaign_id,.*spend$"));
    let lists = ("fields", Some("~^campaign_id,account_currency,actions,action_values,conversions$"));
    let acted = json!({"campaign_id": "1", "date_start": "2026-09-01", "date_stop": "2026-09-01",
                       "actions": [{"action_type": "lead", "value": "4"}]});
    let parts = || {
        vec![
            insights(&[lists]).gives(200, &page(std::slice::from_ref(&acted), "x", false)),
            insights(&[plain]).gives(200, &page(&[row("1", "2026-09-01", "1")], "x", false)),
            insights(&[]).gives(500, &too_much),
        ]
    };
    let one_day = || read("act_7", "2026-09-01", "2026-09-01").stream("campaign_daily");
    let outcome = one_day().run(&serve(parts()).await).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.value("1", "2026-09-01", "leads").as_deref(), Some("4"));
    assert_eq!(outcome.value("1", "2026-09-01", "clicks").as_deref(), Some("1"));

    let report = |more: Vec<Interaction>| {
        let mut all = vec![
            Interaction::new("POST", INSIGHTS, &["level=campaign", "time_increment=1", "filtering="])
                .gives(200, &json!({"report_run_id": 9_007_199_254_740_993_u64})),
            get("^/v25.0/9007199254740993$", &[])
                .gives(200, &json!({"async_status": "Job Completed", "async_percent_completion": 97}))
                .times(1),
        ];
        all.extend(more);
        all.push(
            get("^/v25.0/9007199254740993/insights$", &[])
                .gives(200, &page(&[row("1", "2026-09-01", "5")], "x", false)),
        );
        all.push(insights(&[]).gives(500, &too_much));
        all
    };
    let look = |status: &str| {
        get("^/v25.0/9007199254740993$", &[])
            .gives(200, &json!({"async_status": status, "async_percent_completion": 100}))
    };
    let outcome = one_day().run(&serve(report(vec![look("Job Completed")])).await).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(clicks(&outcome), ["1 2026-09-01 clicks 5"]);
    let outcome = one_day().run(&serve(report(vec![look("Job Failed")])).await).await;
    assert_eq!(outcome.code, 6, "{}", outcome.words);
}

#[tokio::test]
async fn a_list_that_is_too_large_is_read_in_smaller_pages() {
    let server = serve(vec![
        get("^/v25.0/act_7/ads$", &[("limit", Some("100"))])
            .gives(500, &refusal(1, "Please reduce the amount of data you're asking for")),
        get("^/v25.0/act_7/ads$", &[("limit", Some("50")), ("after", Some("c2"))])
            .gives(200, &page(&[json!({"id": "2", "name": "B"})], "c3", false)),
        get("^/v25.0/act_7/ads$", &[("limit", Some("50")), ("effective_status", Some("~ARCHIVED"))])
            .gives(200, &page(&[json!({"id": "1", "name": "A"})], "c2", true)),
    ])
    .await;
    let outcome = two_days().stream("ads").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.of("entity").len(), 2);
}

#[tokio::test]
async fn short_waits_pass_and_long_ones_end_the_run_as_a_quota() {
    let told = |minutes: u32| {
        format!(
            r#"{{"7":[{{"type":"ads_insights","call_count":101,"estimated_time_to_regain_access":{minutes}}}]}}"#
        )
    };
    let throttled = |minutes| {
        insights(&[])
            .gives(400, &refusal(80_000, "Too many calls."))
            .with_header("x-business-use-case-usage", &told(minutes))
    };
    let good = || insights(&[]).gives(200, &page(&[row("1", "2026-09-01", "1")], "x", false));
    for minutes in [2, 15] {
        let server = serve(vec![throttled(minutes).times(1), good()]).await;
        let outcome = two_days().stream("campaign_daily").run(&server).await;
        assert_eq!((outcome.code, clicks(&outcome).len()), (0, 1), "{minutes}: {}", outcome.words);
    }
    let outcome = two_days().stream("campaign_daily").run(&serve(vec![throttled(60)]).await).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);
    assert!(outcome.words.contains("2026-09-04T13:00:0"), "{}", outcome.words);
    let unnamed = insights(&[]).gives(403, &refusal(17, "User request limit reached")).times(2);
    let outcome = two_days().stream("campaign_daily").run(&serve(vec![unnamed, good()]).await).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let blocked = insights(&[]).gives(400, &refusal(368, "Temporarily blocked"));
    let outcome = two_days().stream("campaign_daily").run(&serve(vec![blocked]).await).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);
}

#[tokio::test]
async fn days_beyond_37_months_are_named_and_all_others_read() {
    // 1,123 days before the 4th of September 2026 lies 2023-08-08; Meta itself keeps three days more.
    let of = |since: &str, until: &str| {
        let range = format!("{{\"since\":\"{since}\",\"until\":\"{until}\"}}");
        insights(&[("time_range", Some(range.as_str()))])
    };
    let day = |date: &str| of(date, date).gives(200, &page(&[row("1", date, "1")], "x", false));
    let too_old = "(#3018) The start date of the time range cannot be beyond 37 months from the current date";
    let server = serve(vec![
        of("2023-08-08", "2023-08-10").gives(200, &page(&[row("1", "2023-08-09", "5")], "x", false)),
        day("2023-08-07"),
        day("2023-08-06"),
        insights(&[]).gives(400, &refusal(3018, too_old)),
        get("^/v25.0/act_7/campaigns$", &[]).gives(200, &page(&[], "x", false)),
    ])
    .await;
    let outcome = read("act_7", "2023-07-01", "2023-08-10").stream("campaign_daily").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(clicks(&outcome), ["1 2023-08-06 clicks 1", "1 2023-08-07 clicks 1", "1 2023-08-09 clicks 5"]);
    assert!(outcome.warnings().join("").contains("about 37 months"), "{:?}", outcome.warnings());
    let asked = server.seen().iter().filter(|s| s.path.ends_with("/insights")).count();
    assert_eq!(asked, 5, "what is kept, the slice beyond, its days until one is refused");

    let outcome = read("act_7", "2023-07-01", "2023-07-03")
        .stream("campaigns")
        .stream("campaign_daily")
        .run(&server)
        .await;
    assert_eq!((outcome.code, clicks(&outcome).len()), (0, 0), "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("older days are not read"), "{:?}", outcome.warnings());
}

#[tokio::test]
async fn an_answer_that_asks_for_a_long_wait_ends_the_run_before_the_next_request() {
    let told = |minutes: u32| {
        format!(
            r#"{{"7":[{{"type":"ads_insights","call_count":96,"estimated_time_to_regain_access":{minutes}}}]}}"#
        )
    };
    let first = |minutes| {
        insights(&[("after", None)])
            .gives(200, &page(&[row("1", "2026-09-01", "1")], "x", true))
            .with_header("x-business-use-case-usage", &told(minutes))
    };
    let second =
        || insights(&[("after", Some("x"))]).gives(200, &page(&[row("2", "2026-09-01", "2")], "y", false));
    let server = serve(vec![first(5), second()]).await;
    let outcome = two_days().stream("campaign_daily").run(&server).await;
    assert_eq!((outcome.code, clicks(&outcome).len()), (0, 2), "five minutes are sat out: {}", outcome.words);

    let server = serve(vec![first(18), second()]).await;
    let outcome = two_days().stream("campaign_daily").run(&server).await;
    assert_eq!((outcome.code, clicks(&outcome).len()), (4, 0), "{}", outcome.words);
    assert!(outcome.words.contains("2026-09-04T12:18:0"), "{}", outcome.words);
    assert_eq!(server.seen().iter().filter(|s| s.path.ends_with("/insights")).count(), 1);

    // Nothing more is to be asked: what came is there.
    let last = insights(&[])
        .gives(200, &page(&[row("1", "2026-09-01", "1")], "x", false))
        .with_header("x-business-use-case-usage", &told(18));
    let outcome = two_days().stream("campaign_daily").run(&serve(vec![last]).await).await;
    assert_eq!((outcome.code, clicks(&outcome).len()), (0, 1), "{}", outcome.words);
}

#[tokio::test]
async fn refusals_end_in_their_exit_codes() {
    for (status, code, message, exit) in [
        (400, 190, "Error validating access token", 3),
        (400, 102, "Session key invalid", 3),
        (403, 10, "(#10) No permission", 2),
        (400, 100, "(#100) Missing permissions", 2),
        (400, 2_635, "(#2635) You are calling a deprecated version of the Ads API", 2),
        (400, 3_018, "The start date of the time range cannot be beyond 37 months", 2),
        (400, 2, "Service temporarily unavailable", 6),
    ] {
        let server = serve(vec![insights(&[]).gives(status, &refusal(code, message))]).await;
        let outcome = two_days().stream("campaign_daily").run(&server).await;
        assert_eq!(outcome.code, exit, "{code}: {}", outcome.words);
        let asked = server.seen().iter().filter(|s| s.path.ends_with("/insights")).count();
        assert_eq!(asked, if exit == 6 { 5 } else { 1 }, "{code}");
    }
    let html = insights(&[]).gives_text(200, "<!DOCTYPE html><title>Sorry</title>");
    assert_eq!(two_days().stream("campaign_daily").run(&serve(vec![html]).await).await.code, 5);
    let down = insights(&[]).gives_text(502, "<html>Bad gateway</html>");
    assert_eq!(two_days().stream("campaign_daily").run(&serve(vec![down]).await).await.code, 6);
    let whole = page(&[row("1", "2026-09-01", "1")], "x", false);
    let cut = insights(&[]).gives(200, &whole).cut_after(40).times(1);
    let server = serve(vec![cut, insights(&[]).gives(200, &whole)]).await;
    assert_eq!(clicks(&two_days().stream("campaign_daily").run(&server).await).len(), 1);
}

#[tokio::test]
async fn a_refused_field_or_stream_leaves_the_rest() {
    let server = serve(vec![
        insights(&[("fields", Some("~inline_link_clicks"))])
            .gives(400, &refusal(100, "(#100) inline_link_clicks is not valid for fields param.")),
        insights(&[]).gives(200, &page(&[row("1", "2026-09-01", "1")], "x", false)),
        get("^/v25.0/act_7/campaigns$", &[]).gives(403, &refusal(200, "(#200) Not yours.")),
    ])
    .await;
    let outcome = two_days().stream("campaigns").stream("campaign_daily").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(clicks(&outcome).len(), 1);
    let warnings = outcome.warnings().join("\n");
    assert!(warnings.contains("Not yours") && warnings.contains("inline_link_clicks"), "{warnings}");
}

#[tokio::test]
async fn reach_of_parts_is_not_asked_for_where_it_is_too_old_and_older_days_are_not_there() {
    let rows = page(&[], "x", false);
    let server = serve(vec![
        insights(&[("fields", Some("~reach")), ("level", Some("campaign"))]).gives(200, &rows),
        insights(&[("fields", Some("~impressions")), ("breakdowns", Some("country"))]).gives(200, &rows),
    ])
    .await;
    let old =
        read("act_7", "2025-03-01", "2025-03-02").stream("campaign_by_country").stream("campaign_daily");
    let outcome = old.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let by: Vec<_> =
        server.seen().iter().filter_map(|s| s.answered_by.filter(|_| s.path.ends_with("insights"))).collect();
    assert_eq!(by, [1, 0]);
    let outcome = read("act_7", "2020-01-01", "2020-01-02").stream("campaign_daily").run(&server).await;
    // Older than the 37 months that plans ask for: the vendor itself answers.
    assert_eq!((outcome.code, outcome.warnings().len()), (0, 0), "{}", outcome.words);
    assert_eq!(server.seen().iter().filter(|s| s.path.ends_with("insights")).count(), 3);
}

#[tokio::test]
async fn an_account_that_is_refused_is_still_known_by_the_list() {
    let server = Server::start(vec![
        get("^/v25.0/act_7", &[]).gives(403, &refusal(200, "(#200) Closed.")),
        get("^/v25.0/me/adaccounts$", &[])
            .gives(200, &page(&[json!({"account_id": "7", "id": "act_7", "currency": "EUR"})], "x", false)),
    ])
    .await;
    let outcome = two_days().run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("(#200) Closed"), "{}", outcome.words);
}

#[tokio::test]
async fn accounts_of_businesses_and_pages_are_found_and_what_is_refused_is_told() {
    let row = |id: &str, name: &str| {
        json!({"id": format!("act_{id}"), "account_id": id, "name": name,
        "business": {"id": "55", "name": "B"}})
    };
    let server = Server::start(vec![
        get("^/v25.0/me/adaccounts$", &[("after", Some("c2"))])
            .gives(200, &page(&[row("8", "Eight")], "c3", false)),
        get("^/v25.0/me/adaccounts$", &[]).gives(200, &page(&[row("7", "Seven")], "c2", true)),
        get("^/v25.0/55/owned_ad_accounts$", &[])
            .gives(200, &page(&[row("7", "Seven"), row("9", "Neun")], "x", false)),
        get("^/v25.0/55/client_ad_accounts$", &[]).gives(403, &refusal(200, "(#200) No.")),
        get("^/v25.0/me/accounts$", &[])
            .gives(200, &page(&[json!({"id": "100", "name": "Page"})], "x", false)),
        get(
            "^/v25.0/debug_token$",
            &[("input_token", Some("at-1")), ("access_token", Some("client|secret"))],
        )
        .gives(200, &json!({"data": {"is_valid": true, "scopes": ["pages_show_list"]}})),
    ])
    .await;
    let found = accounts(&server, "facebook", &credentials(), &[], "2026-09-04").await;
    assert_eq!(found.code, 0, "{}", found.words);
    let ids: Vec<_> = found.of("account").iter().map(|a| a["id"].clone()).collect();
    assert_eq!(ids, ["act_7", "act_8", "act_9", "100"]);
    let warnings = found.warnings().join("\n");
    assert!(warnings.contains("business 55") && warnings.contains("lacks ads_read"), "{warnings}");
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
}

#[tokio::test]
async fn leads_of_a_page_count_once_per_day_by_the_pages_own_token() {
    let lead = |id: &str, at: &str| json!({"id": id, "created_time": at, "ad_id": "5"});
    let server = Server::start(vec![
        get("^/v25.0/me/accounts$", &[])
            .gives(200, &page(&[json!({"id": "100", "name": "Page"})], "x", false)),
        get("^/v25.0/100$", &[("fields", Some("access_token"))])
            .gives(200, &json!({"access_token": "page-token", "id": "100"})),
        get("^/v25.0/100/leadgen_forms$", &[])
            .gives(200, &page(&[json!({"id": "31", "name": "F"})], "x", false)),
        get("^/v25.0/31/leads$", &[("after", Some("c2"))]).gives(
            200,
            &page(
                &[lead("2", "2026-09-01T23:59:59+0000"), lead("3", "2026-09-02T00:00:00+0000")],
                "x",
                false,
            ),
        ),
        get("^/v25.0/31/leads$", &[("filtering", Some("~GREATER_THAN.*1788220799"))]).gives(
            200,
            &page(
                &[
                    lead("1", "2026-09-01T10:00:00+0000"),
                    lead("2", "2026-09-01T23:59:59+0000"),
                    lead("4", "2026-09-03T00:00:00+0000"),
                ],
                "c2",
                true,
            ),
        ),
    ])
    .await;
    let outcome = read("100", "2026-09-01", "2026-09-02").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["100 2026-09-01 leads 2", "100 2026-09-02 leads 1"]);
    let seen = server.seen();
    let asked = seen.iter().find(|s| s.path.ends_with("/leads")).unwrap();
    assert_eq!(asked.header("authorization"), Some("Bearer page-token"));
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
}

#[tokio::test]
async fn a_version_that_answers_for_a_dead_one_is_told() {
    let mut described = described();
    described.path = regex::Regex::new("^/v19.0/act_7$").unwrap();
    let server = Server::start(vec![described.with_header("facebook-api-version", "v24.0")]).await;
    let outcome = two_days().stream("ad_accounts").setting("api_version", "v19.0").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert!(outcome.warnings().join("").contains("Asked for v19.0 of the Graph API, and v24.0 answered"));
}
