//! Queries in SOQL. No text of a person goes into them, so nothing has to be escaped.

use crate::connector::Slice;
use crate::fields::Fields;
use crate::moments::start_of;
use chrono::{DateTime, Days, NaiveDate, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;

/// Changes show up late: that much is read again before the first moment.
const LATE: TimeDelta = TimeDelta::minutes(10);

/// And the last minute is left to the next reading, because it is still being written.
const UNSETTLED: TimeDelta = TimeDelta::minutes(1);

/// A query without its fields.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub(super) object: &'static str,
    pub(super) conditions: Vec<String>,
    pub(super) order: &'static str,
}

impl Query {
    pub(super) fn of(object: &'static str) -> Self {
        Self { object, conditions: Vec::new(), order: "" }
    }

    pub(super) fn text(&self, fields: &Fields) -> String {
        let fields = fields.names().collect::<Vec<_>>().join(",");
        let mut text = format!("SELECT {fields} FROM {}", self.object);
        for (index, condition) in self.conditions.iter().enumerate() {
            text.push_str(if index == 0 { " WHERE " } else { " AND " });
            text.push_str(condition);
        }
        if !self.order.is_empty() {
            text.push_str(" ORDER BY ");
            text.push_str(self.order);
        }
        text
    }
}

/// What was changed on the days of the slice (in UTC); with the newest day, everything since. The moment of a change is
/// shared by all rows of one edit in bulk, so that it is never asked for with `>`.
pub(super) fn changed(field: &str, slice: &Slice<'_>, now: DateTime<Utc>) -> Vec<String> {
    let is_newest = slice.days.until() >= slice.account.today(now).min(now.date_naive());
    let end = if is_newest { now - UNSETTLED } else { midnight(slice.days.until() + Days::new(1)) };
    vec![
        format!("{field} >= {}", written(midnight(slice.days.from()) - LATE)),
        format!("{field} < {}", written(end)),
    ]
}

/// What happened on the days of the slice (in UTC).
pub(super) fn happened(field: &str, slice: &Slice<'_>) -> Vec<String> {
    vec![
        format!("{field} >= {}", written(midnight(slice.days.from()))),
        format!("{field} < {}", written(midnight(slice.days.until() + Days::new(1)))),
    ]
}

/// A field that holds plain days, on those of the slice.
pub(super) fn dated(field: &str, slice: &Slice<'_>) -> Vec<String> {
    vec![format!("{field} >= {}", slice.days.from()), format!("{field} <= {}", slice.days.until())]
}

/// Moments of Salesforce belong to their UTC day.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    start_of(day, Tz::UTC)
}

fn written(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Budget;
    use crate::record::RemoteAccount;
    use crate::stream::StreamSpec;
    use model::DayRange;
    use std::time::Duration;

    fn with_slice(zone: &str, from: &str, until: &str, check: impl FnOnce(&Slice<'_>)) {
        let account = RemoteAccount { time_zone: Some(zone.into()), ..RemoteAccount::bare("00D") };
        let days = DayRange::new(from.parse().unwrap(), until.parse().unwrap()).unwrap();
        let budget = Budget::new(Duration::ZERO);
        check(&Slice { account: &account, stream: &StreamSpec::DAY, days, budget });
    }

    #[test]
    fn a_query_is_written_with_all_its_conditions() {
        let fields = Fields::new(["Id"], ["Amount"]);
        assert_eq!(Query::of("Opportunity").text(&fields), "SELECT Id,Amount FROM Opportunity");
        let query = Query {
            object: "Lead",
            conditions: vec!["a >= 1".into(), "b = true".into()],
            order: "a ASC, Id ASC",
        };
        assert_eq!(
            query.text(&fields),
            "SELECT Id,Amount FROM Lead WHERE a >= 1 AND b = true ORDER BY a ASC, Id ASC"
        );
    }

    #[test]
    fn only_the_newest_slice_ends_now() {
        let now = "2026-05-08T12:00:00Z".parse().unwrap();
        with_slice("UTC", "2026-03-01", "2026-03-31", |slice| {
            assert_eq!(
                changed("SystemModstamp", slice, now),
                ["SystemModstamp >= 2026-02-28T23:50:00Z", "SystemModstamp < 2026-04-01T00:00:00Z"]
            );
            assert_eq!(happened("CreatedDate", slice)[1], "CreatedDate < 2026-04-01T00:00:00Z");
            assert_eq!(dated("Day", slice), ["Day >= 2026-03-01", "Day <= 2026-03-31"]);
        });
        with_slice("UTC", "2026-05-01", "2026-05-08", |slice| {
            assert_eq!(changed("S", slice, now)[1], "S < 2026-05-08T11:59:00Z");
        });
        // In Tokyo it is the 9th already, and in Los Angeles still the 8th when UTC has the 9th.
        let late = "2026-05-09T03:00:00Z".parse().unwrap();
        with_slice("America/Los_Angeles", "2026-05-01", "2026-05-08", |slice| {
            assert_eq!(changed("S", slice, late)[1], "S < 2026-05-09T02:59:00Z");
        });
        let early = "2026-05-08T23:00:00Z".parse().unwrap();
        with_slice("Asia/Tokyo", "2026-05-01", "2026-05-09", |slice| {
            assert_eq!(changed("S", slice, early)[1], "S < 2026-05-08T22:59:00Z");
        });
    }
}
