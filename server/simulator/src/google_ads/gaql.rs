//! The query language: text to tree. Names are not looked up here.

use super::errors::ApiError;
use super::lexer::{Token, lex};

/// A parsed query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Selected fields, in the order of the query.
    pub select: Vec<String>,
    /// The resource after FROM.
    pub from: String,
    /// Conditions, all of which must hold.
    pub conditions: Vec<Condition>,
    /// Sort keys, the first one decides first.
    pub order: Vec<Order>,
    /// Most rows to return.
    pub limit: Option<u64>,
}

/// One condition of WHERE.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Field name.
    pub field: String,
    /// What must hold for it.
    pub test: Test,
}

/// What a condition asks of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`.
    Compare(Comparison, String),
    /// `BETWEEN a AND b`, both included.
    Between(String, String),
    /// `IN (…)`.
    In(Vec<String>),
    /// `NOT IN (…)`.
    NotIn(Vec<String>),
    /// `LIKE '…'` with `%` and `_`; the flag is true for `NOT LIKE`.
    Like(String, bool),
    /// `DURING LAST_30_DAYS` and the like.
    During(String),
    /// `IS NULL` (true) or `IS NOT NULL` (false).
    Null(bool),
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// One sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Field name.
    pub field: String,
    /// True for DESC.
    pub descending: bool,
}

/// Parses a query.
///
/// # Errors
/// The vendor's `queryError` with a message that names the place.
pub fn parse(text: &str) -> Result<Query, ApiError> {
    let mut parser = Parser { tokens: lex(text)?, at: 0 };
    let query = parser.query()?;
    match parser.next() {
        None => Ok(query),
        Some(token) => Err(unexpected(&token, "the end of the query")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// Takes the keyword if it comes next.
    fn keyword(&mut self, keyword: &str) -> bool {
        let found =
            matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    fn mark(&mut self, mark: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Mark(m)) if *m == mark);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, keyword: &str, code: &'static str) -> Result<(), ApiError> {
        if self.keyword(keyword) {
            return Ok(());
        }
        let message = match self.next() {
            Some(token) => format!("Error in query: expected {keyword}, found '{}'.", token.show()),
            None => format!("Error in query: expected {keyword}, found the end of the query."),
        };
        Err(ApiError::query(code, message))
    }

    fn query(&mut self) -> Result<Query, ApiError> {
        self.expect("SELECT", "EXPECTED_SELECT")?;
        let select = self.names()?;
        self.expect("FROM", "EXPECTED_FROM")?;
        let from = self.name()?;
        let mut conditions = Vec::new();
        if self.keyword("WHERE") {
            conditions.push(self.condition()?);
            while self.keyword("AND") {
                conditions.push(self.condition()?);
            }
        }
        let mut order = Vec::new();
        if self.keyword("ORDER") {
            self.expect("BY", "UNEXPECTED_INPUT")?;
            loop {
                let field = self.name()?;
                let descending = self.keyword("DESC");
                if !descending {
                    self.keyword("ASC");
                }
                order.push(Order { field, descending });
                if !self.mark(",") {
                    break;
                }
            }
        }
        let limit = if self.keyword("LIMIT") { Some(self.limit()?) } else { None };
        if self.keyword("PARAMETERS") {
            // Parameters such as include_drafts change nothing here.
            loop {
                self.name()?;
                if !self.mark("=") {
                    return Err(ApiError::query("UNEXPECTED_INPUT", "Error in query: expected '='."));
                }
                self.value()?;
                if !self.mark(",") {
                    break;
                }
            }
        }
        Ok(Query { select, from, conditions, order, limit })
    }

    fn names(&mut self) -> Result<Vec<String>, ApiError> {
        let mut names = vec![self.name()?];
        while self.mark(",") {
            names.push(self.name()?);
        }
        Ok(names)
    }

    fn name(&mut self) -> Result<String, ApiError> {
        match self.next() {
            Some(Token::Word(word)) if !is_keyword(&word) => Ok(word),
            Some(token) => Err(unexpected(&token, "a name")),
            None => Err(end("a name")),
        }
    }

    fn value(&mut self) -> Result<String, ApiError> {
        match self.next() {
            Some(Token::Word(text) | Token::Text(text)) => Ok(text),
            Some(token) => Err(unexpected(&token, "a value")),
            None => Err(end("a value")),
        }
    }

    fn list(&mut self) -> Result<Vec<String>, ApiError> {
        if !self.mark("(") {
            return Err(ApiError::query("EXPECTED_LIST", "Error in query: expected a list in parentheses."));
        }
        if self.mark(")") {
            return Err(ApiError::query("PROHIBITED_EMPTY_LIST_IN_CONDITION", "The list must not be empty."));
        }
        let mut values = vec![self.value()?];
        while self.mark(",") {
            values.push(self.value()?);
        }
        if self.mark(")") {
            Ok(values)
        } else {
            Err(self.next().map_or_else(|| end(")"), |t| unexpected(&t, ")")))
        }
    }

    fn condition(&mut self) -> Result<Condition, ApiError> {
        let field = self.name()?;
        let test = match self.next() {
            Some(Token::Mark(mark)) => Test::Compare(comparison(mark, &field)?, self.value()?),
            Some(Token::Word(word)) => match word.to_ascii_uppercase().as_str() {
                "BETWEEN" => {
                    let low = self.value()?;
                    self.expect("AND", "EXPECTED_VALUE_WITH_BETWEEN_OPERATOR")?;
                    Test::Between(low, self.value()?)
                }
                "IN" => Test::In(self.list()?),
                "LIKE" => Test::Like(self.value()?, false),
                "DURING" => Test::During(self.value()?),
                "IS" => {
                    let null = !self.keyword("NOT");
                    self.expect("NULL", "BAD_OPERATOR")?;
                    Test::Null(null)
                }
                "NOT" if self.keyword("IN") => Test::NotIn(self.list()?),
                "NOT" if self.keyword("LIKE") => Test::Like(self.value()?, true),
                other => return Err(bad_operator(other, &field)),
            },
            Some(token) => return Err(bad_operator(token.show(), &field)),
            None => return Err(end("an operator")),
        };
        Ok(Condition { field, test })
    }

    fn limit(&mut self) -> Result<u64, ApiError> {
        let text = self.value()?;
        let limit: u64 = text
            .parse()
            .map_err(|_| ApiError::query("BAD_LIMIT_COUNT", format!("Invalid limit '{text}'.")))?;
        if limit == 0 {
            return Err(ApiError::query("LIMIT_VALUE_TOO_LOW", "The limit must be at least 1."));
        }
        Ok(limit)
    }
}

fn is_keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 8] = ["SELECT", "FROM", "WHERE", "AND", "ORDER", "BY", "LIMIT", "PARAMETERS"];
    KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}

fn comparison(mark: &str, field: &str) -> Result<Comparison, ApiError> {
    Ok(match mark {
        "=" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        other => return Err(bad_operator(other, field)),
    })
}

fn bad_operator(operator: &str, field: &str) -> ApiError {
    ApiError::query(
        "BAD_OPERATOR",
        format!("Error in WHERE clause: '{operator}' is no operator for '{field}'."),
    )
}

fn unexpected(token: &Token, wanted: &str) -> ApiError {
    let message = format!("Error in query: unexpected input '{}', expected {wanted}.", token.show());
    ApiError::query("UNEXPECTED_INPUT", message)
}

fn end(wanted: &str) -> ApiError {
    ApiError::query("UNEXPECTED_END_OF_QUERY", format!("Error in query: unexpected end, expected {wanted}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_clause() {
        let query = parse(
            "select campaign.id, metrics.clicks\nFROM campaign WHERE segments.date BETWEEN '2026-01-01' AND \
             \"2026-01-31\" AND campaign.status IN ('ENABLED', PAUSED) AND campaign.name NOT LIKE '%it\\'s%' \
             AND metrics.clicks >= 1 AND campaign.id IS NOT NULL ORDER BY segments.date, metrics.clicks DESC \
             LIMIT 50 PARAMETERS include_drafts=true;",
        )
        .unwrap();
        assert_eq!(query.select, ["campaign.id", "metrics.clicks"]);
        assert_eq!(query.from, "campaign");
        let tests: Vec<_> = query.conditions.iter().map(|condition| condition.test.clone()).collect();
        assert_eq!(
            tests,
            [
                Test::Between("2026-01-01".into(), "2026-01-31".into()),
                Test::In(vec!["ENABLED".into(), "PAUSED".into()]),
                Test::Like("%it's%".into(), true),
                Test::Compare(Comparison::GreaterOrEqual, "1".into()),
                Test::Null(false),
            ]
        );
        assert_eq!(query.order.len(), 2);
        assert!(query.order[1].descending);
        assert_eq!(query.limit, Some(50));
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, code) in [
            ("", "EXPECTED_SELECT"),
            ("SELECT campaign.id", "EXPECTED_FROM"),
            ("SELECT FROM campaign", "UNEXPECTED_INPUT"),
            ("SELECT campaign.id FROM campaign WHERE", "UNEXPECTED_END_OF_QUERY"),
            ("SELECT campaign.id FROM campaign WHERE campaign.id ~ 1", "UNEXPECTED_INPUT"),
            ("SELECT campaign.id FROM campaign WHERE campaign.id HAS 1", "BAD_OPERATOR"),
            (
                "SELECT campaign.id FROM campaign WHERE campaign.id IN ()",
                "PROHIBITED_EMPTY_LIST_IN_CONDITION",
            ),
            ("SELECT campaign.id FROM campaign WHERE campaign.name = 'a", "STRING_NOT_TERMINATED"),
            ("SELECT campaign.id FROM campaign LIMIT 0", "LIMIT_VALUE_TOO_LOW"),
            ("SELECT campaign.id FROM campaign LIMIT x", "BAD_LIMIT_COUNT"),
            ("SELECT campaign.id FROM campaign nonsense", "UNEXPECTED_INPUT"),
        ] {
            assert_eq!(parse(text).unwrap_err().code(), code, "{text}");
        }
    }
}
