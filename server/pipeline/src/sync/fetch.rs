//! Reading one slice from the vendor.

use super::plan::Work;
use super::slice::Part;
use connectors::{Connector, Context, RemoteAccount, SliceEvent, read_slice};
use futures_util::StreamExt;

/// Reads a slice to its end. Parts come whole; what was cut off comes again.
pub(super) async fn fetch(
    connector: &dyn Connector,
    ctx: &Context,
    account: &RemoteAccount,
    work: &Work,
) -> Result<Vec<Part>, connectors::Error> {
    let mut events = read_slice(connector, ctx, account, work.stream, work.days);
    let mut pages = Vec::new();
    let mut parts = Vec::new();
    while let Some(event) = events.next().await {
        match event? {
            SliceEvent::Page(page) => pages.push(page),
            SliceEvent::Discarded { .. } => pages.clear(),
            SliceEvent::Completed(days) => parts.push(Part {
                stream: work.stream,
                remote_id: account.id.clone(),
                days,
                pages: std::mem::take(&mut pages),
            }),
        }
    }
    Ok(parts)
}
