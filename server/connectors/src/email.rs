//! Figures of e-mails that vendors leave to be derived.

use metrics::Metric;
use rust_decimal::Decimal;

/// Adds what follows from the other figures and was not reported: bounces are hard and soft ones together, and what was
/// sent and did not bounce was delivered. Nothing follows from a figure that is absent.
pub fn derive(values: &mut Vec<(Metric, Decimal)>) {
    let sum = |values: &[_], one, other| Some(value(values, one)? + value(values, other)?);
    if value(values, Metric::Bounces).is_none() {
        let bounces = sum(values, Metric::HardBounces, Metric::SoftBounces);
        values.extend(bounces.map(|bounces| (Metric::Bounces, bounces)));
    }
    if value(values, Metric::Delivered).is_none()
        && let (Some(sent), Some(bounces)) =
            (value(values, Metric::EmailsSent), value(values, Metric::Bounces))
    {
        values.push((Metric::Delivered, sent - bounces));
    }
}

fn value(values: &[(Metric, Decimal)], metric: Metric) -> Option<Decimal> {
    values.iter().find(|(known, _)| *known == metric).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &[(Metric, i64)], derived: &[(Metric, i64)]) {
        let decimals = |values: &[(Metric, i64)]| -> Vec<_> {
            values.iter().map(|(m, v)| (*m, Decimal::from(*v))).collect()
        };
        let mut values = decimals(given);
        derive(&mut values);
        assert_eq!(values[given.len()..], decimals(derived));
    }

    #[test]
    fn bounces_and_delivered_follow_and_reported_ones_stay() {
        use Metric::{Bounces, Delivered, EmailsSent, HardBounces, SoftBounces};
        check(&[(EmailsSent, 10), (HardBounces, 1), (SoftBounces, 2)], &[(Bounces, 3), (Delivered, 7)]);
        check(&[(EmailsSent, 10), (Bounces, 4)], &[(Delivered, 6)]);
        check(&[(EmailsSent, 10), (Delivered, 9), (HardBounces, 0), (SoftBounces, 0)], &[(Bounces, 0)]);
        check(&[(EmailsSent, 10), (HardBounces, 1)], &[]);
        check(&[(HardBounces, 1), (SoftBounces, 2)], &[(Bounces, 3)]);
    }
}
