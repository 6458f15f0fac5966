//! The text of the queries, in one place for all versions.

use super::streams::Plan;
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

/// A query that can lose fields.
#[derive(Debug, Clone)]
pub(super) struct Query {
    plan: &'static Plan,
    fields: Vec<&'static str>,
    days: DayRange,
}

impl Query {
    pub(super) fn new(plan: &'static Plan, days: DayRange, major: u32) -> Self {
        let fields = plan.needed.iter().chain(plan.optional).map(|field| name_in(field, major)).collect();
        Self { plan, fields, days }
    }

    /// The field that a refusal names, if the query can do without it.
    pub(super) fn dispensable(&self, message: &str) -> Option<&'static str> {
        let is_named = |field: &str| {
            message.match_indices(field).any(|(at, _)| {
                // `campaign.start_date` is not meant where `campaign.start_date_time` is written.
                let after = message[at + field.len()..].chars().next();
                !after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
            })
        };
        self.fields.iter().copied().skip(self.plan.needed.len()).find(|field| is_named(field))
    }

    pub(super) fn drop(&mut self, field: &str) {
        let needed = self.plan.needed.len();
        let mut index = 0;
        self.fields.retain(|f| {
            index += 1;
            index <= needed || *f != field
        });
    }

    /// The fields that may be missing without harm and are still asked for.
    pub(super) fn optional(&self) -> &[&'static str] {
        &self.fields[self.plan.needed.len().min(self.fields.len())..]
    }

    pub(super) fn text(&self) -> String {
        let fields = self.fields.join(", ");
        let (resource, days) = (self.plan.resource, self.days);
        let core = format!("SELECT {fields} FROM {resource}");
        match self.plan.condition {
            Condition::None => core,
            Condition::Days => format!(
                "{core} WHERE segments.date BETWEEN '{}' AND '{}' ORDER BY segments.date",
                days.from(),
                days.until()
            ),
            Condition::OneDay => format!("{core} WHERE segments.date = '{}'", days.from()),
        }
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

/// `advertisingChannelType` is `advertising_channel_type` with us.
pub(super) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
            snake.push(c.to_ascii_lowercase());
        } else {
            snake.push(c);
        }
    }
    snake
}
