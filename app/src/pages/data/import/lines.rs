//! What will be loaded, and how each line was understood.

use crate::pages::data::count;
use crate::ui::{Badge, BadgeTone, TableScroll};
use leptos::prelude::*;
use metrics::Metric;
use metrics::format::day_range;
use model::imports::{ImportPreview, LineKind, MetricTotal, PreviewLine};

/// Thousands separators for an exact decimal: `12345.60` → `12,345.60`.
fn grouped(decimal: &str) -> String {
    let (sign, rest) = decimal.strip_prefix('-').map_or(("", decimal), |rest| ("−", rest));
    let (whole, fraction) =
        rest.split_once('.').map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut text = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

fn rows(n: u64) -> String {
    count(i64::try_from(n).unwrap_or(i64::MAX), "row", "rows")
}

/// Sums per metric.
#[component]
pub fn TotalsTable(
    /// What is summed.
    totals: Vec<MetricTotal>,
) -> impl IntoView {
    let number = |n: u64| metrics::format::integer(i64::try_from(n).unwrap_or(i64::MAX), metrics::Locale::EN);
    view! {
        <TableScroll label="Totals" stacks=true>
            <thead>
                <tr>
                    <th scope="col">"Metric"</th>
                    <th scope="col" class="num">"Total"</th>
                    <th scope="col" class="num">"Values"</th>
                    <th scope="col" class="num">"Blank"</th>
                </tr>
            </thead>
            <tbody>
                {totals
                    .into_iter()
                    .map(|total| {
                        let label = Metric::from_name(&total.metric).map_or(total.metric.clone(), |m| m.label().to_owned());
                        view! {
                            <tr data-metric=total.metric>
                                <th scope="row">{label}</th>
                                <td class="num" data-label="Total">{grouped(&total.total)} {total.currency.map(|code| format!(" {code}"))}</td>
                                <td class="num" data-label="Values">{number(total.values)}</td>
                                <td class="num muted" data-label="Blank">{number(total.blanks)}</td>
                            </tr>
                        }
                    })
                    .collect_view()}
            </tbody>
        </TableScroll>
    }
}

/// What will be loaded: rows, days, totals; and what will not.
#[component]
pub fn Totals(
    /// Of which file.
    preview: RwSignal<ImportPreview>,
) -> impl IntoView {
    move || {
        let p = preview.get();
        let left_out: Vec<String> = [
            (p.total_rows, "totals of the file itself, left out"),
            (p.rejected_rows, "can't be read, left out"),
            (p.repeated_rows, "repeat another row's keys, added up"),
        ]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, why)| format!("{} {why}", rows(n)))
        .collect();
        let days = p.days.map(|days| format!(" · {}", day_range(days))).unwrap_or_default();
        let has_blanks = p.totals.iter().any(|total| total.blanks > 0);
        view! {
            <section class="card stack stack--tight">
                <h2>"What will be loaded"</h2>
                <p>{rows(p.rows)} {days}</p>
                {(!left_out.is_empty()).then(|| view! { <p class="muted">{left_out.join(" · ")}</p> })}
                {(!p.totals.is_empty()).then(|| view! { <TotalsTable totals=p.totals/> })}
                {has_blanks.then(|| view! { <p class="muted small">"Blank cells are missing values, not zeros."</p> })}
            </section>
        }
    }
}

fn kind_words(kind: LineKind) -> (BadgeTone, &'static str) {
    match kind {
        LineKind::Preamble => (BadgeTone::Neutral, "Title or blank"),
        LineKind::Header => (BadgeTone::Busy, "Header"),
        LineKind::Data => (BadgeTone::Good, "Loaded"),
        LineKind::Total => (BadgeTone::Neutral, "Totals, left out"),
        LineKind::Rejected => (BadgeTone::Bad, "Can't be read"),
    }
}

/// Enough to see how lines were understood; more would push the rest of the page away.
const SHOWN: usize = 24;

/// The first lines and the first rejected ones.
#[component]
pub fn Lines(
    /// Of which file.
    preview: RwSignal<ImportPreview>,
) -> impl IntoView {
    move || {
        let p = preview.get();
        view! {
            {(!p.rejected.is_empty())
                .then(|| {
                    view! {
                        <section class="card stack stack--tight">
                            <h2>"Lines that can't be read"</h2>
                            <LineTable label="Lines that can't be read" lines=p.rejected/>
                        </section>
                    }
                })}
            <section class="card stack stack--tight">
                <h2>"First lines"</h2>
                <LineTable label="First lines" lines=p.lines.into_iter().take(SHOWN).collect()/>
            </section>
        }
    }
}

#[component]
fn LineTable(label: &'static str, lines: Vec<PreviewLine>) -> impl IntoView {
    let width = lines.iter().map(|line| line.fields.len()).max().unwrap_or(1);
    view! {
        <TableScroll label>
            <thead>
                <tr>
                    <th scope="col" class="num">"Line"</th>
                    <th scope="col">"Understood as"</th>
                    <th scope="col" colspan=width>"Fields"</th>
                </tr>
            </thead>
            <tbody>
                {lines
                    .into_iter()
                    .map(|line| {
                        let (tone, words) = kind_words(line.kind);
                        view! {
                            <tr class:is-off=matches!(line.kind, LineKind::Preamble | LineKind::Total)>
                                <td class="num muted">{line.number}</td>
                                <td>
                                    <Badge tone=Signal::stored(tone)>{words}</Badge>
                                    {line.reason.map(|reason| view! { <p class="small">{reason}</p> })}
                                </td>
                                {line
                                    .fields
                                    .into_iter()
                                    .map(|field| view! { <td class="nowrap">{field}</td> })
                                    .collect_view()}
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
    use super::grouped;

    #[test]
    fn decimals_stay_exact() {
        for (given, shown) in
            [("1234567.890000", "1,234,567.890000"), ("12", "12"), ("-1000", "−1,000"), ("999.5", "999.5")]
        {
            assert_eq!(grouped(given), shown);
        }
    }
}
