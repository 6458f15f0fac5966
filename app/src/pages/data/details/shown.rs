//! Attributes as people read them: names as words, numbers with their separators, and never more than fits a panel. Pure.

use chrono::{DateTime, Utc};
use metrics::Locale;
use metrics::format::{date_time, integer};
use serde_json::{Map, Value};

/// Characters of a text that are shown.
const MOST_LETTERS: usize = 600;
/// Characters of a cell that are shown.
const MOST_CELL: usize = 120;
/// Items of a list and rows of a table that are shown.
const MOST_ROWS: usize = 30;
/// Columns of a table that are shown.
const MOST_COLUMNS: usize = 8;
/// Lists in lists are told in one line from here on.
const DEEPEST: usize = 3;

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Some words or a number.
    Text(String),
    /// A web address.
    Link(String),
    /// A list in the list.
    Fields(Vec<(String, Shown)>),
    /// Plain values one below the other, and how many are left out.
    Items(Vec<String>, usize),
    /// Things of one form.
    Table {
        /// One per column.
        heads: Vec<String>,
        /// A cell per column.
        rows: Vec<Vec<String>>,
        /// Rows that are left out.
        more: usize,
    },
}

/// Attributes with their names, without those that say nothing.
pub fn fields(attributes: &Map<String, Value>) -> Vec<(String, Shown)> {
    fields_at(attributes, 1)
}

fn fields_at(attributes: &Map<String, Value>, depth: usize) -> Vec<(String, Shown)> {
    let filled = attributes.iter().filter(|(_, value)| !is_empty(value));
    filled.map(|(name, value)| (label(name), shown(name, value, depth))).collect()
}

fn shown(name: &str, value: &Value, depth: usize) -> Shown {
    match value {
        Value::String(text) if is_link(text) => Shown::Link(text.clone()),
        Value::Object(_) | Value::Array(_) if depth >= DEEPEST => {
            Shown::Text(line(name, value, MOST_LETTERS))
        }
        Value::Object(inner) => Shown::Fields(fields_at(inner, depth + 1)),
        Value::Array(items) => many(name, items),
        plain => Shown::Text(line(name, plain, MOST_LETTERS)),
    }
}

fn many(name: &str, items: &[Value]) -> Shown {
    let items: Vec<&Value> = items.iter().filter(|item| !is_empty(item)).collect();
    let more = items.len().saturating_sub(MOST_ROWS);
    let objects: Vec<&Map<String, Value>> = items.iter().filter_map(|item| item.as_object()).collect();
    if objects.is_empty() || objects.len() < items.len() {
        let lines = items.iter().take(MOST_ROWS).map(|item| line(name, item, MOST_CELL)).collect();
        return Shown::Items(lines, more);
    }
    let mut names: Vec<&String> = Vec::new();
    for name in objects.iter().flat_map(|object| object.keys()) {
        if names.len() < MOST_COLUMNS && !names.contains(&name) {
            names.push(name);
        }
    }
    let cell = |object: &Map<String, Value>, name: &str| {
        object
            .get(name)
            .filter(|value| !is_empty(value))
            .map_or_else(String::new, |v| line(name, v, MOST_CELL))
    };
    let row = |object: &&Map<String, Value>| names.iter().map(|name| cell(object, name)).collect();
    Shown::Table {
        heads: names.iter().map(|name| label(name)).collect(),
        rows: objects.iter().take(MOST_ROWS).map(row).collect(),
        more,
    }
}

/// Anything in one line.
fn line(name: &str, value: &Value, most: usize) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => match number.as_i64().filter(|_| !is_mark(name)) {
            Some(number) => integer(number, Locale::EN),
            None => number.to_string(),
        },
        Value::String(text) => words(name, text),
        Value::Array(items) => items.iter().map(|item| line(name, item, most)).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let filled = fields.iter().filter(|(_, value)| !is_empty(value));
            let part =
                |(name, value): (&String, &Value)| format!("{}: {}", label(name), line(name, value, most));
            filled.map(part).collect::<Vec<_>>().join("; ")
        }
    };
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

fn words(name: &str, text: &str) -> String {
    if let Ok(at) = text.parse::<DateTime<Utc>>() {
        return date_time(at);
    }
    // Some vendors write counts as texts.
    let counts = ["count", "users", "number", "total", "views", "size", "impressions", "clicks"];
    let is_count = !is_mark(name) && counts.iter().any(|word| name.to_lowercase().contains(word));
    match text.parse::<i64>() {
        Ok(number) if is_count && !text.starts_with('+') => integer(number, Locale::EN),
        _ => text.to_owned(),
    }
}

/// Whether a number tells things apart instead of counting them.
fn is_mark(name: &str) -> bool {
    let name = name.to_lowercase();
    let ends = ["id", "ids", "code", "year", "zip", "version", "key", "number_format"];
    name.split('_').next_back().is_some_and(|last| ends.contains(&last))
}

fn is_link(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://")) && !text.contains(char::is_whitespace)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(fields) => fields.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// `last_30_minutes` is "Last 30 minutes", `budgetType` "Budget type".
fn label(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    let mut was_small = false;
    for letter in name.chars() {
        if letter == '_' || letter == ' ' {
            text.push(' ');
        } else {
            if letter.is_uppercase() && was_small {
                text.push(' ');
            }
            text.extend(letter.to_lowercase());
        }
        was_small = letter.is_lowercase() || letter.is_ascii_digit();
    }
    let word = |word: &str| match word {
        "id" | "url" | "utm" | "api" | "cpc" | "cpm" => word.to_uppercase(),
        "ids" => "IDs".to_owned(),
        word => word.to_owned(),
    };
    let text = text.split_whitespace().map(word).collect::<Vec<_>>().join(" ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(value: Value) -> Vec<(String, Shown)> {
        let Value::Object(map) = value else { panic!("{value}") };
        fields(&map)
    }

    fn text(words: &str) -> Shown {
        Shown::Text(words.to_owned())
    }

    #[test]
    fn names_are_words_and_what_says_nothing_is_left_out() {
        let shown = of(
            json!({"budgetType": "DAILY", "campaign_id": 7_001, "empty": "", "none": null, "list": [null]}),
        );
        assert_eq!(shown, [("Budget type".into(), text("DAILY")), ("Campaign ID".into(), text("7001"))]);
        assert_eq!(label("last_30_minutes"), "Last 30 minutes");
    }

    #[test]
    fn numbers_days_and_words_read_as_such() {
        let value = |name: &str, value: Value| match shown(name, &value, 1) {
            Shown::Text(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(value("likes", json!(1_234_567)), "1,234,567");
        assert_eq!(value("active_users", json!("7250")), "7,250");
        assert_eq!(value("account_id", json!("7250")), "7250");
        assert_eq!(value("year", json!(2026)), "2026");
        assert_eq!(value("share", json!(0.25)), "0.25");
        assert_eq!(value("is_on", json!(true)), "yes");
        assert_eq!(value("created_at", json!("2026-03-01T10:05:00Z")), "1 Mar 2026, 10:05 UTC");
        assert_eq!(value("text", json!("x".repeat(5_000))).chars().count(), MOST_LETTERS + 1);
    }

    #[test]
    fn objects_are_lists_and_arrays_of_objects_tables() {
        let rows: Vec<Value> =
            (0..40).map(|n| json!({"country": "Peru", "active_users": n.to_string()})).collect();
        let shown = of(
            json!({"last_30_minutes": rows, "tags": ["a", "b"], "geo": {"city": "Lima", "more": {"deep": {"x": 1}}}}),
        );
        let by_name = |name: &str| shown.iter().find(|(label, _)| label == name).unwrap().1.clone();
        let Shown::Table { heads, rows, more } = by_name("Last 30 minutes") else { panic!("no table") };
        assert_eq!((rows.len(), more), (MOST_ROWS, 10));
        let users = heads.iter().position(|head| head == "Active users").unwrap();
        assert_eq!(rows[3][users], "3");
        assert_eq!(by_name("Tags"), Shown::Items(vec!["a".into(), "b".into()], 0));
        let Shown::Fields(geo) = by_name("Geo") else { panic!("no list") };
        assert!(geo.contains(&("City".into(), text("Lima"))), "{geo:?}");
        let deep = Shown::Fields(vec![("Deep".into(), text("X: 1"))]);
        assert!(geo.contains(&("More".into(), deep)), "{geo:?}");
    }

    #[test]
    fn only_web_addresses_are_links() {
        let link = |text: &str| matches!(shown("url", &json!(text), 1), Shown::Link(_));
        assert!(link("https://a.example/b") && link("http://a.example"));
        assert!(!link("javascript:alert(1)") && !link("https://a b"));
    }
}
