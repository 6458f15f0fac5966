//! Files that hold figures of another kind than advertising.

use super::lexicon;
use metrics::{Family, Metric};
use model::imports::{ColumnRole, Mapping};

/// Says why the file is refused, when its figures are those of web analytics, search results, e-mail and the like.
/// Clicks and impressions alone do not make a file one of advertising: organic search and posts have them, too.
pub fn other_than_ads(headers: &[String], mapping: &Mapping, mapped: &[Metric]) -> Option<String> {
    let foreign: Vec<(&str, Metric)> = headers
        .iter()
        .filter_map(|header| match lexicon::guess(header)?.role {
            ColumnRole::Metric { metric } => Some((header.as_str(), Metric::from_name(&metric)?)),
            _ => None,
        })
        .filter(|(_, metric)| !metric.families().contains(&Family::Ads))
        .collect();
    let family = foreign.first()?.1.families().first()?;
    let has_entity = mapping
        .columns
        .iter()
        .any(|c| matches!(c.role, ColumnRole::EntityName { .. } | ColumnRole::EntityId { .. }));
    let is_ads = mapped.contains(&Metric::Spend) || has_entity && mapped.contains(&Metric::Impressions);
    if is_ads {
        return None;
    }
    let shown: Vec<&str> = foreign.iter().map(|(header, _)| *header).take(4).collect();
    Some(format!(
        "This file holds {} ({} …), no advertising figures; this version loads advertising figures only.",
        named(*family),
        shown.join(", ")
    ))
}

fn named(family: Family) -> &'static str {
    match family {
        Family::Ads => "advertising figures",
        Family::Social => "figures of posts and pages",
        Family::Web => "web metrics",
        Family::Search => "figures of organic search",
        Family::Email => "figures of e-mails",
        Family::Crm => "figures of customer relations",
    }
}
