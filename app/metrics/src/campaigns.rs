//! The table of unified campaigns: what belongs together across platforms, side by side.

use crate::catalogue::{Family, Measure, Metric};
use crate::query::MissingRate;
use crate::value::{Value, evaluate};
use model::DayRange;
use model::mapping::{AssignedBy, CampaignName, ThingName};
use serde::{Deserialize, Serialize};

/// The stored figures of the table, each of the family that the overview dashboard takes it from, so that both come to the
/// same totals. No metric is there twice.
pub const FIGURES: [(Family, Metric); 11] = [
    (Family::Ads, Metric::Spend),
    (Family::Ads, Metric::Impressions),
    (Family::Ads, Metric::Clicks),
    (Family::Social, Metric::Engagements),
    (Family::Email, Metric::EmailsSent),
    (Family::Web, Metric::Sessions),
    (Family::Crm, Metric::Leads),
    (Family::Ads, Metric::Conversions),
    (Family::Ads, Metric::ConversionValue),
    (Family::Crm, Metric::DealsWon),
    (Family::Crm, Metric::Revenue),
];

/// One per [`FIGURES`], in the catalogue's scale; money in the reporting currency. None = nobody reported it.
pub type Values = Vec<Option<i64>>;

/// A measure out of [`Values`].
pub fn value(values: &[Option<i64>], measure: Measure) -> Value {
    evaluate(measure, |metric| {
        let at = FIGURES.iter().position(|(_, known)| *known == metric)?;
        values.get(at).copied().flatten()
    })
}

/// A unified campaign and what it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignRow {
    /// Which.
    pub campaign: CampaignName,
    /// Slugs of the platforms that it is on, in alphabetical order.
    pub platforms: Vec<String>,
    /// Things in it.
    pub things: i64,
    /// What they came to.
    pub values: Values,
}

/// All unified campaigns over some days. The campaigns and what is unmapped add up to the totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignTable {
    /// Which days.
    pub days: DayRange,
    /// ISO 4217 code of all money.
    pub currency: String,
    /// The ones that cost most first.
    pub campaigns: Vec<CampaignRow>,
    /// What belongs to none: the totals without the campaigns.
    pub unmapped: Values,
    /// What the dashboards show.
    pub totals: Values,
    /// Money that could not be converted and is in none of the sums.
    pub missing_rates: Vec<MissingRate>,
    /// Whether there is any rule.
    pub has_rules: bool,
}

/// A thing and what it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThingRow {
    /// Which.
    pub thing: ThingName,
    /// Where it can be seen: an address with http or https.
    pub link: Option<String>,
    /// How it came where it is.
    pub by: AssignedBy,
    /// What it came to.
    pub values: Values,
}

/// What is in a unified campaign, or in none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignContent {
    /// Which; none = what belongs to none.
    pub campaign: Option<CampaignName>,
    /// Which days.
    pub days: DayRange,
    /// ISO 4217 code of all money.
    pub currency: String,
    /// The ones that cost most first, then by what else they came to.
    pub things: Vec<ThingRow>,
    /// Things beyond those listed.
    pub more: i64,
    /// What is not told apart by things, or belongs to those beyond the list.
    pub rest: Values,
    /// What everything of it came to.
    pub totals: Values,
    /// All unified campaigns, by name.
    pub all: Vec<CampaignName>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Ratio;

    #[test]
    fn every_metric_is_there_once_and_its_family_holds_it() {
        for (at, (family, metric)) in FIGURES.iter().enumerate() {
            assert!(metric.families().contains(family), "{metric:?}");
            assert!(FIGURES[..at].iter().all(|(_, before)| before != metric), "{metric:?} twice");
            assert_eq!(metric.class(), crate::Class::Additive, "{metric:?} can't be added up");
        }
    }

    #[test]
    fn ratios_are_computed_from_the_sums() {
        let mut values = vec![None; FIGURES.len()];
        values[0] = Some(2_000_000);
        values[8] = Some(9_000_000);
        assert_eq!(value(&values, Measure::Ratio(Ratio::Roas)).to_f64(), Some(4.5));
        assert_eq!(value(&values, Measure::Metric(Metric::Leads)), Value::Missing);
    }
}
