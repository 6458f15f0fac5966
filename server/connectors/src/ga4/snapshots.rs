//! What is no figure of a day: the property itself, its columns, and what happens now. All of it describes the property.

use super::auth::{data_request, metadata_request};
use super::discovery;
use super::failure::judge;
use super::table::Table;
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::http::Node;
use crate::http::node::{canonical, snake_case};
use crate::record::{EntityRecord, Page, RawPage, Record};
use model::entities::EntityKind;
use serde_json::{Map, Value, json};

/// What the last minutes are asked for: people, views, events and key events of all of them.
const NOW: &[&str] = &["activeUsers", "screenPageViews", "eventCount", "keyEvents"];

/// Name and attributes of the property.
pub(super) async fn property(ctx: &Context, slice: &Slice<'_>) -> Result<Page> {
    let batch = discovery::property(ctx, &slice.account.id, &slice.budget).await?;
    let root = Node::root(&batch.value, "$");
    let name = root.at("displayName").text()?.filter(|n| !n.trim().is_empty());
    let fields = root.object()?.into_iter().flatten();
    let is_attribute = |name: &str| !matches!(name, "name" | "displayName");
    let attributes = fields.filter(|(name, value)| is_attribute(name) && !value.is_null());
    let attributes = attributes.map(|(name, value)| (snake_case(name), value.clone())).collect();
    Ok(page(slice, name, attributes, batch.raw, 1))
}

/// The columns that the property made itself, and the new names of renamed ones.
pub(super) async fn metadata(ctx: &Context, slice: &Slice<'_>) -> Result<Page> {
    let request = metadata_request(ctx, &slice.account.id)?;
    let batch = ctx.session.batch(&request, &slice.budget, judge).await?;
    let root = Node::root(&batch.value, "$");
    let mut attributes = Map::new();
    let mut renamed = Map::new();
    let mut count = 0;
    for (list, custom) in [("dimensions", "custom_dimensions"), ("metrics", "custom_metrics")] {
        let columns = root.at(list);
        let mut own = Vec::new();
        for index in 0..columns.array()?.len() {
            let column = columns.nth(index);
            let name = column.at("apiName").need_text()?;
            let old = column.at("deprecatedApiNames");
            for index in 0..old.array()?.len() {
                renamed.insert(old.nth(index).need_text()?, Value::String(name.clone()));
            }
            if column.at("customDefinition").boolean()?.unwrap_or(false) {
                own.push(Value::String(name));
            }
            count += 1;
        }
        attributes.insert(custom.to_owned(), Value::Array(own));
    }
    attributes.insert("renamed".to_owned(), Value::Object(renamed));
    Ok(page(slice, None, attributes, batch.raw, count))
}

/// The last thirty minutes. The rows have no day and are never stored as figures of one.
pub(super) async fn realtime(ctx: &Context, slice: &Slice<'_>) -> Result<Page> {
    let metrics: Vec<Value> = NOW.iter().map(|name| json!({ "name": name })).collect();
    let request = data_request(ctx, "api_version", &slice.account.id, "runRealtimeReport")?.json(json!({
        "metrics": metrics,
        "minuteRanges": [{ "startMinutesAgo": 29, "endMinutesAgo": 0 }],
        "returnPropertyQuota": true,
    }));
    let batch = ctx.session.batch(&request, &slice.budget, judge).await?;
    let root = Node::root(&batch.value, "$");
    let table = Table::read(&root)?;
    let rows = root.at("rows");
    let mut now = Vec::new();
    for index in 0..rows.array()?.len() {
        let row = rows.nth(index);
        let figures = table.figures(&row, &[])?;
        let values =
            figures.values.iter().map(|(metric, value)| (metric.name().to_owned(), canonical(*value)));
        let mut fields = figures.extra.clone();
        for (name, text) in table.key(&row)?.splits.into_iter().chain(values) {
            fields.insert(name, Value::String(text));
        }
        now.push(Value::Object(fields));
    }
    let count = now.len() as u64;
    let attributes = Map::from_iter([
        ("last_30_minutes".to_owned(), Value::Array(now)),
        ("last_30_minutes_as_of".to_owned(), json!(batch.raw.fetched_at)),
    ]);
    Ok(page(slice, None, attributes, batch.raw, count))
}

fn page(
    slice: &Slice<'_>,
    name: Option<String>,
    attributes: Map<String, Value>,
    raw: RawPage,
    rows: u64,
) -> Page {
    let entity = EntityRecord {
        stream: slice.stream.name,
        account: slice.account.id.clone(),
        kind: EntityKind::Account,
        id: slice.account.id.clone(),
        parent: None,
        name: name.unwrap_or_else(|| slice.account.name.clone()),
        status: None,
        attributes,
    };
    Page { records: vec![Record::Entity(entity)], rows, raw: Some(raw) }
}
