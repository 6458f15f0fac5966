//! The accounts behind the figures, with how far each is complete.

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use super::freshness::is_stale;
use crate::state::board::use_board;
use crate::ui::NotLoaded;
use chrono::NaiveDate;
use leptos::prelude::*;
use metrics::format::{date_time, day_long};

/// [`AccountList`], from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn draw() -> Result<AnyView, NotLoaded> {
    Ok(view! { <AccountList/> }.into_any())
}

/// One line per account.
#[component]
pub fn AccountList() -> impl IntoView {
    let board = use_board();
    view! {
        <table class="freshness__table">
            <thead>
                <tr>
                    <th scope="col">"Account"</th>
                    <th scope="col">"Complete to"</th>
                    <th scope="col">"May change from"</th>
                    <th scope="col">"Read"</th>
                </tr>
            </thead>
            <tbody>
                {move || {
                    let facts = board.facts.get();
                    facts
                        .accounts
                        .iter()
                        .map(|a| {
                            let source = if a.is_file { "from a file" } else { "connected" };
                            let day = |d: Option<NaiveDate>| d.map_or_else(|| "—".to_owned(), day_long);
                            view! {
                                <tr class:freshness__stale=is_stale(a, &facts)>
                                    <th scope="row">
                                        {a.name.clone()}
                                        <small>
                                            {format!(
                                                "{} · {source} · {} · {}",
                                                metrics::platform::label(&a.platform),
                                                a.currency,
                                                a.time_zone,
                                            )}
                                        </small>
                                        {a.remark.clone().map(|remark| view! { <small>{remark}</small> })}
                                    </th>
                                    <td>{day(a.complete_until)}</td>
                                    <td>{if a.is_file { "—".to_owned() } else { day(a.provisional_from) }}</td>
                                    <td>{a.as_of.map_or_else(|| "—".to_owned(), date_time)}</td>
                                </tr>
                            }
                        })
                        .collect_view()
                }}
            </tbody>
        </table>
    }
}
