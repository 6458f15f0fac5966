//! An import that is not a draft any more (or that this person may only look at).

use super::lines::TotalsTable;
use crate::api::imports::undo_import;
use crate::pages::data::count;
use crate::pages::data::imports::state_words;
use crate::state::session::{may, use_workspace};
use crate::state::toast::use_toasts;
use crate::state::work::run;
use crate::ui::{Badge, Button, Icon, Instant, LinkButton, Notice, NoticeKind, Progress, Tone};
use leptos::prelude::*;
use metrics::format::day_range;
use model::DayRange;
use model::access::Role;
use model::imports::{ImportState, ImportSummary};

/// What was loaded, progress, undo.
#[component]
pub fn Done(
    /// Which.
    summary: RwSignal<ImportSummary>,
    /// Fetches it anew.
    again: Trigger,
) -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let toasts = use_toasts();
    let pending = RwSignal::new(false);
    let is_editor = may(&workspace, Role::Editor);
    let undo = move |_| {
        run(
            pending,
            toasts,
            undo_import(slug.get_value(), summary.with_untracked(|s| s.id)),
            move |undone| {
                summary.set(undone);
                toasts.done("Taken back: what it added is gone, what it replaced is there again.");
                again.notify();
            },
        );
    };
    move || {
        let import = summary.get();
        let (tone, words) = state_words(&import.state);
        let days =
            import.first_day.zip(import.last_day).and_then(|(from, until)| DayRange::new(from, until).ok());
        let dashboard = days.map_or_else(
            || format!("/w/{}/dash/paid", slug.get_value()),
            |days| format!("/w/{}/dash/paid?r={}..{}", slug.get_value(), days.from(), days.until()),
        );
        let detail = match &import.state {
            ImportState::Loading { rows } => {
                let rows = i64::try_from(*rows).unwrap_or(i64::MAX);
                view! {
                    <Progress label="Import" value=Signal::stored(None::<f64>)/>
                    <p class="muted" role="status">{count(rows, "row", "rows")} " so far. You can leave this page."</p>
                }
                .into_any()
            }
            ImportState::Failed { reason } => {
                let reason = reason.clone();
                view! {
                    <Notice kind=NoticeKind::Error>
                        <p>{reason}</p>
                        <p class="muted">"Nothing was changed."</p>
                    </Notice>
                }
                .into_any()
            }
            _ => ().into_any(),
        };
        let is_loaded = import.state == ImportState::Loaded;
        view! {
            <section class="card stack" data-import="done">
                <div class="row">
                    <Badge tone=Signal::stored(tone)>{words}</Badge>
                    <span class="muted">
                        {metrics::platform::label(&import.platform)} " · " {import.account.clone()} " · uploaded "
                        <Instant at=import.created_at/> " by " {import.created_by.clone()}
                    </span>
                </div>
                {detail}
                <p>
                    {count(i64::try_from(import.rows).unwrap_or(i64::MAX), "row", "rows")}
                    {days.map(|days| format!(" · {}", day_range(days)))}
                </p>
                {(!import.totals.is_empty()).then(|| view! { <TotalsTable totals=import.totals.clone()/> })}
                {is_loaded
                    .then(|| {
                        view! {
                            <div class="row">
                                <LinkButton href=dashboard tone=Tone::Primary icon=Icon::Dashboard>"See it on the dashboard"</LinkButton>
                                {is_editor
                                    .then(|| view! { <Button icon=Icon::Undo pending on_click=undo>"Undo import"</Button> })}
                            </div>
                        }
                    })}
            </section>
        }
    }
}
