//! Who may do what in which workspace.

use crate::support::{House, settings};
use assert_matches::assert_matches;
use identity::IdentityError;
use model::ErrorKind;
use model::access::Role;
use model::days::WeekStart;
use model::ids::WorkspaceId;
use model::ports::Identity as _;

async fn join(house: &House, user: model::ids::UserId, workspace: WorkspaceId, role: &str) {
    sqlx::query(
        "INSERT INTO memberships (workspace_id, user_id, role, created_at) VALUES ($1, $2, $3, now())
         ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = $3",
    )
    .bind(workspace.0)
    .bind(user.0)
    .bind(role)
    .execute(house.db.pool())
    .await
    .unwrap();
}

#[tokio::test]
async fn each_role_includes_those_before_it() {
    let (house, _, workspace) = House::lived_in().await;
    let (user, token) = house.neighbour().await;
    let caller = house.caller(&token).await.unwrap();
    let roles = [("viewer", Role::Viewer), ("editor", Role::Editor), ("admin", Role::Admin)];
    for (name, has) in roles {
        join(&house, user, workspace.id, name).await;
        for (_, needed) in roles {
            let answer = house.identity.authorise(&caller, "acme", needed).await;
            if needed <= has {
                let member = answer.unwrap();
                assert_eq!((member.user, member.workspace, member.role), (user, workspace.id, has));
            } else {
                assert_eq!(answer.unwrap_err().kind, ErrorKind::Forbidden);
            }
        }
    }
}

#[tokio::test]
async fn a_workspace_of_others_looks_like_none() {
    let (house, _, _) = House::lived_in().await;
    let (_, token) = house.neighbour().await;
    let caller = house.caller(&token).await.unwrap();
    assert_eq!(house.identity.workspaces(&caller).await.unwrap(), []);
    let theirs = house.identity.authorise(&caller, "acme", Role::Viewer).await.unwrap_err();
    let none = house.identity.authorise(&caller, "nothing", Role::Viewer).await.unwrap_err();
    assert_eq!((theirs.kind, none.kind), (ErrorKind::NotFound, ErrorKind::NotFound));
    assert_eq!(theirs.message.replace("acme", "…"), none.message.replace("nothing", "…"));
}

#[tokio::test]
async fn an_admin_changes_the_workspace_and_open_pages_learn_of_it() {
    let (house, token, workspace) = House::lived_in().await;
    let caller = house.caller(&token).await.unwrap();
    let member = house.identity.authorise(&caller, "acme", Role::Admin).await.unwrap();
    let mut changed = settings(" Acme Two ");
    changed.currency = "usd".into();
    changed.week_start = WeekStart::Sunday;
    let after = house.identity.change_workspace(&member, changed).await.unwrap();
    assert_eq!((after.name.as_str(), after.currency.as_str()), ("Acme Two", "USD"));
    assert_eq!((after.week_start, after.slug, after.id), (WeekStart::Sunday, workspace.slug, workspace.id));
    assert_eq!(
        house.count("SELECT count(*) FROM data_versions WHERE topic IN ('workspace', 'figures')").await,
        2
    );

    let mut wrong = settings("Acme");
    wrong.time_zone = "Nowhere".into();
    let error = house.identity.change_workspace(&member, wrong).await.unwrap_err();
    assert_eq!(error.field.as_deref(), Some("time_zone"));
}

#[tokio::test]
async fn only_an_admin_changes_the_workspace() {
    let (house, _, workspace) = House::lived_in().await;
    let (user, token) = house.neighbour().await;
    join(&house, user, workspace.id, "editor").await;
    let caller = house.caller(&token).await.unwrap();
    let member = house.identity.authorise(&caller, "acme", Role::Editor).await.unwrap();
    let error = house.identity.change_workspace(&member, settings("Mine")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Forbidden);
}

#[tokio::test]
async fn the_command_line_finds_a_workspace_by_slug_or_name() {
    let (house, _, workspace) = House::lived_in().await;
    for text in ["acme", "Acme", " ACME "] {
        assert_eq!(house.identity.workspace_named(text).await.unwrap().id, workspace.id, "{text}");
    }
    assert_matches!(house.identity.workspace_named("other").await, Err(IdentityError::NoSuchWorkspace(_)));
    assert_eq!(house.identity.workspace(workspace.id).await.unwrap(), workspace);
    assert_matches!(house.identity.workspace(WorkspaceId(99)).await, Err(IdentityError::NoSuchWorkspace(_)));
    sqlx::query(
        "INSERT INTO workspaces (slug, name, currency, time_zone, created_at) VALUES
        ('a-2', 'Twin', 'EUR', 'UTC', now()), ('a-3', 'Twin', 'EUR', 'UTC', now())",
    )
    .execute(house.db.pool())
    .await
    .unwrap();
    let error = house.identity.workspace_named("twin").await.unwrap_err();
    assert!(error.to_string().contains("a-2 or a-3"), "{error}");
}
