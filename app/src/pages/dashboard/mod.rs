//! The dashboards.

mod chips;
mod filter_menu;
mod keys;
mod left_out;
mod notices;
mod tabs;

use crate::api::figures::{DashboardFacts, dashboard_context};
use crate::pages::error_page::set_status;
use crate::pages::shell::PageHeader;
use crate::state::board::{Board, provide_board, use_view};
use crate::state::browser;
use crate::state::figures::{first_cube_url, provide_figures};
use crate::state::live::{Live, LiveStatus, use_topic_version};
use crate::state::session::use_workspace;
use crate::state::template::{Kind, OVERVIEW, Template, Widget};
use crate::state::view::{Calendar, View};
use crate::ui::date_range::{DateRange, RangeChoice};
use crate::ui::{EmptyState, ErrorState, Icon, Later, LinkButton, Tone};
use crate::widgets::bars::TopBars;
use crate::widgets::donut::ShareDonut;
use crate::widgets::drawing::provide_drawing;
use crate::widgets::explain;
use crate::widgets::freshness::FreshnessPill;
use crate::widgets::funnel::StepFunnel;
use crate::widgets::heatmap::RhythmMap;
use crate::widgets::hours::HourMap;
use crate::widgets::kpi::Tiles;
use crate::widgets::mark_menu;
use crate::widgets::table::MemberTable;
use crate::widgets::trend::TrendChart;
use leptos::prelude::*;
use leptos_meta::Link;
use leptos_router::hooks::use_params_map;
use model::live::Topic;
use std::sync::Arc;

/// `/w/:ws/dash/:board`.
#[component]
pub fn DashboardPage() -> impl IntoView {
    let slug = use_workspace().slug;
    let params = use_params_map();
    let template = Memo::new(move |_| params.with(|params| Template::find(&params.get("board")?)));
    // Blocking, so that the first bytes already say which figures to load. Asked once; later changes come by the live
    // connection and move signals, so that nothing on the page is made anew.
    let first = OnceResource::new_blocking(dashboard_context(slug));
    view! {
        <Suspense fallback=move || view! { <Outline title=title_of(template.get())/> }>
            {move || {
                let template = template.get();
                Suspend::new(async move {
                    match (template, first.await) {
                        (None, _) => view! { <NoSuchBoard/> }.into_any(),
                        (Some(template), Ok(facts)) => view! { <Dashboard template facts/> }.into_any(),
                        (Some(_), Err(error)) => {
                            view! {
                                <PageHeader title=title_of(template)/>
                                <ErrorState error=error.0 retry=|()| browser::reload()/>
                            }
                            .into_any()
                        }
                    }
                })
            }}
        </Suspense>
    }
}

/// The address names no dashboard.
#[component]
fn NoSuchBoard() -> impl IntoView {
    set_status(404);
    let first = format!("/w/{}/dash/{}", use_workspace().slug, OVERVIEW.slug);
    view! {
        <PageHeader title="Dashboards"/>
        <EmptyState icon=Icon::Dashboard title="No such dashboard" text="The address may be mistyped.">
            <LinkButton href=first>{OVERVIEW.title}</LinkButton>
        </EmptyState>
    }
}

fn title_of(template: Option<&Template>) -> &'static str {
    template.map_or("", |template| template.title)
}

/// The shape of the page while it is not known what to load.
#[component]
fn Outline(title: &'static str) -> impl IntoView {
    view! {
        <div class="dash" aria-busy="true">
            <PageHeader title=title/>
            <div class="tiles">
                {(0..9).map(|_| view! { <div class="tile tile--outline"></div> }).collect_view()}
            </div>
        </div>
    }
}

#[component]
fn Dashboard(template: &'static Template, facts: DashboardFacts) -> impl IntoView {
    let workspace = use_workspace();
    let home = template.home(&facts.families);
    // Not what it starts with, which stays as it was when the page was opened.
    let families = template.families();
    let week_start = workspace.week_start;
    let facts = RwSignal::new(Arc::new(facts));
    let own: Signal<Arc<DashboardFacts>> =
        Memo::new(move |_| Arc::new(facts.with(|facts| facts.as_ref().clone().of(&families)))).into();
    let calendar: Signal<Calendar> =
        Memo::new(move |_| Calendar { today: facts.with(|f| f.today), week_start }).into();
    let live_version = use_topic_version(Topic::Figures);
    let known = move || facts.with(|f| f.versions.0.get(&Topic::Figures).copied().unwrap_or(0));
    let version = Memo::new(move |_| known().max(live_version.get()));
    keep_fresh(workspace.slug.clone(), facts, live_version);
    let view = use_view(calendar, (template, home));
    let ahead = view.0.with_untracked(|v| first_cube_url(&workspace.slug, v, calendar.get_untracked()));
    let figures = provide_figures(&workspace.slug, view.0, calendar, version.into());
    let board = provide_board(workspace.clone(), view, calendar, own, figures);
    provide_drawing();
    let range_open = RwSignal::new(false);
    let filter_open = RwSignal::new(false);
    keys::dashboard_keys(board, range_open, filter_open);
    retry_when_back(board);
    let loaded = figures.is_loaded();
    let refreshing = figures.is_refreshing();
    // A memo: the widgets must not be made anew whenever the facts are.
    let has_data = Memo::new(move |_| own.with(|f| f.span.is_some() || !f.accounts.is_empty()));
    // As many and as wide as there are figures for; not made anew whenever the facts are.
    let widgets = Memo::new(move |_| own.with(|facts| template.layout(&facts.families)));
    let choice = Signal::derive(move || board.view.with(range_choice));
    let slug = StoredValue::new(workspace.slug.clone());
    view! {
        <Link rel="preload" as_="fetch" href=ahead crossorigin="anonymous"/>
        <div
            class="dash"
            class:dash--refreshing=move || loaded.get() && refreshing.get()
            data-ready=move || (loaded.get() && !refreshing.get()).then_some("true")
        >
            <div class="dash__progress" class:dash__progress--on=move || refreshing.get() aria-hidden="true"></div>
            <PageHeader
                title=template.title
                beside=move || view! { <FreshnessPill/> }
            />
            <div class="dash__range">
                <DateRange
                    open=range_open
                    choice
                    calendar
                    time_zone=workspace.time_zone.clone()
                    on_change=move |choice: RangeChoice| board.change(|v| apply_range(v, choice))
                />
            </div>
            <tabs::BoardTabs facts=own/>
            {move || {
                if has_data.get() {
                    view! {
                        <chips::Chips filter_open/>
                        <notices::Notices/>
                        <Tiles/>
                        <div class="widgets">
                            {move || widgets.get().into_iter().map(draw).collect_view()}
                        </div>
                        <left_out::LeftOut slug=slug.get_value()/>
                        <Later when=Signal::derive(move || board.explained.get().is_some()) draw=explain::draw/>
                        <Later when=Signal::derive(move || board.subject.with(Option::is_some)) draw=mark_menu::draw/>
                    }
                    .into_any()
                } else {
                    view! { <NoData template slug=slug.get_value()/> }.into_any()
                }
            }}
        </div>
    }
}

/// A widget in its place.
fn draw(widget: Widget) -> AnyView {
    let class = match widget.width {
        4 => "widget--4",
        6 => "widget--6",
        8 => "widget--8",
        _ => "widget--12",
    };
    match widget.kind {
        Kind::Trend => view! { <TrendChart class/> }.into_any(),
        Kind::Share(measure, by) => view! { <ShareDonut measure by class/> }.into_any(),
        Kind::Top => view! { <TopBars by=None class/> }.into_any(),
        Kind::Bars(by) => view! { <TopBars by=Some(by) class/> }.into_any(),
        Kind::BarsOf(of, by) => view! { <TopBars by=Some(by) of class/> }.into_any(),
        Kind::Hours(measures) => view! { <HourMap measures class/> }.into_any(),
        Kind::Rhythm => view! { <RhythmMap class/> }.into_any(),
        Kind::Funnel(steps) => view! { <StepFunnel steps class/> }.into_any(),
        Kind::Table => view! { <MemberTable class/> }.into_any(),
    }
}

/// Before the first figure.
#[component]
fn NoData(template: &'static Template, slug: String) -> impl IntoView {
    let text = format!(
        "Connect {}, or import a file. The first figures appear here by themselves while the rest still loads.",
        template.sources
    );
    view! {
        <div class="dash__empty">
            <EmptyState icon=Icon::Dashboard title="No figures yet" text>
                <LinkButton href=format!("/w/{slug}/data/connect") tone=Tone::Primary icon=Icon::Link>
                    "Connect a source"
                </LinkButton>
                <LinkButton href=format!("/w/{slug}/data/imports") icon=Icon::Upload>"Import a file"</LinkButton>
            </EmptyState>
        </div>
    }
}

fn range_choice(view: &View) -> RangeChoice {
    RangeChoice {
        period: view.period,
        compare: view.compare,
        match_weekdays: view.match_weekdays,
        include_today: view.include_today,
    }
}

fn apply_range(view: &mut View, choice: RangeChoice) {
    view.period = choice.period;
    view.compare = choice.compare;
    view.match_weekdays = choice.match_weekdays;
    view.include_today = choice.include_today;
}

/// Asks again how complete the figures are whenever they changed: one request at a time, with a rest in between.
fn keep_fresh(slug: String, facts: RwSignal<Arc<DashboardFacts>>, version: Signal<i64>) {
    const REST_MS: u64 = 1_000;
    const REST_AFTER_FAILURE_MS: u64 = 5_000;
    let is_busy = StoredValue::new(false);
    let landed = RwSignal::new(0_u32);
    Effect::new(move |_| {
        landed.track();
        let known = facts.with_untracked(|f| f.versions.0.get(&Topic::Figures).copied().unwrap_or(0));
        if version.get() <= known || is_busy.get_value() {
            return;
        }
        is_busy.set_value(true);
        let slug = slug.clone();
        leptos::task::spawn_local(async move {
            let answer = dashboard_context(slug).await;
            let rest = if answer.is_ok() { REST_MS } else { REST_AFTER_FAILURE_MS };
            // A failure leaves what is known; the live status says that the line is down.
            if let Ok(new) = answer {
                let _ = facts.try_set(Arc::new(new));
            }
            browser::after(rest, move || {
                let _ = is_busy.try_update_value(|busy| *busy = false);
                let _ = landed.try_update(|n| *n += 1);
            });
        });
    });
}

/// What failed while the line was down is asked for again when it is back.
fn retry_when_back(board: Board) {
    let Some(live) = use_context::<Live>() else { return };
    let status = live.status();
    Effect::new(move |before: Option<LiveStatus>| {
        let now = status.get();
        if before == Some(LiveStatus::Offline) && now != LiveStatus::Offline {
            board.figures.retry();
        }
        now
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics::period::{ComparisonKind, Period};

    #[test]
    fn the_range_goes_into_the_view_and_back() {
        let mut view = View::default();
        let choice = RangeChoice {
            period: Period::YearToDate,
            compare: ComparisonKind::None,
            match_weekdays: Some(false),
            include_today: true,
        };
        apply_range(&mut view, choice);
        assert_eq!(range_choice(&view), choice);
        assert_eq!(view.to_query(), "r=ytd&cmp=none&wd=0&today=1");
    }
}
