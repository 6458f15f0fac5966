//! A chart with everything around it: option, summary, points for the arrow keys, tooltip, crosshair.

use super::drawing::use_drawing;
use super::tooltip::Tooltip;
use crate::charts::{ChartBox, ChartEvent, Hit, Point, Spot};
use crate::state::board::use_board;
use crate::state::filters::Gesture;
use chart::{Chart, ChartSpec, Mark, item_tooltip, mark_of, option, summary, tooltip_rows};
use leptos::prelude::*;
use metrics::format::day_long;
use metrics::keys::{parse_key, time_key};
use metrics::{Dimension, Judgement, Measure};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// The figures.
    pub chart: Chart,
    /// What is measured.
    pub measure: Measure,
    /// Members that the filters leave out: shown faded, so that they can be chosen.
    pub faded: Vec<String>,
    /// Whether there is a comparison.
    pub is_compared: bool,
}

/// What a person did, in terms of figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Clicked a mark.
    Choose(Mark, Gesture),
    /// Dragged over buckets of the time axis, the first and the last.
    Zoom(usize, usize),
    /// Double-clicked.
    ResetZoom,
}

/// The faded look of what is not chosen.
const FADED: f64 = 0.22;

/// The option with the page's own additions: the legend is ours (buttons, for the keyboard), what is not chosen fades.
fn finished(spec: &ChartSpec, plot: &Plot) -> Json {
    let mut option = option(spec, &plot.chart);
    if let Some(legend) = option.get_mut("legend").and_then(Json::as_object_mut) {
        legend.insert("show".into(), json!(false));
    }
    match &plot.chart {
        Chart::Line(_) => {
            // The room that the chart's own legend would have taken; what is said above a broken axis keeps its own.
            let is_broken = option.pointer("/yAxis/name").is_some_and(Json::is_string);
            if let Some(top) = option.pointer_mut("/grid/0/top") {
                *top = json!(if is_broken { 32 } else { 14 });
            }
        }
        Chart::Donut(_) => {
            if let Some(pie) = option.pointer_mut("/series/0").and_then(Json::as_object_mut) {
                pie.insert("center".into(), json!(["50%", "50%"]));
                pie.insert("radius".into(), json!(["56%", "88%"]));
            }
        }
        Chart::Bar(_) | Chart::Heatmap(_) => {}
    }
    if !plot.faded.is_empty()
        && let Some(data) = option.pointer_mut("/series/0/data").and_then(Json::as_array_mut)
    {
        for item in data {
            let is_faded =
                item.get("id").and_then(Json::as_str).is_some_and(|id| plot.faded.iter().any(|f| f == id));
            if let (true, Some(style)) = (is_faded, item.get_mut("itemStyle").and_then(Json::as_object_mut)) {
                style.insert("opacity".into(), json!(FADED));
            }
        }
    }
    option
}

/// The title of a heatmap's cell: its day.
fn cell_title(at: &[String]) -> String {
    let [week, weekday] = at else { return String::new() };
    let day = parse_key(Dimension::Week, week).and_then(|first| {
        first.iter_days().take(7).find(|d| {
            time_key(Dimension::Weekday, *d, model::days::WeekStart::Monday).as_deref()
                == Some(weekday.as_str())
        })
    });
    let name = metrics::keys::label_of(Dimension::Weekday, weekday);
    day.map_or_else(|| name.clone(), |day| format!("{name}, {}", day_long(day)))
}

/// What the tooltip says at a mark.
fn tip(spec: &ChartSpec, plot: &Plot, hit: &Hit) -> Option<chart::Tooltip> {
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
fn points(spec: &ChartSpec, plot: &Plot) -> Vec<Point> {
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

/// A chart, with its tooltip and crosshair.
#[component]
pub fn Picture(
    /// What is drawn; none = not known yet.
    #[prop(into)]
    plot: Signal<Option<Arc<Plot>>>,
    /// What a person does.
    #[prop(into)]
    on_deed: Callback<Deed>,
    /// More classes for the box.
    #[prop(default = "")]
    class: &'static str,
) -> impl IntoView {
    let board = use_board();
    let drawing = use_drawing();
    let spec = move |plot: &Plot| drawing.get().spec(plot.measure, board);
    let time_axis = plot.with_untracked(|p| p.as_ref().is_some_and(|p| matches!(p.chart, Chart::Line(_))));
    let drawn = Memo::new(move |_| {
        plot.get().map(|plot| Arc::<str>::from(finished(&spec(&plot), &plot).to_string()))
    });
    let text = Signal::derive(move || plot.get().map(|p| summary(&spec(&p), &p.chart)).unwrap_or_default());
    let reached = Memo::new(move |_| Arc::new(plot.get().map(|p| points(&spec(&p), &p)).unwrap_or_default()));
    let hover = RwSignal::new(None::<(chart::Tooltip, Spot)>);
    let pinned = RwSignal::new(None::<(Hit, Spot)>);
    // What is pinned follows its figures; a mark that is gone takes its tooltip with it.
    let kept = Memo::new(move |_| {
        let (hit, spot) = pinned.get()?;
        let plot = plot.get()?;
        Some((tip(&spec(&plot), &plot, &hit)?, spot))
    });
    let look_at = move |day: Option<chrono::NaiveDate>| {
        if board.hovered.get_untracked() != day {
            board.hovered.set(day);
        }
    };
    let on_event = move |event: ChartEvent| {
        let Some(plot) = plot.get_untracked() else { return };
        match event {
            ChartEvent::Pin(hit, spot) => {
                let is_same =
                    pinned.with_untracked(|p| p.as_ref().is_some_and(|(old, _)| old.index == hit.index));
                hover.set(None);
                pinned.set((!is_same).then_some((hit, spot)));
            }
            ChartEvent::Hover(hit, spot) => {
                let spec = untrack(|| spec(&plot));
                hover.set(tip(&spec, &plot, &hit).map(|tip| (tip, spot)));
                if let Chart::Line(data) = &plot.chart {
                    let time = data.granularity.dimension();
                    look_at(data.buckets.get(hit.index).and_then(|b| parse_key(time, &b.key)));
                }
            }
            ChartEvent::Leave => {
                if hover.with_untracked(Option::is_some) {
                    hover.set(None);
                }
                look_at(None);
            }
            ChartEvent::Click(hit, keys) => {
                if let Some(mark) = mark_of(&plot.chart, &hit.series, hit.index) {
                    hover.set(None);
                    on_deed.run(Deed::Choose(mark, Gesture::from_keys(keys.shift, keys.multi)));
                }
            }
            ChartEvent::Zoom(from, until) => on_deed.run(Deed::Zoom(from, until)),
            ChartEvent::ResetZoom => on_deed.run(Deed::ResetZoom),
        }
    };
    let crosshair = Signal::derive(move || {
        let day = board.hovered.get()?;
        plot.with(|plot| match plot.as_ref().map(|p| &p.chart) {
            Some(Chart::Line(data)) => {
                let key = time_key(data.granularity.dimension(), day, board.calendar.get().week_start)?;
                data.buckets.iter().position(|b| b.key == key)
            }
            _ => None,
        })
    });
    let shown = Signal::derive(move || kept.get().map_or_else(|| hover.get(), Some));
    view! {
        <div
            class=format!("widget__chart {class}")
            on:keydown=move |event| {
                if event.key() == "Escape" && pinned.with_untracked(Option::is_some) {
                    event.stop_propagation();
                    pinned.set(None);
                }
            }
        >
            <ChartBox option=drawn summary=text points=reached on_event time_axis crosshair/>
            <Tooltip
                tip=shown
                pinned=Signal::derive(move || kept.with(Option::is_some))
                on_close=move |()| pinned.set(None)
            />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::super::data::tests::frame;
    use super::*;
    use chart::items;
    use metrics::{Locale, Metric};

    const CLICKS: Measure = Measure::Metric(Metric::Clicks);

    fn spec() -> ChartSpec {
        ChartSpec {
            theme: chart::Theme::Light,
            size: chart::Size::Desktop,
            measure: CLICKS,
            locale: Locale::EN,
            currency: "EUR".into(),
            animate: false,
        }
    }

    fn plot(chart: fn(Vec<chart::Item>) -> Chart) -> Plot {
        let frame = frame(&[Dimension::Platform], &[(&["google_ads"], 30), (&["facebook"], 10)]);
        let items = items(&frame, None, Dimension::Platform, CLICKS, 8);
        Plot { chart: chart(items), measure: CLICKS, faded: vec!["facebook".into()], is_compared: false }
    }

    #[test]
    fn what_is_not_chosen_fades_and_the_legend_is_ours() {
        let option = finished(&spec(), &plot(Chart::Bar));
        assert_eq!(option.pointer("/series/0/data/0/itemStyle/opacity"), None);
        assert_eq!(option.pointer("/series/0/data/1/itemStyle/opacity"), Some(&json!(FADED)));
        let donut = finished(&spec(), &plot(Chart::Donut));
        assert_eq!(donut.pointer("/legend/show"), Some(&json!(false)));
        assert_eq!(donut.pointer("/series/0/center"), Some(&json!(["50%", "50%"])));
    }

    #[test]
    fn a_broken_axis_says_so_inside_the_picture() {
        let days = super::super::data::tests::days("r=2026-11-16..2026-11-18");
        let by = [Dimension::Day, Dimension::Platform];
        let lines = |rows: &[(&[&str], i64)]| {
            let question = chart::LineQuestion {
                days: days.period,
                granularity: days.grain,
                week_start: model::days::WeekStart::Monday,
                split: Some(Dimension::Platform),
                measure: CLICKS,
                provisional_from: None,
                unsettled_from: None,
            };
            let chart = Chart::Line(chart::line_data(question, &frame(&by, rows), None));
            let plot = Plot { chart, measure: CLICKS, faded: vec![], is_compared: false };
            let option = finished(&spec(), &plot);
            (option["yAxis"]["name"].is_string(), option["grid"][0]["top"].as_f64())
        };
        let close = lines(&[(&["2026-11-16", "x"], 9_000), (&["2026-11-17", "x"], 9_500)]);
        assert_eq!(close, (true, Some(32.0)));
        let far = lines(&[(&["2026-11-16", "x"], 10), (&["2026-11-17", "x"], 9_500)]);
        assert_eq!(far, (false, Some(14.0)));
    }

    #[test]
    fn the_arrow_keys_reach_every_mark() {
        let points = points(&spec(), &plot(Chart::Donut));
        let texts: Vec<&str> = points.iter().map(|p| p.text.as_str()).collect();
        assert_eq!(texts, ["GOOGLE_ADS: 30, 75.0% of all", "FACEBOOK: 10, 25.0% of all"]);
    }

    #[test]
    fn a_cell_is_named_by_its_day() {
        assert_eq!(cell_title(&["2026-11-16".into(), "2".into()]), "Tuesday, 17 Nov 2026");
        assert_eq!(cell_title(&["8".into(), "2".into()]), "Tuesday");
    }
}
