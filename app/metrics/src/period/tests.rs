use super::*;
use crate::query::Dimension;
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A Sunday.
fn today() -> NaiveDate {
    day("2026-11-22")
}

fn parse(text: &str) -> Result<Period, ParseError> {
    Period::parse(text, today(), WeekStart::Monday)
}

fn days(text: &str) -> String {
    let days = parse(text).unwrap().resolve(today(), WeekStart::Monday, false);
    format!("{}..{}", days.from(), days.until())
}

#[test]
fn typed_text_stands_for_days() {
    for (text, expected) in [
        ("28d", "2026-10-25..2026-11-21"),
        (" 28 Days ", "2026-10-25..2026-11-21"),
        ("last 28 days", "2026-10-25..2026-11-21"),
        ("6w", "2026-10-11..2026-11-21"),
        ("3m", "2026-08-22..2026-11-21"),
        ("mtd", "2026-11-01..2026-11-21"),
        ("month to date", "2026-11-01..2026-11-21"),
        ("qtd", "2026-10-01..2026-11-21"),
        ("ytd", "2026-01-01..2026-11-21"),
        ("q3", "2026-07-01..2026-09-30"),
        ("q4", "2026-10-01..2026-12-31"),
        ("Q3 2025", "2025-07-01..2025-09-30"),
        ("2025-q3", "2025-07-01..2025-09-30"),
        ("today", "2026-11-22..2026-11-22"),
        ("yesterday", "2026-11-21..2026-11-21"),
        ("last week", "2026-11-09..2026-11-15"),
        ("this week", "2026-11-16..2026-11-21"),
        ("last month", "2026-10-01..2026-10-31"),
        ("last quarter", "2026-07-01..2026-09-30"),
        ("last year", "2025-01-01..2025-12-31"),
        ("1-15 mar", "2026-03-01..2026-03-15"),
        ("1–15 Mar 2026", "2026-03-01..2026-03-15"),
        ("1 - 15 mar 2025", "2025-03-01..2025-03-15"),
        ("15 dec", "2025-12-15..2025-12-15"),
        ("mar", "2026-03-01..2026-03-31"),
        ("december", "2025-12-01..2025-12-31"),
        ("march 2026", "2026-03-01..2026-03-31"),
        ("mar - may", "2026-03-01..2026-05-31"),
        ("nov to feb", "2026-11-01..2027-02-28"),
        ("dec to feb", "2025-12-01..2026-02-28"),
        ("1 mar - 15 apr", "2026-03-01..2026-04-15"),
        ("20 dec 2024 to 6 jan 2025", "2024-12-20..2025-01-06"),
        ("20 dec 2024 - 6 jan", "2024-12-20..2025-01-06"),
        ("mar 3rd", "2026-03-03..2026-03-03"),
        ("2026-09-01..2026-09-30", "2026-09-01..2026-09-30"),
        ("2026-09-01 - 2026-10-05", "2026-09-01..2026-10-05"),
        ("2026-09-01 to 2026-10-05", "2026-09-01..2026-10-05"),
        ("2026-09", "2026-09-01..2026-09-30"),
        ("2026-09..2026-10", "2026-09-01..2026-10-31"),
        ("2026", "2026-01-01..2026-12-31"),
        ("2026-09-14", "2026-09-14..2026-09-14"),
        ("week of 18 nov", "2026-11-16..2026-11-22"),
    ] {
        assert_eq!(days(text), expected, "{text}");
    }
}

#[test]
fn nonsense_gets_a_reason() {
    for text in [
        "",
        "  ",
        "soon",
        "0d",
        "99999d",
        "q5",
        "31 feb",
        "1-15",
        "15",
        "2026-13",
        "2026-02-30",
        "mar 2026 2027",
        "d28",
        "5 mar - 1 mar",
        "2026-09-30..2026-09-01",
        "1 mar - apr",
        "..",
        "-",
        "week of",
        "٣d",
    ] {
        let error = parse(text).expect_err(text).to_string();
        assert!(error.len() > 15, "{text}: {error}");
    }
    assert_eq!(parse("q5"), Err(ParseError::Quarter("5".into())));
    assert_eq!(parse("31 feb").unwrap_err().to_string(), "there is no day 31 Feb 2026");
    assert!(parse("2026-09-30..2026-09-01").unwrap_err().to_string().contains("swap them"));
}

#[test]
fn including_today_and_first_days() {
    let first = day("2026-11-01");
    let mtd = Period::MonthToDate;
    assert_eq!(mtd.resolve(first, WeekStart::Monday, false), DayRange::single(first));
    assert_eq!(Period::DEFAULT.resolve(today(), WeekStart::Monday, true).until(), today());
    assert_eq!(Period::DEFAULT.resolve(today(), WeekStart::Monday, false).len(), 28);
}

#[test]
fn shifting_moves_whole_months_as_months() {
    let back = |text: &str, direction| {
        let moved = parse(text).unwrap().shift(direction, today(), WeekStart::Monday, false);
        moved.to_url()
    };
    assert_eq!(back("28d", Shift::Back), "2026-09-27..2026-10-24");
    assert_eq!(back("last month", Shift::Back), "2026-09-01..2026-09-30");
    assert_eq!(back("q3", Shift::Forward), "2026-10-01..2026-12-31");
    assert_eq!(back("feb 2024", Shift::Back), "2024-01-01..2024-01-31");
    assert_eq!(back("2026-03-05..2026-03-06", Shift::Forward), "2026-03-07..2026-03-08");
}

#[test]
fn labels() {
    for (text, expected) in [
        ("28d", "Last 28 days"),
        ("1w", "Last week"),
        ("last-week", "Last week"),
        ("q3-2025", "Q3 2025"),
        ("2026-03", "March 2026"),
        ("2025", "2025"),
        ("1-15 mar", "1–15 Mar 2026"),
    ] {
        assert_eq!(parse(text).unwrap().label(), expected, "{text}");
    }
}

#[test]
fn comparisons_find_their_days() {
    let period = DayRange::new(day("2026-10-25"), day("2026-11-21")).unwrap();
    let thirty = DayRange::ending(day("2026-11-21"), 30);
    let resolve = |kind, match_weekdays, days| Comparison { kind, match_weekdays }.resolve(days).unwrap();
    let previous = ComparisonKind::PreviousPeriod;
    assert_eq!(resolve(previous, true, period).until(), day("2026-10-24"));
    assert_eq!(resolve(previous, false, thirty).until(), day("2026-10-22"));
    assert_eq!(resolve(previous, true, thirty).until(), day("2026-10-17"));
    let year = ComparisonKind::SamePeriodLastYear;
    assert_eq!(resolve(year, false, period).from(), day("2025-10-25"));
    assert_eq!(resolve(year, true, period).from(), day("2025-10-26"));
    assert_eq!(Comparison::NONE.resolve(period), None);
    assert_eq!(Comparison::default().label(period), Some("previous 28 days".into()));
}

#[test]
fn a_leap_day_has_no_counterpart_by_date() {
    let later = DayRange::new(day("2025-02-01"), day("2025-03-31")).unwrap();
    let year = Comparison { kind: ComparisonKind::SamePeriodLastYear, match_weekdays: false };
    assert_eq!(year.align(day("2024-02-29"), later), None);
    assert_eq!(year.align(day("2024-03-01"), later), Some(day("2025-03-01")));
    assert_eq!(year.align(day("2023-03-01"), later), None);
}

#[test]
fn buckets_answer_in_order() {
    let period = DayRange::new(day("2026-11-01"), day("2026-12-31")).unwrap();
    let other = DayRange::new(day("2026-01-10"), day("2026-02-20")).unwrap();
    let custom = Comparison { kind: ComparisonKind::Custom(other), match_weekdays: false };
    let alignment = custom.alignment(period).unwrap();
    let key = |dimension, key: &str| alignment.key(dimension, key, WeekStart::Monday);
    assert_eq!(key(Dimension::Month, "2026-02"), Some("2026-12".into()));
    assert_eq!(key(Dimension::Month, "2026-03"), None);
    assert_eq!(key(Dimension::Day, "2026-01-11"), Some("2026-11-02".into()));
    assert_eq!(key(Dimension::Week, "2026-01-12"), Some("2026-11-02".into()));
    assert_eq!(key(Dimension::Quarter, "2026-Q1"), Some("2026-Q4".into()));
    assert_eq!(key(Dimension::Platform, "facebook"), Some("facebook".into()));
    assert_eq!(key(Dimension::Day, "nonsense"), None);
}

#[test]
fn granularity_follows_the_length() {
    let auto = |days, hours| Granularity::auto(DayRange::ending(today(), days), hours);
    assert_eq!(auto(2, true), Granularity::Hour);
    assert_eq!(auto(2, false), Granularity::Day);
    assert_eq!(auto(120, true), Granularity::Day);
    assert_eq!(auto(121, true), Granularity::Week);
    assert_eq!(auto(800, true), Granularity::Month);
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..20_000).prop_map(|n| day("1990-01-01") + Days::new(n))
}

fn any_period() -> impl Strategy<Value = Period> {
    let unit = prop_oneof![Just(SpanUnit::Day), Just(SpanUnit::Week), Just(SpanUnit::Month)];
    prop_oneof![
        prop::sample::select(Period::PRESETS),
        (1_u16..=120, unit).prop_map(|(n, unit)| Period::Last { n, unit }),
        (1_u8..=4, prop::option::of(1990_i32..2040))
            .prop_map(|(quarter, year)| Period::Quarter { quarter, year }),
        (any_day(), any_day()).prop_map(|(a, b)| Period::Range(DayRange::new(a.min(b), a.max(b)).unwrap())),
    ]
}

proptest! {
    #[test]
    fn the_canonical_text_comes_back(period in any_period(), today in any_day()) {
        prop_assert_eq!(Period::parse(&period.to_url(), today, WeekStart::Sunday), Ok(period));
        prop_assert_eq!(serde_json::from_str::<Period>(&serde_json::to_string(&period).unwrap()).unwrap(), period);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,30}", today in any_day()) {
        let _ = Period::parse(&text, today, WeekStart::Monday);
    }

    #[test]
    fn nearly_right_texts_never_panic(text in "[0-9]{0,4}[ -]?(mar|feb|q|w|d|\\.\\.|2026)?[ -]?[0-9]{0,5}( (jan|2025))?", today in any_day()) {
        if let Ok(period) = Period::parse(&text, today, WeekStart::Monday) {
            period.resolve(today, WeekStart::Monday, false);
        }
    }

    #[test]
    fn shifting_there_and_back_is_nothing(period in any_period(), today in any_day()) {
        let days = period.resolve(today, WeekStart::Monday, false);
        let there = Period::Range(days).shift(Shift::Back, today, WeekStart::Monday, false);
        let earlier = there.resolve(today, WeekStart::Monday, false);
        prop_assert!(earlier.until() < days.from());
        // Days that land on whole months by chance go on by months from there.
        prop_assume!(whole_months(earlier) == whole_months(days));
        prop_assert_eq!(there.shift(Shift::Forward, today, WeekStart::Monday, false), Period::Range(days));
    }

    #[test]
    fn comparisons_align_to_each_day_once(a in any_day(), len in 1_u32..500, matched: bool, last_year: bool) {
        let days = DayRange::ending(a, len);
        let kind = if last_year { ComparisonKind::SamePeriodLastYear } else { ComparisonKind::PreviousPeriod };
        let comparison = Comparison { kind, match_weekdays: matched };
        let other = comparison.resolve(days).unwrap();
        if !last_year {
            prop_assert!(other.until() < days.from());
        }
        let aligned: Vec<_> = other.days().filter_map(|d| comparison.align(d, days)).collect();
        prop_assert!(aligned.windows(2).all(|w| w[0] < w[1]));
        prop_assert!(aligned.len() + 1 >= days.len() as usize);
        if matched {
            prop_assert!(other.days().all(|d| comparison.align(d, days).is_none_or(|e| e.weekday() == d.weekday())));
        }
        prop_assert_eq!(Comparison::from_url(&comparison.to_url()), Some(comparison));
    }
}
