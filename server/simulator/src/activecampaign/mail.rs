//! Campaigns, the automation and the list. All numbers are texts, and all figures those of a lifetime.

use axum::body::Body;
use axum::http::Response;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, HOST, listed, missing, no_route, ok, written};
use crate::asked::Call;
use crate::num;
use crate::world::mail::{MailResult, Newsletter};
use crate::world::members;

/// Id of the automation that greets who joins.
pub(super) const WELCOME: &str = "7";

/// Id of its e-mail, below those of all others.
const WELCOME_MAIL: &str = "31";

/// Id of the one list.
pub(super) const LIST: &str = "2";

/// Newsletters count from here.
const FIRST: usize = 101;

/// No moment.
const UNSET: &str = "0000-00-00 00:00:00";

fn id(nth: usize) -> String {
    (FIRST + nth).to_string()
}

/// All campaigns by id: the automation's, those that were sent, and one that is not.
pub(super) fn campaigns(call: &Call) -> Vec<Value> {
    let (mails, now) = (call.state.newsletters(ACCOUNT), call.state.counted_at());
    let value = call.state.world().accounts[ACCOUNT].template.order_value;
    let mut rows = vec![welcome_mail(call)];
    rows.extend(
        mails.iter().enumerate().map(|(nth, mail)| sent(call, &id(nth), mail, &mail.result(value, now))),
    );
    let mut draft = row(call, &id(mails.len()), "Ideas", now - TimeDelta::days(1), &MailResult::default());
    draft["status"] = "0".into();
    draft["sdate"] = Value::Null;
    draft["ldate"] = UNSET.into();
    rows.push(draft);
    rows
}

fn sent(call: &Call, id: &str, mail: &Newsletter, of: &MailResult) -> Value {
    let mut row = row(call, id, &mail.name, mail.sent_at - TimeDelta::hours(20), of);
    row["sdate"] = written(call, mail.sent_at).into();
    row["ldate"] = written(call, mail.sent_at + TimeDelta::minutes(4)).into();
    row["mdate"] = written(call, mail.sent_at).into();
    row["analytics_campaign_name"] = mail.utm.as_str().into();
    if call.state.counted_at() < mail.sent_at + TimeDelta::minutes(4) {
        row["status"] = "2".into();
    }
    row
}

/// The e-mail of the automation; it goes out on every day.
pub(super) fn welcome_mail(call: &Call) -> Value {
    let of = members::welcome(&call.state.list_days(ACCOUNT));
    let begun = begun(call);
    let mut row = row(call, WELCOME_MAIL, "Bienvenida", begun, &of);
    row["type"] = "responder".into();
    row["automation"] = WELCOME.into();
    row["seriesid"] = WELCOME.into();
    row["sdate"] = written(call, begun).into();
    row
}

fn begun(call: &Call) -> DateTime<Utc> {
    call.state.world().first_day.and_hms_opt(9, 0, 0).unwrap_or_default().and_utc()
}

fn row(call: &Call, id: &str, name: &str, created_at: DateTime<Utc>, of: &MailResult) -> Value {
    let text = |count: i64| count.to_string();
    json!({
        "type": "single",
        "userid": "1",
        "segmentid": "0",
        "name": name,
        "cdate": written(call, created_at),
        "mdate": written(call, created_at),
        "sdate": null,
        "ldate": null,
        "send_amt": text(of.sent),
        "total_amt": text(of.sent),
        "opens": text(of.opens),
        "uniqueopens": text(of.unique_opens),
        "verified_opens": text(num::mul_div(of.opens, of.unique_opens - of.proxied_opens, of.unique_opens)),
        "verified_unique_opens": text(of.unique_opens - of.proxied_opens),
        "linkclicks": text(of.clicks),
        // Who clicked on two links counts twice here.
        "uniquelinkclicks": text(of.unique_clicks + (of.clicks - of.unique_clicks) / 2),
        "subscriberclicks": text(of.unique_clicks),
        "forwards": "0",
        "uniqueforwards": "0",
        "hardbounces": text(of.hard_bounces),
        "softbounces": text(of.soft_bounces),
        "unsubscribes": text(of.unsubscribes),
        "unsubreasons": "0",
        "updates": "0",
        "socialshares": "0",
        "replies": "0",
        "uniquereplies": "0",
        "status": "5",
        "public": "1",
        "mailer_log_file": "4",
        "tracklinks": "all",
        "trackreads": "1",
        "automation": null,
        "seriesid": null,
        "analytics_campaign_name": "",
        "links": {"campaignLists": format!("{HOST}/api/3/campaigns/{id}/campaignLists")},
        "id": id,
    })
}

/// What hangs on a campaign.
pub(super) fn below(call: &Call, id: &str, what: &str) -> Response<Body> {
    let Some(campaign) = campaigns(call).into_iter().find(|row| row["id"] == id) else {
        return missing("campaign", id);
    };
    let row = match what {
        "campaignLists" => json!({"campaignid": id, "listid": LIST, "list": LIST, "campaign": id, "id": id}),
        "links" => json!({
            "campaignid": id,
            "messageid": id,
            "name": "",
            "link": call.state.world().accounts[ACCOUNT].template.site(),
            "tracked": "1",
            "campaign": id,
            "linkclicks": campaign["linkclicks"],
            "uniquelinkclicks": campaign["uniquelinkclicks"],
            "id": id,
        }),
        // The shop is not connected to the account.
        "aggregateRevenues" => return ok(&json!({"aggregateRevenues": []})),
        _ => return no_route(),
    };
    listed(call, what, vec![row])
}

/// The one automation.
pub(super) fn automations(call: &Call) -> Vec<Value> {
    let entered = members::welcome(&call.state.list_days(ACCOUNT)).sent.to_string();
    let begun = written(call, begun(call));
    vec![json!({
        "name": "Serie de bienvenida",
        "cdate": begun,
        "mdate": begun,
        "userid": "1",
        "status": "1",
        "entered": entered,
        "exited": entered,
        "hidden": "0",
        "links": {"campaigns": format!("{HOST}/api/3/automations/{WELCOME}/campaigns")},
        "id": WELCOME,
    })]
}

/// The one list.
pub(super) fn lists(call: &Call) -> Vec<Value> {
    let level = call.state.list_days(ACCOUNT).last().map_or(0, |(_, day)| day.level).to_string();
    vec![json!({
        "stringid": "boletin",
        "userid": "1",
        "name": "Boletín",
        "cdate": written(call, begun(call)),
        "udate": written(call, call.state.counted_at()),
        "deletestamp": null,
        "private": "0",
        "subscription_notify": "",
        "active_subscribers": level,
        "non_deleted_subscribers": level,
        "id": LIST,
    })]
}
