//! Taking a connection away, with or without its figures.

use super::count;
use crate::api::connections::{disconnect, removal};
use crate::state::session::use_workspace;
use crate::state::toast::use_toasts;
use crate::state::work::{first, run};
use crate::ui::{Button, Icon, Segments, TextField, Tone};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use metrics::format::day_range;
use model::connections::ConnectionDetail;
use model::upkeep::RemovalSize;

const KEEP: &str = "keep";
const DELETE: &str = "delete";

/// What happens, in numbers; keep or delete; the typed name.
#[component]
pub fn Disconnect(
    /// Which.
    detail: RwSignal<ConnectionDetail>,
    /// The dialog around it.
    open: RwSignal<bool>,
) -> impl IntoView {
    let slug = StoredValue::new(use_workspace().slug);
    let (toasts, navigate) = (use_toasts(), use_navigate());
    let pending = RwSignal::new(false);
    let figures = RwSignal::new(KEEP.to_owned());
    let deletes = Memo::new(move |_| figures.with(|choice| choice == DELETE));
    let typed = RwSignal::new(String::new());
    let (id, name) = detail.with_untracked(|d| (d.summary.id, d.summary.name.clone()));
    let asked = Resource::new(|| (), move |()| removal(slug.get_value(), id));
    let label = format!("Type the connection's name to confirm: {name}");
    let differs = Signal::derive(move || typed.with(|typed| typed.trim() != name));
    let go = move |_| {
        let navigate = navigate.clone();
        let deleted = deletes.get_untracked();
        run(pending, toasts, disconnect(slug.get_value(), id, deleted), move |()| {
            toasts.done(if deleted {
                "Disconnected; its figures are deleted."
            } else {
                "Disconnected; its figures stay."
            });
            let path = slug.with_value(|slug| format!("/w/{slug}/data"));
            navigate(&path, leptos_router::NavigateOptions::default());
        });
    };
    view! {
        <p>"The permission is thrown away and nothing is read any more."</p>
        <Segments
            name="figures"
            legend="Its figures"
            value=figures
            choices=vec![(KEEP.to_owned(), "Keep".to_owned()), (DELETE.to_owned(), "Delete".to_owned())]
        />
        {first(asked, move |found| view! { <p role="status">{move || what_happens(&found, deletes.get())}</p> })}
        <TextField name="confirm" label value=typed/>
        <div class="row row--end">
            <Button on_click=move |_| open.set(false)>"Keep it"</Button>
            <Button tone=Tone::Danger icon=Icon::Unlink pending disabled=differs on_click=go>
                {move || if deletes.get() { "Disconnect and delete" } else { "Disconnect" }}
            </Button>
        </div>
    }
}

fn what_happens(removal: &RemovalSize, deletes: bool) -> String {
    let history = count(removal.runs, "run", "runs");
    let Some(span) = removal.span else {
        return format!("It has no figures yet. Its history of {history} goes.");
    };
    let (rows, accounts) =
        (count(removal.rows, "row", "rows"), count(removal.accounts, "account", "accounts"));
    let days = day_range(span);
    if deletes {
        return format!(
            "{rows} of figures of {accounts} go, {days}, and with them every trace in dashboards. So does the history of {history}. This can't be undone; the platform may give less when you connect again."
        );
    }
    format!(
        "{rows} of figures of {accounts} stay, {days}, and dashboards go on showing them. The history of {history} goes. Connected again, the same accounts go on where they are."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_in_numbers_what_happens() {
        let day = |d: u32| chrono::NaiveDate::from_ymd_opt(2026, 11, d).unwrap();
        let span = model::DayRange::new(day(1), day(22)).ok();
        let removal = RemovalSize { accounts: 2, rows: 12_345, span, runs: 1 };
        let text = what_happens(&removal, true);
        assert!(text.starts_with("12,345 rows of figures of 2 accounts go"), "{text}");
        assert!(text.contains("1–22 Nov 2026") && text.contains("can't be undone"), "{text}");
        assert!(what_happens(&removal, false).contains("stay"));
        assert!(what_happens(&RemovalSize { span: None, ..removal }, true).contains("no figures yet"));
    }
}
