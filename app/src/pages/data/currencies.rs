//! The reporting currency and the rates by which money is converted.

use super::{DataTabs, count};
use crate::api::rates::load_rates;
use crate::pages::shell::PageHeader;
use crate::state::session::{may, use_workspace};
use crate::state::upload::text_of;
use crate::ui::{ErrorState, FileDrop, Notice, NoticeKind, PickedFile};
use leptos::prelude::*;
use model::AppError;
use model::access::Role;

/// A browser holds a rates file in memory; a whole history is about 3 MB.
const MAX_BYTES: u64 = 20_000_000;

/// `/w/:ws/data/currencies`.
#[component]
pub fn CurrenciesPage() -> impl IntoView {
    let workspace = use_workspace();
    let slug = StoredValue::new(workspace.slug.clone());
    let load = Action::new_local(move |file: &PickedFile| {
        let file = file.clone();
        async move {
            if file.size > MAX_BYTES {
                return Err(AppError::invalid("This file is too large for a table of currency rates.")
                    .with_hint("The ECB's whole history is about 3 MB: choose eurofxref-hist.csv.")
                    .into());
            }
            load_rates(slug.get_value(), text_of(&file).await?).await
        }
    });
    let result = move || {
        if load.pending().get() {
            return Some(view! { <p class="muted" role="status">"Loading rates …"</p> }.into_any());
        }
        load.value().get().map(|result| match result {
            Ok(rates) => {
                let rates = i64::try_from(rates).unwrap_or(i64::MAX);
                view! {
                    <div role="status">
                        <Notice kind=NoticeKind::Info>
                            <p>{count(rates, "rate", "rates")} " stored. Figures are converted by them from now on."</p>
                        </Notice>
                    </div>
                }
                .into_any()
            }
            Err(error) => view! { <ErrorState error=error.0/> }.into_any(),
        })
    };
    view! {
        <PageHeader title="Currencies"/>
        <DataTabs/>
        <div class="stack measure">
            <p>
                "Money is shown in " <strong>{workspace.currency.clone()}</strong>
                ", converted by the rate of the day that it belongs to. A day without a rate is never guessed: it is left out of the total, and the total says so."
            </p>
            {if may(&workspace, Role::Admin) {
                view! {
                    <section class="card stack">
                        <h2>"Load rates"</h2>
                        <p class="muted">
                            "The European Central Bank publishes the reference rates of all working days in one file, “eurofxref-hist.csv”: a row per day, a column per currency, units per euro. Rates that are already there are replaced by those of the file."
                        </p>
                        <FileDrop
                            id="rates"
                            text="Drop the ECB's history file here"
                            accept=".csv,text/csv"
                            on_file=move |file: PickedFile| {
                                load.dispatch(file);
                            }
                        />
                        {result}
                    </section>
                }
                    .into_any()
            } else {
                view! { <Notice kind=NoticeKind::Info><p>"Only an admin of this workspace can load rates."</p></Notice> }.into_any()
            }}
        </div>
    }
}
