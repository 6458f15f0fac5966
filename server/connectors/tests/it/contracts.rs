//! All recordings beside the repository, for all connectors that exist: exact values, outcomes and exit codes.

use crate::server::Server;
use crate::support::{Outcome, Read, accounts};
use metrics::Metric;
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The recordings of a platform; none, and says so, where there are none.
pub fn recordings(slug: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contracts").join(slug);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: there are no recordings of {slug} at ../shared/contracts beside the repository");
    None
}

fn json(file: &Path) -> Value {
    let text =
        std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{} can't be read: {e}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{} is no JSON: {e}", file.display()))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is missing in {value}"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn settings(value: &Value) -> Vec<String> {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(k, v)| format!("{k}={}", v.as_str().map_or_else(|| v.to_string(), str::to_owned))).collect()
}

/// One platform's recordings and what has to come of them.
struct Contract<'a> {
    slug: &'a str,
    folder: &'a Path,
    notes: Value,
    /// Settings on top of those of the recordings.
    more: &'a [String],
}

impl<'a> Contract<'a> {
    fn new(slug: &'a str, folder: &'a Path, more: &'a [String]) -> Self {
        Self { slug, folder, notes: json(&folder.join("expected_notes.json")), more }
    }

    /// What a reading or a scenario asks for. One without days of its own has those of the main flow.
    fn read(&self, request: &Value, account: &str) -> Read {
        let day = |key: &str| {
            let own = request[key].as_str();
            own.unwrap_or_else(|| text(&list(&self.notes, "read")[0], key)).to_owned()
        };
        let mut read = Read::new(account, &day("since"), &day("until"));
        self.slug.clone_into(&mut read.slug);
        text(&self.notes, "as_of").clone_into(&mut read.now);
        read.streams = list(request, "streams").iter().map(|s| s.as_str().unwrap().to_owned()).collect();
        read.settings = settings(&self.notes["settings"]);
        for extra in settings(&request["settings"]).into_iter().chain(self.more.iter().cloned()) {
            let name = extra.split('=').next().unwrap().to_owned() + "=";
            read.settings.retain(|s| !s.starts_with(&name));
            read.settings.push(extra);
        }
        for (name, value) in request["credentials"].as_object().into_iter().flatten() {
            read.credentials[name] = value.clone();
        }
        read
    }

    /// Reads the account that is named, or else the first that is found. Gives the account, too.
    async fn run(&self, server: &Server, request: &Value) -> (String, Outcome) {
        let account = match request["account"].as_str() {
            Some(named) => named.to_owned(),
            None => {
                let read = self.read(request, "unknown");
                let found = accounts(server, self.slug, &read.credentials, &read.settings, &read.now).await;
                found.of("account").first().map_or_else(|| "unknown".to_owned(), |a| text(a, "id").to_owned())
            }
        };
        let outcome = self.read(request, &account).run(server).await;
        (account, outcome)
    }

    async fn check_values(&self) {
        let expected = json(&self.folder.join("expected.json"));
        let mut unread: Vec<&Value> = expected.as_array().unwrap().iter().collect();
        for request in list(&self.notes, "read") {
            let server = Server::replay(self.folder).await;
            let (account, outcome) = self.run(&server, request).await;
            let place = format!("{} {account}", self.slug);
            assert_eq!(outcome.code, 0, "{place}: {}", outcome.words);
            assert!(server.unmatched().is_empty(), "{place}: {:?}", server.unmatched());
            check_sound(self.slug, &outcome, &place);
            // Rows that name no account belong to the only one.
            let is_own = |row: &Value| row.get("account").is_none_or(|a| *a == account);
            unread
                .iter()
                .filter(|row| is_own(row))
                .for_each(|row| check_row(row, &account, &outcome, &place));
            unread.retain(|row| !is_own(row));
        }
        assert!(unread.is_empty(), "{}: nothing reads {unread:?}", self.slug);
    }

    async fn check_scenarios(&self) {
        for scenario in list(&self.notes, "scenarios") {
            // Those that name nothing of their own happen on the way of the main flow.
            let names = ["account", "folder", "settings", "credentials"];
            if names.iter().all(|name| scenario.get(name).is_none()) {
                continue;
            }
            let folder = scenario["folder"].as_str().map(|f| self.folder.join(f));
            let server = Server::replay(folder.as_deref().unwrap_or(self.folder)).await;
            let (account, outcome) = self.run(&server, scenario).await;
            let place = format!("{} {account}: {}", self.slug, text(scenario, "what happens"));
            let exit = scenario["exit"].as_u64().unwrap_or(0);
            assert_eq!(u64::from(outcome.code), exit, "{place}: {}", outcome.words);
            assert!(server.unmatched().is_empty(), "{place}: {:?}", server.unmatched());
            check_sound(self.slug, &outcome, &place);
            let Some(rows) = scenario["rows"].as_array() else { continue };
            rows.iter().for_each(|row| check_row(row, &account, &outcome, &place));
            if rows.is_empty() {
                assert!(outcome.metrics().is_empty(), "{place}: {:?}", outcome.metrics());
            }
        }
    }
}

/// The figure that a row of the expectations names must be there, once at least, and never with another value.
fn check_row(expected: &Value, account: &str, outcome: &Outcome, place: &str) {
    let found: Vec<_> = outcome
        .metrics()
        .into_iter()
        .filter(|l| {
            l["entity"] == expected["entity"]
                && l["entity_kind"] == expected["entity_type"]
                && l["date"] == expected["date"]
                && l["metric"] == expected["metric"]
                && l["account"] == account
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

/// What holds for every platform: a key has one value, and a stream's metrics are of its family.
fn check_sound(slug: &str, outcome: &Outcome, place: &str) {
    let connector = connectors::find(slug).unwrap();
    let mut values: BTreeMap<String, &str> = BTreeMap::new();
    for line in outcome.metrics() {
        let stream = connector.stream(text(line, "stream")).unwrap();
        let metric = Metric::from_name(text(line, "metric")).unwrap();
        assert!(
            stream.holds(metric),
            "{place}: {} has no place among the facts of {}",
            metric.name(),
            stream.name
        );
        let key = ["account", "entity_kind", "entity", "date", "hour", "metric", "breakdown"];
        let key = key.map(|name| line.get(name).map(ToString::to_string).unwrap_or_default()).join("|");
        let value = text(line, "value");
        let known = *values.entry(key).or_insert(value);
        assert_eq!(known, value, "{place}: two values for {line}");
    }
}

/// Compares everything of one platform.
pub async fn check_platform(slug: &str, more: &[String]) {
    let Some(folder) = recordings(slug) else { return };
    let contract = Contract::new(slug, &folder, more);
    contract.check_values().await;
    contract.check_scenarios().await;
}

#[tokio::test]
async fn all_recordings_end_in_their_values_and_exit_codes() {
    for connector in connectors::all() {
        check_platform(connector.slug(), &[]).await;
    }
}
