//! Data for charts out of frames.

use metrics::frame::{collapse, descending, fold_other, top_members};
use metrics::keys::{label_of, parse_key, time_key};
use metrics::period::Alignment;
use metrics::value::share;
use metrics::{Dimension, Figure, Frame, Granularity, Measure, Value};
use model::DayRange;
use model::days::WeekStart;
use model::sort::sort_by;
use std::collections::HashMap;

/// Most series of a chart, "Other" included.
pub const MAX_SERIES: usize = 8;

/// One step of an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Key of the member of the dimension.
    pub key: String,
    /// On the axis: `20 Nov`.
    pub short: String,
    /// In tooltips: `20 Nov 2026`.
    pub label: String,
    /// The bucket of the comparison that answers to it, as in tooltips.
    pub comparison: Option<String>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Key of the member; empty for a line of totals.
    pub key: String,
    /// For people.
    pub name: String,
    /// One per bucket.
    pub values: Vec<Value>,
    /// One per bucket; empty without comparison.
    pub comparison: Vec<Value>,
    /// Over the whole period.
    pub total: Value,
    /// Over the whole comparison.
    pub comparison_total: Value,
}

/// Lines over time.
#[derive(Debug, Clone, PartialEq)]
pub struct LineData {
    /// The axis, without holes.
    pub buckets: Vec<Bucket>,
    /// At most [`MAX_SERIES`], the largest first, "Other" last.
    pub series: Vec<Series>,
    /// What the lines are split by.
    pub split: Option<Dimension>,
    /// The first bucket whose figures may still change.
    pub provisional_from: Option<usize>,
    /// The first bucket whose figures are still expected to change; these are drawn as unfinished.
    pub unsettled_from: Option<usize>,
    /// The step.
    pub granularity: Granularity,
    /// The period.
    pub days: DayRange,
}

/// What [`line_data`] needs to know besides the frames.
#[derive(Debug, Clone, Copy)]
pub struct LineQuestion {
    /// The period.
    pub days: DayRange,
    /// The step; the frames are grouped by its dimension first.
    pub granularity: Granularity,
    /// How weeks are cut.
    pub week_start: WeekStart,
    /// One line per member of this dimension, the frames' second.
    pub split: Option<Dimension>,
    /// What is measured.
    pub measure: Measure,
    /// The first day whose figures may still change.
    pub provisional_from: Option<chrono::NaiveDate>,
    /// The first day whose figures are still expected to change.
    pub unsettled_from: Option<chrono::NaiveDate>,
}

/// Lines out of a frame grouped by `[granularity]` or `[granularity, split]`, and one of the comparison, grouped the same.
pub fn line_data(question: LineQuestion, frame: &Frame, comparison: Option<(&Frame, Alignment)>) -> LineData {
    let time = question.granularity.dimension();
    let buckets = buckets(question, comparison.map(|(_, alignment)| alignment));
    let positions: HashMap<&str, usize> =
        buckets.iter().enumerate().map(|(at, b)| (b.key.as_str(), at)).collect();

    let (frame, other) = match question.split {
        None => (frame.clone(), comparison.map(|(f, a)| (f.clone(), a))),
        Some(split) => {
            let mut keep = top_members(frame, split, question.measure, MAX_SERIES + 1);
            if keep.len() > MAX_SERIES {
                keep.truncate(MAX_SERIES - 1);
            }
            let fold = |f: &Frame| fold_other(f, split, &keep);
            (fold(frame), comparison.map(|(f, a)| (fold(f), a)))
        }
    };
    let mut series: Vec<Series> = Vec::new();
    let at_key = |frame: &Frame, row: &metrics::query::FrameRow, d: Dimension| {
        frame.group_by.iter().position(|g| *g == d).map(|at| row.members[at].clone())
    };
    let empty = |key: String, name: String| Series {
        key,
        name,
        values: vec![Value::Missing; buckets.len()],
        comparison: if other.is_some() { vec![Value::Missing; buckets.len()] } else { Vec::new() },
        total: Value::Missing,
        comparison_total: Value::Missing,
    };
    for row in &frame.rows {
        let member = question.split.and_then(|d| at_key(&frame, row, d));
        let (key, name) =
            member.map_or_else(|| (String::new(), question.measure.label().to_owned()), |m| (m.key, m.label));
        let at = series.iter().position(|s| s.key == key).unwrap_or_else(|| {
            series.push(empty(key, name));
            series.len() - 1
        });
        let bucket = at_key(&frame, row, time).and_then(|m| positions.get(m.key.as_str()).copied());
        if let Some(bucket) = bucket {
            series[at].values[bucket] = frame.value(row, question.measure);
        }
    }
    if let Some((other, alignment)) = &other {
        for row in &other.rows {
            let key = question.split.and_then(|d| at_key(other, row, d)).map_or_else(String::new, |m| m.key);
            let aligned =
                at_key(other, row, time).and_then(|m| alignment.key(time, &m.key, question.week_start));
            let bucket = aligned.and_then(|key| positions.get(key.as_str()).copied());
            if let (Some(series), Some(bucket)) = (series.iter_mut().find(|s| s.key == key), bucket) {
                series.comparison[bucket] = other.value(row, question.measure);
            }
        }
    }
    for series in &mut series {
        series.total = member_total(&frame, question, &series.key);
        if let Some((other, _)) = &other {
            series.comparison_total = member_total(other, question, &series.key);
        }
    }
    let place = |day: chrono::NaiveDate| {
        let key = time_key(time, day.max(question.days.from()), question.week_start)?;
        positions.get(key.as_str()).copied()
    };
    let provisional_from = question.provisional_from.and_then(place);
    let unsettled_from = question.unsettled_from.and_then(place);
    LineData {
        series,
        split: question.split,
        provisional_from,
        unsettled_from,
        granularity: question.granularity,
        days: question.days,
        buckets,
    }
}

fn member_total(frame: &Frame, question: LineQuestion, key: &str) -> Value {
    let Some(split) = question.split else {
        return frame.total(question.measure);
    };
    let collapsed = collapse(frame, split);
    let row = collapsed.rows.iter().find(|row| row.members[0].key == key);
    row.map_or(Value::Missing, |row| collapsed.value(row, question.measure))
}

fn buckets(question: LineQuestion, alignment: Option<Alignment>) -> Vec<Bucket> {
    let time = question.granularity.dimension();
    let keys: Vec<String> = if question.granularity == Granularity::Hour {
        (0..24).map(|h| h.to_string()).collect()
    } else {
        let mut keys: Vec<String> =
            question.days.days().filter_map(|day| time_key(time, day, question.week_start)).collect();
        keys.dedup();
        keys
    };
    let mut answers: HashMap<String, String> = HashMap::new();
    if let Some(alignment) = alignment {
        for key in alignment.comparison().days().filter_map(|day| time_key(time, day, question.week_start)) {
            if let Some(aligned) = alignment.key(time, &key, question.week_start) {
                answers.entry(aligned).or_insert_with(|| label_of(time, &key));
            }
        }
    }
    let spans_years = question.days.len() > 360;
    keys.into_iter()
        .map(|key| Bucket {
            short: short_label(time, &key, spans_years),
            label: label_of(time, &key),
            comparison: answers.get(&key).cloned(),
            key,
        })
        .collect()
}

fn short_label(time: Dimension, key: &str, spans_years: bool) -> String {
    use metrics::format::{day_short, month_year};
    match (time, parse_key(time, key)) {
        (Dimension::Day | Dimension::Week, Some(day)) if spans_years => {
            format!("{} {}", day_short(day), chrono::Datelike::year(&day))
        }
        (Dimension::Day | Dimension::Week, Some(day)) => day_short(day),
        (Dimension::Month, Some(day)) => month_year(day, false),
        _ => label_of(time, key),
    }
}

/// One bar or slice.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Key of the member.
    pub key: String,
    /// For people.
    pub name: String,
    /// Platform slug, for the colour.
    pub platform: Option<String>,
    /// In the period.
    pub value: Value,
    /// In the comparison.
    pub comparison: Value,
    /// Of the total over all members, where parts make up a whole.
    pub share: Option<Figure>,
}

/// The `most` largest members of `dimension` (the frames' first) and "Other". Where the frame is also grouped by
/// platform, members get their platform's colour.
pub fn items(
    frame: &Frame,
    comparison: Option<&Frame>,
    dimension: Dimension,
    measure: Measure,
    most: usize,
) -> Vec<Item> {
    let places = frame.group_by.iter().position(|d| *d == dimension);
    let platforms = frame.group_by.iter().position(|d| *d == Dimension::Platform);
    let pairs = places.zip(platforms).into_iter().flat_map(|(place, platform)| {
        frame.rows.iter().map(move |r| (r.members[place].key.as_str(), r.members[platform].key.as_str()))
    });
    let platform_of: HashMap<&str, &str> = pairs.collect();
    let current = collapse(frame, dimension);
    let mut keep = top_members(&current, dimension, measure, most + 1);
    if current.rows.len() > most {
        keep.truncate(most.saturating_sub(1));
    }
    let current = fold_other(&current, dimension, &keep);
    let previous = comparison.map(|f| fold_other(&collapse(f, dimension), dimension, &keep));
    let total = current.total(measure);
    let mut items: Vec<Item> = current
        .rows
        .iter()
        .map(|row| {
            let member = &row.members[0];
            let value = current.value(row, measure);
            let before = previous
                .as_ref()
                .and_then(|f| Some((f, f.rows.iter().find(|r| r.members[0].key == member.key)?)));
            let platform = platform_of.get(member.key.as_str()).map(|slug| (*slug).to_owned());
            Item {
                key: member.key.clone(),
                name: member.label.clone(),
                platform,
                value,
                comparison: before.map_or(Value::Missing, |(f, row)| f.value(row, measure)),
                share: share(measure, value, total),
            }
        })
        .collect();
    sort_by(&mut items, |a, b| {
        let is_other = |item: &Item| item.key == metrics::keys::OTHER_KEY;
        is_other(a).cmp(&is_other(b)).then_with(|| descending(a.value, b.value))
    });
    items
}

/// One cell of a heatmap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Place in `columns`.
    pub column: usize,
    /// Place in `rows`.
    pub row: usize,
    /// Its figure; missing where nothing was reported.
    pub value: Value,
}

/// Weekday by week or hour.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatmapData {
    /// Weeks or hours.
    pub columns: Vec<Bucket>,
    /// Weekdays, the first of the week first.
    pub rows: Vec<Bucket>,
    /// Cells that lie in the period.
    pub cells: Vec<Cell>,
}

/// A heatmap out of a frame grouped by `[column, Weekday]`, where column is `Week` or `Hour`.
pub fn heatmap_data(
    frame: &Frame,
    column: Dimension,
    measure: Measure,
    days: DayRange,
    week_start: WeekStart,
) -> HeatmapData {
    let granularity = if column == Dimension::Hour { Granularity::Hour } else { Granularity::Week };
    let question = LineQuestion {
        days,
        granularity,
        week_start,
        split: None,
        measure,
        provisional_from: None,
        unsettled_from: None,
    };
    let columns = buckets(question, None);
    let first = week_start.weekday().number_from_monday();
    let rows: Vec<Bucket> = (0..7)
        .map(|at| {
            let number = (first - 1 + at) % 7 + 1;
            let key = number.to_string();
            Bucket {
                short: metrics::format::weekday_name(number).unwrap_or("").to_owned(),
                label: label_of(Dimension::Weekday, &key),
                comparison: None,
                key,
            }
        })
        .collect();
    let place = |d: Dimension| frame.group_by.iter().position(|g| *g == d);
    let mut values: HashMap<(&str, &str), Value> = HashMap::new();
    if let Some((at_column, at_row)) = place(column).zip(place(Dimension::Weekday)) {
        for row in &frame.rows {
            let key = (row.members[at_column].key.as_str(), row.members[at_row].key.as_str());
            values.insert(key, frame.value(row, measure));
        }
    }
    let inside = |week: &str, weekday: &str| -> bool {
        if column == Dimension::Hour {
            return true;
        }
        let day = parse_key(Dimension::Week, week).and_then(|first| {
            let mut week = (0..7).filter_map(|n| first.checked_add_days(chrono::Days::new(n)));
            week.find(|d| chrono::Datelike::weekday(d).number_from_monday().to_string() == weekday)
        });
        day.is_some_and(|day| days.contains(day))
    };
    let mut cells = Vec::new();
    for (at_column, bucket) in columns.iter().enumerate() {
        for (at_row, weekday) in rows.iter().enumerate().filter(|(_, w)| inside(&bucket.key, &w.key)) {
            let value = values.get(&(bucket.key.as_str(), weekday.key.as_str())).copied().unwrap_or_default();
            cells.push(Cell { column: at_column, row: at_row, value });
        }
    }
    HeatmapData { columns, rows, cells }
}
