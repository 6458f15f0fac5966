//! Secrets of others that we keep (tokens, keys of vendors), sealed so that a dump or a stolen disk of the database
//! does not give them away.
//!
//! `key_id (4) || nonce (24) || ciphertext and tag`, XChaCha20-Poly1305. The place where a value is stored (table and
//! row) is authenticated with it: a sealed value that is moved elsewhere does not open. Columns that hold such values
//! have the type `sealed`, so that [`SecretBox::load`] finds them.

mod keys;

pub use keys::KeySource;

use crate::entropy::Entropy;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use database::Database;
use keys::{Key, KeyId};
use secrecy::SecretString;
use sqlx::AssertSqlSafe;
use std::path::PathBuf;
use std::sync::Arc;

const ID: usize = 4;
const NONCE: usize = 24;

/// Why the box can't be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretsError {
    /// Values are there whose key is not.
    #[error(
        "the database holds {count} secret(s) in {column} that were sealed with the key {key}, and that key is missing. \
         Put the file {} back from a backup, or add the key to WINDHOVER_SECRET_KEY (several keys: separated by commas, \
         the newest first). If the key is lost for good, delete those rows and connect their sources again",
        .file.display()
    )]
    MissingKey {
        /// First bytes of its hash, in hexadecimal.
        key: String,
        /// A table and column that need it.
        column: String,
        /// Values there.
        count: i64,
        /// Where the key file should be.
        file: PathBuf,
    },
    /// A key that can't be read.
    #[error("{place} holds no usable key: a key is 32 bytes, written as 64 hexadecimal digits or in base64")]
    BadKey {
        /// The file with its line, or the variable.
        place: String,
    },
    /// The key file can't be read or written.
    #[error("the key file {}: {source}", .file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

/// Why a value does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Too short to be sealed by us.
    #[error("not a sealed value")]
    Malformed,
    /// Sealed with a key that we do not have.
    #[error("sealed with the key {0}, which is missing")]
    UnknownKey(String),
    /// Changed, cut, or moved from another row.
    #[error("a sealed value was changed, or belongs to another row")]
    Tampered,
}

/// Where a sealed value is stored. It opens only there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'static str,
    /// The row's key.
    pub row: &'a str,
}

impl Place<'_> {
    fn bytes(self) -> Vec<u8> {
        [self.table.as_bytes(), &[0], self.row.as_bytes()].concat()
    }
}

/// Seals and opens. Cheap to clone; prints nothing of its keys.
#[derive(Clone)]
pub struct SecretBox {
    /// The first one seals; all of them open.
    keys: Arc<[Key]>,
    entropy: Entropy,
}

impl std::fmt::Debug for SecretBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<String> = self.keys.iter().map(Key::name).collect();
        f.debug_struct("SecretBox").field("keys", &names).finish_non_exhaustive()
    }
}

impl SecretBox {
    /// Reads the keys, makes one at the very first start, and checks that every sealed value in the database has its
    /// key.
    ///
    /// # Errors
    /// A missing key while values need it, an unreadable key, a file that can't be written.
    pub async fn load(
        database: &Database,
        source: &KeySource,
        entropy: Entropy,
    ) -> Result<Self, SecretsError> {
        let mut keys = keys::read(source)?;
        let needed = needed_keys(database).await?;
        let missing = needed.into_iter().find(|n| !keys.iter().any(|k| k.id == n.key));
        if let Some(Needed { key, column, count }) = missing {
            let key = hex::encode(key);
            return Err(SecretsError::MissingKey { key, column, count, file: source.file.clone() });
        }
        if keys.is_empty() {
            keys = keys::create(source, &entropy)?;
        }
        Ok(Self { keys: keys.into(), entropy })
    }

    /// A box with one key, without file or database.
    pub fn with_key(key: [u8; 32], entropy: Entropy) -> Self {
        Self { keys: vec![Key::new(key)].into(), entropy }
    }

    /// Seals a value for its place.
    ///
    /// # Panics
    /// Never: the cipher only refuses values of more than 256 GB.
    pub fn seal(&self, value: &[u8], place: Place<'_>) -> Vec<u8> {
        let key = &self.keys[0];
        let nonce = self.entropy.bytes::<NONCE>();
        let payload = Payload { msg: value, aad: &place.bytes() };
        let ciphertext = cipher(key)
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a value of less than 256 GB can be sealed");
        [key.id.as_slice(), &nonce, &ciphertext].concat()
    }

    /// Opens a value at its place.
    ///
    /// # Errors
    /// When it is not ours, was changed, or was moved from another place.
    pub fn open(&self, sealed: &[u8], place: Place<'_>) -> Result<Vec<u8>, OpenError> {
        let (id, rest) = sealed.split_first_chunk::<ID>().ok_or(OpenError::Malformed)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(OpenError::Malformed)?;
        let key =
            self.keys.iter().find(|k| k.id == *id).ok_or_else(|| OpenError::UnknownKey(hex::encode(id)))?;
        let payload = Payload { msg: ciphertext, aad: &place.bytes() };
        cipher(key).decrypt(&XNonce::from(*nonce), payload).map_err(|_| OpenError::Tampered)
    }

    /// Like [`SecretBox::open`], for text: what comes out prints as `[REDACTED]`.
    ///
    /// # Errors
    /// As for [`SecretBox::open`]; also when it is no text.
    pub fn open_text(&self, sealed: &[u8], place: Place<'_>) -> Result<SecretString, OpenError> {
        String::from_utf8(self.open(sealed, place)?).map(SecretString::from).map_err(|_| OpenError::Malformed)
    }

    /// Whether the value was sealed with an older key and should be sealed again (after a rotation).
    pub fn is_outdated(&self, sealed: &[u8]) -> bool {
        !sealed.starts_with(&self.keys[0].id)
    }
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

struct Needed {
    key: KeyId,
    column: String,
    count: i64,
}

/// Which keys the values in columns of the type `sealed` were sealed with.
async fn needed_keys(database: &Database) -> Result<Vec<Needed>, sqlx::Error> {
    // The names come from the catalogue, quoted by the server.
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT a.attrelid::regclass::text, quote_ident(a.attname)
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE a.atttypid = 'sealed'::regtype AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND NOT c.relispartition
         ORDER BY 1, 2",
    )
    .fetch_all(database.pool())
    .await?;
    let mut needed = Vec::new();
    for (table, column) in columns {
        let sql = format!(
            "SELECT substring({column} FOR {ID}), count(*) FROM {table} WHERE {column} IS NOT NULL GROUP BY 1"
        );
        let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(database.pool()).await?;
        needed.extend(rows.into_iter().filter_map(|(key, count)| {
            let key = key.try_into().ok()?;
            Some(Needed { key, column: format!("{table}.{column}"), count })
        }));
    }
    Ok(needed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    const HERE: Place<'static> = Place { table: "connections", row: "7" };

    fn secrets(key: u8) -> SecretBox {
        SecretBox::with_key([key; 32], Entropy::new(StdRng::seed_from_u64(5)))
    }

    #[test]
    fn a_value_opens_at_its_place_only() {
        let secrets = secrets(1);
        let sealed = secrets.seal(b"token", HERE);
        assert_eq!(secrets.open(&sealed, HERE).unwrap(), b"token");
        assert_eq!(secrets.open(&sealed, Place { row: "8", ..HERE }), Err(OpenError::Tampered));
        assert_eq!(secrets.open(&sealed, Place { table: "consents", ..HERE }), Err(OpenError::Tampered));
        assert_ne!(secrets.seal(b"token", HERE), sealed, "each nonce is new");
    }

    #[test]
    fn another_key_is_named() {
        let sealed = secrets(1).seal(b"token", HERE);
        let error = secrets(2).open(&sealed, HERE).unwrap_err();
        assert_eq!(error, OpenError::UnknownKey(hex::encode(&sealed[..ID])));
        assert!(secrets(2).is_outdated(&sealed) && !secrets(1).is_outdated(&sealed));
    }

    #[test]
    fn nothing_of_a_key_is_printed() {
        let printed = format!("{:?}", secrets(0xAB));
        assert!(!printed.contains("abab") && !printed.contains("171"), "{printed}");
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens(value in proptest::collection::vec(any::<u8>(), 0..300), row in ".{0,20}") {
            let secrets = secrets(1);
            let place = Place { table: "t", row: &row };
            let sealed = secrets.seal(&value, place);
            prop_assert_eq!(sealed.len(), value.len() + 44);
            prop_assert_eq!(secrets.open(&sealed, place).unwrap(), value);
        }

        #[test]
        fn a_changed_bit_never_opens(at in 0_usize..60, bit in 0_u32..8) {
            let secrets = secrets(1);
            let mut sealed = secrets.seal(b"sixteen byte key", HERE);
            sealed[at] ^= 1 << bit;
            prop_assert!(secrets.open(&sealed, HERE).is_err());
            prop_assert!(secrets.open(&sealed[..at], HERE).is_err());
        }
    }
}
