//! Reads one stream for some days, once.

use super::auth::exact;
use super::failure::{GONE, judge};
use super::streams::{Ask, ask};
use super::{discovery, fetch, happened, map};
use crate::connector::{Context, Slice};
use crate::error::{Error, Result, spare};
use crate::http::{Batch, Node};
use crate::mapping::{self, Seen, fact};
use crate::record::{FactRecord, Page, Record, Warning};
use async_stream::try_stream;
use chrono::{Days, NaiveDate};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use model::entities::EntityKind;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let Some(ask) = ask(slice.stream.name) else {
        let error = Error::configuration(format!("Campaign Monitor has no stream {:?}.", slice.stream.name));
        return futures_util::stream::iter([Err(error)]).boxed();
    };
    match ask {
        Ask::Client => client(ctx, slice),
        Ask::Campaigns => campaigns(ctx, slice),
        Ask::Unsent(path, status) => {
            whole(ctx, slice, path, move |slice, row, records| map::campaign(slice, status, row, records))
        }
        Ask::Lists => whole(ctx, slice, "lists", map::list),
        Ask::Journeys => whole(ctx, slice, "journeys", map::journey),
        Ask::Summaries => summaries(ctx, slice),
        Ask::ListStats => list_stats(ctx, slice),
        Ask::JourneyEmails => journey_emails(ctx, slice),
        Ask::Events(happened) => happened::events(ctx, slice, happened),
        Ask::Bounces => happened::bounces(ctx, slice),
        Ask::Recipients => happened::recipients(ctx, slice),
        Ask::Subscribers => happened::subscribers(ctx, slice),
        Ask::JourneyEvents => happened::journey_events(ctx, slice),
        Ask::Transactional => transactional(ctx, slice),
    }
}

/// A list of the client; `name` is its last part.
fn of_client(slice: &Slice<'_>, name: &str) -> String {
    format!("/clients/{}/{name}", slice.account.id)
}

fn client<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let details = discovery::details(ctx, &slice.account.id, &slice.budget).await?;
        let record = map::client(&slice, &Node::root(&details, "$"))?;
        // The raw answer holds the client's key.
        yield Page { records: vec![record], rows: 1, raw: None };
    };
    pages.boxed()
}

/// A list that comes whole.
fn whole<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    name: &'static str,
    row: impl Fn(&Slice<'_>, &Node<'_>, &mut Vec<Record>) -> Result<()> + Send + Sync + 'a,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let batch = fetch::one(ctx, &slice, &of_client(&slice, name), &[]).await?;
        yield mapping::page(batch, "", |node, records| row(&slice, node, records))?;
    };
    pages.boxed()
}

fn campaigns<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let path = of_client(&slice, "campaigns");
        let mut batches = fetch::pages(ctx, &slice, &path, &[("orderdirection", "desc")])?;
        while let Some(batch) = batches.next().await {
            yield mapping::needed_page(batch?, "/Results", |row, records| {
                map::campaign(&slice, "sent", row, records)
            })?;
        }
    };
    pages.boxed()
}

/// Campaigns that were sent on the days of a slice.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Their ids and the UTC days of their sending, each once.
    pub(super) dated: BTreeMap<String, NaiveDate>,
    /// Those that the vendor names no day of.
    undated: BTreeSet<String>,
}

/// Campaigns that were sent on the days of the slice, which are days of UTC. The vendor's filter knows the client's days: more
/// are asked for on both sides, and the day of each decides.
pub(super) async fn sent(ctx: &Context, slice: &Slice<'_>) -> Result<Sent> {
    let from = (slice.days.from() - Days::new(1)).to_string();
    let until = (slice.days.until() + Days::new(2)).to_string();
    let query = [("orderdirection", "desc"), ("sentfromdate", from.as_str()), ("senttodate", until.as_str())];
    let mut sent = Sent::default();
    let mut batches = fetch::pages(ctx, slice, &of_client(slice, "campaigns"), &query)?;
    while let Some(batch) = batches.try_next().await? {
        let root = Node::root(&batch.value, "$");
        let results = root.at("Results");
        if results.is_absent() {
            return Err(results.drift("it is missing"));
        }
        results.each(|row| {
            let id = row.at("CampaignID").need_text()?;
            match map::utc_day(slice, &row.at("SentDate"))? {
                Some(day) if slice.days.contains(day) => {
                    sent.dated.insert(id, day);
                }
                Some(_) => {}
                None => {
                    sent.undated.insert(id);
                }
            }
            Ok(())
        })?;
    }
    Ok(sent)
}

/// What the campaigns of the slice have come to, one request each. One that was deleted meanwhile has no summary.
fn summaries<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let sent = sent(ctx, &slice).await?;
        yield Page::of_warnings(sent.undated.iter().map(|id| {
            let message = format!("Campaign {id} has no day of sending, so its figures belong to none.");
            Warning::stream(&slice.account.id, slice.stream.name, message)
        }));
        let mut seen = Seen::default();
        for (id, day) in sent.dated {
            let path = format!("/campaigns/{id}/summary");
            let Some(Batch { value, raw }) = spare(fetch::one(ctx, &slice, &path, &[]).await, GONE)? else {
                continue;
            };
            let row = fact(&slice, EntityKind::Campaign, id, day);
            let row = map::summary(&Node::root(&value, "$"), &mut seen, row)?;
            yield Page { records: vec![Record::Fact(row)], rows: 1, raw: Some(raw) };
        }
        yield Page::of_warnings(seen.missing_measures(&slice, map::SUMMARY));
    };
    pages.boxed()
}

/// Ids of a list that comes whole, each once.
pub(super) async fn ids(ctx: &Context, slice: &Slice<'_>, name: &str, id: &str) -> Result<BTreeSet<String>> {
    let batch = fetch::one(ctx, slice, &of_client(slice, name), &[]).await?;
    let mut ids = BTreeSet::new();
    Node::root(&batch.value, "$").each(|row| {
        ids.insert(row.at(id).need_text()?);
        Ok(())
    })?;
    Ok(ids)
}

fn today(ctx: &Context, slice: &Slice<'_>) -> NaiveDate {
    slice.account.today(ctx.session.now())
}

fn list_stats<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut seen = Seen::default();
        for id in ids(ctx, &slice, "lists", "ListID").await? {
            let path = format!("/lists/{id}/stats");
            let Some(Batch { value, raw }) = spare(fetch::one(ctx, &slice, &path, &[]).await, GONE)? else {
                continue;
            };
            let records = map::list_stats(&slice, &id, today(ctx, &slice), &Node::root(&value, "$"), &mut seen)?;
            yield Page { records, rows: 1, raw: Some(raw) };
        }
        yield Page::of_warnings(seen.missing(&slice, map::list_fields()));
    };
    pages.boxed()
}

/// What the e-mails of journeys have come to by now; they have no day. One that several journeys name is one.
fn journey_emails<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut known = BTreeSet::new();
        for journey in ids(ctx, &slice, "journeys", "JourneyID").await? {
            let path = format!("/journeys/{journey}");
            let Some(batch) = spare(fetch::one(ctx, &slice, &path, &[]).await, GONE)? else { continue };
            yield mapping::page(batch, "/Emails", |row, records| {
                let (email, fact) = map::journey_email(&slice, &journey, today(ctx, &slice), row)?;
                if known.insert(email.id.clone()) {
                    records.extend([Record::Entity(email), Record::Fact(fact)]);
                }
                Ok(())
            })?;
        }
    };
    pages.boxed()
}

/// E-mails that are set off one by one, a day at a time: a window has no days. They are no campaigns, so they stand apart.
fn transactional<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        for day in slice.days.days() {
            let text = day.to_string();
            let id = slice.account.id.as_str();
            let query = [("clientID", id), ("from", text.as_str()), ("to", text.as_str()), ("timezone", "client")];
            let request = exact(ctx, "/transactional/statistics", &query)?.paced_by(id);
            let Batch { value, raw } = ctx.session.batch(&request, &slice.budget, judge).await?;
            let place = fact(&slice, EntityKind::Account, id.to_owned(), day);
            let values = mapping::values(&Node::root(&value, "$"), map::TRANSACTIONAL)?;
            let breakdown = BTreeMap::from([("kind".to_owned(), "transactional".to_owned())]);
            let fact = FactRecord { breakdown, values, ..place };
            let records = if fact.values.is_empty() { Vec::new() } else { vec![Record::Fact(fact)] };
            yield Page { records, rows: 1, raw: Some(raw) };
        }
    };
    pages.boxed()
}
