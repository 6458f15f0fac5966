//! Reads one stream for some days, once.

use super::auth::{page_size, request};
use super::streams::{Ask, ask};
use super::{discovery, fetch, map, reports};
use crate::connector::{Context, Slice};
use crate::error::{Error, Result};
use crate::events::{Counted, Events};
use crate::http::{Batch, Node};
use crate::mapping;
use crate::record::{Page, Record};
use async_stream::try_stream;
use chrono::{Days, NaiveDate};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use metrics::Metric;
use model::entities::EntityKind;
use std::collections::HashMap;

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let Some(ask) = ask(slice.stream.name) else {
        let error = Error::configuration(format!("Constant Contact has no stream {:?}.", slice.stream.name));
        return futures_util::stream::iter([Err(error)]).boxed();
    };
    match ask {
        Ask::Account => account(ctx, slice),
        Ask::Campaigns => campaigns(ctx, slice),
        Ask::Lists => lists(ctx, slice),
        Ask::Contacts => contacts(ctx, slice),
        Ask::Summaries => reports::summaries(ctx, slice),
        Ask::Statistics => reports::statistics(ctx, slice),
        Ask::Activities => reports::activities(ctx, slice),
        Ask::ActivityStatistics => reports::activity_statistics(ctx, slice),
        Ask::Tracking => reports::tracking(ctx, slice),
        Ask::Links => reports::links(ctx, slice),
    }
}

fn account<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let batch = discovery::summary(ctx, &slice.budget).await?;
        let record = map::account(&slice, &Node::root(&batch.value, "$"))?;
        // The raw answer names people.
        yield Page { records: vec![record], rows: 1, raw: None };
    };
    pages.boxed()
}

fn campaigns<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let first = request(ctx, "/emails", &[("limit", &page_size(ctx, 500))])?;
        let mut batches = fetch::pages(ctx, slice.budget.clone(), first);
        while let Some(batch) = batches.next().await {
            yield mapping::needed_page(batch?, "/campaigns", |row, records| map::campaign(&slice, row, records))?;
        }
    };
    pages.boxed()
}

fn lists<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let query = [("include_membership_count", "active"), ("limit", &page_size(ctx, 1_000))];
        let first = request(ctx, "/contact_lists", &query)?;
        let now = ctx.session.now();
        let mut batches = fetch::pages(ctx, slice.budget.clone(), first);
        while let Some(batch) = batches.next().await {
            yield mapping::needed_page(batch?, "/lists", |row, records| map::list(&slice, now, row, records))?;
        }
    };
    pages.boxed()
}

/// The days on which a contact opted in and out.
type Consent = (Option<NaiveDate>, Option<NaiveDate>);

/// Whoever opted in or out on a day was changed on that day or later, so all that were changed since the first day are
/// read. Nothing about them is kept, not even raw pages.
fn contacts<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let since = format!("{}T00:00:00Z", slice.days.from() - Days::new(1));
        let query = [
            ("limit", page_size(ctx, 500)),
            ("updated_after", since),
            ("status", "all".to_owned()),
            ("include", "list_memberships".to_owned()),
        ];
        let query = query.each_ref().map(|(name, value)| (*name, value.as_str()));
        let first = request(ctx, "/contacts", &query)?;
        let mut known: HashMap<String, Consent> = HashMap::new();
        let mut rows = 0;
        let mut batches = fetch::pages(ctx, slice.budget.clone(), first);
        while let Some(batch) = batches.try_next().await? {
            rows += contacts_of(&batch, &mut known)?;
        }
        let mut events = Events::default();
        for (id, (joined, left)) in known {
            let days = [(joined, Metric::SubscribersAdded), (left, Metric::SubscribersRemoved)];
            for (day, metric) in days {
                if let Some(day) = day.filter(|day| slice.days.contains(*day)) {
                    events.add(&slice.account.id, day, Counted::Metric(metric), vec![id.clone()]);
                }
            }
        }
        let records: Vec<Record> = events.records(&slice, EntityKind::Account);
        yield Page { records, rows, raw: None };
    };
    pages.boxed()
}

fn contacts_of(batch: &Batch, known: &mut HashMap<String, Consent>) -> Result<u64> {
    let root = Node::root(&batch.value, "$");
    let count = root.at("contacts").each(|row| {
        let email = row.at("email_address");
        let day = |name: &str| Ok::<_, Error>(email.at(name).instant()?.map(|at| at.date_naive()));
        known.insert(row.at("contact_id").need_text()?, (day("opt_in_date")?, day("opt_out_date")?));
        Ok(())
    })?;
    Ok(count as u64)
}
