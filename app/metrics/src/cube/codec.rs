//! The cube as bytes. Made to be decoded fast and to compress well: whole blocks of values are stored as offsets from
//! their minimum in as few bytes as the block needs, after taking out a common power of ten (money that was never
//! converted has no digits beyond the second decimal). Little-endian; lengths are LEB128 varints.
//!
//! ```text
//! magic "WHCB", version 4
//! meta      family, level, week start, currency, periods, missing rates
//! accounts  id, name, platform, currency, time zone
//! entities  3 × (id as distance from the one before, label, parent, status)
//! paths     account, campaign, ad group, ad (0 = none), number of rows
//! counting  0 where all figures count, else 1 and per path which do: in totals, and told apart
//! days      first day; per path: first offset, then distances
//! columns   metric name, presence, blocks of 1,024 values (exponent, width, minimum, offsets)
//! ```

mod read;
mod write;

use super::{Account, Column, Counting, Cube, CubeMeta, Entity, PathCodes, Presence};
use crate::catalogue::{Family, Metric};
use crate::query::{Level, MissingRate};
use chrono::{Datelike, NaiveDate};
use model::DayRange;
use model::days::WeekStart;
use model::entities::EntityKind;
use model::ids::{AccountId, EntityId};
use read::Reader;
use write::Writer;

const MAGIC: &[u8; 4] = b"WHCB";
const VERSION: u8 = 4;
/// Values per block.
const BLOCK: usize = 1024;

/// Bytes that are not a cube.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Something else than a cube.
    #[error("these bytes are not a cube")]
    NotACube,
    /// Written by another release; reload the page.
    #[error("the cube is of version {0}, this program reads version {VERSION}; reload the page")]
    Version(u8),
    /// The bytes end too early.
    #[error("the cube ends too early, at byte {0}")]
    Truncated(usize),
    /// A part contradicts another.
    #[error("the cube is damaged: {0}")]
    Damaged(&'static str),
}

impl Cube {
    /// As bytes, not compressed.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(self.len() * (self.columns.len() * 2 + 1) + 4096);
        out.bytes(MAGIC);
        out.byte(VERSION);
        encode_meta(&mut out, &self.meta);
        out.count(self.accounts.len());
        for account in &self.accounts {
            out.signed(i64::from(account.id.0));
            for text in [&account.name, &account.platform, &account.currency, &account.time_zone] {
                out.text(text);
            }
        }
        for entities in &self.entities {
            encode_entities(&mut out, entities);
        }
        out.count(self.paths.len());
        for (at, path) in self.paths.iter().enumerate() {
            for code in [path.account, path.campaign, path.ad_group, path.ad] {
                out.unsigned(u64::from(code));
            }
            out.count(self.rows_of(at).len());
        }
        out.byte(u8::from(!self.counting.is_empty()));
        for counting in &self.counting {
            out.unsigned(counting.totals);
            out.unsigned(counting.split);
        }
        out.signed(i64::from(self.first_day.num_days_from_ce()));
        for path in 0..self.paths.len() {
            let mut before = 0;
            for day in &self.days[self.rows_of(path)] {
                out.unsigned(u64::from(day - before));
                before = *day;
            }
        }
        out.count(self.columns.len());
        for column in &self.columns {
            out.text(column.metric.name());
            match &column.presence {
                Presence::All => out.byte(0),
                Presence::Some(bits) => {
                    out.byte(1);
                    out.bytes(bits);
                }
            }
            for block in column.values.chunks(BLOCK) {
                write::block(&mut out, block);
            }
        }
        out.finish()
    }

    /// From bytes that [`Cube::encode`] made.
    ///
    /// # Errors
    /// When the bytes are something else, of another version, cut off or contradictory; never panics and never takes
    /// more memory than some multiple of the bytes given.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut input = Reader::new(bytes);
        if input.take(MAGIC.len()).map_err(|_| DecodeError::NotACube)? != MAGIC {
            return Err(DecodeError::NotACube);
        }
        let version = input.byte()?;
        if version != VERSION {
            return Err(DecodeError::Version(version));
        }
        let meta = decode_meta(&mut input)?;
        let accounts = decode_accounts(&mut input)?;
        let entities =
            [decode_entities(&mut input)?, decode_entities(&mut input)?, decode_entities(&mut input)?];
        let (paths, starts) = decode_paths(&mut input, &accounts, &entities)?;
        let counting = decode_counting(&mut input, paths.len())?;
        let first_day = input.day()?;
        let days = decode_days(&mut input, &starts)?;
        if first_day.checked_add_days(chrono::Days::new(u64::from(u16::MAX))).is_none() {
            return Err(DecodeError::Damaged("the first day is out of range"));
        }
        let columns = decode_columns(&mut input, days.len())?;
        if !input.is_at_end() {
            return Err(DecodeError::Damaged("there are bytes after the end"));
        }
        Ok(Self { meta, first_day, accounts, entities, paths, counting, starts, days, columns })
    }
}

fn encode_meta(out: &mut Writer, meta: &CubeMeta) {
    out.text(meta.family.name());
    match meta.level {
        Level::Campaign => out.byte(0),
        Level::AdGroup => out.byte(1),
        Level::Ad => out.byte(2),
        Level::Only(kind) => {
            out.byte(3);
            out.text(kind.name());
        }
    }
    out.byte(match meta.week_start {
        WeekStart::Monday => 0,
        WeekStart::Sunday => 1,
        WeekStart::Saturday => 2,
    });
    out.text(&meta.currency);
    out.count(meta.periods.len());
    for days in &meta.periods {
        out.signed(i64::from(days.from().num_days_from_ce()));
        out.unsigned(u64::from(days.len()));
    }
    out.count(meta.missing_rates.len());
    for rate in &meta.missing_rates {
        out.text(&rate.currency);
        out.signed(i64::from(rate.from.num_days_from_ce()));
        out.signed(i64::from(rate.until.num_days_from_ce()));
    }
}

fn decode_meta(input: &mut Reader<'_>) -> Result<CubeMeta, DecodeError> {
    let family =
        Family::from_name(&input.text()?).ok_or(DecodeError::Damaged("unknown family of figures"))?;
    let level = match input.byte()? {
        0 => Level::Campaign,
        1 => Level::AdGroup,
        2 => Level::Ad,
        3 => EntityKind::from_name(&input.text()?)
            .map(Level::Only)
            .ok_or(DecodeError::Damaged("unknown kind of things"))?,
        _ => return Err(DecodeError::Damaged("unknown level")),
    };
    let week_start = match input.byte()? {
        0 => WeekStart::Monday,
        1 => WeekStart::Sunday,
        2 => WeekStart::Saturday,
        _ => return Err(DecodeError::Damaged("unknown first day of the week")),
    };
    let currency = input.text()?;
    let mut periods = Vec::new();
    for _ in 0..input.count(2)? {
        let from = input.day()?;
        let more = input.unsigned()?.checked_sub(1).ok_or(DecodeError::Damaged("a period without days"))?;
        let until = from.checked_add_days(chrono::Days::new(more.min(4_000_000_000)));
        let days = until.and_then(|until| DayRange::new(from, until).ok());
        periods.push(days.ok_or(DecodeError::Damaged("a period ends beyond the calendar"))?);
    }
    let mut missing_rates = Vec::new();
    for _ in 0..input.count(3)? {
        missing_rates.push(MissingRate { currency: input.text()?, from: input.day()?, until: input.day()? });
    }
    Ok(CubeMeta { family, level, week_start, currency, periods, missing_rates })
}

fn decode_accounts(input: &mut Reader<'_>) -> Result<Vec<Account>, DecodeError> {
    let count = input.count(5)?;
    let mut accounts: Vec<Account> = Vec::with_capacity(count);
    for _ in 0..count {
        let id =
            i32::try_from(input.signed()?).map_err(|_| DecodeError::Damaged("an account id is too large"))?;
        let id = AccountId(id);
        if accounts.last().is_some_and(|before| before.id >= id) {
            return Err(DecodeError::Damaged("accounts are out of order"));
        }
        let (name, platform) = (input.text()?, input.text()?);
        let (currency, time_zone) = (input.text()?, input.text()?);
        accounts.push(Account { id, name, platform, currency, time_zone });
    }
    Ok(accounts)
}

fn encode_entities(out: &mut Writer, entities: &[Entity]) {
    out.count(entities.len());
    let mut before = 0_i64;
    for entity in entities {
        out.signed(entity.id.0.wrapping_sub(before));
        before = entity.id.0;
        out.text(&entity.label);
        out.byte(u8::from(entity.parent.is_some()));
        if let Some(parent) = entity.parent {
            out.signed(parent.0);
        }
        out.text(&entity.status);
    }
}

fn decode_entities(input: &mut Reader<'_>) -> Result<Vec<Entity>, DecodeError> {
    let count = input.count(4)?;
    let mut entities: Vec<Entity> = Vec::with_capacity(count);
    let mut before = 0_i64;
    for _ in 0..count {
        let id = EntityId(before.wrapping_add(input.signed()?));
        if entities.last().is_some_and(|before| before.id >= id) {
            return Err(DecodeError::Damaged("entities are out of order"));
        }
        before = id.0;
        let label = input.text()?;
        let parent = match input.byte()? {
            0 => None,
            _ => Some(EntityId(input.signed()?)),
        };
        entities.push(Entity { id, label, parent, status: input.text()? });
    }
    Ok(entities)
}

fn decode_paths(
    input: &mut Reader<'_>,
    accounts: &[Account],
    entities: &[Vec<Entity>; 3],
) -> Result<(Vec<PathCodes>, Vec<u32>), DecodeError> {
    let count = input.count(5)?;
    let mut paths = Vec::with_capacity(count);
    let mut starts = Vec::with_capacity(count + 1);
    let mut rows = 0_u32;
    starts.push(0);
    let [campaigns, ad_groups, ads] = entities;
    for _ in 0..count {
        let mut code = |members: usize| -> Result<u32, DecodeError> {
            let code = u32::try_from(input.unsigned()?).ok().filter(|code| (*code as usize) < members);
            code.ok_or(DecodeError::Damaged("a row belongs to an unknown member"))
        };
        let account = code(accounts.len())?;
        let (campaign, ad_group) = (code(campaigns.len() + 1)?, code(ad_groups.len() + 1)?);
        paths.push(PathCodes { account, campaign, ad_group, ad: code(ads.len() + 1)? });
        let more = u32::try_from(input.unsigned()?).ok();
        rows = more.and_then(|more| rows.checked_add(more)).ok_or(DecodeError::Damaged("too many rows"))?;
        starts.push(rows);
    }
    Ok((paths, starts))
}

fn decode_counting(input: &mut Reader<'_>, paths: usize) -> Result<Vec<Counting>, DecodeError> {
    if input.byte()? == 0 {
        return Ok(Vec::new());
    }
    (0..paths).map(|_| Ok(Counting { totals: input.unsigned()?, split: input.unsigned()? })).collect()
}

fn decode_days(input: &mut Reader<'_>, starts: &[u32]) -> Result<Vec<u16>, DecodeError> {
    let rows = starts.last().copied().unwrap_or(0) as usize;
    if rows > input.remaining() {
        return Err(DecodeError::Damaged("more rows than bytes"));
    }
    let mut days = Vec::with_capacity(rows);
    for run in starts.windows(2) {
        let mut day = 0_u16;
        for row in run[0]..run[1] {
            let step = input.unsigned()?;
            if step == 0 && row > run[0] {
                return Err(DecodeError::Damaged("two rows of one place on one day"));
            }
            let next = u16::try_from(step).ok().and_then(|step| day.checked_add(step));
            day = next.ok_or(DecodeError::Damaged("a day is out of range"))?;
            days.push(day);
        }
    }
    Ok(days)
}

fn decode_columns(input: &mut Reader<'_>, rows: usize) -> Result<Vec<Column>, DecodeError> {
    let count = input.count(2)?;
    let mut columns: Vec<Column> = Vec::new();
    for _ in 0..count {
        let metric = Metric::from_name(&input.text()?).ok_or(DecodeError::Damaged("unknown metric"))?;
        if columns.iter().any(|c| c.metric == metric) {
            return Err(DecodeError::Damaged("a metric occurs twice"));
        }
        let presence = match input.byte()? {
            0 => Presence::All,
            1 => Presence::Some(input.take(rows.div_ceil(8))?.to_vec()),
            _ => return Err(DecodeError::Damaged("unknown presence")),
        };
        let mut values = vec![0_i64; rows];
        for block in values.chunks_mut(BLOCK) {
            read::block(input, block)?;
        }
        if !super::build::sums_are_exact(&values) {
            return Err(DecodeError::Damaged("values are too large to be summed exactly"));
        }
        columns.push(Column { metric, presence, values });
    }
    Ok(columns)
}

impl Reader<'_> {
    fn day(&mut self) -> Result<NaiveDate, DecodeError> {
        let number = i32::try_from(self.signed()?).ok();
        number
            .and_then(NaiveDate::from_num_days_from_ce_opt)
            .ok_or(DecodeError::Damaged("a day is out of range"))
    }
}

#[cfg(test)]
mod tests;
