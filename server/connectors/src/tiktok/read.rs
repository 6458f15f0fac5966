//! Reads one stream for some days, once; a field that `TikTok` refuses is left out and named.

use super::auth::{Door, get, page_size};
use super::failure::judge;
use super::report::Mapper;
use super::streams::{Call, Report, call};
use super::{describe, fetch, organic, report};
use crate::connector::{Context, Slice};
use crate::error::{Error, ErrorKind, Result};
use crate::fields::{Fields, read_without_refused};
use crate::http::{Answer, Node};
use crate::mapping::Seen;
use crate::record::Page;
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    match call(slice.stream.name) {
        Ok(Call::Granted) => stream::once(async move { describe::granted_one(ctx, &slice).await }).boxed(),
        Ok(Call::Advertiser) => {
            stream::once(async move { describe::described_one(ctx, &slice).await }).boxed()
        }
        Ok(Call::Things(level)) => describe::things(ctx, slice, level),
        Ok(Call::Report(report)) => rows(ctx, &slice, report),
        Ok(Call::Profile) => profile(ctx, &slice),
        Ok(Call::Videos) => videos(ctx, &slice),
        Ok(Call::Comments) => comments(ctx, slice),
        Ok(Call::Hashtags) => stream::once(hashtags(ctx, slice)).boxed(),
        Err(error) => stream::iter([Err(error)]).boxed(),
    }
}

/// The field that a refusal names, if another one is left.
fn refused(fields: &Fields, error: &Error) -> Option<String> {
    let can_spare = error.kind == ErrorKind::Rejected && fields.names().count() > 1;
    can_spare.then(|| fields.dispensable(&error.message)).flatten()
}

fn rows<'a>(ctx: &'a Context, slice: &Slice<'a>, report: &'static Report) -> BoxStream<'a, Result<Page>> {
    let fields = Fields::new(std::iter::empty(), report.metrics.iter().copied());
    let read = {
        let slice = slice.clone();
        move |fields| attempt(ctx, slice.clone(), report, fields)
    };
    read_without_refused(ctx, slice, fields, refused, read)
}

fn attempt<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    report: &'static Report,
    fields: Fields,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut mapper = Mapper::new(&slice, report);
        let request = report::request(ctx, &slice, report, &fields)?;
        let mut batches = fetch::pages(ctx, request, Some(slice.days), &slice.budget);
        while let Some(batch) = batches.next().await {
            yield mapper.page(batch?)?;
        }
        yield mapper.finish(fields.names());
    };
    pages.boxed()
}

fn profile<'a>(ctx: &'a Context, slice: &Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let read = {
        let slice = slice.clone();
        move |fields: Fields| {
            let slice = slice.clone();
            let page = async move {
                let request = organic::profile_request(ctx, &slice, &fields)?;
                let judge = |answer: &Answer| judge(answer, Door::Account);
                organic::profile(ctx.session.batch(&request, &slice.budget, judge).await?, &slice)
            };
            stream::once(page).boxed()
        }
    };
    read_without_refused(ctx, slice, organic::profile_fields(), refused, read)
}

fn videos<'a>(ctx: &'a Context, slice: &Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let read = {
        let slice = slice.clone();
        move |fields| all_videos(ctx, slice.clone(), fields)
    };
    read_without_refused(ctx, slice, organic::video_fields(), refused, read)
}

fn all_videos<'a>(ctx: &'a Context, slice: Slice<'a>, fields: Fields) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        // One day for all pages, also where a wait leads past midnight.
        let day = slice.account.today(ctx.session.now());
        let mut seen = Seen::default();
        let request = organic::videos_request(ctx, &slice, &fields)?;
        let mut batches = fetch::cursor_pages(ctx, request, &slice.budget);
        while let Some(batch) = batches.next().await {
            yield organic::videos(batch?, &slice, day, &mut seen)?;
        }
        yield organic::missing(&seen, &slice);
    };
    pages.boxed()
}

fn comments<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let size = page_size(ctx, organic::MOST).to_string();
        let fields = Fields::new(["item_id", "caption"], []);
        let request = organic::videos_request(ctx, &slice, &fields)?;
        let mut lists = fetch::cursor_pages(ctx, request, &slice.budget);
        while let Some(list) = lists.next().await {
            let list = list?;
            fetch::need_list(&list.value, "videos")?;
            for (id, caption) in names(&list.value)? {
                let business = slice.account.id.as_str();
                let query = [("business_id", business), ("video_id", id.as_str()), ("max_count", size.as_str())];
                let request = get(ctx, "/business/comment/list/", &query)?;
                let mut found = organic::Comments::default();
                let mut batches = fetch::cursor_pages(ctx, request, &slice.budget);
                while let Some(batch) = batches.next().await {
                    yield found.page(batch?)?;
                }
                yield Page { records: vec![found.below(&slice, &id, caption)], ..Page::default() };
            }
        }
    };
    pages.boxed()
}

/// Ids and captions of a page of videos.
fn names(body: &serde_json::Value) -> Result<Vec<(String, Option<String>)>> {
    let root = Node::root(body, "$");
    let mut names = Vec::new();
    root.at("data").at("videos").each(|video| {
        names.push((video.at("item_id").need_text()?, video.at("caption").filled()?));
        Ok(())
    })?;
    Ok(names)
}

async fn hashtags(ctx: &Context, slice: Slice<'_>) -> Result<Page> {
    let keyword = ctx.settings.get("hashtag_keyword");
    if keyword.is_empty() {
        return Err(Error::configuration("The stream hashtags has no word to ask suggestions for.")
            .with_hint("Name one in the setting hashtag_keyword, for example coffee."));
    }
    let query = [
        ("business_id", slice.account.id.as_str()),
        ("keyword", keyword),
        ("language", ctx.settings.get("hashtag_language")),
    ];
    let request = get(ctx, "/business/hashtag/suggestion/", &query)?;
    let judge = |answer: &Answer| judge(answer, Door::Account);
    organic::hashtags(ctx.session.batch(&request, &slice.budget, judge).await?, &slice, keyword)
}
