//! Turns `TikTok`'s pages: numbered ones of advertisers, and a cursor in `TikTok` accounts.

use super::auth::Door;
use super::failure::judge;
use crate::connector::Context;
use crate::error::{Error, Result};
use crate::http::paginate::{Pagination, Place, Progress};
use crate::http::{Answer, Batch, Budget, Node, Request};
use futures_util::stream::BoxStream;
use model::DayRange;
use serde_json::Value;

/// Rows of one report that `TikTok` gives for sure; from somewhere between this and twice as much on it stops.
const MOST_ROWS: i64 = 10_000;

/// How far the pages of a list are.
#[derive(Debug, Default)]
struct Turned {
    pages: i64,
    rows: i64,
}

impl Turned {
    /// Whether a page was the last. An answer that says nothing about pages is the only one; an empty page is not the end.
    fn is_last(&mut self, body: &Value) -> Result<bool> {
        let rows = body.pointer("/data/list").and_then(Value::as_array).map_or(0, Vec::len);
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        self.pages += 1;
        self.rows += rows;
        let root = Node::root(body, "$");
        let data = root.at("data");
        let info = data.at("page_info");
        if let Some(pages) = info.at("total_page").integer()? {
            return Ok(self.pages >= pages);
        }
        Ok(match info.at("total_number").integer()? {
            Some(total) => rows == 0 || self.rows >= total,
            None => true,
        })
    }
}

/// All pages of a list of an advertiser. `days` are those of a report, which is asked for in parts where it is too long.
/// Ends after the first error.
pub(super) fn pages<'a>(
    ctx: &'a Context,
    first: Request,
    days: Option<DayRange>,
    budget: &Budget,
) -> BoxStream<'a, Result<Batch>> {
    // Only for making the next request: where the end is, is judged before.
    let style = Pagination::PageNumber { send: "page", place: Place::Query, first: 1, pages: None, size: 0 };
    let (mut turned, mut progress) = (Turned::default(), Progress::default());
    let next = move |sent: &Request, answer: &Answer, body: &Value| {
        refuse_too_long(body, days)?;
        if turned.is_last(body)? {
            return Ok(None);
        }
        style.next(sent, answer, body, 0, &mut progress)
    };
    ctx.session.pages_by(first, next, budget.clone(), |answer: &Answer| judge(answer, Door::Ads))
}

fn refuse_too_long(body: &Value, days: Option<DayRange>) -> Result<()> {
    let root = Node::root(body, "$");
    let data = root.at("data");
    let total = data.at("page_info").at("total_number").integer()?.unwrap_or(0);
    if total > MOST_ROWS && days.is_some_and(|days| days.len() > 1) {
        return Err(Error::too_much(format!(
            "The report has {total} rows, and TikTok may give no more than {MOST_ROWS}."
        )));
    }
    Ok(())
}

/// All pages of a list of a `TikTok` account: a cursor, which the last page has too. Ends after the first error.
pub(super) fn cursor_pages<'a>(
    ctx: &'a Context,
    first: Request,
    budget: &Budget,
) -> BoxStream<'a, Result<Batch>> {
    let style = Pagination::TokenWhile {
        send: "cursor",
        place: Place::Query,
        read: "/data/cursor",
        more: "/data/has_more",
    };
    let mut progress = Progress::default();
    let next = move |sent: &Request, answer: &Answer, body: &Value| {
        let following = style.next(sent, answer, body, 0, &mut progress)?;
        let root = Node::root(body, "$");
        let data = root.at("data");
        if following.is_none() && data.at("has_more").boolean()?.unwrap_or(false) {
            return Err(data.at("cursor").drift("it is missing, though there is more"));
        }
        Ok(following)
    };
    ctx.session.pages_by(first, next, budget.clone(), |answer: &Answer| judge(answer, Door::Account))
}

/// Makes sure that an answer has its list below `data`: without it, days would come out empty in silence. None at all is
/// an answer only where `TikTok` says so.
pub(super) fn need_list(body: &Value, name: &str) -> Result<()> {
    let root = Node::root(body, "$");
    let data = root.at("data");
    let is_named = data.value().and_then(Value::as_object).is_some_and(|fields| fields.contains_key(name));
    let says_none = data.at("page_info").at("total_number").integer()? == Some(0);
    // The end of a list without a list; but one by another name would be lost.
    let has_list = data.object()?.into_iter().flatten().any(|(_, value)| value.is_array());
    let is_over = !has_list && data.at("has_more").boolean()? == Some(false);
    if is_named || says_none || is_over {
        return Ok(());
    }
    Err(data.at(name).drift("the list is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use serde_json::json;

    #[test]
    fn pages_end_where_tiktok_says() {
        let page = |rows: usize, info: Value| json!({"data": {"list": vec![0; rows], "page_info": info}});
        let turn = |pages: &[Value]| -> Vec<bool> {
            let mut turned = Turned::default();
            pages.iter().map(|page| turned.is_last(page).unwrap()).collect()
        };
        let of = |total: i64| json!({"total_page": total});
        assert_eq!(turn(&[page(2, of(3)), page(0, of(3)), page(1, of(3))]), [false, false, true]);
        assert_eq!(turn(&[page(0, json!({"total_page": "0"}))]), [true]);
        assert_eq!(turn(&[json!({"data": {"list": [1, 2]}})]), [true], "nothing said: the only page");
        let number = || json!({"total_number": 3});
        assert_eq!(turn(&[page(2, number()), page(1, number())]), [false, true]);
        assert_eq!(turn(&[page(2, number()), page(0, number())]), [false, true]);
    }

    #[test]
    fn a_report_that_is_too_long_is_asked_for_in_parts_but_a_day_is_not() {
        let body = |total: i64| json!({"data": {"page_info": {"total_number": total}}});
        let day = "2026-09-01".parse().unwrap();
        let week = DayRange::new(day, "2026-09-07".parse().unwrap()).unwrap();
        let error = refuse_too_long(&body(10_001), Some(week)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Interrupted { needs_fewer_days: true });
        assert!(refuse_too_long(&body(10_000), Some(week)).is_ok());
        assert!(refuse_too_long(&body(10_001), Some(DayRange::single(day))).is_ok());
        assert!(refuse_too_long(&body(10_001), None).is_ok());
    }

    #[test]
    fn a_list_that_is_gone_is_not_an_empty_one() {
        assert!(need_list(&json!({"data": {"list": []}}), "list").is_ok());
        assert!(need_list(&json!({"data": {"list": null}}), "list").is_ok());
        assert!(need_list(&json!({"data": {"page_info": {"total_number": 0}}}), "list").is_ok());
        assert!(need_list(&json!({"data": {"cursor": 0, "has_more": false}}), "videos").is_ok());
        assert!(need_list(&json!({"data": {"clips": [{}], "has_more": false}}), "videos").is_err());
        for gone in [json!({"data": {"rows": []}}), json!({"data": {}}), json!({"data": null}), json!({})] {
            let error = need_list(&gone, "list").unwrap_err();
            assert_eq!(error.kind, ErrorKind::Drift { path: "data.list".into() }, "{gone}");
        }
    }
}
