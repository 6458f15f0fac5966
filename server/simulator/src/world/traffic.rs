//! Visits to the businesses' sites: what the clicks on ads and in e-mails lead to, and what comes by itself.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::campaign::Kind;
use super::curves::{demand, hour_ends, share_of_day};
use super::day::Visibility;
use super::noise::Noise;
use super::paid::Network;
use super::templates::{Template, Vertical};
use super::{World, build};
use crate::num;

/// Visits of one day from one source, medium and campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// `utm_source`; `(direct)` without one.
    pub source: &'static str,
    /// `utm_medium`; `(none)` without one.
    pub medium: &'static str,
    /// `utm_campaign`; `(direct)`, `(organic)` or `(referral)` without one.
    pub campaign: String,
    /// GA4's default channel group.
    pub group: &'static str,
    /// Sessions.
    pub sessions: i64,
    /// Sessions with engagement.
    pub engaged: i64,
    /// People; not to be added up over days.
    pub users: i64,
    /// People who came for the first time.
    pub new_users: i64,
    /// Pages seen.
    pub pageviews: i64,
    /// Seconds of engagement.
    pub seconds: i64,
    /// Key events (sign-ups and orders).
    pub key_events: i64,
    /// Orders.
    pub purchases: i64,
    /// Their worth in millionths of the account's currency.
    pub revenue_micros: i64,
}

/// Views of one page on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageViews {
    /// Path of the page.
    pub path: String,
    /// Views.
    pub views: i64,
    /// People; not to be added up.
    pub users: i64,
    /// Seconds of engagement.
    pub seconds: i64,
}

impl Template {
    /// Address of the business's site, without a slash at its end.
    pub fn site(&self) -> String {
        format!("https://www.{}.example", build::slug(self.name))
    }

    /// Paths of its pages: the first page, and one for each range of products.
    pub fn pages(&self) -> Vec<String> {
        let topics = self.topics.iter().map(|topic| format!("/{}/", build::slug(topic.name)));
        std::iter::once("/".to_owned()).chain(topics).collect()
    }
}

fn channel(kind: Kind) -> &'static str {
    match kind {
        Kind::Shopping => "Paid Shopping",
        Kind::PerformanceMax => "Cross-network",
        Kind::Video => "Paid Video",
        Kind::Remarketing | Kind::Prospecting => "Display",
        _ => "Paid Search",
    }
}

impl World {
    /// Visits of a day in the account's zone, as far as they can be seen; largest sources first in no order.
    pub fn traffic(&self, account: usize, day: NaiveDate, now: DateTime<Utc>) -> Vec<Traffic> {
        let Some(of) = self.accounts.get(account) else { return Vec::new() };
        let Some(visibility) = Visibility::of(day, of.zone(), now) else { return Vec::new() };
        let number = i64::from(day.num_days_from_ce());
        let noise = Noise::new(self.config.seed).of(num::key(account)).of(900).of_day(number);
        let mut clicks: BTreeMap<(&'static str, &'static str, String, &'static str), i64> = BTreeMap::new();
        let networks = std::iter::once(Network::Google).chain(Network::SOCIAL);
        for network in networks {
            let (source, medium) = network.utm();
            for campaign in self.paid(network, account).iter().filter(|c| c.runs(day)) {
                let group = if network == Network::Google { channel(campaign.kind) } else { "Paid Social" };
                let fact = self.campaign_day(account, campaign, day, now);
                // Video views that lead to the site are the clicks among them.
                *clicks.entry((source, medium, campaign.utm.clone(), group)).or_default() += fact.clicks;
            }
        }
        for (utm, count) in self.mail_clicks(account, day, now) {
            *clicks.entry(("newsletter", "email", utm, "Email")).or_default() += count;
        }
        let passed = share_of_day(&hour_ends(of.template.vertical, Noise::new(1)), visibility.passed);
        let base = 620.0 * of.template.scale * demand(of.template, day) * passed;
        for (key, source, medium, campaign, group, share) in [
            (1, "google", "organic", "(organic)", "Organic Search", 1.0),
            (2, "(direct)", "(none)", "(direct)", "Direct", 0.7),
            (3, "bing", "organic", "(organic)", "Organic Search", 0.08),
            (4, "instagram.com", "referral", "(referral)", "Organic Social", 0.11),
            (5, "reviews.example", "referral", "(referral)", "Referral", 0.06),
        ] {
            let visits = num::floor(base * share * noise.of(key).between(0.93, 1.07));
            clicks.insert((source, medium, campaign.to_owned(), group), visits);
        }
        clicks
            .into_iter()
            .filter_map(|((source, medium, campaign, group), clicks)| {
                let noise = noise.of(100).of(key_of(source)).of(key_of(&campaign)).of(key_of(group));
                let sessions = num::floor(num::real(clicks) * 0.92);
                (sessions > 0)
                    .then(|| visits(of.template, (source, medium, campaign, group), sessions, noise))
            })
            .collect()
    }
}

impl World {
    /// How the visits of a day spread over the pages; views and seconds add up to those of the visits.
    pub fn page_views(&self, account: usize, day: NaiveDate, visits: &[Traffic]) -> Vec<PageViews> {
        let Some(of) = self.accounts.get(account) else { return Vec::new() };
        let noise = Noise::new(self.config.seed)
            .of(num::key(account))
            .of(901)
            .of_day(i64::from(day.num_days_from_ce()));
        let pages = of.template.pages();
        let weights: Vec<f64> = (0..pages.len())
            .map(|at| if at == 0 { 0.34 } else { 0.132 } * noise.of(num::key(at)).between(0.8, 1.2))
            .collect();
        let sum: f64 = weights.iter().sum();
        let (mut views, mut seconds, mut users) = (0, 0, 0);
        for visit in visits {
            views += visit.pageviews;
            seconds += visit.seconds;
            users += visit.users;
        }
        let (all_views, all_seconds) = (views, seconds);
        let mut list: Vec<PageViews> = pages
            .into_iter()
            .zip(weights)
            .map(|(path, weight)| {
                let part = |whole: i64, share: f64| num::floor(num::real(whole) * share * weight / sum);
                let page = PageViews {
                    path,
                    views: part(all_views, 1.0),
                    users: 0,
                    seconds: part(all_seconds, 1.0),
                };
                views -= page.views;
                seconds -= page.seconds;
                PageViews { users: part(users, 1.9).min(users).min(page.views), ..page }
            })
            .collect();
        // What rounding left over was seen on the first page.
        if let Some(first) = list.first_mut() {
            first.views += views;
            first.seconds += seconds;
        }
        list
    }
}

/// A number for a text, to draw by it.
pub(crate) fn key_of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

fn visits(
    template: &Template,
    (source, medium, campaign, group): (&'static str, &'static str, String, &'static str),
    sessions: i64,
    noise: Noise,
) -> Traffic {
    let part =
        |key: u64, share: f64| num::floor(num::real(sessions) * share * noise.of(key).between(0.85, 1.15));
    let users = part(1, 0.86).clamp(1, sessions);
    let buying = match template.vertical {
        Vertical::Shop => 0.021,
        Vertical::Business => 0.0,
    };
    let purchases = part(5, buying).min(sessions);
    Traffic {
        source,
        medium,
        campaign,
        group,
        sessions,
        engaged: part(2, 0.58).min(sessions),
        users,
        new_users: part(3, 0.6).min(users),
        pageviews: part(4, 3.1).max(sessions),
        seconds: part(6, 71.0),
        key_events: purchases + part(7, 0.019),
        purchases,
        revenue_micros: num::whole(
            num::real(purchases) * template.order_value * noise.of(8).between(0.9, 1.1) * 100.0,
        ) * 10_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::config::WorldConfig;

    #[test]
    fn clicks_of_all_networks_become_sessions_of_their_campaign() {
        let world = World::new(WorldConfig::default(), "2026-11-22".parse().unwrap());
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let day = "2026-11-18".parse().unwrap();
        let list = world.traffic(0, day, now);
        for (source, network) in [("google", Network::Google), ("facebook", Network::Meta)] {
            let clicks: i64 =
                world.paid(network, 0).iter().map(|c| world.campaign_day(0, c, day, now).clicks).sum();
            let paid = |t: &&Traffic| t.source == source && t.medium != "organic";
            let sessions: i64 = list.iter().filter(paid).map(|t| t.sessions).sum();
            assert!(sessions > clicks * 85 / 100 && sessions <= clicks, "{source}: {sessions} of {clicks}");
        }
        assert!(list.iter().all(|t| t.users <= t.sessions && t.new_users <= t.users));
        assert!(world.traffic(0, "2026-11-23".parse().unwrap(), now).is_empty());
    }
}
