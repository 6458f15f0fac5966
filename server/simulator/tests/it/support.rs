//! A simulator with a client.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use simulator::clock::SimClock;
use simulator::world::config::WorldConfig;
use simulator::{
    DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_DEVELOPER_TOKEN, SimulatorOptions, SimulatorState, router,
};
use tower::ServiceExt;

/// Noon UTC of the day on which most tests take place.
pub const NOW: &str = "2026-11-22T12:00:00Z";

pub fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub struct Client {
    pub state: SimulatorState,
    pub router: Router,
    pub access: String,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Result<Vec<u8>, String>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone().unwrap()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Category and code of the first error, wherever the error stands.
    pub fn error(&self) -> (u16, String, String) {
        let mut body = self.json();
        if let Some(first) = body.get(0) {
            body = first.clone();
        }
        let error = &body["error"];
        let (category, code) = match error["details"][0]["errors"][0]["errorCode"].as_object() {
            Some(codes) => {
                codes.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).next().unwrap()
            }
            None => (String::new(), error["status"].as_str().unwrap_or_default().to_owned()),
        };
        assert_eq!(error["code"], json!(self.status.as_u16()));
        (self.status.as_u16(), category, code)
    }
}

impl Client {
    pub async fn demo() -> Self {
        Self::with(SimulatorOptions::default(), SimClock::frozen(utc(NOW))).await
    }

    pub async fn with(options: SimulatorOptions, clock: SimClock) -> Self {
        let state = SimulatorState::new(options, clock);
        let mut client = Self { router: router(state.clone()), access: String::new(), state };
        client.sign_in().await;
        client
    }

    pub async fn load(world: WorldConfig) -> Self {
        Self::with(SimulatorOptions { world, ..SimulatorOptions::default() }, SimClock::frozen(utc(NOW)))
            .await
    }

    /// Gets a fresh access token for a freshly minted refresh token.
    pub async fn sign_in(&mut self) {
        let refresh = self.state.issue_refresh_token();
        let answer = self.refresh(&refresh).await;
        answer.json()["access_token"].as_str().unwrap().clone_into(&mut self.access);
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        let form = format!(
            "grant_type=refresh_token&refresh_token={}&client_id={DEMO_CLIENT_ID}&client_secret={DEMO_CLIENT_SECRET}",
            encode(token)
        );
        self.form("/token", form).await
    }

    pub async fn form(&self, path: &str, form: String) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form));
        self.send(request.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.map(Vec::from).map_err(|error| error.to_string());
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// An API request with all headers as they should be.
    pub fn request(&self, path: &str, body: &Value) -> Request<Body> {
        Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.access))
            .header("developer-token", DEMO_DEVELOPER_TOKEN)
            .header("login-customer-id", self.state.world().manager.to_string())
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap()
    }

    pub async fn call(&self, customer: i64, method: &str, body: Value) -> Answer {
        self.send(self.request(&format!("/v25/customers/{customer}/googleAds:{method}"), &body)).await
    }

    pub async fn search(&self, customer: i64, query: &str) -> Answer {
        self.call(customer, "search", json!({"query": query})).await
    }

    /// All rows of a query through the stream.
    pub async fn rows(&self, customer: i64, query: &str) -> Vec<Value> {
        let answer = self.call(customer, "searchStream", json!({"query": query})).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text());
        let batches = answer.json();
        let batches = batches.as_array().unwrap();
        batches.iter().flat_map(|batch| batch["results"].as_array().cloned().unwrap_or_default()).collect()
    }

    pub fn account(&self, index: usize) -> i64 {
        self.state.world().accounts[index].id
    }
}

pub fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// An int64 that must be text.
pub fn int(value: &Value) -> i64 {
    value.as_str().unwrap_or_else(|| panic!("no int64 text: {value}")).parse().unwrap()
}

/// A double in millionths, read without rounding.
pub fn millionths(value: &Value) -> i64 {
    micros(&value.to_string())
}

/// Decimal text in millionths, read without rounding.
pub fn micros(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<6}").parse().unwrap_or_else(|_| panic!("no decimal: {text}"))
}

/// Impressions, clicks, cost, conversions and value of some rows by a key.
pub type Totals = BTreeMap<String, [i64; 5]>;

pub fn totals(rows: &[Value], key: impl Fn(&Value) -> String) -> Totals {
    let mut totals = Totals::new();
    for row in rows {
        let m = &row["metrics"];
        let add = [
            int(&m["impressions"]),
            int(&m["clicks"]),
            int(&m["costMicros"]),
            millionths(&m["conversions"]),
            millionths(&m["conversionsValue"]),
        ];
        let sum = totals.entry(key(row)).or_default();
        for (sum, add) in sum.iter_mut().zip(add) {
            *sum += add;
        }
    }
    totals
}

/// The metrics that [`totals`] reads.
pub const METRICS: &str = "metrics.impressions, metrics.clicks, metrics.cost_micros, metrics.conversions, \
                           metrics.conversions_value";
