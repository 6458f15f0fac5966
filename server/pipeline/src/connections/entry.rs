//! What a person chose and typed, checked before anything is sent: the way in, its fields and its settings.

use crate::error::Result;
use crate::vault::Sealed;
use connectors::way::{self, Entry, Way};
use connectors::{Connector, Settings};
use model::AppError;
use model::connect::ConnectRequest;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

/// A checked request.
pub(super) struct Checked {
    /// The way in.
    pub(super) way: &'static Way,
    /// What was typed, also for the connection before.
    pub(super) sealed: Sealed,
    /// Settings that differ from the defaults, those of the connection before included.
    pub(super) settings: BTreeMap<String, String>,
}

/// What is known without anybody typing it.
#[derive(Default)]
pub(super) struct Known {
    /// What is configured on this server.
    pub(super) configured: BTreeMap<String, SecretString>,
    /// What the connection that gets a new grant was made with.
    pub(super) before: Option<Before>,
}

/// A connection that gets a new grant.
pub(super) struct Before {
    /// Its credentials.
    pub(super) sealed: Sealed,
    /// Its settings.
    pub(super) settings: BTreeMap<String, String>,
}

/// Checks what was typed and chosen.
///
/// # Errors
/// Names the field, and says where to find what is missing.
pub(super) fn check(connector: &dyn Connector, request: &ConnectRequest, known: Known) -> Result<Checked> {
    let typed: BTreeMap<String, String> = request
        .fields
        .iter()
        .map(|(name, value)| (name.clone(), value.trim().to_owned()))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let way = chosen_way(connector, request, &typed, &known)?;
    for (name, value) in &typed {
        let field = way.field(name).ok_or_else(|| {
            let message = format!("{} takes no {name} here.", connector.about().name);
            AppError::invalid_field(name, message).with_hint("Choose another way in, or leave it out.")
        })?;
        field.check(value).map_err(|error| told_field(name, &error))?;
    }
    let settings = settings(connector, way, request, &known)?;
    let (was_same_way, mut fields, kept_tokens) = match known.before {
        Some(before) if before.sealed.way.as_deref().is_none_or(|name| name == way.name) => {
            let Sealed { fields, access_token, refresh_token, .. } = before.sealed;
            (true, fields, (access_token, refresh_token))
        }
        _ => (false, BTreeMap::new(), (None, None)),
    };
    // What is chosen by a setting now was a field of connections that were made earlier.
    fields
        .retain(|name, _| way.choice(name).is_none() && !way::belongs_elsewhere(connector.ways(), way, name));
    let other_app = typed.get("client_id").is_some_and(|id| fields.get("client_id") != Some(id));
    if other_app {
        fields.remove("client_secret");
    }
    fields.extend(typed.clone());
    let has = |name: &str| {
        // An app's id and secret belong together: one that was typed does not go with one that is configured.
        let is_configured = known.configured.contains_key(name)
            && !(name == "client_secret" && fields.contains_key("client_id"))
            && !(name == "client_id" && typed.contains_key("client_secret"));
        let is_kept_token = was_same_way
            && match name {
                "access_token" => kept_tokens.0.is_some(),
                "refresh_token" => kept_tokens.1.is_some(),
                _ => false,
            };
        fields.contains_key(name) || is_configured || is_kept_token
    };
    if let Some(missing) = way.missing(has) {
        let message = format!("{} is missing.", missing.label);
        return Err(AppError::invalid_field(missing.name, message).with_hint(missing.help).into());
    }
    let access_token = fields.remove("access_token");
    let refresh_token = fields.remove("refresh_token");
    let is_key = way.entry == Entry::Key && way.field("access_token").is_some();
    let sealed = Sealed {
        fields,
        way: Some(way.name.to_owned()),
        access_token: access_token.or_else(|| kept_tokens.0.filter(|_| is_key)),
        refresh_token: refresh_token.or_else(|| kept_tokens.1.filter(|_| is_key)),
        ..Sealed::default()
    };
    Ok(Checked { way, sealed, settings })
}

fn told_field(name: &str, error: &connectors::Error) -> AppError {
    AppError::invalid_field(name, error.message.clone()).with_hint(error.action())
}

/// The way by its name; else that of the connection before, by what it was made with; else the one that fits.
fn chosen_way(
    connector: &dyn Connector,
    request: &ConnectRequest,
    typed: &BTreeMap<String, String>,
    known: &Known,
) -> Result<&'static Way> {
    let ways = connector.ways();
    let before = known.before.as_ref();
    let name = request.way.as_deref().or_else(|| before?.sealed.way.as_deref());
    let found = match (name, before) {
        (Some(name), _) => way::of_name(ways, name),
        (None, Some(before)) => Some(way_of(connector, before)),
        (None, None) => {
            let typed: Vec<&str> = typed.keys().map(String::as_str).collect();
            way::fitting(ways, &typed, |name| known.configured.contains_key(name))
        }
    };
    found.ok_or_else(|| {
        let ways: Vec<_> = ways.iter().map(|way| way.name).collect();
        let message = format!("{} has no such way in.", connector.about().name);
        AppError::invalid_field("way", message).with_hint(format!("The ways are {}.", ways.join(", "))).into()
    })
}

/// The way that a connection was made by which does not say so: the one whose settings it has and whose fields it holds.
fn way_of(connector: &dyn Connector, before: &Before) -> &'static Way {
    let settings = Settings::of(connector, &before.settings);
    let has_settings = |way: &&Way| {
        way.settings
            .iter()
            .all(|(name, value)| settings.as_ref().is_ok_and(|settings| settings.get(name) == *value))
    };
    let has_fields = |way: &&Way| {
        let is_there = |name: &str| before.sealed.fields.contains_key(name);
        before.sealed.fields.keys().any(|name| way.field(name).is_some())
            && (way.entry == Entry::Consent || way.missing(is_there).is_none())
    };
    let ways = connector.ways();
    let is_consent = before.sealed.access_token.is_some() || before.sealed.refresh_token.is_some();
    let by_entry = |way: &&Way| (way.entry == Entry::Consent) == is_consent;
    let fitting = || ways.iter().filter(has_settings);
    fitting()
        .find(|way| by_entry(way) && has_fields(way))
        .or_else(|| fitting().find(by_entry))
        .or_else(|| fitting().next())
        .unwrap_or(&ways[0])
}

/// The settings of the connection: what it had, what the way stands for, what the person chose.
fn settings(
    connector: &dyn Connector,
    way: &Way,
    request: &ConnectRequest,
    known: &Known,
) -> Result<BTreeMap<String, String>> {
    let mut all = known.before.as_ref().map(|before| before.settings.clone()).unwrap_or_default();
    for choice in way.choices {
        let chosen = request.settings.get(choice.setting).map(|value| value.trim()).filter(|v| !v.is_empty());
        let configured = known.configured.get(choice.setting).map(ExposeSecret::expose_secret);
        let value = chosen.or(all.get(choice.setting).map(String::as_str)).or(configured).map(str::to_owned);
        let spec = connector.settings().iter().find(|spec| spec.name == choice.setting);
        let default = spec.map_or("", |spec| spec.default);
        match value {
            Some(value) => {
                if let Some(spec) = spec
                    && spec.check(&value).is_err()
                {
                    let expected = spec.rule.expected();
                    let message = format!("{} can't be {value:?}: it takes {expected}.", choice.label);
                    return Err(AppError::invalid_field(choice.setting, message)
                        .with_hint(choice.help)
                        .into());
                }
                all.insert(choice.setting.to_owned(), value);
            }
            None if choice.is_needed => {
                let message = format!("{} is missing.", choice.label);
                return Err(AppError::invalid_field(choice.setting, message).with_hint(choice.help).into());
            }
            None => {}
        }
        if !choice.is_needed && all.get(choice.setting).is_some_and(|value| value == default) {
            all.remove(choice.setting);
        }
    }
    if let Some(name) = request.settings.keys().find(|name| way.choice(name).is_none()) {
        let message = format!("{} has no choice {name} here.", connector.about().name);
        return Err(AppError::invalid_field(name, message).into());
    }
    for (name, value) in way.settings {
        all.insert((*name).to_owned(), (*value).to_owned());
    }
    Settings::of(connector, &all).map_err(|error| AppError::invalid_field("settings", error.message))?;
    Ok(all)
}
