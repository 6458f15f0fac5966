//! The binding: the few functions of ECharts that are used, and the life of one chart.

use super::events::{ChartEvent, Hit, Keys, Place, Spot};
use js_sys::{Array, Function, JSON, Object, Reflect};
use leptos::prelude::*;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, MouseEvent, ResizeObserver};

#[wasm_bindgen]
extern "C" {
    /// The language's own `import(url)`.
    #[wasm_bindgen(js_name = import, catch)]
    async fn import_module(url: &str) -> Result<JsValue, JsValue>;

    type Module;
    #[wasm_bindgen(method, catch)]
    fn init(
        this: &Module,
        element: &HtmlElement,
        theme: &JsValue,
        options: &JsValue,
    ) -> Result<Instance, JsValue>;

    #[derive(Clone)]
    type Instance;
    #[wasm_bindgen(method, js_name = setOption, catch)]
    fn set_option(this: &Instance, option: &JsValue, how: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    fn resize(this: &Instance);
    #[wasm_bindgen(method)]
    fn dispose(this: &Instance);
    #[wasm_bindgen(method)]
    fn on(this: &Instance, event: &str, handler: &Function);
    #[wasm_bindgen(method, js_name = dispatchAction)]
    fn dispatch_action(this: &Instance, action: &JsValue);
    #[wasm_bindgen(method, js_name = convertFromPixel)]
    fn convert_from_pixel(this: &Instance, finder: &JsValue, pixel: &JsValue) -> JsValue;
    #[wasm_bindgen(method, js_name = convertToPixel)]
    fn convert_to_pixel(this: &Instance, finder: &JsValue, value: &JsValue) -> JsValue;
    #[wasm_bindgen(method, js_name = containPixel)]
    fn contain_pixel(this: &Instance, finder: &JsValue, pixel: &JsValue) -> bool;
}

thread_local! {
    /// The library, loaded once for all charts.
    static MODULE: RefCell<Option<Module>> = const { RefCell::new(None) };
}

/// Where the chart library is, by `<meta name="wh-echarts">`.
fn library_url() -> Option<String> {
    document().query_selector("meta[name='wh-echarts']").ok().flatten()?.get_attribute("content")
}

/// Loads the library; later calls find it in the browser's module map.
///
/// # Errors
/// A plain sentence when it can't be loaded.
pub(super) async fn load() -> Result<(), String> {
    if MODULE.with_borrow(Option::is_some) {
        return Ok(());
    }
    let url = library_url().ok_or("This page does not name the chart library.")?;
    let module =
        import_module(&url).await.map_err(|_| "The chart library could not be loaded.".to_owned())?;
    MODULE.with_borrow_mut(|slot| *slot = Some(module.unchecked_into()));
    Ok(())
}

fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in entries {
        // Setting a property of a fresh plain object can't fail.
        drop(Reflect::set(&object, &JsValue::from_str(key), value));
    }
    object.into()
}

fn get(value: &JsValue, key: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of a data point")]
fn index(value: &JsValue, key: &str) -> Option<usize> {
    get(value, key).as_f64().filter(|n| *n >= 0.0).map(|n| n as usize)
}

fn size_of(element: &HtmlElement) -> (i32, i32) {
    (element.client_width(), element.client_height())
}

/// One drawn chart. Dropping it disposes of the ECharts instance.
pub(super) struct Drawn {
    instance: Instance,
    observer: ResizeObserver,
    // What is shown, for finding the mark nearest to the pointer.
    option: RefCell<JsValue>,
    // Handlers live as long as the chart that calls them.
    _handlers: Vec<Closure<dyn FnMut(JsValue)>>,
    _resized: Closure<dyn FnMut()>,
}

impl Drop for Drawn {
    fn drop(&mut self) {
        self.observer.disconnect();
        self.instance.dispose();
    }
}

impl Drawn {
    /// Makes the chart in its element. The library must be loaded. On time charts the pointer is followed outside,
    /// because a line is too thin to be hit.
    pub(super) fn new(element: &HtmlElement, tell: Callback<ChartEvent>, time_axis: bool) -> Option<Self> {
        let instance = MODULE.with_borrow(|module| {
            let options = object(&[("renderer", "canvas".into())]);
            module.as_ref()?.init(element, &JsValue::NULL, &options).ok()
        })?;
        let mut handlers = Vec::new();
        let mut on = |event: &str, handler: Closure<dyn FnMut(JsValue)>| {
            instance.on(event, handler.as_ref().unchecked_ref());
            handlers.push(handler);
        };
        if !time_axis {
            on(
                "click",
                Closure::new(move |params: JsValue| {
                    let Some(hit) = hit_of(&params) else { return };
                    let event = get(&get(&params, "event"), "event");
                    let keys = Keys {
                        shift: get(&event, "shiftKey").is_truthy(),
                        multi: get(&event, "ctrlKey").is_truthy() || get(&event, "metaKey").is_truthy(),
                    };
                    tell.run(ChartEvent::Click(hit, keys));
                }),
            );
            on(
                "contextmenu",
                Closure::new(move |params: JsValue| {
                    let Some(hit) = hit_of(&params) else { return };
                    let Ok(event) = get(&get(&params, "event"), "event").dyn_into::<MouseEvent>() else {
                        return;
                    };
                    event.prevent_default();
                    tell.run(ChartEvent::Menu(hit, place_of(&event)));
                }),
            );
            let host = element.clone();
            on(
                "mouseover",
                Closure::new(move |params: JsValue| {
                    let Some(hit) = hit_of(&params) else { return };
                    let event = get(&params, "event");
                    let spot = Spot {
                        x: get(&event, "offsetX").as_f64().unwrap_or_default(),
                        y: get(&event, "offsetY").as_f64().unwrap_or_default(),
                        width: f64::from(host.offset_width()),
                    };
                    tell.run(ChartEvent::Hover(hit, spot));
                }),
            );
            on("globalout", Closure::new(move |_| tell.run(ChartEvent::Leave)));
        }
        let resized = {
            let (instance, element) = (instance.clone(), element.clone());
            let mut known = size_of(&element);
            Closure::<dyn FnMut()>::new(move || {
                // The observer tells the first size too, which is the one that the chart was made in.
                let size = size_of(&element);
                if size != known {
                    known = size;
                    instance.resize();
                }
            })
        };
        let observer = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self {
            instance,
            observer,
            option: RefCell::new(JsValue::UNDEFINED),
            _handlers: handlers,
            _resized: resized,
        })
    }

    /// Shows an option (JSON); what was drawn before is forgotten.
    pub(super) fn show(&self, option: &str) {
        let Ok(option) = JSON::parse(option) else { return };
        let how = object(&[("notMerge", true.into()), ("lazyUpdate", false.into())]);
        // An option that ECharts refuses leaves the last picture; the table twin shows the figures all the same.
        drop(self.instance.set_option(&option, &how));
        *self.option.borrow_mut() = option;
    }

    /// The mark of a time chart nearest to a place inside its grid, and how far it is in pixels.
    pub(super) fn nearest(&self, spot: Spot) -> Option<(Hit, f64)> {
        let pixel: JsValue = Array::of2(&spot.x.into(), &spot.y.into()).into();
        if !self.instance.contain_pixel(&object(&[("gridIndex", 0.into())]), &pixel) {
            return None;
        }
        let at = self.index_at(spot.x)?;
        let series: Array = get(&self.option.borrow(), "series").dyn_into().unwrap_or_default();
        let place = u32::try_from(at).ok()?;
        let mut best = (Hit { series: String::new(), index: at }, f64::INFINITY);
        for (index, one) in series.iter().enumerate() {
            // Comparisons and hatching are looked at, not acted upon.
            if get(&one, "silent").is_truthy() {
                continue;
            }
            let Ok(data) = get(&one, "data").dyn_into::<Array>() else { continue };
            let Some(value) = value_of(&data.get(place)) else { continue };
            let finder = object(&[("seriesIndex", index_value(index))]);
            let point =
                self.instance.convert_to_pixel(&finder, &Array::of2(&index_value(at), &value.into()).into());
            let Some(y) = Reflect::get_u32(&point, 1).ok().and_then(|y| y.as_f64()) else { continue };
            let distance = (y - spot.y).abs();
            if distance < best.1 {
                best = (Hit { series: get(&one, "id").as_string().unwrap_or_default(), index: at }, distance);
            }
        }
        Some(best)
    }

    /// The data index on the category axis at a horizontal place, also outside the grid.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to an index")]
    pub(super) fn index_at(&self, x: f64) -> Option<usize> {
        let found = self.instance.convert_from_pixel(&object(&[("xAxisIndex", 0.into())]), &x.into());
        found.as_f64().filter(|n| n.is_finite()).map(|n| n.max(0.0).round() as usize)
    }

    /// The horizontal place of a data index on the category axis.
    pub(super) fn x_of(&self, index: usize) -> Option<f64> {
        let finder = object(&[("xAxisIndex", 0.into())]);
        self.instance.convert_to_pixel(&finder, &index_value(index)).as_f64()
    }

    /// Shows the crosshair of a time chart at a data index, or hides it.
    pub(super) fn point_at(&self, index: Option<usize>) {
        let x = index.and_then(|index| self.x_of(index));
        let action = match x {
            Some(x) => object(&[
                ("type", "updateAxisPointer".into()),
                ("currTrigger", "mousemove".into()),
                ("x", x.into()),
                // Any height inside the grid will do.
                ("y", 60.into()),
            ]),
            None => object(&[("type", "updateAxisPointer".into()), ("currTrigger", "leave".into())]),
        };
        self.instance.dispatch_action(&action);
    }

    /// Brings a mark to the front, as if the pointer were on it.
    pub(super) fn highlight(&self, hit: Option<&Hit>) {
        self.instance.dispatch_action(&object(&[("type", "downplay".into())]));
        if let Some(hit) = hit {
            self.instance.dispatch_action(&object(&[
                ("type", "highlight".into()),
                ("seriesId", JsValue::from_str(&hit.series)),
                ("dataIndex", index_value(hit.index)),
            ]));
        }
    }
}

fn hit_of(params: &JsValue) -> Option<Hit> {
    // A click on an axis label carries no series.
    Some(Hit { series: get(params, "seriesId").as_string()?, index: index(params, "dataIndex")? })
}

#[expect(clippy::cast_precision_loss, reason = "an index of a data point")]
fn index_value(index: usize) -> JsValue {
    JsValue::from_f64(index as f64)
}

/// A data item is a number or an object with one.
fn value_of(item: &JsValue) -> Option<f64> {
    item.as_f64().or_else(|| if item.is_object() { get(item, "value").as_f64() } else { None })
}

/// Where a pointer event is in the window.
pub(super) fn place_of(event: &MouseEvent) -> Place {
    Place { x: f64::from(event.client_x()), y: f64::from(event.client_y()) }
}

/// Where a pointer event is, relative to the chart's box.
pub(super) fn spot_of(event: &MouseEvent, element: &HtmlElement) -> Spot {
    let rect = element.get_bounding_client_rect();
    Spot {
        x: f64::from(event.client_x()) - rect.left(),
        y: f64::from(event.client_y()) - rect.top(),
        width: rect.width(),
    }
}
