//! "+ Filter": a dimension, then its members. What is in the menu comes with the module that loads later.

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use crate::state::board::{Board, use_board};
use crate::state::filters::{Gesture, excluded};
use crate::state::view::View;
use crate::ui::{Icon, IconView, Later, NotLoaded, Popover};
use leptos::prelude::*;
use metrics::Dimension;
use metrics::query::Member;

/// Members listed at once.
const MOST_LISTED: usize = 100;

/// The button and its popover.
#[component]
pub fn FilterMenu(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let board = use_board();
    let dimension = RwSignal::new(None::<Dimension>);
    Effect::new(move |_| {
        if !open.get() {
            dimension.set(None);
        }
    });
    view! {
        <Popover
            id="filter"
            open
            trigger=|| view! { <IconView icon=Icon::Plus/> <span>"Filter"</span> }
            button_class="chip chip--add"
            title="Add a filter"
            sheet=true
            panel_class="filter"
        >
            <Later when=open draw=move || draw_menu(dimension, board)/>
        </Popover>
    }
}

/// What is in the menu.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn draw_menu(dimension: RwSignal<Option<Dimension>>, board: Board) -> Result<AnyView, NotLoaded> {
    let content = move || match dimension.get() {
        None => view! { <Dimensions dimension board/> }.into_any(),
        Some(chosen) => view! { <Members of=chosen dimension board/> }.into_any(),
    };
    Ok(view! { {content} }.into_any())
}

#[component]
fn Dimensions(dimension: RwSignal<Option<Dimension>>, board: Board) -> impl IntoView {
    crate::state::browser::focus("#filter .filter__dimension");
    let listed = move || {
        let template = board.template();
        let row = board.view.with(View::rows);
        let below = |d: &Dimension| match d {
            // Below the campaigns of ads only the branch that is open can be filtered.
            Dimension::AdGroup => matches!(row, Dimension::AdGroup | Dimension::Ad),
            Dimension::Ad => row == Dimension::Ad,
            _ => board.facts.with(|facts| template.tells(&facts.families, *d)),
        };
        template.filters.iter().copied().filter(below).collect::<Vec<_>>()
    };
    view! {
        <ul class="filter__dimensions">
            {move || {
                listed()
                    .into_iter()
                    .map(|d| {
                        view! {
                            <li>
                                <button type="button" class="filter__dimension" on:click=move |_| dimension.set(Some(d))>
                                    {d.label()}
                                    <IconView icon=Icon::ChevronRight/>
                                </button>
                            </li>
                        }
                    })
                    .collect_view()
            }}
        </ul>
    }
}

/// Members whose name holds the text.
fn matching(members: &[Member], search: &str) -> Vec<Member> {
    let needle = search.trim().to_lowercase();
    let holds = |m: &&Member| needle.is_empty() || m.label.to_lowercase().contains(&needle);
    members.iter().filter(holds).cloned().collect()
}

#[component]
fn Members(of: Dimension, dimension: RwSignal<Option<Dimension>>, board: Board) -> impl IntoView {
    let search = RwSignal::new(String::new());
    crate::state::browser::focus("#filter-search");
    let answer = board.figures.ask(move || {
        let measure = board.measure_by(board.template().measure, of);
        board.queries(&[of], &[measure], &[of]).into_iter().take(1).collect()
    });
    // Excluded members do not come back from the figures, but must stay to be let in again.
    let members = Memo::new(move |_| {
        let out = board.view.with(|v| excluded(&v.filters, of).to_vec());
        let mut members: Vec<Member> = out
            .into_iter()
            .map(|key| Member { label: crate::widgets::explain::member_name(board, of, &key), key })
            .collect();
        answer.with(|a| {
            let rows = a.frames().and_then(|f| f.first()).map(|f| f.rows.as_slice()).unwrap_or_default();
            members.extend(rows.iter().filter_map(|r| r.members.first().cloned()));
        });
        members
    });
    let found = Memo::new(move |_| members.with(|m| matching(m, &search.get())));
    view! {
        <div class="filter__head">
            <button type="button" class="icon-btn" aria-label="Back to the list" on:click=move |_| dimension.set(None)>
                <IconView icon=Icon::ChevronLeft/>
            </button>
            <label class="filter__search">
                <span class="visually-hidden">{format!("Search {}", of.label())}</span>
                <input
                    id="filter-search"
                    type="search"
                    class="input"
                    placeholder=format!("Search {}", of.label().to_lowercase())
                    prop:value=move || search.get()
                    on:input=move |event| search.set(event_target_value(&event))
                />
            </label>
        </div>
        <ul class="filter__members">
            {move || {
                found
                    .get()
                    .into_iter()
                    .take(MOST_LISTED)
                    .map(|member| view! { <MemberRow of member board/> })
                    .collect_view()
            }}
        </ul>
        <p class="filter__note" role="status">
            {move || {
                let count = found.with(Vec::len);
                match count {
                    0 => "Nothing found.".to_owned(),
                    n if n > MOST_LISTED => format!("{MOST_LISTED} of {n}; type to narrow."),
                    _ => String::new(),
                }
            }}
        </p>
    }
}

#[component]
fn MemberRow(of: Dimension, member: Member, board: Board) -> impl IntoView {
    let key = StoredValue::new(member.key);
    let is_in = move || key.with_value(|key| board.view.with(|v| v.is_chosen(of, key)));
    let is_out = move || key.with_value(|key| board.view.with(|v| excluded(&v.filters, of).contains(key)));
    let toggle = move |gesture| key.with_value(|key| board.click(of, key, gesture));
    let name = member.label.clone();
    view! {
        <li class="filter__member">
            <label>
                <input type="checkbox" prop:checked=is_in on:change=move |_| toggle(Gesture::Add)/>
                <span>{member.label}</span>
            </label>
            <button
                type="button"
                class="filter__not"
                aria-pressed=move || is_out().to_string()
                aria-label=format!("Exclude {name}")
                on:click=move |_| toggle(Gesture::Exclude)
            >
                "is not"
            </button>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_looks_anywhere_in_the_name() {
        let member = |label: &str| Member { key: label.into(), label: label.into() };
        let all = [member("Brand · Search DE"), member("Video EU")];
        assert_eq!(matching(&all, "  search "), [member("Brand · Search DE")]);
        assert_eq!(matching(&all, "").len(), 2);
        assert!(matching(&all, "zzz").is_empty());
    }
}
