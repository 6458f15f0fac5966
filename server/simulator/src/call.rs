//! One call of a vendor's API, taken apart: for stand-ins that answer all their paths in one place.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::faults::Unknown;
use crate::quota::{Left, Quota, Wait};
use crate::state::SimulatorState;

/// An answer that says why not; boxed, because it is large and rare.
pub type Refusal = Box<Response<Body>>;

/// Seconds of a day: quotas for less are about the pace.
const DAY: i64 = 86_400;

/// A request with all that an answer depends on.
pub struct Call {
    /// The simulator.
    pub state: SimulatorState,
    /// Its method.
    pub method: Method,
    /// Its path below the vendor's slug.
    pub path: String,
    /// What stands behind the question mark, decoded.
    pub query: Vec<(String, String)>,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// Whether rows shall carry a member that is in no schema.
    pub is_unknown: bool,
}

impl Call {
    /// The parts of the path.
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// The first value of a parameter; nothing where it is absent or empty.
    pub fn value(&self, name: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A parameter whose values are separated by commas or given several times.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let of_name = self.query.iter().filter(|(key, _)| key == name);
        of_name.flat_map(|(_, value)| value.split(',')).map(str::trim).filter(|v| !v.is_empty()).collect()
    }

    /// A parameter that is a whole number.
    ///
    /// # Errors
    /// What stands there, when it is none.
    pub fn number(&self, name: &str) -> Result<Option<usize>, String> {
        self.value(name).map(|text| text.parse().map_err(|_| text.to_owned())).transpose()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The fields of a form in the body.
    pub fn form(&self, name: &str) -> String {
        let mut pairs = form_urlencoded::parse(&self.body);
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Counts the call against a quota. A clock that stands still never ends a short window: nothing is counted
    /// then.
    ///
    /// # Errors
    /// The seconds until the window ends, when its calls are used up.
    pub fn count(&self, vendor: &'static str, key: &str, quota: Quota) -> Result<Left, Wait> {
        if quota.seconds < DAY && self.state.clock().speed() == 0.0 {
            return Ok(Left { calls: quota.calls.saturating_sub(1), seconds: quota.seconds });
        }
        self.state.count(vendor, key, quota)
    }

    /// A row as it goes out: with the member that is in no schema, where that is asked for.
    pub fn row(&self, mut row: Value) -> Value {
        if self.is_unknown
            && let Some(row) = row.as_object_mut()
        {
            row.insert(
                "simulator_future_field".to_owned(),
                json!({"since": "tomorrow", "values": [1, null]}),
            );
        }
        row
    }
}

/// Routes of which every path goes to `answer`, which may take its time.
pub fn routes(answer: fn(&Call) -> Response<Body>) -> Router<SimulatorState> {
    Router::new().fallback(
        move |State(state): State<SimulatorState>,
              unknown: Option<Extension<Unknown>>,
              method: Method,
              uri: Uri,
              headers: HeaderMap,
              body: Bytes| async move {
            let query = uri.query().unwrap_or_default();
            let call = Call {
                state,
                method,
                path: uri.path().to_owned(),
                query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
                headers,
                body,
                is_unknown: unknown.is_some(),
            };
            // A year of leads takes a while to work out: not on the threads that serve requests.
            tokio::task::spawn_blocking(move || answer(&call)).await.unwrap_or_else(|error| {
                tracing::error!(%error, "a call failed");
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            })
        },
    )
}
