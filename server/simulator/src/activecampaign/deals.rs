//! Deals, their one pipeline, and each change of them. A deal that was deleted is nowhere any more.

use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

use super::{ACCOUNT, HOST, is_updated, listed, listed_with, missing, ok, people, user_id, written};
use crate::asked::Call;
use crate::world::leads::{Deal, Lead, Stage};

/// Id of the pipeline.
const GROUP: &str = "1";

/// The stages of the pipeline. Won and lost are no stages here.
const STAGES: [(&str, Stage, &str); 3] = [
    ("1", Stage::Qualified, "Contactado"),
    ("2", Stage::Proposal, "Oferta"),
    ("3", Stage::Negotiation, "Negociación"),
];

fn stage_id(of: Stage) -> Option<&'static str> {
    STAGES.iter().find(|(_, stage, _)| *stage == of).map(|(id, ..)| *id)
}

/// The number of a status that ends a deal.
fn end(of: Stage) -> Option<&'static str> {
    match of {
        Stage::Won => Some("1"),
        Stage::Lost => Some("2"),
        _ => None,
    }
}

fn id(deal: &Deal) -> String {
    deal.number.rem_euclid(1_000_000_000).to_string()
}

fn row(call: &Call, lead: &Lead, deal: &Deal) -> Value {
    let (last, changed_at) = deal.moves[deal.moves.len() - 1];
    let stage = deal.moves.iter().rev().find_map(|(stage, _)| stage_id(*stage));
    // The vendor's own guess is there for open deals only.
    let guess = end(last).is_none().then(|| last.probability());
    json!({
        "hash": format!("{:08x}", deal.number.rem_euclid(1_000_000_000)),
        "owner": user_id(deal.owner),
        "contact": people::id(lead),
        "organization": null,
        "account": null,
        "group": GROUP,
        "stage": stage,
        "title": deal.name,
        "nexttaskid": null,
        "currency": call.state.world().accounts[ACCOUNT].template.currency.to_lowercase(),
        "status": end(last).unwrap_or("0"),
        "value": deal.amount_cents.to_string(),
        "percent": last.probability().to_string(),
        "winProbability": guess,
        "description": "",
        "isDisabled": false,
        "cdate": written(call, deal.moves[0].1),
        "mdate": written(call, changed_at),
        "links": {"dealActivities": format!("{HOST}/api/3/deals/{}/dealActivities", id(deal))},
        "id": id(deal),
    })
}

/// `GET /deals`.
pub(super) fn list(call: &Call) -> Response<Body> {
    let leads = call.state.leads(ACCOUNT);
    let found = leads.iter().filter_map(|lead| Some((lead, lead.deal.as_ref()?)));
    let found = found.filter(|(_, deal)| is_updated(call, deal.moves[deal.moves.len() - 1].1));
    let mut rows: Vec<_> = found.map(|(lead, deal)| row(call, lead, deal)).collect();
    for (name, field) in
        [("filters[status]", "status"), ("filters[stage]", "stage"), ("filters[group]", "group")]
    {
        if let Some(wanted) = call.get(name) {
            rows.retain(|row| row[field] == wanted);
        }
    }
    let worth: i64 = rows.iter().filter_map(|row| row["value"].as_str()?.parse::<i64>().ok()).sum();
    let currency = call.state.world().accounts[ACCOUNT].template.currency.to_lowercase();
    let total = rows.len().to_string();
    let sums = json!({"currencies": {currency.as_str(): {"currency": currency, "total": total, "value": worth.to_string()}}});
    listed_with(call, "deals", rows, sums)
}

/// `GET /deals/{id}`.
pub(super) fn one(call: &Call, wanted: &str) -> Response<Body> {
    let leads = call.state.leads(ACCOUNT);
    let mut all = leads.iter().filter_map(|lead| Some((lead, lead.deal.as_ref()?)));
    match all.find(|(_, deal)| id(deal) == wanted) {
        Some((lead, deal)) => ok(&json!({"deal": call.row(row(call, lead, deal))})),
        None => missing("deal", wanted),
    }
}

/// Each change of a deal, oldest first.
fn changes(call: &Call, deal: &Deal) -> Vec<Value> {
    let deal_id = id(deal);
    let mut stage = STAGES[0].0;
    let row = |(nth, (to, at)): (usize, &(Stage, _))| {
        let (kind, old, new) = match (nth, stage_id(*to), end(*to)) {
            (0, ..) => ("", String::new(), "add"),
            (_, Some(new), _) => ("d_stageid", std::mem::replace(&mut stage, new).to_owned(), new),
            (_, _, ended) => ("status", "0".to_owned(), ended.unwrap_or("0")),
        };
        let at = written(call, *at);
        json!({
            "d_id": deal_id,
            "d_stageid": stage,
            "userid": user_id(deal.owner),
            "dataId": if nth == 0 { deal_id.as_str() } else { "0" },
            "dataType": kind,
            "dataAction": new,
            "dataOldval": old,
            "cdate": at,
            "sortdate": at,
            "deleted": "0",
            "automation": null,
            "deal": deal_id,
            "id": format!("{deal_id}{nth}"),
        })
    };
    deal.moves.iter().enumerate().map(row).collect()
}

/// `GET /deals/{id}/dealActivities`.
pub(super) fn history(call: &Call, wanted: &str) -> Response<Body> {
    let leads = call.state.leads(ACCOUNT);
    match leads.iter().filter_map(|lead| lead.deal.as_ref()).find(|deal| id(deal) == wanted) {
        Some(deal) => listed(call, "dealActivities", changes(call, deal)),
        None => missing("deal", wanted),
    }
}

/// The changes of all deals.
pub(super) fn activities(call: &Call) -> Vec<Value> {
    let leads = call.state.leads(ACCOUNT);
    let mut rows: Vec<_> =
        leads.iter().filter_map(|lead| lead.deal.as_ref()).flat_map(|deal| changes(call, deal)).collect();
    if let Some(kind) = call.get("filters[data_type]") {
        rows.retain(|row| row["dataType"] == kind);
    }
    rows
}

/// The one pipeline.
pub(super) fn group(call: &Call) -> Value {
    let begun = begun(call);
    json!({
        "title": "Hostelería",
        "currency": call.state.world().accounts[ACCOUNT].template.currency.to_lowercase(),
        "allgroups": "1",
        "allusers": "1",
        "autoassign": "1",
        "cdate": begun,
        "udate": begun,
        "stages": STAGES.map(|(id, ..)| id),
        "win_probability_initialize_date": null,
        "id": GROUP,
    })
}

fn begun(call: &Call) -> String {
    written(call, call.state.world().first_day.and_hms_opt(9, 0, 0).unwrap_or_default().and_utc())
}

/// Its stages.
pub(super) fn stages(call: &Call) -> Vec<Value> {
    let begun = begun(call);
    if call.get("filters[d_groupid]").is_some_and(|group| group != GROUP) {
        return Vec::new();
    }
    STAGES
        .iter()
        .map(|(id, _, title)| {
            json!({
                "group": GROUP,
                "order": id,
                "title": title,
                "color": "434343",
                "width": "280",
                "dealOrder": "next-action DESC",
                "cdate": begun,
                "udate": begun,
                "id": id,
            })
        })
        .collect()
}
