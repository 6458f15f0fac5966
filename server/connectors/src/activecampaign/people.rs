//! How many people entered and left lists and automations. Who they are is not kept.

use super::fetch::{Question, all, pages};
use super::map::{day, id, is_yes};
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::http::Node;
use crate::mapping::{fact, needed_page};
use crate::record::{FactRecord, Page, Record};
use async_stream::try_stream;
use chrono::NaiveDate;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use model::entities::EntityKind;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// People per thing, day and what they did; each of them once however often a row is served.
#[derive(Debug, Default)]
pub(super) struct Steps(BTreeMap<(String, NaiveDate, &'static str), HashSet<String>>);

impl Steps {
    /// A membership of a list counts on the day on which it became what it is.
    pub(super) fn membership(&mut self, row: &Node<'_>) -> Result<()> {
        let (status, field) = match row.at("status").text()?.unwrap_or_default().as_str() {
            "1" => ("active", "sdate"),
            "2" => ("unsubscribed", "udate"),
            "3" => ("bounced", "udate"),
            _ => return Ok(()),
        };
        let (list, at) = (row.at("list").need_text()?, day(&row.at(field))?);
        self.add(list, at, status, row.at("id").need_text()?);
        Ok(())
    }

    /// A way through an automation counts on the days on which it was entered and left.
    pub(super) fn enrolment(&mut self, automation: &str, row: &Node<'_>) -> Result<()> {
        // A filter that the vendor does not know gives everything.
        if id(&row.at("automation"))?.is_some_and(|own| own != automation) {
            return Ok(());
        }
        let (id, left) = (row.at("id").need_text()?, day(&row.at("remdate"))?);
        self.add(automation.to_owned(), day(&row.at("adddate"))?, "entered", id.clone());
        self.add(automation.to_owned(), left, "exited", id.clone());
        if is_yes(&row.at("completed")) {
            let done = left.map_or_else(|| day(&row.at("lastdate")), |day| Ok(Some(day)))?;
            self.add(automation.to_owned(), done, "completed", id);
        }
        Ok(())
    }

    fn add(&mut self, thing: String, day: Option<NaiveDate>, step: &'static str, row: String) {
        if let Some(day) = day {
            self.0.entry((thing, day, step)).or_default().insert(row);
        }
    }

    /// The counts of the days of the slice. There is no metric for them.
    pub(super) fn records(self, slice: &Slice<'_>, kind: EntityKind, dimension: &str) -> Vec<Record> {
        let counts = self.0.into_iter().filter(|((_, day, _), _)| slice.days.contains(*day));
        let facts = counts.map(|((thing, day, step), rows)| FactRecord {
            breakdown: BTreeMap::from([(dimension.to_owned(), step.to_owned())]),
            extra: Map::from_iter([("people".to_owned(), Value::from(rows.len()))]),
            ..fact(slice, kind, thing, day)
        });
        facts.map(Record::Fact).collect()
    }
}

/// How memberships of lists changed.
pub(super) fn members<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    const ROWS: &str = "/contactLists";
    let stream = try_stream! {
        let mut steps = Steps::default();
        let mut batches = pages(ctx, &slice, Question::new(ROWS, ROWS));
        while let Some(batch) = batches.next().await {
            let page = needed_page(batch?, ROWS, |row, _| steps.membership(row))?;
            yield Page { raw: None, ..page };
        }
        yield Page { records: steps.records(&slice, EntityKind::List, "status"), ..Page::default() };
    };
    stream.boxed()
}

/// How people went through automations.
pub(super) fn enrolments<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    const ROWS: &str = "/contactAutomations";
    let stream = try_stream! {
        let mut steps = Steps::default();
        let listed = Question::new("/automations", "/automations");
        for automation in all(ctx, &slice, listed, |row| row.at("id").need_text().map(Some)).await? {
            let question = Question::new(ROWS, ROWS).with("filters[automation]", automation.as_str());
            let mut batches = pages(ctx, &slice, question);
            while let Some(batch) = batches.next().await {
                let page = needed_page(batch?, ROWS, |row, _| steps.enrolment(&automation, row))?;
                yield Page { raw: None, ..page };
            }
        }
        yield Page { records: steps.records(&slice, EntityKind::Flow, "step"), ..Page::default() };
    };
    stream.boxed()
}
