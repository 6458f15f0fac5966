//! Encoded cubes that are still right: a reload, or the next person with the same dashboard, costs nothing.

use super::QueryError;
use super::context::Context;
use crate::currency::Currency;
use metrics::Scope;
use model::days::WeekStart;
use model::ids::WorkspaceId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// Most bytes kept. A typical dashboard's cube takes well below one megabyte.
const MAX_BYTES: usize = 32 << 20;

/// All that a cube depends on. A commit that changes figures, names or rates changes the version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    workspace: WorkspaceId,
    version: i64,
    currency: Currency,
    week_start: WeekStart,
    scope: Scope,
}

impl Key {
    pub(super) fn new(context: &Context, scope: &Scope) -> Self {
        Self {
            workspace: context.workspace,
            version: context.version,
            currency: context.reporting,
            week_start: context.week_start,
            scope: scope.clone(),
        }
    }
}

type Slot = Arc<OnceCell<Arc<[u8]>>>;

#[derive(Debug, Default)]
struct Entries {
    /// Each with the time of its last use, counted in uses.
    slots: HashMap<Key, (Slot, u64)>,
    uses: u64,
}

/// The least recently used cubes go first.
#[derive(Debug, Default)]
pub(super) struct CubeCache(Mutex<Entries>);

impl CubeCache {
    /// The cube of that key; built once, however many ask for it at the same time.
    pub(super) async fn get_or_build(
        &self,
        key: Key,
        build: impl Future<Output = Result<Vec<u8>, QueryError>>,
    ) -> Result<Arc<[u8]>, QueryError> {
        let slot = self.slot(&key);
        let result = slot.get_or_try_init(|| async { build.await.map(Into::into) }).await.cloned();
        drop(slot);
        self.tidy(&key);
        result
    }

    fn slot(&self, key: &Key) -> Slot {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.uses += 1;
        let uses = entries.uses;
        let (slot, last_use) = entries.slots.entry(key.clone()).or_default();
        *last_use = uses;
        Arc::clone(slot)
    }

    /// Drops outdated versions, and the longest unused until the rest fits.
    fn tidy(&self, key: &Key) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.slots.retain(|other, (slot, _)| {
            let is_building = slot.get().is_none() && Arc::strong_count(slot) > 1;
            is_building
                || (slot.get().is_some()
                    && (other.workspace != key.workspace || other.version >= key.version))
        });
        let size = |slot: &Slot| slot.get().map_or(0, |cube| cube.len());
        let mut total: usize = entries.slots.values().map(|(slot, _)| size(slot)).sum();
        while total > MAX_BYTES {
            let built = entries.slots.iter().filter(|(_, (slot, _))| slot.get().is_some());
            let Some(oldest) = built.min_by_key(|(_, (_, last_use))| *last_use).map(|(key, _)| key.clone())
            else {
                return;
            };
            if let Some((slot, _)) = entries.slots.remove(&oldest) {
                total -= size(&slot);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use metrics::Level;
    use model::DayRange;

    fn key(version: i64, d: u32) -> Key {
        let day = NaiveDate::from_ymd_opt(2026, 1, d).unwrap();
        Key {
            workspace: WorkspaceId(1),
            version,
            currency: Currency::EUR,
            week_start: WeekStart::Monday,
            scope: Scope {
                family: metrics::Family::Ads,
                level: Level::Campaign,
                days: DayRange::single(day),
                compare: None,
                filters: Vec::new(),
            },
        }
    }

    #[tokio::test]
    async fn a_cube_is_built_once_per_version() {
        let cache = CubeCache::default();
        let builds = std::cell::Cell::new(0);
        let build = || async {
            builds.set(builds.get() + 1);
            tokio::task::yield_now().await;
            Ok(vec![1, 2, 3])
        };
        let (a, b) =
            tokio::join!(cache.get_or_build(key(1, 1), build()), cache.get_or_build(key(1, 1), build()));
        assert_eq!((a.unwrap().len(), b.unwrap().len(), builds.get()), (3, 3, 1));
        cache.get_or_build(key(2, 1), build()).await.unwrap();
        cache.get_or_build(key(2, 1), build()).await.unwrap();
        assert_eq!(builds.get(), 2);
        assert_eq!(cache.0.lock().unwrap().slots.len(), 1, "the outdated version is gone");
    }

    #[tokio::test]
    async fn failures_are_not_kept_and_the_size_is_bounded() {
        let cache = CubeCache::default();
        let failed = cache.get_or_build(key(1, 1), async { Err(QueryError::Overflow) }).await;
        assert!(failed.is_err());
        assert!(cache.0.lock().unwrap().slots.is_empty());
        for d in 1..=4 {
            cache.get_or_build(key(1, d), async { Ok(vec![0; MAX_BYTES / 3]) }).await.unwrap();
        }
        let entries = cache.0.lock().unwrap();
        assert_eq!(entries.slots.len(), 3);
        assert!(!entries.slots.contains_key(&key(1, 1)), "the oldest went first");
    }
}
