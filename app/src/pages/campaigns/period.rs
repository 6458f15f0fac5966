//! The period of a page, in its address as on dashboards.

use super::address::AddressSelect;
use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use metrics::Period;
use metrics::period::{CalendarUnit, SpanUnit};
use model::days::WeekStart;

/// What is offered; an address may hold any other.
const OFFERED: [Period; 8] = [
    Period::Last { n: 7, unit: SpanUnit::Day },
    Period::Last { n: 28, unit: SpanUnit::Day },
    Period::Last { n: 30, unit: SpanUnit::Day },
    Period::Last { n: 90, unit: SpanUnit::Day },
    Period::MonthToDate,
    Period::Previous(CalendarUnit::Month),
    Period::QuarterToDate,
    Period::YearToDate,
];

/// The period in the address, as text.
pub fn use_period() -> Memo<String> {
    let query = use_query_map();
    Memo::new(move |_| {
        let text = query.with(|query| query.get("r")).filter(|text| !text.is_empty());
        text.unwrap_or_else(|| Period::DEFAULT.to_url())
    })
}

/// Chooses it.
#[component]
pub fn PeriodSelect(
    /// The one in the address.
    period: Memo<String>,
) -> impl IntoView {
    let mut options: Vec<(String, String)> =
        OFFERED.into_iter().map(|period| (period.to_url(), period.label())).collect();
    let own = period.get_untracked();
    if options.iter().all(|(value, _)| *value != own) {
        // The day matters to what days a period has, not to how it is called.
        let label = Period::parse(&own, NaiveDate::default(), WeekStart::Monday).map(Period::label);
        options.push((own.clone(), label.unwrap_or(own)));
    }
    view! { <AddressSelect name="r" label="Period" value=period options/> }
}
