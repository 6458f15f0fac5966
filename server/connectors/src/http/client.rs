//! The one place that builds HTTP clients.

use super::BaseUrl;
use crate::error::{Error, Result};
use std::time::Duration;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an open answer may stay silent.
const SILENCE: Duration = Duration::from_mins(2);

/// A client with time-outs, gzip and our name. It follows no redirect, because a redirect would leave the base URL and
/// might carry a token elsewhere. With a base URL set it ignores the environment's proxies, so that loopback works.
///
/// # Errors
/// When TLS can't be set up, for example without a single root certificate.
pub fn client(base_url: &BaseUrl) -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("windhover/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .redirect(reqwest::redirect::Policy::none())
        .gzip(true);
    let builder = if base_url.is_set() { builder.no_proxy() } else { builder };
    builder.build().map_err(|e| {
        Error::configuration(format!("No HTTP client can be made on this machine: {e}."))
            .with_hint("Check that the system's root certificates are installed (package ca-certificates).")
    })
}
