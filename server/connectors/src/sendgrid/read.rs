//! Reads one stream for some days, once.

use super::auth::{page_size, request};
use super::failure::{GONE, judge};
use super::streams::{Ask, Statistics, ask};
use super::{discovery, fetch, map, sends};
use crate::connector::{Context, Slice};
use crate::error::{DeniedScope, Error, ErrorKind, Result, spare};
use crate::events::{Counted, Events};
use crate::http::{Batch, Node, Rate};
use crate::mapping::{self, Seen};
use crate::record::{Page, Record, Warning};
use async_stream::try_stream;
use chrono::{Days, NaiveDate, NaiveTime};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use model::entities::EntityKind;
use serde_json::Value;

/// Names of categories or sub-users in one call.
const NAMES: usize = 10;

/// Names of categories per page of their list.
const CATEGORIES: u32 = 500;

/// Rows of a page of suppressions.
const SUPPRESSIONS: u32 = 500;

/// Seconds before the first day that suppressions are asked from.
const EARLIER: i64 = 3_600;

/// Messages of one answer, which has no second page.
const MESSAGES: usize = 1_000;

/// The vendor counts requests for messages apart.
const MESSAGE_RATE: Rate = Rate::per_minute(6);

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let Some(ask) = ask(slice.stream.name) else {
        let error = Error::configuration(format!("SendGrid has no stream {:?}.", slice.stream.name));
        return futures_util::stream::iter([Err(error)]).boxed();
    };
    let pages = try_stream! {
        permitted(ctx, &slice, ask).await?;
        let mut pages = asked(ctx, slice, ask);
        while let Some(page) = pages.next().await {
            yield page?;
        }
    };
    pages.boxed()
}

fn asked<'a>(ctx: &'a Context, slice: Slice<'a>, ask: Ask) -> BoxStream<'a, Result<Page>> {
    match ask {
        Ask::Account => account(ctx, slice),
        Ask::Categories => categories(ctx, slice),
        Ask::Statistics(source) => statistics(ctx, slice, source),
        Ask::Sends => sends::list(ctx, slice),
        Ask::SendTotals => sends::totals(ctx, slice),
        Ask::SendDays => sends::days(ctx, slice),
        Ask::Automations => sends::automations(ctx, slice),
        Ask::Steps => sends::steps(ctx, slice),
        Ask::Suppressions(path, counted_as) => suppressions(ctx, slice, path, counted_as),
        Ask::Groups => groups(ctx, slice),
        Ask::GroupMembers => group_members(ctx, slice),
        Ask::Messages => messages(ctx, slice),
    }
}

/// Spares a request where the key says itself that it will be refused. A key that does not tell its permissions is tried.
async fn permitted(ctx: &Context, slice: &Slice<'_>, ask: Ask) -> Result<()> {
    let needed = ask.permissions();
    if needed.is_empty() {
        return Ok(());
    }
    let granted = permissions(ctx, slice).await?;
    if granted.is_empty() || granted.iter().any(|granted| needed.iter().any(|needed| covers(granted, needed)))
    {
        return Ok(());
    }
    let message = format!("The key has no permission for {}, so it is not asked.", needed.join(" or "));
    Err(Error::new(ErrorKind::Permission(DeniedScope::Stream), message)
        .with_hint("Add the permission to the key if you need these figures."))
}

/// `stats` is covered by `stats.read` and `stats.global.read`, not by `categories.stats.read`.
fn covers(granted: &str, needed: &str) -> bool {
    granted.strip_prefix(needed).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What the key may do, learned once per run.
async fn permissions(ctx: &Context, slice: &Slice<'_>) -> Result<Vec<String>> {
    let key = format!("permissions/{}", slice.account.id);
    if let Some(known) = ctx.memory.recall(&key) {
        return Ok(known.split_whitespace().map(str::to_owned).collect());
    }
    let granted = match fetch::one(ctx, slice, "/scopes", &[]).await {
        Ok(batch) => {
            let scopes = batch.value.get("scopes").and_then(Value::as_array).into_iter().flatten();
            scopes.filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Err(error)
            if matches!(
                error.kind,
                ErrorKind::Permission(_) | ErrorKind::Rejected | ErrorKind::Drift { .. }
            ) =>
        {
            Vec::new()
        }
        Err(error) => return Err(error),
    };
    ctx.memory.keep(key, granted.join(" "));
    Ok(granted)
}

fn account<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let Batch { value, raw } = fetch::one(ctx, &slice, "/user/account", &[]).await?;
        let record = map::account(&slice, &Node::root(&value, "$"))?;
        yield Page { records: vec![record], rows: 1, raw: Some(raw) };
    };
    pages.boxed()
}

fn category_pages<'a>(ctx: &'a Context, slice: &Slice<'a>) -> Result<BoxStream<'a, Result<Batch>>> {
    let first = request(ctx, Some(slice.account), "/categories", &[])?;
    Ok(fetch::offset_pages(ctx, slice.budget.clone(), first, page_size(ctx, CATEGORIES)))
}

fn categories<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut batches = category_pages(ctx, &slice)?;
        while let Some(batch) = batches.next().await {
            yield mapping::page(batch?, "", |row, records| map::category(&slice, row, records))?;
        }
    };
    pages.boxed()
}

async fn names_of_categories(ctx: &Context, slice: &Slice<'_>) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    let mut known = std::collections::HashSet::new();
    let mut batches = category_pages(ctx, slice)?;
    while let Some(batch) = batches.try_next().await? {
        Node::root(&batch.value, "$").each(|row| {
            let name = row.at("category").need_text()?;
            if known.insert(name.clone()) {
                names.push(name);
            }
            Ok(())
        })?;
    }
    Ok(names)
}

/// Statistics per day: one reply holds a whole window, so neither limit nor offset is sent.
fn statistics<'a>(ctx: &'a Context, slice: Slice<'a>, source: Statistics) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut unlisted = None;
        let (path, parameter, names) = match source {
            Statistics::Account => ("/stats", "", Vec::new()),
            Statistics::Split(path, _) => (path, "", Vec::new()),
            Statistics::Categories => ("/categories/stats", "categories", names_of_categories(ctx, &slice).await?),
            Statistics::Subusers => {
                let listed = subusers(ctx).await?;
                unlisted = listed.as_ref().err().cloned();
                ("/subusers/stats", "subusers", listed.unwrap_or_default())
            }
        };
        let mut groups: Vec<&[String]> = names.chunks(NAMES).collect();
        // Without categories there is nothing to ask. Whether the plan has sub-users shows only when they are asked for.
        if source != Statistics::Categories && groups.is_empty() {
            groups.push(&[]);
        }
        let (from, until) = (slice.days.from().to_string(), slice.days.until().to_string());
        let mut seen = Seen::default();
        for group in groups {
            let mut query = vec![
                ("start_date", from.as_str()),
                ("end_date", until.as_str()),
                ("aggregated_by", "day"),
            ];
            query.extend(group.iter().map(|name| (parameter, name.as_str())));
            let answer = fetch::one(ctx, &slice, path, &query).await;
            let is_guess = source == Statistics::Subusers && group.is_empty();
            match spare(answer, if is_guess { &["400", "404"] } else { &[] })? {
                Some(batch) => yield map::statistics(&slice, source, batch, &mut seen)?,
                // Neither names nor figures: it was refused, and is not empty.
                None => match unlisted.take() {
                    Some(refusal) => Err(refusal)?,
                    None => break,
                },
            }
        }
        // Splits have only some of the counters.
        if !matches!(source, Statistics::Split(..)) {
            yield Page::of_warnings(seen.missing_measures(&slice, map::MEASURES));
        }
    };
    pages.boxed()
}

/// Where they can't be listed, their statistics are asked for nevertheless, and what is refused then is told: the refusal of
/// the list is no failure yet.
async fn subusers(ctx: &Context) -> Result<Result<Vec<String>>> {
    match discovery::subusers(ctx).await {
        Err(error) if !matches!(error.kind, ErrorKind::Permission(_)) => Err(error),
        listed => Ok(listed),
    }
}

fn midnight(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp()
}

/// The newest come first, so all pages are read before anything is known. Not even raw pages are kept: they hold
/// addresses.
fn suppressions<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    path: &'static str,
    counted_as: &'static str,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let start = (midnight(slice.days.from()) - EARLIER).to_string();
        let end = midnight(slice.days.until() + Days::new(1)).to_string();
        let query = [("start_time", start.as_str()), ("end_time", end.as_str())];
        let first = request(ctx, Some(slice.account), path, &query)?;
        let mut events = Events::default();
        let mut rows = 0;
        let size = page_size(ctx, SUPPRESSIONS);
        let mut batches = fetch::offset_pages(ctx, slice.budget.clone(), first, size);
        while let Some(batch) = batches.try_next().await? {
            rows += Node::root(&batch.value, "$").each(|row| {
                let day = map::day_of_epoch(&row.at("created"))?;
                let email = row.at("email").need_text()?;
                if slice.days.contains(day) {
                    events.add(&slice.account.id, day, Counted::Extra(counted_as), vec![email]);
                }
                Ok(())
            })? as u64;
        }
        yield Page { records: events.records(&slice, EntityKind::Account), rows, raw: None };
    };
    pages.boxed()
}

fn groups<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let batch = fetch::one(ctx, &slice, "/asm/groups", &[]).await?;
        yield mapping::page(batch, "", |row, records| map::group(&slice, row, records))?;
    };
    pages.boxed()
}

fn group_members<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let batch = fetch::one(ctx, &slice, "/asm/groups", &[]).await?;
        let mut groups = Vec::new();
        mapping::page(batch, "", |row, _| map::group(&slice, row, &mut groups))?;
        for group in groups {
            let Record::Entity(mut group) = group else { continue };
            let path = format!("/asm/groups/{}/suppressions", group.id);
            let Some(batch) = spare(fetch::one(ctx, &slice, &path, &[]).await, GONE)? else { continue };
            let count = Node::root(&batch.value, "$").array()?.len() as u64;
            group.attributes.insert("suppressed".into(), count.into());
            yield Page { records: vec![Record::Entity(group)], rows: count, raw: None };
        }
    };
    pages.boxed()
}

/// Messages by their last event. An answer that is full may hide others: then fewer days are asked for.
fn messages<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let end = slice.days.until() + Days::new(1);
        let query = format!(
            "last_event_time BETWEEN TIMESTAMP \"{}T00:00:00Z\" AND TIMESTAMP \"{end}T00:00:00Z\"",
            slice.days.from()
        );
        let limit = MESSAGES.to_string();
        let query = [("query", query.as_str()), ("limit", limit.as_str())];
        let request = request(ctx, Some(slice.account), "/messages", &query)?.within(MESSAGE_RATE);
        let batch = ctx.session.batch(&request, &slice.budget, judge).await?;
        let mut events = Events::default();
        let rows = Node::root(&batch.value, "$").at("messages").each(|row| {
            let last = row.at("last_event_time");
            let at = last.instant()?.ok_or_else(|| last.drift("it is missing, so the row belongs nowhere"))?;
            let counted = match row.at("status").filled()?.as_deref() {
                Some("delivered") => "messages_delivered",
                Some("not_delivered") => "messages_not_delivered",
                _ => "messages_under_way",
            };
            if slice.days.contains(at.date_naive()) {
                let key = vec![row.at("msg_id").need_text()?];
                events.add(&slice.account.id, at.date_naive(), Counted::Extra(counted), key);
            }
            Ok(())
        })?;
        if rows >= MESSAGES {
            let message = format!("SendGrid lists no more than {MESSAGES} messages; further ones are not counted.");
            if slice.days.len() > 1 {
                Err(Error::too_much(message.as_str()))?;
            }
            yield Page::of_warnings([Warning::stream(&slice.account.id, slice.stream.name, message)]);
        }
        yield Page { records: events.records(&slice, EntityKind::Account), rows: rows as u64, raw: None };
    };
    pages.boxed()
}
