//! The conditions as chips, and the way down the tree.

use super::filter_menu::FilterMenu;
use crate::state::board::{Board, use_board};
use crate::state::browser;
use crate::state::filters::set;
use crate::state::template::plural;
use crate::ui::{Icon, IconView};
use crate::widgets::explain::member_name;
use leptos::prelude::*;
use metrics::{Filter, FilterMode};

/// Names that a chip shows before it counts.
const MOST_NAMES: usize = 3;

fn text(board: Board, filter: &Filter) -> String {
    let mut names: Vec<String> =
        filter.members.iter().take(MOST_NAMES).map(|m| member_name(board, filter.dimension, m)).collect();
    if filter.members.len() > MOST_NAMES {
        names.push(format!("{} more", filter.members.len() - MOST_NAMES));
    }
    let is = if filter.mode == FilterMode::Exclude { "is not" } else { "is" };
    format!("{} {is} {}", filter.dimension.label(), names.join(", "))
}

/// Chips, "+ Filter" and "Clear all"; above them where the drill stands.
#[component]
pub fn Chips(
    /// Whether the filter menu is open.
    filter_open: RwSignal<bool>,
) -> impl IntoView {
    let board = use_board();
    let chips = move || {
        board
            .view
            .with(|v| v.filters.clone())
            .into_iter()
            .map(|filter| {
                let text = text(board, &filter);
                let (dimension, mode) = (filter.dimension, filter.mode);
                view! {
                    <li class="chip" class:chip--not=mode == FilterMode::Exclude>
                        <span class="chip__text">{text.clone()}</span>
                        <button
                            type="button"
                            class="chip__remove"
                            aria-label=format!("Remove the filter “{text}”")
                            on:click=move |_| {
                                board.change(|v| set(&mut v.filters, dimension, mode, Vec::new()));
                                // The button is gone; the keyboard goes on where filters are made.
                                browser::focus(".chip--add");
                            }
                        >
                            <IconView icon=Icon::Close/>
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    let is_drilled = Memo::new(move |_| board.view.with(|v| !v.drill.is_empty()));
    let has_several = Memo::new(move |_| board.view.with(|v| v.filters.len() > 1));
    view! {
        <div class="dash__filters">
            {move || is_drilled.get().then(|| view! { <DrillPath board/> })}
            <ul class="chips" aria-label="Filters">{chips}</ul>
            <FilterMenu open=filter_open/>
            {move || {
                has_several
                    .get()
                    .then(|| {
                        view! {
                            <button type="button" class="chips__clear" on:click=move |_| board.change(|v| v.filters.clear())>
                                "Clear all"
                            </button>
                        }
                    })
            }}
        </div>
    }
}

/// All › account › campaign › ad group.
#[component]
fn DrillPath(board: Board) -> impl IntoView {
    let top = move || format!("All {}", plural(board.view.with(|v| v.top)).to_lowercase());
    let steps = move || {
        let steps = board.view.with(|v| v.drill.clone());
        let last = steps.len();
        steps
            .into_iter()
            .enumerate()
            .map(|(at, step)| {
                let name = member_name(board, step.dimension, &step.key);
                let kind = format!("{} ", step.dimension.label());
                let is_last = at + 1 == last;
                view! {
                    <li>
                        <button
                            type="button"
                            class="path__step"
                            aria-current=is_last.then_some("location")
                            on:click=move |_| board.change(|v| v.drill_up(at + 1))
                        >
                            <span class="visually-hidden">{kind}</span>
                            {name}
                        </button>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <nav class="path" aria-label="Drill">
            <ol>
                <li>
                    <button type="button" class="path__step" on:click=move |_| board.change(|v| v.drill_up(0))>
                        {top}
                    </button>
                </li>
                {steps}
            </ol>
        </nav>
    }
}
