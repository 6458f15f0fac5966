//! Cube = SQL path = plain reference, value by value, over random data, filters, groupings, currencies and missing
//! rates; with rows of other levels lying beside those asked for.

use crate::common::{World, now};
use chrono::{Days, NaiveDate};
use metrics::cube::{Cube, Path};
use metrics::ports::{CubeAnswer, Figures};
use metrics::testing::{ADS_METRICS, Dataset, Fact, dataset_with_queries, naive_query};
use metrics::{Dimension, Family, Level, Metric, Query, Scope};
use model::access::{Member, Role};
use model::clock::Clock;
use model::days::WeekStart;
use model::entities::EntityKind;
use model::ids::{AccountId, UserId};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::BTreeMap;
use warehouse::load::{Duplicates, FactBatch, FactRow, LoadScope, merge};
use warehouse::rates::{QuotedRate, store_rates};
use warehouse::{Measures, Warehouse};

/// Units per euro by currency and day.
type Quotes = BTreeMap<(&'static str, NaiveDate), Decimal>;

const QUOTED: [&str; 3] = ["USD", "JPY", "GBP"];

/// Quotes as (currency, day after ten days before the data, rate); how many, varies from none to nearly all.
fn quotes() -> impl Strategy<Value = Vec<(usize, u64, u32)>> {
    prop::collection::vec((0..QUOTED.len(), 0..120_u64, 1..20_000_u32), 0..150)
}

/// Metrics of all classes that the family has.
fn some_metrics(family: Family) -> &'static [Metric] {
    match family {
        Family::Ads => ADS_METRICS,
        Family::Social => &[Metric::Likes, Metric::Reach, Metric::Followers, Metric::NewFollowers],
        Family::Web => &[Metric::Sessions, Metric::Users, Metric::Revenue, Metric::EngagementSeconds],
        Family::Search => &[Metric::Impressions, Metric::Clicks, Metric::Position],
        Family::Email => &[Metric::Delivered, Metric::UniqueOpens, Metric::Revenue, Metric::Subscribers],
        Family::Crm => &[Metric::DealsWon, Metric::Revenue, Metric::PipelineValue],
    }
}

#[test]
fn cube_and_sql_path_answer_as_the_reference_does() {
    answers_agree(Family::Ads, 60);
}

#[test]
fn they_do_for_social_media() {
    answers_agree(Family::Social, 16);
}

#[test]
fn they_do_for_the_web() {
    answers_agree(Family::Web, 16);
}

#[test]
fn they_do_for_search_with_its_means() {
    answers_agree(Family::Search, 24);
}

#[test]
fn they_do_for_e_mail() {
    answers_agree(Family::Email, 16);
}

#[test]
fn they_do_for_customers_in_many_currencies() {
    answers_agree(Family::Crm, 24);
}

fn answers_agree(family: Family, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let reporting = prop::sample::select(vec!["EUR", "USD", "JPY", "GBP"]);
    let strategy = (dataset_with_queries(some_metrics(family), 8), quotes(), reporting);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    runner
        .run(&strategy, |((data, queries), quotes, reporting)| {
            let first = data.span.from() - Days::new(10);
            let quotes: Quotes = quotes
                .into_iter()
                .map(|(currency, day, rate)| {
                    ((QUOTED[currency], first + Days::new(day)), Decimal::new(rate.into(), 3))
                })
                .collect();
            runtime.block_on(async {
                let (mut data, queries) = translated(family, data, queries);
                // Of deals there is one level only.
                prop_assume!(family != Family::Crm || data.level != Level::AdGroup);
                settle(family, &mut data);
                plant(&world, family, &data, &quotes, reporting).await;
                world.assert_rollup().await;
                check(&world, family, &converted(&data, &quotes, reporting), &queries).await
            })
        })
        .unwrap();
}

/// What counts where both an account and its campaigns report a metric, or neither does.
fn rule(family: Family) -> impl Fn(bool, bool, bool) -> (bool, bool) {
    move |own, campaigns, is_split| match (family, own, campaigns) {
        // Different things.
        (Family::Crm, false, false) => (true, true),
        (Family::Crm, ..) => (own, campaigns),
        (Family::Ads, _, true) | (_, false, true) => (false, true),
        (Family::Ads, false, false) => (false, true),
        (Family::Social | Family::Web | Family::Email, true, true) if is_split => (false, true),
        _ => (true, false),
    }
}

fn settle(family: Family, data: &mut Dataset) {
    data.counting.clear();
    for account in data.accounts.iter().map(|account| account.id).collect::<Vec<_>>() {
        data.settle(account, rule(family));
    }
}

/// The finest things of a family, each with the dimensions that stand for campaign, ad group and ad.
fn parts(family: Family) -> Option<(EntityKind, [Dimension; 3])> {
    use Dimension::{Ad, AdGroup, Campaign, Deal, List, Page, Pipeline, Post, Stage};
    match family {
        Family::Ads => None,
        Family::Social => Some((EntityKind::Post, [Campaign, AdGroup, Post])),
        Family::Web | Family::Search => Some((EntityKind::Page, [Campaign, Ad, Page])),
        Family::Email => Some((EntityKind::List, [Campaign, Ad, List])),
        Family::Crm => Some((EntityKind::Deal, [Pipeline, Stage, Deal])),
    }
}

/// Ads of other families than advertising are posts, pages, deals, …
fn translated(family: Family, mut data: Dataset, queries: Vec<Query>) -> (Dataset, Vec<Query>) {
    let mut queries: Vec<Query> = queries.into_iter().map(|query| Query { family, ..query }).collect();
    let Some((kind, names)) = parts(family).filter(|_| data.level == Level::Ad) else {
        return (data, queries);
    };
    data.level = Level::Only(kind);
    if kind != EntityKind::Deal {
        data.campaigns = std::mem::take(&mut data.ads);
        data.ad_groups.clear();
        for fact in &mut data.facts {
            fact.path = Path { campaign: fact.path.ad, ad_group: None, ad: None, ..fact.path };
        }
    }
    let rename = |dimension: &mut Dimension| {
        let at = [Dimension::Campaign, Dimension::AdGroup, Dimension::Ad].iter().position(|d| d == dimension);
        *dimension = at.map_or(*dimension, |at| names[at]);
    };
    for query in &mut queries {
        query.level = data.level;
        query.group_by.iter_mut().for_each(rename);
        query.filters.iter_mut().for_each(|filter| rename(&mut filter.dimension));
    }
    (data, queries)
}

async fn check(
    world: &World,
    family: Family,
    expected: &Dataset,
    queries: &[Query],
) -> Result<(), TestCaseError> {
    let warehouse = Warehouse::new(world.db.database(), Clock::frozen(now()));
    let member = Member { user: UserId(1), workspace: world.workspace, role: Role::Viewer };
    let whole =
        Scope { family, level: expected.level, days: expected.span, compare: None, filters: Vec::new() };
    let cube = cube(&warehouse, &member, &whole).await;
    let is_there = |fact: &&Fact| {
        let counting = expected.counting.get(&fact.path);
        let of_unreported = rule(family)(false, false, false);
        counting.is_none_or(|c| !c.totals.is_empty() || !c.split.is_empty())
            || if fact.path.campaign.is_none() { of_unreported.0 } else { of_unreported.1 }
    };
    prop_assert_eq!(cube.len(), expected.facts.iter().filter(is_there).count());
    let frames = warehouse.frames(&member, queries).await.unwrap();
    for (query, frame) in queries.iter().zip(&frames) {
        let reference = naive_query(expected, query);
        prop_assert_eq!(&reference, frame, "SQL path, {:?}", query);
        prop_assert_eq!(&reference, &cube.query(query), "cube, {:?}", query);
    }
    // A drill: the server applies the filters, and the comparison overlaps the period.
    let query = &queries[0];
    let drill = Scope {
        family,
        level: query.level,
        days: query.days,
        compare: Some(expected.span),
        filters: query.filters.clone(),
    };
    let drilled = self::cube(&warehouse, &member, &drill).await;
    let unfiltered = Query { filters: Vec::new(), ..query.clone() };
    prop_assert_eq!(&naive_query(expected, query), &drilled.query(&unfiltered), "drilled cube, {:?}", query);
    Ok(())
}

async fn cube(warehouse: &Warehouse, member: &Member, scope: &Scope) -> Cube {
    match warehouse.cube(member, scope).await.unwrap() {
        CubeAnswer::Cube(bytes) => Cube::decode(&bytes).unwrap(),
        CubeAnswer::TooLarge { cells } => panic!("{cells} cells are no large cube"),
    }
}

/// The dataset with all money converted, the plain way.
fn converted(data: &Dataset, quotes: &Quotes, reporting: &'static str) -> Dataset {
    let mut expected = Dataset { currency: reporting.into(), ..data.clone() };
    expected.missing_rates.clear();
    for fact in &mut expected.facts {
        let currency = &data.account(fact).currency;
        if currency == reporting {
            continue;
        }
        let quote = |currency: &str| {
            let days = (0..=7).map(|back| fact.day - Days::new(back));
            let mut found =
                days.filter_map(|day| quotes.iter().find(|((c, d), _)| *c == currency && *d == day));
            if currency == "EUR" { Some(Decimal::ONE) } else { found.next().map(|(_, rate)| *rate) }
        };
        let half_up = RoundingStrategy::MidpointAwayFromZero;
        let Some((to, from)) = quote(reporting).zip(quote(currency)) else {
            expected.missing_rates.insert((currency.clone(), fact.day));
            continue;
        };
        let rate = (to / from).round_dp_with_strategy(12, half_up);
        for (metric, value) in data.metrics.iter().zip(&mut fact.values) {
            if let Some(amount) = value.filter(|_| metric.is_money()) {
                let exact = (Decimal::from(amount) * rate).round_dp_with_strategy(0, half_up);
                *value = Some(exact.try_into().unwrap());
            }
        }
    }
    expected
}

fn kind_of(level: Level) -> EntityKind {
    match level {
        Level::Campaign => EntityKind::Campaign,
        Level::AdGroup => EntityKind::AdGroup,
        Level::Ad => EntityKind::Ad,
        Level::Only(kind) => kind,
    }
}

/// Puts the dataset into the database, under its own ids.
async fn plant(world: &World, family: Family, data: &Dataset, quotes: &Quotes, reporting: &str) {
    world
        .execute(
            &format!(
                "DELETE FROM facts_{0}; DELETE FROM rollup_{0}_account_day; DELETE FROM accounts; DELETE FROM fx_rates;
                 DELETE FROM fact_streams; ALTER TABLE entities ALTER COLUMN id RESTART WITH 1000000",
                family.name()
            ),
        )
        .await;
    let week_start = match data.week_start {
        WeekStart::Monday => 1,
        WeekStart::Saturday => 6,
        WeekStart::Sunday => 7,
    };
    world
        .execute(&format!("UPDATE workspaces SET currency = '{reporting}', week_start = {week_start}"))
        .await;
    let workspace = world.workspace;
    for account in &data.accounts {
        world
            .execute(&format!(
                "INSERT INTO accounts (workspace_id, id, platform, source, remote_id, name, currency, time_zone)
                 OVERRIDING SYSTEM VALUE
                 VALUES ({workspace}, {0}, '{1}', 'connector', '{0}', '{2}', '{3}', '{4}')",
                account.id, account.platform, account.name, account.currency, account.time_zone
            ))
            .await;
    }
    plant_tree(world, family, data).await;
    let mut tx = world.db.pool().begin().await.unwrap();
    for account in &data.accounts {
        plant_facts(&mut tx, world, family, data, account.id, account.currency.parse().unwrap()).await;
    }
    let rates: Vec<QuotedRate> = quotes
        .iter()
        .map(|((currency, day), rate)| QuotedRate {
            day: *day,
            currency: currency.parse().unwrap(),
            per_eur: (*rate).try_into().unwrap(),
        })
        .collect();
    store_rates(&mut tx, workspace, &rates).await.unwrap();
    tx.commit().await.unwrap();
}

async fn plant_tree(world: &World, family: Family, data: &Dataset) {
    let campaign_of = |id| data.ad_groups.iter().find(|g| g.id == id).and_then(|g| g.parent);
    let kinds = match data.level {
        Level::Only(EntityKind::Post) => [10, 2, 3],
        Level::Only(EntityKind::Page) => [20, 2, 3],
        Level::Only(EntityKind::List) => [30, 2, 3],
        Level::Only(_) => [40, 41, 42],
        _ if part_kind(family) == EntityKind::Deal => [42, 2, 3],
        _ => [1, 2, 3],
    };
    for (kind, entities) in kinds.into_iter().zip([&data.campaigns, &data.ad_groups, &data.ads]) {
        for entity in entities {
            let (campaign, group) = match kind {
                10.. => (None, None),
                1 => (Some(entity.id), None),
                2 => (entity.parent, Some(entity.id)),
                _ => (entity.parent.and_then(campaign_of), entity.parent),
            };
            let id = |id: Option<model::ids::EntityId>| id.map_or("NULL".to_owned(), |id| id.to_string());
            // An entity of which no fact is left belongs to any account.
            let account = data
                .facts
                .iter()
                .find(|f| [f.path.campaign, f.path.ad_group, f.path.ad].contains(&Some(entity.id)))
                .map_or(data.accounts[0].id, |f| f.path.account);
            world
                .execute(&format!(
                    "INSERT INTO entities (workspace_id, id, account_id, kind, remote_id, parent_id, campaign_id,
                         ad_group_id, name, status, first_seen, last_seen)
                     OVERRIDING SYSTEM VALUE
                     VALUES ({}, {1}, {account}, {kind}, '{1}', {2}, {3}, {4}, '{5}', 'ENABLED', now(), now())",
                    world.workspace,
                    entity.id,
                    id(entity.parent),
                    id(campaign),
                    id(group),
                    entity.label
                ))
                .await;
            if data.level == Level::Only(EntityKind::Deal) && kind == 42 {
                let stage = entity.parent.map_or(0, |stage| stage.0);
                let pipeline = entity.parent.and_then(campaign_of).map_or(0, |pipeline| pipeline.0);
                world
                    .execute(&format!(
                        "INSERT INTO crm_deals (workspace_id, account_id, remote_id, name, pipeline, stage, currency,
                             attributes)
                         VALUES ({}, {account}, '{}', 'Deal', '{pipeline}', '{stage}', 'EUR', '{{}}')",
                        world.workspace, entity.id
                    ))
                    .await;
            }
        }
    }
}

/// The kind of what the totals of a family are made of.
fn part_kind(family: Family) -> EntityKind {
    if family == Family::Crm { EntityKind::Deal } else { EntityKind::Campaign }
}

async fn plant_facts(
    tx: &mut sqlx::PgConnection,
    world: &World,
    family: Family,
    data: &Dataset,
    account: AccountId,
    currency: warehouse::Currency,
) {
    let own = if data.level == Level::Campaign { part_kind(family) } else { kind_of(data.level) };
    let facts = || data.facts.iter().filter(move |f| f.path.account == account);
    let has_campaigns = facts().any(|f| f.path.campaign.is_some());
    let has_own = facts().any(|f| f.path.campaign.is_none());
    // A metric comes by one stream, but those of a fact by several.
    let is_split = matches!(family, Family::Social | Family::Web | Family::Crm);
    let streams: &[&str] = if is_split { &["first", "second"] } else { &["only"] };
    for kind in EntityKind::LEVELS
        .into_iter()
        .chain([own].into_iter().filter(|own| !EntityKind::LEVELS.contains(own)))
    {
        for (number, stream) in streams.iter().enumerate() {
            let mut batch = FactBatch::new();
            for fact in facts() {
                let place =
                    [fact.path.ad, fact.path.ad_group, fact.path.campaign].into_iter().flatten().next();
                let is_here = if place.is_some() { kind == own } else { kind == EntityKind::Account };
                if !is_here {
                    continue;
                }
                let mut measures = Measures::of(family);
                for (at, (metric, value)) in data.metrics.iter().zip(&fact.values).enumerate() {
                    if let Some(value) = value.filter(|_| at % streams.len() == number) {
                        measures.set(*metric, value).unwrap();
                    }
                }
                // That there is a fact, the first one tells.
                if number > 0 && measures.is_empty() {
                    continue;
                }
                let remote_id = place.map_or("itself".to_owned(), |id| id.to_string());
                push(&mut batch, &remote_id, fact.day, currency, measures);
            }
            // Rows of other levels must stay out of sight; those of an account stand in only for what its campaigns lack.
            let may_stand_in =
                data.level == Level::Campaign && (family != Family::Ads || !has_campaigns || has_own);
            if kind != own && (kind != EntityKind::Account || !may_stand_in) {
                let mut measures = Measures::of(family);
                let is_reported = |at: usize| facts().any(|fact| fact.values[at].is_some());
                let metrics = data.metrics.iter().enumerate();
                for (_, metric) in metrics.filter(|(at, _)| own != EntityKind::Campaign || is_reported(*at)) {
                    measures.set(*metric, 77).unwrap();
                }
                // Campaigns of the web give its totals where there is no other.
                let is_noise = number == 0 && (family == Family::Ads || kind == EntityKind::Ad);
                for day in [data.span.from(), data.span.until()].into_iter().filter(|_| is_noise) {
                    push(&mut batch, "noise", day, currency, measures);
                }
            }
            let stream = Some(*stream);
            let scope =
                LoadScope { account, family, stream, duplicates: Duplicates::LastWins, ..world.scope(kind) };
            merge(tx, &scope, batch).await.unwrap();
        }
    }
}

fn push(
    batch: &mut FactBatch,
    remote_id: &str,
    day: NaiveDate,
    currency: warehouse::Currency,
    measures: Measures,
) {
    batch.push(&FactRow { remote_id, day, segment: None, currency, measures, extra: None }).unwrap();
}
