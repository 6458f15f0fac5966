//! Campaigns, ad groups, ads and keywords: what exists and when it runs.

use chrono::{Datelike, NaiveDate};

use super::fact::Billing;
use super::noise::Noise;

/// The kind of a campaign; decides channel, prices and names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Search for the business's own name.
    Brand,
    /// Search for what it sells.
    Generic,
    /// Performance Max: no ad groups or ads are ever reported.
    PerformanceMax,
    /// Product listings.
    Shopping,
    /// Video views; their cost is reported at campaign level only.
    Video,
    /// Display to people who have visited before.
    Remarketing,
    /// Search with an end date, started anew several times a year.
    Promotion,
    /// Search for rivals' names, switched off for long stretches.
    Competitor,
    /// Display to new people.
    Prospecting,
}

/// Typical prices and rates of a kind; money in units of the account's currency.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// Spend per day.
    pub budget: f64,
    /// Price per click, per view or per thousand impressions, by [`Kind::billing`].
    pub price: f64,
    /// Clicks per impression.
    pub click_rate: f64,
    /// Conversions per click.
    pub conversion_rate: f64,
}

impl Kind {
    /// `campaign.advertising_channel_type`.
    pub fn channel(self) -> &'static str {
        match self {
            Self::Brand | Self::Generic | Self::Promotion | Self::Competitor => "SEARCH",
            Self::PerformanceMax => "PERFORMANCE_MAX",
            Self::Shopping => "SHOPPING",
            Self::Video => "VIDEO",
            Self::Remarketing | Self::Prospecting => "DISPLAY",
        }
    }

    /// `campaign.bidding_strategy_type`.
    pub fn bidding(self) -> &'static str {
        match self {
            Self::Brand => "TARGET_IMPRESSION_SHARE",
            Self::PerformanceMax | Self::Shopping => "MAXIMIZE_CONVERSION_VALUE",
            Self::Video => "TARGET_CPV",
            Self::Competitor => "MANUAL_CPC",
            _ => "MAXIMIZE_CONVERSIONS",
        }
    }

    /// True for campaigns with keywords and search terms.
    pub fn is_search(self) -> bool {
        self.channel() == "SEARCH"
    }

    /// What is paid for.
    pub fn billing(self) -> Billing {
        match self {
            Self::Video => Billing::View,
            Self::Remarketing | Self::Prospecting => Billing::Impression,
            _ => Billing::Click,
        }
    }

    pub(super) fn rates(self) -> Rates {
        let (budget, price, click_rate, conversion_rate) = match self {
            Self::Brand => (64.0, 0.34, 0.24, 0.085),
            Self::Generic => (138.0, 1.08, 0.055, 0.028),
            Self::PerformanceMax => (182.0, 0.58, 0.015, 0.032),
            Self::Shopping => (150.0, 0.44, 0.011, 0.024),
            Self::Video => (78.0, 0.031, 0.004, 0.008),
            Self::Remarketing => (44.0, 3.2, 0.006, 0.03),
            Self::Promotion => (112.0, 0.79, 0.06, 0.034),
            Self::Competitor => (52.0, 1.6, 0.03, 0.012),
            Self::Prospecting => (56.0, 1.9, 0.003, 0.006),
        };
        Rates { budget, price, click_rate, conversion_rate }
    }

    pub(super) fn ad_type(self) -> &'static str {
        match self.channel() {
            "SHOPPING" => "SHOPPING_PRODUCT_AD",
            "VIDEO" => "VIDEO_RESPONSIVE_AD",
            "DISPLAY" => "RESPONSIVE_DISPLAY_AD",
            _ => "RESPONSIVE_SEARCH_AD",
        }
    }

    pub(super) fn ad_group_type(self) -> &'static str {
        match self.channel() {
            "SHOPPING" => "SHOPPING_PRODUCT_ADS",
            "VIDEO" => "VIDEO_RESPONSIVE",
            "DISPLAY" => "DISPLAY_STANDARD",
            _ => "SEARCH_STANDARD",
        }
    }
}

/// One campaign with everything below it.
#[derive(Debug)]
pub struct Campaign {
    /// `campaign.id`.
    pub id: i64,
    /// `campaign.name`.
    pub name: String,
    /// `utm_campaign` of its links: the same for one effort on every network.
    pub utm: String,
    /// Its kind.
    pub kind: Kind,
    /// First day on which it runs.
    pub start: NaiveDate,
    /// Last day on which it runs.
    pub end: Option<NaiveDate>,
    /// True: ended by an end date (stays ENABLED). False: paused by hand on the day after `end`.
    pub ends_by_date: bool,
    /// `campaign_budget.amount_micros`.
    pub budget_micros: i64,
    /// Its prices and rates.
    pub rates: Rates,
    /// True: conversions come in ones (last click). False: fractions (data-driven attribution).
    pub whole_conversions: bool,
    /// Ad groups. Performance Max has one that is never shown.
    pub groups: Vec<AdGroup>,
    /// End of each hour of the day as a share of the day.
    pub hour_ends: [f64; 24],
    /// End of each device's slice, in the order of [`super::curves::DEVICES`].
    pub device_ends: [f64; 4],
    /// Source of its random draws.
    pub noise: Noise,
}

/// One ad group.
#[derive(Debug)]
pub struct AdGroup {
    /// `ad_group.id`.
    pub id: i64,
    /// `ad_group.name`.
    pub name: String,
    /// `ad_group.type`.
    pub kind: &'static str,
    /// Share of the campaign.
    pub share: f64,
    /// Ads.
    pub ads: Vec<Ad>,
    /// Keywords; empty outside search.
    pub keywords: Vec<Keyword>,
    /// End of each keyword's slice of the ad group.
    pub keyword_ends: Vec<f64>,
    /// Search terms that are reported; empty outside search.
    pub terms: Vec<String>,
    /// End of each term's slice; the last slice belongs to terms that the vendor hides.
    pub term_ends: Vec<f64>,
}

/// One ad.
#[derive(Debug)]
pub struct Ad {
    /// `ad_group_ad.ad.id`.
    pub id: i64,
    /// `ad_group_ad.ad.name`.
    pub name: String,
    /// `ad_group_ad.ad.type`.
    pub kind: &'static str,
    /// Share of the ad group.
    pub share: f64,
    /// Days of a 400-day cycle on which it is off: first and last day of the cycle, and the cycle's phase.
    pub pause: Option<(i64, i64, i64)>,
}

/// One keyword.
#[derive(Debug)]
pub struct Keyword {
    /// `ad_group_criterion.criterion_id`.
    pub id: i64,
    /// `ad_group_criterion.keyword.text`.
    pub text: String,
    /// `ad_group_criterion.keyword.match_type`.
    pub match_type: &'static str,
}

impl Campaign {
    /// True when it runs on `day`.
    pub fn runs(&self, day: NaiveDate) -> bool {
        day >= self.start && self.end.is_none_or(|end| day <= end)
    }

    /// `campaign.status` as seen on `today`.
    pub fn status(&self, today: NaiveDate) -> &'static str {
        let over = self.end.is_some_and(|end| today > end);
        if over && !self.ends_by_date { "PAUSED" } else { "ENABLED" }
    }

    /// `campaign.serving_status` as seen on `today`.
    pub fn serving_status(&self, today: NaiveDate) -> &'static str {
        if today < self.start {
            return "PENDING";
        }
        if self.runs(today) {
            return "SERVING";
        }
        if self.ends_by_date { "ENDED" } else { "SUSPENDED" }
    }

    /// True when ad groups and ads are reported.
    pub fn shows_ads(&self) -> bool {
        self.kind != Kind::PerformanceMax
    }

    /// True when it existed on any day from `from` on, and had been created by `today`.
    pub fn exists(&self, from: NaiveDate, today: NaiveDate) -> bool {
        self.start <= today && self.end.is_none_or(|end| end >= from)
    }
}

impl Ad {
    /// True when it is on.
    pub fn runs(&self, day: NaiveDate) -> bool {
        self.pause.is_none_or(|(first, last, phase)| {
            let in_cycle = (i64::from(day.num_days_from_ce()) + phase).rem_euclid(400);
            !(first..=last).contains(&in_cycle)
        })
    }
}
