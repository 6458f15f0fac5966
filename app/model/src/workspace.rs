//! Workspaces, and the first run.

use crate::access::Role;
use crate::days::WeekStart;
use crate::ids::WorkspaceId;
use serde::{Deserialize, Serialize};

/// A workspace as its members see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Key in the warehouse.
    pub id: WorkspaceId,
    /// In the address: `/w/{slug}/…`.
    pub slug: String,
    /// For people.
    pub name: String,
    /// ISO 4217 code that money is converted to.
    pub currency: String,
    /// IANA name; "today" of the workspace is computed in it.
    pub time_zone: String,
    /// For weeks and the calendar.
    pub week_start: WeekStart,
    /// Holds demo data only: shows the ribbon, can be removed in one click.
    pub is_demo: bool,
    /// What the asking person may do here.
    pub role: Role,
}

/// What the person chooses for a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceSettings {
    /// 1 to 80 characters.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    /// First day of the week.
    pub week_start: WeekStart,
}

/// The form of the first start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupForm {
    /// The one-time code that the console printed.
    pub code: String,
    /// The first admin's log-in name.
    pub email: String,
    /// The first admin's password.
    pub password: String,
    /// The first workspace.
    pub workspace: WorkspaceSettings,
}

/// Who am I, and where can I go: what every page needs first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionState {
    /// No admin exists yet: only the set-up page works.
    SetupNeeded,
    /// Nobody is logged in.
    Anonymous,
    /// Logged in.
    LoggedIn {
        /// The log-in name.
        email: String,
        /// The workspaces of this person, the demo last.
        workspaces: Vec<Workspace>,
        /// Cookie without `Secure`, because the site is served over plain HTTP: shown as a warning to admins.
        insecure_transport: bool,
    },
}
