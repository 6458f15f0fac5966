//! The menu of a mark, a legend entry or a cell: filter, go down, show its days or rows, copy, explain.

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use super::data::plain;
use super::frame::copy;
use crate::state::board::{Board, use_board};
use crate::state::browser;
use crate::state::filters::{Gesture, excluded, included, set};
use crate::state::subject::Subject;
use crate::state::toast::use_toasts;
use crate::state::view::View;
use crate::ui::{ContextMenu, Icon, MenuItem, MenuLine, NotLoaded};
use leptos::prelude::*;
use metrics::FilterMode;
use metrics::format::{Style, day_range};
use metrics::period::Period;
use std::sync::Arc;

/// [`MarkMenu`], from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn draw() -> Result<AnyView, NotLoaded> {
    Ok(view! { <MarkMenu/> }.into_any())
}

/// The first cell of the table.
const FIRST_ROW: &str = "#table [data-cell='0-0']";

/// Whether the view is narrowed to exactly this.
fn is_chosen(view: &View, subject: &Subject) -> bool {
    !subject.members.is_empty()
        && subject
            .members
            .iter()
            .all(|(dimension, key)| included(&view.filters, *dimension) == std::slice::from_ref(key))
}

/// Narrows the view to what the menu is about, or frees it again.
fn choose(view: &mut View, subject: &Subject, on: bool) {
    for (dimension, key) in &subject.members {
        let only = if on { vec![key.clone()] } else { Vec::new() };
        set(&mut view.filters, *dimension, FilterMode::Include, only);
        if on {
            let kept = excluded(&view.filters, *dimension).to_vec();
            let kept = kept.into_iter().filter(|k| k != key).collect();
            set(&mut view.filters, *dimension, FilterMode::Exclude, kept);
        }
    }
}

/// The menu; opens when the board has a subject.
#[component]
pub fn MarkMenu() -> impl IntoView {
    let board = use_board();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(board.subject.get().is_some()));
    Effect::new(move |_| {
        if !open.get() && board.subject.get_untracked().is_some() {
            board.subject.set(None);
        }
    });
    // What it was about stays while it closes.
    let subject = Memo::new(move |last: Option<&Option<Arc<Subject>>>| {
        board.subject.get().or_else(|| last.cloned().flatten())
    });
    let place = Signal::derive(move || subject.get().map_or((0.0, 0.0), |s| (s.place.x, s.place.y)));
    let title = Signal::derive(move || subject.get().map_or_else(String::new, |s| s.title.clone()));
    view! {
        <ContextMenu id="mark-menu" open place title>
            {move || subject.get().map(|subject| items(&subject, board))}
        </ContextMenu>
    }
}

fn items(subject: &Arc<Subject>, board: Board) -> impl IntoView + use<> {
    let toasts = use_toasts();
    let chosen = board.view.with_untracked(|view| is_chosen(view, subject));
    let shown_days = untrack(|| board.days().period);
    let with = |work: fn(Board, &Subject)| {
        let subject = subject.clone();
        Callback::new(move |()| work(board, &subject))
    };
    let single = match subject.members.as_slice() {
        [(dimension, key)] => Some((*dimension, key.clone())),
        _ => None,
    };
    let filter = (!subject.members.is_empty()).then(|| {
        let (text, work): (_, fn(Board, &Subject)) = if chosen {
            ("Take this filter away", |board, subject| board.change(|v| choose(v, subject, false)))
        } else {
            ("Filter by this", |board, subject| board.change(|v| choose(v, subject, true)))
        };
        view! { <MenuItem icon=Icon::Filter on_select=with(work)>{text}</MenuItem> }
    });
    let leave_out = single.clone().map(|(dimension, key)| {
        view! {
            <MenuItem icon=Icon::Close on_select=move |()| board.click(dimension, &key, Gesture::Exclude)>
                "Leave this out"
            </MenuItem>
        }
    });
    let down = single.filter(|(dimension, key)| board.can_drill(*dimension, key)).map(|(dimension, key)| {
        view! {
            <MenuItem icon=Icon::ChevronRight on_select=move |()| board.drill(dimension, &key)>"Go down into it"</MenuItem>
        }
    });
    let days = subject.days.filter(|days| *days != shown_days).map(|days| {
        let text = format!("Show only {}", day_range(days));
        view! { <MenuItem icon=Icon::Calendar on_select=move |()| board.zoom_into(days)>{text}</MenuItem> }
    });
    let rows = (!subject.is_row).then(|| {
        let work = |board: Board, subject: &Subject| {
            board.change(|view| {
                choose(view, subject, true);
                if let Some(days) = subject.days {
                    view.period = Period::Range(days);
                }
            });
            browser::focus(FIRST_ROW);
        };
        view! { <MenuItem icon=Icon::Table on_select=with(work)>"Show its rows"</MenuItem> }
    });
    let copied = subject.value.map(|value| {
        let text = board.workspace.with_value(|ws| plain(subject.measure, value, &ws.currency));
        let shown = board.write(subject.measure, |w| w.value(value, Style::Full));
        view! {
            <MenuItem
                icon=Icon::File
                on_select=move |()| {
                    copy(text.clone());
                    toasts.done(format!("Copied {text}."));
                }
            >
                "Copy value " <span class="menu__value">{shown}</span>
            </MenuItem>
        }
    });
    let measure = subject.measure;
    view! {
        {filter}
        {leave_out}
        {down}
        {days}
        {rows}
        <MenuLine/>
        {copied}
        <MenuItem icon=Icon::Info on_select=move |()| board.explained.set(Some(measure))>
            "Where does this come from?"
        </MenuItem>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::Place;
    use crate::state::template::ADS;
    use metrics::{Dimension, Measure, Metric};

    fn subject(members: &[(Dimension, &str)]) -> Subject {
        let subject = Subject::new(String::new(), Measure::Metric(Metric::Spend), Place::default());
        subject.of(members.iter().map(|(d, key)| (*d, (*key).to_owned())))
    }

    #[test]
    fn all_members_are_chosen_and_freed_together() {
        let mut view = View::default();
        let cell = subject(&[(Dimension::Week, "2026-11-09"), (Dimension::Weekday, "7")]);
        choose(&mut view, &cell, true);
        assert_eq!(view.to_query(), "f=week:2026-11-09&f=weekday:7");
        assert!(is_chosen(&view, &cell));
        choose(&mut view, &cell, false);
        assert_eq!(view.to_query(), "");
        assert!(!is_chosen(&view, &cell));
    }

    #[test]
    fn what_was_left_out_comes_back_when_it_is_chosen() {
        let (mut view, _) =
            View::parse("f=!platform:x,tiktok", crate::widgets::data::tests::calendar(), (&ADS, ADS.usual()));
        choose(&mut view, &subject(&[(Dimension::Platform, "x")]), true);
        assert_eq!(view.to_query(), "f=platform:x&f=!platform:tiktok");
    }

    #[test]
    fn nobody_filters_by_what_is_left_over() {
        let other = subject(&[(Dimension::Platform, metrics::keys::OTHER_KEY)]);
        assert!(other.members.is_empty());
        assert!(!is_chosen(&View::default(), &other));
    }
}
