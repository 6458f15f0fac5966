//! Moments and day counts in words. The first render is the same on both sides: UTC; the browser then shows its zone.

use crate::state::browser;
use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// "22 Nov 2026, 18:56 UTC".
fn utc_text(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// How long from `now` to `at`, roughly: "in 5 min", "3 h ago", "just now".
pub fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (at - now).num_seconds();
    let text = match seconds.unsigned_abs() {
        0..45 => return if seconds > 0 { "in a moment".into() } else { "just now".into() },
        n @ 45..5_400 => format!("{} min", (n + 30) / 60),
        n @ 5_400..129_600 => format!("{} h", (n + 1_800) / 3_600),
        n => format!("{} days", (n + 43_200) / 86_400),
    };
    if seconds > 0 { format!("in {text}") } else { format!("{text} ago") }
}

/// A stretch of time: "40 s", "5 min", "2 h 10 min".
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", (seconds + 30) / 60),
        _ => {
            let minutes = (seconds + 30) / 60;
            match (minutes / 60, minutes % 60) {
                (hours, 0) => format!("{hours} h"),
                (hours, minutes) => format!("{hours} h {minutes} min"),
            }
        }
    }
}

/// A moment in the person's zone.
#[component]
pub fn Instant(
    /// When.
    at: DateTime<Utc>,
) -> impl IntoView {
    let text = RwSignal::new(utc_text(at));
    Effect::new(move |_| {
        if let Some(local) = browser::local_time(at) {
            text.set(local);
        }
    });
    view! { <time datetime=at.to_rfc3339() class="nowrap">{move || text.get()}</time> }
}

/// A moment from now, with the exact time on hover; keeps up with the clock.
#[component]
pub fn Ago(
    /// When.
    at: DateTime<Utc>,
) -> impl IntoView {
    let (text, title) = (RwSignal::new(utc_text(at)), RwSignal::new(utc_text(at)));
    let tell = move || {
        if let (Some(now), Some(local)) = (browser::now(), browser::local_time(at)) {
            text.set(relative(at, now));
            title.set(local);
        }
    };
    Effect::new(move |_| tell());
    browser::every(30_000, tell);
    view! {
        <time datetime=at.to_rfc3339() title=move || title.get() class="nowrap">
            {move || text.get()}
        </time>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_like_speech() {
        let now = "2026-11-22T12:00:00Z".parse::<DateTime<Utc>>().unwrap();
        for (at, text) in [
            ("2026-11-22T12:00:10Z", "in a moment"),
            ("2026-11-22T11:59:50Z", "just now"),
            ("2026-11-22T12:05:00Z", "in 5 min"),
            ("2026-11-22T09:00:00Z", "3 h ago"),
            ("2026-11-19T12:00:00Z", "3 days ago"),
        ] {
            assert_eq!(relative(at.parse().unwrap(), now), text);
        }
        assert_eq!(duration(7_800), "2 h 10 min");
        assert_eq!(duration(59), "59 s");
    }
}
