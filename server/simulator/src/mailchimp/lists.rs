//! The one list, its days and its months.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{ACCOUNT, Problem, page};
use crate::asked::Asked;
use crate::state::SimulatorState;
use crate::world::mail::MailResult;

/// Id of the list.
pub(super) const ID: &str = "16ed227135";

/// Days that activity reaches back.
const DAYS: usize = 180;

/// Its name.
pub(super) fn name(state: &SimulatorState) -> String {
    format!("{} Newsletter", state.world().accounts[ACCOUNT].template.brand)
}

/// People on it.
pub(super) fn level(state: &SimulatorState) -> i64 {
    state.list_days(ACCOUNT).last().map_or(0, |(_, day)| day.level)
}

/// `GET /lists`.
pub(super) fn lists(state: &SimulatorState, asked: &Asked) -> Result<Value, Problem> {
    page(asked, "lists", 1, |_| list(state))
}

/// `GET /lists/{id}`.
pub(super) fn list(state: &SimulatorState) -> Value {
    let days = state.list_days(ACCOUNT);
    let left: i64 = days.iter().map(|(_, day)| day.removed).sum();
    let last = days.last().map(|(day, _)| format!("{day}T05:12:40+00:00")).unwrap_or_default();
    json!({
        "id": ID,
        "web_id": 684_456,
        "name": name(state),
        "date_created": "2019-02-11T09:02:11+00:00",
        "list_rating": 4,
        "visibility": "pub",
        "double_optin": true,
        "stats": {
            "member_count": level(state),
            "total_contacts": level(state) + left,
            "unsubscribe_count": left - left / 5,
            "cleaned_count": left / 5,
            "campaign_count": state.newsletters(ACCOUNT).len(),
            "campaign_last_sent": super::written(state.newsletters(ACCOUNT).last().map(|mail| mail.sent_at)),
            "merge_field_count": 4,
            "avg_sub_rate": 26,
            "last_sub_date": last,
        },
    })
}

/// `GET /lists/{id}/activity`, newest first.
pub(super) fn activity(state: &SimulatorState, asked: &Asked) -> Result<Value, Problem> {
    let (days, mails) = (state.list_days(ACCOUNT), state.mail_days(ACCOUNT));
    let total = days.len().min(DAYS);
    let mut body = page(asked, "activity", total, |at| {
        let (day, list) = days[days.len() - 1 - at];
        let mut did = MailResult::default();
        mails.iter().filter(|mail| mail.day == day).for_each(|mail| did += mail.gained);
        json!({
            "day": day.to_string(),
            "emails_sent": did.sent,
            "unique_opens": did.unique_opens,
            "recipient_clicks": did.unique_clicks,
            "hard_bounce": did.hard_bounces,
            "soft_bounce": did.soft_bounces,
            "subs": list.added - list.added / 10,
            "unsubs": list.removed - list.removed / 5,
            "other_adds": list.added / 10,
            "other_removes": list.removed / 5,
        })
    })?;
    body["list_id"] = ID.into();
    Ok(body)
}

/// `GET /lists/{id}/growth-history`, newest first unless asked otherwise.
pub(super) fn growth(state: &SimulatorState, asked: &Asked) -> Result<Value, Problem> {
    let mut months: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (day, list) in state.list_days(ACCOUNT).iter() {
        let month = months.entry(day.format("%Y-%m").to_string()).or_default();
        month.0 += list.added;
        month.1 += list.removed;
    }
    let mut months: Vec<_> = months.into_iter().collect();
    if asked.get("sort_dir").is_none_or(|dir| dir != "ASC") {
        months.reverse();
    }
    let mut body = page(asked, "history", months.len(), |at| {
        let (month, (added, removed)) = &months[at];
        json!({
            "list_id": ID,
            "month": month,
            "existing": 0,
            "imports": 0,
            "optins": 0,
            "subscribed": added,
            "unsubscribed": removed - removed / 5,
            "reconfirm": 0,
            "cleaned": removed / 5,
            "pending": 0,
            "deleted": 0,
            "transactional": 0,
        })
    })?;
    body["list_id"] = ID.into();
    Ok(body)
}
