//! What is drawn and how, and the way back from a mark to the member behind it.

use crate::data::{HeatmapData, Item, LineData};
use crate::theme::Theme;
use crate::{bar, donut, heatmap, line};
use metrics::format::Formatter;
use metrics::{Locale, Measure, Value};

/// How much room there is; charts only need to know the two layouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Size {
    /// Less than about 600 px wide: no direct labels, fewer ticks.
    Phone,
    /// Wider.
    #[default]
    Desktop,
}

/// How a chart is drawn, whatever it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartSpec {
    /// Light or dark.
    pub theme: Theme,
    /// Room.
    pub size: Size,
    /// What is measured.
    pub measure: Measure,
    /// Punctuation of numbers.
    pub locale: Locale,
    /// ISO 4217 code of money.
    pub currency: String,
    /// Whether changes move (off for exports and for people who asked for less motion).
    pub animate: bool,
}

impl ChartSpec {
    /// Writes figures of the measure.
    pub fn formatter(&self) -> Formatter<'_> {
        Formatter::new(self.measure, &self.currency, self.locale)
    }

    pub(crate) fn compact(&self, value: Value) -> String {
        self.formatter().compact(value)
    }

    pub(crate) fn full(&self, value: Value) -> String {
        self.formatter().full(value)
    }
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Chart {
    /// Over time, one line per member.
    Line(LineData),
    /// One horizontal bar per member, from zero.
    Bar(Vec<Item>),
    /// Shares of a whole; only for measures that can be summed.
    Donut(Vec<Item>),
    /// Weekday by week or hour.
    Heatmap(HeatmapData),
}

/// The `ECharts` option that draws the chart: plain JSON without functions. Set it with `notMerge`, so that series that
/// are gone go.
pub fn option(spec: &ChartSpec, chart: &Chart) -> serde_json::Value {
    match chart {
        Chart::Line(data) => line::option(spec, data),
        Chart::Bar(items) => bar::option(spec, items),
        Chart::Donut(items) => donut::option(spec, items),
        Chart::Heatmap(data) => heatmap::option(spec, data),
    }
}

/// What a mark stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Key of the series' or item's member; empty for a line of totals and in heatmaps.
    pub member: String,
    /// Key of the bucket of time (lines), or of column and row (heatmaps: `[week or hour, weekday]`).
    pub at: Vec<String>,
}

/// The member behind a mark that was clicked, from the event's `seriesId` and `dataIndex`. `None` for marks that stand
/// for nothing (hatching).
pub fn mark_of(chart: &Chart, series_id: &str, data_index: usize) -> Option<Mark> {
    match chart {
        Chart::Line(data) => {
            let (_, member) = series_id.split_once(':')?;
            let at = data.buckets.get(data_index).map(|b| b.key.clone()).into_iter().collect();
            Some(Mark { member: member.to_owned(), at })
        }
        Chart::Bar(items) => Some(Mark { member: items.get(data_index)?.key.clone(), at: Vec::new() }),
        Chart::Donut(items) => {
            Some(Mark { member: donut::slices(items).get(data_index)?.key.clone(), at: Vec::new() })
        }
        Chart::Heatmap(data) => {
            let cell = heatmap::cells(data, series_id == heatmap::MISSING_SERIES).nth(data_index)?;
            let column = data.columns.get(cell.column)?.key.clone();
            Some(Mark { member: String::new(), at: vec![column, data.rows.get(cell.row)?.key.clone()] })
        }
    }
}
