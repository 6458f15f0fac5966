//! What an admin reads about a platform: what to create there, what is read, limits, what the figures mean.

use super::connections_crumb;
use crate::api::connections::platform_guide;
use crate::api::guide::Guide;
use crate::pages::error_page::set_status;
use crate::pages::shell::{Crumb, PageHeader};
use crate::state::session::use_workspace;
use crate::state::work::first_under;
use crate::ui::{EmptyState, Icon, LinkButton};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::ErrorKind;

/// The page of all platforms together.
const OVERVIEW: &str = "overview";

/// `/w/:ws/data/platforms` and `/w/:ws/data/platforms/:platform`.
#[component]
pub fn GuidePage() -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let params = use_params_map();
    let platform =
        Memo::new(move |_| params.with(|params| params.get("platform")).unwrap_or_else(|| OVERVIEW.into()));
    let page = Resource::new(
        move || platform.get(),
        move |platform| {
            let asked = platform_guide(slug.get_value(), platform);
            async move {
                match asked.await {
                    Ok(guide) => Ok(Some(guide)),
                    Err(error) if error.0.kind == ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(error),
                }
            }
        },
    );
    let over_error = || view! { <PageHeader title="About a platform"/> };
    first_under(
        page,
        move |guide| view! { <Shown guide platform=platform.get_untracked() slug=slug.get_value()/> },
        over_error,
    )
}

#[component]
fn Shown(guide: Option<Guide>, platform: String, slug: String) -> impl IntoView {
    let mut crumbs = vec![connections_crumb(&slug)];
    let Some(guide) = guide else {
        set_status(404);
        return view! {
            <PageHeader title="No such platform" crumbs/>
            <EmptyState icon=Icon::Help title="There is no page about it" text="This server does not know a platform of that name.">
                <LinkButton href=format!("/w/{slug}/data/connect")>"All platforms"</LinkButton>
            </EmptyState>
        }
        .into_any();
    };
    let is_overview = platform == OVERVIEW;
    if !is_overview {
        crumbs.push(Crumb::new("Platforms", format!("/w/{slug}/data/platforms")));
    }
    let (href, label) = if is_overview {
        (format!("/w/{slug}/data/connect"), "Connect a source".to_owned())
    } else {
        (format!("/w/{slug}/data/connect/{platform}"), format!("Connect {}", guide.title))
    };
    view! {
        <PageHeader title=guide.title crumbs>
            <LinkButton href icon=Icon::Link>{label}</LinkButton>
        </PageHeader>
        <article class="prose" inner_html=guide.html></article>
    }
    .into_any()
}
