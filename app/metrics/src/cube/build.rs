//! Making a cube from facts.

use super::{Account, Column, Cube, CubeMeta, Entity, Path, PathCodes, Presence};
use crate::catalogue::Metric;
use crate::query::MissingRate;
use chrono::NaiveDate;
use model::ids::{AccountId, EntityId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Facts that do not make a cube.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// Two facts of one place on one day.
    #[error("account {} has two rows for {day} at the same place ({path:?})", path.account)]
    Duplicate {
        /// The place.
        path: Path,
        /// The day.
        day: NaiveDate,
    },
    /// A row of an account that was not announced.
    #[error("account {0} has rows but was not announced")]
    UnknownAccount(AccountId),
    /// A row of an entity that was not announced.
    #[error("entity {0} has rows but was not announced")]
    UnknownEntity(EntityId),
    /// Sums could leave the range of 64-bit integers.
    #[error("the values of {} are too large to be summed exactly", .0.name())]
    TooLarge(Metric),
    /// More days than a cube can number.
    #[error("the rows span more than 65,535 days")]
    TooManyDays,
    /// More rows than a cube can number.
    #[error("more than 4,000,000,000 rows")]
    TooManyRows,
    /// A row without one value per metric.
    #[error("a row has {found} values, but the cube has {expected} metrics")]
    Width {
        /// Metrics of the cube.
        expected: usize,
        /// Values of the row.
        found: usize,
    },
}

/// Collects accounts, entities and facts, in any order.
#[derive(Debug, Clone)]
pub struct CubeBuilder {
    meta: CubeMeta,
    metrics: Vec<Metric>,
    accounts: BTreeMap<AccountId, Account>,
    entities: [BTreeMap<EntityId, Entity>; 3],
    paths: Vec<Path>,
    path_numbers: HashMap<Path, u32>,
    /// By path number, as in the cube, but with bits in the order of `metrics`.
    counting: BTreeMap<u32, super::Counting>,
    last: Option<(Path, u32)>,
    /// Path number and day of each row, in the order of pushing.
    rows: Vec<(u32, NaiveDate)>,
    /// One per row and metric.
    values: Vec<Option<i64>>,
    missing_rates: BTreeSet<(String, NaiveDate)>,
}

impl CubeBuilder {
    /// A builder for rows that carry `metrics`, in that order. Include what non-additive classes need (the weight of
    /// a weighted mean). `meta.missing_rates` may be empty: see [`CubeBuilder::missing_rate`].
    pub fn new(meta: CubeMeta, metrics: &[Metric]) -> Self {
        Self {
            meta,
            metrics: metrics.to_vec(),
            accounts: BTreeMap::new(),
            entities: [BTreeMap::new(), BTreeMap::new(), BTreeMap::new()],
            paths: Vec::new(),
            path_numbers: HashMap::new(),
            counting: BTreeMap::new(),
            last: None,
            rows: Vec::new(),
            values: Vec::new(),
            missing_rates: BTreeSet::new(),
        }
    }

    /// Announces an account. Again = replaced.
    pub fn account(&mut self, account: Account) -> &mut Self {
        self.accounts.insert(account.id, account);
        self
    }

    /// Announces a campaign. Again = replaced.
    pub fn campaign(&mut self, entity: Entity) -> &mut Self {
        self.entities[0].insert(entity.id, entity);
        self
    }

    /// Announces an ad group. Again = replaced.
    pub fn ad_group(&mut self, entity: Entity) -> &mut Self {
        self.entities[1].insert(entity.id, entity);
        self
    }

    /// Announces an ad. Again = replaced.
    pub fn ad(&mut self, entity: Entity) -> &mut Self {
        self.entities[2].insert(entity.id, entity);
        self
    }

    /// Says that money of `currency` could not be converted on `day`. The rows pushed for it must carry no money.
    pub fn missing_rate(&mut self, currency: &str, day: NaiveDate) -> &mut Self {
        self.missing_rates.insert((currency.to_owned(), day));
        self
    }

    /// Adds a fact: one value per metric of the builder, money already in the cube's currency.
    ///
    /// # Errors
    /// When the number of values differs from the number of metrics.
    pub fn push(&mut self, path: Path, day: NaiveDate, values: &[Option<i64>]) -> Result<(), BuildError> {
        if values.len() != self.metrics.len() {
            return Err(BuildError::Width { expected: self.metrics.len(), found: values.len() });
        }
        let number = match self.last {
            Some((last, number)) if last == path => number,
            _ => self.path_number(path)?,
        };
        self.last = Some((path, number));
        self.rows.push((number, day));
        self.values.extend_from_slice(values);
        Ok(())
    }

    /// Says for which metrics the facts of a place count: in queries that do not tell campaigns (ad groups, ads) apart, and
    /// in those that do; none stands for metrics that the builder lacks. Without a word, they count for all.
    ///
    /// # Errors
    /// When there are too many places.
    pub fn counts_for(
        &mut self,
        path: Path,
        in_totals: impl Fn(Option<Metric>) -> bool,
        in_split: impl Fn(Option<Metric>) -> bool,
    ) -> Result<(), BuildError> {
        let number = self.path_number(path)?;
        let metrics = std::iter::once(None).chain(self.metrics.iter().copied().map(Some));
        let mut counting = super::Counting { totals: 0, split: 0 };
        for (bit, metric) in metrics.enumerate().take(64) {
            counting.totals |= u64::from(in_totals(metric)) << bit;
            counting.split |= u64::from(in_split(metric)) << bit;
        }
        self.counting.insert(number, counting);
        Ok(())
    }

    fn path_number(&mut self, path: Path) -> Result<u32, BuildError> {
        if let Some(number) = self.path_numbers.get(&path) {
            return Ok(*number);
        }
        let number = u32::try_from(self.paths.len()).map_err(|_| BuildError::TooManyRows)?;
        self.paths.push(path);
        self.path_numbers.insert(path, number);
        Ok(number)
    }

    /// The cube of all that was pushed.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn finish(self) -> Result<Cube, BuildError> {
        let rows = u32::try_from(self.rows.len()).map_err(|_| BuildError::TooManyRows)?;
        let first_day = self.rows.iter().map(|(_, day)| *day).min().unwrap_or_default();

        let mut sorted: Vec<u32> =
            (0..u32::try_from(self.paths.len()).map_err(|_| BuildError::TooManyRows)?).collect();
        sorted.sort_by_key(|number| self.paths[*number as usize]);
        let mut rank = vec![0_u32; sorted.len()];
        for (at, number) in (0_u32..).zip(&sorted) {
            rank[*number as usize] = at;
        }

        let mut order: Vec<u32> = (0..rows).collect();
        order.sort_by_key(|row| {
            let (path, day) = self.rows[*row as usize];
            (rank[path as usize], day)
        });

        let mut days = Vec::with_capacity(order.len());
        let mut starts = vec![0_u32; sorted.len() + 1];
        let mut before = None;
        for row in &order {
            let (path, day) = self.rows[*row as usize];
            if before == Some((path, day)) {
                return Err(BuildError::Duplicate { path: self.paths[path as usize], day });
            }
            before = Some((path, day));
            let offset = (day - first_day).num_days();
            days.push(u16::try_from(offset).map_err(|_| BuildError::TooManyDays)?);
            starts[rank[path as usize] as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }

        let accounts: Vec<Account> = self.accounts.into_values().collect();
        let entities = self.entities.map(|map| map.into_values().collect::<Vec<Entity>>());
        let codes = |path: Path| -> Result<PathCodes, BuildError> {
            Ok(PathCodes {
                account: accounts
                    .binary_search_by_key(&path.account, |a| a.id)
                    .ok()
                    .and_then(|at| u32::try_from(at).ok())
                    .ok_or(BuildError::UnknownAccount(path.account))?,
                campaign: entity_code(&entities[0], path.campaign)?,
                ad_group: entity_code(&entities[1], path.ad_group)?,
                ad: entity_code(&entities[2], path.ad)?,
            })
        };
        let paths = sorted.iter().map(|n| codes(self.paths[*n as usize])).collect::<Result<Vec<_>, _>>()?;

        let width = self.metrics.len();
        let mut columns = Vec::with_capacity(width);
        for (at, metric) in self.metrics.iter().enumerate() {
            if self.metrics[..at].contains(metric) {
                continue;
            }
            let cells = order.iter().map(|row| self.values[*row as usize * width + at]);
            columns.push(column(*metric, cells, order.len())?);
        }
        columns.sort_by_key(|c| c.metric);
        let counting = counting(&self.counting, &sorted, &self.metrics, &columns);

        let mut meta = self.meta;
        let mut missing = self.missing_rates;
        for rate in meta.missing_rates.drain(..) {
            let days =
                model::DayRange::new(rate.from, rate.until).into_iter().flat_map(model::DayRange::days);
            missing.extend(days.map(|day| (rate.currency.clone(), day)));
        }
        meta.missing_rates = runs(&missing);
        Ok(Cube { meta, first_day, accounts, entities, paths, counting, starts, days, columns })
    }
}

/// In the order of the cube's paths and columns; empty where everything counts.
fn counting(
    by_number: &BTreeMap<u32, super::Counting>,
    sorted: &[u32],
    metrics: &[Metric],
    columns: &[Column],
) -> Vec<super::Counting> {
    let bits = |of_metrics: u64| {
        let places = columns.iter().map(|column| metrics.iter().position(|metric| *metric == column.metric));
        let places = std::iter::once(0).chain(places.map(|at| at.map_or(63, |at| at + 1)));
        places.enumerate().fold(0, |all, (bit, place)| all | (of_metrics >> place & 1) << bit)
    };
    let everything = bits(u64::MAX);
    let all = super::Counting { totals: everything, split: everything };
    let of_path = |number: &u32| {
        let known = by_number.get(number);
        known.map_or(all, |c| super::Counting { totals: bits(c.totals), split: bits(c.split) })
    };
    let counting: Vec<super::Counting> = sorted.iter().map(of_path).collect();
    if counting.iter().all(|c| *c == all) { Vec::new() } else { counting }
}

fn entity_code(entities: &[Entity], id: Option<EntityId>) -> Result<u32, BuildError> {
    let Some(id) = id else {
        return Ok(0);
    };
    let at = entities.binary_search_by_key(&id, |e| e.id).map_err(|_| BuildError::UnknownEntity(id))?;
    u32::try_from(at + 1).map_err(|_| BuildError::TooManyRows)
}

fn column(
    metric: Metric,
    cells: impl Iterator<Item = Option<i64>>,
    rows: usize,
) -> Result<Column, BuildError> {
    let mut values = Vec::with_capacity(rows);
    let mut bits = vec![0_u8; rows.div_ceil(8)];
    let mut present = 0;
    for (row, cell) in cells.enumerate() {
        values.push(cell.unwrap_or(0));
        if cell.is_some() {
            bits[row / 8] |= 1 << (row % 8);
            present += 1;
        }
    }
    if !sums_are_exact(&values) {
        return Err(BuildError::TooLarge(metric));
    }
    let presence = if present == rows { Presence::All } else { Presence::Some(bits) };
    Ok(Column { metric, presence, values })
}

/// Whether no sum over any of the values can leave the range of `i64`.
pub(super) fn sums_are_exact(values: &[i64]) -> bool {
    let size = values.iter().fold(0_u64, |sum, v| sum.saturating_add(v.unsigned_abs()));
    i64::try_from(size).is_ok()
}

/// Consecutive days of one currency as one range.
fn runs(days: &BTreeSet<(String, NaiveDate)>) -> Vec<MissingRate> {
    let mut runs: Vec<MissingRate> = Vec::new();
    for (currency, day) in days {
        match runs.last_mut() {
            Some(run) if run.currency == *currency && run.until.succ_opt() == Some(*day) => run.until = *day,
            _ => runs.push(MissingRate { currency: currency.clone(), from: *day, until: *day }),
        }
    }
    runs
}
