//! Orderly stopping: first signal = stop taking work and finish what runs; second signal, or the end of patience =
//! stop at once.

use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long running work may take to finish after the first signal.
const PATIENCE: Duration = Duration::from_secs(25);

/// Handles for everything that has to notice that the server stops.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    /// Stop taking new work, finish what runs.
    pub soft: CancellationToken,
    /// Stop at once.
    pub hard: CancellationToken,
    /// Tasks that must end before the process does.
    pub tasks: TaskTracker,
}

impl Lifecycle {
    /// A fresh set that reacts to SIGINT and SIGTERM.
    pub fn with_signals() -> Self {
        let this = Self::default();
        let lifecycle = this.clone();
        tokio::spawn(async move {
            wait_for_signal().await;
            tracing::info!("stopping: running work is finished or handed back (again to stop at once)");
            lifecycle.soft.cancel();
            tokio::select! {
                () = wait_for_signal() => tracing::warn!("stopping at once"),
                () = tokio::time::sleep(PATIENCE) => tracing::warn!("patience is over, stopping at once"),
            }
            lifecycle.hard.cancel();
        });
        this
    }

    /// Spawns a task that the stop waits for.
    pub fn spawn<F>(&self, future: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tasks.spawn(future);
    }

    /// Waits until all tasks ended, or the hard stop, or the end of patience (the stop may have another cause than a
    /// signal: the database is gone).
    pub async fn drained(&self) {
        self.tasks.close();
        tokio::select! {
            () = self.tasks.wait() => {}
            () = self.hard.cancelled() => {}
            () = tokio::time::sleep(PATIENCE) => tracing::warn!("patience is over, stopping at once"),
        }
    }
}

async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
