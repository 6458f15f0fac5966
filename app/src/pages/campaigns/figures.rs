//! The columns of figures.

use leptos::prelude::*;
use metrics::campaigns::{FIGURES, Values, value};
use metrics::format::{Formatter, Style};
use metrics::query::MissingRate;
use metrics::{Locale, Measure, Ratio};

use super::sort::SortHead;
use crate::state::view::{Column, Sort};
use crate::ui::{Notice, NoticeKind};

/// What there are columns for: all that somebody reports.
pub fn columns(totals: &Values) -> Vec<Measure> {
    let stored = FIGURES.iter().map(|(_, metric)| Measure::Metric(*metric));
    let all = stored.chain([Measure::Ratio(Ratio::Roas)]);
    all.filter(|measure| {
        let reported = |metric| value(totals, Measure::Metric(metric)).figure().is_some();
        measure.parts().into_iter().all(reported)
    })
    .collect()
}

/// The heads of those columns.
pub fn heads(columns: &[Measure], sort: Memo<Sort>) -> impl IntoView + use<> {
    let heads = columns.iter().map(|measure| view! { <SortHead column=Column::Measure(*measure) sort/> });
    heads.collect_view()
}

/// The cells of a row.
pub fn cells(columns: &[Measure], values: &Values, currency: &str) -> impl IntoView + use<> {
    let cells = columns.iter().map(|measure| {
        let text = Formatter::new(*measure, currency, Locale::EN).value(value(values, *measure), Style::Full);
        view! { <td class="num" data-label=measure.label()>{text}</td> }
    });
    cells.collect_view()
}

/// Says what money is in none of the sums.
#[component]
pub fn MissingMoney(
    /// By currency.
    missing: Vec<MissingRate>,
) -> impl IntoView {
    (!missing.is_empty()).then(|| {
        let codes: Vec<String> = missing.into_iter().map(|rate| rate.currency).collect();
        view! {
            <Notice kind=NoticeKind::Warning>
                <p>
                    {format!("Money in {} is left out where the rate of its day is missing: load rates under Data, Currencies.", codes.join(", "))}
                </p>
            </Notice>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics::Metric;

    #[test]
    fn what_nobody_reports_has_no_column() {
        let mut totals: Values = vec![None; FIGURES.len()];
        totals[0] = Some(5_000_000);
        assert_eq!(columns(&totals), [Measure::Metric(Metric::Spend)]);
        totals[8] = Some(0);
        let names: Vec<&str> = columns(&totals).iter().map(|measure| measure.name()).collect();
        assert_eq!(names, ["spend", "conversion_value", "roas"]);
    }
}
