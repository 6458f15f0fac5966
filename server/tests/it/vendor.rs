//! The simulator in the vendor's place, in this process, on a port of its own. It counts what it is asked, writes down
//! the tokens that it gives, and can take its time.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use simulator::clock::SimClock;
use simulator::google_ads::usage::Limits;
use simulator::world::config::WorldConfig;
use simulator::{SimulatorOptions, SimulatorState};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// The secret of our client at the vendor.
pub const CLIENT_SECRET: &str = "GOCSPX-the-secret-of-our-client";
/// Our developer token.
pub const DEVELOPER_TOKEN: &str = "developer-token-0123456789";

/// Clones share everything.
#[derive(Clone)]
pub struct Vendor {
    pub address: String,
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    calls: AtomicU64,
    delay_ms: AtomicU64,
    tokens: Mutex<BTreeSet<String>>,
}

impl Vendor {
    /// A small world at `now`, where time stands still: what it answers is always the same.
    pub async fn start(now: &str) -> Self {
        let world =
            WorldConfig { accounts: 2, campaigns_per_account: 3..=4, months: 4, ..WorldConfig::default() };
        let limits = Limits { daily_operations: 1_000_000, queries_per_second: None };
        let options = SimulatorOptions { world, limits, ..SimulatorOptions::default() };
        let state = SimulatorState::new(options, SimClock::frozen(now.parse().unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let vendor =
            Self { address: format!("http://{}", listener.local_addr().unwrap()), inner: Arc::default() };
        let router = simulator::router(state).layer(from_fn_with_state(vendor.clone(), watch));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        vendor
    }

    /// Requests for figures so far.
    pub fn calls(&self) -> u64 {
        self.inner.calls.load(Ordering::SeqCst)
    }

    /// Each request for figures takes at least this long from now on.
    pub fn take_time(&self, delay: Duration) {
        self.inner.delay_ms.store(u64::try_from(delay.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Access and refresh tokens that were given out.
    pub fn tokens(&self) -> Vec<String> {
        self.inner.tokens.lock().unwrap().iter().cloned().collect()
    }

    /// What the admin would configure.
    pub fn fields(&self) -> [(&'static str, String); 4] {
        [
            ("base_url", self.address.clone()),
            ("client_id", "our-client.apps.example".to_owned()),
            ("client_secret", CLIENT_SECRET.to_owned()),
            ("developer_token", DEVELOPER_TOKEN.to_owned()),
        ]
    }

    /// A person presses the button on the consent page; the answer is where the browser is sent then.
    pub async fn decide(&self, consent: &str, decision: &str) -> String {
        let url = url::Url::parse(consent).unwrap();
        assert!(consent.starts_with(&self.address), "{consent}");
        let client = browser();
        let page = client.get(consent).send().await.unwrap();
        assert_eq!(page.status(), 200, "{}", page.text().await.unwrap());
        let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        form.push(("decision".into(), decision.into()));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let sent = client
            .post(format!("{}{}", self.address, url.path()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap();
        assert!(sent.status().is_redirection(), "{}", sent.status());
        sent.headers()["location"].to_str().unwrap().to_owned()
    }
}

/// A client that shows redirects instead of following them.
pub fn browser() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

async fn watch(State(vendor): State<Vendor>, request: Request, next: Next) -> Response {
    let is_token = request.uri().path().ends_with("/token");
    if request.uri().path().contains("googleAds:") {
        vendor.inner.calls.fetch_add(1, Ordering::SeqCst);
        let delay = vendor.inner.delay_ms.load(Ordering::SeqCst);
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
    }
    let response = next.run(request).await;
    if !is_token {
        return response;
    }
    let (head, body) = response.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    if let Ok(answer) = serde_json::from_slice::<serde_json::Value>(&body) {
        let mut tokens = vendor.inner.tokens.lock().unwrap();
        for name in ["access_token", "refresh_token"] {
            tokens.extend(answer[name].as_str().map(str::to_owned));
        }
    }
    Response::from_parts(head, Body::from(body))
}
