//! Advertisers and what hangs under them, as they are now.

use super::auth::{Door, get, list, page_size};
use super::failure::judge;
use super::fetch::{self, need_list};
use super::streams::Level;
use crate::connector::{Context, Slice};
use crate::error::{DeniedScope, Error, ErrorKind, Result};
use crate::http::{Answer, Batch, Budget, Node};
use crate::mapping::{self, attributes};
use crate::record::{Page, Record};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

/// What is kept of an advertiser. Its description also holds names, addresses and numbers of people.
const KEPT: &[&str] = &[
    "currency",
    "timezone",
    "display_timezone",
    "company",
    "country",
    "industry",
    "language",
    "role",
    "create_time",
];

/// All advertisers that were granted.
pub(super) async fn granted(ctx: &Context, budget: &Budget) -> Result<Batch> {
    let app = ctx.credentials.text("client_id").unwrap_or_default();
    // Says which credential is missing.
    ctx.credentials.need("client_id")?;
    let secret = ctx.credentials.need("client_secret")?.clone();
    let request = get(ctx, "/oauth2/advertiser/get/", &[("app_id", app)])?.secret_query("secret", secret);
    let batch = ctx.session.batch(&request, budget, |answer: &Answer| judge(answer, Door::Ads)).await?;
    need_list(&batch.value, "list")?;
    Ok(batch)
}

/// Advertisers as they describe themselves.
pub(super) async fn described(ctx: &Context, ids: &[String], budget: &Budget) -> Result<Batch> {
    let ids = list(ids.iter().map(String::as_str));
    let request = get(ctx, "/advertiser/info/", &[("advertiser_ids", &ids)])?;
    let batch = ctx.session.batch(&request, budget, |answer: &Answer| judge(answer, Door::Ads)).await?;
    need_list(&batch.value, "list")?;
    Ok(batch)
}

/// The advertiser among those that were granted.
pub(super) async fn granted_one(ctx: &Context, slice: &Slice<'_>) -> Result<Page> {
    let batch = granted(ctx, &slice.budget).await?;
    one_of(batch, slice, "advertiser_name")
}

/// The advertiser as it describes itself.
pub(super) async fn described_one(ctx: &Context, slice: &Slice<'_>) -> Result<Page> {
    let batch = described(ctx, std::slice::from_ref(&slice.account.id), &slice.budget).await?;
    one_of(batch, slice, "name")
}

fn one_of(batch: Batch, slice: &Slice<'_>, name: &str) -> Result<Page> {
    let mut is_there = false;
    let page = mapping::page(batch, "/data/list", |row, records| {
        if row.at("advertiser_id").need_text()? != slice.account.id {
            return Ok(());
        }
        is_there = true;
        let mut known = attributes(row, &[])?;
        known.retain(|field, _| KEPT.contains(&field.as_str()));
        let mut entity = mapping::account(slice, known);
        entity.name = row.at(name).filled()?.unwrap_or(entity.name);
        entity.status = row.at("status").filled()?;
        records.push(Record::Entity(entity));
        Ok(())
    })?;
    if is_there {
        return Ok(page);
    }
    let message = format!("TikTok does not tell anything about advertiser {}.", slice.account.id);
    Err(Error::new(ErrorKind::Permission(DeniedScope::Stream), message))
}

/// All campaigns, ad groups or ads.
pub(super) fn things<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    level: &'static Level,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let size = page_size(ctx, 1_000).to_string();
        let mut query =
            vec![("advertiser_id", slice.account.id.as_str()), ("page", "1"), ("page_size", size.as_str())];
        if ctx.settings.get("deleted") == "include" {
            query.push(("filtering", r#"{"primary_status":"STATUS_ALL"}"#));
        }
        let request = get(ctx, level.path, &query)?;
        let mut batches = fetch::pages(ctx, request, None, &slice.budget);
        while let Some(batch) = batches.next().await {
            yield page_of_things(batch?, &slice, level)?;
        }
    };
    pages.boxed()
}

pub(super) fn page_of_things(batch: Batch, slice: &Slice<'_>, level: &Level) -> Result<Page> {
    need_list(&batch.value, "list")?;
    mapping::page(batch, "/data/list", |row, records| {
        let id = row.at(level.id).need_text()?;
        let name = row.at(level.name).filled()?;
        let mut entity = mapping::entity(slice, level.kind, id, name);
        if let Some((kind, field)) = level.parent
            && let Some(parent) = row.at(field).filled()?
        {
            entity.parent = Some((kind, parent));
        }
        entity.status = status(row)?;
        entity.attributes = attributes(row, &[level.id, level.name, "advertiser_id"])?;
        records.push(Record::Entity(entity));
        Ok(())
    })
}

/// The state with its reason; without it the one that a person has set.
fn status(row: &Node<'_>) -> Result<Option<String>> {
    for name in ["secondary_status", "operation_status", "status"] {
        if let Some(status) = row.at(name).filled()? {
            return Ok(Some(status));
        }
    }
    Ok(None)
}
