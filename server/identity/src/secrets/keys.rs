//! The keys themselves: from the variable, then from the file; the first one seals.

use super::{ID, SecretsError};
use crate::entropy::Entropy;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

/// Where keys come from.
#[derive(Debug, Clone)]
pub struct KeySource {
    /// The key file: one key per line, the newest first; lines with `#` are remarks. Made at the first start unless
    /// `setting` gives a key.
    pub file: PathBuf,
    /// `WINDHOVER_SECRET_KEY`: one key, or several separated by commas, the newest first. Keys of the file still open
    /// what they sealed.
    pub setting: Option<SecretString>,
}

/// First bytes of the key's hash: says which key sealed a value, and nothing about the key.
pub(super) type KeyId = [u8; ID];

#[derive(Debug)]
pub(super) struct Key {
    pub(super) id: KeyId,
    bytes: SecretBox<[u8; 32]>,
}

impl Key {
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        let hash: [u8; 32] =
            Sha256::new().chain_update(b"windhover key id\0").chain_update(bytes).finalize().into();
        let mut id = [0; ID];
        id.copy_from_slice(&hash[..ID]);
        Self { id, bytes: SecretBox::new(Box::new(bytes)) }
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        self.bytes.expose_secret()
    }

    pub(super) fn name(&self) -> String {
        hex::encode(self.id)
    }
}

/// All keys that are given. None at all is no error yet.
pub(super) fn read(source: &KeySource) -> Result<Vec<Key>, SecretsError> {
    let mut keys = Vec::new();
    let setting = source.setting.as_ref().map(|s| s.expose_secret().trim()).filter(|s| !s.is_empty());
    for (number, text) in setting.into_iter().flat_map(|s| s.split(',')).enumerate() {
        let bad = || SecretsError::BadKey { place: format!("WINDHOVER_SECRET_KEY (key {})", number + 1) };
        keys.push(parse(text).ok_or_else(bad)?);
    }
    let failed = |e| SecretsError::File { file: source.file.clone(), source: e };
    let text = match fs::read_to_string(&source.file) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(keys),
        Err(e) => return Err(failed(e)),
    };
    let mode = fs::metadata(&source.file).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(file = %source.file.display(), "the key file was open to other users; closing it");
        fs::set_permissions(&source.file, fs::Permissions::from_mode(0o600)).map_err(failed)?;
    }
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let bad = || SecretsError::BadKey { place: format!("{} line {}", source.file.display(), number + 1) };
        keys.push(parse(line).ok_or_else(bad)?);
    }
    Ok(keys)
}

/// Makes the file with a new key. When another process was faster, its key is the key.
pub(super) fn create(source: &KeySource, entropy: &Entropy) -> Result<Vec<Key>, SecretsError> {
    let bytes = entropy.bytes::<32>();
    let text = format!(
        "# Windhover's key for stored secrets. Without it, sources must be connected again: keep a copy in a safe place.\n{}\n",
        hex::encode(bytes)
    );
    let draft = source.file.with_extension(format!("new-{}", hex::encode(entropy.bytes::<4>())));
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        // A link, unlike a rename, never replaces a file that is there.
        let linked = fs::hard_link(&draft, &source.file);
        fs::remove_file(&draft)?;
        match linked {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
            _ => Ok(()),
        }
    };
    write().map_err(|e| SecretsError::File { file: source.file.clone(), source: e })?;
    read(source)
}

/// 32 bytes in hexadecimal or base64.
fn parse(text: &str) -> Option<Key> {
    let text = text.trim();
    let bytes = hex::decode(text).ok().or_else(|| {
        [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD].iter().find_map(|e| e.decode(text).ok())
    })?;
    Some(Key::new(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use assert_matches::assert_matches;

    fn source(directory: &tempfile::TempDir, setting: Option<&str>) -> KeySource {
        KeySource { file: directory.path().join("secret.key"), setting: setting.map(SecretString::from) }
    }

    #[test]
    fn both_ways_to_write_a_key() {
        let bytes = [0xC3; 32];
        let id = Key::new(bytes).id;
        for text in [hex::encode(bytes), STANDARD.encode(bytes), URL_SAFE_NO_PAD.encode(bytes)] {
            assert_eq!(parse(&format!(" {text} ")).unwrap().id, id);
        }
        for wrong in ["", "abc", &hex::encode([1; 31]), "correct horse battery staple and so on…"] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_file_is_made_once_and_closed_to_others() {
        let directory = tempfile::tempdir().unwrap();
        let source = source(&directory, None);
        assert!(read(&source).unwrap().is_empty());
        let made = create(&source, &Entropy::system()).unwrap();
        let mode = fs::metadata(&source.file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // Somebody who also wants to make it gets the one that is there.
        let second = create(&source, &Entropy::system()).unwrap();
        assert_eq!(made[0].id, second[0].id);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no drafts stay");
        fs::set_permissions(&source.file, fs::Permissions::from_mode(0o644)).unwrap();
        read(&source).unwrap();
        assert_eq!(fs::metadata(&source.file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_variable_seals_and_the_file_still_opens() {
        let directory = tempfile::tempdir().unwrap();
        create(&source(&directory, None), &Entropy::system()).unwrap();
        let keys =
            read(&source(&directory, Some(&format!("{},{}", hex::encode([1; 32]), hex::encode([2; 32])))))
                .unwrap();
        assert_eq!(keys.len(), 3);
        assert_eq!((keys[0].id, keys[1].id), (Key::new([1; 32]).id, Key::new([2; 32]).id));
    }

    #[test]
    fn a_bad_key_is_named_by_its_place() {
        let directory = tempfile::tempdir().unwrap();
        let error = read(&source(&directory, Some("nonsense"))).err().unwrap();
        assert_matches!(&error, SecretsError::BadKey { place } if place.contains("WINDHOVER_SECRET_KEY"));
        assert!(!error.to_string().contains("nonsense"), "no part of a key in messages");
        let source = source(&directory, None);
        fs::write(&source.file, "# remark\n\nnonsense\n").unwrap();
        assert_matches!(read(&source), Err(SecretsError::BadKey { place }) if place.ends_with("line 3"));
    }
}
