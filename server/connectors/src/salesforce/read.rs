//! Reads one stream for some days, once.

use super::auth::{self, listed};
use super::crm::{self, Mapper};
use super::history::{Histories, Statuses};
use super::map;
use super::soql::{self, Query};
use super::streams::{
    Ask, CAMPAIGN, CURRENCY, FIELD_HISTORY, HISTORY, LEAD, LEAD_HISTORY, MEMBER, OPPORTUNITY, Object, STAGE,
    ask,
};
use super::{discovery, events, fetch};
use crate::connector::{Context, Slice};
use crate::crm::{LifecycleStage, Origin};
use crate::error::{Error, ErrorKind, Result, spare};
use crate::fields::{Fields, read_without_refused};
use crate::mapping::Seen;
use crate::record::{Page, Warning};
use async_stream::try_stream;
use chrono::{SecondsFormat, TimeDelta};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

/// Deletions are kept for 30 days; to ask for more is refused.
const DELETIONS_KEPT: TimeDelta = TimeDelta::days(29);

const BY_CHANGE: &str = "SystemModstamp ASC, Id ASC";

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let Some(ask) = ask(slice.stream.name) else {
        let error = Error::configuration(format!("Salesforce has no stream {:?}.", slice.stream.name));
        return futures_util::stream::iter([Err(error)]).boxed();
    };
    match ask {
        Ask::Organization => organization(ctx, slice),
        Ask::Currencies => currencies(ctx, slice),
        Ask::Stages => selected(ctx, slice, &STAGE, STAGE.fields(), stages),
        Ask::Deleted(object) => deleted(ctx, slice, object),
        Ask::Deals => deals(ctx, slice, changed_deals),
        Ask::OpenDeals => deals(ctx, slice, open_deals),
        Ask::History => selected(ctx, slice, &HISTORY, HISTORY.fields(), history),
        Ask::FieldHistory => selected(ctx, slice, &FIELD_HISTORY, FIELD_HISTORY.fields(), field_history),
        Ask::Leads => selected(ctx, slice, &LEAD, LEAD.fields(), leads),
        Ask::Statuses => selected(ctx, slice, &LEAD_HISTORY, LEAD_HISTORY.fields(), events::statuses),
        Ask::Campaigns => campaigns(ctx, slice),
        Ask::Responses => selected(ctx, slice, &MEMBER, MEMBER.fields(), events::responses),
    }
}

/// Reads rows with these fields.
type Read = for<'a> fn(&'a Context, Slice<'a>, &'static Object, Fields) -> BoxStream<'a, Result<Page>>;

/// Reads with all fields, and again without each one that the profile can't see.
fn selected<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    object: &'static Object,
    fields: Fields,
    read: Read,
) -> BoxStream<'a, Result<Page>> {
    let again = slice.clone();
    read_without_refused(ctx, &slice, fields, refused, move |fields| read(ctx, again.clone(), object, fields))
}

/// The field of `No such column 'Foo' on entity 'Account'`. What stands before it quotes the query, with other fields.
fn refused(fields: &Fields, error: &Error) -> Option<String> {
    if error.vendor_code.as_deref() != Some("INVALID_FIELD") {
        return None;
    }
    let (_, rest) = error.message.split_once("No such column '")?;
    let (name, _) = rest.split_once('\'')?;
    fields.optional().iter().find(|field| field.as_str() == name).cloned()
}

fn organization<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let batch = discovery::organization(ctx, &slice.budget).await?;
        yield map::page(batch, |row, records| {
            records.push(map::organization(&slice, row)?);
            Ok(())
        })?;
    };
    pages.boxed()
}

fn currencies<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        if let Some(batch) = discovery::currencies(ctx, &slice.budget).await? {
            yield map::page(batch, |row, records| map::currency(&slice, row, records))?;
        }
    };
    pages.boxed()
}

fn stages<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    object: &'static Object,
    fields: Fields,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut batches = fetch::query(ctx, &slice, Query::of(object.name).text(&fields));
        while let Some(batch) = batches.next().await {
            yield map::page(batch?, |row, records| map::stage(&slice, row, records))?;
        }
    };
    pages.boxed()
}

/// Rows that are gone for good are in no query any more.
fn deleted<'a>(ctx: &'a Context, slice: Slice<'a>, object: &'static Object) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let now = ctx.session.now();
        let written = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, false);
        let (start, end) = (written(now - DELETIONS_KEPT), written(now));
        let path = format!("/sobjects/{}/deleted/", object.name);
        let request = auth::data(ctx, &slice.budget, &path, &[("start", &start), ("end", &end)]).await?;
        let answer = fetch::batch(ctx, &request, &slice.budget).await;
        match spare(answer, &["INVALID_REPLICATION_DATE", "NOT_FOUND", "404"])? {
            Some(batch) => yield crm::deleted(&slice, object, batch)?,
            None => {
                let message = "The org does not say what was deleted; the recycle bin is read all the same.";
                yield Page::of_warnings([Warning::stream(&slice.account.id, slice.stream.name, message)]);
            }
        }
    };
    pages.boxed()
}

fn changed_deals(ctx: &Context, slice: &Slice<'_>) -> Query {
    let conditions = soql::changed("SystemModstamp", slice, ctx.session.now());
    Query { object: OPPORTUNITY.name, conditions, order: BY_CHANGE }
}

fn open_deals(_: &Context, _: &Slice<'_>) -> Query {
    let conditions = vec!["IsClosed = false".to_owned(), "IsDeleted = false".to_owned()];
    Query { object: OPPORTUNITY.name, conditions, order: "Id ASC" }
}

/// Deals with the fields that their description names.
fn deals<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    query: fn(&Context, &Slice<'_>) -> Query,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut fields = OPPORTUNITY.fields();
        let known = discovery::described_fields(ctx, &slice.budget).await?;
        let has_currency = known.as_ref().is_none_or(|known| known.contains(CURRENCY));
        if let Some(known) = known {
            let hidden: Vec<String> = fields.optional().iter().filter(|f| !known.contains(*f)).cloned().collect();
            for field in &hidden {
                fields.drop(field);
            }
            yield Page::of_warnings(hidden.iter().map(|field| hidden_field(&slice, field)));
        }
        // Where nobody describes the fields, a refusal tells.
        fields = with_currency(fields, has_currency);
        let again = slice.clone();
        let mut pages = read_without_refused(ctx, &slice, fields, refused, move |fields| {
            let soql = query(ctx, &again).text(&fields);
            mapped(ctx, again.clone(), (&OPPORTUNITY, fields, soql), Statuses::default())
        });
        while let Some(page) = pages.next().await {
            yield page?;
        }
    };
    pages.boxed()
}

fn hidden_field(slice: &Slice<'_>, field: &str) -> Warning {
    let message = "The profile can't see it; it is left out, the rest is read.";
    Warning::field(&slice.account.id, slice.stream.name, field, message)
}

fn with_currency(fields: Fields, is_there: bool) -> Fields {
    if !is_there {
        return fields;
    }
    let optional: Vec<String> = fields.optional().iter().cloned().chain([CURRENCY.to_owned()]).collect();
    let needed: Vec<String> =
        fields.names().filter(|name| !optional.iter().any(|o| o == name)).map(str::to_owned).collect();
    Fields::new(needed, optional)
}

/// Rows of a query as records of a CRM.
fn mapped<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    (object, fields, soql): (&'static Object, Fields, String),
    statuses: Statuses,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut mapper = Mapper::new(&slice, object, statuses);
        let mut batches = fetch::query(ctx, &slice, soql);
        while let Some(batch) = batches.next().await {
            yield mapper.page(batch?)?;
        }
        yield Page::of_warnings(mapper.warnings(|name| fields.names().any(|field| field == name)));
    };
    pages.boxed()
}

/// Whole histories of the deals that were changed in the slice: a row of today is a move or none by the row before it,
/// however old that is.
fn history<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    object: &'static Object,
    fields: Fields,
) -> BoxStream<'a, Result<Page>> {
    let conditions = soql::changed("Opportunity.SystemModstamp", &slice, ctx.session.now());
    let query =
        Query { object: object.name, conditions, order: "OpportunityId ASC, CreatedDate ASC, Id ASC" };
    transitions(ctx, slice, query.text(&fields), ("", "StageName"))
}

fn field_history<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    object: &'static Object,
    fields: Fields,
) -> BoxStream<'a, Result<Page>> {
    let mut conditions = soql::changed("Opportunity.SystemModstamp", &slice, ctx.session.now());
    conditions.push("Field = 'StageName'".into());
    let query =
        Query { object: object.name, conditions, order: "OpportunityId ASC, CreatedDate ASC, Id ASC" };
    transitions(ctx, slice, query.text(&fields), ("OldValue", "NewValue"))
}

fn transitions<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    soql: String,
    values: (&'static str, &'static str),
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let mut histories = Histories::default();
        let mut batches = fetch::query(ctx, &slice, soql);
        let mut seen_at = ctx.session.now();
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            seen_at = batch.raw.fetched_at;
            let rows = histories.take(&batch.value, "OpportunityId", values)?;
            yield Page { records: Vec::new(), rows, raw: Some(batch.raw) };
        }
        let origin = Origin::new(&slice, seen_at);
        let moves = if values.0.is_empty() { histories.moves(&origin) } else { histories.changes(&origin) };
        yield Page { records: crate::crm::records(moves).collect(), ..Page::default() };
    };
    pages.boxed()
}

fn leads<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    object: &'static Object,
    fields: Fields,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let (statuses, warning) = statuses_of_leads(ctx, &slice).await?;
        yield Page::of_warnings(warning);
        let conditions = soql::changed("SystemModstamp", &slice, ctx.session.now());
        let soql = Query { object: object.name, conditions, order: BY_CHANGE }.text(&fields);
        let mut pages = mapped(ctx, slice.clone(), (object, fields, soql), statuses);
        while let Some(page) = pages.next().await {
            yield page?;
        }
    };
    pages.boxed()
}

/// Whole histories of the leads that were changed in the slice, where the settings give a status a meaning.
async fn statuses_of_leads(ctx: &Context, slice: &Slice<'_>) -> Result<(Statuses, Option<Warning>)> {
    let meanings = [(LifecycleStage::Mql, "mql_statuses"), (LifecycleStage::Sql, "sql_statuses")];
    let meanings: Vec<_> = meanings.map(|(stage, setting)| (stage, listed(ctx, setting))).into();
    if meanings.iter().all(|(_, statuses)| statuses.is_empty()) {
        return Ok((Statuses::default(), None));
    }
    let mut conditions = soql::changed("Lead.SystemModstamp", slice, ctx.session.now());
    conditions.push("Field = 'Status'".into());
    let query = Query { object: LEAD_HISTORY.name, conditions, order: "LeadId ASC, CreatedDate ASC, Id ASC" };
    let mut batches = fetch::query(ctx, slice, query.text(&LEAD_HISTORY.fields()));
    let mut histories = Histories::default();
    while let Some(batch) = batches.next().await {
        match batch {
            Ok(batch) => histories.take(&batch.value, "LeadId", ("OldValue", "NewValue"))?,
            Err(error) if matches!(error.kind, ErrorKind::Permission(_)) => {
                let message =
                    format!("The history of leads can't be read, so nobody knows which are ready. {error}");
                let warning = Warning::stream(&slice.account.id, slice.stream.name, message);
                return Ok((Statuses::default(), Some(warning)));
            }
            Err(error) => return Err(error),
        };
    }
    Ok((Statuses::new(histories, meanings), None))
}

fn campaigns<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        // An org has several currencies or one: what opportunities have, campaigns have too.
        let known = discovery::described_fields(ctx, &slice.budget).await?;
        let fields = with_currency(CAMPAIGN.fields(), known.is_none_or(|known| known.contains(CURRENCY)));
        let mut pages = selected(ctx, slice.clone(), &CAMPAIGN, fields, all_campaigns);
        while let Some(page) = pages.next().await {
            yield page?;
        }
    };
    pages.boxed()
}

fn all_campaigns<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    object: &'static Object,
    fields: Fields,
) -> BoxStream<'a, Result<Page>> {
    let query = Query { order: "Id ASC", ..Query::of(object.name) };
    let pages = try_stream! {
        let email_types = listed(ctx, "email_types");
        let mut seen = Seen::default();
        let mut batches = fetch::query(ctx, &slice, query.text(&fields));
        while let Some(batch) = batches.next().await {
            yield map::page(batch?, |row, records| {
                seen.fields_of(row)?;
                map::campaign(&slice, &email_types, row, records)
            })?;
        }
        let watched = object.watched.iter().copied().filter(|name| fields.names().any(|field| field == *name));
        yield Page::of_warnings(seen.missing(&slice, watched));
    };
    pages.boxed()
}
