//! What happens on a chart, free of browser types.

/// One mark of a chart: which series, and which of its data points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Mark {
    /// Index in the option's series.
    pub series: usize,
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

/// Something a person did on a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ChartEvent {
    /// A mark was clicked, or chosen with Enter.
    Click(Mark, Keys),
    /// The pointer (or the arrow keys) are at a mark. On time charts the series is the one nearest by.
    Hover(Mark, Spot),
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
    pub mark: Mark,
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
    let here = points[at].mark;
    let neighbour = |forward: bool| {
        let series: Vec<usize> = {
            let mut all: Vec<usize> = points.iter().map(|p| p.mark.series).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let place = series.iter().position(|s| *s == here.series)?;
        let next = if forward { place + 1 } else { place.checked_sub(1)? };
        let next = *series.get(next)?;
        points.iter().position(|p| p.mark.series == next && p.mark.index >= here.index)
    };
    let same = |i: usize| points.get(i).is_some_and(|p| p.mark.series == here.series).then_some(i);
    match key {
        "ArrowRight" => Some(same(at + 1).unwrap_or(at)),
        "ArrowLeft" => Some(at.checked_sub(1).and_then(same).unwrap_or(at)),
        "ArrowDown" => Some(neighbour(true).unwrap_or(at)),
        "ArrowUp" => Some(neighbour(false).unwrap_or(at)),
        "Home" => points.iter().position(|p| p.mark.series == here.series),
        "End" => points.iter().rposition(|p| p.mark.series == here.series),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Vec<Point> {
        (0..2)
            .flat_map(|series| {
                (0..3).map(move |index| Point {
                    mark: Mark { series, index },
                    text: format!("{series}/{index}"),
                })
            })
            .collect()
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
