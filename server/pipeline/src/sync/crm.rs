//! Records of CRMs as the warehouse takes them.

use super::slice::scale;
use crate::error::{PipelineError, Result};
use connectors::crm::{self, CrmRecord};
use rust_decimal::Decimal;
use serde_json::Value;
use warehouse::Currency;
use warehouse::load::crm::{CrmBatch, CrmKind, Deal, DealState, Link, Move, Party, Roster, Step, Tombstone};

/// Decimals of an amount of money in the warehouse.
const MONEY: u32 = 6;

/// Adds a record to what the warehouse gets. Money without a currency is in `currency`.
///
/// # Errors
/// When an amount does not fit, or a currency is none.
pub(super) fn add(batch: &mut CrmBatch, record: CrmRecord, currency: Currency) -> Result<()> {
    match record {
        CrmRecord::Deal(record) => batch.deals.push(deal(record, currency)?),
        CrmRecord::Transition(step) => batch.moves.push(Move {
            deal: step.deal,
            from: step.from,
            to: step.to,
            at: step.at,
            seconds_in_from: step.seconds_in_from,
        }),
        CrmRecord::Party(record) => batch.parties.push(party(record)),
        CrmRecord::Tombstone(record) => batch.tombstones.push(Tombstone {
            kind: kind(record.kind),
            remote_id: record.id,
            at: record.at,
            merged_into: record.merged_into,
        }),
        CrmRecord::Link(link) => batch.links.push(Link {
            from: (kind(link.from.0), link.from.1),
            to: (kind(link.to.0), link.to.1),
            role: link.role,
        }),
        CrmRecord::Roster(all) => {
            batch.rosters.push(Roster { deals: all.deals.into_iter().collect(), as_of: all.origin.seen_at });
        }
    }
    Ok(())
}

fn deal(record: crm::DealRecord, fallback: Currency) -> Result<Deal> {
    let scaled = |amount: Decimal| {
        scale(amount, MONEY).ok_or_else(|| {
            PipelineError::unexpected(format!("the amount of deal {} is too large: {amount}", record.id))
        })
    };
    let currency = match &record.currency {
        Some(code) => code.parse().map_err(PipelineError::unexpected)?,
        None => fallback,
    };
    Ok(Deal {
        amount: record.amount.map(scaled).transpose()?,
        currency,
        remote_id: record.id,
        name: record.name,
        pipeline: record.pipeline,
        stage: record.stage,
        state: record.state.map(|state| match state {
            crm::DealState::Open => DealState::Open,
            crm::DealState::Won => DealState::Won,
            crm::DealState::Lost => DealState::Lost,
            crm::DealState::Closed => DealState::Closed,
        }),
        probability: record.probability,
        owner: record.owner,
        created: record.created,
        closed: record.closed,
        changed_at: record.changed_at,
        attributes: Value::Object(record.attributes),
        seen_on: record.origin.seen_at.date_naive(),
    })
}

fn party(record: crm::PartyRecord) -> Party {
    let step = |stage| match stage {
        crm::LifecycleStage::Lead => Step::Lead,
        crm::LifecycleStage::Mql => Step::Mql,
        crm::LifecycleStage::Sql => Step::Sql,
        crm::LifecycleStage::Opportunity => Step::Opportunity,
        crm::LifecycleStage::Customer => Step::Customer,
        crm::LifecycleStage::Converted => Step::Converted,
    };
    Party {
        kind: kind(record.kind),
        remote_id: record.id,
        name: record.name,
        stage: record.stage,
        entered: record.entered.into_iter().map(|(stage, at)| (step(stage), at)).collect(),
        owner: record.owner,
        created_at: record.created_at,
        changed_at: record.changed_at,
        attributes: Value::Object(record.attributes),
    }
}

fn kind(kind: crm::CrmKind) -> CrmKind {
    match kind {
        crm::CrmKind::Contact => CrmKind::Contact,
        crm::CrmKind::Lead => CrmKind::Lead,
        crm::CrmKind::Company => CrmKind::Company,
        crm::CrmKind::Deal => CrmKind::Deal,
    }
}
