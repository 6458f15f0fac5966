//! After consent: which accounts, how much history, how often.

use super::first_sync::Start;
use super::warnings::WarningList;
use super::{CallbackError, connections_crumb, count, id_param};
use crate::api::connections::{change_connection, connection, discover};
use crate::pages::error_page::NotFound;
use crate::pages::shell::PageHeader;
use crate::state::session::use_workspace;
use crate::state::toast::use_toasts;
use crate::state::work::{first, run};
use crate::ui::{
    Button, EmptyState, Icon, IconView, LinkButton, Notice, NoticeKind, TableScroll, TextField, Tone,
};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use model::connect::{AccountRemark, Discovery};
use model::connections::{ConnectionChange, ConnectionState, ConnectionSummary, FoundAccount};
use model::ids::ConnectionId;
use std::collections::BTreeSet;

/// ISO 4217 for "no currency": the platform names none.
const NO_CURRENCY: &str = "XXX";

/// So many accounts that can't be read are in sight; more would push the choice away.
const MOST_OPEN: usize = 4;

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
            async move { Ok((of.await?, about.await?.summary)) }
        },
    );
    let crumbs = vec![connections_crumb(&slug)];
    view! {
        <PageHeader title="Choose accounts" crumbs/>
        <CallbackError/>
        {first(
            found,
            |(discovery, summary): (Discovery, ConnectionSummary)| view! { <Choose discovery summary/> },
        )}
    }
    .into_any()
}

#[component]
fn Choose(discovery: Discovery, summary: ConnectionSummary) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let id = discovery.connection;
    let is_new = summary.state == ConnectionState::ChoosingAccounts;
    let (of_accounts, of_others): (Vec<_>, Vec<_>) = discovery
        .remarks
        .into_iter()
        .partition(|remark| discovery.accounts.iter().any(|account| account.remote_id == remark.remote_id));
    if discovery.accounts.is_empty() {
        let again = format!("/w/{}/data/connect/{}?reconnect={id}", slug.get_value(), summary.platform);
        return view! {
            <div class="stack">
                <Warnings warnings=discovery.warnings/>
                <Unreadable remarks=of_others/>
                <EmptyState
                    icon=Icon::User
                    title="This log-in sees no account"
                    text="The access works, but there is no account behind it that can be read. Connect again as somebody who has one."
                >
                    <LinkButton href=again>"Connect again"</LinkButton>
                </EmptyState>
            </div>
        }
        .into_any();
    }
    let limit = discovery.max_history_days;
    let platform = summary.platform_name;
    let everything = discovery.accounts.iter().map(|a| a.remote_id.clone()).collect::<BTreeSet<_>>();
    let selected = discovery.accounts.iter().filter(|a| a.is_selected).map(|a| a.remote_id.clone()).collect();
    let chosen: RwSignal<BTreeSet<String>> = RwSignal::new(selected);
    if is_new && chosen.with_untracked(BTreeSet::is_empty) && everything.len() == 1 {
        chosen.set(everything);
    }
    view! {
        <div class="stack">
            <Warnings warnings=discovery.warnings/>
            <AccountTable accounts=discovery.accounts remarks=of_accounts chosen/>
            <Unreadable remarks=of_others/>
            {if is_new {
                view! { <Start slug id chosen platform limit/> }.into_any()
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
                <p>"The platform says:"</p>
                <WarningList warnings/>
            </Notice>
        }
    })
}

/// Accounts that are there and can't be read, each with its reason.
#[component]
fn Unreadable(remarks: Vec<AccountRemark>) -> impl IntoView {
    (!remarks.is_empty()).then(|| {
        let number = count(i64::try_from(remarks.len()).unwrap_or(0), "account", "accounts");
        let is_open = remarks.len() <= MOST_OPEN;
        view! {
            <details class="card" open=is_open>
                <summary>{format!("{number} can't be read")}</summary>
                <ul class="dots small">
                    {remarks
                        .into_iter()
                        .map(|remark| view! { <li><strong>{remark.remote_id}</strong> " · " {remark.message}</li> })
                        .collect_view()}
                </ul>
            </details>
        }
    })
}

#[component]
fn AccountTable(
    accounts: Vec<FoundAccount>,
    remarks: Vec<AccountRemark>,
    chosen: RwSignal<BTreeSet<String>>,
) -> impl IntoView {
    let remarks = StoredValue::new(remarks);
    let of = move |account: &FoundAccount| {
        remarks.with_value(|remarks| {
            let ours = remarks.iter().filter(|remark| remark.remote_id == account.remote_id);
            ours.map(|remark| remark.message.clone()).collect::<Vec<_>>()
        })
    };
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
                        {
                            let remarks = of(&account);
                            view! { <AccountRow account remarks chosen/> }
                        }
                    </For>
                </tbody>
            </TableScroll>
            {move || shown.with(Vec::is_empty).then(|| view! { <p class="muted">"No account has such a name or id."</p> })}
        </section>
    }
}

#[component]
fn AccountRow(
    account: FoundAccount,
    remarks: Vec<String>,
    chosen: RwSignal<BTreeSet<String>>,
) -> impl IntoView {
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
            <td class="cell--main">
                <label for=field>{account.name}</label>
                {(account.has_figures == Some(false))
                    .then(|| view! { <p class="muted small">"Read before, and there were no figures."</p> })}
                {remarks.into_iter().map(|text| view! { <p class="small remark"><IconView icon=Icon::Warning/> {text}</p> }).collect_view()}
            </td>
            <td class="muted" data-label="Id">{account.remote_id}</td>
            <td>{if account.currency == NO_CURRENCY { "—".to_owned() } else { account.currency }}</td>
            <td class="muted">{account.time_zone}</td>
        </tr>
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
