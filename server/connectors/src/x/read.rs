//! Reads one stream for some days, once.

use super::auth::{self, get, page_size};
use super::failure::{judge, judge_parts};
use super::fetch::{self, MEDIA, PRIVATE, PUBLIC, USER_FIELDS, listed, timeline};
use super::posts::Posts;
use super::streams::{Ask, ask};
use super::{ads, discovery, map};
use crate::connector::{Context, Slice};
use crate::error::{DeniedScope, Error, ErrorKind, Result};
use crate::http::{Batch, Node};
use crate::moments::start_of;
use crate::record::{Page, Warning};
use async_stream::try_stream;
use chrono::{DateTime, Days, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

/// Ids of one look-up.
const MOST_IDS: usize = 100;

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let refused = |error| stream::iter([Err(error)]).boxed();
    let Some(ask) = ask(slice.stream.name) else {
        return refused(Error::configuration(format!("X has no stream {:?}.", slice.stream.name)));
    };
    if let Some(error) = discovery::denied(ctx, &slice.account.id) {
        return refused(error);
    }
    match ask {
        Ask::Me => stream::once(me(ctx, slice)).boxed(),
        Ask::Snapshot => stream::once(snapshot(ctx, slice)).boxed(),
        Ask::Posts => posts(ctx, slice),
        Ask::Mentions => {
            let batches = timeline(ctx, &slice, "mentions", &[], since(ctx, &slice));
            others(slice, batches, "mention")
        }
        Ask::Followers => followers(ctx, slice),
        Ask::Search => search(ctx, slice),
        Ask::Ads => ads::daily(ctx, slice),
    }
}

/// Posts are asked for from the first day that is wanted, and always those that may still change.
fn since(ctx: &Context, slice: &Slice<'_>) -> DateTime<Utc> {
    let days = ctx.settings.integer("refresh_days").unwrap_or(30);
    let today = slice.account.today(ctx.session.now());
    let young = today.checked_sub_days(Days::new(days.into())).unwrap_or(today);
    start_of(slice.days.from().min(young), chrono_tz::Tz::UTC)
}

async fn me(ctx: &Context, slice: Slice<'_>) -> Result<Page> {
    let Batch { value, raw } = discovery::me(ctx, &slice.budget).await?;
    let root = Node::root(&value, "$");
    let id = root.at("data").at("id").need_text()?;
    if id != slice.account.id {
        let message = format!("The token belongs to user {id}, not to {}.", slice.account.id);
        return Err(Error::new(ErrorKind::Permission(DeniedScope::Stream), message));
    }
    let today = slice.account.today(ctx.session.now());
    Ok(Page { records: map::user(&slice, &root, today)?, rows: 1, raw: Some(raw) })
}

async fn snapshot(ctx: &Context, slice: Slice<'_>) -> Result<Page> {
    let path = format!("users/{}", slice.account.id);
    let request = get(ctx, &path, &[("user.fields", USER_FIELDS)])?.paced_by(&slice.account.id);
    let Batch { value, raw } = ctx.session.batch(&request, &slice.budget, judge).await?;
    let today = slice.account.today(ctx.session.now());
    Ok(Page { records: map::user(&slice, &Node::root(&value, "$"), today)?, rows: 1, raw: Some(raw) })
}

/// Posts with what everybody sees, and then, for young ones, what only the author sees: asked for together, X would refuse
/// parts of the answer for old ones.
fn posts<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut posts = Posts::default();
        let mut batches = timeline(ctx, &slice, "tweets", &[("exclude", "retweets")], since(ctx, &slice));
        while let Some(batch) = batches.next().await {
            let Batch { value, raw } = batch?;
            let rows = posts.take(&value)?;
            yield Page { records: Vec::new(), rows, raw: Some(raw) };
        }
        let is_author = !auth::is_app_only(&ctx.settings) && !auth::is_stranger(slice.account);
        let young = if is_author { posts.young(ctx.session.now())? } else { Vec::new() };
        for ids in young.chunks(MOST_IDS) {
            match looked_up(ctx, &slice, ids).await {
                Ok(Batch { value, raw }) => {
                    let rows = posts.complete(&value)?;
                    yield Page { records: Vec::new(), rows, raw: Some(raw) };
                }
                Err(error) if matches!(error.kind, ErrorKind::Permission(_) | ErrorKind::Rejected) => {
                    let message = format!("What only the author sees can't be read. {}", error.message);
                    yield Page::of_warnings([Warning::stream(&slice.account.id, slice.stream.name, message)]);
                    break;
                }
                Err(error) => Err(error)?,
            }
        }
        yield posts.page(&slice, slice.account.today(ctx.session.now()))?;
    };
    pages.boxed()
}

async fn looked_up(ctx: &Context, slice: &Slice<'_>, ids: &[String]) -> Result<Batch> {
    let ids = ids.join(",");
    let mut query = vec![("ids", ids.as_str()), ("tweet.fields", PRIVATE)];
    query.extend(MEDIA);
    let request = get(ctx, "tweets", &query)?.paced_by(&slice.account.id);
    ctx.session.batch(&request, &slice.budget, judge_parts).await
}

fn others<'a>(
    slice: Slice<'a>,
    mut batches: BoxStream<'a, Result<Batch>>,
    relation: &'static str,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        while let Some(batch) = batches.next().await {
            yield map::others(&slice, batch?, relation)?;
        }
    };
    pages.boxed()
}

fn followers<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let size = page_size(ctx, 1, 1_000);
        let query = [("max_results", size.as_str()), ("user.fields", "created_at")];
        let request = get(ctx, &format!("users/{}/followers", slice.account.id), &query);
        let mut batches = listed(ctx, &slice, request, "pagination_token");
        while let Some(batch) = batches.next().await {
            yield map::followers(&slice, batch?)?;
        }
    };
    pages.boxed()
}

fn search<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let wanted = ctx.settings.get("search_query");
    if wanted.is_empty() {
        let error = Error::configuration("The stream search_recent has nothing to look for.")
            .with_hint("Write what it looks for into the setting search_query, for example #acme.");
        return stream::iter([Err(error)]).boxed();
    }
    let size = page_size(ctx, 10, 100);
    let mut query = vec![("query", wanted), ("max_results", size.as_str()), ("tweet.fields", PUBLIC)];
    // X keeps seven days, and refuses a start before them.
    let (from, now) = (start_of(slice.days.from(), chrono_tz::Tz::UTC), ctx.session.now());
    let since = fetch::written(from);
    if now - from < TimeDelta::days(7) && from < now {
        query.push(("start_time", since.as_str()));
    }
    let batches = listed(ctx, &slice, get(ctx, "tweets/search/recent", &query), "next_token");
    others(slice, batches, "search")
}
