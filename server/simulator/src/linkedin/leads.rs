//! Lead forms and what people answered: the leads of the lead campaigns.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::restli::Query;
use super::{Refused, ads, by_start, millis};
use crate::state::SimulatorState;
use crate::world::campaign::{Campaign, Kind};
use crate::world::leads::Lead;

/// The campaign whose form a lead filled in.
fn campaign_of<'a>(state: &'a SimulatorState, account: usize, lead: &Lead) -> Option<&'a Campaign> {
    if lead.utm.0 != "linkedin" {
        return None;
    }
    ads::made(state, account).find(|of| of.kind == Kind::Generic && of.utm == lead.utm.2)
}

/// Leads by campaign and day.
pub fn by_campaign_and_day(state: &SimulatorState, account: usize) -> HashMap<(i64, NaiveDate), i64> {
    let mut counts = HashMap::new();
    for lead in state.leads(account).iter() {
        if let Some(campaign) = campaign_of(state, account, lead) {
            *counts.entry((campaign.id, lead.created_at.date_naive())).or_insert(0) += 1;
        }
    }
    counts
}

fn form_id(campaign: &Campaign) -> i64 {
    6_400_000 + campaign.id % 100_000_000
}

fn owner(query: &Query) -> Result<usize, Refused> {
    query.finder("owner")?;
    let urn = query.needed("owner")?.at(&["sponsoredAccount"]).and_then(|urn| urn.text());
    ads::business(urn.ok_or_else(|| Refused::invalid("owner"))?)
}

/// `GET /rest/leadForms?q=owner`.
pub fn forms(state: &SimulatorState, query: &Query) -> Result<Value, Refused> {
    let account = owner(query)?;
    let all: Vec<Value> = ads::made(state, account)
        .filter(|campaign| campaign.kind == Kind::Generic)
        .map(|campaign| {
            json!({
                "id": form_id(campaign),
                "versionId": 1,
                "owner": {"sponsoredAccount": ads::account_urn(account)},
                "name": campaign.name,
                "state": "PUBLISHED",
                "created": millis(campaign.start),
                "lastModified": millis(campaign.start),
                "content": {"questions": [
                    {"questionId": 1, "name": "firstName", "predefinedField": "FIRST_NAME"},
                    {"questionId": 2, "name": "lastName", "predefinedField": "LAST_NAME"},
                    {"questionId": 3, "name": "email", "predefinedField": "EMAIL"},
                    {"questionId": 4, "name": "company", "predefinedField": "COMPANY_NAME"},
                ]},
            })
        })
        .collect();
    by_start(query, &all)
}

/// `GET /rest/leadFormResponses?q=owner`.
pub fn responses(state: &SimulatorState, query: &Query) -> Result<Value, Refused> {
    let account = owner(query)?;
    let kind = query.needed("leadType")?.at(&["leadType"]).and_then(|kind| kind.text());
    if kind != Some("SPONSORED") {
        return Err(Refused::invalid("leadType"));
    }
    let range = query.get("submittedAtTimeRange");
    let bound = |name: &str, otherwise: i64| match range {
        None => Ok(otherwise),
        Some(range) if range.at(&[name]).is_none() => Ok(otherwise),
        Some(range) => range.number(&[name]).ok_or_else(|| Refused::invalid("submittedAtTimeRange")),
    };
    let (from, until) = (bound("start", i64::MIN)?, bound("end", i64::MAX)?);
    let leads = state.leads(account);
    let all: Vec<Value> = leads
        .iter()
        .filter(|lead| (from..until).contains(&lead.created_at.timestamp_millis()))
        .filter_map(|lead| {
            campaign_of(state, account, lead).map(|campaign| response(account, lead, campaign))
        })
        .collect();
    by_start(query, &all)
}

fn response(account: usize, lead: &Lead, campaign: &Campaign) -> Value {
    let answers = [lead.first_name, lead.last_name, &lead.email, lead.company];
    let answers: Vec<Value> = (1..)
        .zip(answers)
        .map(|(number, text)| {
            json!({"questionId": number, "answerDetails": {"textQuestionAnswer": {"answer": text}}})
        })
        .collect();
    let form = form_id(campaign);
    json!({
        "id": format!("{}-{}", lead.number, form),
        "owner": {"sponsoredAccount": ads::account_urn(account)},
        "leadType": "SPONSORED",
        "leadMetadata": {"sponsoredLeadMetadata": {
            "campaign": format!("urn:li:sponsoredCampaign:{}", campaign.id),
        }},
        "versionedLeadGenFormUrn": format!("urn:li:versionedLeadGenForm:(urn:li:leadGenForm:{form},1)"),
        "submittedAt": lead.created_at.timestamp_millis(),
        "submitter": format!("urn:li:person:{}", lead.number),
        "testLead": false,
        "formResponse": {"answers": answers},
    })
}
