//! `runReport`: a request's cells, added up, ordered and cut into pages.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde::Deserialize;
use serde_json::{Value, json};

use super::cube::{self, Metric, Sums};
use super::{property_id, quota};
use crate::google::Refused;
use crate::state::SimulatorState;

/// Most dimensions, metrics and ranges of one request.
const MOST: (usize, usize, usize) = (9, 10, 4);

/// Rows of a page when nothing is asked for, and at most.
const ROWS: (usize, usize) = (10_000, 250_000);

/// `batchRunReports`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Batch {
    /// Reports.
    pub requests: Vec<Request>,
}

/// `runReport`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[derive(Default)]
pub struct Request {
    property: Option<String>,
    date_ranges: Vec<Range>,
    dimensions: Vec<Named>,
    metrics: Vec<Named>,
    limit: Option<Value>,
    offset: Option<Value>,
    keep_empty_rows: bool,
    return_property_quota: bool,
    order_bys: Vec<OrderBy>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Range {
    start_date: String,
    end_date: String,
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OrderBy {
    dimension: Option<ByDimension>,
    metric: Option<ByMetric>,
    #[serde(default)]
    desc: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ByDimension {
    dimension_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ByMetric {
    metric_name: String,
}

type Row = (Vec<String>, Sums);

/// The answer to a report's request.
///
/// # Errors
/// 400 for what the request may not say, 429 when the property's tokens are used up.
pub fn run(
    state: &SimulatorState,
    account: usize,
    request: Request,
    unknown: bool,
) -> Result<Value, Refused> {
    let metrics = check(&request, account)?;
    let names: Vec<&str> = request.dimensions.iter().map(|dimension| dimension.name.as_str()).collect();
    let scope = cube::scope(names.iter().copied(), &metrics).ok_or_else(|| {
        Refused::bad(
            "The request's dimensions & metrics are incompatible. To learn more, see \
             https://ga-dev-tools.google/ga4/dimensions-metrics-explorer/",
        )
    })?;
    let today = state.world().accounts[account].today(state.counted_at());
    let mut rows: BTreeMap<Vec<String>, Sums> = BTreeMap::new();
    for (at, range) in request.date_ranges.iter().enumerate() {
        let (from, until) = (day(&range.start_date, today)?, day(&range.end_date, today)?);
        if from > until {
            return Err(Refused::bad(format!(
                "Invalid dateRanges: startDate {from} is after endDate {until}."
            )));
        }
        let label = range.name.clone().unwrap_or_else(|| format!("date_range_{at}"));
        for cell in cube::cells(state, account, scope, (from, until)) {
            let mut key: Vec<String> = names.iter().map(|name| cell.value(name)).collect();
            if request.date_ranges.len() > 1 {
                key.push(label.clone());
            }
            *rows.entry(key).or_default() += cell.sums;
        }
    }
    let mut rows: Vec<Row> = rows.into_iter().collect();
    if !request.keep_empty_rows {
        rows.retain(|(_, sums)| metrics.iter().any(|metric| (metric.value)(sums) != "0"));
    }
    order(&mut rows, &request, &names, &metrics);
    let tokens = 1 + u64::try_from(rows.len() / 5_000).unwrap_or(0).min(9);
    let left = quota::charge(state, property_id(account), tokens)?;
    let mut answer = page(&request, &rows, &metrics, unknown)?;
    let of = state.world().accounts[account].template;
    answer["metadata"] = json!({"currencyCode": of.currency, "timeZone": of.zone.name()});
    answer["kind"] = "analyticsData#runReport".into();
    if request.return_property_quota {
        answer["propertyQuota"] = left;
    }
    Ok(answer)
}

fn check(request: &Request, account: usize) -> Result<Vec<&'static Metric>, Refused> {
    let (dimensions, metrics, ranges) =
        (request.dimensions.len(), request.metrics.len(), request.date_ranges.len());
    let too_many = [
        (dimensions > MOST.0, format!("Requests are limited to {} dimensions.", MOST.0)),
        (metrics > MOST.1, format!("Requests are limited to {} metrics.", MOST.1)),
        (ranges > MOST.2, format!("Requests are limited to {} dateRanges.", MOST.2)),
        (ranges == 0, "A dateRange is required.".to_owned()),
        (metrics + dimensions == 0, "At least one dimension or metric is required.".to_owned()),
    ];
    if let Some((_, message)) = too_many.into_iter().find(|(wrong, _)| *wrong) {
        return Err(Refused::bad(message));
    }
    let own = format!("properties/{}", property_id(account));
    if request.property.as_ref().is_some_and(|named| *named != own) {
        return Err(Refused::bad("The property of the body is not the property of the address."));
    }
    let invalid = |name: &str, kind: &str| {
        Refused::bad(format!(
            "Field {name} is not a valid {kind}. For a list of valid dimensions and metrics, see \
             https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema"
        ))
    };
    if let Some(wrong) = request.dimensions.iter().find(|dimension| !cube::is_dimension(&dimension.name)) {
        return Err(invalid(&wrong.name, "dimension"));
    }
    request.metrics.iter().map(|of| cube::find(&of.name).ok_or_else(|| invalid(&of.name, "metric"))).collect()
}

/// A day as `YYYY-MM-DD`, `today`, `yesterday` or `NdaysAgo`.
fn day(text: &str, today: NaiveDate) -> Result<NaiveDate, Refused> {
    let ago = match text {
        "today" => Some(0),
        "yesterday" => Some(1),
        other => other.strip_suffix("daysAgo").and_then(|days| days.parse().ok()),
    };
    let found = match ago {
        Some(days) => today.checked_sub_days(Days::new(days)),
        None => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok(),
    };
    found.ok_or_else(|| {
        Refused::bad(format!("Invalid date: {text}. Use YYYY-MM-DD, today, yesterday or NdaysAgo."))
    })
}

fn order(rows: &mut [Row], request: &Request, names: &[&str], metrics: &[&'static Metric]) {
    let number = |text: String| text.parse::<f64>().unwrap_or(0.0);
    rows.sort_by(|a, b| {
        request.order_bys.iter().fold(Ordering::Equal, |order, by| {
            let next = || {
                let of_dimension = by.dimension.as_ref().and_then(|of| {
                    let at = names.iter().position(|name| *name == of.dimension_name)?;
                    Some(a.0[at].cmp(&b.0[at]))
                });
                let of_metric = by.metric.as_ref().and_then(|of| {
                    let metric = metrics.iter().find(|metric| metric.name == of.metric_name)?;
                    number((metric.value)(&a.1)).partial_cmp(&number((metric.value)(&b.1)))
                });
                let next = of_dimension.or(of_metric).unwrap_or(Ordering::Equal);
                if by.desc { next.reverse() } else { next }
            };
            order.then_with(next)
        })
    });
}

fn page(
    request: &Request,
    rows: &[Row],
    metrics: &[&'static Metric],
    unknown: bool,
) -> Result<Value, Refused> {
    let limit = whole(request.limit.as_ref(), "limit")?.unwrap_or(ROWS.0).min(ROWS.1);
    let offset = whole(request.offset.as_ref(), "offset")?.unwrap_or(0);
    if limit == 0 {
        return Err(Refused::bad("The limit must be positive."));
    }
    let value = |text: &String| json!({"value": text});
    let page: Vec<Value> = rows
        .iter()
        .skip(offset)
        .take(limit)
        .map(|(key, sums)| {
            let figures = metrics.iter().map(|metric| value(&(metric.value)(sums)));
            let mut row = json!({
                "dimensionValues": key.iter().map(value).collect::<Vec<_>>(),
                "metricValues": figures.collect::<Vec<_>>(),
            });
            if unknown {
                row["simulatedAddition"] = json!({"value": "7"});
            }
            row
        })
        .collect();
    let mut headers: Vec<Value> = request.dimensions.iter().map(|of| json!({"name": of.name})).collect();
    if request.date_ranges.len() > 1 {
        headers.push(json!({"name": "dateRange"}));
    }
    let figures = metrics.iter().zip(&request.metrics);
    let figures = figures.map(|(metric, asked)| json!({"name": asked.name, "type": metric.kind}));
    let mut answer = json!({"dimensionHeaders": headers, "metricHeaders": figures.collect::<Vec<_>>()});
    // Without any row neither the rows nor their number are there.
    if !rows.is_empty() {
        answer["rowCount"] = rows.len().into();
    }
    if !page.is_empty() {
        answer["rows"] = page.into();
    }
    Ok(answer)
}

/// An int64, which JSON may write as a number or as text.
fn whole(value: Option<&Value>, name: &str) -> Result<Option<usize>, Refused> {
    let Some(value) = value else { return Ok(None) };
    let parsed = match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64().and_then(|number| usize::try_from(number).ok()),
    };
    parsed.map(Some).ok_or_else(|| Refused::bad(format!("Invalid value at '{name}' (TYPE_INT64), {value}")))
}
