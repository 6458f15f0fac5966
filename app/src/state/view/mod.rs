//! What a dashboard shows: one typed value, whose only home is the address.

mod address;

use super::filters::{included, set};
use chrono::NaiveDate;
use metrics::period::{Comparison, ComparisonKind, Granularity, Period};
use metrics::{Dimension, Family, Filter, FilterMode, Level, Measure, Metric, Ratio, Scope};
use model::DayRange;
use model::days::WeekStart;

/// How the lines of the time chart are split.
pub const SPLITS: [Dimension; 4] =
    [Dimension::Platform, Dimension::Account, Dimension::Campaign, Dimension::Currency];

/// What can be filtered by.
pub const FILTERS: [Dimension; 9] = [
    Dimension::Platform,
    Dimension::Account,
    Dimension::Campaign,
    Dimension::AdGroup,
    Dimension::Ad,
    Dimension::Currency,
    Dimension::Week,
    Dimension::Weekday,
    Dimension::Month,
];

/// The measures of this dashboard, in the order of the tiles.
pub const MEASURES: [Measure; 9] = [
    Measure::Metric(Metric::Spend),
    Measure::Metric(Metric::Impressions),
    Measure::Metric(Metric::Clicks),
    Measure::Ratio(Ratio::Ctr),
    Measure::Ratio(Ratio::Cpc),
    Measure::Metric(Metric::Conversions),
    Measure::Ratio(Ratio::Cpa),
    Measure::Metric(Metric::ConversionValue),
    Measure::Ratio(Ratio::Roas),
];

/// One step down the tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DrillStep {
    /// Account, campaign or ad group.
    pub dimension: Dimension,
    /// Which.
    pub key: String,
}

/// A column of the table to sort by.
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

/// What a dashboard shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The period, `r`.
    pub period: Period,
    /// The comparison, `cmp`.
    pub compare: ComparisonKind,
    /// Whether Mondays are compared with Mondays, `wd`; none = by the period's length.
    pub match_weekdays: Option<bool>,
    /// Whether relative periods end with the partial current day, `today`.
    pub include_today: bool,
    /// Conditions, `f` (repeated), normalised.
    pub filters: Vec<Filter>,
    /// The measure of the charts, `m`.
    pub measure: Measure,
    /// How the time chart is split, `by`.
    pub by: Dimension,
    /// The step of the time axis, `g`; none = by the period's length.
    pub grain: Option<Granularity>,
    /// Whether the table starts with accounts instead of campaigns, `rows`.
    pub rows_are_accounts: bool,
    /// The way down the tree, `drill`.
    pub drill: Vec<DrillStep>,
    /// The table's order, `sort`; at most two columns.
    pub sort: Vec<Sort>,
    /// The table's search, `q`.
    pub search: String,
}

impl Default for View {
    fn default() -> Self {
        Self {
            period: Period::DEFAULT,
            compare: ComparisonKind::PreviousPeriod,
            match_weekdays: None,
            include_today: false,
            filters: Vec::new(),
            measure: Measure::Metric(Metric::Conversions),
            by: Dimension::Platform,
            grain: None,
            rows_are_accounts: false,
            drill: Vec::new(),
            sort: Vec::new(),
            search: String::new(),
        }
    }
}

/// What a view needs to know of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    /// The current day in the workspace's zone.
    pub today: NaiveDate,
    /// First day of the week.
    pub week_start: WeekStart,
}

/// The days of a view, worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The period.
    pub period: DayRange,
    /// With what it is compared, and how.
    pub comparison: Comparison,
    /// The days of the comparison.
    pub compare: Option<DayRange>,
    /// The step of the time axis.
    pub grain: Granularity,
}

/// Something in the address that was not understood, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice(pub String);

impl View {
    /// The days that the view is about.
    pub fn days(&self, calendar: Calendar) -> Days {
        let period = self.period.resolve(calendar.today, calendar.week_start, self.include_today);
        let match_weekdays = self.match_weekdays.unwrap_or_else(|| Comparison::default_match(period));
        let comparison = Comparison { kind: self.compare, match_weekdays };
        let grain = self.grain.unwrap_or_else(|| Granularity::auto(period, false));
        Days { period, comparison, compare: comparison.resolve(period), grain }
    }

    /// Filters and drill together: what every widget's figures are narrowed to.
    pub fn conditions(&self) -> Vec<Filter> {
        let mut all = self.filters.clone();
        all.extend(self.drill.iter().map(|step| Filter {
            dimension: step.dimension,
            mode: FilterMode::Include,
            members: vec![step.key.clone()],
        }));
        all
    }

    /// The key of the drill step in that dimension.
    pub fn drilled(&self, dimension: Dimension) -> Option<&str> {
        self.drill.iter().find(|s| s.dimension == dimension).map(|s| s.key.as_str())
    }

    /// The level of the tree at which totals and charts are read.
    pub fn level(&self) -> Level {
        if self.drilled(Dimension::AdGroup).is_some() { Level::AdGroup } else { Level::Campaign }
    }

    /// The level at which the table's rows are read.
    pub fn row_level(&self) -> Level {
        match self.rows() {
            Dimension::Ad => Level::Ad,
            Dimension::AdGroup => Level::AdGroup,
            _ => Level::Campaign,
        }
    }

    /// What a row of the table is.
    pub fn rows(&self) -> Dimension {
        match self.drill.last().map(|s| s.dimension) {
            Some(Dimension::AdGroup) => Dimension::Ad,
            Some(Dimension::Campaign) => Dimension::AdGroup,
            Some(_) => Dimension::Campaign,
            None if self.rows_are_accounts => Dimension::Account,
            None => Dimension::Campaign,
        }
    }

    /// The part of the warehouse that a level's figures are loaded from. Below campaigns only the drilled branch is
    /// loaded; everything else is filtered in the browser.
    pub fn scope(&self, calendar: Calendar, level: Level) -> Scope {
        let days = self.days(calendar);
        let branch = match level {
            Level::Campaign => None,
            Level::AdGroup => self.drilled(Dimension::Campaign).map(|key| (Dimension::Campaign, key)),
            Level::Ad => self
                .drilled(Dimension::AdGroup)
                .map(|key| (Dimension::AdGroup, key))
                .or_else(|| self.drilled(Dimension::Campaign).map(|key| (Dimension::Campaign, key))),
        };
        let filters = branch
            .map(|(dimension, key)| Filter {
                dimension,
                mode: FilterMode::Include,
                members: vec![key.to_owned()],
            })
            .into_iter()
            .collect();
        Scope { family: Family::Ads, level, days: days.period, compare: days.compare, filters }
    }

    /// Goes one step down from a row.
    pub fn drill_into(&mut self, dimension: Dimension, key: &str) {
        if !matches!(dimension, Dimension::Account | Dimension::Campaign | Dimension::AdGroup) {
            return;
        }
        // A condition on the same dimension would hide the branch, or say the same twice.
        set(&mut self.filters, dimension, FilterMode::Include, Vec::new());
        self.drill.retain(|s| s.dimension < dimension);
        self.drill.push(DrillStep { dimension, key: key.to_owned() });
        self.search.clear();
    }

    /// Goes back up, so that `steps` steps remain.
    pub fn drill_up(&mut self, steps: usize) {
        self.drill.truncate(steps);
        self.search.clear();
    }

    /// Sorts by a column: a first click largest first (names A first), a second the other way round; `second` keeps
    /// the first column and sorts ties.
    pub fn sort_by(&mut self, column: Column, second: bool) {
        let current = self.effective_sort();
        let flipped = current.iter().find(|s| s.column == column).map(|s| !s.descending);
        let new = Sort { column, descending: flipped.unwrap_or(column != Column::Name) };
        let first = current.first().copied().filter(|s| second && s.column != column);
        self.sort = first.into_iter().chain([new]).collect();
        if self.sort == Self::default().effective_sort() {
            self.sort.clear();
        }
    }

    /// The order, with the default where none was chosen.
    pub fn effective_sort(&self) -> Vec<Sort> {
        if self.sort.is_empty() {
            return vec![Sort { column: Column::Measure(Measure::Metric(Metric::Spend)), descending: true }];
        }
        self.sort.clone()
    }

    /// Whether a member is among the chosen ones of its dimension.
    pub fn is_chosen(&self, dimension: Dimension, key: &str) -> bool {
        included(&self.filters, dimension).iter().any(|m| m == key)
    }
}

/// The address of a scope's cube. Server and browser must print the same, or what is loaded ahead is loaded twice.
pub fn cube_url(slug: &str, scope: &Scope) -> String {
    // A scope holds nothing that JSON can't say.
    let json = serde_json::to_string(scope).unwrap_or_default();
    format!(
        "/api/w/{slug}/cube?scope={}",
        url::form_urlencoded::byte_serialize(json.as_bytes()).collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        Calendar { today: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(), week_start: WeekStart::Monday }
    }

    #[test]
    fn drilling_decides_rows_levels_and_what_is_loaded() {
        let mut view = View { rows_are_accounts: true, ..View::default() };
        assert_eq!(
            (view.rows(), view.row_level(), view.level()),
            (Dimension::Account, Level::Campaign, Level::Campaign)
        );
        view.drill_into(Dimension::Account, "4");
        assert_eq!(view.rows(), Dimension::Campaign);
        assert!(view.scope(calendar(), Level::Campaign).filters.is_empty());
        view.drill_into(Dimension::Campaign, "12");
        assert_eq!(
            (view.rows(), view.row_level(), view.level()),
            (Dimension::AdGroup, Level::AdGroup, Level::Campaign)
        );
        assert_eq!(view.scope(calendar(), Level::AdGroup).filters[0].members, ["12"]);
        view.drill_into(Dimension::AdGroup, "70");
        assert_eq!((view.rows(), view.row_level(), view.level()), (Dimension::Ad, Level::Ad, Level::AdGroup));
        assert_eq!(view.scope(calendar(), Level::Ad).filters[0].dimension, Dimension::AdGroup);
        assert_eq!(view.scope(calendar(), Level::AdGroup).filters[0].dimension, Dimension::Campaign);
        view.drill_up(1);
        assert_eq!(view.drill, [DrillStep { dimension: Dimension::Account, key: "4".into() }]);
        view.drill_into(Dimension::Account, "5");
        assert_eq!(view.drilled(Dimension::Account), Some("5"));
        assert_eq!(view.drill.len(), 1);
    }

    #[test]
    fn a_second_click_turns_the_order_round() {
        let mut view = View::default();
        let clicks = Column::Measure(Measure::Metric(Metric::Clicks));
        view.sort_by(clicks, false);
        assert_eq!(view.to_query(), "sort=-clicks");
        view.sort_by(clicks, false);
        assert_eq!(view.to_query(), "sort=clicks");
        view.sort_by(Column::Name, true);
        assert_eq!(view.to_query(), "sort=clicks,name");
        view.sort_by(Column::Measure(Measure::Metric(Metric::Spend)), false);
        assert_eq!(view.to_query(), "");
    }

    #[test]
    fn the_cube_s_address_is_stable() {
        let url = cube_url("acme", &View::default().scope(calendar(), Level::Campaign));
        assert_eq!(
            url,
            "/api/w/acme/cube?scope=%7B%22level%22%3A%22campaign%22%2C%22days%22%3A%5B%222026-10-25%22%2C%222026-11-21%22%5D%2C%22compare%22%3A%5B%222026-09-27%22%2C%222026-10-24%22%5D%2C%22filters%22%3A%5B%5D%7D"
        );
    }
}
