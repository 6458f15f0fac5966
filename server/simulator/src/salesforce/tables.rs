//! The org's objects as tables: what sales makes of the leads that marketing hands over.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde_json::{Value, json};

use super::ACCOUNT;
use super::soql::stamp;
use crate::num;
use crate::state::SimulatorState;
use crate::world::World;
use crate::world::leads::{Copied, Deal, Lead, Stage};
use crate::world::paid::Network;

/// One object: its fields, and its rows in their order.
pub(crate) struct Table {
    pub(super) name: &'static str,
    pub(super) fields: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// Days for which the recycle bin keeps what was deleted.
const BIN_DAYS: u64 = 15;

const STAGES: [(Stage, &str, &str); 5] = [
    (Stage::Qualified, "Qualification", "Pipeline"),
    (Stage::Proposal, "Proposal/Price Quote", "BestCase"),
    (Stage::Negotiation, "Negotiation/Review", "Forecast"),
    (Stage::Won, "Closed Won", "Closed"),
    (Stage::Lost, "Closed Lost", "Omitted"),
];

fn stage(of: Stage) -> (&'static str, &'static str) {
    STAGES.iter().find(|(stage, ..)| *stage == of).map_or(("", ""), |(_, name, forecast)| (name, forecast))
}

/// An id of 18 characters: 15, and three that tell which of these are capitals.
pub(super) fn id(prefix: &str, number: i64) -> String {
    const SUFFIX: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    let short = format!("{prefix}dM{number:010}");
    let suffix: String = short
        .as_bytes()
        .chunks(5)
        .map(|part| {
            let capitals = part.iter().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
            char::from(SUFFIX[capitals.map(|(at, _)| 1 << at).sum::<usize>() % 32])
        })
        .collect();
    format!("{short}{suffix}")
}

/// The org's own id.
pub(super) fn org_id() -> String {
    id("00D", 4_711)
}

/// A user's id, by the owner's position.
pub(super) fn user_id(owner: usize) -> String {
    id("005", i64::try_from(owner).unwrap_or(0) + 9_001)
}

/// Room for ids of things that belong to a lead or deal.
fn part(number: i64, of: i64, nth: i64) -> i64 {
    number.rem_euclid(1_000_000_000) * of + nth
}

fn day(at: DateTime<Utc>) -> Value {
    at.date_naive().to_string().into()
}

fn money(cents: i64) -> Value {
    (num::real(cents) / 100.0).into()
}

impl Table {
    fn new(name: &'static str, fields: &'static str, rows: Vec<Value>) -> Self {
        let fields: Vec<_> = fields.split_whitespace().collect();
        let columns = |row: &Value| fields.iter().map(|field| row[*field].clone()).collect();
        let rows = rows.iter().map(columns).collect();
        Self { name, fields, rows }
    }

    /// The position of a field, however it is written.
    pub(super) fn column(&self, field: &str) -> Option<usize> {
        self.fields.iter().position(|known| known.eq_ignore_ascii_case(field))
    }
}

/// A lead with the moment at which marketing handed it over.
type Handed<'a> = (&'a Lead, DateTime<Utc>);

/// All objects as of the last count.
pub(super) fn tables(state: &SimulatorState) -> Arc<Vec<Table>> {
    let at = state.counted_at();
    let leads = state.leads(ACCOUNT);
    let mails = state.newsletters(ACCOUNT);
    state.memo(("salesforce", ACCOUNT, at.timestamp()), |world| {
        let handed: Vec<Handed<'_>> = leads
            .iter()
            .filter(|lead| !lead.is_self_service())
            .filter_map(|lead| Some((lead, lead.mql_at?)))
            .collect();
        let starts = mails.iter().rev().map(|mail| (mail.utm.clone(), mail.sent_at.date_naive())).collect();
        let account = &world.accounts[ACCOUNT];
        let mut list = settings(account.template.currency, account.zone().name(), &account.name);
        list.push(lead_table(&handed));
        list.push(lead_history(&handed));
        list.push(opportunities(&handed, account.template.currency, at));
        list.extend(histories(&handed, account.template.currency));
        list.extend(campaigns(world, &handed, starts, at));
        list
    })
}

/// The org of a business that only uses Account Engagement: itself, and its business unit.
pub(crate) fn org_of_units(name: &str, zone: &str, unit: &str) -> Vec<Table> {
    let row = json!({"Id": id("00D", 4_712), "Name": name, "TimeZoneSidKey": zone, "DefaultLocaleSidKey": "en_GB",
                     "IsSandbox": false, "OrganizationType": "Enterprise Edition"});
    let unit = json!({"PardotTenantId": unit, "PardotTenantName": name, "CreationStatus": "Created"});
    vec![
        Table::new("Organization", ORGANIZATION, vec![row]),
        Table::new("PardotTenant", "PardotTenantId PardotTenantName CreationStatus", vec![unit]),
    ]
}

const ORGANIZATION: &str = "Id Name TimeZoneSidKey DefaultLocaleSidKey IsSandbox OrganizationType";

fn settings(currency: &str, zone: &str, name: &str) -> Vec<Table> {
    let stages = STAGES.iter().zip(1..).map(|((of, name, _), order)| {
        json!({"Id": id("01J", order), "ApiName": name, "MasterLabel": name,
               "IsClosed": matches!(of, Stage::Won | Stage::Lost), "IsWon": *of == Stage::Won,
               "SortOrder": order, "DefaultProbability": num::real(of.probability()), "IsActive": true,
               "SystemModstamp": "2024-01-08T09:00:00.000+0000"})
    });
    vec![
        Table::new(
            "Organization",
            ORGANIZATION,
            vec![
                json!({"Id": org_id(), "Name": name, "TimeZoneSidKey": zone, "DefaultLocaleSidKey": "en_US",
                        "IsSandbox": false, "OrganizationType": "Enterprise Edition"}),
            ],
        ),
        Table::new(
            "CurrencyType",
            "Id IsoCode ConversionRate IsCorporate IsActive",
            vec![
                json!({"Id": id("01L", 1), "IsoCode": currency, "ConversionRate": 1.0, "IsCorporate": true,
                       "IsActive": true}),
                json!({"Id": id("01L", 2), "IsoCode": "EUR", "ConversionRate": 0.92, "IsCorporate": false,
                       "IsActive": true}),
            ],
        ),
        Table::new(
            "OpportunityStage",
            "Id ApiName MasterLabel IsClosed IsWon SortOrder DefaultProbability IsActive SystemModstamp",
            stages.collect(),
        ),
    ]
}

fn source(lead: &Lead) -> &'static str {
    match lead.utm.1 {
        "cpc" | "paid_social" => "Advertisement",
        "email" => "Email",
        "referral" => "Partner Referral",
        _ => "Web",
    }
}

/// Whether a visit belongs to a campaign, and to which.
fn campaign_of(lead: &Lead) -> Option<String> {
    let is_one = matches!(lead.utm.1, "cpc" | "paid_social" | "email");
    is_one.then(|| id("701", campaign_number(&lead.utm.2)))
}

fn campaign_number(utm: &str) -> i64 {
    utm.bytes().fold(7, |sum, byte| (sum * 131 + i64::from(byte)) % 9_999_999_967)
}

/// The statuses of a lead so far.
fn statuses(&(lead, handed_at): &Handed<'_>) -> Vec<(&'static str, DateTime<Utc>)> {
    let converted_at = lead.deal.as_ref().map(|deal| deal.moves[0].1);
    [
        ("Open - Not Contacted", Some(handed_at)),
        ("Working - Contacted", lead.sql_at),
        ("Closed - Converted", converted_at),
    ]
    .into_iter()
    .filter_map(|(status, at)| at.map(|at| (status, at)))
    .collect()
}

fn lead_table(handed: &[Handed<'_>]) -> Table {
    let rows = handed.iter().map(|of| {
        let (lead, handed_at) = *of;
        let (status, changed_at) = statuses(of).last().copied().unwrap_or(("", handed_at));
        let converted = lead.deal.as_ref();
        json!({
            "Id": id("00Q", lead.number), "Name": format!("{} {}", lead.first_name, lead.last_name),
            "Company": lead.company, "Status": status, "LeadSource": source(lead), "OwnerId": user_id(lead.owner),
            "IsConverted": converted.is_some(), "ConvertedDate": converted.map(|deal| day(deal.moves[0].1)),
            "ConvertedOpportunityId": converted.map(|deal| id("006", deal.number)),
            "ConvertedContactId": converted.map(|deal| id("003", deal.number)),
            "CreatedDate": stamp(handed_at), "LastModifiedDate": stamp(changed_at),
            "SystemModstamp": stamp(changed_at), "IsDeleted": false,
        })
    });
    let fields = "Id Name Company Status LeadSource OwnerId IsConverted ConvertedDate ConvertedOpportunityId \
                  ConvertedContactId CreatedDate LastModifiedDate SystemModstamp IsDeleted";
    Table::new("Lead", fields, rows.collect())
}

fn lead_history(handed: &[Handed<'_>]) -> Table {
    let rows = handed.iter().flat_map(|of| {
        let list = statuses(of);
        let number = of.0.number;
        let made = json!({"Id": id("017", part(number, 4, 0)), "LeadId": id("00Q", number), "Field": "created",
                          "CreatedDate": stamp(of.1), "CreatedById": user_id(of.0.owner), "IsDeleted": false});
        let moves = list.windows(2).zip(1..).map(|(pair, nth)| {
            json!({"Id": id("017", part(number, 4, nth)), "LeadId": id("00Q", number), "Field": "Status",
                   "OldValue": pair[0].0, "NewValue": pair[1].0, "CreatedDate": stamp(pair[1].1),
                   "CreatedById": user_id(of.0.owner), "IsDeleted": false})
        });
        std::iter::once(made).chain(moves).collect::<Vec<_>>()
    });
    Table::new(
        "LeadHistory",
        "Id LeadId Field OldValue NewValue CreatedDate CreatedById IsDeleted",
        rows.collect(),
    )
}

fn opportunity(lead: &Lead, deal: &Deal, currency: &str) -> Value {
    let (made_at, last) = (deal.moves[0].1, deal.moves[deal.moves.len() - 1]);
    let (name, forecast) = stage(last.0);
    let closed = matches!(last.0, Stage::Won | Stage::Lost);
    json!({
        "Id": id("006", deal.number), "Name": deal.name, "StageName": name, "Amount": money(deal.amount_cents),
        "ExpectedRevenue": money(deal.amount_cents * last.0.probability() / 100), "CurrencyIsoCode": currency,
        "CloseDate": if closed { day(last.1) } else { deal.close_day.to_string().into() }, "IsClosed": closed,
        "IsWon": last.0 == Stage::Won, "Probability": num::real(last.0.probability()),
        "ForecastCategory": forecast, "LeadSource": source(lead), "CampaignId": campaign_of(lead),
        "AccountId": id("001", campaign_number(lead.company)), "OwnerId": user_id(deal.owner),
        "CreatedDate": stamp(made_at), "LastModifiedDate": stamp(last.1), "SystemModstamp": stamp(last.1),
        "IsDeleted": false,
    })
}

/// Copies of deals that have been deleted by `at`.
pub(super) fn deleted(leads: &[Lead], at: DateTime<Utc>) -> Vec<(String, Copied, &Lead)> {
    let handed = leads.iter().filter(|lead| !lead.is_self_service());
    handed.filter_map(|lead| lead.copy(at).map(|copy| (id("006", copy.number), copy, lead))).collect()
}

fn opportunities(handed: &[Handed<'_>], currency: &str, at: DateTime<Utc>) -> Table {
    let mut rows = Vec::new();
    for (lead, _) in handed {
        let Some(deal) = &lead.deal else { continue };
        let row = opportunity(lead, deal, currency);
        if let Some(copy) = lead.copy(at).filter(|copy| at - Days::new(BIN_DAYS) < copy.deleted_at) {
            let mut row = row.clone();
            row["Id"] = id("006", copy.number).into();
            row["StageName"] = STAGES[0].1.into();
            row["IsClosed"] = false.into();
            row["IsWon"] = false.into();
            row["CreatedDate"] = stamp(copy.created_at).into();
            row["SystemModstamp"] = stamp(copy.deleted_at).into();
            row["IsDeleted"] = true.into();
            rows.push(row);
        }
        rows.push(row);
    }
    let fields = "Id Name StageName Amount ExpectedRevenue CurrencyIsoCode CloseDate IsClosed IsWon Probability \
                  ForecastCategory LeadSource CampaignId AccountId OwnerId CreatedDate LastModifiedDate \
                  SystemModstamp IsDeleted";
    Table::new("Opportunity", fields, rows)
}

/// One row for each change of stage, and for each new amount that comes an hour after the offer.
fn histories(handed: &[Handed<'_>], currency: &str) -> [Table; 2] {
    let (mut rows, mut of_fields) = (Vec::new(), Vec::new());
    for (lead, _) in handed {
        let Some(deal) = &lead.deal else { continue };
        let changed = stamp(deal.moves[deal.moves.len() - 1].1);
        for (nth, (of, at)) in (0_i64..).zip(&deal.moves) {
            let (name, forecast) = stage(*of);
            let row = |key: i64, at: DateTime<Utc>| {
                json!({"Id": id("008", part(deal.number, 8, key)), "OpportunityId": id("006", deal.number),
                       "StageName": name, "Amount": money(deal.amount_cents),
                       "ExpectedRevenue": money(deal.amount_cents * of.probability() / 100),
                       "CurrencyIsoCode": currency, "Opportunity.SystemModstamp": changed,
                       "Probability": num::real(of.probability()), "CloseDate": deal.close_day.to_string(),
                       "ForecastCategory": forecast, "CreatedDate": stamp(at), "SystemModstamp": stamp(at),
                       "CreatedById": user_id(deal.owner), "IsDeleted": false})
            };
            rows.push(row(nth, *at));
            let later = *at + chrono::TimeDelta::hours(1);
            if *of == Stage::Proposal && lead.changed_at > later {
                rows.push(row(7, later));
            }
        }
        of_fields.extend((1_i64..).zip(deal.moves.windows(2)).map(|(nth, pair)| {
            json!({"Id": id("01G", part(deal.number, 8, nth)), "OpportunityId": id("006", deal.number),
                   "Field": "StageName", "OldValue": stage(pair[0].0).0, "NewValue": stage(pair[1].0).0,
                   "CreatedDate": stamp(pair[1].1), "CreatedById": user_id(deal.owner), "IsDeleted": false,
                   "Opportunity.SystemModstamp": changed})
        }));
    }
    let fields = "Id OpportunityId StageName Amount ExpectedRevenue Probability CloseDate ForecastCategory \
                  CreatedById CreatedDate SystemModstamp IsDeleted CurrencyIsoCode Opportunity.SystemModstamp";
    let of_field = "Id OpportunityId Field OldValue NewValue CreatedById CreatedDate IsDeleted \
                    Opportunity.SystemModstamp";
    [
        Table::new("OpportunityHistory", fields, rows),
        Table::new("OpportunityFieldHistory", of_field, of_fields),
    ]
}

/// Campaigns are those that the visits name; what they cost is known where they run.
fn campaigns(
    world: &World,
    handed: &[Handed<'_>],
    mut starts: BTreeMap<String, NaiveDate>,
    at: DateTime<Utc>,
) -> [Table; 2] {
    let currency = world.accounts[ACCOUNT].template.currency;
    let mut ends = BTreeMap::new();
    for network in std::iter::once(Network::Google).chain(Network::SOCIAL) {
        for campaign in world.paid(network, ACCOUNT) {
            starts.insert(campaign.utm.clone(), campaign.start);
            ends.insert(campaign.utm.clone(), campaign.end);
        }
    }
    let mut of: BTreeMap<String, (&str, &str, Vec<&Lead>)> = BTreeMap::new();
    let mut members = Vec::new();
    for (lead, handed_at) in handed {
        let Some(campaign) = campaign_of(lead) else { continue };
        let (_, _, list) =
            of.entry(campaign.clone()).or_insert_with(|| (&lead.utm.2, source(lead), Vec::new()));
        list.push(lead);
        members.push(json!({
            "Id": id("00v", lead.number), "CampaignId": campaign, "LeadId": id("00Q", lead.number),
            "ContactId": lead.deal.as_ref().map(|deal| id("003", deal.number)), "Status": "Responded",
            "HasResponded": true, "FirstRespondedDate": day(lead.created_at), "CreatedDate": stamp(*handed_at),
            "SystemModstamp": stamp(*handed_at), "IsDeleted": false,
        }));
    }
    let rows = of.into_iter().map(|(id, (utm, kind, leads))| {
        let deals: Vec<_> = leads.iter().filter_map(|lead| lead.deal.as_ref()).collect();
        let won: Vec<_> =
            leads.iter().filter(|lead| lead.is_customer()).filter_map(|l| l.deal.as_ref()).collect();
        let sum = |deals: &[&Deal]| money(deals.iter().map(|deal| deal.amount_cents).sum());
        let start = starts.get(utm).copied();
        let end = ends.get(utm).copied().flatten();
        let is_over = end.is_some_and(|end| end < at.date_naive());
        let made = start.and_then(|day| day.and_hms_opt(8, 0, 0)).unwrap_or_default().and_utc();
        let changed = leads.iter().map(|lead| lead.changed_at).max().unwrap_or(made);
        json!({
            "Id": id, "Name": utm, "Type": kind, "Status": if is_over { "Completed" } else { "In Progress" },
            "StartDate": start.map(|day| day.to_string()), "EndDate": end.map(|day| day.to_string()),
            "IsActive": !is_over, "ActualCost": null, "BudgetedCost": null, "NumberSent": 0.0,
            "NumberOfLeads": leads.len(), "NumberOfConvertedLeads": deals.len(), "NumberOfContacts": 0,
            "NumberOfResponses": leads.len(), "NumberOfOpportunities": deals.len(),
            "NumberOfWonOpportunities": won.len(), "AmountAllOpportunities": sum(&deals),
            "AmountWonOpportunities": sum(&won), "CurrencyIsoCode": currency, "CreatedDate": stamp(made),
            "SystemModstamp": stamp(changed), "IsDeleted": false,
        })
    });
    let fields = "Id Name Type Status StartDate EndDate IsActive ActualCost BudgetedCost NumberSent NumberOfLeads \
                  NumberOfConvertedLeads NumberOfContacts NumberOfResponses NumberOfOpportunities \
                  NumberOfWonOpportunities AmountAllOpportunities AmountWonOpportunities CurrencyIsoCode CreatedDate \
                  SystemModstamp IsDeleted";
    let of_member = "Id CampaignId LeadId ContactId Status HasResponded FirstRespondedDate CreatedDate \
                     SystemModstamp IsDeleted";
    [Table::new("Campaign", fields, rows.collect()), Table::new("CampaignMember", of_member, members)]
}
