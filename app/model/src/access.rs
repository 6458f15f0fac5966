//! Who is calling, and what they may do.

use crate::ids::{SessionId, UserId, WorkspaceId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a member may do in a workspace; each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees figures.
    Viewer,
    /// Also imports files and synchronises.
    Editor,
    /// Also connects sources and changes the workspace.
    Admin,
}

/// A logged-in person, proved by the session cookie. Put into the request by the session middleware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// By which session.
    pub session: SessionId,
    /// The log-in name.
    pub email: String,
}

/// Proof that a caller may act in a workspace with a role; handed out by `ports::Identity::authorise` only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Where.
    pub workspace: WorkspaceId,
    /// The role that the member really has (at least the one asked for).
    pub role: Role,
}

/// Where a request comes from, for limits and for the list of sessions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// Peer address, without the port.
    pub address: String,
    /// The browser's own description.
    pub user_agent: String,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionInfo {
    /// For ending it.
    pub id: SessionId,
    /// For example "Firefox on Linux".
    pub device: String,
    /// Address of the last request.
    pub address: String,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_seen_at: DateTime<Utc>,
    /// The session that asks.
    pub is_current: bool,
}
