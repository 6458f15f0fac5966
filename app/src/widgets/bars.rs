//! The largest campaigns (or whatever the table lists, or members of a dimension) by the chosen measure.

use super::data::items_twin;
use super::frame::WidgetFrame;
use super::picture::{Deed, Picture, Plot};
use crate::state::board::use_board;
use crate::state::filters::passes;
use crate::state::template::plural;
use chart::{Chart, Item, items};
use leptos::prelude::*;
use metrics::keys::OTHER_KEY;
use metrics::{Dimension, Measure};
use std::sync::Arc;

/// Bars that fit.
const MOST: usize = 8;

/// The largest members themselves; what all others come to would dwarf them.
fn largest(mut items: Vec<Item>) -> Vec<Item> {
    items.retain(|i| i.key != OTHER_KEY && i.value.figure().is_some());
    items.truncate(MOST);
    items
}

/// The bar chart.
#[component]
pub fn TopBars(
    /// Of which dimension; none = of what the table lists.
    #[prop(optional_no_strip)]
    by: Option<Dimension>,
    /// By what, whatever is chosen.
    #[prop(optional)]
    of: Option<Measure>,
    /// Its place in the grid.
    class: &'static str,
) -> impl IntoView {
    let board = use_board();
    let what = Memo::new(move |_| {
        let (rows, wish) = board.view.with(|v| (by.unwrap_or_else(|| v.rows()), v.measure));
        (rows, of.unwrap_or_else(|| board.measure_by(wish, rows)))
    });
    let rows = move || what.get().0;
    let answer = board.figures.ask(move || {
        let (rows, measure) = what.get();
        // The platform gives each bar its colour.
        board.queries(&[rows, Dimension::Platform], &[measure], &[rows])
    });
    let plot = Memo::new(move |last: Option<&Option<Arc<Plot>>>| {
        let (rows, measure) = what.get();
        let filters = board.view.with(|v| v.filters.clone());
        let found = answer.with(|answer| {
            let frames = answer.frames()?;
            let current = frames.first()?;
            // An answer to the question before: its picture stays until the new one is there.
            if current.group_by.first() != Some(&rows) || current.column(measure.parts()[0]).is_none() {
                return None;
            }
            let items = largest(items(current, frames.get(1), rows, measure, MOST + 1));
            let faded =
                items.iter().filter(|i| !passes(&filters, rows, &i.key)).map(|i| i.key.clone()).collect();
            Some(Arc::new(Plot { chart: Chart::Bar(items), measure, faded, is_compared: frames.len() > 1 }))
        });
        found.or_else(|| last.cloned().flatten())
    });
    let bars = move || {
        plot.get().map(|p| match &p.chart {
            Chart::Bar(items) => items.clone(),
            _ => Vec::new(),
        })
    };
    view! {
        <WidgetFrame
            id=by.map_or("top", Dimension::name)
            title=Signal::derive(move || format!("Top {}", plural(rows()).to_lowercase()))
            subtitle=Signal::derive(move || {
                format!("by {} · click to filter", what.get().1.label().to_lowercase())
            })
            class=class
            answer
            is_empty=Signal::derive(move || bars().is_some_and(|b| b.is_empty()))
            twin=Signal::derive(move || {
                let (compared, measure) = plot.get().map(|p| (p.is_compared, p.measure)).unzip();
                let items = bars().unwrap_or_default();
                measure
                    .map(|m| board.write(m, |w| items_twin(rows().label(), &items, m, compared.unwrap_or(false), w)))
                    .unwrap_or_default()
            })
            measure=Signal::derive(move || what.get().1)
        >
            <Picture
                plot
                on_deed=move |deed| {
                    let rows = untrack(rows);
                    match deed {
                        Deed::Choose(mark, gesture) => board.click(rows, &mark.member, gesture),
                        Deed::Menu(mark, subject) => board.offer(subject.of([(rows, mark.member)])),
                        Deed::Zoom(..) | Deed::ResetZoom => {}
                    }
                }
            />
        </WidgetFrame>
    }
}

#[cfg(test)]
mod tests {
    use super::super::data::tests::frame;
    use super::*;
    use metrics::Metric;

    #[test]
    fn the_largest_stand_alone() {
        let names: Vec<String> = (10..30).map(|i| format!("{i}")).collect();
        let keys: Vec<[&str; 1]> = names.iter().map(|n| [n.as_str()]).collect();
        let rows: Vec<(&[&str], i64)> =
            keys.iter().enumerate().map(|(i, k)| (k.as_slice(), i64::try_from(i).unwrap())).collect();
        let frame = frame(&[Dimension::Campaign], &rows);
        let found =
            largest(items(&frame, None, Dimension::Campaign, Measure::Metric(Metric::Clicks), MOST + 1));
        let keys: Vec<&str> = found.iter().map(|i| i.key.as_str()).collect();
        assert_eq!(keys, ["29", "28", "27", "26", "25", "24", "23", "22"]);
    }
}
