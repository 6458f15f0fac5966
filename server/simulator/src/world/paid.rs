//! Advertising beside Google: the same efforts on social networks, with the same `utm_campaign`.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::build::{self, Medium};
use super::campaign::{Ad, AdGroup, Campaign, Kind};
use super::config::WorldConfig;
use super::day::{CampaignDay, Visibility};
use super::fact::Fact;
use super::noise::Noise;
use super::{Account, World};
use crate::num;

/// A network on which accounts advertise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Network {
    /// Google Ads.
    Google,
    /// Facebook and Instagram, which share one ad system.
    Meta,
    /// LinkedIn.
    LinkedIn,
    /// X.
    X,
    /// `TikTok`.
    TikTok,
}

impl Network {
    /// The networks beside Google.
    pub const SOCIAL: [Self; 4] = [Self::Meta, Self::LinkedIn, Self::X, Self::TikTok];

    /// Positions of the accounts that advertise here.
    pub fn accounts(self) -> &'static [usize] {
        match self {
            Self::Google => &[0, 1, 2, 3, 4, 5],
            Self::Meta => &[0, 1, 2, 3],
            Self::LinkedIn => &[4, 5],
            Self::X => &[5],
            Self::TikTok => &[0, 2],
        }
    }

    /// `utm_source` and `utm_medium` of its links.
    pub fn utm(self) -> (&'static str, &'static str) {
        match self {
            Self::Google => ("google", "cpc"),
            Self::Meta => ("facebook", "paid_social"),
            Self::LinkedIn => ("linkedin", "paid_social"),
            Self::X => ("x", "paid_social"),
            Self::TikTok => ("tiktok", "paid_social"),
        }
    }

    fn medium(self) -> Medium {
        use Kind::{Generic, Promotion, Prospecting, Remarketing, Video};
        match self {
            Self::Google => build::SEARCH,
            Self::Meta => Medium {
                slots: &[Prospecting, Remarketing, Video, Promotion, Prospecting],
                first_id: 120_210_000_000_000_000,
                key: 71,
            },
            Self::LinkedIn => {
                Medium { slots: &[Generic, Prospecting, Generic, Video], first_id: 300_000_000, key: 72 }
            }
            Self::X => Medium { slots: &[Prospecting, Video, Promotion], first_id: 40_000_000, key: 73 },
            Self::TikTok => Medium {
                slots: &[Video, Prospecting, Promotion],
                first_id: 1_790_000_000_000_000_000,
                key: 74,
            },
        }
    }
}

/// The campaigns of all accounts on the networks beside Google.
pub(super) fn campaigns(
    config: &WorldConfig,
    accounts: &[Account],
    root: Noise,
    from: NaiveDate,
    until: NaiveDate,
) -> Vec<(Network, usize, Vec<Campaign>)> {
    let pairs = Network::SOCIAL.iter().flat_map(|n| n.accounts().iter().map(move |at| (*n, *at)));
    pairs
        .filter_map(|(network, at)| {
            let whose = (accounts.get(at)?.template, at);
            let noise = root.of(num::key(at));
            Some((network, at, build::campaigns(config, network.medium(), whose, noise, from, until)))
        })
        .collect()
}

/// What people did with an ad or a post beside looking at it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Engagement {
    /// People who saw it; not to be added up.
    pub reach: i64,
    /// Likes.
    pub likes: i64,
    /// Comments.
    pub comments: i64,
    /// Shares.
    pub shares: i64,
    /// Saves.
    pub saves: i64,
    /// New followers.
    pub follows: i64,
    /// Times that a video was started.
    pub video_views: i64,
    /// Times that a video was seen to a quarter, half, three quarters and its end.
    pub video_quartiles: [i64; 4],
    /// Milliseconds that videos were watched for.
    pub watched_ms: i64,
}

/// One ad on one day, as far as it can be seen.
#[derive(Debug, Clone, Copy)]
pub struct AdDay<'a> {
    /// The ad group.
    pub group: &'a AdGroup,
    /// The ad.
    pub ad: &'a Ad,
    /// Money in millionths of the account's currency, conversions in millionths.
    pub fact: Fact,
    /// The rest.
    pub engagement: Engagement,
}

impl World {
    /// An account's campaigns on a network; none where it does not advertise.
    pub fn paid(&self, network: Network, account: usize) -> &[Campaign] {
        if network == Network::Google {
            return self.accounts.get(account).map(|a| a.campaigns.as_slice()).unwrap_or_default();
        }
        let found = self.social.iter().find(|(of, at, _)| *of == network && *at == account);
        found.map(|(_, _, campaigns)| campaigns.as_slice()).unwrap_or_default()
    }

    /// What the ads of a campaign did on a day in the account's zone; nothing on a day to come. Ads without any
    /// impression are left out.
    pub fn ad_days<'a>(
        &self,
        account: usize,
        campaign: &'a Campaign,
        day: NaiveDate,
        now: DateTime<Utc>,
    ) -> Vec<AdDay<'a>> {
        let Some(of) = self.accounts.get(account) else { return Vec::new() };
        let Some(visibility) = Visibility::of(day, of.zone(), now) else { return Vec::new() };
        let tracking = self.tracking(campaign.id, day);
        let Some(expected) = CampaignDay::of(of.template, campaign, day, tracking) else { return Vec::new() };
        let mut list = Vec::new();
        for group in &campaign.groups {
            let live: f64 = group.ads.iter().filter(|ad| ad.runs(day)).map(|ad| ad.share).sum();
            for ad in group.ads.iter().filter(|ad| ad.runs(day) && live > 0.0) {
                let whole = expected.ad(campaign, group, ad, live);
                let fact = expected.seen(&whole, campaign, ad, visibility);
                if fact.impressions == 0 {
                    continue;
                }
                let noise =
                    campaign.noise.of(ad.id.cast_unsigned()).of_day(i64::from(day.num_days_from_ce()));
                list.push(AdDay { group, ad, fact, engagement: engagement(&fact, noise.of(50)) });
            }
        }
        list
    }

    /// A campaign's figures on a day by the hours of the account's zone.
    pub fn campaign_hours(
        &self,
        account: usize,
        campaign: &Campaign,
        day: NaiveDate,
        now: DateTime<Utc>,
    ) -> [Fact; 24] {
        let mut hours = [Fact::default(); 24];
        let Some(of) = self.accounts.get(account) else { return hours };
        let Some(visibility) = Visibility::of(day, of.zone(), now) else { return hours };
        let tracking = self.tracking(campaign.id, day);
        let Some(expected) = CampaignDay::of(of.template, campaign, day, tracking) else { return hours };
        for group in &campaign.groups {
            let live: f64 = group.ads.iter().filter(|ad| ad.runs(day)).map(|ad| ad.share).sum();
            for ad in group.ads.iter().filter(|ad| ad.runs(day) && live > 0.0) {
                let whole = expected.ad(campaign, group, ad, live);
                let parts = expected.seen_by_hour(&whole, campaign, ad, visibility);
                hours.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
            }
        }
        hours
    }

    /// The sum over a campaign's ads on a day.
    pub fn campaign_day(
        &self,
        account: usize,
        campaign: &Campaign,
        day: NaiveDate,
        now: DateTime<Utc>,
    ) -> Fact {
        let mut sum = Fact::default();
        for of in self.ad_days(account, campaign, day, now) {
            sum += of.fact;
        }
        sum
    }
}

fn engagement(fact: &Fact, noise: Noise) -> Engagement {
    let seen = num::real(fact.impressions);
    let part = |key: u64, share: f64| num::floor(seen * share * noise.of(key).between(0.7, 1.3));
    let video_views = if fact.views > 0 { fact.views } else { part(7, 0.02) };
    let quartile = |share: f64| num::floor(num::real(video_views) * share);
    Engagement {
        reach: num::floor(seen / noise.of(1).between(1.2, 1.9)).max(1).min(fact.impressions),
        likes: part(2, 0.009),
        comments: part(3, 0.0011),
        shares: part(4, 0.0014),
        saves: part(5, 0.0009),
        follows: part(6, 0.0007),
        video_views,
        video_quartiles: [quartile(0.62), quartile(0.41), quartile(0.29), quartile(0.2)],
        watched_ms: num::floor(num::real(video_views) * 6_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> World {
        World::new(WorldConfig::default(), "2026-11-22".parse().unwrap())
    }

    #[test]
    fn a_promotion_runs_everywhere_at_once_under_one_utm_campaign() {
        let world = world();
        let promotions = |network| -> Vec<(String, NaiveDate)> {
            let list = world.paid(network, 0).iter().filter(|c| c.kind == Kind::Promotion);
            list.map(|c| (c.utm.clone(), c.start)).collect()
        };
        assert!(!promotions(Network::Google).is_empty());
        assert!(promotions(Network::Google)[0].0.starts_with("de-"), "{:?}", promotions(Network::Google));
        assert_eq!(promotions(Network::Google), promotions(Network::Meta));
        assert_eq!(promotions(Network::Google), promotions(Network::TikTok));
    }

    #[test]
    fn networks_have_campaigns_and_days_with_figures() {
        let world = world();
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        for network in Network::SOCIAL {
            for &account in network.accounts() {
                let campaigns = world.paid(network, account);
                assert!(!campaigns.is_empty(), "{network:?} {account}");
                let day = "2026-11-20".parse().unwrap();
                let spent: i64 =
                    campaigns.iter().map(|c| world.campaign_day(account, c, day, now).cost_micros).sum();
                assert!(spent > 0, "{network:?} {account}");
            }
        }
        assert!(world.paid(Network::X, 0).is_empty());
    }
}
