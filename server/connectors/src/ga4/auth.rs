//! How Google lets us in, and what can be set.

use crate::connector::Context;
use crate::error::{Error, Result};
use crate::google;
use crate::http::Request;
use crate::oauth::OAuthSpec;
use crate::setting::{Rule, SettingSpec};
use http::Method;

/// One scope covers reports and the list of properties.
pub(super) const OAUTH: OAuthSpec = google::oauth(&["https://www.googleapis.com/auth/analytics.readonly"]);

/// Most dimensions of a report beside the date, and most metrics.
const MOST_DIMENSIONS: usize = 8;
const MOST_METRICS: usize = 10;
/// Most steps of a funnel.
const MOST_STEPS: usize = 10;

pub(super) const SETTINGS: &[SettingSpec] = &[
    SettingSpec {
        name: "api_version",
        help: "Version of the Data API, which gives reports. v1beta has been stable since 2021.",
        default: "v1beta",
        rule: Rule::Matching(is_version, "a version such as v1beta"),
    },
    SettingSpec {
        name: "admin_api_version",
        help: "Version of the Admin API, which lists properties.",
        default: "v1beta",
        rule: Rule::Matching(is_version, "a version such as v1beta"),
    },
    SettingSpec {
        name: "funnel_api_version",
        help: "Version of the Data API for funnels, which other versions do not have.",
        default: "v1alpha",
        rule: Rule::Matching(is_version, "a version such as v1alpha"),
    },
    SettingSpec {
        name: "page_size",
        help: "Rows per page of a report.",
        default: "50000",
        rule: Rule::Integer(1, 250_000),
    },
    SettingSpec {
        name: "lookback_days",
        help: "Days before today that are read again: Google finishes a day within 24 to 48 hours.",
        default: "3",
        rule: Rule::Integer(1, 90),
    },
    SettingSpec {
        name: "key_event_lookback_days",
        help: "Days before today that are read again where key events, revenue or ad costs are among the figures: \
               Google attributes them anew for up to twelve days.",
        default: "14",
        rule: Rule::Integer(1, 90),
    },
    SettingSpec {
        name: "report_dimensions",
        help: "Dimensions of the stream report beside the date, separated by commas: at most eight.",
        default: "deviceCategory",
        rule: Rule::Matching(are_dimensions, "names of dimensions, separated by commas, at most eight"),
    },
    SettingSpec {
        name: "report_metrics",
        help: "Metrics of the stream report, separated by commas: at most ten.",
        default: "sessions,engagedSessions,screenPageViews,keyEvents,totalRevenue",
        rule: Rule::Matching(are_metrics, "names of metrics, separated by commas, at most ten"),
    },
    SettingSpec {
        name: "funnel_steps",
        help: "Names of the events that are the steps of the stream funnel, separated by commas: at most ten.",
        default: "",
        rule: Rule::Matching(are_steps, "names of events, separated by commas, at most ten"),
    },
    SettingSpec {
        name: "data_url",
        help: "Where the Data API is.",
        default: "https://analyticsdata.googleapis.com",
        rule: Rule::Address,
    },
    SettingSpec {
        name: "admin_url",
        help: "Where the Admin API is.",
        default: "https://analyticsadmin.googleapis.com",
        rule: Rule::Address,
    },
    google::TOKEN_URL,
];

fn is_version(text: &str) -> bool {
    let rest = text.strip_prefix('v').unwrap_or_default();
    rest.starts_with(|c: char| c.is_ascii_digit()) && rest.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn are_dimensions(text: &str) -> bool {
    are_fields(&names(text), MOST_DIMENSIONS)
}

fn are_metrics(text: &str) -> bool {
    let names = names(text);
    !names.is_empty() && are_fields(&names, MOST_METRICS)
}

/// Custom ones are written like `customEvent:plan` or `keyEvents:purchase`.
fn are_fields(names: &[String], most: usize) -> bool {
    let is_field = |name: &String| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_:[]".contains(&b))
    };
    names.len() <= most && names.iter().all(is_field)
}

fn are_steps(text: &str) -> bool {
    names(text).len() <= MOST_STEPS
}

/// The names in a setting that holds several.
pub(super) fn names(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The number of a property, also as `properties/123`.
pub(super) fn property_id(text: &str) -> Result<String> {
    let text = text.trim();
    let digits = text.strip_prefix("properties/").unwrap_or(text);
    if digits.is_empty() || digits.len() > 19 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::configuration(format!(
            "{text:?} is no Google Analytics property; a property is a number such as 314159265, not a measurement \
             id (G-…) and not a property of Universal Analytics (UA-…)."
        )));
    }
    Ok(digits.to_owned())
}

/// A call of the Data API: `runReport`, `runFunnelReport`, … `version` is the setting that names the version.
pub(super) fn data_request(ctx: &Context, version: &str, property: &str, method: &str) -> Result<Request> {
    let (base, version) = (base(ctx, "data_url"), ctx.settings.get(version));
    let url = format!("{base}/{version}/properties/{property}:{method}");
    Ok(Request::new(Method::POST, &url)?.paced_by(property))
}

/// What is known of a property's columns.
pub(super) fn metadata_request(ctx: &Context, property: &str) -> Result<Request> {
    let (base, version) = (base(ctx, "data_url"), ctx.settings.get("api_version"));
    let url = format!("{base}/{version}/properties/{property}/metadata");
    Ok(Request::new(Method::GET, &url)?.paced_by(property))
}

/// A reading of the Admin API.
pub(super) fn admin_request(ctx: &Context, path: &str) -> Result<Request> {
    let (base, version) = (base(ctx, "admin_url"), ctx.settings.get("admin_api_version"));
    Ok(Request::new(Method::GET, &format!("{base}/{version}/{path}"))?.paced_by("discovery"))
}

fn base<'a>(ctx: &'a Context, setting: &str) -> &'a str {
    ctx.settings.get(setting).trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_numbers_and_the_usual_confusion_is_named() {
        assert_eq!(property_id(" properties/123 ").unwrap(), "123");
        assert_eq!(property_id("9007199254740993").unwrap(), "9007199254740993");
        for wrong in ["G-ABC123", "UA-1-1", "", "accounts/1", "../1", "properties/"] {
            assert!(property_id(wrong).unwrap_err().message.contains("measurement"), "{wrong}");
        }
    }

    #[test]
    fn settings_take_what_google_takes() {
        assert!(is_version("v1beta") && is_version("v1alpha") && is_version("v2"));
        assert!(!is_version("1beta") && !is_version("vbeta") && !is_version("v1/x") && !is_version("v"));
        assert!(are_dimensions("") && are_dimensions("country, customEvent:plan"));
        assert!(!are_dimensions("a,b,c,d,e,f,g,h,i") && !are_dimensions("a b"));
        assert!(are_metrics("keyEvents:purchase") && !are_metrics(" , "));
        assert!(are_steps("view_item,purchase") && !are_steps("a,b,c,d,e,f,g,h,i,j,k"));
    }
}
