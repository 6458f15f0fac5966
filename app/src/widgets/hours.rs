//! A measure by weekday and hour: when people do something.

use super::data::{Twin, heatmap_twin};
use super::drawing::use_drawing;
use super::frame::WidgetFrame;
use super::heatmap::click_cell;
use super::picture::{Deed, Picture, Plot};
use crate::state::board::{Board, use_board};
use chart::{Chart, HeatmapData, color_scale, heatmap_data};
use leptos::prelude::*;
use metrics::{Dimension, Frame, Measure};
use std::sync::Arc;

/// Both axes.
const OWN: [Dimension; 2] = [Dimension::Hour, Dimension::Weekday];

/// What is drawn: the wish where hours tell of it, else the first of the measures that they do; none where the frame holds no
/// figures.
fn told(frame: &Frame, wish: Measure, measures: &[Measure]) -> Option<Measure> {
    let listed = measures.iter().copied();
    let mut wanted = listed.clone().filter(|measure| *measure == wish).chain(listed);
    wanted.find(|measure| frame.total(*measure).figure().is_some())
}

fn cells(plot: &Plot) -> Option<&HeatmapData> {
    match &plot.chart {
        Chart::Heatmap(data) => Some(data),
        _ => None,
    }
}

/// The table of it: hours down, weekdays across.
fn twin(plot: &Plot, board: Board) -> Option<Twin> {
    let mut twin = cells(plot).map(|data| board.write(plot.measure, |write| heatmap_twin(data, write)))?;
    if let Some(first) = twin.head.first_mut() {
        Dimension::Hour.label().clone_into(first);
    }
    Some(twin)
}

/// The heat map of hours.
#[component]
pub fn HourMap(
    /// What it may show.
    measures: &'static [Measure],
    /// Its place in the grid.
    class: &'static str,
) -> impl IntoView {
    let board = use_board();
    let usual = measures.first().copied();
    let answer = board.figures.ask(move || board.queries(&OWN, measures, &OWN).into_iter().take(1).collect());
    let plot = Memo::new(move |_| {
        let wish = board.view.with(|v| v.measure);
        let (days, calendar) = (board.days(), board.calendar.get());
        answer.with(|answer| {
            let frame = answer.frames()?.first()?;
            let measure = told(frame, wish, measures).or(usual)?;
            let data = heatmap_data(frame, Dimension::Hour, measure, days.period, calendar.week_start);
            Some(Arc::new(Plot {
                chart: Chart::Heatmap(data),
                measure,
                faded: Vec::new(),
                is_compared: false,
            }))
        })
    });
    let measure = Memo::new(move |_| plot.with(|p| p.as_ref().map(|p| p.measure)).or(usual));
    let is_empty = move || {
        let has_figures = |data: &HeatmapData| data.cells.iter().any(|c| c.value.figure().is_some());
        plot.with(|p| p.as_ref().is_some_and(|p| !cells(p).is_some_and(has_figures)))
    };
    let drawing = use_drawing();
    let scale = move || {
        let plot = plot.get()?;
        let scale = color_scale(&drawing.get().spec(plot.measure, board), cells(&plot)?);
        let ramp = format!("linear-gradient(to right, {})", scale.colors.join(", "));
        Some(view! {
            <p class="scale">
                <span>{scale.low}</span>
                <i style:background-image=ramp></i>
                <span>{scale.high}</span>
            </p>
        })
    };
    view! {
        <WidgetFrame
            id="hours"
            title=Signal::derive(move || {
                let what = measure.get().map_or("Figures", Measure::label);
                format!("{what} by weekday and hour")
            })
            subtitle=Signal::stored("hours in each account’s zone, where they are reported".to_owned())
            class=class
            answer
            is_empty=Signal::derive(is_empty)
            twin=Signal::derive(move || plot.with(|p| twin(p.as_ref()?, board)).unwrap_or_default())
            measure=Signal::derive(move || measure.get().unwrap_or_else(|| board.view.with(|v| v.measure)))
        >
            <Picture
                plot
                class="widget__chart--map"
                on_deed=move |deed| match deed {
                    Deed::Choose(mark, gesture) => {
                        if let [hour, weekday] = mark.at.as_slice() {
                            board.change(|v| click_cell(v, (OWN[0], hour), weekday, gesture));
                        }
                    }
                    Deed::Menu(mark, subject) => board.offer(subject.of(OWN.into_iter().zip(mark.at))),
                    Deed::Zoom(..) | Deed::ResetZoom => {}
                }
            />
            {scale}
        </WidgetFrame>
    }
}

#[cfg(test)]
mod tests {
    use super::super::data::tests::frame;
    use super::*;
    use crate::state::filters::Gesture;
    use crate::state::template::{ADS, Template};
    use crate::state::view::View;
    use metrics::Metric;

    const CLICKS: Measure = Measure::Metric(Metric::Clicks);
    const OPENS: Measure = Measure::Metric(Metric::Opens);
    const SPEND: Measure = Measure::Metric(Metric::Spend);

    #[test]
    fn what_hours_tell_of_is_drawn() {
        let clicks = frame(&OWN, &[(&["9", "1"], 30)]);
        assert_eq!(told(&clicks, SPEND, &[OPENS, CLICKS]), Some(CLICKS), "nobody tells of opens");
        assert_eq!(told(&clicks, SPEND, &[SPEND, OPENS]), None);
        let mut both = clicks;
        both.metrics.push(Metric::Opens);
        both.rows[0].values.push(Some(3));
        both.totals.push(Some(3));
        assert_eq!(told(&both, SPEND, &[OPENS, CLICKS]), Some(OPENS), "spend is none of them");
        assert_eq!(told(&both, CLICKS, &[OPENS, CLICKS]), Some(CLICKS), "the wish");
    }

    #[test]
    fn a_cell_is_an_hour_of_a_weekday() {
        for template in [&ADS, Template::find("email").unwrap()] {
            let mut view = View { template, ..View::default() };
            click_cell(&mut view, (Dimension::Hour, "9"), "7", Gesture::Only);
            assert_eq!(view.filters.len(), 2);
            // The address leads back to it.
            assert!(view.filters.iter().all(|filter| template.filters.contains(&filter.dimension)));
            click_cell(&mut view, (Dimension::Hour, "9"), "7", Gesture::Only);
            assert_eq!(view.filters.len(), 0);
        }
    }
}
