//! Names of families.

use crate::catalogue::{Family, Metric};

impl Family {
    /// All, in the order of the catalogue.
    pub const ALL: [Self; 6] = [Self::Ads, Self::Social, Self::Web, Self::Search, Self::Email, Self::Crm];

    /// As stored, and in names of tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ads => "ads",
            Self::Social => "social",
            Self::Web => "web",
            Self::Search => "search",
            Self::Email => "email",
            Self::Crm => "crm",
        }
    }

    /// The families whose facts hold all of those metrics, in the order of the catalogue.
    pub fn holding(metrics: &[Metric]) -> impl Iterator<Item = Self> + '_ {
        Self::ALL.into_iter().filter(|family| metrics.iter().all(|m| m.families().contains(family)))
    }

    /// The family with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }

    /// For people, after "figures of".
    pub fn label(self) -> &'static str {
        match self {
            Self::Ads => "advertising",
            Self::Social => "social media",
            Self::Web => "web analytics",
            Self::Search => "organic search",
            Self::Email => "e-mail",
            Self::Crm => "customer relations",
        }
    }
}
