//! The tokens of Meta's platforms: exchanged for longer ones at once, and again before they end.

use crate::server::{Interaction, Server};
use connectors::http::{BaseUrl, Pace, RetryPolicy};
use connectors::oauth::{MemoryStore, TokenSet};
use connectors::{Context, Credentials, Setup, find};
use model::clock::Clock;
use rand::SeedableRng;
use rand::rngs::StdRng;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::sync::Arc;

fn connected(slug: &str, server: &Server, tokens: TokenSet, settings: &[(&str, &str)]) -> Context {
    let clock = Clock::from_setting(Some("2026-09-04")).unwrap();
    let setup = Setup {
        credentials: Credentials::from_json(r#"{"client_id":"client","client_secret":"secret"}"#).unwrap(),
        settings: settings.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        base_url: BaseUrl::parse(&server.address).unwrap(),
        tokens: Arc::new(MemoryStore::new(tokens)),
        pace: Pace::new(clock.clone()),
        clock,
        jitter: Box::new(StdRng::seed_from_u64(1)),
        policy: RetryPolicy::default(),
    };
    Context::new(find(slug).unwrap(), setup).unwrap()
}

/// Turns a code into tokens: the long-lived one, and the days it lives.
async fn exchanged(slug: &str, server: &Server, settings: &[(&str, &str)], code: &str) -> (String, i64) {
    let ctx = connected(slug, server, TokenSet::default(), settings);
    let client = ctx.tokens().unwrap().client();
    let verifier = "v".into();
    let tokens = client.exchange(&ctx.session, code, &verifier, "https://us.example/back").await.unwrap();
    let days = (tokens.expires_at.unwrap() - ctx.session.now()).num_days();
    (tokens.access_token.unwrap().expose_secret().to_owned(), days)
}

/// The token in use where one ends in that many days.
async fn renewed(slug: &str, server: &Server, settings: &[(&str, &str)], days: i64) -> String {
    let at: chrono::DateTime<chrono::Utc> = "2026-09-04T12:00:00Z".parse().unwrap();
    let tokens = TokenSet {
        access_token: Some("old".into()),
        expires_at: Some(at + chrono::TimeDelta::days(days)),
        ..TokenSet::default()
    };
    let ctx = connected(slug, server, tokens, settings);
    let secret = ctx.session.secret(&ctx.session.budget()).await.unwrap();
    secret.expose_secret().to_owned()
}

fn get(path: &str, query: &[(&str, &str)]) -> Interaction {
    let mut interaction = Interaction::new("GET", path, &[]);
    interaction.query = query.iter().map(|(n, v)| ((*n).to_owned(), Some(json!(v)))).collect();
    interaction
}

fn lasting(token: &str) -> Value {
    json!({"access_token": token, "expires_in": 5_184_000})
}

#[tokio::test]
async fn a_token_is_exchanged_for_a_longer_one_at_once_and_before_it_ends() {
    let asked = [("grant_type", "fb_exchange_token"), ("client_id", "client"), ("client_secret", "secret")];
    let server = Server::start(vec![
        Interaction::new("POST", "^/v25.0/oauth/access_token$", &["code=abc", "client_secret=secret"])
            .gives(200, &json!({"access_token": "short", "expires_in": 5_121})),
        get("^/v25.0/oauth/access_token$", &asked).gives(200, &lasting("long")),
    ])
    .await;
    for slug in ["facebook", "instagram"] {
        assert_eq!(exchanged(slug, &server, &[], "abc").await, ("long".to_owned(), 60));
        assert_eq!(exchanged(slug, &server, &[], "abc#_=_").await, ("long".to_owned(), 60));
        assert_eq!(renewed(slug, &server, &[], 9).await, "long");
        assert_eq!(renewed(slug, &server, &[], 11).await, "old");
    }
    let refusal = json!({"error": {"code": 190, "message": "Not yet."}});
    let refused = Server::start(vec![get("^/v25.0/oauth/access_token$", &[]).gives(400, &refusal)]).await;
    assert_eq!(renewed("facebook", &refused, &[], 9).await, "old", "it is good until it ends");
}

#[tokio::test]
async fn instagrams_own_door_gives_tokens_that_live_for_long_too() {
    let server = Server::start(vec![
        Interaction::new("POST", "^/oauth/access_token$", &["code=abc&", "grant_type=authorization_code"])
            .gives(200, &json!({"access_token": "hour", "user_id": 17_841_400_000_000_042_u64})),
        get(
            "^/access_token$",
            &[("grant_type", "ig_exchange_token"), ("client_secret", "secret"), ("access_token", "hour")],
        )
        .gives(200, &lasting("long")),
        get("^/refresh_access_token$", &[("grant_type", "ig_refresh_token"), ("access_token", "old")])
            .gives(200, &lasting("new")),
    ])
    .await;
    let settings = [("login", "instagram")];
    assert_eq!(exchanged("instagram", &server, &settings, "abc").await, ("long".to_owned(), 60));
    assert_eq!(exchanged("instagram", &server, &settings, "abc#_").await, ("long".to_owned(), 60));
    assert_eq!(renewed("instagram", &server, &settings, 9).await, "new");
    assert_eq!(renewed("instagram", &server, &settings, 11).await, "old");
}
