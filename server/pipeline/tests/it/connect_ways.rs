//! The ways in that a person chooses in the browser: keys and tokens that are tried at once, consents with settings, and
//! consents that mend other connections. The vendor is a few lines that answer what a test wants to hear.

use crate::common::{World, now};
use crate::vendor::Vendor;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::{Json, Router};
use model::access::{Caller, Member};
use model::clock::Clock;
use model::connect::ConnectRequest;
use model::connections::{ConnectionState, RunOutcome};
use model::error::{AppError, ErrorKind};
use model::ids::{ConnectionId, SessionId};
use model::ports::Connections;
use pipeline::PipelineSettings;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use url::Url;

/// What the vendor was asked, as `METHOD path | authorization | body`.
type Asked = Arc<Mutex<Vec<String>>>;

/// A world in which every platform is at this vendor.
struct Stand {
    world: World,
    asked: Asked,
}

impl Stand {
    async fn new(slug: &str, answer: impl Fn(&str) -> (u16, Value) + Clone + Send + Sync + 'static) -> Self {
        Self::configured(slug, &[], answer).await
    }

    async fn configured(
        slug: &str,
        fields: &[(&str, &str)],
        answer: impl Fn(&str) -> (u16, Value) + Clone + Send + Sync + 'static,
    ) -> Self {
        let asked = Asked::default();
        let log = asked.clone();
        let router = Router::new().fallback(move |request: Request| {
            let (log, answer) = (log.clone(), answer.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = to_bytes(body, 1 << 20).await.unwrap();
                let header = |name: &str| {
                    parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
                };
                let key = format!("{}{}", header("authorization"), header("x-api-token"));
                let line =
                    format!("{} {} | {key} | {}", parts.method, parts.uri, String::from_utf8_lossy(&body));
                log.lock().unwrap().push(line.clone());
                let (status, answer) = answer(&line);
                (StatusCode::from_u16(status).unwrap(), Json(answer)).into_response()
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let mut values: BTreeMap<String, _> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        values.insert("base_url".to_owned(), origin.into());
        let settings = PipelineSettings {
            redirect_uri: "http://127.0.0.1:9/oauth/callback".to_owned(),
            platforms: BTreeMap::from([(slug.to_owned(), values)]),
            ..PipelineSettings::default()
        };
        let world = World::on(Clock::frozen(now()), settings).await;
        pipeline::jobs::migrate(&world.pipeline).await.unwrap();
        Self { world, asked }
    }

    fn member(&self) -> &Member {
        &self.world.member
    }

    async fn connect(&self, request: ConnectRequest) -> Result<String, AppError> {
        self.world.pipeline.connect(self.member(), request).await
    }

    async fn come_back(&self, consent: &str, more: &[(&str, &str)]) -> Result<String, AppError> {
        let caller =
            Caller { user: self.member().user, session: SessionId(1), email: "ada@example.com".to_owned() };
        let consent = Url::parse(consent).unwrap();
        let state = consent.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let mut query = BTreeMap::from([("state".to_owned(), state)]);
        query.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.world.pipeline.finish_consent(&caller, query).await
    }

    async fn connections(&self) -> i64 {
        self.world.number("SELECT count(*) FROM connections").await
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn request(platform: &str, way: &str, fields: &[(&str, &str)]) -> ConnectRequest {
    let pairs = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    ConnectRequest {
        platform: platform.to_owned(),
        way: Some(way.to_owned()),
        fields: pairs.collect(),
        ..ConnectRequest::default()
    }
}

fn with(mut request: ConnectRequest, settings: &[(&str, &str)]) -> ConnectRequest {
    request.settings =
        settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    request
}

fn portal(line: &str) -> (u16, Value) {
    if !line.contains("Bearer pat-good") {
        let said = json!({"status": "error", "message": "Authentication credentials not found.",
                          "category": "INVALID_AUTHENTICATION"});
        return (401, said);
    }
    (200, json!({"portalId": 147_893_286, "timeZone": "US/Eastern", "companyCurrency": "USD"}))
}

fn id_of(page: &str) -> ConnectionId {
    page.split('/').find_map(|part| part.parse().ok()).unwrap_or_else(|| panic!("{page}"))
}

#[tokio::test]
async fn a_token_is_tried_at_once_and_a_refused_one_says_what_the_vendor_said() {
    let stand = Stand::new("hubspot", portal).await;
    let missing = stand.connect(request("hubspot", "token", &[("access_token", "  ")])).await.unwrap_err();
    assert_eq!((missing.kind, missing.field.as_deref()), (ErrorKind::Invalid, Some("access_token")));
    assert!(missing.message.contains("Access token is missing"), "{missing:?}");
    assert!(missing.hint.as_deref().is_some_and(|hint| hint.contains("Private apps")), "{missing:?}");
    assert!(stand.asked().is_empty(), "nothing is sent before everything is there");

    let refused =
        stand.connect(request("hubspot", "token", &[("access_token", "pat-bad")])).await.unwrap_err();
    assert!(refused.message.contains("Authentication credentials not found"), "{refused:?}");
    assert!(refused.hint.as_deref().is_some_and(|hint| hint.contains("copied whole")), "{refused:?}");
    assert_eq!(stand.connections().await, 0);

    let page = stand.connect(request("hubspot", "token", &[("access_token", " pat-good ")])).await.unwrap();
    assert!(page.ends_with("/accounts"), "{page}");
    let found = stand.world.pipeline.discover(stand.member(), id_of(&page)).await.unwrap();
    assert_eq!(found.accounts[0].remote_id, "147893286");
    assert_eq!(found.accounts[0].has_figures, None, "it was never read");
    let dump = stand.world.text("SELECT encode(secret, 'escape') FROM connections").await;
    assert!(!dump.contains("pat-good"));
}

#[tokio::test]
async fn a_dead_token_is_typed_anew_where_it_was_typed_first() {
    let stand = Stand::new("hubspot", portal).await;
    let page = stand.connect(request("hubspot", "token", &[("access_token", "pat-good")])).await.unwrap();
    let connection = id_of(&page);
    let again = ConnectRequest {
        platform: "hubspot".to_owned(),
        reconnect: Some(connection),
        ..ConnectRequest::default()
    };
    let form = stand.connect(again).await.unwrap();
    assert_eq!(form, format!("/w/one/data/connect/hubspot?reconnect={connection}&way=token"));
    let mut new = request("hubspot", "token", &[("access_token", "pat-bad")]);
    new.reconnect = Some(connection);
    assert!(stand.connect(new.clone()).await.is_err());
    new.fields.insert("access_token".to_owned(), "pat-good-2".to_owned());
    assert_eq!(stand.connect(new.clone()).await.unwrap(), format!("/w/one/data/connections/{connection}"));
    // What stays blank stays as it was.
    new.fields.clear();
    stand.connect(new).await.unwrap();
    assert!(stand.asked().last().unwrap().contains("Bearer pat-good-2"));
    assert_eq!(stand.connections().await, 1);
}

#[tokio::test]
async fn what_no_way_takes_is_refused_by_name() {
    let stand = Stand::new("pipedrive", |_| (500, json!({}))).await;
    let of = |error: AppError| (error.field.unwrap_or_default(), error.message);
    let (field, message) =
        of(stand.connect(request("pipedrive", "key", &[("client_id", "a")])).await.unwrap_err());
    assert_eq!(field, "client_id", "{message}");
    let (field, _) = of(stand.connect(request("pipedrive", "nonsense", &[])).await.unwrap_err());
    assert_eq!(field, "way");
    let (field, _) =
        of(stand.connect(request("pipedrive", "consent", &[("client_id", "a")])).await.unwrap_err());
    assert_eq!(field, "client_secret");
    let other = with(request("pipedrive", "key", &[("api_key", "k")]), &[("page_size", "1")]);
    assert_eq!(of(stand.connect(other).await.unwrap_err()).0, "page_size");
    assert!(stand.asked().is_empty());
}

#[tokio::test]
async fn an_html_page_instead_of_an_answer_is_said_to_be_one() {
    let stand =
        Stand::new("pipedrive", |_| (502, Value::String("<html>Bad gateway</html>".to_owned()))).await;
    let error = stand.connect(request("pipedrive", "key", &[("api_key", "k")])).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable, "{error:?}");
    assert_eq!(stand.connections().await, 0);
}

#[tokio::test]
async fn a_consent_asks_at_the_door_that_was_chosen() {
    let app = [("client_id", "app"), ("client_secret", "hush")];
    for (slug, way, settings, scope) in [
        ("instagram", "consent", &[][..], Some("instagram_basic")),
        ("instagram", "instagram", &[], Some("instagram_business_basic")),
        ("tiktok", "account", &[], Some("video.list")),
        ("tiktok", "advertiser", &[], None),
        ("salesforce", "consent", &[("login_host", "acme.my.salesforce.com")], Some("api")),
    ] {
        let stand = Stand::new(slug, |_| (200, json!({}))).await;
        let consent = stand.connect(with(request(slug, way, &app), settings)).await.unwrap();
        let asked = Url::parse(&consent).unwrap();
        let scopes = asked.query_pairs().find(|(name, _)| name == "scope").map(|(_, text)| text.into_owned());
        match scope {
            Some(scope) => assert!(scopes.is_some_and(|all| all.contains(scope)), "{slug}, {way}: {consent}"),
            None => assert_eq!(scopes, None, "{slug}, {way}"),
        }
    }
    // Without the stand-in, so that the vendor's own host shows.
    let world = World::new().await;
    for (slug, settings, host) in [
        ("salesforce", &[("login_host", "acme.my.salesforce.com")][..], "acme.my.salesforce.com"),
        ("salesforce", &[], "login.salesforce.com"),
        ("pardot", &[("login_host", "test.salesforce.com")], "test.salesforce.com"),
        ("zoho_crm", &[("data_center", "eu")], "accounts.zoho.eu"),
    ] {
        let consent = world
            .pipeline
            .connect(&world.member, with(request(slug, "consent", &app), settings))
            .await
            .unwrap();
        assert_eq!(Url::parse(&consent).unwrap().host_str(), Some(host), "{slug}");
    }
    let wrong = with(request("salesforce", "consent", &app), &[("login_host", "evil.example")]);
    let error = world.pipeline.connect(&world.member, wrong).await.unwrap_err();
    assert_eq!(error.field.as_deref(), Some("login_host"), "{error:?}");
    let needed = request("salesforce", "app", &app);
    let error = world.pipeline.connect(&world.member, needed).await.unwrap_err();
    assert!(error.message.contains("My Domain is missing"), "{error:?}");
}

#[tokio::test]
async fn where_zoho_says_that_somebody_lives_counts_and_what_came_with_the_token_is_kept() {
    let stand = Stand::new("zoho_crm", |line| {
        if line.contains("/oauth/v2/token") {
            let answer = json!({"access_token": "at", "refresh_token": "rt", "expires_in": 3600,
                                "api_domain": "https://www.zohoapis.in", "scope": "ZohoCRM.modules.READ,ZohoCRM.org.READ"});
            return (200, answer);
        }
        let org = json!({"org": [{"id": "7328395000000001001", "company_name": "Example", "iso_code": "INR",
                                  "time_zone": "Asia/Kolkata"}]});
        (200, org)
    })
    .await;
    let app = [("client_id", "app"), ("client_secret", "hush")];
    let consent = stand.connect(with(request("zoho_crm", "consent", &app), &[("data_center", "eu")])).await;
    let told = [("code", "c"), ("location", "in"), ("accounts-server", "https://accounts.zoho.in")];
    let page = stand.come_back(&consent.unwrap(), &told).await.unwrap();
    assert!(page.ends_with("/accounts"), "{page}");
    let settings = stand.world.text("SELECT settings::text FROM connections").await;
    assert!(settings.contains("\"data_center\": \"in\""), "{settings}");
    let found = stand.world.pipeline.discover(stand.member(), id_of(&page)).await.unwrap();
    assert_eq!(found.accounts.len(), 1);
    // The host was kept with the tokens: no other token was asked for to learn it.
    let tokens = stand.asked().iter().filter(|line| line.contains("/oauth/v2/token")).count();
    assert_eq!(tokens, 1, "{:#?}", stand.asked());
    let missing = found.warnings.iter().find(|text| text.contains("does not cover")).expect("a warning");
    assert!(missing.contains("ZohoCRM.settings.READ") && !missing.contains("ZohoCRM.org.READ"), "{missing}");
}

#[tokio::test]
async fn a_consent_without_any_permission_leads_back_to_where_it_began() {
    let stand = Stand::new("hubspot", |line| {
        assert!(line.contains("/oauth/"), "nothing else is asked for: {line}");
        (200, json!({"access_token": "at", "refresh_token": "rt", "expires_in": 1800, "scope": "tickets"}))
    })
    .await;
    let app = [("client_id", "app"), ("client_secret", "hush")];
    let consent = stand.connect(request("hubspot", "consent", &app)).await.unwrap();
    let page = stand.come_back(&consent, &[("code", "c")]).await.unwrap();
    assert!(page.starts_with("/w/one/data/connect/hubspot?way=consent&error="), "{page}");
    assert!(page.contains("crm.objects.deals.read"), "{page}");
    assert_eq!(stand.connections().await, 0);
}

#[tokio::test]
async fn an_app_that_is_typed_does_not_mix_with_the_configured_one() {
    let configured = [("client_id", "ours"), ("client_secret", "ours-hush"), ("api_key", "ours-key")];
    let stand = Stand::configured("mailchimp", &configured, |line| match line {
        line if line.contains("/oauth2/token") => (200, json!({"access_token": "at", "expires_in": 0})),
        _ => (200, json!({"dc": "us3"})),
    })
    .await;
    let half = stand.connect(request("mailchimp", "consent", &[("client_id", "mine")])).await.unwrap_err();
    assert_eq!(half.field.as_deref(), Some("client_secret"), "{half:?}");
    let consent = stand.connect(request("mailchimp", "consent", &[])).await.unwrap();
    assert!(consent.contains("client_id=ours"), "{consent}");
    let page = stand.come_back(&consent, &[("code", "c")]).await.unwrap();
    let _ = stand.world.pipeline.discover(stand.member(), id_of(&page)).await;
    assert!(stand.asked().iter().any(|line| line.contains("OAuth at")), "{:#?}", stand.asked());
    assert!(
        !stand.asked().iter().any(|line| line.contains("ours-key")),
        "a configured key does not stand in for a consent: {:#?}",
        stand.asked()
    );
}

#[tokio::test]
async fn one_consent_mends_all_connections_that_it_opens() {
    let (vendor, first) = Vendor::connected().await;
    let second = vendor.connect().await;
    vendor.start(second).await;
    let stranger = vendor.connect().await;
    vendor.start(stranger).await;
    for connection in [first, second, stranger] {
        assert_eq!(vendor.run(connection).await.outcome, RunOutcome::Succeeded);
    }
    // One reads what the person who consents anew does not see.
    sqlx::query(
        "INSERT INTO connection_accounts (workspace_id, connection_id, remote_id, name, currency, time_zone, is_selected)
         VALUES ($1, $2, '999', 'Elsewhere', 'EUR', 'UTC', true)",
    )
    .bind(vendor.world.workspace().0)
    .bind(stranger.0)
    .execute(vendor.world.db.pool())
    .await
    .unwrap();
    vendor.fault(json!({"kind": "revoke"})).await;
    for connection in [first, second, stranger] {
        assert_eq!(vendor.run(connection).await.outcome, RunOutcome::NeedsReconnect);
    }
    vendor.reconnect(first).await;
    let state = async |connection| {
        let all = vendor.world.pipeline.list(vendor.member()).await.unwrap();
        all.into_iter().find(|summary| summary.id == connection).unwrap().state
    };
    assert_eq!(state(first).await, ConnectionState::Ready);
    assert_eq!(state(second).await, ConnectionState::Ready, "mended by the consent of the first");
    assert!(matches!(state(stranger).await, ConnectionState::NeedsReconnect { .. }), "not seen, not mended");
    // Both live on one grant from now on, however often it is renewed, and without the one that had it first.
    vendor.advance(2 * 3_600).await;
    assert_eq!(vendor.run(first).await.outcome, RunOutcome::Succeeded);
    assert_eq!(vendor.run(second).await.outcome, RunOutcome::Succeeded);
    vendor.world.pipeline.disconnect(vendor.member(), first, false).await.unwrap();
    vendor.advance(2 * 3_600).await;
    assert_eq!(vendor.run(second).await.outcome, RunOutcome::Succeeded);
}

#[tokio::test]
async fn who_waits_at_the_page_is_told_how_long_and_not_kept_waiting() {
    let busy = |_: &str| {
        let said = json!({"status": "error", "message": "You have reached your ten_secondly_rolling limit.",
                          "errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"});
        (429, said)
    };
    let stand = Stand::new("hubspot", busy).await;
    let error =
        stand.connect(request("hubspot", "token", &[("access_token", "pat-good")])).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    let hint = error.hint.unwrap();
    assert!(hint.contains("asks us to wait until 2026-11-22T12:01:"), "{hint}");
    let waited = stand.world.clock.now() - now();
    assert!(waited <= chrono::TimeDelta::seconds(25), "{waited}");
    assert_eq!(stand.connections().await, 0);
}
