//! The measures of facts, family by family, in the order of the columns, and the tables that hold them.

use metrics::{Class, Family, Metric};
use rust_decimal::Decimal;

/// Most measures that a family has: rows of all families are of one size, so that they need no memory of their own.
pub(crate) const MOST: usize = 20;

const ADS: &[Metric] = &[
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
    Metric::BudgetedSpend,
    Metric::BudgetTotal,
];

const SOCIAL: &[Metric] = &[
    Metric::Impressions,
    Metric::Clicks,
    Metric::LinkClicks,
    Metric::VideoViews,
    Metric::Engagements,
    Metric::Reach,
    Metric::Likes,
    Metric::Comments,
    Metric::Shares,
    Metric::Saves,
    Metric::ProfileViews,
    Metric::HashtagUses,
    Metric::Followers,
    Metric::NewFollowers,
    Metric::WatchSeconds,
];

const WEB: &[Metric] = &[
    Metric::Impressions,
    Metric::Clicks,
    Metric::Spend,
    Metric::Conversions,
    Metric::AllConversions,
    Metric::ConversionValue,
    Metric::Revenue,
    Metric::Sessions,
    Metric::EngagedSessions,
    Metric::NewUsers,
    Metric::Pageviews,
    Metric::Events,
    Metric::Users,
    Metric::ActiveUsers,
    Metric::EngagementSeconds,
];

const SEARCH: &[Metric] = &[Metric::Impressions, Metric::Clicks, Metric::Position];

const EMAIL: &[Metric] = &[
    Metric::Clicks,
    Metric::ConversionValue,
    Metric::Revenue,
    Metric::Subscribers,
    Metric::EmailsSent,
    Metric::Delivered,
    Metric::Opens,
    Metric::UniqueOpens,
    Metric::UniqueClicks,
    Metric::Bounces,
    Metric::HardBounces,
    Metric::SoftBounces,
    Metric::Unsubscribes,
    Metric::SpamComplaints,
    Metric::SubscribersAdded,
    Metric::SubscribersRemoved,
];

const CRM: &[Metric] = &[
    Metric::Spend,
    Metric::ConversionValue,
    Metric::Revenue,
    Metric::Leads,
    Metric::Mqls,
    Metric::Sqls,
    Metric::LeadsConverted,
    Metric::DealsCreated,
    Metric::DealsWon,
    Metric::DealsLost,
    Metric::ProgramSuccesses,
    Metric::PipelineValue,
    Metric::WeightedPipelineValue,
    Metric::StageTransition,
    Metric::SalesCycleDays,
    Metric::OpenDeals,
    Metric::CohortLeads,
    Metric::CohortMqls,
    Metric::CohortSqls,
    Metric::CohortCustomers,
];

/// Measures of a family's facts, in the order of the columns (and of the catalogue).
pub(crate) const fn metrics(family: Family) -> &'static [Metric] {
    match family {
        Family::Ads => ADS,
        Family::Social => SOCIAL,
        Family::Web => WEB,
        Family::Search => SEARCH,
        Family::Email => EMAIL,
        Family::Crm => CRM,
    }
}

/// Where a family's figures are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tables {
    pub(crate) facts: &'static str,
    /// The same figures split by one dimension.
    pub(crate) breakdowns: &'static str,
    /// Sums by account and day.
    pub(crate) rollup: &'static str,
}

/// The tables of a family.
pub(crate) const fn tables(family: Family) -> Tables {
    let (facts, breakdowns, rollup) = match family {
        Family::Ads => ("facts_ads", "facts_ads_by", "rollup_ads_account_day"),
        Family::Social => ("facts_social", "facts_social_by", "rollup_social_account_day"),
        Family::Web => ("facts_web", "facts_web_by", "rollup_web_account_day"),
        Family::Search => ("facts_search", "facts_search_by", "rollup_search_account_day"),
        Family::Email => ("facts_email", "facts_email_by", "rollup_email_account_day"),
        Family::Crm => ("facts_crm", "facts_crm_by", "rollup_crm_account_day"),
    };
    Tables { facts, breakdowns, rollup }
}

/// The columns of all measures, for statements; each after `prefix`.
pub(crate) fn columns(family: Family, prefix: &str) -> String {
    let names: Vec<String> = metrics(family).iter().map(|m| format!("{prefix}{}", m.name())).collect();
    names.join(", ")
}

/// Where a metric stands among a family's measures; none if its facts don't hold it.
pub(crate) fn index(family: Family, metric: Metric) -> Option<usize> {
    metrics(family).iter().position(|m| *m == metric)
}

/// The measures that can be summed, as (metric, place among the measures).
pub(crate) fn additive(family: Family) -> impl Iterator<Item = (Metric, usize)> {
    let all = metrics(family).iter().copied().enumerate();
    all.filter(|(_, m)| m.class() == Class::Additive).map(|(at, m)| (m, at))
}

/// A mean, as places among the measures. The rollup keeps value × weight summed up, and the weights, so that a mean of any
/// days is exact.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mean {
    pub(crate) metric: Metric,
    pub(crate) at: usize,
    pub(crate) weight: Metric,
    pub(crate) weight_at: usize,
}

/// The weighted mean among a family's measures. (There is one at most.)
pub(crate) fn mean(family: Family) -> Option<Mean> {
    metrics(family).iter().copied().enumerate().find_map(|(at, metric)| match metric.class() {
        Class::WeightedBy(weight) => Some(Mean { metric, at, weight, weight_at: index(family, weight)? }),
        _ => None,
    })
}

/// The columns of a family's rollup behind the number of facts, for statements.
pub(crate) fn rollup_columns(family: Family) -> String {
    let mut names: Vec<String> = additive(family).map(|(m, _)| m.name().to_owned()).collect();
    if let Some(Mean { metric, .. }) = mean(family) {
        names.extend([format!("{}_sum", metric.name()), format!("{}_weight", metric.name())]);
    }
    names.join(", ")
}

/// The mean of products summed up and their weights, rounded half away from zero; none without weight. Whole numbers are
/// divided, as the cube does it: a quotient of decimals would be rounded before.
pub(crate) fn weighted_mean(products: Decimal, weights: Decimal) -> Option<i64> {
    let (products, weights) = (i128::try_from(products).ok()?, i128::try_from(weights).ok()?);
    if weights == 0 {
        return None;
    }
    let size = products.unsigned_abs() * 2 + weights.unsigned_abs();
    let mean = i128::try_from(size / (weights.unsigned_abs() * 2)).ok()?;
    i64::try_from(if (products < 0) == (weights < 0) { mean } else { -mean }).ok()
}

/// The measures of one fact, each in its metric's scale. What was not reported is absent, not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measures {
    family: Family,
    present: u32,
    values: [i64; MOST],
}

/// The metric is not one of the family's facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("figures of {} hold no {}", .family.label(), .metric.name())]
pub struct ForeignMetric {
    /// Whose facts.
    pub family: Family,
    /// What they don't hold.
    pub metric: Metric,
}

impl Measures {
    /// None reported.
    pub const fn of(family: Family) -> Self {
        Self { family, present: 0, values: [0; MOST] }
    }

    /// Whose measures they are.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Sets a measure, in the metric's scale (money and fractional counts: millionths).
    ///
    /// # Errors
    /// When the metric's families do not include this one.
    pub fn set(&mut self, metric: Metric, value: i64) -> Result<(), ForeignMetric> {
        let at = index(self.family, metric).ok_or(ForeignMetric { family: self.family, metric })?;
        self.set_at(at, value);
        Ok(())
    }

    /// The value of a metric, if it was reported.
    pub fn get(&self, metric: Metric) -> Option<i64> {
        index(self.family, metric).and_then(|at| self.at(at))
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
    pub(crate) fn present(&self) -> u32 {
        self.present
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_the_catalogue() {
        for family in Family::ALL {
            let catalogue: Vec<_> =
                Metric::ALL.iter().copied().filter(|m| m.families().contains(&family)).collect();
            assert_eq!(catalogue, metrics(family), "{family:?}: a metric of the catalogue needs a column");
            assert!(metrics(family).len() <= MOST, "{family:?}");
            let weighted = metrics(family).iter().filter(|m| matches!(m.class(), Class::WeightedBy(_)));
            assert_eq!(weighted.count(), usize::from(mean(family).is_some()), "{family:?}: one mean at most");
            let tables = tables(family);
            assert_eq!(tables.facts, format!("facts_{}", family.name()));
            assert_eq!(tables.breakdowns, format!("facts_{}_by", family.name()));
            assert_eq!(tables.rollup, format!("rollup_{}_account_day", family.name()));
        }
        assert_eq!(columns(Family::Search, "f."), "f.impressions, f.clicks, f.position");
        assert_eq!(rollup_columns(Family::Search), "impressions, clicks, position_sum, position_weight");
    }

    #[test]
    fn absent_is_not_zero() {
        let mut measures = Measures::of(Family::Ads);
        measures.set(Metric::Spend, 0).unwrap();
        assert_eq!((measures.get(Metric::Spend), measures.get(Metric::Clicks)), (Some(0), None));
        let refused = measures.set(Metric::Sessions, 1).unwrap_err();
        assert_eq!(refused.to_string(), "figures of advertising hold no sessions");
        assert!(Measures::of(Family::Web).set(Metric::Sessions, 1).is_ok());
    }
}
