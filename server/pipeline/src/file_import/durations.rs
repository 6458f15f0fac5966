//! Durations as screens show them.

use super::numbers::trim;
use rust_decimal::Decimal;

/// A duration in seconds, as screens show it: `0:03:15`, `03:15`, `1h 02m 03s`, `1h:02m:03s`, `95s`. None for bare numbers.
pub fn parse(cell: &str) -> Option<Decimal> {
    let text = trim(cell).to_lowercase();
    if text.contains(|c: char| c.is_ascii_alphabetic()) {
        return with_units(&text);
    }
    let parts: Vec<&str> = text.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    parts.iter().try_fold(Decimal::ZERO, |sum, part| {
        let is_figures = part.starts_with(|c: char| c.is_ascii_digit());
        let value = part.parse::<Decimal>().ok().filter(|_| is_figures)?;
        sum.checked_mul(Decimal::from(60))?.checked_add(value)
    })
}

fn with_units(text: &str) -> Option<Decimal> {
    let mut sum = Decimal::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        rest = rest.trim_start_matches([' ', ':', ',']);
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let value = rest[..end].parse::<Decimal>().ok()?;
        rest = rest[end..].trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let seconds = match &rest[..end] {
            "h" | "hr" | "hrs" | "hour" | "hours" | "std" => 3600,
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "s" | "sec" | "secs" | "second" | "seconds" | "sek" => 1,
            _ => return None,
        };
        sum = sum.checked_add(value.checked_mul(Decimal::from(seconds))?)?;
        rest = &rest[end..];
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds() {
        let seconds = |cell: &str| parse(cell).map(|value| value.normalize().to_string());
        for (cell, expected) in [
            ("0:03:15", Some("195")),
            ("03:15", Some("195")),
            ("1h 02m 03s", Some("3723")),
            ("1h:02m:03s", Some("3723")),
            ("2 min 5 sec", Some("125")),
            ("4.2s", Some("4.2")),
            ("12", None),
            ("12:a", None),
            ("5 apples", None),
            ("m", None),
            ("", None),
        ] {
            assert_eq!(seconds(cell).as_deref(), expected, "{cell}");
        }
    }
}
