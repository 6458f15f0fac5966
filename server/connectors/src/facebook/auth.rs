//! How Facebook lets us in, and what can be set.

use crate::connector::Context;
use crate::error::{Error, Result};
use crate::meta::{self, Door};
use crate::oauth::OAuthSpec;
use crate::setting::{Rule, SettingSpec, Settings};

pub(super) const DOOR: Door = Door { host: "https://graph.facebook.com", vendor: "Facebook" };

/// Reporting is enough with the first; the others find accounts of businesses, pages and their leads.
pub(super) const OAUTH: OAuthSpec = meta::facebook_login(&[
    "ads_read",
    "business_management",
    "pages_show_list",
    "pages_read_engagement",
    "read_insights",
    "leads_retrieval",
    "pages_manage_metadata",
]);

pub(super) const SETTINGS: &[SettingSpec] = &[
    meta::API_VERSION,
    SettingSpec {
        name: "page_size",
        help: "Rows per page of figures. Lists have no more than 100.",
        default: "500",
        rule: Rule::Integer(1, 5_000),
    },
    SettingSpec {
        name: "lookback_days",
        help: "Days before today that are read again: Meta attributes conversions for up to 28 days.",
        default: "28",
        rule: Rule::Integer(1, 90),
    },
    SettingSpec {
        name: "method",
        help: "sync asks for pages at once; async lets Meta make a report first, for very large accounts.",
        default: "sync",
        rule: Rule::OneOf(&["sync", "async"]),
    },
    SettingSpec {
        name: ATTRIBUTION,
        help: "Within how long after a click or view a conversion counts: as each ad set is set, which is what the Ads \
               Manager shows (account), or within that window for all.",
        default: AS_SET,
        rule: Rule::OneOf(&[AS_SET, "1d_click", "7d_click", "28d_click", "1d_view"]),
    },
    SettingSpec {
        name: REPORT_TIME,
        help: "The day that a conversion counts on: that of the impression, of the conversion, or as the Ads Manager \
               shows it (mixed).",
        default: "mixed",
        rule: Rule::OneOf(&["mixed", "impression", "conversion"]),
    },
];

const ATTRIBUTION: &str = "attribution_window";
const REPORT_TIME: &str = "action_report_time";

/// Each ad set's own window.
const AS_SET: &str = "account";

/// The window that all conversions are counted within; none for each ad set's own.
pub(super) fn window(ctx: &Context) -> Option<&str> {
    Some(ctx.settings.get(ATTRIBUTION)).filter(|window| *window != AS_SET)
}

/// What the settings come to, for people.
pub(super) fn attribution(settings: &Settings) -> String {
    let window = match settings.get(ATTRIBUTION) {
        "1d_click" => "1 day after a click",
        "7d_click" => "7 days after a click",
        "28d_click" => "28 days after a click",
        "1d_view" => "1 day after a view",
        _ => "each ad set's own window (7 days after a click and 1 day after a view unless it was changed)",
    };
    let day = match settings.get(REPORT_TIME) {
        "impression" => "on the day of the impression",
        "conversion" => "on the day of the conversion",
        _ => "on the day that the Ads Manager shows",
    };
    format!("Conversions count within {window}, {day}.")
}

/// Rows per page: the setting, but no more than Facebook allows there.
pub(super) fn page_size(ctx: &Context, most: u32) -> String {
    ctx.settings.integer("page_size").unwrap_or(most).min(most).to_string()
}

/// An id as people write it: that of an ad account with or without `act_`, or that of a page.
pub(super) fn digits(text: &str) -> Result<&str> {
    let text = text.trim();
    let id = text.strip_prefix("act_").unwrap_or(text);
    if meta::is_id(id) {
        return Ok(id);
    }
    Err(Error::configuration(format!(
        "{text:?} is no ad account and no page; an ad account is written like act_1234567890."
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attribution_is_that_of_the_settings() {
        let of = |given: &[(&str, &str)]| {
            let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            attribution(&Settings::parse(SETTINGS, &given).unwrap())
        };
        assert!(of(&[]).contains("each ad set's own window") && of(&[]).contains("Ads Manager"));
        assert_eq!(
            of(&[(ATTRIBUTION, "28d_click"), (REPORT_TIME, "conversion")]),
            "Conversions count within 28 days after a click, on the day of the conversion."
        );
        // Each window that can be set has its words.
        let Some(Rule::OneOf(windows)) = SETTINGS.iter().find(|s| s.name == ATTRIBUTION).map(|s| s.rule)
        else {
            panic!("no choice of windows")
        };
        let texts: std::collections::BTreeSet<_> =
            windows.iter().map(|window| of(&[(ATTRIBUTION, window)])).collect();
        assert_eq!(texts.len(), windows.len());
    }

    #[test]
    fn accounts_are_numbers_behind_their_prefix() {
        assert_eq!(digits(" act_00798085168510957 ").unwrap(), "00798085168510957");
        assert_eq!(digits("1234").unwrap(), "1234");
        for wrong in ["act_", "acme", "act_1/campaigns", ""] {
            assert!(digits(wrong).unwrap_err().message.contains("act_1234567890"), "{wrong}");
        }
    }
}
