//! Rest.li's syntax for queries: records in parentheses, lists, and texts in which reserved characters are
//! percent-encoded.

use url::form_urlencoded;

use super::Refused;

/// A value of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text, decoded.
    Text(String),
    /// `List(a,b)`.
    List(Vec<Value>),
    /// `(name:value,…)`.
    Record(Vec<(String, Value)>),
}

impl Value {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A member of a record, or of the records in it.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        match self {
            Self::Record(members) => {
                members.iter().find(|(name, _)| name == first).and_then(|(_, value)| value.at(rest))
            }
            _ => None,
        }
    }

    /// A member that is a number.
    pub fn number(&self, path: &[&str]) -> Option<i64> {
        self.at(path)?.text()?.parse().ok()
    }
}

/// A query string.
#[derive(Debug)]
pub struct Query(Vec<(String, Value)>);

impl Query {
    /// Reads a query string as it was sent.
    ///
    /// # Errors
    /// 400 that names the parameter that is not well formed.
    pub fn parse(raw: &str) -> Result<Self, Refused> {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty());
        let parsed = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // The projection is a list without a frame.
            let value = if name == "fields" { Some(Value::Text(decode(value))) } else { parse(value) };
            value.map(|value| (name.to_owned(), value)).ok_or_else(|| Refused::invalid(name))
        });
        parsed.collect::<Result<_, _>>().map(Self)
    }

    /// A parameter.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A parameter that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// 400 when it is not.
    pub fn needed(&self, name: &str) -> Result<&Value, Refused> {
        self.get(name).ok_or_else(|| Refused::missing(name))
    }

    /// A parameter that is a number.
    ///
    /// # Errors
    /// 400 when it is none.
    pub fn number(&self, name: &str) -> Result<Option<usize>, Refused> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => {
                let number = value.text().and_then(|text| text.parse().ok());
                number.map(Some).ok_or_else(|| Refused::invalid(name))
            }
        }
    }

    /// Checks the name of the finder.
    ///
    /// # Errors
    /// 400 when it is another one.
    pub fn finder(&self, name: &str) -> Result<(), Refused> {
        if self.text("q") == Some(name) { Ok(()) } else { Err(Refused::invalid("q")) }
    }
}

fn parse(raw: &str) -> Option<Value> {
    let (value, rest) = value(raw)?;
    rest.is_empty().then_some(value)
}

fn value(raw: &str) -> Option<(Value, &str)> {
    if let Some(rest) = raw.strip_prefix("List(") {
        let (items, rest) = items(rest, value)?;
        return Some((Value::List(items), rest));
    }
    if let Some(rest) = raw.strip_prefix('(') {
        let (members, rest) = items(rest, |raw| {
            let (name, rest) = raw.split_once(':')?;
            let (value, rest) = value(rest)?;
            Some(((decode(name), value), rest))
        })?;
        return Some((Value::Record(members), rest));
    }
    let end = raw.find([',', ')', '(', ':']).unwrap_or(raw.len());
    // Anything else than the end of an item must be encoded.
    let (text, rest) = raw.split_at(end);
    (!rest.starts_with(['(', ':'])).then(|| (Value::Text(decode(text)), rest))
}

fn items<'a, T>(
    mut raw: &'a str,
    item: impl Fn(&'a str) -> Option<(T, &'a str)>,
) -> Option<(Vec<T>, &'a str)> {
    let mut list = Vec::new();
    if let Some(rest) = raw.strip_prefix(')') {
        return Some((list, rest));
    }
    loop {
        let (next, rest) = item(raw)?;
        list.push(next);
        if let Some(rest) = rest.strip_prefix(')') {
            return Some((list, rest));
        }
        raw = rest.strip_prefix(',')?;
    }
}

fn decode(raw: &str) -> String {
    let pair = format!("v={}", raw.replace('+', "%2B"));
    form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_and_lists_are_read_and_raw_urns_are_not() {
        let query =
            "dateRange=(start:(year:2026,month:9,day:1))&accounts=List(urn%3Ali%3AsponsoredAccount%3A5)";
        let query = Query::parse(query).unwrap();
        assert_eq!(query.get("dateRange").unwrap().number(&["start", "month"]), Some(9));
        let urn = Value::Text("urn:li:sponsoredAccount:5".to_owned());
        assert_eq!(query.get("accounts"), Some(&Value::List(vec![urn])));
        for wrong in ["accounts=List(urn:li:sponsoredAccount:5)", "a=(b:1", "a=List(1,)x", "a=b:c"] {
            assert!(Query::parse(wrong).is_err(), "{wrong}");
        }
    }
}
