//! Random data and a plain reference implementation, so that every path to an answer (the cube, SQL) can be held
//! against the same simple one, value by value.

mod data;
mod naive;

pub use data::{dataset, dataset_with_queries, query};
pub use naive::naive_query;

use crate::catalogue::{Class, Family, Metric};
use crate::cube::{Account, Cube, CubeBuilder, CubeMeta, Entity, Path};
use crate::query::Level;
use chrono::NaiveDate;
use model::DayRange;
use model::days::WeekStart;
use model::ids::AccountId;
use std::collections::{BTreeMap, BTreeSet};

/// Advertising metrics of all classes that `facts_ads` holds.
pub const ADS_METRICS: &[Metric] = &[
    Metric::Impressions,
    Metric::Clicks,
    Metric::Reach,
    Metric::Spend,
    Metric::Conversions,
    Metric::ConversionValue,
    Metric::Budget,
    Metric::BudgetedSpend,
    Metric::BudgetTotal,
];

/// A small warehouse: everything that queries can see.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Level of the tree that all facts belong to.
    pub level: Level,
    /// How weeks are cut.
    pub week_start: WeekStart,
    /// Reporting currency.
    pub currency: String,
    /// Metrics of each fact, in order.
    pub metrics: Vec<Metric>,
    /// Accounts, by id.
    pub accounts: Vec<Account>,
    /// Campaigns, by id.
    pub campaigns: Vec<Entity>,
    /// Ad groups, by id.
    pub ad_groups: Vec<Entity>,
    /// Ads, by id.
    pub ads: Vec<Entity>,
    /// Facts; no two of one place and day.
    pub facts: Vec<Fact>,
    /// The metrics that facts of a place count for; of places that are not in here, all.
    pub counting: BTreeMap<Path, Counting>,
    /// Currencies without a rate on a day. On all other days every currency is worth exactly 1 of the reporting
    /// currency. The reporting currency itself is never in here.
    pub missing_rates: BTreeSet<(String, NaiveDate)>,
    /// All facts lie in here.
    pub span: DayRange,
}

/// The metrics that facts of a place count for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counting {
    /// In queries that do not tell campaigns apart.
    pub totals: BTreeSet<Metric>,
    /// In those that do.
    pub split: BTreeSet<Metric>,
}

/// One day of one place.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Where.
    pub path: Path,
    /// When.
    pub day: NaiveDate,
    /// One per metric; money in the account's currency.
    pub values: Vec<Option<i64>>,
}

impl Dataset {
    /// The account of a fact.
    ///
    /// # Panics
    /// When the dataset does not hold it.
    pub fn account(&self, fact: &Fact) -> &Account {
        self.accounts
            .iter()
            .find(|a| a.id == fact.path.account)
            .expect("facts belong to accounts of the dataset")
    }

    /// Decides what counts in an account that has figures of its own beside those of its campaigns, metric by metric. The
    /// rule is told whether the account reports the metric, whether campaigns do, and whether they are told apart; it
    /// answers whether the account's figures count, and whether those of campaigns do.
    pub fn settle(&mut self, account: AccountId, rule: impl Fn(bool, bool, bool) -> (bool, bool)) {
        let facts: Vec<&Fact> = self.facts.iter().filter(|fact| fact.path.account == account).collect();
        let is_own = |fact: &Fact| fact.path.campaign.is_none();
        if facts.iter().all(|fact| is_own(fact)) || !facts.iter().any(|fact| is_own(fact)) {
            return;
        }
        let mut counting: BTreeMap<Path, Counting> = BTreeMap::new();
        for metric in self.metrics.iter().copied() {
            // A mean goes with its weight.
            let reported = if let Class::WeightedBy(weight) = metric.class() { weight } else { metric };
            let place = |wanted: Metric| self.metrics.iter().position(|m| *m == wanted);
            let has = |fact: &Fact, wanted| place(wanted).is_some_and(|at| fact.values[at].is_some());
            let is_known = facts.iter().any(|fact| has(fact, metric));
            let reports =
                |own: bool| is_known && facts.iter().any(|fact| is_own(fact) == own && has(fact, reported));
            for is_split in [false, true] {
                let (own, campaigns) = rule(reports(true), reports(false), is_split);
                for fact in &facts {
                    let sets = counting.entry(fact.path).or_default();
                    if if is_own(fact) { own } else { campaigns } {
                        let set = if is_split { &mut sets.split } else { &mut sets.totals };
                        set.insert(metric);
                    }
                }
            }
        }
        self.counting.extend(counting);
    }

    /// Whether a fact counts for a metric.
    pub fn counts(&self, fact: &Fact, metric: Metric, is_split: bool) -> bool {
        let counting = self.counting.get(&fact.path);
        counting.is_none_or(|c| if is_split { &c.split } else { &c.totals }.contains(&metric))
    }

    /// The values of a fact in the reporting currency: money without a rate is missing.
    pub fn converted(&self, fact: &Fact) -> Vec<Option<i64>> {
        let lacking = self.missing_rates.contains(&(self.account(fact).currency.clone(), fact.day));
        let values = self.metrics.iter().zip(&fact.values);
        values.map(|(metric, value)| value.filter(|_| !(lacking && metric.is_money()))).collect()
    }

    /// The cube of all facts.
    ///
    /// # Panics
    /// When the dataset contradicts itself.
    pub fn to_cube(&self) -> Cube {
        let meta = CubeMeta {
            family: Family::Ads,
            level: self.level,
            week_start: self.week_start,
            currency: self.currency.clone(),
            periods: vec![self.span],
            missing_rates: Vec::new(),
        };
        let mut builder = CubeBuilder::new(meta, &self.metrics);
        for account in &self.accounts {
            builder.account(account.clone());
        }
        for entity in &self.campaigns {
            builder.campaign(entity.clone());
        }
        for entity in &self.ad_groups {
            builder.ad_group(entity.clone());
        }
        for entity in &self.ads {
            builder.ad(entity.clone());
        }
        for (currency, day) in &self.missing_rates {
            builder.missing_rate(currency, *day);
        }
        for fact in &self.facts {
            builder.push(fact.path, fact.day, &self.converted(fact)).expect("one value per metric");
        }
        for (path, counting) in &self.counting {
            let has =
                |set: &BTreeSet<Metric>, metric: Option<Metric>| metric.is_none_or(|m| set.contains(&m));
            builder
                .counts_for(*path, |m| has(&counting.totals, m), |m| has(&counting.split, m))
                .expect("few places");
        }
        builder.finish().expect("the dataset is consistent")
    }
}
