//! A caller that goes away while its transaction begins must not leave the connection inside it.

use database::testing;
use model::ids::WorkspaceId;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

/// Polls a future a few times and drops it, as a server does when a browser closes its connection.
async fn abandon<F: Future>(future: F, polls: usize) {
    let mut future = pin!(future);
    for _ in 0..polls {
        if future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn abandoned_begins_leave_no_scope_behind() {
    let database = testing::fresh().await;
    for polls in 1..60 {
        abandon(database.database().scoped_snapshot(WorkspaceId(7)), polls % 6 + 1).await;
        abandon(database.database().begin(), polls % 6 + 1).await;
    }
    for _ in 0..40 {
        let (role, workspace): (String, Option<String>) = sqlx::query_as(
            "SELECT current_user::text, nullif(current_setting('windhover.workspace_id', true), '')",
        )
        .fetch_one(database.database().pool())
        .await
        .unwrap();
        assert_ne!(role, "windhover_app");
        assert_eq!(workspace, None);
        let mut tx = database.database().begin().await.unwrap();
        sqlx::query("CREATE TEMPORARY TABLE can_write (x integer) ON COMMIT DROP")
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}
