//! Totals rows that no word marks: a row without any name, whose figures are the sums of the rows that have one. Meta's
//! exports begin with such a row.

use super::analyse::Analysis;
use super::preview::SourceFile;
use super::rows::Row;
use super::scan::{ScanError, each_row, is_additive};
use metrics::Metric;
use model::DayRange;
use model::imports::Mapping;
use rust_decimal::Decimal;
use std::collections::{BTreeSet, HashMap};

/// More rows without a name than this are no summaries, but a file that leaves names out.
const MOST: usize = 1000;
/// How far a vendor's total may be from the sum of its rows (rounding), as a part of it.
const TOLERANCE: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

type Sums = Vec<Decimal>;

/// Lines of `file` that sum the others up: all of them without a name, or none.
///
/// # Errors
/// As [`each_row`].
pub fn find(file: &SourceFile, mapping: &Mapping, analysis: &Analysis) -> Result<BTreeSet<u64>, ScanError> {
    let mut unnamed: Vec<Row> = Vec::new();
    let mut count = 0_usize;
    each_row(file.open()?, mapping, analysis, |row, reader| {
        if reader.is_unnamed(row) {
            count += 1;
            if unnamed.len() < MOST {
                unnamed.push(row.clone());
            }
        }
        Ok(())
    })?;
    if unnamed.is_empty() || count > MOST {
        return Ok(BTreeSet::new());
    }
    let mut by_days: HashMap<Option<DayRange>, Sums> = HashMap::new();
    let mut all: Sums = Vec::new();
    let mut metrics: Vec<Metric> = Vec::new();
    each_row(file.open()?, mapping, analysis, |row, reader| {
        if metrics.is_empty() {
            metrics.clone_from(&reader.metrics);
        }
        if !reader.is_unnamed(row) {
            add(by_days.entry(row.days).or_default(), row);
            add(&mut all, row);
        }
        Ok(())
    })?;
    let is_alone = unnamed.len() == 1;
    let is_summary = |row: &Row| {
        let of_days = by_days.get(&row.days).is_some_and(|sums| equals(&metrics, row, sums));
        of_days || is_alone && equals(&metrics, row, &all)
    };
    Ok(if unnamed.iter().all(is_summary) {
        unnamed.iter().map(|row| row.line).collect()
    } else {
        BTreeSet::new()
    })
}

fn add(sums: &mut Sums, row: &Row) {
    sums.resize(row.values.len(), Decimal::ZERO);
    for (sum, value) in sums.iter_mut().zip(&row.values) {
        *sum = sum.saturating_add(value.unwrap_or_default());
    }
}

/// Whether each figure that can be added up is the sum, and at least one is more than nothing. Where none can be added
/// up (people), each must be what the vendor may have added up all the same.
fn equals(metrics: &[Metric], row: &Row, sums: &Sums) -> bool {
    let mut has_any = false;
    let has_additive = metrics.iter().zip(&row.values).any(|(m, value)| is_additive(*m) && value.is_some());
    for ((metric, value), sum) in metrics.iter().zip(&row.values).zip(sums) {
        let Some(value) = value.filter(|_| is_additive(*metric) || !has_additive) else { continue };
        if (value - sum).abs() > (sum.abs() * TOLERANCE).max(Decimal::new(1, 2)) {
            return false;
        }
        has_any |= !value.is_zero();
    }
    has_any
}
