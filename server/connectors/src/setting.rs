//! Settings of a connector: declared as data, checked at the border.

use crate::connector::Connector;
use crate::error::{Error, Result};
use crate::stream::StreamSpec;
use std::collections::BTreeMap;

/// The setting that all connectors have: which streams on request a connection reads beside the ordinary ones. Their names,
/// with commas between them.
pub const MORE_STREAMS: &str = "more_streams";

/// Which values a setting takes.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// A whole number between the two, both included.
    Integer(u32, u32),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// An `http` or `https` address.
    Address,
    /// Anything that the function accepts; the text says what that is.
    Matching(fn(&str) -> bool, &'static str),
}

/// A setting that a person can change.
#[derive(Debug, Clone, Copy)]
pub struct SettingSpec {
    /// For example `api_version`.
    pub name: &'static str,
    /// What it does, one sentence.
    pub help: &'static str,
    /// The value that counts when none is given.
    pub default: &'static str,
    /// Which values it takes.
    pub rule: Rule,
}

/// Checked settings of one connector: every declared name has a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    values: BTreeMap<&'static str, String>,
    /// Streams on request that are read.
    more: Vec<&'static str>,
}

impl Settings {
    /// As [`Self::parse`], with the setting that all connectors have.
    ///
    /// # Errors
    /// Names the setting or the stream, what is wrong and which values it takes.
    pub fn of(connector: &dyn Connector, given: &BTreeMap<String, String>) -> Result<Self> {
        let mut own = given.clone();
        let more = own.remove(MORE_STREAMS).unwrap_or_default();
        let more = more_streams(connector, &more)?.into_iter().map(|stream| stream.name).collect();
        Ok(Self { more, ..Self::parse(connector.settings(), &own)? })
    }

    /// Whether a connection with these settings reads the stream: it is ordinary, or was switched on and has what it can't
    /// be asked for without.
    pub fn reads(&self, stream: &StreamSpec) -> bool {
        let lacks = |name: &str| self.get(name).is_empty();
        stream.is_ordinary || self.more.contains(&stream.name) && !stream.needs.is_some_and(lacks)
    }

    /// Checks what was given; an empty value means the default.
    ///
    /// # Errors
    /// Names the setting, what is wrong and which values it takes.
    pub fn parse(specs: &[SettingSpec], given: &BTreeMap<String, String>) -> Result<Self> {
        for name in given.keys() {
            if !specs.iter().any(|s| s.name == name) {
                let known: Vec<_> = specs.iter().map(|s| s.name).collect();
                return Err(Error::configuration(format!(
                    "There is no setting {name:?}; the settings are {}.",
                    known.join(", ")
                )));
            }
        }
        let mut values = BTreeMap::new();
        for spec in specs {
            let value = given.get(spec.name).map(|v| v.trim()).filter(|v| !v.is_empty());
            let value = value.unwrap_or(spec.default);
            spec.check(value)?;
            values.insert(spec.name, value.to_owned());
        }
        Ok(Self { values, more: Vec::new() })
    }

    /// The value of a declared setting; empty for an undeclared one.
    pub fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// The value of a setting that is declared as a whole number.
    pub fn integer(&self, name: &str) -> Option<u32> {
        self.values.get(name)?.parse().ok()
    }
}

/// The streams of a connector that a connection may read beside the ordinary ones.
pub fn offered(connector: &dyn Connector) -> impl Iterator<Item = &'static StreamSpec> {
    connector.streams().iter().filter(|stream| !stream.is_ordinary && !stream.is_apart)
}

/// The streams that a value of [`MORE_STREAMS`] names, in the order in which they are read.
///
/// # Errors
/// Names the one that there is not, or that can't be switched on.
pub fn more_streams(connector: &dyn Connector, value: &str) -> Result<Vec<&'static StreamSpec>> {
    let names: Vec<&str> = value.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    for name in &names {
        let message = match connector.stream(name) {
            Some(stream) if stream.is_ordinary => continue,
            Some(stream) if !stream.is_apart => continue,
            Some(_) => format!("The stream {name} is read on the command line only."),
            None => format!("{} has no stream {name:?}.", connector.about().name),
        };
        let known: Vec<&str> = offered(connector).map(|stream| stream.name).collect();
        let hint = match known.as_slice() {
            [] => "There is nothing on request here.".to_owned(),
            known => format!("On request there are {}.", known.join(", ")),
        };
        return Err(Error::configuration(format!("{message} {hint}")));
    }
    Ok(offered(connector).filter(|stream| names.contains(&stream.name)).collect())
}

impl Rule {
    /// Whether it takes that value.
    pub fn accepts(self, value: &str) -> bool {
        match self {
            Self::Integer(least, most) => value.parse::<u32>().is_ok_and(|n| (least..=most).contains(&n)),
            Self::OneOf(words) => words.contains(&value),
            Self::Address => {
                url::Url::parse(value).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.has_host())
            }
            Self::Matching(accepts, _) => accepts(value),
        }
    }

    /// Which values it takes, for people.
    pub fn expected(self) -> String {
        match self {
            Self::Integer(least, most) => format!("a whole number from {least} to {most}"),
            Self::OneOf(words) => format!("one of {}", words.join(", ")),
            Self::Address => "an address such as https://example.com/path".to_owned(),
            Self::Matching(_, expected) => expected.to_owned(),
        }
    }
}

impl SettingSpec {
    /// Its name for people: `api_version` is "API version".
    pub fn label(&self) -> String {
        let word = |word: &str| match word {
            "api" | "mql" | "sql" | "url" => word.to_uppercase(),
            "id" => "ID".to_owned(),
            word => word.to_owned(),
        };
        let label = self.name.split('_').map(word).collect::<Vec<_>>().join(" ");
        let mut letters = label.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }

    /// Whether the setting can have that value.
    ///
    /// # Errors
    /// Names the setting, what is wrong and which values it takes.
    pub fn check(&self, value: &str) -> Result<()> {
        if self.rule.accepts(value) {
            return Ok(());
        }
        Err(Error::configuration(format!(
            "The setting {} can't be {value:?}: it takes {}.",
            self.name,
            self.rule.expected()
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: &[SettingSpec] = &[
        SettingSpec { name: "page_size", help: "", default: "100", rule: Rule::Integer(1, 500) },
        SettingSpec { name: "method", help: "", default: "search", rule: Rule::OneOf(&["search", "stream"]) },
        SettingSpec { name: "token_url", help: "", default: "https://a.example/t", rule: Rule::Address },
    ];

    fn parse(pairs: &[(&str, &str)]) -> Result<Settings> {
        Settings::parse(SPECS, &pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn defaults_fill_in_and_empty_means_default() {
        let settings = parse(&[("page_size", " "), ("method", "stream")]).unwrap();
        assert_eq!(settings.integer("page_size"), Some(100));
        assert_eq!(settings.get("method"), "stream");
    }

    #[test]
    fn streams_on_request_are_a_setting_of_all_connectors() {
        let google = crate::find("google_ads").unwrap();
        let given = |value: &str| BTreeMap::from([(MORE_STREAMS.to_owned(), value.to_owned())]);
        let (clicks, days) = (google.stream("clicks").unwrap(), google.stream("campaign_daily").unwrap());
        let reads = |value: &str| {
            let settings = Settings::of(google, &given(value)).unwrap();
            assert!(settings.reads(days));
            settings.reads(clicks)
        };
        assert!(
            reads("clicks") && reads(" campaign_daily, clicks ,") && !reads("") && !reads("campaign_daily")
        );
        let error = Settings::of(google, &given("clicks,klicks")).unwrap_err();
        assert!(
            error.message.contains("no stream \"klicks\"") && error.message.contains("On request"),
            "{error}"
        );
        for (slug, apart) in [("klaviyo", "flow_values"), ("marketo", "activities_bulk"), ("ga4", "report")] {
            let error = Settings::of(crate::find(slug).unwrap(), &given(apart)).unwrap_err();
            assert!(error.message.contains("command line"), "{error}");
        }
    }

    #[test]
    fn what_a_stream_needs_is_a_setting_and_only_those_on_request_stand_apart() {
        for connector in crate::all() {
            for stream in connector.streams() {
                let is_known = |name: &str| connector.settings().iter().any(|spec| spec.name == name);
                assert!(stream.needs.is_none_or(is_known), "{} {}", connector.slug(), stream.name);
                assert!(!stream.is_ordinary || !stream.is_apart && stream.needs.is_none(), "{}", stream.name);
            }
        }
    }

    #[test]
    fn names_read_like_words() {
        let label = |name| SettingSpec { name, ..SPECS[0] }.label();
        assert_eq!(label("page_size"), "Page size");
        assert_eq!(label("api_version"), "API version");
        assert_eq!(label("conversion_metric_id"), "Conversion metric ID");
        assert_eq!(label("mql_statuses"), "MQL statuses");
    }

    #[test]
    fn wrong_values_are_refused_with_what_is_right() {
        for (pair, says) in [
            (("page_size", "0"), "from 1 to 500"),
            (("page_size", "ten"), "from 1 to 500"),
            (("method", "guess"), "one of search, stream"),
            (("token_url", "ftp://x"), "an address such as"),
            (("pagesize", "1"), "the settings are page_size, method, token_url"),
        ] {
            let error = parse(&[pair]).unwrap_err();
            assert!(error.message.contains(says), "{error}");
        }
    }
}
