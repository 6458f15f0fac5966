//! Deals, contacts, companies and leads become records of a CRM.

use super::map::page;
use super::streams::{LIFECYCLE, Object};
use crate::connector::Slice;
use crate::crm::{
    CrmKind, CrmRecord, DealRecord, DealState, First, LinkRecord, Origin, PartyRecord, TombstoneRecord, moves,
};
use crate::error::Result;
use crate::http::{Batch, Node};
use crate::mapping::Seen;
use crate::record::{Page, RawPage, Record, Warning};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a stage says about the deals in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stage {
    is_closed: bool,
    probability: Option<Decimal>,
}

/// The stages of all pipelines; unknown where they may not be read.
#[derive(Debug, Default)]
pub(super) struct Stages(Option<HashMap<(String, String), Stage>>);

impl Stages {
    /// Reads the list of pipelines.
    pub(super) fn read(pipelines: &Value) -> Result<Self> {
        let root = Node::root(pipelines, "$");
        let results = root.at("results");
        let mut stages = HashMap::new();
        for index in 0..results.array()?.len() {
            let pipeline = results.nth(index);
            let pipeline_id = pipeline.at("id").need_text()?;
            let list = pipeline.at("stages");
            for index in 0..list.array()?.len() {
                let stage = list.nth(index);
                let metadata = stage.at("metadata");
                let known = Stage {
                    is_closed: metadata.at("isClosed").boolean()?.unwrap_or(false),
                    probability: metadata.at("probability").decimal()?,
                };
                let id = stage.at("id").need_text()?;
                // Also without its pipeline, for deals that name none.
                stages.entry((String::new(), id.clone())).or_insert(known);
                stages.insert((pipeline_id.clone(), id), known);
            }
        }
        Ok(Self(Some(stages)))
    }

    fn find(&self, pipeline: Option<&str>, stage: &str) -> Option<Stage> {
        let key = |pipeline: &str| (pipeline.to_owned(), stage.to_owned());
        let stages = self.0.as_ref()?;
        stages.get(&key(pipeline.unwrap_or_default())).or_else(|| stages.get(&key(""))).copied()
    }

    /// Whether a deal is won is its own property; whether it is closed and lost is what its stage says.
    fn state(&self, is_won: Option<bool>, stage: Option<Stage>) -> Option<DealState> {
        if is_won == Some(true) {
            return Some(DealState::Won);
        }
        self.0.as_ref()?;
        Some(match stage {
            Some(stage) if stage.is_closed => match stage.probability {
                Some(chance) if chance.is_zero() => DealState::Lost,
                Some(chance) if chance == Decimal::ONE && is_won.is_none() => DealState::Won,
                _ => DealState::Closed,
            },
            // Without a stage, or with one that no pipeline lists, it is open.
            _ => DealState::Open,
        })
    }
}

/// Turns the pages of one reading into records. One that is served again comes again, as it stands by then.
pub(super) struct Mapper<'a> {
    slice: Slice<'a>,
    object: &'static Object,
    stages: Stages,
    seen: Seen,
    undated: HashSet<String>,
}

impl<'a> Mapper<'a> {
    pub(super) fn new(slice: &Slice<'a>, object: &'static Object, stages: Stages) -> Self {
        Self { slice: slice.clone(), object, stages, seen: Seen::default(), undated: HashSet::new() }
    }

    pub(super) fn page(&mut self, batch: Batch) -> Result<Page> {
        let origin = origin(&self.slice, &batch.raw);
        page(batch, |row, records| self.row(row, &origin, records))
    }

    /// Properties that figures hang on and that no record has, and deals that were closed nobody knows when.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let (account, stream) = (&self.slice.account.id, self.slice.stream.name);
        let mut warnings = Vec::new();
        let lifecycle = LIFECYCLE.iter().filter(|_| self.object.has_lifecycle).map(|(_, names)| names[0]);
        let watched = self.object.watched.iter().copied().chain(lifecycle);
        warnings.extend(self.seen.missing(&self.slice, watched));
        if !self.undated.is_empty() {
            let message = format!(
                "{} closed deals have no close date, so they count as made only.",
                self.undated.len()
            );
            warnings.push(Warning::field(account, stream, "closedate", message));
        }
        warnings
    }

    fn row(&mut self, row: &Node<'_>, origin: &Origin, records: &mut Vec<Record>) -> Result<()> {
        let id = row.at("id").need_text()?;
        if row.at("archived").boolean()?.unwrap_or(false) {
            records.push(tombstone(self.object.kind, row, origin)?);
            return Ok(());
        }
        let properties = row.at("properties");
        self.see(&properties)?;
        for merged in merged(&properties, &id)? {
            let (origin, kind) = (origin.clone(), self.object.kind);
            let gone = TombstoneRecord { origin, kind, id: merged, at: None, merged_into: Some(id.clone()) };
            records.push(crm(CrmRecord::Tombstone(gone)));
        }
        let record = match self.object.kind {
            CrmKind::Deal => CrmRecord::Deal(self.deal(id, row, origin)?),
            _ => CrmRecord::Party(self.party(id, row, origin)?),
        };
        records.push(crm(record));
        Ok(())
    }

    fn see(&mut self, properties: &Node<'_>) -> Result<()> {
        self.seen.fields_of(properties)?;
        for (name, _) in properties.object()?.into_iter().flatten() {
            // A stage that comes by an old name is not missing.
            if let Some((_, names)) = LIFECYCLE.iter().find(|(_, names)| names.contains(&name.as_str())) {
                self.seen.field(names[0]);
            }
        }
        Ok(())
    }

    fn deal(&mut self, id: String, row: &Node<'_>, origin: &Origin) -> Result<DealRecord> {
        let properties = row.at("properties");
        let text = |name: &str| properties.at(name).filled();
        let (pipeline, stage) = (text("pipeline")?, text("dealstage")?);
        let known = stage.as_deref().and_then(|stage| self.stages.find(pipeline.as_deref(), stage));
        let state = self.stages.state(properties.at("hs_is_closed_won").boolean()?, known);
        let close_date = properties.at("closedate").instant()?.map(|at| at.date_naive());
        let is_closed = state.is_some_and(|state| state != DealState::Open);
        if is_closed && close_date.is_none() {
            self.undated.insert(id.clone());
        }
        let mut attributes = self.attributes(
            &properties,
            &["dealname", "pipeline", "dealstage", "amount", "deal_currency_code", "closedate"],
        )?;
        if let (false, Some(day)) = (is_closed, close_date) {
            attributes.insert("expected_close".into(), Value::String(day.to_string()));
        }
        Ok(DealRecord {
            origin: origin.clone(),
            name: text("dealname")?.unwrap_or_else(|| id.clone()),
            id,
            pipeline,
            stage,
            state,
            probability: known.and_then(|stage| stage.probability),
            amount: properties.at("amount").decimal()?,
            currency: text("deal_currency_code")?.or_else(|| self.slice.account.currency.clone()),
            owner: text("hubspot_owner_id")?,
            created: created(row, &properties, "createdate")?.map(|at| at.date_naive()),
            closed: close_date.filter(|_| is_closed),
            changed_at: changed(row, &properties, self.object)?,
            attributes,
        })
    }

    fn party(&self, id: String, row: &Node<'_>, origin: &Origin) -> Result<PartyRecord> {
        let properties = row.at("properties");
        let text = |name: &str| properties.at(name).filled();
        let is_lead = self.object.kind == CrmKind::Lead;
        let (stage, made) =
            if is_lead { ("hs_pipeline_stage", "hs_createdate") } else { ("lifecyclestage", "createdate") };
        Ok(PartyRecord {
            origin: origin.clone(),
            kind: self.object.kind,
            id,
            name: if self.object.kind == CrmKind::Company { text("name")? } else { None },
            stage: text(stage)?,
            entered: if self.object.has_lifecycle { entered(&properties)? } else { BTreeMap::new() },
            owner: text("hubspot_owner_id")?,
            created_at: created(row, &properties, made)?,
            changed_at: changed(row, &properties, self.object)?,
            attributes: self.attributes(&properties, &["name", stage, made])?,
        })
    }

    /// Properties that were asked for and have no place of their own. What was not asked for is not kept: it may be
    /// about a person.
    fn attributes(&self, properties: &Node<'_>, but: &[&str]) -> Result<Map<String, Value>> {
        let mut attributes = crate::mapping::attributes(properties, but)?;
        let placed = ["createdate", self.object.changed, "hubspot_owner_id", "hs_merged_object_ids"];
        attributes.retain(|name, _| {
            self.object.properties.contains(&name.as_str()) && !placed.contains(&name.as_str())
        });
        Ok(attributes)
    }
}

fn crm(record: CrmRecord) -> Record {
    record.into()
}

fn origin(slice: &Slice<'_>, raw: &RawPage) -> Origin {
    Origin::new(slice, raw.fetched_at)
}

fn created(row: &Node<'_>, properties: &Node<'_>, name: &str) -> Result<Option<DateTime<Utc>>> {
    match properties.at(name).instant()? {
        Some(at) => Ok(Some(at)),
        None => row.at("createdAt").instant(),
    }
}

fn changed(row: &Node<'_>, properties: &Node<'_>, object: &Object) -> Result<Option<DateTime<Utc>>> {
    match properties.at(object.changed).instant()? {
        Some(at) => Ok(Some(at)),
        None => row.at("updatedAt").instant(),
    }
}

/// The property of today counts where the portal has it, even if it is blank: then the stage was taken back.
fn entered(properties: &Node<'_>) -> Result<BTreeMap<crate::crm::LifecycleStage, DateTime<Utc>>> {
    let fields = properties.object()?;
    let mut entered = BTreeMap::new();
    for (stage, names) in LIFECYCLE {
        let known = names.iter().find(|name| fields.is_some_and(|f| f.contains_key(**name)));
        if let Some(at) = known.map(|name| properties.at(name).instant()).transpose()?.flatten() {
            entered.insert(*stage, at);
        }
    }
    Ok(entered)
}

fn merged(properties: &Node<'_>, own: &str) -> Result<Vec<String>> {
    let ids = properties.at("hs_merged_object_ids").text()?.unwrap_or_default();
    let ids = ids.split([';', ',']).map(str::trim).filter(|id| !id.is_empty() && *id != own);
    Ok(ids.map(str::to_owned).collect())
}

fn tombstone(kind: CrmKind, row: &Node<'_>, origin: &Origin) -> Result<Record> {
    Ok(crm(CrmRecord::Tombstone(TombstoneRecord {
        origin: origin.clone(),
        kind,
        id: row.at("id").need_text()?,
        at: row.at("archivedAt").instant()?,
        merged_into: None,
    })))
}

/// Records of the recycle bin. A row that says that it is not in it is none.
pub(super) fn archived(slice: &Slice<'_>, kind: CrmKind, batch: Batch) -> Result<Page> {
    let origin = origin(slice, &batch.raw);
    page(batch, |row, records| {
        let is_living =
            row.at("archived").boolean()? == Some(false) && row.at("archivedAt").filled()?.is_none();
        if is_living {
            return Ok(());
        }
        records.push(tombstone(kind, row, &origin)?);
        Ok(())
    })
}

/// Each move of each deal. The first stage is a move from nothing; the same stage again is none, nor is a blank one.
pub(super) fn history(slice: &Slice<'_>, batch: Batch) -> Result<Page> {
    let origin = origin(slice, &batch.raw);
    page(batch, |row, records| {
        if row.at("archived").boolean()?.unwrap_or(false) {
            return Ok(());
        }
        let deal = row.at("id").need_text()?;
        let histories = row.at("propertiesWithHistory");
        let entries = histories.at("dealstage");
        let mut stages = Vec::new();
        // Newest first; of entries of one moment the later one in the list is the earlier one.
        for index in (0..entries.array()?.len()).rev() {
            let entry = entries.nth(index);
            let at = entry.at("timestamp");
            let at = at.instant()?.ok_or_else(|| at.drift("it is missing, so the move belongs nowhere"))?;
            stages.extend(entry.at("value").filled()?.map(|stage| (at, stage)));
        }
        records.extend(crate::crm::records(moves(&origin, &deal, stages, First::IsMove)));
        Ok(())
    })
}

/// Which contacts belong to which deals.
pub(super) fn links(slice: &Slice<'_>, batch: Batch) -> Result<Page> {
    let origin = origin(slice, &batch.raw);
    page(batch, |row, records| {
        let from = row.at("from").at("id").need_text()?;
        let targets = row.at("to");
        for index in 0..targets.array()?.len() {
            let target = targets.nth(index);
            let to = target.at("toObjectId").need_text()?;
            let types = target.at("associationTypes");
            for index in 0..types.array()?.len() {
                records.push(crm(CrmRecord::Link(LinkRecord {
                    origin: origin.clone(),
                    from: (CrmKind::Deal, from.clone()),
                    to: (CrmKind::Contact, to.clone()),
                    role: types.nth(index).at("typeId").need_text()?,
                })));
            }
        }
        Ok(())
    })
}

/// Answers for single inputs that went wrong, by their kind: how many, and what the first says.
pub(super) fn partial_errors(body: &Value) -> Vec<(String, u64, String)> {
    let mut kinds: BTreeMap<String, (u64, String)> = BTreeMap::new();
    for error in body.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = [text("subCategory"), text("category")].into_iter().find(|k| !k.is_empty());
        let entry = kinds.entry(kind.unwrap_or_default()).or_insert_with(|| (0, text("message")));
        entry.0 += 1;
    }
    kinds.into_iter().map(|(kind, (count, message))| (kind, count, message)).collect()
}
