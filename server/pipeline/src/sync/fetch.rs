//! Reading one slice from the vendor.

use super::plan::Work;
use super::slice::Part;
use connectors::{Connector, Context, ErrorKind, Page, RemoteAccount, SliceEvent, read_slice};
use futures_util::{FutureExt, StreamExt};
use std::any::Any;
use std::panic::AssertUnwindSafe;

/// Reads a slice to its end. Parts come whole; what was cut off comes again. A connector that panics fails its stream, and
/// the others go on.
pub(super) async fn fetch(
    connector: &dyn Connector,
    ctx: &Context,
    account: &RemoteAccount,
    work: &Work,
) -> Result<Vec<Part>, connectors::Error> {
    // Nothing of what the panic left half done is used again: pages are dropped, and a lock that it poisoned still holds
    // what was there.
    match AssertUnwindSafe(read(connector, ctx, account, work)).catch_unwind().await {
        Ok(parts) => parts,
        Err(panic) => Err(of_panic(&*panic).in_account(&account.id).in_stream(work.stream.name)),
    }
}

/// A mistake of ours in words for people, with the panic's own for experts.
pub(super) fn of_panic(panic: &(dyn Any + Send)) -> connectors::Error {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    let kind = ErrorKind::Drift { path: "(a mistake in Windhover)".to_owned() };
    connectors::Error::new(kind, "Reading ended by a mistake in Windhover itself.")
        .with_raw(format!("panic: {text}"))
        .with_hint(
            "Nothing to correct on your side: update Windhover, or report it with what stands below. Everything else \
             is read as before.",
        )
}

async fn read(
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
            // Nothing reads what the vendor sent word for word, and beside its records it would need their memory again.
            SliceEvent::Page(page) => pages.push(Page { raw: None, ..page }),
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
