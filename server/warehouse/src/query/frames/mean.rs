//! Weighted means.

use super::{Groups, Question};
use crate::columns;
use crate::query::QueryError;
use crate::query::grouping::Part;
use metrics::Metric;
use rust_decimal::Decimal;
use sqlx::{PgConnection, Row};
use std::collections::BTreeMap;

impl Question<'_> {
    /// Fills in a weighted mean, from the products of the facts that report both; answers the total.
    pub(super) async fn mean(
        &self,
        tx: &mut PgConnection,
        (metric, weight): (Metric, Metric),
        at: usize,
        groups: &mut Groups,
    ) -> Result<Option<i64>, QueryError> {
        let part = &self.selection;
        let from_rollup = part.is_by_account() && self.grouping.is_by_account();
        let (name, weight) = (metric.name(), weight.name());
        // A mean and its weight are of the same rows.
        let counting =
            part.gives(metric).map_or_else(String::new, |condition| format!(" FILTER (WHERE {condition})"));
        let mut sql = if from_rollup {
            let mut sql =
                self.select(&format!(", sum(f.{name}_sum){counting}, sum(f.{name}_weight){counting}"));
            sql.push(format!(" FROM {} f WHERE ", part.rollup()));
            sql
        } else {
            let condition =
                part.gives(metric).map_or_else(|| "true".to_owned(), |condition| format!("({condition})"));
            let product = format!("sum(f.{name}::numeric * f.{weight}){counting}");
            let mut sql = self.select(&format!(
                ", {product}, sum(f.{weight}) FILTER (WHERE f.{name} IS NOT NULL AND {condition})"
            ));
            self.from(&mut sql, part, None);
            sql
        };
        part.write(&mut sql);
        self.group(&mut sql);
        let width = self.grouping.columns.len();
        let mut parts: BTreeMap<Vec<Part>, (Decimal, Decimal)> = BTreeMap::new();
        for row in sql.build().persistent(false).fetch_all(tx).await? {
            let (sum, weight): (Option<Decimal>, Option<Decimal>) =
                (row.try_get(width)?, row.try_get(width + 1)?);
            if let Some((sum, weight)) = sum.zip(weight) {
                self.entry(groups, &row)?;
                let of_group = parts.entry(self.grouping.parts(self.context, &row)?).or_default();
                of_group.0 = of_group.0.checked_add(sum).ok_or(QueryError::Overflow)?;
                of_group.1 = of_group.1.checked_add(weight).ok_or(QueryError::Overflow)?;
            }
        }
        let mut whole = (Decimal::ZERO, Decimal::ZERO);
        for (key, (sum, weight)) in parts {
            whole.0 = whole.0.checked_add(sum).ok_or(QueryError::Overflow)?;
            whole.1 = whole.1.checked_add(weight).ok_or(QueryError::Overflow)?;
            if let Some(group) = groups.get_mut(&key) {
                group.values[at] = columns::weighted_mean(sum, weight);
            }
        }
        Ok(columns::weighted_mean(whole.0, whole.1))
    }
}
