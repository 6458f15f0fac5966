//! Careful reading of a vendor's JSON: every complaint names the path, and numbers never pass through a float.

use crate::error::{Error, Result};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::str::FromStr;

/// A value, or the lack of one, that knows where it stands.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    value: Option<&'a Value>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root(&'a str),
    Key(&'a Node<'a>, &'a str),
    Index(&'a Node<'a>, usize),
}

/// A number with an exponent; nothing smaller than the 28th digit after the point is kept.
fn from_scientific(text: &str) -> Option<Decimal> {
    let exponent = text.split_once(['e', 'E']).and_then(|(_, exponent)| exponent.parse::<i64>().ok())?;
    if exponent < -i64::from(Decimal::MAX_SCALE) {
        // Dust, if it is a number at all.
        let base = text.split(['e', 'E']).next().unwrap_or_default();
        return Decimal::from_str(base).is_ok().then_some(Decimal::ZERO);
    }
    Decimal::from_scientific_lossy(text).ok()
}

impl<'a> Node<'a> {
    /// The top of an answer; `name` starts every path (`$` where there is no better name).
    pub fn root(value: &'a Value, name: &'a str) -> Self {
        Self { value: present(Some(value)), step: Step::Root(name) }
    }

    /// A field. Absent and null are the same.
    pub fn at<'b>(&'b self, key: &'b str) -> Node<'b>
    where
        'a: 'b,
    {
        Node { value: present(self.value.and_then(|v| v.get(key))), step: Step::Key(self, key) }
    }

    /// An element of an array.
    pub fn nth<'b>(&'b self, index: usize) -> Node<'b>
    where
        'a: 'b,
    {
        Node { value: present(self.value.and_then(|v| v.get(index))), step: Step::Index(self, index) }
    }

    /// The value itself.
    pub fn value(&self) -> Option<&'a Value> {
        self.value
    }

    /// Whether there is none.
    pub fn is_absent(&self) -> bool {
        self.value.is_none()
    }

    /// Where it stands, for example `results[3].metrics.clicks`.
    pub fn path(&self) -> String {
        match self.step {
            Step::Root(name) => name.to_owned(),
            Step::Key(parent, key) => match parent.path().as_str() {
                "$" => key.to_owned(),
                path => format!("{path}.{key}"),
            },
            Step::Index(parent, index) => format!("{}[{index}]", parent.path()),
        }
    }

    /// A complaint about this place.
    pub fn drift(&self, detail: impl std::fmt::Display) -> Error {
        Error::drift(self.path(), detail)
    }

    fn wrong(&self, value: &Value, expected: &str) -> Error {
        let shown: String = value.to_string().chars().take(60).collect();
        self.drift(format!("{shown} is no {expected}"))
    }

    /// A text; a number counts as its text, because vendors change ids between the two.
    ///
    /// # Errors
    /// When it is something else.
    pub fn text(&self) -> Result<Option<String>> {
        match self.value {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(other) => Err(self.wrong(other, "text")),
        }
    }

    /// A text that is not blank.
    ///
    /// # Errors
    /// When there is none, or it is something else.
    pub fn need_text(&self) -> Result<String> {
        self.text()?.filter(|t| !t.trim().is_empty()).ok_or_else(|| self.drift("it is missing"))
    }

    /// A yes or no, also as text or as 1 and 0.
    ///
    /// # Errors
    /// When it is something else.
    pub fn boolean(&self) -> Result<Option<bool>> {
        match self.value {
            None => Ok(None),
            Some(Value::Bool(yes)) => Ok(Some(*yes)),
            Some(Value::Number(number)) if matches!(number.as_str(), "0" | "1") => {
                Ok(Some(number.as_str() == "1"))
            }
            Some(Value::String(text)) if text == "true" => Ok(Some(true)),
            Some(Value::String(text)) if text == "false" || text.is_empty() => Ok(Some(false)),
            Some(other) => Err(self.wrong(other, "true or false")),
        }
    }

    /// A decimal, as number or text. Blank and dashes count as absent. Digits behind the 28th after the point are rounded: sums
    /// of floats leave such dust.
    ///
    /// # Errors
    /// When it is something else, or too large.
    pub fn decimal(&self) -> Result<Option<Decimal>> {
        let text = match self.value {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_str(),
            Some(Value::String(text)) => text.trim(),
            Some(other) => return Err(self.wrong(other, "number")),
        };
        if text.is_empty() || text.chars().all(|c| c == '-') {
            return Ok(None);
        }
        let parsed =
            if text.contains(['e', 'E']) { from_scientific(text) } else { Decimal::from_str(text).ok() };
        parsed.map(Some).ok_or_else(|| self.drift(format!("{text:?} is no number that can be kept")))
    }

    /// A whole number within 64 bits, as number or text. Blank and dashes count as absent.
    ///
    /// # Errors
    /// When it is something else, or has a fraction.
    pub fn integer(&self) -> Result<Option<i64>> {
        let Some(decimal) = self.decimal()? else {
            return Ok(None);
        };
        if !decimal.is_integer() {
            return Err(self.drift(format!("{decimal} is no whole number")));
        }
        i64::try_from(decimal.trunc().mantissa())
            .map(Some)
            .map_err(|_| self.drift(format!("{decimal} is too large")))
    }

    /// A calendar day, `YYYY-MM-DD`; a blank is absent.
    ///
    /// # Errors
    /// When it is something else.
    pub fn day(&self) -> Result<Option<NaiveDate>> {
        let Some(text) = self.filled()? else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| self.drift(format!("{text:?} is no day such as 2026-09-01")))
    }

    /// A calendar day without dashes, `YYYYMMDD`; a blank is absent.
    ///
    /// # Errors
    /// When it is something else.
    pub fn compact_day(&self) -> Result<Option<NaiveDate>> {
        let Some(text) = self.filled()? else {
            return Ok(None);
        };
        let is_written_so = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
        let day = is_written_so.then(|| NaiveDate::parse_from_str(&text, "%Y%m%d").ok()).flatten();
        day.map(Some).ok_or_else(|| self.drift(format!("{text:?} is no day such as 20260901")))
    }

    /// A moment: RFC 3339 with or without a fraction, or epoch milliseconds. A text without an offset is UTC, a bare day
    /// its midnight; a blank is absent.
    ///
    /// # Errors
    /// When it is something else.
    pub fn instant(&self) -> Result<Option<DateTime<Utc>>> {
        Ok(self.moment()?.map(|moment| moment.with_timezone(&Utc)))
    }

    /// The calendar day of a moment as it is written, in the moment's own offset.
    ///
    /// # Errors
    /// As [`Self::instant`].
    pub fn written_day(&self) -> Result<Option<NaiveDate>> {
        Ok(self.moment()?.map(|moment| moment.date_naive()))
    }

    fn moment(&self) -> Result<Option<DateTime<FixedOffset>>> {
        let Some(text) = self.text()?.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()) else {
            return Ok(None);
        };
        moment_of(&text).map(Some).ok_or_else(|| {
            self.drift(format!("{text:?} is no moment such as 2026-09-01T12:00:00Z or 1788264000000"))
        })
    }

    /// The elements of an array; none when it is absent.
    ///
    /// # Errors
    /// When it is something else.
    pub fn array(&self) -> Result<&'a [Value]> {
        match self.value {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(other) => Err(self.wrong(other, "list")),
        }
    }

    /// Looks at each element of an array, with its place; gives their number, 0 when it is absent.
    ///
    /// # Errors
    /// When it is something else, and what `look` says.
    pub fn each(&self, mut look: impl FnMut(&Node<'_>) -> Result<()>) -> Result<usize> {
        let count = self.array()?.len();
        for index in 0..count {
            look(&self.nth(index))?;
        }
        Ok(count)
    }

    /// A text that is not blank; none where there is none.
    ///
    /// # Errors
    /// When it is something else.
    pub fn filled(&self) -> Result<Option<String>> {
        Ok(self.text()?.filter(|text| !text.trim().is_empty()))
    }

    /// The fields of an object; none when it is absent.
    ///
    /// # Errors
    /// When it is something else.
    pub fn object(&self) -> Result<Option<&'a Map<String, Value>>> {
        match self.value {
            None => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(fields)),
            Some(other) => Err(self.wrong(other, "object")),
        }
    }
}

fn moment_of(text: &str) -> Option<DateTime<FixedOffset>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment);
    }
    let utc = if let Ok(milliseconds) = text.parse::<i64>() {
        DateTime::from_timestamp_millis(milliseconds)?
    } else if let Ok(day) = text.parse::<NaiveDate>() {
        day.and_hms_opt(0, 0, 0)?.and_utc()
    } else if let Ok(moment) = NaiveDateTime::parse_from_str(&text.replace(' ', "T"), "%Y-%m-%dT%H:%M:%S%.f")
    {
        moment.and_utc()
    } else {
        return DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z").ok();
    };
    Some(utc.fixed_offset())
}

/// `advertisingChannelType` is `advertising_channel_type` with us.
pub fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
            snake.push(c.to_ascii_lowercase());
        } else {
            snake.push(c);
        }
    }
    snake
}

fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|v| !v.is_null())
}

/// A decimal in its one canonical form: no exponent, no trailing zeros, `0` for zero.
pub fn canonical(value: Decimal) -> String {
    let value = value.normalize();
    if value.is_zero() { "0".to_owned() } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: Result<Option<&str>, &str>) {
        let value = serde_json::from_str(json).unwrap();
        let root = Node::root(&value, "$");
        match (root.at("v").decimal(), expected) {
            (Ok(got), Ok(expected)) => assert_eq!(got.map(canonical).as_deref(), expected, "{json}"),
            (Err(error), Err(says)) => assert!(error.message.contains(says), "{error}"),
            (got, _) => panic!("{json} gave {got:?}"),
        }
    }

    #[test]
    fn decimals_are_exact() {
        check(r#"{"v":"9007199254740993"}"#, Ok(Some("9007199254740993")));
        check(r#"{"v":9007199254740993}"#, Ok(Some("9007199254740993")));
        check(r#"{"v":0.1}"#, Ok(Some("0.1")));
        check(r#"{"v":540.0}"#, Ok(Some("540")));
        check(r#"{"v":1.5E-7}"#, Ok(Some("0.00000015")));
        check(r#"{"v":5.4e2}"#, Ok(Some("540")));
        check(r#"{"v":-0.0}"#, Ok(Some("0")));
        check(r#"{"v":0.33333333333333331482961625624739}"#, Ok(Some("0.3333333333333333148296162562")));
        // Dust of floats.
        check(r#"{"v":1.7763568394002505e-15}"#, Ok(Some("0.0000000000000017763568394003")));
        check(r#"{"v":"-3.5e-40"}"#, Ok(Some("0")));
        check(r#"{"v":"many.5e-40"}"#, Err("is no number"));
        check(r#"{"v":"1e"}"#, Err("is no number"));
        check(r#"{"v":1e40}"#, Err("is no number"));
        check(r#"{"v":"--"}"#, Ok(None));
        check(r#"{"v":""}"#, Ok(None));
        check(r#"{"v":null}"#, Ok(None));
        check(r"{}", Ok(None));
        check(r#"{"v":"many"}"#, Err("at v: \"many\" is no number"));
        check(r#"{"v":[1]}"#, Err("[1] is no number"));
    }

    #[test]
    fn complaints_name_the_path() {
        let value = serde_json::json!({"results": [{"metrics": {"clicks": "1.5"}}]});
        let root = Node::root(&value, "$");
        let error = root.at("results").nth(0).at("metrics").at("clicks").integer().unwrap_err();
        assert!(error.message.contains("results[0].metrics.clicks"), "{error}");
    }

    #[test]
    fn days_come_with_and_without_dashes() {
        let value = serde_json::json!({"a": "2026-09-01", "b": "20260901", "c": 20_260_901, "d": "20260931", "e": "+260901", "g": " "});
        let root = Node::root(&value, "$");
        let day = "2026-09-01".parse().ok();
        assert_eq!(root.at("a").day().unwrap(), day);
        assert_eq!(root.at("b").compact_day().unwrap(), day);
        assert_eq!(root.at("c").compact_day().unwrap(), day);
        assert_eq!(root.at("f").compact_day().unwrap(), None);
        assert_eq!((root.at("g").compact_day().unwrap(), root.at("g").day().unwrap()), (None, None));
        assert!(root.at("a").compact_day().is_err());
        assert!(root.at("d").compact_day().is_err());
        assert!(root.at("e").compact_day().is_err());
    }

    #[test]
    fn moments_come_in_several_forms() {
        let value = serde_json::json!({
            "a": "2026-03-01T23:30:00.000Z", "b": "2026-03-01T23:30:00-05:00", "c": 1_772_408_400_000_i64,
            "d": "1772408400000", "e": "2026-03-01", "f": "", "g": null, "h": "2026-03-01T23:30:00",
            "i": "2026-03-01T23:30:00.5+0100", "j": "soon",
        });
        let root = Node::root(&value, "$");
        let check = |key: &str, instant: &str, day: &str| {
            let node = root.at(key);
            assert_eq!(node.instant().unwrap(), Some(instant.parse().unwrap()), "{key}");
            assert_eq!(node.written_day().unwrap(), Some(day.parse().unwrap()), "{key}");
        };
        check("a", "2026-03-01T23:30:00Z", "2026-03-01");
        check("b", "2026-03-02T04:30:00Z", "2026-03-01");
        check("c", "2026-03-01T23:40:00Z", "2026-03-01");
        check("d", "2026-03-01T23:40:00Z", "2026-03-01");
        check("e", "2026-03-01T00:00:00Z", "2026-03-01");
        check("h", "2026-03-01T23:30:00Z", "2026-03-01");
        check("i", "2026-03-01T22:30:00.5Z", "2026-03-01");
        assert!(root.at("f").instant().unwrap().is_none() && root.at("g").instant().unwrap().is_none());
        assert!(root.at("j").instant().unwrap_err().message.contains("at j: \"soon\" is no moment"));
    }

    #[test]
    fn whole_numbers_may_be_written_with_a_zero_fraction() {
        let value = serde_json::json!({"a": "12.0", "b": "9223372036854775807", "c": "9223372036854775808"});
        let root = Node::root(&value, "$");
        assert_eq!(root.at("a").integer().unwrap(), Some(12));
        assert_eq!(root.at("b").integer().unwrap(), Some(i64::MAX));
        assert!(root.at("c").integer().is_err());
    }
}
