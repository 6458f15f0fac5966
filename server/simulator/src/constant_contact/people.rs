//! The list, who is on it, and what each of them did with an e-mail.

use axum::body::Body;
use axum::http::Response;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use super::campaigns::activity_id;
use super::{ACCOUNT, Pages, Wish, bad, missing, written};
use crate::asked::Call;
use crate::num;
use crate::world::mail::{Happening, Newsletter};
use crate::world::members::{self, Member};

/// Id of the list.
const LIST: &str = "9f2b6a10-5c3d-11ef-8a41-fa163e5bd4f0";

/// Its pages, and those of people; who reads people is sent on with full addresses.
const LISTS: Pages = Pages { usual: 50, most: 1_000, host: "" };
const PEOPLE: Pages = Pages { usual: 50, most: 500, host: "https://api.cc.email" };
const EVENTS: Pages = Pages { usual: 50, most: 500, host: "" };

/// `GET /contact_lists`.
pub(super) fn lists(call: &Call) -> Response<Body> {
    let wish = match Wish::of(call, &LISTS) {
        Ok(wish) => wish,
        Err(response) => return *response,
    };
    let with_count = match wish.get("include_membership_count") {
        None => false,
        Some("active" | "all") => true,
        Some(_) => return bad("include_membership_count must be active or all."),
    };
    let begun = call.state.world().first_day.and_hms_opt(9, 0, 0).unwrap_or_default().and_utc();
    wish.page(call, &LISTS, "lists", 1, |_| {
        let mut row = json!({
            "list_id": LIST,
            "name": "House letter",
            "description": "",
            "favorite": true,
            "created_at": written(begun),
            "updated_at": written(call.state.counted_at()),
        });
        if with_count {
            row["membership_count"] =
                call.state.list_days(ACCOUNT).last().map_or(0, |(_, day)| day.level).into();
        }
        row
    })
}

fn contact_id(number: i64) -> String {
    format!("{number:08x}-5c3d-11ef-9b07-fa163e5bd4f0")
}

/// The moment of a day at which somebody joined or left.
fn moment_on(day: NaiveDate, of: &Member, now: DateTime<Utc>) -> DateTime<Utc> {
    let at = day.and_hms_opt(6, 0, 0).unwrap_or_default().and_utc() + TimeDelta::minutes(of.number % 840);
    at.min(now)
}

/// `GET /contacts`.
pub(super) fn contacts(call: &Call) -> Response<Body> {
    let wish = match Wish::of(call, &PEOPLE) {
        Ok(wish) => wish,
        Err(response) => return *response,
    };
    let after = match wish.moment("updated_after") {
        Ok(after) => after,
        Err(response) => return *response,
    };
    let (with_lists, status) =
        (wish.get("include").is_some_and(|include| include.contains("list_memberships")), wish.get("status"));
    let now = call.state.counted_at();
    let all = members::members(&call.state.list_days(ACCOUNT));
    let at = |day: Option<NaiveDate>, of: &Member| day.map(|day| moment_on(day, of, now));
    let is_asked = |of: &&Member| {
        let changed_at = at(of.left, of).or_else(|| at(of.joined, of));
        let fits = match status {
            None | Some("all") => true,
            Some("unsubscribed") => of.left.is_some(),
            Some("active") => of.left.is_none(),
            Some(_) => false,
        };
        fits && after.is_none_or(|after| changed_at.is_some_and(|at| at > after))
    };
    let list: Vec<_> = all.iter().filter(is_asked).collect();
    wish.page(call, &PEOPLE, "contacts", list.len(), |nth| {
        let of = list[nth];
        let (joined, left) = (at(of.joined, of), at(of.left, of));
        // Who was there before the first day joined at an unknown time.
        let since = joined.map(written);
        let mut row = json!({
            "contact_id": contact_id(of.number),
            "email_address": {
                "address": of.email(),
                "permission_to_send": if left.is_some() { "unsubscribed" } else { "explicit" },
                "created_at": since,
                "updated_at": left.or(joined).map(written),
                "opt_in_source": "Contact",
                "confirm_status": "off",
            },
            "create_source": "Contact",
            "created_at": since,
            "updated_at": left.or(joined).map(written),
        });
        if let Some(since) = since {
            row["email_address"]["opt_in_date"] = since.into();
        }
        if let Some(left) = left {
            row["email_address"]["opt_out_date"] = written(left).into();
            row["email_address"]["opt_out_source"] = "Contact".into();
        }
        if with_lists {
            row["list_memberships"] = if left.is_some() { json!([]) } else { json!([LIST]) };
        }
        row
    })
}

/// `GET /reports/email_reports/{activity}/tracking/{kind}`: one row for each thing that somebody did, newest first.
pub(super) fn tracking(call: &Call, activity: &str, kind: &str) -> Response<Body> {
    let wish = match Wish::of(call, &EVENTS) {
        Ok(wish) => wish,
        Err(response) => return *response,
    };
    let mails = call.state.newsletters(ACCOUNT);
    let Some(mail) = mails.iter().find(|mail| activity_id(mail) == activity) else { return missing() };
    let now = call.state.counted_at();
    let of = |of: Happening| mail.moments(of, now);
    let people = |count: usize| vec![mail.sent_at; count];
    let recipients = usize::try_from(mail.recipients).unwrap_or(0);
    let moments = match kind {
        "sends" => people(recipients),
        "opens" => of(Happening::Open),
        "unique_opens" => of(Happening::UniqueOpen),
        "clicks" => of(Happening::Click),
        "optouts" => of(Happening::Unsubscribe),
        "forwards" => Vec::new(),
        "didnotopens" => people(recipients - of(Happening::UniqueOpen).len()),
        "bounces" => {
            let mut both = of(Happening::HardBounce);
            both.extend(of(Happening::SoftBounce));
            both
        }
        _ => return missing(),
    };
    let hard = if kind == "bounces" { of(Happening::HardBounce).len() } else { 0 };
    wish.page(call, &EVENTS, "tracking_activities", moments.len(), |nth| {
        let nth = moments.len() - 1 - nth;
        event(call, mail, kind, nth, nth < hard, moments[nth])
    })
}

fn event(call: &Call, mail: &Newsletter, kind: &str, nth: usize, is_hard: bool, at: DateTime<Utc>) -> Value {
    let person = i64::try_from(num::key(nth)).unwrap_or(0) + 1;
    let mut row = json!({
        "contact_id": contact_id(person),
        "campaign_activity_id": activity_id(mail),
        "tracking_activity_type": match kind {
            "sends" => "em_sends",
            "opens" | "unique_opens" => "em_opens",
            "clicks" => "em_clicks",
            "bounces" => "em_bounces",
            "optouts" => "em_optouts",
            _ => "em_didnotopens",
        },
        "created_time": written(at),
        "email_address": format!("reader{person}@list.example"),
    });
    match kind {
        "bounces" => row["bounce_code"] = if is_hard { "B" } else { "D" }.into(),
        "clicks" => row["link_url"] = call.state.world().accounts[ACCOUNT].template.site().into(),
        "optouts" => row["opt_out_reason"] = "".into(),
        _ => {}
    }
    row
}
