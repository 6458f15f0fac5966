//! A connector's settings as a form shows them, and the check of what comes back.

use crate::error::Result;
use connectors::setting::{self, MORE_STREAMS, Rule, SettingSpec};
use connectors::{Connector, RemoteAccount, StreamSpec};
use model::AppError;
use model::upkeep::{MoreStream, SettingInfo, SettingRule};
use std::collections::BTreeMap;

/// All settings of a connection to those accounts. The default is that of connections that are read again and again.
pub(super) fn known(connector: &dyn Connector, accounts: &[RemoteAccount]) -> Vec<SettingInfo> {
    let own = connector.settings().iter().map(|spec| {
        let standing = connector.standing_settings().iter().find(|(name, _)| *name == spec.name);
        SettingInfo {
            name: spec.name.to_owned(),
            label: spec.label(),
            help: spec.help.to_owned(),
            default: standing.map_or(spec.default, |(_, value)| value).to_owned(),
            rule: rule(spec),
            restates: connector.restating_settings().contains(&spec.name),
        }
    });
    own.chain(more(connector, accounts)).collect()
}

/// The streams on request; none where the accounts have none.
fn more(connector: &dyn Connector, accounts: &[RemoteAccount]) -> Option<SettingInfo> {
    let has = |stream: &&StreamSpec| {
        accounts.is_empty() || accounts.iter().any(|account| connector.has_stream(account, stream))
    };
    let streams: Vec<MoreStream> = setting::offered(connector)
        .filter(has)
        .map(|stream| MoreStream {
            name: stream.name.to_owned(),
            summary: summary(stream),
            cost: cost(stream),
            needs: stream.needs.map(|needed| label(connector, needed)),
        })
        .collect();
    (!streams.is_empty()).then(|| SettingInfo {
        name: MORE_STREAMS.to_owned(),
        label: "More to read".to_owned(),
        help: "What takes many requests or is of use to few is read only where you ask for it.".to_owned(),
        default: String::new(),
        rule: SettingRule::Streams { streams },
        restates: false,
    })
}

/// What a stream brings. That it comes on request only is said by the form.
fn summary(stream: &StreamSpec) -> String {
    let summary = stream.summary.trim_end_matches('.');
    let ends = [", so only on request", "; only on request", "Only on request"];
    let rest = ends.iter().find_map(|end| summary.strip_suffix(end)).unwrap_or(summary);
    format!("{}.", rest.trim_end().trim_end_matches('.'))
}

/// What a stream costs for each account, as far as it is known before it is read.
fn cost(stream: &StreamSpec) -> String {
    if !stream.is_dated() {
        return match stream.every_days {
            0 => "Asked for in every run.".to_owned(),
            1 => "Asked for once a day.".to_owned(),
            7 => "Asked for once a week.".to_owned(),
            days => format!("Asked for every {days} days."),
        };
    }
    let history = match stream.slice_days {
        0 | 1 => "At least one request for each day of the history".to_owned(),
        days @ 2..=366 => format!("At least one request for {days} days of the history"),
        _ => "At least one request for the history".to_owned(),
    };
    let again = match stream.lookback_days {
        0 => String::new(),
        1 => "; the last day is read again in every run".to_owned(),
        days => format!("; the last {days} days are read again in every run"),
    };
    format!("{history}{again}.")
}

fn label(connector: &dyn Connector, name: &str) -> String {
    let spec = connector.settings().iter().find(|spec| spec.name == name);
    spec.map_or_else(|| name.to_owned(), SettingSpec::label)
}

fn rule(spec: &SettingSpec) -> SettingRule {
    match spec.rule {
        Rule::Integer(least, most) => SettingRule::Integer { least, most },
        Rule::OneOf(words) => {
            SettingRule::OneOf { words: words.iter().map(|&word| word.to_owned()).collect() }
        }
        Rule::Address => SettingRule::Address,
        Rule::Matching(_, expected) => SettingRule::Text { expected: expected.to_owned() },
    }
}

/// What settings become by a change; an empty value goes back to the default. Each wrong value is refused under its own
/// name.
///
/// # Errors
/// When there is no such setting, or it does not take the value.
pub(super) fn changed(
    connector: &dyn Connector,
    before: &BTreeMap<String, String>,
    change: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    let mut settings = before.clone();
    for (name, value) in change {
        let value = value.trim();
        if value.is_empty() {
            settings.remove(name);
            continue;
        }
        let field = format!("settings.{name}");
        if name == MORE_STREAMS {
            let streams = setting::more_streams(connector, value)
                .map_err(|error| AppError::invalid_field(field, error.message))?;
            let names: Vec<&str> = streams.iter().map(|stream| stream.name).collect();
            // Ordinary streams are read anyway.
            match names.join(",") {
                none if none.is_empty() => settings.remove(name),
                names => settings.insert(name.clone(), names),
            };
            continue;
        }
        let Some(spec) = connector.settings().iter().find(|spec| spec.name == name) else {
            let known: Vec<_> = connector.settings().iter().map(|spec| spec.name).collect();
            return Err(AppError::invalid_field(field, format!("There is no setting {name:?}."))
                .with_hint(format!("The settings are {}.", known.join(", ")))
                .into());
        };
        spec.check(value).map_err(|error| AppError::invalid_field(field, error.message))?;
        settings.insert(name.clone(), value.to_owned());
    }
    if let Some(text) = lacking(connector, &settings) {
        return Err(AppError::invalid_field(format!("settings.{MORE_STREAMS}"), text).into());
    }
    Ok(settings)
}

/// What a stream that is switched on can't be asked for without.
fn lacking(connector: &dyn Connector, settings: &BTreeMap<String, String>) -> Option<String> {
    let more = setting::more_streams(connector, settings.get(MORE_STREAMS)?).ok()?;
    let is_empty = |name: &str| {
        let spec = connector.settings().iter().find(|spec| spec.name == name);
        settings.get(name).map_or_else(|| spec.is_none_or(|spec| spec.default.is_empty()), String::is_empty)
    };
    let (stream, needed) =
        more.iter().find_map(|stream| Some((stream, stream.needs.filter(|n| is_empty(n))?)))?;
    Some(format!("{} can't be read without the setting {}.", stream.name, label(connector, needed)))
}

/// Whether the change gives figures another meaning.
pub(super) fn restates(
    connector: &dyn Connector,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> bool {
    let value = |settings: &BTreeMap<String, String>, spec: &SettingSpec| {
        settings.get(spec.name).cloned().unwrap_or_else(|| spec.default.to_owned())
    };
    let restating = connector.settings().iter().filter(|s| connector.restating_settings().contains(&s.name));
    restating.into_iter().any(|spec| value(before, spec) != value(after, spec))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PipelineError;

    fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_wrong_value_is_refused_under_its_own_name() {
        let google = connectors::find("google_ads").unwrap();
        let refused = |name: &str, value: &str| {
            let error = changed(google, &BTreeMap::new(), &pairs(&[(name, value)])).unwrap_err();
            let PipelineError::Told(error) = error else { panic!("{error}") };
            (error.field.unwrap_or_default(), error.message)
        };
        let (field, message) = refused("conversion_window_days", "1000");
        assert_eq!(field, "settings.conversion_window_days");
        assert!(message.contains("from 1 to 90"), "{message}");
        assert!(refused("nonsense", "1").1.contains("no setting"));
        let after = changed(
            google,
            &pairs(&[("method", "search")]),
            &pairs(&[("method", " "), ("api_version", "v24")]),
        );
        assert_eq!(after.unwrap(), pairs(&[("api_version", "v24")]));
    }

    #[test]
    fn only_a_change_of_meaning_reads_again() {
        let facebook = connectors::find("facebook").unwrap();
        let check = |before: &[(&str, &str)], after: &[(&str, &str)]| {
            restates(facebook, &pairs(before), &pairs(after))
        };
        assert!(check(&[], &[("attribution_window", "1d_click")]));
        assert!(check(&[("attribution_window", "1d_click")], &[]));
        assert!(!check(&[], &[("attribution_window", "account")]), "that is the default");
        assert!(!check(&[], &[("page_size", "100")]));
    }

    #[test]
    fn streams_on_request_are_switched_on_by_name() {
        let ga4 = connectors::find("ga4").unwrap();
        let change = |value: &[(&str, &str)]| changed(ga4, &BTreeMap::new(), &pairs(value));
        let refused = |value: &[(&str, &str)]| {
            let error = change(value).unwrap_err();
            let PipelineError::Told(error) = error else { panic!("{error}") };
            assert_eq!(error.field.as_deref(), Some("settings.more_streams"));
            error.message
        };
        let after = change(&[("more_streams", " realtime , realtime,")]).unwrap();
        assert_eq!(after, pairs(&[("more_streams", "realtime")]));
        assert!(refused(&[("more_streams", "realtime,visits")]).contains("no stream \"visits\""));
        assert!(refused(&[("more_streams", "report")]).contains("command line"));
        assert!(refused(&[("more_streams", "funnel")]).contains("Funnel steps"));
        let both = [("more_streams", "funnel,realtime"), ("funnel_steps", "view_item,purchase")];
        assert_eq!(change(&both).unwrap(), pairs(&both));
        let cleared = changed(ga4, &pairs(&both), &pairs(&[("funnel_steps", "")]));
        assert!(cleared.is_err(), "the funnel would have no steps");
        let off = changed(ga4, &pairs(&both), &pairs(&[("more_streams", "")]));
        assert_eq!(off.unwrap(), pairs(&both[1..]));
        assert!(change(&[("more_streams", "account_daily")]).unwrap().is_empty(), "it is read anyway");
    }

    #[test]
    fn what_more_there_is_to_read_is_told_with_its_cost() {
        let of = |slug: &str| known(connectors::find(slug).unwrap(), &[]).pop().unwrap();
        let SettingRule::Streams { streams } = of("google_ads").rule else { panic!("google_ads") };
        let clicks = streams.iter().find(|stream| stream.name == "clicks").unwrap();
        assert_eq!(clicks.summary, "Single clicks with their click ids. One operation per day.");
        assert!(clicks.cost.contains("each day of the history; the last day"), "{}", clicks.cost);
        let SettingRule::Streams { streams } = of("ga4").rule else { panic!("ga4") };
        let told = |name: &str| streams.iter().find(|stream| stream.name == name);
        assert!(told("report").is_none(), "its totals would count twice");
        let all = connectors::all().iter().flat_map(|connector| known(*connector, &[]));
        for setting in all {
            let SettingRule::Streams { streams } = setting.rule else { continue };
            let is_plain = |stream: &MoreStream| !stream.summary.to_lowercase().contains("request.");
            assert!(streams.iter().all(is_plain), "{streams:?}");
        }
        assert_eq!(told("funnel").unwrap().needs.as_deref(), Some("Funnel steps"));
        assert_ne!(of("search_console").name, MORE_STREAMS, "there is nothing on request");
    }

    #[test]
    fn settings_of_all_platforms_are_told_and_those_that_restate_exist() {
        for connector in connectors::all() {
            let known = known(*connector, &[]);
            for name in connector.restating_settings() {
                let told = known.iter().find(|setting| setting.name == *name);
                assert!(told.is_some_and(|setting| setting.restates), "{}: {name}", connector.slug());
            }
            assert!(known.iter().all(|s| !s.label.is_empty() && !s.help.is_empty()), "{}", connector.slug());
        }
    }
}
