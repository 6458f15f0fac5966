//! As much of SOQL as reading takes: fields or a count, conditions, order, limit.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use serde_json::Value;

/// A query.
#[derive(Debug, PartialEq)]
pub(super) struct Query {
    /// What is selected; empty for `COUNT()`.
    pub(super) fields: Vec<String>,
    /// The object's name.
    pub(super) object: String,
    /// Which rows.
    pub(super) filter: Filter,
    /// Fields with whether they go down.
    pub(super) order: Vec<(String, bool)>,
    /// At most so many rows.
    pub(super) limit: Option<usize>,
}

/// Conditions.
#[derive(Debug, PartialEq)]
pub(super) enum Filter {
    /// All of them hold.
    All(Vec<Filter>),
    /// Any of them holds.
    Any(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// A field compared with values.
    Is(String, Operator, Vec<Value>),
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// With one value: whether it may be less, equal, greater.
    Order(bool, bool, bool),
    /// With several: whether it is among them.
    Among(bool),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(String),
}

/// A moment as Salesforce writes it.
pub(super) fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut list = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&next) = chars.peek() {
        if next.is_whitespace() {
            chars.next();
        } else if next == '\'' {
            chars.next();
            let mut inside = String::new();
            loop {
                match chars.next() {
                    Some('\'') => break,
                    Some('\\') => inside.extend(chars.next()),
                    Some(other) => inside.push(other),
                    None => return Err("unexpected end of string".to_owned()),
                }
            }
            list.push(Token::Text(inside));
        } else if next.is_alphanumeric() || matches!(next, '_' | '-' | '+') {
            let mut word = String::new();
            while let Some(&part) = chars.peek() {
                if !part.is_alphanumeric() && !matches!(part, '_' | '-' | '+' | '.' | ':') {
                    break;
                }
                word.push(part);
                chars.next();
            }
            list.push(Token::Word(word));
        } else {
            chars.next();
            let mut sign = next.to_string();
            if matches!(next, '<' | '>' | '!') && matches!(chars.peek(), Some('=' | '>')) {
                sign.extend(chars.next());
            }
            list.push(Token::Sign(sign));
        }
    }
    Ok(list)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// What was not understood, as the vendor would say it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: tokens(text)?, at: 0 };
        parser.need("SELECT")?;
        let mut fields = vec![parser.word()?];
        if parser.sign("(") {
            if !fields[0].eq_ignore_ascii_case("COUNT") || !parser.sign(")") {
                return Err(format!("unexpected token: {}", fields[0]));
            }
            fields.clear();
        }
        while parser.sign(",") {
            fields.push(parser.word()?);
        }
        parser.need("FROM")?;
        let object = parser.word()?;
        let filter = if parser.has("WHERE") { parser.any()? } else { Filter::All(Vec::new()) };
        let mut order = Vec::new();
        if parser.has("ORDER") {
            parser.need("BY")?;
            loop {
                let field = parser.word()?;
                let down = parser.has("DESC");
                let _ = !down && parser.has("ASC");
                if parser.has("NULLS") {
                    parser.word()?;
                }
                order.push((field, down));
                if !parser.sign(",") {
                    break;
                }
            }
        }
        let limit = if parser.has("LIMIT") {
            let count = parser.word()?;
            Some(count.parse().map_err(|_| format!("unexpected token: '{count}'"))?)
        } else {
            None
        };
        match parser.tokens.get(parser.at) {
            None => Ok(Self { fields, object, filter, order, limit }),
            Some(token) => Err(format!("unexpected token: {token:?}")),
        }
    }
}

impl Parser {
    fn has(&mut self, keyword: &str) -> bool {
        let found =
            matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, keyword: &str) -> Result<(), String> {
        if self.has(keyword) { Ok(()) } else { Err(format!("expecting a keyword: {keyword}")) }
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(found)) if found == sign);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self) -> Result<String, String> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(word.clone())
            }
            other => Err(format!("unexpected token: {other:?}")),
        }
    }

    fn any(&mut self) -> Result<Filter, String> {
        let mut list = vec![self.all()?];
        while self.has("OR") {
            list.push(self.all()?);
        }
        Ok(Filter::Any(list))
    }

    fn all(&mut self) -> Result<Filter, String> {
        let mut list = vec![self.one()?];
        while self.has("AND") {
            list.push(self.one()?);
        }
        Ok(Filter::All(list))
    }

    fn one(&mut self) -> Result<Filter, String> {
        if self.has("NOT") {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if self.sign("(") {
            let inside = self.any()?;
            return if self.sign(")") { Ok(inside) } else { Err("expecting a right parentheses".to_owned()) };
        }
        let field = self.word()?;
        let is_not = self.has("NOT");
        if self.has("IN") {
            if !self.sign("(") {
                return Err("expecting a left parentheses".to_owned());
            }
            let mut values = vec![self.value()?];
            while self.sign(",") {
                values.push(self.value()?);
            }
            let closed = self.sign(")");
            let among = Filter::Is(field, Operator::Among(!is_not), values);
            return if closed { Ok(among) } else { Err("expecting a right parentheses".to_owned()) };
        }
        let operator = match self.tokens.get(self.at) {
            Some(Token::Sign(sign)) => match sign.as_str() {
                "=" => Operator::Order(false, true, false),
                "!=" | "<>" => Operator::Order(true, false, true),
                "<" => Operator::Order(true, false, false),
                "<=" => Operator::Order(true, true, false),
                ">" => Operator::Order(false, false, true),
                ">=" => Operator::Order(false, true, true),
                other => return Err(format!("unexpected token: '{other}'")),
            },
            other => return Err(format!("unexpected token: {other:?}")),
        };
        self.at += 1;
        Ok(Filter::Is(field, operator, vec![self.value()?]))
    }

    fn value(&mut self) -> Result<Value, String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        match token {
            Some(Token::Text(text)) => Ok(text.into()),
            Some(Token::Word(word)) => literal(&word),
            other => Err(format!("unexpected token: {other:?}")),
        }
    }
}

fn literal(word: &str) -> Result<Value, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(word) {
        return Ok(stamp(at.to_utc()).into());
    }
    match word.to_lowercase().as_str() {
        "true" => return Ok(true.into()),
        "false" => return Ok(false.into()),
        "null" => return Ok(Value::Null),
        _ => {}
    }
    if word.parse::<chrono::NaiveDate>().is_ok() {
        return Ok(word.into());
    }
    word.parse::<f64>().map(Value::from).map_err(|_| format!("unexpected token: '{word}'"))
}

/// Order of two values; nothing where one of them is none.
pub(super) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.to_lowercase().cmp(&b.to_lowercase())),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        _ => a.as_f64().zip(b.as_f64()).map(|(a, b)| a.total_cmp(&b)),
    }
}

impl Filter {
    /// The fields that it names.
    pub(super) fn fields(&self) -> Vec<&str> {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().flat_map(Self::fields).collect(),
            Self::Not(inside) => inside.fields(),
            Self::Is(field, ..) => vec![field],
        }
    }

    /// Whether a row is meant.
    pub(super) fn fits<'a>(&self, value_of: &dyn Fn(&str) -> &'a Value) -> bool {
        match self {
            Self::All(list) => list.iter().all(|filter| filter.fits(value_of)),
            Self::Any(list) => list.iter().any(|filter| filter.fits(value_of)),
            Self::Not(inside) => !inside.fits(value_of),
            Self::Is(field, operator, values) => {
                let own = value_of(field);
                match operator {
                    Operator::Among(is_in) => {
                        values.iter().any(|value| compare(own, value) == Some(Ordering::Equal)) == *is_in
                    }
                    Operator::Order(less, equal, greater) => match compare(own, &values[0]) {
                        Some(Ordering::Less) => *less,
                        Some(Ordering::Equal) => *equal,
                        Some(Ordering::Greater) => *greater,
                        // Null is unlike anything else, and neither smaller nor larger.
                        None => *less && *greater,
                    },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions_are_read_and_hold() {
        let query = Query::parse(
            "SELECT Id, Name FROM Lead WHERE (SystemModstamp >= 2026-05-01T00:00:00Z AND IsDeleted = false) \
             OR Status IN ('O\\'Brien', 'b') ORDER BY SystemModstamp ASC, Id DESC LIMIT 5",
        )
        .unwrap();
        assert_eq!((query.fields.len(), query.object.as_str(), query.limit), (2, "Lead", Some(5)));
        assert_eq!(query.order, [("SystemModstamp".to_owned(), false), ("Id".to_owned(), true)]);
        let row = |at: &str, status: &str| {
            let row = json!({"SystemModstamp": at, "IsDeleted": false, "Status": status});
            query.filter.fits(&|name| &row[name])
        };
        assert!(row("2026-05-01T00:00:00.000+0000", ""));
        assert!(!row("2026-04-30T23:59:59.000+0000", ""));
        assert!(row("2026-04-30T23:59:59.000+0000", "o'brien"));
        assert!(Query::parse("SELECT Id FROM Lead WHERE").is_err());
        assert!(Query::parse("SELECT COUNT() FROM Lead").unwrap().fields.is_empty());
    }
}
