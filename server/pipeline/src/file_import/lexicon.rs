//! What column headers of advertising exports mean. The words are those of the vendors' own exports.

use model::imports::{ColumnRole, EntityLevel};

/// A guess for one header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// What the column means.
    pub role: ColumnRole,
    /// Two columns can claim a role; the higher one gets it.
    pub rank: u8,
    /// A currency that the header names: `Amount spent (EUR)`.
    pub currency: Option<String>,
}

/// Metrics by normalised header. The first column of the list wins when a file has several (`Clicks` before
/// `Clicks (all)`), expressed by rank.
const METRICS: &[(&str, &str, u8)] = &[
    ("impressions", "impressions", 9),
    ("impr", "impressions", 9),
    ("impr.", "impressions", 9),
    ("displays", "impressions", 6),
    ("ad impressions", "impressions", 7),
    ("impressionen", "impressions", 9),
    ("impresiones", "impressions", 9),
    ("impressões", "impressions", 9),
    ("impressioni", "impressions", 9),
    ("views (impressions)", "impressions", 6),
    ("imps", "impressions", 6),
    ("clicks", "clicks", 9),
    ("clicks all", "clicks", 8),
    ("total clicks", "clicks", 7),
    ("klicks", "clicks", 9),
    ("clics", "clicks", 9),
    ("cliques", "clicks", 9),
    ("clic", "clicks", 7),
    ("clicks (destination)", "link_clicks", 8),
    ("ad clicks", "clicks", 7),
    ("interactions", "engagements", 5),
    ("paid clicks", "clicks", 6),
    ("link clicks", "link_clicks", 9),
    ("outbound clicks", "link_clicks", 5),
    ("clicks to landing page", "link_clicks", 7),
    ("linkklicks", "link_clicks", 9),
    ("website clicks", "link_clicks", 6),
    ("video views", "video_views", 9),
    ("views", "video_views", 4),
    ("trueview views", "video_views", 8),
    ("3 second video plays", "video_views", 6),
    ("thruplays", "video_views", 4),
    ("video plays", "video_views", 5),
    ("video trueview views", "video_views", 8),
    ("videoaufrufe", "video_views", 8),
    ("engagements", "engagements", 9),
    ("total engagements", "engagements", 9),
    ("post engagement", "engagements", 7),
    ("post engagements", "engagements", 7),
    ("reach", "reach", 9),
    ("reichweite", "reach", 9),
    ("alcance", "reach", 9),
    ("unique reach", "reach", 8),
    ("spend", "spend", 9),
    ("cost", "spend", 9),
    ("amount spent", "spend", 9),
    ("total spent", "spend", 8),
    ("spent", "spend", 8),
    ("total spend", "spend", 8),
    ("kosten", "spend", 9),
    ("coste", "spend", 9),
    ("coût", "spend", 9),
    ("cout", "spend", 9),
    ("costo", "spend", 9),
    ("custo", "spend", 9),
    ("costs", "spend", 8),
    ("ad spend", "spend", 8),
    ("media cost", "spend", 7),
    ("ausgegebener betrag", "spend", 9),
    ("importe gastado", "spend", 9),
    ("montant dépensé", "spend", 9),
    ("total cost", "spend", 8),
    ("ausgaben", "spend", 8),
    ("gasto", "spend", 8),
    ("dépenses", "spend", 8),
    ("media spend", "spend", 7),
    ("billed charge local currency", "spend", 6),
    ("conversions", "conversions", 9),
    ("conv.", "conversions", 8),
    ("conv", "conversions", 8),
    ("results", "conversions", 5),
    ("purchases", "conversions", 7),
    ("website purchases", "conversions", 6),
    ("conversionen", "conversions", 9),
    ("konversionen", "conversions", 9),
    ("conversiones", "conversions", 9),
    ("conversões", "conversions", 9),
    ("conversioni", "conversions", 9),
    ("total conversions", "conversions", 7),
    ("total conversion", "all_conversions", 7),
    ("approved conversion", "conversions", 7),
    ("post click conversions", "conversions", 7),
    ("orders", "conversions", 4),
    ("key events", "conversions", 5),
    ("ergebnisse", "conversions", 5),
    ("conv. (platform comparable)", "conversions", 2),
    ("all conv.", "all_conversions", 9),
    ("all conversions", "all_conversions", 9),
    ("conversion value", "conversion_value", 9),
    ("conv. value", "conversion_value", 9),
    ("conversions value", "conversion_value", 9),
    ("total conversion value", "conversion_value", 8),
    ("purchase conversion value", "conversion_value", 8),
    ("purchases conversion value", "conversion_value", 8),
    ("conversion-wert", "conversion_value", 9),
    ("conversionswert", "conversion_value", 9),
    ("valor de conversión", "conversion_value", 9),
    ("valeur de conversion", "conversion_value", 9),
    ("post click sales amount", "conversion_value", 7),
    ("revenue", "revenue", 8),
    ("sales amount", "conversion_value", 5),
    ("total revenue", "revenue", 7),
    ("website purchases conversion value", "conversion_value", 7),
    ("umsatz", "revenue", 7),
    ("sales", "conversion_value", 3),
    ("leads", "leads", 9),
    ("lead", "leads", 6),
    ("total leads", "leads", 7),
    ("lead form submissions", "leads", 6),
    ("on-facebook leads", "leads", 6),
    ("website leads", "leads", 5),
    ("likes", "likes", 9),
    ("comments", "comments", 9),
    ("shares", "shares", 9),
    ("saves", "saves", 9),
    ("sessions", "sessions", 9),
    ("users", "users", 9),
    ("total users", "users", 8),
    ("new users", "new_users", 9),
    ("active users", "active_users", 9),
    ("engaged sessions", "engaged_sessions", 9),
    ("event count", "events", 9),
    ("pageviews", "pageviews", 9),
    ("page views", "pageviews", 9),
];

/// Columns that hold quotients or ranks: recomputed or not ours, never loaded.
const DERIVED: &[&str] = &[
    "ctr",
    "cpc",
    "cpm",
    "cpa",
    "cpl",
    "cpv",
    "roas",
    "roi",
    "frequency",
    "rate",
    "avg",
    "average",
    "cost per",
    "cost /",
    "share",
    "score",
    "position",
    "percent",
    "%",
    "per 1,000",
    "per result",
    "quality",
    "durchschn",
    "taux",
    "tasa",
    "ratio",
    "/ conv",
    "/ cost",
    "per session",
    "per user",
    "cp eng",
    "lost is",
];

const ROLES: &[(&str, Role, u8)] = &[
    ("day", Role::Date, 9),
    ("date", Role::Date, 9),
    ("datum", Role::Date, 9),
    ("tag", Role::Date, 9),
    ("fecha", Role::Date, 9),
    ("día", Role::Date, 9),
    ("data", Role::Date, 8),
    ("jour", Role::Date, 8),
    ("giorno", Role::Date, 8),
    ("dia", Role::Date, 8),
    ("reporting date", Role::Date, 9),
    ("start date", Role::Date, 5),
    ("reporting starts", Role::Date, 7),
    ("berichtsstart", Role::Date, 7),
    ("date start", Role::Date, 7),
    ("date range", Role::Date, 7),
    ("start date (in utc)", Role::Date, 8),
    ("by day", Role::Date, 9),
    ("time period", Role::Date, 7),
    ("gregorian date", Role::Date, 9),
    ("timeperiod", Role::Date, 8),
    ("date + hour (yyyymmddhh)", Role::Date, 8),
    ("week", Role::Date, 6),
    ("woche", Role::Date, 6),
    ("timestamp", Role::Date, 5),
    ("date_start", Role::Date, 7),
    ("period", Role::Date, 4),
    ("reporting ends", Role::DateUntil, 7),
    ("berichtsende", Role::DateUntil, 7),
    ("date stop", Role::DateUntil, 7),
    ("end date", Role::DateUntil, 5),
    ("day end", Role::DateUntil, 5),
    ("month", Role::Month, 8),
    ("monat", Role::Month, 8),
    ("mois", Role::Month, 8),
    ("mes", Role::Month, 8),
    ("year", Role::Year, 8),
    ("jahr", Role::Year, 8),
    ("day of month", Role::DayOfMonth, 8),
    ("currency", Role::Currency, 9),
    ("currency code", Role::Currency, 9),
    ("währung", Role::Currency, 9),
    ("account currency", Role::Currency, 8),
    ("devise", Role::Currency, 8),
    ("moneda", Role::Currency, 8),
    ("platform", Role::Platform, 6),
    ("channel", Role::Platform, 4),
    ("source platform", Role::Platform, 6),
    ("network", Role::Platform, 2),
    ("publisher", Role::Platform, 3),
    ("data source", Role::Platform, 5),
    ("account", Role::Account, 7),
    ("account name", Role::Account, 8),
    ("customer", Role::Account, 5),
    ("kontoname", Role::Account, 8),
    ("ad account name", Role::Account, 8),
    ("advertiser name", Role::Account, 6),
    ("konto", Role::Account, 7),
    ("advertiser", Role::Account, 5),
    ("customer name", Role::Account, 5),
    ("account id", Role::Account, 4),
    ("customer id", Role::Account, 4),
    ("campaign", Role::Name(EntityLevel::Campaign), 8),
    ("campaign name", Role::Name(EntityLevel::Campaign), 9),
    ("kampagne", Role::Name(EntityLevel::Campaign), 8),
    ("kampagnenname", Role::Name(EntityLevel::Campaign), 9),
    ("campaña", Role::Name(EntityLevel::Campaign), 8),
    ("campagne", Role::Name(EntityLevel::Campaign), 8),
    ("campanha", Role::Name(EntityLevel::Campaign), 8),
    ("campagna", Role::Name(EntityLevel::Campaign), 8),
    ("nom de la campagne", Role::Name(EntityLevel::Campaign), 9),
    ("nombre de la campaña", Role::Name(EntityLevel::Campaign), 9),
    ("campaign group name", Role::Name(EntityLevel::Campaign), 6),
    ("campaign group", Role::Name(EntityLevel::Campaign), 5),
    ("campaign id", Role::Id(EntityLevel::Campaign), 9),
    ("kampagnen-id", Role::Id(EntityLevel::Campaign), 9),
    ("campaign number", Role::Name(EntityLevel::Campaign), 5),
    ("xyz campaign id", Role::Id(EntityLevel::Campaign), 5),
    ("campaign_id", Role::Id(EntityLevel::Campaign), 9),
    ("fb campaign id", Role::Id(EntityLevel::AdGroup), 5),
    ("ad group", Role::Name(EntityLevel::AdGroup), 8),
    ("ad group name", Role::Name(EntityLevel::AdGroup), 9),
    ("ad set name", Role::Name(EntityLevel::AdGroup), 9),
    ("ad set", Role::Name(EntityLevel::AdGroup), 8),
    ("adset name", Role::Name(EntityLevel::AdGroup), 9),
    ("anzeigengruppe", Role::Name(EntityLevel::AdGroup), 8),
    ("anzeigengruppenname", Role::Name(EntityLevel::AdGroup), 8),
    ("adset", Role::Name(EntityLevel::AdGroup), 8),
    ("ad squad name", Role::Name(EntityLevel::AdGroup), 8),
    ("ad group id", Role::Id(EntityLevel::AdGroup), 9),
    ("ad set id", Role::Id(EntityLevel::AdGroup), 9),
    ("adset id", Role::Id(EntityLevel::AdGroup), 9),
    ("adgroup id", Role::Id(EntityLevel::AdGroup), 9),
    ("adgroup", Role::Name(EntityLevel::AdGroup), 8),
    ("ad", Role::Name(EntityLevel::Ad), 7),
    ("ad name", Role::Name(EntityLevel::Ad), 9),
    ("creative name", Role::Name(EntityLevel::Ad), 6),
    ("anzeige", Role::Name(EntityLevel::Ad), 7),
    ("anzeigenname", Role::Name(EntityLevel::Ad), 9),
    ("creative", Role::Name(EntityLevel::Ad), 5),
    ("ad id", Role::Id(EntityLevel::Ad), 9),
    ("creative id", Role::Id(EntityLevel::Ad), 5),
    ("anzeigen-id", Role::Id(EntityLevel::Ad), 9),
    ("device", Role::Breakdown("device"), 8),
    ("device type", Role::Breakdown("device"), 7),
    ("impression device", Role::Breakdown("device"), 6),
    ("gerät", Role::Breakdown("device"), 8),
    ("country", Role::Breakdown("country"), 8),
    ("country/territory", Role::Breakdown("country"), 7),
    ("land", Role::Breakdown("country"), 7),
    ("region", Role::Breakdown("region"), 8),
    ("city", Role::Breakdown("city"), 8),
    ("age", Role::Breakdown("age"), 8),
    ("alter", Role::Breakdown("age"), 8),
    ("age range", Role::Breakdown("age"), 7),
    ("gender", Role::Breakdown("gender"), 8),
    ("geschlecht", Role::Breakdown("gender"), 8),
    ("placement", Role::Breakdown("placement"), 8),
    ("platzierung", Role::Breakdown("placement"), 8),
    ("keyword", Role::Breakdown("keyword"), 7),
    ("search keyword", Role::Breakdown("keyword"), 7),
    ("search term", Role::Breakdown("query"), 7),
    ("interest", Role::Breakdown("interest"), 6),
    ("banner", Role::Breakdown("banner"), 6),
    ("user engagement", Role::Breakdown("user_engagement"), 6),
];

#[derive(Debug, Clone, Copy)]
enum Role {
    Date,
    DateUntil,
    Month,
    Year,
    DayOfMonth,
    Currency,
    Platform,
    Account,
    Name(EntityLevel),
    Id(EntityLevel),
    Breakdown(&'static str),
}

impl Role {
    fn role(self) -> ColumnRole {
        match self {
            Self::Date => ColumnRole::Date,
            Self::DateUntil => ColumnRole::DateUntil,
            Self::Month => ColumnRole::Month,
            Self::Year => ColumnRole::Year,
            Self::DayOfMonth => ColumnRole::DayOfMonth,
            Self::Currency => ColumnRole::Currency,
            Self::Platform => ColumnRole::Platform,
            Self::Account => ColumnRole::Account,
            Self::Name(level) => ColumnRole::EntityName { level },
            Self::Id(level) => ColumnRole::EntityId { level },
            Self::Breakdown(dimension) => ColumnRole::Breakdown { dimension: dimension.to_owned() },
        }
    }
}

/// The header in lower case, with single spaces, without a unit in brackets at its end, and that unit.
pub fn normalise(header: &str) -> (String, Option<String>) {
    let text = super::numbers::trim(header)
        .trim_matches('"')
        .to_lowercase()
        .replace(['_', '\u{a0}', '\n', '\r', '\t'], " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some(open) = text.rfind(" (") else { return (text, None) };
    let Some(unit) = text[open + 2..].strip_suffix(')') else { return (text, None) };
    (text[..open].to_owned(), Some(unit.to_owned()))
}

/// What the header means; none when it tells nothing.
pub fn guess(header: &str) -> Option<Guess> {
    let (bare, unit) = normalise(header);
    let whole = unit.as_ref().map_or_else(|| bare.clone(), |u| format!("{bare} ({u})"));
    let currency = unit.as_deref().and_then(currency_code);
    if let Some(metric) = metric(&whole).or_else(|| metric(&bare)) {
        let (name, rank) = metric;
        // `Clicks (all)` is broader than `Clicks`: a unit that is no currency costs one rank.
        let rank = if unit.is_some() && currency.is_none() && self::metric(&whole).is_none() {
            rank - 1
        } else {
            rank
        };
        return Some(Guess { role: ColumnRole::Metric { metric: name.to_owned() }, rank, currency });
    }
    let find =
        |text: &str| ROLES.iter().find(|(word, ..)| *word == text).map(|(_, role, rank)| (*role, *rank));
    find(&whole).or_else(|| find(&bare)).map(|(role, rank)| Guess { role: role.role(), rank, currency: None })
}

fn metric(text: &str) -> Option<(&'static str, u8)> {
    METRICS.iter().find(|(word, ..)| *word == text).map(|(_, name, rank)| (*name, *rank))
}

/// Whether a header names something that is recomputed (CTR, cost per …) rather than loaded.
pub fn is_derived(header: &str) -> bool {
    let (bare, _) = normalise(header);
    let padded = format!(" {bare} ");
    DERIVED.iter().any(|word| {
        if word.len() <= 5 && word.chars().all(char::is_alphabetic) {
            padded.contains(&format!(" {word} "))
        } else {
            bare.contains(word)
        }
    })
}

fn currency_code(unit: &str) -> Option<String> {
    let code = unit.to_uppercase();
    let is_code = code.len() == 3
        && code.bytes().all(|b| b.is_ascii_uppercase())
        && !matches!(code.as_str(), "ALL" | "UTC" | "PCT");
    match unit {
        "€" => Some("EUR".into()),
        "$" => Some("USD".into()),
        "£" => Some("GBP".into()),
        "₹" => Some("INR".into()),
        _ => is_code.then_some(code),
    }
}

/// Words by which vendors mark rows that sum the others up, at the start of the first filled cell.
const TOTAL_WORDS: &[&str] = &[
    "total",
    "totals",
    "grand total",
    "sum",
    "summe",
    "gesamt",
    "gesamtsumme",
    "subtotal",
    "totale",
    "gesamtergebnis",
    "overall",
    "somme",
    "suma",
    "all campaigns",
    "insgesamt",
];

/// Whether a cell marks a totals row: the word alone, or followed by `:`, a dash or what is summed.
pub fn marks_total(cell: &str) -> bool {
    let text = super::numbers::trim(cell).to_lowercase();
    TOTAL_WORDS.iter().any(|word| {
        text.strip_prefix(word).is_some_and(|rest| {
            let rest = rest.trim_start();
            rest.is_empty() || rest.starts_with([':', '-', '–', '—', '('])
        })
    })
}

/// The platform that words in a file's name or title speak of.
pub fn platform(text: &str) -> Option<&'static str> {
    const WORDS: &[(&str, &str)] = &[
        ("google ads", "google_ads"),
        ("google-ads", "google_ads"),
        ("googleads", "google_ads"),
        ("google_ads", "google_ads"),
        ("adwords", "google_ads"),
        ("facebook", "facebook"),
        ("meta ads", "facebook"),
        ("meta-ads", "facebook"),
        ("meta_ads", "facebook"),
        ("instagram", "instagram"),
        ("linkedin", "linkedin"),
        ("tiktok", "tiktok"),
        ("twitter", "x"),
        ("x ads", "x"),
        ("x-ads", "x"),
        ("microsoft", "microsoft_ads"),
        ("bing", "microsoft_ads"),
        ("pinterest", "pinterest"),
        ("snapchat", "snapchat"),
        ("reddit", "reddit"),
        ("kag_", "facebook"),
        ("fb_", "facebook"),
    ];
    let text = text.to_lowercase();
    WORDS.iter().find(|(word, _)| text.contains(word)).map(|(_, slug)| *slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(header: &str) -> String {
        match guess(header).map(|g| g.role) {
            Some(ColumnRole::Metric { metric }) => metric,
            Some(other) => format!("{other:?}"),
            None => "nothing".into(),
        }
    }

    #[test]
    fn headers_of_vendor_exports() {
        let cases = [
            ("Impr.", "impressions"),
            ("Impressions", "impressions"),
            ("Spent", "spend"),
            ("Amount spent (EUR)", "spend"),
            ("Clicks (all)", "clicks"),
            ("Total_Conversion", "all_conversions"),
            ("post_click_sales_amount", "conversion_value"),
            ("Conv. value", "conversion_value"),
            ("CTR", "nothing"),
            ("Cost / conv.", "nothing"),
            ("Avg. CPM", "nothing"),
            ("Campaign group name", "EntityName { level: Campaign }"),
            ("ad_id", "EntityId { level: Ad }"),
            ("Reporting starts", "Date"),
            ("Day", "Date"),
        ];
        for (header, expected) in cases {
            assert_eq!(shown(header), expected, "{header}");
        }
        assert_eq!(guess("Amount spent (EUR)").unwrap().currency.as_deref(), Some("EUR"));
    }

    #[test]
    fn totals_rows_are_known_by_their_first_word() {
        for cell in ["Total", "TOTAL", "Total: Campaigns", "Grand total", "Gesamt", "Total (142)"] {
            assert!(marks_total(cell), "{cell}");
        }
        for cell in ["Total Wine & More", "Totally new", "Summer sale", "Sum of parts"] {
            assert!(!marks_total(cell), "{cell}");
        }
    }

    #[test]
    fn quotients_are_known() {
        for header in
            ["CTR", "Cost / conv.", "Avg. CPC", "Frequency", "CPC (link)", "Conv. rate", "Interaction rate"]
        {
            assert!(is_derived(header), "{header}");
        }
        assert!(!is_derived("Operation"));
    }
}
