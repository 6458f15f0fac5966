//! The rows of the table: worked out, searched, sorted, summed.

use super::data::{Change, Twin, compared, conversions, plain};
use crate::state::view::{Calendar, Column, Days, Sort};
use metrics::format;
use metrics::frame::{descending, put_together};
use metrics::value::{Delta, Value, evaluate};
use metrics::{Dimension, Frame, Measure, Metric};
use model::sort::sort_by;
use std::cmp::Ordering;

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The member's key; empty for figures without one.
    pub key: String,
    /// For people.
    pub label: String,
    /// Platform slug.
    pub platform: Option<String>,
    /// Stored sums of the period.
    current: Vec<Option<i64>>,
    /// Stored sums of the comparison.
    previous: Vec<Option<i64>>,
    /// One per column.
    pub values: Vec<Value>,
    /// The change of the chosen measure.
    pub change: Option<Change>,
    delta: Option<Delta>,
    /// Whether the filters let it through.
    pub is_chosen: bool,
}

/// All rows of an answer, unsorted, and what sums need.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// What a row is.
    pub dimension: Dimension,
    /// The measure that the change is about.
    pub measure: Measure,
    /// The measures of the columns.
    pub columns: &'static [Measure],
    metrics: Vec<Metric>,
    /// Rows with figures in the period.
    pub rows: Vec<Row>,
    /// Rows with figures in the comparison only: not listed, but part of what the total is compared with.
    gone: Vec<Row>,
    /// Whether there is a comparison.
    pub has_comparison: bool,
}

fn measured(metrics: &[Metric], values: &[Option<i64>], measure: Measure) -> Value {
    evaluate(measure, |metric| {
        let at = metrics.iter().position(|m| *m == metric)?;
        values.get(at).copied().flatten()
    })
}

#[cfg(test)]
impl Row {
    /// One without figures.
    pub fn of(key: &str, label: &str, platform: &str) -> Self {
        Self {
            key: key.into(),
            label: label.into(),
            platform: Some(platform.into()),
            values: Vec::new(),
            current: Vec::new(),
            previous: Vec::new(),
            change: None,
            delta: None,
            is_chosen: true,
        }
    }
}

/// The change from one row of sums to another.
fn change(
    metrics: &[Metric],
    current: &[Option<i64>],
    previous: &[Option<i64>],
    measure: Measure,
) -> (Option<Change>, Option<Delta>) {
    let (now, before) = (measured(metrics, current, measure), measured(metrics, previous, measure));
    (
        Change::between(measure, now, before, conversions(metrics, current)),
        Delta::between(measure.unit(), now, before),
    )
}

/// The rows of an answer grouped by `[dimension, Platform]`; none when it answers another question.
pub fn rows(
    frames: &[Frame],
    (dimension, measure, columns): (Dimension, Measure, &'static [Measure]),
    (days, calendar): (Days, Calendar),
    is_chosen: impl Fn(&str) -> bool,
) -> Option<Rows> {
    if frames.first()?.group_by != [dimension, Dimension::Platform] {
        return None;
    }
    let both = compared(frames, days, calendar);
    let has_comparison = frames.len() > 1;
    let rows = both.rows.iter().filter_map(|row| {
        let [member, platform] = row.members.as_slice() else { return None };
        let (change, delta) = if has_comparison {
            change(&both.metrics, &row.current, &row.previous, measure)
        } else {
            (None, None)
        };
        Some(Row {
            key: member.key.clone(),
            label: member.label.clone(),
            platform: Some(platform.key.clone()).filter(|slug| !slug.is_empty()),
            values: columns.iter().map(|m| measured(&both.metrics, &row.current, *m)).collect(),
            current: row.current.clone(),
            previous: row.previous.clone(),
            change,
            delta,
            is_chosen: is_chosen(&member.key),
        })
    });
    let (rows, gone) = rows.partition(|row| row.current.iter().any(Option::is_some));
    Some(Rows { dimension, measure, columns, metrics: both.metrics, rows, gone, has_comparison })
}

/// The last row.
#[derive(Debug, Clone, PartialEq)]
pub struct Total {
    /// For example "Total (142)".
    pub label: String,
    /// One per measure, recomputed from sums.
    pub values: Vec<Value>,
    /// The change of the chosen measure.
    pub change: Option<Change>,
}

impl Row {
    /// Whether its name or platform holds the text.
    fn holds(&self, search: &str) -> bool {
        let needle = search.trim().to_lowercase();
        let platform = self.platform.as_deref().map(metrics::platform::label).unwrap_or_default();
        self.label.to_lowercase().contains(&needle) || platform.to_lowercase().contains(&needle)
    }
}

impl Rows {
    /// Rows whose name (or platform) holds the text, in order.
    pub fn found(&self, search: &str, sort: &[Sort]) -> Vec<Row> {
        let mut found: Vec<Row> = self.rows.iter().filter(|row| row.holds(search)).cloned().collect();
        sort_by(&mut found, |a, b| {
            sort.iter().map(|s| self.order(*s, a, b)).find(|o| o.is_ne()).unwrap_or_else(|| by_name(a, b))
        });
        found
    }

    /// The sum of the found rows; of those let through by the filters, where only some are.
    pub fn total(&self, found: &[Row], search: &str) -> Total {
        let chosen: Vec<&Row> = found.iter().filter(|r| r.is_chosen).collect();
        let gone: Vec<&Row> = self.gone.iter().filter(|r| r.is_chosen && r.holds(search)).collect();
        let sum = |side: fn(&Row) -> &Vec<Option<i64>>| -> Vec<Option<i64>> {
            let sides: Vec<&[Option<i64>]> = chosen.iter().chain(&gone).map(|r| side(r).as_slice()).collect();
            put_together(&self.metrics, &sides)
        };
        let (current, previous) = (sum(|r| &r.current), sum(|r| &r.previous));
        let label = match (chosen.len(), found.len(), self.rows.len()) {
            (chosen, found, _) if chosen < found => format!("Selected ({chosen} of {found})"),
            (_, found, all) if found < all => format!("Found ({found} of {all})"),
            (_, found, _) => format!("Total ({found})"),
        };
        Total {
            label,
            values: self.columns.iter().map(|m| measured(&self.metrics, &current, *m)).collect(),
            change: self
                .has_comparison
                .then(|| change(&self.metrics, &current, &previous, self.measure).0)
                .flatten(),
        }
    }

    /// Rows without a figure come last in both directions.
    fn order(&self, sort: Sort, a: &Row, b: &Row) -> Ordering {
        let directed = |order: Ordering| if sort.descending { order } else { order.reverse() };
        match sort.column {
            Column::Name => directed(by_name(b, a)),
            Column::Measure(measure) => {
                let Some(at) = self.columns.iter().position(|m| *m == measure) else {
                    return Ordering::Equal;
                };
                let (a, b) = (a.values[at], b.values[at]);
                match (a.figure(), b.figure()) {
                    (Some(_), Some(_)) => directed(descending(a, b)),
                    _ => descending(a, b),
                }
            }
            Column::Change => match (a.delta, b.delta) {
                (Some(a), Some(b)) => directed(b.figure().cmp(&a.figure())),
                (a, b) => b.is_some().cmp(&a.is_some()),
            },
        }
    }

    /// Everything as texts, for copying.
    pub fn twin(&self, found: &[Row], search: &str, currency: &str) -> Twin {
        let mut head = vec![self.dimension.label().to_owned(), "Platform".to_owned()];
        head.extend(self.columns.iter().map(|m| match m.unit() {
            metrics::Unit::Money => format!("{} ({currency})", m.label()),
            _ => m.label().to_owned(),
        }));
        if self.has_comparison {
            head.push(format!("{} vs comparison", self.measure.label()));
        }
        let line = |label: &str, platform: Option<&str>, values: &[Value], change: Option<&Change>| {
            let mut cells =
                vec![label.to_owned(), platform.map(metrics::platform::label).unwrap_or_default()];
            for (measure, value) in self.columns.iter().zip(values) {
                cells.push(plain(*measure, *value, currency));
            }
            if self.has_comparison {
                cells.push(change.map(|c| c.text.replace(format::MINUS, "-")).unwrap_or_default());
            }
            cells
        };
        let total = self.total(found, search);
        let rows = found
            .iter()
            .map(|r| line(&r.label, r.platform.as_deref(), &r.values, r.change.as_ref()))
            .chain([line(&total.label, None, &total.values, total.change.as_ref())]);
        Twin { head, rows: rows.collect() }
    }
}

fn by_name(a: &Row, b: &Row) -> Ordering {
    a.label.to_lowercase().cmp(&b.label.to_lowercase()).then_with(|| a.key.cmp(&b.key))
}

/// The rows to draw of a long table: those in view and some around. First row and one past the last.
pub fn window(rows: usize, row_height: f64, scroll_top: f64, height: f64) -> (usize, usize) {
    const AROUND: usize = 8;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a row's number")]
    let at = |y: f64| (y.max(0.0) / row_height.max(1.0)) as usize;
    let first = at(scroll_top).saturating_sub(AROUND).min(rows);
    let last = (at(scroll_top + height) + 1 + AROUND).min(rows);
    (first, last.max(first))
}

#[cfg(test)]
mod tests {
    use super::super::data::tests::{calendar, days};
    use super::*;
    use crate::state::template::ADS;
    use metrics::query::{FrameRow, Member};

    fn frame(rows: &[(&str, i64, i64)]) -> Frame {
        Frame {
            group_by: vec![Dimension::Campaign, Dimension::Platform],
            metrics: vec![Metric::Impressions, Metric::Clicks],
            rows: rows
                .iter()
                .map(|(name, impressions, clicks)| FrameRow {
                    members: vec![
                        Member { key: (*name).into(), label: (*name).into() },
                        Member {
                            key: if *name == "Video" { "facebook" } else { "" }.into(),
                            label: String::new(),
                        },
                    ],
                    values: vec![Some(*impressions), (*clicks >= 0).then_some(*clicks)],
                })
                .collect(),
            totals: vec![None, None],
            missing_rates: vec![],
        }
    }

    fn table() -> Rows {
        let now = frame(&[("Brand", 1_000, 30), ("Video", 9_000, 10), ("Search", 500, -1)]);
        let before = frame(&[("Brand", 1_000, 15), ("Gone", 5, 5)]);
        rows(
            &[now, before],
            (Dimension::Campaign, Measure::Metric(Metric::Clicks), ADS.columns),
            (days("r=28d"), calendar()),
            |key| key != "Video",
        )
        .unwrap()
    }

    fn names(rows: &[Row]) -> String {
        rows.iter().map(|r| r.label.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn by(column: Column, descending: bool) -> Sort {
        Sort { column, descending }
    }

    const CLICKS: Column = Column::Measure(Measure::Metric(Metric::Clicks));

    #[test]
    fn rows_without_a_figure_come_last_either_way() {
        let table = table();
        assert_eq!(names(&table.found("", &[by(CLICKS, true)])), "Brand Video Search");
        assert_eq!(names(&table.found("", &[by(CLICKS, false)])), "Video Brand Search");
        assert_eq!(names(&table.found("", &[by(Column::Name, false)])), "Brand Search Video");
        assert_eq!(names(&table.found("", &[by(Column::Change, true)])), "Brand Search Video");
    }

    #[test]
    fn search_looks_at_names_and_platforms() {
        let table = table();
        assert_eq!(names(&table.found(" meta ", &[])), "Video");
        assert_eq!(names(&table.found("SEA", &[])), "Search");
    }

    #[test]
    fn totals_are_of_what_is_chosen_and_ratios_are_recomputed() {
        let table = table();
        let found = table.found("", &[]);
        let total = table.total(&found, "");
        assert_eq!(total.label, "Selected (2 of 3)");
        let ctr = total.values[ADS.columns.iter().position(|m| m.name() == "ctr").unwrap()];
        // 30 clicks over 1,500 impressions, not the mean of two shares.
        assert_eq!(ctr.to_f64(), Some(0.02));
        // 30 clicks against the 15 of the same campaign and the 5 of one that is gone: what the tile says too.
        assert_eq!(total.change.map(|c| c.text).as_deref(), Some("+50.0%"));
        let one = table.found("brand", &[]);
        assert_eq!(table.total(&one, "brand").label, "Found (1 of 3)");
    }

    #[test]
    fn people_are_not_added_up_and_means_have_their_weights() {
        let row = |key: &str, values: [i64; 3]| FrameRow {
            members: vec![
                Member { key: key.into(), label: key.into() },
                Member { key: String::new(), label: String::new() },
            ],
            values: values.map(Some).to_vec(),
        };
        let frame = Frame {
            group_by: vec![Dimension::Page, Dimension::Platform],
            metrics: vec![Metric::Impressions, Metric::Reach, Metric::Position],
            rows: vec![row("a", [1, 5, 8_000_000]), row("b", [3, 7, 4_000_000])],
            totals: vec![None; 3],
            missing_rates: vec![],
        };
        let position = Measure::Metric(Metric::Position);
        let columns: &'static [Measure] =
            &[Measure::Metric(Metric::Reach), Measure::Metric(Metric::Position)];
        let what = (Dimension::Page, position, columns);
        let table = rows(&[frame], what, (days("r=28d&cmp=none"), calendar()), |_| true).unwrap();
        let total = table.total(&table.found("", &[]), "");
        assert_eq!((total.values[0], total.values[1].to_f64()), (Value::Missing, Some(5.0)));
        let one = table.total(&table.found("a", &[]), "a");
        assert_eq!(one.values[0].to_f64(), Some(5.0));
    }

    #[test]
    fn copies_are_plain_numbers() {
        let table = table();
        let twin = table.twin(&table.found("video", &[]), "video", "EUR");
        assert_eq!(twin.head[..3], ["Campaign", "Platform", "Spend (EUR)"]);
        assert_eq!(twin.rows[0][1..4], ["Meta", "—", "9000"]);
    }

    #[test]
    fn long_tables_draw_what_is_in_view() {
        assert_eq!(window(10_000, 40.0, 0.0, 600.0), (0, 24));
        assert_eq!(window(10_000, 40.0, 40_000.0, 600.0), (992, 1_024));
        assert_eq!(window(5, 40.0, 0.0, 600.0), (0, 5));
        assert_eq!(window(0, 40.0, 900.0, 600.0), (0, 0));
    }
}
