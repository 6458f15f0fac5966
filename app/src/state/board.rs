//! What all parts of a dashboard share: the view in the address, the calendar, the figures, the crosshair.

use super::figures::{Answer, Figures};
use super::filters::{Gesture, toggle, without_own};
use super::subject::Subject;
use super::template::{Home, Template};
use super::view::{Calendar, Days, Notice, View};
use crate::api::figures::DashboardFacts;
use crate::charts::Place;
use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use metrics::format::Formatter;
use metrics::levels::{FamilyFacts, level_for};
use metrics::period::Period;
use metrics::{Dimension, Family, Filter, FilterMode, Frame, Locale, Measure, Metric, Query};
use model::DayRange;
use model::sort::sort_distinct;
use model::workspace::Workspace;
use std::sync::Arc;

/// What all parts of a dashboard share; in context.
#[derive(Clone, Copy)]
pub struct Board {
    /// What is shown, as the address says.
    pub view: Memo<View>,
    /// What of the address was not understood.
    pub notices: Memo<Vec<Notice>>,
    /// The current day, and how weeks are cut.
    pub calendar: Signal<Calendar>,
    /// The workspace.
    pub workspace: StoredValue<Workspace>,
    /// How far the figures are complete.
    pub facts: Signal<Arc<DashboardFacts>>,
    /// The figures.
    pub figures: Figures,
    /// The day under the pointer, for the crosshair of all time charts.
    pub hovered: RwSignal<Option<NaiveDate>>,
    /// The measure that is being explained.
    pub explained: RwSignal<Option<Measure>>,
    /// What the open menu is about.
    pub subject: RwSignal<Option<Arc<Subject>>>,
    /// The answers to [`naming`].
    names: Memo<Answer>,
    moves: StoredValue<Moves>,
}

/// A zoom on the time axis: what was shown before the first of a row of zooms, and what the last one shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Zoom {
    before: Period,
    shown: Period,
}

impl Zoom {
    /// Zooming from `now` into `days`, after `last`.
    fn after(last: Option<Self>, now: Period, days: DayRange) -> Self {
        let shown = Period::Range(days);
        // A period that was chosen by other means since then starts a new row.
        let before = last.filter(|last| last.shown == now).map_or(now, |last| last.before);
        Self { before, shown }
    }
}

/// How the view moves: by the router, and back out of zooms.
struct Moves {
    go: Go,
    path: Memo<String>,
    zoom: Option<Zoom>,
}

type Go = Arc<dyn Fn(&str, bool) + Send + Sync>;

/// Reads the view from the address; the same on both sides.
pub fn use_view(
    calendar: Signal<Calendar>,
    (template, home): (&'static Template, Home),
) -> (Memo<View>, Memo<Vec<Notice>>) {
    let search = use_location().search;
    let parsed = Memo::new(move |_| View::parse(&search.get(), calendar.get(), (template, home)));
    (Memo::new(move |_| parsed.with(|p| p.0.clone())), Memo::new(move |_| parsed.with(|p| p.1.clone())))
}

/// Puts the shared state of a dashboard into context.
pub fn provide_board(
    workspace: Workspace,
    (view, notices): (Memo<View>, Memo<Vec<Notice>>),
    calendar: Signal<Calendar>,
    facts: Signal<Arc<DashboardFacts>>,
    figures: Figures,
) -> Board {
    let navigate = use_navigate();
    let go: Go = Arc::new(move |path: &str, replace: bool| {
        navigate(
            path,
            NavigateOptions { replace, scroll: false, resolve: false, ..NavigateOptions::default() },
        );
    });
    let names = figures.ask(move || facts.with(|facts| view.with(|view| naming(view, &facts.families))));
    let board = Board {
        view,
        notices,
        calendar,
        workspace: StoredValue::new(workspace),
        facts,
        figures,
        hovered: RwSignal::new(None),
        explained: RwSignal::new(None),
        subject: RwSignal::new(None),
        names,
        moves: StoredValue::new(Moves { go, path: use_location().pathname, zoom: None }),
    };
    provide_context(board);
    board
}

/// The dashboard around this part.
pub fn use_board() -> Board {
    expect_context::<Board>()
}

impl Board {
    /// Changes the view; Back takes the change back.
    pub fn change(self, work: impl FnOnce(&mut View)) {
        self.go(work, false);
    }

    /// Changes the view while a person types: Back leads to before the typing.
    pub fn type_in(self, work: impl FnOnce(&mut View)) {
        self.go(work, true);
    }

    fn go(self, work: impl FnOnce(&mut View), replace: bool) {
        let before = self.view.get_untracked();
        let mut after = before.clone();
        work(&mut after);
        // An address with nonsense in it is cleaned by the first change, even one that changes nothing.
        if after == before && self.notices.with_untracked(Vec::is_empty) {
            return;
        }
        let query = after.to_query();
        self.moves.with_value(|moves| {
            let path = moves.path.get_untracked();
            let address = if query.is_empty() { path } else { format!("{path}?{query}") };
            (moves.go)(&address, replace);
        });
    }

    /// A click on a mark, a legend entry or a row.
    pub fn click(self, dimension: Dimension, member: &str, gesture: Gesture) {
        if member == metrics::keys::OTHER_KEY {
            return;
        }
        self.change(|view| toggle(&mut view.filters, dimension, member, gesture));
    }

    /// Opens the menu of something.
    pub fn offer(self, subject: Subject) {
        self.subject.set(Some(Arc::new(subject)));
    }

    /// Opens the menu of a member where the pointer is: its name, what it is measured by, and the member.
    pub fn offer_member(
        self,
        event: &leptos::ev::MouseEvent,
        (title, measure, member): (String, Measure, (Dimension, String)),
    ) {
        event.prevent_default();
        let place = Place { x: f64::from(event.client_x()), y: f64::from(event.client_y()) };
        self.offer(Subject::new(title, measure, place).of([member]));
    }

    /// Goes one step down the tree, where there is one.
    pub fn drill(self, dimension: Dimension, key: &str) {
        if self.can_drill(dimension, key) {
            self.change(|view| view.drill_into(dimension, key));
        }
    }

    /// Shows a part of the time axis.
    pub fn zoom_into(self, days: DayRange) {
        let now = self.view.with_untracked(|view| view.period);
        let zoom = Zoom::after(self.moves.with_value(|moves| moves.zoom), now, days);
        self.moves.update_value(|moves| moves.zoom = Some(zoom));
        self.change(|view| view.period = zoom.shown);
    }

    /// Back to the range before zooming; nothing where nobody zoomed.
    pub fn zoom_out(self) {
        let now = self.view.with_untracked(|view| view.period);
        if let Some(zoom) = self.moves.with_value(|moves| moves.zoom).filter(|zoom| zoom.shown == now) {
            self.moves.update_value(|moves| moves.zoom = None);
            self.change(|view| view.period = zoom.before);
        }
    }

    /// The days of the view.
    pub fn days(self) -> Days {
        self.view.with(|view| view.days(self.calendar.get()))
    }

    /// How a measure is written here.
    pub fn write<T>(self, measure: Measure, work: impl FnOnce(Formatter<'_>) -> T) -> T {
        self.workspace.with_value(|ws| work(Formatter::new(measure, &ws.currency, Locale::EN)))
    }

    /// The dashboard that this is.
    pub fn template(self) -> &'static Template {
        self.view.with_untracked(|view| view.template)
    }

    /// Whether there is something below a member.
    pub fn can_drill(self, dimension: Dimension, key: &str) -> bool {
        !key.is_empty() && self.template().below(dimension).is_some()
    }

    /// What bars and rows by a dimension measure; see [`Template::measure_by`].
    pub fn measure_by(self, wish: Measure, dimension: Dimension) -> Measure {
        self.facts.with(|facts| self.template().measure_by(&facts.families, wish, dimension))
    }

    /// The name of something that is filtered by and in no cube.
    pub fn name_outside(self, dimension: Dimension, key: &str) -> Option<String> {
        self.names.with(|answer| name_in(answer.frames()?, dimension, key))
    }

    /// The questions for one grouping: the period, and the comparison if there is one. `own` are dimensions that the
    /// widget shows and lets choose: their inclusions do not narrow it. All measures are of one family.
    pub fn queries(self, group_by: &[Dimension], measures: &[Measure], own: &[Dimension]) -> Vec<Query> {
        let calendar = self.calendar.get();
        self.view.with(|view| queries(view, calendar, group_by, measures, own))
    }

    /// The questions for totals of a family, whose measures may be none of the dashboard's own.
    pub fn queries_of(self, family: Family, measures: &[Measure]) -> Vec<Query> {
        let calendar = self.calendar.get();
        self.view.with(|view| asked(view, calendar, family, &[], measures, &[]))
    }
}

/// See [`Board::queries`].
pub fn queries(
    view: &View,
    calendar: Calendar,
    group_by: &[Dimension],
    measures: &[Measure],
    own: &[Dimension],
) -> Vec<Query> {
    let first = measures.first().copied().unwrap_or(view.measure);
    let family = view.template.family_of(first);
    asked(view, calendar, family, group_by, measures, own)
}

/// The questions whose answers name what is filtered by and in no cube: all its members, whatever else is chosen, because
/// what was excluded has a name as well.
fn naming(view: &View, facts: &[FamilyFacts]) -> Vec<Query> {
    let family = view.template.family;
    let Some(facts) = facts.iter().find(|facts| facts.family == family) else { return Vec::new() };
    let mut outside: Vec<Dimension> = view.conditions().iter().map(|filter| filter.dimension).collect();
    outside.retain(|dimension| dimension.entity().is_some() && !dimension.is_in_cubes());
    sort_distinct(&mut outside);
    let query = |dimension| Query {
        family,
        level: level_for(family, [dimension]),
        days: facts.span,
        group_by: vec![dimension],
        metrics: parts_of(family, &[view.template.measure]),
        filters: Vec::new(),
    };
    outside.into_iter().map(query).collect()
}

/// The name that frames give to a member.
fn name_in(frames: &[Frame], dimension: Dimension, key: &str) -> Option<String> {
    let frame = frames.iter().find(|frame| frame.group_by == [dimension])?;
    let mut members = frame.rows.iter().filter_map(|row| row.members.first());
    members.find(|member| member.key == key).map(|member| member.label.clone())
}

fn asked(
    view: &View,
    calendar: Calendar,
    family: Family,
    group_by: &[Dimension],
    measures: &[Measure],
    own: &[Dimension],
) -> Vec<Query> {
    let days = view.days(calendar);
    let filters = conditions(view, own);
    let query = |days: DayRange| Query {
        family,
        level: view.level(family, group_by),
        days,
        group_by: group_by.to_vec(),
        metrics: parts_of(family, measures),
        filters: filters.clone(),
    };
    [Some(days.period), days.compare].into_iter().flatten().map(query).collect()
}

/// Filters without the inclusions of the widget's own dimensions, and the drill.
fn conditions(view: &View, own: &[Dimension]) -> Vec<Filter> {
    let mut filters = view.filters.clone();
    for dimension in own {
        filters = without_own(&filters, *dimension);
    }
    filters.extend(view.drill.iter().map(|step| Filter {
        dimension: step.dimension,
        mode: FilterMode::Include,
        members: vec![step.key.clone()],
    }));
    filters
}

/// The stored metrics behind some measures, and conversions, which decide whether a change means anything.
fn parts_of(family: Family, measures: &[Measure]) -> Vec<Metric> {
    let conversions = Some(Metric::Conversions).filter(|metric| metric.families().contains(&family));
    let mut parts: Vec<Metric> = measures.iter().flat_map(|m| m.parts()).chain(conversions).collect();
    sort_distinct(&mut parts);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::template::ADS;
    use metrics::Ratio;

    #[test]
    fn a_widget_s_own_dimension_stays_open_but_the_drill_holds() {
        let calendar =
            Calendar { today: "2026-11-22".parse().unwrap(), week_start: model::days::WeekStart::Monday };
        let (view, _) =
            View::parse("f=campaign:7&f=platform:x&drill=campaign:9", calendar, (&ADS, ADS.usual()));
        let filters = conditions(&view, &[Dimension::Campaign]);
        let text: Vec<String> =
            filters.iter().map(|f| format!("{:?}={}", f.dimension, f.members.join(","))).collect();
        assert_eq!(text, ["Platform=x", "Campaign=9"]);
    }

    #[test]
    fn what_is_filtered_by_and_in_no_cube_is_named_by_the_server() {
        let calendar =
            Calendar { today: "2026-11-22".parse().unwrap(), week_start: model::days::WeekStart::Monday };
        let crm = Template::find("crm").unwrap();
        let facts = FamilyFacts {
            family: Family::Crm,
            span: DayRange::ending("2026-11-22".parse().unwrap(), 400),
            levels: Vec::new(),
            breakdowns: Vec::new(),
        };
        let asked = |query: &str| {
            let (view, notices) = View::parse(query, calendar, (crm, crm.usual()));
            assert_eq!(notices, [], "{query}");
            naming(&view, std::slice::from_ref(&facts))
        };
        assert_eq!(asked("f=pipeline:3&f=platform:hubspot"), [], "cubes name these");
        let by_owner = asked("f=!owner:7&f=pipeline:3");
        assert_eq!(by_owner.len(), 1);
        assert_eq!(
            (by_owner[0].group_by.as_slice(), by_owner[0].days),
            ([Dimension::Owner].as_slice(), facts.span)
        );
        assert_eq!(by_owner[0].filters, [], "who was excluded is named, too");
        assert_eq!(asked("drill=owner:7").len(), 1);
        let member = metrics::query::Member { key: "7".into(), label: "Ada".into() };
        let frame = Frame {
            group_by: vec![Dimension::Owner],
            rows: vec![metrics::query::FrameRow { members: vec![member], values: Vec::new() }],
            ..Frame::default()
        };
        let name = |key: &str| name_in(std::slice::from_ref(&frame), Dimension::Owner, key);
        assert_eq!((name("7").as_deref(), name("8")), (Some("Ada"), None));
    }

    #[test]
    fn a_row_of_zooms_is_left_at_once() {
        let days =
            |from: &str, until: &str| DayRange::new(from.parse().unwrap(), until.parse().unwrap()).unwrap();
        let last = |n| Period::Last { n, unit: metrics::period::SpanUnit::Day };
        let start = last(90);
        let first = Zoom::after(None, start, days("2026-10-01", "2026-10-20"));
        let second = Zoom::after(Some(first), first.shown, days("2026-10-05", "2026-10-08"));
        assert_eq!(second.before, start);
        // Another preset in between: that is what the next zoom leaves.
        let other = Zoom::after(Some(second), last(7), days("2026-11-17", "2026-11-18"));
        assert_eq!(other.before, last(7));
    }

    #[test]
    fn a_ratio_is_asked_for_by_its_parts() {
        let parts = parts_of(Family::Ads, &[Measure::Ratio(Ratio::Ctr), Measure::Metric(Metric::Clicks)]);
        assert_eq!(parts, [Metric::Impressions, Metric::Clicks, Metric::Conversions]);
        let organic = parts_of(Family::Search, &[Measure::Metric(Metric::Position)]);
        assert_eq!(organic, [Metric::Impressions, Metric::Position]);
    }
}
