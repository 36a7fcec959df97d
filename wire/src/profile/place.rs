//! Where a code stands in a message, and how it is taken out of there and put back.

use super::reading::Origin;
use crate::extra::Extra;
use crate::location::Location;

/// Most bytes of one code.
pub(super) const FIELD_BYTES_MAX: usize = 8;

/// Where a code stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Bits of the status double word; the first is the code's lowest.
    Status(Vec<u8>),
    /// Bits of the alarm double word; the first is the code's lowest.
    Alarm(Vec<u8>),
    /// Bytes of an extra's value.
    Extra {
        id: u8,
        /// The length the value has where it is this maker's.
        length: Option<u8>,
        field: Field,
    },
    /// Bytes of the body of a message of its own.
    Message { id: u16, field: Field },
}

/// Bytes of a value, and the bits of the number they make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Offset of the first byte.
    pub(super) at: usize,
    /// How many, 1 to [`FIELD_BYTES_MAX`].
    pub(super) bytes: usize,
    pub(super) endian: Endian,
    /// Bits of the number, the first being the code's lowest; `None` takes all of it.
    pub(super) bits: Option<Vec<u8>>,
}

/// Which byte of a number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endian {
    Big,
    Little,
}

impl Place {
    /// How many bits a code from here has.
    pub(super) fn width(&self) -> u32 {
        let count = |bits: &Vec<u8>| u32::try_from(bits.len()).unwrap_or(u32::MAX);
        match self {
            Self::Status(bits) | Self::Alarm(bits) => count(bits),
            Self::Extra { field, .. } | Self::Message { field, .. } => {
                field.bits.as_ref().map_or(field.bytes as u32 * 8, count)
            }
        }
    }

    pub(super) fn origin(&self) -> Origin {
        match self {
            Self::Status(bits) => Origin::Status { mask: mask(bits) },
            Self::Alarm(bits) => Origin::Alarm { mask: mask(bits) },
            Self::Extra { id, .. } => Origin::Extra(*id),
            Self::Message { id, .. } => Origin::Message(*id),
        }
    }

    pub(super) fn message_id(&self) -> Option<u16> {
        match self {
            Self::Message { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// How many bytes of the message `id` are looked at.
    pub(super) fn message_end(&self, message_id: u16) -> Option<usize> {
        match self {
            Self::Message { id, field } if *id == message_id => Some(field.at + field.bytes),
            _ => None,
        }
    }

    pub(super) fn is_extra(&self, extra_id: u8) -> bool {
        matches!(self, Self::Extra { id, .. } if *id == extra_id)
    }

    /// The code in a location record; `None` where the record has no such place.
    pub(super) fn read(&self, location: &Location) -> Option<u64> {
        match self {
            Self::Status(bits) => Some(gather(u64::from(location.status), bits)),
            Self::Alarm(bits) => Some(gather(u64::from(location.alarm), bits)),
            Self::Extra { id, length, field } => {
                location.extras.iter().filter(|extra| extra.id() == *id).find_map(|extra| {
                    with_value(extra, |value| {
                        let is_ours = length.is_none_or(|length| usize::from(length) == value.len());
                        is_ours.then(|| field.read(value)).flatten()
                    })
                })
            }
            Self::Message { .. } => None,
        }
    }

    /// The code in the body of the message `message_id`.
    pub(super) fn read_message(&self, message_id: u16, body: &[u8]) -> Option<u64> {
        match self {
            Self::Message { id, field } if *id == message_id => field.read(body),
            _ => None,
        }
    }

    /// Puts `code` into a location record. `false` for places that are in none.
    pub(super) fn write(&self, code: u64, location: &mut Location) -> bool {
        match self {
            Self::Status(bits) => location.status = scattered(location.status, code, bits),
            Self::Alarm(bits) => location.alarm = scattered(location.alarm, code, bits),
            Self::Extra { id, length, field } => {
                let at = location.extras.iter().position(|extra| extra.id() == *id);
                let mut value = Vec::new();
                if let Some(extra) = at.and_then(|at| location.extras.get(at)) {
                    with_value(extra, |bytes| {
                        value.extend_from_slice(bytes);
                        Some(())
                    });
                }
                let length = length.map_or(0, usize::from);
                field.write(code, length, &mut value);
                let written = Extra::decode(*id, &value);
                match at.and_then(|at| location.extras.get_mut(at)) {
                    Some(extra) => *extra = written,
                    None => location.extras.push(written),
                }
            }
            Self::Message { .. } => return false,
        }
        true
    }

    /// Puts `code` into the body of the message `message_id`. `false` for places that are not in it.
    pub(super) fn write_message(&self, code: u64, message_id: u16, body: &mut Vec<u8>) -> bool {
        match self {
            Self::Message { id, field } if *id == message_id => {
                field.write(code, 0, body);
                true
            }
            _ => false,
        }
    }
}

impl Field {
    fn read(&self, value: &[u8]) -> Option<u64> {
        let bytes = value.get(self.at..self.at.checked_add(self.bytes)?)?;
        let number = self.endian.number(bytes);
        Some(self.bits.as_ref().map_or(number, |bits| gather(number, bits)))
    }

    /// Puts `code` into `value`, which grows to `length` and to what the field needs, by zeros.
    fn write(&self, code: u64, length: usize, value: &mut Vec<u8>) {
        let end = self.at + self.bytes;
        if value.len() < end.max(length) {
            value.resize(end.max(length), 0);
        }
        let Some(bytes) = value.get_mut(self.at..end) else { return };
        let number = match &self.bits {
            None => code,
            Some(bits) => scatter(self.endian.number(bytes), code, bits),
        };
        let places = (0..self.bytes).map(|place| (number >> (8 * place)) as u8);
        match self.endian {
            Endian::Little => bytes.iter_mut().zip(places).for_each(|(byte, new)| *byte = new),
            Endian::Big => bytes.iter_mut().rev().zip(places).for_each(|(byte, new)| *byte = new),
        }
    }
}

impl Endian {
    fn number(self, bytes: &[u8]) -> u64 {
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        match self {
            Self::Big => bytes.iter().fold(0, add),
            Self::Little => bytes.iter().rev().fold(0, add),
        }
    }
}

fn mask(bits: &[u8]) -> u32 {
    bits.iter().fold(0, |mask, bit| mask | 1u32.checked_shl(u32::from(*bit)).unwrap_or_default())
}

/// The bits of `number` as a code, the first lowest.
fn gather(number: u64, bits: &[u8]) -> u64 {
    bits.iter().enumerate().fold(0, |code, (place, bit)| code | (number >> bit & 1) << place)
}

/// `number` with its `bits` replaced by those of `code`.
fn scatter(number: u64, code: u64, bits: &[u8]) -> u64 {
    bits.iter()
        .enumerate()
        .fold(number, |number, (place, bit)| number & !(1 << bit) | (code >> place & 1) << bit)
}

fn scattered(double_word: u32, code: u64, bits: &[u8]) -> u32 {
    scatter(u64::from(double_word), code, bits) as u32
}

/// Calls `read` with an extra's value as it stands on the wire.
fn with_value<T>(extra: &Extra, read: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
    if let Extra::Other { bytes, .. } = extra {
        return read(bytes);
    }
    let mut sent = Vec::new();
    // An extra that was read is short enough to be written again.
    extra.encode(&mut sent).ok()?;
    read(sent.get(2..)?)
}
