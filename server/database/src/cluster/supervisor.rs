//! Keeps PostgreSQL up: starts it again when it dies, until it dies too often.

use super::error::ClusterError;
use super::layout::Lock;
use super::postmaster::{Postmaster, Recipe, StartFailure, Stopped, tail};
use super::process::clear_leftovers;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep};

/// More deaths than this within [`WINDOW`], and we give up.
const MOST_RESTARTS: usize = 5;
const WINDOW: Duration = Duration::from_mins(10);
/// How often a restart waits for the port that our pools know.
const PORT_PATIENCE: u32 = 20;

/// How the private PostgreSQL is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It answers.
    Running {
        /// Its process.
        pid: u32,
    },
    /// It died and is being started again.
    Restarting,
    /// It died too often or does not start again; what people must know.
    Failed(String),
    /// It was stopped, as asked.
    Stopped,
}

type StopAnswer = Result<Stopped, ClusterError>;

/// Handle on the task that watches the child process.
#[derive(Debug)]
pub(crate) struct Supervisor {
    stop: oneshot::Sender<oneshot::Sender<StopAnswer>>,
    health: watch::Receiver<Health>,
}

impl Supervisor {
    /// Watches from now on. The lock on the data directory is held until PostgreSQL is down.
    pub(crate) fn start(recipe: Recipe, postmaster: Postmaster, lock: Lock) -> Self {
        let (health, watched) = watch::channel(Health::Running { pid: postmaster.pid() });
        let (stop, asked) = oneshot::channel();
        tokio::spawn(watch_over(recipe, postmaster, lock, health, asked));
        Self { stop, health: watched }
    }

    pub(crate) fn health(&self) -> Health {
        self.health.borrow().clone()
    }

    pub(crate) async fn wait(&self) -> Health {
        let mut health = self.health.clone();
        let last = health.wait_for(|h| matches!(h, Health::Failed(_) | Health::Stopped)).await;
        last.map_or(Health::Stopped, |h| h.clone())
    }

    pub(crate) async fn stop(self) -> StopAnswer {
        let Self { stop, health } = self;
        let (answer, stopped) = oneshot::channel();
        if stop.send(answer).is_ok()
            && let Ok(result) = stopped.await
        {
            return result;
        }
        let last = health.borrow().clone();
        match last {
            Health::Failed(reason) => {
                Err(ClusterError::system("PostgreSQL was already down", std::io::Error::other(reason)))
            }
            _ => Ok(Stopped::Cleanly),
        }
    }
}

async fn watch_over(
    recipe: Recipe,
    mut postmaster: Postmaster,
    lock: Lock,
    health: watch::Sender<Health>,
    mut asked: oneshot::Receiver<oneshot::Sender<StopAnswer>>,
) {
    let port = postmaster.port();
    let mut deaths = VecDeque::new();
    loop {
        let status = tokio::select! {
            status = postmaster.ended() => status,
            answer = &mut asked => {
                let result = postmaster.stop().await;
                drop(lock);
                health.send_replace(Health::Stopped);
                // Without a receiver, the handle was dropped: nobody waits.
                if let Ok(answer) = answer {
                    drop(answer.send(result));
                }
                return;
            }
        };
        let ending = status.map_or_else(|e| e.to_string(), |s| s.to_string());
        tracing::error!(%ending, log = %tail(&recipe.layout.log(), 0), "PostgreSQL ended by itself; starting it again");
        health.send_replace(Health::Restarting);
        let now = Instant::now();
        deaths.push_back(now);
        deaths.retain(|at| now.duration_since(*at) < WINDOW);
        if deaths.len() > MOST_RESTARTS {
            let minutes = WINDOW.as_secs() / 60;
            let reason = format!(
                "PostgreSQL died {} times within {minutes} minutes (last: {ending}); its log is {}",
                deaths.len(),
                recipe.layout.log().display()
            );
            health.send_replace(Health::Failed(reason));
            return;
        }
        // A server that is told to stop must not wait for a restart.
        postmaster = tokio::select! {
            started = restart(&recipe, port) => match started {
                Ok(postmaster) => postmaster,
                Err(error) => {
                    tracing::error!(%error, "PostgreSQL does not start again");
                    health.send_replace(Health::Failed(error.to_string()));
                    return;
                }
            },
            answer = &mut asked => {
                drop(lock);
                health.send_replace(Health::Stopped);
                if let Ok(answer) = answer {
                    drop(answer.send(Ok(Stopped::CutShort)));
                }
                return;
            }
        };
        health.send_replace(Health::Running { pid: postmaster.pid() });
        tracing::info!(pid = postmaster.pid(), "PostgreSQL is up again");
    }
}

/// On the same port, which the connection pools know.
async fn restart(recipe: &Recipe, port: u16) -> Result<Postmaster, ClusterError> {
    let log = |message: &str| tracing::info!("{message}");
    for _ in 0..PORT_PATIENCE {
        clear_leftovers(&recipe.layout.cluster(), &log).await?;
        match Postmaster::start(recipe, port, &log).await {
            Ok((postmaster, _)) => return Ok(postmaster),
            Err(StartFailure::PortTaken) => sleep(Duration::from_millis(500)).await,
            Err(StartFailure::WrongPassword) => {
                return Err(ClusterError::WrongPassword { file: recipe.layout.password_file() });
            }
            Err(StartFailure::Other(error)) => return Err(error),
        }
    }
    let reason = format!("another program took its port {port}; start Windhover again to get a new one");
    Err(ClusterError::DoesNotStart { reason, log: recipe.layout.log(), tail: String::new() })
}
