//! An answer that was read to its end.

use crate::error::{Error, Result};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// Characters of a vendor's text that are kept in errors.
const SNIPPET: usize = 600;

/// Status, headers and the whole body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, uncompressed. Empty while a good body is still to be streamed.
    pub body: Bytes,
    /// When it came.
    pub at: DateTime<Utc>,
}

impl Answer {
    /// The body as JSON; null where the status says that there is none (204, 304).
    ///
    /// # Errors
    /// [`crate::ErrorKind::Interrupted`] when the text ends too early, [`crate::ErrorKind::Drift`] when it is something
    /// else than JSON; both show what came instead.
    pub fn json(&self) -> Result<Value> {
        if self.body.is_empty() && matches!(self.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
            return Ok(Value::Null);
        }
        parse_json(&self.body).map_err(|error| error.with_raw(self.raw("", &self.snippet())))
    }

    /// What the vendor said, for people: the title or the first words of a web page, otherwise the text, cut.
    pub fn snippet(&self) -> String {
        snippet(&self.body)
    }

    /// The answer for experts: status, the vendor's code, what was said; of a web page that came instead, that it is
    /// one, its title and its first words.
    pub fn raw(&self, code: &str, said: &str) -> String {
        let status = self.status.as_u16();
        let head = [format!("HTTP {status}"), code.to_owned()].join(" ");
        let head = head.trim_end();
        if !looks_like_a_page(&self.body) {
            return if said.is_empty() { head.to_owned() } else { format!("{head}: {said}") };
        }
        let words = cut(&words(&without_tags(&String::from_utf8_lossy(&self.body))), SNIPPET);
        format!("{head}: a web page came instead of JSON, titled {:?}. It begins: {words}", self.snippet())
    }

    /// The text of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    /// A header that holds a number of seconds to wait.
    pub fn seconds_in(&self, name: &str) -> Option<Duration> {
        let seconds: f64 = self.header(name)?.parse().ok()?;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// The time until the moment in a header: seconds or milliseconds since 1970. Zero where it has passed.
    pub fn until_epoch_in(&self, name: &str) -> Option<Duration> {
        let number: i64 = self.header(name)?.parse().ok()?;
        // Seconds have reached this number in the year 5138.
        let at = if number >= 100_000_000_000 {
            DateTime::from_timestamp_millis(number)
        } else {
            DateTime::from_timestamp(number, 0)
        };
        Some((at? - self.at).to_std().unwrap_or(Duration::ZERO))
    }

    /// The delay that the `Retry-After` header asks for: seconds, or the time until a date.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(Duration::from_secs(seconds));
        }
        let until = DateTime::parse_from_rfc2822(text).ok()?;
        Some((until.with_timezone(&Utc) - self.at).to_std().unwrap_or(Duration::ZERO))
    }
}

/// Reads JSON and tells a broken-off text from something else.
///
/// # Errors
/// As [`Answer::json`].
pub(crate) fn parse_json(body: &[u8]) -> Result<Value> {
    serde_json::from_slice(body).map_err(|error| {
        if error.is_eof() {
            let size = body.len();
            return Error::interrupted(format!("The vendor's answer breaks off after {size} bytes."));
        }
        if looks_like_a_page(body) {
            return Error::drift("$", format!("a web page came instead of JSON, titled {:?}", snippet(body)));
        }
        Error::drift("$", format!("line {}, column {} is no JSON", error.line(), error.column()))
    })
}

fn looks_like_a_page(body: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&body[..body.len().min(512)]).trim_start().to_lowercase();
    start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<head")
}

fn snippet(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = if looks_like_a_page(body) { page_title(&text) } else { text.trim().to_owned() };
    cut(&text, SNIPPET)
}

fn page_title(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|start| {
        let open = start + lower[start..].find('>')? + 1;
        let end = open + lower[open..].find("</title")?;
        Some(words(&html[open..end]))
    });
    title.filter(|t| !t.is_empty()).unwrap_or_else(|| cut(&words(&without_tags(html)), 120))
}

fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => {
                is_tag = false;
                text.push(' ');
            }
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    text
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn answer(body: &str, retry_after: Option<&str>) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert(http::header::RETRY_AFTER, value.parse().unwrap());
        }
        Answer {
            status: StatusCode::OK,
            headers,
            body: Bytes::copy_from_slice(body.as_bytes()),
            at: "2026-09-04T12:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_broken_off_text_is_told_from_a_wrong_one() {
        assert!(matches!(
            answer(r#"{"results":[{"a":"#, None).json().unwrap_err().kind,
            ErrorKind::Interrupted { .. }
        ));
        assert!(matches!(answer("", None).json().unwrap_err().kind, ErrorKind::Interrupted { .. }));
        assert!(matches!(answer("OK then", None).json().unwrap_err().kind, ErrorKind::Drift { .. }));
    }

    #[test]
    fn a_web_page_is_shown_by_its_title_or_first_words() {
        let page =
            "<!DOCTYPE html><html><head><title>\n Error 502 (Server\nError)!!1</title></head><body>x</body>";
        assert_eq!(answer(page, None).snippet(), "Error 502 (Server Error)!!1");
        assert_eq!(answer("<html><body><h1>Bad gateway</h1></body></html>", None).snippet(), "Bad gateway");
        assert!(answer(page, None).json().unwrap_err().message.contains("Error 502"));
    }

    #[test]
    fn an_answer_without_a_body_is_null_where_its_status_says_so() {
        let none = Answer { status: StatusCode::NO_CONTENT, ..answer("", None) };
        assert_eq!(none.json().unwrap(), Value::Null);
    }

    #[test]
    fn headers_hold_delays_and_moments() {
        let mut answer = answer("", None);
        for (name, value) in [("x-a", "60"), ("x-b", "1788523205"), ("x-c", "1788523205500"), ("x-d", "soon")]
        {
            answer.headers.insert(name, value.parse().unwrap());
        }
        assert_eq!(answer.seconds_in("x-a"), Some(Duration::from_mins(1)));
        assert_eq!(answer.until_epoch_in("x-b"), Some(Duration::from_secs(5)));
        assert_eq!(answer.until_epoch_in("x-c"), Some(Duration::from_millis(5_500)));
        assert_eq!(answer.until_epoch_in("x-a"), Some(Duration::ZERO));
        assert_eq!((answer.seconds_in("x-d"), answer.until_epoch_in("x-e")), (None, None));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(answer("", Some("120")).retry_after(), Some(Duration::from_mins(2)));
        assert_eq!(
            answer("", Some("Fri, 04 Sep 2026 12:00:30 GMT")).retry_after(),
            Some(Duration::from_secs(30))
        );
        assert_eq!(answer("", Some("Fri, 04 Sep 2026 11:00:00 GMT")).retry_after(), Some(Duration::ZERO));
        assert_eq!(answer("", Some("soon")).retry_after(), None);
        assert_eq!(answer("", None).retry_after(), None);
    }
}
