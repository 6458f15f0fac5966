//! Addresses that do not work say why.

use assert_matches::assert_matches;
use database::{Database, DatabaseError, PoolOptions};
use secrecy::ExposeSecret;
use std::time::Duration;

async fn refusal(url: &str) -> DatabaseError {
    let options = PoolOptions { acquire_timeout: Duration::from_secs(3), ..PoolOptions::default() };
    Database::connect(&url.to_owned().into(), &options).await.expect_err("must be refused")
}

#[tokio::test]
async fn each_fault_has_its_message() {
    let db = database::testing::empty().await;
    let url = db.url().expose_secret().to_owned();

    assert_matches!(refusal("mysql://x").await, DatabaseError::InvalidUrl { .. });

    let mut wrong = url::Url::parse(&url).unwrap();
    wrong.set_password(Some("wrong")).unwrap();
    let error = refusal(wrong.as_str()).await;
    assert_matches!(&error, DatabaseError::LoginRefused { .. });
    assert!(!error.to_string().contains("wrong@"), "no password in messages");

    let mut missing = url::Url::parse(&url).unwrap();
    missing.set_path("/no_such_database");
    let error = refusal(missing.as_str()).await;
    assert_matches!(&error, DatabaseError::NoSuchDatabase { .. });
    assert!(error.to_string().contains("CREATE DATABASE \"no_such_database\""), "{error}");

    // Nothing listens on port 1.
    let error = refusal("postgres://u:p@127.0.0.1:1/windhover").await;
    assert_matches!(&error, DatabaseError::Unreachable { .. });
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended() {
    let db = database::testing::empty().await;
    let options = PoolOptions { statement_timeout: Duration::from_millis(100), ..PoolOptions::default() };
    let hasty = Database::connect(&db.url(), &options).await.unwrap();
    let error = sqlx::query("SELECT pg_sleep(5)").execute(hasty.pool()).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().unwrap(), "57014");
    hasty.ping().await.unwrap();
    hasty.close().await;
}
