//! What the server tells open pages. Messages carry no business data: the page fetches what changed by the
//! authorised path.

use serde::{Deserialize, Serialize};

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Figures, entities or currency rates.
    Figures,
    /// Connections and their runs (also progress while one runs).
    Connections,
    /// File imports.
    Imports,
    /// The workspace itself.
    Workspace,
}

impl Topic {
    /// All topics.
    pub const ALL: [Self; 4] = [Self::Figures, Self::Connections, Self::Imports, Self::Workspace];

    /// As stored in `data_versions.topic`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Figures => "figures",
            Self::Connections => "connections",
            Self::Imports => "imports",
            Self::Workspace => "workspace",
        }
    }

    /// The topic with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }
}

/// The version of each topic of a workspace; grows with every commit that changed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Versions(pub std::collections::BTreeMap<Topic, i64>);

/// From the server to the page, as one JSON text frame each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveMessage {
    /// First message after subscribing, and the answer of the polling fallback `GET /api/w/{slug}/versions`.
    Hello {
        /// Where things stand.
        versions: Versions,
    },
    /// A commit changed a topic.
    Changed {
        /// What.
        topic: Topic,
        /// Its new version.
        version: i64,
    },
    /// Messages were lost: fetch everything again.
    Resync,
    /// The server stops; reconnect soon.
    Bye {
        /// For people.
        reason: String,
    },
}
