//! The tooltip of charts: ours, not ECharts', so that it reads the same everywhere and obeys the page's styles.

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use crate::charts::Spot;
use crate::ui::{Icon, IconView, NotLoaded};
use leptos::prelude::*;
use metrics::Judgement;

/// What a tooltip says, and where.
pub type Tip = Option<(chart::Tooltip, Spot)>;

/// [`Tooltip`], from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn draw(tip: Signal<Tip>, pinned: Signal<bool>, on_close: Callback<()>) -> Result<AnyView, NotLoaded> {
    Ok(view! { <Tooltip tip pinned on_close/> }.into_any())
}

fn delta_class(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Good => "delta delta--good",
        Judgement::Bad => "delta delta--bad",
        Judgement::Neutral => "delta",
    }
}

/// A tooltip at a place in the box around it; nothing when there is nothing to say. The pointer passes through, unless it
/// is pinned: then its text can be selected, and it stays until it is closed.
#[component]
pub fn Tooltip(
    /// What it says, and where.
    tip: Signal<Tip>,
    /// Whether it stays.
    pinned: Signal<bool>,
    /// Takes a pinned one away.
    on_close: Callback<()>,
) -> impl IntoView {
    view! {
        {move || {
            tip.get()
                .map(|(tip, spot)| {
                    // On the side with more room.
                    let is_left = spot.x > spot.width / 2.0;
                    let left = (!is_left).then(|| format!("{}px", spot.x + 14.0));
                    let right = is_left.then(|| format!("{}px", (spot.width - spot.x + 14.0).max(0.0)));
                    let top = format!("{}px", (spot.y - 12.0).max(0.0));
                    let has_previous = tip.rows.iter().any(|r| r.comparison.is_some());
                    let has_share = tip.rows.iter().any(|r| r.share.is_some());
                    let rows = tip.rows.into_iter().map(move |row| {
                        view! {
                            <tr>
                                <th scope="row">
                                    <i class="dot" style:background-color=row.color></i>
                                    {row.name}
                                </th>
                                <td class="tip__value">{row.current}</td>
                                {has_previous.then(|| view! { <td class="tip__previous">{row.comparison}</td> })}
                                {has_previous.then(|| view! { <td class=delta_class(row.judgement)>{row.delta}</td> })}
                                {has_share.then(|| view! { <td class="tip__share">{row.share}</td> })}
                            </tr>
                        }
                    });
                    let versus = tip.comparison_title.map(|t| format!("vs {t}"));
                    let is_pinned = pinned.get();
                    let name = format!("Pinned: {}", tip.title);
                    let close = is_pinned
                        .then(|| {
                            view! {
                                <button type="button" class="icon-btn tip__close" aria-label="Unpin" on:click=move |_| on_close.run(())>
                                    <IconView icon=Icon::Close/>
                                </button>
                            }
                        });
                    view! {
                        <div
                            class="tip"
                            class:tip--pinned=is_pinned
                            role=is_pinned.then_some("group")
                            aria-label=is_pinned.then_some(name)
                            aria-hidden=(!is_pinned).then_some("true")
                            style:left=left
                            style:right=right
                            style:top=top
                        >
                            {close}
                            <p class="tip__title">{tip.title} " " <span class="tip__note">{versus}</span></p>
                            {tip.provisional.then(|| view! { <p class="tip__note">"Not final: the platforms may still restate it."</p> })}
                            <table>
                                <tbody>{rows.collect_view()}</tbody>
                            </table>
                            {(tip.more > 0).then(|| view! { <p class="tip__note">{format!("{} more", tip.more)}</p> })}
                        </div>
                    }
                })
        }}
    }
}
