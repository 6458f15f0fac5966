//! How much of its quotas an app has used: percentages in headers that are JSON.

use crate::http::Answer;
use serde_json::Value;
use std::time::Duration;

const HEADERS: &[&str] =
    &["x-business-use-case-usage", "x-app-usage", "x-ad-account-usage", "x-fb-ads-insights-throttle"];

/// Percentages. What is used most counts, whichever it is.
const PERCENTAGES: &[&str] =
    &["call_count", "total_cputime", "total_time", "acc_id_util_pct", "app_id_util_pct"];

/// From here on a little slower.
const MUCH: f64 = 75.0;
/// From here on the next call would be refused.
const ALMOST_ALL: f64 = 95.0;

const SLOW: Duration = Duration::from_secs(5);
const STOP: Duration = Duration::from_mins(1);

/// The highest of all percentages, and the longest of all delays: an answer may speak of several accounts and quotas.
#[derive(Debug, Default, PartialEq)]
struct Usage {
    percent: f64,
    regain: Duration,
}

impl Usage {
    fn of(answer: &Answer) -> Self {
        let mut usage = Self::default();
        for header in HEADERS {
            let told = answer.header(header).and_then(|text| serde_json::from_str::<Value>(text).ok());
            if let Some(told) = told {
                usage.take(&told);
            }
        }
        usage
    }

    fn take(&mut self, told: &Value) {
        match told {
            Value::Array(items) => items.iter().for_each(|item| self.take(item)),
            Value::Object(fields) => {
                let number = |name: &str| fields.get(name).and_then(number_of).unwrap_or(0.0);
                let percent = PERCENTAGES.iter().map(|name| number(name)).fold(0.0, f64::max);
                self.percent = self.percent.max(percent);
                self.wait(number("estimated_time_to_regain_access") * 60.0);
                // Always told; it is a delay only where all is used.
                if percent >= ALMOST_ALL {
                    self.wait(number("reset_time_duration"));
                }
                fields.values().for_each(|value| self.take(value));
            }
            _ => {}
        }
    }

    fn wait(&mut self, seconds: f64) {
        self.regain = self.regain.max(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    }
}

/// A number, which may be written as text.
fn number_of(told: &Value) -> Option<f64> {
    told.as_f64().or_else(|| told.as_str()?.trim().parse().ok())
}

/// How long a refusal lasts, where headers tell.
pub(super) fn regain(answer: &Answer) -> Option<Duration> {
    Some(Usage::of(answer).regain).filter(|wait| !wait.is_zero())
}

/// The highest percentage that is used, of 100; none where nothing is told.
pub(super) fn used(answer: &Answer) -> Option<(u64, u64)> {
    HEADERS.iter().find_map(|name| answer.header(name))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a percentage, at least 0 by how it is made"
    )]
    let percent = Usage::of(answer).percent.ceil().min(100.0) as u64;
    Some((percent, 100))
}

/// How long to wait before the next call, so that it is not refused.
pub(super) fn pause(answer: &Answer) -> Option<Duration> {
    let usage = Usage::of(answer);
    if usage.percent >= ALMOST_ALL {
        return Some(usage.regain.max(STOP));
    }
    (usage.percent >= MUCH).then_some(SLOW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    fn answer(headers: &[(&'static str, &str)]) -> Answer {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let at = "2026-09-04T12:00:00Z".parse().unwrap();
        Answer { status: StatusCode::OK, headers, body: Bytes::new(), at }
    }

    #[test]
    fn the_highest_of_all_entries_counts() {
        let told = r#"{"1":[{"type":"ads_insights","call_count":10,"estimated_time_to_regain_access":0},
            {"type":"ads_management","total_time":96,"estimated_time_to_regain_access":7}],
            "2":[{"call_count":20,"estimated_time_to_regain_access":3}]}"#
            .replace('\n', "");
        let answer = answer(&[("x-business-use-case-usage", &told), ("x-app-usage", r#"{"call_count":28}"#)]);
        assert_eq!(regain(&answer), Some(Duration::from_mins(7)));
        assert_eq!(pause(&answer), Some(Duration::from_mins(7)));
        assert_eq!(used(&answer), Some((96, 100)));
    }

    #[test]
    fn it_slows_down_before_it_stops() {
        let check = |header: &'static str, told: &str, wait: Option<u64>| {
            assert_eq!(pause(&answer(&[(header, told)])), wait.map(Duration::from_secs), "{told}");
        };
        check("x-app-usage", r#"{"call_count":74.9,"total_time":3}"#, None);
        check("x-app-usage", r#"{"call_count":3,"total_cputime":75}"#, Some(5));
        check("x-fb-ads-insights-throttle", r#"{"app_id_util_pct":0.5,"acc_id_util_pct":95.1}"#, Some(60));
        check("x-ad-account-usage", r#"{"acc_id_util_pct":9.67,"reset_time_duration":3600}"#, None);
        check("x-ad-account-usage", r#"{"acc_id_util_pct":100,"reset_time_duration":300}"#, Some(300));
        check("x-app-usage", r#"{"call_count":"96","estimated_time_to_regain_access":"7"}"#, Some(420));
        check("x-app-usage", "no JSON", None);
        assert_eq!((regain(&answer(&[])), used(&answer(&[]))), (None, None));
    }
}
