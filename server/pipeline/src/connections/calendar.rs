//! Which days of a connection are there.

use crate::connections::store::{AccountRow, ConnectionRow};
use crate::error::Result;
use chrono::NaiveDate;
use model::DayRange;
use model::connections::{DayCompleteness, DayState};
use sqlx::PgConnection;

/// The calendar strip: each day of the history, judged by the stream of totals over all chosen accounts.
pub async fn days(
    tx: &mut PgConnection,
    row: &ConnectionRow,
    accounts: &[AccountRow],
    today: NaiveDate,
    provisional_from: Option<NaiveDate>,
) -> Result<Vec<DayState>> {
    let totals = connectors::find(&row.platform).and_then(|c| {
        c.streams()
            .iter()
            .find(|s| s.is_dated() && !s.is_breakdown() && s.kind == model::entities::EntityKind::Campaign)
    });
    let (Some(totals), Ok(range)) = (totals, DayRange::new(row.history_from, today)) else {
        return Ok(Vec::new());
    };
    let chosen: Vec<&str> = accounts.iter().filter(|a| a.is_selected).map(|a| a.remote_id.as_str()).collect();
    let found: Vec<(NaiveDate, i64, i64)> = sqlx::query_as(
        "SELECT day, count(*), count(*) FILTER (WHERE is_partial) FROM stream_days
         WHERE workspace_id = $1 AND connection_id = $2 AND stream = $3 AND remote_id = ANY ($4) AND day BETWEEN $5 AND $6
         GROUP BY day ORDER BY day",
    )
    .bind(row.workspace_id)
    .bind(row.id)
    .bind(totals.name)
    .bind(&chosen)
    .bind(range.from())
    .bind(range.until())
    .fetch_all(tx)
    .await?;
    let mut found = found.into_iter().peekable();
    let wanted = i64::try_from(chosen.len()).unwrap_or(i64::MAX);
    Ok(range
        .days()
        .map(|day| {
            let (read, partial) = match found.next_if(|(d, ..)| *d == day) {
                Some((_, read, partial)) => (read, partial),
                None => (0, 0),
            };
            DayState {
                day,
                state: judge(read, partial, wanted, provisional_from.is_some_and(|from| day >= from)),
            }
        })
        .collect())
}

fn judge(read: i64, partial: i64, wanted: i64, is_provisional: bool) -> DayCompleteness {
    match (read, partial) {
        (0, _) => DayCompleteness::Missing,
        (read, partial) if read < wanted || partial > 0 => DayCompleteness::Partial,
        _ if is_provisional => DayCompleteness::Provisional,
        _ => DayCompleteness::Complete,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_missing_account_makes_a_day_partial() {
        assert_eq!(judge(0, 0, 2, false), DayCompleteness::Missing);
        assert_eq!(judge(1, 0, 2, false), DayCompleteness::Partial);
        assert_eq!(judge(2, 1, 2, false), DayCompleteness::Partial);
        assert_eq!(judge(2, 0, 2, true), DayCompleteness::Provisional);
        assert_eq!(judge(2, 0, 2, false), DayCompleteness::Complete);
    }
}
