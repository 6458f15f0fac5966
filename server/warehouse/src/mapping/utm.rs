//! UTM values in what is known of a thing: vendors put links into fields of any name, or only what is added to links.

use serde_json::Value;
use std::collections::BTreeSet;
use url::form_urlencoded;

/// More values of one kind are not kept: no campaign has so many.
const MOST: usize = 50;

/// The values of a thing's links.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Utm {
    pub(crate) campaign: BTreeSet<String>,
    pub(crate) source: BTreeSet<String>,
    pub(crate) medium: BTreeSet<String>,
}

impl Utm {
    /// Adds what the attributes hold: links, parts of links (`utm_source=a&utm_medium=b`), and fields of those names.
    pub(crate) fn read(&mut self, attributes: &Value) {
        match attributes {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value.as_str() {
                        Some(text) if self.set(name).is_some() => self.add(name, text),
                        _ => self.read(value),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.read(item)),
            Value::String(text) => self.read_text(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A text may hold several links among words.
    fn read_text(&mut self, text: &str) {
        if !text.contains("utm_") {
            return;
        }
        let is_around =
            |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | ')' | '[' | ']');
        for word in text.split(is_around).filter(|word| word.contains("utm_")) {
            let word = word.replace("&amp;", "&");
            let query = word.split_once('?').map_or(word.as_str(), |(_, query)| query);
            let query = query.split_once('#').map_or(query, |(query, _)| query);
            for (name, value) in form_urlencoded::parse(query.as_bytes()) {
                self.add(&name, value.trim_end_matches(['.', ',', ';', '!']));
            }
        }
    }

    fn set(&mut self, name: &str) -> Option<&mut BTreeSet<String>> {
        match name {
            "utm_campaign" => Some(&mut self.campaign),
            "utm_source" => Some(&mut self.source),
            "utm_medium" => Some(&mut self.medium),
            _ => None,
        }
    }

    fn add(&mut self, name: &str, value: &str) {
        let value = value.trim();
        // What the vendor fills in when somebody clicks is not known here.
        if value.is_empty() || value.contains(['{', '}']) {
            return;
        }
        if let Some(set) = self.set(name).filter(|set| set.len() < MOST) {
            set.insert(value.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Campaigns, sources and mediums.
    fn of(attributes: &Value) -> String {
        let mut utm = Utm::default();
        utm.read(attributes);
        let list = |set: BTreeSet<String>| set.into_iter().collect::<Vec<_>>().join(",");
        format!("{}|{}|{}", list(utm.campaign), list(utm.source), list(utm.medium))
    }

    #[test]
    fn links_parts_of_links_and_fields_are_read() {
        let link = "https://shop.test/a?x=1&utm_campaign=Spring%20Sale&utm_source=news+letter#top";
        assert_eq!(of(&json!({"final_urls": [link]})), "Spring Sale|news letter|");
        let part = json!({"url_tags": "utm_source=meta&utm_medium=cpc&utm_campaign={{campaign.name}}"});
        assert_eq!(of(&part), "|meta|cpc");
        let field = json!({"utm_campaign": "spring", "other": {"utm_medium": "email"}});
        assert_eq!(of(&field), "spring||email");
    }

    #[test]
    fn several_links_in_a_text_are_all_read() {
        let text =
            "Now! https://a.test/?utm_campaign=one&amp;utm_source=x, or (https://a.test/?utm_campaign=two).";
        assert_eq!(of(&json!({"text": text})), "one,two|x|");
    }

    #[test]
    fn other_things_are_no_utm_values() {
        let words = json!({"text": "utm_ is a word", "n": 5, "link": "https://a.test/?campaign=x"});
        assert_eq!(of(&words), "||");
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_link_says_comes_back(value in "[a-zA-Zäß0-9 _%&=+/-]{1,20}") {
            let query: String =
                form_urlencoded::Serializer::new(String::new()).append_pair("utm_campaign", &value).finish();
            let found = of(&json!({"link": format!("https://a.test/path?{query}")}));
            proptest::prop_assert_eq!(found, format!("{}||", value.trim()));
        }
    }
}
