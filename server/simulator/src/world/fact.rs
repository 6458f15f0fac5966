//! The metrics of one entity over some time, and exact ways to cut them into parts.

use std::ops::{AddAssign, Sub};

use crate::num;

/// One millionth: money and conversions are kept in millionths so that sums are exact.
pub const MILLION: i64 = 1_000_000;

/// Metrics of one entity. Counts are whole; money (account currency) and conversions are in millionths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fact {
    /// Times shown.
    pub impressions: i64,
    /// Clicks.
    pub clicks: i64,
    /// Spend in millionths of the account's currency.
    pub cost_micros: i64,
    /// Conversions in millionths.
    pub conversions: i64,
    /// Conversion value in millionths of the account's currency.
    pub value: i64,
    /// All conversions, secondary actions included, in millionths.
    pub all_conversions: i64,
    /// Value of all conversions in millionths of the account's currency.
    pub all_value: i64,
    /// `TrueView` views.
    pub views: i64,
    /// Engagements.
    pub engagements: i64,
}

/// What the vendor charges for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Billing {
    /// Per click.
    Click,
    /// Per thousand impressions.
    Impression,
    /// Per video view.
    View,
}

impl Fact {
    /// True when every metric is 0: such rows are not reported once a segment is selected.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// Clicks, and views where there are any.
    pub fn interactions(&self) -> i64 {
        self.clicks + self.views
    }

    /// The first `share` (0 to 1) of this fact, where `offset` (0 to 1) decides which part gets a lone click.
    ///
    /// Parts grow with the share and the whole is reached exactly at 1, so differences of parts add up to the
    /// whole without any rounding left over.
    #[must_use]
    pub fn part(&self, share: f64, offset: f64, billing: Billing) -> Self {
        if share >= 1.0 {
            return *self;
        }
        if share <= 0.0 {
            return Self::default();
        }
        let cut = |n: i64| num::floor(num::real(n) * share + offset).min(n);
        let (impressions, clicks, views) = (cut(self.impressions), cut(self.clicks), cut(self.views));
        let cost_micros = match billing {
            Billing::Click => num::mul_div(self.cost_micros, clicks, self.clicks),
            Billing::Impression => num::mul_div(self.cost_micros, impressions, self.impressions),
            Billing::View => num::mul_div(self.cost_micros, views, self.views),
        };
        // Last-click conversions come in ones, data-driven credit in any fraction.
        let credit = |n: i64| {
            if n % MILLION == 0 {
                cut(n / MILLION) * MILLION
            } else {
                num::floor(num::real(n) * share).min(n)
            }
        };
        let conversions = credit(self.conversions);
        let value = num::mul_div(self.value, conversions, self.conversions);
        // Secondary actions come on top, so that no part has fewer of all conversions than of the primary ones.
        let secondary = self.all_conversions - self.conversions;
        let secondary_part = num::floor(num::real(secondary) * share).min(secondary);
        let secondary_value = num::mul_div(self.all_value - self.value, secondary_part, secondary);
        Self {
            impressions,
            clicks,
            cost_micros,
            conversions,
            value,
            all_conversions: conversions + secondary_part,
            all_value: value + secondary_value,
            views,
            engagements: cut(self.engagements),
        }
    }
}

impl AddAssign for Fact {
    fn add_assign(&mut self, other: Self) {
        self.impressions += other.impressions;
        self.clicks += other.clicks;
        self.cost_micros += other.cost_micros;
        self.conversions += other.conversions;
        self.value += other.value;
        self.all_conversions += other.all_conversions;
        self.all_value += other.all_value;
        self.views += other.views;
        self.engagements += other.engagements;
    }
}

impl Sub for Fact {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            impressions: self.impressions - other.impressions,
            clicks: self.clicks - other.clicks,
            cost_micros: self.cost_micros - other.cost_micros,
            conversions: self.conversions - other.conversions,
            value: self.value - other.value,
            all_conversions: self.all_conversions - other.all_conversions,
            all_value: self.all_value - other.all_value,
            views: self.views - other.views,
            engagements: self.engagements - other.engagements,
        }
    }
}

/// Cuts `fact` into consecutive parts that end at the cumulative shares `ends` (ascending, the last one 1).
pub fn split(fact: Fact, ends: &[f64], offset: f64, billing: Billing) -> impl Iterator<Item = Fact> + '_ {
    ends.iter().scan(Fact::default(), move |done, end| {
        let upto = fact.part(*end, offset, billing);
        let part = upto - *done;
        *done = upto;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_never_go_below_zero() {
        let fact = Fact {
            impressions: 1_001,
            clicks: 7,
            cost_micros: 12_340_000,
            conversions: 3 * MILLION,
            value: 99_990_000,
            all_conversions: 4_250_001,
            all_value: 120_000_000,
            views: 0,
            engagements: 13,
        };
        for offset in [0.0, 0.3, 0.999] {
            let ends = [0.1, 0.1, 0.5, 0.77, 1.0];
            let mut sum = Fact::default();
            for part in split(fact, &ends, offset, Billing::Click) {
                let least = [part.impressions, part.clicks, part.cost_micros, part.conversions, part.value];
                assert!(least.iter().all(|n| *n >= 0), "{part:?}");
                assert_eq!(part.conversions % MILLION, 0);
                sum += part;
            }
            assert_eq!(sum, fact);
        }
    }
}
