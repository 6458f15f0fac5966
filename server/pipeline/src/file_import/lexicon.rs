//! What column headers of exports mean.

mod languages;
mod marks;
mod organic;
mod organic_roles;
mod roles;
mod titles;
mod words;

use marks::{DEAL_WORDS, PERSON_WORDS, PLATFORMS, SCOPES, SIGNATURES, Scope, TOTAL_WORDS};
use model::imports::{ColumnRole, EntityLevel};
use roles::ROLES;
use std::collections::HashMap;
use std::sync::LazyLock;
pub use titles::title;
use words::{DERIVED, METRICS};

/// A guess for one header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// What the column means.
    pub role: ColumnRole,
    /// Two columns can claim a role; the higher one gets it.
    pub rank: u8,
    /// A currency that the header names: `Amount spent (EUR)`.
    pub currency: Option<String>,
}

#[derive(Debug, Clone, Copy)]
enum Role {
    Date,
    DateUntil,
    Month,
    Year,
    DayOfMonth,
    Currency,
    Platform,
    Account,
    Name(EntityLevel),
    Id(EntityLevel),
    Breakdown(&'static str),
    /// Is not loaded, although it would be elsewhere.
    Nothing,
}

impl Role {
    fn role(self) -> ColumnRole {
        match self {
            Self::Date => ColumnRole::Date,
            Self::DateUntil => ColumnRole::DateUntil,
            Self::Month => ColumnRole::Month,
            Self::Year => ColumnRole::Year,
            Self::DayOfMonth => ColumnRole::DayOfMonth,
            Self::Currency => ColumnRole::Currency,
            Self::Platform => ColumnRole::Platform,
            Self::Account => ColumnRole::Account,
            Self::Name(level) => ColumnRole::EntityName { level },
            Self::Id(level) => ColumnRole::EntityId { level },
            Self::Breakdown(dimension) => ColumnRole::Breakdown { dimension: dimension.to_owned() },
            Self::Nothing => ColumnRole::Ignore,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Word {
    Metric(&'static str, u8),
    Role(Role, u8),
}

/// All words by their text. Metrics come first; of words that stand twice, the first holds.
static WORDS: LazyLock<HashMap<&'static str, Word>> = LazyLock::new(|| {
    let metrics =
        METRICS.iter().chain(languages::METRICS).chain(organic::METRICS).flat_map(|(words, name, rank)| {
            words.split('|').map(move |word| (word, Word::Metric(name, *rank)))
        });
    let roles = ROLES
        .iter()
        .chain(languages::ROLES)
        .chain(organic_roles::ROLES)
        .chain(organic_roles::MOMENTS)
        .flat_map(|(words, role, rank)| words.split('|').map(move |word| (word, Word::Role(*role, *rank))));
    let mut words = HashMap::new();
    for (word, meaning) in metrics.chain(roles) {
        words.entry(word).or_insert(meaning);
    }
    words
});

/// The header in lower case, with single spaces, without a unit in brackets at its end, and that unit. `TimePeriod`,
/// `time_period` and `segments.time_period` read like `Time period`; `# of clicks` like `clicks`.
pub fn normalise(header: &str) -> (String, Option<String>) {
    let text = super::numbers::trim(header).trim_matches('"');
    let text = split_words(text).to_lowercase().replace(['_', '\u{a0}', '\n', '\r', '\t'], " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = ["# of ", "number of ", "of ", "metrics.", "segments."]
        .into_iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(&text);
    // `campaign.name` of the Google Ads API.
    let text = match text.split_once('.') {
        Some((first, rest)) if !text.contains(' ') && rest.starts_with(char::is_alphabetic) => {
            format!("{first} {rest}")
        }
        _ => text.to_owned(),
    };
    for (open, close) in [('(', ')'), ('[', ']')] {
        let Some(inner) = text.strip_suffix(close) else { continue };
        let Some((before, unit)) = inner.rsplit_once(open) else { continue };
        let before = before.trim_end();
        if !before.is_empty() {
            return (before.to_owned(), Some(unit.trim().to_owned()));
        }
    }
    (text, None)
}

/// `CampaignName` → `Campaign Name`, `metrics.costMicros` → `metrics.cost Micros`; texts with spaces stay as they are.
fn split_words(text: &str) -> String {
    let is_joined = text.len() > 3 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    if !is_joined {
        return text.to_owned();
    }
    let mut split = String::with_capacity(text.len() + 4);
    let mut last = ' ';
    for c in text.chars() {
        if c.is_ascii_uppercase() && last.is_ascii_lowercase() {
            split.push(' ');
        }
        split.push(c);
        last = c;
    }
    split
}

/// Endings of headers whose money is in millionths, as the APIs of Google, X and others write it.
const MICROS: &[&str] = &[
    " micros",
    " micro",
    " in micros",
    " in micro",
    " in micro currency",
    " in micro dollar",
    " in micro dollars",
];

/// The header without its ending that says millionths.
fn without_micros(bare: &str) -> Option<&str> {
    MICROS.iter().rev().find_map(|ending| bare.strip_suffix(ending))
}

/// Whether a header says that its money is in millionths: `cost_micros`, `Spend (micros)`.
pub fn is_in_micros(header: &str) -> bool {
    let (bare, unit) = normalise(header);
    let unit_says = unit.is_some_and(|unit| unit.split_whitespace().any(|w| w == "micros" || w == "micro"));
    unit_says || without_micros(&bare).is_some()
}

/// What the header means; none when it tells nothing.
pub fn guess(header: &str) -> Option<Guess> {
    let (bare, unit) = normalise(header);
    let bare = without_micros(&bare).unwrap_or(&bare);
    let whole = unit.as_ref().map(|unit| format!("{bare} ({unit})"));
    if organic::PARTS.contains(&whole.as_deref().unwrap_or(bare)) {
        return None;
    }
    if let (Some(unit), Some(whole)) = (&unit, &whole) {
        // The whole header may be a word of its own: `Clicks (destination)`.
        if let Some(word) = WORDS.get(whole.as_str()) {
            return Some(word.guess(None, 0));
        }
        let (currency, costs) = match scope(unit) {
            Some(Scope::Part) => return None,
            Some(Scope::Organic) => (None, 2),
            Some(Scope::Whole) => (None, 0),
            // `Clicks (all)` is broader than `Clicks`: a unit that is no currency costs one rank.
            None => currency_code(unit).map_or((None, 1), |code| (Some(code), 0)),
        };
        return word(bare).map(|(word, dearer)| word.guess(currency, costs + dearer));
    }
    if let Some((word, costs)) = word(bare) {
        return Some(word.guess(None, costs));
    }
    // `cost_usd`, `Spend EUR`, `Kosten in EUR`, `Cost, €`
    let (text, code) = bare.rsplit_once(' ')?;
    let currency = super::currencies::known_currency(code)?;
    let text = text.strip_suffix(" in").unwrap_or(text).trim_end_matches([',', '-', ':', ' ']);
    match WORDS.get(text) {
        Some(word @ Word::Metric(..)) => Some(word.guess(Some(currency.to_owned()), 0)),
        _ => None,
    }
}

/// What a text means, and what that costs: `Total likes` is less than `Likes`.
fn word(bare: &str) -> Option<(Word, u8)> {
    if let Some(word) = WORDS.get(bare) {
        return Some((*word, 0));
    }
    let text = bare.strip_suffix(" in campaign").unwrap_or(bare);
    let text = ["total number of ", "total ", "sum of ", "gesamtzahl ", "nombre de ", "número de "]
        .into_iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(text);
    WORDS.get(text).filter(|word| matches!(word, Word::Metric(..))).map(|word| (*word, 1))
}

/// Of what a figure is, as the brackets behind its name say it.
fn scope(unit: &str) -> Option<Scope> {
    SCOPES.iter().find(|(words, _)| words.split('|').any(|word| word == unit)).map(|(_, scope)| *scope)
}

/// Whether a header names the moment at which something was published or sent: its hour says nothing of when it was seen.
pub fn is_moment(header: &str) -> bool {
    let (bare, _) = normalise(header);
    organic_roles::MOMENTS.iter().any(|(words, ..)| words.split('|').any(|word| word == bare))
}

/// Whether a header counts days, weeks or months from the first day of the report (Google Analytics: `Nth day`).
pub fn counts_from_start(header: &str) -> bool {
    normalise(header).0.starts_with("nth ")
}

/// Whether a header says that its cells are months.
pub fn names_months(header: &str) -> bool {
    let (bare, _) = normalise(header);
    MONTHS.iter().any(|word| *word == bare)
}

/// Words for columns of months.
const MONTHS: &[&str] =
    &["month", "monat", "mois", "mes", "mese", "mês", "maand", "miesiąc", "månad", "måned", "měsíc"];

/// Seconds in the unit that a header of durations names: `Watch time (hours)`.
pub fn seconds_in_unit(header: &str) -> u32 {
    let (bare, unit) = normalise(header);
    let says = |words: &[&str]| {
        let unit = unit.as_deref().unwrap_or_default();
        bare.split(' ').chain(unit.split(' ')).any(|word| words.contains(&word))
    };
    if says(&["hours", "hour", "hrs", "h", "stunden", "std.", "heures", "horas", "ore", "uur", "godziny"]) {
        3600
    } else if says(&["minutes", "minute", "mins", "min", "min.", "minuten", "minutos", "minuti", "minuty"]) {
        60
    } else {
        1
    }
}

impl Word {
    fn guess(self, currency: Option<String>, costs: u8) -> Guess {
        match self {
            Self::Metric(name, rank) => Guess {
                role: ColumnRole::Metric { metric: name.to_owned() },
                rank: rank.saturating_sub(costs),
                currency,
            },
            Self::Role(role, rank) => Guess { role: role.role(), rank, currency: None },
        }
    }
}

/// Whether a header names something that is recomputed (CTR, cost per …) rather than loaded.
pub fn is_derived(header: &str) -> bool {
    let (bare, _) = normalise(header);
    let padded = format!(" {bare} ");
    DERIVED.iter().any(|word| {
        if word.len() <= 5 && word.chars().all(char::is_alphabetic) {
            padded.contains(&format!(" {word} "))
        } else {
            bare.contains(word)
        }
    })
}

/// What a header means in a report of web analytics, where it is another thing than elsewhere.
pub fn of_web(bare: &str) -> Option<Guess> {
    let (_, word) = organic_roles::WEB.iter().find(|(words, _)| words.split('|').any(|word| word == bare))?;
    Some(word.guess(None, 0))
}

/// What each row is, in a list of things that no report counted: `a deal`, `a person`.
pub fn row_is(headers: &[String]) -> Option<&'static str> {
    let bare: Vec<String> = headers.iter().map(|header| normalise(header).0).collect();
    let count = |words: &[&str]| bare.iter().filter(|header| words.contains(&header.as_str())).count();
    if count(DEAL_WORDS) > 0 {
        return Some("a deal");
    }
    (count(PERSON_WORDS) >= 2).then_some("a person")
}

/// How well a header names the messages of a report on e-mails that has no column of campaigns; more is better.
pub fn names_messages(bare: &str) -> Option<u8> {
    let mut kinds = organic_roles::MESSAGES.iter();
    kinds.find(|(words, _)| words.split('|').any(|word| word == bare)).map(|(_, rank)| *rank)
}

fn currency_code(unit: &str) -> Option<String> {
    if let Some(known) = super::currencies::known_currency(unit) {
        return Some(known.to_owned());
    }
    let code = unit.to_uppercase();
    let is_code = code.len() == 3
        && code.bytes().all(|b| b.is_ascii_uppercase())
        && !matches!(
            code.as_str(),
            "ALL" | "UTC" | "PCT" | "SUM" | "AVG" | "MIN" | "MAX" | "SEC" | "INT" | "NUM" | "USE"
        );
    is_code.then_some(code)
}

/// How surely a cell marks a totals row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TotalMark {
    /// A thing could have such a name: `Total – Brand`, `Total (search)`.
    Perhaps,
    /// No thing has it, or hardly any.
    Surely,
}

/// Whether a cell marks a totals row: by the word alone, followed by `:`, a dash or what is summed, or by a number of
/// rows (`Total of 25 results`).
pub fn total_mark(cell: &str) -> Option<TotalMark> {
    let text = super::numbers::trim(cell).to_lowercase();
    let begins_with_figure = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    if text.strip_prefix("results from ").is_some_and(begins_with_figure) {
        return Some(TotalMark::Surely);
    }
    let mark = |rest: &str| {
        let rest = rest.trim_start();
        if rest.is_empty() || rest.starts_with([':', '：']) {
            return Some(TotalMark::Surely);
        }
        if rest.strip_prefix("of ").is_some_and(begins_with_figure) {
            return Some(TotalMark::Surely);
        }
        let named = rest.strip_prefix(['-', '–', '—', '('])?;
        let has_name = named.contains(char::is_alphabetic) && !begins_with_figure(named.trim_start());
        Some(if has_name { TotalMark::Perhaps } else { TotalMark::Surely })
    };
    let words = TOTAL_WORDS.iter().chain(languages::TOTAL_WORDS);
    words.filter_map(|word| text.strip_prefix(word)).filter_map(mark).max()
}

/// Whether a cell marks a totals row, surely or perhaps.
pub fn marks_total(cell: &str) -> bool {
    total_mark(cell).is_some()
}

/// The platform that words in a file's name or title, or a platform column's cell, speak of.
pub fn platform(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    PLATFORMS
        .iter()
        .find(|(word, _)| {
            text.match_indices(word).any(|(at, _)| {
                !is_letter(text[..at].chars().next_back())
                    && !is_letter(text[at + word.len()..].chars().next())
            })
        })
        .map(|(_, slug)| *slug)
}

/// The platform whose exports have such headers.
pub fn platform_of_headers(headers: &[String]) -> Option<&'static str> {
    let all: Vec<(String, String)> = headers
        .iter()
        .map(|header| {
            let (bare, unit) = normalise(header);
            let whole = unit.map_or_else(|| bare.clone(), |unit| format!("{bare} ({unit})"));
            (bare, whole)
        })
        .collect();
    let has = |word: &str| all.iter().any(|(bare, whole)| bare == word || whole == word);
    if let Some((_, slug)) = SIGNATURES.iter().find(|(word, _)| has(word)) {
        return Some(slug);
    }
    // Fields of the Google Ads API.
    if headers.iter().any(|h| h.starts_with("metrics.") || h.starts_with("segments.")) || has("cost micros") {
        return Some("google_ads");
    }
    if headers.iter().any(|h| h == "TimePeriod") {
        return Some("microsoft_ads");
    }
    // Both shorten impressions; one says cost, the other spend.
    if ["impr.", "vertoningen", "wyśw.", "visn.", "表示回数", "показы"].into_iter().any(has) {
        let costs =
            ["cost", "kosten", "coût", "coste", "costo", "custo", "koszt", "kostnad", "費用", "стоимость"];
        let is_google = costs.into_iter().any(has);
        return is_google.then_some("google_ads").or_else(|| has("spend").then_some("microsoft_ads"));
    }
    None
}

#[cfg(test)]
mod tests;
