//! E-mail campaigns and what they are made of.

use axum::body::Body;
use axum::http::Response;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{ACCOUNT, Pages, Wish, missing, ok, written};
use crate::asked::Call;
use crate::world::mail::Newsletter;

/// Up to 500 campaigns on a page.
const PAGES: Pages = Pages { usual: 50, most: 500, host: "" };

/// Id of the campaign that is not sent yet.
const DRAFT: &str = "00000001-9d2a-4b6e-8f10-4a5b6c7d8e9f";

/// A campaign's id.
pub(super) fn id(mail: &Newsletter) -> String {
    let digits = mail.number.unsigned_abs();
    format!("{:08x}-9d2a-4b6e-8f10-{digits:012}", digits.wrapping_mul(2_654_435_761) & 0xffff_ffff)
}

/// The id of its e-mail.
pub(super) fn activity_id(mail: &Newsletter) -> String {
    let digits = mail.number.unsigned_abs();
    format!("{:08x}-17c4-4e0b-9a35-{digits:012}", digits.wrapping_mul(2_246_822_519) & 0xffff_ffff)
}

fn row(mail: &Newsletter) -> Value {
    json!({
        "campaign_id": id(mail),
        "name": mail.name,
        "current_status": "Done",
        "type": "NEWSLETTER",
        "type_code": 10,
        "created_at": written(mail.sent_at - TimeDelta::hours(20)),
        "updated_at": written(mail.sent_at + TimeDelta::minutes(4)),
    })
}

fn draft(call: &Call) -> Value {
    let now = call.state.counted_at();
    json!({
        "campaign_id": DRAFT,
        "name": "Ideas",
        "current_status": "Draft",
        "type": "NEWSLETTER",
        "type_code": 10,
        "created_at": written(now - TimeDelta::days(1)),
        "updated_at": written(now - TimeDelta::hours(3)),
    })
}

/// `GET /emails`, newest first.
pub(super) fn list(call: &Call) -> Response<Body> {
    let wish = match Wish::of(call, &PAGES) {
        Ok(wish) => wish,
        Err(response) => return *response,
    };
    let (after, before) = match (wish.moment("after_date"), wish.moment("before_date")) {
        (Ok(after), Ok(before)) => (after, before),
        (Err(response), _) | (_, Err(response)) => return *response,
    };
    let within = |at| after.is_none_or(|after| at >= after) && before.is_none_or(|before| at <= before);
    let mails = call.state.newsletters(ACCOUNT);
    let mut rows = Vec::new();
    if within(call.state.counted_at() - TimeDelta::hours(3)) {
        rows.push(draft(call));
    }
    let sent = mails.iter().rev().filter(|mail| within(mail.sent_at + TimeDelta::minutes(4)));
    rows.extend(sent.map(row));
    wish.page(call, &PAGES, "campaigns", rows.len(), |at| rows[at].clone())
}

/// `GET /emails/{campaign_id}`.
pub(super) fn one(call: &Call, wanted: &str) -> Response<Body> {
    let mails = call.state.newsletters(ACCOUNT);
    if wanted == DRAFT {
        return ok(&call.row(draft(call)));
    }
    let Some(mail) = mails.iter().find(|mail| id(mail) == wanted) else { return missing() };
    let activity = activity_id(mail);
    let mut row = row(mail);
    row["campaign_activities"] = json!([
        {"campaign_activity_id": activity, "role": "primary_email"},
        {"campaign_activity_id": activity.replacen("17c4", "17c5", 1), "role": "permalink"},
    ]);
    ok(&call.row(row))
}
