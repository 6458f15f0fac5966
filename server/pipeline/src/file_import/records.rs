//! From text to records: quoted fields may span lines; a quote that is never closed spoils one line, not the rest.

use super::text::{Lines, TextEncoding};
use model::imports::Delimiter;
use std::collections::VecDeque;
use std::io::Read;

/// Lines that one quoted field may span before its quote counts as never closed.
const LONGEST_FIELD_LINES: usize = 40;

/// The delimiter's character.
pub fn delimiter_byte(delimiter: Delimiter) -> u8 {
    match delimiter {
        Delimiter::Comma => b',',
        Delimiter::Semicolon => b';',
        Delimiter::Tab => b'\t',
        Delimiter::Pipe => b'|',
    }
}

/// The delimiter of that character.
pub fn delimiter_of(byte: u8) -> Option<Delimiter> {
    [Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab, Delimiter::Pipe]
        .into_iter()
        .find(|d| delimiter_byte(*d) == byte)
}

/// One record: the number of its first line, and its fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Line number in the file, from 1.
    pub line: u64,
    /// Its fields, unquoted.
    pub fields: Vec<String>,
    /// A quote was opened and never closed: the fields are those of the bare line.
    pub has_open_quote: bool,
}

impl Record {
    /// Whether no field holds anything.
    pub fn is_blank(&self) -> bool {
        self.fields.iter().all(|f| super::numbers::trim(f).is_empty())
    }

    /// A field, empty when the record is too short.
    pub fn field(&self, index: usize) -> &str {
        self.fields.get(index).map_or("", String::as_str)
    }
}

/// Reads records one after the other, in bounded memory.
pub struct Records<R> {
    lines: Lines<R>,
    delimiter: u8,
    // Lines read ahead while looking for the end of a quoted field.
    ahead: VecDeque<(u64, String)>,
    parser: csv_core::Reader,
    output: Vec<u8>,
    ends: Vec<usize>,
    text: String,
}

impl<R: Read> Records<R> {
    /// Over the bytes of a file.
    pub fn new(reader: R, encoding: TextEncoding, delimiter: Delimiter) -> Self {
        let byte = delimiter_byte(delimiter);
        Self {
            lines: Lines::new(reader, encoding),
            delimiter: byte,
            ahead: VecDeque::new(),
            parser: csv_core::ReaderBuilder::new().delimiter(byte).build(),
            output: vec![0; 4096],
            ends: vec![0; 64],
            text: String::new(),
        }
    }

    /// Lines that were not in the file's main encoding.
    pub fn other_lines(&self) -> u64 {
        self.lines.other_lines
    }

    /// Reads the next record into `record` (blank lines included, as blank records); false at the end.
    ///
    /// # Errors
    /// When reading fails.
    pub fn next_into(&mut self, record: &mut Record) -> std::io::Result<bool> {
        self.text.clear();
        let Some(first) = self.pull()? else { return Ok(false) };
        record.has_open_quote = false;
        record.line = first;
        let alone = self.text.len();
        let mut taken = 0;
        while is_inside_quotes(&self.text, self.delimiter) {
            if taken == LONGEST_FIELD_LINES || !self.append_ahead(taken)? {
                record.has_open_quote = true;
                self.text.truncate(alone);
                taken = 0;
                break;
            }
            taken += 1;
        }
        self.ahead.drain(..taken);
        self.split(record);
        Ok(true)
    }

    /// Takes the next line into `text`.
    fn pull(&mut self) -> std::io::Result<Option<u64>> {
        if let Some((number, line)) = self.ahead.pop_front() {
            self.text.push_str(&line);
            return Ok(Some(number));
        }
        self.lines.next_into(&mut self.text)
    }

    /// Appends the line `index` after the current one to `text`, reading it if need be.
    fn append_ahead(&mut self, index: usize) -> std::io::Result<bool> {
        if self.ahead.len() == index {
            let mut line = String::new();
            let Some(number) = self.lines.next_into(&mut line)? else { return Ok(false) };
            self.ahead.push_back((number, line));
        }
        self.text.push('\n');
        self.text.push_str(&self.ahead[index].1);
        Ok(true)
    }

    fn split(&mut self, record: &mut Record) {
        if record.has_open_quote {
            let delimiter = char::from(self.delimiter);
            record.fields = self.text.split(delimiter).map(|f| f.trim_matches('"').to_owned()).collect();
            return;
        }
        self.parser.reset();
        let input = self.text.as_bytes();
        let (mut consumed, mut written, mut ended) = (0, 0, 0);
        loop {
            let (result, read, wrote, ends) = self.parser.read_record(
                &input[consumed..],
                &mut self.output[written..],
                &mut self.ends[ended..],
            );
            consumed += read;
            written += wrote;
            ended += ends;
            match result {
                csv_core::ReadRecordResult::OutputFull => self.output.resize(self.output.len() * 2, 0),
                csv_core::ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                csv_core::ReadRecordResult::InputEmpty if consumed < input.len() => {}
                // Empty input says: that was all.
                csv_core::ReadRecordResult::InputEmpty => {
                    let (_, _, wrote, ends) =
                        self.parser.read_record(&[], &mut self.output[written..], &mut self.ends[ended..]);
                    written += wrote;
                    ended += ends;
                    break;
                }
                csv_core::ReadRecordResult::Record | csv_core::ReadRecordResult::End => break,
            }
        }
        let mut start = 0;
        record.fields.truncate(ended);
        for (index, end) in self.ends[..ended].iter().enumerate() {
            let text = String::from_utf8_lossy(&self.output[start..*end]);
            match record.fields.get_mut(index) {
                Some(field) => {
                    field.clear();
                    field.push_str(&text);
                }
                None => record.fields.push(text.into_owned()),
            }
            start = *end;
        }
        debug_assert!(written >= start);
    }
}

/// Whether the text ends inside a quoted field. A quote opens a field only at its beginning, as in `a 5" pipe`.
fn is_inside_quotes(text: &str, delimiter: u8) -> bool {
    let mut bytes = text.bytes().peekable();
    let mut at_start = true;
    let mut quoted = false;
    while let Some(byte) = bytes.next() {
        if quoted {
            if byte == b'"' {
                if bytes.peek() == Some(&b'"') {
                    bytes.next();
                } else {
                    quoted = false;
                }
            }
            continue;
        }
        quoted = byte == b'"' && at_start;
        at_start = byte == delimiter || byte == b'\n';
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_import::text::detect;
    use proptest::prelude::*;

    fn records(text: &str) -> Vec<Record> {
        let mut reader = Records::new(text.as_bytes(), detect(text.as_bytes()), Delimiter::Comma);
        let mut all = Vec::new();
        let mut record = Record::default();
        while reader.next_into(&mut record).unwrap() {
            all.push(record.clone());
        }
        all
    }

    fn fields(text: &str) -> Vec<Vec<String>> {
        records(text).into_iter().map(|r| r.fields).collect()
    }

    #[test]
    fn quotes_line_breaks_and_ragged_rows() {
        let read = records("a,\"b, c\"\n\"two\nlines\",\"he said \"\"hi\"\"\"\r\nx\n\n1,2,3\n");
        let shown: Vec<_> = read.iter().map(|r| (r.line, r.fields.join("|"))).collect();
        assert_eq!(
            shown,
            [
                (1, "a|b, c".into()),
                (2, "two\nlines|he said \"hi\"".into()),
                (4, "x".into()),
                (5, String::new()),
                (6, "1|2|3".into())
            ]
        );
    }

    #[test]
    fn an_open_quote_spoils_one_line_only() {
        let text = format!("a,\"oops\n{}", "1,2\n".repeat(100));
        let read = records(&text);
        assert!(read[0].has_open_quote);
        assert_eq!(read.len(), 101);
        assert!(read[1..].iter().all(|r| !r.has_open_quote && r.fields == ["1", "2"]));
    }

    #[test]
    fn inches_are_no_quotes() {
        assert_eq!(fields("5\" pipe,1\n6\" pipe,2\n"), [["5\" pipe", "1"], ["6\" pipe", "2"]]);
    }

    proptest! {
        #[test]
        fn what_a_writer_quotes_is_read_back(rows in prop::collection::vec(prop::collection::vec("[a-z\", é\n]{0,8}", 2..5), 1..8)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(fields(&text), rows);
        }
    }
}
