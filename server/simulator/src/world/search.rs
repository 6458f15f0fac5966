//! What people typed into a search engine before they came by themselves.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::World;
use super::noise::Noise;
use super::traffic::key_of;
use crate::num;

/// One query that led to one page on one day.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryDay {
    /// What was typed.
    pub query: String,
    /// Address of the page.
    pub page: String,
    /// Two letters, lower case, as in ISO 3166 alpha-3 of Search Console: `deu`.
    pub country: &'static str,
    /// `DESKTOP`, `MOBILE` or `TABLET`.
    pub device: &'static str,
    /// Clicks.
    pub clicks: i64,
    /// Impressions, never fewer than clicks.
    pub impressions: i64,
    /// Average position, 1 is the first.
    pub position: f64,
}

/// Country of an account's market, as Search Console writes it.
fn country(market: &str) -> &'static str {
    match market {
        "DE" => "deu",
        "UK" => "gbr",
        "ES" => "esp",
        _ => "usa",
    }
}

impl World {
    /// Queries of a day; clicks add up to about the organic visits from Google of that day. Figures of the last
    /// two days are still coming in.
    pub fn queries(&self, account: usize, day: NaiveDate, now: DateTime<Utc>) -> Vec<QueryDay> {
        let Some(of) = self.accounts.get(account) else { return Vec::new() };
        let organic: i64 = self
            .traffic(account, day, now)
            .iter()
            .filter(|t| t.source == "google" && t.medium == "organic")
            .map(|t| t.sessions)
            .sum();
        let root = Noise::new(self.config.seed).of(num::key(account)).of(600);
        let (site, pages) = (of.template.site(), of.template.pages());
        let brand = std::iter::once((of.template.brand.to_owned(), 0));
        let topics = of
            .template
            .topics
            .iter()
            .enumerate()
            .flat_map(|(at, topic)| topic.keywords.iter().map(move |word| ((*word).to_owned(), at + 1)));
        let queries: Vec<(String, usize)> = brand.chain(topics).collect();
        let weights: Vec<f64> =
            (0..queries.len()).map(|i| 1.0 / (num::real(i64::try_from(i).unwrap_or(0)) + 2.0)).collect();
        let sum: f64 = weights.iter().sum();
        let number = i64::from(day.num_days_from_ce());
        let mut list = Vec::new();
        for ((query, page), weight) in queries.into_iter().zip(weights) {
            let noise = root.of(key_of(&query));
            let today = noise.of_day(number);
            let position = (1.1 + 14.0 * noise.of(1).unit() * f64::from(u8::from(page > 0)))
                * today.of(1).between(0.93, 1.07);
            let rate = (0.34 / position.powf(0.9)).clamp(0.004, 0.5);
            for (device, share) in [("MOBILE", 0.63), ("DESKTOP", 0.33), ("TABLET", 0.04)] {
                let expected = num::real(organic) * weight / sum * share;
                let clicks = today.of(2).of(key_of(device)).count(expected);
                let impressions =
                    clicks + today.of(3).of(key_of(device)).count(expected / rate * (1.0 - rate));
                if impressions > 0 {
                    list.push(QueryDay {
                        query: query.clone(),
                        page: format!("{site}{}", pages[page.min(pages.len() - 1)]),
                        country: country(of.template.market),
                        device,
                        clicks,
                        impressions,
                        position: position.max(1.0),
                    });
                }
            }
        }
        list
    }
}
