//! Which facts a question is about. Conditions on accounts and on time are decided here, with the same code as in the
//! browser; only what is left goes into SQL.

use super::context::Context;
use super::sql::Sql;
use crate::columns::{self, Tables};
use crate::load::kind_number;
use crate::totals::{Kinds, View};
use chrono::NaiveDate;
use metrics::levels::step;
use metrics::{Class, Dimension, Family, Filter, FilterMode, Level, Metric, Query, keys};
use model::DayRange;
use model::entities::EntityKind;
use model::error::AppError;
use std::collections::{BTreeMap, HashSet};

/// Beyond so many stretches of days, days are listed one by one.
const MANY_RANGES: usize = 8;

/// The facts of a question: never empty, see [`Selection::new`].
#[derive(Debug, Clone)]
pub(super) struct Selection {
    pub(super) workspace: i32,
    pub(super) family: Family,
    /// Whether a fact may have several rows.
    is_split: bool,
    /// Accounts whose facts of that kind count, each account and kind once.
    pub(super) kinds: Vec<(i16, Vec<i32>)>,
    /// Disjoint, ascending.
    pub(super) days: Vec<DayRange>,
    pub(super) places: Vec<PlaceFilter>,
    /// The breakdown that the facts are read from; none = the plain facts.
    pub(super) breakdown: Option<Breakdown>,
    /// Metrics that not all of `kinds` count for: the accounts by kinds that do.
    givers: Vec<(Metric, Vec<(i16, Vec<i32>)>)>,
}

/// Which figures a question is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// All, to be told apart later.
    All,
    /// Those metrics, told apart by these dimensions.
    Metrics(&'a [Metric], &'a [Dimension]),
}

/// How figures of a level are looked at.
pub(super) fn view(used: &[Dimension], filters: &[Filter]) -> View {
    let mut asked = used.iter().copied().chain(filters.iter().map(|filter| filter.dimension));
    if asked.any(Dimension::is_place) { View::Split } else { View::Totals }
}

/// A condition on campaigns, ad groups, ads, pages, …
#[derive(Debug, Clone)]
pub(super) struct PlaceFilter {
    pub(super) column: &'static str,
    pub(super) mode: FilterMode,
    pub(super) ids: Vec<i64>,
}

/// A dimension of the broken down facts, with conditions on its values.
#[derive(Debug, Clone)]
pub(super) struct Breakdown {
    /// The names that it goes by.
    pub(super) names: &'static [&'static str],
    pub(super) filters: Vec<(Dimension, FilterMode, Vec<String>)>,
}

/// Where the broken down facts hold the members of the dimension.
pub(super) fn value_column(dimension: Dimension) -> &'static str {
    match dimension {
        // One breakdown by three things at once, in the order of their names.
        Dimension::Channel => "split_part(f.value, ' · ', 1)",
        Dimension::Source => "substr(f.value, strpos(f.value, ' · ') + 3)",
        // `AGE_25_34 · FEMALE` of one platform is `25-34 · female` of another.
        Dimension::AgeGender => "lower(replace(regexp_replace(f.value, '^AGE_', ''), '_', '-'))",
        _ => "f.value",
    }
}

/// Tables that a condition or grouping looks at besides the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Joins {
    /// The tree, alias `e`.
    entities: bool,
    /// The record of a deal, alias `d`, with its pipeline and stage, aliases `p` and `s`.
    deals: bool,
    /// Who the deal belongs to, alias `o`.
    owners: bool,
}

impl Joins {
    /// What those expressions need.
    pub(super) fn of<'a>(columns: impl IntoIterator<Item = &'a str>) -> Self {
        let mut joins = Self::default();
        for column in columns {
            joins.owners |= column.starts_with("o.");
            joins.deals |= column.starts_with("p.") || column.starts_with("s.") || joins.owners;
            joins.entities |= column.starts_with("e.") || joins.deals;
        }
        joins
    }

    /// All that either needs.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            entities: self.entities || other.entities,
            deals: self.deals || other.deals,
            owners: self.owners || other.owners,
        }
    }

    /// Writes them, for facts with the alias `f`.
    pub(super) fn write(self, sql: &mut impl Sql, workspace: i32) {
        if self.entities {
            sql.text(" JOIN entities e ON e.id = f.entity_id AND e.workspace_id = ");
            sql.int4(workspace);
        }
        if self.deals {
            write_deals(sql, workspace);
        }
        if self.owners {
            write_above(sql, workspace, ("o", "owner", EntityKind::Owner));
        }
    }
}

/// Joins what deals are in, to entities with the alias `e`.
pub(super) fn write_deals(sql: &mut impl Sql, workspace: i32) {
    sql.text(
        " LEFT JOIN crm_deals d ON d.account_id = e.account_id AND d.remote_id = e.remote_id AND d.workspace_id = ",
    );
    sql.int4(workspace);
    for above in [("p", "pipeline", EntityKind::Pipeline), ("s", "stage", EntityKind::Stage)] {
        write_above(sql, workspace, above);
    }
}

/// Joins what the record `d` of a deal names in a column.
fn write_above(
    sql: &mut impl Sql,
    workspace: i32,
    (alias, column, kind): (&'static str, &'static str, EntityKind),
) {
    sql.text(&format!(
        " LEFT JOIN entities {alias} ON {alias}.account_id = e.account_id AND {alias}.kind = {} \
         AND {alias}.remote_id = d.{column} AND {alias}.workspace_id = ",
        kind_number(kind)
    ));
    sql.int4(workspace);
}

/// Where the facts of a level hold their campaign, ad group, ad, page, …. `None`: nowhere.
pub(super) fn place_column(level: Level, dimension: Dimension) -> Option<&'static str> {
    match (level, dimension) {
        (Level::Only(EntityKind::Deal), Dimension::Pipeline) => Some("p.id"),
        (Level::Only(EntityKind::Deal), Dimension::Stage) => Some("s.id"),
        (Level::Only(EntityKind::Deal), Dimension::Owner) => Some("o.id"),
        (Level::Only(_), _) => step(level, dimension).map(|_| "f.entity_id"),
        (Level::Campaign, Dimension::Campaign) => Some("CASE WHEN f.kind <> 0 THEN f.entity_id END"),
        (Level::AdGroup, Dimension::AdGroup) | (Level::Ad, Dimension::Ad) => Some("f.entity_id"),
        (Level::AdGroup | Level::Ad, Dimension::Campaign) => Some("e.campaign_id"),
        (Level::Ad, Dimension::AdGroup) => Some("e.ad_group_id"),
        _ => None,
    }
}

impl Selection {
    /// The facts of a level on those days that pass the filters and count for what is wanted. None when no fact can pass.
    /// Of several breakdowns the first counts: see [`refuse_conflict`].
    pub(super) fn new(
        context: &Context,
        (family, level): (Family, Level),
        days: &[DayRange],
        filters: &[Filter],
        wanted: Wanted<'_>,
    ) -> Option<Self> {
        let used = if let Wanted::Metrics(_, used) = wanted { used } else { &[] };
        let breakdown = breakdown(filters, used);
        let view = view(used, filters);
        let mut accounts: Vec<&super::context::Account> = context.accounts.iter().collect();
        let mut allowed: Vec<NaiveDate> = union(days);
        let mut places = Vec::new();
        for filter in filters {
            let named: HashSet<&str> =
                filter.members.iter().map(String::as_str).filter(|member| !member.is_empty()).collect();
            let keeps = |key: &str| named.contains(key) == (filter.mode == FilterMode::Include);
            match filter.dimension {
                Dimension::Platform => accounts.retain(|account| keeps(&account.platform)),
                Dimension::Account => accounts.retain(|account| keeps(&account.id.to_string())),
                Dimension::Currency => accounts.retain(|account| keeps(account.currency.as_str())),
                entity if entity.entity().is_some() => {
                    match (place_column(level, filter.dimension), filter.mode) {
                        (None, FilterMode::Include) => return None,
                        (None, FilterMode::Exclude) => {}
                        (Some(column), mode) => places.push(PlaceFilter { column, mode, ids: ids(&named) }),
                    }
                }
                value if value.is_breakdown() => {}
                time => allowed.retain(|day| {
                    keys::time_key(time, *day, context.week_start).is_some_and(|key| keeps(&key))
                }),
            }
        }
        let own_kind = match level {
            Level::Campaign => None,
            Level::AdGroup => Some(kind_number(EntityKind::AdGroup)),
            Level::Ad => Some(kind_number(EntityKind::Ad)),
            Level::Only(kind) => Some(kind_number(kind)),
        };
        let mut kinds: Vec<(i16, Vec<i32>)> = Vec::new();
        let mut of_metrics: Vec<(Metric, Vec<(i16, Vec<i32>)>)> = Vec::new();
        for account in accounts {
            if let Some(kind) = own_kind {
                add(&mut kinds, kind, account.id);
                continue;
            }
            let Some(givers) = account.givers(family) else { continue };
            let Wanted::Metrics(metrics, _) = wanted else {
                givers.all().iter().for_each(|kind| add(&mut kinds, kind, account.id));
                continue;
            };
            let kinds_of = |metric: &Metric| {
                let usual = givers.kinds(*metric, view);
                breakdown.as_ref().map_or(usual, |by| account.broken_down(family, by.names, usual))
            };
            let sets: Vec<Kinds> = metrics.iter().map(kinds_of).collect();
            let all = sets.iter().fold(Kinds::default(), |all, set| all.with(*set));
            all.iter().for_each(|kind| add(&mut kinds, kind, account.id));
            for (metric, set) in metrics.iter().zip(sets) {
                let at = of_metrics.iter().position(|(known, _)| known == metric).unwrap_or_else(|| {
                    of_metrics.push((*metric, Vec::new()));
                    of_metrics.len() - 1
                });
                set.iter().for_each(|kind| add(&mut of_metrics[at].1, kind, account.id));
            }
        }
        // Mostly all rows count for everything.
        let sorted = |list: &[(i16, Vec<i32>)]| list.iter().cloned().collect::<BTreeMap<_, _>>();
        let everything = sorted(&kinds);
        of_metrics.retain(|(_, list)| sorted(list) != everything);
        let days = runs(&allowed);
        if kinds.is_empty() || days.is_empty() {
            return None;
        }
        Some(Self {
            workspace: context.workspace.0,
            family,
            is_split: context.is_split(family),
            kinds,
            days,
            places,
            breakdown,
            givers: of_metrics,
        })
    }

    /// What to read facts `f` from, with the beginning of their condition. Rows of several streams are put together to one
    /// fact: they report different metrics.
    pub(super) fn source(&self) -> (String, &'static str) {
        let Tables { facts, breakdowns, .. } = columns::tables(self.family);
        let table = if self.breakdown.is_some() { breakdowns } else { facts };
        if !self.is_split {
            // There is none but the first; named, so that the key finds the days.
            return (format!("{table} f"), "f.stream = 0 AND ");
        }
        let mut key = "workspace_id, account_id, kind, day, entity_id, currency".to_owned();
        if self.breakdown.is_some() {
            key.push_str(", dimension, value");
        }
        let measures = columns::metrics(self.family).iter().map(|metric| match metric.class() {
            Class::Additive => format!("sum({0})::bigint AS {0}", metric.name()),
            _ => format!("max({0}) AS {0}", metric.name()),
        });
        let measures: Vec<String> = measures.collect();
        (format!("(SELECT {key}, {} FROM {table} GROUP BY {key}) f", measures.join(", ")), "")
    }

    /// The condition under which a row (alias `f`) counts for the metric; none where all do.
    pub(super) fn gives(&self, metric: Metric) -> Option<String> {
        let (_, list) = self.givers.iter().find(|(known, _)| *known == metric)?;
        let of_kind = list.iter().map(|(kind, accounts)| {
            let accounts: Vec<String> = accounts.iter().map(ToString::to_string).collect();
            format!("(f.kind = {kind} AND f.account_id = ANY('{{{}}}'::integer[]))", accounts.join(","))
        });
        let conditions: Vec<String> = of_kind.collect();
        Some(if conditions.is_empty() { "false".to_owned() } else { conditions.join(" OR ") })
    }

    /// A measure of `f`, where its row counts.
    pub(super) fn measure(&self, metric: Metric) -> String {
        let column = metric.name();
        match self.gives(metric) {
            None => format!("f.{column}"),
            Some(condition) => format!("(CASE WHEN {condition} THEN f.{column} END)"),
        }
    }

    /// The sums by account and day.
    pub(super) fn rollup(&self) -> &'static str {
        columns::tables(self.family).rollup
    }

    pub(super) fn accounts(&self) -> impl Iterator<Item = i32> {
        self.kinds.iter().flat_map(|(_, accounts)| accounts).copied()
    }

    /// The part of it that belongs to accounts for which `keep`; none when there are none.
    pub(super) fn of_accounts(&self, keep: impl Fn(i32) -> bool) -> Option<Self> {
        let mut part = self.clone();
        for (_, accounts) in &mut part.kinds {
            accounts.retain(|account| keep(*account));
        }
        part.kinds.retain(|(_, accounts)| !accounts.is_empty());
        (!part.kinds.is_empty()).then_some(part)
    }

    /// First to last day.
    pub(super) fn span(&self) -> DayRange {
        // Never empty, and ascending.
        self.days.iter().copied().reduce(DayRange::hull).unwrap_or(DayRange::single(crate::copy::EPOCH))
    }

    pub(super) fn each_day(&self) -> impl Iterator<Item = NaiveDate> {
        self.days.iter().flat_map(|range| range.days())
    }

    /// Whether accounts and days say all, so that the rollup can answer.
    pub(super) fn is_by_account(&self) -> bool {
        self.places.is_empty() && self.breakdown.is_none()
    }

    /// What the condition looks at besides the facts.
    pub(super) fn joins(&self) -> Joins {
        Joins::of(self.places.iter().map(|place| place.column))
    }

    /// Writes the condition, for a table with the alias `f` (and those of [`Selection::joins`]).
    pub(super) fn write(&self, sql: &mut impl Sql) {
        sql.text("f.workspace_id = ");
        sql.int4(self.workspace);
        sql.text(" AND (");
        for (at, (kind, accounts)) in self.kinds.iter().enumerate() {
            sql.text(if at == 0 { "" } else { " OR " });
            sql.text("f.kind = ");
            sql.int2(*kind);
            sql.text(" AND f.account_id = ANY(");
            sql.int4s(accounts);
            sql.text(")");
        }
        sql.text(") AND f.day BETWEEN ");
        sql.day(self.span().from());
        sql.text(" AND ");
        sql.day(self.span().until());
        if self.days.len() > MANY_RANGES {
            sql.text(" AND f.day = ANY(");
            sql.days(&self.each_day().collect::<Vec<_>>());
            sql.text(")");
        } else if self.days.len() > 1 {
            sql.text(" AND (");
            for (at, range) in self.days.iter().enumerate() {
                sql.text(if at == 0 { "f.day BETWEEN " } else { " OR f.day BETWEEN " });
                sql.day(range.from());
                sql.text(" AND ");
                sql.day(range.until());
            }
            sql.text(")");
        }
        for place in &self.places {
            let column = place.column;
            match place.mode {
                FilterMode::Include => sql.text(&format!(" AND {column} = ANY(")),
                FilterMode::Exclude => sql.text(&format!(" AND ({column} IS NULL OR {column} <> ALL(")),
            }
            sql.int8s(&place.ids);
            sql.text(if place.mode == FilterMode::Include { ")" } else { "))" });
        }
        if let Some(breakdown) = &self.breakdown {
            match breakdown.names {
                [name] => {
                    sql.text(" AND f.dimension = ");
                    sql.word(name);
                }
                names => {
                    sql.text(" AND f.dimension = ANY(");
                    sql.words(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
                    sql.text(")");
                }
            }
            for (dimension, mode, values) in &breakdown.filters {
                let is = if *mode == FilterMode::Include { "= ANY" } else { "<> ALL" };
                sql.text(&format!(" AND {} {is}(", value_column(*dimension)));
                sql.words(values);
                sql.text(")");
            }
        }
    }
}

fn add(kinds: &mut Vec<(i16, Vec<i32>)>, kind: i16, account: i32) {
    match kinds.iter_mut().find(|(known, _)| *known == kind) {
        Some((_, ids)) if ids.last() == Some(&account) => {}
        Some((_, ids)) => ids.push(account),
        None => kinds.push((kind, vec![account])),
    }
}

/// Ids among the keys. A key that is not written as ids are is the key of nothing.
fn ids(keys: &HashSet<&str>) -> Vec<i64> {
    keys.iter().filter_map(|key| key.parse::<i64>().ok().filter(|id| id.to_string() == **key)).collect()
}

fn breakdown(filters: &[Filter], used: &[Dimension]) -> Option<Breakdown> {
    let asked = used.iter().copied().chain(filters.iter().map(|f| f.dimension));
    let names = asked.map(Dimension::breakdowns).find(|names| !names.is_empty())?;
    let filters = filters.iter().filter(|filter| filter.dimension.is_breakdown());
    let filters =
        filters.map(|f| (f.dimension, f.mode, f.members.iter().filter(|m| !m.is_empty()).cloned().collect()));
    Some(Breakdown { names, filters: filters.collect() })
}

/// Refuses a question by two breakdowns at once.
pub(super) fn refuse_conflict(query: &Query) -> Result<(), AppError> {
    let Some((first, second)) = query.conflict() else { return Ok(()) };
    let (first, second) = (first.label().to_lowercase(), second.label().to_lowercase());
    Err(AppError::invalid(format!("Figures by {first} and {second} together are not known."))
        .with_hint(format!("Show {first} and {second} in separate widgets.")))
}

/// All days of the ranges, each once, ascending; none outside of what facts can have.
fn union(ranges: &[DayRange]) -> Vec<NaiveDate> {
    let bounds = NaiveDate::from_ymd_opt(1990, 1, 1)
        .zip(NaiveDate::from_ymd_opt(2100, 12, 31))
        .and_then(|(from, until)| DayRange::new(from, until).ok());
    let ranges = ranges.iter().filter_map(|range| bounds.and_then(|bounds| range.intersection(bounds)));
    let mut days: Vec<NaiveDate> = ranges.flat_map(DayRange::days).collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// Consecutive days as ranges.
fn runs(days: &[NaiveDate]) -> Vec<DayRange> {
    days.chunk_by(|a, b| a.succ_opt() == Some(*b))
        .filter_map(|run| DayRange::new(*run.first()?, *run.last()?).ok())
        .collect()
}
