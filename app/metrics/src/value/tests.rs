use super::*;
use crate::catalogue::Ratio;
use proptest::prelude::*;

fn known(num: i128, den: i128) -> Value {
    Figure::new(num, den).map_or(Value::Undefined, Value::Known)
}

fn ratio(ratio: Ratio, num: Option<i64>, den: Option<i64>) -> Value {
    evaluate(Measure::Ratio(ratio), |m| if m == ratio.numerator() { num } else { den })
}

#[test]
fn ratios_respect_scales_and_factors() {
    assert_eq!(ratio(Ratio::Ctr, Some(192), Some(10_000)), known(192, 10_000));
    assert_eq!(ratio(Ratio::Cpc, Some(24_640_000), Some(10)), known(2464, 1000));
    assert_eq!(ratio(Ratio::Cpm, Some(5_000_000), Some(1000)), known(5, 1));
    assert_eq!(ratio(Ratio::Roas, Some(4_730_000), Some(1_000_000)), known(473, 100));
    assert_eq!(ratio(Ratio::ConversionRate, Some(500_000), Some(10)), known(5, 100));
}

#[test]
fn nothing_reported_differs_from_a_quotient_by_zero() {
    assert_eq!(ratio(Ratio::Cpc, Some(5), None), Value::Missing);
    assert_eq!(ratio(Ratio::Cpc, None, Some(0)), Value::Missing);
    assert_eq!(ratio(Ratio::Cpc, Some(5), Some(0)), Value::Undefined);
    assert_eq!(ratio(Ratio::Cpc, Some(0), Some(5)), known(0, 1));
}

#[test]
fn what_is_won_is_a_part_of_what_was_decided() {
    let rate = |won: Option<i64>, lost: Option<i64>| {
        evaluate(Measure::Ratio(Ratio::WinRate), |m| if m == Metric::DealsWon { won } else { lost })
    };
    assert_eq!(rate(Some(3), Some(9)), known(1, 4));
    assert_eq!((rate(Some(2), None), rate(None, Some(5))), (known(1, 1), known(0, 1)));
    assert_eq!((rate(None, None), rate(Some(0), None)), (Value::Missing, Value::Undefined));
}

#[test]
fn velocity_is_what_the_open_deals_bring_per_day() {
    let with = |open: Option<i64>, lost: Option<i64>| {
        evaluate(Measure::Ratio(Ratio::PipelineVelocity), |metric| match metric {
            Metric::OpenDeals => open,
            Metric::DealsWon => Some(3),
            Metric::DealsLost => lost,
            Metric::Revenue => Some(3_000_000_000),
            Metric::SalesCycleDays => Some(7_500_000),
            other => panic!("{other:?} is no part of it"),
        })
    };
    // 8 × 3/4 × 1000 ÷ 7.5
    assert_eq!(with(Some(8), Some(1)), known(800, 1));
    assert_eq!(with(Some(8), None), known(3200, 3));
    assert_eq!(with(None, Some(1)), Value::Missing);
}

#[test]
fn growth_is_measured_against_what_there_was_before() {
    let growth = |added: Option<i64>, removed: Option<i64>, level: Option<i64>| {
        evaluate(Measure::Ratio(Ratio::ListGrowth), |metric| match metric {
            Metric::SubscribersAdded => added,
            Metric::SubscribersRemoved => removed,
            _ => level,
        })
    };
    assert_eq!(growth(Some(30), Some(10), Some(1020)), known(20, 1000));
    assert_eq!(growth(Some(20), None, Some(1020)), known(20, 1000));
    assert_eq!(growth(Some(0), Some(20), Some(980)), known(-20, 1000));
    assert_eq!(growth(Some(50), None, Some(50)), Value::Undefined);
    assert_eq!(
        (growth(None, Some(1), Some(50)), growth(Some(1), None, None)),
        (Value::Missing, Value::Missing)
    );
}

#[test]
fn interactions_count_as_far_as_they_are_reported() {
    let rate = |saves: Option<i64>, impressions: Option<i64>| {
        evaluate(Measure::Ratio(Ratio::InteractionRate), |metric| match metric {
            Metric::Likes => Some(6),
            Metric::Comments => Some(2),
            Metric::Saves => saves,
            Metric::Impressions => impressions,
            _ => None,
        })
    };
    assert_eq!(rate(None, Some(100)), known(8, 100));
    assert_eq!(rate(Some(2), Some(100)), known(10, 100));
    assert_eq!(rate(Some(2), None), Value::Missing);
}

#[test]
fn rates_of_interactions_have_no_total_over_rows_of_which_some_tell_no_impressions() {
    let frame = |second: Option<i64>| Frame {
        group_by: vec![crate::Dimension::Account],
        metrics: vec![Metric::Likes, Metric::Impressions],
        rows: [Some(100), second]
            .into_iter()
            .map(|impressions| FrameRow { members: Vec::new(), values: vec![Some(5), impressions] })
            .collect(),
        totals: vec![Some(10), Some(100 + second.unwrap_or(0))],
        missing_rates: Vec::new(),
    };
    let rate = Measure::Ratio(Ratio::InteractionRate);
    assert_eq!(frame(Some(300)).total(rate), known(10, 400));
    assert_eq!(frame(None).total(rate), Value::Missing);
    assert_eq!(frame(None).value(&frame(None).rows[0], rate), known(5, 100));
}

#[test]
fn changes_and_what_they_mean() {
    let up = Delta::between(Unit::Money, known(105, 1), known(100, 1)).unwrap();
    assert_eq!(up, Delta::Relative(Figure::new(5, 100).unwrap()));
    assert_eq!(up.judgement(Direction::Up), Judgement::Good);
    assert_eq!(up.judgement(Direction::Down), Judgement::Bad);
    assert_eq!(up.judgement(Direction::Neutral), Judgement::Neutral);
    let points = Delta::between(Unit::Percent, known(192, 10_000), known(203, 10_000)).unwrap();
    assert_eq!(points, Delta::Points(Figure::new(-11, 10_000).unwrap()));
    assert_eq!(Delta::between(Unit::Count, known(5, 1), known(0, 1)), None);
    assert_eq!(Delta::between(Unit::Count, known(5, 1), Value::Missing), None);
    // From a loss to a gain is up, although the earlier figure is negative.
    assert_eq!(Delta::between(Unit::Count, known(5, 1), known(-5, 1)).unwrap().sign(), 1);
}

#[test]
fn low_volume_is_about_conversions_only() {
    assert!(is_low_volume(Measure::Ratio(Ratio::Cpa), Some(29_999_999)));
    assert!(!is_low_volume(Measure::Ratio(Ratio::Cpa), Some(30_000_000)));
    assert!(!is_low_volume(Measure::Ratio(Ratio::Cpc), Some(0)));
    assert!(!is_low_volume(Measure::Ratio(Ratio::Cpa), None));
}

#[test]
fn shares_exist_for_what_can_be_summed() {
    let spend = Measure::Metric(Metric::Spend);
    assert_eq!(share(spend, known(1, 1), known(4, 1)), Figure::new(1, 4));
    assert_eq!(share(spend, known(1, 1), known(0, 1)), None);
    assert_eq!(share(Measure::Metric(Metric::Reach), known(1, 1), known(4, 1)), None);
}

proptest! {
    #[test]
    fn rounding_is_half_away_from_zero(num in -1_000_000_i64..1_000_000, den in 1_i64..10_000, decimals in 0_u32..5) {
        let figure = Figure::new(i128::from(num), i128::from(den)).unwrap();
        let scaled = i128::from(num) * 10_i128.pow(decimals);
        let den = i128::from(den);
        let expected = (scaled.abs() * 2 + den) / (den * 2) * scaled.signum();
        prop_assert_eq!(figure.round_to(decimals), expected);
        prop_assert_eq!(divide_rounded(scaled, den), Some(expected));
    }

    #[test]
    fn nothing_overflows(a: i64, b: i64, c: i64, d: i64) {
        for r in Ratio::ALL {
            let (now, before) = (ratio(*r, Some(a), Some(b)), ratio(*r, Some(c), Some(d)));
            let _ = Delta::between(r.unit(), now, before).map(|d| crate::format::delta(d, crate::Locale::EN));
            let formatter = crate::format::Formatter::new(Measure::Ratio(*r), "EUR", crate::Locale::EN);
            prop_assert!(!formatter.compact(now).is_empty() && !formatter.full(now).is_empty());
        }
    }
}
