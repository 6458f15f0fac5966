//! The generated world: businesses, their accounts and campaigns, and what happened on each day.
//!
//! Everything is a pure function of the seed, the entity, the day and the simulated moment at which it is
//! asked. Nothing is stored, and the order of questions does not matter.

pub mod audience;
pub mod campaign;
pub mod config;
pub mod curves;
pub mod day;
pub mod fact;
pub mod leads;
pub mod mail;
pub mod members;
pub mod noise;
pub mod nurture;
pub mod paid;
pub mod posts;
pub mod search;
pub mod seasons;
pub mod stories;
pub mod templates;
pub mod traffic;

pub(crate) mod build;

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use self::campaign::Campaign;
use self::config::WorldConfig;
use self::noise::Noise;
use self::paid::Network;
use self::templates::{TEMPLATES, Template};

/// A stretch of days on which one campaign's conversion tracking is broken while its spend goes on.
///
/// It lies on the 10th to 12th of a month: the latest month in which the 12th was at least five days ago when
/// the simulator started. There is exactly one in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlantedAnomaly {
    /// `customer.id` of the account.
    pub customer: i64,
    /// `campaign.id` of the campaign.
    pub campaign: i64,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
}

impl PlantedAnomaly {
    /// Position of the account in the world.
    pub const ACCOUNT: usize = 0;
    /// Position of the campaign in its account: the brand search campaign.
    pub const CAMPAIGN: usize = 0;
    /// First day of the month that is affected.
    pub const FIRST_DAY: u32 = 10;
    /// Days that are affected.
    pub const DAYS: i64 = 3;
    /// Share of conversions that is still tracked on those days.
    pub const TRACKED: f64 = 0.02;
}

/// One client account.
#[derive(Debug)]
pub struct Account {
    /// `customer.id`.
    pub id: i64,
    /// `customer.descriptive_name`.
    pub name: String,
    /// The business behind it.
    pub template: &'static Template,
    /// Campaigns that exist at any time in the world's history or the year after its start.
    pub campaigns: Vec<Campaign>,
}

impl Account {
    /// Today in the account's zone.
    pub fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        now.with_timezone(&self.zone()).date_naive()
    }

    /// The account's zone.
    pub fn zone(&self) -> Tz {
        self.template.zone
    }
}

/// The world of one simulator.
#[derive(Debug)]
pub struct World {
    /// What it was made from.
    pub config: WorldConfig,
    /// `customer.id` of the manager.
    pub manager: i64,
    /// `customer.id` of an account that was closed long ago: listed as CANCELED, and refuses queries.
    pub closed: i64,
    /// Client accounts.
    pub accounts: Vec<Account>,
    /// Campaigns on the other networks, by network and position of the account.
    pub(crate) social: Vec<(Network, usize, Vec<Campaign>)>,
    /// First day with data.
    pub first_day: NaiveDate,
    /// The planted anomaly.
    pub anomaly: PlantedAnomaly,
}

/// Name of the manager account.
pub const MANAGER_NAME: &str = "Windhover Demo Agency";

/// Name of the closed account.
pub const CLOSED_NAME: &str = "Nordlicht Outdoor FR (closed)";

impl World {
    /// Builds the world as of `today`; its history reaches back the configured number of months.
    pub fn new(config: WorldConfig, today: NaiveDate) -> Self {
        let config = config.clamped();
        let root = Noise::new(config.seed);
        let first_day = today.checked_sub_months(Months::new(config.months)).unwrap_or(today);
        let until = today.checked_add_months(Months::new(12)).unwrap_or(today);
        let accounts: Vec<Account> = (0..usize::try_from(config.accounts).unwrap_or(1))
            .map(|index| {
                let template = &TEMPLATES[index % TEMPLATES.len()];
                let round = index / TEMPLATES.len();
                let name = match round {
                    0 => template.name.to_owned(),
                    n => format!("{} {}", template.name, n + 1),
                };
                let noise = root.of(crate::num::key(index));
                Account {
                    id: 4_017_654_321 + i64::try_from(index).unwrap_or(0) * 6_543_217,
                    name,
                    template,
                    campaigns: build::campaigns(
                        &config,
                        build::SEARCH,
                        (template, index),
                        noise,
                        first_day,
                        until,
                    ),
                }
            })
            .collect();
        let from = anomaly_start(today);
        let campaign = &accounts[PlantedAnomaly::ACCOUNT].campaigns[PlantedAnomaly::CAMPAIGN];
        let anomaly = PlantedAnomaly {
            customer: accounts[PlantedAnomaly::ACCOUNT].id,
            campaign: campaign.id,
            from,
            until: from + TimeDelta::days(PlantedAnomaly::DAYS - 1),
        };
        let social = paid::campaigns(&config, &accounts, root, first_day, until);
        Self { config, manager: 9_108_224_317, closed: 3_900_112_233, accounts, social, first_day, anomaly }
    }

    /// The account with this id.
    pub fn account(&self, id: i64) -> Option<(usize, &Account)> {
        self.accounts.iter().enumerate().find(|(_, account)| account.id == id)
    }

    /// Share of conversions that the campaign's tracking catches on `day`.
    pub fn tracking(&self, campaign: i64, day: NaiveDate) -> f64 {
        let anomaly = &self.anomaly;
        if campaign == anomaly.campaign && (anomaly.from..=anomaly.until).contains(&day) {
            PlantedAnomaly::TRACKED
        } else {
            1.0
        }
    }
}

/// The 10th of the latest month in which the anomaly was over at least five days before `today`.
fn anomaly_start(today: NaiveDate) -> NaiveDate {
    let this_month = today.with_day(PlantedAnomaly::FIRST_DAY).unwrap_or(today);
    if today - this_month >= TimeDelta::days(PlantedAnomaly::DAYS + 4) {
        return this_month;
    }
    this_month.checked_sub_months(Months::new(1)).unwrap_or(this_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_anomaly_is_recent_but_over() {
        assert_eq!(anomaly_start(day("2026-11-22")), day("2026-11-10"));
        assert_eq!(anomaly_start(day("2026-11-17")), day("2026-11-10"));
        assert_eq!(anomaly_start(day("2026-11-16")), day("2026-10-10"));
        assert_eq!(anomaly_start(day("2026-01-03")), day("2025-12-10"));
    }

    #[test]
    fn every_account_of_the_demo_has_8_to_14_campaigns_with_launches_and_stops() {
        let today = day("2026-11-22");
        for shift in [0, 100, 200, 300] {
            let today = today + TimeDelta::days(shift);
            let world = World::new(WorldConfig::default(), today);
            assert_eq!(world.accounts.len(), 6);
            let (mut launched, mut stopped) = (0, 0);
            for account in &world.accounts {
                let there: Vec<_> =
                    account.campaigns.iter().filter(|c| c.exists(world.first_day, today)).collect();
                assert!((8..=14).contains(&there.len()), "{}: {}", account.name, there.len());
                launched += there.iter().filter(|c| c.start > world.first_day).count();
                stopped += there.iter().filter(|c| c.end.is_some_and(|end| end < today)).count();
            }
            assert!(launched >= 6 && stopped >= 6, "{launched} launches, {stopped} stops");
        }
    }

    #[test]
    fn ids_are_distinct() {
        let world = World::new(WorldConfig::load(12, 40, 3, 3, 2), day("2026-11-22"));
        let mut ids = std::collections::HashSet::new();
        for campaign in world.accounts.iter().flat_map(|account| &account.campaigns) {
            assert!(ids.insert(("campaign", campaign.id)));
            for group in &campaign.groups {
                assert!(ids.insert(("ad group", group.id)));
                assert!(group.ads.iter().all(|ad| ids.insert(("ad", ad.id))));
                assert!(group.keywords.iter().all(|keyword| ids.insert(("keyword", keyword.id))));
            }
        }
    }

    #[test]
    fn a_restart_on_another_day_finds_the_same_campaigns() {
        let names = |today| -> Vec<String> {
            let world = World::new(WorldConfig::default(), today);
            let list = world.accounts.iter().flat_map(|account| &account.campaigns);
            list.filter(|c| c.runs(day("2026-11-01"))).map(|c| format!("{} {}", c.id, c.name)).collect()
        };
        assert_eq!(names(day("2026-11-22")), names(day("2026-12-05")));
    }
}
