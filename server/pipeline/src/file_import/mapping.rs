//! From what a file looks like to what its columns mean.

use super::analyse::{Analysis, ColumnLook};
use super::{families, lexicon};
use chrono::{Datelike, NaiveDate};
use metrics::{Family, Metric};
use model::imports::{ColumnMapping, ColumnRole, Mapping, PeriodPlacement};
use std::collections::HashMap;

/// The best guess. `today` helps to place months without a year in the past.
pub fn guess(analysis: &Analysis, file_name: &str, today: NaiveDate) -> Mapping {
    let mut guesses: Vec<Option<lexicon::Guess>> = analysis
        .headers
        .iter()
        .zip(&analysis.columns)
        .map(|(header, look)| lexicon::guess(header).and_then(|g| checked(g, look)))
        .collect();
    let of_headers = lexicon::platform_of_headers(&analysis.headers);
    settle_platform(&mut guesses, of_headers);
    settle_dates(&mut guesses, &analysis.columns);
    settle_currency(&mut guesses, &analysis.columns);
    settle_title(&mut guesses, analysis);
    settle_web(&mut guesses, analysis);
    keep_best(&mut guesses);
    drop_unpaired_end(&mut guesses, &analysis.headers);
    let named = of_headers
        .or_else(|| lexicon::platform(&words(file_name)))
        .or_else(|| lexicon::platform(&analysis.title));
    let named = analysis.tables.first().and_then(|table| table.platform).or(named);
    let (platform, family) = settle_family(&mut guesses, named);
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

trait YearGuess {
    fn with_year_guess(self, analysis: &Analysis, today: NaiveDate) -> Self;
}

impl YearGuess for Mapping {
    /// Nothing is decided here (the person is asked), unless a title line names the year.
    fn with_year_guess(mut self, analysis: &Analysis, _today: NaiveDate) -> Self {
        if needs_year(&self) {
            self.year = analysis.title_period.map(|p| p.from().year());
        }
        self
    }
}

/// Whether months come without a year.
pub fn needs_year(mapping: &Mapping) -> bool {
    let has = |wanted: &ColumnRole| mapping.columns.iter().any(|c| c.role == *wanted);
    has(&ColumnRole::Month) && !has(&ColumnRole::Year) && !has(&ColumnRole::Date)
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

/// Drops a guess that the cells contradict.
fn checked(guess: lexicon::Guess, look: &ColumnLook) -> Option<lexicon::Guess> {
    match &guess.role {
        ColumnRole::Metric { .. } => (look.filled == 0 || look.is_numbers()).then_some(guess),
        _ => Some(guess),
    }
}

/// The platform and the family of a file; metrics that the family does not hold are left out.
fn settle_family(
    guesses: &mut [Option<lexicon::Guess>],
    named: Option<&'static str>,
) -> (&'static str, Family) {
    let roles: Vec<&ColumnRole> = guesses.iter().flatten().map(|g| &g.role).collect();
    let metrics = families::metrics_among(roles.iter().copied());
    let family = families::most_likely(&metrics, &roles, named.unwrap_or("file")).unwrap_or_default();
    for guess in guesses.iter_mut() {
        let is_foreign = guess.as_ref().is_some_and(|g| {
            matches!(&g.role, ColumnRole::Metric { metric }
                if Metric::from_name(metric).is_none_or(|m| !m.families().contains(&family)))
        });
        if is_foreign {
            *guess = None;
        }
    }
    // `Google` alone does not say which of its services.
    let platform = match (family, named) {
        (Family::Search, None | Some("google_ads")) if metrics.contains(&Metric::Position) => {
            "search_console"
        }
        (Family::Web, Some("google_ads")) => "ga4",
        (_, named) => named.unwrap_or("file"),
    };
    (platform, family)
}

/// The column whose metric the table's title says.
fn settle_title(guesses: &mut [Option<lexicon::Guess>], analysis: &Analysis) {
    let Some(metric) = analysis.tables.iter().find_map(|table| table.metric) else { return };
    let untold =
        guesses.iter().zip(&analysis.columns).position(|(guess, look)| guess.is_none() && look.is_numbers());
    if let Some(at) = untold {
        let role = ColumnRole::Metric { metric: metric.name().into() };
        guesses[at] = Some(lexicon::Guess { role, rank: 9, currency: None });
    }
}

/// Among figures of web analytics, views are those of pages, a channel is no platform, and columns of texts split the
/// figures.
fn settle_web(guesses: &mut [Option<lexicon::Guess>], analysis: &Analysis) {
    let roles = guesses.iter().flatten().map(|g| &g.role);
    let is_web = families::metrics_among(roles).iter().any(|m| m.families() == [Family::Web]);
    if !is_web {
        return;
    }
    let first_metric = guesses
        .iter()
        .position(|g| g.as_ref().is_some_and(|g| matches!(g.role, ColumnRole::Metric { .. })))
        .unwrap_or(0);
    for (at, (guess, header)) in guesses.iter_mut().zip(&analysis.headers).enumerate() {
        let (bare, _) = lexicon::normalise(header);
        if let Some(role) = lexicon::of_web(&bare) {
            *guess = Some(lexicon::Guess { role, rank: 8, currency: None });
            continue;
        }
        let look = &analysis.columns[at];
        let is_texts = look.filled > 0 && !look.is_numbers() && !look.is_dates();
        if guess.is_none() && at < first_metric && is_texts && !lexicon::is_derived(header) {
            let role = ColumnRole::Breakdown { dimension: super::rows::slug(&bare) };
            *guess = Some(lexicon::Guess { role, rank: 3, currency: None });
        }
    }
}

/// Which of the date columns is which, seen from their cells.
fn settle_dates(guesses: &mut [Option<lexicon::Guess>], columns: &[ColumnLook]) {
    let months_at = columns.iter().position(|c| c.months > 0 && c.months * 10 >= c.filled * 7);
    for (index, look) in columns.iter().enumerate() {
        let role = guesses[index].as_ref().map(|g| g.role.clone());
        let replaced = match role {
            Some(ColumnRole::Date) if look.is_days_of_month() && months_at.is_some() => {
                Some(ColumnRole::DayOfMonth)
            }
            Some(ColumnRole::Date | ColumnRole::Month) if look.is_dates() => Some(ColumnRole::Date),
            Some(ColumnRole::Date | ColumnRole::Month) if months_at == Some(index) => Some(ColumnRole::Month),
            Some(ColumnRole::Month) if look.is_numbers() => Some(ColumnRole::Month),
            // A few bad dates do not make it another column.
            Some(ColumnRole::Date) if look.dates * 2 > look.filled => Some(ColumnRole::Date),
            // A period column that is something else after all (`Channel`-like texts).
            Some(ColumnRole::Date) if look.filled > 0 => None,
            None if months_at == Some(index) => Some(ColumnRole::Month),
            None if look.is_dates() && !look.is_numbers() => Some(ColumnRole::Date),
            other => other,
        };
        guesses[index] = replaced.map(|role| {
            let rank = guesses[index].as_ref().map_or(3, |g| g.rank);
            lexicon::Guess { role, rank, currency: guesses[index].as_ref().and_then(|g| g.currency.clone()) }
        });
    }
}

/// A column of currency codes is one, however it is called.
fn settle_currency(guesses: &mut [Option<lexicon::Guess>], columns: &[ColumnLook]) {
    if guesses.iter().flatten().any(|g| g.role == ColumnRole::Currency) {
        return;
    }
    if let Some(index) = columns.iter().position(ColumnLook::is_currencies) {
        guesses[index] = Some(lexicon::Guess { role: ColumnRole::Currency, rank: 3, currency: None });
    }
}

/// In an export of one vendor, a platform column says where on it the ad was shown (Facebook, Instagram).
fn settle_platform(guesses: &mut [Option<lexicon::Guess>], of_headers: Option<&str>) {
    if of_headers.is_none() {
        return;
    }
    for guess in guesses.iter_mut().flatten().filter(|g| g.role == ColumnRole::Platform) {
        guess.role = ColumnRole::Breakdown { dimension: "placement".into() };
    }
}

/// `End date` beside `Start date` is the end of the row's period; beside `Day` it is that of the campaign.
fn drop_unpaired_end(guesses: &mut [Option<lexicon::Guess>], headers: &[String]) {
    let is_start = |header: &str| {
        let (text, _) = lexicon::normalise(header);
        ["start", "début", "inicio", "from", "begin"].iter().any(|word| text.contains(word))
    };
    let has_start = guesses
        .iter()
        .zip(headers)
        .any(|(g, header)| g.as_ref().is_some_and(|g| g.role == ColumnRole::Date) && is_start(header));
    if has_start {
        return;
    }
    for guess in guesses.iter_mut() {
        if guess.as_ref().is_some_and(|g| g.role == ColumnRole::DateUntil) {
            *guess = None;
        }
    }
}

/// `KAG_conversion_data.csv` → `KAG conversion data csv`, so that its words are found.
fn words(file_name: &str) -> String {
    file_name.replace(['_', '.'], " ")
}

/// Two columns can't have one role: the higher rank keeps it, of equals the first. Breakdowns may be many.
fn keep_best(guesses: &mut [Option<lexicon::Guess>]) {
    for index in 0..guesses.len() {
        let Some(guess) = guesses[index].clone() else { continue };
        let is_beaten = guesses.iter().enumerate().any(|(other, g)| {
            g.as_ref().is_some_and(|g| {
                other != index
                    && g.role == guess.role
                    && (g.rank > guess.rank || g.rank == guess.rank && other < index)
            })
        });
        if is_beaten {
            guesses[index] = None;
        }
    }
}

fn currency(analysis: &Analysis, guesses: &[Option<lexicon::Guess>], file_name: &str) -> Option<String> {
    if guesses.iter().flatten().any(|g| g.role == ColumnRole::Currency) {
        return None;
    }
    let named = guesses.iter().flatten().find_map(|g| g.currency.clone());
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
