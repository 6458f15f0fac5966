//! The measures of advertising facts, in the order of the columns.

use metrics::{Class, Metric};

/// Number of measures of an advertising fact.
pub(crate) const COUNT: usize = 13;

/// Measures of `facts_ads`, in the order of its columns (and of the catalogue).
pub(crate) const ADS: [Metric; COUNT] = [
    Metric::Impressions,
    Metric::Clicks,
    Metric::LinkClicks,
    Metric::VideoViews,
    Metric::Engagements,
    Metric::Reach,
    Metric::Spend,
    Metric::Conversions,
    Metric::AllConversions,
    Metric::ConversionValue,
    Metric::Revenue,
    Metric::Leads,
    Metric::Budget,
];

/// The columns of all measures, for statements.
pub(crate) const COLUMNS: &str = "impressions, clicks, link_clicks, video_views, engagements, reach, spend, \
     conversions, all_conversions, conversion_value, revenue, leads, budget";

/// The columns of the measures that the rollup holds, for statements.
pub(crate) const ROLLUP_COLUMNS: &str = "impressions, clicks, link_clicks, video_views, engagements, spend, \
     conversions, all_conversions, conversion_value, revenue, leads";

/// Where a metric stands in [`ADS`]; none if advertising facts don't hold it.
pub(crate) fn index(metric: Metric) -> Option<usize> {
    ADS.iter().position(|m| *m == metric)
}

/// The measures that the rollup holds: those that can be summed, as (metric, index in [`ADS`]).
pub(crate) fn rollup() -> impl Iterator<Item = (Metric, usize)> {
    ADS.into_iter().enumerate().filter(|(_, m)| m.class() == Class::Additive).map(|(i, m)| (m, i))
}

/// The measures of one advertising fact, each in its metric's scale. What was not reported is absent, not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measures {
    present: u16,
    values: [i64; COUNT],
}

/// The metric is not one of advertising facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("advertising figures hold no {}", .0.name())]
pub struct NotAnAdsMetric(pub Metric);

impl Measures {
    /// None reported.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a measure, in the metric's scale (money and fractional counts: millionths).
    ///
    /// # Errors
    /// When the metric's families do not include advertising.
    pub fn set(&mut self, metric: Metric, value: i64) -> Result<(), NotAnAdsMetric> {
        let at = index(metric).ok_or(NotAnAdsMetric(metric))?;
        self.set_at(at, value);
        Ok(())
    }

    /// The value of a metric, if it was reported.
    pub fn get(&self, metric: Metric) -> Option<i64> {
        index(metric).and_then(|at| self.at(at))
    }

    /// Whether nothing was reported.
    pub fn is_empty(&self) -> bool {
        self.present == 0
    }

    pub(crate) fn at(&self, index: usize) -> Option<i64> {
        (self.present >> index & 1 == 1).then(|| self.values[index])
    }

    pub(crate) fn set_at(&mut self, index: usize, value: i64) {
        self.present |= 1 << index;
        self.values[index] = value;
    }

    pub(crate) fn clear_at(&mut self, index: usize) {
        self.present &= !(1 << index);
        self.values[index] = 0;
    }

    /// One bit per measure that is there.
    pub(crate) fn present(&self) -> u16 {
        self.present
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics::Family;

    #[test]
    fn columns_are_those_of_the_catalogue() {
        let catalogue: Vec<_> =
            Metric::ALL.iter().copied().filter(|m| m.families().contains(&Family::Ads)).collect();
        assert_eq!(catalogue, ADS);
        let names: Vec<_> = ADS.iter().map(|m| m.name()).collect();
        assert_eq!(COLUMNS, names.join(", "));
        let names: Vec<_> = rollup().map(|(m, _)| m.name()).collect();
        assert_eq!(ROLLUP_COLUMNS, names.join(", "));
    }

    #[test]
    fn absent_is_not_zero() {
        let mut measures = Measures::new();
        measures.set(Metric::Spend, 0).unwrap();
        assert_eq!((measures.get(Metric::Spend), measures.get(Metric::Clicks)), (Some(0), None));
        assert!(measures.set(Metric::Sessions, 1).is_err());
    }
}
