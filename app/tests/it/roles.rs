//! Who may call what: the table, the registered functions and what a body really asks for must agree.

use crate::fakes::{Fake, workspace};
use crate::site::{call, page, read};
use app::api::{Needed, PREFIX, ROLES};
use http::StatusCode;
use model::access::Role;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Each function with arguments that it can read, as (name, reads, arguments).
const CALLS: &[(&str, bool, &str)] = &[
    ("set_up", false, ""),
    ("log_in", false, ""),
    ("log_out", false, "{}"),
    ("change_password", false, r#"{"current":"a","new":"b"}"#),
    ("sessions", true, ""),
    ("end_session", false, r#"{"session":1}"#),
    ("open_demo", false, "{}"),
    ("remove_demo", false, "{}"),
    (
        "change_workspace",
        false,
        r#"{"ws":"acme","settings":{"name":"A","currency":"EUR","time_zone":"UTC","week_start":"monday"}}"#,
    ),
    ("load_rates", false, r#"{"ws":"acme","csv":""}"#),
    ("dashboard_context", true, "ws=acme"),
    ("detail_accounts", true, "ws=acme"),
    ("detail_list", true, "ws=acme&account=1&kind=post&text=a"),
    ("detail_thing", true, "ws=acme&thing=1"),
    ("detail_people", true, "ws=acme&account=1"),
    ("connections", true, "ws=acme"),
    ("connection", true, "ws=acme&connection=1"),
    ("platforms", true, "ws=acme"),
    ("platform_guide", true, "ws=acme&platform=google_ads"),
    ("connect", false, r#"{"ws":"acme","request":{"platform":"google_ads"}}"#),
    ("discover", true, "ws=acme&connection=1"),
    ("estimate", false, START),
    ("begin_sync", false, START),
    ("connection_day", true, "ws=acme&connection=1&day=2026-11-01"),
    ("read_day", false, r#"{"ws":"acme","connection":1,"day":"2026-11-01"}"#),
    ("health", true, "ws=acme"),
    ("removal", true, "ws=acme&connection=1"),
    ("hook", true, "ws=acme&connection=1"),
    ("open_hook", false, r#"{"ws":"acme","connection":1,"proof":null}"#),
    ("close_hook", false, r#"{"ws":"acme","connection":1}"#),
    ("sync_now", false, r#"{"ws":"acme","connection":1}"#),
    ("cancel_run", false, r#"{"ws":"acme","connection":1}"#),
    ("change_connection", false, r#"{"ws":"acme","connection":1,"change":{}}"#),
    ("disconnect", false, r#"{"ws":"acme","connection":1,"delete_data":false}"#),
    ("campaigns", true, "ws=acme&period=28d"),
    ("campaign_content", false, r#"{"ws":"acme","campaign":null,"period":"28d"}"#),
    ("mapping_rules", true, "ws=acme"),
    ("preview_rule", false, r#"{"ws":"acme","rule":null,"draft":{"target":"A","conditions":[]}}"#),
    ("suggest_rules", true, "ws=acme"),
    ("save_rule", false, r#"{"ws":"acme","rule":null,"place":null,"draft":{"target":"A","conditions":[]}}"#),
    ("move_rule", false, r#"{"ws":"acme","rule":1,"place":0}"#),
    ("remove_rule", false, r#"{"ws":"acme","rule":1}"#),
    ("assign_thing", false, r#"{"ws":"acme","thing":1,"assignment":"by_rules"}"#),
    ("imports", true, "ws=acme"),
    ("preview_import", false, r#"{"ws":"acme","import":1,"mapping":null}"#),
    ("load_import", false, LOAD),
    ("undo_import", false, r#"{"ws":"acme","import":1}"#),
    ("discard_import", false, r#"{"ws":"acme","import":1}"#),
];
const START: &str = r#"{"ws":"acme","start":{"connection":1,"accounts":["1"],"history_from":"2026-01-01","schedule":"hourly"}}"#;
const LOAD: &str = r#"{"ws":"acme","import":1,"mapping":{"format":{"encoding":"utf-8","delimiter":"comma","header_line":1,"numbers":"point_decimal","dates":null},"columns":[],"platform":"file","account":"A","currency":null,"period":null,"year":null,"placement":"spread"}}"#;

async fn status(
    fake: &Arc<Fake>,
    (name, reads, arguments): (&str, bool, &str),
    logged_in: bool,
) -> StatusCode {
    if reads {
        read(fake, name, arguments, logged_in).await.status
    } else {
        call(fake, name, "application/json", arguments, logged_in).await.status
    }
}

#[tokio::test]
async fn every_registered_function_is_in_the_table() {
    // Registration happens by linking; a rendered page makes sure that everything is linked.
    page(&Arc::new(Fake::default()), "/login", false).await;
    let prefix = format!("{PREFIX}/");
    let registered: BTreeSet<String> = leptos::server_fn::axum::server_fn_paths()
        .filter_map(|(path, _)| path.strip_prefix(&prefix).map(str::to_owned))
        .collect();
    let listed: BTreeSet<String> = ROLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(registered, listed);
}

#[tokio::test]
async fn every_function_asks_for_the_role_of_the_table() {
    for (name, needed) in ROLES {
        let Some(known) = CALLS.iter().copied().find(|(known, ..)| known == name) else {
            panic!("no arguments for {name}: add them to CALLS");
        };
        if *needed == Needed::Nobody {
            continue;
        }
        let nobody = Arc::new(Fake { workspaces: vec![workspace(Role::Admin)], ..Fake::default() });
        assert_eq!(status(&nobody, known, false).await, StatusCode::UNAUTHORIZED, "{name} without a log-in");
        let Needed::Member(role) = needed else { continue };
        for has in [Role::Viewer, Role::Editor, Role::Admin] {
            let fake = Arc::new(Fake { workspaces: vec![workspace(has)], ..Fake::default() });
            let status = status(&fake, known, true).await;
            assert_eq!(fake.asked.lock().unwrap().as_slice(), [*role], "{name} asks for its role, once");
            assert_eq!(status == StatusCode::FORBIDDEN, has < *role, "{name} as {has:?}: {status}");
        }
        let stranger = Arc::new(Fake::default());
        assert_eq!(
            status(&stranger, known, true).await,
            StatusCode::NOT_FOUND,
            "{name} of another workspace"
        );
    }
}
