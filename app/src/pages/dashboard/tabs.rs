//! The dashboards side by side.

use crate::api::figures::DashboardFacts;
use crate::state::board::use_board;
use crate::state::template::{OVERVIEW, TEMPLATES, Template};
use crate::state::view::View;
use leptos::prelude::*;
use std::sync::Arc;

/// The dashboards that have figures, and the one that is shown; the period goes along.
#[component]
pub fn BoardTabs(
    /// Which families have figures.
    facts: Signal<Arc<DashboardFacts>>,
) -> impl IntoView {
    let board = use_board();
    let here = board.template();
    let offered = Memo::new(move |_| {
        facts.with(|facts| {
            let has_figures = |family| facts.families.iter().any(|facts| facts.family == family);
            let is_offered = |template: &&'static Template| {
                *template == here || *template == &OVERVIEW || has_figures(template.family)
            };
            TEMPLATES.into_iter().filter(is_offered).collect::<Vec<_>>()
        })
    });
    let link = move |template: &'static Template| {
        let slug = board.workspace.with_value(|ws| ws.slug.clone());
        let href = move || {
            let query = board.view.with(|view| {
                let days = View {
                    period: view.period,
                    compare: view.compare,
                    match_weekdays: view.match_weekdays,
                    include_today: view.include_today,
                    ..View::of(template, template.usual())
                };
                days.to_query()
            });
            let mark = if query.is_empty() { "" } else { "?" };
            format!("/w/{slug}/dash/{}{mark}{query}", template.slug)
        };
        view! {
            <a href=href aria-current=(template == here).then_some("page")>{template.name}</a>
        }
    };
    view! {
        <nav class="tabs" aria-label="Dashboards">
            {move || offered.get().into_iter().map(link).collect_view()}
        </nav>
    }
}
