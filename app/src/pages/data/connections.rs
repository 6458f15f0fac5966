//! The list of connections.

use super::states::{StateBadge, expiry_sentence, expiry_words, running, share_done};
use super::{CallbackError, DataTabs, count};
use crate::api::connections::{connections, sync_now};
use crate::pages::shell::PageHeader;
use crate::state::session::{may, use_workspace};
use crate::state::toast::use_toasts;
use crate::state::work::{first, keep_fresh, run};
use crate::ui::{Ago, Badge, Button, EmptyState, Icon, LinkButton, Progress, Tone};
use leptos::prelude::*;
use metrics::format::day_long;
use model::access::Role;
use model::connections::{ConnectionState, ConnectionSummary};
use model::ids::ConnectionId;
use model::live::Topic;

/// `/w/:ws/data`.
#[component]
pub fn ConnectionsPage() -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let connect = format!("/w/{}/data/connect", workspace.slug);
    let is_admin = may(&workspace, Role::Admin);
    let list = Resource::new(|| (), move |()| connections(slug.get_value()));
    view! {
        <PageHeader title="Data">
            {is_admin
                .then(|| view! { <LinkButton href=connect.clone() tone=Tone::Primary icon=Icon::Plus>"Connect a source"</LinkButton> })}
        </PageHeader>
        <DataTabs/>
        <div class="stack">
            <CallbackError/>
            {first(list, |list| view! { <ConnectionList list/> })}
        </div>
    }
}

#[component]
fn ConnectionList(list: Vec<ConnectionSummary>) -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let list = RwSignal::new(list);
    keep_fresh(Topic::Connections, list, Trigger::new(), move || connections(slug.get_value()));
    let is_admin = may(&workspace, Role::Admin);
    let is_empty = Memo::new(move |_| list.with(Vec::is_empty));
    let ids = move || list.with(|list| list.iter().map(|c| c.id).collect::<Vec<_>>());
    move || {
        if is_empty.get() {
            let base = format!("/w/{}/data", slug.get_value());
            view! {
                <EmptyState
                    icon=Icon::Link
                    title="No source is connected"
                    text="Connect a platform to read its figures by its own API, or import a file that you exported there."
                >
                    {is_admin
                        .then(|| view! { <LinkButton href=format!("{base}/connect") tone=Tone::Primary>"Connect a source"</LinkButton> })}
                    <LinkButton href=format!("{base}/imports")>"Import a file"</LinkButton>
                </EmptyState>
            }
            .into_any()
        } else {
            view! {
                <ul class="stack">
                    <For each=ids key=|id| *id let:id>
                        <Row id list/>
                    </For>
                </ul>
            }
            .into_any()
        }
    }
}

/// A connection. Follows the list, so that its buttons stay where they are while figures move.
#[component]
fn Row(id: ConnectionId, list: RwSignal<Vec<ConnectionSummary>>) -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let toasts = use_toasts();
    let pending = RwSignal::new(false);
    let found = Memo::new(move |before: Option<&Option<ConnectionSummary>>| {
        // A row that is about to go keeps its last words.
        list.with(|list| list.iter().find(|c| c.id == id).cloned()).or_else(|| before.cloned().flatten())
    });
    let with = move |read: fn(&ConnectionSummary) -> String| {
        found.with(|c| c.as_ref().map(read).unwrap_or_default())
    };
    let state =
        Memo::new(move |_| found.with(|c| c.as_ref().map_or(ConnectionState::Ready, |c| c.state.clone())));
    let page = format!("/w/{}/data/connections/{id}", workspace.slug);
    let target = page.clone();
    let href = move || {
        if state.get() == ConnectionState::ChoosingAccounts {
            format!("{target}/accounts")
        } else {
            target.clone()
        }
    };
    let can_sync = may(&workspace, Role::Editor);
    view! {
        <li class="card stack stack--tight">
            <div class="row row--between">
                <h2><a href=href>{move || with(|c| c.name.clone())}</a></h2>
                <div class="row">
                    <StateBadge state/>
                    {move || {
                        found
                            .with(|c| c.as_ref().and_then(|c| c.expiry))
                            .map(|expiry| {
                                let (tone, words) = expiry_words(expiry);
                                view! { <Badge tone=Signal::stored(tone)>{words}</Badge> }
                            })
                    }}
                    {move || {
                        (can_sync && matches!(state.get(), ConnectionState::Ready | ConnectionState::Failing { .. }))
                            .then(|| {
                                view! {
                                    <Button
                                        icon=Icon::Refresh
                                        pending
                                        on_click=move |_| run(
                                            pending,
                                            toasts,
                                            sync_now(slug.get_value(), id),
                                            move |()| toasts.done("Synchronisation started."),
                                        )
                                    >
                                        "Sync now"
                                    </Button>
                                }
                            })
                    }}
                </div>
            </div>
            <p class="muted">
                {move || with(|c| c.platform_name.clone())} " · "
                {move || with(|c| count(i64::try_from(c.accounts.len()).unwrap_or(0), "account", "accounts"))} " · "
                {move || with(|c| c.interval_label().to_lowercase())}
                {move || {
                    found.with(|c| c.as_ref().and_then(|c| c.complete_until)).map(|day| format!(" · complete to {}", day_long(day)))
                }}
                {move || {
                    found
                        .with(|c| c.as_ref().filter(|c| running(c).is_none()).and_then(|c| c.next_run_at))
                        .map(|at| view! { " · next run " <Ago at/> })
                }}
            </p>
            {move || found.get().map(|c| view! { <WhatNow summary=c page=page.clone()/> })}
        </li>
    }
}

/// Progress, or what is wrong and what to do.
#[component]
fn WhatNow(summary: ConnectionSummary, page: String) -> impl IntoView {
    let progress = running(&summary).map(|run| {
        let text = format!(
            "{} of {} · {}",
            metrics::format::integer(i64::from(run.days_done), metrics::Locale::EN),
            count(i64::from(run.days_planned), "account day", "account days"),
            count(run.rows_read, "row read", "rows read")
        );
        let value = share_done(run);
        view! {
            <Progress label="Synchronisation" value=Signal::stored(value)/>
            <p class="muted small">{text}</p>
        }
    });
    let problem = match &summary.state {
        ConnectionState::NeedsReconnect { reason } => Some((reason.clone(), "Reconnect")),
        ConnectionState::Failing { reason } => Some((reason.clone(), "See what happened")),
        ConnectionState::ChoosingAccounts => Some((
            "Consent was given; nothing is read until you choose accounts.".to_owned(),
            "Choose accounts",
        )),
        _ => None,
    };
    let expiry = summary.expiry.map(expiry_sentence);
    let expiry_page = page.clone();
    let waiting = match summary.state {
        ConnectionState::WaitingForQuota { until } => Some(until),
        _ => None,
    };
    let leads =
        if summary.state == ConnectionState::ChoosingAccounts { format!("{page}/accounts") } else { page };
    let warnings = summary.warnings.len();
    view! {
        {progress}
        {waiting.map(|until| view! { <p class="muted">"The platform's quota is used up. It goes on by itself "<Ago at=until/>"."</p> })}
        {expiry.map(|text| view! { <p>{text} " " <a href=expiry_page>"Reconnect"</a></p> })}
        {problem.map(|(reason, action)| view! { <p>{reason} " " <a href=leads>{action}</a></p> })}
        {(warnings > 0)
            .then(|| {
                let text = count(i64::try_from(warnings).unwrap_or(0), "warning", "warnings");
                view! { <p class="muted small">{text} " in the last run"</p> }
            })}
    }
}
