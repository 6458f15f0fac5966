//! Keys, and sealed values in the database.

use crate::support::{House, entropy};
use assert_matches::assert_matches;
use identity::Entropy;
use identity::secrets::{KeySource, Place, SecretBox, SecretsError};
use secrecy::{ExposeSecret, SecretString};
use std::fs;
use tempfile::TempDir;

const PLACE: Place<'static> = Place { table: "grants", row: "1" };

fn source(directory: &TempDir, setting: Option<String>) -> KeySource {
    KeySource { file: directory.path().join("secret.key"), setting: setting.map(SecretString::from) }
}

async fn store(house: &House, sealed: &[u8]) {
    sqlx::raw_sql("CREATE TABLE grants (id integer PRIMARY KEY, secret sealed)")
        .execute(house.db.pool())
        .await
        .unwrap();
    sqlx::query("INSERT INTO grants VALUES (1, $1), (2, NULL)")
        .bind(sealed)
        .execute(house.db.pool())
        .await
        .unwrap();
}

async fn stored(house: &House) -> Vec<u8> {
    sqlx::query_scalar("SELECT secret FROM grants WHERE id = 1").fetch_one(house.db.pool()).await.unwrap()
}

#[tokio::test]
async fn the_first_start_makes_the_key_and_the_second_finds_it() {
    let (house, directory) = (House::empty().await, tempfile::tempdir().unwrap());
    let source = source(&directory, None);
    let first = SecretBox::load(&house.db, &source, entropy()).await.unwrap();
    store(&house, &first.seal(b"refresh token", PLACE)).await;
    let second = SecretBox::load(&house.db, &source, Entropy::system()).await.unwrap();
    let text = second.open_text(&stored(&house).await, PLACE).unwrap();
    assert_eq!(text.expose_secret(), "refresh token");
    assert!(!format!("{text:?}").contains("refresh"));
}

#[tokio::test]
async fn a_missing_key_is_no_reason_to_make_a_new_one() {
    let (house, directory) = (House::empty().await, tempfile::tempdir().unwrap());
    let source = source(&directory, None);
    let first = SecretBox::load(&house.db, &source, entropy()).await.unwrap();
    store(&house, &first.seal(b"refresh token", PLACE)).await;
    let moved = directory.path().join("backup");
    fs::rename(&source.file, &moved).unwrap();

    let error = SecretBox::load(&house.db, &source, entropy()).await.unwrap_err();
    assert_matches!(&error, SecretsError::MissingKey { column, count: 1, .. } if column == "grants.secret");
    let text = error.to_string();
    assert!(text.contains(&*source.file.to_string_lossy()) && text.contains("backup"), "{text}");
    assert!(!source.file.exists(), "no new key was made");

    fs::rename(&moved, &source.file).unwrap();
    SecretBox::load(&house.db, &source, entropy()).await.unwrap();
}

#[tokio::test]
async fn rotation_seals_with_the_new_key_and_opens_with_the_old_one() {
    let (house, directory) = (House::empty().await, tempfile::tempdir().unwrap());
    let old = SecretBox::load(&house.db, &source(&directory, None), entropy()).await.unwrap();
    store(&house, &old.seal(b"refresh token", PLACE)).await;

    let rotated = source(&directory, Some(hex::encode([9; 32])));
    let new = SecretBox::load(&house.db, &rotated, entropy()).await.unwrap();
    let sealed = stored(&house).await;
    assert!(new.is_outdated(&sealed));
    let again = new.seal(&new.open(&sealed, PLACE).unwrap(), PLACE);
    assert!(!new.is_outdated(&again));
    sqlx::query("UPDATE grants SET secret = $1").bind(&again).execute(house.db.pool()).await.unwrap();

    // Now the old key may go.
    fs::remove_file(&rotated.file).unwrap();
    SecretBox::load(&house.db, &rotated, entropy()).await.unwrap();
}

#[tokio::test]
async fn a_key_by_variable_makes_no_file() {
    let (house, directory) = (House::empty().await, tempfile::tempdir().unwrap());
    let source = source(&directory, Some(hex::encode([9; 32])));
    SecretBox::load(&house.db, &source, entropy()).await.unwrap();
    assert!(!source.file.exists());
}

#[tokio::test]
async fn the_column_refuses_what_is_not_sealed() {
    let house = House::empty().await;
    sqlx::raw_sql("CREATE TABLE grants (id integer PRIMARY KEY, secret sealed)")
        .execute(house.db.pool())
        .await
        .unwrap();
    let plain =
        sqlx::query("INSERT INTO grants VALUES (1, 'plain text token')").execute(house.db.pool()).await;
    assert!(plain.unwrap_err().to_string().contains("sealed_length"));
}
