//! What Constant Contact pushes to partners: changes of billing, nothing about campaigns. A pure function over the bytes as
//! they came.

use crate::webhook::{Writing, is_hmac_sha256};
use secrecy::SecretString;

/// The header that holds the signature.
pub const SIGNATURE: &str = "x-ctct-hmac-sha256";

/// Whether the body, byte for byte as it came, was signed with the application's secret.
pub fn is_genuine(client_secret: &SecretString, body: &[u8], signature: &str) -> bool {
    is_hmac_sha256(client_secret, &[body], signature, Writing::Base64)
}
