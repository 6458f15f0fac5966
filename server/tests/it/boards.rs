//! The dashboards of all families: whatever they ask for, the cube, SQL and a plain reference answer alike.

use crate::house::{House, Visitor, encode};
use crate::planted::{ACCOUNTS, Reference, figures, last_days, load};
use app::state::board::queries;
use app::state::template::{Kind, TEMPLATES, Template};
use app::state::view::{Calendar, View};
use axum::http::StatusCode;
use metrics::levels::{level_for, step};
use metrics::testing::naive_query;
use metrics::{Cube, Dimension, Family, Frame, Level, Measure, Metric, Query, Scope};
use model::days::WeekStart;
use model::entities::EntityKind;
use serde_json::json;

/// Everything that the widgets of a dashboard ask for.
fn questions(view: &View, calendar: Calendar) -> Vec<Query> {
    let template = view.template;
    let grain = view.days(calendar).grain.dimension();
    let ask = |by: &[Dimension], measures: &[Measure]| queries(view, calendar, by, measures, by);
    let mut all = Vec::new();
    for measure in template.measures() {
        all.extend(ask(&[grain], &[measure]));
        all.extend(ask(&[], &[measure]));
        all.extend(ask(&[Dimension::Week, Dimension::Weekday], &[measure]));
        for split in template.splits {
            all.extend(ask(&[grain, *split], &[measure]));
        }
    }
    for rows in template.rows.iter().chain(template.below.iter().map(|(_, below)| below)) {
        all.extend(ask(&[*rows, Dimension::Platform], template.columns));
    }
    for widget in template.widgets {
        match widget.kind {
            Kind::Share(measure, by) => all.extend(ask(&[by], &[measure])),
            Kind::Bars(by) => all.extend(ask(&[by, Dimension::Platform], &[template.columns[0]])),
            Kind::BarsOf(measure, by) => all.extend(ask(&[by, Dimension::Platform], &[measure])),
            Kind::Hours(measures) => all.extend(ask(&[Dimension::Hour, Dimension::Weekday], measures)),
            Kind::Trend | Kind::Top | Kind::Rhythm | Kind::Funnel(_) | Kind::Table => {}
        }
    }
    all
}

/// Whether only the server answers.
fn is_in_no_cube(query: &Query) -> bool {
    let conditions = query.filters.iter().map(|filter| filter.dimension);
    !query.group_by.iter().copied().chain(conditions).all(Dimension::is_in_cubes)
}

async fn cubes(visitor: &Visitor, scopes: &[Scope]) -> Vec<Cube> {
    let path = format!("/api/w/acme/cube?{}", encode(&[("scope", json!(scopes).to_string())]));
    let answer = visitor.get(&path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let mut bytes = answer.body.as_ref();
    let mut cubes = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let (part, rest) = rest.split_at(usize::try_from(u32::from_le_bytes(*length)).unwrap());
        cubes.push(Cube::decode(part).unwrap());
        bytes = rest;
    }
    assert_eq!(cubes.len(), scopes.len());
    cubes
}

async fn frames(visitor: &Visitor, queries: &[Query]) -> Vec<Frame> {
    let mut frames = Vec::new();
    for part in queries.chunks(150) {
        let answer = visitor.post("/api/w/acme/frames", serde_json::to_vec(part).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        frames.extend(serde_json::from_slice::<Vec<Frame>>(&answer.body).unwrap());
    }
    frames
}

#[tokio::test]
async fn cube_sql_and_reference_agree_on_all_that_dashboards_ask() {
    let (house, admin) = House::lived_in().await;
    let workspace = house.workspace("acme").await.id;
    let rows = load(&house, workspace).await;
    let reference = Reference::read(&house).await;
    let calendar = Calendar { today: "2026-09-04".parse().unwrap(), week_start: WeekStart::Monday };
    let mut compared = 0;
    for template in TEMPLATES {
        let places = template.places();
        let plain = View::parse("", calendar, (template, template.usual())).0;
        let scopes: Vec<Scope> = places.iter().map(|place| plain.scope(calendar, *place)).collect();
        let cubes = cubes(&admin, &scopes).await;
        for address in addresses(template, &reference) {
            let (view, notices) = View::parse(&address, calendar, (template, template.usual()));
            assert_eq!(notices, [], "{} {address}", template.slug);
            let mut queries = questions(&view, calendar);
            queries.retain(|query| query.conflict().is_none());
            let frames = frames(&admin, &queries).await;
            for (query, frame) in queries.iter().zip(&frames) {
                if is_in_no_cube(query) {
                    continue;
                }
                let expected = naive_query(&reference.dataset(&rows, query.family, query.level), query);
                assert_eq!(&expected, frame, "SQL, {} {address} {query:?}", template.slug);
                let at = places.iter().position(|place| *place == (query.family, query.level));
                let cube = at.map(|at| &cubes[at]).filter(|cube| cube.answers(query));
                assert!(
                    cube.is_some() || query.level != Level::Campaign,
                    "{} has no cube: {query:?}",
                    template.slug
                );
                if let Some(cube) = cube {
                    assert_eq!(expected, cube.query(query), "cube, {} {address} {query:?}", template.slug);
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 500, "{compared}");
}

/// The dashboard as it opens, and narrowed by each of its own dimensions.
fn addresses(template: &Template, reference: &Reference) -> Vec<String> {
    let mut addresses = vec![String::new(), "cmp=none&r=7d&f=weekday:2".to_owned()];
    let platform =
        ACCOUNTS.iter().find(|(family, ..)| *family == template.family).map_or("", |(_, slug, _)| slug);
    addresses.push(format!("f=platform:{platform}"));
    for dimension in template.filters.iter().filter(|d| d.entity().is_some()) {
        let level = level_for(template.family, [*dimension]);
        if let Some(place) = step(level, *dimension) {
            let of_deals = level == Level::Only(EntityKind::Deal);
            let id = reference.entities.iter().find_map(|((_, kind, _), (id, first, second))| {
                let is_deal = kind == "42";
                match (of_deals, is_deal, place) {
                    (true, true, 0) => *first,
                    (true, true, 1) => *second,
                    (true, true, _) | (false, false, 0) => Some(*id),
                    _ => None,
                }
            });
            addresses.extend(id.map(|id| format!("f={}:{id}", dimension.name())));
        }
    }
    addresses
}

#[tokio::test]
async fn broken_down_figures_are_those_of_their_words() {
    let (house, admin) = House::lived_in().await;
    let workspace = house.workspace("acme").await.id;
    load(&house, workspace).await;
    let sum = |family: Family, metric: Metric, seeds: &[u32]| -> i64 {
        let seeds = seeds.iter().flat_map(|seed| (0..40).map(move |day| (*seed, day)));
        seeds.filter_map(|(seed, day)| figures(family, seed, day).get(metric)).sum()
    };
    let ask = |family, by: Dimension, metric| Query {
        family,
        level: level_for(family, [by]),
        days: last_days(70),
        group_by: vec![by],
        metrics: vec![metric],
        filters: vec![],
    };
    let queries = [
        ask(Family::Search, Dimension::Query, Metric::Clicks),
        ask(Family::Web, Dimension::Channel, Metric::Sessions),
        ask(Family::Web, Dimension::Source, Metric::Sessions),
    ];
    let text = |frame: &Frame| -> Vec<(String, i64)> {
        let rows = frame.rows.iter();
        rows.map(|row| (row.members[0].label.clone(), row.values[0].unwrap_or_default())).collect()
    };
    let found = frames(&admin, &queries).await;
    let clicks = |seeds: &[u32]| sum(Family::Search, Metric::Clicks, seeds);
    let sessions = |seeds: &[u32]| sum(Family::Web, Metric::Sessions, seeds);
    let pair = |name: &str, value: i64| (name.to_owned(), value);
    assert_eq!(text(&found[0]), [pair("red shoes", clicks(&[4])), pair("shoes", clicks(&[3]))]);
    assert_eq!(
        text(&found[1]),
        [pair("Organic Search", sessions(&[3])), pair("Paid Search", sessions(&[4, 5]))]
    );
    let sources = [
        pair("bing / cpc", sessions(&[5])),
        pair("google / cpc", sessions(&[4])),
        pair("google / organic", sessions(&[3])),
    ];
    assert_eq!(text(&found[2]), sources);
    // What there is, the page knows before any figure is loaded.
    let page = admin.page("/w/acme/dash/web").await.text();
    assert!(page.contains("Top channels"), "{page}");
    assert!(page.contains("Top sources"), "{page}");
    let page = admin.page("/w/acme/dash/social").await.text();
    assert!(!page.contains("Not shown"), "{page}");
    assert!(page.contains("Top ages and genders") && page.contains("Top cities"), "{page}");
    let page = admin.page("/w/acme/dash/email").await.text();
    assert!(page.contains("Opens by weekday and hour"), "{page}");
    let page = admin.page("/w/acme/dash/ads").await.text();
    assert!(!page.contains("by weekday and hour") && page.contains("Hours"), "nobody reports them: {page}");
    assert_eq!(admin.page("/w/acme/dash/mood").await.status, StatusCode::NOT_FOUND);
}
