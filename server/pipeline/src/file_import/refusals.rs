//! What a file without metrics holds instead.

use super::analyse::Analysis;
use super::dates::{self, DateCell};
use super::lexicon;
use model::imports::ColumnRole;

/// What a file without any column of figures holds instead.
pub(super) fn no_metrics(analysis: &Analysis) -> String {
    let headers = || analysis.headers.iter().map(String::as_str).filter(|h| !h.is_empty());
    let periods: Vec<&str> = headers().filter(|h| of_period(h).is_some()).collect();
    if let [first, second, ..] = periods[..] {
        let unit = of_period(first).unwrap_or_default();
        return format!(
            "This file has a column per {unit} ({first}, {second} …). Export it with one row per {unit}, and a column for \
             each metric."
        );
    }
    if let Some(thing) = lexicon::row_is(&analysis.headers) {
        return format!(
            "Each row of this file is {thing}: it holds no metrics by day. Export a report that counts them by day, or connect \
             the platform itself. If a column does hold figures to add up, say so in the mapping."
        );
    }
    if let Some(header) = headers().find(|header| is_of_period(header)) {
        return format!(
            "This export compares two periods ({header:?} …). Export one period, without a comparison."
        );
    }
    let mut columns = analysis.headers.iter().zip(&analysis.columns);
    if let Some((header, _)) = columns.find(|(header, look)| look.is_percents() && is_metric(header)) {
        return format!(
            "Column {header:?} holds percentages, which can't be added up over days. Export the counts behind them."
        );
    }
    let texts = analysis.headers.iter().zip(&analysis.columns).find_map(|(header, look)| {
        look.first_text.as_ref().filter(|_| is_metric(header)).map(|(line, text)| (header, line, text))
    });
    if let Some((header, line, text)) = texts {
        return format!(
            "Column {header:?} is named like a metric, but its cells are no numbers: line {line} holds {text:?}. Export the \
             file with plain figures."
        );
    }
    let shown: Vec<&str> = headers().take(8).collect();
    format!(
        "This file holds no advertising metrics by day, nor others: none of its columns ({}) is known as impressions, \
         clicks, spend, sessions, opens or the like. If one of them is, say so in the mapping.",
        shown.join(", ")
    )
}

/// `day` or `month`, where a header names one and no more than the metric beside it: `Jan 2026`, `Clicks March`.
fn of_period(header: &str) -> Option<&'static str> {
    let period = |text: &str| match dates::parse(text, None) {
        DateCell::Ambiguous | DateCell::DayMonth(..) => Some("day"),
        DateCell::Days(days, _) => Some(if days.len() == 1 { "day" } else { "period" }),
        DateCell::MonthOnly(_) => Some("month"),
        _ => None,
    };
    let behind_metric = || {
        let mut cuts = header.match_indices(' ').map(|(at, _)| header.split_at(at));
        cuts.find_map(|(metric, rest)| period(rest).filter(|_| is_metric(metric)))
    };
    period(header).or_else(behind_metric)
}

fn is_metric(header: &str) -> bool {
    lexicon::guess(header).is_some_and(|g| matches!(g.role, ColumnRole::Metric { .. }))
}

/// Whether a header names a metric behind a period: `7/1/26 - 7/31/26 Clicks`.
fn is_of_period(header: &str) -> bool {
    let is_period = |text: &str| matches!(dates::parse(text, None), DateCell::Days(..) | DateCell::Ambiguous);
    header.rsplit_once(' ').is_some_and(|(period, metric)| is_metric(metric) && is_period(period))
}
