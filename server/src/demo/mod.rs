//! The simulator of the vendors inside this process, for demo data.

mod mapping;

use crate::config::Config;
use crate::lifecycle::Lifecycle;
use async_trait::async_trait;
use model::clock::Clock;
use pipeline::{DemoOrigin, DemoPlatform, DemoSource, STAND_IN_HASTE};
use simulator::clock::SimClock;
use simulator::faults::{Fault, FaultKind};
use simulator::{SimulatorOptions, SimulatorState, Vendor};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::OnceCell;

/// Platforms whose figures move while one looks.
const LIVELY: &[&str] = &["google_ads"];
/// Seconds between two of their runs, so that an open page is seen to live.
const LIVELY_SECONDS: i32 = 20;
/// Seconds between two runs of the others: twenty platforms share a small machine.
const QUIET_SECONDS: i32 = 900;

/// The platform whose consent ends in the demo, and the one whose quota does.
const ENDED: &str = "linkedin";
const USED_UP: &str = "x";
/// Calls that both answer before: enough for the newest weeks.
const CALLS_BEFORE: u32 = 60;
/// Six hours.
const QUOTA_SECONDS: u64 = 21_600;

/// Starts when somebody needs it, and stops with the server.
pub struct Simulator {
    clock: Clock,
    speed: u32,
    platforms: Option<Vec<String>>,
    fault_rate: f64,
    lifecycle: Lifecycle,
    origin: OnceCell<DemoOrigin>,
}

impl Simulator {
    /// Not started yet.
    pub fn new(config: &Config, lifecycle: Lifecycle) -> Self {
        Self {
            clock: config.clock.clone(),
            speed: config.demo_speed,
            platforms: config.demo_platforms.clone(),
            fault_rate: config.demo_faults,
            lifecycle,
            origin: OnceCell::new(),
        }
    }

    fn vendors(&self) -> impl Iterator<Item = &'static Vendor> {
        let wanted = |vendor: &&'static Vendor| {
            self.platforms.as_ref().is_none_or(|slugs| slugs.iter().any(|slug| slug == vendor.slug))
        };
        simulator::VENDORS.iter().copied().filter(wanted)
    }

    async fn start(&self) -> Result<DemoOrigin, String> {
        let clock = self.clock.clone();
        let sim_clock = SimClock::real_time(move || clock.now());
        sim_clock.set_speed(f64::from(self.speed)).map_err(|e| e.to_string())?;
        let options = SimulatorOptions {
            fault_rate: self.fault_rate,
            generosity: STAND_IN_HASTE.into(),
            ..SimulatorOptions::default()
        };
        let rates_csv = simulator::rates::csv(options.world.seed, sim_clock.now()).into_bytes();
        let state = SimulatorState::new(options, sim_clock);
        let mapping = mapping::rules(state.world());
        let listener =
            TcpListener::bind("127.0.0.1:0").await.map_err(|e| format!("no port for the simulator: {e}"))?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let platforms = self.vendors().map(|vendor| platform(vendor, &state, address)).collect();
        state.let_happen(planted());
        let stop = self.lifecycle.hard.clone();
        let soft = self.lifecycle.soft.clone();
        let tasks = self.lifecycle.tasks.clone();
        tokio::spawn(async move {
            // It outlives the soft stop, so that slices under way can finish; it ends with the last of them.
            let end = async move {
                soft.cancelled().await;
                tokio::select! {
                    () = tasks.wait() => {}
                    () = stop.cancelled() => {}
                }
            };
            if let Err(error) = simulator::serve(listener, state, end).await {
                tracing::error!(%error, "the simulator stopped");
            }
        });
        tracing::info!(%address, "the simulator of the vendors is up");
        Ok(DemoOrigin { platforms, rates_csv, mapping })
    }
}

/// What the demo shows beside connections that work: a consent that ended (a new one mends it), and a quota that is
/// used up for some hours.
fn planted() -> Vec<Fault> {
    let fault = |vendor: &str, kind, after| Fault {
        kind,
        vendor: Some(vendor.to_owned()),
        path: None,
        customer: None,
        after,
        left: None,
    };
    vec![
        fault(ENDED, FaultKind::Unauthenticated, CALLS_BEFORE),
        fault(USED_UP, FaultKind::QuotaDaily(QUOTA_SECONDS), CALLS_BEFORE),
    ]
}

/// How the demo connects one of the simulator's platforms.
fn platform(vendor: &Vendor, state: &SimulatorState, address: SocketAddr) -> DemoPlatform {
    let access = (vendor.access)(state);
    let owned = |pairs: Vec<(&'static str, String)>| {
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>()
    };
    let every_seconds = if LIVELY.contains(&vendor.slug) { LIVELY_SECONDS } else { QUIET_SECONDS };
    DemoPlatform {
        slug: vendor.slug.to_owned(),
        base_url: format!("http://{address}/{}", vendor.slug),
        credentials: owned(access.credentials),
        settings: owned(access.settings),
        every_seconds,
    }
}

#[async_trait]
impl DemoSource for Simulator {
    async fn origin(&self) -> Result<DemoOrigin, String> {
        self.origin.get_or_try_init(|| self.start()).await.cloned()
    }
}
