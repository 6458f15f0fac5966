//! A chart on the page: drawn when it comes into view, redrawn when its option changes, usable by pointer and keys.

use super::events::{ChartEvent, Point};
#[cfg(feature = "hydrate")]
use super::events::{Hit, Keys, Place, Spot, step};
use leptos::html;
use leptos::prelude::*;
use std::sync::Arc;

/// Pixels that the pointer may be away from a line to hit it.
#[cfg(feature = "hydrate")]
const REACH: f64 = 28.0;
/// Pixels after which a press becomes a drag.
#[cfg(feature = "hydrate")]
const DRAG: f64 = 4.0;

/// A chart. The picture is one image for assistive technology, with a summary; the arrow keys walk its points and
/// each is read out; Enter acts on it as a click does, Space keeps its tooltip.
#[component]
pub fn ChartBox(
    /// The ECharts option as JSON; none = nothing to draw yet.
    #[prop(into)]
    option: Signal<Option<Arc<str>>>,
    /// What the chart shows, in a sentence or two.
    #[prop(into)]
    summary: Signal<String>,
    /// What the arrow keys reach.
    #[prop(into)]
    points: Signal<Arc<Vec<Point>>>,
    /// What a person does.
    #[prop(into)]
    on_event: Callback<ChartEvent>,
    /// The horizontal axis is time: drag zooms, and the crosshair is shared.
    #[prop(optional)]
    time_axis: bool,
    /// Where the shared crosshair is, as a data index.
    #[prop(optional, into)]
    crosshair: Signal<Option<usize>>,
) -> impl IntoView {
    let host = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Div>::new();
    let selection = NodeRef::<html::Div>::new();
    let spoken = RwSignal::new(String::new());
    let failed = RwSignal::new(None::<String>);
    let parts =
        Parts { host, canvas, selection, option, points, on_event, crosshair, spoken, failed, time_axis };
    bring_to_life(parts);
    view! {
        <div class="chart" class:chart--time=time_axis>
            <div
                class="chart__picture"
                node_ref=host
                role="img"
                tabindex="0"
                aria-label=move || summary.get()
            >
                <div class="chart__canvas" node_ref=canvas></div>
            </div>
            <div class="chart__selection" node_ref=selection hidden></div>
            <p class="visually-hidden" aria-live="polite">{move || spoken.get()}</p>
            {move || failed.get().map(|reason| view! { <p class="chart__failed" role="alert">{reason}" The figures are under “View as table”."</p> })}
        </div>
    }
}

#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser draws"))]
struct Parts {
    host: NodeRef<html::Div>,
    canvas: NodeRef<html::Div>,
    selection: NodeRef<html::Div>,
    option: Signal<Option<Arc<str>>>,
    points: Signal<Arc<Vec<Point>>>,
    on_event: Callback<ChartEvent>,
    crosshair: Signal<Option<usize>>,
    spoken: RwSignal<String>,
    failed: RwSignal<Option<String>>,
    time_axis: bool,
}

#[cfg(not(feature = "hydrate"))]
fn bring_to_life(_: Parts) {}

#[cfg(feature = "hydrate")]
fn bring_to_life(parts: Parts) {
    use super::echarts::{self, Drawn};
    use wasm_bindgen::JsCast;

    let drawn = StoredValue::new_local(None::<Drawn>);
    let is_seen = RwSignal::new(false);
    let is_loaded = RwSignal::new(false);
    when_seen(parts.host, is_seen);
    Effect::new(move |_| {
        if !is_seen.get() {
            return;
        }
        leptos::task::spawn_local(async move {
            match echarts::load().await {
                Ok(()) => {
                    let _ = is_loaded.try_set(true);
                }
                Err(reason) => {
                    let _ = parts.failed.try_set(Some(reason));
                }
            }
        });
    });
    // Only what the chart shows makes a new picture; the callback is told from the events.
    let tell = parts.on_event;
    Effect::new(move |_| {
        let (true, Some(canvas), Some(option)) = (is_loaded.get(), parts.canvas.get(), parts.option.get())
        else {
            return;
        };
        drawn.update_value(|drawn| {
            if drawn.is_none() {
                *drawn = Drawn::new(canvas.unchecked_ref(), tell, parts.time_axis);
            }
            if let Some(drawn) = drawn {
                drawn.show(&option);
            }
        });
    });
    if parts.time_axis {
        Effect::new(move |_| {
            let at = parts.crosshair.get();
            drawn.with_value(|drawn| drawn.iter().for_each(|drawn| drawn.point_at(at)));
        });
        Effect::new(move |_| {
            if let Some(host) = parts.host.get() {
                follow_pointer(host.unchecked_ref(), parts, drawn);
            }
        });
    }
    Effect::new(move |_| {
        if let Some(host) = parts.host.get() {
            follow_keys(host.unchecked_ref(), parts, drawn);
        }
    });
}

/// Draws what is visible first: everything else waits until it is near the window.
#[cfg(feature = "hydrate")]
fn when_seen(host: NodeRef<html::Div>, is_seen: RwSignal<bool>) {
    use wasm_bindgen::prelude::*;
    use web_sys::{IntersectionObserver, IntersectionObserverEntry};
    type OnSeen = Closure<dyn FnMut(js_sys::Array, IntersectionObserver)>;

    Effect::new(move |_| {
        let Some(element) = host.get() else { return };
        // The observer answers a frame later; what is in the window now is drawn with the figures beside it.
        if is_in_window(&element) {
            is_seen.set(true);
            return;
        }
        let on_seen = OnSeen::new(move |entries: js_sys::Array, observer: IntersectionObserver| {
            let any =
                entries.iter().any(|e| e.unchecked_into::<IntersectionObserverEntry>().is_intersecting());
            if any {
                observer.disconnect();
                let _ = is_seen.try_set(true);
            }
        });
        let Ok(observer) = IntersectionObserver::new(on_seen.as_ref().unchecked_ref()) else {
            is_seen.set(true);
            return;
        };
        observer.observe(&element);
        // Closure and observer end with the chart.
        let held = StoredValue::new_local((observer, on_seen));
        on_cleanup(move || {
            held.try_with_value(|(observer, _)| observer.disconnect());
        });
    });
}

#[cfg(feature = "hydrate")]
fn is_in_window(element: &web_sys::HtmlElement) -> bool {
    let place = element.get_bounding_client_rect();
    let height = window().inner_height().ok().and_then(|height| height.as_f64()).unwrap_or_default();
    place.height() > 0.0 && place.top() < height && place.bottom() > 0.0
}

#[cfg(feature = "hydrate")]
type Chart = StoredValue<Option<super::echarts::Drawn>, LocalStorage>;

/// Adds a listener to an element and takes it away with the owner.
#[cfg(feature = "hydrate")]
fn listen<E: wasm_bindgen::convert::FromWasmAbi + 'static>(
    element: &web_sys::HtmlElement,
    event: &'static str,
    work: impl FnMut(E) + 'static,
) {
    use wasm_bindgen::prelude::*;
    let listener = Closure::<dyn FnMut(E)>::new(work);
    let _ = element.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
    let held = StoredValue::new_local((element.clone(), listener));
    on_cleanup(move || {
        held.try_with_value(|(element, listener)| {
            let _ = element.remove_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
        });
    });
}

/// Hover, click, drag and double click on a time chart.
#[cfg(feature = "hydrate")]
fn follow_pointer(host: &web_sys::HtmlElement, parts: Parts, drawn: Chart) {
    use super::echarts::{place_of, spot_of};
    use web_sys::PointerEvent;

    let pressed = StoredValue::new_local(None::<Spot>);
    let dragged = StoredValue::new_local(false);
    let place = host.clone();
    let tell = move |event: ChartEvent| parts.on_event.run(event);
    listen(host, "pointerdown", {
        let place = place.clone();
        move |event: PointerEvent| {
            // A finger scrolls the page; only a mouse or pen drags a zoom.
            if event.button() == 0 && event.pointer_type() != "touch" {
                pressed.set_value(Some(spot_of(&event, &place)));
                dragged.set_value(false);
            }
        }
    });
    listen(host, "pointermove", {
        let place = place.clone();
        move |event: PointerEvent| {
            let spot = spot_of(&event, &place);
            if let Some(start) = pressed.get_value() {
                if (spot.x - start.x).abs() > DRAG && !dragged.get_value() {
                    dragged.set_value(true);
                    let _ = place.set_pointer_capture(event.pointer_id());
                }
                if dragged.get_value() {
                    show_selection(parts.selection, Some((start.x.min(spot.x), (spot.x - start.x).abs())));
                    tell(ChartEvent::Leave);
                    return;
                }
            }
            let nearest = drawn.with_value(|drawn| drawn.as_ref()?.nearest(spot));
            tell(nearest.map_or(ChartEvent::Leave, |(hit, _)| ChartEvent::Hover(hit, spot)));
        }
    });
    listen(host, "pointerup", {
        let place = place.clone();
        move |event: PointerEvent| {
            let spot = spot_of(&event, &place);
            let start = pressed.get_value();
            let was_drag = dragged.get_value();
            pressed.set_value(None);
            dragged.set_value(false);
            show_selection(parts.selection, None);
            let keys = Keys { shift: event.shift_key(), multi: event.ctrl_key() || event.meta_key() };
            let found = drawn.with_value(|drawn| {
                let drawn = drawn.as_ref()?;
                if let (true, Some(start)) = (was_drag, start) {
                    let (a, b) = (drawn.index_at(start.x.min(spot.x))?, drawn.index_at(start.x.max(spot.x))?);
                    return Some(ChartEvent::Zoom(a, b));
                }
                let (hit, distance) = drawn.nearest(spot).filter(|_| event.button() == 0)?;
                // A finger has no hover: it looks first.
                let chooses = distance <= REACH && event.pointer_type() != "touch";
                Some(if chooses { ChartEvent::Click(hit, keys) } else { ChartEvent::Pin(hit, spot) })
            });
            if let Some(found) = found {
                tell(found);
            }
        }
    });
    listen(host, "pointercancel", move |_: PointerEvent| {
        pressed.set_value(None);
        dragged.set_value(false);
        show_selection(parts.selection, None);
    });
    listen(host, "pointerleave", move |_: PointerEvent| tell(ChartEvent::Leave));
    listen(host, "contextmenu", move |event: web_sys::MouseEvent| {
        let spot = spot_of(&event, &place);
        if let Some((hit, _)) = drawn.with_value(|drawn| drawn.as_ref()?.nearest(spot)) {
            event.prevent_default();
            tell(ChartEvent::Leave);
            tell(ChartEvent::Menu(hit, place_of(&event)));
        }
    });
    listen(host, "dblclick", move |_: web_sys::MouseEvent| tell(ChartEvent::ResetZoom));
}

/// Marks the dragged span, in pixels from the left: start and width.
#[cfg(feature = "hydrate")]
fn show_selection(node: NodeRef<html::Div>, span: Option<(f64, f64)>) {
    use wasm_bindgen::JsCast;
    let Some(node) = node.get_untracked() else { return };
    let node: &web_sys::HtmlElement = node.unchecked_ref();
    node.set_hidden(span.is_none());
    if let Some((left, width)) = span {
        let _ = node.style().set_property("left", &format!("{left}px"));
        let _ = node.style().set_property("width", &format!("{width}px"));
    }
}

/// Arrow keys, Enter and Escape.
#[cfg(feature = "hydrate")]
fn follow_keys(host: &web_sys::HtmlElement, parts: Parts, drawn: Chart) {
    use web_sys::{FocusEvent, KeyboardEvent};
    let at = StoredValue::new_local(None::<usize>);
    let leave = move || {
        drawn.with_value(|drawn| drawn.iter().for_each(|drawn| drawn.highlight(None)));
        parts.on_event.run(ChartEvent::Leave);
    };
    let width = {
        let host = host.clone();
        move || f64::from(host.offset_width())
    };
    let corner = {
        let host = host.clone();
        move || {
            let rect = host.get_bounding_client_rect();
            Place { x: rect.left(), y: rect.top() }
        }
    };
    listen(host, "keydown", move |event: KeyboardEvent| {
        let points = parts.points.get_untracked();
        if event.key() == "Escape" && at.get_value().is_some() {
            at.set_value(None);
            leave();
            return;
        }
        let current = at.get_value().and_then(|i| points.get(i));
        let place = |hit: &Hit| {
            let x = drawn.with_value(|drawn| drawn.as_ref()?.x_of(hit.index));
            let width = width();
            Spot { x: x.filter(|_| parts.time_axis).unwrap_or(width / 2.0), y: 24.0, width }
        };
        if event.key() == " " {
            if let Some(point) = current {
                event.prevent_default();
                parts.on_event.run(ChartEvent::Pin(point.hit.clone(), place(&point.hit)));
            }
            return;
        }
        let asks_menu = match event.key().as_str() {
            "." | "ContextMenu" => true,
            "F10" => event.shift_key(),
            _ => false,
        };
        if asks_menu {
            if let Some(point) = current {
                event.prevent_default();
                let (spot, corner) = (place(&point.hit), corner());
                let at = Place { x: corner.x + spot.x, y: corner.y + spot.y };
                parts.on_event.run(ChartEvent::Menu(point.hit.clone(), at));
            }
            return;
        }
        if event.key() == "Enter" {
            if let Some(point) = current {
                event.prevent_default();
                let keys = Keys { shift: event.shift_key(), multi: event.ctrl_key() || event.meta_key() };
                parts.on_event.run(ChartEvent::Click(point.hit.clone(), keys));
            }
            return;
        }
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let Some(next) = step(&points, at.get_value(), &event.key()) else { return };
        event.prevent_default();
        at.set_value(Some(next));
        let point = &points[next];
        parts.spoken.set(point.text.clone());
        drawn.with_value(|drawn| drawn.iter().for_each(|drawn| drawn.highlight(Some(&point.hit))));
        parts.on_event.run(ChartEvent::Hover(point.hit.clone(), place(&point.hit)));
    });
    listen(host, "blur", move |_: FocusEvent| {
        if at.get_value().is_some() {
            at.set_value(None);
            leave();
        }
    });
}
