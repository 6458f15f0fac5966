//! A chart with everything around it: option, summary, points for the arrow keys, tooltip, crosshair.

use super::drawing::use_drawing;
use super::reading::{figure, points, tip};
use super::tooltip;
use crate::charts::{ChartBox, ChartEvent, Hit, Spot};
use crate::state::board::use_board;
use crate::state::filters::Gesture;
use crate::state::subject::Subject;
use crate::ui::Later;
use chart::{Chart, ChartSpec, Mark, mark_of, option, summary};
use leptos::prelude::*;
use metrics::Measure;
use metrics::keys::{parse_key, time_key};
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
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// Clicked a mark.
    Choose(Mark, Gesture),
    /// Asked for the menu of a mark; the widget adds which members and days it stands for.
    Menu(Mark, Subject),
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
            ChartEvent::Menu(hit, place) => {
                let asked = mark_of(&plot.chart, &hit.series, hit.index)
                    .and_then(|mark| Some((figure(&plot, &hit, &mark)?, mark)));
                if let Some(((title, value), mark)) = asked {
                    hover.set(None);
                    let subject = Subject { value: Some(value), ..Subject::new(title, plot.measure, place) };
                    on_deed.run(Deed::Menu(mark, subject));
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
    let stays = Signal::derive(move || kept.with(Option::is_some));
    let unpin = Callback::new(move |()| pinned.set(None));
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
            <Later when=Signal::derive(move || shown.with(Option::is_some)) draw=move || tooltip::draw(shown, stays, unpin)/>
        </div>
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::data::tests::frame;
    use super::*;
    use chart::items;
    use metrics::{Dimension, Locale, Metric};

    const CLICKS: Measure = Measure::Metric(Metric::Clicks);

    pub fn spec() -> ChartSpec {
        ChartSpec {
            theme: chart::Theme::Light,
            size: chart::Size::Desktop,
            measure: CLICKS,
            locale: Locale::EN,
            currency: "EUR".into(),
            animate: false,
        }
    }

    pub fn plot(chart: fn(Vec<chart::Item>) -> Chart) -> Plot {
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
}
