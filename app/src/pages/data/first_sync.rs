//! The last step of connecting: how much history and how often, with a rough idea of how long it takes.

use super::count;
use crate::api::connections::{begin_sync, estimate};
use crate::pages::choices::schedules;
use crate::state::browser;
use crate::state::toast::use_toasts;
use crate::state::work::run;
use crate::ui::{Button, Icon, SelectField, Tone, duration};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use metrics::format::day_range;
use model::connect::HistoryEstimate;
use model::connections::{Schedule, StartSync};
use model::ids::ConnectionId;
use std::collections::BTreeSet;

/// How far back, in days, and how it is called.
const HISTORY: [(u32, &str); 5] = [
    (30, "30 days"),
    (90, "90 days"),
    (395, "13 months: this year and the same time last year"),
    (760, "25 months"),
    (1_125, "37 months"),
];

/// What is offered first.
const USUAL_DAYS: u32 = 395;
/// Longest history that can be asked for.
const MOST_DAYS: u32 = 5 * 366;

/// How much history and how often, with a rough idea of how long it takes; then start.
#[component]
pub(super) fn Start(
    slug: StoredValue<String>,
    id: ConnectionId,
    chosen: RwSignal<BTreeSet<String>>,
    /// Name of the platform.
    platform: String,
    /// The most days of history that it has.
    limit: Option<u32>,
) -> impl IntoView {
    let (toasts, navigate) = (use_toasts(), use_navigate());
    let pending = RwSignal::new(false);
    let lengths = lengths(limit, &platform);
    let usual = lengths.iter().map(|(days, _)| *days).filter(|days| *days <= USUAL_DAYS).max();
    let history = RwSignal::new(usual.unwrap_or(USUAL_DAYS).to_string());
    let options: Vec<_> = lengths.into_iter().map(|(days, label)| (days.to_string(), label)).collect();
    let platform = StoredValue::new(platform);
    let schedule = RwSignal::new(Schedule::Hourly.name().to_owned());
    let wish = move || {
        let days = history.get().parse::<u64>().unwrap_or(30);
        let today = browser::now()?.date_naive();
        let accounts: Vec<String> = chosen.get().into_iter().collect();
        (!accounts.is_empty()).then(|| StartSync {
            connection: id,
            accounts,
            history_from: today.checked_sub_days(chrono::Days::new(days)).unwrap_or(today),
            schedule: Schedule::from_name(&schedule.get()).unwrap_or(Schedule::Hourly),
        })
    };
    let guess = RwSignal::new(None::<HistoryEstimate>);
    let number = StoredValue::new(0_u64);
    Effect::new(move |_| {
        let wish = wish();
        let mine = number.get_value() + 1;
        number.set_value(mine);
        let Some(wish) = wish else {
            guess.set(None);
            return;
        };
        // A person who ticks ten boxes asks once.
        browser::after(300, move || {
            if number.try_get_value() != Some(mine) {
                return;
            }
            leptos::task::spawn_local(async move {
                let answer = estimate(slug.get_value(), wish).await;
                if number.try_get_value() == Some(mine) {
                    let _ = guess.try_set(answer.ok());
                }
            });
        });
    });
    let start = move |_| {
        let Some(wish) = untrack(wish) else { return };
        let navigate = navigate.clone();
        run(pending, toasts, begin_sync(slug.get_value(), wish), move |()| {
            let path = slug.with_value(|slug| format!("/w/{slug}/data/connections/{id}"));
            navigate(&path, leptos_router::NavigateOptions::default());
        });
    };
    let none = Signal::derive(move || chosen.with(BTreeSet::is_empty));
    view! {
        <section class="card form">
            <div class="form__pair">
                <SelectField
                    name="history"
                    label="History"
                    value=history
                    options=options
                    help="The newest days come first, so you see figures at once."
                />
                <SelectField name="schedule" label="Then synchronise" value=schedule options=schedules()/>
            </div>
            <p class="muted" role="status">
                {move || {
                    if none.get() {
                        return "Choose at least one account.".to_owned();
                    }
                    guess
                        .get()
                        .map_or_else(
                            || "Estimating …".to_owned(),
                            |guess| {
                                format!(
                                    "{}: about {}, about {}. {}",
                                    day_range(guess.days),
                                    count(guess.rows, "row", "rows"),
                                    duration(u64::from(guess.seconds)),
                                    platform.with_value(|platform| basis(&guess, platform)),
                                )
                            },
                        )
                }}
            </p>
            {move || guess.get().map(|guess| view! { <Limits guess platform=platform.get_value()/> })}
            <div class="row">
                <Button tone=Tone::Primary icon=Icon::Play pending disabled=none on_click=start>
                    "Start first synchronisation"
                </Button>
            </div>
        </section>
    }
}

/// What the estimate stands on.
fn basis(guess: &HistoryEstimate, platform: &str) -> String {
    let requests = count(guess.requests, "request", "requests");
    if guess.measured_days == 0 {
        return format!(
            "An estimate from what is usual: at least {requests}, at the pace that {platform} allows."
        );
    }
    let days = count(guess.measured_days, "account day", "account days");
    format!("An estimate from {days} of {platform} that were read before; at least {requests}.")
}

/// What the platform does not keep for that long.
#[component]
fn Limits(guess: HistoryEstimate, platform: String) -> impl IntoView {
    let line = |what: String, days: u32| {
        let what = what.trim_end_matches('.').to_owned();
        view! { <li>{what} ": " {count(i64::from(days), "day", "days")}</li> }
    };
    (!guess.limits.is_empty()).then(|| {
        let number = count(i64::try_from(guess.limits.len()).unwrap_or(0), "part", "parts");
        view! {
            <details>
                <summary>{format!("{platform} does not keep {number} of it for so long")}</summary>
                <ul class="dots small">
                    {guess.limits.into_iter().map(|limit| line(limit.what, limit.days)).collect_view()}
                </ul>
            </details>
        }
    })
}

/// How far back one can go: no further than the platform keeps anything.
fn lengths(limit: Option<u32>, platform: &str) -> Vec<(u32, String)> {
    let fits = |days: u32| limit.is_none_or(|limit| days < limit);
    let usual = HISTORY.into_iter().filter(|(days, _)| fits(*days));
    let mut lengths: Vec<(u32, String)> = usual.map(|(days, label)| (days, label.to_owned())).collect();
    if let Some(limit) = limit.filter(|limit| *limit < MOST_DAYS) {
        lengths.push((limit, format!("{limit} days: all that {platform} keeps")));
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(limit: Option<u32>) -> Vec<u32> {
        lengths(limit, "X").into_iter().map(|(days, _)| days).collect()
    }

    #[test]
    fn history_is_offered_as_far_as_the_platform_keeps_it() {
        assert_eq!(days(None), [30, 90, 395, 760, 1_125]);
        assert_eq!(days(Some(486)), [30, 90, 395, 486]);
        assert_eq!(days(Some(90)), [30, 90]);
        assert_eq!(days(Some(20)), [20]);
        assert_eq!(days(Some(4_000)), [30, 90, 395, 760, 1_125]);
    }
}
