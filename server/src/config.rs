//! Configuration: compiled defaults ← file ← `WINDHOVER_*` variables. Everything that is wrong is listed at once.

use crate::logging::LogFormat;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use figment::value::{Dict, Value};
use model::clock::Clock;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use url::Url;

/// Which parts of the server a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Pages and API.
    Web,
    /// Background jobs.
    Worker,
    /// Both.
    All,
}

impl Role {
    /// Whether pages and API are served.
    pub fn serves_web(self) -> bool {
        matches!(self, Self::Web | Self::All)
    }

    /// Whether background jobs run here.
    pub fn runs_jobs(self) -> bool {
        matches!(self, Self::Worker | Self::All)
    }
}

/// What the admin registered at a vendor, by field name (`client_id`, `client_secret`, `developer_token`, …), and
/// `base_url` for a proxy or simulator.
pub type PlatformFields = BTreeMap<String, SecretString>;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// How browsers reach us, where that differs from `listen` (reverse proxy). Decides `Secure` cookies and the
    /// OAuth return address.
    pub public_url: Option<Url>,
    /// Where the private database, uploads, keys and locks live.
    pub data_dir: PathBuf,
    /// The browser bundle, made by `cargo xtask bundle`.
    pub assets_dir: PathBuf,
    /// An external PostgreSQL; without it a private one runs in the data directory.
    pub database_url: Option<SecretString>,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Which log lines are written, in the form of `RUST_LOG`.
    pub log: String,
    /// Which parts of the server run in this process.
    pub role: Role,
    /// Key for sealed secrets, instead of the key file.
    pub secret_key: Option<SecretString>,
    /// Real time, or `WINDHOVER_NOW`.
    pub clock: Clock,
    /// Largest file that can be uploaded, in bytes.
    pub upload_limit: u64,
    /// How much faster than real time the simulator's clock runs in the demo.
    pub demo_speed: u32,
    /// Slugs of the platforms that the demo connects; all that the simulator stands in for when absent.
    pub demo_platforms: Option<Vec<String>>,
    /// Share of the calls to the simulator that fail for a moment, 0 to 1.
    pub demo_faults: f64,
    /// Values per platform.
    pub platforms: BTreeMap<String, PlatformFields>,
    /// Pages reload when the server was restarted (`cargo xtask dev`).
    pub dev_reload: bool,
}

/// All that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration has {} error(s):\n{}", .0.len(), .0.iter().map(|e| format!("  - {e}")).collect::<Vec<_>>().join("\n"))]
pub struct ConfigErrors(pub Vec<String>);

const DEFAULT_FILE: &str = "windhover.toml";
const DEFAULT_LOG: &str = "info,sqlx=warn,graphile_worker=warn,hyper=warn";
const KEYS: &[&str] = &[
    "listen",
    "public_url",
    "data_dir",
    "assets_dir",
    "database_url",
    "log_format",
    "log",
    "role",
    "secret_key",
    "now",
    "upload_limit",
    "demo_speed",
    "demo_platforms",
    "demo_faults",
    "dev_reload",
    "config",
];
const PLATFORM_FIELDS: &[&str] =
    &["client_id", "client_secret", "developer_token", "base_url", "authorize_url"];

impl Config {
    /// Reads file and environment. `file` must exist when it is named; otherwise `windhover.toml` in the working
    /// directory is read if it is there.
    ///
    /// # Errors
    /// Every value that can't be used, with its name, what was wrong and what is expected.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigErrors> {
        let mut errors = Vec::new();
        let mut figment = Figment::new();
        match file {
            Some(path) if !path.is_file() => {
                errors.push(format!("the configuration file {} is not there", path.display()));
            }
            Some(path) => figment = figment.merge(Toml::file_exact(path)),
            None if Path::new(DEFAULT_FILE).is_file() => {
                figment = figment.merge(Toml::file_exact(DEFAULT_FILE));
            }
            None => {}
        }
        let figment = figment
            .merge(Env::prefixed("WINDHOVER_").filter(|key| !key.as_str().starts_with("test_")).split("__"));
        let mut values = BTreeMap::new();
        match figment.extract::<Dict>() {
            Ok(dict) => flatten("", &dict, &mut values),
            Err(error) => errors.extend(error.into_iter().map(|e| e.to_string())),
        }
        if let Ok(url) = std::env::var("DATABASE_URL") {
            values.entry("database_url".into()).or_insert(url);
        }
        Self::from_values(&values, errors)
    }

    fn from_values(values: &BTreeMap<String, String>, mut errors: Vec<String>) -> Result<Self, ConfigErrors> {
        for key in values.keys() {
            let is_known = match key.split_once('.') {
                None => KEYS.contains(&key.as_str()),
                Some((platform, field)) => {
                    connectors::find(platform).is_some() && PLATFORM_FIELDS.contains(&field)
                }
            };
            if !is_known {
                errors.push(format!(
                    "{key} is no setting; known are {}, and <platform>.{}",
                    KEYS.join(", "),
                    PLATFORM_FIELDS.join(", <platform>.")
                ));
            }
        }
        let get = |key: &str| values.get(key).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let mut check = |key: &str, result: Result<(), String>| {
            if let Err(why) = result {
                errors.push(format!("{key}: {why}"));
            }
        };

        let mut listen = SocketAddr::from(([127, 0, 0, 1], 3210));
        check(
            "listen",
            get("listen").map_or(Ok(()), |text| {
                listen = text.parse().map_err(|_| {
                    format!("{text:?} is no address and port; write 127.0.0.1:3210 or 0.0.0.0:80")
                })?;
                Ok(())
            }),
        );
        let mut public_url = None;
        check(
            "public_url",
            get("public_url").map_or(Ok(()), |text| {
                let url = Url::parse(&text)
                    .map_err(|e| format!("{text:?} is no address: {e}; write https://numbers.example.com"))?;
                if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
                    return Err(format!("{text:?} must begin with http:// or https://"));
                }
                public_url = Some(url);
                Ok(())
            }),
        );
        let mut database_url = None;
        check(
            "database_url",
            get("database_url").map_or(Ok(()), |text| {
                let url = Url::parse(&text).map_err(|e| {
                    format!("no database address: {e}; write postgres://user:password@host/name")
                })?;
                if !matches!(url.scheme(), "postgres" | "postgresql") {
                    return Err("must begin with postgres:// (Windhover needs PostgreSQL 15 or newer)".into());
                }
                database_url = Some(SecretString::from(text));
                Ok(())
            }),
        );
        let mut log_format = LogFormat::Auto;
        check(
            "log_format",
            get("log_format").map_or(Ok(()), |text| {
                log_format = match text.as_str() {
                    "auto" => LogFormat::Auto,
                    "pretty" => LogFormat::Pretty,
                    "json" => LogFormat::Json,
                    _ => return Err(format!("{text:?} is none of auto, pretty, json")),
                };
                Ok(())
            }),
        );
        let log = get("log").unwrap_or_else(|| DEFAULT_LOG.into());
        check(
            "log",
            tracing_subscriber::EnvFilter::try_new(&log)
                .map(drop)
                .map_err(|e| format!("{log:?}: {e}; write info or debug,sqlx=warn")),
        );
        let mut role = Role::All;
        check(
            "role",
            get("role").map_or(Ok(()), |text| {
                role = match text.as_str() {
                    "web" => Role::Web,
                    "worker" => Role::Worker,
                    "all" => Role::All,
                    _ => return Err(format!("{text:?} is none of web, worker, all")),
                };
                Ok(())
            }),
        );
        let mut clock = Clock::System;
        check(
            "now",
            Clock::from_setting(get("now").as_deref()).map(|c| clock = c).map_err(|e| e.to_string()),
        );
        let mut upload_limit = 4 * 1024 * 1024 * 1024;
        check(
            "upload_limit",
            get("upload_limit").map_or(Ok(()), |text| {
                upload_limit = text.parse().map_err(|_| format!("{text:?} is no number of bytes"))?;
                Ok(())
            }),
        );
        let mut demo_speed = 1;
        check(
            "demo_speed",
            get("demo_speed").map_or(Ok(()), |text| {
                demo_speed = text
                    .parse()
                    .ok()
                    .filter(|n| (1..=100_000).contains(n))
                    .ok_or(format!("{text:?} is no number from 1 to 100000"))?;
                Ok(())
            }),
        );
        let mut demo_faults = 0.005;
        check(
            "demo_faults",
            get("demo_faults").map_or(Ok(()), |text| {
                demo_faults = text
                    .parse()
                    .ok()
                    .filter(|share| (0.0..=1.0).contains(share))
                    .ok_or(format!("{text:?} is no number from 0 to 1"))?;
                Ok(())
            }),
        );
        let mut demo_platforms = None;
        check("demo_platforms", demo_platforms_of(get("demo_platforms")).map(|found| demo_platforms = found));

        let mut platforms: BTreeMap<String, PlatformFields> = BTreeMap::new();
        for (key, value) in values {
            let Some((platform, field)) = key.split_once('.') else { continue };
            if field.ends_with("_url") {
                check(key, Url::parse(value).map(drop).map_err(|e| format!("{value:?} is no address: {e}")));
            }
            platforms
                .entry(platform.to_owned())
                .or_default()
                .insert(field.to_owned(), SecretString::from(value.clone()));
        }
        if !errors.is_empty() {
            return Err(ConfigErrors(errors));
        }
        Ok(Self {
            listen,
            public_url,
            data_dir: get("data_dir").map_or_else(|| PathBuf::from("data"), PathBuf::from),
            assets_dir: get("assets_dir").map_or_else(default_assets_dir, PathBuf::from),
            database_url,
            log_format,
            log,
            role,
            secret_key: get("secret_key").map(SecretString::from),
            clock,
            upload_limit,
            demo_speed,
            demo_platforms,
            demo_faults,
            platforms,
            dev_reload: get("dev_reload").is_some_and(|v| v == "1" || v == "true"),
        })
    }

    /// How browsers reach us.
    pub fn base_url(&self) -> String {
        self.public_url.as_ref().map_or_else(
            || format!("http://localhost:{}", self.listen.port()),
            |url| url.as_str().trim_end_matches('/').to_owned(),
        )
    }

    /// Whether browsers reach us over HTTPS.
    pub fn is_secure(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}

/// `google_ads, ga4` as a list.
fn demo_platforms_of(text: Option<String>) -> Result<Option<Vec<String>>, String> {
    let Some(text) = text else { return Ok(None) };
    let known: Vec<&str> = simulator::VENDORS.iter().map(|vendor| vendor.slug).collect();
    let named: Vec<String> =
        text.split(',').map(|slug| slug.trim().to_owned()).filter(|slug| !slug.is_empty()).collect();
    match named.iter().find(|slug| !known.contains(&slug.as_str())) {
        Some(slug) => Err(format!("{slug:?} has no stand-in; those there are: {}", known.join(", "))),
        None if named.is_empty() => Err("it names no platform".to_owned()),
        None => Ok(Some(named)),
    }
}

/// Beside the executable (as installed), else in the working directory (as built).
fn default_assets_dir() -> PathBuf {
    std::env::current_exe()
        .ok()
        .and_then(|exe| exe.parent().map(|dir| dir.join("dist")))
        .filter(|dir| dir.is_dir())
        .unwrap_or_else(|| PathBuf::from("dist"))
}

fn flatten(prefix: &str, dict: &Dict, into: &mut BTreeMap<String, String>) {
    for (key, value) in dict {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Value::Dict(_, inner) => flatten(&path, inner, into),
            Value::String(_, text) => drop(into.insert(path, text.clone())),
            Value::Bool(_, flag) => drop(into.insert(path, flag.to_string())),
            Value::Num(_, number) => {
                let text = number
                    .to_u128()
                    .map(|n| n.to_string())
                    .or_else(|| number.to_i128().map(|n| n.to_string()))
                    .or_else(|| number.to_f64().map(|n| n.to_string()))
                    .unwrap_or_default();
                into.insert(path, text);
            }
            other => drop(into.insert(path, format!("{other:?}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_variables_and_of_files_are_read() {
        // Variables are read as unsigned numbers, files as signed ones.
        let dict = Dict::from([
            ("dev_reload".to_owned(), Value::from(1_u8)),
            ("demo_speed".to_owned(), Value::from(60_i64)),
            ("upload_limit".to_owned(), Value::from(u64::MAX)),
            ("listen".to_owned(), Value::from(-1.5)),
        ]);
        let mut values = BTreeMap::new();
        flatten("", &dict, &mut values);
        let expected = [
            ("demo_speed", "60"),
            ("dev_reload", "1"),
            ("listen", "-1.5"),
            ("upload_limit", "18446744073709551615"),
        ];
        assert_eq!(values, expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    }

    fn load(pairs: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
        let values = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Config::from_values(&values, Vec::new())
    }

    #[test]
    fn nothing_set_is_fine() {
        let config = load(&[]).unwrap();
        assert_eq!(config.base_url(), "http://localhost:3210");
        assert!(!config.is_secure());
    }

    #[test]
    fn all_errors_are_listed_at_once() {
        let errors = load(&[
            ("listen", "here"),
            ("public_url", "ftp://x"),
            ("database_url", "mysql://x/y"),
            ("role", "boss"),
            ("now", "soon"),
            ("lisen", "127.0.0.1:1"),
            ("google_ads.base_url", "nowhere"),
        ])
        .unwrap_err();
        assert_eq!(errors.0.len(), 7, "{errors}");
        for name in [
            "listen:",
            "public_url:",
            "database_url:",
            "role:",
            "now:",
            "lisen is no setting",
            "google_ads.base_url:",
        ] {
            assert!(errors.to_string().contains(name), "{name} is missing in {errors}");
        }
    }

    #[test]
    fn https_makes_it_secure() {
        assert!(load(&[("public_url", "https://numbers.example.com/")]).unwrap().is_secure());
    }
}
