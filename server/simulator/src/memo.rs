//! What is costly to work out, kept for ten simulated minutes, as long as somebody asks for it: vendors don't count anew for
//! each call either.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::state::SimulatorState;
use crate::world::leads::Lead;
use crate::world::mail::{ListDay, MailDay, Newsletter};
use crate::world::posts::{Feed, PageDay, Post};
use crate::world::traffic::Traffic;

/// Seconds for which a result is kept.
const STEP: i64 = 600;

/// Visits by day, filled as days are asked for.
type Days = Mutex<HashMap<NaiveDate, Arc<Vec<Traffic>>>>;

type Key = (&'static str, usize, i64);

/// Real seconds after which what nobody asked for is forgotten: the histories of twenty vendors at once are large.
const IDLE: TimeDelta = TimeDelta::seconds(30);

struct Kept {
    value: Arc<dyn Any + Send + Sync>,
    asked_at: DateTime<Utc>,
}

/// Results by what they are, account and moment.
#[derive(Default)]
pub struct Memo(HashMap<Key, Kept>);

impl Memo {
    fn get<T: Send + Sync + 'static>(
        &mut self,
        key: Key,
        now: DateTime<Utc>,
        work: impl FnOnce() -> T,
    ) -> Arc<T> {
        self.0.retain(|_, kept| now - kept.asked_at < IDLE);
        if let Some(kept) = self.0.get_mut(&key)
            && let Ok(found) = Arc::clone(&kept.value).downcast()
        {
            kept.asked_at = now;
            return found;
        }
        let made = Arc::new(work());
        // Only the newest moment of each is asked for again.
        self.0.retain(|(what, account, _), _| (*what, *account) != (key.0, key.1));
        self.0.insert(key, Kept { value: made.clone(), asked_at: now });
        made
    }
}

impl SimulatorState {
    /// The moment at which vendors last counted: the simulated time, cut to ten minutes.
    pub fn counted_at(&self) -> DateTime<Utc> {
        let now = self.clock().now().timestamp();
        DateTime::from_timestamp(now - now.rem_euclid(STEP), 0).unwrap_or_default()
    }

    /// All leads of an account since the first day, as of the last count; oldest first.
    pub fn leads(&self, account: usize) -> Arc<Vec<Lead>> {
        let at = self.counted_at();
        self.memo(("leads", account, at.timestamp()), |world| world.leads(account, world.first_day, at))
    }

    /// All newsletters of an account since the first day, as of the last count; oldest first.
    pub fn newsletters(&self, account: usize) -> Arc<Vec<Newsletter>> {
        let at = self.counted_at();
        self.memo(("mail", account, at.timestamp()), |world| world.newsletters(account, at))
    }

    /// What came of an account's newsletters day by day, as of the last count.
    pub fn mail_days(&self, account: usize) -> Arc<Vec<MailDay>> {
        let at = self.counted_at();
        self.memo(("mail days", account, at.timestamp()), |world| world.mail_days(account, at))
    }

    /// All days of an account's list since the first day, as of the last count.
    pub fn list_days(&self, account: usize) -> Arc<Vec<(NaiveDate, ListDay)>> {
        let at = self.counted_at();
        self.memo(("list days", account, at.timestamp()), |world| {
            world.list_days(account, world.accounts[account].today(at))
        })
    }

    /// All posts of an account on a feed since the first day, as of the last count; oldest first.
    pub fn posts(&self, feed: Feed, account: usize) -> Arc<Vec<Post>> {
        let at = self.counted_at();
        self.memo((feed.name(), account, at.timestamp()), |world| world.posts(feed, account, at))
    }

    /// Visits of an account on a day, as of the last count.
    pub fn traffic(&self, account: usize, day: NaiveDate) -> Arc<Vec<Traffic>> {
        let at = self.counted_at();
        let days = self.memo(("traffic", account, at.timestamp()), |_| Days::default());
        let found = days.lock().unwrap_or_else(PoisonError::into_inner).get(&day).cloned();
        found.unwrap_or_else(|| {
            let made = Arc::new(self.world().traffic(account, day, at));
            days.lock().unwrap_or_else(PoisonError::into_inner).insert(day, Arc::clone(&made));
            made
        })
    }

    /// All days of an account's page since the first day, as of the last count.
    pub fn page_days(&self, feed: Feed, account: usize) -> Arc<Vec<(NaiveDate, PageDay)>> {
        let at = self.counted_at();
        // Each feed is kept for itself.
        let what = match feed {
            Feed::Facebook => "facebook page",
            Feed::Instagram => "instagram page",
            Feed::LinkedIn => "linkedin page",
            Feed::X => "x page",
            Feed::TikTok => "tiktok page",
        };
        self.memo((what, account, at.timestamp()), |world| world.page_days(feed, account, at))
    }

    /// Anything else that is costly: `what` names it.
    pub fn memo<T: Send + Sync + 'static>(
        &self,
        key: (&'static str, usize, i64),
        work: impl FnOnce(&crate::world::World) -> T,
    ) -> Arc<T> {
        let world = self.world().clone();
        let now = self.clock().real_now();
        self.kept(|memo| memo.get(key, now, || work(&world)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_asks_for_is_forgotten_and_what_is_asked_for_stays() {
        let mut memo = Memo::default();
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap();
        let mut made = 0;
        let mut ask = |memo: &mut Memo, what, seconds| {
            memo.get((what, 0, 7), at(seconds), || {
                made += 1;
                made
            });
        };
        ask(&mut memo, "leads", 0);
        for seconds in [10, 35, 60] {
            ask(&mut memo, "posts", seconds);
        }
        assert_eq!(memo.0.len(), 1, "leads were asked for a minute ago");
        ask(&mut memo, "leads", 61);
        assert_eq!((memo.0.len(), made), (2, 3), "made anew, and posts were not");
    }
}
