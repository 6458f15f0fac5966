//! Snapshots of options, and rules that hold for all of them.

use super::*;
use metrics::query::{FrameRow, Member};
use metrics::testing::{ADS_METRICS, dataset_with_queries};
use metrics::{Comparison, Dimension, Figure, Frame, Granularity, Locale, Measure, Metric, Ratio, Value};
use model::DayRange;
use model::days::WeekStart;
use proptest::prelude::*;

fn spec(measure: Measure) -> ChartSpec {
    ChartSpec {
        theme: Theme::Light,
        size: Size::Desktop,
        measure,
        locale: Locale::EN,
        currency: "EUR".into(),
        animate: false,
    }
}

fn days(until: &str, n: u32) -> DayRange {
    DayRange::ending(until.parse().unwrap(), n)
}

fn member(key: &str, label: &str) -> Member {
    Member { key: key.into(), label: label.into() }
}

/// Daily conversions per platform with weekly waves; the last platforms are small, and one has a gap.
fn frame(days: DayRange, platforms: &[(&str, &str, i64)], metrics: &[Metric], percent: i64) -> Frame {
    let mut rows = Vec::new();
    for (at, day) in (0_i64..).zip(days.days()) {
        for (which, (key, label, base)) in (0_i64..).zip(platforms) {
            let wave = [0, 5, 9, 12, 8, -6, -9][usize::try_from((at + which) % 7).unwrap()];
            let gap = which == 2 && (9..11).contains(&at);
            let value = (base + base * wave / 40 + at * base / 200) * percent * 10_000;
            rows.push(FrameRow {
                members: vec![Member { key: day.to_string(), label: day.to_string() }, member(key, label)],
                values: metrics.iter().map(|_| (!gap).then_some(value)).collect(),
            });
        }
    }
    let totals =
        (0..metrics.len()).map(|m| rows.iter().filter_map(|r| r.values[m]).reduce(|a, b| a + b)).collect();
    Frame {
        group_by: vec![Dimension::Day, Dimension::Platform],
        metrics: metrics.to_vec(),
        rows,
        totals,
        missing_rates: Vec::new(),
    }
}

const PLATFORMS: [(&str, &str, i64); 3] =
    [("google_ads", "Google Ads", 62), ("facebook", "Meta", 41), ("linkedin", "LinkedIn", 13)];

const MANY: [(&str, &str, i64); 10] = [
    ("google_ads", "Google Ads", 90),
    ("facebook", "Meta", 80),
    ("linkedin", "LinkedIn", 70),
    ("tiktok", "TikTok", 60),
    ("x", "X", 50),
    ("file", "Files", 40),
    ("instagram", "Instagram", 30),
    ("pinterest", "Pinterest", 9),
    ("snap", "Snap", 7),
    ("reddit", "Reddit", 5),
];

fn lines(measure: Measure, platforms: &[(&str, &str, i64)]) -> LineData {
    let period = days("2026-11-20", 28);
    let alignment = Comparison::default().alignment(period).unwrap();
    let metrics = measure.parts();
    let now = frame(period, platforms, &metrics, 100);
    let before = frame(alignment.comparison(), platforms, &metrics, 88);
    let question = LineQuestion {
        days: period,
        granularity: Granularity::Day,
        week_start: WeekStart::Monday,
        split: Some(Dimension::Platform),
        measure,
        provisional_from: Some("2026-11-10".parse().unwrap()),
        unsettled_from: Some("2026-11-18".parse().unwrap()),
    };
    line_data(question, &now, Some((&before, alignment)))
}

fn bars() -> Vec<Item> {
    let names = [
        "Brand · Search DE",
        "Retargeting · Catalogue with a very long name",
        "Shopping · PMax",
        "Generic · Search UK",
        "Prospecting · Video EU",
        "ABM · Enterprise",
    ];
    let platforms = ["google_ads", "facebook", "google_ads", "google_ads", "facebook", "linkedin"];
    let build = |scale: i64| Frame {
        group_by: vec![Dimension::Campaign, Dimension::Platform],
        metrics: vec![Metric::ConversionValue],
        rows: (0_i64..)
            .zip(names.iter().zip(platforms))
            .map(|(at, (name, platform))| FrameRow {
                members: vec![member(&(at + 10).to_string(), name), member(platform, platform)],
                values: vec![Some((108_000 - at * 15_700) * scale * 10_000)],
            })
            .collect(),
        totals: vec![Some(412_500 * scale * 10_000)],
        missing_rates: Vec::new(),
    };
    let measure = Measure::Metric(Metric::ConversionValue);
    items(&build(100), Some(&build(90)), Dimension::Campaign, measure, 10)
}

fn shares() -> Vec<Item> {
    let frame = frame(days("2026-11-20", 28), &MANY, &[Metric::Spend], 100);
    items(&frame, None, Dimension::Platform, Measure::Metric(Metric::Spend), 8)
}

fn heat() -> HeatmapData {
    let period = days("2026-11-20", 60);
    let mut rows = Vec::new();
    for (at, day) in (0_i64..).zip(period.days()) {
        let key = |d| metrics::keys::time_key(d, day, WeekStart::Monday).unwrap();
        let value = match at {
            20..22 => None,
            30 => Some(0),
            _ => Some((at * 37 % 50 + 40) * 1_000_000),
        };
        rows.push(FrameRow {
            members: vec![member(&key(Dimension::Week), ""), member(&key(Dimension::Weekday), "")],
            values: vec![value],
        });
    }
    let frame = Frame {
        group_by: vec![Dimension::Week, Dimension::Weekday],
        metrics: vec![Metric::Spend],
        totals: vec![None],
        rows,
        missing_rates: Vec::new(),
    };
    heatmap_data(&frame, Dimension::Week, Measure::Metric(Metric::Spend), period, WeekStart::Monday)
}

const CONVERSIONS: Measure = Measure::Metric(Metric::Conversions);
const SPEND: Measure = Measure::Metric(Metric::Spend);

fn charts() -> Vec<(&'static str, Measure, Chart)> {
    let value = Measure::Metric(Metric::ConversionValue);
    let mut narrow = lines(CONVERSIONS, &PLATFORMS[..1]);
    for value in narrow.series.iter_mut().flat_map(|s| s.values.iter_mut().chain(&mut s.comparison)) {
        let raised = value
            .figure()
            .and_then(|f| Figure::new(f.numerator() + 20_000 * f.denominator(), f.denominator()));
        *value = raised.map_or(Value::Missing, Value::Known);
    }
    vec![
        ("line", CONVERSIONS, Chart::Line(lines(CONVERSIONS, &PLATFORMS))),
        ("line_many", SPEND, Chart::Line(lines(SPEND, &MANY))),
        ("line_broken", CONVERSIONS, Chart::Line(narrow)),
        ("bar", value, Chart::Bar(bars())),
        ("donut", SPEND, Chart::Donut(shares())),
        ("heatmap", SPEND, Chart::Heatmap(heat())),
    ]
}

#[test]
fn options_are_as_reviewed() {
    for (name, measure, chart) in charts() {
        insta::assert_json_snapshot!(name, option(&spec(measure), &chart));
    }
}

/// Writes all options of both themes and sizes to the directory in `CHART_OPTIONS`, to look at them.
#[test]
#[ignore = "writes files for a person to look at"]
fn write_options() {
    let Ok(dir) = std::env::var("CHART_OPTIONS") else {
        println!("skipped: CHART_OPTIONS names no directory");
        return;
    };
    for (name, measure, chart) in charts() {
        for (theme, theme_name) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
            for (size, size_name) in [(Size::Desktop, "desktop"), (Size::Phone, "phone")] {
                let spec = ChartSpec { theme, size, ..spec(measure) };
                let json = serde_json::to_string(&option(&spec, &chart)).unwrap();
                std::fs::write(format!("{dir}/{name}-{theme_name}-{size_name}.json"), json).unwrap();
                println!("{name}: {}", summary(&spec, &chart));
            }
        }
    }
}

#[test]
fn summaries_say_what_is_shown() {
    let said: Vec<String> =
        charts().iter().map(|(_, measure, chart)| summary(&spec(*measure), chart)).collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn marks_lead_back_to_members() {
    let line = Chart::Line(lines(CONVERSIONS, &PLATFORMS));
    let mark = mark_of(&line, "provisional:facebook", 27).unwrap();
    assert_eq!((mark.member.as_str(), mark.at), ("facebook", vec!["2026-11-20".to_owned()]));
    assert_eq!(mark_of(&line, "hatch", 27), None);
    assert_eq!(mark_of(&Chart::Bar(bars()), "current", 1).unwrap().member, "11");
    assert_eq!(mark_of(&Chart::Bar(bars()), "current", 99), None);
    let heat = Chart::Heatmap(heat());
    assert_eq!(mark_of(&heat, "current", 0).unwrap().at, ["2026-09-21", "2"]);
    let donut = Chart::Donut(shares());
    let first = mark_of(&donut, "current", 0).unwrap().member;
    assert_eq!(first, "google_ads");
    let option = option(&spec(SPEND), &donut);
    let name = option["series"][0]["data"][0]["name"].as_str().unwrap();
    assert_eq!(legend_key(&spec(SPEND), &donut, name), Some("google_ads"));
}

#[test]
fn at_most_eight_series_and_the_rest_is_other() {
    let data = lines(SPEND, &MANY);
    assert_eq!(data.series.len(), 8);
    let other = data.series.last().unwrap();
    assert_eq!((other.key.as_str(), other.name.as_str()), (metrics::keys::OTHER_KEY, "Other"));
    assert_eq!(shares().len(), 8);
    let sum = |values: &[Value]| values.iter().filter_map(|v| v.to_f64()).sum::<f64>();
    assert!((sum(&other.values) - other.total.to_f64().unwrap()).abs() < 1e-6);
}

#[test]
fn tooltips_are_ordered_and_compared() {
    let data = lines(CONVERSIONS, &PLATFORMS);
    let tooltip = tooltip_rows(&spec(CONVERSIONS), &data, 10).unwrap();
    assert_eq!(tooltip.title, "3 Nov 2026");
    assert_eq!(tooltip.comparison_title.as_deref(), Some("6 Oct 2026"));
    assert!(!tooltip.provisional && tooltip_rows(&spec(CONVERSIONS), &data, 18).unwrap().provisional);
    let names: Vec<&str> = tooltip.rows.iter().map(|r| r.name.as_str()).collect();
    // LinkedIn has a gap on that day, in both periods.
    assert_eq!(names, ["Google Ads", "Meta"]);
    let first = &tooltip.rows[0];
    assert_eq!(
        (first.current.as_str(), first.delta.as_deref(), first.share.as_deref()),
        ("83", Some("+13.6%"), Some("61.9%"))
    );
    assert_eq!(tooltip_rows(&spec(CONVERSIONS), &data, 28), None);
    let item = item_tooltip(&spec(Measure::Metric(Metric::ConversionValue)), &bars()[1], 1, true);
    assert_eq!(item.rows[0].delta.as_deref(), Some("+11.1%"));
}

#[test]
fn gaps_stay_gaps() {
    let data = lines(CONVERSIONS, &PLATFORMS);
    let option = option(&spec(CONVERSIONS), &Chart::Line(data));
    let series = option["series"].as_array().unwrap().iter().find(|s| s["id"] == "current:linkedin").unwrap();
    assert!(series["data"][9].is_null() && series["data"][10].is_null() && !series["data"][11].is_null());
    assert_eq!(series["connectNulls"], false);
}

#[test]
fn sparklines_keep_gaps_and_bounds() {
    assert_eq!(sparkline_path(&[], 100.0, 30.0), Sparkline::default());
    assert_eq!(sparkline_path(&[None, None], 100.0, 30.0), Sparkline::default());
    let flat = sparkline_path(&[Some(5.0), Some(5.0)], 100.0, 30.0);
    assert_eq!(flat.line, "M0.0 15.0L100.0 15.0");
    let gaps = sparkline_path(&[Some(0.0), Some(10.0), None, Some(5.0), None], 100.0, 30.0);
    assert_eq!(gaps.line, "M0.0 29.0L25.0 1.0M74.0 15.0L76.0 15.0");
    assert_eq!(gaps.area, "M0.0 30.0L0.0 29.0L25.0 1.0L25.0 30.0ZM74.0 30.0L74.0 15.0L76.0 15.0L76.0 30.0Z");
}

#[test]
fn platforms_keep_their_colour() {
    for theme in [Theme::Light, Theme::Dark] {
        let differ = |platforms: &[&str]| {
            let colors: std::collections::BTreeSet<_> =
                platforms.iter().map(|p| platform_color(p, theme)).collect();
            assert_eq!(colors.len(), platforms.len(), "{platforms:?}");
        };
        differ(&["google_ads", "facebook", "linkedin", "tiktok", "x", "file", "instagram", "unknown"]);
        // Those of e-mails, and those of leads and deals (Meta has lead forms).
        differ(&[
            "mailchimp",
            "sendgrid",
            "klaviyo",
            "activecampaign",
            "campaign_monitor",
            "constant_contact",
            "hubspot",
        ]);
        differ(&["salesforce", "facebook", "marketo", "pardot", "pipedrive", "zoho_crm", "hubspot"]);
    }
    assert_eq!(platform_color("google_ads", Theme::Light), "#1D4ED8");
}

fn no_functions(json: &serde_json::Value) -> bool {
    match json {
        serde_json::Value::String(text) => !text.contains("function") && !text.contains("=>"),
        serde_json::Value::Array(all) => all.iter().all(no_functions),
        serde_json::Value::Object(all) => all.values().all(no_functions),
        _ => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever the figures are, options are plain data and nothing panics.
    #[test]
    fn any_data_makes_a_chart((data, queries) in dataset_with_queries(ADS_METRICS, 1), split in 0_usize..3, which in 0_usize..4) {
        let cube = data.to_cube();
        let measure = [SPEND, Measure::Ratio(Ratio::Cpa), Measure::Metric(Metric::Reach), Measure::Metric(Metric::Budget)][which];
        let split = [None, Some(Dimension::Platform), Some(Dimension::Campaign)][split];
        let granularity = Granularity::auto(data.span, false);
        let alignment = Comparison::default().alignment(data.span).unwrap();
        let ask = |group_by: Vec<Dimension>, days| {
            let asked = metrics::Query { group_by, metrics: measure.parts(), days, ..queries[0].clone() };
            cube.query(&asked)
        };
        let mut group_by = vec![granularity.dimension()];
        group_by.extend(split);
        let (now, before) = (ask(group_by.clone(), data.span), ask(group_by, alignment.comparison()));
        let question = LineQuestion {
            days: data.span,
            granularity,
            week_start: data.week_start,
            split,
            measure,
            provisional_from: Some(data.span.from()),
            unsettled_from: Some(data.span.until()),
        };
        let lines = line_data(question, &now, Some((&before, alignment)));
        let bars = ask(vec![Dimension::Campaign, Dimension::Platform], data.span);
        let heat = ask(vec![Dimension::Week, Dimension::Weekday], data.span);
        let list = items(&bars, Some(&bars), Dimension::Campaign, measure, 8);
        prop_assert!(lines.series.len() <= 8 && list.len() <= 8);
        let heat = heatmap_data(&heat, Dimension::Week, measure, data.span, data.week_start);
        prop_assert_eq!(heat.cells.len(), data.span.len() as usize);
        for bucket in 0..lines.buckets.len() {
            prop_assert!(tooltip_rows(&spec(measure), &lines, bucket).is_some());
        }
        for chart in [Chart::Line(lines), Chart::Bar(list.clone()), Chart::Donut(list), Chart::Heatmap(heat)] {
            for size in [Size::Phone, Size::Desktop] {
                let spec = ChartSpec { size, ..spec(measure) };
                let drawn = option(&spec, &chart);
                prop_assert!(no_functions(&drawn));
                prop_assert!(!summary(&spec, &chart).is_empty());
            }
        }
    }

    #[test]
    fn sparklines_stay_in_their_box(values in prop::collection::vec(prop::option::of(-1e12..1e12_f64), 0..60)) {
        let path = sparkline_path(&values, 160.0, 30.0);
        for number in path.line.split(['M', 'L', ' ']).filter(|t| !t.is_empty()) {
            prop_assert!((0.0..=160.0).contains(&number.parse::<f64>().unwrap()));
        }
    }
}
