//! How the file is read, and what is assumed for rows that do not say it themselves.

use crate::pages::choices::currencies;
use crate::ui::{SelectField, TextField};
use leptos::prelude::*;
use model::imports::{DateOrder, Delimiter, ImportPreview, Mapping, NumberFormat, PeriodPlacement};

const ENCODINGS: [(&str, &str); 6] = [
    ("utf-8", "UTF-8"),
    ("utf-16le", "UTF-16, little endian"),
    ("utf-16be", "UTF-16, big endian"),
    ("windows-1252", "Western (Windows-1252)"),
    ("iso-8859-2", "Central European (ISO 8859-2)"),
    ("shift_jis", "Japanese (Shift JIS)"),
];
const DELIMITERS: [(Delimiter, &str, &str); 4] = [
    (Delimiter::Comma, "comma", "Comma"),
    (Delimiter::Semicolon, "semicolon", "Semicolon"),
    (Delimiter::Tab, "tab", "Tab"),
    (Delimiter::Pipe, "pipe", "Vertical bar"),
];
const NUMBERS: [(NumberFormat, &str, &str); 2] =
    [(NumberFormat::PointDecimal, "point", "1,234.56"), (NumberFormat::CommaDecimal, "comma", "1.234,56")];
const DATES: [(Option<DateOrder>, &str, &str); 4] = [
    (None, "", "Not decided"),
    (Some(DateOrder::YearMonthDay), "ymd", "Year, month, day"),
    (Some(DateOrder::DayMonthYear), "dmy", "Day, month, year"),
    (Some(DateOrder::MonthDayYear), "mdy", "Month, day, year"),
];
const PLACEMENTS: [(PeriodPlacement, &str, &str); 2] = [
    (PeriodPlacement::Spread, "spread", "Spread evenly over its days"),
    (PeriodPlacement::FirstDay, "first", "Booked on its first day"),
];

/// A value of a closed set as the text of a select.
fn name_of<T: PartialEq>(all: &[(T, &'static str, &str)], value: &T) -> String {
    all.iter().find(|(each, ..)| each == value).map(|(_, name, _)| (*name).to_owned()).unwrap_or_default()
}

fn from_name<T: Copy>(all: &[(T, &str, &str)], name: &str) -> Option<T> {
    all.iter().find(|(_, each, _)| *each == name).map(|(value, ..)| *value)
}

fn options<T>(all: &[(T, &str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(_, name, label)| ((*name).to_owned(), (*label).to_owned())).collect()
}

/// Ties a field's text to a part of the mapping, in both directions.
fn part(
    mapping: RwSignal<Mapping>,
    read: fn(&Mapping) -> String,
    write: fn(&mut Mapping, &str),
) -> RwSignal<String> {
    let text = RwSignal::new(mapping.with_untracked(read));
    // The mapping changed elsewhere (a question was answered).
    Effect::new(move |_| {
        let now = mapping.with(read);
        if text.get_untracked() != now {
            text.set(now);
        }
    });
    Effect::new(move |before: Option<()>| {
        let typed = text.get();
        if before.is_none() {
            return;
        }
        let mut wanted = mapping.get_untracked();
        write(&mut wanted, &typed);
        if mapping.with_untracked(|present| *present != wanted) {
            mapping.set(wanted);
        }
    });
    text
}

/// Both in one card; how the file is read stays folded while nothing is wrong with it.
#[component]
pub fn Format(
    /// Whether it was understood.
    preview: RwSignal<ImportPreview>,
    /// What is edited.
    mapping: RwSignal<Mapping>,
) -> impl IntoView {
    let encoding = part(mapping, |m| m.format.encoding.clone(), |m, v| v.clone_into(&mut m.format.encoding));
    let delimiter = part(
        mapping,
        |m| name_of(&DELIMITERS, &m.format.delimiter),
        |m, v| m.format.delimiter = from_name(&DELIMITERS, v).unwrap_or(m.format.delimiter),
    );
    let header = part(
        mapping,
        |m| m.format.header_line.to_string(),
        |m, v| {
            m.format.header_line = v.trim().parse().ok().filter(|n| *n > 0).unwrap_or(m.format.header_line);
        },
    );
    let numbers = part(
        mapping,
        |m| name_of(&NUMBERS, &m.format.numbers),
        |m, v| m.format.numbers = from_name(&NUMBERS, v).unwrap_or(m.format.numbers),
    );
    let dates = part(
        mapping,
        |m| name_of(&DATES, &m.format.dates),
        |m, v| m.format.dates = from_name(&DATES, v).unwrap_or(m.format.dates),
    );
    let platform = part(mapping, |m| m.platform.clone(), |m, v| v.clone_into(&mut m.platform));
    let account = part(mapping, |m| m.account.clone(), |m, v| v.clone_into(&mut m.account));
    let currency = part(
        mapping,
        |m| m.currency.clone().unwrap_or_default(),
        |m, v| m.currency = (!v.is_empty()).then(|| v.to_owned()),
    );
    let placement = part(
        mapping,
        |m| name_of(&PLACEMENTS, &m.placement),
        |m, v| m.placement = from_name(&PLACEMENTS, v).unwrap_or(m.placement),
    );
    let present = mapping.get_untracked();
    let mut encodings: Vec<(String, String)> =
        ENCODINGS.iter().map(|(name, label)| ((*name).to_owned(), (*label).to_owned())).collect();
    if !encodings.iter().any(|(name, _)| *name == present.format.encoding) {
        encodings.push((present.format.encoding.clone(), present.format.encoding.clone()));
    }
    let mut platforms: Vec<(String, String)> = metrics::platform::PLATFORMS
        .iter()
        .map(|(slug, name)| ((*slug).to_owned(), (*name).to_owned()))
        .collect();
    if !platforms.iter().any(|(slug, _)| *slug == present.platform) {
        platforms.push((present.platform.clone(), metrics::platform::label(&present.platform)));
    }
    let mut money = vec![(String::new(), "As the file says".to_owned())];
    money.extend(currencies(present.currency.as_deref()));
    let is_odd = preview.with_untracked(|p| p.refusal.is_some() || p.rejected_rows > 0);
    view! {
        <section class="card stack">
            <h2>"Where it goes"</h2>
            <div class="form__pair">
                <SelectField name="platform" label="Platform" value=platform options=platforms/>
                <TextField
                    name="account"
                    label="Account"
                    value=account
                    help="The same account name puts files together."
                />
                <SelectField name="currency" label="Currency of its money" value=currency options=money/>
                <SelectField name="placement" label="A total over several days is" value=placement options=options(&PLACEMENTS)/>
            </div>
            <details open=is_odd>
                <summary>"How the file is read"</summary>
                <div class="form__pair">
                    <SelectField name="encoding" label="Encoding" value=encoding options=encodings/>
                    <SelectField name="delimiter" label="Between fields" value=delimiter options=options(&DELIMITERS)/>
                    <TextField name="header" label="Line of the header" kind="number" value=header/>
                    <SelectField name="numbers" label="Numbers" value=numbers options=options(&NUMBERS)/>
                    <SelectField name="dates" label="Dates" value=dates options=options(&DATES)/>
                </div>
            </details>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_closed_sets_go_both_ways() {
        for (order, name, _) in DATES {
            assert_eq!(from_name(&DATES, name), Some(order));
            assert_eq!(name_of(&DATES, &order), name);
        }
        assert_eq!(from_name(&DELIMITERS, "nonsense"), None);
    }
}
