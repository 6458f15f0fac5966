//! A measure over time, one line per member, the comparison dashed, days that may still change hatched.

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use super::data::lines_twin;
use super::drawing::use_drawing;
use super::frame::WidgetFrame;
use super::freshness::{provisional_from, unsettled_from};
use super::picture::{Deed, Picture, Plot};
use crate::state::board::{Board, use_board};
use crate::state::filters::{Gesture, included, passes};
use crate::state::subject::Subject;
use crate::state::view::View;
use crate::ui::{Align, Later, Menu, MenuItem, NotLoaded};
use chart::{Chart, LineData, LineQuestion, line_data};
use leptos::prelude::*;
use metrics::keys::{OTHER_KEY, parse_key};
use metrics::period::Granularity;
use metrics::{Dimension, Measure};
use model::DayRange;
use std::sync::Arc;

/// All lines, also those that the filters leave out.
#[derive(Debug, Clone, PartialEq)]
struct Trend {
    measure: Measure,
    split: Dimension,
    data: LineData,
}

impl Trend {
    /// The lines that are drawn.
    fn visible(&self, view: &View) -> LineData {
        let mut data = self.data.clone();
        let is_narrowed = !included(&view.filters, self.split).is_empty();
        data.series.retain(|s| {
            if s.key == OTHER_KEY { !is_narrowed } else { passes(&view.filters, self.split, &s.key) }
        });
        data
    }
}

/// The days that a dragged span of buckets stands for.
fn zoomed(data: &LineData, from: usize, until: usize) -> Option<DayRange> {
    let time = data.granularity.dimension();
    let last = data.buckets.len().checked_sub(1)?;
    let first_day = |at: usize| parse_key(time, &data.buckets.get(at)?.key);
    let start = first_day(from.min(last))?;
    let end = match first_day(until.min(last) + 1) {
        Some(next) => next.pred_opt()?,
        None => data.days.until(),
    };
    DayRange::new(start, end.max(start)).ok()?.intersection(data.days)
}

/// Which of the days that are shown may still change.
fn footnote(data: &LineData) -> Option<String> {
    let from = data.provisional_from.and_then(|at| data.buckets.get(at))?;
    let restated = format!("The platforms may still restate figures from {} on", from.short);
    Some(match data.unsettled_from {
        Some(_) if data.unsettled_from == data.provisional_from => {
            "Hatched days are not final: the platforms may still restate them.".to_owned()
        }
        Some(_) => format!("{restated}; hatched days are expected to change."),
        None => format!("{restated}."),
    })
}

/// The time chart.
#[component]
pub fn TrendChart(
    /// Its place in the grid.
    class: &'static str,
) -> impl IntoView {
    let board = use_board();
    let answer = board.figures.ask(move || {
        let (split, measure) = board.view.with(|v| (v.by, v.measure));
        board.queries(&[board.days().grain.dimension(), split], &[measure], &[split])
    });
    let trend = Memo::new(move |last: Option<&Option<Arc<Trend>>>| {
        let (measure, split) = board.view.with(|v| (v.measure, v.by));
        let (days, calendar) = (board.days(), board.calendar.get());
        let question = LineQuestion {
            days: days.period,
            granularity: days.grain,
            week_start: calendar.week_start,
            split: Some(split),
            measure,
            provisional_from: board.facts.with(|f| provisional_from(f)),
            unsettled_from: board.facts.with(|f| unsettled_from(f)),
        };
        let found = answer.with(|answer| {
            let frames = answer.frames()?;
            let current = frames.first()?;
            // An answer to the question before: its picture stays until the new one is there.
            if current.group_by != [days.grain.dimension(), split]
                || current.column(measure.parts()[0]).is_none()
            {
                return None;
            }
            let comparison = frames.get(1).zip(days.comparison.alignment(days.period));
            Some(Arc::new(Trend { measure, split, data: line_data(question, current, comparison) }))
        });
        found.or_else(|| last.cloned().flatten())
    });
    let plot = Memo::new(move |_| {
        trend.get().map(|trend| {
            Arc::new(Plot {
                chart: Chart::Line(board.view.with(|v| trend.visible(v))),
                measure: trend.measure,
                faded: Vec::new(),
                is_compared: trend.data.series.iter().any(|s| !s.comparison.is_empty()),
            })
        })
    });
    let on_deed = move |deed: Deed| match deed {
        Deed::Choose(mark, gesture) => {
            if let Some(trend) = trend.get_untracked() {
                board.click(trend.split, &mark.member, gesture);
            }
        }
        Deed::Menu(mark, subject) => {
            if let Some(trend) = trend.get_untracked() {
                let at =
                    mark.at.first().and_then(|key| trend.data.buckets.iter().position(|b| b.key == *key));
                let days = at.and_then(|at| zoomed(&trend.data, at, at));
                board.offer(Subject { days, ..subject.of([(trend.split, mark.member)]) });
            }
        }
        Deed::Zoom(from, until) => {
            let days = trend.get_untracked().and_then(|t| zoomed(&t.data, from, until));
            if let Some(days) = days {
                board.zoom_into(days);
            }
        }
        Deed::ResetZoom => board.zoom_out(),
    };
    let subtitle = Signal::derive(move || {
        let days = board.days();
        let versus = days.comparison.label(days.period).map(|l| format!(" · dashed = {l}"));
        format!("{}{}", days.grain.adverb(), versus.unwrap_or_default())
    });
    view! {
        <WidgetFrame
            id="trend"
            title=Signal::derive(move || {
                board.view.with(|v| format!("{} by {}", v.measure.label(), v.by.label().to_lowercase()))
            })
            subtitle
            class=class
            answer
            is_empty=Signal::derive(move || trend.get().is_some_and(|t| t.data.series.is_empty()))
            twin=Signal::derive(move || {
                plot.get()
                    .and_then(|p| match &p.chart {
                        Chart::Line(data) => Some(board.write(p.measure, |w| lines_twin(data, w))),
                        _ => None,
                    })
                    .unwrap_or_default()
            })
            measure=Signal::derive(move || board.view.with(|v| v.measure))
            controls=move || view! { <TrendControls board/> }
        >
            <Picture plot on_deed/>
            <div class="widget__foot">
                <Legend trend board/>
                <p class="widget__note">{move || trend.with(|t| t.as_ref().and_then(|t| footnote(&t.data)))}</p>
            </div>
        </WidgetFrame>
    }
}

/// What to show: measure, split, step.
#[component]
fn TrendControls(board: Board) -> impl IntoView {
    let label = move |what: fn(&View) -> &'static str| board.view.with(what);
    let template = board.template();
    let choices = board.facts.with_untracked(|facts| {
        let reported = template.measures().filter(|measure| template.reports(&facts.families, *measure));
        let told = template.splits.iter().filter(|split| template.tells(&facts.families, **split));
        (reported.collect::<Vec<_>>(), told.copied().collect::<Vec<_>>())
    });
    let choices = StoredValue::new(choices);
    view! {
        <Menu
            id="trend-measure"
            trigger=move || view! { <span>{move || label(|v| v.measure.label())}" ▾"</span> }
            button_class="btn btn--ghost btn--small"
            label="Metric"
            align=Align::End
        >
            <Later
                when=Signal::stored(true)
                draw=move || measure_items(board, choices.with_value(|(measures, _)| measures.clone()))
            />
        </Menu>
        <Menu
            id="trend-split"
            trigger=move || view! { <span>{move || label(|v| v.by.label())}" ▾"</span> }
            button_class="btn btn--ghost btn--small"
            label="Split by"
            align=Align::End
        >
            <Later
                when=Signal::stored(true)
                draw=move || split_items(board, choices.with_value(|(_, splits)| splits.clone()))
            />
        </Menu>
        <Menu
            id="trend-grain"
            trigger=move || view! { <span>{move || board.days().grain.dimension().label()}" ▾"</span> }
            button_class="btn btn--ghost btn--small"
            label="Step"
            align=Align::End
        >
            <Later when=Signal::stored(true) draw=move || grain_items(board)/>
        </Menu>
    }
}

/// What lines can show, from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn measure_items(board: Board, measures: Vec<Measure>) -> Result<AnyView, NotLoaded> {
    let item = |measure: Measure| {
        let checked = Signal::derive(move || board.view.with(|v| v.measure == measure));
        view! {
            <MenuItem checked on_select=move |()| board.change(|v| v.measure = measure)>{measure.label()}</MenuItem>
        }
    };
    Ok(measures.into_iter().map(item).collect_view().into_any())
}

/// What lines can be split by, from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn split_items(board: Board, splits: Vec<Dimension>) -> Result<AnyView, NotLoaded> {
    let item = |split: Dimension| {
        let checked = Signal::derive(move || board.view.with(|v| v.by == split));
        view! { <MenuItem checked on_select=move |()| board.change(|v| v.by = split)>{split.label()}</MenuItem> }
    };
    Ok(splits.into_iter().map(item).collect_view().into_any())
}

/// The steps of time that lines can have, from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn grain_items(board: Board) -> Result<AnyView, NotLoaded> {
    let item = |grain: Option<Granularity>| {
        let checked = Signal::derive(move || board.view.with(|v| v.grain == grain));
        view! {
            <MenuItem checked on_select=move |()| board.change(|v| v.grain = grain)>
                {grain.map_or("Automatic", |g| g.dimension().label())}
            </MenuItem>
        }
    };
    let all = [None, Some(Granularity::Day), Some(Granularity::Week), Some(Granularity::Month)];
    Ok(all.into_iter().map(item).collect_view().into_any())
}

/// The members of the lines: a click isolates, Ctrl adds, Shift excludes.
#[component]
fn Legend(trend: Memo<Option<Arc<Trend>>>, board: Board) -> impl IntoView {
    let drawing = use_drawing();
    let entries = move || {
        let theme = drawing.get().theme;
        let trend = trend.get()?;
        // Colours go by place among the drawn lines, as on the chart.
        let visible = board.view.with(|v| trend.visible(v));
        let split = trend.split;
        let entry = |series: &chart::Series| {
            let (key, label) = (series.key.clone(), series.name.clone());
            let about = (label.clone(), trend.measure, (split, key.clone()));
            let place = visible.series.iter().position(|s| s.key == key);
            let color = chart::member_color(&key, place.unwrap_or(7), split == Dimension::Platform, theme);
            let is_pressed = board.view.with(|v| v.is_chosen(split, &key));
            view! {
                <li>
                    <button
                        type="button"
                        class="legend__entry"
                        class:legend__entry--off=place.is_none()
                        aria-pressed=is_pressed.to_string()
                        disabled=key == OTHER_KEY
                        title="Click: only this · Ctrl: add · Shift: exclude"
                        on:click=move |event| {
                            let gesture = Gesture::from_keys(event.shift_key(), event.ctrl_key() || event.meta_key());
                            board.click(split, &key, gesture);
                        }
                        on:contextmenu=move |event| board.offer_member(&event, about.clone())
                    >
                        <i class="dot" style:background-color=color></i>
                        {label}
                    </button>
                </li>
            }
        };
        Some(trend.data.series.iter().map(entry).collect_view())
    };
    view! { <ul class="legend" aria-label="Lines">{entries}</ul> }
}

#[cfg(test)]
mod tests {
    use super::super::data::tests::{calendar, days, frame};
    use super::*;
    use crate::state::template::ADS;
    use metrics::Metric;
    use metrics::format::day_range;

    fn trend() -> Trend {
        let days = days("r=2026-11-16..2026-11-18");
        let by = [Dimension::Day, Dimension::Platform];
        let now = frame(&by, &[(&["2026-11-16", "google_ads"], 5), (&["2026-11-17", "x"], 15)]);
        let measure = Measure::Metric(Metric::Clicks);
        let question = LineQuestion {
            days: days.period,
            granularity: days.grain,
            week_start: calendar().week_start,
            split: Some(Dimension::Platform),
            measure,
            provisional_from: None,
            unsettled_from: None,
        };
        Trend { measure, split: Dimension::Platform, data: line_data(question, &now, None) }
    }

    #[test]
    fn a_drag_becomes_days() {
        let data = trend().data;
        assert_eq!(day_range(zoomed(&data, 0, 1).unwrap()), "16–17 Nov 2026");
        assert_eq!(day_range(zoomed(&data, 1, 99).unwrap()), "17–18 Nov 2026");
    }

    #[test]
    fn the_footnote_says_which_days_may_change() {
        let mut data = trend().data;
        assert_eq!(footnote(&data), None);
        data.provisional_from = Some(0);
        data.unsettled_from = Some(2);
        let both =
            "The platforms may still restate figures from 16 Nov on; hatched days are expected to change.";
        assert_eq!(footnote(&data).as_deref(), Some(both));
        data.unsettled_from = Some(0);
        assert!(footnote(&data).unwrap().starts_with("Hatched days"));
    }

    #[test]
    fn filtered_lines_stay_in_the_legend_only() {
        let trend = trend();
        let names = |query: &str| {
            let (view, _) = View::parse(query, calendar(), (&ADS, ADS.usual()));
            trend.visible(&view).series.iter().map(|s| s.key.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(""), "x google_ads");
        assert_eq!(names("f=platform:x"), "x");
        assert_eq!(names("f=!platform:x"), "google_ads");
        assert_eq!(names("f=account:7"), "x google_ads");
    }
}
