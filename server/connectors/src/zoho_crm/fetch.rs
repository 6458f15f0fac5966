//! Asks for pages, by token from the start: numbers of pages end after 2,000 rows.

use super::auth::{address, get, page_size, written};
use super::failure::judge;
use super::streams::Module;
use crate::connector::{Context, Slice};
use crate::error::{Error, Result};
use crate::http::paginate::{Pagination, Place, Progress};
use crate::http::{Answer, Batch, Node, Request};
use crate::moments::start_of;
use async_stream::try_stream;
use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Tz;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::header::IF_MODIFIED_SINCE;
use http::{HeaderValue, Method};
use serde_json::{Value, json};

const TOKEN: Pagination =
    Pagination::Token { send: "page_token", place: Place::Query, read: "/info/next_page_token" };
const PAGE: Pagination =
    Pagination::PageNumber { send: "page", place: Place::Query, first: 1, pages: None, size: 0 };

/// Tokens of pages lead no further than that many rows.
const MOST_ROWS: u64 = 100_000;

/// Rows of one query.
const QUERY_ROWS: usize = 2_000;

/// What was written shortly before may be listed late.
const LAG: TimeDelta = TimeDelta::minutes(5);

/// A list: where it is, and what part of it is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct List {
    /// Starts with a slash.
    pub(super) path: String,
    /// Besides the size of pages.
    pub(super) query: Vec<(&'static str, String)>,
    /// Where the answer has the rows.
    pub(super) rows: &'static str,
    /// Changed since.
    pub(super) since: Option<DateTime<Utc>>,
    /// Not needed from then on. Only for lists in the order of their changes.
    pub(super) until: Option<DateTime<Utc>>,
    /// In the order of their changes, so that it can be entered anew where tokens end.
    pub(super) is_ordered: bool,
}

impl List {
    /// All rows below a path.
    pub(super) fn of(path: impl Into<String>) -> Self {
        Self { path: path.into(), rows: "data", ..Self::default() }
    }

    /// With these fields.
    pub(super) fn fields(mut self, fields: &[&str]) -> Self {
        self.query.push(("fields", fields.join(",")));
        self
    }

    /// With more in its query.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.query.push((name, value.to_owned()));
        self
    }

    /// All records of a module, oldest changes first.
    pub(super) fn module(module: &Module) -> Self {
        let list = Self::of(format!("/{}", module.name)).fields(module.fields);
        let list = list.with("sort_by", "Modified_Time").with("sort_order", "asc");
        let list = module.query.iter().fold(list, |list, (name, value)| list.with(name, value));
        Self { is_ordered: true, ..list }
    }

    /// Only what was changed on the days of the slice; with the newest day, everything since.
    pub(super) fn changed(self, ctx: &Context, slice: &Slice<'_>) -> Self {
        let now = ctx.session.now();
        let is_newest = slice.days.until() >= slice.account.today(now).min(now.date_naive());
        let end = start_of(slice.days.until() + Days::new(1), Tz::UTC);
        Self { since: Some(since(slice)), until: (!is_newest && self.is_ordered).then_some(end), ..self }
    }
}

/// The start of the slice, and a little before.
pub(super) fn since(slice: &Slice<'_>) -> DateTime<Utc> {
    start_of(slice.days.from(), Tz::UTC) - LAG
}

/// Asks page after page. Ends after the first error.
pub(super) fn list<'a>(ctx: &'a Context, slice: &Slice<'a>, list: List) -> BoxStream<'a, Result<Batch>> {
    let (account, budget) = (slice.account, slice.budget.clone());
    let pages = try_stream! {
        let size = page_size(ctx);
        let text = size.to_string();
        let mut pairs: Vec<(&str, &str)> = list.query.iter().map(|(name, text)| (*name, text.as_str())).collect();
        pairs.push(("per_page", &text));
        let first = get(ctx, &budget, &list.path, &pairs).await?.paced_by(account.id.as_str());
        let first = match list.since {
            Some(since) => modified_since(&first, since)?,
            None => first,
        };
        let turner = Turner::new(first.clone(), list, size.into());
        let mut batches = ctx.session.pages_by(first, turner.turning(), budget, judge);
        while let Some(batch) = batches.next().await {
            yield batch?;
        }
    };
    pages.boxed()
}

/// The request for what was changed since, and nothing else.
fn modified_since(request: &Request, since: DateTime<Utc>) -> Result<Request> {
    let mut request = request.clone();
    request.headers.retain(|(name, _)| *name != IF_MODIFIED_SINCE);
    let value = HeaderValue::from_str(&written(since))
        .map_err(|_| Error::configuration("A moment can't be written into a header."))?;
    request.headers.push((IF_MODIFIED_SINCE, value));
    Ok(request)
}

/// Turns the pages of one list.
struct Turner {
    first: Request,
    list: List,
    size: u64,
    rows: u64,
    tokens: Progress,
    pages: Progress,
    entered: Option<DateTime<Utc>>,
}

impl Turner {
    fn new(first: Request, list: List, size: u64) -> Self {
        let (tokens, pages) = (Progress::default(), Progress::default());
        Self { first, list, size, rows: 0, tokens, pages, entered: None }
    }

    fn turning(mut self) -> impl FnMut(&Request, &Answer, &Value) -> Result<Option<Request>> + Send {
        move |sent, answer, body| self.next(sent, answer, body)
    }

    fn next(&mut self, sent: &Request, answer: &Answer, body: &Value) -> Result<Option<Request>> {
        self.rows += body.get(self.list.rows).and_then(Value::as_array).map_or(0, Vec::len) as u64;
        let token = TOKEN.next(sent, answer, body, 0, &mut self.tokens);
        // A list that is at its end may name the last token again.
        let has_more = match body.pointer("/info/more_records") {
            Some(Value::Bool(more)) => *more,
            _ => matches!(&token, Ok(Some(_)) | Err(_)),
        };
        let last = last_change(body, self.list.rows)?;
        let is_past = self.list.until.zip(last).is_some_and(|(until, last)| last >= until);
        if !has_more || is_past {
            return Ok(None);
        }
        if self.rows + self.size > MOST_ROWS {
            return self.entered_anew(last).map(Some);
        }
        let page = PAGE.next(sent, answer, body, 0, &mut self.pages)?;
        // Never both: the token stands for the page.
        Ok(token?.map(|next| without(next, "page")).or(page))
    }

    /// Where tokens end, the list is entered at the last change that was seen.
    fn entered_anew(&mut self, last: Option<DateTime<Utc>>) -> Result<Request> {
        let at = last.filter(|at| self.list.is_ordered && self.entered != Some(*at));
        let at = at.ok_or_else(|| {
            Error::drift("info.more_records", "there are more rows than Zoho's pages lead to")
        })?;
        self.entered = Some(at);
        (self.rows, self.tokens, self.pages) = (0, Progress::default(), Progress::default());
        modified_since(&self.first, at - TimeDelta::seconds(1))
    }
}

fn last_change(body: &Value, rows: &str) -> Result<Option<DateTime<Utc>>> {
    let root = Node::root(body, "$");
    let list = root.at(rows);
    let Some(last) = list.array()?.len().checked_sub(1) else { return Ok(None) };
    list.nth(last).at("Modified_Time").instant()
}

fn without(mut request: Request, name: &str) -> Request {
    let pairs: Vec<_> = request.url.query_pairs().filter(|(key, _)| key != name).collect();
    let pairs: Vec<(String, String)> =
        pairs.into_iter().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    request.url.query_pairs_mut().clear().extend_pairs(pairs);
    request
}

/// Deals that were changed since the slice's start, by query. Each answer starts behind the last id of the one before, so
/// that no limit of rows is met. Moments are written in UTC: offsets below zero are misread.
pub(super) fn query<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    module: &'static Module,
) -> BoxStream<'a, Result<Batch>> {
    let (account, budget, since) = (slice.account, slice.budget.clone(), written(since(slice)));
    let pages = try_stream! {
        let first = Request::new(Method::POST, &address(ctx, &budget, "/coql").await?)?
            .json(select(module, &since, None))
            .paced_by(account.id.as_str());
        let next = move |sent: &Request, _: &Answer, body: &Value| {
            if body.pointer("/info/more_records") != Some(&Value::Bool(true)) {
                return Ok(None);
            }
            let root = Node::root(body, "$");
            let rows = root.at("data");
            let mut last = None;
            rows.each(|row| {
                last = Some(row.at("id").need_text()?);
                Ok(())
            })?;
            let last = last.ok_or_else(|| root.at("info").drift("there is more, but no row to go on from"))?;
            Ok(Some(sent.clone().json(select(module, &since, Some(&last)))))
        };
        let mut batches = ctx.session.pages_by(first, next, budget, judge);
        while let Some(batch) = batches.next().await {
            yield batch?;
        }
    };
    pages.boxed()
}

fn select(module: &Module, since: &str, behind: Option<&str>) -> Value {
    let fields = module.fields.join(", ");
    let changed = format!("Modified_Time >= '{since}'");
    let filter = match behind {
        Some(id) => format!("({changed} and id > {id})"),
        None => changed,
    };
    json!({
        "select_query": format!("select {fields} from {} where {filter} order by id asc limit 0, {QUERY_ROWS}", module.name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    const DEALS: Module =
        Module { name: "Deals", fields: &["id", "Stage"], watched: &[], query: &[], kind: None };

    fn answer() -> Answer {
        Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            at: "2026-06-01T12:00:00Z".parse().unwrap(),
        }
    }

    fn first() -> Request {
        Request::get("https://www.zohoapis.eu/crm/v7/Deals", &[("per_page", "200")]).unwrap()
    }

    fn turner(list: List, size: u64) -> Turner {
        Turner::new(first(), list, size)
    }

    fn page(info: Value, times: &[&str]) -> Value {
        let rows: Vec<_> = times.iter().map(|at| json!({"Modified_Time": at})).collect();
        json!({"data": rows, "info": info})
    }

    fn query_of(request: Option<Request>) -> String {
        request.unwrap().url.query().unwrap().to_owned()
    }

    #[test]
    fn tokens_come_before_numbers_and_the_end_is_said() {
        let mut turner = turner(List::module(&DEALS), 200);
        let more = page(json!({"more_records": true, "next_page_token": "t1", "page": 1}), &[]);
        let next = turner.next(&first(), &answer(), &more).unwrap();
        assert_eq!(query_of(next.clone()), "per_page=200&page_token=t1");
        let last = page(json!({"more_records": false, "next_page_token": "t1"}), &[]);
        assert!(turner.next(&next.unwrap(), &answer(), &last).unwrap().is_none());
        let bare = page(json!({"more_records": true}), &[]);
        let next = turner.next(&first(), &answer(), &bare).unwrap();
        assert!(query_of(next).contains("&page="));
        assert!(turner.next(&first(), &answer(), &Value::Null).unwrap().is_none());
    }

    #[test]
    fn an_older_slice_ends_behind_its_last_day() {
        let until = "2026-05-02T00:00:00Z".parse().ok();
        let mut turner = turner(List { until, ..List::module(&DEALS) }, 200);
        let info = json!({"more_records": true, "next_page_token": "t1"});
        let inside = page(info.clone(), &["2026-05-02T02:59:59+03:00"]);
        assert!(turner.next(&first(), &answer(), &inside).unwrap().is_some());
        let behind =
            page(json!({"more_records": true, "next_page_token": "t2"}), &["2026-05-02T03:00:00+03:00"]);
        assert!(turner.next(&first(), &answer(), &behind).unwrap().is_none());
    }

    #[test]
    fn behind_the_last_token_the_list_is_entered_anew_at_the_last_change() {
        let mut turner = turner(List::module(&DEALS), MOST_ROWS);
        let full =
            page(json!({"more_records": true, "next_page_token": "t"}), &["2026-05-14T11:36:13+03:00"]);
        let next = turner.next(&first(), &answer(), &full).unwrap().unwrap();
        assert_eq!(next.url.query(), Some("per_page=200"));
        assert_eq!(next.headers[0].1, "2026-05-14T08:36:12+00:00");
        // The same again would never end.
        assert!(turner.next(&next, &answer(), &full).is_err());
    }

    #[test]
    fn queries_walk_by_id() {
        let text = |behind| {
            select(&DEALS, "2026-05-14T00:00:00+00:00", behind)["select_query"].as_str().unwrap().to_owned()
        };
        assert_eq!(
            text(None),
            "select id, Stage from Deals where Modified_Time >= '2026-05-14T00:00:00+00:00' order by id asc limit 0, 2000"
        );
        assert!(
            text(Some("9007199254740993"))
                .contains("(Modified_Time >= '2026-05-14T00:00:00+00:00' and id > 9007199254740993)")
        );
    }
}
