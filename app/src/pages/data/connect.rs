//! Before consent: what is read and why, and what the platform needs from the admin.

use super::{CallbackError, connections_crumb};
use crate::api::connections::{begin_consent, platforms};
use crate::pages::error_page::set_status;
use crate::pages::shell::{Crumb, PageHeader};
use crate::state::browser;
use crate::state::session::{may, use_workspace};
use crate::state::work::first_under;
use crate::ui::{Button, EmptyState, FormError, Icon, LinkButton, Notice, NoticeKind, TextField, Tone};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::AppError;
use model::access::Role;
use model::connections::PlatformInfo;
use std::collections::BTreeMap;

/// `/w/:ws/data/connect/:platform`.
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
            Some(platform) => view! { <Consent platform/> }.into_any(),
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
fn Consent(platform: PlatformInfo) -> impl IntoView {
    let workspace = use_workspace();
    let slug = workspace.slug.clone();
    let crumbs = vec![connections_crumb(&slug), Crumb::new("Connect", format!("/w/{slug}/data/connect"))];
    let fields: Vec<_> = if platform.is_configured { Vec::new() } else { platform.fields.clone() };
    let values: Vec<(String, RwSignal<String>)> =
        fields.iter().map(|field| (field.name.clone(), RwSignal::new(String::new()))).collect();
    let filled = StoredValue::new(values.clone());
    // Where a key opens the platform, there is nothing to be shown elsewhere.
    let has_consent = !platform.scopes.is_empty();
    let name = StoredValue::new(platform.slug.clone());
    let begin = Action::new(move |(): &()| {
        let fields: BTreeMap<String, String> = filled.with_value(|all| {
            all.iter()
                .map(|(name, value)| (name.clone(), value.get_untracked().trim().to_owned()))
                .filter(|(_, value)| !value.is_empty())
                .collect()
        });
        let work = begin_consent(slug.clone(), name.get_value(), fields, None);
        async move { work.await.map(|address| browser::go(&address)) }
    });
    let error = Signal::derive(move || begin.value().get().and_then(Result::err).map(|error| error.0));
    let names = StoredValue::new(fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>());
    let other_error = Signal::derive(move || {
        error.get().filter(|error| {
            !names.with_value(|names| error.field.as_ref().is_some_and(|f| names.contains(f)))
        })
    });
    let about = move |name: String| {
        Signal::derive(move || {
            error.with(|error: &Option<AppError>| {
                error
                    .as_ref()
                    .filter(|e| e.field.as_deref() == Some(name.as_str()))
                    .map(|e| e.message.clone())
            })
        })
    };
    let list = |items: Vec<String>| items.into_iter().map(|item| view! { <li>{item}</li> }).collect_view();
    view! {
        <PageHeader title=format!("Connect {}", platform.name) crumbs/>
        <div class="measure stack">
            <CallbackError/>
            <section class="card">
                <h2>"What is read, and why"</h2>
                <ul class="dots">{list(platform.reads)}</ul>
            </section>
            <section class="card">
                <h2>"What never happens"</h2>
                <ul class="dots">{list(platform.never)}</ul>
            </section>
            {(!platform.scopes.is_empty())
                .then(|| {
                    view! {
                        <section class="card">
                            <h2>"Permission that " {platform.name.clone()} " will show"</h2>
                            <ul class="dots">
                                {platform.scopes.into_iter().map(|scope| view! { <li><code>{scope}</code></li> }).collect_view()}
                            </ul>
                        </section>
                    }
                })}
            {if may(&workspace, Role::Admin) {
                view! {
                    <form
                        class="form"
                        method="post"
                        novalidate=true
                        on:submit=move |event| {
                            event.prevent_default();
                            begin.dispatch(());
                        }
                    >
                        {(!fields.is_empty())
                            .then(|| {
                                view! {
                                    <section class="card form">
                                        <h2>"Your access to the API"</h2>
                                        <p class="muted">
                                            "Asked once. Kept sealed on this server, never shown again, sent to nobody but the platform."
                                        </p>
                                        {fields
                                            .into_iter()
                                            .zip(values)
                                            .map(|(field, (name, value))| {
                                                let label = if field.is_optional {
                                                    format!("{} (optional)", field.label)
                                                } else {
                                                    field.label
                                                };
                                                view! {
                                                    <TextField
                                                        name=field.name
                                                        label
                                                        value
                                                        kind=if field.is_secret { "password" } else { "text" }
                                                        required=!field.is_optional
                                                        help=field.help
                                                        error=about(name)
                                                    />
                                                }
                                            })
                                            .collect_view()}
                                    </section>
                                }
                            })}
                        <FormError error=other_error/>
                        <div class="row">
                            <Button
                                tone=Tone::Primary
                                icon=if has_consent { Icon::External } else { Icon::Link }
                                submit=true
                                pending=begin.pending()
                            >
                                {if has_consent { "Continue to " } else { "Connect " }} {platform.name}
                            </Button>
                            <span class="muted small">
                                {if has_consent { "You come back here by yourself. " } else { "" }}
                                "Nothing is read before you choose accounts."
                            </span>
                        </div>
                    </form>
                }
                    .into_any()
            } else {
                view! {
                    <Notice kind=NoticeKind::Info>
                        <p>"Only an admin of this workspace can connect a source."</p>
                    </Notice>
                }
                    .into_any()
            }}
        </div>
    }
}
