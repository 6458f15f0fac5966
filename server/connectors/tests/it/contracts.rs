//! All recordings beside the repository, for all connectors that exist: exact values, outcomes and exit codes.

use crate::server::Server;
use crate::support::{Outcome, Read, accounts, credentials};
use rust_decimal::Decimal;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn contracts() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contracts");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: there are no recordings at ../shared/contracts beside the repository");
    None
}

fn json(file: &Path) -> Option<Value> {
    std::fs::read_to_string(file).ok().map(|text| serde_json::from_str(&text).unwrap())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is missing in {value}"))
}

fn settings(value: &Value) -> Vec<String> {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(k, v)| format!("{k}={}", v.as_str().map_or_else(|| v.to_string(), str::to_owned))).collect()
}

/// The figure that a row of the expectations names must be there, once at least, and never with another value.
fn check_row(expected: &Value, outcome: &Outcome, place: &str) {
    let found: Vec<_> = outcome
        .metrics()
        .into_iter()
        .filter(|l| {
            l["entity"] == expected["entity"]
                && l["entity_kind"] == expected["entity_type"]
                && l["date"] == expected["date"]
                && l["metric"] == expected["metric"]
                && l["account"] == expected["account"]
                && l.get("breakdown").is_none()
        })
        .collect();
    assert!(!found.is_empty(), "{place}: missing {expected}\n{}", outcome.words);
    for line in found {
        let wanted: Decimal = expected["value"].to_string().parse().unwrap();
        let got: Decimal = text(line, "value").parse().unwrap();
        assert_eq!(got, wanted, "{place}: {expected}");
        assert_eq!(line.get("currency"), expected.get("currency"), "{place}: {expected}");
    }
}

fn read(slug: &str, notes: &Value, request: &Value, account: &str, more: &[String]) -> Read {
    // A scenario without days of its own has those of the main flow.
    let day = |key: &str| request[key].as_str().unwrap_or_else(|| text(&notes["read"][0], key)).to_owned();
    let mut read = Read::new(account, &day("since"), &day("until"));
    slug.clone_into(&mut read.slug);
    text(notes, "as_of").clone_into(&mut read.now);
    read.settings = settings(&notes["settings"]);
    for extra in settings(&request["settings"]).into_iter().chain(more.iter().cloned()) {
        let name = extra.split('=').next().unwrap().to_owned() + "=";
        read.settings.retain(|s| !s.starts_with(&name));
        read.settings.push(extra);
    }
    for (name, value) in request["credentials"].as_object().into_iter().flatten() {
        read.credentials[name] = value.clone();
    }
    read
}

/// The account that is named, or else the one that is found.
async fn account(slug: &str, notes: &Value, request: &Value, server: &Server) -> String {
    if let Some(named) = request["account"].as_str() {
        return named.to_owned();
    }
    let settings = settings(&notes["settings"]);
    let found = accounts(server, slug, &credentials(), &settings, text(notes, "as_of")).await;
    found.of("account").first().map_or_else(|| "unknown".to_owned(), |a| text(a, "id").to_owned())
}

async fn check_platform(slug: &str, folder: &Path, more: &[String]) {
    let notes = json(&folder.join("expected_notes.json")).unwrap();
    let expected = json(&folder.join("expected.json")).unwrap();
    for request in notes["read"].as_array().unwrap() {
        let server = Server::replay(folder).await;
        let account = account(slug, &notes, request, &server).await;
        let outcome = read(slug, &notes, request, &account, more).run(&server).await;
        let place = format!("{slug} {account}");
        assert_eq!(outcome.code, 0, "{place}: {}", outcome.words);
        assert!(server.unmatched().is_empty(), "{place}: {:?}", server.unmatched());
        let rows = expected.as_array().unwrap().iter().filter(|r| r["account"] == account);
        let mut count = 0;
        for row in rows {
            check_row(row, &outcome, &place);
            count += 1;
        }
        assert!(count > 0, "{place}: nothing is expected");
    }
    for scenario in notes["scenarios"].as_array().unwrap() {
        // Those that name nothing of their own happen on the way of the main flow.
        let names = ["account", "folder", "settings", "credentials"];
        if names.iter().all(|name| scenario.get(name).is_none()) {
            continue;
        }
        let folder = scenario["folder"].as_str().map_or_else(|| folder.to_owned(), |f| folder.join(f));
        let server = Server::replay(&folder).await;
        let account = account(slug, &notes, scenario, &server).await;
        let outcome = read(slug, &notes, scenario, &account, more).run(&server).await;
        let place = format!("{slug} {account}: {}", text(scenario, "what happens"));
        let exit = scenario["exit"].as_u64().unwrap_or(0);
        assert_eq!(u64::from(outcome.code), exit, "{place}: {}", outcome.words);
        assert!(server.unmatched().is_empty(), "{place}: {:?}", server.unmatched());
        let Some(rows) = scenario["rows"].as_array() else { continue };
        for row in rows {
            check_row(row, &outcome, &place);
        }
        if rows.is_empty() {
            assert!(outcome.metrics().is_empty(), "{place}: {:?}", outcome.metrics());
        }
    }
}

#[tokio::test]
async fn all_recordings_end_in_their_values_and_exit_codes() {
    let Some(contracts) = contracts() else { return };
    for connector in connectors::all() {
        check_platform(connector.slug(), &contracts.join(connector.slug()), &[]).await;
    }
}

#[tokio::test]
async fn google_ads_streams_as_well_as_it_pages() {
    let Some(contracts) = contracts() else { return };
    check_platform("google_ads", &contracts.join("google_ads"), &["method=searchStream".to_owned()]).await;
}

#[tokio::test]
async fn google_ads_discovery_gives_exactly_two_accounts() {
    let Some(contracts) = contracts() else { return };
    let folder = contracts.join("google_ads");
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
async fn google_ads_goes_through_the_manager_only_where_it_must() {
    let Some(contracts) = contracts() else { return };
    let folder = contracts.join("google_ads");
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
async fn google_ads_says_until_when_and_what_to_change() {
    let Some(contracts) = contracts() else { return };
    let folder = contracts.join("google_ads");
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
