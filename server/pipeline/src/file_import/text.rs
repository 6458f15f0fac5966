//! From bytes to text: the encoding is found, and a file whose lines have different ones is read all the same.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{BufRead, BufReader, Read};

/// How the bytes of a file become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-16 in either byte order.
    Utf16(&'static Encoding),
    /// Each line is UTF-8 if it can be, else in the fallback.
    Lines {
        /// For lines that are no UTF-8.
        fallback: &'static Encoding,
        /// Whether UTF-8 lines with more than ASCII were seen, too.
        is_utf8: bool,
    },
}

impl TextEncoding {
    /// The WHATWG name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf16(encoding) => encoding.name(),
            Self::Lines { is_utf8: true, .. } => UTF_8.name(),
            Self::Lines { fallback, .. } => fallback.name(),
        }
    }

    /// The encoding with that name; none when the name is unknown.
    pub fn from_name(name: &str) -> Option<Self> {
        let encoding = Encoding::for_label(name.as_bytes())?;
        Some(if encoding == UTF_16LE || encoding == UTF_16BE {
            Self::Utf16(encoding)
        } else if encoding == UTF_8 {
            Self::Lines { fallback: WINDOWS_1252, is_utf8: true }
        } else {
            Self::Lines { fallback: encoding, is_utf8: false }
        })
    }
}

/// Finds the encoding from the beginning of a file (64 KB or more tell it well).
pub fn detect(sample: &[u8]) -> TextEncoding {
    if let Some((encoding, _)) = Encoding::for_bom(sample) {
        return if encoding == UTF_8 {
            TextEncoding::Lines { fallback: WINDOWS_1252, is_utf8: true }
        } else {
            TextEncoding::Utf16(encoding)
        };
    }
    // Text without a byte order mark, but with a zero in nearly every second byte.
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).take(2000).filter(|b| **b == 0).count();
    let half = sample.len().min(4000) / 2;
    if half > 4 {
        if zeros(1) * 10 > half * 8 {
            return TextEncoding::Utf16(UTF_16LE);
        }
        if zeros(0) * 10 > half * 8 {
            return TextEncoding::Utf16(UTF_16BE);
        }
    }
    let has_utf8 =
        sample.split(|b| *b == b'\n').any(|line| !line.is_ascii() && std::str::from_utf8(line).is_ok());
    let has_other = sample.split_inclusive(|b| *b == b'\n').any(|line| {
        // The sample may end inside a character.
        line.ends_with(b"\n") && std::str::from_utf8(line).is_err()
    });
    if has_utf8 || !has_other {
        return TextEncoding::Lines { fallback: WINDOWS_1252, is_utf8: true };
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    TextEncoding::Lines { fallback: detector.guess(None, chardetng::Utf8Detection::Deny), is_utf8: false }
}

/// Physical lines of text with their numbers from 1, without line ends. Counts lines that needed the fallback.
pub struct Lines<R> {
    source: Source<R>,
    number: u64,
    /// Lines that were no UTF-8.
    pub other_lines: u64,
    buffer: Vec<u8>,
    // Carriage return in files of old Macs (and of spreadsheets that still write so), else line feed.
    line_end: Option<u8>,
}

enum Source<R> {
    Bytes { reader: BufReader<R>, fallback: &'static Encoding },
    Utf16(BufReader<Utf16Reader<R>>),
}

/// A physical line may not be longer than this: a binary file has no line ends, and memory must stay bounded.
const LONGEST_LINE: usize = 4 * 1024 * 1024;

impl<R: Read> Lines<R> {
    /// Reads text from bytes.
    pub fn new(reader: R, encoding: TextEncoding) -> Self {
        let source = match encoding {
            TextEncoding::Lines { fallback, .. } => {
                Source::Bytes { reader: BufReader::with_capacity(256 * 1024, reader), fallback }
            }
            TextEncoding::Utf16(encoding) => {
                Source::Utf16(BufReader::new(Utf16Reader::new(reader, encoding)))
            }
        };
        Self { source, number: 0, other_lines: 0, buffer: Vec::new(), line_end: None }
    }

    /// Appends the next line to `into` and answers its number; none at the end.
    ///
    /// # Errors
    /// When reading fails or a line is longer than 4 MB.
    pub fn next_into(&mut self, into: &mut String) -> std::io::Result<Option<u64>> {
        self.buffer.clear();
        let limit = LONGEST_LINE as u64;
        let line_end = self.line_end()?;
        let read = match &mut self.source {
            Source::Bytes { reader, .. } => reader.take(limit).read_until(line_end, &mut self.buffer)?,
            Source::Utf16(reader) => reader.take(limit).read_until(line_end, &mut self.buffer)?,
        };
        if read == 0 {
            return Ok(None);
        }
        if read >= LONGEST_LINE {
            return Err(std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                format!("line {} is longer than 4 MB: this is no table of text", self.number + 1),
            ));
        }
        self.number += 1;
        let mut line = self.buffer.as_slice();
        if self.number == 1 {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        line = line.strip_suffix(b"\n").unwrap_or(line);
        line = line.strip_suffix(b"\r").unwrap_or(line);
        match (std::str::from_utf8(line), &self.source) {
            (Ok(text), _) => into.push_str(text),
            (Err(_), Source::Bytes { fallback, .. }) => {
                self.other_lines += 1;
                into.push_str(&fallback.decode_without_bom_handling(line).0);
            }
            (Err(_), Source::Utf16(_)) => into.push_str(&String::from_utf8_lossy(line)),
        }
        Ok(Some(self.number))
    }
}

impl<R: Read> Lines<R> {
    fn line_end(&mut self) -> std::io::Result<u8> {
        if let Some(known) = self.line_end {
            return Ok(known);
        }
        let beginning = match &mut self.source {
            Source::Bytes { reader, .. } => reader.fill_buf()?,
            Source::Utf16(reader) => reader.fill_buf()?,
        };
        let found = if beginning.contains(&b'\r') && !beginning.contains(&b'\n') { b'\r' } else { b'\n' };
        Ok(*self.line_end.insert(found))
    }
}

/// UTF-16 bytes in, UTF-8 bytes out.
struct Utf16Reader<R> {
    reader: R,
    decoder: encoding_rs::Decoder,
    input: Vec<u8>,
    output: Vec<u8>,
    at: usize,
    is_done: bool,
}

impl<R: Read> Utf16Reader<R> {
    fn new(reader: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { reader, decoder, input: vec![0; 64 * 1024], output: Vec::new(), at: 0, is_done: false }
    }
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.output.len() {
            if self.is_done {
                return Ok(0);
            }
            let read = self.reader.read(&mut self.input)?;
            self.is_done = read == 0;
            let room = self.decoder.max_utf8_buffer_length(read).unwrap_or(read * 3 + 16);
            self.output.resize(room, 0);
            let (_, _, written, _) =
                self.decoder.decode_to_utf8(&self.input[..read], &mut self.output, self.is_done);
            self.output.truncate(written);
            self.at = 0;
        }
        let count = into.len().min(self.output.len() - self.at);
        into[..count].copy_from_slice(&self.output[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Vec<String>, &'static str, u64) {
        let encoding = detect(bytes);
        let mut lines = Lines::new(bytes, encoding);
        let mut all = Vec::new();
        let mut line = String::new();
        while lines.next_into(&mut line).unwrap().is_some() {
            all.push(std::mem::take(&mut line));
        }
        (all, encoding.name(), lines.other_lines)
    }

    #[test]
    fn encodings_of_exports() {
        assert_eq!(read("é,1\r\nü,2".as_bytes()), (vec!["é,1".into(), "ü,2".into()], "UTF-8", 0));
        assert_eq!(read(b"\xef\xbb\xbfDay,x\n1,2\n").0, ["Day,x", "1,2"]);
        let (text, name, other) = read(b"K\xf6ln,1\nM\xfcnchen,2\nStra\xdfe,3\n");
        assert_eq!((text[0].as_str(), name, other), ("Köln,1", "windows-1252", 3));
        let utf16: Vec<u8> = "sep=\t\r\nDatum\tÄ\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let with_mark: Vec<u8> = [0xff, 0xfe].into_iter().chain(utf16.iter().copied()).collect();
        assert_eq!(read(&with_mark), (vec!["sep=\t".into(), "Datum\tÄ".into()], "UTF-16LE", 0));
        assert_eq!(read(&utf16).0, ["sep=\t", "Datum\tÄ"], "without a byte order mark");
    }

    #[test]
    fn lines_of_two_encodings_are_both_right() {
        let mut bytes = "Köln,1\n".as_bytes().to_vec();
        bytes.extend_from_slice(b"M\xfcnchen,2\n");
        assert_eq!(read(&bytes), (vec!["Köln,1".into(), "München,2".into()], "UTF-8", 1));
    }

    #[test]
    fn carriage_returns_alone_end_lines() {
        assert_eq!(read(b"Day,x\r1,2\r3,4").0, ["Day,x", "1,2", "3,4"]);
        assert_eq!(read(b"Day,x\r\n1,\"a\rb\"\r\n").0, ["Day,x", "1,\"a\rb\""]);
    }

    #[test]
    fn a_file_without_line_ends_is_refused_in_bounded_memory() {
        let bytes = vec![b'x'; LONGEST_LINE + 10];
        let mut lines = Lines::new(bytes.as_slice(), detect(&bytes[..1000]));
        assert!(lines.next_into(&mut String::new()).unwrap_err().to_string().contains("longer than 4 MB"));
    }
}
