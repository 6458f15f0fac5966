//! What is read at a mark: its tooltip, what is spoken of it, and what its menu is called.

use super::picture::Plot;
use crate::charts::{Hit, Point};
use chart::{Chart, ChartSpec, Mark, item_tooltip, mark_of, tooltip_rows};
use metrics::format::day_long;
use metrics::keys::{parse_key, time_key};
use metrics::value::Value;
use metrics::{Dimension, Judgement};

/// The title of a heatmap's cell: its day, or its weekday and hour.
fn cell_title(at: &[String]) -> String {
    let [week, weekday] = at else { return String::new() };
    let day = parse_key(Dimension::Week, week).and_then(|first| {
        first.iter_days().take(7).find(|d| {
            time_key(Dimension::Weekday, *d, model::days::WeekStart::Monday).as_deref()
                == Some(weekday.as_str())
        })
    });
    let name = metrics::keys::label_of(Dimension::Weekday, weekday);
    if week.parse::<u8>().is_ok() {
        return format!("{name}, {}", metrics::keys::label_of(Dimension::Hour, week));
    }
    day.map_or_else(|| name.clone(), |day| format!("{name}, {}", day_long(day)))
}

/// What the tooltip says at a mark.
pub fn tip(spec: &ChartSpec, plot: &Plot, hit: &Hit) -> Option<chart::Tooltip> {
    match &plot.chart {
        Chart::Line(data) => tooltip_rows(spec, data, hit.index),
        Chart::Bar(items) | Chart::Donut(items) => {
            let member = mark_of(&plot.chart, &hit.series, hit.index)?.member;
            let at = items.iter().position(|i| i.key == member)?;
            Some(item_tooltip(spec, &items[at], at, plot.is_compared))
        }
        Chart::Heatmap(data) => {
            let mark = mark_of(&plot.chart, &hit.series, hit.index)?;
            let [week, weekday] = mark.at.as_slice() else { return None };
            let cell = data
                .cells
                .iter()
                .find(|c| data.columns[c.column].key == *week && data.rows[c.row].key == *weekday)?;
            let row = chart::TooltipRow {
                key: String::new(),
                name: plot.measure.label().to_owned(),
                color: "transparent",
                current: spec.formatter().full(cell.value),
                comparison: None,
                delta: None,
                judgement: Judgement::Neutral,
                share: None,
            };
            Some(chart::Tooltip {
                title: cell_title(&mark.at),
                comparison_title: None,
                provisional: false,
                rows: vec![row],
                more: 0,
            })
        }
    }
}

/// All marks for the arrow keys, each with what is read out.
pub fn points(spec: &ChartSpec, plot: &Plot) -> Vec<Point> {
    let say = |row: &chart::TooltipRow| {
        let change = row.delta.as_ref().map(|d| format!(", {d}")).unwrap_or_default();
        let share = row.share.as_ref().map(|s| format!(", {s} of all")).unwrap_or_default();
        format!("{}{change}{share}", row.current)
    };
    match &plot.chart {
        Chart::Line(data) => {
            let write = spec.formatter();
            let lines = data.series.iter().enumerate().flat_map(|(row, series)| {
                data.buckets.iter().enumerate().map(move |(index, bucket)| {
                    let is_provisional = data.provisional_from.is_some_and(|from| index >= from);
                    let is_unsettled = data.unsettled_from.is_some_and(|from| index >= from);
                    let kind = if is_unsettled { "provisional" } else { "current" };
                    let before = series.comparison.get(index).map(|v| format!(", before {}", write.full(*v)));
                    let value = series.values.get(index).copied().unwrap_or_default();
                    Point {
                        hit: Hit { series: format!("{kind}:{}", series.key), index },
                        row,
                        text: format!(
                            "{}, {}: {}{}{}",
                            bucket.label,
                            series.name,
                            write.full(value),
                            before.unwrap_or_default(),
                            if is_provisional { ", provisional" } else { "" }
                        ),
                    }
                })
            });
            lines.collect()
        }
        Chart::Bar(_) | Chart::Donut(_) | Chart::Heatmap(_) => (0..)
            .map(|index| Hit { series: "current".into(), index })
            .map_while(|hit| {
                let tip = tip(spec, plot, &hit)?;
                let figures: Vec<String> = tip.rows.iter().map(say).collect();
                Some(Point { hit, row: 0, text: format!("{}: {}", tip.title, figures.join("; ")) })
            })
            .collect(),
    }
}

/// What a mark's menu is called, and its figure.
pub fn figure(plot: &Plot, hit: &Hit, mark: &Mark) -> Option<(String, Value)> {
    match &plot.chart {
        Chart::Line(data) => {
            let series = data.series.iter().find(|s| s.key == mark.member)?;
            let title = format!("{}, {}", data.buckets.get(hit.index)?.label, series.name);
            Some((title, series.values.get(hit.index).copied().unwrap_or_default()))
        }
        Chart::Bar(items) | Chart::Donut(items) => {
            let item = items.iter().find(|i| i.key == mark.member)?;
            Some((item.name.clone(), item.value))
        }
        Chart::Heatmap(data) => {
            let [week, weekday] = mark.at.as_slice() else { return None };
            let is_here =
                |c: &&chart::Cell| data.columns[c.column].key == *week && data.rows[c.row].key == *weekday;
            let cell = data.cells.iter().find(is_here)?;
            Some((cell_title(&mark.at), cell.value))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::picture::tests::{plot, spec};
    use super::*;
    use metrics::value::Figure;

    #[test]
    fn the_arrow_keys_reach_every_mark() {
        let points = points(&spec(), &plot(Chart::Donut));
        let texts: Vec<&str> = points.iter().map(|p| p.text.as_str()).collect();
        assert_eq!(texts, ["GOOGLE_ADS: 30, 75.0% of all", "FACEBOOK: 10, 25.0% of all"]);
    }

    #[test]
    fn a_cell_is_named_by_its_day() {
        assert_eq!(cell_title(&["2026-11-16".into(), "2".into()]), "Tuesday, 17 Nov 2026");
        assert_eq!(cell_title(&["8".into(), "2".into()]), "Tuesday, 08:00");
        assert_eq!(cell_title(&["soon".into(), "2".into()]), "Tuesday");
    }

    #[test]
    fn a_menu_is_called_as_its_mark() {
        let plot = plot(Chart::Donut);
        let hit = Hit { series: "current".into(), index: 1 };
        let mark = mark_of(&plot.chart, &hit.series, hit.index).unwrap();
        let ten = Value::Known(Figure::new(10, 1).unwrap());
        assert_eq!(figure(&plot, &hit, &mark), Some(("FACEBOOK".into(), ten)));
    }
}
