//! Posts of the businesses on their own pages, and the pages themselves.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::noise::Noise;
use super::paid::Engagement;
use super::{World, build};
use crate::num;

/// Where a business has a page of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feed {
    /// A Facebook page.
    Facebook,
    /// An Instagram professional account.
    Instagram,
    /// A LinkedIn company page.
    LinkedIn,
    /// An X account.
    X,
    /// A `TikTok` business account.
    TikTok,
}

impl Feed {
    /// Positions of the accounts that have one.
    pub fn accounts(self) -> &'static [usize] {
        match self {
            Self::Facebook | Self::Instagram => &[0, 1, 2, 3],
            Self::LinkedIn => &[4, 5],
            Self::X => &[5],
            Self::TikTok => &[0, 2],
        }
    }

    /// Its name in lower case, as `utm_source` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Facebook => "facebook",
            Self::Instagram => "instagram",
            Self::LinkedIn => "linkedin",
            Self::X => "x",
            Self::TikTok => "tiktok",
        }
    }

    fn key(self) -> u64 {
        match self {
            Self::Facebook => 1,
            Self::Instagram => 2,
            Self::LinkedIn => 3,
            Self::X => 4,
            Self::TikTok => 5,
        }
    }
}

/// What a post is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostKind {
    /// A picture.
    Photo,
    /// A film of so many seconds.
    Video(i64),
    /// A link.
    Link,
}

/// One post.
#[derive(Debug, Clone, PartialEq)]
pub struct Post {
    /// Distinct among all feeds and accounts, below 10^10.
    pub number: i64,
    /// Position of the account.
    pub account: usize,
    /// Text.
    pub text: String,
    /// What it is made of.
    pub kind: PostKind,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Where it leads to, with UTM values.
    pub link: String,
    /// `utm_campaign` of its link.
    pub utm: String,
    /// Address of its picture.
    pub picture: String,
    size: f64,
    noise: Noise,
}

/// What has come of a post so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PostTotals {
    /// Times that it was shown.
    pub impressions: i64,
    /// Clicks on its link.
    pub clicks: i64,
    /// The rest.
    pub engagement: Engagement,
}

/// A page on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PageDay {
    /// Followers at the end of the day.
    pub followers: i64,
    /// Followers won.
    pub gained: i64,
    /// Followers lost.
    pub lost: i64,
    /// Times that anything of the page was shown.
    pub impressions: i64,
    /// People who saw anything; not to be added up.
    pub reach: i64,
    /// Visits of the page.
    pub visits: i64,
}

impl Post {
    /// What has come of it by `at`; nothing before it was published. Never falls as time goes on.
    pub fn totals(&self, at: DateTime<Utc>) -> PostTotals {
        let hours = num::real((at - self.published_at).num_minutes()) / 60.0;
        if hours < 0.0 {
            return PostTotals::default();
        }
        let grown = 0.93 * (1.0 - (-hours / 22.0).exp()) + 0.07 * (1.0 - (-hours / 900.0).exp());
        let impressions = self.size * grown;
        let part =
            |key: u64, share: f64| num::floor(impressions * share * self.noise.of(key).between(0.6, 1.4));
        let video_views = if matches!(self.kind, PostKind::Video(_)) { part(7, 0.46) } else { 0 };
        let quartile = |share: f64| num::floor(num::real(video_views) * share);
        let seconds = if let PostKind::Video(seconds) = self.kind { seconds } else { 0 };
        PostTotals {
            impressions: num::floor(impressions),
            clicks: part(1, 0.013),
            engagement: Engagement {
                reach: part(2, 0.72).min(num::floor(impressions)),
                likes: part(3, 0.031),
                comments: part(4, 0.0026),
                shares: part(5, 0.0035),
                saves: part(6, 0.0042),
                follows: part(8, 0.0007),
                video_views,
                video_quartiles: [quartile(0.58), quartile(0.37), quartile(0.25), quartile(0.17)],
                watched_ms: video_views * seconds * 310,
            },
        }
    }
}

/// The first day of the pages' histories.
fn epoch() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default()
}

impl World {
    fn feed_noise(&self, feed: Feed, account: usize) -> Noise {
        Noise::new(self.config.seed).of(num::key(account)).of(700 + feed.key())
    }

    /// What an account published on a feed since the first day and before `now`, oldest first: three posts a week.
    pub fn posts(&self, feed: Feed, account: usize, now: DateTime<Utc>) -> Vec<Post> {
        self.posts_since(feed, account, self.first_day, now)
    }

    fn posts_since(&self, feed: Feed, account: usize, first: NaiveDate, now: DateTime<Utc>) -> Vec<Post> {
        let Some(of) = self.accounts.get(account).filter(|_| feed.accounts().contains(&account)) else {
            return Vec::new();
        };
        let template = of.template;
        let root = self.feed_noise(feed, account);
        let site = template.site();
        let mut list = Vec::new();
        let first = first.max(self.first_day);
        for day in first.iter_days().take_while(|day| *day <= now.date_naive()) {
            let number = i64::from(day.num_days_from_ce());
            let noise = root.of_day(number);
            if !matches!(day.weekday().num_days_from_monday(), 0 | 2 | 4) {
                continue;
            }
            let published_at = day
                .and_hms_opt(noise.of(1).pick(8, 17), noise.of(2).pick(0, 59), 0)
                .unwrap_or_default()
                .and_utc();
            if published_at > now {
                break;
            }
            let at = usize::try_from(noise.of(3).pick(0, 4)).unwrap_or(0);
            let topic = &template.topics[at];
            let utm = build::slug(&format!("{} {}", template.market, topic.name));
            let kind = match (feed, noise.of(4).pick(0, 9)) {
                (Feed::TikTok, _) | (_, 0..=2) => PostKind::Video(i64::from(noise.of(5).pick(12, 75))),
                (Feed::Instagram, _) | (_, 3..=6) => PostKind::Photo,
                _ => PostKind::Link,
            };
            let picked = noise.of(6).choose(&topic.keywords);
            let path = build::slug(topic.name);
            list.push(Post {
                number: i64::try_from(feed.key()).unwrap_or(0) * 100_000_000
                    + i64::try_from(account).unwrap_or(0) * 10_000_000
                    + number,
                account,
                text: format!("{} · {picked} – {}", topic.name, template.brand),
                kind,
                published_at,
                link: format!(
                    "{site}/{path}/?utm_source={}&utm_medium=social&utm_campaign={utm}",
                    feed.name()
                ),
                utm,
                picture: format!("{site}/media/{path}-{number}.jpg"),
                size: 5_200.0 * template.scale * (0.75 * noise.of(7).gauss()).exp().min(9.0),
                noise: noise.of(8),
            });
        }
        list
    }

    /// An account's page on a day (UTC), as far as it can be seen at `now`; nothing where there is none.
    pub fn page_day(
        &self,
        feed: Feed,
        account: usize,
        day: NaiveDate,
        now: DateTime<Utc>,
    ) -> Option<PageDay> {
        self.accounts.get(account).filter(|_| feed.accounts().contains(&account))?;
        if begin_of(day) > now {
            return None;
        }
        let end = (begin_of(day) + TimeDelta::days(1)).min(now);
        let posts = self.posts_since(feed, account, day - TimeDelta::days(41), end);
        let days = epoch().iter_days().take_while(|d| *d <= day);
        let grown = days.map(|day| self.page_moves(feed, account, day)).map(|(won, lost)| won - lost).sum();
        Some(self.page_of(feed, account, day, now, &posts, grown))
    }

    /// All days of an account's page since the first day; the same figures as [`World::page_day`], at once.
    pub fn page_days(&self, feed: Feed, account: usize, now: DateTime<Utc>) -> Vec<(NaiveDate, PageDay)> {
        if !feed.accounts().contains(&account) || account >= self.accounts.len() {
            return Vec::new();
        }
        let posts = self.posts(feed, account, now);
        let mut grown = 0;
        let mut list = Vec::new();
        for day in epoch().iter_days().take_while(|day| begin_of(*day) <= now) {
            let (won, lost) = self.page_moves(feed, account, day);
            grown += won - lost;
            if day >= self.first_day {
                list.push((day, self.page_of(feed, account, day, now, &posts, grown)));
            }
        }
        list
    }

    /// Followers won and lost on a day.
    fn page_moves(&self, feed: Feed, account: usize, day: NaiveDate) -> (i64, i64) {
        let scale = self.accounts[account].template.scale;
        let noise = self.feed_noise(feed, account).of(99).of_day(i64::from(day.num_days_from_ce()));
        (noise.of(1).count(17.0 * scale), noise.of(2).count(6.0 * scale))
    }

    fn page_of(
        &self,
        feed: Feed,
        account: usize,
        day: NaiveDate,
        now: DateTime<Utc>,
        posts: &[Post],
        grown: i64,
    ) -> PageDay {
        let scale = self.accounts[account].template.scale;
        let (gained, lost) = self.page_moves(feed, account, day);
        let begin = begin_of(day);
        let end = (begin + TimeDelta::days(1)).min(now);
        let recent = |post: &Post| post.published_at < end && end - post.published_at < TimeDelta::days(40);
        let noise = self.feed_noise(feed, account).of(99).of_day(i64::from(day.num_days_from_ce())).of(3);
        let base = num::floor(800.0 * scale * noise.of(1).between(0.8, 1.2));
        let shown: i64 = posts
            .iter()
            .filter(|post| recent(post))
            .map(|post| post.totals(end).impressions - post.totals(begin).impressions)
            .sum();
        let impressions = base + shown;
        PageDay {
            followers: num::whole(31_000.0 * scale) + grown,
            gained,
            lost,
            impressions,
            reach: num::floor(num::real(impressions) * 0.71),
            visits: num::floor(num::real(impressions) * 0.028),
        }
    }
}

fn begin_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::config::WorldConfig;

    #[test]
    fn posts_grow_and_pages_move_by_what_they_won_and_lost() {
        let world = World::new(WorldConfig::default(), "2026-11-22".parse().unwrap());
        let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let posts = world.posts(Feed::Instagram, 0, now);
        assert!(posts.len() > 150);
        let post = &posts[20];
        let mut last = 0;
        for hours in 0..300 {
            let totals = post.totals(post.published_at + TimeDelta::hours(hours));
            assert!(totals.impressions >= last && totals.engagement.reach <= totals.impressions);
            last = totals.impressions;
        }
        let day: NaiveDate = "2026-11-10".parse().unwrap();
        let before = world.page_day(Feed::Facebook, 1, day, now).unwrap();
        let after = world.page_day(Feed::Facebook, 1, day.succ_opt().unwrap(), now).unwrap();
        assert_eq!(after.followers, before.followers + after.gained - after.lost);
        assert!(world.page_day(Feed::Facebook, 5, day, now).is_none());
        let all = world.page_days(Feed::Facebook, 1, now);
        assert!(all.contains(&(day, before)));
        let today = now.date_naive();
        assert_eq!(
            all.last().copied(),
            world.page_day(Feed::Facebook, 1, today, now).map(|page| (today, page))
        );
    }
}
