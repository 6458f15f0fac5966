//! Ads Insights: asked for at once, page by page; where that is too much for Facebook, first for fewer days, then for fewer
//! fields at a time, and at last as a report that Facebook makes first.

use super::auth::{DOOR, page_size, window};
use super::map::{Mapper, merged};
use super::streams::{Figures, REACH_HISTORY_DAYS};
use crate::connector::{Context, Slice};
use crate::error::{Error, ErrorKind, Result};
use crate::fields::{Fields, read_without_refused};
use crate::http::{Answer, Batch, Node, Patience};
use crate::meta::{self, Less};
use crate::record::{Page, Record};
use async_stream::try_stream;
use chrono::Days;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::Method;
use serde_json::{Value, json};

/// Figures that every row has.
pub(super) const PLAIN: &[&str] =
    &["impressions", "reach", "frequency", "clicks", "inline_link_clicks", "spend"];

/// Lists of what people did, which make rows large.
pub(super) const ACTIONS: &[&str] = &["actions", "action_values", "conversions"];

const MOST_ROWS: u32 = 5_000;

/// What can't be had without an account's history of 13 months, where rows are split.
const PEOPLE: &[&str] = &["reach", "frequency"];

pub(super) fn read<'a>(ctx: &'a Context, slice: Slice<'a>, figures: Figures) -> BoxStream<'a, Result<Page>> {
    let fields = fields(ctx, &slice, figures);
    let read = {
        let slice = slice.clone();
        move |fields| attempt(ctx, slice.clone(), figures, fields)
    };
    read_without_refused(ctx, &slice, fields, meta::refused_field, read)
}

fn fields(ctx: &Context, slice: &Slice<'_>, figures: Figures) -> Fields {
    let level = figures.level;
    let parents = ["campaign_id", "campaign_name", "adset_id", "adset_name", "ad_name"];
    let depth = match level.name {
        "campaign" => 2,
        "adset" => 4,
        _ => 5,
    };
    let described = parents.into_iter().take(depth).filter(|name| *name != level.id_field);
    let oldest = slice.account.today(ctx.session.now()) - Days::new(REACH_HISTORY_DAYS);
    let is_too_old = !figures.split.is_empty() && slice.days.from() < oldest;
    let plain = PLAIN.iter().copied().filter(|name| !(is_too_old && PEOPLE.contains(name)));
    let optional = ["account_id", "account_currency"].into_iter().chain(described).chain(plain);
    Fields::new([level.id_field], optional.chain(ACTIONS.iter().copied()))
}

fn attempt<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    figures: Figures,
    fields: Fields,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        // Days come first: the engine halves them down to one.
        let is_one_day = slice.days.len() == 1;
        let key = format!("parts/{}/{}/{}", slice.account.id, slice.stream.name, slice.days.from());
        let is_in_parts = is_one_day && ctx.memory.recall(&key).is_some();
        let mut is_reported = ctx.settings.get("method") == "async";
        if is_in_parts && !is_reported {
            match in_parts(ctx, &slice, figures, &fields).await {
                Ok(pages) => {
                    for page in pages {
                        yield page;
                    }
                    return;
                }
                Err(error) if meta::is_too_much(&error) => is_reported = true,
                Err(error) => Err(error)?,
            }
        }
        let mut batches = if is_reported {
            reported(ctx, &slice, figures, &fields).await?
        } else {
            at_once(ctx, &slice, figures, &fields).await?
        };
        let mut mapper = Mapper::new(&slice, figures, window(ctx));
        while let Some(batch) = batches.next().await {
            let batch = match batch {
                Err(error) if is_one_day && !is_reported && meta::is_too_much(&error) => {
                    ctx.memory.keep(&key, "");
                    let again = Error::interrupted(error.message.clone());
                    Err(Error { kind: again.kind, ..error })
                }
                batch => batch,
            };
            yield mapper.page(batch?)?;
        }
        yield Page::of_warnings(mapper.warnings(&fields));
    };
    pages.boxed()
}

/// What a query asks for, for an address or a form.
fn parameters(
    ctx: &Context,
    slice: &Slice<'_>,
    figures: Figures,
    fields: &Fields,
) -> Vec<(&'static str, String)> {
    let level = figures.level;
    let days = json!({ "since": slice.days.from(), "until": slice.days.until() });
    // Without it, what is archived or deleted is missing.
    let states = json!([{
        "field": format!("{}.effective_status", level.name), "operator": "IN", "value": level.states,
    }]);
    let mut parameters = vec![
        ("level", level.name.to_owned()),
        ("time_increment", "1".to_owned()),
        ("time_range", days.to_string()),
        ("fields", fields.names().collect::<Vec<_>>().join(",")),
        ("filtering", states.to_string()),
        ("action_report_time", ctx.settings.get("action_report_time").to_owned()),
    ];
    parameters.push(match window(ctx) {
        Some(window) => ("action_attribution_windows", json!([window]).to_string()),
        None => ("use_unified_attribution_setting", "true".to_owned()),
    });
    if !figures.split.is_empty() {
        parameters.push(("breakdowns", figures.split.join(",")));
    }
    parameters
}

async fn at_once<'a>(
    ctx: &'a Context,
    slice: &Slice<'_>,
    figures: Figures,
    fields: &Fields,
) -> Result<BoxStream<'a, Result<Batch>>> {
    let account = &slice.account.id;
    let mut parameters = parameters(ctx, slice, figures, fields);
    parameters.push(("limit", page_size(ctx, MOST_ROWS)));
    let query: Vec<(&str, &str)> = parameters.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let first = DOOR.get(ctx, &format!("{account}/insights"), &query, &slice.budget).await?;
    Ok(DOOR.pages(ctx, first.paced_by(account.as_str()), slice.budget.clone(), Less::Days))
}

/// Asks for the plain figures and for the lists one after the other, and joins the rows. Nothing is handed out before both
/// are there.
async fn in_parts(ctx: &Context, slice: &Slice<'_>, figures: Figures, fields: &Fields) -> Result<Vec<Page>> {
    let of = |lists: bool| {
        let kept = fields
            .optional()
            .iter()
            .filter(|name| ACTIONS.contains(&name.as_str()) == lists || name.as_str() == "account_currency");
        Fields::new([figures.level.id_field.to_owned()], kept.cloned().collect::<Vec<_>>())
    };
    let (mut pages, mut facts) = (Vec::new(), Vec::new());
    for part in [of(false), of(true)] {
        let mut mapper = Mapper::new(slice, figures, window(ctx));
        let mut batches = at_once(ctx, slice, figures, &part).await?;
        while let Some(batch) = batches.next().await {
            let mut page = mapper.page(batch?)?;
            let is_fact = |record: &mut Record| matches!(record, Record::Fact(_));
            facts.extend(page.records.extract_if(.., is_fact));
            pages.push(page);
        }
        pages.push(Page::of_warnings(mapper.warnings(&part)));
    }
    pages.push(Page { records: merged(facts), ..Page::default() });
    Ok(pages)
}

/// Lets Facebook make a report, and reads that.
async fn reported<'a>(
    ctx: &'a Context,
    slice: &Slice<'_>,
    figures: Figures,
    fields: &Fields,
) -> Result<BoxStream<'a, Result<Batch>>> {
    let (account, budget) = (&slice.account.id, &slice.budget);
    let form = parameters(ctx, slice, figures, fields);
    let form = form.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
    let order = DOOR.request(ctx, Method::POST, &format!("{account}/insights"), budget).await?;
    let (_, ordered) = DOOR.call(ctx, &order.form(form).paced_by(account.as_str()), budget).await?;
    let report = meta::need_id(&Node::root(&ordered, "$").at("report_run_id"))?;
    let look = DOOR.get(ctx, &report, &[], budget).await?.paced_by(account.as_str());
    let judge = |answer: &Answer| meta::judge(answer, DOOR.vendor);
    ctx.session.job(&look, budget, judge, Patience::USUAL, is_made).await?;
    let limit = page_size(ctx, MOST_ROWS);
    let first = DOOR.get(ctx, &format!("{report}/insights"), &[("limit", &limit)], budget).await?;
    Ok(DOOR.pages(ctx, first.paced_by(account.as_str()), budget.clone(), Less::Rows))
}

/// Whether a report is made. It says so before its last rows are written, unless it is at 100 percent, too.
fn is_made(told: &Value) -> Result<Option<()>> {
    let root = Node::root(told, "$");
    let status = root.at("async_status").need_text()?;
    let percent = root.at("async_percent_completion").integer()?.unwrap_or(100);
    match status.as_str() {
        "Job Completed" => Ok((percent >= 100).then_some(())),
        "Job Failed" | "Job Skipped" => {
            let kind = ErrorKind::Interrupted { needs_fewer_days: true };
            Err(Error::new(kind, format!("Facebook could not make a report ({status}).")))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_made_at_a_hundred_percent_only() {
        let look = |status: &str, percent: u32| {
            is_made(&json!({"async_status": status, "async_percent_completion": percent}))
        };
        assert_eq!(look("Job Completed", 100), Ok(Some(())));
        for (status, percent) in [("Job Completed", 99), ("Job Running", 100), ("Job Not Started", 0)] {
            assert_eq!(look(status, percent), Ok(None), "{status}");
        }
        for status in ["Job Failed", "Job Skipped"] {
            assert!(meta::is_too_much(&look(status, 0).unwrap_err()), "{status}");
        }
        assert!(is_made(&json!({})).is_err());
    }
}
