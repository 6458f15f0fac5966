//! From the cells of a data row to its meaning.

use super::columns::{Expand, Measure, Use};
use super::{LONGEST_PERIOD_DAYS, Named, Reader, Row, Understood, slug};
use crate::file_import::dates::{self, DateCell, whole_month};
use crate::file_import::durations;
use crate::file_import::lexicon;
use crate::file_import::numbers::{self, NumberCell};
use crate::file_import::records::Record;
use crate::sync::slice::scale;
use chrono::NaiveDate;
use metrics::Family;
use model::DayRange;
use model::imports::NumberFormat;
use rust_decimal::Decimal;

#[derive(Debug, Default)]
struct DateParts {
    days: Option<DayRange>,
    until: Option<NaiveDate>,
    hour: Option<u8>,
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
}

impl Reader<'_> {
    pub(super) fn read(&mut self, record: &Record, row: &mut Row) -> Understood {
        let extra = record.fields.get(self.uses.len()..).unwrap_or_default();
        if extra.iter().any(|f| !numbers::trim(f).is_empty()) {
            return Understood::Rejected(format!(
                "has {} fields, but the header names {} columns",
                record.fields.len(),
                self.uses.len()
            ));
        }
        if record.fields.len() <= self.last_needed {
            return Understood::Rejected(format!(
                "ends after {} of {} fields, before {:?}",
                record.fields.len(),
                self.uses.len(),
                self.headers.get(self.last_needed).map_or("", String::as_str)
            ));
        }
        if record.fields.iter().any(|field| field.contains('\0')) {
            return Understood::Rejected("holds a zero byte, which no text has".into());
        }
        row.clear(self.metrics.len(), self.dimensions.len());
        row.line = record.line;
        row.platform = self.part.as_ref().and_then(|part| part.platform).map(str::to_owned);
        let of_title = self.part.as_ref().and_then(|part| part.at);
        let mut parts = DateParts::default();
        let mut symbol: Option<&'static str> = None;
        let format = &self.mapping.format;
        for (index, usage) in self.uses.iter().enumerate() {
            let cell = record.field(index);
            let text = || numbers::trim(cell);
            let given =
                || Some(numbers::text(cell)).filter(|_| !numbers::is_blank_text(text())).map(str::to_owned);
            match *usage {
                Use::Nothing => {}
                Use::Metric { at, measure } => {
                    let at = of_title.filter(|_| self.titled == Some(index)).unwrap_or(at);
                    let (value, currency) = match figure(cell, format.numbers, measure) {
                        Ok(Some(figure)) => figure,
                        Ok(None) => continue,
                        Err(why) => return self.bad(index, cell, why),
                    };
                    if self.metrics[at].scale() == 0 && !value.is_integer() {
                        return self.bad(index, cell, "must be a whole number");
                    }
                    if scale(value, self.metrics[at].scale()).is_none() {
                        return self.bad(index, cell, "is too large to be true");
                    }
                    row.values[at] = Some(value);
                    if self.metrics[at].is_money() && self.mapping.currency.is_none() {
                        if symbol.is_some_and(|first| currency.is_some_and(|code| code != first)) {
                            return self.bad(
                                index,
                                cell,
                                "is in another currency than the row's other money",
                            );
                        }
                        symbol = symbol.or(currency);
                    }
                }
                Use::Counted { step } => {
                    let number = text().parse::<u32>().ok();
                    let Some(days) = number.and_then(|number| step.after(self.first_day?, number)) else {
                        return self.bad(
                            index,
                            cell,
                            "is no number of days from the report's start, or the file does not say it",
                        );
                    };
                    parts.days = Some(days);
                }
                Use::Date { expand } => match dates::parse(cell, format.dates) {
                    DateCell::Days(days, hour) => {
                        parts.days = Some(expand.apply(days));
                        parts.hour = hour;
                    }
                    DateCell::Ambiguous => return Understood::AmbiguousDate,
                    DateCell::Blank => return self.bad(index, cell, "is empty: the row has no date"),
                    DateCell::MonthOnly(month) => parts.month = Some(month),
                    DateCell::DayMonth(day, month) => {
                        parts.month = Some(month);
                        parts.day = Some(day);
                        // In a column of months, `Jan-26` is that of 2026.
                        if expand == Expand::Month && text().starts_with(char::is_alphabetic) {
                            parts.year = i32::try_from(day).ok().map(|year| 2000 + year);
                            parts.day = None;
                        }
                    }
                    DateCell::Text => return self.bad(index, cell, "is no date"),
                },
                Use::DateUntil => {
                    if let DateCell::Days(days, _) = dates::parse(cell, format.dates) {
                        parts.until = Some(days.until());
                    }
                }
                Use::Month => {
                    let by_number = || text().parse::<u32>().ok().filter(|m| (1..=12).contains(m));
                    if let Some(month) = dates::month_number(cell).or_else(by_number) {
                        self.month = Some(month);
                    } else if !text().is_empty() {
                        return self.bad(index, cell, "is no month");
                    }
                    parts.month = self.month;
                }
                Use::DayOfMonth => match text().parse::<u32>() {
                    Ok(day @ 1..=31) => parts.day = Some(day),
                    _ => return self.bad(index, cell, "is no day of a month"),
                },
                Use::Year => match text().parse::<i32>() {
                    Ok(year @ 1990..=2100) => parts.year = Some(year),
                    _ => return self.bad(index, cell, "is no year"),
                },
                Use::Currency => {
                    let code = text().to_uppercase();
                    if !numbers::is_blank(text()) {
                        if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
                            return self.bad(index, cell, "is no currency code");
                        }
                        row.currency = Some(code);
                    }
                }
                Use::Platform => {
                    row.platform =
                        given().map(|t| lexicon::platform(&t).map_or_else(|| slug(&t), str::to_owned));
                }
                Use::Account => row.account = given(),
                Use::Id(level) => {
                    if let Some(id) = given().filter(|id| !self.has_name[level] || !is_shortened(id)) {
                        row.entities[level].get_or_insert_default().id = id;
                    }
                }
                Use::Name(level) => {
                    if let Some(name) = given() {
                        row.entities[level].get_or_insert_default().name = name;
                    }
                }
                Use::Segment(at) => {
                    let is_given =
                        !is_dash(text()) && (self.family != Family::Ads || !numbers::is_blank(text()));
                    row.segments[at] = is_given.then(|| numbers::text(cell).to_owned());
                }
            }
        }
        // A column of codes knows better than a symbol.
        row.currency = row.currency.take().or(symbol.map(str::to_owned));
        if row.values.iter().all(Option::is_none) {
            return Understood::Rejected("holds no figure in any mapped column".into());
        }
        row.hour = parts.hour.filter(|_| self.has_hours);
        row.days = match self.days(&parts) {
            Ok(days) => days,
            Err(why) => return Understood::Rejected(why),
        };
        row.undated = parts.month.filter(|_| row.days.is_none()).map(|month| (month, parts.day));
        complete_names(&mut row.entities);
        Understood::Data
    }

    fn bad(&self, index: usize, cell: &str, why: &str) -> Understood {
        let header = self.headers.get(index).map_or("", String::as_str);
        let shown: String = cell.chars().take(40).collect();
        Understood::Rejected(format!("{header}: {shown:?} {why}"))
    }

    /// None when the period or the year must be asked for first.
    fn days(&self, parts: &DateParts) -> Result<Option<DayRange>, String> {
        if let Some(days) = parts.days {
            let whole = match parts.until {
                Some(until) => {
                    DayRange::new(days.from(), until.max(days.until())).map_err(|e| e.to_string())?
                }
                None => days,
            };
            return if whole.len() > LONGEST_PERIOD_DAYS {
                Err(format!("covers {} days", whole.len()))
            } else {
                Ok(Some(whole))
            };
        }
        let Some(month) = parts.month else {
            return match self.mapping.period {
                None if self.has_dates => Err("has no date".into()),
                period => Ok(period),
            };
        };
        let Some(year) = parts.year.or_else(|| self.years.get(&month).copied()).or(self.mapping.year) else {
            return Ok(None);
        };
        match parts.day {
            Some(day) => NaiveDate::from_ymd_opt(year, month, day)
                .map(|day| Some(DayRange::single(day)))
                .ok_or_else(|| format!("{year}-{month:02}-{day:02} does not exist")),
            None => whole_month(year, month)
                .map(Some)
                .ok_or_else(|| format!("month {month} of {year} does not exist")),
        }
    }
}

/// What a cell of figures says: a number in the metric's unit, with the currency that stands beside it.
fn figure(
    cell: &str,
    format: NumberFormat,
    measure: Measure,
) -> Result<Option<(Decimal, Option<&'static str>)>, &'static str> {
    match (numbers::parse(cell, format), measure) {
        (NumberCell::Blank, _) => Ok(None),
        (NumberCell::Value { percent: true, .. }, _) => Err("is a percentage, not an amount"),
        (NumberCell::Value { value, currency, .. }, Measure::Plain) => Ok(Some((value, currency))),
        (NumberCell::Value { value, currency, .. }, Measure::Micros) => {
            Ok(Some((value / Decimal::from(1_000_000), currency)))
        }
        (NumberCell::Value { value, .. }, Measure::Seconds(unit)) => {
            let seconds = value.checked_mul(Decimal::from(unit)).ok_or("is too long")?;
            Ok(Some((seconds.round(), None)))
        }
        (NumberCell::Text, Measure::Seconds(_)) => {
            durations::parse(cell).map(|seconds| Some((seconds.round(), None))).ok_or("is no duration")
        }
        (NumberCell::Text, _) => Err("is no number"),
    }
}

impl Row {
    fn clear(&mut self, metrics: usize, dimensions: usize) {
        let (mut values, mut segments) =
            (std::mem::take(&mut self.values), std::mem::take(&mut self.segments));
        values.clear();
        values.resize(metrics, None);
        segments.clear();
        segments.resize(dimensions, None);
        *self = Self { segments, values, ..Self::default() };
    }
}

/// Whether a spreadsheet has cut an id down to what it shows of large numbers (`2.38E+16`), as it does with many others.
fn is_shortened(id: &str) -> bool {
    let is_figures = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
    id.split_once(['E', 'e']).is_some_and(|(mantissa, exponent)| {
        let exponent = exponent.strip_prefix('+').unwrap_or_default();
        mantissa.contains(['.', ',']) && is_figures(mantissa) && !exponent.is_empty() && is_figures(exponent)
    })
}

/// Whether a cell leaves out what rows are split by. Beside advertising, words that say "no value" elsewhere are values
/// here: people search for `null`, and Google Analytics tells `(none)` from `(not set)`.
fn is_dash(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '-' | '–' | '—' | '−'))
}

/// An id alone is its own name; a name alone is found again by its path, because two campaigns can have ad groups of
/// one name. A level that the row leaves out while a lower one is there stays out.
fn complete_names(entities: &mut [Option<Named>; 3]) {
    let mut path = String::new();
    for entity in entities.iter_mut().flatten() {
        if entity.name.is_empty() {
            entity.name.clone_from(&entity.id);
        }
        if entity.id.is_empty() {
            entity.id =
                if path.is_empty() { entity.name.clone() } else { format!("{path} / {}", entity.name) };
        }
        path.clone_from(&entity.id);
    }
}
