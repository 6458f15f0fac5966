//! Reads a slice to its end: what is cut off is discarded and read again, in halves if need be.

use crate::connector::{Connector, Context, Slice};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Page, Record, RemoteAccount};
use crate::stream::{StreamSpec, cut};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use model::DayRange;

/// Attempts at the same days before they are halved, or, being one day, given up.
const ATTEMPTS: u32 = 2;

/// What happens while a slice is read.
///
/// Between two [`SliceEvent::Completed`] all pages belong to the days that are being read. Commit them together with
/// the cursor on `Completed`; forget them on `Discarded` and on an error.
#[derive(Debug)]
pub enum SliceEvent {
    /// Records.
    Page(Page),
    /// The answer broke off: forget the pages since the last `Completed`. The days come again.
    Discarded {
        /// The days that were being read.
        days: DayRange,
        /// Why.
        reason: Error,
    },
    /// These days came whole. A slice that was halved completes in parts, newest first.
    Completed(DayRange),
}

/// A figure that no table of the stream's families holds would get lost in silence: a mistake of the platform's folder.
fn belongs(stream: &StreamSpec, page: &Page) -> Result<()> {
    for record in &page.records {
        let Record::Fact(fact) = record else { continue };
        if let Some((metric, _)) = fact.values.iter().find(|(metric, _)| !stream.holds(*metric)) {
            let families: Vec<_> =
                [stream.family].iter().chain(stream.also).map(|f| format!("{f:?}")).collect();
            let detail = format!("it is no metric of {}, which the stream has", families.join(" or "));
            return Err(Error::drift(metric.name(), detail));
        }
    }
    Ok(())
}

/// Reads one stream of one account for some days.
///
/// The stream of events ends after the first error, which names account and stream.
pub fn read_slice<'a>(
    connector: &'a dyn Connector,
    ctx: &'a Context,
    account: &'a RemoteAccount,
    stream: &'static StreamSpec,
    days: DayRange,
) -> BoxStream<'a, Result<SliceEvent>> {
    let events = try_stream! {
        let budget = ctx.session.budget();
        let size_key = format!("days/{}/{}", account.id, stream.name);
        let known_size = ctx.memory.recall(&size_key).and_then(|s| s.parse().ok()).unwrap_or(u32::MAX);
        // A stack: the newest part is on top.
        let mut parts = cut(days, if stream.is_dated() { known_size } else { u32::MAX });
        parts.reverse();
        let mut failures = 0;
        while let Some(part) = parts.pop() {
            let slice = Slice { account, stream, days: part, budget: budget.clone() };
            let mut pages = connector.read_once(ctx, slice);
            let mut interruption = None;
            while let Some(page) = pages.next().await {
                match page {
                    Ok(page) => {
                        belongs(stream, &page)?;
                        yield SliceEvent::Page(page);
                    }
                    Err(error) if matches!(error.kind, ErrorKind::Interrupted { .. }) => {
                        interruption = Some(error);
                        break;
                    }
                    Err(error) => Err(error)?,
                }
            }
            drop(pages);
            let Some(error) = interruption else {
                failures = 0;
                yield SliceEvent::Completed(part);
                continue;
            };
            failures += 1;
            yield SliceEvent::Discarded { days: part, reason: error.clone() };
            let needs_fewer_days = error.kind == ErrorKind::Interrupted { needs_fewer_days: true };
            let can_halve = stream.is_dated() && part.len() > 1;
            if can_halve && (needs_fewer_days || failures >= ATTEMPTS) {
                let half = part.len().div_ceil(2);
                ctx.memory.keep(&size_key, half.to_string());
                parts.extend(cut(part, half).into_iter().rev());
                failures = 0;
            } else if needs_fewer_days || failures >= ATTEMPTS {
                Err(error)?;
            } else {
                parts.push(part);
            }
            ctx.session.pause(failures.max(1)).await;
        }
    };
    let place = move |error: Error| error.settled().in_account(&account.id).in_stream(stream.name);
    events.map(move |event: Result<SliceEvent>| event.map_err(place)).boxed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::FactRecord;
    use metrics::{Family, Metric};
    use model::entities::EntityKind;
    use rust_decimal::Decimal;

    #[test]
    fn a_metric_of_another_family_is_refused_loudly() {
        let fact = FactRecord {
            stream: "campaign_daily",
            account: "1".into(),
            kind: EntityKind::Campaign,
            entity: "7".into(),
            date: "2026-09-01".parse().unwrap(),
            began: None,
            hour: None,
            breakdown: std::collections::BTreeMap::new(),
            currency: None,
            values: vec![(Metric::Clicks, Decimal::ONE), (Metric::Saves, Decimal::ONE)],
            extra: serde_json::Map::new(),
        };
        let page = Page { records: vec![Record::Fact(fact)], ..Page::default() };
        let error = belongs(&StreamSpec::DAY, &page).unwrap_err();
        assert!(error.message.contains("at saves: it is no metric of Ads"), "{error}");
        assert!(belongs(&StreamSpec { also: &[Family::Social], ..StreamSpec::DAY }, &page).is_ok());
    }
}
