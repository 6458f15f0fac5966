//! The days of a connection: one square each, a column per week. A day that is chosen is shown below.

use crate::state::browser;
use chrono::{Datelike, NaiveDate};
use leptos::html;
use leptos::prelude::*;
use metrics::format::{day_long, day_range, month_name};
use model::DayRange;
use model::connections::{DayCompleteness, DayState};

const KINDS: [(DayCompleteness, &str, &str); 5] = [
    (DayCompleteness::Complete, "complete", "Complete"),
    (DayCompleteness::Provisional, "provisional", "May still change"),
    (DayCompleteness::Partial, "partial", "Partly read"),
    (DayCompleteness::Missing, "missing", "Not read"),
    (DayCompleteness::Unavailable, "unavailable", "No longer given by the platform"),
];

/// Class and words of a state.
pub fn completeness_words(state: DayCompleteness) -> (&'static str, &'static str) {
    KINDS
        .iter()
        .find(|(kind, ..)| *kind == state)
        .map_or(("missing", "Not read"), |(_, class, label)| (class, label))
}

/// "412 complete, 30 may still change".
fn summary(days: &[DayState]) -> String {
    let parts: Vec<String> = KINDS
        .iter()
        .map(|(kind, _, label)| (days.iter().filter(|d| d.state == *kind).count(), label.to_lowercase()))
        .filter(|(n, _)| *n > 0)
        .map(|(n, label)| format!("{n} {label}"))
        .collect();
    parts.join(", ")
}

/// Days in a row that stand alike, newest first.
fn stretches(days: &[DayState]) -> Vec<(DayRange, DayCompleteness)> {
    let mut stretches: Vec<(DayRange, DayCompleteness)> = Vec::new();
    for day in days.iter().rev() {
        let single = DayRange::single(day.day);
        match stretches.last_mut() {
            Some((range, state)) if *state == day.state => *range = range.hull(single),
            _ => stretches.push((single, day.state)),
        }
    }
    stretches
}

/// Where a key leads from a day, by index: up and down by day, left and right by week. None = not for the strip.
fn moved(at: usize, key: &str, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let target = match key {
        "ArrowUp" => at.saturating_sub(1),
        "ArrowDown" => at + 1,
        "ArrowLeft" => at.saturating_sub(7),
        "ArrowRight" => at + 7,
        "PageUp" => at.saturating_sub(28),
        "PageDown" => at + 28,
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Some(target.min(last))
}

fn id_of(day: NaiveDate) -> String {
    format!("day-{day}")
}

/// The strip, with a legend that counts. The newest days are in sight; the rest scrolls. The focus stays on the strip;
/// arrows move a mark in it, Enter or a click chooses.
#[component]
pub fn Calendar(
    /// Oldest first.
    #[prop(into)]
    days: Signal<Vec<DayState>>,
    /// The day that is shown.
    #[prop(into)]
    chosen: Signal<Option<NaiveDate>>,
    /// Shows a day.
    #[prop(into)]
    choose: Callback<NaiveDate>,
) -> impl IntoView {
    let strip = NodeRef::<html::Div>::new();
    show_end(strip);
    // The marked day; none until a key was pressed: then the chosen one, or the last.
    let marked = RwSignal::new(None::<NaiveDate>);
    let current = Memo::new(move |_| {
        let last = days.with(|days| days.last().map(|day| day.day));
        marked.get().or(chosen.get()).or(last)
    });
    let on_keydown = move |event: leptos::ev::KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let Some(now) = current.get_untracked() else { return };
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            choose.run(now);
            return;
        }
        let target = days.with_untracked(|days| {
            let at = days.iter().position(|day| day.day == now)?;
            days.get(moved(at, &event.key(), days.len())?).map(|day| day.day)
        });
        if let Some(day) = target {
            event.prevent_default();
            marked.set(Some(day));
            browser::scroll_to(strip, &id_of(day));
        }
    };
    let told = move || {
        let day = current.get()?;
        let state = days.with(|days| days.iter().find(|d| d.day == day).map(|d| d.state))?;
        Some(format!("{}: {}", day_long(day), completeness_words(state).1.to_lowercase()))
    };
    view! {
        {move || {
            let all = days.get();
            if all.is_empty() {
                return view! { <p class="muted">"No day is planned yet."</p> }.into_any();
            }
            let label = label(&all);
            view! {
                <div
                    class="days"
                    role="listbox"
                    aria-label=label
                    aria-orientation="horizontal"
                    aria-activedescendant=move || current.get().map(id_of)
                    tabindex="0"
                    node_ref=strip
                    on:keydown=on_keydown
                >
                    <Weeks days=all.clone() chosen current choose=move |day| {
                        marked.set(Some(day));
                        choose.run(day);
                    }/>
                </div>
                <p class="days__told small" aria-hidden="true">{told}</p>
                <Legend days=all/>
            }
                .into_any()
        }}
    }
}

fn label(days: &[DayState]) -> String {
    match (days.first(), days.last()) {
        (Some(first), Some(last)) => {
            format!("Days from {} to {}: {}", day_long(first.day), day_long(last.day), summary(days))
        }
        _ => String::new(),
    }
}

/// One column per week, Monday on top, under the month that begins in it.
#[component]
fn Weeks(
    days: Vec<DayState>,
    chosen: Signal<Option<NaiveDate>>,
    current: Memo<Option<NaiveDate>>,
    #[prop(into)] choose: Callback<NaiveDate>,
) -> impl IntoView {
    let blanks = days.first().map_or(0, |first| first.day.weekday().num_days_from_monday());
    let mut cells: Vec<AnyView> = Vec::with_capacity(days.len() + days.len() / 7 + 8);
    for (index, day) in days.iter().enumerate() {
        let day = day.clone();
        if index == 0 || day.day.weekday() == chrono::Weekday::Mon {
            let week_end = days.get(index + 6).or(days.last()).map_or(day.day, |d| d.day);
            let names = index == 0 || week_end.day() <= 7;
            let month = names.then(|| month_name(week_end.month()));
            cells.push(view! { <span class="days__month" aria-hidden="true">{month}</span> }.into_any());
            if index == 0 {
                cells.extend((0..blanks).map(|_| view! { <span></span> }.into_any()));
            }
        }
        let (class, words) = completeness_words(day.state);
        let date = day.day;
        let name = format!("{}: {}", day_long(date), words.to_lowercase());
        cells.push(
            view! {
                <span
                    class=format!("day day--{class}")
                    class:day--current=move || current.get() == Some(date)
                    id=id_of(date)
                    role="option"
                    aria-label=name.clone()
                    aria-selected=move || (chosen.get() == Some(date)).to_string()
                    title=name
                    on:click=move |_| choose.run(date)
                ></span>
            }
            .into_any(),
        );
    }
    cells
}

/// What the squares mean, how many there are of each, and the same as text.
#[component]
fn Legend(days: Vec<DayState>) -> impl IntoView {
    let legend = KINDS
        .iter()
        .map(|(kind, class, label)| (*class, *label, days.iter().filter(|d| d.state == *kind).count()))
        .filter(|(.., n)| *n > 0)
        .map(|(class, label, n)| {
            view! { <li><span class=format!("day day--small day--{class}") aria-hidden="true"></span>{label} " " <span class="muted">{n}</span></li> }
        })
        .collect_view();
    let lines = stretches(&days)
        .into_iter()
        .map(|(range, state)| {
            view! { <li>{day_range(range)} ": " {completeness_words(state).1.to_lowercase()}</li> }
        })
        .collect_view();
    view! {
        <ul class="row small days__legend">{legend}</ul>
        <details class="small">
            <summary>"The same as text"</summary>
            <ul class="dots">{lines}</ul>
        </details>
    }
}

/// Brings the newest days into sight where the strip is wider than its place.
fn show_end(strip: NodeRef<html::Div>) {
    #[cfg(feature = "hydrate")]
    Effect::new(move |before: Option<bool>| {
        let shown = before.unwrap_or(false);
        let Some(strip) = strip.get() else { return shown };
        if !shown {
            strip.set_scroll_left(strip.scroll_width());
        }
        true
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = strip;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(d: u32, state: DayCompleteness) -> DayState {
        DayState { day: NaiveDate::from_ymd_opt(2026, 11, d).unwrap(), state }
    }

    #[test]
    fn the_summary_counts_each_kind_that_occurs() {
        let days = [
            day(1, DayCompleteness::Complete),
            day(2, DayCompleteness::Complete),
            day(3, DayCompleteness::Provisional),
        ];
        assert_eq!(summary(&days), "2 complete, 1 may still change");
        let text: Vec<_> = stretches(&days).iter().map(|(r, _)| (r.from().day(), r.until().day())).collect();
        assert_eq!(text, [(3, 3), (1, 2)]);
    }

    #[test]
    fn keys_move_by_day_and_week_and_stay_inside() {
        assert_eq!(moved(10, "ArrowUp", 20), Some(9));
        assert_eq!(moved(10, "ArrowRight", 20), Some(17));
        assert_eq!(moved(17, "ArrowRight", 20), Some(19));
        assert_eq!(moved(3, "ArrowLeft", 20), Some(0));
        assert_eq!(moved(3, "End", 20), Some(19));
        assert_eq!(moved(3, "x", 20), None);
        assert_eq!(moved(0, "Home", 0), None);
    }
}
