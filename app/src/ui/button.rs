//! Buttons.

use super::icon::{Icon, IconView};
use leptos::ev;
use leptos::prelude::*;

/// How loud a button is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// One per view: the thing to do.
    Primary,
    /// An ordinary action.
    #[default]
    Plain,
    /// In rows and headers: no border.
    Ghost,
    /// Destroys something.
    Danger,
}

impl Tone {
    /// The class for that tone.
    pub fn class(self) -> &'static str {
        match self {
            Self::Primary => "btn btn--primary",
            Self::Plain => "btn",
            Self::Ghost => "btn btn--ghost",
            Self::Danger => "btn btn--danger",
        }
    }
}

/// A button with text. While `pending` it shows that it works and takes no second click.
#[component]
pub fn Button(
    /// How loud.
    #[prop(optional)]
    tone: Tone,
    /// Before the text.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// Sends the form around it.
    #[prop(optional)]
    submit: bool,
    /// Works on it.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// Can't be used now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What a click does.
    #[prop(optional, into)]
    on_click: Option<Callback<ev::MouseEvent>>,
    /// The text.
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=tone.class()
            // Not the `disabled` attribute while pending: the focus must stay.
            aria-disabled=move || (pending.get() || disabled.get()).then_some("true")
            aria-busy=move || pending.get().then_some("true")
            on:click=move |event| {
                if pending.get_untracked() || disabled.get_untracked() {
                    event.prevent_default();
                } else if let Some(on_click) = on_click {
                    on_click.run(event);
                }
            }
        >
            {icon.map(|icon| view! { <IconView icon/> })}
            <span class="btn__text">{children()}</span>
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    /// Where to.
    #[prop(into)]
    href: String,
    /// How loud.
    #[prop(optional)]
    tone: Tone,
    /// Before the text.
    #[prop(optional, into)]
    icon: Option<Icon>,
    /// With a full page load.
    #[prop(optional)]
    external: bool,
    /// The text.
    children: Children,
) -> impl IntoView {
    view! {
        <a href=href class=tone.class() rel=external.then_some("external")>
            {icon.map(|icon| view! { <IconView icon/> })}
            <span class="btn__text">{children()}</span>
        </a>
    }
}

/// A button with an icon only.
#[component]
pub fn IconButton(
    /// What it shows.
    icon: Icon,
    /// What it does, for everybody who does not see the icon.
    #[prop(into)]
    label: Signal<String>,
    /// What a click does.
    #[prop(into)]
    on_click: Callback<ev::MouseEvent>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="icon-btn"
            aria-label=move || label.get()
            title=move || label.get()
            on:click=move |event| on_click.run(event)
        >
            <IconView icon/>
        </button>
    }
}
