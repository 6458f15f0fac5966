//! Reads one stream for some days, once.

use super::fetch::{self, Query};
use super::map::{self, Ready};
use super::streams::{ACTIVITIES, Ask, LIST_EMAILS, MEMBERSHIPS, OPPORTUNITIES, Object, PROSPECTS, ask};
use super::{clicks, discovery};
use crate::connector::{Context, Slice};
use crate::crm::Origin;
use crate::error::{Error, ErrorKind, Result};
use crate::fields::{Fields, read_without_refused};
use crate::http::{Batch, Node};
use crate::mapping::{Seen, fact};
use crate::moments::start_of;
use crate::record::{Page, Record, Warning};
use async_stream::try_stream;
use chrono::{Days, NaiveDate, SecondsFormat, TimeDelta};
use chrono_tz::Tz;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use std::collections::{BTreeMap, HashSet};

/// Answers come from caches, and moments are those of several machines.
const LATE: TimeDelta = TimeDelta::minutes(10);

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let Some(ask) = ask(slice.stream.name) else {
        let error =
            Error::configuration(format!("Account Engagement has no stream {:?}.", slice.stream.name));
        return futures_util::stream::iter([Err(error)]).boxed();
    };
    match ask {
        Ask::Account => account(ctx, slice),
        Ask::Things(object) => selected(ctx, slice, object, things),
        Ask::Stats => selected(ctx, slice, &LIST_EMAILS, stats),
        Ask::Prospects => selected(ctx, slice, &PROSPECTS, prospects),
        Ask::Activities => selected(ctx, slice, &ACTIVITIES, activities),
        Ask::Opportunities => selected(ctx, slice, &OPPORTUNITIES, opportunities),
        Ask::Memberships => selected(ctx, slice, &MEMBERSHIPS, memberships),
        Ask::Clicks => clicks::read(ctx, slice),
    }
}

/// Reads rows with these fields.
type Read = for<'a> fn(&'a Context, Slice<'a>, Query) -> BoxStream<'a, Result<Page>>;

/// Reads with all fields, and again without each one that the vendor no longer knows.
fn selected<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    object: &'static Object,
    read: Read,
) -> BoxStream<'a, Result<Page>> {
    let again = slice.clone();
    let refused = |fields: &Fields, error: &Error| match error.kind {
        ErrorKind::Rejected => fields.dispensable(&error.message),
        _ => None,
    };
    read_without_refused(ctx, &slice, object.fields(), refused, move |fields| {
        let query =
            Query { object: object.name, fields, moment: map::moment(object), since: None, until: None };
        read(ctx, again.clone(), query)
    })
}

/// What was changed on the days of the slice (in UTC); with the newest day, everything since.
fn changed(ctx: &Context, slice: &Slice<'_>, query: Query) -> Query {
    let now = ctx.session.now();
    let is_newest = slice.days.until() >= slice.account.today(now).min(now.date_naive());
    let end = slice.days.until() + Days::new(1);
    let until = (!is_newest).then(|| written(end, TimeDelta::zero()));
    Query { since: Some(written(slice.days.from(), LATE)), until, ..query }
}

/// What happened on the days of the slice (in UTC).
fn happened(slice: &Slice<'_>, query: Query) -> Query {
    let end = slice.days.until() + Days::new(1);
    let (since, until) = (written(slice.days.from(), LATE), written(end, TimeDelta::zero()));
    Query { since: Some(since), until: Some(until), ..query }
}

/// Without an offset the vendor would read it in the zone of the user.
fn written(day: NaiveDate, earlier: TimeDelta) -> String {
    (start_of(day, Tz::UTC) - earlier).to_rfc3339_opts(SecondsFormat::Secs, false)
}

fn account<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let Batch { value, raw } = discovery::details(ctx, &slice.budget, &slice.account.id).await?;
        let record = map::account(&slice, &Node::root(&value, "$"))?;
        yield Page { records: vec![record], rows: 1, raw: Some(raw) };
    };
    pages.boxed()
}

fn things<'a>(ctx: &'a Context, slice: Slice<'a>, query: Query) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut batches = fetch::rows(ctx, &slice, query);
        while let Some(batch) = batches.next().await {
            yield map::page(batch?, |row, records| map::thing(&slice, row, records))?;
        }
    };
    pages.boxed()
}

/// The e-mails are listed first; each that was sent is asked for what has come of it.
fn stats<'a>(ctx: &'a Context, slice: Slice<'a>, query: Query) -> BoxStream<'a, Result<Page>> {
    let query = changed(ctx, &slice, query);
    let pages = try_stream! {
        let (mut emails, mut listed) = (BTreeMap::<String, NaiveDate>::new(), Seen::default());
        let mut batches = fetch::rows(ctx, &slice, query);
        while let Some(batch) = batches.next().await {
            yield map::page(batch?, |row, _| {
                listed.fields_of(row)?;
                emails.extend(map::sent(row)?);
                Ok(())
            })?;
        }
        yield Page::of_warnings(listed.missing(&slice, ["sentAt"]));
        let mut seen = Seen::default();
        for (email, day) in emails {
            let Batch { value, raw } = match fetch::stats(ctx, &slice, &email).await {
                Ok(Some(batch)) => batch,
                Ok(None) => continue,
                Err(error) if error.kind == ErrorKind::Rejected => {
                    let message = format!("List e-mail {email} has no figures. {}", error.message);
                    yield Page::of_warnings([Warning::stream(&slice.account.id, slice.stream.name, message)]);
                    continue;
                }
                Err(error) => Err(error)?,
            };
            let row = Node::root(&value, "stats");
            seen.fields_of(&row)?;
            let records = map::stats(&slice, &email, day, &row)?.into_iter().collect();
            yield Page { records, rows: 1, raw: Some(raw) };
        }
        yield Page::of_warnings(seen.missing_measures(&slice, map::STATS));
    };
    pages.boxed()
}

fn prospects<'a>(ctx: &'a Context, slice: Slice<'a>, query: Query) -> BoxStream<'a, Result<Page>> {
    let query = changed(ctx, &slice, query);
    let pages = try_stream! {
        let ready = Ready::of(ctx);
        let mut seen = Seen::default();
        let mut batches = fetch::rows(ctx, &slice, query);
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let origin = map::origin_of_prospects(&slice, batch.raw.fetched_at);
            yield map::page(batch, |row, records| {
                seen.fields_of(row)?;
                map::prospect(&origin, ready, row, records)
            })?;
        }
        yield Page::of_warnings(seen.missing(&slice, ["createdAt"]));
    };
    pages.boxed()
}

fn opportunities<'a>(ctx: &'a Context, slice: Slice<'a>, query: Query) -> BoxStream<'a, Result<Page>> {
    let query = changed(ctx, &slice, query);
    let pages = try_stream! {
        let is_counted = ctx.settings.get("opportunities") == "count";
        let mut currency = slice.account.currency.clone();
        let mut is_asked = currency.is_some() || !is_counted;
        let mut seen = Seen::default();
        let mut batches = fetch::rows(ctx, &slice, query);
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            if !is_asked && map::has_revenue(&batch.value)? {
                is_asked = true;
                currency = discovery::currency(ctx, &slice.budget).await;
                let unknown = currency.is_none().then(|| without_currency(&slice));
                yield Page::of_warnings(unknown);
            }
            let origin = Origin::new(&slice, batch.raw.fetched_at);
            yield map::page(batch, |row, records| {
                seen.fields_of(row)?;
                map::opportunity(&origin, currency.as_deref(), is_counted, row, records)
            })?;
        }
        yield Page::of_warnings(seen.missing(&slice, ["value", "status", "closedAt"]));
    };
    pages.boxed()
}

fn without_currency(slice: &Slice<'_>) -> Warning {
    let message = "Nobody says in which currency opportunities are; set the setting currency.";
    Warning::field(&slice.account.id, slice.stream.name, "value", message)
}

fn activities<'a>(ctx: &'a Context, slice: Slice<'a>, query: Query) -> BoxStream<'a, Result<Page>> {
    counted(ctx, slice, query, map::form_sent, "form_submissions")
}

fn memberships<'a>(ctx: &'a Context, slice: Slice<'a>, query: Query) -> BoxStream<'a, Result<Page>> {
    counted(ctx, slice, query, map::joined, "memberships_created")
}

/// What an event counts for.
type Find = fn(&Node<'_>) -> Result<Option<(String, NaiveDate)>>;

/// Counts events per thing and day, each once however often it is served.
fn counted<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    query: Query,
    find: Find,
    name: &'static str,
) -> BoxStream<'a, Result<Page>> {
    let query = happened(&slice, query);
    let pages = try_stream! {
        let mut known: HashSet<String> = HashSet::new();
        let mut counts: BTreeMap<(String, NaiveDate), u64> = BTreeMap::new();
        let mut batches = fetch::rows(ctx, &slice, query);
        while let Some(batch) = batches.next().await {
            yield map::page(batch?, |row, _| {
                let event = row.at("id").need_text()?;
                let found = find(row)?.filter(|(_, day)| slice.days.contains(*day));
                if let Some(found) = found.filter(|_| known.insert(event)) {
                    *counts.entry(found).or_default() += 1;
                }
                Ok(())
            })?;
        }
        let records = counts.into_iter().map(|((thing, day), count)| {
            let mut row = fact(&slice, slice.stream.kind, thing, day);
            row.extra.insert(name.into(), count.into());
            Record::Fact(row)
        });
        yield Page { records: records.collect(), ..Page::default() };
    };
    pages.boxed()
}
