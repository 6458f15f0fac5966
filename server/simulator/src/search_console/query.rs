//! `searchAnalytics/query`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{Months, NaiveDate, TimeDelta};
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::google::Refused;
use crate::num;
use crate::state::SimulatorState;
use crate::world::search::QueryDay;

/// Rows of a page when nothing is asked for, and at most.
const ROWS: (usize, usize) = (1_000, 25_000);

/// Rows of a day, type and property that are ever shown.
const MOST: usize = 50_000;

/// Days after which figures are final.
const FINAL_DAYS: i64 = 3;

/// Impressions below which a query of a day stays unnamed.
const NAMED: i64 = 3;

/// Days on which all sites are counted, whatever their own zone.
const ZONE: Tz = Tz::America__Los_Angeles;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Request {
    start_date: String,
    end_date: String,
    #[serde(default)]
    dimensions: Vec<Dimension>,
    #[serde(rename = "type", alias = "searchType", default)]
    kind: Kind,
    #[serde(default)]
    dimension_filter_groups: Vec<Group>,
    #[serde(default)]
    aggregation_type: Aggregation,
    row_limit: Option<usize>,
    #[serde(default)]
    start_row: usize,
    #[serde(default)]
    data_state: DataState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Dimension {
    Date,
    Page,
    Query,
    Country,
    Device,
    SearchAppearance,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    #[default]
    Web,
    Image,
    Video,
    News,
    Discover,
    GoogleNews,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Aggregation {
    #[default]
    Auto,
    ByPage,
    ByProperty,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DataState {
    #[default]
    Final,
    All,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Group {
    #[expect(dead_code, reason = "the API knows no other way to join filters than `and`")]
    group_type: Option<String>,
    filters: Vec<Filter>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Filter {
    dimension: Dimension,
    #[serde(default)]
    operator: Operator,
    expression: String,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Operator {
    #[default]
    Equals,
    NotEquals,
    Contains,
    NotContains,
}

/// Queries by day, filled as days are asked for.
type Days = Mutex<HashMap<NaiveDate, Arc<Vec<QueryDay>>>>;

/// Clicks, impressions, and positions times impressions.
type Sum = (i64, i64, f64);

/// The answer to a query.
///
/// # Errors
/// 400 for what a query may not say.
pub fn run(state: &SimulatorState, account: usize, body: &[u8], unknown: bool) -> Result<Value, Refused> {
    let invalid = |message: String| Refused::bad(message).because("global", "invalidParameter");
    let request: Request = serde_json::from_slice(body).map_err(|error| {
        Refused::bad(format!("Invalid JSON payload received. {error}")).because("global", "parseError")
    })?;
    let at = state.counted_at();
    let today = at.with_timezone(&ZONE).date_naive();
    let (from, until) = dates(&request, today).map_err(invalid)?;
    let by_page = check(&request).map_err(invalid)?;
    let final_until = today - TimeDelta::days(FINAL_DAYS);
    let last = if request.data_state == DataState::All { today } else { final_until }.min(until);
    let mut sums: BTreeMap<Vec<String>, Sum> = BTreeMap::new();
    for day in from.max(state.world().first_day).iter_days().take_while(|day| *day <= last) {
        let rows = of_day(state, account, day);
        for row in rows.iter().filter(|row| is_wanted(&request, row, day)) {
            let (clicks, impressions) = match request.kind {
                Kind::Web => (row.clicks, row.impressions),
                Kind::Image => (row.clicks / 12, row.impressions / 4),
                _ => (0, 0),
            };
            if impressions == 0 {
                continue;
            }
            let key = request.dimensions.iter().map(|of| label(*of, row, day)).collect();
            let sum = sums.entry(key).or_default();
            sum.0 += clicks;
            sum.1 += impressions;
            sum.2 += row.position * num::real(impressions);
        }
    }
    let mut rows: Vec<(Vec<String>, Sum)> = sums.into_iter().collect();
    // By date where it is asked for, and by clicks.
    let date = request.dimensions.iter().position(|of| *of == Dimension::Date);
    rows.sort_by_key(|(key, sum)| (date.map(|at| key[at].clone()), -sum.0));
    rows.truncate(MOST);
    let limit = request.row_limit.unwrap_or(ROWS.0);
    let has_position = !matches!(request.kind, Kind::Discover | Kind::GoogleNews);
    let page: Vec<Value> = rows
        .iter()
        .skip(request.start_row)
        .take(limit)
        .map(|(key, sum)| row(key, *sum, has_position, unknown))
        .collect();
    let aggregation = if by_page { "byPage" } else { "byProperty" };
    let mut answer = json!({"responseAggregationType": aggregation});
    if !page.is_empty() {
        answer["rows"] = page.into();
    }
    if request.data_state == DataState::All && until > final_until {
        let first = from.max(final_until + TimeDelta::days(1));
        answer["metadata"] = json!({"first_incomplete_date": first.to_string()});
    }
    Ok(answer)
}

fn dates(request: &Request, today: NaiveDate) -> Result<(NaiveDate, NaiveDate), String> {
    let parse = |name: &str, text: &str| {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map_err(|_| format!("Invalid value at '{name}': {text}. Dates are written as YYYY-MM-DD."))
    };
    let (from, until) = (parse("startDate", &request.start_date)?, parse("endDate", &request.end_date)?);
    if from > until {
        return Err(format!("startDate {from} is after endDate {until}."));
    }
    let oldest = today.checked_sub_months(Months::new(16)).unwrap_or(today);
    if until < oldest {
        return Err(format!("The dates must be within the last 16 months: {until} is before {oldest}."));
    }
    Ok((from, until))
}

/// Whether pages are counted; an error for a mix that the API refuses.
fn check(request: &Request) -> Result<bool, String> {
    let dimensions = &request.dimensions;
    if dimensions.contains(&Dimension::SearchAppearance) && dimensions.len() > 1 {
        return Err("searchAppearance can't be combined with other dimensions.".to_owned());
    }
    let twice = dimensions.iter().enumerate().any(|(at, of)| dimensions[..at].contains(of));
    if twice {
        return Err("A dimension is named twice.".to_owned());
    }
    let has_queries = !matches!(request.kind, Kind::Discover | Kind::GoogleNews);
    if !has_queries && dimensions.contains(&Dimension::Query) {
        return Err("This type has no dimension query.".to_owned());
    }
    let limit = request.row_limit.unwrap_or(ROWS.0);
    if limit == 0 || limit > ROWS.1 {
        return Err(format!("rowLimit must be between 1 and {}: {limit}.", ROWS.1));
    }
    let filters = request.dimension_filter_groups.iter().flat_map(|group| &group.filters);
    if let Some(filter) = filters.clone().find(|filter| filter.dimension == Dimension::Date) {
        return Err(format!("Can't filter by date: {}.", filter.expression));
    }
    let by_page = dimensions.contains(&Dimension::Page)
        || filters.clone().any(|filter| filter.dimension == Dimension::Page);
    if by_page && request.aggregation_type == Aggregation::ByProperty {
        return Err("byProperty can't be used with the dimension page.".to_owned());
    }
    Ok(by_page || request.aggregation_type == Aggregation::ByPage)
}

fn of_day(state: &SimulatorState, account: usize, day: NaiveDate) -> Arc<Vec<QueryDay>> {
    let at = state.counted_at();
    let days = state.memo(("queries", account, at.timestamp()), |_| Days::default());
    let found = days.lock().unwrap_or_else(PoisonError::into_inner).get(&day).cloned();
    found.unwrap_or_else(|| {
        let made = Arc::new(state.world().queries(account, day, at));
        days.lock().unwrap_or_else(PoisonError::into_inner).insert(day, Arc::clone(&made));
        made
    })
}

fn is_wanted(request: &Request, row: &QueryDay, day: NaiveDate) -> bool {
    let names = |of: Dimension| request.dimensions.contains(&of);
    // What few people typed is counted and never named, and only some results look special.
    if names(Dimension::Query) && row.impressions < NAMED {
        return false;
    }
    if names(Dimension::SearchAppearance) && label(Dimension::SearchAppearance, row, day).is_empty() {
        return false;
    }
    request.dimension_filter_groups.iter().flat_map(|group| &group.filters).all(|filter| {
        let value = label(filter.dimension, row, day);
        match filter.operator {
            Operator::Equals => value == filter.expression,
            Operator::NotEquals => value != filter.expression,
            Operator::Contains => value.contains(&filter.expression),
            Operator::NotContains => !value.contains(&filter.expression),
        }
    })
}

fn label(dimension: Dimension, row: &QueryDay, day: NaiveDate) -> String {
    match dimension {
        Dimension::Date => day.to_string(),
        Dimension::Page => row.page.clone(),
        Dimension::Query => row.query.clone(),
        Dimension::Country => row.country.to_owned(),
        Dimension::Device => row.device.to_owned(),
        // Pages of products show their price on small screens.
        Dimension::SearchAppearance => match (row.device, row.page.matches('/').count() > 3) {
            ("MOBILE", true) => "PRODUCT_SNIPPETS".to_owned(),
            _ => String::new(),
        },
    }
}

fn row(key: &[String], (clicks, impressions, position): Sum, has_position: bool, unknown: bool) -> Value {
    let shown = num::real(impressions);
    let mut row = json!({
        "clicks": num::real(clicks),
        "impressions": shown,
        "ctr": num::real(clicks) / shown,
    });
    if !key.is_empty() {
        row["keys"] = json!(key);
    }
    if has_position {
        row["position"] = (position / shown).into();
    }
    if unknown {
        row["simulatedAddition"] = 7.into();
    }
    row
}
