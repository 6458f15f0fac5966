//! Tokens per property, which reports use up.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::google::Refused;
use crate::quota::Quota;
use crate::state::SimulatorState;

const DAY: Quota = Quota { calls: 200_000, seconds: 86_400 };
const HOUR: Quota = Quota { calls: 40_000, seconds: 3_600 };
const PROJECT: Quota = Quota { calls: 14_000, seconds: 3_600 };

fn exhausted(message: &str) -> Refused {
    Refused::new(StatusCode::TOO_MANY_REQUESTS, message)
}

/// Too many requests at once.
pub fn concurrent() -> Refused {
    exhausted("Exhausted concurrent requests quota. Please send fewer requests concurrently.")
}

/// The tokens of the hour are gone.
pub fn hourly() -> Refused {
    exhausted(
        "Exhausted property tokens for a project per hour. These quota tokens will return in under an hour. To \
         learn more, see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas.",
    )
}

/// The tokens of the day are gone.
pub fn daily() -> Refused {
    exhausted(
        "Exhausted property tokens per day. These quota tokens will return at midnight Pacific time. To learn \
         more, see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas.",
    )
}

/// Takes so many tokens of a property, and says what is left.
///
/// # Errors
/// 429 when a bucket is empty.
pub fn charge(state: &SimulatorState, property: i64, tokens: u64) -> Result<Value, Refused> {
    let buckets: [(&str, &str, Quota, fn() -> Refused); 3] = [
        ("tokensPerDay", "", DAY, daily),
        ("tokensPerHour", "", HOUR, hourly),
        ("tokensPerProjectPerHour", "project", PROJECT, hourly),
    ];
    let mut left = Map::new();
    for (name, key, quota, refuse) in buckets {
        let key = format!("{property}/{key}");
        let mut remaining = 0;
        for _ in 0..tokens {
            remaining = state.count("ga4", &key, quota).map_err(|_| refuse())?.calls;
        }
        left.insert(name.to_owned(), json!({"consumed": tokens, "remaining": remaining}));
    }
    left.insert("concurrentRequests".to_owned(), json!({"consumed": 0, "remaining": 10}));
    left.insert("serverErrorsPerProjectPerHour".to_owned(), json!({"consumed": 0, "remaining": 10}));
    left.insert("potentiallyThresholdedRequestsPerHour".to_owned(), json!({"consumed": 0, "remaining": 120}));
    Ok(left.into())
}
