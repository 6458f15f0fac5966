//! Records of customer relations: kept as they stand, with every move, and counted into `facts_crm`.
//!
//! Figures are counted from what is stored, not from what came: a day that a record touches (made, closed, moved, before
//! and now) is counted anew as a whole, in the transaction that writes the record. So a deal that changes its day of
//! closing leaves no trace on the old one, and a deal that was deleted counts nowhere, as the vendors' own reports have
//! it. Only the value of an open deal is seen and gone: it is written on the day when it was seen, in rows of a stream of
//! their own, and stays.

mod cohorts;
mod days;
mod figures;
mod links;
mod records;
mod tombstones;
mod values;

use crate::currency::Currency;
use crate::error::LoadError;
use crate::load::accounts::lock;
use crate::load::entities::{EntityRecord, resolve, upsert_entities};
use crate::load::scope::{Cause, Duplicates, LoadCounts, LoadScope};
use chrono::{DateTime, NaiveDate, Utc};
use metrics::Family;
use model::entities::EntityKind;
use model::ids::{AccountId, WorkspaceId};
use model::live::Topic;
use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::PgConnection;
use std::collections::{BTreeSet, HashSet};

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CrmKind {
    /// A deal, opportunity.
    Deal,
    /// A person.
    Contact,
    /// Somebody who might buy.
    Lead,
    /// An organisation.
    Company,
}

impl CrmKind {
    /// As stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deal => "deal",
            Self::Contact => "contact",
            Self::Lead => "lead",
            Self::Company => "company",
        }
    }
}

/// What became of a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DealState {
    /// Still worked on.
    Open,
    /// Won.
    Won,
    /// Lost.
    Lost,
    /// Closed, nobody knows how.
    Closed,
}

impl DealState {
    /// As stored.
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
pub struct Deal {
    /// The vendor's id.
    pub remote_id: String,
    /// For people.
    pub name: String,
    /// The vendor's id of the pipeline.
    pub pipeline: Option<String>,
    /// The vendor's id of the stage.
    pub stage: Option<String>,
    /// None where it can't be told: then it counts as made only.
    pub state: Option<DealState>,
    /// The chance to win it, 0 to 1.
    pub probability: Option<Decimal>,
    /// Its value in millionths.
    pub amount: Option<i64>,
    /// Of the amount.
    pub currency: Currency,
    /// The vendor's id of who owns it.
    pub owner: Option<String>,
    /// When it was made.
    pub created: Option<NaiveDate>,
    /// When it was closed.
    pub closed: Option<NaiveDate>,
    /// When it was last changed.
    pub changed_at: Option<DateTime<Utc>>,
    /// Everything else, an object.
    pub attributes: Value,
    /// The day when the vendor answered with it: its value counts there as long as it is open.
    pub seen_on: NaiveDate,
}

impl Deal {
    /// What it is worth to the pipeline: its value while it is open.
    fn open_value(&self) -> Option<i64> {
        self.amount.filter(|_| self.state == Some(DealState::Open))
    }
}

/// A record went from one stage to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The vendor's id of the deal.
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

/// Steps on the way to a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
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
    /// Became a contact or deal.
    Converted,
}

impl Step {
    /// As stored.
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

/// A contact, lead or company as it stands now, without anything that names a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Party {
    /// Not a deal.
    pub kind: CrmKind,
    /// The vendor's id.
    pub remote_id: String,
    /// Of an organisation.
    pub name: Option<String>,
    /// The vendor's own word for its stage.
    pub stage: Option<String>,
    /// When it took each step. One that is missing here and was known stays: it was taken.
    pub entered: Vec<(Step, DateTime<Utc>)>,
    /// The vendor's id of who owns it.
    pub owner: Option<String>,
    /// When it was made.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub changed_at: Option<DateTime<Utc>>,
    /// Everything else, an object.
    pub attributes: Value,
}

/// A record is no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// What it was.
    pub kind: CrmKind,
    /// The vendor's id.
    pub remote_id: String,
    /// Since when, where the vendor says it.
    pub at: Option<DateTime<Utc>>,
    /// The record that it lives on in.
    pub merged_into: Option<String>,
}

/// Two records belong together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Link {
    /// The one side.
    pub from: (CrmKind, String),
    /// The other side.
    pub to: (CrmKind, String),
    /// The vendor's own kind of link.
    pub role: String,
}

/// All deals of an account: others that are known were deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The vendor's ids.
    pub deals: Vec<String>,
    /// When the vendor began to list them: it can't tell of what was changed later.
    pub as_of: DateTime<Utc>,
}

/// What came. Of several versions of a record the last counts, and a tombstone before any.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CrmBatch {
    /// Deals.
    pub deals: Vec<Deal>,
    /// Moves of deals.
    pub moves: Vec<Move>,
    /// Contacts, leads, companies.
    pub parties: Vec<Party>,
    /// What is no more.
    pub tombstones: Vec<Tombstone>,
    /// What belongs together.
    pub links: Vec<Link>,
    /// What there is altogether.
    pub rosters: Vec<Roster>,
}

impl CrmBatch {
    /// Whether nothing came.
    pub fn is_empty(&self) -> bool {
        self.deals.is_empty()
            && self.moves.is_empty()
            && self.parties.is_empty()
            && self.tombstones.is_empty()
            && self.links.is_empty()
            && self.rosters.is_empty()
    }
}

/// Whose records, and who brings them.
#[derive(Debug, Clone, Copy)]
pub struct CrmScope {
    /// Where.
    pub workspace: WorkspaceId,
    /// Of which account.
    pub account: AccountId,
    /// Who writes.
    pub cause: Cause,
    /// Now.
    pub at: DateTime<Utc>,
}

impl CrmScope {
    /// Figures of these records are rows of a stream of their own, whatever streams the records came by: each record is
    /// counted once.
    fn load(&self, kind: EntityKind, stream: &'static str) -> LoadScope {
        LoadScope {
            workspace: self.workspace,
            account: self.account,
            family: Family::Crm,
            kind,
            breakdown: None,
            stream: Some(stream),
            replace_days: None,
            duplicates: Duplicates::LastWins,
            cause: self.cause,
            at: self.at,
        }
    }
}

/// What [`upsert_crm`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CrmCounts {
    /// Records, moves and links that were not there or are other than before.
    pub records: u64,
    /// What became of the figures.
    pub facts: LoadCounts,
}

/// Stores the records and brings the figures of the days that they touch up to date. Serving the same again writes
/// nothing.
///
/// # Errors
/// When there is no such account, an id is empty, or the database fails: then the caller must roll back.
pub async fn upsert_crm(
    tx: &mut PgConnection,
    scope: &CrmScope,
    batch: CrmBatch,
) -> Result<CrmCounts, LoadError> {
    let currency = lock(tx, scope.workspace, scope.account).await?;
    sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *tx).await?;
    let mut touched = days::Touched::default();
    let written = records::deals(tx, scope, &batch.deals, &mut touched).await?;
    let alive = written.iter().filter(|deal| !deal.is_dead).count() as u64;
    let mut counts = CrmCounts { records: alive, ..CrmCounts::default() };
    counts.records += records::moves(tx, scope, &batch.moves, &mut touched).await?;
    counts.records += records::parties(tx, scope, &batch.parties, &mut touched).await?;
    let mut gone = tombstones::bury(tx, scope, currency, &batch.tombstones, &mut touched).await?;
    for roster in &batch.rosters {
        gone += tombstones::miss(tx, scope, roster, &mut touched).await?;
    }
    counts.records += gone.records;
    let linked = links::store(tx, scope, &batch.links).await?;
    counts.records += linked;
    if linked > 0 {
        cohorts::mark_sides(tx, scope, &batch.links).await?;
    }
    let deals: Vec<&str> = written
        .iter()
        .map(|deal| deal.remote_id.as_str())
        .chain(gone.deals.iter().map(String::as_str))
        .collect();
    cohorts::mark_linked_with(tx, scope, &deals).await?;
    cohorts::settle(tx, scope, &batch, &mut touched).await?;
    describe(tx, scope, &batch, &written, &gone.deals).await?;
    counts.facts += figures::recount(tx, scope, currency, &touched).await?;
    counts.facts += values::note(tx, scope, &batch, &written, &gone.deals).await?;
    Ok(counts)
}

/// Changed deals as entities, so that their figures have names, and who they belong to: not every vendor lists these, but
/// figures are told apart by them all the same.
async fn describe(
    tx: &mut PgConnection,
    scope: &CrmScope,
    batch: &CrmBatch,
    written: &[records::Written],
    gone: &[String],
) -> Result<(), LoadError> {
    let latest = records::latest(&batch.deals);
    let changed =
        written.iter().filter(|deal| !deal.is_dead).filter_map(|deal| latest.get(deal.remote_id.as_str()));
    let gone: HashSet<&String> = gone.iter().collect();
    let changed: Vec<&&Deal> = changed.filter(|deal| !gone.contains(&deal.remote_id)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    // A deal may go to another owner or stage, and its own figures stay as they are.
    database::bump(tx, scope.workspace, Topic::Figures).await?;
    let owners: BTreeSet<&str> = changed.iter().filter_map(|deal| deal.owner.as_deref()).collect();
    let owners: Vec<Box<str>> = owners.into_iter().filter(|id| !id.is_empty()).map(Into::into).collect();
    resolve(tx, scope.workspace, scope.account, EntityKind::Owner, &owners, scope.at).await?;
    let records = changed.into_iter().map(|deal| EntityRecord {
        kind: EntityKind::Deal,
        remote_id: deal.remote_id.clone(),
        parent: deal.pipeline.clone().map(|pipeline| (EntityKind::Pipeline, pipeline)),
        name: deal.name.clone(),
        status: deal.state.map(|state| state.name().to_owned()),
        attributes: Value::Null,
    });
    let records: Vec<EntityRecord> = records.collect();
    upsert_entities(tx, scope.workspace, scope.account, &records, scope.at).await?;
    Ok(())
}
