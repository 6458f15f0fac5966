//! Where a number comes from: formula, sources, completeness, zone, currency, filters, attribution.

#![expect(clippy::unnecessary_wraps, reason = "a cut of the module can fail to load, says its signature")]

use super::accounts::AccountList;
use crate::api::figures::AccountState;
use crate::state::board::{Board, use_board};
use crate::state::figures::Answer;
use crate::ui::{Dialog, NotLoaded};
use leptos::prelude::*;
use metrics::explain::explain;
use metrics::format::{Style, day_range, day_short};
use metrics::{Dimension, Family, FilterMode, Measure, Unit};
use model::sort::sort_distinct;

/// [`ExplainPanel`], from the module that loads later.
#[leptos::wasm_split::wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
pub fn draw() -> Result<AnyView, NotLoaded> {
    Ok(view! { <ExplainPanel/> }.into_any())
}

/// The panel; opens when a measure is to be explained.
#[component]
pub fn ExplainPanel() -> impl IntoView {
    let board = use_board();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(board.explained.get().is_some()));
    Effect::new(move |_| {
        if !open.get() && board.explained.get_untracked().is_some() {
            board.explained.set(None);
        }
    });
    view! {
        <Dialog
            id="explain"
            open
            title=Signal::derive(move || {
                board.explained.get().map_or_else(String::new, |m| format!("Where does {} come from?", m.label()))
            })
            class="explain"
        >
            {move || board.explained.get().map(|measure| view! { <Explanation measure board/> })}
        </Dialog>
    }
}

#[component]
fn Explanation(measure: Measure, board: Board) -> impl IntoView {
    let answer = board.figures.ask(move || board.queries(&[], &[measure], &[]));
    let what = explain(measure);
    let is_money = measure.parts().iter().any(|m| m.is_money()) || measure.unit() == Unit::Money;
    let value = move || {
        answer.with(|answer| match answer {
            Answer::Ready(frames) => {
                frames.first().map(|f| board.write(measure, |w| w.value(f.total(measure), Style::Full)))
            }
            Answer::Waiting | Answer::Failed(_) => None,
        })
    };
    let parts = move || {
        let parts = measure.parts();
        (parts.len() > 1).then(|| {
            let text = |at: usize| {
                let part = Measure::Metric(*parts.get(at)?);
                let shown = answer.with(|a| a.frames()?.first().map(|f| f.total(part)))?;
                Some(format!(
                    "{} {}",
                    part.label().to_lowercase(),
                    board.write(part, |w| w.value(shown, Style::Full))
                ))
            };
            (0..parts.len()).filter_map(text).collect::<Vec<_>>().join(" and ")
        })
    };
    let currency = move || {
        let reporting = board.workspace.with_value(|ws| ws.currency.clone());
        let mut foreign: Vec<String> =
            board.facts.with(|f| f.accounts.iter().map(|a| a.currency.clone()).collect());
        foreign.retain(|c| *c != reporting);
        sort_distinct(&mut foreign);
        if foreign.is_empty() {
            format!("{reporting}; all accounts report in it.")
        } else {
            format!("{reporting}; {} is converted with each day’s rate.", foreign.join(", "))
        }
    };
    let missing = move || {
        answer.with(|a| {
            let rates: Vec<String> = a
                .frames()?
                .first()?
                .missing_rates
                .iter()
                .map(|r| format!("{} ({} to {})", r.currency, day_short(r.from), day_short(r.until)))
                .collect();
            (!rates.is_empty()).then(|| rates.join(", "))
        })
    };
    let days = move || {
        let days = board.days();
        let versus = days.compare.map(|other| format!(", compared with {}", day_range(other)));
        format!("{}{}", day_range(days.period), versus.unwrap_or_default())
    };
    view! {
        <p class="explain__value">{value}</p>
        <p>{what.what}</p>
        <dl class="explain__list">
            <dt>"Formula"</dt>
            <dd>{what.formula} {move || parts().map(|p| format!(" (here: {p})"))}</dd>
            <dt>"Put together"</dt>
            <dd>{what.rule}</dd>
            <dt>"Exactness"</dt>
            <dd>{what.scale}</dd>
            <dt>"Days"</dt>
            <dd>{days}". A day is the calendar day in each account’s own zone; “today” is that of " {board.workspace.with_value(|ws| ws.time_zone.clone())}"."</dd>
            {is_money
                .then(|| {
                    view! {
                        <dt>"Currency"</dt>
                        <dd>
                            {currency}
                            {move || {
                                missing()
                                    .map(|rates| {
                                        view! {
                                            <strong class="explain__missing">
                                                {format!(" No rate for {rates}: that money is not in the sum. Load rates under Data.")}
                                            </strong>
                                        }
                                    })
                            }}
                        </dd>
                    }
                })}
            <dt>"Filters"</dt>
            <dd>{move || filters_text(board)}</dd>
            <dt>"Attribution"</dt>
            <dd>
                "As each platform counts it, in the window set there."
                <ul>
                    {move || {
                        let windows = board.facts.with(|facts| windows(&facts.accounts, board.template().family_of(measure)));
                        windows.into_iter().map(|window| view! { <li>{window}</li> }).collect_view()
                    }}
                </ul>
            </dd>
            <dt>"Sources"</dt>
            <dd><AccountList/></dd>
        </dl>
    }
}

/// What platforms with figures of the family say about how they attribute conversions, each once.
fn windows(accounts: &[AccountState], family: Family) -> Vec<String> {
    let own = accounts.iter().filter(|account| !account.is_file && account.families.contains(&family));
    let mut windows: Vec<String> = own
        .filter_map(|account| {
            let remark = account.remark.as_deref()?;
            Some(format!("{}: {remark}", metrics::platform::label(&account.platform)))
        })
        .collect();
    sort_distinct(&mut windows);
    windows
}

/// All conditions in words.
fn filters_text(board: Board) -> String {
    let conditions = board.view.with(crate::state::view::View::conditions);
    if conditions.is_empty() {
        return "None.".into();
    }
    let texts: Vec<String> = conditions
        .iter()
        .map(|f| {
            let names: Vec<String> = f.members.iter().map(|m| member_name(board, f.dimension, m)).collect();
            let is = if f.mode == FilterMode::Include { "is" } else { "is not" };
            format!("{} {is} {}", f.dimension.label(), names.join(" or "))
        })
        .collect();
    format!("{}.", texts.join("; "))
}

/// The name of a member, from whatever knows it; its key when nobody does.
pub fn member_name(board: Board, dimension: Dimension, key: &str) -> String {
    known_name(board, dimension, key).unwrap_or_else(|| metrics::keys::label_of(dimension, key))
}

/// The name of a member, if it is known here.
pub fn known_name(board: Board, dimension: Dimension, key: &str) -> Option<String> {
    if key.is_empty() {
        return Some(dimension.none_label());
    }
    if dimension == Dimension::Account {
        return board.facts.with(|f| f.accounts.iter().find(|a| a.key == key).map(|a| a.name.clone()));
    }
    if dimension.entity().is_some() {
        if !dimension.is_in_cubes() {
            return board.name_outside(dimension, key);
        }
        return board.figures.find(|cube| cube.entity(dimension, key).map(|e| e.label.clone()));
    }
    Some(metrics::keys::label_of(dimension, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_tells_its_window_once() {
        let account = |platform: &str, family: Family, remark: Option<&str>| AccountState {
            key: "1".into(),
            name: "Acme".into(),
            platform: platform.into(),
            currency: "EUR".into(),
            time_zone: "UTC".into(),
            families: vec![family],
            is_file: platform == "file",
            complete_until: None,
            provisional_from: None,
            as_of: None,
            remark: remark.map(str::to_owned),
        };
        let accounts = [
            account("facebook", Family::Ads, Some("Within 7 days.")),
            account("facebook", Family::Ads, Some("Within 7 days.")),
            account("facebook", Family::Ads, Some("Within 1 day.")),
            account("google_ads", Family::Ads, Some("On the day of the click.")),
            account("x", Family::Ads, None),
            account("ga4", Family::Web, Some("For up to 12 days.")),
            account("file", Family::Ads, Some("Spread over days.")),
        ];
        assert_eq!(
            windows(&accounts, Family::Ads),
            ["Google Ads: On the day of the click.", "Meta: Within 1 day.", "Meta: Within 7 days."]
        );
    }
}
