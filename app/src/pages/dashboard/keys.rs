//! Single keys of a dashboard: dates, comparison, filter.

use crate::state::board::Board;
use crate::state::browser;
use crate::state::shortcuts::{on_key, use_single_keys};
use crate::state::view::{Calendar, View};
use leptos::prelude::*;
use metrics::period::{CalendarUnit, ComparisonKind, Period, Shift};

/// What a key does to the view; false when it is not for the dashboard.
fn act(view: &mut View, key: &str, calendar: Calendar) -> bool {
    let shifted = |view: &View, direction| {
        view.period.shift(direction, calendar.today, calendar.week_start, view.include_today)
    };
    match key {
        "t" | "T" => view.period = Period::Today,
        "w" | "W" => view.period = Period::This(CalendarUnit::Week),
        "m" | "M" => view.period = Period::This(CalendarUnit::Month),
        "q" | "Q" => view.period = Period::This(CalendarUnit::Quarter),
        "y" | "Y" => view.period = Period::This(CalendarUnit::Year),
        "[" => view.period = shifted(view, Shift::Back),
        "]" => {
            let next = shifted(view, Shift::Forward);
            // The future has no figures.
            if next.resolve(calendar.today, calendar.week_start, view.include_today).from() <= calendar.today
            {
                view.period = next;
            }
        }
        "x" | "X" => {
            view.compare = match view.compare {
                ComparisonKind::None => ComparisonKind::PreviousPeriod,
                _ => ComparisonKind::None,
            };
        }
        _ => return false,
    }
    true
}

/// Listens while the dashboard is open; off while people type, in dialogs, and where single keys are turned off.
pub fn dashboard_keys(board: Board, range_open: RwSignal<bool>, filter_open: RwSignal<bool>) {
    let single = use_single_keys();
    on_key(move |press| {
        if press.command || press.alt || press.typing || press.in_dialog || !single.0.get_untracked() {
            return false;
        }
        match press.key.as_str() {
            "d" | "D" => range_open.update(|open| *open = !*open),
            "/" => filter_open.set(true),
            "f" | "F" => browser::toggle_full_screen(),
            key => {
                let mut view = board.view.get_untracked();
                if !act(&mut view, key, board.calendar.get_untracked()) {
                    return false;
                }
                board.change(|current| *current = view);
            }
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::template::ADS;
    use model::days::WeekStart;

    fn after(query: &str, keys: &[&str]) -> String {
        let calendar = Calendar { today: "2026-11-22".parse().unwrap(), week_start: WeekStart::Monday };
        let (mut view, _) = View::parse(query, calendar, (&ADS, ADS.usual()));
        for key in keys {
            assert!(act(&mut view, key, calendar), "{key}");
        }
        view.to_query()
    }

    #[test]
    fn keys_choose_periods() {
        assert_eq!(after("", &["t"]), "r=today");
        assert_eq!(after("", &["Q"]), "r=this-quarter");
        assert_eq!(after("r=2026-10-01..2026-10-31", &["["]), "r=2026-09-01..2026-09-30");
        assert_eq!(after("r=2026-09-01..2026-09-30", &["]"]), "r=2026-10-01..2026-10-31");
        assert_eq!(after("", &["x"]), "cmp=none");
        assert_eq!(after("", &["x", "x"]), "");
    }

    #[test]
    fn nobody_is_led_into_the_future() {
        assert_eq!(after("r=2026-11-01..2026-11-30", &["]"]), "r=2026-11-01..2026-11-30");
    }

    #[test]
    fn other_keys_are_not_taken() {
        let calendar = Calendar { today: "2026-11-22".parse().unwrap(), week_start: WeekStart::Monday };
        assert!(!act(&mut View::default(), "g", calendar));
        assert!(!act(&mut View::default(), "Enter", calendar));
    }
}
