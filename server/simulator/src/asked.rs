//! A call as most stand-ins look at it: path, parameters, body and what was said about who calls.

use std::ops::Deref;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::Value;
use url::form_urlencoded;

use crate::faults::Unknown;
use crate::quota::{Left, Quota, Wait};
use crate::state::SimulatorState;
use crate::vendor::worked_out;

/// The largest body that is read, in bytes.
const MOST_BYTES: usize = 4 << 20;

/// Seconds of a day: quotas for less are about the pace.
const DAY: i64 = 86_400;

/// An answer that says why not; boxed, because it is large and rare.
pub type Refusal = Box<Response<Body>>;

/// One call.
#[derive(Debug)]
pub struct Asked {
    /// Method.
    pub method: Method,
    /// Path below the platform's slug, without empty segments.
    pub path: Vec<String>,
    /// Query, and the fields of a form behind it.
    pub params: Vec<(String, String)>,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// Whether rows shall carry members that are in no schema.
    pub unknown: bool,
}

impl Asked {
    /// Reads a request to its end. A body that is cut off or too large counts as none.
    pub async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
        let path = parts.uri.path().split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let mut params = pairs(parts.uri.query().unwrap_or_default().as_bytes());
        let kind = parts.headers.get("content-type").and_then(|value| value.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            params.extend(pairs(&body));
        }
        let unknown = parts.extensions.get::<Unknown>().is_some();
        Self { method: parts.method, path, params, headers: parts.headers, body, unknown }
    }

    /// The path's segments, to match on.
    pub fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// A parameter that is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// All values of a parameter that may stand there several times.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.params.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// A parameter whose values are separated by commas or given several times.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let values = self.all(name).into_iter().flat_map(|value| value.split(','));
        values.map(str::trim).filter(|value| !value.is_empty()).collect()
    }

    /// A parameter that is a whole number; nothing where it is none.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.get(name).and_then(|value| value.parse().ok())
    }

    /// A parameter that has to be a whole number, if it is there.
    ///
    /// # Errors
    /// What stands there, when it is none.
    pub fn whole(&self, name: &str) -> Result<Option<usize>, String> {
        self.get(name).map(|text| text.parse().map_err(|_| text.to_owned())).transpose()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A field of a form in the body; empty where it is missing.
    pub fn form(&self, name: &str) -> String {
        let mut fields = pairs(&self.body).into_iter();
        fields.find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default()
    }

    /// A parameter that is a day.
    pub fn day(&self, name: &str) -> Option<NaiveDate> {
        self.get(name).and_then(|value| value.parse().ok())
    }

    /// A parameter that is a moment, see [`moment`].
    pub fn moment(&self, name: &str) -> Option<DateTime<Utc>> {
        self.get(name).and_then(moment)
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A row as it goes out: with a member that is in no schema, if that was asked for.
    pub fn row(&self, mut row: Value) -> Value {
        if self.unknown && row.is_object() {
            row["simulated_addition"] = serde_json::json!({"note": "not in any schema", "score": 0.5});
        }
        row
    }

    /// The same for many rows.
    pub fn odd(&self, rows: &mut [Value]) {
        rows.iter_mut().for_each(|row| *row = self.row(row.take()));
    }
}

/// A call with the simulator that it is made to: for stand-ins that answer all their paths in one place.
pub struct Call {
    /// The simulator.
    pub state: SimulatorState,
    asked: Asked,
}

impl Deref for Call {
    type Target = Asked;

    fn deref(&self) -> &Asked {
        &self.asked
    }
}

impl Call {
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
}

/// Routes of which every path goes to `answer`, which may take its time.
pub fn routes(answer: fn(&Call) -> Response<Body>) -> Router<SimulatorState> {
    Router::new().fallback(move |State(state): State<SimulatorState>, request: Request| async move {
        let call = Call { state, asked: Asked::read(request).await };
        // A year of leads takes a while to work out: not on the threads that serve requests.
        worked_out(move || answer(&call)).await
    })
}

/// A moment in the ways in which it is written: seconds of the Unix epoch, RFC 3339 (its zone may be missing or
/// lack the colon), or a day (its first moment, UTC).
pub fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(seconds) = text.parse() {
        return DateTime::from_timestamp(seconds, 0);
    }
    let zoned =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%z"));
    if let Ok(at) = zoned {
        return Some(at.to_utc());
    }
    let at = text.replace(' ', "T").trim_end_matches('Z').parse::<NaiveDateTime>();
    at.ok().or_else(|| text.parse::<NaiveDate>().ok().map(Into::into)).map(|at| at.and_utc())
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_all_their_ways() {
        let noon = "2026-11-22T12:00:00Z".parse().ok();
        for text in [
            "1795348800",
            "2026-11-22T12:00:00Z",
            "2026-11-22T12:00:00+00:00",
            "2026-11-22T13:00:00+0100",
            "2026-11-22T12:00:00",
            "2026-11-22 12:00:00",
        ] {
            assert_eq!(moment(text), noon, "{text}");
        }
        assert_eq!(moment("2026-11-22"), "2026-11-22T00:00:00Z".parse().ok());
        assert_eq!(moment("yesterday"), None);
    }
}
