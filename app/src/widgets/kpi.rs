//! Tiles: one figure each, with its change and its course.

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use super::data::{Change, axis_keys, compared, conversions};
use super::frame::copy;
use crate::state::board::{Board, use_board};
use crate::state::figures::Answer;
use crate::state::template::Tile as Spec;
use crate::state::toast::use_toasts;
use crate::state::view::{Calendar, Days};
use crate::ui::{Align, Icon, IconView, Later, Menu, MenuItem, NotLoaded};
use chart::sparkline_path;
use leptos::prelude::*;
use metrics::format::Formatter;
use metrics::keys::label_of;
use metrics::{Class, Dimension, Family, Frame, Measure, Value};

/// What a tile shows.
#[derive(Debug, Clone, PartialEq)]
struct Tile {
    /// Compact, as shown.
    value: String,
    /// All digits.
    full: String,
    previous: Option<String>,
    change: Option<Change>,
    /// One per bucket of the time axis.
    course: Vec<Option<f64>>,
    /// Money is missing, because a rate is.
    is_short: bool,
    /// What the figure is of, where it can't be of all days: people can't be added up.
    only: Option<String>,
}

/// The last figure of a course that has one, and its bucket.
fn last_of(frame: Option<&Frame>, measure: Measure) -> Option<(Value, &str)> {
    let frame = frame?;
    let rows = frame.rows.iter().rev();
    rows.map(|row| (frame.value(row, measure), row))
        .find(|(value, _)| value.figure().is_some())
        .and_then(|(value, row)| Some((value, row.members.first()?.key.as_str())))
}

fn tile(
    frames: &[Frame],
    time: Dimension,
    measure: Measure,
    days: Days,
    calendar: Calendar,
    write: Formatter<'_>,
) -> Tile {
    let both = compared(frames, days, calendar);
    let (mut current, mut previous) = both.totals(measure);
    let has_comparison = frames.len() > 1;
    let mut only = None;
    let is_of_people = matches!(measure, Measure::Metric(metric) if metric.class() == Class::NonAdditive);
    if is_of_people
        && current == Value::Missing
        && let Some((value, key)) = last_of(frames.first(), measure)
    {
        (current, only) = (value, Some(label_of(time, key)));
        previous = last_of(frames.get(1), measure).map_or(Value::Missing, |(value, _)| value);
    }
    let keys = axis_keys(time, days, calendar);
    let mut course = vec![None; keys.len()];
    if let Some(frame) = frames.first() {
        for row in &frame.rows {
            let place = row.members.first().and_then(|m| keys.iter().position(|k| *k == m.key));
            if let Some(place) = place {
                course[place] = frame.value(row, measure).to_f64();
            }
        }
    }
    let has_money = measure.parts().iter().any(|m| m.is_money());
    Tile {
        value: write.compact(current),
        full: write.full(current),
        previous: has_comparison.then(|| write.full(previous)),
        change: has_comparison
            .then(|| Change::between(measure, current, previous, conversions(&both.metrics, &both.current)))
            .flatten(),
        course,
        only,
        is_short: has_money && frames.iter().any(|f| !f.missing_rates.is_empty()),
    }
}

/// A comparison's name for a narrow tile: "vs prev. 28 d".
fn shortened(versus: &str) -> String {
    versus.replace("previous", "prev.").replace(" days", " d")
}

/// Width and height of the sparkline's own coordinates.
const SPARK: (f64, f64) = (160.0, 30.0);

/// All tiles that somebody reports; those of one family share their questions.
#[component]
pub fn Tiles() -> impl IntoView {
    let board = use_board();
    let template = board.template();
    let tiles = Memo::new(move |_| {
        board.facts.with(|facts| {
            let is_reported = |tile: &&Spec| template.reports(&facts.families, tile.measure);
            let reported: Vec<Spec> = template.tiles.iter().filter(is_reported).copied().collect();
            // Before the first figure all of them say so.
            if reported.is_empty() { template.tiles.to_vec() } else { reported }
        })
    });
    let drawn = move || {
        let tiles = tiles.get();
        let mut answers: Vec<(Family, Memo<Answer>)> = Vec::new();
        let views: Vec<_> = tiles
            .iter()
            .map(|tile| {
                let known =
                    answers.iter().find(|(known, _)| *known == tile.family).map(|(_, answer)| *answer);
                let answer = known.unwrap_or_else(|| {
                    let together = tiles.iter().filter(|other| other.family == tile.family);
                    let measures: Vec<Measure> = together.map(|tile| tile.measure).collect();
                    let answer = board
                        .figures
                        .ask(move || board.queries(&[board.days().grain.dimension()], &measures, &[]));
                    answers.push((tile.family, answer));
                    answer
                });
                view! { <KpiTile measure=tile.measure answer board/> }
            })
            .collect();
        views.collect_view()
    };
    view! {
        <section
            class="tiles"
            class:tiles--flow=move || tiles.with(|tiles| tiles.len() != 9)
            aria-label="Key figures"
        >
            {drawn}
        </section>
    }
}

#[component]
fn KpiTile(measure: Measure, answer: Memo<Answer>, board: Board) -> impl IntoView {
    let shown = Memo::new(move |_| {
        let days = board.days();
        let time = days.grain.dimension();
        answer.with(|answer| {
            let frames = answer.frames()?;
            Some(board.write(measure, |write| tile(frames, time, measure, days, board.calendar.get(), write)))
        })
    });
    let failed = Memo::new(move |_| answer.with(|a| matches!(a, Answer::Failed(_))));
    // The tile whose figure was changed by new data lights up briefly.
    let flash = RwSignal::new(false);
    Effect::new(move |before: Option<(Option<String>, String)>| {
        let value = shown.with(|s| s.as_ref().map(|s| s.full.clone()));
        let asked = board.view.with_untracked(crate::state::view::View::to_query);
        if let Some((Some(old), same)) = &before
            && value.as_ref().is_some_and(|new| new != old)
            && *same == asked
        {
            flash.set(true);
            crate::state::browser::after(900, move || {
                let _ = flash.try_set(false);
            });
        }
        (value, asked)
    });
    let versus = Memo::new(move |_| {
        let days = board.days();
        days.comparison.label(days.period).map(|label| format!("vs {label}"))
    });
    let short_versus = Memo::new(move |_| versus.with(|v| v.as_deref().map(shortened)));
    let spoken = move || {
        shown.with(|s| match s {
            None => format!("{}: loading", measure.label()),
            Some(s) => {
                let change =
                    s.change.as_ref().map(|c| format!(", {} {}", c.text, versus.get().unwrap_or_default()));
                let only = s.only.as_ref().map(|day| format!(", {day}"));
                format!(
                    "{}: {}{}{}",
                    measure.label(),
                    s.full,
                    only.unwrap_or_default(),
                    change.unwrap_or_default()
                )
            }
        })
    };
    let is_charted = move || board.view.with(|v| v.measure == measure);
    let name = measure.name();
    let value = Signal::derive(move || shown.get().map(|tile| tile.full));
    view! {
        <article class="tile" class:tile--flash=move || flash.get() class:tile--charted=is_charted id=format!("kpi-{name}")>
            <header class="tile__head">
                <h2>
                    <button
                        type="button"
                        class="tile__name"
                        title="Show this in the charts"
                        aria-pressed=move || is_charted().to_string()
                        on:click=move |_| board.change(|v| v.measure = measure)
                    >
                        {measure.label()}
                    </button>
                </h2>
                <Menu
                    id=format!("kpi-{name}-menu")
                    trigger=move || view! { <IconView icon=Icon::More/> }
                    label=format!("Menu of {}", measure.label())
                    align=Align::End
                >
                    <Later when=Signal::stored(true) draw=move || menu_items(measure, value)/>
                </Menu>
            </header>
            <p class="visually-hidden">{spoken}</p>
            <div aria-hidden="true">
                {move || match shown.get() {
                    None if failed.get() => view! { <p class="tile__value">"—"</p><p class="tile__change">"could not be loaded"</p> }.into_any(),
                    None => view! { <p class="tile__value tile__value--loading"></p><p class="tile__change tile__change--loading"></p> }.into_any(),
                    Some(tile) => {
                        let note = tile.change.as_ref().is_some_and(|c| c.is_low_volume).then_some(" · low volume");
                        let before = tile.previous.map(|previous| format!(" (before: {previous})"));
                        let only = tile.only;
                        let is_of_all = only.is_none();
                        let why = only.as_ref().map(|day| format!(", only {day}: people can’t be added up over days"));
                        let title = [Some(tile.full), before, why].into_iter().flatten().collect::<String>();
                        view! {
                            <p class="tile__value" title=title>
                                {tile.value}
                                {tile.is_short.then(|| view! { <span class="tile__short" title="Money of some days could not be converted: a rate is missing">"*"</span> })}
                            </p>
                            <p class="tile__change">
                                {tile.change.map(|c| view! { <span class=c.class()>{c.arrow()} " " {c.text.clone()}</span> })}
                                <span class="tile__versus">
                                    " " {move || short_versus.get().filter(|_| is_of_all)} {only} {note}
                                </span>
                            </p>
                        }
                        .into_any()
                    }
                }}
                <Spark shown board/>
            </div>
        </article>
    }
}

/// The small course under a figure. Its pointer moves the crosshair of all time charts.
#[component]
fn Spark(shown: Memo<Option<Tile>>, board: Board) -> impl IntoView {
    let keys = Memo::new(move |_| {
        let days = board.days();
        axis_keys(days.grain.dimension(), days, board.calendar.get())
    });
    let cross = Memo::new(move |_| {
        let day = board.hovered.get()?;
        let key =
            metrics::keys::time_key(board.days().grain.dimension(), day, board.calendar.get().week_start)?;
        keys.with(|keys| {
            let at = keys.iter().position(|k| *k == key)?;
            #[expect(clippy::cast_precision_loss, reason = "few points")]
            Some(at as f64 * SPARK.0 / (keys.len().max(2) - 1) as f64)
        })
    });
    let paths = Memo::new(move |_| {
        shown.with(|s| s.as_ref().map(|s| sparkline_path(&s.course, SPARK.0, SPARK.1)).unwrap_or_default())
    });
    view! {
        <svg
            class="spark"
            viewBox="0 0 160 30"
            preserveAspectRatio="none"
            on:pointermove=move |event| {
                let found = share_of_width(&event).and_then(|share| {
                    keys.with_untracked(|keys| {
                        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of few points")]
                        let at = (share * (keys.len().max(1) - 1) as f64).round().max(0.0) as usize;
                        metrics::keys::parse_key(board.days().grain.dimension(), keys.get(at)?)
                    })
                });
                if board.hovered.get_untracked() != found {
                    board.hovered.set(found);
                }
            }
            on:pointerleave=move |_| board.hovered.set(None)
        >
            <path class="spark__area" d=move || paths.with(|p| p.area.clone())></path>
            <path class="spark__line" d=move || paths.with(|p| p.line.clone())></path>
            {move || cross.get().map(|x| view! { <line class="spark__cross" x1=x x2=x y1="0" y2="30"></line> })}
        </svg>
    }
}

/// How far from the left a pointer event is in its element, 0 to 1.
fn share_of_width(event: &leptos::ev::PointerEvent) -> Option<f64> {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let element: web_sys::Element = event.current_target()?.dyn_into().ok()?;
        let rect = element.get_bounding_client_rect();
        (rect.width() > 0.0)
            .then(|| ((f64::from(event.client_x()) - rect.left()) / rect.width()).clamp(0.0, 1.0))
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = event;
        None
    }
}

/// What can be done with a tile, from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn menu_items(measure: Measure, value: Signal<Option<String>>) -> Result<AnyView, NotLoaded> {
    let board = use_board();
    let toasts = use_toasts();
    let view = view! {
        <MenuItem
            icon=Icon::File
            on_select=move |()| {
                if let Some(value) = value.get_untracked() {
                    copy(value);
                    toasts.done("Copied.");
                }
            }
        >
            "Copy value"
        </MenuItem>
        <MenuItem icon=Icon::Info on_select=move |()| board.explained.set(Some(measure))>
            "Where does this come from?"
        </MenuItem>
    };
    Ok(view.into_any())
}

#[cfg(test)]
mod tests {
    use super::super::data::tests::{calendar, days, frame};
    use super::*;
    use metrics::{Locale, Metric};

    #[test]
    fn comparisons_fit_a_tile() {
        assert_eq!(shortened("vs previous 28 days"), "vs prev. 28 d");
        assert_eq!(shortened("vs 1–7 Nov 2026"), "vs 1–7 Nov 2026");
    }

    #[test]
    fn a_tile_has_total_change_and_course() {
        let days = days("r=2026-11-16..2026-11-18");
        let now = frame(&[Dimension::Day], &[(&["2026-11-16"], 5), (&["2026-11-18"], 7)]);
        let before = frame(&[Dimension::Day], &[(&["2026-11-09"], 10)]);
        let clicks = Measure::Metric(Metric::Clicks);
        let write = Formatter::new(clicks, "EUR", Locale::EN);
        let tile = tile(&[now, before], Dimension::Day, clicks, days, calendar(), write);
        assert_eq!((tile.value.as_str(), tile.previous.as_deref()), ("12", Some("10")));
        assert_eq!(tile.change.map(|c| c.text).as_deref(), Some("+20.0%"));
        assert_eq!(tile.course, [Some(5.0), None, Some(7.0)]);
        assert!(!tile.is_short);
    }

    #[test]
    fn people_are_those_of_the_last_day() {
        let days = days("r=2026-11-16..2026-11-18");
        let people = |rows: &[(&[&str], i64)]| Frame {
            metrics: vec![Metric::Users],
            totals: vec![None],
            ..frame(&[Dimension::Day], rows)
        };
        let now = people(&[(&["2026-11-16"], 5), (&["2026-11-17"], 6)]);
        let before = people(&[(&["2026-11-09"], 4), (&["2026-11-10"], 3)]);
        let users = Measure::Metric(Metric::Users);
        let write = Formatter::new(users, "EUR", Locale::EN);
        let tile = tile(&[now, before], Dimension::Day, users, days, calendar(), write);
        assert_eq!((tile.value.as_str(), tile.only.as_deref()), ("6", Some("17 Nov 2026")));
        assert_eq!(tile.change.map(|c| c.text).as_deref(), Some("+100.0%"));
    }
}
