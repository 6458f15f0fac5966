//! Promotions that come back: the same effort on every network and in e-mails, year by year.

use super::build::{season, slug};
use super::campaign::Kind;
use super::{Account, World};

/// A promotion, without the year that its campaigns and links have after it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Season {
    /// How the names of its campaigns begin.
    pub name: &'static str,
    /// How the `utm_campaign` of its links begins.
    pub utm: String,
}

impl World {
    /// The promotions that some account has in the world's history or in the year after its start.
    pub fn seasons(&self) -> Vec<Season> {
        let of_account = |account: &Account| {
            let template = account.template;
            let promotions = account.campaigns.iter().filter(|campaign| campaign.kind == Kind::Promotion);
            let seasons = promotions.map(move |campaign| {
                let name = season(template, campaign.start);
                Season { name, utm: slug(&format!("{} {name}", template.market)) }
            });
            seasons.collect::<Vec<_>>()
        };
        let mut seasons: Vec<Season> = self.accounts.iter().flat_map(of_account).collect();
        seasons.sort();
        seasons.dedup();
        seasons
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::config::WorldConfig;

    #[test]
    fn seasons_are_how_names_and_links_of_promotions_begin() {
        let world = World::new(WorldConfig::default(), "2026-11-22".parse().unwrap());
        let seasons = world.seasons();
        assert!(seasons.len() >= world.accounts.len(), "{seasons:?}");
        for campaign in world.accounts.iter().flat_map(|account| &account.campaigns) {
            let of = seasons.iter().filter(|season| {
                campaign.name.starts_with(season.name)
                    && campaign.utm.starts_with(&format!("{}-2", season.utm))
            });
            assert_eq!(of.count(), usize::from(campaign.kind == Kind::Promotion), "{}", campaign.name);
        }
    }
}
