//! Sends every request of a connector to another origin: simulators, proxies, contract checks.

use crate::error::{Error, Result};
use url::Url;

/// Where requests really go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BaseUrl(Option<Url>);

impl BaseUrl {
    /// The vendors' own hosts.
    pub const VENDOR: Self = Self(None);

    /// Reads `http://127.0.0.1:8700`, optionally with a path that is put before the vendor's.
    ///
    /// # Errors
    /// When it is no `http` or `https` address, or holds more than origin and path.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Error::configuration(format!(
                "The base URL {text:?} {why}; it is written like http://127.0.0.1:8700."
            ))
        };
        let url: Url = text.trim().parse().map_err(|_| wrong("is no address"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong("is no http or https address"));
        }
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return Err(wrong("holds more than an origin and a path"));
        }
        Ok(Self(Some(url)))
    }

    /// The address that is really asked: another origin, the same path and query.
    pub fn apply(&self, url: &Url) -> Url {
        let Some(base) = &self.0 else {
            return url.clone();
        };
        let mut target = base.clone();
        let prefix = base.path().trim_end_matches('/');
        target.set_path(&format!("{prefix}{}", url.path()));
        target.set_query(url.query());
        target
    }

    /// Whether requests go elsewhere.
    pub fn is_set(&self) -> bool {
        self.0.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base: &str, url: &str, expected: &str) {
        let base = BaseUrl::parse(base).unwrap();
        assert_eq!(base.apply(&url.parse().unwrap()).as_str(), expected);
    }

    #[test]
    fn only_the_origin_changes() {
        let vendor = "https://googleads.googleapis.com/v25/customers/1/googleAds:search?a=b%20c&d";
        check(
            "http://127.0.0.1:8700",
            vendor,
            "http://127.0.0.1:8700/v25/customers/1/googleAds:search?a=b%20c&d",
        );
        check("http://127.0.0.1:8700/", "https://oauth2.googleapis.com/token", "http://127.0.0.1:8700/token");
        check("https://proxy.example/ads/", "https://a.example/x%2Fy?q", "https://proxy.example/ads/x%2Fy?q");
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        for text in ["localhost:8700", "ftp://a", "http://a/?q=1", "http://me:pw@a/", ""] {
            let error = BaseUrl::parse(text).unwrap_err();
            assert!(error.message.contains("http://127.0.0.1:8700"), "{text}");
        }
    }
}
