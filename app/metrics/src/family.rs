//! Names of families.

use crate::catalogue::Family;

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
