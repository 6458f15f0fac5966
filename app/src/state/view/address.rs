//! A view as an address and back. Every view can be restored from its address, and nonsense in an address falls back to
//! something sensible and says so.

use super::{Calendar, Column, DrillStep, Notice, Sort, View};
use crate::state::filters::normalise;
use crate::state::template::{Home, Template, plural};
use metrics::period::{Comparison, Granularity, Period};
use metrics::{Dimension, Filter, FilterMode, Measure};
use std::borrow::Cow;

impl View {
    /// Reads the query part of an address. Never fails: what is not understood keeps its default and yields a notice.
    pub fn parse(
        query: &str,
        calendar: Calendar,
        (template, home): (&'static Template, Home),
    ) -> (Self, Vec<Notice>) {
        let mut view = Self::of(template, home);
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
        let template = self.template;
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
                parse_filter(template, value)
                    .ok_or_else(|| format!("The filter “{shown}” was not understood and is left out."))?,
            ),
            "m" => {
                self.measure = measure_of(template, value).ok_or_else(|| {
                    format!("There is no metric “{shown}” here (any more); showing {}.", self.measure.label())
                })?;
            }
            "by" => {
                self.by =
                    Dimension::from_name(value).filter(|d| template.splits.contains(d)).ok_or_else(|| {
                        let usual = self.by.label().to_lowercase();
                        format!("Lines can't be split by “{shown}”; splitting by {usual}.")
                    })?;
            }
            "g" => {
                self.grain =
                    Some(Granularity::from_name(value).filter(|g| *g != Granularity::Hour).ok_or_else(
                        || format!("The step “{shown}” was not understood; using one that fits."),
                    )?);
            }
            "rows" => {
                self.top =
                    Dimension::from_name(value).filter(|d| template.rows.contains(d)).ok_or_else(|| {
                        let usual = plural(self.top).to_lowercase();
                        format!("The table can't list “{shown}”; listing {usual}.")
                    })?;
            }
            "drill" => {
                self.drill = parse_drill(template, value).ok_or_else(|| {
                    format!("The drill “{shown}” was not understood; starting from the top.")
                })?;
            }
            "sort" => {
                self.sort = parse_sort(template, value).ok_or_else(|| {
                    let usual = template.columns.first().map_or("", |m| m.label()).to_lowercase();
                    format!("The order “{shown}” was not understood; sorted by {usual}.")
                })?;
            }
            "q" => self.search = value.chars().take(200).collect(),
            // Parameters of other pages, campaigns' own tags and the like are nobody's mistake.
            _ => {}
        }
        Ok(())
    }

    /// The query part of the view's address, without `?`; empty for the default view.
    pub fn to_query(&self) -> String {
        let default = Self::of(self.template, self.home);
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
        if self.top != default.top {
            pairs.push(("rows", self.top.name().into()));
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
            let columns: Vec<String> = self.sort.iter().map(Sort::to_string).collect();
            pairs.push(("sort", columns.join(",")));
        }
        if !self.search.is_empty() {
            pairs.push(("q", self.search.clone()));
        }
        let pairs: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        pairs.join("&")
    }
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

fn measure_of(template: &Template, name: &str) -> Option<Measure> {
    Measure::from_name(name).filter(|measure| template.measures().any(|known| known == *measure))
}

fn parse_filter(template: &Template, text: &str) -> Option<Filter> {
    let (mode, text) = match text.strip_prefix('!') {
        Some(rest) => (FilterMode::Exclude, rest),
        None => (FilterMode::Include, text),
    };
    let (dimension, members) = text.split_once(':')?;
    let dimension = Dimension::from_name(dimension).filter(|d| template.filters.contains(d))?;
    Some(Filter { dimension, mode, members: split_members(members) })
}

fn filter_text(filter: &Filter) -> String {
    let sign = if filter.mode == FilterMode::Exclude { "!" } else { "" };
    let members: Vec<String> = filter.members.iter().map(|m| escape_member(m)).collect();
    format!("{sign}{}:{}", filter.dimension.name(), members.join(","))
}

fn parse_drill(template: &Template, text: &str) -> Option<Vec<DrillStep>> {
    let mut steps: Vec<DrillStep> = Vec::new();
    for step in split_members(text) {
        let (dimension, key) = step.split_once(':')?;
        let dimension = Dimension::from_name(dimension).filter(|d| template.below(*d).is_some())?;
        if key.is_empty() || steps.last().is_some_and(|last| last.dimension >= dimension) {
            return None;
        }
        steps.push(DrillStep { dimension, key: key.to_owned() });
    }
    let has = |d: Dimension| steps.iter().any(|s| s.dimension == d);
    // An ad group without its campaign would load the whole level.
    (!has(Dimension::AdGroup) || has(Dimension::Campaign)).then_some(steps)
}

fn parse_sort(template: &Template, text: &str) -> Option<Vec<Sort>> {
    let mut sort: Vec<Sort> = Vec::new();
    for column in text.split(',') {
        let column = Sort::parse(column)?;
        let is_there = match column.column {
            Column::Measure(measure) => template.columns.contains(&measure),
            Column::Name | Column::Change => true,
        };
        if !is_there || sort.iter().any(|s| s.column == column.column) {
            return None;
        }
        sort.push(column);
    }
    (sort.len() <= 2).then_some(sort)
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
    use crate::state::template::ADS;
    use chrono::NaiveDate;
    use metrics::period::ComparisonKind;
    use model::DayRange;
    use model::days::WeekStart;
    use proptest::prelude::*;

    fn calendar() -> Calendar {
        Calendar { today: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(), week_start: WeekStart::Monday }
    }

    fn parse(query: &str) -> (View, Vec<Notice>) {
        View::parse(query, calendar(), (&ADS, ADS.usual()))
    }

    fn read(query: &str) -> View {
        let (view, notices) = parse(query);
        assert_eq!(notices, [], "{query}");
        view
    }

    fn complaint(query: &str) -> String {
        let (view, notices) = parse(query);
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

    fn any_filter() -> impl Strategy<Value = Filter> {
        (
            proptest::sample::select(ADS.filters.to_vec()),
            any::<bool>(),
            proptest::collection::vec(".{0,8}", 1..4),
        )
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
            measure in proptest::sample::select(ADS.columns.to_vec()),
            by in proptest::sample::select(ADS.splits.to_vec()),
            grain in proptest::option::of(proptest::sample::select(vec![
                Granularity::Day, Granularity::Week, Granularity::Month,
            ])),
            top in proptest::sample::select(ADS.rows.to_vec()),
            steps in 0usize..4,
            keys in proptest::collection::vec("[^\\x00]{1,6}", 3),
            columns in proptest::sample::subsequence(
                vec![Column::Name, Column::Change, Column::Measure(ADS.columns[2]), Column::Measure(ADS.columns[8])], 0..3),
            descending in any::<bool>(),
            search in ".{0,20}",
        ) -> View {
            let path = [Dimension::Account, Dimension::Campaign, Dimension::AdGroup];
            View {
                period, compare, match_weekdays, include_today, measure, by, grain, top, search,
                filters: normalise(filters),
                drill: path.into_iter().zip(keys).take(steps)
                    .map(|(dimension, key)| DrillStep { dimension, key }).collect(),
                sort: columns.into_iter().map(|column| Sort { column, descending }).collect(),
                ..View::default()
            }
        }
    }

    proptest! {
        #[test]
        fn every_view_survives_its_address(view in any_view()) {
            let (read, notices) = parse(&view.to_query());
            prop_assert_eq!(notices, vec![]);
            prop_assert_eq!(read, view);
        }

        #[test]
        fn no_address_is_too_strange(query in ".{0,200}") {
            let (view, _) = parse(&query);
            let (again, _) = parse(&view.to_query());
            prop_assert_eq!(again, view);
        }
    }
}
