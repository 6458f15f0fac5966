//! Campaigns, their reports, and the one automation that welcomes people.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, Problem, invalid, lists, missing, page, written};
use crate::asked::Asked;
use crate::num;
use crate::state::SimulatorState;
use crate::world::mail::{MailResult, Newsletter};
use crate::world::members;

/// Id of the automation, and of its one e-mail.
const WELCOME: &str = "7d3fee6619";
const WELCOME_MAIL: &str = "b2e1aa0001";

/// Id of a campaign that was not sent yet.
const DRAFT: &str = "9f3751b89b";

/// A campaign's id: ten hexadecimal digits in no order.
pub(super) fn id(mail: &Newsletter) -> String {
    // Odd factors map numbers below 2^40 to each other, so that no two ids are equal.
    format!("{:010x}", mail.number.unsigned_abs().wrapping_mul(0x9e_3779_b97f) & 0xff_ffff_ffff)
}

/// The campaign with this id that was sent.
pub(super) fn find(state: &SimulatorState, wanted: &str) -> Option<(Newsletter, MailResult)> {
    let mail = state.newsletters(ACCOUNT).iter().find(|mail| id(mail) == wanted).cloned()?;
    let result = result(state, &mail, state.counted_at());
    Some((mail, result))
}

fn result(state: &SimulatorState, mail: &Newsletter, at: DateTime<Utc>) -> MailResult {
    mail.result(state.world().accounts[ACCOUNT].template.order_value, at)
}

fn share(part: i64, of: i64) -> f64 {
    if of > 0 { num::real(part) / num::real(of) } else { 0.0 }
}

fn money(micros: i64) -> f64 {
    num::real(micros / 10_000) / 100.0
}

/// Written some hours before it was sent.
fn created(mail: &Newsletter) -> DateTime<Utc> {
    mail.sent_at - TimeDelta::hours(15)
}

/// The campaigns that a call wants, in its order.
fn chosen(state: &SimulatorState, asked: &Asked) -> Result<Vec<Newsletter>, Problem> {
    let bound = |name: &str| match asked.get(name) {
        None => Ok(None),
        Some(_) => asked
            .moment(name)
            .map(Some)
            .ok_or_else(|| invalid(format!("{name}: This value is not a valid datetime."))),
    };
    let (sent_since, sent_before) = (bound("since_send_time")?, bound("before_send_time")?);
    let (made_since, made_before) = (bound("since_create_time")?, bound("before_create_time")?);
    let within = |at: DateTime<Utc>, since: Option<DateTime<Utc>>, before: Option<DateTime<Utc>>| {
        since.is_none_or(|since| at >= since) && before.is_none_or(|before| at < before)
    };
    let is_asked = |mail: &&Newsletter| {
        within(mail.sent_at, sent_since, sent_before)
            && within(created(mail), made_since, made_before)
            && asked.get("list_id").is_none_or(|id| id == lists::ID)
            && asked.get("type").is_none_or(|kind| kind == "regular")
    };
    let all = state.newsletters(ACCOUNT);
    let mut list: Vec<_> = all.iter().filter(is_asked).cloned().collect();
    if asked.get("sort_dir").is_none_or(|dir| dir != "ASC") {
        list.reverse();
    }
    Ok(list)
}

/// `GET /campaigns`.
pub(super) fn campaigns(state: &SimulatorState, asked: &Asked) -> Result<Value, Problem> {
    let mut list: Vec<_> = match asked.get("status") {
        None | Some("sent") => chosen(state, asked)?.iter().map(|mail| campaign_of(state, mail)).collect(),
        Some("save" | "paused" | "schedule" | "sending" | "canceled" | "canceling" | "archived") => {
            Vec::new()
        }
        Some(other) => return Err(invalid(format!("status: {other} is not one of the possible values."))),
    };
    let bounded = ["since_send_time", "before_send_time", "since_create_time", "before_create_time"];
    let is_bounded = bounded.iter().any(|name| asked.get(name).is_some());
    if !is_bounded && asked.get("status").is_none_or(|status| status == "save") {
        list.push(draft(state));
    }
    page(asked, "campaigns", list.len(), |at| list[at].clone())
}

/// `GET /campaigns/{id}`.
pub(super) fn campaign(state: &SimulatorState, wanted: &str) -> Result<Value, Problem> {
    if wanted == DRAFT {
        return Ok(draft(state));
    }
    let (mail, _) = find(state, wanted).ok_or_else(missing)?;
    Ok(campaign_of(state, &mail))
}

fn draft(state: &SimulatorState) -> Value {
    json!({
        "id": DRAFT,
        "web_id": 4_746_122,
        "type": "regular",
        "create_time": written(Some(state.world().first_day.and_time(chrono::NaiveTime::MIN).and_utc())),
        "status": "save",
        "emails_sent": 0,
        "send_time": "",
        "content_type": "template",
        "recipients": {"list_id": lists::ID, "list_is_active": true, "list_name": lists::name(state)},
        "settings": {"subject_line": "", "title": "Ideas", "from_name": state.world().accounts[ACCOUNT].name},
    })
}

fn campaign_of(state: &SimulatorState, mail: &Newsletter) -> Value {
    let of = result(state, mail, state.counted_at());
    json!({
        "id": id(mail),
        "web_id": 4_000_000 + mail.number,
        "type": "regular",
        "create_time": written(Some(created(mail))),
        "archive_url": format!("http://eepurl.com/{}", id(mail)),
        "status": "sent",
        "emails_sent": of.sent,
        "send_time": written(Some(mail.sent_at)),
        "content_type": "template",
        "resendable": true,
        "recipients": {
            "list_id": lists::ID,
            "list_is_active": true,
            "list_name": lists::name(state),
            "segment_text": "",
            "recipient_count": of.sent,
        },
        "settings": {
            "subject_line": mail.subject,
            "title": mail.name,
            "from_name": state.world().accounts[ACCOUNT].name,
            "reply_to": "hello@demo.example",
        },
        "tracking": {"opens": true, "html_clicks": true, "ecomm360": true, "google_analytics": mail.utm},
        "report_summary": summary(state, &of),
    })
}

fn summary(state: &SimulatorState, of: &MailResult) -> Value {
    json!({
        "opens": of.opens,
        "unique_opens": of.unique_opens,
        "open_rate": share(of.unique_opens, of.sent - of.hard_bounces - of.soft_bounces),
        "clicks": of.clicks,
        "subscriber_clicks": of.unique_clicks,
        "click_rate": share(of.unique_clicks, of.sent - of.hard_bounces - of.soft_bounces),
        "ecommerce": shop(state, of),
    })
}

fn shop(state: &SimulatorState, of: &MailResult) -> Value {
    json!({
        "total_orders": of.orders,
        // With tax and postage.
        "total_spent": money(of.revenue_micros / 100 * 119),
        "total_revenue": money(of.revenue_micros),
        "currency_code": state.world().accounts[ACCOUNT].template.currency,
    })
}

/// `GET /reports`.
pub(super) fn reports(state: &SimulatorState, asked: &Asked) -> Result<Value, Problem> {
    let list = chosen(state, asked)?;
    page(asked, "reports", list.len(), |at| report_of(state, &list[at]))
}

/// `GET /reports/{id}`: of a campaign, or of an automation's e-mail.
pub(super) fn report(state: &SimulatorState, wanted: &str) -> Result<Value, Problem> {
    if wanted == WELCOME_MAIL {
        return Ok(welcome_report(state));
    }
    let (mail, _) = find(state, wanted).ok_or_else(missing)?;
    Ok(report_of(state, &mail))
}

fn report_of(state: &SimulatorState, mail: &Newsletter) -> Value {
    let now = state.counted_at();
    let of = result(state, mail, now);
    let delivered = of.sent - of.hard_bounces - of.soft_bounces;
    let people = of.unique_opens - of.proxied_opens;
    let last = Some(now.min(mail.sent_at + TimeDelta::days(20)));
    let hour = |nth: i64| {
        let begin = mail.sent_at + TimeDelta::hours(nth);
        let (from, to) = (result(state, mail, begin), result(state, mail, begin + TimeDelta::hours(1)));
        json!({
            "timestamp": written(Some(begin)),
            "emails_sent": if nth == 0 { of.sent } else { 0 },
            "unique_opens": to.unique_opens - from.unique_opens,
            "proxy_excluded_unique_opens": to.unique_opens - to.proxied_opens - from.unique_opens + from.proxied_opens,
            "recipients_clicks": to.unique_clicks - from.unique_clicks,
        })
    };
    let hours = (0..24).take_while(|nth| mail.sent_at + TimeDelta::hours(nth + 1) <= now);
    json!({
        "id": id(mail),
        "campaign_title": mail.name,
        "type": "regular",
        "list_id": lists::ID,
        "list_is_active": true,
        "list_name": lists::name(state),
        "subject_line": mail.subject,
        "preview_text": "",
        "emails_sent": of.sent,
        "abuse_reports": of.complaints,
        "unsubscribed": of.unsubscribes,
        "send_time": written(Some(mail.sent_at)),
        "bounces": {"hard_bounces": of.hard_bounces, "soft_bounces": of.soft_bounces, "syntax_errors": 0},
        "forwards": {"forwards_count": 0, "forwards_opens": 0},
        "opens": {
            "opens_total": of.opens,
            "proxy_excluded_opens": num::mul_div(of.opens, people, of.unique_opens),
            "unique_opens": of.unique_opens,
            "proxy_excluded_unique_opens": people,
            "open_rate": share(of.unique_opens, delivered),
            "proxy_excluded_open_rate": share(people, delivered),
            "last_open": written(last.filter(|_| of.opens > 0)),
        },
        "clicks": {
            "clicks_total": of.clicks,
            // Who clicked on two links counts twice here.
            "unique_clicks": of.unique_clicks + (of.clicks - of.unique_clicks) / 2,
            "unique_subscriber_clicks": of.unique_clicks,
            "click_rate": share(of.unique_clicks, delivered),
            "last_click": written(last.filter(|_| of.clicks > 0)),
        },
        "list_stats": {"sub_rate": 4.1, "unsub_rate": 1.2, "open_rate": 35.8, "click_rate": 3.1},
        "timeseries": hours.map(hour).collect::<Vec<_>>(),
        "ecommerce": shop(state, &of),
        "delivery_status": {"enabled": false},
    })
}

/// What has come of the e-mail that welcomes those who join.
fn welcome(state: &SimulatorState) -> MailResult {
    members::welcome(&state.list_days(ACCOUNT))
}

fn welcome_report(state: &SimulatorState) -> Value {
    let of = welcome(state);
    json!({
        "id": WELCOME_MAIL,
        "campaign_title": "Welcome",
        "type": "automation",
        "list_id": lists::ID,
        "list_name": lists::name(state),
        "subject_line": "Welcome",
        "emails_sent": of.sent,
        "abuse_reports": 0,
        "unsubscribed": of.unsubscribes,
        "send_time": "",
        "bounces": {"hard_bounces": of.hard_bounces, "soft_bounces": of.soft_bounces, "syntax_errors": 0},
        "opens": {
            "opens_total": of.opens,
            "unique_opens": of.unique_opens,
            "proxy_excluded_unique_opens": of.unique_opens - of.proxied_opens,
            "last_open": "",
        },
        "clicks": {
            "clicks_total": of.clicks,
            "unique_clicks": of.clicks,
            "unique_subscriber_clicks": of.unique_clicks,
            "last_click": "",
        },
        "timeseries": [],
    })
}

/// `GET /automations`.
pub(super) fn automations(state: &SimulatorState, asked: &Asked) -> Result<Value, Problem> {
    let row = json!({
        "id": WELCOME,
        "create_time": "2024-05-21T19:14:04+00:00",
        "start_time": "2024-05-22T06:00:00+00:00",
        "status": "sending",
        "emails_sent": welcome(state).sent,
        "recipients": {"list_id": lists::ID, "list_is_active": true, "list_name": lists::name(state)},
        "settings": {"title": "Welcome", "from_name": state.world().accounts[ACCOUNT].name},
        "trigger_settings": {"workflow_type": "singleWelcome", "workflow_emails_count": 1},
        "report_summary": summary(state, &welcome(state)),
    });
    let is_later = asked.moment("since_create_time").is_some_and(|since| since.timestamp() > 1_716_318_844);
    page(asked, "automations", usize::from(!is_later), |_| row.clone())
}

/// `GET /automations/{id}/emails`.
pub(super) fn automation_emails(
    state: &SimulatorState,
    asked: &Asked,
    wanted: &str,
) -> Result<Value, Problem> {
    if wanted != WELCOME {
        return Err(missing());
    }
    let row = json!({
        "id": WELCOME_MAIL,
        "workflow_id": WELCOME,
        "position": 1,
        "create_time": "2024-05-21T19:14:04+00:00",
        "start_time": "2024-05-22T06:00:00+00:00",
        "status": "sending",
        "emails_sent": welcome(state).sent,
        // It is sent on every day, so no day is the one of its sending.
        "send_time": "",
        "settings": {"subject_line": "Welcome", "title": "Welcome"},
        "report_summary": summary(state, &welcome(state)),
    });
    page(asked, "emails", 1, |_| row.clone())
}
