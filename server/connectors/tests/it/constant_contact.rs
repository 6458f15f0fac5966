//! Constant Contact by its recordings and by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Seen, Server};
use crate::support::{Read, accounts, credentials};
use serde_json::{Value, json};

fn read(streams: &[&str]) -> Read {
    let mut read = Read::new("a07", "2026-03-01", "2026-03-31");
    read.slug = "constant_contact".into();
    read.now = "2026-04-02".into();
    streams.iter().fold(read, |read, stream| read.stream(stream))
}

fn get(path: &str) -> Interaction {
    Interaction::new("GET", &format!("^/v3{path}$"), &[])
}

const SUMMARIES: &str = "/reports/summary_reports/email_campaign_summaries";

async fn serve(mut interactions: Vec<Interaction>) -> Server {
    interactions.push(get("/account/summary").gives(
        200,
        &json!({"encoded_account_id": "a07", "organization_name": "Acmé", "time_zone_id": "US/Eastern",
                "contact_email": "owner@x.example"}),
    ));
    interactions.push(
        Interaction::new(
            "POST",
            "^/oauth2/default/v1/token$",
            &["grant_type=refresh_token", "refresh_token=rt-1"],
        )
        .gives(200, &json!({"access_token": "at-2", "refresh_token": "rt-2", "expires_in": 86_400}))
        .times(1),
    );
    Server::start(interactions).await
}

fn with_query(mut interaction: Interaction, name: &str, pattern: Option<&str>) -> Interaction {
    interaction.query.push((name.into(), pattern.map(|p| json!(p))));
    interaction
}

fn calls(server: &Server, part: &str) -> Vec<Seen> {
    server.seen().into_iter().filter(|s| s.path.contains(part)).collect()
}

fn summary(id: &str, day: &str, sends: u32) -> Value {
    json!({"campaign_id": id, "last_sent_date": format!("{day}T12:00:00Z"), "unique_counts": {
        "sends": sends.to_string(), "opens": "1", "clicks": "0", "bounces": "0", "optouts": "0", "abuse": "0"}})
}

fn page(rows: &[Value], next: Option<&str>) -> Value {
    match next {
        Some(href) => json!({"bulk_email_campaign_summaries": rows, "_links": {"next": {"href": href}}}),
        None => json!({"bulk_email_campaign_summaries": rows}),
    }
}

#[tokio::test]
async fn the_recording_gives_no_figure_besides_and_names_nobody() {
    let Some(folder) = recordings("constant_contact") else { return };
    let server = Server::replay(&folder).await;
    let all = |streams: &[&str]| {
        let mut read = read(streams);
        read.account = "a07e1exampl".into();
        (read.since, read.until) = ("2022-04-01".into(), "2026-07-15".into());
        read.now = "2026-07-15".into();
        read
    };
    let outcome = all(&[]).run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.metrics().len(), 26, "{:?}", outcome.figures());
    let requested = ["campaign_activities", "activity_stats", "tracking", "links"];
    let more = all(&requested).run(&server).await;
    assert_eq!(more.code, 0, "{}", more.words);
    assert!(more.metrics().is_empty(), "its campaign is not listed: {:?}", more.figures());
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
    let text = outcome.lines.iter().chain(&more.lines).map(ToString::to_string).collect::<String>();
    assert!(!text.contains("@example.com") && !text.contains("4399ce90"), "no person comes out");
}

#[tokio::test]
async fn the_new_refresh_token_is_used_and_pages_go_on_over_an_empty_one() {
    let server = serve(vec![
        get("/account/summary").gives(401, &json!([{"error_key": "unauthorized"}])).times(1),
        Interaction::new("POST", "^/oauth2/default/v1/token$", &["refresh_token=rt-2"])
            .gives(200, &json!({"access_token": "at-3", "refresh_token": "rt-3", "expires_in": 86_400})),
        with_query(get(SUMMARIES), "cursor", Some("b"))
            .gives(401, &json!({"error_key": "unauthorized"}))
            .times(1),
        with_query(get(SUMMARIES), "cursor", Some("b")).gives(
            200,
            &page(
                &[],
                Some("https://api.cc.email/v3/reports/summary_reports/email_campaign_summaries?cursor=c"),
            ),
        ),
        with_query(get(SUMMARIES), "cursor", Some("c"))
            .gives(200, &page(&[summary("x", "2026-03-02", 7), summary("y", "2026-02-28", 1)], None)),
        with_query(get(SUMMARIES), "cursor", None).gives(
            200,
            &page(
                &[summary("x", "2026-03-01", 5)],
                Some("/v3/reports/summary_reports/email_campaign_summaries?cursor=b"),
            ),
        ),
    ])
    .await;
    let outcome = read(&["campaign_summaries"]).run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.value("x", "2026-03-02", "emails_sent").as_deref(), Some("7"));
    assert_eq!(outcome.value("x", "2026-03-02", "delivered").as_deref(), Some("7"));
    assert!(outcome.value("x", "2026-03-01", "emails_sent").is_none(), "listed again, later");
    assert!(outcome.value("y", "2026-02-28", "emails_sent").is_none());
    let tokens: Vec<_> =
        calls(&server, "/token").iter().map(|c| c.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(tokens.len(), 2);
    assert!(tokens.iter().all(|t| t.starts_with("Basic ")));
}

#[tokio::test]
async fn one_bad_id_does_not_spoil_the_others() {
    let stats = |id: &str, opens: u32| {
        json!({"results": [{"campaign_id": id, "stats": {"em_opens_all": opens, "em_sends": 99}}],
                                              "errors": []})
    };
    let call = |ids: &str| get(&format!("/reports/stats/email_campaigns/{ids}"));
    let server = serve(vec![
        get(SUMMARIES).gives(
            200,
            &page(
                &[
                    summary("a", "2026-03-01", 1),
                    summary("b", "2026-03-02", 2),
                    summary("c", "2026-03-03", 3),
                ],
                None,
            ),
        ),
        call("a").gives(200, &stats("a", 10)),
        call("c").gives(200, &stats("c", 30)),
        call("[abc,]+")
            .gives(404, &json!([{"error_key": "not_found", "error_message": "No such campaign."}])),
    ])
    .await;
    let outcome = read(&["campaign_stats"]).run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["a 2026-03-01 opens 10", "c 2026-03-03 opens 30"]);
}

#[tokio::test]
async fn a_strange_host_fails_its_stream_and_no_other() {
    let server = serve(vec![
        get(SUMMARIES).gives(200, &page(&[], Some("https://evil.example/v3/x?cursor=b"))),
        get("/contact_lists").gives(
            200,
            &json!({"lists": [{"list_id": "l", "name": "Été", "membership_count": 0}, {"list_id": "m", "membership_count": null}]}),
        ),
    ])
    .await;
    let outcome = read(&["campaign_summaries", "lists"]).run(&server).await;
    assert_eq!(outcome.code, 5, "{}", outcome.words);
    assert_eq!(outcome.figures(), ["l 2026-04-02 subscribers 0"]);
    assert_eq!(outcome.of("entity").len(), 2);
}

#[tokio::test]
async fn contacts_are_counted_by_the_days_of_their_consent() {
    let contact = |id: &str, joined: &str, left: Value| json!({"contact_id": id, "email_address": {"address": "a@x.example", "opt_in_date": joined, "opt_out_date": left}});
    let next = json!({"next": {"href": "/v3/contacts?cursor=b"}});
    let server = serve(vec![
        with_query(get("/contacts"), "cursor", Some("b")).gives(
            200,
            &json!({"contacts": [contact("1", "2026-03-01T00:00:00Z", json!("2026-03-05T10:00:00.000Z")), {"contact_id": "4"}]}),
        ),
        with_query(with_query(get("/contacts"), "updated_after", Some("2026-02-28T00:00:00Z")), "status", Some("all")).gives(
            200,
            &json!({"contacts": [contact("1", "2026-03-01T00:00:00Z", json!(null)), contact("2", "2026-03-01T23:59:59Z", json!(null)),
                                 contact("3", "2026-02-01T00:00:00Z", json!(null))], "_links": next}),
        ),
    ])
    .await;
    let outcome = read(&["contacts"]).run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        ["a07 2026-03-01 subscribers_added 2", "a07 2026-03-05 subscribers_removed 1"]
    );
}

#[tokio::test]
async fn e_mails_of_a_campaign_stand_beside_it() {
    let server = serve(vec![
        get(SUMMARIES).gives(200, &page(&[summary("a", "2026-03-01", 10)], None)),
        get("/emails/a").gives(
            200,
            &json!({"campaign_id": "a", "name": "News", "campaign_activities": [
                {"campaign_activity_id": "p", "role": "primary_email"}, {"campaign_activity_id": "r", "role": "resend"},
                {"campaign_activity_id": "w", "role": "permalink"}]}),
        ),
        get("/reports/stats/email_campaign_activities/p,r").gives(
            200,
            &json!({"results": [{"campaign_activity_id": "p", "campaign_id": "a", "stats": {"em_sends": 6, "em_opens.all": 3}},
                                {"campaign_activity_id": "r", "stats": {"em_sends": 4}}], "errors": [{"id": "q"}]}),
        ),
        get("/reports/email_reports/p/links").gives(
            200,
            &json!({"link_click_counts": [{"link_url": "https://x.example/", "unique_clicks": 2},
                                          {"link_url": "https://x.example/", "unique_clicks": 1}]}),
        ),
        get("/reports/email_reports/r/links").gives(404, &json!([])),
        get("/reports/email_reports/p/tracking/clicks").gives(
            200,
            &json!({"tracking_activities": [{"contact_id": "1", "created_time": "2026-03-01T09:14:00.000Z"}]}),
        ),
        get("/reports/email_reports/[pr]/tracking/[a-z_]+").gives(200, &json!({"tracking_activities": []})),
    ])
    .await;
    let outcome = read(&["campaign_activities", "activity_stats", "links", "tracking"]).run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            "p 2026-03-01 emails_sent 6",
            "p 2026-03-01 opens 3",
            "p 2026-03-01 unique_clicks 3",
            "r 2026-03-01 emails_sent 4"
        ]
    );
    assert!(outcome.metrics().iter().all(|l| l["entity_kind"] == "email"));
    assert_eq!(outcome.of("entity").len(), 3);
    assert_eq!(outcome.warnings().len(), 1, "{:?}", outcome.warnings());
}

#[tokio::test]
async fn a_refused_stream_is_a_warning_and_a_dead_grant_ends() {
    let denied = json!({"error_key": "forbidden", "error_message": "No."});
    let server = serve(vec![
        get(SUMMARIES).gives(403, &denied),
        get("/emails").gives(200, &json!({"campaigns": [{"campaign_id": "x", "current_status": "REMOVED"}]})),
    ])
    .await;
    let outcome = read(&["campaign_summaries", "campaigns"]).run(&server).await;
    assert_eq!((outcome.code, outcome.warnings().len()), (0, 1), "{}", outcome.words);
    assert_eq!(outcome.of("entity")[0]["status"], "REMOVED");

    let server = Server::start(vec![
        Interaction::new("POST", "^/oauth2/default/v1/token$", &[]).gives(
            400,
            &json!({"error": "invalid_grant", "error_description": "The refresh token is invalid or expired."}),
        ),
        get("/account/summary").gives(401, &json!({"error_key": "unauthorized"})),
    ])
    .await;
    assert_eq!(accounts(&server, "constant_contact", &credentials(), &[], "2026-04-02").await.code, 3);
    assert_eq!(read(&[]).run(&server).await.code, 3);
}
