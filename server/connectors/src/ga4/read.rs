//! Reads one stream for some days, once; a column that Google refuses is left out and named.

use super::auth::{data_request, names};
use super::failure::judge;
use super::map::Mapper;
use super::streams::{Call, Columns, call};
use super::{fetch, snapshots};
use crate::connector::{Context, Slice};
use crate::error::{Error, ErrorKind, Result};
use crate::fields::{Fields, read_without_refused};
use crate::record::Page;
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use serde_json::{Value, json};

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    match call(slice.stream.name) {
        Ok(Call::Report(columns)) => report(ctx, &slice, Columns::of(columns)),
        Ok(Call::OwnReport) => report(ctx, &slice, Columns::of_settings(&ctx.settings)),
        Ok(Call::Funnel) => stream::once(funnel(ctx, slice)).boxed(),
        Ok(Call::Property) => stream::once(async move { snapshots::property(ctx, &slice).await }).boxed(),
        Ok(Call::Metadata) => stream::once(async move { snapshots::metadata(ctx, &slice).await }).boxed(),
        Ok(Call::Realtime) => stream::once(async move { snapshots::realtime(ctx, &slice).await }).boxed(),
        Err(error) => stream::iter([Err(error)]).boxed(),
    }
}

fn report<'a>(ctx: &'a Context, slice: &Slice<'a>, columns: Columns) -> BoxStream<'a, Result<Page>> {
    let fields = columns.fields();
    let refused = {
        let columns = columns.clone();
        move |fields: &Fields, error: &Error| refused(&columns, fields, error)
    };
    let read = {
        let slice = slice.clone();
        move |fields| attempt(ctx, slice.clone(), columns.clone(), fields)
    };
    read_without_refused(ctx, slice, fields, refused, read)
}

fn attempt<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    columns: Columns,
    fields: Fields,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let size = ctx.settings.integer("page_size").unwrap_or(1);
        let body = fetch::body(&columns, &fields, slice.days, size);
        let mut mapper = Mapper::new(slice.stream, slice.account, slice.days);
        let mut batches = fetch::report(ctx, &slice.account.id, body, &slice.budget);
        while let Some(batch) = batches.next().await {
            yield mapper.page(batch?)?;
        }
        yield mapper.finish(fields.names());
    };
    pages.boxed()
}

/// The column that a refusal is about, if the report can do without it: "Did you mean a? Field b is not a valid metric."
/// and "Please remove a, b to make the request compatible." A report keeps one metric at least.
fn refused(columns: &Columns, fields: &Fields, error: &Error) -> Option<String> {
    if error.kind != ErrorKind::Rejected {
        return None;
    }
    let between = |start: &str, end: &str| {
        let (_, rest) = error.message.split_once(start)?;
        rest.split_once(end).map(|(found, _)| found)
    };
    let said = between("Field ", " is not a valid").or_else(|| between("Please remove ", " to make"))?;
    let field = fields.dispensable(said)?;
    let metrics_left = fields.names().filter(|name| columns.is_metric(name)).count();
    (!columns.is_metric(&field) || metrics_left > 1).then_some(field)
}

async fn funnel(ctx: &Context, slice: Slice<'_>) -> Result<Page> {
    let steps = names(ctx.settings.get("funnel_steps"));
    if steps.is_empty() {
        return Err(Error::configuration("The stream funnel has no steps.")
            .with_hint("Name its events in the setting funnel_steps, for example view_item,purchase."));
    }
    let steps: Vec<Value> = steps
        .iter()
        .map(|event| {
            let filter = json!({ "funnelEventFilter": { "eventName": event } });
            json!({ "name": event, "filterExpression": filter })
        })
        .collect();
    let day = slice.days.from();
    let request =
        data_request(ctx, "funnel_api_version", &slice.account.id, "runFunnelReport")?.json(json!({
            "dateRanges": [{ "startDate": day, "endDate": day }],
            "funnel": { "steps": steps },
            "returnPropertyQuota": true,
        }));
    let batch = ctx.session.batch(&request, &slice.budget, judge).await?;
    let mut mapper = Mapper::new(slice.stream, slice.account, slice.days);
    mapper.page_of_day(batch, "funnelTable", day)
}
