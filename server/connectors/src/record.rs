//! What a connector hands out: typed records, a page at a time.

use crate::crm::CrmRecord;
use crate::moments::{day_in, zone};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Figures of one entity on one day: one row of the vendor.
#[derive(Debug, Clone, PartialEq)]
pub struct FactRecord {
    /// The stream that it came by.
    pub stream: &'static str,
    /// The vendor's id of the account.
    pub account: String,
    /// What the figures belong to.
    pub kind: EntityKind,
    /// The vendor's id of it.
    pub entity: String,
    /// The day in the account's time zone, as the vendor reported it.
    pub date: NaiveDate,
    /// Of what a thing has come to so far: the day of its publication or sending in the account's time zone, where the
    /// vendor tells. What it had come to when it was first read is counted on that day.
    pub began: Option<NaiveDate>,
    /// The hour of that day (0 to 23), where the stream has hours.
    pub hour: Option<u8>,
    /// What splits the day further (search term, device, …). Empty on totals; never mixed with them.
    pub breakdown: BTreeMap<String, String>,
    /// ISO 4217 code of the money among the values.
    pub currency: Option<String>,
    /// Values in the units of the catalogue (money in major units). A metric that the vendor did not report is absent.
    pub values: Vec<(Metric, Decimal)>,
    /// Vendor fields without a canonical name.
    pub extra: Map<String, Value>,
}

/// A campaign, ad group, ad, … as the vendor describes it now.
///
/// A record may hold only some attributes (a report names fewer than a listing): merge them by name.
#[derive(Debug, Clone, PartialEq)]
pub struct EntityRecord {
    /// The stream that it came by.
    pub stream: &'static str,
    /// The vendor's id of the account.
    pub account: String,
    /// What it is.
    pub kind: EntityKind,
    /// The vendor's id.
    pub id: String,
    /// What it hangs under; none for the account itself.
    pub parent: Option<(EntityKind, String)>,
    /// Its name now.
    pub name: String,
    /// The vendor's own word, for example `PAUSED`.
    pub status: Option<String>,
    /// Everything else that is known, names in `snake_case`.
    pub attributes: Map<String, Value>,
}

/// Something is missing or odd, and the rest is right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Warning {
    /// The vendor's id of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// The field, by the vendor's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// A plain sentence.
    pub message: String,
}

impl Warning {
    /// About an account as a whole.
    pub fn account(account: &str, message: impl Into<String>) -> Self {
        Self { account: Some(account.to_owned()), stream: None, field: None, message: message.into() }
    }

    /// About one stream of an account.
    pub fn stream(account: &str, stream: &str, message: impl Into<String>) -> Self {
        Self { stream: Some(stream.to_owned()), ..Self::account(account, message) }
    }

    /// About one field of a stream.
    pub fn field(account: &str, stream: &str, field: &str, message: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), ..Self::stream(account, stream, message) }
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let places = [("account ", &self.account), ("stream ", &self.stream), ("field ", &self.field)];
        let mut first = true;
        for (word, place) in places {
            if let Some(place) = place {
                write!(f, "{}{word}{place}", if first { "" } else { ", " })?;
                first = false;
            }
        }
        write!(f, "{}{}", if first { "" } else { ": " }, self.message)
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// Figures.
    Fact(FactRecord),
    /// A thing that figures belong to.
    Entity(EntityRecord),
    /// Something that a CRM keeps; its figures are derived by [`crate::crm::Tally`].
    Crm(Box<CrmRecord>),
    /// Something is missing or odd.
    Warning(Warning),
}

/// The bytes that a page was read from, so that a mapping fix can be replayed without the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawPage {
    /// What was asked, without secrets: method, path and body.
    pub request: String,
    /// The answer as it came, uncompressed.
    pub body: Bytes,
    /// When it came.
    pub fetched_at: DateTime<Utc>,
}

/// A page of records: what fits into memory at once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// In the vendor's order.
    pub records: Vec<Record>,
    /// Rows that the vendor sent, kept or not.
    pub rows: u64,
    /// Where they came from; none for pages that only carry warnings.
    pub raw: Option<RawPage>,
}

impl Page {
    /// A page that only carries warnings.
    pub fn of_warnings(warnings: impl IntoIterator<Item = Warning>) -> Self {
        Self { records: warnings.into_iter().map(Record::Warning).collect(), ..Self::default() }
    }
}

/// An account that discovery found, with what is needed to read it later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteAccount {
    /// The vendor's id, as text.
    pub id: String,
    /// The vendor's name; the id where there is none.
    pub name: String,
    /// ISO 4217, where the vendor says it.
    pub currency: Option<String>,
    /// IANA name, where the vendor says it.
    pub time_zone: Option<String>,
    /// The way in, in the platform's own terms (Google Ads: the manager that goes into `login-customer-id`).
    /// None = reached directly.
    pub access_path: Option<String>,
}

impl RemoteAccount {
    /// Today's date where the account is; in UTC where the zone is unknown. Today is always partial.
    pub fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        day_in(now, self.zone())
    }

    /// Its time zone; UTC where it is unknown.
    pub fn zone(&self) -> chrono_tz::Tz {
        zone(self.time_zone.as_deref())
    }

    /// An account without more than its id.
    pub fn bare(id: impl Into<String>) -> Self {
        let id = id.into();
        Self { name: id.clone(), id, currency: None, time_zone: None, access_path: None }
    }

    /// Notes something without which the account can't be read: its kind, its data centre. Kept in
    /// [`Self::access_path`]; not for secrets.
    #[must_use]
    pub fn with_detail(mut self, name: &str, value: &str) -> Self {
        let known = self.access_path.unwrap_or_default();
        let mut path = url::form_urlencoded::Serializer::new(known);
        path.append_pair(name, value);
        self.access_path = Some(path.finish());
        self
    }

    /// What [`Self::with_detail`] noted.
    pub fn detail(&self, name: &str) -> Option<String> {
        let path = self.access_path.as_deref()?;
        url::form_urlencoded::parse(path.as_bytes()).find(|(key, _)| key == name).map(|(_, v)| v.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(zone: &str) -> RemoteAccount {
        RemoteAccount {
            id: "1".into(),
            name: "A".into(),
            currency: None,
            time_zone: Some(zone.into()),
            access_path: None,
        }
    }

    fn check(zone: &str, now: &str, today: &str) {
        assert_eq!(account(zone).today(now.parse().unwrap()).to_string(), today, "{zone} at {now}");
    }

    #[test]
    fn today_is_the_accounts_own_also_when_clocks_change() {
        // New York springs forward on 8 March 2026: midnight is 05:00 UTC before and 04:00 UTC after.
        check("America/New_York", "2026-03-08T04:59:59Z", "2026-03-07");
        check("America/New_York", "2026-03-08T05:00:00Z", "2026-03-08");
        check("America/New_York", "2026-03-09T03:59:59Z", "2026-03-08");
        check("America/New_York", "2026-03-09T04:00:00Z", "2026-03-09");
        // And falls back on 1 November: the day has 25 hours.
        check("America/New_York", "2026-11-02T04:30:00Z", "2026-11-01");
        check("Asia/Tokyo", "2026-11-01T15:00:00Z", "2026-11-02");
        check("Nowhere/At_all", "2026-11-01T23:59:59Z", "2026-11-01");
    }

    #[test]
    fn details_of_an_account_are_noted_in_its_path() {
        let account =
            RemoteAccount::bare("42").with_detail("kind", "organization").with_detail("host", "a b&c=d");
        assert_eq!(account.access_path.as_deref(), Some("kind=organization&host=a+b%26c%3Dd"));
        assert_eq!(account.detail("kind").as_deref(), Some("organization"));
        assert_eq!(account.detail("host").as_deref(), Some("a b&c=d"));
        assert_eq!(account.detail("zone"), None);
        assert_eq!(RemoteAccount::bare("42").detail("kind"), None);
    }

    #[test]
    fn a_warning_names_its_place() {
        let warning = Warning::field("42", "campaign_daily", "metrics.clicks", "Not there.");
        assert_eq!(
            warning.to_string(),
            "account 42, stream campaign_daily, field metrics.clicks: Not there."
        );
    }
}
