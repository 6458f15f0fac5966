//! Every connector against its stand-in: all of its streams are read, and the same faults end in the same way
//! for all of them. There are no special cases here: who fails has something to mend.

use crate::support::{Outcome, Read, accounts_at};
use serde_json::{Map, Value};
use simulator::clock::SimClock;
use simulator::faults::FaultJson;
use simulator::{SimulatorOptions, SimulatorState, VENDORS, Vendor};

/// The moment of all readings, in real and in simulated time.
const NOW: &str = "2026-11-22T12:00:00Z";

/// A simulator of its own on loopback, and what a client of one vendor needs.
struct Stand {
    vendor: &'static Vendor,
    state: SimulatorState,
    address: String,
    credentials: Value,
    settings: Vec<String>,
}

impl Stand {
    async fn new(vendor: &'static Vendor) -> Self {
        let state = SimulatorState::new(SimulatorOptions::default(), SimClock::frozen(NOW.parse().unwrap()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/{}", listener.local_addr().unwrap(), vendor.slug);
        tokio::spawn(simulator::serve(listener, state.clone(), std::future::pending()));
        let access = (vendor.access)(&state);
        let credentials: Map<String, Value> =
            access.credentials.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let settings = access.settings.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        Self { vendor, state, address, credentials: credentials.into(), settings }
    }

    fn happens(&self, kind: &str, times: u32) {
        let fault = FaultJson { kind: kind.to_owned(), times: Some(times), ..FaultJson::default() };
        self.state.let_happen(vec![fault.parse().unwrap()]);
    }

    async fn accounts(&self) -> Outcome {
        accounts_at(&self.address, self.vendor.slug, &self.credentials, &self.settings, NOW).await
    }

    /// Reads an account's last days with all streams.
    async fn read(&self, account: &str, days: u64) -> Outcome {
        let now: chrono::DateTime<chrono::Utc> = NOW.parse().unwrap();
        let until = now.date_naive();
        let since = until - chrono::Days::new(days - 1);
        let mut read = Read::new(account, &since.to_string(), &until.to_string());
        self.vendor.slug.clone_into(&mut read.slug);
        read.settings = self.settings.clone();
        read.credentials = self.credentials.clone();
        NOW.clone_into(&mut read.now);
        read.run_at(&self.address).await
    }

    async fn first_account(&self) -> String {
        let found = self.accounts().await;
        assert_eq!(found.code, 0, "{}: {}", self.vendor.slug, found.words);
        let first = found.of("account").first().map(|account| account["id"].as_str().unwrap().to_owned());
        first.unwrap_or_else(|| panic!("{}: no account", self.vendor.slug))
    }
}

/// Runs a check for each vendor on its own and names all that fail.
async fn for_each_vendor<F: Future<Output = Result<(), String>> + Send + 'static>(check: fn(Stand) -> F) {
    let only = std::env::var("VENDOR").ok();
    let mut wrong = Vec::new();
    for vendor in VENDORS.iter().filter(|vendor| only.as_deref().is_none_or(|slug| slug == vendor.slug)) {
        let run = tokio::spawn(check(Stand::new(vendor).await));
        match run.await {
            Ok(Ok(())) => {}
            Ok(Err(message)) => wrong.push(format!("{}: {message}", vendor.slug)),
            Err(panic) => wrong.push(format!("{}: {panic}", vendor.slug)),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_stream_of_every_platform_is_read() {
    for_each_vendor(|stand| async move {
        let account = stand.first_account().await;
        let outcome = stand.read(&account, 30).await;
        if outcome.code != 0 {
            return Err(format!("exit {}: {}", outcome.code, outcome.words));
        }
        let connector = connectors::find(stand.vendor.slug).unwrap();
        let has = |name: &str| outcome.lines.iter().any(|line| line["stream"] == name);
        let silent: Vec<_> = connector
            .streams()
            .iter()
            .filter(|stream| stream.is_ordinary && !has(stream.name))
            .map(|stream| stream.name)
            .collect();
        let warnings = outcome.warnings();
        if silent.is_empty() && warnings.is_empty() {
            return Ok(());
        }
        Err(format!("nothing from {silent:?}; warnings: {warnings:#?}"))
    })
    .await;
}

#[tokio::test]
async fn what_passes_changes_no_figure() {
    for_each_vendor(|stand| async move {
        let account = stand.first_account().await;
        let calm = stand.read(&account, 10).await.figures();
        for kind in
            ["throttle_short", "http_500", "cut_body", "truncated_json", "html_error", "unknown_field"]
        {
            stand.happens(kind, 1);
            let outcome = stand.read(&account, 10).await;
            stand.state.forget_faults();
            if outcome.code != 0 || outcome.figures() != calm {
                let figures = outcome.figures().len();
                return Err(format!(
                    "{kind}: exit {}, {figures} figures, {} without: {}",
                    outcome.code,
                    calm.len(),
                    outcome.words
                ));
            }
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_stays_is_named_for_what_it_is() {
    for_each_vendor(|stand| async move {
        let account = stand.first_account().await;
        // A quota that comes back in two hours, a vendor that is down, and access that was withdrawn.
        for (kind, exit) in [("quota_daily", 4), ("http_500", 6), ("html_error", 6)] {
            stand.happens(kind, 0);
            let outcome = stand.read(&account, 3).await;
            stand.state.forget_faults();
            if outcome.code != exit {
                return Err(format!("{kind}: exit {} instead of {exit}: {}", outcome.code, outcome.words));
            }
        }
        stand.happens("revoke", 1);
        let outcome = stand.read(&account, 3).await;
        if outcome.code != 3 {
            return Err(format!("revoke: exit {} instead of 3: {}", outcome.code, outcome.words));
        }
        Ok(())
    })
    .await;
}
