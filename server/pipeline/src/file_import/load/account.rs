//! One account's part of a load.

use super::Target;
use crate::error::Result;
use crate::file_import::rows::{Row, slug};
use chrono::NaiveDate;
use metrics::{Class, Family, Metric};
use model::entities::EntityKind;
use model::ids::AccountId;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashSet};
use warehouse::load::{
    self as facts, BulkLoad, Cause, Duplicates, EntityRecord, FactRow, LoadCounts, LoadScope,
};
use warehouse::{Currency, Measures};

const LEVELS: [EntityKind; 3] = [EntityKind::Campaign, EntityKind::AdGroup, EntityKind::Ad];

/// How the columns of a file split its rows.
pub(super) struct Columns<'a> {
    /// Breakdown dimensions, by column.
    pub(super) dimensions: &'a [String],
    /// Rows say their hours.
    pub(super) has_hours: bool,
}

/// Figures of one day.
pub(super) struct Dated {
    pub(super) day: NaiveDate,
    pub(super) currency: Currency,
    pub(super) measures: Measures,
}

/// One account's loads by kind and breakdown.
pub(super) struct AccountLoad {
    id: AccountId,
    /// Its id "at the vendor": the name in the file.
    remote_id: String,
    family: Family,
    /// Per level and breakdown.
    rows_in_memory: usize,
    entities: HashSet<(EntityKind, String)>,
    new_entities: Vec<EntityRecord>,
    bulk: BTreeMap<(EntityKind, Option<String>), BulkLoad>,
    /// Means of the totals that rows with breakdowns make: products and weights, summed up.
    means: BTreeMap<(EntityKind, String, NaiveDate), Mean>,
}

struct Mean {
    metric: Metric,
    currency: Currency,
    products: Decimal,
    weights: Decimal,
}

/// A figure's place below its account.
struct Place<'a> {
    kind: EntityKind,
    id: &'a str,
    /// Dimension and value.
    segment: Option<(String, &'a str)>,
}

impl AccountLoad {
    pub(super) fn new(id: AccountId, remote_id: String, family: Family, rows_in_memory: usize) -> Self {
        Self {
            id,
            remote_id,
            family,
            rows_in_memory,
            entities: HashSet::new(),
            new_entities: Vec::new(),
            bulk: BTreeMap::new(),
            means: BTreeMap::new(),
        }
    }

    /// Rows so far, of all levels and breakdowns.
    pub(super) fn len(&self) -> u64 {
        self.bulk.values().map(BulkLoad::len).sum()
    }

    /// Campaign, ad group and ad of the row, each under the one above it.
    pub(super) fn note_entities(&mut self, row: &Row) {
        let mut parent = None;
        for (kind, named) in LEVELS.into_iter().zip(&row.entities) {
            let Some(named) = named else { continue };
            if self.entities.insert((kind, named.id.clone())) {
                self.new_entities.push(EntityRecord {
                    kind,
                    remote_id: named.id.clone(),
                    parent: parent.clone(),
                    name: named.name.clone(),
                    status: None,
                    attributes: serde_json::Value::Null,
                });
            }
            parent = Some((kind, named.id.clone()));
        }
    }

    /// The row at each of its levels (and as the account's own, where it names no campaign): a vendor reports campaigns and ads apart, a file only the finest level.
    pub(super) async fn push(
        &mut self,
        tx: &mut PgConnection,
        target: &Target,
        row: &Row,
        columns: &Columns<'_>,
        dated: &Dated,
    ) -> Result<()> {
        let account = row.entities[0].is_none().then(|| (EntityKind::Account, self.remote_id.clone()));
        let named = LEVELS.into_iter().zip(&row.entities);
        let levels: Vec<(EntityKind, String)> = account
            .into_iter()
            .chain(named.filter_map(|(kind, named)| named.as_ref().map(|n| (kind, n.id.clone()))))
            .collect();
        if self.family == Family::Ads {
            return self.push_ads(tx, target, row, columns, dated, &levels).await;
        }
        self.push_joined(tx, target, row, columns, dated, levels).await
    }

    /// Rows of ads: they stand at each level, and each breakdown by itself.
    async fn push_ads(
        &mut self,
        tx: &mut PgConnection,
        target: &Target,
        row: &Row,
        columns: &Columns<'_>,
        dated: &Dated,
        levels: &[(EntityKind, String)],
    ) -> Result<()> {
        for (kind, id) in levels {
            self.write(tx, target, Place { kind: *kind, id, segment: None }, dated).await?;
        }
        let Some((kind, id)) = levels.first() else { return Ok(()) };
        let hour = row.hour.map(|h| h.to_string());
        let segments = columns
            .dimensions
            .iter()
            .zip(&row.segments)
            .filter_map(|(d, s)| s.as_deref().map(|s| (d.as_str(), s)))
            .chain(hour.as_deref().map(|h| ("hour", h)));
        for (dimension, value) in segments {
            let segment = Some((slug(dimension), value));
            self.write(tx, target, Place { kind: *kind, id, segment }, dated).await?;
        }
        Ok(())
    }

    /// Rows of other families: breakdowns joined, as a vendor reports them, because people can't be added up to any
    /// coarser one. Totals are made of what can be added.
    async fn push_joined(
        &mut self,
        tx: &mut PgConnection,
        target: &Target,
        row: &Row,
        columns: &Columns<'_>,
        dated: &Dated,
        mut levels: Vec<(EntityKind, String)>,
    ) -> Result<()> {
        let Some((top, top_id)) = levels.first().cloned() else { return Ok(()) };
        let joined = joined(row, columns);
        // Of a CRM, campaigns are no part of the totals.
        let lifted = (self.family == Family::Crm && top != EntityKind::Account)
            .then(|| (EntityKind::Account, self.remote_id.clone()));
        let Some((dimension, value)) = joined else {
            for (kind, id) in &levels {
                self.write(tx, target, Place { kind: *kind, id, segment: None }, dated).await?;
            }
            if let Some((kind, id)) = lifted {
                self.total(tx, target, kind, id, dated).await?;
            }
            return Ok(());
        };
        let makes_totals = makes_totals(columns.dimensions);
        let segment = Some((dimension, value.as_str()));
        self.write(tx, target, Place { kind: top, id: &top_id, segment }, dated).await?;
        if !makes_totals {
            return Ok(());
        }
        levels.extend(lifted);
        for (kind, id) in levels {
            self.total(tx, target, kind, id, dated).await?;
        }
        Ok(())
    }

    /// Adds what can be added to a total.
    async fn total(
        &mut self,
        tx: &mut PgConnection,
        target: &Target,
        kind: EntityKind,
        id: String,
        dated: &Dated,
    ) -> Result<()> {
        let mut measures = Measures::of(self.family);
        for metric in Metric::ALL {
            let Some(value) = dated.measures.get(*metric) else { continue };
            match metric.class() {
                Class::Additive => {
                    // It came from measures of the same family.
                    measures.set(*metric, value).ok();
                }
                Class::WeightedBy(weight) => {
                    let Some(weight) = dated.measures.get(weight) else { continue };
                    let mean = self.means.entry((kind, id.clone(), dated.day)).or_insert_with(|| Mean {
                        metric: *metric,
                        currency: dated.currency,
                        products: Decimal::ZERO,
                        weights: Decimal::ZERO,
                    });
                    mean.products += Decimal::from(value) * Decimal::from(weight);
                    mean.weights += Decimal::from(weight);
                }
                Class::NonAdditive | Class::Level => {}
            }
        }
        if measures.is_empty() {
            return Ok(());
        }
        let dated = Dated { day: dated.day, currency: dated.currency, measures };
        self.write(tx, target, Place { kind, id: &id, segment: None }, &dated).await
    }

    async fn write(
        &mut self,
        tx: &mut PgConnection,
        target: &Target,
        place: Place<'_>,
        dated: &Dated,
    ) -> Result<()> {
        // Days of a longer period that nothing fell to say nothing.
        if dated.measures.is_empty() {
            return Ok(());
        }
        let Place { kind, id, segment } = place;
        let (breakdown, value) = segment.unzip();
        let bulk = self.bulk.entry((kind, breakdown.clone())).or_insert_with(|| {
            let scope = LoadScope {
                workspace: target.workspace,
                account: self.id,
                family: self.family,
                kind,
                breakdown,
                stream: None,
                replace_days: None,
                duplicates: Duplicates::Sum,
                cause: Cause::Import(target.import),
                at: target.at,
            };
            BulkLoad::with_limit(scope, self.rows_in_memory)
        });
        let fact = FactRow {
            remote_id: id,
            day: dated.day,
            segment: value,
            currency: dated.currency,
            measures: dated.measures,
            extra: None,
        };
        bulk.push(tx, &fact).await?;
        Ok(())
    }

    /// Merges all rows. `progress` hears how many of them are merged.
    pub(super) async fn finish(
        mut self,
        tx: &mut PgConnection,
        target: &Target,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<LoadCounts> {
        for ((kind, id, day), mean) in std::mem::take(&mut self.means) {
            let mut measures = Measures::of(self.family);
            if let Some(value) = mean.value() {
                measures.set(mean.metric, value).ok();
            }
            let dated = Dated { day, currency: mean.currency, measures };
            self.write(tx, target, Place { kind, id: &id, segment: None }, &dated).await?;
        }
        facts::upsert_entities(tx, target.workspace, self.id, &self.new_entities, target.at).await?;
        let mut counts = LoadCounts::default();
        let mut before = 0;
        for bulk in self.bulk.into_values() {
            let rows = bulk.len();
            counts += bulk.finish(tx, &|merged| progress(before + merged)).await?;
            before += rows;
        }
        Ok(counts)
    }
}

impl Mean {
    fn value(&self) -> Option<i64> {
        let mean = self.products.checked_div(self.weights)?;
        mean.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero).to_i64()
    }
}

/// Whether rows that are split so make up totals: rare search queries are hidden by the vendor.
pub(in crate::file_import) fn makes_totals(dimensions: &[String]) -> bool {
    !dimensions.iter().any(|dimension| dimension == "query")
}

/// Dimensions and values of a row, in the order that connectors keep: by name, the hour last.
fn joined(row: &Row, columns: &Columns<'_>) -> Option<(String, String)> {
    let given = |segment: &Option<String>| segment.clone().unwrap_or_else(|| NONE.to_owned());
    let mut segments: Vec<(String, String)> =
        columns.dimensions.iter().map(|d| slug(d)).zip(row.segments.iter().map(given)).collect();
    segments.sort();
    if columns.has_hours {
        segments.push(("hour".into(), row.hour.map_or_else(|| NONE.to_owned(), |h| h.to_string())));
    }
    if segments.is_empty() {
        return None;
    }
    let (names, values): (Vec<String>, Vec<String>) = segments.into_iter().unzip();
    Some((names.join("+"), values.join(" · ")))
}

/// The value of a row that leaves a dimension blank.
const NONE: &str = "(none)";
