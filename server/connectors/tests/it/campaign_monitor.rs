//! Campaign Monitor by its recordings and by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Seen, Server};
use crate::support::{Outcome, Read, accounts, credentials};
use serde_json::{Value, json};

fn read(streams: &[&str]) -> Read {
    let mut read = Read::new("c1", "2026-03-01", "2026-03-31");
    read.slug = "campaign_monitor".into();
    read.now = "2026-04-02".into();
    streams.iter().fold(read, |read, stream| read.stream(stream))
}

fn get(path: &str) -> Interaction {
    Interaction::new("GET", &format!(r"^/api/v3\.3{path}\.json$"), &[])
}

fn with_query(mut interaction: Interaction, name: &str, pattern: &str) -> Interaction {
    interaction.query.push((name.into(), Some(json!(pattern))));
    interaction
}

fn client(zone: &str) -> Interaction {
    get("/clients/c1").gives(
        200,
        &json!({"ApiKey": "top-secret", "BasicDetails": {"ClientID": "c1", "CompanyName": "Acmé", "TimeZone": zone,
                "EmailAddress": "owner@x.example"}, "BillingDetails": {"Currency": "AUD"}}),
    )
}

async fn serve(mut interactions: Vec<Interaction>) -> Server {
    interactions.push(client("(GMT+10:00) Canberra, Melbourne, Sydney"));
    interactions.push(get("/clients").gives(200, &json!([{"ClientID": "c1", "Name": "Acme"}])));
    interactions.push(
        Interaction::new("POST", "^/oauth/token$", &["grant_type=refresh_token&refresh_token=rt-1"])
            .gives(200, &json!({"access_token": "at-2", "refresh_token": "rt-1", "expires_in": 1_209_600})),
    );
    Server::start(interactions).await
}

fn calls(server: &Server, part: &str) -> Vec<Seen> {
    server.seen().into_iter().filter(|s| s.path.contains(part)).collect()
}

fn page(rows: &[Value], number: u32, pages: u32) -> Value {
    json!({"Results": rows, "PageNumber": number, "NumberOfPages": pages, "RecordsOnThisPage": rows.len()})
}

fn campaign(id: &str, at: &str) -> Value {
    json!({"CampaignID": id, "Name": id, "SentDate": at, "TotalRecipients": 99, "FromEmail": "a@x.example"})
}

fn summary(recipients: u32) -> Value {
    json!({"Recipients": recipients, "TotalOpened": 1, "UniqueOpened": 1, "Clicks": 0, "Unsubscribed": 0, "Bounced": 0,
           "SpamComplaints": 0})
}

#[tokio::test]
async fn the_recording_gives_what_is_expected_and_names_nobody() {
    let Some(folder) = recordings("campaign_monitor") else { return };
    let server = Server::replay(&folder).await;
    let all = |streams: &[&str]| {
        let mut read = read(streams);
        read.account = "4a397ccaaa55eb4e6aa1221e1e2d7122".into();
        (read.since, read.until) = ("2010-10-06".into(), "2010-10-15".into());
        read.now = "2010-10-15".into();
        read.setting("page_size", "1")
    };
    let found = accounts(&server, "campaign_monitor", &credentials(), &[], "2010-10-15").await;
    assert_eq!(found.code, 0, "{}", found.words);
    let account = found.of("account")[0].clone();
    assert_eq!(
        (account["currency"].as_str(), account["time_zone"].as_str()),
        (Some("USD"), Some("Australia/Sydney"))
    );
    assert_eq!(calls(&server, "/oauth/token").len(), 1, "one refresh");
    let outcome = all(&[]).run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let is_counted = |line: &&Value| line["metric"] == "clicks";
    let (counted, totals): (Vec<_>, Vec<_>) =
        outcome.metrics().into_iter().partition(|line| is_counted(line));
    assert_eq!((counted.len(), totals.len()), (4, 22), "clicks by their own days beside the totals");
    let requested = [
        "campaign_opens",
        "campaign_unsubscribes",
        "campaign_spam",
        "campaign_recipients",
        "subscribers",
        "journey_events",
    ];
    let more = all(&requested).run(&server).await;
    assert_eq!((more.code, more.metrics().len()), (0, 0), "{}", more.words);
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
    let text: String =
        [&found, &outcome, &more].iter().flat_map(|o| &o.lines).map(ToString::to_string).collect();
    assert!(!text.contains("@example.com") && !text.contains("redacted"));
}

#[tokio::test]
async fn campaigns_belong_to_utc_days_and_pages_are_counted() {
    let server = serve(vec![
        get("/clients/c1/campaigns")
            .gives(401, &json!({"Code": 121, "Message": "Expired OAuth Token"}))
            .times(1),
        get("/clients/c1/campaigns")
            .gives(429, &json!({"Code": 429, "Message": "Rate limit exceeded"}))
            .with_header("X-RateLimit-Reset", "60")
            .times(1),
        with_query(get("/clients/c1/campaigns"), "page", "3").gives(
            200,
            &page(&[campaign("b", "2026-03-31 23:00:00"), campaign("gone", "2026-03-05 12:00:00")], 3, 3),
        ),
        with_query(get("/clients/c1/campaigns"), "page", "2").gives(200, &page(&[], 2, 3)),
        with_query(get("/clients/c1/campaigns"), "page", "1").gives(
            200,
            &page(
                &[
                    campaign("late", "2026-04-01 11:00:00"),
                    campaign("a", "2026-04-01 10:59:00"),
                    campaign("b", "2026-03-31 23:00:00"),
                    campaign("early", "2026-03-01 10:59:00"),
                    json!({"CampaignID": "odd"}),
                ],
                1,
                3,
            ),
        ),
        get("/campaigns/a/summary").gives(200, &summary(1)),
        get("/campaigns/b/summary").gives(200, &summary(2)),
        get("/campaigns/gone/summary").gives(404, &json!({"Code": 404, "Message": "Not Found"})),
    ])
    .await;
    let outcome = read(&["campaign_summaries"]).run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.value("a", "2026-03-31", "delivered").as_deref(), Some("1"));
    assert_eq!(outcome.value("b", "2026-03-31", "emails_sent").as_deref(), Some("2"));
    assert_eq!(outcome.metrics().len(), 16, "{:?}", outcome.figures());
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
    assert_eq!(outcome.warnings().len(), 1, "{:?}", outcome.warnings());
    let states = outcome.of("state");
    assert!(
        states[0]["state"]["read"][0]["at"].as_str().unwrap() >= "2026-04-02T12:01:00",
        "waited a minute"
    );
}

#[tokio::test]
async fn a_long_history_is_kept_a_quarter_at_a_time() {
    let server = serve(vec![
        get("/clients/c1/campaigns").gives(
            200,
            &page(&[campaign("new", "2026-03-05 12:00:00"), campaign("old", "2025-07-05 12:00:00")], 1, 1),
        ),
        get("/campaigns/new/summary").gives(200, &summary(1)),
        get("/campaigns/old/summary").gives(400, &json!({"Code": 310, "Message": "No."})),
    ])
    .await;
    let mut read = read(&["campaign_summaries"]);
    read.since = "2025-04-01".into();
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
    assert_eq!(outcome.value("new", "2026-03-05", "emails_sent").as_deref(), Some("1"));
    assert_eq!(outcome.of("state").len(), 2, "the two quarters before it");
}

#[tokio::test]
async fn lists_are_dated_where_the_client_is() {
    let stats = json!({"TotalActiveSubscribers": 6, "NewActiveSubscribersYesterday": 1, "UnsubscribesYesterday": 0,
                       "DeletedYesterday": 0, "BouncesYesterday": 0});
    let mut interactions = vec![client("(GMT+13:00) Nuku'alofa")];
    interactions
        .push(get("/clients/c1/lists").gives(200, &json!([{"ListID": "l", "Name": "L"}, {"ListID": "m"}])));
    interactions.push(get("/lists/l/stats").gives(200, &stats));
    interactions.push(get("/lists/m/stats").gives(404, &json!({"Code": 404, "Message": "Gone"})));
    let server = Server::start(interactions).await;
    let outcome = read(&["list_stats"]).run(&server).await;
    let expected = [
        "l 2026-04-02 subscribers_added 1",
        "l 2026-04-02 subscribers_removed 0",
        "l 2026-04-03 subscribers 6",
    ];
    assert_eq!(
        (outcome.code, outcome.figures()),
        (0, expected.map(str::to_owned).to_vec()),
        "{}",
        outcome.words
    );
}

#[tokio::test]
async fn events_count_once_on_their_own_day() {
    let click = |who: &str, at: &str, url: &str| json!({"EmailAddress": who, "Date": at, "URL": url});
    let bounce = |who: &str, kind: &str| json!({"EmailAddress": who, "Date": "2026-03-10 00:00:00", "BounceType": kind});
    let server = serve(vec![
        get("/clients/c1/campaigns").gives(
            200,
            &page(&[campaign("a", "2026-01-20 12:00:00"), campaign("old", "2025-11-01 12:00:00")], 1, 1),
        ),
        with_query(with_query(get("/campaigns/a/clicks"), "date", "2026-02-28 23:59"), "page", "1").gives(
            200,
            &page(
                &[
                    click("x@y.example", "2026-02-28 23:59:30", "u"),
                    click("x@y.example", "2026-03-01 00:00:00", "u"),
                    click("x@y.example", "2026-03-01 00:00:00", "v"),
                ],
                1,
                9,
            ),
        ),
        with_query(get("/campaigns/a/clicks"), "page", "2")
            .gives(200, &page(&[click("x@y.example", "2026-03-01 00:00:00", "v")], 2, 9)),
        with_query(get("/campaigns/a/clicks"), "page", "3")
            .gives(200, &page(&[click("x@y.example", "2026-04-01 00:00:00", "v")], 3, 9)),
        get("/campaigns/a/bounces").gives(
            200,
            &page(
                &[bounce("x", "Hard"), bounce("y", "Soft"), bounce("z", "Soft"), bounce("w", "Spam")],
                1,
                1,
            ),
        ),
    ])
    .await;
    let outcome = read(&["campaign_clicks", "campaign_bounces"]).run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        ["a 2026-03-01 clicks 2", "a 2026-03-10 hard_bounces 1", "a 2026-03-10 soft_bounces 2"]
    );
    assert_eq!(calls(&server, "/clicks.json").len(), 3, "pages behind the last day are not asked");
}

#[tokio::test]
async fn e_mails_of_journeys_gain_what_came_since_the_last_pull() {
    let journey = |sent: u32| {
        json!({"JourneyID": "j", "Emails": [{"EmailID": "e", "Name": "Hello", "Sent": sent, "Bounced": 1, "Opened": 2,
               "UniqueOpened": 2, "Clicked": 0, "Unsubscribed": 0}]})
    };
    let server = serve(vec![
        get("/clients/c1/journeys").gives(200, &json!([{"JourneyID": "j"}, {"JourneyID": "k"}])),
        get("/journeys/k").gives(200, &journey(1)),
        get("/journeys/j").gives(200, &journey(10)).times(1),
        get("/journeys/j").gives(200, &journey(13)),
    ])
    .await;
    let folder = tempfile::tempdir().unwrap();
    let mut read = read(&["journey_emails"]);
    read.state = Some(folder.path().join("state.json"));
    let first = read.run(&server).await;
    assert_eq!((first.code, first.metrics().len(), first.of("entity").len()), (0, 0, 1), "{}", first.words);
    read.now = "2026-04-03".into();
    let second = read.run(&server).await;
    assert_eq!(second.value("e", "2026-04-03", "emails_sent").as_deref(), Some("3"), "{}", second.words);
    assert_eq!(second.value("e", "2026-04-03", "delivered").as_deref(), Some("3"));
    assert_eq!(second.value("e", "2026-04-03", "opens").as_deref(), Some("0"));
}

#[tokio::test]
async fn a_revoked_token_ends_and_a_key_of_one_client_is_told_what_to_set() {
    let refused = |code: u32, message: &str| json!({"Code": code, "Message": message});
    for code in [120, 122] {
        let server = Server::start(vec![get(".*").gives(401, &refused(code, "Revoked OAuth Token"))]).await;
        assert_eq!(read(&[]).run(&server).await.code, 3);
        assert!(calls(&server, "/oauth/token").is_empty());
    }
    let mut interactions = vec![get("/clients").gives(401, &refused(100, "Invalid API Key"))];
    interactions.push(client("(GMT) Coordinated Universal Time"));
    let server = Server::start(interactions).await;
    let key = json!({"api_key": "key"});
    let found = accounts(&server, "campaign_monitor", &key, &[], "2026-04-02").await;
    assert!(found.code == 3 && found.words.contains("`client`"), "{}", found.words);
    let found = accounts(&server, "campaign_monitor", &key, &["client=c1".into()], "2026-04-02").await;
    assert_eq!((found.code, found.of("account").len()), (0, 1), "{}", found.words);
    assert_eq!(calls(&server, "/clients/c1")[0].header("authorization"), Some("Basic a2V5Ong="));
}

#[tokio::test]
async fn the_key_of_a_client_shows_nowhere() {
    let details = r#"{"ApiKey":"top-secret","BasicDetails":{"#;
    let server = Server::start(vec![get("/clients/c1").gives_text(200, details)]).await;
    let broken = read(&["lists"]).run(&server).await;
    assert_eq!(broken.code, 6, "{}", broken.words);
    let server = serve(vec![get("/clients/c1/lists").gives(200, &json!([]))]).await;
    let good = read(&["client", "lists"]).run(&server).await;
    assert_eq!(good.code, 0, "{}", good.words);
    assert_eq!(good.of("entity")[0]["attributes"]["country"], Value::Null);
    let shows = |outcome: &Outcome| {
        outcome.words.contains("top-secret")
            || outcome.lines.iter().any(|l| l.to_string().contains("top-secret"))
    };
    assert!(!shows(&broken) && !shows(&good));
}

#[tokio::test]
async fn a_refused_stream_is_a_warning_and_an_unknown_zone_is_told() {
    let mut interactions = vec![client("(GMT+05:30) Atlantis")];
    interactions
        .push(get("/clients/c1/journeys").gives(403, &json!({"Code": 403, "Message": "Not allowed"})));
    interactions.push(get("/clients/c1/drafts").gives(200, &json!([campaign("d", "")])));
    interactions.push(Interaction::new("GET", r"^/api/v3\.3/transactional/statistics$", &[]).gives(
        200,
        &json!({"Query": {}, "Sent": 1000, "Bounces": 8, "Delivered": 992, "Opened": 300, "Clicked": 50}),
    ));
    let server = Server::start(interactions).await;
    let mut read = read(&["journeys", "draft_campaigns", "transactional"]);
    read.since = "2026-03-31".into();
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let warnings = outcome.warnings().join("\n");
    assert!(warnings.contains("Atlantis") && warnings.contains("journeys"), "{warnings}");
    assert_eq!(outcome.of("entity")[0]["status"], "draft");
    assert_eq!(outcome.value("c1", "2026-03-31", "delivered").as_deref(), Some("992"));
    assert!(outcome.metrics().iter().all(|l| l["breakdown"]["kind"] == "transactional"));
}
