//! Conversions between whole and real numbers, in one place because each of them could lose something.

/// A whole number as a real one; exact below 2^53, which every quantity here is.
#[expect(clippy::cast_precision_loss, reason = "quantities stay far below 2^53")]
pub fn real(n: i64) -> f64 {
    n as f64
}

/// The nearest whole number; saturates at the ends, 0 for NaN.
#[expect(clippy::cast_possible_truncation, reason = "rounded before, and `as` saturates")]
pub fn whole(x: f64) -> i64 {
    x.round() as i64
}

/// The whole number at or below `x`; saturates at the ends, 0 for NaN.
#[expect(clippy::cast_possible_truncation, reason = "floored before, and `as` saturates")]
pub fn floor(x: f64) -> i64 {
    x.floor() as i64
}

/// `a * b / c` without overflow in between, rounded down; 0 when `c` is 0.
pub fn mul_div(a: i64, b: i64, c: i64) -> i64 {
    if c == 0 {
        return 0;
    }
    i64::try_from(i128::from(a) * i128::from(b) / i128::from(c)).unwrap_or(i64::MAX)
}

/// An index as a number for mixing into a hash.
pub fn key(i: usize) -> u64 {
    u64::try_from(i).unwrap_or(u64::MAX)
}

/// Millionths as decimal text without zeros at its end: `12.5`, `-0.01`, `7`.
pub fn decimal(millionths: i64) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let (whole, rest) = (millionths.unsigned_abs() / 1_000_000, millionths.unsigned_abs() % 1_000_000);
    let text = format!("{sign}{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn millionths_are_written_exactly() {
        let texts = [0, 12_500_000, -10_000, 7_000_000, 1].map(decimal);
        assert_eq!(texts, ["0", "12.5", "-0.01", "7", "0.000001"]);
    }
}
