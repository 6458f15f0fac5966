//! Asks for rows page by page, past the end that the vendor sets to a chain of pages.

use super::auth::{objects, page_size};
use super::failure::{MISSING, Place, judge};
use crate::connector::{Context, Slice};
use crate::error::{Error, Result, spare};
use crate::fields::Fields;
use crate::http::paginate::{Pagination, Progress};
use crate::http::{Answer, Batch, Node, Request};
use async_stream::try_stream;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use serde_json::Value;

/// A token stands for the whole question; nothing but the fields may come along.
const FOLLOW: Pagination =
    Pagination::TokenAlone { send: "nextPageToken", read: "/nextPageToken", keep: &["fields"] };

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) struct Query {
    /// In the path, for example `list-emails`.
    pub(super) object: &'static str,
    pub(super) fields: Fields,
    /// The moment by which rows are ordered, and found.
    pub(super) moment: &'static str,
    /// Bounds of that moment, with offsets.
    pub(super) since: Option<String>,
    pub(super) until: Option<String>,
}

impl Query {
    async fn request(&self, ctx: &Context, slice: &Slice<'_>) -> Result<Request> {
        let fields = self.fields.names().collect::<Vec<_>>().join(",");
        let (limit, order) = (page_size(ctx).to_string(), format!("{} ASC", self.moment));
        let (after, before) =
            (format!("{}AfterOrEqualTo", self.moment), format!("{}BeforeOrEqualTo", self.moment));
        let mut query = vec![("fields", fields.as_str()), ("limit", &limit), ("orderBy", &order)];
        query.extend(self.since.as_deref().map(|since| (after.as_str(), since)));
        query.extend(self.until.as_deref().map(|until| (before.as_str(), until)));
        // Also what is in the recycle bin.
        query.push(("deleted", "all"));
        let path = format!("/{}", self.object);
        objects(ctx, &slice.budget, &slice.account.id, &path, &query).await
    }
}

/// All rows, page after page. A chain of pages stops after 100,000 rows, and some stop early: then a new one starts at the
/// last row, so that rows of its moment come twice. Ends after the first error.
pub(super) fn rows<'a>(ctx: &'a Context, slice: &Slice<'a>, query: Query) -> BoxStream<'a, Result<Batch>> {
    let slice = slice.clone();
    let batches = try_stream! {
        let place = Place::of(slice.account);
        let size = page_size(ctx) as usize;
        let mut query = query;
        let mut progress = Progress::default();
        let mut following = Some(query.request(ctx, &slice).await?);
        while let Some(request) = following {
            let (answer, value) =
                ctx.session.call_json(&request, &slice.budget, &|answer| judge(answer, place)).await?;
            let is_cut = is_cut(&answer);
            following = FOLLOW.next(&request, &answer, &value, 0, &mut progress)?.filter(|_| !is_cut);
            let end = end(&value, query.moment)?;
            yield Batch::new(&request, answer, value);
            let is_full = end.as_ref().is_some_and(|(count, _)| *count >= size);
            if following.is_none() && (is_cut || is_full) {
                let last = end.map(|(_, last)| last);
                if last.is_some() && last != query.since {
                    query.since = last;
                    progress = Progress::default();
                    following = Some(query.request(ctx, &slice).await?);
                } else if is_cut {
                    Err(Error::too_much("Too many rows were changed at one moment for one chain of pages."))?;
                }
            }
        }
    };
    batches.boxed()
}

/// Whether the vendor says that the chain ends though there are more rows.
fn is_cut(answer: &Answer) -> bool {
    answer.header("pardot-warning").is_some_and(|warning| warning.contains("203"))
}

/// The number of rows of a page, and the moment of its last row as it is written.
fn end(page: &Value, moment: &str) -> Result<Option<(usize, String)>> {
    let root = Node::root(page, "$");
    let values = root.at("values");
    let count = values.array()?.len();
    let Some(last) = count.checked_sub(1) else { return Ok(None) };
    Ok(values.nth(last).at(moment).filled()?.map(|moment| (count, moment)))
}

/// The figures of a list e-mail; none where it has none.
pub(super) async fn stats(ctx: &Context, slice: &Slice<'_>, email: &str) -> Result<Option<Batch>> {
    let place = Place::of(slice.account);
    let path = format!("/list-emails/{email}/stats");
    let request = objects(ctx, &slice.budget, &slice.account.id, &path, &[]).await?;
    spare(ctx.session.batch(&request, &slice.budget, |answer| judge(answer, place)).await, MISSING)
}
