//! What happened to messages: events by their own days on the client's clock. They are counted, and neither addresses nor raw
//! pages are kept. They are never added to summaries.

use super::failure::GONE;
use super::map::local;
use super::streams::{Happened, JOURNEY_EVENTS, SUBSCRIBERS, TAIL_DAYS};
use super::{fetch, read};
use crate::connector::{Context, Slice};
use crate::error::{Result, spare};
use crate::events::{Counted, Events};
use crate::http::{Batch, Node};
use crate::record::Page;
use async_stream::try_stream;
use chrono::{Days, NaiveDate};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use metrics::Metric;
use model::DayRange;
use model::entities::EntityKind;
use std::collections::BTreeSet;

/// A row of a list of events: its day, who it was, and the row.
type Take<'t> = &'t mut (dyn FnMut(NaiveDate, Vec<String>, &Node<'_>) -> Result<()> + Send);

/// Takes the events of the slice's days; gives the rows that came. What is gone has none.
async fn taken(ctx: &Context, slice: &Slice<'_>, path: &str, take: Take<'_>) -> Result<u64> {
    // The filter means after that minute.
    let after = format!("{} 23:59", slice.days.from() - Days::new(1));
    let query = [("date", after.as_str()), ("orderfield", "date"), ("orderdirection", "asc")];
    let mut batches = fetch::pages(ctx, slice, path, &query)?;
    let mut count = 0;
    while let Some(batch) = spare(batches.next().await.transpose(), GONE)?.flatten() {
        let (rows, is_beyond) = page_taken(slice, &batch, take)?;
        count += rows;
        if is_beyond {
            break;
        }
    }
    Ok(count)
}

/// Gives the rows, and whether all of them are later than the slice and in order of time: then so are those of the pages behind.
fn page_taken(slice: &Slice<'_>, batch: &Batch, take: Take<'_>) -> Result<(u64, bool)> {
    let (mut is_beyond, mut before) = (true, None);
    let root = Node::root(&batch.value, "$");
    let count = root.at("Results").each(|row| {
        // Recipients have no other date than that of their message.
        let named = if row.at("Date").is_absent() { "SentDate" } else { "Date" };
        let at = row.at(named);
        let Some(moment) = local(&at)? else {
            return Err(at.drift("it is missing, so the row belongs nowhere"));
        };
        let day = moment.date();
        is_beyond &= day > slice.days.until() && before <= Some(moment);
        before = Some(moment);
        if slice.days.contains(day) {
            let mut key = vec![row.at("EmailAddress").need_text()?, moment.to_string()];
            key.extend(row.at("URL").filled()?);
            take(day, key, row)?;
        }
        Ok(())
    })?;
    Ok((count as u64, count > 0 && is_beyond))
}

/// Campaigns that people may still open and click on the days of the slice.
async fn campaigns(ctx: &Context, slice: &Slice<'_>) -> Result<Vec<String>> {
    let first = slice.days.from() - Days::new(u64::from(TAIL_DAYS));
    let days = DayRange::new(first, slice.days.until()).unwrap_or(slice.days);
    let sent = read::sent(ctx, &Slice { days, ..slice.clone() }).await?;
    Ok(sent.dated.into_keys().collect())
}

/// One kind of events of campaigns.
pub(super) fn events<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    happened: Happened,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        for id in campaigns(ctx, &slice).await? {
            let mut events = Events::default();
            let path = format!("/campaigns/{id}/{}", happened.path);
            let rows = taken(ctx, &slice, &path, &mut |day, key, _| {
                events.add(&id, day, happened.counted, key);
                Ok(())
            })
            .await?;
            yield Page { records: events.records(&slice, EntityKind::Campaign), rows, raw: None };
        }
    };
    pages.boxed()
}

/// Bounces of campaigns. There are more kinds than two.
pub(super) fn bounces<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        for id in campaigns(ctx, &slice).await? {
            let mut events = Events::default();
            let rows = taken(ctx, &slice, &format!("/campaigns/{id}/bounces"), &mut |day, key, row| {
                events.add(&id, day, sort_of(row.at("BounceType").filled()?.as_deref()), key);
                Ok(())
            })
            .await?;
            yield Page { records: events.records(&slice, EntityKind::Campaign), rows, raw: None };
        }
    };
    pages.boxed()
}

pub(super) fn sort_of(bounce: Option<&str>) -> Counted {
    match bounce.map(str::to_ascii_lowercase).as_deref() {
        Some("hard") => Counted::Metric(Metric::HardBounces),
        Some("soft") => Counted::Metric(Metric::SoftBounces),
        _ => Counted::Extra("other_bounce_events"),
    }
}

/// How many addresses campaigns of the slice went to.
pub(super) fn recipients<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        for (id, day) in read::sent(ctx, &slice).await?.dated {
            let mut events = Events::default();
            let mut rows = 0;
            let mut batches = fetch::pages(ctx, &slice, &format!("/campaigns/{id}/recipients"), &[])?;
            while let Some(batch) = spare(batches.next().await.transpose(), GONE)?.flatten() {
                rows += Node::root(&batch.value, "$").at("Results").each(|row| {
                    let key = vec![row.at("EmailAddress").need_text()?];
                    events.add(&id, day, Counted::Extra("listed_recipients"), key);
                    Ok(())
                })? as u64;
            }
            yield Page { records: events.records(&slice, EntityKind::Campaign), rows, raw: None };
        }
    };
    pages.boxed()
}

/// Several kinds of events of one thing.
async fn all_of(
    ctx: &Context,
    slice: &Slice<'_>,
    (kind, id): (EntityKind, &str),
    base: &str,
    kinds: &[Happened],
) -> Result<Page> {
    let mut events = Events::default();
    let mut rows = 0;
    for happened in kinds {
        rows += taken(ctx, slice, &format!("{base}/{}", happened.path), &mut |day, key, _| {
            events.add(id, day, happened.counted, key);
            Ok(())
        })
        .await?;
    }
    Ok(Page { records: events.records(slice, kind), rows, raw: None })
}

/// When people came onto lists, left them, or turned out not to be reached.
pub(super) fn subscribers<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        for id in read::ids(ctx, &slice, "lists", "ListID").await? {
            yield all_of(ctx, &slice, (EntityKind::List, &id), &format!("/lists/{id}"), SUBSCRIBERS).await?;
        }
    };
    pages.boxed()
}

/// What happened to the e-mails of journeys. An e-mail that several journeys name is one.
pub(super) fn journey_events<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut known = BTreeSet::new();
        for journey in read::ids(ctx, &slice, "journeys", "JourneyID").await? {
            let Some(batch) = spare(fetch::one(ctx, &slice, &format!("/journeys/{journey}"), &[]).await, GONE)? else {
                continue;
            };
            let mut emails = Vec::new();
            Node::root(&batch.value, "$").at("Emails").each(|row| {
                emails.push(row.at("EmailID").need_text()?);
                Ok(())
            })?;
            for id in emails {
                if known.insert(id.clone()) {
                    let base = format!("/journeys/email/{id}");
                    yield all_of(ctx, &slice, (EntityKind::Email, &id), &base, JOURNEY_EVENTS).await?;
                }
            }
        }
    };
    pages.boxed()
}
