//! Reads one stream for some days, once.

use super::auth::{encoded, get, organization_urn};
use super::streams::{Ask, Listed, ask};
use super::{discovery, fetch, map, report, statistics};
use crate::connector::{Context, Slice};
use crate::error::{Error, Result};
use crate::http::{Batch, Node};
use crate::mapping;
use crate::record::{Page, Record, Warning};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;

pub(super) fn read_once<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let Some(ask) = ask(slice.stream.name) else {
        let error = Error::configuration(format!("LinkedIn has no stream {:?}.", slice.stream.name));
        return fetch::refused(error);
    };
    if let Some(error) = discovery::denied(ctx, &slice.account.id) {
        return fetch::refused(error);
    }
    match ask {
        Ask::AdAccount => ad_account(ctx, slice),
        Ask::Listed(list) => listed(ctx, slice, list),
        Ask::Report(asked) => report::report(ctx, &slice, asked),
        Ask::Demographics => report::demographics(ctx, slice),
        Ask::LeadForms => {
            let batches = fetch::of_ad_account(ctx, &slice, "leadForms", "");
            rows(slice, batches, map::form)
        }
        Ask::Leads => leads(ctx, slice),
        Ask::Organization => {
            let batches = discovery::organizations_listed(ctx, &slice.budget);
            rows(slice, batches, map::organization)
        }
        Ask::Statistic(asked) => statistics::statistic(ctx, slice, asked),
        Ask::Followers => followers(ctx, slice),
    }
}

/// Maps the rows of all pages one by one.
fn rows<'a>(
    slice: Slice<'a>,
    mut batches: BoxStream<'a, Result<Batch>>,
    map: impl Fn(&Slice<'_>, &Node<'_>, &mut Vec<Record>) -> Result<()> + Send + 'a,
) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        while let Some(batch) = batches.next().await {
            yield mapping::needed_page(batch?, fetch::ROWS, |row, records| map(&slice, row, records))?;
        }
    };
    pages.boxed()
}

fn ad_account<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let Batch { value, raw } = discovery::ad_account(ctx, &slice.account.id, &slice.budget).await?;
        let record = map::ad_account(&slice, &Node::root(&value, "$"))?;
        yield Page { records: vec![record], rows: 1, raw: Some(raw) };
    };
    pages.boxed()
}

fn listed<'a>(ctx: &'a Context, slice: Slice<'a>, list: &'static Listed) -> BoxStream<'a, Result<Page>> {
    let path = format!("adAccounts/{}/{}", slice.account.id, list.path);
    let batches = fetch::search(ctx, &path, list.most, &slice.account.id, &slice.budget);
    rows(slice, batches, |slice, row, records| map::listed(slice, list, row, records))
}

fn leads<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let more = "&leadType=(leadType:SPONSORED)";
        let mut batches = fetch::of_ad_account(ctx, &slice, "leadFormResponses", more);
        while let Some(batch) = batches.next().await {
            yield map::leads(&slice, batch?)?;
        }
    };
    pages.boxed()
}

fn followers<'a>(ctx: &'a Context, slice: Slice<'a>) -> BoxStream<'a, Result<Page>> {
    let pages = try_stream! {
        let urn = encoded(&organization_urn(slice.account));
        let request = get(ctx, &format!("networkSizes/{urn}?edgeType=COMPANY_FOLLOWED_BY_MEMBER"))?;
        let batch = fetch::one(ctx, &request.paced_by(&slice.account.id), &slice.budget).await?;
        let today = slice.account.today(ctx.session.now());
        let record = map::followers(&slice, &Node::root(&batch.value, "$"), today)?;
        if record.is_none() {
            let message = "LinkedIn does not say how many follow the page.";
            let (account, stream) = (&slice.account.id, slice.stream.name);
            yield Page::of_warnings([Warning::field(account, stream, "firstDegreeSize", message)]);
        }
        yield Page { records: record.into_iter().collect(), rows: 1, raw: Some(batch.raw) };
    };
    pages.boxed()
}
