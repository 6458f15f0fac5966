//! What has come of campaigns. Texts in the summaries, numbers in the statistics.

use axum::body::Body;
use axum::http::Response;
use serde_json::{Map, Value, json};

use super::campaigns::{activity_id, id};
use super::{ACCOUNT, Pages, Wish, bad, missing, ok, written};
use crate::asked::Call;
use crate::num;
use crate::world::mail::{MailResult, Newsletter};

/// Up to 500 summaries on a page.
const PAGES: Pages = Pages { usual: 50, most: 500, host: "" };

/// E-mails of one call for statistics.
const ACTIVITIES: usize = 10;

fn result(call: &Call, mail: &Newsletter) -> MailResult {
    mail.result(call.state.world().accounts[ACCOUNT].template.order_value, call.state.counted_at())
}

fn percent(part: i64, of: i64) -> f64 {
    if of > 0 { num::real(part * 10_000 / of) / 100.0 } else { 0.0 }
}

/// `GET /reports/summary_reports/email_campaign_summaries`, newest first.
pub(super) fn summaries(call: &Call) -> Response<Body> {
    let wish = match Wish::of(call, &PAGES) {
        Ok(wish) => wish,
        Err(response) => return *response,
    };
    let (start, end) = match (wish.moment("start"), wish.moment("end")) {
        (Ok(start), Ok(end)) => (start, end),
        (Err(response), _) | (_, Err(response)) => return *response,
    };
    let mails = call.state.newsletters(ACCOUNT);
    let within = |mail: &&Newsletter| {
        start.is_none_or(|start| mail.sent_at >= start) && end.is_none_or(|end| mail.sent_at <= end)
    };
    let list: Vec<_> = mails.iter().rev().filter(within).collect();
    wish.page(call, &PAGES, "bulk_email_campaign_summaries", list.len(), |at| {
        let of = result(call, list[at]);
        let bounces = of.hard_bounces + of.soft_bounces;
        let text = |count: i64| count.to_string();
        json!({
            "campaign_id": id(list[at]),
            "campaign_type": "NEWSLETTER",
            "last_sent_date": written(list[at].sent_at),
            "unique_counts": {
                "sends": text(of.sent),
                "opens": text(of.unique_opens),
                "clicks": text(of.unique_clicks),
                "forwards": "0",
                "optouts": text(of.unsubscribes),
                "abuse": text(of.complaints),
                "bounces": text(bounces),
                "not_opened": text((of.sent - bounces - of.unique_opens).max(0)),
            },
        })
    })
}

/// Which kind of statistics: their keys are spelled differently.
#[derive(Clone, Copy)]
enum Spelling {
    Campaign,
    Activity,
}

fn stats(of: &MailResult, spelling: Spelling) -> Value {
    let bounces = of.hard_bounces + of.soft_bounces;
    let mut stats = Map::new();
    let mut put = |name: &str, count: i64| {
        let name = match spelling {
            Spelling::Campaign => name.replace('.', "_"),
            Spelling::Activity => name.to_owned(),
        };
        stats.insert(name, count.into());
    };
    put("em_sends", of.sent);
    put("em_opens", of.unique_opens);
    put("em_opens.all", of.opens);
    put("em_opens.all.mobile", of.opens / 2);
    put("em_opens.all.computer", of.opens - of.opens / 2);
    put("em_clicks", of.unique_clicks);
    put("em_clicks.all", of.clicks);
    put("em_clicks.all.mobile", of.clicks / 2);
    put("em_clicks.all.computer", of.clicks - of.clicks / 2);
    put("em_bounces", bounces);
    put("em_optouts", of.unsubscribes);
    put("em_forwards", 0);
    put("em_abuse", of.complaints);
    put("em_not_opened", (of.sent - bounces - of.unique_opens).max(0));
    // The reasons have no dots in either spelling.
    for (name, count) in [
        ("em_bounces_nonexist_address", of.hard_bounces - of.hard_bounces / 4),
        ("em_bounces_undeliverable", of.hard_bounces / 4),
        ("em_bounces_blocked", of.soft_bounces / 2),
        ("em_bounces_mailbox_full", of.soft_bounces - of.soft_bounces / 2),
        ("em_bounces_suspended", 0),
        ("em_bounces_vacation", 0),
        ("em_bounces_other", 0),
    ] {
        stats.insert(name.to_owned(), count.into());
    }
    stats.into()
}

fn row(call: &Call, name: &str, id: &str, mail: &Newsletter, spelling: Spelling) -> Value {
    let of = result(call, mail);
    let delivered = of.sent - of.hard_bounces - of.soft_bounces;
    call.row(json!({
        name: id,
        "stats": stats(&of, spelling),
        "percents": {
            "opens": percent(of.unique_opens, delivered),
            "clicks": percent(of.unique_clicks, delivered),
            "bounces": percent(of.hard_bounces + of.soft_bounces, of.sent),
        },
        "last_refresh_time": written(call.state.counted_at()),
    }))
}

/// Statistics of some; one that is unknown fails all of them.
fn of_some(
    call: &Call,
    ids: &str,
    name: &str,
    id_of: fn(&Newsletter) -> String,
    spelling: Spelling,
) -> Response<Body> {
    let mails = call.state.newsletters(ACCOUNT);
    let ids = ids.replace("%2C", ",");
    let find = |id: &str| {
        let mail = mails.iter().find(|mail| id_of(mail) == id)?;
        Some(row(call, name, id, mail, spelling))
    };
    match ids.split(',').map(find).collect::<Option<Vec<_>>>() {
        Some(rows) => ok(&json!({"results": rows, "errors": []})),
        None => missing(),
    }
}

/// `GET /reports/stats/email_campaigns/{ids}`.
pub(super) fn of_campaigns(call: &Call, ids: &str) -> Response<Body> {
    of_some(call, ids, "campaign_id", id, Spelling::Campaign)
}

/// `GET /reports/stats/email_campaign_activities/{ids}`.
pub(super) fn of_activities(call: &Call, ids: &str) -> Response<Body> {
    if ids.replace("%2C", ",").split(',').count() > ACTIVITIES {
        return bad("Statistics of at most 10 campaign activities can be asked for.");
    }
    of_some(call, ids, "campaign_activity_id", activity_id, Spelling::Activity)
}

/// `GET /reports/email_reports/{activity}/links`.
pub(super) fn links(call: &Call, activity: &str) -> Response<Body> {
    let mails = call.state.newsletters(ACCOUNT);
    let Some(mail) = mails.iter().find(|mail| activity_id(mail) == activity) else { return missing() };
    let url = format!("{}?utm_campaign={}", call.state.world().accounts[ACCOUNT].template.site(), mail.utm);
    let of = result(call, mail);
    ok(&json!({
        "campaign_activity_id": activity,
        "link_click_counts": [call.row(json!({
            "link_url": url,
            "url_id": format!("{}", mail.number),
            "unique_clicks": of.unique_clicks,
            "list_action": "none",
        }))],
    }))
}
