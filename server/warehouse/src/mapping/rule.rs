//! Rules, read once and tried on many things. Pure.

use super::target::Target;
use super::utm::Utm;
use model::entities::EntityKind;
use model::error::AppError;
use model::mapping::{Condition, MAX_CONDITIONS, MAX_NAME, MAX_TEXT, RuleDraft, RuleField, RuleTest};
use regex::{Captures, Regex, RegexBuilder};

/// Largest compiled pattern in bytes: some thousand of them fit into memory, and no sensible one is larger.
const PATTERN_BYTES: usize = 1 << 20;
/// Deepest nesting of a pattern.
const PATTERN_DEPTH: u32 = 40;

/// A thing as rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Thing {
    pub(crate) id: i64,
    pub(crate) kind: EntityKind,
    pub(crate) name: String,
    /// Names of what it is part of, the nearest first.
    pub(crate) parents: Vec<String>,
    pub(crate) account: String,
    pub(crate) platform: String,
    pub(crate) utm: Utm,
}

impl Thing {
    /// Its values of a field.
    fn values(&self, field: RuleField) -> Vec<&str> {
        fn all<'a>(texts: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
            texts.into_iter().map(String::as_str).collect()
        }
        match field {
            RuleField::Name => vec![&self.name],
            RuleField::Campaign => {
                let is_one =
                    matches!(self.kind, EntityKind::Campaign | EntityKind::Flow | EntityKind::Program);
                let own = is_one.then_some(&self.name);
                all(own.into_iter().chain(&self.parents))
            }
            RuleField::UtmCampaign => all(&self.utm.campaign),
            RuleField::UtmSource => all(&self.utm.source),
            RuleField::UtmMedium => all(&self.utm.medium),
            RuleField::Account => vec![&self.account],
            RuleField::Platform => vec![&self.platform],
            RuleField::Kind => vec![self.kind.name()],
        }
    }
}

#[derive(Debug, Clone)]
enum Check {
    /// With the text in small letters.
    Text(RuleTest, String),
    Pattern(Regex),
}

/// A rule that can be tried.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    target: Target,
    checks: Vec<(RuleField, Check)>,
}

impl Rule {
    /// Reads a rule as it is written.
    ///
    /// # Errors
    /// Says what is wrong in which field: `target`, or `condition-0` for the first condition.
    pub(crate) fn read(draft: &RuleDraft) -> Result<Self, AppError> {
        if draft.conditions.is_empty() {
            return Err(AppError::invalid(
                "A rule needs a condition: without one it would catch everything.",
            ));
        }
        if draft.conditions.len() > MAX_CONDITIONS {
            return Err(AppError::invalid(format!("A rule can have at most {MAX_CONDITIONS} conditions.")));
        }
        let checks = draft.conditions.iter().enumerate().map(|(at, condition)| {
            let wrong = |message| AppError::invalid_field(format!("condition-{at}"), message);
            Ok((condition.field, check(condition).map_err(wrong)?))
        });
        let checks: Vec<(RuleField, Check)> = checks.collect::<Result<_, AppError>>()?;
        let pattern = checks.iter().find_map(|(_, check)| match check {
            Check::Pattern(regex) => Some(regex),
            Check::Text(..) => None,
        });
        let names: Vec<Option<&str>> =
            pattern.map(|regex| regex.capture_names().collect()).unwrap_or_default();
        let wrong = |message| AppError::invalid_field("target", message);
        if draft.target.chars().count() > MAX_NAME {
            return Err(wrong(format!("This name is too long: at most {MAX_NAME} characters.")));
        }
        let target = Target::parse(&draft.target, &names).map_err(wrong)?;
        Ok(Self { target, checks })
    }

    /// The name of the unified campaign that the thing belongs to, if the rule catches it.
    pub(crate) fn catch(&self, thing: &Thing) -> Option<String> {
        let mut found: Option<Captures<'_>> = None;
        for (field, check) in &self.checks {
            let values = thing.values(*field);
            match check {
                Check::Text(test, text) => {
                    values.iter().find(|value| holds(*test, &value.to_lowercase(), text))?;
                }
                Check::Pattern(regex) => {
                    let captures = values.iter().find_map(|value| regex.captures(value))?;
                    found.get_or_insert(captures);
                }
            }
        }
        self.target.name(found.as_ref())
    }
}

/// The place of the first rule that catches the thing, and the name of the unified campaign.
pub(crate) fn first<'r>(rules: impl IntoIterator<Item = &'r Rule>, thing: &Thing) -> Option<(usize, String)> {
    rules.into_iter().enumerate().find_map(|(at, rule)| Some((at, rule.catch(thing)?)))
}

/// Both texts in small letters.
fn holds(test: RuleTest, value: &str, text: &str) -> bool {
    match test {
        RuleTest::Is => value.trim() == text,
        RuleTest::Contains => value.contains(text),
        RuleTest::StartsWith => value.starts_with(text),
        RuleTest::EndsWith => value.ends_with(text),
        RuleTest::Matches => false,
    }
}

fn check(condition: &Condition) -> Result<Check, String> {
    if condition.text.trim().is_empty() {
        return Err("Say what to compare with.".into());
    }
    if condition.text.chars().count() > MAX_TEXT {
        return Err(format!("This is too long: at most {MAX_TEXT} characters."));
    }
    match condition.test {
        RuleTest::Matches => pattern(&condition.text).map(Check::Pattern),
        // Spaces at the ends of a word are typed by accident; within “contains” they may be meant.
        RuleTest::Is => Ok(Check::Text(RuleTest::Is, condition.text.trim().to_lowercase())),
        test => Ok(Check::Text(test, condition.text.to_lowercase())),
    }
}

fn pattern(text: &str) -> Result<Regex, String> {
    let mut parser =
        regex_syntax::ParserBuilder::new().nest_limit(PATTERN_DEPTH).case_insensitive(true).build();
    if let Err(error) = parser.parse(text) {
        let (kind, column) = match &error {
            regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span().start.column),
            regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span().start.column),
            _ => (error.to_string(), 1),
        };
        return Err(format!("The pattern can't be read at character {column}: {kind}."));
    }
    RegexBuilder::new(text)
        .case_insensitive(true)
        .size_limit(PATTERN_BYTES)
        .nest_limit(PATTERN_DEPTH)
        .build()
        .map_err(|_| "The pattern is too large: use fewer or smaller repetitions.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn thing() -> Thing {
        let mut utm = Utm::default();
        utm.read(&json!([
            "https://a.test/?utm_campaign=spring_26&utm_source=meta",
            "utm_campaign=SUMMER_26"
        ]));
        Thing {
            id: 1,
            kind: EntityKind::Campaign,
            name: "EU | Spring Sale | 2026".into(),
            parents: vec!["Seasonal".into()],
            account: "Acme".into(),
            platform: "somewhere".into(),
            utm,
        }
    }

    fn draft(target: &str, conditions: &[(RuleField, RuleTest, &str)]) -> RuleDraft {
        let condition = |(field, test, text): &(RuleField, RuleTest, &str)| Condition {
            field: *field,
            test: *test,
            text: (*text).to_owned(),
        };
        RuleDraft { target: target.into(), conditions: conditions.iter().map(condition).collect() }
    }

    fn rule(target: &str, conditions: &[(RuleField, RuleTest, &str)]) -> Rule {
        Rule::read(&draft(target, conditions)).unwrap()
    }

    fn catches(conditions: &[(RuleField, RuleTest, &str)]) -> bool {
        rule("x", conditions).catch(&thing()).is_some()
    }

    use RuleField::{Account, Campaign, Kind, Name, Platform, UtmCampaign, UtmMedium, UtmSource};
    use RuleTest::{Contains, EndsWith, Is, Matches, StartsWith};

    #[test]
    fn all_conditions_must_hold_and_letters_may_be_small_or_large() {
        assert!(catches(&[(Name, Contains, "spring sale"), (Account, Is, "ACME"), (Kind, Is, "campaign")]));
        assert!(!catches(&[(Name, Contains, "spring sale"), (Account, Is, "other")]));
        assert!(catches(&[
            (Name, StartsWith, "eu |"),
            (Name, EndsWith, "2026"),
            (Platform, Is, "somewhere")
        ]));
        assert!(!catches(&[(Name, StartsWith, "spring")]));
    }

    #[test]
    fn one_of_several_values_is_enough() {
        assert!(catches(&[(UtmCampaign, Is, "summer_26"), (UtmSource, Is, "meta")]));
        assert!(catches(&[(Campaign, Is, "seasonal")]) && catches(&[(Campaign, Contains, "spring")]));
        assert!(!catches(&[(UtmMedium, Contains, "a")]), "there is none");
    }

    #[test]
    fn the_first_pattern_names_the_campaign() {
        let found = rule(
            "$1 $2",
            &[
                (Account, Contains, "a"),
                (Name, Matches, r"\|\s*(\w+ \w+)\s*\|\s*(\d+)"),
                (UtmCampaign, Matches, "(x)?"),
            ],
        );
        assert_eq!(found.catch(&thing()).as_deref(), Some("Spring Sale 2026"));
        assert_eq!(
            rule("$1", &[(UtmCampaign, Matches, "^(spring)")]).catch(&thing()).as_deref(),
            Some("spring")
        );
    }

    #[test]
    fn the_first_rule_wins() {
        let rules = [
            rule("no", &[(Name, Is, "nothing")]),
            rule("one", &[(Name, Contains, "spring")]),
            rule("two", &[(Name, Contains, "sale")]),
        ];
        assert_eq!(first(&rules, &thing()), Some((1, "one".into())));
        assert_eq!(first(rules.iter().rev(), &thing()), Some((0, "two".into())));
        assert_eq!(first(&rules[..1], &thing()), None);
    }

    #[test]
    fn what_is_wrong_is_told_by_field_and_place() {
        let error = |draft: RuleDraft| Rule::read(&draft).unwrap_err();
        assert!(error(draft("x", &[])).message.contains("needs a condition"));
        let wrong = error(draft("x", &[(Name, Is, "a"), (Name, Matches, "ab(c")]));
        assert_eq!(wrong.field.as_deref(), Some("condition-1"));
        assert!(wrong.message.contains("at character 3"), "{}", wrong.message);
        let empty = error(draft("x", &[(Name, Is, "  ")]));
        assert_eq!(empty.field.as_deref(), Some("condition-0"));
        let large = error(draft("x", &[(Name, Matches, r"(\w{200}){200}")]));
        assert!(large.message.contains("too large"), "{}", large.message);
        let deep = error(draft("x", &[(Name, Matches, &format!("{}a{}", "(".repeat(60), ")".repeat(60)))]));
        assert!(deep.message.contains("character"), "{}", deep.message);
        assert_eq!(error(draft("$1", &[(Name, Is, "a")])).field.as_deref(), Some("target"));
        assert_eq!(error(draft(" ", &[(Name, Is, "a")])).field.as_deref(), Some("target"));
    }

    fn tests() -> impl Strategy<Value = RuleTest> {
        prop::sample::select(vec![Is, Contains, StartsWith, EndsWith])
    }

    proptest! {
        #[test]
        fn texts_and_patterns_say_the_same(test in tests(), name in "[aAbB|. ]{0,6}", text in "[aAbB|.]{1,3}") {
            let thing = Thing { name, ..thing() };
            let escaped = regex::escape(&text);
            let pattern = match test {
                Is => format!("^\\s*{escaped}\\s*$"),
                StartsWith => format!("^{escaped}"),
                EndsWith => format!("{escaped}$"),
                _ => escaped,
            };
            let by_text = rule("x", &[(Name, test, &text)]).catch(&thing);
            let by_pattern = rule("x", &[(Name, Matches, &pattern)]).catch(&thing);
            prop_assert_eq!(by_text, by_pattern);
        }

        #[test]
        fn a_condition_more_never_catches_more(a in "[ab|]{1,2}", b in "[ab|]{1,2}", name in "[ab| ]{0,8}") {
            let thing = Thing { name, ..thing() };
            let both = rule("x", &[(Name, Contains, &a), (Name, Contains, &b)]).catch(&thing).is_some();
            let one = |text: &str| rule("x", &[(Name, Contains, text)]).catch(&thing).is_some();
            prop_assert_eq!(both, one(&a) && one(&b));
        }

        #[test]
        fn no_pattern_makes_it_panic(text in "\\PC{0,30}", target in "\\PC{0,10}") {
            if let Ok(rule) = Rule::read(&draft(&target, &[(Name, Matches, &text)])) {
                let _ = rule.catch(&thing());
            }
        }

        #[test]
        fn the_first_of_some_rules_is_the_one_that_a_loop_finds(texts in prop::collection::vec("[a-d|]{1,2}", 1..6)) {
            let rules: Vec<Rule> = texts.iter().map(|text| rule(text, &[(Name, Contains, text)])).collect();
            let expected = texts.iter().position(|text| thing().name.to_lowercase().contains(text.as_str()));
            prop_assert_eq!(first(&rules, &thing()).map(|(at, _)| at), expected);
        }
    }
}
