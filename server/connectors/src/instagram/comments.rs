//! How often posts were commented per day. Texts and authors are not asked for.

use super::auth::{door, get};
use super::read::posts;
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::fields::Fields;
use crate::mapping;
use crate::meta::{self, Less};
use crate::moments::day_in;
use crate::record::{FactRecord, Page, Record};
use async_stream::try_stream;
use chrono::NaiveDate;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use model::entities::EntityKind;
use std::collections::{BTreeMap, HashSet};

pub(super) fn read<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let fields = Fields::new(["id"], ["timestamp", "comments_count"]);
        let mut batches = posts(ctx, &slice, "media", &fields).await?;
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let rows = meta::rows(&batch.value)?;
            for index in 0..rows.array()?.len() {
                let row = rows.nth(index);
                // Nobody comments before there is a post.
                let made = row.at("timestamp").instant()?.map(|at| day_in(at, slice.account.zone()));
                let is_commented = row.at("comments_count").integer()? != Some(0);
                if is_commented && made.is_none_or(|day| day <= slice.days.until()) {
                    yield of_post(ctx, &slice, &meta::need_id(&row.at("id"))?).await?;
                }
            }
        }
    };
    pages.boxed()
}

async fn of_post(ctx: &Context, slice: &Slice<'_>, post: &str) -> Result<Page> {
    let query = [("fields", "id,timestamp"), ("limit", ctx.settings.get("page_size"))];
    let first = get(ctx, slice, &format!("{post}/comments"), &query).await?;
    let mut batches = door(ctx).pages(ctx, first, slice.budget.clone(), Less::Rows);
    let (mut days, mut known, mut rows) = (BTreeMap::<NaiveDate, u64>::new(), HashSet::new(), 0);
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        rows += meta::rows(&batch.value)?.each(|comment| {
            let at = comment.at("timestamp");
            let day = at.instant()?.ok_or_else(|| at.drift("it is missing, so the row belongs nowhere"))?;
            let day = day_in(day, slice.account.zone());
            if known.insert(comment.at("id").need_text()?) && slice.days.contains(day) {
                *days.entry(day).or_default() += 1;
            }
            Ok(())
        })?;
    }
    let fact = |(day, count): (NaiveDate, u64)| {
        let mut fact: FactRecord = mapping::fact(slice, EntityKind::Post, post.to_owned(), day);
        fact.extra.insert("new_comments".into(), count.into());
        Record::Fact(fact)
    };
    Ok(Page { records: days.into_iter().map(fact).collect(), rows: rows as u64, raw: None })
}
