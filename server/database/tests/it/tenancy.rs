//! Row-level security: on for every tenant table, and effective.

use database::Database;
use model::ids::WorkspaceId;

const OURS: WorkspaceId = WorkspaceId(1);
const THEIRS: WorkspaceId = WorkspaceId(2);

/// Two workspaces with a figure each in a tenant table.
async fn two_workspaces(db: &Database) {
    sqlx::raw_sql(
        "INSERT INTO workspaces (slug, name, currency, time_zone, created_at) VALUES
             ('ours', 'Ours', 'EUR', 'UTC', now()), ('theirs', 'Theirs', 'USD', 'UTC', now());
         CREATE TABLE figures (workspace_id integer NOT NULL REFERENCES workspaces, n integer NOT NULL);
         CALL protect_tenant_table('figures');
         INSERT INTO figures VALUES (1, 10), (2, 20);",
    )
    .execute(db.pool())
    .await
    .unwrap();
}

fn code(error: &sqlx::Error) -> String {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .map(std::borrow::Cow::into_owned)
        .unwrap_or_default()
}

#[tokio::test]
async fn every_table_with_a_workspace_is_protected() {
    let db = database::testing::fresh().await;
    // A partition counts as protected by its parent as long as the app's role has no rights on the partition itself.
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT c.oid::regclass::text
         FROM pg_class c
         JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema')
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped
         WHERE c.relkind IN ('r', 'p', 'f', 'm')
           AND NOT (c.relrowsecurity AND EXISTS (
               SELECT 1 FROM pg_policy p
               WHERE p.polrelid = c.oid AND p.polroles = ARRAY['windhover_app'::regrole::oid]
                 AND pg_get_expr(p.polqual, c.oid) LIKE '%workspace_id =%current_workspace()%'
                 AND pg_get_expr(p.polwithcheck, c.oid) LIKE '%workspace_id =%current_workspace()%'))
           AND NOT (c.relispartition
               AND NOT has_table_privilege('windhover_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE'))
         ORDER BY 1",
    )
    .fetch_all(db.pool())
    .await
    .unwrap();
    assert_eq!(open, [""; 0], "call protect_tenant_table for these in their migration");
}

#[tokio::test]
async fn a_wrong_where_sees_nothing_of_others() {
    let db = database::testing::fresh().await;
    two_workspaces(&db).await;
    let mut tx = db.scoped(OURS).await.unwrap();
    let seen: Vec<i32> = sqlx::query_scalar("SELECT n FROM figures").fetch_all(&mut *tx).await.unwrap();
    assert_eq!(seen, [10]);
    let seen: Vec<i32> =
        sqlx::query_scalar("SELECT n FROM figures WHERE workspace_id = 2").fetch_all(&mut *tx).await.unwrap();
    assert_eq!(seen, [0; 0]);
    let slugs: Vec<String> =
        sqlx::query_scalar("SELECT slug FROM workspaces").fetch_all(&mut *tx).await.unwrap();
    assert_eq!(slugs, ["ours"]);
}

#[tokio::test]
async fn a_wrong_write_changes_nothing_of_others() {
    let db = database::testing::fresh().await;
    two_workspaces(&db).await;
    let mut tx = db.scoped(OURS).await.unwrap();
    let changed =
        sqlx::query("UPDATE figures SET n = 0 WHERE workspace_id = 2").execute(&mut *tx).await.unwrap();
    assert_eq!(changed.rows_affected(), 0);
    let deleted = sqlx::query("DELETE FROM figures WHERE n = 20").execute(&mut *tx).await.unwrap();
    assert_eq!(deleted.rows_affected(), 0);
    tx.commit().await.unwrap();

    for sql in ["INSERT INTO figures VALUES (2, 1)", "UPDATE figures SET workspace_id = 2"] {
        let mut tx = db.scoped(OURS).await.unwrap();
        let error = sqlx::query(sql).execute(&mut *tx).await.unwrap_err();
        assert_eq!(code(&error), "42501", "{sql}");
    }
    let all: Vec<(i32, i32)> =
        sqlx::query_as("SELECT workspace_id, n FROM figures ORDER BY 1").fetch_all(db.pool()).await.unwrap();
    assert_eq!(all, [(1, 10), (2, 20)]);
}

#[tokio::test]
async fn what_is_no_tenant_table_is_closed() {
    let db = database::testing::fresh().await;
    for sql in ["SELECT 1 FROM users", "SELECT 1 FROM sessions", "SELECT 1 FROM setup_codes"] {
        let mut tx = db.scoped(OURS).await.unwrap();
        assert_eq!(code(&sqlx::query(sql).execute(&mut *tx).await.unwrap_err()), "42501", "{sql}");
    }
}

#[tokio::test]
async fn the_scope_ends_with_the_transaction() {
    let db = database::testing::fresh().await;
    two_workspaces(&db).await;
    let one = database::PoolOptions { max_connections: 1, ..database::PoolOptions::default() };
    let db1 = Database::connect(&db.url(), &one).await.unwrap();
    let owner: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(db1.pool()).await.unwrap();
    for commits in [true, false] {
        let mut tx = db1.scoped(OURS).await.unwrap();
        let role: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(&mut *tx).await.unwrap();
        assert_eq!(role, "windhover_app");
        if commits {
            tx.commit().await.unwrap();
        } else {
            drop(tx);
        }
        let (user, workspace): (String, Option<i32>) =
            sqlx::query_as("SELECT current_user::text, current_workspace()")
                .fetch_one(db1.pool())
                .await
                .unwrap();
        assert_eq!((user, workspace), (owner.clone(), None));
    }
    // Prepared in one workspace, the same statement on the same connection answers for the next one.
    for (workspace, n) in [(OURS, 10), (THEIRS, 20), (OURS, 10)] {
        let mut tx = db1.scoped(workspace).await.unwrap();
        let seen: Vec<i32> = sqlx::query_scalar("SELECT n FROM figures").fetch_all(&mut *tx).await.unwrap();
        assert_eq!(seen, [n]);
    }
    db1.close().await;
}

#[tokio::test]
async fn the_role_alone_sees_nothing() {
    let db = database::testing::fresh().await;
    two_workspaces(&db).await;
    let mut tx = db.pool().begin().await.unwrap();
    sqlx::query("SET LOCAL ROLE windhover_app").execute(&mut *tx).await.unwrap();
    let seen: Vec<i32> = sqlx::query_scalar("SELECT n FROM figures").fetch_all(&mut *tx).await.unwrap();
    assert_eq!(seen, [0; 0]);
}

#[tokio::test]
async fn a_snapshot_does_not_move_and_does_not_write() {
    let db = database::testing::fresh().await;
    two_workspaces(&db).await;
    let mut snapshot = db.scoped_snapshot(OURS).await.unwrap();
    let count = "SELECT count(*) FROM figures";
    let before: i64 = sqlx::query_scalar(count).fetch_one(&mut *snapshot).await.unwrap();
    sqlx::query("INSERT INTO figures VALUES (1, 11)").execute(db.pool()).await.unwrap();
    let after: i64 = sqlx::query_scalar(count).fetch_one(&mut *snapshot).await.unwrap();
    assert_eq!((before, after), (1, 1));
    let error = sqlx::query("DELETE FROM figures").execute(&mut *snapshot).await.unwrap_err();
    assert_eq!(code(&error), "25006");
}

#[tokio::test]
async fn only_a_table_with_a_workspace_can_be_protected() {
    let db = database::testing::fresh().await;
    let error = sqlx::raw_sql("CREATE TABLE t (n int); CALL protect_tenant_table('t');")
        .execute(db.pool())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("no column workspace_id"), "{error}");
}
