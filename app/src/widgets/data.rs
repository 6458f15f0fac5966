//! From frames to tiles and tables, and the table behind each chart. Pure, so that every widget can
//! be tested without a browser.

use crate::state::view::{Calendar, Days};
use chart::{HeatmapData, Item, LineData};
use metrics::format::{self, Formatter, Style};
use metrics::frame::{Compared, ComparedRow, compare};
use metrics::keys::time_key;
use metrics::value::{Delta, Judgement, Value, is_low_volume};
use metrics::{Dimension, Frame, Locale, Measure, Metric};

/// Two periods side by side; without a comparison the previous values are empty.
pub fn compared(frames: &[Frame], days: Days, calendar: Calendar) -> Compared {
    let empty = Frame::default();
    let current = frames.first().unwrap_or(&empty);
    match (frames.get(1), days.comparison.alignment(days.period)) {
        (Some(previous), Some(alignment)) => compare(current, previous, alignment, calendar.week_start),
        _ => Compared {
            metrics: current.metrics.clone(),
            rows: current
                .rows
                .iter()
                .map(|row| ComparedRow {
                    members: row.members.clone(),
                    current: row.values.clone(),
                    previous: Vec::new(),
                })
                .collect(),
            current: current.totals.clone(),
            previous: Vec::new(),
        },
    }
}

/// A change, written and judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// `+5.3%`, `−0.11 pp`, `new`.
    pub text: String,
    /// Up 1, down −1, else 0.
    pub sign: i32,
    /// Whether it is welcome.
    pub judgement: Judgement,
    /// Built on too few conversions to mean much.
    pub is_low_volume: bool,
}

impl Change {
    /// The change between two values; none without a comparison.
    pub fn between(
        measure: Measure,
        current: Value,
        previous: Value,
        conversions: Option<i64>,
    ) -> Option<Self> {
        if previous == Value::Missing && current == Value::Missing {
            return None;
        }
        let delta = Delta::between(measure.unit(), current, previous);
        Some(Self {
            text: format::delta_or_reason(delta, current, previous, Locale::EN),
            sign: delta.map_or(0, Delta::sign),
            judgement: delta.map_or(Judgement::Neutral, |d| d.judgement(measure.direction())),
            is_low_volume: is_low_volume(measure, conversions),
        })
    }

    /// The class for its colour.
    pub fn class(&self) -> &'static str {
        match (self.is_low_volume, self.judgement) {
            (true, _) | (_, Judgement::Neutral) => "delta",
            (_, Judgement::Good) => "delta delta--good",
            (_, Judgement::Bad) => "delta delta--bad",
        }
    }

    /// The arrow: never colour alone.
    pub fn arrow(&self) -> &'static str {
        match self.sign {
            1 => "▲",
            -1 => "▼",
            _ => "",
        }
    }
}

/// The conversions in a row of values, for judging whether a change means anything.
pub fn conversions(metrics: &[Metric], values: &[Option<i64>]) -> Option<i64> {
    let at = metrics.iter().position(|m| *m == Metric::Conversions)?;
    values.get(at).copied().flatten()
}

/// All buckets of a time axis, whether or not they have figures.
pub fn axis_keys(dimension: Dimension, days: Days, calendar: Calendar) -> Vec<String> {
    let mut keys: Vec<String> =
        days.period.days().filter_map(|day| time_key(dimension, day, calendar.week_start)).collect();
    keys.dedup();
    keys
}

/// A figure as spreadsheets read it: no symbol, no grouping, a plain minus.
pub fn plain(measure: Measure, value: Value, currency: &str) -> String {
    // Grouped by a character that is in no number, which is taken out.
    const NONE: char = '\u{200b}';
    let locale = Locale { decimal: '.', group: NONE, symbol_after: false };
    let text = Formatter::new(measure, currency, locale).value(value, Style::Bare);
    text.replace(NONE, "").replace(format::MINUS, "-")
}

/// A table of texts: the twin of a chart, and what is copied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Twin {
    /// Heads.
    pub head: Vec<String>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<String>>,
}

impl Twin {
    /// Tab-separated, with heads; what would break a cell becomes a space.
    pub fn to_tsv(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|c| c.replace(['\t', '\n', '\r'], " ")).collect();
            cells.join("\t")
        };
        let lines: Vec<String> =
            [line(&self.head)].into_iter().chain(self.rows.iter().map(|r| line(r))).collect();
        lines.join("\n")
    }
}

/// The twin of bars or slices.
pub fn items_twin(
    head: &str,
    items: &[Item],
    measure: Measure,
    has_previous: bool,
    write: Formatter<'_>,
) -> Twin {
    let mut heads = vec![head.to_owned(), measure.label().to_owned()];
    if has_previous {
        heads.extend(["Comparison".to_owned(), "Change".to_owned()]);
    }
    let rows = items.iter().map(|item| {
        let mut row = vec![item.name.clone(), write.value(item.value, Style::Full)];
        if has_previous {
            let change = Change::between(measure, item.value, item.comparison, None);
            row.push(write.value(item.comparison, Style::Full));
            row.push(change.map_or_else(|| format::MISSING.to_owned(), |c| c.text));
        }
        row
    });
    Twin { head: heads, rows: rows.collect() }
}

/// The twin of a time chart.
pub fn lines_twin(data: &LineData, write: Formatter<'_>) -> Twin {
    let mut head = vec![data.granularity.dimension().label().to_owned()];
    for series in &data.series {
        head.push(series.name.clone());
        if !series.comparison.is_empty() {
            head.push(format!("{} before", series.name));
        }
    }
    let rows = data.buckets.iter().enumerate().map(|(at, bucket)| {
        let mut row = vec![bucket.label.clone()];
        for series in &data.series {
            row.push(write.value(series.values.get(at).copied().unwrap_or_default(), Style::Full));
            row.extend(series.comparison.get(at).map(|v| write.value(*v, Style::Full)));
        }
        row
    });
    Twin { head, rows: rows.collect() }
}

/// The twin of a heatmap: columns become rows, which is how a table of weeks is read.
pub fn heatmap_twin(data: &HeatmapData, write: Formatter<'_>) -> Twin {
    let head = ["Week".to_owned()].into_iter().chain(data.rows.iter().map(|r| r.label.clone()));
    let rows = data.columns.iter().enumerate().map(|(column, bucket)| {
        let cells = (0..data.rows.len()).map(|row| {
            let cell = data.cells.iter().find(|c| c.column == column && c.row == row);
            cell.map_or_else(String::new, |c| write.value(c.value, Style::Full))
        });
        [bucket.label.clone()].into_iter().chain(cells).collect()
    });
    Twin { head: head.collect(), rows: rows.collect() }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::state::template::ADS;
    use crate::state::view::View;
    use metrics::query::{FrameRow, Member};
    use model::days::WeekStart;

    pub fn calendar() -> Calendar {
        Calendar { today: "2026-11-22".parse().unwrap(), week_start: WeekStart::Monday }
    }

    pub fn days(query: &str) -> Days {
        View::parse(query, calendar(), (&ADS, ADS.usual())).0.days(calendar())
    }

    /// A frame of clicks and conversions (whole ones) with totals as sums.
    pub fn frame(group_by: &[Dimension], rows: &[(&[&str], i64)]) -> Frame {
        let total = rows.iter().map(|(_, v)| v).sum();
        Frame {
            group_by: group_by.to_vec(),
            metrics: vec![Metric::Clicks],
            rows: rows
                .iter()
                .map(|(keys, value)| FrameRow {
                    members: keys
                        .iter()
                        .map(|k| Member { key: (*k).to_owned(), label: k.to_uppercase() })
                        .collect(),
                    values: vec![Some(*value)],
                })
                .collect(),
            totals: vec![Some(total)],
            missing_rates: vec![],
        }
    }

    #[test]
    fn changes_are_judged_by_direction_and_volume() {
        use metrics::value::Figure;
        let cpa = Measure::from_name("cpa").unwrap();
        let v = |n| Value::Known(Figure::new(n, 1).unwrap());
        let change = Change::between(cpa, v(8), v(10), Some(100_000_000)).unwrap();
        assert_eq!(
            (change.text.as_str(), change.class(), change.arrow()),
            ("−20.0%", "delta delta--good", "▼")
        );
        let few = Change::between(cpa, v(8), v(10), Some(3_000_000)).unwrap();
        assert_eq!(few.class(), "delta");
        assert!(few.is_low_volume);
        assert_eq!(Change::between(cpa, Value::Missing, Value::Missing, None), None);
    }

    #[test]
    fn copied_cells_can_not_break_rows() {
        let twin =
            Twin { head: vec!["a".into(), "b".into()], rows: vec![vec!["x\ty\nz".into(), "1".into()]] };
        assert_eq!(twin.to_tsv(), "a\tb\nx y z\t1");
    }
}
