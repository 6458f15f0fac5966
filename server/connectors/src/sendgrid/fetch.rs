//! Asks for pages in `SendGrid`'s two ways: by offset, and by tokens that hide in addresses.

use super::auth::{page_size, request};
use super::failure::judge;
use crate::connector::{Context, Slice};
use crate::error::{Error, Result};
use crate::http::{Answer, Batch, Budget, Request};
use futures_util::stream::BoxStream;
use serde_json::Value;

/// Asks once.
pub(super) async fn one(
    ctx: &Context,
    slice: &Slice<'_>,
    path: &str,
    query: &[(&str, &str)],
) -> Result<Batch> {
    let request = request(ctx, Some(slice.account), path, query)?;
    ctx.session.batch(&request, &slice.budget, judge).await
}

/// Lists with `limit` and `offset`: a page shorter than the limit is the last. A page that comes twice is the end, too:
/// then the vendor takes no notice of the offset.
pub(super) fn offset_pages(
    ctx: &Context,
    budget: Budget,
    first: Request,
    size: u32,
) -> BoxStream<'_, Result<Batch>> {
    let first = with_parameters(&first, &[("limit", &size.to_string()), ("offset", "0")]);
    let (mut rows, mut last) = (0, Value::Null);
    let next = move |sent: &Request, _: &Answer, page: &Value| {
        let count = page.as_array().map_or(0, Vec::len);
        rows += count;
        let is_end = count < usize::try_from(size).unwrap_or(usize::MAX) || *page == last;
        last = page.clone();
        Ok((!is_end).then(|| with_parameters(sent, &[("offset", &rows.to_string())])))
    };
    ctx.session.pages_by(first, next, budget, judge)
}

/// Lists of the marketing calls: the next page is named by an address, of which only the token counts. The end is where no
/// address is, never where a page is empty.
pub(super) fn token_pages<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    path: &str,
    query: &[(&str, &str)],
    most: u32,
) -> Result<BoxStream<'a, Result<Batch>>> {
    let first = request(ctx, Some(slice.account), path, query)?;
    let first = with_parameters(&first, &[("page_size", &page_size(ctx, most).to_string())]);
    let mut last = None;
    let next = move |sent: &Request, _: &Answer, page: &Value| next_by_token(sent, page, &mut last);
    Ok(ctx.session.pages_by(first, next, slice.budget.clone(), judge))
}

pub(super) fn next_by_token(
    sent: &Request,
    page: &Value,
    last: &mut Option<String>,
) -> Result<Option<Request>> {
    const PLACE: &str = "_metadata.next";
    let named =
        page.pointer("/_metadata/next").and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let Some(named) = named else { return Ok(None) };
    let address =
        sent.url.join(named).map_err(|e| Error::drift(PLACE, format!("{named:?} is no address: {e}")))?;
    let token =
        address.query_pairs().find(|(name, _)| name == "page_token").map(|(_, token)| token.into_owned());
    let token = token.filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| Error::drift(PLACE, format!("{named:?} holds no page_token")))?;
    if last.as_deref() == Some(token.as_str()) {
        return Err(Error::drift(PLACE, "the same page is named twice in a row"));
    }
    let next = with_parameters(sent, &[("page_token", &token)]);
    *last = Some(token);
    Ok(Some(next))
}

/// The request with these parameters in place of those of the same names.
fn with_parameters(sent: &Request, parameters: &[(&str, &str)]) -> Request {
    let is_kept = |name: &str| !parameters.iter().any(|(own, _)| *own == name);
    let pairs = sent.url.query_pairs().into_owned().filter(|(name, _)| is_kept(name));
    let pairs: Vec<(String, String)> = pairs.collect();
    let mut next = sent.clone();
    next.url.query_pairs_mut().clear().extend_pairs(pairs).extend_pairs(parameters);
    next
}
