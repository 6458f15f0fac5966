//! What the person has to decide before loading.

use crate::pages::choices::currencies;
use crate::ui::{Icon, IconView};
use chrono::NaiveDate;
use leptos::prelude::*;
use metrics::format::day_range;
use model::DayRange;
use model::imports::{DateOrder, ImportPreview, Mapping, Question};

/// All open questions, each with its answer right there. A question that was answered stays, so that the answer can be
/// changed.
#[component]
pub fn Questions(
    /// What is asked.
    preview: RwSignal<ImportPreview>,
    /// Where answers go.
    mapping: RwSignal<Mapping>,
) -> impl IntoView {
    let asked = Memo::new(move |before: Option<&Vec<Question>>| {
        let mut all = before.cloned().unwrap_or_default();
        preview.with(|p| {
            for question in &p.questions {
                if !all.iter().any(|known| std::mem::discriminant(known) == std::mem::discriminant(question))
                {
                    all.push(question.clone());
                }
            }
        });
        all
    });
    move || {
        let asked = asked.get();
        (!asked.is_empty()).then(|| {
            view! {
                <section class="card stack questions" aria-labelledby="questions">
                    <h2 id="questions"><IconView icon=Icon::Help/>" The file leaves something open"</h2>
                    {asked.into_iter().map(|question| ask(question, mapping)).collect_view()}
                </section>
            }
        })
    }
}

fn ask(question: Question, mapping: RwSignal<Mapping>) -> AnyView {
    match question {
        Question::DateOrder { example } => view! { <AskOrder example mapping/> }.into_any(),
        Question::Period { suggestion } => view! { <AskPeriod suggestion mapping/> }.into_any(),
        Question::Year { suggestion } => view! { <AskYear suggestion mapping/> }.into_any(),
        Question::Currency => view! { <AskCurrency mapping/> }.into_any(),
    }
}

#[component]
fn AskOrder(example: String, mapping: RwSignal<Mapping>) -> impl IntoView {
    let choice = move |order: DateOrder, label: &'static str| {
        view! {
            <label>
                <input
                    type="radio"
                    name="date-order"
                    prop:checked=move || mapping.with(|m| m.format.dates == Some(order))
                    on:change=move |_| mapping.update(|m| m.format.dates = Some(order))
                />
                {label}
            </label>
        }
    };
    view! {
        <fieldset class="field">
            <legend class="field__label">{format!("“{example}” can be read in two ways. Which comes first?")}</legend>
            <div class="segments">
                {choice(DateOrder::DayMonthYear, "The day")} {choice(DateOrder::MonthDayYear, "The month")}
            </div>
        </fieldset>
    }
}

#[component]
fn AskPeriod(suggestion: Option<DayRange>, mapping: RwSignal<Mapping>) -> impl IntoView {
    let text = |day: Option<NaiveDate>| RwSignal::new(day.map(|day| day.to_string()).unwrap_or_default());
    let present = mapping.with_untracked(|m| m.period);
    let (from, until) = (text(present.map(DayRange::from)), text(present.map(DayRange::until)));
    let set = move || {
        let days = from.get_untracked().parse().ok().zip(until.get_untracked().parse().ok());
        let period = days.and_then(|(from, until)| DayRange::new(from, until).ok());
        if period != mapping.with_untracked(|m| m.period) {
            mapping.update(|m| m.period = period);
        }
    };
    let is_reversed = move || {
        let days = from.get().parse::<NaiveDate>().ok().zip(until.get().parse::<NaiveDate>().ok());
        days.is_some_and(|(from, until)| until < from)
    };
    let input = move |id: &'static str, label: &'static str, value: RwSignal<String>| {
        view! {
            <div class="field">
                <label class="field__label" for=id>{label}</label>
                <input
                    class="input"
                    id=id
                    type="date"
                    prop:value=move || value.get()
                    aria-describedby="period-error"
                    on:change=move |event| {
                        value.set(event_target_value(&event));
                        set();
                    }
                />
            </div>
        }
    };
    view! {
        <div class="stack stack--tight">
            <p>"The file has no dates. Which period are its figures about?"</p>
            {suggestion
                .map(|days| {
                    view! {
                        <div class="row">
                            <span class="muted">"A title line says " {day_range(days)} "."</span>
                            <button
                                type="button"
                                class="btn"
                                on:click=move |_| {
                                    from.set(days.from().to_string());
                                    until.set(days.until().to_string());
                                    set();
                                }
                            >
                                "Use it"
                            </button>
                        </div>
                    }
                })}
            <div class="form__pair measure">
                {input("period-from", "First day", from)} {input("period-until", "Last day", until)}
            </div>
            <span class="field__error" id="period-error" role="alert">
                {move || is_reversed().then_some("The last day lies before the first one.")}
            </span>
            <p class="muted small">"Totals are spread evenly over the days of the period, unless you choose otherwise below."</p>
        </div>
    }
}

#[component]
fn AskYear(suggestion: Option<i32>, mapping: RwSignal<Mapping>) -> impl IntoView {
    let shown = move || mapping.with(|m| m.year.map(|year| year.to_string()).unwrap_or_default());
    view! {
        <div class="stack stack--tight">
            <div class="field measure">
                <label class="field__label" for="year">"The months have no year. Which year is the first row about?"</label>
                <input
                    class="input"
                    id="year"
                    type="number"
                    min="1990"
                    max="2100"
                    prop:value=shown
                    on:change=move |event| {
                        let year = event_target_value(&event).trim().parse().ok();
                        mapping.update(|m| m.year = year);
                    }
                />
            </div>
            {suggestion
                .map(|year| {
                    view! {
                        <div class="row">
                            <button type="button" class="btn" on:click=move |_| mapping.update(|m| m.year = Some(year))>
                                "Use " {year}
                            </button>
                        </div>
                    }
                })}
        </div>
    }
}

#[component]
fn AskCurrency(mapping: RwSignal<Mapping>) -> impl IntoView {
    let present = mapping.with_untracked(|m| m.currency.clone());
    let options = currencies(present.as_deref());
    view! {
        <div class="field measure">
            <label class="field__label" for="question-currency">"The file does not say in which currency its money is."</label>
            <select
                class="select"
                id="question-currency"
                prop:value=move || mapping.with(|m| m.currency.clone().unwrap_or_default())
                on:change=move |event| {
                    let code = event_target_value(&event);
                    mapping.update(|m| m.currency = (!code.is_empty()).then_some(code));
                }
            >
                <option value="">"Choose a currency"</option>
                {options.into_iter().map(|(code, label)| view! { <option value=code>{label}</option> }).collect_view()}
            </select>
        </div>
    }
}
