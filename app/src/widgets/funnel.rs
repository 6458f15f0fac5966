//! From step to step: how many there are at each, and which part that is of the step before.

use super::data::{Change, Twin};
use super::frame::WidgetFrame;
use crate::state::board::{Board, use_board};
use crate::state::figures::Answer;
use crate::state::template::Step;
use leptos::prelude::*;
use metrics::format::{MISSING, Style, percent};
use metrics::value::Value;
use metrics::{Family, Figure, Frame, Locale, Measure};
use std::sync::Arc;

/// What one step shows.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    step: Step,
    value: Value,
    before: Value,
    /// Of the step before, where both are known.
    rate: Option<Figure>,
    /// Of the bar's room. Steps differ by orders of magnitude, so bars grow with the logarithm.
    width: f64,
}

fn measure_of(step: Step) -> Measure {
    Measure::Metric(step.1)
}

/// The rows out of each step's figures, those of the comparison second.
fn rows(steps: &[Step], figure: impl Fn(Step, usize) -> Value) -> Vec<Row> {
    let size = |value: Value| value.to_f64().map_or(0.0, |v| v.max(0.0).ln_1p());
    let most = steps.iter().map(|step| size(figure(*step, 0))).fold(0.0, f64::max);
    let mut above = None;
    let mut rows = Vec::with_capacity(steps.len());
    for step in steps {
        let value = figure(*step, 0);
        let rate = above.zip(value.figure()).and_then(|(above, here): (Figure, Figure)| {
            Figure::new(here.numerator() * above.denominator(), here.denominator() * above.numerator())
        });
        above = value.figure();
        let width = if most > 0.0 { size(value) / most } else { 0.0 };
        rows.push(Row { step: *step, value, before: figure(*step, 1), rate, width });
    }
    rows
}

fn rate_text(rate: Option<Figure>) -> String {
    rate.map_or_else(|| MISSING.to_owned(), |rate| percent(rate, Locale::EN))
}

fn twin(rows: &[Row], has_comparison: bool, board: Board) -> Twin {
    let mut head = vec!["Step".to_owned(), "Count".to_owned(), "Of the step before".to_owned()];
    head.extend(has_comparison.then(|| "Comparison".to_owned()));
    let line = |row: &Row| {
        let measure = measure_of(row.step);
        let full = |value| board.write(measure, |w| w.value(value, Style::Full));
        let mut cells = vec![measure.label().to_owned(), full(row.value), rate_text(row.rate)];
        cells.extend(has_comparison.then(|| full(row.before)));
        cells
    };
    Twin { head, rows: rows.iter().map(line).collect() }
}

/// All answers as one: waiting or failed as long as one of them is.
fn together(answers: &[(Family, Memo<Answer>)]) -> Answer {
    let open = answers.iter().map(|(_, answer)| answer.get()).find(|answer| answer.frames().is_none());
    open.unwrap_or_else(|| Answer::Ready(Arc::default()))
}

/// The funnel.
#[component]
pub fn StepFunnel(
    /// From the first to the last.
    steps: &'static [Step],
    /// Its place in the grid.
    class: &'static str,
) -> impl IntoView {
    let board = use_board();
    let mut answers: Vec<(Family, Memo<Answer>)> = Vec::new();
    for (family, _) in steps {
        if answers.iter().all(|(known, _)| known != family) {
            let own = steps.iter().filter(|(other, _)| other == family);
            let measures: Vec<Measure> = own.map(|step| measure_of(*step)).collect();
            let family = *family;
            let answer = board.figures.ask(move || board.queries_of(family, &measures));
            answers.push((family, answer));
        }
    }
    let answers = StoredValue::new(answers);
    let shown = Memo::new(move |_| {
        answers.with_value(|answers| {
            let frames = |family: Family, at: usize, look: &dyn Fn(&Frame) -> Value| {
                let (_, answer) = answers.iter().find(|(known, _)| *known == family)?;
                answer.with(|answer| answer.frames()?.get(at).map(look))
            };
            rows(steps, |step, at| {
                frames(step.0, at, &|frame| frame.total(measure_of(step))).unwrap_or_default()
            })
        })
    });
    let has_comparison = move || board.days().compare.is_some();
    let lines = move || {
        let has_comparison = has_comparison();
        let line = |row: Row| view! { <StepLine row has_comparison board/> };
        shown.get().into_iter().map(line).collect_view()
    };
    view! {
        <WidgetFrame
            id="funnel"
            title="Funnel"
            subtitle=Signal::derive(move || {
                let name = |step: Option<&Step>| step.map_or("", |step| measure_of(*step).label()).to_lowercase();
                format!("{} to {}", name(steps.first()), name(steps.last()))
            })
            class
            answer=Signal::derive(move || answers.with_value(|answers| together(answers)))
            is_empty=Signal::derive(move || shown.with(|rows| rows.iter().all(|row| row.value == Value::Missing)))
            twin=Signal::derive(move || shown.with(|rows| twin(rows, has_comparison(), board)))
            measure=measure_of(steps.last().copied().unwrap_or((Family::Ads, metrics::Metric::Impressions)))
        >
            <ol class="funnel">{lines}</ol>
            <p class="widget__note">
                "Each step counts all that its sources report. Percent: of the step before. Bars grow with the logarithm."
            </p>
        </WidgetFrame>
    }
}

#[component]
fn StepLine(row: Row, has_comparison: bool, board: Board) -> impl IntoView {
    let measure = measure_of(row.step);
    let family = row.step.0;
    let value = board.write(measure, |w| w.value(row.value, Style::Full));
    let change = has_comparison.then(|| Change::between(measure, row.value, row.before, None)).flatten();
    let can_chart = board.template().measures().any(|known| known == measure);
    let is_charted = move || board.view.with(|view| view.measure == measure);
    let name = if can_chart {
        view! {
            <button
                type="button"
                class="tile__name"
                title="Show this in the charts"
                aria-pressed=move || is_charted().to_string()
                on:click=move |_| board.change(|view| view.measure = measure)
            >
                {measure.label()}
            </button>
        }
        .into_any()
    } else {
        view! { <span class="tile__name">{measure.label()}</span> }.into_any()
    };
    let bar = format!("{:.1}%", row.width * 100.0);
    let is_known =
        move || board.facts.with(|facts| facts.families.iter().any(|facts| facts.family == family));
    let note = move || {
        if is_known() {
            change
                .as_ref()
                .map(|c| view! { <span class=c.class()>{c.arrow()} " " {c.text.clone()}</span> }.into_any())
        } else {
            let text = format!("no source of {}", family.label());
            Some(view! { <span class="delta">{text}</span> }.into_any())
        }
    };
    view! {
        <li class="funnel__step">
            <span class="funnel__name">{name}</span>
            <span class="funnel__room" aria-hidden="true"><i class="funnel__bar" style:width=bar></i></span>
            <span class="funnel__value">{value} " " <small>{note}</small></span>
            <span class="funnel__rate">{rate_text(row.rate)}</span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics::Metric;

    #[test]
    fn rates_are_of_the_step_before_and_unknown_steps_break_them() {
        let steps = [
            (Family::Ads, Metric::Impressions),
            (Family::Ads, Metric::Clicks),
            (Family::Web, Metric::Sessions),
            (Family::Crm, Metric::Leads),
        ];
        let figure = |step: Step, _| match step.1 {
            Metric::Impressions => Value::Known(Figure::scaled(10_000, 0)),
            Metric::Clicks => Value::Known(Figure::scaled(250, 0)),
            Metric::Leads => Value::Known(Figure::scaled(5, 0)),
            _ => Value::Missing,
        };
        let rows = rows(&steps, figure);
        let rates: Vec<String> = rows.iter().map(|row| rate_text(row.rate)).collect();
        assert_eq!(rates, ["—", "2.5%", "—", "—"]);
        assert!((rows[0].width - 1.0).abs() < 1e-9 && rows[2].width == 0.0 && rows[3].width < rows[1].width);
    }
}
