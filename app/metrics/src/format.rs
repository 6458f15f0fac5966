//! How numbers and dates are written: here only, so that the first paint is equal on both sides.

mod currency;
mod date;

pub use currency::{minor_digits, symbol};
pub use date::{
    date_time, day_long, day_range, day_short, month_full_name, month_name, month_year, weekday_full_name,
    weekday_name,
};

use crate::catalogue::{Measure, Unit};
use crate::value::{Delta, Figure, Value};

/// Nobody reported it.
pub const MISSING: &str = "—";
/// A quotient by zero.
pub const UNDEFINED: &str = "n/a";
/// The true minus sign.
pub const MINUS: char = '−';

/// How numbers are punctuated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Locale {
    /// Between whole and fraction.
    pub decimal: char,
    /// Between groups of three digits.
    pub group: char,
    /// Whether the currency and the percent sign stand after the number, with a space.
    pub symbol_after: bool,
}

impl Locale {
    /// `1,234.5`
    pub const EN: Self = Self { decimal: '.', group: ',', symbol_after: false };
    /// `1.234,5`
    pub const DE: Self = Self { decimal: ',', group: '.', symbol_after: true };
    /// `1 234,5` with narrow no-break spaces.
    pub const FR: Self = Self { decimal: ',', group: '\u{202f}', symbol_after: true };
    /// `1’234.5`
    pub const CH: Self = Self { decimal: '.', group: '’', symbol_after: false };

    /// The punctuation for a BCP 47 tag (`de-AT`); English for unknown ones.
    pub fn from_tag(tag: &str) -> Self {
        let lower = tag.to_ascii_lowercase();
        let (language, region) = lower.split_once('-').unwrap_or((&lower, ""));
        match language {
            _ if region == "ch" => Self::CH,
            "de" | "es" | "it" | "nl" | "pt" | "da" | "tr" | "id" | "el" | "hr" | "sl" | "ro" | "vi" => {
                Self::DE
            }
            "fr" | "ru" | "uk" | "pl" | "cs" | "sk" | "bg" | "sv" | "nb" | "no" | "fi" | "hu" => Self::FR,
            _ => Self::EN,
        }
    }
}

impl Default for Locale {
    fn default() -> Self {
        Self::EN
    }
}

/// How a figure is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// For tiles, axes and marks: `€12.4k`.
    Compact,
    /// All digits that matter: `€12,431.20`.
    Full,
    /// As [`Style::Full`] without the currency: for table columns that name it once.
    Bare,
}

/// How one measure is written: unit, currency and punctuation together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formatter<'a> {
    /// What the figure is measured in.
    pub unit: Unit,
    /// ISO 4217 code of money.
    pub currency: &'a str,
    /// Punctuation.
    pub locale: Locale,
}

impl<'a> Formatter<'a> {
    /// For a measure.
    pub fn new(measure: Measure, currency: &'a str, locale: Locale) -> Self {
        Self { unit: measure.unit(), currency, locale }
    }

    /// A value: a figure, `—` for missing, `n/a` for undefined.
    pub fn value(&self, value: Value, style: Style) -> String {
        match value {
            Value::Known(figure) => self.figure(figure, style),
            Value::Missing => MISSING.into(),
            Value::Undefined => UNDEFINED.into(),
        }
    }

    /// A value for a tile: `€12.4k`.
    pub fn compact(&self, value: Value) -> String {
        self.value(value, Style::Compact)
    }

    /// A value with all digits that matter: `€12,431.20`.
    pub fn full(&self, value: Value) -> String {
        self.value(value, Style::Full)
    }

    /// A figure.
    pub fn figure(&self, figure: Figure, style: Style) -> String {
        match self.unit {
            Unit::Percent => percent(figure, self.locale),
            Unit::Quotient => decimal(figure, 2, self.locale),
            Unit::Position => decimal(figure, 1, self.locale),
            Unit::Days => format!("{}d", decimal(figure, 1, self.locale)),
            Unit::Duration => duration(figure, self.locale),
            Unit::Count | Unit::People if style == Style::Compact => compact(figure, 0, self.locale),
            Unit::FractionalCount if style == Style::Compact => compact(figure, 1, self.locale),
            Unit::Count | Unit::People => decimal(figure, 0, self.locale),
            Unit::FractionalCount => trimmed(figure, 2, self.locale),
            Unit::Money => self.money(figure, style),
            Unit::MoneyPerDay => format!("{}/day", self.money(figure, style)),
        }
    }

    fn money(&self, figure: Figure, style: Style) -> String {
        let digits = minor_digits(self.currency);
        if style == Style::Bare {
            return decimal(figure, digits, self.locale);
        }
        let amount = match style {
            Style::Compact => compact(figure, digits, self.locale),
            _ => decimal(figure, digits, self.locale),
        };
        let (sign, amount) = amount.strip_prefix(MINUS).map_or(("", amount.as_str()), |rest| ("−", rest));
        let symbol = symbol(self.currency);
        match (self.locale.symbol_after, symbol) {
            (true, symbol) => format!("{sign}{amount}\u{a0}{}", symbol.unwrap_or(self.currency)),
            (false, Some(symbol)) => format!("{sign}{symbol}{amount}"),
            (false, None) => format!("{sign}{}\u{a0}{amount}", self.currency),
        }
    }

    /// A difference in the figure's own unit, signed: `+€120.00`.
    pub fn difference(&self, figure: Figure, style: Style) -> String {
        signed(figure, self.figure(figure, style))
    }
}

/// A change: `+5.3%`, `−0.11 pp`, `0.0%`. Shares above ten times are written `+1,200%`.
pub fn delta(delta: Delta, locale: Locale) -> String {
    match delta {
        Delta::Relative(figure) => {
            let tenths = figure.round_to(3);
            let text = if tenths.abs() >= 10_000 {
                digits(figure.round_to(2), 0, locale)
            } else {
                digits(tenths, 1, locale)
            };
            signed(figure, text + percent_sign(locale))
        }
        Delta::Points(figure) => signed(figure, digits(figure.round_to(4), 2, locale) + " pp"),
    }
}

/// A change, or the word for why there is none (`new` when it was zero before, else `—`).
pub fn delta_or_reason(change: Option<Delta>, current: Value, previous: Value, locale: Locale) -> String {
    if let Some(change) = change {
        return delta(change, locale);
    }
    match (current.figure(), previous.figure()) {
        (Some(now), Some(before)) if before.is_zero() && !now.is_zero() => "new".into(),
        (Some(now), Some(before)) if before.is_zero() && now.is_zero() => {
            digits(0, 1, locale) + percent_sign(locale)
        }
        _ => MISSING.into(),
    }
}

/// A share of 1 in percent with one decimal; something below 0.1 % is `<0.1%`, zero is `0%`.
pub fn percent(share: Figure, locale: Locale) -> String {
    let tenths = share.round_to(3);
    if share.is_zero() {
        return format!("0{}", percent_sign(locale));
    }
    if tenths == 0 {
        let sign = if share.is_negative() { "−" } else { "" };
        return format!("{sign}<{}{}", digits(1, 1, locale), percent_sign(locale));
    }
    digits(tenths, 1, locale) + percent_sign(locale)
}

/// A figure with that many decimals. What rounds to zero carries no minus sign.
pub fn decimal(figure: Figure, decimals: u32, locale: Locale) -> String {
    digits(figure.round_to(decimals), decimals, locale)
}

/// A whole number.
pub fn integer(value: i64, locale: Locale) -> String {
    digits(i128::from(value), 0, locale)
}

/// At most that many decimals, without trailing zeros.
fn trimmed(figure: Figure, decimals: u32, locale: Locale) -> String {
    trim(&decimal(figure, decimals, locale), locale)
}

fn trim(text: &str, locale: Locale) -> String {
    if text.contains(locale.decimal) {
        text.trim_end_matches('0').trim_end_matches(locale.decimal)
    } else {
        text
    }
    .to_owned()
}

/// From 10,000 on in thousands, millions, billions with one decimal; below, with up to `decimals` (two and more are
/// kept only below 1,000, so that a tile never shows more than it can hold).
fn compact(figure: Figure, decimals: u32, locale: Locale) -> String {
    if figure.is_zero() {
        return "0".into();
    }
    let size = figure.round_to(0).abs();
    let scales = [(1_000_000_000_000_i128, "T"), (1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")];
    if size < 10_000 {
        let decimals = if size < 1_000 { decimals } else { 0 };
        return if decimals >= 2 {
            decimal(figure, decimals, locale)
        } else {
            trimmed(figure, decimals, locale)
        };
    }
    for (scale, suffix) in scales {
        // 999,950 is 1M, not 1000k; but 969,436 is not 1M.
        if size.saturating_mul(100_000) >= scale * 99_995 {
            let tenths =
                Figure::new(figure.numerator(), figure.denominator() * scale).map_or(0, |f| f.round_to(1));
            return trim(&digits(tenths, 1, locale), locale) + suffix;
        }
    }
    decimal(figure, 0, locale)
}

/// Seconds as `45s`, `2m 05s`, `3h 20m`.
fn duration(figure: Figure, locale: Locale) -> String {
    let seconds = figure.round_to(0);
    let sign = if seconds < 0 { "−" } else { "" };
    let seconds = seconds.abs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match seconds {
        0..60 => format!("{sign}{seconds}s"),
        60..3600 => format!("{sign}{minutes}m {:02}s", seconds % 60),
        _ => format!("{sign}{}h {minutes:02}m", digits(hours, 0, locale)),
    }
}

fn percent_sign(locale: Locale) -> &'static str {
    if locale.symbol_after { "\u{a0}%" } else { "%" }
}

/// A plus sign for what is above zero and does not read as zero.
fn signed(figure: Figure, text: String) -> String {
    let reads_as_zero = !text.chars().any(|c| ('1'..='9').contains(&c));
    if figure.is_negative() || reads_as_zero { text } else { format!("+{text}") }
}

/// `value / 10^decimals`, grouped.
fn digits(value: i128, decimals: u32, locale: Locale) -> String {
    let scale = 10_u128.pow(decimals);
    let (whole, fraction) = (value.unsigned_abs() / scale, value.unsigned_abs() % scale);
    let plain = whole.to_string();
    let mut text = String::with_capacity(plain.len() * 2 + 8);
    if value < 0 {
        text.push(MINUS);
    }
    for (at, digit) in plain.chars().enumerate() {
        if at > 0 && (plain.len() - at).is_multiple_of(3) {
            text.push(locale.group);
        }
        text.push(digit);
    }
    if decimals > 0 {
        let fraction = fraction.to_string();
        text.push(locale.decimal);
        text.extend(std::iter::repeat_n('0', (decimals as usize).saturating_sub(fraction.len())));
        text.push_str(&fraction);
    }
    text
}

#[cfg(test)]
mod tests;
