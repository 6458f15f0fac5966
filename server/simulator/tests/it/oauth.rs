use axum::http::{StatusCode, header};
use simulator::oauth::grants::s256;
use url::Url;

use crate::support::{Client, encode};

const SCOPE: &str = "https://www.googleapis.com/auth/adwords";
const BACK: &str = "http://127.0.0.1:8080/oauth/callback?from=here";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-43-chars";

fn asked(extra: &str) -> String {
    format!(
        "response_type=code&client_id=app&redirect_uri={}&scope={}&state=st%26te{extra}",
        encode(BACK),
        encode(SCOPE)
    )
}

/// Presses a button and returns where the browser is sent.
async fn decide(client: &Client, decision: &str, extra: &str) -> Url {
    let answer = client.form("/o/oauth2/v2/auth", format!("{}&decision={decision}", asked(extra))).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    Url::parse(answer.headers[header::LOCATION].to_str().unwrap()).unwrap()
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn exchange(code: &str, extra: &str) -> String {
    format!(
        "grant_type=authorization_code&code={}&redirect_uri={}&client_id=app&client_secret=s{extra}",
        encode(code),
        encode(BACK)
    )
}

fn pkce() -> String {
    format!(
        "&access_type=offline&prompt=consent&code_challenge={}&code_challenge_method=S256",
        s256(VERIFIER)
    )
}

#[tokio::test]
async fn the_page_asks_and_the_flow_ends_in_working_tokens() {
    let mut client = Client::demo().await;
    let page = client.get(&format!("/o/oauth2/v2/auth?{}", asked(&pkce()))).await;
    assert_eq!(page.status, StatusCode::OK);
    let html = page.text();
    assert!(html.contains("<title>Windhover simulator – consent</title>"));
    assert!(html.contains("id=\"allow\"") && html.contains("id=\"deny\""));
    assert!(html.contains("value=\"st&amp;te\""), "the state is carried along, escaped");

    let back = decide(&client, "allow", &pkce()).await;
    assert_eq!(parameter(&back, "from").as_deref(), Some("here"), "the redirect keeps its own query");
    assert_eq!(parameter(&back, "state").as_deref(), Some("st&te"));
    let code = parameter(&back, "code").unwrap();
    let answer = client.form("/token", exchange(&code, &format!("&code_verifier={VERIFIER}"))).await;
    assert_eq!(answer.status, StatusCode::OK);
    let tokens = answer.json();
    assert_eq!(tokens["expires_in"], 3599);
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["scope"], SCOPE);
    let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();

    tokens["access_token"].as_str().unwrap().clone_into(&mut client.access);
    let list = client.search(client.state.world().manager, "SELECT customer.id FROM customer").await;
    assert_eq!(list.status, StatusCode::OK);

    let form =
        format!("grant_type=refresh_token&refresh_token={}&client_id=app&client_secret=s", encode(&refresh));
    let refreshed = client.form("/oauth2/v3/token", form.clone()).await.json();
    assert!(refreshed.get("refresh_token").is_none(), "refresh answers bring no refresh token");
    assert_eq!(refreshed["expires_in"], 3599);

    let other = form.replace("client_id=app", "client_id=other");
    assert_eq!(client.form("/token", other).await.status, StatusCode::UNAUTHORIZED);

    assert_eq!(client.form("/revoke", format!("token={}", encode(&refresh))).await.status, StatusCode::OK);
    let dead = client.form("/token", form).await;
    assert_eq!(
        (dead.status, dead.json()["error"].clone()),
        (StatusCode::BAD_REQUEST, "invalid_grant".into())
    );
    let list = client.search(client.state.world().manager, "SELECT customer.id FROM customer").await;
    assert_eq!(list.status, StatusCode::UNAUTHORIZED, "access tokens die with their grant");
}

#[tokio::test]
async fn a_wrong_or_missing_verifier_is_refused_and_uses_the_code_up() {
    let client = Client::demo().await;
    for extra in ["", "&code_verifier=wrong"] {
        let code = parameter(&decide(&client, "allow", &pkce()).await, "code").unwrap();
        let answer = client.form("/token", exchange(&code, extra)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.json()["error"], "invalid_grant");
        let again = client.form("/token", exchange(&code, &format!("&code_verifier={VERIFIER}"))).await;
        assert_eq!(again.json()["error"], "invalid_grant", "a code works once");
    }
}

#[tokio::test]
async fn denying_sends_access_denied_back() {
    let client = Client::demo().await;
    let back = decide(&client, "deny", "").await;
    assert_eq!(parameter(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&back, "state").as_deref(), Some("st&te"));
    assert_eq!(parameter(&back, "code"), None);
}

#[tokio::test]
async fn a_refresh_token_comes_only_when_asked_for() {
    let client = Client::demo().await;
    for (extra, wanted) in [
        ("", false),
        ("&access_type=offline", false),
        ("&access_type=offline&prompt=consent", true),
        ("&prompt=consent", false),
    ] {
        let code = parameter(&decide(&client, "allow", extra).await, "code").unwrap();
        let tokens = client.form("/token", exchange(&code, "")).await.json();
        assert_eq!(tokens.get("refresh_token").is_some(), wanted, "{extra}");
    }
}

#[tokio::test]
async fn nonsense_is_refused_with_a_page_or_an_error() {
    let client = Client::demo().await;
    let page = client.get("/o/oauth2/v2/auth?client_id=app").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.text().contains("Required parameter is missing: redirect_uri"));
    let error = |form: &str| {
        let form = form.to_owned();
        let client = &client;
        async move { client.form("/token", form).await.json()["error"].as_str().unwrap().to_owned() }
    };
    assert_eq!(error("grant_type=password&client_id=a&client_secret=b").await, "unsupported_grant_type");
    assert_eq!(error("grant_type=refresh_token&refresh_token=x").await, "invalid_client");
    assert_eq!(error("grant_type=refresh_token&refresh_token=x&client_id=a").await, "invalid_request");
    assert_eq!(
        error("grant_type=refresh_token&refresh_token=x&client_id=a&client_secret=b").await,
        "invalid_grant"
    );
}
