//! Days, hours and midnights in time zones, also where clocks change.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

/// The zone of that IANA name; UTC where there is none, or an unknown one.
pub fn zone(name: Option<&str>) -> Tz {
    name.and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC)
}

/// The calendar day of a moment in a zone.
pub fn day_in(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// The hour of that day, 0 to 23. Where clocks go back, two hours of a day bear the same number.
pub fn hour_in(at: DateTime<Utc>, zone: Tz) -> u8 {
    u8::try_from(at.with_timezone(&zone).hour()).unwrap_or(0)
}

/// The moment that a clock on the wall of a zone shows. Of two such moments (clocks go back) the earlier one; where the
/// time is skipped (clocks go forward), the first moment after the gap.
pub fn instant_of(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let mut steps = (0..=16).filter_map(|quarter| local.checked_add_signed(TimeDelta::minutes(15 * quarter)));
    let found = steps.find_map(|time| zone.from_local_datetime(&time).earliest());
    found.map_or_else(|| local.and_utc(), |at| at.to_utc())
}

/// The first moment of a day in a zone.
pub fn start_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    instant_of(day.and_time(NaiveTime::MIN), zone)
}

/// The next midnight of a zone: when quotas of a day start anew.
pub fn next_midnight(at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let tomorrow = day_in(at, zone).checked_add_days(Days::new(1));
    tomorrow.map_or(at + TimeDelta::days(1), |day| start_of(day, zone))
}

/// The first moment of the next month in UTC: when quotas of a month start anew.
pub fn next_month(at: DateTime<Utc>) -> DateTime<Utc> {
    use chrono::{Datelike, Months};
    let first = at.date_naive().with_day(1).and_then(|day| day.checked_add_months(Months::new(1)));
    first.map_or(at + TimeDelta::days(31), |day| start_of(day, Tz::UTC))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn local(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn days_and_hours_are_those_of_the_zone() {
        let berlin = zone(Some("Europe/Berlin"));
        assert_eq!(day_in(at("2026-05-01T22:30:00Z"), berlin).to_string(), "2026-05-02");
        assert_eq!(hour_in(at("2026-05-01T22:30:00Z"), berlin), 0);
        assert_eq!((zone(None), zone(Some("Nowhere/At_all"))), (Tz::UTC, Tz::UTC));
    }

    #[test]
    fn clocks_that_change_are_followed() {
        let berlin = zone(Some("Europe/Berlin"));
        // Forward on 29 March 2026: 02:30 is not there. Back on 25 October: 02:30 is there twice.
        assert_eq!(instant_of(local("2026-03-29T02:30:00"), berlin), at("2026-03-29T01:00:00Z"));
        assert_eq!(instant_of(local("2026-10-25T02:30:00"), berlin), at("2026-10-25T00:30:00Z"));
        assert_eq!(next_midnight(at("2026-03-29T00:30:00Z"), berlin), at("2026-03-29T22:00:00Z"));
        // Beirut's clocks go forward at midnight, so the day starts at one.
        assert_eq!(
            start_of("2026-03-29".parse().unwrap(), zone(Some("Asia/Beirut"))),
            at("2026-03-28T22:00:00Z")
        );
        assert_eq!(
            next_midnight(at("2026-01-15T03:00:00Z"), zone(Some("America/Chicago"))),
            at("2026-01-15T06:00:00Z")
        );
    }

    #[test]
    fn months_end_in_utc() {
        assert_eq!(next_month(at("2026-12-31T23:59:59Z")), at("2027-01-01T00:00:00Z"));
        assert_eq!(next_month(at("2026-01-31T00:00:00Z")), at("2026-02-01T00:00:00Z"));
    }
}
