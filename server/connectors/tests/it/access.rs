//! The ways in that vendors have, on a platform that is nothing but a way in.

use crate::server::{Interaction, Server};
use async_trait::async_trait;
use connectors::connector::About;
use connectors::http::status::judge_status;
use connectors::http::{Answer, BaseUrl, KeySpec, Pace, Rate, Request, RetryPolicy, Scheme, Verdict};
use connectors::oauth::{
    ClientAuth, Encoding, MemoryStore, OAuthSpec, Renewal, Swap, TokenSet, TokenStore, Wire,
};
use connectors::setting::SettingSpec;
use connectors::way::Way;
use connectors::{
    AccountsFound, Connector, Context, Credentials, Error, ErrorKind, Page, RemoteAccount, Settings, Setup,
    Slice, StreamSpec, Warning,
};
use futures_util::stream::BoxStream;
use model::clock::Clock;
use rand::SeedableRng;
use rand::rngs::StdRng;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::sync::Arc;

struct Door {
    oauth: Option<&'static OAuthSpec>,
    /// For those whose credentials say that they live far away.
    far: Option<&'static OAuthSpec>,
    key: Option<KeySpec>,
    scheme: Scheme,
}

const CLOSED: Door = Door { oauth: None, far: None, key: None, scheme: Scheme::BEARER };

#[async_trait]
impl Connector for Door {
    fn slug(&self) -> &'static str {
        "door"
    }

    fn about(&self) -> About {
        About { name: "Door", summary: "A door.", reads: &[], never: &[] }
    }

    fn ways(&self) -> &'static [Way] {
        &[Way::CONSENT]
    }

    fn streams(&self) -> &'static [StreamSpec] {
        &[]
    }

    fn settings(&self) -> &'static [SettingSpec] {
        &[]
    }

    fn oauth(&self) -> Option<&'static OAuthSpec> {
        self.oauth
    }

    fn oauth_for(&self, settings: &Settings, credentials: &Credentials) -> Option<&'static OAuthSpec> {
        self.far.filter(|_| credentials.text("place") == Some("far")).or_else(|| self.oauth_with(settings))
    }

    fn key(&self) -> Option<KeySpec> {
        self.key
    }

    fn scheme(&self) -> Scheme {
        self.scheme
    }

    fn rate(&self) -> Rate {
        Rate::per_second(100)
    }

    async fn accounts(&self, _: &Context) -> Result<AccountsFound, Error> {
        unreachable!()
    }

    async fn account(&self, _: &Context, _: &str) -> Result<(RemoteAccount, Vec<Warning>), Error> {
        unreachable!()
    }

    fn read_once<'a>(&'a self, _: &'a Context, _: Slice<'a>) -> BoxStream<'a, Result<Page, Error>> {
        unreachable!()
    }
}

fn setup(server: &Server, credentials: &Value, store: Arc<dyn TokenStore>) -> Setup {
    let clock = Clock::from_setting(Some("2026-09-04")).unwrap();
    Setup {
        credentials: Credentials::from_json(&credentials.to_string()).unwrap(),
        settings: std::collections::BTreeMap::new(),
        base_url: BaseUrl::parse(&server.address).unwrap(),
        tokens: store,
        pace: Pace::new(clock.clone()),
        clock,
        jitter: Box::new(StdRng::seed_from_u64(1)),
        policy: RetryPolicy::default(),
    }
}

fn tokens_of(credentials: &Value) -> TokenSet {
    let text = |name: &str| credentials[name].as_str().map(SecretString::from);
    TokenSet {
        access_token: text("access_token"),
        refresh_token: text("refresh_token"),
        ..TokenSet::default()
    }
}

fn open(door: &Door, server: &Server, credentials: &Value) -> Context {
    let store = Arc::new(MemoryStore::new(tokens_of(credentials)));
    Context::new(door, setup(server, credentials, store)).unwrap()
}

fn judge(answer: &Answer) -> Verdict {
    judge_status(answer, "Acme")
}

async fn ask(ctx: &Context) -> Result<Value, Error> {
    let request = Request::get("https://api.acme.example/v1/data", &[])?;
    let (_, value) = ctx.session.call_json(&request, &ctx.session.budget(), &judge).await?;
    Ok(value)
}

fn data() -> Interaction {
    Interaction::new("GET", "^/v1/data$", &[]).gives(200, &json!({"ok": true}))
}

fn refused_once() -> Interaction {
    Interaction::new("GET", "^/v1/data$", &[]).gives(401, &json!({})).times(1)
}

fn last_header(server: &Server, name: &str) -> Option<String> {
    server.seen().pop().unwrap().header(name).map(str::to_owned)
}

const OAUTH: OAuthSpec = OAuthSpec {
    authorize_url: "https://{shop}.acme.example/authorize",
    token_url: "https://{shop}.acme.example/token",
    ..OAuthSpec::STANDARD
};

fn app() -> Value {
    json!({"shop": "one", "client_id": "app", "client_secret": "secret"})
}

fn with(mut credentials: Value, more: &[(&str, &str)]) -> Value {
    for (name, value) in more {
        credentials[*name] = json!(value);
    }
    credentials
}

#[tokio::test]
async fn a_key_goes_into_its_header_and_a_refused_one_needs_another() {
    let server = Server::start(vec![data().times(1), refused_once(), refused_once()]).await;
    let key = KeySpec { names: &["api_key"], scheme: Scheme::bare("api-token") };
    let door = Door { key: Some(key), ..CLOSED };
    let ctx = open(&door, &server, &json!({"api_key": "k-1"}));
    ask(&ctx).await.unwrap();
    assert_eq!(last_header(&server, "api-token").as_deref(), Some("k-1"));
    assert_eq!(ask(&ctx).await.unwrap_err().kind, ErrorKind::NeedsReauthorisation);
    assert_eq!(server.seen().len(), 2, "not tried again");
    let store = Arc::new(MemoryStore::default());
    let error = Context::new(&door, setup(&server, &json!({}), store)).err().unwrap();
    assert!(error.message.contains("api_key"), "{error}");
}

#[tokio::test]
async fn a_signed_request_is_signed_anew_each_time_it_is_sent() {
    let busy = Interaction::new("GET", "^/v1/data$", &[]).gives(503, &json!({})).times(1);
    let server = Server::start(vec![busy, refused_once()]).await;
    let ctx =
        open(&Door { oauth: Some(&OAUTH), ..CLOSED }, &server, &with(app(), &[("access_token", "at-1")]));
    let request = Request::get("https://api.acme.example/v1/data", &[]).unwrap();
    let request = request.signed(Arc::new(|request, at, nonce| {
        let text = format!("{} {} {nonce}", request.url.host_str().unwrap_or_default(), at.timestamp());
        Ok((http::header::AUTHORIZATION, http::HeaderValue::from_str(&text).unwrap()))
    }));
    let error = ctx.session.call(&request, &ctx.session.budget(), &judge).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NeedsReauthorisation, "there is nothing to renew");
    let headers: Vec<_> =
        server.seen().iter().map(|s| s.header("authorization").unwrap().to_owned()).collect();
    assert!(headers.iter().all(|header| header.starts_with("api.acme.example 17")), "{headers:?}");
    assert!(headers.len() == 2 && headers[0] != headers[1], "{headers:?}");
}

#[tokio::test]
async fn tokens_of_a_consent_come_before_a_key() {
    let server = Server::start(vec![data()]).await;
    let key = KeySpec { names: &["api_key"], scheme: Scheme::BasicUser };
    let door = Door { key: Some(key), oauth: Some(&OAUTH), ..CLOSED };
    ask(&open(&door, &server, &with(app(), &[("api_key", "k"), ("access_token", "at-1")]))).await.unwrap();
    assert_eq!(last_header(&server, "authorization").as_deref(), Some("Bearer at-1"));
    ask(&open(&door, &server, &with(app(), &[("api_key", "k")]))).await.unwrap();
    assert_eq!(last_header(&server, "authorization").as_deref(), Some("Basic azp4"));
}

#[tokio::test]
async fn a_credential_may_say_which_door_is_the_right_one() {
    const FAR: OAuthSpec = OAuthSpec { token_url: "https://far.example/far-token", ..OAuthSpec::STANDARD };
    let token = |path: &str, token: &str| {
        Interaction::new("POST", path, &["refresh_token=rt-1"]).gives(200, &json!({"access_token": token}))
    };
    let server = Server::start(vec![token("^/token$", "near"), token("^/far-token$", "far"), data()]).await;
    let door = Door { oauth: Some(&OAUTH), far: Some(&FAR), ..CLOSED };
    for place in ["near", "far"] {
        let credentials = with(app(), &[("place", place), ("refresh_token", "rt-1")]);
        ask(&open(&door, &server, &credentials)).await.unwrap();
        assert_eq!(last_header(&server, "authorization"), Some(format!("Bearer {place}")));
    }
}

#[tokio::test]
async fn an_app_asks_for_itself() {
    const SPEC: OAuthSpec = OAuthSpec { renewal: Renewal::ClientCredentials, ..OAUTH };
    let form = &["grant_type=client_credentials", "client_id=app", "client_secret=secret"];
    let token = Interaction::new("POST", "^/token$", form)
        .gives(200, &json!({"access_token": "at-2", "expires_in": 5}));
    let server = Server::start(vec![token, refused_once(), data()]).await;
    let scheme = Scheme::Header { name: "authorization", prefix: "Acme-token " };
    let door = Door { oauth: Some(&SPEC), scheme, ..CLOSED };
    // A refresh token among the credentials belongs to another platform.
    let credentials = with(app(), &[("access_token", "old"), ("refresh_token", "rt-1")]);
    ask(&open(&door, &server, &credentials)).await.unwrap();
    assert_eq!(last_header(&server, "authorization").as_deref(), Some("Acme-token at-2"));
}

#[tokio::test]
async fn a_rejected_refresh_token_is_dead_where_the_vendor_says_no_more() {
    const SPEC: OAuthSpec = OAuthSpec { rejected_is_dead: true, ..OAUTH };
    let door = Door { oauth: Some(&SPEC), ..CLOSED };
    let credentials = with(app(), &[("access_token", "at-1"), ("refresh_token", "rt-1")]);
    let refused = async |status, body: Value| {
        let token = Interaction::new("POST", "^/token$", &[]).gives(status, &body);
        let server = Server::start(vec![token, refused_once(), data()]).await;
        ask(&open(&door, &server, &credentials)).await.unwrap_err().kind
    };
    assert_eq!(refused(400, json!({"message": "Expired."})).await, ErrorKind::NeedsReauthorisation);
    assert_eq!(refused(400, json!({"error": "invalid_client"})).await, ErrorKind::Configuration);
    assert_eq!(refused(503, json!({})).await, ErrorKind::VendorDown);
}

const OWN_WIRE: OAuthSpec = OAuthSpec {
    client_auth: ClientAuth::Body,
    wire: Wire {
        encoding: Encoding::Json,
        refresh_url: Some("https://{shop}.acme.example/renew/token"),
        client_secret: "secret",
        tokens: "/data",
        error: "/code",
        ..Wire::STANDARD
    },
    keep: &["open_id"],
    dead_grant: &["40107"],
    throttled: &[("too many requests", 600)],
    ..OAUTH
};

async fn renew_in_own_wire(answer: Value) -> (Result<Value, Error>, Context) {
    let token =
        Interaction::new("POST", "^/renew/token$", &[r#""refresh_token":"rt-1""#, r#""secret":"secret""#])
            .gives(200, &answer);
    let server = Server::start(vec![token, refused_once(), data()]).await;
    let door = Door { oauth: Some(&OWN_WIRE), ..CLOSED };
    let credentials = with(app(), &[("access_token", "at-1"), ("refresh_token", "rt-1")]);
    let ctx = open(&door, &server, &credentials);
    (ask(&ctx).await, ctx)
}

#[tokio::test]
async fn names_places_and_codes_of_the_vendors_own_are_read() {
    let good = json!({"code": 0, "message": "OK", "data": {"access_token": "at-2", "open_id": "biz-1"}});
    let (answer, ctx) = renew_in_own_wire(good).await;
    answer.unwrap();
    assert_eq!(ctx.kept("open_id", &[], &ctx.session.budget()).await.unwrap().as_deref(), Some("biz-1"));
    let (answer, _) = renew_in_own_wire(json!({"code": 40107, "message": "It is dead.", "data": {}})).await;
    let error = answer.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NeedsReauthorisation);
    assert!(error.message.contains("It is dead"), "{error}");
    let (answer, _) = renew_in_own_wire(json!({"code": 1, "message": "Too many requests, wait."})).await;
    let until = "2026-09-04T12:10:00Z".parse().unwrap();
    assert_eq!(answer.unwrap_err().kind, ErrorKind::Quota { until });
}

#[tokio::test]
async fn what_comes_with_a_token_is_asked_for_where_nobody_knows_it() {
    const SPEC: OAuthSpec = OAuthSpec { keep: &["api_domain"], ..OAUTH };
    let answer = json!({"access_token": "at-2", "api_domain": "https://acme.example.eu", "expires_in": 3600});
    let token = || Interaction::new("POST", "^/token$", &["refresh_token=rt-1"]).gives(200, &answer);
    let door = Door { oauth: Some(&SPEC), ..CLOSED };
    let server = Server::start(vec![token()]).await;
    let ctx = open(&door, &server, &with(app(), &[("access_token", "at-1"), ("refresh_token", "rt-1")]));
    let budget = ctx.session.budget();
    for _ in 0..2 {
        let known = ctx.kept("api_domain", &["account_url"], &budget).await.unwrap();
        assert_eq!(known.as_deref(), Some("https://acme.example.eu"));
    }
    assert_eq!(server.seen().len(), 1);
    // A credential says it as well, and a token that can't be renewed says nothing.
    let given = with(app(), &[("access_token", "at-1"), ("account_url", "https://x.example")]);
    let ctx = open(&door, &server, &given);
    let known = ctx.kept("api_domain", &["account_url"], &budget).await.unwrap();
    assert_eq!(known.as_deref(), Some("https://x.example"));
    assert_eq!(ctx.kept("api_domain", &[], &budget).await.unwrap(), None);
}

const SWAP: Swap = Swap {
    url: "https://acme.example/long",
    grant_type: "exchange_token",
    token: "exchange_token",
    with_client_id: true,
    with_client_secret: true,
};

fn long() -> Interaction {
    let mut long = Interaction::new("GET", "^/long$", &[])
        .gives(200, &json!({"access_token": "at-long", "expires_in": 5_184_000}));
    for (name, value) in [("grant_type", "exchange_token"), ("client_id", "app"), ("client_secret", "secret")]
    {
        long.query.push((name.into(), Some(json!(value))));
    }
    long.query.push(("exchange_token".into(), Some(json!("at-1"))));
    long
}

#[tokio::test]
async fn a_living_token_is_exchanged_before_it_ends_and_a_dead_one_is_not() {
    const SPEC: OAuthSpec = OAuthSpec { renewal: Renewal::Swap(SWAP, 10), first_swap: Some(SWAP), ..OAUTH };
    let door = Door { oauth: Some(&SPEC), ..CLOSED };
    let ends =
        |day: &str| TokenSet { expires_at: day.parse().ok(), ..tokens_of(&json!({"access_token": "at-1"})) };
    let ask_with = async |server: &Server, tokens| {
        let ctx = Context::new(&door, setup(server, &app(), Arc::new(MemoryStore::new(tokens)))).unwrap();
        ask(&ctx).await
    };
    let server = Server::start(vec![long(), data()]).await;
    ask_with(&server, ends("2026-10-04T12:00:00Z")).await.unwrap();
    assert_eq!(last_header(&server, "authorization").as_deref(), Some("Bearer at-1"));
    ask_with(&server, ends("2026-09-10T12:00:00Z")).await.unwrap();
    assert_eq!(last_header(&server, "authorization").as_deref(), Some("Bearer at-long"));
    // What can't be exchanged now is used to its end.
    let failing =
        Server::start(vec![Interaction::new("GET", "^/long$", &[]).gives(400, &json!({})), data()]).await;
    ask_with(&failing, ends("2026-09-10T12:00:00Z")).await.unwrap();
    assert_eq!(last_header(&failing, "authorization").as_deref(), Some("Bearer at-1"));
    let error = ask_with(&server, ends("2026-09-04T11:00:00Z")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NeedsReauthorisation);
}

#[tokio::test]
async fn the_token_of_a_consent_is_exchanged_at_once() {
    const SPEC: OAuthSpec = OAuthSpec { renewal: Renewal::Never, first_swap: Some(SWAP), ..OAUTH };
    let code = Interaction::new("POST", "^/token$", &["grant_type=authorization_code", "code=c-1"])
        .gives(200, &json!({"access_token": "at-1", "expires_in": 3600}));
    let server = Server::start(vec![code, long(), refused_once()]).await;
    let door = Door { oauth: Some(&SPEC), ..CLOSED };
    let ctx = open(&door, &server, &app());
    let tokens = ctx.tokens().unwrap();
    let mut rng = StdRng::seed_from_u64(2);
    let asked = tokens.client().authorize(&BaseUrl::VENDOR, "https://we.example/back", &mut rng).unwrap();
    assert!(asked.url.as_str().starts_with("https://one.acme.example/authorize?"), "{}", asked.url);
    let back = "https://we.example/back";
    let set = tokens.client().exchange(&ctx.session, "c-1", &asked.verifier, back).await.unwrap();
    assert_eq!(set.access_token.as_ref().unwrap().expose_secret(), "at-long");
    tokens.adopt(set).await.unwrap();
    // Refused: nothing but a new consent helps.
    assert_eq!(ask(&ctx).await.unwrap_err().kind, ErrorKind::NeedsReauthorisation);
}

#[tokio::test]
async fn the_consent_page_may_have_another_name_for_the_apps_id_than_the_token_endpoint() {
    const NAMES: Wire = Wire { client_id: "app_id", consent_client_id: Some("client_key"), ..Wire::STANDARD };
    for (wire, name) in [
        (NAMES, "client_key"),
        (Wire { consent_client_id: None, ..NAMES }, "app_id"),
        (Wire::STANDARD, "client_id"),
    ] {
        let spec: &'static OAuthSpec = Box::leak(Box::new(OAuthSpec { wire, ..OAUTH }));
        let server = Server::start(Vec::new()).await;
        let ctx = open(&Door { oauth: Some(spec), ..CLOSED }, &server, &app());
        let mut rng = StdRng::seed_from_u64(2);
        let client = ctx.tokens().unwrap().client();
        let asked = client.authorize(&BaseUrl::VENDOR, "https://we.example/back", &mut rng).unwrap();
        let named: Vec<_> = asked.url.query_pairs().filter(|(_, value)| value == "app").collect();
        assert_eq!(named.len(), 1, "{}", asked.url);
        assert_eq!(named[0].0, name);
    }
}
