//! Who may call what: every server function and every plain route, by everybody.

use crate::house::{EMAIL, House, Input, PASSWORD, Visitor, settings};
use app::api::{Needed, ROLES};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use model::ErrorKind;
use model::access::Role;
use serde_json::json;
use std::collections::BTreeSet;

/// Something that can be read, about things that do not exist.
fn sample(name: &str) -> Input {
    let ws = || ("ws", "acme".to_owned());
    let connection = || ("connection", "999999".to_owned());
    let start =
        json!({"connection": 999_999, "accounts": ["1"], "history_from": "2026-08-01", "schedule": "manual"});
    let mapping = json!({
        "format": {"encoding": "utf-8", "delimiter": "comma", "header_line": 1, "numbers": "point_decimal", "dates": null},
        "columns": [], "platform": "file", "account": "File", "currency": null, "period": null, "year": null,
        "placement": "spread",
    });
    let rule =
        json!({"target": "Spring", "conditions": [{"field": "name", "test": "contains", "text": "spring"}]});
    match name {
        "sessions" => Input::Query(vec![]),
        "set_up" => Input::Form(crate::house::setup_fields(&model::workspace::SetupForm {
            code: "0000-0000-0000".into(),
            email: EMAIL.into(),
            password: PASSWORD.into(),
            workspace: settings("Acme"),
        })),
        "log_in" => Input::Form(vec![("email", EMAIL.into()), ("password", PASSWORD.into())]),
        "log_out" | "open_demo" | "remove_demo" => Input::Json(json!({})),
        "change_password" => {
            Input::Json(json!({"current": "not my password", "new": "another long password"}))
        }
        "end_session" => Input::Json(json!({"session": 999_999})),
        "change_workspace" => Input::Json(json!({"ws": "acme", "settings": settings("Acme")})),
        "load_rates" => Input::Json(json!({"ws": "acme", "csv": "Date,USD\n2026-09-03,1.1\n"})),
        "detail_list" => Input::Query(vec![
            ws(),
            ("account", "999999".into()),
            ("kind", "campaign".into()),
            ("text", "spring".into()),
        ]),
        "detail_thing" => Input::Query(vec![ws(), ("thing", "999999".into())]),
        "detail_people" => Input::Query(vec![ws(), ("account", "999999".into())]),
        "detail_accounts" | "dashboard_context" | "connections" | "platforms" | "imports" | "health"
        | "mapping_rules" | "suggest_rules" => Input::Query(vec![ws()]),
        "campaigns" => Input::Query(vec![ws(), ("period", "28d".to_owned())]),
        "campaign_content" => Input::Json(json!({"ws": "acme", "campaign": 999_999, "period": "28d"})),
        "preview_rule" => Input::Json(json!({"ws": "acme", "rule": null, "draft": rule})),
        "save_rule" => Input::Json(json!({"ws": "acme", "rule": 999_999, "place": null, "draft": rule})),
        "move_rule" => Input::Json(json!({"ws": "acme", "rule": 999_999, "place": 0})),
        "remove_rule" => Input::Json(json!({"ws": "acme", "rule": 999_999})),
        "assign_thing" => {
            Input::Json(json!({"ws": "acme", "thing": 999_999, "assignment": {"to": "Spring"}}))
        }
        "connection_day" => Input::Query(vec![ws(), connection(), ("day", "2026-08-01".to_owned())]),
        "read_day" => Input::Json(json!({"ws": "acme", "connection": 999_999, "day": "2026-08-01"})),
        "connection" | "discover" | "removal" | "hook" => Input::Query(vec![ws(), connection()]),
        "platform_guide" => Input::Query(vec![ws(), ("platform", "google_ads".into())]),
        "connect" => Input::Json(json!({"ws": "acme", "request": {"platform": "nothing"}})),
        "estimate" | "begin_sync" => Input::Json(json!({"ws": "acme", "start": start})),
        "open_hook" => Input::Json(json!({"ws": "acme", "connection": 999_999, "proof": null})),
        "sync_now" | "cancel_run" | "close_hook" => Input::Json(json!({"ws": "acme", "connection": 999_999})),
        "change_connection" => Input::Json(json!({"ws": "acme", "connection": 999_999, "change": {}})),
        "disconnect" => Input::Json(json!({"ws": "acme", "connection": 999_999, "delete_data": true})),
        "preview_import" => Input::Json(json!({"ws": "acme", "import": 999_999, "mapping": null})),
        "load_import" => Input::Json(json!({"ws": "acme", "import": 999_999, "mapping": mapping})),
        "undo_import" | "discard_import" => Input::Json(json!({"ws": "acme", "import": 999_999})),
        other => panic!("{other} is new: say here how it is called"),
    }
}

/// Everybody, by what they are in the workspace "acme".
struct People {
    house: House,
    viewer: Visitor,
    editor: Visitor,
    admin: Visitor,
    stranger: Visitor,
}

impl People {
    async fn new() -> Self {
        let (house, admin) = House::lived_in().await;
        house.add_workspace("elsewhere").await;
        Self {
            viewer: house.person("viewer@example.com", Some(("acme", Role::Viewer))).await,
            editor: house.person("editor@example.com", Some(("acme", Role::Editor))).await,
            stranger: house.person("stranger@example.com", Some(("elsewhere", Role::Admin))).await,
            admin,
            house,
        }
    }

    /// Each with their role in "acme" and a name for messages.
    fn all(&self) -> [(&'static str, Option<Role>, &Visitor); 4] {
        [
            ("viewer", Some(Role::Viewer), &self.viewer),
            ("editor", Some(Role::Editor), &self.editor),
            ("admin", Some(Role::Admin), &self.admin),
            ("stranger", None, &self.stranger),
        ]
    }
}

#[test]
fn every_server_function_has_its_role_written_down() {
    let listed: BTreeSet<String> =
        ROLES.iter().map(|(name, _)| format!("{}/{name}", app::api::PREFIX)).collect();
    let there: BTreeSet<String> =
        leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(there, listed);
}

#[tokio::test]
async fn server_functions_keep_to_the_table() {
    let people = People::new().await;
    for (name, needed) in ROLES {
        let input = sample(name);
        let answer = people.house.anonymous().call(name, &input).await;
        match needed {
            // It can always be called; what it then says of a second set-up is its own affair.
            Needed::Nobody => {
                assert!(!matches!(answer.status.as_u16(), 401 | 403 | 404), "{name}: {}", answer.status);
            }
            _ => answer.assert_refused(ErrorKind::Unauthenticated),
        }
        for (who, role, visitor) in people.all() {
            // Logging out must not log out everybody who comes later in this test.
            let visitor = match *name {
                "log_out" => {
                    &people
                        .house
                        .log_in(&format!("{}@example.com", if who == "admin" { "ana" } else { who }))
                        .await
                }
                _ => visitor,
            };
            let answer = visitor.call(name, &input).await;
            let shown = format!("{name} called by {who}: {} {}", answer.status, answer.text());
            match needed {
                Needed::Nobody | Needed::LoggedIn => {
                    assert!(!matches!(answer.status.as_u16(), 401 | 403), "{shown}");
                }
                Needed::Member(least) => match role {
                    None => {
                        let refusal = answer.refusal();
                        assert_eq!(refusal.kind, ErrorKind::NotFound, "{shown}");
                        assert!(refusal.message.contains("workspace"), "{shown}");
                    }
                    Some(role) if role < *least => answer.assert_refused(ErrorKind::Forbidden),
                    Some(_) => {
                        assert!(!matches!(answer.status.as_u16(), 401 | 403 | 500), "{shown}");
                        assert!(!answer.text().contains("There is no workspace"), "{shown}");
                    }
                },
            }
        }
    }
}

#[tokio::test]
async fn plain_routes_ask_for_roles_too() {
    let people = People::new().await;
    let scope = json!({
        "level": "campaign", "days": ["2026-08-01", "2026-08-31"], "compare": null, "filters": [],
    });
    let cube = format!("/api/w/acme/cube?{}", crate::house::encode(&[("scope", scope.to_string())]));
    let routes: [(Method, &str, &str, Role); 6] = [
        (Method::GET, "/api/w/acme/health", "", Role::Viewer),
        (Method::GET, &cube, "", Role::Viewer),
        (Method::POST, "/api/w/acme/frames", "[]", Role::Viewer),
        (Method::GET, "/api/w/acme/versions", "", Role::Viewer),
        (Method::POST, "/api/w/acme/imports/upload?name=a.csv", "Day,Clicks\n2026-08-01,5\n", Role::Editor),
        (Method::POST, "/api/w/acme/rates", "Date,USD\n2026-09-03,1.1\n", Role::Admin),
    ];
    for (method, path, body, least) in routes {
        let call = async |visitor: &Visitor| {
            visitor
                .send(visitor.request(method.clone(), path).body(Body::from(body.to_owned())).unwrap())
                .await
        };
        call(&people.house.anonymous()).await.assert_refused(ErrorKind::Unauthenticated);
        for (who, role, visitor) in people.all() {
            let answer = call(visitor).await;
            match role {
                None => answer.assert_refused(ErrorKind::NotFound),
                Some(role) if role < least => answer.assert_refused(ErrorKind::Forbidden),
                Some(_) => assert_eq!(answer.status, StatusCode::OK, "{path} by {who}: {}", answer.text()),
            }
        }
    }
}

#[tokio::test]
async fn pages_of_a_workspace_are_for_its_members() {
    let people = People::new().await;
    for path in [
        "/w/acme/dash/paid",
        "/w/acme/data",
        "/w/acme/data/health",
        "/w/acme/data/details",
        "/w/acme/data/imports",
        "/w/acme/data/mapping",
        "/w/acme/campaigns",
        "/w/acme/campaigns/unmapped",
        "/w/acme/settings",
    ] {
        let anonymous = people.house.anonymous().page(path).await;
        assert!(anonymous.status.is_redirection(), "{path}: {}", anonymous.status);
        assert!(
            anonymous.header("location").starts_with("/login"),
            "{path}: {}",
            anonymous.header("location")
        );
        for (who, role, visitor) in people.all() {
            let answer = visitor.page(path).await;
            let expected = if role.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
            assert_eq!(answer.status, expected, "{path} by {who}");
        }
    }
    let before_set_up = House::empty().await;
    for path in ["/", "/login", "/w/acme/data"] {
        let answer = before_set_up.anonymous().page(path).await;
        assert_eq!(
            (answer.status.is_redirection(), answer.header("location").as_str()),
            (true, "/setup"),
            "{path}"
        );
    }
}
