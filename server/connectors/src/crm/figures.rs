//! What records of a CRM come to in figures.

use super::{
    CrmKind, CrmRecord, DealRecord, DealState, LifecycleStage, Origin, PartyRecord, TransitionRecord,
};
use crate::record::FactRecord;
use chrono::{DateTime, NaiveDate, Utc};
use metrics::Metric;
use model::DayRange;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::Map;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Steps that are counted, per account and day. Customers and opportunities are counted by their deals.
const COUNTED_STAGES: &[(LifecycleStage, Metric)] = &[
    (LifecycleStage::Lead, Metric::Leads),
    (LifecycleStage::Mql, Metric::Mqls),
    (LifecycleStage::Sql, Metric::Sqls),
    (LifecycleStage::Converted, Metric::LeadsConverted),
];

/// Records of one account, each once however often it was served. Later ones replace earlier ones.
#[derive(Debug, Default)]
pub struct Tally {
    deals: HashMap<String, DealRecord>,
    moves: BTreeMap<(String, DateTime<Utc>, String), TransitionRecord>,
    parties: HashMap<(CrmKind, String), (Origin, BTreeMap<LifecycleStage, DateTime<Utc>>)>,
    gone: HashSet<(CrmKind, String)>,
}

/// One row of figures before it has its values: stream, kind, entity, day, currency.
type Row = (&'static str, EntityKind, String, NaiveDate, Option<String>);

impl Tally {
    /// Takes a record.
    pub fn add(&mut self, record: CrmRecord) {
        match record {
            CrmRecord::Deal(deal) => self.add_deal(deal),
            CrmRecord::Transition(step) => {
                self.moves.insert((step.deal.clone(), step.at, step.to.clone()), step);
            }
            CrmRecord::Party(party) => self.add_party(party),
            CrmRecord::Tombstone(tombstone) => {
                self.gone.insert((tombstone.kind, tombstone.id));
            }
            // What is missing was never taken.
            CrmRecord::Link(_) | CrmRecord::Roster(_) => {}
        }
    }

    fn add_deal(&mut self, deal: DealRecord) {
        // The same deal by another stream stays with the first, so that its figures come once.
        if let Some(known) = self.deals.get(&deal.id)
            && (DealRecord { origin: known.origin.clone(), ..deal.clone() }) == *known
        {
            return;
        }
        self.deals.insert(deal.id.clone(), deal);
    }

    fn add_party(&mut self, party: PartyRecord) {
        self.parties.insert((party.kind, party.id), (party.origin, party.entered));
    }

    /// Figures of the records that came by that stream, on those days; ordered by entity and day.
    pub fn figures(&self, stream: &str, days: DayRange) -> Vec<FactRecord> {
        let mut rows: BTreeMap<(String, Row), BTreeMap<Metric, Decimal>> = BTreeMap::new();
        let mut count = |account: &str, row: Row, metric: Metric, value: Decimal| {
            if row.0 == stream && days.contains(row.3) {
                *rows.entry((account.to_owned(), row)).or_default().entry(metric).or_default() += value;
            }
        };
        for deal in self.deals.values().filter(|d| !self.is_gone(CrmKind::Deal, &d.id)) {
            for (day, metric, value) in deal_figures(deal) {
                let currency = deal.currency.clone().filter(|_| metric.is_money());
                let row = (deal.origin.stream, EntityKind::Deal, deal.id.clone(), day, currency);
                count(&deal.origin.account, row, metric, value);
            }
        }
        for ((origin, deal, day), moves) in self.moves_of(stream) {
            let row = (origin.0, EntityKind::Deal, deal.to_owned(), day, None);
            count(origin.1, row, Metric::StageTransition, moves);
        }
        let living = self.parties.iter().filter(|((kind, id), _)| !self.is_gone(*kind, id));
        for ((_, _), (origin, entered)) in living.filter(|((kind, _), _)| *kind != CrmKind::Company) {
            for (stage, metric) in COUNTED_STAGES {
                if let Some(at) = entered.get(stage) {
                    let under = origin.counted_under.clone().unwrap_or_else(|| origin.account.clone());
                    let row = (origin.stream, EntityKind::Account, under, at.date_naive(), None);
                    count(&origin.account, row, *metric, Decimal::ONE);
                }
            }
        }
        rows.into_iter().map(|((account, row), values)| fact(account, row, values)).collect()
    }

    /// Moves by stream and account, deal and day, where that stream brought one of the day. All of the day are counted, also
    /// those that came by another stream: two streams of the same moves must not tell two sums.
    fn moves_of(&self, stream: &str) -> BTreeMap<((&'static str, &str), &str, NaiveDate), Decimal> {
        let living = || self.moves.values().filter(|step| !self.is_gone(CrmKind::Deal, &step.deal));
        let mut days: BTreeMap<(&str, NaiveDate), ((&'static str, &str), Decimal)> = living()
            .filter(|step| step.origin.stream == stream)
            .map(|step| {
                let origin = (step.origin.stream, step.origin.account.as_str());
                ((step.deal.as_str(), step.at.date_naive()), (origin, Decimal::ZERO))
            })
            .collect();
        for step in living() {
            if let Some((_, count)) = days.get_mut(&(step.deal.as_str(), step.at.date_naive())) {
                *count += Decimal::ONE;
            }
        }
        days.into_iter().map(|((deal, day), (origin, count))| ((origin, deal, day), count)).collect()
    }

    fn is_gone(&self, kind: CrmKind, id: &str) -> bool {
        // A set of pairs can't be asked with a borrowed text; most accounts have few that are gone.
        !self.gone.is_empty() && self.gone.contains(&(kind, id.to_owned()))
    }
}

fn fact(account: String, row: Row, values: BTreeMap<Metric, Decimal>) -> FactRecord {
    let (stream, kind, entity, date, currency) = row;
    FactRecord {
        stream,
        account,
        kind,
        entity,
        date,
        began: None,
        hour: None,
        breakdown: BTreeMap::new(),
        currency,
        values: values.into_iter().collect(),
        extra: Map::new(),
    }
}

/// What one deal counts for. An open deal counts on the day when it was seen, with its value; a closed one on the day
/// when it was closed. A deal without a value has no row of money.
fn deal_figures(deal: &DealRecord) -> Vec<(NaiveDate, Metric, Decimal)> {
    let mut figures = Vec::new();
    let created = deal.created.map(|day| (day, Metric::DealsCreated, Decimal::ONE));
    figures.extend(created);
    match (deal.state, deal.closed) {
        (Some(DealState::Won), Some(day)) => {
            figures.push((day, Metric::DealsWon, Decimal::ONE));
            figures.extend(deal.amount.map(|amount| (day, Metric::Revenue, amount)));
        }
        (Some(DealState::Lost), Some(day)) => figures.push((day, Metric::DealsLost, Decimal::ONE)),
        (Some(DealState::Open), _) => {
            let day = deal.origin.seen_at.date_naive();
            if let Some(amount) = deal.amount {
                figures.push((day, Metric::PipelineValue, amount));
                let weighted = deal.probability.and_then(|p| amount.checked_mul(p));
                figures.extend(weighted.map(|value| (day, Metric::WeightedPipelineValue, value)));
            }
        }
        _ => {}
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::TombstoneRecord;

    fn origin(stream: &'static str) -> Origin {
        Origin {
            stream,
            account: "7".into(),
            counted_under: None,
            seen_at: "2026-05-20T12:00:00Z".parse().unwrap(),
        }
    }

    fn deal(id: &str, state: DealState) -> DealRecord {
        DealRecord {
            origin: origin("deals"),
            id: id.into(),
            name: id.into(),
            pipeline: None,
            stage: None,
            state: Some(state),
            probability: Some("0.35".parse().unwrap()),
            amount: Some("1000.10".parse().unwrap()),
            currency: Some("SEK".into()),
            owner: None,
            created: Some("2026-05-02".parse().unwrap()),
            closed: (state != DealState::Open).then(|| "2026-05-09".parse().unwrap()),
            changed_at: None,
            attributes: Map::new(),
        }
    }

    fn may() -> DayRange {
        DayRange::new("2026-05-01".parse().unwrap(), "2026-05-31".parse().unwrap()).unwrap()
    }

    fn lines(tally: &Tally, stream: &str) -> Vec<String> {
        let line = |f: &FactRecord| {
            let values: Vec<_> = f.values.iter().map(|(m, v)| format!("{}={v}", m.name())).collect();
            format!("{} {} {} {}", f.entity, f.date, values.join(" "), f.currency.as_deref().unwrap_or("-"))
        };
        tally.figures(stream, may()).iter().map(line).collect()
    }

    #[test]
    fn deals_count_by_what_became_of_them() {
        let mut tally = Tally::default();
        for (id, state) in [("1", DealState::Open), ("2", DealState::Won), ("3", DealState::Lost)] {
            tally.add(CrmRecord::Deal(deal(id, state)));
            // Served twice, counted once.
            tally.add(CrmRecord::Deal(deal(id, state)));
        }
        assert_eq!(
            lines(&tally, "deals"),
            [
                "1 2026-05-02 deals_created=1 -",
                "1 2026-05-20 pipeline_value=1000.10 weighted_pipeline_value=350.0350 SEK",
                "2 2026-05-02 deals_created=1 -",
                "2 2026-05-09 deals_won=1 -",
                "2 2026-05-09 revenue=1000.10 SEK",
                "3 2026-05-02 deals_created=1 -",
                "3 2026-05-09 deals_lost=1 -",
            ]
        );
    }

    #[test]
    fn what_is_not_known_has_no_row() {
        let mut tally = Tally::default();
        tally.add(CrmRecord::Deal(DealRecord { amount: None, ..deal("1", DealState::Won) }));
        tally.add(CrmRecord::Deal(DealRecord {
            probability: None,
            created: None,
            ..deal("2", DealState::Open)
        }));
        tally.add(CrmRecord::Deal(DealRecord { state: None, ..deal("3", DealState::Open) }));
        tally.add(CrmRecord::Deal(DealRecord { closed: None, created: None, ..deal("4", DealState::Won) }));
        assert_eq!(
            lines(&tally, "deals"),
            [
                "1 2026-05-02 deals_created=1 -",
                "1 2026-05-09 deals_won=1 -",
                "2 2026-05-20 pipeline_value=1000.10 SEK",
                "3 2026-05-02 deals_created=1 -",
            ]
        );
    }

    #[test]
    fn what_is_gone_counts_nowhere_whenever_that_is_told() {
        let mut tally = Tally::default();
        tally.add(CrmRecord::Deal(deal("1", DealState::Open)));
        tally.add(CrmRecord::Transition(TransitionRecord {
            origin: origin("history"),
            deal: "1".into(),
            from: None,
            to: "a".into(),
            at: "2026-05-02T00:00:00Z".parse().unwrap(),
            seconds_in_from: None,
        }));
        assert_eq!(lines(&tally, "history"), ["1 2026-05-02 stage_transition=1 -"]);
        tally.add(CrmRecord::Tombstone(TombstoneRecord {
            origin: origin("archived"),
            kind: CrmKind::Deal,
            id: "1".into(),
            at: None,
            merged_into: None,
        }));
        assert!(lines(&tally, "deals").is_empty() && lines(&tally, "history").is_empty());
    }

    #[test]
    fn the_same_deal_by_a_second_stream_stays_with_the_first() {
        let mut tally = Tally::default();
        tally.add(CrmRecord::Deal(deal("1", DealState::Open)));
        tally.add(CrmRecord::Deal(DealRecord { origin: origin("open_deals"), ..deal("1", DealState::Open) }));
        assert!(lines(&tally, "open_deals").is_empty());
        let changed = DealRecord { origin: origin("open_deals"), ..deal("1", DealState::Won) };
        tally.add(CrmRecord::Deal(changed));
        assert_eq!(lines(&tally, "open_deals").len(), 3);
    }

    #[test]
    fn two_streams_of_the_same_moves_tell_one_sum() {
        let mut tally = Tally::default();
        let step = |stream, at: &str, to: &str| {
            CrmRecord::Transition(TransitionRecord {
                origin: origin(stream),
                deal: "1".into(),
                from: None,
                to: to.into(),
                at: at.parse().unwrap(),
                seconds_in_from: None,
            })
        };
        tally.add(step("history", "2026-05-03T10:00:00Z", "A"));
        tally.add(step("history", "2026-05-03T15:00:00Z", "B"));
        tally.add(step("history", "2026-05-04T15:00:00Z", "C"));
        assert_eq!(
            lines(&tally, "history"),
            ["1 2026-05-03 stage_transition=2 -", "1 2026-05-04 stage_transition=1 -"]
        );
        tally.add(step("ledger", "2026-05-03T15:00:00Z", "B"));
        assert_eq!(lines(&tally, "ledger"), ["1 2026-05-03 stage_transition=2 -"]);
    }

    #[test]
    fn steps_of_contacts_are_counted_per_account_and_merged_ones_once() {
        let party = |kind, id: &str| {
            CrmRecord::Party(PartyRecord {
                origin: origin("contacts"),
                kind,
                id: id.into(),
                name: None,
                stage: None,
                entered: [
                    (LifecycleStage::Lead, "2026-05-03T23:59:59Z".parse().unwrap()),
                    (LifecycleStage::Mql, "2026-06-01T00:00:00Z".parse().unwrap()),
                ]
                .into(),
                owner: None,
                created_at: None,
                changed_at: None,
                attributes: Map::new(),
            })
        };
        let mut tally = Tally::default();
        tally.add(party(CrmKind::Contact, "1"));
        tally.add(party(CrmKind::Contact, "2"));
        tally.add(party(CrmKind::Lead, "1"));
        tally.add(party(CrmKind::Company, "9"));
        tally.add(CrmRecord::Tombstone(TombstoneRecord {
            origin: origin("contacts"),
            kind: CrmKind::Contact,
            id: "1".into(),
            at: None,
            merged_into: Some("2".into()),
        }));
        assert_eq!(lines(&tally, "contacts"), ["7 2026-05-03 leads=2 -"]);
    }
}
