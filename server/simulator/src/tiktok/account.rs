//! A `TikTok` account: its days and its videos.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::{Params, Refused, sign_in};
use crate::num;
use crate::state::SimulatorState;
use crate::vendor::Trouble;
use crate::world::posts::{Feed, Post, PostKind, PostTotals};

/// Days back to which the account's figures reach.
const DAYS: u64 = 60;

/// Hours after which a video's figures are known.
const VIDEO_HOURS: i64 = 24;

/// Number of the first video.
const FIRST_VIDEO: i64 = 7_400_000_000_000_000_000;

fn asked(params: &Params) -> Result<usize, Refused> {
    if params.needed("business_id")? == sign_in::open_id() {
        return Ok(sign_in::business());
    }
    Err(Refused::of(Trouble::PermissionDenied))
}

/// The fields that are asked for, of those that there are.
fn fields(params: &Params, known: &Map<String, Value>, others: &[&str]) -> Result<Vec<String>, Refused> {
    let fields = params.list("fields")?;
    match fields.iter().find(|name| !known.contains_key(*name) && !others.contains(&name.as_str())) {
        Some(wrong) => Err(Refused::bad(format!("fields: [{wrong}] is not a valid field."))),
        None => Ok(fields),
    }
}

fn only(mut all: Map<String, Value>, fields: &[String]) -> Map<String, Value> {
    all.retain(|name, _| fields.contains(name));
    all
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn countries() -> Value {
    json!([{"country": "DE", "percentage": 0.81}, {"country": "AT", "percentage": 0.11}, {"country": "CH", "percentage": 0.08}])
}

/// `GET /business/get/`.
pub fn figures(state: &SimulatorState, params: &Params) -> Result<Value, Refused> {
    let account = asked(params)?;
    let at = state.counted_at();
    let today = at.date_naive();
    let of = state.world().accounts[account].template;
    let page = state.world().page_day(Feed::TikTok, account, today, at).unwrap_or_default();
    let posts = state.posts(Feed::TikTok, account);
    let likes: i64 = posts.iter().map(|post| post.totals(at).engagement.likes).sum();
    let all = object(json!({
        "username": of.brand.replace(' ', "_"),
        "display_name": of.name,
        "profile_image": format!("{}/media/logo.png", of.site()),
        "bio_description": of.name,
        "profile_deep_link": format!("https://www.tiktok.com/@{}", of.brand.replace(' ', "_")),
        "is_business_account": true,
        "is_verified": true,
        "following_count": 212,
        "followers_count": page.followers,
        "total_likes": likes,
        "videos_count": posts.len(),
        "audience_countries": countries(),
        "audience_genders": [
            {"gender": "Female", "percentage": 0.57},
            {"gender": "Male", "percentage": 0.41},
            {"gender": "Other", "percentage": 0.02},
        ],
        "audience_ages": [
            {"age": "18-24", "percentage": 0.38},
            {"age": "25-34", "percentage": 0.35},
            {"age": "35+", "percentage": 0.27},
        ],
    }));
    // Figures of days are asked for by one name or by their own.
    let daily = [
        "metrics",
        "video_views",
        "unique_video_views",
        "profile_views",
        "likes",
        "comments",
        "shares",
        "audience_activity",
    ];
    let fields = fields(params, &all, &daily)?;
    let mut answer = only(all, &fields);
    if fields.iter().any(|name| daily.contains(&name.as_str())) {
        let (from, until) = range(params, today)?;
        let days = from.iter_days().take_while(|day| *day <= until);
        let rows: Vec<Value> = days.filter_map(|day| row(state, account, &posts, day, at)).collect();
        answer.insert("metrics".to_owned(), rows.into());
    }
    Ok(answer.into())
}

/// The days that are asked for, up to yesterday.
fn range(params: &Params, today: NaiveDate) -> Result<(NaiveDate, NaiveDate), Refused> {
    let day = |name: &str, otherwise: u64| match params.get(name) {
        None => Ok(today - Days::new(otherwise)),
        Some(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map_err(|_| Refused::bad(format!("{name}: Not a valid date."))),
    };
    let (from, until) = (day("start_date", 7)?, day("end_date", 1)?);
    if from < today - Days::new(DAYS) {
        return Err(Refused::bad(format!("start_date: Must be within the last {DAYS} days.")));
    }
    if until < from {
        return Err(Refused::bad("end_date: Must not be before start_date."));
    }
    Ok((from, until.min(today - Days::new(1))))
}

fn row(
    state: &SimulatorState,
    account: usize,
    posts: &[Post],
    day: NaiveDate,
    at: DateTime<Utc>,
) -> Option<Value> {
    let page = state.world().page_day(Feed::TikTok, account, day, at)?;
    let begin = day.and_time(chrono::NaiveTime::MIN).and_utc();
    let gained = |of: fn(&PostTotals) -> i64| -> i64 {
        let end = begin + TimeDelta::days(1);
        posts.iter().map(|post| of(&post.totals(end)) - of(&post.totals(begin))).sum()
    };
    let activity: Vec<Value> = (0..24)
        .map(|hour| json!({"hour": hour.to_string(), "count": page.visits * (8 + hour % 12) / 300}))
        .collect();
    Some(json!({
        "date": day.to_string(),
        "video_views": gained(|totals| totals.engagement.video_views),
        "unique_video_views": gained(|totals| totals.engagement.video_views * 8 / 10),
        "profile_views": page.visits,
        "likes": gained(|totals| totals.engagement.likes),
        "comments": gained(|totals| totals.engagement.comments),
        "shares": gained(|totals| totals.engagement.shares),
        "followers_count": page.followers,
        "audience_activity": activity,
    }))
}

/// `GET /business/video/list/`: newest first.
pub fn videos(state: &SimulatorState, params: &Params) -> Result<Value, Refused> {
    let account = asked(params)?;
    let at = state.counted_at();
    let posts = state.posts(Feed::TikTok, account);
    let size = params.number("max_count", 10, 20)?;
    let from: usize = match params.get("cursor") {
        None | Some("" | "0") => 0,
        Some(text) => text.parse().map_err(|_| Refused::bad("cursor: Not a valid cursor."))?,
    };
    let known = posts.first().map(|post| video(post, at)).unwrap_or_default();
    let fields = fields(params, &known, &[])?;
    let wanted: Option<Vec<String>> = match params.get("filters") {
        None => None,
        Some(text) => {
            let filters: Value =
                serde_json::from_str(text).map_err(|_| Refused::bad("filters: Not valid JSON."))?;
            let ids = filters["video_ids"].as_array();
            ids.map(|ids| ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect())
        }
    };
    let is_wanted = |post: &&Post| {
        wanted.as_ref().is_none_or(|ids| ids.contains(&(FIRST_VIDEO + post.number).to_string()))
    };
    let all: Vec<&Post> = posts.iter().rev().filter(is_wanted).collect();
    let page = all.iter().skip(from).take(size).map(|post| only(video(post, at), &fields));
    Ok(json!({
        "videos": page.collect::<Vec<_>>(),
        "cursor": (from + size).min(all.len()),
        "has_more": from + size < all.len(),
    }))
}

fn video(post: &Post, at: DateTime<Utc>) -> Map<String, Value> {
    let totals = post.totals(at - TimeDelta::hours(VIDEO_HOURS));
    let seconds = if let PostKind::Video(seconds) = post.kind { seconds } else { 0 };
    let (more, id) = (totals.engagement, FIRST_VIDEO + post.number);
    let views = num::real(more.video_views.max(1));
    object(json!({
        "item_id": id.to_string(),
        "media_type": "VIDEO",
        "create_time": post.published_at.timestamp().to_string(),
        "caption": post.text,
        "share_url": format!("https://www.tiktok.com/@account/video/{id}"),
        "embed_url": format!("https://www.tiktok.com/embed/v2/{id}"),
        "thumbnail_url": post.picture,
        "video_duration": seconds,
        "video_views": more.video_views,
        "likes": more.likes,
        "comments": more.comments,
        "shares": more.shares,
        "favorites": more.saves,
        "reach": more.reach,
        "full_video_watched_rate": num::real(more.video_quartiles[3]) / views,
        "total_time_watched": num::real(more.watched_ms) / 1_000.0,
        "average_time_watched": num::real(more.watched_ms) / 1_000.0 / views,
        "audience_countries": countries(),
        "impression_sources": [
            {"impression_source": "For You", "percentage": 0.83},
            {"impression_source": "Follow", "percentage": 0.17},
        ],
    }))
}
