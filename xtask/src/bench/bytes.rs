//! `bytes_interactive`: what a browser loads until a dashboard can be used.

use super::figure::Figure;
use crate::bundle::Manifest;
use anyhow::{Context, Result};
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;

/// A dashboard draws charts, so ECharts counts. The module of the other pages comes later, and does not.
const LOADED: &[&str] = &["app.js", "app.wasm", "echarts.js", "app.css", "inter.woff2"];

/// Sums the compressed sizes of the bundle in `dist`. The page itself is not in it: its size depends on the data.
///
/// # Errors
/// When a file is missing.
pub fn interactive(dist: &Path, manifest: &Manifest) -> Result<Figure> {
    let mut detail = Map::new();
    let mut sum = 0;
    for name in LOADED {
        let path = manifest.0.get(*name).with_context(|| format!("the bundle has no {name}"))?;
        let size = sent_size(dist, path)?;
        detail.insert((*name).to_owned(), size.into());
        sum += size;
    }
    detail.insert(
        "encoding".to_owned(),
        "brotli; the font as it is; without the page, and without what loads after the dashboard reacts"
            .into(),
    );
    Ok(Figure {
        name: "bytes_interactive".into(),
        value: sum.into(),
        unit: "bytes".into(),
        detail: Value::Object(detail),
    })
}

fn sent_size(dist: &Path, path: &str) -> Result<u64> {
    let brotli = fs::metadata(dist.join(format!("{path}.br")));
    let metadata = brotli.or_else(|_| fs::metadata(dist.join(path)));
    Ok(metadata.with_context(|| format!("dist/{path} is missing"))?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_files_count_where_there_are_any() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let mut manifest = Manifest::default();
        for (index, name) in LOADED.iter().enumerate() {
            manifest.0.insert((*name).to_owned(), (*name).to_owned());
            fs::write(dir.path().join(name), "x".repeat(100)).expect("written");
            if *name != "inter.woff2" {
                fs::write(dir.path().join(format!("{name}.br")), "x".repeat(index + 1)).expect("written");
            }
        }
        let figure = interactive(dir.path(), &manifest).expect("measured");
        assert_eq!(figure.value.to_string(), (1 + 2 + 3 + 4 + 100).to_string());
        manifest.0.remove("app.css");
        assert!(interactive(dir.path(), &manifest).is_err());
    }
}
