//! What a dashboard shows: one typed value, whose only home is the address. Every view can be restored from its
//! address, and nonsense in an address falls back to something sensible and says so.

use super::filters::{included, normalise, set};
use chrono::NaiveDate;
use metrics::period::{Comparison, ComparisonKind, Granularity, Period};
use metrics::{Dimension, Family, Filter, FilterMode, Level, Measure, Metric, Ratio, Scope};
use model::DayRange;
use model::days::WeekStart;
use std::borrow::Cow;

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
    /// Reads the query part of an address. Never fails: what is not understood keeps its default and yields a notice.
    pub fn parse(query: &str, calendar: Calendar) -> (Self, Vec<Notice>) {
        let mut view = Self::default();
        let mut notices = Vec::new();
        let mut filters = Vec::new();
        for (name, value) in url::form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            if let Err(notice) = view.take(&name, &value, calendar, &mut filters) {
                notices.push(Notice(notice));
            }
        }
        view.filters = normalise(filters);
        (view, notices)
    }

    fn take(
        &mut self,
        name: &str,
        value: &str,
        calendar: Calendar,
        filters: &mut Vec<Filter>,
    ) -> Result<(), String> {
        let shown = shorten(value);
        match name {
            "r" => {
                self.period = Period::parse(value, calendar.today, calendar.week_start).map_err(|_| {
                    format!("The period “{shown}” was not understood; showing {}.", Period::DEFAULT.label())
                })?;
            }
            "cmp" => {
                let comparison = Comparison::from_url(value).ok_or_else(|| {
                    format!(
                        "The comparison “{shown}” was not understood; comparing with the previous period."
                    )
                })?;
                self.compare = comparison.kind;
                if !comparison.match_weekdays && value.ends_with("-dates") {
                    self.match_weekdays = Some(false);
                }
            }
            "wd" => self.match_weekdays = Some(flag(value).ok_or_else(|| unknown_flag("wd", &shown))?),
            "today" => self.include_today = flag(value).ok_or_else(|| unknown_flag("today", &shown))?,
            "f" => filters.push(
                parse_filter(value)
                    .ok_or_else(|| format!("The filter “{shown}” was not understood and is left out."))?,
            ),
            "m" => {
                self.measure =
                    Measure::from_name(value).filter(|m| MEASURES.contains(m)).ok_or_else(|| {
                        format!(
                            "There is no metric “{shown}” here (any more); showing {}.",
                            self.measure.label()
                        )
                    })?;
            }
            "by" => {
                self.by = Dimension::from_name(value)
                    .filter(|d| SPLITS.contains(d))
                    .ok_or_else(|| format!("Lines can't be split by “{shown}”; splitting by platform."))?;
            }
            "g" => {
                self.grain =
                    Some(Granularity::from_name(value).filter(|g| *g != Granularity::Hour).ok_or_else(
                        || format!("The step “{shown}” was not understood; using one that fits."),
                    )?);
            }
            "rows" => {
                self.rows_are_accounts = match value {
                    "account" => true,
                    "campaign" => false,
                    _ => return Err(format!("The table can't list “{shown}”; listing campaigns.")),
                };
            }
            "drill" => {
                self.drill = parse_drill(value).ok_or_else(|| {
                    format!("The drill “{shown}” was not understood; starting from the top.")
                })?;
            }
            "sort" => {
                self.sort = parse_sort(value)
                    .ok_or_else(|| format!("The order “{shown}” was not understood; sorted by spend."))?;
            }
            "q" => self.search = value.chars().take(200).collect(),
            // Parameters of other pages, campaigns' own tags and the like are nobody's mistake.
            _ => {}
        }
        Ok(())
    }

    /// The query part of the view's address, without `?`; empty for the default view.
    pub fn to_query(&self) -> String {
        let default = Self::default();
        let mut pairs: Vec<(&str, String)> = Vec::new();
        if self.period != default.period {
            pairs.push(("r", self.period.to_url()));
        }
        if self.compare != default.compare {
            pairs.push(("cmp", Comparison { kind: self.compare, match_weekdays: true }.to_url()));
        }
        if let Some(on) = self.match_weekdays {
            pairs.push(("wd", u8::from(on).to_string()));
        }
        if self.include_today {
            pairs.push(("today", "1".into()));
        }
        for filter in &self.filters {
            pairs.push(("f", filter_text(filter)));
        }
        if self.measure != default.measure {
            pairs.push(("m", self.measure.name().into()));
        }
        if self.by != default.by {
            pairs.push(("by", self.by.name().into()));
        }
        if let Some(grain) = self.grain {
            pairs.push(("g", grain.name().into()));
        }
        if self.rows_are_accounts {
            pairs.push(("rows", "account".into()));
        }
        if !self.drill.is_empty() {
            let steps: Vec<String> = self
                .drill
                .iter()
                .map(|s| format!("{}:{}", s.dimension.name(), escape_member(&s.key)))
                .collect();
            pairs.push(("drill", steps.join(",")));
        }
        if !self.sort.is_empty() {
            let columns: Vec<String> = self.sort.iter().map(|s| sort_text(*s)).collect();
            pairs.push(("sort", columns.join(",")));
        }
        if !self.search.is_empty() {
            pairs.push(("q", self.search.clone()));
        }
        let pairs: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        pairs.join("&")
    }

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

fn flag(value: &str) -> Option<bool> {
    match value {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

fn unknown_flag(name: &str, shown: &str) -> String {
    format!("“{name}={shown}” was not understood; write 0 or 1.")
}

fn shorten(value: &str) -> Cow<'_, str> {
    match value.char_indices().nth(60) {
        Some((at, _)) => Cow::Owned(format!("{}…", &value[..at])),
        None => Cow::Borrowed(value),
    }
}

fn parse_filter(text: &str) -> Option<Filter> {
    let (mode, text) = match text.strip_prefix('!') {
        Some(rest) => (FilterMode::Exclude, rest),
        None => (FilterMode::Include, text),
    };
    let (dimension, members) = text.split_once(':')?;
    let dimension = Dimension::from_name(dimension).filter(|d| FILTERS.contains(d))?;
    Some(Filter { dimension, mode, members: split_members(members) })
}

fn filter_text(filter: &Filter) -> String {
    let sign = if filter.mode == FilterMode::Exclude { "!" } else { "" };
    let members: Vec<String> = filter.members.iter().map(|m| escape_member(m)).collect();
    format!("{sign}{}:{}", filter.dimension.name(), members.join(","))
}

fn parse_drill(text: &str) -> Option<Vec<DrillStep>> {
    let mut steps: Vec<DrillStep> = Vec::new();
    for step in split_members(text) {
        let (dimension, key) = step.split_once(':')?;
        let dimension = Dimension::from_name(dimension)
            .filter(|d| matches!(d, Dimension::Account | Dimension::Campaign | Dimension::AdGroup))?;
        if key.is_empty() || steps.last().is_some_and(|last| last.dimension >= dimension) {
            return None;
        }
        steps.push(DrillStep { dimension, key: key.to_owned() });
    }
    let has = |d: Dimension| steps.iter().any(|s| s.dimension == d);
    // An ad group without its campaign would load the whole level.
    (!has(Dimension::AdGroup) || has(Dimension::Campaign)).then_some(steps)
}

fn parse_sort(text: &str) -> Option<Vec<Sort>> {
    let mut sort: Vec<Sort> = Vec::new();
    for column in text.split(',') {
        let (descending, name) = column.strip_prefix('-').map_or((false, column), |rest| (true, rest));
        let column = match name {
            "name" => Column::Name,
            "change" => Column::Change,
            _ => Column::Measure(Measure::from_name(name).filter(|m| MEASURES.contains(m))?),
        };
        if sort.iter().any(|s| s.column == column) {
            return None;
        }
        sort.push(Sort { column, descending });
    }
    (sort.len() <= 2).then_some(sort)
}

fn sort_text(sort: Sort) -> String {
    let name = match sort.column {
        Column::Name => "name",
        Column::Change => "change",
        Column::Measure(measure) => measure.name(),
    };
    format!("{}{name}", if sort.descending { "-" } else { "" })
}

/// Members are joined by commas; a comma or backslash inside one gets a backslash.
fn escape_member(member: &str) -> String {
    member.replace('\\', "\\\\").replace(',', "\\,")
}

fn split_members(text: &str) -> Vec<String> {
    let mut members = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ',' => members.push(String::new()),
            '\\' => members.last_mut().into_iter().for_each(|m| m.extend(chars.next())),
            _ => members.last_mut().into_iter().for_each(|m| m.push(c)),
        }
    }
    members
}

/// Percent-encodes a value, but leaves what an address may hold and a person can read.
fn encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' | b',' | b'!' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn calendar() -> Calendar {
        Calendar { today: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(), week_start: WeekStart::Monday }
    }

    fn read(query: &str) -> View {
        let (view, notices) = View::parse(query, calendar());
        assert_eq!(notices, [], "{query}");
        view
    }

    fn complaint(query: &str) -> String {
        let (view, notices) = View::parse(query, calendar());
        assert_eq!(view, View::default(), "{query} changed the view");
        notices.into_iter().map(|n| n.0).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn the_default_view_has_a_clean_address() {
        assert_eq!(View::default().to_query(), "");
        assert_eq!(read(""), View::default());
        assert_eq!(read("?utm_source=mail&fbclid=1"), View::default());
    }

    #[test]
    fn an_address_reads_as_a_person_would_write_it() {
        let view = read(
            "r=90d&cmp=year&f=platform:google_ads&f=!campaign:123,9&m=roas&by=campaign&drill=account:4&sort=-clicks,name&q=brand+x",
        );
        assert_eq!(
            view.to_query(),
            "r=90d&cmp=year&f=platform:google_ads&f=!campaign:123,9&m=roas&by=campaign&drill=account:4&sort=-clicks,name&q=brand+x"
        );
        assert_eq!(view.filters[1].members, ["123", "9"]);
        assert_eq!(view.rows(), Dimension::Campaign);
    }

    #[test]
    fn nonsense_falls_back_and_says_so() {
        assert_eq!(complaint("r=soon"), "The period “soon” was not understood; showing Last 28 days.");
        assert!(complaint("r=2026-02-30").contains("2026-02-30"));
        assert!(complaint("cmp=x").contains("comparing with the previous period"));
        assert!(complaint("f=nothing").contains("left out"));
        assert!(complaint("f=mood:good").contains("left out"));
        assert!(complaint("m=happiness").contains("no metric “happiness”"));
        assert!(complaint("by=ad").contains("platform"));
        assert!(complaint("g=blink").contains("blink"));
        assert!(complaint("drill=campaign").contains("top"));
        assert!(complaint("drill=ad_group:5").contains("top"));
        assert!(complaint("drill=campaign:1,account:2").contains("top"));
        assert!(complaint("sort=-spend,-spend").contains("spend"));
        assert!(complaint("today=maybe&wd=2").contains("wd=2"));
        assert!(complaint(&format!("r={}", "x".repeat(5000))).len() < 200);
        assert_eq!(complaint("r=%FF%00&m=").matches('|').count(), 1);
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

    fn any_filter() -> impl Strategy<Value = Filter> {
        (proptest::sample::select(FILTERS.to_vec()), any::<bool>(), proptest::collection::vec(".{0,8}", 1..4))
            .prop_map(|(dimension, exclude, members)| Filter {
                dimension,
                mode: if exclude { FilterMode::Exclude } else { FilterMode::Include },
                members,
            })
    }

    prop_compose! {
        fn any_view()(
            period in proptest::sample::select(Period::PRESETS.to_vec()),
            compare in proptest::sample::select(vec![
                ComparisonKind::None,
                ComparisonKind::PreviousPeriod,
                ComparisonKind::SamePeriodLastYear,
                ComparisonKind::Custom(DayRange::ending(calendar().today, 9)),
            ]),
            match_weekdays in any::<Option<bool>>(),
            include_today in any::<bool>(),
            filters in proptest::collection::vec(any_filter(), 0..5),
            measure in proptest::sample::select(MEASURES.to_vec()),
            by in proptest::sample::select(SPLITS.to_vec()),
            grain in proptest::option::of(proptest::sample::select(vec![
                Granularity::Day, Granularity::Week, Granularity::Month,
            ])),
            rows_are_accounts in any::<bool>(),
            steps in 0usize..4,
            keys in proptest::collection::vec("[^\\x00]{1,6}", 3),
            columns in proptest::sample::subsequence(
                vec![Column::Name, Column::Change, Column::Measure(MEASURES[2]), Column::Measure(MEASURES[8])], 0..3),
            descending in any::<bool>(),
            search in ".{0,20}",
        ) -> View {
            let path = [Dimension::Account, Dimension::Campaign, Dimension::AdGroup];
            View {
                period, compare, match_weekdays, include_today, measure, by, grain, rows_are_accounts, search,
                filters: normalise(filters),
                drill: path.into_iter().zip(keys).take(steps)
                    .map(|(dimension, key)| DrillStep { dimension, key }).collect(),
                sort: columns.into_iter().map(|column| Sort { column, descending }).collect(),
            }
        }
    }

    proptest! {
        #[test]
        fn every_view_survives_its_address(view in any_view()) {
            let (read, notices) = View::parse(&view.to_query(), calendar());
            prop_assert_eq!(notices, vec![]);
            prop_assert_eq!(read, view);
        }

        #[test]
        fn no_address_is_too_strange(query in ".{0,200}") {
            let (view, _) = View::parse(&query, calendar());
            let (again, _) = View::parse(&view.to_query(), calendar());
            prop_assert_eq!(again, view);
        }
    }
}
