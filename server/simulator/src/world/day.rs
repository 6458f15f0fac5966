//! What happened on one day, and how much of it can be seen at a given moment.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::campaign::{Ad, AdGroup, Campaign, Kind};
use super::curves::{black_friday, demand, share_of_day};
use super::fact::{Billing, Fact, MILLION};
use super::noise::Noise;
use super::templates::{Template, Vertical};
use crate::num;

/// Days after which a day's conversions have all been reported: the vendor's default conversion window.
pub const CONVERSION_WINDOW_DAYS: i64 = 30;

/// Days after which spend is no longer corrected for invalid traffic.
pub const SPEND_SETTLES_DAYS: i64 = 3;

/// How much of one day can be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visibility {
    /// Part of the day that has passed, 0 to 1.
    pub passed: f64,
    /// Part of the day's conversions that have been reported, 0 to 1.
    pub matured: f64,
    /// Part of the invalid traffic that has not been credited yet, 0 to 1.
    pub unsettled: f64,
}

impl Visibility {
    /// What can be seen of `day` in `zone` at `now`; nothing of days to come.
    pub fn of(day: NaiveDate, zone: Tz, now: DateTime<Utc>) -> Option<Self> {
        let begin = midnight(day, zone);
        if now < begin {
            return None;
        }
        let end = midnight(day.succ_opt()?, zone);
        let age = (now - end).num_seconds();
        if age < 0 {
            let passed =
                num::real((now - begin).num_seconds()) / num::real((end - begin).num_seconds().max(1));
            return Some(Self { passed, matured: maturity(0), unsettled: 1.0 });
        }
        let unsettled = match age / 86_400 {
            0 => 1.0,
            1 => 0.6,
            2 => 0.25,
            _ => 0.0,
        };
        Some(Self { passed: 1.0, matured: maturity(age / 3_600), unsettled })
    }
}

/// The first instant of a day.
fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let local = day.and_time(chrono::NaiveTime::MIN);
    // Where the clocks go forward at midnight, the day begins at one.
    let first = zone.from_local_datetime(&local).earliest();
    let first = first.or_else(|| zone.from_local_datetime(&(local + TimeDelta::hours(1))).earliest());
    first.map_or_else(|| local.and_utc(), |first| first.with_timezone(&Utc))
}

/// Share of conversions reported after so many hours; moves in steps, as imports do.
fn maturity(hours: i64) -> f64 {
    let hours = if hours < 72 { hours / 6 * 6 } else { hours / 24 * 24 };
    if hours >= CONVERSION_WINDOW_DAYS * 24 {
        return 1.0;
    }
    let days = num::real(hours) / 24.0;
    let whole = 1.0 - (-num::real(CONVERSION_WINDOW_DAYS) / 6.0).exp();
    0.52 + 0.48 * (1.0 - (-days / 6.0).exp()) / whole
}

/// Expectations for one campaign on one day.
#[derive(Debug, Clone, Copy)]
pub struct CampaignDay {
    spend: f64,
    price: f64,
    click_rate: f64,
    conversion_rate: f64,
    order_value: f64,
    day: i64,
}

impl CampaignDay {
    /// What to expect of `campaign` on `day`; nothing when it does not run.
    ///
    /// `tracking` is the share of conversions that tracking catches, 1 on ordinary days.
    pub fn of(template: &Template, campaign: &Campaign, day: NaiveDate, tracking: f64) -> Option<Self> {
        if !campaign.runs(day) {
            return None;
        }
        let number = i64::from(day.num_days_from_ce());
        let noise = campaign.noise.of_day(number);
        let rates = campaign.rates;
        // A launch takes ten days to reach its pace.
        let ramp = (0.35 + 0.065 * num::real((day - campaign.start).num_days())).min(1.0);
        let friday = match (template.vertical, campaign.kind) {
            (Vertical::Business, _) | (_, Kind::Competitor | Kind::Prospecting) => 0.0,
            _ => black_friday(day),
        };
        Some(Self {
            spend: rates.budget
                * demand(template, day)
                * ramp
                * slow(campaign.noise.of(1), number, 0.10)
                * (0.09 * noise.of(1).gauss()).exp(),
            price: rates.price * slow(campaign.noise.of(2), number, 0.06) * (1.0 + 0.22 * friday),
            click_rate: rates.click_rate * slow(campaign.noise.of(3), number, 0.06),
            conversion_rate: rates.conversion_rate
                * slow(campaign.noise.of(4), number, 0.08)
                * (1.0 + 0.5 * friday)
                * tracking,
            order_value: template.order_value * slow(campaign.noise.of(5), number, 0.05),
            day: number,
        })
    }

    /// Everything that will ever be reported for one ad on this day.
    ///
    /// `live` is the sum of the shares of the ads that run in the group on this day.
    pub fn ad(&self, campaign: &Campaign, group: &AdGroup, ad: &Ad, live: f64) -> Fact {
        let noise = campaign.noise.of(ad.id.cast_unsigned()).of_day(self.day);
        let spend = self.spend * group.share * ad.share / live * (0.16 * noise.of(1).gauss()).exp();
        let mut fact = Fact::default();
        match campaign.kind.billing() {
            Billing::Click => {
                let price = self.price * (0.06 * noise.of(2).gauss()).exp();
                fact.clicks = noise.of(3).count(spend / price);
                fact.impressions =
                    fact.clicks + noise.of(4).count(spend / price * (1.0 / self.click_rate - 1.0));
                fact.cost_micros = cents(num::real(fact.clicks) * price);
            }
            Billing::Impression => {
                let price = self.price * (0.05 * noise.of(2).gauss()).exp() / 1_000.0;
                fact.impressions = noise.of(3).count(spend / price);
                fact.clicks = noise.of(4).count(num::real(fact.impressions) * self.click_rate);
                fact.clicks = fact.clicks.min(fact.impressions);
                fact.cost_micros = cents(num::real(fact.impressions) * price);
                fact.engagements = noise.of(8).count(num::real(fact.impressions) * 0.002);
            }
            Billing::View => {
                let price = self.price * (0.05 * noise.of(2).gauss()).exp();
                fact.views = noise.of(3).count(spend / price);
                fact.impressions = fact.views + noise.of(5).count(num::real(fact.views) * 2.1);
                fact.clicks = noise.of(4).count(num::real(fact.impressions) * self.click_rate);
                fact.clicks = fact.clicks.min(fact.impressions);
                fact.cost_micros = cents(num::real(fact.views) * price);
                fact.engagements = fact.views + noise.of(8).count(num::real(fact.views) * 0.05);
            }
        }
        self.convert(campaign, &mut fact, noise);
        fact
    }

    fn convert(&self, campaign: &Campaign, fact: &mut Fact, noise: Noise) {
        let count = noise.of(6).count(num::real(fact.clicks) * self.conversion_rate);
        let credit = if campaign.whole_conversions { 1.0 } else { noise.of(7).between(0.62, 1.0) };
        fact.conversions = num::whole(num::real(count * MILLION) * credit);
        let order = self.order_value * (0.24 * noise.of(9).gauss()).exp();
        fact.value = cents(num::real(fact.conversions) / 1e6 * order);
        let secondary = noise.of(10).count(num::real(fact.clicks) * self.conversion_rate * 0.4);
        fact.all_conversions = fact.conversions + secondary * MILLION;
        fact.all_value = fact.value + cents(num::real(secondary) * order * 0.1);
    }

    /// What can be seen of `fact` for one ad.
    pub fn seen(&self, fact: &Fact, campaign: &Campaign, ad: &Ad, visibility: Visibility) -> Fact {
        let noise = campaign.noise.of(ad.id.cast_unsigned()).of_day(self.day);
        let share = share_of_day(&campaign.hour_ends, visibility.passed);
        Self::aged(fact, campaign, noise, visibility).part(
            share,
            noise.of(20).unit(),
            campaign.kind.billing(),
        )
    }

    /// What can be seen of `fact` for one ad, hour by hour.
    pub fn seen_by_hour(
        &self,
        fact: &Fact,
        campaign: &Campaign,
        ad: &Ad,
        visibility: Visibility,
    ) -> [Fact; 24] {
        let noise = campaign.noise.of(ad.id.cast_unsigned()).of_day(self.day);
        let share = share_of_day(&campaign.hour_ends, visibility.passed);
        let aged = Self::aged(fact, campaign, noise, visibility);
        let offset = noise.of(20).unit();
        let mut done = Fact::default();
        std::array::from_fn(|hour| {
            let upto = aged.part(campaign.hour_ends[hour].min(share), offset, campaign.kind.billing());
            let part = upto - done;
            done = upto;
            part
        })
    }

    /// Conversions that have been reported so far, and spend that has not been credited back yet.
    fn aged(fact: &Fact, campaign: &Campaign, noise: Noise, visibility: Visibility) -> Fact {
        if visibility.matured >= 1.0 && visibility.unsettled <= 0.0 {
            return *fact;
        }
        let matured = fact.part(visibility.matured, noise.of(21).unit(), campaign.kind.billing());
        let invalid = noise.of(22).between(0.002, 0.015) * visibility.unsettled;
        Fact {
            conversions: matured.conversions,
            value: matured.value,
            all_conversions: matured.all_conversions,
            all_value: matured.all_value,
            cost_micros: fact.cost_micros + cents(num::real(fact.cost_micros) / 1e6 * invalid),
            ..*fact
        }
    }
}

/// A drift that changes from week to week: 1 on average, `width` as its deviation.
fn slow(noise: Noise, day: i64, width: f64) -> f64 {
    let week = day.div_euclid(7);
    let place = num::real(day.rem_euclid(7)) / 7.0;
    let (from, to) = (noise.of_day(week).gauss(), noise.of_day(week + 1).gauss());
    (width * (from + (to - from) * place)).exp()
}

/// Money in micros, rounded to the vendor's smallest billable unit.
fn cents(amount: f64) -> i64 {
    num::whole(amount * 100.0) * 10_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_begins_at_midnight_in_its_own_zone() {
        let day = NaiveDate::from_ymd_opt(2026, 7, 1).unwrap();
        let zone = Tz::America__Los_Angeles;
        assert_eq!(Visibility::of(day, zone, utc("2026-07-01T06:59:59Z")), None);
        let noon = Visibility::of(day, zone, utc("2026-07-01T19:00:00Z")).unwrap();
        assert!((noon.passed - 0.5).abs() < 1e-9);
        let next = Visibility::of(day, zone, utc("2026-07-02T07:00:00Z")).unwrap();
        assert!(next.passed >= 1.0 && next.matured < 0.6 && next.unsettled > 0.9);
    }

    #[test]
    fn the_day_on_which_clocks_go_back_never_shrinks() {
        let day = NaiveDate::from_ymd_opt(2026, 10, 25).unwrap();
        let begin = utc("2026-10-24T22:00:00Z");
        let mut last = -1.0;
        for minute in 0..25 * 60 {
            let seen = Visibility::of(day, Tz::Europe__Berlin, begin + TimeDelta::minutes(minute)).unwrap();
            assert!(seen.passed > last);
            last = seen.passed;
        }
        assert!(last < 1.0);
    }

    #[test]
    fn conversions_mature_within_the_window() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        let end = utc("2026-03-02T00:00:00Z");
        let at = |days| Visibility::of(day, Tz::UTC, end + TimeDelta::days(days)).unwrap();
        assert!(at(1).matured < at(7).matured && at(7).matured < at(29).matured);
        assert!(at(29).matured < 1.0 && at(30).matured >= 1.0);
        assert!(at(2).unsettled > 0.0 && at(SPEND_SETTLES_DAYS).unsettled <= 0.0);
    }
}
