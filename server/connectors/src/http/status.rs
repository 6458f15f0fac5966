//! What an HTTP status means where the body says nothing: a proxy, a load balancer, a vendor in haste.

use super::{Answer, RetryReason, Verdict};
use crate::error::{DeniedScope, Error, ErrorKind};

/// Judges an answer by its status alone. `vendor` is the vendor's name, for people.
pub fn judge_status(answer: &Answer, vendor: &str) -> Verdict {
    let status = answer.status.as_u16();
    let said = answer.snippet();
    let error = |kind, what: &str| {
        let quoted = if said.is_empty() { String::new() } else { format!(": {said:?}") };
        Error::new(kind, format!("{vendor} {what} (HTTP {status}){quoted}."))
            .with_raw(answer.raw("", &said))
            .with_code(status.to_string())
    };
    match status {
        200..=299 | 304 => Verdict::Done,
        300..=399 => Verdict::give_up(
            error(ErrorKind::Configuration, "answers with a redirect, which is not followed")
                .with_hint("Check the base URL."),
        ),
        401 => Verdict::Refresh(Box::new(error(
            ErrorKind::NeedsReauthorisation,
            "does not accept the access token",
        ))),
        403 => Verdict::give_up(error(
            ErrorKind::Permission(DeniedScope::Account),
            "refuses access to the account",
        )),
        404 | 410 => {
            Verdict::give_up(error(ErrorKind::VersionSunset, "does not serve this version of its API"))
        }
        429 => Verdict::throttled(answer.retry_after(), error(ErrorKind::VendorDown, "asks us to slow down")),
        408 | 425 | 500..=599 => Verdict::Retry {
            after: answer.retry_after(),
            reason: RetryReason::Fault,
            error: Box::new(error(ErrorKind::VendorDown, "does not work now")),
        },
        _ => Verdict::give_up(error(ErrorKind::Rejected, "rejects the request")),
    }
}
