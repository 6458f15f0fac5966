//! Sessions.

use crate::support::{EMAIL, House, PASSWORD, from, origin};
use model::ErrorKind;
use model::ids::SessionId;
use model::ports::{Identity as _, SessionToken};

const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn a_tampered_token_is_nobody() {
    let (house, token, _) = House::lived_in().await;
    let mut tampered = token.0.clone();
    tampered.replace_range(3..4, if &tampered[3..4] == "A" { "B" } else { "A" });
    for wrong in [tampered.as_str(), "", "x", &token.0[..42], "'; DROP TABLE sessions; --"] {
        assert!(house.caller(&SessionToken(wrong.into())).await.is_none(), "{wrong}");
    }
    assert!(house.caller(&token).await.is_some());
}

#[tokio::test]
async fn the_token_itself_is_not_stored() {
    let (house, token, _) = House::lived_in().await;
    let stored: String = sqlx::query_scalar("SELECT s::text || encode(token_hash, 'base64') FROM sessions s")
        .fetch_one(house.db.pool())
        .await
        .unwrap();
    assert!(!stored.contains(&token.0));
    assert!(!format!("{token:?}").contains(&token.0));
}

#[tokio::test]
async fn a_session_slides_while_it_is_used() {
    let (house, token, _) = House::lived_in().await;
    for _ in 0..3 {
        house.later(29 * DAY).await;
        assert!(house.caller(&token).await.is_some());
    }
    house.later(31 * DAY).await;
    assert!(house.caller(&token).await.is_none());
    // It is cleared away at the next log-in.
    house.identity.log_in(EMAIL, PASSWORD, &origin()).await.unwrap();
    assert_eq!(house.count("SELECT count(*) FROM sessions").await, 1);
}

#[tokio::test]
async fn no_session_lasts_for_ever() {
    let (house, token, _) = House::lived_in().await;
    for _ in 0..8 {
        house.later(20 * DAY).await;
        assert!(house.caller(&token).await.is_some());
    }
    house.later(20 * DAY).await;
    assert!(house.caller(&token).await.is_none());
}

#[tokio::test]
async fn logging_out_ends_the_own_session_only() {
    let (house, first, _) = House::lived_in().await;
    let second = house.identity.log_in(EMAIL, PASSWORD, &origin()).await.unwrap();
    let caller = house.caller(&first).await.unwrap();
    house.identity.log_out(&caller).await.unwrap();
    house.identity.log_out(&caller).await.unwrap();
    assert!(house.caller(&first).await.is_none());
    assert!(house.caller(&second).await.is_some());
}

#[tokio::test]
async fn the_list_shows_device_address_and_use() {
    let (house, first, _) = House::lived_in().await;
    let second = house.identity.log_in(EMAIL, PASSWORD, &origin()).await.unwrap();
    house.later(90).await;
    // Used from somewhere else since.
    house.identity.caller(&first.0, &from("198.51.100.7")).await.unwrap().unwrap();
    let caller = house.caller(&second).await.unwrap();
    let sessions = house.identity.sessions(&caller).await.unwrap();
    assert_eq!(sessions.len(), 2);
    let (own, other): (Vec<_>, Vec<_>) = sessions.iter().partition(|s| s.is_current);
    assert_eq!((own.len(), own[0].id), (1, caller.session));
    assert_eq!((other[0].device.as_str(), other[0].address.as_str()), ("Firefox on Linux", "198.51.100.7"));
    assert_eq!((other[0].last_seen_at - other[0].created_at).num_seconds(), 90);
}

#[tokio::test]
async fn one_ends_ones_own_sessions_and_nobody_elses() {
    let (house, first, _) = House::lived_in().await;
    let second = house.identity.log_in(EMAIL, PASSWORD, &origin()).await.unwrap();
    let (_, theirs) = house.neighbour().await;
    let (caller, neighbour) = (house.caller(&second).await.unwrap(), house.caller(&theirs).await.unwrap());

    for wrong in [neighbour.session, SessionId(999_999)] {
        let error = house.identity.end_session(&caller, wrong).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
    }
    assert!(house.caller(&theirs).await.is_some());
    let session = house.caller(&first).await.unwrap().session;
    house.identity.end_session(&caller, session).await.unwrap();
    assert!(house.caller(&first).await.is_none());
    assert_eq!(house.identity.sessions(&neighbour).await.unwrap().len(), 1);
}

#[tokio::test]
async fn long_and_odd_descriptions_of_a_browser_are_cut() {
    let (house, _, _) = House::lived_in().await;
    let mut odd = origin();
    odd.user_agent = format!("\u{0}\n{}", "x".repeat(100_000));
    house.identity.log_in(EMAIL, PASSWORD, &odd).await.unwrap();
    assert_eq!(house.count("SELECT max(char_length(user_agent))::bigint FROM sessions").await, 400);
}
