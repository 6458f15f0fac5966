//! Asks for pages: each names the address of the next one.

use super::failure::judge;
use crate::connector::Context;
use crate::error::{Error, Result};
use crate::http::paginate::{Pagination, Progress};
use crate::http::{Answer, BaseUrl, Batch, Budget, Request};
use futures_util::stream::BoxStream;
use serde_json::Value;

const NEXT: Pagination = Pagination::NextUrl { read: "/_links/next/href" };

/// Asks page after page. The end is where no address is, never where a page is empty.
pub(super) fn pages(ctx: &Context, budget: Budget, first: Request) -> BoxStream<'_, Result<Batch>> {
    let mut progress = Progress::default();
    let base = ctx.session.base_url();
    let next = move |sent: &Request, answer: &Answer, page: &Value| {
        refuse_strangers(base, sent, page)?;
        NEXT.next(sent, answer, page, 0, &mut progress)
    };
    ctx.session.pages_by(first, next, budget, judge)
}

/// Addresses are usually paths, sometimes whole; one of another host is not the vendor's.
pub(super) fn refuse_strangers(base: &BaseUrl, sent: &Request, page: &Value) -> Result<()> {
    let Some(named) = page.pointer("/_links/next/href").and_then(Value::as_str) else { return Ok(()) };
    // What can't be read is refused where it is followed.
    let Ok(address) = sent.url.join(named) else { return Ok(()) };
    let asked = base.apply(&sent.url);
    if [sent.url.host_str(), asked.host_str()].contains(&address.host_str()) {
        return Ok(());
    }
    let host = address.host_str().unwrap_or_default();
    Err(Error::drift("_links.next.href", format!("it leads to another host, {host:?}")))
}
