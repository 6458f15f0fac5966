//! Activities are counted: there are no figures per e-mail but those.

use super::auth::names_in;
use super::map::moment;
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::http::Node;
use crate::mapping::fact;
use crate::record::{FactRecord, Record, Warning};
use chrono::NaiveDate;
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// Kinds of activities that happen to e-mails, and what they count for. An open is logged once per e-mail, person and
/// smart campaign. The second of two is the number of people.
const OF_EMAILS: &[(i64, &[Metric], Option<Metric>)] = &[
    (6, &[Metric::EmailsSent], None),
    (7, &[Metric::Delivered], None),
    (8, &[Metric::HardBounces, Metric::Bounces], None),
    (9, &[Metric::Unsubscribes], None),
    (10, &[Metric::Opens], Some(Metric::UniqueOpens)),
    (11, &[Metric::Clicks], Some(Metric::UniqueClicks)),
    (27, &[Metric::SoftBounces, Metric::Bounces], None),
];

const NEW_LEAD: i64 = 12;
const NEW_STAGE: i64 = 101;
const NEW_PROGRAM_STATUS: i64 = 104;

/// Kinds that happen to leads. The vendor takes ten kinds at once.
const OF_LEADS: &[i64] = &[NEW_LEAD, NEW_STAGE, NEW_PROGRAM_STATUS];

/// Which activities are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kinds {
    pub(super) emails: bool,
    pub(super) leads: bool,
}

impl Kinds {
    /// Their numbers.
    pub(super) fn numbers(self) -> Vec<i64> {
        let emails = OF_EMAILS.iter().map(|(number, ..)| *number).filter(|_| self.emails);
        emails.chain(OF_LEADS.iter().copied().filter(|_| self.leads)).collect()
    }
}

/// Which stages make a lead an MQL or SQL, as the admin says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stages {
    pub(super) mql: Vec<String>,
    pub(super) sql: Vec<String>,
}

impl Stages {
    /// Stages of the revenue model. None where statuses of leads say it: nobody is counted twice.
    pub(super) fn of_model(ctx: &Context) -> Self {
        if Self::of_statuses(ctx) == Self::default() {
            Self { mql: names_in(ctx, "mql_stages"), sql: names_in(ctx, "sql_stages") }
        } else {
            Self::default()
        }
    }

    /// Statuses of leads.
    pub(super) fn of_statuses(ctx: &Context) -> Self {
        Self { mql: names_in(ctx, "mql_statuses"), sql: names_in(ctx, "sql_statuses") }
    }

    /// What the stage makes of a lead.
    pub(super) fn metrics(&self, stage: &str) -> impl Iterator<Item = Metric> {
        let stage = stage.trim().to_lowercase();
        let is = |names: &[String]| names.contains(&stage);
        let found = [(is(&self.mql), Metric::Mqls), (is(&self.sql), Metric::Sqls)];
        found.into_iter().filter(|(is, _)| *is).map(|(_, metric)| metric)
    }
}

/// The figures of one thing on one day: how often, and who.
#[derive(Debug, Default)]
struct Row {
    counts: BTreeMap<Metric, u64>,
    leads: BTreeMap<Metric, HashSet<String>>,
    bounced: HashSet<String>,
}

/// Counts the activities of a slice, each once however often it is served.
#[derive(Debug)]
pub(super) struct Counts {
    kinds: Kinds,
    stages: Stages,
    known: HashSet<String>,
    rows: BTreeMap<(EntityKind, String, NaiveDate), Row>,
    names: BTreeMap<String, String>,
    nameless: u64,
}

impl Counts {
    pub(super) fn new(kinds: Kinds, stages: Stages) -> Self {
        Self {
            kinds,
            stages,
            known: HashSet::new(),
            rows: BTreeMap::new(),
            names: BTreeMap::new(),
            nameless: 0,
        }
    }

    /// Takes an activity. Other kinds and days than those that were asked for come too.
    pub(super) fn take(&mut self, slice: &Slice<'_>, row: &Node<'_>) -> Result<()> {
        let number = row.at("activityTypeId");
        let number = number.integer()?.ok_or_else(|| number.drift("it is missing"))?;
        if !self.kinds.numbers().contains(&number) {
            return Ok(());
        }
        let at = row.at("activityDate");
        let at = moment(&at)?.ok_or_else(|| at.drift("it is missing, so the activity belongs nowhere"))?;
        let day = at.date_naive();
        if !slice.days.contains(day) || !self.known.insert(identity(row)?) {
            return Ok(());
        }
        match OF_EMAILS.iter().find(|(known, ..)| *known == number) {
            Some((_, metrics, people)) => self.email(row, day, metrics, *people),
            None => self.lead(slice, row, day, number),
        }
    }

    fn email(
        &mut self,
        row: &Node<'_>,
        day: NaiveDate,
        metrics: &[Metric],
        people: Option<Metric>,
    ) -> Result<()> {
        let Some(email) = row.at("primaryAttributeValueId").filled()? else {
            self.nameless += 1;
            return Ok(());
        };
        let lead = row.at("leadId").need_text()?;
        if let Some(name) = row.at("primaryAttributeValue").filled()? {
            self.names.insert(email.clone(), name);
        }
        let counted = self.rows.entry((EntityKind::Email, email, day)).or_default();
        for metric in metrics {
            *counted.counts.entry(*metric).or_default() += 1;
        }
        if metrics.contains(&Metric::Bounces) {
            counted.bounced.insert(lead.clone());
        }
        if let Some(metric) = people {
            counted.leads.entry(metric).or_default().insert(lead);
        }
        Ok(())
    }

    fn lead(&mut self, slice: &Slice<'_>, row: &Node<'_>, day: NaiveDate, number: i64) -> Result<()> {
        if number == NEW_PROGRAM_STATUS {
            let Some(program) = row.at("primaryAttributeValueId").filled()? else {
                self.nameless += 1;
                return Ok(());
            };
            let is_success = attribute(row, &["Success"])?.is_some_and(|text| is_yes(&text));
            let counted = self.rows.entry((EntityKind::Program, program, day)).or_default();
            *counted.counts.entry(Metric::StageTransition).or_default() += 1;
            if is_success {
                *counted.counts.entry(Metric::ProgramSuccesses).or_default() += 1;
            }
            return Ok(());
        }
        let account = (EntityKind::Account, slice.account.id.clone(), day);
        if number == NEW_LEAD {
            *self.rows.entry(account).or_default().counts.entry(Metric::Leads).or_default() += 1;
            return Ok(());
        }
        let stage = attribute(row, &["New Stage", "New Stage ID"])?.unwrap_or_default();
        let metrics: Vec<_> = self.stages.metrics(&stage).collect();
        if !metrics.is_empty() {
            let lead = row.at("leadId").need_text()?;
            let counted = self.rows.entry(account).or_default();
            for metric in metrics {
                counted.leads.entry(metric).or_default().insert(lead.clone());
            }
        }
        Ok(())
    }

    /// Names of e-mails as activities tell them.
    pub(super) fn names(&self) -> &BTreeMap<String, String> {
        &self.names
    }

    /// The figures. What never happened has none.
    pub(super) fn records(self, slice: &Slice<'_>) -> Vec<Record> {
        let mut records = Vec::new();
        for ((kind, id, day), row) in self.rows {
            let people = row.leads.into_iter().map(|(metric, leads)| (metric, leads.len() as u64));
            let values = row.counts.into_iter().chain(people).map(|(m, n)| (m, Decimal::from(n))).collect();
            // Softly bounced mail comes back again and again.
            let bounced = Some(row.bounced.len()).filter(|&count| count > 0);
            let extra = bounced.map(|count| ("unique_bounces".to_owned(), Value::from(count)));
            let extra = Map::from_iter(extra);
            records.push(Record::Fact(FactRecord { values, extra, ..fact(slice, kind, id, day) }));
        }
        if self.nameless > 0 {
            let message =
                format!("{} activities do not say what they belong to; they are left out.", self.nameless);
            let (account, stream) = (&slice.account.id, slice.stream.name);
            records.push(Record::Warning(Warning::field(
                account,
                stream,
                "primaryAttributeValueId",
                message,
            )));
        }
        records
    }
}

/// What an activity is known by. Old ones lack the numeric id.
fn identity(row: &Node<'_>) -> Result<String> {
    match row.at("marketoGUID").filled()? {
        Some(guid) => Ok(guid),
        None => Ok(format!("id {}", row.at("id").need_text()?)),
    }
}

/// An attribute by the first of its names: a list of names and values, or, in exports, an object.
fn attribute(row: &Node<'_>, names: &[&str]) -> Result<Option<String>> {
    let attributes = row.at("attributes");
    if let Some(Value::Object(fields)) = attributes.value() {
        let found = names.iter().find_map(|name| fields.get(*name).filter(|value| !value.is_null()));
        return Ok(found.map(written));
    }
    let mut found: BTreeMap<usize, String> = BTreeMap::new();
    attributes.each(|attribute| {
        let name = attribute.at("name").text()?.unwrap_or_default();
        if let (Some(rank), Some(value)) =
            (names.iter().position(|known| *known == name), attribute.at("value").value())
        {
            found.insert(rank, written(value));
        }
        Ok(())
    })?;
    Ok(found.into_values().next())
}

fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn is_yes(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "true" | "1" | "yes")
}

/// The lead of an activity that says that it is new.
pub(super) fn new_lead(slice: &Slice<'_>, row: &Node<'_>) -> Result<Option<String>> {
    let is_new = row.at("activityTypeId").integer()? == Some(NEW_LEAD);
    let day = moment(&row.at("activityDate"))?.map(|at| at.date_naive());
    if !is_new || !day.is_some_and(|day| slice.days.contains(day)) {
        return Ok(None);
    }
    row.at("leadId").need_text().map(Some)
}

/// The number of the kind that says that a lead is new, for the query.
pub(super) const NEW_LEADS: i64 = NEW_LEAD;
