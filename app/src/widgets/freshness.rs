//! How far the figures are complete: the pill beside the title.

use super::accounts;
use crate::api::figures::{AccountState, DashboardFacts};
use crate::state::board::use_board;
use crate::state::live::{Live, LiveStatus};
use crate::ui::{Later, Popover};
use chrono::{Days, NaiveDate, TimeDelta};
use leptos::prelude::*;
use metrics::format::day_short;
use std::collections::BTreeSet;

/// Figures of a connected account that are older than so many hours are stale: two missed syncs of the slowest usual
/// schedule.
const STALE_HOURS: i64 = 36;

/// The first day that some platform may still restate.
pub fn provisional_from(facts: &DashboardFacts) -> Option<NaiveDate> {
    facts.accounts.iter().filter(|a| !a.is_file).filter_map(|a| a.provisional_from).min()
}

/// Days that platforms are known to restate in most cases: late clicks and conversions of the day, invalid traffic. Older
/// ones may change as long as an attribution window is open, but seldom by much.
const UNSETTLED_DAYS: u64 = 3;

/// The first day whose figures are expected to change: the last few of those that may. Never earlier than
/// [`provisional_from`], and what comes after the complete days is always among them.
pub fn unsettled_from(facts: &DashboardFacts) -> Option<NaiveDate> {
    let may_change = provisional_from(facts)?;
    let complete = facts.accounts.iter().filter(|a| !a.is_file).filter_map(|a| a.complete_until).min();
    let newest = complete.unwrap_or(facts.today).min(facts.today);
    Some(newest.checked_sub_days(Days::new(UNSETTLED_DAYS - 1)).map_or(may_change, |day| day.max(may_change)))
}

/// Whether figures are older than the schedule explains.
pub fn is_stale(account: &AccountState, facts: &DashboardFacts) -> bool {
    // A file is as old as it is.
    !account.is_file && account.as_of.is_some_and(|at| facts.now - at > TimeDelta::hours(STALE_HOURS))
}

/// What the pill says; none without any data.
fn pill(facts: &DashboardFacts) -> Option<(String, bool)> {
    if facts.accounts.is_empty() {
        return None;
    }
    let connected = || facts.accounts.iter().filter(|a| !a.is_file);
    let complete = if connected().next().is_some() {
        connected().filter_map(|a| a.complete_until).min()
    } else {
        facts
            .accounts
            .iter()
            .filter_map(|a| a.complete_until)
            .max()
            .or(facts.span.map(model::DayRange::until))
    };
    let mut text = complete
        .map_or_else(|| "First figures are loading".to_owned(), |d| format!("Complete to {}", day_short(d)));
    if complete.is_some() {
        // The first history of one may take days, where its quota is small; the others have theirs.
        let unfinished: BTreeSet<String> = connected()
            .filter(|a| a.complete_until.is_none())
            .map(|a| metrics::platform::label(&a.platform))
            .collect();
        let more = unfinished.len().saturating_sub(1);
        if let Some(platform) = unfinished.first() {
            let others = if more > 0 { format!(" and {more} more") } else { String::new() };
            text.push_str(&format!(" · {platform}{others} not complete yet"));
        }
    }
    // The platform whose figures change longest, named once.
    let soonest = connected().filter_map(|a| Some((a.provisional_from?, a.platform.as_str()))).min();
    if let Some((from, platform)) = soonest.filter(|(from, _)| *from <= facts.today) {
        text.push_str(&format!(
            " · {} provisional from {}",
            metrics::platform::label(platform),
            day_short(from)
        ));
    }
    let stale = facts.accounts.iter().any(|a| is_stale(a, facts))
        || complete.is_some_and(|d| connected().next().is_some() && d + Days::new(3) < facts.today);
    Some((text, stale))
}

/// The pill and its popover.
#[component]
pub fn FreshnessPill() -> impl IntoView {
    let board = use_board();
    let open = RwSignal::new(false);
    let live = use_context::<Live>();
    let shown = Memo::new(move |_| board.facts.with(|f| pill(f)));
    let line = move || match live.map(|l| l.status().get()) {
        Some(LiveStatus::Live) => "New data appears by itself.",
        Some(LiveStatus::Polling) => {
            "New data appears by itself; the live connection is blocked, so the server is asked every few seconds."
        }
        Some(LiveStatus::Offline) => "The server can't be reached; these are the last figures.",
        Some(LiveStatus::Connecting) | None => "",
    };
    view! {
        {move || {
            shown
                .get()
                .map(|(text, stale)| {
                    let offline = move || live.is_some_and(|l| l.status().get() == LiveStatus::Offline);
                    view! {
                        <span class="pill" class:pill--stale=stale class:pill--offline=offline>
                            <Popover
                                id="freshness"
                                open
                                trigger=move || {
                                    let text = text.clone();
                                    let prefix = if stale { "Stale · " } else { "" };
                                    view! { <i class="pill__dot" aria-hidden="true"></i> {prefix} {text} }
                                }
                                button_class="pill__button"
                                title="How complete the figures are"
                                sheet=true
                                panel_class="freshness"
                            >
                                <Later when=open draw=accounts::draw/>
                                <p class="freshness__line">{line}</p>
                            </Popover>
                        </span>
                    }
                })
        }}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::live::Versions;

    fn account(platform: &str, complete: &str, provisional: &str, is_file: bool) -> AccountState {
        AccountState {
            key: "1".into(),
            name: "Acme".into(),
            platform: platform.into(),
            currency: "EUR".into(),
            time_zone: "Europe/Vienna".into(),
            families: vec![metrics::Family::Ads],
            is_file,
            complete_until: complete.parse().ok(),
            provisional_from: provisional.parse().ok(),
            as_of: "2026-11-22T06:00:00Z".parse().ok(),
            remark: None,
        }
    }

    fn facts(accounts: Vec<AccountState>) -> DashboardFacts {
        DashboardFacts {
            today: "2026-11-22".parse().unwrap(),
            now: "2026-11-22T12:00:00Z".parse().unwrap(),
            span: None,
            accounts,
            ending: Vec::new(),
            families: Vec::new(),
            versions: Versions::default(),
        }
    }

    #[test]
    fn the_pill_names_the_weakest_account() {
        let both = facts(vec![
            account("google_ads", "2026-11-21", "2026-10-24", false),
            account("facebook", "2026-11-20", "2026-11-18", false),
        ]);
        let (text, stale) = pill(&both).unwrap();
        assert_eq!(text, "Complete to 20 Nov · Google Ads provisional from 24 Oct");
        assert!(!stale);
        assert_eq!(provisional_from(&both).unwrap().to_string(), "2026-10-24");
        assert_eq!(pill(&facts(vec![])), None);
    }

    #[test]
    fn one_platform_without_a_complete_day_does_not_speak_for_the_others() {
        let some = facts(vec![account("google_ads", "2026-11-21", "", false), account("x", "", "", false)]);
        assert_eq!(pill(&some).unwrap().0, "Complete to 21 Nov · X not complete yet");
        let none = facts(vec![account("google_ads", "", "", false), account("x", "", "", false)]);
        assert_eq!(pill(&none).unwrap().0, "First figures are loading");
    }

    #[test]
    fn only_the_last_days_are_expected_to_change() {
        let day = |account: AccountState| unsettled_from(&facts(vec![account])).map(|d| d.to_string());
        // A look-back of a month is no month of unfinished lines.
        assert_eq!(
            day(account("google_ads", "2026-11-21", "2026-10-24", false)).as_deref(),
            Some("2026-11-19")
        );
        // Never more than the platform itself keeps open.
        assert_eq!(day(account("x", "2026-11-21", "2026-11-21", false)).as_deref(), Some("2026-11-21"));
        // A platform that is behind: everything after its last days is open.
        assert_eq!(day(account("x", "2026-11-10", "2026-10-24", false)).as_deref(), Some("2026-11-08"));
        assert_eq!(day(account("file", "2017-08-30", "", true)), None);
    }

    #[test]
    fn files_are_never_stale_nor_provisional() {
        let file = facts(vec![AccountState {
            as_of: "2020-01-01T00:00:00Z".parse().ok(),
            ..account("file", "2017-08-30", "", true)
        }]);
        assert_eq!(pill(&file).unwrap(), ("Complete to 30 Aug".to_owned(), false));
        assert_eq!(provisional_from(&file), None);
    }

    #[test]
    fn figures_that_stopped_coming_are_stale() {
        let mut old = account("google_ads", "2026-11-21", "2026-10-24", false);
        old.as_of = "2026-11-20T06:00:00Z".parse().ok();
        assert!(pill(&facts(vec![old])).unwrap().1);
        assert!(pill(&facts(vec![account("google_ads", "2026-11-10", "2026-10-24", false)])).unwrap().1);
        let loading = account("google_ads", "", "", false);
        assert_eq!(pill(&facts(vec![loading])).unwrap().0, "First figures are loading");
    }
}
