//! Writing numbers, texts and blocks.

/// Bytes in the making.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push((value & 0x7f) as u8);
    }

    /// Zigzag.
    pub(super) fn signed(&mut self, value: i64) {
        self.unsigned(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    pub(super) fn count(&mut self, count: usize) {
        self.unsigned(count as u64);
    }

    /// At most 64 KiB are kept, cut at a character.
    pub(super) fn text(&mut self, text: &str) {
        let text = &text[..text.floor_char_boundary(64 * 1024)];
        self.count(text.len());
        self.bytes(text.as_bytes());
    }
}

/// Writes a block of values: see the module above for the form.
pub(super) fn block(out: &mut Writer, values: &[i64]) {
    let mut exponent = 0_u8;
    let mut factor = 1_i64;
    while exponent < 6 && values.iter().all(|v| v % (factor * 10) == 0) {
        exponent += 1;
        factor *= 10;
    }
    let least = values.iter().copied().min().unwrap_or(0) / factor;
    let most = values.iter().copied().max().unwrap_or(0) / factor;
    let spread = most.wrapping_sub(least).cast_unsigned();
    let width = u8::try_from((64 - spread.leading_zeros()).div_ceil(8)).unwrap_or(8);
    out.byte(exponent << 4 | width);
    out.signed(least);
    for value in values {
        let offset = (value / factor).wrapping_sub(least);
        out.bytes(&offset.to_le_bytes()[..usize::from(width)]);
    }
}
