//! Each member's share of a measure.

use super::data::items_twin;
use super::drawing::use_drawing;
use super::frame::WidgetFrame;
use super::picture::{Deed, Picture, Plot};
use crate::state::board::{Board, use_board};
use crate::state::filters::{Gesture, passes};
use crate::state::template::plural;
use chart::{Chart, Item, items, platform_color};
use leptos::prelude::*;
use metrics::format::{Style, percent};
use metrics::keys::OTHER_KEY;
use metrics::{Dimension, Locale, Measure};
use std::sync::Arc;

/// Slices, "Other" among them.
const MOST: usize = 8;

/// The donut and its legend.
#[component]
pub fn ShareDonut(
    /// Of what.
    measure: Measure,
    /// Whose.
    by: Dimension,
    /// Its place in the grid.
    class: &'static str,
) -> impl IntoView {
    let board = use_board();
    let answer = board.figures.ask(move || board.queries(&[by], &[measure], &[by]));
    let plot = Memo::new(move |_| {
        let filters = board.view.with(|v| v.filters.clone());
        answer.with(|answer| {
            let frames = answer.frames()?;
            let items = items(frames.first()?, frames.get(1), by, measure, MOST);
            let is_faded = |i: &&Item| i.key != OTHER_KEY && !passes(&filters, by, &i.key);
            let faded = items.iter().filter(is_faded).map(|i| i.key.clone()).collect();
            Some(Arc::new(Plot { chart: Chart::Donut(items), measure, faded, is_compared: frames.len() > 1 }))
        })
    });
    let slices = move || {
        plot.get().map(|p| match &p.chart {
            Chart::Donut(items) => items.clone(),
            _ => Vec::new(),
        })
    };
    let total = move || {
        answer.with(|a| {
            let total = a.frames()?.first()?.total(measure);
            Some(board.write(measure, |w| w.value(total, Style::Compact)))
        })
    };
    view! {
        <WidgetFrame
            id="share"
            title=format!("{} share", measure.label())
            subtitle=Signal::derive(move || total().unwrap_or_default())
            class=class
            answer
            is_empty=Signal::derive(move || slices().is_some_and(|s| s.is_empty()))
            twin=Signal::derive(move || {
                let compared = plot.get().is_some_and(|p| p.is_compared);
                let items = slices().unwrap_or_default();
                board.write(measure, |w| items_twin(by.label(), &items, measure, compared, w))
            })
            measure
        >
            <div class="share">
                <Picture
                    plot
                    class="widget__chart--donut"
                    on_deed=move |deed| match deed {
                        Deed::Choose(mark, gesture) => board.click(by, &mark.member, gesture),
                        Deed::Menu(mark, subject) => board.offer(subject.of([(by, mark.member)])),
                        Deed::Zoom(..) | Deed::ResetZoom => {}
                    }
                />
                <Legend items=Signal::derive(move || slices().unwrap_or_default()) of=(measure, by) board/>
            </div>
        </WidgetFrame>
    }
}

/// Slices as buttons: name and share.
#[component]
fn Legend(items: Signal<Vec<Item>>, of: (Measure, Dimension), board: Board) -> impl IntoView {
    let (measure, by) = of;
    let drawing = use_drawing();
    let entry = move |item: Item| {
        let (is_on, is_pressed) = board.view.with(|v| {
            (item.key == OTHER_KEY || passes(&v.filters, by, &item.key), v.is_chosen(by, &item.key))
        });
        let share =
            item.share.map_or_else(|| metrics::format::MISSING.to_owned(), |s| percent(s, Locale::EN));
        let key = item.key.clone();
        let about = (item.name.clone(), measure, (by, item.key.clone()));
        view! {
            <li>
                <button
                    type="button"
                    class="legend__entry"
                    class:legend__entry--off=!is_on
                    aria-pressed=is_pressed.to_string()
                    disabled=item.key == OTHER_KEY
                    title="Click: only this · Ctrl: add · Shift: exclude"
                    on:click=move |event| {
                        let gesture = Gesture::from_keys(event.shift_key(), event.ctrl_key() || event.meta_key());
                        board.click(by, &key, gesture);
                    }
                    on:contextmenu=move |event| board.offer_member(&event, about.clone())
                >
                    <i class="dot" style:background-color=platform_color(&item.key, drawing.get().theme)></i>
                    <span class="legend__name">{item.name}</span>
                    <span class="legend__share">{share}</span>
                </button>
            </li>
        }
    };
    view! {
        <ul class="legend legend--column" aria-label=plural(by)>
            {move || items.get().into_iter().map(entry).collect_view()}
        </ul>
    }
}
