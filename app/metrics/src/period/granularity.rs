//! How fine a time axis is.

use crate::query::Dimension;
use model::DayRange;
use serde::{Deserialize, Serialize};

/// The step of a time axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// Hours of the day; only where hours were read.
    Hour,
    /// Days.
    Day,
    /// Weeks.
    Week,
    /// Months.
    Month,
}

impl Granularity {
    /// From fine to coarse.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// The step that suits a period: up to two days hours (where they exist), up to 120 days, up to two years weeks,
    /// else months.
    pub fn auto(days: DayRange, has_hours: bool) -> Self {
        match days.len() {
            0..=2 if has_hours => Self::Hour,
            0..=120 => Self::Day,
            121..=731 => Self::Week,
            _ => Self::Month,
        }
    }

    /// The dimension to group by.
    pub fn dimension(self) -> Dimension {
        match self {
            Self::Hour => Dimension::Hour,
            Self::Day => Dimension::Day,
            Self::Week => Dimension::Week,
            Self::Month => Dimension::Month,
        }
    }

    /// In addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// For people: `daily`.
    pub fn adverb(self) -> &'static str {
        match self {
            Self::Hour => "hourly",
            Self::Day => "daily",
            Self::Week => "weekly",
            Self::Month => "monthly",
        }
    }

    /// The step with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|g| g.name() == name)
    }
}
