//! Pages of organizations: who administrates them, and their daily figures.

use chrono::{Months, NaiveDate, TimeDelta};
use serde_json::{Value, json};

use super::restli::Query;
use super::{Refused, by_start, day_of, millis};
use crate::state::SimulatorState;
use crate::world::paid::Engagement;
use crate::world::posts::{Feed, PageDay};

/// Months for which figures are kept.
const MONTHS: u32 = 12;

/// Number of a business's page.
fn id(account: usize) -> i64 {
    2_414_183 + i64::try_from(account).unwrap_or(0) * 307
}

/// The URN of a business's page.
pub fn urn(account: usize) -> String {
    format!("urn:li:organization:{}", id(account))
}

fn business(given: &str) -> Result<usize, Refused> {
    let number = given.strip_prefix("urn:li:organization:").unwrap_or(given);
    let mut accounts = Feed::LinkedIn.accounts().iter().copied();
    accounts.find(|account| id(*account).to_string() == number).ok_or_else(Refused::no_entity)
}

/// `GET /rest/organizationAcls?q=roleAssignee`.
pub fn roles(_: &SimulatorState, query: &Query) -> Result<Value, Refused> {
    query.finder("roleAssignee")?;
    let wanted = |name: &str, value: &str| query.text(name).is_none_or(|asked| asked == value);
    let is_there = wanted("role", "ADMINISTRATOR") && wanted("state", "APPROVED");
    let accounts = Feed::LinkedIn.accounts().iter().filter(|_| is_there);
    let all: Vec<Value> = accounts
        .map(|account| {
            json!({
                "organization": urn(*account),
                "role": "ADMINISTRATOR",
                "state": "APPROVED",
                "roleAssignee": "urn:li:person:Xw3kQ9pLmA",
            })
        })
        .collect();
    by_start(query, &all)
}

/// `GET /rest/organizations/{id}`.
pub fn organization(state: &SimulatorState, given: &str) -> Result<Value, Refused> {
    let account = business(given)?;
    let template = state.world().accounts[account].template;
    Ok(json!({
        "id": id(account),
        "localizedName": template.name,
        "vanityName": template.brand.replace(' ', "-"),
        "localizedWebsite": template.site(),
        "primaryOrganizationType": "NONE",
    }))
}

/// The page that is asked about, and its days; nothing for the time as a whole.
fn asked(
    state: &SimulatorState,
    query: &Query,
    name: &str,
) -> Result<(usize, Option<(NaiveDate, NaiveDate)>), Refused> {
    query.finder(name)?;
    let account = business(query.needed(name)?.text().unwrap_or_default())?;
    let Some(intervals) = query.get("timeIntervals") else { return Ok((account, None)) };
    let invalid = || Refused::invalid("timeIntervals");
    if intervals.at(&["timeGranularityType"]).and_then(|kind| kind.text()) != Some("DAY") {
        return Err(invalid());
    }
    let edge = |name: &str| {
        let at = intervals.number(&["timeRange", name])?;
        (at % 86_400_000 == 0).then(|| day_of(at)).flatten()
    };
    let (from, until) = (edge("start").ok_or_else(invalid)?, edge("end").ok_or_else(invalid)?);
    if until <= from {
        return Err(invalid());
    }
    let today = state.counted_at().date_naive();
    let oldest = today.checked_sub_months(Months::new(MONTHS)).unwrap_or(today);
    Ok((account, Some((from.max(oldest).max(state.world().first_day), until))))
}

/// The days of a range whose end is excluded, as far as they can be seen.
fn days(
    state: &SimulatorState,
    account: usize,
    (from, until): (NaiveDate, NaiveDate),
    delay: i64,
) -> Vec<(NaiveDate, PageDay)> {
    let at = state.counted_at();
    let last = at.date_naive() - TimeDelta::days(delay);
    from.iter_days()
        .take_while(|day| *day < until && *day <= last)
        .filter_map(|day| {
            state.world().page_day(Feed::LinkedIn, account, day, at).map(|figures| (day, figures))
        })
        .collect()
}

fn time_range(day: NaiveDate) -> Value {
    json!({"start": millis(day), "end": millis(day + TimeDelta::days(1))})
}

fn answer(elements: Vec<Value>) -> Value {
    json!({"paging": {"start": 0, "count": 10, "links": []}, "elements": elements})
}

/// `GET /rest/organizationalEntityShareStatistics`.
pub fn shares(state: &SimulatorState, query: &Query) -> Result<Value, Refused> {
    let (account, range) = asked(state, query, "organizationalEntity")?;
    let at = state.counted_at();
    let posts = state.posts(Feed::LinkedIn, account);
    let statistics = |day: Option<NaiveDate>, impressions: Option<(i64, i64)>| {
        let (mut clicks, mut shown, mut sum) = (0, 0, Engagement::default());
        for post in posts.iter() {
            let begin = day.map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc());
            let end = begin.map_or(at, |begin| (begin + TimeDelta::days(1)).min(at));
            let (now, before) = (post.totals(end), begin.map(|begin| post.totals(begin)).unwrap_or_default());
            clicks += now.clicks - before.clicks;
            shown += now.impressions - before.impressions;
            sum.reach += now.engagement.reach - before.engagement.reach;
            sum.likes += now.engagement.likes - before.engagement.likes;
            sum.comments += now.engagement.comments - before.engagement.comments;
            sum.shares += now.engagement.shares - before.engagement.shares;
        }
        let (impressions, unique) = impressions.unwrap_or((shown, sum.reach));
        json!({
            "impressionCount": impressions,
            "uniqueImpressionsCount": unique,
            "clickCount": clicks,
            "likeCount": sum.likes,
            "commentCount": sum.comments,
            "shareCount": sum.shares,
        })
    };
    let Some(range) = range else {
        let total =
            json!({"organizationalEntity": urn(account), "totalShareStatistics": statistics(None, None)});
        return Ok(answer(vec![total]));
    };
    let elements = days(state, account, range, 0).into_iter().map(|(day, figures)| {
        json!({
            "organizationalEntity": urn(account),
            "timeRange": time_range(day),
            "totalShareStatistics": statistics(Some(day), Some((figures.impressions, figures.reach))),
        })
    });
    Ok(answer(elements.collect()))
}

/// `GET /rest/organizationalEntityFollowerStatistics`: up to two days ago.
pub fn followers(state: &SimulatorState, query: &Query) -> Result<Value, Refused> {
    let (account, range) = asked(state, query, "organizationalEntity")?;
    let Some(range) = range else {
        return Ok(answer(vec![json!({"organizationalEntity": urn(account)})]));
    };
    let elements = days(state, account, range, 2).into_iter().map(|(day, figures)| {
        let paid = figures.gained / 5;
        json!({
            "organizationalEntity": urn(account),
            "timeRange": time_range(day),
            "followerGains": {
                "organicFollowerGain": figures.gained - figures.lost - paid,
                "paidFollowerGain": paid,
            },
        })
    });
    Ok(answer(elements.collect()))
}

/// `GET /rest/organizationPageStatistics`.
pub fn views(state: &SimulatorState, query: &Query) -> Result<Value, Refused> {
    let (account, range) = asked(state, query, "organization")?;
    let range = range.ok_or_else(|| Refused::missing("timeIntervals"))?;
    let elements = days(state, account, range, 0).into_iter().map(|(day, figures)| {
        let views = json!({"pageViews": figures.visits, "uniquePageViews": figures.visits * 7 / 10});
        json!({
            "organization": urn(account),
            "timeRange": time_range(day),
            "totalPageStatistics": {"views": {"allPageViews": views}},
        })
    });
    Ok(answer(elements.collect()))
}

/// `GET /rest/networkSizes/{urn}`.
pub fn network(state: &SimulatorState, given: &str, query: &Query) -> Result<Value, Refused> {
    let account = business(given)?;
    if query.text("edgeType") != Some("COMPANY_FOLLOWED_BY_MEMBER") {
        return Err(Refused::invalid("edgeType"));
    }
    let at = state.counted_at();
    let figures = state.world().page_day(Feed::LinkedIn, account, at.date_naive(), at).unwrap_or_default();
    Ok(json!({"firstDegreeSize": figures.followers}))
}
