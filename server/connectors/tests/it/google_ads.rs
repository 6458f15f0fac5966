//! What the recordings of Google Ads show beyond values: both ways of asking, managers, and words for people.

use crate::contracts::{check_platform, recordings};
use crate::server::Server;
use crate::support::{Read, accounts, credentials};

#[tokio::test]
async fn streams_as_well_as_it_pages() {
    check_platform("google_ads", &["method=searchStream".to_owned()]).await;
}

#[tokio::test]
async fn discovery_gives_exactly_two_accounts() {
    let Some(folder) = recordings("google_ads") else { return };
    for method in ["search", "searchStream"] {
        let server = Server::replay(&folder).await;
        let settings = [format!("method={method}")];
        let outcome = accounts(&server, "google_ads", &credentials(), &settings, "2026-09-04").await;
        assert_eq!(outcome.code, 0, "{}", outcome.words);
        assert_eq!(
            outcome.lines,
            [
                serde_json::json!({"record": "account", "id": "1234567890", "name": "Acme US", "currency": "USD",
                                   "time_zone": "America/New_York"}),
                serde_json::json!({"record": "account", "id": "123321321", "name": "Acme PL", "currency": "PLN",
                                   "time_zone": "Europe/Warsaw"}),
            ]
        );
    }
}

#[tokio::test]
async fn goes_through_the_manager_only_where_it_must() {
    let Some(folder) = recordings("google_ads") else { return };
    for (account, manager) in [("1234567890", Some("1111111111")), ("123321321", None)] {
        let server = Server::replay(&folder).await;
        let mut read = Read::new(account, "2026-09-01", "2026-09-03");
        read.streams.push("account_daily".into());
        read.run(&server).await;
        let last = server.calls().pop().unwrap();
        assert_eq!(last.header("login-customer-id"), manager, "{account}");
        assert_eq!(last.header("developer-token"), Some("dev"));
    }
}

#[tokio::test]
async fn says_until_when_and_what_to_change() {
    let Some(folder) = recordings("google_ads") else { return };
    let run = async |account: &str, version: &str| {
        let server = Server::replay(&folder).await;
        let read = Read::new(account, "2026-09-01", "2026-09-03").setting("api_version", version);
        (read.run(&server).await, server)
    };
    let (quota, server) = run("9000000429", "v25").await;
    assert!(quota.words.contains("2026-09-04T23:16:31Z"), "{}", quota.words);
    let asked = server.calls().iter().filter(|c| c.path.contains("9000000429")).count();
    assert_eq!(asked, 1, "a spent quota is not asked again");

    let (manager, _) = run("1111111111", "v25").await;
    assert!(manager.words.contains("is a manager account"), "{}", manager.words);

    let (sunset, _) = run("1234567890", "v21").await;
    assert!(sunset.words.contains("Set api_version"), "{}", sunset.words);

    let (denied, _) = run("9000000403", "v25").await;
    let warnings = denied.warnings().join("\n");
    assert!(warnings.contains("9000000403") && warnings.contains("doesn't have permission"), "{warnings}");
}
