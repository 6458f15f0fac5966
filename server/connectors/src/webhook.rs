//! Signatures of events that vendors push: pure functions over the bytes as they came. A body that was parsed and written
//! again has other bytes, and no signature fits it.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// How bytes are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// Hexadecimal, in either case.
    Hex,
    /// Base64 with padding.
    Base64,
}

impl Writing {
    fn read(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Base64 => STANDARD.decode(text.trim()).ok(),
            Self::Hex => {
                let digits = text.trim().as_bytes();
                let pairs = digits.chunks(2);
                let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
                digits.len().is_multiple_of(2).then(|| pairs.map(byte).collect())?
            }
        }
    }

    fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::Base64 => STANDARD.encode(bytes),
            Self::Hex => {
                let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
                digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
            }
        }
    }
}

/// Whether the signature is the HMAC-SHA256 of the parts, one behind the other. Compared in constant time. A prefix such
/// as `sha256=` is taken off by the caller.
pub fn is_hmac_sha256(key: &SecretString, parts: &[&[u8]], signature: &str, writing: Writing) -> bool {
    let Some(signature) = writing.read(signature) else {
        return false;
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret().as_bytes());
    hmac::verify(&key, &parts.concat(), &signature).is_ok()
}

/// The HMAC-SHA256 of the parts: for answers to challenges and for proofs in requests.
pub fn hmac_sha256(key: &SecretString, parts: &[&[u8]], writing: Writing) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret().as_bytes());
    writing.write(hmac::sign(&key, &parts.concat()).as_ref())
}

/// Whether the signature is the plain SHA-256 of the secret and the parts, in hexadecimal (`HubSpot`'s first version).
pub fn is_sha256(secret: &SecretString, parts: &[&[u8]], signature: &str) -> bool {
    let mut hash = Sha256::new();
    hash.update(secret.expose_secret().as_bytes());
    parts.iter().for_each(|part| hash.update(part));
    let digest = hash.finalize();
    let Some(signature) = Writing::Hex.read(signature) else {
        return false;
    };
    aws_lc_rs::constant_time::verify_slices_are_equal(&digest[..], &signature).is_ok()
}

/// The SHA-256 of the bytes, in hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Writing::Hex.write(&Sha256::digest(bytes))
}

/// Whether the signature (base64 of DER) of the parts is by that key (base64 of a DER SubjectPublicKeyInfo): ECDSA with
/// P-256 and SHA-256.
pub fn is_ecdsa_p256(public_key: &str, parts: &[&[u8]], signature: &str) -> bool {
    let (Some(key), Some(signature)) = (Writing::Base64.read(public_key), Writing::Base64.read(signature))
    else {
        return false;
    };
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(&parts.concat(), &signature).is_ok()
}

/// Whether a signed moment, in seconds or milliseconds since 1970, is near enough to now: an old event may be replayed by
/// somebody else.
pub fn is_recent(timestamp: &str, now: DateTime<Utc>, tolerance: TimeDelta) -> bool {
    let Ok(number) = timestamp.trim().parse::<i64>() else {
        return false;
    };
    let is_milliseconds = number >= 100_000_000_000;
    let at = if is_milliseconds {
        DateTime::from_timestamp_millis(number)
    } else {
        DateTime::from_timestamp(number, 0)
    };
    at.is_some_and(|at| (now - at).abs() <= tolerance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

    /// RFC 4231, test case 2.
    const HMAC: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    #[test]
    fn hmacs_fit_their_bytes_only() {
        let key = SecretString::from("Jefe");
        let parts: &[&[u8]] = &[b"what do ya want ", b"for nothing?"];
        assert_eq!(hmac_sha256(&key, parts, Writing::Hex), HMAC);
        assert!(is_hmac_sha256(&key, parts, HMAC, Writing::Hex));
        assert!(is_hmac_sha256(&key, parts, &HMAC.to_uppercase(), Writing::Hex));
        let base64 = hmac_sha256(&key, parts, Writing::Base64);
        assert!(is_hmac_sha256(&key, parts, &base64, Writing::Base64));
        assert!(!is_hmac_sha256(&key, &[b"what do ya want for nothing"], HMAC, Writing::Hex));
        assert!(!is_hmac_sha256(&"jefe".into(), parts, HMAC, Writing::Hex));
        for wrong in ["", "5b", "zz", "5bd", &HMAC[..62]] {
            assert!(!is_hmac_sha256(&key, parts, wrong, Writing::Hex), "{wrong}");
        }
    }

    #[test]
    fn plain_hashes_fit_their_secret_only() {
        // SHA-256 of "abc" (FIPS 180-4).
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(is_sha256(&"a".into(), &[b"b", b"c"], hash));
        assert!(!is_sha256(&"b".into(), &[b"a", b"c"], hash));
    }

    #[test]
    fn ecdsa_fits_its_key_and_bytes_only() {
        let make = || EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let public = |pair: &EcdsaKeyPair| {
            let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
            STANDARD.encode(der.as_ref())
        };
        let (pair, other) = (make(), make());
        let signature = pair.sign(&SystemRandom::new(), b"1600112502[{}]\r\n").unwrap();
        let signature = STANDARD.encode(signature.as_ref());
        let parts: &[&[u8]] = &[b"1600112502", b"[{}]\r\n"];
        assert!(is_ecdsa_p256(&public(&pair), parts, &signature));
        assert!(!is_ecdsa_p256(&public(&other), parts, &signature));
        assert!(!is_ecdsa_p256(&public(&pair), &[b"1600112502", b"[{}]"], &signature));
        assert!(!is_ecdsa_p256("", parts, "!"));
    }

    #[test]
    fn old_events_are_told_from_new_ones() {
        let now = "2026-09-04T12:00:00Z".parse().unwrap();
        let minutes = TimeDelta::minutes(5);
        assert!(is_recent("1788523205", now, minutes) && is_recent("1788523205000", now, minutes));
        assert!(!is_recent("1788522000", now, minutes) && !is_recent("1788526000", now, minutes));
        assert!(!is_recent("now", now, minutes));
    }
}
