//! Rows of Google become records.

use super::discovery::refuse_manager;
use super::gaql::json_path;
use super::streams::{Plan, Shape};
use crate::error::Result;
use crate::http::node::{canonical, snake_case};
use crate::http::{Batch, Node};
use crate::mapping;
use crate::record::{EntityRecord, FactRecord, Page, Record, RemoteAccount, Warning};
use crate::stream::StreamSpec;
use chrono::NaiveDate;
use metrics::Metric;
use model::DayRange;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// How a figure is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A whole number, as text.
    Whole,
    /// A decimal.
    Decimal,
    /// Millionths of the currency's major unit, also for yen.
    Micros,
}

const METRICS: &[(&str, Metric, Form)] = &[
    ("impressions", Metric::Impressions, Form::Whole),
    ("clicks", Metric::Clicks, Form::Whole),
    ("costMicros", Metric::Spend, Form::Micros),
    ("conversions", Metric::Conversions, Form::Decimal),
    ("conversionsValue", Metric::ConversionValue, Form::Decimal),
    ("allConversions", Metric::AllConversions, Form::Decimal),
    ("videoTrueviewViews", Metric::VideoViews, Form::Whole),
    ("videoViews", Metric::VideoViews, Form::Whole),
    ("engagements", Metric::Engagements, Form::Whole),
    ("uniqueUsers", Metric::Reach, Form::Whole),
];

/// Derived by Google from other figures: recomputed by us, never stored.
const DERIVED: &[&str] =
    &["ctr", "averageCpc", "averageCpm", "averageCost", "averageCpv", "trueviewAverageCpv"];

/// Parts of a row that have a meaning here; any other goes to `extra`.
const KNOWN: &[&str] = &[
    "customer",
    "campaign",
    "campaignBudget",
    "adGroup",
    "adGroupAd",
    "adGroupCriterion",
    "keywordView",
    "searchTermView",
    "clickView",
    "metrics",
    "segments",
];

/// Turns the batches of one attempt into pages.
pub(super) struct Mapper<'a> {
    plan: &'static Plan,
    spec: &'static StreamSpec,
    account: &'a RemoteAccount,
    days: DayRange,
    described: HashSet<(EntityKind, String)>,
    seen: HashSet<String>,
    kept: u64,
    lacks_currency: bool,
}

impl<'a> Mapper<'a> {
    pub(super) fn new(
        plan: &'static Plan,
        account: &'a RemoteAccount,
        days: DayRange,
        spec: &'static StreamSpec,
    ) -> Self {
        Self {
            plan,
            spec,
            account,
            days,
            described: HashSet::new(),
            seen: HashSet::new(),
            kept: 0,
            lacks_currency: false,
        }
    }

    pub(super) fn page(&mut self, batch: Batch) -> Result<Page> {
        let mut records = Vec::new();
        let root = Node::root(&batch.value, "$");
        let results = root.at("results");
        // Zero rows: the key is simply missing.
        let rows = results.array()?.len();
        for index in 0..rows {
            self.row(&results.nth(index), &mut records)?;
        }
        Ok(Page { records, rows: rows as u64, raw: Some(batch.raw) })
    }

    /// Warnings about fields that no row had, and about money without a currency.
    pub(super) fn never_seen(&self, asked: &[String]) -> Vec<Warning> {
        if self.kept == 0 {
            return Vec::new();
        }
        let warn =
            |field: &str, message: String| Warning::field(&self.account.id, self.spec.name, field, message);
        let metrics =
            asked.iter().filter_map(|field| Some((field, json_path(field.strip_prefix("metrics.")?))));
        let mut warnings: Vec<_> = metrics
            .filter(|(_, name)| !self.seen.contains(name))
            .map(|(field, _)| {
                warn(
                    field,
                    format!("Asked for, but none of the {} rows has it; it has no values.", self.kept),
                )
            })
            .collect();
        if self.lacks_currency {
            let message = "Neither the rows nor the account say in which currency the money is.".to_owned();
            warnings.push(warn("customer.currency_code", message));
        }
        warnings
    }

    fn row(&mut self, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
        match self.plan.shape {
            Shape::Account => self.account_row(row, records),
            Shape::Campaign => {
                let id = id_of(&row.at("campaign"))?;
                self.describe(row, EntityKind::Campaign, &id, records)
            }
            _ => self.fact_row(row, records),
        }
    }

    fn account_row(&mut self, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
        let customer = row.at("customer");
        refuse_manager(&self.account.id, customer.at("manager").boolean()?.unwrap_or(false))?;
        self.describe(row, EntityKind::Account, &self.account.id.clone(), records)
    }

    fn fact_row(&mut self, row: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
        let date = row.at("segments").at("date").day()?.ok_or_else(|| {
            row.at("segments").at("date").drift("the day is missing, so the row belongs nowhere")
        })?;
        if !self.days.contains(date) {
            // Not asked for: the slice that covers the day brings it.
            return Ok(());
        }
        self.kept += 1;
        let mut breakdown = BTreeMap::new();
        let mut kind = self.spec.kind;
        let entity = match self.plan.shape {
            Shape::AccountDay => id_of(&row.at("customer")).unwrap_or_else(|_| self.account.id.clone()),
            Shape::CampaignDay => {
                let id = id_of(&row.at("campaign"))?;
                self.describe(row, EntityKind::Campaign, &id, records)?;
                id
            }
            Shape::AdGroupDay => {
                let id = id_of(&row.at("adGroup"))?;
                self.describe(row, EntityKind::AdGroup, &id, records)?;
                id
            }
            Shape::AdDay => {
                let id = ad_id(row)?;
                self.describe(row, EntityKind::Ad, &id, records)?;
                id
            }
            Shape::Keyword => {
                let criterion = row.at("adGroupCriterion");
                breakdown.insert("criterion".to_owned(), criterion_id(row)?);
                if let Some(text) = criterion.at("keyword").at("text").text()? {
                    breakdown.insert("keyword".to_owned(), text);
                }
                ad_group_id(row)?
            }
            Shape::SearchTerm => {
                let term = row.at("searchTermView").at("searchTerm").need_text()?;
                breakdown.insert("search_term".to_owned(), term);
                ad_group_id(row)?
            }
            Shape::Click => {
                breakdown.insert("gclid".to_owned(), row.at("clickView").at("gclid").need_text()?);
                // Performance Max has no ad groups.
                id_of(&row.at("adGroup")).or_else(|_| {
                    kind = EntityKind::Campaign;
                    id_of(&row.at("campaign"))
                })?
            }
            Shape::Account | Shape::Campaign => return Ok(()),
        };
        let fact = FactRecord { kind, ..self.fact(row, date, entity, breakdown)? };
        records.push(Record::Fact(fact));
        Ok(())
    }

    fn fact(
        &mut self,
        row: &Node<'_>,
        date: NaiveDate,
        entity: String,
        breakdown: BTreeMap<String, String>,
    ) -> Result<FactRecord> {
        let currency = row.at("customer").at("currencyCode").text()?.filter(|c| !c.is_empty());
        let currency = currency.or_else(|| self.account.currency.clone());
        let metrics = row.at("metrics");
        let fields = metrics.object()?;
        let mut values: Vec<(Metric, Decimal)> = Vec::new();
        for &(name, metric, form) in METRICS {
            let node = metrics.at(name);
            let value = match form {
                Form::Whole => node.integer()?.map(Decimal::from),
                Form::Decimal => node.decimal()?,
                Form::Micros => node.integer()?.map(|micros| Decimal::new(micros, 6)),
            };
            let Some(value) = value else {
                continue;
            };
            self.saw(name);
            if !values.iter().any(|(m, _)| *m == metric) {
                values.push((metric, value));
            }
        }
        self.lacks_currency |= currency.is_none() && values.iter().any(|(m, v)| m.is_money() && !v.is_zero());
        let mut extra = Map::new();
        for (name, value) in fields.into_iter().flatten() {
            let is_canonical = METRICS.iter().any(|(known, ..)| known == name);
            if !is_canonical && !DERIVED.contains(&name.as_str()) {
                self.saw(name);
                extra.insert(snake_case(name), value.clone());
            }
        }
        for (name, value) in row.at("segments").object()?.into_iter().flatten() {
            if name != "date" {
                extra.insert(snake_case(name), value.clone());
            }
        }
        for (name, value) in row.object()?.into_iter().flatten() {
            if !KNOWN.contains(&name.as_str()) {
                extra.insert(snake_case(name), value.clone());
            }
        }
        self.add_context(row, &mut extra)?;
        Ok(FactRecord {
            stream: self.spec.name,
            account: self.account.id.clone(),
            kind: self.spec.kind,
            entity,
            date,
            began: None,
            hour: None,
            breakdown,
            currency,
            values,
            extra,
        })
    }

    /// What describes a breakdown row but does not identify it.
    fn add_context(&self, row: &Node<'_>, extra: &mut Map<String, Value>) -> Result<()> {
        let (name, value) = match self.plan.shape {
            Shape::Keyword => {
                ("match_type", row.at("adGroupCriterion").at("keyword").at("matchType").text()?)
            }
            Shape::SearchTerm => ("status", row.at("searchTermView").at("status").text()?),
            Shape::AdDay => ("ad_group_id", id_of(&row.at("adGroup")).ok()),
            _ => return Ok(()),
        };
        if let Some(value) = value {
            extra.insert(name.to_owned(), Value::String(value));
        }
        Ok(())
    }

    fn saw(&mut self, name: &str) {
        if !self.seen.contains(name) {
            self.seen.insert(name.to_owned());
        }
    }

    /// Describes an entity once per attempt.
    fn describe(
        &mut self,
        row: &Node<'_>,
        kind: EntityKind,
        id: &str,
        records: &mut Vec<Record>,
    ) -> Result<()> {
        if !self.described.insert((kind, id.to_owned())) {
            return Ok(());
        }
        if kind == EntityKind::Account {
            return self.describe_account(&row.at("customer"), records);
        }
        let under = |kind: EntityKind, node: &Node<'_>| id_of(node).ok().map(|id| (kind, id));
        let (campaign, ad_group, ad_group_ad) = (row.at("campaign"), row.at("adGroup"), row.at("adGroupAd"));
        let (node, status, parent) = match kind {
            EntityKind::Ad => {
                (ad_group_ad.at("ad"), ad_group_ad.at("status"), under(EntityKind::AdGroup, &ad_group))
            }
            EntityKind::AdGroup => (ad_group, ad_group.at("status"), under(EntityKind::Campaign, &campaign)),
            _ => {
                let account = Some((EntityKind::Account, self.account.id.clone()));
                (campaign, campaign.at("status"), account)
            }
        };
        let mut attributes = attributes(&node)?;
        if kind == EntityKind::Campaign {
            budget(row, &mut attributes)?;
        }
        let name = node.at("name").text()?.filter(|n| !n.trim().is_empty());
        records.push(Record::Entity(EntityRecord {
            stream: self.spec.name,
            account: self.account.id.clone(),
            kind,
            id: id.to_owned(),
            parent,
            name: name.unwrap_or_else(|| stand_in_name(kind, id, &attributes)),
            status: status.text()?,
            attributes,
        }));
        Ok(())
    }

    fn describe_account(&self, customer: &Node<'_>, records: &mut Vec<Record>) -> Result<()> {
        let name = customer.at("descriptiveName").text()?.filter(|n| !n.trim().is_empty());
        let mut attributes = attributes(customer)?;
        attributes.remove("descriptive_name");
        records.push(Record::Entity(EntityRecord {
            stream: self.spec.name,
            account: self.account.id.clone(),
            kind: EntityKind::Account,
            id: self.account.id.clone(),
            parent: None,
            name: name.unwrap_or_else(|| self.account.name.clone()),
            status: customer.at("status").text()?,
            attributes,
        }));
        Ok(())
    }
}

/// The id of a resource, from its own field or from the end of its name.
fn id_of(resource: &Node<'_>) -> Result<String> {
    if let Some(id) = resource.at("id").text()?.filter(|id| !id.is_empty()) {
        return Ok(id);
    }
    let name = resource.at("resourceName").text()?.unwrap_or_default();
    match name.rsplit('/').next().filter(|id| !id.is_empty()) {
        Some(id) => Ok(id.to_owned()),
        None => Err(resource.at("id").drift("the id is missing, so the row belongs to nothing")),
    }
}

/// The ad group of a row that splits one. Where the row does not show it, the names of what it shows begin with its id:
/// `customers/1/adGroupCriteria/400001~33`, `customers/1/searchTermViews/700001~400001~c2hvZXM`.
fn ad_group_id(row: &Node<'_>) -> Result<String> {
    let group = row.at("adGroup");
    let error = match id_of(&group) {
        Ok(id) => return Ok(id),
        Err(error) => error,
    };
    let criterion = || part_of_name(&row.at("adGroupCriterion"), 0);
    let keyword = || part_of_name(&row.at("keywordView"), 0);
    let term = || part_of_name(&row.at("searchTermView"), 1);
    criterion().or_else(keyword).or_else(term).ok_or(error)
}

fn criterion_id(row: &Node<'_>) -> Result<String> {
    let criterion = row.at("adGroupCriterion");
    let named = || part_of_name(&criterion, 1).or_else(|| part_of_name(&row.at("keywordView"), 1));
    match criterion.at("criterionId").filled()?.or_else(named) {
        Some(id) => Ok(id),
        None => criterion.at("criterionId").need_text(),
    }
}

/// A part of the last section of a resource's name, in which ids are put together by `~`.
fn part_of_name(resource: &Node<'_>, index: usize) -> Option<String> {
    let name = resource.at("resourceName").text().ok()??;
    let (_, parts) = name.rsplit_once('/')?;
    let mut parts = parts.split('~');
    // An id that stands alone is that of the thing itself.
    (parts.clone().count() > 1).then(|| parts.nth(index)).flatten().map(str::to_owned)
}

fn ad_id(row: &Node<'_>) -> Result<String> {
    let ad_group_ad = row.at("adGroupAd");
    match id_of(&ad_group_ad.at("ad")) {
        Ok(id) => Ok(id),
        // `customers/1/adGroupAds/400001~500001`
        Err(error) => {
            let name = ad_group_ad.at("resourceName").text()?.unwrap_or_default();
            name.rsplit_once('~').map(|(_, id)| id.to_owned()).ok_or(error)
        }
    }
}

fn attributes(resource: &Node<'_>) -> Result<Map<String, Value>> {
    const NOT_ATTRIBUTES: &[&str] = &["resourceName", "id", "name", "status"];
    let fields = resource.object()?.into_iter().flatten();
    let kept = fields.filter(|(name, value)| !NOT_ATTRIBUTES.contains(&name.as_str()) && !value.is_null());
    Ok(kept.map(|(name, value)| (snake_case(name), value.clone())).collect())
}

/// The budget of a campaign: an amount per day unless the period says otherwise, and possibly shared with others.
fn budget(row: &Node<'_>, attributes: &mut Map<String, Value>) -> Result<()> {
    let budget = row.at("campaignBudget");
    if let Some(micros) = budget.at("amountMicros").integer()? {
        attributes.insert("budget".into(), Value::String(canonical(Decimal::new(micros, 6))));
    }
    if let Some(period) = budget.at("period").text()? {
        attributes.insert("budget_period".into(), Value::String(period));
    }
    if let Some(is_shared) = budget.at("explicitlyShared").boolean()? {
        attributes.insert("budget_is_shared".into(), Value::Bool(is_shared));
    }
    Ok(())
}

/// What a campaign may spend per day: not what it shares with others, or has for all its days.
pub(super) fn daily_budget(campaign: &EntityRecord) -> Option<Decimal> {
    let is_daily = campaign.attributes.get("budget_period").is_none_or(|period| period == "DAILY");
    let is_shared = campaign.attributes.get("budget_is_shared").is_some_and(|shared| shared == true);
    mapping::daily_budget(campaign, "ENABLED", "budget").filter(|_| is_daily && !is_shared)
}

/// Most ads have no name: "Responsive search ad 500001" says more than nothing.
fn stand_in_name(kind: EntityKind, id: &str, attributes: &Map<String, Value>) -> String {
    let word = match kind {
        EntityKind::Ad => attributes.get("type").and_then(Value::as_str).unwrap_or("AD"),
        EntityKind::AdGroup => "AD_GROUP",
        _ => "CAMPAIGN",
    };
    let words = word.replace('_', " ").to_lowercase();
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase()).into_iter();
    first.chain(letters).chain(format!(" {id}").chars()).collect()
}
