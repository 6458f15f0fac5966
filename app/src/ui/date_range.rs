//! The period and the comparison: one button, one popover. What is in the popover comes with the module that loads later.

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use super::calendar::Calendar as MonthCalendar;
use super::icon::{Icon, IconView};
use super::later::{Later, NotLoaded};
use super::popover::{Align, Popover};
use crate::state::view::Calendar;
use leptos::prelude::*;
use metrics::format::day_range;
use metrics::period::{Comparison, ComparisonKind, Period};
use model::DayRange;

/// What the popover chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangeChoice {
    /// The period.
    pub period: Period,
    /// With what it is compared.
    pub compare: ComparisonKind,
    /// Whether Mondays are compared with Mondays; none = by the period's length.
    pub match_weekdays: Option<bool>,
    /// Whether relative periods end with the partial current day.
    pub include_today: bool,
}

impl RangeChoice {
    fn days(self, calendar: Calendar) -> DayRange {
        self.period.resolve(calendar.today, calendar.week_start, self.include_today)
    }

    fn comparison(self, calendar: Calendar) -> Comparison {
        let matched = self.match_weekdays.unwrap_or_else(|| Comparison::default_match(self.days(calendar)));
        Comparison { kind: self.compare, match_weekdays: matched }
    }

    /// What the button says about the comparison: `vs previous 28`.
    fn versus(self, calendar: Calendar) -> Option<String> {
        let days = self.days(calendar);
        let label = self.comparison(calendar).label(days)?;
        let short = match self.compare {
            ComparisonKind::PreviousPeriod => label.strip_suffix(" days").unwrap_or(&label).to_owned(),
            _ => label,
        };
        Some(format!("vs {short}"))
    }
}

/// What a typed text means, or why not.
fn understood(
    text: &str,
    choice: RangeChoice,
    calendar: Calendar,
) -> Option<Result<(Period, String), String>> {
    if text.trim().is_empty() {
        return None;
    }
    Some(match Period::parse(text, calendar.today, calendar.week_start) {
        Ok(period) => {
            let days = period.resolve(calendar.today, calendar.week_start, choice.include_today);
            Ok((period, day_range(days)))
        }
        Err(error) => Err(capitalised(&error.to_string())),
    })
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The button and its popover.
#[component]
pub fn DateRange(
    /// Whether the popover is open.
    open: RwSignal<bool>,
    /// What is chosen.
    #[prop(into)]
    choice: Signal<RangeChoice>,
    /// The workspace's calendar.
    #[prop(into)]
    calendar: Signal<Calendar>,
    /// The zone that days are in, IANA name.
    #[prop(into)]
    time_zone: String,
    /// Something else was chosen.
    #[prop(into)]
    on_change: Callback<RangeChoice>,
) -> impl IntoView {
    let trigger = move || {
        view! {
            <IconView icon=Icon::Calendar/>
            <span class="range__label">{move || choice.get().period.label()}</span>
            <small class="range__versus">{move || choice.get().versus(calendar.get())}</small>
        }
    };
    let zone = StoredValue::new(time_zone);
    view! {
        <Popover
            id="range"
            open
            trigger
            button_class="btn range"
            title="Dates and comparison"
            align=Align::End
            sheet=true
            panel_class="range__panel"
        >
            <Later when=open draw=move || draw_panel(open, choice, calendar, zone, on_change)/>
        </Popover>
    }
}

/// [`Panel`], from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn draw_panel(
    open: RwSignal<bool>,
    choice: Signal<RangeChoice>,
    calendar: Signal<Calendar>,
    zone: StoredValue<String>,
    on_change: Callback<RangeChoice>,
) -> Result<AnyView, NotLoaded> {
    Ok(view! { <Panel open choice calendar zone on_change/> }.into_any())
}

#[component]
fn Panel(
    open: RwSignal<bool>,
    choice: Signal<RangeChoice>,
    calendar: Signal<Calendar>,
    zone: StoredValue<String>,
    on_change: Callback<RangeChoice>,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    // While a text is typed the footer already shows what it would mean.
    let shown = Memo::new(move |_| {
        let choice = choice.get();
        match understood(&typed.get(), choice, calendar.get()) {
            Some(Ok((period, _))) => RangeChoice { period, ..choice },
            _ => choice,
        }
    });
    let apply = move |period: Period| {
        on_change.run(RangeChoice { period, ..choice.get_untracked() });
        open.set(false);
        crate::state::browser::focus("button.range");
    };
    let presets = Period::PRESETS.iter().map(|preset| {
        let preset = *preset;
        view! {
            <li>
                <button
                    type="button"
                    class="range__preset"
                    aria-pressed=move || (choice.get().period == preset).to_string()
                    on:click=move |_| apply(preset)
                >
                    {preset.label()}
                </button>
            </li>
        }
    });
    let message = move || match understood(&typed.get(), choice.get(), calendar.get()) {
        None => ("range__hint", "For example 6w, q3, 1-15 mar or 2026-09-01..2026-09-30".to_owned()),
        Some(Ok((period, days))) => {
            ("range__hint range__hint--ok", format!("{}: {days}. Enter applies it.", period.label()))
        }
        Some(Err(error)) => ("range__hint range__hint--bad", error),
    };
    let fixed = calendar.get_untracked();
    focus_field(open);
    view! {
        <form
            class="range__typed"
            on:submit=move |event| {
                event.prevent_default();
                let text = typed.get_untracked();
                if let Some(Ok((period, _))) = understood(&text, choice.get_untracked(), calendar.get_untracked()) {
                    apply(period);
                }
            }
        >
            <label for="range-typed" class="visually-hidden">"Type a period"</label>
            <input
                id="range-typed"
                class="input"
                autocomplete="off"
                spellcheck="false"
                placeholder="Type: 28d, mtd, 1-15 mar"
                aria-describedby="range-hint"
                aria-invalid=move || {
                    matches!(understood(&typed.get(), choice.get(), calendar.get()), Some(Err(_))).then_some("true")
                }
                prop:value=move || typed.get()
                on:input=move |event| typed.set(event_target_value(&event))
            />
            <p id="range-hint" class=move || message().0 role="status">{move || message().1}</p>
        </form>
        <div class="range__columns">
            <ul class="range__presets" aria-label="Periods">{presets.collect_view()}</ul>
            <MonthCalendar
                selected=Signal::derive(move || shown.get().days(calendar.get()))
                compared=Signal::derive(move || {
                    let shown = shown.get();
                    shown.comparison(calendar.get()).resolve(shown.days(calendar.get()))
                })
                today=fixed.today
                week_start=fixed.week_start
                on_pick=move |days| apply(Period::Range(days))
            />
            <Compare choice calendar on_change/>
        </div>
        <footer class="range__foot">
            {move || {
                let (shown, calendar) = (shown.get(), calendar.get());
                let days = shown.days(calendar);
                let other = shown.comparison(calendar).resolve(days);
                view! {
                    <span>
                        <strong>{day_range(days)}</strong>
                        {format!(" ({})", count(days))}
                    </span>
                    {other.map(|other| view! { <span>{format!("vs {} ({})", day_range(other), count(other))}</span> })}
                    <span>{zone.get_value()}</span>
                }
            }}
        </footer>
    }
}

fn count(days: DayRange) -> String {
    match days.len() {
        1 => "1 day".into(),
        n => format!("{n} days"),
    }
}

/// The text field is where typing goes as soon as the popover is open.
fn focus_field(open: RwSignal<bool>) {
    Effect::new(move |_| {
        if open.get() {
            crate::state::browser::focus("#range-typed");
        }
    });
}

/// The right-hand column.
#[component]
fn Compare(
    choice: Signal<RangeChoice>,
    calendar: Signal<Calendar>,
    on_change: Callback<RangeChoice>,
) -> impl IntoView {
    let custom = RwSignal::new(String::new());
    let set = move |compare: ComparisonKind| on_change.run(RangeChoice { compare, ..choice.get_untracked() });
    let kinds: [(&str, fn(ComparisonKind) -> bool, ComparisonKind); 3] = [
        ("None", |k| k == ComparisonKind::None, ComparisonKind::None),
        ("Previous period", |k| k == ComparisonKind::PreviousPeriod, ComparisonKind::PreviousPeriod),
        (
            "Same period last year",
            |k| k == ComparisonKind::SamePeriodLastYear,
            ComparisonKind::SamePeriodLastYear,
        ),
    ];
    let is_custom = move || matches!(choice.get().compare, ComparisonKind::Custom(_));
    let radios = kinds.into_iter().map(move |(label, is, kind)| {
        view! {
            <label class="range__radio">
                <input
                    type="radio"
                    name="range-compare"
                    prop:checked=move || is(choice.get().compare)
                    on:change=move |_| set(kind)
                />
                <span>{label}</span>
            </label>
        }
    });
    // Choosing "Custom" starts from what was compared last, so that there is always something to see.
    let start_custom = move |_| {
        let (choice, calendar) = (choice.get_untracked(), calendar.get_untracked());
        let days = choice.days(calendar);
        let other = Comparison { kind: ComparisonKind::PreviousPeriod, match_weekdays: false }.resolve(days);
        let other = choice.comparison(calendar).resolve(days).or(other).unwrap_or(days);
        custom.set(Period::Range(other).to_url());
        set(ComparisonKind::Custom(other));
    };
    let typed = move || understood(&custom.get(), choice.get(), calendar.get());
    view! {
        <fieldset class="range__compare">
            <legend>"Compare with"</legend>
            {radios.collect_view()}
            <label class="range__radio">
                <input
                    type="radio"
                    name="range-compare"
                    prop:checked=is_custom
                    on:change=start_custom
                />
                <span>"Custom"</span>
            </label>
            {move || {
                is_custom()
                    .then(|| {
                        view! {
                            <input
                                class="input"
                                aria-label="Days to compare with"
                                prop:value=move || custom.get()
                                on:input=move |event| custom.set(event_target_value(&event))
                                on:change=move |_| {
                                    let text = custom.get_untracked();
                                    let (choice, calendar) = (choice.get_untracked(), calendar.get_untracked());
                                    if let Some(Ok((period, _))) = understood(&text, choice, calendar) {
                                        let days = period.resolve(calendar.today, calendar.week_start, false);
                                        set(ComparisonKind::Custom(days));
                                    }
                                }
                            />
                            <p class="range__hint" role="status">
                                {move || match typed() {
                                    None => String::new(),
                                    Some(Ok((_, days))) => days,
                                    Some(Err(error)) => error,
                                }}
                            </p>
                        }
                    })
            }}
            <hr/>
            <label class="range__radio">
                <input
                    type="checkbox"
                    prop:checked=move || choice.get().comparison(calendar.get()).match_weekdays
                    prop:disabled=move || {
                        matches!(choice.get().compare, ComparisonKind::None | ComparisonKind::Custom(_))
                    }
                    on:change=move |event| {
                        let on = event_target_checked(&event);
                        let choice = choice.get_untracked();
                        let default = Comparison::default_match(choice.days(calendar.get_untracked()));
                        on_change.run(RangeChoice { match_weekdays: (on != default).then_some(on), ..choice });
                    }
                />
                <span>"Match weekdays"</span>
            </label>
            <label class="range__radio">
                <input
                    type="checkbox"
                    prop:checked=move || choice.get().include_today
                    on:change=move |event| {
                        on_change.run(RangeChoice {
                            include_today: event_target_checked(&event),
                            ..choice.get_untracked()
                        });
                    }
                />
                <span>"Include today (partial)"</span>
            </label>
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::days::WeekStart;

    fn calendar() -> Calendar {
        Calendar { today: "2026-11-22".parse().unwrap(), week_start: WeekStart::Monday }
    }

    fn choice(period: &str, compare: ComparisonKind) -> RangeChoice {
        let period = Period::parse(period, calendar().today, calendar().week_start).unwrap();
        RangeChoice { period, compare, match_weekdays: None, include_today: false }
    }

    #[test]
    fn the_button_says_what_is_compared() {
        let versus = |period, compare| choice(period, compare).versus(calendar());
        assert_eq!(versus("28d", ComparisonKind::PreviousPeriod).as_deref(), Some("vs previous 28"));
        assert_eq!(versus("28d", ComparisonKind::SamePeriodLastYear).as_deref(), Some("vs last year"));
        assert_eq!(versus("28d", ComparisonKind::None), None);
        assert_eq!(
            versus("yesterday", ComparisonKind::PreviousPeriod).as_deref(),
            Some("vs same day last week")
        );
    }

    #[test]
    fn typed_text_is_understood_or_explained() {
        let look = |text| understood(text, choice("28d", ComparisonKind::None), calendar());
        assert!(look("  ").is_none());
        assert_eq!(look("1-15 mar").unwrap().unwrap().1, "1–15 Mar 2026");
        assert!(look("30 feb").unwrap().unwrap_err().starts_with("There is no day 30 "));
        assert!(look("soon").unwrap().unwrap_err().contains("try 28d"));
    }
}
