//! Posts, reels and stories.

use serde_json::{Value, json};

use super::Ids;
use crate::asked::Asked;
use crate::meta;
use crate::meta::error::GraphError;
use crate::meta::objects::{list, user_name, written};
use crate::num;
use crate::state::SimulatorState;
use crate::world::posts::{Feed, Post, PostKind, PostTotals};
use crate::world::stories::Story;

/// Added to a post's number.
const FIRST_POST: i64 = 18_000_000_000_000_000;

/// Added to a story's number.
const FIRST_STORY: i64 = 18_100_000_000_000_000;

/// What `insights` can be asked of.
pub(super) struct Found {
    /// As the object is shown.
    pub object: Value,
    /// What has come of it.
    pub totals: PostTotals,
}

fn object(state: &SimulatorState, at: usize, id: i64, kind: (&str, &str), more: Value) -> Value {
    let site = state.world().accounts[at].template.site();
    let code = format!("Sim{}", id % 1_000_000_000_000);
    let mut object = json!({
        "id": id.to_string(),
        "ig_id": (id - 14_000_000_000_000_000).to_string(),
        "caption": null,
        "media_type": kind.0,
        "media_product_type": kind.1,
        "permalink": format!("https://www.instagram.com/p/{code}/"),
        "shortcode": code,
        "media_url": format!("{site}/media/{id}.jpg"),
        "thumbnail_url": (kind.0 == "VIDEO").then(|| format!("{site}/media/{id}.jpg")),
        "is_comment_enabled": true,
        "username": user_name(state, at),
        "owner": {"id": meta::ids(state.world(), at).map(|ids| ids.instagram.to_string())},
        "children": null,
    });
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    object
}

fn of_post(state: &SimulatorState, post: &Post) -> Found {
    let totals = post.totals(state.counted_at());
    let id = FIRST_POST + post.number;
    let kind = match post.kind {
        PostKind::Video(_) => ("VIDEO", "REELS"),
        _ if post.number % 4 == 0 => ("CAROUSEL_ALBUM", "FEED"),
        _ => ("IMAGE", "FEED"),
    };
    let children: Vec<_> =
        (1..=3).map(|nth| json!({"id": (id + nth * 10_000_000_000).to_string()})).collect();
    let more = json!({
        "caption": post.text,
        "timestamp": written(post.published_at),
        "like_count": totals.engagement.likes,
        "comments_count": totals.engagement.comments,
        "media_url": post.picture,
        "children": (kind.0 == "CAROUSEL_ALBUM").then(|| json!({"data": children})),
    });
    Found { object: object(state, post.account, id, kind, more), totals }
}

fn of_story(state: &SimulatorState, story: &Story) -> Found {
    let totals = story.totals(state.counted_at());
    let kind = if story.is_video { ("VIDEO", "STORY") } else { ("IMAGE", "STORY") };
    let more = json!({
        "timestamp": written(story.published_at),
        "like_count": totals.engagement.likes,
        "comments_count": 0,
    });
    Found { object: object(state, story.account, FIRST_STORY + story.number, kind, more), totals }
}

/// `GET /{user}/media`, newest first.
pub(super) fn list_of(state: &SimulatorState, asked: &Asked, ids: Ids) -> Result<Value, GraphError> {
    let (since, until) = (asked.moment("since"), asked.moment("until"));
    let posts = state.posts(Feed::Instagram, ids.at);
    let there = |post: &&Post| {
        since.is_none_or(|since| post.published_at >= since)
            && until.is_none_or(|until| post.published_at <= until)
    };
    let posts: Vec<_> = posts.iter().filter(there).rev().collect();
    list(asked, "id", "IGMedia", posts.len(), |at| of_post(state, posts[at]).object)
}

/// `GET /{user}/stories`: those that can be seen now.
pub(super) fn stories(state: &SimulatorState, asked: &Asked, ids: Ids) -> Result<Value, GraphError> {
    let stories = state.world().stories(ids.at, state.counted_at());
    list(asked, "id", "IGMedia", stories.len(), |at| of_story(state, &stories[at]).object)
}

/// The post or story with this id.
pub(super) fn find(state: &SimulatorState, id: &str) -> Option<Found> {
    let id: i64 = id.parse().ok()?;
    for at in Feed::Instagram.accounts() {
        if id >= FIRST_STORY {
            let stories = state.world().stories(*at, state.counted_at());
            if let Some(story) = stories.iter().find(|story| FIRST_STORY + story.number == id) {
                return Some(of_story(state, story));
            }
            continue;
        }
        let posts = state.posts(Feed::Instagram, *at);
        if let Ok(nth) = posts.binary_search_by_key(&(id - FIRST_POST), |post| post.number) {
            return Some(of_post(state, &posts[nth]));
        }
    }
    None
}

impl Found {
    /// A metric of the object; nothing where its kind does not have it.
    pub fn metric(&self, name: &str) -> Option<i64> {
        let (totals, did) = (&self.totals, &self.totals.engagement);
        let all = did.likes + did.comments + did.shares + did.saves;
        let visits = num::floor(num::real(totals.impressions) * 0.012);
        let product = self.object["media_product_type"].as_str().unwrap_or_default();
        let is_video = self.object["media_type"] == "VIDEO";
        let value = match (name, product) {
            ("views", _) => totals.impressions,
            ("reach", _) => did.reach,
            ("shares", _) => did.shares,
            ("total_interactions", "STORY") => did.comments + did.shares + did.likes,
            ("total_interactions", _) => all,
            ("replies", "STORY") => did.comments,
            ("navigation", "STORY") => num::floor(num::real(totals.impressions) * 1.1),
            ("follows", "FEED" | "STORY") if product == "STORY" || !is_video => did.follows,
            ("profile_visits", "FEED" | "STORY") if product == "STORY" || !is_video => visits,
            ("likes", "FEED" | "REELS") => did.likes,
            ("comments", "FEED" | "REELS") => did.comments,
            ("saved", "FEED" | "REELS") => did.saves,
            ("ig_reels_video_view_total_time", "REELS") => did.watched_ms,
            ("ig_reels_avg_watch_time", "REELS") => did.watched_ms / did.video_views.max(1),
            _ => return None,
        };
        Some(value)
    }
}
