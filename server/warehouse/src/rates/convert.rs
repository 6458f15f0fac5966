//! What an amount of one currency is in another.
//!
//! An amount of a day is converted with the rate of that day; on days without a quote (weekends, holidays) the last one
//! counts, for at most [`CARRY_DAYS`]. The rate is the reporting currency's units per euro divided by the other's,
//! rounded to twelve decimals; the amount of each fact is rounded to its scale. Both round half away from zero, as SQL's
//! `round(numeric)` does, so that each path to a figure ends in the same digit.

use crate::currency::Currency;
use crate::rates::PerEuro;
use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};

/// For how many days a quote goes on to count.
pub const CARRY_DAYS: u64 = 7;

/// Decimals of a rate.
const RATE_SCALE: u32 = 12;

/// Quotes by currency and day, and the currency to convert to.
#[derive(Debug, Clone)]
pub struct RateTable {
    reporting: Currency,
    quotes: HashMap<Currency, BTreeMap<NaiveDate, PerEuro>>,
}

/// How amounts of a currency and day become amounts in the reporting currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// It is the reporting currency.
    Identity,
    /// By a rate.
    By(Rate),
    /// There is no rate for the day.
    Missing,
}

/// Units of the reporting currency for one unit of another, in 10⁻¹².
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(i128);

impl RateTable {
    /// A table without quotes.
    pub fn new(reporting: Currency) -> Self {
        Self { reporting, quotes: HashMap::new() }
    }

    /// Adds a quote.
    pub fn insert(&mut self, currency: Currency, day: NaiveDate, per_eur: PerEuro) {
        self.quotes.entry(currency).or_default().insert(day, per_eur);
    }

    /// The currency to convert to.
    pub fn reporting(&self) -> Currency {
        self.reporting
    }

    /// How amounts of that currency and day are converted.
    pub fn conversion(&self, currency: Currency, day: NaiveDate) -> Conversion {
        if currency == self.reporting {
            return Conversion::Identity;
        }
        match (self.per_eur(self.reporting, day), self.per_eur(currency, day)) {
            (Some(reporting), Some(other)) => Conversion::By(Rate::between(reporting, other)),
            _ => Conversion::Missing,
        }
    }

    fn per_eur(&self, currency: Currency, day: NaiveDate) -> Option<PerEuro> {
        if currency == Currency::EUR {
            return Some(PerEuro::ONE);
        }
        let oldest = day.checked_sub_days(Days::new(CARRY_DAYS))?;
        self.quotes.get(&currency)?.range(oldest..=day).next_back().map(|(_, per_eur)| *per_eur)
    }
}

impl Rate {
    fn between(reporting: PerEuro, other: PerEuro) -> Self {
        // At most 10^24 × 10^12, which 128 bits hold.
        Self(divide_rounded(reporting.units() * 10_i128.pow(RATE_SCALE), other.units()))
    }

    /// The amount in the reporting currency, in the same scale; none when it leaves the range.
    pub fn apply(self, amount: i64) -> Option<i64> {
        let product = i128::from(amount).checked_mul(self.0)?;
        i64::try_from(divide_rounded(product, 10_i128.pow(RATE_SCALE))).ok()
    }

    /// As a decimal number, exactly.
    pub fn decimal(self) -> Decimal {
        Decimal::try_from_i128_with_scale(self.0, RATE_SCALE).unwrap_or(Decimal::MAX)
    }
}

/// Rounds half away from zero; `divisor` is positive.
fn divide_rounded(dividend: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (dividend / divisor, dividend % divisor);
    if rest.abs() >= divisor - rest.abs() { quotient + rest.signum() } else { quotient }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, d).unwrap()
    }

    fn table(reporting: &str, quotes: &[(&str, u32, &str)]) -> RateTable {
        let mut table = RateTable::new(reporting.parse().unwrap());
        for (currency, d, per_eur) in quotes {
            table.insert(currency.parse().unwrap(), day(*d), per_eur.parse().unwrap());
        }
        table
    }

    fn rate(conversion: Conversion) -> String {
        match conversion {
            Conversion::By(rate) => rate.decimal().to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_last_quote_counts_for_a_week() {
        let table = table("EUR", &[("USD", 2, "2")]);
        let usd = "USD".parse().unwrap();
        for (d, expected) in [(1, "Missing"), (2, "0.500000000000"), (9, "0.500000000000"), (10, "Missing")] {
            assert_eq!(rate(table.conversion(usd, day(d))), expected, "day {d}");
        }
        assert_eq!(table.conversion(Currency::EUR, day(30)), Conversion::Identity);
    }

    #[test]
    fn cross_rates_are_those_that_the_ecb_s_readers_compute() {
        // From the check that comes with the data: USD per GBP and INR per USD on 2026-10-30.
        let quotes = [("USD", 30, "1.1172"), ("GBP", 30, "0.8338"), ("INR", 30, "106.084")];
        let six = |reporting, other: &str| {
            let conversion = table(reporting, &quotes).conversion(other.parse().unwrap(), day(30));
            let Conversion::By(rate) = conversion else { panic!("{conversion:?}") };
            rate.decimal().round_dp(6).to_string()
        };
        assert_eq!((six("USD", "GBP").as_str(), six("INR", "USD").as_str()), ("1.339890", "94.955245"));
    }

    #[test]
    fn halves_go_away_from_zero() {
        let half = Rate(500_000_000_000);
        assert_eq!([1, -1, 3, -3, 4].map(|amount| half.apply(amount)), [1, -1, 2, -2, 2].map(Some));
        assert_eq!(Rate(2_000_000_000_000).apply(i64::MAX), None);
    }

    proptest! {
        #[test]
        fn rounding_is_to_the_nearest(dividend in -1_000_000_i128..1_000_000, divisor in 1_i128..1000) {
            let quotient = divide_rounded(dividend, divisor);
            let error = (dividend - quotient * divisor).abs() * 2;
            prop_assert!(error <= divisor);
            if error == divisor {
                prop_assert!(quotient.abs() * divisor > dividend.abs(), "a half was rounded towards zero");
            }
        }
    }
}
