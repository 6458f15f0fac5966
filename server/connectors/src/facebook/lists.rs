//! Campaigns, ad sets and ads as they stand now.

use super::auth::{DOOR, page_size};
use super::map;
use super::streams::Level;
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::fields::{Fields, read_without_refused};
use crate::mapping;
use crate::meta::{self, Less, ROWS};
use crate::record::{Page, Record};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use serde_json::json;

const MOST_ROWS: u32 = 100;

pub(super) fn read<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    level: &'static Level,
) -> BoxStream<'a, Result<Page>> {
    let fields = Fields::new(["id"], level.fields.iter().copied());
    let read = {
        let slice = slice.clone();
        move |fields| attempt(ctx, slice.clone(), level, fields)
    };
    read_without_refused(ctx, &slice, fields, meta::refused_field, read)
}

fn attempt<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    level: &'static Level,
    fields: Fields,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let account = &slice.account.id;
        let (names, states) = (fields.names().collect::<Vec<_>>().join(","), json!(level.states).to_string());
        let (path, limit) = (format!("{account}/{}", level.path), page_size(ctx, MOST_ROWS));
        let query = [("fields", names.as_str()), ("effective_status", states.as_str()), ("limit", limit.as_str())];
        let first = DOOR.get(ctx, &path, &query, &slice.budget).await?.paced_by(account.as_str());
        let mut batches = DOOR.pages(ctx, first, slice.budget.clone(), Less::Rows);
        while let Some(batch) = batches.next().await {
            yield mapping::needed_page(batch?, ROWS, |row, records| {
                records.push(Record::Entity(map::thing(&slice, level, row)?));
                Ok(())
            })?;
        }
    };
    pages.boxed()
}
