//! The list of file imports, and the place to drop a file.

use super::{DataTabs, count};
use crate::api::imports::{imports, undo_import};
use crate::pages::shell::PageHeader;
use crate::state::session::{may, use_workspace};
use crate::state::toast::use_toasts;
use crate::state::upload::upload;
use crate::state::work::{first, keep_fresh, run};
use crate::ui::{
    Badge, BadgeTone, Button, EmptyState, ErrorState, FileDrop, Icon, Instant, PickedFile, Progress,
    TableScroll, Tone,
};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use metrics::format::day_range;
use model::access::Role;
use model::imports::{ImportState, ImportSummary};
use model::live::Topic;
use model::{AppError, DayRange};

/// `/w/:ws/data/imports`.
#[component]
pub fn ImportsPage() -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let list = Resource::new(|| (), move |()| imports(slug.get_value()));
    view! {
        <PageHeader title="File imports"/>
        <DataTabs/>
        <div class="stack">
            {may(&workspace, Role::Editor).then(|| view! { <Upload/> })}
            {first(list, |list| view! { <ImportList list/> })}
        </div>
    }
}

/// Takes a file in and leads to its preview.
#[component]
fn Upload() -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let navigate = use_navigate();
    let sending = RwSignal::new(None::<String>);
    let progress = RwSignal::new(0.0);
    let failed = RwSignal::new(None::<AppError>);
    let take = Callback::new(move |file: PickedFile| {
        if sending.with_untracked(Option::is_some) {
            return;
        }
        sending.set(Some(file.name.clone()));
        progress.set(0.0);
        failed.set(None);
        let navigate = navigate.clone();
        leptos::task::spawn_local(async move {
            let slug = slug.get_value();
            let result = upload(&slug, file, progress).await;
            if sending.try_set(None).is_some() {
                // The person has gone elsewhere; the file waits in the list.
                return;
            }
            match result {
                Ok(preview) => {
                    navigate(
                        &format!("/w/{slug}/data/imports/{}", preview.import),
                        leptos_router::NavigateOptions::default(),
                    );
                }
                Err(error) => {
                    let _ = failed.try_set(Some(error.0));
                }
            }
        });
    });
    view! {
        <FileDrop
            id="upload"
            text="Drop a CSV, TSV or Excel file here. You see what it holds before anything is loaded."
            accept=".csv,.tsv,.txt,.xlsx,.xls,.xlsb,.ods,text/csv,text/tab-separated-values"
            on_file=take
        />
        {move || {
            sending
                .get()
                .map(|name| {
                    view! {
                        <div class="card stack stack--tight" role="status">
                            <p>
                                {move || {
                                    if progress.get() < 1.0 { format!("Sending {name} …") } else { format!("Reading {name} …") }
                                }}
                            </p>
                            <Progress
                                label="Upload"
                                value=Signal::derive(move || (progress.get() < 1.0).then(|| progress.get()))
                            />
                        </div>
                    }
                })
        }}
        {move || failed.get().map(|error| view! { <ErrorState error/> })}
    }
}

/// A state in words.
pub fn state_words(state: &ImportState) -> (BadgeTone, &'static str) {
    match state {
        ImportState::Draft => (BadgeTone::Warning, "Not loaded yet"),
        ImportState::Loading { .. } => (BadgeTone::Busy, "Loading"),
        ImportState::Loaded => (BadgeTone::Good, "Loaded"),
        ImportState::Undone => (BadgeTone::Neutral, "Undone"),
        ImportState::Failed { .. } => (BadgeTone::Bad, "Failed"),
    }
}

#[component]
fn ImportList(list: Vec<ImportSummary>) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let list = RwSignal::new(list);
    let again = Trigger::new();
    keep_fresh(Topic::Imports, list, again, move || imports(slug.get_value()));
    move || {
        let list = list.get();
        if list.is_empty() {
            return view! {
                <EmptyState
                    icon=Icon::File
                    title="No file was imported"
                    text="Any export with a column of days and columns of figures works; title lines and totals rows are recognised."
                />
            }
            .into_any();
        }
        view! {
            <TableScroll label="File imports" stacks=true>
                <thead>
                    <tr>
                        <th scope="col">"File"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Goes to"</th>
                        <th scope="col">"Days"</th>
                        <th scope="col" class="num">"Rows"</th>
                        <th scope="col">"Uploaded"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{list.into_iter().map(|import| view! { <ImportRow import again/> }).collect_view()}</tbody>
            </TableScroll>
        }
        .into_any()
    }
}

#[component]
fn ImportRow(import: ImportSummary, again: Trigger) -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let toasts = use_toasts();
    let pending = RwSignal::new(false);
    let (tone, words) = state_words(&import.state);
    let id = import.id;
    let name = StoredValue::new(import.file_name.clone());
    let days =
        import.first_day.zip(import.last_day).and_then(|(from, until)| DayRange::new(from, until).ok());
    let can_undo = import.state == ImportState::Loaded && may(&workspace, Role::Editor);
    let reason = match &import.state {
        ImportState::Failed { reason } => Some(reason.clone()),
        _ => None,
    };
    let undo = move |_| {
        run(pending, toasts, undo_import(slug.get_value(), id), move |_| {
            toasts.done(format!("{} is taken back.", name.get_value()));
            again.notify();
        });
    };
    view! {
        <tr>
            <th scope="row"><a href=format!("/w/{}/data/imports/{id}", workspace.slug)>{import.file_name}</a></th>
            <td><Badge tone=Signal::stored(tone)>{words}</Badge>{reason.map(|reason| view! { <p class="small">{reason}</p> })}</td>
            <td>{metrics::platform::label(&import.platform)} " · " {import.account}</td>
            <td>{days.map_or_else(|| "—".to_owned(), day_range)}</td>
            <td class="num">{count(i64::try_from(import.rows).unwrap_or(i64::MAX), "row", "rows")}</td>
            <td><Instant at=import.created_at/><br/><span class="muted">{import.created_by}</span></td>
            <td>
                {can_undo.then(|| view! { <Button tone=Tone::Ghost icon=Icon::Undo pending on_click=undo>"Undo"</Button> })}
            </td>
        </tr>
    }
}
