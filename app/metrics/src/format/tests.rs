use super::*;
use crate::catalogue::{Metric, Ratio};
use chrono::NaiveDate;
use model::DayRange;
use proptest::prelude::*;

fn figure(num: i128, den: i128) -> Figure {
    Figure::new(num, den).unwrap()
}

fn money(cents: i128, currency: &str, locale: Locale, style: Style) -> String {
    Formatter { unit: Unit::Money, currency, locale }.figure(figure(cents, 100), style)
}

#[test]
fn money_is_compact_on_tiles_and_full_in_tables() {
    for (cents, compact, full) in [
        (0, "€0", "€0.00"),
        (2_464, "€24.64", "€24.64"),
        (99_949, "€999.49", "€999.49"),
        (842_150, "€8,422", "€8,421.50"),
        (1_243_100, "€12.4k", "€12,431.00"),
        (8_421_000, "€84.2k", "€84,210.00"),
        (10_800_000, "€108k", "€108,000.00"),
        (96_943_600, "€969.4k", "€969,436.00"),
        (99_996_000, "€1M", "€999,960.00"),
        (-1_243_100, "−€12.4k", "−€12,431.00"),
        (123_456_789_012, "€1.2B", "€1,234,567,890.12"),
    ] {
        assert_eq!(money(cents, "EUR", Locale::EN, Style::Compact), compact);
        assert_eq!(money(cents, "EUR", Locale::EN, Style::Full), full);
    }
    assert_eq!(money(1_243_100, "JPY", Locale::EN, Style::Full), "¥12,431");
    assert_eq!(money(1_243_100, "CHF", Locale::EN, Style::Full), "CHF\u{a0}12,431.00");
    assert_eq!(money(1_243_100, "EUR", Locale::DE, Style::Full), "12.431,00\u{a0}€");
    assert_eq!(money(1_243_100, "EUR", Locale::EN, Style::Bare), "12,431.00");
    assert_eq!(money(-3, "EUR", Locale::EN, Style::Full), "−€0.03");
}

#[test]
fn other_units() {
    let write = |unit, num, den, style| {
        Formatter { unit, currency: "EUR", locale: Locale::EN }.figure(figure(num, den), style)
    };
    assert_eq!(write(Unit::Count, 3418, 1, Style::Compact), "3,418");
    assert_eq!(write(Unit::Count, 5_433_300, 1, Style::Compact), "5.4M");
    assert_eq!(write(Unit::Count, 5_433_300, 1, Style::Full), "5,433,300");
    assert_eq!(write(Unit::FractionalCount, 12_500_000, 1_000_000, Style::Full), "12.5");
    assert_eq!(write(Unit::FractionalCount, 702, 1, Style::Full), "702");
    assert_eq!(write(Unit::Percent, 192, 10_000, Style::Full), "1.9%");
    assert_eq!(write(Unit::Percent, 4, 10_000, Style::Full), "<0.1%");
    assert_eq!(write(Unit::Percent, 0, 1, Style::Full), "0%");
    assert_eq!(write(Unit::Quotient, 473, 100, Style::Full), "4.73");
    assert_eq!(write(Unit::Position, 34, 10, Style::Full), "3.4");
    assert_eq!(write(Unit::Duration, 125, 1, Style::Full), "2m 05s");
    assert_eq!(write(Unit::Duration, 12_000, 1, Style::Full), "3h 20m");
    assert_eq!(write(Unit::MoneyPerDay, 50, 1, Style::Compact), "€50.00/day");
    let formatter = Formatter::new(Measure::Ratio(Ratio::Cpc), "EUR", Locale::EN);
    assert_eq!(formatter.full(Value::Missing), "—");
    assert_eq!(formatter.full(Value::Undefined), "n/a");
    assert_eq!(formatter.difference(figure(12, 10), Style::Full), "+€1.20");
    assert_eq!(
        Formatter::new(Measure::Metric(Metric::Reach), "EUR", Locale::DE).full(Value::Known(figure(1234, 1))),
        "1.234"
    );
}

#[test]
fn changes_carry_their_sign() {
    let text = |d| delta(d, Locale::EN);
    assert_eq!(text(Delta::Relative(figure(53, 1000))), "+5.3%");
    assert_eq!(text(Delta::Relative(figure(-5, 100))), "−5.0%");
    assert_eq!(text(Delta::Relative(figure(0, 1))), "0.0%");
    assert_eq!(text(Delta::Relative(figure(1, 100_000))), "0.0%");
    assert_eq!(text(Delta::Relative(figure(12, 1))), "+1,200%");
    assert_eq!(text(Delta::Points(figure(-11, 10_000))), "−0.11 pp");
    let (five, zero) = (Value::Known(figure(5, 1)), Value::Known(figure(0, 1)));
    assert_eq!(delta_or_reason(None, five, zero, Locale::EN), "new");
    assert_eq!(delta_or_reason(None, zero, zero, Locale::EN), "0.0%");
    assert_eq!(delta_or_reason(None, five, Value::Missing, Locale::EN), "—");
}

#[test]
fn dates() {
    let range = |a: &str, b: &str| day_range(DayRange::new(a.parse().unwrap(), b.parse().unwrap()).unwrap());
    assert_eq!(range("2026-11-01", "2026-11-20"), "1–20 Nov 2026");
    assert_eq!(range("2026-10-28", "2026-11-03"), "28 Oct – 3 Nov 2026");
    assert_eq!(range("2025-12-30", "2026-01-02"), "30 Dec 2025 – 2 Jan 2026");
    assert_eq!(range("2026-11-20", "2026-11-20"), "20 Nov 2026");
    assert_eq!(month_year(NaiveDate::from_ymd_opt(2026, 3, 9).unwrap(), true), "March 2026");
    assert_eq!(
        (weekday_name(1), weekday_name(7), weekday_name(0), weekday_name(8)),
        (Some("Mon"), Some("Sun"), None, None)
    );
}

#[test]
fn tags_choose_punctuation() {
    assert_eq!(Locale::from_tag("de-AT"), Locale::DE);
    assert_eq!(Locale::from_tag("de-CH"), Locale::CH);
    assert_eq!(Locale::from_tag("fr"), Locale::FR);
    assert_eq!(Locale::from_tag("xx"), Locale::EN);
}

proptest! {
    #[test]
    fn grouping_keeps_all_digits(value: i64) {
        let text = integer(value, Locale::EN).replace(',', "").replace(MINUS, "-");
        prop_assert_eq!(text.parse::<i64>().unwrap(), value);
    }
}
