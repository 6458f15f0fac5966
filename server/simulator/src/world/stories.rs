//! Stories: posts that are shown for a day and then gone.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::posts::{Feed, PostTotals};
use super::{World, noise::Noise, paid::Engagement};
use crate::num;
use chrono::Datelike;

/// Hours that a story can be seen.
const HOURS: i64 = 24;

/// One story.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// Distinct among all accounts, below 10^9.
    pub number: i64,
    /// Position of the account.
    pub account: usize,
    /// Whether it is a film.
    pub is_video: bool,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    size: f64,
    noise: Noise,
}

impl Story {
    /// What has come of it by `at`; people see most of it in its first hours.
    pub fn totals(&self, at: DateTime<Utc>) -> PostTotals {
        let hours = num::real((at - self.published_at).num_minutes()).max(0.0) / 60.0;
        let shown = self.size * (1.0 - (-hours / 7.0).exp());
        let part = |key: u64, share: f64| num::floor(shown * share * self.noise.of(key).between(0.7, 1.3));
        PostTotals {
            impressions: num::floor(shown),
            clicks: part(1, 0.012),
            engagement: Engagement {
                reach: num::floor(shown * 0.88),
                likes: part(2, 0.011),
                comments: part(3, 0.004),
                shares: part(4, 0.003),
                follows: part(5, 0.0008),
                video_views: if self.is_video { num::floor(shown) } else { 0 },
                ..Engagement::default()
            },
        }
    }
}

impl World {
    /// An account's stories that can be seen at `now`, newest first: one each morning and one each evening.
    pub fn stories(&self, account: usize, now: DateTime<Utc>) -> Vec<Story> {
        let Some(of) = self.accounts.get(account) else { return Vec::new() };
        if !Feed::Instagram.accounts().contains(&account) {
            return Vec::new();
        }
        let root = Noise::new(self.config.seed).of(num::key(account)).of(760);
        let story = |day: NaiveDate, evening: bool| {
            let number = i64::from(day.num_days_from_ce());
            let noise = root.of_day(number).of(u64::from(evening));
            let hour = if evening { 18 } else { 8 };
            let published_at =
                day.and_hms_opt(hour, noise.of(1).pick(0, 59), 0).unwrap_or_default().and_utc();
            Story {
                number: i64::try_from(account).unwrap_or(0) * 10_000_000 + number * 2 + i64::from(evening),
                account,
                is_video: noise.of(2).unit() < 0.4,
                published_at,
                size: 1_900.0 * of.template.scale * noise.of(3).between(0.6, 1.5),
                noise: noise.of(4),
            }
        };
        let today = now.date_naive();
        let days = [today, today - TimeDelta::days(1)];
        let all = days.into_iter().flat_map(|day| [story(day, true), story(day, false)]);
        let live =
            |story: &Story| story.published_at <= now && now - story.published_at < TimeDelta::hours(HOURS);
        all.filter(live).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::config::WorldConfig;

    #[test]
    fn stories_live_for_a_day() {
        let world = World::new(WorldConfig::default(), "2026-11-22".parse().unwrap());
        for hour in 0..24 {
            let now = "2026-11-22T00:59:59Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hour);
            let list = world.stories(0, now);
            assert_eq!(list.len(), 2, "{now}");
            assert!(list[0].published_at > list[1].published_at);
        }
        assert!(world.stories(5, "2026-11-22T12:00:00Z".parse().unwrap()).is_empty());
    }
}
