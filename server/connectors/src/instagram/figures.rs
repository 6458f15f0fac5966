//! What posts and stories have come to: their list, and one request for each.

use super::map;
use super::metrics::{self, Question};
use super::read::posts;
use super::streams::{Ask, Posts, ask};
use crate::connector::{Context, Slice};
use crate::error::{Error, ErrorKind, Result};
use crate::fields::Fields;
use crate::http::{Batch, Node};
use crate::mapping::Seen;
use crate::meta;
use crate::moments::day_in;
use crate::record::{Page, Record, Warning};
use async_stream::try_stream;
use chrono::{Days, NaiveDate};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use std::collections::HashSet;

/// The post is older than the professional account, and has no figures.
const BEFORE_BUSINESS: &str = "100/2108006";

/// Metrics that every post with figures has.
const ALWAYS: &[&str] = &["reach"];

/// Posts whose figures are refused.
#[derive(Default)]
struct Refused {
    count: u64,
    first: Option<Error>,
}

pub(super) fn read<'a>(ctx: &'a Context, slice: Slice<'a>, fields: Fields) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let which = match ask(slice.stream.name) {
            Some(Ask::Figures(which)) => which,
            _ => Posts::Recent,
        };
        let today = slice.account.today(ctx.session.now());
        let days = ctx.settings.integer("media_days").unwrap_or_default();
        let oldest = today.checked_sub_days(Days::new(days.into())).unwrap_or(NaiveDate::MIN);
        let (mut refused, mut seen, mut known) = (Refused::default(), Seen::default(), HashSet::new());
        let mut batches = posts(ctx, &slice, which.edge(), &fields).await?;
        while let Some(batch) = batches.next().await {
            let Batch { value, raw } = batch?;
            let rows = meta::rows(&value)?;
            let count = rows.array()?.len();
            yield Page { records: Vec::new(), rows: count as u64, raw: Some(raw) };
            let mut recent = 0;
            for index in 0..count {
                let row = rows.nth(index);
                let is_recent = is_since(&row, oldest, &slice)?;
                recent += usize::from(is_recent);
                // Pages move on when something is posted meanwhile.
                let is_new = known.insert(row.at("id").need_text()?);
                if is_new && is_wanted(which, is_recent) {
                    yield post(ctx, &slice, &row, today, (&mut refused, &mut seen)).await?;
                }
            }
            // Newest come first: behind a page of old ones there are only older ones.
            if which == Posts::Recent && count > 0 && recent == 0 {
                break;
            }
        }
        yield Page::of_warnings(seen.missing(&slice, ALWAYS.iter().copied()));
        yield Page::of_warnings(refused.warning(&slice));
    };
    pages.boxed()
}

fn is_wanted(which: Posts, is_recent: bool) -> bool {
    match which {
        Posts::Recent => is_recent,
        Posts::Older => !is_recent,
        Posts::Stories => true,
    }
}

/// A post without a moment counts as a new one.
fn is_since(row: &Node<'_>, oldest: NaiveDate, slice: &Slice<'_>) -> Result<bool> {
    let at = row.at("timestamp").instant()?;
    Ok(at.is_none_or(|at| day_in(at, slice.account.zone()) >= oldest))
}

async fn post(
    ctx: &Context,
    slice: &Slice<'_>,
    row: &Node<'_>,
    today: NaiveDate,
    (refused, seen): (&mut Refused, &mut Seen),
) -> Result<Page> {
    let id = meta::need_id(&row.at("id"))?;
    let text = |name: &str| Ok::<_, Error>(row.at(name).filled()?.unwrap_or_default());
    let (media, mut product) = (text("media_type")?, text("media_product_type")?);
    if slice.stream.name == "story_insights" {
        "STORY".clone_into(&mut product);
    }
    // Views of stories are given only as a total.
    let more: &[(&str, &str)] = if product == "STORY" { &[("metric_type", "total_value")] } else { &[] };
    let alike = format!("{product} {media}").trim().to_owned();
    let metrics = metrics::of_post(&product, &media);
    let mut warnings = Vec::new();
    let question = Question { id: &id, alike: &alike, metrics, more };
    let told = match metrics::ask(ctx, slice, &question, &mut warnings).await {
        Ok(told) => told,
        Err(error) if has_none(&error) => None,
        Err(error) if matches!(error.kind, ErrorKind::Permission(_) | ErrorKind::Rejected) => {
            refused.count += 1;
            refused.first.get_or_insert(error);
            None
        }
        Err(error) => return Err(error),
    };
    let figures = match &told {
        Some(batch) => map::by_name(&meta::rows(&batch.value)?)?,
        None => serde_json::Map::new(),
    };
    if !figures.is_empty() {
        seen.row();
        figures.keys().for_each(|name| seen.field(name));
    }
    let fact = map::post_figures(slice, row, figures, today)?;
    let records = warnings.into_iter().map(Record::Warning).chain(fact.map(Record::Fact)).collect();
    Ok(Page { records, rows: u64::from(told.is_some()), raw: told.map(|batch| batch.raw) })
}

/// Figures that are not there, and of which nobody needs to hear.
fn has_none(error: &Error) -> bool {
    error.vendor_code.as_deref() == Some(BEFORE_BUSINESS)
        || (meta::code_of(error) == "10" && error.message.to_lowercase().contains("not enough viewers"))
}

impl Refused {
    fn warning(self, slice: &Slice<'_>) -> Option<Warning> {
        let first = self.first?;
        let message = format!("The figures of {} posts can't be read. {}", self.count, first.message);
        Some(Warning::stream(&slice.account.id, slice.stream.name, message))
    }
}
