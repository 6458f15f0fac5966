//! The order of day and month, as a column proves it.

use super::{DateCell, parse, single};
use crate::file_import::numbers::trim;
use model::DayRange;
use model::imports::DateOrder;

/// What the dates of a column tell about their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderVotes {
    /// Cells that only day-first can read.
    pub day_first: u64,
    /// Cells that only month-first can read.
    pub month_first: u64,
    /// Cells that both can read, with different results; and the first of them.
    pub ambiguous: u64,
    /// Cells with points, which are read day first by custom.
    pub by_custom: u64,
    /// An ambiguous cell, to show.
    pub example: Option<String>,
    /// What the ambiguous cells cover when the day comes first, and when the month does.
    pub spans: Option<(DayRange, DayRange)>,
}

impl OrderVotes {
    /// Counts a cell.
    pub fn add(&mut self, cell: &str) {
        self.count(cell, parse);
    }

    /// Counts a cell that is no range.
    pub(super) fn add_single(&mut self, cell: &str) {
        self.count(cell, single);
    }

    fn count(&mut self, cell: &str, read: fn(&str, Option<DateOrder>) -> DateCell) {
        if read(cell, None) == DateCell::Ambiguous {
            self.ambiguous += 1;
            self.example.get_or_insert_with(|| trim(cell).to_owned());
            let day_first = read(cell, Some(DateOrder::DayMonthYear));
            let month_first = read(cell, Some(DateOrder::MonthDayYear));
            if let (DateCell::Days(a, _), DateCell::Days(b, _)) = (day_first, month_first) {
                self.spans = Some(self.spans.map_or((a, b), |(x, y)| (x.hull(a), y.hull(b))));
            }
            return;
        }
        match (read(cell, Some(DateOrder::DayMonthYear)), read(cell, Some(DateOrder::MonthDayYear))) {
            (DateCell::Days(a, _), DateCell::Days(b, _)) => self.by_custom += u64::from(a != b),
            (DateCell::Days(..), _) => self.day_first += 1,
            (_, DateCell::Days(..)) => self.month_first += 1,
            _ => {}
        }
    }

    /// Whether a later cell could still prove an order.
    pub fn is_undecided(&self) -> bool {
        self.ambiguous + self.by_custom > 0 && self.day_first == 0 && self.month_first == 0
    }

    /// The order that the column proves; none when it proves neither, or both (then somebody must say).
    pub fn winner(&self) -> Option<DateOrder> {
        match (self.day_first > 0, self.month_first > 0) {
            (true, false) => Some(DateOrder::DayMonthYear),
            (false, true) => Some(DateOrder::MonthDayYear),
            (false, false) if self.ambiguous == 0 && self.by_custom > 0 => Some(DateOrder::DayMonthYear),
            (false, false) if self.ambiguous == 0 => Some(DateOrder::YearMonthDay),
            _ => None,
        }
    }

    /// The only order in which the ambiguous cells lie in the period that the file's title names.
    pub fn within(&self, period: DayRange) -> Option<DateOrder> {
        if self.day_first > 0 || self.month_first > 0 {
            return None;
        }
        let fits = |span: DayRange| period.from() <= span.from() && span.until() <= period.until();
        match self.spans.map(|(day_first, month_first)| (fits(day_first), fits(month_first))) {
            Some((true, false)) => Some(DateOrder::DayMonthYear),
            Some((false, true)) => Some(DateOrder::MonthDayYear),
            _ => None,
        }
    }
}
