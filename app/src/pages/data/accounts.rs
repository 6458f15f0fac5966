//! After consent: which accounts, how much history, how often.

use super::warnings::WarningList;
use super::{CallbackError, connections_crumb, count, id_param};
use crate::api::connections::{begin_sync, change_connection, connection, discover, estimate};
use crate::pages::choices::schedules;
use crate::pages::error_page::NotFound;
use crate::pages::shell::PageHeader;
use crate::state::browser;
use crate::state::session::use_workspace;
use crate::state::toast::use_toasts;
use crate::state::work::{first, run};
use crate::ui::{
    Button, EmptyState, Icon, Notice, NoticeKind, SelectField, TableScroll, TextField, Tone, duration,
};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use metrics::format::day_range;
use model::connections::{
    ConnectionChange, ConnectionState, Discovery, FoundAccount, HistoryEstimate, Schedule, StartSync,
};
use model::ids::ConnectionId;
use std::collections::BTreeSet;

/// How far back, in days, and how it is called.
const HISTORY: [(u32, &str); 5] = [
    (30, "30 days"),
    (90, "90 days"),
    (395, "13 months: this year and the same time last year"),
    (760, "25 months"),
    (1_125, "37 months"),
];

/// `/w/:ws/data/connections/:id/accounts`.
#[component]
pub fn AccountsPage() -> impl IntoView {
    let slug = use_workspace().slug;
    let Some(id) = id_param::<ConnectionId>("id") else {
        return view! { <NotFound/> }.into_any();
    };
    let asked = slug.clone();
    let found = Resource::new(
        || (),
        move |()| {
            let (of, about) = (discover(asked.clone(), id), connection(asked.clone(), id));
            async move { Ok((of.await?, about.await?.summary.state)) }
        },
    );
    let crumbs = vec![connections_crumb(&slug)];
    view! {
        <PageHeader title="Choose accounts" crumbs/>
        <CallbackError/>
        {first(
            found,
            |(discovery, state): (Discovery, ConnectionState)| {
                view! { <Choose discovery is_new=state == ConnectionState::ChoosingAccounts/> }
            },
        )}
    }
    .into_any()
}

#[component]
fn Choose(discovery: Discovery, is_new: bool) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let id = discovery.connection;
    if discovery.accounts.is_empty() {
        return view! {
            <Warnings warnings=discovery.warnings/>
            <EmptyState
                icon=Icon::User
                title="This log-in sees no account"
                text="The consent worked, but the person who gave it has access to no account that can be read. Connect again as somebody who has."
            />
        }
        .into_any();
    }
    let everything = discovery.accounts.iter().map(|a| a.remote_id.clone()).collect::<BTreeSet<_>>();
    let selected = discovery.accounts.iter().filter(|a| a.is_selected).map(|a| a.remote_id.clone()).collect();
    let chosen: RwSignal<BTreeSet<String>> = RwSignal::new(selected);
    if is_new && chosen.with_untracked(BTreeSet::is_empty) && everything.len() == 1 {
        chosen.set(everything);
    }
    view! {
        <div class="stack">
            <Warnings warnings=discovery.warnings/>
            <AccountTable accounts=discovery.accounts chosen/>
            {if is_new {
                view! { <Start slug id chosen/> }.into_any()
            } else {
                view! { <Change slug id chosen/> }.into_any()
            }}
        </div>
    }
    .into_any()
}

#[component]
fn Warnings(warnings: Vec<String>) -> impl IntoView {
    (!warnings.is_empty()).then(|| {
        view! {
            <Notice kind=NoticeKind::Warning>
                <p>"Some accounts can't be read; the others can:"</p>
                <WarningList warnings/>
            </Notice>
        }
    })
}

#[component]
fn AccountTable(accounts: Vec<FoundAccount>, chosen: RwSignal<BTreeSet<String>>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let all = StoredValue::new(accounts);
    let shown = Memo::new(move |_| {
        let typed = typed.get().to_lowercase();
        all.with_value(|all| {
            all.iter()
                .filter(|a| a.name.to_lowercase().contains(&typed) || a.remote_id.contains(&typed))
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let all_chosen = Memo::new(move |_| {
        shown.with(|shown| {
            !shown.is_empty() && shown.iter().all(|a| chosen.with(|c| c.contains(&a.remote_id)))
        })
    });
    let choose_all = move |on: bool| {
        let ids = shown.with_untracked(|shown| shown.iter().map(|a| a.remote_id.clone()).collect::<Vec<_>>());
        chosen.update(|chosen| {
            for id in ids {
                if on {
                    chosen.insert(id);
                } else {
                    chosen.remove(&id);
                }
            }
        });
    };
    view! {
        <section class="stack stack--tight">
            <div class="row row--between">
                <p role="status">
                    {move || format!("{} of {} chosen", chosen.with(BTreeSet::len), all.with_value(Vec::len))}
                </p>
                <div class="grow measure">
                    <TextField name="search" label="Search by name or id" value=typed/>
                </div>
            </div>
            // On a phone the heads are out of sight, and the box that chooses all with them.
            <label class="check only-narrow">
                <input
                    type="checkbox"
                    prop:checked=move || all_chosen.get()
                    on:change=move |event| choose_all(event_target_checked(&event))
                />
                <span>"Choose all that are shown"</span>
            </label>
            <TableScroll label="Accounts" stacks=true>
                <thead>
                    <tr>
                        <th scope="col">
                            <input
                                type="checkbox"
                                aria-label="Choose all that are shown"
                                prop:checked=move || all_chosen.get()
                                on:change=move |event| choose_all(event_target_checked(&event))
                            />
                        </th>
                        <th scope="col">"Account"</th>
                        <th scope="col">"Id"</th>
                        <th scope="col">"Currency"</th>
                        <th scope="col">"Time zone"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || shown.get() key=|a| a.remote_id.clone() let:account>
                        <AccountRow account chosen/>
                    </For>
                </tbody>
            </TableScroll>
            {move || shown.with(Vec::is_empty).then(|| view! { <p class="muted">"No account has such a name or id."</p> })}
        </section>
    }
}

#[component]
fn AccountRow(account: FoundAccount, chosen: RwSignal<BTreeSet<String>>) -> impl IntoView {
    let (id, key) = (account.remote_id.clone(), account.remote_id.clone());
    let field = format!("account-{}", account.remote_id);
    view! {
        <tr>
            <td class="check-cell">
                <input
                    type="checkbox"
                    id=field.clone()
                    checked=account.is_selected
                    prop:checked=move || chosen.with(|chosen| chosen.contains(&id))
                    on:change=move |event| {
                        chosen
                            .update(|chosen| {
                                if event_target_checked(&event) {
                                    chosen.insert(key.clone());
                                } else {
                                    chosen.remove(&key);
                                }
                            });
                    }
                />
            </td>
            <td class="cell--main"><label for=field>{account.name}</label></td>
            <td class="muted" data-label="Id">{account.remote_id}</td>
            <td>{account.currency}</td>
            <td class="muted">{account.time_zone}</td>
        </tr>
    }
}

/// How much history and how often, with a rough idea of how long it takes; then start.
#[component]
fn Start(slug: StoredValue<String>, id: ConnectionId, chosen: RwSignal<BTreeSet<String>>) -> impl IntoView {
    let (toasts, navigate) = (use_toasts(), use_navigate());
    let pending = RwSignal::new(false);
    let history = RwSignal::new("395".to_owned());
    let schedule = RwSignal::new(Schedule::Hourly.name().to_owned());
    let wish = move || {
        let days = history.get().parse::<u64>().unwrap_or(30);
        let today = browser::now()?.date_naive();
        let accounts: Vec<String> = chosen.get().into_iter().collect();
        (!accounts.is_empty()).then(|| StartSync {
            connection: id,
            accounts,
            history_from: today.checked_sub_days(chrono::Days::new(days)).unwrap_or(today),
            schedule: Schedule::from_name(&schedule.get()).unwrap_or(Schedule::Hourly),
        })
    };
    let guess = RwSignal::new(None::<HistoryEstimate>);
    let number = StoredValue::new(0_u64);
    Effect::new(move |_| {
        let wish = wish();
        let mine = number.get_value() + 1;
        number.set_value(mine);
        let Some(wish) = wish else {
            guess.set(None);
            return;
        };
        // A person who ticks ten boxes asks once.
        browser::after(300, move || {
            if number.try_get_value() != Some(mine) {
                return;
            }
            leptos::task::spawn_local(async move {
                let answer = estimate(slug.get_value(), wish).await;
                if number.try_get_value() == Some(mine) {
                    let _ = guess.try_set(answer.ok());
                }
            });
        });
    });
    let start = move |_| {
        let Some(wish) = untrack(wish) else { return };
        let navigate = navigate.clone();
        run(pending, toasts, begin_sync(slug.get_value(), wish), move |()| {
            let path = slug.with_value(|slug| format!("/w/{slug}/data/connections/{id}"));
            navigate(&path, leptos_router::NavigateOptions::default());
        });
    };
    let none = Signal::derive(move || chosen.with(BTreeSet::is_empty));
    view! {
        <section class="card form">
            <div class="form__pair">
                <SelectField
                    name="history"
                    label="History"
                    value=history
                    options=HISTORY.map(|(days, label)| (days.to_string(), label.to_owned())).to_vec()
                    help="The newest days come first, so you see figures at once."
                />
                <SelectField name="schedule" label="Then synchronise" value=schedule options=schedules()/>
            </div>
            <p class="muted" role="status">
                {move || {
                    if none.get() {
                        return "Choose at least one account.".to_owned();
                    }
                    guess
                        .get()
                        .map_or_else(
                            || "Estimating …".to_owned(),
                            |guess| {
                                format!(
                                    "{}: about {}, about {}.",
                                    day_range(guess.days),
                                    count(guess.rows, "row", "rows"),
                                    duration(u64::from(guess.seconds)),
                                )
                            },
                        )
                }}
            </p>
            <div class="row">
                <Button tone=Tone::Primary icon=Icon::Play pending disabled=none on_click=start>
                    "Start first synchronisation"
                </Button>
            </div>
        </section>
    }
}

/// Saves another choice for a connection that works already.
#[component]
fn Change(slug: StoredValue<String>, id: ConnectionId, chosen: RwSignal<BTreeSet<String>>) -> impl IntoView {
    let (toasts, navigate) = (use_toasts(), use_navigate());
    let pending = RwSignal::new(false);
    let none = Signal::derive(move || chosen.with(BTreeSet::is_empty));
    let save = move |_| {
        let accounts: Vec<String> = chosen.get_untracked().into_iter().collect();
        let change = ConnectionChange { accounts: Some(accounts), ..ConnectionChange::default() };
        let navigate = navigate.clone();
        run(pending, toasts, change_connection(slug.get_value(), id, change), move |()| {
            toasts.done("Accounts saved. The next run reads them.");
            let path = slug.with_value(|slug| format!("/w/{slug}/data/connections/{id}"));
            navigate(&path, leptos_router::NavigateOptions::default());
        });
    };
    view! {
        <div class="row">
            <Button tone=Tone::Primary pending disabled=none on_click=save>"Save accounts"</Button>
            <span class="muted small">"Figures of accounts that you leave out stay; they are only not read any more."</span>
        </div>
    }
}
