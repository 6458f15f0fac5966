//! Sparklines, as SVG paths without a chart library.

use std::fmt::Write;

/// Paths of a sparkline, for the attribute `d`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sparkline {
    /// The line; values that stand alone between gaps are short dashes.
    pub line: String,
    /// The area between the line and the lower edge.
    pub area: String,
}

/// The sparkline of `values` in a box of `width` × `height`: first value at the left edge, last at the right, smallest
/// at the bottom, largest at the top with one unit of air. Missing values are gaps. Without any value both are empty.
pub fn sparkline_path(values: &[Option<f64>], width: f64, height: f64) -> Sparkline {
    let known = values.iter().flatten().copied().filter(|v| v.is_finite());
    let (low, high) = known.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    let mut paths = Sparkline::default();
    if low > high {
        return paths;
    }
    let step = width / f64::from(u32::try_from(values.len().saturating_sub(1)).unwrap_or(u32::MAX)).max(1.0);
    let spread = high - low;
    let y =
        |v: f64| if spread > 0.0 { height - 1.0 - (v - low) / spread * (height - 2.0) } else { height / 2.0 };
    let points: Vec<Option<(f64, f64)>> = (0_u32..)
        .zip(values)
        .map(|(at, v)| v.filter(|v| v.is_finite()).map(|v| (f64::from(at) * step, y(v))))
        .collect();
    for run in points.split(Option::is_none).filter(|run| !run.is_empty()) {
        let run: Vec<(f64, f64)> = run.iter().flatten().copied().collect();
        let run = match run[..] {
            [(x, y)] => vec![((x - 1.0).max(0.0), y), ((x + 1.0).min(width), y)],
            _ => run,
        };
        for (at, (x, y)) in run.iter().enumerate() {
            // Writing into a String can't fail.
            let _ = write!(paths.line, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
        }
        if let (Some(first), Some(last)) = (run.first(), run.last()) {
            let _ = write!(paths.area, "M{:.1} {height:.1}", first.0);
            for (x, y) in &run {
                let _ = write!(paths.area, "L{x:.1} {y:.1}");
            }
            let _ = write!(paths.area, "L{:.1} {height:.1}Z", last.0);
        }
    }
    paths
}
