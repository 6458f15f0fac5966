//! The rules in their order.

use super::{Edited, condition_words, money};
use crate::api::campaigns::{move_rule, remove_rule, save_rule};
use crate::state::session::use_workspace;
use crate::state::toast::use_toasts;
use crate::state::work::run;
use crate::ui::{Icon, IconButton, TableScroll};
use leptos::prelude::*;
use metrics::Locale;
use metrics::format::integer;
use model::mapping::{MappingRule, RuleList};

/// All rules.
#[component]
pub fn Rules(
    /// What there is.
    list: RwSignal<RuleList>,
    /// The rule in the editor.
    editing: RwSignal<Option<Edited>>,
    /// Fetches them anew.
    again: Trigger,
    /// Whether the person may change them.
    is_editor: bool,
) -> impl IntoView {
    let rules = Memo::new(move |_| list.with(|list| list.rules.clone()));
    // The list's, for rows are made anew when one changes.
    let pending = RwSignal::new(false);
    view! {
        <TableScroll label="Mapping rules" stacks=true>
            <thead>
                <tr>
                    <th scope="col" class="num">"Place"</th>
                    <th scope="col">"Unified campaign"</th>
                    <th scope="col">"Catches what"</th>
                    <th scope="col" class="num">"Things"</th>
                    <th scope="col" class="num">"Spend, 30 days"</th>
                    {is_editor.then(|| view! { <th scope="col"><span class="visually-hidden">"Actions"</span></th> })}
                </tr>
            </thead>
            <tbody>
                {move || {
                    let rules = rules.get();
                    let last = rules.len().saturating_sub(1);
                    rules
                        .into_iter()
                        .enumerate()
                        .map(|(at, rule)| view! { <Row rule at is_last=at == last editing pending again is_editor/> })
                        .collect_view()
                }}
            </tbody>
        </TableScroll>
    }
}

#[component]
fn Row(
    rule: MappingRule,
    at: usize,
    is_last: bool,
    editing: RwSignal<Option<Edited>>,
    pending: RwSignal<bool>,
    again: Trigger,
    is_editor: bool,
) -> impl IntoView {
    let currency = use_workspace().currency;
    let conditions = rule.draft.conditions.iter().map(condition_words).collect::<Vec<_>>().join(", and ");
    view! {
        <tr>
            <td class="num" data-label="Place">{at + 1}</td>
            <th scope="row">{rule.draft.target.clone()}</th>
            <td class="cell--wide">{conditions}</td>
            <td class="num" data-label="Things">{integer(rule.things, Locale::EN)}</td>
            <td class="num" data-label="Spend, 30 days">{money(rule.spend, &currency)}</td>
            {is_editor.then(|| view! { <td class="nowrap"><Actions rule at is_last editing pending again/></td> })}
        </tr>
    }
}

#[component]
fn Actions(
    rule: MappingRule,
    at: usize,
    is_last: bool,
    editing: RwSignal<Option<Edited>>,
    pending: RwSignal<bool>,
    again: Trigger,
) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let toasts = use_toasts();
    let id = rule.id;
    let place = u32::try_from(at).unwrap_or(u32::MAX);
    let name = rule.draft.target.clone();
    let label = |what: &str| format!("{what} the rule for {name}");
    let (up, down) = (label("Move up"), label("Move down"));
    let (edit, remove) = (label("Edit"), label("Remove"));
    let step =
        move |to: u32| run(pending, toasts, move_rule(slug.get_value(), id, to), move |()| again.notify());
    let draft = StoredValue::new(rule.draft);
    let take_away = move |_| {
        run(pending, toasts, remove_rule(slug.get_value(), id), move |()| {
            let draft = draft.get_value();
            let slug = slug.get_value();
            toasts.undoable("The rule is removed.", move || {
                let saved = save_rule(slug.clone(), None, Some(place), draft.clone());
                // The page may be another one by now; who looks at the rules hears of the change.
                leptos::task::spawn_local(async move {
                    if let Err(error) = saved.await {
                        toasts.failed(&error);
                    }
                });
            });
            again.notify();
        });
    };
    let change = move |_| editing.set(Some(Edited { rule: Some(id), draft: draft.get_value() }));
    view! {
        {(at > 0).then(|| view! { <IconButton icon=Icon::Up label=up on_click=move |_| step(place - 1)/> })}
        {(!is_last).then(|| view! { <IconButton icon=Icon::Down label=down on_click=move |_| step(place + 1)/> })}
        <IconButton icon=Icon::Settings label=edit on_click=change/>
        <IconButton icon=Icon::Trash label=remove on_click=take_away/>
    }
}
