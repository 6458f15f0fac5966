//! PostgreSQL's binary COPY format: <https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.4>
//!
//! A COPY must be run to its end. sqlx 0.9 does not count its answer as outstanding, so a connection whose COPY was
//! dropped in the middle goes back to the pool with messages that the next query takes for its own. Whoever calls from
//! a request, which ends when its browser goes away, does it in a task of its own.

use crate::error::LoadError;
use bytes::{Buf, BytesMut};
use chrono::NaiveDate;
use futures_util::TryStreamExt;
use sqlx::PgConnection;
use sqlx::postgres::PgCopyIn;

const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
/// Large enough that a message costs nothing, small enough that PostgreSQL works while the next one is written.
const CHUNK: usize = 128 * 1024;

/// Days are stored as days since then.
pub(crate) const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a date");

/// Days since 2000-01-01, PostgreSQL's own form of a date.
pub(crate) fn day_number(day: NaiveDate) -> i32 {
    i32::try_from((day - EPOCH).num_days()).unwrap_or(i32::MAX)
}

/// The day of that number. Numbers come from [`day_number`] or the database, so they are in range.
pub(crate) fn day_of(number: i32) -> NaiveDate {
    EPOCH.checked_add_signed(chrono::TimeDelta::days(i64::from(number))).unwrap_or(NaiveDate::MAX)
}

/// Writes rows with `COPY … FROM STDIN (FORMAT BINARY)`. Dropped without [`Writer::finish`], the copy fails.
pub(crate) struct Writer<'c> {
    copy: PgCopyIn<&'c mut PgConnection>,
    buffer: Vec<u8>,
}

impl<'c> Writer<'c> {
    /// `columns` as in the statement; the number of fields of each row must be the same.
    pub(crate) async fn begin(
        tx: &'c mut PgConnection,
        table: &str,
        columns: &str,
    ) -> Result<Self, LoadError> {
        let copy = tx.copy_in_raw(&format!("COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)")).await?;
        let mut buffer = Vec::with_capacity(CHUNK + 4096);
        buffer.extend_from_slice(SIGNATURE);
        buffer.extend_from_slice(&[0; 8]);
        Ok(Self { copy, buffer })
    }

    /// Starts a row with that many fields.
    pub(crate) fn row(&mut self, fields: i16) {
        self.buffer.extend_from_slice(&fields.to_be_bytes());
    }

    pub(crate) fn null(&mut self) {
        self.buffer.extend_from_slice(&(-1_i32).to_be_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(&length(bytes.len()).to_be_bytes());
        self.buffer.extend_from_slice(bytes);
    }

    pub(crate) fn int2(&mut self, value: i16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn int4(&mut self, value: i32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn int8(&mut self, value: i64) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn int8_or_null(&mut self, value: Option<i64>) {
        match value {
            Some(value) => self.int8(value),
            None => self.null(),
        }
    }

    /// JSON text for a `jsonb` column.
    pub(crate) fn jsonb(&mut self, text: Option<&str>) {
        let Some(text) = text else { return self.null() };
        self.buffer.extend_from_slice(&length(text.len() + 1).to_be_bytes());
        self.buffer.push(1);
        self.buffer.extend_from_slice(text.as_bytes());
    }

    /// Ends a row; sends when enough has gathered.
    pub(crate) async fn end_row(&mut self) -> Result<(), LoadError> {
        if self.buffer.len() >= CHUNK {
            self.copy.send(self.buffer.as_slice()).await?;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Ends the copy; answers the number of rows stored.
    pub(crate) async fn finish(mut self) -> Result<u64, LoadError> {
        self.buffer.extend_from_slice(&(-1_i16).to_be_bytes());
        self.copy.send(self.buffer.as_slice()).await?;
        Ok(self.copy.finish().await?)
    }
}

fn length(bytes: usize) -> i32 {
    // Fields are ids, names and JSON of one row: nowhere near two gigabytes.
    i32::try_from(bytes).unwrap_or(i32::MAX)
}

/// One row as it came.
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The next field; `None` is NULL.
    pub(crate) fn next(&mut self) -> Result<Option<&'a [u8]>, LoadError> {
        let (length, rest) = self.0.split_first_chunk::<4>().ok_or(SHORT)?;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            self.0 = rest;
            return Ok(None);
        };
        let (field, rest) = rest.split_at_checked(length).ok_or(SHORT)?;
        self.0 = rest;
        Ok(Some(field))
    }

    fn fixed<const N: usize>(&mut self) -> Result<Option<[u8; N]>, LoadError> {
        match self.next()? {
            None => Ok(None),
            Some(field) => {
                field.try_into().map(Some).map_err(|_| LoadError::Protocol("a field of another length"))
            }
        }
    }

    pub(crate) fn int4(&mut self) -> Result<i32, LoadError> {
        self.fixed().and_then(|f| f.map(i32::from_be_bytes).ok_or(NULL))
    }

    pub(crate) fn int4_or_null(&mut self) -> Result<Option<i32>, LoadError> {
        Ok(self.fixed()?.map(i32::from_be_bytes))
    }

    pub(crate) fn int8(&mut self) -> Result<i64, LoadError> {
        self.fixed().and_then(|f| f.map(i64::from_be_bytes).ok_or(NULL))
    }

    pub(crate) fn int8_or_null(&mut self) -> Result<Option<i64>, LoadError> {
        Ok(self.fixed()?.map(i64::from_be_bytes))
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, LoadError> {
        self.text_or_null()?.ok_or(NULL)
    }

    pub(crate) fn text_or_null(&mut self) -> Result<Option<&'a str>, LoadError> {
        match self.next()? {
            None => Ok(None),
            Some(field) => {
                std::str::from_utf8(field).map(Some).map_err(|_| LoadError::Protocol("text is no UTF-8"))
            }
        }
    }

    /// A `char(3)` with a currency code.
    pub(crate) fn currency(&mut self) -> Result<crate::Currency, LoadError> {
        self.fixed().and_then(|f| f.map(crate::Currency::from_stored).ok_or(NULL))
    }
}

const SHORT: LoadError = LoadError::Protocol("a row is cut off");
const NULL: LoadError = LoadError::Protocol("a value is missing");

/// Runs `COPY (query) TO STDOUT (FORMAT BINARY)` and hands each row to `each`. COPY takes no parameters: the query must
/// be made of numbers, days and words of our own.
pub(crate) async fn read(
    tx: &mut PgConnection,
    query: &str,
    mut each: impl FnMut(Fields<'_>) -> Result<(), LoadError>,
) -> Result<(), LoadError> {
    let statement = format!("COPY ({query}) TO STDOUT (FORMAT BINARY)");
    let mut stream = tx.copy_out_raw(&statement).await?;
    let mut pending = BytesMut::new();
    let mut is_open = false;
    let mut failed = None;
    // Read to the end even after an error: the connection is of no use before.
    while let Some(chunk) = stream.try_next().await? {
        if failed.is_some() {
            continue;
        }
        let result = if pending.is_empty() {
            let mut bytes = &chunk[..];
            let result = rows(&mut bytes, &mut is_open, &mut each);
            pending.extend_from_slice(bytes);
            result
        } else {
            pending.extend_from_slice(&chunk);
            let mut bytes = &pending[..];
            let result = rows(&mut bytes, &mut is_open, &mut each);
            let used = pending.len() - bytes.len();
            pending.advance(used);
            result
        };
        failed = result.err();
    }
    match failed {
        None if pending.is_empty() => Ok(()),
        None => Err(SHORT),
        Some(error) => Err(error),
    }
}

/// Takes whole rows off the front of `bytes`.
fn rows(
    bytes: &mut &[u8],
    is_open: &mut bool,
    each: &mut impl FnMut(Fields<'_>) -> Result<(), LoadError>,
) -> Result<(), LoadError> {
    if !*is_open {
        let Some((header, rest)) = bytes.split_at_checked(19) else { return Ok(()) };
        if &header[..11] != SIGNATURE {
            return Err(LoadError::Protocol("no COPY data"));
        }
        *is_open = true;
        *bytes = rest;
    }
    while let Some((count, rest)) = bytes.split_first_chunk::<2>() {
        let count = i16::from_be_bytes(*count);
        if count < 0 {
            *bytes = rest;
            return Ok(());
        }
        let mut end = 0;
        for _ in 0..count {
            let Some(length) = rest.get(end..end + 4) else { return Ok(()) };
            let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
            end += 4 + usize::try_from(length).unwrap_or(0);
        }
        let Some((row, rest)) = rest.split_at_checked(end) else { return Ok(()) };
        each(Fields(row))?;
        *bytes = rest;
    }
    Ok(())
}
