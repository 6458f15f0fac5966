//! Addresses that are not written to any more, and why.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, Listed, Refusal, bad, missing};
use crate::asked::Asked;
use crate::num;
use crate::state::SimulatorState;

/// Rows on a page, at most and usually.
const MOST: usize = 500;

/// Id of the one group.
const GROUP: i64 = 254_514;

/// Moments at which addresses were put on a list, oldest first.
fn moments(state: &SimulatorState, kind: &str) -> Option<Vec<DateTime<Utc>>> {
    let mails = state.newsletters(ACCOUNT);
    let now = state.counted_at();
    let mut list = Vec::new();
    for of in state.mail_days(ACCOUNT).iter() {
        let count = match kind {
            "bounces" => of.gained.hard_bounces,
            "blocks" => of.gained.soft_bounces,
            "spam_reports" => of.gained.complaints,
            "unsubscribes" => of.gained.unsubscribes,
            "invalid_emails" => 0,
            _ => return None,
        };
        let begin = of.day.and_time(chrono::NaiveTime::MIN).and_utc().max(mails[of.mail].sent_at);
        let end = (of.day.and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::days(1)).min(now);
        let step = (end - begin).num_seconds() / (count + 1);
        list.extend((1..=count).map(|nth| begin + TimeDelta::seconds(nth * step)));
    }
    list.sort_unstable();
    Some(list)
}

/// `GET /suppression/{kind}`, newest first.
pub(super) fn suppressions(state: &SimulatorState, asked: &Asked, kind: &str) -> Result<Listed, Refusal> {
    let all = moments(state, kind).ok_or_else(missing)?;
    let limit = asked.number("limit").unwrap_or(MOST);
    if limit == 0 || limit > MOST {
        return Err(bad("limit", "limit must be between 1 and 500"));
    }
    let bound = |name: &'static str| match asked.get(name) {
        None => Ok(None),
        Some(text) => {
            text.parse::<i64>().map(Some).map_err(|_| bad(name, &format!("{name} must be a Unix timestamp")))
        }
    };
    let (from, to) = (bound("start_time")?, bound("end_time")?);
    let within = |at: &DateTime<Utc>| {
        from.is_none_or(|from| at.timestamp() >= from) && to.is_none_or(|to| at.timestamp() <= to)
    };
    let list: Vec<_> = all.iter().enumerate().filter(|(_, at)| within(at)).rev().collect();
    let offset = asked.number("offset").unwrap_or(0);
    let page = list.iter().skip(offset).take(limit);
    let mut rows: Vec<_> = page.map(|(nth, at)| row(kind, *nth, at.timestamp())).collect();
    asked.odd(&mut rows);
    let next = (offset + rows.len() < list.len()).then(|| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(asked.params.iter().filter(|(name, _)| name != "offset"));
        query.append_pair("offset", &(offset + limit).to_string());
        format!("https://api.sendgrid.com/{}?{}", asked.path.join("/"), query.finish())
    });
    Ok(Listed { body: rows.into(), next })
}

fn row(kind: &str, nth: usize, created: i64) -> Value {
    let email = format!("{}{nth}@list.example", kind.trim_end_matches('s').replace('_', "."));
    match kind {
        "unsubscribes" => json!({"created": created, "email": email}),
        "spam_reports" => json!({"created": created, "email": email, "ip": "192.0.2.25"}),
        "blocks" => json!({
            "created": created,
            "email": email,
            "reason": "421 4.7.0 Try again later",
            "status": "4.7.0",
        }),
        _ => json!({
            "created": created,
            "email": email,
            "reason": "550 5.1.1 The email account that you tried to reach does not exist.",
            "status": "5.1.1",
        }),
    }
}

/// `GET /asm/groups`.
pub(super) fn groups(state: &SimulatorState) -> Value {
    let left = moments(state, "unsubscribes").map_or(0, |list| num::key(list.len()));
    json!([{
        "id": GROUP,
        "name": "Newsletter",
        "description": "News and offers",
        "is_default": true,
        "unsubscribes": left,
    }])
}

/// `GET /asm/groups/{id}/suppressions`: addresses.
pub(super) fn group(state: &SimulatorState, id: &str) -> Result<Value, Refusal> {
    if id != GROUP.to_string() {
        return Err(missing());
    }
    let list = moments(state, "unsubscribes").unwrap_or_default();
    Ok((0..list.len()).map(|nth| format!("unsubscribe{nth}@list.example")).collect())
}
