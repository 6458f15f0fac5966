//! Deals, the stages that they go through, and each change of them.

use axum::body::Body;
use axum::http::Response;
use chrono::{DateTime, Days, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, Wish, iso, not_found, plain, small, user_id};
use crate::asked::Call;
use crate::num;
use crate::vendor;
use crate::world::leads::{Deal, Lead, Stage};

/// The stages of the one pipeline. Won and lost are no stages here.
const STAGES: [(i64, Stage, &str); 3] = [
    (1, Stage::Qualified, "Qualified"),
    (2, Stage::Proposal, "Proposal Made"),
    (3, Stage::Negotiation, "Negotiations Started"),
];

/// Days for which deleted deals are listed.
const BIN_DAYS: u64 = 30;

/// A deal as it stands.
struct Held<'a> {
    lead: &'a Lead,
    deal: &'a Deal,
    id: i64,
    added_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    status: &'static str,
    archived_at: Option<DateTime<Utc>>,
}

impl Held<'_> {
    /// Whose end has come stays in the stage in which it was.
    fn stage(&self) -> i64 {
        let known = |of: Stage| STAGES.iter().find(|(_, stage, _)| *stage == of).map(|(id, ..)| *id);
        if self.status == "deleted" {
            return 1;
        }
        self.deal.moves.iter().rev().find_map(|(stage, _)| known(*stage)).unwrap_or(1)
    }

    fn ended(&self, stage: Stage) -> Option<DateTime<Utc>> {
        let last = self.deal.moves.last().filter(|(of, _)| *of == stage && self.status != "deleted");
        last.map(|(_, at)| *at)
    }
}

/// The deal of a lead, and its copy that was deleted.
fn held(lead: &Lead, now: DateTime<Utc>) -> impl Iterator<Item = Held<'_>> {
    let one = lead.deal.as_ref().map(|deal| {
        let (last, at) = deal.moves[deal.moves.len() - 1];
        let status = match last {
            Stage::Won => "won",
            Stage::Lost => "lost",
            _ => "open",
        };
        // Every other lost deal is put away after two days.
        let archived_at =
            Some(at + Days::new(2)).filter(|at| status == "lost" && deal.number % 2 == 0 && *at <= now);
        let updated_at = archived_at.unwrap_or(at);
        Held {
            lead,
            deal,
            id: small(deal.number),
            added_at: deal.moves[0].1,
            updated_at,
            status,
            archived_at,
        }
    });
    let copy = lead.deal.as_ref().zip(lead.copy(now)).map(|(deal, copy)| Held {
        lead,
        deal,
        id: small(copy.number),
        added_at: copy.created_at,
        updated_at: copy.deleted_at,
        status: "deleted",
        archived_at: None,
    });
    let recent = now - Days::new(BIN_DAYS);
    one.into_iter().chain(copy.filter(|copy| copy.updated_at > recent))
}

/// `GET /api/v2/deals` and `/api/v2/deals/archived`.
pub(super) fn list(call: &Call, of_archive: bool) -> Response<Body> {
    let wish = match Wish::of(call) {
        Ok(wish) => wish,
        Err(response) => return *response,
    };
    let statuses = call.list("status");
    let now = call.state.counted_at();
    let currency = call.state.world().accounts[ACCOUNT].template.currency;
    let stage = call.whole("stage_id").ok().flatten();
    let leads = call.state.leads(ACCOUNT);
    let found = leads.iter().flat_map(|lead| held(lead, now)).filter(|deal| {
        let is_meant =
            if statuses.is_empty() { deal.status != "deleted" } else { statuses.contains(&deal.status) };
        let in_stage = stage.is_none_or(|stage| i64::try_from(stage) == Ok(deal.stage()));
        is_meant && in_stage && deal.archived_at.is_some() == of_archive
    });
    wish.page(call, found, |deal| (deal.id, deal.updated_at), |deal| row(deal, currency))
}

fn row(held: &Held<'_>, currency: &str) -> Value {
    let (won, lost) = (held.ended(Stage::Won), held.ended(Stage::Lost));
    let closed = won.or(lost);
    let moves = &held.deal.moves;
    let is_stage = |stage: Stage| matches!(stage, Stage::Proposal | Stage::Negotiation);
    let changed = moves.iter().rev().find(|(stage, _)| is_stage(*stage)).map(|(_, at)| *at);
    let changed = changed.filter(|_| held.status != "deleted");
    let day = |at: Option<DateTime<Utc>>| at.map(|at| at.date_naive().to_string());
    json!({
        "id": held.id,
        "title": held.deal.name,
        "creator_user_id": user_id(held.lead.owner),
        "owner_id": user_id(held.deal.owner),
        "value": num::real(held.deal.amount_cents) / 100.0,
        "currency": currency,
        "person_id": small(held.lead.number),
        "org_id": super::people::organization_id(held.lead.company),
        "stage_id": held.stage(),
        "pipeline_id": 1,
        "add_time": iso(held.added_at),
        "update_time": iso(held.updated_at),
        "stage_change_time": changed.map(iso),
        "status": held.status,
        "probability": null,
        "lost_reason": lost.map(|_| "Price"),
        "visible_to": 3,
        "close_time": closed.map(iso),
        "won_time": won.map(iso),
        "lost_time": lost.map(iso),
        "local_won_date": day(won),
        "local_lost_date": day(lost),
        "local_close_date": day(closed),
        "expected_close_date": held.deal.close_day.to_string(),
        "custom_fields": {"utm_source": held.lead.utm.0, "utm_medium": held.lead.utm.1,
                          "utm_campaign": held.lead.utm.2},
        "label_ids": [],
        "is_deleted": held.status == "deleted",
        "origin": "ManuallyCreated",
        "is_archived": held.archived_at.is_some(),
        "archive_time": held.archived_at.map(iso),
    })
}

/// `GET /api/v1/deals/{id}/changelog`: newest first; that a deal was made is no change.
pub(super) fn changelog(call: &Call, id: &str) -> Response<Body> {
    let now = call.state.counted_at();
    let leads = call.state.leads(ACCOUNT);
    let mut all = leads.iter().flat_map(|lead| held(lead, now));
    let Some(deal) = all.find(|deal| deal.id.to_string() == id) else { return not_found() };
    let mut rows = Vec::new();
    let change = |key: &str, old: String, new: String, at: DateTime<Utc>| {
        call.row(json!({"field_key": key, "old_value": old, "new_value": new,
                        "actor_user_id": user_id(deal.deal.owner), "time": plain(at), "change_source": "app",
                        "change_source_user_agent": null, "is_bulk_update_flag": false}))
    };
    if deal.status == "deleted" {
        rows.push(change("status", "open".to_owned(), "deleted".to_owned(), deal.updated_at));
    } else {
        let mut stage = 1;
        for (to, at) in &deal.deal.moves[1..] {
            match STAGES.iter().find(|(_, of, _)| of == to) {
                Some((id, ..)) => {
                    rows.push(change("stage_id", stage.to_string(), id.to_string(), *at));
                    stage = *id;
                }
                None => rows.push(change("status", "open".to_owned(), deal.status.to_owned(), *at)),
            }
        }
        rows.extend(deal.archived_at.map(|at| change("is_archived", "0".to_owned(), "1".to_owned(), at)));
    }
    rows.reverse();
    let body = json!({"success": true, "data": rows, "additional_data": {"next_cursor": null}});
    vendor::json(axum::http::StatusCode::OK, &body)
}

fn settled(call: &Call) -> DateTime<Utc> {
    call.state.world().first_day.and_time(chrono::NaiveTime::MIN).and_utc()
}

/// `GET /api/v2/pipelines`.
pub(super) fn pipelines(call: &Call) -> Response<Body> {
    let wish = match Wish::of(call) {
        Ok(wish) => wish,
        Err(response) => return *response,
    };
    let at = settled(call);
    wish.page(
        call,
        std::iter::once(()),
        |()| (1, at),
        |()| {
            json!({"id": 1, "name": "Furnishing", "order_nr": 1, "is_deleted": false,
               "is_deal_probability_enabled": true, "add_time": iso(at), "update_time": null})
        },
    )
}

/// `GET /api/v2/stages`.
pub(super) fn stages(call: &Call) -> Response<Body> {
    let wish = match Wish::of(call) {
        Ok(wish) => wish,
        Err(response) => return *response,
    };
    let at = settled(call);
    let is_other = call.get("pipeline_id").is_some_and(|id| id != "1");
    let list = STAGES.iter().filter(|_| !is_other);
    wish.page(
        call,
        list,
        |(id, ..)| (*id, at),
        |(id, stage, name)| {
            json!({"id": id, "name": name, "order_nr": id, "pipeline_id": 1,
               "deal_probability": stage.probability(), "is_deal_rot_enabled": false, "days_to_rotten": null,
               "is_deleted": false, "add_time": iso(at), "update_time": iso(at)})
        },
    )
}
