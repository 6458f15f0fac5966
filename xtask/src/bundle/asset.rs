//! Files whose name tells their content, so that browsers may keep them for ever.

use crate::digest;
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

/// A file of the bundle that is served under a hashed name.
#[derive(Clone, Debug)]
pub struct Asset {
    /// What the server and the style sheets call it: `app.js`.
    pub name: String,
    /// Where it is in `dist/`, and with a slash before it the URL: `assets/app-0123456789abcdef.js`.
    pub path: String,
    /// Where its content is.
    pub source: PathBuf,
}

impl Asset {
    /// Names a file after its content.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn new(name: &str, source: PathBuf) -> Result<Self> {
        let content = fs::read(&source).with_context(|| format!("{} can't be read", source.display()))?;
        let path = format!("assets/{}", hashed_name(name, &digest::of_bytes(&content)));
        Ok(Self { name: name.to_owned(), path, source })
    }
}

/// `app.js` with the digest `0123…` is `app-0123456789abcdef.js`: 64 bits are plenty to tell versions apart.
pub fn hashed_name(name: &str, digest: &str) -> String {
    let digest = digest.get(..16).unwrap_or(digest);
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}-{digest}.{extension}"),
        None => format!("{name}-{digest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_goes_before_the_extension() {
        let digest = "0123456789abcdef0123";
        assert_eq!(hashed_name("app.js", digest), "app-0123456789abcdef.js");
        assert_eq!(hashed_name("inter.latin.woff2", digest), "inter.latin-0123456789abcdef.woff2");
        assert_eq!(hashed_name("plain", digest), "plain-0123456789abcdef");
    }

    #[test]
    fn equal_contents_have_equal_paths() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = |file: &str, content: &str| {
            let source = dir.path().join(file);
            fs::write(&source, content).expect("written");
            Asset::new("app.js", source).expect("readable").path
        };
        assert_eq!(path("a", "1"), path("b", "1"));
        assert_ne!(path("a", "1"), path("b", "2"));
    }
}
