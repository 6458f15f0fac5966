//! Views whose code is not in the WebAssembly module that starts the app, but in one that loads later.
//!
//! A function with `#[wasm_split(later, …)]` marks where `cargo xtask bundle` cuts.

use super::Button;
use crate::state::browser;
use leptos::prelude::*;
use leptos::wasm_split::SplitLoaderError;
use std::future::Future;

/// The module did not come: the network is gone, or the server was updated and has other files now. The reason is in
/// the browser's console.
#[derive(Debug)]
pub struct NotLoaded;

impl From<SplitLoaderError> for NotLoaded {
    fn from(_: SplitLoaderError) -> Self {
        Self
    }
}

const TITLE: &str = "This part did not load";

const WHAT_TO_DO: &str =
    "The connection is gone, or Windhover was updated a moment ago. In both cases, load the page again.";

/// Says so in place of what did not load.
#[component]
pub fn NotLoadedNotice() -> impl IntoView {
    view! {
        <section class="lone" role="alert">
            <h1>{TITLE}</h1>
            <p class="muted">{WHAT_TO_DO}</p>
            <Button on_click=Callback::new(|_| browser::reload())>"Load again"</Button>
        </section>
    }
}

/// Draws as soon as the view is first wanted and its module is there, and keeps it. Nothing on the server.
#[component]
pub fn Later<Draw, Drawn>(
    /// Whether it is wanted.
    #[prop(into)]
    when: Signal<bool>,
    /// The function at which the module is cut.
    draw: Draw,
) -> impl IntoView
where
    Draw: Fn() -> Drawn + 'static,
    Drawn: Future<Output = Result<AnyView, NotLoaded>> + 'static,
{
    #[cfg(feature = "hydrate")]
    return drawn_when(when, draw);
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = (when, draw);
        // Of the type that the browser has, so that it finds the nodes that it expects.
        || None::<AnyView>
    }
}

#[cfg(feature = "hydrate")]
fn drawn_when<Draw, Drawn>(when: Signal<bool>, draw: Draw) -> impl IntoView
where
    Draw: Fn() -> Drawn + 'static,
    Drawn: Future<Output = Result<AnyView, NotLoaded>> + 'static,
{
    use crate::state::toast::use_toasts;
    use leptos::reactive::computed::ScopedFuture;
    use model::{AppError, ErrorKind};
    let drawn = RwSignal::new_local(None::<AnyView>);
    let asked = StoredValue::new(false);
    let toasts = use_toasts();
    let owner = Owner::current();
    Effect::new(move |_| {
        if !when.get() || asked.get_value() {
            return;
        }
        asked.set_value(true);
        let scoped = || ScopedFuture::new_untracked(draw());
        let loading = owner.as_ref().map_or_else(scoped, |owner| owner.with(scoped));
        leptos::task::spawn_local(async move {
            if let Ok(view) = loading.await {
                drawn.set(Some(view));
                return;
            }
            toasts.failed(&AppError::new(ErrorKind::Unavailable, TITLE).with_hint(WHAT_TO_DO));
            // The next wish tries again.
            asked.set_value(false);
        });
    });
    move || {
        drawn.track();
        drawn.try_update_untracked(Option::take).flatten()
    }
}
