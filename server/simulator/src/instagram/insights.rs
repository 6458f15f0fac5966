//! Figures of accounts, posts and stories.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::America::Los_Angeles;
use serde_json::{Value, json};

use super::Ids;
use super::media::Found;
use crate::asked::Asked;
use crate::meta::error::GraphError;
use crate::meta::objects::{followers, written};
use crate::num;
use crate::state::SimulatorState;
use crate::world::audience;
use crate::world::paid::Engagement;
use crate::world::posts::{Feed, PageDay};

/// Days that a call may span, and for which `follower_count` is kept.
const DAYS: i64 = 30;

/// Places that are named at most.
const PLACES: usize = 45;

/// Metrics that have a value for each day.
const SERIES: [&str; 2] = ["reach", "follower_count"];

fn figure(object: &str, name: &str, period: &str, more: Value) -> Value {
    let mut figure = json!({
        "name": name,
        "period": period,
        "title": name.replace('_', " "),
        "description": format!("{}.", name.replace('_', " ")),
        "id": format!("{object}/insights/{name}/{period}"),
    });
    if let (Some(figure), Value::Object(more)) = (figure.as_object_mut(), more) {
        figure.extend(more);
    }
    figure
}

fn metrics(asked: &Asked) -> Result<Vec<&str>, GraphError> {
    let text =
        asked.get("metric").ok_or_else(|| GraphError::parameter("The parameter metric is required"))?;
    Ok(text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect())
}

/// `GET /{media}/insights`.
pub(super) fn of_media(asked: &Asked, found: &Found) -> Result<Value, GraphError> {
    let id = found.object["id"].as_str().unwrap_or_default();
    let mut rows = Vec::new();
    for name in metrics(asked)? {
        let value = found.metric(name).ok_or_else(|| {
            GraphError::parameter(format!(
                "The Media Insights API does not support the {name} metric for this media product type."
            ))
        })?;
        rows.push(figure(id, name, "lifetime", json!({"values": [{"value": value}]})));
    }
    asked.odd(&mut rows);
    Ok(json!({"data": rows}))
}

/// `GET /{user}/insights`.
pub(super) fn of_user(state: &SimulatorState, asked: &Asked, ids: Ids) -> Result<Value, GraphError> {
    let names = metrics(asked)?;
    let user = ids.instagram.to_string();
    if names.iter().any(|name| name.ends_with("_demographics")) {
        return audience_of(state, asked, ids, &names);
    }
    if asked.get("period") != Some("day") {
        return Err(GraphError::parameter(
            "The parameter period is required, and must be day for these metrics",
        ));
    }
    let (since, until) = window(state, asked)?;
    let mut rows = Vec::new();
    for name in names {
        let more = if asked.get("metric_type") == Some("total_value") {
            json!({"total_value": {"value": total(state, ids, name, since, until)?}})
        } else {
            json!({"values": series(state, ids, name, since, until)?})
        };
        rows.push(figure(&user, name, "day", more));
    }
    asked.odd(&mut rows);
    // These two lead to other stretches of time, not to more of this one.
    let other = |from: DateTime<Utc>, to: DateTime<Utc>| {
        let (from, to) = (from.timestamp(), to.timestamp());
        format!("https://graph.facebook.com/{}?since={from}&until={to}", asked.path.join("/"))
    };
    let length = until - since;
    Ok(json!({
        "data": rows,
        "paging": {"previous": other(since - length, since), "next": other(until, until + length)},
    }))
}

fn window(state: &SimulatorState, asked: &Asked) -> Result<(DateTime<Utc>, DateTime<Utc>), GraphError> {
    let now = state.clock().now();
    let until = asked.moment("until").unwrap_or(now);
    let since = asked.moment("since").unwrap_or(until - TimeDelta::days(1));
    if since > now {
        return Err(GraphError::parameter("since param is not valid: it lies in the future"));
    }
    if since > until {
        return Err(GraphError::parameter("since param must be before until param"));
    }
    if until - since > TimeDelta::days(DAYS) {
        return Err(GraphError::parameter(
            "There cannot be more than 30 days (2592000 s) between since and until",
        ));
    }
    Ok((since, until))
}

/// The midnight that ends a day at Meta, whatever the account's zone.
fn end_of(day: NaiveDate) -> DateTime<Utc> {
    let next = (day + TimeDelta::days(1)).and_time(chrono::NaiveTime::MIN);
    Los_Angeles.from_local_datetime(&next).earliest().map_or_else(|| next.and_utc(), |at| at.to_utc())
}

fn series(
    state: &SimulatorState,
    ids: Ids,
    name: &str,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<Value>, GraphError> {
    if !SERIES.contains(&name) {
        let message = format!(
            "The following metrics ({name}) should be specified with parameter metric_type=total_value"
        );
        return Err(GraphError::parameter(message));
    }
    let now = state.clock().now();
    if name == "follower_count" && since < now - TimeDelta::days(DAYS + 1) {
        let message = "(follower_count) metric only supports querying data for the last 30 days excluding the current day";
        return Err(GraphError::parameter(message));
    }
    let days = state.page_days(Feed::Instagram, ids.at);
    let ended = days.iter().map(|(day, page)| (end_of(*day), page));
    let there = ended.filter(|(end, _)| *end > since && *end <= until && *end <= now);
    let values = there.map(|(end, page)| {
        let value = if name == "reach" { page.reach } else { page.gained - page.lost };
        json!({"value": value, "end_time": written(end)})
    });
    Ok(values.collect())
}

/// A day with what people did with all posts.
type Day = (NaiveDate, PageDay, Engagement, i64);

fn days(state: &SimulatorState, at: usize) -> Arc<Vec<Day>> {
    let (pages, posts) = (state.page_days(Feed::Instagram, at), state.posts(Feed::Instagram, at));
    let now = state.counted_at();
    state.memo(("instagram days", at, now.timestamp()), |_| {
        let day = |(day, page): &(NaiveDate, PageDay)| {
            let begin = day.and_time(chrono::NaiveTime::MIN).and_utc();
            let end = (begin + TimeDelta::days(1)).min(now);
            let (mut did, mut clicks) = (Engagement::default(), 0);
            // What is older has hardly anything left to come.
            for post in
                posts.iter().filter(|p| p.published_at < end && end - p.published_at < TimeDelta::days(40))
            {
                let (before, after) = (post.totals(begin), post.totals(end));
                did.likes += after.engagement.likes - before.engagement.likes;
                did.comments += after.engagement.comments - before.engagement.comments;
                did.shares += after.engagement.shares - before.engagement.shares;
                did.saves += after.engagement.saves - before.engagement.saves;
                clicks += after.clicks - before.clicks;
            }
            (*day, *page, did, clicks)
        };
        pages.iter().map(day).collect()
    })
}

fn total(
    state: &SimulatorState,
    ids: Ids,
    name: &str,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<i64, GraphError> {
    let value = |(_, page, did, clicks): &Day| {
        let all = did.likes + did.comments + did.shares + did.saves;
        Some(match name {
            "views" => page.impressions,
            "reach" => page.reach,
            "accounts_engaged" => all * 4 / 5,
            "total_interactions" => all,
            "likes" => did.likes,
            "comments" => did.comments,
            "shares" => did.shares,
            "saves" => did.saves,
            "replies" => did.comments / 6,
            "follows_and_unfollows" => page.gained + page.lost,
            "profile_views" => page.visits,
            "profile_links_taps" | "website_clicks" => *clicks,
            _ => return None,
        })
    };
    let noon = |day: NaiveDate| day.and_hms_opt(12, 0, 0).unwrap_or_default().and_utc();
    let is_asked = |day: NaiveDate| (since..until.max(since + TimeDelta::days(1))).contains(&noon(day));
    let days = days(state, ids.at);
    let known = days.first().is_some_and(|day| value(day).is_some());
    if !known {
        return Err(GraphError::parameter(format!(
            "metric[0] must be one of the following values: views, reach, accounts_engaged, total_interactions, likes, comments, shares, saves, replies, follows_and_unfollows, profile_views, profile_links_taps, website_clicks; not {name}"
        )));
    }
    Ok(days.iter().filter(|day| is_asked(day.0)).filter_map(value).sum())
}

fn audience_of(state: &SimulatorState, asked: &Asked, ids: Ids, names: &[&str]) -> Result<Value, GraphError> {
    if asked.get("period") != Some("lifetime") || asked.get("metric_type") != Some("total_value") {
        return Err(GraphError::parameter("demographics need period=lifetime and metric_type=total_value"));
    }
    let template = state.world().accounts[ids.at].template;
    let count = num::real(followers(state, Feed::Instagram, ids.at));
    let keys: Vec<&str> = asked.get("breakdown").unwrap_or_default().split(',').collect();
    let mut results = vec![(Vec::new(), 1.0)];
    for key in &keys {
        let shares = match *key {
            "age" => audience::AGES,
            "gender" => audience::GENDERS,
            "country" => audience::countries(template),
            "city" => audience::cities(template),
            other => {
                let message = format!("breakdown must be one of age, city, country, gender; not {other:?}");
                return Err(GraphError::parameter(message));
            }
        };
        let longer = results.iter().flat_map(|(values, part): &(Vec<String>, f64)| {
            shares.iter().map(move |(value, share)| {
                let value = match *value {
                    "female" => "F",
                    "male" => "M",
                    "unknown" => "U",
                    other => other,
                };
                (values.iter().cloned().chain([value.to_owned()]).collect(), part * share)
            })
        });
        results = longer.collect();
    }
    let results: Vec<_> = results
        .into_iter()
        .take(PLACES)
        .map(|(values, share)| json!({"dimension_values": values, "value": num::floor(count * share)}))
        .collect();
    let breakdowns = json!([{"dimension_keys": keys, "results": results}]);
    let user = ids.instagram.to_string();
    let mut rows: Vec<_> = names
        .iter()
        .map(|name| figure(&user, name, "lifetime", json!({"total_value": {"breakdowns": breakdowns}})))
        .collect();
    asked.odd(&mut rows);
    Ok(json!({"data": rows}))
}
