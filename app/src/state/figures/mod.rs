//! Where widgets get their figures from: one cube for each family and level that answers everything in the browser, or,
//! where that is too large or figures are broken down, the server, asked once for all widgets. Widgets see no difference.

use super::template::Kind;
use super::view::{Calendar, View, cube_url};
use leptos::prelude::*;
use metrics::{Cube, Dimension, Family, Frame, Level, Query, Scope};
use model::{AppError, ErrorKind};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What a widget's question comes to.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Answer {
    /// Not known yet.
    #[default]
    Waiting,
    /// One frame per query, in order.
    Ready(Arc<Vec<Frame>>),
    /// It could not be answered.
    Failed(AppError),
}

impl Answer {
    /// The frames, if they are there.
    pub fn frames(&self) -> Option<&[Frame]> {
        match self {
            Self::Ready(frames) => Some(frames),
            Self::Waiting | Self::Failed(_) => None,
        }
    }
}

/// What a place's figures come from.
#[derive(Debug, Clone, Default)]
#[cfg_attr(
    not(any(feature = "hydrate", test)),
    expect(dead_code, reason = "figures arrive in the browser only")
)]
enum Source {
    /// Nothing is loaded yet.
    #[default]
    Waiting,
    /// Everything is here.
    Cube(Arc<Cube>),
    /// Too large for the browser: the server answers each question.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser asks"))]
    Server,
    /// Loading failed.
    Failed(AppError),
}

/// Whose figures at which level.
pub type Place = (Family, Level);

/// One place's source, and for what it was loaded.
#[derive(Debug, Clone, Default)]
struct Slot {
    scope: Option<Scope>,
    source: Source,
    /// Of the figures that the source shows.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser asks"))]
    version: i64,
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser asks"))]
    etag: Option<String>,
}

impl Slot {
    /// Whether the slot holds what a scope asks for, or more.
    #[cfg_attr(
        not(any(feature = "hydrate", test)),
        expect(dead_code, reason = "figures are fetched in the browser only")
    )]
    fn covers(&self, wanted: &Scope) -> bool {
        let Some(loaded) = &self.scope else { return false };
        if loaded.family != wanted.family || loaded.level != wanted.level || loaded.filters != wanted.filters
        {
            return false;
        }
        match &self.source {
            Source::Waiting => false,
            Source::Cube(cube) => [Some(wanted.days), wanted.compare].into_iter().flatten().all(|days| {
                cube.meta().periods.iter().any(|p| p.contains(days.from()) && p.contains(days.until()))
            }),
            Source::Server | Source::Failed(_) => loaded == wanted,
        }
    }
}

/// Answers of the server for scopes that are too large, by question.
type Answers = HashMap<String, Result<Arc<Frame>, AppError>>;

/// Questions for the server, by their text.
#[derive(Default)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser asks"))]
struct Questions {
    /// About to be asked together.
    pending: HashMap<String, Query>,
    /// Answered before: when they are asked again, what is shown stays as it is meanwhile.
    known: HashSet<String>,
    /// Being asked now.
    asked: HashSet<String>,
}

/// What the loading goes by.
struct Orders {
    /// The version of the workspace's figures.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser asks"))]
    version: Signal<i64>,
    /// The workspace.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser asks"))]
    slug: String,
    /// How often a person tried again.
    retries: RwSignal<u32>,
    /// How often a person gave up.
    stops: RwSignal<u32>,
}

/// The figures of one dashboard, in context.
#[derive(Clone, Copy)]
pub struct Figures {
    slots: StoredValue<Vec<(Place, RwSignal<Slot>)>>,
    /// What the view reads from cubes now.
    wanted: Memo<Wanted>,
    answers: RwSignal<Answers>,
    running: RwSignal<u32>,
    orders: StoredValue<Orders>,
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser asks"))]
    questions: StoredValue<Questions>,
}

/// What a view reads from cubes: what the figures at the top need, which comes first, and what the rest needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Wanted {
    first: Vec<Place>,
    then: Vec<Place>,
}

impl Wanted {
    fn of(view: &View) -> Self {
        let template = view.template;
        let known = template.places();
        let mut wanted = Self::default();
        let totals = template.families().into_iter().map(|family| (family, view.level(family, &[])));
        wanted.first.extend(totals.filter(|place| known.contains(place)));
        let charted = (template.family_of(view.measure), view.by);
        let bars = template.widgets.iter().filter_map(|widget| match widget.kind {
            Kind::Bars(by) => Some((template.family, by)),
            _ => None,
        });
        for (family, by) in [(template.family, view.rows()), charted].into_iter().chain(bars) {
            let place = (family, view.level(family, &[by]));
            if known.contains(&place) && by.is_in_cubes() && !wanted.has(place) {
                wanted.then.push(place);
            }
        }
        wanted
    }

    fn has(&self, place: Place) -> bool {
        self.first.contains(&place) || self.then.contains(&place)
    }
}

fn scopes(view: &View, calendar: Calendar, places: &[Place]) -> Vec<Scope> {
    places.iter().map(|place| view.scope(calendar, *place)).collect()
}

/// The address of the cubes that a view needs first, for loading them ahead of the scripts.
pub fn first_cube_url(slug: &str, view: &View, calendar: Calendar) -> String {
    cube_url(slug, &scopes(view, calendar, &Wanted::of(view).first))
}

/// Makes the figures of a dashboard and starts loading what the view needs. `version` is that of the workspace's
/// figures: when it grows, they are fetched again, and only widgets whose answers changed move.
pub fn provide_figures(
    slug: &str,
    view: Memo<View>,
    calendar: Signal<Calendar>,
    version: Signal<i64>,
) -> Figures {
    let places = view.with_untracked(|view| view.template.places());
    let slots = places.into_iter().map(|place| (place, RwSignal::new(Slot::default())));
    let wanted = Memo::new(move |_| view.with(Wanted::of));
    let figures = Figures {
        slots: StoredValue::new(slots.collect()),
        wanted,
        answers: RwSignal::new(Answers::new()),
        running: RwSignal::new(0),
        orders: StoredValue::new(Orders {
            version,
            slug: slug.to_owned(),
            retries: RwSignal::new(0),
            stops: RwSignal::new(0),
        }),
        questions: StoredValue::new(Questions::default()),
    };
    provide_context(figures);
    for part in [|wanted: &Wanted| wanted.first.clone(), |wanted: &Wanted| wanted.then.clone()] {
        let scopes = Memo::new(move |_| {
            let places = wanted.with(part);
            view.with(|view| scopes(view, calendar.get(), &places))
        });
        figures.keep_loaded(scopes);
    }
    figures
}

/// The figures of this dashboard.
pub fn use_figures() -> Figures {
    expect_context::<Figures>()
}

impl Figures {
    /// Answers questions, again whenever they or the figures change. While new figures load, the last
    /// answer stays.
    pub fn ask(self, queries: impl Fn() -> Vec<Query> + Send + Sync + 'static) -> Memo<Answer> {
        let queries = Memo::new(move |_| queries());
        self.ask_server_too(queries);
        Memo::new(move |last: Option<&Answer>| {
            let answer = queries.with(|queries| self.answer(queries));
            match (answer, last) {
                (Answer::Waiting, Some(last)) => last.clone(),
                (answer, _) => answer,
            }
        })
    }

    /// Whether new figures are being loaded.
    pub fn is_refreshing(self) -> Signal<bool> {
        Signal::derive(move || self.running.get() > 0)
    }

    /// Whether anything at all was loaded.
    pub fn is_loaded(self) -> Signal<bool> {
        Memo::new(move |_| {
            self.slots.with_value(|slots| {
                slots.iter().any(|(_, slot)| {
                    slot.with(|slot| matches!(slot.source, Source::Cube(_) | Source::Server))
                })
            })
        })
        .into()
    }

    /// Tries again after a failure.
    pub fn retry(self) {
        self.orders.with_value(|orders| orders.retries.update(|n| *n += 1));
    }

    /// Gives up what is being loaded for the first time; what is shown stays.
    pub fn stop(self) {
        self.orders.with_value(|orders| orders.stops.update(|n| *n += 1));
        #[cfg(feature = "hydrate")]
        self.give_up_questions();
    }

    /// Looks through the cubes that the browser holds: for members, names and colours.
    pub fn find<T>(self, look: impl Fn(&Cube) -> Option<T>) -> Option<T> {
        self.slots.with_value(|slots| {
            slots.iter().find_map(|(_, slot)| {
                slot.with(|slot| match &slot.source {
                    Source::Cube(cube) => look(cube),
                    Source::Waiting | Source::Server | Source::Failed(_) => None,
                })
            })
        })
    }

    /// Whether all cubes that the view reads are there.
    pub fn has_all_cubes(self) -> bool {
        let is_there = |place: &Place| {
            self.slot(*place).is_some_and(|slot| slot.with(|slot| matches!(slot.source, Source::Cube(_))))
        };
        self.wanted.with(|wanted| wanted.first.iter().chain(&wanted.then).all(is_there))
    }

    fn slot(self, place: Place) -> Option<RwSignal<Slot>> {
        self.slots.with_value(|slots| slots.iter().find(|(p, _)| *p == place).map(|(_, slot)| *slot))
    }

    /// The source of a question's figures; none where the server answers it.
    fn source(self, query: &Query) -> Option<RwSignal<Slot>> {
        let place = (query.family, query.level);
        let conditions = query.filters.iter().map(|filter| filter.dimension);
        let is_in_cubes = query.group_by.iter().copied().chain(conditions).all(Dimension::is_in_cubes);
        if !is_in_cubes || !self.wanted.with(|wanted| wanted.has(place)) {
            return None;
        }
        self.slot(place).filter(|slot| !slot.with(|slot| matches!(slot.source, Source::Server)))
    }

    fn answer(self, queries: &[Query]) -> Answer {
        let mut frames = Vec::with_capacity(queries.len());
        for query in queries {
            if let Some(conflict) = query.conflict() {
                return Answer::Failed(never_together(conflict));
            }
            let frame = match self.source(query) {
                Some(slot) => slot.with(|slot| match &slot.source {
                    Source::Waiting | Source::Server => Err(Answer::Waiting),
                    Source::Failed(error) => Err(Answer::Failed(error.clone())),
                    // A cube for other days, or another branch, is about to be replaced.
                    Source::Cube(cube) if cube.answers(query) && branch_matches(slot, query) => {
                        Ok(Arc::new(crate::state::browser::timed("windhover:cube", || cube.query(query))))
                    }
                    Source::Cube(_) => Err(Answer::Waiting),
                }),
                None => self.answers.with(|answers| match answers.get(&key_of(query)) {
                    Some(Ok(frame)) => Ok(frame.clone()),
                    Some(Err(error)) => Err(Answer::Failed(error.clone())),
                    None => Err(Answer::Waiting),
                }),
            };
            match frame {
                Ok(frame) => frames.push(Arc::unwrap_or_clone(frame)),
                Err(answer) => return answer,
            }
        }
        Answer::Ready(Arc::new(frames))
    }

    #[cfg(not(feature = "hydrate"))]
    fn keep_loaded(self, _: Memo<Vec<Scope>>) {}

    #[cfg(not(feature = "hydrate"))]
    fn ask_server_too(self, _: Memo<Vec<Query>>) {}
}

/// What a filter by something that figures are never broken down by together comes to.
fn never_together((first, second): (Dimension, Dimension)) -> AppError {
    let (first, second) = (first.label().to_lowercase(), second.label().to_lowercase());
    AppError::new(ErrorKind::Invalid, format!("Figures by {first} and {second} together are not known."))
        .with_hint("Take one of the filters away.")
}

/// Below campaigns a cube holds one branch only; a question about another one must wait for its own.
fn branch_matches(slot: &Slot, query: &Query) -> bool {
    slot.scope.as_ref().is_none_or(|scope| scope.filters.iter().all(|f| query.filters.contains(f)))
}

fn key_of(query: &Query) -> String {
    serde_json::to_string(query).unwrap_or_default()
}

#[cfg(feature = "hydrate")]
mod browser;

#[cfg(test)]
mod tests {
    use super::*;
    use metrics::cube::CubeMeta;
    use metrics::{CubeBuilder, Filter, FilterMode};
    use model::DayRange;
    use model::days::WeekStart;

    fn days(from: &str, until: &str) -> DayRange {
        DayRange::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
    }

    fn scope(from: &str, until: &str) -> Scope {
        Scope {
            family: metrics::Family::Ads,
            level: Level::Campaign,
            days: days(from, until),
            compare: None,
            filters: vec![],
        }
    }

    fn slot(from: &str, until: &str) -> Slot {
        let meta = CubeMeta {
            family: metrics::Family::Ads,
            level: Level::Campaign,
            week_start: WeekStart::Monday,
            currency: "EUR".into(),
            periods: vec![days(from, until)],
            missing_rates: vec![],
        };
        let cube = CubeBuilder::new(meta, &[]).finish().unwrap();
        Slot { scope: Some(scope(from, until)), source: Source::Cube(Arc::new(cube)), version: 1, etag: None }
    }

    #[test]
    fn a_shorter_period_needs_no_request() {
        let slot = slot("2026-10-01", "2026-10-31");
        assert!(slot.covers(&scope("2026-10-01", "2026-10-31")));
        assert!(slot.covers(&scope("2026-10-10", "2026-10-12")));
        assert!(!slot.covers(&scope("2026-09-30", "2026-10-12")));
        let compared =
            Scope { compare: Some(days("2026-09-01", "2026-09-05")), ..scope("2026-10-10", "2026-10-12") };
        assert!(!slot.covers(&compared));
    }

    #[test]
    fn another_branch_or_level_needs_one() {
        let slot = slot("2026-10-01", "2026-10-31");
        let branch =
            Filter { dimension: Dimension::Campaign, mode: FilterMode::Include, members: vec!["4".into()] };
        assert!(!slot.covers(&Scope { filters: vec![branch], ..scope("2026-10-01", "2026-10-02") }));
        assert!(!slot.covers(&Scope { level: Level::Ad, ..scope("2026-10-01", "2026-10-02") }));
        assert!(!Slot::default().covers(&scope("2026-10-01", "2026-10-02")));
    }

    #[test]
    fn a_view_reads_what_it_shows() {
        use crate::state::template::Template;
        use model::entities::EntityKind;
        let wanted = |slug: &str, query: &str| {
            let template = Template::find(slug).unwrap();
            let calendar = Calendar { today: "2026-11-22".parse().unwrap(), week_start: WeekStart::Monday };
            Wanted::of(&View::parse(query, calendar, (template, template.usual())).0)
        };
        let ads = |level| (Family::Ads, level);
        let drilled = wanted("paid", "drill=campaign:7");
        assert_eq!((drilled.first, drilled.then), (vec![ads(Level::Campaign)], vec![ads(Level::AdGroup)]));
        let all: Vec<Family> = wanted("overview", "").first.into_iter().map(|(family, _)| family).collect();
        assert_eq!(all, [Family::Ads, Family::Web, Family::Crm], "one request for all of them");
        let lists = (Family::Email, Level::Only(EntityKind::List));
        assert!(wanted("email", "rows=list").then.contains(&lists));
        let pages = (Family::Search, Level::Only(EntityKind::Page));
        assert!(wanted("search", "").then.contains(&pages));
        // What is broken down is in no cube.
        assert_eq!(wanted("search", "f=page:7").first, [pages]);
    }

    #[test]
    fn a_failed_scope_is_not_asked_for_over_and_over() {
        let failed = Slot {
            scope: Some(scope("2026-10-01", "2026-10-31")),
            source: Source::Failed(AppError::not_found("gone")),
            ..Slot::default()
        };
        assert!(failed.covers(&scope("2026-10-01", "2026-10-31")));
        assert!(!failed.covers(&scope("2026-10-01", "2026-10-30")));
    }
}
