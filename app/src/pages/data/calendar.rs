//! The days of a connection: one small square each, a column per week.

use chrono::Datelike;
use leptos::html;
use leptos::prelude::*;
use metrics::format::{day_long, month_year};
use model::connections::{DayCompleteness, DayState};

const KINDS: [(DayCompleteness, &str, &str); 4] = [
    (DayCompleteness::Complete, "complete", "Complete"),
    (DayCompleteness::Provisional, "provisional", "May still change"),
    (DayCompleteness::Partial, "partial", "Partly read"),
    (DayCompleteness::Missing, "missing", "Not read"),
];

fn words(state: DayCompleteness) -> (&'static str, &'static str) {
    KINDS
        .iter()
        .find(|(kind, ..)| *kind == state)
        .map_or(("missing", "Not read"), |(_, class, label)| (class, label))
}

/// "412 complete, 30 may still change".
fn summary(days: &[DayState]) -> String {
    let parts: Vec<String> = KINDS
        .iter()
        .map(|(kind, _, label)| (days.iter().filter(|d| d.state == *kind).count(), label.to_lowercase()))
        .filter(|(n, _)| *n > 0)
        .map(|(n, label)| format!("{n} {label}"))
        .collect();
    parts.join(", ")
}

/// The strip, with a legend that counts. The newest days are in sight; the rest scrolls.
#[component]
pub fn Calendar(
    /// Oldest first.
    #[prop(into)]
    days: Signal<Vec<DayState>>,
) -> impl IntoView {
    let strip = NodeRef::<html::Div>::new();
    show_end(strip);
    move || {
        let days = days.get();
        let (Some(first), Some(last)) = (days.first(), days.last()) else {
            return view! { <p class="muted">"No day is planned yet."</p> }.into_any();
        };
        let blanks = first.day.weekday().num_days_from_monday();
        let label = format!("{} to {}: {}", day_long(first.day), day_long(last.day), summary(&days));
        let legend = KINDS
            .iter()
            .map(|(kind, class, label)| (*class, *label, days.iter().filter(|d| d.state == *kind).count()))
            .filter(|(.., n)| *n > 0)
            .map(|(class, label, n)| {
                view! { <li><span class=format!("day day--{class}") aria-hidden="true"></span>{label} " " <span class="muted">{n}</span></li> }
            })
            .collect_view();
        let span = format!("{} – {}", month_year(first.day, false), month_year(last.day, false));
        view! {
            <div class="days" role="img" aria-label=label tabindex="0" node_ref=strip>
                {(0..blanks).map(|_| view! { <span></span> }).collect_view()}
                {days
                    .iter()
                    .map(|day| {
                        let (class, words) = words(day.state);
                        view! { <span class=format!("day day--{class}") title=format!("{}: {words}", day_long(day.day))></span> }
                    })
                    .collect_view()}
            </div>
            <div class="row row--between">
                <ul class="row small days__legend">{legend}</ul>
                <span class="muted small">{span}</span>
            </div>
        }
        .into_any()
    }
}

/// Brings the newest days into sight where the strip is wider than its place.
fn show_end(strip: NodeRef<html::Div>) {
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        if let Some(strip) = strip.get() {
            strip.set_scroll_left(strip.scroll_width());
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = strip;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_each_kind_that_occurs() {
        let day =
            |d: u32, state| DayState { day: chrono::NaiveDate::from_ymd_opt(2026, 11, d).unwrap(), state };
        let days = [
            day(1, DayCompleteness::Complete),
            day(2, DayCompleteness::Complete),
            day(3, DayCompleteness::Provisional),
        ];
        assert_eq!(summary(&days), "2 complete, 1 may still change");
    }
}
