//! Writes rows as the vendor does: nested objects, lowerCamelCase, int64 as text.

use super::fields::{Field, camel};
use super::rows::Row;
use super::values::{Lookup, Value};

/// Where each selected field stands in a row's object.
#[derive(Debug, Clone)]
pub struct Layout {
    root: Vec<(String, Node)>,
    with_unknown: bool,
}

#[derive(Debug, Clone)]
enum Node {
    Leaf(Field),
    Object(Vec<(String, Node)>),
}

impl Layout {
    /// Lays the fields out; each resource brings its resource name along.
    ///
    /// With `with_unknown`, rows carry members that no schema knows, as when the vendor extends the API.
    pub fn new(select: &[Field], with_unknown: bool) -> Self {
        let mut root = Vec::new();
        for field in select {
            for field in field.resource_names().iter().chain([field]) {
                let name = camel(field.name());
                let path: Vec<&str> = name.split('.').collect();
                insert(&mut root, &path, *field);
            }
        }
        Self { root, with_unknown }
    }

    /// Appends the row's object to `out`.
    pub fn write(&self, out: &mut String, lookup: &Lookup<'_>, row: &Row) {
        out.push('{');
        let mut first = true;
        write_members(out, &self.root, lookup, row, self.with_unknown, &mut first);
        if self.with_unknown {
            comma(out, &mut first);
            out.push_str(r#""simulatedAddition":{"note":"not in any schema","score":0.5}"#);
        }
        out.push('}');
    }
}

fn insert(members: &mut Vec<(String, Node)>, path: &[&str], field: Field) {
    let Some((name, rest)) = path.split_first() else { return };
    let at = members.iter().position(|(known, _)| known == name);
    if rest.is_empty() {
        if at.is_none() {
            members.push(((*name).to_owned(), Node::Leaf(field)));
        }
        return;
    }
    let at = at.unwrap_or_else(|| {
        members.push(((*name).to_owned(), Node::Object(Vec::new())));
        members.len() - 1
    });
    if let (_, Node::Object(inner)) = &mut members[at] {
        insert(inner, rest, field);
    }
}

fn write_members(
    out: &mut String,
    members: &[(String, Node)],
    lookup: &Lookup<'_>,
    row: &Row,
    with_unknown: bool,
    first: &mut bool,
) {
    for (name, node) in members {
        match node {
            Node::Leaf(field) => {
                let value = lookup.value(row, *field);
                if value == Value::Absent {
                    continue;
                }
                key(out, name, first);
                write_value(out, &value);
            }
            Node::Object(inner) => {
                key(out, name, first);
                out.push('{');
                let mut first = true;
                write_members(out, inner, lookup, row, false, &mut first);
                if with_unknown && name == "metrics" {
                    key(out, "simulatedMetric", &mut first);
                    out.push_str("\"7\"");
                }
                out.push('}');
            }
        }
    }
}

fn comma(out: &mut String, first: &mut bool) {
    if !*first {
        out.push(',');
    }
    *first = false;
}

fn key(out: &mut String, name: &str, first: &mut bool) {
    comma(out, first);
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
}

fn write_value(out: &mut String, value: &Value<'_>) {
    match value {
        Value::Int(n) => {
            out.push('"');
            out.push_str(&n.to_string());
            out.push('"');
        }
        Value::Small(n) => out.push_str(&n.to_string()),
        Value::Millionths(n) => write_millionths(out, *n),
        Value::Real(x) => out.push_str(&x.to_string()),
        Value::Text(text) => write_text(out, text),
        Value::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::List(texts) => {
            out.push('[');
            for (i, text) in texts.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_text(out, text);
            }
            out.push(']');
        }
        Value::Absent => out.push_str("null"),
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// A double that is exact to the millionth: `0`, `4.0`, `0.333333`.
fn write_millionths(out: &mut String, n: i64) {
    if n == 0 {
        out.push('0');
        return;
    }
    if n < 0 {
        out.push('-');
    }
    let n = n.unsigned_abs();
    let fraction = format!("{:06}", n % 1_000_000);
    let fraction = fraction.trim_end_matches('0');
    out.push_str(&(n / 1_000_000).to_string());
    out.push('.');
    out.push_str(if fraction.is_empty() { "0" } else { fraction });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_exactly() {
        let check = |n, expected: &str| {
            let mut out = String::new();
            write_millionths(&mut out, n);
            assert_eq!(out, expected);
        };
        check(0, "0");
        check(4_000_000, "4.0");
        check(333_333, "0.333333");
        check(12_500_000, "12.5");
        check(-1, "-0.000001");
    }
}
