//! What is around every widget: title, menu, and the states that figures can be in.

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use super::data::Twin;
use crate::state::board::use_board;
use crate::state::figures::Answer;
use crate::state::toast::use_toasts;
use crate::ui::{Align, ErrorState, Icon, IconView, Later, Menu, MenuItem, NotLoaded};
use leptos::prelude::*;
use metrics::Measure;

/// A widget. Its figures may be loading, empty or failed without any other widget noticing.
#[component]
pub fn WidgetFrame(
    /// Unique on the page.
    id: &'static str,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// Beside the heading, more quietly.
    #[prop(optional, into)]
    subtitle: Signal<String>,
    /// Its place in the grid.
    class: &'static str,
    /// The figures, for the states.
    #[prop(into)]
    answer: Signal<Answer>,
    /// Whether the figures that came are none.
    #[prop(into)]
    is_empty: Signal<bool>,
    /// The same as a table; also what is copied.
    #[prop(into)]
    twin: Signal<Twin>,
    /// Which measure "Where does this come from" explains.
    #[prop(into)]
    measure: Signal<Measure>,
    /// What stands before the menu.
    #[prop(optional, into)]
    controls: ViewFn,
    /// The widget is a table already.
    #[prop(optional)]
    is_table: bool,
    /// What it draws.
    children: ChildrenFn,
) -> impl IntoView {
    let board = use_board();
    let as_table = RwSignal::new(false);
    let state = Memo::new(move |_| {
        answer.with(|answer| match answer {
            Answer::Waiting => State::Loading,
            Answer::Failed(error) => State::Failed(error.clone()),
            Answer::Ready(_) if is_empty.get() => State::Empty,
            Answer::Ready(_) => State::Filled,
        })
    });
    let body = move || {
        match state.get() {
        State::Loading => view! {
            <div class="widget__skeleton" aria-hidden="true"></div>
            <div class="widget__patience">
                <p>"Still working …"</p>
                <button type="button" class="btn btn--small" on:click=move |_| board.figures.stop()>"Cancel"</button>
            </div>
        }
        .into_any(),
        State::Failed(error) => {
            view! { <ErrorState error retry=move |()| board.figures.retry()/> }.into_any()
        }
        State::Empty => view! { <Nothing/> }.into_any(),
        State::Filled => {
            let children = children.clone();
            // The chart stays alive behind its table, so that going back shows it at once.
            view! {
                <div class="widget__content" class:widget__content--hidden=move || as_table.get()>{children()}</div>
                {move || as_table.get().then(|| view! { <TwinTable twin/> })}
            }
            .into_any()
        }
    }
    };
    let heading = format!("{id}-title");
    let labelled = heading.clone();
    view! {
        <section class=format!("widget {class}") id=id aria-labelledby=labelled>
            <header class="widget__head">
                <h2 id=heading>{move || title.get()}</h2>
                <span class="widget__subtitle">{move || subtitle.get()}</span>
                <div class="widget__controls">{controls.run()}</div>
                <WidgetMenu id title twin measure as_table is_table/>
            </header>
            <div class="widget__body" aria-busy=move || matches!(state.get(), State::Loading).then_some("true")>
                {body}
            </div>
        </section>
    }
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    Loading,
    Failed(model::AppError),
    Empty,
    Filled,
}

/// The menu of a widget.
#[component]
fn WidgetMenu(
    id: &'static str,
    title: Signal<String>,
    twin: Signal<Twin>,
    measure: Signal<Measure>,
    as_table: RwSignal<bool>,
    is_table: bool,
) -> impl IntoView {
    let as_table = (!is_table).then_some(as_table);
    view! {
        <Menu
            id=format!("{id}-menu")
            trigger=move || view! { <IconView icon=Icon::More/> }
            label=Signal::derive(move || format!("Menu of {}", title.get()))
            align=Align::End
        >
            <Later when=Signal::stored(true) draw=move || menu_items(twin, measure, as_table)/>
        </Menu>
    }
}

/// What can be done with a widget, from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn menu_items(
    twin: Signal<Twin>,
    measure: Signal<Measure>,
    as_table: Option<RwSignal<bool>>,
) -> Result<AnyView, NotLoaded> {
    let board = use_board();
    let toasts = use_toasts();
    let view = view! {
        {as_table
            .map(|as_table| {
                view! {
                    <MenuItem icon=Icon::Table on_select=move |()| as_table.update(|on| *on = !*on)>
                        {move || if as_table.get() { "View as chart" } else { "View as table" }}
                    </MenuItem>
                }
            })}
        <MenuItem
            icon=Icon::File
            on_select=move |()| {
                copy(twin.with_untracked(Twin::to_tsv));
                toasts.done("Copied, ready to paste into a spreadsheet.");
            }
        >
            "Copy values"
        </MenuItem>
        <MenuItem icon=Icon::Info on_select=move |()| board.explained.set(Some(measure.get_untracked()))>
            "Where does this come from?"
        </MenuItem>
    };
    Ok(view.into_any())
}

/// Puts a text on the clipboard.
pub fn copy(text: String) {
    #[cfg(feature = "hydrate")]
    drop(window().navigator().clipboard().write_text(&text));
    #[cfg(not(feature = "hydrate"))]
    let _ = text;
}

/// The table behind a chart.
#[component]
pub fn TwinTable(
    /// What it holds.
    twin: Signal<Twin>,
) -> impl IntoView {
    view! {
        <div class="twin" tabindex="0" role="region" aria-label="Figures as a table">
            <table>
                <thead>
                    <tr>
                        {move || {
                            twin.get().head.into_iter().map(|head| view! { <th scope="col">{head}</th> }).collect_view()
                        }}
                    </tr>
                </thead>
                <tbody>
                    {move || {
                        twin.get()
                            .rows
                            .into_iter()
                            .map(|row| {
                                let mut cells = row.into_iter();
                                let first = cells.next();
                                view! {
                                    <tr>
                                        <th scope="row">{first}</th>
                                        {cells.map(|cell| view! { <td>{cell}</td> }).collect_view()}
                                    </tr>
                                }
                            })
                            .collect_view()
                    }}
                </tbody>
            </table>
        </div>
    }
}

/// Why there is nothing to draw, and what to do about it.
#[component]
fn Nothing() -> impl IntoView {
    let board = use_board();
    let reason = move || {
        let days = board.days();
        let facts = board.facts.get();
        let has_filters = board.view.with(|v| !v.filters.is_empty() || !v.drill.is_empty());
        match facts.span {
            None => "No figures have been loaded yet. They appear here as soon as the first ones arrive."
                .to_owned(),
            Some(span) if span.intersection(days.period).is_none() => format!(
                "There are no figures in {}. The data covers {}.",
                metrics::format::day_range(days.period),
                metrics::format::day_range(span)
            ),
            Some(_) if has_filters => "The filters leave nothing over.".to_owned(),
            Some(_) => "Nobody reported anything for these days.".to_owned(),
        }
    };
    view! {
        <div class="widget__empty">
            <p>{reason}</p>
            {move || {
                board
                    .view
                    .with(|v| !v.filters.is_empty() || !v.drill.is_empty())
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="btn"
                                on:click=move |_| {
                                    board.change(|v| {
                                        v.filters.clear();
                                        v.drill.clear();
                                    });
                                }
                            >
                                "Clear filters"
                            </button>
                        }
                    })
            }}
        </div>
    }
}
