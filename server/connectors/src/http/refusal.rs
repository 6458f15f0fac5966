//! What a refusal means: the platform reads the vendor's code and message and says which case it is; words, waits and what
//! follows are the same for all.

use super::{Answer, RetryReason, Verdict};
use crate::error::{DeniedScope, Error, ErrorKind};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// The cases of vendors' error tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The access token is refused: renew it once, and ask again.
    Renew,
    /// The consent or key is dead: only connecting again helps.
    Reconnect,
    /// Access is refused.
    Denied(DeniedScope),
    /// We ask too often. The delay of the vendor's error table or headers; without one `Retry-After` counts, then
    /// [`crate::Connector::throttle_window`]. A delay that is longer than the budget ends as a wait for quota.
    Throttled(Option<Duration>),
    /// A quota is used up until that moment: not tried again before.
    Quota(DateTime<Utc>),
    /// The vendor does not work now.
    Fault,
    /// It is too much for one answer: the days are halved.
    TooMuch,
    /// The thing that was asked for is not there: its stream stays out, with a warning. Callers that can go on without it use
    /// [`crate::error::spare`].
    Missing,
    /// Our request is wrong.
    Rejected,
    /// A credential or a setting is wrong.
    Configuration,
    /// This version of the API was switched off.
    Sunset,
}

/// A refusal, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The vendor's name, for people.
    pub vendor: &'static str,
    /// The vendor's code; the HTTP status where it gives none.
    pub code: String,
    /// What the vendor says.
    pub message: String,
}

impl Refusal {
    /// The verdict in that case. The error keeps code and message, and [`Error::vendor_code`] is the code.
    pub fn verdict(&self, meaning: Meaning, answer: &Answer) -> Verdict {
        let error = |kind| self.error(kind, words(meaning), answer);
        match meaning {
            Meaning::Renew => Verdict::Refresh(Box::new(error(ErrorKind::NeedsReauthorisation))),
            Meaning::Reconnect => Verdict::give_up(error(ErrorKind::NeedsReauthorisation)),
            Meaning::Denied(scope) => Verdict::give_up(error(ErrorKind::Permission(scope))),
            Meaning::Throttled(after) => {
                Verdict::throttled(after.or_else(|| answer.retry_after()), error(ErrorKind::VendorDown))
            }
            Meaning::Quota(until) => Verdict::give_up(error(ErrorKind::Quota { until })),
            Meaning::Fault => Verdict::Retry {
                after: answer.retry_after(),
                reason: RetryReason::Fault,
                error: Box::new(error(ErrorKind::VendorDown)),
            },
            Meaning::TooMuch => Verdict::give_up(error(ErrorKind::Interrupted { needs_fewer_days: true })),
            // The account has no such part, or none that we may see: the rest is read without it.
            Meaning::Missing => Verdict::give_up(error(ErrorKind::Permission(DeniedScope::Stream))),
            Meaning::Rejected => Verdict::give_up(error(ErrorKind::Rejected)),
            Meaning::Configuration => Verdict::give_up(error(ErrorKind::Configuration)),
            Meaning::Sunset => Verdict::give_up(error(ErrorKind::VersionSunset)),
        }
    }

    /// The error itself, where other words are needed: `what` follows the vendor's name.
    pub fn error(&self, kind: ErrorKind, what: &str, answer: &Answer) -> Error {
        let (vendor, status, code) = (self.vendor, answer.status.as_u16(), &self.code);
        let said = if self.message.trim().is_empty() { answer.snippet() } else { self.message.clone() };
        let said = said.trim().trim_end_matches('.');
        let message = match said {
            "" => format!("{vendor} {what} (HTTP {status})."),
            said => format!("{vendor} {what}: {said}."),
        };
        let code = if code.is_empty() { status.to_string() } else { code.clone() };
        Error::new(kind, message).with_raw(answer.raw(&code, said)).with_code(code)
    }
}

fn words(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Renew => "does not accept the access token",
        Meaning::Reconnect => "no longer accepts the consent or key",
        Meaning::Denied(DeniedScope::Grant) => "refuses access to everything",
        Meaning::Denied(DeniedScope::Account) => "refuses access to the account",
        Meaning::Denied(DeniedScope::Stream) => "refuses access to it",
        Meaning::Throttled(_) => "asks us to slow down",
        Meaning::Quota(_) => "has no quota left for us",
        Meaning::Fault => "does not work now",
        Meaning::TooMuch => "can't give so much at once",
        Meaning::Missing => "does not know it",
        Meaning::Rejected => "rejects the request",
        Meaning::Configuration => "does not accept how the connection is set up",
        Meaning::Sunset => "does not serve this version of its API",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    fn answer() -> Answer {
        let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, "7".parse().unwrap())]);
        let at = "2026-09-04T12:00:00Z".parse().unwrap();
        Answer { status: StatusCode::BAD_REQUEST, headers, body: Bytes::from_static(b"{}"), at }
    }

    fn refusal() -> Refusal {
        Refusal { vendor: "Acme", code: "190".into(), message: "The session has expired.".into() }
    }

    #[test]
    fn a_refusal_keeps_what_the_vendor_said() {
        let Verdict::GiveUp(error) = refusal().verdict(Meaning::Reconnect, &answer()) else { panic!() };
        assert_eq!(error.message, "Acme no longer accepts the consent or key: The session has expired.");
        assert_eq!(error.vendor_code.as_deref(), Some("190"));
        assert_eq!(error.raw.as_deref(), Some("HTTP 400 190: The session has expired"));
        assert_eq!(error.kind.exit_code(), 3);
    }

    #[test]
    fn delays_of_the_table_beat_the_header_and_moments_are_kept() {
        for (own, expected) in [(Some(Duration::from_secs(20)), 20), (None, 7)] {
            let verdict = refusal().verdict(Meaning::Throttled(own), &answer());
            let Verdict::Retry { after, reason: RetryReason::Throttled, .. } = verdict else { panic!() };
            assert_eq!(after, Some(Duration::from_secs(expected)));
        }
        let until = "2026-09-05T00:00:00Z".parse().unwrap();
        let Verdict::GiveUp(error) = refusal().verdict(Meaning::Quota(until), &answer()) else { panic!() };
        assert_eq!(error.kind, ErrorKind::Quota { until });
    }

    #[test]
    fn without_a_code_the_status_counts() {
        let bare = Refusal { code: String::new(), message: " ".into(), ..refusal() };
        let Verdict::GiveUp(error) = bare.verdict(Meaning::Missing, &answer()) else { panic!() };
        assert_eq!(
            (error.message.as_str(), error.vendor_code.as_deref()),
            ("Acme does not know it: {}.", Some("400"))
        );
    }
}
