//! Names of platforms. The slugs are those of the connectors; `file` stands for imports of unknown origin.

/// Slug and name of each known platform, paid ones first.
pub const PLATFORMS: &[(&str, &str)] = &[
    ("google_ads", "Google Ads"),
    ("facebook", "Meta"),
    ("linkedin", "LinkedIn"),
    ("tiktok", "TikTok"),
    ("x", "X"),
    ("instagram", "Instagram"),
    ("ga4", "Google Analytics"),
    ("search_console", "Search Console"),
    ("mailchimp", "Mailchimp"),
    ("sendgrid", "SendGrid"),
    ("klaviyo", "Klaviyo"),
    ("activecampaign", "ActiveCampaign"),
    ("campaign_monitor", "Campaign Monitor"),
    ("constant_contact", "Constant Contact"),
    ("hubspot", "HubSpot"),
    ("salesforce", "Salesforce"),
    ("marketo", "Marketo"),
    ("pardot", "Pardot"),
    ("pipedrive", "Pipedrive"),
    ("zoho_crm", "Zoho CRM"),
    ("file", "Files"),
];

/// For people. An unknown slug reads as its words, the first letter large.
pub fn label(slug: &str) -> String {
    if let Some((_, name)) = PLATFORMS.iter().find(|(known, _)| *known == slug) {
        return (*name).to_owned();
    }
    let mut words = slug.replace(['_', '-'], " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}
