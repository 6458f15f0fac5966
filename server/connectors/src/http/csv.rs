//! Tables as CSV (RFC 4180), as bulk exports give them: each row becomes an object, so that it is read like JSON.

use crate::error::{Error, Result};
use serde_json::{Map, Value};

/// The rows of a table with a header line. Values are text; a blank one is null. NUL bytes and a byte order mark, which
/// vendors' exports are known to hold, are left out.
///
/// # Errors
/// [`crate::ErrorKind::Interrupted`] when the last line breaks off, [`crate::ErrorKind::Drift`] with the line when
/// another has more or fewer values than the header.
pub fn rows(body: &[u8]) -> Result<Vec<Value>> {
    let clean: Vec<u8> = body.iter().copied().filter(|&byte| byte != 0).collect();
    let text = clean.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&clean);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let wrong = |error: &csv::Error| Error::drift("$", format!("it is no table of text: {error}"));
    let header = reader.headers().map_err(|e| wrong(&e))?.clone();
    let mut rows = Vec::new();
    let mut records = reader.records().peekable();
    while let Some(record) = records.next() {
        let record = record.map_err(|e| wrong(&e))?;
        if record.len() != header.len() {
            let line = record.position().map_or(0, csv::Position::line);
            if records.peek().is_none() && record.len() < header.len() {
                return Err(Error::interrupted(format!("The vendor's table breaks off in line {line}.")));
            }
            let detail = format!("it has {} values for {} columns", record.len(), header.len());
            return Err(Error::drift(format!("line {line}"), detail));
        }
        let fields = header.iter().zip(&record).map(|(name, value)| {
            let value = if value.is_empty() { Value::Null } else { Value::String(value.to_owned()) };
            (name.to_owned(), value)
        });
        rows.push(Value::Object(fields.collect::<Map<_, _>>()));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use serde_json::json;

    #[test]
    fn quotes_line_breaks_blanks_and_stray_bytes_are_read() {
        let text = "\u{feff}Id,Name,Amount\n\"1\",\"A, \"\"B\"\"\nC\",0.10\r\n9007199254740993,\0x,\n";
        let expected = json!([
            {"Id": "1", "Name": "A, \"B\"\nC", "Amount": "0.10"},
            {"Id": "9007199254740993", "Name": "x", "Amount": null},
        ]);
        assert_eq!(Value::Array(rows(text.as_bytes()).unwrap()), expected);
        assert!(rows(b"Id,Name\n").unwrap().is_empty());
        assert!(rows(b"").unwrap().is_empty());
    }

    #[test]
    fn a_table_that_breaks_off_is_told_from_a_wrong_one() {
        assert!(matches!(rows(b"a,b\n1,2\n3").unwrap_err().kind, ErrorKind::Interrupted { .. }));
        let error = rows(b"a,b\n1\n3,4\n").unwrap_err();
        assert!(error.message.contains("line 2: it has 1 values for 2 columns"), "{error}");
    }
}
