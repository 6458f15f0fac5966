//! How large and how lively the generated world is.

use std::ops::RangeInclusive;

/// The size and seed of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldConfig {
    /// Everything is drawn from this: the same seed gives the same world.
    pub seed: u64,
    /// Client accounts below the manager (1 to 999).
    pub accounts: u32,
    /// Campaigns of each account over the whole period, drawn per account from this range (1 to 2,000).
    pub campaigns_per_account: RangeInclusive<u32>,
    /// Ad groups per campaign, drawn per campaign from this range (1 to 99).
    pub ad_groups: RangeInclusive<u32>,
    /// Ads per ad group, drawn per ad group from this range (1 to 99).
    pub ads: RangeInclusive<u32>,
    /// Months of history before the day on which the simulator starts.
    pub months: u32,
    /// True: everything runs on every day, nothing is launched, paused or closed, so that the number of rows
    /// is known beforehand. For load.
    pub steady: bool,
}

impl Default for WorldConfig {
    /// The demo: 6 accounts in 3 currencies with 8 to 14 campaigns each, and 13 months of history.
    fn default() -> Self {
        Self {
            seed: 20_261,
            accounts: 6,
            campaigns_per_account: 8..=14,
            ad_groups: 2..=4,
            ads: 2..=4,
            months: 13,
            steady: false,
        }
    }
}

impl WorldConfig {
    /// A world for load: exactly this many campaigns, ad groups and ads, all running on all days.
    ///
    /// Rows per day and stream are then known: `accounts * campaigns` campaign rows, and ad rows for the
    /// campaigns that are not Performance Max.
    pub fn load(accounts: u32, campaigns: u32, ad_groups: u32, ads: u32, months: u32) -> Self {
        Self {
            accounts,
            campaigns_per_account: campaigns..=campaigns,
            ad_groups: ad_groups..=ad_groups,
            ads: ads..=ads,
            months,
            steady: true,
            ..Self::default()
        }
    }

    /// The nearest configuration that keeps all ids distinct.
    #[must_use]
    pub fn clamped(self) -> Self {
        let clamp = |range: RangeInclusive<u32>, most: u32| {
            let low = (*range.start()).clamp(1, most);
            low..=(*range.end()).clamp(low, most)
        };
        Self {
            accounts: self.accounts.clamp(1, 999),
            campaigns_per_account: clamp(self.campaigns_per_account, 2_000),
            ad_groups: clamp(self.ad_groups, 99),
            ads: clamp(self.ads, 99),
            months: self.months.clamp(1, 120),
            ..self
        }
    }
}
