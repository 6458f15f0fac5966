//! Reads one stream for some days, once; a field that Instagram no longer knows is left out and named.

use super::auth::{door, get};
use super::streams::{Ask, ask};
use super::{comments, figures, map, series};
use crate::connector::{Context, Slice};
use crate::error::{Error, Result};
use crate::fields::{Fields, read_without_refused};
use crate::http::{Batch, Node};
use crate::mapping::{self, Seen};
use crate::meta::{self, Less, ROWS};
use crate::record::{Page, Record};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

const PROFILE: &[&str] =
    &["ig_id", "username", "name", "followers_count", "follows_count", "media_count", "biography", "website"];

/// Of posts. Addresses of pictures are left out, because they end soon.
const POST: &[&str] = &[
    "ig_id",
    "caption",
    "media_type",
    "media_product_type",
    "permalink",
    "timestamp",
    "like_count",
    "comments_count",
    "children",
];

/// Of posts of others that the account is tagged in: no texts and names.
const TAGGED: &[&str] = &["media_type", "permalink", "timestamp", "like_count", "comments_count"];

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    match ask(slice.stream.name) {
        Some(Ask::Profile) => spared(ctx, slice, PROFILE, profile),
        Some(Ask::List("tags")) => spared(ctx, slice, TAGGED, list),
        Some(Ask::List(_)) => spared(ctx, slice, POST, list),
        Some(Ask::Figures(_)) => spared(ctx, slice, POST, figures::read),
        Some(Ask::Days) => series::days(ctx, slice),
        Some(Ask::Totals) => series::totals(ctx, slice),
        Some(Ask::Audience) => series::audience(ctx, slice),
        Some(Ask::Comments) => comments::read(ctx, slice),
        None => {
            let error = Error::configuration(format!("Instagram has no stream {:?}.", slice.stream.name));
            futures_util::stream::iter([Err(error)]).boxed()
        }
    }
}

type Attempt = for<'a> fn(&'a Context, Slice<'a>, Fields) -> BoxStream<'a, Result<Page>>;

/// Reads with all fields, and without those that are refused.
fn spared<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    optional: &[&'static str],
    attempt: Attempt,
) -> BoxStream<'a, Result<Page>> {
    let fields = Fields::new(["id"], optional.iter().copied());
    let read = {
        let slice = slice.clone();
        move |fields| attempt(ctx, slice.clone(), fields)
    };
    read_without_refused(ctx, &slice, fields, meta::refused_field, read)
}

fn profile<'a>(ctx: &'a Context, slice: Slice<'a>, fields: Fields) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let names = fields.names().collect::<Vec<_>>().join(",");
        let request = get(ctx, &slice, &slice.account.id, &[("fields", &names)]).await?;
        let Batch { value, raw } = door(ctx).batch(ctx, &request, &slice.budget).await?;
        let root = Node::root(&value, "$");
        let mut seen = Seen::default();
        seen.fields_of(&root)?;
        let today = slice.account.today(raw.fetched_at);
        yield Page { records: map::profile(&slice, &root, today)?, rows: 1, raw: Some(raw) };
        let asked = fields.optional().iter().map(String::as_str);
        yield Page::of_warnings(seen.missing(&slice, asked.filter(|name| *name == "followers_count")));
        yield Page::of_warnings(meta::version_warning(ctx, &slice));
    };
    pages.boxed()
}

fn list<'a>(ctx: &'a Context, slice: Slice<'a>, fields: Fields) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let edge = match ask(slice.stream.name) {
            Some(Ask::List(edge)) => edge,
            _ => "media",
        };
        let mut batches = posts(ctx, &slice, edge, &fields).await?;
        while let Some(batch) = batches.next().await {
            yield mapping::needed_page(batch?, ROWS, |row, records| {
                records.push(Record::Entity(map::post(&slice, row)?));
                Ok(())
            })?;
        }
    };
    pages.boxed()
}

/// The pages of a list of posts, newest first.
pub(super) async fn posts<'a>(
    ctx: &'a Context,
    slice: &Slice<'_>,
    edge: &str,
    fields: &Fields,
) -> Result<BoxStream<'a, Result<Batch>>> {
    let names = fields.names().collect::<Vec<_>>().join(",");
    let query = [("fields", names.as_str()), ("limit", ctx.settings.get("page_size"))];
    let first = get(ctx, slice, &format!("{}/{edge}", slice.account.id), &query).await?;
    Ok(door(ctx).pages(ctx, first, slice.budget.clone(), Less::Rows))
}
