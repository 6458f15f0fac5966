//! The few things that only a browser can do. On the server they do nothing, so that pages need no second version.

use leptos::prelude::*;
use model::days::WeekStart;

/// What the browser knows about its person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guess {
    /// IANA name.
    pub time_zone: Option<String>,
    /// ISO 4217, by the region of the browser's language.
    pub currency: Option<&'static str>,
    /// By the region of the browser's language.
    pub week_start: WeekStart,
}

/// Currency and first weekday of a region (ISO 3166).
fn customs_of(region: &str) -> (Option<&'static str>, WeekStart) {
    let currency = match region {
        "US" | "PR" | "EC" | "SV" => "USD",
        "GB" => "GBP",
        "CH" | "LI" => "CHF",
        "JP" => "JPY",
        "CN" => "CNY",
        "IN" => "INR",
        "CA" => "CAD",
        "AU" => "AUD",
        "NZ" => "NZD",
        "BR" => "BRL",
        "MX" => "MXN",
        "SE" => "SEK",
        "NO" => "NOK",
        "DK" => "DKK",
        "PL" => "PLN",
        "CZ" => "CZK",
        "HU" => "HUF",
        "RO" => "RON",
        "TR" => "TRY",
        "IL" => "ILS",
        "ZA" => "ZAR",
        "KR" => "KRW",
        "SG" => "SGD",
        "HK" => "HKD",
        "TH" => "THB",
        "ID" => "IDR",
        "PH" => "PHP",
        "MY" => "MYR",
        "AE" => "AED",
        "SA" => "SAR",
        "EG" => "EGP",
        "AT" | "BE" | "BG" | "CY" | "DE" | "EE" | "ES" | "FI" | "FR" | "GR" | "HR" | "IE" | "IT" | "LT"
        | "LU" | "LV" | "MT" | "NL" | "PT" | "SI" | "SK" => "EUR",
        _ => "",
    };
    let week_start = match region {
        "US" | "CA" | "MX" | "BR" | "JP" | "KR" | "IN" | "IL" | "ZA" | "HK" | "TH" | "PH" | "SA" | "PR"
        | "SV" => WeekStart::Sunday,
        "EG" | "AE" => WeekStart::Saturday,
        _ => WeekStart::Monday,
    };
    ((!currency.is_empty()).then_some(currency), week_start)
}

/// The region of a language tag: `de-AT` → `AT`.
fn region_of(language: &str) -> Option<&str> {
    language.split('-').skip(1).find(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_uppercase()))
}

/// What the browser's settings say. Nothing on the server.
pub fn guess() -> Guess {
    #[cfg(feature = "hydrate")]
    {
        let language = window().navigator().language().unwrap_or_default();
        let (currency, week_start) = region_of(&language).map(customs_of).unwrap_or_default();
        Guess { time_zone: intl::time_zone(), currency, week_start }
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = (region_of, customs_of);
        Guess::default()
    }
}

/// All IANA zones that the browser knows; empty on the server.
pub fn time_zones() -> Vec<String> {
    #[cfg(feature = "hydrate")]
    {
        intl::time_zones()
    }
    #[cfg(not(feature = "hydrate"))]
    {
        Vec::new()
    }
}

#[cfg(feature = "hydrate")]
mod intl {
    use js_sys::{Array, Function, Intl, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    pub fn time_zone() -> Option<String> {
        let format = Intl::DateTimeFormat::new(&Array::new(), &js_sys::Object::new());
        Reflect::get(&format.resolved_options(), &"timeZone".into()).ok()?.as_string()
    }

    pub fn time_zones() -> Vec<String> {
        supported().map(|list| list.iter().filter_map(|zone| zone.as_string()).collect()).unwrap_or_default()
    }

    fn supported() -> Option<Array> {
        let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
        let values: Function = Reflect::get(&intl, &"supportedValuesOf".into()).ok()?.dyn_into().ok()?;
        values.call1(&JsValue::NULL, &"timeZone".into()).ok()?.dyn_into().ok()
    }
}

/// Does the work and notes how long it took as a *measure* of the browser's own timeline (W3C User Timing), where its
/// tools and `cargo xtask bench` find it.
pub fn timed<T>(name: &'static str, work: impl FnOnce() -> T) -> T {
    #[cfg(feature = "hydrate")]
    {
        let timeline = window().performance();
        if let Some(timeline) = &timeline {
            let _ = timeline.mark(name);
        }
        let done = work();
        if let Some(timeline) = &timeline {
            let _ = timeline.measure_with_start_mark(name, name);
            // Whoever watches has seen it; a page that is open all day must not collect them.
            timeline.clear_marks_with_mark_name(name);
            timeline.clear_measures_with_measure_name(name);
        }
        done
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = name;
        work()
    }
}

/// Leaves for another page with a full load: after the session changed, or for an address outside the app.
pub fn go(path: &str) {
    #[cfg(feature = "hydrate")]
    let _ = window().location().assign(path);
    #[cfg(not(feature = "hydrate"))]
    let _ = path;
}

/// Loads this page again.
pub fn reload() {
    #[cfg(feature = "hydrate")]
    let _ = window().location().reload();
}

/// A value remembered in this browser.
pub fn stored(key: &str) -> Option<String> {
    #[cfg(feature = "hydrate")]
    {
        window().local_storage().ok()??.get_item(key).ok()?
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = key;
        None
    }
}

/// Remembers a value in this browser (not when its storage is off or full).
pub fn store(key: &str, value: &str) {
    #[cfg(feature = "hydrate")]
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (key, value);
}

/// All cookies that scripts may read; empty on the server.
pub fn cookies() -> String {
    #[cfg(feature = "hydrate")]
    {
        document_property("cookie").and_then(|value| value.as_string()).unwrap_or_default()
    }
    #[cfg(not(feature = "hydrate"))]
    {
        String::new()
    }
}

/// Keeps a small value where the server sees it, for a year. Names and values must be free of `;` and blanks.
pub fn set_cookie(name: &str, value: &str) {
    #[cfg(feature = "hydrate")]
    {
        let text = format!("{name}={value}; Path=/; SameSite=Lax; Max-Age=31536000");
        let _ = js_sys::Reflect::set(&document(), &"cookie".into(), &text.into());
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (name, value);
}

#[cfg(feature = "hydrate")]
fn document_property(name: &str) -> Option<wasm_bindgen::JsValue> {
    js_sys::Reflect::get(&document(), &name.into()).ok()
}

/// Fills the screen with the page, or gives it back.
pub fn toggle_full_screen() {
    #[cfg(feature = "hydrate")]
    {
        let document = document();
        if document.fullscreen_element().is_some() {
            document.exit_fullscreen();
        } else if let Some(root) = document.document_element() {
            // Refused where the site is in a frame that does not allow it: then nothing changes.
            let _ = root.request_fullscreen();
        }
    }
}

/// Puts the keyboard focus on the first element that matches, once the page has settled.
pub fn focus(selector: &'static str) {
    #[cfg(feature = "hydrate")]
    request_animation_frame(move || {
        use wasm_bindgen::JsCast;
        if let Ok(Some(element)) = document().query_selector(selector)
            && let Ok(element) = element.dyn_into::<web_sys::HtmlElement>()
        {
            let _ = element.focus();
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = selector;
}

/// Scrolls what is wider than its place, and nothing else, until the element of that id in it is in sight.
pub fn scroll_to(within: NodeRef<leptos::html::Div>, id: &str) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let found = document().get_element_by_id(id);
        let element = found.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
        let (Some(place), Some(element)) = (within.get_untracked(), element) else { return };
        let (left, width) = (element.offset_left(), element.offset_width());
        let (from, room) = (place.scroll_left(), place.client_width());
        if left < from {
            place.set_scroll_left(left - width);
        } else if left + width > from + room {
            place.set_scroll_left(left + 2 * width - room);
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (within, id);
}

/// Calls `work` every `millis`, until the owner goes. Nothing on the server.
pub fn every(millis: u32, work: impl Fn() + 'static) {
    #[cfg(feature = "hydrate")]
    {
        // The owner drops the stored interval, which ends it.
        let _held = StoredValue::new_local(gloo_timers::callback::Interval::new(millis, work));
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (millis, work);
}

/// Calls `work` once after `millis`. Nothing on the server.
pub fn after(millis: u64, work: impl FnOnce() + 'static) {
    #[cfg(feature = "hydrate")]
    set_timeout(work, std::time::Duration::from_millis(millis));
    #[cfg(not(feature = "hydrate"))]
    let _ = (millis, work);
}

/// Whether the browser thinks that it is connected; follows changes. True on the server.
pub fn online() -> ReadSignal<bool> {
    let (online, set_online) = signal(true);
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        set_online.set(window().navigator().on_line());
        let on = window_event_listener_untyped("online", move |_| set_online.set(true));
        let off = window_event_listener_untyped("offline", move |_| set_online.set(false));
        on_cleanup(move || {
            on.remove();
            off.remove();
        });
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = set_online;
    online
}

/// A moment in the person's own zone and language, for example "22 Nov 2026, 19:56"; none on the server.
pub fn local_time(at: chrono::DateTime<chrono::Utc>) -> Option<String> {
    #[cfg(feature = "hydrate")]
    {
        use chrono::TimeZone as _;
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of this age fit 53 bits")]
        let date = js_sys::Date::new(&(at.timestamp_millis() as f64).into());
        #[expect(clippy::cast_possible_truncation, reason = "minutes of an offset")]
        let offset = chrono::FixedOffset::west_opt(date.get_timezone_offset() as i32 * 60)?;
        Some(offset.from_utc_datetime(&at.naive_utc()).format("%-d %b %Y, %H:%M").to_string())
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = at;
        None
    }
}

/// Now, by the browser's clock; none on the server, where the first render must not depend on it.
pub fn now() -> Option<chrono::DateTime<chrono::Utc>> {
    #[cfg(feature = "hydrate")]
    {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
        chrono::DateTime::from_timestamp_millis(js_sys::Date::now() as i64)
    }
    #[cfg(not(feature = "hydrate"))]
    {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_give_customs() {
        assert_eq!(region_of("de-AT").map(customs_of), Some((Some("EUR"), WeekStart::Monday)));
        assert_eq!(region_of("zh-Hant-HK").map(customs_of), Some((Some("HKD"), WeekStart::Sunday)));
        assert_eq!(region_of("en"), None);
    }
}
