//! Pagination styles as data: how the next request follows from an answer.

use super::{Answer, Body, Request};
use crate::error::{Error, Result};
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};
use url::Url;

/// Where a parameter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The query string.
    Query,
    /// The top level of the JSON body.
    Body,
}

/// How a platform turns pages. Paths into answers are JSON pointers (`/paging/next/after`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pagination {
    /// Everything comes at once.
    None,
    /// A token or cursor of the answer goes into the next request. The end is where it is missing or blank, never
    /// where a page is empty.
    Token {
        /// Name of the parameter.
        send: &'static str,
        /// Where it goes.
        place: Place,
        /// Where the answer has it.
        read: &'static str,
    },
    /// As [`Self::Token`], but only as long as another place of the answer says that there is more: vendors go on naming a
    /// cursor on the last page.
    TokenWhile {
        /// Name of the parameter.
        send: &'static str,
        /// Where it goes.
        place: Place,
        /// Where the answer has the token.
        read: &'static str,
        /// What must be there: anything but absent, null, false, 0 and blank.
        more: &'static str,
    },
    /// As [`Self::Token`] in the query, where the token stands for the whole question: all other parts of the query are
    /// left out, but for those named.
    TokenAlone {
        /// Name of the parameter.
        send: &'static str,
        /// Where the answer has it.
        read: &'static str,
        /// Parts of the query that stay.
        keep: &'static [&'static str],
    },
    /// The number of rows so far goes into the next request.
    Offset {
        /// Name of the parameter.
        send: &'static str,
        /// Where it goes.
        place: Place,
        /// Where the answer has the number of all rows; without it a page shorter than `size` is the last.
        total: Option<&'static str>,
        /// Rows per page.
        size: u64,
    },
    /// The number of the page goes into the next request.
    PageNumber {
        /// Name of the parameter.
        send: &'static str,
        /// Where it goes.
        place: Place,
        /// Number of the first page.
        first: u64,
        /// Where the answer has the number of pages; without it a page shorter than `size` is the last.
        pages: Option<&'static str>,
        /// Rows per page.
        size: u64,
    },
    /// A `Link` header with `rel="next"`. As with [`Self::NextUrl`], the host stays ours.
    LinkHeader,
    /// The address of the next page stands in the answer, whole or without its host. Path and query are followed, on the
    /// host that was asked: a token never goes to a host that an answer names.
    NextUrl {
        /// Where.
        read: &'static str,
    },
}

/// What was read so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    rows: u64,
    pages: u64,
    last: Option<String>,
    /// How often the last page has come again.
    repeats: u32,
}

impl Pagination {
    /// Whether pages are counted by us: then an answer that comes again is not the page that was asked for, which would get
    /// lost.
    pub(super) fn is_counted(&self) -> bool {
        matches!(self, Self::Offset { .. } | Self::PageNumber { .. })
    }

    /// The request for the next page, or none at the end. `rows` is the number of rows on the page that just came.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Drift`] when the vendor names the same page twice or an address that can't be read: going on
    /// would never end.
    pub fn next(
        &self,
        sent: &Request,
        answer: &Answer,
        body: &Value,
        rows: u64,
        progress: &mut Progress,
    ) -> Result<Option<Request>> {
        progress.rows += rows;
        progress.pages += 1;
        match *self {
            Self::None => Ok(None),
            Self::Token { send, place, read } => {
                let Some(token) = scalar(body, read) else {
                    return Ok(None);
                };
                progress.advance(read, &token)?;
                Ok(Some(with(sent, send, place, Value::String(token))))
            }
            Self::TokenWhile { send, place, read, more } => {
                let Some(token) = scalar(body, read).filter(|_| is_more(body, more)) else {
                    return Ok(None);
                };
                progress.advance(read, &token)?;
                Ok(Some(with(sent, send, place, Value::String(token))))
            }
            Self::TokenAlone { send, read, keep } => {
                let Some(token) = scalar(body, read) else {
                    return Ok(None);
                };
                progress.advance(read, &token)?;
                let mut bare = sent.clone();
                bare.url.set_query(Some(&kept(sent, |name| keep.contains(&name))));
                Ok(Some(with(&bare, send, Place::Query, Value::String(token))))
            }
            Self::Offset { send, place, total, size } => {
                let is_last = match total.and_then(|t| count(body, t)) {
                    Some(total) => rows == 0 || progress.rows >= total,
                    None => rows < size,
                };
                Ok((!is_last).then(|| with(sent, send, place, progress.rows.into())))
            }
            Self::PageNumber { send, place, first, pages, size } => {
                let is_last = match pages.and_then(|p| count(body, p)) {
                    Some(pages) => progress.pages >= pages,
                    None if rows < size => true,
                    None => {
                        progress.refuse_for_ever(body)?;
                        false
                    }
                };
                Ok((!is_last).then(|| with(sent, send, place, (first + progress.pages).into())))
            }
            Self::LinkHeader => {
                let links = answer.headers.get_all(http::header::LINK);
                let next = links.iter().filter_map(|l| l.to_str().ok()).find_map(next_link);
                next.map(|url| at(sent, url, "header link", progress)).transpose()
            }
            Self::NextUrl { read } => {
                scalar(body, read).map(|url| at(sent, &url, read, progress)).transpose()
            }
        }
    }
}

impl Progress {
    /// Fails where the last page goes on coming again: who takes no notice of what is asked for would give it for ever. (Once
    /// may be an accident, and another page follows.)
    fn refuse_for_ever(&mut self, body: &Value) -> Result<()> {
        let page = Some(print_of(body).to_string());
        self.repeats = if self.last == page { self.repeats + 1 } else { 0 };
        self.last = page;
        if self.repeats > 1 { Err(comes_again("page")) } else { Ok(()) }
    }

    fn advance(&mut self, place: &str, token: &str) -> Result<()> {
        if self.last.as_deref() == Some(token) {
            return Err(Error::drift(path_of(place), "the same page is named twice in a row"));
        }
        self.last = Some(token.to_owned());
        Ok(())
    }
}

/// What tells a page from another.
pub(super) fn print_of(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.to_string().hash(&mut hasher);
    hasher.finish()
}

/// The vendor gives the same page whatever is asked for, so that others would be lost.
pub(super) fn comes_again(pointer: &str) -> Error {
    Error::drift(path_of(pointer), "the same page comes again and again")
}

fn path_of(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

fn scalar(body: &Value, pointer: &str) -> Option<String> {
    match body.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn is_more(body: &Value, pointer: &str) -> bool {
    match body.pointer(pointer) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !text.is_empty() && text != "false",
        Some(Value::Number(number)) => number.as_str() != "0",
        Some(_) => true,
    }
}

fn count(body: &Value, pointer: &str) -> Option<u64> {
    scalar(body, pointer)?.parse().ok()
}

fn with(sent: &Request, name: &str, place: Place, value: Value) -> Request {
    let mut next = sent.clone();
    match (place, &mut next.body) {
        (Place::Body, Body::Json(Value::Object(fields))) => {
            fields.insert(name.to_owned(), value);
        }
        (Place::Body, body) => *body = Body::Json(serde_json::json!({ name: value })),
        (Place::Query, _) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let others = kept(sent, |key| key != name);
            next.url.set_query(Some(&others).filter(|q| !q.is_empty()).map(String::as_str));
            next.url.query_pairs_mut().append_pair(name, &text);
        }
    }
    next
}

/// The parts of the query whose names are to stay, as they are written: some vendors have a syntax of their own there.
fn kept(sent: &Request, stays: impl Fn(&str) -> bool) -> String {
    let parts = sent.url.query().unwrap_or_default().split('&').filter(|part| !part.is_empty());
    let name_of = |part: &str| {
        let pair = url::form_urlencoded::parse(part.as_bytes()).next();
        pair.map(|(name, _)| name.into_owned()).unwrap_or_default()
    };
    parts.filter(|part| stays(&name_of(part))).collect::<Vec<_>>().join("&")
}

fn at(sent: &Request, url: &str, place: &str, progress: &mut Progress) -> Result<Request> {
    progress.advance(place, url)?;
    let named: Url = sent
        .url
        .join(url)
        .map_err(|e| Error::drift(path_of(place), format!("{url:?} is no address: {e}")))?;
    let mut next = sent.clone();
    next.url.set_path(named.path());
    next.url.set_query(named.query());
    Ok(next)
}

fn next_link(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (url, parameters) = link.split_once(';')?;
        let is_next = parameters.split(';').any(|p| matches!(p.trim(), "rel=\"next\"" | "rel=next"));
        is_next.then(|| url.trim().trim_start_matches('<').trim_end_matches('>'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method, StatusCode};
    use serde_json::json;

    fn sent() -> Request {
        Request::new(Method::POST, "https://a.example/list?limit=2&after=x")
            .unwrap()
            .json(json!({"query": "q", "pageToken": "old"}))
    }

    fn answer(link: Option<&str>) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some(link) = link {
            headers.insert(http::header::LINK, link.parse().unwrap());
        }
        Answer {
            status: StatusCode::OK,
            headers,
            body: bytes::Bytes::new(),
            at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn next(style: Pagination, body: Value, rows: u64, progress: &mut Progress) -> Option<String> {
        let next = style.next(&sent(), &answer(None), &body, rows, progress).unwrap()?;
        Some(next.describe())
    }

    #[test]
    fn a_token_goes_on_even_after_an_empty_page() {
        let style = Pagination::Token { send: "pageToken", place: Place::Body, read: "/nextPageToken" };
        let progress = &mut Progress::default();
        assert_eq!(
            next(style, json!({"nextPageToken": "t2"}), 0, progress).unwrap(),
            r#"POST /list?limit=2&after=x {"pageToken":"t2","query":"q"}"#
        );
        assert_eq!(next(style, json!({"nextPageToken": ""}), 5, progress), None);
        assert_eq!(next(style, json!({}), 5, progress), None);
        let cursor = Pagination::Token { send: "after", place: Place::Query, read: "/paging/next/after" };
        assert_eq!(
            next(cursor, json!({"paging": {"next": {"after": 17}}}), 1, &mut Progress::default()).unwrap(),
            r#"POST /list?limit=2&after=17 {"pageToken":"old","query":"q"}"#
        );
    }

    #[test]
    fn the_same_token_twice_is_refused() {
        let style = Pagination::Token { send: "t", place: Place::Query, read: "/next" };
        let progress = &mut Progress::default();
        let body = json!({"next": "a"});
        assert!(style.next(&sent(), &answer(None), &body, 1, progress).is_ok());
        let error = style.next(&sent(), &answer(None), &body, 1, progress).err().unwrap();
        assert!(error.message.contains("named twice"), "{error}");
    }

    #[test]
    fn offsets_count_rows_and_stop_at_the_total_or_an_empty_page() {
        let style =
            Pagination::Offset { send: "offset", place: Place::Query, total: Some("/rowCount"), size: 3 };
        let progress = &mut Progress::default();
        assert!(next(style, json!({"rowCount": "5"}), 3, progress).unwrap().contains("offset=3"));
        assert_eq!(next(style, json!({"rowCount": 5}), 2, progress), None);
        assert_eq!(next(style, json!({"rowCount": 50}), 0, &mut Progress::default()), None);
        let bare = Pagination::Offset { send: "offset", place: Place::Query, total: None, size: 3 };
        assert_eq!(next(bare, json!({}), 2, &mut Progress::default()), None);
    }

    #[test]
    fn page_numbers_count_pages() {
        let style = Pagination::PageNumber {
            send: "page",
            place: Place::Query,
            first: 1,
            pages: Some("/pages"),
            size: 9,
        };
        let progress = &mut Progress::default();
        assert!(next(style, json!({"pages": 2}), 9, progress).unwrap().contains("page=2"));
        assert_eq!(next(style, json!({"pages": 2}), 9, progress), None);
    }

    #[test]
    fn a_page_that_comes_for_ever_is_no_end() {
        let style =
            Pagination::PageNumber { send: "page", place: Place::Query, first: 1, pages: None, size: 0 };
        let progress = &mut Progress::default();
        let (same, other) = (json!({"data": [1]}), json!({"data": [2]}));
        for body in [&same, &same, &other, &same, &same] {
            assert!(next(style, body.clone(), 1, progress).is_some());
        }
        let error = style.next(&sent(), &answer(None), &same, 1, progress).err().unwrap();
        assert!(error.message.contains("comes again and again"), "{error}");
    }

    #[test]
    fn a_cursor_counts_only_while_there_is_more() {
        let style = Pagination::TokenWhile { send: "after", place: Place::Query, read: "/c", more: "/next" };
        for (more, goes_on) in [
            (json!(true), true),
            (json!("https://a.example/x?token=secret"), true),
            (json!(false), false),
            (json!(null), false),
            (json!(""), false),
            (json!(0), false),
        ] {
            let body = json!({"c": "17", "next": more});
            assert_eq!(next(style, body, 1, &mut Progress::default()).is_some(), goes_on, "{more}");
        }
        assert_eq!(next(style, json!({"c": "17"}), 1, &mut Progress::default()), None);
    }

    #[test]
    fn a_token_that_stands_for_the_question_goes_alone() {
        let style = Pagination::TokenAlone { send: "token", read: "/t", keep: &["fields"] };
        let sent = Request::new(Method::GET, "https://a.example/q?fields=a%2Cb&limit=2&orderBy=x").unwrap();
        let progress = &mut Progress::default();
        let next = style.next(&sent, &answer(None), &json!({"t": "n 1"}), 2, progress).unwrap().unwrap();
        assert_eq!(next.url.query(), Some("fields=a%2Cb&token=n+1"));
        let next = style.next(&next, &answer(None), &json!({"t": "n2"}), 2, progress).unwrap().unwrap();
        assert_eq!(next.url.query(), Some("fields=a%2Cb&token=n2"));
        assert!(style.next(&next, &answer(None), &json!({"t": null}), 2, progress).unwrap().is_none());
    }

    #[test]
    fn a_syntax_of_the_vendors_own_stays_as_it_is_written() {
        let address = "https://a.example/q?dates=(start:(day:1),end:(day:2))&ids=List(urn%3Ax%3A1)&start=0";
        let sent = Request::new(Method::GET, address).unwrap();
        let style = Pagination::Offset { send: "start", place: Place::Query, total: None, size: 1 };
        let next =
            style.next(&sent, &answer(None), &json!({}), 1, &mut Progress::default()).unwrap().unwrap();
        assert_eq!(next.url.query(), Some("dates=(start:(day:1),end:(day:2))&ids=List(urn%3Ax%3A1)&start=1"));
    }

    #[test]
    fn links_and_addresses_are_followed() {
        let links = r#"<https://a.example/p1>; rel="prev", <https://b.example/p3?x=1>; rel="next""#;
        let next = Pagination::LinkHeader
            .next(&sent(), &answer(Some(links)), &json!({}), 1, &mut Progress::default())
            .unwrap();
        assert_eq!(next.unwrap().url.as_str(), "https://a.example/p3?x=1");
        let style = Pagination::NextUrl { read: "/nextRecordsUrl" };
        let next = style
            .next(&sent(), &answer(None), &json!({"nextRecordsUrl": "/more"}), 1, &mut Progress::default())
            .unwrap();
        assert_eq!(next.unwrap().url.as_str(), "https://a.example/more");
    }
}
