//! From rows to records: what all mappings share.

use crate::connector::Slice;
use crate::error::Result;
use crate::http::node::snake_case;
use crate::http::{Batch, Node};
use crate::record::{EntityRecord, FactRecord, Page, Record, Warning};
use chrono::NaiveDate;
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Maps each row of a page; `row` puts its records behind those of the rows before. `rows` is the JSON pointer to the list
/// (`/results`; empty where the answer is the list). No list at all is no row: whoever knows better asks
/// [`needed_page`].
///
/// # Errors
/// What `row` says.
pub fn page(
    batch: Batch,
    rows: &str,
    row: impl FnMut(&Node<'_>, &mut Vec<Record>) -> Result<()>,
) -> Result<Page> {
    let none = Value::Null;
    let name = path_of(rows);
    let list = Node::root(batch.value.pointer(rows).unwrap_or(&none), &name);
    let (records, rows) = mapped(&list, row)?;
    Ok(Page { records, rows, raw: Some(batch.raw) })
}

/// As [`page`], for vendors that give the list also when it is empty: without it the answer is not understood.
///
/// # Errors
/// [`crate::ErrorKind::Drift`] when there is no list, and what `row` says.
pub fn needed_page(
    batch: Batch,
    rows: &str,
    row: impl FnMut(&Node<'_>, &mut Vec<Record>) -> Result<()>,
) -> Result<Page> {
    if batch.value.pointer(rows).is_none_or(Value::is_null) {
        return Err(crate::Error::drift(path_of(rows), "it is missing"));
    }
    page(batch, rows, row)
}

fn mapped(
    list: &Node<'_>,
    mut row: impl FnMut(&Node<'_>, &mut Vec<Record>) -> Result<()>,
) -> Result<(Vec<Record>, u64)> {
    let mut records = Vec::new();
    let count = list.each(|node| row(node, &mut records))?;
    Ok((records, count as u64))
}

fn path_of(pointer: &str) -> String {
    match pointer.trim_start_matches('/') {
        "" => "$".to_owned(),
        path => path.replace('/', "."),
    }
}

/// Plain fields besides those that have a place of their own, names in `snake_case`; nested ones are left to the raw page.
///
/// # Errors
/// When it is no object.
pub fn attributes(node: &Node<'_>, but: &[&str]) -> Result<Map<String, Value>> {
    let is_plain = |value: &Value| match value {
        Value::Null | Value::Object(_) => false,
        Value::Array(items) => items.iter().all(|i| !i.is_array() && !i.is_object()),
        Value::String(text) => !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    };
    let fields = node.object()?.into_iter().flatten();
    let kept = fields.filter(|(name, value)| !but.contains(&name.as_str()) && is_plain(value));
    Ok(kept.map(|(name, value)| (snake_case(name), value.clone())).collect())
}

/// The budget per day that a campaign has among its attributes, where its status says that it runs.
pub fn daily_budget(campaign: &EntityRecord, running: &str, attribute: &str) -> Option<Decimal> {
    let runs = campaign.status.as_deref() == Some(running);
    let amount = campaign.attributes.get(attribute).filter(|_| runs)?.as_str()?;
    amount.parse().ok().filter(|amount: &Decimal| amount.is_sign_positive() && !amount.is_zero())
}

/// A thing below the account; without a name its id stands for it.
pub fn entity(slice: &Slice<'_>, kind: EntityKind, id: String, name: Option<String>) -> EntityRecord {
    EntityRecord {
        stream: slice.stream.name,
        account: slice.account.id.clone(),
        kind,
        name: name.unwrap_or_else(|| id.clone()),
        id,
        parent: (kind != EntityKind::Account).then(|| (EntityKind::Account, slice.account.id.clone())),
        status: None,
        attributes: Map::new(),
    }
}

/// The account itself.
pub fn account(slice: &Slice<'_>, attributes: Map<String, Value>) -> EntityRecord {
    let account = slice.account;
    let own = entity(slice, EntityKind::Account, account.id.clone(), Some(account.name.clone()));
    EntityRecord { attributes, ..own }
}

/// A row of figures without values yet.
pub fn fact(slice: &Slice<'_>, kind: EntityKind, entity: String, date: NaiveDate) -> FactRecord {
    FactRecord {
        stream: slice.stream.name,
        account: slice.account.id.clone(),
        kind,
        entity,
        date,
        began: None,
        hour: None,
        breakdown: BTreeMap::new(),
        currency: None,
        values: Vec::new(),
        extra: Map::new(),
    }
}

/// How a figure is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A whole number, also as text (`12`, `"12"`, `12.0`).
    Whole,
    /// A decimal, also as text.
    Decimal,
    /// A decimal in hundredths (cents of currencies that have them).
    Hundredths,
    /// A decimal in millionths, also for currencies without cents.
    Micros,
    /// A decimal in thousandths (milliseconds).
    Thousandths,
}

impl Form {
    fn read(self, node: &Node<'_>) -> Result<Option<Decimal>> {
        let value = match self {
            Self::Whole => node.integer()?.map(Decimal::from),
            _ => node.decimal()?,
        };
        let scale = match self {
            Self::Whole | Self::Decimal => 0,
            Self::Hundredths => 2,
            Self::Thousandths => 3,
            Self::Micros => 6,
        };
        Ok(value.map(|value| value * Decimal::new(1, scale)))
    }
}

/// A metric, and the vendor's fields that may hold it. The first that has a value counts, and they are never added.
pub type Measure = (Metric, &'static [&'static str], Form);

/// The values of a row. What is absent, null, blank or a dash gives none.
///
/// # Errors
/// When a field holds something else than its form.
pub fn values(row: &Node<'_>, measures: &[Measure]) -> Result<Vec<(Metric, Decimal)>> {
    let mut values = Vec::new();
    for (metric, fields, form) in measures {
        for field in *fields {
            if let Some(value) = form.read(&row.at(field))? {
                values.push((*metric, value));
                break;
            }
        }
    }
    Ok(values)
}

/// What was asked for and never came: a field that the vendor removed shows only so.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    rows: u64,
    names: BTreeSet<String>,
}

impl Seen {
    /// A row came.
    pub fn row(&mut self) {
        self.rows += 1;
    }

    /// A row has that field, whatever it holds.
    pub fn field(&mut self, name: &str) {
        if !self.names.contains(name) {
            self.names.insert(name.to_owned());
        }
    }

    /// A row came with the fields of an object.
    ///
    /// # Errors
    /// When it is no object.
    pub fn fields_of(&mut self, row: &Node<'_>) -> Result<()> {
        self.row();
        for (name, _) in row.object()?.into_iter().flatten() {
            self.field(name);
        }
        Ok(())
    }

    /// Warnings about those that no row had; none where there was no row.
    pub fn missing<'n>(&self, slice: &Slice<'_>, asked: impl IntoIterator<Item = &'n str>) -> Vec<Warning> {
        if self.rows == 0 {
            return Vec::new();
        }
        let missing = asked.into_iter().filter(|name| !self.names.contains(*name));
        missing.map(|name| never_came(&slice.account.id, slice.stream.name, name, self.rows)).collect()
    }

    /// As [`Self::missing`], for measures: one is missing when none of its fields was there.
    pub fn missing_measures(&self, slice: &Slice<'_>, measures: &[Measure]) -> Vec<Warning> {
        let is_missing = |fields: &[&str]| !fields.iter().any(|field| self.names.contains(*field));
        let missing = measures.iter().filter(|(_, fields, _)| is_missing(fields));
        self.missing(slice, missing.filter_map(|(_, fields, _)| fields.first().copied()))
    }
}

fn never_came(account: &str, stream: &str, field: &str, rows: u64) -> Warning {
    let message = format!("Asked for, but none of the {rows} rows has it; it has no values.");
    Warning::field(account, stream, field, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{RawPage, RemoteAccount};
    use crate::stream::StreamSpec;
    use bytes::Bytes;
    use serde_json::json;

    const SPEC: StreamSpec = StreamSpec { name: "emails", ..StreamSpec::DAY };

    fn batch(value: Value) -> Batch {
        let at = chrono::DateTime::UNIX_EPOCH;
        Batch { value, raw: RawPage { request: "GET /".into(), body: Bytes::new(), fetched_at: at } }
    }

    fn with_slice(check: impl FnOnce(&Slice<'_>)) {
        let account = RemoteAccount {
            id: "7".into(),
            name: "Acme".into(),
            currency: None,
            time_zone: None,
            access_path: None,
        };
        let days = model::DayRange::single("2026-09-01".parse().unwrap());
        let budget = crate::http::Budget::new(std::time::Duration::ZERO);
        check(&Slice { account: &account, stream: &SPEC, days, budget });
    }

    #[test]
    fn campaigns_that_run_tell_their_budget_per_day() {
        use serde_json::json;
        let budget = |platform: &str, stream: &str, status: &str, attributes: Value| {
            let stream = crate::find(platform).unwrap().stream(stream).unwrap();
            let Value::Object(attributes) = attributes else { panic!("no object") };
            let campaign = EntityRecord {
                stream: stream.name,
                account: "1".into(),
                kind: EntityKind::Campaign,
                id: "2".into(),
                parent: None,
                name: "Campaign".into(),
                status: Some(status.into()),
                attributes,
            };
            stream.budget.unwrap()(&campaign).map(|amount| amount.to_string())
        };
        let google = |status, attributes| budget("google_ads", "campaigns", status, attributes);
        let own = json!({"budget": "12.5", "budget_period": "DAILY", "budget_is_shared": false});
        assert_eq!(google("ENABLED", own.clone()).as_deref(), Some("12.5"));
        assert_eq!(google("PAUSED", own), None);
        assert_eq!(google("ENABLED", json!({"budget": "12.5", "budget_is_shared": true})), None);
        assert_eq!(google("ENABLED", json!({"budget": "12.5", "budget_period": "CUSTOM_PERIOD"})), None);
        assert_eq!(google("ENABLED", json!({"budget": "0"})), None);
        for (platform, stream, attribute) in [
            ("facebook", "campaigns", "budget"),
            ("linkedin", "campaigns", "daily_budget"),
            ("x", "ads_daily", "daily_budget"),
        ] {
            assert_eq!(budget(platform, stream, "ACTIVE", json!({ attribute: "7" })).as_deref(), Some("7"));
            assert_eq!(
                budget(platform, stream, "ACTIVE", json!({"lifetime_budget": "7", "total_budget": "7"})),
                None
            );
        }
    }

    #[test]
    fn rows_become_records_in_their_order() {
        with_slice(|slice| {
            let map = |row: &Node<'_>, records: &mut Vec<Record>| {
                let id = row.at("id").need_text()?;
                records.push(Record::Entity(entity(slice, EntityKind::Campaign, id, None)));
                Ok(())
            };
            let read =
                page(batch(json!({"data": {"list": [{"id": 1}, {"id": 2}]}})), "/data/list", map).unwrap();
            assert_eq!((read.rows, read.records.len()), (2, 2));
            let Record::Entity(second) = &read.records[1] else { panic!() };
            assert_eq!((second.id.as_str(), second.name.as_str()), ("2", "2"));
            assert_eq!(second.parent, Some((EntityKind::Account, "7".into())));
            assert_eq!(page(batch(Value::Null), "/data", map).unwrap().rows, 0);
            assert_eq!(page(batch(json!([{"id": 1}])), "", map).unwrap().rows, 1);
            let error = page(batch(json!({"data": [{"id": 1}, {}]})), "/data", map).unwrap_err();
            assert!(error.message.contains("data[1].id"), "{error}");
            let error = needed_page(batch(json!({"date": []})), "/data", map).unwrap_err();
            assert!(error.message.contains("at data: it is missing"), "{error}");
        });
    }

    #[test]
    fn the_first_field_with_a_value_counts_and_missing_is_not_zero() {
        const MEASURES: &[Measure] = &[
            (Metric::VideoViews, &["views", "plays"], Form::Whole),
            (Metric::Likes, &["likes"], Form::Whole),
            (Metric::Shares, &["shares"], Form::Whole),
            (Metric::Spend, &["spend"], Form::Micros),
            (Metric::Revenue, &["value"], Form::Hundredths),
        ];
        let row = json!({"views": null, "plays": "2385", "likes": 0, "spend": "1", "value": 125_050, "shares": "-"});
        let values = values(&Node::root(&row, "$"), MEASURES).unwrap();
        let values: Vec<_> = values.iter().map(|(m, v)| format!("{} {v}", m.name())).collect();
        assert_eq!(values, ["video_views 2385", "likes 0", "spend 0.000001", "revenue 1250.50"]);
    }

    #[test]
    fn fields_that_never_came_are_named_once_a_row_came() {
        with_slice(|slice| {
            let mut seen = Seen::default();
            assert!(seen.missing(slice, ["opens"]).is_empty());
            let row = json!({"opens": null, "clicks": 1});
            seen.fields_of(&Node::root(&row, "$")).unwrap();
            let missing = seen.missing(slice, ["opens", "bounces"]);
            assert_eq!(missing.len(), 1);
            assert_eq!(missing[0].field.as_deref(), Some("bounces"));
            let measures: &[Measure] = &[
                (Metric::Clicks, &["all_clicks", "clicks"], Form::Whole),
                (Metric::Bounces, &["bounces", "bounced"], Form::Whole),
            ];
            let missing = seen.missing_measures(slice, measures);
            assert_eq!(missing.len(), 1);
            assert_eq!(missing[0].field.as_deref(), Some("bounces"));
        });
    }

    #[test]
    fn plain_fields_become_attributes() {
        let row =
            json!({"id": 1, "subjectLine": "Hi", "tags": ["a"], "blank": "", "deep": {"x": 1}, "no": null});
        let attributes = attributes(&Node::root(&row, "$"), &["id"]).unwrap();
        assert_eq!(Value::Object(attributes), json!({"subject_line": "Hi", "tags": ["a"]}));
    }
}
