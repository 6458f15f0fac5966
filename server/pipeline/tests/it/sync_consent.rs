//! The way to the vendor's consent page and back, and what is refused on it.

use crate::vendor::Vendor;
use model::access::{Caller, Role};
use model::error::ErrorKind;
use model::ids::UserId;
use model::ports::Connections;
use std::collections::BTreeMap;

async fn finish(vendor: &Vendor, caller: &Caller, query: BTreeMap<String, String>) -> Result<String, String> {
    vendor.world.pipeline.finish_consent(caller, query).await.map_err(|e| {
        assert_ne!(e.kind, ErrorKind::Internal, "{e:?}");
        format!("{} {}", e.message, e.hint.unwrap_or_default())
    })
}

async fn connections(vendor: &Vendor) -> i64 {
    vendor.world.number("SELECT count(*) FROM connections").await
}

#[tokio::test]
async fn consent_leads_to_accounts_and_to_a_first_run() {
    let vendor = Vendor::new().await;
    let platforms = vendor.world.pipeline.platforms(vendor.member()).await.unwrap();
    assert!(platforms.iter().any(|p| p.slug == "google_ads" && p.ways[0].is_configured()));
    let connection = vendor.connect().await;
    let found = vendor.start(connection).await;
    assert_eq!(found.accounts.len(), 2, "{found:#?}");
    assert!(found.accounts.iter().all(|a| a.currency.len() == 3 && a.time_zone.contains('/')));
    let again = vendor.world.pipeline.discover(vendor.member(), connection).await.unwrap();
    assert!(again.accounts.iter().all(|a| a.is_selected), "choices survive another discovery");
}

#[tokio::test]
async fn secrets_are_sealed() {
    let vendor = Vendor::new().await;
    let connection = vendor.connect().await;
    vendor.start(connection).await;
    vendor.run(connection).await;
    let dump = vendor
        .world
        .text(
            "SELECT encode(secret, 'escape') FROM connections
             UNION ALL SELECT coalesce(error, '') || coalesce(raw_error, '') || warnings::text FROM sync_runs
             UNION ALL SELECT payload::text FROM graphile_worker._private_jobs",
        )
        .await;
    for secret in ["1//", "ya29", "refresh_token", simulator::DEMO_CLIENT_SECRET] {
        assert!(!dump.contains(secret), "{secret} is readable in the database");
    }
}

#[tokio::test]
async fn a_denied_consent_connects_nothing() {
    let vendor = Vendor::new().await;
    let answer = vendor.consent("deny", None).await;
    let page = finish(&vendor, &vendor.caller(), answer).await.unwrap();
    assert!(page.starts_with("/w/one/data/connect/google_ads?way=consent&error="), "a way on: {page}");
    assert!(page.contains("Access+was+not+granted"), "{page}");
    assert_eq!(connections(&vendor).await, 0);
}

#[tokio::test]
async fn states_that_are_not_ours_not_now_or_not_yours_are_refused() {
    let vendor = Vendor::new().await;
    let caller = vendor.caller();

    let good = vendor.consent("allow", None).await;
    let mut tampered = good.clone();
    tampered.insert("state".to_owned(), format!("{}x", good["state"]));
    assert!(finish(&vendor, &caller, tampered).await.unwrap_err().contains("no longer valid"));
    let mut without = good.clone();
    without.remove("state");
    assert!(finish(&vendor, &caller, without).await.unwrap_err().contains("no state"));
    finish(&vendor, &caller, good.clone()).await.unwrap();
    let reused = finish(&vendor, &caller, good).await.unwrap_err();
    assert!(reused.contains("used already") && reused.contains("Begin again"), "{reused}");
    assert_eq!(connections(&vendor).await, 1);

    let late = vendor.consent("allow", None).await;
    vendor.world.clock.sleep(std::time::Duration::from_mins(16)).await;
    assert!(finish(&vendor, &caller, late).await.unwrap().contains("took+too+long"));

    let other = Caller { user: UserId(caller.user.0 + 1), ..caller.clone() };
    let theirs = vendor.consent("allow", None).await;
    assert!(finish(&vendor, &other, theirs.clone()).await.unwrap_err().contains("Another person"));
    // It was used up by the attempt.
    assert!(finish(&vendor, &caller, theirs).await.is_err());

    let mut wrong_code = vendor.consent("allow", None).await;
    wrong_code.insert("code".to_owned(), "4/0nonsense".to_owned());
    let page = finish(&vendor, &caller, wrong_code).await.unwrap();
    assert!(page.contains("/data/connect/google_ads?") && page.contains("error="), "{page}");
    assert_eq!(connections(&vendor).await, 1);
    assert_eq!(vendor.world.number("SELECT count(*) FROM consents").await, 0);
}

#[tokio::test]
async fn another_workspace_sees_nothing_of_it() {
    let (vendor, connection) = Vendor::connected().await;
    let other: i32 = sqlx::query_scalar(
        "INSERT INTO workspaces (slug, name, currency, time_zone, created_at)
         VALUES ('two', 'Two', 'USD', 'UTC', now()) RETURNING id",
    )
    .fetch_one(vendor.world.db.pool())
    .await
    .unwrap();
    let stranger = model::access::Member {
        workspace: model::ids::WorkspaceId(other),
        role: Role::Admin,
        ..vendor.member().clone()
    };
    let pipeline = &vendor.world.pipeline;
    assert!(pipeline.list(&stranger).await.unwrap().is_empty());
    assert_eq!(pipeline.detail(&stranger, connection).await.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(pipeline.discover(&stranger, connection).await.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(pipeline.sync_now(&stranger, connection).await.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(pipeline.disconnect(&stranger, connection, true).await.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(connections(&vendor).await, 1);
}
