//! Reads one stream for some days, once.

use super::events::{activity, members, unsubscribes};
use super::fetch::{GONE, Part, Question, ask, each, pages, rows_of, unique};
use super::streams::{Ask, ask as ask_of};
use super::{auth, map};
use crate::connector::{Context, Slice};
use crate::error::{Error, Result, spare};
use crate::http::{Batch, Node};
use crate::mapping::{Seen, needed_page};
use crate::record::{Page, Record};
use crate::totals::Totals;
use async_stream::try_stream;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use model::entities::EntityKind;

/// The days that an audience's activity covers, which is also the most rows of it.
const ACTIVITY_ROWS: u32 = 180;

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let Some(ask) = ask_of(slice.stream.name) else {
        let error = Error::configuration(format!("Mailchimp has no stream {:?}.", slice.stream.name));
        return futures_util::stream::iter([Err(error)]).boxed();
    };
    match ask {
        Ask::Account => account(ctx, slice),
        Ask::Campaigns => campaigns(ctx, slice),
        Ask::Reports => reports(ctx, slice),
        Ask::Lists => lists(ctx, slice),
        Ask::Growth => growth(ctx, slice),
        Ask::ListDays => list_days(ctx, slice),
        Ask::Automations => automations(ctx, slice),
        Ask::AutomationEmails => automation_emails(ctx, slice),
        Ask::ReportHours => report_hours(ctx, slice),
        Ask::Activity => activity(ctx, slice),
        Ask::Unsubscribes => unsubscribes(ctx, slice),
        Ask::Members => members(ctx, slice),
    }
}

fn account<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let Batch { value, .. } = auth::root(ctx, &slice.budget).await?;
        let record = map::account(&slice, &Node::root(&value, "$"))?;
        // The answer names the owner and the address, so it is not kept.
        yield Page { records: vec![record], rows: 1, raw: None };
    };
    pages.boxed()
}

/// Sorted by what never changes, so that a campaign that is made meanwhile moves no page.
fn campaigns<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let query = [("sort_field", "create_time"), ("sort_dir", "ASC"), ("exclude_fields", "campaigns._links")];
    let question = Question::new("/campaigns", &query);
    let stream = try_stream! {
        let mut batches = pages(ctx, &slice, question, "/campaigns");
        while let Some(batch) = batches.next().await {
            yield needed_page(batch?, "/campaigns", |row, records| {
                let campaign = map::campaign(&slice, row)?;
                ctx.memory.keep(format!("campaign/{}", campaign.id), "");
                records.push(Record::Entity(campaign));
                Ok(())
            })?;
        }
        ctx.memory.keep("campaigns", "");
    };
    stream.boxed()
}

/// What of campaigns is known from their listing.
enum Listed {
    /// It was not read.
    Unknown,
    Here,
    /// All others were listed: it was deleted. Its figures stay.
    Gone,
}

fn listed(ctx: &Context, campaign: &str) -> Listed {
    if ctx.memory.recall(&format!("campaign/{campaign}")).is_some() {
        return Listed::Here;
    }
    if ctx.memory.recall("campaigns").is_some() { Listed::Gone } else { Listed::Unknown }
}

/// Reports of what was sent from the first to the last day, both included. The vendor's bounds are moments, of which the
/// first may be left out: a second more is asked for on that side, and rows of other days are dropped.
pub(super) fn reports_sent(from: NaiveDate, until: NaiveDate) -> Question {
    let since = written(midnight(from) - TimeDelta::seconds(1));
    let before = written(midnight(until + Days::new(1)));
    let query = [
        ("since_send_time", since.as_str()),
        ("before_send_time", before.as_str()),
        ("exclude_fields", "reports._links"),
    ];
    Question::new("/reports", &query)
}

fn reports<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let (mut seen, mut totals) = (Seen::default(), Totals::default());
        let question = reports_sent(slice.days.from(), slice.days.until());
        let mut batches = pages(ctx, &slice, question, "/reports");
        while let Some(batch) = batches.next().await {
            yield needed_page(batch?, "/reports", |row, records| {
                let Some(fact) = map::report(&slice, EntityKind::Campaign, row, &mut seen)? else {
                    return Ok(());
                };
                if !slice.days.contains(fact.date) {
                    return Ok(());
                }
                ctx.memory.keep(format!("report/{}", fact.entity), "");
                match listed(ctx, &fact.entity) {
                    Listed::Here => {}
                    Listed::Unknown => records.push(Record::Entity(map::campaign_of_report(&slice, row)?)),
                    Listed::Gone => {
                        let mut campaign = map::campaign_of_report(&slice, row)?;
                        campaign.status = Some("deleted".into());
                        records.push(Record::Entity(campaign));
                    }
                }
                // A report that moves to the next page while pages are turned comes twice: the last one counts.
                totals.add(Vec::new(), fact);
                Ok(())
            })?;
        }
        let mut page = Page::of_warnings(map::missing_figures(&slice, &seen));
        page.records.extend(totals.records());
        yield page;
    };
    stream.boxed()
}

fn report_hours<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        // The first 24 hours reach into the next day.
        let question = reports_sent(slice.days.from() - Days::new(1), slice.days.until());
        let mut batches = pages(ctx, &slice, question, "/reports");
        while let Some(batch) = batches.next().await {
            yield needed_page(batch?, "/reports", |row, records| map::hours(&slice, row, records))?;
        }
    };
    stream.boxed()
}

fn all_lists() -> Question {
    let query = [("sort_field", "date_created"), ("sort_dir", "ASC"), ("exclude_fields", "lists._links")];
    Question::new("/lists", &query)
}

fn lists<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        // People are counted at one moment: a run over midnight gives one day.
        let today = ctx.session.now().date_naive();
        let (mut seen, mut totals) = (Seen::default(), Totals::default());
        let mut batches = pages(ctx, &slice, all_lists(), "/lists");
        while let Some(batch) = batches.next().await {
            yield needed_page(batch?, "/lists", |row, records| {
                for record in map::list(&slice, row, today, &mut seen)?.into_iter().flatten() {
                    match record {
                        Record::Fact(fact) => totals.add(Vec::new(), fact),
                        other => records.push(other),
                    }
                }
                Ok(())
            })?;
        }
        let mut page = Page::of_warnings(seen.missing(&slice, ["member_count"]));
        page.records.extend(totals.records());
        yield page;
    };
    stream.boxed()
}

pub(super) async fn list_ids(ctx: &Context, slice: &Slice<'_>) -> Result<Vec<String>> {
    let read = |row: &Node<'_>| row.at("id").need_text().map(Some);
    Ok(unique(rows_of(ctx, slice, all_lists(), "/lists", read).await?))
}

fn growth<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let ids = list_ids(ctx, &slice).await?;
        let mut parts = each(ctx, &slice, ids, "/history", |list| {
            let query = [("sort_field", "month"), ("sort_dir", "DESC"), ("exclude_fields", "history._links")];
            Question::about("/lists/", list, "/growth-history", &query)
        });
        while let Some(part) = parts.next().await {
            yield match part? {
                Part::Refused(warning) => Page::of_warnings([warning]),
                Part::Rows(list, batch) => needed_page(batch, "/history", |row, records| {
                    records.push(map::month(&slice, &list, row)?);
                    Ok(())
                })?,
            };
        }
    };
    stream.boxed()
}

/// Without a number of rows only ten days come.
fn list_days<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let (mut seen, mut totals) = (Seen::default(), Totals::default());
        let ids = list_ids(ctx, &slice).await?;
        let mut parts = each(ctx, &slice, ids, "/activity", |list| {
            let query = [("exclude_fields", "activity._links")];
            Ok(Question::about("/lists/", list, "/activity", &query)?.with_rows(ACTIVITY_ROWS))
        });
        while let Some(part) = parts.next().await {
            yield match part? {
                Part::Refused(warning) => Page::of_warnings([warning]),
                Part::Rows(list, batch) => needed_page(batch, "/activity", |row, _| {
                    if let Some(fact) = map::list_day(&slice, &list, row, &mut seen)? {
                        totals.add(Vec::new(), fact);
                    }
                    Ok(())
                })?,
            };
        }
        let mut page = Page::of_warnings(map::missing_list_days(&slice, &seen));
        page.records.extend(totals.records());
        yield page;
    };
    stream.boxed()
}

fn all_automations() -> Question {
    Question::new("/automations", &[("exclude_fields", "automations._links")])
}

fn automations<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let mut batches = pages(ctx, &slice, all_automations(), "/automations");
        while let Some(batch) = batches.next().await {
            yield needed_page(batch?, "/automations", |row, records| {
                records.push(map::automation(&slice, row)?);
                Ok(())
            })?;
        }
    };
    stream.boxed()
}

/// E-mails of automations are no campaigns, but each has a report. One that `/reports` lists as well counts there.
fn automation_emails<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let read = |row: &Node<'_>| row.at("id").need_text().map(Some);
        let flows = unique(rows_of(ctx, &slice, all_automations(), "/automations", read).await?);
        let mut sent = Vec::new();
        let mut parts = each(ctx, &slice, flows, "/emails", |flow| {
            Question::about("/automations/", flow, "/emails", &[("exclude_fields", "emails._links")])
        });
        while let Some(part) = parts.next().await {
            yield match part? {
                Part::Refused(warning) => Page::of_warnings([warning]),
                Part::Rows(flow, batch) => needed_page(batch, "/emails", |row, records| {
                    records.push(map::automation_email(&slice, &flow, row)?);
                    // The report knows the day where the row says nothing of it; a blank says that it was not sent.
                    let sent_at = row.at("send_time");
                    let day = sent_at.instant()?.map(|at| at.date_naive());
                    if sent_at.is_absent() || day.is_some_and(|day| slice.days.contains(day)) {
                        sent.push(row.at("id").need_text()?);
                    }
                    Ok(())
                })?,
            };
        }
        drop(parts);
        let mut seen = Seen::default();
        for email in unique(sent) {
            if ctx.memory.recall(&format!("report/{email}")).is_some() {
                continue;
            }
            if let Some(page) = automation_report(ctx, &slice, &email, &mut seen).await? {
                yield page;
            }
        }
        yield Page::of_warnings(map::missing_figures(&slice, &seen));
    };
    stream.boxed()
}

async fn automation_report(
    ctx: &Context,
    slice: &Slice<'_>,
    email: &str,
    seen: &mut Seen,
) -> Result<Option<Page>> {
    let question = Question::about("/reports/", email, "", &[("exclude_fields", "_links")])?;
    let asked = ask(ctx, &question, &slice.account.id, &slice.budget).await;
    let Some(Batch { value, raw }) = spare(asked, GONE)? else {
        return Ok(None);
    };
    let fact = map::report(slice, EntityKind::Email, &Node::root(&value, "report"), seen)?;
    let fact = fact.filter(|fact| slice.days.contains(fact.date));
    Ok(Some(Page { records: fact.map(Record::Fact).into_iter().collect(), rows: 1, raw: Some(raw) }))
}

/// The start of a day. Moments of Mailchimp are in UTC.
pub(super) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

pub(super) fn written(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, false)
}
