//! A measure by weekday and week: the rhythm of the account.

use super::data::heatmap_twin;
use super::drawing::use_drawing;
use super::frame::WidgetFrame;
use super::picture::{Deed, Picture, Plot};
use crate::state::board::use_board;
use crate::state::filters::{Gesture, included, toggle};
use crate::state::view::View;
use chart::{Chart, color_scale, heatmap_data};
use leptos::prelude::*;
use metrics::Dimension;
use std::sync::Arc;

/// Both axes.
const OWN: [Dimension; 2] = [Dimension::Week, Dimension::Weekday];

/// A click on a cell narrows to its weekday in its column (a week, an hour); the same again frees both.
pub(super) fn click_cell(
    view: &mut View,
    (across, column): (Dimension, &str),
    weekday: &str,
    gesture: Gesture,
) {
    let is = |d: Dimension, key: &str| included(&view.filters, d) == [key.to_owned()];
    let (is_column, is_weekday) = (is(across, column), is(Dimension::Weekday, weekday));
    if gesture == Gesture::Only && is_column != is_weekday {
        // Only one of the two is chosen: choose both, instead of turning the one off and the other on.
        let (dimension, key) = if is_column { (Dimension::Weekday, weekday) } else { (across, column) };
        toggle(&mut view.filters, dimension, key, Gesture::Only);
        return;
    }
    toggle(&mut view.filters, Dimension::Weekday, weekday, gesture);
    if gesture != Gesture::Exclude {
        toggle(&mut view.filters, across, column, gesture);
    }
}

/// The heatmap.
#[component]
pub fn RhythmMap(
    /// Its place in the grid.
    class: &'static str,
) -> impl IntoView {
    let board = use_board();
    let answer = board.figures.ask(move || {
        let measure = board.view.with(|v| v.measure);
        board.queries(&OWN, &[measure], &OWN).into_iter().take(1).collect()
    });
    let plot = Memo::new(move |last: Option<&Option<Arc<Plot>>>| {
        let measure = board.view.with(|v| v.measure);
        let (days, calendar) = (board.days(), board.calendar.get());
        let found = answer.with(|answer| {
            let frame = answer.frames()?.first()?;
            // An answer to the question before: its picture stays until the new one is there.
            frame.column(measure.parts()[0])?;
            let data = heatmap_data(frame, Dimension::Week, measure, days.period, calendar.week_start);
            Some(Arc::new(Plot {
                chart: Chart::Heatmap(data),
                measure,
                faded: Vec::new(),
                is_compared: false,
            }))
        });
        found.or_else(|| last.cloned().flatten())
    });
    let is_empty = move || {
        plot.get().is_some_and(|p| match &p.chart {
            Chart::Heatmap(data) => data.cells.iter().all(|c| c.value.figure().is_none()),
            _ => true,
        })
    };
    let drawing = use_drawing();
    let scale = move || {
        let plot = plot.get()?;
        let Chart::Heatmap(data) = &plot.chart else { return None };
        let scale = color_scale(&drawing.get().spec(plot.measure, board), data);
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
            id="rhythm"
            title=Signal::derive(move || format!("{} by weekday and week", board.view.with(|v| v.measure.label())))
            subtitle=Signal::stored("days in each account’s zone".to_owned())
            class=class
            answer
            is_empty=Signal::derive(is_empty)
            twin=Signal::derive(move || {
                plot.get()
                    .and_then(|p| match &p.chart {
                        Chart::Heatmap(data) => Some(board.write(p.measure, |w| heatmap_twin(data, w))),
                        _ => None,
                    })
                    .unwrap_or_default()
            })
            measure=Signal::derive(move || board.view.with(|v| v.measure))
        >
            <Picture
                plot
                class="widget__chart--map"
                on_deed=move |deed| match deed {
                    Deed::Choose(mark, gesture) => {
                        if let [week, weekday] = mark.at.as_slice() {
                            board.change(|v| click_cell(v, (OWN[0], week), weekday, gesture));
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
    use super::*;

    #[test]
    fn a_cell_is_one_choice() {
        let mut view = View::default();
        let (first, second) = ((Dimension::Week, "2026-11-09"), (Dimension::Week, "2026-11-16"));
        click_cell(&mut view, first, "7", Gesture::Only);
        assert_eq!(view.to_query(), "f=week:2026-11-09&f=weekday:7");
        click_cell(&mut view, second, "7", Gesture::Only);
        assert_eq!(view.to_query(), "f=week:2026-11-16&f=weekday:7");
        click_cell(&mut view, second, "7", Gesture::Only);
        assert_eq!(view.to_query(), "");
        click_cell(&mut view, second, "7", Gesture::Exclude);
        assert_eq!(view.to_query(), "f=!weekday:7");
    }
}
