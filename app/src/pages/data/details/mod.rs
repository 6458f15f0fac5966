//! Things one by one: posts, campaigns, deals, … with what the vendor tells of each beside its figures.

mod panel;
mod people;
mod shown;

use super::{DataTabs, count};
use crate::api::ApiError;
use crate::api::details::{detail_accounts, detail_list, detail_people};
use crate::pages::campaigns::address::AddressSelect;
use crate::pages::campaigns::kind_word;
use crate::pages::shell::PageHeader;
use crate::state::browser;
use crate::state::session::use_workspace;
use crate::state::work::first;
use crate::ui::{Dialog, EmptyState, Icon, Instant, TableScroll, TextField};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use metrics::details::{DetailAccount, ListedThing, People, ThingList};
use metrics::format::{day_long, integer};
use metrics::{Locale, platform};
use model::entities::EntityKind;
use model::ids::{AccountId, EntityId};
use panel::Panel;
use people::PeopleTables;

/// The server is asked when nothing was typed for so long.
const TYPED_MS: u64 = 250;

/// `/w/:ws/data/details`.
#[component]
pub fn DetailsPage() -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let query = use_query_map();
    let address = Memo::new(move |_| query.with(|query| (query.get("account"), query.get("kind"))));
    let typed = RwSignal::new(String::new());
    let text = when_quiet(typed);
    // All that is asked is asked here: a resource that is made below a transition is made twice on the server, and the
    // second time its request is over.
    let accounts = Resource::new(|| (), move |()| detail_accounts(slug.get_value()));
    let list = Resource::new(
        move || (address.get(), text.get()),
        move |((account, kind), text)| async move {
            let all = accounts.await?;
            let Some((account, kind)) = pick(&all, account.as_deref(), kind.as_deref()) else {
                return Ok(None);
            };
            let list = detail_list(slug.get_value(), account, kind, text).await?;
            Ok::<_, ApiError>(Some((kind, list)))
        },
    );
    let people = Resource::new(
        move || address.get().0,
        move |account| async move {
            let all = accounts.await?;
            match pick(&all, account.as_deref(), None) {
                Some((account, _)) => detail_people(slug.get_value(), account).await,
                None => Ok(People::default()),
            }
        },
    );
    view! {
        <PageHeader title="Details"/>
        <DataTabs/>
        <div class="stack">
            {first(accounts, move |accounts| view! { <Choice accounts address typed/> })}
            <Things asked=list/>
            {first(people, |people| view! { <PeopleTables people/> })}
        </div>
    }
}

/// What the address asks for, as far as it is there; else the first.
fn pick(
    accounts: &[DetailAccount],
    account: Option<&str>,
    kind: Option<&str>,
) -> Option<(AccountId, EntityKind)> {
    let asked = |one: &&DetailAccount| Some(one.account.to_string().as_str()) == account;
    let found = accounts.iter().find(asked).or_else(|| accounts.first())?;
    let wanted = found.kinds.iter().find(|(one, _)| Some(one.name()) == kind);
    Some((found.account, wanted.or_else(|| found.kinds.first())?.0))
}

#[component]
fn Choice(
    accounts: Vec<DetailAccount>,
    /// Account and kind as the address has them.
    address: Memo<(Option<String>, Option<String>)>,
    typed: RwSignal<String>,
) -> impl IntoView {
    if accounts.is_empty() {
        return view! {
            <EmptyState
                icon=Icon::Data
                title="Nothing was read yet"
                text="As soon as a source is connected or a file is imported, its campaigns, posts, deals and other things are listed here, with what the platform tells of each."
            />
        }
        .into_any();
    }
    let names = accounts
        .iter()
        .map(|one| (one.account.to_string(), format!("{} · {}", one.name, platform::label(&one.platform))));
    let names: Vec<(String, String)> = names.collect();
    let accounts = StoredValue::new(accounts);
    let place = Memo::new(move |_| {
        let (account, kind) = address.get();
        accounts.with_value(|all| pick(all, account.as_deref(), kind.as_deref()))
    });
    let account = Memo::new(move |_| place.get().map(|(account, _)| account));
    let account_text = Memo::new(move |_| account.get().map(|id| id.to_string()).unwrap_or_default());
    let kind_text =
        Memo::new(move |_| place.get().map(|(_, kind)| kind.name().to_owned()).unwrap_or_default());
    let kinds = move |account: AccountId| {
        accounts.with_value(|all| {
            let own = all.iter().find(|one| one.account == account);
            let kinds = own.into_iter().flat_map(|one| &one.kinds);
            let option = |(kind, n): &(EntityKind, i64)| {
                (kind.name().to_owned(), format!("{} ({})", kind_word(*kind), integer(*n, Locale::EN)))
            };
            kinds.map(option).collect::<Vec<_>>()
        })
    };
    view! {
        <p class="muted measure">
            "What platforms tell of single things beside their figures. Nothing here names a person."
        </p>
        <div class="filters">
            <TextField name="search" label="Search" value=typed/>
            <AddressSelect name="account" label="Account" value=account_text options=names/>
            {move || {
                account
                    .get()
                    .map(|id| view! { <AddressSelect name="kind" label="Kind" value=kind_text options=kinds(id)/> })
            }}
        </div>
    }
    .into_any()
}

/// What was typed, when nothing more was typed for a moment.
fn when_quiet(typed: RwSignal<String>) -> RwSignal<String> {
    let quiet = RwSignal::new(String::new());
    Effect::new(move |_| {
        let now = typed.get();
        browser::after(TYPED_MS, move || {
            let is_last = typed.try_with_untracked(|typed| *typed == now) == Some(true);
            if is_last && quiet.try_with_untracked(|quiet| *quiet != now) == Some(true) {
                quiet.set(now);
            }
        });
    });
    quiet
}

/// The list of what was asked for, and the dialog of one of them.
#[component]
fn Things(asked: Resource<Result<Option<(EntityKind, ThingList)>, ApiError>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let chosen = RwSignal::new(None::<(EntityId, String)>);
    let title = Signal::derive(move || chosen.get().map(|(_, name)| name).unwrap_or_default());
    view! {
        {first(asked, move |found| found.map(|(kind, list)| view! { <List kind list chosen open/> }))}
        <Dialog id="thing" open title class="dialog--wide">
            {move || chosen.get().map(|(thing, _)| view! { <Panel thing/> })}
        </Dialog>
    }
}

/// "Campaign: 1,203 things fit; the newest 500 are listed. Search for the others."
fn in_short(kind: EntityKind, list: &ThingList) -> String {
    let listed = i64::try_from(list.things.len()).unwrap_or(i64::MAX);
    let all = count(list.found, "thing", "things");
    if list.found > listed {
        return format!(
            "{}: {all}; the newest {} are listed. Search for the others.",
            kind_word(kind),
            integer(listed, Locale::EN)
        );
    }
    format!("{}: {all}", kind_word(kind))
}

#[component]
fn List(
    kind: EntityKind,
    list: ThingList,
    chosen: RwSignal<Option<(EntityId, String)>>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let short = in_short(kind, &list);
    let rows = list.things;
    let is_empty = rows.is_empty();
    let kind = kind_word(kind);
    view! {
        <p role="status">{short}</p>
        {if is_empty {
            view! { <p class="muted">"Nothing fits the search."</p> }.into_any()
        } else {
            view! {
                <TableScroll label="Things" stacks=true>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Kind"</th>
                            <th scope="col">"Status"</th>
                            <th scope="col">"Began"</th>
                            <th scope="col">"Ended"</th>
                            <th scope="col">"First seen"</th>
                            <th scope="col">"Link"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {rows.into_iter().map(|thing| view! { <ThingRow thing kind chosen open/> }).collect_view()}
                    </tbody>
                </TableScroll>
            }
            .into_any()
        }}
    }
}

#[component]
fn ThingRow(
    thing: ListedThing,
    kind: &'static str,
    chosen: RwSignal<Option<(EntityId, String)>>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let ListedThing { entity, name, status, link, began, ended, first_seen } = thing;
    let shown = name.clone();
    let of_it = format!(" of {name}");
    let link = link.map(|address| {
        view! {
            <a href=address target="_blank" rel="external noopener noreferrer">
                "Open" <span class="visually-hidden">{of_it}</span>
            </a>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <button
                    type="button"
                    class="link-button"
                    aria-haspopup="dialog"
                    on:click=move |_| {
                        chosen.set(Some((entity, name.clone())));
                        open.set(true);
                    }
                >
                    {shown}
                </button>
            </th>
            <td>{kind}</td>
            <td data-label="Status">{status.unwrap_or_default()}</td>
            <td data-label="Began">{began.map(day_long).unwrap_or_default()}</td>
            <td data-label="Ended">{ended.map(day_long).unwrap_or_default()}</td>
            <td data-label="First seen"><Instant at=first_seen/></td>
            <td>{link}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: i32, kinds: &[(EntityKind, i64)]) -> DetailAccount {
        DetailAccount {
            account: AccountId(id),
            name: "Acme".into(),
            platform: "hubspot".into(),
            kinds: kinds.to_vec(),
        }
    }

    #[test]
    fn the_address_chooses_among_what_is_there() {
        let all = [
            account(1, &[(EntityKind::Campaign, 3)]),
            account(2, &[(EntityKind::Stage, 4), (EntityKind::Deal, 5)]),
        ];
        let first = Some((AccountId(1), EntityKind::Campaign));
        assert_eq!(pick(&all, None, None), first);
        assert_eq!(pick(&all, Some("9"), Some("post")), first);
        assert_eq!(pick(&all, Some("2"), Some("deal")), Some((AccountId(2), EntityKind::Deal)));
        assert_eq!(pick(&all, Some("2"), Some("campaign")), Some((AccountId(2), EntityKind::Stage)));
        assert_eq!(pick(&[], None, None), None);
    }

    #[test]
    fn what_is_not_listed_is_told() {
        let thing = ListedThing {
            entity: EntityId(1),
            name: "A".into(),
            status: None,
            link: None,
            began: None,
            ended: None,
            first_seen: "2026-03-01T00:00:00Z".parse().unwrap(),
        };
        let list = |found| ThingList { things: vec![thing.clone()], found };
        assert_eq!(in_short(EntityKind::Post, &list(1)), "Post: 1 thing");
        assert!(in_short(EntityKind::Post, &list(1_203)).contains("1,203 things; the newest 1 are listed"));
    }
}
