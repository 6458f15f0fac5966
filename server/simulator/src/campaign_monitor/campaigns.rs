//! Campaigns, what has come of them, and who did it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, Problem, bad, lists, local, missing, page, since};
use crate::asked::Call;
use crate::num;
use crate::world::mail::{Happening, Newsletter};

/// A campaign's id.
fn id(mail: &Newsletter) -> String {
    let digits = mail.number.unsigned_abs();
    format!("{:016x}{:016x}", digits.wrapping_mul(0x9e37_79b9_7f4a_7c15), digits)
}

fn find(call: &Call, wanted: &str) -> Result<Newsletter, Problem> {
    let mails = call.state.newsletters(ACCOUNT);
    mails.iter().find(|mail| id(mail) == wanted).cloned().ok_or_else(missing)
}

/// `GET /clients/{id}/campaigns.json`, newest first unless asked otherwise.
pub(super) fn sent(call: &Call) -> Result<Value, Problem> {
    let bound = |name: &str| match call.get(name) {
        None => Ok(None),
        Some(_) => call
            .day(name)
            .map(Some)
            .ok_or_else(|| bad(15, &format!("{name} must be in the format yyyy-mm-dd"))),
    };
    let (from, to) = (bound("sentfromdate")?, bound("senttodate")?);
    let zone = call.state.world().accounts[ACCOUNT].zone();
    let mails = call.state.newsletters(ACCOUNT);
    let within = |mail: &&Newsletter| {
        let day = mail.sent_at.with_timezone(&zone).date_naive();
        from.is_none_or(|from| day >= from) && to.is_none_or(|to| day <= to)
    };
    let list: Vec<_> = mails.iter().filter(within).collect();
    page(call, "SentDate", "desc", list.len(), |at| {
        let mail = list[at];
        json!({
            "CampaignID": id(mail),
            "Name": mail.name,
            "Subject": mail.subject,
            "FromName": super::name(call),
            "FromEmail": "hello@demo.example",
            "ReplyTo": "hello@demo.example",
            "SentDate": local(call, mail.sent_at),
            "TotalRecipients": mail.recipients,
            "WebVersionURL": format!("https://nordlicht.createsend.com/t/{}", mail.number),
            "Tags": ["newsletter"],
        })
    })
}

/// One that is not sent yet.
fn planned(call: &Call, id: &str, name: &str) -> Value {
    json!({
        "CampaignID": id,
        "Name": name,
        "Subject": name,
        "FromName": super::name(call),
        "FromEmail": "hello@demo.example",
        "ReplyTo": "hello@demo.example",
        "DateCreated": local(call, call.state.counted_at() - TimeDelta::days(1)),
        "PreviewURL": format!("https://nordlicht.createsend.com/t/{name}"),
        "Tags": [],
    })
}

/// `GET /clients/{id}/scheduled.json`.
pub(super) fn scheduled(call: &Call) -> Value {
    let mut row = planned(call, "3dfe5b9a6c1f4e2d8a7b5c4d3e2f1a0b", "Next week");
    let day = call.state.counted_at().date_naive() + TimeDelta::days(3);
    row["DateScheduled"] = format!("{day} 08:00:00").into();
    row["ScheduledTimeZone"] = "(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London".into();
    json!([call.row(row)])
}

/// `GET /clients/{id}/drafts.json`.
pub(super) fn drafts(call: &Call) -> Value {
    json!([call.row(planned(call, "7c7424792065d92627139208c8c01db1", "Ideas"))])
}

/// `GET /campaigns/{id}/summary.json`: lifetime figures.
pub(super) fn summary(call: &Call, wanted: &str) -> Result<Value, Problem> {
    let mail = find(call, wanted)?;
    let of = mail.result(call.state.world().accounts[ACCOUNT].template.order_value, call.state.counted_at());
    Ok(call.row(json!({
        "Name": mail.name,
        "Recipients": of.sent,
        "TotalOpened": of.opens,
        "UniqueOpened": of.unique_opens,
        // People, although the name does not say so.
        "Clicks": of.unique_clicks,
        "Unsubscribed": of.unsubscribes,
        "Bounced": of.hard_bounces + of.soft_bounces,
        "SpamComplaints": of.complaints,
        "Forwards": 0,
        "Likes": 0,
        "Mentions": 0,
        "WebVersionURL": format!("https://nordlicht.createsend.com/t/{}", mail.number),
        "WorldviewURL": format!("https://nordlicht.createsend.com/t/{}/worldview", mail.number),
    })))
}

/// `GET /campaigns/{id}/listsandsegments.json`.
pub(super) fn targets(call: &Call, wanted: &str) -> Result<Value, Problem> {
    find(call, wanted)?;
    Ok(json!({"Lists": [{"ListID": lists::ID, "Name": lists::NAME}], "Segments": []}))
}

/// `GET /campaigns/{id}/recipients.json`.
pub(super) fn recipients(call: &Call, wanted: &str) -> Result<Value, Problem> {
    let mail = find(call, wanted)?;
    page(
        call,
        "Email",
        "asc",
        usize::try_from(mail.recipients).unwrap_or(0),
        |at| json!({"EmailAddress": format!("reader{}@list.example", at + 1), "ListID": lists::ID}),
    )
}

/// `GET /campaigns/{id}/{opens|clicks|bounces|unsubscribes|spam}.json`, after a moment on the client's clock.
pub(super) fn events(call: &Call, wanted: &str, kind: &str) -> Result<Value, Problem> {
    let mail = find(call, wanted)?;
    let now = call.state.counted_at();
    let of = |of: Happening| {
        let moments = mail.moments(of, now);
        moments.into_iter().enumerate().map(|(nth, at)| (at, nth, of)).collect::<Vec<_>>()
    };
    let people = |unique: Happening| mail.moments(unique, now).len().max(1);
    // Who opens or clicks again has done so before.
    let (mut list, persons) = match kind {
        "opens" => (of(Happening::Open), people(Happening::UniqueOpen)),
        "clicks" => (of(Happening::Click), people(Happening::UniqueClick)),
        "unsubscribes" => (of(Happening::Unsubscribe), usize::MAX),
        "spam" => (of(Happening::Complaint), usize::MAX),
        "bounces" => ([of(Happening::HardBounce), of(Happening::SoftBounce)].concat(), usize::MAX),
        _ => return Err(missing()),
    };
    let after = since(call)?;
    list.retain(|(at, ..)| after.as_ref().is_none_or(|after| local(call, *at) > *after));
    list.sort_by_key(|(at, nth, _)| (*at, *nth));
    let site = call.state.world().accounts[ACCOUNT].template.site();
    page(call, "Date", "asc", list.len(), |at| {
        let (at, nth, of) = list[at];
        event(call, at, nth % persons, of, &format!("{site}?utm_campaign={}", mail.utm))
    })
}

fn event(call: &Call, at: DateTime<Utc>, person: usize, of: Happening, url: &str) -> Value {
    let range = match of {
        Happening::SoftBounce => "away",
        Happening::HardBounce => "gone",
        _ => "reader",
    };
    let mut row = json!({
        "EmailAddress": format!("{range}{}@list.example", person + 1),
        "ListID": lists::ID,
        "Date": local(call, at),
    });
    match of {
        Happening::HardBounce => {
            row["BounceType"] = "Hard".into();
            row["Reason"] = "Hard Bounce".into();
        }
        Happening::SoftBounce => {
            row["BounceType"] = "Soft".into();
            row["Reason"] = "Soft Bounce - Mailbox Full".into();
        }
        Happening::Complaint => {}
        _ => {
            row["IPAddress"] = format!("192.0.2.{}", num::key(person) % 250 + 1).into();
            if of == Happening::Click {
                row["URL"] = url.into();
            }
        }
    }
    row
}
