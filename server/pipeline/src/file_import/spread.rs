//! Totals of a period, day by day.

use chrono::{Days, NaiveDate};
use metrics::{Class, Family, Metric, Unit};
use model::DayRange;
use model::imports::PeriodPlacement;
use warehouse::Measures;

/// The row's figures day by day. The parts of a total add up to it exactly. A mean stands on each day that has a weight,
/// so that the days' mean is the row's; a level on the last day. Other figures that can't be added up are left out of rows
/// that cover several days.
pub fn spread(
    family: Family,
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
            let divided =
                |value: i64| if parts == 1 { value } else { share(value, i128::from(index), count) };
            let weight = |weight: Metric| {
                let at = metrics.iter().position(|m| *m == weight)?;
                values[at].map(divided)
            };
            let mut measures = Measures::of(family);
            for (metric, value) in metrics.iter().zip(values) {
                let Some(value) = *value else { continue };
                let part = match metric.class() {
                    Class::Additive => Some(divided(value)),
                    // Where there was no search, there was no position.
                    Class::WeightedBy(by) => {
                        weight(by).map_or(count == 1, |weight| weight > 0).then_some(value)
                    }
                    Class::Level if metric.unit() != Unit::MoneyPerDay => {
                        (index + 1 == parts).then_some(value)
                    }
                    Class::NonAdditive | Class::Level => (count == 1).then_some(value),
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
        let three = spread(
            Family::Ads,
            DayRange::new(day(1), day(3)).unwrap(),
            PeriodPlacement::Spread,
            &metrics,
            &values,
        );
        let clicks: Vec<_> = three.iter().map(|(_, m)| m.get(Metric::Clicks)).collect();
        assert_eq!(clicks, [Some(2), Some(2), Some(3)]);
        assert!(three.iter().all(|(_, m)| m.get(Metric::Reach).is_none()));
        let one = spread(Family::Ads, DayRange::single(day(1)), PeriodPlacement::Spread, &metrics, &values);
        assert_eq!(one[0].1.get(Metric::Reach), Some(5));
        let first = spread(
            Family::Ads,
            DayRange::new(day(1), day(3)).unwrap(),
            PeriodPlacement::FirstDay,
            &metrics,
            &values,
        );
        assert_eq!((first.len(), first[0].1.get(Metric::Clicks)), (1, Some(7)));
    }

    #[test]
    fn a_mean_stands_on_each_day_that_has_a_weight() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 3, d).unwrap();
        let metrics = [Metric::Position, Metric::Impressions];
        let days = DayRange::new(day(1), day(3)).unwrap();
        let values = [Some(9_500_000), Some(2)];
        let three = spread(Family::Search, days, PeriodPlacement::Spread, &metrics, &values);
        let shown: Vec<_> =
            three.iter().map(|(_, m)| (m.get(Metric::Impressions), m.get(Metric::Position))).collect();
        assert_eq!(shown, [(Some(0), None), (Some(1), Some(9_500_000)), (Some(1), Some(9_500_000))]);
        let alone = spread(Family::Search, days, PeriodPlacement::Spread, &metrics[..1], &values[..1]);
        assert!(alone.iter().all(|(_, m)| m.is_empty()));
        let unweighted = spread(
            Family::Search,
            DayRange::single(day(1)),
            PeriodPlacement::Spread,
            &metrics[..1],
            &values[..1],
        );
        assert_eq!(unweighted[0].1.get(Metric::Position), Some(9_500_000));
    }

    #[test]
    fn a_level_stands_on_the_last_day() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 3, d).unwrap();
        let days = DayRange::new(day(1), day(3)).unwrap();
        let three = spread(Family::Social, days, PeriodPlacement::Spread, &[Metric::Followers], &[Some(70)]);
        let shown: Vec<_> = three.iter().map(|(_, m)| m.get(Metric::Followers)).collect();
        assert_eq!(shown, [None, None, Some(70)]);
    }
}
