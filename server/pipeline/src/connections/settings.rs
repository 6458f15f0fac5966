//! A connector's settings as a form shows them, and the check of what comes back.

use crate::error::Result;
use connectors::Connector;
use connectors::setting::{Rule, SettingSpec};
use model::AppError;
use model::upkeep::{SettingInfo, SettingRule};
use std::collections::BTreeMap;

/// All settings of a connector. The default is that of connections that are read again and again.
pub(super) fn known(connector: &dyn Connector) -> Vec<SettingInfo> {
    connector
        .settings()
        .iter()
        .map(|spec| {
            let standing = connector.standing_settings().iter().find(|(name, _)| *name == spec.name);
            SettingInfo {
                name: spec.name.to_owned(),
                label: spec.label(),
                help: spec.help.to_owned(),
                default: standing.map_or(spec.default, |(_, value)| value).to_owned(),
                rule: rule(spec),
                restates: connector.restating_settings().contains(&spec.name),
            }
        })
        .collect()
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
        let Some(spec) = connector.settings().iter().find(|spec| spec.name == name) else {
            let known: Vec<_> = connector.settings().iter().map(|spec| spec.name).collect();
            return Err(AppError::invalid_field(field, format!("There is no setting {name:?}."))
                .with_hint(format!("The settings are {}.", known.join(", ")))
                .into());
        };
        spec.check(value).map_err(|error| AppError::invalid_field(field, error.message))?;
        settings.insert(name.clone(), value.to_owned());
    }
    Ok(settings)
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
    fn settings_of_all_platforms_are_told_and_those_that_restate_exist() {
        for connector in connectors::all() {
            let known = known(*connector);
            for name in connector.restating_settings() {
                let told = known.iter().find(|setting| setting.name == *name);
                assert!(told.is_some_and(|setting| setting.restates), "{}: {name}", connector.slug());
            }
            assert!(known.iter().all(|s| !s.label.is_empty() && !s.help.is_empty()), "{}", connector.slug());
        }
    }
}
