//! What a dashboard shows: one typed value, whose only home is the address.

mod address;
mod sort;

pub use sort::{Column, Sort};

use super::filters::{included, set};
use super::template::{self, Home, Template};
use chrono::NaiveDate;
use metrics::levels::level_for;
use metrics::period::{Comparison, ComparisonKind, Granularity, Period};
use metrics::{Dimension, Family, Filter, FilterMode, Level, Measure, Scope};
use model::DayRange;
use model::days::WeekStart;

/// One step down the tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DrillStep {
    /// Account, campaign, pipeline, …
    pub dimension: Dimension,
    /// Which.
    pub key: String,
}

/// What a dashboard shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Which dashboard.
    pub template: &'static Template,
    /// What it starts with.
    pub home: Home,
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
    /// What the table starts with, `rows`.
    pub top: Dimension,
    /// The way down the tree, `drill`.
    pub drill: Vec<DrillStep>,
    /// The table's order, `sort`; at most two columns.
    pub sort: Vec<Sort>,
    /// The table's search, `q`.
    pub search: String,
}

impl Default for View {
    fn default() -> Self {
        Self::of(&template::ADS, template::ADS.usual())
    }
}

impl View {
    /// A dashboard as it is without anything chosen.
    pub fn of(template: &'static Template, home: Home) -> Self {
        Self {
            template,
            home,
            period: Period::DEFAULT,
            compare: ComparisonKind::PreviousPeriod,
            match_weekdays: None,
            include_today: false,
            filters: Vec::new(),
            measure: home.measure,
            by: template.splits.first().copied().unwrap_or(Dimension::Platform),
            grain: None,
            top: home.rows,
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

    /// The level at which figures of a family by those dimensions are read: what is filtered and drilled into has a say,
    /// too.
    pub fn level(&self, family: Family, group_by: &[Dimension]) -> Level {
        let filtered = self.filters.iter().map(|f| f.dimension);
        let drilled = self.drill.iter().map(|step| step.dimension);
        level_for(family, group_by.iter().copied().chain(filtered).chain(drilled))
    }

    /// What a row of the table is.
    pub fn rows(&self) -> Dimension {
        self.drill.last().and_then(|step| self.template.below(step.dimension)).unwrap_or(self.top)
    }

    /// The part of the warehouse that a level's figures are loaded from. Below the campaigns of ads only the drilled branch
    /// is loaded; everything else is filtered in the browser.
    pub fn scope(&self, calendar: Calendar, (family, level): (Family, Level)) -> Scope {
        let days = self.days(calendar);
        let branch = match level {
            Level::Campaign | Level::Only(_) => None,
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
        Scope { family, level, days: days.period, compare: days.compare, filters }
    }

    /// Goes one step down from a row.
    pub fn drill_into(&mut self, dimension: Dimension, key: &str) {
        if self.template.below(dimension).is_none() {
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
    /// the first column and sorts ties. `columns` are those that there are.
    pub fn sort_by(&mut self, column: Column, second: bool, columns: &[Measure]) {
        let current = self.effective_sort(columns);
        let new = Sort::clicked(column, current.iter().find(|s| s.column == column).copied());
        let first = current.first().copied().filter(|s| second && s.column != column);
        self.sort = first.into_iter().chain([new]).collect();
        if self.sort == usual_sort(columns) {
            self.sort.clear();
        }
    }

    /// The order, with the default where none was chosen: by columns that there are, because nobody sees by what else.
    pub fn effective_sort(&self, columns: &[Measure]) -> Vec<Sort> {
        let is_there = |sort: &Sort| match sort.column {
            Column::Measure(measure) => columns.contains(&measure),
            Column::Name | Column::Change => true,
        };
        let chosen: Vec<Sort> = self.sort.iter().copied().filter(is_there).collect();
        if chosen.is_empty() { usual_sort(columns) } else { chosen }
    }

    /// Whether a member is among the chosen ones of its dimension.
    pub fn is_chosen(&self, dimension: Dimension, key: &str) -> bool {
        included(&self.filters, dimension).iter().any(|m| m == key)
    }
}

/// By the first column, else by name.
fn usual_sort(columns: &[Measure]) -> Vec<Sort> {
    let by = |first: &Measure| Sort { column: Column::Measure(*first), descending: true };
    vec![columns.first().map_or(Sort { column: Column::Name, descending: false }, by)]
}

/// The address of the cubes of some scopes, in one answer. Server and browser must print the same, or what is loaded ahead
/// is loaded twice.
pub fn cube_url(slug: &str, scopes: &[Scope]) -> String {
    // A scope holds nothing that JSON can't say.
    let json = match scopes {
        [scope] => serde_json::to_string(scope),
        scopes => serde_json::to_string(scopes),
    };
    let json = json.unwrap_or_default();
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
        let mut view = View { top: Dimension::Account, ..View::default() };
        let levels = |view: &View| (view.level(Family::Ads, &[view.rows()]), view.level(Family::Ads, &[]));
        let scope = |view: &View, level| view.scope(calendar(), (Family::Ads, level));
        assert_eq!((view.rows(), levels(&view)), (Dimension::Account, (Level::Campaign, Level::Campaign)));
        view.drill_into(Dimension::Account, "4");
        assert_eq!(view.rows(), Dimension::Campaign);
        assert!(scope(&view, Level::Campaign).filters.is_empty());
        view.drill_into(Dimension::Campaign, "12");
        assert_eq!((view.rows(), levels(&view)), (Dimension::AdGroup, (Level::AdGroup, Level::Campaign)));
        assert_eq!(scope(&view, Level::AdGroup).filters[0].members, ["12"]);
        view.drill_into(Dimension::AdGroup, "70");
        assert_eq!((view.rows(), levels(&view)), (Dimension::Ad, (Level::Ad, Level::AdGroup)));
        assert_eq!(scope(&view, Level::Ad).filters[0].dimension, Dimension::AdGroup);
        assert_eq!(scope(&view, Level::AdGroup).filters[0].dimension, Dimension::Campaign);
        view.drill_up(1);
        assert_eq!(view.drill, [DrillStep { dimension: Dimension::Account, key: "4".into() }]);
        view.drill_into(Dimension::Account, "5");
        assert_eq!(view.drilled(Dimension::Account), Some("5"));
        assert_eq!(view.drill.len(), 1);
    }

    #[test]
    fn other_families_have_levels_of_their_own() {
        use model::entities::EntityKind;
        let view = |slug: &str, query: &str| {
            let template = Template::find(slug).unwrap();
            let (view, notices) = View::parse(query, calendar(), (template, template.usual()));
            assert_eq!(notices, [], "{slug} {query}");
            view
        };
        let deals = view("crm", "drill=pipeline:3");
        assert_eq!(deals.rows(), Dimension::Stage);
        assert_eq!(deals.level(Family::Crm, &[]), Level::Only(EntityKind::Deal));
        assert_eq!(view("crm", "").level(Family::Crm, &[]), Level::Campaign);
        assert_eq!(view("email", "").level(Family::Email, &[]), Level::Campaign);
        assert_eq!(view("email", "f=list:4").level(Family::Email, &[]), Level::Only(EntityKind::List));
        let queries = view("search", "drill=page:4&f=country:deu");
        assert_eq!(queries.rows(), Dimension::Query);
        assert_eq!(view("overview", "m=leads&rows=account").to_query(), "m=leads&rows=account");
        assert_eq!(view("social", "").to_query(), "");
    }

    #[test]
    fn a_second_click_turns_the_order_round() {
        let mut view = View::default();
        let columns = template::ADS.columns;
        let clicks = Column::Measure(Measure::Metric(metrics::Metric::Clicks));
        view.sort_by(clicks, false, columns);
        assert_eq!(view.to_query(), "sort=-clicks");
        view.sort_by(clicks, false, columns);
        assert_eq!(view.to_query(), "sort=clicks");
        view.sort_by(Column::Name, true, columns);
        assert_eq!(view.to_query(), "sort=clicks,name");
        view.sort_by(Column::Measure(Measure::Metric(metrics::Metric::Spend)), false, columns);
        assert_eq!(view.to_query(), "");
    }

    #[test]
    fn nothing_is_sorted_by_a_column_that_is_not_there() {
        let (clicks, reach) = (metrics::Metric::Clicks, metrics::Metric::Reach);
        let by = |view: &View, there: &[metrics::Metric]| {
            let there: Vec<Measure> = there.iter().copied().map(Measure::Metric).collect();
            view.effective_sort(&there).iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
        };
        let mut view = View::default();
        assert_eq!(by(&view, &[clicks, reach]), "-clicks", "nobody reports spend");
        assert_eq!(by(&view, &[]), "name");
        view.sort = vec![Sort { column: Column::Measure(Measure::Metric(reach)), descending: false }];
        assert_eq!((by(&view, &[clicks, reach]), by(&view, &[clicks])), ("reach".into(), "-clicks".into()));
        // The first click on what the table is sorted by already turns it round.
        let mut view = View::default();
        view.sort_by(Column::Measure(Measure::Metric(clicks)), false, &[Measure::Metric(clicks)]);
        assert_eq!(view.to_query(), "sort=clicks");
    }

    #[test]
    fn the_cube_s_address_is_stable() {
        let url = cube_url("acme", &[View::default().scope(calendar(), (Family::Ads, Level::Campaign))]);
        assert_eq!(
            url,
            "/api/w/acme/cube?scope=%7B%22level%22%3A%22campaign%22%2C%22days%22%3A%5B%222026-10-25%22%2C%222026-11-21%22%5D%2C%22compare%22%3A%5B%222026-09-27%22%2C%222026-10-24%22%5D%2C%22filters%22%3A%5B%5D%7D"
        );
    }
}
