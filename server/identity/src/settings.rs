//! What a person may choose for a workspace, and the name in its address.

use crate::currency;
use crate::error::{Result, field};
use model::days::WeekStart;
use model::workspace::WorkspaceSettings;

/// Checks each field; spaces around are taken off, the currency is written in capitals.
pub(crate) fn parse(settings: &WorkspaceSettings) -> Result<WorkspaceSettings> {
    let name = settings.name.trim();
    if name.is_empty() {
        return Err(field("name", "Give the workspace a name."));
    }
    if name.chars().count() > 80 {
        return Err(field("name", "A name has at most 80 characters."));
    }
    if name.chars().any(char::is_control) {
        return Err(field("name", "A name is one line without control characters."));
    }
    let code = settings.currency.trim().to_uppercase();
    if !currency::exists(&code) {
        return Err(field("currency", format!("{code:?} is no currency of ISO 4217: EUR and USD are.")));
    }
    let zone: chrono_tz::Tz = settings.time_zone.trim().parse().map_err(|_| {
        let message = format!("{:?} is no time zone: Europe/Berlin and UTC are.", settings.time_zone.trim());
        field("time_zone", message)
    })?;
    Ok(WorkspaceSettings {
        name: name.to_owned(),
        currency: code,
        time_zone: zone.name().to_owned(),
        week_start: settings.week_start,
    })
}

/// As stored: the ISO number of the day.
pub(crate) fn week_start_number(week_start: WeekStart) -> i16 {
    match week_start {
        WeekStart::Monday => 1,
        WeekStart::Saturday => 6,
        WeekStart::Sunday => 7,
    }
}

/// The day of that ISO number.
pub(crate) fn week_start_from(number: i16) -> Option<WeekStart> {
    [WeekStart::Monday, WeekStart::Saturday, WeekStart::Sunday]
        .into_iter()
        .find(|d| week_start_number(*d) == number)
}

/// The name in the address: "Müller & Söhne" → "muller-sohne".
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        match without_mark(character) {
            Some(letters) => slug.push_str(letters),
            None if character.is_ascii_alphanumeric() => slug.push(character),
            None if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            None => {}
        }
    }
    slug.truncate(48);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "workspace".to_owned() } else { slug.to_owned() }
}

/// Letters of European languages that people expect to survive.
fn without_mark(character: char) -> Option<&'static str> {
    Some(match character {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì'..='ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ő' => "o",
        'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' => "s",
        'ß' => "ss",
        'ť' | 'ţ' => "t",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn settings(name: &str, currency: &str, time_zone: &str) -> WorkspaceSettings {
        WorkspaceSettings {
            name: name.into(),
            currency: currency.into(),
            time_zone: time_zone.into(),
            week_start: WeekStart::Monday,
        }
    }

    #[test]
    fn fields() {
        let good = parse(&settings(" Acme ", "eur", "Europe/Berlin")).unwrap();
        assert_eq!((good.name.as_str(), good.currency.as_str()), ("Acme", "EUR"));
        for (wrong, words) in [
            (settings(" ", "EUR", "UTC"), "a name"),
            (settings(&"x".repeat(81), "EUR", "UTC"), "80"),
            (settings("a\nb", "EUR", "UTC"), "one line"),
            (settings("Acme", "EURO", "UTC"), "ISO 4217"),
            (settings("Acme", "EUR", "Mars/Olympus"), "Mars/Olympus"),
        ] {
            let message = parse(&wrong).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }

    #[test]
    fn slugs() {
        assert_eq!(slug("Müller & Söhne GmbH"), "muller-sohne-gmbh");
        assert_eq!(slug("  -- "), "workspace");
        assert_eq!(slug("日本"), "workspace");
    }

    #[test]
    fn week_starts_survive_storage() {
        for day in [WeekStart::Monday, WeekStart::Saturday, WeekStart::Sunday] {
            assert_eq!(week_start_from(week_start_number(day)), Some(day));
        }
        assert_eq!(week_start_from(3), None);
    }

    proptest! {
        #[test]
        fn every_slug_fits_the_column(name in ".{0,120}") {
            let slug = slug(&name);
            prop_assert!(slug.len() <= 48);
            prop_assert!(slug.split('-').all(|part| !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())));
        }
    }
}
