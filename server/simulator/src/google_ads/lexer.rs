//! Cuts the text of a query into tokens.

use super::errors::ApiError;

/// A word, a quoted text or a mark of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A name, keyword, number or bare literal.
    Word(String),
    /// The content of a quoted literal.
    Text(String),
    /// An operator or separator.
    Mark(&'static str),
}

impl Token {
    /// As it stood in the query, without quotes.
    pub fn show(&self) -> &str {
        match self {
            Self::Word(text) | Self::Text(text) => text,
            Self::Mark(mark) => mark,
        }
    }
}

const MARKS: [&str; 10] = ["!=", "<=", ">=", "=", "<", ">", ",", "(", ")", ";"];

/// Cuts a query into tokens.
///
/// # Errors
/// The vendor's `queryError` for characters that no query has, and for literals that do not end.
pub fn lex(text: &str) -> Result<Vec<Token>, ApiError> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '\'' || first == '"' {
            let (content, after) = quoted(&rest[1..], first)?;
            tokens.push(Token::Text(content));
            rest = after.trim_start();
            continue;
        }
        if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            tokens.push(Token::Mark(mark));
            rest = rest[mark.len()..].trim_start();
            continue;
        }
        let length = rest.find(|c: char| !(c.is_alphanumeric() || "_.-+/".contains(c))).unwrap_or(rest.len());
        if length == 0 {
            return Err(ApiError::query(
                "UNEXPECTED_INPUT",
                format!("Error in query: unexpected input {first}."),
            ));
        }
        tokens.push(Token::Word(rest[..length].to_owned()));
        rest = rest[length..].trim_start();
    }
    // A closing semicolon is tolerated, as the vendor does.
    if tokens.last() == Some(&Token::Mark(";")) {
        tokens.pop();
    }
    Ok(tokens)
}

/// The text up to the closing quote, and what comes after it; a backslash escapes.
fn quoted(text: &str, quote: char) -> Result<(String, &str), ApiError> {
    let mut content = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Ok((content, &text[at + c.len_utf8()..])),
            '\n' => {
                return Err(ApiError::query(
                    "PROHIBITED_NEWLINE_IN_STRING",
                    "A string literal must not span lines.",
                ));
            }
            '\\' => content.extend(chars.next().map(|(_, escaped)| escaped)),
            c => content.push(c),
        }
    }
    Err(ApiError::query("STRING_NOT_TERMINATED", format!("The string '{content}' is not terminated.")))
}
