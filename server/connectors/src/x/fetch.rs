//! Asks, and turns pages.

use super::auth::{get, page_size};
use super::failure::judge;
use crate::connector::{Context, Slice};
use crate::error::Result;
use crate::http::paginate::{Pagination, Place};
use crate::http::{Batch, Request};
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

/// Where lists are. The list is simply missing where it is empty.
pub(super) const ROWS: &str = "/data";

/// What everybody may see of a post, and what is needed to tell posts apart.
pub(super) const PUBLIC: &str =
    "attachments,author_id,created_at,edit_history_tweet_ids,lang,public_metrics,referenced_tweets";

/// Besides, what only the author may see, for thirty days.
pub(super) const PRIVATE: &str = "attachments,author_id,created_at,edit_history_tweet_ids,lang,public_metrics,\
                                  referenced_tweets,non_public_metrics,organic_metrics";

/// With the media of posts, which know how often a video was viewed.
pub(super) const MEDIA: [(&str, &str); 2] =
    [("expansions", "attachments.media_keys"), ("media.fields", "public_metrics,type")];

pub(super) const USER_FIELDS: &str = "created_at,public_metrics,username,verified";

/// Pages of a user's lists, and of a search, which has another name for the token. The token of the next page may come
/// with an empty page.
fn pages_by(send: &'static str) -> Pagination {
    Pagination::Token { send, place: Place::Query, read: "/meta/next_token" }
}

pub(super) fn listed<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    request: Result<Request>,
    token: &'static str,
) -> BoxStream<'a, Result<Batch>> {
    match request {
        Ok(request) => {
            let request = request.paced_by(&slice.account.id);
            ctx.session.pages(request, pages_by(token), ROWS, slice.budget.clone(), judge)
        }
        Err(error) => stream::iter([Err(error)]).boxed(),
    }
}

/// A user's own posts (`tweets`), or those that mention the user (`mentions`), newest first.
pub(super) fn timeline<'a>(
    ctx: &'a Context,
    slice: &Slice<'a>,
    list: &str,
    more: &[(&str, &str)],
    since: DateTime<Utc>,
) -> BoxStream<'a, Result<Batch>> {
    let (size, since) = (page_size(ctx, 5, 100), written(since));
    let mut query = vec![("max_results", size.as_str()), ("start_time", since.as_str())];
    query.extend([("tweet.fields", PUBLIC)]);
    query.extend(MEDIA);
    query.extend(more);
    let request = get(ctx, &format!("users/{}/{list}", slice.account.id), &query);
    listed(ctx, slice, request, "pagination_token")
}

/// A moment as X takes it.
pub(super) fn written(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}
