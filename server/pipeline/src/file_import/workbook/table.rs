//! The table that a workbook is written out to: the rows of its sheets, one below the other.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

/// What is written out so far.
pub(super) struct Table {
    out: csv::Writer<BufWriter<File>>,
    /// The row with which all of its sheets begin.
    head: Option<Vec<String>>,
    /// The most cells of a row: workbooks leave out the empty ones at its end.
    width: usize,
    /// Its rows, to tell more of them from the same once again.
    known: HashSet<u64>,
}

/// Rows that are known again; of larger workbooks the first.
const KNOWN_ROWS: usize = 1_000_000;
/// Empty rows in a row that are kept, so that lines have the numbers that people see.
const EMPTY_ROWS: u32 = 1_000;

impl Table {
    pub(super) fn new(path: &Path) -> std::io::Result<Self> {
        let out = csv::WriterBuilder::new().flexible(true).from_writer(BufWriter::new(File::create(path)?));
        Ok(Self { out, head: None, width: 0, known: HashSet::new() })
    }

    pub(super) fn finish(self) -> std::io::Result<()> {
        let mut inner = self.out.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?;
        inner.flush()
    }

    /// Where the next sheet begins.
    pub(super) fn end(&mut self) -> std::io::Result<u64> {
        self.out.flush()?;
        let mut file: &File = self.out.get_ref().get_ref();
        file.stream_position()
    }

    /// Forgets what stands behind a place.
    pub(super) fn cut(&mut self, end: u64) -> std::io::Result<()> {
        self.out.flush()?;
        let mut file: &File = self.out.get_ref().get_ref();
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        Ok(())
    }

    /// Writes a row as wide as the others.
    fn write(&mut self, mut row: Vec<String>) -> std::io::Result<()> {
        self.width = self.width.max(row.len());
        row.resize(self.width.max(1), String::new());
        self.out.write_record(&row).map_err(|error| std::io::Error::other(error.to_string()))
    }

    /// Whether a row stood there before; from now on it does.
    fn knows(&mut self, row: &[String]) -> bool {
        let mut hasher = DefaultHasher::new();
        row.hash(&mut hasher);
        let hash = hasher.finish();
        if self.known.len() < KNOWN_ROWS { !self.known.insert(hash) } else { self.known.contains(&hash) }
    }
}

/// What became of a sheet.
pub(super) enum Appended {
    /// There was nothing in it.
    Nothing,
    /// Its rows stand below those before.
    Rows,
    /// It begins otherwise than the first one.
    Other,
    /// All of its rows stood in sheets before it.
    Copy,
}

/// Gathers cells to rows.
pub(super) struct Rows<'a> {
    table: &'a mut Table,
    is_begun: bool,
    row: Vec<String>,
    number: u32,
    /// Rows below the first one, and those of them that no sheet had before.
    count: u64,
    fresh: u64,
}

impl<'a> Rows<'a> {
    pub(super) fn new(table: &'a mut Table) -> Self {
        Self { table, is_begun: false, row: Vec::new(), number: 0, count: 0, fresh: 0 }
    }

    /// Takes a cell; false when the sheet begins otherwise than the first one.
    pub(super) fn put(&mut self, row: u32, column: u32, text: String) -> std::io::Result<bool> {
        if text.is_empty() {
            return Ok(true);
        }
        if row != self.number && !self.end_row(Some(row))? {
            return Ok(false);
        }
        let column = usize::try_from(column).unwrap_or(0);
        if self.row.len() <= column {
            self.row.resize(column + 1, String::new());
        }
        self.row[column] = text;
        Ok(true)
    }

    /// What the sheet was.
    pub(super) fn end(mut self) -> std::io::Result<Appended> {
        if !self.end_row(None)? {
            return Ok(Appended::Other);
        }
        Ok(match (self.is_begun, self.count, self.fresh) {
            (false, ..) => Appended::Nothing,
            // One row can be the same by chance.
            (true, 2.., 0) => Appended::Copy,
            _ => Appended::Rows,
        })
    }

    /// Ends the row before the next one, or the last.
    fn end_row(&mut self, next: Option<u32>) -> std::io::Result<bool> {
        let row = std::mem::take(&mut self.row);
        let number = std::mem::replace(&mut self.number, next.unwrap_or_default());
        let is_first = !self.is_begun && !row.is_empty();
        if is_first {
            match self.table.head.as_ref() {
                None => self.table.head = Some(row.clone()),
                Some(head) if *head == row => {}
                Some(_) => return Ok(false),
            }
            self.is_begun = true;
        } else if !row.is_empty() {
            self.count += 1;
            self.fresh += u64::from(!self.table.knows(&row));
        }
        let is_empty = row.is_empty();
        if !is_empty {
            self.table.write(row)?;
        }
        let empty = next.map_or(0, |next| next.saturating_sub(number + u32::from(!is_empty)));
        for _ in 0..empty.min(EMPTY_ROWS) {
            self.table.write(Vec::new())?;
        }
        Ok(true)
    }
}
