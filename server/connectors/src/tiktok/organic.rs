//! `TikTok` accounts: their days, their audience, their videos.

use super::auth::{get, list, page_size};
use super::fetch::need_list;
use crate::connector::{Context, Slice};
use crate::error::{DeniedScope, Error, ErrorKind, Result};
use crate::fields::Fields;
use crate::http::{Batch, Node, Request};
use crate::mapping::{self, Form, Measure, Seen};
use crate::record::{Page, Record};
use chrono::{DateTime, Days, NaiveDate, SecondsFormat, Utc};
use metrics::Metric;
use model::entities::EntityKind;
use serde_json::{Map, Value};

/// Most videos and comments of a page.
pub(super) const MOST: u32 = 20;

const DAY_MEASURES: &[Measure] = &[
    (Metric::VideoViews, &["video_views"], Form::Whole),
    (Metric::ProfileViews, &["profile_views"], Form::Whole),
    (Metric::Likes, &["likes"], Form::Whole),
    (Metric::Comments, &["comments"], Form::Whole),
    (Metric::Shares, &["shares"], Form::Whole),
    (Metric::Followers, &["followers_count", "daily_total_followers"], Form::Whole),
];

const VIDEO_MEASURES: &[Measure] = &[
    (Metric::VideoViews, &["video_views"], Form::Whole),
    (Metric::Likes, &["likes"], Form::Whole),
    (Metric::Comments, &["comments"], Form::Whole),
    (Metric::Shares, &["shares"], Form::Whole),
    (Metric::Saves, &["favorites"], Form::Whole),
    (Metric::Reach, &["reach"], Form::Whole),
];

/// What describes an account, and what splits its audience; the rest are figures of days.
const PROFILE: &[&str] = &[
    "username",
    "display_name",
    "is_business_account",
    "followers_count",
    "following_count",
    "total_likes",
    "videos_count",
    "audience_countries",
    "audience_genders",
    "audience_ages",
];
const DAYS: &[&str] =
    &["metrics", "video_views", "unique_video_views", "profile_views", "likes", "comments", "shares"];

/// What describes a video, and its figures.
const VIDEO: &[&str] = &[
    "create_time",
    "caption",
    "share_url",
    "media_type",
    "video_duration",
    "video_views",
    "likes",
    "comments",
    "shares",
    "favorites",
    "reach",
    "full_video_watched_rate",
    "total_time_watched",
    "average_time_watched",
    "audience_countries",
    "impression_sources",
];

/// Figures of a video without a name of ours.
const VIDEO_EXTRA: &[&str] = &["full_video_watched_rate", "total_time_watched", "average_time_watched"];

pub(super) fn profile_fields() -> Fields {
    Fields::new(std::iter::empty(), PROFILE.iter().chain(DAYS).copied())
}

pub(super) fn video_fields() -> Fields {
    Fields::new(std::iter::once("item_id"), VIDEO.iter().copied())
}

/// The request for an account and its days. `TikTok` knows no figures of the day that is not over.
pub(super) fn profile_request(ctx: &Context, slice: &Slice<'_>, fields: &Fields) -> Result<Request> {
    let today = slice.account.today(ctx.session.now());
    let (from, until) = (slice.days.from(), last_day(slice, today));
    let (from, until, fields) = (from.to_string(), until.to_string(), list(fields.names()));
    let query = [
        ("business_id", slice.account.id.as_str()),
        ("fields", &fields),
        ("start_date", &from),
        ("end_date", &until),
    ];
    get(ctx, "/business/get/", &query)
}

fn last_day(slice: &Slice<'_>, today: NaiveDate) -> NaiveDate {
    let yesterday = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    slice.days.until().min(yesterday.max(slice.days.from()))
}

/// The account and its days. Only those of `metrics` count: the figures beside it repeat the newest day. An account without
/// them is a refusal and no reading: what is stored of its days must not go.
pub(super) fn profile(batch: Batch, slice: &Slice<'_>) -> Result<Page> {
    let root = Node::root(&batch.value, "$");
    let data = root.at("data");
    let mut records = vec![Record::Entity(described(&data, slice)?)];
    let mut seen = Seen::default();
    if data.at("metrics").is_absent() {
        let refused = |message| Err(Error::new(ErrorKind::Permission(DeniedScope::Stream), message));
        if data.at("is_business_account").boolean()? == Some(false) {
            return refused("TikTok gives no figures per day, because it is no business account.");
        }
        if !data.at("username").is_absent() {
            return refused("TikTok describes the account, but gives no figures per day.");
        }
    }
    need_list(&batch.value, "metrics")?;
    let rows = data.at("metrics").each(|row| {
        let node = row.at("date");
        let text = node.need_text()?;
        let date = text.get(..10).and_then(|day| day.parse().ok());
        let date = date.ok_or_else(|| node.drift(format!("{text:?} is no day such as 2026-09-01")))?;
        // Not asked for: the slice that covers the day brings it.
        if !slice.days.contains(date) {
            return Ok(());
        }
        seen.fields_of(row)?;
        let mut fact = mapping::fact(slice, EntityKind::Account, slice.account.id.clone(), date);
        fact.values = mapping::values(row, DAY_MEASURES)?;
        fact.extra = mapping::attributes(row, &["date"])?;
        fact.extra.retain(|name, value| !is_measure(DAY_MEASURES, name) && !value.is_array());
        records.push(Record::Fact(fact));
        Ok(())
    })?;
    records.extend(seen.missing_measures(slice, DAY_MEASURES).into_iter().map(Record::Warning));
    Ok(Page { records, rows: rows as u64, raw: Some(batch.raw) })
}

fn described(data: &Node<'_>, slice: &Slice<'_>) -> Result<crate::record::EntityRecord> {
    let mut known = mapping::attributes(data, &[])?;
    known.retain(|name, value| PROFILE.contains(&name.as_str()) && !value.is_array());
    keep_lists(data, "audience_", &mut known)?;
    let mut entity = mapping::account(slice, known);
    let name = data.at("display_name").filled()?.or(data.at("username").filled()?);
    entity.name = name.unwrap_or(entity.name);
    Ok(entity)
}

/// Lists of shares (0 to 1) whose name starts so.
fn keep_lists(node: &Node<'_>, prefix: &str, known: &mut Map<String, Value>) -> Result<()> {
    for (name, value) in node.object()?.into_iter().flatten() {
        if name.starts_with(prefix) && value.as_array().is_some_and(|items| !items.is_empty()) {
            known.insert(name.clone(), value.clone());
        }
    }
    Ok(())
}

fn is_measure(measures: &[Measure], name: &str) -> bool {
    measures.iter().any(|(_, fields, _)| fields.contains(&name))
}

/// The first page of videos with those fields.
pub(super) fn videos_request(ctx: &Context, slice: &Slice<'_>, fields: &Fields) -> Result<Request> {
    let (fields, size) = (list(fields.names()), page_size(ctx, MOST).to_string());
    let query = [("business_id", slice.account.id.as_str()), ("fields", &fields), ("max_count", &size)];
    get(ctx, "/business/video/list/", &query)
}

/// A page of videos, with what they have come to by that day.
pub(super) fn videos(batch: Batch, slice: &Slice<'_>, day: NaiveDate, seen: &mut Seen) -> Result<Page> {
    need_list(&batch.value, "videos")?;
    mapping::page(batch, "/data/videos", |video, records| {
        let id = video.at("item_id").need_text()?;
        seen.fields_of(video)?;
        let mut entity = mapping::entity(slice, EntityKind::Post, id.clone(), video.at("caption").filled()?);
        entity.attributes = mapping::attributes(video, &["item_id", "caption", "create_time"])?;
        entity
            .attributes
            .retain(|name, _| !is_measure(VIDEO_MEASURES, name) && !VIDEO_EXTRA.contains(&name.as_str()));
        keep_lists(video, "audience_", &mut entity.attributes)?;
        keep_lists(video, "impression_sources", &mut entity.attributes)?;
        let published = instant(&video.at("create_time"))?;
        entity.attributes.extend(published.map(|at| ("created_at".into(), written(at).into())));
        records.push(Record::Entity(entity));
        let mut fact = mapping::fact(slice, EntityKind::Post, id, day);
        fact.began = published.map(|at| slice.account.today(at));
        fact.values = mapping::values(video, VIDEO_MEASURES)?;
        fact.extra = mapping::attributes(video, &[])?;
        fact.extra.retain(|name, _| VIDEO_EXTRA.contains(&name.as_str()));
        records.push(Record::Fact(fact));
        Ok(())
    })
}

/// Warnings about measures of videos that never came.
pub(super) fn missing(seen: &Seen, slice: &Slice<'_>) -> Page {
    Page::of_warnings(seen.missing_measures(slice, VIDEO_MEASURES))
}

/// Seconds since 1970, as number or text.
fn instant(node: &Node<'_>) -> Result<Option<DateTime<Utc>>> {
    Ok(node.integer()?.and_then(|seconds| DateTime::from_timestamp(seconds, 0)))
}

/// As [`instant`], in writing.
pub(super) fn moment(node: &Node<'_>) -> Result<Option<String>> {
    Ok(instant(node)?.map(written))
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What is kept of the comments below a video: how many there are, and when the last one came. Not what they say.
#[derive(Debug, Default)]
pub(super) struct Comments {
    count: u64,
    last: Option<String>,
}

impl Comments {
    /// A page of them.
    pub(super) fn page(&mut self, batch: Batch) -> Result<Page> {
        need_list(&batch.value, "comments")?;
        let page = mapping::page(batch, "/data/comments", |comment, _| {
            self.last = self.last.take().max(moment(&comment.at("create_time"))?);
            Ok(())
        })?;
        self.count += page.rows;
        // The page's own text is what must not be kept.
        Ok(Page { raw: None, ..page })
    }

    /// The video that they are below.
    pub(super) fn below(self, slice: &Slice<'_>, id: &str, caption: Option<String>) -> Record {
        let mut entity = mapping::entity(slice, EntityKind::Post, id.to_owned(), caption);
        entity.attributes.insert("comments_listed".into(), self.count.into());
        entity.attributes.extend(self.last.map(|at| ("last_comment_at".to_owned(), Value::from(at))));
        Record::Entity(entity)
    }
}

/// Suggestions for a word. How often a hashtag was seen by all of `TikTok` is no figure of the account.
pub(super) fn hashtags(batch: Batch, slice: &Slice<'_>, keyword: &str) -> Result<Page> {
    need_list(&batch.value, "suggestions")?;
    let mut found = Vec::new();
    let mut page = mapping::page(batch, "/data/suggestions", |row, _| {
        row.at("name").need_text()?;
        found.push(Value::Object(mapping::attributes(row, &[])?));
        Ok(())
    })?;
    let known = Map::from_iter([
        ("hashtag_keyword".to_owned(), Value::from(keyword)),
        ("hashtag_suggestions".to_owned(), Value::Array(found)),
    ]);
    page.records.push(Record::Entity(mapping::account(slice, known)));
    Ok(page)
}
