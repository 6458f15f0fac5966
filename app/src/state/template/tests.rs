use super::*;
use metrics::Class;
use model::entities::EntityKind;

/// Figures of a family, with everything that it can report at each level.
fn everything(family: Family) -> FamilyFacts {
    let metrics: Vec<Metric> =
        Metric::ALL.iter().copied().filter(|metric| metric.families().contains(&family)).collect();
    let kinds = EntityKind::ALL.into_iter().map(Level::Only);
    let levels: Vec<Level> = [Level::Campaign].into_iter().chain(kinds).collect();
    let by = Dimension::ALL.into_iter().filter(|dimension| !dimension.is_in_cubes());
    FamilyFacts {
        family,
        span: model::DayRange::ending("2026-11-22".parse().unwrap(), 30),
        breakdowns: by.map(|by| (level_for(family, [by]), by)).collect(),
        levels: levels.into_iter().map(|level| (level, metrics.clone())).collect(),
    }
}

#[test]
fn templates_name_only_what_their_families_have() {
    for template in TEMPLATES {
        let slug = template.slug;
        let holds = |family: Family, measure: Measure| {
            measure.parts().iter().all(|part| part.families().contains(&family))
        };
        let own = template.more.iter().chain(template.columns).chain(template.cards);
        let pairs = own.map(|measure| (template.family_of(*measure), *measure));
        for (family, measure) in pairs.chain(template.tiles.iter().map(|tile| (tile.family, tile.measure))) {
            assert!(holds(family, measure), "{slug}: {family:?} has no {}", measure.name());
        }
        for widget in template.widgets {
            assert!([4, 6, 8, 12].contains(&widget.width), "{slug}");
            match widget.kind {
                Kind::Share(measure, _) => {
                    assert!(holds(template.family, measure), "{slug}");
                    let parts = measure.parts();
                    assert!(
                        parts.iter().all(|part| part.class() == Class::Additive),
                        "{slug}: shares of a whole"
                    );
                }
                Kind::Funnel(steps) => {
                    assert!(
                        steps.iter().all(|(family, metric)| holds(*family, Measure::Metric(*metric))),
                        "{slug}"
                    );
                }
                Kind::BarsOf(measure, by) => {
                    assert!(holds(template.family, measure) && !by.is_in_cubes(), "{slug}");
                    assert!(template.filters.contains(&by), "{slug}: a click on bars by {by:?}");
                }
                Kind::Hours(measures) => {
                    for measure in measures {
                        assert!(holds(template.family, *measure), "{slug}");
                        assert_eq!(measure.parts()[0].class(), Class::Additive, "{slug}: sums of hours");
                    }
                    assert!(template.filters.contains(&Dimension::Hour), "{slug}");
                }
                Kind::Trend | Kind::Top | Kind::Bars(_) | Kind::Rhythm | Kind::Table => {}
            }
        }
        assert!(template.measures().any(|measure| measure == template.measure), "{slug}");
        assert!(template.cards.iter().all(|card| template.columns.contains(card)), "{slug}");
        // What can be gone down into can be filtered by, and is listed.
        for (above, below) in template.below {
            assert!(template.filters.contains(above), "{slug}: {above:?}");
            assert!(
                template.filters.contains(below) || template.below(*below).is_none(),
                "{slug}: {below:?}"
            );
        }
        let widths: u32 = template.widgets.iter().map(|widget| u32::from(widget.width)).sum();
        assert_eq!(widths % 12, 0, "{slug}: the last row of widgets has a hole");
    }
}

#[test]
fn each_measure_stands_once_and_belongs_to_one_family() {
    for template in TEMPLATES {
        let mut measures: Vec<Measure> = template.measures().collect();
        let count = measures.len();
        measures.sort();
        measures.dedup();
        assert_eq!(measures.len(), count, "{}", template.slug);
    }
    // What ads bring is counted by ads alone.
    for name in ["spend", "conversions", "conversion_value", "roas", "cpa"] {
        assert_eq!(OVERVIEW.family_of(Measure::from_name(name).unwrap()), Family::Ads, "{name}");
    }
}

#[test]
fn old_addresses_go_on() {
    assert_eq!(Template::find("paid").map(|t| t.slug), Some("ads"));
    assert!(TEMPLATES.into_iter().all(|t| Template::find(t.slug) == Some(t)));
    assert_eq!(Template::find("mood"), None);
}

#[test]
fn what_is_reported_is_shown_and_the_rest_is_named() {
    for template in TEMPLATES {
        let all: Vec<FamilyFacts> = template.families().into_iter().map(everything).collect();
        assert_eq!(template.left_out(&all), Vec::<&str>::new(), "{}", template.slug);
        assert_eq!(template.home(&all), template.usual(), "{}", template.slug);
        assert!(!template.left_out(&[]).is_empty(), "{}", template.slug);
    }
    let social = Template::find("social").unwrap();
    let mut some = everything(Family::Social);
    some.levels = vec![(Level::Campaign, vec![Metric::Followers, Metric::Impressions, Metric::Engagements])];
    let left = social.left_out(std::slice::from_ref(&some));
    assert_eq!(left, ["New followers", "Reach", "Video views", "Profile views"]);
    assert_eq!(social.home(&[some]).rows, Dimension::Account, "there are no posts");
}

#[test]
fn what_is_not_reported_so_finely_is_measured_by_something_that_is() {
    let web = Template::find("web").unwrap();
    let mut facts = everything(Family::Web);
    facts.levels.retain(|(level, _)| *level == Level::Campaign);
    facts.levels.push((Level::Only(EntityKind::Page), vec![Metric::Pageviews]));
    let facts = [facts];
    let sessions = Measure::Metric(Metric::Sessions);
    assert_eq!(web.measure_by(&facts, sessions, Dimension::Page), Measure::Metric(Metric::Pageviews));
    assert_eq!(web.measure_by(&facts, sessions, Dimension::Account), sessions);
    let search = Template::find("search").unwrap();
    let position = Measure::Metric(Metric::Position);
    let facts = [everything(Family::Search)];
    assert_eq!(search.measure_by(&facts, position, Dimension::Query), Measure::Metric(Metric::Clicks));
}

#[test]
fn columns_that_nobody_reports_are_left_out() {
    let mut ads = everything(Family::Ads);
    ads.levels =
        vec![(Level::Campaign, vec![Metric::Impressions, Metric::Clicks, Metric::Leads, Metric::Budget])];
    let names = |level| {
        ADS.columns_at(std::slice::from_ref(&ads), level).iter().map(|m| m.name()).collect::<Vec<_>>()
    };
    assert_eq!(names(Level::Campaign), ["impressions", "clicks", "ctr", "leads", "budget"]);
    assert_eq!(names(Level::Ad), ["impressions", "clicks", "ctr", "leads"]);
    assert_eq!(ADS.columns_at(&[], Level::Campaign), []);
}

#[test]
fn no_row_of_widgets_has_a_hole() {
    let search = Template::find("search").unwrap();
    let widths = |facts: &[FamilyFacts]| search.layout(facts).iter().map(|w| w.width).collect::<Vec<_>>();
    let all = everything(Family::Search);
    assert_eq!(widths(std::slice::from_ref(&all)), [8, 4, 6, 6, 6, 6, 12]);
    let mut few = all.clone();
    few.breakdowns.clear();
    assert_eq!(widths(&[few]), [12, 6, 6, 12], "time, pages, rhythm, table");
}

#[test]
fn what_nobody_breaks_down_makes_no_bars_and_no_hours() {
    for (slug, family, by) in [
        ("ads", Family::Ads, vec![Dimension::Country, Dimension::Placement]),
        ("social", Family::Social, vec![Dimension::AgeGender]),
        ("email", Family::Email, vec![Dimension::Hour]),
    ] {
        let template = Template::find(slug).unwrap();
        let mut facts = everything(family);
        facts.breakdowns.retain(|(_, known)| by.contains(known));
        let drawn: Vec<Dimension> = template
            .layout(std::slice::from_ref(&facts))
            .iter()
            .filter_map(|widget| match widget.kind {
                Kind::BarsOf(_, by) => Some(by),
                Kind::Hours(_) => Some(Dimension::Hour),
                _ => None,
            })
            .collect();
        assert_eq!(drawn, by, "{slug}");
        // Nor does it help that members are told apart, if nothing is measured.
        facts.levels.clear();
        let left_out = template.left_out(&[facts]);
        assert!(by.iter().all(|by| left_out.contains(&plural(*by))), "{slug}");
    }
    let none: [FamilyFacts; 0] = [];
    assert!(!ADS.tells(&none, Dimension::Country) && ADS.tells(&none, Dimension::Campaign));
}
