//! One connection: how it stands, its days, its runs, its settings.

use super::calendar::Calendar;
use super::day::DayPanel;
use super::pushed::PushedEvents;
use super::runs::{RunProgress, RunTable};
use super::settings::ConnectionSettings;
use super::states::{StateBadge, expiry_sentence, running};
use super::warnings::WarningList;
use super::{CallbackError, connections_crumb, id_param};
use crate::api::connections::{cancel_run, change_connection, connect, connection, sync_now};
use crate::pages::error_page::NotFound;
use crate::pages::shell::PageHeader;
use crate::state::browser;
use crate::state::session::{may, use_workspace};
use crate::state::toast::use_toasts;
use crate::state::work::{first_under, keep_fresh, run};
use crate::ui::{Ago, Button, Icon, Notice, NoticeKind, Tone};
use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use metrics::format::day_long;
use model::access::Role;
use model::connect::ConnectRequest;
use model::connections::{ConnectionChange, ConnectionDetail, ConnectionState};
use model::health::ExpiryStage;
use model::ids::ConnectionId;
use model::live::Topic;

/// `/w/:ws/data/connections/:id`.
#[component]
pub fn ConnectionPage() -> impl IntoView {
    let slug = use_workspace().slug;
    let Some(id) = id_param::<ConnectionId>("id") else {
        return view! { <NotFound/> }.into_any();
    };
    let crumbs = vec![connections_crumb(&slug)];
    let detail = Resource::new(|| (), move |()| connection(slug.clone(), id));
    first_under(
        detail,
        |detail| view! { <Loaded detail/> },
        move || view! { <PageHeader title="Connection" crumbs=crumbs.clone()/> },
    )
    .into_any()
}

#[component]
fn Loaded(detail: ConnectionDetail) -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let id = detail.summary.id;
    let detail = RwSignal::new(detail);
    let again = Trigger::new();
    keep_fresh(Topic::Connections, detail, again, move || connection(slug.get_value(), id));
    let state = Memo::new(move |_| detail.with(|d| d.summary.state.clone()));
    let name = Signal::derive(move || detail.with(|d| d.summary.name.clone()));
    let days = Memo::new(move |_| detail.with(|d| d.days.clone()));
    let (chosen, choose) = use_day();
    let runs = Memo::new(move |_| detail.with(|d| d.runs.clone()));
    let under_way = Memo::new(move |_| detail.with(|d| running(&d.summary).cloned()));
    let is_under_way = Memo::new(move |_| under_way.with(Option::is_some));
    let crumbs = vec![connections_crumb(&workspace.slug)];
    let is_admin = may(&workspace, Role::Admin);
    view! {
        <PageHeader title=name crumbs beside=move || view! { <StateBadge state/> }>
            <Actions detail again/>
        </PageHeader>
        <div class="stack">
            <CallbackError/>
            <Trouble detail/>
            {move || is_under_way.get().then(|| view! { <RunProgress run=under_way/> })}
            <section class="card">
                <dl class="facts">
                    <Facts detail/>
                </dl>
            </section>
            <section class="card stack stack--tight">
                <h2>"Days"</h2>
                <p class="muted small">"Choose a day to see what there is of it, and to read it again."</p>
                <Calendar days chosen choose=move |day| choose.run(Some(day))/>
                {move || {
                    chosen
                        .get()
                        .map(|day| view! { <DayPanel detail day again close=move |()| choose.run(None)/> })
                }}
            </section>
            <section class="card stack stack--tight">
                <h2>"Runs"</h2>
                <RunTable runs/>
            </section>
            {is_admin.then(|| view! { <PushedEvents connection=id/> })}
            {is_admin.then(|| view! { <ConnectionSettings detail again/> })}
        </div>
    }
}

/// The day in the address, and how to put another there.
fn use_day() -> (Signal<Option<NaiveDate>>, Callback<Option<NaiveDate>>) {
    let (query, location, navigate) = (use_query_map(), use_location(), use_navigate());
    let chosen = Memo::new(move |_| query.with(|query| query.get("day")).and_then(|text| text.parse().ok()));
    let choose = Callback::new(move |day: Option<NaiveDate>| {
        let path = location.pathname.get_untracked();
        let address = day.map_or_else(|| path.clone(), |day| format!("{path}?day={day}"));
        let options =
            NavigateOptions { replace: true, scroll: false, resolve: false, ..NavigateOptions::default() };
        navigate(&address, options);
    });
    (chosen.into(), choose)
}

#[component]
fn Facts(detail: RwSignal<ConnectionDetail>) -> impl IntoView {
    let slug = use_workspace().slug;
    let fact = move |label: &'static str, read: fn(&ConnectionDetail) -> String| {
        view! { <div><dt>{label}</dt><dd>{move || detail.with(read)}</dd></div> }
    };
    let accounts = move || {
        detail.with(|d| match d.summary.accounts.as_slice() {
            [one] => one.name.clone(),
            all => format!("{} of {}", all.len(), d.found.len().max(all.len())),
        })
    };
    let can_change = may(&use_workspace(), Role::Admin);
    let href = format!("/w/{slug}/data/connections/{}/accounts", detail.with_untracked(|d| d.summary.id));
    view! {
        {fact("Platform", |d| d.summary.platform_name.clone())}
        <div>
            <dt>"Accounts"</dt>
            <dd>{accounts} {can_change.then(|| view! { " " <a href=href>"Change"</a> })}</dd>
        </div>
        {fact("Schedule", |d| d.summary.interval_label().into_owned())}
        <div>
            <dt>"Next run"</dt>
            <dd>
                {move || match detail.with(|d| d.summary.next_run_at.filter(|_| running(&d.summary).is_none())) {
                    Some(at) => view! { <Ago at/> }.into_any(),
                    None => "—".into_any(),
                }}
            </dd>
        </div>
        {fact("History from", |d| day_long(d.summary.history_from))}
        {fact("Complete to", |d| d.summary.complete_until.map_or_else(|| "—".to_owned(), day_long))}
        {fact("May still change from", |d| d.summary.provisional_from.map_or_else(|| "—".to_owned(), day_long))}
    }
}

/// What is wrong, and the one thing to do about it.
#[component]
fn Trouble(detail: RwSignal<ConnectionDetail>) -> impl IntoView {
    let summary = Memo::new(move |_| {
        detail.with(|d| (d.summary.state.clone(), d.summary.warnings.clone(), d.summary.expiry))
    });
    move || {
        let (state, warnings, expiry) = summary.get();
        let ending = expiry.map(|expiry| {
            let kind = if expiry.stage >= ExpiryStage::Day { NoticeKind::Error } else { NoticeKind::Warning };
            view! { <Notice kind><p>{expiry_sentence(expiry)}</p></Notice> }
        });
        let note = match state {
            ConnectionState::NeedsReconnect { reason } => Some(view! {
                <Notice kind=NoticeKind::Error>
                    <p>{reason}</p>
                    <p class="muted">"The figures that were read stay. Reconnect to go on."</p>
                </Notice>
            }.into_any()),
            ConnectionState::Failing { reason } => Some(view! {
                <Notice kind=NoticeKind::Error>
                    <p>{reason}</p>
                    <p class="muted">"It is tried again by schedule. What the platform answered is in the list of runs."</p>
                </Notice>
            }.into_any()),
            ConnectionState::WaitingForQuota { until } => Some(view! {
                <Notice kind=NoticeKind::Warning>
                    <p>"The platform's quota is used up. It goes on by itself "<Ago at=until/>"."</p>
                </Notice>
            }.into_any()),
            ConnectionState::ChoosingAccounts => Some(view! {
                <Notice kind=NoticeKind::Warning>
                    <p>"Consent was given. Nothing is read until you choose accounts."</p>
                </Notice>
            }.into_any()),
            _ => None,
        };
        let warned = (!warnings.is_empty()).then(|| {
            view! {
                <Notice kind=NoticeKind::Warning>
                    <p>"The last run left something out:"</p>
                    <WarningList warnings/>
                </Notice>
            }
        });
        view! { {note} {ending} {warned} }
    }
}

/// Sync, stop, pause, resume, reconnect: what fits the state.
#[component]
fn Actions(detail: RwSignal<ConnectionDetail>, again: Trigger) -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let id = detail.with_untracked(|d| d.summary.id);
    let platform = StoredValue::new(detail.with_untracked(|d| d.summary.platform.clone()));
    let toasts = use_toasts();
    let (syncing, stopping, pausing, leaving) =
        (RwSignal::new(false), RwSignal::new(false), RwSignal::new(false), RwSignal::new(false));
    let (is_editor, is_admin) = (may(&workspace, Role::Editor), may(&workspace, Role::Admin));
    let state = Memo::new(move |_| detail.with(|d| d.summary.state.clone()));
    let sync = move |_| {
        run(syncing, toasts, sync_now(slug.get_value(), id), move |()| again.notify());
    };
    let stop = move |_| {
        run(stopping, toasts, cancel_run(slug.get_value(), id), move |()| {
            toasts.done("It stops after the days in hand; what is loaded stays.");
            again.notify();
        });
    };
    let pause = move |paused: bool| {
        let change = ConnectionChange { paused: Some(paused), ..ConnectionChange::default() };
        run(pausing, toasts, change_connection(slug.get_value(), id, change), move |()| again.notify());
    };
    let reconnect = move |_| {
        let request = ConnectRequest {
            platform: platform.get_value(),
            reconnect: Some(id),
            ..ConnectRequest::default()
        };
        run(leaving, toasts, connect(slug.get_value(), request), |address| browser::go(&address));
    };
    let accounts = format!("/w/{}/data/connections/{id}/accounts", workspace.slug);
    let ends = Memo::new(move |_| detail.with(|d| d.summary.expiry.is_some()));
    move || {
        let state = state.get();
        let is_paused = state == ConnectionState::Paused;
        let can_sync = is_editor && matches!(state, ConnectionState::Ready | ConnectionState::Failing { .. });
        let can_stop = is_editor && matches!(state, ConnectionState::Syncing);
        let can_pause = is_admin
            && !matches!(state, ConnectionState::ChoosingAccounts | ConnectionState::NeedsReconnect { .. });
        let needs = is_admin && (ends.get() || matches!(state, ConnectionState::NeedsReconnect { .. }));
        let choosing = is_admin && state == ConnectionState::ChoosingAccounts;
        view! {
            {needs.then(|| view! { <Button tone=Tone::Primary icon=Icon::Link pending=leaving on_click=reconnect>"Reconnect"</Button> })}
            {choosing.then(|| view! { <a class="btn btn--primary" href=accounts.clone()>"Choose accounts"</a> })}
            {can_sync.then(|| view! { <Button tone=Tone::Primary icon=Icon::Refresh pending=syncing on_click=sync>"Sync now"</Button> })}
            {can_stop.then(|| view! { <Button icon=Icon::Close pending=stopping on_click=stop>"Stop"</Button> })}
            {can_pause
                .then(|| {
                    let (icon, text) = if is_paused { (Icon::Play, "Resume") } else { (Icon::Pause, "Pause") };
                    view! { <Button icon pending=pausing on_click=move |_| pause(!is_paused)>{text}</Button> }
                })}
        }
    }
}
