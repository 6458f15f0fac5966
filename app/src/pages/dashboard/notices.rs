//! What of the address was not understood, or no longer exists.

use crate::state::board::{Board, use_board};
use crate::state::filters::set;
use crate::state::session::use_workspace;
use crate::ui::{Icon, IconView};
use crate::widgets::explain::known_name;
use leptos::prelude::*;
use metrics::{Dimension, FilterMode};
use model::health::EndingGrant;

/// One line of the banner.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    /// Part of the address was nonsense.
    Nonsense(String),
    /// A consent ends soon.
    Ending(EndingGrant),
    /// A filter or drill names something that is not there.
    Gone { dimension: Dimension, key: String },
}

fn lines(board: Board) -> Vec<Line> {
    let mut lines: Vec<Line> = board.facts.with(|f| f.ending.iter().cloned().map(Line::Ending).collect());
    board.notices.with(|n| lines.extend(n.iter().map(|n| Line::Nonsense(n.0.clone()))));
    // Names are only known once figures are there.
    if !board.figures.has_all_cubes() {
        return lines;
    }
    for filter in board.view.with(crate::state::view::View::conditions) {
        // What is in no cube is named by the server, some time later.
        let is_thing = filter.dimension.entity().is_some() && filter.dimension.is_in_cubes();
        let is_named = filter.dimension == Dimension::Account || is_thing;
        for key in filter.members.iter().filter(|_| is_named) {
            if known_name(board, filter.dimension, key).is_none() {
                lines.push(Line::Gone { dimension: filter.dimension, key: key.clone() });
            }
        }
    }
    lines
}

fn clear(board: Board, dimension: Dimension, key: &str) {
    board.change(|view| {
        for mode in [FilterMode::Include, FilterMode::Exclude] {
            let rest: Option<Vec<String>> = view
                .filters
                .iter()
                .find(|f| f.dimension == dimension && f.mode == mode)
                .map(|f| f.members.iter().filter(|m| *m != key).cloned().collect());
            if let Some(rest) = rest {
                set(&mut view.filters, dimension, mode, rest);
            }
        }
        if let Some(at) = view.drill.iter().position(|s| s.dimension == dimension && s.key == key) {
            view.drill_up(at);
        }
    });
}

/// The banner; nothing when everything was understood.
#[component]
pub fn Notices() -> impl IntoView {
    let board = use_board();
    let dismissed = RwSignal::new(Vec::<Line>::new());
    let slug = use_workspace().slug;
    let shown = Memo::new(move |_| {
        let dismissed = dismissed.get();
        lines(board).into_iter().filter(|l| !dismissed.contains(l)).collect::<Vec<_>>()
    });
    view! {
        <div class="dash__notices" role="status">
            {move || {
                shown
                    .get()
                    .into_iter()
                    .map(|line| {
                        let (text, clear_button) = match &line {
                            Line::Nonsense(text) => (text.clone(), None),
                            Line::Ending(ending) => {
                                let href = format!("/w/{slug}/data/connections/{}", ending.connection);
                                (ending.sentence(), Some(view! { <a href=href>"Reconnect"</a> }.into_any()))
                            }
                            Line::Gone { dimension, key } => {
                                let (dimension, key) = (*dimension, key.clone());
                                let text = format!(
                                    "{} {key} no longer exists, or has no figures in these days.",
                                    dimension.label(),
                                );
                                let button = view! {
                                    <button type="button" class="btn btn--ghost" on:click=move |_| clear(board, dimension, &key)>
                                        "Clear"
                                    </button>
                                };
                                (text, Some(button.into_any()))
                            }
                        };
                        view! {
                            <div class="banner banner--warning">
                                <IconView icon=Icon::Warning/>
                                <span>{text}</span>
                                {clear_button}
                                <button
                                    type="button"
                                    class="icon-btn"
                                    aria-label="Dismiss"
                                    on:click=move |_| dismissed.update(|d| d.push(line.clone()))
                                >
                                    <IconView icon=Icon::Close/>
                                </button>
                            </div>
                        }
                    })
                    .collect_view()
            }}
        </div>
    }
}
