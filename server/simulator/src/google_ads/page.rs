//! Page tokens of `googleAds:search`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::errors::ApiError;

/// Rows on a page; the vendor does not let clients choose.
pub const PAGE_ROWS: usize = 10_000;

/// How long a page token can be used, in real time.
const LIFETIME_HOURS: i64 = 2;

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Rows before it.
    pub offset: usize,
    /// The simulated moment of the first page, so that all pages show one state of the data.
    pub as_of: DateTime<Utc>,
}

impl Page {
    /// Writes the token for this page of a query.
    pub fn token(&self, fingerprint: &str, real_now: DateTime<Utc>) -> String {
        let (as_of, issued) = (self.as_of.timestamp_millis(), real_now.timestamp_millis());
        URL_SAFE_NO_PAD.encode(format!("{}.{as_of}.{issued}.{fingerprint}", self.offset))
    }

    /// Reads a token back.
    ///
    /// # Errors
    /// `INVALID_PAGE_TOKEN` for a token that was not issued for this query and customer, `EXPIRED_PAGE_TOKEN`
    /// for one that is too old.
    pub fn parse(token: &str, fingerprint: &str, real_now: DateTime<Utc>) -> Result<Self, ApiError> {
        let invalid =
            || ApiError::request("INVALID_PAGE_TOKEN", "The page token is not valid for this query.");
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
        let text = String::from_utf8(bytes).map_err(|_| invalid())?;
        let parts: Vec<&str> = text.split('.').collect();
        let [offset, as_of, issued, print] = parts[..] else { return Err(invalid()) };
        let instant = |text: &str| text.parse().ok().and_then(DateTime::from_timestamp_millis);
        let (Ok(offset), Some(as_of), Some(issued)) = (offset.parse(), instant(as_of), instant(issued))
        else {
            return Err(invalid());
        };
        if print != fingerprint {
            return Err(invalid());
        }
        if real_now - issued > TimeDelta::hours(LIFETIME_HOURS) {
            return Err(ApiError::request("EXPIRED_PAGE_TOKEN", "The page token has expired."));
        }
        Ok(Self { offset, as_of })
    }
}

/// What a page token belongs to: the version, the customer and the text of the query.
pub fn fingerprint(version: u32, customer: i64, query: &str) -> String {
    let digest = Sha256::digest(format!("{version}/{customer}/{query}"));
    URL_SAFE_NO_PAD.encode(&digest[..9])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_belong_to_their_query_and_expire() {
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let page = Page { offset: 10_000, as_of: now };
        let print = fingerprint(25, 1, "SELECT a");
        let token = page.token(&print, now);
        assert_eq!(Page::parse(&token, &print, now), Ok(page));
        let code =
            |token: &str, print: &str, at| Page::parse(token, print, at).unwrap_err().code().to_owned();
        assert_eq!(code(&token, &fingerprint(25, 2, "SELECT a"), now), "INVALID_PAGE_TOKEN");
        assert_eq!(code("nonsense", &print, now), "INVALID_PAGE_TOKEN");
        assert_eq!(code(&token, &print, now + TimeDelta::hours(3)), "EXPIRED_PAGE_TOKEN");
    }
}
