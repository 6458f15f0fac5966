//! The name of the unified campaign, as a rule writes it: text, and references to what a pattern found.

use model::mapping::MAX_NAME;
use regex::Captures;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Group(usize),
}

/// A name with references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target(Vec<Piece>);

impl Target {
    /// Reads `$1`, `${1}`, `${name}` as references and `$$` as a dollar sign; any other `$` stands for itself. `names` are
    /// those of the pattern's groups, the whole match first.
    pub(super) fn parse(text: &str, names: &[Option<&str>]) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text.trim();
        while let Some((before, after)) = rest.split_once('$') {
            plain.push_str(before);
            if let Some(more) = after.strip_prefix('$') {
                plain.push('$');
                rest = more;
                continue;
            }
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (word, more) = if let Some(braced) = after.strip_prefix('{') {
                braced.split_once('}').ok_or("The } after ${ is missing.")?
            } else {
                after.split_at(digits)
            };
            if word.is_empty() && !after.starts_with('{') {
                plain.push('$');
                rest = after;
                continue;
            }
            pieces.extend((!plain.is_empty()).then(|| Piece::Text(std::mem::take(&mut plain))));
            pieces.push(Piece::Group(group(word, names)?));
            rest = more;
        }
        plain.push_str(rest);
        pieces.extend((!plain.is_empty()).then_some(Piece::Text(plain)));
        if pieces.is_empty() {
            return Err("Give the unified campaign a name.".into());
        }
        Ok(Self(pieces))
    }

    /// The name for a thing; none when nothing is left of it.
    pub(super) fn name(&self, captures: Option<&Captures<'_>>) -> Option<String> {
        let part = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Group(at) => {
                captures.and_then(|c| c.get(*at)).map(|found| found.as_str().to_owned()).unwrap_or_default()
            }
        };
        let name: String = self.0.iter().map(part).collect();
        let name: String = name.trim().chars().take(MAX_NAME).collect();
        Some(name.trim_end().to_owned()).filter(|name| !name.is_empty())
    }
}

fn group(word: &str, names: &[Option<&str>]) -> Result<usize, String> {
    let found = match word.parse::<usize>() {
        Ok(number) => Some(number).filter(|number| *number < names.len()),
        Err(_) => names.iter().position(|name| *name == Some(word)),
    };
    found.ok_or_else(|| match names.len() {
        0 => format!("${word} stands for what a pattern finds, but no condition has a pattern: choose “matches pattern” for one, or write $$ for a dollar sign."),
        1 => format!("${word} stands for a group of the first pattern, but that has none: put ( ) around what you want."),
        n => format!("${word} is no group of the first pattern, which has {}.", n - 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    fn named(pattern: &str, target: &str, text: &str) -> Result<Option<String>, String> {
        let regex = Regex::new(pattern).unwrap();
        let names: Vec<Option<&str>> = regex.capture_names().collect();
        Ok(Target::parse(target, &names)?.name(regex.captures(text).as_ref()))
    }

    #[test]
    fn references_take_what_the_pattern_found() {
        let of = |target: &str| named("^(?<season>[a-z]+)_(\\d+)?", target, "spring_26").unwrap();
        assert_eq!(of("$1").as_deref(), Some("spring"));
        assert_eq!(of("Sale $1_$2!").as_deref(), Some("Sale spring_26!"));
        assert_eq!(of("${season} ${2}0").as_deref(), Some("spring 260"));
        assert_eq!(of("$0").as_deref(), Some("spring_26"));
        assert_eq!(of("5 $ and $$1").as_deref(), Some("5 $ and $1"));
        assert_eq!(named("(a)?b", "$1", "b").unwrap(), None, "nothing is left");
    }

    #[test]
    fn references_to_nothing_are_told() {
        assert!(named("(a)", "$2", "a").unwrap_err().contains("which has 1"));
        assert!(named("a", "$1", "a").unwrap_err().contains("that has none"));
        assert!(named("(a)", "${1", "a").unwrap_err().contains('}'));
        assert!(named("(a)", "${}", "a").is_err());
        assert!(Target::parse("$1", &[]).unwrap_err().contains("no condition has a pattern"));
        assert!(Target::parse("  ", &[]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_target_or_an_error(text in "[a$0-9{} ]{0,12}") {
            if let Ok(target) = Target::parse(&text, &[None, None]) {
                let _ = target.name(None);
            }
        }

        #[test]
        fn text_without_references_stays_as_it_is(text in "[a-zA-Zé][a-zA-Zé |_-]{0,20}[a-z]") {
            let target = Target::parse(&text, &[]).unwrap();
            proptest::prop_assert_eq!(target.name(None), Some(text));
        }
    }
}
