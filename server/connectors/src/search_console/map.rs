//! Rows of Google become records.

use super::streams::{Dimension, SearchType};
use crate::connector::Slice;
use crate::error::Result;
use crate::http::node::snake_case;
use crate::http::{Batch, Node};
use crate::mapping::{self, Form, Measure, Seen};
use crate::record::{Page, Record, Warning};
use chrono::NaiveDate;
use metrics::Metric;
use model::entities::EntityKind;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The ratio of clicks to impressions is derived by us.
const MEASURES: &[Measure] = &[
    (Metric::Clicks, &["clicks"], Form::Whole),
    (Metric::Impressions, &["impressions"], Form::Whole),
    (Metric::Position, &["position"], Form::Decimal),
];

/// Fields of a row that have a meaning here; any other goes to `extra`.
const KNOWN: &[&str] = &["keys", "clicks", "impressions", "ctr", "position"];

/// About so many rows of a day, kind of search and site are ever given.
const MOST_ROWS: u64 = 50_000;

/// Turns the pages of one slice into records.
pub(super) struct Mapper<'a> {
    slice: &'a Slice<'a>,
    dimensions: &'static [Dimension],
    described: BTreeSet<String>,
    seen: Seen,
    rows: BTreeMap<(SearchType, NaiveDate), u64>,
    provisional_from: Option<NaiveDate>,
}

impl<'a> Mapper<'a> {
    /// The answers' rows have the date first, then these dimensions.
    pub(super) fn new(slice: &'a Slice<'a>, dimensions: &'static [Dimension]) -> Self {
        Self {
            slice,
            dimensions,
            described: BTreeSet::new(),
            seen: Seen::default(),
            rows: BTreeMap::new(),
            provisional_from: None,
        }
    }

    /// A page of that kind of search; `appearance` is what it was filtered by.
    pub(super) fn page(
        &mut self,
        batch: Batch,
        search_type: SearchType,
        appearance: Option<&str>,
    ) -> Result<Page> {
        let root = Node::root(&batch.value, "$");
        need_rows(&root)?;
        self.note_metadata(&root)?;
        mapping::page(batch, "/rows", |row, records| self.row(row, search_type, appearance, records))
    }

    fn note_metadata(&mut self, root: &Node<'_>) -> Result<()> {
        let metadata = root.at("metadata");
        for name in ["first_incomplete_date", "firstIncompleteDate"] {
            let from = metadata.at(name).day()?;
            self.provisional_from = self.provisional_from.into_iter().chain(from).min();
        }
        Ok(())
    }

    fn row(
        &mut self,
        row: &Node<'_>,
        search_type: SearchType,
        appearance: Option<&str>,
        records: &mut Vec<Record>,
    ) -> Result<()> {
        let keys = row.at("keys");
        let expected = self.dimensions.len() + 1;
        if keys.array()?.len() != expected {
            return Err(keys.drift(format!("there are not {expected} values, so the row belongs nowhere")));
        }
        let date = keys.nth(0).day()?.ok_or_else(|| keys.nth(0).drift("the day is missing"))?;
        // Not asked for: the slice that covers the day brings it.
        if !self.slice.days.contains(date) {
            return Ok(());
        }
        *self.rows.entry((search_type, date)).or_default() += 1;
        // Where there is no search, there is no position.
        if !search_type.is_feed() {
            self.seen.fields_of(row)?;
        }
        let (mut kind, mut entity) = (EntityKind::Account, self.slice.account.id.clone());
        let mut breakdown = BTreeMap::new();
        for (index, dimension) in self.dimensions.iter().enumerate() {
            let text = keys.nth(index + 1).need_text()?;
            match dimension {
                // Exactly as Google shows it, encoded or not: it is part of the key.
                Dimension::Page => (kind, entity) = (EntityKind::Page, text),
                other => drop(breakdown.insert(other.name().to_owned(), text)),
            }
        }
        if let Some(appearance) = appearance {
            breakdown.insert("search_appearance".to_owned(), appearance.to_owned());
        }
        if search_type != SearchType::Web {
            breakdown.insert("search_type".to_owned(), search_type.name().to_owned());
        }
        if kind == EntityKind::Page && self.described.insert(entity.clone()) {
            records.push(Record::Entity(mapping::entity(self.slice, kind, entity.clone(), None)));
        }
        let mut fact = mapping::fact(self.slice, kind, entity, date);
        fact.breakdown = breakdown;
        fact.values = mapping::values(row, MEASURES)?;
        // The first place is 1; a 0 would make averages look better than they are.
        fact.values.retain(|(metric, value)| *metric != Metric::Position || !value.is_zero());
        let others = row.object()?.into_iter().flatten().filter(|(name, _)| !KNOWN.contains(&name.as_str()));
        fact.extra = others.map(|(name, value)| (snake_case(name), value.clone())).collect();
        records.push(Record::Fact(fact));
        Ok(())
    }

    /// What was odd.
    pub(super) fn finish(self) -> Page {
        let (account, stream) = (&self.slice.account.id, self.slice.stream.name);
        let mut warnings = self.seen.missing_measures(self.slice, MEASURES);
        for ((search_type, date), _) in self.rows.iter().filter(|(_, rows)| **rows >= MOST_ROWS) {
            let message = format!(
                "Google gives about {MOST_ROWS} rows of a day and kind of search, those with the most clicks: {date} \
                 ({}) has more than that.",
                search_type.name()
            );
            warnings.push(Warning::stream(account, stream, message));
        }
        if let Some(from) = self.provisional_from {
            let message = format!("The figures from {from} on are provisional and will grow.");
            warnings.push(Warning::stream(account, stream, message));
        }
        Page::of_warnings(warnings)
    }
}

/// Zero rows: the key is simply missing. But a list of rows elsewhere is the rows under a new name, and then days would
/// come out empty in silence.
fn need_rows(root: &Node<'_>) -> Result<()> {
    let mut fields = root.object()?.into_iter().flatten();
    let is_row = |item: &Value| item.get("keys").is_some() || item.get("clicks").is_some();
    let has_list = fields.any(|(_, value)| value.as_array().is_some_and(|items| items.iter().any(is_row)));
    if has_list && root.at("rows").is_absent() {
        return Err(root.at("rows").drift("it is missing, though the answer has a list"));
    }
    Ok(())
}

/// The ways of being shown on a page of their list.
pub(super) fn appearances(batch: Batch, names: &mut BTreeSet<String>) -> Result<Page> {
    need_rows(&Node::root(&batch.value, "$"))?;
    mapping::page(batch, "/rows", |row, _| {
        names.insert(row.at("keys").nth(0).need_text()?);
        Ok(())
    })
}
