//! Totals of a period, day by day.

use super::scan::is_additive;
use chrono::{Days, NaiveDate};
use metrics::{Family, Metric};
use model::DayRange;
use model::imports::PeriodPlacement;
use warehouse::Measures;

/// The row's figures day by day. The parts of a total add up to it exactly; what can't be added up is left out of
/// rows that cover several days.
pub fn spread(
    days: DayRange,
    placement: PeriodPlacement,
    metrics: &[Metric],
    values: &[Option<i64>],
) -> Vec<(NaiveDate, Measures)> {
    let count = i128::from(days.len());
    let parts: u32 = if placement == PeriodPlacement::Spread { days.len() } else { 1 };
    (0..parts)
        .filter_map(|index| {
            let day = days.from().checked_add_days(Days::new(u64::from(index)))?;
            let mut measures = Measures::of(Family::Ads);
            for (metric, value) in metrics.iter().zip(values) {
                let Some(value) = *value else { continue };
                let part = match (count, parts) {
                    (1, _) => Some(value),
                    (_, 1) => is_additive(*metric).then_some(value),
                    _ => is_additive(*metric).then(|| share(value, i128::from(index), count)),
                };
                if let Some(part) = part {
                    // Metrics were checked when the mapping was read.
                    measures.set(*metric, part).ok();
                }
            }
            Some((day, measures))
        })
        .collect()
}

/// The `index`-th of `count` parts of `total`: parts differ by at most one unit and add up exactly.
fn share(total: i64, index: i128, count: i128) -> i64 {
    let upto = |n: i128| (i128::from(total) * n).div_euclid(count);
    i64::try_from(upto(index + 1) - upto(index)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_add_up_exactly_and_are_even(total in -1_000_000_000_000_i64..1_000_000_000_000, count in 1_i128..400) {
            let parts: Vec<i64> = (0..count).map(|i| share(total, i, count)).collect();
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            let (least, most) = (parts.iter().min().unwrap(), parts.iter().max().unwrap());
            prop_assert!(most - least <= 1);
        }
    }

    #[test]
    fn reach_is_not_spread_and_one_day_keeps_everything() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 3, d).unwrap();
        let metrics = [Metric::Clicks, Metric::Reach];
        let values = [Some(7), Some(5)];
        let three =
            spread(DayRange::new(day(1), day(3)).unwrap(), PeriodPlacement::Spread, &metrics, &values);
        let clicks: Vec<_> = three.iter().map(|(_, m)| m.get(Metric::Clicks)).collect();
        assert_eq!(clicks, [Some(2), Some(2), Some(3)]);
        assert!(three.iter().all(|(_, m)| m.get(Metric::Reach).is_none()));
        let one = spread(DayRange::single(day(1)), PeriodPlacement::Spread, &metrics, &values);
        assert_eq!(one[0].1.get(Metric::Reach), Some(5));
        let first =
            spread(DayRange::new(day(1), day(3)).unwrap(), PeriodPlacement::FirstDay, &metrics, &values);
        assert_eq!((first.len(), first[0].1.get(Metric::Clicks)), (1, Some(7)));
    }
}
