use super::*;
use crate::catalogue::{Metric, Ratio};
use crate::period::{Comparison, ComparisonKind};
use crate::testing::{ADS_METRICS, dataset_with_queries};
use model::DayRange;
use proptest::prelude::*;

fn member(key: &str) -> Member {
    Member { key: key.into(), label: key.to_uppercase() }
}

fn frame(rows: &[(&[&str], &[Option<i64>])], group_by: &[Dimension], metrics: &[Metric]) -> Frame {
    Frame {
        group_by: group_by.to_vec(),
        metrics: metrics.to_vec(),
        rows: rows
            .iter()
            .map(|(keys, values)| FrameRow {
                members: keys.iter().map(|k| member(k)).collect(),
                values: values.to_vec(),
            })
            .collect(),
        totals: vec![Some(1); metrics.len()],
        missing_rates: Vec::new(),
    }
}

#[test]
fn other_is_recomputed_from_sums() {
    let metrics = [Metric::Clicks, Metric::Impressions, Metric::Reach];
    let rows: [(&[&str], &[Option<i64>]); 4] = [
        (&["1"], &[Some(5), Some(10), Some(1)]),
        (&["2"], &[Some(50), Some(1000), Some(2)]),
        (&["3"], &[Some(7), None, Some(3)]),
        (&["4"], &[None, Some(100), Some(4)]),
    ];
    let frame = frame(&rows, &[Dimension::Campaign], &metrics);
    let ctr = Measure::Ratio(Ratio::Ctr);
    assert_eq!(top_members(&frame, Dimension::Campaign, ctr, 9), ["1", "2", "3", "4"]);
    let top = top_n(&frame, Dimension::Campaign, Measure::Metric(Metric::Clicks), 1);
    let keys: Vec<&str> = top.rows.iter().map(|r| r.members[0].key.as_str()).collect();
    assert_eq!(keys, ["2", OTHER_KEY]);
    assert_eq!(top.rows[1].values, [Some(12), Some(110), None]);
    assert_eq!(top.totals, frame.totals);
    let all_but_one = top_n(&frame, Dimension::Campaign, Measure::Metric(Metric::Clicks), 3);
    assert_eq!(all_but_one.rows.len(), 4, "a single other is shown as itself");
}

#[test]
fn other_keeps_days_apart() {
    let rows: [(&[&str], &[Option<i64>]); 5] = [
        (&["2026-11-01", "1"], &[Some(5)]),
        (&["2026-11-01", "2"], &[Some(1)]),
        (&["2026-11-01", "3"], &[Some(2)]),
        (&["2026-11-02", "2"], &[Some(1)]),
        (&["2026-11-02", "3"], &[None]),
    ];
    let frame = frame(&rows, &[Dimension::Day, Dimension::Campaign], &[Metric::Clicks]);
    let top = top_n(&frame, Dimension::Campaign, Measure::Metric(Metric::Clicks), 1);
    let cells: Vec<_> = top
        .rows
        .iter()
        .map(|r| (r.members[0].key.as_str(), r.members[1].key.as_str(), r.values[0]))
        .collect();
    assert_eq!(
        cells,
        [
            ("2026-11-01", "1", Some(5)),
            ("2026-11-01", OTHER_KEY, Some(3)),
            ("2026-11-02", OTHER_KEY, Some(1))
        ]
    );
}

#[test]
fn two_periods_side_by_side() {
    let days = DayRange::new("2026-11-08".parse().unwrap(), "2026-11-09".parse().unwrap()).unwrap();
    let alignment =
        Comparison { kind: ComparisonKind::PreviousPeriod, match_weekdays: true }.alignment(days).unwrap();
    let group_by = [Dimension::Day, Dimension::Platform];
    let now: [(&[&str], &[Option<i64>]); 2] =
        [(&["2026-11-08", "x"], &[Some(5)]), (&["2026-11-09", "x"], &[Some(6)])];
    let then: [(&[&str], &[Option<i64>]); 3] = [
        (&["2026-11-01", "x"], &[Some(3)]),
        (&["2026-11-02", "y"], &[Some(9)]),
        (&["2026-11-03", "y"], &[Some(1)]),
    ];
    let compared = compare(
        &frame(&now, &group_by, &[Metric::Clicks]),
        &frame(&then, &group_by, &[Metric::Clicks]),
        alignment,
        WeekStart::Monday,
    );
    let cells: Vec<_> = compared
        .rows
        .iter()
        .map(|r| {
            (r.members[0].key.as_str(), r.members[1].key.as_str(), r.current.clone(), r.previous.clone())
        })
        .collect();
    assert_eq!(
        cells,
        [
            ("2026-11-08", "x", vec![Some(5)], vec![Some(3)]),
            ("2026-11-09", "x", vec![Some(6)], vec![]),
            ("2026-11-09", "y", vec![], vec![Some(9)]),
        ]
    );
    let (current, previous) = compared.values(&compared.rows[0], Measure::Metric(Metric::Clicks));
    assert_eq!((current.to_f64(), previous.to_f64()), (Some(5.0), Some(3.0)));
}

proptest! {
    #[test]
    fn folding_keeps_sums((data, queries) in dataset_with_queries(ADS_METRICS, 2), n in 0_usize..4) {
        let cube = data.to_cube();
        for query in queries {
            let frame = cube.query(&query);
            for dimension in &frame.group_by {
                let top = top_n(&frame, *dimension, Measure::Metric(Metric::Clicks), n);
                for (at, metric) in frame.metrics.iter().enumerate().filter(|(_, m)| m.class() == Class::Additive) {
                    let sum = |f: &Frame| f.rows.iter().filter_map(|r| r.values[at]).reduce(|a, b| a + b);
                    prop_assert_eq!(sum(&top), frame.totals[at], "{:?}", metric);
                }
            }
        }
    }
}
