//! What happens on a chart, free of browser types.

/// One mark of a chart: which series, and which of its data points.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Hit {
    /// Id of the option's series.
    pub series: String,
    /// Index in the series' data.
    pub index: usize,
}

/// Modifier keys, which turn a click into another filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Keys {
    /// Excludes instead of including.
    pub shift: bool,
    /// Ctrl or Cmd: adds to the selection.
    pub multi: bool,
}

/// A place in the chart's box, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spot {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// How wide the box is.
    pub width: f64,
}

/// A place in the window, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Place {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// Something a person did on a chart.
#[derive(Debug, Clone, PartialEq)]
pub enum ChartEvent {
    /// A mark was clicked, or chosen with Enter.
    Click(Hit, Keys),
    /// The pointer (or the arrow keys) are at a mark. On time charts the series is the one nearest by.
    Hover(Hit, Spot),
    /// Where nothing is to be chosen: a click beside the lines, a tap, or Space at a point.
    Pin(Hit, Spot),
    /// The mark's menu was asked for: right button, long press, or `.` at a point.
    Menu(Hit, Place),
    /// The pointer left.
    Leave,
    /// A span of the time axis was dragged: first and last data index, in order.
    Zoom(usize, usize),
    /// Double click: back to the whole range.
    ResetZoom,
}

/// A mark that the arrow keys reach, with what is read out there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The mark.
    pub hit: Hit,
    /// Which line of marks it belongs to; up and down go to the neighbouring one.
    pub row: usize,
    /// For example "14 Nov 2026, Google Ads: 1,240 clicks".
    pub text: String,
}

/// The next point for an arrow key: left and right go along a series, up and down to the same place of the
/// neighbouring series, Home and End to the ends. `None` = the key is not for the chart.
pub fn step(points: &[Point], at: Option<usize>, key: &str) -> Option<usize> {
    if points.is_empty() {
        return None;
    }
    let Some(at) = at.filter(|i| *i < points.len()) else {
        return matches!(key, "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" | "Home" | "End")
            .then_some(0);
    };
    let (row, place) = (points[at].row, points[at].hit.index);
    let in_row = |row: usize, place: usize| {
        points
            .iter()
            .enumerate()
            .filter(|(_, p)| p.row == row)
            .min_by_key(|(_, p)| p.hit.index.abs_diff(place))
            .map(|(i, _)| i)
    };
    let same = |i: usize| points.get(i).is_some_and(|p| p.row == row).then_some(i);
    match key {
        "ArrowRight" => Some(same(at + 1).unwrap_or(at)),
        "ArrowLeft" => Some(at.checked_sub(1).and_then(same).unwrap_or(at)),
        "ArrowDown" => Some(in_row(row + 1, place).unwrap_or(at)),
        "ArrowUp" => Some(row.checked_sub(1).and_then(|r| in_row(r, place)).unwrap_or(at)),
        "Home" => points.iter().position(|p| p.row == row),
        "End" => points.iter().rposition(|p| p.row == row),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Vec<Point> {
        let point = |row: usize, index| Point {
            hit: Hit { series: format!("s{row}"), index },
            row,
            text: format!("{row}/{index}"),
        };
        (0..2).flat_map(|row| (0..3).map(move |index| point(row, index))).collect()
    }

    fn walk(keys: &[&str]) -> String {
        let points = points();
        let mut at = None;
        for key in keys {
            at = step(&points, at, key).or(at);
        }
        at.map_or("nowhere".into(), |i| points[i].text.clone())
    }

    #[test]
    fn arrows_stay_inside_the_chart() {
        assert_eq!(walk(&["ArrowRight"]), "0/0");
        assert_eq!(walk(&["Home", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"]), "0/2");
        assert_eq!(walk(&["Home", "ArrowLeft"]), "0/0");
        assert_eq!(walk(&["Home", "ArrowRight", "ArrowDown"]), "1/1");
        assert_eq!(walk(&["Home", "ArrowDown", "ArrowDown", "ArrowUp"]), "0/0");
        assert_eq!(walk(&["Home", "End"]), "0/2");
    }

    #[test]
    fn other_keys_are_left_to_the_page() {
        assert_eq!(step(&points(), Some(1), "Tab"), None);
        assert_eq!(step(&points(), None, "a"), None);
        assert_eq!(step(&[], None, "ArrowLeft"), None);
    }
}
