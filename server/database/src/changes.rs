//! Announcements of committed changes: `bump` inside the transaction, [`Changes`] in each process that wants to know.

use crate::pool::Database;
use model::ids::WorkspaceId;
use model::live::Topic;
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::postgres::PgListener;
use std::time::Duration;

const CHANNEL: &str = "windhover_changed";
const FIRST_DELAY: Duration = Duration::from_millis(200);
const LONGEST_DELAY: Duration = Duration::from_secs(10);

/// Counts the topic up and announces it when the transaction commits. Call it last: the counter's row stays locked
/// until then. Answers the new version.
///
/// # Errors
/// What the database says, for example when `workspace` is not the scope of the transaction.
pub async fn bump(tx: &mut PgConnection, workspace: WorkspaceId, topic: Topic) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT bump_version($1, $2)").bind(workspace.0).bind(topic.name()).fetch_one(tx).await
}

/// What a listener is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A commit changed a topic of a workspace.
    Changed {
        /// Whose.
        workspace: WorkspaceId,
        /// What.
        topic: Topic,
        /// Its new version.
        version: i64,
    },
    /// The connection was lost and is back: announcements may be missing, so fetch everything again.
    Gap,
}

/// Listens to the announcements of all workspaces, and reconnects by itself. Holds one connection of the pool.
#[derive(Debug)]
pub struct Changes {
    database: Database,
    listener: Option<PgListener>,
    delay: Duration,
}

impl Changes {
    /// Starts to listen: everything that commits from now on is announced.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn listen(database: &Database) -> Result<Self, sqlx::Error> {
        let listener = open(database).await?;
        Ok(Self { database: database.clone(), listener: Some(listener), delay: FIRST_DELAY })
    }

    /// The next announcement. `None` once the pool is closed.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            let Some(listener) = &mut self.listener else {
                if self.database.pool().is_closed() {
                    return None;
                }
                tokio::time::sleep(self.delay).await;
                self.delay = (self.delay * 2).min(LONGEST_DELAY);
                match open(&self.database).await {
                    Ok(listener) => {
                        self.listener = Some(listener);
                        self.delay = FIRST_DELAY;
                        return Some(Change::Gap);
                    }
                    Err(error) => tracing::warn!(%error, "can't listen for changes yet"),
                }
                continue;
            };
            match listener.try_recv().await {
                Ok(Some(notification)) => {
                    if let Some(change) = parse(notification.payload()) {
                        return Some(change);
                    }
                }
                Ok(None) => return Some(Change::Gap),
                Err(sqlx::Error::PoolClosed) => return None,
                Err(error) => {
                    tracing::warn!(%error, "lost the connection that listens for changes");
                    self.listener = None;
                }
            }
        }
    }
}

async fn open(database: &Database) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(database.pool()).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// A payload of `bump_version`. A topic that this version does not know (a newer replica announced it) is skipped.
fn parse(payload: &str) -> Option<Change> {
    #[derive(Deserialize)]
    struct Payload {
        workspace_id: WorkspaceId,
        topic: String,
        version: i64,
    }
    match serde_json::from_str::<Payload>(payload) {
        Ok(p) => {
            let topic = Topic::from_name(&p.topic)?;
            Some(Change::Changed { workspace: p.workspace_id, topic, version: p.version })
        }
        Err(error) => {
            tracing::warn!(%error, payload, "an announcement that can't be read");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads() {
        let expected = Change::Changed { workspace: WorkspaceId(7), topic: Topic::Figures, version: 12 };
        assert_eq!(parse(r#"{"workspace_id" : 7, "topic" : "figures", "version" : 12}"#), Some(expected));
        assert_eq!(parse(r#"{"workspace_id":7,"topic":"from the future","version":1}"#), None);
        assert_eq!(parse("nonsense"), None);
    }
}
