//! Where widgets get their figures from: one cube that answers everything in the browser, or, when the scope is too
//! large for that, the server, asked once for all widgets. Widgets see no difference.

use super::view::{Calendar, View, cube_url};
use leptos::prelude::*;
use metrics::{Cube, Frame, Level, Query, Scope};
use model::AppError;
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

/// What a level's figures come from.
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

/// One level's source, and for what it was loaded.
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

/// What a person wants of the loading; each counts how often.
struct Orders {
    retries: RwSignal<u32>,
    stops: RwSignal<u32>,
}

/// The figures of one dashboard, in context.
#[derive(Clone, Copy)]
pub struct Figures {
    slots: StoredValue<[RwSignal<Slot>; 3]>,
    answers: RwSignal<Answers>,
    running: RwSignal<u32>,
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser asks"))]
    version: Signal<i64>,
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser asks"))]
    slug: StoredValue<String>,
    orders: StoredValue<Orders>,
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser asks"))]
    questions: StoredValue<Questions>,
}

fn place(level: Level) -> usize {
    match level {
        Level::Campaign => 0,
        Level::AdGroup => 1,
        Level::Ad => 2,
    }
}

const LEVELS: [Level; 3] = [Level::Campaign, Level::AdGroup, Level::Ad];

/// Which levels a view reads.
fn wanted_levels(view: &View) -> Vec<Level> {
    let mut levels = vec![view.level(), view.row_level()];
    levels.dedup();
    levels
}

/// The address of the cube that a view needs first, for loading it ahead of the scripts.
pub fn first_cube_url(slug: &str, view: &View, calendar: Calendar) -> String {
    cube_url(slug, &view.scope(calendar, view.level()))
}

/// Makes the figures of a dashboard and starts loading what the view needs. `version` is that of the workspace's
/// figures: when it grows, they are fetched again, and only widgets whose answers changed move.
pub fn provide_figures(
    slug: &str,
    view: Memo<View>,
    calendar: Signal<Calendar>,
    version: Signal<i64>,
) -> Figures {
    let figures = Figures {
        slots: StoredValue::new([(); 3].map(|()| RwSignal::new(Slot::default()))),
        answers: RwSignal::new(Answers::new()),
        running: RwSignal::new(0),
        version,
        slug: StoredValue::new(slug.to_owned()),
        orders: StoredValue::new(Orders { retries: RwSignal::new(0), stops: RwSignal::new(0) }),
        questions: StoredValue::new(Questions::default()),
    };
    provide_context(figures);
    for level in LEVELS {
        let wanted = Memo::new(move |_| {
            view.with(|view| wanted_levels(view).contains(&level).then(|| view.scope(calendar.get(), level)))
        });
        figures.keep_loaded(level, wanted);
    }
    figures
}

/// The figures of this dashboard.
pub fn use_figures() -> Figures {
    expect_context::<Figures>()
}

impl Figures {
    /// Answers questions about one level, again whenever they or the figures change. While new figures load, the last
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
                slots
                    .iter()
                    .any(|slot| slot.with(|slot| matches!(slot.source, Source::Cube(_) | Source::Server)))
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

    /// The cube of a level, where the browser holds one: for members, names and colours.
    pub fn cube(self, level: Level) -> Option<Arc<Cube>> {
        self.slot(level).with(|slot| match &slot.source {
            Source::Cube(cube) => Some(cube.clone()),
            Source::Waiting | Source::Server | Source::Failed(_) => None,
        })
    }

    fn slot(self, level: Level) -> RwSignal<Slot> {
        self.slots.with_value(|slots| slots[place(level)])
    }

    fn answer(self, queries: &[Query]) -> Answer {
        let mut frames = Vec::with_capacity(queries.len());
        for query in queries {
            let frame = self.slot(query.level).with(|slot| match &slot.source {
                Source::Waiting => Err(Answer::Waiting),
                Source::Failed(error) => Err(Answer::Failed(error.clone())),
                // A cube for other days, or another branch, is about to be replaced.
                Source::Cube(cube) if cube.answers(query) && branch_matches(slot, query) => {
                    Ok(Arc::new(crate::state::browser::timed("windhover:cube", || cube.query(query))))
                }
                Source::Cube(_) => Err(Answer::Waiting),
                Source::Server => self.answers.with(|answers| match answers.get(&key_of(query)) {
                    Some(Ok(frame)) => Ok(frame.clone()),
                    Some(Err(error)) => Err(Answer::Failed(error.clone())),
                    None => Err(Answer::Waiting),
                }),
            });
            match frame {
                Ok(frame) => frames.push(Arc::unwrap_or_clone(frame)),
                Err(answer) => return answer,
            }
        }
        Answer::Ready(Arc::new(frames))
    }

    #[cfg(not(feature = "hydrate"))]
    fn keep_loaded(self, _: Level, _: Memo<Option<Scope>>) {}

    #[cfg(not(feature = "hydrate"))]
    fn ask_server_too(self, _: Memo<Vec<Query>>) {}
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
    use metrics::{CubeBuilder, Dimension, Filter, FilterMode};
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
