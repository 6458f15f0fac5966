//! The vendor names time zones by labels such as `(GMT+10:00) Canberra, Melbourne, Sydney`. The offset in front is that of
//! winter and says nothing about daylight saving: the places behind it do.

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

/// Labels whose places name no zone, or another one than they mean, without the offset.
const NAMED: &[(&str, Tz)] = &[
    ("Coordinated Universal Time", Tz::UTC),
    ("Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London", Tz::Europe__London),
    ("Monrovia, Reykjavik", Tz::Atlantic__Reykjavik),
    ("Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", Tz::Europe__Berlin),
    ("Brussels, Copenhagen, Madrid, Paris", Tz::Europe__Paris),
    ("West Central Africa", Tz::Africa__Lagos),
    ("Athens, Bucharest, Istanbul", Tz::Europe__Bucharest),
    ("Athens, Bucharest", Tz::Europe__Bucharest),
    ("Harare, Pretoria", Tz::Africa__Johannesburg),
    ("Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius", Tz::Europe__Kiev),
    ("Kuwait, Riyadh", Tz::Asia__Riyadh),
    ("Moscow, St. Petersburg, Volgograd", Tz::Europe__Moscow),
    ("Moscow, St. Petersburg", Tz::Europe__Moscow),
    ("Abu Dhabi, Muscat", Tz::Asia__Dubai),
    ("Port Louis", Tz::Indian__Mauritius),
    ("Ekaterinburg", Tz::Asia__Yekaterinburg),
    ("Islamabad, Karachi", Tz::Asia__Karachi),
    ("Chennai, Kolkata, Mumbai, New Delhi", Tz::Asia__Kolkata),
    ("Sri Jayawardenepura", Tz::Asia__Colombo),
    ("Astana", Tz::Asia__Almaty),
    ("Yangon (Rangoon)", Tz::Asia__Yangon),
    ("Bangkok, Hanoi, Jakarta", Tz::Asia__Bangkok),
    ("Beijing, Chongqing, Hong Kong, Urumqi", Tz::Asia__Shanghai),
    ("Kuala Lumpur, Singapore", Tz::Asia__Singapore),
    ("Ulaanbaatar", Tz::Asia__Ulaanbaatar),
    ("Osaka, Sapporo, Tokyo", Tz::Asia__Tokyo),
    ("Canberra, Melbourne, Sydney", Tz::Australia__Sydney),
    ("Guam, Port Moresby", Tz::Pacific__Port_Moresby),
    ("Magadan, Solomon Is., New Caledonia", Tz::Pacific__Guadalcanal),
    ("Solomon Is., New Caledonia", Tz::Pacific__Guadalcanal),
    ("Auckland, Wellington", Tz::Pacific__Auckland),
    ("Coordinated Universal Time+12", Tz::Etc__GMTMinus12),
    ("Petropavlovsk-Kamchatsky - Old", Tz::Asia__Kamchatka),
    ("Nuku'alofa", Tz::Pacific__Tongatapu),
    ("Cape Verde Is.", Tz::Atlantic__Cape_Verde),
    ("Coordinated Universal Time-02", Tz::Etc__GMTPlus2),
    ("Mid-Atlantic", Tz::Etc__GMTPlus2),
    ("Brasilia", Tz::America__Sao_Paulo),
    ("Buenos Aires", Tz::America__Argentina__Buenos_Aires),
    ("Cayenne, Fortaleza", Tz::America__Cayenne),
    ("Greenland", Tz::America__Nuuk),
    ("Newfoundland", Tz::America__St_Johns),
    ("Atlantic Time (Canada)", Tz::America__Halifax),
    ("Georgetown, La Paz, Manaus, San Juan", Tz::America__La_Paz),
    ("Bogota, Lima, Quito", Tz::America__Bogota),
    ("Eastern Time (US & Canada)", Tz::America__New_York),
    ("Indiana (East)", Tz::America__Indiana__Indianapolis),
    ("Central America", Tz::America__Guatemala),
    ("Central Time (US & Canada)", Tz::America__Chicago),
    ("Guadalajara, Mexico City, Monterrey", Tz::America__Mexico_City),
    ("Saskatchewan", Tz::America__Regina),
    ("Arizona", Tz::America__Phoenix),
    ("Chihuahua, La Paz, Mazatlan", Tz::America__Mazatlan),
    ("Mountain Time (US & Canada)", Tz::America__Denver),
    ("Baja California", Tz::America__Tijuana),
    ("Pacific Time (US & Canada)", Tz::America__Los_Angeles),
    ("Alaska", Tz::America__Anchorage),
    ("Hawaii", Tz::Pacific__Honolulu),
    ("Coordinated Universal Time-11", Tz::Etc__GMTPlus11),
    ("Samoa", Tz::Pacific__Apia),
    ("International Date Line West", Tz::Etc__GMTPlus12),
];

/// The zone of a label: by its name, else by the first of its places that is one, else by its offset, which is right in winter
/// only. None where nothing fits.
pub(super) fn zone_of(label: &str) -> Option<Tz> {
    let label = label.trim();
    if let Ok(zone) = label.parse() {
        return Some(zone);
    }
    let (offset, places) = match label.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((offset, places)) => (offset, places.trim()),
        None => ("", label),
    };
    let named = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(places)).map(|(_, zone)| *zone);
    named
        .or_else(|| of_region(places))
        .or_else(|| places.split(',').find_map(|place| zone_at(place.trim())))
        .or_else(|| fixed(offset))
}

/// `Pacific Time` has daylight saving, whatever is written behind it.
fn of_region(places: &str) -> Option<Tz> {
    let is_it = |name: &str| {
        name.split_once(" (")
            .is_some_and(|(region, _)| region.ends_with(" Time") && places.starts_with(region))
    };
    NAMED.iter().find(|(name, _)| is_it(name)).map(|(_, zone)| *zone)
}

/// The zone that bears the name of a place: `Sydney` is `Australia/Sydney`.
fn zone_at(place: &str) -> Option<Tz> {
    let name = place.replace(' ', "_");
    let is_there =
        |zone: &&Tz| zone.name().rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(&name));
    // Names without a part of the world are old ones, and partly something else (`Navajo`, `EST`).
    chrono_tz::TZ_VARIANTS.iter().filter(|zone| zone.name().contains('/')).find(is_there).copied()
}

/// `GMT+03:00`: whole hours only, because no zone has the name of others.
fn fixed(offset: &str) -> Option<Tz> {
    let offset = offset.trim().trim_start_matches("GMT").trim_start_matches("UTC");
    if offset.is_empty() {
        return None;
    }
    let (hours, minutes) = offset.split_once(':')?;
    let hours: i32 = hours.parse().ok()?;
    if minutes != "00" {
        return None;
    }
    // The signs of these names are the other way round.
    format!("Etc/GMT{:+}", -hours).parse().ok()
}

/// A moment as the vendor writes it: what a clock on the client's wall showed.
pub(super) fn wall_clock(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim().replace('T', " ");
    let formats = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let at = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok());
    at.or_else(|| text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(label: &str, zone: &str) {
        assert_eq!(zone_of(label).map(Tz::name), Some(zone), "{label}");
    }

    #[test]
    fn labels_are_zones_with_their_daylight_saving() {
        check("(GMT+10:00) Canberra, Melbourne, Sydney", "Australia/Sydney");
        check("(GMT+10:00) Brisbane", "Australia/Brisbane");
        check("(GMT-05:00) Eastern Time (US & Canada)", "America/New_York");
        check("(GMT-08:00) Pacific Time (US and Canada); Tijuana", "America/Los_Angeles");
        check("(GMT-04:00) Atlantic Time", "America/Halifax");
        check("(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London", "Europe/London");
        check("(GMT) Casablanca", "Africa/Casablanca");
        check("(GMT+01:00) Belgrade, Bratislava, Budapest, Ljubljana, Prague", "Europe/Belgrade");
        check("(GMT+01:00) Sarajevo, Skopje, Warsaw, Zagreb", "Europe/Sarajevo");
        check("(GMT+05:45) Kathmandu", "Asia/Kathmandu");
        check("(GMT-04:30) Caracas", "America/Caracas");
        check("Europe/Berlin", "Europe/Berlin");
    }

    #[test]
    fn unknown_labels_are_their_offset_or_nothing() {
        check("(GMT+03:00) Nowhere", "Etc/GMT-3");
        check("(GMT-08:00) Nowhere at all", "Etc/GMT+8");
        assert_eq!(zone_of("(GMT+05:30) Nowhere"), None);
        assert_eq!(zone_of(""), None);
        assert_eq!(zone_of("(GMT) Nowhere"), None);
    }

    #[test]
    fn clocks_on_the_wall_are_read() {
        let at = |text: &str| wall_clock(text).map(|at| at.to_string());
        assert_eq!(at("2010-10-12 12:58:00").as_deref(), Some("2010-10-12 12:58:00"));
        assert_eq!(at("2010-10-12 12:58").as_deref(), Some("2010-10-12 12:58:00"));
        assert_eq!(at("2010-10-12T12:58:00").as_deref(), Some("2010-10-12 12:58:00"));
        assert_eq!(at("2010-10-12").as_deref(), Some("2010-10-12 00:00:00"));
        assert_eq!(at("soon"), None);
    }
}
