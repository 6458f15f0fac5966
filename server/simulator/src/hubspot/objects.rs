//! Deals, contacts, companies and leads, as HubSpot keeps them: text properties with a history.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, iso, owner_id};
use crate::asked::Call;
use crate::world::leads::{Deal, Lead, Stage};

/// One record of the CRM.
pub(super) struct Object {
    pub(super) id: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) archived_at: Option<DateTime<Utc>>,
    pub(super) properties: BTreeMap<&'static str, String>,
    /// Earlier and present values with their time, oldest first; others have had their value from the start.
    pub(super) history: BTreeMap<&'static str, Vec<(String, DateTime<Utc>)>>,
    /// Ids of contacts and of companies.
    pub(super) links: (Vec<i64>, Vec<i64>),
}

/// The portal's records by kind, each by id.
pub(super) struct Portal {
    pub(super) deals: Vec<Object>,
    pub(super) contacts: Vec<Object>,
    pub(super) companies: Vec<Object>,
    pub(super) leads: Vec<Object>,
}

const CONTACTS: i64 = 700_000_000_000;
const DEALS: i64 = 400_000_000_000;
const COMPANIES: i64 = 300_000_000_000;
const LEADS: i64 = 550_000_000_000;

/// Stages with their ids, names and order.
const STAGES: [(Stage, &str, &str); 5] = [
    (Stage::Qualified, "qualifiedtobuy", "Qualified To Buy"),
    (Stage::Proposal, "presentationscheduled", "Presentation Scheduled"),
    (Stage::Negotiation, "contractsent", "Contract Sent"),
    (Stage::Won, "closedwon", "Closed Won"),
    (Stage::Lost, "closedlost", "Closed Lost"),
];

fn stage_id(stage: Stage) -> &'static str {
    STAGES.iter().find(|(of, ..)| *of == stage).map_or("", |(_, id, _)| id)
}

/// The one pipeline.
pub(super) fn pipeline(call: &Call) -> Value {
    let stages: Vec<_> = STAGES
        .iter()
        .enumerate()
        .map(|(order, (stage, id, label))| {
            let closed = matches!(stage, Stage::Won | Stage::Lost);
            json!({
                "label": label,
                "displayOrder": order,
                "metadata": {
                    "isClosed": closed.to_string(),
                    "probability": format!("{}", crate::num::real(stage.probability()) / 100.0),
                },
                "id": id,
                "createdAt": "1970-01-01T00:00:00Z",
                "updatedAt": "1970-01-01T00:00:00Z",
                "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
                "archived": false,
            })
        })
        .collect();
    call.row(json!({
        "label": "Sales Pipeline",
        "displayOrder": 0,
        "id": "default",
        "stages": stages,
        "createdAt": "1970-01-01T00:00:00Z",
        "updatedAt": "1970-01-01T00:00:00Z",
        "archived": false,
    }))
}

/// All records as of the last count.
pub(super) fn portal(call: &Call) -> Arc<Portal> {
    let state = &call.state;
    let leads = state.leads(ACCOUNT);
    let at = state.counted_at();
    state.memo(("hubspot", ACCOUNT, at.timestamp()), |world| {
        let currency = world.accounts[ACCOUNT].template.currency;
        let mut deals = Vec::new();
        for lead in leads.iter().filter(|lead| lead.is_self_service()) {
            let Some(deal) = &lead.deal else { continue };
            deals.push(deal_of(lead, deal, currency));
            deals.extend(lead.copy(at).map(|copy| {
                let mut object = deal_of(lead, deal, currency);
                object.id = DEALS + copy.number;
                object.created_at = copy.created_at;
                object.updated_at = copy.deleted_at;
                object.archived_at = Some(copy.deleted_at);
                object.links = (Vec::new(), Vec::new());
                object.set("createdate", iso(copy.created_at));
                object.set("dealstage", stage_id(Stage::Qualified).to_owned());
                object.set("hs_is_closed", "false".to_owned());
                object.set("hs_is_closed_won", "false".to_owned());
                object.history.clear();
                object
            }));
        }
        let contacts = leads.iter().map(contact).collect();
        let hot = leads.iter().filter(|lead| lead.mql_at.is_some()).map(lead_of).collect();
        let mut portal = Portal { deals, contacts, companies: companies(&leads), leads: hot };
        for list in [&mut portal.deals, &mut portal.contacts, &mut portal.companies, &mut portal.leads] {
            for object in list.iter_mut() {
                object.set("hs_object_id", object.id.to_string());
                // Contacts have a name of their own for it.
                if !object.properties.contains_key("lastmodifieddate") {
                    object.set("hs_lastmodifieddate", iso(object.updated_at));
                }
            }
            list.sort_by_key(|object| object.id);
        }
        portal
    })
}

impl Object {
    fn new(id: i64, created_at: DateTime<Utc>, updated_at: DateTime<Utc>) -> Self {
        Self {
            id,
            created_at,
            updated_at,
            archived_at: None,
            properties: BTreeMap::new(),
            history: BTreeMap::new(),
            links: (Vec::new(), Vec::new()),
        }
    }

    fn set(&mut self, name: &'static str, value: String) {
        self.properties.insert(name, value);
    }
}

/// Where the visit came from, as HubSpot sorts it.
fn source(lead: &Lead) -> &'static str {
    match lead.utm.1 {
        "cpc" => "PAID_SEARCH",
        "paid_social" => "PAID_SOCIAL",
        "email" => "EMAIL_MARKETING",
        "organic" => "ORGANIC_SEARCH",
        "referral" => "REFERRALS",
        _ => "DIRECT_TRAFFIC",
    }
}

fn set_source(object: &mut Object, lead: &Lead) {
    object.set("hs_analytics_source", source(lead).to_owned());
    object.set("hs_analytics_source_data_1", lead.utm.2.clone());
    object.set("hs_analytics_source_data_2", lead.utm.0.to_owned());
    object.set("utm_source", lead.utm.0.to_owned());
    object.set("utm_medium", lead.utm.1.to_owned());
    object.set("utm_campaign", lead.utm.2.clone());
}

fn deal_of(lead: &Lead, deal: &Deal, currency: &str) -> Object {
    let (made_at, last) = (deal.moves[0].1, deal.moves[deal.moves.len() - 1]);
    let mut object = Object::new(DEALS + deal.number, made_at, last.1);
    let closed = matches!(last.0, Stage::Won | Stage::Lost);
    let close_at =
        if closed { last.1 } else { deal.close_day.and_hms_opt(17, 0, 0).unwrap_or_default().and_utc() };
    let amount = format!("{}.{:02}", deal.amount_cents / 100, deal.amount_cents % 100);
    object.set("dealname", deal.name.clone());
    object.set("amount", amount.clone());
    object.set("amount_in_home_currency", amount);
    object.set("deal_currency_code", currency.to_owned());
    object.set("createdate", iso(made_at));
    object.set("closedate", iso(close_at));
    object.set("pipeline", "default".to_owned());
    object.set("dealstage", stage_id(last.0).to_owned());
    object.set("hs_is_closed", closed.to_string());
    object.set("hs_is_closed_won", (last.0 == Stage::Won).to_string());
    let share = crate::num::real(last.0.probability()) / 100.0;
    object.set("hs_deal_stage_probability", share.to_string());
    object.set("hubspot_owner_id", owner_id(deal.owner));
    set_source(&mut object, lead);
    let stages = deal.moves.iter().map(|(stage, at)| (stage_id(*stage).to_owned(), *at));
    object.history.insert("dealstage", stages.collect());
    object.links = (vec![CONTACTS + lead.number], vec![company_id(lead.company)]);
    object
}

/// What a person has come to: names of stages with the time at which each was entered.
fn stages_of(lead: &Lead) -> Vec<(&'static str, &'static str, DateTime<Utc>)> {
    let deal_at = lead.deal.as_ref().map(|deal| deal.moves[0].1);
    let won_at = lead.deal.as_ref().and_then(|deal| deal.moves.last()).filter(|(s, _)| *s == Stage::Won);
    [
        ("lead", "hs_v2_date_entered_lead", Some(lead.created_at)),
        ("marketingqualifiedlead", "hs_v2_date_entered_marketingqualifiedlead", lead.mql_at),
        ("salesqualifiedlead", "hs_v2_date_entered_salesqualifiedlead", lead.sql_at),
        ("opportunity", "hs_v2_date_entered_opportunity", deal_at),
        ("customer", "hs_v2_date_entered_customer", won_at.map(|(_, at)| *at)),
    ]
    .into_iter()
    .filter_map(|(stage, property, at)| at.map(|at| (stage, property, at)))
    .collect()
}

fn contact(lead: &Lead) -> Object {
    let mut object = Object::new(CONTACTS + lead.number, lead.created_at, lead.changed_at);
    object.set("createdate", iso(lead.created_at));
    object.set("lastmodifieddate", iso(lead.changed_at));
    object.set("email", lead.email.clone());
    object.set("firstname", lead.first_name.to_owned());
    object.set("lastname", lead.last_name.to_owned());
    object.set("company", lead.company.to_owned());
    object.set("hubspot_owner_id", owner_id(lead.owner));
    set_source(&mut object, lead);
    let stages = stages_of(lead);
    for (stage, property, at) in &stages {
        object.set("lifecyclestage", (*stage).to_owned());
        object.set(property, iso(*at));
    }
    let history = stages.into_iter().map(|(stage, _, at)| (stage.to_owned(), at));
    object.history.insert("lifecyclestage", history.collect());
    object.links = (Vec::new(), vec![company_id(lead.company)]);
    object
}

/// Only people who are promising become HubSpot's leads.
fn lead_of(lead: &Lead) -> Object {
    let made_at = lead.mql_at.unwrap_or(lead.created_at);
    let mut object = Object::new(LEADS + lead.number, made_at, lead.changed_at);
    let stage = match (lead.sql_at, &lead.deal) {
        (_, Some(_)) => "qualified-stage-id",
        (Some(_), None) => "connected-stage-id",
        (None, None) => "new-stage-id",
    };
    object.set("hs_lead_name", format!("{} {}", lead.first_name, lead.last_name));
    object.set("hs_lead_type", "NEW_BUSINESS".to_owned());
    object.set("hs_createdate", iso(made_at));
    object.set("hs_pipeline", "lead-pipeline-id".to_owned());
    object.set("hs_pipeline_stage", stage.to_owned());
    object.set("hubspot_owner_id", owner_id(lead.owner));
    object.links = (vec![CONTACTS + lead.number], vec![company_id(lead.company)]);
    object
}

fn company_id(name: &str) -> i64 {
    COMPANIES + name.bytes().fold(0, |sum, byte| (sum * 31 + i64::from(byte)) % 900_000_007)
}

/// One company for each name; its stage is the furthest of its people.
fn companies(leads: &[Lead]) -> Vec<Object> {
    let mut of_name: BTreeMap<&'static str, Vec<&Lead>> = BTreeMap::new();
    for lead in leads {
        of_name.entry(lead.company).or_default().push(lead);
    }
    let company = |(name, people): (&'static str, Vec<&Lead>)| {
        let made_at = people.iter().map(|lead| lead.created_at).min()?;
        let changed_at = people.iter().map(|lead| lead.changed_at).max()?;
        let mut object = Object::new(company_id(name), made_at - TimeDelta::seconds(1), changed_at);
        object.set("name", name.to_owned());
        let domain = people[0].email.split('@').nth(1).unwrap_or_default();
        object.set("domain", domain.to_owned());
        object.set("createdate", iso(object.created_at));
        let mut entered: Vec<_> = people.iter().flat_map(|lead| stages_of(lead)).collect();
        entered.sort_by_key(|(_, _, at)| std::cmp::Reverse(*at));
        // The earliest of each comes last and stays.
        for (_, property, at) in &entered {
            object.set(property, iso(*at));
        }
        let order = ["lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer"];
        let furthest = order.iter().rfind(|stage| entered.iter().any(|(of, ..)| of == *stage));
        object.set("lifecyclestage", (*furthest?).to_owned());
        object.links = (people.iter().map(|lead| CONTACTS + lead.number).collect(), Vec::new());
        Some(object)
    };
    of_name.into_iter().filter_map(company).collect()
}
