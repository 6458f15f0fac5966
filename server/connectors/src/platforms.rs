//! All platforms: one line each, in alphabetical order. Whoever adds one adds a line here and one to `lib.rs`.

use crate::connector::Connector;

/// All platforms.
#[rustfmt::skip]
pub fn all() -> &'static [&'static dyn Connector] {
    &[
        &crate::activecampaign::ActiveCampaign,
        &crate::campaign_monitor::CampaignMonitor,
        &crate::constant_contact::ConstantContact,
        &crate::facebook::Facebook,
        &crate::ga4::GoogleAnalytics,
        &crate::google_ads::GoogleAds,
        &crate::hubspot::HubSpot,
        &crate::instagram::Instagram,
        &crate::klaviyo::Klaviyo,
        &crate::linkedin::LinkedIn,
        &crate::mailchimp::Mailchimp,
        &crate::marketo::Marketo,
        &crate::pardot::Pardot,
        &crate::pipedrive::Pipedrive,
        &crate::salesforce::Salesforce,
        &crate::search_console::SearchConsole,
        &crate::sendgrid::SendGrid,
        &crate::tiktok::TikTok,
        &crate::x::X,
        &crate::zoho_crm::ZohoCrm,
    ]
}

/// The platform with that slug.
pub fn find(slug: &str) -> Option<&'static dyn Connector> {
    all().iter().copied().find(|c| c.slug() == slug)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn platforms_come_in_alphabetical_order_and_each_once() {
        let slugs: Vec<_> = all().iter().map(|c| c.slug()).collect();
        assert!(slugs.windows(2).all(|pair| pair[0] < pair[1]), "{slugs:?}");
    }

    #[test]
    fn every_platform_keeps_the_rules_of_the_house() {
        for connector in all() {
            let slug = connector.slug();
            for name in ["page_size", "api_version"] {
                assert!(connector.settings().iter().any(|s| s.name == name), "{slug} has no setting {name}");
            }
            let names: BTreeSet<_> = connector.streams().iter().map(|s| s.name).collect();
            assert_eq!(names.len(), connector.streams().len(), "{slug} has two streams of one name");
            for stream in connector.streams() {
                let setting = stream.lookback_setting;
                let is_known = setting.is_none_or(|name| connector.settings().iter().any(|s| s.name == name));
                assert!(is_known, "{slug}, {}: there is no setting {setting:?}", stream.name);
            }
        }
    }
}
