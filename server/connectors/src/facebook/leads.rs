//! Forms and leads of a page. Both want the page's own token, which is asked for anew and kept nowhere.

use super::auth::{DOOR, page_size};
use crate::connector::{Context, Slice};
use crate::crm::{CrmKind, CrmRecord, LifecycleStage, Origin, PartyRecord};
use crate::error::Result;
use crate::http::{Batch, Node};
use crate::mapping;
use crate::meta::{self, Less, ROWS};
use crate::moments;
use crate::record::{EntityRecord, Page, Record};
use async_stream::try_stream;
use chrono_tz::Tz;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use model::entities::EntityKind;
use secrecy::SecretString;
use serde_json::json;
use std::collections::BTreeMap;

const MOST_ROWS: u32 = 100;

/// Without `field_data`: what people wrote is nobody's business here.
const LEAD_FIELDS: &str = "id,created_time,form_id,campaign_id,adset_id,ad_id,is_organic,platform";

pub(super) fn forms<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let token = page_token(ctx, &slice).await?;
        let mut batches = list(ctx, &slice, &token, &forms_of(&slice), "id,name,status,created_time", None)?;
        while let Some(batch) = batches.next().await {
            yield mapping::needed_page(batch?, ROWS, |row, records| {
                let name = row.at("name").filled()?;
                let form = mapping::entity(&slice, EntityKind::Form, row.at("id").need_text()?, name);
                let status = row.at("status").filled()?;
                let attributes = mapping::attributes(row, &["id", "name", "status"])?;
                records.push(Record::Entity(EntityRecord { status, attributes, ..form }));
                Ok(())
            })?;
        }
    };
    pages.boxed()
}

pub(super) fn leads<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let token = page_token(ctx, &slice).await?;
        let listed: Vec<Batch> =
            list(ctx, &slice, &token, &forms_of(&slice), "id", None)?.try_collect().await?;
        let mut forms = Vec::new();
        for batch in &listed {
            meta::rows(&batch.value)?.each(|row| {
                forms.push(meta::need_id(&row.at("id"))?);
                Ok(())
            })?;
        }
        // Pages have no zone: days are those of UTC.
        let since = moments::start_of(slice.days.from(), Tz::UTC).timestamp() - 1;
        let since = json!([{ "field": "time_created", "operator": "GREATER_THAN", "value": since }]).to_string();
        for form in forms {
            let mut batches = list(ctx, &slice, &token, &format!("{form}/leads"), LEAD_FIELDS, Some(&since))?;
            while let Some(batch) = batches.next().await {
                let batch = batch?;
                let origin = Origin::new(&slice, batch.raw.fetched_at);
                yield mapping::needed_page(batch, ROWS, |row, records| lead(&slice, &origin, row, records))?;
            }
        }
    };
    pages.boxed()
}

/// A lead counts on the day when it was made. The same lead counts once, however often it is served.
pub(super) fn lead(
    slice: &Slice<'_>,
    origin: &Origin,
    row: &Node<'_>,
    records: &mut Vec<Record>,
) -> Result<()> {
    let made = row.at("created_time");
    let at =
        made.instant()?.ok_or_else(|| made.drift("the moment is missing, so the lead belongs nowhere"))?;
    if !slice.days.contains(moments::day_in(at, Tz::UTC)) {
        return Ok(());
    }
    let lead = PartyRecord::new(origin.clone(), CrmKind::Lead, row.at("id").need_text()?);
    let attributes = mapping::attributes(row, &["id", "created_time", "field_data"])?;
    let entered = BTreeMap::from([(LifecycleStage::Lead, at)]);
    let lead = PartyRecord { entered, created_at: Some(at), attributes, ..lead };
    records.push(Record::from(CrmRecord::Party(lead)));
    Ok(())
}

fn forms_of(slice: &Slice<'_>) -> String {
    format!("{}/leadgen_forms", slice.account.id)
}

async fn page_token(ctx: &Context, slice: &Slice<'_>) -> Result<SecretString> {
    let (page, budget) = (&slice.account.id, &slice.budget);
    let request = DOOR.get(ctx, page, &[("fields", "access_token")], budget).await?;
    let (_, told) = DOOR.call(ctx, &request.paced_by(page.as_str()), budget).await?;
    let root = Node::root(&told, "$");
    match root.at("access_token").filled()? {
        Some(token) => Ok(token.into()),
        // A system user's token may be good for its pages itself.
        None => ctx.session.secret(budget).await,
    }
}

fn list<'a>(
    ctx: &'a Context,
    slice: &Slice<'_>,
    token: &SecretString,
    path: &str,
    fields: &str,
    filtering: Option<&str>,
) -> Result<BoxStream<'a, Result<Batch>>> {
    let limit = page_size(ctx, MOST_ROWS);
    let mut query = vec![("fields", fields), ("limit", limit.as_str())];
    query.extend(filtering.map(|filter| ("filtering", filter)));
    let first = DOOR.get_as(ctx, token, path, &query)?.paced_by(slice.account.id.as_str());
    Ok(DOOR.pages(ctx, first, slice.budget.clone(), Less::Rows))
}
