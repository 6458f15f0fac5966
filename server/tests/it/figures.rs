//! Figures in bulk: the cube with its tag, frames, versions and rates.

use crate::house::{Answer, House, Visitor, encode};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use metrics::{Cube, Dimension, Frame, Level, Metric, Query};
use model::live::Topic;
use model::{DayRange, ErrorKind};
use serde_json::{Value, json};

const FILE: &str = "Day,Campaign,Clicks,Cost,Currency code\n\
    2026-08-01,Alpha,10,1.50,EUR\n2026-08-01,Beta,5,2.25,EUR\n2026-08-02,Alpha,7,0.75,EUR\n";

fn august() -> DayRange {
    DayRange::new("2026-08-01".parse().unwrap(), "2026-08-31".parse().unwrap()).unwrap()
}

fn scope() -> Value {
    json!({"level": "campaign", "days": august(), "compare": null, "filters": []})
}

fn query(group_by: Vec<Dimension>) -> Query {
    Query {
        family: metrics::Family::Ads,
        level: Level::Campaign,
        days: august(),
        group_by,
        metrics: vec![Metric::Clicks, Metric::Spend],
        filters: vec![],
    }
}

fn cube_path(scope: &Value) -> String {
    format!("/api/w/acme/cube?{}", encode(&[("scope", scope.to_string())]))
}

async fn get_with_tag(visitor: &Visitor, path: &str, tag: &str) -> Answer {
    let request = visitor.request(Method::GET, path).header(header::IF_NONE_MATCH, tag);
    visitor.send(request.body(Body::empty()).unwrap()).await
}

/// Uploads a file and loads it as guessed.
async fn import(visitor: &Visitor, name: &str, content: &str) {
    let path = format!("/api/w/acme/imports/upload?name={name}");
    let preview = visitor.post(&path, content.to_owned()).await.json();
    let body = json!({"ws": "acme", "import": preview["import"], "mapping": preview["mapping"]});
    let loaded = visitor.post_json("/api/f/load_import", &body).await;
    assert_eq!(loaded.status, StatusCode::OK, "{}", loaded.text());
}

#[tokio::test]
async fn a_file_becomes_a_cube_and_frames_that_agree() {
    let (_house, admin) = House::lived_in().await;
    import(&admin, "august.csv", FILE).await;
    let answer = admin.get(&cube_path(&scope())).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    let cube = Cube::decode(&answer.body).unwrap();

    let queries = [query(vec![]), query(vec![Dimension::Day]), query(vec![Dimension::Campaign])];
    let answer = admin.post("/api/w/acme/frames", serde_json::to_vec(&queries).unwrap()).await;
    let frames: Vec<Frame> = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(frames[0].totals, [Some(22), Some(4_500_000)]);
    assert_eq!(frames[2].rows.len(), 2);
    for (query, frame) in queries.iter().zip(&frames) {
        assert_eq!(&cube.query(query), frame, "{query:?}");
    }
}

#[tokio::test]
async fn the_browser_s_copy_is_good_until_something_changed() {
    let (house, admin) = House::lived_in().await;
    import(&admin, "august.csv", FILE).await;
    let path = cube_path(&scope());
    let first = admin.get(&path).await;
    let tag = first.header("etag");
    assert!(tag.starts_with('"') && tag.len() > 10, "{tag}");
    let again = get_with_tag(&admin, &path, &tag).await;
    assert_eq!(
        (again.status, again.body.len(), again.header("etag")),
        (StatusCode::NOT_MODIFIED, 0, tag.clone())
    );
    assert_eq!(
        get_with_tag(&admin, &path, &format!("\"other\", W/{tag}")).await.status,
        StatusCode::NOT_MODIFIED
    );

    let mut other = scope();
    other["days"] = json!(["2026-08-01", "2026-08-01"]);
    assert_eq!(get_with_tag(&admin, &cube_path(&other), &tag).await.status, StatusCode::OK, "another scope");
    let workspace = house.workspace("acme").await.id;
    for topic in [Topic::Figures, Topic::Workspace] {
        let before = admin.get(&path).await.header("etag");
        house.bump(workspace, topic).await;
        let changed = get_with_tag(&admin, &path, &before).await;
        assert_eq!(changed.status, StatusCode::OK, "{topic:?} changed");
        assert_ne!(changed.header("etag"), before);
    }
    let before = admin.get(&path).await.header("etag");
    house.bump(workspace, Topic::Connections).await;
    assert_eq!(
        get_with_tag(&admin, &path, &before).await.status,
        StatusCode::NOT_MODIFIED,
        "not about figures"
    );
}

#[tokio::test]
async fn a_cube_that_is_too_large_says_how_large() {
    let (house, admin) = House::lived_in().await;
    let workspace = house.workspace("acme").await.id;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "INSERT INTO accounts (workspace_id, platform, source, remote_id, name, currency, time_zone)
         VALUES ({workspace}, 'file', 'file', 'a', 'A', 'EUR', 'UTC');
         INSERT INTO reported_metrics (workspace_id, account_id, family, kind, metrics)
         SELECT workspace_id, id, 'ads', 1, '{{clicks}}' FROM accounts;
         INSERT INTO entities (workspace_id, account_id, kind, remote_id, name, first_seen, last_seen)
         SELECT {workspace}, a.id, 1, n, n, now(), now() FROM accounts a, generate_series(1, 10000) n;
         UPDATE entities SET campaign_id = id;
         SELECT ensure_month_partition('facts_ads', '2026-08-01');
         INSERT INTO facts_ads (workspace_id, account_id, entity_id, day, kind, currency, clicks, hash)
         SELECT e.workspace_id, e.account_id, e.id, d::date, 1, 'EUR', 1, 0
         FROM entities e, generate_series('2026-08-01'::date, '2026-08-31'::date, interval '1 day') d;
         INSERT INTO rollup_ads_account_day (workspace_id, account_id, kind, day, currency, facts, clicks)
         SELECT workspace_id, account_id, kind, day, currency, count(*), sum(clicks)
         FROM facts_ads GROUP BY 1, 2, 3, 4, 5;"
    )))
    .execute(house.db.pool())
    .await
    .unwrap();
    let answer = admin.get(&cube_path(&scope())).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.json()["cells"].as_u64().unwrap() > 300_000, "{}", answer.text());

    let queries = vec![query(vec![Dimension::Day])];
    let answer = admin.post("/api/w/acme/frames", serde_json::to_vec(&queries).unwrap()).await;
    let frames: Vec<Frame> = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((frames[0].rows.len(), frames[0].totals[0]), (31, Some(310_000)), "the other path answers");
}

#[tokio::test]
async fn nonsense_is_refused_and_says_why() {
    let (_house, admin) = House::lived_in().await;
    for wrong in [
        "/api/w/acme/cube".to_owned(),
        "/api/w/acme/cube?scope=nonsense".to_owned(),
        "/api/w/acme/cube?scope=%7B%7D".to_owned(),
        cube_path(
            &json!({"level": "campaign", "days": ["2026-08-31", "2026-08-01"], "compare": null, "filters": []}),
        ),
        cube_path(&json!({"level": "galaxy", "days": august(), "compare": null, "filters": []})),
    ] {
        let refusal = admin.get(&wrong).await.refusal();
        assert_eq!(refusal.kind, ErrorKind::Invalid, "{wrong}: {refusal:?}");
        assert!(refusal.message.contains("can't be read"), "{refusal:?}");
    }
    for wrong in ["", "nonsense", "{}", r#"[{"level":"campaign"}]"#] {
        admin.post("/api/w/acme/frames", wrong).await.assert_refused(ErrorKind::Invalid);
    }
    let many = vec![query(vec![]); 201];
    let refusal = admin.post("/api/w/acme/frames", serde_json::to_vec(&many).unwrap()).await.refusal();
    assert!(refusal.message.contains("201") && refusal.message.contains("200"), "{refusal:?}");
    // A member that does not exist (any more) is not an error: there is just nothing.
    let mut filtered = scope();
    filtered["filters"] =
        json!([{"dimension": "campaign", "mode": "include", "members": ["987654321", "no number"]}]);
    let answer = admin.get(&cube_path(&filtered)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

#[tokio::test]
async fn versions_count_what_was_committed() {
    let (house, admin) = House::lived_in().await;
    let versions = async || admin.get("/api/w/acme/versions").await.json();
    let before = versions().await;
    assert_eq!(before["type"], "hello");
    let workspace = house.workspace("acme").await.id;
    let version = house.bump(workspace, Topic::Figures).await;
    assert_eq!(versions().await["versions"]["figures"], version);
    let elsewhere = house.add_workspace("elsewhere").await;
    house.bump(elsewhere, Topic::Figures).await;
    assert_eq!(versions().await["versions"]["figures"], version, "another workspace's");
}

#[tokio::test]
async fn rates_are_loaded_or_refused() {
    let (house, admin) = House::lived_in().await;
    let answer =
        admin.post("/api/w/acme/rates", "Date,USD,GBP\n2026-09-03,1.1,0.85\n2026-09-02,1.2,N/A\n").await;
    assert_eq!(answer.json(), json!({"rates": 3}), "{}", answer.text());
    for wrong in ["", "nonsense", "Date,USD\n2026-09-03,minus\n", "Date,USD\n2026-09-03,-1\n"] {
        let refusal = admin.post("/api/w/acme/rates", wrong).await.refusal();
        assert_eq!(refusal.kind, ErrorKind::Invalid, "{wrong:?}: {refusal:?}");
    }
    assert_eq!(house.count("SELECT count(*) FROM fx_rates").await, 3);
    let large = vec![b'x'; 20 * 1024 * 1024 + 1];
    let refusal = admin.post("/api/w/acme/rates", large).await.refusal();
    assert!(refusal.message.contains("20 MB"), "{refusal:?}");
}
