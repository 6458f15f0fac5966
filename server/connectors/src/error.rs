//! What can go wrong with a vendor, by who has to act.

use chrono::{DateTime, SecondsFormat, Utc};
use std::borrow::Cow;

/// What the vendor refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeniedScope {
    /// Everything: the person who consented has no access to the product at all.
    Grant,
    /// One account.
    Account,
    /// One stream of an account.
    Stream,
}

/// Kinds of failure. Each has an owner and one thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The grant is dead: only a new consent helps. Never retried.
    NeedsReauthorisation,
    /// The vendor refuses.
    Permission(DeniedScope),
    /// A quota is used up. A state rather than a failure: it goes on by itself.
    Quota {
        /// When a new try makes sense.
        until: DateTime<Utc>,
    },
    /// The vendor, or the way to it, does not work now.
    VendorDown,
    /// The answer broke off, or was too large to be finished. Only inside a slice: [`crate::read_slice`] reads the
    /// slice again, in halves if need be, and turns what stays into [`ErrorKind::VendorDown`].
    Interrupted {
        /// Only fewer days help; the same again would fail again.
        needs_fewer_days: bool,
    },
    /// The vendor switched this version of its API off.
    VersionSunset,
    /// The answer is not what the vendor documents.
    Drift {
        /// Where in the answer, for example `results[3].metrics.clicks`.
        path: String,
    },
    /// The vendor says that our request is wrong.
    Rejected,
    /// A credential, a setting or an argument is wrong.
    Configuration,
}

impl ErrorKind {
    /// As stored and logged.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NeedsReauthorisation => "needs_reauthorisation",
            Self::Permission(_) => "permission",
            Self::Quota { .. } => "quota",
            Self::VendorDown => "vendor_down",
            Self::Interrupted { .. } => "interrupted",
            Self::VersionSunset => "version_sunset",
            Self::Drift { .. } => "drift",
            Self::Rejected => "rejected",
            Self::Configuration => "configuration",
        }
    }

    /// Exit code of the command line.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Permission(_) | Self::VersionSunset | Self::Rejected | Self::Configuration => 2,
            Self::NeedsReauthorisation => 3,
            Self::Quota { .. } => 4,
            Self::Drift { .. } => 5,
            Self::VendorDown | Self::Interrupted { .. } => 6,
        }
    }

    /// Whether it concerns the whole connection, so that its other accounts and streams need not be tried.
    pub fn stops_run(&self) -> bool {
        matches!(
            self,
            Self::NeedsReauthorisation
                | Self::Quota { .. }
                | Self::VersionSunset
                | Self::Configuration
                | Self::Permission(DeniedScope::Grant)
        )
    }

    /// What a person can do about it.
    pub fn action(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::NeedsReauthorisation => {
                "Connect again: the old consent no longer works. Figures already loaded stay."
            }
            Self::Permission(DeniedScope::Grant) => {
                "Connect again as a person who has access to the vendor's product."
            }
            Self::Permission(DeniedScope::Account) => {
                "Ask the owner of the account for read access, or leave the account out."
            }
            Self::Permission(DeniedScope::Stream) => {
                "The figures of this stream stay out; ask the account's owner if you need them."
            }
            Self::Quota { until } => {
                return Cow::Owned(format!(
                    "Nothing to do: it can go on at {}.",
                    until.to_rfc3339_opts(SecondsFormat::Secs, true)
                ));
            }
            Self::VendorDown | Self::Interrupted { .. } => {
                "Nothing to do on this side: try again later, and look at the vendor's status page if it stays."
            }
            Self::VersionSunset => {
                "Set api_version to a version that the vendor still serves, or update Windhover."
            }
            Self::Drift { .. } => {
                "The vendor's answers changed: update Windhover, or report it with the vendor's message."
            }
            Self::Rejected => {
                "Check the settings of the connection; if they are right, report it with the vendor's message."
            }
            Self::Configuration => "Correct the named value and start again.",
        })
    }
}

/// Where it happened, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The vendor's id of the account.
    pub account: Option<String>,
    /// The stream.
    pub stream: Option<String>,
}

/// A failure in words for people, with what the vendor said for experts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place_prefix(.place))]
pub struct Error {
    /// What kind, which decides what happens next.
    pub kind: ErrorKind,
    /// What went wrong, a plain sentence.
    pub message: String,
    /// What to do, where it differs from [`ErrorKind::action`].
    pub hint: Option<Box<str>>,
    /// What the vendor said, cut to a sane length. Holds no secret of ours.
    pub raw: Option<Box<str>>,
    /// The vendor's own code, for example `queryError.UNRECOGNIZED_FIELD`.
    pub vendor_code: Option<Box<str>>,
    /// The HTTP status of the answer, whatever code stands in its body.
    pub status: Option<u16>,
    /// Where.
    pub place: Box<Place>,
    /// It concerns its stream only, even if its kind concerns the whole connection elsewhere: a quota of reports of one
    /// kind, for example.
    pub is_local: bool,
}

/// Shorthand of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// None instead of a refusal with one of the vendor's codes, or with one of them as its HTTP status: for things without
/// which the rest is right, such as the figures of an e-mail that was never sent.
///
/// # Errors
/// All others.
pub fn spare<T>(result: Result<T>, codes: &[&str]) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_any_of(codes) => Ok(None),
        Err(error) => Err(error),
    }
}

fn place_prefix(place: &Place) -> String {
    match (&place.account, &place.stream) {
        (Some(account), Some(stream)) => format!("Account {account}, stream {stream}: "),
        (Some(account), None) => format!("Account {account}: "),
        (None, Some(stream)) => format!("Stream {stream}: "),
        (None, None) => String::new(),
    }
}

impl Error {
    /// A failure of that kind with a plain sentence.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            raw: None,
            vendor_code: None,
            status: None,
            place: Box::default(),
            is_local: false,
        }
    }

    /// More was asked for than one answer holds: the days are halved, as long as there is more than one.
    pub fn too_much(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Interrupted { needs_fewer_days: true }, message)
    }

    /// A credential, setting or argument is wrong.
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, message)
    }

    /// The answer is not what the vendor documents.
    pub fn drift(path: impl Into<String>, detail: impl std::fmt::Display) -> Self {
        let path = path.into();
        let message = format!("The vendor's answer is not understood at {path}: {detail}.");
        Self::new(ErrorKind::Drift { path }, message)
    }

    /// The vendor does not work now.
    pub fn vendor_down(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::VendorDown, message)
    }

    /// The answer broke off.
    pub fn interrupted(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Interrupted { needs_fewer_days: false }, message)
    }

    /// Adds what the vendor said.
    #[must_use]
    pub fn with_raw(mut self, raw: impl Into<Box<str>>) -> Self {
        self.raw = Some(raw.into());
        self
    }

    /// Adds the vendor's code.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Box<str>>) -> Self {
        self.vendor_code = Some(code.into());
        self
    }

    /// Adds the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Whether it has one of these codes: the vendor's own, or the HTTP status, which a body with a code of its own hides.
    pub fn is_any_of(&self, codes: &[&str]) -> bool {
        let status = self.status.map(|status| status.to_string());
        [self.vendor_code.as_deref(), status.as_deref()]
            .into_iter()
            .flatten()
            .any(|code| codes.contains(&code))
    }

    /// Replaces what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Box<str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Concerns its stream only.
    #[must_use]
    pub fn local(mut self) -> Self {
        self.is_local = true;
        self
    }

    /// Whether the connection's other accounts and streams need not be tried.
    pub fn stops_run(&self) -> bool {
        self.kind.stops_run() && !self.is_local
    }

    /// As [`Self::stops_run`], in a run that has read something or not: a version that served other streams is there, and
    /// one address of it is not.
    pub fn stops_run_after(&self, has_read: bool) -> bool {
        self.stops_run() && !(has_read && self.kind == ErrorKind::VersionSunset)
    }

    /// Adds the account, unless it is known already.
    #[must_use]
    pub fn in_account(mut self, account: &str) -> Self {
        self.place.account.get_or_insert_with(|| account.to_owned());
        self
    }

    /// Adds the stream, unless it is known already.
    #[must_use]
    pub fn in_stream(mut self, stream: &str) -> Self {
        self.place.stream.get_or_insert_with(|| stream.to_owned());
        self
    }

    /// What to do now.
    pub fn action(&self) -> Cow<'_, str> {
        self.hint.as_deref().map_or_else(|| self.kind.action(), Cow::Borrowed)
    }

    /// As it leaves a slice: what could not be finished is the vendor's fault.
    #[must_use]
    pub fn settled(mut self) -> Self {
        if matches!(self.kind, ErrorKind::Interrupted { .. }) {
            self.kind = ErrorKind::VendorDown;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_where_and_what_to_do() {
        let error = Error::drift("results[3].metrics.clicks", "\"many\" is no whole number")
            .in_account("42")
            .in_stream("campaign_daily");
        assert_eq!(
            error.to_string(),
            "Account 42, stream campaign_daily: The vendor's answer is not understood at \
             results[3].metrics.clicks: \"many\" is no whole number."
        );
        assert!(error.action().contains("update Windhover"));
        assert_eq!(error.kind.exit_code(), 5);
    }

    #[test]
    fn what_can_be_spared_is_none() {
        let refused = |code: &str| Err::<(), _>(Error::new(ErrorKind::Rejected, "No.").with_code(code));
        assert_eq!(spare(refused("404"), &["404", "109"]), Ok(None));
        assert_eq!(spare(Ok(1), &["404"]), Ok(Some(1)));
        assert!(spare(refused("400"), &["404"]).is_err());
        assert!(spare(Err::<(), _>(Error::vendor_down("Down.")), &["404"]).is_err());
        let hidden = |status| Err::<(), _>(refused("gone").unwrap_err().with_status(status));
        assert_eq!(spare(hidden(404), &["404"]), Ok(None));
        assert!(spare(hidden(400), &["404"]).is_err());
    }

    #[test]
    fn a_local_failure_lets_the_others_go_on() {
        let until = "2026-09-04T23:16:31Z".parse().unwrap();
        let error = Error::new(ErrorKind::Quota { until }, "No more reports today.");
        assert!(error.stops_run() && !error.local().stops_run());
    }

    #[test]
    fn an_address_that_is_gone_ends_only_a_run_that_has_read_nothing() {
        let gone = Error::new(ErrorKind::VersionSunset, "Not found.");
        assert!(gone.stops_run_after(false) && !gone.stops_run_after(true));
        assert!(Error::new(ErrorKind::NeedsReauthorisation, "Dead.").stops_run_after(true));
        assert!(!Error::vendor_down("Down.").stops_run_after(false));
    }

    #[test]
    fn quota_names_the_moment_in_utc() {
        let until = "2026-09-04T23:16:31Z".parse().unwrap();
        let error = Error::new(ErrorKind::Quota { until }, "Daily operations are used up.");
        assert!(error.action().contains("2026-09-04T23:16:31Z"));
    }
}
