//! What is no figure of a day: what the user may do with the site, and its sitemaps. Both describe the site.

use super::auth::sitemaps_request;
use super::discovery::{is_readable, listed};
use super::failure::judge;
use crate::connector::{Context, Slice};
use crate::error::{DeniedScope, Error, ErrorKind, Result};
use crate::http::Node;
use crate::mapping::{account, attributes};
use crate::record::{Page, Record};
use serde_json::{Map, Value};

/// The site in the list of sites.
pub(super) async fn site(ctx: &Context, slice: &Slice<'_>) -> Result<Page> {
    let batch = listed(ctx, &slice.budget).await?;
    let root = Node::root(&batch.value, "$");
    let mut found = None;
    let rows = root.at("siteEntry").each(|entry| {
        if entry.at("siteUrl").text()?.as_deref() == Some(slice.account.id.as_str()) && is_readable(entry)? {
            found = Some(attributes(entry, &["siteUrl"])?);
        }
        Ok(())
    })?;
    let Some(known) = found else {
        let message = format!("{} is not among the sites that the Google user can read.", slice.account.id);
        return Err(Error::new(ErrorKind::Permission(DeniedScope::Stream), message));
    };
    Ok(Page { records: vec![Record::Entity(account(slice, known))], rows: rows as u64, raw: Some(batch.raw) })
}

/// The sitemaps of the site, as Google describes them.
pub(super) async fn sitemaps(ctx: &Context, slice: &Slice<'_>) -> Result<Page> {
    let request = sitemaps_request(ctx, &slice.account.id)?;
    let batch = ctx.session.batch(&request, &slice.budget, judge).await?;
    let root = Node::root(&batch.value, "$");
    // A site without sitemaps: the key is simply missing.
    let list = root.at("sitemap");
    list.each(|sitemap| sitemap.at("path").need_text().map(drop))?;
    let sitemaps = list.array()?.to_vec();
    let rows = sitemaps.len() as u64;
    let known = Map::from_iter([("sitemaps".to_owned(), Value::Array(sitemaps))]);
    Ok(Page { records: vec![Record::Entity(account(slice, known))], rows, raw: Some(batch.raw) })
}
