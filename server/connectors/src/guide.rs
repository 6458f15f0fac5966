//! What an admin reads about each platform: the pages of `docs/platforms`, built in.

macro_rules! guides {
    ($($slug:literal)*) => {
        /// The page of a platform as Markdown; that of all platforms together under `overview`.
        pub fn of(slug: &str) -> Option<&'static str> {
            match slug {
                "overview" => Some(include_str!("../../../docs/platforms/README.md")),
                $($slug => Some(include_str!(concat!("../../../docs/platforms/", $slug, ".md"))),)*
                _ => None,
            }
        }
    };
}

guides! {
    "activecampaign" "campaign_monitor" "constant_contact" "facebook" "ga4" "google_ads" "hubspot" "instagram" "klaviyo"
    "linkedin" "mailchimp" "marketo" "pardot" "pipedrive" "salesforce" "search_console" "sendgrid" "tiktok" "x" "zoho_crm"
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn every_platform_has_a_page_that_names_it_and_all_that_is_typed_and_chosen() {
        for connector in crate::all() {
            let slug = connector.slug();
            let page = of(slug).unwrap_or_else(|| panic!("{slug} has no page"));
            assert!(page.starts_with("# ") && page.contains(&format!("(`{slug}`)")), "{slug}");
            for way in connector.ways() {
                for name in way.fields.iter().map(|field| field.name) {
                    assert!(page.contains(&format!("`{name}`")), "{slug}: the page lacks {name}");
                }
                for name in way.choices.iter().map(|choice| choice.setting) {
                    assert!(page.contains(&format!("`{name}`")), "{slug}: the page lacks {name}");
                }
            }
        }
        assert!(of("overview").is_some() && of("nothing").is_none());
    }
}
