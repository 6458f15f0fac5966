//! E-mail and password.

use crate::support::{EMAIL, House, PASSWORD, from, origin};
use model::ErrorKind;
use model::ports::Identity as _;
use std::time::{Duration, Instant};

#[tokio::test]
async fn the_right_password_opens_a_session() {
    let (house, _, _) = House::lived_in().await;
    let token = house.identity.log_in(" ANA@example.com ", PASSWORD, &origin()).await.unwrap();
    assert_eq!(house.caller(&token).await.unwrap().email, EMAIL);
}

#[tokio::test]
async fn nobody_learns_which_of_both_was_wrong() {
    let (house, _, _) = House::lived_in().await;
    let wrong_password = house.identity.log_in(EMAIL, "incorrect horse", &origin()).await.unwrap_err();
    let wrong_email = house.identity.log_in("eve@example.com", PASSWORD, &origin()).await.unwrap_err();
    assert_eq!(wrong_password, wrong_email);
    assert_eq!(wrong_email.kind, ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn the_time_does_not_tell_either() {
    let (house, _, _) = House::lived_in().await;
    // The first unknown name pays for the hash that stands in for nobody's.
    drop(house.identity.log_in("warm@example.com", "x", &origin()).await);
    let mut fastest = [Duration::MAX; 2];
    for round in 0..4 {
        for (i, email) in [EMAIL, "eve@example.com"].into_iter().enumerate() {
            let begin = Instant::now();
            house
                .identity
                .log_in(email, "incorrect horse", &from(&format!("192.0.2.{round}")))
                .await
                .unwrap_err();
            fastest[i] = fastest[i].min(begin.elapsed());
        }
    }
    let [known, unknown] = fastest;
    // Without the stand-in, the unknown one would be answered in a twentieth.
    assert!(unknown * 4 > known && known * 4 > unknown, "known {known:?}, unknown {unknown:?}");
}

#[tokio::test]
async fn failures_are_limited_per_browser_and_account() {
    let (house, _, _) = House::lived_in().await;
    for _ in 0..5 {
        let error = house.identity.log_in(EMAIL, "incorrect horse", &origin()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unauthenticated);
    }
    let error = house.identity.log_in(EMAIL, PASSWORD, &origin()).await.unwrap_err();
    assert_eq!((error.kind, error.retry_after), (ErrorKind::TooMany, Some(30)));
    house.identity.log_in(EMAIL, PASSWORD, &from("192.0.2.200")).await.unwrap();
    house.later(30).await;
    house.identity.log_in(EMAIL, PASSWORD, &origin()).await.unwrap();
}

#[tokio::test]
async fn one_address_cannot_try_many_accounts() {
    let (house, _, _) = House::lived_in().await;
    for n in 0..30 {
        let error = house.identity.log_in(&format!("p{n}@example.com"), "x", &origin()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unauthenticated);
    }
    let error = house.identity.log_in("p30@example.com", "x", &origin()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooMany);
}

#[tokio::test]
async fn success_is_not_limited() {
    let (house, _, _) = House::lived_in().await;
    for _ in 0..12 {
        house.identity.log_in(EMAIL, PASSWORD, &origin()).await.unwrap();
    }
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let (house, first, _) = House::lived_in().await;
    let second = house.identity.log_in(EMAIL, PASSWORD, &origin()).await.unwrap();
    let caller = house.caller(&second).await.unwrap();
    house.identity.change_password(&caller, PASSWORD, "a better battery staple").await.unwrap();
    assert!(house.caller(&first).await.is_none());
    assert!(house.caller(&second).await.is_some());
    house.identity.log_in(EMAIL, PASSWORD, &origin()).await.unwrap_err();
    house.identity.log_in(EMAIL, "a better battery staple", &origin()).await.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM audit_log WHERE action = 'password.changed'").await, 1);
}

#[tokio::test]
async fn a_refused_new_password_changes_nothing() {
    let (house, first, _) = House::lived_in().await;
    let second = house.identity.log_in(EMAIL, PASSWORD, &origin()).await.unwrap();
    let caller = house.caller(&second).await.unwrap();
    for (current, new, field) in [
        ("incorrect horse", "a better battery staple", "current"),
        (PASSWORD, "short", "new"),
        (PASSWORD, PASSWORD, "new"),
        (PASSWORD, "ana@example.com", "new"),
    ] {
        let error = house.identity.change_password(&caller, current, new).await.unwrap_err();
        assert_eq!((error.kind, error.field.as_deref()), (ErrorKind::Invalid, Some(field)), "{error}");
    }
    assert!(house.caller(&first).await.is_some());
    house.identity.log_in(EMAIL, PASSWORD, &origin()).await.unwrap();
}

#[tokio::test]
async fn a_session_is_no_way_to_guess_the_password() {
    let (house, token, _) = House::lived_in().await;
    let caller = house.caller(&token).await.unwrap();
    for _ in 0..5 {
        house.identity.change_password(&caller, "guess", "a better battery staple").await.unwrap_err();
    }
    let error =
        house.identity.change_password(&caller, PASSWORD, "a better battery staple").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooMany);
}
