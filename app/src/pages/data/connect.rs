//! Before the vendor is asked: what is read and why, and which way in.

use super::way_form::WayForm;
use super::{CallbackError, connections_crumb, id_of};
use crate::api::connections::platforms;
use crate::pages::error_page::set_status;
use crate::pages::shell::{Crumb, PageHeader};
use crate::state::session::{may, use_workspace};
use crate::state::work::first_under;
use crate::ui::{EmptyState, Icon, LinkButton, Notice, NoticeKind};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::access::Role;
use model::connect::{PlatformInfo, WayIn};
use model::ids::ConnectionId;

/// `/w/:ws/data/connect/:platform`; with `?reconnect=` for a connection that gets a new grant, with `?way=` for one of
/// the ways in.
#[component]
pub fn ConnectPage() -> impl IntoView {
    let slug = use_workspace().slug;
    let wanted = use_params_map().with_untracked(|params| params.get("platform").unwrap_or_default());
    let asked = slug.clone();
    let list = Resource::new(|| (), move |()| platforms(asked.clone()));
    let crumbs = vec![connections_crumb(&slug)];
    let over_error = move || view! { <PageHeader title="Connect a source" crumbs=crumbs.clone()/> };
    let page = move |list: Vec<PlatformInfo>| {
        let catalogue = format!("/w/{slug}/data/connect");
        match list.into_iter().find(|platform| platform.slug == wanted) {
            Some(platform) => view! { <Connect platform/> }.into_any(),
            None => {
                set_status(404);
                view! {
                    <PageHeader title="Connect a source" crumbs=vec![connections_crumb(&slug)]/>
                    <EmptyState icon=Icon::Link title="No such platform" text="This server can't connect it.">
                        <LinkButton href=catalogue>"All platforms"</LinkButton>
                    </EmptyState>
                }
                .into_any()
            }
        }
    };
    first_under(list, page, over_error)
}

#[component]
fn Connect(platform: PlatformInfo) -> impl IntoView {
    let workspace = use_workspace();
    let slug = workspace.slug.clone();
    let crumbs = vec![connections_crumb(&slug), Crumb::new("Connect", format!("/w/{slug}/data/connect"))];
    let query = use_query_map();
    let reconnect: Option<ConnectionId> = query.with_untracked(|query| id_of(query.get("reconnect")));
    let asked = query.with_untracked(|query| query.get("way"));
    let list = |items: Vec<String>| items.into_iter().map(|item| view! { <li>{item}</li> }).collect_view();
    let PlatformInfo { slug: platform_slug, name, reads, never, ways, redirect_uri, .. } = platform;
    let chosen = RwSignal::new(first_way(&ways, asked.as_deref()));
    let title = if reconnect.is_some() { format!("Reconnect {name}") } else { format!("Connect {name}") };
    let guide = format!("/w/{slug}/data/platforms/{platform_slug}");
    let forms = may(&workspace, Role::Admin).then(|| {
        let ways = StoredValue::new(ways.clone());
        let platform = (platform_slug, name.clone());
        let redirect_uri = StoredValue::new(redirect_uri);
        move || {
            let chosen = chosen.get();
            let way = ways.with_value(|ways| ways.iter().find(|way| way.name == chosen).cloned())?;
            let (platform, redirect_uri) = (platform.clone(), redirect_uri.get_value());
            Some(view! { <WayForm platform way reconnect redirect_uri/> })
        }
    });
    let may_choose = forms.is_some() && ways.len() > 1;
    view! {
        <PageHeader title crumbs/>
        <div class="measure stack">
            <CallbackError/>
            <section class="card">
                <h2>"What is read, and why"</h2>
                <ul class="dots">{list(reads)}</ul>
            </section>
            <section class="card">
                <h2>"What never happens"</h2>
                <ul class="dots">{list(never)}</ul>
            </section>
            <p>
                <a href=guide>"What to prepare at " {name.clone()}</a>
                ": what to create there, limits, and what each figure means."
            </p>
            {may_choose.then(|| view! { <Ways ways chosen/> })}
            {match forms {
                Some(forms) => forms.into_any(),
                None => {
                    view! {
                        <Notice kind=NoticeKind::Info>
                            <p>"Only an admin of this workspace can connect a source."</p>
                        </Notice>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}

/// The way that the address names, else the first that needs nothing, else the usual one.
fn first_way(ways: &[WayIn], asked: Option<&str>) -> String {
    let named = ways.iter().find(|way| Some(way.name.as_str()) == asked);
    let ready = || ways.iter().find(|way| way.is_configured());
    named.or_else(ready).or_else(|| ways.first()).map(|way| way.name.clone()).unwrap_or_default()
}

/// One of several ways, all in sight.
#[component]
fn Ways(ways: Vec<WayIn>, chosen: RwSignal<String>) -> impl IntoView {
    view! {
        <fieldset class="ways">
            <legend class="field__label">"How to connect"</legend>
            {ways
                .into_iter()
                .map(|way| {
                    let (name, picked) = (way.name.clone(), way.name.clone());
                    view! {
                        <label class="way">
                            <input
                                type="radio"
                                name="way"
                                value=way.name.clone()
                                checked=chosen.get_untracked() == way.name
                                prop:checked=move || chosen.get() == name
                                on:change=move |_| chosen.set(picked.clone())
                            />
                            <span class="way__text">
                                <span class="way__label">{way.label}</span>
                                <span class="muted small">{way.summary}</span>
                            </span>
                        </label>
                    }
                })
                .collect_view()}
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::connect::{CredentialField, FieldKind};

    fn way(name: &str, is_known: bool) -> WayIn {
        WayIn {
            name: name.into(),
            label: name.into(),
            summary: String::new(),
            is_consent: true,
            permissions: Vec::new(),
            optional_permissions: Vec::new(),
            fields: vec![CredentialField {
                name: "client_id".into(),
                label: "Client ID".into(),
                help: String::new(),
                kind: FieldKind::Text,
                is_optional: false,
                is_known,
            }],
            choices: Vec::new(),
        }
    }

    #[test]
    fn the_way_that_needs_nothing_is_first_unless_the_address_names_another() {
        let ways = [way("consent", false), way("key", true)];
        assert_eq!(first_way(&ways, None), "key");
        assert_eq!(first_way(&ways, Some("consent")), "consent");
        assert_eq!(first_way(&ways, Some("nonsense")), "key");
        assert_eq!(first_way(&ways[..1], None), "consent");
        assert_eq!(first_way(&[], None), "");
    }
}
