//! The head of a page.

use leptos::prelude::*;
use leptos_meta::Title;

/// A step on the way to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    /// For people.
    pub label: String,
    /// Where it leads.
    pub href: String,
}

impl Crumb {
    /// A step with its address.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into() }
    }
}

/// Title (also of the browser's tab), the way here, and the page's actions. `beside` stands right after the title (a
/// pill); `children` at the end of the line.
#[component]
pub fn PageHeader(
    /// The page's name.
    #[prop(into)]
    title: Signal<String>,
    /// At most two steps before this page.
    #[prop(optional, into)]
    crumbs: Vec<Crumb>,
    /// Right after the title.
    #[prop(optional, into)]
    beside: ViewFn,
    /// Actions.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    // On the server the head may be written when this part has ended already, or is being made anew.
    let first = title.get_untracked();
    let text = move || title.try_get().unwrap_or_else(|| first.clone());
    view! {
        <Title text/>
        <header class="head">
            {(!crumbs.is_empty())
                .then(|| {
                    view! {
                        <nav class="crumbs" aria-label="Breadcrumb">
                            <ol>
                                {crumbs
                                    .into_iter()
                                    .map(|crumb| view! { <li><a href=crumb.href>{crumb.label}</a></li> })
                                    .collect_view()}
                            </ol>
                        </nav>
                    }
                })}
            <div class="head__line">
                <h1 tabindex="-1">{move || title.get()}</h1>
                {beside.run()}
                <div class="head__actions">{children.map(|children| children())}</div>
            </div>
        </header>
    }
}
