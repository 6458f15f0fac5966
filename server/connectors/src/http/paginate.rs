//! Pagination styles as data: how the next request follows from an answer.

use super::{Answer, Body, Request};
use crate::error::{Error, Result};
use serde_json::Value;
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
    /// A `Link` header with `rel="next"`.
    LinkHeader,
    /// The whole address of the next page stands in the answer.
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
}

impl Pagination {
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
                    None => rows < size,
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
    fn advance(&mut self, place: &str, token: &str) -> Result<()> {
        if self.last.as_deref() == Some(token) {
            return Err(Error::drift(path_of(place), "the same page is named twice in a row"));
        }
        self.last = Some(token.to_owned());
        Ok(())
    }
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
            let others: Vec<(String, String)> = next
                .url
                .query_pairs()
                .filter(|(key, _)| key != name)
                .map(|(k, v)| (k.into(), v.into()))
                .collect();
            next.url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, &text);
        }
    }
    next
}

fn at(sent: &Request, url: &str, place: &str, progress: &mut Progress) -> Result<Request> {
    progress.advance(place, url)?;
    let url: Url = sent
        .url
        .join(url)
        .map_err(|e| Error::drift(path_of(place), format!("{url:?} is no address: {e}")))?;
    Ok(Request { url, ..sent.clone() })
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
    fn links_and_addresses_are_followed() {
        let links = r#"<https://a.example/p1>; rel="prev", <https://b.example/p3?x=1>; rel="next""#;
        let next = Pagination::LinkHeader
            .next(&sent(), &answer(Some(links)), &json!({}), 1, &mut Progress::default())
            .unwrap();
        assert_eq!(next.unwrap().url.as_str(), "https://b.example/p3?x=1");
        let style = Pagination::NextUrl { read: "/nextRecordsUrl" };
        let next = style
            .next(&sent(), &answer(None), &json!({"nextRecordsUrl": "/more"}), 1, &mut Progress::default())
            .unwrap();
        assert_eq!(next.unwrap().url.as_str(), "https://a.example/more");
    }
}
