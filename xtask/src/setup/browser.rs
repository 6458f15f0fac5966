//! Chromium and a font for the browser tests.

use super::apt;
use crate::{digest, process, say};
use anyhow::Result;
use std::path::Path;

/// Makes sure that Playwright finds a Chromium, and that pages in it have letters.
///
/// # Errors
/// When they are missing and can't be installed.
pub fn ensure() -> Result<()> {
    let chromium = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(process::find);
    if let Some(path) = chromium {
        say::note(format_args!("Chromium is {}", path.display()));
    } else {
        apt::install(&["chromium"], "Chromium", "Install Chromium and put it on PATH.")?;
    }
    if !has_fonts()? {
        apt::install(&["fonts-dejavu-core"], "A font", "Install any TrueType font for the whole system.")?;
    }
    Ok(())
}

fn has_fonts() -> Result<bool> {
    for folder in ["/usr/share/fonts", "/usr/local/share/fonts"] {
        let fonts = digest::files_below(Path::new(folder))?;
        if fonts.iter().any(|file| file.extension().is_some_and(|end| end == "ttf" || end == "otf")) {
            return Ok(true);
        }
    }
    Ok(false)
}
