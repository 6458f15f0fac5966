//! Member keys: how days become keys of time dimensions, how keys read for people, and their order.

use crate::format::{day_long, month_year, weekday_full_name};
use crate::platform;
use crate::query::Dimension;
use chrono::{Datelike, Days, NaiveDate};
use model::days::WeekStart;
use std::cmp::Ordering;

/// Key of the member that holds everything outside of the first n; see [`crate::frame::top_n`].
pub const OTHER_KEY: &str = "__other";

impl Dimension {
    /// Name as in documents and addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
            Self::Platform => "platform",
            Self::Account => "account",
            Self::Campaign => "campaign",
            Self::AdGroup => "ad_group",
            Self::Ad => "ad",
            Self::Currency => "currency",
            Self::Device => "device",
            Self::Post => "post",
            Self::Page => "page",
            Self::Event => "event",
            Self::List => "list",
            Self::Email => "email",
            Self::Flow => "flow",
            Self::Pipeline => "pipeline",
            Self::Stage => "stage",
            Self::Owner => "owner",
            Self::Deal => "deal",
            Self::Query => "query",
            Self::Country => "country",
            Self::Channel => "channel",
            Self::Source => "source",
            Self::AgeGender => "age_gender",
            Self::City => "city",
            Self::Placement => "placement",
        }
    }

    /// All dimensions.
    pub const ALL: [Self; 31] = [
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
        Self::Weekday,
        Self::Hour,
        Self::Platform,
        Self::Account,
        Self::Campaign,
        Self::AdGroup,
        Self::Ad,
        Self::Currency,
        Self::Device,
        Self::Post,
        Self::Page,
        Self::Event,
        Self::List,
        Self::Email,
        Self::Flow,
        Self::Pipeline,
        Self::Stage,
        Self::Owner,
        Self::Deal,
        Self::Query,
        Self::Country,
        Self::Channel,
        Self::Source,
        Self::AgeGender,
        Self::City,
        Self::Placement,
    ];

    /// The dimension with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.name() == name)
    }

    /// For people, one of it: `Ad group`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Day => "Day",
            Self::Week => "Week",
            Self::Month => "Month",
            Self::Quarter => "Quarter",
            Self::Year => "Year",
            Self::Weekday => "Weekday",
            Self::Hour => "Hour",
            Self::Platform => "Platform",
            Self::Account => "Account",
            Self::Campaign => "Campaign",
            Self::AdGroup => "Ad group",
            Self::Ad => "Ad",
            Self::Currency => "Currency",
            Self::Device => "Device",
            Self::Post => "Post",
            Self::Page => "Page",
            Self::Event => "Event",
            Self::List => "List",
            Self::Email => "E-mail",
            Self::Flow => "Flow",
            Self::Pipeline => "Pipeline",
            Self::Stage => "Stage",
            Self::Owner => "Owner",
            Self::Deal => "Deal",
            Self::Query => "Query",
            Self::Country => "Country",
            Self::Channel => "Channel",
            Self::Source => "Source",
            Self::AgeGender => "Age and gender",
            Self::City => "City",
            Self::Placement => "Placement",
        }
    }

    /// Whether its members follow from the day.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Day | Self::Week | Self::Month | Self::Quarter | Self::Year | Self::Weekday)
    }

    /// Whether its members are things below an account.
    pub fn is_place(self) -> bool {
        matches!(self, Self::Campaign | Self::AdGroup | Self::Ad)
    }

    /// Whether keys are numbers in the warehouse, to be ordered as such.
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Account | Self::Hour | Self::Weekday) || self.entity().is_some()
    }

    /// What stands for "no value" where a name is shown: `(no campaign)`.
    pub fn none_label(self) -> String {
        format!("(no {})", self.label().to_lowercase())
    }
}

/// The key of the member of a time dimension that holds `day`; `None` for other dimensions.
pub fn time_key(dimension: Dimension, day: NaiveDate, week_start: WeekStart) -> Option<String> {
    if dimension == Dimension::Weekday {
        return Some(day.weekday().number_from_monday().to_string());
    }
    dimension
        .is_time()
        .then(|| from_ordinal(dimension, bucket_ordinal(dimension, day, week_start), week_start))
        .flatten()
}

/// The running number of the bucket that holds `day`: days or weeks since 1970, months, quarters or years since year
/// 0. For other dimensions the day's own.
pub(crate) fn bucket_ordinal(dimension: Dimension, day: NaiveDate, week_start: WeekStart) -> i32 {
    match dimension {
        Dimension::Week => week_start.start_of_week(day).num_days_from_ce(),
        Dimension::Month => day.year() * 12 + day.month0().cast_signed(),
        Dimension::Quarter => day.year() * 4 + (day.month0() / 3).cast_signed(),
        Dimension::Year => day.year(),
        Dimension::Weekday => day.weekday().number_from_monday().cast_signed(),
        _ => day.num_days_from_ce(),
    }
}

/// The key of a bucket from its running number.
pub(crate) fn from_ordinal(dimension: Dimension, ordinal: i32, week_start: WeekStart) -> Option<String> {
    Some(match dimension {
        Dimension::Week => {
            week_start.start_of_week(NaiveDate::from_num_days_from_ce_opt(ordinal)?).to_string()
        }
        Dimension::Month => format!("{:04}-{:02}", ordinal.div_euclid(12), ordinal.rem_euclid(12) + 1),
        Dimension::Quarter => format!("{:04}-Q{}", ordinal.div_euclid(4), ordinal.rem_euclid(4) + 1),
        Dimension::Year => format!("{ordinal:04}"),
        Dimension::Weekday => ordinal.to_string(),
        _ => NaiveDate::from_num_days_from_ce_opt(ordinal)?.to_string(),
    })
}

/// The first day of the bucket that a time key names; `None` for weekdays, other dimensions and nonsense.
pub fn parse_key(dimension: Dimension, key: &str) -> Option<NaiveDate> {
    match dimension {
        Dimension::Day | Dimension::Week => key.parse().ok(),
        Dimension::Month => {
            let (year, month) = key.split_once('-')?;
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)
        }
        Dimension::Quarter => {
            let (year, quarter) = key.split_once("-Q")?;
            let quarter = quarter.parse().ok().filter(|q| (1..=4u32).contains(q))?;
            NaiveDate::from_ymd_opt(year.parse().ok()?, quarter * 3 - 2, 1)
        }
        Dimension::Year => NaiveDate::from_ymd_opt(key.parse().ok()?, 1, 1),
        _ => None,
    }
}

/// How a key reads for people, for dimensions whose labels follow from the key (time, platform, currency, device).
/// Accounts and entities have names of their own; their key is answered.
pub fn label_of(dimension: Dimension, key: &str) -> String {
    if key.is_empty() {
        return dimension.none_label();
    }
    if key == OTHER_KEY {
        return "Other".into();
    }
    let label = match dimension {
        Dimension::Day => parse_key(dimension, key).map(day_long),
        Dimension::Week => parse_key(dimension, key).map(|first| {
            let last = first.checked_add_days(Days::new(6)).unwrap_or(first);
            model::DayRange::new(first, last).map_or_else(|_| day_long(first), crate::format::day_range)
        }),
        Dimension::Month => parse_key(dimension, key).map(|d| month_year(d, false)),
        Dimension::Quarter => key.split_once('-').map(|(year, quarter)| format!("{quarter} {year}")),
        Dimension::Weekday => key.parse().ok().and_then(weekday_full_name).map(Into::into),
        Dimension::Hour => key.parse::<u8>().ok().map(|h| format!("{h:02}:00")),
        Dimension::Platform => Some(platform::label(key)),
        Dimension::Source => key.split_once(" · ").map(|(medium, source)| format!("{source} / {medium}")),
        Dimension::Device | Dimension::Placement => Some(words(key)),
        Dimension::AgeGender => Some(people(key)),
        // LinkedIn tells countries by numbers of its own, and nobody tells their names.
        Dimension::Country if key.bytes().all(|byte| byte.is_ascii_digit()) => Some(format!("Place {key}")),
        _ => None,
    };
    label.unwrap_or_else(|| key.to_owned())
}

/// `mobile_app` as people write it.
fn words(key: &str) -> String {
    let mut words = key.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// An age and a gender, as people say them. What vendors do not know goes by several names.
fn people(key: &str) -> String {
    let (age, gender) = key.split_once(" · ").unwrap_or((key, ""));
    let is_unknown = |text: &str| matches!(text, "" | "none" | "unknown" | "undisclosed" | "u");
    let gender = match gender {
        "f" | "female" => "women",
        "m" | "male" => "men",
        unknown if is_unknown(unknown) => "gender unknown",
        other => other,
    };
    if is_unknown(age) {
        format!("Age unknown, {gender}")
    } else {
        format!("{}, {gender}", age.replace('-', "–"))
    }
}

/// The order of keys within a dimension: no value first, then numbers as numbers, all else as bytes.
pub fn compare_keys(dimension: Dimension, a: &str, b: &str) -> Ordering {
    if dimension.is_numeric()
        && let (Ok(a), Ok(b)) = (a.parse::<i64>(), b.parse::<i64>())
    {
        return a.cmp(&b);
    }
    a.cmp(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_dimension() {
        for dimension in Dimension::ALL {
            assert_eq!(Dimension::from_name(dimension.name()), Some(dimension));
        }
    }

    #[test]
    fn broken_down_members_read_as_words() {
        let label = |dimension, key| label_of(dimension, key);
        assert_eq!(label(Dimension::AgeGender, "25-34 · f"), "25–34, women");
        assert_eq!(label(Dimension::AgeGender, "65+ · male"), "65+, men");
        assert_eq!(label(Dimension::AgeGender, "none · unknown"), "Age unknown, gender unknown");
        assert_eq!(label(Dimension::AgeGender, ""), "(no age and gender)");
        assert_eq!(label(Dimension::Placement, "audience_network"), "Audience network");
        assert_eq!(label(Dimension::Device, "mobile_app"), "Mobile app");
        assert_eq!(label(Dimension::Country, "DE"), "DE");
        assert_eq!(label(Dimension::Country, "103644278"), "Place 103644278");
        assert_eq!(label(Dimension::City, "Berlin, Berlin"), "Berlin, Berlin");
    }
}
