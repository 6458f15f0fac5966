//! The private cluster and everything that can happen to it.

use assert_matches::assert_matches;
use database::cluster::{Cluster, ClusterConfig, ClusterError, Health, Stopped};
use database::{Database, DatabaseError, PoolOptions};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rustix::process::{Pid, Signal, getpgid, getpgrp, kill_process, test_kill_process};
use secrecy::{ExposeSecret, SecretString};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;

/// Starts a cluster and answers the progress messages with it.
async fn try_start(config: &ClusterConfig) -> (Result<Cluster, ClusterError>, Vec<String>) {
    let messages = Mutex::new(Vec::new());
    let progress = |message: &str| messages.lock().unwrap().push(message.to_owned());
    let mut rng = StdRng::seed_from_u64(7);
    let cluster = Cluster::start(config, &mut rng, &progress).await;
    (cluster, messages.into_inner().unwrap())
}

async fn start(data: &Path) -> (Cluster, Vec<String>) {
    let (cluster, messages) = try_start(&ClusterConfig::new(data)).await;
    match cluster {
        Ok(cluster) => (cluster, messages),
        Err(error) => panic!("the cluster must start: {error}"),
    }
}

async fn failure(data: &Path) -> ClusterError {
    try_start(&ClusterConfig::new(data)).await.0.expect_err("the cluster must not start")
}

async fn connect(cluster: &Cluster) -> Database {
    Database::connect(cluster.url(), &PoolOptions::default()).await.expect("a connection")
}

async fn value(database: &Database, sql: &'static str) -> String {
    sqlx::query_scalar(sql).fetch_one(database.pool()).await.expect("a value")
}

async fn run(database: &Database, sql: &'static str) {
    sqlx::query(sql).execute(database.pool()).await.expect("the statement works");
}

fn port(cluster: &Cluster) -> u16 {
    url::Url::parse(cluster.url().expose_secret()).unwrap().port().unwrap()
}

fn postmaster(data: &Path) -> Pid {
    let text = fs::read_to_string(data.join("postgres/postmaster.pid")).unwrap();
    Pid::from_raw(text.lines().next().unwrap().trim().parse().unwrap()).unwrap()
}

fn lives(pid: Pid) -> bool {
    test_kill_process(pid).is_ok()
}

/// A server of its own, to be killed: this program again, in the role of [`serve_until_killed`].
struct OtherServer {
    child: Child,
}

impl OtherServer {
    fn start(data: &Path) -> Self {
        let mut child = other_server(data).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.map_while(Result::ok).any(|line| line.contains("the other server is up"));
        assert!(ready, "the other server must come up");
        Self { child }
    }

    fn kill_9(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn other_server(data: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "cluster::serve_until_killed", "--ignored", "--nocapture"])
        .env("WINDHOVER_TEST_DATA", data)
        .stdout(Stdio::piped());
    command
}

#[tokio::test]
#[ignore = "started by other tests, as a server process to kill"]
async fn serve_until_killed() {
    let Some(data) = std::env::var_os("WINDHOVER_TEST_DATA") else { return };
    match try_start(&ClusterConfig::new(data)).await.0 {
        Ok(cluster) => {
            let database = connect(&cluster).await;
            run(&database, "CREATE TABLE IF NOT EXISTS kept (n int)").await;
            run(&database, "INSERT INTO kept VALUES (1)").await;
            println!("the other server is up");
            tokio::time::sleep(Duration::from_mins(2)).await;
        }
        Err(error) => println!("the other server failed: {error}"),
    }
}

#[tokio::test]
async fn it_is_made_once_and_found_again() {
    let data = tempfile::tempdir().unwrap();
    let (cluster, messages) = start(data.path()).await;
    assert!(messages[0].contains("making a private PostgreSQL"), "{messages:?}");
    let database = connect(&cluster).await;
    assert_eq!(value(&database, "SHOW fsync").await, "on");
    assert_eq!(value(&database, "SHOW data_checksums").await, "on");
    assert_eq!(value(&database, "SHOW listen_addresses").await, "127.0.0.1");
    assert_eq!(value(&database, "SHOW password_encryption").await, "scram-sha-256");
    assert_eq!(
        value(&database, "SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user").await,
        "false"
    );
    let password = data.path().join("postgres.password").metadata().unwrap();
    assert_eq!(password.permissions().mode() & 0o777, 0o600);
    assert_ne!(
        getpgid(Some(postmaster(data.path()))).unwrap(),
        getpgrp(),
        "Ctrl-C must not reach PostgreSQL"
    );
    database::migrate(&database).await.unwrap();
    run(&database, "CREATE TABLE kept (n int)").await;
    database.close().await;
    let first = port(&cluster);
    assert_eq!(cluster.stop().await.unwrap(), Stopped::Cleanly);

    let (cluster, messages) = start(data.path()).await;
    assert_eq!(messages, [""; 0], "nothing to tell on an ordinary start");
    assert_eq!(port(&cluster), first);
    let database = connect(&cluster).await;
    assert_eq!(value(&database, "SELECT count(*)::text FROM kept").await, "0");
    database::migrate(&database).await.unwrap();
    database.close().await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_server_leaves_nothing_in_the_way() {
    let data = tempfile::tempdir().unwrap();
    let other = OtherServer::start(data.path());
    let orphan = postmaster(data.path());
    other.kill_9();
    assert!(lives(orphan), "PostgreSQL outlives its server");
    let (cluster, messages) = start(data.path()).await;
    assert!(
        messages[0].contains("earlier run") && messages[0].contains(&orphan.as_raw_nonzero().to_string())
    );
    let database = connect(&cluster).await;
    assert_eq!(value(&database, "SELECT count(*)::text FROM kept").await, "1");
    database.close().await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn after_a_power_cut_committed_rows_are_there() {
    let data = tempfile::tempdir().unwrap();
    let other = OtherServer::start(data.path());
    let pid = postmaster(data.path());
    other.kill_9();
    kill_process(pid, Signal::KILL).unwrap();
    let (cluster, _) = start(data.path()).await;
    let database = connect(&cluster).await;
    assert_eq!(value(&database, "SELECT count(*)::text FROM kept").await, "1");
    database.close().await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_database_comes_back_until_it_dies_too_often() {
    let data = tempfile::tempdir().unwrap();
    let (cluster, _) = start(data.path()).await;
    let database = connect(&cluster).await;
    run(&database, "CREATE TABLE kept AS SELECT 1 AS n").await;
    for _ in 0..5 {
        let Health::Running { pid: before } = cluster.health() else { panic!("{:?}", cluster.health()) };
        kill_process(postmaster(data.path()), Signal::KILL).unwrap();
        let mut tries = 0;
        while !matches!(cluster.health(), Health::Running { pid } if pid != before) {
            tries += 1;
            assert!(tries < 600, "{:?}", cluster.health());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(value(&database, "SELECT count(*)::text FROM kept").await, "1", "the pool finds it again");
    }
    kill_process(postmaster(data.path()), Signal::KILL).unwrap();
    assert_matches!(cluster.wait().await, Health::Failed(why) if why.contains("6 times") && why.contains("postgres.log"));
    assert_matches!(cluster.stop().await, Err(ClusterError::System { .. }));
}

#[tokio::test]
async fn a_taken_port_is_replaced_and_remembered() {
    let data = tempfile::tempdir().unwrap();
    let (cluster, _) = start(data.path()).await;
    let first = port(&cluster);
    cluster.stop().await.unwrap();
    let taken = TcpListener::bind(("127.0.0.1", first)).unwrap();
    let (cluster, _) = start(data.path()).await;
    let second = port(&cluster);
    assert_ne!(second, first);
    cluster.stop().await.unwrap();
    drop(taken);
    let (cluster, _) = start(data.path()).await;
    assert_eq!(port(&cluster), second);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn the_second_server_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let other = OtherServer::start(data.path());
    let error = failure(data.path()).await;
    assert_matches!(&error, ClusterError::InUse { pid, .. } if *pid == other.child.id().to_string());
    let text = error.to_string();
    assert!(text.contains(&*data.path().to_string_lossy()) && text.contains("Stop it first"), "{text}");
    let pid = postmaster(data.path());
    assert!(lives(pid), "the first server's PostgreSQL is left alone");
    other.kill_9();
    start(data.path()).await.0.stop().await.unwrap();
}

#[tokio::test]
async fn another_major_version_is_explained_and_nothing_is_touched() {
    let data = tempfile::tempdir().unwrap();
    start(data.path()).await.0.stop().await.unwrap();
    let file = data.path().join("postgres/PG_VERSION");
    let version = fs::read_to_string(&file).unwrap();
    fs::write(&file, "11\n").unwrap();
    let text = failure(data.path()).await.to_string();
    assert!(text.contains("made by PostgreSQL 11") && text.contains("postgresql-11"), "{text}");
    assert!(text.contains("pg_dump"), "{text}");
    fs::write(&file, version).unwrap();
    start(data.path()).await.0.stop().await.unwrap();
}

#[tokio::test]
async fn a_lock_file_that_names_a_foreign_process_is_stale() {
    let data = tempfile::tempdir().unwrap();
    start(data.path()).await.0.stop().await.unwrap();
    let mut foreign = Command::new("sleep").arg("60").spawn().unwrap();
    let cluster = data.path().join("postgres");
    let lock_file = format!("{}\n{}\n1700000000\n5432\n\n127.0.0.1\n", foreign.id(), cluster.display());
    fs::write(cluster.join("postmaster.pid"), lock_file).unwrap();
    let (cluster, messages) = start(data.path()).await;
    assert!(messages[0].contains("lock file"), "{messages:?}");
    assert!(foreign.try_wait().unwrap().is_none(), "the foreign process lives on");
    cluster.stop().await.unwrap();
    foreign.kill().unwrap();
    foreign.wait().unwrap();
}

#[tokio::test]
async fn a_killed_initdb_is_started_over() {
    let data = tempfile::tempdir().unwrap();
    let left = data.path().join("postgres.unfinished.4242");
    fs::create_dir_all(left.join("base/1")).unwrap();
    fs::write(left.join("PG_VERSION"), "15\n").unwrap();
    let (cluster, _) = start(data.path()).await;
    assert!(!left.exists());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn foreign_files_are_refused() {
    let data = tempfile::tempdir().unwrap();
    fs::create_dir(data.path().join("postgres")).unwrap();
    fs::write(data.path().join("postgres/photo.jpg"), "").unwrap();
    assert_matches!(failure(data.path()).await, ClusterError::NotACluster { .. });
    assert!(data.path().join("postgres/photo.jpg").exists());
}

#[tokio::test]
async fn a_lost_password_is_made_anew() {
    let data = tempfile::tempdir().unwrap();
    start(data.path()).await.0.stop().await.unwrap();
    let file = data.path().join("postgres.password");
    fs::write(&file, "not the one").unwrap();
    let text = failure(data.path()).await.to_string();
    assert!(text.contains(&*file.to_string_lossy()) && text.contains("Remove it"), "{text}");
    fs::remove_file(&file).unwrap();
    let (cluster, messages) = start(data.path()).await;
    assert!(messages.iter().any(|m| m.contains("new password")), "{messages:?}");
    connect(&cluster).await.ping().await.unwrap();
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn wrong_settings_show_the_end_of_the_log() {
    let data = tempfile::tempdir().unwrap();
    start(data.path()).await.0.stop().await.unwrap();
    fs::write(data.path().join("postgres/custom.conf"), "shared_buffers = nonsense\n").unwrap();
    let text = failure(data.path()).await.to_string();
    assert!(text.contains("does not start") && text.contains("shared_buffers"), "{text}");
    assert!(text.contains("postgres.log"), "{text}");
}

#[tokio::test]
async fn without_postgresql_the_message_says_what_to_install() {
    let data = tempfile::tempdir().unwrap();
    let config = ClusterConfig { program_directories: Some(Vec::new()), ..ClusterConfig::new(data.path()) };
    let error = try_start(&config).await.0.unwrap_err();
    assert_matches!(error, ClusterError::NotInstalled { .. });
    assert!(!data.path().join("postgres").exists());
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named() {
    let data = tempfile::tempdir().unwrap();
    fs::set_permissions(data.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let mut other = other_server(data.path());
    if rustix::process::geteuid().is_root() {
        // Root may write everywhere, so somebody else tries.
        other.uid(65_534).gid(65_534).current_dir("/");
    }
    let Ok(child) = other.spawn() else {
        println!("skipped: the build directory is closed to other users");
        return;
    };
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("the other server failed: can't write to"), "{text}");
    assert!(text.contains(&*data.path().to_string_lossy()) && text.contains("Give the user"), "{text}");
}

#[tokio::test]
async fn a_closed_way_to_the_directory_is_named() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root hands PostgreSQL to another user");
        return;
    }
    let closed: TempDir = tempfile::tempdir().unwrap();
    fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let error = failure(&closed.path().join("data")).await;
    let text = error.to_string();
    assert_matches!(error, ClusterError::NotReachable { blocked, .. } if blocked == closed.path().canonicalize().unwrap());
    assert!(text.contains("chmod o+x"), "{text}");
}

#[tokio::test]
async fn without_createrole_the_sql_to_run_is_shown() {
    let data = tempfile::tempdir().unwrap();
    let (cluster, _) = start(data.path()).await;
    let owner = connect(&cluster).await;
    run(&owner, "CREATE ROLE weak LOGIN PASSWORD 'weak'").await;
    let url: SecretString = format!("postgres://weak:weak@127.0.0.1:{}/windhover", port(&cluster)).into();
    let weak = Database::connect(&url, &PoolOptions::default()).await.unwrap();
    let error = database::migrate(&weak).await.unwrap_err();
    assert_matches!(&error, DatabaseError::AppRoleMissing { user } if user == "weak");
    let sql = "CREATE ROLE windhover_app NOLOGIN; GRANT windhover_app TO \"weak\";";
    assert!(error.to_string().contains(sql), "{error}");
    weak.close().await;
    owner.close().await;
    cluster.stop().await.unwrap();
}
