//! Every connector against its stand-in: all of its streams are read, and the same faults end in the same way
//! for all of them. There are no special cases here: who fails has something to mend.

use crate::support::{Outcome, Read, accounts_at};
use serde_json::{Map, Value};
use simulator::clock::SimClock;
use simulator::faults::FaultJson;
use simulator::vendor::Access;
use simulator::{SECOND_DOORS, SimulatorOptions, SimulatorState, VENDORS, Vendor};
use std::collections::BTreeSet;
use std::sync::Mutex;

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
    async fn new(vendor: &'static Vendor, access: fn(&SimulatorState) -> Access) -> Self {
        let state = SimulatorState::new(SimulatorOptions::default(), SimClock::frozen(NOW.parse().unwrap()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/{}", listener.local_addr().unwrap(), vendor.slug);
        tokio::spawn(simulator::serve(listener, state.clone(), std::future::pending()));
        let access = access(&state);
        let credentials: Map<String, Value> =
            access.credentials.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let settings = access.settings.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        Self { vendor, state, address, credentials: credentials.into(), settings }
    }

    fn happens(&self, kind: &str, times: u32) {
        self.happens_at(kind, None, times);
    }

    fn happens_at(&self, kind: &str, path: Option<String>, times: u32) {
        let fault = FaultJson { kind: kind.to_owned(), path, times: Some(times), ..FaultJson::default() };
        self.state.let_happen(vec![fault.parse().unwrap()]);
    }

    /// What the paths that bring figures have in common and others have not: where `read` calls most often.
    async fn busiest_path(&self, account: &str) -> Option<String> {
        let before = self.state.calls_so_far();
        self.read(account, 10).await;
        let calls = self.state.calls_so_far().into_iter();
        let new = calls.map(|(path, count)| (count - before.get(&path).copied().unwrap_or(0), path));
        let (_, path) = new.max()?;
        let below = path.strip_prefix(&format!("/{}", self.vendor.slug))?;
        below.split("{id}").max_by_key(|part| part.len()).map(str::to_owned)
    }

    async fn accounts(&self) -> Outcome {
        accounts_at(&self.address, self.vendor.slug, &self.credentials, &self.settings, NOW).await
    }

    /// Reads an account's last days with all streams.
    async fn read(&self, account: &str, days: u64) -> Outcome {
        // The clock stands still, and what one reading used up is not what the next one is about.
        self.state.reopen_quotas();
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

    async fn all_accounts(&self) -> Vec<Value> {
        let found = self.accounts().await;
        assert_eq!(found.code, 0, "{}: {}", self.vendor.slug, found.words);
        let all: Vec<_> = found.of("account").into_iter().cloned().collect();
        assert!(!all.is_empty(), "{}: no account", self.vendor.slug);
        all
    }

    /// The first account that handles money, and the first that does not: a platform's ads and its pages.
    async fn one_of_each_kind(&self) -> Vec<String> {
        let all = self.all_accounts().await;
        let first = |has_money: bool| all.iter().find(|account| account["currency"].is_null() != has_money);
        [first(true), first(false)].into_iter().flatten().map(id_of).collect()
    }
}

fn id_of(account: &Value) -> String {
    account["id"].as_str().unwrap().to_owned()
}

/// Runs a check for each way into each vendor on its own and names all that fail.
async fn for_each_door<F: Future<Output = Result<(), String>> + Send + 'static>(check: fn(Stand) -> F) {
    let only = std::env::var("VENDOR").ok();
    let mut wrong = Vec::new();
    let doors = VENDORS.iter().map(|vendor| (*vendor, vendor.access)).chain(SECOND_DOORS.iter().copied());
    for (vendor, access) in doors.filter(|(vendor, _)| only.as_deref().is_none_or(|slug| slug == vendor.slug))
    {
        let run = tokio::spawn(check(Stand::new(vendor, access).await));
        match run.await {
            Ok(Ok(())) => {}
            Ok(Err(message)) => wrong.push(format!("{}: {message}", vendor.slug)),
            Err(panic) => wrong.push(format!("{}: {panic}", vendor.slug)),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Ordinary streams that no account of a vendor brought anything from, whatever the way in.
fn silent(seen: &BTreeSet<(&'static str, String)>) -> Vec<String> {
    let vendors: BTreeSet<_> = seen.iter().map(|(slug, _)| *slug).collect();
    let streams = vendors.into_iter().flat_map(|slug| {
        let streams = connectors::find(slug).unwrap().streams().iter();
        streams.filter(|stream| stream.is_ordinary).map(move |stream| (slug, stream.name.to_owned()))
    });
    streams
        .filter(|key| !seen.contains(key))
        .map(|(slug, name)| format!("{slug}: nothing from {name}"))
        .collect()
}

#[tokio::test]
async fn every_stream_of_every_platform_is_read() {
    static SEEN: Mutex<BTreeSet<(&str, String)>> = Mutex::new(BTreeSet::new());
    for_each_door(|stand| async move {
        SEEN.lock().unwrap().insert((stand.vendor.slug, String::new()));
        for account in stand.one_of_each_kind().await {
            let outcome = stand.read(&account, 30).await;
            if outcome.code != 0 {
                return Err(format!("exit {}: {}", outcome.code, outcome.words));
            }
            let warnings = outcome.warnings();
            if !warnings.is_empty() {
                return Err(format!("warnings: {warnings:#?}"));
            }
            let names = outcome.lines.iter().filter_map(|line| line["stream"].as_str());
            SEEN.lock().unwrap().extend(names.map(|name| (stand.vendor.slug, name.to_owned())));
        }
        Ok(())
    })
    .await;
    let silent = silent(&SEEN.lock().unwrap());
    assert!(silent.is_empty(), "{silent:#?}");
}

#[tokio::test]
async fn what_passes_changes_no_figure() {
    for_each_door(|stand| async move {
        for account in stand.one_of_each_kind().await {
            let calm = stand.read(&account, 10).await.figures();
            for path in [None, stand.busiest_path(&account).await] {
                for kind in [
                    "throttle_short",
                    "http_500",
                    "cut_body",
                    "truncated_json",
                    "html_error",
                    "unknown_field",
                ] {
                    stand.happens_at(kind, path.clone(), 1);
                    let outcome = stand.read(&account, 10).await;
                    stand.state.forget_faults();
                    if outcome.code != 0 || outcome.figures() != calm {
                        let figures = outcome.figures().len();
                        return Err(format!(
                            "{account}, {kind} at {path:?}: exit {}, {figures} figures, {} without: {}",
                            outcome.code,
                            calm.len(),
                            outcome.words
                        ));
                    }
                }
            }
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_stays_is_named_for_what_it_is() {
    for_each_door(|stand| async move {
        let accounts = stand.one_of_each_kind().await;
        for account in &accounts {
            // A quota that comes back in two hours, and a vendor that is down.
            for (kind, exit) in [("quota_daily", 4), ("http_500", 6), ("html_error", 6)] {
                stand.happens(kind, 0);
                let outcome = stand.read(account, 3).await;
                stand.state.forget_faults();
                if outcome.code != exit {
                    let code = outcome.code;
                    return Err(format!(
                        "{account}, {kind}: exit {code} instead of {exit}: {}",
                        outcome.words
                    ));
                }
            }
        }
        // Access that was withdrawn.
        stand.happens("revoke", 1);
        for account in &accounts {
            let outcome = stand.read(account, 3).await;
            if outcome.code != 3 {
                let code = outcome.code;
                return Err(format!("{account}, revoke: exit {code} instead of 3: {}", outcome.words));
            }
        }
        Ok(())
    })
    .await;
}
