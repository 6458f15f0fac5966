//! Reads one stream for some days, once.

use super::auth::{Family, get, page_size, request};
use super::crm::{self, Mapper, Stages};
use super::failure::GONE;
use super::fetch::{self, Filter, Search};
use super::streams::{Ask, DEALS, LIFECYCLE, Object, ask};
use super::{discovery, map};
use crate::connector::{Context, Slice};
use crate::crm::CrmKind;
use crate::error::{Error, ErrorKind, Result, spare};
use crate::http::{Batch, Node};
use crate::mapping::{self, Seen};
use crate::record::{FactRecord, Page, Record, Warning};
use async_stream::try_stream;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use http::Method;
use model::entities::EntityKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The search's index lags behind what was written.
const INDEX_LAG: TimeDelta = TimeDelta::minutes(10);

/// E-mails in these states were never sent, so they are not asked for figures.
const NEVER_SENT: &[&str] =
    &["DRAFT", "DRAFT_AB", "DRAFT_AB_VARIANT", "SCHEDULED", "SCHEDULED_AB", "PAGE_STUB"];

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let Some(ask) = ask(slice.stream.name) else {
        let error = Error::configuration(format!("HubSpot has no stream {:?}.", slice.stream.name));
        return futures_util::stream::iter([Err(error)]).boxed();
    };
    match ask {
        Ask::Account => account(ctx, slice),
        Ask::Owners => rows(ctx, slice, Family::Owners, "", 500, &[("archived", "false")], map::owner),
        Ask::Pipelines => pipelines(ctx, slice),
        Ask::Changed(object) => records(ctx, slice, object, changed),
        Ask::Open => records(ctx, slice, &DEALS, |_, _, _| still_open()),
        Ask::All(object) => all(ctx, slice, object),
        Ask::Archived(object) => archived(ctx, slice, object),
        Ask::History => history(ctx, slice),
        Ask::Links => links(ctx, slice),
        Ask::Emails => rows(ctx, slice, Family::Marketing, "/emails", 100, &[], map::email),
        Ask::EmailDays => email_days(ctx, slice),
        Ask::EmailTotals => email_totals(ctx, slice),
        Ask::Forms => rows(ctx, slice, Family::Marketing, "/forms", 100, &[], map::form),
        Ask::Submissions => submissions(ctx, slice),
    }
}

/// Puts the rows of a row-by-row listing behind each other.
type Map = fn(&Slice<'_>, &Node<'_>, &mut Vec<Record>) -> Result<()>;

/// A list whose rows are mapped one by one.
fn rows<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    family: Family,
    path: &'a str,
    most: u32,
    query: &'a [(&'a str, &'a str)],
    map: Map,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut batches = listed(ctx, &slice, family, path, most, query)?;
        while let Some(batch) = batches.next().await {
            yield map::page(batch?, |row, records| map(&slice, row, records))?;
        }
    };
    pages.boxed()
}

fn listed<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    family: Family,
    path: &str,
    most: u32,
    query: &[(&str, &str)],
) -> Result<BoxStream<'a, Result<Batch>>> {
    let mut request = get(ctx, family, path, query)?;
    request.url.query_pairs_mut().append_pair("limit", &page_size(ctx, most).to_string());
    Ok(fetch::list(ctx, slice, request))
}

fn account<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let Batch { value, raw } = discovery::details(ctx, &slice.budget).await?;
        let record = map::account(&slice, &Node::root(&value, "$"))?;
        yield Page { records: vec![record], rows: 1, raw: Some(raw) };
    };
    pages.boxed()
}

fn pipelines<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let batch = pipelines_of_deals(ctx, &slice).await?;
        yield map::page(batch, |row, records| map::pipeline(&slice, row, records))?;
    };
    pages.boxed()
}

async fn pipelines_of_deals(ctx: &Context, slice: &Slice<'_>) -> Result<Batch> {
    fetch::one(ctx, slice, get(ctx, Family::Pipelines, "/deals", &[])?).await
}

/// The stages of deals, learned once per run. Where they may not be read, deals are, but nobody knows which are closed.
async fn stages(ctx: &Context, slice: &Slice<'_>, object: &Object) -> Result<(Stages, Option<Warning>)> {
    const KEY: &str = "pipelines";
    if object.kind != CrmKind::Deal {
        return Ok((Stages::default(), None));
    }
    if let Some(known) = ctx.memory.recall(KEY).and_then(|text| serde_json::from_str(&text).ok()) {
        return Ok((Stages::read(&known)?, None));
    }
    match pipelines_of_deals(ctx, slice).await {
        Ok(batch) => {
            ctx.memory.keep(KEY, batch.value.to_string());
            Ok((Stages::read(&batch.value)?, None))
        }
        Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
            let message =
                format!("Stages can't be read, so open and lost deals can't be told. {}", error.message);
            let warning = Warning::stream(&slice.account.id, slice.stream.name, message);
            Ok((Stages::default(), Some(warning)))
        }
        Err(error) => Err(error),
    }
}

/// Records by search, with stages where they are deals.
fn records<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    object: &'static Object,
    groups: fn(&Context, &Slice<'_>, &Object) -> Vec<Vec<Filter>>,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let (stages, warning) = stages(ctx, &slice, object).await?;
        yield Page::of_warnings(warning);
        let mut mapper = Mapper::new(&slice, object, stages);
        let groups = groups(ctx, &slice, object);
        let mut batches = fetch::search(ctx, &slice, Search { object, groups, properties: properties(object) });
        while let Some(batch) = batches.next().await {
            yield mapper.page(batch?)?;
        }
        yield Page::of_warnings(mapper.warnings());
    };
    pages.boxed()
}

fn properties(object: &Object) -> Vec<&'static str> {
    let stages = LIFECYCLE.iter().filter(|_| object.has_lifecycle).flat_map(|(_, names)| names.iter());
    object.properties.iter().chain(stages).copied().collect()
}

/// What was changed on the days of the slice; with the newest day, everything since.
fn changed(ctx: &Context, slice: &Slice<'_>, object: &Object) -> Vec<Vec<Filter>> {
    let now = ctx.session.now();
    let mut filters = vec![Filter::since(object.changed, midnight(slice.days.from()) - INDEX_LAG)];
    let is_newest = slice.days.until() >= slice.account.today(now).min(now.date_naive());
    if !is_newest {
        filters.push(Filter::before(object.changed, midnight(slice.days.until() + Days::new(1))));
    }
    vec![filters]
}

/// What the vendor takes for open; the stage of each then decides.
fn still_open() -> Vec<Vec<Filter>> {
    let property = "hs_is_closed";
    vec![
        vec![Filter { property, operator: "EQ", value: Some("false".into()) }],
        vec![Filter { property, operator: "NOT_HAS_PROPERTY", value: None }],
    ]
}

/// The start of a day. Moments of HubSpot belong to their UTC day.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

fn written(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn all<'a>(ctx: &'a Context, slice: Slice<'a>, object: &'static Object) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let (stages, warning) = stages(ctx, &slice, object).await?;
        yield Page::of_warnings(warning);
        let mut mapper = Mapper::new(&slice, object, stages);
        let names = properties(object).join(",");
        let path = format!("/{}", object.path);
        let mut batches = listed(ctx, &slice, Family::Objects, &path, 100, &[("properties", &names)])?;
        while let Some(batch) = batches.next().await {
            yield mapper.page(batch?)?;
        }
        yield Page::of_warnings(mapper.warnings());
    };
    pages.boxed()
}

fn archived<'a>(ctx: &'a Context, slice: Slice<'a>, object: &'static Object) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let path = format!("/{}", object.path);
        let mut batches = listed(ctx, &slice, Family::Objects, &path, 100, &[("archived", "true")])?;
        while let Some(batch) = batches.next().await {
            yield crm::archived(&slice, object.kind, batch?)?;
        }
    };
    pages.boxed()
}

fn history<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let query = [("propertiesWithHistory", "dealstage,pipeline,amount")];
        let mut batches = listed(ctx, &slice, Family::Objects, "/deals", 50, &query)?;
        while let Some(batch) = batches.next().await {
            yield crm::history(&slice, batch?)?;
        }
    };
    pages.boxed()
}

/// Searches never say what belongs together: the deals are found first, then their contacts are asked for.
fn links<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let search = Search {
            object: &DEALS,
            groups: changed(ctx, &slice, &DEALS),
            properties: vec![DEALS.changed],
        };
        let mut failed: BTreeMap<String, (u64, String)> = BTreeMap::new();
        let mut deals = fetch::search(ctx, &slice, search);
        while let Some(batch) = deals.next().await {
            let ids = ids(&batch?.value)?;
            if ids.is_empty() {
                continue;
            }
            let inputs: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
            let request = request(ctx, Method::POST, Family::Associations, "/deals/contacts/batch/read")?
                .json(json!({ "inputs": inputs }));
            let batch = fetch::one(ctx, &slice, request).await?;
            for (kind, count, message) in crm::partial_errors(&batch.value) {
                failed.entry(kind).or_insert_with(|| (0, message)).0 += count;
            }
            yield crm::links(&slice, batch)?;
        }
        yield Page::of_warnings(failed.into_iter().map(|(kind, (count, first))| {
            let message = format!("HubSpot has no answer for {count} deals ({kind}); the first: {first}");
            Warning::stream(&slice.account.id, slice.stream.name, message)
        }));
    };
    pages.boxed()
}

fn ids(page: &Value) -> Result<Vec<String>> {
    let root = Node::root(page, "$");
    let results = root.at("results");
    (0..results.array()?.len()).map(|index| results.nth(index).at("id").need_text()).collect()
}

/// Ids of the rows that `keep` accepts, over all pages.
async fn ids_of(
    batches: BoxStream<'_, Result<Batch>>,
    keep: impl Fn(&Node<'_>) -> Result<bool>,
) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    let mut batches = batches;
    while let Some(batch) = batches.try_next().await? {
        let root = Node::root(&batch.value, "$");
        let results = root.at("results");
        for index in 0..results.array()?.len() {
            let row = results.nth(index);
            if keep(&row)? {
                ids.push(row.at("id").need_text()?);
            }
        }
    }
    Ok(ids)
}

/// One call per e-mail: without an id the vendor adds all of them up. A day more is asked for on both sides, because an
/// interval that is cut by the range is not whole.
fn email_days<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let emails = listed(ctx, &slice, Family::Marketing, "/emails", 100, &[])?;
        let end = midnight(slice.days.until() + Days::new(2));
        let emails = ids_of(emails, |row| {
            let state = row.at("state").text()?.unwrap_or_default();
            let is_published = row.at("isPublished").boolean()?.unwrap_or(false);
            let is_there = row.at("createdAt").instant()?.is_none_or(|at| at < end);
            Ok(is_there && (is_published || !NEVER_SENT.contains(&state.as_str())))
        })
        .await?;
        let (from, until) = (written(midnight(slice.days.from() - Days::new(1))), written(end));
        let mut seen = Seen::default();
        for email in emails {
            let query = [
                ("emailIds", email.as_str()),
                ("interval", "DAY"),
                ("startTimestamp", from.as_str()),
                ("endTimestamp", until.as_str()),
            ];
            let request = get(ctx, Family::Marketing, "/emails/statistics/histogram", &query)?;
            let mut batches = fetch::list(ctx, &slice, request);
            // One that was deleted since it was listed is left out.
            while let Some(batch) = spare(batches.next().await.transpose(), GONE)?.flatten() {
                yield map::page(batch, |row, records| {
                    seen.fields_of(&row.at("aggregations"))?;
                    map::interval(&slice, &email, row, records)
                })?;
            }
        }
        yield Page::of_warnings(seen.missing(&slice, ["counters"]));
    };
    pages.boxed()
}

/// The portal's totals of each day.
fn email_totals<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        for day in slice.days.days() {
            let (from, until) = (written(midnight(day)), written(midnight(day + Days::new(1))));
            let query = [("startTimestamp", from.as_str()), ("endTimestamp", until.as_str())];
            let request = get(ctx, Family::Marketing, "/emails/statistics/list", &query)?;
            let batch = fetch::one(ctx, &slice, request).await?;
            let row = mapping::fact(&slice, EntityKind::Account, slice.account.id.clone(), day);
            let root = Node::root(&batch.value, "$");
            let fact = map::counted(&root.at("aggregate").at("counters"), row)?;
            yield Page { records: fact.into_iter().map(Record::Fact).collect(), rows: 1, raw: Some(batch.raw) };
        }
    };
    pages.boxed()
}

/// Submissions come newest first, so that reading ends behind the first day. What people wrote is not kept, not even as
/// a raw page.
fn submissions<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let forms = listed(ctx, &slice, Family::Marketing, "/forms", 100, &[])?;
        for form in ids_of(forms, |_| Ok(true)).await? {
            match submissions_of(ctx, &slice, &form).await {
                Ok(page) => yield page,
                Err(error)
                    if error.kind == ErrorKind::Rejected || error.is_any_of(GONE) =>
                {
                    let message = format!("Submissions of form {form} can't be read. {}", error.message);
                    let place = Warning::stream(&slice.account.id, slice.stream.name, message);
                    yield Page::of_warnings([place]);
                }
                Err(error) => Err(error)?,
            }
        }
    };
    pages.boxed()
}

async fn submissions_of(ctx: &Context, slice: &Slice<'_>, form: &str) -> Result<Page> {
    let mut days: BTreeMap<NaiveDate, u64> = BTreeMap::new();
    let mut known = std::collections::HashSet::new();
    let mut rows = 0;
    let mut batches = listed(ctx, slice, Family::Submissions, &format!("/{form}"), 50, &[])?;
    while let Some(batch) = batches.try_next().await? {
        let root = Node::root(&batch.value, "$");
        let results = root.at("results");
        let mut oldest = None;
        for index in 0..results.array()?.len() {
            let row = results.nth(index);
            let at = row.at("submittedAt");
            let day = at.instant()?.ok_or_else(|| at.drift("it is missing, so the row belongs nowhere"))?;
            let day = day.date_naive();
            rows += 1;
            oldest = Some(day);
            let is_new = row.at("conversionId").filled()?.is_none_or(|id| known.insert(id));
            if is_new && slice.days.contains(day) {
                *days.entry(day).or_default() += 1;
            }
        }
        if oldest.is_some_and(|day| day < slice.days.from()) {
            break;
        }
    }
    let fact = |(day, count): (NaiveDate, u64)| {
        let mut fact: FactRecord = mapping::fact(slice, EntityKind::Form, form.to_owned(), day);
        fact.extra.insert("form_submissions".into(), count.into());
        Record::Fact(fact)
    };
    Ok(Page { records: days.into_iter().map(fact).collect(), rows, raw: None })
}
