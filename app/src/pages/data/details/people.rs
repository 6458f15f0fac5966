//! The people of a CRM, counted by where they stand. Nobody is named.

use crate::ui::TableScroll;
use leptos::prelude::*;
use metrics::Locale;
use metrics::details::{People, PeopleCount};
use metrics::format::integer;

/// What the steps of people are called.
fn step_word(step: &str) -> &str {
    match step {
        "lead" => "Lead",
        "mql" => "MQL",
        "sql" => "SQL",
        "opportunity" => "Opportunity",
        "customer" => "Customer",
        "converted" => "Converted",
        other => other,
    }
}

/// Tables of an account's people; nothing where it has none.
#[component]
pub fn PeopleTables(
    /// Counted.
    people: People,
) -> impl IntoView {
    let People { stages, reached, scores } = people;
    view! {
        <Counts title="People by life-cycle stage" head="Stage" about="Where they stand now, in the platform's words." rows=stages/>
        <Counts title="People by steps taken" head="Step" about="Who took several steps is counted at each." rows=reached/>
        <Counts title="People by score" head="Score" about="As the platform scores them now." rows=scores/>
    }
}

#[component]
fn Counts(
    title: &'static str,
    head: &'static str,
    about: &'static str,
    rows: Vec<PeopleCount>,
) -> impl IntoView {
    let row = |PeopleCount { word, people }: PeopleCount| {
        let word = word.map_or_else(|| "Not told".to_owned(), |word| step_word(&word).to_owned());
        view! {
            <tr>
                <th scope="row">{word}</th>
                <td class="num">{integer(people, Locale::EN)}</td>
            </tr>
        }
    };
    (!rows.is_empty()).then(|| {
        view! {
            <section class="stack stack--tight measure">
                <h2>{title}</h2>
                <p class="muted small">{about}</p>
                <TableScroll label=title>
                    <thead>
                        <tr>
                            <th scope="col">{head}</th>
                            <th scope="col" class="num">"People"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                </TableScroll>
            </section>
        }
    })
}
