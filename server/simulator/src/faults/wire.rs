//! Faults as the control API takes and shows them.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{Fault, FaultKind};

/// The longest that a slow answer may take, in milliseconds: longer would hold up the end of the process.
const MOST_MS: u64 = 120_000;

/// One fault in JSON, for example `{"kind":"throttle_short","retry_delay_s":2,"customer":"4017654321"}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultJson {
    /// `throttle_short`, `quota_daily`, `expire_tokens`, `revoke`, `unauthenticated`, `permission_denied`, `http_500`, `cut_body`,
    /// `truncated_json`, `html_error`, `unknown_field` or `slow`.
    pub kind: String,
    /// Slug of the platform that is hit: any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Text in the path. Without it all API calls match, but not sign-in and rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Id of an account in the path or the query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// How many requests are hit: 1 when absent, and 0 for every one until the faults are deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How many requests pass before the first that is hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u32>,
    /// Seconds, for `throttle_short` (2 when absent) and `quota_daily` (7200 when absent).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_delay_s: Option<u64>,
    /// Milliseconds, for `slow` (1000 when absent).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// 500 or 503 for `http_500`; 400 to 599 for `html_error` (502 when absent).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The refresh token, for `revoke`; all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// A fault that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFault {
    /// Unknown kind.
    #[error(
        "unknown kind '{0}': use throttle_short, quota_daily, expire_tokens, revoke, unauthenticated, permission_denied, \
         http_500, cut_body, truncated_json, html_error, unknown_field or slow"
    )]
    Kind(String),
    /// A status that the kind can't have.
    #[error("status {1} does not fit '{0}'")]
    Status(String, u16),
    /// Too slow.
    #[error("ms must be at most {MOST_MS}")]
    Slow,
}

impl FaultJson {
    /// Reads a fault.
    ///
    /// # Errors
    /// When the kind is unknown or a value does not fit it.
    pub fn parse(self) -> Result<Fault, BadFault> {
        let status = |default: StatusCode, fits: fn(u16) -> bool| match self.status {
            None => Ok(default),
            Some(code) => StatusCode::from_u16(code)
                .ok()
                .filter(|_| fits(code))
                .ok_or_else(|| BadFault::Status(self.kind.clone(), code)),
        };
        let kind = match self.kind.as_str() {
            "throttle_short" => FaultKind::ThrottleShort(self.retry_delay_s.unwrap_or(2)),
            "quota_daily" => FaultKind::QuotaDaily(self.retry_delay_s.unwrap_or(7_200)),
            "expire_tokens" => FaultKind::ExpireTokens,
            "revoke" => FaultKind::Revoke(self.token.clone()),
            "unauthenticated" => FaultKind::Unauthenticated,
            "permission_denied" => FaultKind::PermissionDenied,
            "http_500" => {
                FaultKind::ServerError(status(StatusCode::INTERNAL_SERVER_ERROR, |s| s == 500 || s == 503)?)
            }
            "cut_body" => FaultKind::CutBody,
            "truncated_json" => FaultKind::TruncatedJson,
            "html_error" => {
                FaultKind::HtmlError(status(StatusCode::BAD_GATEWAY, |s| (400..600).contains(&s))?)
            }
            "unknown_field" => FaultKind::UnknownField,
            "slow" => {
                let ms = self.ms.unwrap_or(1_000);
                if ms > MOST_MS {
                    return Err(BadFault::Slow);
                }
                FaultKind::Slow(ms)
            }
            _ => return Err(BadFault::Kind(self.kind)),
        };
        let times = self.times.unwrap_or(1);
        Ok(Fault {
            kind,
            vendor: self.vendor,
            path: self.path,
            customer: self.customer,
            after: self.after.unwrap_or(0),
            left: (times > 0).then_some(times),
        })
    }
}

impl From<&Fault> for FaultJson {
    fn from(fault: &Fault) -> Self {
        let mut json = Self {
            vendor: fault.vendor.clone(),
            after: (fault.after > 0).then_some(fault.after),
            path: fault.path.clone(),
            customer: fault.customer.clone(),
            times: Some(fault.left.unwrap_or(0)),
            ..Self::default()
        };
        let kind = match &fault.kind {
            FaultKind::ThrottleShort(seconds) => {
                json.retry_delay_s = Some(*seconds);
                "throttle_short"
            }
            FaultKind::QuotaDaily(seconds) => {
                json.retry_delay_s = Some(*seconds);
                "quota_daily"
            }
            FaultKind::ExpireTokens => "expire_tokens",
            FaultKind::Revoke(_) => "revoke",
            FaultKind::Unauthenticated => "unauthenticated",
            FaultKind::PermissionDenied => "permission_denied",
            FaultKind::ServerError(status) => {
                json.status = Some(status.as_u16());
                "http_500"
            }
            FaultKind::CutBody => "cut_body",
            FaultKind::TruncatedJson => "truncated_json",
            FaultKind::HtmlError(status) => {
                json.status = Some(status.as_u16());
                "html_error"
            }
            FaultKind::UnknownField => "unknown_field",
            FaultKind::Slow(ms) => {
                json.ms = Some(*ms);
                "slow"
            }
        };
        kind.clone_into(&mut json.kind);
        json
    }
}
