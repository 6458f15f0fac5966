//! Rows of Google become records: rows as they come, and their sums where they are split.

use super::table::{Figures, Key, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Batch, Node};
use crate::record::{EntityRecord, FactRecord, Page, Record, RemoteAccount, Warning};
use crate::stream::StreamSpec;
use crate::totals::Totals;
use chrono::NaiveDate;
use metrics::Metric;
use model::DayRange;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Turns the pages of one report into records.
pub(super) struct Mapper<'a> {
    spec: &'static StreamSpec,
    account: &'a RemoteAccount,
    days: DayRange,
    described: HashSet<(EntityKind, String)>,
    /// Rows by all their dimensions: a page that is served twice changes nothing.
    totals: Totals,
    columns: BTreeSet<String>,
    currency: Option<String>,
    lacks_currency: bool,
    /// Rows that came, and rows that Google says there are.
    rows: u64,
    announced: u64,
    without_day: u64,
    warnings: BTreeSet<Warning>,
}

impl<'a> Mapper<'a> {
    pub(super) fn new(spec: &'static StreamSpec, account: &'a RemoteAccount, days: DayRange) -> Self {
        Self {
            spec,
            account,
            days,
            described: HashSet::new(),
            totals: Totals::default(),
            columns: BTreeSet::new(),
            currency: account.currency.clone(),
            lacks_currency: false,
            rows: 0,
            announced: 0,
            without_day: 0,
            warnings: BTreeSet::new(),
        }
    }

    /// A page of a report.
    pub(super) fn page(&mut self, batch: Batch) -> Result<Page> {
        let root = Node::root(&batch.value, "$");
        let metadata = root.at("metadata");
        let hidden = self.note_quality(&metadata)?;
        if let Some(currency) = metadata.at("currencyCode").text()?.filter(|c| !c.is_empty()) {
            self.currency = Some(currency);
        }
        self.announced = root.at("rowCount").integer()?.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
        let table = Table::read(&root)?;
        // Zero rows: the key is simply missing.
        let rows = root.at("rows");
        let count = rows.array()?.len();
        if count > 0 && !table.has_day() {
            return Err(root
                .at("dimensionHeaders")
                .drift("the column date is missing, so rows belong to no day"));
        }
        let mut records = Vec::new();
        for index in 0..count {
            let row = rows.nth(index);
            let key = table.key(&row)?;
            self.row(key, table.figures(&row, &hidden)?, &mut records);
        }
        self.columns.extend(table.names().map(str::to_owned));
        self.rows += count as u64;
        Ok(Page { records, rows: count as u64, raw: Some(batch.raw) })
    }

    /// A table whose rows belong to the day that was asked for.
    pub(super) fn page_of_day(&mut self, batch: Batch, table_at: &str, day: NaiveDate) -> Result<Page> {
        let root = Node::root(&batch.value, "$");
        let answer = root.at(table_at);
        let table = Table::read(&answer)?;
        let rows = answer.at("rows");
        let count = rows.array()?.len();
        let mut records = Vec::new();
        for index in 0..count {
            let row = rows.nth(index);
            let key = Key { day: Some(day), ..table.key(&row)? };
            self.row(key, table.figures(&row, &[])?, &mut records);
        }
        Ok(Page { records, rows: count as u64, raw: Some(batch.raw) })
    }

    fn row(&mut self, key: Key, figures: Figures, records: &mut Vec<Record>) {
        let Some(day) = key.day else {
            self.without_day += 1;
            return;
        };
        // Not asked for: the slice that covers the day brings it.
        if !self.days.contains(day) {
            return;
        }
        let id = key.entity.clone().unwrap_or_else(|| self.account.id.clone());
        if key.entity.is_some() && self.described.insert((key.kind, id.clone())) {
            records.push(Record::Entity(EntityRecord {
                stream: self.spec.name,
                account: self.account.id.clone(),
                kind: key.kind,
                id: id.clone(),
                parent: Some((EntityKind::Account, self.account.id.clone())),
                name: id.clone(),
                status: None,
                attributes: key.attributes,
            }));
        }
        let is_split = !key.splits.is_empty();
        let fact = self.fact(day, key.kind, id, key.splits, figures);
        if self.spec.has_totals {
            self.totals.add(key.raw, fact.clone());
        }
        if is_split || !self.spec.has_totals {
            records.push(Record::Fact(fact));
        }
    }

    fn fact(
        &mut self,
        date: NaiveDate,
        kind: EntityKind,
        entity: String,
        breakdown: BTreeMap<String, String>,
        figures: Figures,
    ) -> FactRecord {
        let is_money = |(metric, value): &(Metric, Decimal)| metric.is_money() && !value.is_zero();
        self.lacks_currency |= self.currency.is_none() && figures.values.iter().any(is_money);
        FactRecord {
            stream: self.spec.name,
            account: self.account.id.clone(),
            kind,
            entity,
            date,
            began: None,
            hour: None,
            breakdown,
            currency: self.currency.clone(),
            values: figures.values,
            extra: figures.extra,
        }
    }

    /// What is said about the report as a whole. Gives the metrics that are hidden from the Google user.
    fn note_quality(&mut self, metadata: &Node<'_>) -> Result<Vec<String>> {
        if !metadata.at("samplingMetadatas").array()?.is_empty() {
            let message = "Google answered from a sample of the events, so the figures are estimates.";
            if self.days.len() > 1 {
                // One day at a time is sampled less, if at all.
                return Err(Error::new(ErrorKind::Interrupted { needs_fewer_days: true }, message));
            }
            self.warn(None, message);
        }
        if metadata.at("dataLossFromOtherRow").boolean()?.unwrap_or(false) {
            self.warn(
                None,
                "There are more values than Google keeps apart: rare ones are put together as (other).",
            );
        }
        if metadata.at("subjectToThresholding").boolean()?.unwrap_or(false) {
            self.warn(
                None,
                "Google leaves out rows that could point to single people (thresholding), so sums may be too small.",
            );
        }
        let schema = metadata.at("schemaRestrictionResponse");
        let restrictions = schema.at("activeMetricRestrictions");
        let mut hidden = Vec::new();
        for index in 0..restrictions.array()?.len() {
            let restriction = restrictions.nth(index);
            let Some(name) = restriction.at("metricName").filled()? else { continue };
            self.warn(Some(&name), "The property hides it from the Google user, so it has no values.");
            hidden.push(name);
        }
        Ok(hidden)
    }

    fn warn(&mut self, field: Option<&str>, message: &str) {
        let (account, stream) = (&self.account.id, self.spec.name);
        self.warnings.insert(match field {
            Some(field) => Warning::field(account, stream, field, message),
            None => Warning::stream(account, stream, message),
        });
    }

    /// The sums of split rows, and what was odd. `asked` are the columns that were asked for.
    pub(super) fn finish<'f>(mut self, asked: impl Iterator<Item = &'f str>) -> Page {
        let mut records = std::mem::take(&mut self.totals).records();
        if self.rows > 0 {
            let missing: Vec<&str> = asked.filter(|name| !self.columns.contains(*name)).collect();
            for name in missing {
                self.warn(Some(name), "Asked for, but the answer has no such column; it has no values.");
            }
        }
        if self.rows < self.announced {
            let message = format!(
                "Google says that there are {} rows, but delivered {}: figures may be missing.",
                self.announced, self.rows
            );
            self.warn(None, &message);
        }
        if self.without_day > 0 {
            let message =
                format!("{} rows belong to no day, because Google put them together.", self.without_day);
            self.warn(Some("date"), &message);
        }
        if self.lacks_currency {
            self.warn(
                Some("currencyCode"),
                "Neither the answer nor the property says in which currency the money is.",
            );
        }
        records.extend(std::mem::take(&mut self.warnings).into_iter().map(Record::Warning));
        Page { records, ..Page::default() }
    }
}
