//! The simulator of the vendors inside this process, for demo data.

use crate::lifecycle::Lifecycle;
use async_trait::async_trait;
use model::clock::Clock;
use pipeline::{DemoOrigin, DemoPlatform, DemoSource};
use simulator::clock::SimClock;
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

/// Starts when somebody needs it, and stops with the server.
pub struct Simulator {
    clock: Clock,
    speed: u32,
    lifecycle: Lifecycle,
    origin: OnceCell<DemoOrigin>,
}

impl Simulator {
    /// Not started yet. `speed`: how much faster than real time its clock runs.
    pub fn new(clock: Clock, speed: u32, lifecycle: Lifecycle) -> Self {
        Self { clock, speed, lifecycle, origin: OnceCell::new() }
    }

    async fn start(&self) -> Result<DemoOrigin, String> {
        let clock = self.clock.clone();
        let sim_clock = SimClock::real_time(move || clock.now());
        sim_clock.set_speed(f64::from(self.speed)).map_err(|e| e.to_string())?;
        let options = SimulatorOptions::default();
        let rates_csv = simulator::rates::csv(options.world.seed, sim_clock.now()).into_bytes();
        let state = SimulatorState::new(options, sim_clock);
        let listener =
            TcpListener::bind("127.0.0.1:0").await.map_err(|e| format!("no port for the simulator: {e}"))?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let platforms = simulator::VENDORS.iter().map(|vendor| platform(vendor, &state, address)).collect();
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
        Ok(DemoOrigin { platforms, rates_csv })
    }
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
