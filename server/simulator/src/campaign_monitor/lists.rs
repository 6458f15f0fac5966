//! The list, who is on it, and the journey that greets them.

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde_json::{Value, json};

use super::{ACCOUNT, Problem, local, missing, page, since};
use crate::asked::Call;
use crate::world::mail::ListDay;
use crate::world::members::{self, Member};

/// Id and name of the list.
pub(super) const ID: &str = "a58ee1d3039b8bec838e6d1482a8a965";
pub(super) const NAME: &str = "Trail letter";

/// Ids of the journey and of its e-mail.
pub(super) const JOURNEY: &str = "be4ab3eb5d9a4f0e8c2d1b7a6f5e4d3c";
pub(super) const EMAIL: &str = "dd2a5b1c7e8f4a3b9c6d0e1f2a3b4c5d";

/// `GET /clients/{id}/lists.json`.
pub(super) fn lists(call: &Call) -> Value {
    json!([call.row(json!({"ListID": ID, "Name": NAME}))])
}

/// Of those who left on a day, how many were taken off because nothing reached them any more.
fn bounced(day: &ListDay) -> i64 {
    day.removed / 5
}

/// `GET /lists/{id}/stats.json`.
pub(super) fn stats(call: &Call) -> Value {
    let days = call.state.list_days(ACCOUNT);
    let today = call.state.world().accounts[ACCOUNT].today(call.state.counted_at());
    let week = today - TimeDelta::days(i64::from(today.weekday().num_days_from_sunday()));
    let (yesterday, month, year) = (today - TimeDelta::days(1), today.with_day(1), today.with_ordinal(1));
    let spans: [(&str, NaiveDate, NaiveDate); 5] = [
        ("Today", today, today),
        ("Yesterday", yesterday, yesterday),
        ("ThisWeek", week, today),
        ("ThisMonth", month.unwrap_or(today), today),
        ("ThisYear", year.unwrap_or(today), today),
    ];
    let figures: [(&str, fn(&ListDay) -> i64); 4] = [
        ("NewActiveSubscribers", |day| day.added),
        ("Unsubscribes", |day| day.removed - bounced(day)),
        ("Deleted", |_| 0),
        ("Bounces", bounced),
    ];
    let sum = |of: fn(&ListDay) -> i64, from: NaiveDate, to: NaiveDate| {
        days.iter().filter(|(day, _)| (from..=to).contains(day)).map(|(_, day)| of(day)).sum::<i64>()
    };
    let mut stats = json!({"TotalActiveSubscribers": days.last().map_or(0, |(_, day)| day.level)});
    for (name, of) in figures {
        if name != "NewActiveSubscribers" {
            stats[format!("Total{name}")] = sum(of, NaiveDate::MIN, today).into();
        }
        for (span, from, to) in spans {
            stats[format!("{name}{span}")] = sum(of, from, to).into();
        }
    }
    call.row(stats)
}

/// Those who left, with whether they were taken off.
fn leavers(call: &Call, all: &[Member], is_bounce: bool) -> Vec<(NaiveDate, Member)> {
    let days = call.state.list_days(ACCOUNT);
    let mut list = Vec::new();
    for (day, of) in days.iter() {
        let of_day = all.iter().filter(|member| member.left == Some(*day));
        let first = usize::try_from(bounced(of)).unwrap_or(0);
        let (from, count) = if is_bounce { (0, first) } else { (first, usize::MAX) };
        list.extend(of_day.skip(from).take(count).map(|member| (*day, *member)));
    }
    list
}

/// `GET /lists/{id}/{active|unsubscribed|bounced|deleted|unconfirmed}.json`.
pub(super) fn subscribers(call: &Call, kind: &str) -> Result<Value, Problem> {
    let all = members::members(&call.state.list_days(ACCOUNT));
    let (state, mut list) = match kind {
        "active" => {
            let there = all.iter().filter(|member| member.left.is_none());
            ("Active", there.filter_map(|member| Some((member.joined?, *member))).collect())
        }
        "unsubscribed" => ("Unsubscribed", leavers(call, &all, false)),
        "bounced" => ("Bounced", leavers(call, &all, true)),
        "deleted" => ("Deleted", Vec::new()),
        "unconfirmed" => ("Unconfirmed", Vec::new()),
        _ => return Err(missing()),
    };
    let after = since(call)?;
    list.retain(|(day, of)| after.as_ref().is_none_or(|after| on(call, *day, of) > *after));
    list.sort_by_key(|(day, of)| (on(call, *day, of), of.number));
    page(call, "Date", "asc", list.len(), |at| {
        let (day, of) = list[at];
        json!({
            "EmailAddress": of.email(),
            "Name": "",
            "Date": on(call, day, &of),
            "ListJoinedDate": of.joined.map(|day| on(call, day, &of)),
            "State": state,
            "CustomFields": [],
            "ReadsEmailWith": "Gmail",
        })
    })
}

/// When on a day somebody joined or left, on the client's clock.
fn on(call: &Call, day: NaiveDate, of: &Member) -> String {
    let at = day.and_hms_opt(6, 0, 0).unwrap_or_default().and_utc() + TimeDelta::minutes(of.number % 840);
    local(call, at.min(call.state.counted_at()))
}

/// `GET /clients/{id}/journeys.json`.
pub(super) fn journeys(call: &Call) -> Value {
    json!([call.row(json!({"ListID": ID, "JourneyID": JOURNEY, "Name": "Welcome", "Status": "Active"}))])
}

/// `GET /journeys/{id}.json`: lifetime figures without a date.
pub(super) fn journey(call: &Call) -> Value {
    let of = members::welcome(&call.state.list_days(ACCOUNT));
    json!({
        "JourneyID": JOURNEY,
        "Name": "Welcome",
        "TriggerType": "On Subscription",
        "Status": "Active",
        "Emails": [call.row(json!({
            "EmailID": EMAIL,
            "Name": "Welcome",
            "Bounced": of.hard_bounces + of.soft_bounces,
            "Clicked": of.unique_clicks,
            "Opened": of.opens,
            "UniqueOpened": of.unique_opens,
            "Sent": of.sent,
            "Unsubscribed": of.unsubscribes,
        }))],
    })
}

/// `GET /journeys/email/{id}/{recipients|opens|clicks|bounces|unsubscribes}.json`.
pub(super) fn journey_events(call: &Call, kind: &str) -> Result<Value, Problem> {
    let of = members::welcome(&call.state.list_days(ACCOUNT));
    let count = match kind {
        "recipients" => of.sent,
        "opens" => of.opens,
        "clicks" => of.unique_clicks,
        "bounces" => of.hard_bounces + of.soft_bounces,
        "unsubscribes" => of.unsubscribes,
        _ => return Err(missing()),
    };
    let all = members::members(&call.state.list_days(ACCOUNT));
    let greeted: Vec<_> = all.iter().filter_map(|member| Some((member.joined?, member))).collect();
    // They are spread evenly over all who were greeted.
    let person = |nth: usize| greeted[nth * greeted.len() / usize::try_from(count).unwrap_or(1).max(1)];
    let after = since(call)?;
    let mut list: Vec<_> = (0..usize::try_from(count).unwrap_or(0)).map(person).collect();
    list.retain(|(day, of)| after.as_ref().is_none_or(|after| on(call, *day, of) > *after));
    page(call, "Date", "asc", list.len(), |at| {
        let (day, of) = list[at];
        let mut row = json!({"EmailAddress": of.email(), "Date": on(call, day, of)});
        match kind {
            "recipients" => row["SentDate"] = row["Date"].take(),
            "bounces" => row["BounceType"] = "Hard".into(),
            _ => row["IPAddress"] = "192.0.2.7".into(),
        }
        row
    })
}
