//! A two-month calendar for choosing a range of days, by pointer and by keys.

use super::button::IconButton;
use super::icon::Icon;
use chrono::{Datelike, Days, Months, NaiveDate};
use leptos::prelude::*;
use metrics::format::{day_long, month_year, weekday_full_name, weekday_name};
use model::DayRange;
use model::days::WeekStart;

/// The first of a day's month.
fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// A month in weeks, from the workspace's first weekday; days of other months are left out.
fn weeks(month: NaiveDate, week_start: WeekStart) -> Vec<[Option<NaiveDate>; 7]> {
    let first = month_of(month);
    let mut week = week_start.start_of_week(first);
    let mut out = Vec::with_capacity(6);
    loop {
        let row: [Option<NaiveDate>; 7] = std::array::from_fn(|i| {
            let day = week.checked_add_days(Days::new(u64::try_from(i).unwrap_or(0)))?;
            (day.month() == first.month() && day.year() == first.year()).then_some(day)
        });
        if row.iter().all(Option::is_none) {
            return out;
        }
        out.push(row);
        let Some(next) = week.checked_add_days(Days::new(7)) else { return out };
        week = next;
    }
}

/// Where a key leads from a day: arrows by day and week, Home and End within the week, Page Up and Down by month
/// (with Shift by year). Never beyond `last`. None = the key is not for the calendar.
fn moved(
    day: NaiveDate,
    key: &str,
    shift: bool,
    week_start: WeekStart,
    last: NaiveDate,
) -> Option<NaiveDate> {
    let months = Months::new(if shift { 12 } else { 1 });
    let target = match key {
        "ArrowLeft" => day.checked_sub_days(Days::new(1)),
        "ArrowRight" => day.checked_add_days(Days::new(1)),
        "ArrowUp" => day.checked_sub_days(Days::new(7)),
        "ArrowDown" => day.checked_add_days(Days::new(7)),
        "Home" => Some(week_start.start_of_week(day)),
        "End" => week_start.start_of_week(day).checked_add_days(Days::new(6)),
        "PageUp" => day.checked_sub_months(months),
        "PageDown" => day.checked_add_months(months),
        _ => return None,
    };
    Some(target.unwrap_or(day).min(last))
}

/// Two days in order.
fn ordered(a: NaiveDate, b: NaiveDate) -> DayRange {
    DayRange::new(a.min(b), a.max(b)).unwrap_or_else(|_| DayRange::single(a))
}

/// Puts the focus on a day once it is drawn.
fn focus_day(day: NaiveDate) {
    #[cfg(feature = "hydrate")]
    request_animation_frame(move || {
        use wasm_bindgen::JsCast;
        let found = document().get_element_by_id(&format!("day-{day}"));
        if let Some(button) = found.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = button.focus();
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = day;
}

/// Two months of days. The first choice is one end of the range, the second the other.
#[component]
pub fn Calendar(
    /// The range that is shown as chosen.
    #[prop(into)]
    selected: Signal<DayRange>,
    /// A second range, shown more quietly.
    #[prop(into)]
    compared: Signal<Option<DayRange>>,
    /// The current day: the last that can be chosen.
    today: NaiveDate,
    /// First column.
    week_start: WeekStart,
    /// A range was chosen.
    #[prop(into)]
    on_pick: Callback<DayRange>,
) -> impl IntoView {
    let anchor = RwSignal::new(None::<NaiveDate>);
    let cursor = RwSignal::new(selected.get_untracked().until().min(today));
    let hovered = RwSignal::new(None::<NaiveDate>);
    // The right-hand month; the left-hand one is the month before.
    let shown = RwSignal::new(month_of(selected.get_untracked().until().min(today)));
    Effect::new(move |before: Option<DayRange>| {
        let now = selected.get();
        if before.is_some_and(|before| before != now) {
            shown.set(month_of(now.until().min(today)));
            cursor.set(now.until().min(today));
            anchor.set(None);
        }
        now
    });
    let marked = Memo::new(move |_| match anchor.get() {
        Some(from) => ordered(from, hovered.get().unwrap_or_else(|| cursor.get())),
        None => selected.get(),
    });
    let choose = move |day: NaiveDate| {
        cursor.set(day);
        match anchor.get_untracked() {
            None => anchor.set(Some(day)),
            Some(from) => {
                anchor.set(None);
                hovered.set(None);
                on_pick.run(ordered(from, day));
            }
        }
    };
    let turn = move |months: i32| {
        let step = Months::new(months.unsigned_abs());
        let target = if months < 0 {
            shown.get_untracked().checked_sub_months(step)
        } else {
            shown.get_untracked().checked_add_months(step)
        };
        if let Some(target) = target.filter(|t| *t <= month_of(today)) {
            shown.set(target);
        }
    };
    let go = move |day: NaiveDate| {
        cursor.set(day);
        hovered.set(None);
        let month = month_of(day);
        let left = shown.get_untracked().checked_sub_months(Months::new(1));
        if month > shown.get_untracked() || left.is_some_and(|left| month < left) {
            shown.set(month);
        }
        focus_day(day);
    };
    let month = move |offset: u32| {
        let first = shown.get().checked_sub_months(Months::new(offset)).unwrap_or_default();
        let name = month_year(first, true);
        let heads = (0..7_u64).filter_map(move |i| {
            let day = week_start.start_of_week(first).checked_add_days(Days::new(i))?;
            let number = day.weekday().number_from_monday();
            Some(view! {
                <th scope="col" abbr=weekday_full_name(number)>{weekday_name(number).map(|n| n[..2].to_owned())}</th>
            })
        });
        let rows = weeks(first, week_start).into_iter().map(move |week| {
            let cells = week.into_iter().map(move |day| match day {
                None => view! { <td></td> }.into_any(),
                Some(day) => {
                    let is_future = day > today;
                    view! {
                        <td
                            class:cal__in=move || marked.get().contains(day)
                            class:cal__from=move || marked.get().from() == day
                            class:cal__until=move || marked.get().until() == day
                            class:cal__compared=move || compared.get().is_some_and(|c| c.contains(day))
                        >
                            <button
                                type="button"
                                class="cal__day"
                                class:cal__day--today=day == today
                                id=format!("day-{day}")
                                disabled=is_future
                                tabindex=move || if cursor.get() == day { "0" } else { "-1" }
                                aria-label=day_long(day)
                                aria-pressed=move || {
                                    let range = marked.get();
                                    (range.from() == day || range.until() == day).to_string()
                                }
                                aria-current=(day == today).then_some("date")
                                on:click=move |_| choose(day)
                                on:pointerenter=move |_| {
                                    if anchor.get_untracked().is_some() {
                                        hovered.set(Some(day));
                                    }
                                }
                            >
                                {day.day()}
                            </button>
                        </td>
                    }
                    .into_any()
                }
            });
            view! { <tr>{cells.collect_view()}</tr> }
        });
        view! {
            <table class="cal__month" class:cal__month--first=offset == 1>
                <caption>{name}</caption>
                <thead>
                    <tr>{heads.collect_view()}</tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
    };
    view! {
        <div
            class="cal"
            on:keydown=move |event| {
                let next = moved(cursor.get_untracked(), &event.key(), event.shift_key(), week_start, today);
                if let Some(next) = next && is_on_day(&event) {
                    event.prevent_default();
                    go(next);
                }
            }
        >
            <div class="cal__turn">
                <IconButton icon=Icon::ChevronLeft label="One month back" on_click=move |_| turn(-1)/>
                <span class="cal__hint" aria-live="polite">
                    {move || match anchor.get() {
                        Some(from) => format!("From {} to …", day_long(from)),
                        None => String::new(),
                    }}
                </span>
                <IconButton icon=Icon::ChevronRight label="One month forward" on_click=move |_| turn(1)/>
            </div>
            <div class="cal__months">{move || month(1)} {move || month(0)}</div>
        </div>
    }
}

/// Whether a key was pressed on a day, not on the buttons around.
fn is_on_day(event: &leptos::ev::KeyboardEvent) -> bool {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        event
            .target()
            .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|e| e.id().starts_with("day-"))
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = event;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_holds_each_of_its_days_once_under_its_weekday() {
        for (month, start, rows) in [
            ("2026-11-01", WeekStart::Monday, 6),
            ("2026-11-01", WeekStart::Sunday, 5),
            ("2027-02-01", WeekStart::Monday, 4),
            ("2026-02-01", WeekStart::Saturday, 5),
        ] {
            let weeks = weeks(day(month), start);
            assert_eq!(weeks.len(), rows, "{month} {start:?}");
            let days: Vec<NaiveDate> = weeks.iter().flatten().flatten().copied().collect();
            assert_eq!(days.first(), Some(&day(month)));
            assert!(days.windows(2).all(|w| w[1] == w[0].succ_opt().unwrap()));
            assert!(days.iter().all(|d| d.month() == day(month).month()));
            for week in weeks {
                for (column, found) in week.iter().enumerate() {
                    if let Some(found) = found {
                        let from_start = (*found - start.start_of_week(*found)).num_days();
                        assert_eq!(usize::try_from(from_start).unwrap(), column);
                    }
                }
            }
        }
    }

    #[test]
    fn keys_walk_the_calendar_but_never_into_the_future() {
        let today = day("2026-11-22");
        let walk = |from: &str, key: &str, shift: bool| {
            moved(day(from), key, shift, WeekStart::Monday, today).map(|d| d.to_string()).unwrap_or_default()
        };
        assert_eq!(walk("2026-11-01", "ArrowLeft", false), "2026-10-31");
        assert_eq!(walk("2026-11-21", "ArrowDown", false), "2026-11-22");
        assert_eq!(walk("2026-11-18", "Home", false), "2026-11-16");
        assert_eq!(walk("2026-11-12", "End", false), "2026-11-15");
        assert_eq!(walk("2026-03-31", "PageUp", false), "2026-02-28");
        assert_eq!(walk("2024-02-29", "PageDown", true), "2025-02-28");
        assert_eq!(walk("2026-11-18", "Tab", false), "");
    }

    #[test]
    fn ends_may_be_chosen_in_any_order() {
        let range = ordered(day("2026-11-05"), day("2026-11-02"));
        assert_eq!((range.from(), range.until()), (day("2026-11-02"), day("2026-11-05")));
    }
}
