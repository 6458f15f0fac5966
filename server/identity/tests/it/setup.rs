//! The first run.

use crate::support::{EMAIL, House, PASSWORD, entropy, from, origin, settings};
use identity::Identity;
use model::ErrorKind;
use model::access::Role;
use model::ports::Identity as _;
use model::workspace::SetupForm;

/// Spoils one field.
type Change = fn(&mut SetupForm);

#[tokio::test]
async fn the_code_makes_the_admin_and_the_workspace() {
    let house = House::empty().await;
    assert!(house.identity.setup_needed().await.unwrap());
    let form = house.form().await;
    assert_eq!(house.form().await.code, form.code, "one code per process");

    let (token, workspace) = house.identity.set_up(form.clone(), &origin()).await.unwrap();
    assert_eq!((workspace.slug.as_str(), workspace.role, workspace.is_demo), ("acme", Role::Admin, false));
    assert!(!house.identity.setup_needed().await.unwrap());
    assert_eq!(house.identity.setup_code().await.unwrap(), None);
    assert_eq!(house.count("SELECT count(*) FROM setup_codes").await, 0);
    assert_eq!(house.caller(&token).await.unwrap().email, EMAIL);
    house.identity.log_in(EMAIL, PASSWORD, &origin()).await.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM audit_log WHERE action = 'installation.set_up'").await, 1);

    let error = house.identity.set_up(form, &origin()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
}

#[tokio::test]
async fn the_code_of_another_process_holds_too() {
    let house = House::empty().await;
    let other = Identity::new(house.db.database(), house.clock.clone(), identity::Entropy::system());
    let mut form = house.form().await;
    let theirs = other.setup_code().await.unwrap().unwrap();
    assert_ne!(theirs, form.code);
    form.code = theirs.to_lowercase().replace('-', "");
    house.identity.set_up(form, &origin()).await.unwrap();
}

#[tokio::test]
async fn wrong_codes_are_refused_and_limited() {
    let house = House::empty().await;
    let good = house.form().await;
    let mut wrong = good.clone();
    wrong.code = "0000-0000-0000".into();
    for _ in 0..5 {
        let error = house.identity.set_up(wrong.clone(), &origin()).await.unwrap_err();
        assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::Invalid, Some("code")));
        assert!(error.hint.unwrap().contains("console"));
    }
    let error = house.identity.set_up(good.clone(), &origin()).await.unwrap_err();
    assert_eq!((error.kind, error.retry_after), (ErrorKind::TooMany, Some(15)));
    assert_eq!(house.count("SELECT count(*) FROM users").await, 0);
    // Somebody else is not kept out, and neither is the first after a while.
    assert_eq!(house.identity.set_up(wrong, &from("192.0.2.9")).await.unwrap_err().kind, ErrorKind::Invalid);
    house.later(15).await;
    house.identity.set_up(good, &origin()).await.unwrap();
}

#[tokio::test]
async fn a_wrong_field_leaves_nothing_behind_and_does_not_use_the_code_up() {
    let house = House::empty().await;
    let good = house.form().await;
    let wrong: [(&str, Change); 6] = [
        ("email", |f| f.email = "nobody".into()),
        ("password", |f| f.password = "short".into()),
        ("password", |f| f.password = "Password1234".into()),
        ("name", |f| f.workspace.name = " ".into()),
        ("currency", |f| f.workspace.currency = "XXX".into()),
        ("time_zone", |f| f.workspace.time_zone = "Berlin".into()),
    ];
    for (field, change) in wrong {
        let mut form = good.clone();
        change(&mut form);
        let error = house.identity.set_up(form, &origin()).await.unwrap_err();
        assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::Invalid, Some(field)), "{error}");
    }
    assert_eq!(house.count("SELECT count(*) FROM users").await, 0);
    assert_eq!(house.count("SELECT count(*) FROM workspaces").await, 0);
    house.identity.set_up(good, &origin()).await.unwrap();
}

#[tokio::test]
async fn two_browsers_at_once_make_one_admin() {
    let house = House::empty().await;
    let (form, origin) = (house.form().await, origin());
    let (a, b) = tokio::join!(
        house.identity.set_up(form.clone(), &origin),
        house.identity.set_up(form.clone(), &origin)
    );
    let kinds = [a.map(drop).map_err(|e| e.kind), b.map(drop).map_err(|e| e.kind)];
    assert!(kinds.contains(&Ok(())) && kinds.contains(&Err(ErrorKind::Conflict)), "{kinds:?}");
    assert_eq!(house.count("SELECT count(*) FROM users").await, 1);
}

#[tokio::test]
async fn before_it_nobody_can_log_in() {
    let house = House::empty().await;
    let error = house.identity.log_in(EMAIL, PASSWORD, &origin()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
}

#[tokio::test]
async fn a_database_that_is_gone_is_told_as_such() {
    let house = House::empty().await;
    let url = house.db.url();
    let options = database::PoolOptions { max_connections: 1, ..database::PoolOptions::default() };
    let options = database::PoolOptions { acquire_timeout: std::time::Duration::from_millis(300), ..options };
    let narrow = database::Database::connect(&url, &options).await.unwrap();
    let _held = narrow.pool().acquire().await.unwrap();
    let identity = Identity::new(narrow.clone(), house.clock.clone(), entropy());
    assert_eq!(identity.setup_needed().await.unwrap_err().kind, ErrorKind::Unavailable);
    // An error of ours gives nothing away but a reference.
    sqlx::query("ALTER TABLE users RENAME TO people").execute(house.db.pool()).await.unwrap();
    let error = house.identity.setup_needed().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Internal);
    assert!(!error.to_string().contains("users") && error.reference.unwrap().len() == 8);
}

#[tokio::test]
async fn names_that_exist_get_a_number() {
    let (house, token, _) = House::lived_in().await;
    let caller = house.caller(&token).await.unwrap();
    sqlx::query(
        "INSERT INTO workspaces (slug, name, currency, time_zone, created_at) VALUES ('demo', 'Demo', 'EUR', 'UTC', now())",
    )
    .execute(house.db.pool())
    .await
    .unwrap();
    let (demo, _) = house.identity.open_demo(&caller, &settings("Demo")).await.unwrap();
    assert_eq!(demo.slug, "demo-2");
}
