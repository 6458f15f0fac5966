//! Draws the campaigns of an account, with their ad groups, ads and keywords.

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::campaign::{Ad, AdGroup, Campaign, Keyword, Kind};
use super::config::WorldConfig;
use super::curves::{device_ends, hour_ends};
use super::fact::Billing;
use super::noise::Noise;
use super::templates::{Template, Vertical};
use crate::num;

/// The order in which an account gets its campaigns.
const SLOTS: [Kind; 12] = [
    Kind::Brand,
    Kind::Generic,
    Kind::PerformanceMax,
    Kind::Shopping,
    Kind::Video,
    Kind::Promotion,
    Kind::Competitor,
    Kind::Remarketing,
    Kind::Generic,
    Kind::Prospecting,
    Kind::Generic,
    Kind::Video,
];

/// What the later slots of a large account are.
const MORE: [Kind; 4] = [Kind::Generic, Kind::Shopping, Kind::Video, Kind::Prospecting];

/// The slot whose dates all networks share, so that a promotion runs everywhere at once.
const PROMOTION_SLOT: usize = 5;

/// What differs between the networks on which an account advertises.
#[derive(Debug, Clone, Copy)]
pub(super) struct Medium {
    /// Kinds of campaigns, in order.
    pub slots: &'static [Kind],
    /// Added to the ids of campaigns, ad groups and ads.
    pub first_id: i64,
    /// Key for what is drawn; 0 for search.
    pub key: u64,
}

/// Google Ads.
pub(super) const SEARCH: Medium = Medium { slots: &SLOTS, first_id: 0, key: 0 };

/// All campaigns of an account that exist between `from` and `until`.
///
/// Launches and stops follow the calendar and not the moment at which the simulator starts, so that a restart
/// on another day finds the same campaigns.
pub(super) fn campaigns(
    config: &WorldConfig,
    medium: Medium,
    (template, account): (&'static Template, usize),
    root: Noise,
    from: NaiveDate,
    until: NaiveDate,
) -> Vec<Campaign> {
    let noise = if medium.key == 0 { root } else { root.of(medium.key) };
    let (low, high) = (*config.campaigns_per_account.start(), *config.campaigns_per_account.end());
    let slots = if config.steady {
        noise.of(1).pick(low, high)
    } else {
        // The two recurring kinds bring one to three more campaigns in 13 months than they have slots.
        noise.of(1).pick((low + 1).min(high), high.saturating_sub(1).max(low)).saturating_sub(2).max(1)
    };
    // Beside search an account has the same few campaigns on each network, however large it is.
    let slots = if medium.key == 0 { usize::try_from(slots).unwrap_or(0) } else { medium.slots.len() };
    let mut list = Vec::new();
    for slot in 0..slots {
        let mut kind = medium.slots.get(slot).copied().unwrap_or(MORE[slot % MORE.len()]);
        if template.vertical == Vertical::Business && kind == Kind::Shopping {
            kind = Kind::Generic;
        }
        let noise = noise.of(100 + num::key(slot));
        let dates = match kind {
            Kind::Promotion => root.of(100 + num::key(PROMOTION_SLOT)),
            _ => noise,
        };
        for (generation, start, end) in lives(config, kind, dates, from, until) {
            let ordinal = as_id(account) * 10_000_000 + as_id(slot) * 1_000 + generation;
            let noise = noise.of_day(generation);
            list.push(campaign(config, medium, template, kind, slot, ordinal, start, end, noise));
        }
    }
    list
}

fn as_id(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

/// Start and end of each campaign in a slot, with its number in the slot.
fn lives(
    config: &WorldConfig,
    kind: Kind,
    noise: Noise,
    from: NaiveDate,
    until: NaiveDate,
) -> Vec<(i64, NaiveDate, Option<NaiveDate>)> {
    let epoch = NaiveDate::from_ymd_opt(2016, 1, 1).unwrap_or_default();
    let (period, run) = match kind {
        Kind::Promotion if !config.steady => (210, i64::from(noise.of(1).pick(60, 110))),
        Kind::Competitor if !config.steady => (330, i64::from(noise.of(1).pick(180, 260))),
        _ => {
            let start = if config.steady { epoch } else { day(epoch, i64::from(noise.of(2).pick(0, 2_500))) };
            return vec![(0, start, None)];
        }
    };
    let phase = i64::from(noise.of(3).pick(0, 200));
    (0..1_000)
        .map(|n| (n, day(epoch, phase + n * period), day(epoch, phase + n * period + run - 1)))
        .take_while(|(_, start, _)| *start <= until)
        .filter(|(_, _, end)| *end >= from)
        .map(|(n, start, end)| (n, start, Some(end)))
        .collect()
}

fn day(from: NaiveDate, days: i64) -> NaiveDate {
    from.checked_add_signed(TimeDelta::days(days)).unwrap_or(from)
}

#[expect(
    clippy::too_many_arguments,
    reason = "called from one place, with what that place has just worked out"
)]
fn campaign(
    config: &WorldConfig,
    medium: Medium,
    template: &'static Template,
    kind: Kind,
    slot: usize,
    ordinal: i64,
    start: NaiveDate,
    end: Option<NaiveDate>,
    noise: Noise,
) -> Campaign {
    let mut rates = kind.rates();
    rates.budget *= template.scale * noise.of(4).between(0.75, 1.3);
    rates.price *= noise.of(5).between(0.85, 1.2);
    if template.vertical == Vertical::Business && kind.billing() == Billing::Click {
        rates.price *= 3.4;
        rates.conversion_rate *= 1.6;
    }
    rates.click_rate *= noise.of(6).between(0.85, 1.2);
    rates.conversion_rate *= noise.of(7).between(0.8, 1.25);
    let topic = &template.topics[slot % template.topics.len()];
    let name = match medium.key {
        0 => name(template, kind, slot, topic.name, start),
        _ => social_name(template, kind, topic.name, start),
    };
    let group_count = match kind {
        Kind::PerformanceMax => 1,
        _ => noise.of(8).pick(*config.ad_groups.start(), *config.ad_groups.end()),
    };
    let shares = shares(group_count, noise.of(9));
    let groups = shares.iter().enumerate().map(|(index, share)| {
        let mut group =
            ad_group(config, template, kind, ordinal * 100 + as_id(index), slot, index, *share, noise);
        group.id += medium.first_id;
        for ad in &mut group.ads {
            ad.id += medium.first_id;
        }
        group
    });
    Campaign {
        id: medium.first_id + 20_000_000_000 + ordinal,
        utm: utm(template, kind, topic.name, start),
        name,
        kind,
        start,
        end,
        ends_by_date: noise.of(10).unit() < 0.6,
        budget_micros: num::whole(rates.budget * 1.3) * 1_000_000,
        rates,
        // Only Google splits the credit for an order between several clicks.
        whole_conversions: medium.key != 0 || matches!(kind, Kind::Brand | Kind::Competitor),
        groups: groups.collect(),
        hour_ends: hour_ends(template.vertical, noise.of(11)),
        device_ends: device_ends(template.vertical, kind == Kind::Video, noise.of(12)),
        noise,
    }
}

/// What a promotion that starts on this day is called in every year.
pub(super) fn season(template: &Template, start: NaiveDate) -> &'static str {
    template.seasons[usize::try_from(start.month0() / 3).unwrap_or(0)]
}

fn name(template: &Template, kind: Kind, slot: usize, topic: &str, start: NaiveDate) -> String {
    let market = template.market;
    let name = match kind {
        Kind::Brand => format!("Brand · Search {market}"),
        Kind::Generic => format!("Generic · {topic} · Search {market}"),
        Kind::PerformanceMax => format!("Performance Max · {topic} {market}"),
        Kind::Shopping => format!("Shopping · {topic} {market}"),
        Kind::Video => format!("Video · {topic} · Prospecting"),
        Kind::Remarketing => format!("Display · Remarketing 30d {market}"),
        Kind::Promotion => {
            format!("{} {} · Search {market}", season(template, start), start.year())
        }
        Kind::Competitor => format!("Competitor · Search {market} (since {})", start.format("%b %Y")),
        Kind::Prospecting => format!("Display · Prospecting · {topic}"),
    };
    if slot >= SLOTS.len() { format!("{name} #{slot}") } else { name }
}

/// Names on social networks, where there is no search.
fn social_name(template: &Template, kind: Kind, topic: &str, start: NaiveDate) -> String {
    let market = template.market;
    match kind {
        Kind::Remarketing => format!("Retargeting 30d · {market}"),
        Kind::Video => format!("Video · {topic} · {market}"),
        Kind::Promotion => {
            format!("{} {} · {market}", season(template, start), start.year())
        }
        Kind::Generic => format!("Lead Gen · {topic} · {market}"),
        _ => format!("Prospecting · {topic} · {market}"),
    }
}

/// The campaign's `utm_campaign`: the same on every network for the same effort.
fn utm(template: &Template, kind: Kind, topic: &str, start: NaiveDate) -> String {
    let effort = match kind {
        Kind::Brand => "brand".to_owned(),
        Kind::Remarketing => "retargeting".to_owned(),
        Kind::Competitor => "competitor".to_owned(),
        Kind::Promotion => format!("{} {}", season(template, start), start.year()),
        _ => topic.to_owned(),
    };
    slug(&format!("{} {effort}", template.market))
}

/// Lower-case Latin letters, digits and hyphens.
pub(crate) fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'á' | 'à' | 'â' => out.push('a'),
            'é' | 'è' | 'ê' => out.push('e'),
            'í' => out.push('i'),
            'ó' => out.push('o'),
            'ú' => out.push('u'),
            'ñ' => out.push('n'),
            _ if out.ends_with('-') || out.is_empty() => {}
            _ => out.push('-'),
        }
    }
    out.trim_end_matches('-').to_owned()
}

#[expect(
    clippy::too_many_arguments,
    reason = "called from one place, with what that place has just worked out"
)]
fn ad_group(
    config: &WorldConfig,
    template: &Template,
    kind: Kind,
    ordinal: i64,
    slot: usize,
    index: usize,
    share: f64,
    noise: Noise,
) -> AdGroup {
    let noise = noise.of(1_000 + num::key(index));
    let topic = &template.topics[(slot + index) % template.topics.len()];
    let ad_count = match kind {
        Kind::PerformanceMax => 1,
        Kind::Shopping if !config.steady => 1,
        _ => noise.of(1).pick(*config.ads.start(), *config.ads.end()),
    };
    let ads = shares(ad_count, noise.of(2)).into_iter().enumerate().map(|(i, share)| {
        let noise = noise.of(10 + num::key(i));
        let pausable = i > 0 && !config.steady && noise.of(1).unit() < 0.45;
        Ad {
            id: 700_000_000_000 + ordinal * 100 + as_id(i),
            name: format!("{} · {}", topic.name, ["A", "B", "C", "D"][i % 4]),
            kind: kind.ad_type(),
            share,
            pause: pausable.then(|| {
                let first = i64::from(noise.of(2).pick(0, 250));
                (first, first + i64::from(noise.of(3).pick(40, 140)), i64::from(noise.of(4).pick(0, 399)))
            }),
        }
    });
    let mut group = AdGroup {
        id: 150_000_000_000 + ordinal,
        name: group_name(template, kind, topic.name, index),
        kind: kind.ad_group_type(),
        share,
        ads: ads.collect(),
        keywords: Vec::new(),
        keyword_ends: Vec::new(),
        terms: Vec::new(),
        term_ends: Vec::new(),
    };
    if kind.is_search() {
        add_keywords(&mut group, template, kind, &topic.keywords, ordinal, noise);
    }
    group
}

fn group_name(template: &Template, kind: Kind, topic: &str, index: usize) -> String {
    let suffix = if index >= 5 { format!(" {}", index + 1) } else { String::new() };
    match kind {
        Kind::Brand => format!("{} · {}{suffix}", template.brand, ["Exact", "Phrase", "Plus"][index % 3]),
        Kind::Remarketing => {
            format!("{}{suffix}", ["Cart", "Viewed", "Past buyers", "All visitors"][index % 4])
        }
        Kind::Video | Kind::Prospecting => {
            format!("{topic} · {}{suffix}", ["In-market", "Affinity", "Similar"][index % 3])
        }
        _ => format!("{topic}{suffix}"),
    }
}

fn add_keywords(
    group: &mut AdGroup,
    template: &Template,
    kind: Kind,
    words: &[&'static str; 4],
    ordinal: i64,
    noise: Noise,
) {
    let texts: Vec<String> = match kind {
        Kind::Brand => {
            let more = words.iter().map(|word| format!("{} {word}", template.brand));
            std::iter::once(template.brand.to_owned()).chain(more).collect()
        }
        Kind::Competitor => words.iter().map(|word| format!("altura {word}")).collect(),
        _ => words.iter().map(|word| (*word).to_owned()).collect(),
    };
    let match_types = ["EXACT", "PHRASE", "BROAD"];
    for (i, text) in texts.iter().enumerate() {
        let id = 300_000_000_000 + ordinal * 100 + as_id(i);
        let match_type = noise.of(300 + num::key(i)).choose(&match_types);
        group.keywords.push(Keyword { id, text: text.clone(), match_type });
        group.terms.push(text.clone());
        for word in [i, i + 1, i + 3] {
            group.terms.push(format!("{text} {}", template.modifiers[word % template.modifiers.len()]));
        }
    }
    group.keyword_ends = ends(&shares(u32::try_from(texts.len()).unwrap_or(1), noise.of(3)));
    // A quarter of the traffic comes from terms too rare to be shown.
    let shown = shares(u32::try_from(group.terms.len()).unwrap_or(1), noise.of(4));
    group.term_ends = ends(&shown).into_iter().map(|end| end * 0.75).chain([1.0]).collect();
}

/// Uneven shares that add up to 1, largest first on average.
fn shares(count: u32, noise: Noise) -> Vec<f64> {
    let weights: Vec<f64> =
        (0..count).map(|i| noise.of(u64::from(i)).between(0.7, 1.3) / f64::from(i + 1).powf(0.8)).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// Cumulative shares; the last one is exactly 1.
pub(super) fn ends(shares: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut ends: Vec<f64> = shares
        .iter()
        .map(|share| {
            sum += share;
            sum
        })
        .collect();
    if let Some(last) = ends.last_mut() {
        *last = 1.0;
    }
    ends
}
