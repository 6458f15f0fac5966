//! The way to the vendor's consent page and back, and all the ways in which it fails.

use crate::house::{House, Input, NOW, Visitor, encode};
use crate::vendor::Vendor;
use axum::http::StatusCode;
use model::ErrorKind;
use model::access::Role;
use secrecy::SecretString;
use serde_json::json;
use std::time::Duration;

/// A house that is configured for the vendor.
pub async fn house_with(vendor: &Vendor) -> (House, Visitor) {
    let fields = vendor.fields();
    let house = House::with(Box::new(move |config| {
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), SecretString::from(value)));
        config.platforms.insert("google_ads".into(), fields.collect());
    }))
    .await;
    let admin = house.move_in().await;
    (house, admin)
}

pub async fn begin(visitor: &Visitor) -> String {
    let input = Input::Json(json!({"ws": "acme", "request": {"platform": "google_ads"}}));
    let answer = visitor.call("connect", &input).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json().as_str().unwrap().to_owned()
}

/// Follows the vendor's redirect back to us, as this visitor; answers where the browser is sent then.
pub async fn come_back(visitor: &Visitor, redirect: &str) -> String {
    let url = url::Url::parse(redirect).unwrap();
    let answer = visitor.get(&format!("{}?{}", url.path(), url.query().unwrap_or_default())).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    answer.header("location")
}

/// The reason in the address that the browser is sent to.
fn reason(location: &str) -> String {
    let url = url::Url::parse("http://x").unwrap().join(location).unwrap();
    assert_eq!(url.host_str(), Some("x"), "never to another site: {location}");
    url.query_pairs().find(|(name, _)| name == "error").map(|(_, text)| text.into_owned()).unwrap_or_default()
}

#[tokio::test]
async fn consent_makes_a_connection_that_waits_for_its_accounts() {
    let vendor = Vendor::start(NOW).await;
    let (house, admin) = house_with(&vendor).await;
    let consent = begin(&admin).await;
    for part in ["code_challenge=", "code_challenge_method=S256", "state=", "access_type=offline"] {
        assert!(consent.contains(part), "{part} is missing in {consent}");
    }
    let back = vendor.decide(&consent, "allow").await;
    assert_eq!(come_back(&admin, &back).await, "/w/acme/data/connections/1/accounts");
    let found =
        admin.call("discover", &Input::Query(vec![("ws", "acme".into()), ("connection", "1".into())])).await;
    assert_eq!(found.json()["accounts"].as_array().unwrap().len(), 2, "{}", found.text());
    assert_eq!(house.count("SELECT count(*) FROM consents").await, 0, "used once");

    // The same answer a second time, as by the Back button.
    assert!(reason(&come_back(&admin, &back).await).contains("no longer valid"));
    assert_eq!(house.count("SELECT count(*) FROM connections").await, 1);
}

#[tokio::test]
async fn a_consent_that_fails_says_why_and_connects_nothing() {
    let vendor = Vendor::start(NOW).await;
    let (house, admin) = house_with(&vendor).await;
    let callback = "http://localhost:3210/oauth/callback";
    let cases = [
        (String::new(), "no state"),
        ("?code=abc".to_owned(), "no state"),
        ("?code=abc&state=invented".to_owned(), "no longer valid"),
        ("?error=access_denied&state=invented".to_owned(), "no longer valid"),
        ("?state=%F0%28%8C%BC".to_owned(), "no longer valid"),
    ];
    for (query, why) in cases {
        let said = reason(&come_back(&admin, &format!("{callback}{query}")).await);
        assert!(said.contains(why), "{query}: {said}");
        assert!(said.contains("Begin again"), "what to do: {said}");
    }
    let back = vendor.decide(&begin(&admin).await, "deny").await;
    assert!(reason(&come_back(&admin, &back).await).contains("Access was not granted"));

    let state_of = |consent: &str| {
        let url = url::Url::parse(consent).unwrap();
        let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        encode(&[("state", state)])
    };
    let other = format!(
        "{callback}?{}&error=server_error&error_description=<b>broken</b>",
        state_of(&begin(&admin).await)
    );
    assert!(reason(&come_back(&admin, &other).await).contains("refused the consent"));
    let no_code = format!("{callback}?{}", state_of(&begin(&admin).await));
    assert!(reason(&come_back(&admin, &no_code).await).contains("no code"));
    let wrong_code = format!("{callback}?{}&code=invented", state_of(&begin(&admin).await));
    assert!(!reason(&come_back(&admin, &wrong_code).await).is_empty());

    // Too late.
    let back = vendor.decide(&begin(&admin).await, "allow").await;
    house.clock.sleep(Duration::from_secs(15 * 60 + 1)).await;
    assert!(reason(&come_back(&admin, &back).await).contains("no longer valid"));
    assert_eq!(house.count("SELECT count(*) FROM connections").await, 0);
}

#[tokio::test]
async fn a_consent_belongs_to_the_person_who_began_it() {
    let vendor = Vendor::start(NOW).await;
    let (house, admin) = house_with(&vendor).await;
    let other = house.person("bob@example.com", Some(("acme", Role::Admin))).await;
    let back = vendor.decide(&begin(&admin).await, "allow").await;
    assert_eq!(come_back(&house.anonymous(), &back).await, "/login");
    assert!(reason(&come_back(&other, &back).await).contains("Another person"));
    assert!(reason(&come_back(&admin, &back).await).contains("no longer valid"), "it is spent");
    assert_eq!(house.count("SELECT count(*) FROM connections").await, 0);
}

#[tokio::test]
async fn settings_are_chosen_before_the_consent_and_the_consent_asks_where_they_say() {
    let (_house, admin) = House::lived_in().await;
    let connect = async |settings: serde_json::Value| {
        let fields = json!({"client_id": "app", "client_secret": "hush"});
        let request =
            json!({"platform": "zoho_crm", "way": "consent", "fields": fields, "settings": settings});
        admin.call("connect", &Input::Json(json!({"ws": "acme", "request": request}))).await
    };
    for (settings, host) in [
        (json!({}), "accounts.zoho.com"),
        (json!({"data_center": "eu"}), "accounts.zoho.eu"),
        (json!({"data_center": "jp"}), "accounts.zoho.jp"),
    ] {
        let answer = connect(settings).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let asked = url::Url::parse(answer.json().as_str().unwrap()).unwrap();
        assert_eq!(asked.host_str(), Some(host));
        assert!(!asked.as_str().contains("hush"), "{asked}");
        // Denied: back to the form, with a way on.
        let state = asked.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let query = encode(&[("state", state), ("error", "access_denied".to_owned())]);
        let back = come_back(&admin, &format!("http://localhost:3210/oauth/callback?{query}")).await;
        assert!(back.starts_with("/w/acme/data/connect/zoho_crm?way=consent&error="), "{back}");
        assert!(reason(&back).contains("Access was not granted"), "{back}");
    }
    let refusal = connect(json!({"data_center": "mars"})).await.refusal();
    assert_eq!((refusal.kind, refusal.field.as_deref()), (ErrorKind::Invalid, Some("data_center")));
}

#[tokio::test]
async fn every_platform_has_a_page_about_it() {
    let (_house, admin) = House::lived_in().await;
    let platforms = admin.call("platforms", &Input::Query(vec![("ws", "acme".into())])).await.json();
    let slugs: Vec<String> =
        platforms.as_array().unwrap().iter().map(|p| p["slug"].as_str().unwrap().to_owned()).collect();
    assert_eq!(slugs.len(), 20);
    for slug in &slugs {
        let page = admin.get(&format!("/w/acme/data/platforms/{slug}")).await;
        assert_eq!(page.status, StatusCode::OK, "{slug}");
        assert!(page.text().contains("When something goes wrong"), "{slug}");
    }
    let overview = admin.get("/w/acme/data/platforms").await.text();
    for slug in &slugs {
        assert!(overview.contains(&format!("/w/acme/data/platforms/{slug}")), "{slug}");
    }
    assert_eq!(admin.get("/w/acme/data/platforms/nothing").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_platform_that_is_not_set_up_says_what_is_missing() {
    let (_house, admin) = House::lived_in().await;
    let input = Input::Json(json!({"ws": "acme", "request": {"platform": "google_ads"}}));
    let refusal = admin.call("connect", &input).await.refusal();
    assert_eq!(refusal.kind, ErrorKind::Invalid);
    assert!(refusal.field.is_some() && refusal.hint.is_some(), "{refusal:?}");
}
