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
    let rest = rest.split_whitespace().filter(|w| !matches!(*w, "page" | "-" | "–" | ":"));
    let rest = rest.collect::<Vec<_>>().join(" ");
    let word = WORDS.iter().find(|(word, _)| *word == rest).map(|(_, metric)| *metric);
    let metric = word.or_else(|| match guess(&rest)?.role {
        ColumnRole::Metric { metric } => Metric::from_name(&metric),
        _ => None,
    });
    (platform, metric)
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
        assert_eq!(title("Top cities"), (None, None));
    }
}
