//! Column roles as the values of a select.

use metrics::{Family, Metric};
use model::imports::{ColumnRole, EntityLevel};

/// Breakdowns that are offered for every column.
const BREAKDOWNS: [(&str, &str); 7] = [
    ("device", "Device"),
    ("country", "Country"),
    ("region", "Region"),
    ("age", "Age"),
    ("gender", "Gender"),
    ("placement", "Placement"),
    ("hour", "Hour"),
];

fn level_name(level: EntityLevel) -> &'static str {
    match level {
        EntityLevel::Campaign => "campaign",
        EntityLevel::AdGroup => "ad_group",
        EntityLevel::Ad => "ad",
    }
}

fn level_from(name: &str) -> Option<EntityLevel> {
    [EntityLevel::Campaign, EntityLevel::AdGroup, EntityLevel::Ad]
        .into_iter()
        .find(|level| level_name(*level) == name)
}

/// The value of a role.
pub fn value_of(role: &ColumnRole) -> String {
    match role {
        ColumnRole::Ignore => "ignore".to_owned(),
        ColumnRole::Date => "date".to_owned(),
        ColumnRole::Month => "month".to_owned(),
        ColumnRole::DayOfMonth => "day_of_month".to_owned(),
        ColumnRole::Year => "year".to_owned(),
        ColumnRole::DateUntil => "date_until".to_owned(),
        ColumnRole::Currency => "currency".to_owned(),
        ColumnRole::Platform => "platform".to_owned(),
        ColumnRole::Account => "account".to_owned(),
        ColumnRole::EntityId { level } => format!("id:{}", level_name(*level)),
        ColumnRole::EntityName { level } => format!("name:{}", level_name(*level)),
        ColumnRole::Breakdown { dimension } => format!("by:{dimension}"),
        ColumnRole::Metric { metric } => format!("metric:{metric}"),
    }
}

/// The role of a value; [`ColumnRole::Ignore`] for anything else.
pub fn role_of(value: &str) -> ColumnRole {
    if let Some((kind, rest)) = value.split_once(':') {
        return match (kind, level_from(rest)) {
            ("id", Some(level)) => ColumnRole::EntityId { level },
            ("name", Some(level)) => ColumnRole::EntityName { level },
            ("by", _) => ColumnRole::Breakdown { dimension: rest.to_owned() },
            ("metric", _) => ColumnRole::Metric { metric: rest.to_owned() },
            _ => ColumnRole::Ignore,
        };
    }
    match value {
        "date" => ColumnRole::Date,
        "month" => ColumnRole::Month,
        "day_of_month" => ColumnRole::DayOfMonth,
        "year" => ColumnRole::Year,
        "date_until" => ColumnRole::DateUntil,
        "currency" => ColumnRole::Currency,
        "platform" => ColumnRole::Platform,
        "account" => ColumnRole::Account,
        _ => ColumnRole::Ignore,
    }
}

/// Groups of (value, label). The column's own name is offered as a breakdown, and its present role is always there. Metrics
/// are those that fit the `others` of the file: all of a file's figures belong to one family.
pub fn groups(
    header: &str,
    present: &ColumnRole,
    others: &[Metric],
) -> Vec<(&'static str, Vec<(String, String)>)> {
    let pairs =
        |list: &[(&str, &str)]| list.iter().map(|(v, l)| ((*v).to_owned(), (*l).to_owned())).collect();
    let families: Vec<Family> = Family::holding(others).collect();
    let metrics = Metric::ALL
        .iter()
        .filter(|metric| metric.families().iter().any(|family| families.contains(family)))
        .map(|metric| (format!("metric:{}", metric.name()), metric.label().to_owned()))
        .collect();
    let mut breakdowns: Vec<(String, String)> =
        BREAKDOWNS.iter().map(|(name, label)| (format!("by:{name}"), (*label).to_owned())).collect();
    let own = own_name(header);
    if !own.is_empty() && !BREAKDOWNS.iter().any(|(name, _)| *name == own) {
        breakdowns.push((format!("by:{own}"), format!("“{header}”")));
    }
    let mut groups: Vec<(&'static str, Vec<(String, String)>)> = vec![
        ("", pairs(&[("ignore", "Do not load")])),
        (
            "When",
            pairs(&[
                ("date", "Day (or first day)"),
                ("date_until", "Last day of the period"),
                ("month", "Month only"),
                ("day_of_month", "Day of the month only"),
                ("year", "Year only"),
            ]),
        ),
        (
            "What it is about",
            pairs(&[
                ("platform", "Platform"),
                ("account", "Account"),
                ("name:campaign", "Campaign, name"),
                ("id:campaign", "Campaign, id"),
                ("name:ad_group", "Ad group, name"),
                ("id:ad_group", "Ad group, id"),
                ("name:ad", "Ad, name"),
                ("id:ad", "Ad, id"),
                ("currency", "Currency code"),
            ]),
        ),
        ("Figures", metrics),
        ("Broken down by", breakdowns),
    ];
    let value = value_of(present);
    if !groups.iter().any(|(_, options)| options.iter().any(|(each, _)| *each == value)) {
        let label = value.split_once(':').map_or(value.as_str(), |(_, rest)| rest).replace('_', " ");
        groups.push(("Other", vec![(value, label)]));
    }
    groups
}

/// "Ad Placement (new)" → `ad_placement_new`.
fn own_name(header: &str) -> String {
    let words: Vec<String> = header
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offered_value_is_a_role_and_back() {
        let present = ColumnRole::Breakdown { dimension: "network_partner".to_owned() };
        for (_, options) in groups("Ad Placement (new)", &present, &[Metric::Spend]) {
            for (value, _) in options {
                assert_eq!(value_of(&role_of(&value)), value);
            }
        }
    }

    #[test]
    fn the_present_role_is_never_lost() {
        let present = ColumnRole::Metric { metric: "opens".to_owned() };
        let all = groups("Opens", &present, &[Metric::Spend]);
        assert!(all.iter().any(|(_, options)| options.iter().any(|(value, _)| value == "metric:opens")));
    }

    #[test]
    fn nonsense_is_not_loaded() {
        assert_eq!(role_of("id:planet"), ColumnRole::Ignore);
        assert_eq!(role_of(""), ColumnRole::Ignore);
    }

    #[test]
    fn metrics_of_the_files_family_are_offered() {
        let offered = |others: &[Metric], metric: &str| {
            let all = groups("Column", &ColumnRole::Ignore, others);
            all.iter().any(|(_, options)| options.iter().any(|(value, _)| value == metric))
        };
        assert!(offered(&[Metric::Sessions], "metric:users"));
        assert!(!offered(&[Metric::Sessions], "metric:opens"));
        assert!(offered(&[], "metric:opens"));
    }
}
