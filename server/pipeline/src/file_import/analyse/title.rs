//! The lines above the header.

use crate::file_import::dates::{self, DateCell, OrderVotes};
use crate::file_import::numbers;
use model::DayRange;
use model::imports::DateOrder;

/// The fields of a title, as the line was before it was cut at its commas.
pub(super) fn title_line(fields: &[String]) -> String {
    let filled: Vec<&str> = fields.iter().map(|f| numbers::trim(f)).filter(|f| !f.is_empty()).collect();
    filled.join(", ")
}

/// Words before the first day of a period.
const START_WORDS: &[&str] = &[
    "start",
    "from",
    "since",
    "begin",
    "von",
    "beginn",
    "startdatum",
    "anfangsdatum",
    "début",
    "du",
    "inicio",
    "desde",
    "início",
    "inizio",
    "begindatum",
    "startdato",
    "początkowa",
    "rozpoczęcia",
    "начала",
    "開始日",
    "开始日期",
    "시작일",
];

/// Words before the last day of a period.
const END_WORDS: &[&str] = &[
    "end",
    "to",
    "until",
    "bis",
    "ende",
    "enddatum",
    "fin",
    "au",
    "finalización",
    "hasta",
    "término",
    "fim",
    "final",
    "fine",
    "einddatum",
    "slutdatum",
    "slutdato",
    "końcowa",
    "zakończenia",
    "окончания",
    "終了日",
    "结束日期",
    "종료일",
];

/// What stands between a period and the one that it is compared with.
const COMPARED: &[&str] = &[
    " compared to ",
    " compared with ",
    " vs. ",
    " vs ",
    " im vergleich zu ",
    " verglichen mit ",
    " par rapport à ",
    " comparé à ",
    " en comparación con ",
    " comparado con ",
    " rispetto a ",
    " em comparação com ",
];

/// What a line says before and behind its colon; a comparison without what it compares with.
fn label_and_value(line: &str) -> (&str, &str) {
    let text = line.trim_start_matches(['#', ' ']).trim_matches(['"', ',', ';', ' ', '\t']);
    // Lengths hold only where lower case is as long.
    let lower = text.to_lowercase();
    let end = COMPARED.iter().filter_map(|word| lower.find(word)).min();
    let text = end.filter(|_| lower.len() == text.len()).and_then(|end| text.get(..end)).unwrap_or(text);
    text.split_once(": ").unwrap_or(("", text))
}

/// The order that the days above the header prove: `Last completed day: 11/20/2026` tells that the month comes first,
/// also in `6/1/2026`.
pub(super) fn title_order(lines: &[String]) -> Option<DateOrder> {
    let mut votes = OrderVotes::default();
    lines.iter().for_each(|line| votes.add(label_and_value(line).1));
    let is_proved = votes.day_first + votes.month_first > 0;
    if is_proved { votes.winner() } else { None }
}

/// The period at the end of a line: `Campaigns report 6/1/2026 - 6/30/2026`.
fn period_at_end(text: &str, order: Option<DateOrder>) -> Option<DayRange> {
    text.match_indices(' ').find_map(|(at, _)| dates::period(text.get(at + 1..)?, order))
}

/// The period that the lines above the header name: `July 8, 2025 - July 31, 2025`, `Start date: 20230708` with
/// `End date: …`. A lone day counts only where it is said to be the period: `Downloaded on: …` is none.
pub(super) fn title_period(lines: &[String], order: Option<DateOrder>) -> Option<DayRange> {
    let as_days = |text: &str| match dates::parse(text, order) {
        DateCell::Days(days, _) => Some(days),
        _ => None,
    };
    let (mut first, mut last, mut alone) = (None, None, None);
    for line in lines {
        let (label, value) = label_and_value(line);
        let Some(days) = as_days(value).or_else(|| period_at_end(value, order)) else { continue };
        if days.len() > 1 {
            return Some(days);
        }
        let label = label.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| label.split_whitespace().any(|w| w == *word));
        if says(START_WORDS) {
            first = Some(days);
        } else if says(END_WORDS) {
            last = Some(days);
        } else if label.is_empty()
            || says(&["date", "day", "period", "range", "zeitraum", "période", "período"])
        {
            alone = Some(days);
        }
    }
    match (first, last) {
        (Some(first), Some(last)) => DayRange::new(first.from(), last.until()).ok(),
        _ => alone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_lines_name_the_period() {
        let period = |lines: &[&str]| {
            let lines: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
            title_period(&lines, title_order(&lines)).map(|p| format!("{}..{}", p.from(), p.until()))
        };
        let july = Some("2026-07-01..2026-07-31".to_owned());
        assert_eq!(period(&["Campaign report", "July 1, 2026 - July 31, 2026"]), july);
        assert_eq!(period(&["# Start date: 20260701", "# End date: 20260731"]), july);
        let linkedin = [
            "Campaign Performance Report (in UTC)",
            "Report Start: July 1, 2026, 12:00 AM",
            "Report End: July 31, 2026, 11:59 PM",
            "Date Generated: August 3, 2026, 7:12 AM",
        ];
        assert_eq!(period(&linkedin), july);
        assert_eq!(period(&["Report Time: 7/1/2026,7/31/2026", "Rows: 60"]), july);
        assert_eq!(period(&["1. Juli 2026 – 31. Juli 2026"]), july);
        assert_eq!(period(&["# Free form 1", "# 20260701-20260731"]), july);
        assert_eq!(period(&["# Startdatum: 20260701", "# Enddatum: 20260731"]), july);
        assert_eq!(period(&["# Date de début: 20260701", "# Date de fin: 20260731"]), july);
        assert_eq!(period(&["# Fecha de inicio: 20260701", "# Fecha de finalización: 20260731"]), july);
        assert_eq!(period(&["Downloaded on: August 3, 2026"]), None);
        assert_eq!(period(&["July 8, 2026"]), Some("2026-07-08..2026-07-08".to_owned()));
        assert_eq!(period(&["Campaigns report 7/1/2026 - 7/31/2026"]), july);
        assert_eq!(period(&["Bericht vom 1. Juli 2026 bis 31. Juli 2026"]), july);
        assert_eq!(period(&["July 1, 2026 - July 31, 2026 compared to June 1, 2026 - June 30, 2026"]), july);
        assert_eq!(period(&["Campaigns of July 8, 2026"]), None);
    }

    #[test]
    fn one_day_of_the_title_proves_the_order_of_the_others() {
        let lines = |lines: &[&str]| lines.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>();
        let american = lines(&["Report Time: 6/1/2026,6/9/2026", "Last day: 11/20/2026 11:59:00 PM (GMT)"]);
        assert_eq!(title_order(&american), Some(DateOrder::MonthDayYear));
        let period = title_period(&american, title_order(&american)).unwrap();
        assert_eq!((period.from().to_string(), period.len()), ("2026-06-01".into(), 9));
        assert_eq!(title_order(&american[..1]), None);
        assert_eq!(title_order(&lines(&["Zeitraum: 01.06.2026"])), None);
    }
}
