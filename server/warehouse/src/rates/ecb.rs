//! Files in the format of the European Central Bank's history (`eurofxref-hist.csv`): a header `Date,USD,JPY,…`, one
//! row per day in either order, units of each currency for one euro; blank or `N/A` where there was no quote. The ECB's
//! own file ends each line with a comma, and its file of one day writes dates as `20 November 2026`.

use crate::currency::Currency;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::collections::HashMap;
use std::str::FromStr;

/// Units of a currency for one euro, in 10⁻¹⁰: exactly as quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerEuro(i128);

const SCALE: u32 = 10;

impl PerEuro {
    /// The euro itself.
    pub const ONE: Self = Self(10_i128.pow(SCALE));

    pub(crate) fn units(self) -> i128 {
        self.0
    }

    /// As a decimal number.
    pub fn decimal(self) -> Decimal {
        Decimal::try_from_i128_with_scale(self.0, SCALE).unwrap_or(Decimal::MAX)
    }
}

impl TryFrom<Decimal> for PerEuro {
    type Error = &'static str;

    fn try_from(value: Decimal) -> Result<Self, Self::Error> {
        let value = value.normalize();
        if value.is_zero() || value.is_sign_negative() {
            return Err("a rate is larger than zero");
        }
        let missing = SCALE.checked_sub(value.scale()).ok_or("a rate has at most 10 decimals")?;
        let units =
            value.mantissa().checked_mul(10_i128.pow(missing)).filter(|units| *units < 10_i128.pow(24));
        units.map(Self).ok_or("a rate is less than 100,000,000,000,000")
    }
}

impl FromStr for PerEuro {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return Err("a rate is written with digits and a point, for example 1.0683");
        }
        Decimal::from_str_exact(text)
            .map_err(|_| "this is no number, or one with too many digits")?
            .try_into()
    }
}

/// One quote of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotedRate {
    /// The day.
    pub day: NaiveDate,
    /// The currency; never the euro.
    pub currency: Currency,
    /// Units for one euro.
    pub per_eur: PerEuro,
}

/// What is wrong with a file of rates, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", place(*.line, .column.as_deref()))]
pub struct RatesFileError {
    /// Line, from 1.
    pub line: Option<u64>,
    /// Heading of the column.
    pub column: Option<String>,
    /// What is wrong there.
    pub problem: String,
}

fn place(line: Option<u64>, column: Option<&str>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!("line {line}, column {column}: "),
        (Some(line), None) => format!("line {line}: "),
        _ => String::new(),
    }
}

fn wrong(line: u64, column: Option<&str>, problem: impl Into<String>) -> RatesFileError {
    RatesFileError { line: Some(line), column: column.map(str::to_owned), problem: problem.into() }
}

/// Reads a file of rates.
///
/// # Errors
/// Says line and column of what can't be read. A file with any error is refused as a whole.
pub fn parse(file: &[u8]) -> Result<Vec<QuotedRate>, RatesFileError> {
    let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(file);
    let mut records = reader.records();
    let next = |record: Option<Result<csv::StringRecord, csv::Error>>| match record {
        None => Ok(None),
        Some(Ok(record)) => {
            let line = record.position().map_or(0, csv::Position::line);
            Ok(Some((line, record)))
        }
        Some(Err(error)) => Err(RatesFileError {
            line: error.position().map(csv::Position::line),
            column: None,
            problem: if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
                "this is no UTF-8 text".into()
            } else {
                format!("this is no CSV ({error})")
            },
        }),
    };
    let Some((line, header)) = next(records.next())? else {
        return Err(wrong(1, None, "the file is empty; expected is the header Date,USD,JPY,…"));
    };
    let columns = currencies(line, &header)?;
    let mut rates = Vec::new();
    let mut seen: HashMap<(Currency, NaiveDate), PerEuro> = HashMap::new();
    while let Some((line, record)) = next(records.next())? {
        let day = record.get(0).unwrap_or_default();
        let day = read_day(day).ok_or_else(|| {
            wrong(line, Some("Date"), format!("{day:?} is no day; expected is for example 2026-10-30"))
        })?;
        if record.len() > columns.len() + 1
            && record.iter().skip(columns.len() + 1).any(|cell| !cell.is_empty())
        {
            return Err(wrong(line, None, "there are more values than columns in the header"));
        }
        if record.len() < columns.len() + 1
            && columns.get(record.len() - 1..).is_some_and(|rest| rest.iter().any(Option::is_some))
        {
            return Err(wrong(
                line,
                None,
                format!(
                    "there are {} values, but {} currencies",
                    record.len() - 1,
                    columns.iter().flatten().count()
                ),
            ));
        }
        for (currency, cell) in columns.iter().zip(record.iter().skip(1)) {
            let Some(currency) = currency else {
                if cell.is_empty() {
                    continue;
                }
                return Err(wrong(line, None, format!("{cell:?} stands in a column without a heading")));
            };
            if cell.is_empty() || cell.eq_ignore_ascii_case("n/a") {
                continue;
            }
            let per_eur: PerEuro = cell
                .parse()
                .map_err(|problem| wrong(line, Some(currency.as_str()), format!("{cell:?}: {problem}")))?;
            match seen.insert((*currency, day), per_eur) {
                None => rates.push(QuotedRate { day, currency: *currency, per_eur }),
                Some(first) if first == per_eur => {}
                Some(first) => {
                    let problem =
                        format!("{cell:?} contradicts {} for {day} further up", first.decimal().normalize());
                    return Err(wrong(line, Some(currency.as_str()), problem));
                }
            }
        }
    }
    if rates.is_empty() {
        return Err(wrong(line + 1, None, "there is not a single rate in the file"));
    }
    Ok(rates)
}

/// The currencies of the columns after the first; none for the nameless one at the end.
fn currencies(line: u64, header: &csv::StringRecord) -> Result<Vec<Option<Currency>>, RatesFileError> {
    let first = header.get(0).unwrap_or_default();
    if !first.eq_ignore_ascii_case("date") {
        let problem =
            format!("the first heading is {first:?}, expected is Date, as in the ECB's eurofxref-hist.csv");
        return Err(wrong(line, None, problem));
    }
    let mut columns: Vec<Option<Currency>> = Vec::new();
    for heading in header.iter().skip(1) {
        if heading.is_empty() {
            columns.push(None);
            continue;
        }
        let currency: Currency = heading.parse().map_err(|e| wrong(line, Some(heading), format!("{e}")))?;
        if currency == Currency::EUR {
            return Err(wrong(
                line,
                Some("EUR"),
                "rates are quoted against the euro, so it can't have a column",
            ));
        }
        if columns.contains(&Some(currency)) {
            return Err(wrong(line, Some(heading), "the currency has two columns"));
        }
        columns.push(Some(currency));
    }
    if columns.iter().flatten().next().is_none() {
        return Err(wrong(line, None, "there is no currency in the header"));
    }
    Ok(columns)
}

fn read_day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(text, "%d %B %Y")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let rates = parse(text.as_bytes()).unwrap();
        rates
            .iter()
            .map(|r| format!("{} {} {}", r.day, r.currency, r.per_eur.decimal().normalize()))
            .collect()
    }

    #[test]
    fn the_ecb_s_own_forms_are_read() {
        let expected = ["2026-10-30 USD 1.1172", "2026-10-29 USD 1.113", "2026-10-29 JPY 175.92"];
        assert_eq!(read("Date,USD,JPY,\n2026-10-30,1.1172,N/A,\n2026-10-29,1.1130,175.92,\n"), expected);
        assert_eq!(
            read("\u{feff}Date, USD, JPY, \r\n30 October 2026, 1.1172, , \r\n2026-10-29, 1.113, 175.92"),
            expected
        );
    }

    #[test]
    fn errors_name_line_and_column() {
        for (file, expected) in [
            ("", "line 1: the file is empty"),
            ("Day,USD\n", "line 1: the first heading is \"Day\""),
            ("Date\n2026-01-01\n", "line 1: there is no currency"),
            ("Date,USD,Euro\n", "line 1, column Euro: \"Euro\" is no currency code"),
            ("Date,USD,usd\n", "line 1, column usd: the currency has two columns"),
            ("Date,EUR\n", "line 1, column EUR: rates are quoted against the euro"),
            ("Date,USD\n2026-01-01,1\n2026-13-01,1\n", "line 3, column Date: \"2026-13-01\" is no day"),
            (
                "Date,USD\n2026-01-01,\"1,07\"\n",
                "line 2, column USD: \"1,07\": a rate is written with digits",
            ),
            ("Date,USD\n2026-01-01,-1\n", "line 2, column USD: \"-1\": a rate is written"),
            ("Date,USD\n2026-01-01,0\n", "line 2, column USD: \"0\": a rate is larger than zero"),
            ("Date,USD\n2026-01-01,1.2.3\n", "line 2, column USD: \"1.2.3\": this is no number"),
            (
                "Date,USD\n2026-01-01,1.00000000001\n",
                "line 2, column USD: \"1.00000000001\": a rate has at most",
            ),
            ("Date,USD,JPY\n2026-01-01,1\n", "line 2: there are 1 values, but 2 currencies"),
            ("Date,USD\n2026-01-01,1,2\n", "line 2: there are more values"),
            ("Date,USD,\n2026-01-01,1,2\n", "line 2: \"2\" stands in a column without"),
            ("Date,USD\n2026-01-01,1\n2026-01-01,2\n", "line 3, column USD: \"2\" contradicts 1"),
            ("Date,USD\n", "line 2: there is not a single rate"),
        ] {
            let error = parse(file.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{file:?}: {error}");
        }
        assert!(
            parse(b"Date,USD\n2026-01-01,\xff\n")
                .unwrap_err()
                .to_string()
                .starts_with("line 2: this is no UTF-8")
        );
    }
}
