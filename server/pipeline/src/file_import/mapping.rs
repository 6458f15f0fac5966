//! From what a file looks like to what its columns mean.

mod settle;

use super::analyse::Analysis;
use super::lexicon;
use chrono::{Datelike, NaiveDate};
use metrics::{Family, Metric};
use model::imports::{ColumnMapping, ColumnRole, Mapping, PeriodPlacement};
use std::collections::{BTreeSet, HashMap};

/// The best guess. `today` helps to place months without a year in the past.
pub fn guess(analysis: &Analysis, file_name: &str, today: NaiveDate) -> Mapping {
    let mut guesses: Vec<Option<lexicon::Guess>> = analysis
        .headers
        .iter()
        .zip(&analysis.columns)
        .map(|(header, look)| lexicon::guess(header).and_then(|g| settle::checked(g, look)))
        .collect();
    let of_headers = lexicon::platform_of_headers(&analysis.headers);
    settle::platform(&mut guesses, of_headers);
    settle::dates(&mut guesses, analysis);
    settle::currency(&mut guesses, &analysis.columns);
    settle::title(&mut guesses, analysis);
    settle::web(&mut guesses, analysis);
    settle::records(&mut guesses, &analysis.headers);
    settle::posts(&mut guesses, &analysis.headers);
    settle::best(&mut guesses);
    settle::unpaired_end(&mut guesses, &analysis.headers);
    let named = of_headers.or_else(|| named_platform(analysis, file_name));
    // Tables under titles are written by Meta's Business Suite, which leaves the platform out where there is only one.
    let of_tables = analysis.tables.first().map(|table| table.platform.or(named).unwrap_or("facebook"));
    let (platform, family) = settle::family(&mut guesses, of_tables.or(named));
    settle::messages(&mut guesses, analysis, family);
    let is_ads = family == Family::Ads;
    let has = |metric: &str, guesses: &[Option<lexicon::Guess>]| {
        guesses.iter().flatten().any(|g| matches!(&g.role, ColumnRole::Metric { metric: m } if m == metric))
    };
    // Beside revenue, sales are counted.
    if is_ads && has("revenue", &guesses) && !has("conversions", &guesses) {
        for (guess, header) in guesses.iter_mut().zip(&analysis.headers) {
            if let Some(guess) = guess.as_mut().filter(|_| header.eq_ignore_ascii_case("sales")) {
                guess.role = ColumnRole::Metric { metric: "conversions".into() };
            }
        }
    }
    // A file that knows only revenue means the value of its conversions by it.
    if is_ads && has("revenue", &guesses) && !has("conversion_value", &guesses) {
        for guess in guesses.iter_mut().flatten() {
            if matches!(&guess.role, ColumnRole::Metric { metric } if metric == "revenue") {
                guess.role = ColumnRole::Metric { metric: "conversion_value".into() };
            }
        }
    }
    let currency = currency(analysis, &guesses, file_name);
    settle::other_currency(&mut guesses, currency.as_deref());
    let columns: Vec<ColumnMapping> = analysis
        .headers
        .iter()
        .zip(guesses)
        .map(|(header, guess)| ColumnMapping {
            header: header.clone(),
            role: guess.map_or(ColumnRole::Ignore, |g| g.role),
        })
        .collect();
    let has_dates = columns.iter().any(|c| {
        matches!(c.role, ColumnRole::Date | ColumnRole::Month | ColumnRole::DayOfMonth | ColumnRole::Year)
    });
    Mapping {
        format: analysis.format.clone(),
        columns,
        platform: platform.to_owned(),
        account: account_name(file_name),
        currency,
        period: analysis.title_period.filter(|_| !has_dates),
        year: None,
        placement: PeriodPlacement::default(),
    }
    .with_year_guess(analysis, today)
}

/// The platform that the file's name or its title speaks of.
pub fn named_platform(analysis: &Analysis, file_name: &str) -> Option<&'static str> {
    lexicon::platform(&words(file_name)).or_else(|| lexicon::platform(&analysis.title))
}

trait YearGuess {
    fn with_year_guess(self, analysis: &Analysis, today: NaiveDate) -> Self;
}

impl YearGuess for Mapping {
    /// Nothing is decided here (the person is asked), unless a title line names the year.
    fn with_year_guess(mut self, analysis: &Analysis, _today: NaiveDate) -> Self {
        if needs_year(&self, analysis) {
            self.year = analysis.title_period.map(|p| p.from().year());
        }
        self
    }
}

/// Whether months, or days of months, come without a year.
pub fn needs_year(mapping: &Mapping, analysis: &Analysis) -> bool {
    let has = |wanted: &ColumnRole| mapping.columns.iter().any(|c| c.role == *wanted);
    let mut columns = mapping.columns.iter().zip(&analysis.columns);
    let lacks_year = columns.any(|(c, look)| {
        let has_years = lexicon::names_months(&c.header) && look.is_short_months();
        c.role == ColumnRole::Date && look.is_day_months() && !has_years
    });
    let has_month = lacks_year || has(&ColumnRole::Month) && !has(&ColumnRole::Date);
    has_month && !has(&ColumnRole::Year)
}

/// The latest year for the first month such that no month lies in the future.
pub fn suggest_year(month_order: &[u32], today: NaiveDate) -> Option<i32> {
    let first = *month_order.first()?;
    (0..4).map(|back| today.year() - back).find(|year| {
        years_of_months(month_order, *year)
            .iter()
            .all(|(month, y)| (*y, *month) <= (today.year(), today.month()))
            && *year >= today.year() - 3
            && first > 0
    })
}

/// The year of each month, when the first one to appear lies in `year`: a file that goes September, …, December,
/// January passes into the next year; one that goes January, December, … passes back.
pub fn years_of_months(month_order: &[u32], year: i32) -> HashMap<u32, i32> {
    let steps = month_order.windows(2).map(|w| (w[1] + 12 - w[0]) % 12);
    let ascending = steps.clone().filter(|s| *s <= 5).count();
    let is_ascending = ascending * 2 >= steps.count();
    let mut years = HashMap::new();
    let mut current = year;
    let mut last: Option<u32> = None;
    for month in month_order {
        match last {
            Some(last) if is_ascending && *month < last => current += 1,
            Some(last) if !is_ascending && *month > last => current -= 1,
            _ => {}
        }
        years.insert(*month, current);
        last = Some(*month);
    }
    years
}

/// `KAG_conversion_data.csv` → `KAG conversion data csv`, so that its words are found.
fn words(file_name: &str) -> String {
    file_name.replace(['_', '.'], " ")
}

fn currency(analysis: &Analysis, guesses: &[Option<lexicon::Guess>], file_name: &str) -> Option<String> {
    if guesses.iter().flatten().any(|g| g.role == ColumnRole::Currency) {
        return None;
    }
    let named = guesses.iter().flatten().find_map(|g| g.currency.clone());
    if named.is_none() && symbols_of_money(analysis, guesses).len() > 1 {
        // Each row says its own.
        return None;
    }
    let symbols = || {
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for (code, count) in analysis.columns.iter().flat_map(|c| &c.currencies) {
            *counts.entry(code).or_default() += count;
        }
        counts.into_iter().max_by_key(|(code, count)| (*count, *code)).map(|(code, _)| code.to_owned())
    };
    let in_text = || {
        let text = format!("{} {}", file_name, analysis.title).to_lowercase();
        let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphabetic()).collect();
        ["eur", "usd", "gbp", "inr", "jpy", "chf", "sek", "pln", "brl", "cad", "aud"]
            .into_iter()
            .find(|code| words.contains(code))
            .map(str::to_uppercase)
    };
    named.or_else(symbols).or_else(in_text)
}

/// The currencies that stand beside the amounts of the columns that are loaded.
fn symbols_of_money(analysis: &Analysis, guesses: &[Option<lexicon::Guess>]) -> BTreeSet<&'static str> {
    let is_money = |guess: &lexicon::Guess| {
        matches!(&guess.role, ColumnRole::Metric { metric }
            if Metric::from_name(metric).is_some_and(Metric::is_money))
    };
    let columns = analysis.columns.iter().zip(guesses);
    let money = columns.filter(|(_, guess)| guess.as_ref().is_some_and(is_money));
    money.flat_map(|(look, _)| look.currencies.keys().copied()).collect()
}

/// The file's name without its ending, for people.
fn account_name(file_name: &str) -> String {
    let base = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    let name: String = stem.chars().take(80).collect();
    if name.trim().is_empty() { "File".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_pass_into_the_next_year_and_back() {
        let years = |order: &[u32], year| {
            let years = years_of_months(order, year);
            order.iter().map(|m| years[m]).collect::<Vec<_>>()
        };
        assert_eq!(years(&[9, 10, 11, 12, 1, 2], 2025), [2025, 2025, 2025, 2025, 2026, 2026]);
        assert_eq!(years(&[2, 1, 12, 11], 2026), [2026, 2026, 2025, 2025]);
        assert_eq!(years(&[4, 5, 6], 2020), [2020; 3]);
    }

    #[test]
    fn the_suggested_year_keeps_all_months_in_the_past() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        assert_eq!(suggest_year(&[9, 10, 11, 12, 1, 2], today), Some(2025));
        assert_eq!(suggest_year(&[4, 5, 6], today), Some(2026));
        assert_eq!(suggest_year(&[12], today), Some(2025));
    }
}
