//! The organization's records by module.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{ACCOUNT, ORG, local, user};
use crate::num;
use crate::state::SimulatorState;
use crate::world::leads::{Deal, Lead, Stage};
use crate::world::paid::Network;

/// One record.
pub(super) struct Record {
    pub(super) id: String,
    pub(super) modified_at: DateTime<Utc>,
    /// All its fields; a list shows those that are asked for.
    pub(super) row: Value,
}

/// What was deleted, with the time of that.
pub(super) struct Gone {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) deleted_at: DateTime<Utc>,
}

/// All records as of the last count.
#[derive(Default)]
pub(super) struct Organization {
    pub(super) modules: BTreeMap<&'static str, Vec<Record>>,
    pub(super) gone: BTreeMap<&'static str, Vec<Gone>>,
    /// Rows of the history by deal.
    pub(super) visits: BTreeMap<String, Vec<Value>>,
    /// Members by campaign and module.
    pub(super) members: BTreeMap<(String, &'static str), Vec<Value>>,
}

/// Stages with their names and kinds, in order.
pub(super) const STAGES: [(Stage, &str, &str); 5] = [
    (Stage::Qualified, "Qualification", "Open"),
    (Stage::Proposal, "Proposal/Price Quote", "Open"),
    (Stage::Negotiation, "Negotiation/Review", "Open"),
    (Stage::Won, "Closed Won", "Closed Won"),
    (Stage::Lost, "Closed Lost", "Closed Lost"),
];

fn stage(of: Stage) -> &'static str {
    STAGES.iter().find(|(stage, ..)| *stage == of).map_or("", |(_, name, _)| name)
}

fn id(kind: i64, number: i64) -> String {
    (ORG + kind * 100_000_000_000 + number.rem_euclid(1_000_000_000)).to_string()
}

const DEALS: i64 = 1;
const LEADS: i64 = 2;
const CONTACTS: i64 = 3;
const ACCOUNTS: i64 = 4;
const CAMPAIGNS: i64 = 5;
const VISITS: i64 = 6;
const STATUSES: i64 = 7;

fn hash(text: &str) -> i64 {
    text.bytes().fold(7, |sum, byte| (sum * 131 + i64::from(byte)) % 999_999_937)
}

fn money(cents: i64) -> Value {
    (num::real(cents) / 100.0).into()
}

/// Whether a visit belongs to a campaign.
fn campaign_of(lead: &Lead) -> Option<&str> {
    matches!(lead.utm.1, "cpc" | "paid_social" | "email").then_some(lead.utm.2.as_str())
}

fn source(lead: &Lead) -> &'static str {
    match lead.utm.1 {
        "cpc" | "paid_social" => "Advertisement",
        "email" => "Newsletter",
        "referral" => "External Referral",
        _ => "Web Download",
    }
}

fn full_name(lead: &Lead) -> String {
    format!("{} {}", lead.first_name, lead.last_name)
}

/// All records of the organization.
pub(super) fn organization(state: &SimulatorState) -> Arc<Organization> {
    let at = state.counted_at();
    let leads = state.leads(ACCOUNT);
    let mails = state.newsletters(ACCOUNT);
    state.memo(("zoho_crm", ACCOUNT, at.timestamp()), |world| {
        let mut org = Organization::default();
        let mut starts: BTreeMap<&str, (NaiveDate, Option<NaiveDate>)> =
            mails.iter().rev().map(|mail| (mail.utm.as_str(), (mail.sent_at.date_naive(), None))).collect();
        for network in std::iter::once(Network::Google).chain(Network::SOCIAL) {
            let list = world.paid(network, ACCOUNT);
            starts
                .extend(list.iter().map(|campaign| (campaign.utm.as_str(), (campaign.start, campaign.end))));
        }
        let mut of_campaign: BTreeMap<&str, Vec<&Lead>> = BTreeMap::new();
        let mut of_company: BTreeMap<&str, Vec<&Lead>> = BTreeMap::new();
        for lead in leads.iter() {
            org.add_lead(state, lead, at);
            if let Some(deal) = &lead.deal {
                org.add_deal(state, lead, deal, at);
                org.add_contact(state, lead, deal);
                of_company.entry(lead.company).or_default().push(lead);
            }
            if let Some(utm) = campaign_of(lead) {
                of_campaign.entry(utm).or_default().push(lead);
            }
        }
        for (name, people) in of_company {
            org.add_account(state, name, &people);
        }
        for (utm, people) in of_campaign {
            let days = starts.get(utm).copied();
            org.add_campaign(state, utm, &people, days, at);
        }
        org
    })
}

impl Organization {
    fn add(&mut self, module: &'static str, id: String, modified_at: DateTime<Utc>, mut row: Value) {
        row["id"] = id.as_str().into();
        self.modules.entry(module).or_default().push(Record { id, modified_at, row });
    }

    fn add_lead(&mut self, state: &SimulatorState, lead: &Lead, at: DateTime<Utc>) {
        let time = |at| local(state, at);
        let statuses: Vec<_> = [
            ("Not Contacted", Some(lead.created_at)),
            ("Contacted", lead.mql_at),
            ("Pre-Qualified", lead.sql_at),
        ]
        .into_iter()
        .filter_map(|(name, at)| at.map(|at| (name, at)))
        .collect();
        let of = id(LEADS, lead.number);
        let converted_at = lead.deal.as_ref().map(|deal| deal.moves[0].1);
        let modified_at = converted_at.or(statuses.last().map(|(_, at)| *at)).unwrap_or(lead.created_at);
        for (nth, (status, entered)) in (0..).zip(&statuses) {
            let next = statuses.get(nth + 1);
            let row = json!({
                "Full_Name": {"id": of, "name": full_name(lead)}, "Lead_Status": status,
                "Moved_To__s": next.map(|(name, _)| *name), "Modified_Time": time(*entered),
                "Modified_By": user(lead.owner),
                "Stage_Duration_Calendar_Days": next.map(|(_, left)| (*left - *entered).num_days()),
            });
            let nth = i64::try_from(nth).unwrap_or(0);
            let number = lead.number.rem_euclid(1_000_000_000) * 4 + nth;
            self.add("Lead_Status_History", id(STATUSES, number), *entered, row);
        }
        let row = json!({
            "Full_Name": full_name(lead), "Company": lead.company, "Email": lead.email,
            "Lead_Status": statuses.last().map(|(name, _)| *name), "Lead_Source": source(lead),
            "Owner": user(lead.owner), "Created_Time": time(lead.created_at), "Modified_Time": time(modified_at),
            "$converted": converted_at.is_some(), "Converted__s": converted_at.is_some(),
            "Converted_Date_Time": converted_at.map(time),
            "Converted_Deal": lead.deal.as_ref().map(|deal| json!({"id": id(DEALS, deal.number), "name": deal.name})),
        });
        self.add("Leads", of, modified_at, row);
        if let Some(second) = lead.second_entry(at) {
            let of = id(LEADS, second.number);
            let gone = Gone { id: of, name: full_name(lead), deleted_at: second.deleted_at };
            self.gone.entry("Leads").or_default().push(gone);
        }
    }

    fn add_deal(&mut self, state: &SimulatorState, lead: &Lead, deal: &Deal, at: DateTime<Utc>) {
        let time = |at| local(state, at);
        let (made_at, last) = (deal.moves[0].1, deal.moves[deal.moves.len() - 1]);
        let closed = matches!(last.0, Stage::Won | Stage::Lost);
        let of = id(DEALS, deal.number);
        let day = if closed { last.1.date_naive() } else { deal.close_day };
        let spent = closed.then(|| (last.1 - made_at).num_days());
        let campaign = campaign_of(lead).map(|utm| json!({"id": id(CAMPAIGNS, hash(utm)), "name": utm}));
        let row = json!({
            "Deal_Name": deal.name, "Stage": stage(last.0), "Amount": money(deal.amount_cents), "Currency": "EUR",
            "Exchange_Rate": 1, "Probability": last.0.probability(),
            "Expected_Revenue": money(deal.amount_cents * last.0.probability() / 100),
            "Closing_Date": day.to_string(), "Pipeline": "Standard (Standard)", "Campaign_Source": campaign,
            "Lead_Source": source(lead), "Owner": user(deal.owner), "$currency_symbol": "€",
            "Account_Name": {"id": id(ACCOUNTS, hash(lead.company)), "name": lead.company},
            "Contact_Name": {"id": id(CONTACTS, lead.number), "name": full_name(lead)},
            "Created_Time": time(made_at), "Modified_Time": time(last.1), "Stage_Modified_Time": time(last.1),
            "Lead_Conversion_Time": (made_at - lead.created_at).num_days(), "Sales_Cycle_Duration": spent,
            "Overall_Sales_Duration": spent.map(|_| (last.1 - lead.created_at).num_days()),
            "Reason_For_Loss__s": (last.0 == Stage::Lost).then_some("Price"),
        });
        let visits = visits(state, deal);
        for (entered, mut visit) in visits {
            let own = visit.clone();
            self.visits.entry(of.clone()).or_default().push(own);
            visit["Potential_Name"] = json!({"id": of, "name": deal.name});
            let number = visit["id"].as_str().unwrap_or_default().to_owned();
            self.add("DealHistory", number, entered, visit);
        }
        self.add("Deals", of, last.1, row);
        if let Some(copy) = lead.copy(at) {
            let gone =
                Gone { id: id(DEALS, copy.number), name: deal.name.clone(), deleted_at: copy.deleted_at };
            self.gone.entry("Deals").or_default().push(gone);
            // The history keeps a row of it that belongs to no deal any more.
            let row = json!({"Potential_Name": null, "Stage": stage(Stage::Qualified), "Moved_To__s": null,
                             "Modified_Time": time(copy.created_at), "Stage_Duration_Calendar_Days": null});
            let number = copy.number.rem_euclid(1_000_000_000) * 8;
            self.add("DealHistory", id(VISITS, number), copy.created_at, row);
        }
    }

    fn add_contact(&mut self, state: &SimulatorState, lead: &Lead, deal: &Deal) {
        let made_at = deal.moves[0].1;
        let row = json!({
            "Full_Name": full_name(lead), "Email": lead.email, "Lead_Source": source(lead), "Owner": user(lead.owner),
            "Account_Name": {"id": id(ACCOUNTS, hash(lead.company)), "name": lead.company},
            "Created_Time": local(state, made_at), "Modified_Time": local(state, made_at),
        });
        self.add("Contacts", id(CONTACTS, lead.number), made_at, row);
    }

    fn add_account(&mut self, state: &SimulatorState, name: &str, people: &[&Lead]) {
        let deals = || people.iter().filter_map(|lead| lead.deal.as_ref());
        let made_at = deals().map(|deal| deal.moves[0].1).min().unwrap_or_default();
        let changed_at = people.iter().map(|lead| lead.changed_at).max().unwrap_or(made_at);
        let row = json!({
            "Account_Name": name, "Account_Type": "Customer", "Industry": "Hospitality", "Owner": user(people[0].owner),
            "Created_Time": local(state, made_at), "Modified_Time": local(state, changed_at),
        });
        self.add("Accounts", id(ACCOUNTS, hash(name)), changed_at, row);
    }

    /// A campaign costs nothing here: that is known where it runs.
    fn add_campaign(
        &mut self,
        state: &SimulatorState,
        utm: &str,
        people: &[&Lead],
        days: Option<(NaiveDate, Option<NaiveDate>)>,
        at: DateTime<Utc>,
    ) {
        let first = people.iter().map(|lead| lead.created_at).min().unwrap_or(at);
        let (start, end) = days.unwrap_or((first.date_naive(), None));
        let is_over = end.is_some_and(|end| end < at.date_naive());
        let of = id(CAMPAIGNS, hash(utm));
        let row = json!({
            "Campaign_Name": utm, "Type": if people[0].utm.1 == "email" { "Email" } else { "Advertisement" },
            "Status": if is_over { "Complete" } else { "Active" }, "Start_Date": start.to_string(),
            "End_Date": end.map(|day| day.to_string()), "Expected_Revenue": null, "Budgeted_Cost": null,
            "Actual_Cost": null, "Num_sent": null, "Expected_Response": null, "Owner": user(0),
            "Created_Time": local(state, first), "Modified_Time": local(state, first),
        });
        for lead in people {
            let (module, number) = match &lead.deal {
                Some(_) => ("Contacts", id(CONTACTS, lead.number)),
                None => ("Leads", id(LEADS, lead.number)),
            };
            let member = json!({"id": number, "Member_Status": "Responded", "Full_Name": full_name(lead),
                                "Modified_Time": local(state, lead.created_at)});
            self.members.entry((of.clone(), module)).or_default().push(member);
        }
        self.add("Campaigns", of, first, row);
    }
}

/// A deal's visits to stages, oldest first. Every fifth deal gets a new amount in its first stage, which makes a
/// second row of the same visit.
fn visits(state: &SimulatorState, deal: &Deal) -> Vec<(DateTime<Utc>, Value)> {
    let now = state.counted_at();
    let mut entries = deal.moves.clone();
    let again = entries[0].1 + TimeDelta::hours(1);
    if deal.number % 5 == 0 && again <= now {
        entries.insert(1, (Stage::Qualified, again));
    }
    let number = deal.number.rem_euclid(1_000_000_000) * 8;
    (0..)
        .zip(&entries)
        .map(|(nth, (entered, at))| {
            let next = entries.get(nth + 1);
            let days = next.map(|(_, left)| (*left - *at).num_days());
            let key = number + 1 + i64::try_from(nth).unwrap_or(0);
            let row = json!({
                "id": id(VISITS, key), "Stage": stage(*entered), "Moved_To__s": next.map(|(to, _)| stage(*to)),
                "Amount": money(deal.amount_cents), "Probability": entered.probability(),
                "Expected_Revenue": money(deal.amount_cents * entered.probability() / 100),
                "Close_Date": deal.close_day.to_string(), "Duration_Days": days.unwrap_or(0),
                "Stage_Duration_Calendar_Days": days, "Modified_Time": local(state, *at),
                "Modified_By": user(deal.owner),
            });
            (*at, row)
        })
        .collect()
}
