//! Asks for figures and hands out their pages.

use super::auth::site_request;
use super::failure::judge;
use super::streams::SearchType;
use crate::connector::Context;
use crate::error::{Error, Result};
use crate::http::paginate::{Pagination, Place};
use crate::http::{Batch, Budget};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use http::Method;
use model::DayRange;
use serde_json::{Value, json};

/// What is asked for. Answers name the values of a row by their place only, in the order of the dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) search_type: SearchType,
    pub(super) dimensions: Vec<&'static str>,
    pub(super) days: DayRange,
    /// Only what was shown in that way.
    pub(super) appearance: Option<String>,
}

impl Question {
    fn body(&self, page_size: u32, data_state: &str) -> Value {
        let mut body = json!({
            "startDate": self.days.from(),
            "endDate": self.days.until(),
            "dimensions": self.dimensions,
            "type": self.search_type.name(),
            "rowLimit": page_size,
            "startRow": 0,
            "dataState": data_state,
        });
        if let Some(appearance) = &self.appearance {
            let filter =
                json!({ "dimension": "searchAppearance", "operator": "equals", "expression": appearance });
            body["dimensionFilterGroups"] = json!([{ "filters": [filter] }]);
        }
        body
    }
}

/// All pages of rows. A page that is not full is the last; behind a full one comes an answer without rows. Ends after the
/// first error, which is one where the first page comes as a later one: it would come for ever, and others not at all.
pub(super) fn rows<'a>(
    ctx: &'a Context,
    site: &str,
    question: &Question,
    budget: &Budget,
) -> BoxStream<'a, Result<Batch>> {
    let size = ctx.settings.integer("page_size").unwrap_or(1);
    let body = question.body(size, ctx.settings.get("data_state"));
    let style = Pagination::Offset { send: "startRow", place: Place::Body, total: None, size: size.into() };
    match site_request(ctx, Method::POST, site, "/searchAnalytics/query") {
        Ok(request) => {
            let mut first = None;
            let pages = ctx.session.pages(request.json(body), style, "/rows", budget.clone(), judge);
            pages.map(move |batch| unless_again(batch?, &mut first)).boxed()
        }
        Err(error) => stream::iter([Err(error)]).boxed(),
    }
}

/// The page, unless it starts as the first one did: a row is what its keys say, and comes once. (A page that comes again as
/// it was has been asked for anew before.)
fn unless_again(batch: Batch, first: &mut Option<Value>) -> Result<Batch> {
    let Some(keys) = batch.value.pointer("/rows/0/keys") else {
        return Ok(batch);
    };
    match first {
        Some(known) if known == keys => {
            Err(Error::drift("rows", "the first page comes again as a later one"))
        }
        Some(_) => Ok(batch),
        None => {
            *first = Some(keys.clone());
            Ok(batch)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_says_all_that_google_would_guess_otherwise() {
        let question = Question {
            search_type: SearchType::GoogleNews,
            dimensions: vec!["date", "page"],
            days: DayRange::new("2026-09-01".parse().unwrap(), "2026-09-03".parse().unwrap()).unwrap(),
            appearance: None,
        };
        let mut expected = json!({"startDate": "2026-09-01", "endDate": "2026-09-03", "dimensions": ["date", "page"],
                                  "type": "googleNews", "rowLimit": 25_000, "startRow": 0, "dataState": "final"});
        assert_eq!(question.body(25_000, "final"), expected);
        let shown = Question { appearance: Some("VIDEO".into()), ..question };
        expected["dimensionFilterGroups"] = json!([{"filters": [
            {"dimension": "searchAppearance", "operator": "equals", "expression": "VIDEO"}]}]);
        assert_eq!(shown.body(25_000, "final"), expected);
    }
}
