//! Events of people, counted per day and without the people.

use super::fetch::{Part, Question, each, rows_of, unique};
use super::read::{list_ids, midnight, reports_sent, written};
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::http::Node;
use crate::mapping::{fact, needed_page};
use crate::record::{Page, Record};
use async_stream::try_stream;
use chrono::{Days, NaiveDate, TimeDelta};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use metrics::Metric;
use model::entities::EntityKind;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashSet};

/// Opens and clicks come long after the sending: events of a day are looked for in campaigns of that many days.
const EVENTS_FOLLOW: u64 = 60;

/// What happened: which campaign or audience, on which day, what kind of thing.
type What = (String, NaiveDate, String);

/// Events by day, each once however often it was served.
#[derive(Debug, Default)]
pub(super) struct Events {
    known: HashSet<[String; 4]>,
    counts: BTreeMap<What, u64>,
}

impl Events {
    /// What one recipient did with a campaign. The day is that of UTC.
    pub(super) fn activity(&mut self, slice: &Slice<'_>, campaign: &str, recipient: &Node<'_>) -> Result<()> {
        let person = recipient.at("email_id").need_text()?;
        recipient.at("activity").each(|event| {
            let action = event.at("action").need_text()?;
            let what = match event.at("type").filled()? {
                Some(kind) if action == "bounce" => format!("{kind}_bounce"),
                _ => action,
            };
            self.take(slice, campaign, &person, &event.at("timestamp"), what)
        })?;
        Ok(())
    }

    /// Who left by a campaign, and why.
    pub(super) fn unsubscribed(&mut self, slice: &Slice<'_>, campaign: &str, row: &Node<'_>) -> Result<()> {
        let person = row.at("email_id").need_text()?;
        let reason = row.at("reason").filled()?.unwrap_or_default();
        self.take(slice, campaign, &person, &row.at("timestamp"), reason)
    }

    /// Whose state changed in an audience.
    pub(super) fn member(&mut self, slice: &Slice<'_>, list: &str, row: &Node<'_>) -> Result<()> {
        let person = row.at("id").need_text()?;
        let status = row.at("status").need_text()?;
        self.take(slice, list, &person, &row.at("last_changed"), status)
    }

    fn take(
        &mut self,
        slice: &Slice<'_>,
        owner: &str,
        person: &str,
        moment: &Node<'_>,
        what: String,
    ) -> Result<()> {
        let at =
            moment.instant()?.ok_or_else(|| moment.drift("it is missing, so the event belongs to no day"))?;
        let key = [owner.to_owned(), person.to_owned(), at.to_rfc3339(), what.clone()];
        if slice.days.contains(at.date_naive()) && self.known.insert(key) {
            *self.counts.entry((owner.to_owned(), at.date_naive(), what)).or_default() += 1;
        }
        Ok(())
    }

    /// The counts as figures where there is one for that kind of thing, split by `dimension`, so that they never add to
    /// the totals of reports.
    pub(super) fn records(
        self,
        slice: &Slice<'_>,
        kind: EntityKind,
        dimension: &str,
        metric: fn(&str) -> Option<Metric>,
    ) -> Vec<Record> {
        let record = |((owner, day, what), count): (What, u64)| {
            let mut fact = fact(slice, kind, owner, day);
            match metric(&what) {
                Some(metric) => fact.values.push((metric, Decimal::from(count))),
                None => drop(fact.extra.insert("events".into(), count.into())),
            }
            fact.breakdown.insert(dimension.to_owned(), what);
            Record::Fact(fact)
        };
        self.counts.into_iter().map(record).collect()
    }
}

/// Figures of what recipients do.
pub(super) fn metric_of_action(action: &str) -> Option<Metric> {
    match action {
        "open" => Some(Metric::Opens),
        "click" => Some(Metric::Clicks),
        "bounce" => Some(Metric::Bounces),
        "hard_bounce" => Some(Metric::HardBounces),
        "soft_bounce" => Some(Metric::SoftBounces),
        _ => None,
    }
}

/// Campaigns that were sent to anybody from so many days before the slice on.
async fn campaign_ids(ctx: &Context, slice: &Slice<'_>) -> Result<Vec<String>> {
    let question = reports_sent(slice.days.from() - Days::new(EVENTS_FOLLOW), slice.days.until());
    let read = |row: &Node<'_>| {
        let is_sent = row.at("send_time").instant()?.is_some();
        Ok(is_sent.then_some(row.at("id").need_text()?))
    };
    Ok(unique(rows_of(ctx, slice, question, "/reports", read).await?))
}

/// Counts events of campaigns or audiences. What came is not kept: it is about people.
fn events<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    source: Source,
    metric: fn(&str) -> Option<Metric>,
) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let mut events = Events::default();
        let ids = match source.kind {
            EntityKind::List => list_ids(ctx, &slice).await?,
            _ => campaign_ids(ctx, &slice).await?,
        };
        let since = written(midnight(slice.days.from()) - TimeDelta::seconds(1));
        let mut parts = each(ctx, &slice, ids, source.rows, move |id| (source.question)(id, &since));
        while let Some(part) = parts.next().await {
            yield match part? {
                Part::Refused(warning) => Page::of_warnings([warning]),
                Part::Rows(id, batch) => {
                    let page = needed_page(batch, source.rows, |row, _| (source.take)(&mut events, &slice, &id, row))?;
                    Page { raw: None, ..page }
                }
            };
        }
        let records = events.records(&slice, source.kind, source.dimension, metric);
        yield Page { records, ..Page::default() };
    };
    stream.boxed()
}

/// Where events come from, and how they are told apart.
#[derive(Clone, Copy)]
struct Source {
    kind: EntityKind,
    rows: &'static str,
    dimension: &'static str,
    question: fn(id: &str, since: &str) -> Result<Question>,
    take: fn(&mut Events, &Slice<'_>, &str, &Node<'_>) -> Result<()>,
}

pub(super) fn activity<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let source = Source {
        kind: EntityKind::Campaign,
        rows: "/emails",
        dimension: "action",
        question: |id, since| {
            let hidden = "emails._links,emails.email_address,emails.activity.ip,emails.activity.url";
            let query = [("since", since), ("exclude_fields", hidden)];
            Question::about("/reports/", id, "/email-activity", &query)
        },
        take: Events::activity,
    };
    events(ctx, slice, source, metric_of_action)
}

pub(super) fn unsubscribes<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let source = Source {
        kind: EntityKind::Campaign,
        rows: "/unsubscribes",
        dimension: "reason",
        question: |id, _| {
            let hidden = "unsubscribes._links,unsubscribes.email_address,unsubscribes.merge_fields";
            Question::about("/reports/", id, "/unsubscribed", &[("exclude_fields", hidden)])
        },
        take: Events::unsubscribed,
    };
    events(ctx, slice, source, |_| Some(Metric::Unsubscribes))
}

pub(super) fn members<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let source = Source {
        kind: EntityKind::List,
        rows: "/members",
        dimension: "status",
        question: |id, since| {
            let fields = "members.id,members.status,members.last_changed,total_items";
            let query = [("since_last_changed", since), ("fields", fields)];
            Question::about("/lists/", id, "/members", &query)
        },
        take: Events::member,
    };
    events(ctx, slice, source, |_| None)
}
