//! Excel workbooks among the files: written out as CSV when they arrive, and from then on files like all others.
//!
//! Numbers are written as the cell holds them, with a point and no grouping; days in the form of ISO 8601; what a cell
//! only looks like (`5.40 %`, `$ 3`) is not in it.

mod table;

use super::analyse::names_metrics;
use calamine::{Data, DataRef, ExcelDateTime, Ods, Reader, SheetType, SheetVisible, Sheets, Xls, Xlsb, Xlsx};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use table::{Appended, Rows, Table};

/// Unpacked bytes that a workbook may have: more than any export, less than what would fill the memory with texts.
const LARGEST: u64 = 2 << 30;

/// How workbooks begin: a ZIP archive, and the compound files of Excel 97.
const MAGIC: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"];

/// Why a workbook can't be written out.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// It is another archive, protected by a password, or damaged.
    #[error("it can't be opened: {0}")]
    Unreadable(String),
    /// More than [`LARGEST`] bytes when unpacked.
    #[error("it is larger than two gigabytes when unpacked")]
    TooLarge,
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Whether a file begins like a workbook.
///
/// # Errors
/// What the file system says.
pub fn looks_like_one(path: &Path) -> std::io::Result<bool> {
    let mut start = [0; 4];
    let mut file = File::open(path)?;
    let count = file.read(&mut start)?;
    Ok(MAGIC.iter().any(|magic| start[..count].starts_with(magic)))
}

/// Where the notes on a workbook are kept that was written out to `csv`.
pub fn notes_path(csv: &Path) -> PathBuf {
    let mut name = csv.as_os_str().to_owned();
    // A name that nobody's own file beside an imported one has.
    name.push(".windhover-notes");
    PathBuf::from(name)
}

/// The notes on a workbook that was written out to `csv`; none for other files.
pub fn notes(csv: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(notes_path(csv)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Writes a workbook's table to `csv`: its first visible sheet with names of metrics (without any, the first that holds
/// anything), and under it the sheets that begin with the same row. What was left out is noted beside it.
///
/// # Errors
/// When the file is no workbook that can be read; then `csv` holds nothing of use.
pub fn write_out(workbook: &Path, csv: &Path) -> Result<(), WorkbookError> {
    let mut sheets = open(workbook)?;
    let names: Vec<String> = sheets
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut table = Table::new(csv)?;
    let (mut read, mut skipped, mut copies) = (Vec::new(), Vec::new(), Vec::new());
    let covers = covers(&mut sheets, &names)?;
    for name in names {
        if covers.contains(&name) {
            skipped.push(name);
            continue;
        }
        let end = table.end()?;
        match append(&mut sheets, &name, &mut table)? {
            Appended::Nothing => {}
            Appended::Rows => read.push(name),
            Appended::Other => {
                table.cut(end)?;
                skipped.push(name);
            }
            Appended::Copy => {
                table.cut(end)?;
                copies.push(name);
            }
        }
    }
    table.finish()?;
    let mut notes = Vec::new();
    if read.len() > 1 {
        notes.push(format!("The sheets {} were read one after the other.", quoted(&read)));
    }
    if let (false, Some(first)) = (skipped.is_empty(), read.first()) {
        notes.push(format!("Of the workbook only the sheet “{first}” was read; not {}.", quoted(&skipped)));
    }
    if !copies.is_empty() {
        notes.push(format!(
            "Left out, because all of its rows stand in the sheets before it, too: {}.",
            quoted(&copies)
        ));
    }
    std::fs::write(notes_path(csv), notes.join("\n"))?;
    Ok(())
}

/// Rows of a sheet among which the names of its columns are looked for.
const HEAD_ROWS: usize = 40;

/// The sheets with texts before the first one that has a table of metrics: a cover, a list of filters.
fn covers(sheets: &mut Sheets<BufReader<File>>, names: &[String]) -> Result<Vec<String>, WorkbookError> {
    let mut covers = Vec::new();
    for name in names {
        let rows = head_rows(sheets, name)?;
        let is_empty = rows.is_empty();
        if rows.into_iter().any(names_metrics) {
            return Ok(covers);
        }
        if !is_empty {
            covers.push(name.clone());
        }
    }
    // No sheet is better than the first.
    Ok(Vec::new())
}

/// The texts of a sheet's first rows.
fn head_rows(sheets: &mut Sheets<BufReader<File>>, name: &str) -> Result<Vec<Vec<String>>, WorkbookError> {
    let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    if let Sheets::Xlsx(workbook) = sheets {
        let mut cells = workbook.worksheet_cells_reader(name).map_err(unreadable)?;
        while let Some(cell) = cells.next_cell().map_err(unreadable)? {
            let (row, text) = (cell.get_position().0, text_of(cell.get_value()));
            if rows.len() == HEAD_ROWS && !rows.contains_key(&row) {
                break;
            }
            if !text.is_empty() {
                rows.entry(row).or_default().push(text);
            }
        }
    } else {
        let range = sheets.worksheet_range(name).map_err(unreadable)?;
        for (number, row) in (0..).zip(range.rows()).take(HEAD_ROWS) {
            let texts = row.iter().map(|cell| text_of(&data_ref(cell))).filter(|text| !text.is_empty());
            rows.insert(number, texts.collect());
        }
        rows.retain(|_, texts| !texts.is_empty());
    }
    Ok(rows.into_values().collect())
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("“{name}”")).collect();
    names.join(", ")
}

fn unreadable(error: impl std::fmt::Display) -> WorkbookError {
    WorkbookError::Unreadable(error.to_string())
}

/// Opens a workbook by what is in it: uploads have no names.
fn open(path: &Path) -> Result<Sheets<BufReader<File>>, WorkbookError> {
    let file = || Ok::<_, std::io::Error>(BufReader::new(File::open(path)?));
    let Some(names) = archive_names(file()?)? else {
        return Ok(Sheets::Xls(Xls::new(file()?).map_err(unreadable)?));
    };
    let has = |name: &str| names.iter().any(|found| found.eq_ignore_ascii_case(name));
    Ok(if has("xl/workbook.bin") {
        Sheets::Xlsb(Xlsb::new(file()?).map_err(unreadable)?)
    } else if has("content.xml") {
        Sheets::Ods(Ods::new(file()?).map_err(unreadable)?)
    } else {
        Sheets::Xlsx(Xlsx::new(file()?).map_err(unreadable)?)
    })
}

/// The names in an archive; none when it is no archive. A small one can unpack to anything: its own list says to how
/// much.
fn archive_names(mut file: BufReader<File>) -> Result<Option<Vec<String>>, WorkbookError> {
    let mut magic = [0; 4];
    file.read_exact(&mut magic)?;
    if magic != MAGIC[0] {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(0))?;
    let mut archive = zip::ZipArchive::new(file).map_err(unreadable)?;
    let mut sum: u64 = 0;
    for at in 0..archive.len() {
        sum = sum.saturating_add(archive.by_index_raw(at).map_err(unreadable)?.size());
    }
    if sum > LARGEST {
        return Err(WorkbookError::TooLarge);
    }
    Ok(Some(archive.file_names().flatten().map(std::borrow::Cow::into_owned).collect()))
}

/// Appends a sheet, unless it begins otherwise than the first one did.
fn append(
    sheets: &mut Sheets<BufReader<File>>,
    name: &str,
    table: &mut Table,
) -> Result<Appended, WorkbookError> {
    let mut rows = Rows::new(table);
    if let Sheets::Xlsx(workbook) = sheets {
        // Cell by cell: a sheet may be larger than the memory.
        let mut cells = workbook.worksheet_cells_reader(name).map_err(unreadable)?;
        while let Some(cell) = cells.next_cell().map_err(unreadable)? {
            let (row, column) = cell.get_position();
            if !rows.put(row, column, text_of(cell.get_value()))? {
                return Ok(Appended::Other);
            }
        }
    } else {
        let range = sheets.worksheet_range(name).map_err(unreadable)?;
        let (first_row, first_column) = range.start().unwrap_or_default();
        for (row, column, cell) in range.used_cells() {
            let at = |first: u32, offset: usize| first + u32::try_from(offset).unwrap_or(u32::MAX);
            let text = text_of(&data_ref(cell));
            if !rows.put(at(first_row, row), at(first_column, column), text)? {
                return Ok(Appended::Other);
            }
        }
    }
    Ok(rows.end()?)
}

fn data_ref(data: &Data) -> DataRef<'_> {
    match data {
        Data::Int(n) => DataRef::Int(*n),
        Data::Float(n) => DataRef::Float(*n),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(on) => DataRef::Bool(*on),
        Data::DateTime(at) => DataRef::DateTime(*at),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

fn text_of(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) => number(*n),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(on) => if *on { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(at) => moment(*at),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// A number with the fifteen digits that Excel keeps.
fn number(value: f64) -> String {
    let kept: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    let text = kept.to_string();
    // `1.234` alone could be a thousand as people in half of Europe write it; `1.2340` could not.
    match text.trim_start_matches('-').split_once('.') {
        Some((whole, part)) if part.len() == 3 && whole.len() <= 3 => format!("{text}0"),
        _ => text,
    }
}

fn moment(at: ExcelDateTime) -> String {
    if !at.is_datetime() {
        return number(at.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) {
        return date;
    }
    format!("{date} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_are_kept() {
        assert_eq!(number(0.1 + 0.2), "0.3");
        assert_eq!(number(1_234.56), "1234.56");
        assert_eq!(number(1.234), "1.2340");
        assert_eq!(number(-12.5), "-12.5");
        assert_eq!(number(12_345_678_901.0), "12345678901");
    }
}
