//! Runs of a connection: the one under way, and those before.

use super::count;
use super::states::{outcome_words, share_done};
use super::warnings::RunTrouble;
use crate::ui::{Badge, Instant, Progress, TableScroll, duration};
use leptos::prelude::*;
use metrics::format::day_long;
use model::connections::RunSummary;

/// How far the run under way is.
#[component]
pub fn RunProgress(
    /// None when it has just ended.
    #[prop(into)]
    run: Signal<Option<RunSummary>>,
) -> impl IntoView {
    let value = Signal::derive(move || run.with(|run| run.as_ref().and_then(share_done)));
    let words = move || {
        run.with(|run| {
            run.as_ref().map(|run| {
                if run.days_planned == 0 {
                    return "Asking the platform what there is …".to_owned();
                }
                let mut words = vec![
                    format!(
                        "{} of {}",
                        metrics::format::integer(i64::from(run.days_done), metrics::Locale::EN),
                        count(i64::from(run.days_planned), "account day", "account days")
                    ),
                    count(run.rows_read, "row", "rows"),
                ];
                if let Some(day) = run.current_day {
                    words.push(format!("reading {}", day_long(day)));
                }
                if let Some(seconds) = run.eta_seconds {
                    words.push(format!("about {} left", duration(u64::from(seconds))));
                }
                words.join(" · ")
            })
        })
    };
    view! {
        <section class="card stack stack--tight">
            <h2>{move || run.with(|run| title(run.as_ref()))}</h2>
            <Progress label="Synchronisation" value/>
            <p class="muted" data-progress="run">{words}</p>
            {move || {
                run.with(|run| run.as_ref().is_some_and(|run| run.only_day.is_none()))
                    .then(|| {
                        view! {
                            <p class="muted small">
                                "The newest days come first; dashboards show them while older ones are still read."
                            </p>
                        }
                    })
            }}
        </section>
    }
}

fn title(run: Option<&RunSummary>) -> String {
    match run.and_then(|run| run.only_day) {
        Some(day) => format!("Reading {} again", day_long(day)),
        None => "Synchronising".to_owned(),
    }
}

/// "120 calls, 3 failed"; nothing where none was made.
fn calls_words(run: &RunSummary) -> Option<String> {
    let (all, bad) = (run.calls.total(), run.calls.bad());
    let calls = (all > 0).then(|| count(all, "call", "calls"))?;
    Some(match bad {
        0 => calls,
        bad => format!("{calls}, {} failed", metrics::format::integer(bad, metrics::Locale::EN)),
    })
}

/// Runs that are listed at first; a connection that runs often has many that say the same.
const SHOWN: usize = 12;

/// Runs, newest first.
#[component]
pub fn RunTable(
    /// Newest first.
    #[prop(into)]
    runs: Signal<Vec<RunSummary>>,
) -> impl IntoView {
    let all = RwSignal::new(false);
    move || {
        let mut runs = runs.get();
        let found = runs.len();
        if !all.get() {
            runs.truncate(SHOWN);
        }
        if runs.is_empty() {
            return view! { <p class="muted">"None yet."</p> }.into_any();
        }
        view! {
            <TableScroll label="Runs" stacks=true>
                <thead>
                    <tr>
                        <th scope="col">"Started"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col" class="num">"Took"</th>
                        <th scope="col" class="num">"Rows read"</th>
                        <th scope="col" class="num">"New or changed"</th>
                        <th scope="col">"What happened"</th>
                    </tr>
                </thead>
                <tbody>{runs.into_iter().map(|run| view! { <RunRow run/> }).collect_view()}</tbody>
            </TableScroll>
            {(found > SHOWN && !all.get())
                .then(|| {
                    view! {
                        <button type="button" class="btn" on:click=move |_| all.set(true)>
                            {format!("Show all {found} runs")}
                        </button>
                    }
                })}
        }
        .into_any()
    }
}

#[component]
fn RunRow(run: RunSummary) -> impl IntoView {
    let (tone, words) = outcome_words(run.outcome);
    let took = run
        .finished_at
        .map(|end| duration(u64::try_from((end - run.started_at).num_seconds()).unwrap_or(0)))
        .unwrap_or_default();
    let number = |n: i64| metrics::format::integer(n, metrics::Locale::EN);
    let calls = calls_words(&run);
    let only = run.only_day.map(|day| format!("Only {}", day_long(day)));
    view! {
        <tr>
            <td class="cell--half">
                <Instant at=run.started_at/> {only.map(|only| view! { <span class="muted small block">{only}</span> })}
            </td>
            <td><Badge tone=Signal::stored(tone)>{words}</Badge></td>
            <td class="num">{took}</td>
            <td class="num" data-label="Rows read">{number(run.rows_read)}</td>
            <td class="num" data-label="New or changed">{number(run.rows_changed)}</td>
            <td class="cell--wide">
                {calls.map(|calls| view! { <p class="muted">{calls}</p> })}
                <RunTrouble run/>
            </td>
        </tr>
    }
}
