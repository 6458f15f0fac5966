//! Single sends and what has come of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::stats::{categories_of, metrics};
use super::{ACCOUNT, Refusal, bad, missing};
use crate::asked::Asked;
use crate::state::SimulatorState;
use crate::world::mail::{MailResult, Newsletter};

fn id(mail: &Newsletter) -> String {
    let digits = mail.number.unsigned_abs();
    format!("{:08x}-0000-4000-8000-{digits:012}", digits.wrapping_mul(2_654_435_761) & 0xffff_ffff)
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A page of rows below `name`, with the address of the next one.
fn page(
    asked: &Asked,
    name: &str,
    most: usize,
    total: usize,
    row: impl FnMut(usize) -> Value,
) -> Result<Value, Refusal> {
    let size = asked.number("page_size").unwrap_or(most.min(50));
    if size == 0 || size > most {
        return Err(bad("page_size", &format!("page_size must be between 1 and {most}")));
    }
    let first = match asked.get("page_token") {
        None => 0,
        Some(token) => URL_SAFE_NO_PAD
            .decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok()?.parse::<usize>().ok())
            .ok_or_else(|| bad("page_token", "page_token is not valid"))?,
    };
    let end = (first + size).min(total);
    let mut rows: Vec<_> = (first.min(end)..end).map(row).collect();
    asked.odd(&mut rows);
    let address = |first: usize| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(asked.params.iter().filter(|(name, _)| name != "page_token"));
        query.append_pair("page_token", &URL_SAFE_NO_PAD.encode(first.to_string()));
        format!("https://api.sendgrid.com/{}?{}", asked.path.join("/"), query.finish())
    };
    let mut metadata = json!({"self": address(first), "count": total});
    if end < total {
        metadata["next"] = address(end).into();
    }
    Ok(json!({name: rows, "_metadata": metadata}))
}

/// `GET /messages`: a few notices a day that go to single people.
pub(super) fn messages(state: &SimulatorState, asked: &Asked) -> Result<Value, Refusal> {
    let wrong =
        || bad("query", "query must hold last_event_time BETWEEN TIMESTAMP \"…\" AND TIMESTAMP \"…\"");
    let query = asked.get("query").ok_or_else(wrong)?;
    let mut quoted = query.split('"').skip(1).step_by(2).map(str::parse::<DateTime<Utc>>);
    let (Some(Ok(from)), Some(Ok(until))) = (quoted.next(), quoted.next()) else { return Err(wrong()) };
    let until = until.min(state.counted_at());
    let hours = (from.max(until - TimeDelta::days(30)).timestamp() + 3_599) / 3_600
        ..(until.timestamp() + 3_599) / 3_600;
    let mut rows: Vec<Value> = hours
        .filter(|hour| hour % 4 == 0)
        .filter_map(|hour| {
            let at = DateTime::from_timestamp(hour * 3_600, 0)?;
            let status = if hour % 52 == 0 { "not_delivered" } else { "delivered" };
            Some(json!({
                "msg_id": format!("notice-{hour}.filter0001.1.0"),
                "from_email": "notices@brightwave.example",
                "subject": "Your weekly summary",
                "to_email": format!("reader{}@mail.example", hour % 97),
                "status": status,
                "opens_count": i64::from(hour % 3 == 0),
                "clicks_count": i64::from(hour % 9 == 0),
                "last_event_time": written(at),
            }))
        })
        .take(asked.number("limit").unwrap_or(10))
        .collect();
    asked.odd(&mut rows);
    Ok(json!({"messages": rows}))
}

/// `GET /marketing/singlesends`, newest first; the rows are below `result`.
pub(super) fn list(state: &SimulatorState, asked: &Asked) -> Result<Value, Refusal> {
    let mails = state.newsletters(ACCOUNT);
    // One that is not sent yet comes first.
    page(asked, "result", 100, mails.len() + 1, |at| {
        let Some(mail) = at.checked_sub(1).map(|at| &mails[mails.len() - 1 - at]) else {
            return json!({
                "id": "7a9f7ae1-0000-4000-8000-000000000001",
                "name": "Ideas",
                "status": "draft",
                "categories": [],
                "is_abtest": false,
                "created_at": written(state.counted_at() - TimeDelta::days(1)),
                "updated_at": written(state.counted_at() - TimeDelta::hours(3)),
            });
        };
        json!({
            "id": id(mail),
            "name": mail.name,
            "status": "triggered",
            "categories": categories_of(mail),
            "is_abtest": false,
            "send_at": written(mail.sent_at),
            "created_at": written(mail.sent_at - TimeDelta::hours(22)),
            "updated_at": written(mail.sent_at),
        })
    })
}

/// The statistics of single sends have fewer figures than those of the account.
fn stats(of: &MailResult) -> Value {
    let mut stats = metrics(of);
    if let Some(stats) = stats.as_object_mut() {
        for name in ["blocks", "deferred", "processed", "unsubscribe_drops"] {
            stats.remove(name);
        }
    }
    stats
}

fn row(mail: &Newsletter, aggregation: &str, of: &MailResult) -> Value {
    json!({
        "id": id(mail),
        "ab_variation": "all",
        "ab_phase": "all",
        "aggregation": aggregation,
        "stats": stats(of),
    })
}

/// `GET /marketing/stats/singlesends`: lifetime figures.
pub(super) fn totals(state: &SimulatorState, asked: &Asked) -> Result<Value, Refusal> {
    let (mails, now) = (state.newsletters(ACCOUNT), state.counted_at());
    let value = state.world().accounts[ACCOUNT].template.order_value;
    let wanted: Vec<&str> = asked.all("singlesend_ids").into_iter().flat_map(|ids| ids.split(',')).collect();
    let of = |mail: &&Newsletter| wanted.is_empty() || wanted.contains(&id(mail).as_str());
    let list: Vec<_> = mails.iter().rev().filter(of).collect();
    page(asked, "results", 50, list.len(), |at| row(list[at], "total", &list[at].result(value, now)))
}

/// `GET /marketing/stats/singlesends/{id}`: in total, or day by day.
pub(super) fn days(state: &SimulatorState, asked: &Asked, wanted: &str) -> Result<Value, Refusal> {
    let mails = state.newsletters(ACCOUNT);
    let at = mails.iter().position(|mail| id(mail) == wanted).ok_or_else(missing)?;
    let mail = &mails[at];
    if asked.get("aggregated_by").is_none_or(|by| by == "total") {
        let value = state.world().accounts[ACCOUNT].template.order_value;
        return page(asked, "results", 50, 1, |_| {
            row(mail, "total", &mail.result(value, state.counted_at()))
        });
    }
    let (since, until) = (asked.day("start_date"), asked.day("end_date"));
    let days = state.mail_days(ACCOUNT);
    let within = days.iter().filter(|of| {
        of.mail == at
            && since.is_none_or(|since| of.day >= since)
            && until.is_none_or(|until| of.day <= until)
    });
    let list: Vec<_> = within.collect();
    page(asked, "results", 50, list.len(), |at| row(mail, &list[at].day.to_string(), &list[at].gained))
}
