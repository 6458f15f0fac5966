//! Reports that know no days, day by day.
//!
//! Reports are few (two a minute, 225 a day), and most days have nothing in them, because figures stand under the day on
//! which a campaign was sent. So one report tells which campaigns were sent in the days at all, their descriptions tell
//! when, and only those days are asked for. Where that does not add up to what was sent in all (a campaign that goes out
//! over several days, one that does not say when it was sent), the other days are asked for, too.

use super::choice::Conversion;
use super::read::{CHANNELS, campaigns_of};
use super::reports::{self, Report};
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::http::Node;
use crate::record::{Page, Record};
use async_stream::try_stream;
use chrono::NaiveDate;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use metrics::Metric;
use model::DayRange;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// Reads the report for each day on which something was sent.
pub(super) fn read<'a>(
    ctx: &'a Context,
    slice: Slice<'a>,
    what: Report,
    conversion: Conversion,
    days: DayRange,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let of = |windows: Vec<DayRange>| reports::read(ctx, &slice, what, conversion.clone(), windows);
        let whole: Vec<Page> = of(vec![days]).try_collect().await?;
        let sent = sent(&whole);
        if sent.is_empty() || days.len() == 1 {
            for page in whole {
                yield page;
            }
            return;
        }
        let send_days = send_days(ctx, &slice, &sent).await?;
        let is_known = send_days.len() == sent.len();
        let (asked, others): (Vec<NaiveDate>, Vec<NaiveDate>) =
            days.days().partition(|day| send_days.values().any(|send_day| send_day == day));
        let mut found: BTreeMap<String, Decimal> = BTreeMap::new();
        if !asked.is_empty() {
            let mut pages = of(asked.into_iter().map(DayRange::single).collect());
            while let Some(page) = pages.try_next().await? {
                for (campaign, count) in self::sent(std::slice::from_ref(&page)) {
                    *found.entry(campaign).or_default() += count;
                }
                yield page;
            }
        }
        // Campaign by campaign: what one sends on meanwhile does not make up for what another lacks. One that went to nobody
        // lacks nothing where its day leaves it out.
        let is_short =
            |(campaign, count): (&String, &Decimal)| found.get(campaign).copied().unwrap_or_default() < *count;
        if !is_known || sent.iter().any(is_short) {
            let mut pages = of(others.into_iter().map(DayRange::single).collect());
            while let Some(page) = pages.try_next().await? {
                yield page;
            }
        }
    };
    pages.boxed()
}

/// The campaigns in pages, and how much each of them sent.
fn sent(pages: &[Page]) -> BTreeMap<String, Decimal> {
    let mut sent = BTreeMap::new();
    for record in pages.iter().flat_map(|page| &page.records) {
        if let Record::Fact(fact) = record {
            let value = fact.values.iter().find(|(metric, _)| *metric == Metric::EmailsSent);
            *sent.entry(fact.entity.clone()).or_default() += value.map_or(Decimal::ZERO, |(_, value)| *value);
        }
    }
    sent
}

/// The day on which each of the campaigns was sent, where it says so.
async fn send_days(
    ctx: &Context,
    slice: &Slice<'_>,
    campaigns: &BTreeMap<String, Decimal>,
) -> Result<BTreeMap<String, NaiveDate>> {
    let zone = slice.account.zone();
    let mut wanted: BTreeSet<&str> = campaigns.keys().map(String::as_str).collect();
    let mut found = BTreeMap::new();
    for channel in CHANNELS {
        let mut batches = campaigns_of(ctx, slice, channel, &[])?;
        while !wanted.is_empty() {
            let Some(batch) = batches.try_next().await? else { break };
            Node::root(&batch.value, "$").at("data").each(|row| {
                let id = row.at("id").need_text()?;
                if wanted.remove(id.as_str()) {
                    let at = row.at("attributes").at("send_time").instant()?;
                    found.extend(at.map(|at| (id, at.with_timezone(&zone).date_naive())));
                }
                Ok(())
            })?;
        }
    }
    Ok(found)
}
