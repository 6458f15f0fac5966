//! What a measure is and how it is computed, in words: for "where does this number come from".

use crate::catalogue::{Class, Formula, Measure, Metric, Ratio, Unit};

/// What a measure is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// One sentence.
    pub what: String,
    /// `ROAS = conversion value ÷ spend`; for a stored metric, where it comes from.
    pub formula: String,
    /// How groups are put together.
    pub rule: String,
    /// Unit and exactness.
    pub scale: String,
}

/// Explains a measure.
pub fn explain(measure: Measure) -> Explanation {
    let (what, rule) = match measure {
        Measure::Metric(metric) => (metric.description().to_owned(), rule(metric.class())),
        Measure::Ratio(ratio) => (
            in_words(ratio),
            "Recomputed from totals at each grouping, never averaged; n/a where the divisor is zero."
                .to_owned(),
        ),
    };
    Explanation { what, formula: formula(measure), rule, scale: scale(measure).to_owned() }
}

/// `ROAS = conversion value ÷ spend, recomputed from totals`.
pub fn one_line(measure: Measure) -> String {
    match measure {
        Measure::Ratio(_) => format!("{}, recomputed from totals", formula(measure)),
        Measure::Metric(_) => formula(measure),
    }
}

/// `ROAS = conversion value ÷ spend`; for a stored metric, where it comes from. Apart from the rest, which a browser loads
/// later.
fn formula(measure: Measure) -> String {
    let ratio = match measure {
        Measure::Metric(metric) => return format!("{} as reported by the platforms", metric.label()),
        Measure::Ratio(ratio) => ratio,
    };
    let (top, bottom) = (lower(ratio.numerator().label()), lower(ratio.denominator().label()));
    let symbols = match (ratio.formula(), ratio.factor()) {
        (Formula::OutOf(rest), _) => format!("{top} ÷ ({bottom} + {})", lower(rest.label())),
        (Formula::Together(others), _) => format!("({}) ÷ {bottom}", together(top, others).join(" + ")),
        (Formula::Growth(lost), _) => format!("({top} − {}) ÷ {bottom} at the start", lower(lost.label())),
        (Formula::Velocity, _) => "open deals × win rate × average deal ÷ sales cycle".to_owned(),
        (Formula::Quotient, 1) => format!("{top} ÷ {bottom}"),
        (Formula::Quotient, factor) => format!("{factor} × {top} ÷ {bottom}"),
    };
    format!("{} = {symbols}", ratio.label())
}

/// What a ratio is, in one sentence.
fn in_words(ratio: Ratio) -> String {
    let (top, bottom) = (ratio.numerator().label(), lower(ratio.denominator().label()));
    match (ratio.formula(), ratio.factor()) {
        (Formula::OutOf(rest), _) => format!("{top} out of {bottom} and {}.", lower(rest.label())),
        (Formula::Together(others), _) => {
            format!("{} per {}.", sentence(&together(lower(top), others).join(", ")), singular(&bottom))
        }
        (Formula::Growth(lost), _) => {
            format!("{top} less {}, out of the {bottom} before.", lower(lost.label()))
        }
        (Formula::Velocity, _) => {
            "What the open deals bring per day, if they go on as those that were decided.".to_owned()
        }
        (Formula::Quotient, 1) => format!("{top} per {}.", singular(&bottom)),
        (Formula::Quotient, factor) => format!("{top} per {factor} {bottom}."),
    }
}

/// How groups of a stored metric are put together.
fn rule(class: Class) -> String {
    match class {
        Class::Additive => "Summed over days and members.".to_owned(),
        Class::WeightedBy(weight) => {
            format!("Mean weighted by {}, recomputed from the facts at each grouping.", lower(weight.label()))
        }
        Class::NonAdditive => {
            "Shown only where a group is exactly one figure that the platform reported; never summed, because the same person would count twice.".to_owned()
        }
        Class::Level => {
            "Last known value of each member in the period, then summed over members; never summed over days.".to_owned()
        }
    }
}

/// What stands above the line: the numerator and what is added to it.
fn together(top: String, others: &[Metric]) -> Vec<String> {
    [top].into_iter().chain(others.iter().map(|other| lower(other.label()))).collect()
}

fn scale(measure: Measure) -> &'static str {
    match measure.unit() {
        Unit::Count => "A whole number.",
        Unit::People => "People; a whole number.",
        Unit::FractionalCount => {
            "May be fractional, because results are attributed in parts; exact to six decimals."
        }
        Unit::Money => {
            "Money in the reporting currency, converted at each day's rate; exact to six decimals."
        }
        Unit::MoneyPerDay => {
            "Money per day in the reporting currency, converted at each day's rate; exact to six decimals."
        }
        Unit::Duration => "Time, in whole seconds.",
        Unit::Position => "A rank, 1 is best; exact to six decimals.",
        Unit::Percent => "A share in percent.",
        Unit::Days => "Days; exact to six decimals.",
        Unit::Quotient => "A quotient.",
    }
}

/// Lower case, except for abbreviations (`MQLs`, `CTR`).
fn lower(label: &str) -> String {
    let mut chars = label.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == '-' || second == ' ' => {
            first.to_lowercase().chain(label.chars().skip(1)).collect()
        }
        _ => label.to_owned(),
    }
}

fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn singular(plural: &str) -> String {
    plural.strip_suffix('s').unwrap_or(plural).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_name_both_parts() {
        assert_eq!(
            one_line(Measure::Ratio(Ratio::Roas)),
            "ROAS = conversion value ÷ spend, recomputed from totals"
        );
        assert_eq!(explain(Measure::Ratio(Ratio::Cpm)).formula, "CPM = 1000 × spend ÷ impressions");
        assert_eq!(explain(Measure::Ratio(Ratio::Cpc)).what, "Spend per click.");
        let won = explain(Measure::Ratio(Ratio::WinRate));
        assert_eq!(won.formula, "Win rate = deals won ÷ (deals won + deals lost)");
        let interactions = explain(Measure::Ratio(Ratio::InteractionRate));
        assert_eq!(interactions.what, "Likes, comments, shares, saves per impression.");
        assert!(interactions.formula.ends_with("= (likes + comments + shares + saves) ÷ impressions"));
    }

    #[test]
    fn every_measure_has_all_parts() {
        let ratios = Ratio::ALL.iter().copied().map(Measure::Ratio);
        for measure in Metric::ALL.iter().copied().map(Measure::Metric).chain(ratios) {
            let e = explain(measure);
            for part in [&e.what, &e.formula, &e.rule, &e.scale] {
                assert!(part.len() > 3, "{measure:?} {e:?}");
            }
        }
    }
}
