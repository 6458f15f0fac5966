//! The SQL path: one question, one frame, equal to what the cube would answer (see `metrics::Cube::query`).

mod mean;

use super::QueryError;
use super::context::Context;
use super::grouping::{Grouping, Part};
use super::selection::{Selection, Wanted, refuse_conflict};
use crate::columns;
use crate::currency::Currency;
use crate::rates::{Conversion, RateTable};
use chrono::NaiveDate;
use metrics::query::{FrameRow, MissingRate};
use metrics::{Class, Family, Frame, Metric, Query};
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};
use std::collections::BTreeMap;

/// Figures of one group so far.
#[derive(Debug, Clone)]
struct Group {
    facts: i64,
    values: Vec<Option<i64>>,
}

type Groups = BTreeMap<Vec<Part>, Group>;

/// Rates of currencies on days, for a join.
struct Rates {
    days: Vec<NaiveDate>,
    currencies: Vec<String>,
    values: Vec<Decimal>,
}

/// A question, resolved.
struct Question<'a> {
    context: &'a Context,
    query: &'a Query,
    grouping: Grouping,
    selection: Selection,
    /// Those that are converted.
    currencies: Vec<Currency>,
    table: RateTable,
    rates: Rates,
}

/// Answers one query in the caller's snapshot.
pub(super) async fn answer(
    tx: &mut PgConnection,
    context: &Context,
    query: &Query,
) -> Result<Frame, QueryError> {
    let empty = || {
        let values = vec![None; query.metrics.len()];
        let rows = if query.group_by.is_empty() {
            vec![FrameRow { members: Vec::new(), values: values.clone() }]
        } else {
            Vec::new()
        };
        Frame {
            group_by: query.group_by.clone(),
            metrics: query.metrics.clone(),
            rows,
            totals: values,
            missing_rates: Vec::new(),
        }
    };
    refuse_conflict(query)?;
    let wanted = Wanted::Metrics(&query.metrics, &query.group_by);
    let selection =
        Selection::new(context, (query.family, query.level), &[query.days], &query.filters, wanted);
    let Some(selection) = selection else { return Ok(empty()) };
    let has_money = query.metrics.iter().any(|metric| metric.is_money());
    let is_foreign = |id: i32| context.account(id).is_some_and(|a| a.currency != context.reporting);
    // Deals are in currencies of their own, so that all of them go through the rates.
    let foreign = |id: i32| has_money && (query.family == Family::Crm || is_foreign(id));
    let (mut currencies, mut table) = (Vec::new(), RateTable::new(context.reporting));
    let mut rates = Rates { days: Vec::new(), currencies: Vec::new(), values: Vec::new() };
    if let Some(part) = selection.of_accounts(foreign) {
        currencies = context.currencies(tx, query.family, part.accounts()).await?;
        table = context.rates(tx, &currencies, part.span()).await?;
        rates = rates_of(&part, &currencies, &table);
    }
    let grouping = Grouping::new(query.level, &query.group_by, context.week_start);
    let question = Question { context, query, grouping, selection, currencies, table, rates };

    let mut groups = Groups::new();
    let own = question.selection.of_accounts(|id| !foreign(id));
    let converted = question.selection.of_accounts(foreign);
    question.sum(tx, own.as_ref(), false, &mut groups).await?;
    question.sum(tx, converted.as_ref(), true, &mut groups).await?;
    if groups.is_empty() {
        return Ok(empty());
    }
    let mut totals: Vec<Option<i64>> = vec![None; query.metrics.len()];
    for (at, metric) in query.metrics.iter().copied().enumerate() {
        if columns::index(query.family, metric).is_none() {
            continue;
        }
        match metric.class() {
            Class::Additive => totals[at] = total(groups.values().map(|group| group.values[at]))?,
            Class::NonAdditive => totals[at] = question.single(tx, metric, at, &mut groups).await?,
            Class::Level => {
                totals[at] =
                    question.latest(tx, metric, at, (own.as_ref(), converted.as_ref()), &mut groups).await?;
            }
            Class::WeightedBy(weight) => {
                totals[at] = question.mean(tx, (metric, weight), at, &mut groups).await?;
            }
        }
    }
    let members = question.grouping.members(tx, context, groups.keys()).await?;
    let rows = members.into_iter().zip(groups.into_values());
    let rows = rows.map(|(members, group)| FrameRow { members, values: group.values }).collect();
    let missing_rates = question.missing_rates(tx, converted.as_ref()).await?;
    Ok(Frame {
        group_by: query.group_by.clone(),
        metrics: query.metrics.clone(),
        rows,
        totals,
        missing_rates,
    })
}

fn total(values: impl Iterator<Item = Option<i64>>) -> Result<Option<i64>, QueryError> {
    let mut sum: Option<i64> = None;
    for value in values.flatten() {
        sum = Some(sum.unwrap_or(0).checked_add(value).ok_or(QueryError::Overflow)?);
    }
    Ok(sum)
}

fn rates_of(part: &Selection, currencies: &[Currency], table: &RateTable) -> Rates {
    let mut rates = Rates { days: Vec::new(), currencies: Vec::new(), values: Vec::new() };
    for currency in currencies {
        for day in part.each_day() {
            let rate = match table.conversion(*currency, day) {
                Conversion::Identity => Decimal::ONE,
                Conversion::By(rate) => rate.decimal(),
                Conversion::Missing => continue,
            };
            rates.days.push(day);
            rates.currencies.push(currency.to_string());
            rates.values.push(rate);
        }
    }
    rates
}

impl Question<'_> {
    /// Adds up facts and additive metrics of some accounts. From the rollup, where neither the tree nor a conversion is
    /// asked for.
    async fn sum(
        &self,
        tx: &mut PgConnection,
        part: Option<&Selection>,
        convert: bool,
        groups: &mut Groups,
    ) -> Result<(), QueryError> {
        let Some(part) = part else { return Ok(()) };
        let metrics: Vec<(usize, Metric)> = self
            .query
            .metrics
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, metric)| {
                columns::index(self.query.family, *metric).is_some() && metric.class() == Class::Additive
            })
            .collect();
        let converts = convert && metrics.iter().any(|(_, metric)| metric.is_money());
        let from_rollup = part.is_by_account() && self.grouping.is_by_account() && !converts;
        let mut sql = self.select(if from_rollup { ", sum(f.facts)::bigint" } else { ", count(*)" });
        for (_, metric) in &metrics {
            let value = value(part, *metric, converts);
            sql.push(format!(", sum({value})::bigint"));
        }
        if from_rollup {
            sql.push(format!(" FROM {} f WHERE ", part.rollup()));
        } else {
            self.from(&mut sql, part, converts.then_some(" LEFT JOIN "));
        }
        part.write(&mut sql);
        self.group(&mut sql);
        let width = self.grouping.columns.len();
        for row in sql.build().persistent(false).fetch_all(tx).await? {
            // Without groups there is one row, also over nothing.
            let Some(facts) = row.try_get::<Option<i64>, _>(width)?.filter(|facts| *facts > 0) else {
                continue;
            };
            let group = self.entry(groups, &row)?;
            group.facts += facts;
            for (place, (at, _)) in metrics.iter().enumerate() {
                let sum: Option<i64> = row.try_get(width + 1 + place)?;
                group.values[*at] = total([group.values[*at], sum].into_iter())?;
            }
        }
        Ok(())
    }

    /// Fills in a non-additive metric where a group has exactly one fact that counts for it; answers the total.
    async fn single(
        &self,
        tx: &mut PgConnection,
        metric: Metric,
        at: usize,
        groups: &mut Groups,
    ) -> Result<Option<i64>, QueryError> {
        let part = &self.selection;
        let gives = part.gives(metric);
        if gives.is_none() && groups.values().all(|group| group.facts != 1) {
            return Ok(None);
        }
        let counting = gives.map_or_else(String::new, |condition| format!(" FILTER (WHERE {condition})"));
        let mut sql = self.select(&format!(", max({}), count(*){counting}", part.measure(metric)));
        self.from(&mut sql, part, None);
        part.write(&mut sql);
        self.group(&mut sql);
        let width = self.grouping.columns.len();
        // Accounts of one platform are groups of their own in SQL.
        let mut found: BTreeMap<Vec<Part>, (i64, Option<i64>)> = BTreeMap::new();
        for row in sql.build().persistent(false).fetch_all(tx).await? {
            let (value, facts): (Option<i64>, i64) = (row.try_get(width)?, row.try_get(width + 1)?);
            let of_group = found.entry(self.grouping.parts(self.context, &row)?).or_default();
            *of_group = (of_group.0 + facts, of_group.1.or(value));
        }
        let facts: i64 = found.values().map(|(facts, _)| facts).sum();
        let total = found.values().find_map(|(_, value)| *value).filter(|_| facts == 1);
        for (key, (facts, value)) in found {
            if let Some(group) = groups.get_mut(&key).filter(|_| facts == 1) {
                group.values[at] = value;
            }
        }
        Ok(total)
    }

    /// Fills in a level: per place its value on the latest day of the group, summed over places. Answers the total.
    async fn latest(
        &self,
        tx: &mut PgConnection,
        metric: Metric,
        at: usize,
        (own, converted): (Option<&Selection>, Option<&Selection>),
        groups: &mut Groups,
    ) -> Result<Option<i64>, QueryError> {
        let mut sum = None;
        for (part, convert) in [(own, false), (converted, metric.is_money())] {
            let Some(part) = part else { continue };
            let columns = &self.grouping.columns;
            for row in self.latest_of(tx, metric, part, convert, columns).await? {
                let value: Option<i64> = row.try_get(columns.len())?;
                let group = self.entry(groups, &row)?;
                group.values[at] = total([group.values[at], value].into_iter())?;
            }
            for row in self.latest_of(tx, metric, part, convert, &[]).await? {
                sum = total([sum, row.try_get(0)?].into_iter())?;
            }
        }
        Ok(sum)
    }

    async fn latest_of(
        &self,
        tx: &mut PgConnection,
        metric: Metric,
        part: &Selection,
        convert: bool,
        columns: &[String],
    ) -> Result<Vec<PgRow>, QueryError> {
        let place = if part.breakdown.is_some() { "f.entity_id, f.value" } else { "f.entity_id" };
        let list = |items: Vec<String>| items.iter().fold(String::new(), |list, item| list + item + ", ");
        let lead = list(columns.to_vec());
        let named = list(columns.iter().enumerate().map(|(i, column)| format!("{column} AS c{i}")).collect());
        let names: Vec<String> = (0..columns.len()).map(|i| format!("c{i}")).collect();
        let names_lead = list(names.clone());
        let value = value(part, metric, convert);
        let mut sql = QueryBuilder::new(format!(
            "SELECT {names_lead}sum(v)::bigint FROM (SELECT DISTINCT ON ({lead}{place}) {named}{value} AS v"
        ));
        self.from(&mut sql, part, convert.then_some(" JOIN "));
        part.write(&mut sql);
        sql.push(format!(" AND {} IS NOT NULL ORDER BY {lead}{place}, f.day DESC) t", part.measure(metric)));
        if !names.is_empty() {
            sql.push(format!(" GROUP BY {}", names.join(", ")));
        }
        Ok(sql.build().persistent(false).fetch_all(tx).await?)
    }

    /// Currencies with facts on days without a rate, when money is asked for.
    async fn missing_rates(
        &self,
        tx: &mut PgConnection,
        converted: Option<&Selection>,
    ) -> Result<Vec<MissingRate>, QueryError> {
        let Some(converted) = converted else { return Ok(Vec::new()) };
        let mut missing: BTreeMap<String, (NaiveDate, NaiveDate)> = BTreeMap::new();
        for currency in self.currencies.iter().copied() {
            let days: Vec<NaiveDate> = converted
                .each_day()
                .filter(|day| self.table.conversion(currency, *day) == Conversion::Missing)
                .collect();
            let is_crm = self.query.family == Family::Crm;
            let of_currency =
                |id| is_crm || self.context.account(id).is_some_and(|account| account.currency == currency);
            let Some(part) = converted.of_accounts(of_currency).filter(|_| !days.is_empty()) else {
                continue;
            };
            let mut sql = QueryBuilder::new("SELECT min(f.day), max(f.day)");
            if part.is_by_account() {
                sql.push(format!(" FROM {} f WHERE ", part.rollup()));
            } else {
                self.from(&mut sql, &part, None);
            }
            part.write(&mut sql);
            if is_crm {
                sql.push(" AND f.currency = ").push_bind(currency.to_string());
            }
            sql.push(" AND f.day = ANY(").push_bind(days).push(")");
            let span: (Option<NaiveDate>, Option<NaiveDate>) =
                sql.build_query_as().persistent(false).fetch_one(&mut *tx).await?;
            if let (Some(from), Some(until)) = span {
                missing.insert(currency.to_string(), (from, until));
            }
        }
        Ok(missing
            .into_iter()
            .map(|(currency, (from, until))| MissingRate { currency, from, until })
            .collect())
    }

    /// `SELECT columns more`.
    fn select(&self, more: &str) -> QueryBuilder<Postgres> {
        let columns: Vec<&str> = self.grouping.columns.iter().map(String::as_str).collect();
        let columns = columns.join(", ");
        let more = if columns.is_empty() { more.trim_start_matches(", ") } else { more };
        QueryBuilder::new(format!("SELECT {columns}{more}"))
    }

    /// `FROM facts [JOIN tree] [JOIN rates] WHERE `.
    fn from(&self, sql: &mut QueryBuilder<Postgres>, part: &Selection, rates: Option<&'static str>) {
        let (source, condition) = part.source();
        sql.push(format!(" FROM {source}"));
        self.grouping.joins().or(part.joins()).write(sql, part.workspace);
        if let Some(join) = rates {
            sql.push(join);
            sql.push("unnest(").push_bind(self.rates.days.clone());
            sql.push(", ").push_bind(self.rates.currencies.clone());
            sql.push("::text[]::char(3)[], ").push_bind(self.rates.values.clone());
            sql.push(") AS r (day, currency, rate) ON r.day = f.day AND r.currency = f.currency");
        }
        sql.push(" WHERE ").push(condition);
    }

    fn group(&self, sql: &mut QueryBuilder<Postgres>) {
        for at in 1..=self.grouping.columns.len() {
            sql.push(if at == 1 { " GROUP BY " } else { ", " });
            sql.push(at);
        }
    }

    fn entry<'g>(&self, groups: &'g mut Groups, row: &PgRow) -> Result<&'g mut Group, QueryError> {
        let parts = self.grouping.parts(self.context, row)?;
        let empty = || Group { facts: 0, values: vec![None; self.query.metrics.len()] };
        Ok(groups.entry(parts).or_insert_with(empty))
    }
}

/// A measure of `f`, in the reporting currency if `convert`: rounded fact by fact, half away from zero.
fn value(part: &Selection, metric: Metric, convert: bool) -> String {
    let measure = part.measure(metric);
    if convert && metric.is_money() { format!("round({measure} * r.rate)::bigint") } else { measure }
}
