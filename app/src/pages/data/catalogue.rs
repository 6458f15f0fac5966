//! What can be connected.

use super::connections_crumb;
use crate::api::connections::platforms;
use crate::pages::shell::PageHeader;
use crate::state::session::use_workspace;
use crate::state::work::first;
use crate::ui::{EmptyState, Icon};
use leptos::prelude::*;

/// `/w/:ws/data/connect`.
#[component]
pub fn CataloguePage() -> impl IntoView {
    let slug = use_workspace().slug;
    let asked = slug.clone();
    let list = Resource::new(|| (), move |()| platforms(asked.clone()));
    let crumbs = vec![connections_crumb(&slug)];
    view! {
        <PageHeader title="Connect a source" crumbs/>
        {first(
            list,
            move |list| {
                let slug = slug.clone();
                if list.is_empty() {
                    return view! {
                        <EmptyState
                            icon=Icon::Link
                            title="This server has no connectors"
                            text="It was built without any. Files can still be imported."
                        />
                    }
                        .into_any();
                }
                view! {
                    <div class="stack">
                        <ul class="columns">
                            {list
                                .into_iter()
                                .map(|platform| {
                                    view! {
                                        <li>
                                            <a class="card card--link stack stack--tight" href=format!("/w/{slug}/data/connect/{}", platform.slug)>
                                                <h2>{platform.name}</h2>
                                                <p class="muted">{platform.summary}</p>
                                            </a>
                                        </li>
                                    }
                                })
                                .collect_view()}
                        </ul>
                        <p class="muted">
                            "Another platform? "<a href=format!("/w/{slug}/data/imports")>"Import its export as a file"</a>"."
                        </p>
                    </div>
                }
                    .into_any()
            },
        )}
    }
}
