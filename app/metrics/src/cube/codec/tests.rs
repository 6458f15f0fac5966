use super::*;
use crate::testing::{ADS_METRICS, dataset};
use proptest::prelude::*;

proptest! {
    #[test]
    fn decoding_gives_back_what_was_encoded(data in dataset(ADS_METRICS)) {
        let cube = data.to_cube();
        prop_assert_eq!(Cube::decode(&cube.encode()), Ok(cube));
    }

    #[test]
    fn cut_bytes_are_refused(data in dataset(ADS_METRICS), cut in any::<prop::sample::Index>()) {
        let bytes = data.to_cube().encode();
        prop_assert!(Cube::decode(&bytes[..cut.index(bytes.len())]).is_err());
    }

    #[test]
    fn damaged_bytes_never_panic(
        data in dataset(ADS_METRICS),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = data.to_cube().encode();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        // What decodes in spite of the damage must also answer without a panic.
        if let Ok(cube) = Cube::decode(&bytes) {
            let days = DayRange::new(NaiveDate::MIN, NaiveDate::MAX).unwrap();
            for dimension in crate::query::Dimension::ALL {
                let metrics = ADS_METRICS.to_vec();
                let group_by = vec![dimension];
                let level = cube.meta.level;
                cube.query(&crate::query::Query { family: crate::Family::Ads, level, days, group_by, metrics, filters: Vec::new() });
            }
            prop_assert_eq!(Cube::decode(&cube.encode()), Ok(cube));
        }
    }

    #[test]
    fn any_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Cube::decode(&bytes);
        bytes.splice(0..0, *b"WHCB\x02");
        let _ = Cube::decode(&bytes);
    }

    #[test]
    fn blocks_of_any_values_come_back(values in prop::collection::vec(any::<i64>(), 1..50)) {
        let mut out = Writer::with_capacity(0);
        write::block(&mut out, &values);
        let bytes = out.finish();
        let mut back = vec![0; values.len()];
        prop_assert_eq!(read::block(&mut Reader::new(&bytes), &mut back), Ok(()));
        prop_assert_eq!(back, values);
    }
}

#[test]
fn other_bytes_are_named() {
    assert_eq!(Cube::decode(b""), Err(DecodeError::NotACube));
    assert_eq!(Cube::decode(b"<!doctype html>"), Err(DecodeError::NotACube));
    assert_eq!(Cube::decode(b"WHCB\x01"), Err(DecodeError::Version(1)));
    assert_eq!(Cube::decode(b"WHCB"), Err(DecodeError::Truncated(4)));
}

#[test]
fn money_in_cents_takes_few_bytes() {
    let values: Vec<i64> = (0..1024).map(|v| v * 20 * 10_000).collect();
    let mut out = Writer::with_capacity(0);
    write::block(&mut out, &values);
    assert!(out.finish().len() < 1024 * 2 + 8);
}
