//! Numbers as people and vendors write them: `1,234.56`, `1.234,56 €`, `$6,577 `, `(12.50)`, `77.77%`, ` --`.

use super::currencies::strip_currency;
use model::imports::NumberFormat;
use rust_decimal::Decimal;

/// What a cell that should hold a number holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberCell {
    /// A number. `percent`: it was written with a percent sign, and is not divided by 100.
    Value {
        /// As written, without signs and symbols.
        value: Decimal,
        /// Had a percent sign.
        percent: bool,
        /// Currency that a symbol or code beside it names, for example `USD` for `$`.
        currency: Option<&'static str>,
    },
    /// Says that there is no value.
    Blank,
    /// Anything else.
    Text,
}

/// Texts by which exports say "no value".
const BLANKS: &[&str] = &[
    "",
    "-",
    "--",
    "---",
    "–",
    "—",
    "−",
    "n/a",
    "na",
    "#n/a",
    "n.a.",
    "null",
    "none",
    "nan",
    "#div/0!",
    "#ref!",
    "#value!",
    "#name?",
    "#num!",
    "inf",
    "infinity",
    "(not set)",
    "(none)",
    "*",
    "not available",
    "keine angabe",
];

/// Reads a cell.
pub fn parse(cell: &str, format: NumberFormat) -> NumberCell {
    let trimmed = trim(cell);
    if is_blank(trimmed) {
        return NumberCell::Blank;
    }
    // Most cells are bare numbers: they have neither sign nor symbol to look for.
    let is_bare = |b: Option<&u8>| b.is_some_and(u8::is_ascii_digit);
    if is_bare(trimmed.as_bytes().first()) && is_bare(trimmed.as_bytes().last()) {
        return plain_value(trimmed, format).map_or(NumberCell::Text, |value| NumberCell::Value {
            value,
            percent: false,
            currency: None,
        });
    }
    // `<10`: the vendor does not tell it.
    if let Some(bound) = trimmed.strip_prefix('<') {
        return if plain_value(trim(bound), format).is_some() { NumberCell::Blank } else { NumberCell::Text };
    }
    let (body, negative) = match trimmed.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) => (trim(inner), true),
        None => (trimmed, false),
    };
    let (body, sign) = strip_sign(body);
    let whole = body;
    let (body, currency) = strip_currency(body);
    // Accounting writes nothing as a dash beside the symbol: `€ -`, `-   $`.
    let is_dash = if body.is_empty() { sign } else { is_blank(body) };
    if is_dash && body.len() < whole.len() {
        return NumberCell::Blank;
    }
    // Some exports write the sign behind the symbol: `$-12.50`.
    let (body, inner_sign) = strip_sign(body);
    let (body, percent) = match body.strip_suffix('%') {
        Some(rest) => (trim(rest), true),
        None => (body, false),
    };
    // Accounting systems write it last: `12.50-`.
    let (body, trailing_sign) = match body.strip_suffix('-') {
        Some(rest) => (trim(rest), true),
        None => (body, false),
    };
    let Some(value) = plain_value(body, format) else {
        return NumberCell::Text;
    };
    let is_negative = negative ^ sign ^ inner_sign ^ trailing_sign;
    NumberCell::Value { value: if is_negative { -value } else { value }, percent, currency }
}

fn plain_value(text: &str, format: NumberFormat) -> Option<Decimal> {
    let plain = plain_digits(text, format)?;
    plain.parse::<Decimal>().or_else(|_| Decimal::from_scientific_lossy(&plain)).ok()
}

/// Whether a cell says "no value".
pub fn is_blank(trimmed: &str) -> bool {
    if trimmed.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    BLANKS.iter().any(|blank| trimmed.eq_ignore_ascii_case(blank))
}

/// Whether a cell that should hold a name holds none. What Google Analytics writes in brackets (`(not set)`) is a name
/// there: its figures belong to no other.
pub fn is_blank_text(trimmed: &str) -> bool {
    is_blank(trimmed) && !trimmed.starts_with('(')
}

/// A name as the file writes it: characters that can't be seen stay, as they may be all that tells two names apart.
pub fn text(cell: &str) -> &str {
    let is_guarded = cell.trim_start().starts_with(['=', '\'']);
    if is_guarded { trim(cell) } else { cell.trim().trim_start_matches('\u{feff}') }
}

/// Trims white space, also the no-break kinds, and what keeps spreadsheets from changing a cell: `="123"`, `'123`.
pub fn trim(cell: &str) -> &str {
    let text = cell.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{200e}' | '\u{200f}')
    });
    match text.as_bytes().first() {
        Some(b'=') => text.strip_prefix("=\"").and_then(|t| t.strip_suffix('"')).unwrap_or(text),
        Some(b'\'') => text
            .strip_prefix('\'')
            .filter(|t| t.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+')))
            .unwrap_or(text),
        _ => text,
    }
}

fn strip_sign(text: &str) -> (&str, bool) {
    for minus in ['-', '−', '–'] {
        if let Some(rest) = text.strip_prefix(minus) {
            return (trim(rest), true);
        }
    }
    (text.strip_prefix('+').map_or(text, trim), false)
}

/// The number with a point for the decimals and nothing else; none when it is no number in this format.
fn plain_digits(text: &str, format: NumberFormat) -> Option<String> {
    let (decimal, groups): (char, &[char]) = match format {
        NumberFormat::PointDecimal => ('.', &[',', '\'', '’', ' ', '\u{a0}', '\u{202f}', '_']),
        NumberFormat::CommaDecimal => (',', &['.', '\'', '’', ' ', '\u{a0}', '\u{202f}']),
    };
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) if at > 0 => (&text[..at], Some(&text[at + 1..])),
        _ => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once(decimal) {
        Some((_, rest)) if rest.contains(decimal) => return None,
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let mut plain = String::with_capacity(text.len());
    push_grouped(whole, groups, &mut plain)?;
    if let Some(fraction) = fraction {
        if fraction.is_empty() && plain.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        plain.push('.');
        plain.push_str(if fraction.is_empty() { "0" } else { fraction });
    }
    if plain.is_empty() {
        return None;
    }
    if plain.starts_with('.') {
        plain.insert(0, '0');
    }
    if let Some(exponent) = exponent {
        let digits = exponent.trim_start_matches(['+', '-']);
        if digits.is_empty() || digits.len() > 2 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        plain.push('e');
        plain.push_str(exponent.trim_start_matches('+'));
    }
    Some(plain)
}

/// Digits in groups: every group after the first has three digits (or two, as in India, before the last).
fn push_grouped(whole: &str, separators: &[char], into: &mut String) -> Option<()> {
    let parts: Vec<&str> = whole.split(|c| separators.contains(&c)).collect();
    if parts.iter().any(|p| !p.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    if parts.len() > 1 {
        let is_first_fine = (1..=3).contains(&parts[0].len());
        let is_last_fine = parts.last().is_some_and(|p| p.len() == 3);
        let are_middle_fine = parts[1..parts.len() - 1].iter().all(|p| p.len() == 3 || p.len() == 2);
        if !(is_first_fine && is_last_fine && are_middle_fine) {
            return None;
        }
    }
    parts.iter().for_each(|p| into.push_str(p));
    Some(())
}

/// What the written forms of numbers tell about their format: votes for a point and for a comma as decimal sign.
/// `1,234` alone votes for nothing: it can be either.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FormatVotes {
    /// Cells that can only be read with a decimal point.
    pub point: u64,
    /// Cells that can only be read with a decimal comma.
    pub comma: u64,
    /// Cells with one separator and three digits behind it, where both readings differ a thousandfold.
    pub ambiguous: u64,
    /// Those of them in which a comma separates groups, should the figure be a whole one. The others have a point.
    pub whole_by_comma: u64,
}

impl FormatVotes {
    /// Counts a cell.
    pub fn add(&mut self, cell: &str) {
        let point = parse(cell, NumberFormat::PointDecimal);
        let comma = parse(cell, NumberFormat::CommaDecimal);
        match (&point, &comma) {
            (NumberCell::Value { .. }, NumberCell::Text) => self.point += 1,
            (NumberCell::Text, NumberCell::Value { .. }) => self.comma += 1,
            (NumberCell::Value { value: a, .. }, NumberCell::Value { value: b, .. }) if a != b => {
                self.ambiguous += 1;
                self.whole_by_comma += u64::from(cell.contains(','));
            }
            _ => {}
        }
    }

    /// The votes of a column of whole figures: its separators can only be those of groups.
    #[must_use]
    pub fn of_whole_figures(self) -> Self {
        Self {
            point: self.point + self.whole_by_comma,
            comma: self.comma + self.ambiguous - self.whole_by_comma,
            ambiguous: 0,
            whole_by_comma: 0,
        }
    }

    /// The format that the cells speak for. Where they are silent, the point (most exports are English).
    pub fn winner(self) -> NumberFormat {
        if self.comma > self.point { NumberFormat::CommaDecimal } else { NumberFormat::PointDecimal }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NumberFormat::{CommaDecimal, PointDecimal};
    use proptest::prelude::*;

    fn value(cell: &str, format: NumberFormat) -> Option<String> {
        match parse(cell, format) {
            NumberCell::Value { value, .. } => Some(value.normalize().to_string()),
            _ => None,
        }
    }

    #[test]
    fn numbers_of_vendor_exports() {
        let cases = [
            ("1.429999948", PointDecimal, Some("1.429999948")),
            ("25,881", PointDecimal, Some("25881")),
            ("\"$6,577 \"", PointDecimal, None),
            ("$6,577 ", PointDecimal, Some("6577")),
            ("1,23,456.70", PointDecimal, Some("123456.7")),
            ("77.77%", PointDecimal, Some("77.77")),
            ("(12.50)", PointDecimal, Some("-12.5")),
            ("-$3.10", PointDecimal, Some("-3.1")),
            ("$-3.10", PointDecimal, Some("-3.1")),
            ("−5", PointDecimal, Some("-5")),
            ("12.50-", PointDecimal, Some("-12.5")),
            ("=\"1,234\"", PointDecimal, Some("1234")),
            ("'42", PointDecimal, Some("42")),
            ("1 234,50 kr", CommaDecimal, Some("1234.5")),
            ("COP 1,000", PointDecimal, Some("1000")),
            ("< 10%", PointDecimal, None),
            ("1.234,56 €", CommaDecimal, Some("1234.56")),
            ("1 234,56", CommaDecimal, Some("1234.56")),
            ("1\u{202f}234\u{a0}567,8", CommaDecimal, Some("1234567.8")),
            ("1'234.50", PointDecimal, Some("1234.5")),
            ("8.0", PointDecimal, Some("8")),
            (".5", PointDecimal, Some("0.5")),
            ("1e3", PointDecimal, Some("1000")),
            ("12.5E-1", PointDecimal, Some("1.25")),
            ("1,2,3", PointDecimal, None),
            ("12.34.56", PointDecimal, None),
            ("2026-11-22", PointDecimal, None),
            ("abc", PointDecimal, None),
            ("9007199254740993", PointDecimal, Some("9007199254740993")),
        ];
        for (cell, format, expected) in cases {
            assert_eq!(value(cell, format).as_deref(), expected, "{cell}");
        }
    }

    #[test]
    fn blanks_are_missing_and_not_zero() {
        for cell in [
            "", " --", "-", "—", "#N/A", "#DIV/0!", "n/a", "€ -", " $-   ", "- kr", "($ - )", "<10",
            "< 1,000",
        ] {
            assert_eq!(parse(cell, PointDecimal), NumberCell::Blank, "{cell}");
        }
        for cell in ["EUR", "<b>", "-x"] {
            assert_eq!(parse(cell, PointDecimal), NumberCell::Text, "{cell}");
        }
        assert_eq!(value("0", PointDecimal).as_deref(), Some("0"));
    }

    #[test]
    fn symbols_name_the_currency() {
        for (cell, code) in
            [("$1", "USD"), ("R$ 1", "BRL"), ("1 zł", "PLN"), ("CHF 1'000.00", "CHF"), ("₹1,00,000", "INR")]
        {
            let NumberCell::Value { currency, .. } = parse(cell, PointDecimal) else { panic!("{cell}") };
            assert_eq!(currency, Some(code), "{cell}");
        }
    }

    #[test]
    fn votes_tell_the_formats_apart() {
        let vote = |cells: &[&str]| {
            let mut votes = FormatVotes::default();
            cells.iter().for_each(|c| votes.add(c));
            votes
        };
        assert_eq!(vote(&["1.234,5", "12"]).winner(), CommaDecimal);
        assert_eq!(vote(&["1,234.5", "12"]).winner(), PointDecimal);
        let open = vote(&["1,234", "5,678"]);
        assert_eq!((open.point, open.comma, open.ambiguous), (0, 0, 2));
        assert_eq!(vote(&["1.234", "56"]).of_whole_figures().winner(), CommaDecimal);
        assert_eq!(vote(&["1,234", "56"]).of_whole_figures().winner(), PointDecimal);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(units in -9_999_999_999_i64..9_999_999_999, grouped: bool) {
            let value = Decimal::new(units, 2);
            let text = value.abs().to_string();
            let (whole, fraction) = text.split_once('.').unwrap();
            let digits: Vec<char> = whole.chars().collect();
            let groups: Vec<String> = digits.rchunks(3).rev().map(|c| c.iter().collect()).collect();
            let sign = if units < 0 { "-" } else { "" };
            let english = format!("{sign}{}.{fraction}", groups.join(if grouped { "," } else { "" }));
            let german = format!("{sign}{},{fraction}", groups.join(if grouped { "." } else { "" }));
            prop_assert_eq!(parse(&english, PointDecimal), NumberCell::Value { value, percent: false, currency: None });
            prop_assert_eq!(parse(&german, CommaDecimal), NumberCell::Value { value, percent: false, currency: None });
        }

        #[test]
        fn nothing_panics(cell in "\\PC{0,24}") {
            parse(&cell, PointDecimal);
            parse(&cell, CommaDecimal);
        }
    }
}
