//! What a preview tells beside its figures.

use super::families::{metrics_of, of_mapping};
use super::lexicon;
use super::load::makes_totals;
use super::preview::Prepared;
use metrics::{Class, Metric, Unit};
use model::imports::{ColumnMapping, ColumnRole, LineKind, Mapping, PeriodPlacement};

/// `1 row is`, `3 rows are`.
fn counted(count: u64, thing: &str, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {thing} {one}") } else { format!("{count} {thing}s {many}") }
}

/// What is worth knowing before the file is loaded.
pub fn notes(prepared: &Prepared) -> Vec<String> {
    let (mapping, scan) = (&prepared.mapping, &prepared.scan);
    let mut notes = Vec::new();
    let mut note = |text: String| notes.push(text);
    if scan.other_encoding_lines > 0 && mapping.format.encoding == "utf-8" {
        note(format!("{} lines are not UTF-8 and were read as Windows-1252.", scan.other_encoding_lines));
    }
    if let Some((line, text)) = &scan.first_total {
        let first = if scan.total_rows > 1 { "; the first is" } else { ":" };
        let text = if text.is_empty() { String::new() } else { format!(" ({text})") };
        note(format!(
            "{} left out, so that nothing counts twice{first} line {line}{text}.",
            counted(scan.total_rows, "totals row", "is", "are")
        ));
    }
    if scan.repeated_rows > 0 {
        note(format!(
            "{} the keys of another row; their values are added up.",
            counted(scan.repeated_rows, "row", "repeats", "repeat")
        ));
    }
    let lone =
        metrics_of(mapping).into_iter().filter(|m| m.class() != Class::Additive && scan.repeated_rows > 0);
    for metric in lone {
        note(format!(
            "{} can't be added up: rows that repeat the keys of another leave it open.",
            metric.label()
        ));
    }
    for column in mapping.columns.iter().filter(|c| is_in_micros(c)) {
        note(format!("{} is in millionths: its values are divided by 1,000,000.", column.header));
    }
    for (line, header) in &scan.other_tables {
        note(format!("Another table with other columns begins in line {line} ({header}); it is left out."));
    }
    tables(prepared, &mut note);
    twins(mapping, &mut note);
    unread(prepared, &mut note);
    foreign(mapping, &mut note);
    rates(prepared, &mut note);
    breakdowns(mapping, scan.has_hours, &mut note);
    let metrics = metrics_of(mapping);
    for metric in metrics.iter().filter(|_| scan.period_rows > 0) {
        match metric.class() {
            Class::WeightedBy(weight) if metrics.contains(&weight) => {
                note(format!(
                    "{} can't be spread over days: it stands on each day as it is.",
                    metric.label()
                ));
            }
            Class::Level if metric.unit() != Unit::MoneyPerDay => note(format!(
                "{} can't be spread over days: it stands on the last day of rows that cover several.",
                metric.label()
            )),
            Class::Additive => {}
            _ => note(format!(
                "{} can't be spread over days and is left out of rows that cover several.",
                metric.label()
            )),
        }
    }
    if scan.period_rows > 0 {
        let rows = counted(scan.period_rows, "row", "covers", "cover");
        note(match mapping.placement {
            PeriodPlacement::Spread => {
                format!("{rows} more than one day; the values are spread evenly over the days.")
            }
            PeriodPlacement::FirstDay => {
                format!("{rows} more than one day; the values are booked on the first day.")
            }
        });
    }
    let rejected_first = scan.rejected.iter().find(|l| l.kind == LineKind::Rejected);
    if let Some(line) = rejected_first.filter(|_| scan.rejected_rows > 0) {
        let why = line.reason.clone().unwrap_or_default();
        note(format!(
            "{} left out as unreadable; the first is line {}: {why}.",
            counted(scan.rejected_rows, "row", "is", "are"),
            line.number
        ));
    }
    notes
}

fn is_in_micros(column: &ColumnMapping) -> bool {
    let ColumnRole::Metric { metric } = &column.role else { return false };
    Metric::from_name(metric).is_some_and(Metric::is_money) && lexicon::is_in_micros(&column.header)
}

/// Tables below titles that can't be loaded with the others.
fn tables(prepared: &Prepared, note: &mut impl FnMut(String)) {
    let family = of_mapping(&prepared.mapping);
    for table in &prepared.analysis.tables {
        let place = format!("The table {:?} in line {}", table.title, table.line);
        let is_foreign = |m: Metric| family.is_some_and(|family| !m.families().contains(&family));
        match table.metric {
            _ if !table.is_alike => {
                note(format!("{place} has other columns than the first one; it is left out."));
            }
            None => note(format!("{place} is left out: its title names no known metric.")),
            Some(metric) if is_foreign(metric) => {
                note(format!("{place} is left out: {} is a figure of another kind.", metric.label()));
            }
            Some(_) => {}
        }
    }
}

/// Columns of one name, of which only one is loaded.
fn twins(mapping: &Mapping, note: &mut impl FnMut(String)) {
    for (at, column) in mapping.columns.iter().enumerate() {
        let is_metric = matches!(column.role, ColumnRole::Metric { .. });
        let mut others = mapping.columns.iter().enumerate();
        let is_twin = |other: &ColumnMapping| {
            other.role == ColumnRole::Ignore && other.header.eq_ignore_ascii_case(&column.header)
        };
        if is_metric && others.any(|(other, column)| other != at && is_twin(column)) {
            note(format!(
                "Several columns are named {:?}: only column {} is loaded. If the figures of the others belong to it, add them \
                 up in the file; if they are another platform's, import them by themselves.",
                column.header,
                at + 1
            ));
        }
    }
}

/// Columns whose names say more than their cells.
fn unread(prepared: &Prepared, note: &mut impl FnMut(String)) {
    let mapping = &prepared.mapping;
    let has_days = mapping.columns.iter().any(|c| {
        matches!(c.role, ColumnRole::Date | ColumnRole::Month | ColumnRole::DayOfMonth | ColumnRole::Year)
    });
    for (column, look) in mapping.columns.iter().zip(&prepared.analysis.columns) {
        let Some((line, text)) = look.first_text.as_ref().filter(|_| column.role == ColumnRole::Ignore)
        else {
            continue;
        };
        let Some(guess) = lexicon::guess(&column.header) else { continue };
        let is_loaded = mapping.columns.iter().any(|other| other.role == guess.role);
        let header = &column.header;
        match guess.role {
            ColumnRole::Metric { .. } if !is_loaded && !look.is_numbers() && !look.is_percents() => {
                note(format!(
                    "Left out, because its cells are no plain numbers: {header}, which holds {text:?} in line {line}."
                ));
            }
            ColumnRole::Date | ColumnRole::Month if !has_days => {
                note(format!(
                    "{header} is named like a date, but {text:?} in line {line} can't be read as one; it is left out."
                ));
            }
            _ => {}
        }
    }
    let of_currency = |column: &&ColumnMapping| {
        let named = lexicon::guess(&column.header).and_then(|guess| guess.currency);
        let is_foreign = named.zip(mapping.currency.as_ref()).is_some_and(|(named, file)| named != *file);
        column.role == ColumnRole::Ignore && is_foreign
    };
    let others: Vec<&str> = mapping.columns.iter().filter(of_currency).map(|c| c.header.as_str()).collect();
    if let (false, Some(currency)) = (others.is_empty(), &mapping.currency) {
        note(format!(
            "Left out, because the file's money is in {currency} and a row has one currency: {}.",
            others.join(", ")
        ));
    }
}

/// Columns of figures that do not belong to the file's kind.
fn foreign(mapping: &Mapping, note: &mut impl FnMut(String)) {
    let Some(family) = of_mapping(mapping).filter(|_| !metrics_of(mapping).is_empty()) else { return };
    let columns: Vec<&str> = mapping
        .columns
        .iter()
        .filter(|column| column.role == ColumnRole::Ignore)
        .filter(|column| {
            let guess = lexicon::guess(&column.header).map(|g| g.role);
            matches!(guess, Some(ColumnRole::Metric { metric })
                if Metric::from_name(&metric).is_some_and(|m| !m.families().contains(&family)))
        })
        .map(|column| column.header.as_str())
        .collect();
    if columns.is_empty() {
        return;
    }
    note(format!(
        "Left out, because figures of {} hold nothing like it: {}. To load them instead, say in the mapping what the columns \
         mean.",
        family.label(),
        columns.join(", ")
    ));
}

/// Columns that are named like counts and hold shares.
fn rates(prepared: &Prepared, note: &mut impl FnMut(String)) {
    let columns = prepared.mapping.columns.iter().zip(&prepared.analysis.columns);
    let shares: Vec<&str> = columns
        .filter(|(column, look)| {
            let guess = lexicon::guess(&column.header).map(|g| g.role);
            column.role == ColumnRole::Ignore
                && look.is_percents()
                && matches!(guess, Some(ColumnRole::Metric { .. }))
        })
        .map(|(column, _)| column.header.as_str())
        .collect();
    if !shares.is_empty() {
        note(format!("Left out, because percentages can't be added up: {}.", shares.join(", ")));
    }
}

/// What rows that are split can't say of the whole.
fn breakdowns(mapping: &Mapping, has_hours: bool, note: &mut impl FnMut(String)) {
    let mut dimensions: Vec<String> = mapping
        .columns
        .iter()
        .filter_map(|column| match &column.role {
            ColumnRole::Breakdown { dimension } => Some(dimension.clone()),
            _ => None,
        })
        .collect();
    let is_ads = of_mapping(mapping).is_none_or(|family| family == metrics::Family::Ads);
    if is_ads || dimensions.is_empty() && !has_hours {
        return;
    }
    if !makes_totals(&dimensions) {
        note(
            "Rows by search query make no totals: the vendor hides rare queries, so that they add up to less than the whole."
                .to_owned(),
        );
        return;
    }
    if has_hours {
        dimensions.push("hour".into());
    }
    let metrics = metrics_of(mapping);
    let lone = metrics.iter().filter(|metric| match metric.class() {
        Class::Additive => false,
        Class::WeightedBy(weight) => !metrics.contains(&weight),
        Class::NonAdditive | Class::Level => true,
    });
    for metric in lone {
        let by = dimensions.join(", ").replace('_', " ");
        note(format!(
            "{} can't be added up: the rows by {by} keep it, and no total of the account is made of it.",
            metric.label()
        ));
    }
}
