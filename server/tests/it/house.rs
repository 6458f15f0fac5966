//! The site inside this process: real services on a fresh database, requests without a network.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use database::testing::{TestDatabase, fresh};
use model::access::{Origin, Role};
use model::clock::Clock;
use model::days::WeekStart;
use model::live::Topic;
use model::ports::Identity as _;
use model::workspace::{SetupForm, Workspace, WorkspaceSettings};
use model::{AppError, ErrorKind, ids::WorkspaceId};
use server::assets::Bundle;
use server::commands::serve::site;
use server::config::{Config, Role as ServerRole};
use server::lifecycle::Lifecycle;
use server::logging::LogFormat;
use server::services::Services;
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;
use tower::ServiceExt;
use url::form_urlencoded;

pub const EMAIL: &str = "ana@example.com";
pub const PASSWORD: &str = "correct horse battery";
/// Noon UTC; before the real time on every machine that can build this.
pub const NOW: &str = "2026-09-04T12:00:00Z";
/// Where the requests say that they go.
pub const HOST: &str = "windhover.test";

/// One installation.
pub struct House {
    pub db: TestDatabase,
    pub services: Services,
    pub router: Router,
    pub lifecycle: Lifecycle,
    pub clock: Clock,
    pub dir: TempDir,
}

/// Changes the configuration before the start.
pub type Change = Box<dyn FnOnce(&mut Config) + Send>;

impl House {
    /// Before the first run.
    pub async fn empty() -> Self {
        Self::with(Box::new(|_| {})).await
    }

    pub async fn with(change: Change) -> Self {
        let db = fresh().await;
        let dir = tempfile::tempdir().unwrap();
        write_bundle(&dir.path().join("dist"));
        let clock = Clock::from_setting(Some(NOW)).unwrap();
        let mut config = configuration(dir.path(), clock.clone());
        change(&mut config);
        let lifecycle = Lifecycle::default();
        let database = db.database();
        let services = Services::start(&config, &database, &lifecycle, false).await.unwrap();
        let bundle = Bundle::read(&config.assets_dir).unwrap();
        let site = site(&config, &services, &database, bundle, &lifecycle).await.unwrap();
        let router = server::web::router(site);
        Self { db, services, router, lifecycle, clock, dir }
    }

    /// With the admin [`EMAIL`] and the workspace "acme".
    pub async fn lived_in() -> (Self, Visitor) {
        let house = Self::empty().await;
        let admin = house.move_in().await;
        (house, admin)
    }

    /// Does the first run, not by HTTP.
    pub async fn move_in(&self) -> Visitor {
        let form = self.form().await;
        let (token, _) = self.services.identity.set_up(form, &Origin::default()).await.unwrap();
        Visitor { router: self.router.clone(), token: Some(token.0), is_secure: false }
    }

    /// The form of the first run, all right.
    pub async fn form(&self) -> SetupForm {
        let code = self.services.identity.setup_code().await.unwrap().unwrap();
        SetupForm { code, email: EMAIL.into(), password: PASSWORD.into(), workspace: settings("Acme") }
    }

    pub fn anonymous(&self) -> Visitor {
        Visitor { router: self.router.clone(), token: None, is_secure: false }
    }

    /// Another person with the same password. `place`: a member there, in that role.
    pub async fn person(&self, email: &str, place: Option<(&str, Role)>) -> Visitor {
        let user: i32 = sqlx::query_scalar(
            "INSERT INTO users (email, password_hash, password_changed_at, created_at)
             SELECT $1, password_hash, created_at, created_at FROM users ORDER BY id LIMIT 1 RETURNING id",
        )
        .bind(email)
        .fetch_one(self.db.pool())
        .await
        .unwrap();
        if let Some((slug, role)) = place {
            sqlx::query(
                "INSERT INTO memberships (workspace_id, user_id, role, created_at)
                 SELECT id, $1, $2, created_at FROM workspaces WHERE slug = $3",
            )
            .bind(user)
            .bind(serde_json::to_value(role).unwrap().as_str())
            .bind(slug)
            .execute(self.db.pool())
            .await
            .unwrap();
        }
        self.log_in(email).await
    }

    /// A new session, not by HTTP.
    pub async fn log_in(&self, email: &str) -> Visitor {
        let token = self.services.identity.log_in(email, PASSWORD, &Origin::default()).await.unwrap();
        Visitor { router: self.router.clone(), token: Some(token.0), is_secure: false }
    }

    pub async fn workspace(&self, slug: &str) -> Workspace {
        self.services.identity.workspace_named(slug).await.unwrap()
    }

    /// A second workspace without members.
    pub async fn add_workspace(&self, slug: &str) -> WorkspaceId {
        let id = sqlx::query_scalar(
            "INSERT INTO workspaces (slug, name, currency, time_zone, created_at)
             SELECT $1, $1, currency, time_zone, created_at FROM workspaces ORDER BY id LIMIT 1 RETURNING id",
        )
        .bind(slug)
        .fetch_one(self.db.pool())
        .await
        .unwrap();
        WorkspaceId(id)
    }

    /// Commits a change of a topic.
    pub async fn bump(&self, workspace: WorkspaceId, topic: Topic) -> i64 {
        let mut tx = self.db.pool().begin().await.unwrap();
        let version = database::bump(&mut tx, workspace, topic).await.unwrap();
        tx.commit().await.unwrap();
        version
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.db.pool()).await.unwrap()
    }
}

pub fn settings(name: &str) -> WorkspaceSettings {
    WorkspaceSettings {
        name: name.into(),
        currency: "EUR".into(),
        time_zone: "Europe/Berlin".into(),
        week_start: WeekStart::Monday,
    }
}

fn configuration(dir: &Path, clock: Clock) -> Config {
    Config {
        listen: ([127, 0, 0, 1], 3210).into(),
        public_url: None,
        data_dir: dir.to_owned(),
        assets_dir: dir.join("dist"),
        database_url: None,
        log_format: LogFormat::Auto,
        log: "info".into(),
        role: ServerRole::All,
        secret_key: None,
        clock,
        upload_limit: 1 << 30,
        demo_speed: 1,
        demo_platforms: None,
        demo_faults: 0.0,
        platforms: BTreeMap::new(),
        dev_reload: false,
    }
}

/// A bundle as `cargo xtask bundle` lays it out, with next to nothing in it.
pub fn write_bundle(dist: &Path) {
    std::fs::create_dir_all(dist.join("assets")).unwrap();
    let write = |name: &str, content: &str| std::fs::write(dist.join(name), content).unwrap();
    write("assets/app-1a2b.js", "export default async function init(){}\nexport function hydrate(){}\n");
    write("assets/app-1a2b.js.br", "(brotli)");
    write("assets/app-1a2b.js.gz", "(gzip)");
    write("assets/app-3c4d.wasm", "\0asm");
    write("assets/echarts-5e6f.js", "// charts");
    write("assets/app-7a8b.css", "body{margin:0}");
    write("favicon.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    let manifest = serde_json::json!({
        "app.js": "/assets/app-1a2b.js", "app.wasm": "/assets/app-3c4d.wasm",
        "echarts.js": "/assets/echarts-5e6f.js", "app.css": "/assets/app-7a8b.css",
    });
    write("manifest.json", &manifest.to_string());
}

/// A browser, or what stands in for one.
#[derive(Clone)]
pub struct Visitor {
    pub router: Router,
    pub token: Option<String>,
    /// The site is reached over HTTPS, where the cookie has another name.
    pub is_secure: bool,
}

impl Visitor {
    /// A request with this visitor's cookie, from one of our own pages.
    pub fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let request = Request::builder().method(method).uri(path).header(header::HOST, HOST);
        match &self.token {
            Some(token) => {
                let name = app::api::cookie::name(self.is_secure);
                request.header(header::COOKIE, format!("{name}={token}"))
            }
            None => request,
        }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        Answer::read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    /// A page, as a browser asks for it.
    pub async fn page(&self, path: &str) -> Answer {
        let request =
            self.request(Method::GET, path).header(header::ACCEPT, "text/html,application/xhtml+xml");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.send(self.request(Method::POST, path).body(body.into()).unwrap()).await
    }

    pub async fn post_json(&self, path: &str, body: &serde_json::Value) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_string().into())
            .unwrap();
        self.send(request).await
    }

    pub async fn call(&self, name: &str, input: &Input) -> Answer {
        let path = format!("/api/f/{name}");
        match input {
            Input::Query(pairs) => self.get(&format!("{path}?{}", encode(pairs))).await,
            Input::Json(value) => self.post_json(&path, value).await,
            Input::Form(pairs) => self.send_form(&path, pairs, "application/json").await,
        }
    }

    /// A form as the page's script sends it, or, with `accept` as a browser's, as a browser without script does.
    pub async fn send_form(&self, path: &str, pairs: &[(&str, String)], accept: &str) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, accept)
            .header(header::REFERER, format!("http://{HOST}/login"))
            .body(encode(pairs).into())
            .unwrap();
        self.send(request).await
    }
}

/// What a server function is called with.
#[derive(Debug, Clone)]
pub enum Input {
    Query(Vec<(&'static str, String)>),
    Json(serde_json::Value),
    Form(Vec<(&'static str, String)>),
}

pub fn encode(pairs: &[(&str, String)]) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        text.append_pair(name, value);
    }
    text.finish()
}

/// The fields of the first run as a form.
pub fn setup_fields(form: &SetupForm) -> Vec<(&'static str, String)> {
    vec![
        ("form[code]", form.code.clone()),
        ("form[email]", form.email.clone()),
        ("form[password]", form.password.clone()),
        ("form[workspace][name]", form.workspace.name.clone()),
        ("form[workspace][currency]", form.workspace.currency.clone()),
        ("form[workspace][time_zone]", form.workspace.time_zone.clone()),
        ("form[workspace][week_start]", "monday".to_owned()),
    ]
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    async fn read(response: axum::response::Response) -> Self {
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 64 << 20).await.unwrap();
        Self { status: head.status, headers: head.headers, body }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e} in {}: {}", self.status, self.text()))
    }

    /// The refusal, whose kind and status must agree.
    pub fn refusal(&self) -> AppError {
        let error: AppError = serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e} in {}: {}", self.status, self.text()));
        assert_eq!(error.kind.status(), self.status.as_u16(), "{error:?}");
        error
    }

    pub fn assert_refused(&self, kind: ErrorKind) {
        assert_eq!(self.refusal().kind, kind, "{}", self.text());
    }

    /// The session token that the answer sets.
    pub fn session(&self) -> Option<String> {
        let cookie = self.header("set-cookie");
        let (name, value) = cookie.split(';').next()?.split_once('=')?;
        (name.contains("windhover") && !value.is_empty()).then(|| value.to_owned())
    }
}
