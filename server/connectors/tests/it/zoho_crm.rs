//! Zoho CRM by its recordings and by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Seen, Server};
use crate::support::{Read, accounts, credentials};
use serde_json::{Value, json};

fn june() -> Read {
    let mut read = Read::new("77", "2026-06-01", "2026-06-15");
    read.slug = "zoho_crm".into();
    read.now = "2026-06-15".into();
    read
}

fn get(path: &str) -> Interaction {
    Interaction::new("GET", &format!("^/crm/v7{path}$"), &[])
}

fn with_query(mut interaction: Interaction, name: &str, value: &str) -> Interaction {
    interaction.query.push((name.to_owned(), Some(json!(value))));
    interaction
}

fn page(rows: &[Value], token: Option<&str>) -> Value {
    json!({"data": rows, "info": {"more_records": token.is_some(), "next_page_token": token}})
}

fn refusal(code: &str) -> Value {
    json!({"code": code, "details": {}, "message": "no", "status": "error"})
}

fn deal(id: &str, stage: &str, amount: &str) -> Value {
    json!({"id": id, "Deal_Name": "A", "Stage": stage, "Amount": amount, "Probability": 50, "Closing_Date": "2026-06-10",
           "Created_Time": "2026-06-02T01:00:00+03:00", "Modified_Time": "2026-06-05T01:00:00+03:00"})
}

fn token() -> Interaction {
    Interaction::new(
        "POST",
        "^/oauth/v2/token$",
        &["grant_type=refresh_token", "refresh_token=rt-1", "client_secret=secret"],
    )
    .gives(200, &json!({"access_token": "at-2", "expires_in": 3600, "api_domain": "https://www.zohoapis.eu"}))
}

/// Token endpoint, organization and two stages.
fn basics() -> Vec<Interaction> {
    let stage = |name: &str, forecast: &str| json!({"actual_value": name, "display_value": name, "forecast_type": forecast});
    vec![
        token(),
        get("/org").gives(
            200,
            &json!({"org": [{"id": "77", "company_name": "Acme", "iso_code": "KES", "mc_status": false,
                                                "time_zone": "Africa/Nairobi"}]}),
        ),
        get("/settings/layouts").gives(200, &json!({"layouts": [{"id": "l1"}, {"id": "l2"}]})),
        with_query(get("/settings/pipeline"), "layout_id", "l1").gives(
            200,
            &json!({"pipeline": [{"id": "1", "display_value": "S", "maps": [stage("New", "Open")]}]}),
        ),
        with_query(get("/settings/pipeline"), "layout_id", "l2").gives(
            200,
            &json!({"pipeline": [{"id": "2", "display_value": "T", "maps": [stage("Won", "Closed Won")]}]}),
        ),
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

#[tokio::test]
async fn what_goes_wrong_on_the_way_of_the_recording_passes() {
    let Some(folder) = recordings("zoho_crm") else { return };
    let file = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let (notes, expected) = (file("expected_notes.json"), file("expected.json"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let request = &notes["read"][0];
    let mut read = Read::new(&text(&request["account"]), &text(&request["since"]), &text(&request["until"]));
    read.slug = "zoho_crm".into();
    read.now = text(&notes["as_of"]);
    read = read.setting("page_size", &notes["settings"]["page_size"].to_string());

    let server = Server::replay(&folder).await;
    let found = accounts(&server, "zoho_crm", &credentials(), &read.settings, &read.now).await;
    assert_eq!((found.code, &found.of("account")[0]["id"]), (0, &request["account"]), "{}", found.words);

    let server = Server::replay(&folder).await;
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let mut figures = outcome.figures();
    figures.dedup();
    assert_eq!(
        figures.len(),
        expected.as_array().unwrap().len(),
        "no figure besides, and the moves of both histories once"
    );
    let warnings = outcome.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("lead_status_history"), "{warnings:?}");
    let seen = server.seen();
    let tokens = calls(&seen, "/oauth/v2/token").len();
    assert_eq!(tokens, 2, "the host is asked for with a token, and the one that is refused is renewed once");
    let last = seen.last().unwrap().header("authorization").unwrap();
    assert!(last.starts_with("Zoho-oauthtoken "), "{last}");
}

#[tokio::test]
async fn an_empty_page_in_the_middle_does_not_end_the_reading_and_a_row_that_comes_again_counts_once() {
    let server = serve(vec![
        with_query(get("/Deals"), "page_token", "t2")
            .gives(200, &page(&[deal("9007199254740993", "Won", "2.5"), deal("1", "New", "0")], None)),
        with_query(get("/Deals"), "page_token", "t1").gives(200, &page(&[], Some("t2"))),
        get("/Deals").gives(200, &page(&[deal("1", "New", "0")], Some("t1"))),
    ])
    .await;
    let outcome = june().stream("deals").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "1 2026-06-01 deals_created 1",
            "1 2026-06-15 pipeline_value 0",
            "1 2026-06-15 weighted_pipeline_value 0",
            "9007199254740993 2026-06-01 deals_created 1",
            "9007199254740993 2026-06-10 deals_won 1",
            "9007199254740993 2026-06-10 revenue 2.5",
        ]
    );
    let seen = server.seen();
    let asked = calls(&seen, "/crm/v7/Deals");
    assert!(
        asked.iter().all(|c| c.header("if-modified-since") == Some("2026-05-31T23:55:00+00:00")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_crowd_passes_used_up_credits_do_not_and_neither_do_used_up_tokens() {
    let busy = json!({"code": "TOO_MANY_REQUESTS", "details": {"unit": "concurrency"}, "message": "concurrency limit"});
    let server = serve(vec![
        get("/Deals").gives(429, &busy).with_header("x-ratelimit-remaining", "0").times(2),
        get("/Deals").gives(500, &refusal("INTERNAL_ERROR")).times(1),
        get("/Deals").gives_text(200, r#"{"data":[{"id":"#).times(1),
        get("/Deals").gives(200, &page(&[deal("1", "New", "1")], None)),
    ])
    .await;
    let outcome = june().stream("deals").run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (0, 3), "{}", outcome.words);

    let spent = json!({"code": "TOO_MANY_REQUESTS", "details": {}, "message": "API limit exceeded"});
    let server = serve(vec![get("/Deals").gives(429, &spent)]).await;
    let outcome = june().stream("deals").run(&server).await;
    assert!(outcome.code == 4 && outcome.words.contains("2026-06-15T13:00:0"), "{}", outcome.words);

    let too_often = json!({"error": "Access Denied", "status": "failure",
                           "error_description": "You have made too many requests continuously."});
    for status in [200, 400] {
        let token = Interaction::new("POST", "^/oauth/v2/token$", &[]).gives(status, &too_often);
        let server = Server::start(vec![token, get("/org").gives(401, &refusal("INVALID_TOKEN"))]).await;
        let outcome = june().run(&server).await;
        assert!(outcome.code == 4 && outcome.words.contains("2026-06-15T12:10:0"), "{}", outcome.words);
    }
}

#[tokio::test]
async fn a_dead_grant_and_a_missing_scope_need_a_new_consent() {
    let dead =
        Interaction::new("POST", "^/oauth/v2/token$", &[]).gives(200, &json!({"error": "invalid_code"}));
    let server = Server::start(vec![dead, get("/org").gives(401, &refusal("INVALID_TOKEN"))]).await;
    let outcome = june().run(&server).await;
    assert_eq!(outcome.code, 3, "{}", outcome.words);
    assert_eq!(calls(&server.seen(), "/oauth/v2/token").len(), 1);
    let server = Server::start(vec![token(), get("/org").gives(401, &refusal("OAUTH_SCOPE_MISMATCH"))]).await;
    let outcome = june().run(&server).await;
    assert_eq!((outcome.code, server.seen().len()), (3, 2), "{}", outcome.words);
    // A host of somebody else gets no token.
    let foreign = Interaction::new("POST", "^/oauth/v2/token$", &[])
        .gives(200, &json!({"access_token": "at-2", "api_domain": "https://www.zohoapis.eu.evil.example"}));
    let server = Server::start(vec![
        foreign,
        get("/org").gives(401, &refusal("INVALID_TOKEN")).times(1),
        get("/org").gives(200, &json!({"org": [{"id": "77"}]})),
    ])
    .await;
    let outcome = june().run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
}

#[tokio::test]
async fn refused_streams_leave_the_others_running_and_a_wrong_version_is_named() {
    let server = serve(vec![
        get("/users").gives(403, &refusal("NO_PERMISSION")),
        get("/Contacts").gives(400, &refusal("INVALID_MODULE")),
        get("/Accounts").gives_text(304, ""),
        get("/Leads/deleted").gives_text(204, ""),
        get("/Deals").gives(200, &page(&[deal("1", "New", "1")], None)),
    ])
    .await;
    let streams = ["users", "contacts", "accounts", "leads_deleted", "currencies", "deals"];
    let outcome = streams.iter().fold(june(), |read, name| read.stream(name)).run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (0, 3), "{}", outcome.words);
    assert_eq!(outcome.warnings().len(), 2, "{:?}", outcome.warnings());
    assert!(server.unmatched().is_empty(), "one currency is not asked for others");
    let server = Server::start(vec![token(), get("/org").gives(404, &refusal("INVALID_URL_PATTERN"))]).await;
    let outcome = june().run(&server).await;
    assert!(outcome.code == 2 && outcome.words.contains("api_version"), "{}", outcome.words);
}

#[tokio::test]
async fn without_stages_nobody_knows_what_became_of_deals() {
    let mut interactions = vec![get("/settings/pipeline").gives(403, &refusal("NO_PERMISSION"))];
    interactions.extend(basics());
    interactions.push(get("/Deals").gives(200, &page(&[deal("1", "Won", "1")], None)));
    let server = Server::start(interactions).await;
    let outcome = june().stream("deals").run(&server).await;
    assert_eq!(outcome.figures(), ["1 2026-06-01 deals_created 1"]);
    assert!(outcome.warnings().join("").contains("Stages can't be read"), "{:?}", outcome.warnings());
}

fn visit(id: &str, stage: &str, to: Option<&str>, at: &str) -> Value {
    json!({"id": id, "Stage": stage, "Moved_To__s": to, "Modified_Time": at})
}

fn in_ledger(deal: Option<&str>, mut row: Value) -> Value {
    row["Potential_Name"] = deal.map_or(Value::Null, |id| json!({"id": id, "name": "A"}));
    row
}

#[tokio::test]
async fn few_deals_are_asked_one_by_one_and_many_at_once() {
    let rows = [
        visit("2", "New", None, "2026-06-03T00:00:00Z"),
        visit("1", "Old", Some("New"), "2026-05-03T00:00:00Z"),
    ];
    let gone = [in_ledger(None, visit("9", "New", None, "2026-06-03T00:00:00Z"))];
    let ledger: Vec<_> = rows.iter().map(|row| in_ledger(Some("1"), row.clone())).chain(gone).collect();
    let server = serve(vec![
        get("/Deals")
            .gives(200, &page(&[deal("1", "Won", "1"), deal("2", "New", "1"), deal("3", "New", "1")], None)),
        with_query(get("/Deals/1/Stage_History"), "page", "2")
            .gives(200, &json!({"data": [rows[1]], "info": {"more_records": false}})),
        get("/Deals/1/Stage_History")
            .gives(200, &json!({"data": [rows[0]], "info": {"more_records": true, "page": 1}})),
        get("/Deals/2/Stage_History").gives_text(204, ""),
        get("/Deals/3/Stage_History").gives(400, &refusal("INVALID_DATA")),
        get("/DealHistory").gives(200, &page(&ledger, None)),
    ])
    .await;
    let one_by_one = june().stream("stage_history").run(&server).await;
    assert_eq!(one_by_one.figures(), ["1 2026-06-03 stage_transition 1"], "{}", one_by_one.words);
    assert_eq!(one_by_one.of("transition").len(), 2);
    let warnings = one_by_one.warnings().join("\n");
    assert!(warnings.contains("history of 1 deals") && warnings.contains("the first 1."), "{warnings}");
    let at_once = june().stream("stage_history").setting("history_calls", "2").run(&server).await;
    assert_eq!((at_once.figures(), at_once.warnings().len()), (one_by_one.figures(), 0), "{}", at_once.words);
    assert_eq!(calls(&server.seen(), "/crm/v7/Deals/2/Stage_History").len(), 1);
    let ledger = june().stream("stage_ledger").run(&server).await;
    assert_eq!(ledger.figures(), one_by_one.figures());
    // Without the module nobody is asked one by one.
    let server = serve(vec![
        get("/Deals").gives(200, &page(&[deal("1", "Won", "1"), deal("2", "New", "1")], None)),
        get("/Deals/./Stage_History").gives(404, &refusal("INVALID_URL_PATTERN")),
    ])
    .await;
    let refused = june().stream("stage_history").stream("deals").run(&server).await;
    assert_eq!(refused.code, 0, "{}", refused.words);
    assert_eq!(calls(&server.seen(), "/crm/v7/Deals/1/Stage_History").len(), 1);
    assert!(calls(&server.seen(), "/crm/v7/Deals/2/Stage_History").is_empty());
}

#[tokio::test]
async fn deleted_deals_and_leads_count_nowhere_and_statuses_say_when_leads_were_ready() {
    let lead = |id: &str| json!({"id": id, "Lead_Status": "Hot", "Created_Time": "2026-06-02T12:00:00+03:00", "Full_Name": "Jo Doe"});
    let status = |id: &str, lead: &str, status: &str, at: &str| json!({"id": id, "Full_Name": {"id": lead, "name": "Jo Doe"}, "Lead_Status": status, "Modified_Time": at});
    let gone = |id: &str| {
        page(&[json!({"id": id, "type": "recycle", "deleted_time": "2026-06-14T13:00:00+03:00"})], None)
    };
    let ledger = [
        status("3", "1", "Hot", "2026-06-04T00:00:00Z"),
        status("2", "1", "Warm", "2026-06-03T00:00:00Z"),
        status("1", "2", "Warm", "2026-06-03T00:00:00Z"),
        status("0", "3", "Warm", "2026-06-03T00:00:00Z"),
    ];
    let server = serve(vec![
        get("/Deals/deleted").gives(200, &gone("2")),
        get("/Leads/deleted").gives(200, &gone("3")),
        get("/Deals").gives(200, &page(&[deal("1", "New", "1"), deal("2", "Won", "5")], None)),
        with_query(get("/Leads"), "converted", "both")
            .gives(200, &page(&[lead("1"), lead("2"), lead("3")], None)),
        get("/Lead_Status_History").gives(200, &page(&ledger, None)),
    ])
    .await;
    let names = ["deals_deleted", "deals", "leads_deleted", "leads", "lead_status_history"];
    let read = names.iter().fold(june(), |read, name| read.stream(name));
    let outcome =
        read.setting("mql_statuses", "Warm, Tepid").setting("sql_statuses", "Hot").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "1 2026-06-01 deals_created 1",
            "1 2026-06-15 pipeline_value 1",
            "1 2026-06-15 weighted_pipeline_value 0.5",
            "77 2026-06-02 leads 2",
            "77 2026-06-03 mqls 2",
            "77 2026-06-04 sqls 1",
        ]
    );
    assert!(!outcome.lines.iter().any(|l| l.to_string().contains("Jo Doe")));
}

#[tokio::test]
async fn members_of_campaigns_are_counted_and_queries_walk_by_id() {
    let campaign = json!({"id": "5", "Campaign_Name": "Fair", "Status": "Active", "Start_Date": "2026-06-03", "Actual_Cost": 10, "Num_sent": null});
    let member = |id: &str, status: &str| json!({"id": id, "Member_Status": status});
    let rows = |ids: &[&str]| ids.iter().map(|id| deal(id, "New", "1")).collect::<Vec<_>>();
    let coql = |more: &[&str]| Interaction::new("POST", "^/crm/v7/coql$", more);
    let server = serve(vec![
        get("/Campaigns").gives(200, &page(&[campaign.clone(), campaign], None)),
        get("/Campaigns/5/Leads")
            .gives(200, &page(&[member("1", "Sent"), member("1", "Sent"), member("2", "Opened")], None)),
        get("/Campaigns/5/Contacts").gives_text(204, ""),
        coql(&["id > 8"]).gives(200, &json!({"data": rows(&["9"]), "info": {"more_records": false}})),
        coql(&["2026-05-31T23:55:00+00:00"])
            .gives(200, &json!({"data": rows(&["7", "8"]), "info": {"more_records": true}})),
    ])
    .await;
    let outcome =
        june().stream("campaigns").stream("campaign_members").stream("deals_query").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.value("5", "2026-06-03", "spend").as_deref(), Some("10"));
    let entities = outcome.of("entity");
    let counted = entities.iter().find(|e| e["stream"] == "campaign_members").unwrap();
    assert_eq!(counted["attributes"]["lead_members"], json!({"Opened": 1, "Sent": 1}));
    assert_eq!(
        outcome.figures().iter().filter(|f| f.contains("pipeline_value 1")).count(),
        3,
        "{:?}",
        outcome.figures()
    );
}
