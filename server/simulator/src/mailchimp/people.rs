//! Single people: who opened, clicked, left and joined. Large, and asked for by few.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{Problem, lists, missing, page, reports, written};
use crate::asked::Asked;
use crate::num;
use crate::state::SimulatorState;

fn hash(of: &str) -> String {
    let digest = of.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{digest:016x}{:016x}", digest.rotate_left(17))
}

/// When the `nth` of `of` happened: most of them soon after `from`, and none after `now`.
fn moment(from: DateTime<Utc>, nth: i64, of: i64, now: DateTime<Utc>) -> DateTime<Utc> {
    let place = num::real(nth + 1) / num::real(of + 1);
    let minutes = num::whole(-(1.0 - place).ln() * 14.0 * 60.0);
    (from + TimeDelta::minutes(minutes)).min(now)
}

/// `GET /reports/{id}/email-activity`: one row for each person who opened.
pub(super) fn activity(state: &SimulatorState, asked: &Asked, id: &str) -> Result<Value, Problem> {
    let (mail, result) = reports::find(state, id).ok_or_else(missing)?;
    let (since, now) = (asked.moment("since"), state.counted_at());
    let opened = |nth: i64| moment(mail.sent_at, nth, result.unique_opens, now);
    // They are in the order in which they happened, so what is too early stands at the front.
    let first =
        (0..result.unique_opens).take_while(|nth| since.is_some_and(|since| opened(*nth) <= since)).count();
    let total = usize::try_from(result.unique_opens).unwrap_or(0) - first;
    let mut body = page(asked, "emails", total, |at| {
        let nth = i64::try_from(at + first).unwrap_or(0);
        let address = format!("reader{nth}@list.example");
        let mut list =
            vec![json!({"action": "open", "timestamp": written(Some(opened(nth))), "ip": "192.0.2.7"})];
        // Clicks are spread over those who opened.
        if nth * result.unique_clicks / result.unique_opens.max(1)
            != (nth + 1) * result.unique_clicks / result.unique_opens.max(1)
        {
            let at = written(Some((opened(nth) + TimeDelta::minutes(2)).min(now)));
            list.push(json!({"action": "click", "timestamp": at, "url": "https://www.demo.example/", "ip": "192.0.2.7"}));
        }
        json!({"campaign_id": id, "list_id": lists::ID, "email_id": hash(&address), "email_address": address, "activity": list})
    })?;
    body["campaign_id"] = id.into();
    Ok(body)
}

/// `GET /reports/{id}/unsubscribed`.
pub(super) fn unsubscribed(state: &SimulatorState, asked: &Asked, id: &str) -> Result<Value, Problem> {
    let (mail, result) = reports::find(state, id).ok_or_else(missing)?;
    let now = state.counted_at();
    let total = usize::try_from(result.unsubscribes).unwrap_or(0);
    let mut body = page(asked, "unsubscribes", total, |at| {
        let nth = i64::try_from(at).unwrap_or(0);
        let address = format!("reader{}@list.example", nth * 37);
        json!({
            "email_id": hash(&address),
            "email_address": address,
            "timestamp": written(Some(moment(mail.sent_at, nth, result.unsubscribes, now))),
            "reason": "None given",
            "campaign_id": id,
            "list_id": lists::ID,
        })
    })?;
    body["campaign_id"] = id.into();
    Ok(body)
}

/// `GET /lists/{id}/members`: those who joined since the first day, oldest first.
pub(super) fn members(state: &SimulatorState, asked: &Asked) -> Result<Value, Problem> {
    let since = asked.moment("since_last_changed");
    let days = state.list_days(super::ACCOUNT);
    let joined: Vec<_> = days
        .iter()
        .flat_map(|(day, list)| (0..list.added).map(move |nth| (*day, nth)))
        .map(|(day, nth)| {
            (day.and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::minutes(nth * 11), day, nth)
        })
        .filter(|(at, _, _)| since.is_none_or(|since| *at >= since) && *at <= state.counted_at())
        .collect();
    let mut body = page(asked, "members", joined.len(), |row| {
        let (at, day, nth) = joined[row];
        let address = format!("member{}.{nth}@list.example", day.format("%y%m%d"));
        json!({
            "id": hash(&address),
            "email_address": address,
            "status": "subscribed",
            "timestamp_opt": written(Some(at)),
            "last_changed": written(Some(at)),
            "list_id": lists::ID,
        })
    })?;
    body["list_id"] = lists::ID.into();
    Ok(body)
}
