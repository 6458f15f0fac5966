//! What runs left out, told once: the same for many accounts or streams is one line with a number.

use super::count;
use leptos::prelude::*;
use model::connections::RunSummary;

/// Groups that are open from the start; more would push the page away.
const SHOWN: usize = 3;

/// The same said about several places.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    /// What is said.
    message: String,
    /// About what: "Account 42, stream campaigns". Empty for what is about the run as a whole.
    places: Vec<String>,
}

/// A warning is "Account 42, stream campaigns: what is wrong"; its place comes first.
fn place_and_message(warning: &str) -> (Option<&str>, &str) {
    let names_place = |place: &str| {
        let first = place.split(' ').next().unwrap_or_default();
        ["account", "stream", "field"].iter().any(|word| first.eq_ignore_ascii_case(word))
            && place.len() < 200
    };
    match warning.split_once(": ") {
        Some((place, message)) if names_place(place) => (Some(place), message),
        _ => (None, warning),
    }
}

/// Equal messages together, the most frequent first, else in their order.
fn grouped(warnings: &[String]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for warning in warnings {
        let (place, message) = place_and_message(warning);
        let at = groups.iter().position(|g| g.message == message).unwrap_or_else(|| {
            groups.push(Group { message: message.to_owned(), places: Vec::new() });
            groups.len() - 1
        });
        groups[at].places.extend(place.map(str::to_owned));
    }
    groups.sort_by_key(|g| std::cmp::Reverse(g.places.len()));
    groups
}

/// What went wrong in a run: in plain words, what it left out, and what the other side said.
#[component]
pub fn RunTrouble(
    /// The run.
    run: RunSummary,
) -> impl IntoView {
    let RunSummary { error, warnings, raw_error, .. } = run;
    view! {
        {error.map(|error| view! { <p>{error}</p> })}
        {(!warnings.is_empty()).then(|| view! { <WarningList warnings/> })}
        {raw_error
            .map(|raw| {
                view! {
                    <details>
                        <summary>"What the other side said"</summary>
                        <pre>{raw}</pre>
                    </details>
                }
            })}
    }
}

/// Warnings as a list; what repeats is one line that opens.
#[component]
pub fn WarningList(
    /// As the run wrote them.
    warnings: Vec<String>,
) -> impl IntoView {
    let mut groups = grouped(&warnings).into_iter();
    let first: Vec<Group> = groups.by_ref().take(SHOWN).collect();
    let rest: Vec<Group> = groups.collect();
    view! {
        <ul class="dots warnings">{first.into_iter().map(group_view).collect_view()}</ul>
        {(!rest.is_empty())
            .then(|| {
                let more = i64::try_from(rest.len()).unwrap_or(i64::MAX);
                view! {
                    <details>
                        <summary>{format!("{} more", count(more, "kind", "kinds"))}</summary>
                        <ul class="dots warnings">{rest.into_iter().map(group_view).collect_view()}</ul>
                    </details>
                }
            })}
    }
}

fn group_view(group: Group) -> impl IntoView {
    let Group { message, places } = group;
    match places.as_slice() {
        [] => view! { <li>{message}</li> }.into_any(),
        [place] => {
            view! { <li>{message} " " <span class="muted">{format!("({place})")}</span></li> }.into_any()
        }
        all => {
            let number = format!("{} ×", all.len());
            view! {
                <li>
                    <details>
                        <summary><span class="strong">{number}</span> " " {message}</summary>
                        <ul class="warnings__places muted small">
                            {places.into_iter().map(|place| view! { <li>{place}</li> }).collect_view()}
                        </ul>
                    </details>
                </li>
            }
            .into_any()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_said_once() {
        let warnings = [
            "Account 1, stream ads: no permission",
            "The quota is short: 5 left",
            "account 2, stream ads: no permission",
            "account 2: is closed",
        ]
        .map(str::to_owned);
        let told: Vec<String> =
            grouped(&warnings).iter().map(|g| format!("{} [{}]", g.message, g.places.join(" | "))).collect();
        assert_eq!(
            told,
            [
                "no permission [Account 1, stream ads | account 2, stream ads]",
                "is closed [account 2]",
                // A colon alone makes no place.
                "The quota is short: 5 left []",
            ]
        );
    }
}
