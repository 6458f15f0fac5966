//! Announcements of committed changes.

use database::{Change, Changes, Database, bump};
use model::ids::WorkspaceId;
use model::live::Topic;
use std::time::Duration;
use tokio::time::timeout;

const OURS: WorkspaceId = WorkspaceId(1);

async fn workspaces(db: &Database) {
    sqlx::query(
        "INSERT INTO workspaces (slug, name, currency, time_zone, created_at) VALUES
             ('ours', 'Ours', 'EUR', 'UTC', now()), ('theirs', 'Theirs', 'USD', 'UTC', now())",
    )
    .execute(db.pool())
    .await
    .unwrap();
}

async fn next(changes: &mut Changes) -> Option<Change> {
    timeout(Duration::from_secs(10), changes.next()).await.expect("an announcement")
}

fn changed(topic: Topic, version: i64) -> Change {
    Change::Changed { workspace: OURS, topic, version }
}

#[tokio::test]
async fn a_commit_is_announced_and_a_rollback_is_not() {
    let db = database::testing::fresh().await;
    workspaces(&db).await;
    let mut changes = Changes::listen(&db).await.unwrap();

    let mut tx = db.scoped(OURS).await.unwrap();
    assert_eq!(bump(&mut tx, OURS, Topic::Figures).await.unwrap(), 1);
    drop(tx);
    let mut tx = db.scoped(OURS).await.unwrap();
    assert_eq!(bump(&mut tx, OURS, Topic::Figures).await.unwrap(), 1);
    assert!(timeout(Duration::from_millis(200), changes.next()).await.is_err(), "not before the commit");
    tx.commit().await.unwrap();
    assert_eq!(next(&mut changes).await, Some(changed(Topic::Figures, 1)));

    let mut tx = db.scoped(OURS).await.unwrap();
    bump(&mut tx, OURS, Topic::Figures).await.unwrap();
    bump(&mut tx, OURS, Topic::Connections).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(next(&mut changes).await, Some(changed(Topic::Figures, 2)));
    assert_eq!(next(&mut changes).await, Some(changed(Topic::Connections, 1)));
}

#[tokio::test]
async fn nobody_announces_for_another_workspace() {
    let db = database::testing::fresh().await;
    workspaces(&db).await;
    let mut tx = db.scoped(OURS).await.unwrap();
    assert!(bump(&mut tx, WorkspaceId(2), Topic::Figures).await.is_err());
}

#[tokio::test]
async fn a_lost_connection_is_told_as_a_gap_and_comes_back() {
    let db = database::testing::fresh().await;
    workspaces(&db).await;
    let mut changes = Changes::listen(&db).await.unwrap();
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    )
    .execute(db.pool())
    .await
    .unwrap();
    assert_eq!(next(&mut changes).await, Some(Change::Gap));
    let mut tx = db.scoped(OURS).await.unwrap();
    bump(&mut tx, OURS, Topic::Imports).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(next(&mut changes).await, Some(changed(Topic::Imports, 1)));
}

#[tokio::test]
async fn a_closed_pool_ends_the_announcements() {
    let db = database::testing::fresh().await;
    let mut changes = Changes::listen(&db).await.unwrap();
    let closing = db.database();
    let close = tokio::spawn(async move { closing.close().await });
    assert_eq!(next(&mut changes).await, None);
    drop(changes);
    close.await.unwrap();
}
