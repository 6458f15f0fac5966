//! The demo workspace.

use crate::support::{House, settings};
use assert_matches::assert_matches;
use identity::IdentityError;
use model::access::Role;
use model::ports::Identity as _;

#[tokio::test]
async fn it_is_made_once_listed_last_and_gone_in_one_step() {
    let (house, token, acme) = House::lived_in().await;
    let caller = house.caller(&token).await.unwrap();
    let (demo, is_new) = house.identity.open_demo(&caller, &settings("A demo")).await.unwrap();
    assert!(demo.is_demo && is_new);
    assert_eq!((demo.slug.as_str(), demo.role), ("demo", Role::Admin));
    let (again, is_new) = house.identity.open_demo(&caller, &settings("Another name")).await.unwrap();
    assert_eq!((again, is_new), (demo.clone(), false));
    assert_eq!(house.identity.workspaces(&caller).await.unwrap(), [acme.clone(), demo.clone()]);

    assert_eq!(house.identity.remove_demo(&caller).await.unwrap(), Some(demo.id));
    assert_eq!(house.identity.remove_demo(&caller).await.unwrap(), None);
    assert_eq!(house.identity.workspaces(&caller).await.unwrap(), [acme]);
    let actions = "SELECT count(*) FROM audit_log WHERE action = 'demo.removed'";
    assert_eq!(house.count(actions).await, 1);
}

#[tokio::test]
async fn two_clicks_make_one() {
    let (house, token, _) = House::lived_in().await;
    let caller = house.caller(&token).await.unwrap();
    let wanted = settings("Demo");
    let (a, b) =
        tokio::join!(house.identity.open_demo(&caller, &wanted), house.identity.open_demo(&caller, &wanted));
    let ((a, a_new), (b, b_new)) = (a.unwrap(), b.unwrap());
    assert_eq!(a, b);
    assert!(a_new != b_new);
}

#[tokio::test]
async fn others_join_it_and_strangers_do_not_remove_it() {
    let (house, token, _) = House::lived_in().await;
    let (_, theirs) = house.neighbour().await;
    let (caller, neighbour) = (house.caller(&token).await.unwrap(), house.caller(&theirs).await.unwrap());
    let (demo, _) = house.identity.open_demo(&caller, &settings("Demo")).await.unwrap();
    assert_matches!(house.identity.remove_demo(&neighbour).await, Err(IdentityError::Forbidden { .. }));
    let (joined, is_new) = house.identity.open_demo(&neighbour, &settings("Demo")).await.unwrap();
    assert_eq!((joined.id, is_new), (demo.id, false));
}
