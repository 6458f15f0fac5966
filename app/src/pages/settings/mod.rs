//! Settings of the workspace, and of the person.

mod account;
mod password;
mod sessions;
mod workspace;

pub use account::AccountPage;
pub use workspace::WorkspaceSettingsPage;
