//! What the title of a table says: `Instagram profile visits`.

use super::{guess, marks::PLATFORMS};
use metrics::Metric;
use model::imports::ColumnRole;

/// Words that mean something else in a title than they would as a column of an advertising report.
const WORDS: &[(&str, Metric)] = &[
    ("visits", Metric::ProfileViews),
    ("page visits", Metric::ProfileViews),
    ("page and profile visits", Metric::ProfileViews),
    ("viewers", Metric::Reach),
    ("page likes", Metric::NewFollowers),
    ("new likes and follows", Metric::NewFollowers),
    ("besuche", Metric::ProfileViews),
    ("visites", Metric::ProfileViews),
    ("visitas", Metric::ProfileViews),
    ("visite", Metric::ProfileViews),
    ("bezoeken", Metric::ProfileViews),
    ("seitenbesuche", Metric::ProfileViews),
    ("seiten- und profilbesuche", Metric::ProfileViews),
    ("betrachter", Metric::Reach),
    ("spectateurs", Metric::Reach),
    ("espectadores", Metric::Reach),
    ("abonnements", Metric::NewFollowers),
    ("nouvelles mentions j’aime et nouveaux followers", Metric::NewFollowers),
];

/// The platform and the metric that a title names.
pub fn title(text: &str) -> (Option<&'static str>, Option<Metric>) {
    let text = text.to_lowercase();
    let platform = super::platform(&text);
    let named = PLATFORMS.iter().filter(|(word, slug)| Some(*slug) == platform && text.contains(word));
    let rest = match named.max_by_key(|(word, _)| word.len()) {
        Some((word, _)) => text.replace(word, " "),
        None => text,
    };
    // `Facebook-Reichweite`, `Instagram: reach`
    let parts: Vec<&str> = rest
        .split_whitespace()
        .map(|part| part.trim_matches(['-', '–', ':']))
        .filter(|part| !part.is_empty())
        .collect();
    // `Alcance de Facebook`: what joins the platform to the metric says nothing, but may also be part of a name.
    let short: Vec<&str> = parts.iter().copied().filter(|part| !JOINTS.contains(part)).collect();
    (platform, metric_of(&parts.join(" ")).or_else(|| metric_of(&short.join(" "))))
}

/// Words between a metric and what it is about.
const JOINTS: &[&str] = &[
    "page", "on", "of", "von", "auf", "bei", "de", "du", "del", "en", "sur", "la", "di", "su", "do", "no",
    "op", "van",
];

fn metric_of(text: &str) -> Option<Metric> {
    let word = WORDS.iter().find(|(word, _)| *word == text).map(|(_, metric)| *metric);
    word.or_else(|| match guess(text)?.role {
        ColumnRole::Metric { metric } => Metric::from_name(&metric),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_business_suite() {
        assert_eq!(title("Facebook reach"), (Some("facebook"), Some(Metric::Reach)));
        assert_eq!(title("Instagram profile visits"), (Some("instagram"), Some(Metric::ProfileViews)));
        assert_eq!(title("Follows"), (None, Some(Metric::NewFollowers)));
        assert_eq!(title("Facebook Page new likes"), (Some("facebook"), Some(Metric::NewFollowers)));
        assert_eq!(title("Facebook-Reichweite"), (Some("facebook"), Some(Metric::Reach)));
        assert_eq!(title("Alcance de Instagram"), (Some("instagram"), Some(Metric::Reach)));
        assert_eq!(title("Couverture Facebook"), (Some("facebook"), Some(Metric::Reach)));
        assert_eq!(title("Visites de la Page Facebook"), (Some("facebook"), Some(Metric::ProfileViews)));
        assert_eq!(title("Top cities"), (None, None));
    }
}
