//! Tokens: refreshed once, early, and stored before they are used.

use crate::server::{Interaction, Server};
use crate::support::{Read, SEARCH, basics, campaign_row, figures};
use async_trait::async_trait;
use connectors::http::{BaseUrl, Pace, RetryPolicy};
use connectors::oauth::{MemoryStore, StoreError, TokenSet, TokenStore};
use connectors::{Context, Credentials, ErrorKind, Setup, find};
use model::clock::Clock;
use rand::SeedableRng;
use rand::rngs::StdRng;
use secrecy::ExposeSecret;
use serde_json::json;
use std::sync::{Arc, Mutex};

/// Notes in which order tokens are stored and used.
#[derive(Default)]
struct Notebook {
    tokens: Mutex<TokenSet>,
    is_broken: bool,
    stored: Mutex<Vec<String>>,
}

#[async_trait]
impl TokenStore for Notebook {
    async fn load(&self) -> Result<TokenSet, StoreError> {
        Ok(self.tokens.lock().unwrap().clone())
    }

    async fn store(&self, tokens: &TokenSet) -> Result<(), StoreError> {
        if self.is_broken {
            return Err(StoreError("the disk is full".into()));
        }
        *self.tokens.lock().unwrap() = tokens.clone();
        let refresh = tokens.refresh_token.as_ref().unwrap().expose_secret().to_owned();
        self.stored.lock().unwrap().push(refresh);
        Ok(())
    }
}

fn tokens(access: Option<&str>, expires_at: Option<&str>) -> TokenSet {
    TokenSet {
        access_token: access.map(Into::into),
        refresh_token: Some("rt-1".into()),
        expires_at: expires_at.map(|t| t.parse().unwrap()),
        ..TokenSet::default()
    }
}

fn context(server: &Server, store: Arc<dyn TokenStore>, clock: Clock) -> Context {
    let credentials =
        Credentials::from_json(r#"{"client_id":"client","client_secret":"secret","developer_token":"dev"}"#)
            .unwrap();
    let setup = Setup {
        credentials,
        settings: std::collections::BTreeMap::new(),
        base_url: BaseUrl::parse(&server.address).unwrap(),
        tokens: store,
        pace: Pace::new(clock.clone()),
        clock,
        jitter: Box::new(StdRng::seed_from_u64(1)),
        policy: RetryPolicy::default(),
    };
    Context::new(find("google_ads").unwrap(), setup).unwrap()
}

fn clock() -> Clock {
    Clock::from_setting(Some("2026-09-04")).unwrap()
}

fn rotating() -> Interaction {
    Interaction::new("POST", "^/token$", &["refresh_token=rt-1", "client_secret=secret"])
        .gives(200, &json!({"access_token": "at-2", "expires_in": 3599, "refresh_token": "rt-2"}))
        .times(1)
}

fn expired() -> serde_json::Value {
    json!({"error": {"code": 401, "message": "Expired.", "status": "UNAUTHENTICATED"}})
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_and_the_query_repeated() {
    let mut interactions = basics();
    interactions.push(Interaction::new("POST", SEARCH, &["FROM campaign "]).gives(401, &expired()).times(1));
    interactions.push(
        Interaction::new("POST", SEARCH, &["FROM campaign "])
            .gives(200, &json!({"results": [campaign_row("7", "2026-09-01", &figures("5"))]})),
    );
    let server = Server::start(interactions).await;
    let outcome = Read::new("42", "2026-09-01", "2026-09-03").stream("campaign_daily").run(&server).await;
    assert_eq!(outcome.code, 0, "{}", outcome.words);
    assert_eq!(server.token_calls(), 1);
    assert_eq!(server.calls().pop().unwrap().header("authorization"), Some("Bearer at-2"));
}

#[tokio::test]
async fn a_token_that_is_refused_twice_needs_a_new_consent() {
    let mut interactions = basics();
    interactions.push(Interaction::new("POST", SEARCH, &["FROM campaign "]).gives(401, &expired()));
    let server = Server::start(interactions).await;
    let outcome = Read::new("42", "2026-09-01", "2026-09-03").stream("campaign_daily").run(&server).await;
    assert_eq!(outcome.code, 3, "{}", outcome.words);
    assert_eq!(server.token_calls(), 1);
}

#[tokio::test]
async fn a_revoked_grant_is_not_tried_again() {
    let server = Server::start(vec![
        Interaction::new("POST", "^/token$", &[])
            .gives(400, &json!({"error": "invalid_grant", "error_description": "Token has been revoked."})),
    ])
    .await;
    let mut read = Read::new("42", "2026-09-01", "2026-09-03");
    read.credentials["access_token"] = json!(null);
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 3, "{}", outcome.words);
    assert!(outcome.words.contains("Token has been revoked"), "{}", outcome.words);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_refused_renewal_without_a_code_needs_a_new_consent() {
    for (slug, path) in
        [("klaviyo", "^/oauth/token$"), ("constant_contact", "/token$"), ("campaign_monitor", "/token$")]
    {
        let refused = json!({"errors": [{"status": 401, "code": "not_authenticated", "title": "Not you."}]});
        let server = Server::start(vec![Interaction::new("POST", path, &[]).gives(401, &refused)]).await;
        let mut read = Read::new("42", "2026-09-01", "2026-09-03");
        slug.clone_into(&mut read.slug);
        read.credentials = json!({"refresh_token": "rt-1", "client_id": "client", "client_secret": "secret"});
        let outcome = read.run(&server).await;
        assert_eq!(outcome.code, 3, "{slug}: {}", outcome.words);
        assert!(outcome.words.contains("Connect again"), "{}", outcome.words);
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_dead_grant_is_told_in_many_ways() {
    for body in [
        json!({"status": "BAD_REFRESH_TOKEN", "message": "missing or unknown refresh token"}),
        json!({"status": "BAD_HUB", "message": "missing or unknown hub id"}),
        json!({"status": "error", "error": "access_denied"}),
    ] {
        let token = Interaction::new("POST", "^/oauth/v1/token$", &[]).gives(400, &body);
        let server = Server::start(vec![token]).await;
        let mut read = Read::new("42", "2026-09-01", "2026-09-03");
        "hubspot".clone_into(&mut read.slug);
        read.credentials["access_token"] = json!(null);
        let outcome = read.run(&server).await;
        assert_eq!(outcome.code, 3, "{body}: {}", outcome.words);
        assert_eq!(server.seen().len(), 1);
    }
}

/// When the consent ends, after tokens were renewed or exchanged by that answer.
async fn grant_end(
    slug: &str,
    before: TokenSet,
    answer: serde_json::Value,
    settings: &[(&str, &str)],
) -> Option<String> {
    let token = Interaction::new("POST", "token|oauth|accessToken", &[]).gives(200, &answer);
    let exchange = Interaction::new("GET", "access_token", &[]).gives(200, &answer);
    let server = Server::start(vec![token, exchange]).await;
    let credentials = Credentials::from_json(r#"{"client_id":"client","client_secret":"secret"}"#).unwrap();
    let store = Arc::new(MemoryStore::new(before));
    let clock = clock();
    let setup = Setup {
        credentials,
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        base_url: BaseUrl::parse(&server.address).unwrap(),
        tokens: store.clone(),
        pace: Pace::new(clock.clone()),
        clock,
        jitter: Box::new(StdRng::seed_from_u64(1)),
        policy: RetryPolicy::default(),
    };
    let ctx = Context::new(find(slug).unwrap(), setup).unwrap();
    ctx.session.secret(&ctx.session.budget()).await.unwrap();
    store.load().await.unwrap().grant_ends_at.map(|end| end.format("%Y-%m-%d").to_string())
}

#[tokio::test]
async fn the_end_of_a_consent_is_kept_where_the_vendor_tells_it() {
    let old = || TokenSet { access_token: None, ..tokens(None, None) };
    let told = json!({"access_token": "at-2", "expires_in": 5_184_000, "refresh_token": "rt-1",
                      "refresh_token_expires_in": 30 * 86_400});
    assert_eq!(grant_end("linkedin", old(), told, &[]).await.as_deref(), Some("2026-10-04"));
    let silent = json!({"access_token": "at-2", "expires_in": 3600});
    assert_eq!(grant_end("google_ads", old(), silent.clone(), &[]).await, None);
    // A refresh token that stays keeps its end.
    let known = TokenSet { grant_ends_at: "2026-12-24T00:00:00Z".parse().ok(), ..old() };
    assert_eq!(grant_end("google_ads", known, silent, &[]).await.as_deref(), Some("2026-12-24"));
    // Without refresh tokens the consent ends with the token, also after it was exchanged for a longer one.
    let soon = TokenSet {
        access_token: Some("at-1".into()),
        expires_at: "2026-09-07T00:00:00Z".parse().ok(),
        ..TokenSet::default()
    };
    let longer = json!({"access_token": "at-2", "expires_in": 60 * 86_400});
    assert_eq!(grant_end("facebook", soon, longer, &[]).await.as_deref(), Some("2026-11-03"));
}

#[tokio::test]
async fn wrong_app_credentials_are_a_configuration_fault() {
    let server = Server::start(vec![
        Interaction::new("POST", "^/token$", &[]).gives(401, &json!({"error": "invalid_client"})),
    ])
    .await;
    let mut read = Read::new("42", "2026-09-01", "2026-09-03");
    read.credentials["access_token"] = json!(null);
    let outcome = read.run(&server).await;
    assert_eq!(outcome.code, 2, "{}", outcome.words);
}

#[tokio::test]
async fn a_rotated_refresh_token_is_stored_before_the_access_token_is_used() {
    let list = Interaction::new("GET", "listAccessibleCustomers", &[]).gives(200, &json!({}));
    let server = Server::start(vec![rotating(), list]).await;
    let store = Arc::new(Notebook { tokens: Mutex::new(tokens(None, None)), ..Notebook::default() });
    let ctx = context(&server, store.clone(), clock());
    find("google_ads").unwrap().accounts(&ctx).await.unwrap();
    assert_eq!(*store.stored.lock().unwrap(), ["rt-2"]);

    // Where it can't be stored, it must not be used: a crash would lose the only token that still works.
    let list = Interaction::new("GET", "listAccessibleCustomers", &[]).gives(200, &json!({}));
    let server = Server::start(vec![rotating(), list]).await;
    let broken =
        Arc::new(Notebook { tokens: Mutex::new(tokens(None, None)), is_broken: true, ..Notebook::default() });
    let ctx = context(&server, broken, clock());
    let error = find("google_ads").unwrap().accounts(&ctx).await.unwrap_err();
    assert!(error.message.contains("the disk is full"), "{error}");
    assert!(server.calls().is_empty(), "the new access token was used before it was stored");
}

#[tokio::test]
async fn parallel_requests_refresh_once() {
    let server = Server::start(vec![rotating()]).await;
    let store = Arc::new(Notebook { tokens: Mutex::new(tokens(None, None)), ..Notebook::default() });
    let ctx = context(&server, store.clone(), clock());
    let budget = ctx.session.budget();
    let all = (0..8).map(|_| ctx.tokens().unwrap().bearer(&ctx.session, &budget));
    for token in futures_util::future::join_all(all).await {
        assert_eq!(token.unwrap().expose_secret(), "at-2");
    }
    assert_eq!(server.token_calls(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_a_minute_before_its_end() {
    for (expires_at, calls) in [("2026-09-04T12:01:00Z", 1), ("2026-09-04T12:01:01Z", 0)] {
        let server = Server::start(vec![rotating()]).await;
        let store = Arc::new(Notebook {
            tokens: Mutex::new(tokens(Some("at-1"), Some(expires_at))),
            ..Notebook::default()
        });
        let ctx = context(&server, store, clock());
        ctx.tokens().unwrap().bearer(&ctx.session, &ctx.session.budget()).await.unwrap();
        assert_eq!(server.token_calls(), calls, "{expires_at}");
    }
}

#[tokio::test]
async fn another_processs_fresh_token_is_used_instead_of_a_second_refresh() {
    let server = Server::start(Vec::new()).await;
    let store = Arc::new(Notebook { tokens: Mutex::new(tokens(Some("at-1"), None)), ..Notebook::default() });
    let ctx = context(&server, store.clone(), clock());
    let budget = ctx.session.budget();
    let old = ctx.tokens().unwrap().bearer(&ctx.session, &budget).await.unwrap();
    *store.tokens.lock().unwrap() = tokens(Some("at-other"), None);
    let refusal = connectors::Error::new(ErrorKind::NeedsReauthorisation, "refused");
    let fresh = ctx.tokens().unwrap().renew(&ctx.session, &budget, &old, refusal).await.unwrap();
    assert_eq!(fresh.expose_secret(), "at-other");
    assert_eq!(server.token_calls(), 0);
}

#[tokio::test]
async fn a_token_of_unknown_life_is_renewed_after_a_long_wait() {
    let list = || Interaction::new("GET", "listAccessibleCustomers", &[]);
    let server = Server::start(vec![
        rotating(),
        list().gives_text(429, "wait").with_header("retry-after", "120").times(1),
        list().gives(200, &json!({})),
    ])
    .await;
    let store = Arc::new(Notebook { tokens: Mutex::new(tokens(Some("at-1"), None)), ..Notebook::default() });
    let ctx = context(&server, store, clock());
    find("google_ads").unwrap().accounts(&ctx).await.unwrap();
    let used: Vec<_> = server.calls().iter().map(|c| c.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(used, ["Bearer at-1", "Bearer at-2"]);
}

#[tokio::test]
async fn consent_carries_state_and_pkce_and_the_code_becomes_tokens() {
    let exchange = Interaction::new(
        "POST",
        "^/token$",
        &["grant_type=authorization_code", "code=c0de", "code_verifier="],
    )
    .gives(200, &json!({"access_token": "at-9", "expires_in": 3599, "refresh_token": "rt-9"}));
    let server = Server::start(vec![exchange]).await;
    let store = Arc::new(Notebook::default());
    let ctx = context(&server, store.clone(), clock());
    let client = ctx.tokens().unwrap().client();
    let redirect = "http://127.0.0.1:8080/oauth/callback";
    let mut rng = StdRng::seed_from_u64(3);
    let consent = client.authorize(ctx.session.base_url(), redirect, &mut rng).unwrap();
    assert!(consent.url.as_str().starts_with(&server.address), "{}", consent.url);
    let query: std::collections::HashMap<_, _> = consent.url.query_pairs().into_owned().collect();
    assert_eq!(query["state"], consent.state);
    assert_eq!(query["access_type"], "offline");
    assert_eq!(query["prompt"], "consent");
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["redirect_uri"], redirect);
    assert!(consent.verifier.expose_secret().len() >= 43);
    assert!(!consent.url.as_str().contains(consent.verifier.expose_secret()));

    let tokens = client.exchange(&ctx.session, "c0de", &consent.verifier, redirect).await.unwrap();
    assert_eq!(tokens.expires_at.unwrap().to_rfc3339(), "2026-09-04T12:59:59+00:00");
    ctx.tokens().unwrap().adopt(tokens).await.unwrap();
    assert_eq!(*store.stored.lock().unwrap(), ["rt-9"]);
}
