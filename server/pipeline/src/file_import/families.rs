//! To which family the figures of a file belong.

use metrics::{Family, Metric};
use model::imports::{ColumnRole, EntityLevel, Mapping};

/// The metrics of a mapping, in the order of the columns.
pub fn metrics_of(mapping: &Mapping) -> Vec<Metric> {
    metrics_among(mapping.columns.iter().map(|c| &c.role))
}

/// The metrics among roles.
pub fn metrics_among<'a>(roles: impl Iterator<Item = &'a ColumnRole>) -> Vec<Metric> {
    roles
        .filter_map(|role| match role {
            ColumnRole::Metric { metric } => Metric::from_name(metric),
            _ => None,
        })
        .collect()
}

/// The family of a mapping: the one that holds all of its metrics. None when no family does.
pub fn of_mapping(mapping: &Mapping) -> Option<Family> {
    let roles: Vec<&ColumnRole> = mapping.columns.iter().map(|c| &c.role).collect();
    let metrics = metrics_of(mapping);
    let holding: Vec<Family> = Family::holding(&metrics).collect();
    choose(&holding, &metrics, &roles, &mapping.platform)
}

/// The family that holds the most of what was guessed: what it does not hold is left out.
pub fn most_likely(metrics: &[Metric], roles: &[&ColumnRole], platform: &str) -> Option<Family> {
    let held = |family: &Family| metrics.iter().filter(|m| m.families().contains(family)).count();
    let most = Family::ALL.iter().map(held).max().unwrap_or(0);
    let best: Vec<Family> = Family::ALL.into_iter().filter(|family| held(family) == most).collect();
    let is_conflict = most < metrics.len();
    // An export of ads counts likes and shares, too, and often more of them than of anything else.
    let has_ads = metrics.contains(&Metric::Spend)
        || has_entities(roles, &[EntityLevel::Campaign, EntityLevel::AdGroup, EntityLevel::Ad])
            && metrics.contains(&Metric::Impressions);
    if is_conflict && has_ads && !best.contains(&Family::Web) && homes(platform).contains(&Family::Ads) {
        return Some(Family::Ads);
    }
    choose(&best, metrics, roles, platform)
}

/// Of several families that are possible, the one that is meant.
fn choose(possible: &[Family], metrics: &[Metric], roles: &[&ColumnRole], platform: &str) -> Option<Family> {
    if let [] | [_] = possible {
        return possible.first().copied();
    }
    let homes = homes(platform);
    if possible.contains(&Family::Ads) {
        // E-mails are sent in campaigns, too: there the platform knows better.
        let is_elsewhere = !homes.contains(&Family::Ads) && homes.iter().any(|f| possible.contains(f));
        let has_ads = metrics.contains(&Metric::Spend)
            || has_entities(roles, &[EntityLevel::AdGroup, EntityLevel::Ad])
            || !is_elsewhere && has_entities(roles, &[EntityLevel::Campaign]);
        if has_ads {
            return Some(Family::Ads);
        }
    }
    homes.iter().find(|family| possible.contains(family)).or_else(|| possible.first()).copied()
}

fn has_entities(roles: &[&ColumnRole], levels: &[EntityLevel]) -> bool {
    roles.iter().any(|role| {
        matches!(role, ColumnRole::EntityName { level } | ColumnRole::EntityId { level } if levels.contains(level))
    })
}

/// The families that a platform's figures belong to; the first is its home, where nothing says otherwise.
fn homes(platform: &str) -> &'static [Family] {
    match platform {
        "facebook" | "linkedin" | "tiktok" | "x" | "youtube" => &[Family::Social, Family::Ads],
        "instagram" => &[Family::Social],
        "ga4" => &[Family::Web],
        "search_console" => &[Family::Search],
        "mailchimp" | "sendgrid" | "klaviyo" | "campaign_monitor" | "constant_contact" => &[Family::Email],
        "activecampaign" => &[Family::Email, Family::Crm],
        "hubspot" | "marketo" | "pardot" => &[Family::Crm, Family::Email],
        "salesforce" | "pipedrive" | "zoho_crm" => &[Family::Crm],
        _ => &[Family::Ads],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(metrics: &[Metric], roles: &[ColumnRole], platform: &str) -> Option<Family> {
        let roles: Vec<&ColumnRole> = roles.iter().collect();
        most_likely(metrics, &roles, platform)
    }

    #[test]
    fn what_is_counted_says_the_family() {
        use Metric::{Clicks, Impressions, Likes, Opens, Position, Reach, Sessions, Shares, Spend, Users};
        let campaign = [ColumnRole::EntityName { level: EntityLevel::Campaign }];
        assert_eq!(family(&[Users, Sessions], &[], "file"), Some(Family::Web));
        assert_eq!(family(&[Clicks, Impressions, Position], &[], "file"), Some(Family::Search));
        assert_eq!(family(&[Clicks, Impressions], &[], "search_console"), Some(Family::Search));
        assert_eq!(family(&[Clicks, Impressions], &[], "file"), Some(Family::Ads));
        assert_eq!(family(&[Reach], &[], "facebook"), Some(Family::Social));
        assert_eq!(family(&[Reach], &campaign, "facebook"), Some(Family::Ads));
        assert_eq!(family(&[Clicks], &campaign, "mailchimp"), Some(Family::Email));
        assert_eq!(family(&[Clicks, Opens], &campaign, "file"), Some(Family::Email));
        assert_eq!(family(&[Impressions, Likes, Shares, Spend], &campaign, "facebook"), Some(Family::Ads));
        assert_eq!(family(&[Clicks, Spend, Sessions], &campaign, "file"), Some(Family::Web));
    }
}
