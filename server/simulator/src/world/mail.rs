//! Newsletters and lists.

use std::ops::{AddAssign, Sub};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};

use super::noise::Noise;
use super::templates::Vertical;
use super::{World, build};
use crate::num;

/// One newsletter that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newsletter {
    /// Distinct among all accounts, below 10^7.
    pub number: i64,
    /// Position of the account.
    pub account: usize,
    /// As the sender calls it.
    pub name: String,
    /// Subject line.
    pub subject: String,
    /// `utm_campaign` of its links.
    pub utm: String,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// People on the list at that time.
    pub recipients: i64,
    noise: Noise,
}

/// What has come of a newsletter so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailResult {
    /// E-mails sent.
    pub sent: i64,
    /// Bounced for good.
    pub hard_bounces: i64,
    /// Bounced for now.
    pub soft_bounces: i64,
    /// Opens with repeats.
    pub opens: i64,
    /// People who opened.
    pub unique_opens: i64,
    /// Of these, those that a mail program's privacy proxy may have made.
    pub proxied_opens: i64,
    /// Clicks with repeats.
    pub clicks: i64,
    /// People who clicked.
    pub unique_clicks: i64,
    /// Unsubscribed.
    pub unsubscribes: i64,
    /// Complained.
    pub complaints: i64,
    /// Orders that came of it.
    pub orders: i64,
    /// Their worth in millionths of the account's currency.
    pub revenue_micros: i64,
}

/// A list on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListDay {
    /// People on it at the end of the day.
    pub level: i64,
    /// Joined.
    pub added: i64,
    /// Left or were cleaned away.
    pub removed: i64,
}

impl Sub for MailResult {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            sent: self.sent - other.sent,
            hard_bounces: self.hard_bounces - other.hard_bounces,
            soft_bounces: self.soft_bounces - other.soft_bounces,
            opens: self.opens - other.opens,
            unique_opens: self.unique_opens - other.unique_opens,
            proxied_opens: self.proxied_opens - other.proxied_opens,
            clicks: self.clicks - other.clicks,
            unique_clicks: self.unique_clicks - other.unique_clicks,
            unsubscribes: self.unsubscribes - other.unsubscribes,
            complaints: self.complaints - other.complaints,
            orders: self.orders - other.orders,
            revenue_micros: self.revenue_micros - other.revenue_micros,
        }
    }
}

impl AddAssign for MailResult {
    fn add_assign(&mut self, other: Self) {
        self.sent += other.sent;
        self.hard_bounces += other.hard_bounces;
        self.soft_bounces += other.soft_bounces;
        self.opens += other.opens;
        self.unique_opens += other.unique_opens;
        self.proxied_opens += other.proxied_opens;
        self.clicks += other.clicks;
        self.unique_clicks += other.unique_clicks;
        self.unsubscribes += other.unsubscribes;
        self.complaints += other.complaints;
        self.orders += other.orders;
        self.revenue_micros += other.revenue_micros;
    }
}

/// What people and their mail servers do with a newsletter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// Bounced for good.
    HardBounce,
    /// Bounced for now.
    SoftBounce,
    /// Opened, with repeats.
    Open,
    /// Opened for the first time.
    UniqueOpen,
    /// Clicked, with repeats.
    Click,
    /// Clicked for the first time.
    UniqueClick,
    /// Unsubscribed.
    Unsubscribe,
    /// Complained.
    Complaint,
}

/// Days on which something can still come of a newsletter.
const LIVELY_DAYS: i64 = 40;

/// What came of one newsletter on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailDay {
    /// The day (UTC).
    pub day: NaiveDate,
    /// Place of the newsletter in the list of all.
    pub mail: usize,
    /// What came of it on this day alone.
    pub gained: MailResult,
}

/// Days from which on the lists are counted.
fn epoch() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default()
}

impl Newsletter {
    /// What has come of it by `at`; nothing before it was sent. Never falls as time goes on.
    pub fn result(&self, order_value: f64, at: DateTime<Utc>) -> MailResult {
        let hours = num::real((at - self.sent_at).num_minutes()) / 60.0;
        if hours < 0.0 {
            return MailResult::default();
        }
        let by_now = |(total, pace): (f64, f64)| num::floor(total * (1.0 - (-hours / pace).exp()));
        let count = |of: Happening| by_now(self.course(of));
        let (unique_opens, _) = self.course(Happening::UniqueOpen);
        let (unique_clicks, _) = self.course(Happening::UniqueClick);
        let orders = by_now((self.share(5, unique_clicks, 0.052, 0.3), 30.0));
        MailResult {
            sent: self.recipients,
            hard_bounces: count(Happening::HardBounce),
            soft_bounces: count(Happening::SoftBounce),
            opens: count(Happening::Open),
            unique_opens: count(Happening::UniqueOpen),
            proxied_opens: by_now((unique_opens * 0.41, 3.0)),
            clicks: count(Happening::Click),
            unique_clicks: count(Happening::UniqueClick),
            unsubscribes: count(Happening::Unsubscribe),
            complaints: count(Happening::Complaint),
            orders,
            revenue_micros: num::whole(num::real(orders) * order_value * 1.1 * 100.0) * 10_000,
        }
    }

    /// When each of the things happened that its result counts at `at`, oldest first, to the minute.
    pub fn moments(&self, of: Happening, at: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let (total, pace) = self.course(of);
        let minutes = (at - self.sent_at).num_minutes();
        let count_at = |minute: i64| num::floor(total * (1.0 - (-num::real(minute) / 60.0 / pace).exp()));
        let last = if minutes < 0 { 0 } else { count_at(minutes) };
        let minute_of = |nth: i64| {
            let about = num::floor((-(1.0 - num::real(nth) / total).ln() * pace * 60.0).min(1e9));
            // Rounding may be off by a minute to either side.
            (about - 1..=about + 1)
                .find(|minute| count_at(*minute) >= nth)
                .unwrap_or(minutes)
                .clamp(0, minutes)
        };
        (1..=last).map(|nth| self.sent_at + TimeDelta::minutes(minute_of(nth))).collect()
    }

    fn share(&self, key: u64, of: f64, mean: f64, spread: f64) -> f64 {
        of * mean * self.noise.of(key).between(1.0 - spread, 1.0 + spread)
    }

    /// How many there will be in the end, and the hours in which two thirds of them come.
    fn course(&self, of: Happening) -> (f64, f64) {
        let sent = num::real(self.recipients);
        let (hard, soft) = (self.share(1, sent, 0.004, 0.4), self.share(2, sent, 0.007, 0.4));
        let delivered = sent - hard - soft;
        let unique_opens = || self.share(3, delivered, 0.36, 0.18);
        let unique_clicks = || self.share(4, delivered, 0.031, 0.3);
        match of {
            Happening::HardBounce => (hard, 0.4),
            Happening::SoftBounce => (soft, 2.0),
            Happening::Open => (unique_opens() * 1.62, 16.0),
            Happening::UniqueOpen => (unique_opens(), 14.0),
            Happening::Click => (unique_clicks() * 1.34, 13.0),
            Happening::UniqueClick => (unique_clicks(), 12.0),
            Happening::Unsubscribe => (self.share(6, delivered, 0.0021, 0.4), 10.0),
            Happening::Complaint => (self.share(7, delivered, 0.000_25, 0.9), 9.0),
        }
    }
}

impl World {
    /// The newsletters that an account sent since the first day and before `now`, oldest first: one each Tuesday,
    /// and one at the start of each promotion.
    pub fn newsletters(&self, account: usize, now: DateTime<Utc>) -> Vec<Newsletter> {
        self.newsletters_since(account, self.first_day, now)
    }

    fn newsletters_since(&self, account: usize, first: NaiveDate, now: DateTime<Utc>) -> Vec<Newsletter> {
        let Some(of) = self.accounts.get(account) else { return Vec::new() };
        let template = of.template;
        let root = Noise::new(self.config.seed).of(num::key(account)).of(800);
        let first = first.max(self.first_day);
        let days = first.iter_days().take_while(|day| *day <= now.date_naive());
        let mut list = Vec::new();
        for day in days {
            let number = i64::from(day.num_days_from_ce());
            let noise = root.of_day(number);
            let promotion = of
                .campaigns
                .iter()
                .find(|c| c.kind == super::campaign::Kind::Promotion && c.start == day)
                .map(|c| (c.utm.clone(), c.name.clone()));
            let weekly = day.weekday() == Weekday::Tue;
            let topic = &template.topics[usize::try_from(number / 7).unwrap_or(0) % template.topics.len()];
            let (utm, name) = match promotion {
                Some(found) => found,
                None if weekly => {
                    let utm = build::slug(&format!("{} {}", template.market, topic.name));
                    (utm, format!("Newsletter {} · {}", day.iso_week().week(), topic.name))
                }
                None => continue,
            };
            let sent_at = day.and_hms_opt(7, noise.of(1).pick(0, 40), 0).unwrap_or_default().and_utc();
            if sent_at > now {
                break;
            }
            let level = self.list_day(account, day).level;
            list.push(Newsletter {
                number: num::whole(num::real(i64::try_from(account).unwrap_or(0)) * 1e6) + number % 1_000_000,
                account,
                subject: format!("{} – {}", topic.name, name),
                name,
                utm,
                sent_at,
                recipients: num::floor(num::real(level) * noise.of(2).between(0.94, 0.99)),
                noise: noise.of(3),
            });
        }
        list
    }

    /// The account's list on a day in its zone.
    pub fn list_day(&self, account: usize, day: NaiveDate) -> ListDay {
        self.list_until(account, day)
            .last()
            .map_or(ListDay { level: 0, added: 0, removed: 0 }, |(_, list)| list)
    }

    /// The account's list on all days since the first one, up to `until`.
    pub fn list_days(&self, account: usize, until: NaiveDate) -> Vec<(NaiveDate, ListDay)> {
        self.list_until(account, until).filter(|(day, _)| *day >= self.first_day).collect()
    }

    fn list_until(&self, account: usize, until: NaiveDate) -> impl Iterator<Item = (NaiveDate, ListDay)> {
        let root = Noise::new(self.config.seed).of(num::key(account)).of(801);
        let template = self.accounts.get(account).map(|of| of.template);
        let start = match template.map(|template| template.vertical) {
            Some(Vertical::Business) => 9_000.0,
            _ => 24_000.0 * template.map_or(0.0, |template| template.scale),
        };
        let mut level = num::whole(start);
        let days = epoch().iter_days().take_while(move |day| *day <= until && template.is_some());
        days.map(move |day| {
            let noise = root.of_day(i64::from(day.num_days_from_ce()));
            let scale = template.map_or(0.0, |template| template.scale);
            let (added, removed) = (noise.of(1).count(26.0 * scale), noise.of(2).count(11.0 * scale));
            level += added - removed;
            (day, ListDay { level, added, removed })
        })
    }

    /// What came of an account's newsletters day by day (UTC) up to `now`; days on which nothing did are left out.
    /// Each newsletter's days add up to its result.
    pub fn mail_days(&self, account: usize, now: DateTime<Utc>) -> Vec<MailDay> {
        let value = self.accounts.get(account).map_or(0.0, |of| of.template.order_value);
        let mut list = Vec::new();
        for (mail, letter) in self.newsletters(account, now).iter().enumerate() {
            let mut before = MailResult::default();
            for day in letter.sent_at.date_naive().iter_days().take(usize::try_from(LIVELY_DAYS).unwrap_or(0))
            {
                let begin = day.and_time(chrono::NaiveTime::MIN).and_utc();
                if begin > now {
                    break;
                }
                let upto = letter.result(value, (begin + TimeDelta::days(1)).min(now));
                if upto != before {
                    list.push(MailDay { day, mail, gained: upto - before });
                }
                before = upto;
            }
        }
        list
    }

    /// Clicks of a day by `utm_campaign` of the newsletters in which they were made.
    pub(super) fn mail_clicks(
        &self,
        account: usize,
        day: NaiveDate,
        now: DateTime<Utc>,
    ) -> Vec<(String, i64)> {
        let Some(of) = self.accounts.get(account) else { return Vec::new() };
        let begin = day.and_time(chrono::NaiveTime::MIN).and_utc();
        let end = (begin + TimeDelta::days(1)).min(now);
        // What is older than a fortnight has no clicks left to come.
        let recent = |mail: &Newsletter| mail.sent_at < end && end - mail.sent_at < TimeDelta::days(14);
        let value = of.template.order_value;
        self.newsletters_since(account, day - TimeDelta::days(15), end)
            .into_iter()
            .filter(recent)
            .map(|mail| {
                let clicks = mail.result(value, end).clicks - mail.result(value, begin).clicks;
                (mail.utm, clicks)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::config::WorldConfig;

    #[test]
    fn newsletters_mature_and_never_fall() {
        let world = World::new(WorldConfig::default(), "2026-11-22".parse().unwrap());
        let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        for account in 0..6 {
            let list = world.newsletters(account, now);
            assert!(list.len() > 50, "{}", list.len());
            let mut numbers: Vec<_> = list.iter().map(|mail| mail.number).collect();
            numbers.dedup();
            assert_eq!(numbers.len(), list.len());
            let mail = list.last().unwrap();
            let mut last = MailResult::default();
            for hours in 0..200 {
                let seen = mail.result(50.0, mail.sent_at + TimeDelta::hours(hours));
                assert!(seen.opens >= last.opens && seen.unique_clicks >= last.unique_clicks);
                assert!(seen.unique_opens <= seen.opens && seen.unique_opens < seen.sent);
                last = seen;
            }
            assert!(last.unique_opens > last.sent / 4, "{last:?}");
            let days = world.mail_days(account, now);
            let mut sum = MailResult::default();
            days.iter().filter(|of| of.mail == 3).for_each(|of| sum += of.gained);
            assert_eq!(sum, list[3].result(world.accounts[account].template.order_value, now));
            for hours in [0, 3, 40, 2_000] {
                let at = mail.sent_at + TimeDelta::hours(hours);
                let clicks = mail.moments(Happening::Click, at);
                assert_eq!(num::key(clicks.len()), mail.result(50.0, at).clicks.unsigned_abs());
                let half = mail.sent_at + TimeDelta::hours(hours / 2);
                let early = clicks.iter().filter(|moment| **moment <= half).count();
                assert_eq!(num::key(early), mail.result(50.0, half).clicks.unsigned_abs());
            }
        }
    }

    #[test]
    fn a_list_moves_by_what_joined_and_left() {
        let world = World::new(WorldConfig::default(), "2026-11-22".parse().unwrap());
        let day: NaiveDate = "2026-11-10".parse().unwrap();
        let (before, after) = (world.list_day(2, day), world.list_day(2, day.succ_opt().unwrap()));
        assert_eq!(after.level, before.level + after.added - after.removed);
        assert!(world.list_days(2, day).ends_with(&[(day, before)]));
    }
}
