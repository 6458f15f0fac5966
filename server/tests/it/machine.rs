//! The real program, with a data directory of its own: started, asked by HTTP, stopped, killed.

use crate::house::{EMAIL, NOW, PASSWORD, settings, setup_fields, write_bundle};
use crate::vendor::{Vendor, browser};
use database::{Cluster, ClusterConfig, Database, PoolOptions};
use model::workspace::SetupForm;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A start in a debug build, with `initdb`, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// One installation on this machine.
pub struct Machine {
    dir: TempDir,
    settings: Vec<(String, String)>,
}

/// What a command that ended has said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Machine {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        // PostgreSQL runs as another user when the tests run as root, and must get through.
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        write_bundle(&dir.path().join("dist"));
        let mut machine = Self { dir, settings: Vec::new() };
        machine.set("WINDHOVER_LISTEN", "127.0.0.1:0");
        machine.set("WINDHOVER_NOW", NOW);
        machine.set("WINDHOVER_LOG_FORMAT", "json");
        let (data, assets) = (machine.data(), machine.dir.path().join("dist"));
        machine.set("WINDHOVER_DATA_DIR", data.to_str().unwrap());
        machine.set("WINDHOVER_ASSETS_DIR", assets.to_str().unwrap());
        machine
    }

    /// With Google Ads configured to be the simulator.
    pub fn with(vendor: &Vendor) -> Self {
        let mut machine = Self::new();
        for (name, value) in vendor.fields() {
            machine.set(&format!("WINDHOVER_GOOGLE_ADS__{}", name.to_uppercase()), &value);
        }
        machine
    }

    /// Sets a variable of the environment.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Writes a file beside the data.
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windhover"));
        for (name, _) in std::env::vars().filter(|(n, _)| n.starts_with("WINDHOVER_") || n == "DATABASE_URL")
        {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Said {
        let ended = tokio::time::timeout(PATIENCE, self.command(arguments).output());
        let output = ended.await.unwrap_or_else(|_| panic!("{arguments:?} does not end")).unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Starts a server and waits until it is ready.
    pub async fn start(&self, command: &str) -> Server {
        let mut server = self.launch(command);
        let begun = Instant::now();
        while server.find("log in with your e-mail").is_none() {
            let is_over = server.child.try_wait().unwrap();
            assert!(
                is_over.is_none() && begun.elapsed() < PATIENCE,
                "{command} did not start: {}",
                server.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let ready = server.find("is ready:").unwrap();
        let url = url::Url::parse(ready.split("is ready:").nth(1).unwrap().trim()).unwrap();
        server.address = format!("127.0.0.1:{}", url.port().unwrap());
        server
    }

    /// Starts a server and does not wait.
    pub fn launch(&self, command: &str) -> Server {
        let mut child = self.command(&[command]).spawn().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(collect(child.stdout.take().unwrap(), lines.clone()));
        tokio::spawn(collect(child.stderr.take().unwrap(), lines.clone()));
        Server { child, lines, address: String::new(), token: None, client: browser() }
    }

    /// The database of the running server.
    pub async fn database(&self) -> Database {
        let url =
            Cluster::address_of_running(&ClusterConfig::new(self.data())).unwrap().expect("a running server");
        Database::connect(&url, &PoolOptions::default()).await.unwrap()
    }

    /// One column of text, from the running server's database.
    pub async fn text(&self, sql: &str) -> Vec<String> {
        let database = self.database().await;
        let rows: Vec<Option<String>> =
            sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(database.pool()).await.unwrap();
        database.close().await;
        rows.into_iter().map(|row| row.unwrap_or_else(|| "null".into())).collect()
    }

    pub async fn number(&self, sql: &str) -> i64 {
        self.text(&format!("SELECT ({sql})::text")).await[0].parse().unwrap()
    }

    /// Process number of the private PostgreSQL, if it runs.
    pub fn postmaster(&self) -> Option<Pid> {
        let text = std::fs::read_to_string(self.data().join("postgres/postmaster.pid")).ok()?;
        Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
    }
}

impl Drop for Machine {
    /// A server that was killed leaves its PostgreSQL.
    fn drop(&mut self) {
        let Some(pid) = self.postmaster() else { return };
        let is_ours = std::fs::read_to_string(format!("/proc/{}/cmdline", pid.as_raw_nonzero()))
            .is_ok_and(|command| command.contains(self.dir.path().to_str().unwrap_or_default()));
        if is_ours {
            kill_process(pid, Signal::QUIT).ok();
            for _ in 0..100 {
                if !Path::new(&format!("/proc/{}", pid.as_raw_nonzero())).exists() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

async fn collect(pipe: impl tokio::io::AsyncRead + Unpin, lines: Arc<Mutex<Vec<String>>>) {
    let mut reader = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = reader.next_line().await {
        lines.lock().unwrap().push(line);
    }
}

/// A running server. Killed when dropped.
pub struct Server {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    pub address: String,
    /// Of the session.
    pub token: Option<String>,
    client: reqwest::Client,
}

impl Server {
    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id().expect("it runs")).unwrap()).unwrap()
    }

    /// Everything that it printed.
    pub fn log(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// The first line that contains the text, whatever its case.
    pub fn find(&self, text: &str) -> Option<String> {
        self.lines.lock().unwrap().iter().find(|line| line.to_lowercase().contains(text)).cloned()
    }

    pub async fn kill_9(mut self) {
        self.child.kill().await.unwrap();
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits for the end.
    pub async fn ended(&mut self, patience: Duration) -> ExitStatus {
        let ended = tokio::time::timeout(patience, self.child.wait()).await;
        ended.unwrap_or_else(|_| panic!("it does not end: {}", self.log())).unwrap()
    }

    /// Ctrl-C, and everything in order.
    pub async fn stop(mut self) {
        self.signal(Signal::INT);
        let status = self.ended(Duration::from_secs(40)).await;
        assert!(status.success(), "{status}: {}", self.log());
    }

    /// Resident memory in MB.
    pub fn memory(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.pid().as_raw_nonzero())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }

    fn request(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.token {
            Some(token) => request.header("cookie", format!("windhover={token}")),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.request(self.client.get(format!("http://{}{path}", self.address))).send().await.unwrap()
    }

    /// The status, or none when nobody answers.
    pub async fn try_get(&self, path: &str) -> Option<u16> {
        let request =
            self.client.get(format!("http://{}{path}", self.address)).timeout(Duration::from_secs(15));
        self.request(request).send().await.ok().map(|answer| answer.status().as_u16())
    }

    /// Calls a server function that takes JSON.
    pub async fn call(&self, name: &str, body: Value) -> Value {
        let url = format!("http://{}/api/f/{name}", self.address);
        let answer = self.request(self.client.post(url)).json(&body).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{name}: {status} {text}\n{}", self.log());
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Calls a server function that only reads.
    pub async fn ask(&self, name: &str, query: &str) -> Value {
        let answer = self.get(&format!("/api/f/{name}?{query}")).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{name}: {status} {text}\n{}", self.log());
        serde_json::from_str(&text).unwrap()
    }

    async fn form(&mut self, name: &str, fields: &[(&str, String)]) {
        let request = self
            .client
            .post(format!("http://{}/api/f/{name}", self.address))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(crate::house::encode(fields));
        let answer = request.send().await.unwrap();
        let cookie = answer.headers().get("set-cookie").map(|v| v.to_str().unwrap().to_owned());
        let text = answer.text().await.unwrap();
        let token =
            cookie.as_deref().and_then(|c| c.strip_prefix("windhover=")).and_then(|c| c.split(';').next());
        self.token = Some(token.unwrap_or_else(|| panic!("{name}: {text}")).to_owned());
    }

    /// The first run, with the code that the console shows.
    pub async fn set_up(&mut self) {
        let line = self.find("one-time code").expect("the code on the console");
        let code = line.split_whitespace().last().unwrap().to_owned();
        let form =
            SetupForm { code, email: EMAIL.into(), password: PASSWORD.into(), workspace: settings("Acme") };
        self.form("set_up", &setup_fields(&form)).await;
    }

    /// Consent at the vendor, all accounts, and the first synchronisation is under way. By hand only from then on: in
    /// frozen time every schedule is always due.
    pub async fn connect(&self, vendor: &Vendor, history_from: &str) {
        let consent = json!({"ws": "acme", "request": {"platform": "google_ads"}});
        let consent = self.call("connect", consent).await;
        let back = vendor.decide(consent.as_str().unwrap(), "allow").await;
        let back = url::Url::parse(&back).unwrap();
        let answer = self.get(&format!("{}?{}", back.path(), back.query().unwrap())).await;
        let location = answer.headers()["location"].to_str().unwrap().to_owned();
        assert_eq!(location, "/w/acme/data/connections/1/accounts", "{}", self.log());
        let found = self.ask("discover", "ws=acme&connection=1").await;
        let accounts: Vec<&Value> =
            found["accounts"].as_array().unwrap().iter().map(|account| &account["remote_id"]).collect();
        assert!(!accounts.is_empty());
        let start = json!({"connection": 1, "accounts": accounts, "history_from": history_from, "schedule": "manual"});
        self.call("begin_sync", json!({"ws": "acme", "start": start})).await;
    }

    /// How the connection's newest run stands.
    pub async fn outcome(&self) -> String {
        let detail = self.ask("connection", "ws=acme&connection=1").await;
        detail["summary"]["last_run"]["outcome"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the newest run has ended well.
    pub async fn wait_for_success(&self) {
        let begun = Instant::now();
        loop {
            let outcome = self.outcome().await;
            match outcome.as_str() {
                "succeeded" => return,
                // Cut off by a kill; the next one is in the queue.
                "" | "running" | "cancelled" => {}
                other => panic!("the run ended as {other}: {}", self.log()),
            }
            assert!(begun.elapsed() < PATIENCE, "the run does not end: {outcome}\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
