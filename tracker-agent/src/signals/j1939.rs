//! SAE J1939 on the vehicle bus: which parameter group a frame carries (J1939-21) and the number in a field of it
//! (J1939-71): little-endian, scaled, with values set aside for "error" and "not available".

/// Bytes of a classic CAN frame.
pub const DATA_BYTES_MAX: usize = 8;
/// PDU formats from here on are broadcasts, and the byte behind belongs to the group's number.
const PDU2_FIRST: u32 = 240;

/// The parameter group number of a 29-bit identifier.
pub fn pgn(can_id: u32) -> u32 {
    let (page, format, specific) = (can_id >> 24 & 0b11, can_id >> 16 & 0xFF, can_id >> 8 & 0xFF);
    page << 16 | format << 8 | if format >= PDU2_FIRST { specific } else { 0 }
}

/// The sender's address of a 29-bit identifier.
pub fn source_address(can_id: u32) -> u8 {
    (can_id & 0xFF) as u8
}

/// The bits of an identifier that must match for a frame to carry a group: its number, not priority and sender, nor, for
/// a group sent to one address, the receiver.
pub fn pgn_mask(pgn: u32) -> u32 {
    if pgn >> 8 & 0xFF >= PDU2_FIRST { 0x03FF_FF00 } else { 0x03FF_0000 }
}

/// A number inside a group's data, as J1939-71 describes one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    /// From the first bit of the first byte, 0.
    pub first_bit: u8,
    /// Its length, 1 to 32.
    pub bits: u8,
    /// Units per bit.
    pub scale: f64,
    /// Units at 0.
    pub offset: f64,
}

/// Why a field holds no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoNumber {
    /// The frame is too short for it.
    #[error("the frame ends before the field")]
    Truncated,
    /// All ones, or FF in the top byte: the sender has no such sensor or no value now.
    #[error("not available")]
    NotAvailable,
    /// One less, or FE in the top byte: the sensor is broken. FB to FD are set aside too.
    #[error("error or reserved")]
    Fault,
}

impl Field {
    /// The number in a frame's data, in the field's unit.
    pub fn number(&self, data: &[u8]) -> Result<f64, NoNumber> {
        let raw = self.raw(data).ok_or(NoNumber::Truncated)?;
        self.check(raw)?;
        Ok(raw as f64 * self.scale + self.offset)
    }

    fn raw(&self, data: &[u8]) -> Option<u64> {
        let whole = data.get(..DATA_BYTES_MAX).unwrap_or(data);
        let end = usize::from(self.first_bit) + usize::from(self.bits);
        if self.bits == 0 || end > whole.len() * 8 {
            return None;
        }
        let all = whole.iter().rev().fold(0u64, |all, byte| all << 8 | u64::from(*byte));
        Some(all >> self.first_bit & self.ones())
    }

    fn ones(&self) -> u64 {
        u64::MAX >> (64 - u32::from(self.bits.min(64)))
    }

    fn check(&self, raw: u64) -> Result<(), NoNumber> {
        let ones = self.ones();
        match self.bits {
            // A single bit has no room for anything but itself.
            ..=1 => Ok(()),
            2..=7 if raw == ones => Err(NoNumber::NotAvailable),
            2..=7 if raw == ones - 1 => Err(NoNumber::Fault),
            2..=7 => Ok(()),
            _ => match raw >> (self.bits - 8) {
                0xFF => Err(NoNumber::NotAvailable),
                0xFB..=0xFE => Err(NoNumber::Fault),
                _ => Ok(()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_group_and_the_sender_are_read_from_the_identifier() {
        for (can_id, group, sender) in [
            // Electronic engine controller 1, cruise control/vehicle speed, combination vehicle weight.
            (0x0CF0_0400, 61_444, 0x00),
            (0x18FE_F127, 65_265, 0x27),
            (0x18FE_7027, 65_136, 0x27),
            // A request to address 21 (PGN 59904): the receiver is no part of the number.
            (0x18EA_21F9, 59_904, 0xF9),
            // Data page 1.
            (0x19FE_DC03, 0x1FEDC, 0x03),
        ] {
            assert_eq!((pgn(can_id), source_address(can_id)), (group, sender), "{can_id:08X}");
        }
    }

    #[test]
    fn numbers_are_read_with_scale_and_offset() {
        let field = |first_bit, bits, scale, offset| Field { first_bit, bits, scale, offset };
        let data = [0x10, 0x27, 0xC4, 0x68, 0x13, 0xFF, 0b0000_0100, 0xFF];
        for (what, field, number) in [
            ("SPN 1585, vehicle weight, 10 kg", field(0, 16, 10.0, 0.0), 100_000.0),
            ("SPN 190, engine speed, 1/8 rpm", field(24, 16, 0.125, 0.0), 621.0),
            ("a temperature, offset -40", field(16, 8, 1.0, -40.0), 156.0),
            ("a two-bit state", field(50, 2, 1.0, 0.0), 1.0),
            ("a single bit", field(0, 1, 1.0, 0.0), 0.0),
        ] {
            assert_eq!(field.number(&data), Ok(number), "{what}");
        }
    }

    #[test]
    fn values_set_aside_are_no_numbers() {
        let number = |bits, data: &[u8]| Field { first_bit: 0, bits, scale: 1.0, offset: 0.0 }.number(data);
        for (bits, data, expected) in [
            (8, &[0xFF][..], Err(NoNumber::NotAvailable)),
            (8, &[0xFE], Err(NoNumber::Fault)),
            (8, &[0xFB], Err(NoNumber::Fault)),
            (8, &[0xFA], Ok(250.0)),
            (16, &[0x00, 0xFF], Err(NoNumber::NotAvailable)),
            (16, &[0x34, 0xFE], Err(NoNumber::Fault)),
            (16, &[0xFF, 0xFA], Ok(64_255.0)),
            (32, &[0, 0, 0, 0xFE], Err(NoNumber::Fault)),
            (2, &[0b11], Err(NoNumber::NotAvailable)),
            (2, &[0b10], Err(NoNumber::Fault)),
            (2, &[0b01], Ok(1.0)),
            (4, &[0x0E], Err(NoNumber::Fault)),
            (16, &[0x00], Err(NoNumber::Truncated)),
            (8, &[], Err(NoNumber::Truncated)),
        ] {
            assert_eq!(number(bits, data), expected, "{bits} bits of {data:02X?}");
        }
    }

    proptest! {
        #[test]
        fn any_field_of_any_data_is_read_or_refused(first_bit in any::<u8>(), bits in any::<u8>(), data in proptest::collection::vec(any::<u8>(), 0..12)) {
            let field = Field { first_bit, bits: bits.min(32), scale: 0.5, offset: -1.0 };
            if let Ok(number) = field.number(&data) {
                prop_assert!(number.is_finite() && number >= -1.0);
            }
        }

        #[test]
        fn a_filter_passes_every_frame_of_its_group(can_id in 0u32..1 << 29) {
            let group = pgn(can_id);
            let mask = pgn_mask(group);
            prop_assert_eq!(can_id & mask, group << 8 & mask);
        }
    }
}
