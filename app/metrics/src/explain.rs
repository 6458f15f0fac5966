//! What a measure is and how it is computed, in words: for "where does this number come from".

use crate::catalogue::{Class, Formula, Measure, Unit};

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
    let (what, formula, rule) = match measure {
        Measure::Metric(metric) => {
            let rule = match metric.class() {
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
            };
            (
                metric.description().to_owned(),
                format!("{} as reported by the platforms", metric.label()),
                rule,
            )
        }
        Measure::Ratio(ratio) => {
            let (top, bottom) = (lower(ratio.numerator().label()), lower(ratio.denominator().label()));
            let (words, symbols) = match (ratio.formula(), ratio.factor()) {
                (Formula::OutOf(rest), _) => {
                    let rest = lower(rest.label());
                    (
                        format!("{} out of {bottom} and {rest}.", ratio.numerator().label()),
                        format!("{top} ÷ ({bottom} + {rest})"),
                    )
                }
                (Formula::Together(others), _) => {
                    let all: Vec<String> =
                        [top].into_iter().chain(others.iter().map(|other| lower(other.label()))).collect();
                    (
                        format!("{} per {}.", sentence(&all.join(", ")), singular(&bottom)),
                        format!("({}) ÷ {bottom}", all.join(" + ")),
                    )
                }
                (Formula::Growth(lost), _) => {
                    let lost = lower(lost.label());
                    (
                        format!("{} less {lost}, out of the {bottom} before.", ratio.numerator().label()),
                        format!("({top} − {lost}) ÷ {bottom} at the start"),
                    )
                }
                (Formula::Velocity, _) => (
                    "What the open deals bring per day, if they go on as those that were decided.".to_owned(),
                    "open deals × win rate × average deal ÷ sales cycle".to_owned(),
                ),
                (Formula::Quotient, 1) => (
                    format!("{} per {}.", ratio.numerator().label(), singular(&bottom)),
                    format!("{top} ÷ {bottom}"),
                ),
                (Formula::Quotient, factor) => (
                    format!("{} per {factor} {bottom}.", ratio.numerator().label()),
                    format!("{factor} × {top} ÷ {bottom}"),
                ),
            };
            let rule =
                "Recomputed from totals at each grouping, never averaged; n/a where the divisor is zero."
                    .to_owned();
            (words, format!("{} = {symbols}", ratio.label()), rule)
        }
    };
    Explanation { what, formula, rule, scale: scale(measure).to_owned() }
}

/// `ROAS = conversion value ÷ spend, recomputed from totals`.
pub fn one_line(measure: Measure) -> String {
    let explanation = explain(measure);
    match measure {
        Measure::Ratio(_) => format!("{}, recomputed from totals", explanation.formula),
        Measure::Metric(_) => explanation.formula,
    }
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
    use crate::catalogue::{Metric, Ratio};

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
