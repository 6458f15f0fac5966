//! What one simulator knows: its world, its clock, and what clients have done to it.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::SimClock;
use crate::faults::Faults;
use crate::google_ads::errors::ApiError;
use crate::google_ads::usage::{Limits, Usage};
use crate::memo::Memo;
use crate::oauth;
use crate::oauth::grants::Grants;
use crate::quota::{Left, Quota, Wait, Windows};
use crate::world::World;
use crate::world::config::WorldConfig;
use crate::world::noise::Noise;

/// How a simulator behaves.
#[derive(Debug, Clone)]
pub struct SimulatorOptions {
    /// Size and seed of the world.
    pub world: WorldConfig,
    /// Quotas.
    pub limits: Limits,
    /// Share of API calls (0 to 1) that fail for a moment: half with a 500, half with a connection that is cut.
    pub fault_rate: f64,
    /// How many times as many calls as the vendors allow are allowed here. The demo reads a year of twenty platforms
    /// while somebody waits.
    pub generosity: u64,
    /// API versions of Google Ads that still answer.
    pub api_versions: RangeInclusive<u32>,
}

impl Default for SimulatorOptions {
    /// The demo's world, basic access quotas, no random faults, v22 to v26.
    fn default() -> Self {
        Self {
            world: WorldConfig::default(),
            limits: Limits::default(),
            fault_rate: 0.0,
            generosity: 1,
            api_versions: 22..=26,
        }
    }
}

/// A simulator. Clones share everything.
#[derive(Clone)]
pub struct SimulatorState(Arc<Inner>);

struct Inner {
    world: Arc<World>,
    clock: SimClock,
    options: SimulatorOptions,
    grants: Mutex<BTreeMap<&'static str, Grants>>,
    windows: Mutex<Windows>,
    memo: Mutex<Memo>,
    faults: Mutex<Faults>,
    usage: Mutex<Usage>,
    jobs: Mutex<Vec<Job>>,
    calls: Mutex<BTreeMap<String, u64>>,
    requests: AtomicU64,
}

/// A report that is made while its client waits.
struct Job {
    vendor: &'static str,
    params: Params,
    looks: u32,
}

/// Parameters of a call.
type Params = Vec<(String, String)>;

impl SimulatorState {
    /// Builds the world as of the clock's simulated day.
    pub fn new(options: SimulatorOptions, clock: SimClock) -> Self {
        let world = World::new(options.world.clone(), clock.now().date_naive());
        Self(Arc::new(Inner {
            world: Arc::new(world),
            grants: Mutex::default(),
            windows: Mutex::default(),
            memo: Mutex::default(),
            clock,
            options,
            faults: Mutex::default(),
            usage: Mutex::default(),
            jobs: Mutex::default(),
            calls: Mutex::default(),
            requests: AtomicU64::new(0),
        }))
    }

    /// The generated world.
    pub fn world(&self) -> &Arc<World> {
        &self.0.world
    }

    /// The clock.
    pub fn clock(&self) -> &SimClock {
        &self.0.clock
    }

    /// How this simulator was set up.
    pub fn options(&self) -> &SimulatorOptions {
        &self.0.options
    }

    /// Makes a refresh token as the consent page would, for the demo loader and tests.
    ///
    /// It stays valid when the simulator is started again with the same seed.
    pub fn issue_refresh_token(&self) -> String {
        self.issue_refresh_token_of(oauth::REALM)
    }

    /// The same for a vendor's sign-in; `realm` is what its tokens are good for.
    pub fn issue_refresh_token_of(&self, realm: &'static str) -> String {
        let now = self.clock().real_now();
        self.grants(realm, |grants| grants.issue_refresh_token(None, now))
    }

    /// Makes an access token that lives for `seconds`, as the consent page would, for vendors without refresh.
    pub fn issue_access_token_of(&self, realm: &'static str, seconds: i64) -> String {
        let now = self.clock().real_now();
        self.grants(realm, |grants| grants.issue_access(None, seconds, now))
    }

    /// Works on what was granted in one realm.
    pub(crate) fn grants<T>(&self, realm: &'static str, work: impl FnOnce(&mut Grants) -> T) -> T {
        let mut realms = lock(&self.0.grants);
        let started = self.0.clock.real_now();
        work(realms.entry(realm).or_insert_with(|| Grants::new(self.0.options.world.seed, realm, started)))
    }

    /// Works on what was granted in each realm so far.
    pub(crate) fn all_grants<T>(&self, mut work: impl FnMut(&mut Grants) -> T) -> Vec<T> {
        lock(&self.0.grants).values_mut().map(&mut work).collect()
    }

    pub(crate) fn kept<T>(&self, work: impl FnOnce(&mut Memo) -> T) -> T {
        work(&mut lock(&self.0.memo))
    }

    /// Counts a call against a vendor's quota. What is left is told in the vendor's measure, also where more is allowed.
    ///
    /// # Errors
    /// The seconds until the window ends, when its calls are used up.
    pub fn count(&self, vendor: &'static str, key: &str, quota: Quota) -> Result<Left, Wait> {
        let generosity = self.generosity();
        let allowed = Quota { calls: quota.calls.saturating_mul(generosity), ..quota };
        let left = lock(&self.0.windows).count(vendor, key, allowed, self.clock().real_now())?;
        Ok(Left { calls: left.calls / generosity, ..left })
    }

    /// Opens all quotas' windows anew, for tests whose clock stands still.
    pub fn reopen_quotas(&self) {
        *lock(&self.0.windows) = Windows::default();
    }

    /// Keeps what a report needs that is made while its client waits; the number leads back to it.
    pub(crate) fn put_job(&self, vendor: &'static str, params: Params) -> u64 {
        let mut jobs = lock(&self.0.jobs);
        jobs.push(Job { vendor, params, looks: 0 });
        crate::num::key(jobs.len() - 1)
    }

    /// What was kept, and how often it has been looked at; `counts` when this is a look.
    pub(crate) fn job(&self, vendor: &'static str, number: u64, counts: bool) -> Option<(Params, u32)> {
        let mut jobs = lock(&self.0.jobs);
        let job = jobs.get_mut(usize::try_from(number).ok()?).filter(|job| job.vendor == vendor)?;
        job.looks += u32::from(counts);
        Some((job.params.clone(), job.looks))
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.0.faults)
    }

    pub(crate) fn usage(&self) -> MutexGuard<'_, Usage> {
        lock(&self.0.usage)
    }

    /// How often each path was called so far; ids in paths are written as `{id}`.
    pub fn calls_so_far(&self) -> BTreeMap<String, u64> {
        self.calls().clone()
    }

    pub(crate) fn calls(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        lock(&self.0.calls)
    }

    pub(crate) fn is_live(&self, access_token: &str) -> bool {
        self.is_live_in(oauth::REALM, access_token)
    }

    /// Whether an access token is good in a realm.
    pub(crate) fn is_live_in(&self, realm: &'static str, access_token: &str) -> bool {
        let now = self.clock().real_now();
        self.grants(realm, |grants| grants.is_live(access_token, now))
    }

    fn generosity(&self) -> u64 {
        self.0.options.generosity.max(1)
    }

    /// The quotas of Google Ads that hold here.
    pub(crate) fn limits(&self) -> Limits {
        self.0.options.limits.times(self.generosity())
    }

    pub(crate) fn count_operation(&self, developer_token: &str) -> Result<(), ApiError> {
        self.usage().operation(developer_token, self.limits(), self.clock().real_now())
    }

    pub(crate) fn count_request(&self, developer_token: &str, customer: i64) -> Result<(), ApiError> {
        self.usage().request(developer_token, customer, self.limits(), self.clock().real_now())
    }

    /// The next request's number, from which ids and random faults are drawn.
    pub(crate) fn draw(&self) -> Noise {
        let number = self.0.requests.fetch_add(1, Ordering::Relaxed);
        Noise::new(self.0.options.world.seed).of(0x7265_7175).of(number)
    }

    pub(crate) fn request_id(&self) -> String {
        let noise = self.draw();
        let bytes = [noise.bits().to_be_bytes(), noise.of(1).bits().to_be_bytes()].concat();
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
