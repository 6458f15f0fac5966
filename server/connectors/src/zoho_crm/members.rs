//! Counts the people in campaigns by their status. Nothing of the people themselves is kept.

use super::failure::spare_missing;
use super::fetch::{self, List};
use super::map;
use super::streams::CAMPAIGNS;
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::record::{EntityRecord, Page, Record};
use async_stream::try_stream;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// Lists below a campaign, and the attribute that holds the counts.
const LISTS: &[(&str, &str)] = &[("Leads", "lead_members"), ("Contacts", "contact_members")];

/// Statuses of members become attributes of their campaign.
pub(super) fn members<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut campaigns: BTreeMap<String, EntityRecord> = BTreeMap::new();
        let mut batches = fetch::list(ctx, &slice, List::module(&CAMPAIGNS));
        while let Some(batch) = batches.next().await {
            map::page(batch?, "data", |row, _| {
                let campaign = map::campaign(&slice, row)?;
                campaigns.insert(campaign.id.clone(), campaign);
                Ok(())
            })?;
        }
        for mut campaign in campaigns.into_values() {
            let mut is_counted = false;
            for (list, attribute) in LISTS {
                let path = format!("/{}/{}/{list}", CAMPAIGNS.name, campaign.id);
                let list = List::of(path).fields(&["id", "Member_Status"]);
                let counts = counted(ctx, &slice, list).await?;
                is_counted |= !counts.is_empty();
                campaign.attributes.insert((*attribute).to_owned(), Value::Object(counts));
            }
            let records = if is_counted { vec![Record::Entity(campaign)] } else { Vec::new() };
            yield Page { records, rows: 1, raw: None };
        }
    };
    pages.boxed()
}

/// Members by status, each once. None where the campaign was deleted meanwhile.
async fn counted(ctx: &Context, slice: &Slice<'_>, list: List) -> Result<Map<String, Value>> {
    let mut known = HashSet::new();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut batches = fetch::list(ctx, slice, list);
    while let Some(Some(batch)) = spare_missing(batches.try_next().await)? {
        map::page(batch, "data", |row, _| {
            if known.insert(row.at("id").need_text()?) {
                let status = row.at("Member_Status").filled()?.unwrap_or_else(|| "none".to_owned());
                *counts.entry(status).or_default() += 1;
            }
            Ok(())
        })?;
    }
    Ok(counts.into_iter().map(|(status, count)| (status, count.into())).collect())
}
