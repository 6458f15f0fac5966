//! One cube with everything that a dashboard looks at.

use super::QueryError;
use super::context::Context;
use super::selection::{Selection, Wanted, view, write_deals};
use super::sql::{Literals, Sql};
use crate::columns::{self, Measures};
use crate::copy::{day_of, read};
use crate::currency::Currency;
use crate::load::kind_number;
use crate::rates::{Conversion, RateTable};
use crate::totals::View;
use chrono::NaiveDate;
use metrics::cube::{Account, CubeBuilder, CubeMeta, Entity, Path};
use metrics::{Family, Level, Metric, Scope};
use model::entities::EntityKind;
use model::error::AppError;
use model::ids::{AccountId, EntityId};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The facts of a scope; none when no fact can pass.
pub(super) fn select(context: &Context, scope: &Scope) -> Result<Option<Selection>, QueryError> {
    if let Some(filter) = scope.filters.iter().find(|f| !f.dimension.is_in_cubes()) {
        let by = filter.dimension.label().to_lowercase();
        return Err(AppError::invalid(format!("A cube holds no figures by {by}."))
            .with_hint("Ask for frames with such a filter.")
            .into());
    }
    let days: Vec<_> = [Some(scope.days), scope.compare].into_iter().flatten().collect();
    Ok(Selection::new(context, (scope.family, scope.level), &days, &scope.filters, Wanted::All))
}

/// How many facts that is. Exact up to the limit of a cube; beyond, where the rollup does not know, at least one more.
pub(super) async fn count(tx: &mut PgConnection, selection: &Selection) -> Result<u64, QueryError> {
    let mut sql: QueryBuilder<Postgres>;
    if selection.is_by_account() {
        sql = QueryBuilder::new(format!(
            "SELECT coalesce(sum(f.facts), 0)::bigint FROM {} f WHERE ",
            selection.rollup()
        ));
        selection.write(&mut sql);
    } else {
        let (source, condition) = selection.source();
        sql = QueryBuilder::new(format!("SELECT count(*) FROM (SELECT FROM {source}"));
        selection.joins().write(&mut sql, selection.workspace);
        sql.push(" WHERE ").push(condition);
        selection.write(&mut sql);
        sql.push(format!(" LIMIT {}) t", super::MAX_CELLS + 1));
    }
    let count: i64 = sql.build_query_scalar().persistent(false).fetch_one(tx).await?;
    Ok(count.cast_unsigned())
}

/// A fact in its own currency.
struct Fact {
    account: i32,
    currency: Option<Currency>,
    entity: i64,
    kind: i16,
    day: i32,
    measures: Measures,
}

/// The cube, encoded.
pub(super) async fn build(
    tx: &mut PgConnection,
    context: &Context,
    scope: &Scope,
    selection: Option<&Selection>,
) -> Result<Vec<u8>, QueryError> {
    let meta = CubeMeta {
        family: scope.family,
        level: scope.level,
        week_start: context.week_start,
        currency: context.reporting.to_string(),
        periods: [Some(scope.days), scope.compare].into_iter().flatten().collect(),
        missing_rates: Vec::new(),
    };
    let (facts, rates, tree) = match selection {
        Some(selection) => {
            let facts = fetch(tx, selection).await?;
            let currencies = context.currencies(tx, selection.family, selection.accounts()).await?;
            let rates = context.rates(tx, &currencies, selection.span()).await?;
            let tree = fetch_tree(tx, context, scope.level, &facts).await?;
            (facts, rates, tree)
        }
        None => (Vec::new(), RateTable::new(context.reporting), HashMap::new()),
    };
    let context = context.clone();
    // Sorting and encoding some hundred thousand rows is work for a thread of its own.
    // A filter that the server applied is not in the browser's queries.
    let totals = view(&[], &scope.filters);
    tokio::task::spawn_blocking(move || assemble(&context, meta, totals, &facts, &rates, &tree)).await?
}

async fn fetch(tx: &mut PgConnection, selection: &Selection) -> Result<Vec<Fact>, QueryError> {
    let family = selection.family;
    let columns = columns::columns(family, "f.");
    // An account has one currency, but its deals have their own.
    let has_currency = family == Family::Crm;
    let currency = if has_currency { ", f.currency" } else { "" };
    let (source, condition) = selection.source();
    let mut sql = Literals(format!(
        "SELECT f.account_id, f.entity_id, f.kind::integer, f.day{currency}, {columns} FROM {source}"
    ));
    selection.joins().write(&mut sql, selection.workspace);
    sql.text(" WHERE ");
    sql.text(condition);
    selection.write(&mut sql);
    let measures_of = columns::metrics(family).len();
    let mut facts = Vec::new();
    read(tx, &sql.0, |mut row| {
        let (account, entity) = (row.int4()?, row.int8()?);
        let (kind, day) = (row.int4()?, row.int4()?);
        let currency = if has_currency { Some(row.currency()?) } else { None };
        let mut measures = Measures::of(family);
        for at in 0..measures_of {
            if let Some(value) = row.int8_or_null()? {
                measures.set_at(at, value);
            }
        }
        facts.push(Fact {
            account,
            currency,
            entity,
            kind: i16::try_from(kind).unwrap_or(-1),
            day,
            measures,
        });
        Ok(())
    })
    .await?;
    Ok(facts)
}

/// A node of the tree, with its two steps above: campaign and ad group, of deals pipeline and stage.
struct Node {
    id: i64,
    kind: i16,
    campaign_id: Option<i64>,
    ad_group_id: Option<i64>,
    name: String,
    status: Option<String>,
}

impl<'r> sqlx::FromRow<'r, PgRow> for Node {
    fn from_row(row: &'r PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get(0)?,
            kind: row.try_get(1)?,
            campaign_id: row.try_get(2)?,
            ad_group_id: row.try_get(3)?,
            name: row.try_get(4)?,
            status: row.try_get(5)?,
        })
    }
}

/// The entities of the facts, and what they hang on.
async fn fetch_tree(
    tx: &mut PgConnection,
    context: &Context,
    level: Level,
    facts: &[Fact],
) -> Result<HashMap<i64, Node>, QueryError> {
    let mut wanted: Vec<i64> =
        facts.iter().filter(|f| f.kind != kind_number(EntityKind::Account)).map(|f| f.entity).collect();
    let mut tree: HashMap<i64, Node> = HashMap::new();
    let is_of_deals = level == Level::Only(EntityKind::Deal);
    let rounds = if is_of_deals || matches!(level, Level::AdGroup | Level::Ad) { 2 } else { 1 };
    for _ in 0..rounds {
        wanted.sort_unstable();
        wanted.dedup();
        // Deals move between pipelines and stages: their records say where they are.
        let above = if is_of_deals { "p.id, s.id" } else { "e.campaign_id, e.ad_group_id" };
        let mut sql =
            QueryBuilder::new(format!("SELECT e.id, e.kind, {above}, e.name, e.status FROM entities e"));
        if is_of_deals {
            write_deals(&mut sql, context.workspace.0);
        }
        sql.push(" WHERE e.workspace_id = ").push_bind(context.workspace.0);
        sql.push(" AND e.id = ANY(").push_bind(wanted.clone()).push(")");
        let nodes: Vec<Node> = sql.build_query_as().persistent(false).fetch_all(&mut *tx).await?;
        wanted = nodes.iter().flat_map(|n| [n.campaign_id, n.ad_group_id]).flatten().collect();
        tree.extend(nodes.into_iter().map(|node| (node.id, node)));
        wanted.retain(|id| !tree.contains_key(id));
        if wanted.is_empty() {
            break;
        }
    }
    Ok(tree)
}

/// Where money of each currency and day goes through.
struct Conversions<'a> {
    rates: &'a RateTable,
    known: HashMap<(Currency, i32), Conversion>,
}

impl Conversions<'_> {
    fn of(&mut self, currency: Option<Currency>, day: i32) -> Conversion {
        let rates = self.rates;
        let Some(currency) = currency else { return Conversion::Missing };
        *self.known.entry((currency, day)).or_insert_with(|| rates.conversion(currency, day_of(day)))
    }
}

fn assemble(
    context: &Context,
    meta: CubeMeta,
    totals: View,
    facts: &[Fact],
    rates: &RateTable,
    tree: &HashMap<i64, Node>,
) -> Result<Vec<u8>, QueryError> {
    let family = meta.family;
    let present = facts.iter().fold(0_u32, |all, fact| all | fact.measures.present());
    let used: Vec<(usize, Metric)> = columns::metrics(family)
        .iter()
        .copied()
        .enumerate()
        .filter(|(at, _)| present >> at & 1 == 1)
        .collect();
    let metrics: Vec<Metric> = used.iter().map(|(_, metric)| *metric).collect();
    let level = meta.level;
    let mut builder = CubeBuilder::new(meta, &metrics);
    let (mut announced, mut placed) = (HashSet::new(), HashSet::new());
    let mut conversions = Conversions { rates, known: HashMap::new() };
    let mut values: Vec<Option<i64>> = Vec::with_capacity(used.len());
    // A deal may change its currency: then a day has a row in each.
    let mut parts: BTreeMap<(Path, NaiveDate), Vec<Option<i64>>> = BTreeMap::new();
    for fact in facts {
        if announced.insert(i64::from(fact.account))
            && let Some(account) = context.account(fact.account)
        {
            builder.account(Account {
                id: AccountId(account.id),
                name: account.name.clone(),
                platform: account.platform.clone(),
                currency: account.currency.to_string(),
                time_zone: account.time_zone.clone(),
            });
        }
        let day: NaiveDate = day_of(fact.day);
        let currency = fact.currency.or_else(|| context.account(fact.account).map(|a| a.currency));
        let conversion = conversions.of(currency, fact.day);
        if let (Conversion::Missing, Some(currency)) = (conversion, currency) {
            builder.missing_rate(currency.as_str(), day);
        }
        values.clear();
        for (at, metric) in &used {
            values.push(match (fact.measures.at(*at), conversion) {
                (Some(amount), Conversion::By(rate)) if metric.is_money() => {
                    Some(rate.apply(amount).ok_or(QueryError::Overflow)?)
                }
                (Some(_), Conversion::Missing) if metric.is_money() => None,
                (value, _) => value,
            });
        }
        let place = path(level, fact, tree);
        let givers = context.account(fact.account).and_then(|account| account.givers(family));
        if let Some(givers) = givers.filter(|_| level == Level::Campaign && placed.insert(place)) {
            let gives = |metric: Option<Metric>, view| givers.kinds(metric, view).contains(fact.kind);
            builder.counts_for(place, |metric| gives(metric, totals), |metric| gives(metric, View::Split))?;
        }
        if fact.currency.is_none() {
            builder.push(place, day, &values)?;
            continue;
        }
        let kept = parts.entry((place, day)).or_insert_with(|| vec![None; used.len()]);
        for (kept, value) in kept.iter_mut().zip(&values) {
            let sum = kept.unwrap_or(0).checked_add(value.unwrap_or(0)).ok_or(QueryError::Overflow)?;
            *kept = kept.or(*value).map(|_| sum);
        }
    }
    for ((place, day), values) in &parts {
        builder.push(*place, *day, values)?;
    }
    announce(&mut builder, level, tree);
    Ok(builder.finish()?.encode())
}

fn path(level: Level, fact: &Fact, tree: &HashMap<i64, Node>) -> Path {
    let account = AccountId(fact.account);
    let none = Path { account, campaign: None, ad_group: None, ad: None };
    if fact.kind == kind_number(EntityKind::Account) {
        return none;
    }
    let own = Some(EntityId(fact.entity));
    let node = tree.get(&fact.entity);
    let campaign = node.and_then(|n| n.campaign_id).map(EntityId);
    match level {
        Level::Campaign => Path { campaign: own, ..none },
        Level::Only(kind) if kind != EntityKind::Deal => Path { campaign: own, ..none },
        Level::AdGroup => Path { campaign, ad_group: own, ..none },
        Level::Ad | Level::Only(_) => {
            Path { campaign, ad_group: node.and_then(|n| n.ad_group_id).map(EntityId), ad: own, ..none }
        }
    }
}

fn announce(builder: &mut CubeBuilder, level: Level, tree: &HashMap<i64, Node>) {
    for node in tree.values() {
        let entity = |parent: Option<i64>| Entity {
            id: EntityId(node.id),
            label: node.name.clone(),
            parent: parent.map(EntityId),
            status: node.status.clone().unwrap_or_default(),
        };
        let is = |kind| node.kind == kind_number(kind);
        match level {
            Level::Only(EntityKind::Deal) if is(EntityKind::Pipeline) => builder.campaign(entity(None)),
            Level::Only(EntityKind::Deal) if is(EntityKind::Stage) => builder.ad_group(entity(None)),
            Level::Only(EntityKind::Deal) => builder.ad(entity(None)),
            // Of other families, whatever the totals are made of stands where campaigns do.
            Level::Campaign | Level::Only(_) if !is(EntityKind::Account) => builder.campaign(entity(None)),
            Level::AdGroup | Level::Ad if is(EntityKind::Campaign) => builder.campaign(entity(None)),
            Level::AdGroup | Level::Ad if is(EntityKind::AdGroup) => {
                builder.ad_group(entity(node.campaign_id))
            }
            Level::Ad if is(EntityKind::Ad) => builder.ad(entity(node.ad_group_id.or(node.campaign_id))),
            _ => continue,
        };
    }
}
