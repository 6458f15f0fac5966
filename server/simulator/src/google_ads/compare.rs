//! How values compare with each other and with the literals of a query.

use std::cmp::Ordering;

use super::gaql::{Comparison, Test};
use super::values::Value;
use crate::num;

impl Value<'_> {
    /// True when the value passes a condition of the query.
    pub fn passes(&self, test: &Test) -> bool {
        match test {
            Test::Compare(comparison, literal) => {
                let Some(order) = self.against(literal) else { return *comparison == Comparison::NotEqual };
                match comparison {
                    Comparison::Equal => order.is_eq(),
                    Comparison::NotEqual => order.is_ne(),
                    Comparison::Less => order.is_lt(),
                    Comparison::LessOrEqual => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    Comparison::GreaterOrEqual => order.is_ge(),
                }
            }
            Test::Between(low, high) => {
                self.against(low).is_some_and(Ordering::is_ge)
                    && self.against(high).is_some_and(Ordering::is_le)
            }
            Test::In(literals) => {
                literals.iter().any(|literal| self.against(literal) == Some(Ordering::Equal))
            }
            Test::NotIn(literals) => {
                literals.iter().all(|literal| self.against(literal) != Some(Ordering::Equal))
            }
            Test::Like(pattern, negated) => match self {
                Self::Text(text) => like(text, pattern) != *negated,
                _ => false,
            },
            Test::Null(null) => (*self == Self::Absent) == *null,
            Test::During(_) => false,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Int(n) | Self::Small(n) => Some(num::real(*n)),
            Self::Millionths(n) => Some(num::real(*n) / 1e6),
            Self::Real(x) => Some(*x),
            _ => None,
        }
    }

    /// How the value compares with a literal; nothing when they can't be compared.
    fn against(&self, literal: &str) -> Option<Ordering> {
        match self {
            Self::Int(n) => literal.parse::<i64>().map_or_else(
                |_| num::real(*n).partial_cmp(&literal.parse().ok()?),
                |literal| Some(n.cmp(&literal)),
            ),
            Self::Text(text) => Some(text.as_ref().cmp(literal)),
            Self::Flag(flag) => Some(flag.cmp(&literal.parse().ok()?)),
            _ => self.number()?.partial_cmp(&literal.parse().ok()?),
        }
    }

    /// Order of two values of one field; what is absent comes first.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Flag(a), Self::Flag(b)) => a.cmp(b),
            (a, b) => a.number().partial_cmp(&b.number()).unwrap_or(Ordering::Equal),
        }
    }
}

/// SQL-like matching with `%` and `_`, without regard to case.
fn like(text: &str, pattern: &str) -> bool {
    fn matches(text: &[char], pattern: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('%', rest)) => (0..=text.len()).any(|skip| matches(&text[skip..], rest)),
            Some((wanted, rest)) => text
                .split_first()
                .is_some_and(|(c, text)| (*wanted == '_' || c == wanted) && matches(text, rest)),
        }
    }
    let chars = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    matches(&chars(text), &chars(pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_compared_by_the_type_of_the_value() {
        let test = |comparison, literal: &str| Test::Compare(comparison, literal.to_owned());
        assert!(Value::Int(9).passes(&test(Comparison::Less, "10")));
        assert!(Value::Int(9).passes(&test(Comparison::GreaterOrEqual, "8.5")));
        assert!(Value::Millionths(1_500_000).passes(&test(Comparison::Equal, "1.5")));
        assert!(Value::Flag(true).passes(&test(Comparison::Equal, "true")));
        assert!(Value::Text("PAUSED".into()).passes(&Test::NotIn(vec!["ENABLED".to_owned()])));
        assert!(Value::Text("Brand · Search DE".into()).passes(&Test::Like("%search%".to_owned(), false)));
        assert!(!Value::Text("Brand".into()).passes(&Test::Like("bran".to_owned(), false)));
        assert!(Value::Absent.passes(&Test::Null(true)));
    }
}
