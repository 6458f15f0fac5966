//! Computes the rows of a query from the world.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::fields::{Field, Resource};
use super::plan::Plan;
use crate::num;
use crate::world::campaign::{AdGroup, Campaign, Kind};
use crate::world::curves::DEVICES;
use crate::world::day::{CampaignDay, Visibility};
use crate::world::fact::{Fact, split};
use crate::world::{Account, World};

/// Whose account a query reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The manager.
    Manager,
    /// A client account, by its position in the world.
    Client(usize),
}

/// Positions in the world of what a row is about; `None` above the row's level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Entity {
    /// Position of the account, for `customer_client` rows: 0 is the queried account itself.
    pub client: Option<usize>,
    /// Campaign of the account.
    pub campaign: Option<usize>,
    /// Ad group of the campaign.
    pub group: Option<usize>,
    /// Ad, keyword or search term of the ad group.
    pub item: Option<usize>,
    /// Number of the click of the ad on its day.
    pub click: Option<i64>,
}

/// One row before it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What it is about.
    pub entity: Entity,
    /// The day, when selected or needed to tell rows apart.
    pub date: Option<NaiveDate>,
    /// `segments.hour`, when selected.
    pub hour: Option<usize>,
    /// `segments.device` as a position in [`DEVICES`], when selected.
    pub device: Option<usize>,
    /// Metrics.
    pub fact: Fact,
}

/// All rows that the query asks for, before its filters other than the date.
pub fn rows(world: &World, subject: Subject, plan: &Plan, now: DateTime<Utc>) -> Vec<Row> {
    match (subject, plan.resource) {
        (Subject::Manager, Resource::CustomerClient) => {
            // Itself, its clients, and the closed account.
            (0..world.accounts.len() + 2).map(client_row).collect()
        }
        (Subject::Client(_), Resource::CustomerClient) => vec![client_row(0)],
        (Subject::Manager, Resource::Customer) if !plan.needs_facts() => vec![row(Entity::default())],
        (Subject::Manager, _) => Vec::new(),
        (Subject::Client(index), _) => {
            let reader = Reader { world, account: &world.accounts[index], plan };
            if plan.needs_facts() { reader.activity(now) } else { reader.inventory(now) }
        }
    }
}

fn client_row(client: usize) -> Row {
    row(Entity { client: Some(client), ..Entity::default() })
}

fn row(entity: Entity) -> Row {
    Row { entity, date: None, hour: None, device: None, fact: Fact::default() }
}

struct Reader<'w> {
    world: &'w World,
    account: &'w Account,
    plan: &'w Plan,
}

impl Reader<'_> {
    /// What exists, without looking at activity.
    fn inventory(&self, now: DateTime<Utc>) -> Vec<Row> {
        if self.plan.resource == Resource::Customer {
            return vec![row(Entity::default())];
        }
        let today = self.account.today(now);
        let mut rows = Vec::new();
        for (index, campaign) in self.account.campaigns.iter().enumerate() {
            if campaign.exists(self.world.first_day, today) {
                self.entities(index, campaign, &mut |entity| rows.push(row(entity)));
            }
        }
        rows
    }

    /// Calls `emit` for each entity of the query's level in one campaign.
    fn entities(&self, index: usize, campaign: &Campaign, emit: &mut dyn FnMut(Entity)) {
        let entity = Entity { campaign: Some(index), ..Entity::default() };
        match self.plan.resource {
            Resource::Campaign => emit(entity),
            Resource::Customer | Resource::CustomerClient | Resource::ClickView => {}
            _ if !campaign.shows_ads() => {}
            level => {
                for (g, group) in campaign.groups.iter().enumerate() {
                    let entity = Entity { group: Some(g), ..entity };
                    let items = match level {
                        Resource::AdGroupAd => group.ads.len(),
                        Resource::KeywordView => group.keywords.len(),
                        Resource::SearchTermView => group.terms.len(),
                        _ => {
                            emit(entity);
                            continue;
                        }
                    };
                    (0..items).for_each(|item| emit(Entity { item: Some(item), ..entity }));
                }
            }
        }
    }

    /// What happened in the days of the query.
    fn activity(&self, now: DateTime<Utc>) -> Vec<Row> {
        let today = self.account.today(now);
        let first = self.plan.days.0.map_or(self.world.first_day, |day| day.max(self.world.first_day));
        let last = self.plan.days.1.map_or(today, |day| day.min(today));
        let days: Vec<(NaiveDate, Visibility)> = first
            .iter_days()
            .take_while(|day| *day <= last)
            .filter_map(|day| Some((day, Visibility::of(day, self.account.zone(), now)?)))
            .collect();
        let mut sink = Sink { plan: self.plan, rows: Vec::new(), index: HashMap::new() };
        let with_idle = !self.plan.is_segmented();
        if with_idle && self.plan.resource == Resource::Customer {
            sink.add(Entity::default(), None, None, None, Fact::default());
        }
        for (index, campaign) in self.account.campaigns.iter().enumerate() {
            if !campaign.exists(self.world.first_day, today) {
                continue;
            }
            if with_idle && self.plan.resource != Resource::SearchTermView {
                self.entities(index, campaign, &mut |entity| {
                    sink.add(entity, None, None, None, Fact::default());
                });
            }
            if self.plan.resource != Resource::Customer
                && self.plan.resource != Resource::Campaign
                && !campaign.shows_ads()
            {
                continue;
            }
            for (day, visibility) in &days {
                let tracking = self.world.tracking(campaign.id, *day);
                let Some(expected) = CampaignDay::of(self.account.template, campaign, *day, tracking) else {
                    continue;
                };
                for (g, group) in campaign.groups.iter().enumerate() {
                    let place = Place { campaign, index, group, g, day: *day, visibility: *visibility };
                    self.group_day(&expected, &place, &mut sink);
                }
            }
        }
        if !with_idle {
            sink.rows.retain(|row| !row.fact.is_zero());
        }
        sink.rows
    }

    fn group_day(&self, expected: &CampaignDay, place: &Place<'_>, sink: &mut Sink<'_>) {
        let Place { campaign, group, day, visibility, .. } = *place;
        let live: f64 = group.ads.iter().filter(|ad| ad.runs(day)).map(|ad| ad.share).sum();
        if live <= 0.0 {
            return;
        }
        let entity = Entity { campaign: Some(place.index), ..Entity::default() };
        let mut whole = Fact::default();
        for (a, ad) in group.ads.iter().enumerate().filter(|(_, ad)| ad.runs(day)) {
            let fact = expected.ad(campaign, group, ad, live);
            let in_group = Entity { group: Some(place.g), ..entity };
            let at = match self.plan.resource {
                Resource::Customer => Entity::default(),
                Resource::Campaign => entity,
                Resource::AdGroup => in_group,
                Resource::AdGroupAd => Entity { item: Some(a), ..in_group },
                Resource::ClickView => {
                    let seen = expected.seen(&fact, campaign, ad, visibility);
                    self.clicks(
                        Entity { item: Some(a), ..in_group },
                        ad.id,
                        seen.clicks,
                        day,
                        campaign,
                        sink,
                    );
                    continue;
                }
                _ => {
                    whole += expected.seen(&fact, campaign, ad, visibility);
                    continue;
                }
            };
            // The vendor charges video views to the campaign and shows no cost below it.
            let free = campaign.kind == Kind::Video && at.group.is_some();
            let uncharged = |fact: Fact| if free { Fact { cost_micros: 0, ..fact } } else { fact };
            let (by_hour, by_device) = (self.plan.selects(Field::Hour), self.plan.selects(Field::Device));
            if !by_hour && !by_device {
                let seen = expected.seen(&fact, campaign, ad, visibility);
                sink.add(at, Some(day), None, None, uncharged(seen));
                continue;
            }
            let noise = campaign.noise.of(ad.id.cast_unsigned()).of_day(num_days(day)).of(23);
            let hours = expected.seen_by_hour(&fact, campaign, ad, visibility);
            for (hour, seen) in hours.into_iter().enumerate() {
                let hour_key = by_hour.then_some(hour);
                if !by_device {
                    sink.add(at, Some(day), hour_key, None, uncharged(seen));
                    continue;
                }
                let offset = noise.of(num::key(hour)).unit();
                let parts = split(seen, &campaign.device_ends, offset, campaign.kind.billing());
                for (device, part) in parts.enumerate() {
                    sink.add(at, Some(day), hour_key, Some(device), uncharged(part));
                }
            }
        }
        self.split_group(whole, place, sink);
    }

    /// Hands the ad group's metrics out to its keywords or search terms.
    fn split_group(&self, whole: Fact, place: &Place<'_>, sink: &mut Sink<'_>) {
        let Place { campaign, group, day, .. } = *place;
        let (ends, shown) = match self.plan.resource {
            Resource::KeywordView => (&group.keyword_ends, group.keywords.len()),
            Resource::SearchTermView => (&group.term_ends, group.terms.len()),
            _ => return,
        };
        let noise = campaign.noise.of(group.id.cast_unsigned()).of_day(num_days(day));
        let billing = campaign.kind.billing();
        let parts = split(whole, ends, noise.of(1).unit(), billing);
        for (item, part) in parts.take(shown).enumerate() {
            let at = Entity {
                campaign: Some(place.index),
                group: Some(place.g),
                item: Some(item),
                ..Entity::default()
            };
            if !self.plan.selects(Field::Device) {
                sink.add(at, Some(day), None, None, part);
                continue;
            }
            let offset = noise.of(2 + num::key(item)).unit();
            for (device, part) in split(part, &campaign.device_ends, offset, billing).enumerate() {
                sink.add(at, Some(day), None, Some(device), part);
            }
        }
    }

    fn clicks(
        &self,
        at: Entity,
        ad: i64,
        count: i64,
        day: NaiveDate,
        campaign: &Campaign,
        sink: &mut Sink<'_>,
    ) {
        for click in 0..count {
            let draw = campaign.noise.of(ad.cast_unsigned()).of_day(num_days(day)).of_day(click).unit();
            let device = campaign.device_ends.iter().position(|end| draw < *end).unwrap_or(0);
            let entity = Entity { click: Some(click), ..at };
            let device = self.plan.selects(Field::Device).then_some(device);
            sink.add(entity, Some(day), None, device, Fact { clicks: 1, ..Fact::default() });
        }
    }
}

/// Where a group's day stands.
#[derive(Clone, Copy)]
struct Place<'w> {
    campaign: &'w Campaign,
    index: usize,
    group: &'w AdGroup,
    g: usize,
    day: NaiveDate,
    visibility: Visibility,
}

fn num_days(day: NaiveDate) -> i64 {
    use chrono::Datelike;
    i64::from(day.num_days_from_ce())
}

type Key = (Entity, Option<NaiveDate>, Option<usize>, Option<usize>);

/// Gathers facts under the keys that the query asks for.
struct Sink<'w> {
    plan: &'w Plan,
    rows: Vec<Row>,
    index: HashMap<Key, usize>,
}

impl Sink<'_> {
    fn add(
        &mut self,
        entity: Entity,
        day: Option<NaiveDate>,
        hour: Option<usize>,
        device: Option<usize>,
        fact: Fact,
    ) {
        // A click's id depends on its day, whether that is selected or not.
        let dated = self.plan.selects(Field::Date) || self.plan.resource == Resource::ClickView;
        let date = day.filter(|_| dated);
        let at = *self.index.entry((entity, date, hour, device)).or_insert_with(|| {
            self.rows.push(Row { entity, date, hour, device, fact: Fact::default() });
            self.rows.len() - 1
        });
        self.rows[at].fact += fact;
    }
}

/// Name of a device in answers.
pub fn device_name(device: usize) -> &'static str {
    DEVICES.get(device).copied().unwrap_or("UNKNOWN")
}
