//! The hash of a fact's content. It is stored, so it must never change: a change makes every row look restated once.

use crate::columns::{COUNT, Measures};
use crate::currency::Currency;

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const FACTOR: u64 = 0xD6E8_FEB8_6659_FD93;

/// A number for each measure, for ever, and its index among the columns. What a row does not report does not count, so
/// a new column (with a new number, at the end) changes no hash.
const NUMBERS: [(u64, usize); COUNT] = [
    (1, 0),
    (2, 1),
    (3, 2),
    (4, 3),
    (5, 4),
    (6, 5),
    (7, 6),
    (8, 7),
    (9, 8),
    (10, 9),
    (11, 10),
    (12, 11),
    (13, 12),
];

/// Over currency, measures (with which of them are there) and extra fields. 64 bits: two versions of one row are taken
/// for the same with a chance of 2⁻⁶⁴.
pub(crate) fn row_hash(currency: Currency, measures: &Measures, extra: Option<&str>) -> i64 {
    let [a, b, c] = currency.bytes();
    let mut hash = mix(SEED, u64::from_le_bytes([a, b, c, 0, 0, 0, 0, 0]));
    for (number, index) in NUMBERS {
        if let Some(value) = measures.at(index) {
            hash = mix(mix(hash, number), value.cast_unsigned());
        }
    }
    if let Some(text) = extra {
        hash = mix(hash, text.len() as u64);
        for chunk in text.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            hash = mix(hash, u64::from_le_bytes(word));
        }
    }
    hash.cast_signed()
}

/// Folds the 128-bit product, so that each bit of the input reaches each bit of the output.
#[expect(clippy::cast_possible_truncation, reason = "the two halves of the product are taken apart")]
fn mix(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash ^ word ^ FACTOR) * u128::from(hash.rotate_left(32) ^ SEED | 1);
    (product as u64) ^ ((product >> 64) as u64) ^ word.rotate_left(23)
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics::Metric;
    use std::collections::HashSet;

    #[test]
    fn the_hash_is_stored_and_never_changes() {
        let mut measures = Measures::new();
        measures.set(Metric::Clicks, 12).unwrap();
        measures.set(Metric::Spend, 3_400_000).unwrap();
        assert_eq!(row_hash(Currency::EUR, &measures, None), STORED);
    }

    const STORED: i64 = 1_559_057_131_784_220_790;

    #[test]
    fn near_rows_differ() {
        let mut seen = HashSet::new();
        for at in 0..crate::columns::COUNT {
            for value in -2000..2000 {
                let mut measures = Measures::new();
                measures.set_at(at, value);
                assert!(seen.insert(row_hash(Currency::EUR, &measures, None)), "{at} {value}");
            }
        }
        let none = Measures::new();
        for extra in [None, Some(""), Some("{}"), Some("{\"a\":1}"), Some("{\"a\":1}\0")] {
            assert!(seen.insert(row_hash(Currency::EUR, &none, extra)), "{extra:?}");
        }
        assert!(seen.insert(row_hash("USD".parse().unwrap(), &none, None)));
    }
}
