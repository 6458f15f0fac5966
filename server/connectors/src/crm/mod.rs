//! Records of customer relations, alike for all CRMs. Figures are derived from them, in one place ([`figures`]), so
//! that the command line and whoever stores the records count the same.

mod figures;
mod moves;

pub use figures::Tally;
pub use moves::{First, changes, moves, records};

use crate::connector::Slice;
use crate::record::{Page, Record};

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of things that a CRM keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CrmKind {
    /// A person.
    Contact,
    /// A person or company that might buy, where the CRM keeps them apart from contacts.
    Lead,
    /// An organisation.
    Company,
    /// A deal, opportunity.
    Deal,
}

impl CrmKind {
    /// As stored and printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Lead => "lead",
            Self::Company => "company",
            Self::Deal => "deal",
        }
    }
}

/// Where a record came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The stream that it came by.
    pub stream: &'static str,
    /// The vendor's id of the account.
    pub account: String,
    /// What leads are counted under, where that is not the account's own id.
    pub counted_under: Option<String>,
    /// When the vendor answered with it.
    pub seen_at: DateTime<Utc>,
}

impl Origin {
    /// Records of a slice, from an answer of that moment.
    pub fn new(slice: &Slice<'_>, seen_at: DateTime<Utc>) -> Self {
        Self { stream: slice.stream.name, account: slice.account.id.clone(), counted_under: None, seen_at }
    }
}

/// What becomes of a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DealState {
    /// Still worked on.
    Open,
    /// Won.
    Won,
    /// Lost.
    Lost,
    /// Closed, and the CRM does not say how.
    Closed,
}

impl DealState {
    /// As stored and printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Closed => "closed",
        }
    }
}

/// A deal as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct DealRecord {
    /// Where it came from.
    pub origin: Origin,
    /// The vendor's id.
    pub id: String,
    /// Its name; the id where there is none.
    pub name: String,
    /// The pipeline's id.
    pub pipeline: Option<String>,
    /// The stage's id.
    pub stage: Option<String>,
    /// None where it can't be told, for example because the stages can't be read. Such a deal counts as created only.
    pub state: Option<DealState>,
    /// The chance to win it (0 to 1), where the deal or its stage has one.
    pub probability: Option<Decimal>,
    /// Its value in major units of the currency.
    pub amount: Option<Decimal>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// The owner's id.
    pub owner: Option<String>,
    /// The day when it was made.
    pub created: Option<NaiveDate>,
    /// The day when it was closed; none while it is open, whatever is expected.
    pub closed: Option<NaiveDate>,
    /// When it was last changed.
    pub changed_at: Option<DateTime<Utc>>,
    /// Everything else, names in `snake_case`.
    pub attributes: Map<String, Value>,
}

/// A deal moved from one stage to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitionRecord {
    /// Where it came from.
    pub origin: Origin,
    /// The deal.
    pub deal: String,
    /// The stage that it left; none where it came into being.
    pub from: Option<String>,
    /// The stage that it entered.
    pub to: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Seconds in the stage that it left.
    pub seconds_in_from: Option<i64>,
}

/// Steps on the way to a customer that have a canonical meaning, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LifecycleStage {
    /// Known as a lead.
    Lead,
    /// Ready by marketing's judgement.
    Mql,
    /// Ready by sales' judgement.
    Sql,
    /// Has a deal.
    Opportunity,
    /// Bought.
    Customer,
    /// Left the list of leads by becoming a contact or deal.
    Converted,
}

impl LifecycleStage {
    /// As stored and printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Mql => "mql",
            Self::Sql => "sql",
            Self::Opportunity => "opportunity",
            Self::Customer => "customer",
            Self::Converted => "converted",
        }
    }
}

/// A contact, lead or company as it stands now. It holds no name, address or number of a person: figures need none.
#[derive(Debug, Clone, PartialEq)]
pub struct PartyRecord {
    /// Where it came from.
    pub origin: Origin,
    /// What it is.
    pub kind: CrmKind,
    /// The vendor's id.
    pub id: String,
    /// The name of an organisation; none for people.
    pub name: Option<String>,
    /// The vendor's own word for the stage that it is in.
    pub stage: Option<String>,
    /// When it entered each stage. A stage that was taken back is missing.
    pub entered: BTreeMap<LifecycleStage, DateTime<Utc>>,
    /// The owner's id.
    pub owner: Option<String>,
    /// When it was made.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub changed_at: Option<DateTime<Utc>>,
    /// Everything else, names in `snake_case`.
    pub attributes: Map<String, Value>,
}

/// A record was deleted or lives on in another: it counts nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TombstoneRecord {
    /// Where it came from.
    pub origin: Origin,
    /// What it was.
    pub kind: CrmKind,
    /// The vendor's id.
    pub id: String,
    /// When, where the vendor says it.
    pub at: Option<DateTime<Utc>>,
    /// The record that it was merged into.
    pub merged_into: Option<String>,
}

/// Two records belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRecord {
    /// Where it came from.
    pub origin: Origin,
    /// The one side.
    pub from: (CrmKind, String),
    /// The other side.
    pub to: (CrmKind, String),
    /// The vendor's own kind of link.
    pub role: String,
}

/// All deals that there are. Others that are known were deleted, where the vendor leaves no other trace of that; so it is
/// handed out only when every page of every list of deals has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterRecord {
    /// Where it came from, and when the vendor began to list them.
    pub origin: Origin,
    /// The vendor's ids.
    pub deals: BTreeSet<String>,
}

/// One record of a CRM. Keys are (account, kind, id); for transitions (account, deal, at, to); for links all of it.
#[derive(Debug, Clone, PartialEq)]
pub enum CrmRecord {
    /// A deal.
    Deal(DealRecord),
    /// A move of a deal.
    Transition(TransitionRecord),
    /// A contact, lead or company.
    Party(PartyRecord),
    /// Something that is no more.
    Tombstone(TombstoneRecord),
    /// Two that belong together.
    Link(LinkRecord),
    /// All deals.
    Roster(RosterRecord),
}

impl From<CrmRecord> for Record {
    fn from(record: CrmRecord) -> Self {
        Self::Crm(Box::new(record))
    }
}

impl DealRecord {
    /// A deal of which nothing is known but its id, to start from.
    pub fn new(origin: Origin, id: String) -> Self {
        Self {
            origin,
            name: id.clone(),
            id,
            pipeline: None,
            stage: None,
            state: None,
            probability: None,
            amount: None,
            currency: None,
            owner: None,
            created: None,
            closed: None,
            changed_at: None,
            attributes: Map::new(),
        }
    }
}

impl PartyRecord {
    /// Somebody or something of whom nothing is known but the id, to start from.
    pub fn new(origin: Origin, kind: CrmKind, id: String) -> Self {
        Self {
            origin,
            kind,
            id,
            name: None,
            stage: None,
            entered: BTreeMap::new(),
            owner: None,
            created_at: None,
            changed_at: None,
            attributes: Map::new(),
        }
    }
}

impl RosterRecord {
    /// No deals so far.
    pub fn new(origin: Origin) -> Self {
        Self { origin, deals: BTreeSet::new() }
    }

    /// Takes the deals of a page.
    pub fn note(&mut self, page: &Page) {
        let deals = page.records.iter().filter_map(|record| match record {
            Record::Crm(record) => match &**record {
                CrmRecord::Deal(deal) => Some(deal.id.clone()),
                _ => None,
            },
            _ => None,
        });
        self.deals.extend(deals);
    }
}

impl From<RosterRecord> for Page {
    fn from(roster: RosterRecord) -> Self {
        Self { records: vec![CrmRecord::Roster(roster).into()], ..Self::default() }
    }
}

impl TombstoneRecord {
    /// Something that is no more.
    pub fn new(origin: Origin, kind: CrmKind, id: String, at: Option<DateTime<Utc>>) -> Self {
        Self { origin, kind, id, at, merged_into: None }
    }
}
