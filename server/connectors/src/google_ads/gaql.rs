//! The text of the queries, in one place for all versions.

use super::streams::Plan;
use crate::fields::Fields;
use model::DayRange;

/// A field that Google renamed: queries are written with the new name.
struct Rename {
    /// The first major version that knows the new name, and no longer the old one.
    since: u32,
    old: &'static str,
    new: &'static str,
}

const RENAMES: &[Rename] = &[
    Rename { since: 22, old: "metrics.video_views", new: "metrics.video_trueview_views" },
    Rename { since: 23, old: "campaign.start_date", new: "campaign.start_date_time" },
    Rename { since: 23, old: "campaign.end_date", new: "campaign.end_date_time" },
];

/// The account itself, without figures.
pub(super) const CUSTOMER: &str = "SELECT customer.id, customer.descriptive_name, customer.currency_code, \
     customer.time_zone, customer.manager, customer.status FROM customer";

/// The tree under an account.
pub(super) const CUSTOMER_CLIENTS: &str = "SELECT customer_client.client_customer, customer_client.level, \
     customer_client.manager, customer_client.descriptive_name, customer_client.currency_code, \
     customer_client.time_zone, customer_client.id, customer_client.status FROM customer_client";

/// A field as a version calls it.
pub(super) fn name_in(field: &'static str, major: u32) -> &'static str {
    RENAMES.iter().find(|r| r.new == field && major < r.since).map_or(field, |r| r.old)
}

/// What a stream is asked with, as a version calls it.
pub(super) fn fields(plan: &Plan, major: u32) -> Fields {
    let named = |fields: &[&'static str]| -> Vec<_> { fields.iter().map(|f| name_in(f, major)).collect() };
    Fields::new(named(plan.needed), named(plan.optional))
}

/// The query for these fields and days.
pub(super) fn text(plan: &Plan, fields: &Fields, days: DayRange) -> String {
    let fields = fields.names().collect::<Vec<_>>().join(", ");
    let core = format!("SELECT {fields} FROM {}", plan.resource);
    match plan.condition {
        Condition::None => core,
        Condition::Days => format!(
            "{core} WHERE segments.date BETWEEN '{}' AND '{}' ORDER BY segments.date",
            days.from(),
            days.until()
        ),
        Condition::OneDay => format!("{core} WHERE segments.date = '{}'", days.from()),
    }
}

/// What a query says about days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    /// Nothing: a snapshot.
    None,
    /// From one day to another, both included.
    Days,
    /// One day at a time, which is all that the resource allows.
    OneDay,
}

/// The path of a field in an answer: `metrics.cost_micros` is `metrics.costMicros` there.
pub(super) fn json_path(field: &str) -> String {
    let mut path = String::with_capacity(field.len());
    let mut is_upper = false;
    for c in field.chars() {
        match c {
            '_' => is_upper = true,
            c if is_upper => {
                path.push(c.to_ascii_uppercase());
                is_upper = false;
            }
            c => path.push(c),
        }
    }
    path
}
