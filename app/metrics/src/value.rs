//! From sums to figures: exact quotients, changes and what they mean.

use crate::catalogue::{Class, Direction, Formula, Measure, Metric, Ratio, Unit};
use crate::query::{Frame, FrameRow};

/// A number of conversions below which changes of anything built on them say little.
pub const LOW_VOLUME_CONVERSIONS: i64 = 30;

/// An exact figure: a quotient of whole numbers in its unit (money in major units, percent as a share of 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Figure {
    num: i128,
    den: i128,
}

/// Terms stay below this, so that products of two terms fit into `i128`. Only quotients of sums beyond all real
/// figures get near it; they then lose digits after the eighteenth.
const TERM_LIMIT: u128 = 1 << 62;

impl Figure {
    /// `num / den`; `None` when `den` is 0.
    pub fn new(num: i128, den: i128) -> Option<Self> {
        if den == 0 {
            return None;
        }
        let negative = (num < 0) != (den < 0);
        let (mut n, mut d) = (num.unsigned_abs(), den.unsigned_abs());
        let divisor = gcd(n, d);
        n /= divisor;
        d /= divisor;
        while n > TERM_LIMIT || d > TERM_LIMIT {
            n /= 2;
            d = (d / 2).max(1);
        }
        let n = i128::try_from(n).unwrap_or(i128::MAX);
        Some(Self { num: if negative { -n } else { n }, den: i128::try_from(d).unwrap_or(i128::MAX) })
    }

    /// A stored integer of the catalogue's `scale`.
    pub fn scaled(value: i64, scale: u32) -> Self {
        Self::new(i128::from(value), pow10(scale)).unwrap_or(Self { num: 0, den: 1 })
    }

    /// Numerator of the reduced quotient.
    pub fn numerator(self) -> i128 {
        self.num
    }

    /// Denominator of the reduced quotient, positive.
    pub fn denominator(self) -> i128 {
        self.den
    }

    /// Whether it is exactly 0.
    pub fn is_zero(self) -> bool {
        self.num == 0
    }

    /// Whether it is below 0.
    pub fn is_negative(self) -> bool {
        self.num < 0
    }

    /// The nearest float: for drawing only.
    #[expect(clippy::cast_precision_loss, reason = "a position on a screen needs no more")]
    pub fn to_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }

    /// The figure times 10^`decimals`, rounded half away from zero.
    pub fn round_to(self, decimals: u32) -> i128 {
        let scale = pow10(decimals);
        let (whole, rest) = (self.num / self.den, self.num.unsigned_abs() % self.den.unsigned_abs());
        let (den, fraction) = (self.den.unsigned_abs(), rest * scale.unsigned_abs());
        let rounded = fraction / den + u128::from(fraction % den * 2 >= den);
        let rounded = i128::try_from(rounded).unwrap_or(0);
        whole * scale + if self.num < 0 { -rounded } else { rounded }
    }
}

impl PartialOrd for Figure {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Figure {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.num * other.den).cmp(&(other.num * self.den))
    }
}

/// `num / den` rounded half away from zero, as PostgreSQL rounds `numeric`; none when `den` is 0.
pub(crate) fn divide_rounded(num: i128, den: i128) -> Option<i128> {
    if den == 0 {
        return None;
    }
    let (n, d) = (num.unsigned_abs(), den.unsigned_abs());
    let rounded = i128::try_from(n / d + u128::from(n % d >= d - n % d)).ok()?;
    Some(if (num < 0) == (den < 0) { rounded } else { -rounded })
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

fn pow10(exponent: u32) -> i128 {
    10_i128.pow(exponent.min(18))
}

/// What a measure comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Value {
    /// A figure.
    Known(Figure),
    /// Nobody reported it, or it must not be summed at this grouping: shown `—`.
    #[default]
    Missing,
    /// A quotient by zero: shown `n/a`.
    Undefined,
}

impl Value {
    /// The figure, if there is one.
    pub fn figure(self) -> Option<Figure> {
        match self {
            Self::Known(figure) => Some(figure),
            Self::Missing | Self::Undefined => None,
        }
    }

    /// The nearest float of the figure: for drawing only.
    pub fn to_f64(self) -> Option<f64> {
        self.figure().map(Figure::to_f64)
    }
}

/// A measure from stored sums; `stored` answers the sum of a metric at the catalogue's scale.
pub fn evaluate(measure: Measure, stored: impl Fn(Metric) -> Option<i64>) -> Value {
    let ratio = match measure {
        Measure::Metric(metric) => {
            return stored(metric)
                .map_or(Value::Missing, |v| Value::Known(Figure::scaled(v, metric.scale())));
        }
        Measure::Ratio(ratio) => ratio,
    };
    let (top, bottom) = (ratio.numerator(), ratio.denominator());
    let together = |metrics: &mut dyn Iterator<Item = Metric>| {
        metrics
            .filter_map(&stored)
            .fold(None, |sum: Option<i64>, value| Some(sum.unwrap_or(0).saturating_add(value)))
    };
    let (num, den) = match ratio.formula() {
        Formula::Quotient => (stored(top), stored(bottom)),
        // A part of a whole: where only the rest was reported, the part is none of it.
        Formula::OutOf(rest) => {
            let whole = together(&mut [top, rest].into_iter());
            (whole.map(|_| stored(top).unwrap_or(0)), whole)
        }
        Formula::Together(others) => (together(&mut others.iter().copied().chain([top])), stored(bottom)),
        Formula::Growth(lost) => {
            let gained = stored(top).map(|gained| gained.saturating_sub(stored(lost).unwrap_or(0)));
            let before = stored(bottom).zip(gained).map(|(level, gained)| level.saturating_sub(gained));
            (gained, before)
        }
        Formula::Velocity => {
            let decided = together(&mut [Metric::DealsWon, Metric::DealsLost].into_iter());
            return match (stored(Metric::OpenDeals), stored(top), stored(bottom), decided) {
                (Some(open), Some(revenue), Some(cycle), Some(decided)) => {
                    velocity(open, revenue, cycle, decided)
                }
                _ => Value::Missing,
            };
        }
    };
    let (Some(num), Some(den)) = (num, den) else {
        return Value::Missing;
    };
    let (top_scale, bottom_scale) = (top.scale(), bottom.scale());
    let common = top_scale.min(bottom_scale);
    let num = i128::from(num) * i128::from(ratio.factor()) * pow10(bottom_scale - common);
    let den = i128::from(den) * pow10(top_scale - common);
    Figure::new(num, den).map_or(Value::Undefined, Value::Known)
}

/// Open deals × (won ÷ decided) × (revenue ÷ won) ÷ cycle: the won cancel out, as do the scales of revenue and cycle.
fn velocity(open: i64, revenue: i64, cycle: i64, decided: i64) -> Value {
    let top = i128::from(open).saturating_mul(i128::from(revenue));
    Figure::new(top, i128::from(cycle).saturating_mul(i128::from(decided)))
        .map_or(Value::Undefined, Value::Known)
}

impl Frame {
    /// The place of a metric in `values` and `totals`.
    pub fn column(&self, metric: Metric) -> Option<usize> {
        self.metrics.iter().position(|m| *m == metric)
    }

    /// A measure in one row. The frame must hold the measure's [`Measure::parts`]; otherwise it is missing.
    pub fn value(&self, row: &FrameRow, measure: Measure) -> Value {
        evaluate(measure, |metric| row.values.get(self.column(metric)?).copied().flatten())
    }

    /// A measure over all rows. Missing where a rate of interactions would divide what some rows tell by what only others
    /// do: not every platform counts impressions of posts.
    pub fn total(&self, measure: Measure) -> Value {
        if let Measure::Ratio(ratio) = measure
            && matches!(ratio.formula(), Formula::Together(_))
            && self.rows.iter().any(|row| self.is_half_told(row, ratio))
        {
            return Value::Missing;
        }
        evaluate(measure, |metric| self.totals.get(self.column(metric)?).copied().flatten())
    }

    /// Whether a row tells the numerator without the denominator.
    fn is_half_told(&self, row: &FrameRow, ratio: Ratio) -> bool {
        let tells = |metric: Metric| self.value(row, Measure::Metric(metric)) != Value::Missing;
        tells(ratio.numerator()) && !tells(ratio.denominator())
    }
}

/// How a figure changed against another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delta {
    /// By a share of the earlier figure: 0.053 is +5.3 %.
    Relative(Figure),
    /// Both are shares: their difference, 0.0011 is 0.11 percentage points.
    Points(Figure),
}

impl Delta {
    /// The change of a measure of that unit; `None` when either side has no figure, or a relative change would be
    /// measured against zero.
    pub fn between(unit: Unit, current: Value, previous: Value) -> Option<Self> {
        let (current, previous) = (current.figure()?, previous.figure()?);
        let cross = current.num * previous.den - previous.num * current.den;
        if unit == Unit::Percent {
            return Figure::new(cross, current.den * previous.den).map(Self::Points);
        }
        let base = previous.num.abs() * current.den;
        Figure::new(cross, base).map(Self::Relative)
    }

    /// The change itself.
    pub fn figure(self) -> Figure {
        match self {
            Self::Relative(figure) | Self::Points(figure) => figure,
        }
    }

    /// Whether it went up, down or stayed, as a sign.
    pub fn sign(self) -> i32 {
        i32::try_from(self.figure().num.signum()).unwrap_or(0)
    }

    /// What the change means for a measure of that direction.
    pub fn judgement(self, direction: Direction) -> Judgement {
        match (direction, self.sign()) {
            (Direction::Neutral, _) | (_, 0) => Judgement::Neutral,
            (Direction::Up, 1) | (Direction::Down, -1) => Judgement::Good,
            _ => Judgement::Bad,
        }
    }
}

/// Whether a change is welcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Welcome.
    Good,
    /// Unwelcome.
    Bad,
    /// Neither.
    Neutral,
}

/// Whether a measure rests on too few conversions for its change to say much (below 30, and above none at all on
/// either side). Only measures built on conversions can be.
pub fn is_low_volume(measure: Measure, conversions: Option<i64>) -> bool {
    let built_on = measure.parts().contains(&Metric::Conversions);
    built_on && conversions.is_some_and(|c| c < LOW_VOLUME_CONVERSIONS * 1_000_000)
}

/// A part in a whole, as a share of 1; `None` for measures whose parts do not make up the whole.
pub fn share(measure: Measure, part: Value, total: Value) -> Option<Figure> {
    let Measure::Metric(metric) = measure else {
        return None;
    };
    if metric.class() != Class::Additive {
        return None;
    }
    let (part, total) = (part.figure()?, total.figure()?);
    Figure::new(part.num * total.den, part.den * total.num)
}

#[cfg(test)]
mod tests;
