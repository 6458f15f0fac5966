//! The business unit's records by object.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, local, ok, said};
use crate::asked::Call;
use crate::num;
use crate::state::SimulatorState;
use crate::world::leads::{Lead, Stage};
use crate::world::mail::Newsletter;

/// One record.
pub(super) struct Record {
    pub(super) id: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) row: Value,
}

/// One click in a list e-mail.
pub(super) struct Click {
    pub(super) id: i64,
    pub(super) at: DateTime<Utc>,
    pub(super) prospect: i64,
    pub(super) url: String,
    pub(super) list_email: i64,
}

/// All of it as of the last count.
#[derive(Default)]
pub(super) struct Unit {
    pub(super) objects: BTreeMap<&'static str, Vec<Record>>,
    pub(super) clicks: Vec<Click>,
}

/// Hours after a sending in which clicks still come.
const HOURS: i64 = 24 * 10;

/// Forms: who came by an ad sees the first.
const FORMS: [&str; 2] = ["Request a fitting", "Contact us"];

fn small(number: i64) -> i64 {
    number.rem_euclid(1_000_000_000)
}

fn campaign_id(lead: &Lead) -> i64 {
    let is_one = matches!(lead.utm.1, "cpc" | "paid_social" | "email");
    if is_one {
        lead.utm.2.bytes().fold(101, |sum, byte| (sum * 131 + i64::from(byte)) % 9_999_991)
    } else {
        54
    }
}

fn form_id(lead: &Lead) -> i64 {
    if matches!(lead.utm.1, "cpc" | "paid_social") { 3 } else { 4 }
}

/// All records of the unit.
pub(super) fn unit(state: &SimulatorState) -> Arc<Unit> {
    let at = state.counted_at();
    let leads = state.leads(ACCOUNT);
    let mails = state.newsletters(ACCOUNT);
    state.memo(("pardot", ACCOUNT, at.timestamp()), |world| {
        let template = world.accounts[ACCOUNT].template;
        let settled = world.first_day.and_time(NaiveTime::MIN).and_utc();
        let mut unit = Unit::default();
        let mut campaigns = BTreeMap::from([(54, ("Website Tracking", settled))]);
        for lead in leads.iter() {
            campaigns.entry(campaign_id(lead)).or_insert((&lead.utm.2, lead.created_at));
            unit.add_lead(state, lead, at);
        }
        for (id, (name, made_at)) in campaigns {
            let row = json!({"name": name, "isDeleted": false, "folderId": 1, "cost": null, "parentCampaignId": null,
                             "createdById": 1, "updatedById": 1, "salesforceId": null});
            unit.add(state, "campaigns", id, (made_at, made_at), row);
        }
        for mail in mails.iter() {
            let row = json!({"name": mail.name, "campaignId": 54, "subject": mail.subject, "isSent": true,
                             "isPaused": false, "isDeleted": false, "isOperational": false, "type": "html",
                             "sentAt": local(state, mail.sent_at)});
            unit.add(state, "list-emails", mail.number, (mail.sent_at - TimeDelta::hours(20), mail.sent_at), row);
            unit.clicks.extend(clicks(mail, template.order_value, at, &leads, &template.site()));
        }
        for (id, name) in [(11, "All enquiries"), (12, "Ready for sales")] {
            let row = json!({"name": name, "title": name, "isDeleted": false, "isDynamic": false, "campaignId": 54});
            unit.add(state, "lists", id, (settled, settled), row);
        }
        for (id, name) in (3..).zip(FORMS) {
            let row = json!({"name": name, "campaignId": 54, "isDeleted": false});
            unit.add(state, "forms", id, (settled, settled), row);
        }
        for (id, topic) in (21..).zip(&template.topics) {
            let row = json!({"name": topic.name, "campaignId": 54, "isDeleted": false});
            unit.add(state, "landing-pages", id, (settled, settled), row);
        }
        unit
    })
}

impl Unit {
    fn add(
        &mut self,
        state: &SimulatorState,
        object: &'static str,
        id: i64,
        (created_at, updated_at): (DateTime<Utc>, DateTime<Utc>),
        mut row: Value,
    ) {
        row["id"] = id.into();
        row["createdAt"] = local(state, created_at).into();
        row["updatedAt"] = local(state, updated_at).into();
        self.objects.entry(object).or_default().push(Record { id, created_at, updated_at, row });
    }

    fn add_lead(&mut self, state: &SimulatorState, lead: &Lead, at: DateTime<Utc>) {
        let prospect = small(lead.number);
        let row = json!({
            "email": lead.email, "score": if lead.mql_at.is_some() { 120 } else { 35 }, "grade": "B",
            "campaignId": campaign_id(lead), "source": lead.utm.0, "optedOut": false, "isDeleted": false,
            "salesforceLeadId": null, "salesforceContactId": null, "lastActivityAt": local(state, lead.changed_at),
            "firstAssignedAt": lead.mql_at.map(|at| local(state, at)),
        });
        if let Some(second) = lead.second_entry(at) {
            let mut row = row.clone();
            row["isDeleted"] = true.into();
            row["firstAssignedAt"] = Value::Null;
            self.add(state, "prospects", small(second.number), (second.created_at, second.deleted_at), row);
        }
        self.add(state, "prospects", prospect, (lead.created_at, lead.changed_at), row);
        self.add_activity(state, lead, 0, (4, "Form"), lead.created_at);
        for (nth, (list, entered)) in (0..).zip([(11, Some(lead.created_at)), (12, lead.sql_at)]) {
            let Some(entered) = entered else { continue };
            let row = json!({"listId": list, "prospectId": prospect, "optedOut": false, "isDeleted": false});
            self.add(state, "list-memberships", prospect * 2 + nth, (entered, entered), row);
        }
        let Some(deal) = &lead.deal else { return };
        let (last, ended_at) = deal.moves[deal.moves.len() - 1];
        let status = match last {
            Stage::Won => "Won",
            Stage::Lost => "Lost",
            _ => "Open",
        };
        let row = json!({
            "name": deal.name, "value": num::real(deal.amount_cents) / 100.0, "probability": last.probability(),
            "type": null, "stage": format!("{last:?}"), "status": status,
            "closedAt": (status != "Open").then(|| local(state, ended_at)), "campaignId": campaign_id(lead),
            "salesforceId": null,
        });
        self.add(state, "opportunities", small(deal.number), (deal.moves[0].1, ended_at), row);
        self.add_activity(state, lead, 1, (8, "Opportunity"), deal.moves[0].1);
        match last {
            Stage::Won => self.add_activity(state, lead, 2, (9, "Opportunity"), ended_at),
            Stage::Lost => self.add_activity(state, lead, 2, (10, "Opportunity"), ended_at),
            _ => {}
        }
    }

    fn add_activity(
        &mut self,
        state: &SimulatorState,
        lead: &Lead,
        nth: i64,
        (kind, name): (i64, &str),
        at: DateTime<Utc>,
    ) {
        let form = (kind == 4).then(|| form_id(lead));
        let row = json!({
            "prospectId": small(lead.number), "visitorId": small(lead.number), "type": kind, "typeName": name,
            "details": form.map_or("", |id| FORMS[usize::from(id == 4)]), "campaignId": campaign_id(lead),
            "emailId": null, "listEmailId": null, "formId": form, "landingPageId": null,
            "opportunityId": (kind != 4).then(|| small(lead.number)),
        });
        self.add(state, "visitor-activities", small(lead.number) * 4 + nth, (at, at), row);
    }
}

/// Clicks in an e-mail by the hour, made by prospects in turn.
fn clicks(mail: &Newsletter, value: f64, now: DateTime<Utc>, leads: &[Lead], site: &str) -> Vec<Click> {
    let mut list = Vec::new();
    let mut before = 0;
    for hour in 1..=HOURS {
        let end = mail.sent_at + TimeDelta::hours(hour);
        let so_far = mail.result(value, end.min(now)).clicks;
        for nth in before..so_far {
            let at = end - TimeDelta::minutes(1 + nth % 59);
            let lead = leads.get(usize::try_from(nth * 7 + mail.number).unwrap_or(0) % leads.len().max(1));
            list.push(Click {
                id: mail.number * 10_000 + nth,
                at: at.min(now),
                prospect: lead.map_or(1, |lead| small(lead.number)),
                url: format!("{site}/?utm_source=newsletter&utm_medium=email&utm_campaign={}", mail.utm),
                list_email: mail.number,
            });
        }
        before = so_far;
        if end >= now {
            break;
        }
    }
    list
}

/// `GET /api/v5/objects/list-emails/{id}/stats`.
pub(super) fn stats(call: &Call, id: &str) -> Response<Body> {
    let mails = call.state.newsletters(ACCOUNT);
    let Some(mail) = mails.iter().find(|mail| mail.number.to_string() == id) else {
        let message = "Could not find the requested object or it has no statistics.";
        return said(StatusCode::BAD_REQUEST, 109, message);
    };
    let value = call.state.world().accounts[ACCOUNT].template.order_value;
    let result = mail.result(value, call.state.counted_at());
    let delivered = result.sent - result.hard_bounces - result.soft_bounces;
    let share =
        |part: i64, whole: i64| (num::real(part) / num::real(whole.max(1)) * 10_000.0).round() / 100.0;
    ok(&call.row(json!({
        "listEmailId": mail.number, "sent": result.sent, "delivered": delivered, "opens": result.opens,
        "uniqueOpens": result.unique_opens, "totalClicks": result.clicks, "uniqueClicks": result.unique_clicks,
        "optOuts": result.unsubscribes, "hardBounced": result.hard_bounces, "softBounced": result.soft_bounces,
        "spamComplaints": result.complaints, "deliveryRate": share(delivered, result.sent),
        "opensRate": share(result.unique_opens, delivered),
        "clickThroughRate": share(result.unique_clicks, delivered),
        "optOutRate": share(result.unsubscribes, delivered),
    })))
}
