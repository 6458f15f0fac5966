//! Asks, and turns pages in LinkedIn's two ways.

use super::auth::{encoded, get, page_size};
use super::failure::judge;
use crate::connector::{Context, Slice};
use crate::error::{Error, Result};
use crate::http::paginate::{Pagination, Place, Progress};
use crate::http::{Answer, Batch, Budget, Node, Request};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use serde_json::{Value, json};

/// Where lists are.
pub(super) const ROWS: &str = "/elements";

/// Pages of a search: empty ones may come before the end.
const SEARCH: Pagination =
    Pagination::Token { send: "pageToken", place: Place::Query, read: "/metadata/nextPageToken" };

/// Most rows of a page where pages are turned by numbers.
const OWNED_PAGE: u32 = 100;

/// Puts a number into the query and leaves the rest of it as it is written.
const START: Pagination = Pagination::Token { send: "start", place: Place::Query, read: "/start" };

/// What comes whole.
pub(super) async fn one(ctx: &Context, request: &Request, budget: &Budget) -> Result<Batch> {
    ctx.session.batch(request, budget, judge()).await
}

/// A search in the path, which has its finder (`…?q=search`), page after page.
pub(super) fn search<'a>(
    ctx: &'a Context,
    path: &str,
    most: u32,
    rate_key: &str,
    budget: &Budget,
) -> BoxStream<'a, Result<Batch>> {
    let request = get(ctx, &format!("{path}&pageSize={}", page_size(ctx, most)));
    match request.and_then(with_finder) {
        Ok(request) => ctx.session.pages(request.paced_by(rate_key), SEARCH, ROWS, budget.clone(), judge()),
        Err(error) => stream::iter([Err(error)]).boxed(),
    }
}

/// Creatives are not found without it.
fn with_finder(request: Request) -> Result<Request> {
    request.header("x-restli-method", "FINDER", false)
}

/// What belongs to somebody, page after page.
pub(super) fn owned<'a>(
    ctx: &'a Context,
    path: &str,
    rate_key: &str,
    budget: &Budget,
) -> BoxStream<'a, Result<Batch>> {
    let request = get(ctx, &format!("{path}&start=0&count={}", page_size(ctx, OWNED_PAGE)));
    followed(ctx, request, rate_key, budget)
}

/// The pages behind a first request, as long as an answer has a link to the next.
pub(super) fn followed<'a>(
    ctx: &'a Context,
    first: Result<Request>,
    rate_key: &str,
    budget: &Budget,
) -> BoxStream<'a, Result<Batch>> {
    match first {
        Ok(first) => ctx.session.pages_by(first.paced_by(rate_key), next, budget.clone(), judge()),
        Err(error) => stream::iter([Err(error)]).boxed(),
    }
}

/// The next page starts where this one ends by the server's own numbers: it may have given fewer rows than were asked for.
fn next(sent: &Request, answer: &Answer, body: &Value) -> Result<Option<Request>> {
    let root = Node::root(body, "$");
    let (paging, rows) = (root.at("paging"), root.at("elements").array()?.len());
    let mut has_next = false;
    paging.at("links").each(|link| {
        has_next |= link.at("rel").text()?.as_deref() == Some("next");
        Ok(())
    })?;
    if !has_next || rows == 0 {
        return Ok(None);
    }
    let asked = sent.url.query_pairs().find(|(name, _)| name == "start");
    let asked: i64 = asked.and_then(|(_, start)| start.parse().ok()).unwrap_or(0);
    let start = paging.at("start").integer()?.unwrap_or(asked);
    let count = paging.at("count").integer()?.filter(|&count| count > 0);
    let following = start.saturating_add(count.unwrap_or(i64::try_from(rows).unwrap_or(i64::MAX)));
    if following <= asked {
        return Err(paging.at("start").drift("the next page would be this one again"));
    }
    let body = json!({ "start": following });
    START.next(sent, answer, &body, 0, &mut Progress::default())
}

/// What belongs to the ad account of a slice (`leadForms`), page after page.
pub(super) fn of_ad_account<'a>(
    ctx: &'a Context,
    slice: &Slice<'_>,
    path: &str,
    more: &str,
) -> BoxStream<'a, Result<Batch>> {
    let owner = encoded(&super::auth::ad_account_urn(&slice.account.id));
    let path = format!("{path}?q=owner&owner=(sponsoredAccount:{owner}){more}");
    owned(ctx, &path, &slice.account.id, &slice.budget)
}

/// Looks at each row of all pages.
pub(super) async fn each(
    mut batches: BoxStream<'_, Result<Batch>>,
    mut look: impl FnMut(&Node<'_>) -> Result<()> + Send,
) -> Result<()> {
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        Node::root(&batch.value, "$").at("elements").each(&mut look)?;
    }
    Ok(())
}

/// The refusal that a stream gives without asking.
pub(super) fn refused<'a, T: Send + 'a>(error: Error) -> BoxStream<'a, Result<T>> {
    stream::iter([Err(error)]).boxed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    fn following(sent: &str, body: &Value) -> Result<Option<String>> {
        let request = Request::get(sent, &[]).unwrap();
        let answer = Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            at: chrono::DateTime::UNIX_EPOCH,
        };
        Ok(next(&request, &answer, body)?.map(|request| request.url.to_string()))
    }

    const SENT: &str = "https://l.example/x?q=owner&owner=(a:urn%3Ali%3Ab%3A1)&start=0&count=100";

    fn page(paging: &Value, rows: usize) -> Value {
        json!({"paging": paging, "elements": vec![json!({}); rows]})
    }

    #[test]
    fn the_servers_own_numbers_count_and_the_syntax_stays() {
        let links = json!([{"rel": "prev"}, {"rel": "next"}]);
        let cut = page(&json!({"start": 0, "count": 10, "links": links}), 10);
        let next = following(SENT, &cut).unwrap().unwrap();
        assert_eq!(next, "https://l.example/x?q=owner&owner=(a:urn%3Ali%3Ab%3A1)&count=100&start=10");
        // Rows that were filtered out leave a gap in the page, not in the numbers.
        let thin = page(&json!({"start": 10, "count": 10, "links": links}), 3);
        assert!(following(&next, &thin).unwrap().unwrap().ends_with("start=20"));
        let bare = page(&json!({"links": links}), 7);
        assert!(following(SENT, &bare).unwrap().unwrap().ends_with("start=7"));
    }

    #[test]
    fn without_a_link_or_rows_it_ends_and_a_circle_is_drift() {
        let links = json!([{"rel": "next"}]);
        assert_eq!(following(SENT, &page(&json!({"start": 0, "count": 10, "links": []}), 10)).unwrap(), None);
        assert_eq!(
            following(SENT, &page(&json!({"start": 0, "count": 10, "links": links}), 0)).unwrap(),
            None
        );
        assert_eq!(following(SENT, &json!({"elements": [{}]})).unwrap(), None);
        let again = page(&json!({"start": 0, "count": 10, "links": links}), 10);
        let sent = "https://l.example/x?start=10&count=10";
        assert!(following(sent, &again).unwrap_err().message.contains("paging.start"));
    }
}
