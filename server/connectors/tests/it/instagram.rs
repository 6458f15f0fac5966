//! Instagram by its recordings and by scripted traffic.

use crate::contracts::recordings;
use crate::server::{Interaction, Server};
use crate::support::{Read, accounts, credentials};
use serde_json::{Value, json};

const ME: &str = "17841400000000042";

fn read(since: &str, until: &str) -> Read {
    let mut read = Read::new(ME, since, until);
    read.slug = "instagram".into();
    read
}

fn now() -> Read {
    read("2026-09-02", "2026-09-03")
}

fn get(path: &str, query: &[(&str, Option<&str>)]) -> Interaction {
    let mut interaction = Interaction::new("GET", &format!("^/v25.0/{path}$"), &[]);
    interaction.query = query.iter().map(|(n, v)| ((*n).to_owned(), v.map(|v| json!(v)))).collect();
    interaction
}

fn of_me(edge: &str, query: &[(&str, Option<&str>)]) -> Interaction {
    get(&format!("{ME}/{edge}"), query)
}

fn list(rows: &[Value], next: Option<&str>) -> Value {
    match next {
        Some(after) => {
            json!({"data": rows, "paging": {"cursors": {"after": after}, "next": "https://a.example/x"}})
        }
        None => json!({"data": rows, "paging": {"cursors": {"before": "b", "after": "end"}}}),
    }
}

fn figures(pairs: &[(&str, i64)]) -> Value {
    let figure = |(name, value): &(&str, i64)| json!({"name": name, "period": "lifetime", "values": [{"value": value}]});
    json!({"data": pairs.iter().map(figure).collect::<Vec<_>>()})
}

fn post(id: &str, media: &str, product: &str, at: &str) -> Value {
    json!({"id": id, "media_type": media, "media_product_type": product, "timestamp": at, "like_count": 1,
           "comments_count": 2})
}

fn refusal(code: u32, message: &str) -> Value {
    json!({"error": {"code": code, "message": message, "type": "OAuthException"}})
}

async fn serve(mut more: Vec<Interaction>) -> Server {
    more.push(get(ME, &[]).gives(200, &json!({"id": ME, "username": "acme", "followers_count": 5})));
    Server::start(more).await
}

#[tokio::test]
async fn the_recording_gives_its_rows_and_no_others() {
    let Some(folder) = recordings("instagram") else { return };
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: Vec<Value> = serde_json::from_str(&text).unwrap();
    let server = Server::replay(&folder).await;
    let mut read = Read::new("17841462785487205", "2024-07-13", "2024-07-14");
    (read.slug, read.now) = ("instagram".into(), "2024-07-15".into());
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let totals = outcome.metrics().into_iter().filter(|l| l.get("breakdown").is_none()).count();
    assert_eq!(totals, expected.len(), "{:?}", outcome.figures());
    assert_eq!(outcome.metrics().len() - totals, 6, "groups of followers");
    for (login, name) in [("facebook", "17841462785487205"), ("instagram", "username")] {
        let settings = [format!("login={login}")];
        let found = accounts(&server, "instagram", &credentials(), &settings, "2024-07-15").await;
        assert_eq!(found.code, 0, "{}", found.words);
        assert_eq!(found.of("account").len(), 1);
        assert_eq!(found.of("account")[0]["id"], "17841462785487205");
        assert_eq!(found.of("account")[0]["name"], name);
    }
}

#[tokio::test]
async fn recent_posts_end_the_list_and_older_ones_are_read_once_a_week() {
    let posts = || {
        vec![
            of_me("media", &[("after", Some("c3"))])
                .gives(200, &list(&[post("4", "IMAGE", "FEED", "2020-01-01T00:00:00+0000")], None)),
            of_me("media", &[("after", Some("c2"))])
                .gives(200, &list(&[post("3", "IMAGE", "FEED", "2026-01-01T00:00:00+0000")], Some("c3"))),
            of_me("media", &[("after", Some("c1"))]).gives(200, &list(&[], Some("c2"))),
            of_me("media", &[("limit", Some("2")), ("appsecret_proof", Some("~^[0-9a-f]{64}$"))]).gives(
                200,
                &list(
                    &[
                        post("1", "VIDEO", "REELS", "2026-09-04T10:00:00+0000"),
                        post("2", "IMAGE", "FEED", "2026-06-06T10:00:00+0000"),
                    ],
                    Some("c1"),
                ),
            ),
            get("[0-9]+/insights", &[("access_token", None)])
                .gives(200, &figures(&[("likes", 7), ("reach", 9)])),
        ]
    };
    let server = serve(posts()).await;
    let folder = tempfile::tempdir().unwrap();
    let mut all = now().stream("media_insights").stream("media_insights_older").setting("page_size", "2");
    all.state = Some(folder.path().join("state.json"));
    let outcome = all.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let likes = |outcome: &crate::support::Outcome| -> Vec<String> {
        outcome.figures().into_iter().filter(|f| f.contains("likes")).collect()
    };
    let expected = |id: &str, day: &str| format!("{id} {day} likes 7");
    assert_eq!(likes(&outcome), ["1", "2", "3", "4"].map(|id| expected(id, "2026-09-04")));
    let asked = server.seen().iter().filter(|s| s.path.ends_with("/media")).count();
    assert_eq!(asked, 3 + 4, "behind a page of old posts there are only older ones");
    all.now = "2026-09-05".into();
    let outcome = all.run(&server).await;
    assert_eq!(likes(&outcome), [expected("1", "2026-09-05")], "the second is 91 days old now");
    all.now = "2026-09-12".into();
    assert_eq!(likes(&all.run(&server).await).len(), 4);
}

#[tokio::test]
async fn a_refused_metric_is_dropped_and_remembered_for_its_kind_of_post() {
    let server = serve(vec![
        of_me("media", &[]).gives(
            200,
            &list(&[post("1", "IMAGE", "FEED", "2026-09-04T10:00:00+0000"),
                    post("2", "IMAGE", "FEED", "2026-09-03T10:00:00+0000"),
                    post("3", "VIDEO", "REELS", "2026-09-02T10:00:00+0000")], None),
        ),
        get("(1|2)/insights", &[("metric", Some("~(^|,)views(,|$)"))])
            .gives(400, &refusal(100, "(#100) The Media Insights API does not support the views metric for this media product type.")),
        get("(1|2)/insights", &[("metric", Some("~profile_visits"))])
            .gives(400, &refusal(100, "(#100) metric[6] must be one of the following values: reach, likes")),
        get("[0-9]+/insights", &[]).gives(200, &figures(&[("views", 4), ("reach", 9)])),
    ])
    .await;
    let outcome = now().stream("media_insights").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.value("3", "2026-09-04", "video_views").as_deref(), Some("4"));
    assert_eq!(outcome.value("1", "2026-09-04", "likes").as_deref(), Some("1"), "of the post itself");
    let asked =
        |id: &str| server.seen().iter().filter(|s| s.path.ends_with(&format!("/{id}/insights"))).count();
    assert_eq!((asked("1"), asked("2"), asked("3")), (3, 1, 1));
    let warnings = outcome.warnings().join("\n");
    assert!(
        warnings.contains("does not give views of FEED IMAGE") && warnings.contains("profile_visits"),
        "{warnings}"
    );
}

#[tokio::test]
async fn posts_without_figures_are_passed_over() {
    let early = json!({"error": {"code": 100, "error_subcode": 2_108_006, "message": "Invalid parameter"}});
    let gone = json!({"error": {"code": 100, "error_subcode": 33, "message": "Unsupported get request."}});
    let server = serve(vec![
        of_me("media", &[]).gives(
            200,
            &list(
                &["1", "2", "3", "4"].map(|id| post(id, "IMAGE", "FEED", "2026-09-04T10:00:00+0000")),
                None,
            ),
        ),
        of_me("stories", &[]).gives(200, &json!({"data": [{"id": "5", "media_type": "IMAGE"}]})),
        get("1/insights", &[]).gives(400, &early),
        get("2/insights", &[]).gives(400, &gone),
        get("3/insights", &[]).gives(200, &json!({"data": []})),
        get("4/insights", &[]).gives(200, &figures(&[("likes", 0), ("reach", 3)])),
        get("5/insights", &[("metric", Some("~navigation")), ("metric_type", Some("total_value"))])
            .gives(400, &refusal(10, "(#10) Not enough viewers for the media to show insights")),
    ])
    .await;
    let outcome = now().stream("media_insights").stream("story_insights").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    let likes: Vec<_> = outcome.figures().into_iter().filter(|f| f.contains("likes")).collect();
    let expected =
        ["1 2026-09-04 likes 1", "2 2026-09-04 likes 1", "3 2026-09-04 likes 1", "4 2026-09-04 likes 0"];
    assert_eq!(likes, expected);
    assert_eq!(outcome.warnings().len(), 1, "{:?}", outcome.warnings());
    assert!(
        outcome.warnings()[0].contains("The figures of 1 posts can't be read"),
        "{:?}",
        outcome.warnings()
    );
}

#[tokio::test]
async fn a_post_that_is_served_twice_is_asked_about_once_and_an_answer_without_a_list_is_not_understood() {
    let twice = post("1", "IMAGE", "FEED", "2026-09-04T10:00:00+0000");
    let server = serve(vec![
        of_me("media", &[("after", Some("c1"))]).gives(200, &list(std::slice::from_ref(&twice), None)),
        of_me("media", &[]).gives(200, &list(&[twice], Some("c1"))),
        get("1/insights", &[]).gives(200, &figures(&[("likes", 3), ("reach", 4)])).times(1),
        of_me("stories", &[]).gives(200, &json!({"rows": []})),
    ])
    .await;
    let outcome = now().stream("media_insights").run(&server).await;
    assert_eq!((outcome.code, outcome.figures().len()), (0, 3), "{}", outcome.words);
    let outcome = now().stream("stories").run(&server).await;
    assert_eq!(outcome.code, 5, "{}", outcome.words);
}

#[tokio::test]
async fn a_dead_token_or_a_throttled_app_ends_it_in_the_middle_of_posts() {
    for (code, exit) in [(190, 3), (4, 4)] {
        let told = r#"{"1":[{"type":"instagram","estimated_time_to_regain_access":40}]}"#;
        let server = serve(vec![
            of_me("media", &[])
                .gives(200, &list(&[post("1", "IMAGE", "FEED", "2026-09-04T10:00:00+0000")], None)),
            get("1/insights", &[])
                .gives(403, &refusal(code, "No."))
                .with_header("x-business-use-case-usage", told),
        ])
        .await;
        let outcome = now().stream("media_insights").run(&server).await;
        assert_eq!(outcome.code, exit, "{}", outcome.words);
        assert!(outcome.metrics().is_empty());
    }
}

#[tokio::test]
async fn days_and_totals_come_for_the_days_that_were_asked_for() {
    let reach = |name: &str, ends: &[(&str, i64)]| {
        let values: Vec<_> = ends.iter().map(|(at, value)| json!({"value": value, "end_time": at})).collect();
        json!({"data": [{"name": name, "period": "day", "values": values}],
               "paging": {"next": "https://graph.facebook.com/later", "previous": "https://graph.facebook.com/before"}})
    };
    let ends =
        [("2026-09-02T22:00:00+0000", 3), ("2026-09-03T22:00:00+0000", 4), ("2026-09-01T22:00:00+0000", 2)];
    let total = |value: i64| json!({"data": [{"name": "views", "total_value": {"value": value}}]});
    let server = serve(vec![
        of_me("insights", &[("metric", Some("~follower_count")), ("metric_type", None)]).gives(
            400,
            &refusal(100, "(#100) The follower_count metric is only for accounts with 100 followers."),
        ),
        of_me(
            "insights",
            &[("metric", Some("reach")), ("since", Some("2026-09-02")), ("until", Some("2026-09-05"))],
        )
        .gives(200, &reach("reach", &ends)),
        of_me(
            "insights",
            &[
                ("metric_type", Some("total_value")),
                ("since", Some("2026-09-02")),
                ("until", Some("2026-09-03")),
            ],
        )
        .gives(200, &total(20)),
        of_me(
            "insights",
            &[
                ("metric_type", Some("total_value")),
                ("since", Some("2026-09-03")),
                ("until", Some("2026-09-04")),
            ],
        )
        .gives(200, &total(0)),
        of_me("insights", &[("metric", Some("follower_demographics"))])
            .gives(400, &refusal(10, "(#10) Not enough followers")),
    ])
    .await;
    let all = now().stream("account_daily").stream("account_totals").stream("audience");
    let outcome = all.run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(
        outcome.figures(),
        [
            format!("{ME} 2026-09-02 reach 3"),
            format!("{ME} 2026-09-02 video_views 20"),
            format!("{ME} 2026-09-03 reach 4"),
            format!("{ME} 2026-09-03 video_views 0"),
        ]
    );
    let warnings = outcome.warnings().join("\n");
    assert!(warnings.contains("follower_count") && warnings.contains("Not enough followers"), "{warnings}");
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
    let future = read("2026-10-01", "2026-10-02").stream("account_daily").stream("account_totals");
    let outcome = future.run(&server).await;
    assert_eq!((outcome.code, outcome.metrics().len()), (0, 0), "{}", outcome.words);
}

#[tokio::test]
async fn a_stream_that_is_refused_leaves_the_others_and_an_account_that_is_refused_ends_with_two() {
    let refused = || of_me("insights", &[]).gives(400, &refusal(10, "(#10) No permission"));
    let server = serve(vec![refused()]).await;
    let outcome = now().stream("profile").stream("account_daily").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(outcome.figures(), [format!("{ME} 2026-09-04 followers 5")]);
    assert!(outcome.warnings().join("").contains("No permission"));
    let denied = Server::start(vec![get(".*", &[]).gives(403, &refusal(200, "(#200) Not yours."))]).await;
    let outcome = now().run(&denied).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
}

#[tokio::test]
async fn comments_and_tags_come_on_request() {
    let server = serve(vec![
        of_me("media", &[])
            .gives(200, &list(&[post("1", "IMAGE", "FEED", "2026-09-01T10:00:00+0000")], None)),
        of_me("tags", &[]).gives(200, &list(&[json!({"id": "9", "permalink": "https://a.example/9"})], None)),
        get("1/comments", &[("fields", Some("id,timestamp"))])
            .gives(200, &list(&[json!({"id": "c", "timestamp": "2026-09-02T10:00:00+0000"})], None)),
    ])
    .await;
    let outcome = now().stream("comments").stream("tags").run(&server).await;
    assert_eq!((outcome.code, outcome.of("entity").len()), (0, 1), "{}", outcome.words);
    assert!(server.unmatched().is_empty(), "{:?}", server.unmatched());
}
