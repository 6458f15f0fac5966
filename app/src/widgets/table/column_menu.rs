//! The list of the table's columns, and its button.

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use super::columns::{Density, Layout, all, drawn_widths, label_of, usual_width};
use crate::state::view::Column;
use crate::ui::{Align, Icon, IconView, Later, NotLoaded, Popover};
use leptos::prelude::*;

/// One step of the buttons, in pixels.
const STEP: u16 = 24;

/// The button and its list: what is shown, and how wide. The same by keyboard as the edges of the heads by pointer.
#[component]
pub fn ColumnMenu(
    /// What is chosen.
    layout: RwSignal<Layout>,
    /// Whether there is such a column now.
    #[prop(into)]
    is_there: Callback<Column, bool>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <div class="columns-control">
            <Popover
                id="table-columns"
                open
                trigger=move || view! { <span>"Columns ▾"</span> }
                button_class="btn btn--ghost btn--small"
                title="Columns"
                align=Align::End
                panel_class="column-menu"
            >
                <Later when=open draw=move || list(layout, is_there)/>
            </Popover>
        </div>
    }
}

/// What can be chosen, from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn list(layout: RwSignal<Layout>, is_there: Callback<Column, bool>) -> Result<AnyView, NotLoaded> {
    let measures = layout.with_untracked(|layout| layout.measures);
    let lines = move || {
        let there = all(measures).filter(|column| is_there.run(*column));
        there.map(|column| view! { <ColumnLine column layout/> }).collect_view()
    };
    let view = view! {
        <div class="toggle" role="group" aria-label="Height of rows">
            {Density::ALL
                .into_iter()
                .map(|density| {
                    view! {
                        <button
                            type="button"
                            class="toggle__item"
                            aria-pressed=move || layout.with(|layout| layout.density == density).to_string()
                            on:click=move |_| layout.update(|layout| layout.density = density)
                        >
                            {density.label()}
                        </button>
                    }
                })
                .collect_view()}
        </div>
        <ul>{lines}</ul>
        <button type="button" class="btn btn--small" on:click=move |_| layout.set(Layout::usual(measures))>
            "All columns, usual sizes"
        </button>
    };
    Ok(view.into_any())
}

#[component]
fn ColumnLine(column: Column, layout: RwSignal<Layout>) -> impl IntoView {
    let label = label_of(column, "Name");
    let shown = Memo::new(move |_| layout.with(|layout| layout.shows(column)));
    let step = move |wider: bool| {
        let measures = layout.with_untracked(|layout| layout.measures);
        let now = drawn_widths(measures);
        layout.update(|layout| {
            let drawn = now.iter().find(|(c, _)| *c == column).map(|(_, width)| *width);
            let width = layout.width(column).or(drawn).unwrap_or_else(|| usual_width(column, measures));
            let width = if wider { width.saturating_add(STEP) } else { width.saturating_sub(STEP) };
            layout.set_width(column, width, &now);
        });
    };
    view! {
        <li class="column-menu__line">
            <label class="check">
                <input
                    type="checkbox"
                    disabled=column == Column::Name
                    prop:checked=move || shown.get()
                    on:change=move |_| layout.update(|layout| layout.toggle(column))
                />
                <span>{label}</span>
            </label>
            <button
                type="button"
                class="icon-btn"
                aria-label=format!("{label} narrower")
                disabled=move || !shown.get()
                on:click=move |_| step(false)
            >
                <IconView icon=Icon::Minus/>
            </button>
            <button
                type="button"
                class="icon-btn"
                aria-label=format!("{label} wider")
                disabled=move || !shown.get()
                on:click=move |_| step(true)
            >
                <IconView icon=Icon::Plus/>
            </button>
        </li>
    }
}
