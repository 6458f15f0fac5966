//! States that are not the content: loading, nothing there, failed; and small marks.

use super::icon::{Icon, IconView};
use leptos::prelude::*;
use model::{AppError, ErrorKind};

/// Grey lines in the place of text that is on its way. Shown only when it takes longer than 150 ms.
#[component]
pub fn Skeleton(
    /// How many lines.
    #[prop(default = 3)]
    lines: usize,
) -> impl IntoView {
    view! {
        <div class="skeleton" role="status" aria-label="Loading">
            {(0..lines).map(|_| view! { <div class="skeleton__line"></div> }).collect_view()}
        </div>
    }
}

/// Nothing there: says why, and what to do.
#[component]
pub fn EmptyState(
    /// A mark.
    icon: Icon,
    /// A short sentence: what is not there.
    #[prop(into)]
    title: String,
    /// Why, and what to do.
    #[prop(into)]
    text: String,
    /// What to do, as buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <IconView icon/>
            <h2>{title}</h2>
            <p class="muted">{text}</p>
            {children.map(|children| view! { <div class="row row--center">{children()}</div> })}
        </div>
    }
}

/// Something failed: what, what to do, and a reference for the admin in a fold.
#[component]
pub fn ErrorState(
    /// Why.
    #[prop(into)]
    error: AppError,
    /// Tries again.
    #[prop(optional, into)]
    retry: Option<Callback<()>>,
    /// The page is the log-in itself.
    #[prop(optional)]
    at_login: bool,
) -> impl IntoView {
    let is_out = error.kind == ErrorKind::Unauthenticated && !at_login;
    view! {
        <div class="notice notice--error" role="alert">
            <IconView icon=Icon::Error/>
            <div class="notice__text">
                <p>{error.message}</p>
                {error.hint.map(|hint| view! { <p class="muted">{hint}</p> })}
                {error
                    .reference
                    .map(|reference| {
                        view! {
                            <details>
                                <summary>"Details"</summary>
                                <p>"Reference for the admin: " <code>{reference}</code></p>
                            </details>
                        }
                    })}
                <div class="row">
                    {is_out.then(|| view! { <a class="btn" href="/login" rel="external">"Log in again"</a> })}
                    {retry
                        .filter(|_| !is_out)
                        .map(|retry| {
                            view! {
                                <button type="button" class="btn" on:click=move |_| retry.run(())>
                                    "Try again"
                                </button>
                            }
                        })}
                </div>
            </div>
        </div>
    }
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// Worth knowing.
    Info,
    /// Worth acting on.
    Warning,
    /// Does not work.
    Error,
}

/// A note between other content.
#[component]
pub fn Notice(
    /// What it is about.
    kind: NoticeKind,
    /// What it says.
    children: Children,
) -> impl IntoView {
    let (class, icon) = match kind {
        NoticeKind::Info => ("notice", Icon::Info),
        NoticeKind::Warning => ("notice notice--warning", Icon::Warning),
        NoticeKind::Error => ("notice notice--error", Icon::Error),
    };
    view! {
        <div class=class>
            <IconView icon/>
            <div class="notice__text">{children()}</div>
        </div>
    }
}

/// How good a badge's news is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BadgeTone {
    /// Neither.
    #[default]
    Neutral,
    /// Works.
    Good,
    /// Goes on.
    Busy,
    /// Needs a look.
    Warning,
    /// Does not work.
    Bad,
}

/// A state in one or two words. Never colour alone: each tone has its own mark.
#[component]
pub fn Badge(
    /// How good the news is.
    #[prop(optional, into)]
    tone: Signal<BadgeTone>,
    /// The words.
    children: Children,
) -> impl IntoView {
    let class = move || match tone.get() {
        BadgeTone::Neutral => "badge",
        BadgeTone::Good => "badge badge--good",
        BadgeTone::Busy => "badge badge--busy",
        BadgeTone::Warning => "badge badge--warning",
        BadgeTone::Bad => "badge badge--bad",
    };
    view! { <span class=class><span class="badge__mark" aria-hidden="true"></span>{children()}</span> }
}

/// How far something is. Without a value it only says that it goes on.
#[component]
pub fn Progress(
    /// What is under way.
    #[prop(into)]
    label: String,
    /// From 0 to 1.
    #[prop(into)]
    value: Signal<Option<f64>>,
) -> impl IntoView {
    view! { <progress class="progress" aria-label=label max="1" value=move || value.get()></progress> }
}
