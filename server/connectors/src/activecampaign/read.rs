//! Reads one stream for some days, once.

use super::fetch::{GONE, Question, all, me, midnight, pages, pages_by_id};
use super::streams::{Ask, Detail, ask};
use super::{crm, deals, map, people};
use crate::connector::{Context, Slice};
use crate::crm::Origin;
use crate::error::{Error, Result, spare};
use crate::http::Node;
use crate::mapping::{Seen, needed_page, page};
use crate::record::{EntityRecord, Page, Record};
use async_stream::try_stream;
use chrono::Days;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use std::collections::HashSet;

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let Some(ask) = ask(slice.stream.name) else {
        let error = Error::configuration(format!("ActiveCampaign has no stream {:?}.", slice.stream.name));
        return futures_util::stream::iter([Err(error)]).boxed();
    };
    match ask {
        Ask::Me => user(ctx, slice),
        Ask::Automations => {
            rows(ctx, slice, "/automations", |slice, row| Ok(Record::Entity(map::automation(slice, row)?)))
        }
        Ask::AutomationCampaigns => automation_campaigns(ctx, slice),
        Ask::Enrolments => people::enrolments(ctx, slice),
        Ask::Campaigns => campaigns(ctx, slice),
        Ask::Details(detail) => details(ctx, slice, detail),
        Ask::Lists => lists(ctx, slice),
        Ask::Members => people::members(ctx, slice),
        Ask::Pipelines => rows(ctx, slice, "/dealGroups", map::pipeline),
        Ask::Stages => rows(ctx, slice, "/dealStages", map::stage),
        Ask::History => deals::history(ctx, slice),
        Ask::Deals(which) => deals::deals(ctx, slice, which),
        Ask::Roster => deals::roster(ctx, slice),
        Ask::Contacts => contacts(ctx, slice),
    }
}

/// The answer holds an address, so it is not kept.
fn user<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let batch = me(ctx, &slice.budget).await?;
        let record = map::me(&slice, &Node::root(&batch.value, "$").at("user"))?;
        yield Page { records: vec![record], rows: 1, raw: None };
    };
    stream.boxed()
}

/// A list whose rows are mapped one by one; its path is also the name of the rows.
fn rows<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    path: &'static str,
    map: fn(&Slice<'_>, &Node<'_>) -> Result<Record>,
) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let mut batches = pages(ctx, &slice, Question::new(path, path));
        while let Some(batch) = batches.next().await {
            yield needed_page(batch?, path, |row, records| {
                records.push(map(&slice, row)?);
                Ok(())
            })?;
        }
    };
    stream.boxed()
}

/// There is no filter by days, and a campaign's own moment of change does not move when opens arrive.
fn all_campaigns() -> Question {
    Question::new("/campaigns", "/campaigns").with("orders[sdate]", "DESC")
}

/// What campaigns have come to stands under the day of their sending. Automated e-mails go on gaining for ever, so that
/// their figures also come with the newest days, whatever day they stand under.
fn campaigns<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let (mut seen, mut known) = (Seen::default(), HashSet::new());
        let is_newest = slice.days.until() >= ctx.session.now().date_naive();
        let mut batches = pages(ctx, &slice, all_campaigns());
        while let Some(batch) = batches.next().await {
            yield needed_page(batch?, "/campaigns", |row, records| {
                // One that moved to the next page meanwhile comes twice.
                if !known.insert(row.at("id").need_text()?) {
                    return Ok(());
                }
                seen.fields_of(row)?;
                let automation = map::automation_of(row)?;
                records.push(Record::Entity(map::campaign(&slice, row, automation)?));
                let always = is_newest && map::is_automated(row)?;
                let is_wanted =
                    |day| slice.days.contains(day) || (always && day < slice.days.from());
                records.extend(map::figures(&slice, row)?.filter(|f| is_wanted(f.date)).map(Record::Fact));
                Ok(())
            })?;
        }
        yield Page::of_warnings(seen.missing_measures(&slice, map::FIGURES));
    };
    stream.boxed()
}

/// Campaigns that were sent on the days of the slice or lately, each once.
async fn sent_lately(ctx: &Context, slice: &Slice<'_>) -> Result<Vec<EntityRecord>> {
    let lookback = ctx.settings.integer("campaign_lookback_days").unwrap_or(60);
    let since = ctx.session.now().date_naive() - Days::new(u64::from(lookback));
    let mut known = HashSet::new();
    all(ctx, slice, all_campaigns(), |row| {
        let is_wanted =
            map::day(&row.at("sdate"))?.is_some_and(|day| day >= since || slice.days.contains(day));
        if !is_wanted || !known.insert(row.at("id").need_text()?) {
            return Ok(None);
        }
        map::campaign(slice, row, map::automation_of(row)?).map(Some)
    })
    .await
}

/// More about each campaign that was sent lately. One that is gone by now is left out.
fn details<'a>(ctx: &'a Context, slice: Slice<'a>, detail: Detail) -> BoxStream<'a, Result<Page>> {
    let (path, name) = match detail {
        Detail::Lists => ("/campaignLists", "lists"),
        Detail::Links => ("/links", "links"),
        Detail::Revenues => ("/aggregateRevenues", "aggregate_revenues"),
    };
    let stream = try_stream! {
        for campaign in sent_lately(ctx, &slice).await? {
            let mut batches = pages(ctx, &slice, Question::about("/campaigns/", &campaign.id, path, path)?);
            while let Some(batch) = batches.next().await {
                let Some(batch) = spare(batch, GONE)? else { break };
                let root = Node::root(&batch.value, "$");
                let record = map::detail(&campaign, name, &root.at(&path[1..]), |row| match detail {
                    Detail::Lists => match map::text(&row.at("list"))? {
                        None => map::text(&row.at("listid")),
                        list => Ok(list),
                    },
                    Detail::Links => map::text(&row.at("link")),
                    Detail::Revenues => map::plain(row),
                })?;
                let page = page(batch, path, |_, _| Ok(()))?;
                yield Page { records: record.into_iter().collect(), ..page };
            }
        }
    };
    stream.boxed()
}

/// Campaigns of each automation, below it.
fn automation_campaigns<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let listed = Question::new("/automations", "/automations");
        for automation in all(ctx, &slice, listed, |row| row.at("id").need_text().map(Some)).await? {
            let question = Question::about("/automations/", &automation, "/campaigns", "/campaigns")?;
            let mut batches = pages(ctx, &slice, question);
            while let Some(batch) = batches.next().await {
                let Some(batch) = spare(batch, GONE)? else { break };
                yield needed_page(batch, "/campaigns", |row, records| {
                    records.push(Record::Entity(map::campaign(&slice, row, Some(automation.clone()))?));
                    Ok(())
                })?;
            }
        }
    };
    stream.boxed()
}

fn lists<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let (mut seen, mut known) = (Seen::default(), HashSet::new());
        let mut batches = pages(ctx, &slice, Question::new("/lists", "/lists"));
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let today = batch.raw.fetched_at.date_naive();
            yield needed_page(batch, "/lists", |row, records| {
                if known.insert(row.at("id").need_text()?) {
                    seen.fields_of(row)?;
                    records.extend(map::list(&slice, row, today)?.into_iter().flatten());
                }
                Ok(())
            })?;
        }
        yield Page::of_warnings(seen.missing_measures(&slice, map::MEMBERS));
    };
    stream.boxed()
}

/// Contacts of every status that were changed since the first day. Names and addresses are not kept, not even as raw
/// pages.
fn contacts<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let stream = try_stream! {
        let question = Question::new("/contacts", "/contacts")
            .with("status", "-1")
            .with("filters[updated_after]", midnight(slice.days.from() - Days::new(1)));
        let mut batches = pages_by_id(ctx, &slice, question);
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let origin = Origin::new(&slice, batch.raw.fetched_at);
            let page = needed_page(batch, "/contacts", |row, records| {
                records.push(crm::contact(row, &origin)?);
                Ok(())
            })?;
            yield Page { raw: None, ..page };
        }
    };
    stream.boxed()
}
