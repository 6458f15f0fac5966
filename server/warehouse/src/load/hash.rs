//! The hash of a fact's content. It is stored, so it must never change: a change makes every row look restated once.

use crate::columns::{self, Measures};
use crate::currency::Currency;
use metrics::Metric;

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const FACTOR: u64 = 0xD6E8_FEB8_6659_FD93;

/// A number for each metric, for ever. What a row does not report does not count, so a new column (with a new number)
/// changes no hash.
const fn number(metric: Metric) -> u64 {
    match metric {
        Metric::Impressions => 1,
        Metric::Clicks => 2,
        Metric::LinkClicks => 3,
        Metric::VideoViews => 4,
        Metric::Engagements => 5,
        Metric::Reach => 6,
        Metric::Spend => 7,
        Metric::Conversions => 8,
        Metric::AllConversions => 9,
        Metric::ConversionValue => 10,
        Metric::Revenue => 11,
        Metric::Leads => 12,
        Metric::Budget => 13,
        Metric::Likes => 14,
        Metric::Comments => 15,
        Metric::Shares => 16,
        Metric::Saves => 17,
        Metric::ProfileViews => 18,
        Metric::HashtagUses => 19,
        Metric::Followers => 20,
        Metric::Subscribers => 21,
        Metric::NewFollowers => 22,
        Metric::Sessions => 23,
        Metric::EngagedSessions => 24,
        Metric::NewUsers => 25,
        Metric::Pageviews => 26,
        Metric::Events => 27,
        Metric::Users => 28,
        Metric::ActiveUsers => 29,
        Metric::EngagementSeconds => 30,
        Metric::WatchSeconds => 31,
        Metric::Position => 32,
        Metric::EmailsSent => 33,
        Metric::Delivered => 34,
        Metric::Opens => 35,
        Metric::UniqueOpens => 36,
        Metric::UniqueClicks => 37,
        Metric::Bounces => 38,
        Metric::HardBounces => 39,
        Metric::SoftBounces => 40,
        Metric::Unsubscribes => 41,
        Metric::SpamComplaints => 42,
        Metric::SubscribersAdded => 43,
        Metric::SubscribersRemoved => 44,
        Metric::Mqls => 45,
        Metric::Sqls => 46,
        Metric::LeadsConverted => 47,
        Metric::DealsCreated => 48,
        Metric::DealsWon => 49,
        Metric::DealsLost => 50,
        Metric::ProgramSuccesses => 51,
        Metric::PipelineValue => 52,
        Metric::WeightedPipelineValue => 53,
        Metric::StageTransition => 54,
        Metric::SalesCycleDays => 55,
        Metric::OpenDeals => 56,
        Metric::CohortLeads => 57,
        Metric::CohortMqls => 58,
        Metric::CohortSqls => 59,
        Metric::CohortCustomers => 60,
        Metric::BudgetedSpend => 61,
        Metric::BudgetTotal => 62,
    }
}

/// Over currency, measures (with which of them are there) and extra fields. 64 bits: two versions of one row are taken
/// for the same with a chance of 2⁻⁶⁴.
pub(crate) fn row_hash(currency: Currency, measures: &Measures, extra: Option<&str>) -> i64 {
    let [a, b, c] = currency.bytes();
    let mut hash = mix(SEED, u64::from_le_bytes([a, b, c, 0, 0, 0, 0, 0]));
    for (index, metric) in columns::metrics(measures.family()).iter().enumerate() {
        if let Some(value) = measures.at(index) {
            hash = mix(mix(hash, number(*metric)), value.cast_unsigned());
        }
    }
    if let Some(text) = extra {
        hash = mix(hash, text.len() as u64);
        for chunk in text.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            hash = mix(hash, u64::from_le_bytes(word));
        }
    }
    hash.cast_signed()
}

/// Folds the 128-bit product, so that each bit of the input reaches each bit of the output.
#[expect(clippy::cast_possible_truncation, reason = "the two halves of the product are taken apart")]
fn mix(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash ^ word ^ FACTOR) * u128::from(hash.rotate_left(32) ^ SEED | 1);
    (product as u64) ^ ((product >> 64) as u64) ^ word.rotate_left(23)
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics::Family;
    use std::collections::HashSet;

    #[test]
    fn the_hash_is_stored_and_never_changes() {
        let mut measures = Measures::of(Family::Ads);
        measures.set(Metric::Clicks, 12).unwrap();
        measures.set(Metric::Spend, 3_400_000).unwrap();
        assert_eq!(row_hash(Currency::EUR, &measures, None), STORED);
    }

    const STORED: i64 = 1_559_057_131_784_220_790;

    #[test]
    fn each_metric_has_a_number_of_its_own_and_columns_are_mixed_in_their_order() {
        let numbers: HashSet<u64> = Metric::ALL.iter().map(|metric| number(*metric)).collect();
        assert_eq!(numbers.len(), Metric::ALL.len());
        let order: Vec<Vec<u64>> = Family::ALL
            .into_iter()
            .map(|family| columns::metrics(family).iter().map(|metric| number(*metric)).collect())
            .collect();
        assert_eq!(format!("{order:?}"), ORDER, "the order of columns goes into stored hashes");
    }

    const ORDER: &str = "[[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 61, 62], \
        [1, 2, 3, 4, 5, 6, 14, 15, 16, 17, 18, 19, 20, 22, 31], \
        [1, 2, 7, 8, 9, 10, 11, 23, 24, 25, 26, 27, 28, 29, 30], [1, 2, 32], \
        [2, 10, 11, 21, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44], \
        [7, 10, 11, 12, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60]]";

    #[test]
    fn near_rows_differ() {
        let mut seen = HashSet::new();
        for at in 0..columns::metrics(Family::Ads).len() {
            for value in -2000..2000 {
                let mut measures = Measures::of(Family::Ads);
                measures.set_at(at, value);
                assert!(seen.insert(row_hash(Currency::EUR, &measures, None)), "{at} {value}");
            }
        }
        let none = Measures::of(Family::Ads);
        for extra in [None, Some(""), Some("{}"), Some("{\"a\":1}"), Some("{\"a\":1}\0")] {
            assert!(seen.insert(row_hash(Currency::EUR, &none, extra)), "{extra:?}");
        }
        assert!(seen.insert(row_hash("USD".parse().unwrap(), &none, None)));
    }
}
