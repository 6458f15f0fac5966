//! All connections at a glance: what needs somebody, how calls go, how much of quotas is used.

use super::DataTabs;
use super::states::{StateBadge, expiry_words, outcome_words};
use crate::api::connections::health;
use crate::pages::shell::PageHeader;
use crate::state::session::{may, use_workspace};
use crate::state::work::{first, keep_fresh};
use crate::ui::{Ago, Badge, BadgeTone, EmptyState, Icon, LinkButton, TableScroll, Tone};
use leptos::prelude::*;
use metrics::format::{day_long, integer, percent};
use metrics::{Figure, Locale};
use model::access::Role;
use model::health::{CallCounts, ConnectionHealth, HealthReport, PlatformHealth, QuotaUse};
use model::live::Topic;

/// `/w/:ws/data/health`.
#[component]
pub fn HealthPage() -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let asked = Resource::new(|| (), move |()| health(slug.get_value()));
    view! {
        <PageHeader title="Health"/>
        <DataTabs/>
        {first(asked, |found| view! { <Glance found/> })}
    }
}

#[component]
fn Glance(found: HealthReport) -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let found = RwSignal::new(found);
    keep_fresh(Topic::Connections, found, Trigger::new(), move || health(slug.get_value()));
    let is_admin = may(&workspace, Role::Admin);
    let is_empty = Memo::new(move |_| found.with(|f| f.connections.is_empty()));
    move || {
        if is_empty.get() {
            let connect = format!("/w/{}/data/connect", slug.get_value());
            return view! {
                <EmptyState
                    icon=Icon::Link
                    title="No source is connected"
                    text="As soon as one is, this page says how it fares: what needs somebody, how many calls fail, and how much of its quota is used."
                >
                    {is_admin.then(|| view! { <LinkButton href=connect tone=Tone::Primary>"Connect a source"</LinkButton> })}
                </EmptyState>
            }
            .into_any();
        }
        view! {
            <div class="stack">
                <p class="lead" role="status">{move || found.with(in_short)}</p>
                <Connections found/>
                <Platforms found/>
            </div>
        }
        .into_any()
    }
}

/// "2 of 5 connections need somebody."
fn in_short(health: &HealthReport) -> String {
    let all = health.connections.len();
    match health.connections.iter().filter(|c| c.severity() >= 4).count() {
        0 if all == 1 => "The connection works; nobody has to do anything.".to_owned(),
        0 => format!("All {all} connections work; nobody has to do anything."),
        1 if all == 1 => "The connection needs a look.".to_owned(),
        1 => format!("1 of {all} connections needs a look."),
        n => format!("{n} of {all} connections need a look."),
    }
}

/// "2.5%".
fn share(part: i64, whole: i64) -> Option<String> {
    Figure::new(part.into(), whole.into()).map(|share| percent(share, Locale::EN))
}

/// "1 slowed down, 2 failed", of those that occur.
fn kinds(calls: &CallCounts) -> String {
    [
        (calls.throttled, "slowed down"),
        (calls.failed, "failed"),
        (calls.broken, "broke off"),
        (calls.refused, "refused"),
    ]
    .iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, words)| format!("{} {words}", integer(*n, Locale::EN)))
    .collect::<Vec<_>>()
    .join(", ")
}

#[component]
fn Connections(found: RwSignal<HealthReport>) -> impl IntoView {
    let rows = Memo::new(move |_| found.with(|f| f.connections.clone()));
    view! {
        <section class="stack stack--tight">
            <h2>"Connections"</h2>
            <TableScroll label="Connections" stacks=true>
                <thead>
                    <tr>
                        <th scope="col">"Connection"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Complete to"</th>
                        <th scope="col" class="num">"Errors, 30 days"</th>
                        <th scope="col">"Quota used"</th>
                        <th scope="col">"Last run"</th>
                        <th scope="col">"What to do"</th>
                    </tr>
                </thead>
                <tbody>
                    {move || rows.get().into_iter().map(|row| view! { <ConnectionRow row/> }).collect_view()}
                </tbody>
            </TableScroll>
        </section>
    }
}

#[component]
fn ConnectionRow(row: ConnectionHealth) -> impl IntoView {
    let slug = use_workspace().slug;
    let href = format!("/w/{slug}/data/connections/{}", row.connection);
    let complete = match (row.complete_until, row.days_behind) {
        (None, _) => "—".to_owned(),
        (Some(day), Some(behind)) if behind > 1 => format!("{} ({behind} days behind)", day_long(day)),
        (Some(day), _) => day_long(day),
    };
    let errors = share(row.calls.bad(), row.calls.total()).unwrap_or_else(|| "—".to_owned());
    let of_calls = (row.calls.total() > 0).then(|| {
        let of = format!("of {} calls", integer(row.calls.total(), Locale::EN));
        match kinds(&row.calls) {
            kinds if kinds.is_empty() => of,
            kinds => format!("{of}: {kinds}"),
        }
    });
    let expiry = row.expiry.map(|expiry| {
        let (tone, words) = expiry_words(expiry);
        view! { <Badge tone=Signal::stored(tone)>{words}</Badge> }
    });
    let is_named_otherwise = row.name != row.platform_name;
    view! {
        <tr>
            <th scope="row">
                <a href=href>{row.name}</a>
                {is_named_otherwise.then(|| view! { <span class="muted small block">{row.platform_name}</span> })}
            </th>
            <td class="cell--half"><StateBadge state=Signal::stored(row.state)/> {expiry}</td>
            <td data-label="Complete to">{complete}</td>
            <td class="num" data-label="Errors, 30 days">
                {errors} {of_calls.map(|text| view! { <span class="muted small block">{text}</span> })}
            </td>
            <td data-label="Quota used"><Quotas quotas=row.quotas/></td>
            <td data-label="Last run">
                {match row.last_run {
                    Some(run) => view! { <Ago at=run.started_at/> <span class="muted small block">{outcome_words(run.outcome).1}</span> }.into_any(),
                    None => "—".into_any(),
                }}
            </td>
            <td class="cell--wide" data-label="What to do">{row.what_to_do.unwrap_or_else(|| "—".to_owned())}</td>
        </tr>
    }
}

/// Of each quota the share, and what it is a share of.
#[component]
fn Quotas(quotas: Vec<QuotaUse>) -> impl IntoView {
    if quotas.is_empty() {
        return view! { <span class="muted">"not told"</span> }.into_any();
    }
    quotas
        .into_iter()
        .map(|quota| {
            let used = share(quota.used, quota.limit).unwrap_or_else(|| "—".to_owned());
            let of = format!(
                "{} of {} {}",
                integer(quota.used, Locale::EN),
                integer(quota.limit, Locale::EN),
                quota.name
            );
            view! { <span class="block nowrap">{used}</span> <span class="muted small block">{of}</span> }
        })
        .collect_view()
        .into_any()
}

#[component]
fn Platforms(found: RwSignal<HealthReport>) -> impl IntoView {
    let rows = Memo::new(move |_| found.with(|f| f.platforms.clone()));
    view! {
        <section class="stack stack--tight">
            <h2>"Calls by platform"</h2>
            <p class="muted">
                {move || {
                    let target = found.with(|f| f.target);
                    format!("How many calls of the last 30 days were answered as hoped. The target is {:.0}%.", target * 100.0)
                }}
            </p>
            <TableScroll label="Calls by platform" stacks=true>
                <thead>
                    <tr>
                        <th scope="col">"Platform"</th>
                        <th scope="col" class="num">"Connections"</th>
                        <th scope="col" class="num">"Calls"</th>
                        <th scope="col" class="num">"Success"</th>
                        <th scope="col">"Target"</th>
                        <th scope="col">"What went wrong"</th>
                    </tr>
                </thead>
                <tbody>
                    {move || rows.get().into_iter().map(|row| view! { <PlatformRow row/> }).collect_view()}
                </tbody>
            </TableScroll>
        </section>
    }
}

#[component]
fn PlatformRow(row: PlatformHealth) -> impl IntoView {
    let success = share(row.calls.good, row.calls.total()).unwrap_or_else(|| "—".to_owned());
    let (tone, words) = match row.meets_target() {
        Some(true) => (BadgeTone::Good, "Met"),
        Some(false) => (BadgeTone::Bad, "Missed"),
        None => (BadgeTone::Neutral, "No calls yet"),
    };
    let wrong = match kinds(&row.calls) {
        none if none.is_empty() => "—".to_owned(),
        kinds => kinds,
    };
    view! {
        <tr>
            <th scope="row">{row.name}</th>
            <td class="num" data-label="Connections">{integer(row.connections, Locale::EN)}</td>
            <td class="num" data-label="Calls">{integer(row.calls.total(), Locale::EN)}</td>
            <td class="num" data-label="Success">{success}</td>
            <td data-label="Target"><Badge tone=Signal::stored(tone)>{words}</Badge></td>
            <td class="cell--wide" data-label="What went wrong">{wrong}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_is_named_by_kind() {
        let calls = CallCounts { good: 97, throttled: 2, failed: 0, broken: 1, refused: 0 };
        assert_eq!(kinds(&calls), "2 slowed down, 1 broke off");
        assert_eq!(share(calls.bad(), calls.total()).as_deref(), Some("3.0%"));
        assert_eq!(share(0, 0), None);
    }
}
