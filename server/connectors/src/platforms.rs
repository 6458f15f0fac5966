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
    use crate::connector::{Context, Setup};
    use crate::credentials::Credentials;
    use crate::http::{BaseUrl, Pace, RetryPolicy};
    use crate::oauth::{MemoryStore, OAuthClient, Renewal, TokenSet};
    use crate::way::{Entry, Field, Typed, Way};
    use model::clock::Clock;
    use rand::SeedableRng;
    use std::collections::BTreeSet;
    use std::sync::Arc;

    #[test]
    fn platforms_come_in_alphabetical_order_and_each_once() {
        let slugs: Vec<_> = all().iter().map(|c| c.slug()).collect();
        assert!(slugs.windows(2).all(|pair| pair[0] < pair[1]), "{slugs:?}");
    }

    /// Text that the field takes.
    fn value_for(field: &Field) -> String {
        let candidates = [
            "value",
            "https://acme.api-us1.com",
            "602-EUO-598",
            "robot@p.iam.gserviceaccount.com",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
            "0UvB00000004XyzKAE",
            "us3",
        ];
        let fits = |text: &&str| field.check(text).is_ok();
        candidates.into_iter().find(fits).unwrap_or_else(|| panic!("{}: add a value", field.name)).to_owned()
    }

    fn setup(way: &Way) -> Setup {
        let typed = way.fields.iter().filter(|field| !field.is_optional);
        let needed = way.choices.iter().filter(|choice| choice.is_needed);
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let clock = Clock::frozen("2026-09-04T08:00:00Z".parse().unwrap());
        let credentials = typed.map(|field| (field.name.to_owned(), value_for(field).into()));
        Setup {
            credentials: Credentials::from_pairs(credentials),
            settings: way
                .settings
                .iter()
                .map(text)
                .chain(
                    needed.map(|choice| (choice.setting.to_owned(), needed_value(choice.setting).to_owned())),
                )
                .collect(),
            base_url: BaseUrl::VENDOR,
            tokens: Arc::new(MemoryStore::new(TokenSet::default())),
            clock: clock.clone(),
            jitter: Box::new(rand::rngs::SmallRng::seed_from_u64(1)),
            pace: Pace::new(clock),
            policy: RetryPolicy::default(),
        }
    }

    fn needed_value(setting: &str) -> &'static str {
        match setting {
            "login_host" => "acme.my.salesforce.com",
            "handles" => "XDevelopers",
            other => panic!("{other}: add a value"),
        }
    }

    #[test]
    fn what_a_way_declares_is_enough_to_go_to_the_vendor() {
        for connector in all() {
            let slug = connector.slug();
            assert!(!connector.ways().is_empty(), "{slug} has no way in");
            for way in connector.ways() {
                let place = format!("{slug}, {}", way.name);
                let ctx = Context::new(*connector, setup(way)).unwrap_or_else(|e| panic!("{place}: {e}"));
                let client = OAuthClient::of(*connector, &ctx.settings, &ctx.credentials).unwrap();
                match way.entry {
                    Entry::Consent => {
                        let client = client.unwrap_or_else(|| panic!("{place}: there is no consent"));
                        assert!(client.has_consent(), "{place}: nobody is asked");
                        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
                        let asked =
                            client.authorize(&BaseUrl::VENDOR, "https://w.example/oauth/callback", &mut rng);
                        assert!(asked.is_ok(), "{place}: {asked:?}");
                    }
                    Entry::Key => {
                        let has_token = way.field("access_token").is_some();
                        let is_key = ctx.session.tokens().is_none();
                        let asks_by_itself = client.is_some_and(|client| {
                            matches!(
                                client.spec.renewal,
                                Renewal::ClientCredentials | Renewal::RefreshTokenOrClientCredentials
                            )
                        });
                        let signs = way.field("private_key").is_some();
                        assert!(has_token || is_key || asks_by_itself || signs, "{place}: it opens nothing");
                    }
                }
            }
        }
    }

    #[test]
    fn what_a_way_needs_is_missed_before_anything_is_sent() {
        for connector in all() {
            for way in connector.ways() {
                for field in way.fields.iter().filter(|field| !field.is_optional) {
                    let has = |name: &str| name != field.name;
                    let missing = way.missing(has).map(|missing| missing.name);
                    assert_eq!(missing, Some(field.name), "{}, {}", connector.slug(), way.name);
                }
            }
        }
    }

    #[test]
    fn ways_are_declared_in_words_and_with_settings_that_exist() {
        for connector in all() {
            let slug = connector.slug();
            let names: BTreeSet<_> = connector.ways().iter().map(|way| way.name).collect();
            assert_eq!(names.len(), connector.ways().len(), "{slug} has two ways of one name");
            for way in connector.ways() {
                let place = format!("{slug}, {}", way.name);
                assert!(!way.label.is_empty() && way.summary.ends_with('.'), "{place}: {:?}", way.summary);
                for field in way.fields {
                    assert!(
                        !field.label.is_empty() && field.help.ends_with('.'),
                        "{place}, {}: {:?}",
                        field.name,
                        field.help
                    );
                    let is_hidden = field.typed != Typed::Text;
                    let sounds_secret =
                        ["secret", "token", "key"].iter().any(|word| field.name.contains(word));
                    let is_public = ["api_key", "ads_access_token"].contains(&field.name) && slug == "x";
                    assert_eq!(
                        is_hidden,
                        sounds_secret && !is_public,
                        "{place}, {}: shown or hidden?",
                        field.name
                    );
                }
                for (name, value) in way.settings {
                    let spec = connector.settings().iter().find(|spec| spec.name == *name);
                    let spec = spec.unwrap_or_else(|| panic!("{place}: there is no setting {name}"));
                    assert!(spec.check(value).is_ok(), "{place}: {name} can't be {value}");
                }
                for choice in way.choices {
                    let spec = connector.settings().iter().find(|spec| spec.name == choice.setting);
                    let spec =
                        spec.unwrap_or_else(|| panic!("{place}: there is no setting {}", choice.setting));
                    for (value, _) in choice.options {
                        assert!(spec.check(value).is_ok(), "{place}: {} can't be {value}", choice.setting);
                    }
                    let has_default = choice.options.is_empty()
                        || choice.options.iter().any(|(value, _)| *value == spec.default);
                    assert!(has_default, "{place}: {} is not offered", spec.default);
                }
            }
            let keys = connector.key().map(|key| key.names).unwrap_or_default();
            let is_offered = keys.is_empty()
                || connector.ways().iter().any(|way| keys.iter().any(|key| way.field(key).is_some()));
            assert!(is_offered, "{slug}: nobody can type the key");
            let info = connector.info();
            assert_eq!((info.slug.as_str(), info.ways.len()), (slug, connector.ways().len()));
            assert!(!info.families.is_empty() && !info.streams.is_empty(), "{slug}");
        }
    }

    #[test]
    fn a_way_asks_for_the_permissions_of_its_own_door() {
        let permissions = |slug: &str, name: &str| {
            let info = find(slug).unwrap().info();
            info.ways.into_iter().find(|way| way.name == name).unwrap().permissions
        };
        assert!(permissions("instagram", "consent").contains(&"instagram_basic".to_owned()));
        assert!(permissions("instagram", "instagram").contains(&"instagram_business_basic".to_owned()));
        assert!(permissions("tiktok", "account").contains(&"video.list".to_owned()));
        assert!(!permissions("tiktok", "advertiser").contains(&"video.list".to_owned()));
        assert!(permissions("mailchimp", "consent").is_empty());
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
