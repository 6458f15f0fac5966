//! Value axes with round steps, in a unit that fits: template formatters can only print a number, so values are
//! divided before they are handed over (`€{value}k`).

use crate::spec::ChartSpec;
use metrics::format::symbol;
use metrics::{Unit, Value};

/// A value axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    /// In the axis' unit.
    pub(crate) min: f64,
    /// In the axis' unit.
    pub(crate) max: f64,
    /// Distance of ticks.
    pub(crate) step: f64,
    /// Values are divided by this.
    divisor: f64,
    /// Template of the labels.
    pub(crate) label: String,
    /// The label of the lowest tick.
    pub(crate) from: String,
}

impl Scale {
    /// An axis that holds all values. It starts at zero, unless `may_break` and the values lie close together far from
    /// zero.
    pub(crate) fn new(spec: &ChartSpec, values: impl Iterator<Item = Value>, may_break: bool) -> Self {
        let numbers = values.filter_map(Value::to_f64);
        let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let close = low > 0.0 && (high - low) < high * 0.25 && high > low;
        let low = if may_break && close { low - (high - low) * 0.2 } else { low.min(0.0) };
        let high = if high <= low { low + 1.0 } else { high.max(if low < 0.0 { 0.0 } else { high }) };
        let (divisor, suffix) = divisor(spec, low.abs().max(high.abs()));
        let (low, high) = (low / divisor, high / divisor);
        let count = if spec.size == crate::Size::Phone { 4.0 } else { 5.0 };
        let step = round_step((high - low) / count);
        let step = if whole_only(spec) && divisor <= 1.0 { step.max(1.0) } else { step };
        let min = (low / step).floor() * step;
        let max = (high / step).ceil() * step;
        let (prefix, suffix) = affixes(spec, suffix);
        let from = format!("{prefix}{}{suffix}", tidy(min));
        Self {
            min: tidy(min),
            max: tidy(max),
            step: tidy(step),
            divisor,
            label: format!("{prefix}{{value}}{suffix}"),
            from,
        }
    }

    /// A value in the axis' unit; nothing for what has no figure.
    pub(crate) fn place(&self, value: Value) -> Option<f64> {
        value.to_f64().map(|v| tidy(v / self.divisor))
    }

    /// Whether zero is not on the axis.
    pub(crate) fn is_broken(&self) -> bool {
        self.min > 0.0
    }

    /// Width that the labels take at 11 px, in px.
    pub(crate) fn label_width(&self) -> f64 {
        let digits = [self.min, self.max, self.max - self.step].map(|v| tidy(v).to_string().len());
        let affixes = self.label.chars().count() - "{value}".len();
        px(digits.into_iter().max().unwrap_or(1) + affixes) * 6.8
    }
}

fn whole_only(spec: &ChartSpec) -> bool {
    matches!(spec.measure.unit(), Unit::Count | Unit::People)
}

fn divisor(spec: &ChartSpec, size: f64) -> (f64, &'static str) {
    match spec.measure.unit() {
        Unit::Percent => (0.01, "%"),
        Unit::Duration if size >= 7200.0 => (3600.0, "h"),
        Unit::Duration if size >= 120.0 => (60.0, "m"),
        Unit::Duration => (1.0, "s"),
        Unit::Days => (1.0, "d"),
        Unit::Position | Unit::Quotient => (1.0, ""),
        _ if size >= 10e9 => (1e9, "B"),
        _ if size >= 10e6 => (1e6, "M"),
        _ if size >= 10e3 => (1e3, "k"),
        _ => (1.0, ""),
    }
}

fn affixes(spec: &ChartSpec, suffix: &str) -> (String, String) {
    if !matches!(spec.measure.unit(), Unit::Money | Unit::MoneyPerDay) {
        return (String::new(), suffix.to_owned());
    }
    match symbol(&spec.currency) {
        Some(symbol) if !spec.locale.symbol_after => (symbol.to_owned(), suffix.to_owned()),
        Some(symbol) => (String::new(), format!("{suffix}\u{a0}{symbol}")),
        None if !spec.locale.symbol_after => (format!("{}\u{a0}", spec.currency), suffix.to_owned()),
        None => (String::new(), format!("{suffix}\u{a0}{}", spec.currency)),
    }
}

/// 1, 2, 2.5 or 5 times a power of ten, at least `rough`.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.max(1e-9).log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|f| f * power >= rough * 0.999).unwrap_or(10.0);
    factor * power
}

/// Without the dust of binary fractions.
pub(crate) fn tidy(value: f64) -> f64 {
    let scale = if value.abs() < 1.0 { 1e9 } else { 1e6 };
    let tidied = (value * scale).round() / scale;
    if tidied == 0.0 { 0.0 } else { tidied }
}

/// A small count as a number to draw with.
pub(crate) fn px(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
