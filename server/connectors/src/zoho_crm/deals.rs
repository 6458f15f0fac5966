//! Deals, and what their stages say about them.

use super::map::{attributes, id_of, links, page};
use super::streams::DEALS;
use crate::connector::Slice;
use crate::crm::{CrmRecord, DealRecord, DealState, Origin};
use crate::error::Result;
use crate::http::{Batch, Node};
use crate::mapping::Seen;
use crate::record::{Page, Record, Warning};
use rust_decimal::Decimal;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// What has a place of its own.
const PLACED: &[&str] = &[
    "id",
    "Deal_Name",
    "Stage",
    "Amount",
    "Currency",
    "Probability",
    "Closing_Date",
    "Pipeline",
    "Owner",
    "Created_Time",
    "Modified_Time",
];

/// The stages of all pipelines, by pipeline and by their own values; unknown where they may not be read.
#[derive(Debug, Default)]
pub(super) struct Stages(Option<HashMap<(String, String), DealState>>);

impl Stages {
    /// Reads a list of pipelines. Where none of their stages says what it means, all stay unknown: won deals would be open.
    pub(super) fn read(pipelines: &Value) -> Result<Self> {
        let (mut stages, mut is_told) = (HashMap::new(), false);
        Node::root(pipelines, "pipeline").each(|pipeline| {
            let names = [pipeline.at("actual_value").filled()?, pipeline.at("display_value").filled()?];
            pipeline.at("maps").each(|map| {
                let value = map.at("actual_value").need_text()?;
                let forecast = map.at("forecast_type").filled()?;
                is_told |= forecast.is_some();
                let state = state_of(forecast.as_deref());
                // Also without the pipeline, for deals that name none.
                stages.entry((String::new(), value.clone())).or_insert(state);
                for name in names.iter().flatten() {
                    stages.insert((name.clone(), value.clone()), state);
                }
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(Self((is_told || stages.is_empty()).then_some(stages)))
    }

    /// Whether open, won and lost deals can be told.
    pub(super) fn are_known(&self) -> bool {
        self.0.is_some()
    }

    /// What became of a deal in that stage. A stage that no pipeline lists is open.
    fn state(&self, pipeline: Option<&str>, stage: Option<&str>) -> Option<DealState> {
        let stages = self.0.as_ref()?;
        let find = |pipeline: &str| stages.get(&(pipeline.to_owned(), stage?.to_owned())).copied();
        Some(pipeline.and_then(find).or_else(|| find("")).unwrap_or(DealState::Open))
    }
}

fn state_of(forecast: Option<&str>) -> DealState {
    match forecast {
        Some("Closed Won") => DealState::Won,
        Some("Closed Lost") => DealState::Lost,
        Some(other) if other.starts_with("Closed") => DealState::Closed,
        _ => DealState::Open,
    }
}

/// Turns the pages of one reading into records. One that is served again comes again, as it stands by then.
pub(super) struct Mapper<'a> {
    slice: Slice<'a>,
    stages: Stages,
    seen: Seen,
    undated: HashSet<String>,
}

impl<'a> Mapper<'a> {
    pub(super) fn new(slice: &Slice<'a>, stages: Stages) -> Self {
        Self { slice: slice.clone(), stages, seen: Seen::default(), undated: HashSet::new() }
    }

    pub(super) fn page(&mut self, batch: Batch) -> Result<Page> {
        let origin = Origin::new(&self.slice, batch.raw.fetched_at);
        page(batch, "data", |row, records| self.row(row, &origin, records))
    }

    /// Fields that figures hang on and that no row has, and deals that were closed nobody knows when.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let (account, stream) = (&self.slice.account.id, self.slice.stream.name);
        let mut warnings = self.seen.missing(&self.slice, DEALS.watched.iter().copied());
        if !self.undated.is_empty() {
            let message = format!(
                "{} closed deals have no closing date, so they count as made only.",
                self.undated.len()
            );
            warnings.push(Warning::field(account, stream, "Closing_Date", message));
        }
        warnings
    }

    fn row(&mut self, row: &Node<'_>, origin: &Origin, records: &mut Vec<Record>) -> Result<()> {
        let id = row.at("id").need_text()?;
        self.seen.fields_of(row)?;
        let (pipeline, stage) = (row.at("Pipeline").filled()?, row.at("Stage").filled()?);
        let state = self.stages.state(pipeline.as_deref(), stage.as_deref());
        let date = row.at("Closing_Date");
        let date = if date.filled()?.is_some() { date.written_day()? } else { None };
        let is_closed = state.is_some_and(|state| state != DealState::Open);
        if is_closed && date.is_none() {
            self.undated.insert(id.clone());
        }
        let mut attributes = attributes(row, PLACED)?;
        attributes.extend(links(
            row,
            &[("Account_Name", "company"), ("Contact_Name", "contact"), ("Campaign_Source", "campaign")],
        )?);
        if let (false, Some(day)) = (is_closed, date) {
            attributes.insert("expected_close".into(), Value::String(day.to_string()));
        }
        let deal = DealRecord {
            name: row.at("Deal_Name").filled()?.unwrap_or_else(|| id.clone()),
            pipeline,
            stage,
            state,
            probability: row.at("Probability").decimal()?.map(|chance| chance * Decimal::new(1, 2)),
            amount: row.at("Amount").decimal()?,
            currency: row.at("Currency").filled()?.or_else(|| self.slice.account.currency.clone()),
            owner: id_of(row, "Owner")?,
            created: row.at("Created_Time").instant()?.map(|at| at.date_naive()),
            closed: date.filter(|_| is_closed),
            changed_at: row.at("Modified_Time").instant()?,
            attributes,
            ..DealRecord::new(origin.clone(), id)
        };
        records.push(CrmRecord::Deal(deal).into());
        Ok(())
    }
}

/// Deals of a page, and the stage of each.
pub(super) fn stages_of(deals: &Value) -> Result<Vec<(String, Option<String>)>> {
    let mut found = Vec::new();
    let root = Node::root(deals, "$");
    root.at("data").each(|row| {
        found.push((row.at("id").need_text()?, row.at("Stage").filled()?));
        Ok(())
    })?;
    Ok(found)
}
