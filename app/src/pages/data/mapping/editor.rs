//! Writing a rule, with what it would catch.

use super::Edited;
use super::conditions::{Conditions, Rows};
use super::preview::Preview;
use crate::api::campaigns::{preview_rule, save_rule};
use crate::state::browser;
use crate::state::session::use_workspace;
use crate::state::toast::use_toasts;
use crate::ui::{Button, FormError, TextField, Tone, field_error};
use leptos::prelude::*;
use model::AppError;
use model::mapping::{RuleDraft, RulePreview};

/// Milliseconds without a key before the preview is asked for.
const PAUSE: u64 = 300;

/// Fields that show their own errors.
const FIELDS: &[&str] = &[
    "target",
    "condition-0",
    "condition-1",
    "condition-2",
    "condition-3",
    "condition-4",
    "condition-5",
    "condition-6",
    "condition-7",
    "condition-8",
    "condition-9",
];

/// The form of one rule.
#[component]
pub fn Editor(
    /// The rule as it begins.
    edited: Edited,
    /// Fetches the rules anew.
    again: Trigger,
    /// Closes the form.
    close: Callback<()>,
) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let toasts = use_toasts();
    let Edited { rule, draft } = edited;
    let target = RwSignal::new(draft.target.clone());
    let rows = Rows::new(&draft.conditions);
    let error = RwSignal::new(None::<AppError>);
    let pending = RwSignal::new(false);
    let written = Memo::new(move |_| RuleDraft { target: target.get(), conditions: rows.conditions() });
    let found = RwSignal::new(None::<RulePreview>);
    follow(written, move |draft| preview_rule(slug.get_value(), rule, draft), found, error);
    let save = move || {
        if pending.get_untracked() {
            return;
        }
        pending.set(true);
        let saved = save_rule(slug.get_value(), rule, None, written.get_untracked());
        leptos::task::spawn_local(async move {
            let result = saved.await;
            if pending.try_set(false).is_some() {
                // The person has closed the form; the list follows by itself.
                return;
            }
            match result {
                Ok(_) => {
                    toasts.done("The rule is saved, and everything is assigned anew.");
                    again.notify();
                    close.run(());
                }
                Err(failed) => {
                    let _ = error.try_set(Some(failed.0));
                }
            }
        });
    };
    let shown = Signal::derive(move || error.get());
    let is_ready = Memo::new(move |_| is_complete(&written.get()));
    view! {
        <section class="card stack" aria-labelledby="rule-heading">
            <h2 id="rule-heading">{if rule.is_some() { "Edit the rule" } else { "New rule" }}</h2>
            <form
                class="form"
                on:submit=move |event| {
                    event.prevent_default();
                    save();
                }
            >
                <Conditions rows error=shown/>
                <TextField
                    name="target"
                    label="Belongs to the unified campaign"
                    value=target
                    error=field_error(shown, "target")
                    help="A name. $1 stands for what the first ( ) of the first pattern finds: “matches pattern (spring|summer)” and “$1 sale” make “spring sale” and “summer sale”."
                />
                <FormError error=shown fields=FIELDS/>
                <div class="row row--end">
                    <Button on_click=move |_| close.run(())>"Cancel"</Button>
                    <Button tone=Tone::Primary submit=true pending>"Save the rule"</Button>
                </div>
            </form>
            <Preview found is_ready/>
        </section>
    }
}

/// Whether there is enough to look for.
fn is_complete(draft: &RuleDraft) -> bool {
    !draft.conditions.is_empty() && draft.conditions.iter().all(|condition| !condition.text.trim().is_empty())
}

/// Asks for the preview when the person pauses; an answer that was overtaken is dropped.
fn follow<Fut>(
    written: Memo<RuleDraft>,
    ask: impl Fn(RuleDraft) -> Fut + Copy + 'static,
    found: RwSignal<Option<RulePreview>>,
    error: RwSignal<Option<AppError>>,
) where
    Fut: Future<Output = Result<RulePreview, crate::api::ApiError>> + 'static,
{
    let asked = StoredValue::new(0_u64);
    Effect::new(move |_| {
        let mut draft = written.get();
        let number = asked.get_value() + 1;
        asked.set_value(number);
        if !is_complete(&draft) {
            found.set(None);
            return;
        }
        // What it catches can be seen before it has a name.
        if draft.target.trim().is_empty() {
            "(no name yet)".clone_into(&mut draft.target);
        }
        browser::after(PAUSE, move || {
            if asked.try_get_value() != Some(number) {
                return;
            }
            leptos::task::spawn_local(async move {
                let answer = ask(draft).await;
                if asked.try_get_value() != Some(number) {
                    return;
                }
                let (preview, failed) = match answer {
                    Ok(preview) => (Some(preview), None),
                    Err(failed) => (None, Some(failed.0)),
                };
                let _ = found.try_set(preview);
                let _ = error.try_set(failed);
            });
        });
    });
}
