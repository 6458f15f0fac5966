//! The browser bundle: read once at start, served from memory, compressed ahead, cached for ever by its hashed names.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap};
use std::path::Path as FilePath;
use std::sync::Arc;

/// One file in its encodings.
#[derive(Debug, Clone)]
struct Asset {
    mime: HeaderValue,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

/// All files of the bundle by path below `/assets/`, and those of `public/` by path below `/`.
#[derive(Debug, Clone, Default)]
pub struct Bundle {
    files: Arc<HashMap<String, Asset>>,
    /// Logical name → path on the site.
    manifest: Arc<BTreeMap<String, String>>,
}

/// The bundle can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// No manifest.
    #[error(
        "the browser bundle is not in {0} (no manifest.json): run `cargo xtask bundle`, or set assets_dir"
    )]
    Missing(String),
    /// A file can't be read, or the manifest is no JSON object of strings.
    #[error("the browser bundle in {dir} is broken ({why}): run `cargo xtask bundle` again")]
    Broken {
        /// Where.
        dir: String,
        /// What.
        why: String,
    },
}

impl Bundle {
    /// Reads the bundle.
    ///
    /// # Errors
    /// When it is missing or broken.
    pub fn read(dir: &FilePath) -> Result<Self, BundleError> {
        let shown = dir.display().to_string();
        let broken = |why: String| BundleError::Broken { dir: shown.clone(), why };
        let text =
            std::fs::read(dir.join("manifest.json")).map_err(|_| BundleError::Missing(shown.clone()))?;
        let manifest: BTreeMap<String, String> =
            serde_json::from_slice(&text).map_err(|e| broken(format!("manifest.json: {e}")))?;
        let mut files = HashMap::new();
        collect(dir, dir, &mut files).map_err(|e| broken(e.to_string()))?;
        for (name, path) in &manifest {
            if !files.contains_key(path.trim_start_matches('/')) {
                return Err(broken(format!("{name} should be {path}, which is not there")));
            }
        }
        Ok(Self { files: Arc::new(files), manifest: Arc::new(manifest) })
    }

    /// The site's path for a logical name.
    pub fn path(&self, name: &str) -> String {
        self.manifest.get(name).map(|p| format!("/{}", p.trim_start_matches('/'))).unwrap_or_default()
    }

    /// For the document.
    pub fn links(&self, dev_reload: bool) -> app::Assets {
        app::Assets {
            app_js: self.path("app.js"),
            app_wasm: self.path("app.wasm"),
            later_wasm: self.path("split_later.wasm"),
            echarts_js: self.path("echarts.js"),
            app_css: self.path("app.css"),
            font: self.manifest.contains_key("inter.woff2").then(|| self.path("inter.woff2")),
            reload_js: dev_reload.then(|| "/assets/dev-reload.js".to_owned()),
        }
    }
}

fn collect(root: &FilePath, dir: &FilePath, files: &mut HashMap<String, Asset>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
            continue;
        }
        let name = path.to_string_lossy();
        if name.ends_with(".br") || name.ends_with(".gz") || name.ends_with("manifest.json") {
            continue;
        }
        let Ok(relative) = path.strip_prefix(root) else { continue };
        let beside = |suffix: &str| std::fs::read(format!("{name}.{suffix}")).ok().map(Bytes::from);
        let mime = mime_guess::from_path(&path).first_or_octet_stream().to_string();
        files.insert(
            relative.to_string_lossy().into_owned(),
            Asset {
                mime: HeaderValue::from_str(&mime)
                    .unwrap_or(HeaderValue::from_static("application/octet-stream")),
                plain: std::fs::read(&path)?.into(),
                brotli: beside("br"),
                gzip: beside("gz"),
            },
        );
    }
    Ok(())
}

/// `GET /assets/{path}`: immutable.
pub async fn serve_hashed(
    State(bundle): State<Bundle>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    respond(&bundle, &format!("assets/{path}"), &headers, "public, max-age=31536000, immutable")
}

/// A file of `public/`, if there is one of that name.
pub fn serve_public(bundle: &Bundle, path: &str, headers: &HeaderMap) -> Option<Response<Body>> {
    let name = path.trim_start_matches('/');
    bundle.files.contains_key(name).then(|| respond(bundle, name, headers, "public, max-age=3600"))
}

fn respond(bundle: &Bundle, name: &str, headers: &HeaderMap, cache: &'static str) -> Response<Body> {
    let Some(asset) = bundle.files.get(name) else {
        return not_found();
    };
    let accepts = |coding: &str| {
        headers
            .get_all(header::ACCEPT_ENCODING)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(','))
            .any(|part| {
                let mut pieces = part.split(';').map(str::trim);
                pieces.next() == Some(coding) && !pieces.any(|q| q == "q=0" || q == "q=0.0")
            })
    };
    let (body, coding) = match (&asset.brotli, &asset.gzip) {
        (Some(body), _) if accepts("br") => (body.clone(), Some("br")),
        (_, Some(body)) if accepts("gzip") => (body.clone(), Some("gzip")),
        _ => (asset.plain.clone(), None),
    };
    let mut response = Response::new(Body::from(body));
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, asset.mime.clone());
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    head.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        head.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

fn not_found() -> Response<Body> {
    let mut response = Response::new(Body::from("There is no such file."));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle() -> (tempfile::TempDir, Bundle) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("assets")).unwrap();
        std::fs::write(dir.path().join("assets/app-1.js"), "plain").unwrap();
        std::fs::write(dir.path().join("assets/app-1.js.br"), "brotli").unwrap();
        std::fs::write(dir.path().join("manifest.json"), r#"{"app.js":"/assets/app-1.js"}"#).unwrap();
        let bundle = Bundle::read(dir.path()).unwrap();
        (dir, bundle)
    }

    #[test]
    fn the_best_accepted_encoding_is_served() {
        let (_dir, bundle) = bundle();
        let coding = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, accept.parse().unwrap());
            respond(&bundle, "assets/app-1.js", &headers, "x")
                .headers()
                .get(header::CONTENT_ENCODING)
                .cloned()
        };
        assert_eq!(coding("gzip, br").unwrap(), "br");
        assert_eq!(coding("gzip"), None, "no gzip copy beside it");
        assert_eq!(coding("br;q=0"), None);
    }

    #[test]
    fn a_missing_bundle_says_what_to_run() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Bundle::read(dir.path()).unwrap_err().to_string().contains("cargo xtask bundle"));
    }

    #[test]
    fn a_manifest_that_names_a_missing_file_is_refused() {
        let (dir, _) = bundle();
        std::fs::remove_file(dir.path().join("assets/app-1.js")).unwrap();
        assert!(Bundle::read(dir.path()).unwrap_err().to_string().contains("app-1.js"));
    }
}
