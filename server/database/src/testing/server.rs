//! The PostgreSQL that all test processes share.

use super::template;
use crate::cluster::account::Account;
use crate::cluster::binaries::{choose, find, usual_directories};
use crate::cluster::initdb::{Durability, create, write_settings};
use crate::cluster::layout::Layout;
use crate::cluster::postmaster::{Recipe, free_port, open_log, tail};
use crate::cluster::process::clear_leftovers;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use secrecy::ExposeSecret;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const OWNER: &str = "windhover";

/// Runs PostgreSQL and stops it when no test process has held the lease for a minute. Without the program `flock`,
/// it runs until somebody stops it.
const KEEPER: &str = r#"
lease=$1; shift
"$@" &
server=$!
idle=0
while kill -0 "$server" 2>/dev/null; do
    sleep 5
    if flock --nonblock --exclusive "$lease" true; then idle=$((idle + 1)); else idle=0; fi
    if [ "$idle" -ge 12 ]; then flock --nonblock --exclusive "$lease" kill -INT "$server" && break; fi
done
wait "$server"
"#;

struct Shared {
    options: PgConnectOptions,
    /// Held as long as this process lives: tells the keeper that somebody is here.
    _lease: Option<File>,
}

static SHARED: OnceCell<Shared> = OnceCell::const_new();

/// How to connect to the test server's maintenance database.
pub(super) async fn shared() -> PgConnectOptions {
    let shared = SHARED.get_or_init(|| async { open().await.expect("a PostgreSQL for tests") }).await;
    shared.options.clone()
}

async fn open() -> Result<Shared, Failure> {
    if let Ok(url) = std::env::var("WINDHOVER_TEST_DATABASE_URL") {
        let options = PgConnectOptions::from_str(&url)?;
        let lock = std::env::temp_dir().join("windhover-test-template.lock");
        let _lock = exclusive(lock).await?;
        template::ensure(&options, options.connect().await?).await?;
        return Ok(Shared { options, _lease: None });
    }
    let account = Account::for_postgres()?;
    let root = home(&account).await?;
    let lease = open_lock(&root.join("lease.lock"))?;
    let _lock = exclusive(root.join("start.lock")).await?;
    lease.lock_shared()?;
    let (options, connection) = if let Some(found) = running(&root, &account).await? {
        found
    } else {
        let options = start(&root, &account).await?;
        let connection = options.connect().await?;
        (options, connection)
    };
    template::ensure(&options, connection).await?;
    Ok(Shared { options, _lease: Some(lease) })
}

/// Below the target directory, or, where PostgreSQL's user can't get there, below the temporary directory.
async fn home(account: &Account) -> Result<PathBuf, Failure> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().find(|p| p.join("CACHEDIR.TAG").exists());
    let user = rustix::process::geteuid().as_raw();
    let fallback = std::env::temp_dir().join(format!("windhover-test-{user}"));
    for root in target.map(|t| t.join("test-postgres")).into_iter().chain([fallback.clone()]) {
        let Ok(layout) = Layout::prepare(&root) else { continue };
        // A name in the temporary directory can be guessed: somebody else's directory is not ours to use.
        let is_ours = layout.root().metadata()?.uid() == user;
        if is_ours && account.check_reach(layout.root()).await.is_ok() {
            return Ok(layout.root().to_owned());
        }
    }
    Err(format!("no directory that PostgreSQL's user can enter, not even {}", fallback.display()).into())
}

fn open_lock(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// Waits for the lock off the async threads.
async fn exclusive(path: PathBuf) -> Result<File, Failure> {
    let lock = move || {
        let file = open_lock(&path)?;
        file.lock()?;
        Ok::<_, std::io::Error>(file)
    };
    Ok(tokio::task::spawn_blocking(lock).await??)
}

fn recipe(root: &Path, account: &Account) -> Result<(Recipe, bool), Failure> {
    let layout = Layout::prepare(root)?;
    let made_by = layout.made_by()?;
    let installation = match choose(&find(&usual_directories()), made_by.as_deref(), &layout.cluster()) {
        Ok(installation) => installation,
        Err(_) if made_by.is_some() => {
            // Made by a version that is gone: data of tests are worth nothing.
            fs::remove_dir_all(layout.cluster())?;
            return recipe(root, account);
        }
        Err(error) => return Err(error.into()),
    };
    let (password, _) = layout.password(&mut UnwrapErr(SysRng))?;
    Ok((Recipe { layout, installation, account: account.clone(), password }, made_by.is_some()))
}

fn owner(recipe: &Recipe, port: u16) -> PgConnectOptions {
    recipe.superuser(port).username(OWNER)
}

/// The server of another test process, when it answers.
async fn running(
    root: &Path,
    account: &Account,
) -> Result<Option<(PgConnectOptions, PgConnection)>, Failure> {
    let (recipe, exists) = recipe(root, account)?;
    let Some(port) = recipe.layout.remembered_port().filter(|_| exists) else { return Ok(None) };
    let options = owner(&recipe, port);
    Ok(options.connect().await.ok().map(|connection| (options, connection)))
}

async fn start(root: &Path, account: &Account) -> Result<PgConnectOptions, Failure> {
    let (first, exists) = recipe(root, account)?;
    let cluster = first.layout.cluster();
    let quiet = |_: &str| {};
    clear_leftovers(&cluster, &quiet).await?;
    if exists {
        match launch(&first).await {
            Ok(options) => return Ok(options),
            // After a crash without fsync the files may be broken.
            Err(error) => {
                eprintln!("making the PostgreSQL for tests anew, the old one does not start: {error}");
            }
        }
        clear_leftovers(&cluster, &quiet).await?;
        fs::remove_dir_all(&cluster)?;
    }
    create(&first.layout, &first.installation, account, &first.password, Durability::Throwaway).await?;
    launch(&first).await
}

async fn launch(recipe: &Recipe) -> Result<PgConnectOptions, Failure> {
    write_settings(&recipe.layout, &recipe.account, Durability::Throwaway)?;
    let port = free_port(recipe.layout.remembered_port())?;
    let log = open_log(&recipe.layout)?;
    let log_start = log.metadata()?.len();
    let mut keeper = Command::new("/bin/sh");
    keeper
        .args(["-c", KEEPER, "windhover-test-postgres"])
        .arg(recipe.layout.root().join("lease.lock"))
        .arg(recipe.installation.program("postgres"))
        .args(recipe.arguments(port))
        .current_dir(recipe.layout.cluster())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0);
    if let Account::Other { uid, gid, .. } = recipe.account {
        keeper.uid(uid).gid(gid);
    }
    let mut keeper = keeper.spawn()?;
    let superuser = recipe.superuser(port);
    let begin = Instant::now();
    let mut connection = loop {
        match superuser.connect().await {
            Ok(connection) => break connection,
            Err(error) if keeper.try_wait()?.is_some() || begin.elapsed() > Duration::from_mins(1) => {
                return Err(format!("{error}\n{}", tail(&recipe.layout.log(), log_start)).into());
            }
            Err(_) => sleep(Duration::from_millis(30)).await,
        }
    };
    prepare(&mut connection, recipe).await?;
    connection.close().await?;
    recipe.layout.remember_port(port)?;
    Ok(owner(recipe, port))
}

/// The owner's role (no superuser, as in production), and no databases of failed tests from days ago.
async fn prepare(connection: &mut PgConnection, recipe: &Recipe) -> Result<(), sqlx::Error> {
    let exists: bool = sqlx::query_scalar("SELECT to_regrole($1) IS NOT NULL")
        .bind(OWNER)
        .fetch_one(&mut *connection)
        .await?;
    let verb = if exists { "ALTER" } else { "CREATE" };
    let role = format!(
        "{verb} ROLE {OWNER} LOGIN CREATEROLE CREATEDB PASSWORD '{}'",
        recipe.password.expose_secret()
    );
    sqlx::query(AssertSqlSafe(role)).execute(&mut *connection).await?;
    let old: Vec<String> = sqlx::query_scalar(
        "SELECT datname::text FROM pg_database
         WHERE (datname LIKE 'test\\_%' OR datname LIKE '%template\\_%')
           AND (pg_stat_file('base/' || oid || '/PG_VERSION', true)).modification < now() - interval '1 day'",
    )
    .fetch_all(&mut *connection)
    .await?;
    for name in old {
        let sql = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
        sqlx::query(AssertSqlSafe(sql)).execute(&mut *connection).await?;
    }
    Ok(())
}
