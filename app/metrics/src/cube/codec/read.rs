//! Reading numbers, texts and blocks, each checked against the end of the bytes.

use super::DecodeError;

/// Longest text that is read.
const LONGEST_TEXT: u64 = 64 * 1024;

/// A place in the bytes.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.remaining() == 0
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let end = self.at.checked_add(count).ok_or(DecodeError::Truncated(self.bytes.len()))?;
        let taken = self.bytes.get(self.at..end).ok_or(DecodeError::Truncated(self.bytes.len()))?;
        self.at = end;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, DecodeError> {
        let byte = self.bytes.get(self.at).copied().ok_or(DecodeError::Truncated(self.at))?;
        self.at += 1;
        Ok(byte)
    }

    pub(super) fn unsigned(&mut self) -> Result<u64, DecodeError> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        let mut value = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                break;
            }
            value |= part << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError::Damaged("a number is too long"))
    }

    /// Zigzag.
    pub(super) fn signed(&mut self) -> Result<i64, DecodeError> {
        let value = self.unsigned()?;
        Ok((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
    }

    /// A number of things that take at least `least` bytes each.
    pub(super) fn count(&mut self, least: usize) -> Result<usize, DecodeError> {
        let count = usize::try_from(self.unsigned()?).ok();
        count
            .filter(|count| count.checked_mul(least).is_some_and(|bytes| bytes <= self.remaining()))
            .ok_or(DecodeError::Truncated(self.bytes.len()))
    }

    pub(super) fn text(&mut self) -> Result<String, DecodeError> {
        let length = self.unsigned()?;
        if length > LONGEST_TEXT {
            return Err(DecodeError::Damaged("a text is too long"));
        }
        let length = usize::try_from(length).map_err(|_| DecodeError::Damaged("a text is too long"))?;
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| DecodeError::Damaged("a text is not UTF-8"))
    }
}

/// Fills a block of values.
pub(super) fn block(input: &mut Reader<'_>, values: &mut [i64]) -> Result<(), DecodeError> {
    let head = input.byte()?;
    let (exponent, width) = (head >> 4, head & 0x0f);
    if exponent > 6 || width > 8 {
        return Err(DecodeError::Damaged("unknown form of a block"));
    }
    let factor = 10_i64.pow(u32::from(exponent));
    let least = input.signed()?;
    let bytes = input.take(values.len() * usize::from(width))?;
    match width {
        0 => values.fill(least),
        1 => widen::<1>(values, bytes, least),
        2 => widen::<2>(values, bytes, least),
        3 => widen::<3>(values, bytes, least),
        4 => widen::<4>(values, bytes, least),
        5 => widen::<5>(values, bytes, least),
        6 => widen::<6>(values, bytes, least),
        7 => widen::<7>(values, bytes, least),
        _ => widen::<8>(values, bytes, least),
    }
    if factor == 1 {
        return Ok(());
    }
    for value in values {
        *value = value.checked_mul(factor).ok_or(DecodeError::Damaged("a value is too large"))?;
    }
    Ok(())
}

fn widen<const WIDTH: usize>(values: &mut [i64], bytes: &[u8], least: i64) {
    for (value, bytes) in values.iter_mut().zip(bytes.chunks_exact(WIDTH)) {
        let mut word = [0_u8; 8];
        word[..WIDTH].copy_from_slice(bytes);
        *value = least.wrapping_add(i64::from_le_bytes(word));
    }
}
