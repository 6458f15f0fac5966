//! Leads and opportunities, each found by a key: there are no lists of all.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, Problem, written};
use crate::asked::Call;
use crate::num;
use crate::world::leads::{Deal, Lead, Stage};

/// Values of one call at most.
const MOST: usize = 300;

/// Ids are small numbers here.
pub(super) fn small(number: i64) -> i64 {
    number.rem_euclid(1_000_000_000)
}

/// A lead's id.
pub(super) fn id(lead: &Lead) -> i64 {
    small(lead.number)
}

/// A lead's field; nothing for those that it does not know.
pub(super) fn field(lead: &Lead, name: &str) -> Option<Value> {
    let status = if lead.sql_at.is_some() {
        "SQL"
    } else if lead.mql_at.is_some() {
        "MQL"
    } else {
        "New"
    };
    Some(match name {
        "id" => id(lead).into(),
        "email" => lead.email.as_str().into(),
        "firstName" => lead.first_name.into(),
        "lastName" => lead.last_name.into(),
        "company" => lead.company.into(),
        "createdAt" => written(lead.created_at).into(),
        "updatedAt" => written(lead.changed_at).into(),
        "leadStatus" => status.into(),
        "leadSource" => lead.utm.0.into(),
        "unsubscribed" => false.into(),
        "originalSourceType" => "Web form fillout".into(),
        "originalReferrer" | "leadRole" | "leadScore" | "acquisitionProgramId" => Value::Null,
        _ => return None,
    })
}

/// The values of the filter, which is what the call is about.
fn values<'a>(call: &'a Call, kinds: &[&str]) -> Result<Vec<&'a str>, Problem> {
    let kind = call.get("filterType").ok_or_else(|| (1_003, "filterType not specified".to_owned()))?;
    if !kinds.contains(&kind) {
        return Err((1_003, format!("Invalid filterType '{kind}'")));
    }
    let values = call.list("filterValues");
    if values.is_empty() {
        return Err((1_003, "filterValues not specified".to_owned()));
    }
    if values.len() > MOST {
        return Err((1_003, "Too many values. Maximum of 300 allowed".to_owned()));
    }
    Ok(values)
}

/// `GET /rest/v1/leads.json`.
pub(super) fn leads(call: &Call) -> Result<Value, Problem> {
    let values = values(call, &["id", "email"])?;
    let by_id = call.get("filterType") == Some("id");
    let mut fields = call.list("fields");
    if fields.is_empty() {
        fields = vec!["id", "updatedAt", "createdAt", "email", "firstName", "lastName"];
    }
    if !fields.contains(&"id") {
        fields.push("id");
    }
    let leads = call.state.leads(ACCOUNT);
    let is_asked = |lead: &&Lead| {
        if by_id {
            values.contains(&id(lead).to_string().as_str())
        } else {
            values.contains(&lead.email.as_str())
        }
    };
    let mut rows = Vec::new();
    for lead in leads.iter().filter(is_asked) {
        let mut row = json!({});
        for name in &fields {
            row[*name] = field(lead, name).ok_or_else(|| (1_006, format!("Field '{name}' not found")))?;
        }
        rows.push(call.row(row));
    }
    Ok(json!({"result": rows}))
}

/// `GET /rest/v1/opportunities.json`.
pub(super) fn opportunities(call: &Call) -> Result<Value, Problem> {
    let values = values(call, &["externalOpportunityId", "marketoGUID"])?;
    let leads = call.state.leads(ACCOUNT);
    let deals = leads.iter().filter_map(|lead| lead.deal.as_ref());
    let asked = deals.filter(|deal| values.contains(&key(deal).as_str()));
    let rows = asked.enumerate().map(|(seq, deal)| call.row(opportunity(seq, deal)));
    Ok(json!({"result": rows.collect::<Vec<_>>()}))
}

fn key(deal: &Deal) -> String {
    format!("OP-{}", small(deal.number))
}

fn opportunity(seq: usize, deal: &Deal) -> Value {
    let (stage, changed_at): (Stage, DateTime<Utc>) = deal.moves[deal.moves.len() - 1];
    let is_won = stage == Stage::Won;
    json!({
        "seq": seq,
        "marketoGUID": format!("{:08x}-cc1b-4a4e-8a2f-5d8e7f6a1b2c", small(deal.number)),
        "externalOpportunityId": key(deal),
        "name": deal.name,
        "amount": num::real(deal.amount_cents) / 100.0,
        "stage": format!("{stage:?}"),
        "isClosed": is_won || stage == Stage::Lost,
        "isWon": is_won,
        "closeDate": deal.close_day.to_string(),
        "createdAt": written(deal.moves[0].1),
        "updatedAt": written(changed_at),
    })
}
