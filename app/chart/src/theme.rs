//! Colours, measured for contrast and for colour-blind eyes: do not change single ones by eye.

use metrics::keys::OTHER_KEY;
use serde::{Deserialize, Serialize};

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark on light.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}

/// Colours of everything but the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink {
    /// Background of the card that the chart lies on.
    pub card: &'static str,
    /// Text.
    pub text: &'static str,
    /// Text of less weight.
    pub muted: &'static str,
    /// Axis labels; the lightest allowed for text.
    pub subtle: &'static str,
    /// Grid lines.
    pub line: &'static str,
    /// Crosshair.
    pub pointer: &'static str,
}

const LIGHT: Ink = Ink {
    card: "#FFFFFF",
    text: "#14171F",
    muted: "#565E6C",
    subtle: "#6B7280",
    line: "#E5E7EB",
    pointer: "#868E9C",
};

const DARK: Ink = Ink {
    card: "#171A21",
    text: "#E8EAED",
    muted: "#A3ABB8",
    subtle: "#8B94A3",
    line: "#2A2F3A",
    pointer: "#6B7482",
};

/// Categorical colours in order; the last is "Other".
const CATEGORICAL_LIGHT: [&str; 8] =
    ["#1D4ED8", "#D9480F", "#0B8A6F", "#7A1250", "#5B8DEF", "#9A6700", "#12305E", "#6B7280"];
const CATEGORICAL_DARK: [&str; 8] =
    ["#5AA2FF", "#FF7A33", "#5CEBC8", "#FFE08A", "#D06BE0", "#1F6FE0", "#0B8A66", "#98A2B3"];

/// From little to much, on a light background.
const SEQUENTIAL: [&str; 7] = ["#BFDBFE", "#93C5FD", "#60A5FA", "#3B82F6", "#2563EB", "#1D4ED8", "#1E3A8A"];

impl Theme {
    /// Colours of everything but the data.
    pub fn ink(self) -> &'static Ink {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
        }
    }

    /// Categorical colours in order; the last is "Other".
    pub fn categorical(self) -> &'static [&'static str; 8] {
        match self {
            Self::Light => &CATEGORICAL_LIGHT,
            Self::Dark => &CATEGORICAL_DARK,
        }
    }

    /// From little to much.
    pub fn sequential(self) -> [&'static str; 7] {
        let mut colors = SEQUENTIAL;
        if self == Self::Dark {
            colors.reverse();
        }
        colors
    }
}

/// The colour of a platform, the same everywhere. Platforms beyond the paid ones share colours with those that they
/// seldom stand beside; unknown ones are grey.
pub fn platform_color(slug: &str, theme: Theme) -> &'static str {
    let index = match slug {
        "google_ads" | "mailchimp" | "salesforce" => 0,
        "facebook" | "sendgrid" => 1,
        "linkedin" | "klaviyo" | "marketo" => 2,
        "tiktok" | "activecampaign" | "pardot" => 3,
        "x" | "search_console" | "campaign_monitor" | "pipedrive" => 4,
        "file" | "constant_contact" | "zoho_crm" => 5,
        "instagram" | "ga4" | "hubspot" => 6,
        _ => 7,
    };
    theme.categorical()[index]
}

/// The colour of the `index`-th member of a chart: its platform's where members are platforms, grey for "Other",
/// else by order.
pub fn member_color(key: &str, index: usize, is_platform: bool, theme: Theme) -> &'static str {
    if key == OTHER_KEY {
        return theme.categorical()[7];
    }
    if is_platform {
        return platform_color(key, theme);
    }
    theme.categorical()[index.min(7)]
}
