//! The list of schema changes.

use assert_matches::assert_matches;
use database::{Database, DatabaseError, PoolOptions, migrate};
use secrecy::{ExposeSecret, SecretString};
use sqlx::AssertSqlSafe;

#[tokio::test]
async fn an_empty_database_gets_the_schema_and_a_second_run_changes_nothing() {
    let db = database::testing::empty().await;
    migrate(&db).await.unwrap();
    let count = "SELECT count(*) FROM _sqlx_migrations";
    let first: i64 = sqlx::query_scalar(count).fetch_one(db.pool()).await.unwrap();
    migrate(&db).await.unwrap();
    let second: i64 = sqlx::query_scalar(count).fetch_one(db.pool()).await.unwrap();
    assert_eq!((first, second), (i64::try_from(database::migrate::MIGRATOR.iter().count()).unwrap(), first));
}

#[tokio::test]
async fn several_servers_may_start_at_once() {
    let db = database::testing::empty().await;
    let (a, b, c) = tokio::join!(migrate(&db), migrate(&db), migrate(&db));
    a.and(b).and(c).unwrap();
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let db = database::testing::fresh().await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (20990101000000, 'from the future', true, '', 0)",
    )
    .execute(db.pool())
    .await
    .unwrap();
    let error = migrate(&db).await.unwrap_err();
    assert_matches!(&error, DatabaseError::Newer { version: 20_990_101_000_000 });
    assert!(error.to_string().contains("newer Windhover"), "{error}");
}

#[tokio::test]
async fn an_altered_schema_change_is_refused() {
    let db = database::testing::fresh().await;
    sqlx::query("UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 20261122000100")
        .execute(db.pool())
        .await
        .unwrap();
    assert_matches!(migrate(&db).await, Err(DatabaseError::Altered { version: 20_261_122_000_100 }));
}

/// A role that may log in and nothing else, and the database seen by it.
async fn as_weak_user(db: &Database, url: &SecretString, user: &str) -> Database {
    let sql = format!("CREATE ROLE {user} LOGIN PASSWORD 'weak'");
    sqlx::query(AssertSqlSafe(sql)).execute(db.pool()).await.unwrap();
    let mut url = url::Url::parse(url.expose_secret()).unwrap();
    url.set_username(user).unwrap();
    url.set_password(Some("weak")).unwrap();
    Database::connect(&url.to_string().into(), &PoolOptions::default()).await.unwrap()
}

#[tokio::test]
async fn missing_rights_come_with_the_sql_that_grants_them() {
    let db = database::testing::empty().await;
    let user = format!("weak_{}", std::process::id());
    let weak = as_weak_user(&db, &db.url(), &user).await;

    // The role exists on the test server, but this user may not take it.
    let error = migrate(&weak).await.unwrap_err();
    assert_matches!(&error, DatabaseError::AppRoleNotGranted { .. });
    let sql = format!("GRANT windhover_app TO \"{user}\"");
    assert!(error.to_string().contains(&sql), "{error}");

    sqlx::query(AssertSqlSafe(sql)).execute(db.pool()).await.unwrap();
    let error = migrate(&weak).await.unwrap_err();
    assert_matches!(&error, DatabaseError::MayNotCreate { .. });
    assert!(error.to_string().contains(&format!("OWNER TO \"{user}\"")), "{error}");

    weak.close().await;
    sqlx::query(AssertSqlSafe(format!("DROP ROLE {user}"))).execute(db.pool()).await.unwrap();
}
