//! Who may call what. A test calls every function as every role and compares with this table; a function that is not
//! listed here fails that test.

use model::access::Role;

/// What a server function asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// Anybody who reaches the server: what happens before a log-in.
    Nobody,
    /// A logged-in person.
    LoggedIn,
    /// A member of the workspace with at least that role.
    Member(Role),
}

/// Every server function by the last part of its path.
pub const ROLES: &[(&str, Needed)] = &[
    ("set_up", Needed::Nobody),
    ("log_in", Needed::Nobody),
    ("log_out", Needed::LoggedIn),
    ("change_password", Needed::LoggedIn),
    ("sessions", Needed::LoggedIn),
    ("end_session", Needed::LoggedIn),
    ("open_demo", Needed::LoggedIn),
    ("remove_demo", Needed::LoggedIn),
    ("change_workspace", Needed::Member(Role::Admin)),
    ("load_rates", Needed::Member(Role::Admin)),
    ("dashboard_context", Needed::Member(Role::Viewer)),
    ("connections", Needed::Member(Role::Viewer)),
    ("connection", Needed::Member(Role::Viewer)),
    ("platforms", Needed::Member(Role::Viewer)),
    ("platform_guide", Needed::Member(Role::Viewer)),
    ("connect", Needed::Member(Role::Admin)),
    ("discover", Needed::Member(Role::Admin)),
    ("estimate", Needed::Member(Role::Admin)),
    ("begin_sync", Needed::Member(Role::Admin)),
    ("connection_day", Needed::Member(Role::Viewer)),
    ("read_day", Needed::Member(Role::Editor)),
    ("health", Needed::Member(Role::Viewer)),
    ("removal", Needed::Member(Role::Admin)),
    ("sync_now", Needed::Member(Role::Editor)),
    ("cancel_run", Needed::Member(Role::Editor)),
    ("change_connection", Needed::Member(Role::Admin)),
    ("disconnect", Needed::Member(Role::Admin)),
    ("hook", Needed::Member(Role::Admin)),
    ("open_hook", Needed::Member(Role::Admin)),
    ("close_hook", Needed::Member(Role::Admin)),
    ("detail_accounts", Needed::Member(Role::Viewer)),
    ("detail_list", Needed::Member(Role::Viewer)),
    ("detail_thing", Needed::Member(Role::Viewer)),
    ("detail_people", Needed::Member(Role::Viewer)),
    ("campaigns", Needed::Member(Role::Viewer)),
    ("campaign_content", Needed::Member(Role::Viewer)),
    ("mapping_rules", Needed::Member(Role::Viewer)),
    ("preview_rule", Needed::Member(Role::Editor)),
    ("suggest_rules", Needed::Member(Role::Editor)),
    ("save_rule", Needed::Member(Role::Editor)),
    ("move_rule", Needed::Member(Role::Editor)),
    ("remove_rule", Needed::Member(Role::Editor)),
    ("assign_thing", Needed::Member(Role::Editor)),
    ("imports", Needed::Member(Role::Viewer)),
    ("preview_import", Needed::Member(Role::Editor)),
    ("load_import", Needed::Member(Role::Editor)),
    ("undo_import", Needed::Member(Role::Editor)),
    ("discard_import", Needed::Member(Role::Editor)),
];
