//! What a rule would catch.

use super::super::count;
use super::money;
use crate::pages::campaigns::kind_word;
use crate::state::session::use_workspace;
use crate::ui::{Badge, BadgeTone, TableScroll};
use leptos::prelude::*;
use metrics::platform;
use model::mapping::{Catch, Caught, RulePreview};

/// Numbers and a sample.
#[component]
pub fn Preview(
    /// None while nothing can be looked for.
    found: RwSignal<Option<RulePreview>>,
    /// Whether the rule is written so far that it can be looked for.
    is_ready: Memo<bool>,
) -> impl IntoView {
    let currency = StoredValue::new(use_workspace().currency);
    view! {
        <section class="stack stack--tight" aria-label="Preview">
            <h3>"What it catches"</h3>
            <p role="status">
                {move || match found.get() {
                    Some(preview) => currency.with_value(|currency| in_short(&preview, currency)),
                    None if is_ready.get() => "Looking …".to_owned(),
                    None => "Fill in the conditions to see what the rule catches.".to_owned(),
                }}
            </p>
            {move || {
                found
                    .get()
                    .filter(|preview| !preview.sample.is_empty())
                    .map(|preview| view! { <Sample sample=preview.sample/> })
            }}
        </section>
    }
}

/// "12 things, of which the rule gets 9; they cost €50.00 in the last 30 days."
fn in_short(preview: &RulePreview, currency: &str) -> String {
    if preview.matching == 0 {
        return "Nothing yet. Things that come later are caught as they come.".to_owned();
    }
    let things = count(preview.matching, "thing", "things");
    let mine = match preview.matching - preview.mine {
        0 => things,
        _ if preview.mine == 0 => format!("{things}, but others have them all"),
        _ => format!("{things}, of which the rule gets {}", preview.mine),
    };
    match preview.spend {
        Some(_) => {
            format!("{mine}; it gets {} of spend of the last 30 days.", money(preview.spend, currency))
        }
        None => format!("{mine}."),
    }
}

#[component]
fn Sample(sample: Vec<Caught>) -> impl IntoView {
    view! {
        <TableScroll label="Some of them" stacks=true>
            <thead>
                <tr>
                    <th scope="col">"Thing"</th>
                    <th scope="col">"What and where"</th>
                    <th scope="col">"Unified campaign"</th>
                    <th scope="col">"Who gets it"</th>
                </tr>
            </thead>
            <tbody>
                {sample
                    .into_iter()
                    .map(|Caught { thing, target, by }| {
                        let (tone, words) = match by {
                            Catch::Mine => (BadgeTone::Good, "This rule".to_owned()),
                            Catch::Earlier(place) => (BadgeTone::Neutral, format!("Rule {place}, before it")),
                            Catch::ByHand => (BadgeTone::Neutral, "Assigned by hand".to_owned()),
                        };
                        view! {
                            <tr>
                                <th scope="row">{thing.name}</th>
                                <td class="cell--wide">
                                    {kind_word(thing.kind)} " · " {platform::label(&thing.platform)} " · " {thing.account}
                                </td>
                                <td data-label="Unified campaign">{target}</td>
                                <td><Badge tone=Signal::stored(tone)>{words}</Badge></td>
                            </tr>
                        }
                    })
                    .collect_view()}
            </tbody>
        </TableScroll>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_in_a_sentence() {
        let preview = |matching, mine, spend| RulePreview { matching, mine, spend, sample: Vec::new() };
        let words = |preview| in_short(&preview, "EUR");
        assert!(words(preview(0, 0, None)).starts_with("Nothing yet"));
        assert_eq!(words(preview(1, 1, None)), "1 thing.");
        assert_eq!(words(preview(5, 0, None)), "5 things, but others have them all.");
        assert_eq!(
            words(preview(5, 3, Some(2_500_000))),
            "5 things, of which the rule gets 3; it gets €2.50 of spend of the last 30 days."
        );
    }
}
