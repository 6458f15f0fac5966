//! Users, posts and mentions.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::{Params, Refused};
use crate::state::SimulatorState;
use crate::world::posts::{Feed, Post, PostKind};

/// Posts and mentions of a user that are ever shown.
const NEWEST: (usize, usize) = (3_200, 800);

/// Days for which figures that only the author sees are told.
const PRIVATE_DAYS: i64 = 30;

/// Moment 0 of the ids.
const EPOCH: i64 = 1_288_834_974_657;

/// The business whose user it is, which is the one of the token.
fn business() -> usize {
    Feed::X.accounts().first().copied().unwrap_or(0)
}

fn user_id() -> String {
    (2_244_994_940 + business()).to_string()
}

/// An id that grows with time.
fn snowflake(at: DateTime<Utc>, number: i64) -> i64 {
    ((at.timestamp_millis() - EPOCH) << 22) | (number & 0x003f_ffff)
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn no_such(kind: &str, parameter: &str, value: &str) -> Value {
    json!({
        "value": value,
        "detail": format!("Could not find {kind} with {parameter}: [{value}]."),
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    })
}

/// A call of API v2.
pub fn run(state: &SimulatorState, path: &str, params: &Params) -> Result<Value, Refused> {
    let segments: Vec<&str> = path.split('/').collect();
    match segments.as_slice() {
        ["users", "me"] => Ok(json!({"data": user(state, params)})),
        ["users", "by"] => Ok(by_name(state, params)),
        // The plan of the demo has neither.
        ["users", _, "followers"] | ["tweets", "search", "recent"] => Err(Refused::not_enrolled()),
        ["users", id, ..] if *id != user_id() => Ok(json!({"errors": [no_such("user", "id", id)]})),
        ["users", _] => Ok(json!({"data": user(state, params)})),
        ["users", _, "tweets"] => timeline(state, params),
        ["users", _, "mentions"] => mentions(state, params),
        ["tweets"] => by_ids(state, params),
        _ => Err(Refused::new(axum::http::StatusCode::NOT_FOUND, "Not Found", "Not Found")),
    }
}

fn username(state: &SimulatorState) -> String {
    state.world().accounts[business()].template.brand.replace(' ', "_")
}

fn user(state: &SimulatorState, params: &Params) -> Value {
    let at = state.counted_at();
    let of = state.world().accounts[business()].template;
    let page = state.world().page_day(Feed::X, business(), at.date_naive(), at).unwrap_or_default();
    let mut user = json!({"id": user_id(), "name": of.name, "username": username(state)});
    for field in params.list("user.fields") {
        user[field] = match field {
            "created_at" => "2013-12-14T04:35:55.000Z".into(),
            "verified" => true.into(),
            "protected" => false.into(),
            "description" => of.name.into(),
            "url" => of.site().into(),
            "profile_image_url" => format!("{}/media/logo.png", of.site()).into(),
            "public_metrics" => json!({
                "followers_count": page.followers,
                "following_count": 318,
                "tweet_count": state.posts(Feed::X, business()).len(),
                "listed_count": 412,
                "like_count": 1_209,
            }),
            _ => continue,
        };
    }
    user
}

fn by_name(state: &SimulatorState, params: &Params) -> Value {
    let (own, others): (Vec<&str>, Vec<&str>) =
        params.list("usernames").into_iter().partition(|name| name.eq_ignore_ascii_case(&username(state)));
    let mut answer = json!({});
    if !own.is_empty() {
        answer["data"] = json!([user(state, params)]);
    }
    if !others.is_empty() {
        answer["errors"] =
            others.into_iter().map(|name| no_such("user", "usernames", name)).collect::<Vec<_>>().into();
    }
    answer
}

fn id_of(post: &Post) -> i64 {
    snowflake(post.published_at, post.number)
}

/// A post as it is asked for, what of it was refused, and its media.
fn tweet(post: &Post, params: &Params, now: DateTime<Utc>) -> (Value, Vec<Value>, Option<Value>) {
    let id = id_of(post).to_string();
    let totals = post.totals(now);
    let more = totals.engagement;
    let text = format!("{} {}", post.text, post.link).replace('&', "&amp;");
    let mut tweet = json!({"id": id, "text": text, "edit_history_tweet_ids": [id]});
    let is_private = now - post.published_at >= TimeDelta::days(PRIVATE_DAYS);
    let (quotes, clicks) = (more.shares / 5, totals.clicks);
    let mut errors = Vec::new();
    let key = format!("13_{id}");
    for field in params.list("tweet.fields") {
        let value = match field {
            "created_at" => moment(post.published_at).into(),
            "author_id" => user_id().into(),
            "conversation_id" => id.as_str().into(),
            "lang" => "en".into(),
            "public_metrics" => json!({
                "retweet_count": more.shares - quotes,
                "reply_count": more.comments,
                "like_count": more.likes,
                "quote_count": quotes,
                "bookmark_count": more.saves,
                "impression_count": totals.impressions,
            }),
            "non_public_metrics" | "organic_metrics" if is_private => {
                errors.push(json!({
                    "resource_type": "tweet",
                    "field": field,
                    "parameter": field,
                    "resource_id": id,
                    "section": "data",
                    "title": "Field Authorization Error",
                    "value": id,
                    "detail": format!(
                        "Sorry, you are not authorized to access the field '{field}' on the Tweet with id '{id}'."
                    ),
                    "type": "https://api.twitter.com/2/problems/not-authorized-for-field",
                }));
                continue;
            }
            "non_public_metrics" => json!({
                "impression_count": totals.impressions,
                "url_link_clicks": clicks,
                "user_profile_clicks": clicks / 6,
                "engagements": clicks + more.likes + more.comments + more.shares + more.saves,
            }),
            "organic_metrics" => json!({
                "impression_count": totals.impressions,
                "like_count": more.likes,
                "reply_count": more.comments,
                "retweet_count": more.shares - quotes,
                "url_link_clicks": clicks,
                "user_profile_clicks": clicks / 6,
            }),
            "attachments" if matches!(post.kind, PostKind::Video(_)) => json!({"media_keys": [key]}),
            _ => continue,
        };
        tweet[field] = value;
    }
    let PostKind::Video(seconds) = post.kind else { return (tweet, errors, None) };
    let mut media = json!({"media_key": key, "type": "video"});
    for field in params.list("media.fields") {
        media[field] = match field {
            "public_metrics" => json!({"view_count": more.video_views}),
            "duration_ms" => (seconds * 1_000).into(),
            "preview_image_url" => post.picture.as_str().into(),
            _ => continue,
        };
    }
    (tweet, errors, Some(media))
}

/// Posts as an answer: data, what was refused, and media where they are asked for.
fn answer<'a>(
    posts: impl Iterator<Item = &'a Post>,
    params: &Params,
    now: DateTime<Utc>,
) -> Map<String, Value> {
    let (mut data, mut errors, mut media) = (Vec::new(), Vec::new(), Vec::new());
    for post in posts {
        let (tweet, refused, shown) = tweet(post, params, now);
        data.push(tweet);
        errors.extend(refused);
        media.extend(shown);
    }
    let mut answer = Map::new();
    let is_expanded = params.list("expansions").contains(&"attachments.media_keys");
    if is_expanded && !media.is_empty() {
        answer.insert("includes".to_owned(), json!({"media": media}));
    }
    // What is empty is not there.
    for (name, list) in [("data", data), ("errors", errors)] {
        if !list.is_empty() {
            answer.insert(name.to_owned(), list.into());
        }
    }
    answer
}

/// What a timeline's parameters let through, and the page.
struct Window {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    since: i64,
    before: i64,
    offset: usize,
    size: usize,
}

impl Window {
    fn of(params: &Params, now: DateTime<Utc>) -> Result<Self, Refused> {
        let time = |name: &str, otherwise: DateTime<Utc>| match params.get(name) {
            None => Ok(otherwise),
            Some(text) => DateTime::parse_from_rfc3339(text)
                .map(|at| at.with_timezone(&Utc))
                .map_err(|_| Refused::invalid(name, text, "Not a valid RFC 3339 date-time.")),
        };
        let id = |name: &str, otherwise: i64| match params.get(name) {
            None => Ok(otherwise),
            Some(text) => text.parse().map_err(|_| Refused::invalid(name, text, "Not a valid id.")),
        };
        let until = time("end_time", now)?;
        if params.get("end_time").is_some() && until > now - TimeDelta::seconds(10) {
            let text = params.get("end_time").unwrap_or_default();
            let message = "'end_time' must be a minimum of 10 seconds prior to the request time.";
            return Err(Refused::invalid("end_time", text, message));
        }
        let size = params.get("max_results").unwrap_or("10");
        let offset = match params.get("pagination_token") {
            None => 0,
            Some(token) => token
                .strip_prefix("7140dibdnow9c7btw")
                .and_then(|at| at.parse().ok())
                .ok_or_else(|| Refused::invalid("pagination_token", token, "Not a valid token."))?,
        };
        Ok(Self {
            from: time("start_time", DateTime::UNIX_EPOCH)?,
            until,
            since: id("since_id", 0)?,
            before: id("until_id", i64::MAX)?,
            offset,
            size: size
                .parse()
                .ok()
                .filter(|size| (5..=100).contains(size))
                .ok_or_else(|| Refused::invalid("max_results", size, "Must be between 5 and 100."))?,
        })
    }

    fn holds(&self, id: i64, at: DateTime<Utc>) -> bool {
        at >= self.from && at < self.until && id > self.since && id < self.before
    }

    fn meta(&self, ids: &[i64], total: usize) -> Value {
        let mut meta = json!({"result_count": ids.len()});
        if let (Some(newest), Some(oldest)) = (ids.first(), ids.last()) {
            meta["newest_id"] = newest.to_string().into();
            meta["oldest_id"] = oldest.to_string().into();
        }
        if self.offset + self.size < total {
            meta["next_token"] = format!("7140dibdnow9c7btw{}", self.offset + self.size).into();
        }
        meta
    }
}

fn timeline(state: &SimulatorState, params: &Params) -> Result<Value, Refused> {
    let now = state.counted_at();
    let window = Window::of(params, state.clock().now())?;
    let posts = state.posts(Feed::X, business());
    let all: Vec<&Post> = posts
        .iter()
        .rev()
        .take(NEWEST.0)
        .filter(|post| window.holds(id_of(post), post.published_at))
        .collect();
    let page: Vec<&Post> = all.iter().copied().skip(window.offset).take(window.size).collect();
    let ids: Vec<i64> = page.iter().map(|post| id_of(post)).collect();
    let mut answer = answer(page.into_iter(), params, now);
    answer.insert("meta".to_owned(), window.meta(&ids, all.len()));
    Ok(answer.into())
}

fn by_ids(state: &SimulatorState, params: &Params) -> Result<Value, Refused> {
    let ids = params.list("ids");
    if ids.is_empty() || ids.len() > 100 {
        let given = params.get("ids").unwrap_or_default();
        return Err(Refused::invalid("ids", given, "Must hold between 1 and 100 ids."));
    }
    let posts = state.posts(Feed::X, business());
    let find = |id: &&str| posts.iter().find(|post| id_of(post).to_string() == **id);
    let mut answer = answer(ids.iter().filter_map(find), params, state.counted_at());
    let missing: Vec<Value> =
        ids.iter().filter(|id| find(id).is_none()).map(|id| no_such("tweet", "ids", id)).collect();
    if !missing.is_empty()
        && let Some(errors) = answer.entry("errors").or_insert_with(|| json!([])).as_array_mut()
    {
        errors.extend(missing);
    }
    Ok(answer.into())
}

/// Replies to the posts, no more than they have comments.
fn mentions(state: &SimulatorState, params: &Params) -> Result<Value, Refused> {
    let now = state.counted_at();
    let window = Window::of(params, state.clock().now())?;
    let name = username(state);
    let mut all = Vec::new();
    let posts = state.posts(Feed::X, business());
    for post in posts.iter() {
        let replies = post.totals(now).engagement.comments.min(3);
        for reply in 1..=replies {
            let at = post.published_at + TimeDelta::minutes(37 * reply);
            let id = snowflake(at, post.number + reply);
            if at <= now && window.holds(id, at) {
                all.push((id, at, reply, post));
            }
        }
    }
    all.sort_by_key(|(id, ..)| -id);
    all.truncate(NEWEST.1);
    let page: Vec<_> = all.iter().skip(window.offset).take(window.size).collect();
    let data: Vec<Value> = page
        .iter()
        .map(|(id, at, reply, post)| {
            let text = format!("@{name} Thanks &amp; greetings! {}", post.utm);
            let mut tweet = json!({
                "id": id.to_string(),
                "text": text,
                "edit_history_tweet_ids": [id.to_string()],
            });
            for field in params.list("tweet.fields") {
                tweet[field] = match field {
                    "created_at" => moment(*at).into(),
                    "author_id" => (88_120_000 + post.number % 10_000 + reply).to_string().into(),
                    "conversation_id" => id_of(post).to_string().into(),
                    "referenced_tweets" => json!([{"type": "replied_to", "id": id_of(post).to_string()}]),
                    "public_metrics" => json!({
                        "retweet_count": 0, "reply_count": 0, "like_count": reply, "quote_count": 0,
                        "bookmark_count": 0, "impression_count": 40 * reply,
                    }),
                    _ => continue,
                };
            }
            tweet
        })
        .collect();
    let ids: Vec<i64> = page.iter().map(|(id, ..)| *id).collect();
    let mut answer = json!({"meta": window.meta(&ids, all.len())});
    if !data.is_empty() {
        answer["data"] = data.into();
    }
    Ok(answer)
}
