//! Who the people are: shares of ages, genders, places and devices.

use super::templates::Template;

/// A value and its share; the shares of a list add up to 1.
pub type Shares = &'static [(&'static str, f64)];

/// Ages in the groups that most vendors report.
pub const AGES: Shares =
    &[("18-24", 0.13), ("25-34", 0.31), ("35-44", 0.26), ("45-54", 0.17), ("55-64", 0.09), ("65+", 0.04)];

/// Genders.
pub const GENDERS: Shares = &[("female", 0.52), ("male", 0.45), ("unknown", 0.03)];

/// Countries of a business's audience, ISO 3166.
pub fn countries(template: &Template) -> Shares {
    match template.market {
        "DE" => &[("DE", 0.88), ("AT", 0.08), ("CH", 0.04)],
        "UK" => &[("GB", 0.95), ("IE", 0.05)],
        "UK+IE" => &[("GB", 0.86), ("IE", 0.14)],
        "ES" => &[("ES", 0.94), ("PT", 0.06)],
        "US" => &[("US", 0.97), ("CA", 0.03)],
        _ => &[("US", 0.81), ("CA", 0.12), ("JP", 0.07)],
    }
}

/// Regions of a business's audience.
pub fn regions(template: &Template) -> Shares {
    match template.market {
        "DE" => &[("Bayern", 0.27), ("Nordrhein-Westfalen", 0.33), ("Berlin", 0.22), ("Hamburg", 0.18)],
        "UK" | "UK+IE" => &[("England", 0.79), ("Scotland", 0.13), ("Wales", 0.08)],
        "ES" => &[("Comunidad de Madrid", 0.36), ("Cataluña", 0.34), ("Andalucía", 0.3)],
        _ => &[("California", 0.38), ("New York", 0.27), ("Colorado", 0.2), ("Washington", 0.15)],
    }
}

/// Cities of a business's audience, as Instagram writes them.
pub fn cities(template: &Template) -> Shares {
    match template.market {
        "DE" => &[("Berlin, Berlin", 0.42), ("München, Bayern", 0.31), ("Hamburg, Hamburg", 0.27)],
        "UK" | "UK+IE" => {
            &[("London, England", 0.58), ("Edinburgh, Scotland", 0.24), ("Leeds, England", 0.18)]
        }
        "ES" => &[
            ("Madrid, Comunidad de Madrid", 0.47),
            ("Barcelona, Cataluña", 0.35),
            ("Sevilla, Andalucía", 0.18),
        ],
        _ => &[("New York, New York", 0.46), ("Denver, Colorado", 0.33), ("Seattle, Washington", 0.21)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::templates::TEMPLATES;

    #[test]
    fn shares_add_up() {
        let mut lists = vec![AGES, GENDERS];
        for template in &TEMPLATES {
            lists.extend([countries(template), regions(template), cities(template)]);
        }
        for list in lists {
            let sum: f64 = list.iter().map(|(_, share)| share).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{list:?}");
        }
    }
}
