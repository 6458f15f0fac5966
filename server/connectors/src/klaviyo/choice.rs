//! Which of the account's metrics stand for orders, and for people who join and leave.

use super::auth::{Size, get};
use super::fetch::{ROWS, list};
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::http::Node;
use futures_util::TryStreamExt;
use metrics::Metric;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A kind of event that the account knows. Several may have one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kind {
    pub(super) id: String,
    pub(super) name: String,
    /// Who reports it: `klaviyo`, `shopify`, `api`.
    pub(super) source: String,
    /// For example `eCommerce`.
    pub(super) category: String,
}

/// Orders, by the name that all shops share.
const ORDERS: &str = "Placed Order";

/// Kinds of events whose number per day is a figure of the account.
pub(super) const LIST_CHANGES: &[(&str, Metric)] = &[
    ("Subscribed to List", Metric::SubscribersAdded),
    ("Unsubscribed from List", Metric::SubscribersRemoved),
];

/// The metric that a report is asked with: it needs one, even if nobody cares for conversions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conversion {
    pub(super) id: String,
    /// Whether it stands for orders. Otherwise its figures are not asked for.
    pub(super) is_orders: bool,
}

/// The one that is set; else the shop's Placed Order, where several bear that name. None where the account knows no
/// metric at all.
pub(super) fn conversion(set: &str, kinds: &[Kind]) -> Option<Conversion> {
    if !set.is_empty() {
        return Some(Conversion { id: set.to_owned(), is_orders: true });
    }
    let named: Vec<&Kind> = kinds.iter().filter(|kind| kind.name == ORDERS).collect();
    let shop = named.iter().find(|kind| kind.category.eq_ignore_ascii_case("ecommerce"));
    match shop.or(named.first()) {
        Some(orders) => Some(Conversion { id: orders.id.clone(), is_orders: true }),
        None => kinds.first().map(|any| Conversion { id: any.id.clone(), is_orders: false }),
    }
}

/// The kind of that name: Klaviyo's own, where others bear it, too.
pub(super) fn own<'k>(name: &str, kinds: &'k [Kind]) -> Option<&'k Kind> {
    let mut named = kinds.iter().filter(|kind| kind.name == name);
    let own = named.clone().find(|kind| kind.source.eq_ignore_ascii_case("klaviyo"));
    own.or_else(|| named.next())
}

/// A kind as it is listed.
pub(super) fn kind(row: &Node<'_>) -> Result<Kind> {
    let attributes = row.at("attributes");
    let integration = attributes.at("integration");
    let text = |node: &Node<'_>| Ok::<_, crate::Error>(node.text()?.unwrap_or_default());
    Ok(Kind {
        id: row.at("id").need_text()?,
        name: text(&attributes.at("name"))?,
        source: text(&integration.at("key"))?,
        category: text(&integration.at("category"))?,
    })
}

/// All kinds, learned once per run.
pub(super) async fn kinds(ctx: &Context, slice: &Slice<'_>) -> Result<Vec<Kind>> {
    const MEMORY: &str = "metrics";
    if let Some(known) = ctx.memory.recall(MEMORY).and_then(|text| serde_json::from_str(&text).ok()) {
        return Ok(known);
    }
    let request = get(ctx, "/metrics", &[], Size::M, &slice.account.id)?;
    let mut kinds = Vec::new();
    let mut batches = list(ctx, slice, request);
    while let Some(batch) = batches.try_next().await? {
        let none = Value::Null;
        let rows = batch.value.pointer(ROWS).unwrap_or(&none);
        Node::root(rows, "data").each(|row| {
            kinds.push(kind(row)?);
            Ok(())
        })?;
    }
    ctx.memory.keep(MEMORY, serde_json::to_string(&kinds).unwrap_or_default());
    Ok(kinds)
}
