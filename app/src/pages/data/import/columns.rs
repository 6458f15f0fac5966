//! What each column means.

use super::role::{groups, role_of, value_of};
use crate::ui::TableScroll;
use leptos::prelude::*;
use metrics::Metric;
use model::imports::{ColumnMapping, ColumnRole, ImportPreview, LineKind, Mapping};

/// One row per column: its name, examples, its role.
#[component]
pub fn Columns(
    /// For examples.
    preview: RwSignal<ImportPreview>,
    /// What is edited.
    mapping: RwSignal<Mapping>,
) -> impl IntoView {
    // Made anew only when the columns are others: an open list must not close under somebody's hands.
    let headers =
        Memo::new(move |_| mapping.with(|m| m.columns.iter().map(|c| c.header.clone()).collect::<Vec<_>>()));
    view! {
        <section class="card stack stack--tight">
            <h2>"Columns"</h2>
            <p class="muted">"Guessed from names and values. What you choose is remembered for files of this shape."</p>
            {move || {
                headers.track();
                let columns = mapping.with_untracked(|m| m.columns.clone());
                view! {
                    <TableScroll label="Columns" stacks=true>
                        <thead>
                            <tr>
                                <th scope="col">"Column"</th>
                                <th scope="col">"For example"</th>
                                <th scope="col">"Means"</th>
                            </tr>
                        </thead>
                        <tbody>
                            {columns
                                .into_iter()
                                .enumerate()
                                .map(|(at, column)| view! { <ColumnRow at column preview mapping/> })
                                .collect_view()}
                        </tbody>
                    </TableScroll>
                }
            }}
        </section>
    }
}

#[component]
fn ColumnRow(
    at: usize,
    column: ColumnMapping,
    preview: RwSignal<ImportPreview>,
    mapping: RwSignal<Mapping>,
) -> impl IntoView {
    let examples = move || {
        preview.with(|p| {
            let mut seen: Vec<String> = Vec::new();
            for line in p.lines.iter().filter(|line| line.kind == LineKind::Data) {
                if let Some(value) =
                    line.fields.get(at).filter(|value| !value.trim().is_empty() && !seen.contains(value))
                {
                    seen.push(value.chars().take(40).collect());
                }
                if seen.len() == 3 {
                    break;
                }
            }
            seen.join(" · ")
        })
    };
    let now = Signal::derive(move || {
        mapping.with(|m| m.columns.get(at).map(|column| value_of(&column.role)).unwrap_or_default())
    });
    // Made anew only when the other columns count something else, for the same reason.
    let others = Memo::new(move |_| mapping.with(|m| metrics_beside(m, at)));
    let header_text = column.header.clone();
    let options = move || {
        let present = now.get_untracked();
        groups(&header_text, &role_of(&present), &others.get())
            .into_iter()
            .map(|(group, options)| {
                let options = options
                    .into_iter()
                    .map(|(value, label)| {
                        let selected = value == present;
                        view! { <option value=value selected=selected>{label}</option> }
                    })
                    .collect_view();
                if group.is_empty() {
                    options.into_any()
                } else {
                    view! { <optgroup label=group>{options}</optgroup> }.into_any()
                }
            })
            .collect_view()
    };
    let header =
        if column.header.trim().is_empty() { format!("(column {})", at + 1) } else { column.header.clone() };
    let label = format!("Meaning of {header}");
    view! {
        <tr class:is-off=move || now.with(|value| value == "ignore")>
            <th scope="row">{header}</th>
            <td class="muted cell--wide">{examples}</td>
            <td class="cell--wide">
                <select
                    class="select select--small"
                    aria-label=label
                    prop:value=move || now.get()
                    on:change=move |event| {
                        let role = role_of(&event_target_value(&event));
                        mapping.update(|m| if let Some(column) = m.columns.get_mut(at) { column.role = role });
                    }
                >
                    {options}
                </select>
            </td>
        </tr>
    }
}

/// The metrics of all other columns.
fn metrics_beside(mapping: &Mapping, at: usize) -> Vec<Metric> {
    let others = mapping.columns.iter().enumerate().filter(|(index, _)| *index != at);
    others
        .filter_map(|(_, column)| match &column.role {
            ColumnRole::Metric { metric } => Metric::from_name(metric),
            _ => None,
        })
        .collect()
}
