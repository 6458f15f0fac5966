//! Faults on demand: what goes wrong, for which requests, and how often.

mod layer;
mod wire;

pub(crate) use layer::{Unknown, apply, revoke};
pub use wire::{BadFault, FaultJson};

use axum::http::StatusCode;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// 429 with a short delay in seconds.
    ThrottleShort(u64),
    /// 429: the developer token's daily operations are gone; the delay is in seconds.
    QuotaDaily(u64),
    /// All access tokens expire.
    ExpireTokens,
    /// One refresh token, or all of them, are revoked with their access tokens.
    Revoke(Option<String>),
    /// 403 for a customer.
    PermissionDenied,
    /// 500 or 503.
    ServerError(StatusCode),
    /// The connection is cut in the middle of the body.
    CutBody,
    /// A complete answer whose JSON ends in the middle.
    TruncatedJson,
    /// An HTML page instead of JSON, with this status.
    HtmlError(StatusCode),
    /// Rows carry members that are in no schema.
    UnknownField,
    /// The answer comes after so many milliseconds.
    Slow(u64),
}

/// One fault that waits for its requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Text that the request's path must contain. Without it only API calls match: not sign-in, not rates.
    pub path: Option<String>,
    /// Customer id that must stand in the path.
    pub customer: Option<String>,
    /// How many requests it still hits; nothing means every one until it is deleted.
    pub left: Option<u32>,
}

impl Fault {
    fn matches(&self, path: &str) -> bool {
        let by_path = match &self.path {
            Some(part) => path.contains(part.as_str()),
            None => is_api_call(path),
        };
        let by_customer =
            self.customer.as_ref().is_none_or(|id| path.split('/').any(|segment| segment == id));
        by_path && by_customer
    }
}

/// True for calls of the vendors' APIs, as opposed to sign-in and rates.
pub fn is_api_call(path: &str) -> bool {
    path.split('/').any(|segment| segment == "customers" || segment.starts_with("customers:"))
}

/// All faults that wait, oldest first.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds faults behind those that wait.
    pub fn extend(&mut self, faults: Vec<Fault>) {
        self.0.extend(faults);
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Those that wait.
    pub fn list(&self) -> &[Fault] {
        &self.0
    }

    /// Takes the oldest fault for a path, and counts it down.
    pub fn take(&mut self, path: &str) -> Option<FaultKind> {
        let at = self.0.iter().position(|fault| fault.matches(path))?;
        let kind = self.0[at].kind.clone();
        if let Some(left) = &mut self.0[at].left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.0.remove(at);
            }
        }
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_hit_what_they_are_meant_for_and_wear_off() {
        let fault = |kind, path: Option<&str>, customer: Option<&str>, left| Fault {
            kind,
            path: path.map(str::to_owned),
            customer: customer.map(str::to_owned),
            left,
        };
        let mut faults = Faults::default();
        faults.extend(vec![
            fault(FaultKind::CutBody, None, Some("77"), Some(2)),
            fault(FaultKind::PermissionDenied, None, None, None),
            fault(FaultKind::Slow(5), Some("/token"), None, Some(1)),
        ]);
        assert_eq!(faults.take("/v25/customers/777/googleAds:search"), Some(FaultKind::PermissionDenied));
        assert_eq!(faults.take("/v25/customers/77/googleAds:search"), Some(FaultKind::CutBody));
        assert_eq!(faults.take("/v25/customers/77/googleAds:search"), Some(FaultKind::CutBody));
        assert_eq!(faults.take("/v25/customers/77/googleAds:search"), Some(FaultKind::PermissionDenied));
        assert_eq!(faults.take("/token"), Some(FaultKind::Slow(5)));
        assert_eq!(faults.take("/token"), None);
        assert_eq!(faults.list().len(), 1);
    }
}
