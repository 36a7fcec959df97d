//! One column of whole numbers as bytes. A column says by itself how it lies: all the same, few numbers as differences,
//! or many packed by `pco` after what all have in common (least value, common divisor) is taken out. Times come in whole
//! seconds and positions of JT/T 808 in 1e-6 degree: the divisor saves more than any model would.

use pco::wrapped::{FileCompressor, FileDecompressor};
use pco::{ChunkConfig, DeltaSpec, ModeSpec};

/// How a column's numbers follow each other: which differences are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// Steps of nearly the same length: times.
    Steady,
    /// The next is near the one before: positions, speeds.
    Near,
    /// The next has nothing to do with the one before: delays of receipt.
    Free,
}

/// Below this many numbers the packer's own tables cost more than they save.
const PACKED_FROM: usize = 24;
/// How hard the packer tries. Higher levels gain less than 1 % on a truck's day.
const PACK_LEVEL: usize = 8;

const FORM_SAME: u8 = 0;
const FORM_DIFFERENCES: u8 = 1;
const FORM_PACKED_32: u8 = 2;
const FORM_PACKED_64: u8 = 3;

/// Why a column cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnError {
    /// The bytes end before the column does, or go on behind it.
    #[error("the column's bytes have another length than its content")]
    Length,
    /// A form nobody writes.
    #[error("form {form} of a column is not known")]
    Form {
        /// The byte found.
        form: u8,
    },
    /// A number outside what the column may hold.
    #[error("a number does not fit into the column")]
    Range,
    /// The packed numbers cannot be read or packed.
    #[error("the packed numbers do not fit together")]
    Packed(#[source] pco::errors::PcoError),
}

/// Appends a column behind its length.
pub(super) fn write(out: &mut Vec<u8>, values: &[i64], course: Course) -> Result<(), ColumnError> {
    let mut body = Vec::with_capacity(values.len() + 32);
    write_body(&mut body, values, course)?;
    put_varint(out, body.len() as u64);
    out.extend_from_slice(&body);
    Ok(())
}

fn write_body(out: &mut Vec<u8>, values: &[i64], course: Course) -> Result<(), ColumnError> {
    let Some(least) = values.iter().copied().min() else { return Ok(()) };
    // Differences of any two i64 fit u64 when taken with wrap-around.
    let above: Vec<u64> = values.iter().map(|v| v.wrapping_sub(least) as u64).collect();
    let unit = common_divisor(&above);
    let packed = |form| (form, above.iter().map(|v| v / unit.max(1)));
    let most = above.iter().copied().max().unwrap_or(0) / unit.max(1);
    let (form, counts) = match () {
        () if unit == 0 => packed(FORM_SAME),
        () if above.len() < PACKED_FROM => packed(FORM_DIFFERENCES),
        () if u32::try_from(most).is_ok() => packed(FORM_PACKED_32),
        () => packed(FORM_PACKED_64),
    };
    out.push(form);
    put_varint(out, zigzag(least));
    if form == FORM_SAME {
        return Ok(());
    }
    put_varint(out, unit);
    match form {
        FORM_DIFFERENCES => {
            let mut last = 0u64;
            for count in counts {
                put_varint(out, zigzag(count.wrapping_sub(last) as i64));
                last = count;
            }
            Ok(())
        }
        // `most` fits, so every count does.
        FORM_PACKED_32 => pack::<u32>(out, &counts.map(|v| v as u32).collect::<Vec<_>>(), course),
        _ => pack::<u64>(out, &counts.collect::<Vec<_>>(), course),
    }
}

fn pack<T: pco::data_types::Number>(
    out: &mut Vec<u8>,
    counts: &[T],
    course: Course,
) -> Result<(), ColumnError> {
    let delta = match course {
        Course::Steady => DeltaSpec::TryConsecutive(1),
        Course::Near => DeltaSpec::TryConsecutive(1),
        Course::Free => DeltaSpec::NoOp,
    };
    let config = ChunkConfig::default()
        .with_compression_level(PACK_LEVEL)
        .with_mode_spec(ModeSpec::Classic)
        .with_delta_spec(delta);
    let packer = FileCompressor::default();
    packer.write_header(&mut *out).map_err(ColumnError::Packed)?;
    let mut chunk = packer.chunk_compressor(counts, &config).map_err(ColumnError::Packed)?;
    chunk.write_meta(&mut *out).map_err(ColumnError::Packed)?;
    // Far fewer numbers than the packer's page holds: there is one page.
    chunk.write_page(0, &mut *out).map_err(ColumnError::Packed)?;
    Ok(())
}

/// Takes a column of `count` numbers from the front of `input`.
pub(super) fn read(input: &mut &[u8], count: usize) -> Result<Vec<i64>, ColumnError> {
    let mut body = take_block(input)?;
    let Some((&form, rest)) = body.split_first() else {
        return if count == 0 { Ok(Vec::new()) } else { Err(ColumnError::Length) };
    };
    if count == 0 {
        return Err(ColumnError::Length);
    }
    body = rest;
    let least = unzigzag(take_varint(&mut body)?);
    if form == FORM_SAME {
        return if body.is_empty() { Ok(vec![least; count]) } else { Err(ColumnError::Length) };
    }
    let unit = take_varint(&mut body)?;
    let value = |n: u64| least.wrapping_add(n.wrapping_mul(unit) as i64);
    match form {
        FORM_DIFFERENCES => {
            let mut last = 0u64;
            let mut values = Vec::with_capacity(count.min(body.len()));
            for _ in 0..count {
                last = last.wrapping_add(unzigzag(take_varint(&mut body)?) as u64);
                values.push(value(last));
            }
            if body.is_empty() { Ok(values) } else { Err(ColumnError::Length) }
        }
        FORM_PACKED_32 => Ok(unpack::<u32>(body, count)?.into_iter().map(|n| value(u64::from(n))).collect()),
        FORM_PACKED_64 => Ok(unpack::<u64>(body, count)?.into_iter().map(value).collect()),
        form => Err(ColumnError::Form { form }),
    }
}

/// Passes over a column.
pub(super) fn skip(input: &mut &[u8]) -> Result<(), ColumnError> {
    take_block(input).map(drop)
}

fn unpack<T: pco::data_types::Number + Default>(body: &[u8], count: usize) -> Result<Vec<T>, ColumnError> {
    let (file, rest) = FileDecompressor::new(body).map_err(ColumnError::Packed)?;
    let (mut chunk, rest) = file.chunk_decompressor::<T, _>(rest).map_err(ColumnError::Packed)?;
    let mut numbers = vec![T::default(); count];
    let mut page = chunk.page_decompressor(rest, count).map_err(ColumnError::Packed)?;
    let progress = page.read(&mut numbers).map_err(ColumnError::Packed)?;
    if progress.n_processed == count { Ok(numbers) } else { Err(ColumnError::Length) }
}

/// Takes bytes that stand behind their length.
pub(super) fn take_block<'a>(input: &mut &'a [u8]) -> Result<&'a [u8], ColumnError> {
    let length = usize::try_from(take_varint(input)?).map_err(|_over| ColumnError::Length)?;
    let (block, rest) = input.split_at_checked(length).ok_or(ColumnError::Length)?;
    *input = rest;
    Ok(block)
}

/// Seven bits a byte, the least first; the highest bit says that more follow.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// As written by [`put_varint`].
pub(super) fn take_varint(input: &mut &[u8]) -> Result<u64, ColumnError> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = input.split_first().ok_or(ColumnError::Length)?;
        *input = rest;
        let bits = u64::from(byte & 0x7F);
        if shift == 63 && bits > 1 {
            return Err(ColumnError::Range);
        }
        value |= bits << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(ColumnError::Range)
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// The greatest number that divides all; 0 when all are 0.
fn common_divisor(numbers: &[u64]) -> u64 {
    let mut common = 0;
    for &number in numbers {
        let (mut a, mut b) = (number, common);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        common = a;
        if common == 1 {
            break;
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(values: &[i64], course: Course) -> usize {
        let mut bytes = Vec::new();
        write(&mut bytes, values, course).unwrap();
        let mut rest = bytes.as_slice();
        assert_eq!(read(&mut rest, values.len()).unwrap(), values);
        assert!(rest.is_empty());
        bytes.len()
    }

    #[test]
    fn what_is_all_the_same_takes_a_few_bytes_however_long_it_is() {
        assert!(check(&[7; 8_640], Course::Near) <= 4);
        assert!(check(&[1_795_413_600_000; 8_640], Course::Steady) <= 10);
    }

    #[test]
    fn regular_times_take_almost_nothing() {
        let times: Vec<i64> = (0..360).map(|i| 1_795_413_600_000 + i * 10_000).collect();
        assert!(check(&times, Course::Steady) < 40);
    }

    #[test]
    fn the_ends_of_the_range_are_kept() {
        check(&[i64::MIN, i64::MAX, 0], Course::Near);
        let wide: Vec<i64> = (0..100).map(|i| if i % 2 == 0 { i64::MIN + i } else { i64::MAX - i }).collect();
        check(&wide, Course::Near);
        check(&[], Course::Free);
    }

    proptest! {
        #[test]
        fn any_numbers_come_back(
            values in prop::collection::vec(prop_oneof![any::<i64>(), -1000..1000i64], 0..200),
            scale in 1..1000i64,
        ) {
            let scaled: Vec<i64> = values.iter().map(|v| v.wrapping_mul(scale)).collect();
            for course in [Course::Steady, Course::Near, Course::Free] {
                check(&scaled, course);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), count in 0..400usize) {
            if let Ok(values) = read(&mut bytes.as_slice(), count) {
                prop_assert_eq!(values.len(), count);
            }
        }
    }
}
