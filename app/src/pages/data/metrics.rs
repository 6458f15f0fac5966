//! The catalogue of metrics: what each is, how it adds up, in what it is measured.

use super::DataTabs;
use crate::pages::shell::PageHeader;
use crate::ui::{TableScroll, TextField};
use leptos::prelude::*;
use metrics::explain::explain;
use metrics::{Class, Direction, Measure, Metric, Ratio, Unit};

fn unit_words(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "number",
        Unit::People => "people",
        Unit::FractionalCount => "number, in parts",
        Unit::Money => "money",
        Unit::MoneyPerDay => "money per day",
        Unit::Duration => "seconds",
        Unit::Position => "rank",
        Unit::Days => "days",
        Unit::Percent => "percent",
        Unit::Quotient => "quotient",
    }
}

fn class_words(measure: Measure) -> String {
    match measure {
        Measure::Ratio(_) => "Recomputed from sums".to_owned(),
        Measure::Metric(metric) => match metric.class() {
            Class::Additive => "Summed".to_owned(),
            Class::WeightedBy(weight) => format!("Mean, weighted by {}", weight.label().to_lowercase()),
            Class::NonAdditive => "Never summed".to_owned(),
            Class::Level => "Last value".to_owned(),
        },
    }
}

fn direction_words(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "more",
        Direction::Down => "less",
        Direction::Neutral => "—",
    }
}

/// `/w/:ws/data/metrics`.
#[component]
pub fn MetricsPage() -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let all: Vec<Measure> = Ratio::ALL
        .iter()
        .copied()
        .map(Measure::Ratio)
        .chain(Metric::ALL.iter().copied().map(Measure::Metric))
        .collect();
    let rows = move || {
        let typed = typed.get().to_lowercase();
        all.iter()
            .copied()
            .filter(|m| m.label().to_lowercase().contains(&typed) || m.name().contains(&typed))
            .map(|measure| {
                let text = explain(measure);
                view! {
                    <tr id=measure.name()>
                        <th scope="row">{measure.label()}<br/><code class="muted">{measure.name()}</code></th>
                        <td class="cell--wide">{text.what}</td>
                        <td class="cell--wide">{text.formula}</td>
                        <td>{class_words(measure)}</td>
                        <td>{unit_words(measure.unit())}</td>
                        <td data-label="Better">{direction_words(measure.direction())}</td>
                    </tr>
                }
            })
            .collect_view()
    };
    view! {
        <PageHeader title="Metrics"/>
        <DataTabs/>
        <div class="stack">
            <p class="muted measure">
                "Each metric is defined once, and means the same on every dashboard and in every export. Platforms' own names are mapped to these."
            </p>
            <div class="measure"><TextField name="search" label="Search" value=typed/></div>
            <TableScroll label="Metrics" stacks=true>
                <thead>
                    <tr>
                        <th scope="col">"Metric"</th>
                        <th scope="col">"What it is"</th>
                        <th scope="col">"Formula"</th>
                        <th scope="col">"Over groups and days"</th>
                        <th scope="col">"Unit"</th>
                        <th scope="col">"Better"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </TableScroll>
        </div>
    }
}
