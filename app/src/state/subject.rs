//! What a menu on a dashboard is about: a mark of a chart, an entry of a legend, a cell of the table.

use crate::charts::Place;
use metrics::keys::OTHER_KEY;
use metrics::value::Value;
use metrics::{Dimension, Measure};
use model::DayRange;

/// What a menu is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// For example "14 Nov 2026, Google Ads".
    pub title: String,
    /// What its figure measures.
    pub measure: Measure,
    /// Its figure, where it has one.
    pub value: Option<Value>,
    /// The members that it stands for, each of its own dimension; filtering by it means all of them.
    pub members: Vec<(Dimension, String)>,
    /// The days that it stands for, where these are not all days of the view.
    pub days: Option<DayRange>,
    /// It is in the table already.
    pub is_row: bool,
    /// Where the menu opens.
    pub place: Place,
}

impl Subject {
    /// Something without figure, members or days of its own.
    pub fn new(title: String, measure: Measure, place: Place) -> Self {
        Self { title, measure, value: None, members: Vec::new(), days: None, is_row: false, place }
    }

    /// Without what stands for no single member: the sum of all others can be looked at, not filtered by.
    #[must_use]
    pub fn of(mut self, members: impl IntoIterator<Item = (Dimension, String)>) -> Self {
        self.members = members.into_iter().filter(|(_, key)| key != OTHER_KEY).collect();
        self
    }
}
