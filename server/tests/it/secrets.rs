//! Secrets leave neither by an answer, nor by a page, nor by the log: after a whole consent and synchronisation,
//! everything that anybody can see is searched for them.

use crate::consent::{begin, come_back, house_with};
use crate::house::{Answer, EMAIL, Input, NOW, PASSWORD, encode};
use crate::vendor::{CLIENT_SECRET, DEVELOPER_TOKEN, Vendor};
use axum::http::StatusCode;
use secrecy::ExposeSecret;
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

/// Everything that is logged by this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Our own crates in full; of the others what an admin would turn on to find a fault.
const FILTER: &str = "debug,server=trace,app=trace,pipeline=trace,connectors=trace,identity=trace,warehouse=trace,database=trace";

#[tokio::test]
async fn no_answer_no_page_and_no_log_line_holds_a_secret() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_env_filter(FILTER)
        .with_writer(log.clone())
        .with_ansi(false)
        .try_init()
        .unwrap();

    let vendor = Vendor::start(NOW).await;
    let (house, _) = house_with(&vendor).await;
    let mut seen: Vec<(String, Answer)> = Vec::new();
    // By HTTP, so that the password goes through the whole server.
    let fields = Input::Form(vec![("email", EMAIL.to_owned()), ("password", PASSWORD.to_owned())]);
    let answer = house.anonymous().call("log_in", &fields).await;
    let token = answer.session().unwrap();
    assert!(!answer.text().contains(&token), "the token is in the cookie only");
    let admin = crate::house::Visitor { token: Some(token.clone()), ..house.anonymous() };

    let back = vendor.decide(&begin(&admin).await, "allow").await;
    let code =
        url::Url::parse(&back).unwrap().query_pairs().find(|(n, _)| n == "code").unwrap().1.into_owned();
    come_back(&admin, &back).await;
    let connection = || vec![("ws", "acme".to_owned()), ("connection", "1".to_owned())];
    let found = admin.call("discover", &Input::Query(connection())).await;
    let ids: Vec<String> = found.json()["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["remote_id"].as_str().unwrap().to_owned())
        .collect();
    seen.push(("discover".into(), found));
    let start = json!({"connection": 1, "accounts": ids, "history_from": "2026-08-20", "schedule": "manual"});
    for name in ["estimate", "begin_sync"] {
        let answer = admin.call(name, &Input::Json(json!({"ws": "acme", "start": start}))).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        seen.push((name.into(), answer));
    }
    let worker = tokio::spawn(pipeline::jobs::work(
        house.services.pipeline.clone(),
        house.lifecycle.soft.clone(),
        true,
    ));
    let mut outcome = String::new();
    for _ in 0..600 {
        let detail = admin.call("connection", &Input::Query(connection())).await.json();
        outcome = detail["summary"]["last_run"]["outcome"].as_str().unwrap_or_default().to_owned();
        if !matches!(outcome.as_str(), "" | "running") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(outcome, "succeeded");
    assert!(house.count("SELECT count(*) FROM facts_ads").await > 0);

    // A grant that dies: refusals speak of tokens, and must not quote them.
    let revoke = json!([{"kind": "revoke"}]);
    let control = crate::vendor::browser()
        .post(format!("{}/_simulator/faults", vendor.address))
        .json(&revoke)
        .send()
        .await;
    assert!(control.unwrap().status().is_success());
    let answer = admin.call("sync_now", &Input::Json(json!({"ws": "acme", "connection": 1}))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    for _ in 0..300 {
        let detail = admin.call("connection", &Input::Query(connection())).await.json();
        outcome = detail["summary"]["last_run"]["outcome"].as_str().unwrap_or_default().to_owned();
        if outcome == "needs_reconnect" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(outcome, "needs_reconnect");
    house.lifecycle.soft.cancel();
    worker.await.unwrap();

    seen.push(("sessions".into(), admin.call("sessions", &Input::Query(vec![])).await));
    for name in ["connections", "platforms", "imports", "dashboard_context"] {
        seen.push((name.into(), admin.call(name, &Input::Query(vec![("ws", "acme".into())])).await));
    }
    for name in ["connection", "discover"] {
        seen.push((name.into(), admin.call(name, &Input::Query(connection())).await));
    }
    let scope =
        json!({"level": "campaign", "days": ["2026-08-01", "2026-09-04"], "compare": null, "filters": []});
    for path in [
        "/".to_owned(),
        "/w/acme/dash/paid".to_owned(),
        "/w/acme/data".to_owned(),
        "/w/acme/data/connect".to_owned(),
        "/w/acme/data/connect/google_ads".to_owned(),
        "/w/acme/data/connections/1".to_owned(),
        "/w/acme/data/connections/1/accounts".to_owned(),
        "/w/acme/data/imports".to_owned(),
        "/w/acme/data/metrics".to_owned(),
        "/w/acme/data/currencies".to_owned(),
        "/w/acme/settings".to_owned(),
        "/settings/account".to_owned(),
        "/welcome".to_owned(),
        "/login".to_owned(),
        "/nowhere".to_owned(),
        "/healthz".to_owned(),
        "/readyz".to_owned(),
        "/api/w/acme/versions".to_owned(),
        format!("/api/w/acme/cube?{}", encode(&[("scope", scope.to_string())])),
    ] {
        seen.push((path.clone(), admin.get(&path).await));
    }
    seen.push(("connect".into(), {
        let again = json!({"ws": "acme", "request": {"platform": "google_ads", "reconnect": 1}});
        admin.call("connect", &Input::Json(again)).await
    }));

    let key = std::fs::read(house.dir.path().join("secret.key")).unwrap();
    let mut secrets = vec![
        ("the password", PASSWORD.to_owned()),
        ("the session token", token),
        ("the client secret", CLIENT_SECRET.to_owned()),
        ("the developer token", DEVELOPER_TOKEN.to_owned()),
        ("the code of the consent", code),
        ("the key of sealed secrets", String::from_utf8_lossy(&key).trim().to_owned()),
    ];
    let tokens = vendor.tokens();
    assert!(tokens.len() >= 2, "an access and a refresh token were given out");
    secrets.extend(tokens.into_iter().map(|token| ("a token of the vendor", token)));
    let url = house.db.url();
    if let Some(password) = url::Url::parse(url.expose_secret()).unwrap().password().filter(|p| p.len() > 8) {
        secrets.push(("the password of the database", password.to_owned()));
    }

    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.lines().count() > 100, "the log was captured");
    for (what, secret) in &secrets {
        assert!(secret.len() >= 8, "{what}");
        if let Some(line) = log.lines().find(|line| line.contains(secret)) {
            panic!("{what} is in the log: {line}");
        }
        for (from, answer) in &seen {
            assert!(!answer.text().contains(secret), "{what} is in the answer of {from}");
            assert!(!format!("{:?}", answer.headers).contains(secret), "{what} is in the headers of {from}");
        }
    }
    // Nothing readable in the database either.
    for (table, column) in [("connections", "secret"), ("consents", "secret")] {
        let sql = format!("SELECT coalesce(string_agg(encode({column}, 'escape'), ' '), '') FROM {table}");
        let stored: String =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(house.db.pool()).await.unwrap();
        for (what, secret) in &secrets {
            assert!(!stored.contains(secret), "{what} is readable in {table}");
        }
    }
}
