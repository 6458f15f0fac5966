//! Dates of all kinds.

use super::*;

fn shown(cell: &str, order: Option<DateOrder>) -> String {
    match parse(cell, order) {
        DateCell::Days(days, hour) => {
            let range = if days.len() == 1 {
                days.from().to_string()
            } else {
                format!("{}..{}", days.from(), days.until())
            };
            hour.map_or(range.clone(), |h| format!("{range} {h}h"))
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn dates_of_vendor_exports() {
    let cases = [
        ("2026-01-14", "2026-01-14"),
        ("20230708", "2023-07-08"),
        ("2024041623", "2024-04-16 23h"),
        ("2023-07-08T00:00:00", "2023-07-08 0h"),
        ("2025-12-08 - 2025-12-13", "2025-12-08..2025-12-13"),
        ("July 8, 2025 - July 31, 2025", "2025-07-08..2025-07-31"),
        ("\"July 8, 2025 - July 31, 2025\"", "2025-07-08..2025-07-31"),
        ("Jul 8 - Jul 31, 2025", "2025-07-08..2025-07-31"),
        ("8 July 2025", "2025-07-08"),
        ("8. Juli 2025", "2025-07-08"),
        ("Sep 3, 2025", "2025-09-03"),
        ("Wed, Sep 3, 2025", "2025-09-03"),
        ("22.11.2026", "2026-11-22"),
        ("11/22/2026", "2026-11-22"),
        ("03/04/2026", "Ambiguous"),
        ("04/04/2026", "2026-04-04"),
        ("2026/11/22", "2026-11-22"),
        ("22-Nov-26", "2026-11-22"),
        ("2026-11", "2026-11-01..2026-11-30"),
        ("Nov 2026", "2026-11-01..2026-11-30"),
        ("September", "MonthOnly(9)"),
        ("7/8/2026 - 7/31/2026", "2026-07-08..2026-07-31"),
        ("7/8/2026,7/31/2026", "2026-07-08..2026-07-31"),
        ("7/8/2026-7/9/2026", "Ambiguous"),
        ("July 1, 2026, 12:00 AM", "2026-07-01 0h"),
        ("11/22/2026 3:00 PM", "2026-11-22 15h"),
        ("01.08.2026", "2026-08-01"),
        ("8.13.2026", "2026-08-13"),
        ("1 de agosto de 2026", "2026-08-01"),
        ("1er août 2026", "2026-08-01"),
        ("sáb, 1 de ago. de 2026", "2026-08-01"),
        ("mar 3 mars 2026", "2026-03-03"),
        ("Mar 3 2026", "2026-03-03"),
        ("1 sierpnia 2026", "2026-08-01"),
        ("2026年8月1日", "2026-08-01"),
        ("2026年8月1日～2026年8月3日", "2026-08-01..2026-08-03"),
        ("du 1 août 2026 au 3 août 2026", "2026-08-01..2026-08-03"),
        ("2026. 8. 1.", "2026-08-01"),
        ("2026-W31", "2026-07-27..2026-08-02"),
        ("2026W31", "2026-07-27..2026-08-02"),
        ("KW 1/2026", "2025-12-29..2026-01-04"),
        ("2026-W54", "Text"),
        ("Q3 2026", "2026-07-01..2026-09-30"),
        ("2026-Q1", "2026-01-01..2026-03-31"),
        ("2. Quartal 2026", "2026-04-01..2026-06-30"),
        ("2 trimestre 2026", "2026-04-01..2026-06-30"),
        ("46235", "2026-08-01"),
        ("--", "Blank"),
        ("Total", "Text"),
        ("12345", "Text"),
        ("1.5", "Text"),
    ];
    for (cell, expected) in cases {
        assert_eq!(shown(cell, None), expected, "{cell}");
    }
    assert_eq!(shown("03/04/2026", Some(DateOrder::DayMonthYear)), "2026-04-03");
    assert_eq!(shown("03/04/2026", Some(DateOrder::MonthDayYear)), "2026-03-04");
    assert_eq!(shown("13/04/2026", Some(DateOrder::MonthDayYear)), "Text");
}

#[test]
fn a_column_proves_its_order_or_asks() {
    let votes = |cells: &[&str]| {
        let mut votes = OrderVotes::default();
        cells.iter().for_each(|c| votes.add(c));
        votes
    };
    assert_eq!(votes(&["03/04/2026", "13/04/2026"]).winner(), Some(DateOrder::DayMonthYear));
    assert_eq!(votes(&["03/04/2026", "04/13/2026"]).winner(), Some(DateOrder::MonthDayYear));
    assert_eq!(votes(&["03/04/2026", "05/06/2026"]).winner(), None);
    assert_eq!(votes(&["13/04/2026", "04/13/2026"]).winner(), None);
    assert_eq!(votes(&["2026-04-13"]).winner(), Some(DateOrder::YearMonthDay));
    assert_eq!(votes(&["01.08.2026", "02.08.2026"]).winner(), Some(DateOrder::DayMonthYear));
    assert_eq!(votes(&["08.01.2026", "08.13.2026"]).winner(), Some(DateOrder::MonthDayYear));
}

#[test]
fn a_title_decides_the_order_where_only_one_fits() {
    let mut votes = OrderVotes::default();
    ["7/1/2026", "7/2/2026"].into_iter().for_each(|c| votes.add(c));
    let range =
        |from: &str, until: &str| DayRange::new(from.parse().unwrap(), until.parse().unwrap()).unwrap();
    assert_eq!(votes.within(range("2026-07-01", "2026-07-31")), Some(DateOrder::MonthDayYear));
    assert_eq!(votes.within(range("2026-01-01", "2026-03-31")), Some(DateOrder::DayMonthYear));
    assert_eq!(votes.within(range("2026-01-01", "2026-12-31")), None);
}

#[test]
fn nothing_panics_on_odd_text() {
    for cell in
        ["", "-", "..", ":", "T:", "é:", "9999999999", "0000-00-00", "31/02/2026", "– –", "a:b:c", "Mon,"]
    {
        parse(cell, None);
    }
}
