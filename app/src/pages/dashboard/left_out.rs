//! What is not shown, because nobody reports it, and what to do about that.

use crate::state::board::use_board;
use leptos::prelude::*;

/// One line below the widgets; nothing where all is there.
#[component]
pub fn LeftOut(
    /// Of the workspace.
    slug: String,
) -> impl IntoView {
    let board = use_board();
    let template = board.template();
    let names = Memo::new(move |_| board.facts.with(|facts| template.left_out(&facts.families)));
    let slug = StoredValue::new(slug);
    move || {
        let names = names.get();
        (!names.is_empty()).then(|| {
            view! {
                <p class="dash__left-out">
                    {format!("Not shown, because no source reports it: {}. ", names.join(", "))}
                    <a href=slug.with_value(|slug| format!("/w/{slug}/data/connect"))>{format!("Connect {}", template.sources)}</a>
                </p>
            }
        })
    }
}
