//! One file import: preview, mapping, load, undo.

mod columns;
mod done;
mod format;
mod lines;
mod questions;
mod role;

use super::id_param;
use crate::api::imports::{discard_import, imports, load_import, preview_import};
use crate::pages::error_page::NotFound;
use crate::pages::shell::{Crumb, PageHeader};
use crate::state::session::{may, use_workspace};
use crate::state::toast::{Toasts, use_toasts};
use crate::state::work::{first_under, keep_fresh, run};
use crate::ui::{Button, ErrorState, Icon, Notice, NoticeKind, Tone};
use columns::Columns;
use done::Done;
use format::Format;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use lines::{Lines, Totals};
use model::access::Role;
use model::ids::ImportId;
use model::imports::{ImportPreview, ImportState, ImportSummary, Mapping};
use model::live::Topic;
use model::{AppError, ErrorKind};
use questions::Questions;

/// `/w/:ws/data/imports/:id`.
#[component]
pub fn ImportPage() -> impl IntoView {
    let workspace = use_workspace();
    let slug = workspace.slug.clone();
    let Some(id) = id_param::<ImportId>("id") else {
        return view! { <NotFound/> }.into_any();
    };
    let is_editor = may(&workspace, Role::Editor);
    let asked = slug.clone();
    let found = Resource::new(
        || (),
        move |()| {
            let (list, slug) = (imports(asked.clone()), asked.clone());
            async move {
                let Some(summary) = list.await?.into_iter().find(|import| import.id == id) else {
                    return Err(AppError::not_found("There is no such import.")
                        .with_hint("It may have been discarded.")
                        .into());
                };
                if summary.state != ImportState::Draft || !is_editor {
                    return Ok((summary, None));
                }
                Ok((summary, Some(preview_import(slug, id, None).await?)))
            }
        },
    );
    let crumbs = vec![Crumb::new("File imports", format!("/w/{slug}/data/imports"))];
    let over_error = {
        let crumbs = crumbs.clone();
        move || view! { <PageHeader title="File import" crumbs=crumbs.clone()/> }
    };
    let page = move |(summary, preview): (ImportSummary, Option<ImportPreview>)| {
        view! {
            <PageHeader title=summary.file_name.clone() crumbs=crumbs.clone()/>
            <Import summary preview/>
        }
    };
    first_under(found, page, over_error).into_any()
}

/// What is shown depends on the state, and the state may change while one looks.
#[component]
fn Import(summary: ImportSummary, preview: Option<ImportPreview>) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let id = summary.id;
    let summary = RwSignal::new(summary);
    let again = Trigger::new();
    keep_fresh(Topic::Imports, summary, again, move || {
        let list = imports(slug.get_value());
        async move {
            let found = list.await?.into_iter().find(|import| import.id == id);
            found.ok_or_else(|| AppError::not_found("There is no such import.").into())
        }
    });
    let is_draft = Memo::new(move |_| summary.with(|s| s.state == ImportState::Draft));
    let preview = StoredValue::new(preview);
    move || match (is_draft.get(), preview.get_value()) {
        (true, Some(preview)) => view! { <Editor preview summary/> }.into_any(),
        _ => view! { <Done summary again/> }.into_any(),
    }
}

/// The draft: what was found, what must be decided, what will be loaded.
#[component]
fn Editor(preview: ImportPreview, summary: RwSignal<ImportSummary>) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let (toasts, navigate) = (use_toasts(), use_navigate());
    let id = preview.import;
    let preview = RwSignal::new(preview);
    let mapping = RwSignal::new(preview.with_untracked(|p| p.mapping.clone()));
    let (working, failed) = (RwSignal::new(false), RwSignal::new(None::<AppError>));
    follow_mapping(slug, id, mapping, preview, working, failed);
    let (loading, discarding) = (RwSignal::new(false), RwSignal::new(false));
    let is_refused = Memo::new(move |_| preview.with(|p| p.refusal.is_some()));
    let cannot_load = Signal::derive(move || {
        working.get()
            || failed.with(Option::is_some)
            || preview.with(|p| p.refusal.is_some() || !p.questions.is_empty() || p.rows == 0)
    });
    let load = move |_| {
        if loading.get_untracked() {
            return;
        }
        loading.set(true);
        let (slug, wanted) = (slug.get_value(), mapping.get_untracked());
        // This draft may be gone before the answer comes: the page hears of the load by its live connection too.
        leptos::task::spawn_local(async move {
            let result = load_import(slug.clone(), id, wanted).await;
            let _ = loading.try_set(false);
            match result {
                Ok(loaded) => {
                    say_loaded(toasts, slug, &loaded, summary);
                    let _ = summary.try_set(loaded);
                }
                Err(error) => toasts.failed(&error),
            }
        });
    };
    let discard = move |_| {
        let navigate = navigate.clone();
        run(discarding, toasts, discard_import(slug.get_value(), id), move |()| {
            toasts.done("The file is thrown away; nothing was loaded.");
            let path = slug.with_value(|slug| format!("/w/{slug}/data/imports"));
            navigate(&path, leptos_router::NavigateOptions::default());
        });
    };
    let discard = StoredValue::new_local(discard);
    let rows = move || {
        let rows = preview.with(|p| i64::try_from(p.rows).unwrap_or(i64::MAX));
        format!("Load {}", super::count(rows, "row", "rows"))
    };
    view! {
        <div class="stack" data-import="draft">
            {move || {
                preview
                    .with(|p| p.refusal.clone())
                    .map(|reason| {
                        view! {
                            <div role="alert">
                                <Notice kind=NoticeKind::Error>
                                    <p class="strong">"This file can't be loaded"</p>
                                    <p>{reason}</p>
                                    <p class="muted">"If that is a misunderstanding, correct below how the file is read."</p>
                                </Notice>
                            </div>
                        }
                    })
            }}
            {move || {
                preview
                    .with(|p| p.is_remembered)
                    .then(|| {
                        view! {
                            <Notice kind=NoticeKind::Info>
                                <p>"Read like the last file of this shape. Everything can be changed."</p>
                            </Notice>
                        }
                    })
            }}
            {move || {
                let notes = preview.with(|p| p.notes.clone());
                (!notes.is_empty())
                    .then(|| {
                        view! {
                            <Notice kind=NoticeKind::Info>
                                <ul class="dots">{notes.into_iter().map(|note| view! { <li>{note}</li> }).collect_view()}</ul>
                            </Notice>
                        }
                    })
            }}
            <Questions preview mapping/>
            <div class="stack" class:is-dim=move || working.get() aria-busy=move || working.get().to_string()>
                {move || (!is_refused.get()).then(|| view! { <Totals preview/> })}
                <Columns preview mapping/>
                <Format preview mapping/>
                <Lines preview/>
            </div>
            {move || {
                failed
                    .get()
                    .map(|error| {
                        view! {
                            <ErrorState error retry=move |()| mapping.update(|_| ())/>
                        }
                    })
            }}
            <div class="row actions">
                <Button tone=Tone::Primary icon=Icon::Check pending=loading disabled=cannot_load on_click=load>
                    {rows}
                </Button>
                <Button pending=discarding on_click=move |event| discard.with_value(|discard| discard(event))>
                    "Discard"
                </Button>
                <span class="muted small" role="status">
                    {move || {
                        if working.get() {
                            "Reading again …"
                        } else if preview.with(|p| p.refusal.is_some()) {
                            "Nothing can be loaded."
                        } else if preview.with(|p| !p.questions.is_empty()) {
                            "Answer what is asked above first."
                        } else {
                            "Undo takes it back at any time."
                        }
                    }}
                </span>
            </div>
        </div>
    }
}

/// Asks for the preview again after each change of the mapping; a later change overtakes an earlier one.
fn follow_mapping(
    slug: StoredValue<String>,
    id: ImportId,
    mapping: RwSignal<Mapping>,
    preview: RwSignal<ImportPreview>,
    working: RwSignal<bool>,
    failed: RwSignal<Option<AppError>>,
) {
    let number = StoredValue::new(0_u64);
    Effect::new(move |before: Option<()>| {
        let wanted = mapping.get();
        if before.is_none() {
            return;
        }
        let mine = number.get_value() + 1;
        number.set_value(mine);
        working.set(true);
        // Somebody who types a name asks once, not per letter.
        crate::state::browser::after(250, move || {
            if number.try_get_value() != Some(mine) {
                return;
            }
            leptos::task::spawn_local(async move {
                let Some(slug) = slug.try_get_value() else { return };
                let answer = preview_import(slug, id, Some(wanted)).await;
                if number.try_get_value() != Some(mine) {
                    return;
                }
                match answer {
                    Ok(fresh) => {
                        // Another header line means other columns: then the server's mapping is the new start.
                        let columns = mapping.try_with_untracked(|m| m.columns.len());
                        let is_other = columns != Some(fresh.mapping.columns.len());
                        let restart = is_other.then(|| fresh.mapping.clone());
                        let _ = preview.try_set(fresh);
                        let _ = failed.try_set(None);
                        if let Some(start) = restart {
                            let _ = mapping.try_set(start);
                            return;
                        }
                    }
                    Err(error) => {
                        let _ = failed.try_set(Some(error.0));
                    }
                }
                let _ = working.try_set(false);
            });
        });
    });
}

fn say_loaded(toasts: Toasts, slug: String, loaded: &ImportSummary, summary: RwSignal<ImportSummary>) {
    if loaded.state != ImportState::Loaded {
        return;
    }
    let id = loaded.id;
    let rows = super::count(i64::try_from(loaded.rows).unwrap_or(i64::MAX), "row", "rows");
    // The message may outlive the page.
    toasts.undoable(format!("{rows} loaded."), move || {
        let slug = slug.clone();
        toasts.done("Taking it back …");
        leptos::task::spawn_local(async move {
            match crate::api::imports::undo_import(slug, id).await {
                Ok(undone) => {
                    let _ = summary.try_set(undone);
                    toasts.done("Taken back.");
                }
                Err(error) if error.kind == ErrorKind::Conflict => toasts.done("It was taken back already."),
                Err(error) => toasts.failed(&error),
            }
        });
    });
}
