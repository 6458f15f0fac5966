//! Salesforce by scripted traffic.

use crate::server::{Interaction, Seen, Server};
use crate::support::Read;
use serde_json::{Value, json};

const ORG: &str = "00D000000000001AAA";
const QUERY: &str = "^/services/data/v60.0/queryAll$";

fn read() -> Read {
    let mut read = Read::new(ORG, "2026-06-01", "2026-06-15");
    read.slug = "salesforce".into();
    read.now = "2026-06-15".into();
    read
}

/// What the query `FROM` that object gets.
fn query(object: &str) -> Interaction {
    let mut interaction = Interaction::new("GET", QUERY, &[]);
    interaction.query.push(("q".into(), Some(json!(format!("~FROM {object}( |$)")))));
    interaction
}

fn token() -> Interaction {
    Interaction::new(
        "POST",
        "^/services/oauth2/token$",
        &["grant_type=refresh_token", "client_secret=secret"],
    )
    .gives(
        200,
        &json!({"access_token": "at-2", "instance_url": "https://new.my.salesforce.com",
                "id": "https://login.salesforce.com/id/00D000000000001AAA/005000000000001AAA"}),
    )
}

fn page(rows: &[Value]) -> Value {
    json!({"totalSize": rows.len(), "done": true, "records": rows})
}

fn more(rows: &[Value], next: &str) -> Value {
    json!({"totalSize": 9, "done": false, "nextRecordsUrl": format!("/services/data/v60.0/query/{next}"), "records": rows})
}

fn organization(locale: &str) -> Value {
    page(&[
        json!({"Id": ORG, "Name": "Acme", "TimeZoneSidKey": "Europe/Paris", "DefaultLocaleSidKey": locale,
                  "IsSandbox": false, "OrganizationType": "Enterprise Edition"}),
    ])
}

fn described(more: &[&str]) -> Value {
    let fields = [
        "Id",
        "Name",
        "StageName",
        "Amount",
        "CloseDate",
        "IsClosed",
        "IsWon",
        "Probability",
        "ForecastCategory",
        "LeadSource",
        "CampaignId",
        "AccountId",
        "OwnerId",
        "CreatedDate",
        "SystemModstamp",
        "IsDeleted",
    ];
    let fields: Vec<Value> = fields.iter().chain(more).map(|name| json!({"name": name})).collect();
    json!({"name": "Opportunity", "fields": fields})
}

/// Token endpoint, user, versions, the org in euros, and the fields of its opportunities.
fn basics() -> Vec<Interaction> {
    vec![
        token(),
        Interaction::new("GET", "^/services/oauth2/userinfo$", &[])
            .gives(200, &json!({"organization_id": ORG, "user_id": "005000000000001AAA"})),
        Interaction::new("GET", "^/services/data$", &[])
            .gives(200, &json!([{"version": "59.0"}, {"version": "60.0"}, {"version": "61.0"}])),
        Interaction::new("GET", "^/services/data/v60.0/sobjects/Opportunity/describe$", &[])
            .gives(200, &described(&[])),
        query("Organization").gives(200, &organization("fr_FR")),
    ]
}

async fn serve(mut first: Vec<Interaction>) -> Server {
    first.extend(basics());
    Server::start(first).await
}

fn refusal(code: &str, message: &str) -> Value {
    json!([{"errorCode": code, "message": message}])
}

fn deal(id: &str, stage: &str, amount: Value) -> Value {
    let (closed, won) = (stage != "New", stage == "Won");
    json!({"attributes": {"type": "Opportunity"}, "Id": id, "Name": id, "StageName": stage, "Amount": amount,
           "CloseDate": "2026-06-10", "IsClosed": closed, "IsWon": won, "Probability": 25.0, "IsDeleted": false,
           "CreatedDate": "2026-06-02T00:00:00.000+0000", "SystemModstamp": "2026-06-12T00:00:00.000+0000"})
}

fn calls<'a>(seen: &'a [Seen], path: &str) -> Vec<&'a Seen> {
    seen.iter().filter(|s| s.path.contains(path)).collect()
}

#[tokio::test]
async fn pages_go_on_until_done_also_past_an_empty_one() {
    let rest =
        |locator: &str| Interaction::new("GET", &format!("^/services/data/v60.0/query/{locator}$"), &[]);
    let server = serve(vec![
        rest("0r8-1").gives(200, &more(&[], "0r8-2")),
        rest("0r8-2").gives(200, &page(&[deal("006B", "Won", json!(0)), deal("006A", "New", json!(1.10))])),
        query("Opportunity").gives(200, &more(&[deal("006A", "New", json!(1.10))], "0r8-1")),
    ])
    .await;
    let outcome = read().stream("opportunities").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "006A 2026-06-02 deals_created 1",
            "006A 2026-06-15 pipeline_value 1.1",
            "006A 2026-06-15 weighted_pipeline_value 0.275",
            "006B 2026-06-02 deals_created 1",
            "006B 2026-06-10 deals_won 1",
            "006B 2026-06-10 revenue 0",
        ]
    );
    let currencies: Vec<_> = outcome.metrics().iter().filter_map(|l| l["currency"].as_str()).collect();
    assert_eq!(currencies, ["EUR", "EUR", "EUR"]);
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
    let seen = server.seen();
    assert_eq!(calls(&seen, "/queryAll")[0].header("sforce-query-options"), Some("batchSize=2000"));
}

#[tokio::test]
async fn a_query_that_stops_without_being_done_is_not_understood() {
    let cut = json!({"totalSize": 9, "done": false, "records": [deal("006A", "New", json!(1))]});
    let server = serve(vec![query("Opportunity").gives(200, &cut)]).await;
    let outcome = read().stream("opportunities").run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (5, 0), "{}", outcome.words);
    assert!(outcome.words.contains("nextRecordsUrl"), "{}", outcome.words);
}

#[tokio::test]
async fn a_locator_that_is_gone_starts_the_days_again() {
    let gone = Interaction::new("GET", "^/services/data/v60.0/query/0r8-old$", &[])
        .gives(400, &refusal("INVALID_QUERY_LOCATOR", "invalid query locator"));
    let server = serve(vec![
        gone,
        query("Opportunity").gives(200, &more(&[deal("006A", "New", json!(1))], "0r8-old")).times(1),
        query("Opportunity").gives(200, &page(&[deal("006A", "New", json!(2))])),
    ])
    .await;
    let outcome = read().stream("opportunities").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.value("006A", "2026-06-15", "pipeline_value").as_deref(), Some("2"));
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_asked_for_fewer_days() {
    let mut early = query("Opportunity").gives(200, &page(&[deal("006A", "New", json!(1))]));
    early.query = vec![("q".into(), Some(json!("~SystemModstamp < 2026-06-08T")))];
    let mut late = query("Opportunity").gives(200, &page(&[deal("006B", "New", json!(2))]));
    late.query = vec![("q".into(), Some(json!("~SystemModstamp >= 2026-06-07T23:50:00Z")))];
    let slow = query("Opportunity")
        .gives(400, &refusal("QUERY_TIMEOUT", "Your query request was running for too long."));
    let server = serve(vec![early, late, slow]).await;
    let outcome = read().stream("opportunities").run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 6), "{}", outcome.words);
}

#[tokio::test]
async fn an_expired_session_is_renewed_once_and_the_host_moves_along() {
    let server = serve(vec![
        query("Opportunity")
            .gives(401, &refusal("INVALID_SESSION_ID", "Session expired or invalid"))
            .times(1),
        query("Opportunity").gives(200, &page(&[])),
    ])
    .await;
    let outcome = read().stream("opportunities").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let seen = server.seen();
    assert_eq!(calls(&seen, "/oauth2/token").len(), 1);
    assert_eq!(seen.last().unwrap().header("authorization"), Some("Bearer at-2"));
    assert!(
        calls(&seen, "/services/data")
            .iter()
            .any(|s| s.path == "/services/data" && s.header("authorization").is_none())
    );
}

#[tokio::test]
async fn a_dead_consent_and_a_session_that_stays_refused_need_a_new_one() {
    let dead = Interaction::new("POST", "^/services/oauth2/token$", &[])
        .gives(400, &json!({"error": "invalid_grant", "error_description": "expired access/refresh token"}));
    let user =
        || Interaction::new("GET", "^/services/oauth2/userinfo$", &[]).gives_text(403, "Bad_OAuth_Token");
    for first in [vec![dead, user()], vec![user()]] {
        let server = serve(first).await;
        let outcome = read().stream("opportunities").run(&server).await;
        assert_eq!(outcome.code, 3, "{}", outcome.words);
        assert_eq!(calls(&server.seen(), "/oauth2/token").len(), 1);
    }
}

fn limits(left: Value) -> Interaction {
    Interaction::new("GET", "^/services/data/v60.0/limits$", &[])
        .gives(200, &json!({"DailyApiRequests": {"Max": 15000, "Remaining": left}}))
}

#[tokio::test]
async fn what_a_limit_means_is_what_is_left() {
    let at_limit =
        |message: &str| query("Opportunity").gives(403, &refusal("REQUEST_LIMIT_EXCEEDED", message));
    let good = || query("Opportunity").gives(200, &page(&[deal("006A", "Lost", json!(1))]));
    for (left, message, code) in [
        (json!(14000), "ConcurrentPerOrgLongTxn Limit exceeded.", 0),
        (json!(14000), "Limit exceeded.", 0),
        (json!(0), "Limit exceeded.", 4),
        (json!(null), "TotalRequests Limit exceeded.", 4),
        (json!(null), "Limit exceeded.", 0),
    ] {
        let server = serve(vec![limits(left), at_limit(message).times(3), good()]).await;
        let outcome = read().stream("opportunities").run(&server).await;
        assert_eq!(outcome.code, code, "{message}: {}", outcome.words);
        assert_eq!(calls(&server.seen(), "/limits").len(), 1);
    }
    // Where it does not pass, it ends as a wait.
    let server = serve(vec![limits(json!(1)), at_limit("ConcurrentPerOrgLongTxn Limit exceeded.")]).await;
    let outcome = read().stream("opportunities").run(&server).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);
}

#[tokio::test]
async fn a_share_of_the_calls_is_left_to_others() {
    let good = query("OpportunityStage")
        .gives(200, &page(&[]))
        .with_header("Sforce-Limit-Info", "api-usage=12001/15000");
    let server = serve(vec![good, query("Opportunity").gives(200, &page(&[]))]).await;
    let outcome = read().stream("opportunity_stages").stream("opportunities").run(&server).await;
    assert_eq!(outcome.code, 4, "{}", outcome.words);
    assert!(outcome.words.contains("12001/15000"), "{}", outcome.words);
    let patient = read().stream("opportunity_stages").stream("opportunities").setting("quota_percent", "90");
    let outcome = patient.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
}

#[tokio::test]
async fn a_field_that_the_profile_can_not_see_is_left_out() {
    let mut with_cost = query("Campaign");
    with_cost.query.push(("q".into(), Some(json!("~ActualCost"))));
    let message = "SELECT Id,Name,ActualCost FROM Campaign\n ^\nERROR at Row:1:Column:9\nNo such column 'ActualCost' on entity 'Campaign'.";
    let row =
        json!({"Id": "701A", "Name": "Fair", "Type": "Email", "StartDate": "2026-06-03", "NumberSent": 5.0});
    let server = serve(vec![
        with_cost.gives(400, &refusal("INVALID_FIELD", message)),
        query("Campaign").gives(200, &page(&[row])),
    ])
    .await;
    let outcome = read().stream("campaigns").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["701A 2026-06-03 emails_sent 5"]);
    assert_eq!(outcome.warnings().len(), 1, "{:?}", outcome.warnings());
    assert!(outcome.warnings()[0].contains("ActualCost"));
}

#[tokio::test]
async fn an_object_that_is_hidden_is_a_warning_and_only_all_of_them_a_failure() {
    let hidden =
        || query("Lead").gives(400, &refusal("INVALID_TYPE", "sObject type 'Lead' is not supported."));
    let denied = query("Campaign").gives(403, &refusal("INSUFFICIENT_ACCESS", "insufficient access rights"));
    let server = serve(vec![hidden(), denied, query("Opportunity").gives(200, &page(&[]))]).await;
    let some = read().stream("leads").stream("campaigns").stream("opportunities").run(&server).await;
    assert_eq!(some.code, 0, "{}", some.words);
    assert_eq!(some.warnings().len(), 2, "{:?}", some.warnings());
    let none = read().stream("leads").stream("campaigns").run(&server).await;
    assert_eq!(none.code, 2, "{}", none.words);
    let off =
        serve(vec![query("Lead").gives(403, &refusal("API_DISABLED_FOR_ORG", "API is not enabled"))]).await;
    let outcome = read().stream("leads").stream("campaigns").run(&off).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert!(outcome.words.contains("API Enabled"), "{}", outcome.words);
}

#[tokio::test]
async fn an_org_of_several_currencies_names_them_in_each_record() {
    let mut rich = deal("006A", "Won", json!(100));
    rich["CurrencyIsoCode"] = json!("SEK");
    let currencies = page(&[
        json!({"IsoCode": "CHF", "ConversionRate": 1.0, "IsCorporate": true, "IsActive": true}),
        json!({"IsoCode": "SEK", "ConversionRate": 11.25, "IsCorporate": false, "IsActive": true}),
    ]);
    let mut first = vec![
        Interaction::new("GET", "/sobjects/Opportunity/describe$", &[])
            .gives(200, &described(&["CurrencyIsoCode"])),
        query("CurrencyType").gives(200, &currencies),
    ];
    let mut asked = query("Opportunity").gives(200, &page(&[rich, deal("006B", "Won", json!(7))]));
    asked.query.push(("q".into(), Some(json!("~CurrencyIsoCode"))));
    first.push(asked);
    let server = serve(first).await;
    let outcome = read().stream("currency_types").stream("opportunities").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let money: Vec<_> = outcome
        .metrics()
        .iter()
        .filter(|l| l["metric"] == "revenue")
        .map(|l| format!("{} {}", l["entity"], l["currency"]))
        .collect();
    assert_eq!(money.len(), 2);
    assert!(money.contains(&"\"006A\" \"SEK\"".to_owned()) && money.contains(&"\"006B\" \"CHF\"".to_owned()));
    let rates: Vec<_> =
        outcome.of("entity").iter().filter_map(|e| e["attributes"]["conversion_rate_sek"].as_str()).collect();
    assert_eq!(rates, ["11.25"]);
}

#[tokio::test]
async fn deleted_deals_count_nowhere_even_if_a_query_still_finds_them() {
    let server = serve(vec![
        Interaction::new("GET", "^/services/data/v60.0/sobjects/Opportunity/deleted/$", &[]).gives(
            200,
            &json!({"deletedRecords": [{"id": "006A", "deletedDate": "2026-06-14T00:00:00.000+0000"}]}),
        ),
        query("OpportunityHistory").gives(
            200,
            &page(&[json!({"Id": "1", "OpportunityId": "006A", "StageName": "New",
            "CreatedDate": "2026-06-02T00:00:00.000+0000"})]),
        ),
        query("Opportunity")
            .gives(200, &page(&[deal("006A", "New", json!(1)), deal("006B", "New", json!(1))])),
    ])
    .await;
    let streams = ["opportunities_deleted", "opportunities", "open_opportunities", "opportunity_history"];
    let outcome = streams.iter().fold(read(), |read, name| read.stream(name)).run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures().len(), 3, "{:?}", outcome.figures());
    assert!(outcome.figures().iter().all(|figure| figure.starts_with("006B ")));
}

#[tokio::test]
async fn an_org_that_does_not_tell_its_deletions_is_read_all_the_same() {
    // Whatever code the body holds.
    for body in [json!([{"errorCode": "NOT_FOUND", "message": "No."}]), json!({"error": "Not Found"})] {
        let server = serve(vec![
            Interaction::new("GET", "^/services/data/v60.0/sobjects/Opportunity/deleted/$", &[])
                .gives(404, &body),
            query("Opportunity").gives(200, &page(&[deal("006B", "New", json!(1))])),
        ])
        .await;
        let outcome = read().stream("opportunities_deleted").stream("opportunities").run(&server).await;
        assert_eq!((outcome.code, outcome.warnings().len()), (0, 1), "{}", outcome.words);
        assert!(!outcome.figures().is_empty());
    }
}

#[tokio::test]
async fn statuses_with_a_meaning_make_leads_ready() {
    let change = json!({"Id": "1", "LeadId": "00QA", "Field": "Status", "OldValue": "Open", "NewValue": "Qualified",
                        "CreatedDate": "2026-06-07T00:00:00.000+0000"});
    let lead = |id: &str| {
        json!({"Id": id, "Status": "Qualified", "IsConverted": false, "ConvertedDate": null,
        "CreatedDate": "2026-06-05T10:00:00.000+0000", "SystemModstamp": "2026-06-07T00:00:00.000+0000", "IsDeleted": false})
    };
    let server = serve(vec![
        query("LeadHistory").gives(200, &page(&[change])),
        query("Lead").gives(200, &page(&[lead("00QA"), lead("00QB")])),
    ])
    .await;
    let outcome = read().stream("leads").setting("mql_statuses", "Nurtured, qualified").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), [format!("{ORG} 2026-06-05 leads 2"), format!("{ORG} 2026-06-07 mqls 1")]);
}

#[tokio::test]
async fn very_many_rows_come_in_bulk() {
    let job = |state: &str| json!({"id": "750A", "state": state});
    let look = || Interaction::new("GET", "^/services/data/v60.0/jobs/query/750A$", &[]);
    let results = || Interaction::new("GET", "^/services/data/v60.0/jobs/query/750A/results$", &[]);
    let mut second = results();
    second.query.push(("locator".into(), Some(json!("MTAw"))));
    let head = "\"Id\",\"StageName\",\"Amount\",\"CloseDate\",\"IsClosed\",\"IsWon\",\"Probability\",\"CreatedDate\",\"IsDeleted\"\n";
    let row = |id: &str, amount: &str| {
        format!(
            "{head}\"{id}\",\"New\",\"{amount}\",\"2026-07-01\",\"false\",\"false\",\"50.0\",\"2026-06-02T00:00:00.000Z\",\"false\"\n"
        )
    };
    let server = serve(vec![
        Interaction::new(
            "POST",
            "^/services/data/v60.0/jobs/query$",
            &["\"operation\":\"queryAll\"", "FROM Opportunity"],
        )
        .gives(200, &job("UploadComplete")),
        look().gives(200, &job("InProgress")).times(2),
        look().gives(200, &job("JobComplete")),
        second.gives_text(200, &row("006B", "")).with_header("Sforce-Locator", "null"),
        results().gives_text(200, &row("006A", "12.50")).with_header("Sforce-Locator", "MTAw"),
        query("Opportunity").gives(200, &more(&[], "0r8-1")),
    ])
    .await;
    let outcome = read().stream("open_opportunities").setting("bulk_from_rows", "9").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "006A 2026-06-02 deals_created 1",
            "006A 2026-06-15 pipeline_value 12.5",
            "006A 2026-06-15 weighted_pipeline_value 6.25",
            "006B 2026-06-02 deals_created 1",
        ]
    );
    assert!(calls(&server.seen(), "0r8-1").is_empty());
}

#[tokio::test]
async fn faults_and_broken_answers_pass() {
    let good = page(&[deal("006A", "Lost", json!(1))]);
    let server = serve(vec![
        query("Opportunity").gives(503, &refusal("SERVER_UNAVAILABLE", "Server Unavailable")).times(2),
        query("Opportunity").gives_text(502, "<html><title>Bad gateway</title></html>").times(1),
        query("Opportunity").gives_text(200, r#"{"totalSize": 1, "done": tr"#).times(1),
        query("Opportunity").gives(200, &good).cut_after(20).times(1),
        query("Opportunity").gives(200, &good),
    ])
    .await;
    let outcome = read().stream("opportunities").run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 2), "{}", outcome.words);
}

#[tokio::test]
async fn versions_and_orgs_that_do_not_fit_are_named() {
    let server = serve(Vec::new()).await;
    let mut other = read();
    other.account = "00D000000000002AAA".into();
    let outcome = other.run(&server).await;
    assert!(outcome.code == 2 && outcome.words.contains("belongs to org"), "{}", outcome.words);
    other.account = "acme".into();
    assert_eq!(other.run(&server).await.code, 2);
    let outcome = read().setting("api_version", "v58.0").run(&server).await;
    assert!(outcome.code == 2 && outcome.words.contains("58.0"), "{}", outcome.words);
    let outcome = read().setting("login_host", "acme.lightning.force.com").run(&server).await;
    assert!(outcome.code == 2 && outcome.words.contains("login_host"), "{}", outcome.words);
}

#[tokio::test]
async fn a_new_run_counts_all_again() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(vec![query("Opportunity").gives(200, &page(&[deal("006A", "Lost", json!(1))]))]).await;
    let mut read = read().stream("opportunities");
    read.state = Some(folder.path().join("state.json"));
    for _ in 0..2 {
        let outcome = read.run(&server).await;
        assert_eq!((outcome.code, outcome.figures().len()), (0, 2), "{}", outcome.words);
    }
}
