//! The cube: all figures of a dashboard in columns, to be filtered and grouped where it is shown.
//!
//! A row is one fact: one day of one place in the tree of accounts, campaigns, ad groups and ads. Rows are kept
//! together by place, days ascending, so that a filter on any member drops whole runs of rows, and nothing but the
//! day is stored per row besides the values.

mod build;
mod codec;
mod members;
mod plan;
mod query;
mod selection;

pub use build::{BuildError, CubeBuilder};
pub use codec::DecodeError;
pub(crate) use query::weighted_mean;

use crate::catalogue::{Family, Metric};
use crate::query::{Level, MissingRate};
use chrono::NaiveDate;
use model::DayRange;
use model::days::WeekStart;
use model::ids::{AccountId, EntityId};
use serde::{Deserialize, Serialize};

/// What a cube holds besides figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CubeMeta {
    /// Whose figures.
    pub family: Family,
    /// Level of the tree that the rows belong to.
    pub level: Level,
    /// How weeks are cut.
    pub week_start: WeekStart,
    /// ISO 4217 code that all money is in.
    pub currency: String,
    /// Days that the cube answers for (the period, and the comparison), whether or not they have rows.
    pub periods: Vec<DayRange>,
    /// Exactly the days on which money of a currency could not be converted; its money is missing in the rows.
    pub missing_rates: Vec<MissingRate>,
}

/// An account whose figures are in the cube.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Key.
    pub id: AccountId,
    /// For people.
    pub name: String,
    /// Platform slug.
    pub platform: String,
    /// ISO 4217 code that the account reports in (before conversion).
    pub currency: String,
    /// IANA name of the zone that its days are in.
    pub time_zone: String,
}

/// A campaign, ad group or ad.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Key.
    pub id: EntityId,
    /// For people.
    pub label: String,
    /// The entity above it, if it has one in the tree.
    pub parent: Option<EntityId>,
    /// Status in the vendor's words; empty when unknown.
    pub status: String,
}

/// A place in the tree: what a row's figures belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path {
    /// Account.
    pub account: AccountId,
    /// Campaign; none for the account's own totals.
    pub campaign: Option<EntityId>,
    /// Ad group.
    pub ad_group: Option<EntityId>,
    /// Ad.
    pub ad: Option<EntityId>,
}

/// Positions of a path's members: the account's in its list, the others' plus one, 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PathCodes {
    account: u32,
    campaign: u32,
    ad_group: u32,
    ad: u32,
}

/// Which rows report a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Presence {
    /// All.
    All,
    /// Bit `i % 8` of byte `i / 8` is set when row `i` does.
    Some(Vec<u8>),
}

impl Presence {
    #[inline]
    fn has(&self, row: usize) -> bool {
        match self {
            Self::All => true,
            Self::Some(bits) => bits.get(row >> 3).is_some_and(|byte| byte >> (row & 7) & 1 == 1),
        }
    }
}

/// One metric of all rows. A row that does not report it holds 0. The absolute values of all rows sum up to at most
/// `i64::MAX`, so that no sum over any rows can overflow.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    metric: Metric,
    presence: Presence,
    values: Vec<i64>,
}

/// Which figures of a place count: bit 0 for metrics without a column, bit `i + 1` for column `i`. A platform may tell some
/// figures of an account as a whole and others of its campaigns, and where both tell the same, one of them must not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counting {
    /// In queries that do not tell campaigns apart.
    totals: u64,
    /// In those that do.
    split: u64,
}

impl Counting {
    const ALL: Self = Self { totals: u64::MAX, split: u64::MAX };
}

/// All figures of a dashboard. Made by [`CubeBuilder`] or [`Cube::decode`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cube {
    meta: CubeMeta,
    /// Day 0 of `days`.
    first_day: NaiveDate,
    /// Sorted by id.
    accounts: Vec<Account>,
    /// Campaigns, ad groups, ads; each sorted by id.
    entities: [Vec<Entity>; 3],
    /// Sorted by account, campaign, ad group, ad.
    paths: Vec<PathCodes>,
    /// Of each path; empty where everything counts.
    counting: Vec<Counting>,
    /// Rows of path `i` are `starts[i]..starts[i + 1]`.
    starts: Vec<u32>,
    /// Day of each row after `first_day`; ascending within a path.
    days: Vec<u16>,
    columns: Vec<Column>,
}

impl Cube {
    /// What it holds besides figures.
    pub fn meta(&self) -> &CubeMeta {
        &self.meta
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// Whether it holds no row.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// Metrics that it has a column for, in the catalogue's order.
    pub fn metrics(&self) -> impl Iterator<Item = Metric> {
        self.columns.iter().map(|c| c.metric)
    }

    /// Whether at least one row reports the metric.
    pub fn reports(&self, metric: Metric) -> bool {
        let column = self.column(metric);
        column.is_some_and(|c| match &c.presence {
            Presence::All => !self.is_empty(),
            Presence::Some(bits) => bits.iter().any(|byte| *byte != 0),
        })
    }

    /// The first and last day that has a row; none when it is empty.
    pub fn days(&self) -> Option<DayRange> {
        let (first, last) = (self.days.iter().min()?, self.days.iter().max()?);
        DayRange::new(self.day(*first), self.day(*last)).ok()
    }

    /// Accounts, by id.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    fn day(&self, offset: u16) -> NaiveDate {
        self.first_day.checked_add_days(chrono::Days::new(u64::from(offset))).unwrap_or(NaiveDate::MAX)
    }

    fn column(&self, metric: Metric) -> Option<&Column> {
        self.columns.iter().find(|c| c.metric == metric)
    }

    /// Whether figures of a place count for a metric.
    fn counts(&self, path: usize, metric: Metric, is_split: bool) -> bool {
        let bit = self.columns.iter().position(|c| c.metric == metric).map_or(0, |at| at + 1);
        let of_path = self.counting.get(path).copied().unwrap_or(Counting::ALL);
        (if is_split { of_path.split } else { of_path.totals }) >> bit & 1 == 1
    }

    fn rows_of(&self, path: usize) -> std::ops::Range<usize> {
        let start = self.starts.get(path).copied().unwrap_or(0) as usize;
        let end = self.starts.get(path + 1).copied().unwrap_or(0) as usize;
        start..end.min(self.days.len())
    }
}

#[cfg(test)]
mod tests;
