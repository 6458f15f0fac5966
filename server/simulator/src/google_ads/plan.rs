//! A query that has been checked against the schema: what to compute, filter, sort and write.

use chrono::{Datelike, Months, NaiveDate, TimeDelta};

use super::errors::ApiError;
use super::fields::{Field, Resource, camel};
use super::gaql::{self, Comparison, Test};

/// Days that `click_view` reaches back.
const CLICK_VIEW_DAYS: i64 = 90;

/// A checked query.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The resource in FROM.
    pub resource: Resource,
    /// Selected fields.
    pub select: Vec<Field>,
    /// Conditions on anything but the date.
    pub conditions: Vec<(Field, Test)>,
    /// Sort keys; true means descending.
    pub order: Vec<(Field, bool)>,
    /// Most rows to return.
    pub limit: Option<usize>,
    /// First and last day, where the query sets them.
    pub days: (Option<NaiveDate>, Option<NaiveDate>),
}

impl Plan {
    /// Checks a query for one API version; `today` is the account's.
    ///
    /// # Errors
    /// The vendor's error for whatever the query may not ask.
    pub fn new(text: &str, version: u32, today: NaiveDate) -> Result<Self, ApiError> {
        let query = gaql::parse(text)?;
        let resource = Resource::parse(&query.from)?;
        let field = |name: &str| Field::parse(name, resource, version);
        let select = query.select.iter().map(|name| field(name)).collect::<Result<Vec<_>, _>>()?;
        let mut days = (None, None);
        let mut conditions = Vec::new();
        for condition in query.conditions {
            let field = field(&condition.field)?;
            if field == Field::Date {
                let (low, high) = day_range(&condition.test, today)?;
                days = (days.0.max(low), earliest(days.1, high));
                continue;
            }
            require_selected(&select, field)?;
            conditions.push((field, condition.test));
        }
        let mut order = Vec::new();
        for key in query.order {
            let field = field(&key.field)?;
            require_selected(&select, field)?;
            order.push((field, key.descending));
        }
        let limit = query.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let plan = Self { resource, select, conditions, order, limit, days };
        plan.check_days(today)?;
        Ok(plan)
    }

    /// True when the field is selected.
    pub fn selects(&self, field: Field) -> bool {
        self.select.contains(&field)
    }

    /// True when rows are cut by any segment, so that rows without activity are left out.
    pub fn is_segmented(&self) -> bool {
        self.select.iter().any(|field| field.is_segment())
    }

    /// True when a metric is asked for anywhere.
    pub fn has_metrics(&self) -> bool {
        let filtered = self.conditions.iter().map(|(field, _)| field);
        let sorted = self.order.iter().map(|(field, _)| field);
        self.select.iter().chain(filtered).chain(sorted).any(|field| field.is_metric())
    }

    /// True when activity decides about the rows, and not only what exists.
    pub fn needs_facts(&self) -> bool {
        self.has_metrics() || self.is_segmented() || self.days != (None, None)
    }

    /// The `fieldMask` of answers.
    pub fn field_mask(&self) -> String {
        self.select.iter().map(|field| camel(field.name())).collect::<Vec<_>>().join(",")
    }

    fn check_days(&self, today: NaiveDate) -> Result<(), ApiError> {
        if self.resource == Resource::ClickView {
            let (Some(low), Some(high)) = self.days else { return Err(single_day()) };
            if low != high {
                return Err(single_day());
            }
            if today - low > TimeDelta::days(CLICK_VIEW_DAYS) {
                let message = format!("The requested date is more than {CLICK_VIEW_DAYS} days ago: {low}.");
                return Err(ApiError::click_view("DATE_TOO_OLD", message));
            }
        }
        match self.days {
            (Some(low), Some(high)) if low > high => {
                let message = format!("The date range is empty: {low} is after {high}.");
                Err(ApiError::query("INVALID_VALUE_WITH_BETWEEN_OPERATOR", message))
            }
            (Some(_), Some(_)) => Ok(()),
            _ if self.selects(Field::Date) => Err(ApiError::query(
                "EXPECTED_FILTERS_ON_DATE_RANGE",
                "A query that selects 'segments.date' must filter on a finite date range.",
            )),
            _ => Ok(()),
        }
    }
}

fn single_day() -> ApiError {
    ApiError::click_view("EXPECTED_FILTER_ON_A_SINGLE_DAY", "click_view must be filtered on a single day.")
}

/// Segments other than the date can be filtered and sorted by only when they are selected.
fn require_selected(select: &[Field], field: Field) -> Result<(), ApiError> {
    if !field.is_segment() || select.contains(&field) {
        return Ok(());
    }
    let message = format!("The following field must be present in SELECT clause: '{}'.", field.name());
    Err(ApiError::query("EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE", message))
}

fn earliest(a: Option<NaiveDate>, b: Option<NaiveDate>) -> Option<NaiveDate> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn day_range(test: &Test, today: NaiveDate) -> Result<(Option<NaiveDate>, Option<NaiveDate>), ApiError> {
    let step = |day: NaiveDate, by: i64| day.checked_add_signed(TimeDelta::days(by)).unwrap_or(day);
    Ok(match test {
        Test::Between(low, high) => (Some(day(low)?), Some(day(high)?)),
        Test::Compare(Comparison::Equal, value) => (Some(day(value)?), Some(day(value)?)),
        Test::Compare(Comparison::GreaterOrEqual, value) => (Some(day(value)?), None),
        Test::Compare(Comparison::Greater, value) => (Some(step(day(value)?, 1)), None),
        Test::Compare(Comparison::LessOrEqual, value) => (None, Some(day(value)?)),
        Test::Compare(Comparison::Less, value) => (None, Some(step(day(value)?, -1))),
        Test::During(period) => {
            let (low, high) = period_days(period, today)?;
            (Some(low), Some(high))
        }
        _ => {
            let message = "Error in WHERE clause: 'segments.date' takes =, <, <=, >, >=, BETWEEN and DURING.";
            return Err(ApiError::query("BAD_OPERATOR", message));
        }
    })
}

fn day(text: &str) -> Result<NaiveDate, ApiError> {
    let parsed =
        NaiveDate::parse_from_str(text, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(text, "%Y%m%d"));
    parsed.map_err(|_| {
        ApiError::query("INVALID_DATE_FORMAT", format!("Invalid date '{text}': use YYYY-MM-DD."))
    })
}

fn period_days(period: &str, today: NaiveDate) -> Result<(NaiveDate, NaiveDate), ApiError> {
    let back = |days: i64| today.checked_sub_signed(TimeDelta::days(days)).unwrap_or(today);
    let first_of_month = today.with_day(1).unwrap_or(today);
    let yesterday = back(1);
    Ok(match period {
        "TODAY" => (today, today),
        "YESTERDAY" => (yesterday, yesterday),
        "LAST_7_DAYS" => (back(7), yesterday),
        "LAST_14_DAYS" => (back(14), yesterday),
        "LAST_30_DAYS" => (back(30), yesterday),
        "THIS_MONTH" => (first_of_month, today),
        "LAST_MONTH" => {
            let first = first_of_month.checked_sub_months(Months::new(1)).unwrap_or(first_of_month);
            (first, first_of_month.pred_opt().unwrap_or(first))
        }
        other => {
            let message = format!("Invalid period '{other}' after DURING.");
            return Err(ApiError::query("INVALID_VALUE_WITH_DURING_OPERATOR", message));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> Result<Plan, String> {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        Plan::new(text, 25, today).map_err(|error| error.code().to_owned())
    }

    #[test]
    fn a_selected_date_needs_both_ends() {
        let fields = "SELECT campaign.id, segments.date, metrics.clicks FROM campaign";
        let missing = Err("EXPECTED_FILTERS_ON_DATE_RANGE".to_owned());
        assert_eq!(plan(fields).map(|_| ()), missing);
        assert_eq!(plan(&format!("{fields} WHERE segments.date >= '2026-01-01'")).map(|_| ()), missing);
        let both =
            plan(&format!("{fields} WHERE segments.date > '2026-01-01' AND segments.date <= '2026-01-09'"));
        let day = |text: &str| Some(text.parse().unwrap());
        assert_eq!(both.unwrap().days, (day("2026-01-02"), day("2026-01-09")));
        let during = plan(&format!("{fields} WHERE segments.date DURING LAST_7_DAYS")).unwrap();
        assert_eq!(during.days, (day("2026-11-15"), day("2026-11-21")));
        let reversed = plan(&format!("{fields} WHERE segments.date BETWEEN '2026-02-01' AND '2026-01-01'"));
        assert_eq!(reversed.map(|_| ()), Err("INVALID_VALUE_WITH_BETWEEN_OPERATOR".to_owned()));
        let broken = plan(&format!("{fields} WHERE segments.date = '1 May'"));
        assert_eq!(broken.map(|_| ()), Err("INVALID_DATE_FORMAT".to_owned()));
    }

    #[test]
    fn clicks_are_read_one_recent_day_at_a_time() {
        let ask =
            |filter: &str| plan(&format!("SELECT click_view.gclid FROM click_view {filter}")).map(|_| ());
        let single = Err("EXPECTED_FILTER_ON_A_SINGLE_DAY".to_owned());
        assert_eq!(ask(""), single);
        assert_eq!(ask("WHERE segments.date BETWEEN '2026-11-01' AND '2026-11-02'"), single);
        assert_eq!(ask("WHERE segments.date = '2026-11-01'"), Ok(()));
        assert_eq!(ask("WHERE segments.date = '2026-08-24'"), Ok(()));
        assert_eq!(ask("WHERE segments.date = '2026-08-23'"), Err("DATE_TOO_OLD".to_owned()));
    }

    #[test]
    fn a_filtered_segment_must_be_selected() {
        let text = "SELECT campaign.id FROM campaign WHERE segments.device = 'MOBILE'";
        assert_eq!(plan(text).map(|_| ()), Err("EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE".to_owned()));
    }
}
