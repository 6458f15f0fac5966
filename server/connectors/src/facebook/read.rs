//! Reads one stream for some days, once; a field that Facebook no longer knows is left out and named.

use super::auth::DOOR;
use super::streams::{Ask, ask};
use super::{discovery, insights, leads, lists, map};
use crate::connector::{Context, Slice};
use crate::error::{Error, Result};
use crate::http::{Batch, Node};
use crate::meta;
use crate::record::{Page, Record};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    match ask(slice.stream.name) {
        Some(Ask::Account) => account(ctx, slice),
        Some(Ask::List(level)) => lists::read(ctx, slice, level),
        Some(Ask::Figures(figures)) => insights::read(ctx, slice, figures),
        Some(Ask::Forms) => leads::forms(ctx, slice),
        Some(Ask::Leads) => leads::leads(ctx, slice),
        None => {
            let vendor = DOOR.vendor;
            let error = Error::configuration(format!("{vendor} has no stream {:?}.", slice.stream.name));
            futures_util::stream::iter([Err(error)]).boxed()
        }
    }
}

fn account<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let Batch { value, raw } = discovery::describe(ctx, &slice.account.id, &slice.budget).await?;
        let record = Record::Entity(map::account(&slice, &Node::root(&value, "$"))?);
        yield Page { records: vec![record], rows: 1, raw: Some(raw) };
        yield Page::of_warnings(meta::version_warning(ctx, &slice));
    };
    pages.boxed()
}
