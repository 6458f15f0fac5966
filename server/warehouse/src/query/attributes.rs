//! What is taken out of the attributes of a thing. Pure.

use chrono::NaiveDate;
use serde_json::{Map, Value};

/// Where a thing can be seen, the best address first.
const LINKS: [&str; 12] = [
    "permalink",
    "permalink_url",
    "share_url",
    "post_url",
    "web_url",
    "public_url",
    "archive_url",
    "long_archive_url",
    "link",
    "url",
    "final_url",
    "landing_page_url",
];

/// When a thing began, the best word first.
const STARTS: [&str; 12] = [
    "start_date",
    "start_time",
    "start_at",
    "starts_at",
    "run_schedule_start",
    "publish_time",
    "published_at",
    "send_time",
    "sent_date",
    "timestamp",
    "created_time",
    "created_at",
];

/// When it ended or is to end.
const ENDS: [&str; 8] = [
    "end_date",
    "end_time",
    "end_at",
    "ends_at",
    "stop_time",
    "run_schedule_end",
    "close_date",
    "expected_close_date",
];

/// Parts of names of attributes that name or reach a person.
const OF_PEOPLE: [&str; 22] = [
    "owner",
    "author",
    "username",
    "user_name",
    "user_id",
    "creator",
    "created_by",
    "createdby",
    "updated_by",
    "updatedby",
    "modified_by",
    "modifiedby",
    "first_name",
    "last_name",
    "full_name",
    "from_name",
    "person",
    "contact",
    "phone",
    "sender",
    "reply_to",
    "email_address",
];

/// The first of the names that holds an `http` or `https` address.
pub(super) fn link(attributes: &Value) -> Option<String> {
    let is_link = |text: &&str| text.starts_with("https://") || text.starts_with("http://");
    let found = LINKS.iter().find_map(|name| attributes.get(name)?.as_str().filter(is_link));
    found.map(str::to_owned)
}

/// When the thing began, as the vendor tells it.
pub(super) fn start(attributes: &Value) -> Option<NaiveDate> {
    STARTS.iter().find_map(|name| day(attributes.get(name)?))
}

/// When the thing ended or is to end, as the vendor tells it.
pub(super) fn end(attributes: &Value) -> Option<NaiveDate> {
    // What never ends is told as a day far away.
    let is_near = |day: &NaiveDate| *day < NaiveDate::from_ymd_opt(2037, 1, 1).unwrap_or(NaiveDate::MAX);
    ENDS.iter().find_map(|name| day(attributes.get(name)?)).filter(is_near)
}

/// The day of a text that begins with one.
fn day(value: &Value) -> Option<NaiveDate> {
    value.as_str()?.get(..10)?.parse().ok()
}

/// The attributes without what names or reaches a person, at any depth.
pub(super) fn without_people(attributes: Map<String, Value>) -> Map<String, Value> {
    attributes
        .into_iter()
        .filter(|(name, _)| !is_of_people(name))
        .filter_map(|(name, value)| Some((name, cleaned(value)?)))
        .collect()
}

fn is_of_people(name: &str) -> bool {
    let name = name.to_lowercase();
    // How many there are, names nobody.
    let counts = name.ends_with("_count") || name.starts_with("num_") || name.ends_with("_total");
    !counts
        && (name == "email" || name.ends_with("_email") || OF_PEOPLE.iter().any(|part| name.contains(part)))
}

fn cleaned(value: Value) -> Option<Value> {
    match value {
        Value::Object(fields) => Some(Value::Object(without_people(fields))),
        Value::Array(items) => Some(Value::Array(items.into_iter().filter_map(cleaned).collect())),
        Value::String(text) => (!is_address(&text)).then_some(Value::String(text)),
        other => Some(other),
    }
}

/// Whether a text is an e-mail address and nothing else.
fn is_address(text: &str) -> bool {
    let is_word = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    text.split_once('@').is_some_and(|(who, host)| is_word(who) && is_word(host) && host.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn links_are_web_addresses_only() {
        assert_eq!(link(&json!({"url": "javascript:alert(1)", "name": "a"})), None);
        let both = json!({"url": "https://a.example/ad", "permalink": "http://a.example/p"});
        assert_eq!(link(&both).as_deref(), Some("http://a.example/p"));
        assert_eq!(
            link(&json!({"permalink": null, "link": "https://a.example"})).as_deref(),
            Some("https://a.example")
        );
    }

    #[test]
    fn days_are_found_in_days_and_moments() {
        let told = json!({"start_time": "2026-03-01T10:00:00+0000", "created_at": "2026-02-01", "end_date": "2026-04-30"});
        assert_eq!(start(&told), NaiveDate::from_ymd_opt(2026, 3, 1));
        assert_eq!(end(&told), NaiveDate::from_ymd_opt(2026, 4, 30));
        assert_eq!(start(&json!({"start_date": "soon", "created_at": 5})), None);
        assert_eq!(end(&json!({"end_date": "2037-12-30"})), None, "it never ends");
        assert_eq!(start(&json!({"start_date": "2026-03-é"})), None);
    }

    #[test]
    fn nothing_names_a_person() {
        let told = json!({
            "owner_id": "7", "author_id": "8", "from_email": "ada@example.com", "contact_count": 3, "budget": 5,
            "rows": [{"country": "Peru", "created_by": "Ada"}, "ada@example.com"], "text": "ask @ada about a.b",
            "targeting": {"username": "ada", "ages": [18, 24]},
        });
        let Value::Object(told) = told else { panic!() };
        let kept = Value::Object(without_people(told));
        let expected = json!({
            "contact_count": 3, "budget": 5, "rows": [{"country": "Peru"}], "text": "ask @ada about a.b",
            "targeting": {"ages": [18, 24]},
        });
        assert_eq!(kept, expected);
    }
}
