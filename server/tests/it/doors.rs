//! The first run, log-in, log-out and sessions, as a browser does them.

use crate::house::{EMAIL, House, Input, PASSWORD, Visitor, setup_fields};
use axum::http::StatusCode;
use model::ErrorKind;
use serde_json::json;

fn credentials(email: &str, password: &str) -> Input {
    Input::Form(vec![("email", email.to_owned()), ("password", password.to_owned())])
}

/// Where the start page leads: to set-up, to log-in or into a workspace.
async fn way_in(visitor: &Visitor) -> String {
    let answer = visitor.page("/").await;
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text());
    answer.header("location")
}

const INSIDE: &str = "/w/acme/dash/paid";

#[tokio::test]
async fn the_first_run_by_http() {
    let house = House::empty().await;
    let visitor = house.anonymous();
    assert_eq!(way_in(&visitor).await, "/setup");
    visitor.call("log_in", &credentials(EMAIL, PASSWORD)).await.assert_refused(ErrorKind::Conflict);

    let good = house.form().await;
    let set_up = async |change: fn(&mut model::workspace::SetupForm)| {
        let mut form = good.clone();
        change(&mut form);
        visitor.call("set_up", &Input::Form(setup_fields(&form))).await
    };
    let field = |answer: crate::house::Answer| {
        assert_eq!(answer.session(), None);
        let refusal = answer.refusal();
        assert_eq!(refusal.kind, ErrorKind::Invalid, "{refusal:?}");
        refusal.field.unwrap()
    };
    assert_eq!(field(set_up(|f| f.code = "0000-0000-0000".into()).await), "code");
    assert_eq!(field(set_up(|f| f.password = "short".into()).await), "password");
    assert_eq!(field(set_up(|f| f.password = "password1234".into()).await), "password");
    assert_eq!(field(set_up(|f| f.email = "nobody".into()).await), "email");
    assert_eq!(field(set_up(|f| f.workspace.currency = "EURO".into()).await), "currency");
    assert_eq!(field(set_up(|f| f.workspace.time_zone = "Mars/Base".into()).await), "time_zone");
    assert_eq!(house.count("SELECT count(*) FROM users").await, 0);

    let answer = set_up(|_| {}).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let admin = Visitor { token: answer.session(), ..visitor.clone() };
    assert_eq!(way_in(&admin).await, INSIDE);
    assert!(admin.page("/settings/account").await.text().contains(EMAIL));
    assert_eq!(way_in(&visitor).await, "/login");
    set_up(|_| {}).await.assert_refused(ErrorKind::Conflict);
}

#[tokio::test]
async fn in_and_out() {
    let (house, _) = House::lived_in().await;
    let visitor = house.anonymous();
    for (email, password) in [(EMAIL, "wrong password!"), ("nobody@example.com", PASSWORD)] {
        let answer = visitor.call("log_in", &credentials(email, password)).await;
        assert_eq!(answer.session(), None);
        let refusal = answer.refusal();
        assert_eq!(
            (refusal.kind, refusal.message.as_str()),
            (ErrorKind::Unauthenticated, "E-mail or password is wrong.")
        );
    }
    let answer = visitor.call("log_in", &credentials(EMAIL, PASSWORD)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.starts_with("windhover=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert!(!cookie.contains("Secure") && cookie.contains("Path=/"), "{cookie}");
    let ana = Visitor { token: answer.session(), ..visitor.clone() };
    assert_eq!(ana.call("sessions", &Input::Query(vec![])).await.json().as_array().unwrap().len(), 2);

    let out = ana.call("log_out", &Input::Json(json!({}))).await;
    assert_eq!(out.status, StatusCode::OK);
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
    assert_eq!(way_in(&ana).await, "/login", "the old cookie is worth nothing");
    ana.call("sessions", &Input::Query(vec![])).await.assert_refused(ErrorKind::Unauthenticated);
    ana.call("log_out", &Input::Json(json!({}))).await.assert_refused(ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let (house, _) = House::lived_in().await;
    let visitor = house.anonymous();
    for _ in 0..5 {
        visitor
            .call("log_in", &credentials(EMAIL, "wrong password!"))
            .await
            .assert_refused(ErrorKind::Unauthenticated);
    }
    let answer = visitor.call("log_in", &credentials(EMAIL, PASSWORD)).await;
    answer.assert_refused(ErrorKind::TooMany);
    assert_eq!(answer.header("retry-after"), "30");
}

#[tokio::test]
async fn a_form_without_our_script_works_too() {
    let (house, _) = House::lived_in().await;
    let visitor = house.anonymous();
    let html = "text/html,application/xhtml+xml";
    let fields = |password: &str| [("email", EMAIL.to_owned()), ("password", password.to_owned())];
    let answer = visitor.send_form("/api/f/log_in", &fields(PASSWORD), html).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text());
    assert_eq!(answer.header("location"), "/");
    assert!(answer.session().is_some());

    let answer = visitor.send_form("/api/f/log_in", &fields("hush hush hush"), html).await;
    assert!(answer.status.is_redirection(), "{}", answer.status);
    assert_eq!(answer.session(), None);
    let back = answer.header("location");
    assert!(back.contains("/login"), "{back}");
    assert!(!back.contains("hush") && !back.contains(EMAIL), "what was typed is not in the address: {back}");
    let page = visitor.get(back.trim_start_matches("http://windhover.test")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("E-mail or password is wrong."), "the page says what was wrong");
}

#[tokio::test]
async fn a_tampered_cookie_is_nobody() {
    let (house, admin) = House::lived_in().await;
    let token = admin.token.clone().unwrap();
    let mut flipped = token.clone().into_bytes();
    flipped[10] = if flipped[10] == b'A' { b'B' } else { b'A' };
    for wrong in [
        String::from_utf8(flipped).unwrap(),
        token[..42].to_owned(),
        format!("{token}A"),
        "' OR 1=1 --".to_owned(),
        String::new(),
        "x".repeat(5000),
    ] {
        let visitor = Visitor { token: Some(wrong.clone()), ..house.anonymous() };
        assert_eq!(way_in(&visitor).await, "/login", "{wrong}");
        visitor
            .call("connections", &Input::Query(vec![("ws", "acme".into())]))
            .await
            .assert_refused(ErrorKind::Unauthenticated);
        visitor.get("/api/w/acme/versions").await.assert_refused(ErrorKind::Unauthenticated);
    }
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host() {
    let house = House::with(Box::new(|config| {
        config.public_url = Some("https://numbers.example.com".parse().unwrap());
    }))
    .await;
    house.move_in().await;
    let visitor = house.anonymous();
    let answer = visitor.call("log_in", &credentials(EMAIL, PASSWORD)).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-windhover=") && cookie.contains("; Secure"), "{cookie}");
    let ana = Visitor { token: answer.session(), is_secure: true, ..visitor.clone() };
    assert_eq!(way_in(&ana).await, INSIDE);
    let plain_name = Visitor { is_secure: false, ..ana };
    assert_eq!(way_in(&plain_name).await, "/login", "the name without the promise does not count");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let (house, here) = House::lived_in().await;
    let there = house.log_in(EMAIL).await;
    let change = |current: &str, new: &str| Input::Json(json!({"current": current, "new": new}));
    let refusal =
        here.call("change_password", &change("not it at all", "a new long password")).await.refusal();
    assert_eq!(refusal.field.as_deref(), Some("current"));
    let refusal = here.call("change_password", &change(PASSWORD, "short")).await.refusal();
    assert_eq!(refusal.field.as_deref(), Some("new"));
    assert_eq!(
        here.call("change_password", &change(PASSWORD, "a new long password")).await.status,
        StatusCode::OK
    );
    assert_eq!(way_in(&there).await, "/login");
    assert_eq!(way_in(&here).await, INSIDE);
    house
        .anonymous()
        .call("log_in", &credentials(EMAIL, PASSWORD))
        .await
        .assert_refused(ErrorKind::Unauthenticated);
}
