//! How a table is sorted, and how an address says it.

use metrics::Measure;
use std::fmt;

/// A column of a table to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// The row's name.
    Name,
    /// A figure.
    Measure(Measure),
    /// The change of the chosen measure against the comparison.
    Change,
}

/// Sorted by a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sort {
    /// Which.
    pub column: Column,
    /// Largest first.
    pub descending: bool,
}

impl Sort {
    /// Reads `-spend` or `name`. None where there is no such column.
    pub fn parse(text: &str) -> Option<Self> {
        let (descending, name) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let column = match name {
            "name" => Column::Name,
            "change" => Column::Change,
            _ => Column::Measure(Measure::from_name(name)?),
        };
        Some(Self { column, descending })
    }

    /// The order after a click on a column's head: a first click largest first (names A first), a second the other way
    /// round. `before` is how it was sorted by that column.
    pub fn clicked(column: Column, before: Option<Self>) -> Self {
        let descending = before.map_or(column != Column::Name, |before| !before.descending);
        Self { column, descending }
    }
}

/// As [`Sort::parse`] reads it.
impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.column {
            Column::Name => "name",
            Column::Change => "change",
            Column::Measure(measure) => measure.name(),
        };
        write!(f, "{}{name}", if self.descending { "-" } else { "" })
    }
}
