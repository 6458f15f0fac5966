//! Rules that could be made from UTM values.

use super::super::count;
use super::{Edited, condition_words};
use crate::api::campaigns::suggest_rules;
use crate::state::session::use_workspace;
use crate::state::toast::use_toasts;
use crate::state::work::run;
use crate::ui::{Button, Tone};
use leptos::prelude::*;
use model::mapping::{RuleList, Suggestion};

/// Looks for rules when asked to; each can be taken into the editor.
#[component]
pub fn Suggestions(
    /// The rules that there are.
    list: RwSignal<RuleList>,
    /// The rule in the editor.
    editing: RwSignal<Option<Edited>>,
) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let toasts = use_toasts();
    let pending = RwSignal::new(false);
    let found = RwSignal::new(None::<Vec<Suggestion>>);
    // Another rule, and what is left to suggest is another.
    let rules = Memo::new(move |_| {
        list.with(|list| list.rules.iter().map(|rule| rule.draft.clone()).collect::<Vec<_>>())
    });
    Effect::new(move |before: Option<()>| {
        rules.track();
        if before.is_some() {
            found.set(None);
        }
    });
    let look =
        move |_| run(pending, toasts, suggest_rules(slug.get_value()), move |all| found.set(Some(all)));
    view! {
        <section class="stack stack--tight">
            <h2>"Suggestions"</h2>
            {move || match found.get() {
                None => {
                    view! {
                        <div>
                            <Button pending on_click=look>"Suggest rules from UTM values"</Button>
                        </div>
                    }
                    .into_any()
                }
                Some(all) if all.is_empty() => {
                    view! {
                        <p class="muted" role="status">"Nothing that is unmapped has a UTM campaign in its links."</p>
                    }
                    .into_any()
                }
                Some(all) => {
                    view! {
                        <ul class="stack stack--tight">
                            {all.into_iter().map(|suggestion| view! { <Item suggestion editing/> }).collect_view()}
                        </ul>
                    }
                    .into_any()
                }
            }}
        </section>
    }
}

#[component]
fn Item(suggestion: Suggestion, editing: RwSignal<Option<Edited>>) -> impl IntoView {
    let Suggestion { draft, things } = suggestion;
    let words = draft.conditions.iter().map(condition_words).collect::<Vec<_>>().join(", and ");
    let target = draft.target.clone();
    let take = move |_| editing.set(Some(Edited { rule: None, draft: draft.clone() }));
    view! {
        <li class="row row--between">
            <span>
                <strong>{target}</strong>
                <span class="muted block small">{words} " · " {count(things, "thing", "things")}</span>
            </span>
            <Button tone=Tone::Ghost on_click=take>"Use it"</Button>
        </li>
    }
}
