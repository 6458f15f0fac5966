//! One day of a connection: what it has, and reading it again.

use super::calendar::completeness_words;
use super::count;
use super::runs::RunProgress;
use super::states::{can_sync, outcome_words};
use super::warnings::RunTrouble;
use crate::api::connections::{connection_day, read_day};
use crate::state::session::{may, use_workspace};
use crate::state::toast::use_toasts;
use crate::state::work::{first, keep_fresh, run};
use crate::ui::{Ago, Badge, Button, Icon, IconButton, Instant, Notice, NoticeKind};
use chrono::NaiveDate;
use leptos::prelude::*;
use metrics::format::day_long;
use model::access::Role;
use model::connections::{ConnectionDetail, RunOutcome, RunSummary};
use model::live::Topic;
use model::upkeep::{AccountDay, DayDetail, StreamDay};

/// The day, below the strip.
#[component]
pub fn DayPanel(
    /// The connection.
    detail: RwSignal<ConnectionDetail>,
    /// The day.
    day: NaiveDate,
    /// Closes it.
    #[prop(into)]
    close: Callback<()>,
    /// Fetches the connection anew.
    again: Trigger,
) -> impl IntoView {
    let slug = use_workspace().slug;
    let id = detail.with_untracked(|d| d.summary.id);
    let asked = Resource::new(|| (), move |()| connection_day(slug.clone(), id, day));
    view! {
        <section class="day-panel stack stack--tight" aria-label=day_long(day)>
            <div class="row row--between">
                <h3>{day_long(day)}</h3>
                <IconButton icon=Icon::Close label="Close the day" on_click=move |_| close.run(())/>
            </div>
            {first(asked, move |found| view! { <Found detail found again/> })}
        </section>
    }
}

#[component]
fn Found(detail: RwSignal<ConnectionDetail>, found: DayDetail, again: Trigger) -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let (id, day) = (detail.with_untracked(|d| d.summary.id), found.day);
    let found = RwSignal::new(found);
    let asked_again = Trigger::new();
    keep_fresh(Topic::Connections, found, asked_again, move || connection_day(slug.get_value(), id, day));
    let toasts = use_toasts();
    let pending = RwSignal::new(false);
    let read = move |_| {
        run(pending, toasts, read_day(slug.get_value(), id, day), move |()| {
            asked_again.notify();
            again.notify();
        });
    };
    let state = Memo::new(move |_| found.with(|d| d.state));
    let is_queued = Memo::new(move |_| found.with(|d| d.is_queued));
    let last = Memo::new(move |_| found.with(|d| d.run.clone()));
    let running = Memo::new(move |_| last.get().filter(|run| run.outcome == RunOutcome::Running));
    let is_running = Memo::new(move |_| running.with(Option::is_some));
    let accounts = Memo::new(move |_| found.with(|d| d.accounts.clone()));
    let may_read = may(&workspace, Role::Editor);
    let can_read = Memo::new(move |_| may_read && detail.with(|d| can_sync(&d.summary.state)));
    view! {
        <div class="row row--between">
            <p>
                <span class=move || format!("day day--small day--{}", completeness_words(state.get()).0) aria-hidden="true"></span>
                " "
                {move || completeness_words(state.get()).1}
            </p>
            {move || {
                can_read
                    .get()
                    .then(|| {
                        let busy = Signal::derive(move || pending.get() || is_queued.get() || is_running.get());
                        view! { <Button icon=Icon::Refresh pending=busy on_click=read>"Read this day again"</Button> }
                    })
            }}
        </div>
        <div role="status">
            {move || {
                is_queued
                    .get()
                    .then(|| {
                        view! { <p class="muted">"It waits its turn: a connection reads one thing after the other."</p> }
                    })
            }}
        </div>
        {move || is_running.get().then(|| view! { <RunProgress run=running/> })}
        {move || last.get().filter(|run| run.outcome != RunOutcome::Running).map(|run| view! { <Result run/> })}
        {move || accounts.get().into_iter().map(|account| view! { <Account account/> }).collect_view()}
    }
}

/// How the last reading of this day ended.
#[component]
fn Result(run: RunSummary) -> impl IntoView {
    let (tone, words) = outcome_words(run.outcome);
    let rows = format!(
        "{}, {} new or changed",
        count(run.rows_read, "row", "rows"),
        metrics::format::integer(run.rows_changed, metrics::Locale::EN)
    );
    let is_bad = run.error.is_some() || !run.warnings.is_empty();
    view! {
        <p class="row">
            <span>"Read again " <Ago at=run.started_at/></span>
            <Badge tone=Signal::stored(tone)>{words}</Badge>
            <span class="muted">{rows}</span>
        </p>
        {is_bad
            .then(|| {
                view! {
                    <Notice kind=NoticeKind::Warning>
                        <RunTrouble run/>
                    </Notice>
                }
            })}
    }
}

/// "4 complete, 2 not read", in the order of the strip's legend.
fn counted(streams: &[StreamDay]) -> String {
    let mut parts: Vec<(&'static str, usize)> = Vec::new();
    for stream in streams {
        let words = completeness_words(stream.state).1;
        match parts.iter_mut().find(|(known, _)| *known == words) {
            Some((_, n)) => *n += 1,
            None => parts.push((words, 1)),
        }
    }
    parts.iter().map(|(words, n)| format!("{n} {}", words.to_lowercase())).collect::<Vec<_>>().join(", ")
}

#[component]
fn Account(account: AccountDay) -> impl IntoView {
    let told = counted(&account.streams);
    view! {
        <details class="day-panel__account">
            <summary>
                <span class="strong">{account.name}</span>
                " "
                <span class="muted">{told}</span>
            </summary>
            <ul class="day-panel__streams small">
                {account
                    .streams
                    .into_iter()
                    .map(|stream| {
                        let (class, words) = completeness_words(stream.state);
                        view! {
                            <li>
                                <span class=format!("day day--small day--{class}") aria-hidden="true"></span>
                                <span>
                                    {stream.summary}
                                    " "
                                    <span class="muted">
                                        {words.to_lowercase()}
                                        {stream.read_at.map(|at| view! { ", read " <Instant at/> })}
                                    </span>
                                </span>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::connections::DayCompleteness;

    #[test]
    fn streams_are_counted_by_how_they_stand() {
        let stream = |state| StreamDay { stream: "s".into(), summary: "S".into(), state, read_at: None };
        let all =
            [DayCompleteness::Complete, DayCompleteness::Missing, DayCompleteness::Complete].map(stream);
        assert_eq!(counted(&all), "2 complete, 1 not read");
    }
}
