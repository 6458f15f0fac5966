//! Pages of a section, side by side. Links, not ARIA tabs: each is a page with its own address. A swipe goes to the
//! neighbour.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

/// A page of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// For people.
    pub label: &'static str,
    /// Its address.
    pub href: String,
}

/// Links to the pages of a section; the one whose address is the longest beginning of the current one is marked.
#[component]
pub fn Tabs(
    /// What the section is.
    label: &'static str,
    /// Its pages.
    tabs: Vec<Tab>,
) -> impl IntoView {
    let location = use_location();
    let addresses: Vec<String> = tabs.iter().map(|tab| tab.href.clone()).collect();
    let beside = addresses.clone();
    let current = Memo::new(move |_| {
        let path = location.pathname.get();
        addresses
            .iter()
            .filter(|href| {
                path.strip_prefix(href.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
            .max_by_key(|href| href.len())
            .cloned()
    });
    let navigate = use_navigate();
    on_swipe(move |step| {
        let at =
            current.with_untracked(|current| beside.iter().position(|href| Some(href) == current.as_ref()));
        let next = at.and_then(|at| at.checked_add_signed(step)).and_then(|at| beside.get(at));
        if let Some(href) = next {
            navigate(href, NavigateOptions::default());
        }
    });
    view! {
        <nav class="tabs" aria-label=label>
            {tabs
                .into_iter()
                .map(|tab| {
                    let href = tab.href.clone();
                    view! {
                        <a
                            href=tab.href
                            aria-current=move || {
                                current.with(|current| current.as_deref() == Some(href.as_str())).then_some("page")
                            }
                        >
                            {tab.label}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}

/// To which neighbour a finger's way leads: it must be long, and clearly sideways.
#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "only a browser has fingers"))]
fn swipe(dx: f64, dy: f64) -> Option<isize> {
    const FAR: f64 = 64.0;
    if dx.abs() < FAR || dx.abs() < 2.0 * dy.abs() {
        return None;
    }
    Some(if dx < 0.0 { 1 } else { -1 })
}

/// Tells of swipes over the page, until the owner goes: 1 to what is on the right, −1 to the left. What scrolls sideways
/// keeps its swipes.
fn on_swipe(work: impl Fn(isize) + 'static) {
    #[cfg(feature = "hydrate")]
    {
        let start = StoredValue::new_local(None::<(f64, f64)>);
        let point = |touch: Option<web_sys::Touch>| {
            touch.map(|touch| (f64::from(touch.client_x()), f64::from(touch.client_y())))
        };
        let down = window_event_listener(leptos::ev::touchstart, move |event| {
            let is_one = event.touches().length() == 1;
            let is_free = !scrolls_sideways(event.target());
            start.set_value(point(event.touches().get(0)).filter(|_| is_one && is_free));
        });
        let up = window_event_listener(leptos::ev::touchend, move |event| {
            let way = start.get_value().zip(point(event.changed_touches().get(0)));
            start.set_value(None);
            if let Some(step) = way.and_then(|(from, to)| swipe(to.0 - from.0, to.1 - from.1)) {
                work(step);
            }
        });
        on_cleanup(move || {
            down.remove();
            up.remove();
        });
    }
    #[cfg(not(feature = "hydrate"))]
    drop(work);
}

/// Whether an element, or what is around it, has more to show on its sides, or is where people write or drag.
#[cfg(feature = "hydrate")]
fn scrolls_sideways(target: Option<web_sys::EventTarget>) -> bool {
    use wasm_bindgen::JsCast;
    let mut next = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    while let Some(element) = next {
        if element.matches("input, textarea, select, dialog").unwrap_or(false)
            || (element.scroll_width() > element.client_width() + 1 && element.client_width() > 0)
        {
            return true;
        }
        if element.id() == "main" {
            return false;
        }
        next = element.parent_element();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::swipe;

    #[test]
    fn only_a_long_way_sideways_is_a_swipe() {
        assert_eq!(swipe(-120.0, 10.0), Some(1));
        assert_eq!(swipe(120.0, -30.0), Some(-1));
        assert_eq!(swipe(-40.0, 0.0), None);
        assert_eq!(swipe(-120.0, 90.0), None);
    }
}
