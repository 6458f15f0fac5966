//! The ways into a platform, as data: what a person chooses and types before anything is asked of the vendor.

use crate::connector::Connector;
use crate::credentials::Credentials;
use crate::error::{Error, Result};
use crate::setting::{Rule, Settings};
use crate::stream::StreamSpec;
use metrics::Family;
use model::connect as shown;
use std::collections::BTreeMap;

/// What happens when the form is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The person consents on the vendor's page.
    Consent,
    /// What was typed opens the platform: it is tried at once.
    Key,
}

/// How a field is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// One line that may be seen.
    Text,
    /// One line that is never shown.
    Secret,
    /// Several lines that are never shown: a key in PEM form.
    SecretLines,
}

/// A value that a way needs.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Name among the credentials. `access_token` and `refresh_token` go where the tokens of a consent go.
    pub name: &'static str,
    /// For people, in the vendor's words.
    pub label: &'static str,
    /// Where to find it at the vendor.
    pub help: &'static str,
    /// How it is typed.
    pub typed: Typed,
    /// The way works without it.
    pub is_optional: bool,
    /// Which values it takes, where that can be told without asking the vendor.
    pub rule: Option<Rule>,
}

impl Field {
    /// One line that may be seen.
    pub const fn text(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { name, label, help, typed: Typed::Text, is_optional: false, rule: None }
    }

    /// One line that is never shown.
    pub const fn secret(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { typed: Typed::Secret, ..Self::text(name, label, help) }
    }

    /// A private key in PEM form.
    pub const fn pem(name: &'static str, label: &'static str, help: &'static str) -> Self {
        let rule = Rule::Matching(is_pem, "a whole private key, from -----BEGIN to the END line");
        Self { typed: Typed::SecretLines, rule: Some(rule), ..Self::text(name, label, help) }
    }

    /// The way works without it.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    /// Takes what the function accepts; the text says what that is.
    #[must_use]
    pub const fn matching(self, accepts: fn(&str) -> bool, expected: &'static str) -> Self {
        Self { rule: Some(Rule::Matching(accepts, expected)), ..self }
    }

    /// Whether what was typed can be right.
    ///
    /// # Errors
    /// Says by the label what is wrong with it. A secret is not quoted.
    pub fn check(&self, value: &str) -> Result<()> {
        match self.rule {
            Some(rule) if !rule.accepts(value) => {
                let what = if self.typed == Typed::Text { format!("{value:?}") } else { "that".to_owned() };
                let message = format!("{} can't be {what}: it takes {}.", self.label, rule.expected());
                Err(Error::configuration(message).with_hint(self.help))
            }
            _ => Ok(()),
        }
    }
}

fn is_pem(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("-----BEGIN") && text.ends_with("-----") && text.lines().count() > 2
}

/// A setting that has to be known before the vendor is asked.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// The setting; its default is chosen until the person chooses.
    pub setting: &'static str,
    /// For people.
    pub label: &'static str,
    /// What it is about.
    pub help: &'static str,
    /// Values and what they are called. A text field where there are none.
    pub options: &'static [(&'static str, &'static str)],
    /// What another value is called and how it is written, where the options are not all that there are.
    pub other: Option<(&'static str, &'static str)>,
    /// There is no good default: the person has to say it.
    pub is_needed: bool,
}

/// A way into a platform.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    /// Connections are stored with it, so it never changes.
    pub name: &'static str,
    /// For people.
    pub label: &'static str,
    /// Whom it is for, one sentence.
    pub summary: &'static str,
    /// What happens.
    pub entry: Entry,
    /// What has to be typed, or configured.
    pub fields: &'static [Field],
    /// Settings that this way stands for.
    pub settings: &'static [(&'static str, &'static str)],
    /// Settings that the person chooses.
    pub choices: &'static [Choice],
    /// Permissions to give at the vendor, where the consent does not ask for them.
    pub permissions: &'static [&'static str],
    /// Permissions that are asked for beside those of the consent, and may be missing.
    pub optional_permissions: &'static [&'static str],
}

impl Way {
    /// Consent in the browser, to start from.
    pub const CONSENT: Self = Self {
        name: "consent",
        label: "Sign in",
        summary: "You sign in at the vendor, and come back here by yourself.",
        entry: Entry::Consent,
        fields: &[],
        settings: &[],
        choices: &[],
        permissions: &[],
        optional_permissions: &[],
    };

    /// A key, to start from.
    pub const KEY: Self = Self {
        name: "key",
        label: "API key",
        summary: "Nothing to sign in to: the key is tried at once.",
        entry: Entry::Key,
        ..Self::CONSENT
    };

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The choice of that setting.
    pub fn choice(&self, setting: &str) -> Option<&'static Choice> {
        self.choices.iter().find(|choice| choice.setting == setting)
    }

    /// The first field that is needed and not there.
    pub fn missing(&self, has: impl Fn(&str) -> bool) -> Option<&'static Field> {
        self.fields.iter().find(|field| !field.is_optional && !has(field.name))
    }
}

/// The way of that name.
pub fn of_name(ways: &'static [Way], name: &str) -> Option<&'static Way> {
    ways.iter().find(|way| way.name == name)
}

/// The way that takes those credentials, for callers that name none: the first that lacks nothing and has a place for
/// each typed one, else the first with a place for each, else the first.
pub fn fitting(
    ways: &'static [Way],
    typed: &[&str],
    is_configured: impl Fn(&str) -> bool,
) -> Option<&'static Way> {
    let takes_all = |way: &&Way| typed.iter().all(|name| way.field(name).is_some());
    let is_whole = |way: &&Way| way.missing(|name| typed.contains(&name) || is_configured(name)).is_none();
    let whole = ways.iter().find(|way| takes_all(way) && is_whole(way));
    whole.or_else(|| ways.iter().find(takes_all)).or_else(|| ways.first())
}

/// Whether a configured credential is of another way only, so that this one must not see it: a key beside a consent.
pub fn belongs_elsewhere(ways: &[Way], way: &Way, name: &str) -> bool {
    way.field(name).is_none() && ways.iter().any(|other| other.field(name).is_some())
}

/// What the vendor said of permissions beside the tokens, against what was asked for. Empty where it said nothing.
///
/// Vendors put blanks or commas between them; `full` (Salesforce) holds all others.
pub fn missing_permissions(asked: &[&'static str], granted: Option<&str>) -> Vec<&'static str> {
    let Some(granted) = granted else { return Vec::new() };
    let granted: Vec<&str> =
        granted.split([' ', ',', '+']).map(str::trim).filter(|text| !text.is_empty()).collect();
    if granted.is_empty() || granted.contains(&"full") {
        return Vec::new();
    }
    let is_missing = |scope: &&&str| !granted.iter().any(|given| given.eq_ignore_ascii_case(scope));
    asked.iter().filter(is_missing).copied().collect()
}

/// The platform as people see it before they connect. `configured` is what this server knows by itself: the value of a
/// credential of that name.
pub fn describe(
    connector: &dyn Connector,
    configured: &dyn Fn(&str) -> Option<String>,
) -> shown::PlatformInfo {
    let about = connector.about();
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let brings = |family: &Family| {
        connector.streams().iter().any(|stream| stream.family == *family || stream.also.contains(family))
    };
    let stream = |stream: &StreamSpec| shown::StreamInfo {
        summary: stream.summary.into(),
        is_ordinary: stream.is_ordinary,
        max_history_days: stream.max_history_days,
    };
    shown::PlatformInfo {
        slug: connector.slug().into(),
        name: about.name.into(),
        summary: about.summary.into(),
        reads: texts(about.reads),
        never: texts(about.never),
        families: Family::ALL
            .iter()
            .filter(|family| brings(family))
            .map(|family| family.name().into())
            .collect(),
        streams: connector.streams().iter().map(stream).collect(),
        ways: connector.ways().iter().map(|way| shown_way(connector, way, configured)).collect(),
        redirect_uri: String::new(),
    }
}

impl dyn Connector + '_ {
    /// The platform as people see it, on a server that knows nothing by itself.
    pub fn info(&self) -> shown::PlatformInfo {
        describe(self, &|_| None)
    }
}

fn shown_way(
    connector: &dyn Connector,
    way: &Way,
    configured: &dyn Fn(&str) -> Option<String>,
) -> shown::WayIn {
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let field = |field: &Field| shown::CredentialField {
        name: field.name.into(),
        label: field.label.into(),
        help: field.help.into(),
        kind: match field.typed {
            Typed::Text => shown::FieldKind::Text,
            Typed::Secret => shown::FieldKind::Secret,
            Typed::SecretLines => shown::FieldKind::SecretLines,
        },
        is_optional: field.is_optional,
        is_known: configured(field.name).is_some(),
    };
    let default = |setting: &str| {
        let spec = connector.settings().iter().find(|spec| spec.name == setting);
        configured(setting).or_else(|| spec.map(|spec| spec.default.to_owned())).unwrap_or_default()
    };
    let choice = |choice: &Choice| shown::SettingChoice {
        setting: choice.setting.into(),
        label: choice.label.into(),
        help: choice.help.into(),
        default: default(choice.setting),
        options: choice.options.iter().map(|&(value, label)| (value.into(), label.into())).collect(),
        other: choice.other.map(|(label, help)| (label.into(), help.into())),
        is_needed: choice.is_needed,
    };
    shown::WayIn {
        name: way.name.into(),
        label: way.label.into(),
        summary: way.summary.into(),
        is_consent: way.entry == Entry::Consent,
        permissions: texts(if way.permissions.is_empty() { scopes(connector, way) } else { way.permissions }),
        optional_permissions: texts(way.optional_permissions),
        fields: way.fields.iter().map(field).collect(),
        choices: way.choices.iter().map(choice).collect(),
    }
}

/// What the consent of that way asks for; nothing where there is none.
pub fn scopes(connector: &dyn Connector, way: &Way) -> &'static [&'static str] {
    if way.entry == Entry::Key {
        return &[];
    }
    let given: BTreeMap<String, String> =
        way.settings.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    let settings = Settings::parse(connector.settings(), &given);
    let spec = settings.ok().and_then(|settings| connector.oauth_for(&settings, &Credentials::default()));
    spec.map_or(&[], |spec| spec.scopes)
}

/// Credentials without those that only other ways have.
pub fn only_of(ways: &[Way], way: &Way, credentials: Credentials) -> Credentials {
    credentials.without(|name| belongs_elsewhere(ways, way, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAYS: &[Way] = &[
        Way {
            fields: &[
                Field::text("client_id", "Client ID", ""),
                Field::secret("client_secret", "Secret", ""),
            ],
            ..Way::CONSENT
        },
        Way { fields: &[Field::secret("api_key", "API key", "")], ..Way::KEY },
    ];

    #[test]
    fn the_way_follows_from_what_is_typed_or_configured() {
        let name = |typed: &[&str], configured: &[&str]| {
            fitting(WAYS, typed, |name| configured.contains(&name)).unwrap().name
        };
        assert_eq!(name(&[], &[]), "consent");
        assert_eq!(name(&["api_key"], &["client_id", "client_secret"]), "key");
        assert_eq!(name(&[], &["api_key"]), "key");
        assert_eq!(name(&["client_id"], &[]), "consent");
        assert_eq!(name(&["nonsense"], &["api_key"]), "consent");
    }

    #[test]
    fn a_configured_key_does_not_stand_in_for_a_consent() {
        assert!(belongs_elsewhere(WAYS, &WAYS[0], "api_key"));
        assert!(!belongs_elsewhere(WAYS, &WAYS[1], "api_key"));
        assert!(!belongs_elsewhere(WAYS, &WAYS[1], "account_url"), "what no way declares is for all");
    }

    #[test]
    fn permissions_are_missing_where_the_vendor_named_others() {
        let asked = &["ads_read", "read_insights"];
        assert!(missing_permissions(asked, None).is_empty());
        assert!(missing_permissions(asked, Some("")).is_empty());
        assert!(missing_permissions(asked, Some("read_insights,ADS_READ,more")).is_empty());
        assert!(missing_permissions(asked, Some("full")).is_empty());
        assert_eq!(missing_permissions(asked, Some("ads_read")), ["read_insights"]);
    }

    #[test]
    fn a_wrong_value_is_told_by_its_label_and_a_secret_is_not_quoted() {
        let shown = Field::text("unit", "Unit", "In Setup.").matching(|t| t.starts_with('0'), "0…");
        let error = shown.check("x").unwrap_err();
        assert!(error.message.contains("Unit can't be \"x\""), "{error}");
        let key = Field::pem("private_key", "Private key", "").check("hush").unwrap_err();
        assert!(!key.message.contains("hush") && key.message.contains("BEGIN"), "{key}");
        assert!(Field::pem("k", "K", "").check("-----BEGIN K-----\nAAAA\n-----END K-----\n").is_ok());
    }
}
