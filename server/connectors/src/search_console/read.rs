//! Reads one stream for some days, once: one kind of search after the other.

use super::auth::search_types;
use super::fetch::{self, Question};
use super::map::{self, Mapper};
use super::snapshots;
use super::streams::{Call, Dimension, SearchType, call};
use crate::connector::{Context, Slice};
use crate::error::{DeniedScope, Error, ErrorKind, Result};
use crate::record::{Page, Warning};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use std::collections::BTreeSet;

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let site = slice.account.id.clone();
    if let Some(refusal) = ctx.memory.recall(&format!("denied/{site}")) {
        let error = Error::new(ErrorKind::Permission(DeniedScope::Account), refusal);
        return stream::iter([Err(error)]).boxed();
    }
    let pages = match call(slice.stream.name) {
        Ok(Call::Days(dimensions)) => days(ctx, slice, dimensions),
        Ok(Call::Appearances) => appearances(ctx, slice),
        Ok(Call::Site) => stream::once(async move { snapshots::site(ctx, &slice).await }).boxed(),
        Ok(Call::Sitemaps) => stream::once(async move { snapshots::sitemaps(ctx, &slice).await }).boxed(),
        Err(error) => stream::iter([Err(error)]).boxed(),
    };
    pages.inspect(move |page| note(ctx, &site, page)).boxed()
}

/// A site that was refused before it gave anything is asked no more in this run.
fn note(ctx: &Context, site: &str, page: &Result<Page>) {
    let is_read = format!("read/{site}");
    match page {
        Ok(_) => ctx.memory.keep(is_read, ""),
        Err(error)
            if error.kind == ErrorKind::Permission(DeniedScope::Account)
                && ctx.memory.recall(&is_read).is_none() =>
        {
            ctx.memory.keep(format!("denied/{site}"), error.message.clone());
        }
        Err(_) => {}
    }
}

/// The kinds of search that have those dimensions, without those that Google refused.
fn types(ctx: &Context, stream: &str, has_queries: bool) -> Vec<SearchType> {
    let is_refused = |kind: &SearchType| ctx.memory.recall(&refusal_key(stream, *kind)).is_some();
    let has_them = |kind: &SearchType| !(has_queries && kind.is_feed());
    search_types(ctx).into_iter().filter(has_them).filter(|kind| !is_refused(kind)).collect()
}

fn refusal_key(stream: &str, search_type: SearchType) -> String {
    format!("refused/{stream}/{}", search_type.name())
}

/// Another kind of search than the web's can be spared where Google does not know or give it: a warning instead of the error.
/// A site that is refused is another matter: the days would count as read, without what was stored of them.
fn spare(ctx: &Context, slice: &Slice<'_>, search_type: SearchType, error: Error) -> Result<Page> {
    let is_refused = matches!(error.kind, ErrorKind::Rejected | ErrorKind::Permission(DeniedScope::Stream));
    if search_type == SearchType::Web || !is_refused {
        return Err(error);
    }
    let (stream, name) = (slice.stream.name, search_type.name());
    ctx.memory.keep(refusal_key(stream, search_type), "");
    let message =
        format!("Google does not give the search type {name} here; the others are read. {}", error.message);
    Ok(Page::of_warnings([Warning::field(&slice.account.id, stream, "type", message)]))
}

fn days<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    dimensions: &'static [Dimension],
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut mapper = Mapper::new(&slice, dimensions);
        let has_queries = dimensions.contains(&Dimension::Query);
        for search_type in types(ctx, slice.stream.name, has_queries) {
            let names = dimensions.iter().map(|dimension| dimension.name());
            let question = Question {
                search_type,
                dimensions: std::iter::once("date").chain(names).collect(),
                days: slice.days,
                appearance: None,
            };
            let mut batches = fetch::rows(ctx, &slice.account.id, &question, &slice.budget);
            while let Some(batch) = batches.next().await {
                let page = match batch {
                    Ok(batch) => mapper.page(batch, search_type, None),
                    Err(error) => spare(ctx, &slice, search_type, error),
                };
                yield page?;
            }
        }
        yield mapper.finish();
    };
    pages.boxed()
}

/// The ways of being shown stand alone: first which there are, then each of them per day.
fn appearances<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut mapper = Mapper::new(&slice, &[]);
        let site = slice.account.id.as_str();
        for search_type in types(ctx, slice.stream.name, false) {
            let list = Question {
                search_type,
                dimensions: vec!["searchAppearance"],
                days: slice.days,
                appearance: None,
            };
            let mut names = BTreeSet::new();
            let mut batches = fetch::rows(ctx, site, &list, &slice.budget);
            while let Some(batch) = batches.next().await {
                let page = match batch {
                    Ok(batch) => map::appearances(batch, &mut names),
                    Err(error) => spare(ctx, &slice, search_type, error),
                };
                yield page?;
            }
            for name in names {
                let question =
                    Question { dimensions: vec!["date"], appearance: Some(name.clone()), ..list.clone() };
                let mut batches = fetch::rows(ctx, site, &question, &slice.budget);
                while let Some(batch) = batches.next().await {
                    yield mapper.page(batch?, search_type, Some(&name))?;
                }
            }
        }
        yield mapper.finish();
    };
    pages.boxed()
}
