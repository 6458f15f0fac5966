//! Secrets that we hand out: session tokens and the code of the first run. Only their hashes are stored.

use crate::entropy::Entropy;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::ports::SessionToken;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What is stored instead of the secret.
pub(crate) type Hash = [u8; 32];

/// A new token of 256 bits, and its hash.
pub(crate) fn new_session(entropy: &Entropy) -> (SessionToken, Hash) {
    let bytes = entropy.bytes::<32>();
    (SessionToken(URL_SAFE_NO_PAD.encode(bytes)), Sha256::digest(bytes).into())
}

/// The hash of a token that a browser sent; `None` when it can't be one of ours.
pub(crate) fn session_hash(token: &str) -> Option<Hash> {
    // Longer text is refused before it is decoded.
    let bytes: [u8; 32] =
        (token.len() == 43).then(|| URL_SAFE_NO_PAD.decode(token).ok())??.try_into().ok()?;
    Some(Sha256::digest(bytes).into())
}

/// Crockford's alphabet: no letter that looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS: usize = 3;
const GROUP: usize = 4;

/// A new one-time code of 60 bits, such as `7K3M-9XQT-2HFA`.
pub(crate) fn new_setup_code(entropy: &Entropy) -> String {
    let bytes = entropy.bytes::<{ GROUPS * GROUP }>();
    let letters: Vec<char> = bytes.iter().map(|b| char::from(ALPHABET[usize::from(b & 31)])).collect();
    letters.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// The hash of a code as typed: case, dashes and spaces do not matter, and look-alikes are taken for what they look
/// like.
pub(crate) fn setup_code_hash(code: &str) -> Hash {
    let letters: String = code
        .chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    Sha256::digest(letters.as_bytes()).into()
}

/// Whether one of the stored hashes is this one, in the same time whether or not.
pub(crate) fn is_among(hash: &Hash, stored: &[Vec<u8>]) -> bool {
    stored.iter().fold(0_u8, |found, candidate| found | hash.as_slice().ct_eq(candidate).unwrap_u8()) == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    fn entropy() -> Entropy {
        Entropy::new(StdRng::seed_from_u64(3))
    }

    #[test]
    fn a_token_is_found_by_its_hash_only() {
        let (token, hash) = new_session(&entropy());
        assert_eq!(session_hash(&token.0), Some(hash));
        let mut tampered = token.0.clone().into_bytes();
        tampered[5] = if tampered[5] == b'A' { b'B' } else { b'A' };
        assert_ne!(session_hash(std::str::from_utf8(&tampered).unwrap()), Some(hash));
        for nonsense in ["", "x", &token.0[1..], &format!("{}A", token.0), &"=".repeat(43), &"ä".repeat(43)]
        {
            assert_eq!(session_hash(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_code_may_be_typed_in_any_way() {
        let code = new_setup_code(&entropy());
        assert_eq!(code.len(), 14);
        let hash = setup_code_hash(&code);
        assert_eq!(setup_code_hash(&code.to_lowercase().replace('-', " ")), hash);
        assert_eq!(setup_code_hash("o1l0"), setup_code_hash("01-10"));
        assert_ne!(setup_code_hash(&code[1..]), hash);
        assert!(is_among(&hash, &[vec![0; 32], hash.to_vec()]));
        assert!(!is_among(&hash, &[vec![0; 32], vec![]]));
        assert!(!is_among(&hash, &[]));
    }
}
