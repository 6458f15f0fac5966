//! Each platform's share of the spend.

use super::data::items_twin;
use super::drawing::use_drawing;
use super::frame::WidgetFrame;
use super::picture::{Deed, Picture, Plot};
use crate::state::board::{Board, use_board};
use crate::state::filters::{Gesture, passes};
use chart::{Chart, Item, items, platform_color};
use leptos::prelude::*;
use metrics::format::{Style, percent};
use metrics::keys::OTHER_KEY;
use metrics::{Dimension, Locale, Measure, Metric};
use std::sync::Arc;

const SPEND: Measure = Measure::Metric(Metric::Spend);
const BY: Dimension = Dimension::Platform;
/// Slices, "Other" among them.
const MOST: usize = 8;

/// The donut and its legend.
#[component]
pub fn ShareDonut() -> impl IntoView {
    let board = use_board();
    let answer = board.figures.ask(move || {
        let level = board.view.with(crate::state::view::View::level);
        board.queries(level, &[BY], &[SPEND], &[BY])
    });
    let plot = Memo::new(move |_| {
        let filters = board.view.with(|v| v.filters.clone());
        answer.with(|answer| {
            let frames = answer.frames()?;
            let items = items(frames.first()?, frames.get(1), BY, SPEND, MOST);
            let is_faded = |i: &&Item| i.key != OTHER_KEY && !passes(&filters, BY, &i.key);
            let faded = items.iter().filter(is_faded).map(|i| i.key.clone()).collect();
            Some(Arc::new(Plot {
                chart: Chart::Donut(items),
                measure: SPEND,
                faded,
                is_compared: frames.len() > 1,
            }))
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
            let total = a.frames()?.first()?.total(SPEND);
            Some(board.write(SPEND, |w| w.value(total, Style::Compact)))
        })
    };
    view! {
        <WidgetFrame
            id="share"
            title="Spend share"
            subtitle=Signal::derive(move || total().unwrap_or_default())
            class="widget--4"
            answer
            is_empty=Signal::derive(move || slices().is_some_and(|s| s.is_empty()))
            twin=Signal::derive(move || {
                let compared = plot.get().is_some_and(|p| p.is_compared);
                let items = slices().unwrap_or_default();
                board.write(SPEND, |w| items_twin("Platform", &items, SPEND, compared, w))
            })
            measure=SPEND
        >
            <div class="share">
                <Picture
                    plot
                    class="widget__chart--donut"
                    on_deed=move |deed| match deed {
                        Deed::Choose(mark, gesture) => board.click(BY, &mark.member, gesture),
                        Deed::Menu(mark, subject) => board.offer(subject.of([(BY, mark.member)])),
                        Deed::Zoom(..) | Deed::ResetZoom => {}
                    }
                />
                <Legend items=Signal::derive(move || slices().unwrap_or_default()) board/>
            </div>
        </WidgetFrame>
    }
}

/// Slices as buttons: name and share.
#[component]
fn Legend(items: Signal<Vec<Item>>, board: Board) -> impl IntoView {
    let drawing = use_drawing();
    let entry = move |item: Item| {
        let (is_on, is_pressed) = board.view.with(|v| {
            (item.key == OTHER_KEY || passes(&v.filters, BY, &item.key), v.is_chosen(BY, &item.key))
        });
        let share =
            item.share.map_or_else(|| metrics::format::MISSING.to_owned(), |s| percent(s, Locale::EN));
        let key = item.key.clone();
        let about = (item.name.clone(), SPEND, (BY, item.key.clone()));
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
                        board.click(BY, &key, gesture);
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
        <ul class="legend legend--column" aria-label="Platforms">
            {move || items.get().into_iter().map(entry).collect_view()}
        </ul>
    }
}
