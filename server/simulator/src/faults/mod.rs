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
    /// Credentials are refused, also new ones, until somebody consents anew.
    Unauthenticated,
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
    /// Slug of the platform; any when absent.
    pub vendor: Option<String>,
    /// Text that the request's path must contain. Without it only API calls match: not sign-in, not rates.
    pub path: Option<String>,
    /// Id of an account that must stand in the path or in the query.
    pub customer: Option<String>,
    /// How many requests it lets pass before the first that it hits.
    pub after: u32,
    /// How many requests it still hits; nothing means every one until it is deleted.
    pub left: Option<u32>,
}

/// A request as faults see it.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Slug of the platform.
    pub vendor: &'a str,
    /// Path below the platform's address.
    pub path: &'a str,
    /// Query string, as it was sent.
    pub query: &'a str,
    /// Whether it is an API call, as opposed to signing in.
    pub is_api_call: bool,
}

impl Fault {
    fn matches(&self, call: &Call<'_>) -> bool {
        let by_path = match &self.path {
            Some(part) => call.path.contains(part.as_str()),
            None => call.is_api_call,
        };
        let by_customer = self.customer.as_ref().is_none_or(|id| {
            let in_query =
                || url::form_urlencoded::parse(call.query.as_bytes()).any(|(_, value)| value == *id);
            call.path.split('/').any(|segment| segment == id) || in_query()
        });
        let by_vendor = self.vendor.as_deref().is_none_or(|slug| slug == call.vendor);
        by_vendor && by_path && by_customer
    }
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

    /// Somebody consented anew: refused credentials of the platform are good again.
    pub fn consented(&mut self, vendor: &str) {
        let lifts = |fault: &Fault| {
            fault.kind == FaultKind::Unauthenticated
                && fault.vendor.as_deref().is_none_or(|slug| slug == vendor)
        };
        self.0.retain(|fault| !lifts(fault));
    }

    /// Takes the oldest fault for a call, and counts it down.
    pub fn take(&mut self, call: &Call<'_>) -> Option<FaultKind> {
        // One that still waits for its turn lets this request pass, to faults behind it or to the API.
        let is_due = |fault: &mut Fault| {
            let is_early = fault.after > 0;
            fault.after = fault.after.saturating_sub(1);
            !is_early
        };
        let at = self.0.iter_mut().position(|fault| fault.matches(call) && is_due(fault))?;
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
            after: 0,
            vendor: None,
            path: path.map(str::to_owned),
            customer: customer.map(str::to_owned),
            left,
        };
        let mut faults = Faults::default();
        let take = |faults: &mut Faults, path: &str| {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let is_api_call = path.contains("/customers/");
            faults.take(&Call { vendor: "google_ads", path, query, is_api_call })
        };
        faults.extend(vec![
            fault(FaultKind::CutBody, None, Some("77"), Some(2)),
            fault(FaultKind::PermissionDenied, None, None, None),
            fault(FaultKind::Slow(5), Some("/token"), None, Some(1)),
        ]);
        assert_eq!(
            take(&mut faults, "/v25/customers/777/googleAds:search"),
            Some(FaultKind::PermissionDenied)
        );
        assert_eq!(take(&mut faults, "/v25/customers/77/googleAds:search"), Some(FaultKind::CutBody));
        assert_eq!(take(&mut faults, "/v25/customers/77/googleAds:search"), Some(FaultKind::CutBody));
        assert_eq!(
            take(&mut faults, "/v25/customers/77/googleAds:search"),
            Some(FaultKind::PermissionDenied)
        );
        assert_eq!(take(&mut faults, "/token"), Some(FaultKind::Slow(5)));
        assert_eq!(take(&mut faults, "/token"), None);
        assert_eq!(faults.list().len(), 1);
        faults.clear();
        let other = Fault { vendor: Some("ga4".to_owned()), ..fault(FaultKind::CutBody, None, None, None) };
        faults.extend(vec![other, fault(FaultKind::Slow(5), None, Some("9"), Some(1))]);
        assert_eq!(take(&mut faults, "/v25/customers/777/googleAds:search"), None);
        assert_eq!(take(&mut faults, "/v25/customers/x?account=9"), Some(FaultKind::Slow(5)));

        faults.clear();
        faults.extend(vec![Fault { after: 2, ..fault(FaultKind::Unauthenticated, None, None, None) }]);
        let three: Vec<_> = (0..3).map(|_| take(&mut faults, "/v25/customers/1/x")).collect();
        assert_eq!(three, [None, None, Some(FaultKind::Unauthenticated)]);
        faults.consented("google_ads");
        assert_eq!(take(&mut faults, "/v25/customers/1/x"), None);
    }
}
